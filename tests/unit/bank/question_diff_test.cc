#include "services/bank/domain/question_diff.h"

#include <gmock/gmock.h>

namespace assay::bank {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::QuestionContent Content() {
  v1::QuestionContent content;
  content.set_id("q001");
  content.set_level(v1::LEVEL_FRESHER);
  content.set_kind(v1::QUESTION_KIND_THEORY);
  content.set_prompt("What is a loss?");
  content.set_estimated_minutes(5);
  for (const char* id : {"loss", "gradient", "step"}) {
    v1::KeyConcept& concept_ = *content.add_key_concepts();
    concept_.set_id(id);
    concept_.set_text(std::string("About ") + id);
    concept_.add_terms(id);
  }
  for (const int score : {5, 3, 1}) {
    v1::Exemplar& exemplar = *content.add_exemplars();
    exemplar.set_score(score);
    exemplar.set_text("Answer worth " + std::to_string(score));
  }
  for (const char* text : {"Why?", "And then?", "When not?"}) content.add_probes()->set_text(text);
  for (const char* tag : {"a", "b", "c"}) content.add_tags(tag);
  v1::QuestionTranslation& german = *content.add_translations();
  german.set_language_code("de");
  german.set_prompt("Was ist ein Verlust?");
  return content;
}

// "path: before -> after" of each difference.
std::vector<std::string> Diff(const v1::QuestionContent& before, const v1::QuestionContent& after) {
  std::vector<std::string> lines;
  for (const v1::FieldDiff& diff : DiffContents(before, after)) lines.push_back(diff.path() + ": " + diff.before() + " -> " + diff.after());
  return lines;
}

TEST(QuestionDiffTest, NothingDiffersFromItself) { EXPECT_THAT(Diff(Content(), Content()), IsEmpty()); }

TEST(QuestionDiffTest, FieldsOfEveryKindAreNamedWithBothTexts) {
  v1::QuestionContent after = Content();
  after.set_prompt("What is a loss function?");
  after.set_level(v1::LEVEL_SENIOR);
  after.clear_estimated_minutes();
  after.mutable_basis()->set_validated(true);
  after.mutable_basis()->set_method("guide");
  after.mutable_source()->set_ref("Q37");
  EXPECT_THAT(Diff(Content(), after),
              ElementsAre("source.ref:  -> Q37", "level: FRESHER -> SENIOR", "prompt: What is a loss? -> What is a loss function?",
                          "estimated_minutes: 5 -> ", "basis.method:  -> guide", "basis.validated:  -> true"));
}

TEST(QuestionDiffTest, ElementsAreMatchedByTheirKeyWhereverTheyStand) {
  v1::QuestionContent after = Content();
  after.mutable_key_concepts()->DeleteSubrange(0, 1);
  after.mutable_key_concepts(0)->set_text("The slope");
  after.mutable_key_concepts(1)->set_essential(true);
  after.mutable_exemplars(1)->set_text("Another 3");
  after.mutable_translations(0)->set_cue("Steigung");
  EXPECT_THAT(Diff(Content(), after),
              ElementsAre("key_concepts[loss].id: loss -> ", "key_concepts[loss].text: About loss -> ", "key_concepts[loss].terms[0]: loss -> ",
                          "key_concepts[gradient].text: About gradient -> The slope", "key_concepts[step].essential:  -> true",
                          "exemplars[3].text: Answer worth 3 -> Another 3", "translations[de].cue:  -> Steigung"));
}

TEST(QuestionDiffTest, AddedElementsAndTheSameKeyTwiceAreToldApart) {
  v1::QuestionContent after = Content();
  v1::Exemplar& second = *after.add_exemplars();
  second.set_score(3);
  second.set_text("Also a 3");
  v1::QuestionTranslation& french = *after.add_translations();
  french.set_language_code("fr");
  french.set_prompt("Qu'est-ce ?");
  EXPECT_THAT(Diff(Content(), after),
              ElementsAre("exemplars[3#2].score:  -> 3", "exemplars[3#2].text:  -> Also a 3", "translations[fr].language_code:  -> fr",
                          "translations[fr].prompt:  -> Qu'est-ce ?"));
}

TEST(QuestionDiffTest, AChangedOrderIsOneDifference) {
  v1::QuestionContent after = Content();
  after.mutable_key_concepts()->SwapElements(0, 2);
  EXPECT_THAT(Diff(Content(), after), ElementsAre("key_concepts: loss, gradient, step -> step, gradient, loss"));
}

TEST(QuestionDiffTest, OfAListWithoutKeysOnlyWhatDiffersIsShown) {
  v1::QuestionContent after = Content();
  after.clear_probes();
  for (const char* text : {"First of all?", "Why?", "And then?", "When not?"}) after.add_probes()->set_text(text);
  after.set_tags(1, "B");
  after.add_red_flags("Guesses");
  EXPECT_THAT(Diff(Content(), after), ElementsAre("tags[1]: b -> B", "probes[0].text:  -> First of all?", "red_flags[0]:  -> Guesses"));
}

TEST(QuestionDiffTest, EachDirectionIsTheOthersMirror) {
  v1::QuestionContent after = Content();
  after.set_cue("Listen");
  after.mutable_key_concepts()->DeleteSubrange(1, 1);
  const auto forth = DiffContents(Content(), after);
  const auto back = DiffContents(after, Content());
  ASSERT_EQ(forth.size(), back.size());
  for (const v1::FieldDiff& diff : forth) {
    v1::FieldDiff mirrored;
    mirrored.set_path(diff.path());
    mirrored.set_before(diff.after());
    mirrored.set_after(diff.before());
    EXPECT_THAT(back, Contains(::testing::Truly([&](const v1::FieldDiff& other) { return other.SerializeAsString() == mirrored.SerializeAsString(); })));
  }
}

TEST(QuestionDiffTest, LongTextsAreCutBetweenLetters) {
  v1::QuestionContent after = Content();
  after.set_cue(std::string(kMaxDiffText - 1, 'x') + "é and more");
  const auto diffs = DiffContents(Content(), after);
  ASSERT_THAT(diffs, SizeIs(1));
  EXPECT_EQ(diffs[0].after(), std::string(kMaxDiffText - 1, 'x') + "…");
}

TEST(QuestionDiffTest, WhatIsTooMuchIsCounted) {
  v1::QuestionContent after = Content();
  for (int i = 0; i < 2500; ++i) after.add_stronger("s" + std::to_string(i));
  const auto diffs = DiffContents(Content(), after);
  ASSERT_THAT(diffs, SizeIs(kMaxDiffs));
  EXPECT_EQ(diffs.back().path(), "…");
  EXPECT_EQ(diffs.back().after(), "1501 more differences are left out");

  v1::QuestionContent large = Content();
  for (int i = 0; i < 900; ++i) large.add_stronger(std::string(9000, 'x'));
  size_t bytes = 0;
  for (const v1::FieldDiff& diff : DiffContents(Content(), large)) bytes += diff.ByteSizeLong();
  EXPECT_LT(bytes, kMaxDiffBytes + 100'000);
}

}  // namespace
}  // namespace assay::bank
