#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/pack_lint.h"

namespace assay::bank {
namespace {

constexpr int kFullWeight = 10'000;
// Of one list so many wrong items are named.
constexpr int kMaxNamed = 20;

// Ids of one collection.
using Ids = std::set<std::string>;

template <typename Entries>
Ids CollectIds(const Entries& entries, const std::string& collection, std::vector<Finding>& findings) {
  Ids ids;
  for (const auto& entry : entries) {
    if (ids.insert(entry.id()).second) continue;
    LintReport(findings, collection + "/" + entry.id())
        .Error("id", "DUPLICATE_ID", fmt::format("\"{}\" is the id of two {}; rename one", entry.id(), collection));
  }
  return ids;
}

class CatalogueLint {
 public:
  CatalogueLint(const v1::Pack& pack, std::vector<Finding>& findings) : pack_(pack), findings_(findings) {}

  void Run();

 private:
  void Refer(LintReport& report, const std::string& field, const std::string& id, const Ids& ids,
             const std::string& kind) {
    if (ids.count(id) > 0) return;
    report.Error(field, "UNKNOWN_REFERENCE", fmt::format("\"{}\" is no {} of this pack", id, kind));
  }
  template <typename List>
  void ReferAll(LintReport& report, const std::string& field, const List& list, const Ids& ids,
                const std::string& kind) {
    Ids seen;
    int wrong = 0;
    for (int i = 0; i < list.size(); ++i) {
      const bool known = ids.count(list.Get(i)) > 0;
      const bool fresh = seen.insert(list.Get(i)).second;
      if ((known && fresh) || ++wrong > kMaxNamed) continue;
      const std::string at = fmt::format("{}[{}]", field, i);
      Refer(report, at, list.Get(i), ids, kind);
      if (!fresh) report.Error(at, "DUPLICATE_REFERENCE", fmt::format("\"{}\" is listed twice", list.Get(i)));
    }
    if (wrong > kMaxNamed) {
      report.Error(field, "UNKNOWN_REFERENCE", fmt::format("{} more items are unknown or listed twice", wrong - kMaxNamed));
    }
  }

  void CheckCompetencies();
  void CheckRoles();
  void CheckFormats();
  void CheckSlot(const v1::FormatSlot& slot, LintReport& report);
  void CheckPolicies();
  void CheckRest();

  const v1::Pack& pack_;
  std::vector<Finding>& findings_;
  Ids competencies_, scales_, roles_, formats_, policies_, flags_, questions_;
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
      if (!fresh) report.Error(at, "DUPLICATE_REFERENCE", fmt::format("{} also assesses {}", ref, other->second));
    }
  }
  if (!pack_.competencies().empty() && weight != kFullWeight) {
    LintReport(findings_).Error("competencies", "WEIGHT_SUM",
                                fmt::format("the weights sum to {}; make it {}", weight, kFullWeight));
  }
}

void CatalogueLint::CheckRoles() {
  for (const v1::RoleGuide& role : pack_.roles()) {
    LintReport report(findings_, "roles/" + role.id());
    ReferAll(report, "focus_questions", role.focus_questions(), questions_, "question");
    ReferAll(report, "critical_questions", role.critical_questions(), questions_, "question");
    if (!role.policy().empty()) Refer(report, "policy", role.policy(), policies_, "policy");
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
  ReferAll(report, at + ".preferred_questions", slot.preferred_questions(), questions_, "question");
  ReferAll(report, at + ".competencies", slot.competencies(), competencies_, "competency");
}

void CatalogueLint::CheckFormats() {
  for (const v1::Format& format : pack_.formats()) {
    LintReport report(findings_, "formats/" + format.id());
    int minutes = 0;
    Ids slots;
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
    ReferAll(report, "overall_competencies", format.overall_competencies(), competencies_, "competency");
  }
  for (const v1::Loop& loop : pack_.loops()) {
    LintReport report(findings_, "loops/" + loop.id());
    Ids rounds;
    for (int i = 0; i < loop.rounds_size(); ++i) {
      Refer(report, fmt::format("rounds[{}].format", i), loop.rounds(i).format(), formats_, "format");
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
    Ids own;
    for (int i = 0; i < policy.competencies_size(); ++i) {
      const v1::PolicyCompetency& competency = policy.competencies(i);
      const std::string at = fmt::format("competencies[{}]", i);
      Refer(report, at + ".competency", competency.competency(), competencies_, "competency");
      if (!own.insert(competency.competency()).second) {
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
    ReferAll(report, "parameters.required_competencies", policy.parameters().required_competencies(), own,
             "competency of the policy");
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
    Ids fields;
    for (const v1::ScorecardField& field : card.fields()) {
      const std::string at = fmt::format("fields[{}]", field.id());
      if (!fields.insert(field.id()).second) report.Error(at, "DUPLICATE_ID", "two fields have this id");
      if (field.kind() == v1::SCORECARD_FIELD_KIND_AREA_SCORES) {
        ReferAll(report, at + ".items", field.items(), competencies_, "competency");
      } else if (field.kind() == v1::SCORECARD_FIELD_KIND_FLAGS) {
        ReferAll(report, at + ".items", field.items(), flags_, "flag");
      }
    }
  }
  for (const v1::Vignette& vignette : pack_.vignettes()) {
    LintReport report(findings_, "vignettes/" + vignette.id());
    Refer(report, "question", vignette.question(), questions_, "question");
    if (!vignette.competency().empty()) Refer(report, "competency", vignette.competency(), competencies_, "competency");
    if (vignette.why().empty()) report.Error("why", "MISSING_WHY", "say why the score was agreed");
  }
  std::map<int, std::string> numbers;
  for (const v1::HiringCheck& check : pack_.hiring_checks()) {
    const auto [other, fresh] = numbers.emplace(check.number(), check.id());
    if (!fresh) {
      LintReport(findings_, "hiring_checks/" + check.id())
          .Error("number", "DUPLICATE_ID", fmt::format("{} is the number of {} as well", check.number(), other->second));
    }
  }
  LintReport report(findings_);
  if (!pack_.default_policy().empty()) Refer(report, "default_policy", pack_.default_policy(), policies_, "policy");
  if (!pack_.default_scale().empty()) Refer(report, "default_scale", pack_.default_scale(), scales_, "scale");
  if (!pack_.default_format().empty()) Refer(report, "default_format", pack_.default_format(), formats_, "format");
}

void CatalogueLint::Run() {
  competencies_ = CollectIds(pack_.competencies(), "competencies", findings_);
  scales_ = CollectIds(pack_.scales(), "scales", findings_);
  roles_ = CollectIds(pack_.roles(), "roles", findings_);
  formats_ = CollectIds(pack_.formats(), "formats", findings_);
  policies_ = CollectIds(pack_.policies(), "policies", findings_);
  flags_ = CollectIds(pack_.flags(), "flags", findings_);
  questions_ = CollectIds(pack_.questions(), "questions", findings_);
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

std::vector<Finding> LintCatalogue(const v1::Pack& pack) {
  std::vector<Finding> findings;
  CatalogueLint(pack, findings).Run();
  return findings;
}

}  // namespace assay::bank
