#include <algorithm>
#include <set>

#include "assay/scoring/v1/interview_service.pb.h"
#include "services/scoring/api/bank_content.h"
#include "services/scoring/api/interviewer_api.h"
#include "services/scoring/api/parents.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/resource_api.h"
#include "services/scoring/api/standard_methods.h"
#include "services/scoring/api/time_zones.h"
#include "services/scoring/domain/application_state.h"
#include "services/scoring/domain/interview_kit.h"
#include "services/scoring/domain/interview_state.h"
#include "services/scoring/domain/requisition_rules.h"
#include "services/scoring/store/application_store.h"
#include "services/scoring/store/bank_copy_store.h"
#include "services/scoring/store/interview_store.h"
#include "services/scoring/store/interviewer_store.h"
#include "services/scoring/store/requisition_store.h"

namespace assay::scoring {
namespace {

namespace pb = ::assay::scoring::v1;

using Panel = google::protobuf::RepeatedPtrField<pb::PanelMember>;

ResourceRules Rules() {
  return {.list = {.order = "start_time desc"},
          .fixed = {{"application", "cannot change"},
                    {"stage", "cannot change"},
                    {"panel", "use ChangeInterviewPanel"},
                    {"start_time", "use RescheduleInterview"},
                    {"time_zone", "use RescheduleInterview"}},
          .created = runtime::v1::EVENT_TYPE_INTERVIEW_CREATED,
          .updated = runtime::v1::EVENT_TYPE_INTERVIEW_UPDATED};
}

absl::Status CheckZone(const std::string& field, const std::string& zone) {
  if (zone.empty() || TimeZoneExists(zone)) return absl::OkStatus();
  return runtime::InvalidField(field, "must be an IANA zone like Europe/Berlin");
}

// Consents are not recorded yet, so no reference to a recording can have one.
absl::Status CheckMedia(const pb::Interview& interview) {
  if (interview.media().empty()) return absl::OkStatus();
  return runtime::Error(runtime::v1::ERROR_REASON_CONSENT_REQUIRED,
                        fmt::format("{} is not a consent that is given", interview.media(0).consent()),
                        {{"resource", interview.media(0).consent()}});
}

std::vector<std::string> IdsOf(const Panel& panel) {
  std::vector<std::string> ids;
  for (const pb::PanelMember& member : panel) ids.push_back(IdOf(member.interviewer()));
  return ids;
}

// Everybody exists, and whoever is new is active. PARENT_NOT_FOUND, INVALID_STATE.
absl::Status CheckPeople(runtime::Tx& tx, const Panel& before, const Panel& after, const std::string& prefix) {
  ASSIGN_OR_RETURN(const auto people, Interviewers().ReadMany(tx, IdsOf(after)));
  const std::vector<std::string> present = IdsOf(before);
  for (int i = 0; i < after.size(); ++i) {
    const std::string id = IdOf(after[i].interviewer());
    const auto found = std::find_if(people.begin(), people.end(), [&](const auto& person) { return person.id == id; });
    if (found == people.end()) {
      return runtime::ParentNotFound(fmt::format("{}panel[{}].interviewer", prefix, i), after[i].interviewer());
    }
    const bool joins = std::count(present.begin(), present.end(), id) == 0;
    if (joins && found->message.state() != pb::INTERVIEWER_STATE_ACTIVE) {
      return runtime::InvalidState(after[i].interviewer(), "INACTIVE", fmt::format("{} is inactive", after[i].interviewer()));
    }
  }
  return absl::OkStatus();
}

// The kits that a new interview refers to: its own, "" name where none is pinned, and the forms beside it.
struct KitChoice {
  bank::v1::Kit kit;
  std::vector<bank::v1::Kit> forms;
};

// Interviews of applications.
class InterviewApi final : public ResourceApi<pb::Interview> {
 public:
  explicit InterviewApi(ScoringParts& parts) : ResourceApi(parts, Interviews(), Rules()), bank_(parts) {}

