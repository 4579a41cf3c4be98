#include "services/bank/domain/pack_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/lint_wording.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

// Shares that a pack of questions should keep, and from how many questions on they mean something.
constexpr int kEnoughForShares = 20;
constexpr double kSmallestLevelShare = 0.05;

using Questions = std::map<std::string, const v1::QuestionContent*>;

// References from questions to the catalogue and to one another.
void CheckReferences(const v1::Pack& pack, const v1::QuestionContent& question, const Questions& questions,
                     LintReport& report) {
  const auto has = [](const auto& entries, const std::string& id) {
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.id() == id; });
  };
  const auto unknown = [&](const std::string& field, const std::string& id, const char* kind) {
    report.Error(field, "UNKNOWN_REFERENCE", fmt::format("\"{}\" is no {} of this pack", id, kind));
  };
  if (question.competency().empty()) {
    report.Warning("competency", "NO_COMPETENCY", "ratings of it count for no competency; assign one");
  } else if (!has(pack.competencies(), question.competency())) {
    unknown("competency", question.competency(), "competency");
  }
  for (const v1::Competency& competency : pack.competencies()) {
    const auto& refs = competency.source_refs();
    if (std::find(refs.begin(), refs.end(), question.source().ref()) != refs.end() &&
        competency.id() != question.competency()) {
      report.Error("competency", "COMPETENCY_CONTRADICTS_SOURCE",
                   fmt::format("the source counts {} to {}", question.source().ref(), competency.id()));
    }
  }
  std::set<std::string> roles;
  for (int i = 0; i < question.roles_size(); ++i) {
    const std::string at = fmt::format("roles[{}].role", i);
    if (!has(pack.roles(), question.roles(i).role())) unknown(at, question.roles(i).role(), "role");
    if (!roles.insert(question.roles(i).role()).second) {
      report.Error(at, "DUPLICATE_REFERENCE", fmt::format("\"{}\" is listed twice", question.roles(i).role()));
    }
  }
  for (int i = 0; i < question.links_size(); ++i) {
    const std::string at = fmt::format("links[{}].question", i);
    if (question.links(i).question() == question.id()) {
      report.Error(at, "SELF_REFERENCE", "a question cannot link to itself");
    } else if (questions.count(question.links(i).question()) == 0) {
      unknown(at, question.links(i).question(), "question");
    }
  }
}

void CheckSources(const v1::Pack& pack, std::vector<Finding>& findings) {
  std::map<std::pair<std::string, std::string>, std::string> sources;
  for (const v1::QuestionContent& question : pack.questions()) {
    LintReport report(findings, "questions/" + question.id());
    if (question.source().document().empty() || question.source().ref().empty()) {
      report.Error("source", "MISSING_SOURCE", "give document and ref");
      continue;
    }
    const auto [other, fresh] =
        sources.emplace(std::pair(question.source().document(), question.source().ref()), question.id());
    if (!fresh) {
      report.Error("source.ref", "DUPLICATE_SOURCE",
                   fmt::format("{} {} is the source of {} as well", question.source().document(),
                               question.source().ref(), other->second));
    }
  }
}

bool Linked(const v1::QuestionContent& a, const v1::QuestionContent& b) {
  const auto names = [](const v1::QuestionContent& from, const std::string& to) {
    return std::any_of(from.links().begin(), from.links().end(),
                       [&](const v1::QuestionLink& link) { return link.question() == to; });
  };
  return names(a, b.id()) || names(b, a.id());
}

// Two questions that say the same are one, unless they say that they are variants.
void CheckDuplicates(const v1::Pack& pack, std::vector<Finding>& findings) {
  std::vector<std::string> prompts;
  for (const v1::QuestionContent& question : pack.questions()) {
    prompts.push_back(question.scenario().empty() ? question.prompt() : question.prompt() + ' ' + question.scenario());
  }
  for (const SimilarPair& pair : NearDuplicates(prompts)) {
    const v1::QuestionContent& first = pack.questions(static_cast<int>(pair.first));
    const v1::QuestionContent& second = pack.questions(static_cast<int>(pair.second));
    if (Linked(first, second)) continue;
    LintReport(findings, "questions/" + second.id())
        .Error("prompt", "NEAR_DUPLICATE",
               fmt::format("says nearly the same as {} ({:.0f} % overlap); reword, drop or link them as variants",
                           first.id(), pair.overlap * 100));
  }
}

