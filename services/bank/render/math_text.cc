#include "services/bank/render/math_text.h"

#include <set>
#include <utility>

#include "services/bank/domain/utf8.h"
#include "services/bank/render/math.h"

namespace assay::bank {

MathText::MathText(const std::vector<std::string_view>& texts, const MathConverter& convert) {
  std::set<std::string> distinct;
  for (const std::string_view text : texts) {
    for (std::string& formula : FormulasOf(text)) distinct.insert(std::move(formula));
  }
  if (distinct.empty() || !convert) return;
  const std::vector<std::string> formulas(distinct.begin(), distinct.end());
  const absl::StatusOr<std::vector<MathMarkup>> converted = convert(formulas);
  if (!converted.ok()) return;
  for (std::size_t i = 0; i < formulas.size() && i < converted->size(); ++i) {
    const MathMarkup& markup = (*converted)[i];
    if (markup.problem.empty()) formulas_[formulas[i]] = {markup.mathml, PlainMath(markup.mathml)};
  }
}

runtime::Markup MathText::Html(std::string_view text) const {
  runtime::Markup markup;
  for (const MathPiece& piece : SplitMath(text)) {
    if (!piece.maths) {
      markup.html += runtime::EscapeHtml(Presentable(piece.text));
    } else if (const auto found = formulas_.find(piece.text); found != formulas_.end()) {
      markup.html += found->second.mathml;
    } else {
      markup.html += "<code>" + runtime::EscapeHtml(Presentable(piece.text)) + "</code>";
    }
  }
  return markup;
}

std::string MathText::Plain(std::string_view text) const {
  std::string plain;
  for (const MathPiece& piece : SplitMath(text)) {
    const auto found = piece.maths ? formulas_.find(piece.text) : formulas_.end();
    plain += Presentable(found != formulas_.end() && !found->second.plain.empty() ? found->second.plain : piece.text);
  }
  return plain;
}

std::string Presentable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = Utf8SequenceLength(text, at, &c);
    if (length == 0) {
      out += "\uFFFD";
      ++at;
      continue;
    }
    if (!IsHiddenCharacter(c)) out += text.substr(at, length);
    at += length;
  }
  return out;
}

}  // namespace assay::bank
