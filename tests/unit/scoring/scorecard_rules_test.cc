#include "services/scoring/domain/scorecard_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/scoring/domain/external_recommendation.h"

namespace assay::scoring {
namespace {

namespace reason = runtime::v1;
using runtime::ReasonOf;
using runtime::ViolationsOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const runtime::Instant kNow = runtime::FromMicros(1'700'000'000'000'000);
const runtime::Instant kLater = kNow + std::chrono::hours(24);

JudgedContent Content() {
  JudgedContent content;
  content.kit.questions["questions/q001"] = {.name = "questions/q001@3", .competency = "ml-fundamentals"};
  content.kit.questions["questions/q037"] = {.name = "questions/q037@1", .competency = "system-design"};
  content.kit.overall_competencies = {"communication"};
  content.area_competencies = {"ml-fundamentals", "system-design", "communication"};
  content.flags["no-trade-offs"] = {.kind = bank::v1::FLAG_KIND_RED};
  content.flags["niche-depth"] = {.kind = bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL};
  return content;
}

CardSituation Open() {
  static const JudgedContent content = Content();
  CardSituation situation;
  situation.card = "interviews/i1/scorecards/dana";
  situation.interview = "interviews/i1";
  situation.interviewer = "interviewers/dana";
  situation.interview_state = v1::INTERVIEW_STATE_COMPLETED;
  situation.due_time = kLater;
  situation.seat = Seat{};
  situation.content = &content;
  situation.now = kNow;
  return situation;
}

CardSituation With(const std::function<void(CardSituation&)>& change) {
  CardSituation situation = Open();
  change(situation);
  return situation;
}

CardSituation Submitted() {
  return With([](CardSituation& situation) {
    situation.stored = StoredCard{.state = v1::SCORECARD_STATE_SUBMITTED, .revision = 1, .version = 2};
  });
}

CardSituation Drafted() {
  return With([](CardSituation& situation) {
    situation.stored = StoredCard{.state = v1::SCORECARD_STATE_DRAFT, .revision = 0, .version = 4};
  });
}

v1::ScorecardContent Rated(std::string question, std::string competency, std::optional<int> score) {
  v1::ScorecardContent content;
  v1::Rating& rating = *content.add_ratings();
  rating.set_question(std::move(question));
  rating.set_competency(std::move(competency));
  if (score) rating.set_score(*score);
  return content;
}

v1::ScorecardContent Good() { return Rated("questions/q001", "ml-fundamentals", 4); }

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

TEST(SubmitScorecard, TakesTheKitsRevisionOfAQuestion) {
  const auto change = Submit(Open(), Good(), "");
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->content.ratings(0).question(), "questions/q001@3");
  EXPECT_EQ(change->state, v1::SCORECARD_STATE_SUBMITTED);
  EXPECT_EQ(change->revision, 1);
  EXPECT_EQ(change->version, 1);
  EXPECT_FALSE(change->late);
  EXPECT_FALSE(change->rated_after_exposure);
}

TEST(SubmitScorecard, NotAssessedStaysWithoutAScore) {
  const auto change = Submit(Open(), Rated("questions/q001", "ml-fundamentals", std::nullopt), "");
  ASSERT_TRUE(change.ok());
  EXPECT_FALSE(change->content.ratings(0).has_score());
}

TEST(SubmitScorecard, RefusesAnotherRevisionThanThePinnedOne) {
  const auto change = Submit(Open(), Rated("questions/q001@2", "ml-fundamentals", 4), "");
  EXPECT_EQ(ReasonOf(change.status()), reason::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_THAT(ViolationsOf(change.status())[0].description, HasSubstr("questions/q001@3"));
}

TEST(SubmitScorecard, NamesAQuestionThatTheKitDoesNotHold) {
  const auto change = Submit(Open(), Rated("questions/q099", "ml-fundamentals", 4), "");
  EXPECT_EQ(ReasonOf(change.status()), reason::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_EQ(runtime::MetadataOf(change.status(), "question"), "questions/q099");
  EXPECT_THAT(FieldsOf(change.status()), ElementsAre("content.ratings[0].question"));
}

TEST(SubmitScorecard, ReportsEveryViolationAtOnce) {
  v1::ScorecardContent content = Rated("questions/q099", "ml-fundamentals", 4);
  content.MergeFrom(Rated("questions/q037", "ml-fundamentals", 0));
  content.MergeFrom(Rated("", "juggling", 6));
  content.MergeFrom(Rated("questions/q001", "ml-fundamentals", 3));
  content.MergeFrom(Rated("questions/q001@3", "ml-fundamentals", 3));
  content.mutable_ratings(3)->set_not_assessed_reason("no-time");
  content.add_flags_raised()->set_flag_id("unheard-of");
  content.mutable_external_recommendation()->set_system("ashby");
  content.mutable_external_recommendation()->set_value("5");
  const auto change = Submit(Open(), content, "");
  EXPECT_EQ(ReasonOf(change.status()), reason::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_THAT(FieldsOf(change.status()),
              ElementsAre("content.ratings[0].question", "content.ratings[1].competency", "content.ratings[1].score",
                          "content.ratings[2].competency", "content.ratings[2].score",
                          "content.ratings[3].not_assessed_reason", "content.ratings[4]",
                          "content.flags_raised[0].flag_id", "content.external_recommendation.value"));
}

TEST(SubmitScorecard, ASecondAreaRatingOfACompetencyIsRefused) {
  v1::ScorecardContent content = Rated("", "communication", 4);
  content.MergeFrom(Rated("", "communication", 2));
  EXPECT_THAT(FieldsOf(Submit(Open(), content, "").status()), ElementsAre("content.ratings[1]"));
}

TEST(SubmitScorecard, OnlyARedFlagCanBeCritical) {
  v1::ScorecardContent content = Good();
  v1::RaisedFlag& flag = *content.add_flags_raised();
  flag.set_flag_id("niche-depth");
  flag.set_critical(true);
  EXPECT_THAT(FieldsOf(Submit(Open(), content, "").status()), ElementsAre("content.flags_raised[0].critical"));
}

TEST(SubmitScorecard, IsRefusedByWhatTheInterviewIs) {
  const auto in_state = [](v1::InterviewState state) {
    return ReasonOf(Submit(With([&](CardSituation& situation) { situation.interview_state = state; }), Good(), "").status());
  };
  EXPECT_EQ(in_state(v1::INTERVIEW_STATE_CANCELED), reason::ERROR_REASON_INTERVIEW_CANCELED);
  EXPECT_EQ(in_state(v1::INTERVIEW_STATE_CLOSED), reason::ERROR_REASON_INTERVIEW_CLOSED);
  EXPECT_EQ(in_state(v1::INTERVIEW_STATE_IN_PROGRESS), reason::ERROR_REASON_UNSPECIFIED);
}

TEST(SubmitScorecard, OnlyThePanelSubmits) {
  const auto change = Submit(With([](CardSituation& situation) { situation.seat.reset(); }), Good(), "");
  EXPECT_EQ(ReasonOf(change.status()), reason::ERROR_REASON_NOT_ON_PANEL);
}

TEST(SubmitScorecard, HappensOnceAndNamesTheWayToChange) {
  const auto change = Submit(Submitted(), Good(), "");
  EXPECT_EQ(ReasonOf(change.status()), reason::ERROR_REASON_ALREADY_SUBMITTED);
  EXPECT_THAT(std::string(change.status().message()), HasSubstr("AmendScorecard"));
}

TEST(SubmitScorecard, ReplacesADraftAndHoldsToItsEtag) {
  const auto change = Submit(Drafted(), Good(), "\"4\"");
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->version, 5);
  EXPECT_EQ(ReasonOf(Submit(Drafted(), Good(), "\"3\"").status()), reason::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(Submit(Open(), Good(), "\"1\"").status()), reason::ERROR_REASON_ETAG_MISMATCH);
}

TEST(SubmitScorecard, FreezesExposureRoleAndLateness) {
  const auto joined = Submit(With([](CardSituation& situation) {
                               situation.seat = Seat{.role = v1::PANEL_ROLE_SHADOW, .joined_after_exposure = true};
                             }),
                             Good(), "");
  EXPECT_TRUE(joined->rated_after_exposure);
  EXPECT_EQ(joined->role, v1::PANEL_ROLE_SHADOW);
  EXPECT_TRUE(Submit(With([](CardSituation& situation) { situation.exposed = true; }), Good(), "")->rated_after_exposure);
  EXPECT_TRUE(Submit(With([](CardSituation& situation) { situation.due_time = kNow - std::chrono::seconds(1); }), Good(), "")->late);
}

TEST(AmendScorecard, AfterSeeingAPeerIsMarkedSo) {
  CardSituation situation = Submitted();
  situation.exposed = true;
  const auto change = Amend(situation, Good(), "\"2\"");
  ASSERT_TRUE(change.ok());
  EXPECT_TRUE(change->amended_after_exposure);
  EXPECT_FALSE(change->rated_after_exposure);
  EXPECT_EQ(change->revision, 2);
  EXPECT_EQ(change->version, 3);
  EXPECT_FALSE(Amend(Submitted(), Good(), "\"2\"")->amended_after_exposure);
}

TEST(AmendScorecard, IsNeverDoneUnseen) {
  EXPECT_EQ(ReasonOf(Amend(Submitted(), Good(), "\"1\"").status()), reason::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(Amend(Submitted(), Good(), "").status()), reason::ERROR_REASON_ETAG_MISMATCH);
}

TEST(AmendScorecard, NeedsASubmittedCardOfAnInterviewThatIsNotClosed) {
  EXPECT_EQ(ReasonOf(Amend(Drafted(), Good(), "\"4\"").status()), reason::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(ReasonOf(Amend(Open(), Good(), "\"1\"").status()), reason::ERROR_REASON_NOT_FOUND);
  CardSituation closed = Submitted();
  closed.interview_state = v1::INTERVIEW_STATE_CLOSED;
  EXPECT_EQ(ReasonOf(Amend(closed, Good(), "\"2\"").status()), reason::ERROR_REASON_INTERVIEW_CLOSED);
}

TEST(SaveDraft, KeepsTheCardADraftAndChecksItLikeASubmission) {
  const auto change = SaveDraft(Drafted(), Good(), "");
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->state, v1::SCORECARD_STATE_DRAFT);
  EXPECT_EQ(change->revision, 0);
  EXPECT_EQ(change->version, 5);
  EXPECT_EQ(ReasonOf(SaveDraft(Open(), Rated("questions/q099", "x", 1), "").status()),
            reason::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_EQ(ReasonOf(SaveDraft(Submitted(), Good(), "").status()), reason::ERROR_REASON_ALREADY_SUBMITTED);
}

TEST(RatingsDiffer, LooksAtScoresAndNotAtWords) {
  v1::ScorecardContent noted = Good();
  noted.mutable_ratings(0)->set_note("more to say");
  EXPECT_FALSE(RatingsDiffer(Good(), noted));
  EXPECT_TRUE(RatingsDiffer(Good(), Rated("questions/q001", "ml-fundamentals", 5)));
  EXPECT_TRUE(RatingsDiffer(Good(), Rated("questions/q001", "ml-fundamentals", std::nullopt)));
}

TEST(ExternalRecommendation, MapsWhatTheAtsSaysAndKeepsTheCallersOwn) {
  EXPECT_EQ(FromExternal("greenhouse", "definitely_not"), v1::RECOMMENDATION_STRONG_NO_HIRE);
  EXPECT_EQ(FromExternal("workable", "0"), v1::RECOMMENDATION_STRONG_NO_HIRE);
  EXPECT_EQ(FromExternal("ashby", "4"), v1::RECOMMENDATION_STRONG_HIRE);
  EXPECT_EQ(FromExternal("ashby", "5"), std::nullopt);
  EXPECT_EQ(FromExternal("home-grown", "thumbs-up"), v1::RECOMMENDATION_UNSPECIFIED);
  v1::ScorecardContent content = Good();
  content.mutable_external_recommendation()->set_system("merge");
  content.mutable_external_recommendation()->set_value("YES");
  EXPECT_EQ(Submit(Open(), content, "")->content.recommendation(), v1::RECOMMENDATION_HIRE);
  content.set_recommendation(v1::RECOMMENDATION_HOLD);
  EXPECT_EQ(Submit(Open(), content, "")->content.recommendation(), v1::RECOMMENDATION_HOLD);
}

}  // namespace
}  // namespace assay::scoring
