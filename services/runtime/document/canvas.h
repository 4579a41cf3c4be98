#pragma once

#include <memory>
#include <string>

#include <cairo.h>
#include <pango/pangocairo.h>

#include "absl/status/status.h"

// What drawing with Cairo and Pango needs everywhere: owners, output into a string, errors as statuses.
namespace assay::runtime {

using CairoSurface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Cairo = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

struct UnrefLayout {
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
};
using Layout = std::unique_ptr<PangoLayout, UnrefLayout>;

struct Colour {
  double red = 0, green = 0, blue = 0;
};
constexpr Colour Rgb(int hex) { return {(hex >> 16 & 255) / 255.0, (hex >> 8 & 255) / 255.0, (hex & 255) / 255.0}; }
inline void Use(cairo_t* cairo, const Colour& colour) { cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue); }

// For cairo_*_surface_create_for_stream: `bytes` is a std::string.
cairo_status_t AppendBytes(void* bytes, const unsigned char* data, unsigned int size);

absl::Status CairoStatus(cairo_status_t status);

// Writes out what is still to come; the surface cannot be drawn on afterwards.
absl::Status FinishSurface(cairo_surface_t* surface);

struct Font {
  // In units of the canvas.
  double size = 10;
  bool bold = false;
  bool italic = false;
  bool mono = false;
};

// A paragraph to be drawn; the text is data, never Pango's markup.
Layout NewLayout(cairo_t* cairo, const std::string& text, const Font& font);

}  // namespace assay::runtime
