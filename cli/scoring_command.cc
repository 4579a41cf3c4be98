#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/dynamic.h"
#include "cli/print.h"

namespace assay::cli {
namespace {

using google::protobuf::Message;

// A resource with the standard methods.
struct Resource {
  const char* command;
  const char* service;
  const char* type;         // "Candidate"
  const char* plural_type;  // "Candidates"
  const char* collection;   // "candidates"
  const char* field;        // of Create…Request and its id: "candidate"
  const char* list;         // of List…Response
  std::vector<Column> columns;
};

const std::vector<Resource>& Resources() {
  static const std::vector<Resource> kResources{
      {"candidate", "CandidateService", "Candidate", "Candidates", "candidates", "candidate", "candidates",
       {{"NAME", "name"}, {"STATE", "state"}, {"PERSON", "display_name"}, {"CREATED", "create_time"}}},
      {"requisition", "RequisitionService", "Requisition", "Requisitions", "requisitions", "requisition", "requisitions",
       {{"NAME", "name"}, {"STATE", "state"}, {"ROLE", "role"}, {"LEVEL", "target_level"}, {"POLICY", "policy"}, {"TITLE", "display_name"}}},
      {"application", "ApplicationService", "Application", "Applications", "applications", "application", "applications",
       {{"NAME", "name"}, {"STATE", "state"}, {"CANDIDATE", "candidate"}, {"REQUISITION", "requisition"}, {"STAGE", "stage"}}},
      {"interviewer", "InterviewService", "Interviewer", "Interviewers", "interviewers", "interviewer", "interviewers",
       {{"NAME", "name"}, {"STATE", "state"}, {"SUBJECT", "subject"}, {"PERSON", "display_name"}}},
      {"interview", "InterviewService", "Interview", "Interviews", "interviews", "interview", "interviews",
       {{"NAME", "name"}, {"STATE", "state"}, {"APPLICATION", "application"}, {"STAGE", "stage"}, {"START", "start_time"}, {"ZONE", "time_zone"}}},
  };
  return kResources;
}

std::string Method(const Resource& resource, const std::string& verb, const char* type) {
  return fmt::format("assay.scoring.v1.{}/{}{}", resource.service, verb, type);
}

std::string Named(const std::string& collection, const std::string& name) {
  return name.rfind(collection + "/", 0) == 0 ? name : collection + "/" + name;
}

absl::Status Set(Message& message, const std::string& path, const std::string& value) {
  if (value.empty() || SetField(message, path, value)) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("\"{}\" is no value for {}", value, path));
}

Message& Child(Message& message, const char* field) {
  return *message.GetReflection()->MutableMessage(&message, message.GetDescriptor()->FindFieldByName(field));
}

// A state change: `assayctl interview cancel NAME --reason …`.
struct Verb {
  const char* resource;
  const char* command;
  const char* method;
  const char* help;
  // Option name → request field; a leading ! marks a required one.
  std::vector<std::pair<const char*, const char*>> options;
};

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb> kVerbs{
      {"interview", "cancel", "InterviewService/CancelInterview", "Cancels an interview", {{"!--reason", "cancel_reason"}}},
      {"interview", "start", "InterviewService/StartInterview", "Marks an interview as begun", {}},
      {"interview", "complete", "InterviewService/CompleteInterview", "Marks an interview as held", {}},
      {"interview", "close", "InterviewService/CloseInterview", "Closes an interview: its cards no longer change", {}},
      {"requisition", "close", "RequisitionService/CloseRequisition", "Closes a requisition", {}},
      {"application", "withdraw", "ApplicationService/WithdrawApplication", "Withdraws an application", {{"!--reason", "withdraw_reason"}}},
  };
  return kVerbs;
}

