#include "services/bank/domain/xml_text.h"

#include <algorithm>
#include <cstddef>

#include "services/bank/domain/utf8.h"

namespace assay::bank {

std::string EscapeXml(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = std::max<std::size_t>(1, Utf8SequenceLength(text, at, &c));
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      // A reader of XML takes CR for LF unless it is escaped.
      case '\r': out += "&#13;"; break;
      case '\t':
      case '\n': out += static_cast<char>(c); break;
      default:
        if (c < 0x20 || c == 0xFFFE || c == 0xFFFF) {
          out += kReplacement;
        } else {
          out += text.substr(at, length);
        }
    }
    at += length;
  }
  return out;
}

std::string OneLine(std::string_view text, std::size_t max) {
  std::string out;
  std::size_t count = 0;
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, Utf8SequenceLength(text, at));
    const std::string_view character = text.substr(at, length);
    at += length;
    if (character == " " || character == "\n" || character == "\t" || character == "\r") {
      gap = !out.empty();
      continue;
    }
    if (count + (gap ? 1 : 0) >= max) return out + "…";
    if (gap) out += ' ';
    count += gap ? 2 : 1;
    gap = false;
    out += character;
  }
  return out;
}

}  // namespace assay::bank
