#include "kernel/ledger.h"
#include "kernel/sums.h"
#include "store/dialect.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_KEPT 64 /* accounts of no household that a booking remembers by their code */

static const Choice kinds[] = {
    {"receivable", "应收", "Receivable"}, {"money", "资金", "Money"}, {"drawer", "备用金与现金", "Cash drawer"}, {"prepay", "预存", "Paid ahead"},
    {"deposit", "押金", "Deposit"}, {"suspense", "待查款", "Suspense"}, {"income", "收入", "Income"}, {"late_income", "违约金收入", "Late fees"},
    {"agency", "代收代付", "Collected for others"}, {"fund", "共有资金", "Owners' common money"}, {"discount", "减免", "Reductions"},
    {"bad_debt", "坏账", "Bad debts"}, {"over_short", "长短款", "Cash over and short"}, {0},
};
/* Their balance is debits less credits; the others' the other way round. */
#define DEBIT_KINDS "'receivable', 'money', 'drawer', 'discount', 'bad_debt', 'over_short'"

static bool is_debit_kind(Str kind)
{
    static const char *const debit[] = {"receivable", "money", "drawer", "discount", "bad_debt", "over_short"};

    for (size_t i = 0; i < COUNT_OF(debit); i++)
        if (str_is(kind, debit[i]))
            return true;
    return false;
}

/* 账户 */
static const Field account_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 120, .internal = true},
    {"name", "名称", "Name", T_TEXT, .max = 120, .read_only = true},
    {"name_en", "英文名", "English name", T_TEXT, .max = 120, .read_only = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = kinds, .read_only = true, .indexed = true},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .indexed = true},
    {"user", "收银员", "Cashier", T_REF, .to = "users", .read_only = true},
    {"item", "项目或渠道", "Item or channel", T_TEXT, .max = 60, .read_only = true},
    {"balance_fen", "余额", "Balance", T_MONEY, .read_only = true, .tallied = true},
    {"awake", "待抵扣", "To be used", T_INT, .internal = true, .tallied = true}, /* 1: of money paid ahead that has not been looked at since it or what is owed grew */
};
static const Index account_indexes[] = {{"awake, id", .where = "awake = 1"}, {0}};
static const Sight book_sights[] = {{BOOK_READERS}};

/* A household sees what it has paid ahead and deposited. */
static const Sight account_sights[] = {
    {FEE_READERS},
    {R_RESIDENT, "t.kind IN ('prepay', 'deposit') AND " SQL_MY_HOUSE(":now"), .any_project = true},
};
const RecordType account_type = {
    .resource = "accounts", .name = "account", .zh = "账户", .en = "Account", .fields = LIST(account_fields), .sights = LIST(account_sights),
    .create_by = BY_SYSTEM, .own_read_only = true, .unique = NAMES("code"), .indexes = account_indexes, .label = "name", .label_en = "name_en",
    .in_project = true,
};

/* 分录 */
static const Field entry_fields[] = {
    {"day", "记账日", "Day", T_DATE, .read_only = true},
    {"value_day", "起息日", "Value day", T_DATE, .read_only = true},
    {"debit", "借方", "Debit", T_REF, .to = "accounts", .read_only = true, .indexed = true},
    {"credit", "贷方", "Credit", T_REF, .to = "accounts", .read_only = true, .indexed = true},
    {"amount_fen", "金额", "Amount", T_MONEY, .read_only = true},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true},
    {"charge", "费用", "Charge", T_REF, .to = "charges", .read_only = true},
    {"record", "起因", "Cause", T_RECORD, .read_only = true, .indexed = true},
    {"record_type", "起因类别", "Kind of cause", T_TEXT, .max = 30, .read_only = true},
    {"reverses", "冲销", "Reverses", T_REF, .to = "entries", .read_only = true},
    {"memo", "摘要", "Memo", T_TEXT, .max = 200, .read_only = true},
};
static const Index entry_indexes[] = {
    {"charge_id, id", .where = "charge_id IS NOT NULL"},
    {"house_id, id", .where = "house_id IS NOT NULL"},
    {"reverses_id", .unique = true, .where = "reverses_id IS NOT NULL"}, /* once */
    {"project_id, day"}, {0},
};
const RecordType entry_type = {
    .resource = "entries", .name = "entry", .zh = "分录", .en = "Entry", .fields = LIST(entry_fields), .sights = LIST(book_sights),
    .create_by = BY_SYSTEM, .own_read_only = true, .indexes = entry_indexes, .label = "memo", .in_project = true,
};

