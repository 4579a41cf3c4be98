#include <gtest/gtest.h>

#include "services/bank/domain/import_batch.h"
#include "services/bank/domain/pack_merge.h"
#include "services/bank/domain/report_builder.h"

namespace assay::bank {
namespace {

v1::ImportFinding Finding(int line, v1::FindingSeverity severity, const std::string& reason = "because") {
  v1::ImportFinding finding;
  finding.set_line(line);
  finding.set_severity(severity);
  finding.set_reason(reason);
  return finding;
}

v1::ImportChange Change(const std::string& id, v1::ImportChangeKind kind) {
  v1::ImportChange change;
  change.set_question("questions/" + id);
  change.set_kind(kind);
  return change;
}

TEST(ReportBuilder, ListsAThousandFindingsErrorsFirstChoiceAndCountsTheRest) {
  ReportBuilder builder;
  for (int i = 0; i < 1500; ++i) builder.Add(Finding(i + 1, v1::FINDING_SEVERITY_WARNING));
  for (int i = 0; i < 10; ++i) builder.Add(Finding(5000 - i, v1::FINDING_SEVERITY_ERROR));
  v1::ImportReport report;
  builder.WriteTo(report);
  EXPECT_EQ(report.findings_size(), 1000);
  EXPECT_EQ(report.findings_left_out(), 510);
  EXPECT_EQ(builder.errors(), 10);
  EXPECT_EQ(report.findings(0).line(), 1);
  EXPECT_EQ(report.findings(990).line(), 4991);
  EXPECT_EQ(report.findings(999).line(), 5000);
}

TEST(ReportBuilder, LeavesOutNewQuestionsOnlyWhereThereAreTooManyChanges) {
  ReportBuilder builder;
  const auto add = [&](const std::string& id, v1::ImportChangeKind kind) {
    builder.Count(kind);
    builder.Add(Change(id, kind));
  };
  add("b", v1::IMPORT_CHANGE_KIND_CHANGED);
  add("a", v1::IMPORT_CHANGE_KIND_NEW);
  v1::ImportReport report;
  builder.WriteTo(report);
  ASSERT_EQ(report.changes_size(), 2);
  EXPECT_EQ(report.changes(0).question(), "questions/a");
  for (int i = 0; i < 2000; ++i) add("n" + std::to_string(i), v1::IMPORT_CHANGE_KIND_NEW);
  builder.WriteTo(report);
  ASSERT_EQ(report.changes_size(), 1);
  EXPECT_EQ(report.created(), 2001);
}

TEST(ReportBuilder, AddsUpPartsAsIfTheyWereOne) {
  ReportBuilder whole, part;
  for (int i = 0; i < 1200; ++i) part.Add(Finding(i + 1, v1::FINDING_SEVERITY_WARNING));
  part.Count(v1::IMPORT_CHANGE_KIND_NEW, 3);
  part.Count(v1::IMPORT_CHANGE_KIND_CONFLICTING);
  part.Count(v1::IMPORT_CHANGE_KIND_UNSPECIFIED, 2);
  v1::ImportReport partial, report;
  part.WriteTo(partial);
  whole.Add(partial);
  whole.Add(partial);
  whole.WriteTo(report);
  EXPECT_EQ(report.created(), 6);
  EXPECT_EQ(report.conflicting(), 2);
  EXPECT_EQ(report.unchanged(), 4);
  EXPECT_EQ(report.findings_size(), 1000);
  EXPECT_EQ(report.findings_left_out(), 1400);
}

TEST(ReportBuilder, CutsAReasonAtACharacter) {
  ReportBuilder builder;
  std::string reason;
  for (int i = 0; i < 400; ++i) reason += "ü";
  builder.Add(Finding(1, v1::FINDING_SEVERITY_INFO, reason));
  v1::ImportReport report, again;
  builder.WriteTo(report);
  EXPECT_LE(report.findings(0).reason().size(), kMaxFindingChars + 3);
  EXPECT_TRUE(again.ParseFromString(report.SerializeAsString()));
}

TEST(StagedBatch, ComesBackAsItWas) {
  std::vector<StagedQuestion> questions{{"a", 3, {"w", "s", "c"}, std::string("\0\xFF", 2)}, {"b", 0, {"", "", ""}, ""}};
  const auto read = DecodeBatch(EncodeBatch(questions));
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].content, questions[0].content);
  EXPECT_EQ((*read)[0].line, 3);
  EXPECT_EQ((*read)[0].digests.structure, "s");
  EXPECT_EQ((*read)[1].id, "b");
}

TEST(StagedBatch, IsRefusedWhereItIsCutOrOfAnotherVersion) {
  const std::string bytes = EncodeBatch({{"a", 1, {"w", "s", "c"}, "content"}});
  for (std::size_t length = 2; length < bytes.size(); ++length) EXPECT_FALSE(DecodeBatch(bytes.substr(0, length)).ok()) << length;
  EXPECT_FALSE(DecodeBatch("").ok());
  EXPECT_FALSE(DecodeBatch("\2" + bytes.substr(1)).ok());
}

TEST(PackMerge, APrefixStandsBeforeEveryIdAndReference) {
  v1::Pack pack;
  pack.set_id_prefix("de");
  v1::QuestionContent& question = *pack.add_questions();
  question.set_id("q1");
  question.add_links()->set_question("q2");
  pack.add_roles()->add_focus_questions("q1");
  pack.mutable_roles(0)->add_critical_questions("q2");
  pack.add_formats()->add_slots()->add_preferred_questions("q1");
  pack.add_vignettes()->set_question("q1");
  ApplyPrefix(pack);
  EXPECT_EQ(pack.questions(0).id(), "de-q1");
  EXPECT_EQ(pack.questions(0).links(0).question(), "de-q2");
  EXPECT_EQ(pack.roles(0).focus_questions(0), "de-q1");
  EXPECT_EQ(pack.roles(0).critical_questions(0), "de-q2");
  EXPECT_EQ(pack.formats(0).slots(0).preferred_questions(0), "de-q1");
  EXPECT_EQ(pack.vignettes(0).question(), "de-q1");
}

TEST(PackMerge, ADocumentWithoutACatalogueIsNamedByItsHeaderOrItsFormat) {
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_NDJSON);
  v1::Pack pack;
  CompletePack(header, pack);
  EXPECT_EQ(pack.id(), "ndjson");
  EXPECT_EQ(BadEntriesOf(header), v1::BAD_ENTRIES_LEAVE_OUT);
  pack.Clear();
  header.set_pack("mine");
  CompletePack(header, pack);
  EXPECT_EQ(pack.id(), "mine");
  // A whole pack says by itself who it is.
  header.set_format(v1::PACK_FORMAT_PACK);
  header.clear_pack();
  pack.Clear();
  CompletePack(header, pack);
  EXPECT_EQ(pack.id(), "");
  EXPECT_EQ(BadEntriesOf(header), v1::BAD_ENTRIES_REFUSE_IMPORT);
}

}  // namespace
}  // namespace assay::bank
