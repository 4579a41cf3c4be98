#include <gtest/gtest.h>

#include "services/bank/domain/import_plan.h"

namespace assay::bank {
namespace {

ContentDigests Digests(const std::string& name) { return {"w-" + name, "s-" + name, name}; }

ImportTerms Terms(v1::ConflictRule rule = v1::CONFLICT_RULE_UNSPECIFIED) { return {"small", true, rule}; }

// A question that was imported from the pack at revision 1 with content `name` and never touched.
BankQuestion Imported(const std::string& name) {
  BankQuestion bank;
  bank.state = v1::QUESTION_STATE_PUBLISHED;
  bank.published_revision = 1;
  bank.latest_revision = 1;
  bank.pack = "small";
  bank.latest = Digests(name);
  bank.upstream.set_pack("small");
  bank.upstream.set_question("q1");
  bank.upstream.set_revision(1);
  bank.upstream.set_content_hash(name);
  return bank;
}

// The same after the tenant has published an edit.
BankQuestion Edited(const std::string& upstream, const std::string& edit) {
  BankQuestion bank = Imported(upstream);
  bank.latest = Digests(edit);
  bank.latest_revision = bank.published_revision = 2;
  bank.upstream.set_overridden(true);
  return bank;
}

TEST(DecideImport, WhatTheBankDoesNotHaveIsNew) {
  const ImportDecision decision = DecideImport(Terms(), "q1", Digests("one"), nullptr);
  EXPECT_EQ(decision.action, ImportAction::kWrite);
  EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_NEW);
  EXPECT_EQ(decision.upstream.pack(), "small");
  EXPECT_EQ(decision.upstream.question(), "q1");
  EXPECT_EQ(decision.upstream.revision(), 1);
  EXPECT_EQ(decision.upstream.content_hash(), "one");
}

TEST(DecideImport, TheSameContentIsUnchanged) {
  const BankQuestion bank = Imported("one");
  const ImportDecision decision = DecideImport(Terms(), "q1", Digests("one"), &bank);
  EXPECT_EQ(decision.action, ImportAction::kNothing);
  EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);
}

TEST(DecideImport, AnotherContentOfAnUntouchedQuestionIsAChange) {
  const BankQuestion bank = Imported("one");
  ContentDigests document = Digests("two");
  document.structure = bank.latest.structure;
  const ImportDecision decision = DecideImport(Terms(), "q1", document, &bank);
  EXPECT_EQ(decision.action, ImportAction::kWrite);
  EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_CHANGED);
  EXPECT_TRUE(decision.wording);
  EXPECT_FALSE(decision.structure);
  EXPECT_EQ(decision.upstream.revision(), 2);
  EXPECT_EQ(decision.upstream.content_hash(), "two");
  EXPECT_FALSE(decision.upstream.overridden());
}

TEST(DecideImport, AnEditStaysWhileTheDocumentIsTheSame) {
  const BankQuestion bank = Edited("one", "mine");
  for (const auto rule : {v1::CONFLICT_RULE_UNSPECIFIED, v1::CONFLICT_RULE_KEEP_TENANT, v1::CONFLICT_RULE_DRAFT_DOCUMENT}) {
    const ImportDecision decision = DecideImport(Terms(rule), "q1", Digests("one"), &bank);
    EXPECT_EQ(decision.action, ImportAction::kNothing);
    EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);
  }
}

TEST(DecideImport, AnEditThatWasKeptIsGivenUpByImportingTheSameAndTakingIt) {
  BankQuestion bank = Edited("one", "mine");
  bank.upstream = DecideImport(Terms(v1::CONFLICT_RULE_KEEP_TENANT), "q1", Digests("two"), &bank).upstream;
  const ImportTerms takes = Terms(v1::CONFLICT_RULE_TAKE_DOCUMENT);
  const ImportDecision taken = DecideImport(takes, "q1", Digests("two"), &bank);
  EXPECT_EQ(taken.action, ImportAction::kWrite);
  EXPECT_EQ(taken.kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
  EXPECT_EQ(taken.upstream.revision(), 3);
  EXPECT_FALSE(taken.upstream.overridden());
  bank.upstream = taken.upstream;
  bank.latest = Digests("two");
  bank.latest_revision = bank.published_revision = 3;
  EXPECT_EQ(DecideImport(takes, "q1", Digests("two"), &bank).action, ImportAction::kNothing);

  // As a draft first, which then is published.
  BankQuestion drafted = Edited("one", "mine");
  drafted.upstream = DecideImport(Terms(v1::CONFLICT_RULE_DRAFT_DOCUMENT), "q1", Digests("two"), &drafted).upstream;
  drafted.latest = Digests("two");
  drafted.latest_revision = 3;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("two"), &drafted).action, ImportAction::kNothing);
  EXPECT_EQ(DecideImport(takes, "q1", Digests("two"), &drafted).action, ImportAction::kPublish);
  EXPECT_FALSE(DecideImport(takes, "q1", Digests("two"), &drafted).upstream.overridden());
  drafted.state = v1::QUESTION_STATE_RETIRED;
  EXPECT_EQ(DecideImport(takes, "q1", Digests("two"), &drafted).action, ImportAction::kNothing);
}

