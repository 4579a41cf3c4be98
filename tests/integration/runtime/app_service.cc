// A service as small as one can be, for the tests of what is around a service.

#include "assay/app_test/migrations.h"
#include "assay/bank/v1/event_service.pb.h"
#include "assay/bank/v1/question_service.pb.h"
#include "services/runtime/app/app.h"
#include "services/runtime/rpc/service.h"

namespace assay::runtime {
namespace {

class Silence final : public StreamSource {
 public:
  absl::StatusOr<Pull> Next(const RequestContext&) override { return Pull{.message = nullptr, .end = false, .wait = std::chrono::minutes(5)}; }
};

absl::StatusOr<AppService> Make(AppParts& parts) {
  AppService app;
  auto questions = std::make_unique<Service>("assay.bank.v1.QuestionService", parts.pipeline);
  questions->Unary<bank::v1::GetQuestionRequest, bank::v1::Question>(
      "GetQuestion", [&parts](const RequestContext& context, const bank::v1::GetQuestionRequest& request) -> absl::StatusOr<bank::v1::Question> {
        bank::v1::Question question;
        question.set_name(request.name());
        question.set_etag(parts.config.Extra("greeting"));
        if (absl::Status status = parts.pool.Ping(); !status.ok()) return status;
        return question;
      });
  auto events = std::make_unique<Service>("assay.bank.v1.EventService", parts.pipeline);
  events->ServerStream<v1::StreamEventsRequest>(
      "StreamEvents", [](ContextPtr, const v1::StreamEventsRequest&) -> absl::StatusOr<std::unique_ptr<StreamSource>> {
        return std::make_unique<Silence>();
      });
  app.services.push_back(std::move(questions));
  app.services.push_back(std::move(events));
  return app;
}

}  // namespace
}  // namespace assay::runtime

int main(int argc, char** argv) {
  assay::runtime::ServiceDefinition definition;
  definition.name = "bank";
  definition.health_name = "assay.bank.v1";
  definition.settings = {{"greeting", "What to say", "hello"}};
  definition.migrations = assay::app_test::Migrations();
  definition.make = assay::runtime::Make;
  return assay::runtime::RunService(argc, argv, definition);
}
