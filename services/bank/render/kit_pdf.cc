#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "services/bank/render/kit_sheet.h"
#include "services/bank/render/pack_index.h"
#include "services/runtime/document/pdf_flow.h"

namespace assay::bank {
namespace {

using runtime::DrawBox;
using runtime::DrawLine;
using runtime::DrawWritingLine;
using runtime::Font;
using runtime::ParagraphStyle;
using runtime::PdfFlow;
using runtime::Rgb;

constexpr int kMuted = 0x59616b;
constexpr int kAccent = 0x2f6b62;
// Labels stand in a column of their own.
constexpr double kIndent = 84;
constexpr double kSquare = 17;
// Where boxes for scores and lines after a name begin.
constexpr double kSquares = 210;
constexpr double kWritingLine = 21;

int ColourOfScore(int score) { return score >= 4 ? 0x1f5f4a : score == 3 ? 0x774900 : 0x8f2431; }

class Paper {
 public:
  Paper(const KitSheet& sheet, const MathText& texts)
      : sheet_(sheet), texts_(texts),
        flow_({.title = Presentable(sheet.title + ": " + sheet.subtitle), .footer = Presentable(FooterOf(sheet)), .create_time = sheet.create_time}) {}

  absl::StatusOr<std::string> Run() {
    Head();
    for (const KitSheet::Box& box : sheet_.boxes) Box(box);
    Card();
    return flow_.Finish();
  }

 private:
  static std::string FooterOf(const KitSheet& sheet) {
    return sheet.title + " · " + sheet.subtitle + (sheet.facts.empty() ? "" : " · " + sheet.facts.front().second);
  }

  void Write(const std::string& text, const ParagraphStyle& style) {
    // Lines of their own stay lines; a text of nothing but spaces is none.
    if (text.find_first_not_of(" \n\t") != std::string::npos) flow_.Paragraph(texts_.Plain(text), style);
  }
  void Heading(const std::string& text, double size, double before, int outline) {
    Write(text, {.font = {.size = size, .bold = true}, .before = before, .keep_with_next = true, .outline = outline});
  }
  // Text with its label in the margin.
  void Labelled(const std::string& label, const std::string& text, double before, int colour = 0x1c2127, int bar = -1) {
    Write(text, {.font = {.size = 9.5}, .colour = Rgb(colour), .indent = kIndent, .before = before, .label = label,
                 .label_font = {.size = 7.8, .bold = true}, .bar = bar});
  }
  void Rule(double before) {
    flow_.Draw(1, [width = flow_.width()](cairo_t* cairo, double x, double y) { DrawWritingLine(cairo, x, y, width); }, before, true);
  }
  void WritingLines(int count, double indent = 0) {
    for (int i = 0; i < count; ++i) {
      flow_.Draw(kWritingLine, [width = flow_.width() - indent, indent](cairo_t* cairo, double x, double y) {
        DrawWritingLine(cairo, x + indent, y + kWritingLine - 3, width);
      });
    }
  }
  // The boxes to put a score into, after a label.
  void Squares(const std::string& label, double before, bool keep_with_next) {
    const KitSheet& sheet = sheet_;
    flow_.Draw(kSquare + 4, [&sheet, label = Presentable(label), width = flow_.width()](cairo_t* cairo, double x, double y) {
      DrawLine(cairo, label, x, y + kSquare * 0.7, kSquares - 8, {.size = 9, .bold = true}, Rgb(0x1c2127));
      double at = x + kSquares;
      for (const auto& [value, name] : sheet.scale) {
        if (at + kSquare > x + width - 90) break;
        DrawBox(cairo, at, y, kSquare, std::to_string(value));
        at += kSquare + 7;
      }
      DrawBox(cairo, at + 8, y + 3.5, 10);
      DrawLine(cairo, "not assessed", at + 23, y + kSquare * 0.7, 80, {.size = 8.5}, Rgb(kMuted));
    }, before, keep_with_next);
  }
  void Head() {
    Write("Interviewer's kit", {.font = {.size = 8.5, .bold = true}, .colour = Rgb(kMuted), .keep_with_next = true});
    Heading(sheet_.title, 24, 4, 1);
    Write(sheet_.subtitle, {.font = {.size = 12}, .before = 3});
    std::string scale;
    for (const auto& [value, label] : sheet_.scale) scale += fmt::format("{}{} {}", scale.empty() ? "" : "     ", value, label);
    Write(scale, {.font = {.size = 9}, .colour = Rgb(kMuted), .before = 8});
    Timeline();
    for (const KitSheet::Box& box : sheet_.boxes) {
      const std::string questions = box.questions.empty() ? "" : " · " + Counted(static_cast<long long>(box.questions.size()), "question");
      Write(fmt::format("{} · {} min{}", box.name, box.minutes, questions),
            {.font = {.size = 9.5}, .indent = kIndent, .before = 3, .label = Clock(box.from) + "–" + Clock(box.from + box.minutes), .label_font = {.size = 9.5}});
    }
    bool first = true;
    for (const std::string& finding : sheet_.findings) {
      Labelled(first ? "CHECKS" : "", finding, first ? 12 : 3, 0x774900, 0xd9a441);
      first = false;
    }
    first = true;
    for (const auto& [name, value] : sheet_.facts) {
      Write(value, {.font = {.size = 8.5}, .colour = Rgb(kMuted), .indent = kIndent, .before = first ? 14.0 : 1.5, .label = name, .label_font = {.size = 8.5}});
      first = false;
    }
  }

