// Any bytes, in any pieces, are read as NDJSON, as a Pack in JSON and as a staged batch without a crash; what is read as a question
// survives being written and read again, and NDJSON is read the same whatever the pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/import_batch.h"
#include "services/bank/domain/json_message.h"
#include "services/bank/domain/ndjson_reader.h"

namespace {

using namespace assay::bank;
using google::protobuf::util::MessageDifferencer;

class Sink final : public DocumentSink {
 public:
  absl::Status Question(v1::QuestionContent question, int) override {
    questions.push_back(std::move(question));
    return absl::OkStatus();
  }
  absl::Status Finding(ImportFinding) override {
    ++findings;
    return absl::OkStatus();
  }
  absl::Status Catalogue(v1::Pack) override { return absl::OkStatus(); }
  std::vector<v1::QuestionContent> questions;
  int findings = 0;
};

bool Read(std::string_view text, std::size_t piece, Sink& sink) {
  const auto reader = MakeNdjsonReader("en");
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!reader->Feed(text.substr(at, piece), sink).ok()) return false;
  }
  return reader->Finish(sink).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Sink whole, pieces;
  const bool read = Read(text, size + 1, whole);
  if (Read(text, 7, pieces) != read || pieces.questions.size() != whole.questions.size() || pieces.findings != whole.findings) std::abort();
  for (const v1::QuestionContent& question : whole.questions) {
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(question, &json).ok()) std::abort();
    v1::QuestionContent again;
    if (!ReadJson(json, again).ok() || !MessageDifferencer::Equals(question, again)) std::abort();
    if (ContentHash(question) != ContentHash(again)) std::abort();
  }
  v1::Pack pack;
  (void)ReadJson(text, pack);
  (void)DecodeBatch(text);
  return 0;
}
