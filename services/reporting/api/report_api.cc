#include "services/reporting/api/report_api.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "assay/reporting/v1/report_service.pb.h"
#include "services/reporting/domain/candidate_report.h"
#include "services/reporting/render/chart_drawing.h"
#include "services/reporting/render/html_report.h"
#include "services/reporting/store/cursor_store.h"
#include "services/reporting/store/resource_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/call.h"

namespace assay::reporting {
namespace {

using runtime::ContextPtr;
using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;
using std::chrono::steady_clock;

// Left of the caller's deadline to say that the cursor was not reached.
constexpr std::chrono::milliseconds kAnswerTime{150};

Viewer ViewerOf(const RequestContext& context) {
  const runtime::Principal& principal = context.principal;
  // A caller who acts for a person sees what that person would; rights over the whole tenant are its own and stay behind.
  const bool itself = principal.on_behalf_of.empty();
  return {.subject = principal.effective_subject(),
          .issuer = itself ? principal.issuer : std::string(),
          .read_any = itself && principal.Has("scorecards.read_any"),
          .auditor = itself && principal.Has("audit.read"),
          .fairness = itself && principal.Has("fairness.read")};
}

// "scoring … bank …" as cursors with a space between.
std::string AsOf(const std::vector<FeedProgress>& all) {
  std::string text;
  for (const FeedProgress& progress : all) {
    if (progress.cursor.empty()) continue;
    if (!text.empty()) text += ' ';
    text += progress.cursor;
  }
  return text;
}

class ReportApi {
 public:
  explicit ReportApi(ReportingParts& parts) : parts_(parts) {}

  template <typename Request>
  absl::StatusOr<v1::CandidateReport> Get(const RequestContext& context, const Request& request) {
    if (!request.time_zone().empty() && !IsTimeZone(request.time_zone())) {
      return runtime::InvalidField("time_zone", fmt::format("no IANA time zone is called \"{}\"", request.time_zone()));
    }
    ReportOptions options{.now = parts_.clock.Now(), .time_zone = request.time_zone()};
    ASSIGN_OR_RETURN(const ReportSource source,
                     runtime::Transact<ReportSource>(
                         parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline,
                         [&](Tx& tx) -> absl::StatusOr<ReportSource> {
                           ASSIGN_OR_RETURN(const auto progress, ReadProgress(tx));
                           options.as_of_cursor = AsOf(progress);
                           return ReadReportSource(tx, parts_.vault, request.application());
                         }));
    ASSIGN_OR_RETURN(BuiltReport built, BuildCandidateReport(source, ViewerOf(context), options));
    RETURN_IF_ERROR(parts_.exposures.Record(context, built.peers_shown));
    RETURN_IF_ERROR(Audit(context, request.application(), built.privileged));
    return std::move(built.report);
  }

  absl::StatusOr<v1::RenderedReport> Render(const RequestContext& context, const v1::RenderCandidateReportRequest& request) {
    switch (request.format()) {
      case v1::REPORT_FORMAT_HTML:
      case v1::REPORT_FORMAT_SVG:
      case v1::REPORT_FORMAT_PNG:
      case v1::REPORT_FORMAT_JSON:
        break;
      default:
        return runtime::Error(runtime::v1::ERROR_REASON_NOT_AVAILABLE_YET,
                              "this format is not built; ask for HTML (which prints well), SVG, PNG or JSON");
    }
    ASSIGN_OR_RETURN(const v1::CandidateReport report, Get(context, request));
    v1::RenderedReport rendered;
    rendered.set_as_of_cursor(report.as_of_cursor());
    RETURN_IF_ERROR(RenderInto(report, request.format(), rendered));
    return rendered;
  }

  absl::StatusOr<v1::ProjectionStatus> Status(const RequestContext& context) {
    ASSIGN_OR_RETURN(const auto all, runtime::Transact<std::vector<FeedProgress>>(parts_.pool, TxMode::kReadOnly, "",
                                                                                  context.deadline, ReadProgress));
    v1::ProjectionStatus status;
    for (const FeedProgress& progress : all) {
      v1::FeedPosition& feed = *status.add_feeds();
      feed.set_feed(progress.feed);
      feed.set_cursor(progress.cursor);
      feed.set_events_applied(progress.events_applied);
      const auto lag = progress.as_of_time ? parts_.clock.Now() - *progress.as_of_time : runtime::Instant::duration::zero();
      feed.set_lag_seconds(std::max(0.0, std::chrono::duration<double>(lag).count()));
    }
    return status;
  }

