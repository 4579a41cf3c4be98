#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/bank/domain/csv_reader.h"
#include "services/bank/domain/import_result.h"
#include "services/bank/domain/question_draft.h"

namespace assay::bank {

// Makes questions of the records of a CSV, one after the other: the first is the header.
class CsvRows {
 public:
  // Questions, findings and the number of dropped ones are added to `result`, which outlives this and may be emptied between rows.
  CsvRows(ImportResult& result, std::string_view language)
      : result_(result), collector_(result, FindingSeverity::kWarning), language_(language) {}

  // INVALID_ARGUMENT for a header that is none. `delimiter` is what its cells are separated by.
  absl::Status ReadHeader(const CsvRecord& header, char delimiter);
  bool has_header() const { return cells_ > 0; }
  // What became of the row.
  LineUse ReadRow(const CsvRecord& row);

 private:
  std::string Cell(const CsvRecord& row, std::string_view column) const;
  void Report(const CsvRecord& row, FindingSeverity severity, std::string reason, std::string ref = "");
  LineUse Drop(const CsvRecord& row, std::string reason, std::string ref = "");
  LineUse ReadPlain(const CsvRecord& row);
  LineUse ReadExact(const CsvRecord& row);
  // Sets the fields that have a column of their own; the problem of the first that is wrong.
  std::string SetFields(const CsvRecord& row, v1::QuestionContent& question) const;
  void FillFromReadable(const CsvRecord& row, v1::QuestionContent& question);
  void CheckReadable(const CsvRecord& row, const v1::QuestionContent& question);
  // By the column, or else by the name of the part; nothing where the column says what is none.
  std::optional<v1::Level> ReadLevel(const CsvRecord& row, const std::string& ref);
  std::string ReadCompetency(const CsvRecord& row, const std::string& ref);

  ImportResult& result_;
  QuestionCollector collector_;
  std::string language_;
  // Where each known column stands.
  std::map<std::string, std::size_t, std::less<>> columns_;
  // Of the header.
  std::size_t cells_ = 0;
  // Cells are the fields' exact text.
  bool exact_ = false;
  // Id of an exact row, ref of another in lower case → line of its first use.
  std::unordered_map<std::string, int> ids_;
};

}  // namespace assay::bank
