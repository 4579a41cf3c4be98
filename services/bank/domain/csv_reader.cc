#include "services/bank/domain/csv_reader.h"

#include <absl/status/status.h>
#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace assay::bank {
namespace {

class CsvScan {
 public:
  explicit CsvScan(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<CsvRecord>> Run() {
    std::vector<CsvRecord> records;
    while (at_ < text_.size()) {
      CsvRecord record;
      record.line = line_;
      if (absl::Status status = ReadRecord(record); !status.ok()) return status;
      const bool blank = record.cells.size() == 1 && record.cells.front().empty() &&
                         record.irregular.empty() && !quoted_;
      if (!blank) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  bool AtLineEnd() const {
    return at_ >= text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && text_.substr(at_).starts_with("\r\n"));
  }

  absl::Status ReadRecord(CsvRecord& record) {
    quoted_ = false;
    for (;;) {
      std::string cell;
      if (at_ < text_.size() && text_[at_] == '"') {
        if (absl::Status status = ReadQuoted(cell, record); !status.ok()) return status;
      } else {
        ReadBare(cell, record);
      }
      record.cells.push_back(std::move(cell));
      if (AtLineEnd()) break;
      ++at_;  // The comma.
    }
    record.end_line = line_;
    if (at_ < text_.size()) at_ += text_[at_] == '\r' ? 2 : 1;
    ++line_;
    return absl::OkStatus();
  }

  absl::Status ReadQuoted(std::string& cell, CsvRecord& record) {
    const int opened = line_;
    quoted_ = true;
    ++at_;
    for (;; ++at_) {
      if (at_ >= text_.size()) {
        return absl::InvalidArgumentError(
            fmt::format("line {}: the quoted cell that begins here is never closed", opened));
      }
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_];
    }
    ++at_;
    if (AtLineEnd() || text_[at_] == ',') return absl::OkStatus();
    record.irregular = "text behind a closing quote";
    ReadBare(cell, record);
    return absl::OkStatus();
  }

  void ReadBare(std::string& cell, CsvRecord& record) {
    while (!AtLineEnd() && text_[at_] != ',') {
      if (text_[at_] == '"' && record.irregular.empty())
        record.irregular = "a quote inside a cell without quotes";
      cell += text_[at_++];
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool quoted_ = false;
};

}  // namespace

absl::StatusOr<std::vector<CsvRecord>> ReadCsv(std::string_view text) {
  return CsvScan(text).Run();
}

}  // namespace assay::bank
