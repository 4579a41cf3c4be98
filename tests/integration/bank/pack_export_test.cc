#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <set>

#include "services/bank/domain/pack_yaml.h"
#include "tests/integration/bank/import_support.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using runtime::ReasonOf;

struct Exported {
  std::string text;
  std::string media_type;
  int messages = 0;
};

class PackExportTest : public ImportTest {
 protected:
  absl::StatusOr<Exported> Export(const std::string& pack, v1::PackFormat format, const std::string& filter = "", const std::string& token = kAda) {
    v1::ExportPackRequest request;
    if (!pack.empty()) request.set_name("packs/" + pack);
    request.set_format(format);
    request.set_filter(filter);
    auto stream = client_->OpenServerStream<v1::ExportPackResponse>("assay.bank.v1.PackService/ExportPack", request, Options(token));
    Exported exported;
    v1::ExportPackResponse response;
    while (true) {
      const auto more = stream.Read(response);
      if (!more.ok()) return more.status();
      if (!*more) return exported;
      exported.text += response.chunk();
      exported.media_type = response.media_type();
      ++exported.messages;
    }
  }
  std::set<std::string> Ids(const std::string& pack, const std::string& filter = "") {
    const auto exported = Export(pack, v1::PACK_FORMAT_PROTOBUF, filter);
    EXPECT_TRUE(exported.ok()) << exported.status();
    v1::Pack read;
    EXPECT_TRUE(exported.ok() && read.ParseFromString(exported->text));
    std::set<std::string> ids;
    for (const auto& question : read.questions()) ids.insert(question.id());
    return ids;
  }
};

TEST_F(PackExportTest, EveryFormatThatIsReadComesBackAsItWasInAnotherTenant) {
  ASSERT_TRUE(ImportLines(Lines(450)).ok());
  const std::map<v1::PackFormat, std::string> formats{
      {v1::PACK_FORMAT_PACK, "application/yaml"},        {v1::PACK_FORMAT_JSON, "application/json"},
      {v1::PACK_FORMAT_PROTOBUF, "application/protobuf"}, {v1::PACK_FORMAT_NDJSON, "application/x-ndjson"},
      {v1::PACK_FORMAT_CSV, "text/csv"},                 {v1::PACK_FORMAT_MOODLE_XML, "xml"},
      {v1::PACK_FORMAT_QTI, "xml"}};
  for (const auto& [format, media_type] : formats) {
    const auto exported = Export("lines", format);
    ASSERT_TRUE(exported.ok()) << format << exported.status();
    EXPECT_THAT(exported->media_type, HasSubstr(media_type));
    v1::ImportHeader header;
    header.set_format(format);
    header.set_publish(true);
    header.set_pack("lines");
    header.set_total_bytes(static_cast<int64_t>(exported->text.size()));
    const std::string tenant = "tenant-" + std::to_string(format);
    const auto report = ImportLines(exported->text, header, tenant);
    ASSERT_TRUE(report.ok()) << v1::PackFormat_Name(format) << report.status();
    EXPECT_EQ(report->created(), 450) << v1::PackFormat_Name(format);
    EXPECT_EQ(Number("SELECT count(*) FROM question_revision a JOIN question_revision b ON a.id = b.id AND a.content_hash = b.content_hash "
                     "WHERE a.tenant = 'acme' AND b.tenant = '" + tenant + "'"),
              450)
        << v1::PackFormat_Name(format);
  }
}

TEST_F(PackExportTest, OnePackIsItsOwnQuestionsAndNoNameIsEverything) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  ASSERT_TRUE(ImportLines(Lines(3)).ok());
  v1::CreateQuestionRequest own;
  *own.mutable_question()->mutable_content() = Content("own-1");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", own).ok());
  EXPECT_EQ(Ids("small").size(), 4u);
  EXPECT_EQ(Ids("lines").size(), 3u);
  EXPECT_EQ(Ids("").size(), 8u);
  const auto all = Export("", v1::PACK_FORMAT_PACK);
  v1::Pack pack;
  ASSERT_TRUE(ReadYaml(all->text, "all", pack).ok());
  EXPECT_EQ(pack.id(), "tenant");
  EXPECT_EQ(pack.policies_size(), 1);
  EXPECT_EQ(Export("", v1::PACK_FORMAT_PACK, "", kOther)->text.find("q001"), std::string::npos);
}

TEST_F(PackExportTest, AFilterChoosesAndRetiredQuestionsHaveToBeAskedFor) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::RetireQuestionRequest retire;
  retire.set_name("questions/q002");
  retire.set_reason("leaked");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  EXPECT_EQ(Ids("small"), (std::set<std::string>{"q001", "q003", "q004"}));
  EXPECT_EQ(Ids("small", "state = retired"), (std::set<std::string>{"q002"}));
  EXPECT_EQ(Ids("", "id = q003 OR id = q002"), (std::set<std::string>{"q003"}));
  EXPECT_EQ(Ids("small", "section = \"Section 3\""), (std::set<std::string>{"q004"}));
  EXPECT_EQ(ReasonOf(Export("small", v1::PACK_FORMAT_PACK, "no_such_field = 1").status()), runtime::v1::ERROR_REASON_FILTER_INVALID);
  EXPECT_EQ(ReasonOf(Export("small", v1::PACK_FORMAT_PACK, "id = q001) OR (1 = 1").status()), runtime::v1::ERROR_REASON_FILTER_INVALID);
}

