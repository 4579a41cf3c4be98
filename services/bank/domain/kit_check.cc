#include "services/bank/domain/kit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <initializer_list>

#include "services/bank/domain/kit.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

// Beginnings of words or phrases, as PaddedWords writes them.
using Phrases = std::initializer_list<const char*>;

constexpr Phrases kNoiseOrLatency = {" noisy", " noise", " dirty data", " messy", " missing value", " mislabel",
                                     " wrong label", " label error", " label noise", " outlier", " bad data",
                                     " corrupt", " duplicat", " latency", " latencies", " millisecond", " p95 ",
                                     " p99 ", " response time", " time budget", " real time", " slow"};

constexpr Phrases kBelowApi = {" attention", " token", " embedding", " transformer", " fine tun", " gradient",
                               " backprop", " training", " quantis", " quantiz", " kv cache", " retriev", " loss",
                               " decod", " sampling", " weights", " regularis", " regulariz", " optimis", " optimiz",
                               " variance", " index", " vector search", " perplexity", " lora"};

constexpr Phrases kUnexpected = {" unexpected", " change one", " changes one", " turn one", " turn it around",
                                 " do differently", " would change", " suddenly", " silently changes", " extension",
                                 " twist", " half the budget", " ten times"};

bool Says(const std::string& text, Phrases phrases) {
  const std::string words = PaddedWords(text);
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const char* phrase) { return words.find(phrase) != std::string::npos; });
}

bool HasProbe(const v1::QuestionContent& question, v1::ProbePurpose purpose) {
  return std::any_of(question.probes().begin(), question.probes().end(),
                     [&](const v1::Probe& probe) { return probe.purpose() == purpose; });
}

bool TellsOfOwnWork(const v1::QuestionContent& question) {
  return question.kind() == v1::QUESTION_KIND_OPENING || question.kind() == v1::QUESTION_KIND_BEHAVIOURAL;
}

class PlanCheck {
 public:
  PlanCheck(const HiringPlan& plan, const CheckedCompetencies& competencies)
      : plan_(plan), competencies_(competencies) {
    for (const PlannedRound& round : plan.rounds) {
      questions_.insert(questions_.end(), round.questions.begin(), round.questions.end());
    }
  }

  std::vector<MistakeFinding> Run();

 private:
  using Test = std::function<bool(const v1::QuestionContent&)>;

  bool Any(const Test& test) const {
    return std::any_of(questions_.begin(), questions_.end(), [&](const v1::QuestionContent* q) { return test(*q); });
  }
  void Find(int number, const char* reason, std::string message, std::vector<std::string> questions = {}) {
    findings_.push_back({number, reason, std::move(message), std::move(questions)});
  }

  void CheckClaims();
  void CheckCommunication();
  void CheckLevel();
  void CheckUnexpected();

  const HiringPlan& plan_;
  const CheckedCompetencies& competencies_;
  std::vector<const v1::QuestionContent*> questions_;
  std::vector<MistakeFinding> findings_;
};

// 3: a claim about own work needs a probe that tells memorised from lived.
void PlanCheck::CheckClaims() {
  std::vector<std::string> unprobed;
  for (const v1::QuestionContent* question : questions_) {
    if (TellsOfOwnWork(*question) && !HasProbe(*question, v1::PROBE_PURPOSE_LIVED)) unprobed.push_back(question->id());
  }
  if (!unprobed.empty()) {
    const std::string names = fmt::format("{}", fmt::join(unprobed, ", "));
    Find(3, "CLAIMS_NOT_PROBED",
         fmt::format("claims about own work in {} are not probed; plan a probe for baseline, measurement and own part",
                     names),
         std::move(unprobed));
  } else if (!Any([](const auto& q) { return HasProbe(q, v1::PROBE_PURPOSE_LIVED); })) {
    Find(3, "CLAIMS_NOT_PROBED", "no probe asks what was lived rather than read; plan one for a project claim");
  }
}

// 6
void PlanCheck::CheckCommunication() {
  const bool overall = std::any_of(plan_.rounds.begin(), plan_.rounds.end(), [&](const PlannedRound& round) {
    return std::find(round.overall_competencies.begin(), round.overall_competencies.end(),
                     competencies_.communication) != round.overall_competencies.end();
  });
  if (!overall && !Any([&](const auto& q) { return q.competency() == competencies_.communication; })) {
    Find(6, "COMMUNICATION_NOT_RATED", "communication is rated nowhere; rate it over a whole round");
  }
}

// 7: a question that the level does not allow, or a plan that is mostly below it. Theory, stories, opening and closing
// are asked at every level (LevelAllows) and do not count as below.
void PlanCheck::CheckLevel() {
  const auto level_name = [](v1::Level level) {
    return ShortEnumName(*v1::Level_descriptor()->FindValueByNumber(level));
  };
  std::vector<std::string> off;
  std::vector<std::string> below;
  int counted = 0;
  for (const v1::QuestionContent* question : questions_) {
    if (!LevelAllows(question->level(), question->kind(), plan_.level)) {
      off.push_back(fmt::format("{} ({})", question->id(), level_name(question->level())));
      continue;
    }
    // What two levels below does not bar is a kind for which the level hardly matters.
    if (LevelAllows(v1::LEVEL_FRESHER, question->kind(), v1::LEVEL_SENIOR)) continue;
    ++counted;
    if (question->level() < plan_.level) below.push_back(question->id());
  }
  const auto ids = [&] {
    std::vector<std::string> plain;
    for (const std::string& text : off) plain.push_back(text.substr(0, text.find(' ')));
    return plain;
  };
  if (!off.empty()) {
    Find(7, "LEVEL_MISMATCH",
         fmt::format("{} do not match level {}; draw questions at that level", fmt::join(off, ", "),
                     level_name(plan_.level)),
         ids());
  } else if (static_cast<int>(below.size()) * 2 > counted) {
    const std::string message = fmt::format("{} of {} technical, practical and design questions are below level {}",
                                            below.size(), counted, level_name(plan_.level));
    Find(7, "LEVEL_MISMATCH", message, std::move(below));
  }
}

