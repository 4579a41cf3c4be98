#include <gmock/gmock.h>

#include "tests/integration/bank/bank_replica.h"
#include "tests/integration/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// What the bank's own feed says of what is done with questions and kits.
class BankFeedTest : public KitTest {
 protected:
  // Type and resource of everything behind the last call of this.
  std::vector<std::pair<std::string, std::string>> News() {
    std::vector<std::pair<std::string, std::string>> news;
    runtime::v1::ListEventsRequest request;
    for (bool at_end = false; !at_end;) {
      request.set_after(cursor_);
      const auto page = replica_.Call<runtime::v1::ListEventsResponse>("EventService/ListEvents", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return news;
      for (const runtime::v1::Event& event : page->events()) {
        news.emplace_back(runtime::v1::EventType_Name(event.type()).substr(sizeof("EVENT_TYPE_") - 1), event.resource());
        versions_[event.resource()].push_back(event.resource_version());
      }
      cursor_ = page->cursor();
      at_end = page->at_end();
    }
    return news;
  }

  BankReplica replica_{database_, *sealer_, "bank-feed-test"};
  std::string cursor_;
  std::map<std::string, std::vector<int64_t>> versions_;
};

TEST_F(BankFeedTest, TellsOfEveryChangeOfAQuestionInOrderAndOfEveryKit) {
  ASSERT_TRUE(Imported(KitPack()));
  EXPECT_EQ(News().back().first, "IMPORT_COMPLETED");
  Edit("t00", "Which other words ask the same of a forecast?");
  Retire("t01");
  const auto kit = Assemble(Asked());
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_THAT(News(), ElementsAre(Pair("QUESTION_UPDATED", "questions/t00"), Pair("QUESTION_PUBLISHED", "questions/t00"),
                                  Pair("QUESTION_RETIRED", "questions/t01"), Pair("KIT_ASSEMBLED", kit->name())));
  EXPECT_THAT(News(), IsEmpty());
  for (const auto& [resource, versions] : versions_) {
    EXPECT_TRUE(std::is_sorted(versions.begin(), versions.end(), std::less_equal<>())) << resource;
  }
}

TEST_F(BankFeedTest, ASnapshotHoldsEverythingThatTheFeedHasToldOf) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest asked = Asked();
  asked.set_requisition("requisitions/r1");
  const auto kit = Assemble(asked);
  ASSERT_TRUE(kit.ok()) << kit.status();
  Retire("t01");
  v1::CreateKitPlanRequest plan;
  plan.set_kit_plan_id("fixed");
  plan.mutable_kit_plan()->set_mode(v1::KIT_PLAN_MODE_FIXED);
  plan.mutable_kit_plan()->add_kits(kit->name());
  ASSERT_TRUE(Call<v1::KitPlan>("KitService/CreateKitPlan", plan).ok());
  v1::DrawPlannedKitRequest draw;
  draw.set_name("kitPlans/fixed");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Call<v1::Kit>("KitService/DrawPlannedKit", draw).ok());
  ASSERT_TRUE(Assemble(Asked(2)).ok());
  News();
  const auto snapshot = replica_.Stream<runtime::v1::StreamSnapshotResponse>("EventService/StreamSnapshot", runtime::v1::StreamSnapshotRequest());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  std::map<std::string, runtime::v1::SnapshotResource> resources;
  for (const auto& message : *snapshot) {
    for (const auto& resource : message.resources()) resources[resource.resource()] = resource;
  }
  for (const auto& [name, versions] : versions_) {
    // That an import has ended is told under the name of its pack.
    if (name.rfind("packs/", 0) == 0) continue;
    const std::string bare = name.substr(0, name.find('@'));
    const auto found = std::find_if(resources.begin(), resources.end(),
                                    [&](const auto& entry) { return entry.first.substr(0, entry.first.find('@')) == bare; });
    ASSERT_NE(found, resources.end()) << name;
    EXPECT_EQ(found->second.resource_version(), versions.back()) << name;
  }
  EXPECT_EQ(resources.at(kit->name()).state(), "GIVEN_OUT");
  EXPECT_EQ(resources.at(kit->name()).related().at("requisition"), "requisitions/r1");
  EXPECT_EQ(resources.at("questions/t01").state(), "RETIRED");
}

TEST_F(BankFeedTest, SaysNothingOfWhatWasOnlyCheckedOrRefused) {
  ASSERT_TRUE(Imported(KitPack()));
  News();
  v1::AssembleKitRequest check = Asked();
  check.set_validate_only(true);
  EXPECT_TRUE(Assemble(check).ok());
  v1::AssembleKitRequest unknown = Asked();
  unknown.set_role("nobody");
  EXPECT_FALSE(Assemble(unknown).ok());
  EXPECT_TRUE(Import(KitPack(), true).ok());
  EXPECT_THAT(News(), IsEmpty());
}

}  // namespace
}  // namespace assay::bank
