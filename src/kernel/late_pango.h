/* late_pango.h: what is drawn with, of pango and of cairo and gobject, which it brings along (base/late.h). */
#ifndef ANJU_KERNEL_LATE_PANGO_H
#define ANJU_KERNEL_LATE_PANGO_H

#include "base/late.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* clang-format off */
#define PANGO_FUNCTIONS(X) \
    X(cairo_arc) X(cairo_create) X(cairo_destroy) X(cairo_fill) X(cairo_image_surface_create) \
    X(cairo_image_surface_create_for_data) X(cairo_image_surface_get_data) X(cairo_line_to) X(cairo_move_to) \
    X(cairo_paint) X(cairo_pattern_add_color_stop_rgb) X(cairo_pattern_create_radial) X(cairo_pattern_destroy) \
    X(cairo_pdf_surface_create_for_stream) X(cairo_pdf_surface_set_metadata) X(cairo_rectangle) X(cairo_restore) \
    X(cairo_save) X(cairo_scale) X(cairo_set_antialias) X(cairo_set_dash) X(cairo_set_line_width) \
    X(cairo_set_source) X(cairo_set_source_rgb) X(cairo_set_source_surface) X(cairo_show_page) X(cairo_status) \
    X(cairo_stroke) X(cairo_surface_destroy) X(cairo_surface_finish) X(cairo_surface_flush) X(cairo_surface_status) \
    X(cairo_tag_begin) X(cairo_tag_end) X(cairo_translate) X(g_object_unref) X(pango_cairo_context_set_resolution) \
    X(pango_cairo_font_map_get_default) X(pango_cairo_layout_line_path) X(pango_cairo_show_layout_line) \
    X(pango_context_set_language) X(pango_font_describe) X(pango_font_description_free) \
    X(pango_font_description_from_string) X(pango_font_description_get_family) \
    X(pango_font_description_set_absolute_size) X(pango_font_description_set_weight) \
    X(pango_font_map_create_context) X(pango_font_map_load_font) X(pango_language_from_string) \
    X(pango_layout_get_font_description) X(pango_layout_get_iter) X(pango_layout_get_line_count) \
    X(pango_layout_get_line_readonly) X(pango_layout_get_size) X(pango_layout_get_text) X(pango_layout_iter_free) \
    X(pango_layout_iter_get_baseline) X(pango_layout_iter_get_line_extents) X(pango_layout_iter_get_line_readonly) \
    X(pango_layout_iter_next_line) X(pango_layout_line_index_to_x) X(pango_layout_new) X(pango_layout_set_alignment) \
    X(pango_layout_set_font_description) X(pango_layout_set_text) X(pango_layout_set_width) X(pango_layout_set_wrap)
/* clang-format on */

LATE_TABLE(late_pango, PANGO_FUNCTIONS);

#include "late_names.h"

#endif
