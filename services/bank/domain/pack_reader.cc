#include "services/bank/domain/pack_reader.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/json_message.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/wire_size.h"
#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

// Of a serialised pack in memory. Real ones take two or three times what they take on the wire.
constexpr std::size_t kMaxParsedBytes = 8 * kMaxPackMessageBytes;
constexpr char kSpace[] = " \t\r\n";

// Holds a document until it is there as a whole.
class WholeDocument : public DocumentReader {
 public:
  explicit WholeDocument(std::size_t limit) : limit_(limit) {}

  absl::Status Feed(std::string_view bytes, DocumentSink&) override {
    if (text_.size() + bytes.size() > limit_) {
      return absl::InvalidArgumentError(fmt::format("it has more than {} bytes; a larger bank is imported as NDJSON", limit_));
    }
    text_ += bytes;
    return absl::OkStatus();
  }

 protected:
  std::string Take() { return std::exchange(text_, {}); }

 private:
  const std::size_t limit_;
  std::string text_;
};

class PackReader final : public WholeDocument {
 public:
  explicit PackReader(v1::PackFormat format)
      : WholeDocument(format == v1::PACK_FORMAT_PROTOBUF ? kMaxPackMessageBytes : kMaxYamlBytes), format_(format) {}

  absl::Status Finish(DocumentSink& sink) override {
    v1::Pack pack;
    if (absl::Status read = Read(Take(), pack); !read.ok()) return read;
    absl::StatusOr<std::set<std::string>> elsewhere = Elsewhere(pack, sink);
    if (!elsewhere.ok()) return elsewhere.status();
    const std::vector<Finding> findings = LintPack(pack, nullptr, *elsewhere);
    google::protobuf::RepeatedPtrField<v1::QuestionContent> questions;
    questions.Swap(pack.mutable_questions());
    if (absl::Status taken = sink.Catalogue(std::move(pack)); !taken.ok()) return taken;
    for (const Finding& finding : findings) {
      absl::Status taken = sink.Finding({.line = 0,
                                         .end_line = 0,
                                         .reason = finding.reason + ": " + finding.message,
                                         .severity = MakesUnusable(finding) ? FindingSeverity::kError : FindingSeverity::kWarning,
                                         .question = finding.path});
      if (!taken.ok()) return taken;
    }
    for (v1::QuestionContent& question : questions) {
      if (absl::Status taken = sink.Question(std::move(question), 0); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  int sections() const override { return 0; }

 private:
  static absl::StatusOr<std::set<std::string>> Elsewhere(const v1::Pack& pack, DocumentSink& sink) {
    std::set<std::string> open = OpenReferences(pack);
    // With a prefix all ids of questions become the pack's own.
    if (!pack.id_prefix().empty()) open.erase(open.lower_bound("questions/"), open.lower_bound("questions0"));
    if (open.empty()) return open;
    return sink.Known(open);
  }

  absl::Status Read(std::string text, v1::Pack& pack) const {
    if (format_ == v1::PACK_FORMAT_PROTOBUF) {
      if (ParsedSize(text, pack, kMaxParsedBytes) > kMaxParsedBytes) {
        return absl::InvalidArgumentError(fmt::format("it would take more than {} bytes of memory; import it in parts", kMaxParsedBytes));
      }
      if (!pack.ParseFromString(text)) return absl::InvalidArgumentError("broken protobuf");
      // Of a later version of the contract, or anything at all: nobody would look at it, and all would carry it.
      pack.DiscardUnknownFields();
      return absl::OkStatus();
    }
    if (format_ == v1::PACK_FORMAT_JSON) {
      const absl::Status read = ReadJson(text, pack);
      // A text that ends too early is no such document either.
      return read.ok() ? read : absl::InvalidArgumentError(read.message());
    }
    // JSON looks like YAML, but spells names as protobuf does; a YAML flow mapping that begins alike is read as what it is.
    const std::size_t first = text.find_first_not_of(kSpace);
    absl::Status as_json;
    if (first != std::string::npos && text[first] == '{') {
      as_json = ReadJson(text, pack);
      if (as_json.ok()) return as_json;
      pack.Clear();
    }
    const std::vector<YamlProblem> problems = ReadYamlProblems(text, "", pack);
    if (problems.empty()) return absl::OkStatus();
    const std::size_t second = first == std::string::npos ? first : text.find_first_not_of(kSpace, first + 1);
    // Names in quotes are JSON's way: whoever wrote that wants to hear of JSON.
    if (!as_json.ok() && second != std::string::npos && text[second] == '"') {
      return absl::InvalidArgumentError("as JSON: " + std::string(as_json.message()));
    }
    return AsViolations(problems);
  }

  // A violation for each, so that a caller sees as many as fit into an answer and how many more there are.
  static absl::Status AsViolations(const std::vector<YamlProblem>& problems) {
    runtime::Violations violations;
    for (const YamlProblem& problem : problems) {
      const std::string at = problem.line > 0 ? fmt::format("line {}, column {}: ", problem.line, problem.column) : "";
      violations.Add(problem.path.empty() ? "chunk" : problem.path, at + problem.message);
    }
    return violations.ToStatus(runtime::v1::ERROR_REASON_PACK_INVALID);
  }

  const v1::PackFormat format_;
};

class GuideReader final : public WholeDocument {
 public:
  GuideReader() : WholeDocument(kMaxImportBytes) {}

  absl::Status Finish(DocumentSink& sink) override {
    absl::StatusOr<GuideImport> read = ImportGuide(Take());
    if (!read.ok()) return read.status();
    sections_ = static_cast<int>(read->sections.size());
    dropped_ = read->dropped;
    for (ImportFinding& finding : read->findings) {
      if (absl::Status taken = sink.Finding(std::move(finding)); !taken.ok()) return taken;
    }
    for (v1::QuestionContent& question : read->questions) {
      if (absl::Status taken = sink.Question(std::move(question), 0); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  int sections() const override { return sections_; }
  int dropped() const override { return dropped_; }

 private:
  int sections_ = 0;
  int dropped_ = 0;
};

}  // namespace

std::unique_ptr<DocumentReader> MakePackReader(v1::PackFormat format) { return std::make_unique<PackReader>(format); }

std::unique_ptr<DocumentReader> MakeGuideReader() { return std::make_unique<GuideReader>(); }

}  // namespace assay::bank
