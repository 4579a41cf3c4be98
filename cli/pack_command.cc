#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "assay/bank/v1/pack_service.pb.h"
#include "cli/commands.h"
#include "cli/pack_import.h"
#include "cli/print.h"
#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/validator.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using bank::v1::ImportReport;

constexpr size_t kChunk = 512u << 10;

struct ImportOptions {
  std::string path;
  std::string from = "pack";
  bool dry_run = false;
  bool draft = false;
  std::string pack;
};

// A report in the shape that INTERFACES pins: numbers as numbers, every field printed.
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
  return bank::ToJson(plain);
}

void PrintReport(Session& session, const ImportReport& report) {
  if (session.options.format == "json") return session.Write(ReportJson(report));
  std::string text = fmt::format("{} questions in {} sections, {} dropped", report.questions(), report.sections(), report.dropped());
  if (!report.dry_run()) {
    text += fmt::format("; {} created, {} changed, {} unchanged, {} catalogue entries", report.created(), report.changed(),
                        report.unchanged(), report.catalog_entries());
  }
  text += "\n";
  for (const auto& finding : report.findings()) {
    const std::string where = finding.line() == 0 ? finding.path()
                              : finding.end_line() > finding.line() ? fmt::format("lines {}-{}", finding.line(), finding.end_line())
                                                                    : fmt::format("line {}", finding.line());
    text += fmt::format("  {}: {}\n", where, finding.reason());
  }
  session.Write(text);
}

// A dry run of a foreign document needs no server: the same code reads it.
bool DryRunOffline(const ImportOptions& options, Session& session) {
  const auto text = ReadFile(options.path);
  if (!text.ok()) {
    session.Usage(std::string(text.status().message()));
    return true;
  }
  absl::StatusOr<bank::ImportResult> result =
      options.from == "csv" ? bank::ImportCsv(*text) : bank::ImportGuide(*text);
  if (!result.ok()) {
    session.Usage(fmt::format("{}: {}", options.path, std::string(result.status().message())));
    return true;
  }
  const bank::ImportReport report = bank::ReportOf(*result);
  if (session.options.format == "json") {
    session.Write(bank::ToJson(report));
    return true;
  }
  std::string out = fmt::format("{} questions in {} sections, {} dropped\n", report.questions, report.sections.size(), report.dropped);
  for (const auto& finding : report.findings) {
    out += finding.end_line > finding.line ? fmt::format("  lines {}-{}: {}\n", finding.line, finding.end_line, finding.reason)
                                           : fmt::format("  line {}: {}\n", finding.line, finding.reason);
  }
  session.Write(out);
  return true;
}

absl::StatusOr<std::pair<bank::v1::PackFormat, std::string>> ReadDocument(const ImportOptions& options) {
  if (options.from == "pack" || options.from == "json") {
    auto pack = bank::LoadPack(options.path);
    if (!pack.ok()) return pack.status();
    return std::pair(bank::v1::PACK_FORMAT_PROTOBUF, pack->SerializeAsString());
  }
  auto text = ReadFile(options.path);
  if (!text.ok()) return text.status();
  return std::pair(options.from == "csv" ? bank::v1::PACK_FORMAT_CSV : bank::v1::PACK_FORMAT_GUIDE, *std::move(text));
}

void Import(const ImportOptions& options, Session& session) {
  if (options.dry_run && (options.from == "guide" || options.from == "csv")) {
    DryRunOffline(options, session);
    return;
  }
  auto document = ReadDocument(options);
  if (!document.ok()) return session.Usage(std::string(document.status().message()));
  bank::v1::ImportHeader header;
  header.set_format(document->first);
  header.set_dry_run(options.dry_run);
  header.set_publish(!options.draft);
  header.set_pack(options.pack);
  const auto report = SendDocument(session, session.options.token, header, document->second);
  if (!report.ok()) return session.Refuse(report.status());
  PrintReport(session, *report);
}

void Lint(const std::string& path, Session& session) {
  const auto pack = bank::LoadPack(path);
  if (!pack.ok()) return session.Usage(std::string(pack.status().message()));
  std::string text;
  int errors = 0, warnings = 0;
  const runtime::Validator validator(bank::v1::Pack::descriptor());
  for (const auto& violation : runtime::ViolationsOf(validator.Check(*pack))) {
    text += fmt::format("error {} SCHEMA: {}\n", violation.field, violation.description);
    ++errors;
  }
  for (const auto& finding : bank::LintPack(*pack)) {
    text += finding.ToString() + "\n";
    ++(finding.severity == bank::Severity::kError ? errors : warnings);
  }
  text += fmt::format("{}: {} questions, {} errors, {} warnings\n", pack->id(), pack->questions_size(), errors, warnings);
  session.Write(text);
  if (errors > 0) session.exit_code = ExitCode::kNegative;
}