/* 会计期间 */
static const State period_states[] = {{"open", "未结账", "Open"}, {"closed", "已结账", "Closed", .ended = true}};
static const Field period_fields[] = {
    {"from", "从", "From", T_DATE, .required = true, .edit_in = NAMES("none")},
    {"to", "到", "To", T_DATE, .edit_in = NAMES("none")},
    {"closed_at", "结账时间", "Closed", T_TIME, .read_only = true},
    {"closed_by", "结账人", "Closed by", T_REF, .to = "users", .read_only = true},
};
static const Index period_indexes[] = {{"project_id, \"to\""}, {0}};

/* Periods follow one another and do not overlap; the end is the month's unless it is said. */
static const Error *prepare_period(Cx *cx, Record *record, Problems *problems)
{
    static const char OVERLAP[] = "SELECT count(*) FROM period WHERE org_id = :org AND project_id = :project AND archived_at IS NULL"
                                  " AND \"to\" >= :from AND (\"from\" <= :to OR state = 'closed')"; /* period_by_project_id_to */
    Date from = (Date)record_int(record, "from"), today = instant_to_date(cx->now, cx->zone_min);
    int64_t others = 0;

    if (from == 0)
        return OK; /* told as missing */
    if (record_is_null(record, "to"))
        record_set_int(record, "to", date_month_last(from));
    if (record_int(record, "to") < from)
        problems_add(problems, STR("to"), "out_of_range", STR("结束日不能早于开始日"), STR("must not be before the first day"));
    TRY(sql_row(cx, OVERLAP, IN(in_int("project", record->project), in_int("from", from), in_int("to", record_int(record, "to"))), OUT(out_int(&others))));
    if (others > 0)
        problems_add(problems, STR("from"), "duplicate", STR("与已有的会计期间重叠，或在已结账的之前"), STR("overlaps a period that is there already, or lies before a closed one"));
    if ((Date)record_int(record, "to") > today / 10000 * 10000 + 1231)
        problems_add(problems, STR("to"), "out_of_range", STR("最晚到今年年底"), STR("is at the latest the end of this year"));
    if (from > today) /* days between would have none */
        problems_add(problems, STR("from"), "out_of_range", STR("期间还没有开始"), STR("the period has not begun yet"));
    return OK;
}

/* One closes after the other: an open period behind a closed one would take no booking any more. */
static const Error *guard_close(Cx *cx, const Record *record, const Asked *asked)
{
    static const char EARLIER[] = "SELECT count(*) FROM period WHERE org_id = :org AND project_id = :project AND archived_at IS NULL"
                                  " AND state = 'open' AND \"to\" < :from"; /* period_by_project_id_to */
    int64_t earlier = 0;

    (void)asked;
    TRY(sql_row(cx, EARLIER, IN(in_int("project", record->project), in_int("from", record_int(record, "from"))), OUT(out_int(&earlier))));
    if (earlier > 0)
        return error_field(cx->arena, STR("from"), "out_of_range", STR("前面还有没结账的期间，须先结"), STR("an earlier period is still open; close that first"));
    if ((Date)record_int(record, "from") > instant_to_date(cx->now, cx->zone_min))
        return error_field(cx->arena, STR("from"), "out_of_range", STR("期间还没有开始"), STR("the period has not begun yet"));
    if ((Date)record_int(record, "to") > date_month_last(instant_to_date(cx->now, cx->zone_min))) /* all bookings until then would be of the days behind it */
        return error_field(cx->arena, STR("to"), "out_of_range", STR("期间要到最后一个月才能结账"), STR("a period is closed in its last month at the earliest"));
    return OK;
}

/* Whoever still booked into it has ended; the last of them may have begun later than this. */
static const Error *close_period(Cx *cx, Record *record, const Asked *asked)
{
    static const char NEWEST[] = "SELECT coalesce(max(created_at), 0) FROM entry WHERE org_id = :org AND project_id = :project AND day BETWEEN :from AND :to"; /* entry_by_project_id_day */
    int64_t newest = 0;

    (void)asked;
    TRY(sql_row(cx, NEWEST, IN(in_int("project", record->project), in_int("from", record_int(record, "from")), in_int("to", record_int(record, "to"))), OUT(out_int(&newest))));
    record_set_int(record, "closed_at", newest > cx->now ? newest : cx->now);
    record_set(record, "closed_by", value_ref(cx->actor->user));
    return OK;
}

static const Action period_actions[] = {
    {"close", "结账", "Close", .from = NAMES("open"), .to = "closed", .by = BOOKKEEPERS, .guard = guard_close, .effect = close_period},
};
const RecordType period_type = {
    .resource = "periods", .name = "period", .zh = "会计期间", .en = "Period", .fields = LIST(period_fields), .states = LIST(period_states),
    .actions = LIST(period_actions), .first_action = "open", .first_zh = "开账", .first_en = "Open", .sights = LIST(book_sights),
    .create_by = BOOKKEEPERS, .own_read_only = true, .unique = NAMES("project_id", "from"), .indexes = period_indexes, .label = "from",
    .in_project = true, .prepare = prepare_period,
};

