#include "kernel/tally.h"

#include <assert.h>
#include <string.h>

#include "kernel/secret.h"
#include "kernel/sums.h"

#define MAX_TALLIED 16 /* figures of a type */
#define MAX_PARTS 24   /* what they are told apart by, together */
#define MAX_KEPT 4000  /* parts of all figures of a company, also of former ones */
#define NO_ID -1       /* a row of those whose field is empty; of texts the empty one */
#define SQL_NO_ID "-1"

/* A field that rows are told apart by. */
typedef struct {
    const char *name, *column; /* column: SQL on t */
    bool is_text;
} Part;

typedef struct Tally {
    const Figure *figures[MAX_TALLIED];
    const char *counts[MAX_TALLIED], *weight[MAX_TALLIED], *good[MAX_TALLIED]; /* SQL on t: whether it counts, for how much, and how much of it is good */
    int figure_count;
    Part parts[MAX_PARTS];
    int part_count;
    const char *look; /* SELECT of one record: for each figure day, weight and good (nothing for one that does not count), project, then each part */
} Tally;

static const SumsTable tally_sums = {
    "INSERT INTO tally (org_id, figure, part, day, project_id, key_id, key_code, n, met) VALUES (:org, :k0, :k1, :k2, :k3, :k4, :k5, :a0, :a1)"
    " ON CONFLICT (org_id, figure, part, day, project_id, key_id, key_code) DO UPDATE SET n = tally.n + excluded.n, met = tally.met + excluded.met",
    .keys = 6, .amounts = 2};

static const Part *find_part(const Tally *tally, const char *name)
{
    for (int i = 0; i < tally->part_count; i++)
        if (strcmp(tally->parts[i].name, name) == 0)
            return &tally->parts[i];
    return NULL;
}

static bool is_text(const RecordMeta *meta, const char *column)
{
    for (const Column *one = meta->schema.columns; one->kind != C_END; one++)
        if (strcmp(one->name, column) == 0)
            return one->kind == C_TEXT;
    return false;
}

/* A figure's own keys and the records themselves are not tallied. */
static void add_parts(Tally *tally, const RecordMeta *meta, const Figure *figure, Arena *arena)
{
    for (const char *const *by = figure->by; *by != NULL; by++) {
        const FieldMeta *field = meta_field(meta, str_of(*by));
        const char *column = strcmp(*by, "building") == 0 ? "building_id" : field == NULL ? NULL : field->column;
        if (column == NULL || find_part(tally, *by) != NULL)
            continue;
        assert(tally->part_count < MAX_PARTS);
        tally->parts[tally->part_count++] = (Part){*by, str_to_c(arena, str_format(arena, "t.\"%s\"", column)), is_text(meta, column)};
    }
}

/* What is confidential is not in it: that is counted for each caller. */
static void add_figure(Tally *tally, const RecordMeta *meta, const Figure *figure, Arena *arena)
{
    int at = tally->figure_count++;

    assert(at < MAX_TALLIED && figure->measure == NULL && figure->sums == NULL && strstr(figure->counts, ":now") == NULL);
    tally->figures[at] = figure;
    tally->counts[at] = str_to_c(arena, str_format(arena, "%s IS NOT NULL AND t.archived_at IS NULL%s AND (%s)%s%s%s", figure->day, access_open_only(meta, arena), figure->counts,
                                                   figure->done == NULL ? "" : " AND (", figure->done == NULL ? "" : figure->done, figure->done == NULL ? "" : ")"));
    tally->weight[at] = figure->amount == NULL ? "1" : figure->amount;
    tally->good[at] = figure->met == NULL   ? "0"
                      : figure->amount != NULL ? figure->met
                                               : str_to_c(arena, str_format(arena, "CASE WHEN %s THEN 1 ELSE 0 END", figure->met));
}

#define SQL_DAY "(%s + :zone_us) / 86400000000" /* days since 1970 in the project's time */

