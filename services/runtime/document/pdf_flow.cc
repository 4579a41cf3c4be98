#include "services/runtime/document/pdf_flow.h"

#include <algorithm>
#include <utility>

#include <cairo-pdf.h>
#include <fmt/format.h>

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

constexpr double kPageWidth = 595.28;
constexpr double kPageHeight = 841.89;
constexpr double kSide = 51;
constexpr double kTop = 50;
constexpr double kBottom = 58;
constexpr double kTextWidth = kPageWidth - 2 * kSide;
constexpr double kTextHeight = kPageHeight - kTop - kBottom;
constexpr double kBarWidth = 2.5;
constexpr double kBarGap = 8;

double Points(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

}  // namespace

PdfFlow::PdfFlow(Setup setup)
    : setup_(std::move(setup)),
      surface_(cairo_pdf_surface_create_for_stream(AppendBytes, &bytes_, kPageWidth, kPageHeight), cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), cairo_destroy) {
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, setup_.title.c_str());
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "Assay");
  if (!setup_.create_time.empty()) {
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, setup_.create_time.c_str());
  }
}

PdfFlow::~PdfFlow() = default;

double PdfFlow::width() const { return kTextWidth; }

void PdfFlow::Push(Piece piece) {
  if (group_depth_ > 0) piece.group = group_;
  pieces_.push_back(std::move(piece));
}

void PdfFlow::EndGroup() {
  if (--group_depth_ == 0) ++group_;
}

void PdfFlow::NewPage() {
  Piece piece;
  piece.new_page = true;
  pieces_.push_back(std::move(piece));
}

void PdfFlow::Draw(double height, std::function<void(cairo_t*, double, double)> draw, double before, bool keep_with_next) {
  Piece piece;
  piece.before = before;
  piece.height = std::min(height, kTextHeight);
  piece.keep_with_next = keep_with_next;
  piece.draw = std::move(draw);
  Push(std::move(piece));
}

void PdfFlow::Paragraph(const std::string& text, const ParagraphStyle& style) {
  const std::shared_ptr<PangoLayout> layout(NewLayout(cairo_.get(), text, style.font).release(), UnrefLayout());
  const double bar_space = style.bar >= 0 ? kBarWidth + kBarGap : 0;
  pango_layout_set_width(layout.get(), static_cast<int>((kTextWidth - style.indent - style.right - bar_space) * PANGO_SCALE));
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  const int lines = pango_layout_get_line_count(layout.get());
  for (int i = 0; i < lines; ++i) {
    PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), i);
    PangoRectangle ink, logical;
    pango_layout_line_get_extents(line, &ink, &logical);
    const double natural = std::max(Points(logical.height), style.font.size);
    Piece piece;
    piece.before = i == 0 ? style.before : 0;
    piece.height = std::max(natural, style.font.size * style.line_spacing);
    // Neither the first nor the last line of a paragraph stands alone; the last goes on with what it introduces.
    const bool last = i == lines - 1;
    piece.keep_with_next = last ? style.keep_with_next : (i == 0 || i == lines - 2);
    if (i == 0 && style.outline > 0) {
      piece.outline = text;
      piece.outline_level = style.outline;
    }
    const double baseline = Points(PANGO_ASCENT(logical)) + (piece.height - natural) / 2;
    const double height = piece.height;
    // A line of right-to-left text ends at the right edge.
    const double slack = kTextWidth - style.indent - style.right - bar_space - Points(logical.width);
    const bool from_right = line->resolved_dir == PANGO_DIRECTION_RTL;
    piece.draw = [layout, line, style, baseline, height, bar_space, slack, from_right, first = i == 0](cairo_t* cairo, double x, double y) {
      if (style.bar >= 0) {
        Use(cairo, Rgb(style.bar));
        cairo_rectangle(cairo, x + style.indent, y, kBarWidth, height + 0.3);
        cairo_fill(cairo);
      }
      if (first && !style.label.empty()) {
        DrawLine(cairo, style.label, x, y + baseline, style.indent - 6, style.label_font, style.label_colour);
      }
      if (first && style.tick) DrawBox(cairo, x + style.indent - 12, y + (height - 7.5) / 2, 7.5);
      Use(cairo, style.colour);
      cairo_move_to(cairo, x + style.indent + bar_space + (from_right ? std::max(0.0, slack) : 0), y + baseline);
      pango_cairo_show_layout_line(cairo, line);
    };
    Push(std::move(piece));
  }
}

