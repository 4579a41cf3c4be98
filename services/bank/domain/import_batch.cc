#include "services/bank/domain/import_batch.h"

#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

constexpr char kVersion = '\1';

void AppendNumber(std::size_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xFF);
}

void AppendText(std::string_view text, std::string& out) {
  AppendNumber(text.size(), out);
  out += text;
}

// Takes values off the front.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  std::size_t Number() {
    if (bytes_.size() < 4) return Fail();
    std::size_t number = 0;
    for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)]);
    bytes_.remove_prefix(4);
    return number;
  }
  std::string Text() {
    const std::size_t size = Number();
    if (size > bytes_.size()) {
      Fail();
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  bool done() const { return bytes_.empty(); }
  bool good() const { return good_; }

 private:
  std::size_t Fail() {
    good_ = false;
    bytes_ = {};
    return 0;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace

std::string EncodeBatch(const std::vector<StagedQuestion>& questions) {
  std::size_t size = 1;
  for (const StagedQuestion& question : questions) size += question.id.size() + question.content.size() + 3 * 64 + 6 * 4;
  std::string out;
  out.reserve(size);
  out += kVersion;
  for (const StagedQuestion& question : questions) {
    AppendText(question.id, out);
    AppendNumber(static_cast<std::size_t>(question.line), out);
    AppendText(question.digests.wording, out);
    AppendText(question.digests.structure, out);
    AppendText(question.digests.content, out);
    AppendText(question.content, out);
  }
  return out;
}

absl::StatusOr<std::vector<StagedQuestion>> DecodeBatch(std::string_view bytes) {
  std::vector<StagedQuestion> questions;
  if (bytes.empty() || bytes.front() != kVersion) return runtime::Internal("a staged batch is of another version");
  Input input(bytes.substr(1));
  while (!input.done()) {
    StagedQuestion question;
    question.id = input.Text();
    question.line = static_cast<int>(input.Number());
    question.digests.wording = input.Text();
    question.digests.structure = input.Text();
    question.digests.content = input.Text();
    question.content = input.Text();
    questions.push_back(std::move(question));
  }
  if (!input.good()) return runtime::Internal("a staged batch cannot be read");
  return questions;
}

}  // namespace assay::bank
