#include "services/scoring/api/decision_material.h"

#include <algorithm>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/decision_encoding.h"
#include "services/scoring/domain/policy_canonical.h"
#include "services/scoring/domain/policy_input_check.h"
#include "services/scoring/domain/scorecard_rules.h"
#include "services/scoring/store/application_store.h"
#include "services/scoring/store/bank_copy_store.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/flag_store.h"
#include "services/scoring/store/interview_store.h"
#include "services/scoring/store/requisition_store.h"
#include "services/scoring/store/scorecard_store.h"

namespace assay::scoring {
namespace {

using runtime::Tx;

// The kit as the interview pins it; no bank content is needed.
KitFacts KitOf(const v1::Interview& interview) {
  KitFacts kit;
  for (const v1::KitQuestion& question : interview.kit_questions()) {
    const std::string base = question.question().substr(0, question.question().find('@'));
    kit.questions[base] = {.name = question.question(), .competency = question.competency()};
  }
  kit.overall_competencies.insert(interview.overall_competencies().begin(), interview.overall_competencies().end());
  return kit;
}

absl::Status LoadRounds(Tx& tx, const std::string& application, DecisionMaterial& material) {
  ASSIGN_OR_RETURN(std::vector<Stored<v1::Interview>> interviews, InterviewsOfApplication(tx, application));
  std::sort(interviews.begin(), interviews.end(), [](const auto& a, const auto& b) {
    const auto time = [](const auto& row) {
      return std::pair(row.message.start_time().seconds(), row.message.start_time().nanos());
    };
    return std::tuple(time(a), a.id) < std::tuple(time(b), b.id);
  });
  for (const Stored<v1::Interview>& row : interviews) {
    if (row.message.state() == v1::INTERVIEW_STATE_CANCELED) continue;
    RoundMaterial round;
    round.interview = row.id;
    for (const v1::PanelMember& member : row.message.panel())
      round.panel.push_back({.interviewer = IdOf(member.interviewer()), .role = member.role()});
    round.kit = KitOf(row.message);
    round.excused_competencies.insert(row.message.excused_competencies().begin(), row.message.excused_competencies().end());
    material.rounds.push_back(std::move(round));
  }
  return absl::OkStatus();
}

absl::Status LoadCards(Tx& tx, const std::string& application, DecisionMaterial& material) {
  ASSIGN_OR_RETURN(std::vector<CardHistory> cards, CardsOfApplication(tx, application));
  for (CardHistory& card : cards) {
    EnteredCard entered{.interview = card.row.key.interview,
                        .interviewer = card.row.key.interviewer,
                        .role = card.row.role,
                        .revisions = {}};
    for (v1::ScorecardRevision& revision : card.revisions) {
      entered.revisions.push_back({.revision = revision.revision(),
                                   .after_exposure = revision.amended_after_exposure(),
                                   .ratings = {revision.content().ratings().begin(), revision.content().ratings().end()}});
    }
    if (EntersDecision(entered.role))
      material.authors.insert(card.author_subject.empty() ? entered.interviewer : card.author_subject);
    material.cards.push_back(std::move(entered));
  }
  return absl::OkStatus();
}

absl::Status LoadCatalogue(Tx& tx, const v1::Requisition& requisition, DecisionMaterial& material) {
  ASSIGN_OR_RETURN(bank::v1::CatalogPolicy policy, ReadPolicyCopy(tx, requisition.policy()));
  material.policy = std::move(*policy.mutable_policy());
  material.policy_name = policy.name();
  material.policy_digest = policy.content_hash();
  ASSIGN_OR_RETURN(const std::vector<bank::v1::CatalogFlagDefinition> flags, ReadFlagDefinitionCopies(tx));
  for (const auto& flag : flags) material.flag_definitions.push_back(flag.flag_definition());
  const auto guide = ReadRoleGuideCopy(tx, "roleGuides/" + requisition.role());
  if (guide.ok()) {
    material.role_guide = guide->role_guide();
  } else if (!absl::IsNotFound(guide.status())) {
    return guide.status();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedMaterial> LoadMaterial(Tx& tx, const std::string& application) {
  LoadedMaterial loaded;
  DecisionMaterial& material = loaded.material;
  ASSIGN_OR_RETURN(const Stored<v1::Application> row, Applications().Read(tx, application));
  loaded.candidate = IdOf(row.message.candidate());
  loaded.requisition = IdOf(row.message.requisition());
  loaded.application_state = EnumText(row.message, "state");
  ASSIGN_OR_RETURN(const Stored<v1::Requisition> requisition, Requisitions().Read(tx, loaded.requisition));
  material.role = requisition.message.role();
  material.target_level = requisition.message.target_level();
  for (const int level : requisition.message.allowed_levels())
    material.allowed_levels.push_back(static_cast<bank::v1::Level>(level));
  loaded.deciders.insert(requisition.message.deciders().begin(), requisition.message.deciders().end());
  RETURN_IF_ERROR(LoadCatalogue(tx, requisition.message, material));
  RETURN_IF_ERROR(LoadRounds(tx, application, material));
  RETURN_IF_ERROR(LoadCards(tx, application, material));
  ASSIGN_OR_RETURN(std::vector<FlagRow> flags, FlagsOfApplication(tx, application));
  for (FlagRow& flag : flags)
    material.flags.push_back({.flag = std::move(flag.flag), .raised_by_subject = std::move(flag.raised_by)});
  return loaded;
}

absl::StatusOr<Evaluated> EvaluateInputs(const bank::v1::Policy& policy, DecisionInputs inputs) {
  if (absl::Status checked = CheckEvaluation(policy, inputs.facts, inputs.input); !checked.ok())
    return runtime::Internal(checked.ToString());
  Evaluated evaluated;
  evaluated.settings = Settle(policy);
  evaluated.inputs = std::move(inputs);
  const CatalogueFacts& facts = evaluated.inputs.facts;
  const EvaluationInput& input = evaluated.inputs.input;
  evaluated.evaluation = Evaluate(evaluated.settings, facts, input);
  evaluated.robustness = CheckRobustness(evaluated.settings, facts, input, evaluated.evaluation);
  evaluated.canonical_inputs = CanonicalInputs(evaluated.settings, facts, input);
  evaluated.input_digest = runtime::Sha256Hex(evaluated.canonical_inputs);
  evaluated.canonical = CanonicalDecision(evaluated.evaluation, evaluated.input_digest);
  return evaluated;
}

absl::StatusOr<Evaluated> EvaluateMaterial(const DecisionMaterial& material, std::optional<bool> seniority_gap) {
  return EvaluateInputs(material.policy, BuildInputs(material, seniority_gap));
}

v1::Evaluation Evaluated::ToProto(const DecisionMaterial& material) const {
  return scoring::ToProto(evaluation, robustness, inputs.input,
                          {.policy = material.policy_name, .policy_digest = material.policy_digest, .input_digest = input_digest});
}

DecisionSituation SituationFor(const LoadedMaterial& loaded) {
  DecisionSituation situation;
  const PolicySettings settings = Settle(loaded.material.policy);
  for (const std::optional<bool> gap : {std::optional<bool>(), std::optional<bool>(true), std::optional<bool>(false)}) {
    const DecisionInputs inputs = BuildInputs(loaded.material, gap);
    situation.current_digests.insert(InputDigest(settings, inputs.facts, inputs.input));
    situation.red_flag = inputs.red_flag;
  }
  situation.authors = loaded.material.authors;
  situation.deciders = loaded.deciders;
  situation.target_level = loaded.material.target_level;
  situation.allowed_levels = loaded.material.allowed_levels;
  return situation;
}

}  // namespace assay::scoring
