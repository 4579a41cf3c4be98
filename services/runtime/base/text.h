#pragma once

#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace assay::runtime {

// Debian's Abseil has a string_view of its own; these cross the border.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);
// Unicode code points of well-formed UTF-8.
size_t CodePoints(std::string_view text);
// Lower-case hex.
std::string Hex(std::string_view bytes);
// base64url without padding; the empty string for undecodable input is told apart by `ok`.
std::string Base64Url(std::string_view bytes);
bool Base64UrlDecode(std::string_view text, std::string& bytes);

}  // namespace assay::runtime
