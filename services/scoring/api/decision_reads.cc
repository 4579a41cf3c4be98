#include "services/scoring/api/decision_reads.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"
#include "services/scoring/api/list_rules.h"
#include "services/scoring/domain/decision_encoding.h"
#include "services/scoring/domain/decision_replay.h"
#include "services/scoring/domain/policy_canonical.h"
#include "services/scoring/domain/policy_input_check.h"
#include "services/scoring/store/bank_copy_store.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;

const ListRules& Rules() {
  static const ListRules rules{.fields = {kExternalSystem}, .order = "create_time desc"};
  return rules;
}

template <typename T>
absl::StatusOr<T> InRead(ScoringParts& parts, const RequestContext& context,
                         const std::function<absl::StatusOr<T>(Tx&)>& work) {
  return runtime::Transact<T>(parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, work);
}

// Fields of the evaluator's own check under those of the request.
absl::Status AsViolations(const std::vector<PolicyViolation>& found, const std::string& prefix) {
  runtime::Violations violations;
  for (const PolicyViolation& violation : found) violations.Add(prefix + violation.field, violation.message);
  return violations.ToStatus();
}

void ChangeInputs(const v1::SimulateDecisionRequest& request, DecisionInputs& inputs) {
  EvaluationInput& input = inputs.input;
  std::set<std::string> interviewers, questions;
  for (const std::string& name : request.without_interviewers()) interviewers.insert(IdOf(name));
  for (const std::string& name : request.without_questions()) questions.insert(QuestionId(name));
  const auto dropped = [&](const RatingKey& key) {
    return interviewers.count(key.interviewer) > 0 || (!key.question.empty() && questions.count(key.question) > 0);
  };
  std::erase_if(input.ratings, [&](const Rating& rating) { return dropped(rating.key); });
  std::erase_if(input.expected, dropped);
  for (const v1::HypotheticalRating& rating : request.ratings()) {
    const std::string question = rating.question().empty() ? "" : QuestionId(rating.question());
    if (!question.empty()) inputs.facts.questions.insert(question);
    input.ratings.push_back({.key = {.interview = "simulated",
                                     .interviewer = rating.interviewer(),
                                     .question = question,
                                     .competency = rating.competency()},
                             .score = rating.has_score() ? std::optional<int>(rating.score()) : std::nullopt,
                             .before_exposure = std::nullopt});
  }
  if (!request.ratings().empty()) input.interviews.push_back("simulated");
  for (const v1::HypotheticalFlag& flag : request.flags()) {
    std::erase_if(input.flags, [&](const ConfirmedFlag& known) { return known.id == flag.flag_id(); });
    if (flag.confirmed()) input.flags.push_back({.id = flag.flag_id(), .critical = flag.critical(), .corroboration = {}});
  }
}

}  // namespace

absl::StatusOr<DecisionKey> ParseDecisionName(const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, runtime::ParseName("applications/*/decisions/*", name));
  return DecisionKey{ids[0], ids[1]};
}

absl::StatusOr<DecisionRow> DecisionReads::Visible(Tx& tx, const RequestContext& context, const std::string& name,
                                                   ReadTrail& trail) {
  ASSIGN_OR_RETURN(const DecisionKey key, ParseDecisionName(name));
  ASSIGN_OR_RETURN(DecisionRow row, ReadDecision(tx, key.application, key.id));
  ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(tx, context, parts_.clock.Now(), {key.application}));
  const visibility::Verdict verdict = viewer.Decision(key.application);
  if (!verdict.all()) return runtime::NotFound(name);
  trail.SawAll(*viewer.Find(key.application), key.application, verdict);
  RETURN_IF_ERROR(AddDecisionTexts(tx, parts_.vault, {&row}));
  return row;
}

absl::StatusOr<v1::Decision> DecisionReads::Get(const RequestContext& context, const v1::GetDecisionRequest& request) {
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(DecisionRow row, InRead<DecisionRow>(parts_, context, [&](Tx& tx) {
                     return Visible(tx, context, request.name(), trail);
                   }));
  RETURN_IF_ERROR(trail.Leave(request.name()));
  return std::move(row.decision);
}

