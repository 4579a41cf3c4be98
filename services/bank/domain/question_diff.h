#pragma once

#include <vector>

#include "assay/bank/v1/question.pb.h"
#include "assay/bank/v1/question_service.pb.h"

namespace assay::bank {

inline constexpr int kMaxDiffs = 1000;
inline constexpr size_t kMaxDiffText = 10'000;      // bytes of one text
inline constexpr size_t kMaxDiffBytes = 2'000'000;  // of all texts

// What changed between two contents, in order of the fields: `prompt`, `key_concepts[loss].text`, `exemplars[5].text`,
// `translations[de].cue`, `red_flags[2]`. Elements are matched by id, score, role, language or linked question where they have
// one, else by place among those that differ; an added element has empty `before` texts, a removed one empty `after` texts, and
// a changed order shows the keys under the path of the list. Longer texts are cut, and where there is more than the bounds allow
// the last entry, with the path "…", says how much is left out.
std::vector<v1::FieldDiff> DiffContents(const v1::QuestionContent& before, const v1::QuestionContent& after);

}  // namespace assay::bank
