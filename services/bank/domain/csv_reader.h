#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::bank {

// Limits of one record; they bound memory on hostile input.
inline constexpr std::size_t kMaxCsvRecordBytes = 4u << 20;
inline constexpr std::size_t kMaxCsvCells = 1000;

// One record of a CSV file. A quoted cell may span lines; both line numbers count from 1.
struct CsvRecord {
  // At most kMaxCsvCells of them.
  std::vector<std::string> cells;
  // As many as there were.
  std::size_t cell_count = 0;
  int line = 0;
  int end_line = 0;
  // What RFC 4180 does not allow and was read leniently; empty when nothing.
  std::string irregular;
};

// Reads RFC 4180 as its bytes arrive: double quotes, doubled quotes inside, CRLF or LF. Blank lines are skipped. Cells are separated
// by commas, or by semicolons or tabs where the first line has none but those: spreadsheets write them in some countries. A first
// line "sep=;" says so too.
class CsvParser {
 public:
  // Takes a record; an error ends the reading with it.
  using OnRecord = std::function<absl::Status(const CsvRecord&)>;

  // INVALID_ARGUMENT, naming the line, for a record over the limits.
  absl::Status Feed(std::string_view bytes, const OnRecord& on_record);
  // INVALID_ARGUMENT, naming the line, for a quoted cell that is never closed.
  absl::Status Finish(const OnRecord& on_record);
  char delimiter() const { return delimiter_ == '\0' ? ',' : delimiter_; }

 private:
  enum class State { kCellBegin, kBare, kQuoted, kQuoteInQuoted };

  absl::Status Take(char c, const OnRecord& on_record);
  // Chooses the delimiter by what has arrived of the first line, and reads that.
  absl::Status Begin(const OnRecord& on_record);
  void EndCell();
  absl::Status EndRecord(const OnRecord& on_record);

  // The first line that is not blank and those before it, until the delimiter is chosen.
  std::string begin_;
  char delimiter_ = '\0';
  State state_ = State::kCellBegin;
  std::string cell_;
  CsvRecord record_;
  std::size_t record_bytes_ = 0;
  // A CR that ends the line if LF follows.
  bool carriage_return_ = false;
  // The record has a quoted cell, so that it is none of the blank lines.
  bool quoted_ = false;
  int line_ = 1;
  int opened_ = 0;
};

// All records of a text.
absl::StatusOr<std::vector<CsvRecord>> ReadCsv(std::string_view text);

}  // namespace assay::bank
