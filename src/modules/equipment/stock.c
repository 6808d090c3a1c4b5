/* stock.c: 备件库存, spare parts and their moves (card P18).
 *
 * What is on hand, and what it is worth, is kept beside the part in the same transaction as each move, and `anju check` proves it from the moves.
 * The price is the moving average (移动加权平均法, 企业会计准则第 1 号——存货, art. 14): what comes in adds its cost; what goes out takes the average, and the
 * last one takes what is left, so that nothing is worth something.
 *
 *     in      qty at price_fen (none: at the average: something comes back)
 *     out     qty for a work order: a repair, a fault, a task
 *     count   qty is what was found on the shelf; the difference is the move (盘点)
 */
#include "kernel/message.h"
#include "modules/equipment/equipment_parts.h"

#define MAX_QTY 1000000
#define MAX_VALUE_FEN INT64_C(100000000000000)

static const Field part_fields[] = {
    {"item", "名称规格", "Item", T_TEXT, .max = 80, .required = true, .searched = true, .initials = true},
    {"code", "编码", "Code", T_TEXT, .max = 40, .searched = true},
    {"unit", "单位", "Unit", T_TEXT, .max = 20, .set_default = "件"},
    {"pack_unit", "包装单位", "Pack", T_TEXT, .max = 20},
    {"pack_size", "每包装数量", "Units in a pack", T_INT, .min = 2, .max = 100000},
    {"equipment_type", "适用设备类型", "For equipment of type", T_CODE, .to = "equipment_types", .indexed = true},
    {"min", "最低库存", "Least", T_INT, .min = 0, .max = MAX_QTY},
    {"max", "最高库存", "Most", T_INT, .min = 0, .max = MAX_QTY},
    {"bin", "货位", "Bin", T_TEXT, .max = 40},
    {"on_hand", "现存", "On hand", T_INT, .read_only = true, .tallied = true},
    {"price_fen", "平均单价", "Average price", T_MONEY, .read_only = true, .tallied = true},
    {"value_fen", "库存金额", "Worth", T_MONEY, .read_only = true, .tallied = true},
    {"note", "说明", "Note", T_LINES, .max = 500},
};
static const Filter part_filters[] = {{"below_min", T_BOOL, .sql = SQL_FLAG("t.\"min\" IS NOT NULL AND t.on_hand < t.\"min\"", "below_min")}};

static const Choice kinds[] = {{"in", "入库", "In"}, {"out", "出库", "Out"}, {"count", "盘点", "Count"}, {0}};
static const Field move_fields[] = {
    {"part", "备件", "Part", T_REF, .to = "parts", .required = true, .searched = true, .indexed = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = kinds, .required = true},
    {"qty", "数量", "Quantity", T_INT, .min = 0, .max = MAX_QTY, .required = true},
    {"in_packs", "按包装计", "In packs", T_BOOL},
    {"price_fen", "单价", "Price of one", T_MONEY},
    {"work_order", "工单", "Work order", T_RECORD, .linked = true},
    {"reason", "说明", "Reason", T_TEXT, .max = 500},
    {"delta", "增减", "Change", T_INT, .read_only = true},
    {"delta_fen", "金额增减", "Change of worth", T_MONEY, .read_only = true},
    {"on_hand_after", "结存", "On hand after", T_INT, .read_only = true},
};
static const Index move_indexes[] = {{"work_order_id, id", .where = "work_order_id IS NOT NULL"}, {0}};

static const Error *check_part(Cx *cx, Record *part, Problems *problems)
{
    (void)cx;
    if (!record_is_null(part, "min") && !record_is_null(part, "max") && record_int(part, "max") < record_int(part, "min"))
        problems_add(problems, STR("max"), "out_of_range", STR("不应小于最低库存"), STR("must not be below the least"));
    if (record_is_null(part, "pack_size") != record_is_null(part, "pack_unit"))
        problems_add(problems, record_is_null(part, "pack_size") ? STR("pack_size") : STR("pack_unit"), "required", STR("包装单位和每包装数量须一起写"),
                     STR("the pack and how many are in it belong together"));
    return OK;
}