void tally_describe(RecordMeta *meta, const Kernel *kernel, Arena *arena)
{
    Tally *tally = &(Tally){.figure_count = 0};
    Buf sql = buf_new(arena, 1 << 15);

    for (const Module *const *module = kernel->modules; *module != NULL; module++)
        for (int i = 0; i < (*module)->figure_count; i++) {
            const Figure *figure = &(*module)->figures[i];
            if (figure->type != meta->type || !figure->tallied)
                continue;
            add_figure(tally, meta, figure, arena);
            add_parts(tally, meta, figure, arena);
        }
    if (tally->figure_count == 0)
        return;
    assert(meta->type->hidden_with == NULL); /* what is hidden from the caller is not told apart in a sum */
    buf_add_c(&sql, "SELECT coalesce(t.project_id, 0)");
    for (int i = 0; i < tally->figure_count; i++) {
        buf_format(&sql, ", CASE WHEN %s THEN " SQL_DAY " END", tally->counts[i], tally->figures[i]->day);
        buf_format(&sql, ", %s, %s", tally->weight[i], tally->good[i]);
    }
    for (int i = 0; i < tally->part_count; i++)
        buf_format(&sql, ", %s", tally->parts[i].column);
    buf_format(&sql, " FROM \"%s\" t WHERE t.org_id = :org AND t.id = :id", meta->table);
    tally->look = str_to_c(arena, buf_str(&sql));
    meta->tally = memcpy(new (arena, Tally, 1), tally, sizeof *tally);
}

typedef struct {
    const Tally *tally;
    int sign;
} Looked;

static const Error *count_row(Cx *cx, const Row *row, void *self)
{
    const Looked *looked = self;
    const Tally *tally = looked->tally;

    for (int i = 0; i < tally->figure_count; i++) {
        const Figure *figure = tally->figures[i];
        Sum sum = {.of = &tally_sums};
        if (row_is_null(row, 1 + i * 3))
            continue;
        sum.keys[0] = value_text(str_of(figure->name));
        sum.keys[2] = value_int(row_int(row, 1 + i * 3));
        sum.keys[3] = value_int(row_int(row, 0));
        sum.by[0] = looked->sign * row_int(row, 2 + i * 3);
        sum.by[1] = looked->sign * row_int(row, 3 + i * 3);
        for (int p = -1; p < tally->part_count; p++) {
            const Part *part = p < 0 ? NULL : &tally->parts[p];
            int at = 1 + tally->figure_count * 3 + p;
            if (part != NULL && !names_have(figure->by, part->name))
                continue;
            sum.keys[1] = value_text(str_of(part == NULL ? "" : part->name));
            sum.keys[4] = value_int(part == NULL || part->is_text ? 0 : row_is_null(row, at) ? NO_ID : row_int(row, at));
            sum.keys[5] = value_text(part != NULL && part->is_text ? row_text(row, at) : STR_NONE);
            sums_add(cx, &sum);
        }
    }
    return OK;
}

const Error *tally_record(Cx *cx, const Record *record, int sign)
{
    Looked looked = {record->meta->tally, sign};

    if (looked.tally == NULL)
        return OK;
    return sql_each(cx, looked.tally->look, IN(in_int("id", record->id), in_int("zone_us", cx->zone_min * MINUTE)), count_row, &looked);
}

/* INSERT or SELECT of what the records come to for a figure, told apart by a part (NULL: by none): figure, part, day, project, key, code, n, met. */
static void add_counted(Buf *sql, const RecordMeta *meta, int figure, const Part *part)
{
    const Tally *tally = meta->tally;

    buf_format(sql, "SELECT '%s' AS figure, '%s' AS part, " SQL_DAY " AS day, coalesce(t.project_id, 0) AS project_id", tally->figures[figure]->name,
               part == NULL ? "" : part->name, tally->figures[figure]->day);
    if (part == NULL)
        buf_add_c(sql, ", 0 AS key_id, '' AS key_code");
    else if (part->is_text)
        buf_format(sql, ", 0 AS key_id, coalesce(%s, '') AS key_code", part->column);
    else
        buf_format(sql, ", coalesce(%s, " SQL_NO_ID ") AS key_id, '' AS key_code", part->column);
    buf_format(sql, ", CAST(sum(%s) AS BIGINT) AS n, CAST(sum(%s) AS BIGINT) AS met FROM \"%s\" t WHERE t.org_id = :org AND %s GROUP BY 3, 4, 5, 6", tally->weight[figure],
               tally->good[figure], meta->table, tally->counts[figure]);
}

