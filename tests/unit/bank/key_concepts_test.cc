#include "services/bank/domain/key_concepts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Texts(const std::vector<v1::KeyConcept>& concepts) {
  std::vector<std::string> texts;
  for (const auto& key_concept : concepts) texts.push_back(key_concept.text());
  return texts;
}

TEST(SplitKeyConcepts, SplitsListsAndChainsIntoAtomicConcepts) {
  EXPECT_THAT(
      Texts(SplitKeyConcepts("Tension; parts of a wheel- rim, hub, spokes; when to use each.")),
      ElementsAre("Tension", "parts of a wheel: rim", "parts of a wheel: hub",
                  "parts of a wheel: spokes", "when to use each"));
  EXPECT_THAT(Texts(SplitKeyConcepts("Listen → isolate → ride again")),
              ElementsAre("Listen", "isolate", "ride again"));
  EXPECT_THAT(Texts(SplitKeyConcepts("torque, grease, thread pitch; a; b")),
              ElementsAre("torque", "grease", "thread pitch", "a", "b"));
}

TEST(SplitKeyConcepts, LeavesSentencesParenthesesFormulasAndIllustrationsWhole) {
  EXPECT_THAT(
      Texts(SplitKeyConcepts(
          "Fluid (mineral; DOT); choice of pads, rotor, hose; pads, rotor, and hose")),
      ElementsAre("Fluid (mineral; DOT)", "choice of pads, rotor, hose", "pads, rotor, and hose"));
  EXPECT_THAT(Texts(SplitKeyConcepts("Ratio $f(a; b)$; cross-two lacing")),
              ElementsAre("Ratio $f(a; b)$", "cross-two lacing"));
  const auto examples = SplitKeyConcepts("examples - brake rub, a dent, a hop");
  ASSERT_EQ(examples.size(), 1u);
  EXPECT_EQ(examples[0].id(), "examples");
  EXPECT_THAT(examples[0].terms(), ElementsAre("brake rub", "a dent", "a hop"));
}

TEST(SplitKeyConcepts, GivesIdsThatAreUniqueIdentifiers) {
  std::set<std::string> ids;
  for (const auto& key_concept :
       SplitKeyConcepts("Grease; grease!; → ; 油; 油; a very long concept text that goes on "
                        "and on beyond what an id may hold")) {
    EXPECT_TRUE(IsIdentifier(key_concept.id())) << key_concept.id();
    EXPECT_TRUE(ids.insert(key_concept.id()).second) << key_concept.id();
    EXPECT_LE(key_concept.id().size(), 63u);
  }
  EXPECT_TRUE(ids.contains("grease"));
  EXPECT_TRUE(ids.contains("grease-2"));
}

TEST(SplitKeyConcepts, StaysWithinTwentyByLeavingListsWhole) {
  const auto concepts = SplitKeyConcepts(
      "a1, a2, a3, a4, a5, a6, a7, a8, a9, b1; c1, c2, c3, c4, c5, c6, c7, c8; "
      "d1, d2, d3, d4");
  EXPECT_EQ(concepts.size(), 19u);
  EXPECT_EQ(concepts.back().text(), "d1, d2, d3, d4");
}

TEST(PlainText, RemovesEmphasisCodeAndLinksAndLeavesFormulasAndStars) {
  EXPECT_EQ(PlainText("**bold _x_** and *it* and `co*de*` [here](https://x.y)"),
            "bold _x_ and it and co*de* here");
  EXPECT_EQ(PlainText("2 * 3 * 4, a*b*c, $a*b*c$ and 5 **"), "2 * 3 * 4, a*b*c, $a*b*c$ and 5 **");
  EXPECT_EQ(PlainText("costs $5 or *$6*"), "costs $5 or $6");
}

}  // namespace
}  // namespace assay::bank
