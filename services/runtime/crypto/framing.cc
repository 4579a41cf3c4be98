#include "services/runtime/crypto/framing.h"

namespace assay::runtime {

void AppendUint64(std::string& bytes, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
}

uint64_t ReadUint64(std::string_view bytes, size_t offset) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return number;
}

void AppendFramed(std::string& bytes, std::string_view part) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(part.size() >> shift));
  bytes.append(part);
}

std::string Framed(const std::vector<std::string_view>& parts) {
  std::string bytes;
  for (std::string_view part : parts) AppendFramed(bytes, part);
  return bytes;
}

bool ReadFramed(std::string_view bytes, std::vector<std::string>& parts) {
  while (!bytes.empty()) {
    if (bytes.size() < 4) return false;
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(4);
    if (bytes.size() < size) return false;
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace assay::runtime