static int index_of(const Tally *tally, const Figure *figure)
{
    for (int i = 0; tally != NULL && i < tally->figure_count; i++)
        if (tally->figures[i] == figure)
            return i;
    return -1;
}

/* What the rows of a figure's part were made by: another one asks for new ones. */
static Str digest_of(const Cx *cx, const RecordMeta *meta, int figure, const Part *part)
{
    Buf text = buf_new(cx->arena, 1 << 13);

    add_counted(&text, meta, figure, part);
    buf_format(&text, " %d", cx->zone_min);
    return secret_digest(cx->arena, buf_str(&text));
}

static const char *name_of(const Part *part)
{
    return part == NULL ? "" : part->name;
}

static const Error *is_ready(Cx *cx, const RecordMeta *meta, int figure, const Part *part, bool *ready)
{
    static const char FIND[] = "SELECT digest FROM tally_ready WHERE org_id = :org AND figure = :figure AND part = :part";
    Str digest;

    TRY(sql_find(cx, FIND, IN(in_c("figure", meta->tally->figures[figure]->name), in_c("part", name_of(part))), OUT(out_text(&digest)), ready));
    *ready = *ready && str_eq(digest, digest_of(cx, meta, figure, part));
    return OK;
}

const Error *tally_is_ready(Cx *cx, const Figure *figure, const char *by, bool *ready)
{
    const RecordMeta *meta = kernel_type(cx->kernel, figure->type);
    int at = index_of(meta->tally, figure);
    const Part *part = at < 0 || by == NULL ? NULL : find_part(meta->tally, by);

    *ready = false;
    return at < 0 || (by != NULL && part == NULL) ? OK : is_ready(cx, meta, at, part, ready);
}

const char *tally_key(const RecordMeta *meta, const char *by)
{
    return find_part(meta->tally, by)->is_text ? "nullif(t.key_code, '')" : "nullif(t.key_id, " SQL_NO_ID ")";
}

/* The lock on the company's counter comes first: who has changed records and not committed moves its sums behind it (event_flush), who has is counted. */
static const Error *make_part(Cx *cx, const RecordMeta *meta, int figure, const Part *part)
{
    static const char LOCK[] = "UPDATE org SET n = n WHERE org_id = :org", CLEAR[] = "DELETE FROM tally WHERE org_id = :org AND figure = :figure AND part = :part";
    static const char READY[] = "INSERT INTO tally_ready (org_id, figure, part, digest) VALUES (:org, :figure, :part, :digest)"
                                " ON CONFLICT (org_id, figure, part) DO UPDATE SET digest = excluded.digest";
    In name = in_c("figure", meta->tally->figures[figure]->name), of = in_c("part", name_of(part));
    Buf sql = buf_new(cx->arena, 1 << 14);

    TRY(sql_run(cx, LOCK, NOTHING));
    TRY(sql_run(cx, CLEAR, IN(name, of)));
    buf_add_c(&sql, "INSERT INTO tally (figure, part, day, project_id, key_id, key_code, n, met, org_id) SELECT x.*, :org FROM (");
    add_counted(&sql, meta, figure, part);
    buf_add_c(&sql, ") x");
    TRY(sql_each_built(cx, buf_str(&sql), IN(in_int("zone_us", cx->zone_min * MINUTE)), NULL, NULL));
    return sql_run(cx, READY, IN(name, of, in_text("digest", digest_of(cx, meta, figure, part))));
}

/* Calls fn for each figure of each type and each part of it (NULL: by nothing). */
typedef const Error *EachPartFn(Cx *cx, const RecordMeta *meta, int figure, const Part *part, void *self);

