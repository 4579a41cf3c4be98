#include "services/bank/domain/entry_desk.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "services/bank/domain/guide_lines.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/xml_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMaxRef = 40;
constexpr std::size_t kMaxSlug = 50;

}  // namespace

void SectionCount::Add(const v1::QuestionContent& question) {
  if (question.section().empty()) return;
  hashes_.insert(std::hash<std::string>{}(question.part() + '\0' + question.section()));
}

absl::Status EntryDesk::Remark(const EntryPlace& place, FindingSeverity severity, std::string_view what, DocumentSink& sink) {
  return sink.Finding({.line = place.line,
                       .end_line = place.end_line,
                       .reason = place.name.empty() ? std::string(what) : fmt::format("{}: {}", place.name, what),
                       .severity = severity,
                       .question = place.name});
}

absl::Status EntryDesk::Drop(const EntryPlace& place, std::string_view why, DocumentSink& sink) {
  return Remark(place, FindingSeverity::kError, fmt::format("not imported: {}", why), sink);
}

absl::Status EntryDesk::HandOwn(v1::QuestionContent question, const EntryPlace& place, DocumentSink& sink) {
  if (!IsIdentifier(question.id())) {
    return Drop(place, fmt::format("\"{}\" is no id; it has lower-case letters, digits and hyphens", Excerpt(question.id())), sink);
  }
  if (question.prompt().empty()) return Drop(place, "there is no question text", sink);
  const auto [entry, fresh] = ids_.try_emplace(question.id(), place.line);
  if (!fresh) return Drop(place, fmt::format("id {} stands twice, first in line {}", question.id(), entry->second), sink);
  sections_.Add(question);
  return sink.Question(std::move(question), place.line);
}

absl::Status EntryDesk::HandForeign(v1::QuestionContent question, std::string_view key, const EntryPlace& place, DocumentSink& sink) {
  if (question.prompt().empty()) return Drop(place, "there is no question text", sink);
  const std::string slug = Slug(key, kMaxSlug);
  const std::string base = slug.empty() ? document_ + "-question" : slug;
  std::string id = base;
  while (!ids_.try_emplace(id, place.line).second) id = fmt::format("{}-{}", base, ++copies_.try_emplace(base, 1).first->second);
  question.set_id(id);
  if (!question.has_source()) {
    question.mutable_source()->set_document(document_);
    question.mutable_source()->set_ref(OneLine(key, kMaxRef - 1));
  }
  if (question.level() == v1::LEVEL_UNSPECIFIED) {
    question.set_level(v1::LEVEL_EXPERIENCED);
    if (without_level_++ == 0) first_without_level_ = place.line;
    last_without_level_ = place.end_line;
  }
  if (question.kind() == v1::QUESTION_KIND_UNSPECIFIED) question.set_kind(KindOf(question.section(), question.prompt()));
  if (question.estimated_minutes() == 0) question.set_estimated_minutes(DefaultMinutes(question.kind()));
  if (question.language_code().empty() && language_ != "en") question.set_language_code(language_);
  sections_.Add(question);
  return sink.Question(std::move(question), place.line);
}

absl::Status EntryDesk::Finish(DocumentSink& sink) {
  if (without_level_ == 0) return absl::OkStatus();
  return sink.Finding({.line = first_without_level_,
                       .end_line = last_without_level_,
                       .reason = fmt::format("{} question(s) name no level; they are taken as experienced", without_level_),
                       .severity = FindingSeverity::kInfo,
                       .question = ""});
}

}  // namespace assay::bank
