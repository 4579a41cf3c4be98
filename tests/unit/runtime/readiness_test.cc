#include "services/runtime/app/readiness.h"

#include <gtest/gtest.h>

namespace assay::runtime {
namespace {

TEST(Hysteresis, StartsNotReadyAndBecomesReadyWithTheFirstGoodCheck) {
  Hysteresis hysteresis;
  EXPECT_FALSE(hysteresis.ready());
  EXPECT_FALSE(hysteresis.Observe(false));
  EXPECT_TRUE(hysteresis.Observe(true));
  EXPECT_TRUE(hysteresis.ready());
}

TEST(Hysteresis, ForgivesTwoBadChecksAndNotAThird) {
  Hysteresis hysteresis;
  hysteresis.Observe(true);
  EXPECT_FALSE(hysteresis.Observe(false));
  EXPECT_FALSE(hysteresis.Observe(false));
  EXPECT_FALSE(hysteresis.Observe(true));
  EXPECT_FALSE(hysteresis.Observe(false));
  EXPECT_FALSE(hysteresis.Observe(false));
  EXPECT_TRUE(hysteresis.Observe(false));
  EXPECT_FALSE(hysteresis.ready());
}

TEST(Hysteresis, WantsTwoGoodChecksToComeBack) {
  Hysteresis hysteresis;
  hysteresis.Observe(true);
  for (int i = 0; i < 3; ++i) hysteresis.Observe(false);
  EXPECT_FALSE(hysteresis.Observe(true));
  EXPECT_TRUE(hysteresis.Observe(true));
}

}  // namespace
}  // namespace assay::runtime
