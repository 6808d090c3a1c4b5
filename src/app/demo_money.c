/* demo_money.c: the demo's fees. Each month water is read and the bills are made, reviewed by somebody else and posted; households pay as people do: a year
 * ahead (half of those with its discount), in time, a month late, in part, twice by mistake, never. The drawer is counted every evening, and now and then it is some yuan short. */
#include "app/demo_life.h"
#include "kernel/job.h"
#include "kernel/rule.h"
#include "modules/cashier/cashier.h"

typedef enum { PAYS_AHEAD, PAYS_IN_TIME, PAYS_LATE, PAYS_IN_PART, PAYS_NEVER } Habit;

/* Of 1000 homes: how many pay so. */
static const int habits[] = {[PAYS_AHEAD] = 60, [PAYS_IN_TIME] = 650, [PAYS_LATE] = 210, [PAYS_IN_PART] = 35, [PAYS_NEVER] = 45};

struct Purse {
    Dice dice; /* of its own: what people pay does not change when something breaks */
    Id tariffs[4], *meters;
    int64_t *counted; /* by each meter, whole m3 */
    Date *ahead;      /* by each home: until when its discount for paying ahead goes; 0: it has none */
    int tariff_count;
    Date billed;      /* the month that was billed last */
};

#define WATER 2 /* its place below */
static const struct {
    const char *code, *body;
} items[] = {
    {"WYF", "{\"name\":\"物业服务费\",\"name_en\":\"Property service\",\"kind\":\"area\",\"rate_yuan\":\"2.80\",\"tax_percent\":\"6\",\"empty_percent\":\"70\",\"late_per_ten_thousand\":\"5\","
            "\"late_cap_percent\":\"30\",\"ahead\":[{\"months\":12,\"percent\":\"3\"}],\"note\":\"2025 年 1 月业主大会通过\"}"},
    {"GTDF", "{\"name\":\"公摊电费\",\"name_en\":\"Shared electricity\",\"kind\":\"share\",\"agency\":true,\"note\":\"电梯、楼道灯，按面积分摊\"}"},
    {"SF", "{\"name\":\"水费\",\"name_en\":\"Water\",\"kind\":\"stepped\",\"agency\":true,\"unit\":\"m³\",\"steps\":[[180,\"5.00\"],[260,\"7.00\"],[null,\"9.00\"]],\"note\":\"代自来水公司收\"}"},
    {"CW", "{\"name\":\"车位管理费\",\"name_en\":\"Parking space\",\"kind\":\"space\",\"rate_yuan\":\"80\",\"tax_percent\":\"6\"}"},
};

static const Error *make(Cx *cx, const Actor *actor, const char *resource, json_t *take_body, Record **out)
{
    cx->actor = actor;
    cx->device_at = 0;
    return process_create(cx, kernel_find(cx->kernel, str_of(resource)), demo_json(cx, take_body), out);
}

static Habit habit_of(const Life *life, int home)
{
    Dice own = {(uint64_t)home * 7919 + 17};
    int64_t at = dice_below(&own, 1000);

    (void)life;
    for (int habit = 0; habit < (int)COUNT_OF(habits); habit++)
        if ((at -= habits[habit]) < 0)
            return (Habit)habit;
    return PAYS_IN_TIME;
}

static json_t *day_json(Cx *cx, Date day)
{
    Buf text = buf_new(cx->arena, 20);

    buf_date(&text, day);
    return json_stringn(text.ptr, (size_t)text.len);
}

static Date month_of(Instant at)
{
    return instant_to_date(at, ZONE_CHINA) / 100 * 100 + 1;
}

/* Who has paid nothing for months before the demo begins still owes it. */
static const Error *add_old_debts(Life *life, Cx *cx, int home)
{
    Demo *demo = life->demo;
    Purse *purse = life->purse;
    Date to = date_add(month_of(demo->start), -1), from = to;
    const Error *error;
    Record *charge;
    int months = habit_of(life, home) == PAYS_NEVER ? 9 : 2;

    for (int i = 0; i < months; i++)
        from = date_add(from / 100 * 100 + 1, -1);
    from = date_months_on(from / 100 * 100 + 1, 1);
    for (; from < to; from = date_months_on(from, 1)) {
        json_t *body = json_pack("{s:o,s:o}", "house", life_id(cx, demo->home[home].id), "tariff", life_id(cx, purse->tariffs[0]));
        (void)json_object_set_new(body, "period_from", day_json(cx, from)); /* fails without memory only, as below */
        (void)json_object_set_new(body, "period_to", day_json(cx, date_month_last(from)));
        error = make(cx, demo->manager, "charges", body, &charge);
        if (error != OK)
            return error->fields == NULL ? error : OK; /* whose area nobody knows, nobody has billed */
    }
    return OK;
}

