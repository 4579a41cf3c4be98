#include "services/scoring/domain/policy_evidence.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace assay::scoring {
namespace {

using Values = std::vector<Rational>;

// An interviewer's question (or area) scores for one competency in one interview.
using CardScores =
    std::map<std::string,
             std::map<std::string, std::vector<int>>>;  // interview → interviewer → scores

Rational Mean(const Values& values) {
  Rational sum = 0;
  for (const Rational& value : values) sum += value;
  return sum / Rational(static_cast<std::int64_t>(values.size()));
}

Rational Median(Values values) {
  std::sort(values.begin(), values.end(),
            [](const Rational& a, const Rational& b) { return a < b; });
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / Rational(2);
}

Rational Aggregate(const Values& values, bank::v1::Aggregation rule) {
  return rule == bank::v1::AGGREGATION_MEDIAN ? Median(values) : Mean(values);
}

Values ToValues(const std::vector<int>& scores) { return Values(scores.begin(), scores.end()); }

// Whether a score under this key counts for its competency. Under QUESTIONS_FIRST an area rating
// steps back where its author scored a question of the competency, in whichever interview.
bool Counts(const RatingKey& key, bank::v1::AreaRatings rule,
            const std::set<std::string>& rated_questions) {
  if (rule == bank::v1::AREA_RATINGS_AREA_ONLY) return key.question.empty();
  if (rule == bank::v1::AREA_RATINGS_MEAN) return true;
  return !key.question.empty() || !rated_questions.count(key.interviewer);
}

// Everything that may have been asked of somebody: by the kits or, without them, whatever anyone of
// the same interview has a row for.
std::set<RatingKey> AskedKeys(const EvaluationInput& input) {
  std::set<RatingKey> asked(input.expected.begin(), input.expected.end());
  const bool infer = asked.empty();
  std::map<std::string, std::set<std::string>> panels;
  for (const Rating& rating : input.ratings) {
    asked.insert(rating.key);
    panels[rating.key.interview].insert(rating.key.interviewer);
  }
  if (!infer) return asked;
  for (const Rating& rating : input.ratings) {
    RatingKey key = rating.key;
    for (const std::string& interviewer : panels[rating.key.interview]) {
      key.interviewer = interviewer;
      asked.insert(key);
    }
  }
  return asked;
}

// Position of each interview, first to last; by id where the caller gave no order.
std::map<std::string, std::size_t> RoundOrder(const EvaluationInput& input) {
  std::map<std::string, std::size_t> order;
  if (input.interviews.empty()) {
    for (const Rating& rating : input.ratings) order[rating.key.interview] = 0;
    std::size_t position = 0;
    for (auto& [interview, at] : order) at = position++;
    return order;
  }
  for (std::size_t i = 0; i < input.interviews.size(); ++i) order[input.interviews[i]] = i;
  return order;
}

void KeepLatestRound(const std::map<std::string, std::size_t>& order, CardScores& cards) {
  const auto latest = std::max_element(
      cards.begin(), cards.end(),
      [&](const auto& a, const auto& b) { return order.at(a.first) < order.at(b.first); });
  CardScores last;
  last.insert(*latest);
  cards = std::move(last);
}

// Each interviewer once: the mean over the rounds met of what the interviewer's scores there come
// to.
std::vector<InterviewerShare> Shares(const CardScores& cards, bank::v1::Aggregation rule) {
  std::map<std::string, Values> rounds;
  std::map<std::string, int> counts;
  for (const auto& [interview, by_interviewer] : cards) {
    for (const auto& [interviewer, scores] : by_interviewer) {
      rounds[interviewer].push_back(Aggregate(ToValues(scores), rule));
      counts[interviewer] += static_cast<int>(scores.size());
    }
  }
  std::vector<InterviewerShare> shares;
  for (const auto& [interviewer, values] : rounds) {
    shares.push_back(
        {.interviewer = interviewer, .ratings = counts[interviewer], .value = Mean(values)});
  }
  return shares;
}

Rational MeanOfRounds(const CardScores& cards, bank::v1::Aggregation rule) {
  Values rounds;
  for (const auto& [interview, by_interviewer] : cards) {
    Values interviewers;
    for (const auto& [interviewer, scores] : by_interviewer) {
      interviewers.push_back(Aggregate(ToValues(scores), rule));
    }
    rounds.push_back(Aggregate(interviewers, rule));
  }
  return Mean(rounds);
}

struct Collected {
  CardScores cards;
  std::set<std::string> rated_questions;  // interviewers who scored a question of it
};

Collected Collect(const PolicySettings& settings, const EvaluationInput& input,
                  const std::string& competency) {
  Collected collected;
  for (const Rating& rating : input.ratings) {
    if (rating.key.competency == competency && !rating.key.question.empty() &&
        CountedScore(rating, settings.exposure_revisions)) {
      collected.rated_questions.insert(rating.key.interviewer);
    }
  }
  for (const Rating& rating : input.ratings) {
    const std::optional<int> score = CountedScore(rating, settings.exposure_revisions);
    if (rating.key.competency != competency || !score) continue;
    if (!Counts(rating.key, settings.area_ratings, collected.rated_questions)) continue;
    collected.cards[rating.key.interview][rating.key.interviewer].push_back(*score);
  }
  return collected;
}

CompetencyResult Assess(const PolicySettings& settings, const WeighedCompetency& competency,
                        const EvaluationInput& input,
                        const std::map<std::string, std::size_t>& order) {
  CompetencyResult result;
  result.id = competency.id;
  result.weight = competency.weight;
  result.threshold = competency.threshold;
  Collected collected = Collect(settings, input, competency.id);
  if (collected.cards.empty()) {
    result.reason = "NOT_RATED";
    return result;
  }
  if (settings.rounds == bank::v1::ROUNDS_RULE_LATEST) KeepLatestRound(order, collected.cards);
  result.interviewers = Shares(collected.cards, settings.aggregation);
  for (const InterviewerShare& share : result.interviewers) result.ratings += share.ratings;
  if (result.ratings < settings.min_ratings_per_competency) {
    result.reason = "TOO_FEW_RATINGS";
    return result;
  }
  if (settings.rounds == bank::v1::ROUNDS_RULE_MEAN_OF_ROUNDS) {
    result.mean = MeanOfRounds(collected.cards, settings.aggregation);
  } else {
    Values values;
    for (const InterviewerShare& share : result.interviewers) values.push_back(share.value);
    result.mean = Aggregate(values, settings.aggregation);
  }
  return result;
}

// Of `asked`, finds what nobody of the interview scored, and whoever lacks more than a colleague of
// the same interview with what they lack. Colleagues who lack equally many divided the kit, which
// is no omission.
void FindLeftOut(const std::set<RatingKey>& asked, const std::set<RatingKey>& scored,
                 std::set<RatingKey>& left_out, std::vector<Shortfall>& shortfalls) {
  const auto question = [](const RatingKey& key) {
    return std::tuple(key.interview, key.question, key.competency);
  };
  std::set<std::tuple<std::string, std::string, std::string>> covered;
  // interview → interviewer → keys
  std::map<std::string, std::map<std::string, std::vector<RatingKey>>> lacking;
  for (const RatingKey& key : asked) {
    lacking[key.interview].try_emplace(key.interviewer);
    if (scored.count(key)) covered.insert(question(key));
  }
  for (const RatingKey& key : asked) {
    if (scored.count(key)) continue;
    lacking[key.interview][key.interviewer].push_back(key);
    if (!covered.count(question(key))) left_out.insert(key);
  }
  for (const auto& [interview, by_interviewer] : lacking) {
    std::size_t fewest = by_interviewer.begin()->second.size();
    for (const auto& [interviewer, keys] : by_interviewer) fewest = std::min(fewest, keys.size());
    for (const auto& [interviewer, keys] : by_interviewer) {
      if (keys.size() == fewest) continue;
      left_out.insert(keys.begin(), keys.end());
      shortfalls.push_back({.interview = interview,
                            .interviewer = interviewer,
                            .ratings = static_cast<int>(keys.size() - fewest)});
    }
  }
}

// Only required competencies care: there a rating left out is incomplete evidence, or a low one
// would be better left out than given.
void FindLeftOut(const PolicySettings& settings, const EvaluationInput& input, Evidence& evidence) {
  if (settings.required_competencies.empty()) return;
  std::set<RatingKey> scored;
  std::map<std::string, std::set<std::string>> rated_questions;
  for (const Rating& rating : input.ratings) {
    if (!CountedScore(rating, settings.exposure_revisions)) continue;
    scored.insert(rating.key);
    if (!rating.key.question.empty())
      rated_questions[rating.key.competency].insert(rating.key.interviewer);
  }
  std::set<RatingKey> asked = AskedKeys(input);
  std::erase_if(asked, [&](const RatingKey& key) {
    return !settings.required_competencies.count(key.competency) ||
           !Counts(key, settings.area_ratings, rated_questions[key.competency]);
  });
  std::set<RatingKey> left_out;
  FindLeftOut(asked, scored, left_out, evidence.shortfalls);
  for (CompetencyResult& result : evidence.competencies) {
    for (const RatingKey& key : left_out) {
      if (key.competency == result.id) result.left_out.push_back(key);
    }
  }
}

void AddQuestion(int score, Rational& sum, QuestionAverage& average) {
  sum += Rational(score);
  ++average.ratings;
  average.mean = sum / Rational(average.ratings);
}

void AverageQuestions(const PolicySettings& settings, const CatalogueFacts& facts,
                      const EvaluationInput& input, Evidence& evidence) {
  const auto role = facts.roles.find(input.role);
  Rational all = 0;
  Rational critical = 0;
  for (const Rating& rating : input.ratings) {
    const std::optional<int> score = CountedScore(rating, settings.exposure_revisions);
    if (!score) continue;
    evidence.anything_rated = true;
    if (rating.key.question.empty()) continue;
    AddQuestion(*score, all, evidence.questions);
    if (role != facts.roles.end() && role->second.critical_questions.count(rating.key.question)) {
      AddQuestion(*score, critical, evidence.critical_questions);
    }
  }
}

void Weigh(const PolicySettings& settings, Evidence& evidence) {
  Rational sum = 0;
  for (CompetencyResult& result : evidence.competencies) {
    if (!result.mean) continue;
    result.meets_threshold = *result.mean >= result.threshold;
    result.below_floor = *result.mean < settings.category_floor;
    evidence.assessed_weight += result.weight;
    sum += result.weight * *result.mean;
  }
  if (evidence.assessed_weight > Rational(0))
    evidence.weighted_average = sum / evidence.assessed_weight;
}

}  // namespace