absl::StatusOr<v1::ListDecisionsResponse> DecisionReads::List(const RequestContext& context,
                                                              const v1::ListDecisionsRequest& request) {
  using Response = v1::ListDecisionsResponse;
  ASSIGN_OR_RETURN(const ListFilter filter,
                   ListFilter::Parse(Rules(), DecisionFields(), kFirstDecisionParameter, v1::Decision::descriptor(),
                                     request.filter(), request.order_by()));
  const std::string asked = request.parent() + "\n" + request.filter() + "\n" + request.order_by();
  ASSIGN_OR_RETURN(const runtime::Page page,
                   parts_.pages.Open(context, asked, request.page_size(), request.page_token(), 50, 1000));
  DecisionFilter wanted;
  if (IdOf(request.parent()) != "-") wanted.application = IdOf(request.parent());
  wanted.filter = filter.sql();
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
    Response found;
    ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
    std::vector<std::string> after = page.after;
    std::vector<std::string> last;
    // Reads on past what is hidden, as ListScorecards does.
    while (true) {
      ASSIGN_OR_RETURN(std::vector<DecisionRow> rows, ListDecisions(tx, wanted, after, page.size + 1));
      std::set<std::string> applications;
      std::vector<DecisionRow*> all;
      for (DecisionRow& row : rows) {
        applications.insert(row.application);
        all.push_back(&row);
      }
      ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(tx, context, parts_.clock.Now(), applications));
      std::erase_if(all, [&](DecisionRow* row) {
        return !filter.Matches(row->decision) || !viewer.Decision(row->application).all();
      });
      const int room = page.size - found.decisions_size();
      const bool more = static_cast<int>(all.size()) > room;
      if (more) all.resize(room);
      RETURN_IF_ERROR(AddDecisionTexts(tx, parts_.vault, all));
      for (DecisionRow* row : all) {
        trail.SawAll(*viewer.Find(row->application), row->application, viewer.Decision(row->application));
        last = PageKeyOf(*row);
        *found.add_decisions() = std::move(row->decision);
      }
      if (more) found.set_next_page_token(parts_.pages.Seal(context, asked, last));
      if (more || static_cast<int>(rows.size()) <= page.size) return found;
      after = {runtime::ToText(runtime::FromTimestamp(rows.back().decision.create_time())), rows.back().application,
               rows.back().id};
    }
  }));
  RETURN_IF_ERROR(trail.Leave(request.parent() + "/decisions"));
  return response;
}

absl::StatusOr<v1::BatchGetDecisionsResponse> DecisionReads::BatchGet(const RequestContext& context,
                                                                      const v1::BatchGetDecisionsRequest& request) {
  using Response = v1::BatchGetDecisionsResponse;
  ReadTrail trail(parts_, context);
  const std::string parent = IdOf(request.parent());
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
                     Response found;
                     ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
                     for (const std::string& name : request.names()) {
                       ASSIGN_OR_RETURN(DecisionRow row, Visible(tx, context, name, trail));
                       if (!parent.empty() && parent != "-" && row.application != parent)
                         return runtime::InvalidField("names", fmt::format("{} is not of {}", name, request.parent()));
                       *found.add_decisions() = std::move(row.decision);
                     }
                     return found;
                   }));
  RETURN_IF_ERROR(trail.Leave((request.parent().empty() ? "applications/-" : request.parent()) + "/decisions"));
  return response;
}