/* 科目日累计: what was booked on all accounts of one line of the trial balance, of a day (yyyymmdd) and of its month (yyyymm). */
static const Column day_columns[] = {{"project_id", C_INT, true}, {"day", C_INT, true}, {"kind", C_TEXT, true}, {"item", C_TEXT, true},
                                     {"debit_fen", C_INT, true},  {"credit_fen", C_INT, true}, {0}};
static const Index day_indexes[] = {{"day"}, {0}};
static const Table day_table = {"ledger_day", day_columns, .key = "project_id, day, kind, item", .indexes = day_indexes};
static const SumsTable day_sums = {
    "INSERT INTO ledger_day (org_id, project_id, day, kind, item, debit_fen, credit_fen) VALUES (:org, :k0, :k1, :k2, :k3, :a0, :a1)"
    " ON CONFLICT (org_id, project_id, day, kind, item) DO UPDATE SET debit_fen = ledger_day.debit_fen + excluded.debit_fen, credit_fen = ledger_day.credit_fen + excluded.credit_fen",
    .keys = 4, .amounts = 2};
/* The item that a line of the trial balance is told by: households' accounts are one line. */
#define SQL_LINE_ITEM "CASE WHEN a.house_id IS NULL THEN coalesce(a.item, '') ELSE '' END"

/* One line of it, and what this booking adds to it. */
typedef struct {
    const Choice *kind;
    Str item;
    int64_t debit, credit;
} Line;
/* What a booking knows of an account: its line, and what has come to it so far, on its own side. */
typedef struct {
    Id id;
    int64_t delta;
    int line;
} Tallied;
typedef struct {
    Str code;
    Id id;
} Kept;

struct Ledger {
    Arena *arena; /* of its beginning: a long run books with arenas that come and go */
    Id project;
    Date day;
    Tallied *slots; /* open addressing by id; capacity a power of two; own: of a million accounts only the last table is kept */
    size_t capacity, used;
    Line *lines;
    int line_count, line_room;
    Kept kept[MAX_KEPT];
    int kept_count;
    const char *last_kind; /* the household's account that was asked for last */
    Id last_house, last;
};

static const Error *bad_amount(Cx *cx)
{
    return error_field(cx->arena, STR("amount_fen"), "out_of_range", STR("金额应大于 0，且不超过 9 万亿元"), STR("must be above 0 and at most 9,000,000,000,000 yuan"));
}

