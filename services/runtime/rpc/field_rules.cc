#include "services/runtime/rpc/field_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/runtime/base/names.h"

namespace assay::runtime {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Whether `path` is `prefix` or lies below it.
bool IsBelow(std::string_view path, std::string_view prefix) {
  return path.substr(0, prefix.size()) == prefix && (path.size() == prefix.size() || path[prefix.size()] == '.');
}

bool NamesField(const Descriptor* type, std::string_view path) {
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = type->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr) return false;
    if (dot == std::string_view::npos) return true;
    path.remove_prefix(dot + 1);
    // One key of a map.
    if (field->is_map()) return !path.empty();
    if (field->is_repeated() || field->message_type() == nullptr) return false;
    type = field->message_type();
  }
}

}  // namespace

bool MatchesNameOrWildcard(std::string_view pattern, std::string_view name, bool is_parent) {
  if (name.find('-') == std::string_view::npos) return MatchesName(pattern, name);
  // "-" is no identifier; one that is takes its place, so that there is one rule of what a name looks like.
  std::string concrete;
  while (true) {
    const size_t slash = name.find('/');
    const std::string_view segment = name.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    concrete += segment == "-" && (!last || is_parent) ? std::string_view("x") : segment;
    if (last) break;
    concrete += '/';
    name.remove_prefix(slash + 1);
  }
  return MatchesName(pattern, concrete);
}

bool UpdateMask::Requires(std::string_view path) const {
  if (path == "name") return true;
  // Without a mask the populated fields change: only what lies below one of them can be missing from it.
  if (paths_.empty()) return path.find('.') != std::string_view::npos;
  return std::any_of(paths_.begin(), paths_.end(), [&](const std::string& masked) {
    return masked == "*" || IsBelow(path, masked) || IsBelow(masked, path);
  });
}

void UpdateMask::CheckPaths(const Descriptor* type, const std::string& field, Violations& violations) const {
  for (size_t i = 0; i < paths_.size(); ++i) {
    if (paths_[i] == "*" || NamesField(type, paths_[i])) continue;
    violations.Add(fmt::format("{}.paths[{}]", field, i), fmt::format("names no field of {}", type->name()));
  }
}

}  // namespace assay::runtime
