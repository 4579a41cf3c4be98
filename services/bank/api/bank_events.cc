#include "services/bank/api/bank_events.h"

#include <spdlog/spdlog.h>

#include "services/bank/store/catalog_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/feed_reader.h"

namespace assay::bank {
namespace {

constexpr int kSnapshotPage = 500;
constexpr int kEventPage = 500;

absl::StatusOr<runtime::SnapshotPage> Snapshot(BankParts& parts, const runtime::RequestContext& context, const std::string& collection,
                                               const std::string& after) {
  return runtime::Transact<runtime::SnapshotPage>(
      parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline,
      [&](runtime::Tx& tx) -> absl::StatusOr<runtime::SnapshotPage> {
        runtime::SnapshotPage page;
        if (collection == "questions") {
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
                .collections = {"questions", "catalog"},
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
  });
  thread_ = std::thread([this] { Run(); });
}

void CacheInvalidator::Stop() {
  if (!thread_.joinable()) return;
  relay_.Unsubscribe(subscription_);
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void CacheInvalidator::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    // Woken by the relay; looks by itself now and then in case a wake was lost.
    changed_.wait_for(lock, std::chrono::seconds(1), [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return woken_ || stopped_; });
    if (stopped_) return;
    woken_ = false;
    lock.unlock();
    if (absl::Status status = CatchUp(); !status.ok()) {
      spdlog::warn("following the bank's feed: {}", std::string(status.message()));
      parts_.cache.Clear();
      started_ = false;
    }
    lock.lock();
  }
}

absl::Status CacheInvalidator::CatchUp() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const runtime::FeedReader reader(feed_pool_, parts_.cursors, "");
  if (!started_) {
    // What happened before the first look is in no cache yet, or was just cleared.
    ASSIGN_OR_RETURN(position_, reader.Horizon(deadline));
    parts_.cache.Clear();
    started_ = true;
  }
  while (true) {
    ASSIGN_OR_RETURN(const runtime::FeedPage page, reader.Read(position_, kEventPage, deadline));
    for (const auto& event : page.events) {
      parts_.cache.Forget(event.tenant(), event.resource());
      parts_.catalogues.Forget(event.tenant());
    }
    position_ = page.next;
    if (page.at_end) return absl::OkStatus();
  }
}

}  // namespace assay::bank
