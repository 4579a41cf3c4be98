#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "assay/bank/v1/pack_service.pb.h"
#include "cli/commands.h"
#include "cli/import_progress.h"
#include "cli/pack_import.h"
#include "cli/print.h"
#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using bank::v1::ImportReport;

constexpr char kMethod[] = "assay.bank.v1.PackService/ImportPack";
constexpr size_t kChunk = 512u << 10;
constexpr std::chrono::minutes kImportTime{30};

struct ImportOptions {
  std::string path;
  std::string from = "pack";
  bool dry_run = false;
  bool draft = false;
  std::string pack;
  std::string conflicts;
  bool leave_out_bad = false;
  bool refuse_bad = false;
};

const std::map<std::string, bank::v1::PackFormat>& Formats() {
  static const std::map<std::string, bank::v1::PackFormat> kFormats{
      {"pack", bank::v1::PACK_FORMAT_PROTOBUF}, {"json", bank::v1::PACK_FORMAT_JSON},
      {"ndjson", bank::v1::PACK_FORMAT_NDJSON}, {"guide", bank::v1::PACK_FORMAT_GUIDE},
      {"csv", bank::v1::PACK_FORMAT_CSV},       {"moodle-xml", bank::v1::PACK_FORMAT_MOODLE_XML},
      {"moodle", bank::v1::PACK_FORMAT_MOODLE_XML}, {"qti", bank::v1::PACK_FORMAT_QTI}};
  return kFormats;
}

// A document as it is sent: bytes in memory, or a file that is read as it goes out.
class Document {
 public:
  static absl::StatusOr<Document> Open(const std::string& path) {
    Document document;
    if (path == "-") return document;
    std::error_code failed;
    if (!fs::is_regular_file(path, failed)) return absl::NotFoundError(fmt::format("cannot read {}: no such file", path));
    document.size_ = static_cast<int64_t>(fs::file_size(path, failed));
    document.file_ = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (failed || !*document.file_) return absl::NotFoundError(fmt::format("cannot read {}", path));
    return document;
  }
  static Document Of(std::string bytes) {
    Document document;
    document.size_ = static_cast<int64_t>(bytes.size());
    document.bytes_ = std::move(bytes);
    document.in_memory_ = true;
    return document;
  }

  // Bytes in all; 0 = unknown.
  int64_t size() const { return size_; }
  // False at the end.
  bool Next(std::string* chunk) {
    if (in_memory_) {
      *chunk = bytes_.substr(sent_, kChunk);
      sent_ += chunk->size();
      return !chunk->empty();
    }
    std::istream& from = file_ != nullptr ? *file_ : std::cin;
    chunk->resize(kChunk);
    from.read(chunk->data(), static_cast<std::streamsize>(chunk->size()));
    chunk->resize(static_cast<size_t>(from.gcount()));
    return !chunk->empty();
  }

 private:
  std::unique_ptr<std::ifstream> file_;
  std::string bytes_;
  bool in_memory_ = false;
  size_t sent_ = 0;
  int64_t size_ = 0;
};

// A report in the shape that INTERFACES pins: numbers as numbers, every field printed. What a server did stands behind.
std::string ReportJson(const ImportReport& report) {
  bank::ImportReport plain;
  plain.questions = report.questions();
  plain.dropped = report.dropped();
  for (int i = 0; i < report.sections(); ++i) plain.sections.emplace_back();
  for (const auto& finding : report.findings()) {
    const auto severity = finding.severity() == bank::v1::FINDING_SEVERITY_ERROR     ? bank::FindingSeverity::kError
                          : finding.severity() == bank::v1::FINDING_SEVERITY_WARNING ? bank::FindingSeverity::kWarning
                                                                                     : bank::FindingSeverity::kInfo;
    plain.findings.push_back({finding.line(), finding.end_line(), finding.reason(), severity, finding.path()});
  }
  std::string json = bank::ToJson(plain);
  json.erase(json.rfind('}'));
  json += fmt::format(R"(,"created":{},"changed":{},"unchanged":{},"conflicting":{},"catalog_entries":{},"findings_left_out":{},)"
                      R"("pack":"{}","import":"{}","changes":[)",
                      report.created(), report.changed(), report.unchanged(), report.conflicting(), report.catalog_entries(),
                      report.findings_left_out(), report.pack(), report.import_record());
  const char* comma = "";
  for (const auto& change : report.changes()) {
    json += fmt::format(R"({}{{"question":"{}","kind":"{}","wording":{},"structure":{}}})", comma, change.question(), Cell(change, "kind"),
                        change.wording(), change.structure());
    comma = ",";
  }
  return json + "]}";
}

