#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/document/canvas.h"

namespace assay::runtime {

// Looks of one paragraph. Lengths are in points.
struct ParagraphStyle {
  Font font{};
  Colour colour = Rgb(0x1c2127);
  // From the left edge of the text area; the label, if any, stands there.
  double indent = 0;
  // Kept free at the right.
  double right = 0;
  // Above the paragraph, except at the top of a page.
  double before = 0;
  double line_spacing = 1.25;
  std::string label{};
  Font label_font{};
  Colour label_colour = Rgb(0x59616b);
  // A bar of this colour along the left of the text; negative = none.
  int bar = -1;
  // A box to tick before the first line, in the last 13 points of the indent.
  bool tick = false;
  // The next paragraph begins on the same page.
  bool keep_with_next = false;
  // Entry in the reader's outline at this level, 1 = top; 0 = none.
  int outline = 0;
};

// A PDF written as a flow of paragraphs and drawings on A4 pages. What is added is measured at once and laid on pages by
// Finish, which knows the number of pages by then. Texts must be UTF-8 without NUL; words wider than a line are broken.
class PdfFlow {
 public:
  struct Setup {
    std::string title;
    // At the foot of each page, left of "page / pages".
    std::string footer;
    // ISO 8601, as the file's date: the same content at the same date gives the same bytes.
    std::string create_time;
  };

  explicit PdfFlow(Setup setup);
  ~PdfFlow();

  // Width of the text area.
  double width() const;

  void Paragraph(const std::string& text, const ParagraphStyle& style);
  // Something of one piece, at least `height` points high; it is drawn from (x, y), its top left corner, `width()` wide.
  void Draw(double height, std::function<void(cairo_t*, double x, double y)> draw, double before = 0, bool keep_with_next = false);
  void NewPage();
  // What is added in between stays on one page where it fits on one, else it breaks between lines.
  void BeginGroup() { ++group_depth_; }
  void EndGroup();

  // The file. Nothing can be added afterwards.
  absl::StatusOr<std::string> Finish();

 private:
  struct Piece {
    double before = 0;
    double height = 0;
    bool keep_with_next = false;
    bool new_page = false;
    // Pieces of one group have the same number; 0 = none.
    int group = 0;
    std::string outline;
    int outline_level = 0;
    std::function<void(cairo_t*, double, double)> draw;
  };

  void Push(Piece piece);
  std::vector<int> Pages() const;
  double RoomNeeded(size_t first) const;

  Setup setup_;
  std::string bytes_;
  CairoSurface surface_;
  Cairo cairo_;
  std::vector<Piece> pieces_;
  int group_depth_ = 0;
  int group_ = 1;
};

// A box of a form, `side` points wide, with an optional caption in it.
void DrawBox(cairo_t* cairo, double x, double y, double side, const std::string& caption = {});
// A line to write on.
void DrawWritingLine(cairo_t* cairo, double x, double y, double width);
// One line of text; cut off with an ellipsis where it is wider than `width`. Returns its width.
double DrawLine(cairo_t* cairo, const std::string& text, double x, double y, double width, const Font& font, const Colour& colour);

}  // namespace assay::runtime
