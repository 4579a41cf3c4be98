#include "services/bank/domain/import_plan.h"

#include <fmt/format.h>

namespace assay::bank {
namespace {

// Whether the question holds something of the tenant's that the document would replace. The digests tell by themselves, also for
// edits that nobody marked; the mark counts while a draft of the document's waits above the tenant's published edit.
bool EditedByTenant(const BankQuestion& bank) {
  return bank.latest.content != bank.upstream.content_hash() ||
         (bank.upstream.overridden() && bank.published_revision != bank.latest_revision);
}

bool IsDraft(const BankQuestion& bank) {
  return bank.state != v1::QUESTION_STATE_RETIRED && bank.published_revision != bank.latest_revision;
}

v1::Upstream UpstreamOf(const ImportTerms& terms, const std::string& id, const ContentDigests& document, int revision) {
  v1::Upstream upstream;
  upstream.set_pack(terms.pack);
  upstream.set_question(id);
  upstream.set_revision(revision);
  upstream.set_content_hash(document.content);
  return upstream;
}

// What stays as it is, although the document has something else.
ImportDecision Kept(ImportDecision decision, std::string because) {
  decision.kind = v1::IMPORT_CHANGE_KIND_CONFLICTING;
  decision.kept_because = std::move(because);
  return decision;
}

}  // namespace

ImportDecision DecideImport(const ImportTerms& terms, const std::string& id, const ContentDigests& document, const BankQuestion* bank) {
  ImportDecision decision;
  decision.wording = bank == nullptr || bank->latest.wording != document.wording;
  decision.structure = bank == nullptr || bank->latest.structure != document.structure;
  if (bank == nullptr) {
    decision.action = ImportAction::kWrite;
    decision.kind = v1::IMPORT_CHANGE_KIND_NEW;
    decision.upstream = UpstreamOf(terms, id, document, 1);
    return decision;
  }
  if (bank->pack != terms.pack) {
    return Kept(decision, bank->pack.empty()
                              ? "is a question of the tenant's own; give the pack an id_prefix, so that the two stand side by side"
                              : fmt::format("belongs to packs/{}; import it as that pack, or give one of the two an id_prefix, so that they stand side by side",
                                            bank->pack));
  }
  const bool edited = EditedByTenant(*bank);
  const bool takes = terms.conflicts == v1::CONFLICT_RULE_TAKE_DOCUMENT;
  const bool differs = document.content != bank->latest.content;
  // What the bank knows is the document's content already, edited or not; an edit that was kept once may be given up later.
  if (document.content == bank->upstream.content_hash() && !(takes && differs && bank->state != v1::QUESTION_STATE_RETIRED)) {
    const bool documents = !edited || (takes && !differs);
    if (!terms.publish || !IsDraft(*bank) || !documents) return decision;
    decision.action = ImportAction::kPublish;
    decision.kind = v1::IMPORT_CHANGE_KIND_CHANGED;
    decision.upstream = bank->upstream;
    decision.upstream.set_overridden(false);
    return decision;
  }
  if (differs && document.content == bank->published_content) return decision;
  decision.upstream = bank->upstream;
  decision.upstream.set_pack(terms.pack);
  decision.upstream.set_question(id);
  decision.upstream.set_content_hash(document.content);
  if (!differs) {
    // The document says what the tenant has made of it.
    if (edited && !takes) return decision;
    decision.action = ImportAction::kNoteUpstream;
    decision.upstream.set_revision(bank->latest_revision);
    decision.upstream.set_overridden(false);
    return decision;
  }
  if (bank->state == v1::QUESTION_STATE_RETIRED) {
    decision.action = ImportAction::kNoteUpstream;
    return Kept(decision, "is retired, and nothing comes back from that");
  }
  if (edited && !takes && terms.conflicts != v1::CONFLICT_RULE_DRAFT_DOCUMENT) {
    decision.action = ImportAction::kNoteUpstream;
    decision.upstream.set_overridden(true);
    return Kept(decision, "was edited by the tenant, and its edit stays");
  }
  const bool as_draft = edited && terms.conflicts == v1::CONFLICT_RULE_DRAFT_DOCUMENT;
  decision.action = as_draft ? ImportAction::kWriteDraft : ImportAction::kWrite;
  decision.kind = edited ? v1::IMPORT_CHANGE_KIND_CONFLICTING : v1::IMPORT_CHANGE_KIND_CHANGED;
  decision.upstream = UpstreamOf(terms, id, document, bank->latest_revision + 1);
  decision.upstream.set_overridden(as_draft);
  return decision;
}

}  // namespace assay::bank