  // Runs `work` on the executor, at once or when the read model has reached `min_cursor`.
  template <typename Response>
  void When(const ContextPtr& context, const std::string& min_cursor, std::function<absl::StatusOr<Response>()> work,
            std::function<void(absl::StatusOr<Response>)> done) {
    const auto post = [this, context, work = std::move(work), done](absl::Status reached) {
      if (!reached.ok()) {
        // A channel that tries UNAVAILABLE again by itself would spend what is left of the deadline and hide the reason.
        context->AddTrailer("grpc-retry-pushback-ms", "-1");
        return done(reached);
      }
      const bool posted = parts_.executor.TryPost([work, done] {
        try {
          done(work());
        } catch (const std::exception& e) {
          done(runtime::Internal(e.what()));
        } catch (...) {
          done(runtime::Internal("a report threw something unknown"));
        }
      });
      if (!posted) done(runtime::Overloaded());
    };
    absl::StatusOr<Positions::Wanted> wanted = parts_.positions.Parse(min_cursor);
    if (!wanted.ok()) return done(wanted.status());
    if (wanted->empty()) return post(absl::OkStatus());
    const auto left = context->deadline - steady_clock::now();
    const auto deadline = context->deadline - std::min<steady_clock::duration>(kAnswerTime, left / 4);
    parts_.positions.Await(*std::move(wanted), deadline, post);
  }

 private:
  absl::Status Audit(const RequestContext& context, const std::string& application, bool privileged) {
    if (parts_.reads == nullptr) return absl::OkStatus();
    runtime::AuditRecord record{.category = privileged ? "privileged" : "read", .resource = application};
    return privileged ? parts_.reads->Write(context, std::move(record)) : parts_.reads->Note(context, std::move(record));
  }

  static absl::Status RenderInto(const v1::CandidateReport& report, v1::ReportFormat format, v1::RenderedReport& rendered) {
    const std::string name = "candidate-report-" + LastSegment(report.application());
    if (format == v1::REPORT_FORMAT_HTML) {
      ASSIGN_OR_RETURN(*rendered.mutable_content(), CandidateReportHtml(report));
      rendered.set_media_type("text/html; charset=utf-8");
      rendered.set_file_name(name + ".html");
      return absl::OkStatus();
    }
    if (format == v1::REPORT_FORMAT_JSON) {
      google::protobuf::util::JsonPrintOptions options;
      options.add_whitespace = true;
      std::string json;
      if (!google::protobuf::util::MessageToJsonString(report, &json, options).ok()) {
        return runtime::Internal("the report cannot be written as JSON");
      }
      rendered.set_content(std::move(json));
      rendered.set_media_type("application/json");
      rendered.set_file_name(name + ".json");
      return absl::OkStatus();
    }
    // The chart alone. Without one there is nothing to draw: an empty chart says so by its title.
    const v1::Chart chart = report.charts().empty() ? v1::Chart() : report.charts(0);
    const bool svg = format == v1::REPORT_FORMAT_SVG;
    ASSIGN_OR_RETURN(*rendered.mutable_content(), svg ? ChartSvg(chart) : ChartPng(chart));
    rendered.set_media_type(svg ? "image/svg+xml" : "image/png");
    rendered.set_file_name(name + (svg ? ".svg" : ".png"));
    return absl::OkStatus();
  }

  ReportingParts& parts_;
};

}  // namespace

void BindReports(runtime::Service& service, ReportingParts& parts) {
  auto api = std::make_shared<ReportApi>(parts);
  service.UnaryAsync<v1::GetCandidateReportRequest, v1::CandidateReport>(
      "GetCandidateReport", [api](ContextPtr context, std::shared_ptr<const v1::GetCandidateReportRequest> request, auto done) {
        api->When<v1::CandidateReport>(
            context, request->min_cursor(), [api, context, request] { return api->Get(*context, *request); }, std::move(done));
      });
  service.UnaryAsync<v1::RenderCandidateReportRequest, v1::RenderedReport>(
      "RenderCandidateReport", [api](ContextPtr context, std::shared_ptr<const v1::RenderCandidateReportRequest> request, auto done) {
        api->When<v1::RenderedReport>(
            context, request->min_cursor(), [api, context, request] { return api->Render(*context, *request); }, std::move(done));
      });
  service.Unary<v1::GetProjectionStatusRequest, v1::ProjectionStatus>(
      "GetProjectionStatus",
      [api](const RequestContext& context, const v1::GetProjectionStatusRequest&) { return api->Status(context); });
}

}  // namespace assay::reporting
