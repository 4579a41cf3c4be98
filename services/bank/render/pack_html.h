#pragma once

#include <string>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/math_spans.h"

namespace assay::bank {

// Questions that one page holds; of a larger pack the first ones are shown and the page says how many are not. Callers
// who would rather refuse look at this first.
inline constexpr int kMaxHtmlQuestions = 5000;

// The whole pack as one self-contained page for people: catalogue, forms and every question, with filters that need the one
// inline script (allowed by its hash) and a plain document without it. Loads nothing. Formulas become MathML by `convert`,
// in one go; those that do not are shown as LaTeX. Takes time and memory in proportion to the pack: not for an event thread.
std::string RenderPackHtml(const v1::Pack& pack, const MathConverter& convert);

}  // namespace assay::bank
