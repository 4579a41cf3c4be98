#include "services/reporting/render/html_report.h"

#include <algorithm>
#include <map>
#include <vector>

#include <absl/strings/escaping.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include "assay/reporting/templates.h"
#include "services/reporting/domain/wording.h"
#include "services/reporting/render/chart_drawing.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/rational.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/document/html_template.h"

namespace assay::reporting {
namespace {

using runtime::Add;
using runtime::AddItems;
using runtime::AddText;
using runtime::Set;
using runtime::TemplateDictionary;

constexpr const char* kTemplate = "candidate_report";

// Class that gives an outcome or recommendation its colour.
const char* ToneOf(const std::string& token) {
  if (token == "HIRE" || token == "STRONG_HIRE") return "hire";
  if (token == "HIRE_WITH_LEVEL_ADJUSTMENT") return "adjust";
  if (token == "HOLD") return "hold";
  if (token == "NO_HIRE" || token == "STRONG_NO_HIRE") return "nohire";
  return "plain";
}

const char* ToneOfFlag(const std::string& kind) {
  if (kind == "RED" || kind == "AUTO_NO_HIRE") return "nohire";
  if (kind == "GREEN" || kind == "STRONG_HIRE_SIGNAL") return "hire";
  return "hold";
}

// Two places for tables; the exact value stands beside it where that is another one.
std::string Rounded(const v1::Figure& figure) { return figure.has_value() ? fmt::format("{:.2f}", figure.value()) : "–"; }

// "3" → "3.0", so that a column of thresholds lines up.
std::string WithPlace(std::string decimal) {
  return decimal.find('.') == std::string::npos && !decimal.empty() ? decimal + ".0" : decimal;
}

// "exactly 11/3" where two places do not say it all.
std::string ExactlyOf(const v1::Figure& figure) {
  const auto exact = runtime::ParseRational(figure.exact());
  const auto rounded = runtime::ParseRational(Rounded(figure));
  if (!exact.ok() || (rounded.ok() && *exact == *rounded)) return "";
  return "exactly " + figure.exact();
}

// The engine writes comparisons in ASCII.
std::string Typeset(std::string text) {
  for (const auto& [from, to] : {std::pair("->", "→"), std::pair(">=", "≥"), std::pair("<=", "≤")}) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) text.replace(at, 2, to);
  }
  return text;
}

std::string Joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

void AddFigure(TemplateDictionary& figures, const char* name, const char* size, const v1::Figure& figure, std::string fine) {
  if (!figure.has_value()) return;
  TemplateDictionary& entry = Add(figures, "FIGURE");
  Set(entry, "NAME", name);
  Set(entry, "SIZE", size);
  Set(entry, "VALUE", Rounded(figure));
  std::vector<std::string> parts{std::move(fine)};
  parts.push_back(ExactlyOf(figure));
  if (figure.n() > 0) parts.push_back(fmt::format("n = {}", figure.n()));
  if (figure.has_standard_error()) parts.push_back(fmt::format("± {:.2f}", figure.standard_error()));
  Set(entry, "FINE", Joined(parts, " · "));
}

void AddVerdict(const v1::CandidateReport& report, TemplateDictionary& page) {
  if (report.outcome().empty()) {
    Set(page, "OUTCOME_LABEL", "Outcome");
    Set(page, "OUTCOME", report.why().empty() ? "Not shown to you" : "No decision yet");
  } else {
    Set(page, "OUTCOME_LABEL", report.binding() ? "Decision" : "Recommendation, not binding");
    Set(page, "OUTCOME", Spoken(report.outcome()));
    std::string standing = Spoken(report.decision_state());
    if (!report.signer_label().empty()) {
      standing = fmt::format("{} by {}, {}", standing, report.signer_label(), TimeIn(report.sign_time(), report.time_zone()));
    }
    AddText(page, "STANDING", standing);
  }
  AddText(page, "WHY", report.why());
  AddText(page, "SURE", report.how_sure());
  if (!report.level_adjustment_from().empty()) {
    TemplateDictionary& levels = Add(page, "LEVELS");
    Set(levels, "FROM", report.level_adjustment_from());
    Set(levels, "TO", report.level_adjustment_to().empty() ? "a lower level" : report.level_adjustment_to());
  }
  if (report.weighted_average().has_value()) {
    TemplateDictionary& figures = Add(page, "FIGURES");
    AddFigure(figures, "Weighted average", "big", report.weighted_average(),
              report.hire_bar().empty() ? "" : "hire bar " + report.hire_bar());
    AddFigure(figures, "Over all questions", "mid", report.question_average(), "");
    AddFigure(figures, "Role-critical", "mid", report.role_critical_average(), "");
  }
  if (!report.rationale().empty()) {
    TemplateDictionary& rationale = Add(page, "RATIONALE");
    Set(rationale, "BY", report.signer_label().empty() ? "the signer" : report.signer_label());
    Set(rationale, "TEXT", report.rationale());
  }
}

