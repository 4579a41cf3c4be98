#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::bank {

struct ProgramLimits {
  std::chrono::milliseconds time{10'000};
  std::size_t output_bytes = 64u << 20;
  std::size_t memory_bytes = 512u << 20;
};

// Runs a program from PATH without a shell: `input` on its standard input, what it writes on standard output as the answer.
// It gets no other open file, an empty environment but for the language, and dies with the limits. Whatever it does, the
// answer comes within `limits.time`. UNAVAILABLE when there is no such program, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED when
// it writes too much, ABORTED when it was ended by a signal. Its exit status is no concern: some say 1 and write all the same.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& command, const std::string& input,
                                       const ProgramLimits& limits = {});

}  // namespace assay::bank
