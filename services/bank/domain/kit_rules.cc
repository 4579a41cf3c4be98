#include "services/bank/domain/kit_rules.h"

#include <algorithm>

namespace assay::bank {

bool LevelHardlyMatters(v1::QuestionKind kind) {
  return kind == v1::QUESTION_KIND_OPENING || kind == v1::QUESTION_KIND_THEORY ||
         kind == v1::QUESTION_KIND_BEHAVIOURAL || kind == v1::QUESTION_KIND_CLOSING;
}

std::vector<v1::QuestionKind> KindsOf(const v1::FormatSlot& slot, v1::Level level) {
  const google::protobuf::RepeatedField<int>* kinds = &slot.kinds();
  for (const v1::LevelKinds& level_kinds : slot.level_kinds()) {
    if (level_kinds.level() == level) kinds = &level_kinds.kinds();
  }
  std::vector<v1::QuestionKind> result;
  for (const int kind : *kinds) {
    const auto value = static_cast<v1::QuestionKind>(kind);
    if (std::find(result.begin(), result.end(), value) == result.end()) result.push_back(value);
  }
  return result;
}

bool LevelAllows(v1::Level level, v1::QuestionKind kind, v1::Level wanted) {
  if (level == v1::LEVEL_UNSPECIFIED || level > wanted) return false;
  return wanted - level <= 1 || LevelHardlyMatters(kind);
}

int GradeOf(v1::Level level, v1::QuestionKind kind) {
  switch (kind) {
    case v1::QUESTION_KIND_THEORY: return level;
    case v1::QUESTION_KIND_TECHNICAL:
    case v1::QUESTION_KIND_PRACTICAL: return level + 1;
    case v1::QUESTION_KIND_SCENARIO: return level + 2;
    case v1::QUESTION_KIND_DESIGN: return level + 3;
    default: return 0;
  }
}

}  // namespace assay::bank
