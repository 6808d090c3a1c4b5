/* api_money.c: what is asked about money beside its records: the calculator, what a household owes, the trial balance. */
#include "http/api.h"
#include "kernel/export.h"
#include "kernel/file.h"
#include "modules/arrears/arrears.h"

#include <unistd.h>

/* The calculator: it reads and keeps nothing, so it needs neither a snapshot nor the writer. */
static const Error *preview_tariff(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return fee_preview_json(cx->arena, call->body, cx->lang, &call->out);
}

/* Whoever may see the house's charges may see what is due: the money's people, the desk, and who owes it. */
static const Error *get_due(Cx *cx, Call *call)
{
    static const uint64_t may = FEE_READERS | R_RESIDENT;
    Record *house;
    Date on;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    if (!cx->actor->is_system && (cx->actor->roles & may) == 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("on")));
    TRY(call_day(cx, call, "on", &on));
    return charge_due_json(cx, house, on, &call->out);
}

/* Whoever sees the charge. */
static const Error *get_story(Cx *cx, Call *call)
{
    Record *charge;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &charge));
    TRY(call_only_params(cx, call, NULL));
    return charge_story_json(cx, charge, &call->out);
}

/* For those who may charge it. */
static const Error *get_ahead(Cx *cx, Call *call)
{
    Str text = call_param(call, "months");
    int64_t months = 0;
    Record *house;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    TRY(call_only_params(cx, call, NAMES("months")));
    if (!access_may_create(cx, kernel_type(cx->kernel, &charge_type), house->project, house->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (text.ptr != NULL && (!str_to_int(text, &months) || months < 1 || months > FEE_AHEAD_MONTHS))
        return error_field(cx->arena, STR("months"), "out_of_range", STR("应在 1 到 120 之间"), STR("must be within 1 and 120"));
    return charge_ahead_json(cx, house, (int)months, &call->out);
}

const Error *call_books(Cx *cx, const Call *call, Id *project)
{
    Str text = call_param(call, "project");
    Record *record;

    *project = actor_only_project(cx->actor);
    if (text.ptr != NULL && !str_to_id(text, project))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    if (!actor_has(cx->actor, BOOK_READERS, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (text.ptr != NULL)
        TRY(record_get(cx, kernel_find(cx->kernel, STR("projects")), *project, &record));
    for (int i = 0; i < cx->actor->grant_count; i++) {
        const Grant *grant = &cx->actor->grants[i];
        if ((grant->role & (BOOK_READERS)) != 0 && grant->building == 0 && (grant->project == 0 || grant->project == *project))
            return OK;
    }
    if (*project != 0)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return error_field(cx->arena, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
}

static const Error *tell_trial(Cx *cx, Call *call)
{
    Date at, from = 0;
    Id project;

    TRY(call_books(cx, call, &project));
    TRY(call_day(cx, call, "at", &at));
    if (call_param(call, "from").ptr != NULL)
        TRY(call_day(cx, call, "from", &from));
    if (at < from)
        return error_field(cx->arena, STR("at"), "out_of_range", STR("不能早于 from"), STR("must not be before from"));
    return ledger_trial_json(cx, project, from, at, &call->out);
}

/* The days in the query that name what is due; 0: no bound. */
static const Error *read_days(Cx *cx, const Call *call, Date *from, Date *to)
{
    *from = *to = 0;
    if (call_param(call, "from").ptr != NULL)
        TRY(call_day(cx, call, "from", from));
    if (call_param(call, "to").ptr != NULL)
        TRY(call_day(cx, call, "to", to));
    if (*to != 0 && *to < *from)
        return error_field(cx->arena, STR("to"), "out_of_range", STR("不能早于 from"), STR("must not be before from"));
    return OK;
}

static const Error *tell_sums(Cx *cx, Call *call)
{
    Str by = call_param(call, "by");
    Date from, to;
    Id project;

    TRY(call_books(cx, call, &project));
    TRY(read_days(cx, call, &from, &to));
    return charge_sums_json(cx, project, by.ptr == NULL ? STR("item") : by, from, to, &call->out);
}

#define MAX_ARREARS 500
#define MAX_ARREARS_EXPORT 50000
static const Error *tell_arrears(Cx *cx, Call *call)
{
    bool whole = call_param(call, "format").ptr != NULL; /* an export has no pages */
    Str limit = call_param(call, "limit");
    int64_t most = whole ? MAX_ARREARS_EXPORT : 100;
    Id project;

    TRY(call_books(cx, call, &project));
    if (limit.ptr != NULL && (!str_to_int(limit, &most) || most < 1 || most > MAX_ARREARS))
        return error_field(cx->arena, STR("limit"), "out_of_range", STR("应在 1 到 500 之间"), STR("must be within 1 and 500"));
    if (project == 0)
        return error_field(cx->arena, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
    return arrears_list_json(cx, project, call_param(call, "no"), call_param(call, "after"), (int)most, &call->out);
}

/* Tables of the books: asked for as JSON, or as a file with the same rows and a row of sums. */
typedef enum { CELL_OF_TEXT, CELL_OF_COUNT, CELL_OF_FEN, CELL_OF_DAY } CellOf;
typedef struct {
    const char *member; /* of a row; "overdue_fen.2": of its list or object */
    const char *zh, *en;
    CellOf kind;
} BookColumn;
typedef struct {
    const char *name, *rows; /* of the file; the member with the rows */
    const char *const *params;
    const Error *(*tell)(Cx *cx, Call *call);
    const BookColumn *columns;
    int count;
} BookTable;

static const BookColumn trial_columns[] = {
    {"label", "科目", "Account", CELL_OF_TEXT}, {"item", "项目或渠道", "Item or channel", CELL_OF_TEXT}, {"opening_fen", "期初余额（元）", "Opening balance (yuan)", CELL_OF_FEN},
    {"debit_fen", "借方（元）", "Debit (yuan)", CELL_OF_FEN}, {"credit_fen", "贷方（元）", "Credit (yuan)", CELL_OF_FEN}, {"balance_fen", "余额（元）", "Balance (yuan)", CELL_OF_FEN},
};
#define AGED(at, zh, en) {"overdue_fen." at, "逾期" zh "（元）", "Overdue " en " (yuan)", CELL_OF_FEN}
#define ALL_AGES AGED("0", "1–30 天", "1–30 days"), AGED("1", "31–90 天", "31–90 days"), AGED("2", "91–180 天", "91–180 days"), AGED("3", "181–365 天", "181–365 days"), AGED("4", "一年以上", "over a year")
static const BookColumn sum_columns[] = {
    {"label", "项目", "Of", CELL_OF_TEXT}, {"receivable_fen", "应收（元）", "Receivable (yuan)", CELL_OF_FEN}, {"paid_fen", "实收（元）", "Paid (yuan)", CELL_OF_FEN},
    {"written_off_fen", "核销（元）", "Written off (yuan)", CELL_OF_FEN}, {"open_fen", "未缴（元）", "Open (yuan)", CELL_OF_FEN}, ALL_AGES,
};
static const BookColumn arrears_columns[] = {
    {"house.no", "房号", "Home", CELL_OF_TEXT}, {"oldest_due", "最早应缴日", "Oldest due", CELL_OF_DAY}, {"count", "笔数", "Charges", CELL_OF_COUNT},
    {"open_fen", "逾期未缴（元）", "Overdue (yuan)", CELL_OF_FEN}, ALL_AGES,
};
static const BookTable trial_table = {"trial-balance", "rows", NAMES("at", "from", "project"), tell_trial, LIST(trial_columns)};
static const BookTable sum_table = {"receivable", "rows", NAMES("by", "from", "project", "to"), tell_sums, LIST(sum_columns)};
static const BookTable arrears_table = {"arrears", "items", NAMES("after", "limit", "no", "project"), tell_arrears, LIST(arrears_columns)};

static const Error *table_json(Cx *cx, Call *call, const BookTable *table)
{
    TRY(call_only_params(cx, call, table->params));
    return table->tell(cx, call);
}

typedef struct {
    Call *call;
    const BookTable *table;
} Telling;
static const Error *tell_closure(Cx *cx, void *self)
{
    const Telling *telling = self;
    return telling->table->tell(cx, telling->call);
}

static const json_t *member_of(const json_t *row, const char *path)
{
    for (Str rest = str_of(path), name; rest.ptr != NULL;) {
        name = str_split(rest, '.', &rest);
        row = json_is_array(row) ? json_array_get(row, (size_t)(name.ptr[0] - '0')) : json_object_getn(row, name.ptr, (size_t)name.len);
    }
    return row;
}

static SheetCell cell_of(const json_t *value, CellOf kind)
{
    Date day;

    switch (kind) {
    case CELL_OF_TEXT: return sheet_text(json_str(value));
    case CELL_OF_COUNT: return json_is_integer(value) ? sheet_int(json_integer_value(value)) : sheet_empty();
    case CELL_OF_FEN: return json_is_integer(value) ? sheet_decimal(json_integer_value(value), 2) : sheet_empty();
    case CELL_OF_DAY: return date_parse(json_str(value), &day) ? sheet_date(day) : sheet_empty();
    }
    return sheet_empty();
}

static const Error *write_rows(Cx *cx, const BookTable *table, const json_t *rows, SheetOut *out)
{
    SheetCell *cells = new (cx->arena, SheetCell, table->count);
    int64_t *sums = new (cx->arena, int64_t, table->count);
    const json_t *row;
    size_t at;

    json_array_foreach(rows, at, row)
    {
        for (int i = 0; i < table->count; i++) {
            cells[i] = cell_of(member_of(row, table->columns[i].member), table->columns[i].kind);
            sums[i] += cells[i].kind == CELL_TEXT ? 0 : cells[i].number;
        }
        TRY(sheet_out_row(out, cells, table->count));
    }
    for (int i = 0; i < table->count; i++)
        cells[i] = i == 0                                         ? sheet_text(cx->lang == LANG_ZH ? STR("合计") : STR("Total"))
                   : table->columns[i].kind == CELL_OF_FEN   ? sheet_sum(sums[i], 2)
                   : table->columns[i].kind == CELL_OF_COUNT ? sheet_sum(sums[i], 0)
                                                                  : sheet_empty();
    if (json_array_size(rows) > 0)
        TRY(sheet_out_row(out, cells, table->count));
    return sheet_out_finish(out);
}

static const Error *write_table(Cx *cx, Call *call, const BookTable *table, SheetFormat format)
{
    SheetColumn *headings = new (cx->arena, SheetColumn, table->count);
    SheetOut *out;
    json_t *told;

    for (int i = 0; i < table->count; i++)
        headings[i].heading = str_of(cx->lang == LANG_ZH ? table->columns[i].zh : table->columns[i].en);
    TRY(json_read(cx->arena, buf_str(&call->out.buf), &told));
    TRY(sheet_out_open(cx->arena, call->fd, format, cx->kernel->folder, headings, table->count, &out));
    TRY(write_rows(cx, table, json_object_get(told, table->rows), out));
    return lseek(call->fd, 0, SEEK_SET) == 0 ? OK : error_new(cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
}

static const Error *table_file(Cx *cx, Call *call, const BookTable *table)
{
    const char **params = new (cx->arena, const char *, 8);
    Telling telling = {call, table};
    const Error *error;
    SheetFormat format;
    int count = 0;

    for (; table->params[count] != NULL; count++)
        params[count] = table->params[count];
    params[count] = "format";
    TRY(call_only_params(cx, call, params));
    TRY(export_format(cx, call_param(call, "format"), &format));
    TRY(store_read(call->app->store, cx, tell_closure, &telling));
    TRY(file_temporary(cx->arena, call->app->folder, &call->fd));
    error = write_table(cx, call, table, format);
    if (error != OK) {
        (void)close(call->fd); /* has no name: gone */
        call->fd = -1;
        return error;
    }
    call->content_type = str_of(export_mime(format));
    call_header(call, "Content-Disposition", file_disposition(cx->arena, "attachment", str_format(cx->arena, "%s.%s", table->name, format == SHEET_XLSX ? "xlsx" : "csv")));
    return OK;
}

static const Error *trial_balance(Cx *cx, Call *call)
{
    return table_json(cx, call, &trial_table);
}
static const Error *charge_sums(Cx *cx, Call *call)
{
    return table_json(cx, call, &sum_table);
}
static const Error *list_arrears(Cx *cx, Call *call)
{
    return table_json(cx, call, &arrears_table);
}
static const Error *export_trial(Cx *cx, Call *call)
{
    return table_file(cx, call, &trial_table);
}
static const Error *export_sums(Cx *cx, Call *call)
{
    return table_file(cx, call, &sum_table);
}
static const Error *export_arrears(Cx *cx, Call *call)
{
    return table_file(cx, call, &arrears_table);
}

const Route money_routes[] = {
    {"GET", "charges/sums", M_READ, charge_sums, .zh = "应收、实收、欠费和账龄", .en = "Receivable, paid, open and how old"},
    {"GET", "charges/sums/export", M_OWN, export_sums, .zh = "应收、实收、欠费和账龄（表格）", .en = "Receivable, paid, open and how old, as a spreadsheet"},
    {"GET", "arrears", M_READ, list_arrears, .zh = "欠费户，按最早应缴日", .en = "Homes in arrears, the oldest first"},
    {"GET", "arrears/export", M_OWN, export_arrears, .zh = "欠费户（表格）", .en = "Homes in arrears, as a spreadsheet"},
    {"GET", "ledger/trial-balance/export", M_OWN, export_trial, .zh = "试算平衡表（表格）", .en = "Trial balance, as a spreadsheet"},
    {"GET", "charges/*/story", M_READ, get_story, .zh = "一笔费用谁定价、谁出账、谁改过", .en = "Who set the price of a charge, made it and changed it"},
    {"GET", "houses/*/due", M_READ, get_due, .zh = "一户的应缴", .en = "What a household owes"},
    {"GET", "houses/*/ahead", M_READ, get_ahead, .zh = "一户能预缴的项目和金额", .en = "What can be paid ahead for a house, and what it comes to"},
    {"GET", "ledger/trial-balance", M_READ, trial_balance, .zh = "试算平衡表", .en = "Trial balance"},
    {"POST", "tariffs/preview", M_OWN, preview_tariff, .zh = "试算：按面积、阶梯、抄表、分摊、违约金、税、翻表、公式", .en = "Calculator: by area, steps, meter, shares, late fee, tax, roll-over, formula"},
    {0},
};
