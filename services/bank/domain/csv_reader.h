#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace assay::bank {

// One record of a CSV file. A quoted cell may span lines; both line numbers count from 1.
struct CsvRecord {
  std::vector<std::string> cells;
  int line = 0;
  int end_line = 0;
  // What RFC 4180 does not allow and was read leniently; empty when nothing.
  std::string irregular;
};

// Reads RFC 4180: comma, double quotes, doubled quotes inside, CRLF or LF. Blank lines are skipped.
// INVALID_ARGUMENT, naming the line, for a quoted cell that is never closed.
absl::StatusOr<std::vector<CsvRecord>> ReadCsv(std::string_view text);

}  // namespace assay::bank
