#include "services/bank/domain/report_builder.h"

#include <algorithm>

namespace assay::bank {
namespace {

void Cut(std::string* text) {
  if (text->size() <= kMaxFindingChars) return;
  std::size_t end = kMaxFindingChars;
  while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xC0) == 0x80) --end;
  text->resize(end);
  *text += "…";
}

template <typename Item>
void Keep(std::vector<Item>& list, Item item) {
  if (list.size() < kMaxListed) list.push_back(std::move(item));
}

}  // namespace

void ReportBuilder::Add(v1::ImportFinding finding) {
  Cut(finding.mutable_reason());
  Cut(finding.mutable_path());
  ++findings_;
  const bool error = finding.severity() == v1::FINDING_SEVERITY_ERROR;
  if (error) ++errors_;
  Keep(error ? error_list_ : remarks_, std::move(finding));
}

void ReportBuilder::Add(v1::ImportChange change) {
  auto& list = change.kind() == v1::IMPORT_CHANGE_KIND_NEW ? new_ones_ : changes_;
  Keep(list, std::move(change));
}

void ReportBuilder::Count(v1::ImportChangeKind kind, int questions) {
  switch (kind) {
    case v1::IMPORT_CHANGE_KIND_NEW: created_ += questions; break;
    case v1::IMPORT_CHANGE_KIND_CHANGED: changed_ += questions; break;
    case v1::IMPORT_CHANGE_KIND_CONFLICTING: conflicting_ += questions; break;
    default: unchanged_ += questions; break;
  }
}

void ReportBuilder::Add(const v1::ImportReport& part) {
  for (const auto& finding : part.findings()) Add(finding);
  findings_ += part.findings_left_out();
  for (const auto& change : part.changes()) Add(change);
  created_ += part.created();
  changed_ += part.changed();
  unchanged_ += part.unchanged();
  conflicting_ += part.conflicting();
}

void ReportBuilder::WriteTo(v1::ImportReport& report) const {
  std::vector<v1::ImportFinding> findings = error_list_;
  const auto room = static_cast<std::size_t>(kMaxListed) - findings.size();
  findings.insert(findings.end(), remarks_.begin(), remarks_.begin() + static_cast<std::ptrdiff_t>(std::min(room, remarks_.size())));
  std::stable_sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) { return a.line() < b.line(); });
  report.clear_findings();
  for (const auto& finding : findings) *report.add_findings() = finding;
  report.set_findings_left_out(findings_ - static_cast<int>(findings.size()));

  std::vector<v1::ImportChange> changes = changes_;
  if (changes.size() + static_cast<std::size_t>(created_) <= kMaxListed) changes.insert(changes.end(), new_ones_.begin(), new_ones_.end());
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.question() < b.question(); });
  report.clear_changes();
  for (const auto& change : changes) *report.add_changes() = change;
  report.set_created(created_);
  report.set_changed(changed_);
  report.set_unchanged(unchanged_);
  report.set_conflicting(conflicting_);
}

}  // namespace assay::bank
