/* checklist_parts.h: the items of a template as checklist.c reads them and checklist_fill.c asks them. */
#ifndef ANJU_KERNEL_CHECKLIST_PARTS_H
#define ANJU_KERNEL_CHECKLIST_PARTS_H

#include "base/exact.h"
#include "kernel/checklist.h"

typedef enum { ITEM_CHECK, ITEM_CHOICE, ITEM_NUMBER, ITEM_TEXT, ITEM_PHOTO, ITEM_SIGNATURE, ITEM_SCAN, ITEM_COUNTDOWN } ItemKind;
typedef enum { PHOTO_NEVER, PHOTO_ALWAYS, PHOTO_ON_FAIL } ItemPhoto;

typedef struct {
    Str code, label, label_en, unit, expect, when_item;
    ItemKind kind;
    ItemPhoto photo;
    bool required;
    int64_t seconds, points;
    Exact min, max, warn_min, warn_max;    /* no number: no such limit */
    const json_t *choices, *fails, *when_is; /* arrays of texts, or NULL */
    const json_t *opens;                   /* object with `resource`, or NULL */
} Item;

typedef struct {
    Item *list;
    int count;
} Items;

/* Reads the items, telling what is wrong with each under items.<code> (or items.<position>, from 1). References into `json`. */
void items_read(const Kernel *kernel, Arena *arena, const json_t *json, Items *out, Problems *problems);

/* The items of a edition as JSON text. ERR_NOT_FOUND. */
MUST const Error *items_of_edition(Cx *cx, Id template, int64_t edition, Str *out);

#endif
