#pragma once

#include <cstddef>
#include <string_view>

#include "google/protobuf/message.h"

namespace assay::bank {

// About how many bytes of memory a serialised message takes once it is parsed, without parsing it: an empty text costs 2 bytes on the
// wire and dozens in memory, an empty message hundreds. Counting ends above `most`, and a group, which no message of ours has, is above any.
// For what is malformed the answer is of what comes before.
std::size_t ParsedSize(std::string_view wire, const google::protobuf::Message& prototype, std::size_t most);

}  // namespace assay::bank
