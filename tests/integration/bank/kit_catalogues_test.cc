#include "services/bank/api/kit_catalogues.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/integration/bank/kit_support.h"

namespace assay::bank {
namespace {

class KitCataloguesTest : public KitTest {
 protected:
  static runtime::Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }
  std::shared_ptr<const KitCatalogue> Read(KitCatalogues& catalogues) {
    const auto read = catalogues.Get(*pool_, "acme", clock_.Now(), Soon());
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : nullptr;
  }
  static int UsesOf(const KitCatalogue& catalogue, const std::string& id) {
    const KitCatalogue::Place place = catalogue.Find(id);
    return place.found() ? (*place.bucket->uses)[place.row] : -1;
  }
  static int RevisionOf(const KitCatalogue& catalogue, const std::string& id) {
    const KitCatalogue::Place place = catalogue.Find(id);
    return place.found() ? place.bucket->questions->RevisionOf(place.row) : -1;
  }
};

TEST_F(KitCataloguesTest, ABankIsReadInPiecesAndTheSecondTimeFromColumns) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues pieces(KitCatalogues::Options{.chunk = 5});
  const auto first = Read(pieces);
  EXPECT_EQ(first->size(), 24u);
  EXPECT_EQ(Count("kit_fact"), 24);
  // What is in the columns is what is read from now on.
  Sql("UPDATE kit_fact SET roles = 'core-ml! other', variants = 't01 t02' WHERE id = 't00'");
  KitCatalogues another;
  const auto second = Read(another);
  const KitCatalogue::Place place = second->Find("t00");
  ASSERT_TRUE(place.found());
  const auto& roles = place.bucket->questions->role_sets()[place.bucket->questions->rows()[place.row].roles];
  ASSERT_EQ(roles.size(), 2u);
  EXPECT_EQ(roles[0].role, "core-ml");
  EXPECT_TRUE(roles[0].critical);
  EXPECT_FALSE(roles[1].critical);
  EXPECT_THAT(place.bucket->questions->VariantsOf(place.row), ::testing::ElementsAre("t01", "t02"));
}

TEST_F(KitCataloguesTest, OnlyWhatIsSaidToHaveChangedIsReadAgain) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  const auto before = Read(catalogues);
  EXPECT_EQ(Read(catalogues), before);
  Edit("t00", "Which other words ask the same of a forecast?");
  Edit("t01", "Which further words ask the same of a ranking?");
  EXPECT_EQ(Read(catalogues), before);
  catalogues.QuestionsChanged("acme", {"t00", "nobody"});
  const auto after = Read(catalogues);
  EXPECT_EQ(RevisionOf(*after, "t00"), 2);
  EXPECT_EQ(RevisionOf(*after, "t01"), 1);
  EXPECT_EQ(RevisionOf(*before, "t00"), 1);
  Retire("t02");
  catalogues.QuestionsChanged("acme", {"t02"});
  EXPECT_EQ(RevisionOf(*Read(catalogues), "t02"), -1);
  catalogues.Forget("acme");
  EXPECT_EQ(RevisionOf(*Read(catalogues), "t01"), 2);
}

TEST_F(KitCataloguesTest, HearingOfAUseTwiceCountsItOnce) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  Read(catalogues);
  const v1::Kit kit = *Assemble(Asked());
  const std::string id = IdsOf(kit)[0];
  catalogues.Used("acme", IdsOf(kit));
  EXPECT_EQ(UsesOf(*Read(catalogues), id), 1);
  for (int i = 0; i < 3; ++i) {
    catalogues.KitsUsed("acme", {kit.name().substr(5)});
    EXPECT_EQ(UsesOf(*Read(catalogues), id), 1);
    catalogues.Refresh(*pool_, clock_.Now(), Soon());
    EXPECT_EQ(UsesOf(*Read(catalogues), id), 1);
  }
}

