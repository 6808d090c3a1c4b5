/* demo_photos.c: the demo's photos are drawn: a tap, a lamp, a door, a pipe, a lift, a paved path, before a wall with
 * a soft light on it. They are JPEG, as the program keeps what phones send. */
#include "app/demo_parts.h"
#include "kernel/image.h"
#include "kernel/late_pango.h"
#include "store/blob.h"

#define WIDTH 640
#define HEIGHT 480

static void paint(cairo_t *ink, double red, double green, double blue)
{
    cairo_set_source_rgb(ink, red, green, blue);
}

static void bar(cairo_t *ink, double x, double y, double width, double height)
{
    cairo_rectangle(ink, x, y, width, height);
    cairo_fill(ink);
}

static void draw_wall(cairo_t *ink, int number)
{
    cairo_pattern_t *light = cairo_pattern_create_radial(200 + 40 * number, 120, 20, 320, 240, 520);

    cairo_pattern_add_color_stop_rgb(light, 0, 0.95, 0.94 - 0.01 * number, 0.90);
    cairo_pattern_add_color_stop_rgb(light, 1, 0.62, 0.64, 0.66);
    cairo_set_source(ink, light);
    cairo_paint(ink);
    cairo_pattern_destroy(light);
}

static void draw_tap(cairo_t *ink)
{
    paint(ink, 0.55, 0.58, 0.62);
    bar(ink, 300, 120, 40, 140);
    bar(ink, 300, 120, 170, 36);
    bar(ink, 440, 120, 30, 90);
    paint(ink, 0.35, 0.38, 0.42);
    bar(ink, 280, 90, 80, 24);
    paint(ink, 0.90, 0.92, 0.94);
    bar(ink, 120, 300, 420, 90);
    paint(ink, 0.78, 0.80, 0.83);
    bar(ink, 160, 320, 340, 50);
}

static void draw_lamp(cairo_t *ink)
{
    paint(ink, 0.30, 0.30, 0.32);
    bar(ink, 312, 0, 16, 140);
    paint(ink, 1.0, 0.96, 0.75);
    cairo_arc(ink, 320, 220, 90, 0, 6.2832);
    cairo_fill(ink);
    paint(ink, 0.45, 0.45, 0.48);
    bar(ink, 270, 130, 100, 26);
}

static void draw_door(cairo_t *ink)
{
    paint(ink, 0.42, 0.30, 0.22);
    bar(ink, 210, 60, 220, 420);
    paint(ink, 0.52, 0.38, 0.28);
    bar(ink, 235, 90, 170, 150);
    bar(ink, 235, 270, 170, 170);
    paint(ink, 0.85, 0.75, 0.40);
    cairo_arc(ink, 405, 262, 12, 0, 6.2832);
    cairo_fill(ink);
}

static void draw_pipe(cairo_t *ink)
{
    paint(ink, 0.80, 0.82, 0.84);
    bar(ink, 0, 200, 640, 56);
    paint(ink, 0.64, 0.67, 0.70);
    bar(ink, 280, 184, 90, 88);
    bar(ink, 300, 256, 50, 224);
    paint(ink, 0.75, 0.20, 0.18);
    bar(ink, 296, 150, 58, 22);
}

static void draw_lift(cairo_t *ink)
{
    paint(ink, 0.70, 0.72, 0.74);
    bar(ink, 180, 60, 280, 420);
    paint(ink, 0.82, 0.84, 0.86);
    bar(ink, 195, 80, 120, 400);
    bar(ink, 325, 80, 120, 400);
    paint(ink, 0.20, 0.22, 0.24);
    bar(ink, 500, 220, 50, 90);
    paint(ink, 0.95, 0.55, 0.15);
    cairo_arc(ink, 525, 245, 10, 0, 6.2832);
    cairo_fill(ink);
}

static void draw_path(cairo_t *ink)
{
    paint(ink, 0.38, 0.52, 0.34);
    bar(ink, 0, 240, 640, 240);
    for (int row = 0; row < 5; row++)
        for (int column = 0; column < 6; column++) {
            paint(ink, 0.66 + 0.02 * (double)((row + column) % 4), 0.62, 0.58);
            bar(ink, 150 + 58 * column + 8 * (row % 2), 260 + 44 * row, 52, 38);
        }
}

