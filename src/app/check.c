/* check.c: `anju check` proves what the program promises: the audit chain, the rows' seals, references and files. */
#include "app/commands.h"
#include "kernel/event.h"
#include "kernel/ledger.h"
#include "kernel/orgs.h"
#include "kernel/tally.h"
#include "modules/billing/billing.h"
#include "modules/equipment/equipment.h"
#include "store/blob.h"

#include <stdio.h>

typedef struct {
    House *house;
    int64_t faults, rows;
    const RecordMeta *meta;
} Check;

static void told(void *self, Str where, Str what)
{
    Check *check = self;

    check->faults++;
    (void)printf("%.*s: %.*s\n", STR_ARG(where), STR_ARG(what));
}

/* The row carries the seal that its content has, and the last event about it the same. */
static const Error *check_row(Cx *cx, const Row *row, void *self)
{
    Check *check = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 24);
    Cx row_cx = *cx;
    Record *record;
    Str where, last;

    row_cx.arena = arena;
    record = record_from_row(&row_cx, check->meta, row);
    where = str_format(arena, "%s %lld", check->meta->table, (long long)record->id);
    last = row_text(row, COL_FIELDS + check->meta->value_count);
    check->rows++;
    if (!str_eq(record->seal, record_seal(&row_cx, record)))
        told(check, where, STR("was changed behind the program's back (its seal is wrong)"));
    else if (last.len > 0 && !str_eq(last, record->seal))
        told(check, where, STR("differs from its last event"));
    return OK;
}

static const Error *check_take_count(Cx *cx, const Row *row, void *self);

/* References of the declaration that lead nowhere, and links that their field does not show, or that are missing. */
static const Error *check_references(Cx *cx, Check *check, const FieldMeta *field)
{
    const char *table = check->meta->table, *name = field->field->name;
    Buf refs = buf_new(cx->arena, 4096), links = buf_new(cx->arena, 4096);
    int64_t lost = 0, apart = 0;

    if (field->field->type == T_REFS)
        buf_format(&refs, "SELECT count(*) FROM link l WHERE l.org_id = :org AND l.from_type = '%s' AND l.kind = '%s' AND NOT EXISTS"
                          " (SELECT 1 FROM \"%s\" x WHERE x.org_id = l.org_id AND x.id = l.to_id)",
                   table, name, field->to->table);
    else if (field->to != NULL)
        buf_format(&refs, "SELECT count(*) FROM \"%s\" t WHERE t.org_id = :org AND t.\"%s\" IS NOT NULL AND NOT EXISTS"
                          " (SELECT 1 FROM \"%s\" x WHERE x.org_id = t.org_id AND x.%s = t.\"%s\")",
                   table, field->column, field->to->table, field->field->type == T_CODE ? "code" : "id", field->column);
    if (refs.len > 0)
        TRY(sql_each_built(cx, buf_str(&refs), NOTHING, check_take_count, &lost));
    if (field->field->type == T_REFS || field->field->linked) {
        buf_format(&links, "SELECT count(*) FROM \"%s\" t WHERE t.org_id = :org AND (CASE WHEN t.\"%s\" IS NULL THEN 0 ELSE 1 END) <> (CASE WHEN EXISTS"
                           " (SELECT 1 FROM link l WHERE l.org_id = t.org_id AND l.from_id = t.id AND l.kind = '%s') THEN 1 ELSE 0 END)",
                   table, field->column, name);
        TRY(sql_each_built(cx, buf_str(&links), NOTHING, check_take_count, &apart));
    }
    if (lost > 0)
        told(check, str_format(cx->arena, "%s.%s", table, name), str_format(cx->arena, "%lld references lead nowhere", (long long)lost));
    if (apart > 0)
        told(check, str_format(cx->arena, "%s.%s", table, name), str_format(cx->arena, "%lld records differ from their links", (long long)apart));
    return OK;
}

static const Error *check_type(Cx *cx, Check *check)
{
    Buf sql = buf_new(cx->arena, 1 << 15);

    buf_format(&sql, "SELECT %s, (SELECT e.seal FROM event e WHERE e.org_id = t.org_id AND e.record_id = t.id AND e.record_type = '%s'"
                     " AND e.seal <> '' ORDER BY e.n DESC LIMIT 1) FROM \"%s\" t WHERE t.org_id = :org AND t.id > :after ORDER BY t.id LIMIT :limit",
               check->meta->columns, check->meta->table, check->meta->table);
    TRY(sql_each_paged(cx, buf_str(&sql), check_row, check));
    for (int i = 0; i < check->meta->field_count; i++)
        if (check->meta->fields[i].column != NULL)
            TRY(check_references(cx, check, &check->meta->fields[i]));
    return OK;
}

static const Error *check_take_count(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(int64_t *)self = row_int(row, 0);
    return OK;
}

static const Error *check_file(Cx *cx, const Row *row, void *self)
{
    Check *check = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    bool intact = false;
    const Error *error = blob_verify(arena, check->house->folder, cx->org, row_text(row, 1), &intact);

    if (error != OK || !intact)
        told(check, str_format(arena, "file %lld", (long long)row_int(row, 0)), error != OK ? STR("is missing on disk") : STR("was changed on disk"));
    return OK;
}

static const Error *check_org(Cx *cx, void *self)
{
    static const char FILES[] = "SELECT id, sha256 FROM file WHERE org_id = :org AND id > :after ORDER BY id LIMIT :limit";
    Check *check = self;

    TRY(event_check(cx, told, check));
    for (int i = 0; i < cx->kernel->type_count; i++) {
        check->meta = &cx->kernel->types[i];
        TRY(check_type(cx, check));
    }
    TRY(tally_check(cx, told, check));
    TRY(ledger_check(cx, told, check));
    TRY(charge_check(cx, told, check));
    TRY(stock_check(cx, told, check));
    return sql_each_paged(cx, str_of(FILES), check_file, check);
}

const Error *command_check(Arena *arena, Settings *settings)
{
    HousePlace place;
    Orgs *orgs = new (arena, Orgs, 1);
    Check check = {0};
    const Error *error;
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};

    TRY(place_of(arena, settings, &place));
    TRY(house_open(arena, &place, false, NULL, NULL, &check.house));
    cx.kernel = &check.house->kernel;
    cx.actor = &actor_system_template;
    orgs->most = MAX_ORGS;
    error = store_read(check.house->store, &cx, orgs_read, orgs);
    for (int i = 0; error == OK && i < orgs->count; i++) {
        cx.org = orgs->list[i].id;
        error = store_read(check.house->store, &cx, check_org, &check);
    }
    house_close(check.house);
    TRY(error);
    if (check.faults > 0)
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "发现 %lld 处问题，见上", (long long)check.faults),
                         str_format(arena, "%lld faults found, see above", (long long)check.faults));
    (void)printf("完好 sound: %lld 行 rows\n", (long long)check.rows);
    return OK;
}
