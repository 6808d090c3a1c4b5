/* fold.h: text made comparable and findable: folding, the words of the full-text index, pinyin initials.
 *
 * Chinese has no blanks between words and most of its words have two characters, so the index holds all overlapping
 * pairs of characters. One text per record goes into one column on every engine: SQLite FTS5 (tokenizer unicode61) and
 * PostgreSQL to_tsvector('simple', …) both cut it at blanks and change nothing, because a token is made of one of these
 * only:
 *
 *     a-z                 a Latin word:               kone elevator
 *     0-9                 a run of digits:            1501
 *     CJK characters      U+3400..4DB5, U+4E00..9FCC: 漏水
 *
 * What is a letter and none of these (kana, Cyrillic, ideographs younger than the engines' tables) is spelt
 * 'v' and six letters a-p, its hex digits. Words longer than 64 bytes are cut.
 *
 *     漏水了     ->  漏水 水了 了       each character with its next, the last one of a run alone
 *     3-2-1501   ->  3 2 1501           … and behind all other tokens, so that these stay neighbours:
 *     13800001234->  13800001234 3800001234 800001234 … 01234 1234    the tails of a run of digits, down to four
 *
 * A search is therefore a phrase of whole tokens, the last of which may be the beginning of one:
 *
 *     漏水了     ->  "漏水 水了"        漏      -> 漏*          wang li -> wang* and li*
 *     3-2-1501   ->  "3 2 1501*"        1501    -> 1501, the tail of 20261501 too
 *
 * One letter, and one or two digits, are looked for as they are: they begin too many tokens. So are four digits alone: they
 * are the tail of what they end.
 */
#ifndef ANJU_KERNEL_FOLD_H
#define ANJU_KERNEL_FOLD_H

#include "base/str.h"

#define FOLD_MAX_QUERY_CHARS 64     /* of what was typed; the rest is not looked at */
#define FOLD_MAX_PARTS 8            /* of a query; later ones are left out */
#define FOLD_MAX_BYTES (256 * 1024) /* of a folded or an indexed text; what is behind is cut */

/* The comparable form of a text: compatibility forms resolved (Ａ１ -> a1, ㎡ -> m2, Ⅲ -> iii, radicals and
 * compatibility ideographs to the usual ones), lower case, Latin without accents. Blanks of any kind become one ' ',
 * and vanish at the ends and between two ideographs (王　秀兰 -> 王秀兰); a line's end becomes '\n' and stays.
 * Traditional characters stay as they are. Folding twice changes nothing. In the arena. */
Str fold_text(Arena *arena, Str text);

/* The tokens of a text for the index, parted by blanks. Fields are joined by '\n', which no pair crosses. */
Str fold_pairs(Arena *arena, Str text);

/* What to look for. All parts must be found. */
typedef struct {
    Str tokens;  /* neighbours in this order, parted by blanks */
    bool prefix; /* the last token may be the beginning of one */
} FoldPart;

typedef struct {
    FoldPart parts[FOLD_MAX_PARTS];
    int count; /* 0: nothing to look for (empty, or signs only) */
} FoldQuery;

/* What a person typed, as parts. Blanks part; nothing typed is ever an operator. */
void fold_query(Arena *arena, Str typed, FoldQuery *out);

/* The query for FTS5 (`MATCH :q`): "3 2 1501" * AND "漏水". Empty when there is nothing to look for. */
Str fold_fts5(Arena *arena, const FoldQuery *query);

/* The query for PostgreSQL (`to_tsquery('simple', :q)`): '3' <-> '2' <-> '1501':* & '漏水'. PostgreSQL counts positions
 * up to 16,383: phrases behind so many tokens of one text are not found. Empty when there is nothing to look for. */
Str fold_tsquery(Arena *arena, const FoldQuery *query);

/* The one or the other. */
static inline Str fold_match(Arena *arena, const FoldQuery *query, bool tsquery)
{
    return tsquery ? fold_tsquery(arena, query) : fold_fts5(arena, query);
}


/* The first letters of a name's pinyin: 王秀兰 -> wxl, 单于飞 -> cyf. The first character of a name is read as a
 * surname (曾 z, 单 s, 仇 q). Latin letters and digits are kept; what has no reading is left out; names parted by a
 * sign or a line end come out parted by a blank (王秀兰、李强 -> "wxl lq"). In the arena. */
Str pinyin_initials(Arena *arena, Str name);

#endif
