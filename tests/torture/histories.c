/* histories.c: random histories of money, thousands of steps a second, through the kernel's own actions.
 *     histories FOLDER SEED COUNT
 * Makes the data in FOLDER when there are none, and goes on with them when there are: after a kill, say. A hundred households of a project of their own go
 * side by side, each step in a closure of its own; some closures fail behind their work, and must leave nothing. A history is a household's dozen steps: it
 * is billed by hand and by runs, by its area, its meter and its share, pays in all forms, is refunded, reversed, let off and exempted, stands empty, changes hands and size, while prices change. What may be refused is
 * refused with a reason; anything else ends the program. What the books must look like then is said in tests/api/money.mjs, in SQL. */
#include "app/demo_parts.h"
#include "kernel/process.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE 100   /* households that go side by side */
#define STEPS 12
#define LOST_PER_1000 60 /* closures that fail when all is done */

typedef enum { CASHIER, CASHIER_2, ACCOUNTANT, ACCOUNTANT_2, MANAGER, REGION, PEOPLE } Who;
static const char *const roles[PEOPLE] = {"cashier", "cashier", "accountant", "accountant", "manager", "region"};

typedef struct {
    Arena *arena; /* of all */
    House *house;
    Cx cx;
    const Actor *people[PEOPLE];
    Dice dice;
    int number; /* of the project */
    Id project, by_area, once, water, shared;
    Id houses[BESIDE], meters[BESIDE];
    int64_t done[40], refused[40], lost;
} World;

typedef struct Step Step;
typedef const Error *StepFn(Cx *cx, Step *step);
struct Step {
    World *world;
    Dice dice; /* at its beginning: a closure may run again */
    Id house, meter;
    int what, round;
    bool fails;
    Cx cx;
    const Error *error;
};

static const Error *lost = &(const Error){.code = ERR_UNAVAILABLE};

/* ---- How a step is said ---- */

__attribute__((format(printf, 2, 3))) static const json_t *body(Cx *cx, const char *format, ...)
{
    char text[900];
    va_list list;
    json_t *json = NULL;

    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (json_read(cx->arena, str_copy(cx->arena, str_of(text)), &json) != OK)
        abort(); /* it is written here */
    return json;
}

static const Error *make(Cx *cx, const World *world, Who who, const char *resource, const json_t *json, Id *id)
{
    Record *record;

    cx->actor = world->people[who];
    TRY(process_create(cx, kernel_find(cx->kernel, str_of(resource)), json, &record));
    if (id != NULL)
        *id = record->id;
    return OK;
}

static const Error *act(Cx *cx, const World *world, Who who, const char *resource, Id id, const char *action, const json_t *json)
{
    Record *record;

    cx->actor = world->people[who];
    return process_act(cx, kernel_find(cx->kernel, str_of(resource)), id, str_of(action), 0, json, &record);
}

static const Error *patch(Cx *cx, const World *world, const char *resource, Id id, const json_t *json)
{
    Record *record;

    cx->actor = world->people[MANAGER];
    return process_patch(cx, kernel_find(cx->kernel, str_of(resource)), id, 0, json, &record);
}

/* One of what the statement finds, and an amount beside it; 0: there is none. */
typedef struct {
    Id ids[200];
    int64_t fen[200];
    int count;
} Found;
static const Error *add_found(Cx *cx, const Row *row, void *self)
{
    Found *found = self;

    (void)cx;
    if (found->count < (int)COUNT_OF(found->ids)) {
        found->ids[found->count] = row_int(row, 0);
        found->fen[found->count++] = row_int(row, 1);
    }
    return OK;
}
static const Error *one_of(Cx *cx, Step *step, const char *sql, Id *id, int64_t *fen)
{
    Found *found = new (cx->arena, Found, 1);
    int64_t at;

    TRY(sql_each(cx, sql, IN(in_int("house", step->house)), add_found, found));
    at = dice_below(&step->dice, found->count > 0 ? found->count : 1);
    *id = found->count > 0 ? found->ids[at] : 0;
    *fen = found->count > 0 ? found->fen[at] : 0;
    return OK;
}

