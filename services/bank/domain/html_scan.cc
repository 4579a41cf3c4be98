#include "services/bank/domain/html_scan.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "services/bank/domain/import_text.h"
#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

// A longer name or reference is text.
constexpr std::size_t kMaxName = 40;
constexpr std::size_t kMaxReference = 12;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Those that editors write; any other stays as it stands.
char32_t NamedCharacter(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char32_t>, 34> kNames = {{
      {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},    {"nbsp", 0xA0},    {"ndash", 0x2013},
      {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bull", 0x2022},  {"hellip", 0x2026},
      {"rarr", 0x2192},  {"larr", 0x2190},  {"le", 0x2264},    {"ge", 0x2265},    {"ne", 0x2260},    {"times", 0xD7},   {"divide", 0xF7},
      {"plusmn", 0xB1},  {"middot", 0xB7},  {"deg", 0xB0},     {"micro", 0xB5},   {"euro", 0x20AC},  {"pound", 0xA3},   {"copy", 0xA9},
      {"reg", 0xAE},     {"trade", 0x2122}, {"laquo", 0xAB},   {"raquo", 0xBB},   {"sect", 0xA7},    {"infin", 0x221E},
  }};
  for (const auto& [known, character] : kNames) {
    if (known == name) return character;
  }
  return 0;
}

// The character of "#39", "#x27" or "amp"; 0 for none that a text may hold.
char32_t Referenced(std::string_view reference) {
  if (!reference.starts_with('#')) return NamedCharacter(reference);
  reference.remove_prefix(1);
  const bool hex = reference.starts_with('x') || reference.starts_with('X');
  if (hex) reference.remove_prefix(1);
  if (reference.empty()) return 0;
  char32_t value = 0;
  for (const char c : reference) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && !(hex && lower >= 'a' && lower <= 'f')) return 0;
    value = value * (hex ? 16 : 10) + static_cast<char32_t>(digit ? c - '0' : lower - 'a' + 10);
    if (value > 0x10FFFF) return 0;
  }
  const bool control = (value < 0x20 && value != '\t' && value != '\n' && value != '\r') || value == 0xFFFE || value == 0xFFFF;
  return control || (value >= 0xD800 && value <= 0xDFFF) ? 0 : value;
}

// Text with its character references resolved.
std::string Resolved(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    out += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty()) break;
    const std::size_t end = text.substr(0, kMaxReference).find(';');
    const char32_t character = end == std::string_view::npos ? 0 : Referenced(text.substr(1, end - 1));
    if (character == 0) {
      out += '&';
      text.remove_prefix(1);
    } else {
      AppendUtf8(character, out);
      text.remove_prefix(end + 1);
    }
  }
  return out;
}

class HtmlScan {
 public:
  HtmlScan(std::string_view html, MarkupSink& sink) : html_(html), sink_(sink) {}

  void Run() {
    while (at_ < html_.size()) {
      const std::size_t tag = std::min(html_.find('<', at_), html_.size());
      if (tag > at_) sink_.Text(Resolved(html_.substr(at_, tag - at_)));
      at_ = tag;
      if (at_ < html_.size()) ReadMarkup();
    }
  }

 private:
  char Peek(std::size_t ahead) const { return at_ + ahead < html_.size() ? html_[at_ + ahead] : '\0'; }

  void SkipTo(std::string_view end) {
    const std::size_t found = html_.find(end, at_);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  // At a "<".
  void ReadMarkup() {
    if (html_.substr(at_).starts_with("<!--")) {
      at_ += 4;
      return SkipTo("-->");
    }
    if (Peek(1) == '!' || Peek(1) == '?') return SkipTo(">");
    const bool closing = Peek(1) == '/';
    if (!IsLetter(Peek(closing ? 2 : 1))) {
      // "a < b".
      sink_.Text("<");
      ++at_;
      return;
    }
    at_ += closing ? 2 : 1;
    const std::size_t begin = at_;
    while (at_ < html_.size() && !IsBlank(html_[at_]) && html_[at_] != '>' && html_[at_] != '/') ++at_;
    const std::string name = AsciiLower(html_.substr(begin, std::min(at_ - begin, kMaxName)));
    std::string classes, alternative;
    const bool empty = ReadAttributes(classes, alternative);
    if (closing) return sink_.Close(name);
    if (name == "script" || name == "style") return SkipRaw(name);
    sink_.Open({name, classes, alternative});
    // <br/>; for others HTML does not heed the slash, but what we write as XML does.
    if (empty) sink_.Close(name);
  }

  // Up to behind the ">". True where the tag closes itself.
  bool ReadAttributes(std::string& classes, std::string& alternative) {
    bool slash = false;
    while (at_ < html_.size()) {
      const char c = html_[at_];
      if (c == '>') {
        ++at_;
        return slash;
      }
      if (IsBlank(c) || c == '/') {
        slash = c == '/';
        ++at_;
        continue;
      }
      slash = false;
      const std::size_t begin = at_;
      while (at_ < html_.size() && !IsBlank(html_[at_]) && html_[at_] != '=' && html_[at_] != '>' && html_[at_] != '/') ++at_;
      if (at_ == begin) ++at_;  // A stray "=".
      const std::string name = AsciiLower(html_.substr(begin, std::min(at_ - begin, kMaxName)));
      while (at_ < html_.size() && IsBlank(html_[at_])) ++at_;
      if (Peek(0) != '=') continue;
      ++at_;
      const std::string_view value = ReadValue();
      if (name == "class") classes = Resolved(value);
      if (name == "alt") alternative = Resolved(value);
    }
    return slash;
  }

  std::string_view ReadValue() {
    while (at_ < html_.size() && IsBlank(html_[at_])) ++at_;
    const char quote = Peek(0);
    if (quote == '"' || quote == '\'') {
      const std::size_t begin = ++at_;
      const std::size_t end = std::min(html_.find(quote, at_), html_.size());
      at_ = std::min(end + 1, html_.size());
      return html_.substr(begin, end - begin);
    }
    const std::size_t begin = at_;
    while (at_ < html_.size() && !IsBlank(html_[at_]) && html_[at_] != '>') ++at_;
    return html_.substr(begin, at_ - begin);
  }

  // Behind <script> or <style>: up to its end tag nothing is text.
  void SkipRaw(const std::string& name) {
    while (at_ < html_.size()) {
      SkipTo("</");
      if (AsciiLower(html_.substr(at_, name.size())) == name) return SkipTo(">");
    }
  }

  std::string_view html_;
  MarkupSink& sink_;
  std::size_t at_ = 0;
};

}  // namespace

void ScanHtml(std::string_view html, MarkupSink& sink) { HtmlScan(html, sink).Run(); }

}  // namespace assay::bank
