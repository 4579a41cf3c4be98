#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "services/runtime/base/instant.h"

namespace assay::runtime {

// A UUID of version 7: ordered by time, 74 random bits from the operating system.
std::string NewUuid(Instant now);

// `count` bytes of OpenSSL's generator, which the operating system seeds; up to 16 come from what was drawn ahead by this thread.
std::string RandomBytes(size_t count);

// SHA-256, raw 32 bytes.
std::string Sha256(std::string_view bytes);
// SHA-256 in lower-case hex; of several pieces as if they were one.
std::string Sha256Hex(std::string_view bytes);
std::string Sha256Hex(std::initializer_list<std::string_view> pieces);

// Serialisation with map entries in key order: the same message gives the same bytes within one protobuf version.
std::string SerializeDeterministic(const google::protobuf::MessageLite& message);

}  // namespace assay::runtime
