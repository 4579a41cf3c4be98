#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "assay/bank/v1/kit_service.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "assay/reporting/v1/report_service.pb.h"
#include "assay/scoring/v1/application_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/decision_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/requisition_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "cli/commands.h"
#include "cli/demo_scenario.h"
#include "cli/dynamic.h"
#include "cli/local_tokens.h"
#include "cli/pack_import.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/base/status_macros.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
namespace pb = assay::scoring::v1;
namespace bankpb = assay::bank::v1;

constexpr char kRole[] = "genai-llm";
constexpr char kAdmin[] = "admin@demo";
constexpr char kDecider[] = "decider@demo";

struct DemoOptions {
  std::string pack;
  std::string reports = "reports";
  std::string keys_dir;
};

// Plays one complete loop through the public API: kit, three candidates, four interviewers, cards, decisions, reports.
// Everybody acts with a token of their own.
class Demo {
 public:
  Demo(Session& session, DemoOptions options) : session_(session), options_(std::move(options)) {}

  absl::Status Play() {
    run_ = Tag();
    ASSIGN_OR_RETURN(admin_, Token(kAdmin));
    ASSIGN_OR_RETURN(decider_, Token(kDecider));
    ASSIGN_OR_RETURN(const auto report, SendPack(session_, admin_, options_.pack));
    Say(fmt::format("Pack {}: {} questions ({} new)", report.pack(), report.questions(), report.created()));
    RETURN_IF_ERROR(OpenRequisition());
    for (const DemoInterviewer& interviewer : DemoInterviewers()) RETURN_IF_ERROR(AddInterviewer(interviewer));
    for (const DemoCandidate& candidate : DemoCandidates()) RETURN_IF_ERROR(Interview(candidate));
    for (const DemoCandidate& candidate : DemoCandidates()) RETURN_IF_ERROR(Decide(candidate));
    return Reports();
  }

 private:
  static std::string Tag() {
    const std::string now = runtime::ToText(runtime::SystemClock().Now());
    return fmt::format("{}{}-{}{}{}", now.substr(5, 2), now.substr(8, 2), now.substr(11, 2), now.substr(14, 2), now.substr(17, 2));
  }

  static void Say(const std::string& line) { std::cerr << line << std::endl; }