static const Error *each_part(Cx *cx, EachPartFn *fn, void *self)
{
    for (int i = 0; i < cx->kernel->type_count; i++) {
        const RecordMeta *meta = &cx->kernel->types[i];
        const Tally *tally = meta->tally;
        for (int figure = 0; tally != NULL && figure < tally->figure_count; figure++)
            for (int p = -1; p < tally->part_count; p++)
                if (p < 0 || names_have(tally->figures[figure]->by, tally->parts[p].name))
                    TRY(fn(cx, meta, figure, p < 0 ? NULL : &tally->parts[p], self));
    }
    return OK;
}

/* The parts that a company has, as they were made. */
typedef struct {
    Str figure, part, digest;
} Kept;

typedef struct {
    Kept *kept; /* MAX_KEPT */
    int count;
    bool made;
} Making;

static const Error *add_kept(Cx *cx, const Row *row, void *self)
{
    Making *making = self;

    if (making->count < MAX_KEPT)
        making->kept[making->count++] = (Kept){str_copy(cx->arena, row_text(row, 0)), str_copy(cx->arena, row_text(row, 1)), str_copy(cx->arena, row_text(row, 2))};
    return OK;
}

static bool is_kept(const Making *making, const char *figure, const char *part, Str digest)
{
    for (int i = 0; i < making->count; i++)
        if (str_is(making->kept[i].figure, figure) && str_is(making->kept[i].part, part))
            return str_eq(making->kept[i].digest, digest);
    return false;
}

static const Error *make_missing(Cx *cx, const RecordMeta *meta, int figure, const Part *part, void *self)
{
    Making *making = self;

    if (making->made || is_kept(making, meta->tally->figures[figure]->name, name_of(part), digest_of(cx, meta, figure, part))) /* the next one in a transaction of its own */
        return OK;
    making->made = true;
    return make_part(cx, meta, figure, part);
}

const Error *tally_make(Cx *cx, int max, int *count)
{
    static const char ALL[] = "SELECT figure, part, digest FROM tally_ready WHERE org_id = :org"; /* tally_ready_pkey */
    Making making = {.kept = new (cx->arena, Kept, MAX_KEPT)};

    TRY(sql_each(cx, ALL, NOTHING, add_kept, &making));
    TRY(each_part(cx, make_missing, &making));
    *count = making.made ? max : 0; /* as long as it makes one there may be another */
    return OK;
}

typedef struct {
    BadFn *bad;
    void *self;
    const char *figure;
} Fault;

static const Error *told(Cx *cx, const Row *row, void *self)
{
    const Fault *fault = self;
    Buf text = buf_new(cx->arena, 200);

    buf_format(&text, "%s on ", fault->figure);
    buf_date(&text, date_from_days(row_int(row, 1)));
    if (row_text(row, 0).len > 0)
        buf_format(&text, " by %.*s", STR_ARG(row_text(row, 0)));
    fault->bad(fault->self, buf_str(&text), STR("the tally differs from the records"));
    return OK;
}

static const Error *check_part(Cx *cx, const RecordMeta *meta, int figure, const Part *part, void *self)
{
    Fault *fault = self;
    Buf sql = buf_new(cx->arena, 1 << 14);
    bool ready;

    TRY(is_ready(cx, meta, figure, part, &ready));
    if (!ready)
        return OK;
    fault->figure = meta->tally->figures[figure]->name;
    buf_add_c(&sql, "SELECT x.part, x.day FROM (SELECT figure, part, day, project_id, key_id, key_code, -n AS n, -met AS met FROM tally"
                    " WHERE org_id = :org AND figure = :figure AND part = :part UNION ALL SELECT * FROM (");
    add_counted(&sql, meta, figure, part);
    buf_add_c(&sql, ") y) x GROUP BY x.part, x.day, x.project_id, x.key_id, x.key_code HAVING sum(x.n) <> 0 OR sum(x.met) <> 0 LIMIT 100");
    return sql_each_built(cx, buf_str(&sql), IN(in_int("zone_us", cx->zone_min * MINUTE), in_c("figure", fault->figure), in_c("part", name_of(part))), told, fault);
}

const Error *tally_check(Cx *cx, BadFn *bad, void *self)
{
    return each_part(cx, check_part, &(Fault){bad, self, NULL});
}
