#include "tests/unit/reporting/sample_source.h"

#include <algorithm>

#include "google/protobuf/text_format.h"

namespace assay::reporting {
namespace {

template <typename Message>
Message Parse(const char* text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) std::abort();
  return message;
}

scoring::v1::Interviewer MakeInterviewer(const std::string& id, const std::string& display_name) {
  scoring::v1::Interviewer interviewer;
  interviewer.set_name("interviewers/" + id);
  interviewer.set_subject(id + "@example.com");
  interviewer.set_display_name(display_name);
  return interviewer;
}

bank::v1::Competency MakeCompetency(const std::string& id, const std::string& display_name) {
  bank::v1::Competency competency;
  competency.set_id(id);
  competency.set_display_name(display_name);
  return competency;
}

constexpr const char* kDecision = R"pb(
  name: "applications/ada-mlops/decisions/d1"
  state: DECISION_STATE_SIGNED binding: true
  recommendation: OUTCOME_HIRE final_outcome: OUTCOME_HIRE
  proposer: "rae@example.com"
  signature { signer: "sam@example.com" sign_time { seconds: 1795438200 }
    reason: "Strong on production, honest about the limits of what she has run. Pair her with the platform group for the first quarter." }
  create_time { seconds: 1795437000 }
  inputs { scorecard: "interviews/technical-1/scorecards/dana" revision: 1 }
  inputs { scorecard: "interviews/technical-1/scorecards/li" revision: 1 }
  inputs { scorecard: "interviews/design-1/scorecards/omar" revision: 1 }
  evaluation {
    outcome: OUTCOME_HIRE rule: "HIRE" policy: "policies/ai-engineer@1" engine_version: "1"
    input_digest: "5d1fe0c40d6b1c9f4f8e2b7f7a0a3f6f0c1b9c7f3f5f8a6f2f7d9f4f1a2b3c4d"
    weighted_average: "193/50" weighted_average_decimal: 3.86
    question_average: "15/4" question_average_decimal: 3.75
    role_critical_average: "13/3" role_critical_average_decimal: 4.333333
    assessed_weight: "1" interviewers: 3
    competencies { id: "ml-fundamentals" mean: "7/2" assessed: 4 interviewers: 2 weight: "1/5" effective_weight: "1/5" threshold: "3" meets_threshold: true below_floor: false
      interviewer_means { interviewer: "dana" mean: "4" assessed: 2 } interviewer_means { interviewer: "li" mean: "3" assessed: 2 } }
    competencies { id: "coding-tools" mean: "4" assessed: 2 interviewers: 2 weight: "3/20" effective_weight: "3/20" threshold: "3" meets_threshold: true below_floor: false
      interviewer_means { interviewer: "dana" mean: "4" assessed: 1 } interviewer_means { interviewer: "li" mean: "4" assessed: 1 } }
    competencies { id: "system-design" mean: "11/3" assessed: 3 interviewers: 1 weight: "1/5" effective_weight: "1/5" threshold: "7/2" meets_threshold: true below_floor: false
      interviewer_means { interviewer: "omar" mean: "11/3" assessed: 3 } }
    competencies { id: "production-mlops" mean: "9/2" assessed: 2 interviewers: 2 weight: "1/5" effective_weight: "1/5" threshold: "7/2" meets_threshold: true below_floor: false
      interviewer_means { interviewer: "dana" mean: "5" assessed: 1 } interviewer_means { interviewer: "omar" mean: "4" assessed: 1 } }
    competencies { id: "genai-llm" assessed: 0 weight: "3/20" threshold: "7/2" excused: true }
    competencies { id: "communication" mean: "3" assessed: 3 interviewers: 3 weight: "1/10" effective_weight: "1/10" threshold: "3" meets_threshold: true below_floor: false
      interviewer_means { interviewer: "dana" mean: "3" assessed: 1 } interviewer_means { interviewer: "li" mean: "3" assessed: 1 } interviewer_means { interviewer: "omar" mean: "3" assessed: 1 } }
    trace { rule: "AUTO_NO_HIRE" why: "automatic no-hire triggers confirmed and applicable: none -> next rule" }
    trace { rule: "INSUFFICIENT_EVIDENCE" why: "assessed weight 17/20 >= 4/5, interviewers 3 >= 1; not assessed: genai-llm -> next rule" }
    trace { rule: "BELOW_NO_HIRE_BAR" why: "weighted average 193/50 >= 3; critical red flags: none -> next rule" }
    trace { rule: "CATEGORY_FLOOR" why: "assessed categories below 3: none -> next rule" }
    trace { rule: "STRONG_HIRE" why: "weighted average 193/50 < 4; under threshold: none; red flags: none; seniority gap: no -> next rule" }
    trace { rule: "HIRE" fired: true why: "weighted average 193/50 >= 7/2; under threshold: none; red flags: none; seniority gap: no -> HIRE [reported, without effect: role-critical average 13/3 over 3 ratings (preferred >= 4)]" }
    robustness {
      stable: false first_flip: "leaving out interviewer omar: HOLD"
      perturbations { kind: PERTURBATION_KIND_MEDIAN outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WITHOUT_INTERVIEWER subject: "dana" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WITHOUT_INTERVIEWER subject: "li" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WITHOUT_INTERVIEWER subject: "omar" outcome: OUTCOME_HOLD flips: true }
      perturbations { kind: PERTURBATION_KIND_WITHOUT_QUESTION subject: "q037" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WITHOUT_QUESTION subject: "q046" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WEIGHT_DOWN subject: "ml-fundamentals" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WEIGHT_UP subject: "ml-fundamentals" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WEIGHT_DOWN subject: "production-mlops" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_WEIGHT_UP subject: "production-mlops" outcome: OUTCOME_HIRE }
      perturbations { kind: PERTURBATION_KIND_UNRATED_AT_ONE subject: "genai-llm" outcome: OUTCOME_HOLD flips: true }
      perturbations { kind: PERTURBATION_KIND_UNRATED_AT_FIVE subject: "genai-llm" outcome: OUTCOME_HIRE }
    }
  }
)pb";

