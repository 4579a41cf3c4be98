#include "services/bank/api/import_intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/hash/hash.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/pack_merge.h"
#include "services/bank/domain/question_lifecycle.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/validator.h"

namespace assay::bank {
namespace {

// A batch is written by one transaction, which has to be over within a second on a slow disk too.
constexpr size_t kBatchQuestions = 500;
constexpr size_t kBatchBytes = 1u << 19;
// Checking takes about as long as reading and as writing: two threads keep up.
constexpr int kThreads = 2;
constexpr size_t kWaitingBatches = 2;
// Of each kind so many references are looked into; a document with more of them open is not worth a line each.
constexpr int kMaxReferences = 10'000;

v1::FindingSeverity ToProto(FindingSeverity severity) {
  switch (severity) {
    case FindingSeverity::kInfo: return v1::FINDING_SEVERITY_INFO;
    case FindingSeverity::kWarning: return v1::FINDING_SEVERITY_WARNING;
    case FindingSeverity::kError: return v1::FINDING_SEVERITY_ERROR;
  }
  return v1::FINDING_SEVERITY_ERROR;
}

uint64_t KeyOf(const std::string& id) { return absl::Hash<std::string>()(id); }

// The id of "questions/q004.links[0]"; empty for a path that is no question's.
std::string QuestionOf(const std::string& path) {
  constexpr std::string_view kPrefix = "questions/";
  if (path.rfind(kPrefix, 0) != 0) return "";
  return path.substr(kPrefix.size(), path.find('.') - kPrefix.size());
}

}  // namespace

absl::Status PackInvalid(const std::vector<v1::ImportFinding>& findings, int errors) {
  std::vector<runtime::Violation> violations;
  for (const v1::ImportFinding& finding : findings) {
    violations.push_back({finding.path().empty() ? fmt::format("line {}", finding.line()) : finding.path(), finding.reason()});
  }
  if (violations.empty()) violations.push_back({"chunk", fmt::format("{} entries are wrong", errors)});
  return runtime::InvalidFields(std::move(violations), runtime::v1::ERROR_REASON_PACK_INVALID);
}

ImportIntake::ImportIntake(const v1::ImportHeader& header, Take take, Look look)
    : header_(header),
      take_(std::move(take)),
      look_(std::move(look)),
      whole_pack_(IsWholePack(header.format())),
      refuses_(BadEntriesOf(header) == v1::BAD_ENTRIES_REFUSE_IMPORT),
      line_(kThreads, kWaitingBatches, [this](Group group) { return Check(std::move(group)); }) {}

ImportIntake::~ImportIntake() { Abandon(); }

void ImportIntake::Abandon() {
  line_.Cancel(absl::CancelledError("the reading has ended"));
  (void)line_.Finish();
}

absl::Status ImportIntake::Begin() {
  if (begun_) return absl::OkStatus();
  begun_ = true;
  CompletePack(header_, pack_);
  return absl::OkStatus();
}

absl::Status ImportIntake::Catalogue(v1::Pack pack) {
  if (has_catalogue_ || (begun_ && (!pack.id_prefix().empty() || (!pack.id().empty() && pack.id() != pack_.id())))) {
    return absl::InvalidArgumentError("the pack's id and prefix stand once, before its questions");
  }
  has_catalogue_ = true;
  pack_ = std::move(pack);
  pack_.clear_questions();
  pack_.clear_omitted_questions();
  begun_ = true;
  CompletePack(header_, pack_);
  ApplyPrefix(pack_);
  static const runtime::Validator kValidator(v1::Pack::descriptor());
  std::lock_guard lock(mutex_);
  for (const runtime::Violation& violation : runtime::ViolationsOf(kValidator.Check(pack_))) {
    catalogue_wrong_ = true;
    v1::ImportFinding finding;
    finding.set_severity(v1::FINDING_SEVERITY_ERROR);
    finding.set_path(violation.field);
    finding.set_reason(violation.description);
    builder_.Add(std::move(finding));
  }
  return absl::OkStatus();
}

absl::Status ImportIntake::Finding(ImportFinding finding) {
  const bool error = finding.severity == FindingSeverity::kError;
  if (error && whole_pack_) {
    const std::string question = QuestionOf(finding.question);
    if (!question.empty()) left_out_.insert(question);
  }
  v1::ImportFinding out;
  out.set_line(finding.line);
  out.set_end_line(finding.end_line);
  out.set_reason(std::move(finding.reason));
  out.set_severity(ToProto(finding.severity));
  out.set_path(finding.question);
  std::lock_guard lock(mutex_);
  if (error && whole_pack_ && QuestionOf(finding.question).empty()) catalogue_wrong_ = true;
  if (error && !whole_pack_) ++reader_errors_;
  builder_.Add(std::move(out));
  return absl::OkStatus();
}

void ImportIntake::Remark(v1::ImportFinding finding) {
  std::lock_guard lock(mutex_);
  builder_.Add(std::move(finding));
}

void ImportIntake::Add(const v1::ImportReport& outcome) {
  std::lock_guard lock(mutex_);
  builder_.Add(outcome);
}

void ImportIntake::Wrong(int line, std::string path, std::string reason, bool left_out) {
  v1::ImportFinding finding;
  finding.set_line(line);
  finding.set_end_line(line);
  finding.set_path(std::move(path));
  finding.set_reason(std::move(reason));
  finding.set_severity(v1::FINDING_SEVERITY_ERROR);
  std::lock_guard lock(mutex_);
  builder_.Add(std::move(finding));
  if (left_out) ++rejected_;
}

// One number per question is kept. Two ids that fall on one number by chance, once in some ten million documents of the largest
// size, would be taken for the same.
bool ImportIntake::IsDuplicate(const std::string& id, int line) {
  const auto [entry, fresh] = lines_by_id_.try_emplace(KeyOf(id), line);
  if (fresh) return false;
  Wrong(line, "questions/" + id,
        line > 0 ? fmt::format("\"{}\" is the id of the question in line {} as well; give each an id of its own", id, entry->second)
                 : fmt::format("\"{}\" is the id of two questions; give each an id of its own", id),
        true);
  return true;
}

void ImportIntake::NoteReferences(const v1::QuestionContent& question, int line) {
  const auto note = [&](const char* collection, const std::string& target, const char* field) {
    // What is no id is the validator's to say.
    if (!runtime::IsIdentifier(target)) return;
    int& noted = noted_[collection];
    if (noted < kMaxReferences && references_.try_emplace(fmt::format("{}/{}", collection, target), Reference{question.id(), line, field}).second) ++noted;
  };
  for (const auto& link : question.links()) note("questions", link.question(), "links");
  note("competencies", question.competency(), "competency");
  for (const auto& role : question.roles()) note("roleGuides", role.role(), "roles");
}

absl::Status ImportIntake::Question(v1::QuestionContent question, int line) {
  RETURN_IF_ERROR(Begin());
  const int most = whole_pack_ ? static_cast<int>(kMaxImportQuestions) : kMaxStreamedQuestions;
  if (++seen_ > most) return absl::InvalidArgumentError(fmt::format("it has more than {} questions; import it in parts", most));
  if (!left_out_.empty() && left_out_.count(question.id()) > 0) {
    std::lock_guard lock(mutex_);
    ++rejected_;
    return absl::OkStatus();
  }
  ApplyPrefix(pack_.id_prefix(), question);
  // What is no id at all is the validator's to say.
  if (runtime::IsIdentifier(question.id()) && IsDuplicate(question.id(), line)) return absl::OkStatus();
  const size_t bytes = question.ByteSizeLong();
  if (bytes > kMaxQuestionBytes) {
    Wrong(line, "questions/" + question.id(), fmt::format("has {} bytes; a question has at most {}", bytes, kMaxQuestionBytes), true);
    return absl::OkStatus();
  }
  if (!whole_pack_) NoteReferences(question, line);
  group_.questions.push_back(std::move(question));
  group_.lines.push_back(line);
  group_.bytes += bytes;
  if (group_.questions.size() < kBatchQuestions && group_.bytes < kBatchBytes) return absl::OkStatus();
  return line_.Add(std::exchange(group_, {}));
}

absl::Status ImportIntake::Check(Group group) {
  static const runtime::Validator kValidator(v1::QuestionContent::descriptor());
  std::vector<StagedQuestion> staged;
  staged.reserve(group.questions.size());
  for (size_t i = 0; i < group.questions.size(); ++i) {
    const v1::QuestionContent& question = group.questions[i];
    const int line = group.lines[i];
    absl::Status checked = kValidator.Check(question);
    if (checked.ok()) checked = CheckContent(question, "content");
    if (!checked.ok()) {
      bool first = true;
      const std::string at = runtime::IsIdentifier(question.id()) ? "questions/" + question.id() + "." : "";
      for (const runtime::Violation& violation : runtime::ViolationsOf(checked)) {
        Wrong(line, at + violation.field, violation.description, std::exchange(first, false));
      }
      continue;
    }
    staged.push_back({question.id(), line, DigestsOf(question),
                      runtime::SerializeDeterministic(question)});
  }
  group.questions.clear();
  std::sort(staged.begin(), staged.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  {
    std::lock_guard lock(mutex_);
    taken_ += static_cast<int>(staged.size());
    // Nothing of it will be imported: the rest is read for what else is wrong.
    if (!header_.dry_run() && (catalogue_wrong_ || (refuses_ && builder_.errors() > 0))) return absl::OkStatus();
  }
  return staged.empty() ? absl::OkStatus() : take_(pack_.id(), std::move(staged));
}

absl::Status ImportIntake::Finish() {
  RETURN_IF_ERROR(Begin());
  if (!group_.questions.empty()) RETURN_IF_ERROR(line_.Add(std::exchange(group_, {})));
  return line_.Finish();
}

std::map<std::string, ImportIntake::Reference> ImportIntake::OpenReferences() const {
  std::map<std::string, Reference> open;
  for (const auto& [name, reference] : references_) {
    const std::string question = QuestionOf(name);
    if (question.empty() || !lines_by_id_.contains(KeyOf(question))) open.emplace(name, reference);
  }
  return open;
}

void ImportIntake::WriteTo(const DocumentReader& reader, v1::ImportReport& report) const {
  std::lock_guard lock(mutex_);
  builder_.WriteTo(report);
  report.set_questions(taken_);
  report.set_dropped(rejected_ + (reader.dropped() >= 0 ? reader.dropped() : reader_errors_));
  report.set_sections(reader.sections());
  report.set_dry_run(header_.dry_run());
  report.set_pack("packs/" + pack_.id());
}

absl::Status ImportIntake::Refusal() const {
  std::lock_guard lock(mutex_);
  if (catalogue_wrong_ || (refuses_ && builder_.errors() > 0)) return PackInvalid(builder_.listed_errors(), builder_.errors());
  if (taken_ > 0 || has_catalogue_) return absl::OkStatus();
  if (builder_.errors() > 0) return PackInvalid(builder_.listed_errors(), builder_.errors());
  return runtime::InvalidFields({{"chunk", "the document holds no question"}}, runtime::v1::ERROR_REASON_PACK_INVALID);
}

}  // namespace assay::bank
