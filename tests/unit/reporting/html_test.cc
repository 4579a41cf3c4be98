#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/reporting/domain/candidate_report.h"
#include "services/reporting/domain/wording.h"
#include "services/reporting/render/html_report.h"
#include "tests/unit/reporting/sample_source.h"

namespace assay::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::CandidateReport Report(const ReportSource& source) {
  return BuildCandidateReport(source, Decider(), {.now = SampleNow()})->report;
}

std::string Html(const ReportSource& source) { return *CandidateReportHtml(Report(source)); }

// The page without style sheet and pictures.
std::string Body(const std::string& html) {
  std::string body = html.substr(html.find("</style>"));
  constexpr std::string_view kStart = "base64,";
  for (size_t at = body.find(kStart); at != std::string::npos; at = body.find(kStart, at)) {
    at += kStart.size();
    body.erase(at, body.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", at) - at);
  }
  return body;
}

// Text between tags, with the entities that escaping makes turned back.
std::string Text(const std::string& html) {
  std::string text;
  bool in_tag = false;
  for (const char c : Body(html)) {
    in_tag = in_tag || c == '<';
    text += in_tag ? ' ' : c;
    if (c == '>') in_tag = false;
  }
  for (const auto& [from, to] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""), std::pair("&#39;", "'"),
                                 std::pair("&amp;", "&")}) {
    text = std::regex_replace(text, std::regex(from), to);
  }
  return text;
}

// Every way into a page that people have found (RELIABILITY A38).
const std::vector<std::string>& Attacks() {
  static const std::vector<std::string> attacks = {
      "<svg onload=alert(1)>", "\"><img src=x onerror=alert(1)>", "'><script>alert(1)</script>", "javascript:alert(1)",
      "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;", "]]><script>alert(1)</script>", "--!><img src=x onerror=alert(1)>",
      "</title><script>alert(1)</script>", "</style><script>alert(1)</script>", "{{CANDIDATE}}{{#CARD}}", "\" onmouseover=\"alert(1)",
      "<a href=//evil.example>x</a>", "<meta http-equiv=refresh content=0;url=//evil.example>"};
  return attacks;
}

// Puts `text` wherever a person's words go.
ReportSource Everywhere(const std::string& text) {
  ReportSource source = SampleSource();
  source.candidate.set_display_name(text);
  source.requisition.set_display_name(text);
  for (auto& stage : *source.requisition.mutable_stages()) stage.set_display_name(text);
  for (auto& [name, interviewer] : source.interviewers) interviewer.set_display_name(text);
  for (auto& [id, competency] : source.competencies) competency.set_display_name(text);
  for (auto& [id, flag] : source.flags_known) flag.set_display_name(text);
  for (auto& interview : source.interviews) {
    for (auto& question : *interview.mutable_kit_questions()) question.set_prompt(text);
  }
  for (auto& card : source.scorecards) {
    auto& content = *card.mutable_content();
    content.set_overall_notes(text);
    for (auto& strength : *content.mutable_strengths()) strength = text;
    for (auto& concern : *content.mutable_concerns()) concern = text;
    for (auto& rating : *content.mutable_ratings()) rating.set_note(text);
  }
  for (auto& flag : source.flags) flag.set_evidence(text);
  source.decisions[0].mutable_signature()->set_reason(text);
  return source;
}

// The page's tags in order, with their attributes but not the values, read as a browser does: a quoted value may hold ">".
std::vector<std::string> Skeleton(const std::string& html) {
  std::vector<std::string> tags;
  bool in_tag = false;
  bool quoted = false;
  for (const char c : Body(html)) {
    if (!in_tag) {
      if (c == '<') tags.emplace_back();
      in_tag = c == '<';
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      if (c == '>') in_tag = false;
      else tags.back() += c;
    }
  }
  return tags;
}

TEST(CandidateReportHtml, KeepsItsStructureWhateverPeopleWrite) {
  const std::vector<std::string> expected = Skeleton(Html(Everywhere("plain words")));
  EXPECT_GT(expected.size(), 100u);
  for (const std::string& attack : Attacks()) {
    const std::string html = Html(Everywhere(attack));
    EXPECT_EQ(Skeleton(html), expected) << attack;
    EXPECT_THAT(html, Not(HasSubstr("<script"))) << attack;
    EXPECT_THAT(html, Not(HasSubstr("<img src=x"))) << attack;
    EXPECT_THAT(html, Not(HasSubstr("<svg"))) << attack;
  }
}

