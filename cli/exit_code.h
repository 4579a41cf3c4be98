#pragma once

namespace assay::cli {

// What assayctl's process ends with.
enum class ExitCode : int {
  kOk = 0,
  kNegative = 1,  // the answer is negative: lint findings, stale, mismatch
  kUsage = 2,     // bad options or bad input
  kRefused = 3,   // the server refused
};

}  // namespace assay::cli
