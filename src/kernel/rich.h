/* rich.h: text with bold, lists, links and pictures as HTML that is safe to show. What comes in is anything; what goes out is
 * written anew from an allow-list: nothing is passed through, so there is nothing to be overlooked.
 *
 *     p br strong em u ul ol li h2 h3 table tr td th   without attributes, always closed
 *     a href     http, https, mailto, tel; with rel="noopener noreferrer nofollow"
 *     img src    /api/v1/files/<id> alone
 *
 * All other tags and all attributes are dropped, of script, style and their like the content too. A link that shows one host
 * and leads to another, or to a host in letters that only look like others, is not mended but refused: it is no accident. */
#ifndef ANJU_KERNEL_RICH_H
#define ANJU_KERNEL_RICH_H

#include "base/id.h"

#define RICH_MAX_PICTURES 30
#define RICH_MAX_BYTES (256 * 1024)

typedef struct {
    Str html;                     /* clean; cleaning it again gives the same */
    Str text;                     /* its words, a line for each block */
    Id pictures[RICH_MAX_PICTURES]; /* files that it shows */
    int picture_count;
    const char *zh, *en;          /* why it is refused; NULL: it is not */
} Rich;

/* Cleans valid UTF-8. The results live in the arena. */
void rich_clean(Arena *arena, Str source, Rich *out);

/* A plain text as clean HTML: paragraphs at line breaks. */
Str rich_of_text(Arena *arena, Str text);
/* Adds text with the characters that mean something in HTML written as entities. */
void rich_escape(Buf *buf, Str text);

#endif
