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
