#include "services/scoring/api/submit_coalescer.h"

#include <algorithm>
#include <exception>
#include <set>
#include <tuple>

#include <spdlog/spdlog.h>

#include "services/runtime/audit/audit.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/idempotency.h"
#include "services/scoring/api/card_change.h"
#include "services/scoring/store/card_content.h"
#include "services/scoring/store/external_id_store.h"
#include "services/scoring/store/flag_store.h"

namespace assay::scoring {
namespace {

using runtime::ErrorReason;
using runtime::Tx;

constexpr char kCursorTrailer[] = "assay-cursor";
constexpr int kRetryMillis = 250;
// Attempts of an item alone: the first may lose against a twin, the next one sees what the twin did.
constexpr int kAttempts = 4;

absl::Status Busy() {
  return runtime::WithRetryAfter(
      runtime::Error(runtime::v1::ERROR_REASON_OVERLOADED, "the service is busy; retry after 250 ms"), kRetryMillis);
}

// The database itself is in the way: trying the items one by one would only take longer.
bool IsOutage(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

bool InDoubt(const absl::Status& status) {
  return runtime::ReasonOf(status) == runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT;
}

// Another writer was quicker: what it did is there to be seen now.
bool LostRace(const absl::Status& status) {
  return absl::IsAborted(status) || !runtime::ViolatedConstraint(status).empty();
}

}  // namespace

SubmitCoalescer::SubmitCoalescer(ScoringParts& parts, CoalescerOptions options)
    : parts_(parts), options_(options) {
  for (int i = 0; i < options_.workers; ++i) queues_.push_back(std::make_unique<Queue>(options_.max_waiting));
  for (const auto& queue : queues_) workers_.emplace_back([this, &queue = *queue] { Run(queue); });
}

SubmitCoalescer::~SubmitCoalescer() { Stop(); }

void SubmitCoalescer::Stop() {
  for (const auto& queue : queues_) queue->Stop();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void SubmitCoalescer::Submit(runtime::ContextPtr context, std::shared_ptr<const v1::SubmitScorecardRequest> request,
                             Done done) {
  absl::StatusOr<CardKey> key = ParseCardName(request->name());
  if (!key.ok()) return done(key.status());
  auto item = std::make_unique<Item>();
  item->key = *std::move(key);
  item->request_key = runtime::KeyOf(*context, *request);
  if (request->validate_only()) item->request_key.request_id.clear();
  item->context = std::move(context);
  item->request = std::move(request);
  item->done = std::move(done);
  Queue& queue = *queues_[std::hash<std::string>()(item->context->tenant()) % queues_.size()];
  if (!queue.Push(std::move(item))) item->done(Busy());
}

void SubmitCoalescer::Run(Queue& queue) {
  while (true) {
    std::vector<std::unique_ptr<Item>> batch = queue.Pop(options_.max_batch);
    if (batch.empty()) return;
    Items items;
    for (const auto& item : batch) items.push_back(item.get());
    try {
      Work(std::move(items));
    } catch (const std::exception& error) {
      spdlog::error("a batch of submissions failed: {}", error.what());
    }
    // Whoever was not reached by then must not wait for ever.
    for (const auto& item : batch) {
      if (item->done) item->done(runtime::Internal("a batch of submissions was cut short"));
    }
  }
}

// Takes from the batch what can share a transaction: no card and no request_id twice. The rest follows in the next one and
// finds what this one left.
void SubmitCoalescer::Work(Items items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item* a, const Item* b) { return a->context->tenant() < b->context->tenant(); });
  while (!items.empty()) {
    Items together;
    Items later;
    std::set<std::tuple<std::string, std::string, std::string>> cards;
    std::set<std::tuple<std::string, std::string, std::string>> requests;
    for (Item* item : items) {
      const std::string& tenant = item->context->tenant();
      const std::tuple card(tenant, item->key.interview, item->key.interviewer);
      const std::tuple request(tenant, item->request_key.subject, item->request_key.request_id);
      const bool idempotent = !item->request_key.request_id.empty();
      if (cards.count(card) > 0 || (idempotent && requests.count(request) > 0)) {
        later.push_back(item);
        continue;
      }
      cards.insert(card);
      if (idempotent) requests.insert(request);
      together.push_back(item);
    }
    Commit(together);
    items = std::move(later);
  }
}

void SubmitCoalescer::Commit(const Items& items) {
  std::vector<Outcome> outcomes;
  absl::Status status;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    status = parts_.pool.Transact(
        runtime::TxMode::kReadWrite, items[0]->context->tenant(), std::chrono::steady_clock::now() + options_.deadline,
        [&](Tx& tx) -> absl::Status {
          outcomes.assign(items.size(), {});
          size_t first = 0;
          while (first < items.size()) {
            const std::string& tenant = items[first]->context->tenant();
            size_t end = first;
            while (end < items.size() && items[end]->context->tenant() == tenant) ++end;
            if (tx.tenant() != tenant) RETURN_IF_ERROR(tx.SetTenant(tenant));
            RETURN_IF_ERROR(RunGroup(tx, Items(items.begin() + first, items.begin() + end), outcomes, first));
            first = end;
          }
          return absl::OkStatus();
        });
    // One card that loses a race, or spoils the transaction, must not make the others wait or fail with it.
    if (status.ok() || items.size() > 1) break;
    if (InDoubt(status) ? items[0]->request_key.request_id.empty() : !LostRace(status)) break;
  }
  if (status.ok()) {
    for (size_t i = 0; i < items.size(); ++i) Answer(*items[i], outcomes[i]);
    return;
  }
  const bool one_by_one = items.size() > 1 && !IsOutage(status);
  for (size_t i = 0; i < items.size(); ++i) {
    // In doubt, a card without request_id cannot be told from somebody else's; its caller has to look.
    const bool unknowable = InDoubt(status) && items[i]->request_key.request_id.empty();
    if (one_by_one && !unknowable) {
      Commit({items[i]});
      continue;
    }
    Outcome failed;
    failed.status = status;
    // What was refused before the database failed is refused all the same.
    if (i < outcomes.size() && InDoubt(status) && !outcomes[i].status.ok()) failed.status = outcomes[i].status;
    Answer(*items[i], failed);
  }
}

