#include "services/bank/api/bank_events.h"

#include <spdlog/spdlog.h>

#include "services/bank/api/kit_maker.h"
#include "services/bank/store/catalog_store.h"
#include "services/bank/store/kit_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/feed_reader.h"

namespace assay::bank {
namespace {

// After a look the follower rests for so many times as long as it took, and never for longer than this.
constexpr int kRest = 3;
constexpr std::chrono::milliseconds kLongestRest{40};
constexpr int kSnapshotPage = 500;
constexpr int kEventPage = 500;
constexpr std::chrono::seconds kRefreshTime{60};

absl::StatusOr<runtime::SnapshotPage> Snapshot(BankParts& parts, const runtime::RequestContext& context, const std::string& collection,
                                               const std::string& after) {
  return runtime::Transact<runtime::SnapshotPage>(
      parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline,
      [&](runtime::Tx& tx) -> absl::StatusOr<runtime::SnapshotPage> {
        runtime::SnapshotPage page;
        if (collection == "kits") {
          ASSIGN_OR_RETURN(const std::vector<KitVersion> kits, ListKitVersions(tx, after, kSnapshotPage));
          for (const KitVersion& kit : kits) {
            runtime::v1::SnapshotResource& resource = page.resources.emplace_back();
            resource.set_resource(kit.kit.name());
            resource.set_resource_version(kit.version);
            resource.set_state(kit.version > 1 ? kKitGivenOut : kKitAssembled);
            for (const auto& [key, named] : RelatedOf(kit.kit)) (*resource.mutable_related())[key] = named;
          }
          if (static_cast<int>(kits.size()) == kSnapshotPage) page.next = kits.back().kit.name().substr(sizeof("kits/") - 1);
        } else if (collection == "questions") {
          ASSIGN_OR_RETURN(const auto questions, ListAllQuestionRows(tx, after, kSnapshotPage));
          for (const StoredQuestion& question : questions) {
            runtime::v1::SnapshotResource& resource = page.resources.emplace_back();
            resource.set_resource("questions/" + question.id);
            resource.set_resource_version(question.version);
            resource.set_state(v1::QuestionState_Name(question.state).substr(sizeof("QUESTION_STATE_") - 1));
          }
          if (static_cast<int>(questions.size()) == kSnapshotPage) page.next = questions.back().id;
        } else {
          ASSIGN_OR_RETURN(const auto entries, ReadWholeCatalog(tx));
          for (const CatalogEntry& entry : entries) {
            runtime::v1::SnapshotResource& resource = page.resources.emplace_back();
            resource.set_resource(entry.Name());
            resource.set_resource_version(entry.revision);
            resource.set_state("PUBLISHED");
          }
        }
        return page;
      });
}

}  // namespace

void BindEvents(runtime::Service& service, BankParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay) {
  runtime::AddEventService(
      service, {.pool = parts.pool,
                .feed_pool = feed_pool,
                .cursors = parts.cursors,
                .relay = relay,
                // The bank holds nothing about people.
                .visible = [](const runtime::RequestContext&, const runtime::v1::Event&) { return true; },
                .collections = {"questions", "catalog", "kits"},
                .snapshot = [&parts](const runtime::RequestContext& context, const std::string& collection, const std::string& after) {
                  return Snapshot(parts, context, collection, after);
                }});
}

void CacheInvalidator::Start() {
  subscription_ = relay_.Subscribe([this] {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }, runtime::FeedRelay::Wake::kCommitted);
  thread_ = std::thread([this] { Run(); });
  refresher_ = std::thread([this] { RunRefresher(); });
}

void CacheInvalidator::Stop() {
  if (!thread_.joinable()) return;
  relay_.Unsubscribe(subscription_);
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  stale_.notify_one();
  thread_.join();
  refresher_.join();
}

void CacheInvalidator::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    // Woken by the relay; looks by itself now and then in case a wake was lost.
    changed_.wait_for(lock, std::chrono::seconds(1), [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return woken_ || stopped_; });
    if (stopped_) return;
    woken_ = false;
    lock.unlock();
    const auto begun = std::chrono::steady_clock::now();
    if (absl::Status status = CatchUp(); !status.ok()) {
      spdlog::warn("following the bank's feed: {}", std::string(status.message()));
      // How long nothing is heard is unknown; what was said meanwhile is heard later, unless the place in the feed is lost.
      parts_.cache.Clear();
      const auto reason = runtime::ReasonOf(status);
      if (reason == runtime::v1::ERROR_REASON_CURSOR_EXPIRED || reason == runtime::v1::ERROR_REASON_FEED_EPOCH_CHANGED) started_ = false;
    }
    const auto took = std::chrono::steady_clock::now() - begun;
    lock.lock();
    refresh_ = true;
    stale_.notify_one();
    // So that an import, which says something new all the time, is not slowed down by being followed.
    changed_.wait_for(lock, std::min<std::chrono::steady_clock::duration>(kRest * took, kLongestRest),
                      [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; });
  }
}

void CacheInvalidator::RunRefresher() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    stale_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return refresh_ || stopped_; });
    if (stopped_) return;
    refresh_ = false;
    lock.unlock();
    parts_.catalogues.Refresh(parts_.pool, runtime::SystemClock().Now(), std::chrono::steady_clock::now() + kRefreshTime);
    lock.lock();
  }
}

void CacheInvalidator::Forget(const runtime::v1::Event& event) {
  const std::string& tenant = event.tenant();
  const std::string id = event.resource().substr(event.resource().rfind('/') + 1);
  parts_.cache.Forget(tenant, event.resource());
  switch (event.type()) {
    case runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED:
    case runtime::v1::EVENT_TYPE_QUESTION_UPDATED:
    case runtime::v1::EVENT_TYPE_QUESTION_RETIRED:
    case runtime::v1::EVENT_TYPE_QUESTION_DELETED: return parts_.catalogues.QuestionsChanged(tenant, {id});
    case runtime::v1::EVENT_TYPE_KIT_ASSEMBLED: return parts_.catalogues.KitsUsed(tenant, {id});
    case runtime::v1::EVENT_TYPE_POLICY_PUBLISHED:
    case runtime::v1::EVENT_TYPE_CATALOG_PUBLISHED:
    case runtime::v1::EVENT_TYPE_IMPORT_COMPLETED: return parts_.catalogues.EntriesChanged(tenant);
    default: return;
  }
}

absl::Status CacheInvalidator::CatchUp() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const runtime::FeedReader reader(feed_pool_, parts_.cursors, "");
  if (!started_) {
    // What happened before the first look is in no cache yet, or was just cleared.
    ASSIGN_OR_RETURN(position_, reader.Horizon(deadline));
    parts_.cache.Clear();
    parts_.catalogues.Clear();
    started_ = true;
  }
  // What an older transaction keeps out of the feed, such as an import, is forgotten at once and again in its place.
  ASSIGN_OR_RETURN(const auto unsettled, reader.ReadUnsettled(kEventPage, deadline));
  if (unsettled.empty()) unsettled_.clear();
  for (const auto& event : unsettled) {
    if (unsettled_.insert(event.id()).second) Forget(event);
  }
  if (static_cast<int>(unsettled.size()) == kEventPage) parts_.cache.Clear();
  for (bool at_end = false; !at_end;) {
    ASSIGN_OR_RETURN(const runtime::FeedPage page, reader.Read(position_, kEventPage, deadline));
    for (const auto& event : page.events) Forget(event);
    position_ = page.next;
    at_end = page.at_end;
  }
  return absl::OkStatus();
}

}  // namespace assay::bank
