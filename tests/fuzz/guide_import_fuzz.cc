// Feeds bytes to the importers of prose and CSV: no crash, and every line of what is accepted is
// accounted for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/import_result.h"

namespace {

void Check(const absl::StatusOr<assay::bank::ImportResult>& result) {
  if (!result.ok()) {
    if (!absl::IsInvalidArgument(result.status())) std::abort();
    return;
  }
  std::set<std::string_view> ids;
  for (const auto& question : result->questions) {
    if (question.prompt().empty() || !ids.insert(question.id()).second) std::abort();
  }
  const auto& lines = result->lines;
  if (std::find(lines.begin(), lines.end(), assay::bank::LineUse::kUnread) != lines.end())
    std::abort();
  for (const auto& finding : result->findings) {
    const bool inside = finding.line >= 1 && finding.end_line >= finding.line &&
                        finding.end_line <= static_cast<int>(lines.size());
    if (!inside || finding.reason.empty()) std::abort();
  }
  if (assay::bank::ToJson(assay::bank::ReportOf(*result)).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(assay::bank::ImportGuide(text));
  Check(assay::bank::ImportCsv(text));
  return 0;
}