absl::Status SubmitCoalescer::RunGroup(Tx& tx, const Items& items, std::vector<Outcome>& outcomes, size_t first) {
  std::vector<SituationQuestion> questions;
  for (const Item* item : items) questions.push_back({item->key, item->request_key});
  ASSIGN_OR_RETURN(const std::vector<SituationRow> rows, ReadSituations(tx, questions));
  const runtime::Instant now = parts_.clock.Now();
  std::vector<Submission> submissions;
  std::vector<runtime::AuditEntry> audits;
  std::vector<size_t> written;
  for (size_t i = 0; i < items.size(); ++i) {
    Outcome& outcome = outcomes[first + i];
    outcome.status = Judge(tx, *items[i], rows[i], now, outcome);
    if (!outcome.status.ok() || !outcome.submission) continue;
    audits.push_back(runtime::EntryOf(*items[i]->context, {.category = "write",
                                                           .resource = CardName(items[i]->key),
                                                           .reason = {},
                                                           .request_id = items[i]->request_key.request_id,
                                                           .subject = {}}));
    submissions.push_back(*std::move(outcome.submission));
    written.push_back(first + i);
  }
  if (submissions.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const StoredSubmissions stored, WriteSubmissions(tx, now, submissions));
  for (const size_t place : written) outcomes[place].position = stored.position;
  return runtime::AppendAuditEntries(tx, audits);
}

