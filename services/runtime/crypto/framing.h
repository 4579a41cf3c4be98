#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::runtime {

// `number` as 8 bytes, most significant first.
void AppendUint64(std::string& bytes, uint64_t number);
// Reads 8 bytes at `offset`, which must exist.
uint64_t ReadUint64(std::string_view bytes, size_t offset);

// Appends `part` behind its length (4 bytes), so that two lists of parts never give the same bytes.
void AppendFramed(std::string& bytes, std::string_view part);
std::string Framed(const std::vector<std::string_view>& parts);
// Reads all parts back; false when the bytes are not framed.
bool ReadFramed(std::string_view bytes, std::vector<std::string>& parts);

}  // namespace assay::runtime
