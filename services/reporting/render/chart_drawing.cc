#include "services/reporting/render/chart_drawing.h"

#include <algorithm>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/document/canvas.h"

namespace assay::reporting {
namespace {

using runtime::CairoSurface;
using runtime::Colour;
using runtime::Rgb;

struct Palette {
  Colour text, muted, grid, track, bar, below, mark;
};

// Contrast of text on the page's panels is at least 4.5:1, of bars and marks 3:1.
constexpr Palette kLightPalette{Rgb(0x1c2127), Rgb(0x59616b), Rgb(0xd9d6cf), Rgb(0xefece5), Rgb(0x2f6b62), Rgb(0xb4561f), Rgb(0x1c2127)};
constexpr Palette kDarkPalette{Rgb(0xe8e6e1), Rgb(0xa5adb6), Rgb(0x3a4048), Rgb(0x2a2f36), Rgb(0x5fb3a5), Rgb(0xe39a63), Rgb(0xf4f1ea)};

// In CSS pixels.
constexpr double kLabelWidth = 232;
constexpr double kCaptionWidth = 118;
constexpr double kTop = 30;
constexpr double kRow = 38;
constexpr double kBar = 14;
constexpr double kBottom = 40;
constexpr double kPlotLeft = kLabelWidth + 16;
constexpr double kPlotRight = kChartWidth - kCaptionWidth;

enum class Align { kLeft, kCentre, kRight };

// Draws one chart on one cairo context.
class Drawing {
 public:
  Drawing(cairo_t* cairo, const v1::Chart& chart, const Palette& palette) : cairo_(cairo), chart_(chart), palette_(palette) {}

  void Draw() {
    Axis();
    double y = kTop;
    for (const v1::Bar& bar : chart_.bars()) {
      Row(bar, y + kRow / 2);
      y += kRow;
    }
    Legend(y + 24);
  }

 private:
  double X(double value) const {
    const double span = chart_.maximum() - chart_.minimum();
    const double share = span > 0 ? (value - chart_.minimum()) / span : 0;
    return kPlotLeft + std::clamp(share, 0.0, 1.0) * (kPlotRight - kPlotLeft);
  }
  double Bottom() const { return kTop + kRow * chart_.bars_size(); }

  void Use(const Colour& colour) { runtime::Use(cairo_, colour); }

  void Axis() {
    for (int step = static_cast<int>(chart_.minimum()); step <= static_cast<int>(chart_.maximum()); ++step) {
      const double x = X(step);
      Use(palette_.grid);
      cairo_set_line_width(cairo_, 1);
      cairo_move_to(cairo_, x, kTop - 2);
      cairo_line_to(cairo_, x, Bottom());
      cairo_stroke(cairo_);
      Text(std::to_string(step), x, kTop - 16, 12, palette_.muted, Align::kCentre, false, 40);
    }
  }

  void Row(const v1::Bar& bar, double y) {
    Text(bar.label(), kLabelWidth, y, 13, palette_.text, Align::kRight, false, kLabelWidth);
    Rectangle(kPlotLeft, y - kBar / 2, kPlotRight - kPlotLeft, kBar);
    Use(palette_.track);
    cairo_fill(cairo_);
    if (bar.has_value()) {
      const Colour& colour = bar.below() ? palette_.below : palette_.bar;
      Rectangle(kPlotLeft, y - kBar / 2, std::max(2.0, X(bar.value()) - kPlotLeft), kBar);
      Use(colour);
      cairo_fill(cairo_);
      // Not by colour alone: a bar under its threshold is hatched as well.
      if (bar.below()) Hatch(kPlotLeft, y - kBar / 2, X(bar.value()) - kPlotLeft, kBar);
      Text(fmt::format("{:.2f}", bar.value()), kPlotRight + 14, y, 13, palette_.text, Align::kLeft, true, 44);
      if (bar.below()) Text("below", kPlotRight + 54, y, 12, palette_.below, Align::kLeft, false, 60);
    } else {
      Text("not assessed", kPlotRight + 14, y, 12, palette_.muted, Align::kLeft, false, 110);
    }
    if (bar.has_threshold()) Mark(X(bar.threshold()), y);
  }

  void Mark(double x, double y) {
    Use(palette_.mark);
    cairo_set_line_width(cairo_, 2);
    cairo_move_to(cairo_, x, y - kBar / 2 - 5);
    cairo_line_to(cairo_, x, y + kBar / 2 + 5);
    cairo_stroke(cairo_);
  }

  void Hatch(double x, double y, double width, double height) {
    cairo_save(cairo_);
    Rectangle(x, y, width, height);
    cairo_clip(cairo_);
    cairo_set_source_rgba(cairo_, 1, 1, 1, 0.42);
    cairo_set_line_width(cairo_, 2);
    for (double at = x - height; at < x + width; at += 7) {
      cairo_move_to(cairo_, at, y + height);
      cairo_line_to(cairo_, at + height, y);
    }
    cairo_stroke(cairo_);
    cairo_restore(cairo_);
  }

