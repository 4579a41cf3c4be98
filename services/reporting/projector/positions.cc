#include "services/reporting/projector/positions.h"

#include <sstream>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::reporting {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{25};
constexpr std::chrono::seconds kRead{1};

absl::Status NotReached() {
  return runtime::WithRetryAfter(
      runtime::Error(runtime::v1::ERROR_REASON_MIN_CURSOR_NOT_REACHED, "the report does not reflect this cursor yet; retry"), 250);
}

}  // namespace

void Positions::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Positions::Stop() {
  std::list<Waiter> left;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    left.swap(waiters_);
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Waiter& waiter : left) waiter.done(runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE, "the service is stopping; retry"));
}

absl::StatusOr<Positions::Wanted> Positions::Parse(const std::string& min_cursor) const {
  Wanted wanted;
  std::istringstream words(min_cursor);
  for (std::string cursor; words >> cursor;) {
    ASSIGN_OR_RETURN(runtime::CursorCodec::Content content, runtime::CursorCodec::Read(sealer_, cursor));
    wanted.push_back(std::move(content));
  }
  return wanted;
}

void Positions::Await(Wanted wanted, steady_clock::time_point deadline, std::function<void(absl::Status)> done) {
  bool reached = false;
  {
    std::lock_guard lock(mutex_);
    reached = Reached(wanted);
    if (!reached && !stopped_) {
      waiters_.push_back({std::move(wanted), deadline, std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(reached ? absl::OkStatus() : runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE, "the service is stopping; retry"));
}

void Positions::Moved(const FeedProgress& progress) {
  {
    std::lock_guard lock(mutex_);
    Learn(progress);
    moved_ = true;
    if (waiters_.empty()) return;
  }
  changed_.notify_one();
}

void Positions::Learn(const FeedProgress& progress) {
  if (progress.cursor.empty()) return;
  const auto content = runtime::CursorCodec::Read(sealer_, progress.cursor);
  if (content.ok()) known_[progress.feed] = *content;
}

bool Positions::Reached(const Wanted& wanted) const {
  for (const auto& want : wanted) {
    const auto known = known_.find(want.feed);
    // Positions of different epochs cannot be compared.
    if (known == known_.end() || known->second.epoch != want.epoch || known->second.position < want.position) return false;
  }
  return true;
}

std::vector<std::function<void()>> Positions::TakeDone() {
  std::vector<std::function<void()>> calls;
  const auto now = steady_clock::now();
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    const bool reached = Reached(waiter->wanted);
    if (!reached && now < waiter->deadline) {
      ++waiter;
      continue;
    }
    calls.push_back([done = std::move(waiter->done), reached] { done(reached ? absl::OkStatus() : NotReached()); });
    waiter = waiters_.erase(waiter);
  }
  return calls;
}

void Positions::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (waiters_.empty()) {
      changed_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !waiters_.empty(); });
      if (stopped_) return;
    }
    if (!std::exchange(moved_, false)) {
      lock.unlock();
      const auto read = runtime::Transact<std::vector<FeedProgress>>(pool_, runtime::TxMode::kReadOnly, "",
                                                                     steady_clock::now() + kRead, ReadProgress);
      lock.lock();
      if (read.ok()) {
        for (const FeedProgress& progress : *read) Learn(progress);
      }
    }
    const std::vector<std::function<void()>> calls = TakeDone();
    if (!calls.empty()) {
      lock.unlock();
      for (const auto& call : calls) call();
      lock.lock();
      continue;
    }
    changed_.wait_for(lock, kPoll, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || moved_; });
  }
}

}  // namespace assay::reporting
