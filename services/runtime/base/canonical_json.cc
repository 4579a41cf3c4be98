#include "services/runtime/base/canonical_json.h"

#include <fmt/format.h>

namespace assay::runtime {
namespace {

void WriteString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void Break(std::string& out, int depth, bool pretty) {
  if (!pretty) return;
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

}  // namespace

Json Json::Decimal(const Rational& value) {
  Json number;
  number.value_ = Token{DecimalString(value)};
  return number;
}

std::string Json::Canonical() const {
  std::string out;
  Write(out, 0, false);
  return out;
}

std::string Json::Pretty() const {
  std::string out;
  Write(out, 0, true);
  out += '\n';
  return out;
}

void Json::Write(std::string& out, int depth, bool pretty) const {
  if (std::holds_alternative<std::monostate>(value_)) {
    out += "null";
  } else if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* token = std::get_if<Token>(&value_)) {
    out += token->text;
  } else if (const auto* text = std::get_if<std::string>(&value_)) {
    WriteString(*text, out);
  } else if (const auto* list = std::get_if<List>(&value_)) {
    out += '[';
    bool first = true;
    for (const Json& item : *list) {
      if (!first) out += ',';
      first = false;
      Break(out, depth + 1, pretty);
      item.Write(out, depth + 1, pretty);
    }
    if (!first) Break(out, depth, pretty);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : std::get<Object>(value_)) {
      if (!first) out += ',';
      first = false;
      Break(out, depth + 1, pretty);
      WriteString(key, out);
      out += pretty ? ": " : ":";
      item.Write(out, depth + 1, pretty);
    }
    if (!first) Break(out, depth, pretty);
    out += '}';
  }
}

}  // namespace assay::runtime
