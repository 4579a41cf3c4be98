#include <gmock/gmock.h>

#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class KitExportTest : public BankTest {
 protected:
  // A bank of four questions with answers, and a kit of it.
  void SetUp() override {
    v1::Pack pack = SmallPack();
    for (v1::QuestionContent& question : *pack.mutable_questions()) {
      question.set_cue("Listens for $\\frac{1}{2}$ of it in " + question.id());
      question.add_red_flags("Guesses in " + question.id());
      for (const int score : {5, 3, 1}) {
        v1::Exemplar& exemplar = *question.add_exemplars();
        exemplar.set_score(score);
        exemplar.set_text("First wording of " + question.id() + " at " + std::to_string(score));
      }
    }
    ASSERT_TRUE(Import(pack).ok());
    v1::AssembleKitRequest request;
    request.set_role("core-ml");
    request.set_level(v1::LEVEL_FRESHER);
    const auto kit = Call<v1::Kit>("KitService/AssembleKit", request);
    ASSERT_TRUE(kit.ok()) << kit.status();
    kit_ = *kit;
  }
  absl::StatusOr<v1::ExportKitResponse> Export(const std::string& name, v1::KitExportFormat format = v1::KIT_EXPORT_FORMAT_UNSPECIFIED,
                                               const std::string& token = kAda) {
    v1::ExportKitRequest request;
    request.set_name(name);
    request.set_format(format);
    return Call<v1::ExportKitResponse>("KitService/ExportKit", request, token);
  }

  v1::Kit kit_;
};

TEST_F(KitExportTest, GivesTheInterviewerAPageWithTheAnchorsOfEachQuestion) {
  const auto page = Export(kit_.name());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->media_type(), "text/html; charset=utf-8");
  ASSERT_GT(kit_.slots(0).questions_size(), 0);
  for (const v1::KitQuestion& question : kit_.slots(0).questions()) {
    const std::string id = question.question().substr(10, 4);
    for (const char* score : {"5", "3", "1"}) EXPECT_THAT(page->content(), HasSubstr("First wording of " + id + " at " + score));
    EXPECT_THAT(page->content(), HasSubstr("Guesses in " + id));
  }
  EXPECT_THAT(page->content(), HasSubstr("Core ML"));
  EXPECT_THAT(page->content(), Not(HasSubstr("<script")));
}

TEST_F(KitExportTest, KeepsToThePinnedRevision) {
  const std::string pinned = kit_.slots(0).questions(0).question();
  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name(pinned.substr(0, pinned.find('@')));
  *update.mutable_question()->mutable_content() = Get(pinned)->content();
  update.mutable_question()->mutable_content()->mutable_exemplars(0)->set_text("Second wording");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", update).ok());
  v1::PublishQuestionRequest publish;
  publish.set_name(update.question().name());
  ASSERT_TRUE(Call<v1::Question>("QuestionService/PublishQuestion", publish).ok());
  const auto page = Export(kit_.name());
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->content(), Not(HasSubstr("Second wording")));
  EXPECT_THAT(page->content(), HasSubstr("First wording of " + pinned.substr(10, 4) + " at 5"));
}

TEST_F(KitExportTest, GivesAPdfThatIsTheSameEachTime) {
  const auto pdf = Export(kit_.name(), v1::KIT_EXPORT_FORMAT_PDF);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_EQ(pdf->media_type(), "application/pdf");
  EXPECT_THAT(pdf->content(), StartsWith("%PDF"));
  EXPECT_EQ(pdf->content(), Export(kit_.name(), v1::KIT_EXPORT_FORMAT_PDF)->content());
}

TEST_F(KitExportTest, RefusesWhatIsNotThereAndWhatIsNoFormat) {
  EXPECT_EQ(Export("kits/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Export(kit_.name(), v1::KIT_EXPORT_FORMAT_HTML, kOther).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Export(kit_.name(), static_cast<v1::KitExportFormat>(99)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Export("questions/q001").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::bank