static const char CHARGES[] = "SELECT id, open_fen FROM charge WHERE org_id = :org AND house_id = :house AND reverses_id IS NULL ORDER BY id";
static const char OWED[] = "SELECT id, open_fen FROM charge WHERE org_id = :org AND house_id = :house AND open_fen > 0 ORDER BY id";
static const char PAYMENTS[] = "SELECT id, amount_fen - refunded_fen FROM payment WHERE org_id = :org AND house_id = :house ORDER BY id";
static const char DEPOSITS[] = "SELECT id, held_fen FROM deposit WHERE org_id = :org AND house_id = :house ORDER BY id";

/* Mostly a part or the whole of it, now and then a fen too much. */
static int64_t part_of(Dice *dice, int64_t fen)
{
    return dice_chance(dice, 60) ? fen + 1 : dice_chance(dice, 400) || fen < 2 ? fen : dice_between(dice, 1, fen);
}

/* ---- The steps ---- */

static const Error *bill(Cx *cx, Step *step)
{
    int month = (int)dice_between(&step->dice, 1, step->round <= 5 ? 6 : 12);
    Date from = 20260001 + month * 100, to = date_month_last(from);

    if (dice_chance(&step->dice, 150))
        to = date_add(from, (int)dice_between(&step->dice, 3, 50)); /* across months: may lie over another */
    return make(cx, step->world, ACCOUNTANT, "charges",
                body(cx, "{\"house\":\"%lld\",\"tariff\":\"%lld\",\"period_from\":\"%d-%02d-%02d\",\"period_to\":\"%d-%02d-%02d\"}", (long long)step->house, (long long)step->world->by_area,
                     from / 10000, from / 100 % 100, from % 100, to / 10000, to / 100 % 100, to % 100),
                NULL);
}

static const Error *charge_once(Cx *cx, Step *step)
{
    Date due = date_add(instant_to_date(cx->now, ZONE_CHINA), (int)dice_between(&step->dice, -60, 40));

    return make(cx, step->world, ACCOUNTANT, "charges",
                body(cx, "{\"house\":\"%lld\",\"tariff\":\"%lld\",\"amount_fen\":%d,\"due_date\":\"%d-%02d-%02d\"}", (long long)step->house, (long long)step->world->once,
                     (int)dice_between(&step->dice, 1, 30000), due / 10000, due / 100 % 100, due % 100),
                NULL);
}

static const Error *pay(Cx *cx, Step *step)
{
    static const char *const methods[] = {"qr", "cash", "cash", "prepay", "transfer"};
    const char *method = methods[dice_below(&step->dice, COUNT_OF(methods))];
    Who who = dice_chance(&step->dice, 500) ? CASHIER : CASHIER_2;
    int64_t open, fen;
    Id charge;

    TRY(one_of(cx, step, OWED, &charge, &open));
    if (charge != 0 && dice_chance(&step->dice, 400)) {
        fen = part_of(&step->dice, open);
        return make(cx, step->world, who, "payments",
                    body(cx, "{\"house\":\"%lld\",\"amount_fen\":%lld,\"method\":\"%s\",\"allocations\":[{\"charge\":\"%lld\",\"fen\":%lld}]}", (long long)step->house,
                         (long long)(dice_chance(&step->dice, 200) ? fen + 77 : fen), method, (long long)charge, (long long)fen),
                    NULL);
    }
    fen = charge == 0 || dice_chance(&step->dice, 300) ? dice_between(&step->dice, 1, 60000) : open;
    return make(cx, step->world, who, "payments", body(cx, "{\"house\":\"%lld\",\"amount_fen\":%lld,\"method\":\"%s\"}", (long long)step->house, (long long)fen, method), NULL);
}

/* A part of one of what the statement finds goes back to the household. */
static const Error *refund_of(Cx *cx, Step *step, const char *sql, Who who, const char *resource)
{
    int64_t rest;
    Id id;

    TRY(one_of(cx, step, sql, &id, &rest));
    return id == 0 ? OK : act(cx, step->world, who, resource, id, "refund", body(cx, "{\"amount_fen\":%lld,\"reason\":\"退\"}", (long long)part_of(&step->dice, rest)));
}

static const Error *refund(Cx *cx, Step *step)
{
    return refund_of(cx, step, PAYMENTS, CASHIER, "payments");
}