TEST(DecideImport, AnEditAndAnotherDocumentAreAConflictThatTheRuleDecides) {
  const BankQuestion bank = Edited("one", "mine");
  const ImportDecision kept = DecideImport(Terms(), "q1", Digests("two"), &bank);
  EXPECT_EQ(kept.kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
  EXPECT_EQ(kept.action, ImportAction::kNoteUpstream);
  EXPECT_FALSE(kept.kept_because.empty());
  // What was seen is remembered, so that the same document is no conflict again.
  EXPECT_EQ(kept.upstream.content_hash(), "two");
  EXPECT_TRUE(kept.upstream.overridden());
  BankQuestion after = bank;
  after.upstream = kept.upstream;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("two"), &after).kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);

  const ImportDecision taken = DecideImport(Terms(v1::CONFLICT_RULE_TAKE_DOCUMENT), "q1", Digests("two"), &bank);
  EXPECT_EQ(taken.kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
  EXPECT_EQ(taken.action, ImportAction::kWrite);
  EXPECT_EQ(taken.upstream.revision(), 3);
  EXPECT_FALSE(taken.upstream.overridden());
  EXPECT_TRUE(taken.kept_because.empty());

  const ImportDecision draft = DecideImport(Terms(v1::CONFLICT_RULE_DRAFT_DOCUMENT), "q1", Digests("two"), &bank);
  EXPECT_EQ(draft.action, ImportAction::kWriteDraft);
  EXPECT_TRUE(draft.upstream.overridden());
}

TEST(DecideImport, ADraftOfTheDocumentIsNotPublishedOverTheTenantsEditByTheNextImport) {
  BankQuestion bank = Edited("one", "mine");
  bank.upstream = DecideImport(Terms(v1::CONFLICT_RULE_DRAFT_DOCUMENT), "q1", Digests("two"), &bank).upstream;
  bank.latest = Digests("two");
  bank.latest_revision = 3;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("three"), &bank).action, ImportAction::kNoteUpstream);
  // Once a person has published the draft there is no edit any more.
  bank.published_revision = 3;
  const ImportDecision next = DecideImport(Terms(), "q1", Digests("three"), &bank);
  EXPECT_EQ(next.action, ImportAction::kWrite);
  EXPECT_EQ(next.kind, v1::IMPORT_CHANGE_KIND_CHANGED);
}

// As an export of the bank does: it is no word of the publisher's.
TEST(DecideImport, ADocumentThatSaysWhatTheTenantHasMadeLeavesItTheTenants) {
  const BankQuestion bank = Edited("one", "mine");
  for (const auto rule : {v1::CONFLICT_RULE_UNSPECIFIED, v1::CONFLICT_RULE_KEEP_TENANT, v1::CONFLICT_RULE_DRAFT_DOCUMENT}) {
    EXPECT_EQ(DecideImport(Terms(rule), "q1", Digests("mine"), &bank).action, ImportAction::kNothing);
    EXPECT_EQ(DecideImport(Terms(rule), "q1", Digests("mine"), &bank).kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);
  }
}

TEST(DecideImport, ADocumentThatSaysWhatIsPublishedLeavesTheDraftAboveIt) {
  BankQuestion bank = Imported("one");
  bank.published_content = "one";
  bank.latest = Digests("two");
  bank.latest_revision = 2;
  // The draft may be an import's or the tenant's.
  for (const std::string upstream : {"one", "two"}) {
    bank.upstream.set_content_hash(upstream);
    EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &bank).action, ImportAction::kNothing) << upstream;
    EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &bank).kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED) << upstream;
  }
}

