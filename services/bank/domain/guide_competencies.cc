#include "services/bank/domain/guide_competencies.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

// No scoring matrix is larger, and looking a number up stays cheap.
constexpr std::size_t kMaxRows = 50;
constexpr std::size_t kMaxRanges = 50;

std::vector<std::string_view> Cells(std::string_view line) {
  const char separator = line.find('\t') != std::string_view::npos ? '\t' : '|';
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t at = line.find(separator);
    const std::string_view cell = TrimSpace(line.substr(0, at));
    if (!cell.empty()) cells.push_back(cell);
    if (at == std::string_view::npos) return cells;
    line.remove_prefix(at + 1);
  }
}

bool IsPercentage(std::string_view cell) {
  if (!cell.ends_with('%')) return false;
  cell = TrimSpace(cell.substr(0, cell.size() - 1));
  return !cell.empty() && cell.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "Q36, Q53–Q60, Q86–Q100"; empty when the cell is anything else.
std::vector<NumberRange> QuestionRanges(std::string_view cell) {
  std::vector<NumberRange> ranges;
  const auto number = [&]() {
    int value = 0;
    for (const std::string_view word : {"Questions", "Question", "Qs", "Q"}) {
      if (!cell.starts_with(word)) continue;
      cell = TrimSpace(cell.substr(word.size()));
      break;
    }
    while (!cell.empty() && cell.front() >= '0' && cell.front() <= '9' && value < 100'000) {
      value = value * 10 + (cell.front() - '0');
      cell.remove_prefix(1);
    }
    cell = TrimSpace(cell);
    return value;
  };
  if (!cell.starts_with('Q')) return {};
  while (!cell.empty() && ranges.size() < kMaxRanges) {
    NumberRange range;
    range.first = range.last = number();
    if (range.first == 0) return {};
    for (const std::string_view dash : {"\xE2\x80\x93", "\xE2\x80\x94", "-"}) {
      if (!cell.starts_with(dash)) continue;
      cell = TrimSpace(cell.substr(dash.size()));
      range.last = number();
      break;
    }
    if (range.last < range.first) return {};
    ranges.push_back(range);
    if (cell.empty()) break;
    if (cell.front() != ',') return {};
    cell = TrimSpace(cell.substr(1));
  }
  return ranges;
}

}  // namespace

std::string CompetencyId(std::string_view area) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNames = {{
      {"technical-coding-tools", "coding-tools"},
      {"technical-coding-and-tools", "coding-tools"},
      {"technical-tools-coding", "coding-tools"},
      {"system-design-architecture", "system-design"},
      {"production", "production-mlops"},
      {"mlops", "production-mlops"},
      {"genai-llm-knowledge", "genai-llm"},
      {"genai-and-llm", "genai-llm"},
      {"communication-problem-solving", "communication"},
      {"communication-and-problem-solving", "communication"},
      {"communication-reasoning", "communication"},
      {"machine-learning-fundamentals", "ml-fundamentals"},
  }};
  const std::string slug = Slug(area, 60);
  for (const auto& [name, id] : kNames) {
    if (slug == name) return std::string(id);
  }
  return slug;
}

std::vector<MatrixRow> FindMatrix(const std::vector<std::string_view>& lines, int first, int last) {
  std::vector<MatrixRow> rows;
  for (int line = std::max(first, 1);
       line <= last && line <= static_cast<int>(lines.size()) && rows.size() < kMaxRows; ++line) {
    const auto cells = Cells(lines[line - 1]);
    if (cells.size() < 3 || std::none_of(cells.begin() + 1, cells.end(), IsPercentage)) continue;
    for (std::size_t i = 1; i < cells.size(); ++i) {
      auto ranges = QuestionRanges(cells[i]);
      if (ranges.empty()) continue;
      rows.push_back({.competency = CompetencyId(cells.front()),
                      .questions = std::move(ranges),
                      .line = line});
      break;
    }
  }
  return rows;
}

const std::vector<MatrixRow>& GuideMatrix() {
  static const auto* const kMatrix = new std::vector<MatrixRow>{
      {"ml-fundamentals", {{1, 12}}, 0},
      {"coding-tools", {{13, 22}, {29, 29}}, 0},
      {"system-design", {{37, 37}, {46, 52}}, 0},
      {"production-mlops", {{36, 36}, {53, 60}, {86, 100}}, 0},
      {"genai-llm", {{61, 85}}, 0},
  };
  return *kMatrix;
}

const std::vector<MatrixRow>& GrillAssignment() {
  static const auto* const kAssignment = new std::vector<MatrixRow>{
      {"coding-tools", {{31, 31}, {34, 34}}, 0}, {"ml-fundamentals", {{1, 15}}, 0},
      {"genai-llm", {{16, 30}, {46, 50}}, 0},    {"production-mlops", {{31, 45}}, 0},
      {"communication", {{51, 55}}, 0},
  };
  return *kAssignment;
}

std::string_view CompetencyOf(const std::vector<MatrixRow>& matrix, int number) {
  for (const MatrixRow& row : matrix) {
    for (const NumberRange& range : row.questions) {
      if (number >= range.first && number <= range.last) return row.competency;
    }
  }
  return {};
}

}  // namespace assay::bank