static const Error *void_payment(Cx *cx, Step *step)
{
    int64_t rest;
    Id payment;

    TRY(one_of(cx, step, PAYMENTS, &payment, &rest));
    return payment == 0 ? OK : act(cx, step->world, CASHIER, "payments", payment, "void", body(cx, "{\"reason\":\"作废\"}"));
}

static const Error *match(Cx *cx, Step *step)
{
    Id payment;

    TRY(make(cx, step->world, CASHIER, "payments",
             body(cx, "{\"project\":\"%lld\",\"amount_fen\":%d,\"method\":\"transfer\"}", (long long)step->world->project, (int)dice_between(&step->dice, 1, 40000)), &payment));
    return act(cx, step->world, CASHIER_2, "payments", payment, "match", body(cx, "{\"house\":\"%lld\"}", (long long)step->house));
}

static const Error *reverse(Cx *cx, Step *step)
{
    int64_t open;
    Id charge;

    TRY(one_of(cx, step, CHARGES, &charge, &open));
    return charge == 0 ? OK : act(cx, step->world, ACCOUNTANT, "charges", charge, "reverse", body(cx, "{\"reason\":\"冲\"}"));
}

static const Error *reduce(Cx *cx, Step *step)
{
    bool off = dice_chance(&step->dice, 300);
    Id charge, asked;
    int64_t open;

    TRY(one_of(cx, step, OWED, &charge, &open));
    if (charge == 0)
        return OK;
    TRY(make(cx, step->world, CASHIER, "adjustments",
             body(cx, "{\"charge\":\"%lld\",\"kind\":\"%s\",\"amount_fen\":%lld,\"reason\":\"减\"}", (long long)charge, off ? "write_off" : "discount",
                  (long long)(off ? open : part_of(&step->dice, open))),
             &asked));
    if (off) { /* takes three */
        TRY(act(cx, step->world, REGION, "adjustments", asked, "approve", body(cx, "{}")));
        TRY(act(cx, step->world, ACCOUNTANT, "adjustments", asked, "approve", body(cx, "{}")));
    }
    return act(cx, step->world, MANAGER, "adjustments", asked, "approve", body(cx, "{}"));
}

static const Error *hold(Cx *cx, Step *step)
{
    return make(cx, step->world, CASHIER, "deposits",
                body(cx, "{\"house\":\"%lld\",\"amount_fen\":%d,\"method\":\"%s\"}", (long long)step->house, (int)dice_between(&step->dice, 1, 50000), dice_chance(&step->dice, 500) ? "qr" : "cash"),
                NULL);
}

static const Error *give_back(Cx *cx, Step *step)
{
    return refund_of(cx, step, DEPOSITS, CASHIER_2, "deposits");
}

static const Error *keep(Cx *cx, Step *step)
{
    int64_t held, open;
    Id deposit, charge;

    TRY(one_of(cx, step, DEPOSITS, &deposit, &held));
    TRY(one_of(cx, step, OWED, &charge, &open));
    if (deposit == 0 || charge == 0)
        return OK;
    return act(cx, step->world, ACCOUNTANT, "deposits", deposit, "keep",
               body(cx, "{\"charge\":\"%lld\",\"amount_fen\":%lld,\"reason\":\"抵\"}", (long long)charge, (long long)part_of(&step->dice, held < open ? held : open)));
}

static const Error *measure(Cx *cx, Step *step)
{
    return patch(cx, step->world, "houses", step->house, body(cx, "{\"area\":%d.%02d}", (int)dice_between(&step->dice, 30, 200), (int)dice_below(&step->dice, 100)));
}

static const Error *hand_over(Cx *cx, Step *step)
{
    static const char OWNER[] = "SELECT party_id, since FROM residence WHERE org_id = :org AND house_id = :house AND role = 'owner' ORDER BY since DESC, id DESC";
    int month = (int)dice_between(&step->dice, 1, 12);
    int64_t since;
    Id before, party;

    TRY(one_of(cx, step, OWNER, &before, &since));
    TRY(make(cx, step->world, MANAGER, "parties",
             body(cx, "{\"name\":\"买主%d\",\"phone\":\"139%08d\",\"project\":\"%lld\"}", (int)dice_below(&step->dice, 100000), (int)dice_below(&step->dice, 100000000), (long long)step->world->project), &party));
    return patch(cx, step->world, "houses", step->house,
                 body(cx, "{\"parties\":[{\"party\":\"%lld\",\"role\":\"owner\",\"from\":\"2020-01-01\",\"to\":\"2026-%02d-15\"},{\"party\":\"%lld\",\"role\":\"owner\",\"from\":\"2026-%02d-15\"}]}",
                      (long long)before, month, (long long)party, month));
}