TEST(DecideImport, ADocumentThatComesToTheTenantsEditAndIsTakenEndsTheConflict) {
  const BankQuestion bank = Edited("one", "mine");
  const ImportDecision decision = DecideImport(Terms(v1::CONFLICT_RULE_TAKE_DOCUMENT), "q1", Digests("mine"), &bank);
  EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);
  EXPECT_EQ(decision.action, ImportAction::kNoteUpstream);
  EXPECT_FALSE(decision.upstream.overridden());
  EXPECT_EQ(decision.upstream.revision(), 2);
}

TEST(DecideImport, AnEditIsSeenByItsContentWhereNobodyMarkedIt) {
  BankQuestion bank = Edited("one", "mine");
  bank.upstream.set_overridden(false);
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("two"), &bank).kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
}

TEST(DecideImport, AQuestionOfAnotherPackOrOfTheTenantAloneIsNeverTakenOver) {
  BankQuestion other = Imported("one");
  other.pack = "large";
  BankQuestion own = Imported("one");
  own.pack.clear();
  own.upstream.Clear();
  for (const auto rule : {v1::CONFLICT_RULE_KEEP_TENANT, v1::CONFLICT_RULE_TAKE_DOCUMENT, v1::CONFLICT_RULE_DRAFT_DOCUMENT}) {
    const ImportDecision decision = DecideImport(Terms(rule), "q1", Digests("one"), &other);
    EXPECT_EQ(decision.action, ImportAction::kNothing);
    EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
    EXPECT_NE(decision.kept_because.find("packs/large"), std::string::npos);
    EXPECT_NE(decision.kept_because.find("id_prefix"), std::string::npos);
    EXPECT_EQ(DecideImport(Terms(rule), "q1", Digests("two"), &own).action, ImportAction::kNothing);
  }
}

TEST(DecideImport, NothingComesBackFromRetired) {
  BankQuestion bank = Imported("one");
  bank.state = v1::QUESTION_STATE_RETIRED;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &bank).kind, v1::IMPORT_CHANGE_KIND_UNSPECIFIED);
  for (const auto rule : {v1::CONFLICT_RULE_KEEP_TENANT, v1::CONFLICT_RULE_TAKE_DOCUMENT}) {
    const ImportDecision decision = DecideImport(Terms(rule), "q1", Digests("two"), &bank);
    EXPECT_EQ(decision.action, ImportAction::kNoteUpstream);
    EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_CONFLICTING);
  }
}

TEST(DecideImport, AnUntouchedDraftIsPublishedByAnImportThatPublishes) {
  BankQuestion bank = Imported("one");
  bank.state = v1::QUESTION_STATE_DRAFT;
  bank.published_revision = 0;
  const ImportDecision decision = DecideImport(Terms(), "q1", Digests("one"), &bank);
  EXPECT_EQ(decision.action, ImportAction::kPublish);
  EXPECT_EQ(decision.kind, v1::IMPORT_CHANGE_KIND_CHANGED);
  EXPECT_FALSE(decision.wording);
  EXPECT_FALSE(decision.structure);
  EXPECT_EQ(decision.upstream.content_hash(), "one");
  ImportTerms drafts = Terms();
  drafts.publish = false;
  EXPECT_EQ(DecideImport(drafts, "q1", Digests("one"), &bank).action, ImportAction::kNothing);

  // Beside a revision that is published already as well.
  bank.state = v1::QUESTION_STATE_PUBLISHED;
  bank.published_revision = 1;
  bank.latest_revision = 2;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &bank).action, ImportAction::kPublish);
}

TEST(DecideImport, ADraftThatIsTheTenantsOrRetiredIsNotPublished) {
  BankQuestion edited = Imported("one");
  edited.latest = Digests("mine");
  edited.latest_revision = 2;
  edited.upstream.set_overridden(true);
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &edited).action, ImportAction::kNothing);
  BankQuestion beside_an_edit = Edited("two", "two");
  beside_an_edit.latest_revision = 3;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("two"), &beside_an_edit).action, ImportAction::kNothing);
  BankQuestion retired = Imported("one");
  retired.state = v1::QUESTION_STATE_RETIRED;
  retired.published_revision = 0;
  EXPECT_EQ(DecideImport(Terms(), "q1", Digests("one"), &retired).action, ImportAction::kNothing);
}

}  // namespace
}  // namespace assay::bank