/* A shelf begins empty: what is there comes by a move. */
static const Error *prepare_part(Cx *cx, Record *part, Problems *problems)
{
    record_set_int(part, "on_hand", 0);
    record_set_int(part, "price_fen", 0);
    record_set_int(part, "value_fen", 0);
    return check_part(cx, part, problems);
}

/* What is kept of it is not put away while there is some. */
static const Error *guard_part(Cx *cx, Record *part)
{
    if (record_int(part, "on_hand") == 0)
        return OK;
    return error_state(cx->arena, STR("active"), str_format(cx->arena, "还有 %lld 件在库：先出库或盘点为 0", (long long)record_int(part, "on_hand")),
                       str_format(cx->arena, "%lld are on hand: take them out, or count none, first", (long long)record_int(part, "on_hand")));
}

const RecordType part_type = {
    .resource = "parts", .name = "part", .zh = "备件", .en = "Part", .fields = LIST(part_fields), .sights = LIST(equipment_sights), .filters = LIST(part_filters),
    .create_by = STORE, .write_by = STORE, .label = "item", .in_project = true, .leads = R_STORE_KEEPER | R_ENG_LEAD, .import_by = NAMES("item"), .prepare = prepare_part,
    .changed = check_part, .archived = guard_part,
};

/* The part as it is now, held until the closure ends. */
static const Error *hold_part(Cx *cx, const Record *move, Record **out)
{
    return record_load(cx, kernel_type(cx->kernel, &part_type), record_int(move, "part"), out);
}

/* Only what somebody works on takes parts. */
static const Error *check_order(Cx *cx, const Record *move, Problems *problems)
{
    static const char *const orders[] = {"repair", "fault", "task", NULL};
    const RecordMeta *meta;

    if (record_is_null(move, "work_order")) {
        if (str_is(record_text(move, "kind"), "out") && problems->count == 0)
            problems_add(problems, STR("work_order"), "required", STR("出库须写明工单：报修、故障或维保任务"), STR("what goes out needs its work order: a repair, a fault or a task"));
        return OK;
    }
    TRY(record_type_of(cx, record_int(move, "work_order"), &meta));
    if (meta == NULL || !names_have(orders, meta->table))
        problems_add(problems, STR("work_order"), "reference", STR("应为报修、故障或维保任务"), STR("must be a repair, a fault or a task"));
    return OK;
}

/* a * b / c, rounded half up; all not negative, c > 0. False when it leaves int64. */
static bool share_of(int64_t a, int64_t b, int64_t c, int64_t *out)
{
    __extension__ typedef __int128 Product;
    Product product = ((Product)a * b * 2 + c) / ((Product)c * 2);

    if (product > MAX_VALUE_FEN)
        return false;
    *out = (int64_t)product;
    return true;
}

typedef struct {
    int64_t on_hand, value, price; /* before; then after */
    int64_t delta, delta_fen;
} Shelf;

static const Error *too_much(Cx *cx)
{
    return error_field(cx->arena, STR("qty"), "out_of_range", STR("数量或金额太大"), STR("the quantity or its worth is too large"));
}

/* What the move does to the shelf. False when the numbers are too large; there may be less than 0 then. */
static bool reckon(const Record *move, int64_t units, bool priced, Shelf *shelf)
{
    int64_t cost;

    shelf->delta = str_is(record_text(move, "kind"), "in") ? units : str_is(record_text(move, "kind"), "out") ? -units : units - shelf->on_hand;
    if (shelf->delta >= 0) {
        if (priced ? __builtin_mul_overflow(record_int(move, "price_fen"), units, &cost)
                   : shelf->on_hand > 0 ? !share_of(shelf->value, shelf->delta, shelf->on_hand, &cost) : __builtin_mul_overflow(shelf->price, shelf->delta, &cost))
            return false;
        shelf->delta_fen = cost;
    } else if (-shelf->delta <= shelf->on_hand) {
        if (!share_of(shelf->value, -shelf->delta, shelf->on_hand, &cost))
            return false;
        shelf->delta_fen = -cost;
    }
    shelf->on_hand += shelf->delta;
    shelf->value += shelf->delta_fen;
    if (shelf->on_hand > 0 && !share_of(shelf->value, 1, shelf->on_hand, &shelf->price))
        return false;
    return shelf->value <= MAX_VALUE_FEN && shelf->on_hand <= INT64_C(1000) * MAX_QTY;
}