/* What the meter shows: more than before, but for mistakes; an estimate may be too high. */
static const Error *read_meter(Cx *cx, Step *step)
{
    static const char LAST[] = "SELECT CAST(value AS INTEGER), read_day FROM reading WHERE org_id = :org AND meter_id = :meter AND archived_at IS NULL ORDER BY read_day DESC, id DESC LIMIT 1";
    int64_t before = 0, day = 20251231;
    bool found;
    Date on;

    TRY(sql_find(cx, LAST, IN(in_int("meter", step->meter)), OUT(out_int(&before), out_int(&day)), &found));
    on = date_add((Date)day, (int)dice_between(&step->dice, 0, 45));
    if (on > 20261130)
        on = 20261130;
    return make(cx, step->world, ACCOUNTANT, "readings",
                body(cx, "{\"meter\":\"%lld\",\"value\":\"%lld\",\"read_at\":\"%d-%02d-%02d\",\"kind\":\"%s\"}", (long long)step->meter, (long long)(before + dice_between(&step->dice, -3, 60)),
                     on / 10000, on / 100 % 100, on % 100, dice_chance(&step->dice, 150) ? "estimated" : dice_chance(&step->dice, 40) ? "replaced" : "actual"),
                NULL);
}

static const char PRICES[] = "SELECT t.id, t.\"from\" FROM tariff t JOIN house h ON h.org_id = t.org_id AND h.project_id = t.project_id AND h.id = :house"
                             " WHERE t.org_id = :org AND t.kind = 'area' ORDER BY t.\"from\" DESC LIMIT 1";

/* Months that have not ended, at a discount; once the price does not change any more. */
static const Error *pay_ahead(Cx *cx, Step *step)
{
    Date from = instant_to_date(cx->now, ZONE_CHINA) / 100 * 100 + 1, to;
    int64_t since;
    Id price;

    if (step->round <= 5)
        return charge_once(cx, step);
    TRY(one_of(cx, step, PRICES, &price, &since));
    from = date_months_on(from, (int)dice_below(&step->dice, 3));
    to = date_add(date_months_on(from, dice_chance(&step->dice, 500) ? 6 : 24), -1);
    return make(cx, step->world, ACCOUNTANT, "charges",
                body(cx, "{\"house\":\"%lld\",\"tariff\":\"%lld\",\"ahead\":true,\"period_from\":\"%d-%02d-%02d\",\"period_to\":\"%d-%02d-%02d\"}", (long long)step->house,
                     (long long)price, from / 10000, from / 100 % 100, from % 100, to / 10000, to / 100 % 100, to % 100),
                NULL);
}

static const Error *exempt(Cx *cx, Step *step)
{
    Date from = date_add(20260101, (int)dice_below(&step->dice, 300)), to = date_add(from, (int)dice_between(&step->dice, 0, 120));
    Id asked;

    TRY(make(cx, step->world, CASHIER, "exemptions",
             body(cx, "{\"house\":\"%lld\",\"tariff\":\"%lld\",\"percent\":\"%d\",\"from\":\"%d-%02d-%02d\",\"to\":\"%d-%02d-%02d\",\"reason\":\"低保\"}", (long long)step->house,
                  (long long)step->world->by_area, (int)dice_below(&step->dice, 100), from / 10000, from / 100 % 100, from % 100, to / 10000, to / 100 % 100, to % 100),
             &asked));
    return act(cx, step->world, MANAGER, "exemptions", asked, "approve", body(cx, "{}"));
}

static const Error *stand_empty(Cx *cx, Step *step)
{
    Date from = date_add(20260101, (int)dice_below(&step->dice, 300));

    return patch(cx, step->world, "houses", step->house,
                 dice_chance(&step->dice, 500) ? body(cx, "{\"occupancy\":\"self\"}")
                                               : body(cx, "{\"occupancy\":\"empty\",\"empty_from\":\"%d-%02d-%02d\",\"empty_to\":null}", from / 10000, from / 100 % 100, from % 100));
}

