#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/pack.pb.h"
#include "services/bank/render/math_text.h"

namespace assay::bank {

// What an interviewer takes into the room: a kit with everything its questions need, laid out once for paper and for screen.
struct KitSheet {
  struct Anchor {
    int score = 0;
    std::string label;
    std::string text;
    std::string why;
  };
  struct Concept {
    std::string text;
    bool essential = false;
  };
  struct Question {
    int number = 0;
    // "q037@3"
    std::string id;
    std::string prompt;
    std::string scenario;
    // "System design · scenario · senior · 12 min".
    std::string facts;
    std::string why;
    std::string cue;
    std::vector<Concept> concepts;
    std::vector<std::pair<std::string, std::string>> probes;  // purpose, text
    // Best first: a 5, a 3 and a weak one, one of each.
    std::vector<Anchor> anchors;
    std::vector<std::string> red_flags;
    bool critical = false;
    // BCP 47 where it is not the sheet's.
    std::string language;
  };
  struct Box {
    std::string name;
    int minutes = 0;
    // From the start, in minutes.
    int from = 0;
    std::string script;
    std::vector<Question> questions;
  };
  struct Field {
    std::string name;
    std::string help;
    v1::ScorecardFieldKind kind = v1::SCORECARD_FIELD_KIND_UNSPECIFIED;
    int lines = 0;
    // Areas, flags or recommendations by name.
    std::vector<std::string> items;
  };

  std::string title;
  // "MLOps engineer · Senior · Sixty-minute round".
  std::string subtitle;
  std::string language;
  int minutes = 0;
  std::vector<std::pair<std::string, std::string>> facts;  // kit, seed, policy …
  std::vector<std::pair<int, std::string>> scale;          // value, label; worst first
  std::vector<std::string> findings;
  std::vector<Box> boxes;
  // Rated over the whole interview, by name.
  std::vector<std::string> overall;
  std::string card_title;
  std::vector<Field> card;
  // ISO 8601 of the kit.
  std::string create_time;
};

// Lays out a kit. `catalogue` gives names, scale, flags and the scorecard (its default where it has several; a plain one where it
// has none); `contents` the pinned content of each question by its name, `questions/q037@3`. A question whose content is not
// there is laid out with what the kit itself holds. Words are in the kit's language where a question has them in it.
KitSheet LayOutKit(const v1::Kit& kit, const v1::Pack& catalogue, const std::map<std::string, v1::QuestionContent>& contents);

// Every text with formulas, for converting them in one go.
std::vector<std::string_view> TextsOf(const KitSheet& sheet);

// As one self-contained page, for screen and print.
absl::StatusOr<std::string> KitSheetHtml(const KitSheet& sheet, const MathText& texts);

// As a PDF of A4 pages. Formulas are one line of plain text there. The same sheet gives the same bytes.
absl::StatusOr<std::string> KitSheetPdf(const KitSheet& sheet, const MathText& texts);

}  // namespace assay::bank
