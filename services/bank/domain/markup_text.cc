#include "services/bank/domain/markup_text.h"

#include <algorithm>
#include <cstddef>

#include "services/bank/domain/xml_text.h"

namespace assay::bank {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\f";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// True for a text whose blanks say no more than markup does: single spaces between words, single or double line ends.
bool IsTidy(std::string_view text) {
  if (text.empty() || IsBlank(text.front()) || IsBlank(text.back())) return false;
  if (text.find_first_of("\t\r\f") != std::string_view::npos) return false;
  for (const std::string_view untidy : {"  ", " \n", "\n ", "\n\n\n"}) {
    if (text.find(untidy) != std::string_view::npos) return false;
  }
  return true;
}

std::string WithBreaks(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += EscapeXml(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += "<br/>";
    text.remove_prefix(end + 1);
  }
}

// A line end right behind the tag does not count in HTML.
std::string Exact(std::string_view text) { return (text.starts_with('\n') ? "\n" : "") + EscapeXml(text); }

}  // namespace

void MarkupText::Flush() {
  const int lines = std::max(breaks_, new_lines_);
  if (!text_.empty() && lines > 0) {
    text_.append(static_cast<std::size_t>(lines), '\n');
  } else if (!text_.empty() && blank_ && text_.back() != '\n') {
    text_ += ' ';
  }
  breaks_ = new_lines_ = 0;
  blank_ = false;
}

void MarkupText::Append(std::string_view text) {
  for (const char c : text) {
    if (IsBlank(c)) {
      blank_ = true;
      continue;
    }
    if (blank_ || breaks_ > 0 || new_lines_ > 0) Flush();
    text_ += c;
  }
}

void MarkupText::AppendExact(std::string_view text) {
  if (text.empty()) return;
  Flush();
  text_ += text;
}

void MarkupText::Break(int lines) { breaks_ = std::max(breaks_, lines); }

std::string BlockMarkup(std::string_view text) {
  if (text.empty()) return "";
  if (!IsTidy(text)) return "<pre>" + Exact(text) + "</pre>";
  if (text.find("\n\n") == std::string_view::npos) return WithBreaks(text);
  std::string out;
  for (;;) {
    const std::size_t end = text.find("\n\n");
    out += "<p>" + WithBreaks(text.substr(0, end)) + "</p>";
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 2);
  }
}

std::string InlineMarkup(std::string_view text) {
  if (text.empty()) return "";
  return IsTidy(text) ? WithBreaks(text) : "<span class=\"assay-pre\">" + Exact(text) + "</span>";
}

}  // namespace assay::bank
