// Feeds bytes to the readers of CSV: the one that streams and the one that has the whole text agree, and what is read is written and
// read again the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/util/message_differencer.h>

#include "services/bank/domain/csv_columns.h"
#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/csv_writer.h"

namespace {

using assay::bank::v1::QuestionContent;

class Keep final : public assay::bank::DocumentSink {
 public:
  absl::Status Question(QuestionContent question, int line) override {
    if (line < 1 || question.prompt().empty()) std::abort();
    questions.push_back(std::move(question));
    return absl::OkStatus();
  }
  absl::Status Finding(assay::bank::ImportFinding finding) override {
    if (finding.line < 1 || finding.end_line < finding.line || finding.reason.empty()) std::abort();
    return absl::OkStatus();
  }
  absl::Status Catalogue(assay::bank::v1::Pack) override { return absl::OkStatus(); }

  std::vector<QuestionContent> questions;
};

absl::Status Read(std::string_view document, std::size_t piece, Keep& keep) {
  const auto reader = assay::bank::MakeCsvReader("en");
  for (std::size_t at = 0; at < document.size(); at += piece) {
    absl::Status status = reader->Feed(document.substr(at, piece), keep);
    if (!status.ok()) return status;
  }
  return reader->Finish(keep);
}

void ExpectSame(const std::vector<QuestionContent>& a, const std::vector<QuestionContent>& b) {
  if (a.size() != b.size()) std::abort();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!google::protobuf::util::MessageDifferencer::Equals(a[i], b[i])) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  Keep streamed;
  const absl::Status status = Read(document, size % 61 + 1, streamed);
  const auto whole = assay::bank::ImportCsv(document);
  if (status.ok() != whole.ok() || (!status.ok() && !absl::IsInvalidArgument(status))) std::abort();
  if (status.ok()) ExpectSame(streamed.questions, whole->questions);
  if (assay::bank::Restored(assay::bank::Neutralised(document), true) != document) std::abort();

  const auto writer = assay::bank::MakeCsvWriter();
  std::string again = writer->Begin({});
  for (const QuestionContent& question : streamed.questions) again += writer->Question(question);
  Keep second;
  if (!Read(again, 4096, second).ok()) std::abort();
  ExpectSame(streamed.questions, second.questions);
  return 0;
}
