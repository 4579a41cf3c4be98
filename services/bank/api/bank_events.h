#pragma once

#include <thread>

#include "services/bank/api/parts.h"
#include "services/runtime/feed/event_service.h"
#include "services/runtime/feed/relay.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.EventService.
void BindEvents(runtime::Service& service, BankParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay);

// Follows the bank's own feed and forgets what other replicas changed: memory is at most a relay's look behind the database.
class CacheInvalidator {
 public:
  CacheInvalidator(BankParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay)
      : parts_(parts), feed_pool_(feed_pool), relay_(relay) {}
  ~CacheInvalidator() { Stop(); }
  void Start();
  void Stop();

 private:
  void Run();
  // Applies what is new; an error clears everything, because what was missed is unknown.
  absl::Status CatchUp();

  BankParts& parts_;
  runtime::Pool& feed_pool_;
  runtime::FeedRelay& relay_;
  runtime::FeedPosition position_;
  bool started_ = false;
  uint64_t subscription_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::bank
