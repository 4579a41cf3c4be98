#include "services/runtime/batch/batch_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace assay::runtime {
namespace {

TEST(BatchQueue, HandsOutWhatGatheredInOrderUpToTheMaximum) {
  BatchQueue<int> queue(10);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.Push(int{i}));
  EXPECT_EQ(queue.Pop(3), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(queue.Pop(3), (std::vector<int>{3, 4}));
}

TEST(BatchQueue, LeavesAnItemUntouchedThatItCannotTake) {
  BatchQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.Push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.Push(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(BatchQueue, StoppedTakesNoMoreAndDrains) {
  BatchQueue<int> queue(10);
  EXPECT_TRUE(queue.Push(7));
  queue.Stop();
  EXPECT_FALSE(queue.Push(8));
  EXPECT_EQ(queue.Pop(4), (std::vector<int>{7}));
  EXPECT_TRUE(queue.Pop(4).empty());
}

TEST(BatchQueue, GivesEveryItemToOneReaderOnce) {
  constexpr int kWriters = 4;
  constexpr int kEach = 2000;
  BatchQueue<int> queue(kWriters * kEach);
  std::mutex mutex;
  std::multiset<int> seen;
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (true) {
        const std::vector<int> batch = queue.Pop(64);
        if (batch.empty()) return;
        std::lock_guard lock(mutex);
        seen.insert(batch.begin(), batch.end());
      }
    });
  }
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(queue.Push(w * kEach + i));
    });
  }
  for (std::thread& writer : writers) writer.join();
  queue.Stop();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(seen.size(), static_cast<size_t>(kWriters * kEach));
  EXPECT_EQ(std::set<int>(seen.begin(), seen.end()).size(), seen.size());
}

}  // namespace
}  // namespace assay::runtime