void AddResource(CLI::App& app, const Resource& resource, Session& session) {
  auto* group = app.add_subcommand(resource.command, fmt::format("{} of scoring", resource.plural_type))->require_subcommand(1)->fallthrough();
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto filter = std::make_shared<std::string>();
  auto token = std::make_shared<std::string>();

  auto* create = group->add_subcommand("create", fmt::format("Creates a {} from a YAML file", resource.command))->fallthrough();
  create->add_option("-f,--file", *file, "YAML or JSON of the resource")->required();
  create->add_option("--id", *id, "Last segment of the name; empty = chosen by the server");
  create->callback([=, &session] {
    CallByName(session, Method(resource, "Create", resource.type), [&](Message& request) -> absl::Status {
      if (absl::Status status = ReadMessageFile(*file, Child(request, resource.field)); !status.ok()) return status;
      return Set(request, std::string(resource.field) + "_id", *id);
    });
  });

  auto* get = group->add_subcommand("get", fmt::format("Shows a {}", resource.command))->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    CallByName(session, Method(resource, "Get", resource.type), [&](Message& request) { return Set(request, "name", Named(resource.collection, *name)); });
  });

  auto* list = group->add_subcommand("list", fmt::format("Lists {}", resource.collection))->fallthrough();
  list->add_option("--filter", *filter, "Such as: state = \"SCHEDULED\"");
  list->add_option("--page-token", *token);
  list->callback([=, &session] {
    CallByName(session, Method(resource, "List", resource.plural_type),
               [&](Message& request) -> absl::Status {
                 if (absl::Status status = Set(request, "page_size", "200"); !status.ok()) return status;
                 if (absl::Status status = Set(request, "page_token", *token); !status.ok()) return status;
                 return Set(request, "filter", *filter);
               },
               resource.list, resource.columns);
  });

  for (const Verb& verb : Verbs()) {
    if (std::string_view(verb.resource) != resource.command) continue;
    auto* command = group->add_subcommand(verb.command, verb.help)->fallthrough();
    command->add_option("NAME", *name)->required();
    auto values = std::make_shared<std::vector<std::string>>(verb.options.size());
    for (size_t i = 0; i < verb.options.size(); ++i) {
      const bool required = verb.options[i].first[0] == '!';
      command->add_option(verb.options[i].first + (required ? 1 : 0), (*values)[i])->required(required);
    }
    command->callback([=, &session] {
      CallByName(session, fmt::format("assay.scoring.v1.{}", verb.method), [&](Message& request) -> absl::Status {
        for (size_t i = 0; i < verb.options.size(); ++i) {
          if (absl::Status status = Set(request, verb.options[i].second, (*values)[i]); !status.ok()) return status;
        }
        return Set(request, "name", Named(resource.collection, *name));
      });
    });
  }
}

void AddScorecards(CLI::App& app, Session& session) {
  const std::string service = "assay.scoring.v1.ScorecardService/";
  auto* group = app.add_subcommand("scorecard", "Scorecards of an interview")->require_subcommand(1)->fallthrough();
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  auto etag = std::make_shared<std::string>();
  const std::pair<const char*, const char*> writes[] = {
      {"draft", "SaveScorecardDraft"}, {"submit", "SubmitScorecard"}, {"amend", "AmendScorecard"}};
  for (const auto& [command, method] : writes) {
    auto* write = group->add_subcommand(command, "From a YAML file of the request: name and content")->fallthrough();
    write->add_option("NAME", *name, "interviews/I/scorecards/INTERVIEWER; overrides the file's");
    write->add_option("-f,--file", *file)->required();
    write->add_option("--etag", *etag, "amend: the revision you read; by default the newest");
    const std::string full = service + method;
    const bool amend = std::string_view(command) == "amend";
    write->callback([=, &session] {
      CallByName(session, full, [&](Message& request) -> absl::Status {
        if (absl::Status status = ReadMessageFile(*file, request); !status.ok()) return status;
        if (absl::Status status = Set(request, "name", *name); !status.ok()) return status;
        if (absl::Status status = Set(request, "etag", *etag); !status.ok()) return status;
        if (!amend || !Cell(request, "etag").empty()) return absl::OkStatus();
        const auto read = NewRequest(service + "GetScorecard");
        const auto card = NewResponse(service + "GetScorecard");
        SetField(*read, "name", Cell(request, "name"));
        if (absl::Status status = session.CallInto(service + "GetScorecard", *read, *card); !status.ok()) return status;
        return Set(request, "etag", Cell(*card, "etag"));
      });
    });
  }
  auto* get = group->add_subcommand("get", "Shows a card")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] { CallByName(session, service + "GetScorecard", [&](Message& request) { return Set(request, "name", *name); }); });
  auto* list = group->add_subcommand("list", "Lists the cards of an interview that you may see")->fallthrough();
  list->add_option("INTERVIEW", *name)->required();
  list->callback([=, &session] {
    CallByName(session, service + "ListScorecards", [&](Message& request) { return Set(request, "parent", Named("interviews", *name)); }, "scorecards",
               {{"NAME", "name"}, {"STATE", "state"}, {"REV", "revision"}, {"RATINGS", "content.ratings"}, {"RECOMMENDS", "content.recommendation"}, {"SUBMITTED", "submit_time"}});
  });
}

