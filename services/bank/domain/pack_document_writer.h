#pragma once

#include <memory>

#include "services/bank/domain/pack_writer.h"

namespace assay::bank {

// A writer of a whole Pack, catalogue first, that needs no more than a question at a time: PACK (YAML, as ToYaml writes it), JSON
// (protobuf's mapping with the contract's field names) or PROTOBUF. INVALID_ARGUMENT for another format.
absl::StatusOr<std::unique_ptr<PackWriter>> MakePackDocumentWriter(v1::PackFormat format);

}  // namespace assay::bank