/* What a fault's parts are, and cost, stands with the fault: 轴承 6205 ×2、密封圈 ×1. Of what came back, less. */
typedef struct {
    Buf words;
    int64_t fen;
} Used;

static const Error *add_used(Cx *cx, const Row *row, void *self)
{
    Used *used = self;

    (void)cx;
    used->fen -= row_int(row, 2);
    if (row_int(row, 1) < 0)
        buf_format(&used->words, "%s%.*s ×%lld", used->words.len == 0 ? "" : "、", STR_ARG(row_text(row, 0)), (long long)-row_int(row, 1));
    return OK;
}

static const Error *tell_fault(Cx *cx, Id order)
{
    static const char USED[] = "SELECT p.item, CAST(sum(m.delta) AS BIGINT), CAST(sum(m.delta_fen) AS BIGINT) FROM stock_move m JOIN part p ON p.org_id = m.org_id AND p.id = m.part_id"
                               " WHERE m.org_id = :org AND m.work_order_id = :order GROUP BY p.item ORDER BY p.item"; /* stock_move_by_work_order_id_id_part */
    static const char WRITE[] = "UPDATE fault SET parts = :parts, parts_fen = :fen, updated_at = :now WHERE org_id = :org AND id = :order";
    Used used = {buf_new(cx->arena, 4000), 0};

    TRY(sql_each(cx, USED, IN(in_int("order", order)), add_used, &used));
    return sql_run(cx, WRITE, IN(in_text("parts", utf8_cut(buf_str(&used.words), 1000)), in_int("fen", used.fen), in_int("order", order)));
}

/* Fallen below the least that is to be there: told once on the way down. */
static const Error *tell_low(Cx *cx, const Record *part, int64_t before, int64_t after)
{
    int64_t min = record_int(part, "min");

    if (record_is_null(part, "min") || after >= min || before < min)
        return OK;
    return message_roles(cx, part, "low", "低于最低库存，请申购", "is below the least: order more", R_STORE_KEEPER | R_ENG_LEAD);
}

/* The shelf, in the closure that also inserts the move. */
static const Error *apply_move(Cx *cx, Record *move, const Record *part)
{
    static const char WRITE[] = "UPDATE part SET on_hand = :on_hand, value_fen = :value, price_fen = :price, updated_at = :now WHERE org_id = :org AND id = :id";
    int64_t units = record_int(move, "qty"), before = record_int(part, "on_hand");
    Shelf shelf = {before, record_int(part, "value_fen"), record_int(part, "price_fen"), 0, 0};

    if (record_int(move, "in_packs") != 0)
        units *= record_int(part, "pack_size");
    if (!reckon(move, units, !record_is_null(move, "price_fen"), &shelf))
        return too_much(cx);
    if (shelf.on_hand < 0)
        return error_state(cx->arena, STR("active"), str_format(cx->arena, "库存只有 %lld，不够出库 %lld", (long long)before, (long long)units),
                           str_format(cx->arena, "only %lld are on hand, not %lld", (long long)before, (long long)units));
    record_set_int(move, "delta", shelf.delta);
    record_set_int(move, "delta_fen", shelf.delta_fen);
    record_set_int(move, "on_hand_after", shelf.on_hand);
    TRY(sql_run(cx, WRITE, IN(in_int("on_hand", shelf.on_hand), in_int("value", shelf.value), in_int("price", shelf.price), in_int("id", part->id))));
    return tell_low(cx, part, before, shelf.on_hand);
}