static const struct {
    const char *name;
    StepFn *fn;
    int often;
} kinds[] = {
    {"bill", bill, 16}, {"once", charge_once, 8}, {"pay", pay, 26}, {"refund", refund, 9}, {"void", void_payment, 6}, {"match", match, 3}, {"reverse", reverse, 6},
    {"reduce", reduce, 5}, {"hold", hold, 4}, {"give_back", give_back, 3}, {"keep", keep, 4}, {"measure", measure, 3}, {"hand_over", hand_over, 3}, {"read", read_meter, 18}, {"ahead", pay_ahead, 3}, {"exempt", exempt, 3}, {"empty", stand_empty, 3},
};
#define OFTEN 123 /* the sum of them */

/* ---- Of a whole project ---- */

static const char RUNS[] = "SELECT r.id, 0 FROM billing_run r WHERE r.org_id = :org AND r.project_id = (SELECT h.project_id FROM house h WHERE h.org_id = :org AND h.id = :house) ORDER BY r.id";

static const Error *run_month(Cx *cx, Step *step)
{
    int month = (int)dice_between(&step->dice, 1, step->round <= 5 ? 6 : 12);
    Id run;

    TRY(make(cx, step->world, ACCOUNTANT, "billing_runs",
             body(cx, "{\"period_from\":\"2026-%02d-01\",\"period_to\":\"2026-%02d-%02d\",\"tariffs\":[\"%lld\",\"%lld\",\"%lld\"],\"shared\":[{\"tariff\":\"%lld\",\"total_fen\":%d}]}", month, month,
                  date_month_last(20260001 + month * 100) % 100, (long long)step->world->by_area, (long long)step->world->water, (long long)step->world->shared, (long long)step->world->shared,
                  200000 + month),
             &run));
    TRY(act(cx, step->world, ACCOUNTANT_2, "billing_runs", run, "review", body(cx, "{}")));
    if (dice_chance(&step->dice, 100)) /* something else than was reviewed: refused */
        TRY(measure(cx, step));
    return act(cx, step->world, ACCOUNTANT, "billing_runs", run, "post", body(cx, "{}"));
}

static const Error *void_run(Cx *cx, Step *step)
{
    int64_t nothing;
    Id run;

    TRY(one_of(cx, step, RUNS, &run, &nothing));
    return run == 0 ? OK : act(cx, step->world, ACCOUNTANT, "billing_runs", run, "void", body(cx, "{\"reason\":\"重算\"}"));
}

/* The price ends, and the next version begins. */
static const Error *reprice(Cx *cx, Step *step) /* bills do not reach so far yet, but for some */
{
    int month = (int)dice_between(&step->dice, 7, 12), day = (int)dice_between(&step->dice, 2, 28);
    int64_t since;
    Id last;

    TRY(one_of(cx, step, PRICES, &last, &since));
    TRY(patch(cx, step->world, "tariffs", last, body(cx, "{\"to\":\"2026-%02d-%02d\"}", month, day - 1)));
    return make(cx, step->world, ACCOUNTANT, "tariffs",
                body(cx, "{\"project\":\"%lld\",\"code\":\"WYF\",\"name\":\"物业费\",\"kind\":\"area\",\"rate_yuan\":\"%d.%02d\",\"empty_percent\":\"70\",\"ahead\":[{\"months\":6,\"percent\":\"3\"}],\"from\":\"2026-%02d-%02d\",\"late_per_ten_thousand\":\"5\",\"late_cap_percent\":\"30\"}",
                     (long long)step->world->project, (int)dice_between(&step->dice, 1, 6), (int)dice_below(&step->dice, 100), month, day),
                NULL);
}