// What a team makes of its packs over the years: a question retired, a policy of its own, questions of one pack that count to another's
// competencies, links to what is gone.
TEST_F(PackExportTest, WhatIsExportedCanBeImportedAgain) {
  v1::Pack small = SmallPack();
  v1::QuestionLink& link = *small.mutable_questions(0)->add_links();
  link.set_question("q003");
  link.set_relation(v1::QUESTION_RELATION_RELATED);
  small.mutable_roles(0)->add_focus_questions("q003");
  ASSERT_TRUE(Import(small).ok());
  v1::RetireQuestionRequest retire;
  for (const std::string id : {"q002", "q003"}) {
    retire.set_name("questions/" + id);
    retire.set_reason("leaked");
    ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  }
  v1::PublishPolicyRequest publish;
  *publish.mutable_policy() = small.policies(0);
  publish.mutable_policy()->set_hire_bar_milli(3800);
  ASSERT_TRUE(Call<v1::CatalogPolicy>("CatalogService/PublishPolicy", publish).ok());
  // One question is edited, one has a draft above what is published.
  ASSERT_TRUE(Edit("q001", "And in our own words?", true).ok());
  ASSERT_TRUE(Edit("q004", "As a draft?", false).ok());
  v1::QuestionContent counted = Content("n1");
  counted.set_competency(small.competencies(0).id());
  ASSERT_TRUE(ImportLines(JsonLine(counted)).ok());

  for (const auto format : {v1::PACK_FORMAT_PACK, v1::PACK_FORMAT_JSON, v1::PACK_FORMAT_PROTOBUF}) {
    v1::ImportHeader header;
    header.set_format(format);
    header.set_publish(true);
    const std::string at = v1::PackFormat_Name(format);
    for (const std::string filter : {"", "id = q004"}) {
      const auto exported = Export("small", format, filter);
      ASSERT_TRUE(exported.ok()) << exported.status();
      // Where it comes from it changes nothing.
      const auto same = ImportLines(exported->text, header);
      ASSERT_TRUE(same.ok()) << at << filter << same.status();
      EXPECT_EQ(same->changed() + same->created() + same->conflicting() + same->catalog_entries(), 0) << at << same->DebugString();
      EXPECT_TRUE(Get("questions/q001")->upstream().overridden());
      EXPECT_EQ(Get("questions/q001")->upstream().content_hash(), ContentHash(small.questions(0)));
      EXPECT_EQ(Get("questions/q004")->latest_revision(), 2);
      const std::string tenant = "to-" + std::to_string(format) + (filter.empty() ? "-all" : "-some");
      const auto elsewhere = ImportLines(exported->text, header, tenant);
      ASSERT_TRUE(elsewhere.ok()) << at << filter << elsewhere.status();
      EXPECT_EQ(elsewhere->created(), filter.empty() ? 2 : 1) << at;
      EXPECT_EQ(Number("SELECT count(*) FROM catalog_entry WHERE tenant = '" + tenant + "'"),
                Number("SELECT count(DISTINCT (collection, id)) FROM catalog_entry WHERE tenant = 'acme' AND pack = 'small'"));
    }
    // Questions that count to a pack's competencies need that pack, or come with everything.
    const auto lines = Export("lines", format);
    ASSERT_TRUE(lines.ok()) << lines.status();
    EXPECT_TRUE(ImportLines(lines->text, header).ok());
    EXPECT_TRUE(ImportLines(lines->text, header, "to-" + std::to_string(format) + "-all").ok());
    EXPECT_EQ(ReasonOf(ImportLines(lines->text, header, "nobody").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
    const auto everything = Export("", format);
    ASSERT_TRUE(everything.ok()) << everything.status();
    const auto moved = ImportLines(everything->text, header, "to-" + std::to_string(format) + "-moved");
    ASSERT_TRUE(moved.ok()) << at << moved.status();
    EXPECT_EQ(moved->created(), 3);
  }
}

TEST_F(PackExportTest, TwoPacksAreExportedAsOne) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::Pack second = SmallPack();
  second.set_id("second");
  second.set_id_prefix("two");
  for (auto& competency : *second.mutable_competencies()) competency.set_id("two-" + competency.id());
  for (auto& question : *second.mutable_questions()) question.set_competency("two-" + question.competency());
  for (auto& policy : *second.mutable_policies()) {
    policy.set_id("two-" + policy.id());
    for (auto& competency : *policy.mutable_competencies()) competency.set_competency("two-" + competency.competency());
    for (auto& id : *policy.mutable_parameters()->mutable_required_competencies()) id = "two-" + id;
  }
  const auto imported = Import(second);
  ASSERT_TRUE(imported.ok()) << imported.status();
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PACK);
  const auto moved = ImportLines(Export("", v1::PACK_FORMAT_PACK)->text, header, "globex");
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->created(), 2 * SmallPack().questions_size());
}

TEST_F(PackExportTest, PagesForPeopleAreBounded) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  const auto html = Export("small", v1::PACK_FORMAT_HTML);
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_EQ(html->media_type, "text/html; charset=utf-8");
  EXPECT_THAT(html->text, HasSubstr("confusion matrix"));
  const auto markdown = Export("small", v1::PACK_FORMAT_MARKDOWN);
  ASSERT_TRUE(markdown.ok()) << markdown.status();
  EXPECT_EQ(markdown->media_type, "text/markdown; charset=utf-8");
  ASSERT_TRUE(ImportLines(Lines(5001), NdjsonHeader("large")).ok());
  const auto refused = Export("large", v1::PACK_FORMAT_HTML);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("at most 5000 questions"));
  EXPECT_TRUE(Export("large", v1::PACK_FORMAT_HTML, "id < q10100").ok());
  EXPECT_GT(Export("large", v1::PACK_FORMAT_NDJSON)->messages, 1);
}

TEST_F(PackExportTest, WhatIsNotThereOrNotWrittenIsSaidBeforeTheFirstByte) {
  EXPECT_EQ(Export("nowhere", v1::PACK_FORMAT_PACK).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Export("", static_cast<v1::PackFormat>(99)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::bank
