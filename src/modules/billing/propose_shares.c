/* propose_shares.c: 公摊, a total shared out among the houses that its item is for. The parts add up to the total by the fen, and never to more: who comes
 * later, when all of it was charged, gets none of it. */
#include "modules/billing/propose_parts.h"

#define SHARE_BYTES ((size_t)1 << 30) /* while a total is shared out: 130 bytes a house */

typedef struct {
    Arena *kept, *arena; /* for the houses; for their weights */
    Version *version;
    Exact *weights;
    int weight_room, house_room;
    Id last; /* house looked at */
    int count; /* of the page */
} Weighing;

static Exact weight_of(const Version *version, const Record *house)
{
    Str by = record_text(version->price.tariff, "share_by");
    int64_t floor = 0;

    if (str_is(by, "house"))
        return exact_of(1);
    if (str_is(by, "floor"))
        return exact_of(str_to_int(record_text(house, "floor"), &floor) && floor > 0 ? floor : 0);
    return exact_per(record_int(house, "area"), 100);
}

static const Error *weigh_house(Cx *cx, const Row *row, void *self)
{
    Weighing *weighing = self;
    Shares *shares = &weighing->version->shares;
    Record *house = record_of_row(cx, kernel_find(cx->kernel, STR("houses")), row);

    weighing->last = house->id;
    weighing->count++;
    if (!applies_to(&weighing->version->applies, house))
        return OK;
    weighing->weights = arena_grown(weighing->arena, weighing->weights, sizeof(Exact), shares->count, &weighing->weight_room);
    shares->houses = arena_grown(weighing->kept, shares->houses, sizeof(Id), shares->count, &weighing->house_room);
    shares->houses[shares->count] = house->id;
    weighing->weights[shares->count] = weight_of(weighing->version, house);
    shares->count++;
    return OK;
}

static const Error *total_of(Cx *cx, const RunPages *run, const Version *version, int64_t *out)
{
    json_t *list = NULL;

    if (!record_is_null(run->run, "shared"))
        TRY(json_read(cx->arena, record_text(run->run, "shared"), &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *fen = json_object_get(one, "total_fen");
        Id id;
        if (!str_to_id(json_str(json_object_get(one, "tariff")), &id) || !json_is_integer(fen) || json_integer_value(fen) <= 0 || json_integer_value(fen) > MAX_FEE_FEN)
            return error_field(cx->arena, STR("shared"), "format", STR("写成 [{\"tariff\":\"编号\",\"total_fen\":金额}]"), STR("is written [{\"tariff\":\"id\",\"total_fen\":amount}]"));
        *out = json_integer_value(fen);
        if (id == version->price.tariff->id)
            return OK;
    }
    return error_field(cx->arena, STR("shared"), "required", str_format(cx->arena, "“%.*s”要写本期公摊总额", STR_ARG(record_text(version->price.tariff, "name"))),
                       STR("give the total of each shared item"));
}

/* What charges of the very period have of the total already: a run that is made again fills gaps only. */
static const Error *billed_of(Cx *cx, const RunPages *run, Str item, int64_t *out)
{
    static const char BILLED[] = "SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) FROM charge WHERE org_id = :org AND project_id = :project AND item = :item AND period_from = :from"
                                 " AND period_to = :to AND slot IS NOT NULL AND state <> 'reversed'"; /* charge_by_project_id_item_period_from */

    return sql_row(cx, BILLED, IN(in_int("project", run->run->project), in_text("item", item), in_int("from", run->from), in_int("to", run->to)), OUT(out_int(out)));
}

const Error *shares_read(Cx *cx, const RunPages *run, const Item *item)
{
    Shares *shares = &item->list[0].shares;
    int64_t billed;

    if (item->count > 1)
        return error_field(cx->arena, STR("tariffs"), "out_of_range",
                           str_format(cx->arena, "“%.*s”的价格在本期内有变，公摊请按价格分成两批", STR_ARG(record_text(item->list[0].price.tariff, "name"))),
                           STR("the price of a shared item changes within the period: make a run for the days of each"));
    TRY(total_of(cx, run, &item->list[0], &shares->total));
    TRY(billed_of(cx, run, item->list[0].price.code, &billed));
    shares->left = shares->total > billed ? shares->total - billed : 0;
    return OK;
}

static const Error *weigh_houses(Cx *cx, const RunPages *run, Weighing *weighing)
{
    do {
        Cx page = page_cx(cx, run);
        weighing->count = 0;
        TRY(error_copy(cx->arena, each_house(&page, run, weighing->last, weigh_house, weighing)));
        arena_reset(run->page);
    } while (weighing->count == PAGE_HOUSES);
    return OK;
}

/* Of the weights, nothing stays but the shares. */
const Error *share_out(Cx *cx, const RunPages *run, Version *version)
{
    AUTO(arena_close_at) Arena *arena = arena_open(SHARE_BYTES);
    Shares *shares = &version->shares;
    Weighing weighing = {.kept = run->arena, .arena = arena, .version = version, .weights = new (arena, Exact, run->total + 1), .weight_room = (int)run->total + 1, .house_room = (int)run->total + 1};
    bool fits = true;
    int64_t *fen;

    shares->houses = new (run->arena, Id, run->total + 1);
    TRY(weigh_houses(cx, run, &weighing));
    shares->weights = exact_of(0);
    for (int i = 0; i < shares->count && fits; i++)
        fits = exact_add(shares->weights, weighing.weights[i], &shares->weights);
    if (shares->count == 0 || !fits || exact_is_zero(shares->weights))
        return error_field(cx->arena, STR("shared"), "out_of_range", STR("没有可以分摊的房屋（面积、楼层都缺）"), STR("no house has a weight to share by"));
    TRY(error_copy(cx->arena, fee_share(arena, shares->total, weighing.weights, shares->count, &fen)));
    shares->fen = new (run->arena, int64_t, shares->count);
    memcpy(shares->fen, fen, sizeof(int64_t) * (size_t)shares->count);
    return arena_is_spent(arena) ? error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE) : OK;
}

