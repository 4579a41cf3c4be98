#include "services/bank/domain/kit_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/generated_bank.h"

namespace assay::bank {
namespace {

constexpr char kRole[] = "mlops";
constexpr KitScan::OfMeanings kOfMeaning{{{-150, false, false}, {50, false, true}, {150, false, true}, {270, true, true}}};

// Every row that the scan leaves, in the order it leaves them.
std::vector<std::uint32_t> Left(const KitScan& scan, std::size_t size) {
  std::vector<std::uint32_t> rows;
  std::uint32_t left[KitScan::kAtOnce];
  for (std::size_t from = 0; from < size; from += KitScan::kAtOnce) {
    const std::size_t count = scan.Next(from, std::min(size, from + KitScan::kAtOnce), left);
    rows.insert(rows.end(), left, left + count);
  }
  return rows;
}

class KitScanTest : public ::testing::Test {
 protected:
  const KitCatalogue catalogue_ = testing::GeneratedKitCatalogue({.questions = 6000});
  const KitCatalogue::Bucket& bucket_ = catalogue_.BucketOf(v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_THEORY);
  const KitBucket& questions_ = *bucket_.questions;
  std::vector<int> competencies_ = std::vector<int>(questions_.competencies().size(), 0);
  KitNotes notes_;
};

TEST_F(KitScanTest, LeavesWhatReachesItsBarAndWhateverIsSaidOfAQuestion) {
  constexpr int kMostUses = 40;
  constexpr std::uint64_t kDraw = 77;
  ASSERT_GT(bucket_.size(), 3 * KitScan::kAtOnce);
  std::set<std::string> noted;
  for (const std::size_t row : {std::size_t{0}, std::size_t{5}, bucket_.size() - 1}) noted.emplace(questions_.IdOf(row));
  for (const std::string& id : noted) notes_.Add(id, KitNotes::kFocus);
  notes_.Build();
  competencies_[0] = -1;
  KitScan scan(bucket_, notes_, kRole, kOfMeaning, competencies_, kMostUses, kDraw);
  std::vector<Shortlist::Bar> bars(scan.places());
  for (std::size_t place = 0; place < bars.size(); ++place) {
    if (place / (KitBucket::kStories * 2) == 0) continue;
    bars[place] = {static_cast<int>(200 + 10 * place), 4 * 65536 - 390};
    scan.Raise(place, bars[place]);
  }
  const std::vector<std::uint32_t> rows = Left(scan, bucket_.size());
  const std::set<std::uint32_t> left(rows.begin(), rows.end());
  EXPECT_EQ(left.size(), rows.size());
  int winners = 0, long_ones = 0;
  for (std::uint32_t i = 0; i < bucket_.size(); ++i) {
    const QuestionFacts facts = testing::GeneratedFacts({.questions = 6000}, std::stoi(std::string(questions_.IdOf(i)).substr(1)));
    std::size_t meaning = facts.roles.empty() ? 1 : 0;
    for (const auto& role : facts.roles) {
      if (role.role == kRole) meaning = role.critical ? 3 : 2;
    }
    const auto competency = static_cast<std::size_t>(
        std::find(questions_.competencies().begin(), questions_.competencies().end(), facts.competency) - questions_.competencies().begin());
    const Shortlist::Bar& bar = bars[competency * KitBucket::kStories * 2 + (meaning == 3 ? 1 : 0)];
    const int own = kOfMeaning[meaning].base - 4 * std::min(facts.exposure, 50) + DrawnShare(kDraw, HashOf(facts.id));
    const bool worthy = own >= bar.own, shorter = facts.minutes * 65536 - own <= bar.short_key;
    const bool wins = competency != 0 && meaning != 0 && (worthy || shorter);
    if (wins || facts.exposure >= kMostUses || noted.contains(facts.id)) {
      EXPECT_TRUE(left.contains(i)) << facts.id;
    } else if (!notes_.May(HashOf(facts.id))) {
      EXPECT_FALSE(left.contains(i)) << facts.id;
    }
    winners += wins;
    long_ones += wins && !shorter;
  }
  // Otherwise nothing would have been shown.
  EXPECT_GT(winners, 20);
  EXPECT_GT(long_ones, 10);
  EXPECT_LT(rows.size(), bucket_.size() / 2);
}

TEST_F(KitScanTest, AsksARoleNobodyNamesForQuestionsOfAnyRoleOnly) {
  notes_.Build();
  KitScan scan(bucket_, notes_, "unheard-of", kOfMeaning, competencies_, 0, 1);
  const std::vector<std::uint32_t> rows = Left(scan, bucket_.size());
  EXPECT_GT(rows.size(), 10u);
  for (const std::uint32_t row : rows) EXPECT_EQ(scan.MeaningOf(row), KitBucket::kAnyRole);
}

TEST(KitBucketMeanings, ARoleThatIsNamedTwiceIsWhatItsStrongerNameSays) {
  QuestionFacts facts;
  facts.id = "a";
  facts.roles = {{"mlops", true}, {"mlops", false}, {"platform", false}};
  const KitBucket bucket = KitBucket::Merge(nullptr, {&facts}, {});
  EXPECT_THAT(bucket.MeaningsFor("mlops"), ::testing::ElementsAre(KitBucket::kNamedCritical));
  EXPECT_THAT(bucket.MeaningsFor("platform"), ::testing::ElementsAre(KitBucket::kNamed));
  EXPECT_THAT(bucket.MeaningsFor("core-ml"), ::testing::ElementsAre(KitBucket::kOthersOnly));
}

}  // namespace
}  // namespace assay::bank
