#include "services/bank/domain/guide_import.h"

#include <absl/status/status.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "services/bank/domain/guide_context.h"
#include "services/bank/domain/guide_layouts.h"
#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

// Fewer labels than this are words of a text.
constexpr std::size_t kMinLabels = 3;

std::size_t CountKind(const std::vector<SourceLine>& lines, LineKind kind) {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const SourceLine& line) { return line.kind == kind; }));
}

}  // namespace

absl::StatusOr<GuideImport> ImportGuide(std::string_view text) {
  if (absl::Status status = CheckImportText(text); !status.ok()) return status;
  SourceDocument guide;
  guide.text = SplitLines(WithoutByteOrderMark(text));
  SourceDocument grill{.text = guide.text, .lines = {}};
  guide.lines.reserve(guide.text.size());
  grill.lines.reserve(guide.text.size());
  for (const std::string_view line : guide.text) {
    guide.lines.push_back(ClassifyGuideLine(line));
    grill.lines.push_back(ClassifyGrillLine(line));
  }
  SettleHeadings(guide);
  // The guide's score sheet has numbered lines as well, so labels or a majority decide.
  std::size_t lettered = CountKind(guide.lines, LineKind::kQuestion);
  const std::size_t numbered = CountKind(grill.lines, LineKind::kQuestion);
  const std::size_t labels = CountKind(guide.lines, LineKind::kLabel);
  if (lettered == 0 && labels >= kMinLabels) lettered = static_cast<std::size_t>(FindBareQuestions(guide));
  const bool is_guide = lettered > 0 && (lettered >= numbered || labels > 0);
  const std::size_t questions = is_guide ? lettered : numbered;
  if (questions == 0) {
    return absl::InvalidArgumentError(
        "no question found: expected lines such as \"Q1. …\" with their parts, or \"1. …\" under "
        "\"## 1. …\"");
  }
  if (questions > kMaxImportQuestions) {
    return absl::InvalidArgumentError(fmt::format(
        "the document has {} questions; at most {} are read", questions, kMaxImportQuestions));
  }
  SourceDocument& document = is_guide ? guide : grill;
  GuideImport result;
  result.layout = is_guide ? "guide" : "grill";
  result.lines.assign(document.lines.size(), LineUse::kUnread);
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    if (document.lines[i].kind == LineKind::kBlank) result.lines[i] = LineUse::kBlank;
  }
  SetPageMarksAside(document, result);
  if (is_guide) {
    ReadGuideLayout(document, result);
  } else {
    ReadGrillLayout(document, result);
  }
  FinishImport(result);
  return result;
}

}  // namespace assay::bank