// Height from `first` on that has to stand on one page: to the end of its group, if a page can hold that, else as far as
// lines keep to the next.
double PdfFlow::RoomNeeded(size_t first) const {
  const int group = pieces_[first].group;
  double height = pieces_[first].height;
  size_t last = first;
  // Not further than a page: what is longer breaks anyway.
  const auto next = [&] { height += pieces_[last + 1].before + pieces_[last + 1].height; ++last; };
  if (group != 0 && (first == 0 || pieces_[first - 1].group != group)) {
    while (last + 1 < pieces_.size() && pieces_[last + 1].group == group && height <= kTextHeight) next();
    if (height <= kTextHeight) {
      while (pieces_[last].keep_with_next && last + 1 < pieces_.size() && height <= kTextHeight) next();
      if (height <= kTextHeight) return height;
    }
    height = pieces_[first].height;
    last = first;
  }
  while (pieces_[last].keep_with_next && last + 1 < pieces_.size() && height <= kTextHeight) next();
  return height <= kTextHeight ? height : pieces_[first].height;
}

// Page of each piece, from 0.
std::vector<int> PdfFlow::Pages() const {
  std::vector<int> pages(pieces_.size());
  int page = 0;
  double y = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (piece.new_page) {
      if (y > 0) ++page;
      y = 0;
    } else {
      if (y > 0 && y + piece.before + RoomNeeded(i) > kTextHeight) {
        ++page;
        y = 0;
      }
      y += (y > 0 ? piece.before : 0) + piece.height;
    }
    pages[i] = page;
  }
  return pages;
}

absl::StatusOr<std::string> PdfFlow::Finish() {
  const std::vector<int> pages = Pages();
  const int count = pages.empty() ? 1 : pages.back() + 1;
  std::vector<int> parents{CAIRO_PDF_OUTLINE_ROOT};
  size_t i = 0;
  for (int page = 0; page < count; ++page) {
    double y = 0;
    for (; i < pieces_.size() && pages[i] == page; ++i) {
      const Piece& piece = pieces_[i];
      if (piece.new_page) continue;
      if (y > 0) y += piece.before;
      if (piece.outline_level > 0) {
        const auto level = static_cast<size_t>(piece.outline_level);
        parents.resize(std::min(level, parents.size()), CAIRO_PDF_OUTLINE_ROOT);
        const std::string target = fmt::format("page={} pos=[{:.1f} {:.1f}]", page + 1, kSide, kTop + y);
        parents.push_back(cairo_pdf_surface_add_outline(surface_.get(), parents.back(), piece.outline.c_str(), target.c_str(),
                                                        CAIRO_PDF_OUTLINE_FLAG_OPEN));
      }
      if (piece.draw) piece.draw(cairo_.get(), kSide, kTop + y);
      y += piece.height;
    }
    const Font small{.size = 8};
    const double foot = kPageHeight - kBottom + 32;
    DrawLine(cairo_.get(), setup_.footer, kSide, foot, kTextWidth - 60, small, Rgb(0x59616b));
    const Layout number = NewLayout(cairo_.get(), fmt::format("{} / {}", page + 1, count), small);
    int width = 0, height = 0;
    pango_layout_get_pixel_size(number.get(), &width, &height);
    Use(cairo_.get(), Rgb(0x59616b));
    cairo_move_to(cairo_.get(), kPageWidth - kSide - width, foot);
    pango_cairo_show_layout_line(cairo_.get(), pango_layout_get_line_readonly(number.get(), 0));
    cairo_show_page(cairo_.get());
  }
  pieces_.clear();
  RETURN_IF_ERROR(CairoStatus(cairo_status(cairo_.get())));
  RETURN_IF_ERROR(FinishSurface(surface_.get()));
  return std::move(bytes_);
}

void DrawBox(cairo_t* cairo, double x, double y, double side, const std::string& caption) {
  Use(cairo, Rgb(0x59616b));
  cairo_set_line_width(cairo, 0.8);
  cairo_rectangle(cairo, x, y, side, side);
  cairo_stroke(cairo);
  if (caption.empty()) return;
  const Layout layout = NewLayout(cairo, caption, {.size = side * 0.55});
  int width = 0, height = 0;
  pango_layout_get_pixel_size(layout.get(), &width, &height);
  Use(cairo, Rgb(0x8a9099));
  cairo_move_to(cairo, x + (side - width) / 2, y + (side - height) / 2);
  pango_cairo_show_layout(cairo, layout.get());
}

void DrawWritingLine(cairo_t* cairo, double x, double y, double width) {
  Use(cairo, Rgb(0xb9b6ae));
  cairo_set_line_width(cairo, 0.6);
  cairo_move_to(cairo, x, y);
  cairo_line_to(cairo, x + width, y);
  cairo_stroke(cairo);
}

double DrawLine(cairo_t* cairo, const std::string& text, double x, double y, double width, const Font& font, const Colour& colour) {
  if (text.empty() || width <= 0) return 0;
  const Layout layout = NewLayout(cairo, text, font);
  pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), 0);
  PangoRectangle ink, logical;
  pango_layout_line_get_extents(line, &ink, &logical);
  Use(cairo, colour);
  cairo_move_to(cairo, x, y);
  pango_cairo_show_layout_line(cairo, line);
  return Points(logical.width);
}

}  // namespace assay::runtime