TEST_F(KitCataloguesTest, AKitOfAnotherReplicaCountsWithTheNextRefreshAndKeepsNoDrawWaiting) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  Read(catalogues);
  const v1::Kit kit = *Assemble(Asked());
  catalogues.KitsUsed("acme", {kit.name().substr(5)});
  // With no time for the database, so that waiting for it would fail.
  EXPECT_TRUE(catalogues.Get(*pool_, "acme", clock_.Now(), std::chrono::steady_clock::now() - std::chrono::seconds(1)).ok());
  catalogues.Refresh(*pool_, clock_.Now(), Soon());
  for (const std::string& id : IdsOf(kit)) EXPECT_EQ(UsesOf(*Read(catalogues), id), 1) << id;
}

TEST_F(KitCataloguesTest, AFirstReadingOutlastsItsCaller) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  EXPECT_TRUE(catalogues.Get(*pool_, "acme", clock_.Now(), std::chrono::steady_clock::now() - std::chrono::seconds(1)).ok());
}

TEST_F(KitCataloguesTest, HearingOfAKitThatWasMadeHereCostsNoReading) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  Read(catalogues);
  const v1::Kit kit = *Assemble(Asked());
  catalogues.Making("acme", kit.name().substr(5));
  catalogues.KitsUsed("acme", {kit.name().substr(5)});
  catalogues.Refresh(*pool_, clock_.Now(), Soon());
  EXPECT_EQ(UsesOf(*Read(catalogues), IdsOf(kit)[0]), 0) << "counted by Used, which was not called";
  catalogues.KitsUsed("acme", {kit.name().substr(5)});
  catalogues.Refresh(*pool_, clock_.Now(), Soon());
  EXPECT_EQ(UsesOf(*Read(catalogues), IdsOf(kit)[0]), 1) << "given out once more";
}

TEST_F(KitCataloguesTest, UsesThatLeaveTheWindowAreNoticedInTheBackground) {
  ASSERT_TRUE(Imported(KitPack()));
  const v1::Kit kit = *Assemble(Asked());
  KitCatalogues catalogues(KitCatalogues::Options{.chunk = 2, .recount = std::chrono::minutes(0)});
  EXPECT_EQ(UsesOf(*Read(catalogues), IdsOf(kit)[0]), 1);
  Sql("UPDATE kit_question SET create_time = create_time - interval '91 days'");
  catalogues.Refresh(*pool_, clock_.Now(), Soon());
  EXPECT_EQ(UsesOf(*Read(catalogues), IdsOf(kit)[0]), 0);
}

TEST_F(KitCataloguesTest, AReadingThatFailsLosesNoChange) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues;
  Read(catalogues);
  Edit("t00", "Which other words ask the same of a forecast?");
  catalogues.QuestionsChanged("acme", {"t00"});
  const auto late = catalogues.Get(*pool_, "acme", clock_.Now(), std::chrono::steady_clock::now() - std::chrono::seconds(1));
  EXPECT_FALSE(late.ok());
  EXPECT_EQ(RevisionOf(*Read(catalogues), "t00"), 2);
}

TEST_F(KitCataloguesTest, ManyAskWhileItChangesAndEachSeesWhatWasSaidBefore) {
  ASSERT_TRUE(Imported(KitPack()));
  KitCatalogues catalogues(KitCatalogues::Options{.chunk = 3, .recount = std::chrono::minutes(0)});
  Read(catalogues);
  std::atomic<bool> done{false};
  std::atomic<int> newest{1};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const int least = newest;
        const auto read = catalogues.Get(*pool_, "acme", clock_.Now(), Soon());
        ASSERT_TRUE(read.ok()) << read.status();
        EXPECT_GE(RevisionOf(**read, "t00"), least);
      }
    });
  }
  readers.emplace_back([&] {
    while (!done) catalogues.Refresh(*pool_, clock_.Now(), Soon());
  });
  for (int revision = 2; revision < 10; ++revision) {
    Edit("t00", fmt::format("Which words ask the same of forecast number {}?", revision));
    catalogues.QuestionsChanged("acme", {"t00"});
    newest = revision;
    if (revision % 4 == 0) catalogues.Forget("acme");
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(RevisionOf(*Read(catalogues), "t00"), 9);
}

}  // namespace
}  // namespace assay::bank