static const Error *prepare_move(Cx *cx, Record *move, Problems *problems)
{
    Record *part;

    TRY(check_order(cx, move, problems));
    if (record_is_null(move, "part"))
        return OK;
    TRY(hold_part(cx, move, &part));
    if (record_int(move, "in_packs") != 0 && record_is_null(part, "pack_size"))
        problems_add(problems, STR("in_packs"), "reference", STR("这种备件没有写包装规格"), STR("this part has no pack"));
    if (!record_is_null(move, "qty") && record_int(move, "qty") == 0 && !str_is(record_text(move, "kind"), "count"))
        problems_add(problems, STR("qty"), "out_of_range", STR("应大于 0"), STR("must be above 0"));
    if (!record_is_null(move, "price_fen") && !str_is(record_text(move, "kind"), "in"))
        problems_add(problems, STR("price_fen"), "read_only", STR("只有入库写单价，其余按平均单价"), STR("is said of what comes in alone; all else goes at the average"));
    if (problems->count > 0 || record_is_null(move, "kind") || record_is_null(move, "qty"))
        return OK;
    return apply_move(cx, move, part);
}

static const Error *moved(Cx *cx, Record *move)
{
    const RecordMeta *order = NULL;

    if (record_is_null(move, "work_order"))
        return OK;
    TRY(record_type_of(cx, record_int(move, "work_order"), &order));
    return order == kernel_type(cx->kernel, &fault_type) ? tell_fault(cx, record_int(move, "work_order")) : OK;
}

const Error *stock_check(Cx *cx, BadFn *bad, void *self)
{
    static const char SHELVES[] =
        "SELECT 'part' AS thing, p.id FROM part p LEFT JOIN (SELECT m.part_id, sum(m.delta) AS n, sum(m.delta_fen) AS fen FROM stock_move m WHERE m.org_id = :org"
        " GROUP BY m.part_id) x ON x.part_id = p.id WHERE p.org_id = :org AND (p.on_hand <> coalesce(x.n, 0) OR p.value_fen <> coalesce(x.fen, 0)) LIMIT 100";
    static const char BELOW[] = "SELECT 'part' AS thing, id FROM part WHERE org_id = :org AND (on_hand < 0 OR value_fen < 0 OR (on_hand = 0 AND value_fen <> 0)) LIMIT 100";
    static const char ORDERS[] = "SELECT 'stock_move' AS thing, id FROM stock_move WHERE org_id = :org AND kind = 'out' AND work_order_id IS NULL LIMIT 100";
    static const char FAULTS[] =
        "SELECT 'fault' AS thing, f.id FROM fault f LEFT JOIN (SELECT m.work_order_id, sum(m.delta_fen) AS fen FROM stock_move m WHERE m.org_id = :org"
        " AND m.work_order_id IS NOT NULL GROUP BY m.work_order_id) x ON x.work_order_id = f.id WHERE f.org_id = :org AND coalesce(f.parts_fen, 0) <> -coalesce(x.fen, 0) LIMIT 100";

    TRY(event_faults(cx, SHELVES, "on hand or its worth differs from the sum of its moves", bad, self));
    TRY(event_faults(cx, BELOW, "has less than nothing, or is worth something when nothing is there", bad, self));
    TRY(event_faults(cx, ORDERS, "went out without a work order", bad, self));
    return event_faults(cx, FAULTS, "the cost of its parts differs from the moves", bad, self);
}

const RecordType stock_move_type = {
    .resource = "stock_moves", .name = "stock_move", .zh = "出入库", .en = "Stock move", .fields = LIST(move_fields), .sights = LIST(equipment_sights), .create_by = STORE,
    .write_by = STORE, .indexes = move_indexes, .label = "kind", .in_project = true, .own_search_only = true, .own_read_only = true, .of_the_books = true,
    .prepare = prepare_move, .created = moved,
};