static const Error *add_meter(Life *life, Cx *cx, int home)
{
    Purse *purse = life->purse;
    Record *meter;
    Str no = str_format(cx->arena, "S%05d", home + 1);

    purse->counted[home] = dice_between(&purse->dice, 20, 900);
    TRY(make(cx, life->demo->manager, "meters",
             json_pack("{s:s%,s:o,s:s,s:o,s:o}", "no", no.ptr, (size_t)no.len, "house", life_id(cx, life->demo->home[home].id), "item", "SF", "initial",
                       json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)purse->counted[home]))), "installed_on",
                       day_json(cx, date_add(month_of(life->demo->start), -1))),
             &meter));
    purse->meters[home] = meter->id;
    return OK;
}

/* 减免期 */
static const Error *exempt(Life *life, Cx *cx, int home, const char *percent, const char *reason, Record **out)
{
    Date from = month_of(cx->now);

    return make(cx, life->demo->cashier, "exemptions",
                json_pack("{s:o,s:o,s:s,s:o,s:o,s:s}", "house", life_id(cx, life->demo->home[home % life->demo->homes].id), "tariff", life_id(cx, life->purse->tariffs[0]), "percent", percent, "from",
                          day_json(cx, from), "to", day_json(cx, date_add(date_months_on(from, 12), -1)), "reason", reason),
                out);
}

const Error *life_ask_relief(Life *life, Cx *cx)
{
    Record *asked;

    return exempt(life, cx, 33, "70", "男业主十月起住院，家里只有一份退休金，申请一年内减收三成，居委会证明已交前台。", &asked);
}

const Error *life_set_prices(Life *life, Cx *cx)
{
    Demo *demo = life->demo;
    Purse *purse = new (demo->arena, Purse, 1);
    Record *record;
    bool done;

    life->purse = purse;
    purse->dice.state = demo->dice.state ^ UINT64_C(0x6d6f6e6579);
    purse->meters = new (demo->arena, Id, demo->homes);
    purse->counted = new (demo->arena, int64_t, demo->homes);
    purse->ahead = new (demo->arena, Date, demo->homes);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        json_t *body;
        TRY(json_read(cx->arena, str_of(items[i].body), &body));
        body = json_copy(body);
        (void)json_object_set_new(body, "code", json_string(items[i].code));
        (void)json_object_set_new(body, "from", json_string("2025-01-01"));
        TRY(make(cx, demo->manager, "tariffs", body, &record));
        purse->tariffs[purse->tariff_count++] = record->id;
    }
    TRY(exempt(life, cx, 12, "50", "低保家庭，凭区民政局证明减半，一年一审。", &record));
    TRY(life_act(life, cx, demo->manager, record->meta, record->id, "approve", json_object(), &done));
    life_plan(life, demo->start + HOUR, STEP_BILL, 0);
    life_plan(life, date_to_instant(instant_to_date(demo->start, ZONE_CHINA), DAY_CLOSES + 5, ZONE_CHINA), STEP_TILL, -1);
    return OK;
}

static const Error *read_meter(Life *life, Cx *cx, int home, Date on)
{
    Purse *purse = life->purse;
    const Home *at = &life->demo->home[home];
    Record *reading;

    if (purse->meters[home] == 0) {
        TRY(add_meter(life, cx, home));
        if (habit_of(life, home) >= PAYS_IN_PART)
            TRY(add_old_debts(life, cx, home));
    }
    if (on < instant_to_date(life->demo->start, ZONE_CHINA)) /* the first month has no second reading yet */
        return OK;
    purse->counted[home] += at->empty ? 0 : dice_between(&purse->dice, 4, 19);
    return make(cx, life->demo->manager, "readings",
                json_pack("{s:o,s:o,s:o}", "meter", life_id(cx, purse->meters[home]), "value",
                          json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)purse->counted[home]))), "read_at", day_json(cx, on)),
                &reading);
}

