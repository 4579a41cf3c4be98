#include "services/bank/domain/yaml_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace assay::bank {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Levenshtein distance.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string EnumPrefix(const EnumDescriptor& type) {
  constexpr std::string_view kZero = "UNSPECIFIED";
  const std::string& zero = type.value(0)->name();
  if (zero.size() < kZero.size() || zero.compare(zero.size() - kZero.size(), kZero.size(), kZero) != 0) return "";
  return zero.substr(0, zero.size() - kZero.size());
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, std::string_view text) {
  if (text.empty() || text.size() > 200) return nullptr;
  const std::string upper = Upper(text);
  if (const EnumValueDescriptor* value = type.FindValueByName(EnumPrefix(type) + upper)) return value;
  return type.FindValueByName(upper);
}

std::string ShortEnumName(const EnumValueDescriptor& value) {
  const std::string prefix = EnumPrefix(*value.type());
  const bool prefixed = value.name().compare(0, prefix.size(), prefix) == 0;
  return Lower(prefixed ? std::string_view(value.name()).substr(prefix.size()) : std::string_view(value.name()));
}

std::string EnumChoices(const EnumDescriptor& type) {
  std::string choices;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    if (!choices.empty()) choices += ", ";
    choices += ShortEnumName(*type.value(i));
  }
  return choices;
}

std::string UnknownFieldMessage(const Descriptor& type, std::string_view key) {
  std::string nearest;
  std::size_t nearest_distance = 4;
  std::string all;
  for (int i = 0; i < type.field_count(); ++i) {
    const std::string& name = type.field(i)->name();
    if (key.size() <= 64) {
      const std::size_t distance = EditDistance(Lower(key), name);
      const bool near = distance < nearest_distance && distance * 2 < name.size() + 1;
      if (near || key == type.field(i)->json_name()) {
        nearest = name;
        nearest_distance = distance;
      }
    }
    all += fmt::format("{}{}", i == 0 ? "" : ", ", name);
  }
  if (!nearest.empty()) return fmt::format("is no field of {}; did you mean \"{}\"?", type.name(), nearest);
  return fmt::format("is no field of {}; the fields are {}", type.name(), all);
}

std::string Excerpt(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace assay::bank
