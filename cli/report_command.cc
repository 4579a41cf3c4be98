#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/reporting/v1/report_service.pb.h"
#include "cli/commands.h"
#include "cli/print.h"

namespace assay::cli {
namespace {

using namespace assay::reporting::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

void Candidate(const std::string& application, const std::string& zone, const std::string& min_cursor, Session& session) {
  const std::string name = application.rfind("applications/", 0) == 0 ? application : "applications/" + application;
  const std::string& format = session.options.format;
  if (format.empty() || format == "json" || format == "yaml") {
    GetCandidateReportRequest request;
    request.set_application(name);
    request.set_time_zone(zone);
    request.set_min_cursor(min_cursor);
    const auto report = session.Call<CandidateReport>("assay.reporting.v1.ReportService/GetCandidateReport", request);
    if (report.ok()) Print(session, *report);
    return;
  }
  RenderCandidateReportRequest request;
  request.set_application(name);
  request.set_time_zone(zone);
  request.set_min_cursor(min_cursor);
  ReportFormat value = REPORT_FORMAT_UNSPECIFIED;
  std::string upper = "REPORT_FORMAT_";
  for (const char c : format) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!ReportFormat_Parse(upper, &value)) return session.Usage(fmt::format("unknown report format {}", format));
  request.set_format(value);
  const auto rendered = session.Call<RenderedReport>("assay.reporting.v1.ReportService/RenderCandidateReport", request);
  if (rendered.ok()) session.Write(rendered->content());
}

}  // namespace

void AddReportCommands(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("report", "Reports")->require_subcommand(1)->fallthrough();
  auto application = std::make_shared<std::string>();
  auto zone = std::make_shared<std::string>();
  auto cursor = std::make_shared<std::string>();
  auto* candidate = group->add_subcommand("candidate", "Everything about one application")->fallthrough();
  candidate->add_option("APPLICATION", *application)->required();
  candidate->add_option("--zone", *zone, "IANA time zone; UTC by default");
  candidate->add_option("--min-cursor", *cursor, "Cursor of a write that the report must reflect");
  candidate->callback([=, &session] { Candidate(*application, *zone, *cursor, session); });
}

}  // namespace assay::cli
