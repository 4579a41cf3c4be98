#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/bank/v1/kit_service.pb.h"
#include "cli/kit_export.h"

namespace assay::cli {
namespace {

void Export(const std::string& kit, std::string to, Session& session) {
  // The global --format says the same.
  if (to.empty()) to = session.options.format.empty() ? "html" : session.options.format;
  bank::v1::ExportKitRequest request;
  request.set_name(kit.rfind("kits/", 0) == 0 ? kit : "kits/" + kit);
  if (to == "html") {
    request.set_format(bank::v1::KIT_EXPORT_FORMAT_HTML);
  } else if (to == "pdf") {
    request.set_format(bank::v1::KIT_EXPORT_FORMAT_PDF);
  } else {
    return session.Usage(fmt::format("a kit is exported as html or pdf, not as {}", to));
  }
  if (to == "pdf" && session.options.output.empty()) return session.Usage("a PDF goes to a file: -o FILE");
  const auto response = session.Call<bank::v1::ExportKitResponse>("assay.bank.v1.KitService/ExportKit", request);
  if (response.ok()) session.Write(response->content());
}

}  // namespace

void AddKitExport(CLI::App& group, Session& session) {
  auto kit = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  auto* command = group.add_subcommand("export", "What an interviewer takes into the room, as a page or a PDF")->fallthrough();
  command->add_option("KIT", *kit, "Kit, such as kits/0193…")->required();
  command->add_option("--to", *to, "html (default) or pdf");
  command->callback([kit, to, &session] { Export(*kit, *to, session); });
}

}  // namespace assay::cli