  void Timeline() {
    const KitSheet& sheet = sheet_;
    flow_.Draw(24, [&sheet, width = flow_.width()](cairo_t* cairo, double x, double y) {
      const double gap = 2;
      const double room = width - gap * static_cast<double>(sheet.boxes.empty() ? 0 : sheet.boxes.size() - 1);
      int total = 0;
      for (const KitSheet::Box& box : sheet.boxes) total += std::max(box.minutes, 1);
      for (const KitSheet::Box& box : sheet.boxes) {
        const double part = room * std::max(box.minutes, 1) / std::max(total, 1);
        const bool asks = !box.questions.empty();
        runtime::Use(cairo, Rgb(asks ? kAccent : 0xe5e1d6));
        cairo_rectangle(cairo, x, y, part, 18);
        cairo_fill(cairo);
        DrawLine(cairo, std::to_string(box.minutes), x + 5, y + 12.5, part - 6, {.size = 9, .bold = asks}, Rgb(asks ? 0xffffff : 0x434b55));
        x += part + gap;
      }
    }, 14, true);
  }

  void Box(const KitSheet::Box& box) {
    Rule(24);
    Heading(fmt::format("{}–{}   {}", Clock(box.from), Clock(box.from + box.minutes), box.name), 15, 8, 1);
    Write(box.script, {.font = {.size = 9.5, .italic = true}, .colour = Rgb(0x434b55), .before = 6, .bar = 0xd9d6cf});
    for (const KitSheet::Question& question : box.questions) Question(question);
  }

