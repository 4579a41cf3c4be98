#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcpp/impl/service_type.h>

#include "services/runtime/rpc/method.h"

namespace assay::runtime {

// A gRPC service registered from its descriptor: every method of the contract is raw (ByteBuffer), so that parsing, and with
// it the answer to malformed bytes, is ours; a method without a handler answers UNIMPLEMENTED, NOT_AVAILABLE_YET.
//
//   service.Unary<pb::AmendScorecardRequest, pb::Scorecard>("AmendScorecard",
//       [this](const RequestContext& context, const pb::AmendScorecardRequest& request) { return Amend(context, request); });
class Service : public grpc::Service {
 public:
  // `full_name` such as "assay.bank.v1.QuestionService"; its proto must be linked in.
  Service(std::string_view full_name, Pipeline& pipeline);

  template <typename Request, typename Response>
  void Unary(std::string_view name,
             std::function<absl::StatusOr<Response>(const RequestContext&, const Request&)> handler,
             Execution execution = Execution::kBlocking) {
    Bind(name, Request::default_instance(), execution).unary =
        [handler = std::move(handler)](const ContextPtr& context, const MessagePtr& request, Reply reply) {
          absl::StatusOr<Response> response = handler(*context, static_cast<const Request&>(*request));
          if (!response.ok()) return reply(response.status());
          reply(ToSerialized(*response));
        };
  }

  // The handler answers later, once, from any thread (the coalescer).
  template <typename Request, typename Response>
  void UnaryAsync(std::string_view name,
                  std::function<void(ContextPtr, std::shared_ptr<const Request>,
                                     std::function<void(absl::StatusOr<Response>)>)> handler) {
    Bind(name, Request::default_instance(), Execution::kInline).unary =
        [handler = std::move(handler)](const ContextPtr& context, const MessagePtr& request, Reply reply) {
          handler(context, std::static_pointer_cast<const Request>(request),
                  [reply = std::move(reply)](absl::StatusOr<Response> response) {
                    if (!response.ok()) return reply(response.status());
                    reply(ToSerialized(*response));
                  });
        };
  }

  // Tries memory first on the transport thread; where `fast` has no answer (nullopt), `slow` runs on the executor.
  template <typename Request, typename Response>
  void UnaryCached(std::string_view name,
                   std::function<std::optional<absl::StatusOr<Serialized>>(const RequestContext&, const Request&)> fast,
                   std::function<absl::StatusOr<Response>(const RequestContext&, const Request&)> slow) {
    Unary<Request, Response>(name, std::move(slow));
    Find(name).fast =
        [fast = std::move(fast)](const RequestContext& context, const google::protobuf::Message& request) {
      return fast(context, static_cast<const Request&>(request));
    };
  }

  template <typename Request>
  void ServerStream(std::string_view name,
                    std::function<absl::StatusOr<std::unique_ptr<StreamSource>>(ContextPtr, const Request&)> open) {
    Bind(name, Request::default_instance(), Execution::kBlocking).server_stream =
        [open = std::move(open)](const ContextPtr& context, const MessagePtr& request) {
          return open(context, static_cast<const Request&>(*request));
        };
  }

  template <typename Request, typename Response>
  void ClientStream(std::string_view name,
                    std::function<absl::StatusOr<Response>(const RequestContext&, MessageReader&)> handler,
                    std::chrono::milliseconds most_silence = kMostSilence) {
    Method& method = Bind(name, Request::default_instance(), Execution::kBlocking);
    method.most_silence = most_silence;
    method.client_stream =
        [handler = std::move(handler)](const ContextPtr& context, MessageReader& reader) -> absl::StatusOr<Serialized> {
          absl::StatusOr<Response> response = handler(*context, reader);
          if (!response.ok()) return response.status();
          return ToSerialized(*response);
        };
  }

  const std::string& full_name() const { return full_name_; }
  // Methods of the contract that have no handler.
  std::vector<std::string> NotYet() const;

 private:
  static Serialized ToSerialized(const google::protobuf::MessageLite& message) { return Serialized::Of(message); }
  static Serialized ToSerialized(Serialized serialized) { return serialized; }

  Method& Find(std::string_view name);
  Method& Bind(std::string_view name, const google::protobuf::Message& request, Execution execution);

  std::string full_name_;
  Pipeline& pipeline_;
  std::vector<std::unique_ptr<Method>> methods_of_contract_;
};

}  // namespace assay::runtime
