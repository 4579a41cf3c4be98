#include "services/bank/domain/csv_writer.h"

#include <string>
#include <string_view>

#include "services/bank/domain/csv_columns.h"
#include "services/bank/domain/field_text.h"

namespace assay::bank {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// Without it spreadsheets take UTF-8 for the code page of the country.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void AppendCell(std::string_view text, std::string& row) {
  if (!row.empty()) row += ',';
  row += '"';
  for (const char c : Neutralised(text)) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

class CsvWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack&) override {
    std::string row;
    for (const std::string_view column : kReadableColumns) AppendCell(column, row);
    for (const auto* field : ExactFields()) AppendCell(field->name(), row);
    row += kLineEnd;
    return std::string(kByteOrderMark) + row;
  }

  std::string Question(const v1::QuestionContent& question) override {
    std::string row;
    for (const std::string_view column : kReadableColumns) {
      const auto* const field = ReadableField(column);
      AppendCell(field == nullptr ? ReadableCell(question, column) : FieldText(question, *field), row);
    }
    for (const auto* field : ExactFields()) AppendCell(ExactCell(question, *field), row);
    row += kLineEnd;
    return row;
  }

  std::string End() override { return ""; }
  std::string MediaType() const override { return "text/csv; charset=utf-8"; }
};

}  // namespace

std::unique_ptr<PackWriter> MakeCsvWriter() { return std::make_unique<CsvWriter>(); }

}  // namespace assay::bank
