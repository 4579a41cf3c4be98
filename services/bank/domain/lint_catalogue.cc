#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/lint_lookup.h"
#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/pack_lint.h"

namespace assay::bank {
namespace {

constexpr int kFullWeight = 10'000;
// Of one list so many wrong items are named.
constexpr int kMaxNamed = 20;

template <typename Entries>
std::set<std::string> CollectIds(const Entries& entries, const std::string& collection, std::vector<Finding>& findings) {
  std::set<std::string> ids;
  for (const auto& entry : entries) {
    if (ids.insert(entry.id()).second) continue;
    LintReport(findings, collection + "/" + entry.id())
        .Error("id", "DUPLICATE_ID", fmt::format("\"{}\" is the id of two {}; rename one", entry.id(), collection));
  }
  return ids;
}

class CatalogueLint {
 public:
  CatalogueLint(const v1::Pack& pack, LintLookup& lookup, std::vector<Finding>& findings)
      : pack_(pack), lookup_(lookup), findings_(findings) {}

  void Run();

 private:
  // Whether the pack says that it lacks this on purpose.
  bool Omits(const LintTarget& target, const std::string& id) const { return &target == &questions_ && lookup_.Omits(id); }
  void Refer(LintReport& report, const std::string& field, const std::string& id, const LintTarget& target) {
    if (lookup_.Knows(target, id)) return;
    if (Omits(target, id)) return report.Warning(field, "OMITTED_QUESTION", fmt::format("\"{}\" is left out of this document on purpose", id));
    report.Error(field, "UNKNOWN_REFERENCE", fmt::format("\"{}\" is no {} of this pack", id, target.kind));
  }
  template <typename List>
  void ReferAll(LintReport& report, const std::string& field, const List& list, const LintTarget& target) {
    std::set<std::string> seen;
    int wrong = 0, omitted = 0;
    for (int i = 0; i < list.size(); ++i) {
      const std::string& id = list.Get(i);
      const bool fresh = seen.insert(id).second;
      const bool known = lookup_.Knows(target, id);
      const bool left_out = !known && Omits(target, id);
      omitted += left_out ? 1 : 0;
      if (((known || left_out) && fresh) || ++wrong > kMaxNamed) continue;
      const std::string at = fmt::format("{}[{}]", field, i);
      if (!left_out) Refer(report, at, id, target);
      if (!fresh) report.Error(at, "DUPLICATE_REFERENCE", fmt::format("\"{}\" is listed twice", id));
    }
    if (wrong > kMaxNamed) {
      report.Error(field, "UNKNOWN_REFERENCE", fmt::format("{} more items are unknown or listed twice", wrong - kMaxNamed));
    }
    if (omitted > 0) {
      report.Warning(field, "OMITTED_QUESTION", fmt::format("{} of {} are left out of this document on purpose", omitted, list.size()));
    }
  }

  void CheckCompetencies();
  void CheckRoles();
  void CheckFormats();
  void CheckSlot(const v1::FormatSlot& slot, LintReport& report);
  void CheckPolicies();
  void CheckRest();

