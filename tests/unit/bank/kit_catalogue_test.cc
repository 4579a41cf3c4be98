#include "services/bank/domain/kit_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "services/bank/domain/kit.h"
#include "tests/support/generated_bank.h"

namespace assay::bank {
namespace {

using assay::testing::GeneratedBank;
using assay::testing::GeneratedCatalogue;
using assay::testing::GeneratedFacts;

KitCatalogue::Entries EntriesOfGenerated() {
  const v1::Pack pack = GeneratedCatalogue();
  KitCatalogue::Entries entries;
  entries.formats.assign(pack.formats().begin(), pack.formats().end());
  entries.roles.assign(pack.roles().begin(), pack.roles().end());
  for (const auto& competency : pack.competencies()) entries.weights[competency.id()] = competency.weight_basis_points();
  entries.default_format = pack.default_format();
  return entries;
}

KitCatalogue Made(const std::map<std::string, QuestionFacts>& questions) {
  std::vector<QuestionFacts> put;
  for (const auto& [id, facts] : questions) put.push_back(facts);
  return KitCatalogue().With(std::move(put), {}).WithEntries(EntriesOfGenerated());
}

// Kits of several requests, which see every question that matters.
std::vector<Kit> Draws(const KitCatalogue& catalogue) {
  std::vector<Kit> kits;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    KitRequest request;
    request.role = catalogue.roles()[seed].id();
    request.level = static_cast<v1::Level>(1 + seed % 3);
    request.seed = seed;
    const auto kit = AssembleKit(request, catalogue);
    if (kit.ok()) kits.push_back(*kit);
  }
  return kits;
}

int UsesOf(const KitCatalogue& catalogue, const std::string& id) {
  const KitCatalogue::Place place = catalogue.Find(id);
  return place.found() ? (*place.bucket->uses)[place.row] : -1;
}

TEST(KitCatalogue, AfterAnyChangesIsWhatItWouldBeMadeAnew) {
  std::mt19937_64 random(7);
  const GeneratedBank before{.questions = 800, .seed = 1};
  // The same ids with another level, kind, competency and roles.
  const GeneratedBank after{.questions = 900, .seed = 2};
  std::map<std::string, QuestionFacts> model;
  for (int i = 0; i < before.questions; ++i) model.emplace(GeneratedFacts(before, i).id, GeneratedFacts(before, i));
  KitCatalogue catalogue = Made(model);
  for (int step = 0; step < 40; ++step) {
    std::vector<QuestionFacts> put;
    std::vector<std::string> gone;
    for (std::uint64_t n = random() % 12; n > 0; --n) {
      QuestionFacts facts = GeneratedFacts(after, static_cast<int>(random() % 900));
      facts.revision = step + 2;
      put.push_back(facts);
    }
    for (std::uint64_t n = random() % 6; n > 0; --n) gone.push_back(GeneratedFacts(after, static_cast<int>(random() % 900)).id);
    // One that goes and is put again is there.
    for (const std::string& id : gone) model.erase(id);
    for (const QuestionFacts& facts : put) model[facts.id] = facts;
    catalogue = catalogue.With(put, gone);
    ASSERT_EQ(catalogue.size(), model.size()) << step;
  }
  for (const auto& [id, facts] : model) {
    const KitCatalogue::Place place = catalogue.Find(id);
    ASSERT_TRUE(place.found()) << id;
    EXPECT_EQ(place.bucket->level, facts.level);
    EXPECT_EQ(place.bucket->kind, facts.kind);
    EXPECT_EQ(place.bucket->questions->RevisionOf(place.row), facts.revision);
    EXPECT_EQ(place.bucket->questions->VariantsOf(place.row), facts.variants);
    EXPECT_EQ((*place.bucket->uses)[place.row], facts.exposure);
  }
  EXPECT_EQ(Draws(catalogue), Draws(Made(model)));
  EXPECT_GE(Draws(catalogue).size(), 5u);
}

TEST(KitCatalogue, WhatSomebodyHoldsDoesNotChange) {
  const KitCatalogue held = assay::testing::GeneratedKitCatalogue({.questions = 500});
  const std::vector<Kit> before = Draws(held);
  const std::string id = GeneratedFacts({.questions = 500}, 3).id;
  const int uses = UsesOf(held, id);
  const KitCatalogue changed = held.With({}, {id}).WithCap({.max_uses = 1, .days = 7}).WithUses({});
  const KitCatalogue used = held.WithUsed({id});
  EXPECT_FALSE(changed.Find(id).found());
  EXPECT_EQ(UsesOf(used, id), uses + 1);
  EXPECT_EQ(UsesOf(held, id), uses);
  EXPECT_EQ(held.cap().max_uses, 0);
  EXPECT_EQ(Draws(held), before);
}

TEST(KitCatalogue, CountsOfUsesAreReplacedAddedAndKeptWhenAQuestionChanges) {
  KitCatalogue catalogue = assay::testing::GeneratedKitCatalogue({.questions = 300}).WithUses({{"x000007", 5}, {"x000008", 0}, {"nobody", 9}});
  EXPECT_EQ(UsesOf(catalogue, "x000007"), 5);
  EXPECT_EQ(UsesOf(catalogue, "x000008"), 0);
  catalogue = catalogue.WithUses({{"x000008", 2}, {"nobody", 1}}).WithUsed({"x000007", "x000008", "nobody"});
  EXPECT_EQ(UsesOf(catalogue, "x000007"), 6);
  EXPECT_EQ(UsesOf(catalogue, "x000008"), 3);
  // Another question of the same bucket is edited: the counts of its neighbours stay.
  for (int i = 9; i < 60; ++i) catalogue = catalogue.With({GeneratedFacts({.questions = 300}, i)}, {});
  EXPECT_EQ(UsesOf(catalogue, "x000007"), 6);
  EXPECT_EQ(UsesOf(catalogue, "x000008"), 3);
}

TEST(KitCatalogue, HoldsAQuestionInLessThanAHundredBytes) {
  const KitCatalogue catalogue = assay::testing::GeneratedKitCatalogue({.questions = 20'000});
  EXPECT_LT(catalogue.Bytes() / catalogue.size(), 100u);
}

TEST(KitCatalogue, TakesQuestionsOfALevelOrKindThatItDoesNotKnowWithoutHarm) {
  QuestionFacts odd = GeneratedFacts({}, 1);
  odd.level = static_cast<v1::Level>(77);
  QuestionFacts none = GeneratedFacts({}, 2);
  none.kind = v1::QUESTION_KIND_UNSPECIFIED;
  const KitCatalogue catalogue = assay::testing::GeneratedKitCatalogue({.questions = 100}).With({odd, none}, {});
  EXPECT_FALSE(catalogue.Find(odd.id).found());
  EXPECT_EQ(catalogue.BucketOf(static_cast<v1::Level>(-3), static_cast<v1::QuestionKind>(1000)).size(), 0u);
}

}  // namespace
}  // namespace assay::bank