static const Error *count_drawer(Cx *cx, Step *step)
{
    static const char DRAWER[] = "SELECT w.id, coalesce(a.balance_fen, 0) FROM drawer w JOIN house h ON h.org_id = w.org_id AND h.project_id = w.project_id AND h.id = :house"
                                 " LEFT JOIN account a ON a.org_id = w.org_id AND a.project_id = w.project_id AND a.kind = 'drawer' AND a.user_id = w.cashier_id"
                                 " WHERE w.org_id = :org AND w.state = 'open' AND w.cashier_id = (SELECT l.user_id FROM login l WHERE l.login = 'cashier0' AND l.org_id = :org)";
    int64_t balance;
    Id drawer;

    TRY(one_of(cx, step, DRAWER, &drawer, &balance));
    if (drawer == 0)
        return OK;
    balance = balance < 0 ? 0 : balance + (dice_chance(&step->dice, 300) ? dice_between(&step->dice, 0, 500) : 0);
    TRY(act(cx, step->world, CASHIER, "drawers", drawer, "close", body(cx, "{\"counted_fen\":%lld,\"explanation\":\"找零\"}", (long long)balance)));
    return balance == 0 ? OK : act(cx, step->world, ACCOUNTANT, "drawers", drawer, "hand_over", body(cx, "{\"amount_fen\":%lld}", (long long)balance));
}

static const struct {
    const char *name;
    StepFn *fn;
    int at[3]; /* behind these rounds; 0: none */
} of_project[] = {{"run", run_month, {3, 6, 9}}, {"void_run", void_run, {6, 9, 11}}, {"reprice", reprice, {5}}, {"count", count_drawer, {8, 11}}};

/* ---- Running them ---- */

static bool may_be_refused(const Error *error)
{
    return error->code == ERR_INVALID || error->code == ERR_WRONG_STATE || error->code == ERR_CHANGED ||
           error->code == ERR_FORBIDDEN; /* what is large takes a second person */
}

static const Error *take_step(Cx *cx, void *self)
{
    Step *step = self, again = *step;

    TRY(step->what < (int)COUNT_OF(kinds) ? kinds[step->what].fn(cx, &again) : of_project[step->what - (int)COUNT_OF(kinds)].fn(cx, &again));
    return step->fails ? lost : OK;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static int waiting;

static void step_done(Cx *cx, void *self, const Error *error)
{
    Step *step = self;

    (void)cx;
    pthread_mutex_lock(&mutex);
    step->error = error;
    if (--waiting == 0)
        pthread_cond_signal(&all_done);
    pthread_mutex_unlock(&mutex);
}

/* Takes them side by side; false when one ended as none may. */
static bool take(World *world, Step *steps, int count)
{
    Write writes[BESIDE];
    bool good = true;

    waiting = count;
    for (int i = 0; i < count; i++) {
        steps[i].world = world;
        steps[i].dice.state = dice_roll(&world->dice);
        steps[i].fails = dice_chance(&world->dice, LOST_PER_1000);
        steps[i].cx.now = clock_now();
        writes[i] = (Write){&steps[i].cx, &steps[i]};
    }
    store_submit_all(world->house->store, writes, count, take_step, step_done);
    pthread_mutex_lock(&mutex);
    while (waiting > 0)
        pthread_cond_wait(&all_done, &mutex);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < count; i++) {
        const Error *error = steps[i].error;
        const char *name = steps[i].what < (int)COUNT_OF(kinds) ? kinds[steps[i].what].name : of_project[steps[i].what - (int)COUNT_OF(kinds)].name;
        if (error == OK)
            world->done[steps[i].what]++;
        else if (error->code == ERR_UNAVAILABLE && steps[i].fails)
            world->lost++;
        else if (may_be_refused(error))
            world->refused[steps[i].what]++;
        else {
            (void)fprintf(stderr, "%s: %.*s\n", name, STR_ARG(error_text(error, LANG_EN)));
            good = false;
        }
        if (error != OK && getenv("ANJU_HISTORIES_TELL") != NULL)
            (void)fprintf(stderr, "%s: %.*s %.*s\n", name, STR_ARG(error_text(error, LANG_EN)), error->fields == NULL ? 0 : (int)error->fields->field.len, error->fields == NULL ? "" : error->fields->field.ptr);
        arena_reset(steps[i].cx.arena);
    }
    return good;
}

