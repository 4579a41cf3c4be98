#include "services/bank/domain/pack_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "assay/options.pb.h"
#include "services/bank/domain/lint_lookup.h"
#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/lint_wording.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;

// Shares that a pack of questions should keep, and from how many questions on they mean something.
constexpr int kEnoughForShares = 20;
constexpr double kSmallestLevelShare = 0.05;

// A list that the contract gives no size of its own (options.proto).
constexpr int kDefaultMaxItems = 1000;
// Near-duplicates that are reported. The steps take a second or two; an ordinary pack of some thousand questions needs fewer.
constexpr SimilarityLimits kNearDuplicates{.pairs_of_one = 10, .pairs = 1000, .steps = 100'000'000};

struct LongList {
  std::string path;
  int items = 0;
  int most = 0;

  std::string Message() const { return fmt::format("has {} items; at most {} are allowed", items, most); }
};

// The first list of `message` with more items than the contract allows, wherever below it that stands, but not below `skipped`.
std::optional<LongList> FindLongList(const google::protobuf::Message& message, const FieldDescriptor* skipped = nullptr) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int items = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    if (field->is_repeated()) {
      const int stated = static_cast<int>(field->options().GetExtension(assay::field).max_items());
      const int most = stated == 0 ? kDefaultMaxItems : stated;
      if (items > most) return LongList{field->name(), items, most};
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field == skipped) continue;
    for (int i = 0; i < items; ++i) {
      auto below = FindLongList(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field));
      if (!below) continue;
      below->path = fmt::format("{}{}.{}", field->name(), field->is_repeated() ? fmt::format("[{}]", i) : "", below->path);
      return below;
    }
  }
  return std::nullopt;
}

// Keeps findings up to kMaxLintFindings and counts the others.
class Gathering {
 public:
  // The findings of one question, or of one check.
  void Add(std::vector<Finding> findings) {
    bool unusable = false;
    for (Finding& finding : findings) {
      const bool first_reason = !unusable && MakesUnusable(finding);
      unusable = unusable || first_reason;
      if (findings_.size() < kMaxLintFindings || first_reason) {
        findings_.push_back(std::move(finding));
      } else {
        ++left_out_;
        errors_left_out_ = errors_left_out_ || finding.severity == Severity::kError;
      }
    }
  }
  std::vector<Finding> Take() {
    if (left_out_ > 0) {
      findings_.push_back({errors_left_out_ ? Severity::kError : Severity::kWarning, "", "TOO_MANY_FINDINGS",
                           fmt::format("{} more findings are not listed; put these right first", left_out_)});
    }
    return std::move(findings_);
  }

 private:
  std::vector<Finding> findings_;
  std::size_t left_out_ = 0;
  bool errors_left_out_ = false;
};

// What questions refer to.
struct Targets {
  explicit Targets(const v1::Pack& pack) {
    for (const auto& question : pack.questions()) questions.ids.insert(question.id());
    for (const auto& role : pack.roles()) roles.ids.insert(role.id());
    for (const auto& competency : pack.competencies()) {
      competencies.ids.insert(competency.id());
      for (const std::string& ref : competency.source_refs()) {
        auto& counts = counted_to[ref];
        if (counts.empty() || counts.back() != competency.id()) counts.push_back(competency.id());
      }
    }
  }

  LintTarget questions{"questions", "question"};
  LintTarget roles{"roleGuides", "role"};
  LintTarget competencies{"competencies", "competency"};
  // Source ref → the competencies that name it.
  std::map<std::string, std::vector<std::string>> counted_to;
};

