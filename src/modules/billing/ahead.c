/* ahead.c: 预缴, the months that a household may pay ahead at a discount: from when on, how many, and what they come to. */
#include "modules/billing/billing_parts.h"

#define MAX_OFFERS 60

/* Versions of prices with a discount that are for the house and have not ended, by code and day. */
typedef struct {
    const Record *house;
    Reliefs reliefs;
    Date today, due; /* due: what is charged ahead today */
    Price list[MAX_OFFERS];
    Date charged[MAX_OFFERS]; /* the last day that the house was charged for of the item; 0: none */
    int count;
} Offers;

static const Error *add_offer(Cx *cx, const Row *row, void *self)
{
    Offers *offers = self;
    const RecordMeta *meta = kernel_type(cx->kernel, &tariff_type);
    const Record *tariff = record_from_row(cx, meta, row);
    Applies applies;

    TRY(applies_read(cx, tariff, &applies));
    if (offers->count == MAX_OFFERS || !applies_to(&applies, offers->house))
        return OK;
    offers->charged[offers->count] = (Date)row_int(row, COL_FIELDS + meta->value_count);
    return price_read(cx->arena, tariff, &offers->list[offers->count++]);
}

static const Error *offers_of(Cx *cx, const Record *house, Date today, Offers *out)
{
    Buf sql = buf_new(cx->arena, 1 << 14);

    *out = (Offers){.house = house, .today = today};
    TRY(bill_due_ahead(cx, today, &out->due));
    TRY(reliefs_of(cx, house->id, today, 99991231, &out->reliefs));
    buf_format(&sql, "SELECT %s, (SELECT coalesce(max(c.period_to), 0) FROM charge c WHERE c.org_id = t.org_id AND c.house_id = :house AND c.slot = t.code)" /* charge_by_house_id_slot_period_from */
                     " FROM tariff t WHERE t.org_id = :org AND t.project_id = :project AND t.ahead IS NOT NULL AND t.archived_at IS NULL AND coalesce(t.\"to\", 99991231) >= :today ORDER BY t.code, t.\"from\"", /* tariff_by_project_id_code_from */
               kernel_type(cx->kernel, &tariff_type)->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("house", house->id), in_int("project", house->project), in_int("today", today)), add_offer, out);
}

/* The month after the last one charged, and not before this one: only what has not ended is paid ahead. */
static Date first_day(Date charged, Date today)
{
    Date month = today / 100 * 100 + 1, next = charged == 0 ? month : date_months_on(charged / 100 * 100 + 1, 1);

    return next > month ? next : month;
}

static Date last_day(Date from, int months)
{
    return date_month_last(date_months_on(from, months - 1));
}

/* How many months from then on the price holds; as many as a step may have at most. */
static int months_held(const Price *price, Date from)
{
    int months = 0;

    while (months < FEE_AHEAD_MONTHS && last_day(from, months + 1) <= price->to)
        months++;
    return months;
}

/* The discount is the last line. */
static void cost_json(Cx *cx, const Billed *billed, Date due, Json *json)
{
    int64_t off = -billed->fee.list[billed->fee.count - 1].amount_fen;

    JSON_INT(json, "full_fen", billed->fee.amount_fen + off);
    JSON_INT(json, "off_fen", off);
    JSON_INT(json, "amount_fen", billed->fee.amount_fen);
    JSON_KEY(json, "due_date");
    json_date(json, due);
    JSON_KEY(json, "lines");
    fee_lines_json(cx->arena, &billed->fee, cx->lang, json);
}

/* What so many months come to, or what the house lacks for it. */
static const Error *step_json(Cx *cx, const Offers *offers, const Price *price, Date from, int months, Json *json)
{
    Date to = last_day(from, months);
    Billed billed;
    const Error *error = bill_fee_ahead(cx, price, offers->house, &offers->reliefs, from, to, offers->today, &billed);

    if (error != OK && error->fields == NULL)
        return error;
    json_open(json, '{');
    JSON_INT(json, "months", months);
    JSON_KEY(json, "to");
    json_date(json, to);
    if (error == OK) {
        cost_json(cx, &billed, offers->due, json);
    } else {
        JSON_TEXT(json, "lacks", error->fields->field);
        JSON_TEXT(json, "message", cx->lang == LANG_ZH ? error->fields->zh : error->fields->en);
    }
    json_close(json, '}');
    return OK;
}

/* The item with the version that holds on its first day, `offer`; NULL: none does then. */
static const Error *item_json(Cx *cx, const Offers *offers, const Price *first, const Price *offer, Date charged, Date from, int months, Json *json)
{
    static const Shown whole = {0};
    int most = offer == NULL ? 0 : months_held(offer, from);

    json_open(json, '{');
    JSON_KEY(json, "tariff");
    TRY(record_json(cx, (offer == NULL ? first : offer)->tariff, &whole, json));
    JSON_KEY(json, "charged_to");
    charged == 0 ? json_none(json) : json_date(json, charged);
    JSON_KEY(json, "from");
    json_date(json, from);
    JSON_INT(json, "most_months", most);
    JSON_KEY(json, "steps");
    json_open(json, '[');
    for (int i = 0; offer != NULL && i < offer->ahead_count; i++)
        if (offer->ahead[i].months <= most)
            TRY(step_json(cx, offers, offer, from, offer->ahead[i].months, json));
    json_close(json, ']');
    JSON_KEY(json, "asked");
    if (offer != NULL && months > 0 && months <= most)
        TRY(step_json(cx, offers, offer, from, months, json));
    else
        json_none(json);
    json_close(json, '}');
    return OK;
}

const Error *charge_ahead_json(Cx *cx, const Record *house, int months, Json *json)
{
    Date today = instant_to_date(cx->now, cx->zone_min);
    Offers *offers = new (cx->arena, Offers, 1);

    TRY(offers_of(cx, house, today, offers));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0, next; i < offers->count; i = next) {
        const Price *first = &offers->list[i], *offer = NULL;
        Date charged = offers->charged[i], from = first_day(charged, today);
        for (next = i; next < offers->count && str_eq(offers->list[next].code, first->code); next++)
            if (offers->list[next].from <= from && offers->list[next].to >= from)
                offer = &offers->list[next];
        TRY(item_json(cx, offers, first, offer, charged, from, months, json));
    }
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