void CheckMix(const v1::Pack& pack, std::vector<Finding>& findings) {
  if (pack.questions_size() < kEnoughForShares) return;
  std::map<int, int> by_level;
  std::map<std::string, std::set<int>> levels_of_role;
  int long_enough = 0;
  int with_both = 0;
  for (const v1::QuestionContent& question : pack.questions()) {
    ++by_level[question.level()];
    for (const v1::RoleRelevance& role : question.roles()) levels_of_role[role.role()].insert(question.level());
    std::size_t strong = 0;
    std::size_t weak = 0;
    for (const v1::Exemplar& exemplar : question.exemplars()) {
      const std::size_t words = Words(exemplar.text()).size();
      if (exemplar.score() == 5) strong = std::max(strong, words);
      if (exemplar.score() <= 2) weak = std::max(weak, words);
    }
    if (strong > 0 && weak > 0) ++with_both;
    if (strong > 0 && weak >= strong) ++long_enough;
  }
  LintReport report(findings);
  for (const int level : {v1::LEVEL_FRESHER, v1::LEVEL_EXPERIENCED, v1::LEVEL_SENIOR}) {
    const std::string name = ShortEnumName(*v1::Level_descriptor()->FindValueByNumber(level));
    if (by_level[level] < kSmallestLevelShare * pack.questions_size()) {
      report.Warning("questions", "LEVEL_MIX",
                     fmt::format("{} of {} questions are at level {}; at least {:.0f} % should be", by_level[level],
                                 pack.questions_size(), name, kSmallestLevelShare * 100));
    }
    for (const v1::RoleGuide& role : pack.roles()) {
      if (levels_of_role[role.id()].count(level) > 0) continue;
      LintReport(findings, "roles/" + role.id())
          .Warning("", "LEVEL_MIX", fmt::format("no question of this role is at level {}", name));
    }
  }
  if (long_enough * 3 < with_both) {
    report.Warning("questions", "LENGTH_IS_THE_SIGNAL",
                   fmt::format("in {} of {} entries the weak answer is as long as the strong one; make it a third",
                               long_enough, with_both));
  }
}

// Interviewers are advised per section; advice for a section that nobody asks from is a slip in a name.
void CheckGuidance(const v1::Pack& pack, std::vector<Finding>& findings) {
  if (pack.section_guidance().empty()) return;
  std::set<std::string> sections;
  std::set<std::string> guided;
  for (const v1::QuestionContent& question : pack.questions()) sections.insert(question.section());
  for (const v1::SectionGuidance& guidance : pack.section_guidance()) {
    guided.insert(guidance.section());
    if (sections.count(guidance.section()) > 0) continue;
    LintReport(findings, "section_guidance/" + guidance.id())
        .Error("section", "UNKNOWN_REFERENCE", fmt::format("no question stands in section \"{}\"", guidance.section()));
  }
  for (const std::string& section : sections) {
    if (section.empty() || guided.count(section) > 0) continue;
    LintReport(findings).Error("section_guidance", "MISSING_GUIDANCE",
                               fmt::format("interviewers get no advice for section \"{}\"", section));
  }
}

}  // namespace

std::string Finding::ToString() const {
  return fmt::format("{} {} {}: {}", severity == Severity::kError ? "error" : "warning", path.empty() ? "pack" : path,
                     reason, message);
}

bool MakesUnusable(const Finding& finding) {
  static const std::set<std::string> kReasons{"DUPLICATE_ID",    "DUPLICATE_REFERENCE", "SCALE_ORDER",
                                              "SELF_REFERENCE",  "SLOT_COUNT",          "THRESHOLD_ORDER",
                                              "TIME_SUM",        "WEIGHT_SUM",          "UNKNOWN_REFERENCE"};
  return finding.severity == Severity::kError && kReasons.count(finding.reason) != 0;
}

bool HasErrors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::kError; });
}

std::vector<Finding> LintPack(const v1::Pack& pack, const MathConverter& convert) {
  std::vector<Finding> findings = LintCatalogue(pack);
  Questions questions;
  for (const v1::QuestionContent& question : pack.questions()) questions.emplace(question.id(), &question);
  for (const v1::QuestionContent& question : pack.questions()) {
    LintReport report(findings, "questions/" + question.id());
    CheckReferences(pack, question, questions, report);
    const std::vector<Finding> own = LintQuestion(question, pack.language_code());
    findings.insert(findings.end(), own.begin(), own.end());
  }
  CheckSources(pack, findings);
  CheckDuplicates(pack, findings);
  CheckMix(pack, findings);
  CheckGuidance(pack, findings);
  CheckCatalogueWording(pack, findings);
  if (convert) CheckFormulas(pack, convert, findings);
  return findings;
}

}  // namespace assay::bank
