/* image_codec.h: JPEG, PNG and WebP into pixels and back; private to image.c.
 *
 * A Picture is decoded with picture_decode and given back with picture_close. It lies as it was stored; picture_width,
 * picture_height and picture_row show it turned as its EXIF orientation says. */
#ifndef ANJU_KERNEL_IMAGE_CODEC_H
#define ANJU_KERNEL_IMAGE_CODEC_H

#include "kernel/image.h"

#define MAX_COLOURS 256 /* of a PNG with a palette */

/* How far a decoder came. */
typedef enum { DECODED, NOT_A_PICTURE, TOO_MANY_PIXELS, MOVING, BROKEN } Outcome;

/* Rows of the source go in from the top; every target pixel becomes the exact mean of the area that it covers, colours
 * weighted by their alpha. Lengths are measured so that a source pixel is to.width wide and a target pixel from_width:
 * all overlaps are whole numbers. */
typedef struct {
    int from_width, from_height;
    Pixels to;      /* mem_alloc'ed */
    int row;        /* source rows taken so far */
    uint64_t *sums; /* one target row: alpha-weighted red, green, blue; alpha; NULL when nothing shrinks */
} Shrink;

typedef struct {
    Shrink shrink;
    int orientation; /* EXIF 1..8: which edges of the picture the stored first row and first column are */
} Picture;

/* Decodes to at most `long_side` px. *picture must be { .orientation = 1 } and be closed whatever comes out. */
MUST Outcome picture_decode(Str bytes, FileType type, int long_side, Picture *picture);
void picture_close(Picture *picture);

int picture_width(const Picture *picture);
int picture_height(const Picture *picture);
/* Row y as picture_width(picture) * 4 bytes. */
void picture_row(const Picture *picture, int y, unsigned char *rgba);

bool picture_is_see_through(const Picture *picture);
/* The colours that occur, sorted, and how many; -1 when they are more than MAX_COLOURS. */
int picture_colours(const Picture *picture, uint32_t *colours);

/* Encode into `buf`; false when it is full. A JPEG is on white where the picture is see-through. */
MUST bool picture_to_jpeg(const Picture *picture, Buf *buf);
MUST bool picture_to_png(const Picture *picture, Buf *buf);

#endif
