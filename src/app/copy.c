/* copy.c: `anju copy` takes a community from the database in its folder to one on a server. Files and keys stay in the
 * folder.
 *
 *     tables -> rows, table by table -> keys, indexes and references -> what arrived is compared -> the mark goes
 *
 * The mark is the table copy_progress: nothing else opens the database while it is there. Rows travel in transactions of
 * some megabytes, each with a line in it of how far its table is, so that a copy that was broken off anywhere goes on
 * when it is started again. What is there already is not sent a second time but read again and compared with its tally:
 * a source that has changed in between is noticed whatever has changed. The last transaction drops the mark, and waits
 * for the disk, which makes the ones before it durable. Run once more, a copy that was done finds all equal and says
 * the same again. */
#include "app/commands.h"
#include "base/log.h"
#include "kernel/keys.h"
#include "store/bulk.h"
#include "store/dialect.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_ROWS 100000 /* each end of one is some moments in which nothing moves */
#define CHUNK_BYTES (64 << 20)
#define MAX_ROW ((ptrdiff_t)1 << 30) /* what a server takes */
#define TELL_EVERY_US (5 * SECOND)

typedef struct {
    Arena *arena;
    House *house; /* from */
    Store *store; /* to, for questions */
    Bulk *bulk;   /* to, for rows */
    Str owner;    /* whose copy it is: a hash by the house's keys */
    int64_t chunk_rows;
    Tally *tallies; /* by table: what the source has */
    int64_t rows;
    bool begun, is_another; /* the target has a copy that is not finished; it is of another house */
    bool may_be_done;  /* it has all tables and no mark: if all is equal, a copy that was killed behind its last step */
    SchemaSteps steps; /* what the target lacks */
    int64_t tell_at_us;
} Copy;

/* One table on its way. */
typedef struct {
    Copy *copy;
    const Table *table;
    Value *values;
    int count;
    Tally before, tally; /* what is there already; what was read until now */
    Buf row;
    int64_t chunk_rows, chunk_bytes; /* of the running transaction */
    bool sends;
} Sending;

static const Error *world(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, zh, en);
}

static const Error *changed(Arena *arena)
{
    return world(arena, STR("数据目录在复制中断之后有过改动；请删除这个数据库，建一个空的，重新复制"),
                 STR("the data folder has changed since the copy was broken off: drop the database, make an empty one, "
                     "copy anew"));
}

static const Error *in_use(Arena *arena)
{
    return world(arena, STR("这个数据库里已经有表，没有改动它；请给一个空的数据库"),
                 STR("the database has tables already and was left as it is; name an empty one"));
}

/* Is it time to say how far it is? A copy that takes a moment says nothing. */
static bool is_long(Copy *copy)
{
    int64_t now = clock_monotonic_us();

    if (now < copy->tell_at_us)
        return false;
    copy->tell_at_us = now + TELL_EVERY_US;
    return true;
}

/* The target before */

static const Error *look_at_target(Cx *cx, void *self)
{
    static const char OTHERS[] = "SELECT count(*) FROM copy_progress WHERE owner <> :owner";
    Copy *copy = self;
    int64_t others = 0;

    TRY(dialect_of(cx)->has_table(cx, "copy_progress", &copy->begun));
    if (copy->begun)
        TRY(sql_row(cx, OTHERS, IN(in_text("owner", copy->owner)), OUT(out_int(&others))));
    copy->is_another = others > 0;
    return schema_difference(cx, cx->kernel->tables, cx->kernel->table_count, false, &copy->steps);
}

static const Error *look(Copy *copy)
{
    Cx cx = {.arena = copy->arena, .now = clock_now(), .kernel = &copy->house->kernel};
    return store_read(copy->store, &cx, look_at_target, copy);
}

