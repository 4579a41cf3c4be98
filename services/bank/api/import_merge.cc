#include "services/bank/api/import_merge.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "services/bank/api/catalog_api.h"
#include "services/bank/api/question_api.h"
#include "services/bank/domain/report_builder.h"
#include "services/bank/store/question_write_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Tx;
using runtime::WriteTx;

std::vector<std::string> IdsOf(const std::vector<StagedQuestion>& staged) {
  std::vector<std::string> ids;
  ids.reserve(staged.size());
  for (const StagedQuestion& question : staged) ids.push_back(question.id);
  return ids;
}

bool Writes(const ImportDecision& decision) {
  return decision.action == ImportAction::kWrite || decision.action == ImportAction::kWriteDraft;
}

// The question as it will be.
absl::Status Revise(const PlannedQuestion& planned, const ImportTerms& terms, const std::map<std::string, int64_t>& last_versions,
                    StoredQuestion& stored) {
  stored.id = planned.staged->id;
  stored.pack = terms.pack;
  if (const ExistingQuestion* existing = planned.existing) {
    stored.version = existing->version;
    stored.published_revision = existing->bank.published_revision;
    stored.latest_revision = existing->bank.latest_revision;
    stored.question = existing->question;
  } else if (const auto found = last_versions.find(stored.id); found != last_versions.end()) {
    stored.version = found->second;
  }
  ++stored.version;
  ++stored.latest_revision;
  if (terms.publish && planned.decision.action == ImportAction::kWrite) stored.published_revision = stored.latest_revision;
  stored.state = stored.published_revision > 0 ? v1::QUESTION_STATE_PUBLISHED : v1::QUESTION_STATE_DRAFT;
  if (!stored.question.mutable_content()->ParseFromString(planned.staged->content)) {
    return runtime::Internal(fmt::format("staged question {} cannot be parsed", stored.id));
  }
  stored.digests = planned.staged->digests;
  stored.question.set_state(stored.state);
  *stored.question.mutable_upstream() = planned.decision.upstream;
  return absl::OkStatus();
}

// The question with its latest revision published, whose content is the document's.
absl::Status Publish(const PlannedQuestion& planned, StoredQuestion& stored) {
  const ExistingQuestion& existing = *planned.existing;
  stored.id = existing.id;
  stored.version = existing.version + 1;
  stored.state = v1::QUESTION_STATE_PUBLISHED;
  stored.latest_revision = existing.bank.latest_revision;
  stored.published_revision = stored.latest_revision;
  stored.question = existing.question;
  stored.question.set_state(stored.state);
  if (stored.question.mutable_content()->ParseFromString(planned.staged->content)) return absl::OkStatus();
  return runtime::Internal(fmt::format("staged question {} cannot be parsed", stored.id));
}

}  // namespace

ImportTerms TermsOf(const v1::ImportHeader& header, const std::string& pack) { return {pack, header.publish(), header.conflicts()}; }

std::vector<PlannedQuestion> PlanBatch(const ImportTerms& terms, const std::vector<StagedQuestion>& staged,
                                       const std::vector<ExistingQuestion>& existing) {
  std::unordered_map<std::string_view, const ExistingQuestion*> by_id;
  for (const ExistingQuestion& question : existing) by_id.emplace(question.id, &question);
  std::vector<PlannedQuestion> plan;
  plan.reserve(staged.size());
  for (const StagedQuestion& question : staged) {
    const auto found = by_id.find(question.id);
    const ExistingQuestion* stored = found == by_id.end() ? nullptr : found->second;
    plan.push_back({&question, stored, DecideImport(terms, question.id, question.digests, stored == nullptr ? nullptr : &stored->bank)});
  }
  return plan;
}

v1::ImportReport OutcomeOf(const std::vector<PlannedQuestion>& plan, bool list_new) {
  ReportBuilder builder;
  for (const PlannedQuestion& planned : plan) {
    const ImportDecision& decision = planned.decision;
    builder.Count(decision.kind);
    const auto warn = [&](const std::string& reason) {
      v1::ImportFinding finding;
      finding.set_line(planned.staged->line);
      finding.set_end_line(planned.staged->line);
      finding.set_path("questions/" + planned.staged->id);
      finding.set_reason(reason);
      finding.set_severity(v1::FINDING_SEVERITY_WARNING);
      builder.Add(std::move(finding));
    };
    if (!decision.kept_because.empty()) warn(decision.kept_because);
    if (Writes(decision) && planned.existing != nullptr && planned.existing->planned) {
      warn("was planned to be published, which the document's content ends; plan it again once that was read");
    }
    if (decision.kind == v1::IMPORT_CHANGE_KIND_UNSPECIFIED || (decision.kind == v1::IMPORT_CHANGE_KIND_NEW && !list_new)) continue;
    v1::ImportChange change;
    change.set_question("questions/" + planned.staged->id);
    change.set_kind(decision.kind);
    change.set_wording(decision.wording);
    change.set_structure(decision.structure);
    builder.Add(std::move(change));
  }
  v1::ImportReport outcome;
  builder.WriteTo(outcome);
  return outcome;
}

