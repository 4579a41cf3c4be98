#pragma once

#include <set>
#include <string>
#include <thread>

#include "services/bank/api/parts.h"
#include "services/runtime/feed/event_service.h"
#include "services/runtime/feed/relay.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.EventService.
void BindEvents(runtime::Service& service, BankParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay);

// Follows the bank's own feed and forgets what other replicas changed: memory is at most a relay's look and
// a rest of 40 ms behind the database.
// What kits are drawn from is read anew on a thread of its own, so that a long reading keeps no other question stale.
class CacheInvalidator {
 public:
  CacheInvalidator(BankParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay)
      : parts_(parts), feed_pool_(feed_pool), relay_(relay) {}
  ~CacheInvalidator() { Stop(); }
  void Start();
  void Stop();

 private:
  void Run();
  void RunRefresher();
  // Applies what is new. After an error it goes on where it was; where its place is lost everything is read anew.
  absl::Status CatchUp();
  void Forget(const runtime::v1::Event& event);

  BankParts& parts_;
  runtime::Pool& feed_pool_;
  runtime::FeedRelay& relay_;
  runtime::FeedPosition position_;
  bool started_ = false;
  // Ids of events that were acted on ahead of their place; one that stays there for long is not acted on at every look.
  std::set<std::string> unsettled_;
  uint64_t subscription_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::condition_variable stale_;
  bool refresh_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
  std::thread refresher_;
};

}  // namespace assay::bank
