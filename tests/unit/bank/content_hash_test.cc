#include "services/bank/domain/content_hash.h"

#include <gtest/gtest.h>

#include <string>

#include "assay/bank/v1/question.pb.h"

namespace assay::bank {
namespace {

v1::QuestionContent AQuestion() {
  v1::QuestionContent content;
  content.set_id("q004");
  content.set_prompt("How would you tell over- from underfitting?");
  content.set_cue("Learning curves");
  content.set_level(v1::LEVEL_FRESHER);
  content.set_kind(v1::QUESTION_KIND_THEORY);
  content.set_competency("ml-fundamentals");
  content.add_roles()->set_role("core-ml");
  content.add_roles()->set_role("mlops");
  content.add_key_concepts()->set_id("bias");
  content.add_probes()->set_text("And with little data?");
  content.add_exemplars()->set_text("I look at both errors.");
  return content;
}

TEST(ContentHashes, AreStableAcrossReleases) {
  EXPECT_EQ(DigestsOf(AQuestion()).wording, "eeecd812765daee21392b56723a1c5b558250f0682093a79a2a0da793d7b7d2d");
  EXPECT_EQ(DigestsOf(AQuestion()).structure, "cfa2414046cb517b43cdb52e76fcb65b220fc0dcab2e48dcbefe0807e62b1bfc");
  EXPECT_EQ(ContentHash(AQuestion()), "b7b1cce10a7c576ea67c40acb818690911565c89ea08485188d7fb973a276cec");
}

TEST(ContentHashes, TellWordingFromStructure) {
  const v1::QuestionContent before = AQuestion();
  v1::QuestionContent reworded = before;
  reworded.mutable_probes(0)->set_text("And with a little data?");
  EXPECT_NE(DigestsOf(before).wording, DigestsOf(reworded).wording);
  EXPECT_EQ(DigestsOf(before).structure, DigestsOf(reworded).structure);
  EXPECT_NE(ContentHash(before), ContentHash(reworded));

  v1::QuestionContent harder = before;
  harder.set_level(v1::LEVEL_EXPERIENCED);
  EXPECT_EQ(DigestsOf(before).wording, DigestsOf(harder).wording);
  EXPECT_NE(DigestsOf(before).structure, DigestsOf(harder).structure);

  v1::QuestionContent tagged = before;
  tagged.add_tags("x");
  EXPECT_EQ(DigestsOf(before).wording, DigestsOf(tagged).wording);
  EXPECT_EQ(DigestsOf(before).structure, DigestsOf(tagged).structure);
  EXPECT_NE(ContentHash(before), ContentHash(tagged));
}

TEST(ContentHashes, DoNotDependOnTheOrderOfRoles) {
  v1::QuestionContent swapped = AQuestion();
  swapped.mutable_roles()->SwapElements(0, 1);
  EXPECT_EQ(DigestsOf(AQuestion()).structure, DigestsOf(swapped).structure);
}

TEST(ContentHashes, DoNotConfuseWhereATextEnds) {
  v1::QuestionContent one;
  one.set_prompt("ab");
  one.set_cue("c");
  v1::QuestionContent other;
  other.set_prompt("a");
  other.set_cue("bc");
  EXPECT_NE(DigestsOf(one).wording, DigestsOf(other).wording);
  v1::QuestionContent split;
  split.add_tags("a");
  split.add_tags("b");
  v1::QuestionContent joined;
  joined.add_tags("ab");
  EXPECT_NE(ContentHash(split), ContentHash(joined));
}

TEST(ContentHashes, DoNotDependOnTheOrderOfMaps) {
  v1::Question one;
  v1::Question other;
  for (int i = 0; i < 50; ++i) {
    (*one.mutable_annotations())[std::to_string(i)] = "x";
    (*other.mutable_annotations())[std::to_string(49 - i)] = "x";
  }
  EXPECT_EQ(ContentHash(one), ContentHash(other));
}

}  // namespace
}  // namespace assay::bank
