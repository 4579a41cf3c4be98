#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <map>
#include <set>

#include "tests/integration/bank/bank_replica.h"
#include "tests/integration/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using runtime::ReasonOf;

class ExposureTest : public KitTest {
 protected:
  // Every page, `size` at a time.
  std::vector<v1::Exposure> Exposures(int size = 0, const std::string& requisition = "", int days = 0) {
    std::vector<v1::Exposure> all;
    v1::ListExposuresRequest request;
    request.set_page_size(size);
    request.set_requisition(requisition);
    request.set_days(days);
    do {
      const auto page = Call<v1::ListExposuresResponse>("QuestionService/ListExposures", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const auto& exposure : page->exposures()) all.push_back(exposure);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  v1::Exposure Of(const std::string& id) {
    for (const v1::Exposure& exposure : Exposures()) {
      if (exposure.question() == "questions/" + id) return exposure;
    }
    return {};
  }
};

TEST_F(ExposureTest, UsesAreCountedByQuestionRequisitionAndWindowMostUsedFirst) {
  ASSERT_TRUE(Imported(KitPack()));
  std::map<std::string, int> expected, of_r1;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    v1::AssembleKitRequest request = Asked(seed);
    request.set_requisition(seed % 3 == 0 ? "requisitions/r1" : "requisitions/r2");
    const auto kit = Assemble(request);
    ASSERT_TRUE(kit.ok()) << kit.status();
    for (const std::string& id : IdsOf(*kit)) {
      ++expected["questions/" + id];
      if (seed % 3 == 0) ++of_r1["questions/" + id];
    }
  }
  const std::vector<v1::Exposure> all = Exposures();
  std::map<std::string, int> counted;
  for (size_t i = 0; i < all.size(); ++i) {
    counted[all[i].question()] = static_cast<int>(all[i].uses());
    EXPECT_TRUE(all[i].has_last_use_time());
    EXPECT_GE(all[i].requisitions(), 1);
    if (i > 0) {
      EXPECT_TRUE(all[i - 1].uses() > all[i].uses() || (all[i - 1].uses() == all[i].uses() && all[i - 1].question() < all[i].question()));
    }
  }
  EXPECT_EQ(counted, expected);
  // Pages give the same, each once.
  const std::vector<v1::Exposure> paged = Exposures(2);
  ASSERT_EQ(paged.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(paged[i].SerializeAsString(), all[i].SerializeAsString());
  counted.clear();
  for (const v1::Exposure& exposure : Exposures(3, "requisitions/r1")) counted[exposure.question()] = static_cast<int>(exposure.uses());
  EXPECT_EQ(counted, of_r1);
  EXPECT_THAT(Exposures(0, "requisitions/none"), IsEmpty());
  // What was used ten days ago is outside of a week.
  Sql("UPDATE kit_question SET create_time = create_time - interval '10 days'");
  EXPECT_THAT(Exposures(0, "", 7), IsEmpty());
  EXPECT_EQ(Exposures().size(), all.size());
  // Another tenant has used nothing.
  EXPECT_EQ(Call<v1::ListExposuresResponse>("QuestionService/ListExposures", v1::ListExposuresRequest(), kOther)->exposures_size(), 0);
}

TEST_F(ExposureTest, WhatIsUsedWhileSomebodyTurnsPagesIsOnNoPageTwiceAndOnNoneMissing) {
  ASSERT_TRUE(Imported(KitPack()));
  for (std::uint64_t seed = 0; seed < 4; ++seed) ASSERT_TRUE(Assemble(Asked(seed)).ok());
  const std::vector<v1::Exposure> before = Exposures();
  v1::ListExposuresRequest request;
  request.set_page_size(3);
  std::vector<std::string> paged;
  std::uint64_t seed = 10;
  do {
    const auto page = Call<v1::ListExposuresResponse>("QuestionService/ListExposures", request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_FALSE(page->as_of_cursor().empty());
    for (const auto& exposure : page->exposures()) paged.push_back(fmt::format("{} {}", exposure.question(), exposure.uses()));
    request.set_page_token(page->next_page_token());
    // Those that come last are used more than any other by now.
    for (int i = 0; i < 6; ++i) {
      v1::AssembleKitRequest more = Asked(seed++);
      more.add_required_questions(before.back().question());
      ASSERT_TRUE(Assemble(more).ok());
    }
  } while (!request.page_token().empty());
  std::vector<std::string> expected;
  for (const v1::Exposure& exposure : before) expected.push_back(fmt::format("{} {}", exposure.question(), exposure.uses()));
  EXPECT_EQ(paged, expected);
}

TEST_F(ExposureTest, APageTokenOfExposuresBelongsToItsQuestion) {
  ASSERT_TRUE(Imported(KitPack()));
  ASSERT_TRUE(Assemble(Asked()).ok());
  v1::ListExposuresRequest request;
  request.set_page_size(2);
  const auto page = Call<v1::ListExposuresResponse>("QuestionService/ListExposures", request);
  ASSERT_TRUE(page.ok());
  ASSERT_FALSE(page->next_page_token().empty());
  request.set_page_token(page->next_page_token());
  request.set_days(7);
  EXPECT_EQ(ReasonOf(Call<v1::ListExposuresResponse>("QuestionService/ListExposures", request).status()), runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  request.set_days(0);
  EXPECT_EQ(ReasonOf(Call<v1::ListExposuresResponse>("QuestionService/ListExposures", request, kOther).status()), runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(ExposureTest, CandidatesOfAPlanAreCountedAndFormsThatNobodyGotAreNot) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::KitPlan fixed = Drawn(v1::KIT_PLAN_MODE_FIXED);
  fixed.set_requisition("requisitions/r1");
  const auto plan = Plan(fixed);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(Exposures(), IsEmpty());
  for (int candidate = 0; candidate < 3; ++candidate) ASSERT_TRUE(Draw(plan->name()).ok());
  ASSERT_THAT(Exposures(), SizeIs(5));
  for (const v1::Exposure& exposure : Exposures(0, "requisitions/r1")) EXPECT_EQ(exposure.uses(), 3);
}

TEST_F(ExposureTest, AQuestionAtItsCapIsNotDrawnByAnyPath) {
  ASSERT_TRUE(Imported(KitPack(6, 2, 6)));
  ASSERT_TRUE(Cap(2).ok());
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto kit = Assemble(Asked(seed));
    ASSERT_TRUE(kit.ok()) << kit.status();
  }
  for (const v1::Exposure& exposure : Exposures()) {
    EXPECT_LE(exposure.uses(), 2) << exposure.question();
    EXPECT_EQ(exposure.over_cap(), exposure.uses() == 2) << exposure.question();
  }
  // Both designs were used twice.
  const auto fifth = Assemble(Asked(9));
  EXPECT_EQ(ReasonOf(fifth.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(fifth.status().message()), HasSubstr("slot deep needs 1 questions and 0 fit (1 short); 2 more would fit but have reached the exposure cap"));
  EXPECT_EQ(ReasonOf(Plan(Drawn(v1::KIT_PLAN_MODE_FIXED)).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_EQ(ReasonOf(Plan(Drawn(v1::KIT_PLAN_MODE_DRAWN)).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  // A cap that is raised holds for the next kit.
  ASSERT_TRUE(Cap(3).ok());
  EXPECT_TRUE(Assemble(Asked(9)).ok());
  // So does one that is taken away.
  ASSERT_TRUE(Cap(1).ok());
  EXPECT_FALSE(Assemble(Asked(10)).ok());
  ASSERT_TRUE(Cap(0).ok());
  EXPECT_TRUE(Assemble(Asked(10)).ok());
}

TEST_F(ExposureTest, UsesThatHaveLeftTheWindowRestNothing) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  ASSERT_TRUE(Assemble(Asked()).ok());
  ASSERT_TRUE(Cap(1, 30).ok());
  EXPECT_FALSE(Assemble(Asked()).ok());
  Sql("UPDATE kit_question SET create_time = create_time - interval '31 days'");
  // The window is read anew with the policy.
  ASSERT_TRUE(Cap(1, 29).ok());
  EXPECT_TRUE(Assemble(Asked()).ok());
}

TEST_F(ExposureTest, ALeakedQuestionIsInNoFurtherKitUntilTheMarkIsTakenOff) {
  ASSERT_TRUE(Imported(KitPack(3, 1, 2)));
  v1::KitPlan fixed = Drawn(v1::KIT_PLAN_MODE_FIXED);
  const auto plan = Plan(fixed);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::Question before = *Get("questions/d00");
  EXPECT_FALSE(before.has_leak());
  const auto flagged = Flag("d00", "posted on a forum");
  ASSERT_TRUE(flagged.ok()) << flagged.status();
  EXPECT_EQ(flagged->leak().reason(), "posted on a forum");
  EXPECT_EQ(flagged->leak().flagged_by(), "ada");
  EXPECT_TRUE(flagged->leak().has_flag_time());
  EXPECT_NE(flagged->etag(), before.etag());
  EXPECT_EQ(Get("questions/d00")->leak().SerializeAsString(), flagged->leak().SerializeAsString());
  v1::ListQuestionsRequest list;
  list.set_filter("leaked");
  const auto leaked = Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list);
  ASSERT_TRUE(leaked.ok()) << leaked.status();
  ASSERT_EQ(leaked->questions_size(), 1);
  EXPECT_EQ(leaked->questions(0).name(), "questions/d00");

  const auto kit = Assemble(Asked());
  EXPECT_EQ(ReasonOf(kit.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(kit.status().message()), HasSubstr("1 more would fit but are marked as leaked"));
  EXPECT_EQ(ReasonOf(Plan(fixed).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(Draw(plan->name()).status().message()), HasSubstr("questions/d00, which is marked as leaked"));

  v1::ClearQuestionLeakRequest clear;
  clear.set_name("questions/d00");
  clear.set_reason("it was another one");
  const auto cleared = Call<v1::Question>("QuestionService/ClearQuestionLeak", clear);
  ASSERT_TRUE(cleared.ok()) << cleared.status();
  EXPECT_FALSE(cleared->has_leak());
  EXPECT_TRUE(Assemble(Asked()).ok());
  EXPECT_TRUE(Draw(plan->name()).ok());
  EXPECT_EQ(ReasonOf(Call<v1::Question>("QuestionService/ClearQuestionLeak", clear).status()), runtime::v1::ERROR_REASON_INVALID_STATE);
}

TEST_F(ExposureTest, MarksAndTheirRemovalAreEventsAndStandInTheAuditChain) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  const std::string of = "FROM outbox WHERE aggregate_id = 'questions/d00' AND type = 'question.updated'";
  ASSERT_EQ(Sql("SELECT count(*) " + of), std::vector<std::string>{"0"});
  ASSERT_TRUE(Flag("d00").ok());
  v1::ClearQuestionLeakRequest clear;
  clear.set_name("questions/d00");
  clear.set_reason("a mistake");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/ClearQuestionLeak", clear).ok());
  EXPECT_EQ(Sql("SELECT count(*) " + of), std::vector<std::string>{"2"});
  EXPECT_EQ(Sql("SELECT count(*) FROM audit WHERE resource = 'questions/d00' AND actor = 'ada' AND method LIKE '%Leak'"), std::vector<std::string>{"2"});
}

TEST_F(ExposureTest, BadMarksAndPoliciesAreRefused) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  EXPECT_EQ(Flag("nobody").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(Flag("d00", "").status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Flag("d00@1").status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Cap(-1).status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Cap(1, 3651).status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(Count("question_leak"), 0);
  EXPECT_EQ(Count("exposure_policy"), 0);
}

TEST_F(ExposureTest, ThePolicyHasADefaultAndAnEtag) {
  const auto unset = Call<v1::ExposurePolicy>("QuestionService/GetExposurePolicy", v1::GetExposurePolicyRequest());
  ASSERT_TRUE(unset.ok()) << unset.status();
  EXPECT_EQ(unset->max_uses(), 0);
  EXPECT_EQ(unset->days(), 90);
  v1::UpdateExposurePolicyRequest request;
  request.mutable_exposure_policy()->set_max_uses(12);
  request.mutable_exposure_policy()->set_etag(unset->etag());
  const auto first = Call<v1::ExposurePolicy>("QuestionService/UpdateExposurePolicy", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->days(), 90);
  EXPECT_EQ(ReasonOf(Call<v1::ExposurePolicy>("QuestionService/UpdateExposurePolicy", request).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(Call<v1::ExposurePolicy>("QuestionService/GetExposurePolicy", v1::GetExposurePolicyRequest())->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Call<v1::ExposurePolicy>("QuestionService/GetExposurePolicy", v1::GetExposurePolicyRequest(), kOther)->max_uses(), 0);
}

TEST_F(ExposureTest, OfTwoFirstPoliciesAtOnceTheSecondIsTold) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  const auto update = [&](int uses, const std::string& etag) {
    v1::UpdateExposurePolicyRequest request;
    request.mutable_exposure_policy()->set_max_uses(uses);
    request.mutable_exposure_policy()->set_etag(etag);
    runtime::CallOptions options;
    options.bearer = kAda;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    return client_->Call<v1::ExposurePolicy>("assay.bank.v1.QuestionService/UpdateExposurePolicy", request, options);
  };
  // Rows can be read and locked but not written meanwhile, so that both find none.
  auto held = std::async(std::launch::async, [&] { return Sql("BEGIN; LOCK TABLE exposure_policy IN SHARE MODE; SELECT pg_sleep(1.5); COMMIT"); });
  while (Sql("SELECT count(*) FROM pg_locks WHERE relation = 'exposure_policy'::regclass AND mode = 'ShareLock' AND granted") != std::vector<std::string>{"1"}) {
  }
  auto one = std::async(std::launch::async, [&] { return update(5, "\"0\""); });
  auto two = std::async(std::launch::async, [&] { return update(7, "\"0\""); });
  const auto first = one.get();
  const auto second = two.get();
  held.get();
  EXPECT_NE(first.ok(), second.ok());
  EXPECT_EQ(ReasonOf((first.ok() ? second : first).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  const auto stored = Call<v1::ExposurePolicy>("QuestionService/GetExposurePolicy", v1::GetExposurePolicyRequest());
  EXPECT_EQ(stored->SerializeAsString(), (first.ok() ? first : second)->SerializeAsString());
  // Who names no etag replaces whatever there is.
  EXPECT_TRUE(update(9, "").ok());
}

TEST_F(ExposureTest, WhatAnotherReplicaPublishedIsDrawnBeforeItIsHeardOf) {
  ASSERT_TRUE(Imported(KitPack(3, 1, 2)));
  // In memory here.
  ASSERT_TRUE(Assemble(Asked()).ok());
  BankReplica other(database_, *sealer_, "other");
  const auto publish = [&](const std::string& id) {
    v1::GetQuestionRequest get;
    get.set_name("questions/" + id);
    v1::UpdateQuestionRequest update;
    *update.mutable_question() = *other.Call<v1::Question>("QuestionService/GetQuestion", get);
    update.mutable_question()->clear_etag();
    update.mutable_question()->mutable_content()->set_prompt("How would you build it by now?");
    const auto updated = other.Call<v1::Question>("QuestionService/UpdateQuestion", update);
    ASSERT_TRUE(updated.ok()) << updated.status();
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    const auto published = other.Call<v1::Question>("QuestionService/PublishQuestion", request);
    ASSERT_TRUE(published.ok()) << published.status();
  };
  // The only design there is: there is neither a cap nor a reason to refuse.
  publish("d00");
  const auto kit = Assemble(Asked(4));
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_EQ(NamesOf(*kit)[2], "questions/d00@2");
  // Whoever asked for the revision that was replaced is told so.
  publish("s00");
  v1::AssembleKitRequest pinned = Asked(4);
  pinned.add_required_questions("questions/s00@1");
  const auto refused = Assemble(pinned);
  ASSERT_EQ(runtime::ViolationsOf(refused.status()).size(), 1u) << refused.status();
  EXPECT_EQ(runtime::ViolationsOf(refused.status())[0].field, "required_questions[0]");
  publish("s01");
  const auto plan = Plan(Drawn(v1::KIT_PLAN_MODE_FIXED));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(NamesOf(*Draw(plan->name())), AllOf(Contains("questions/d00@2"), Contains("questions/s00@2"), Contains("questions/s01@2")));
  // Without any question for a slot the slot is what is missing, not a cap that nobody set.
  v1::RetireQuestionRequest retire;
  retire.set_name("questions/d00");
  retire.set_reason("outdated");
  ASSERT_TRUE(other.Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  const auto none = Assemble(Asked(4));
  EXPECT_EQ(ReasonOf(none.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(none.status().message()), AllOf(HasSubstr("slot deep needs 1 questions and 0 fit (1 short)"), Not(HasSubstr("cap"))));
}

TEST_F(ExposureTest, WhatAnotherReplicaDidIsMindedBeforeItIsHeardOf) {
  ASSERT_TRUE(Imported(KitPack(3, 2, 4)));
  // In memory here; this replica follows no feed, so it never hears of what is done behind its back.
  ASSERT_TRUE(Assemble(Asked()).ok());
  const auto spare = [&](const v1::Kit& kit) { return IdsOf(kit)[2] == "d00" ? std::string("d01") : std::string("d00"); };
  const v1::Kit first = *Assemble(Asked(4));
  Sql("INSERT INTO question_leak (tenant, id, reason, flagged_by, flag_time) VALUES ('acme', '" + IdsOf(first)[2] + "', 'x', 'x', now())");
  const auto second = Assemble(Asked(4));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(IdsOf(*second)[2], spare(first));
  // With both gone there is nothing, and it is said as it is.
  Sql("UPDATE question SET state = 'RETIRED' WHERE id = '" + spare(first) + "'");
  EXPECT_EQ(ReasonOf(Assemble(Asked(4)).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
}

TEST_F(ExposureTest, TwoReplicasKeepToTheCapTogether) {
  ASSERT_TRUE(Imported(KitPack(8, 6, 8)));
  constexpr int kCap = 3;
  ASSERT_TRUE(Cap(kCap).ok());
  BankReplica one(database_, *sealer_, "one");
  BankReplica two(database_, *sealer_, "two");
  // In turns: each sees in its transaction what the other has committed, whatever its memory says.
  int made = 0;
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const BankReplica& replica = seed % 2 == 0 ? one : two;
    const auto kit = replica.Call<v1::Kit>("KitService/AssembleKit", Asked(seed));
    if (kit.ok()) {
      ++made;
    } else {
      ++refused;
      EXPECT_TRUE(ReasonOf(kit.status()) == runtime::v1::ERROR_REASON_KIT_INFEASIBLE || ReasonOf(kit.status()) == runtime::v1::ERROR_REASON_CONFLICT) << kit.status();
    }
  }
  for (const v1::Exposure& exposure : Exposures()) EXPECT_LE(exposure.uses(), kCap) << exposure.question();
  // Eight questions three times are enough for twelve kits of two.
  EXPECT_GE(made, 10);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace assay::bank