constexpr const char* kDanasCard = R"pb(
  name: "interviews/technical-1/scorecards/dana" interviewer: "interviewers/dana" state: SCORECARD_STATE_SUBMITTED revision: 1
  submit_time { seconds: 1795260000 }
  content {
    recommendation: RECOMMENDATION_HIRE
    ratings { question: "questions/q005@1" competency: "ml-fundamentals" score: 4 note: "Went straight to the validation curve, then asked what changed between the two runs." }
    ratings { question: "questions/q009@1" competency: "ml-fundamentals" score: 4 note: "Named leakage first. Found the time split without a hint." }
    ratings { question: "questions/q016@1" competency: "coding-tools" score: 4 }
    ratings { question: "questions/q053@1" competency: "production-mlops" score: 5 note: "Told the outage from her last team: shadow traffic, a rollback in four minutes, and the alert she added afterwards." }
    ratings { competency: "communication" score: 3 note: "Clear, at times too fast for the whiteboard." }
    strengths: "Has carried a model from notebook to pager."
    strengths: "Says what she does not know, then how she would find out."
    concerns: "Little experience with multi-tenant serving."
    overall_notes: "I would have her on my on-call rotation after a month."
  }
)pb";

constexpr const char* kLisCard = R"pb(
  name: "interviews/technical-1/scorecards/li" interviewer: "interviewers/li" state: SCORECARD_STATE_AMENDED revision: 1
  amended_after_exposure: true
  submit_time { seconds: 1795263600 }
  content {
    recommendation: RECOMMENDATION_HOLD
    ratings { question: "questions/q005@1" competency: "ml-fundamentals" score: 3 note: "Correct but needed the second prompt." }
    ratings { question: "questions/q009@1" competency: "ml-fundamentals" score: 3 }
    ratings { question: "questions/q016@1" competency: "coding-tools" score: 4 note: "Pipeline, fixed seed, tests for the transformer." }
    ratings { question: "questions/q053@1" competency: "production-mlops" not_assessed_reason: "no-time" }
    ratings { competency: "communication" score: 3 }
    strengths: "Tidy code under time pressure."
    concerns: "Stayed at the surface on regularisation."
  }
)pb";

constexpr const char* kOmarsCard = R"pb(
  name: "interviews/design-1/scorecards/omar" interviewer: "interviewers/omar" state: SCORECARD_STATE_SUBMITTED revision: 1
  submit_time { seconds: 1795350000 }
  content {
    recommendation: RECOMMENDATION_HIRE
    ratings { question: "questions/q037@1" competency: "system-design" score: 4 note: "Budgeted the latency before she chose a model." }
    ratings { question: "questions/q046@2" competency: "system-design" score: 4 note: "Late labels came up unprompted, with a control group." }
    ratings { question: "questions/q048@1" competency: "system-design" score: 3 }
    ratings { question: "questions/q058@1" competency: "production-mlops" score: 4 }
    ratings { competency: "communication" score: 3 }
    strengths: "Starts from the constraint, not from the tool."
    concerns: "Cost came late and only when asked."
  }
)pb";

constexpr const char* kTechnical = R"pb(
  name: "interviews/technical-1" application: "applications/ada-mlops" stage: "technical" state: INTERVIEW_STATE_COMPLETED
  start_time { seconds: 1795252800 } duration { seconds: 3600 } due_time { seconds: 1795339200 } time_zone: "Europe/Berlin"
  panel { interviewer: "interviewers/dana" role: PANEL_ROLE_LEAD } panel { interviewer: "interviewers/li" role: PANEL_ROLE_PANELIST }
  kit_questions { question: "questions/q005@1" competency: "ml-fundamentals" prompt: "Your model does well in training and poorly on new data. Walk me through how you would find out why." }
  kit_questions { question: "questions/q009@1" competency: "ml-fundamentals" prompt: "A colleague reports 99 % accuracy on the first try. What do you ask?" }
  kit_questions { question: "questions/q016@1" competency: "coding-tools" prompt: "Take me from this raw table to a fitted, evaluated estimator that somebody else can run again." }
  kit_questions { question: "questions/q053@1" competency: "production-mlops" role_critical: true prompt: "A release made things worse in production. What tells you, and what do you do in the next ten minutes?" }
)pb";

