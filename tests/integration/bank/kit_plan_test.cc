#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <map>

#include "tests/integration/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using runtime::ReasonOf;

TEST_F(KitTest, AFixedPlanGivesEveryCandidateItsKit) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::KitPlan fixed = Drawn(v1::KIT_PLAN_MODE_FIXED);
  fixed.set_requisition("requisitions/r1");
  fixed.set_stage("technical");
  const auto plan = Plan(fixed, "backend");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->name(), "kitPlans/backend");
  ASSERT_EQ(plan->kits_size(), 1);
  const auto first = Draw(plan->name());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->name(), plan->kits(0));
  EXPECT_EQ(first->plan(), plan->name());
  EXPECT_EQ(first->requisition(), "requisitions/r1");
  EXPECT_EQ(Draw(plan->name())->SerializeAsString(), first->SerializeAsString());
  // A candidate who has had one of its questions cannot have it.
  const std::string had = IdsOf(*first)[3];
  const auto refused = Draw(plan->name(), {had});
  EXPECT_EQ(ReasonOf(refused.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("questions/" + had + ", which the candidate has had"));
  // A kit that is there can be the one as well.
  v1::KitPlan given;
  given.set_mode(v1::KIT_PLAN_MODE_FIXED);
  given.add_kits(Assemble(Asked(8))->name());
  const auto taken = Plan(given);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->role(), "core-ml");
  EXPECT_EQ(Draw(taken->name())->name(), given.kits(0));
}

TEST_F(KitTest, FormsOfAParallelPlanShareAnchorsAndAreGivenOutInTurn) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::KitPlan parallel = Drawn(v1::KIT_PLAN_MODE_PARALLEL);
  parallel.set_forms(3);
  parallel.set_anchor_percent(40);
  const auto plan = Plan(parallel);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->kits_size(), 3);
  ASSERT_EQ(plan->anchor_questions_size(), 2);
  std::map<std::string, int> held;
  for (const std::string& name : plan->kits()) {
    v1::GetKitRequest get;
    get.set_name(name);
    const auto form = Call<v1::Kit>("KitService/GetKit", get);
    ASSERT_TRUE(form.ok());
    EXPECT_EQ(form->plan(), plan->name());
    for (const auto& slot : form->slots()) {
      for (const auto& question : slot.questions()) {
        ++held[question.question()];
        const auto& anchors = plan->anchor_questions();
        EXPECT_EQ(question.anchor(), std::find(anchors.begin(), anchors.end(), question.question()) != anchors.end());
      }
    }
  }
  for (const auto& [name, forms] : held) EXPECT_EQ(forms == 3, std::find(plan->anchor_questions().begin(), plan->anchor_questions().end(), name) != plan->anchor_questions().end()) << name;
  EXPECT_THAT(held, SizeIs(2 + 3 * 3));
  std::map<std::string, int> given;
  for (int i = 0; i < 6; ++i) ++given[Draw(plan->name())->name()];
  EXPECT_THAT(given, SizeIs(3));
  for (const auto& [name, count] : given) EXPECT_EQ(count, 2) << name;
  // The form that holds what a candidate has had is passed over; an anchor rules out all.
  v1::GetKitRequest get;
  get.set_name(plan->kits(0));
  const auto form = Call<v1::Kit>("KitService/GetKit", get);
  std::string own;
  for (const auto& slot : form->slots()) {
    for (const auto& question : slot.questions()) {
      if (!question.anchor()) own = question.question();
    }
  }
  EXPECT_NE(Draw(plan->name(), {own})->name(), plan->kits(0));
  const auto none = Draw(plan->name(), {plan->anchor_questions(0)});
  EXPECT_EQ(ReasonOf(none.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("none of the 3 forms"));
}

TEST_F(KitTest, DrawsAtOnceTakeTurnsAndNoneFails) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::KitPlan parallel = Drawn(v1::KIT_PLAN_MODE_PARALLEL);
  parallel.set_forms(2);
  const auto plan = Plan(parallel);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<std::future<absl::StatusOr<v1::Kit>>> draws;
  for (int i = 0; i < 16; ++i) {
    draws.push_back(std::async(std::launch::async, [&, i] {
      v1::DrawPlannedKitRequest request;
      request.set_name(plan->name());
      // Every second one is asked for twice.
      request.set_request_id(fmt::format("draw-{}", i / 2));
      runtime::CallOptions options;
      options.bearer = kAda;
      options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      return client_->Call<v1::Kit>("assay.bank.v1.KitService/DrawPlannedKit", request, options);
    }));
  }
  std::map<std::string, int> given;
  for (auto& draw : draws) {
    const auto kit = draw.get();
    ASSERT_TRUE(kit.ok()) << kit.status();
    ++given[kit->name()];
  }
  EXPECT_EQ(Sql("SELECT uses FROM kit_plan_form ORDER BY position"), (std::vector<std::string>{"4", "4"}));
  EXPECT_EQ(Count("kit_use"), 8 * 5);
}

TEST_F(KitTest, ADrawnPlanDrawsAfreshForEachCandidate) {
  ASSERT_TRUE(Imported(KitPack()));
  const auto plan = Plan(Drawn(v1::KIT_PLAN_MODE_DRAWN));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->kits_size(), 0);
  EXPECT_EQ(Count("kit"), 0);
  std::set<std::vector<std::string>> kits;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto kit = Draw(plan->name(), {"t01"}, seed);
    ASSERT_TRUE(kit.ok()) << kit.status();
    EXPECT_EQ(kit->plan(), plan->name());
    EXPECT_THAT(IdsOf(*kit), Each(Not("t01")));
    kits.insert(IdsOf(*kit));
  }
  EXPECT_GT(kits.size(), 4u);
  EXPECT_EQ(Count("kit"), 8);
}

