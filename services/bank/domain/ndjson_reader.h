#pragma once

#include <memory>
#include <string_view>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// A line of NDJSON over this is a wrong entry; it is passed over without being held.
inline constexpr std::size_t kMaxNdjsonLine = 1u << 20;

// Reads one QuestionContent as protobuf JSON per line; blank lines are skipped. Holds one line. A wrong line is a finding; a last
// line that was cut off ends the reading.
std::unique_ptr<DocumentReader> MakeNdjsonReader(std::string_view language_code);

}  // namespace assay::bank