TEST(CandidateReportHtml, LoadsNothingFromElsewhere) {
  const std::string html = Html(SampleSource());
  EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
  const std::string pictures = "data:image/svg+xml;base64,";
  const std::regex reference("(?:src|srcset|href|action|data|poster)=\"", std::regex::icase);
  int references = 0;
  for (std::sregex_iterator at(html.begin(), html.end(), reference), end; at != end; ++at, ++references)
    EXPECT_EQ(html.substr(at->position() + at->length(), pictures.size()), pictures);
  EXPECT_EQ(references, 2);
  for (const char* outside : {"http://", "https://", "url(", "@import", "<link", "<script", "<iframe", "<object", "<embed"})
    EXPECT_THAT(html, Not(HasSubstr(outside)));
}

TEST(CandidateReportHtml, ShowsNoFigureThatIsNotInTheMessage) {
  const v1::CandidateReport report = Report(SampleSource());
  // Figures of the message, as it has them and as they are written: fractions, decimals, percentages, times.
  std::string known = report.DebugString();
  const auto add = [&](const v1::Figure& figure) {
    if (figure.has_value()) known += " " + std::to_string(figure.value()).substr(0, 4) + " " + std::to_string(figure.value() + 0.005).substr(0, 4);
  };
  add(report.weighted_average());
  add(report.question_average());
  add(report.role_critical_average());
  for (const auto& result : report.competencies()) {
    add(result.mean());
    known += " " + Percent(result.weight()) + " " + Exact(result.threshold()) + " " + Exact(result.threshold()) + ".0";
    for (const auto& own : result.interviewers()) add(own.mean());
  }
  for (const auto& card : report.cards()) known += " " + TimeIn(card.submit_time(), report.time_zone());
  known += " " + TimeIn(report.sign_time(), report.time_zone()) + " " + TimeIn(report.generate_time(), report.time_zone());
  // Of the page itself: the scale, the places of the rules, n = 0.
  std::set<std::string> figures = {"0", "1", "5"};
  for (int place = 1; place <= report.trace_size(); ++place) figures.insert(std::to_string(place));
  const std::regex number("[0-9]+(?:[.:/][0-9]+)*");
  for (std::sregex_iterator at(known.begin(), known.end(), number), end; at != end; ++at) figures.insert(at->str());

  const std::string text = Text(*CandidateReportHtml(report));
  int seen = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at, ++seen)
    EXPECT_EQ(figures.count(at->str()), 1u) << at->str();
  EXPECT_GT(seen, 100);
}

TEST(CandidateReportHtml, GivesEveryTableHeadersAndThePictureWords) {
  const std::string html = Html(SampleSource());
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("<main>"));
  EXPECT_THAT(html, HasSubstr("scope=\"col\""));
  EXPECT_THAT(html, HasSubstr("scope=\"row\""));
  EXPECT_THAT(html, HasSubstr("alt=\"Bar chart on the scale 1 to 5. ML fundamentals: 3.5 of 5, threshold 3.\x20"));
}

TEST(CandidateReportHtml, WritesTimesInTheReportsZone) {
  EXPECT_THAT(Html(SampleSource()), HasSubstr("as of 23 November 2026, 14:03 CET"));
  EXPECT_TRUE(IsTimeZone("Europe/Berlin"));
  EXPECT_FALSE(IsTimeZone("Mars/Olympus"));
}

TEST(CandidateReportHtml, SaysWhatItLeavesOut) {
  ReportSource source = SampleSource();
  RemoveCard(source, "technical-1", "li");
  const auto built = BuildCandidateReport(source, Interviewer("li@example.com"), {.now = SampleNow()});
  const std::string html = *CandidateReportHtml(built->report);
  EXPECT_THAT(html, HasSubstr("Not shown to you"));
  EXPECT_THAT(html, Not(HasSubstr("3.86")));
  EXPECT_THAT(html, Not(HasSubstr("Dana")));
}

}  // namespace
}  // namespace assay::reporting