/* When a household pays what was billed today. */
static void plan_payment(Life *life, Cx *cx, int home)
{
    Dice *dice = &life->purse->dice;
    Habit habit = habit_of(life, home);
    int64_t days = habit == PAYS_AHEAD ? dice_between(dice, 1, 6) : habit == PAYS_LATE ? dice_between(dice, 31, 80) : dice_between(dice, 2, 29);
    Instant at = date_to_instant(date_add(instant_to_date(cx->now, ZONE_CHINA), (int)days), (int)dice_between(dice, DAY_OPENS + 20, DAY_CLOSES - 20), ZONE_CHINA);

    if (habit == PAYS_NEVER || (habit == PAYS_IN_PART && dice_chance(dice, 400)))
        return;
    life_plan(life, at, STEP_PAY, home);
    if (dice_chance(dice, 6)) /* the bank order and the visit at the desk */
        life_plan(life, at + dice_between(dice, 1, 3) * DAY_US, STEP_PAY, home + life->demo->homes);
}

/* Reads, proposes, has it reviewed, posts: some homes at a time, so that no closure grows large. */
#define HOMES_A_STEP 250
const Error *life_bill(Life *life, Cx *cx, int from)
{
    Demo *demo = life->demo;
    Purse *purse = life->purse;
    Date month = month_of(cx->now);
    json_t *tariffs, *body;
    Record *run;
    bool done;

    for (int home = from; home < demo->homes && home < from + HOMES_A_STEP; home++) {
        TRY(read_meter(life, cx, home, date_add(month, -1)));
        plan_payment(life, cx, home);
    }
    if (from + HOMES_A_STEP < demo->homes) {
        life_plan(life, cx->now + MINUTE, STEP_BILL, from + HOMES_A_STEP);
        return OK;
    }
    tariffs = json_array();
    for (int i = 0; i < purse->tariff_count; i++)
        if (i != WATER || purse->billed != 0) /* the first month has no second reading yet */
            (void)json_array_append_new(tariffs, life_id(cx, purse->tariffs[i]));
    purse->billed = month;
    body = json_pack("{s:o,s:o,s:o,s:[{s:o,s:I}]}", "period_from", day_json(cx, month), "period_to", day_json(cx, date_month_last(month)), "tariffs", tariffs, "shared", "tariff",
                     life_id(cx, purse->tariffs[1]), "total_fen", (json_int_t)demo->homes * dice_between(&purse->dice, 1500, 2300));
    TRY(make(cx, demo->manager, "billing_runs", body, &run));
    TRY(life_act(life, cx, demo->admin, run->meta, run->id, "review", json_object(), &done));
    cx->now += 20 * MINUTE;
    TRY(life_act(life, cx, demo->manager, run->meta, run->id, "post", json_object(), &done));
    life_plan(life, date_to_instant(date_months_on(month, 1), 9 * 60, ZONE_CHINA), STEP_BILL, 0);
    return OK;
}

static const char *some_method(Dice *dice, bool empty)
{
    int64_t at = dice_below(dice, 100);

    return empty ? "transfer" : at < 44 ? "wechat" : at < 66 ? "alipay" : at < 78 ? "qr" : at < 90 ? "cash" : at < 96 ? "pos" : "transfer";
}

/* 预缴: the twelve months after this one, charged now with their discount. Whose area nobody knows pays month by month. */
static const Error *charge_year(Life *life, Cx *cx, int home)
{
    Date today = instant_to_date(cx->now, ZONE_CHINA), from = date_months_on(month_of(cx->now), 1), to = date_month_last(date_months_on(from, 11));
    const Error *error;
    Record *charge;
    json_t *body;

    if (home % 2 == 0 || habit_of(life, home) != PAYS_AHEAD || life->purse->ahead[home] >= today)
        return OK;
    body = json_pack("{s:o,s:o,s:o,s:o,s:b}", "house", life_id(cx, life->demo->home[home].id), "tariff", life_id(cx, life->purse->tariffs[0]), "period_from", day_json(cx, from),
                     "period_to", day_json(cx, to), "ahead", 1);
    error = make(cx, life->demo->cashier, "charges", body, &charge);
    if (error != OK)
        return error->fields == NULL ? error : OK;
    life->purse->ahead[home] = to;
    return OK;
}

