#pragma once

#include <memory>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// Documents that are read whole, because their parts refer to each other.

// A Pack in YAML or JSON may have so many bytes (pack_yaml.h); a serialised one so many.
inline constexpr std::size_t kMaxPackMessageBytes = 32u << 20;

// A Pack in YAML or JSON (PACK), JSON alone, or serialised (PROTOBUF). What lint says of it are findings: what would make a kit or
// a decision wrong is kError and names its entry ("questions/q004.links[0]"), the rest a warning.
std::unique_ptr<DocumentReader> MakePackReader(v1::PackFormat format);

// Text in one of the guide's layouts.
std::unique_ptr<DocumentReader> MakeGuideReader();

}  // namespace assay::bank
