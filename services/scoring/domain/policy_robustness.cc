#include "services/scoring/domain/policy_robustness.h"

#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace assay::scoring {
namespace {

constexpr int kWeightStepBasisPoints = 500;

// Tries changes against one evaluation and writes down what came of each.
class Trials {
 public:
  Trials(const CatalogueFacts& facts, const Evaluation& evaluation)
      : facts_(facts), evaluation_(evaluation) {}

  void Try(std::string change, const PolicySettings& settings, const EvaluationInput& input,
           const AssumedMeans& assumed = {}) {
    const Evaluation changed = Evaluate(settings, facts_, input, assumed);
    const bool survives = changed.outcome == evaluation_.outcome;
    result_.survives = result_.survives && survives;
    result_.checks.push_back({std::move(change), changed.outcome, changed.rule, survives});
  }

  Robustness Take() { return std::move(result_); }

 private:
  const CatalogueFacts& facts_;
  const Evaluation& evaluation_;
  Robustness result_;
};

EvaluationInput Without(const EvaluationInput& input,
                        const std::function<bool(const RatingKey&)>& drop) {
  EvaluationInput rest = input;
  std::erase_if(rest.ratings, [&](const Rating& rating) { return drop(rating.key); });
  std::erase_if(rest.expected, drop);
  return rest;
}

// The settings with one weight moved and the others scaled to make room; nullopt when there is
// nothing to scale.
std::optional<PolicySettings> WithWeight(const PolicySettings& settings, std::size_t moved,
                                         int basis_points) {
  const Rational whole = 1;
  const Rational before = settings.competencies[moved].weight;
  Rational after = before + runtime::FromBasisPoints(basis_points);
  if (after < Rational(0)) after = 0;
  if (after > whole) after = whole;
  if (before == whole || after == before) return std::nullopt;
  const Rational scale = (whole - after) / (whole - before);
  PolicySettings changed = settings;
  for (std::size_t i = 0; i < changed.competencies.size(); ++i) {
    Rational& weight = changed.competencies[i].weight;
    weight = i == moved ? after : Rational(weight * scale);
  }
  return changed;
}

void TryLeavingOut(const PolicySettings& settings, const EvaluationInput& input,
                   const Evaluation& evaluation, Trials& trials) {
  PolicySettings lenient = settings;
  if (evaluation.rule != "INSUFFICIENT_EVIDENCE") {
    lenient.min_interviewers = 1;
    lenient.min_ratings_per_competency = 1;
  }
  const auto without = [&](const std::function<bool(const RatingKey&)>& drop) {
    EvaluationInput rest = Without(input, drop);
    if (evaluation.rule == "INSUFFICIENT_EVIDENCE") return rest;
    // What is left is all that was asked: a question that a colleague had none of is not missed.
    rest.expected.clear();
    std::erase_if(rest.ratings, [&](const Rating& rating) {
      return !CountedScore(rating, settings.exposure_revisions);
    });
    for (const Rating& rating : rest.ratings) rest.expected.push_back(rating.key);
    return rest;
  };
  std::set<std::string> interviewers;
  std::set<std::string> questions;
  for (const Rating& rating : input.ratings) {
    if (!CountedScore(rating, settings.exposure_revisions)) continue;
    interviewers.insert(rating.key.interviewer);
    if (!rating.key.question.empty()) questions.insert(rating.key.question);
  }
  for (const std::string& interviewer : interviewers) {
    trials.Try(
        fmt::format("without interviewer {}", interviewer), lenient,
        without([&](const RatingKey& key) { return key.interviewer == interviewer; }));
  }
  for (const std::string& question : questions) {
    trials.Try(fmt::format("without question {}", question), lenient,
               without([&](const RatingKey& key) { return key.question == question; }));
  }
}

}  // namespace

const RobustnessCheck* Robustness::FirstFlip() const {
  for (const RobustnessCheck& check : checks) {
    if (!check.survives) return &check;
  }
  return nullptr;
}

Robustness CheckRobustness(const PolicySettings& settings, const CatalogueFacts& facts,
                           const EvaluationInput& input, const Evaluation& evaluation) {
  Trials trials(facts, evaluation);
  if (settings.aggregation != bank::v1::AGGREGATION_MEDIAN) {
    PolicySettings median = settings;
    median.aggregation = bank::v1::AGGREGATION_MEDIAN;
    trials.Try("median", median, input);
  }
  TryLeavingOut(settings, input, evaluation, trials);
  for (std::size_t i = 0; i < settings.competencies.size(); ++i) {
    for (const int step : {-kWeightStepBasisPoints, kWeightStepBasisPoints}) {
      if (const auto changed = WithWeight(settings, i, step)) {
        trials.Try(
            fmt::format("weight of {} {:+d} points", settings.competencies[i].id, step / 100),
            *changed, input);
      }
    }
  }
  for (const std::string& competency : evaluation.not_assessed) {
    for (const int score : {1, 5}) {
      trials.Try(fmt::format("{} at {} (unrated)", competency, score), settings, input,
                 {{competency, Rational(score)}});
    }
  }
  return trials.Take();
}

}  // namespace assay::scoring