  void Legend(double y) {
    double x = kPlotLeft;
    Mark(x + 1, y);
    Text("threshold", x + 10, y, 12, palette_.muted, Align::kLeft, false, 90);
    x += 96;
    Swatch(x, y, palette_.bar, false);
    Text("meets it", x + 22, y, 12, palette_.muted, Align::kLeft, false, 90);
    x += 96;
    Swatch(x, y, palette_.below, true);
    Text("below it", x + 22, y, 12, palette_.muted, Align::kLeft, false, 90);
  }

  void Swatch(double x, double y, const Colour& colour, bool hatched) {
    Rectangle(x, y - 5, 16, 10);
    Use(colour);
    cairo_fill(cairo_);
    if (hatched) Hatch(x, y - 5, 16, 10);
  }

  void Rectangle(double x, double y, double width, double height) {
    const double r = std::min(2.5, std::min(width, height) / 2);
    cairo_new_sub_path(cairo_);
    cairo_arc(cairo_, x + width - r, y + r, r, -1.5708, 0);
    cairo_arc(cairo_, x + width - r, y + height - r, r, 0, 1.5708);
    cairo_arc(cairo_, x + r, y + height - r, r, 1.5708, 3.1416);
    cairo_arc(cairo_, x + r, y + r, r, 3.1416, 4.7124);
    cairo_close_path(cairo_);
  }

  // Centred on `y`; cut off with an ellipsis where it is wider than `width`. The text is data, never markup.
  void Text(const std::string& text, double x, double y, double size, const Colour& colour, Align align, bool bold, double width) {
    const runtime::Layout layout = runtime::NewLayout(cairo_, text, {.size = size, .bold = bold});
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    int text_width = 0;
    int text_height = 0;
    pango_layout_get_pixel_size(layout.get(), &text_width, &text_height);
    pango_layout_set_width(layout.get(), std::min<int>(width * PANGO_SCALE, (text_width + 1) * PANGO_SCALE));
    const double left = align == Align::kLeft ? x : align == Align::kRight ? x - text_width : x - text_width / 2.0;
    Use(colour);
    cairo_move_to(cairo_, left, y - text_height / 2.0);
    pango_cairo_show_layout(cairo_, layout.get());
  }

  cairo_t* cairo_;
  const v1::Chart& chart_;
  const Palette& palette_;
};

const Palette& PaletteOf(ChartTheme theme) { return theme == ChartTheme::kDark ? kDarkPalette : kLightPalette; }

// Draws on `surface` at `scale`; the surface must have been made well.
absl::Status DrawOn(cairo_surface_t* surface, const v1::Chart& chart, ChartTheme theme, double scale) {
  const runtime::Cairo cairo(cairo_create(surface), cairo_destroy);
  cairo_scale(cairo.get(), scale, scale);
  Drawing(cairo.get(), chart, PaletteOf(theme)).Draw();
  return runtime::CairoStatus(cairo_status(cairo.get()));
}

}  // namespace

int ChartHeight(const v1::Chart& chart) { return static_cast<int>(kTop + kRow * chart.bars_size() + kBottom); }

absl::StatusOr<std::string> ChartSvg(const v1::Chart& chart, ChartTheme theme) {
  std::string svg;
  const CairoSurface surface(cairo_svg_surface_create_for_stream(runtime::AppendBytes, &svg, kChartWidth, ChartHeight(chart)), cairo_surface_destroy);
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  if (absl::Status drawn = DrawOn(surface.get(), chart, theme, 1); !drawn.ok()) return drawn;
  if (absl::Status done = runtime::FinishSurface(surface.get()); !done.ok()) return done;
  return svg;
}

absl::StatusOr<std::string> ChartPng(const v1::Chart& chart, ChartTheme theme) {
  constexpr int kDensity = 2;
  const CairoSurface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, kChartWidth * kDensity, ChartHeight(chart) * kDensity),
                        cairo_surface_destroy);
  if (absl::Status drawn = DrawOn(surface.get(), chart, theme, kDensity); !drawn.ok()) return drawn;
  std::string png;
  if (cairo_surface_write_to_png_stream(surface.get(), runtime::AppendBytes, &png) != CAIRO_STATUS_SUCCESS)
    return runtime::Internal("cairo: cannot write PNG");
  return png;
}

absl::StatusOr<std::string> ChartPdf(const v1::Chart& chart) {
  constexpr double kPointsPerPixel = 0.75;
  std::string pdf;
  const CairoSurface surface(cairo_pdf_surface_create_for_stream(runtime::AppendBytes, &pdf, kChartWidth * kPointsPerPixel,
                                                            ChartHeight(chart) * kPointsPerPixel),
                        cairo_surface_destroy);
  if (absl::Status drawn = DrawOn(surface.get(), chart, ChartTheme::kLight, kPointsPerPixel); !drawn.ok()) return drawn;
  if (absl::Status done = runtime::FinishSurface(surface.get()); !done.ok()) return done;
  return pdf;
}

}  // namespace assay::reporting