/* Tables without keys, indexes and references, and a line for each of how far it is. */
static const Error *make_tables(Copy *copy)
{
    const Kernel *kernel = &copy->house->kernel;
    const char *owner = str_to_c(copy->arena, copy->owner);

    for (int i = 0; i < copy->steps.count; i++)
        if (copy->steps.list[i].kind == STEP_TABLE)
            TRY(bulk_run(copy->arena, copy->bulk, copy->steps.list[i].sql, NULL, 0));
    for (int i = 0; i < kernel->table_count; i++)
        TRY(bulk_run(copy->arena, copy->bulk,
                     str_format(copy->arena, "ALTER TABLE \"%s\" DROP CONSTRAINT \"%.*s\"", kernel->tables[i]->name,
                                STR_ARG(schema_key_name(copy->arena, kernel->tables[i]))),
                     NULL, 0));
    TRY(bulk_run(copy->arena, copy->bulk,
                 STR("CREATE TABLE copy_progress (name text PRIMARY KEY, owner text NOT NULL, rows bigint NOT NULL,"
                     " low bigint NOT NULL, high bigint NOT NULL)"),
                 NULL, 0));
    for (int i = 0; i < kernel->table_count; i++)
        TRY(bulk_run(copy->arena, copy->bulk, STR("INSERT INTO copy_progress VALUES ($1, $2, 0, 0, 0)"),
                     (const char *const[]){kernel->tables[i]->name, owner}, 2));
    return OK;
}

static const Error *begin_anew(Copy *copy)
{
    bool empty;

    TRY(bulk_begin(copy->arena, copy->bulk));
    TRY(bulk_is_empty(copy->arena, copy->bulk, &empty));
    if (!empty) {
        copy->may_be_done = copy->steps.count == 0;
        return copy->may_be_done ? bulk_commit(copy->arena, copy->bulk, false) : in_use(copy->arena);
    }
    TRY(make_tables(copy));
    return bulk_commit(copy->arena, copy->bulk, false);
}

static const Error *go_on(Copy *copy)
{
    if (copy->is_another)
        return world(copy->arena, STR("这个数据库里有另一个数据目录未完成的复制，没有改动它"),
                     STR("the database has the unfinished copy of another data folder and was left as it is"));
    for (int i = 0; i < copy->steps.count; i++) /* another program has begun, with other tables */
        if (copy->steps.list[i].kind == STEP_TABLE || copy->steps.list[i].kind == STEP_COLUMN)
            return changed(copy->arena);
    return OK;
}

static const Error *prepare(Copy *copy)
{
    TRY(bulk_begin(copy->arena, copy->bulk)); /* a copy that was killed may still be ending its last transaction */
    TRY(bulk_commit(copy->arena, copy->bulk, false));
    TRY(look(copy));
    return copy->begun ? go_on(copy) : begin_anew(copy);
}

/* Rows */

static const Error *end_chunk(Sending *sending)
{
    static const char NOTE[] = "UPDATE copy_progress SET rows = $2, low = $3, high = $4 WHERE name = $1";
    Copy *copy = sending->copy;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    const int64_t *numbers[] = {&sending->tally.rows, &sending->tally.low, &sending->tally.high};
    const char *values[4] = {sending->table->name};

    sending->sends = false;
    for (int i = 0; i < 3; i++)
        values[i + 1] = str_to_c(arena, str_format(arena, "%lld", (long long)*numbers[i]));
    TRY(bulk_end(copy->arena, copy->bulk));
    TRY(bulk_run(copy->arena, copy->bulk, str_of(NOTE), values, 4));
    if (is_long(copy))
        log_info("copying %s: %lld rows", sending->table->name, (long long)sending->tally.rows);
    return bulk_commit(copy->arena, copy->bulk, false);
}

static const Error *begin_chunk(Sending *sending)
{
    Copy *copy = sending->copy;

    sending->sends = true;
    sending->chunk_rows = sending->chunk_bytes = 0;
    TRY(bulk_begin(copy->arena, copy->bulk));
    return bulk_into(copy->arena, copy->bulk, sending->table);
}

static const Error *send_row(Sending *sending)
{
    if (!sending->sends)
        TRY(begin_chunk(sending));
    TRY(bulk_put(sending->copy->arena, sending->copy->bulk, buf_str(&sending->row)));
    sending->chunk_bytes += sending->row.len;
    if (++sending->chunk_rows < sending->copy->chunk_rows && sending->chunk_bytes < CHUNK_BYTES)
        return OK;
    return end_chunk(sending);
}

static const Error *take_row(Cx *cx, const Row *row, void *self)
{
    Sending *sending = self;

    row_values(row, 0, sending->count, sending->values);
    bulk_row(&sending->row, sending->values, sending->count, &sending->tally);
    if (buf_is_full(&sending->row))
        return error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    if (sending->tally.rows > sending->before.rows)
        return send_row(sending);
    if (sending->tally.rows == sending->before.rows && !tally_is(&sending->tally, &sending->before))
        return changed(cx->arena);
    return OK;
}