  const v1::Pack& pack_;
  LintLookup& lookup_;
  std::vector<Finding>& findings_;
  LintTarget competencies_{"competencies", "competency"};
  LintTarget scales_{"scales", "scale"};
  LintTarget formats_{"formats", "format"};
  LintTarget policies_{"policies", "policy"};
  LintTarget flags_{"flagDefinitions", "flag"};
  LintTarget questions_{"questions", "question"};
};

void CatalogueLint::CheckCompetencies() {
  std::set<std::string> refs;
  for (const v1::QuestionContent& question : pack_.questions()) refs.insert(question.source().ref());
  int weight = 0;
  std::map<std::string, std::string> claimed;
  for (const v1::Competency& competency : pack_.competencies()) {
    LintReport report(findings_, "competencies/" + competency.id());
    weight += competency.weight_basis_points();
    if (competency.basis().job_task().empty() || competency.basis().method().empty()) {
      report.Error("basis", "MISSING_BASIS", "give job_task and method: why may this competency judge people?");
    }
    for (int i = 0; i < competency.source_refs_size(); ++i) {
      const std::string& ref = competency.source_refs(i);
      const std::string at = fmt::format("source_refs[{}]", i);
      if (refs.count(ref) == 0) {
        report.Warning(at, "UNKNOWN_REFERENCE", fmt::format("no question has source ref {}", ref));
      }
      const auto [other, fresh] = claimed.emplace(ref, competency.id());
      if (!fresh) report.Error(at, "DUPLICATE_SOURCE", fmt::format("{} also assesses {}", ref, other->second));
    }
  }
  if (!pack_.competencies().empty() && weight != kFullWeight) {
    LintReport(findings_).Error("competencies", "SHARE_SUM",
                                fmt::format("the weights sum to {}; make it {}", weight, kFullWeight));
  }
}

void CatalogueLint::CheckRoles() {
  for (const v1::RoleGuide& role : pack_.roles()) {
    LintReport report(findings_, "roles/" + role.id());
    ReferAll(report, "focus_questions", role.focus_questions(), questions_);
    ReferAll(report, "critical_questions", role.critical_questions(), questions_);
    if (!role.policy().empty()) Refer(report, "policy", role.policy(), policies_);
    if (role.must_haves().empty()) report.Error("must_haves", "MISSING_MUST_HAVES", "say what the role cannot do without");
    if (role.critical_questions().empty()) {
      report.Warning("critical_questions", "MISSING_CRITICAL", "name the questions an average of 4.0 is preferred on");
    }
  }
}

void CatalogueLint::CheckSlot(const v1::FormatSlot& slot, LintReport& report) {
  const std::string at = fmt::format("slots[{}]", slot.id());
  if (slot.min_questions() > slot.max_questions()) {
    report.Error(at + ".min_questions", "SLOT_COUNT",
                 fmt::format("{} is more than max_questions, {}", slot.min_questions(), slot.max_questions()));
  }
  if (slot.kinds().empty() && slot.max_questions() > 0) {
    report.Error(at + ".kinds", "SLOT_COUNT", "asks for questions of no kind; name kinds or set max_questions to 0");
  }
  if (slot.stories_size() > slot.max_questions()) {
    report.Error(at + ".stories", "SLOT_COUNT",
                 fmt::format("{} stories in {} questions", slot.stories_size(), slot.max_questions()));
  }
  std::set<int> levels;
  for (const v1::LevelKinds& level_kinds : slot.level_kinds()) {
    if (!levels.insert(level_kinds.level()).second) {
      report.Error(at + ".level_kinds", "DUPLICATE_ID", "one level is named twice");
    }
  }
  ReferAll(report, at + ".preferred_questions", slot.preferred_questions(), questions_);
  ReferAll(report, at + ".competencies", slot.competencies(), competencies_);
}

void CatalogueLint::CheckFormats() {
  for (const v1::Format& format : pack_.formats()) {
    LintReport report(findings_, "formats/" + format.id());
    int minutes = 0;
    std::set<std::string> slots;
    for (const v1::FormatSlot& slot : format.slots()) {
      minutes += slot.minutes();
      if (!slots.insert(slot.id()).second) {
        report.Error("slots", "DUPLICATE_ID", fmt::format("\"{}\" is the id of two slots", slot.id()));
      }
      CheckSlot(slot, report);
    }
    if (minutes != format.minutes()) {
      report.Error("minutes", "TIME_SUM", fmt::format("is {}, its slots sum to {}", format.minutes(), minutes));
    }
    ReferAll(report, "overall_competencies", format.overall_competencies(), competencies_);
  }
  for (const v1::Loop& loop : pack_.loops()) {
    LintReport report(findings_, "loops/" + loop.id());
    std::set<std::string> rounds;
    for (int i = 0; i < loop.rounds_size(); ++i) {
      Refer(report, fmt::format("rounds[{}].format", i), loop.rounds(i).format(), formats_);
      if (!rounds.insert(loop.rounds(i).id()).second) {
        report.Error(fmt::format("rounds[{}].id", i), "DUPLICATE_ID", "two rounds have this id");
      }
    }
  }
}

void CatalogueLint::CheckPolicies() {
  for (const v1::Policy& policy : pack_.policies()) {
    LintReport report(findings_, "policies/" + policy.id());
    int weight = 0;
    LintTarget own{"", "competency of the policy"};
    for (int i = 0; i < policy.competencies_size(); ++i) {
      const v1::PolicyCompetency& competency = policy.competencies(i);
      const std::string at = fmt::format("competencies[{}]", i);
      Refer(report, at + ".competency", competency.competency(), competencies_);
      if (!own.ids.insert(competency.competency()).second) {
        report.Error(at + ".competency", "DUPLICATE_REFERENCE",
                     fmt::format("\"{}\" is listed twice", competency.competency()));
      }
      weight += competency.weight_basis_points();
      if (competency.threshold_milli() < policy.category_floor_milli()) {
        report.Error(at + ".threshold_milli", "THRESHOLD_ORDER",
                     fmt::format("{} is under the category floor, {}", competency.threshold_milli(),
                                 policy.category_floor_milli()));
      }
    }
    if (weight != kFullWeight) {
      report.Error("competencies", "WEIGHT_SUM", fmt::format("the weights sum to {}; make it {}", weight, kFullWeight));
    }
    // 0 = not given, the default of DOMAIN §3 applies.
    const auto bar = [](int given, int fallback) { return given == 0 ? fallback : given; };
    const int no_hire = bar(policy.no_hire_below_milli(), 3000);
    const int hire = bar(policy.hire_bar_milli(), 3500);
    const int strong = bar(policy.strong_hire_bar_milli(), 4000);
    if (no_hire > hire || hire > strong) {
      report.Error("hire_bar_milli", "THRESHOLD_ORDER",
                   fmt::format("bars must rise: no hire below {}, hire {}, strong hire {}", no_hire, hire, strong));
    }
    ReferAll(report, "parameters.required_competencies", policy.parameters().required_competencies(), own);
    if (policy.basis().job_task().empty() || policy.basis().method().empty()) {
      report.Error("basis", "MISSING_BASIS", "give job_task and method: why may these weights judge people?");
    }
  }
}

void CatalogueLint::CheckRest() {
  for (const v1::Scale& scale : pack_.scales()) {
    LintReport report(findings_, "scales/" + scale.id());
    for (int i = 1; i < scale.levels_size(); ++i) {
      if (scale.levels(i).value() <= scale.levels(i - 1).value()) {
        report.Error(fmt::format("levels[{}].value", i), "SCALE_ORDER", "levels must rise");
      }
    }
    for (int i = 0; i < scale.levels_size(); ++i) {
      if (scale.levels(i).descriptors().empty()) {
        report.Error(fmt::format("levels[{}].descriptors", i), "MISSING_DESCRIPTORS", "say what the level looks like");
      }
    }
  }
  for (const v1::ScorecardTemplate& card : pack_.scorecard_templates()) {
    LintReport report(findings_, "scorecard_templates/" + card.id());
    std::set<std::string> fields;
    for (const v1::ScorecardField& field : card.fields()) {
      const std::string at = fmt::format("fields[{}]", field.id());
      if (!fields.insert(field.id()).second) report.Error(at, "DUPLICATE_ID", "two fields have this id");
      if (field.kind() == v1::SCORECARD_FIELD_KIND_AREA_SCORES) {
        ReferAll(report, at + ".items", field.items(), competencies_);
      } else if (field.kind() == v1::SCORECARD_FIELD_KIND_FLAGS) {
        ReferAll(report, at + ".items", field.items(), flags_);
      }
    }
  }
  for (const v1::Vignette& vignette : pack_.vignettes()) {
    LintReport report(findings_, "vignettes/" + vignette.id());
    Refer(report, "question", vignette.question(), questions_);
    if (!vignette.competency().empty()) Refer(report, "competency", vignette.competency(), competencies_);
    if (vignette.why().empty()) report.Error("why", "MISSING_WHY", "say why the score was agreed");
  }
  std::map<int, std::string> numbers;
  for (const v1::HiringCheck& check : pack_.hiring_checks()) {
    const auto [other, fresh] = numbers.emplace(check.number(), check.id());
    if (!fresh) {
      LintReport(findings_, "hiring_checks/" + check.id())
          .Error("number", "DUPLICATE_NUMBER", fmt::format("{} is the number of {} as well", check.number(), other->second));
    }
  }
  LintReport report(findings_);
  if (!pack_.default_policy().empty()) Refer(report, "default_policy", pack_.default_policy(), policies_);
  if (!pack_.default_scale().empty()) Refer(report, "default_scale", pack_.default_scale(), scales_);
  if (!pack_.default_format().empty()) Refer(report, "default_format", pack_.default_format(), formats_);
}

void CatalogueLint::Run() {
  competencies_.ids = CollectIds(pack_.competencies(), "competencies", findings_);
  scales_.ids = CollectIds(pack_.scales(), "scales", findings_);
  CollectIds(pack_.roles(), "roles", findings_);
  formats_.ids = CollectIds(pack_.formats(), "formats", findings_);
  policies_.ids = CollectIds(pack_.policies(), "policies", findings_);
  flags_.ids = CollectIds(pack_.flags(), "flags", findings_);
  questions_.ids = CollectIds(pack_.questions(), "questions", findings_);
  CollectIds(pack_.loops(), "loops", findings_);
  CollectIds(pack_.probing_techniques(), "probing_techniques", findings_);
  CollectIds(pack_.scorecard_templates(), "scorecard_templates", findings_);
  CollectIds(pack_.vignettes(), "vignettes", findings_);
  CollectIds(pack_.hiring_checks(), "hiring_checks", findings_);
  CollectIds(pack_.section_guidance(), "section_guidance", findings_);
  CheckCompetencies();
  CheckRoles();
  CheckFormats();
  CheckPolicies();
  CheckRest();
}

}  // namespace

std::vector<Finding> LintCatalogue(const v1::Pack& pack, LintLookup& lookup) {
  std::vector<Finding> findings;
  CatalogueLint(pack, lookup, findings).Run();
  return findings;
}

std::vector<Finding> LintCatalogue(const v1::Pack& pack) {
  const std::set<std::string> elsewhere;
  LintLookup lookup(pack, elsewhere);
  return LintCatalogue(pack, lookup);
}

}  // namespace assay::bank
