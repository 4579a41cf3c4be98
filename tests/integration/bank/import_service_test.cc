#include <gmock/gmock.h>

#include <set>

#include "tests/integration/bank/import_support.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using runtime::ReasonOf;

TEST_F(ImportTest, ALargeDocumentArrivesInBatchesAndIsFollowedByItsRecord) {
  v1::ImportHeader header = NdjsonHeader();
  const std::string text = Lines(2500);
  header.set_import_id("first");
  header.set_total_bytes(static_cast<int64_t>(text.size()));
  const auto report = ImportLines(text, header);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->questions(), 2500);
  EXPECT_EQ(report->created(), 2500);
  EXPECT_EQ(report->pack(), "packs/lines");
  EXPECT_EQ(report->import_record(), "imports/first");
  // Too many new ones to list.
  EXPECT_EQ(report->changes_size(), 0);
  EXPECT_EQ(Count("question"), 2500);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'question.published'"), 2500);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'import.completed'"), 1);
  EXPECT_EQ(Number("SELECT questions FROM pack WHERE id = 'lines'"), 2500);
  EXPECT_EQ(Count("import_batch"), 0);
  const auto record = GetImport("imports/first");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->state(), v1::IMPORT_STATE_COMPLETED);
  EXPECT_EQ(record->staged(), 2500);
  EXPECT_EQ(record->applied(), 2500);
  EXPECT_EQ(record->bytes(), static_cast<int64_t>(text.size()));
  EXPECT_EQ(record->total_bytes(), record->bytes());
  EXPECT_EQ(record->report().created(), 2500);
  EXPECT_EQ(GetImport("imports/first", "globex").status().code(), absl::StatusCode::kNotFound);
  ExpectSoundRevisions();
}

TEST_F(ImportTest, ATenantIsKnownToThePlannerBeforeItsImportEnds) {
  ASSERT_TRUE(ImportLines(Lines(2500)).ok());
  Sql("ANALYZE question, question_revision");
  // Little beside what the other has, so that no look at the whole table is worth it.
  ASSERT_TRUE(ImportLines(Lines(600), NdjsonHeader(), "globex").ok());
  for (const char* table : {"question", "question_revision"}) {
    EXPECT_EQ(Number(std::string("SELECT count(*) FROM pg_stats WHERE attname = 'tenant' AND tablename = '") + table +
                     "' AND 'globex' = ANY (most_common_vals::text::text[])"),
              1)
        << table;
  }
}

TEST_F(ImportTest, OfRevisionsTheStatisticsTakeASmallSample) {
  ASSERT_TRUE(ImportLines(Lines(2500)).ok());
  const auto bounds = [this](const std::string& table) {
    return Number("SELECT array_length(histogram_bounds::text::text[], 1) FROM pg_stats WHERE attname = 'id' AND tablename = '" + table + "'");
  };
  // A bound more than default_statistics_target, of which 300 times as many rows are read.
  EXPECT_EQ(bounds("question"), 101);
  EXPECT_EQ(bounds("question_revision"), 11);
}

TEST_F(ImportTest, TheSameDocumentAgainChangesNothing) {
  ASSERT_TRUE(ImportLines(Lines(300)).ok());
  const int64_t events = Count("outbox");
  const auto again = ImportLines(Lines(300));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->unchanged(), 300);
  EXPECT_EQ(again->created() + again->changed() + again->conflicting(), 0);
  EXPECT_EQ(Count("question_revision"), 300);
  EXPECT_EQ(Count("outbox"), events + 1);
  EXPECT_EQ(Number("SELECT questions FROM pack WHERE id = 'lines'"), 300);
}