absl::StatusOr<v1::ReplayDecisionResponse> DecisionReads::Replay(const RequestContext& context,
                                                                 const v1::ReplayDecisionRequest& request) {
  using Response = v1::ReplayDecisionResponse;
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
    ASSIGN_OR_RETURN(const DecisionRow row, Visible(tx, context, request.name(), trail));
    const v1::Evaluation& stored = row.decision.evaluation();
    if (stored.engine_version() != kPolicyEngineVersion)
      return runtime::Internal(fmt::format("no engine of version {} to replay {}", stored.engine_version(), request.name()));
    const absl::StatusOr<ReplayMaterial> material = ReadCanonicalInputs(row.inputs);
    if (!material.ok()) return runtime::Internal(fmt::format("the inputs of {}: {}", request.name(), material.status().ToString()));
    // From the stored inputs alone: nothing of today's policy, cards or flags can reach the result.
    const Evaluation evaluation = Evaluate(material->settings, material->facts, material->input);
    const Robustness robustness = CheckRobustness(material->settings, material->facts, material->input, evaluation);
    Response replayed;
    const std::string digest = InputDigest(material->settings, material->facts, material->input);
    replayed.set_canonical_json(CanonicalDecision(evaluation, digest));
    replayed.set_canonical_digest(runtime::Sha256Hex(replayed.canonical_json()));
    replayed.set_matches(replayed.canonical_json() == row.decision.canonical_json());
    for (std::string& difference : JsonDifferences(row.decision.canonical_json(), replayed.canonical_json()))
      replayed.add_differences(std::move(difference));
    *replayed.mutable_evaluation() =
        ToProto(evaluation, robustness, material->input,
                {.policy = stored.policy(), .policy_digest = stored.policy_digest(), .input_digest = digest});
    ASSIGN_OR_RETURN(const LoadedMaterial now, LoadMaterial(tx, row.application));
    replayed.set_inputs_changed(SituationFor(now).current_digests.count(stored.input_digest()) == 0);
    return replayed;
  }));
  RETURN_IF_ERROR(trail.Leave(request.name()));
  return response;
}

absl::StatusOr<v1::SimulateDecisionResponse> DecisionReads::Simulate(const RequestContext& context,
                                                                     const v1::SimulateDecisionRequest& request) {
  using Response = v1::SimulateDecisionResponse;
  ASSIGN_OR_RETURN(const std::vector<std::string> parent, runtime::ParseName("applications/*", request.parent()));
  const std::string& application = parent[0];
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
    ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(tx, context, parts_.clock.Now(), {application}));
    const visibility::Verdict verdict = viewer.Decision(application);
    if (!verdict.all()) return runtime::NotFound(request.parent());
    trail.SawAll(*viewer.Find(application), application, verdict);
    ASSIGN_OR_RETURN(LoadedMaterial loaded, LoadMaterial(tx, application));
    ASSIGN_OR_RETURN(const Evaluated baseline, EvaluateMaterial(loaded.material, std::nullopt));
    DecisionMaterial& material = loaded.material;
    if (!request.policy().empty()) {
      const auto other = ReadPolicyCopy(tx, request.policy());
      if (absl::IsNotFound(other.status())) return runtime::InvalidField("policy", "no requisition here has used this policy");
      RETURN_IF_ERROR(other.status());
      material.policy = other->policy();
      material.policy_name = other->name();
      material.policy_digest = other->content_hash();
    }
    if (request.has_parameters()) material.policy = WithParameters(std::move(material.policy), request.parameters());
    DecisionInputs inputs = BuildInputs(
        material, request.has_seniority_gap() ? std::optional<bool>(request.seniority_gap()) : std::nullopt);
    ChangeInputs(request, inputs);
    RETURN_IF_ERROR(AsViolations(PolicyViolations(material.policy, inputs.facts), "parameters."));
    RETURN_IF_ERROR(AsViolations(InputViolations(inputs.facts, inputs.input), ""));
    Response found;
    *found.mutable_baseline() = baseline.ToProto(material);
    ASSIGN_OR_RETURN(const Evaluated simulated, EvaluateInputs(material.policy, std::move(inputs)));
    *found.mutable_simulated() = simulated.ToProto(material);
    found.set_outcome_changes(found.baseline().outcome() != found.simulated().outcome());
    return found;
  }));
  RETURN_IF_ERROR(trail.Leave(request.parent()));
  return response;
}

}  // namespace assay::scoring
