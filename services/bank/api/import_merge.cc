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
absl::Status Revise(const PlannedQuestion& planned, const ImportTerms& terms, StoredQuestion& stored) {
  stored.id = planned.staged->id;
  stored.pack = terms.pack;
  if (const ExistingQuestion* existing = planned.existing) {
    stored.version = existing->version;
    stored.published_revision = existing->bank.published_revision;
    stored.latest_revision = existing->bank.latest_revision;
    stored.question = existing->question;
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
    if (!decision.kept_because.empty()) {
      v1::ImportFinding finding;
      finding.set_line(planned.staged->line);
      finding.set_end_line(planned.staged->line);
      finding.set_path("questions/" + planned.staged->id);
      finding.set_reason(decision.kept_because);
      finding.set_severity(v1::FINDING_SEVERITY_WARNING);
      builder.Add(std::move(finding));
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

  std::vector<StoredQuestion> changed;
  std::vector<ExistingQuestion> noted;
  for (const PlannedQuestion& planned : plan) {
    const ImportDecision& decision = planned.decision;
    if (Writes(decision)) {
      StoredQuestion question;
      RETURN_IF_ERROR(Revise(planned, terms, question));
      const bool published = question.published_revision == question.latest_revision;
      write.Emit(QuestionEvent(published ? runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED : runtime::v1::EVENT_TYPE_QUESTION_UPDATED,
                               question.id, question.version, question.question));
      touched.push_back(question.id);
      changed.push_back(std::move(question));
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
  RETURN_IF_ERROR(WriteQuestions(write.tx(), changed, write.context().principal.subject, write.context().now));
  return OutcomeOf(plan, list_new);
}

absl::StatusOr<ChangedEntries> ChangedCatalogue(Tx& tx, const v1::Pack& pack) {
  ChangedEntries changed;
  std::vector<CatalogEntry> entries = CatalogOf(pack);
  if (entries.empty()) return changed;
  ASSIGN_OR_RETURN(const auto stored, ReadWholeCatalog(tx));
  std::map<std::pair<std::string, std::string>, const CatalogEntry*> newest;
  for (const CatalogEntry& entry : stored) newest[{entry.collection, entry.id}] = &entry;
  for (CatalogEntry& entry : entries) {
    const auto found = newest.find({entry.collection, entry.id});
    if (found != newest.end() && found->second->content_hash == entry.content_hash) continue;
    entry.revision = found == newest.end() ? 1 : found->second->revision + 1;
    if (found != newest.end() && found->second->pack != entry.pack) {
      v1::ImportFinding finding;
      finding.set_path(entry.collection + "/" + entry.id);
      finding.set_severity(v1::FINDING_SEVERITY_WARNING);
      finding.set_reason(fmt::format("was {} and is this pack's from revision {} on; earlier revisions stay",
                                     found->second->pack.empty() ? "the tenant's own" : "of packs/" + found->second->pack, entry.revision));
      changed.findings.push_back(std::move(finding));
    }
    changed.entries.push_back(std::move(entry));
  }
  return changed;
}

absl::StatusOr<ChangedEntries> WriteCatalogue(WriteTx& write, const v1::Pack& pack, bool replace_header, int added) {
  ASSIGN_OR_RETURN(ChangedEntries changed, ChangedCatalogue(write.tx(), pack));
  for (const CatalogEntry& entry : changed.entries) {
    runtime::OutboxEvent event;
    event.type = entry.collection == "policies" ? runtime::v1::EVENT_TYPE_POLICY_PUBLISHED : runtime::v1::EVENT_TYPE_CATALOG_PUBLISHED;
    event.resource = entry.Name();
    event.aggregate_type = "catalog";
    event.version = entry.revision;
    event.state = "PUBLISHED";
    write.Emit(std::move(event));
  }
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
