/* house_text.h: how people write houses, names, phones, areas and dates in a cell, and what is meant.
 *
 * All of it is pure: text in, value out, made in the arena that is passed. The first step everywhere is text_plain (base/cell.h). */
#ifndef ANJU_PROPERTY_HOUSE_TEXT_H
#define ANJU_PROPERTY_HOUSE_TEXT_H

#include "base/cell.h"

#define TEXT_MAX_PARTS 50 /* names or phones in one cell */

/* Does the text hold a Chinese character? */
bool text_has_chinese(Str s);

/* Cuts a cell of several names or phones at 、 / ; ； ， and line breaks, and at ',' when each part holds a Chinese
 * character or at least 7 digits (CONTRACT 5). Empty parts are left out; the last of TEXT_MAX_PARTS keeps the rest.
 * Returns how many; parts are borrowed from the cell, trimmed. */
int text_split_list(Str cell, Str parts[TEXT_MAX_PARTS]);

/* A house's number: building-unit-room, building-room, or room alone.
 *   building, unit  without 栋 幢 座 号楼 单元 …; a number loses leading zeros (03栋 -> 3), Chinese numerals become
 * digits (三栋 -> 3, 十二栋 -> 12), letters become capitals (a座 -> A) room            as written, with its leading
 * zeros (0603), without 室 号 房; letters become capitals so that 03栋2单元0603室 and 3-2-0603 are the same house, and
 * 3-2-603 is another one. */
typedef struct {
    Str building, unit, floor, room; /* empty: not said */
    bool named;                      /* the building by a word (3栋), not by its place */
} HouseNo;

/* Reads 3-2-1501, 3栋2单元1501, 3幢2单元15层1501室, 3号楼1501, 3#1501, 1501 … from one cell. Four parts are
 * building-unit-floor-room when the room begins with the floor, else the first two are the building (1-3-2-1501 ->
 * building 1-3). The room is empty only when the cell is. */
HouseNo house_no_parse(Arena *arena, Str cell);
Str house_building_plain(Arena *arena, Str cell);
Str house_unit_plain(Arena *arena, Str cell);
Str house_room_plain(Arena *arena, Str cell);
Str house_floor_plain(Arena *arena, Str cell);
/* building-unit-room with what there is. */
Str house_no_text(Arena *arena, const HouseNo *no);

/* A name without marks and needless blanks (王 芳 -> 王芳, 张　三 -> 张三); Latin names keep single blanks. */
Str name_plain(Arena *arena, Str cell);
/* Does one name look like two (王秀兰 周德明, 张三和李四海, 王芳&李强)? Companies and names with · do not. */
bool name_looks_like_two(Str name);

/* A phone as it is kept (kernel/mask.h, phone_normal), without the words around it (13800001234（妻）). *doubtful
 * unless it is a mainland mobile, a landline with its area code, or a 400 number. */
Str phone_plain(Arena *arena, Str cell, bool *doubtful);

/* An id number as it is kept (kernel/mask.h, id_no_normal). *doubtful unless it has 18 characters with the check
 * character of a person's (GB 11643-1999, with a real birthday) or of a company's (GB 32100-2015). */
Str id_no_plain(Arena *arena, Str cell, bool *doubtful);

/* 89.5, 89.50㎡, 89.5平方米, 1,089.5 -> dm2 (0.01 m2), rounded half up; false unless positive and below 10,000,000 m2.
 */
MUST bool area_parse(Arena *arena, Str cell, int64_t *dm2);

/* A part of the whole: 1/2, 50%, 0.5, 50 (percent); 0 < part <= 1, in lowest terms. */
typedef struct {
    int32_t part, whole; /* whole 0: not known */
} Share;
MUST bool share_parse(Arena *arena, Str cell, Share *out);

#endif