/* A project with its prices and a hundred homes, in one closure. */
static const Error *found(Cx *cx, void *self)
{
    World *world = self;
    Id party;

    cx->now = clock_now();
    TRY(make(cx, world, MANAGER, "projects", body(cx, "{\"name\":\"第%d区\",\"code\":\"H%d\"}", world->number, world->number), &world->project));
    TRY(make(cx, world, ACCOUNTANT, "tariffs",
             body(cx, "{\"project\":\"%lld\",\"code\":\"WYF\",\"name\":\"物业费\",\"kind\":\"area\",\"rate_yuan\":\"2.85\",\"empty_percent\":\"70\",\"ahead\":[{\"months\":6,\"percent\":\"3\"}],\"from\":\"2020-01-01\",\"late_per_ten_thousand\":\"5\",\"late_cap_percent\":\"30\"}",
                  (long long)world->project),
             &world->by_area));
    TRY(make(cx, world, ACCOUNTANT, "tariffs", body(cx, "{\"project\":\"%lld\",\"code\":\"DC\",\"name\":\"单次\",\"kind\":\"one_off\",\"from\":\"2020-01-01\",\"late_per_ten_thousand\":\"3\"}", (long long)world->project),
             &world->once));
    TRY(make(cx, world, ACCOUNTANT, "tariffs",
             body(cx, "{\"project\":\"%lld\",\"code\":\"SF\",\"name\":\"水费\",\"kind\":\"stepped\",\"steps\":[[100,\"1.00\"],[200,\"2.00\"],[null,\"3.00\"]],\"from\":\"2020-01-01\"}", (long long)world->project),
             &world->water));
    TRY(make(cx, world, ACCOUNTANT, "tariffs",
             body(cx, "{\"project\":\"%lld\",\"code\":\"GT\",\"name\":\"公摊\",\"kind\":\"share\",\"share_by\":\"house\",\"from\":\"2020-01-01\"}", (long long)world->project), &world->shared));
    for (int i = 0; i < BESIDE; i++) {
        TRY(make(cx, world, MANAGER, "parties", body(cx, "{\"name\":\"业主%d\",\"phone\":\"138%03d%05d\",\"project\":\"%lld\"}", i, i, world->number % 100000, (long long)world->project), &party));
        TRY(make(cx, world, MANAGER, "houses", body(cx, "{\"no\":\"1-1-%d\",\"area\":%d.5,\"project\":\"%lld\"}", 101 + i, 50 + i, (long long)world->project), &world->houses[i]));
        TRY(patch(cx, world, "houses", world->houses[i], body(cx, "{\"parties\":[{\"party\":\"%lld\",\"role\":\"owner\",\"from\":\"2020-01-01\"}]}", (long long)party)));
        TRY(make(cx, world, MANAGER, "meters",
                 body(cx, "{\"no\":\"S%d-%d\",\"house\":\"%lld\",\"item\":\"SF\",\"initial\":\"0\",\"installed_on\":\"2025-12-31\"}", world->number, i, (long long)world->houses[i]), &world->meters[i]));
    }
    return OK;
}

/* What is written off here comes without papers. */
static const Error *need_no_document(Cx *cx, World *world)
{
    static const char FIND[] = "SELECT id FROM rule WHERE org_id = :org AND code = 'cashier.write_off_document'";
    Id rule;

    TRY(sql_row(cx, FIND, NOTHING, OUT(out_int(&rule))));
    return patch(cx, world, "rules", rule, body(cx, "{\"value\":0}"));
}

static const Error *hire(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT user_id FROM login WHERE login = :login AND org_id = :org";
    World *world = self;
    Cx own = *cx; /* actors outlive this closure */

    own.arena = world->arena;
    for (int i = 0; i < PEOPLE; i++) {
        Str login = str_format(cx->arena, "%s%d", roles[i], i);
        Actor *actor;
        bool known;
        Id user;
        TRY(sql_find(cx, FIND, IN(in_text("login", login)), OUT(out_int(&user)), &known));
        if (!known) {
            TRY(user_make(cx, login, login, STR("!"), false, 0, &user));
            TRY(user_grant(cx, user, i == MANAGER ? "admin" : roles[i], 0, 0));
            if (i == MANAGER)
                TRY(user_grant(cx, user, "manager", 0, 0));
        }
        TRY(user_actor_by_id(&own, cx->org, user, &actor));
        world->people[i] = actor;
    }
    return need_no_document(cx, world);
}