void PrintReport(Session& session, const ImportReport& report) {
  if (session.options.format == "json") return session.Write(ReportJson(report));
  std::string text = fmt::format("{} questions in {} sections, {} dropped; {} {} created, {} changed, {} unchanged, {} conflicting, {} catalogue entries\n",
                                 report.questions(), report.sections(), report.dropped(), report.pack(),
                                 report.dry_run() ? "would have" : "has", report.created(), report.changed(), report.unchanged(),
                                 report.conflicting(), report.catalog_entries());
  for (const auto& change : report.changes()) {
    if (change.kind() == bank::v1::IMPORT_CHANGE_KIND_NEW) continue;
    const char* what = change.wording() ? (change.structure() ? "wording and structure" : "wording") : change.structure() ? "structure" : "other fields";
    text += fmt::format("  {} {}: {}\n", Cell(change, "kind"), change.question(), what);
  }
  for (const auto& finding : report.findings()) {
    std::string where = finding.line() == 0                  ? finding.path()
                        : finding.end_line() > finding.line() ? fmt::format("lines {}-{}", finding.line(), finding.end_line())
                                                              : fmt::format("line {}", finding.line());
    if (finding.line() > 0 && !finding.path().empty()) where += ", " + finding.path();
    text += fmt::format("  {}: {}\n", where, finding.reason());
  }
  if (report.findings_left_out() > 0) text += fmt::format("  and {} more findings\n", report.findings_left_out());
  session.Write(text);
}

// A dry run of a foreign document needs no server: the same code reads it.
void DryRunOffline(const ImportOptions& options, Session& session) {
  const auto text = ReadFile(options.path);
  if (!text.ok()) return session.Usage(std::string(text.status().message()));
  absl::StatusOr<bank::ImportResult> result = options.from == "csv" ? bank::ImportCsv(*text) : bank::ImportGuide(*text);
  if (!result.ok()) return session.Usage(fmt::format("{}: {}", options.path, std::string(result.status().message())));
  const bank::ImportReport report = bank::ReportOf(*result);
  if (session.options.format == "json") return session.Write(bank::ToJson(report));
  std::string out = fmt::format("{} questions in {} sections, {} dropped\n", report.questions, report.sections.size(), report.dropped);
  for (const auto& finding : report.findings) {
    out += finding.end_line > finding.line ? fmt::format("  lines {}-{}: {}\n", finding.line, finding.end_line, finding.reason)
                                           : fmt::format("  line {}: {}\n", finding.line, finding.reason);
  }
  session.Write(out);
}

absl::StatusOr<ImportReport> Send(Session& session, const std::string& token, bank::v1::ImportHeader header, Document document) {
  ASSIGN_OR_RETURN(const runtime::Client* client, session.ClientFor(kMethod));
  runtime::CallOptions call = session.CallDefaults();
  call.bearer = token;
  call.deadline = std::chrono::steady_clock::now() + kImportTime;
  header.set_total_bytes(document.size());
  std::unique_ptr<ImportProgress> progress;
  if (!header.dry_run()) {
    header.set_import_id(runtime::NewUuid(runtime::SystemClock().Now()));
    progress = std::make_unique<ImportProgress>(session, token, "imports/" + header.import_id());
  }
  auto stream = client->OpenClientStream<bank::v1::ImportPackRequest, ImportReport>(kMethod, call);
  bank::v1::ImportPackRequest message;
  *message.mutable_header() = std::move(header);
  bool open = stream.Write(message);
  while (open && document.Next(message.mutable_chunk())) open = stream.Write(message);
  return stream.Finish();
}

absl::StatusOr<Document> OpenDocument(const ImportOptions& options) {
  if (options.from != "pack") return Document::Open(options.path);
  ASSIGN_OR_RETURN(const bank::v1::Pack pack, bank::LoadPack(options.path));
  return Document::Of(pack.SerializeAsString());
}

