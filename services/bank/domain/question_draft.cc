#include "services/bank/domain/question_draft.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "services/bank/domain/guide_lines.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/key_concepts.h"

namespace assay::bank {
namespace {

// Limits of QuestionContent (assay/bank/v1/question.proto), in code points and items.
constexpr std::size_t kMaxPrompt = 2000;
constexpr std::size_t kMaxExemplar = 8000;
constexpr std::size_t kMaxCue = 2000;
constexpr std::size_t kMaxProbe = 1000;
constexpr std::size_t kMaxConcept = 300;
constexpr std::size_t kMaxHeading = 200;
constexpr int kMaxItems = 20;
// A quotation of a probe is looked for within this many bytes; a longer one is over the limit
// anyway.
constexpr std::size_t kMaxQuotationBytes = 8192;

// End of the quotation that opens `text`, quotations within it counted; npos when nothing closes
// it. A straight quote opens where a blank or bracket stands before it and a word behind it.
std::size_t QuotationEnd(std::string_view text) {
  constexpr std::string_view kOpen = "\xE2\x80\x9C";
  constexpr std::string_view kClose = "\xE2\x80\x9D";
  int depth = 0;
  for (std::size_t i = 0; i < std::min(text.size(), kMaxQuotationBytes);) {
    const std::string_view tail = text.substr(i);
    std::size_t length = 1;
    if (tail.starts_with(kOpen)) {
      ++depth;
      length = kOpen.size();
    } else if (tail.starts_with(kClose)) {
      --depth;
      length = kClose.size();
    } else if (tail.front() == '"') {
      const bool after_gap =
          i == 0 || std::string_view(" \n\t(").find(text[i - 1]) != std::string_view::npos;
      const bool before_word =
          tail.size() > 1 && std::string_view(" \n\t").find(tail[1]) == std::string_view::npos;
      depth += after_gap && before_word ? 1 : -1;
    }
    i += length;
    if (depth == 0) return i;
  }
  return std::string_view::npos;
}

// Why the contract would refuse the question; empty when it would not.
std::string OverLimit(const v1::QuestionContent& question) {
  const auto over = [](std::string_view text, std::size_t max) { return CodePoints(text) > max; };
  if (over(question.prompt(), kMaxPrompt))
    return fmt::format("the prompt is over {} characters", kMaxPrompt);
  if (over(question.cue(), kMaxCue)) return fmt::format("the cue is over {} characters", kMaxCue);
  if (over(question.part(), kMaxHeading) || over(question.section(), kMaxHeading)) {
    return fmt::format("its part or section is over {} characters", kMaxHeading);
  }
  if (question.key_concepts_size() > kMaxItems)
    return fmt::format("more than {} key concepts", kMaxItems);
  if (question.exemplars_size() > kMaxItems)
    return fmt::format("more than {} exemplars", kMaxItems);
  if (question.probes_size() > kMaxItems) return fmt::format("more than {} probes", kMaxItems);
  for (const auto& key_concept : question.key_concepts()) {
    if (over(key_concept.text(), kMaxConcept)) {
      return fmt::format("a key concept is over {} characters", kMaxConcept);
    }
  }
  for (const auto& exemplar : question.exemplars()) {
    if (over(exemplar.text(), kMaxExemplar))
      return fmt::format("an exemplar is over {} characters", kMaxExemplar);
  }
  for (const auto& probe : question.probes()) {
    if (over(probe.text(), kMaxProbe))
      return fmt::format("a probe is over {} characters", kMaxProbe);
  }
  return "";
}

bool HasExemplar(const v1::QuestionContent& question, bool strong) {
  for (const auto& exemplar : question.exemplars()) {
    if ((exemplar.score() > 3) == strong) return true;
  }
  return false;
}

std::vector<std::string_view> AbsentParts(const v1::QuestionContent& question) {
  std::vector<std::string_view> absent;
  if (question.key_concepts().empty()) absent.emplace_back("what a strong answer covers");
  if (!HasExemplar(question, true)) absent.emplace_back("strong answer");
  if (!HasExemplar(question, false)) absent.emplace_back("weak answer");
  if (question.cue().empty()) absent.emplace_back("evaluation cue");
  if (question.probes().empty()) absent.emplace_back("probe");
  return absent;
}

v1::QuestionContent Content(const QuestionDraft& draft) {
  v1::QuestionContent question;
  question.mutable_source()->set_document(draft.document);
  question.mutable_source()->set_ref(draft.ref);
  question.set_part(draft.part);
  question.set_section(draft.section);
  question.set_level(draft.level);
  question.set_prompt(PlainText(draft.prompt));
  question.set_kind(draft.kind != v1::QUESTION_KIND_UNSPECIFIED
                        ? draft.kind
                        : KindOf(draft.section, question.prompt()));
  question.set_estimated_minutes(DefaultMinutes(question.kind()));
  if (!draft.competency.empty()) {
    question.set_competency(draft.competency);
    question.set_assigned_by(draft.assigned_by);
  }
  for (v1::KeyConcept& key_concept : SplitKeyConcepts(PlainText(draft.covers))) {
    *question.add_key_concepts() = std::move(key_concept);
  }
  for (const auto& [score, text] : draft.exemplars) {
    const std::string plain = PlainText(WithoutQuotes(text));
    if (plain.empty()) continue;
    v1::Exemplar* exemplar = question.add_exemplars();
    exemplar->set_score(score);
    exemplar->set_text(plain);
  }
  const CueAndProbes cue = SplitCue(draft.cue);
  question.set_cue(PlainText(cue.cue));
  for (const auto* probes : {&cue.probes, &draft.probes}) {
    for (const std::string& probe : *probes) {
      const std::string plain = PlainText(WithoutQuotes(probe));
      if (!plain.empty()) question.add_probes()->set_text(plain);
    }
  }
  return question;
}

}  // namespace

ProbeMark FindProbeMark(std::string_view text, std::size_t from) {
  static constexpr std::array<std::string_view, 6> kMarks = {kProbeMark,         "Follow-up:",         "Follow-up question:",
                                                             "Follow-up probe:", "Follow up question:", "Follow up:"};
  ProbeMark first;
  for (const std::string_view mark : kMarks) {
    const std::size_t at = text.find(mark, from);
    if (at < first.at) first = {at, mark.size()};
  }
  // "Follow-up probe:" ends in the first of them; the longer one begins before it.
  return first;
}

CueAndProbes SplitCue(std::string_view text) {
  CueAndProbes out;
  std::size_t from = 0;
  while (from < text.size() && out.probes.size() <= kMaxItems) {
    const ProbeMark mark = FindProbeMark(text, from);
    const std::size_t at = mark.at;
    const std::string_view before =
        TrimSpace(text.substr(from, at == std::string_view::npos ? at : at - from));
    if (!before.empty()) out.cue += (out.cue.empty() ? "" : " ") + std::string(before);
    if (at == std::string_view::npos) break;
    std::string_view tail = text.substr(at + mark.length);
    const std::size_t skipped = static_cast<std::size_t>(TrimSpace(tail).data() - tail.data());
    tail = tail.substr(std::min(skipped, tail.size()));
    std::size_t end = StartsWithQuote(tail) ? QuotationEnd(tail) : std::string_view::npos;
    if (end == std::string_view::npos) end = std::min(FindProbeMark(tail).at, tail.size());
    const std::string_view probe = WithoutQuotes(tail.substr(0, end));
    if (!probe.empty()) out.probes.emplace_back(probe);
    from = static_cast<std::size_t>(tail.data() - text.data()) + end;
  }
  return out;
}

std::string QuestionCollector::UniqueId(const QuestionDraft& draft) {
  const auto [entry, fresh] = ids_.try_emplace(draft.id, Use{.line = draft.line, .copies = 1});
  if (fresh) return draft.id;
  const int first_line = entry->second.line;
  std::string id;
  do {
    id = fmt::format("{}-{}", draft.id, ++entry->second.copies);
  } while (!ids_.try_emplace(id, Use{.line = draft.line, .copies = 1}).second);
  result_.findings.push_back(
      {.line = draft.line,
       .end_line = draft.end_line,
       .reason = fmt::format("{} stands twice, first in line {}; both are kept, this one as {}: "
                             "renumber or remove one",
                             draft.ref, first_line, id),
       .severity = twice_,
       .question = draft.ref});
  return id;
}

bool QuestionCollector::Add(const QuestionDraft& draft) {
  v1::QuestionContent question = Content(draft);
  const std::string refused =
      question.prompt().empty() ? "there is no question text" : OverLimit(question);
  if (!refused.empty()) {
    ++result_.dropped;
    result_.findings.push_back({.line = draft.line,
                                .end_line = draft.end_line,
                                .reason = fmt::format("{} is not imported: {}", draft.ref, refused),
                                .severity = FindingSeverity::kError,
                                .question = draft.ref});
    return false;
  }
  const std::vector<std::string_view> absent = AbsentParts(question);
  if (draft.expects_parts && !absent.empty()) {
    result_.findings.push_back(
        {.line = draft.line,
         .end_line = draft.end_line,
         .reason = fmt::format("{} has no {}", draft.ref, fmt::join(absent, ", no ")),
         .severity = FindingSeverity::kWarning,
         .question = draft.ref});
  }
  question.set_id(UniqueId(draft));
  result_.questions.push_back(std::move(question));
  return true;
}

}  // namespace assay::bank
