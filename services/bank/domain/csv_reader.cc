#include "services/bank/domain/csv_reader.h"

#include <fmt/format.h>

#include <utility>

#include "services/bank/domain/import_text.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

// A header longer than this is separated by commas.
constexpr std::size_t kMaxFirstLine = 64u << 10;

std::size_t CountOutsideQuotes(std::string_view line, char wanted) {
  std::size_t count = 0;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == wanted && !quoted) ++count;
  }
  return count;
}

// The delimiter of "sep=;", which spreadsheets take for their own; NUL for any other line.
char AnnouncedDelimiter(std::string_view line) {
  constexpr std::string_view kSep = "sep=";
  if (line.starts_with(kSep) && line.size() == kSep.size() + 1) return line.back();
  return '\0';
}

}  // namespace

absl::Status CsvParser::Begin(const OnRecord& on_record) {
  std::string begin = std::exchange(begin_, "");
  const std::string_view line = TrimSpace(WithoutByteOrderMark(begin));
  if (const char announced = AnnouncedDelimiter(line); announced != '\0') {
    delimiter_ = announced;
    for (const char c : begin) line_ += c == '\n' ? 1 : 0;
    return absl::OkStatus();
  }
  delimiter_ = ',';
  if (CountOutsideQuotes(line, ',') == 0) {
    for (const char other : {';', '\t'}) {
      if (CountOutsideQuotes(line, other) > 0) delimiter_ = other;
    }
  }
  for (const char c : WithoutByteOrderMark(begin)) RETURN_IF_ERROR(Take(c, on_record));
  return absl::OkStatus();
}

absl::Status CsvParser::Feed(std::string_view bytes, const OnRecord& on_record) {
  while (delimiter_ == '\0' && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
    begin_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    const bool complete = end != std::string_view::npos && !TrimSpace(WithoutByteOrderMark(begin_)).empty();
    if (complete || begin_.size() > kMaxFirstLine) RETURN_IF_ERROR(Begin(on_record));
  }
  for (const char c : bytes) RETURN_IF_ERROR(Take(c, on_record));
  return absl::OkStatus();
}

absl::Status CsvParser::Take(char c, const OnRecord& on_record) {
  if (carriage_return_) {
    carriage_return_ = false;
    if (c == '\n') return EndRecord(on_record);
    // A CR of its own is part of the cell.
    cell_ += '\r';
    state_ = State::kBare;
  }
  if (record_bytes_ == 0) record_.line = line_;
  if (++record_bytes_ > kMaxCsvRecordBytes) {
    return absl::InvalidArgumentError(
        state_ == State::kQuoted
            ? fmt::format("line {}: the quoted cell that begins here goes on for over {} bytes; is it ever closed?", opened_, kMaxCsvRecordBytes)
            : fmt::format("line {}: a row of over {} bytes", line_, kMaxCsvRecordBytes));
  }
  if (state_ == State::kQuoted) {
    if (c == '"') {
      state_ = State::kQuoteInQuoted;
      return absl::OkStatus();
    }
    if (c == '\n') ++line_;
    cell_ += c;
    return absl::OkStatus();
  }
  if (state_ == State::kQuoteInQuoted && c == '"') {
    cell_ += '"';
    state_ = State::kQuoted;
    return absl::OkStatus();
  }
  if (c == delimiter_) {
    EndCell();
    return absl::OkStatus();
  }
  if (c == '\n') return EndRecord(on_record);
  if (c == '\r') {
    carriage_return_ = true;
    return absl::OkStatus();
  }
  if (state_ == State::kCellBegin && c == '"') {
    state_ = State::kQuoted;
    quoted_ = true;
    opened_ = line_;
    return absl::OkStatus();
  }
  if (record_.irregular.empty()) {
    if (state_ == State::kQuoteInQuoted) record_.irregular = "text behind a closing quote";
    if (state_ == State::kBare && c == '"') record_.irregular = "a quote inside a cell without quotes";
  }
  state_ = State::kBare;
  cell_ += c;
  return absl::OkStatus();
}

void CsvParser::EndCell() {
  if (++record_.cell_count <= kMaxCsvCells) record_.cells.push_back(std::move(cell_));
  cell_.clear();
  state_ = State::kCellBegin;
}

absl::Status CsvParser::EndRecord(const OnRecord& on_record) {
  EndCell();
  record_.end_line = line_;
  const bool blank = record_.cell_count == 1 && record_.cells.front().empty() && !quoted_;
  const CsvRecord record = std::exchange(record_, CsvRecord{});
  ++line_;
  record_bytes_ = 0;
  quoted_ = false;
  return blank ? absl::OkStatus() : on_record(record);
}

absl::Status CsvParser::Finish(const OnRecord& on_record) {
  if (delimiter_ == '\0') RETURN_IF_ERROR(Begin(on_record));
  carriage_return_ = false;
  if (state_ == State::kQuoted) {
    return absl::InvalidArgumentError(fmt::format("line {}: the quoted cell that begins here is never closed", opened_));
  }
  return record_bytes_ > 0 ? EndRecord(on_record) : absl::OkStatus();
}

absl::StatusOr<std::vector<CsvRecord>> ReadCsv(std::string_view text) {
  std::vector<CsvRecord> records;
  const auto keep = [&](const CsvRecord& record) {
    records.push_back(record);
    return absl::OkStatus();
  };
  CsvParser parser;
  RETURN_IF_ERROR(parser.Feed(text, keep));
  RETURN_IF_ERROR(parser.Finish(keep));
  return records;
}

}  // namespace assay::bank