TEST_F(KitTest, ADrawnPlanOfAnotherLengthDrawsKitsOfThatLength) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::KitPlan longer = Drawn(v1::KIT_PLAN_MODE_DRAWN);
  longer.clear_format();
  longer.set_minutes(60);
  const auto plan = Plan(longer);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->minutes(), 60);
  EXPECT_EQ(plan->format(), "round");
  const auto kit = Draw(plan->name());
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_EQ(kit->minutes(), 60);
  int boxes = 0;
  for (const auto& slot : kit->slots()) boxes += slot.minutes();
  EXPECT_EQ(boxes, 60);
  // A format that is named says how long it is.
  longer.set_format("round");
  EXPECT_EQ(Draw(Plan(longer)->name())->minutes(), 45);
}

TEST_F(KitTest, PlansThatCannotBeAreRefusedWithEveryReason) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  v1::KitPlan plan = Drawn(v1::KIT_PLAN_MODE_PARALLEL);
  plan.set_forms(1);
  plan.set_anchor_percent(29);
  plan.set_stage("screen");
  plan.set_language_code("x");
  plan.add_kits("kits/one");
  plan.clear_role();
  EXPECT_THAT(FieldsOf(Plan(plan).status()), ::testing::UnorderedElementsAre("kit_plan.language_code", "kit_plan.kits", "kit_plan.role", "kit_plan.forms",
                                                                             "kit_plan.anchor_percent", "kit_plan.stage"));
  plan = Drawn(v1::KIT_PLAN_MODE_FIXED);
  plan.set_forms(2);
  plan.add_kits("kits/one");
  plan.add_kits("kits/two");
  EXPECT_THAT(FieldsOf(Plan(plan).status()), ::testing::UnorderedElementsAre("kit_plan.forms", "kit_plan.kits"));
  EXPECT_THAT(FieldsOf(Plan(v1::KitPlan()).status()), Contains("kit_plan.mode"));
  plan = v1::KitPlan();
  plan.set_mode(v1::KIT_PLAN_MODE_FIXED);
  plan.add_kits("kits/none");
  EXPECT_EQ(ReasonOf(Plan(plan).status()), runtime::v1::ERROR_REASON_PARENT_NOT_FOUND);
  plan.set_kits(0, Assemble(Asked())->name());
  plan.set_role("another");
  plan.set_minutes(44);
  EXPECT_THAT(FieldsOf(Plan(plan).status()), ElementsAre("kit_plan.role", "kit_plan.minutes"));
  plan.clear_role();
  plan.clear_minutes();
  const v1::KitPlan given = plan;
  // The bank has one kit and no second form of it.
  const auto parallel = Plan(Drawn(v1::KIT_PLAN_MODE_PARALLEL));
  EXPECT_EQ(ReasonOf(parallel.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(parallel.status().message()), AllOf(HasSubstr("form 2 of 2 cannot be drawn apart from the others"), HasSubstr("short")));
  ASSERT_TRUE(Flag("d00").ok());
  const auto leaked = Plan(given);
  EXPECT_EQ(ReasonOf(leaked.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(leaked.status().message()), HasSubstr("holds questions/d00, which is marked as leaked"));
  EXPECT_EQ(ReasonOf(Plan(Drawn(v1::KIT_PLAN_MODE_DRAWN)).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_EQ(Count("kit_plan"), 0);
  EXPECT_EQ(Draw("kitPlans/none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(KitTest, PlansAreListedByNameAndByRequisition) {
  ASSERT_TRUE(Imported(KitPack()));
  for (const char* id : {"c", "a", "d", "b"}) {
    v1::KitPlan plan = Drawn(v1::KIT_PLAN_MODE_DRAWN);
    plan.set_requisition(*id < 'c' ? "requisitions/r1" : "requisitions/r2");
    ASSERT_TRUE(Plan(plan, id).ok());
  }
  const auto names = [&](v1::ListKitPlansRequest request) {
    std::vector<std::string> all;
    do {
      const auto page = Call<v1::ListKitPlansResponse>("KitService/ListKitPlans", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->kit_plans_size(), 3);
      for (const auto& plan : page->kit_plans()) all.push_back(plan.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  };
  v1::ListKitPlansRequest request;
  request.set_page_size(3);
  EXPECT_THAT(names(request), ElementsAre("kitPlans/a", "kitPlans/b", "kitPlans/c", "kitPlans/d"));
  request.set_requisition("requisitions/r2");
  request.set_page_size(1);
  EXPECT_THAT(names(request), ElementsAre("kitPlans/c", "kitPlans/d"));
  // A token belongs to its requisition.
  const std::string token = Call<v1::ListKitPlansResponse>("KitService/ListKitPlans", request)->next_page_token();
  request.set_requisition("requisitions/r1");
  request.set_page_token(token);
  EXPECT_EQ(ReasonOf(Call<v1::ListKitPlansResponse>("KitService/ListKitPlans", request).status()), runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  // Another tenant has none, and the name is taken here.
  EXPECT_EQ(Call<v1::ListKitPlansResponse>("KitService/ListKitPlans", v1::ListKitPlansRequest(), kOther)->kit_plans_size(), 0);
  EXPECT_EQ(ReasonOf(Plan(Drawn(v1::KIT_PLAN_MODE_DRAWN), "a").status()), runtime::v1::ERROR_REASON_ALREADY_EXISTS);
}

}  // namespace
}  // namespace assay::bank
