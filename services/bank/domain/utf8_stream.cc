#include "services/bank/domain/utf8_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

// Bytes of the character that a lead byte announces; 1 for what is no lead.
std::size_t Announced(char lead) {
  const auto byte = static_cast<std::uint8_t>(lead);
  return byte > 0xF4 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
}

// Whether it may be the beginning of a character: no line ends in one, so that no row is handed on before all of it was checked.
bool MayBegin(std::string_view cut) {
  return std::all_of(cut.begin() + 1, cut.end(), [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) == 0x80; });
}

}  // namespace

absl::Status Utf8Stream::Invalid() const {
  return absl::InvalidArgumentError(fmt::format("line {}: invalid UTF-8; save the document as UTF-8", line_));
}

absl::Status Utf8Stream::Check(std::string_view bytes) {
  std::size_t at = 0;
  if (!cut_.empty()) {
    const std::size_t wanted = Announced(cut_.front());
    const std::size_t taken = std::min(wanted - cut_.size(), bytes.size());
    cut_ += bytes.substr(0, taken);
    if (!MayBegin(cut_)) return Invalid();
    if (cut_.size() < wanted) return absl::OkStatus();
    if (Utf8SequenceLength(cut_, 0) == 0) return Invalid();
    cut_.clear();
    at = taken;
  }
  while (at < bytes.size()) {
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    if (byte < 0x80) {
      if (byte == 0) {
        return absl::InvalidArgumentError(fmt::format("line {}: NUL byte; this is not a text document", line_));
      }
      if (byte == '\n') ++line_;
      ++at;
      continue;
    }
    const std::size_t length = Utf8SequenceLength(bytes, at);
    if (length == 0) {
      const std::size_t left = bytes.size() - at;
      if (left >= Announced(bytes[at])) return Invalid();
      cut_ = bytes.substr(at);
      return MayBegin(cut_) ? absl::OkStatus() : Invalid();
    }
    at += length;
  }
  return absl::OkStatus();
}

absl::Status Utf8Stream::Finish() const { return cut_.empty() ? absl::OkStatus() : Invalid(); }

}  // namespace assay::bank