// 10
void PlanCheck::CheckUnexpected() {
  if (Any([](const auto& q) { return HasProbe(q, v1::PROBE_PURPOSE_UNEXPECTED); })) return;
  for (const PlannedRound& round : plan_.rounds) {
    for (const std::string& script : round.scripts) {
      if (Says(script, kUnexpected)) return;
    }
  }
  Find(10, "NO_UNEXPECTED_PROBE",
       "everything asked can be rehearsed; plan one unexpected probe, an extension or a look back at a decision");
}

std::vector<MistakeFinding> PlanCheck::Run() {
  if (!Any([&](const auto& q) { return q.competency() == competencies_.fundamentals; })) {
    Find(1, "NO_FUNDAMENTALS", "no question on fundamentals; ask at least one, whatever the role");
  }
  const auto spoken = [](const v1::QuestionContent& question) {
    std::string text = question.prompt() + "\n" + question.scenario();
    for (const v1::Probe& probe : question.probes()) text += "\n" + probe.text();
    return text;
  };
  if (!Any([&](const auto& q) { return Says(spoken(q), kNoiseOrLatency); })) {
    Find(2, "NO_NOISE_OR_LATENCY",
         "no question or probe touches noisy data or latency, so a leaderboard ranking could pass; plan one");
  }
  CheckClaims();
  if (!Any([&](const auto& q) { return q.competency() == competencies_.production; })) {
    Find(4, "NO_PRODUCTION", "no question on production; ask at least one about monitoring, drift or life after release");
  }
  const auto inside = [&](const v1::QuestionContent& question) {
    std::string text = question.prompt();
    for (const v1::KeyConcept& concept_ : question.key_concepts()) text += "\n" + concept_.text();
    return question.kind() != v1::QUESTION_KIND_OPENING && Says(text, kBelowApi);
  };
  if (!Any(inside)) {
    Find(5, "NOTHING_BELOW_API",
         "no question goes below the API; include one on tokens, attention, retrieval or training");
  }
  CheckCommunication();
  CheckLevel();
  if (plan_.whole_process && plan_.rounds.size() == 1) {
    Find(8, "SINGLE_ROUND", "the decision would rest on one round; plan at least a second one that shows something new");
  }
  const auto applied = [](const v1::QuestionContent& question) {
    return question.kind() == v1::QUESTION_KIND_PRACTICAL || question.kind() == v1::QUESTION_KIND_SCENARIO ||
           question.kind() == v1::QUESTION_KIND_DESIGN || question.kind() == v1::QUESTION_KIND_BEHAVIOURAL;
  };
  if (!Any(applied)) {
    Find(9, "NO_APPLIED_WORK", "no question on applied work; ask for a practical case, a scenario or a story");
  }
  CheckUnexpected();
  return std::move(findings_);
}

}  // namespace

std::vector<MistakeFinding> CheckPlan(const HiringPlan& plan, const CheckedCompetencies& competencies) {
  return PlanCheck(plan, competencies).Run();
}

v1::KitFinding FindingOf(const MistakeFinding& mistake, const std::map<int, std::string>& checks) {
  v1::KitFinding finding;
  const auto known = checks.find(mistake.number);
  std::string check = known != checks.end() ? known->second : mistake.reason;
  if (known == checks.end()) {
    for (char& c : check) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  finding.set_check(check);
  finding.set_number(mistake.number);
  finding.set_message(mistake.message);
  finding.set_warning(true);
  return finding;
}

std::vector<v1::QuestionContent> ContentsOf(const v1::Kit& kit) {
  std::vector<v1::QuestionContent> contents;
  for (const v1::KitSlot& slot : kit.slots()) {
    for (const v1::KitQuestion& question : slot.questions()) {
      v1::QuestionContent& content = contents.emplace_back();
      const std::string& name = question.question();
      const std::size_t begin = name.rfind('/') + 1;
      content.set_id(name.substr(begin, name.find('@', begin) - begin));
      content.set_level(question.level());
      content.set_kind(question.kind());
      content.set_story(question.story());
      content.set_competency(question.competency());
      content.set_section(question.section());
      content.set_prompt(question.prompt());
      content.set_scenario(question.scenario());
      content.set_cue(question.cue());
      *content.mutable_probes() = question.probes();
    }
  }
  return contents;
}

PlannedRound RoundOf(const v1::Kit& kit, const std::vector<v1::QuestionContent>& contents) {
  PlannedRound round;
  round.id = kit.format();
  for (const v1::QuestionContent& content : contents) round.questions.push_back(&content);
  round.overall_competencies.assign(kit.overall_competencies().begin(), kit.overall_competencies().end());
  for (const v1::KitSlot& slot : kit.slots()) round.scripts.push_back(slot.script());
  return round;
}

}  // namespace assay::bank