void Import(const ImportOptions& options, Session& session) {
  if (options.dry_run && (options.from == "guide" || options.from == "csv")) return DryRunOffline(options, session);
  auto document = OpenDocument(options);
  if (!document.ok()) return session.Usage(std::string(document.status().message()));
  bank::v1::ImportHeader header;
  header.set_format(Formats().at(options.from));
  header.set_dry_run(options.dry_run);
  header.set_publish(!options.draft);
  header.set_pack(options.pack);
  if (options.leave_out_bad) header.set_bad_entries(bank::v1::BAD_ENTRIES_LEAVE_OUT);
  if (options.refuse_bad) header.set_bad_entries(bank::v1::BAD_ENTRIES_REFUSE_IMPORT);
  if (options.conflicts == "keep") header.set_conflicts(bank::v1::CONFLICT_RULE_KEEP_TENANT);
  if (options.conflicts == "take") header.set_conflicts(bank::v1::CONFLICT_RULE_TAKE_DOCUMENT);
  if (options.conflicts == "draft") header.set_conflicts(bank::v1::CONFLICT_RULE_DRAFT_DOCUMENT);
  const auto report = Send(session, session.options.token, header, *std::move(document));
  if (!report.ok()) return session.Refuse(report.status());
  PrintReport(session, *report);
}

void ShowImports(const std::string& name, Session& session) {
  if (!name.empty()) {
    bank::v1::GetImportRequest request;
    request.set_name(name.rfind("imports/", 0) == 0 ? name : "imports/" + name);
    const auto import = session.Call<bank::v1::Import>("assay.bank.v1.PackService/GetImport", request);
    if (import.ok()) Print(session, *import);
    return;
  }
  bank::v1::ListImportsRequest request;
  const auto imports = session.Call<bank::v1::ListImportsResponse>("assay.bank.v1.PackService/ListImports", request);
  if (!imports.ok()) return;
  Print(session, *imports, "imports",
        {{"NAME", "name"}, {"STATE", "state"}, {"PACK", "report.pack"}, {"STAGED", "staged"}, {"WRITTEN", "applied"}, {"BEGUN", "create_time"}, {"ERROR", "error"}});
}

}  // namespace

absl::StatusOr<ImportReport> SendPack(Session& session, const std::string& token, const std::string& path) {
  ASSIGN_OR_RETURN(const bank::v1::Pack pack, bank::LoadPack(path));
  bank::v1::ImportHeader header;
  header.set_format(bank::v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  return Send(session, token, header, Document::Of(pack.SerializeAsString()));
}

void AddPackImport(CLI::App& group, Session& session) {
  auto options = std::make_shared<ImportOptions>();
  std::vector<std::string> formats;
  for (const auto& [name, format] : Formats()) formats.push_back(name);
  auto* import = group.add_subcommand("import", "Imports a pack or a document of another system")->fallthrough();
  import->add_option("PATH", options->path, "File, or directory of a pack; - = standard input")->required();
  import->add_option("--from", options->from, "pack (YAML or JSON files), json, ndjson, guide, csv, moodle-xml or qti")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  import->add_flag("--dry-run", options->dry_run, "Report only; guide and csv need no server");
  import->add_flag("--draft", options->draft, "Leave new revisions unpublished");
  import->add_option("--pack", options->pack, "Pack id to file a document of questions under");
  import->add_option("--on-conflict", options->conflicts, "Where the tenant has edited what the document changes: keep, take or draft")
      ->check(CLI::IsMember({"keep", "take", "draft"}));
  auto* leave = import->add_flag("--leave-out-bad", options->leave_out_bad, "Import everything but the wrong entries");
  import->add_flag("--refuse-bad", options->refuse_bad, "Import nothing when an entry is wrong")->excludes(leave);
  import->callback([options, &session] { Import(*options, session); });

  auto name = std::make_shared<std::string>();
  auto* imports = group.add_subcommand("imports", "Imports, running and done")->fallthrough();
  imports->add_option("NAME", *name, "One of them with all of its report");
  imports->callback([name, &session] { ShowImports(*name, session); });
}

}  // namespace assay::cli