  absl::StatusOr<pb::Interview> Reschedule(const Context& context, const pb::RescheduleInterviewRequest& request) {
    RETURN_IF_ERROR(CheckZone("time_zone", request.time_zone()));
    NewTime time{.start = request.start_time(), .time_zone = request.time_zone()};
    if (request.has_duration()) time.duration = &request.duration();
    if (request.has_due_time()) time.due = &request.due_time();
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_RESCHEDULED,
                      [&](runtime::WriteTx&, Row& row) { return RescheduleInterview(row.message, time); });
  }

  absl::StatusOr<pb::Interview> SetPanel(const Context& context, const pb::ChangeInterviewPanelRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_PANEL_CHANGED,
                      [&](runtime::WriteTx& write, Row& row) -> absl::Status {
                        RETURN_IF_ERROR(CheckEditable(row.message));
                        RETURN_IF_ERROR(CheckPeople(write.tx(), row.message.panel(), request.panel(), ""));
                        ASSIGN_OR_RETURN(const PanelFacts facts, FactsOf(write.tx(), row, request.panel()));
                        RETURN_IF_ERROR(ChangePanel(row.message, request.panel(), facts));
                        return WritePanel(write.tx(), row);
                      });
  }

  absl::StatusOr<pb::Interview> Start(const Context& context, const pb::StartInterviewRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_STATE_CHANGED,
                      [&](runtime::WriteTx&, Row& row) { return StartInterview(row.message, parts().clock.Now()); });
  }

  absl::StatusOr<pb::Interview> Complete(const Context& context, const pb::CompleteInterviewRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_STATE_CHANGED,
                      [&](runtime::WriteTx& write, Row& row) -> absl::Status {
                        RETURN_IF_ERROR(CompleteInterview(row.message, parts().clock.Now()));
                        ASSIGN_OR_RETURN(const std::vector<std::string> submitted, SubmittedCards(write.tx(), row.id));
                        EmitDue(write, row.message, submitted);
                        return absl::OkStatus();
                      });
  }

  absl::StatusOr<pb::Interview> Close(const Context& context, const pb::CloseInterviewRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_STATE_CHANGED,
                      [&](runtime::WriteTx&, Row& row) { return CloseInterview(row.message, parts().clock.Now()); });
  }

  absl::StatusOr<pb::Interview> Cancel(const Context& context, const pb::CancelInterviewRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_INTERVIEW_CANCELED,
                      [&](runtime::WriteTx& write, Row& row) -> absl::Status {
                        ASSIGN_OR_RETURN(const std::vector<std::string> submitted, SubmittedCards(write.tx(), row.id));
                        return CancelInterview(row.message, request.cancel_reason(), submitted);
                      });
  }

 private:
  static absl::StatusOr<PanelFacts> FactsOf(runtime::Tx& tx, const Row& row, const Panel& panel) {
    PanelFacts facts;
    ASSIGN_OR_RETURN(facts.submitted, SubmittedCards(tx, row.id));
    ASSIGN_OR_RETURN(facts.exposed, ExposedInterviewers(tx, IdOf(row.message.candidate()), IdsOf(panel)));
    return facts;
  }

  // One event per card that is owed from now on, for its author alone: who is in already is not to be read off the others.
  void EmitDue(runtime::WriteTx& write, const pb::Interview& interview, const std::vector<std::string>& submitted) const {
    for (const pb::PanelMember& member : interview.panel()) {
      const std::string id = IdOf(member.interviewer());
      if (std::count(submitted.begin(), submitted.end(), id) > 0) continue;
      runtime::OutboxEvent event;
      event.type = runtime::v1::EVENT_TYPE_SCORECARD_DUE;
      event.resource = fmt::format("{}/scorecards/{}", interview.name(), id);
      event.aggregate_type = "scorecard";
      event.state = "DUE";
      event.audience = runtime::v1::AUDIENCE_AUTHOR;
      event.related = Related(interview);
      event.related["interview"] = interview.name();
      event.related["interviewer"] = member.interviewer();
      write.Emit(std::move(event));
    }
  }

  // Only what decides about the kit is read here; everything is checked in the transaction.
  absl::StatusOr<KitChoice> PlanKit(const Context& context, const pb::Interview& wanted) {
    pb::Stage stage;
    StageHistory history;
    RETURN_IF_ERROR(parts().pool.Transact(
        runtime::TxMode::kReadOnly, context.tenant(), context.deadline, [&](runtime::Tx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const pb::Application application,
                           ReadParent(tx, Applications(), "interview.application", wanted.application()));
          ASSIGN_OR_RETURN(const pb::Requisition requisition,
                           ReadParent(tx, Requisitions(), "interview.application", application.requisition()));
          const pb::Stage* found = FindStage(requisition, wanted.stage());
          if (found == nullptr) {
            return runtime::InvalidField("interview.stage", fmt::format("no stage \"{}\" in {}", wanted.stage(), requisition.name()));
          }
          stage = *found;
          ASSIGN_OR_RETURN(history.first_kit, FirstKitOfStage(tx, IdOf(requisition.name()), stage.id()));
          ASSIGN_OR_RETURN(history.interviews, CountOfStage(tx, IdOf(requisition.name()), stage.id()));
          return absl::OkStatus();
        }));
    ASSIGN_OR_RETURN(const std::string name, ChooseKit(stage, wanted.kit(), history));
    return FetchKits(context, name, stage);
  }

  absl::StatusOr<KitChoice> FetchKits(const Context& context, const std::string& name, const pb::Stage& stage) {
    KitChoice choice;
    if (name.empty()) return choice;
    ASSIGN_OR_RETURN(choice.kit, bank_.Kit(context, "interview.kit", name));
    ASSIGN_OR_RETURN(choice.forms, bank_.Kits(context, "interview.kit",
                                              {stage.kit_plan().forms().begin(), stage.kit_plan().forms().end()}));
    return choice;
  }

  absl::StatusOr<Prepare> PlanCreate(const Context& context, const pb::Interview& wanted) override {
    RETURN_IF_ERROR(CheckZone("interview.time_zone", wanted.time_zone()));
    RETURN_IF_ERROR(CheckMedia(wanted));
    ASSIGN_OR_RETURN(const KitChoice choice, PlanKit(context, wanted));
    return [choice](runtime::WriteTx& write, Row& row) { return PrepareNew(write.tx(), choice, row); };
  }

  static absl::Status PrepareNew(runtime::Tx& tx, const KitChoice& choice, Row& row) {
    pb::Interview& interview = row.message;
    ASSIGN_OR_RETURN(const pb::Application application,
                     ReadParent(tx, Applications(), "interview.application", interview.application()));
    RETURN_IF_ERROR(CheckActive(application, "be interviewed"));
    ASSIGN_OR_RETURN(const pb::Requisition requisition,
                     ReadParent(tx, Requisitions(), "interview.application", application.requisition()));
    RETURN_IF_ERROR(CheckOpen(requisition, "takes no interviews"));
    interview.set_candidate(application.candidate());
    interview.set_requisition(application.requisition());
    interview.set_state(pb::INTERVIEW_STATE_SCHEDULED);
    if (!choice.kit.name().empty()) PinKit(choice.kit, choice.forms, interview);
    if (!interview.has_duration()) return runtime::InvalidField("interview.duration", "is needed where no kit gives it");
    if (!interview.has_due_time()) {
      *interview.mutable_due_time() = DefaultDueTime(interview.start_time(), interview.duration());
    }
    RETURN_IF_ERROR(CheckDueTime(interview));
    Panel panel;
    panel.Swap(interview.mutable_panel());
    RETURN_IF_ERROR(CheckPeople(tx, {}, panel, "interview."));
    ASSIGN_OR_RETURN(const PanelFacts facts, FactsOf(tx, row, panel));
    RETURN_IF_ERROR(ChangePanel(interview, panel, facts));
    return choice.kit.name().empty() ? absl::OkStatus() : CopyKit(tx, choice.kit);
  }

  absl::Status Created(runtime::WriteTx& write, const Row& row) override {
    if (!row.message.kit().empty()) RETURN_IF_ERROR(SetKit(write.tx(), row.id, row.message.kit()));
    return WritePanel(write.tx(), row);
  }

  absl::StatusOr<Change> PlanUpdate(const Context& context, const std::string& id, const pb::Interview& wanted,
                                    const google::protobuf::FieldMask& mask) override {
    ASSIGN_OR_RETURN(const Row current, (InRead<Row>(context, [&](runtime::Tx& tx) { return documents().Read(tx, id); })));
    pb::Interview planned = current.message;
    ASSIGN_OR_RETURN(const auto changed, ApplyUpdate(wanted, mask, Rules().fixed, "interview.", planned));
    RETURN_IF_ERROR(CheckMedia(planned));
    KitChoice choice;
    if (planned.kit() != current.message.kit()) {
      if (planned.kit().empty()) return runtime::InvalidField("interview.kit", "can be replaced, not removed");
      planned.set_stage(current.message.stage());
      ASSIGN_OR_RETURN(choice, PlanKit(context, planned));
    }
    return [choice](runtime::WriteTx& write, const pb::Interview& before, Row& row) -> absl::Status {
      RETURN_IF_ERROR(CheckEditable(before));
      if (row.message.kit() != before.kit()) {
        ASSIGN_OR_RETURN(const std::vector<std::string> submitted, SubmittedCards(write.tx(), row.id));
        RETURN_IF_ERROR(CheckKitChange(before, submitted));
        // Somebody else changed the kit since the plan was made.
        if (row.message.kit() != choice.kit.name()) return runtime::EtagMismatch(before.name());
        PinKit(choice.kit, choice.forms, row.message);
        RETURN_IF_ERROR(CopyKit(write.tx(), choice.kit));
        RETURN_IF_ERROR(SetKit(write.tx(), row.id, choice.kit.name()));
      }
      return CheckDueTime(row.message);
    };
  }

  std::map<std::string, std::string> Related(const pb::Interview& interview) const override {
    return {{"application", interview.application()},
            {"candidate", interview.candidate()},
            {"requisition", interview.requisition()}};
  }

  BankContent bank_;
};

}  // namespace

