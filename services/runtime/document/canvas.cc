#include "services/runtime/document/canvas.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"

namespace assay::runtime {

cairo_status_t AppendBytes(void* bytes, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

absl::Status CairoStatus(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return absl::OkStatus();
  return Internal(fmt::format("cairo: {}", cairo_status_to_string(status)));
}

absl::Status FinishSurface(cairo_surface_t* surface) {
  cairo_surface_finish(surface);
  return CairoStatus(cairo_surface_status(surface));
}

Layout NewLayout(cairo_t* cairo, const std::string& text, const Font& font) {
  Layout layout(pango_cairo_create_layout(cairo));
  const std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> description(pango_font_description_new(),
                                                                                                  pango_font_description_free);
  pango_font_description_set_family(description.get(), font.mono ? "Liberation Mono, DejaVu Sans Mono, monospace"
                                                                 : "Inter, Source Sans 3, Liberation Sans, Arial, DejaVu Sans, sans-serif");
  pango_font_description_set_absolute_size(description.get(), font.size * PANGO_SCALE);
  pango_font_description_set_weight(description.get(), font.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_style(description.get(), font.italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  return layout;
}

}  // namespace assay::runtime
