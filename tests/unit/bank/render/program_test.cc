#include "services/bank/render/program.h"

#include <gtest/gtest.h>

#include <chrono>

namespace assay::bank {
namespace {

using std::chrono::milliseconds;

TEST(RunProgram, GivesTheInputAndTakesTheOutput) {
  const auto answer = RunProgram({"tr", "a-z", "A-Z"}, "as it was");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "AS IT WAS");
}

TEST(RunProgram, MovesMoreThanAPipeHoldsBothWays) {
  const std::string much(3u << 20, 'x');
  const auto answer = RunProgram({"cat"}, much);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, much);
}

TEST(RunProgram, SaysThatThereIsNoSuchProgram) {
  EXPECT_EQ(RunProgram({"assay-no-such-program"}, "").status().code(), absl::StatusCode::kUnavailable);
}

TEST(RunProgram, TakesNoShellWords) {
  const auto answer = RunProgram({"echo", "$(id)", ";", "ls"}, "");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(*answer, "$(id) ; ls\n");
}

TEST(RunProgram, EndsWhatTakesTooLong) {
  EXPECT_EQ(RunProgram({"sleep", "600"}, "", {.time = milliseconds(50)}).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(RunProgram, EndsWhatWritesTooMuch) {
  EXPECT_EQ(RunProgram({"yes"}, "", {.output_bytes = 100'000}).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(RunProgram, OutlivesAProgramThatReadsNothing) {
  const auto answer = RunProgram({"true"}, std::string(3u << 20, 'x'));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "");
}

TEST(RunProgram, TellsAnEndBySignal) {
  EXPECT_EQ(RunProgram({"sh", "-c", "kill -SEGV $$"}, "").status().code(), absl::StatusCode::kAborted);
}

TEST(RunProgram, HandsOverNothingOfItsOwn) {
  const auto answer = RunProgram({"sh", "-c", "env | grep -v -e ^LC_ALL= -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD=; ls /proc/self/fd | wc -w"}, "");
  ASSERT_TRUE(answer.ok()) << answer.status();
  // Standard input, output and error, and the directory that ls has open.
  EXPECT_EQ(*answer, "4\n");
}

}  // namespace
}  // namespace assay::bank
