#include "services/bank/domain/pack_merge.h"

#include <fmt/format.h>

#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/pack_lint.h"
#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

v1::FindingSeverity ToProto(FindingSeverity severity) {
  switch (severity) {
    case FindingSeverity::kInfo: return v1::FINDING_SEVERITY_INFO;
    case FindingSeverity::kWarning: return v1::FINDING_SEVERITY_WARNING;
    case FindingSeverity::kError: return v1::FINDING_SEVERITY_ERROR;
  }
  return v1::FINDING_SEVERITY_ERROR;
}

ReadDocument FromForeign(ImportResult result, const std::string& id, const std::string& name) {
  ReadDocument document;
  document.pack.set_id(id);
  document.pack.set_display_name(name);
  document.pack.set_version("1.0.0");
  document.report.set_questions(static_cast<int>(result.questions.size()));
  document.report.set_dropped(result.dropped);
  document.report.set_sections(static_cast<int>(result.sections.size()));
  for (const ImportFinding& finding : result.findings) {
    v1::ImportFinding& out = *document.report.add_findings();
    out.set_line(finding.line);
    out.set_end_line(finding.end_line);
    out.set_reason(finding.reason);
    out.set_severity(ToProto(finding.severity));
    out.set_path(finding.question);
  }
  for (auto& question : result.questions) *document.pack.add_questions() = std::move(question);
  return document;
}

void AddLint(const std::vector<Finding>& findings, v1::ImportReport& report) {
  for (const Finding& finding : findings) {
    v1::ImportFinding& out = *report.add_findings();
    out.set_path(finding.path);
    out.set_reason(finding.reason + ": " + finding.message);
    out.set_severity(MakesUnusable(finding) ? v1::FINDING_SEVERITY_ERROR : v1::FINDING_SEVERITY_WARNING);
  }
}

absl::Status Unreadable(const absl::Status& status, const char* what) {
  return runtime::InvalidFields({{"chunk", fmt::format("not {}: {}", what, std::string(status.message()))}},
                                runtime::v1::ERROR_REASON_PACK_INVALID);
}

absl::StatusOr<ReadDocument> FromPack(v1::Pack pack) {
  ReadDocument document;
  AddLint(LintPack(pack), document.report);
  document.report.set_questions(pack.questions_size());
  document.pack = std::move(pack);
  return document;
}

}  // namespace

absl::StatusOr<ReadDocument> ReadImport(v1::PackFormat format, const std::string& bytes, const std::string& fallback_id) {
  switch (format) {
    case v1::PACK_FORMAT_GUIDE: {
      absl::StatusOr<GuideImport> result = ImportGuide(bytes);
      if (!result.ok()) return Unreadable(result.status(), "a guide");
      return FromForeign(*std::move(result), fallback_id.empty() ? "guide" : fallback_id, "Imported guide");
    }
    case v1::PACK_FORMAT_CSV: {
      absl::StatusOr<CsvImport> result = ImportCsv(bytes);
      if (!result.ok()) return Unreadable(result.status(), "such a CSV");
      return FromForeign(*std::move(result), fallback_id.empty() ? "csv" : fallback_id, "Imported CSV");
    }
    case v1::PACK_FORMAT_PROTOBUF: {
      v1::Pack pack;
      if (!pack.ParseFromString(bytes)) return Unreadable(absl::InvalidArgumentError("broken protobuf"), "a Pack message");
      return FromPack(std::move(pack));
    }
    case v1::PACK_FORMAT_JSON: {
      absl::StatusOr<v1::Pack> pack = MergePackFiles({{"pack.json", bytes}});
      if (!pack.ok()) return Unreadable(pack.status(), "a pack");
      return FromPack(*std::move(pack));
    }
    case v1::PACK_FORMAT_PACK: {
      absl::StatusOr<v1::Pack> pack = MergePackFiles({{"pack.yaml", bytes}});
      if (!pack.ok()) return Unreadable(pack.status(), "a pack");
      return FromPack(*std::move(pack));
    }
    default:
      return runtime::InvalidField("header.format", "cannot be imported yet; use PACK, JSON, PROTOBUF, GUIDE or CSV");
  }
}

void ApplyPrefix(v1::Pack& pack) {
  const std::string prefix = pack.id_prefix();
  if (prefix.empty()) return;
  const auto put = [&](std::string* id) {
    if (!id->empty()) *id = prefix + "-" + *id;
  };
  for (auto& question : *pack.mutable_questions()) {
    put(question.mutable_id());
    for (auto& link : *question.mutable_links()) put(link.mutable_question());
  }
  for (auto& role : *pack.mutable_roles()) {
    for (auto& id : *role.mutable_focus_questions()) put(&id);
    for (auto& id : *role.mutable_critical_questions()) put(&id);
  }
  for (auto& format : *pack.mutable_formats()) {
    for (auto& slot : *format.mutable_slots()) {
      for (auto& id : *slot.mutable_preferred_questions()) put(&id);
    }
  }
  for (auto& vignette : *pack.mutable_vignettes()) put(vignette.mutable_question());
}

}  // namespace assay::bank
