#pragma once

#include <cstdint>
#include <string>

#include "assay/bank/v1/pack_service.pb.h"
#include "assay/bank/v1/question.pb.h"
#include "services/bank/domain/content_hash.h"

// The merge rules of an import: what becomes of one question of a document, given what the bank holds under its id. Contents are
// compared by their digests (content_hash.h); nothing here reads a content.
namespace assay::bank {

// What an import says of all of its questions.
struct ImportTerms {
  // Pack id that the questions are filed under.
  std::string pack;
  bool publish = false;
  v1::ConflictRule conflicts = v1::CONFLICT_RULE_UNSPECIFIED;
};

// A question as the bank has it.
struct BankQuestion {
  v1::QuestionState state = v1::QUESTION_STATE_UNSPECIFIED;
  int published_revision = 0;
  int latest_revision = 0;
  // '' = the tenant's own.
  std::string pack;
  // Of the latest revision.
  ContentDigests latest;
  // Digest of the published revision's content; '' where nothing is published.
  std::string published_content;
  v1::Upstream upstream;
};

enum class ImportAction {
  // The bank has all of it.
  kNothing,
  // The content stays; what is known of its upstream is written down.
  kNoteUpstream,
  // A new question, or a new revision of an old one, published as the terms say.
  kWrite,
  // A new revision that stays a draft, whatever the terms say.
  kWriteDraft,
  // The latest revision, which says what the document says, is published.
  kPublish,
};

struct ImportDecision {
  ImportAction action = ImportAction::kNothing;
  // UNSPECIFIED = unchanged.
  v1::ImportChangeKind kind = v1::IMPORT_CHANGE_KIND_UNSPECIFIED;
  // What differs from the latest revision; both for a new question.
  bool wording = false;
  bool structure = false;
  // What the question's upstream is from now on; of any action but kNothing.
  v1::Upstream upstream;
  // Why the document's content does not become the question's; empty when it does.
  std::string kept_because;
};

// `bank` is null where the bank has no question of this id.
//
// A question of another pack, or of the tenant alone, is never taken over. A retired one stays retired. One that the tenant has
// edited since the document's last content was seen is a conflict when the document brings another content, which the terms
// decide; when it brings the same, the edit stays and nothing is said, unless the terms are TAKE_DOCUMENT. A document that says what is
// published already changes nothing, whatever drafts wait above it, and an edit stays the tenant's where the document says the same, as
// an export of this bank does; only TAKE_DOCUMENT makes it the document's. A draft that an import
// left, untouched since, is published by an import that publishes.
ImportDecision DecideImport(const ImportTerms& terms, const std::string& id, const ContentDigests& document, const BankQuestion* bank);

}  // namespace assay::bank
