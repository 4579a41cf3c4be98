#pragma once

#include <string>

#include "services/bank/render/math_text.h"
#include "services/bank/render/pack_index.h"
#include "services/runtime/document/html_template.h"

// Inside of pack_html: what its parts share.
namespace assay::bank {

struct PackPage {
  const PackIndex& index;
  const MathText& texts;

  const v1::Pack& pack() const { return index.pack(); }
  runtime::Markup Html(std::string_view text) const { return texts.Html(text); }
  // The scale that scores are explained by; null without one.
  const v1::Scale* scale() const;
  const google::protobuf::RepeatedPtrField<v1::ScaleLevel>& scale_levels() const {
    return scale() == nullptr ? v1::Scale::default_instance().levels() : scale()->levels();
  }
  // "Strong" for 4; "" where no scale says.
  std::string LabelOf(int score) const;
};

// Class that gives a score its colour.
const char* ToneOfScore(int score);

// Shows `section` with an ITEM for each text, formulas and all.
void AddProse(runtime::TemplateDictionary& parent, const char* section, const google::protobuf::RepeatedPtrField<std::string>& items,
              const PackPage& page);

// Everything before the vignettes: cover, competencies, scale, roles, formats, policies, flags, probing, checks, scorecard.
void AddChapters(const PackPage& page, runtime::TemplateDictionary& dictionary);

// One question as an article of the page.
std::string QuestionArticle(const v1::QuestionContent& question, const PackPage& page);

}  // namespace assay::bank
