#include "services/bank/domain/moodle_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "services/bank/domain/field_text.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

constexpr std::string_view kEscapedTag = "assay:tag:";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[at + 2]) : -1;
    // Only ASCII is ever escaped, so that a tag stays UTF-8 whatever it holds.
    if (low >= 0 && high < 8 && high * 16 + low > 0) {
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

}  // namespace

std::string MoodleTag(std::string_view tag) {
  const bool control = std::any_of(tag.begin(), tag.end(), [](char c) { return c >= 0 && c < 0x20; });
  const bool plain = TrimSpace(tag) == tag && !tag.empty() && !tag.starts_with(kMoodleTagPrefix) && !control &&
                     tag.find(',') == std::string_view::npos && tag.find("  ") == std::string_view::npos;
  if (plain) return std::string(tag);
  std::string out(kEscapedTag);
  for (const char c : tag) {
    if (c == '%' || c == ',' || c == ' ' || (c >= 0 && c < 0x20)) {
      out += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  // An escaped no-break space at an end would be trimmed: a mark of nothing keeps it inside.
  return out + "%20";
}

std::string FieldTag(std::string_view field, std::string_view value) { return fmt::format("{}{}:{}", kMoodleTagPrefix, field, value); }

std::string ReadMoodleTag(std::string_view raw, bool fields_said, v1::QuestionContent& question) {
  const std::string_view tag = TrimSpace(raw);
  if (tag.empty()) return "";
  if (tag.starts_with(kEscapedTag)) {
    std::string own = Unescaped(tag.substr(kEscapedTag.size()));
    if (own.ends_with(' ')) own.pop_back();
    question.add_tags(own);
    return "";
  }
  if (!tag.starts_with(kMoodleTagPrefix)) {
    question.add_tags(std::string(tag));
    return "";
  }
  if (fields_said) return "";
  const std::string_view rest = tag.substr(kMoodleTagPrefix.size());
  const std::size_t colon = rest.find(':');
  const std::string_view name = rest.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? "" : TrimSpace(rest.substr(colon + 1));
  if (name == "role") {
    v1::RoleRelevance& role = *question.add_roles();
    role.set_role(std::string(value));
    role.set_assigned_by(v1::ASSIGNED_BY_TENANT);
    return "";
  }
  if (name != "level" && name != "kind" && name != "competency" && name != "minutes") {
    return fmt::format("tag \"{}\" is not known; assay: tags are level, kind, competency, minutes and role", Excerpt(tag));
  }
  const auto* const field = v1::QuestionContent::descriptor()->FindFieldByName(name == "minutes" ? "estimated_minutes" : std::string(name));
  const std::string problem = SetFieldText(value, *field, question);
  if (!problem.empty()) return fmt::format("tag \"{}\": {}", Excerpt(tag), problem);
  if (name == "competency") question.set_assigned_by(v1::ASSIGNED_BY_TENANT);
  return "";
}

}  // namespace assay::bank
