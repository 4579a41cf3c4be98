#include "services/bank/domain/math_spans.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace assay::bank {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Position of the dollar that closes the formula opened at `open`.
std::optional<std::size_t> ClosingDollar(std::string_view text, std::size_t open) {
  if (open + 1 >= text.size() || IsSpace(text[open + 1]) || text[open + 1] == '$') return std::nullopt;
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] == '\n') {
      return std::nullopt;
    } else if (text[i] == '$') {
      const bool price_follows = i + 1 < text.size() && IsDigit(text[i + 1]);
      if (IsSpace(text[i - 1]) || price_follows) return std::nullopt;
      return i;
    }
  }
  return std::nullopt;
}

// A dollar as of money: a figure stands next to it, with or without a space.
bool IsPrice(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  while (next < text.size() && IsSpace(text[next])) ++next;
  if (next < text.size() && IsDigit(text[next])) return true;
  std::size_t before = at;
  while (before > 0 && IsSpace(text[before - 1])) --before;
  return before > 0 && IsDigit(text[before - 1]);
}

struct Split {
  std::vector<MathPiece> pieces;
  bool stray = false;
};

Split Divide(std::string_view text) {
  Split split;
  std::string prose;
  const auto flush = [&] {
    if (!prose.empty()) split.pieces.push_back({false, std::exchange(prose, {})});
  };
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '$') {
      prose += '$';
      i += 2;
    } else if (text[i] != '$') {
      prose += text[i++];
    } else if (const auto close = ClosingDollar(text, i)) {
      flush();
      split.pieces.push_back({true, std::string(text.substr(i + 1, *close - i - 1))});
      i = *close + 1;
    } else {
      split.stray |= !IsPrice(text, i);
      prose += text[i++];
    }
  }
  flush();
  return split;
}

}  // namespace

std::vector<MathPiece> SplitMath(std::string_view text) { return Divide(text).pieces; }

std::vector<std::string> FormulasOf(std::string_view text) {
  std::vector<std::string> formulas;
  if (text.find('$') == std::string_view::npos) return formulas;
  for (MathPiece& piece : Divide(text).pieces) {
    if (piece.maths) formulas.push_back(std::move(piece.text));
  }
  return formulas;
}

bool HasStrayDollar(std::string_view text) {
  return text.find('$') != std::string_view::npos && Divide(text).stray;
}

}  // namespace assay::bank