absl::StatusOr<v1::ImportReport> WriteBatch(WriteTx& write, const ImportTerms& terms, const std::vector<StagedQuestion>& staged,
                                            bool list_new, std::vector<std::string>& touched) {
  ASSIGN_OR_RETURN(const auto existing, ReadExisting(write.tx(), IdsOf(staged), true));
  const std::vector<PlannedQuestion> plan = PlanBatch(terms, staged, existing);

  std::vector<std::string> fresh;
  for (const PlannedQuestion& planned : plan) {
    if (planned.existing == nullptr) fresh.push_back(planned.staged->id);
  }
  std::map<std::string, int64_t> last_versions;
  if (!fresh.empty()) {
    ASSIGN_OR_RETURN(last_versions, LastVersions(write.tx(), fresh));
  }
  std::vector<StoredQuestion> changed, published;
  std::vector<ExistingQuestion> noted;
  for (const PlannedQuestion& planned : plan) {
    const ImportDecision& decision = planned.decision;
    if (Writes(decision)) {
      StoredQuestion question;
      RETURN_IF_ERROR(Revise(planned, terms, last_versions, question));
      const bool published = question.published_revision == question.latest_revision;
      write.Emit(QuestionEvent(published ? runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED : runtime::v1::EVENT_TYPE_QUESTION_UPDATED,
                               question.id, question.version, question.question));
      touched.push_back(question.id);
      changed.push_back(std::move(question));
    } else if (decision.action == ImportAction::kPublish) {
      StoredQuestion question;
      RETURN_IF_ERROR(Publish(planned, question));
      write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED, question.id, question.version, question.question));
      touched.push_back(question.id);
      if (planned.existing->bank.upstream.overridden()) {
        // It is the document's from now on.
        ExistingQuestion taken = *planned.existing;
        taken.version = question.version;
        *taken.question.mutable_upstream() = decision.upstream;
        noted.push_back(std::move(taken));
      }
      published.push_back(std::move(question));
    } else if (decision.action == ImportAction::kNoteUpstream) {
      ExistingQuestion question = *planned.existing;
      ++question.version;
      *question.question.mutable_upstream() = decision.upstream;
      write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_UPDATED, question.id, question.version, question.question));
      touched.push_back(question.id);
      noted.push_back(std::move(question));
    }
  }
  RETURN_IF_ERROR(UpdateUpstreams(write.tx(), noted, write.context().now));
  RETURN_IF_ERROR(PublishLatestRevisions(write.tx(), published, write.context().now));
  RETURN_IF_ERROR(WriteQuestions(write.tx(), changed, write.context().principal.effective_subject(), write.context().now, Plans::kEnded));
  return OutcomeOf(plan, list_new);
}

absl::StatusOr<ChangedEntries> ChangedCatalogue(Tx& tx, const ImportTerms& terms, const v1::Pack& pack) {
  ChangedEntries changed;
  std::vector<CatalogEntry> entries = CatalogOf(pack);
  if (entries.empty()) return changed;
  ASSIGN_OR_RETURN(const auto stored, ReadWholeCatalog(tx));
  ASSIGN_OR_RETURN(const auto brought, ReadPackCatalog(tx, pack.id()));
  const auto by_name = [](const std::vector<CatalogEntry>& list) {
    std::map<std::pair<std::string, std::string>, const CatalogEntry*> names;
    for (const CatalogEntry& entry : list) names[{entry.collection, entry.id}] = &entry;
    return names;
  };
  const auto newest = by_name(stored);
  const auto before = by_name(brought);
  const auto says = [](const auto& entries_by_name, const CatalogEntry& entry) {
    const auto found = entries_by_name.find({entry.collection, entry.id});
    return found != entries_by_name.end() && found->second->content_hash == entry.content_hash;
  };
  for (CatalogEntry& entry : entries) {
    // What the pack brought last is no news, whatever the tenant has made of it since; it may be taken all the same.
    const bool takes = terms.conflicts == v1::CONFLICT_RULE_TAKE_DOCUMENT;
    if (says(newest, entry) || (!takes && says(before, entry))) continue;
    const auto found = newest.find({entry.collection, entry.id});
    const CatalogEntry* current = found == newest.end() ? nullptr : found->second;
    entry.revision = current == nullptr ? 1 : current->revision + 1;
    const bool tenants_own = current != nullptr && current->pack.empty();
    const bool stays = tenants_own && !takes;
    if (current != nullptr && current->pack != entry.pack) {
      v1::ImportFinding finding;
      finding.set_path(entry.collection + "/" + entry.id);
      finding.set_severity(v1::FINDING_SEVERITY_WARNING);
      finding.set_reason(
          stays ? fmt::format("is the tenant's own since revision {} and stays; the document's is taken with TAKE_DOCUMENT", current->revision)
                : fmt::format("was {} and is this pack's from revision {} on; earlier revisions stay",
                              tenants_own ? "the tenant's own" : "of packs/" + current->pack, entry.revision));
      changed.findings.push_back(std::move(finding));
    }
    if (!stays) changed.entries.push_back(std::move(entry));
  }
  return changed;
}

absl::StatusOr<ChangedEntries> WriteCatalogue(WriteTx& write, const ImportTerms& terms, const v1::Pack& pack, bool replace_header, int added) {
  ASSIGN_OR_RETURN(ChangedEntries changed, ChangedCatalogue(write.tx(), terms, pack));
  for (const CatalogEntry& entry : changed.entries) write.Emit(CatalogEvent(entry));
  RETURN_IF_ERROR(InsertCatalogEntries(write.tx(), changed.entries, write.context().now));
  v1::Pack header = pack;
  for (const auto* field : {"competencies", "scales", "roles", "formats", "loops", "policies", "flags", "probing_techniques",
                            "scorecard_templates", "vignettes", "hiring_checks", "section_guidance", "questions"}) {
    header.GetReflection()->ClearField(&header, v1::Pack::descriptor()->FindFieldByName(field));
  }
  if (!replace_header) {
    ASSIGN_OR_RETURN(auto stored, ReadPackHeader(write.tx(), pack.id()));
    if (stored.has_value()) header = *std::move(stored);
  }
  RETURN_IF_ERROR(UpsertPackHeader(write.tx(), header, added, write.context().now));
  return changed;
}

}  // namespace assay::bank
