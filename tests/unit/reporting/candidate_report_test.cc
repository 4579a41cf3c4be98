#include "services/reporting/domain/candidate_report.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "tests/unit/reporting/sample_source.h"

namespace assay::reporting {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

v1::CandidateReport Report(const ReportSource& source, const Viewer& viewer) {
  auto built = BuildCandidateReport(source, viewer, {.now = SampleNow()});
  EXPECT_TRUE(built.ok()) << built.status();
  return built.ok() ? built->report : v1::CandidateReport();
}

// Whether anything that somebody judged can be read off the report.
bool ShowsJudgement(const v1::CandidateReport& report) {
  const bool card = std::any_of(report.cards().begin(), report.cards().end(), [](const v1::CardLine& line) {
    return !line.recommendation().empty() || !line.notes().empty() || !line.strengths().empty() || !line.concerns().empty();
  });
  return card || !report.outcome().empty() || !report.ratings().empty() || !report.flags().empty() || !report.competencies().empty() ||
         !report.trace().empty() || !report.charts().empty() || !report.why().empty() || report.has_weighted_average();
}

TEST(CandidateReport, SaysWhyInOneSentenceWithTheExactFigures) {
  EXPECT_EQ(Report(SampleSource(), Decider()).why(),
            "Hire: the weighted average 3.86 is at or above the hire bar 3.5, every assessed competency meets its threshold and "
            "no red flag is confirmed.");
}

TEST(CandidateReport, NamesTheFirstChangeThatFlipsTheOutcomeByThePersonsName) {
  EXPECT_EQ(Report(SampleSource(), Decider()).how_sure(),
            "Not stable: 2 of 12 small changes tried give another outcome, the first being Hold without the ratings of Omar "
            "Haddad.");
}

TEST(CandidateReport, CallsAnOutcomeStableThatNoChangeFlips) {
  ReportSource source = SampleSource();
  for (auto& perturbation : *source.decisions[0].mutable_evaluation()->mutable_robustness()->mutable_perturbations())
    perturbation.set_flips(false);
  EXPECT_EQ(Report(source, Decider()).how_sure(), "Stable: the outcome is the same under all 12 small changes tried.");
}

TEST(CandidateReport, KeepsEachFigureExactWithWhatItRestsOn) {
  const auto report = Report(SampleSource(), Decider());
  EXPECT_EQ(report.weighted_average().exact(), "193/50");
  EXPECT_DOUBLE_EQ(report.weighted_average().value(), 3.86);
  EXPECT_EQ(report.weighted_average().n(), 14);
  EXPECT_EQ(report.weighted_average().reason(), "NO_VARIANCE_BASIS");
  EXPECT_FALSE(report.weighted_average().has_standard_error());
  EXPECT_EQ(report.question_average().n(), 11);
  EXPECT_EQ(report.role_critical_average().n(), 3);
}

TEST(CandidateReport, CountsNothingOnceACardHasChangedSinceTheDecision) {
  ReportSource source = SampleSource();
  source.scorecards[0].set_revision(2);
  EXPECT_EQ(Report(source, Decider()).question_average().n(), 0);
}

TEST(CandidateReport, NotAssessedIsNeverZeroAndDoesNotSayThatItWasExcused) {
  const auto report = Report(SampleSource(), Decider());
  const auto& genai = report.competencies(4);
  EXPECT_EQ(genai.competency(), "genai-llm");
  EXPECT_FALSE(genai.assessed());
  EXPECT_FALSE(genai.mean().has_value());
  EXPECT_EQ(genai.mean().reason(), "NOT_ASSESSED");
  EXPECT_THAT(report.not_assessed(), ElementsAre("GenAI and LLM knowledge"));
  EXPECT_THAT(report.DebugString(), Not(HasSubstr("excus")));
}

TEST(CandidateReport, PrintsTheGuidesBasisUntilATenantRecordsItsOwn) {
  ReportSource source = SampleSource();
  EXPECT_EQ(Report(source, Decider()).competencies(0).basis(), "From the guide, not validated for your job");
  auto& basis = *source.competencies["ml-fundamentals"].mutable_basis();
  basis.set_validated(true);
  basis.set_method("job analysis");
  basis.set_date("2026-10-01");
  EXPECT_EQ(Report(source, Decider()).competencies(0).basis(), "Validated for your job: job analysis, 2026-10-01");
}

TEST(CandidateReport, ShowsTheQuestionAsAskedWithEachRating) {
  const auto report = Report(SampleSource(), Decider());
  EXPECT_EQ(report.ratings(1).prompt(), "A colleague reports 99 % accuracy on the first try. What do you ask?");
  EXPECT_EQ(report.ratings(0).interviewer_label(), "Dana Reyes");
  EXPECT_EQ(report.ratings(0).score(), 4);
}

TEST(CandidateReport, AnOverrideNamesWhoMadeItAndWhatThePolicySaid) {
  ReportSource source = SampleSource();
  auto& decision = source.decisions[0];
  decision.set_state(scoring::v1::DECISION_STATE_OVERRIDDEN);
  decision.set_final_outcome(scoring::v1::OUTCOME_HOLD);
  decision.mutable_override()->set_rationale("A second design round first.");
  const auto report = Report(source, Decider());
  EXPECT_EQ(report.outcome(), "HOLD");
  EXPECT_EQ(report.recommendation(), "HIRE");
  EXPECT_THAT(report.why(), HasSubstr("Hold by override of sam@example.com; the policy recommended Hire:"));
  EXPECT_EQ(report.rationale(), "A second design round first.");
}

TEST(CandidateReport, PrefersTheDecisionThatStandsToANewerOneThatWasWithdrawn) {
  ReportSource source = SampleSource();
  auto voided = source.decisions[0];
  voided.set_name("applications/ada-mlops/decisions/d2");
  voided.set_state(scoring::v1::DECISION_STATE_VOIDED);
  voided.mutable_create_time()->set_seconds(1795438000);
  source.decisions.push_back(voided);
  EXPECT_EQ(Report(source, Decider()).decision(), "applications/ada-mlops/decisions/d1");
}

TEST(CandidateReport, ToldBeforeADecisionHowManyCardsAreIn) {
  ReportSource source = SampleSource();
  source.decisions.clear();
  RemoveCard(source, "design-1", "omar");
  const auto report = Report(source, Decider());
  EXPECT_EQ(report.why(), "No decision has been proposed yet: 2 of 3 expected cards are in.");
  EXPECT_THAT(report.outcome(), IsEmpty());
}

TEST(CandidateReport, IsNotFoundForWhoTakesNoPart) {
  const auto built = BuildCandidateReport(SampleSource(), Interviewer("stranger@example.com"), {.now = SampleNow()});
  EXPECT_EQ(runtime::ReasonOf(built.status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

TEST(CandidateReport, IsNotFoundForAFairnessAnalyst) {
  const auto built = BuildCandidateReport(SampleSource(), {.subject = "fay@example.com", .fairness = true}, {.now = SampleNow()});
  EXPECT_EQ(runtime::ReasonOf(built.status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

TEST(CandidateReport, ShowsNothingJudgedToAnInterviewerWhoOwesACard) {
  ReportSource source = SampleSource();
  RemoveCard(source, "technical-1", "li");
  const auto report = Report(source, Interviewer("li@example.com"));
  EXPECT_FALSE(ShowsJudgement(report)) << report.DebugString();
  EXPECT_THAT(report.cards(), IsEmpty());
  EXPECT_THAT(report.withheld(), Contains(HasSubstr("until your own card is in")));
}

TEST(CandidateReport, LooksTheSameToWhoOwesACardWhetherOrNotThereIsAnythingToHide) {
  ReportSource full = SampleSource();
  RemoveCard(full, "technical-1", "li");
  ReportSource empty = full;
  empty.decisions.clear();
  empty.flags.clear();
  RemoveCard(empty, "technical-1", "dana");
  RemoveCard(empty, "design-1", "omar");
  EXPECT_EQ(Report(full, Interviewer("li@example.com")).SerializeAsString(),
            Report(empty, Interviewer("li@example.com")).SerializeAsString());
}

TEST(CandidateReport, ADeciderWhoOwesACardIsAnInterviewerFirst) {
  ReportSource source = SampleSource();
  RemoveCard(source, "technical-1", "li");
  source.interviewers["interviewers/li"].set_subject("sam@example.com");
  EXPECT_FALSE(ShowsJudgement(Report(source, Decider())));
}

TEST(CandidateReport, ShowsAnInterviewerTheirPeersOfTheRoundAndNotOtherRoundsOrTheDecision) {
  const auto report = Report(SampleSource(), Interviewer("dana@example.com"));
  EXPECT_THAT(report.cards(), SizeIs(2));
  EXPECT_THAT(report.outcome(), IsEmpty());
  EXPECT_THAT(report.charts(), IsEmpty());
  for (const auto& rating : report.ratings()) EXPECT_EQ(rating.interview(), "interviews/technical-1");
  EXPECT_THAT(report.DebugString(), Not(HasSubstr("Omar")));
}

TEST(CandidateReport, ShowsAnInterviewerTheirOwnCardAloneWherePeersAreNeverShown) {
  ReportSource source = SampleSource();
  source.requisition.set_peer_visibility(bank::v1::PEER_VISIBILITY_NEVER);
  const auto report = Report(source, Interviewer("dana@example.com"));
  EXPECT_THAT(report.cards(), SizeIs(1));
  EXPECT_EQ(report.cards(0).interviewer(), "interviewers/dana");
}

TEST(CandidateReport, ShowsAHiringManagerTheStatusAloneUntilEveryCardIsInOrDue) {
  ReportSource source = SampleSource();
  RemoveCard(source, "design-1", "omar");
  for (auto& interview : source.interviews) interview.mutable_due_time()->set_seconds(1895425600);
  const Viewer manager = Interviewer("hana@example.com");
  const auto waiting = Report(source, manager);
  EXPECT_FALSE(ShowsJudgement(waiting)) << waiting.DebugString();
  EXPECT_THAT(waiting.cards(), SizeIs(2));
  EXPECT_THAT(waiting.withheld(), Contains(HasSubstr("until every card is in or due")));

  for (auto& interview : source.interviews) interview.mutable_due_time()->set_seconds(1795425600);
  EXPECT_TRUE(ShowsJudgement(Report(source, manager)));
}

TEST(CandidateReport, MarksWhatWasSeenByATenantWideRightAsPrivileged) {
  const auto built = BuildCandidateReport(SampleSource(), {.subject = "eve@example.com", .auditor = true}, {.now = SampleNow()});
  ASSERT_TRUE(built.ok());
  EXPECT_TRUE(built->privileged);
  EXPECT_FALSE(BuildCandidateReport(SampleSource(), Decider(), {.now = SampleNow()})->privileged);
}

TEST(CandidateReport, ShowsNothingToAnyoneWhileAPanelistIsUnknown) {
  ReportSource source = SampleSource();
  source.interviewers.erase("interviewers/li");
  const auto built = BuildCandidateReport(source, Decider(), {.now = SampleNow()});
  EXPECT_EQ(runtime::ReasonOf(built.status()), runtime::v1::ERROR_REASON_UNAVAILABLE);
  // Who takes no part is not told even that.
  const auto stranger = BuildCandidateReport(source, Interviewer("stranger@example.com"), {.now = SampleNow()});
  EXPECT_EQ(runtime::ReasonOf(stranger.status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

}  // namespace
}  // namespace assay::reporting