absl::Status AddCompetencies(const v1::CandidateReport& report, TemplateDictionary& page) {
  if (report.competencies().empty()) return absl::OkStatus();
  TemplateDictionary& section = Add(page, "COMPETENCIES");
  for (const v1::Chart& chart : report.charts()) {
    TemplateDictionary& figure = Add(section, "CHART");
    ASSIGN_OR_RETURN(const std::string light, ChartSvg(chart, ChartTheme::kLight));
    ASSIGN_OR_RETURN(const std::string dark, ChartSvg(chart, ChartTheme::kDark));
    // Our own drawing in base64, which has no character that HTML minds: the one value that is not escaped.
    Set(figure, "LIGHT", absl::Base64Escape(light));
    Set(figure, "DARK", absl::Base64Escape(dark));
    figure.SetIntValue("WIDTH", kChartWidth);
    figure.SetIntValue("HEIGHT", ChartHeight(chart));
    Set(figure, "ALT", chart.description());
  }
  const auto& first = report.competencies(0);
  const bool one_basis = std::all_of(report.competencies().begin(), report.competencies().end(),
                                     [&](const auto& result) { return result.basis() == first.basis(); });
  if (one_basis) AddText(section, "ONE_BASIS", first.basis());
  for (const v1::CompetencyResult& result : report.competencies()) {
    TemplateDictionary& row = Add(section, "ROW");
    Set(row, "NAME", result.display_name());
    if (!one_basis) AddText(row, "BASIS", result.basis());
    Set(row, "CLASS", result.assessed() ? "score" : "muted");
    Set(row, "MEAN", result.assessed() ? Rounded(result.mean()) : "not assessed");
    if (result.assessed()) AddText(row, "EXACT", ExactlyOf(result.mean()));
    Set(row, "THRESHOLD", WithPlace(Exact(result.threshold())));
    Set(row, "WEIGHT", Percent(result.weight()));
    Set(row, "N", std::to_string(result.mean().n()));
    if (result.assessed() && !result.meets_threshold()) {
      TemplateDictionary& mark = Add(row, "MARK");
      Set(mark, "TONE", result.below_floor() ? "nohire" : "hold");
      Set(mark, "TEXT", result.below_floor() ? "below the floor" : "below");
    }
    for (const v1::InterviewerMean& mean : result.interviewers()) {
      TemplateDictionary& who = Add(row, "WHO");
      Set(who, "TEXT", fmt::format("{} {}", mean.label(), Rounded(mean.mean())));
      who.SetIntValue("N", mean.mean().n());
    }
  }
  return absl::OkStatus();
}

void AddReasoning(const v1::CandidateReport& report, TemplateDictionary& page) {
  if (!report.trace().empty()) {
    TemplateDictionary& trace = Add(page, "TRACE");
    int number = 0;
    for (const v1::TraceLine& line : report.trace()) {
      TemplateDictionary& step = Add(trace, "STEP");
      step.SetIntValue("NUMBER", ++number);
      Set(step, "RULE", RuleText(line.rule()));
      Set(step, "WHY", Typeset(line.why()));
      if (line.fired()) step.ShowSection("FIRED");
    }
  }
  if (report.robustness().empty()) return;
  TemplateDictionary& robustness = Add(page, "ROBUSTNESS");
  Set(robustness, "SUMMARY", report.how_sure());
  for (const v1::RobustnessLine& line : report.robustness()) {
    TemplateDictionary& tried = Add(robustness, "TRIED");
    std::string what = line.variation();
    if (!what.empty()) what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
    Set(tried, "WHAT", what);
    Set(tried, "TO", Spoken(line.outcome()));
    if (line.flips()) tried.ShowSection("FLIP");
  }
}

std::string CompetencyName(const v1::CandidateReport& report, const std::string& id) {
  for (const auto& result : report.competencies()) {
    if (result.competency() == id) return result.display_name();
  }
  return Spoken(id);
}

void AddRatings(const v1::CandidateReport& report, TemplateDictionary& page) {
  if (report.ratings().empty()) return;
  TemplateDictionary& section = Add(page, "RATINGS");
  // One group per question and competency, in the order in which they first stand.
  std::map<std::pair<std::string, std::string>, TemplateDictionary*> groups;
  const auto group_of = [&](const v1::RatingLine& line) -> TemplateDictionary& {
    TemplateDictionary*& group = groups[{line.question(), line.competency()}];
    if (group != nullptr) return *group;
    group = &Add(section, "QUESTION");
    const std::string competency = CompetencyName(report, line.competency());
    if (line.question().empty()) {
      Set(*group, "KIND", "Over the whole interview");
      Set(*group, "PROMPT", competency);
    } else {
      const std::string id = line.question().substr(line.question().rfind('/') + 1);
      Set(*group, "KIND", fmt::format("{} · {}", competency, id));
      Set(*group, "PROMPT", line.prompt().empty() ? id : line.prompt());
    }
    return *group;
  };
  for (const bool area : {false, true}) {
    for (const v1::RatingLine& line : report.ratings()) {
      if (line.question().empty() != area) continue;
      TemplateDictionary& rating = Add(group_of(line), "RATING");
      Set(rating, "WHO", line.interviewer_label());
      Set(rating, "NOTE", line.note());
      if (line.amended_after_exposure()) {
        rating.ShowSection("AMENDED");
        section.ShowSection("DAGGER");
      }
      if (!line.has_score()) {
        rating.ShowSection("UNSCORED");
        continue;
      }
      TemplateDictionary& scored = Add(rating, "SCORED");
      scored.SetIntValue("SCORE", line.score());
      std::string pips;
      for (int i = 1; i <= 5; ++i) pips += i <= line.score() ? "●" : "○";
      Set(scored, "PIPS", pips);
    }
  }
}