static Tallied *slot_of(const Ledger *ledger, Id id)
{
    size_t at = ((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 20;

    for (;; at++) {
        Tallied *slot = &ledger->slots[at & (ledger->capacity - 1)];
        if (slot->id == id || slot->id == 0)
            return slot;
    }
}

static int line_of(Ledger *ledger, const Choice *kind, Str item)
{
    for (int i = 0; i < ledger->line_count; i++)
        if (ledger->lines[i].kind == kind && str_eq(ledger->lines[i].item, item))
            return i;
    ledger->lines = arena_grown(ledger->arena, ledger->lines, sizeof(Line), ledger->line_count, &ledger->line_room);
    ledger->lines[ledger->line_count] = (Line){.kind = kind, .item = str_copy(ledger->arena, item)};
    return ledger->line_count++;
}

static Tallied *note_account(Ledger *ledger, Id id, const Choice *kind, Str item)
{
    Tallied *slot;

    if ((ledger->used + 1) * 2 > ledger->capacity) {
        Ledger old = *ledger;
        ledger->capacity *= 2;
        ledger->slots = mem_alloc(sizeof(Tallied) * ledger->capacity);
        for (size_t i = 0; i < old.capacity; i++)
            if (old.slots[i].id != 0)
                *slot_of(ledger, old.slots[i].id) = old.slots[i];
        mem_free(old.slots);
    }
    slot = slot_of(ledger, id);
    if (slot->id == 0) {
        *slot = (Tallied){.id = id, .line = line_of(ledger, kind, item)};
        ledger->used++;
    }
    return slot;
}

/* Who makes what there is once in a project (a period, an account of no household) holds the project: two at once would make it twice. */
static const Error *hold_project(Cx *cx, Id project)
{
    Record *record;

    return record_load(cx, kernel_find(cx->kernel, STR("projects")), project, &record);
}

/* The month of `day` has its period from the first booking in it on. */
static const Error *open_month(Cx *cx, Id project, Date day)
{
    static const char LAST[] = "SELECT max(\"to\") FROM period WHERE org_id = :org AND project_id = :project AND archived_at IS NULL"; /* period_by_project_id_to */
    int64_t last = 0;
    Date from = date_of(day / 10000, day / 100 % 100, 1);
    Record *record;

    TRY(hold_project(cx, project));
    TRY(sql_row(cx, LAST, IN(in_int("project", project)), OUT(out_int(&last))));
    if (last >= day)
        return OK;
    record = record_new(cx, kernel_type(cx->kernel, &period_type));
    record->project = project;
    record_set_int(record, "from", last >= from ? date_add((Date)last, 1) : from);
    record_set_int(record, "to", date_month_last(day));
    return process_insert(cx, record);
}

typedef struct {
    bool found, closed;
} Held;
static const Error *note_held(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(Held *)self = (Held){.found = true, .closed = str_is(row_text(row, 0), "closed")};
    return OK;
}

/* Holds the period of a day, together with others who book in it: who closes it waits for them, and they for who is closing it. */
static const Error *hold_period(Cx *cx, Id project, Date day, Held *held)
{
    Buf sql = buf_new(cx->arena, 500);

    *held = (Held){0};
    buf_add_c(&sql, "SELECT t.state FROM period t WHERE t.org_id = :org AND t.project_id = :project AND t.archived_at IS NULL AND t.\"from\" <= :day AND t.\"to\" >= :day"); /* period_by_project_id_to */
    if (lock_of(cx)[0] != '\0')
        buf_add_c(&sql, " FOR SHARE");
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", project), in_int("day", day)), note_held, held);
}

static void free_slots(void *ledger)
{
    mem_free(((Ledger *)ledger)->slots);
}

const Error *ledger_begin(Cx *cx, Id project, Ledger **out)
{
    static const char CLOSED[] = "SELECT max(\"to\") FROM period WHERE org_id = :org AND project_id = :project AND state = 'closed'"; /* period_by_project_id_to */
    Ledger *ledger = new (cx->arena, Ledger, 1);
    Date today = instant_to_date(cx->now, cx->zone_min);
    int64_t closed = 0;
    Held held;

    *ledger = (Ledger){.arena = cx->arena, .project = project, .capacity = 16};
    sums_begin(cx);
    do { /* a second time when it was just being closed */
        TRY(sql_row(cx, CLOSED, IN(in_int("project", project)), OUT(out_int(&closed))));
        ledger->day = today <= closed ? date_add((Date)closed, 1) : today;
        TRY(hold_period(cx, project, ledger->day, &held));
    } while (held.closed);
    if (!held.found)
        TRY(open_month(cx, project, ledger->day));
    ledger->slots = mem_alloc(sizeof(Tallied) * ledger->capacity);
    arena_defer(cx->arena, free_slots, ledger);
    *out = ledger;
    return OK;
}

Date ledger_day(const Ledger *ledger)
{
    return ledger->day;
}

Id ledger_project(const Ledger *ledger)
{
    return ledger->project;
}

static const Choice *kind_row(Str kind)
{
    for (const Choice *row = kinds; row->value != NULL; row++)
        if (str_is(kind, row->value))
            return row;
    return NULL;
}

static Str code_of(Arena *arena, Id project, const AccountKey *key)
{
    return str_format(arena, "%lld/%s/%lld/%lld/%.*s", (long long)project, key->kind, (long long)key->house, (long long)key->user, STR_ARG(key->item));
}

static const Error *add_account(Cx *cx, Id project, const AccountKey *key, const Choice *kind, Str code, Id *out)
{
    Record *record = record_new(cx, kernel_type(cx->kernel, &account_type));
    Str of = key->item;

    if (key->house != 0)
        TRY(record_label(cx, kernel_find(cx->kernel, STR("houses")), key->house, &of));
    else if (key->user != 0)
        TRY(record_label(cx, kernel_find(cx->kernel, STR("users")), key->user, &of));
    record->project = project;
    record_set_text(record, "code", code);
    record_set_text(record, "kind", str_of(kind->value));
    record_set_text(record, "name", str_trim(str_format(cx->arena, "%s %.*s", kind->zh, STR_ARG(of))));
    record_set_text(record, "name_en", str_trim(str_format(cx->arena, "%s %.*s", kind->en, STR_ARG(of))));
    record_set(record, "house", value_ref(key->house));
    record_set(record, "user", value_ref(key->user));
    record_set(record, "item", key->item.len == 0 ? VALUE_NULL : value_text(key->item));
    record_set_int(record, "balance_fen", 0);
    *out = record->id;
    return record_insert(cx, record);
}

static const char FIND_ACCOUNT[] = "SELECT id FROM account WHERE org_id = :org AND code = :code AND archived_at IS NULL"; /* account_by_code */

const Error *ledger_account(Cx *cx, Ledger *ledger, const AccountKey *key, Id *out)
{
    const Choice *kind = kind_row(str_of(key->kind));
    Str code = code_of(cx->arena, ledger->project, key);
    bool found;

    assert(kind != NULL);
    for (int i = 0; key->house == 0 && i < ledger->kept_count; i++)
        if (str_eq(ledger->kept[i].code, code)) {
            *out = ledger->kept[i].id;
            return OK;
        }
    if (key->house != 0 && key->item.len == 0 && key->house == ledger->last_house && ledger->last_kind != NULL && strcmp(key->kind, ledger->last_kind) == 0) {
        *out = ledger->last;
        return OK;
    }
    TRY(sql_find(cx, FIND_ACCOUNT, IN(in_text("code", code)), OUT(out_int(out)), &found));
    if (!found && key->house == 0) { /* a household's is its holder's alone */
        TRY(hold_project(cx, ledger->project));
        TRY(sql_find(cx, FIND_ACCOUNT, IN(in_text("code", code)), OUT(out_int(out)), &found));
    }
    if (!found)
        TRY(add_account(cx, ledger->project, key, kind, code, out));
    (void)note_account(ledger, *out, kind, key->house == 0 ? key->item : STR(""));
    if (key->house != 0 && key->item.len == 0)
        ledger->last_kind = key->kind, ledger->last_house = key->house, ledger->last = *out;
    else if (key->house == 0 && ledger->kept_count < MAX_KEPT)
        ledger->kept[ledger->kept_count++] = (Kept){str_copy(ledger->arena, code), *out};
    return OK;
}

/* The tally of an account that may have been reached by its id alone. */
static const Error *find_tally(Cx *cx, Ledger *ledger, Id account, Tallied **out)
{
    static const char LINE[] = "SELECT a.kind, " SQL_LINE_ITEM " FROM account a WHERE a.org_id = :org AND a.id = :id";
    Str kind, item;

    *out = slot_of(ledger, account);
    if ((*out)->id != 0)
        return OK;
    TRY(sql_row(cx, LINE, IN(in_int("id", account)), OUT(out_text(&kind), out_text(&item))));
    *out = note_account(ledger, account, kind_row(kind), item);
    return OK;
}

static const Error *move(Cx *cx, Ledger *ledger, Id account, bool debit, int64_t fen)
{
    Tallied *tally;
    Line *line;

    TRY(find_tally(cx, ledger, account, &tally));
    line = &ledger->lines[tally->line];
    if (__builtin_add_overflow(tally->delta, is_debit_kind(str_of(line->kind->value)) == debit ? fen : -fen, &tally->delta) ||
        __builtin_add_overflow(debit ? line->debit : line->credit, fen, debit ? &line->debit : &line->credit))
        return bad_amount(cx);
    return OK;
}

static const Error *book(Cx *cx, Ledger *ledger, const Posting *posting, Id reverses, Id *entry)
{
    Record *record = record_new(cx, kernel_type(cx->kernel, &entry_type));

    record->project = ledger->project;
    record_set_int(record, "day", ledger->day);
    record_set_int(record, "value_day", posting->value_day == 0 ? ledger->day : posting->value_day);
    record_set_int(record, "debit", posting->debit);
    record_set_int(record, "credit", posting->credit);
    record_set_int(record, "amount_fen", posting->amount_fen);
    record_set(record, "house", value_ref(posting->house));
    record_set(record, "charge", value_ref(posting->charge));
    if (posting->cause != NULL) {
        record_set_int(record, "record", posting->cause->id);
        record_set_text(record, "record_type", str_of(posting->cause->meta->table));
    }
    record_set(record, "reverses", value_ref(reverses));
    if (posting->memo.len > 0)
        record_set_text(record, "memo", utf8_cut(posting->memo, 200));
    TRY(move(cx, ledger, posting->debit, true, posting->amount_fen));
    TRY(move(cx, ledger, posting->credit, false, posting->amount_fen));
    if (entry != NULL)
        *entry = record->id;
    return record_insert(cx, record);
}

const Error *ledger_post(Cx *cx, Ledger *ledger, const Posting *posting, Id *entry)
{
    assert(posting->debit != 0 && posting->credit != 0 && posting->debit != posting->credit);
    if (posting->amount_fen <= 0 || posting->amount_fen > LEDGER_MAX_FEN)
        return bad_amount(cx);
    return book(cx, ledger, posting, 0, entry);
}

const Error *ledger_reverse(Cx *cx, Ledger *ledger, const Entry *entry, const Record *cause, Str memo)
{
    const Posting back = {.debit = entry->credit, .credit = entry->debit, .amount_fen = entry->amount_fen, .house = entry->house,
                          .charge = entry->charge, .cause = cause, .value_day = entry->value_day, .memo = memo};
    const Error *error;

    if (entry->is_reversed || entry->reverses != 0)
        return error_new(cx->arena, ERR_WRONG_STATE, STR("这一笔已经冲销过"), STR("this entry has been reversed already"));
    error = book(cx, ledger, &back, entry->id, NULL);
    if (sql_is_conflict(error))
        return error_new(cx->arena, ERR_WRONG_STATE, STR("这一笔已经冲销过"), STR("this entry has been reversed already"));
    return error;
}

static int by_id(const void *a, const void *b)
{
    const Tallied *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void add_sums(Cx *cx, const Ledger *ledger)
{
    for (int i = 0; i < ledger->line_count; i++) {
        const Line *line = &ledger->lines[i];
        Sum sum = {.of = &day_sums, .by = {line->debit, line->credit},
                   .keys = {value_int(ledger->project), value_int(ledger->day), value_text(str_of(line->kind->value)), value_text(line->item)}};
        sums_add(cx, &sum);
        sum.keys[1] = value_int(ledger->day / 100);
        sums_add(cx, &sum);
    }
}

const Error *ledger_wake(Cx *cx, Id house)
{
    static const char WAKE[] = "UPDATE account SET awake = 1 WHERE org_id = :org AND house_id = :house AND kind = 'prepay' AND balance_fen > 0"; /* account_by_house_id_id */

    return sql_run(cx, WAKE, IN(in_int("house", house)));
}

/* What is owed or was paid ahead grows: the household's money is to be looked at. */
static const Error *wake_of(Cx *cx, const Line *line, const Tallied *tally)
{
    static const char WAKE[] = "UPDATE account SET awake = 1 WHERE org_id = :org AND house_id = (SELECT x.house_id FROM account x WHERE x.org_id = :org AND x.id = :id)"
                               " AND kind = 'prepay' AND balance_fen > 0"; /* account_by_house_id_id */

    if (tally->delta <= 0 || (!str_is(str_of(line->kind->value), "receivable") && !str_is(str_of(line->kind->value), "prepay")))
        return OK;
    return sql_run(cx, WAKE, IN(in_int("id", tally->id)));
}

/* In the order of their ids, so that two processes never wait for each other crosswise. */
const Error *ledger_end(Cx *cx, Ledger *ledger)
{
    static const char ADD[] = "UPDATE account SET balance_fen = balance_fen + :delta, updated_at = :now WHERE org_id = :org AND id = :id RETURNING balance_fen";
    size_t count = 0;

    for (size_t i = 0; i < ledger->capacity; i++)
        if (ledger->slots[i].id != 0 && ledger->slots[i].delta != 0)
            ledger->slots[count++] = ledger->slots[i];
    qsort(ledger->slots, count, sizeof(Tallied), by_id);
    for (size_t i = 0; i < count; i++) {
        int64_t balance = 0;
        TRY(sql_row(cx, ADD, IN(in_int("delta", ledger->slots[i].delta), in_int("id", ledger->slots[i].id)), OUT(out_int(&balance))));
        if (balance > LEDGER_MAX_FEN || balance < -LEDGER_MAX_FEN)
            return bad_amount(cx);
    }
    for (size_t i = 0; i < count; i++)
        TRY(wake_of(cx, &ledger->lines[ledger->slots[i].line], &ledger->slots[i]));
    add_sums(cx, ledger);
    ledger->capacity = 0; /* nothing is booked behind its end */
    return OK;
}

static const Error *take_entry(Cx *cx, const Row *row, void *self)
{
    Entries *entries = self;

    entries->list = arena_grown(cx->arena, entries->list, sizeof(Entry), entries->count, &entries->room);
    entries->list[entries->count++] = (Entry){
        .id = row_int(row, 0), .debit = row_int(row, 1), .credit = row_int(row, 2), .amount_fen = row_int(row, 3), .house = row_int(row, 4),
        .charge = row_int(row, 5), .day = (Date)row_int(row, 6), .reverses = row_int(row, 7), .is_reversed = row_int(row, 8) != 0,
        .value_day = (Date)row_int(row, 9), .debit_kind = str_copy(cx->arena, row_text(row, 10)), .credit_kind = str_copy(cx->arena, row_text(row, 11)),
        .cause_type = str_copy(cx->arena, row_text(row, 12))};
    return OK;
}

#define SELECT_ENTRIES(from)                                                                                                        \
    "SELECT e.id, e.debit_id, e.credit_id, e.amount_fen, e.house_id, e.charge_id, e.day, e.reverses_id,"                            \
    " (SELECT count(*) FROM entry b WHERE b.org_id = e.org_id AND b.reverses_id = e.id), e.value_day, d.kind, c.kind, e.record_type" \
    " FROM " from "entry e JOIN account d ON d.org_id = e.org_id AND d.id = e.debit_id JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id"

const Error *ledger_entries(Cx *cx, Id cause, Entries *out)
{
    static const char OF[] = SELECT_ENTRIES("") " WHERE e.org_id = :org AND e.record_id = :cause ORDER BY e.id"; /* entry_by_record_id_id */

    *out = (Entries){0};
    return sql_each(cx, OF, IN(in_int("cause", cause)), take_entry, out);
}

const Error *ledger_entries_about(Cx *cx, Id charge, Entries *out)
{
    static const char ABOUT[] = SELECT_ENTRIES("") " WHERE e.org_id = :org AND e.charge_id = :charge ORDER BY e.id"; /* entry_by_charge_id_id */

    *out = (Entries){0};
    return sql_each(cx, ABOUT, IN(in_int("charge", charge)), take_entry, out);
}

const Error *ledger_entries_open(Cx *cx, Id house, Entries *out)
{
    static const char OPEN[] = SELECT_ENTRIES("charge t CROSS JOIN ") /* the charges first: they are few */
        " WHERE t.org_id = :org AND t.house_id = :house AND t.open_fen > 0 AND t.due_date > 0 AND e.org_id = :org AND e.charge_id = t.id ORDER BY e.charge_id, e.id"; /* charge_by_house_id_due_date_id_part, entry_by_charge_id_id_part */

    *out = (Entries){0};
    return sql_each(cx, OPEN, IN(in_int("house", house)), take_entry, out);
}

const Error *ledger_balance(Cx *cx, const char *kind, Id project, Id house, Str item, int64_t *fen)
{
    static const char BALANCE[] = "SELECT balance_fen FROM account WHERE org_id = :org AND code = :code AND archived_at IS NULL"; /* account_by_code */
    bool found;

    *fen = 0;
    return sql_find(cx, BALANCE, IN(in_text("code", code_of(cx->arena, project, &(AccountKey){.kind = kind, .house = house, .item = item}))), OUT(out_int(fen)), &found);
}

/* One line of a trial balance: what was booked before its first day, and from then on. */
typedef struct {
    Str kind, item;
    int64_t debit, credit, debit_before, credit_before;
} TrialLine;
typedef struct {
    TrialLine *list;
    int count, room;
} TrialLines;

static const Error *note_line(Cx *cx, const Row *row, void *self)
{
    TrialLines *lines = self;

    lines->list = arena_grown(cx->arena, lines->list, sizeof(TrialLine), lines->count, &lines->room);
    lines->list[lines->count++] = (TrialLine){str_copy(cx->arena, row_text(row, 0)), str_copy(cx->arena, row_text(row, 1)), row_int(row, 2), row_int(row, 3),
                                              row_int(row, 4), row_int(row, 5)};
    return OK;
}

static void line_json(const Cx *cx, const TrialLine *line, bool has_from, Json *json)
{
    const Choice *kind = kind_row(line->kind);
    int64_t before = line->debit_before - line->credit_before, balance = before + line->debit - line->credit;
    int64_t side = is_debit_kind(line->kind) ? 1 : -1;

    json_open(json, '{');
    JSON_TEXT(json, "kind", line->kind);
    JSON_C(json, "label", cx->lang == LANG_ZH ? kind->zh : kind->en);
    JSON_KEY(json, "item");
    line->item.len == 0 ? json_none(json) : json_text(json, line->item);
    if (has_from)
        JSON_INT(json, "opening_fen", side * before);
    JSON_INT(json, "debit_fen", line->debit);
    JSON_INT(json, "credit_fen", line->credit);
    JSON_INT(json, "balance_fen", side * balance);
    json_close(json, '}');
}

/* Whole months before the last day's, then the days of its own. */
#define TRIAL(of)                                                                                                                                \
    "SELECT x.kind, x.item, CAST(sum(x.debit) AS BIGINT), CAST(sum(x.credit) AS BIGINT), CAST(sum(x.debit_before) AS BIGINT), CAST(sum(x.credit_before) AS BIGINT) FROM (" \
    "SELECT kind, item, debit_fen AS debit, credit_fen AS credit, 0 AS debit_before, 0 AS credit_before FROM ledger_day WHERE org_id = :org" of    \
    " AND day < :month UNION ALL SELECT kind, item, debit_fen, credit_fen, 0, 0 FROM ledger_day WHERE org_id = :org" of                              \
    " AND day >= :first AND day <= :at UNION ALL SELECT kind, item, -debit_fen, -credit_fen, debit_fen, credit_fen FROM ledger_day WHERE org_id = :org" of \
    " AND day < :from_month UNION ALL SELECT kind, item, -debit_fen, -credit_fen, debit_fen, credit_fen FROM ledger_day WHERE org_id = :org" of      \
    " AND day >= :from_first AND day < :from) x GROUP BY x.kind, x.item ORDER BY x.kind, x.item"

const Error *ledger_trial_json(Cx *cx, Id project, Date from, Date at, Json *json)
{
    static const char ALL[] = TRIAL(""), ONE[] = TRIAL(" AND project_id = :project"); /* ledger_day_by_day; ledger_day_pkey */
    TrialLines lines = {0};
    int64_t debit = 0, credit = 0;
    const In *in = IN(in_int("project", project), in_int("at", at), in_int("first", at / 100 * 100), in_int("month", at / 100), in_int("from", from),
                      in_int("from_first", from / 100 * 100), in_int("from_month", from / 100));

    TRY(sql_each(cx, project == 0 ? ALL : ONE, in, note_line, &lines));
    json_open(json, '{');
    if (from != 0) {
        JSON_KEY(json, "from");
        json_date(json, from);
    }
    JSON_KEY(json, "at");
    json_date(json, at);
    JSON_KEY(json, "rows");
    json_open(json, '[');
    for (int i = 0; i < lines.count; i++) {
        if (__builtin_add_overflow(debit, lines.list[i].debit, &debit) || __builtin_add_overflow(credit, lines.list[i].credit, &credit))
            return bad_amount(cx);
        line_json(cx, &lines.list[i], from != 0, json);
    }
    json_close(json, ']');
    JSON_INT(json, "debit_fen", debit);
    JSON_INT(json, "credit_fen", credit);
    json_close(json, '}');
    return OK;
}

const Error *ledger_check(Cx *cx, BadFn *bad, void *self)
{
    static const char BALANCES[] =
        "SELECT 'account' AS thing, a.id FROM account a LEFT JOIN (SELECT y.account, sum(y.debit) AS debit, sum(y.credit) AS credit FROM ("
        "SELECT debit_id AS account, amount_fen AS debit, 0 AS credit FROM entry WHERE org_id = :org UNION ALL"
        " SELECT credit_id, 0, amount_fen FROM entry WHERE org_id = :org) y GROUP BY y.account) x ON x.account = a.id WHERE a.org_id = :org AND a.balance_fen <>"
        " CASE WHEN a.kind IN (" DEBIT_KINDS ") THEN coalesce(x.debit, 0) - coalesce(x.credit, 0)"
        " ELSE coalesce(x.credit, 0) - coalesce(x.debit, 0) END LIMIT 100";
    static const char REVERSALS[] =
        "SELECT 'entry' AS thing, e.id FROM entry e JOIN entry o ON o.org_id = e.org_id AND o.id = e.reverses_id WHERE e.org_id = :org AND (e.debit_id <> o.credit_id"
        " OR e.credit_id <> o.debit_id OR e.amount_fen <> o.amount_fen OR o.reverses_id IS NOT NULL OR e.charge_id IS DISTINCT FROM o.charge_id) LIMIT 100";
    static const char AMOUNTS[] = "SELECT 'entry' AS thing, id FROM entry WHERE org_id = :org AND (amount_fen <= 0 OR debit_id = credit_id) LIMIT 100";
    static const char CLOSED[] =
        "SELECT 'entry' AS thing, e.id FROM period p JOIN entry e ON e.org_id = p.org_id AND e.project_id = p.project_id AND e.day <= p.\"to\""
        " AND e.created_at > p.closed_at WHERE p.org_id = :org AND p.state = 'closed' LIMIT 100";

    /* Each sum less what it is the sum of, of days and of months. */
    static const char SUMS[] =
        "SELECT x.kind AS thing, x.day FROM (SELECT project_id, day, kind, item, debit_fen AS debit, credit_fen AS credit FROM ledger_day WHERE org_id = :org UNION ALL"
        " SELECT e.project_id, CASE WHEN m.n = 1 THEN e.day ELSE e.day / 100 END, a.kind, " SQL_LINE_ITEM ", CASE WHEN a.id = e.debit_id THEN -e.amount_fen ELSE 0 END,"
        " CASE WHEN a.id = e.credit_id THEN -e.amount_fen ELSE 0 END FROM entry e JOIN account a ON a.org_id = e.org_id AND a.id IN (e.debit_id, e.credit_id)"
        " CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2) m WHERE e.org_id = :org) x GROUP BY x.project_id, x.day, x.kind, x.item"
        " HAVING sum(x.debit) <> 0 OR sum(x.credit) <> 0 LIMIT 100";

    TRY(event_faults(cx, BALANCES, "balance differs from the sum of its entries", bad, self));
    TRY(event_faults(cx, SUMS, "sum of the day (or month) differs from its entries", bad, self));
    TRY(event_faults(cx, REVERSALS, "is no mirror of the entry that it reverses", bad, self));
    TRY(event_faults(cx, AMOUNTS, "has no amount, or one account on both sides", bad, self));
    return event_faults(cx, CLOSED, "was booked into a closed period", bad, self);
}

static const RecordType *const records[] = {&account_type, &entry_type, &period_type, NULL};
static const Table *const tables[] = {&day_table, NULL};
const Module ledger_module = {"ledger", "总账", "Ledger", .records = records, .tables = tables};