static const Error *copy_table(Cx *cx, Copy *copy, const Table *table, Tally before, Tally *out)
{
    AUTO(arena_close_at) Arena *arena = arena_open(3 * (size_t)MAX_ROW);
    Sending sending = {.copy = copy, .table = table, .before = before, .row = buf_new(arena, MAX_ROW)};
    Buf sql = buf_new(cx->arena, 1 << 14);

    sending.count = schema_column_count(table);
    sending.values = new (arena, Value, sending.count);
    buf_add_c(&sql, "SELECT ");
    buf_add(&sql, schema_columns(cx->arena, table));
    buf_format(&sql, " FROM \"%s\" ORDER BY %.*s", table->name, STR_ARG(schema_order(cx->arena, table)));
    TRY(sql_each_built(cx, buf_str(&sql), NOTHING, take_row, &sending));
    if (sending.sends)
        TRY(end_chunk(&sending));
    if (sending.tally.rows < before.rows && !copy->may_be_done)
        return changed(cx->arena);
    *out = sending.tally;
    copy->rows += sending.tally.rows;
    return OK;
}

typedef struct {
    const char *name;
    Tally tally;
} Progress;

static const Error *read_progress(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT rows, low, high FROM copy_progress WHERE name = :name";
    Progress *progress = self;
    Tally *tally = &progress->tally;

    return sql_row(cx, FIND, IN(in_c("name", progress->name)),
                   OUT(out_int(&tally->rows), out_int(&tally->low), out_int(&tally->high)));
}

/* Inside one snapshot of the source: other commands may write beside the copy. */
static const Error *copy_tables(Cx *cx, void *self)
{
    Copy *copy = self;
    const Kernel *kernel = cx->kernel;

    for (int i = 0; i < kernel->table_count; i++) {
        Cx there = {.arena = cx->arena, .now = cx->now, .kernel = kernel};
        Progress progress = {.name = kernel->tables[i]->name, .tally = {.rows = INT64_MAX}};
        if (!copy->may_be_done)
            TRY(store_read(copy->store, &there, read_progress, &progress));
        TRY(copy_table(cx, copy, kernel->tables[i], progress.tally, &copy->tallies[i]));
    }
    return OK;
}

static const Error *copy_rows(Copy *copy)
{
    Cx cx = {.arena = copy->arena, .now = clock_now(), .kernel = &copy->house->kernel};
    return store_read(copy->house->store, &cx, copy_tables, copy);
}

/* Behind the rows */

static const Error *run_step(Copy *copy, Str sql)
{
    if (is_long(copy))
        log_info("copied; now %.*s", (int)(sql.len > 200 ? 200 : sql.len), sql.ptr);
    TRY(bulk_begin(copy->arena, copy->bulk));
    TRY(bulk_run(copy->arena, copy->bulk, sql, NULL, 0));
    return bulk_commit(copy->arena, copy->bulk, false);
}

/* Keys, indexes and references, and the planner's statistics. */
static const Error *complete_schema(Copy *copy)
{
    const Kernel *kernel = &copy->house->kernel;

    TRY(look(copy));
    for (int i = 0; i < copy->steps.count; i++)
        TRY(run_step(copy, copy->steps.list[i].sql));
    for (int i = 0; i < kernel->table_count; i++)
        TRY(run_step(copy, str_format(copy->arena, "ANALYZE \"%s\"", kernel->tables[i]->name)));
    return OK;
}

static const Error *compare(Copy *copy)
{
    const Kernel *kernel = &copy->house->kernel;
    int faults = 0;

    TRY(bulk_begin(copy->arena, copy->bulk));
    for (int i = 0; i < kernel->table_count; i++) {
        const Tally *here = &copy->tallies[i];
        Tally there;
        TRY(bulk_tally(copy->arena, copy->bulk, kernel->tables[i], &there));
        if (is_long(copy))
            log_info("comparing %s: %lld rows", kernel->tables[i]->name, (long long)there.rows);
        if (tally_is(here, &there))
            continue;
        if (copy->may_be_done)
            return in_use(copy->arena);
        faults++;
        (void)printf("%s: 数据目录 %lld 行，数据库 %lld 行，内容不同 %lld rows in the folder, %lld in the database, of "
                     "other contents\n",
                     kernel->tables[i]->name, (long long)here->rows, (long long)there.rows, (long long)here->rows,
                     (long long)there.rows);
    }
    if (faults > 0)
        return world(
            copy->arena, str_format(copy->arena, "复制后不一致的表：%d 张，见上；请删除这个数据库，重新复制", faults),
            str_format(copy->arena, "tables that differ after the copy: %d, see above; drop the database and copy anew",
                       faults));
    return bulk_commit(copy->arena, copy->bulk, false);
}

