#include "services/bank/domain/import_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "services/bank/domain/import_result.h"
#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::array<std::string_view, 2> kOpeningQuotes = {"\"", "\xE2\x80\x9C"};
constexpr std::array<std::string_view, 2> kClosingQuotes = {"\"", "\xE2\x80\x9D"};
// Emphasis, links and formulas are looked for within this many bytes, which keeps hostile text
// linear.
constexpr std::size_t kSpanBytes = 400;

bool IsAsciiSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}
bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<std::uint8_t>(c) >= 0x80;
}

std::size_t QuoteLength(std::string_view text, const std::array<std::string_view, 2>& quotes,
                        bool at_end) {
  for (const std::string_view quote : quotes) {
    if (at_end ? text.ends_with(quote) : text.starts_with(quote)) return quote.size();
  }
  return 0;
}

// Marks the characters of `text` that are markdown, not content.
class MarkdownScan {
 public:
  explicit MarkdownScan(std::string_view text) : text_(text), drop_(text.size(), false) {}

  std::string Run() {
    std::size_t i = 0;
    while (i < text_.size()) i = Step(i);
    std::string out;
    out.reserve(text_.size());
    for (std::size_t k = 0; k < text_.size(); ++k) {
      if (!drop_[k]) out += text_[k];
    }
    return out;
  }

 private:
  std::size_t Step(std::size_t i) {
    if (drop_[i]) return i + 1;
    switch (text_[i]) {
      case '\\':
        return i + 2;
      case '$':
        return AfterFormula(i);
      case '`':
        return AfterCode(i);
      case '*':
        return AfterEmphasis(i);
      case '[':
        return AfterLink(i);
      default:
        return i + 1;
    }
  }

  char At(std::size_t i) const { return i < text_.size() ? text_[i] : ' '; }
  std::size_t Limit(std::size_t i) const { return std::min(text_.size(), i + kSpanBytes); }

  // $…$ without a blank inside the dollars and no digit behind: a formula, opaque to the scan.
  std::size_t AfterFormula(std::size_t i) const {
    if (IsAsciiSpace(At(i + 1))) return i + 1;
    for (std::size_t j = i + 2; j < Limit(i); ++j) {
      if (text_[j] != '$' || text_[j - 1] == '\\' || IsAsciiSpace(text_[j - 1])) continue;
      if (At(j + 1) >= '0' && At(j + 1) <= '9') continue;
      return j + 1;
    }
    return i + 1;
  }

  std::size_t AfterCode(std::size_t i) {
    for (std::size_t j = i + 1; j < Limit(i); ++j) {
      if (text_[j] != '`') continue;
      drop_[i] = drop_[j] = true;
      return j + 1;
    }
    return i + 1;
  }

  std::size_t AfterEmphasis(std::size_t i) {
    const std::size_t width = At(i + 1) == '*' ? 2 : 1;
    const bool opens = !IsAsciiSpace(At(i + width)) && At(i + width) != '*' &&
                       (width == 2 || i == 0 || !IsAlnum(text_[i - 1]));
    if (!opens) return i + width;
    for (std::size_t j = i + width + 1; j < Limit(i); ++j) {
      if (text_[j] != '*' || drop_[j] || IsAsciiSpace(text_[j - 1])) continue;
      const std::size_t run = At(j + 1) == '*' ? 2 : 1;
      if (run != width) {
        j += run - 1;
        continue;
      }
      for (std::size_t k = 0; k < width; ++k) drop_[i + k] = drop_[j + k] = true;
      return i + width;
    }
    return i + width;
  }

  std::size_t AfterLink(std::size_t i) {
    if (i > 0 && IsAlnum(text_[i - 1])) return i + 1;
    const std::size_t close = text_.substr(0, Limit(i)).find("](", i + 1);
    if (close == std::string_view::npos) return i + 1;
    const std::size_t end = text_.substr(0, Limit(i)).find(')', close + 2);
    if (end == std::string_view::npos) return i + 1;
    drop_[i] = true;
    for (std::size_t k = close; k <= end; ++k) drop_[k] = true;
    return i + 1;
  }

  std::string_view text_;
  std::vector<bool> drop_;
};

}  // namespace

absl::Status CheckImportText(std::string_view text) {
  if (text.size() > kMaxImportBytes) {
    return absl::InvalidArgumentError(fmt::format("the document has {} bytes; at most {} are read",
                                                  text.size(), kMaxImportBytes));
  }
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = Utf8SequenceLength(text, i);
    if (length == 0) {
      return absl::InvalidArgumentError(
          fmt::format("line {}: invalid UTF-8; save the document as UTF-8", line));
    }
    if (text[i] == '\0') {
      return absl::InvalidArgumentError(
          fmt::format("line {}: NUL byte; this is not a text document", line));
    }
    if (text[i] == '\n') ++line;
    i += length;
  }
  return absl::OkStatus();
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string_view TrimSpace(std::string_view text) {
  for (;;) {
    if (!text.empty() && IsAsciiSpace(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else if (!text.empty() && IsAsciiSpace(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      return text;
    }
  }
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool StartsWithQuote(std::string_view text) { return QuoteLength(text, kOpeningQuotes, false) > 0; }

std::string_view WithoutQuotes(std::string_view text) {
  text = TrimSpace(text);
  const std::size_t open = QuoteLength(text, kOpeningQuotes, false);
  const std::size_t close = QuoteLength(text, kClosingQuotes, true);
  if (open == 0 || close == 0 || text.size() < open + close) return text;
  return TrimSpace(text.substr(open, text.size() - open - close));
}

bool IsQuoted(std::string_view text) {
  const std::size_t open = QuoteLength(text, kOpeningQuotes, false);
  const std::size_t close = QuoteLength(text, kClosingQuotes, true);
  return open > 0 && close > 0 && text.size() >= open + close;
}

std::string PlainText(std::string_view text) { return MarkdownScan(TrimSpace(text)).Run(); }

std::string Slug(std::string_view text, std::size_t max) {
  std::string slug;
  bool gap = false;
  std::size_t word = 0;
  for (const char raw : text) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
      if (c != '\'') gap = true;
      continue;
    }
    if (gap && !slug.empty()) {
      word = slug.size();
      slug += '-';
    }
    gap = false;
    slug += c;
    if (slug.size() > max) {
      slug.resize(word > 0 ? word : max);
      break;
    }
  }
  return slug;
}

bool IsIdentifier(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace assay::bank