std::optional<int> CountedScore(const Rating& rating, bank::v1::ExposureRevisions rule) {
  const bool earlier = rule == bank::v1::EXPOSURE_REVISIONS_LAST_BEFORE_EXPOSURE &&
                       rating.before_exposure.has_value();
  return earlier ? rating.before_exposure->score : rating.score;
}

Evidence Gather(const PolicySettings& settings, const CatalogueFacts& facts,
                const EvaluationInput& input, const AssumedMeans& assumed) {
  Evidence evidence;
  const std::map<std::string, std::size_t> order = RoundOrder(input);
  std::set<std::string> weighed;
  for (const WeighedCompetency& competency : settings.competencies) {
    weighed.insert(competency.id);
    evidence.competencies.push_back(Assess(settings, competency, input, order));
    for (const InterviewerShare& share : evidence.competencies.back().interviewers) {
      evidence.interviewers[share.interviewer] += share.ratings;
    }
  }
  FindLeftOut(settings, input, evidence);
  for (CompetencyResult& result : evidence.competencies) {
    const auto given = assumed.find(result.id);
    if (given == assumed.end()) continue;
    result.mean = given->second;
    result.reason.clear();
    result.left_out.clear();
  }
  Weigh(settings, evidence);
  AverageQuestions(settings, facts, input, evidence);
  std::set<std::string> unweighed;
  for (const Rating& rating : input.ratings) {
    if (!weighed.count(rating.key.competency)) unweighed.insert(rating.key.competency);
  }
  evidence.unweighed.assign(unweighed.begin(), unweighed.end());
  return evidence;
}

}  // namespace assay::scoring
