/* list.h: lists of records: filtered, searched, sorted, paged by key, cut by what the caller may see. One statement a page,
 * made of constants and declared names; no value is pasted. */
#ifndef ANJU_KERNEL_LIST_H
#define ANJU_KERNEL_LIST_H

#include "kernel/record.h"

/* A parameter of the URL, percent-decoded. */
typedef struct {
    Str name, value;
} QueryParam;

#define MAX_QUERY_PARAMS 64
#define MAX_INCLUDES 8
#define MAX_SORTS 4
#define NEVER INT64_C(253402214400000000) /* 9999-12-31T00:00:00Z: stands for "no time" where lists sort by it */

typedef struct {
    const RecordMeta *meta;
    Params params;
    Str where;              /* all conditions but the cursor's, starting with " AND " */
    Str match;              /* full text, for the dialect; empty: none */
    int sort_count;
    struct {
        const FieldMeta *field; /* NULL: one of the system columns */
        const char *column;     /* expression on t */
        bool descending, is_text;
        bool is_known;          /* a filter bounds it: it is never NULL, and its index gives the order */
    } sorts[MAX_SORTS + 1];
    const FieldMeta *includes[MAX_INCLUDES + 1];
    const char **fields;    /* names asked for, ends with NULL; NULL: all */
    int64_t limit;
    bool count, archived;
    Str after;              /* the cursor as given */
    Str name;               /* digest of resource, filters and sort: a cursor belongs to one list */
} ListQuery;

/* Understands the parameters. ERR_INVALID names every parameter that is wrong. Parameters in `also` (ends with NULL) are
 * left to the caller. */
MUST const Error *list_parse(Cx *cx, const RecordMeta *meta, const QueryParam *params, int count, const char *const *also,
                             ListQuery *out);

/* One record with includes, as a list of one; ERR_NOT_FOUND when the caller may not see it. */
MUST const Error *list_one(Cx *cx, ListQuery *query, Id id, Record **out);

/* Calls fn for each record of the page; *next is the cursor behind it, empty at the end. */
typedef const Error *RecordFn(Cx *cx, const Record *record, void *self);
MUST const Error *list_page(Cx *cx, const ListQuery *query, RecordFn *fn, void *self, Str *next);

MUST const Error *list_count(Cx *cx, const ListQuery *query, int64_t *out);

/* The page as {"items":[…],"next":…}. */
MUST const Error *list_json(Cx *cx, const ListQuery *query, Json *json);

#endif
