#include "services/runtime/rpc/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

namespace assay::runtime {
namespace {

TEST(Executor, CountsWhatRunsAndWhatWaitsWithOneNumber) {
  Executor executor(2, 3);
  std::latch gate(1);
  int admitted = 0;
  while (executor.TryPost([&gate] { gate.wait(); })) ++admitted;
  EXPECT_EQ(admitted, 5);
  EXPECT_EQ(executor.in_flight(), 5);
  gate.count_down();
  executor.Stop();
  EXPECT_EQ(executor.in_flight(), 0);
}

TEST(Executor, RunsWhatWasAdmittedBeforeItStops) {
  std::atomic<int> done{0};
  Executor executor(1, 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(executor.TryPost([&done] { ++done; }));
  executor.Stop();
  EXPECT_EQ(done, 50);
}

TEST(Executor, TakesNothingOnceStopped) {
  Executor executor(1, 1);
  executor.Stop();
  EXPECT_FALSE(executor.TryPost([] {}));
  EXPECT_EQ(executor.in_flight(), 0);
}

TEST(Executor, OutlivesWorkThatThrows) {
  std::atomic<bool> after{false};
  Executor executor(1, 2);
  ASSERT_TRUE(executor.TryPost([] { throw std::runtime_error("on purpose"); }));
  ASSERT_TRUE(executor.TryPost([&after] { after = true; }));
  executor.Stop();
  EXPECT_TRUE(after);
}

TEST(Executor, JudgesABurstFromManyThreadsExactly) {
  Executor executor(2, 6);
  std::latch gate(1);
  std::atomic<int> admitted{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 8; ++j) admitted += executor.TryPost([&gate] { gate.wait(); }) ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(admitted, 8);
  gate.count_down();
}

}  // namespace
}  // namespace assay::runtime
