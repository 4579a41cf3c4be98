#include "services/bank/domain/question_lifecycle.h"

#include <gmock/gmock.h>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/content_hash.h"
#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : runtime::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

v1::QuestionContent WithTranslations(const std::string& own, const std::vector<std::string>& languages) {
  v1::QuestionContent content;
  content.set_language_code(own);
  for (const std::string& language : languages) content.add_translations()->set_language_code(language);
  return content;
}

TEST(QuestionLifecycleTest, EachTranslationIsInALanguageOfItsOwn) {
  EXPECT_TRUE(CheckContent(WithTranslations("", {}), "content").ok());
  EXPECT_TRUE(CheckContent(WithTranslations("", {"de", "pt-BR", "pt"}), "content").ok());
  EXPECT_TRUE(CheckContent(WithTranslations("de", {"en"}), "content").ok());
  EXPECT_THAT(Fields(CheckContent(WithTranslations("", {"de", "fr", "de"}), "content")), ElementsAre("content.translations[2].language_code"));
  EXPECT_THAT(Fields(CheckContent(WithTranslations("", {"pt-BR", "pt-br"}), "content")), ElementsAre("content.translations[1].language_code"));
  // A question without a language is English.
  EXPECT_THAT(Fields(CheckContent(WithTranslations("", {"en"}), "content")), ElementsAre("content.translations[0].language_code"));
  EXPECT_THAT(Fields(CheckContent(WithTranslations("DE", {"fr", "de", "de"}), "content")),
              ElementsAre("content.translations[1].language_code", "content.translations[2].language_code"));
}

TEST(QuestionLifecycleTest, AnEtagTellsTheVersionAndWhetherTheLatestRevisionWasRead) {
  const std::string latest = EtagOf(7, 3, 3), older = EtagOf(7, 1, 3);
  EXPECT_EQ(latest, "\"7\"");
  EXPECT_EQ(older, "\"7-r1\"");
  for (const std::string& given : {std::string(), latest, older}) EXPECT_TRUE(CheckVersion("questions/q1", given, latest).ok()) << given;
  for (const std::string& given : {"\"6\"", "\"6-r1\"", "\"70\"", "\"", "\"\"", "-r1", "x"}) {
    EXPECT_EQ(ReasonOf(CheckVersion("questions/q1", given, latest)), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << given;
  }
  EXPECT_TRUE(CheckSawLatest("questions/q1", latest, latest, 3).ok());
  EXPECT_TRUE(CheckSawLatest("questions/q1", "", latest, 3).ok());
  EXPECT_EQ(ReasonOf(CheckSawLatest("questions/q1", older, latest, 3)), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST(QuestionLifecycleTest, APublicationIsPlannedAfterNowAndWithinAYear) {
  const runtime::Instant now = runtime::FromMicros(1'800'000'000'000'000);
  const auto at = [&](std::chrono::microseconds ahead) { return CheckPublishTime(runtime::ToTimestamp(now + ahead), now); };
  EXPECT_EQ(at(std::chrono::microseconds(1)).value(), now + std::chrono::microseconds(1));
  EXPECT_TRUE(at(std::chrono::days(365)).ok());
  for (const std::chrono::microseconds bad : {std::chrono::microseconds(0), std::chrono::microseconds(-1), std::chrono::microseconds(std::chrono::days(367))}) {
    EXPECT_THAT(Fields(at(bad).status()), ElementsAre("publish_time")) << bad.count();
  }
}

TEST(QuestionLifecycleTest, OnlyADraftThatWasNeverPublishedMayBeDeleted) {
  EXPECT_TRUE(CheckDelete("questions/q1", v1::QUESTION_STATE_DRAFT, 0).ok());
  EXPECT_EQ(ReasonOf(CheckDelete("questions/q1", v1::QUESTION_STATE_PUBLISHED, 1)), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(ReasonOf(CheckDelete("questions/q1", v1::QUESTION_STATE_RETIRED, 0)), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_TRUE(CheckUnreferenced("questions/q1", {}).ok());
  const absl::Status referred = CheckUnreferenced("questions/q1", {"questions/q2", "formats/round-60@1"});
  EXPECT_EQ(referred.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(referred.message()), HasSubstr("questions/q2, formats/round-60@1 refer to it"));
}

TEST(QuestionLifecycleTest, AnImportedQuestionIsOverriddenWhileItsContentDiffers) {
  v1::Question question;
  question.mutable_content()->set_prompt("As imported?");
  MarkOverridden(question);
  EXPECT_FALSE(question.has_upstream());
  question.mutable_upstream()->set_content_hash(ContentHash(question.content()));
  MarkOverridden(question);
  EXPECT_FALSE(question.upstream().overridden());
  question.mutable_content()->set_prompt("As we ask it?");
  MarkOverridden(question);
  EXPECT_TRUE(question.upstream().overridden());
  question.mutable_content()->set_prompt("As imported?");
  MarkOverridden(question);
  EXPECT_FALSE(question.upstream().overridden());
}

TEST(QuestionLifecycleTest, ReferencesAreFoundByIdNameAndRevisionInFieldsAboutQuestions) {
  v1::Pack pack;
  EXPECT_FALSE(RefersTo(pack, "q1"));
  v1::RoleGuide& role = *pack.add_roles();
  role.set_id("q1");  // a role may be called as a question is
  EXPECT_FALSE(RefersTo(pack, "q1"));
  for (const char* spelled : {"q1", "questions/q1", "questions/q1@3", "q1@3"}) {
    role.clear_focus_questions();
    role.add_focus_questions(spelled);
    EXPECT_TRUE(RefersTo(pack, "q1")) << spelled;
    EXPECT_FALSE(RefersTo(pack, "q")) << spelled;
    EXPECT_FALSE(RefersTo(pack, "q11")) << spelled;
  }
}

TEST(QuestionLifecycleTest, TheWordingCoversTranslationsAndIsUnchangedWithoutThem) {
  v1::QuestionContent content;
  content.set_prompt("What is a loss?");
  content.set_cue("Listen");
  // As computed before there were translations.
  EXPECT_EQ(DigestsOf(content).wording, "01d430142784ee2fc5d86da3b354ab439bf56888f6df6d21fefd1dc4f29f15a1");
  const std::string before = DigestsOf(content).wording;
  content.add_translations()->set_language_code("de");
  content.mutable_translations(0)->set_prompt("Was ist ein Verlust?");
  const std::string german = DigestsOf(content).wording;
  EXPECT_NE(german, before);
  content.mutable_translations(0)->set_prompt("Was ist eine Verlustfunktion?");
  EXPECT_NE(DigestsOf(content).wording, german);
}

}  // namespace
}  // namespace assay::bank