/* The house's place among those that share; -1: it does not. */
static int place_of(const Shares *shares, Id house)
{
    int low = 0, high = shares->count - 1;

    while (low < high) { /* rising by id */
        int middle = (low + high) / 2;
        if (shares->houses[middle] < house)
            low = middle + 1;
        else
            high = middle;
    }
    return shares->count > 0 && shares->houses[low] == house ? low : -1;
}

const Error *bill_share(Cx *cx, const RunPages *run, Home *home, Version *version, int64_t *fen)
{
    Shares *shares = &version->shares;
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, run->to), .from = run->from, .to = run->to, .slot = version->price.code};
    FeeLine *line = new (cx->arena, FeeLine, 1);
    int place = place_of(shares, home->house->id);
    bool billed;

    if (place < 0 || is_covered(home, proposed.slot, run->from, run->to))
        return OK;
    if (shares->fen[place] == 0)
        return except(cx, run, home, version, "no_weight", false, STR("没有面积或楼层，分摊为 0"), STR("has no area or floor: its share is 0"));
    if (shares->fen[place] > shares->left)
        return except(cx, run, home, version, "shared_already", false, STR("本期总额此前已分完，没有再分给这一户"), STR("the total of this period was shared out before: nothing is left for this home"));
    *line = (FeeLine){.kind = LINE_SHARE, .from = run->from, .to = run->to, .quantity = weight_of(version, home->house), .weights = shares->weights, .total_fen = shares->total,
                      .amount_fen = shares->fen[place]};
    proposed.billed.fee = (Fee){line, 1, line->amount_fen};
    TRY(except_payer(cx, run, home, version, &proposed, &billed));
    if (!billed)
        return OK;
    shares->left -= line->amount_fen;
    *fen += line->amount_fen;
    return run->sink.proposed(cx, &proposed, run->sink.self);
}
