// Feeds bytes to the readers of Moodle XML and QTI, cut into pieces: no crash, nothing but INVALID_ARGUMENT, and what is read is
// written and read again the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/util/message_differencer.h>

#include "services/bank/domain/import_text.h"
#include "services/bank/domain/moodle_reader.h"
#include "services/bank/domain/moodle_writer.h"
#include "services/bank/domain/qti_reader.h"
#include "services/bank/domain/qti_writer.h"

namespace {

using assay::bank::DocumentReader;
using assay::bank::PackWriter;
using assay::bank::v1::QuestionContent;

class Keep final : public assay::bank::DocumentSink {
 public:
  absl::Status Question(QuestionContent question, int line) override {
    if (line < 1 || question.prompt().empty() || !assay::bank::IsIdentifier(question.id())) std::abort();
    if (!ids.insert(question.id()).second) std::abort();
    questions.push_back(std::move(question));
    return absl::OkStatus();
  }
  absl::Status Finding(assay::bank::ImportFinding finding) override {
    if (finding.line < 1 || finding.end_line < finding.line || finding.reason.empty()) std::abort();
    return absl::OkStatus();
  }
  absl::Status Catalogue(assay::bank::v1::Pack) override { return absl::OkStatus(); }

  std::set<std::string> ids;
  std::vector<QuestionContent> questions;
};

absl::Status Read(DocumentReader& reader, std::string_view document, std::size_t piece, Keep& keep) {
  for (std::size_t at = 0; at < document.size(); at += piece) {
    absl::Status status = reader.Feed(document.substr(at, piece), keep);
    if (!status.ok()) return status;
  }
  return reader.Finish(keep);
}

void Check(std::unique_ptr<DocumentReader> (*make_reader)(std::string_view), std::unique_ptr<PackWriter> (*make_writer)(), std::string_view document) {
  Keep first;
  const absl::Status status = Read(*make_reader("en"), document, document.size() % 61 + 1, first);
  if (!status.ok() && !absl::IsInvalidArgument(status)) std::abort();
  const auto writer = make_writer();
  std::string again = writer->Begin({});
  for (const QuestionContent& question : first.questions) again += writer->Question(question);
  again += writer->End();
  Keep second;
  if (!Read(*make_reader("en"), again, 4096, second).ok()) std::abort();
  if (second.questions.size() != first.questions.size()) std::abort();
  for (std::size_t i = 0; i < first.questions.size(); ++i) {
    if (!google::protobuf::util::MessageDifferencer::Equals(first.questions[i], second.questions[i])) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  Check(&assay::bank::MakeMoodleReader, &assay::bank::MakeMoodleWriter, document);
  Check(&assay::bank::MakeQtiReader, &assay::bank::MakeQtiWriter, document);
  return 0;
}