/* The facts of the schema came with the rows: the source had been brought to it. */
static const Error *take_mark_away(Copy *copy)
{
    TRY(bulk_begin(copy->arena, copy->bulk));
    TRY(bulk_run(copy->arena, copy->bulk, STR("DROP TABLE copy_progress"), NULL, 0));
    return bulk_commit(copy->arena, copy->bulk, true);
}

static Str seconds(Arena *arena, int64_t from_us, int64_t to_us)
{
    int64_t tenths = (to_us - from_us) / (SECOND / 10);
    return str_format(arena, "%lld.%lld s", (long long)(tenths / 10), (long long)(tenths % 10));
}

static const Error *copy_all(Copy *copy)
{
    int64_t began = clock_monotonic_us(), copied, completed, compared;
    Arena *arena = copy->arena;

    copy->tell_at_us = began + TELL_EVERY_US;
    TRY(prepare(copy));
    TRY(copy_rows(copy));
    copied = clock_monotonic_us();
    if (!copy->may_be_done)
        TRY(complete_schema(copy));
    completed = clock_monotonic_us();
    TRY(compare(copy));
    compared = clock_monotonic_us();
    if (!copy->may_be_done)
        TRY(take_mark_away(copy));
    (void)printf("已复制 copied: %d 张表 tables, %lld 行 rows，条数与校验和一致 counts and checksums agree\n"
                 "用时 time: 行 rows %.*s, 索引 indexes %.*s, 核对 comparing %.*s\n",
                 copy->house->kernel.table_count, (long long)copy->rows, STR_ARG(seconds(arena, began, copied)),
                 STR_ARG(seconds(arena, copied, completed)), STR_ARG(seconds(arena, completed, compared)));
    return OK;
}

/* What befell the copy passes; what was refused stays so. */
static const Error *with_advice(Arena *arena, const Error *error)
{
    if (error == OK || (error->code != ERR_UNAVAILABLE && error->code != ERR_UNSURE && error->code != ERR_INTERNAL))
        return error;
    return world(arena, str_format(arena, "%.*s；再运行一次，会接着做", STR_ARG(error_text(error, LANG_ZH))),
                 str_format(arena, "%.*s; run it again, and it goes on", STR_ARG(error_text(error, LANG_EN))));
}

/* In the tests smaller. */
static int64_t chunk_rows(void)
{
    int64_t given;
    return str_to_int(str_of(getenv("ANJU_TEST_COPY_ROWS")), &given) && given > 0 ? given : CHUNK_ROWS;
}

static const Error *copy_to(Arena *arena, House *house, const char *url)
{
    StoreConfig config = {.folder = house->folder, .url = url, .readers = 1};
    Copy copy = {.arena = arena, .house = house, .chunk_rows = chunk_rows()};
    const Error *error;

    copy.owner = keyed_hash(arena, house->secrets->seal, STR("copy"));
    copy.tallies = new (arena, Tally, house->kernel.table_count);
    TRY(store_open(arena, &config, false, &copy.store));
    error = bulk_open(arena, copy.store, &copy.bulk);
    if (error == OK) {
        error = with_advice(arena, copy_all(&copy));
        bulk_close(copy.bulk);
    }
    store_close(copy.store);
    return error;
}

const Error *command_copy(Arena *arena, Settings *settings)
{
    HousePlace from = {.folder = setting(settings, "from")};
    const char *to = setting(settings, "to");
    const Error *error;
    House *house;

    if (from.folder == NULL)
        return error_new(arena, ERR_USAGE, STR("请用 --from 写明数据目录"), STR("name the data folder with --from"));
    if (to == NULL)
        return error_new(arena, ERR_USAGE, STR("请用 --to 写明数据库 postgresql://…"),
                         STR("name the database postgresql://… with --to"));
    TRY(place_check_url(arena, "to", to));
    TRY(house_open(arena, &from, true, NULL, NULL, &house));
    error = copy_to(arena, house, to);
    house_close(house);
    TRY(error);
    (void)printf("接着 next (URL: 与 --to 相同 as given with --to):\n"
                 "  anju check --data %s --database URL\n"
                 "  anju serve --data %s --database URL\n",
                 from.folder, from.folder);
    return OK;
}
