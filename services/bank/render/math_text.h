#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/math_spans.h"
#include "services/runtime/document/html_template.h"

namespace assay::bank {

// Texts with formulas, ready to be shown. Whatever else is in a text is data: markup in it is escaped, control characters and
// overrides of the writing direction are taken out, bytes that are no UTF-8 become U+FFFD.
class MathText {
 public:
  // Converts what formulas the texts hold, all at once. Where that fails (or `convert` is null) formulas are shown as LaTeX.
  MathText(const std::vector<std::string_view>& texts, const MathConverter& convert);

  // Formulas as MathML, or as LaTeX in <code>. Line breaks stay line breaks of the source.
  runtime::Markup Html(std::string_view text) const;
  // Formulas as a line of plain text, or as LaTeX.
  std::string Plain(std::string_view text) const;

 private:
  struct Shown {
    std::string mathml;
    std::string plain;
  };
  std::map<std::string, Shown, std::less<>> formulas_;
};

// A text without what must not be shown (see above), formulas left as they are.
std::string Presentable(std::string_view text);

}  // namespace assay::bank
