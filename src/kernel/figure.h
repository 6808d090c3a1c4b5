/* figure.h: figures (指标): counts and shares over records, declared by the modules as rows.
 *
 * A figure says which records count, on which day, and which of them are good. The kernel makes one grouped statement of
 * it, cut by what the caller may see, and gives each row the filters with which a list shows exactly those records.
 * What is no count of records (hours between failures) is measured by the module's own function, over the same records, rows and periods. */
#ifndef ANJU_KERNEL_FIGURE_H
#define ANJU_KERNEL_FIGURE_H

#include "kernel/list.h"

/* What is to be measured: over which records, told apart by what, from when to when. */
typedef struct {
    const ListQuery *list;   /* its conditions on t, starting with " AND ", and their parameters */
    const char *key, *label; /* SQL on t; "NULL": told apart by nothing */
    Instant from, before;
} Measuring;
/* One row of it: the value is part / whole; n is what the whole is in the words of the method (faults, hours). */
typedef struct {
    Value key;
    Str label;
    int64_t n, part, whole;
} Measured;
/* Gives each key's row to `each`, once. */
typedef const Error *MeasuredFn(Cx *cx, const Measured *measured, void *self);
typedef const Error *MeasureFn(Cx *cx, const Measuring *measuring, MeasuredFn *each, void *self);

/* What a figure can be told apart by that is no field of its records: its value in SQL on t, the resource that it is the id of (its filter has the key's name),
 * and the filter of what has none. */
typedef struct {
    const char *name; /* NULL ends a list */
    const char *sql, *to;
    const char *const *none; /* name, value */
} FigureKey;

/* A table of sums (kernel/sums.h) that answers for the records themselves where no more is asked of them than it knows: FROM, with the columns of the records'
 * table, and amount and met of a row there. `fields`: what may be filtered by. */
typedef struct {
    const char *from, *amount, *met;
    const char *const *fields;
} FigureSums;

/* SQL names the record t, and may use :now. */
struct Figure {
    const char *name, *zh, *en;
    const char *method_zh, *method_en; /* one sentence: what is counted, on which day, what is left out */
    const RecordType *type;
    const char *counts;   /* condition on every record that counts, done or due */
    const char *day;      /* the moment whose day it counts on; a column with an index */
    const char *done;     /* condition on those that count on `day`; NULL: all that have one */
    const char *met;      /* which of them are good; NULL: the figure is a plain count, or a rate */
    const char *amount;   /* what each counts for (fen) instead of 1: n is a sum. met is a sum too then, what of it is good */
    int64_t per;          /* a rate: so many of them per this many records of `of` (complaints per 1,000 homes); 0: none */
    const RecordType *of;
    const char *of_counts; /* condition on those of `of`; NULL: all that are not put away */
    const char *due_day;  /* those not done and overdue count as not met on this day; NULL: there are none */
    const char *due;      /* condition on them */
    const char *from, *before; /* list filters for the day: "filter[created_at][gte]", "filter[created_at][lt]" */
    const char *const *opens;  /* further list filters that belong to its rows: name, value, …; ends with NULL */
    const char *const *by;     /* fields (and "building", names of `keys`, and the type itself by its name) that it can be told apart by, besides week, month and year */
    MeasureFn *measure;        /* instead of all those that say what counts */
    const char *unit;          /* of what is measured: "hours", "share" */
    const FigureKey *keys;     /* NULL: none */
    const FigureSums *sums;    /* NULL: the records are counted */
    bool tallied;              /* they are counted as they are written (kernel/tally.h), a row for each day: for what has many and is written seldom */
};

/* By name over all modules; NULL when there is none. */
const Figure *figure_find(const Kernel *kernel, Str name);

/* May the caller have figures at all? Residents have none. */
bool figure_may(const Actor *actor);

/* {"items":[{"name","kind","label","resource","method","unit","counts","by"}]} of all figures; `kind` is count, share, rate or measure, `counts` what n is: fen or count. */
void figure_list_json(const Cx *cx, Json *json);

/* {"rows":[{"key","label","n","value","low","high","filter"}],"method"} for the parameters from, to, by and filter[…].
 * ERR_INVALID names every parameter that is wrong. Without `by` there is one row "all"; with it, rows that count at least
 * one record: weeks (key: their Monday), months (YYYY-MM) and years (YYYY) in order of time, others with the most records first. The rows
 * of a rate also say `of`, how many it is taken of, and a week or month without a record is a row of 0: nothing happened. */
MUST const Error *figure_json(Cx *cx, const Figure *figure, const QueryParam *params, int count, Json *json);

/* The Monday of the week, the month's and the year's first day: where a day belongs. */
Date figure_week(Date day);
Date figure_month(Date day);
Date figure_year(Date day);

#endif
