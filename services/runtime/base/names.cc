#include "services/runtime/base/names.h"

#include <algorithm>
#include <charconv>

#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

std::vector<std::string_view> Segments(std::string_view text) {
  std::vector<std::string_view> segments;
  while (true) {
    const size_t slash = text.find('/');
    segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    text.remove_prefix(slash + 1);
  }
}

bool IsSegment(std::string_view text, bool last) {
  if (last) {
    const size_t at = text.find('@');
    if (at != std::string_view::npos) {
      const std::string_view digits = text.substr(at + 1);
      const bool number = !digits.empty() && digits.size() <= 9 &&
                          std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
      return number && IsIdentifier(text.substr(0, at));
    }
  }
  return IsIdentifier(text);
}

}  // namespace

bool IsIdentifier(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool MatchesName(std::string_view pattern, std::string_view name) {
  // Walked side by side: every request's name passes through here.
  while (true) {
    const size_t wanted_end = pattern.find('/');
    const size_t given_end = name.find('/');
    const bool last = wanted_end == std::string_view::npos;
    if (last != (given_end == std::string_view::npos)) return false;
    const std::string_view wanted = pattern.substr(0, wanted_end);
    const std::string_view given = name.substr(0, given_end);
    if (wanted == "*" ? !IsSegment(given, last) : wanted != given) return false;
    if (last) return true;
    pattern.remove_prefix(wanted_end + 1);
    name.remove_prefix(given_end + 1);
  }
}

absl::StatusOr<std::vector<std::string>> ParseName(std::string_view pattern, std::string_view name) {
  if (!MatchesName(pattern, name)) return NotFound(name);
  const auto wanted = Segments(pattern);
  const auto given = Segments(name);
  std::vector<std::string> ids;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*") ids.emplace_back(given[i]);
  }
  return ids;
}

absl::StatusOr<RevisionName> ParseRevision(std::string_view segment) {
  const size_t at = segment.find('@');
  RevisionName name{std::string(segment.substr(0, at)), 0};
  if (at == std::string_view::npos) return name;
  const std::string_view digits = segment.substr(at + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), name.revision);
  if (error != std::errc() || end != digits.data() + digits.size() || name.revision < 1) return NotFound(segment);
  return name;
}

}  // namespace assay::runtime