void AddFlags(CLI::App& app, Session& session) {
  const std::string service = "assay.scoring.v1.ScorecardService/";
  auto* group = app.add_subcommand("flag", "Flags raised on an application")->require_subcommand(1)->fallthrough();
  auto name = std::make_shared<std::string>();
  auto flag = std::make_shared<std::string>();
  auto text = std::make_shared<std::string>();
  auto* raise = group->add_subcommand("raise", "Raises a flag with evidence")->fallthrough();
  raise->add_option("APPLICATION", *name)->required();
  raise->add_option("FLAG", *flag, "Catalogue id, such as no-trade-offs")->required();
  raise->add_option("--evidence", *text)->required();
  raise->callback([=, &session] {
    CallByName(session, service + "RaiseFlag", [&](Message& request) -> absl::Status {
      if (absl::Status status = Set(request, "parent", Named("applications", *name)); !status.ok()) return status;
      if (absl::Status status = Set(request, "flag.flag_id", *flag); !status.ok()) return status;
      return Set(request, "flag.evidence", *text);
    });
  });
  for (const auto& [command, method] : {std::pair("confirm", "ConfirmFlag"), std::pair("dismiss", "DismissFlag")}) {
    auto* resolve = group->add_subcommand(command)->fallthrough();
    resolve->add_option("NAME", *name, "applications/A/flags/F")->required();
    resolve->add_option("--reason", *text)->required();
    resolve->callback([=, &session, full = service + method] {
      CallByName(session, full, [&](Message& request) -> absl::Status {
        if (absl::Status status = Set(request, "name", *name); !status.ok()) return status;
        return Set(request, "reason", *text);
      });
    });
  }
  auto* list = group->add_subcommand("list", "Lists the flags of an application")->fallthrough();
  list->add_option("APPLICATION", *name)->required();
  list->callback([=, &session] {
    CallByName(session, service + "ListFlags", [&](Message& request) { return Set(request, "parent", Named("applications", *name)); }, "flags",
               {{"NAME", "name"}, {"FLAG", "flag_id"}, {"KIND", "kind"}, {"STATE", "state"}, {"CRITICAL", "critical"}, {"RAISED BY", "raised_by"}});
  });
}