const Error *life_pay(Life *life, Cx *cx, int which)
{
    Demo *demo = life->demo;
    Dice *dice = &life->purse->dice;
    bool twice = which >= demo->homes;
    const Home *home = &demo->home[twice ? which - demo->homes : which];
    Habit habit = habit_of(life, twice ? which - demo->homes : which);
    const char *method = some_method(dice, home->empty);
    int64_t owed = 0, fen, alone;
    Record *payment;
    json_t *body;
    Dues dues;
    bool done;

    if (!twice)
        TRY(charge_year(life, cx, which));
    TRY(charge_dues(cx, home->id, instant_to_date(cx->now, ZONE_CHINA), &dues));
    for (int i = 0; i < dues.count; i++)
        owed += record_int(dues.list[i].charge, "open_fen") + dues.list[i].late.amount_fen;
    if (owed == 0 && !twice)
        return OK;
    fen = twice ? 30000 : habit == PAYS_AHEAD && which % 2 == 0 ? owed * 12 : habit == PAYS_IN_PART ? owed / 2 / 100 * 100 + 100 : owed;
    body = json_pack("{s:o,s:I,s:s,s:o}", "house", life_id(cx, home->id), "amount_fen", (json_int_t)fen, "method", method, "payer", life_id(cx, demo->people[home->owner].id));
    if (strcmp(method, "cash") == 0)
        (void)json_object_set_new(body, "given_fen", json_integer((fen + 4999) / 5000 * 5000));
    TRY(make(cx, demo->cashier, "payments", body, &payment));
    if (!dice_chance(dice, 4)) /* four in a thousand are taken on the wrong house, noticed at once, and taken again */
        return OK;
    cx->now += 3 * MINUTE;
    TRY(rule_value(cx, "cashier.second_person_fen", &alone));
    TRY(life_act(life, cx, fen > alone ? demo->manager : demo->cashier, payment->meta, payment->id, "void", json_pack("{s:s}", "reason", "收错房号，当场更正"), &done));
    return OK;
}

/* What modules do by themselves, as the running program would have done it. */
static const Error *do_chores(Life *life, Cx *cx)
{
    cx->actor = &life->demo->system;
    for (const Module *const *module = cx->kernel->modules; *module != NULL; module++)
        for (const Chore *chore = (*module)->chores; chore != NULL && chore->name != NULL; chore++)
            for (int count = 200; count == 200;)
                TRY(chore_do(cx, chore, 200, &count));
    return OK;
}

/* 交班: counted against the books, and handed in. */
static const Error *count_drawer(Life *life, Cx *cx)
{
    static const char OPEN[] = "SELECT w.id, coalesce(a.balance_fen, 0) FROM drawer w LEFT JOIN account a ON a.org_id = w.org_id AND a.project_id = w.project_id AND a.kind = 'drawer'"
                               " AND a.user_id = w.cashier_id WHERE w.org_id = :org AND w.cashier_id = :cashier AND w.state = 'open' AND w.archived_at IS NULL";
    Demo *demo = life->demo;
    const RecordMeta *meta = kernel_type(cx->kernel, &drawer_type);
    int64_t id, balance, counted;
    json_t *body;
    bool found, done;

    TRY(sql_find(cx, OPEN, IN(in_int("cashier", demo->cashier->user)), OUT(out_int(&id), out_int(&balance)), &found));
    if (!found)
        return OK;
    counted = balance - (dice_chance(&life->purse->dice, 60) ? dice_between(&life->purse->dice, 1, 9) * 100 : 0);
    counted = counted < 0 ? 0 : counted;
    body = json_pack("{s:I}", "counted_fen", (json_int_t)counted);
    if (counted != balance)
        (void)json_object_set_new(body, "explanation", json_string("找零差错，已复点两遍"));
    TRY(life_act(life, cx, demo->cashier, meta, id, "close", body, &done));
    cx->now += 10 * MINUTE;
    return life_act(life, cx, demo->manager, meta, id, "hand_over", json_pack("{s:I}", "amount_fen", (json_int_t)counted), &done);
}

const Error *life_till(Life *life, Cx *cx)
{
    life_plan(life, date_to_instant(date_add(instant_to_date(cx->now, ZONE_CHINA), 1), DAY_CLOSES + 5, ZONE_CHINA), STEP_TILL, -1);
    TRY(count_drawer(life, cx));
    return do_chores(life, cx);
}
