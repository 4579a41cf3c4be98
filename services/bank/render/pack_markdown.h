#pragma once

#include <string>
#include <string_view>

#include "assay/bank/v1/pack.pb.h"

namespace assay::bank {

// The whole pack as one Markdown document (GitHub's dialect), with what RenderPackHtml shows: catalogue, scorecard, calibration
// and every question. Texts are escaped, so that nothing in them is markup or HTML; formulas stay LaTeX between dollars.
std::string RenderPackMarkdown(const v1::Pack& pack);

// A text for within a line of Markdown: nothing in it is markup, formulas aside.
std::string MarkdownText(std::string_view text);

}  // namespace assay::bank
