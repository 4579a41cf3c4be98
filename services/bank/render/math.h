#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "services/bank/domain/math_spans.h"

namespace assay::bank {

// Longest formula that is tried, in bytes.
inline constexpr std::size_t kMaxFormulaBytes = 2000;
// Most formulas of one document; the rest are answered with a problem.
inline constexpr std::size_t kMaxFormulas = 20'000;

// LaTeX to MathML by `program`, which is Debian's blahtexml: one run converts all the formulas given. They are worked on for at most
// `time` altogether; what is not done by then is answered with a problem, never left out. A formula that makes the program
// fall over spoils no other. The MathML is taken apart and only known elements and attributes are written again.
MathConverter BlahtexmlConverter(std::chrono::milliseconds time = std::chrono::seconds(10), std::string program = "blahtexml");

// MathML as one line of plain text, for where no mathematics can be drawn: fractions with a slash, powers and indices raised
// and lowered where Unicode has the letters, √(…) for roots. "" for what is no MathML.
std::string PlainMath(std::string_view mathml);

}  // namespace assay::bank
