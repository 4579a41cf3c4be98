#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/bank/domain/import_plan.h"

namespace assay::bank {

// A question that was read, checked and digested, on its way into the bank.
struct StagedQuestion {
  std::string id;
  // Where it begins in the document; 0 = unknown.
  int line = 0;
  ContentDigests digests;
  // Serialised QuestionContent.
  std::string content;
};

// Many of them as one value, and back. INTERNAL when the bytes are no such value.
std::string EncodeBatch(const std::vector<StagedQuestion>& questions);
absl::StatusOr<std::vector<StagedQuestion>> DecodeBatch(std::string_view bytes);

}  // namespace assay::bank
