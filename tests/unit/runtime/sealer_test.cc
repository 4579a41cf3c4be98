#include "services/runtime/crypto/sealer.h"

#include <gtest/gtest.h>

#include <set>

#include "services/runtime/crypto/framing.h"

namespace assay::runtime {
namespace {

std::unique_ptr<Sealer> NewSealer(char fill = 's') { return *Sealer::Create(std::string(32, fill)); }

TEST(Sealer, OpensWhatItSealed) {
  const auto sealer = NewSealer();
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100'000, 'a'), std::string("a\0b", 3)}) {
    const auto opened = sealer->Open("purpose", "context", sealer->Seal("purpose", "context", plain));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(*opened, plain);
  }
}

TEST(Sealer, RefusesAnotherPurposeContextOrSecret) {
  const auto sealer = NewSealer();
  const std::string sealed = sealer->Seal("purpose", "context", "plain");
  EXPECT_FALSE(sealer->Open("other", "context", sealed).ok());
  EXPECT_FALSE(sealer->Open("purpose", "other", sealed).ok());
  EXPECT_FALSE(NewSealer('t')->Open("purpose", "context", sealed).ok());
  EXPECT_TRUE(NewSealer()->Open("purpose", "context", sealed).ok()) << "a replica holds the same secret";
}

TEST(Sealer, RefusesEveryAlteredOrMissingByte) {
  const auto sealer = NewSealer();
  const std::string sealed = sealer->Seal("purpose", "context", "plain");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(sealer->Open("purpose", "context", altered).ok()) << i;
    EXPECT_FALSE(sealer->Open("purpose", "context", sealed.substr(0, i)).ok()) << i;
  }
}

TEST(Sealer, NeverGivesTheSameBytesTwice) {
  const auto sealer = NewSealer();
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(sealer->Seal("purpose", "context", "plain"));
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Sealer, NeedsThirtyTwoBytesOfSecret) {
  EXPECT_FALSE(Sealer::Create(std::string(31, 's')).ok());
  EXPECT_TRUE(Sealer::Create(std::string(32, 's')).ok());
}

TEST(Framing, TellsListsApartAndReadsThemBack) {
  EXPECT_NE(Framed({"ab", "c"}), Framed({"a", "bc"}));
  EXPECT_NE(Framed({}), Framed({""}));
  std::vector<std::string> parts;
  ASSERT_TRUE(ReadFramed(Framed({"", "a", std::string(300, 'b')}), parts));
  EXPECT_EQ(parts, (std::vector<std::string>{"", "a", std::string(300, 'b')}));
  parts.clear();
  EXPECT_FALSE(ReadFramed("abc", parts));
  EXPECT_FALSE(ReadFramed(Framed({"abc"}).substr(0, 6), parts));
  std::string number;
  AppendUint64(number, 0xFEDCBA9876543210u);
  EXPECT_EQ(ReadUint64(number, 0), 0xFEDCBA9876543210u);
}

}  // namespace
}  // namespace assay::runtime
