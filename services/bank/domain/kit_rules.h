#pragma once

#include <vector>

#include "services/bank/domain/kit.h"

namespace assay::bank {

// Theory, stories, opening and closing are asked at every level alike.
bool LevelHardlyMatters(v1::QuestionKind kind);

// Kinds of question that a slot takes at a level, each once.
std::vector<v1::QuestionKind> KindsOf(const v1::FormatSlot& slot, v1::Level level);

}  // namespace assay::bank
