#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/lint_wording.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/text_similarity.h"

namespace assay::bank {
namespace {

constexpr int kFewestConcepts = 3;
constexpr int kMostConcepts = 8;

void CheckParts(const v1::QuestionContent& question, LintReport& report) {
  if (question.cue().empty()) report.Error("cue", "MISSING_CUE", "say what the evaluator listens for");
  bool has_five = false;
  bool has_three = false;
  bool has_weak = false;
  for (const v1::Exemplar& exemplar : question.exemplars()) {
    has_five |= exemplar.score() == 5;
    has_three |= exemplar.score() == 3;
    has_weak |= exemplar.score() == 1 || exemplar.score() == 2;
  }
  if (!has_five) report.Error("exemplars", "MISSING_EXEMPLAR", "add a model answer at 5");
  if (!has_three) report.Error("exemplars", "MISSING_EXEMPLAR", "add a model answer at 3: correct, but theoretical");
  if (!has_weak) report.Error("exemplars", "MISSING_EXEMPLAR", "add a weak answer at 1 or 2");
  for (int i = 0; i < question.exemplars_size(); ++i) {
    const v1::Exemplar& exemplar = question.exemplars(i);
    const std::string at = fmt::format("exemplars[{}]", i);
    if (exemplar.why().empty()) {
      report.Error(at + ".why", "MISSING_WHY", fmt::format("say in one line why it earns a {}", exemplar.score()));
    }
    if (exemplar.buzzword() && exemplar.score() > 2) {
      report.Error(at + ".buzzword", "BUZZWORD_NOT_WEAK",
                   fmt::format("only a 1 or 2 has the words without the idea, this is a {}", exemplar.score()));
    }
  }
  const int concepts = question.key_concepts_size();
  if (concepts < kFewestConcepts || concepts > kMostConcepts) {
    report.Error("key_concepts", "CONCEPT_COUNT",
                 fmt::format("{} concepts; give {} to {}, each atomic", concepts, kFewestConcepts, kMostConcepts));
  }
  const auto purpose_given = [&](v1::ProbePurpose purpose) {
    return std::any_of(question.probes().begin(), question.probes().end(),
                       [&](const v1::Probe& probe) { return probe.purpose() == purpose; });
  };
  if (question.probes_size() < 2) {
    report.Error("probes", "MISSING_PROBE", fmt::format("{} probes; give at least two", question.probes_size()));
  }
  if (!purpose_given(v1::PROBE_PURPOSE_DEEPER)) {
    report.Error("probes", "MISSING_PROBE", "add a probe with purpose deeper");
  }
  if (!purpose_given(v1::PROBE_PURPOSE_LIVED)) {
    report.Error("probes", "MISSING_PROBE", "add a probe with purpose lived, which separates memorised from lived");
  }
  if (question.basis().job_task().empty() || question.basis().method().empty()) {
    report.Error("basis", "MISSING_BASIS", "give job_task and method: why may this question judge people?");
  }
  if (question.section().empty()) report.Error("section", "MISSING_PART", "name the section of its source");
  if (question.roles().empty()) report.Warning("roles", "MISSING_PART", "name the roles it is relevant for; now it is for any");
  if (question.estimated_minutes() == 0) report.Error("estimated_minutes", "MISSING_PART", "say how long asking, answering and probing takes");
  if (question.tags().empty()) report.Warning("tags", "MISSING_PART", "give tags to find it by");
  if (question.red_flags().empty()) report.Error("red_flags", "MISSING_PART", "name at least one sign of trouble particular to it");
  if (question.stronger().empty()) report.Error("stronger", "MISSING_PART", "say what a stronger candidate adds");
  if (question.kind() == v1::QUESTION_KIND_BEHAVIOURAL && question.story() == v1::STORY_KIND_UNSPECIFIED) {
    report.Warning("story", "MISSING_PART", "say which story it asks for, failure or improvement");
  }
  if (!question.competency().empty() && question.assigned_by() == v1::ASSIGNED_BY_UNSPECIFIED) {
    report.Warning("assigned_by", "MISSING_ASSIGNED_BY", "say who assigned the competency: guide, pack or tenant");
  }
}

void CheckConcepts(const v1::QuestionContent& question, LintReport& report) {
  std::set<std::string> ids;
  for (int i = 0; i < question.key_concepts_size(); ++i) {
    const v1::KeyConcept& concept_ = question.key_concepts(i);
    const std::string at = fmt::format("key_concepts[{}]", i);
    if (!ids.insert(concept_.id()).second) {
      report.Error(at + ".id", "DUPLICATE_ID", fmt::format("\"{}\" is given twice", concept_.id()));
    }
    if (concept_.gloss().empty()) {
      report.Error(at + ".gloss", "MISSING_PART", "say in one line what is meant, for an interviewer who does not know it");
    }
    if (concept_.terms().empty()) {
      report.Warning(at + ".terms", "CONCEPT_WITHOUT_TERMS", "list the terms by which it is recognised");
    }
    for (const v1::Exemplar& exemplar : question.exemplars()) {
      if (exemplar.score() == 5 && concept_.essential() && !Evidences(exemplar.text(), concept_)) {
        report.Error(at, "ESSENTIAL_NOT_IN_FIVE",
                     fmt::format("the 5 shows none of the terms of \"{}\"; have it show the concept, or add the term "
                                 "it uses",
                                 concept_.id()));
      }
    }
  }
  const auto essential = std::count_if(question.key_concepts().begin(), question.key_concepts().end(),
                                       [](const v1::KeyConcept& c) { return c.essential(); });
  if (question.key_concepts_size() > 0 && essential == 0) {
    report.Error("key_concepts", "NO_ESSENTIAL", "mark at least one concept essential");
  }
  for (int i = 0; i < question.exemplars_size(); ++i) {
    const v1::Exemplar& exemplar = question.exemplars(i);
    if (exemplar.score() > 2 || exemplar.buzzword()) continue;
    const auto shown = std::count_if(
        question.key_concepts().begin(), question.key_concepts().end(),
        [&](const v1::KeyConcept& c) { return c.essential() && Evidences(exemplar.text(), c); });
    if (shown * 2 > essential) {
      report.Error(fmt::format("exemplars[{}]", i), "WEAK_EVIDENCES_TOO_MUCH",
                   fmt::format("the weak answer shows {} of {} essential concepts; at most half, or mark it buzzword",
                               shown, essential));
    }
  }
}

}  // namespace

bool Evidences(const std::string& text, const v1::KeyConcept& concept_) {
  constexpr std::size_t kWholeWordBelow = 4;
  const std::string words = PaddedWords(text);
  const auto shows = [&](const std::string& term) {
    std::string wanted = PaddedWords(term);
    if (wanted.size() <= 1) return false;
    // Without its last space the term may go on: "regularis" is shown by "regularisation".
    if (wanted.size() - 2 >= kWholeWordBelow) wanted.pop_back();
    return words.find(wanted) != std::string::npos;
  };
  if (concept_.terms().empty()) return shows(concept_.text());
  return std::any_of(concept_.terms().begin(), concept_.terms().end(), shows);
}

std::vector<Finding> LintQuestion(const v1::QuestionContent& question, const std::string& pack_language) {
  std::vector<Finding> findings;
  LintReport report(findings, "questions/" + question.id());
  CheckParts(question, report);
  CheckConcepts(question, report);
  CheckWording(question, pack_language, report);
  CheckTranslations(question, pack_language, report);
  return findings;
}

}  // namespace assay::bank