  absl::StatusOr<std::string> Token(const std::string& subject) { return MintLocalToken(options_.keys_dir, "demo", subject, "all", std::chrono::hours(1)); }

  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& token, const char* method, google::protobuf::Message& request) {
    AddRequestId(request);
    Response response;
    absl::Status status = session_.CallAs(token, method, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<bankpb::Kit> Assemble(const char* format, uint64_t seed, const std::vector<std::string>& without) {
    bankpb::AssembleKitRequest request;
    request.set_role(kRole);
    request.set_level(bankpb::LEVEL_EXPERIENCED);
    request.set_format(format);
    request.set_seed(seed);
    for (const std::string& kit : without) request.add_excluded_kits(kit);
    return Call<bankpb::Kit>(admin_, "assay.bank.v1.KitService/AssembleKit", request);
  }

  absl::Status OpenRequisition() {
    ASSIGN_OR_RETURN(technical_, Assemble("round-60", 7, {}));
    ASSIGN_OR_RETURN(design_, Assemble("design-90", 7, {technical_.name()}));
    pb::CreateRequisitionRequest request;
    request.set_requisition_id("genai-engineer-" + run_);
    pb::Requisition& requisition = *request.mutable_requisition();
    requisition.set_display_name("GenAI engineer, document assistant");
    requisition.set_role(kRole);
    requisition.set_target_level(bankpb::LEVEL_EXPERIENCED);
    requisition.add_allowed_levels(bankpb::LEVEL_FRESHER);
    requisition.add_allowed_levels(bankpb::LEVEL_EXPERIENCED);
    requisition.set_time_zone("Europe/Berlin");
    requisition.add_recruiters(kAdmin);
    requisition.add_deciders(kDecider);
    for (const auto& [id, kit] : {std::pair("technical", &technical_), std::pair("design", &design_)}) {
      pb::Stage& stage = *requisition.add_stages();
      stage.set_id(id);
      stage.set_display_name(id == std::string("technical") ? "Technical round" : "System design round");
      stage.set_format(kit->format());
      stage.set_panel_size(2);
      stage.mutable_kit_plan()->set_mode(pb::KIT_MODE_FIXED);
      stage.mutable_kit_plan()->set_kit(kit->name());
    }
    ASSIGN_OR_RETURN(requisition_, Call<pb::Requisition>(admin_, "assay.scoring.v1.RequisitionService/CreateRequisition", request));
    Say(fmt::format("{} ({}, policy {})", requisition_.name(), requisition_.display_name(), requisition_.policy()));
    return absl::OkStatus();
  }

  absl::Status AddInterviewer(const DemoInterviewer& interviewer) {
    pb::CreateInterviewerRequest request;
    request.set_interviewer_id(interviewer.id);
    request.mutable_interviewer()->set_subject(interviewer.id + "@demo");
    request.mutable_interviewer()->set_display_name(interviewer.display_name);
    const auto created = Call<pb::Interviewer>(admin_, "assay.scoring.v1.InterviewService/CreateInterviewer", request);
    // A second demo on the same instance finds them there.
    if (created.status().code() == absl::StatusCode::kAlreadyExists) return absl::OkStatus();
    return created.status();
  }

  absl::Status Interview(const DemoCandidate& candidate) {
    const std::string id = candidate.id + "-" + run_;
    pb::CreateCandidateRequest person;
    person.set_candidate_id(id);
    person.mutable_candidate()->set_display_name(candidate.display_name);
    person.mutable_candidate()->set_email(candidate.email);
    RETURN_IF_ERROR(Call<pb::Candidate>(admin_, "assay.scoring.v1.CandidateService/CreateCandidate", person).status());

    pb::CreateApplicationRequest application;
    application.set_application_id(id);
    application.mutable_application()->set_candidate("candidates/" + id);
    application.mutable_application()->set_requisition(requisition_.name());
    application.mutable_application()->set_stage("technical");
    RETURN_IF_ERROR(Call<pb::Application>(admin_, "assay.scoring.v1.ApplicationService/CreateApplication", application).status());

    RETURN_IF_ERROR(Round(id, "technical", technical_, candidate.technical));
    RETURN_IF_ERROR(Round(id, "design", design_, candidate.design));
    for (const DemoFlag& flag : candidate.flags) RETURN_IF_ERROR(Flag(id, flag));
    Say(fmt::format("{}: {} scorecards submitted", candidate.display_name, candidate.technical.size() + candidate.design.size()));
    return absl::OkStatus();
  }

  absl::Status Round(const std::string& application, const std::string& stage, const bankpb::Kit& kit, const std::vector<DemoCard>& cards) {
    pb::CreateInterviewRequest request;
    request.set_interview_id(application + "-" + stage);
    pb::Interview& interview = *request.mutable_interview();
    interview.set_application("applications/" + application);
    interview.set_stage(stage);
    interview.set_time_zone("Europe/Berlin");
    interview.mutable_duration()->set_seconds(kit.minutes() * 60);
    *interview.mutable_start_time() = runtime::ToTimestamp(runtime::SystemClock().Now());
    for (size_t i = 0; i < cards.size(); ++i) {
      pb::PanelMember& member = *interview.add_panel();
      member.set_interviewer("interviewers/" + cards[i].interviewer);
      member.set_role(i == 0 ? pb::PANEL_ROLE_LEAD : pb::PANEL_ROLE_PANELIST);
    }
    ASSIGN_OR_RETURN(const pb::Interview created, Call<pb::Interview>(admin_, "assay.scoring.v1.InterviewService/CreateInterview", request));
    for (const DemoCard& card : cards) {
      pb::SubmitScorecardRequest submit;
      submit.set_name(fmt::format("{}/scorecards/{}", created.name(), card.interviewer));
      *submit.mutable_content() = Content(kit, card);
      ASSIGN_OR_RETURN(const std::string token, Token(card.interviewer + "@demo"));
      RETURN_IF_ERROR(Call<pb::Scorecard>(token, "assay.scoring.v1.ScorecardService/SubmitScorecard", submit).status());
    }
    return absl::OkStatus();
  }

  // Question ratings in the order of the kit; an area that the kit does not ask about is rated as a whole.
  static pb::ScorecardContent Content(const bankpb::Kit& kit, const DemoCard& card) {
    pb::ScorecardContent content;
    std::map<std::string, size_t> used;
    const auto rate = [&](const std::string& competency, const std::string& question) {
      const auto area = card.areas.find(competency);
      if (area == card.areas.end()) return;
      const size_t i = used[competency]++;
      pb::Rating& rating = *content.add_ratings();
      rating.set_question(question);
      rating.set_competency(competency);
      const int score = area->second.scores[i % area->second.scores.size()];
      if (score > 0) rating.set_score(score);
      // A note belongs to one answer; further answers of the area carry the score alone.
      if (i < area->second.notes.size()) rating.set_note(area->second.notes[i]);
    };
    for (const auto& slot : kit.slots()) {
      for (const auto& question : slot.questions()) rate(question.competency(), question.question());
    }
    for (const auto& [competency, impression] : card.areas) {
      if (used[competency] == 0) rate(competency, "");
    }
    for (const std::string& text : card.strengths) content.add_strengths(text);
    for (const std::string& text : card.concerns) content.add_concerns(text);
    pb::Recommendation recommendation = pb::RECOMMENDATION_UNSPECIFIED;
    pb::Recommendation_Parse("RECOMMENDATION_" + card.recommendation, &recommendation);
    content.set_recommendation(recommendation);
    return content;
  }

  absl::Status Flag(const std::string& application, const DemoFlag& flag) {
    pb::RaiseFlagRequest raise;
    raise.set_parent("applications/" + application);
    raise.mutable_flag()->set_flag_id(flag.flag);
    raise.mutable_flag()->set_evidence(flag.evidence);
    raise.mutable_flag()->set_critical(flag.critical);
    ASSIGN_OR_RETURN(const std::string token, Token(flag.interviewer + "@demo"));
    ASSIGN_OR_RETURN(const pb::Flag raised, Call<pb::Flag>(token, "assay.scoring.v1.ScorecardService/RaiseFlag", raise));
    pb::ConfirmFlagRequest confirm;
    confirm.set_name(raised.name());
    confirm.set_reason("The notes of two interviewers bear it out.");
    return Call<pb::Flag>(decider_, "assay.scoring.v1.ScorecardService/ConfirmFlag", confirm).status();
  }

  absl::Status Decide(const DemoCandidate& candidate) {
    pb::EvaluateDecisionRequest evaluate;
    evaluate.set_parent("applications/" + candidate.id + "-" + run_);
    ASSIGN_OR_RETURN(const pb::Decision proposed, Call<pb::Decision>(admin_, "assay.scoring.v1.DecisionService/EvaluateDecision", evaluate));
    pb::SignDecisionRequest sign;
    sign.set_name(proposed.name());
    sign.set_input_digest(proposed.evaluation().input_digest());
    sign.set_reason("Read all four cards and the trace.");
    ASSIGN_OR_RETURN(const pb::Decision signed_decision, Call<pb::Decision>(decider_, "assay.scoring.v1.DecisionService/SignDecision", sign));
    decisions_.push_back(signed_decision);
    return absl::OkStatus();
  }

  static std::string Words(pb::Outcome outcome) {
    switch (outcome) {
      case pb::OUTCOME_STRONG_HIRE: return "Strong hire";
      case pb::OUTCOME_HIRE: return "Hire";
      case pb::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT: return "Hire with level adjustment";
      case pb::OUTCOME_HOLD: return "Hold";
      case pb::OUTCOME_NO_HIRE: return "No hire";
      default: return "Undecided";
    }
  }

  // Waits until the report reflects the last write, as an ATS would after signing.
  absl::Status Reports() {
    std::error_code error;
    fs::create_directories(options_.reports, error);
    std::string lines;
    for (size_t i = 0; i < decisions_.size(); ++i) {
      const DemoCandidate& candidate = DemoCandidates()[i];
      reporting::v1::RenderCandidateReportRequest request;
      request.set_application("applications/" + candidate.id + "-" + run_);
      request.set_format(reporting::v1::REPORT_FORMAT_HTML);
      request.set_time_zone("Europe/Berlin");
      request.set_min_cursor(session_.last_cursor("scoring"));
      session_.options.timeout_seconds = 30;
      reporting::v1::RenderedReport rendered;
      RETURN_IF_ERROR(session_.CallAs(decider_, "assay.reporting.v1.ReportService/RenderCandidateReport", request, rendered));
      const fs::path path = fs::absolute(fs::path(options_.reports) / (candidate.id + ".html"));
      std::ofstream file(path, std::ios::binary);
      file << rendered.content();
      if (!file.flush()) return absl::UnavailableError(fmt::format("cannot write {}", path.string()));
      reporting::v1::GetCandidateReportRequest data;
      data.set_application(request.application());
      reporting::v1::CandidateReport report;
      RETURN_IF_ERROR(session_.CallAs(decider_, "assay.reporting.v1.ReportService/GetCandidateReport", data, report));
      lines += fmt::format("{:<16} {:<10} {}\n{:<27} {}\n", candidate.display_name, Words(decisions_[i].final_outcome()), report.why(), "", path.string());
    }
    session_.Write("\n" + lines);
    return absl::OkStatus();
  }

  Session& session_;
  DemoOptions options_;
  std::string run_;
  std::string admin_;
  std::string decider_;
  bankpb::Kit technical_;
  bankpb::Kit design_;
  pb::Requisition requisition_;
  std::vector<pb::Decision> decisions_;
};

}  // namespace

void AddDemoCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<DemoOptions>();
  auto* demo = app.add_subcommand("demo", "Plays a complete interview loop on a local instance")->fallthrough();
  demo->add_option("--pack", options->pack, "Pack to import first")->required();
  demo->add_option("--reports", options->reports, "Folder for the reports")->capture_default_str();
  demo->add_option("--keys-dir", options->keys_dir, "Keys of the local instance")->envname("ASSAY_KEYS_DIR")->required();
  demo->callback([options, &session] {
    const absl::Status status = Demo(session, *options).Play();
    if (!status.ok()) session.Refuse(status);
  });
}

}  // namespace assay::cli