void AddFlagsAndCards(const v1::CandidateReport& report, TemplateDictionary& page) {
  if (!report.flags().empty()) {
    TemplateDictionary& section = Add(page, "FLAGS");
    for (const v1::FlagLine& line : report.flags()) {
      TemplateDictionary& flag = Add(section, "FLAG");
      Set(flag, "NAME", line.display_name());
      Set(flag, "TONE", ToneOfFlag(line.kind()));
      Set(flag, "KIND", Spoken(line.kind()));
      Set(flag, "STATE", Spoken(line.state()));
      Set(flag, "EVIDENCE", line.evidence());
      if (line.critical()) flag.ShowSection("CRITICAL");
    }
  }
  if (report.cards().empty()) return;
  TemplateDictionary& section = Add(page, "CARDS");
  for (const v1::CardLine& line : report.cards()) {
    TemplateDictionary& card = Add(section, "CARD");
    Set(card, "WHO", line.interviewer_label());
    Set(card, "STAGE", line.stage());
    if (line.has_submit_time()) Set(Add(card, "SUBMITTED"), "TIME", TimeIn(line.submit_time(), report.time_zone()));
    if (!line.recommendation().empty()) {
      TemplateDictionary& recommends = Add(card, "RECOMMENDS");
      Set(recommends, "TONE", ToneOf(line.recommendation()));
      Set(recommends, "TEXT", "Recommends: " + Spoken(line.recommendation()));
    }
    if (line.rated_after_exposure()) AddText(card, "EXPOSED", "rated after seeing a colleague's card");
    if (line.amended_after_exposure()) AddText(card, "EXPOSED", "amended after seeing a colleague's card");
    if (!line.strengths().empty() || !line.concerns().empty()) {
      TemplateDictionary& pair = Add(card, "PAIR");
      AddItems(pair, "STRENGTHS", line.strengths());
      AddItems(pair, "CONCERNS", line.concerns());
    }
    AddText(card, "NOTES", line.notes());
  }
}

void AddFoot(const v1::CandidateReport& report, TemplateDictionary& page) {
  const auto add = [&](const char* name, const std::string& text, const char* kind) {
    if (text.empty()) return;
    TemplateDictionary& foot = Add(page, "FOOT");
    Set(foot, "NAME", name);
    Set(Add(foot, kind), "TEXT", text);
  };
  add("Decision", report.decision(), "CODE");
  add("Policy", report.policy(), "CODE");
  add("Engine", report.engine_version(), "CODE");
  add("Input digest", report.input_digest(), "CODE");
  add("Requisition", report.requisition(), "CODE");
  add("Candidate", report.candidate(), "CODE");
  add("As of", TimeIn(report.generate_time(), report.time_zone()), "TEXTUAL");
  add("Time zone", report.time_zone(), "TEXTUAL");
}

}  // namespace

bool IsTimeZone(const std::string& zone) {
  absl::TimeZone found;
  return absl::LoadTimeZone(zone, &found);
}

std::string TimeIn(const google::protobuf::Timestamp& time, const std::string& zone) {
  absl::TimeZone found;
  if (!absl::LoadTimeZone(zone, &found)) found = absl::UTCTimeZone();
  return absl::FormatTime("%-d %B %Y, %H:%M %Z", absl::FromUnixSeconds(time.seconds()), found);
}

absl::StatusOr<std::string> CandidateReportHtml(const v1::CandidateReport& report) {
  TemplateDictionary page(kTemplate);
  const std::string name = report.candidate_display_name().empty() ? report.candidate() : report.candidate_display_name();
  Set(page, "TITLE", "Candidate report: " + name);
  Set(page, "CANDIDATE", name);
  Set(page, "TONE", report.outcome().empty() ? "" : ToneOf(report.outcome()));
  Set(page, "POSITION", Joined({report.requisition_title(), report.role(), report.level()}, " · "));
  Set(page, "APPLICATION", report.application());
  Set(page, "GENERATED", TimeIn(report.generate_time(), report.time_zone()));
  AddVerdict(report, page);
  AddItems(page, "WITHHELD", report.withheld());
  RETURN_IF_ERROR(AddCompetencies(report, page));
  AddReasoning(report, page);
  AddRatings(report, page);
  AddFlagsAndCards(report, page);
  AddItems(page, "CAVEATS", report.caveats());
  AddFoot(report, page);

  return runtime::ExpandTemplate(kTemplate, kCandidateReportTemplate, page);
}

}  // namespace assay::reporting
