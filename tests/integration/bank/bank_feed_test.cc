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