constexpr const char* kDesign = R"pb(
  name: "interviews/design-1" application: "applications/ada-mlops" stage: "design" state: INTERVIEW_STATE_COMPLETED
  start_time { seconds: 1795339200 } duration { seconds: 3600 } due_time { seconds: 1795425600 } time_zone: "Europe/Berlin"
  panel { interviewer: "interviewers/omar" role: PANEL_ROLE_LEAD }
  kit_questions { question: "questions/q037@1" competency: "system-design" role_critical: true prompt: "Serve a recommendation in under 80 ms to ten million users. Where does the time go?" }
  kit_questions { question: "questions/q046@2" competency: "system-design" role_critical: true prompt: "Design a machine-learning system that catches payment fraud, from the moment a transaction arrives to the moment you learn whether you were right. Where would you start?" }
  kit_questions { question: "questions/q048@1" competency: "system-design" prompt: "When would you not use a feature store?" }
  kit_questions { question: "questions/q058@1" competency: "production-mlops" prompt: "How do you know that a model has drifted before your users do?" }
)pb";

}  // namespace

ReportSource SampleSource() {
  ReportSource source;
  source.application = Parse<scoring::v1::Application>(
      R"pb(name: "applications/ada-mlops" candidate: "candidates/ada" requisition: "requisitions/mlops-berlin" state: APPLICATION_STATE_ACTIVE)pb");
  source.candidate = Parse<scoring::v1::Candidate>(
      R"pb(name: "candidates/ada" display_name: "Ada Okafor" state: CANDIDATE_STATE_ACTIVE)pb");
  source.requisition = Parse<scoring::v1::Requisition>(R"pb(
    name: "requisitions/mlops-berlin" display_name: "MLOps engineer, Berlin" role: "mlops" target_level: LEVEL_EXPERIENCED
    policy: "policies/ai-engineer@1" peer_visibility: PEER_VISIBILITY_AFTER_OWN time_zone: "Europe/Berlin"
    hiring_managers: "hana@example.com" recruiters: "rae@example.com" deciders: "sam@example.com"
    stages { id: "technical" display_name: "Technical round" } stages { id: "design" display_name: "Design round" }
  )pb");
  source.interviews = {Parse<scoring::v1::Interview>(kTechnical), Parse<scoring::v1::Interview>(kDesign)};
  source.scorecards = {Parse<scoring::v1::Scorecard>(kDanasCard), Parse<scoring::v1::Scorecard>(kLisCard),
                       Parse<scoring::v1::Scorecard>(kOmarsCard)};
  source.flags = {Parse<scoring::v1::Flag>(R"pb(
    name: "applications/ada-mlops/flags/f1" flag_id: "communicates-uncertainty" kind: FLAG_KIND_STRONG_HIRE_SIGNAL
    state: FLAG_STATE_CONFIRMED interview: "interviews/technical-1" raised_by: "interviewers/dana"
    evidence: "Asked twice what the metric is used for before answering, and said where her estimate could be wrong."
  )pb")};
  source.decisions = {Parse<scoring::v1::Decision>(kDecision)};
  for (const auto& [id, name] : std::map<std::string, std::string>{{"dana", "Dana Reyes"}, {"li", "Li Wen"}, {"omar", "Omar Haddad"}}) {
    source.interviewers["interviewers/" + id] = MakeInterviewer(id, name);
  }
  for (const auto& [id, name] : std::map<std::string, std::string>{{"ml-fundamentals", "ML fundamentals"},
                                                                 {"coding-tools", "Technical coding and tools"},
                                                                 {"system-design", "System design"},
                                                                 {"production-mlops", "Production and MLOps"},
                                                                 {"genai-llm", "GenAI and LLM knowledge"},
                                                                 {"communication", "Communication and problem solving"}}) {
    source.competencies[id] = MakeCompetency(id, name);
  }
  source.flags_known["communicates-uncertainty"].set_display_name("Communicates uncertainty");
  source.roles["mlops"].set_display_name("MLOps engineer");
  source.policies["policies/ai-engineer@1"].set_hire_bar_milli(3500);
  return source;
}

runtime::Instant SampleNow() { return runtime::FromMicros(1795438980LL * 1'000'000); }

Viewer Decider() { return {.subject = "sam@example.com"}; }

Viewer Interviewer(const std::string& subject) { return {.subject = subject}; }

void RemoveCard(ReportSource& source, const std::string& interview, const std::string& interviewer) {
  const std::string name = "interviews/" + interview + "/scorecards/" + interviewer;
  auto& cards = source.scorecards;
  cards.erase(std::remove_if(cards.begin(), cards.end(), [&](const auto& card) { return card.name() == name; }), cards.end());
}

}  // namespace assay::reporting