TEST_F(ImportTest, AWrongEntryIsReportedAndLeftOutAndTheRestIsImported) {
  v1::QuestionContent without_prompt = Content("bad-2");
  without_prompt.clear_prompt();
  const std::string text = JsonLine(Content("good-1")) + JsonLine(without_prompt) + "{\"id\":\"x\",\"promt\":\"?\"}\n" +
                           JsonLine(Content("'; DROP TABLE question; --")) + JsonLine(Content("a%_b")) + JsonLine(Content("good-1", "Twice?")) +
                           JsonLine(Content("good-2"));
  const auto report = ImportLines(text);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->questions(), 2);
  EXPECT_EQ(report->created(), 2);
  EXPECT_EQ(report->dropped(), 5);
  std::map<int, std::string> reasons;
  for (const auto& finding : report->findings()) {
    if (finding.severity() == v1::FINDING_SEVERITY_ERROR) reasons[finding.line()] = finding.path() + ": " + finding.reason();
  }
  EXPECT_THAT(reasons[2], HasSubstr("questions/bad-2.prompt: is required"));
  EXPECT_THAT(reasons[3], HasSubstr("did you mean"));
  EXPECT_THAT(reasons[4], HasSubstr("id: must be 1 to 63"));
  EXPECT_THAT(reasons[5], HasSubstr("id: must be 1 to 63"));
  EXPECT_THAT(reasons[6], HasSubstr("in line 1 as well"));
  EXPECT_EQ(Get("questions/good-1")->content().prompt(), Content("x").prompt());

  v1::ImportHeader strict = NdjsonHeader("strict");
  strict.set_bad_entries(v1::BAD_ENTRIES_REFUSE_IMPORT);
  const auto refused = ImportLines(text, strict);
  EXPECT_EQ(ReasonOf(refused.status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_GE(runtime::ViolationsOf(refused.status()).size(), 5u);
  EXPECT_EQ(Count("question"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE state = 'FAILED' AND error <> ''"), 1);
}

TEST_F(ImportTest, DuplicatesAreFoundHoweverFarApartTheyStand) {
  const auto report = ImportLines(Lines(3000) + JsonLine(Content("q10000")) + JsonLine(Content("q12999")));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 3000);
  EXPECT_EQ(report->dropped(), 2);
  ASSERT_EQ(report->findings_size(), 2);
  EXPECT_EQ(report->findings(0).line(), 3001);
  EXPECT_THAT(report->findings(0).reason(), HasSubstr("in line 1 as well"));
  EXPECT_THAT(report->findings(1).reason(), HasSubstr("in line 3000 as well"));
}

TEST_F(ImportTest, ADocumentWithNothingThatCouldBeImportedIsRefused) {
  EXPECT_EQ(ReasonOf(ImportLines("").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_EQ(ReasonOf(ImportLines("\n\n").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_EQ(ReasonOf(ImportLines("<html>\n").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_EQ(Count("pack"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE state = 'FAILED'"), 3);
}

TEST_F(ImportTest, ADryRunSaysWhatTheImportThenDoes) {
  ASSERT_TRUE(ImportLines(Lines(20)).ok());
  std::string text = Lines(10) + Lines(5, "Why would one do that at all?", "n");
  for (int i = 10; i < 15; ++i) text += JsonLine(Content("q" + std::to_string(10'000 + i), "Another question?"));
  v1::ImportHeader header = NdjsonHeader();
  header.set_dry_run(true);
  header.set_import_id("never");
  const int64_t imports = Count("import");
  const auto dry = ImportLines(text, header);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_TRUE(dry->dry_run());
  EXPECT_EQ(dry->import_record(), "");
  EXPECT_EQ(Count("import"), imports);
  EXPECT_EQ(Count("question"), 20);
  auto real = ImportLines(text);
  ASSERT_TRUE(real.ok()) << real.status();
  EXPECT_EQ(real->created(), 5);
  EXPECT_EQ(real->changed(), 5);
  EXPECT_EQ(real->unchanged(), 10);
  ASSERT_EQ(real->changes_size(), 10);
  EXPECT_TRUE(real->changes(0).wording());
  real->set_dry_run(true);
  real->clear_import_record();
  EXPECT_EQ(real->DebugString(), dry->DebugString());
}

TEST_F(ImportTest, AnImportIdStandsForOneImport) {
  v1::ImportHeader header = NdjsonHeader();
  header.set_import_id("once");
  ASSERT_TRUE(ImportLines(Lines(2), header).ok());
  EXPECT_EQ(ReasonOf(ImportLines(Lines(3), header).status()), runtime::v1::ERROR_REASON_ALREADY_EXISTS);
  EXPECT_EQ(Count("question"), 2);
  EXPECT_TRUE(ImportLines(Lines(3), header, "globex").ok());
}

TEST_F(ImportTest, ARequestIdStandsForOneImportOfItsCaller) {
  v1::ImportHeader header = NdjsonHeader();
  header.set_request_id("Repeat, please");
  const auto first = ImportLines(Lines(2), header);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status again = ImportLines(Lines(3), header).status();
  EXPECT_EQ(ReasonOf(again), runtime::v1::ERROR_REASON_ALREADY_EXISTS);
  EXPECT_THAT(std::string(again.message()), HasSubstr(first->import_record()));
  EXPECT_EQ(Count("question"), 2);
  EXPECT_TRUE(ImportLines(Lines(3), header, "globex").ok());

  // What has failed is no import: it may be tried again, as often as it takes.
  header.set_request_id("another");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReasonOf(ImportLines("{", header).status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  const auto tried = ImportLines(Lines(4), header);
  ASSERT_TRUE(tried.ok()) << tried.status();
  EXPECT_EQ(GetImport(tried->import_record())->state(), v1::IMPORT_STATE_COMPLETED);
  EXPECT_EQ(ReasonOf(ImportLines(Lines(4), header).status()), runtime::v1::ERROR_REASON_ALREADY_EXISTS);
}

TEST_F(ImportTest, ToImportPublishedQuestionsNeedsTheScopeToPublish) {
  runtime::RequestContext context = ContextOf("acme");
  context.principal.scopes = {"packs.import"};
  const auto import = [&](v1::ImportHeader header) {
    ScriptedReader reader(header, Lines(2));
    return imports_.Import(context, reader);
  };
  v1::ImportHeader header = NdjsonHeader();
  EXPECT_EQ(ReasonOf(import(header).status()), runtime::v1::ERROR_REASON_SCOPE_MISSING);
  header.set_dry_run(true);
  EXPECT_EQ(ReasonOf(import(header).status()), runtime::v1::ERROR_REASON_SCOPE_MISSING);
  EXPECT_EQ(Count("import"), 0);
  header.set_dry_run(false);
  header.set_publish(false);
  EXPECT_TRUE(import(header).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE state = 'DRAFT'"), 2);
}

TEST_F(ImportTest, ImportsAreListedNewestFirst) {
  for (int i = 0; i < 5; ++i) {
    v1::ImportHeader header = NdjsonHeader();
    header.set_import_id("i" + std::to_string(i));
    ASSERT_TRUE(ImportLines(Lines(1), header).ok());
  }
  std::vector<std::string> names;
  v1::ListImportsRequest request;
  request.set_page_size(2);
  do {
    const auto page = imports_.List(ContextOf("acme"), request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& import : page->imports()) names.push_back(import.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ::testing::ElementsAre("imports/i4", "imports/i3", "imports/i2", "imports/i1", "imports/i0"));
  EXPECT_EQ(imports_.List(ContextOf("globex"), {})->imports_size(), 0);
}

TEST_F(ImportTest, ATenantsEditKeepsItsUpstreamAndIsNeverLostSilently) {
  ASSERT_TRUE(ImportLines(Lines(2, "First wording?")).ok());
  ASSERT_TRUE(Edit("q10000", "Our own wording?", true).ok());
  EXPECT_TRUE(Get("questions/q10000")->upstream().overridden());

  // The same document leaves the edit alone.
  const auto same = ImportLines(Lines(2, "First wording?"));
  EXPECT_EQ(same->unchanged(), 2);
  EXPECT_EQ(Get("questions/q10000")->content().prompt(), "Our own wording?");

  // Another one is a conflict; the edit stays, and the link says what was seen.
  const auto conflict = ImportLines(Lines(2, "Second wording?"));
  ASSERT_TRUE(conflict.ok()) << conflict.status();
  EXPECT_EQ(conflict->changed(), 1);
  EXPECT_EQ(conflict->conflicting(), 1);
  ASSERT_EQ(conflict->findings_size(), 1);
  EXPECT_THAT(conflict->findings(0).reason(), HasSubstr("its edit stays"));
  auto question = Get("questions/q10000");
  EXPECT_EQ(question->content().prompt(), "Our own wording?");
  EXPECT_TRUE(question->upstream().overridden());
  EXPECT_EQ(question->upstream().content_hash(), ContentHash(Content("q10000", "Second wording?")));
  EXPECT_EQ(ImportLines(Lines(2, "Second wording?"))->unchanged(), 2);

  // As a draft for a person to publish.
  v1::ImportHeader header = NdjsonHeader();
  header.set_conflicts(v1::CONFLICT_RULE_DRAFT_DOCUMENT);
  EXPECT_EQ(ImportLines(Lines(2, "Third wording?"), header)->conflicting(), 1);
  EXPECT_EQ(Get("questions/q10000")->content().prompt(), "Our own wording?");
  EXPECT_EQ(Get("questions/q10000@3")->content().prompt(), "Third wording?");

  // And taken over, the edit in the history.
  header.set_conflicts(v1::CONFLICT_RULE_TAKE_DOCUMENT);
  EXPECT_EQ(ImportLines(Lines(2, "Fourth wording?"), header)->conflicting(), 1);
  question = Get("questions/q10000");
  EXPECT_EQ(question->content().prompt(), "Fourth wording?");
  EXPECT_FALSE(question->upstream().overridden());
  EXPECT_EQ(Get("questions/q10000@2")->content().prompt(), "Our own wording?");
  EXPECT_EQ(ImportLines(Lines(2, "Fifth wording?"))->changed(), 2);
  ExpectSoundRevisions();
}

TEST_F(ImportTest, ADraftThatWaitsIsTakenWithTheDocumentThatBroughtIt) {
  ASSERT_TRUE(ImportLines(Lines(2, "First wording?")).ok());
  ASSERT_TRUE(Edit("q10000", "Our own wording?", true).ok());
  v1::ImportHeader header = NdjsonHeader();
  header.set_conflicts(v1::CONFLICT_RULE_DRAFT_DOCUMENT);
  ASSERT_EQ(ImportLines(Lines(2, "Second wording?"), header)->conflicting(), 1);
  EXPECT_EQ(Get("questions/q10000")->content().prompt(), "Our own wording?");
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE overridden"), 1);

  header.set_conflicts(v1::CONFLICT_RULE_TAKE_DOCUMENT);
  const auto taken = ImportLines(Lines(2, "Second wording?"), header);
  ASSERT_TRUE(taken.ok()) << taken.status();
  const auto question = Get("questions/q10000");
  EXPECT_EQ(question->content().prompt(), "Second wording?");
  EXPECT_EQ(question->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_FALSE(question->upstream().overridden());
  // What lists are filtered by says so, too, and nothing was written twice.
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE overridden"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM question_revision WHERE id = 'q10000'"), 3);
  const auto next = ImportLines(Lines(2, "Third wording?"));
  EXPECT_EQ(next->changed(), 2);
  EXPECT_EQ(next->conflicting(), 0);
  ExpectSoundRevisions();
}

TEST_F(ImportTest, AQuestionOfAnotherPackStaysThereAndAPrefixIsTheWayOut) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::CreateQuestionRequest own;
  *own.mutable_question()->mutable_content() = Content("own-1", "Whose is this?");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", own).ok());
  const auto report = ImportLines(JsonLine(Content("q001", "Something else?")) + JsonLine(Content("own-1", "Something else?")) + JsonLine(Content("new-1")));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 1);
  EXPECT_EQ(report->conflicting(), 2);
  EXPECT_THAT(report->findings(0).reason(), HasSubstr("belongs to packs/small"));
  EXPECT_THAT(report->findings(0).reason(), HasSubstr("id_prefix"));
  EXPECT_THAT(report->findings(1).reason(), HasSubstr("tenant's own"));
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE pack = 'small'"), 4);
  EXPECT_EQ(Get("questions/own-1")->content().prompt(), "Whose is this?");

  v1::Pack second = SmallPack();
  second.set_id("second");
  second.set_id_prefix("b");
  second.mutable_roles(0)->add_focus_questions("q001");
  const auto beside = Import(second);
  ASSERT_TRUE(beside.ok()) << beside.status();
  EXPECT_EQ(beside->created(), 4);
  EXPECT_EQ(beside->conflicting(), 0);
  EXPECT_TRUE(Get("questions/b-q001").ok());
  EXPECT_EQ(Number("SELECT questions FROM pack WHERE id = 'second'"), 4);
}

TEST_F(ImportTest, WhatWasRetiredStaysRetired) {
  ASSERT_TRUE(ImportLines(Lines(1)).ok());
  v1::RetireQuestionRequest retire;
  retire.set_name("questions/q10000");
  retire.set_reason("asked too often");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  EXPECT_EQ(ImportLines(Lines(1))->unchanged(), 1);
  v1::ImportHeader header = NdjsonHeader();
  header.set_conflicts(v1::CONFLICT_RULE_TAKE_DOCUMENT);
  const auto report = ImportLines(Lines(1, "Shall it come back?"), header);
  EXPECT_EQ(report->conflicting(), 1);
  EXPECT_THAT(report->findings(0).reason(), HasSubstr("retired"));
  EXPECT_EQ(Get("questions/q10000")->state(), v1::QUESTION_STATE_RETIRED);
}

TEST_F(ImportTest, ALinkThatLeadsNowhereIsSaid) {
  v1::QuestionContent question = Content("a");
  question.add_links()->set_question("b");
  question.mutable_links(0)->set_relation(v1::QUESTION_RELATION_RELATED);
  *question.add_links() = question.links(0);
  question.mutable_links(1)->set_question("nowhere");
  question.set_competency("unheard-of");
  const auto report = ImportLines(JsonLine(question) + JsonLine(Content("b")));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 2);
  std::vector<std::string> reasons;
  for (const auto& finding : report->findings()) reasons.push_back(finding.reason());
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAre(HasSubstr("questions/nowhere is neither"), HasSubstr("competencies/unheard-of is neither")));
}

TEST_F(ImportTest, AWholePackCanBeTakenWithoutItsWrongQuestionsButNotWithAWrongCatalogue) {
  v1::Pack pack = SmallPack();
  pack.mutable_questions(2)->clear_prompt();
  pack.mutable_questions(3)->set_competency("unknown");
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  EXPECT_EQ(ReasonOf(ImportBytes(header, pack.SerializeAsString()).status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  header.set_bad_entries(v1::BAD_ENTRIES_LEAVE_OUT);
  const auto report = ImportBytes(header, pack.SerializeAsString());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 2);
  EXPECT_EQ(report->dropped(), 2);
  pack.mutable_policies(0)->mutable_competencies(0)->set_weight_basis_points(9000);
  EXPECT_EQ(ReasonOf(ImportBytes(header, pack.SerializeAsString()).status()), runtime::v1::ERROR_REASON_PACK_INVALID);
}

TEST_F(ImportTest, ADocumentOfLinesKeepsTheHeaderOfThePackItIsFiledUnder) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  ASSERT_TRUE(ImportLines(Lines(3), NdjsonHeader("small")).ok());
  const auto packs = Call<v1::ListPacksResponse>("PackService/ListPacks", v1::ListPacksRequest());
  ASSERT_EQ(packs->packs_size(), 1);
  EXPECT_EQ(packs->packs(0).display_name(), "Small pack");
  EXPECT_EQ(packs->packs(0).questions(), 7);
}

TEST_F(ImportTest, DraftsArePublishedByImportingTheSameAgain) {
  v1::ImportHeader header = NdjsonHeader();
  header.set_publish(false);
  ASSERT_TRUE(ImportLines(Lines(30), header).ok());
  ASSERT_TRUE(Edit("q10001", "Our own wording?", false).ok());
  v1::RetireQuestionRequest retire;
  retire.set_name("questions/q10002");
  retire.set_reason("asked too often");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  EXPECT_EQ(ImportLines(Lines(30), header)->unchanged(), 30);

  header.set_publish(true);
  header.set_dry_run(true);
  EXPECT_EQ(ImportLines(Lines(30), header)->changed(), 28);
  header.set_dry_run(false);
  const auto report = ImportLines(Lines(30), header);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->changed(), 28);
  EXPECT_EQ(report->unchanged(), 2);
  ASSERT_EQ(report->changes_size(), 28);
  EXPECT_FALSE(report->changes(0).wording());
  EXPECT_FALSE(report->changes(0).structure());
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE state = 'PUBLISHED' AND published_revision = 1 AND publish_time IS NOT NULL"), 28);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'question.published'"), 28);
  EXPECT_EQ(Count("question_revision"), 31);
  EXPECT_EQ(Get("questions/q10001")->state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_EQ(Get("questions/q10002")->state(), v1::QUESTION_STATE_RETIRED);
  EXPECT_EQ(ImportLines(Lines(30), header)->unchanged(), 30);
  ExpectSoundRevisions();
}

TEST_F(ImportTest, APublishedDraftIsFoundByWhatItSays) {
  ASSERT_TRUE(ImportLines(JsonLine(Content("q1"))).ok());
  v1::QuestionContent later = Content("q1", "Another wording?");
  later.set_level(v1::LEVEL_FRESHER);
  later.add_tags("new, and old");
  later.add_roles()->set_role("mlops");
  v1::ImportHeader header = NdjsonHeader();
  header.set_publish(false);
  ASSERT_TRUE(ImportLines(JsonLine(later), header).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE level = 'SENIOR' AND published_revision = 1"), 1);
  EXPECT_EQ(ImportLines(JsonLine(later))->changed(), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM question WHERE level = 'FRESHER' AND published_revision = 2 AND tags = ARRAY['new, and old'] "
                   "AND roles = ARRAY['mlops']"),
            1);
  EXPECT_EQ(Get("questions/q1")->content().prompt(), "Another wording?");
}

TEST_F(ImportTest, ATenantsOwnPolicyStaysUnlessTheDocumentIsToBeTaken) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::PublishPolicyRequest publish;
  *publish.mutable_policy() = SmallPack().policies(0);
  publish.mutable_policy()->set_hire_bar_milli(3800);
  ASSERT_TRUE(Call<v1::CatalogPolicy>("CatalogService/PublishPolicy", publish).ok());
  const auto bar = [this] {
    v1::GetPolicyRequest get;
    get.set_name("policies/standard");
    return Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get)->policy().hire_bar_milli();
  };
  // The pack says what it said before.
  const auto same = Import(SmallPack());
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->catalog_entries(), 0);
  EXPECT_EQ(same->findings_size(), Import(SmallPack(), true)->findings_size());
  EXPECT_EQ(bar(), 3800);

  v1::Pack next = SmallPack();
  next.mutable_policies(0)->set_hire_bar_milli(3600);
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  for (const auto rule : {v1::CONFLICT_RULE_UNSPECIFIED, v1::CONFLICT_RULE_KEEP_TENANT, v1::CONFLICT_RULE_DRAFT_DOCUMENT, v1::CONFLICT_RULE_TAKE_DOCUMENT}) {
    const bool taken = rule == v1::CONFLICT_RULE_TAKE_DOCUMENT;
    header.set_conflicts(rule);
    header.set_dry_run(true);
    const auto dry = ImportBytes(header, next.SerializeAsString());
    header.set_dry_run(false);
    const auto real = ImportBytes(header, next.SerializeAsString());
    ASSERT_TRUE(real.ok()) << real.status();
    const std::string wanted = taken ? "was the tenant's own and is this pack's from revision 3 on" : "is the tenant's own since revision 2 and stays";
    for (const auto& report : {*dry, *real}) {
      EXPECT_EQ(report.catalog_entries(), taken ? 1 : 0);
      int said = 0;
      for (const auto& finding : report.findings()) {
        if (finding.path() == "policies/standard" && finding.reason().find(wanted) == 0) said += finding.severity() == v1::FINDING_SEVERITY_WARNING;
      }
      EXPECT_EQ(said, 1) << report.DebugString();
    }
    EXPECT_EQ(bar(), taken ? 3600 : 3800);
  }
  // Whichever way it came, it is the same event.
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'policy.published'"), 3);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'policy.published' AND aggregate_type = 'policy'"), 3);
}

TEST_F(ImportTest, EveryProblemOfAPackIsTold) {
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PACK);
  std::string yaml = "id: two\nquestions:\n";
  for (int i = 0; i < 150; ++i) yaml += "  - {id: q" + std::to_string(i) + ", level: principal}\n";
  const auto violations = runtime::ViolationsOf(ImportBytes(header, yaml).status());
  ASSERT_GT(violations.size(), 10u);
  EXPECT_EQ(violations[0].field, "questions[0].level");
  EXPECT_THAT(violations[0].description, HasSubstr("line 3, column"));
  EXPECT_THAT(violations.back().description, HasSubstr("more"));
}

TEST_F(ImportTest, ACsvEntryThatIsWrongIsLeftOutAndCountedOnce) {
  v1::ImportHeader header = NdjsonHeader();
  header.set_format(v1::PACK_FORMAT_CSV);
  const auto report = ImportLines("ref,question,level\nQ1,Why?,senior\nQ1,How?,senior\nQ2,When?,snior\nQ01,Where?,senior\n", header);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->questions(), 2);
  EXPECT_EQ(report->created(), 2);
  EXPECT_EQ(report->dropped(), 2);
}

}  // namespace
}  // namespace assay::bank
