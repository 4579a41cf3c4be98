#include "services/runtime/base/ids.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace assay::runtime {
namespace {

TEST(Sha256, MatchesThePublishedVectors) {  // FIPS 180-2, appendices B.1 and B.2
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfPiecesIsThatOfThemTogether) {
  EXPECT_EQ(Sha256Hex({"a", "", "bc"}), Sha256Hex("abc"));
  EXPECT_EQ(Sha256Hex({}), Sha256Hex(""));
}

TEST(RandomBytes, AreNeverGivenOutTwiceWhateverTheirNumberAndThread) {
  constexpr int kThreads = 4, kRounds = 500;
  std::vector<std::vector<std::string>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&mine = drawn[thread]] {
      for (int i = 0; i < kRounds; ++i) {
        for (const size_t count : {8, 10, 12, 16, 17, 32}) mine.push_back(RandomBytes(count));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // By the first eight bytes, so that what overlaps is noticed whatever its length.
  std::set<std::string> seen;
  for (const auto& mine : drawn) {
    for (const std::string& bytes : mine) EXPECT_TRUE(seen.insert(bytes.substr(0, 8)).second);
  }
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(1000).size(), 1000u);
}

TEST(NewUuid, IsOfVersion7AndOrderedByTime) {
  const Instant now = FromMicros(1'700'000'000'000'000);
  const std::string first = NewUuid(now), second = NewUuid(now + std::chrono::milliseconds(1));
  EXPECT_LT(first, second);
  EXPECT_EQ(first.size(), 36u);
  EXPECT_EQ(first[14], '7');
  EXPECT_NE(NewUuid(now), first);
}

}  // namespace
}  // namespace assay::runtime
