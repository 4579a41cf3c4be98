#include "services/scoring/api/decision_api.h"

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/api/decision_material.h"
#include "services/scoring/api/decision_reads.h"
#include "services/scoring/api/superseding.h"
#include "services/scoring/api/viewer.h"
#include "services/scoring/domain/decision_encoding.h"
#include "services/scoring/domain/decision_rules.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;
using runtime::WriteTx;

// What a signature of any kind answers with: event, and whether it replaces what was signed before.
runtime::v1::EventType EventOf(v1::DecisionState state) {
  switch (state) {
    case v1::DECISION_STATE_SIGNED:
      return runtime::v1::EVENT_TYPE_DECISION_SIGNED;
    case v1::DECISION_STATE_OVERRIDDEN:
      return runtime::v1::EVENT_TYPE_DECISION_OVERRIDDEN;
    case v1::DECISION_STATE_VOIDED:
      return runtime::v1::EVENT_TYPE_DECISION_VOIDED;
    default:
      return runtime::v1::EVENT_TYPE_DECISION_PROPOSED;  // an override that awaits a second person
  }
}

class DecisionWrites {
 public:
  explicit DecisionWrites(ScoringParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::Decision> Evaluate(const RequestContext& context, const v1::EvaluateDecisionRequest& request) {
    ASSIGN_OR_RETURN(const std::vector<std::string> parent, runtime::ParseName("applications/*", request.parent()));
    ReadTrail trail(parts_, context);
    ASSIGN_OR_RETURN(const v1::Decision decision,
                     parts_.mutator.Run<v1::Decision>(
                         context, request,
                         [&](WriteTx& write, v1::Decision& response) {
                           return EvaluateIn(write, parent[0], request, trail, response);
                         },
                         [&](Tx& tx, const runtime::ResultName& result) { return Reread(tx, result.name); }));
    RETURN_IF_ERROR(trail.Leave(decision.name()));
    return decision;
  }

  absl::StatusOr<v1::Decision> Sign(const RequestContext& context, const v1::SignDecisionRequest& request) {
    const DecisionAction action = ActionOf(context, request, request.reason());
    return Act(context, request, [&](const v1::Decision& decision, const DecisionSituation& situation) {
      return scoring::Sign(decision, situation, action);
    });
  }

  absl::StatusOr<v1::Decision> Override(const RequestContext& context, const v1::OverrideDecisionRequest& request) {
    const DecisionAction action = ActionOf(context, request, request.rationale());
    return Act(context, request, [&](const v1::Decision& decision, const DecisionSituation& situation) {
      return OverrideOutcome(decision, situation, action, {.outcome = request.outcome(), .to_level = request.to_level()});
    });
  }

  absl::StatusOr<v1::Decision> Confirm(const RequestContext& context, const v1::ConfirmOverrideRequest& request) {
    const DecisionAction action = ActionOf(context, request, request.reason());
    return Act(context, request, [&](const v1::Decision& decision, const DecisionSituation& situation) {
      return scoring::ConfirmOverride(decision, situation, action);
    });
  }

  absl::StatusOr<v1::Decision> Void(const RequestContext& context, const v1::VoidDecisionRequest& request) {
    const DecisionAction action{.by = context.principal.effective_subject(),
                                .input_digest = {},
                                .reason = request.reason(),
                                .etag = request.etag(),
                                .at = parts_.clock.Now()};
    return Act(context, request, [&](const v1::Decision& decision, const DecisionSituation&) {
      return scoring::Void(decision, action);
    });
  }

 private:
  template <typename Request>
  DecisionAction ActionOf(const RequestContext& context, const Request& request, const std::string& reason) const {
    return {.by = context.principal.effective_subject(),
            .input_digest = request.input_digest(),
            .reason = reason,
            .etag = request.etag(),
            .at = parts_.clock.Now()};
  }

  absl::StatusOr<v1::Decision> Reread(Tx& tx, const std::string& name) {
    ASSIGN_OR_RETURN(const DecisionKey key, ParseDecisionName(name));
    ASSIGN_OR_RETURN(DecisionRow row, ReadDecision(tx, key.application, key.id));
    RETURN_IF_ERROR(AddDecisionTexts(tx, parts_.vault, {&row}));
    return std::move(row.decision);
  }

  absl::StatusOr<runtime::ResultName> EvaluateIn(WriteTx& write, const std::string& application,
                                                 const v1::EvaluateDecisionRequest& request, ReadTrail& trail,
                                                 v1::Decision& response) {
    const runtime::Instant now = parts_.clock.Now();
    ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(write.tx(), write.context(), now, {application}));
    const visibility::Verdict verdict = viewer.Decision(application);
    if (!verdict.all()) return runtime::NotFound(request.parent());
    trail.SawAll(*viewer.Find(application), application, verdict);
    ASSIGN_OR_RETURN(const LoadedMaterial loaded, LoadMaterial(write.tx(), application));
    if (loaded.application_state == "WITHDRAWN") {
      return runtime::InvalidState(request.parent(), loaded.application_state,
                                   fmt::format("{} is withdrawn; nothing is left to decide", request.parent()));
    }
    ASSIGN_OR_RETURN(const Evaluated evaluated,
                     EvaluateMaterial(loaded.material, request.has_seniority_gap()
                                                           ? std::optional<bool>(request.seniority_gap())
                                                           : std::nullopt));
    DecisionRow row = Proposal(application, loaded, evaluated, request, now);
    row.decision.set_proposer(write.context().principal.effective_subject());
    RETURN_IF_ERROR(InsertDecision(write.tx(), row));
    RETURN_IF_ERROR(SupersedeBy(write, application, {"PROPOSED"}, row.id, "re-evaluated", now));
    write.Emit(DecisionEvent(row, runtime::v1::EVENT_TYPE_DECISION_PROPOSED));
    response = row.decision;
    return runtime::ResultName{response.name(), row.version};
  }

