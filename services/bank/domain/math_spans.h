#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

// Where the mathematics stands in a text. Formulas are LaTeX between dollars; a text about money has dollars too, so one
// rule tells them apart for checking and for rendering alike.
namespace assay::bank {

// A stretch of a text: prose to be shown as it is, or the LaTeX of one formula without its dollars.
struct MathPiece {
  bool maths = false;
  std::string text;

  bool operator==(const MathPiece&) const = default;
};

// Splits a text into prose and formulas, in order; no piece is empty. A formula opens at a dollar followed by something other
// than a space or another dollar, and closes at the next dollar, if that follows something other than a space and is not
// followed by a digit (the rule of Pandoc's tex_math_dollars). It ends before a blank line. "\$" is a dollar everywhere.
// So "$5 or $6" is prose, and so is any dollar that opens nothing.
std::vector<MathPiece> SplitMath(std::string_view text);

// The formulas of a text, in order.
std::vector<std::string> FormulasOf(std::string_view text);

// A dollar that is neither part of a formula nor a price ("$5", "US$ 5", "\$"): most likely a formula that does not close.
bool HasStrayDollar(std::string_view text);

// One formula converted: MathML of a <math> element, or what is wrong with the LaTeX.
struct MathMarkup {
  std::string mathml;
  std::string problem;
};

// Converts formulas, all in one go; the answers are in their order. UNAVAILABLE where nothing here can convert; its message
// says how to install what can.
using MathConverter = std::function<absl::StatusOr<std::vector<MathMarkup>>(const std::vector<std::string>& formulas)>;

}  // namespace assay::bank
