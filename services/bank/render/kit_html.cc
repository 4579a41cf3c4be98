#include <string>

#include "assay/bank/templates.h"
#include "services/bank/render/kit_sheet.h"
#include "services/bank/render/pack_index.h"
#include "services/bank/render/pack_page.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/document/html_template.h"

namespace assay::bank {
namespace {

using runtime::Add;
using runtime::AddText;
using runtime::Set;
using runtime::TemplateDictionary;

void AddSquares(TemplateDictionary& parent, const KitSheet& sheet) {
  for (const auto& [value, label] : sheet.scale) AddText(parent, "SQUARE", std::to_string(value));
}

void AddQuestion(const KitSheet::Question& question, const KitSheet& sheet, const MathText& texts, TemplateDictionary& box) {
  TemplateDictionary& entry = Add(box, "QUESTION");
  Set(entry, "NUMBER", std::to_string(question.number));
  Set(entry, "ID", question.id);
  Set(entry, "FACTS", question.facts);
  AddText(entry, "LANG", question.language);
  Set(entry, "PROMPT", texts.Html(question.prompt));
  AddText(entry, "SCENARIO", texts.Html(question.scenario));
  AddText(entry, "WHY", texts.Html(question.why));
  AddText(entry, "CUE", texts.Html(question.cue));
  if (question.critical) entry.ShowSection("CRITICAL");
  if (!question.concepts.empty()) {
    TemplateDictionary& list = Add(entry, "CONCEPTS");
    for (const KitSheet::Concept& key : question.concepts) {
      TemplateDictionary& item = Add(list, "ITEM");
      Set(item, "TEXT", texts.Html(key.text));
      if (key.essential) item.ShowSection("ESSENTIAL");
    }
  }
  if (!question.probes.empty()) {
    TemplateDictionary& list = Add(entry, "PROBES");
    for (const auto& [purpose, text] : question.probes) {
      TemplateDictionary& item = Add(list, "ITEM");
      Set(item, "TEXT", texts.Html(text));
      AddText(item, "PURPOSE", purpose);
    }
  }
  if (!question.anchors.empty()) {
    TemplateDictionary& list = Add(entry, "ANCHORS");
    for (const KitSheet::Anchor& anchor : question.anchors) {
      TemplateDictionary& item = Add(list, "ITEM");
      Set(item, "SCORE", std::to_string(anchor.score));
      Set(item, "LABEL", anchor.label);
      Set(item, "TONE", ToneOfScore(anchor.score));
      Set(item, "TEXT", texts.Html(anchor.text));
      AddText(item, "WHY", texts.Html(anchor.why));
    }
  }
  if (!question.red_flags.empty()) {
    TemplateDictionary& list = Add(entry, "RED");
    for (const std::string& flag : question.red_flags) AddText(list, "ITEM", texts.Html(flag));
  }
  AddSquares(entry, sheet);
}

void AddField(const KitSheet::Field& field, const KitSheet& sheet, const MathText& texts, TemplateDictionary& page) {
  TemplateDictionary& entry = Add(page, "FIELD");
  Set(entry, "NAME", field.name);
  AddText(entry, "HELP", texts.Html(field.help));
  if (field.kind == v1::SCORECARD_FIELD_KIND_AREA_SCORES) {
    TemplateDictionary& areas = Add(entry, "AREAS");
    for (const std::string& name : field.items) {
      TemplateDictionary& area = Add(areas, "AREA");
      Set(area, "NAME", name);
      AddSquares(area, sheet);
    }
  } else if (!field.items.empty()) {
    TemplateDictionary& options = Add(entry, "OPTIONS");
    for (const std::string& name : field.items) AddText(options, "ITEM", name);
  }
  for (int i = 0; i < field.lines; ++i) Add(entry, "LINE");
  if (field.lines == 1 && field.items.empty()) entry.ShowSection("SHORT");
}

}  // namespace

absl::StatusOr<std::string> KitSheetHtml(const KitSheet& sheet, const MathText& texts) {
  TemplateDictionary page("kit_sheet");
  Set(page, "LANGUAGE", sheet.language);
  Set(page, "TITLE", sheet.title);
  Set(page, "SUBTITLE", sheet.subtitle);
  for (const auto& [value, label] : sheet.scale) {
    TemplateDictionary& level = Add(page, "LEVEL");
    Set(level, "VALUE", std::to_string(value));
    Set(level, "LABEL", label);
  }
  for (const KitSheet::Box& box : sheet.boxes) {
    TemplateDictionary& segment = Add(page, "SEGMENT");
    Set(segment, "MINUTES", std::to_string(box.minutes));
    if (!box.questions.empty()) segment.ShowSection("ASKS");
    TemplateDictionary& row = Add(page, "ROW");
    TemplateDictionary& section = Add(page, "BOX");
    for (TemplateDictionary* entry : {&row, &section}) {
      Set(*entry, "FROM", Clock(box.from));
      Set(*entry, "TO", Clock(box.from + box.minutes));
      Set(*entry, "NAME", box.name);
    }
    Set(row, "MINUTES", std::to_string(box.minutes));
    Set(row, "QUESTIONS", box.questions.empty() ? "–" : std::to_string(box.questions.size()));
    AddText(section, "SCRIPT", texts.Html(box.script));
    for (const KitSheet::Question& question : box.questions) AddQuestion(question, sheet, texts, section);
  }
  if (!sheet.findings.empty()) {
    TemplateDictionary& checks = Add(page, "CHECKS");
    for (const std::string& finding : sheet.findings) AddText(checks, "ITEM", texts.Html(finding));
  }
  Set(page, "CARD", sheet.card_title);
  for (const std::string& name : sheet.overall) {
    TemplateDictionary& overall = Add(page, "OVERALL");
    Set(overall, "NAME", name);
    AddSquares(overall, sheet);
  }
  for (const KitSheet::Field& field : sheet.card) AddField(field, sheet, texts, page);
  for (const auto& [name, value] : sheet.facts) {
    TemplateDictionary& foot = Add(page, "FOOT");
    Set(foot, "NAME", name);
    Set(foot, "TEXT", value);
  }
  ASSIGN_OR_RETURN(const std::string html, runtime::ExpandTemplate("kit_sheet", kKitSheetTemplate, page));
  return Presentable(html);
}

}  // namespace assay::bank