/* The site from above, for the duty room's dark wall: the wall around it, the ring road, six buildings, the garden and its pond. */
static void draw_site(cairo_t *ink)
{
    paint(ink, 0.06, 0.09, 0.09);
    cairo_paint(ink);
    paint(ink, 0.15, 0.23, 0.23);
    bar(ink, 80, 70, 480, 30);
    bar(ink, 80, 400, 480, 30);
    bar(ink, 80, 70, 30, 360);
    bar(ink, 530, 70, 30, 360);
    bar(ink, 20, 232, 600, 26);
    bar(ink, 308, 20, 24, 400);
    paint(ink, 0.08, 0.19, 0.15);
    bar(ink, 215, 180, 210, 130);
    paint(ink, 0.12, 0.25, 0.36);
    cairo_arc(ink, 320, 245, 36, 0, 6.2832);
    cairo_fill(ink);
    paint(ink, 0.17, 0.21, 0.22);
    for (int i = 0; i < 6; i++)
        bar(ink, 125 + 145 * (i % 3), i < 3 ? 115 : 335, 110, 48);
    paint(ink, 0.25, 0.42, 0.40);
    cairo_set_line_width(ink, 2);
    cairo_rectangle(ink, 20, 20, 600, 440);
    cairo_stroke(ink);
}

/* A sheet with a red seal. */
static void draw_report(cairo_t *ink)
{
    paint(ink, 0.99, 0.99, 0.97);
    bar(ink, 170, 20, 300, 440);
    paint(ink, 0.20, 0.22, 0.24);
    bar(ink, 230, 56, 180, 18);
    for (int row = 0; row < 11; row++) {
        paint(ink, 0.62, 0.64, 0.66);
        bar(ink, 200, 110 + 26 * row, 150 + 30 * (row * 7 % 4), 6);
    }
    paint(ink, 0.80, 0.13, 0.12);
    cairo_set_line_width(ink, 6);
    cairo_arc(ink, 400, 380, 44, 0, 6.2832);
    cairo_stroke(ink);
    bar(ink, 372, 376, 56, 8);
}

/* One picture as the bytes of a JPEG. */
static const Error *draw(Arena *arena, int number, Image *out)
{
    static void (*const things[DEMO_PICTURES])(cairo_t * ink) = {draw_tap, draw_lamp, draw_door, draw_pipe, draw_lift, draw_path, draw_report, draw_site};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    cairo_t *ink = cairo_create(surface);
    Pixels pixels = {WIDTH, HEIGHT, arena_alloc(arena, (size_t)WIDTH * HEIGHT * 4)};
    const uint32_t *rows;

    draw_wall(ink, number);
    things[number](ink);
    cairo_destroy(ink);
    cairo_surface_flush(surface);
    rows = (const uint32_t *)(const void *)cairo_image_surface_get_data(
        surface); /* RGB24 has 640 x 4 bytes a row, without a gap */
    for (int i = 0; rows != NULL && i < WIDTH * HEIGHT; i++) {
        pixels.rgba[4 * i] = (unsigned char)(rows[i] >> 16);
        pixels.rgba[4 * i + 1] = (unsigned char)(rows[i] >> 8);
        pixels.rgba[4 * i + 2] = (unsigned char)rows[i];
        pixels.rgba[4 * i + 3] = 255;
    }
    cairo_surface_destroy(surface);
    return image_clean(arena, image_to_png(arena, &pixels), out);
}

const Error *demo_photos(Arena *arena, const char *folder, Id org, DemoPhoto *out)
{
    static const char *const names[DEMO_PICTURES] = {"水龙头.jpg", "灯.jpg", "门.jpg", "管道.jpg", "电梯.jpg", "步道.jpg", "检验报告.jpg", "平面图.jpg"};

    TRY(late_load(arena, &late_pango_library));
    for (int i = 0; i < DEMO_PICTURES; i++) {
        Image image;
        TRY(draw(arena, i, &image));
        out[i] = (DemoPhoto){.size = image.bytes.len, .type = file_type_mime(image.type), .name = names[i]};
        TRY(blob_put(arena, folder, org, image.bytes, &out[i].sha256));
    }
    return OK;
}