static const Error *count_projects(Cx *cx, void *self)
{
    static const char COUNT[] = "SELECT count(*) FROM project WHERE org_id = :org";
    int64_t count;

    TRY(sql_row(cx, COUNT, NOTHING, OUT(out_int(&count))));
    ((World *)self)->number = (int)count;
    return OK;
}

static const Error *open_world(World *world, const char *folder)
{
    static const NewOrg org = {.org = "安居", .project = "桃源", .code = "TYHY", .admin = "admin", .password = "Geheim12345"};
    const HousePlace place = {.folder = folder};
    struct stat there;
    Str password;
    Id id, project;

    if (stat(folder, &there) == 0)
        TRY(house_open(world->arena, &place, true, NULL, NULL, &world->house));
    else {
        TRY(house_make(world->arena, &place, &world->house));
        TRY(house_new_org(world->house, world->arena, &org, clock_now(), &password, &id, &project));
    }
    TRY(house_cx(world->house, world->arena, NULL, clock_now(), &world->cx));
    TRY(store_write(world->house->store, &world->cx, hire, world));
    return store_read(world->house->store, &world->cx, count_projects, world);
}

/* A hundred histories. */
static const Error *live(World *world, Step *steps, bool *good)
{
    TRY(store_write(world->house->store, &steps[0].cx, found, world));
    arena_reset(steps[0].cx.arena);
    for (int round = 1; round <= STEPS; round++) {
        for (int i = 0; i < BESIDE; i++) {
            int64_t at = dice_below(&world->dice, OFTEN);
            steps[i].house = world->houses[i];
            steps[i].meter = world->meters[i];
            steps[i].round = round;
            for (steps[i].what = 0; (at -= kinds[steps[i].what].often) >= 0; steps[i].what++)
                ;
        }
        *good = take(world, steps, BESIDE) && *good;
        for (size_t i = 0; i < COUNT_OF(of_project); i++)
            for (size_t j = 0; j < COUNT_OF(of_project[i].at); j++)
                if (of_project[i].at[j] == round) {
                    steps[0].what = (int)(COUNT_OF(kinds) + i);
                    *good = take(world, steps, 1) && *good;
                }
    }
    return OK;
}

static void print_counts(const World *world, int64_t histories)
{
    (void)printf("{\"histories\":%lld,\"lost\":%lld", (long long)histories, (long long)world->lost);
    for (size_t i = 0; i < COUNT_OF(kinds) + COUNT_OF(of_project); i++)
        (void)printf(",\"%s\":[%lld,%lld]", i < COUNT_OF(kinds) ? kinds[i].name : of_project[i - COUNT_OF(kinds)].name, (long long)world->done[i], (long long)world->refused[i]);
    (void)printf("}\n");
}

int main(int count, char **words)
{
    World *world = calloc(1, sizeof *world);
    Step steps[BESIDE] = {0};
    const Error *error;
    int64_t histories = count == 4 ? atoll(words[3]) : 0;
    bool good = true;

    if (count != 4 || world == NULL || histories % BESIDE != 0) {
        (void)fprintf(stderr, "histories FOLDER SEED COUNT: COUNT in hundreds\n");
        return 2;
    }
    world->arena = arena_open((size_t)1 << 30);
    world->dice.state = (uint64_t)atoll(words[2]);
    error = open_world(world, words[1]);
    for (int i = 0; i < BESIDE; i++) {
        steps[i].cx = world->cx;
        steps[i].cx.arena = arena_open((size_t)64 << 20);
    }
    for (int64_t lived = 0; error == OK && lived < histories; lived += BESIDE) {
        world->number++;
        error = live(world, steps, &good);
        (void)printf("%lld\n", (long long)lived + BESIDE);
        (void)fflush(stdout);
    }
    if (error != OK)
        (void)fprintf(stderr, "%.*s\n", STR_ARG(error_text(error, LANG_EN)));
    print_counts(world, histories);
    for (int i = 0; i < BESIDE; i++)
        arena_close(steps[i].cx.arena);
    if (world->house != NULL)
        house_close(world->house);
    arena_close(world->arena);
    free(world);
    return error == OK && good ? 0 : 1;
}