void AddDecisions(CLI::App& app, Session& session) {
  const std::string service = "assay.scoring.v1.DecisionService/";
  auto* group = app.add_subcommand("decision", "Decisions on an application")->require_subcommand(1)->fallthrough();
  auto name = std::make_shared<std::string>();
  auto digest = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto outcome = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();

  auto* evaluate = group->add_subcommand("evaluate", "Proposes a decision from the cards that are in")->fallthrough();
  evaluate->add_option("APPLICATION", *name)->required();
  evaluate->callback([=, &session] {
    CallByName(session, service + "EvaluateDecision", [&](Message& request) { return Set(request, "parent", Named("applications", *name)); });
  });
  auto* get = group->add_subcommand("get", "Shows a decision")->fallthrough();
  get->add_option("NAME", *name, "applications/A/decisions/D")->required();
  get->callback([=, &session] { CallByName(session, service + "GetDecision", [&](Message& request) { return Set(request, "name", *name); }); });
  auto* list = group->add_subcommand("list", "Lists the decisions on an application")->fallthrough();
  list->add_option("APPLICATION", *name)->required();
  list->callback([=, &session] {
    CallByName(session, service + "ListDecisions", [&](Message& request) { return Set(request, "parent", Named("applications", *name)); }, "decisions",
               {{"NAME", "name"}, {"STATE", "state"}, {"RECOMMENDED", "recommendation"}, {"FINAL", "final_outcome"}, {"RULE", "evaluation.rule"}, {"AVERAGE", "evaluation.weighted_average"}});
  });

  // Signing names what was read: without --digest it is read now.
  const auto fill_digest = [=, &session](Message& request) -> absl::Status {
    if (absl::Status status = Set(request, "name", *name); !status.ok()) return status;
    std::string value = *digest;
    if (value.empty()) {
      const auto read = NewRequest(service + "GetDecision");
      const auto decision = NewResponse(service + "GetDecision");
      SetField(*read, "name", *name);
      if (absl::Status status = session.CallInto(service + "GetDecision", *read, *decision); !status.ok()) return status;
      value = Cell(*decision, "evaluation.input_digest");
    }
    return Set(request, "input_digest", value);
  };
  auto* sign = group->add_subcommand("sign", "Signs the recommendation")->fallthrough();
  sign->add_option("NAME", *name)->required();
  sign->add_option("--digest", *digest, "Digest of the inputs that you reviewed");
  sign->add_option("--reason", *reason);
  sign->callback([=, &session] {
    CallByName(session, service + "SignDecision", [&](Message& request) -> absl::Status {
      if (absl::Status status = fill_digest(request); !status.ok()) return status;
      return Set(request, "reason", *reason);
    });
  });
  auto* override_command = group->add_subcommand("override", "Signs another outcome, with a rationale")->fallthrough();
  override_command->add_option("NAME", *name)->required();
  override_command->add_option("--outcome", *outcome, "strong_hire, hire, hire_with_level_adjustment, hold or no_hire")->required();
  override_command->add_option("--rationale", *reason)->required();
  override_command->add_option("--digest", *digest);
  override_command->callback([=, &session] {
    CallByName(session, service + "OverrideDecision", [&](Message& request) -> absl::Status {
      if (absl::Status status = fill_digest(request); !status.ok()) return status;
      if (absl::Status status = Set(request, "outcome", *outcome); !status.ok()) return status;
      return Set(request, "rationale", *reason);
    });
  });
  auto* replay = group->add_subcommand("replay", "Evaluates the stored inputs again and compares byte for byte")->fallthrough();
  replay->add_option("NAME", *name)->required();
  replay->callback([=, &session] {
    const auto request = NewRequest(service + "ReplayDecision");
    const auto response = NewResponse(service + "ReplayDecision");
    SetField(*request, "name", *name);
    if (!session.CallInto(service + "ReplayDecision", *request, *response).ok()) return;
    Print(session, *response);
    if (Cell(*response, "matches") != "yes") session.exit_code = ExitCode::kNegative;
  });
  auto* simulate = group->add_subcommand("simulate", "What another policy or evidence would give; stores nothing")->fallthrough();
  simulate->add_option("-f,--file", *file, "YAML of SimulateDecisionRequest")->required();
  simulate->callback([=, &session] { CallByName(session, service + "SimulateDecision", [&](Message& request) { return ReadMessageFile(*file, request); }); });
}

}  // namespace

void AddScoringCommands(CLI::App& app, Session& session) {
  for (const Resource& resource : Resources()) AddResource(app, resource, session);
  AddScorecards(app, session);
  AddFlags(app, session);
  AddDecisions(app, session);
}

}  // namespace assay::cli
