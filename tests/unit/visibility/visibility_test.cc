#include "services/visibility/visibility.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay::visibility {
namespace {

// An application of three rounds; who looks is described by what the rows of the table name.
Facts Viewer(OwnCard screen, OwnCard technical, OwnCard design) {
  Facts facts;
  facts.rounds = {{"screen", screen}, {"technical", technical}, {"design", design}};
  return facts;
}

constexpr OwnCard kNo = OwnCard::kNotOnPanel;
constexpr OwnCard kOwed = OwnCard::kOwed;
constexpr OwnCard kMissed = OwnCard::kMissed;
constexpr OwnCard kIn = OwnCard::kSubmitted;

Facts With(Facts facts, const std::function<void(Facts&)>& change) {
  change(facts);
  return facts;
}

struct Case {
  const char* principal;
  Facts facts;
  Sight technical_card;
  Sight screen_card;
  Sight decision;
};

void HiringManager(Facts& facts) { facts.hiring_manager = true; }
void Recruiter(Facts& facts) { facts.recruiter = true; }
void ReadAny(Facts& facts) { facts.read_any = true; }
void Decider(Facts& facts) { facts.decider = true; }
void Auditor(Facts& facts) { facts.auditor = true; }
void Never(Facts& facts) { facts.peers = PeerVisibility::kNever; }
void Earlier(Facts& facts) { facts.earlier_rounds_visible = true; }
void AllIn(Facts& facts) { facts.every_card_in_or_due = true; }

std::vector<Case> Table() {
  const Facts outside = Viewer(kNo, kNo, kNo);
  const Facts owes = Viewer(kNo, kOwed, kNo);
  const Facts submitted = Viewer(kNo, kIn, kNo);
  const auto nothing = Sight::kNothing;
  const auto exists = Sight::kExists;
  const auto all = Sight::kAll;
  return {
      // interviewer on the panel
      {"interviewer before their own", owes, nothing, nothing, nothing},
      {"interviewer after their own", submitted, all, nothing, nothing},
      {"interviewer after their own, policy NEVER", With(submitted, Never), nothing, nothing, nothing},
      {"interviewer of every round, all in", Viewer(kIn, kIn, kIn), all, all, all},
      {"interviewer of every round, policy NEVER", With(Viewer(kIn, kIn, kIn), Never), nothing, nothing, nothing},
      {"interviewer who let the round close without a card", Viewer(kNo, kMissed, kNo), nothing, nothing, nothing},
      // hiring manager or recruiting admin on the panel
      {"hiring manager on the panel before", With(With(owes, HiringManager), AllIn), nothing, nothing, nothing},
      {"recruiter on the panel before", With(owes, Recruiter), nothing, nothing, nothing},
      {"recruiting admin on the panel before", With(owes, ReadAny), nothing, nothing, nothing},
      {"hiring manager on the panel after", With(submitted, HiringManager), all, exists, nothing},
      {"hiring manager on the panel after, policy NEVER", With(With(submitted, HiringManager), Never), all, exists, nothing},
      {"hiring manager on the panel after, all in", With(With(submitted, HiringManager), AllIn), all, all, all},
      {"recruiting admin on the panel after", With(submitted, ReadAny), all, all, all},
      // recruiting admin not on the panel
      {"recruiting admin", With(outside, ReadAny), all, all, all},
      {"recruiter of the requisition", With(outside, Recruiter), all, all, all},
      // interviewer of another round
      {"interviewer of a later round before", Viewer(kNo, kNo, kOwed), nothing, nothing, nothing},
      {"interviewer of a later round after", Viewer(kNo, kNo, kIn), nothing, nothing, nothing},
      {"interviewer of a later round before, earlier visible", With(Viewer(kNo, kNo, kOwed), Earlier), nothing, nothing,
       nothing},
      {"interviewer of a later round after, earlier visible", With(Viewer(kNo, kNo, kIn), Earlier), all, all, all},
      {"interviewer of a middle round after, earlier visible", With(Viewer(kNo, kIn, kNo), Earlier), all, all, nothing},
      {"interviewer of an earlier round after, earlier visible", With(Viewer(kIn, kNo, kNo), Earlier), nothing, all, nothing},
      {"interviewer of a later round, earlier visible but policy NEVER", With(With(Viewer(kNo, kNo, kIn), Earlier), Never),
       nothing, nothing, nothing},
      {"interviewer of two rounds who owes the second", Viewer(kNo, kIn, kOwed), nothing, nothing, nothing},
      // hiring manager off the panel
      {"hiring manager while cards are awaited", With(outside, HiringManager), exists, exists, nothing},
      {"hiring manager when all are in or due", With(With(outside, HiringManager), AllIn), all, all, all},
      // decider, auditor
      {"decider", With(outside, Decider), all, all, all},
      {"decider who owes a card", With(owes, Decider), nothing, nothing, nothing},
      {"auditor", With(outside, Auditor), all, all, all},
      {"auditor who owes a card", With(owes, Auditor), nothing, nothing, nothing},
      // the rest
      {"fairness analyst", With(outside, [](Facts& facts) { facts.fairness = true; }), nothing, nothing, nothing},
      {"somebody with the scope and no part", outside, nothing, nothing, nothing},
      {"our projector", With(outside, [](Facts& facts) { facts.projector = true; }), all, all, all},
  };
}

TEST(Visibility, FollowsEveryRowOfTheTable) {
  for (const Case& row : Table()) {
    EXPECT_EQ(OnPeerCard(row.facts, "technical").sight, row.technical_card) << row.principal << ", card of the technical round";
    EXPECT_EQ(OnPeerCard(row.facts, "screen").sight, row.screen_card) << row.principal << ", card of the screen";
    EXPECT_EQ(OnDecision(row.facts).sight, row.decision) << row.principal << ", decision";
    EXPECT_FALSE(OnPeerCard(row.facts, "technical").reason.empty()) << row.principal;
  }
}

// Every combination of facts, not only those with a name: no right of a person opens a peer's card or a decision to
// somebody who owes a card, except a broken glass.
TEST(Visibility, WhoOwesACardSeesNoJudgementWhateverElseTheyAre) {
  const OwnCard cards[] = {kNo, kOwed, kMissed, kIn};
  int owing = 0;
  for (const OwnCard screen : cards) {
    for (const OwnCard technical : cards) {
      for (const OwnCard design : cards) {
        for (int bits = 0; bits < 512; ++bits) {
          Facts facts = Viewer(screen, technical, design);
          facts.read_any = bits & 1;
          facts.auditor = bits & 2;
          facts.fairness = bits & 4;
          facts.hiring_manager = bits & 8;
          facts.recruiter = bits & 16;
          facts.decider = bits & 32;
          facts.earlier_rounds_visible = bits & 64;
          facts.every_card_in_or_due = bits & 128;
          facts.peers = bits & 256 ? PeerVisibility::kNever : PeerVisibility::kAfterOwn;
          if (!OwesCard(facts)) continue;
          ++owing;
          for (const char* interview : {"screen", "technical", "design"}) {
            ASSERT_EQ(OnPeerCard(facts, interview).sight, Sight::kNothing);
            ASSERT_EQ(OnFlag(facts, interview, /*own=*/false).sight, Sight::kNothing);
            ASSERT_EQ(OnCard(facts, interview, /*own=*/true, /*draft=*/true).sight, Sight::kOwn);
            facts.break_glass = true;
            const bool runs_process = facts.hiring_manager || facts.recruiter || facts.read_any;
            ASSERT_EQ(OnPeerCard(facts, interview).all(), runs_process);
            ASSERT_EQ(OnPeerCard(facts, interview).broke_glass, runs_process);
            ASSERT_EQ(OnDecision(facts).sight, Sight::kNothing);
            facts.break_glass = false;
          }
          ASSERT_EQ(OnDecision(facts).sight, Sight::kNothing);
        }
      }
    }
  }
  EXPECT_EQ(owing, (64 - 27) * 512);
}

TEST(Visibility, ADraftIsItsAuthorsAloneAdministratorsIncluded) {
  Facts everything = Viewer(kNo, kNo, kNo);
  everything.projector = everything.read_any = everything.auditor = everything.hiring_manager = true;
  everything.recruiter = everything.decider = everything.break_glass = everything.every_card_in_or_due = true;
  EXPECT_EQ(OnCard(everything, "technical", /*own=*/false, /*draft=*/true).sight, Sight::kNothing);
  EXPECT_EQ(OnCard(everything, "technical", /*own=*/false, /*draft=*/false).sight, Sight::kAll);
  EXPECT_EQ(OnCard(Viewer(kNo, kOwed, kNo), "technical", /*own=*/true, /*draft=*/true).sight, Sight::kOwn);
}

TEST(Visibility, BreakingTheGlassHelpsNobodyWhoDoesNotRunTheProcess) {
  Facts panelist = Viewer(kNo, kOwed, kNo);
  panelist.break_glass = true;
  EXPECT_EQ(OnPeerCard(panelist, "technical").sight, Sight::kNothing);
  panelist.decider = true;
  EXPECT_EQ(OnPeerCard(panelist, "technical").sight, Sight::kNothing);
}

TEST(Visibility, OnlyTenantWideRightsAreMarkedForTheAudit) {
  EXPECT_TRUE(OnPeerCard(With(Viewer(kNo, kNo, kNo), ReadAny), "screen").privileged);
  EXPECT_TRUE(OnPeerCard(With(Viewer(kNo, kNo, kNo), Auditor), "screen").privileged);
  EXPECT_FALSE(OnPeerCard(With(Viewer(kNo, kNo, kNo), Recruiter), "screen").privileged);
  EXPECT_FALSE(OnPeerCard(Viewer(kNo, kIn, kNo), "technical").privileged);
}

TEST(Visibility, TheInterviewIsSeenByItsPanelAndByWhoRunsTheProcess) {
  EXPECT_EQ(OnInterview(Viewer(kNo, kOwed, kNo), "technical").sight, Sight::kAll);
  EXPECT_EQ(OnInterview(Viewer(kNo, kOwed, kNo), "screen").sight, Sight::kNothing);
  EXPECT_EQ(OnInterview(With(Viewer(kNo, kNo, kNo), HiringManager), "screen").sight, Sight::kAll);
  EXPECT_EQ(OnInterview(Viewer(kNo, kNo, kNo), "screen").sight, Sight::kNothing);
  EXPECT_EQ(OnInterview(With(Viewer(kNo, kNo, kIn), Earlier), "screen").sight, Sight::kAll);
  EXPECT_EQ(OnApplication(Viewer(kNo, kOwed, kNo)).sight, Sight::kAll);
  EXPECT_EQ(OnApplication(Viewer(kNo, kNo, kNo)).sight, Sight::kNothing);
}

TEST(Visibility, AFlagOfTheWholeApplicationIsSeenAsADecisionIs) {
  EXPECT_EQ(OnFlag(Viewer(kNo, kIn, kNo), "", false).sight, Sight::kNothing);
  EXPECT_EQ(OnFlag(Viewer(kNo, kIn, kNo), "technical", false).sight, Sight::kAll);
  EXPECT_EQ(OnFlag(Viewer(kNo, kOwed, kNo), "technical", true).sight, Sight::kOwn);
}

}  // namespace
}  // namespace assay::visibility
