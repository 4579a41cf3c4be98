#include "services/bank/domain/pack_writer.h"

#include <google/protobuf/util/json_util.h>

#include "services/bank/domain/csv_writer.h"
#include "services/bank/domain/moodle_writer.h"
#include "services/bank/domain/qti_writer.h"

namespace assay::bank {
namespace {

class NdjsonWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack&) override { return ""; }

  std::string Question(const v1::QuestionContent& question) override {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string line;
    // Content has neither Any nor invalid UTF-8, which is what can fail.
    if (!google::protobuf::util::MessageToJsonString(question, &line, options).ok()) return "";
    return line + "\n";
  }

  std::string End() override { return ""; }
  std::string MediaType() const override { return "application/x-ndjson"; }
};

}  // namespace

absl::StatusOr<std::unique_ptr<PackWriter>> MakePackWriter(v1::PackFormat format) {
  switch (format) {
    case v1::PACK_FORMAT_CSV: return MakeCsvWriter();
    case v1::PACK_FORMAT_MOODLE_XML: return MakeMoodleWriter();
    case v1::PACK_FORMAT_QTI: return MakeQtiWriter();
    case v1::PACK_FORMAT_NDJSON: return std::make_unique<NdjsonWriter>();
    default: return absl::InvalidArgumentError("this format is not written question by question");
  }
}

}  // namespace assay::bank
