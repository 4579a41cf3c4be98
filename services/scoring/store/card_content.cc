#include "services/scoring/store/card_content.h"

#include <algorithm>
#include <sstream>

namespace assay::scoring {
namespace {

using runtime::Value;

std::string Serialised(const v1::ScorecardRevision& revision) {
  std::string bytes;
  revision.SerializeToString(&bytes);
  return bytes;
}

}  // namespace

std::string PersonalPart(const v1::ScorecardContent& content, std::string_view amend_reason) {
  v1::ScorecardRevision part;
  v1::ScorecardContent& personal = *part.mutable_content();
  const bool noted = std::any_of(content.ratings().begin(), content.ratings().end(),
                                 [](const v1::Rating& rating) { return !rating.note().empty(); });
  if (noted) {
    for (const v1::Rating& rating : content.ratings()) personal.add_ratings()->set_note(rating.note());
  }
  *personal.mutable_strengths() = content.strengths();
  *personal.mutable_concerns() = content.concerns();
  personal.set_overall_notes(content.overall_notes());
  *personal.mutable_flags_raised() = content.flags_raised();
  part.set_amend_reason(std::string(amend_reason));
  if (personal.ByteSizeLong() == 0) part.clear_content();
  return Serialised(part);
}

std::string DraftPart(const v1::ScorecardContent& content) {
  v1::ScorecardRevision part;
  *part.mutable_content() = content;
  return Serialised(part);
}

void MergePersonalPart(std::string_view opened, v1::ScorecardRevision& revision) {
  v1::ScorecardRevision part;
  if (!part.ParseFromArray(opened.data(), static_cast<int>(opened.size()))) return;
  v1::ScorecardContent& content = *revision.mutable_content();
  const int notes = std::min(content.ratings_size(), part.content().ratings_size());
  for (int i = 0; i < notes; ++i) content.mutable_ratings(i)->set_note(part.content().ratings(i).note());
  part.mutable_content()->clear_ratings();
  content.MergeFrom(part.content());
  if (!part.amend_reason().empty()) revision.set_amend_reason(part.amend_reason());
}

void RatingColumns::Add(const std::string& interview, const std::string& interviewer, int revision,
                        const v1::ScorecardContent& content) {
  for (int i = 0; i < content.ratings_size(); ++i) {
    const v1::Rating& rating = content.ratings(i);
    interviews.push_back(interview);
    interviewers.push_back(interviewer);
    revisions.push_back(revision);
    ordinals.push_back(i);
    questions.push_back(rating.question());
    competencies.push_back(rating.competency());
    scores.push_back(rating.has_score() ? std::optional<int32_t>(rating.score()) : std::nullopt);
    reasons.push_back(rating.not_assessed_reason());
    std::string joined;
    for (const std::string& concept_id : rating.concepts_covered()) {
      if (!joined.empty()) joined += ' ';
      joined += concept_id;
    }
    concepts.push_back(std::move(joined));
  }
}

std::vector<Value> RatingColumns::Values() const {
  return {Value::Array(interviews), Value::Array(interviewers), Value::Array(revisions),
          Value::Array(ordinals),   Value::Array(questions),    Value::Array(competencies),
          Value::Array(scores),     Value::Array(reasons),      Value::Array(concepts)};
}

v1::Rating RatingOf(const runtime::Row& row, int first) {
  v1::Rating rating;
  rating.set_question(row.String(first));
  rating.set_competency(row.String(first + 1));
  if (!row.IsNull(first + 2)) rating.set_score(row.Int(first + 2));
  rating.set_not_assessed_reason(row.String(first + 3));
  std::istringstream concepts(row.String(first + 4));
  for (std::string concept_id; concepts >> concept_id;) rating.add_concepts_covered(concept_id);
  return rating;
}

}  // namespace assay::scoring
