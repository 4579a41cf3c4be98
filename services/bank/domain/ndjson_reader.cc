#include "services/bank/domain/ndjson_reader.h"

#include <fmt/format.h>

#include <string>

#include "services/bank/domain/import_text.h"
#include "services/bank/domain/json_message.h"

namespace assay::bank {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class NdjsonReader final : public DocumentReader {
 public:
  explicit NdjsonReader(std::string_view language_code) : language_code_(language_code == "en" ? "" : language_code) {}

  absl::Status Feed(std::string_view bytes, DocumentSink& sink) override {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (end == std::string_view::npos) {
        Keep(piece);
        return absl::OkStatus();
      }
      bytes.remove_prefix(end + 1);
      absl::Status status;
      if (too_long_ || pending_.size() + piece.size() > kMaxNdjsonLine) {
        status = TooLong(sink);
      } else if (pending_.empty()) {
        status = Line(piece, sink);
      } else {
        pending_ += piece;
        status = Line(pending_, sink);
      }
      if (!status.ok()) return status;
      pending_.clear();
      too_long_ = false;
      ++line_;
    }
    return absl::OkStatus();
  }

  absl::Status Finish(DocumentSink& sink) override {
    if (too_long_) return TooLong(sink);
    ended_ = true;
    return Line(pending_, sink);
  }

  int sections() const override { return 0; }

 private:
  // Part of a line; of one that is too long nothing is kept but that it is.
  void Keep(std::string_view piece) {
    if (too_long_ || pending_.size() + piece.size() > kMaxNdjsonLine) {
      too_long_ = true;
      pending_.clear();
      pending_.shrink_to_fit();
    } else {
      pending_ += piece;
    }
  }

  absl::Status TooLong(DocumentSink& sink) {
    return sink.Finding({.line = line_,
                         .end_line = line_,
                         .reason = fmt::format("the line is longer than {} bytes; a question is one line of JSON", kMaxNdjsonLine),
                         .severity = FindingSeverity::kError,
                         .question = {}});
  }

  absl::Status Line(std::string_view text, DocumentSink& sink) {
    if (line_ == 1 && text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
    if (TrimSpace(text).empty()) return absl::OkStatus();
    v1::QuestionContent question;
    const absl::Status read = ReadJson(text, question, line_);
    if (ended_ && absl::IsOutOfRange(read)) {
      return absl::InvalidArgumentError(fmt::format("the document ends in the middle of line {}", line_));
    }
    if (!read.ok()) {
      return sink.Finding({.line = line_,
                           .end_line = line_,
                           .reason = std::string(read.message()),
                           .severity = FindingSeverity::kError,
                           .question = question.id()});
    }
    if (question.language_code().empty()) question.set_language_code(language_code_);
    return sink.Question(std::move(question), line_);
  }

  // Empty for English, which is what a question without a language is in.
  const std::string language_code_;
  std::string pending_;
  bool too_long_ = false;
  bool ended_ = false;
  int line_ = 1;
};

}  // namespace

std::unique_ptr<DocumentReader> MakeNdjsonReader(std::string_view language_code) { return std::make_unique<NdjsonReader>(language_code); }

}  // namespace assay::bank