void Export(const std::string& name, const std::string& to, Session& session) {
  bank::v1::ExportPackRequest request;
  if (!name.empty()) request.set_name(name.rfind("packs/", 0) == 0 ? name : "packs/" + name);
  const bool directory = to == "dir";
  request.set_format(to == "json" ? bank::v1::PACK_FORMAT_JSON : directory ? bank::v1::PACK_FORMAT_PROTOBUF : bank::v1::PACK_FORMAT_PACK);
  const auto client = session.ClientFor("assay.bank.v1.PackService/ExportPack");
  if (!client.ok()) return session.Usage(std::string(client.status().message()));
  auto stream = (*client)->OpenServerStream<bank::v1::ExportPackResponse>("assay.bank.v1.PackService/ExportPack", request, session.CallDefaults());
  std::string content;
  bank::v1::ExportPackResponse response;
  while (true) {
    const auto more = stream.Read(response);
    if (!more.ok()) return session.Refuse(more.status());
    if (!*more) break;
    content += response.chunk();
  }
  if (!directory) return session.Write(content);
  bank::v1::Pack pack;
  if (session.options.output.empty()) return session.Usage("--to dir needs -o DIRECTORY");
  if (!pack.ParseFromString(content)) return session.Usage("the server sent no pack");
  for (const auto& [path, yaml] : bank::ExportPack(pack)) {
    const fs::path file = fs::path(session.options.output) / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << yaml;
  }
}

}  // namespace

absl::StatusOr<ImportReport> SendDocument(Session& session, const std::string& token, const bank::v1::ImportHeader& header,
                                          const std::string& bytes) {
  constexpr char kMethod[] = "assay.bank.v1.PackService/ImportPack";
  ASSIGN_OR_RETURN(const runtime::Client* client, session.ClientFor(kMethod));
  runtime::CallOptions call = session.CallDefaults();
  call.bearer = token;
  call.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  auto stream = client->OpenClientStream<bank::v1::ImportPackRequest, ImportReport>(kMethod, call);
  bank::v1::ImportPackRequest message;
  *message.mutable_header() = header;
  bool open = stream.Write(message);
  for (size_t sent = 0; open && sent < bytes.size(); sent += kChunk) {
    message.set_chunk(bytes.substr(sent, kChunk));
    open = stream.Write(message);
  }
  return stream.Finish();
}

absl::StatusOr<ImportReport> SendPack(Session& session, const std::string& token, const std::string& path) {
  ASSIGN_OR_RETURN(const bank::v1::Pack pack, bank::LoadPack(path));
  bank::v1::ImportHeader header;
  header.set_format(bank::v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  return SendDocument(session, token, header, pack.SerializeAsString());
}

void AddPackCommands(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("pack", "Packs: check, import, export")->require_subcommand(1)->fallthrough();

  auto path = std::make_shared<std::string>();
  auto* lint = group->add_subcommand("lint", "Checks a pack offline")->fallthrough();
  lint->add_option("PATH", *path, "Pack file or directory")->required();
  lint->callback([path, &session] { Lint(*path, session); });

  auto options = std::make_shared<ImportOptions>();
  auto* import = group->add_subcommand("import", "Imports a pack or a foreign document")->fallthrough();
  import->add_option("PATH", options->path, "File or directory")->required();
  import->add_option("--from", options->from, "pack, json, guide or csv")->check(CLI::IsMember({"pack", "json", "guide", "csv"}))->capture_default_str();
  import->add_flag("--dry-run", options->dry_run, "Report only; guide and csv need no server");
  import->add_flag("--draft", options->draft, "Leave new revisions unpublished");
  import->add_option("--pack", options->pack, "Pack id to file a foreign document under");
  import->callback([options, &session] { Import(*options, session); });

  auto name = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>("pack");
  auto* out = group->add_subcommand("export", "Exports a pack")->fallthrough();
  out->add_option("NAME", *name, "Pack id; empty = everything of the tenant");
  out->add_option("--to", *to, "pack (YAML), json or dir")->check(CLI::IsMember({"pack", "json", "dir"}))->capture_default_str();
  out->callback([name, to, &session] { Export(*name, *to, session); });
}

}  // namespace assay::cli
