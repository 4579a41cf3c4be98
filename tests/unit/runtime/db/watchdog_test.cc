#include "services/runtime/db/watchdog.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class WatchdogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int ends_[2];
};

TEST_F(WatchdogTest, WakesAReaderAtTheDeadline) {
  Watchdog watchdog;
  const auto started = steady_clock::now();
  Watchdog::Watch watch(watchdog, ends_[0], started + milliseconds(50));
  char byte;
  EXPECT_EQ(::read(ends_[0], &byte, 1), 0);
  EXPECT_GE(steady_clock::now() - started, milliseconds(50));
  EXPECT_TRUE(watch.fired());
}

TEST_F(WatchdogTest, LeavesASocketAloneWhoseWatchEndedInTime) {
  Watchdog watchdog;
  const auto at = steady_clock::now() + milliseconds(20);
  { Watchdog::Watch ended(watchdog, ends_[0], at); }
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
  Watchdog::Watch later(watchdog, others[0], at + milliseconds(20));
  char byte;
  EXPECT_EQ(::read(others[0], &byte, 1), 0);  // by now the ended watch would have fired
  EXPECT_EQ(::write(ends_[0], "x", 1), 1);
  ::close(others[0]);
  ::close(others[1]);
}

TEST_F(WatchdogTest, AnEarlierWatchIsNotHeldUpByALaterOne) {
  Watchdog watchdog;
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
  const auto started = steady_clock::now();
  Watchdog::Watch later(watchdog, others[0], started + std::chrono::hours(1));
  Watchdog::Watch forever(watchdog, others[1], Watchdog::TimePoint::max());
  Watchdog::Watch sooner(watchdog, ends_[0], started + milliseconds(30));
  char byte;
  EXPECT_EQ(::read(ends_[0], &byte, 1), 0);
  EXPECT_TRUE(sooner.fired());
  EXPECT_FALSE(later.fired());
  ::close(others[0]);
  ::close(others[1]);
}

}  // namespace
}  // namespace assay::runtime
