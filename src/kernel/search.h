/* search.h: one box that finds all: houses, people, matters, accounts, as far as the caller may see them.
 *
 *     3-2-1501  3栋2单元1501  3栋1501   a house number or its beginning: a range of an index
 *     秀兰  wxl                         part of a name, or the first letters of its pinyin: full text
 *     1234  13800001234                 the end of a phone, or all of it: an index; ends are logged and limited
 *     0014  BX-TYHY-20261123-0014       the number of a matter: full text
 */
#ifndef ANJU_KERNEL_SEARCH_H
#define ANJU_KERNEL_SEARCH_H

#include "kernel/list.h"

#define SEARCH_PER_KIND 6
#define SEARCH_MAX_HITS 20

/* {"items":[{"resource","id","label","no","detail"}]}, best first. Looking people up by the end of their phone is
 * logged and limited (event_lookup). */
MUST const Error *search_json(Cx *cx, Str typed, Json *json);

/* A house number as it is stored, or its beginning, from how people type it: 3栋2单元1501室 -> 3-2-1501, 3栋 -> "3-".
 * A number alone is a building when it has one or two digits. Empty when it is none. In the arena. */
Str search_house_no(Arena *arena, Str typed);

#endif
