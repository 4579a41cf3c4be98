#include "services/bank/domain/import_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace assay::bank {
namespace {

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void AppendField(std::string_view key, std::string_view text, std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  AppendString(text, out);
}

std::string_view SeverityName(FindingSeverity severity) {
  switch (severity) {
    case FindingSeverity::kInfo:
      return "info";
    case FindingSeverity::kWarning:
      return "warning";
    case FindingSeverity::kError:
      return "error";
  }
  return "error";
}

template <typename T, typename Append>
void AppendArray(std::string_view key, const std::vector<T>& items, Append append,
                 std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", key);
  bool first = true;
  for (const T& item : items) {
    out += first ? "{" : ",{";
    first = false;
    append(item, out);
    out += '}';
  }
  out += ']';
}

}  // namespace

void FinishImport(ImportResult& result) {
  for (std::size_t i = 0; i < result.lines.size(); ++i) {
    if (result.lines[i] != LineUse::kUnread) continue;
    const std::size_t first = i;
    while (i < result.lines.size() && result.lines[i] == LineUse::kUnread) {
      result.lines[i++] = LineUse::kFinding;
    }
    result.findings.push_back(
        {.line = static_cast<int>(first) + 1,
         .end_line = static_cast<int>(i),
         .reason = "not recognised as part of a question or a heading; not imported",
         .severity = FindingSeverity::kWarning,
         .question = ""});
  }
  std::stable_sort(result.findings.begin(), result.findings.end(),
                   [](const ImportFinding& a, const ImportFinding& b) {
                     return std::pair(a.line, a.end_line) < std::pair(b.line, b.end_line);
                   });
}

ImportReport ReportOf(const ImportResult& result) {
  return {.questions = static_cast<int>(result.questions.size()),
          .dropped = result.dropped,
          .parts = result.parts,
          .sections = result.sections,
          .findings = result.findings};
}

std::string ToJson(const ImportReport& report) {
  std::string out =
      fmt::format(R"({{"questions":{},"dropped":{},"sections":{},"parts":{})", report.questions,
                  report.dropped, report.sections.size(), report.parts.size());
  AppendArray(
      "findings", report.findings,
      [](const ImportFinding& finding, std::string& to) {
        fmt::format_to(std::back_inserter(to), R"("line":{},"end_line":{})", finding.line,
                       finding.end_line);
        AppendField("reason", finding.reason, to);
        AppendField("severity", SeverityName(finding.severity), to);
        if (!finding.question.empty()) AppendField("question", finding.question, to);
      },
      out);
  AppendArray(
      "section_list", report.sections,
      [](const ImportedSection& section, std::string& to) {
        fmt::format_to(std::back_inserter(to), R"("line":{},"questions":{})", section.line,
                       section.questions);
        AppendField("part", section.part, to);
        AppendField("title", section.title, to);
      },
      out);
  AppendArray(
      "part_list", report.parts,
      [](const ImportedPart& part, std::string& to) {
        fmt::format_to(std::back_inserter(to), R"("line":{},"questions":{},"inferred":{})",
                       part.line, part.questions, part.inferred);
        AppendField("title", part.title, to);
      },
      out);
  out += '}';
  return out;
}

}  // namespace assay::bank