void BindInterviews(runtime::Service& service, ScoringParts& parts) {
  BindInterviewers(service, parts);
  const auto api = std::make_shared<InterviewApi>(parts);
  ASSAY_BIND_STANDARD(service, api, pb, Interview, Interviews);
  service.Unary<pb::RescheduleInterviewRequest, pb::Interview>(
      "RescheduleInterview", [api](const auto& context, const auto& request) { return api->Reschedule(context, request); });
  service.Unary<pb::ChangeInterviewPanelRequest, pb::Interview>(
      "ChangeInterviewPanel", [api](const auto& context, const auto& request) { return api->SetPanel(context, request); });
  service.Unary<pb::StartInterviewRequest, pb::Interview>(
      "StartInterview", [api](const auto& context, const auto& request) { return api->Start(context, request); });
  service.Unary<pb::CompleteInterviewRequest, pb::Interview>(
      "CompleteInterview", [api](const auto& context, const auto& request) { return api->Complete(context, request); });
  service.Unary<pb::CloseInterviewRequest, pb::Interview>(
      "CloseInterview", [api](const auto& context, const auto& request) { return api->Close(context, request); });
  service.Unary<pb::CancelInterviewRequest, pb::Interview>(
      "CancelInterview", [api](const auto& context, const auto& request) { return api->Cancel(context, request); });
}

}  // namespace assay::scoring