// References from questions to the catalogue and to one another.
void CheckReferences(const v1::QuestionContent& question, const Targets& targets, LintLookup& lookup, LintReport& report) {
  const auto refer = [&](const std::string& field, const std::string& id, const LintTarget& target) {
    if (!lookup.Knows(target, id)) report.Error(field, "UNKNOWN_REFERENCE", fmt::format("\"{}\" is no {} of this pack", id, target.kind));
  };
  if (question.competency().empty()) {
    report.Warning("competency", "NO_COMPETENCY", "ratings of it count for no competency; assign one");
  } else {
    refer("competency", question.competency(), targets.competencies);
  }
  if (const auto counted = targets.counted_to.find(question.source().ref()); counted != targets.counted_to.end()) {
    for (const std::string& competency : counted->second) {
      if (competency == question.competency()) continue;
      report.Error("competency", "COMPETENCY_CONTRADICTS_SOURCE",
                   fmt::format("the source counts {} to {}", question.source().ref(), competency));
    }
  }
  std::set<std::string> roles;
  for (int i = 0; i < question.roles_size(); ++i) {
    const std::string at = fmt::format("roles[{}].role", i);
    refer(at, question.roles(i).role(), targets.roles);
    if (!roles.insert(question.roles(i).role()).second) {
      report.Error(at, "DUPLICATE_REFERENCE", fmt::format("\"{}\" is listed twice", question.roles(i).role()));
    }
  }
  for (int i = 0; i < question.links_size(); ++i) {
    const std::string& linked = question.links(i).question();
    const std::string at = fmt::format("links[{}].question", i);
    if (linked == question.id()) {
      report.Error(at, "SELF_REFERENCE", "a question cannot link to itself");
    } else if (!lookup.Knows(targets.questions, linked)) {
      // It keeps two questions apart; where one is missing there is nothing to keep apart, and nothing becomes wrong.
      report.Error(at, "UNKNOWN_LINK", fmt::format("\"{}\" is no question of this pack", linked));
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
  const SimilarTexts similar = NearDuplicates(prompts, kNearDuplicates);
  for (const SimilarPair& pair : similar.pairs) {
    const v1::QuestionContent& first = pack.questions(static_cast<int>(pair.first));
    const v1::QuestionContent& second = pack.questions(static_cast<int>(pair.second));
    if (Linked(first, second)) continue;
    LintReport(findings, "questions/" + second.id())
        .Error("prompt", "NEAR_DUPLICATE",
               fmt::format("says nearly the same as {} ({:.0f} % overlap); reword, drop or link them as variants",
                           first.id(), pair.overlap * 100));
  }
  LintReport report(findings);
  if (similar.left_out > 0) {
    report.Error("questions", "NEAR_DUPLICATE", fmt::format("at least {} more pairs say nearly the same", similar.left_out));
  }
  if (!similar.complete) report.Warning("questions", "NEAR_DUPLICATE", "there are too many questions alike to compare each with each");
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
        .Error("section", "UNUSED_GUIDANCE", fmt::format("no question stands in section \"{}\"", guidance.section()));
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
  static const std::set<std::string> kReasons{"DUPLICATE_ID",    "DUPLICATE_REFERENCE", "SCALE_ORDER", "SELF_REFERENCE",
                                              "SLOT_COUNT",      "THRESHOLD_ORDER",     "TIME_SUM",    "TOO_MANY_ITEMS",
                                              "WEIGHT_SUM",      "UNKNOWN_REFERENCE"};
  return finding.severity == Severity::kError && kReasons.count(finding.reason) != 0;
}

bool HasErrors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::kError; });
}

std::set<std::string> OpenReferences(const v1::Pack& pack) {
  std::set<std::string> open;
  if (FindLongList(pack, v1::Pack::descriptor()->FindFieldByName("questions"))) return open;
  const std::set<std::string> elsewhere;
  LintLookup lookup(pack, elsewhere, &open);
  (void)LintCatalogue(pack, lookup);
  const Targets targets(pack);
  for (const v1::QuestionContent& question : pack.questions()) {
    std::vector<Finding> findings;
    LintReport report(findings);
    if (!FindLongList(question)) CheckReferences(question, targets, lookup, report);
  }
  return open;
}

std::vector<Finding> LintPack(const v1::Pack& pack, const MathConverter& convert, const std::set<std::string>& elsewhere) {
  if (const auto list = FindLongList(pack, v1::Pack::descriptor()->FindFieldByName("questions"))) {
    std::vector<Finding> findings;
    LintReport(findings).Error(list->path, "TOO_MANY_ITEMS", list->Message());
    return findings;
  }
  Gathering gathering;
  LintLookup lookup(pack, elsewhere);
  gathering.Add(LintCatalogue(pack, lookup));
  const Targets targets(pack);
  for (const v1::QuestionContent& question : pack.questions()) {
    std::vector<Finding> findings;
    LintReport report(findings, "questions/" + question.id());
    if (const auto list = FindLongList(question)) {
      report.Error(list->path, "TOO_MANY_ITEMS", list->Message());
    } else {
      CheckReferences(question, targets, lookup, report);
      const std::vector<Finding> own = LintQuestion(question, pack.language_code());
      findings.insert(findings.end(), own.begin(), own.end());
    }
    gathering.Add(std::move(findings));
  }
  for (const auto check : {CheckSources, CheckDuplicates, CheckMix, CheckGuidance, CheckCatalogueWording}) {
    std::vector<Finding> findings;
    check(pack, findings);
    gathering.Add(std::move(findings));
  }
  if (convert) {
    std::vector<Finding> findings;
    CheckFormulas(pack, convert, findings);
    gathering.Add(std::move(findings));
  }
  return gathering.Take();
}

}  // namespace assay::bank