  void Question(const KitSheet::Question& question) {
    flow_.BeginGroup();
    Write(fmt::format("{} · {} · {}{}", question.number, question.facts, question.id, question.critical ? " · ROLE-CRITICAL" : ""),
          {.font = {.size = 8.5}, .colour = Rgb(kMuted), .before = 18, .keep_with_next = true});
    Write(question.prompt, {.font = {.size = 13}, .before = 3, .line_spacing = 1.3, .keep_with_next = true, .outline = 2});
    Write(question.scenario, {.font = {.size = 10}, .before = 6, .bar = kAccent});
    flow_.EndGroup();
    if (!question.why.empty()) Labelled("CHOSEN", question.why, 7, kMuted);
    Labelled("LISTEN FOR", question.cue, 7);
    bool first = true;
    flow_.BeginGroup();
    for (const KitSheet::Concept& key : question.concepts) {
      Ticked(key.text + (key.essential ? "  (essential)" : ""), first ? "HEARD" : "", first ? 8 : 2.5);
      first = false;
    }
    flow_.EndGroup();
    first = true;
    flow_.BeginGroup();
    for (const auto& [purpose, text] : question.probes) {
      Labelled(first ? "FOLLOW UP" : "", purpose.empty() ? text : fmt::format("{}  ({})", text, purpose), first ? 8 : 3);
      first = false;
    }
    flow_.EndGroup();
    for (const KitSheet::Anchor& anchor : question.anchors) {
      flow_.BeginGroup();
      Write(anchor.text, {.font = {.size = 9.2}, .indent = kIndent, .before = 9, .label = fmt::format("{}  {}", anchor.score, anchor.label),
                          .label_font = {.size = 8.5, .bold = true}, .label_colour = Rgb(ColourOfScore(anchor.score)), .bar = ColourOfScore(anchor.score),
                          .keep_with_next = !anchor.why.empty()});
      Write(anchor.why, {.font = {.size = 8.5, .italic = true}, .colour = Rgb(kMuted), .indent = kIndent, .bar = ColourOfScore(anchor.score)});
      flow_.EndGroup();
    }
    // What is filled in stays together.
    first = true;
    flow_.BeginGroup();
    for (const std::string& flag : question.red_flags) {
      Ticked(flag, first ? "RED FLAGS" : "", first ? 9 : 2.5);
      first = false;
    }
    Squares("Score", 10, true);
    WritingLines(3);
    flow_.EndGroup();
  }

  // A line of a list with a box before it.
  void Ticked(const std::string& text, const std::string& label, double before, double indent = kIndent) {
    const std::string shown = texts_.Plain(text);
    if (shown.find_first_not_of(" \n\t") == std::string::npos) return;
    flow_.Paragraph(shown, {.font = {.size = 9.5}, .indent = indent + 13, .before = before, .label = label, .label_font = {.size = 7.8, .bold = true}, .tick = true});
  }

  void Card() {
    flow_.NewPage();
    Heading(sheet_.card_title, 18, 0, 1);
    for (const std::string& name : sheet_.overall) {
      flow_.BeginGroup();
      Squares(name + ", overall", 12, true);
      WritingLines(1);
      flow_.EndGroup();
    }
    for (const KitSheet::Field& field : sheet_.card) Field(field);
  }

  void Field(const KitSheet::Field& field) {
    if (field.lines == 1 && field.items.empty()) {
      flow_.Draw(24, [name = Presentable(field.name), width = flow_.width()](cairo_t* cairo, double x, double y) {
        DrawLine(cairo, name, x, y + 17, kSquares - 8, {.size = 10, .bold = true}, Rgb(0x1c2127));
        DrawWritingLine(cairo, x + kSquares, y + 19, width - kSquares);
      }, 4);
      return;
    }
    flow_.BeginGroup();
    Heading(field.name, 10.5, 13, 0);
    Write(field.help, {.font = {.size = 8.3}, .colour = Rgb(kMuted), .keep_with_next = true});
    if (field.kind == v1::SCORECARD_FIELD_KIND_AREA_SCORES) {
      for (const std::string& name : field.items) {
        Squares(name, 7, true);
        WritingLines(1);
      }
    } else {
      for (const std::string& name : field.items) Ticked(name, "", 4, 0);
    }
    WritingLines(field.lines);
    flow_.EndGroup();
  }

  const KitSheet& sheet_;
  const MathText& texts_;
  PdfFlow flow_;
};

}  // namespace

absl::StatusOr<std::string> KitSheetPdf(const KitSheet& sheet, const MathText& texts) { return Paper(sheet, texts).Run(); }

}  // namespace assay::bank
