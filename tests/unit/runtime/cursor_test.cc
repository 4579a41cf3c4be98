#include "services/runtime/feed/cursor.h"

#include <gtest/gtest.h>

#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

constexpr char kEpoch[] = "0b0e7a52-5f0c-4d3a-9a50-000000000001";
constexpr char kNextEpoch[] = "0b0e7a52-5f0c-4d3a-9a50-000000000002";

class CursorTest : public testing::Test {
 protected:
  std::unique_ptr<Sealer> sealer_ = *Sealer::Create(std::string(32, 's'));
  CursorCodec scoring_{*sealer_, "scoring", kEpoch};
};

TEST_F(CursorTest, ComesBackAsThePositionItWas) {
  for (const FeedPosition position : {FeedPosition{0, 0}, FeedPosition{736, 5}, FeedPosition{UINT64_MAX, 1}}) {
    const auto opened = scoring_.Open(scoring_.Seal(position));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(*opened, position);
  }
}

TEST_F(CursorTest, EmptyIsTheBeginning) { EXPECT_EQ(*scoring_.Open(""), FeedPosition{}); }

TEST_F(CursorTest, HasOneLength) {
  const CursorCodec bank(*sealer_, "bank", kEpoch);
  EXPECT_EQ(bank.Seal({0, 0}).size(), scoring_.Seal({UINT64_MAX, UINT64_MAX}).size());
}

TEST_F(CursorTest, OfAnotherFeedOrForgedIsInvalid) {
  const CursorCodec bank(*sealer_, "bank", kEpoch);
  EXPECT_EQ(ReasonOf(scoring_.Open(bank.Seal({1, 1})).status()), v1::ERROR_REASON_CURSOR_INVALID);
  EXPECT_EQ(ReasonOf(scoring_.Open("1:1").status()), v1::ERROR_REASON_CURSOR_INVALID);
  std::string altered = scoring_.Seal({1, 1});
  altered[10] = altered[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ReasonOf(scoring_.Open(altered).status()), v1::ERROR_REASON_CURSOR_INVALID);
}

TEST_F(CursorTest, OfAnEarlierEpochNamesWhereToResync) {
  const CursorCodec restored(*sealer_, "scoring", kNextEpoch);
  const absl::Status status = restored.Open(scoring_.Seal({736, 5})).status();
  ASSERT_EQ(ReasonOf(status), v1::ERROR_REASON_FEED_EPOCH_CHANGED);
  const auto resync = restored.Open(MetadataOf(status, "resync_cursor"));
  ASSERT_TRUE(resync.ok()) << resync.status();
  EXPECT_EQ(*resync, FeedPosition{});
}

TEST_F(CursorTest, IsReadableToAReaderOfSeveralFeedsWithTheSecret) {
  const auto content = CursorCodec::Read(*sealer_, scoring_.Seal({736, 5}));
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content->feed, "scoring");
  EXPECT_EQ(content->epoch, kEpoch);
  EXPECT_EQ(content->position, (FeedPosition{736, 5}));
}

TEST(FeedPosition, OrdersByTransactionThenSequence) {
  EXPECT_LT((FeedPosition{1, 9}), (FeedPosition{2, 1}));
  EXPECT_LT((FeedPosition{2, 1}), (FeedPosition{2, 2}));
}

TEST(EventType, HasADottedTextThatReadsBack) {
  EXPECT_EQ(EventTypeText(v1::EVENT_TYPE_SCORECARD_DRAFT_SAVED), "scorecard.draft_saved");
  EXPECT_EQ(EventTypeText(v1::EVENT_TYPE_UNSPECIFIED), "");
  for (int number = 1; number <= v1::EventType_MAX; ++number) {
    if (!v1::EventType_IsValid(number)) continue;
    const auto type = static_cast<v1::EventType>(number);
    EXPECT_EQ(EventTypeFromText(EventTypeText(type)), type);
  }
  EXPECT_EQ(EventTypeFromText("nothing.known"), v1::EVENT_TYPE_UNSPECIFIED);
}

}  // namespace
}  // namespace assay::runtime
