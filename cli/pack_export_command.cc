#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "assay/bank/v1/pack_service.pb.h"
#include "cli/pack_export.h"
#include "google/protobuf/util/json_util.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/render/math.h"
#include "services/bank/render/pack_html.h"
#include "services/bank/render/pack_markdown.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/validator.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using bank::v1::PackFormat;

// A pack of a hundred thousand questions takes minutes to send.
constexpr std::chrono::minutes kExportTime{10};
constexpr char kExportMethod[] = "assay.bank.v1.PackService/ExportPack";

struct ExportOptions {
  std::string name;
  std::string to = "pack";
  std::string filter;
};

// What the server writes in; the rest is made here from the pack itself.
const std::map<std::string, PackFormat>& ServerFormats() {
  static const std::map<std::string, PackFormat> kFormats{
      {"pack", bank::v1::PACK_FORMAT_PACK}, {"json", bank::v1::PACK_FORMAT_JSON},           {"csv", bank::v1::PACK_FORMAT_CSV},
      {"moodle-xml", bank::v1::PACK_FORMAT_MOODLE_XML}, {"qti", bank::v1::PACK_FORMAT_QTI},
      {"ndjson", bank::v1::PACK_FORMAT_NDJSON}};
  return kFormats;
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
  for (const auto& finding : bank::LintPack(*pack, bank::BlahtexmlConverter(std::chrono::minutes(1)))) {
    text += finding.ToString() + "\n";
    ++(finding.severity == bank::Severity::kError ? errors : warnings);
  }
  text += fmt::format("{}: {} questions, {} errors, {} warnings\n", pack->id(), pack->questions_size(), errors, warnings);
  session.Write(text);
  if (errors > 0) session.exit_code = ExitCode::kNegative;
}

absl::StatusOr<std::string> Fetch(const ExportOptions& options, PackFormat format, Session& session) {
  bank::v1::ExportPackRequest request;
  if (!options.name.empty()) request.set_name(options.name.rfind("packs/", 0) == 0 ? options.name : "packs/" + options.name);
  request.set_format(format);
  request.set_filter(options.filter);
  ASSIGN_OR_RETURN(const runtime::Client* client, session.ClientFor(kExportMethod));
  runtime::CallOptions call = session.CallDefaults();
  call.deadline = std::chrono::steady_clock::now() + kExportTime;
  auto stream = client->OpenServerStream<bank::v1::ExportPackResponse>(kExportMethod, request, call);
  std::string content;
  bank::v1::ExportPackResponse response;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, stream.Read(response));
    if (!more) return content;
    content += response.chunk();
  }
}

void WriteDirectory(const bank::v1::Pack& pack, Session& session) {
  if (session.options.output.empty()) return session.Usage("--to dir needs -o DIRECTORY");
  for (const auto& [path, yaml] : bank::ExportPack(pack)) {
    const fs::path file = fs::path(session.options.output) / path;
    std::error_code failed;
    fs::create_directories(file.parent_path(), failed);
    std::ofstream out(file, std::ios::binary);
    out << yaml;
    out.flush();
    if (failed || !out) return session.Usage(fmt::format("cannot write {}", file.string()));
  }
}

std::string Json(const bank::v1::Pack& pack) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  (void)google::protobuf::util::MessageToJsonString(pack, &json, options);
  return json;
}

// Formats that are made here, of a pack read from files or fetched whole.
void WritePack(const bank::v1::Pack& pack, const std::string& to, Session& session) {
  if (to == "html") return session.Write(bank::RenderPackHtml(pack, bank::BlahtexmlConverter(std::chrono::minutes(1))));
  if (to == "markdown") return session.Write(bank::RenderPackMarkdown(pack));
  if (to == "dir") return WriteDirectory(pack, session);
  if (to == "json") return session.Write(Json(pack));
  if (to == "pack") return session.Write(bank::ToYaml(pack));
  session.Usage(fmt::format("--to {} is written by the server: name an installed pack", to));
}

void Export(const ExportOptions& options, Session& session) {
  // What is there as a file or directory is a pack on this machine; anything else is the name of an installed one.
  std::error_code ignored;
  if (!options.name.empty() && fs::exists(options.name, ignored)) {
    if (!options.filter.empty()) return session.Usage("--filter is for installed packs");
    const auto pack = bank::LoadPack(options.name);
    if (!pack.ok()) return session.Usage(std::string(pack.status().message()));
    return WritePack(*pack, options.to, session);
  }
  if (const auto client = session.ClientFor(kExportMethod); !client.ok()) return session.Usage(std::string(client.status().message()));
  const auto server = ServerFormats().find(options.to);
  const auto content = Fetch(options, server == ServerFormats().end() ? bank::v1::PACK_FORMAT_PROTOBUF : server->second, session);
  if (!content.ok()) return session.Refuse(content.status());
  if (server != ServerFormats().end()) return session.Write(*content);
  bank::v1::Pack pack;
  if (!pack.ParseFromString(*content)) return session.Usage("the server sent no pack");
  WritePack(pack, options.to, session);
}

}  // namespace

void AddPackLintAndExport(CLI::App& group, Session& session) {
  auto path = std::make_shared<std::string>();
  auto* lint = group.add_subcommand("lint", "Checks a pack offline")->fallthrough();
  lint->add_option("PATH", *path, "Pack file or directory")->required();
  lint->callback([path, &session] { Lint(*path, session); });

  auto options = std::make_shared<ExportOptions>();
  std::vector<std::string> formats{"html", "markdown", "dir"};
  for (const auto& [name, format] : ServerFormats()) formats.push_back(name);
  auto* out = group.add_subcommand("export", "Writes a pack for people or for other systems")->fallthrough();
  out->add_option("NAME", options->name, "Installed pack, or a pack file or directory; empty = everything of the tenant");
  out->add_option("--to", options->to, "pack (YAML), dir, json, ndjson, csv, moodle-xml, qti, html or markdown")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  out->add_option("--filter", options->filter, "Questions to export, as for `questions list`");
  out->callback([options, &session] { Export(*options, session); });
}

}  // namespace assay::cli
