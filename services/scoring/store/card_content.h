#pragma once

#include <string>
#include <vector>

#include "assay/scoring/v1/scorecard.pb.h"
#include "services/runtime/db/value.h"

namespace assay::scoring {

// A revision's personal part, as sealed: notes by position, strengths, concerns, overall notes, the flags raised with their
// evidence, and the reason of an amendment. Of a draft it is the whole content. Serialised v1::ScorecardRevision; "" where
// nothing personal was said.
std::string PersonalPart(const v1::ScorecardContent& content, std::string_view amend_reason);
std::string DraftPart(const v1::ScorecardContent& content);

// Puts the opened personal part back into a revision whose ratings are filled in.
void MergePersonalPart(std::string_view opened, v1::ScorecardRevision& revision);

// The ratings of one or many revisions as columns of `rating`.
struct RatingColumns {
  std::vector<std::string> interviews;
  std::vector<std::string> interviewers;
  std::vector<int32_t> revisions;
  std::vector<int32_t> ordinals;
  std::vector<std::string> questions;
  std::vector<std::string> competencies;
  std::vector<std::optional<int32_t>> scores;
  std::vector<std::string> reasons;
  std::vector<std::string> concepts;

  void Add(const std::string& interview, const std::string& interviewer, int revision, const v1::ScorecardContent& content);
  // In the order above.
  std::vector<runtime::Value> Values() const;
};

// Reads one row of `rating` from column `first`: question, competency, score, not_assessed_reason, concepts.
v1::Rating RatingOf(const runtime::Row& row, int first);

}  // namespace assay::scoring