absl::Status SubmitCoalescer::Judge(Tx& tx, const Item& item, const SituationRow& row, runtime::Instant now,
                                    Outcome& outcome) {
  const v1::SubmitScorecardRequest& request = *item.request;
  if (row.claim) {
    if (row.claim->state == runtime::ClaimState::kReused) return runtime::RequestIdReused(item.request_key);
    outcome.position = row.claim->position;
    ASSIGN_OR_RETURN(outcome.card, RebuildCard(tx, parts_.vault, row.claim->result));
    return absl::OkStatus();
  }
  const Authority authority = AuthorityOver(item.context->principal, row);
  if (authority == Authority::kNone || !row.interview_exists) return runtime::NotFound(request.name());
  ASSIGN_OR_RETURN(const v1::ScorecardContent given, ContentOf(tx, item, row, authority == Authority::kAuthor));
  ASSIGN_OR_RETURN(const auto judged, ContentFor(contents_, tx, row, given));
  ASSIGN_OR_RETURN(CardChange change, scoring::Submit(SituationOf(item.key, row, *judged, now), given, request.etag()));

  Submission submission;
  submission.row = RowAfter(item.key, row, change, CardDocument(row.document, request), item.context->principal.subject, now);
  submission.interview_version = row.interview_version;
  submission.content = std::move(change.content);
  outcome.card = ToProto(submission.row);
  *outcome.card.mutable_content() = submission.content;
  if (request.validate_only()) return absl::OkStatus();

  submission.request = item.request_key;
  submission.actor = item.context->principal.subject;
  submission.had_draft = row.stored.has_value();
  const std::string personal = PersonalPart(submission.content, "");
  if (!personal.empty()) {
    ASSIGN_OR_RETURN(submission.personal, Seal(tx, row.candidate, personal));
  }
  submission.events.push_back(CardEvent(submission.row, runtime::v1::EVENT_TYPE_SCORECARD_SUBMITTED));
  submission.flags = FlagsRaisedBy(item.key, row, *judged, submission.content, {}, now);
  for (const NewFlag& flag : submission.flags) {
    ASSIGN_OR_RETURN(submission.flag_texts.emplace_back(), Seal(tx, row.candidate, FlagPersonalPart(flag.flag)));
    submission.events.push_back(
        FlagEvent(RowOfNewFlag(flag, row.application, now), runtime::v1::EVENT_TYPE_FLAG_RAISED, row.candidate));
  }
  if (!request.external_ids().empty()) {
    RETURN_IF_ERROR(ReplaceExternalIds(tx, "scorecard", item.key.interview + "/" + item.key.interviewer,
                                       request.external_ids()));
  }
  outcome.submission = std::move(submission);
  return absl::OkStatus();
}

absl::StatusOr<v1::ScorecardContent> SubmitCoalescer::ContentOf(Tx& tx, const Item& item, const SituationRow& row,
                                                                bool author) {
  if (item.request->has_content()) return item.request->content();
  // What is wrong with the card itself is said first: the rules look at an empty content then.
  const bool submitted = row.stored && row.stored->revision > 0;
  const bool takes_cards = row.interview_state != "CANCELED" && row.interview_state != "CLOSED";
  if (submitted || !takes_cards || !row.seat) return v1::ScorecardContent();
  // A draft is its author's alone, also to hand in.
  if (!author || !row.draft) return runtime::InvalidField("content", "is required, because no draft of yours is saved");
  absl::StatusOr<std::string> opened = parts_.vault.Open(tx, *row.draft);
  if (absl::IsNotFound(opened.status())) return runtime::InvalidField("content", "is required, because the draft was erased");
  if (!opened.ok()) return opened.status();
  v1::ScorecardRevision draft;
  draft.ParseFromString(*opened);
  return std::move(*draft.mutable_content());
}

absl::StatusOr<runtime::SealedText> SubmitCoalescer::Seal(Tx& tx, const std::string& candidate, const std::string& plain) {
  const std::string subject = CandidateKey(candidate);
  absl::StatusOr<runtime::SealedText> sealed = parts_.vault.SealCached(tx.tenant(), subject, plain);
  if (absl::IsNotFound(sealed.status())) return parts_.vault.Seal(tx, subject, plain);
  return sealed;
}

void SubmitCoalescer::Answer(Item& item, Outcome& outcome) {
  const Done done = std::exchange(item.done, nullptr);
  if (!outcome.status.ok()) return done(outcome.status);
  if (outcome.position) item.context->AddTrailer(kCursorTrailer, parts_.cursors.Seal(*outcome.position));
  done(std::move(outcome.card));
}

}  // namespace assay::scoring
