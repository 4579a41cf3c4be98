#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "services/bank/render/pack_page.h"

namespace assay::bank {
namespace {

using runtime::Add;
using runtime::AddText;
using runtime::Set;
using runtime::TemplateDictionary;

void AddFact(TemplateDictionary& parent, const char* name, const std::string& value) {
  TemplateDictionary& fact = Add(parent, "FACT");
  Set(fact, "NAME", name);
  Set(fact, "VALUE", value);
}

template <typename Entries>
int NotValidated(const Entries& entries) {
  return static_cast<int>(std::count_if(entries.begin(), entries.end(), [](const auto& entry) { return !entry.basis().validated(); }));
}

void AddCover(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  Set(dictionary, "NAME", pack.display_name());
  AddText(dictionary, "LEAD", page.Html(pack.description()));
  const auto fact = [&](int count, const char* name) {
    if (count > 0) AddFact(dictionary, name, std::to_string(count));
  };
  fact(pack.questions_size(), "questions");
  fact(pack.roles_size(), "roles");
  fact(pack.competencies_size(), "competencies");
  fact(pack.formats_size(), "formats");
  fact(pack.vignettes_size(), "calibration answers");
  if (const int open = NotValidated(pack.questions()), policies = NotValidated(pack.policies()); open + policies > 0) {
    TemplateDictionary& notice = Add(dictionary, "NOTICE");
    Set(notice, "TITLE", "Not validated for your job");
    Set(notice, "TEXT", fmt::format("{} of {} and {} of {} rest on what their sources say, not on a study of the job you hire for. Weights, "
                                    "thresholds and questions say so until you record a basis of your own.",
                                    open, Counted(pack.questions_size(), "question"), policies,
                                    pack.policies_size() == 1 ? "1 policy" : fmt::format("{} policies", pack.policies_size())));
  }
  AddProse(dictionary, "NOTES", pack.notes(), page);
  std::string meta = fmt::format("Pack {} · version {}", pack.id(), pack.version());
  if (!pack.license().empty()) meta += " · " + pack.license();
  if (!pack.language_code().empty()) meta += " · language " + pack.language_code();
  Set(dictionary, "META", meta);
  Set(dictionary, "FOOTER", fmt::format("{} · {} {}", pack.display_name(), pack.id(), pack.version()));
}

void AddCompetencies(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  if (pack.competencies().empty()) return;
  std::map<std::string, int> questions;
  for (const auto& question : pack.questions()) ++questions[question.competency()];
  int largest = 1;
  for (const auto& competency : pack.competencies()) largest = std::max(largest, competency.weight_basis_points());
  TemplateDictionary& section = Add(dictionary, "COMPETENCIES");
  for (const auto& competency : pack.competencies()) {
    TemplateDictionary& row = Add(section, "ROW");
    Set(row, "NAME", page.index.Competency(competency.id()));
    Set(row, "DESCRIPTION", page.Html(competency.description()));
    AddText(row, "BASIS", BasisNotice(competency.basis()));
    Set(row, "WEIGHT", Percent(competency.weight_basis_points()));
    Set(row, "WIDTH", std::to_string(competency.weight_basis_points() * 100 / largest));
    Set(row, "THRESHOLD", Points(competency.threshold_milli()));
    std::string count = std::to_string(questions[competency.id()]);
    if (competency.rated_overall()) count += " and overall";
    Set(row, "N", count);
  }
}

void AddScale(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Scale* scale = page.scale();
  if (scale == nullptr) return;
  TemplateDictionary& section = Add(dictionary, "SCALE");
  for (int i = scale->levels_size() - 1; i >= 0; --i) {
    const v1::ScaleLevel& level = scale->levels(i);
    TemplateDictionary& entry = Add(section, "LEVEL");
    Set(entry, "VALUE", std::to_string(level.value()));
    Set(entry, "LABEL", level.label());
    Set(entry, "SUMMARY", page.Html(level.summary()));
    AddProse(entry, "DESCRIPTORS", level.descriptors(), page);
  }
  AddProse(section, "USAGE", scale->guidance(), page);
}

void AddRefs(TemplateDictionary& parent, const google::protobuf::RepeatedPtrField<std::string>& ids, const PackPage& page) {
  for (const std::string& id : ids) {
    TemplateDictionary& ref = Add(parent, "REF");
    Set(ref, "ID", id);
    if (const auto* question = page.index.Question(id)) Set(ref, "PROMPT", question->prompt());
  }
}

void AddRoles(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  if (pack.roles().empty()) return;
  constexpr v1::Level kLevels[] = {v1::LEVEL_FRESHER, v1::LEVEL_EXPERIENCED, v1::LEVEL_SENIOR};
  std::map<std::pair<std::string, int>, int> counts;
  std::map<int, int> for_any;
  for (const auto& question : pack.questions()) {
    if (question.roles().empty()) ++for_any[question.level()];
    for (const auto& role : question.roles()) ++counts[{role.role(), question.level()}];
  }
  TemplateDictionary& section = Add(dictionary, "ROLES");
  for (const v1::Level level : kLevels) Set(Add(section, "COLUMN"), "NAME", Spoken(level));
  for (const v1::RoleGuide& role : pack.roles()) {
    TemplateDictionary& row = Add(section, "ROW");
    Set(row, "ID", role.id());
    Set(row, "NAME", page.index.Role(role.id()));
    for (const v1::Level level : kLevels) Set(Add(row, "CELL"), "N", std::to_string(counts[{role.id(), level}] + for_any[level]));
    TemplateDictionary& entry = Add(section, "ROLE");
    Set(entry, "ID", role.id());
    Set(entry, "NAME", page.index.Role(role.id()));
    Set(entry, "SUMMARY", page.Html(role.summary()));
    AddProse(entry, "MUST", role.must_haves(), page);
    AddProse(entry, "FLAGS", role.red_flags(), page);
    if (!role.critical_questions().empty()) {
      TemplateDictionary& critical = Add(entry, "CRITICAL");
      Set(critical, "BAR", "4.0");
      AddRefs(critical, role.critical_questions(), page);
    }
    if (!role.focus_questions().empty()) AddRefs(Add(entry, "FOCUS"), role.focus_questions(), page);
    std::string meta = role.needs_experience() ? "Asks for more than one year of experience" : "Open to people without experience";
    if (!role.policy().empty()) meta += " · decided by " + page.index.Policy(role.policy());
    Set(entry, "META", meta);
  }
}

// "3 to 4 questions: theory, technical or practical".
std::string Asked(const v1::FormatSlot& slot) {
  if (slot.max_questions() == 0) return "";
  std::vector<std::string> kinds;
  for (const int kind : slot.kinds()) kinds.push_back(PackIndex::Slug(Spoken(static_cast<v1::QuestionKind>(kind))));
  std::string text = slot.min_questions() == slot.max_questions() ? Counted(slot.max_questions(), "question")
                                                                  : fmt::format("{} to {}", slot.min_questions(), Counted(slot.max_questions(), "question"));
  if (!kinds.empty()) text += ": " + Alternatives(kinds);
  for (const v1::LevelKinds& level : slot.level_kinds()) {
    std::vector<std::string> own;
    for (const int kind : level.kinds()) own.push_back(PackIndex::Slug(Spoken(static_cast<v1::QuestionKind>(kind))));
    if (own != kinds) text += fmt::format("; {}: {}", PackIndex::Slug(Spoken(level.level())), Alternatives(own));
  }
  return text;
}

void AddFormats(const PackPage& page, TemplateDictionary& dictionary) {
  if (page.pack().formats().empty()) return;
  TemplateDictionary& section = Add(dictionary, "FORMATS");
  for (const v1::Format& format : page.pack().formats()) {
    TemplateDictionary& entry = Add(section, "FORMAT");
    Set(entry, "ID", format.id());
    Set(entry, "NAME", page.index.Format(format.id()));
    Set(entry, "MINUTES", std::to_string(format.minutes()));
    Set(entry, "DESCRIPTION", page.Html(format.description()));
    int clock = 0;
    for (const v1::FormatSlot& slot : format.slots()) {
      TemplateDictionary& segment = Add(entry, "SEGMENT");
      Set(segment, "MINUTES", std::to_string(slot.minutes()));
      if (slot.max_questions() > 0) segment.ShowSection("ASKS");
      TemplateDictionary& line = Add(entry, "SLOT");
      Set(line, "FROM", Clock(clock));
      clock += slot.minutes();
      Set(line, "TO", Clock(clock));
      Set(line, "NAME", slot.display_name().empty() ? slot.id() : slot.display_name());
      AddText(line, "ASKED", Asked(slot));
      AddText(line, "SCRIPT", page.Html(slot.script()));
    }
    std::vector<std::string> overall;
    for (const std::string& id : format.overall_competencies()) overall.push_back(page.index.Competency(id));
    AddText(entry, "OVERALL", fmt::format("{}", fmt::join(overall, ", ")));
  }
  for (const v1::Loop& loop : page.pack().loops()) {
    TemplateDictionary& entry = Add(section, "LOOP");
    Set(entry, "NAME", loop.display_name());
    Set(entry, "DESCRIPTION", page.Html(loop.description()));
    for (const v1::LoopRound& round : loop.rounds()) {
      TemplateDictionary& line = Add(entry, "ROUND");
      Set(line, "NAME", round.display_name());
      Set(line, "FORMAT", page.index.Format(round.format()));
      Set(line, "PANEL", Counted(round.panel_size(), "interviewer"));
    }
  }
}

void AddPolicies(const PackPage& page, TemplateDictionary& dictionary) {
  if (page.pack().policies().empty()) return;
  TemplateDictionary& section = Add(dictionary, "POLICIES");
  for (const v1::Policy& policy : page.pack().policies()) {
    TemplateDictionary& entry = Add(section, "POLICY");
    Set(entry, "NAME", page.index.Policy(policy.id()));
    Set(entry, "DESCRIPTION", page.Html(policy.description()));
    const auto bar = [&](const char* name, int milli) {
      if (milli > 0) AddFact(entry, name, Points(milli));
    };
    bar("strong hire from", policy.strong_hire_bar_milli());
    bar("hire from", policy.hire_bar_milli());
    bar("no hire below", policy.no_hire_below_milli());
    bar("no category below", policy.category_floor_milli());
    if (policy.parameters().has_min_assessed_weight_basis_points()) {
      AddFact(entry, "weight assessed, at least", Percent(policy.parameters().min_assessed_weight_basis_points()));
    }
    if (policy.parameters().has_min_interviewers()) AddFact(entry, "interviewers, at least", std::to_string(policy.parameters().min_interviewers()));
    AddText(entry, "BASIS", BasisNotice(policy.basis()));
  }
}

void AddFlags(const PackPage& page, TemplateDictionary& dictionary) {
  const std::vector<FlagGroup> groups = GroupFlags(page.pack());
  if (groups.empty()) return;
  TemplateDictionary& section = Add(dictionary, "FLAGGED");
  for (const FlagGroup& group : groups) {
    TemplateDictionary& entry = Add(section, "GROUP");
    Set(entry, "TITLE", group.title);
    Set(entry, "NOTE", group.note);
    Set(entry, "N", std::to_string(group.flags.size()));
    const bool bad = group.kind == v1::FLAG_KIND_AUTO_NO_HIRE || group.kind == v1::FLAG_KIND_RED;
    const bool good = group.kind == v1::FLAG_KIND_GREEN || group.kind == v1::FLAG_KIND_STRONG_HIRE_SIGNAL;
    Set(entry, "TONE", bad ? "nohire" : good ? "hire" : "hold");
    for (const v1::FlagDefinition* flag : group.flags) {
      TemplateDictionary& line = Add(entry, "FLAG");
      Set(line, "NAME", flag->display_name());
      Set(line, "TEXT", page.Html(flag->description()));
      if (flag->experienced_roles_only()) AddText(line, "MARK", "experienced roles only");
      if (flag->always_corroborated()) AddText(line, "MARK", "needs a second person");
    }
  }
}

void AddPractice(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  if (!pack.probing_techniques().empty()) {
    TemplateDictionary& section = Add(dictionary, "PROBING");
    for (const v1::ProbingTechnique& technique : pack.probing_techniques()) {
      TemplateDictionary& entry = Add(section, "TECHNIQUE");
      Set(entry, "PHRASE", page.Html(technique.phrase()));
      Set(entry, "PURPOSE", page.Html(technique.purpose()));
    }
  }
  if (pack.hiring_checks().empty()) return;
  TemplateDictionary& section = Add(dictionary, "CHECKS");
  for (const v1::HiringCheck& check : pack.hiring_checks()) {
    TemplateDictionary& entry = Add(section, "CHECK");
    Set(entry, "NUMBER", std::to_string(check.number()));
    Set(entry, "NAME", check.display_name());
    Set(entry, "DESCRIPTION", page.Html(check.description()));
    AddText(entry, "REMEDY", page.Html(check.remedy()));
  }
}

void AddScorecard(const PackPage& page, TemplateDictionary& dictionary) {
  if (page.pack().scorecard_templates().empty()) return;
  TemplateDictionary& section = Add(dictionary, "CARDS");
  for (const v1::ScorecardTemplate& card : page.pack().scorecard_templates()) {
    TemplateDictionary& entry = Add(section, "CARD");
    Set(entry, "NAME", card.display_name());
    for (const v1::ScorecardField& field : card.fields()) {
      TemplateDictionary& line = Add(entry, "FIELD");
      Set(line, "NAME", field.display_name());
      AddText(line, "HELP", page.Html(field.help()));
      const auto options = [&](const std::vector<std::string>& names) {
        TemplateDictionary& list = Add(line, "OPTIONS");
        for (const std::string& name : names) AddText(list, "ITEM", name);
      };
      switch (field.kind()) {
        case v1::SCORECARD_FIELD_KIND_AREA_SCORES: {
          TemplateDictionary& areas = Add(line, "AREAS");
          for (const std::string& id : field.items()) {
            TemplateDictionary& area = Add(areas, "AREA");
            Set(area, "NAME", page.index.Competency(id));
            for (const v1::ScaleLevel& level : page.scale_levels()) {
              Set(Add(area, "BOX"), "VALUE", std::to_string(level.value()));
            }
          }
          break;
        }
        case v1::SCORECARD_FIELD_KIND_FLAGS: {
          std::vector<std::string> names;
          for (const std::string& id : field.items()) names.push_back(page.index.Flag(id));
          options(names);
          break;
        }
        case v1::SCORECARD_FIELD_KIND_RECOMMENDATION:
          options({"Strong hire", "Hire", "Hire with level adjustment", "Hold, next round", "No hire"});
          break;
        default: {
          const int lines = field.kind() == v1::SCORECARD_FIELD_KIND_LIST ? std::clamp(field.lines(), 1, 20) : field.kind() == v1::SCORECARD_FIELD_KIND_TEXT ? 4 : 1;
          for (int i = 0; i < lines; ++i) Add(line, "LINE");
          if (lines == 1) line.ShowSection("SHORT");
        }
      }
    }
  }
}

}  // namespace

void AddChapters(const PackPage& page, TemplateDictionary& dictionary) {
  AddCover(page, dictionary);
  AddCompetencies(page, dictionary);
  AddScale(page, dictionary);
  AddRoles(page, dictionary);
  AddFormats(page, dictionary);
  AddPolicies(page, dictionary);
  AddFlags(page, dictionary);
  AddPractice(page, dictionary);
  AddScorecard(page, dictionary);
}

}  // namespace assay::bank