  static DecisionRow Proposal(const std::string& application, const LoadedMaterial& loaded, const Evaluated& evaluated,
                              const v1::EvaluateDecisionRequest& request, runtime::Instant now) {
    DecisionRow row;
    row.application = application;
    row.id = request.decision_id().empty() ? runtime::NewUuid(now) : request.decision_id();
    row.inputs = evaluated.canonical_inputs;
    v1::Decision& decision = row.decision;
    decision.set_name(DecisionName(application, row.id));
    decision.set_uid(runtime::NewUuid(now));
    decision.set_state(v1::DECISION_STATE_PROPOSED);
    decision.set_recommendation(ToProto(evaluated.evaluation.outcome));
    *decision.mutable_evaluation() = evaluated.ToProto(loaded.material);
    decision.set_canonical_json(evaluated.canonical);
    decision.set_canonical_digest(runtime::Sha256Hex(evaluated.canonical));
    for (const v1::DecisionInput& input : evaluated.inputs.cards) *decision.add_inputs() = input;
    decision.set_etag(EtagOf(1));
    *decision.mutable_create_time() = *decision.mutable_update_time() = runtime::ToTimestamp(now);
    *decision.mutable_external_ids() = request.external_ids();
    *decision.mutable_annotations() = request.annotations();
    decision.set_requisition("requisitions/" + loaded.requisition);
    decision.set_candidate("candidates/" + loaded.candidate);
    return row;
  }

  // Whatever a person does to a decision: under its lock, so that a card that comes in meanwhile either is in the digest or
  // finds the decision and supersedes it.
  template <typename Request, typename Rule>
  absl::StatusOr<v1::Decision> Act(const RequestContext& context, const Request& request, const Rule& rule) {
    ASSIGN_OR_RETURN(const DecisionKey key, ParseDecisionName(request.name()));
    return parts_.mutator.Run<v1::Decision>(
        context, request,
        [&](WriteTx& write, v1::Decision& response) -> absl::StatusOr<runtime::ResultName> {
          const runtime::Instant now = parts_.clock.Now();
          ASSIGN_OR_RETURN(DecisionRow row, LockDecision(write.tx(), key.application, key.id));
          ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(write.tx(), context, now, {key.application}));
          if (!viewer.Decision(key.application).all()) return runtime::NotFound(request.name());
          RETURN_IF_ERROR(AddDecisionTexts(write.tx(), parts_.vault, {&row}));
          ASSIGN_OR_RETURN(const LoadedMaterial loaded, LoadMaterial(write.tx(), key.application));
          ASSIGN_OR_RETURN(row.decision, rule(row.decision, SituationFor(loaded)));
          *row.decision.mutable_update_time() = runtime::ToTimestamp(now);
          RETURN_IF_ERROR(UpdateDecision(write.tx(), parts_.vault, row, loaded.candidate));
          write.Emit(DecisionEvent(row, EventOf(row.decision.state())));
          // One decision binds at a time.
          if (row.decision.binding())
            RETURN_IF_ERROR(SupersedeBy(write, key.application, StandingStates(), key.id, "re-evaluated", now));
          response = row.decision;
          return runtime::ResultName{response.name(), row.version};
        },
        [&](Tx& tx, const runtime::ResultName& result) { return Reread(tx, result.name); });
  }

  ScoringParts& parts_;
};

}  // namespace

void BindDecisions(runtime::Service& service, ScoringParts& parts) {
  const auto reads = std::make_shared<DecisionReads>(parts);
  const auto writes = std::make_shared<DecisionWrites>(parts);
  service.Unary<v1::EvaluateDecisionRequest, v1::Decision>(
      "EvaluateDecision", [writes](const auto& context, const auto& request) { return writes->Evaluate(context, request); });
  service.Unary<v1::GetDecisionRequest, v1::Decision>(
      "GetDecision", [reads](const auto& context, const auto& request) { return reads->Get(context, request); });
  service.Unary<v1::ListDecisionsRequest, v1::ListDecisionsResponse>(
      "ListDecisions", [reads](const auto& context, const auto& request) { return reads->List(context, request); });
  service.Unary<v1::BatchGetDecisionsRequest, v1::BatchGetDecisionsResponse>(
      "BatchGetDecisions", [reads](const auto& context, const auto& request) { return reads->BatchGet(context, request); });
  service.Unary<v1::SignDecisionRequest, v1::Decision>(
      "SignDecision", [writes](const auto& context, const auto& request) { return writes->Sign(context, request); });
  service.Unary<v1::OverrideDecisionRequest, v1::Decision>(
      "OverrideDecision", [writes](const auto& context, const auto& request) { return writes->Override(context, request); });
  service.Unary<v1::ConfirmOverrideRequest, v1::Decision>(
      "ConfirmOverride", [writes](const auto& context, const auto& request) { return writes->Confirm(context, request); });
  service.Unary<v1::VoidDecisionRequest, v1::Decision>(
      "VoidDecision", [writes](const auto& context, const auto& request) { return writes->Void(context, request); });
  service.Unary<v1::ReplayDecisionRequest, v1::ReplayDecisionResponse>(
      "ReplayDecision", [reads](const auto& context, const auto& request) { return reads->Replay(context, request); });
  service.Unary<v1::SimulateDecisionRequest, v1::SimulateDecisionResponse>(
      "SimulateDecision", [reads](const auto& context, const auto& request) { return reads->Simulate(context, request); });
}

}  // namespace assay::scoring
