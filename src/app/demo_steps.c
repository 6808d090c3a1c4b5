/* demo_steps.c: the steps of a repair as people take them: each through process_create or process_act, by the one who
 * takes it, and with the next step planned. A step that comes too late (somebody was faster) is dropped. */
#include "app/demo_life.h"
#include "kernel/clock.h"
#include "kernel/event.h"
#include "modules/repair/repair.h"

static Matter *matter_at(Life *life, const Turn *due)
{
    return &life->matters[due->matter];
}

bool life_is_day(Instant at)
{
    int minute = instant_to_minute(at, ZONE_CHINA);
    return minute >= DAY_OPENS && minute < DAY_CLOSES;
}

/* When the desk opens next; not for moments inside of its hours. */
static Instant next_opening(Instant at)
{
    Date day = instant_to_date(at, ZONE_CHINA);

    return date_to_instant(instant_to_minute(at, ZONE_CHINA) >= DAY_OPENS ? date_add(day, 1) : day, DAY_OPENS,
                           ZONE_CHINA);
}

Instant life_next_open(Life *life, Instant at)
{
    int minute = instant_to_minute(at, ZONE_CHINA);

    if (minute >= DAY_OPENS && minute < DAY_CLOSES - 10)
        return at;
    return next_opening(at) + dice_between(&life->demo->dice, 2, 28) * MINUTE;
}

static Instant later(Life *life, Instant now, int64_t typical_min)
{
    return now + dice_span(&life->demo->dice, typical_min * MINUTE) + dice_below(&life->demo->dice, MINUTE);
}

static void plan_later(Life *life, const Cx *cx, const Turn *due, int64_t typical_min, Step step)
{
    if (!matter_at(life, due)->scripted)
        life_plan(life, later(life, cx->now, typical_min), step, due->matter);
}

static void plan_at(Life *life, const Turn *due, Instant at, Step step)
{
    if (!matter_at(life, due)->scripted)
        life_plan(life, at, step, due->matter);
}

static const Actor *desk(Life *life, Instant at)
{
    return life_is_day(at) ? life->demo->desks[dice_below(&life->demo->dice, 2)] : life->demo->desks[2];
}

/* The reporter's own account; NULL: telephones. */
static const Actor *account(const Life *life, const Matter *matter)
{
    int user = matter->person < 0 ? -1 : life->demo->people[matter->person].user;
    return user < 0 ? NULL : life->demo->residents[user];
}

static const Actor *reporter_or_desk(Life *life, const Matter *matter, Instant at)
{
    const Actor *actor = account(life, matter);
    return actor != NULL ? actor : desk(life, at);
}

static json_t *text(const char *words)
{
    return json_string(words);
}

json_t *life_id(Cx *cx, Id id)
{
    return json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)id)));
}

Str life_time(Cx *cx, Instant at)
{
    Buf buf = buf_new(cx->arena, 64);

    buf_instant(&buf, at, ZONE_CHINA);
    return buf_str(&buf);
}

static json_t *time_json(Cx *cx, Instant at)
{
    Str text = life_time(cx, at);
    return json_stringn(text.ptr, (size_t)text.len);
}

const Error *life_act(Life *life, Cx *cx, const Actor *actor, const RecordMeta *meta, Id id, const char *name, json_t *take_body, bool *done)
{
    Record *record;
    const Error *error;

    cx->actor = actor;
    cx->device_at = 0;
    error = process_act(cx, meta, id, str_of(name), 0, demo_json(cx, take_body), &record);
    *done = error == OK;
    life->state = error == OK ? record_state(record) : "";
    life->demo->actions += *done;
    return error != OK && (error->code == ERR_WRONG_STATE || error->code == ERR_NOT_FOUND) ? OK : error;
}

static const Error *act_repair(Life *life, Cx *cx, const Actor *actor, const Matter *matter, const char *name,
                               json_t *take_body, bool *done)
{
    return life_act(life, cx, actor, life->repairs, matter->id, name, take_body, done);
}

/* Nobody works on it any more. */
static void leave(Life *life, Matter *matter)
{
    if (matter->counted && matter->worker >= 0)
        life->demo->workers[matter->worker].load--;
    matter->counted = false;
}

static void give(Life *life, Matter *matter, int worker)
{
    leave(life, matter);
    matter->worker = worker;
    matter->counted = true;
    life->demo->workers[worker].load++;
}

const Error *life_file(const Life *life, Cx *cx, const Actor *actor, int picture, Id *out)
{
    static const char ADD[] =
        "INSERT INTO file (org_id, id, sha256, size, type, name, created_by, created_at, attached)"
        " VALUES (:org, :id, :sha256, :size, :type, :name, :by, :now, 0)";
    const DemoPhoto *drawn = &life->demo->photos[picture];

    *out = id_new(cx->now);
    return sql_run(cx, ADD,
                   IN(in_int("id", *out), in_text("sha256", drawn->sha256), in_int("size", drawn->size),
                      in_c("type", drawn->type), in_c("name", drawn->name), in_int("by", actor->user)));
}

const Error *life_photo(Life *life, Cx *cx, int kind, const Actor *actor, json_t **out)
{
    Id id;

    TRY(life_file(life, cx, actor, kind, &id));
    *out = json_array();
    (void)json_array_append_new(*out, life_id(cx, id)); /* fails without memory only */
    return OK;
}

/* A photo of what the matter is about. */
static const Error *photo(Life *life, Cx *cx, const Matter *matter, const Actor *actor, json_t **out)
{
    const char *code = matter->topic->code;
    int kind = strncmp(code, "power", 5) == 0                                                                      ? 1
               : strncmp(code, "lift", 4) == 0                                                                     ? 4
               : strncmp(code, "public", 6) == 0                                                                   ? 5
               : strncmp(code, "water.t", 7) == 0                                                                  ? 0
               : strncmp(code, "water", 5) == 0 || strncmp(code, "drain", 5) == 0 || strncmp(code, "hvac", 4) == 0 ? 3
                                                                                                                   : 2;
    return life_photo(life, cx, kind, actor, out);
}

static const Error *report(Life *life, Cx *cx, const Turn *due)
{
    Demo *demo = life->demo;
    Matter *matter = matter_at(life, due);
    const Actor *actor = matter->by_phone ? NULL : account(life, matter);
    json_t *body = json_pack("{s:s,s:s}", "category", matter->topic->code, "title", matter->say.zh), *photos;
    bool app = actor != NULL;
    Record *record;

    if (!app)
        actor = matter->person < 0 ? demo->guards[dice_below(&demo->dice, 4)] : desk(life, cx->now);
    if (matter->say.more != NULL && (app || dice_chance(&demo->dice, 700)))
        (void)json_object_set_new(body, "description",
                                  text(matter->say.more)); /* fails without memory only, as all below */
    (void)json_object_set_new(body, matter->space != 0 ? "space" : "house",
                              life_id(cx, matter->space != 0 ? matter->space : demo->home[matter->home].id));
    if (matter->topic->place == PLACE_LIFT || matter->topic->place == PLACE_PLANT)
        (void)json_object_set_new(body, "place_kind", text("equipment"));
    if (!app && matter->person >= 0) {
        (void)json_object_set_new(body, "reporter", life_id(cx, demo->people[matter->person].id));
        (void)json_object_set_new(body, "channel",
                                  text(dice_chance(&demo->dice, 720)   ? "phone"
                                       : dice_chance(&demo->dice, 600) ? "counter"
                                                                       : "wechat"));
    } else if (!app) {
        (void)json_object_set_new(body, "channel", text("staff"));
    }
    if (matter->from != 0) {
        (void)json_object_set_new(body, "appoint_from", time_json(cx, matter->from));
        (void)json_object_set_new(body, "appoint_to", time_json(cx, matter->to));
    }
    if (app && dice_chance(&demo->dice, 420)) {
        TRY(photo(life, cx, matter, actor, &photos));
        (void)json_object_set_new(body, "photos", photos);
    }
    cx->actor = actor;
    cx->device_at = 0;
    TRY(process_create(cx, life->repairs, demo_json(cx, body), &record));
    matter->id = record->id;
    demo->reports++;
    if (matter->topic->urgent || life_is_day(cx->now))
        plan_later(life, cx, due,
                   !app || matter->topic->urgent  ? 1
                   : dice_chance(&demo->dice, 30) ? 25
                                                  : 4,
                   STEP_RESPOND);
    else
        plan_at(life, due, next_opening(cx->now) + dice_between(&demo->dice, 20, 15 * 58) * SECOND, STEP_RESPOND);
    return OK;
}

/* What the company does not mend, and where to turn. */
static const char *reject_words(Life *life, const Matter *matter)
{
    static const struct {
        const char *code;
        int per_1000, words;
    } rows[] = {{"weak.network", 450, 0}, {"power.meter", 500, 1}, {"gas.meter", 500, 2}, {"hvac.ac", 40, 3}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].code, matter->topic->code) == 0 && dice_chance(&life->demo->dice, rows[i].per_1000))
            return demo_rejects[rows[i].words];
    return NULL;
}

static const Error *respond(Life *life, Cx *cx, const Turn *due)
{
    Dice *dice = &life->demo->dice;
    Matter *matter = matter_at(life, due);
    const Actor *actor = desk(life, cx->now);
    const char *reject = matter->scripted ? NULL : reject_words(life, matter);
    bool done, old = matter->person >= 0 && life->demo->people[matter->person].age > 70;

    if (matter->into >= 0 && life->matters[matter->into].id != 0 && !life->matters[matter->into].over) {
        matter->over = true;
        return act_repair(life, cx, actor, matter, "merge",
                          json_pack("{s:o}", "into", life_id(cx, life->matters[matter->into].id)), &done);
    }
    if (reject != NULL) {
        matter->over = true;
        return act_repair(life, cx, actor, matter, "reject", json_pack("{s:s}", "reason", reject), &done);
    }
    if (!matter->scripted && dice_chance(dice, 3)) {
        matter->over = true;
        return act_repair(life, cx, actor, matter, "void", json_pack("{s:s}", "reason", "误开，业主问的是缴费。"),
                          &done);
    }
    TRY(act_repair(life, cx, actor, matter, "accept",
                   old && !matter->topic->urgent && matter->from == 0 && !matter->scripted && dice_chance(dice, 60)
                       ? json_pack("{s:s}", "urgency", "urgent")
                       : NULL,
                   &done));
    if (!done)
        return OK;
    if (!matter->scripted && dice_chance(dice, 70))
        TRY(act_repair(life, cx, actor, matter, "note", json_pack("{s:s}", "text", demo_pick(dice, demo_notes)),
                       &done));
    if (matter->person >= 0 && !matter->topic->urgent && dice_chance(dice, 35))
        plan_later(life, cx, due, 40, STEP_CANCEL);
    plan_later(life, cx, due, matter->topic->urgent ? 1 : 6, STEP_GIVE);
    return OK;
}

static bool is_on_shift(const Life *life, int at, Instant now)
{
    return at == life->duty ||
           (life_is_day(now) && date_weekday(instant_to_date(now, ZONE_CHINA)) != life->demo->workers[at].off_day);
}

/* The one to send: skilled, on shift, with the least to do; -1: nobody now. */
static int choose_worker(Life *life, const Topic *topic, Instant now, int but)
{
    int best = -1;
    int64_t best_score = INT64_MAX;

    for (int i = 0; i < life->demo->worker_count; i++) {
        const Worker *worker = &life->demo->workers[i];
        bool skilled = str_find(str_of(worker->skills), str_of(topic->skill)) >= 0;
        int64_t score = worker->load * 10 + (worker->busy_until > now ? 8 : 0) + (skilled ? 0 : 60) +
                        dice_below(&life->demo->dice, 8);
        if (i == but || !is_on_shift(life, i, now))
            continue;
        if (score < best_score) {
            best_score = score;
            best = i;
        }
    }
    return best;
}

static void plan_arrival(Life *life, const Cx *cx, const Turn *due)
{
    const Matter *matter = matter_at(life, due);
    Dice *dice = &life->demo->dice;

    if (matter->scripted)
        return;
    if (matter->from > cx->now)
        life_plan(life, matter->from + dice_between(dice, -6, 22) * MINUTE + dice_below(dice, MINUTE), STEP_ARRIVE,
                  due->matter);
    else if (matter->topic->urgent)
        life_plan(life, cx->now + dice_between(dice, 6, 21) * MINUTE + dice_below(dice, MINUTE), STEP_ARRIVE,
                  due->matter);
    else
        life_plan(life, later(life, cx->now, 35), STEP_ARRIVE, due->matter);
}

static const Error *give_out(Life *life, Cx *cx, const Turn *due)
{
    Demo *demo = life->demo;
    Matter *matter = matter_at(life, due);
    int worker = choose_worker(life, matter->topic, cx->now, -1);
    bool done;

    if (worker < 0 || (!life_is_day(cx->now) && !matter->topic->urgent && !matter->scripted)) {
        plan_at(life, due, life_next_open(life, cx->now + MINUTE), STEP_GIVE);
        return OK;
    }
    if (matter->scripted && worker >= 0 && matter->worker >= 0)
        worker = matter->worker;
    if (!matter->topic->urgent && !matter->scripted && dice_chance(&demo->dice, 180))
        TRY(act_repair(life, cx, demo->workers[worker].actor, matter, "take", NULL, &done));
    else
        TRY(act_repair(life, cx,
                       dice_chance(&demo->dice, 250) && life_is_day(cx->now) ? demo->lead : desk(life, cx->now), matter,
                       "assign", json_pack("{s:o}", "assignee", life_id(cx, demo->workers[worker].actor->user)), &done));
    if (!done)
        return OK;
    give(life, matter, worker);
    if (!matter->scripted && !matter->topic->urgent && !matter->moved && dice_chance(&demo->dice, 25))
        plan_later(life, cx, due, 5, STEP_DECLINE);
    else
        plan_arrival(life, cx, due);
    return OK;
}

static const Error *decline(Life *life, Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);
    bool done;

    matter->moved = true;
    TRY(act_repair(life, cx, life->demo->workers[matter->worker].actor, matter, "decline",
                   json_pack("{s:s}", "reason", demo_pick(&life->demo->dice, demo_declines)), &done));
    if (!done)
        return OK;
    leave(life, matter);
    matter->worker = -1;
    plan_later(life, cx, due, 8, STEP_GIVE);
    return OK;
}

/* Tomorrow at ten or two, or what the script says. */
static Instant next_date(Life *life, const Matter *matter, Instant now, int days)
{
    if (matter->until != 0)
        return matter->until;
    return date_to_instant(date_add(instant_to_date(now, ZONE_CHINA), days),
                           dice_chance(&life->demo->dice, 600) ? 600 : 840, ZONE_CHINA);
}

static const Error *suspend(Life *life, Cx *cx, const Turn *due, const char *reason, int days, bool *done)
{
    Matter *matter = matter_at(life, due);
    Instant until = next_date(life, matter, cx->now, days);
    const Actor *actor = life->demo->workers[matter->worker].actor;

    TRY(act_repair(life, cx, actor, matter, "suspend",
                   json_pack("{s:s,s:o}", "reason", reason, "until", time_json(cx, until)), done));
    if (!*done)
        return OK;
    TRY(act_repair(
        life, cx, actor, matter, "note",
        json_pack("{s:s}", "text",
                  demo_pick(&life->demo->dice, strcmp(reason, "part") == 0 ? demo_part_notes : demo_no_access)),
        done));
    plan_at(life, due, until + dice_between(&life->demo->dice, -20, 50) * MINUTE, STEP_RESUME);
    *done = true;
    return OK;
}

static const Error *arrive(Life *life, Cx *cx, const Turn *due)
{
    Demo *demo = life->demo;
    Dice *dice = &demo->dice;
    Matter *matter = matter_at(life, due);
    Worker *worker = &demo->workers[matter->worker];
    json_t *body = NULL;
    bool done;
    int other;

    if (!matter->scripted && !matter->topic->urgent && !is_on_shift(life, matter->worker, cx->now)) {
        life_plan(life, life_next_open(life, cx->now + 6 * HOUR), STEP_ARRIVE, due->matter);
        return OK;
    }
    if (!matter->scripted && worker->busy_until > cx->now && !matter->topic->urgent) {
        life_plan(life, worker->busy_until + dice_between(dice, 4, 11) * MINUTE, STEP_ARRIVE, due->matter);
        return OK;
    }
    if (!matter->scripted && matter->home >= 0 && matter->space == 0 && !matter->put_off && !matter->topic->urgent &&
        dice_chance(dice, 30)) {
        matter->put_off = true;
        return suspend(life, cx, due, "access", 1, &done);
    }
    if (!matter->scripted && !matter->moved && dice_chance(dice, 22) &&
        (other = choose_worker(life, matter->topic, cx->now, matter->worker)) >= 0) {
        matter->moved = true;
        TRY(act_repair(life, cx, worker->actor, matter, "transfer",
                       json_pack("{s:o,s:s}", "assignee", life_id(cx, demo->workers[other].actor->user), "reason",
                                 demo_pick(dice, demo_transfers)),
                       &done));
        if (done) {
            give(life, matter, other);
            plan_later(life, cx, due, 20, STEP_ARRIVE);
        }
        return OK;
    }
    if (dice_chance(dice, 480))
        body = json_pack("{s:{s:o}}", "place", "code",
                         life_id(cx, matter->space != 0 ? matter->space : demo->home[matter->home].id));
    TRY(act_repair(life, cx, worker->actor, matter, "arrive", body, &done));
    if (done) {
        worker->busy_until = cx->now + 15 * MINUTE;
        plan_later(life, cx, due, 6, STEP_WORK);
    }
    return OK;
}

static void plan_finish(Life *life, const Cx *cx, const Turn *due)
{
    const Matter *matter = matter_at(life, due);
    Worker *worker = &life->demo->workers[matter->worker];
    Instant at = later(life, cx->now, (int64_t)matter->topic->minutes * worker->speed / 100);

    worker->busy_until = at;
    plan_at(life, due, at, STEP_FINISH);
}

static const Error *quote(Life *life, Cx *cx, const Turn *due)
{
    Demo *demo = life->demo;
    Matter *matter = matter_at(life, due);
    int times = dice_chance(&demo->dice, 160) ? 2 : 1;
    int64_t labour = (int64_t)matter->topic->labour_fen * times;
    bool done;

    matter->quoted = true;
    TRY(act_repair(life, cx, labour > 30000 ? demo->lead : demo->workers[matter->worker].actor, matter, "quote",
                   json_pack("{s:I,s:[{s:s,s:i}]}", "labour_fen", (json_int_t)labour, "materials", "item",
                             matter->topic->price, "qty", times),
                   &done));
    if (done)
        plan_later(life, cx, due, dice_chance(&demo->dice, 80) ? 900 : 8, STEP_ANSWER);
    return OK;
}

/* Looked at: a price first, a part to be ordered, or straight on. */
static const Error *work(Life *life, Cx *cx, const Turn *due)
{
    Dice *dice = &life->demo->dice;
    Matter *matter = matter_at(life, due);
    bool done, paid = matter->topic->price != NULL && matter->space == 0 && !matter->reworked;

    if (paid && !matter->quoted && dice_chance(dice, 560))
        return quote(life, cx, due);
    if (!matter->parted && dice_chance(dice, matter->topic->part)) {
        matter->parted = true;
        TRY(suspend(life, cx, due, dice_chance(dice, 800) ? "part" : "third_party", (int)dice_between(dice, 1, 3),
                    &done));
        life->demo->workers[matter->worker].busy_until = cx->now + 5 * MINUTE;
        return OK;
    }
    plan_finish(life, cx, due);
    return OK;
}

static const Error *answer(Life *life, Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);
    const Actor *actor = reporter_or_desk(life, matter, cx->now);
    bool done;

    if (dice_chance(&life->demo->dice, 70)) {
        matter->over = true;
        leave(life, matter);
        return act_repair(life, cx, actor, matter, "refuse_quote",
                          json_pack("{s:s}", "reason", demo_pick(&life->demo->dice, demo_refusals)), &done);
    }
    TRY(act_repair(life, cx, actor, matter, "accept_quote", NULL, &done));
    if (done && life_is_day(cx->now))
        return work(life, cx, due);
    if (done)
        plan_at(life, due, life_next_open(life, cx->now), STEP_WORK);
    return OK;
}

static const Error *resume(Life *life, Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);
    bool done;

    if (!life_is_day(cx->now)) {
        plan_at(life, due, life_next_open(life, cx->now), STEP_RESUME);
        return OK;
    }
    TRY(act_repair(life, cx, life->demo->workers[matter->worker].actor, matter, "resume", NULL, &done));
    if (!done)
        return OK;
    if (strcmp(life->state, "working") == 0)
        plan_finish(life, cx, due);
    else
        plan_later(life, cx, due, 15, STEP_ARRIVE);
    return OK;
}

/* By the engineer's charm and the limit's fate; a second try pleases more. */
static int stars_of(Life *life, const Matter *matter)
{
    const Worker *worker = &life->demo->workers[matter->worker];
    int64_t roll = dice_below(&life->demo->dice, 1000) - worker->charm * 4 - (matter->reworked ? 120 : 0) +
                   (matter->put_off || matter->parted ? 60 : 0);

    if (matter->stars != 0 && !matter->reworked)
        return matter->stars;
    return roll < 650 ? 5 : roll < 880 ? 4 : roll < 945 ? 3 : roll < 980 ? 2 : 1;
}

static const Error *finish(Life *life, Cx *cx, const Turn *due)
{
    static const char *const causes[] = {"wear", "wear", "misuse", "construction", "no_fault"};
    Demo *demo = life->demo;
    Dice *dice = &demo->dice;
    Matter *matter = matter_at(life, due);
    const Actor *actor = demo->workers[matter->worker].actor;
    int solutions = 0;
    json_t *body, *photos;
    bool done;

    while (solutions < SOLUTIONS && matter->topic->done[solutions] != NULL)
        solutions++;
    body =
        json_pack("{s:s,s:s}", "cause",
                  dice_chance(dice, 750) ? matter->topic->cause : causes[dice_below(dice, (int64_t)COUNT_OF(causes))],
                  "solution", matter->topic->done[dice_below(dice, solutions)]);
    TRY(photo(life, cx, matter, actor, &photos));
    (void)json_object_set_new(body, "after_photos", photos);
    if (dice_chance(dice, 450)) {
        TRY(photo(life, cx, matter, actor, &photos));
        (void)json_object_set_new(body, "before_photos", photos);
    }
    if (!matter->quoted && matter->topic->price != NULL && matter->space == 0 && dice_chance(dice, 300))
        (void)json_object_set_new(body, "materials", json_pack("[{s:s,s:i}]", "item", matter->topic->price, "qty", 1));
    TRY(act_repair(life, cx, actor, matter, "finish", body, &done));
    if (!done)
        return OK;
    leave(life, matter);
    if (matter->scripted || matter->person < 0) {
        if (matter->person < 0)
            plan_later(life, cx, due, 300, STEP_CONFIRM);
        return OK;
    }
    if (!matter->reworked && dice_chance(dice, 12))
        plan_later(life, cx, due, 500, STEP_REWORK);
    else if (matter->stars != 0 || (demo->people[matter->person].rates && dice_chance(dice, 770)))
        plan_later(life, cx, due, dice_chance(dice, 450) ? 20 : 600, STEP_CONFIRM);
    return OK;
}

static const Error *find_followup(Cx *cx, Matter *matter)
{
    static const char FIND[] = "SELECT id FROM followup WHERE org_id = :org AND record_id = :record AND state = 'open' "
                               "ORDER BY id DESC LIMIT 1";
    bool found;

    matter->followup = 0;
    return sql_find(cx, FIND, IN(in_int("record", matter->id)), OUT(out_int(&matter->followup)), &found);
}

static const Error *confirm(Life *life, Cx *cx, const Turn *due)
{
    static const char *const parts[] = {"timeliness", "attitude", "quality", "tidiness"};
    Dice *dice = &life->demo->dice;
    Matter *matter = matter_at(life, due);
    const Actor *actor = account(life, matter);
    int minute = instant_to_minute(cx->now, ZONE_CHINA), stars = stars_of(life, matter);
    const char *comment = demo_comment(dice, stars);
    json_t *body;
    bool done;

    if (minute < 7 * 60 + 20 || minute > 22 * 60 + 40 ||
        (actor == NULL && !life_is_day(cx->now))) { /* people sleep, the desk is closed */
        plan_at(life, due, life_next_open(life, cx->now + 20 * MINUTE), STEP_CONFIRM);
        return OK;
    }
    body = json_pack("{s:i}", "overall", stars);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        int64_t score = stars + dice_between(dice, -1, 1);
        if (dice_chance(dice, 700))
            (void)json_object_set_new(body, parts[i], json_integer(score < 1 ? 1 : score > 5 ? 5 : score));
    }
    if (comment != NULL && matter->person >= 0)
        (void)json_object_set_new(body, "comment", text(comment));
    if (actor == NULL)
        (void)json_object_set_new(body, "by_callback", json_true());
    TRY(act_repair(life, cx, actor != NULL ? actor : desk(life, cx->now), matter, "confirm", body, &done));
    if (!done)
        return OK;
    TRY(find_followup(cx, matter));
    if (matter->followup != 0)
        plan_at(life, due, life_next_open(life, later(life, cx->now, 240)), STEP_FOLLOW);
    else if (!matter->reworked && dice_chance(dice, 14))
        plan_at(life, due, life_next_open(life, cx->now + dice_between(dice, 1, 9) * DAY_US), STEP_REWORK);
    return OK;
}

/* The same engineer has it again. */
static void come_again(Life *life, const Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);

    matter->reworked = true;
    matter->from = 0;
    give(life, matter, matter->worker);
    plan_later(life, cx, due, 45, STEP_ARRIVE);
}

static const Error *rework(Life *life, Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);
    bool done;

    TRY(act_repair(life, cx, reporter_or_desk(life, matter, cx->now), matter, "rework",
                   json_pack("{s:s}", "reason", demo_pick(&life->demo->dice, demo_reworks)), &done));
    if (!done)
        return OK;
    come_again(life, cx, due);
    return OK;
}

void life_reworked(Life *life, const Cx *cx, Id repair)
{
    for (int at = life->matter_count - 1; at >= 0; at--)
        if (life->matters[at].id == repair) {
            come_again(life, cx, &(Turn){cx->now, 0, STEP_REWORK, at});
            return;
        }
}

/* The call-back after a low score. */
static const Error *follow(Life *life, Cx *cx, const Turn *due)
{
    static const char *const causes[] = {"quality", "late", "attitude", "dirt", "expectation", "price"};
    Dice *dice = &life->demo->dice;
    Matter *matter = matter_at(life, due);
    int64_t roll = dice_below(dice, 1000);
    const char *outcome = roll < 180 ? "not_solved" : roll < 900 ? "solved" : "unreachable";
    bool done;

    if (dice_chance(dice, 350)) {
        TRY(life_act(life, cx, life->demo->quality, life->followups, matter->followup, "attempt",
                json_pack("{s:s}", "note", demo_pick(dice, demo_attempts)), &done));
        if (done)
            plan_at(life, due, life_next_open(life, later(life, cx->now, 90)), STEP_FOLLOW);
        return OK;
    }
    TRY(life_act(life, cx, life->demo->quality, life->followups, matter->followup, "close",
            json_pack("{s:s,s:s,s:s}", "cause", causes[dice_below(dice, (int64_t)COUNT_OF(causes))], "outcome", outcome,
                      "note", demo_pick(dice, demo_callback_notes)),
            &done));
    if (!done || strcmp(outcome, "not_solved") != 0)
        return OK;
    matter->reworked = true; /* closing it so has sent the repair to rework */
    matter->from = 0;
    give(life, matter, matter->worker);
    plan_later(life, cx, due, 40, STEP_ARRIVE);
    return OK;
}

static const Error *cancel(Life *life, Cx *cx, const Turn *due)
{
    Matter *matter = matter_at(life, due);
    bool done;

    TRY(act_repair(life, cx, reporter_or_desk(life, matter, cx->now), matter, "cancel",
                   json_pack("{s:s}", "reason", demo_pick(&life->demo->dice, demo_cancels)), &done));
    if (done) {
        matter->over = true;
        leave(life, matter);
    }
    return OK;
}

static const Error *script_suspend(Life *life, Cx *cx, const Turn *due)
{
    bool done;
    return suspend(life, cx, due, "part", 1, &done);
}

/* Reminders, and what confirms and closes itself. */
static const Error *tick(Life *life, Cx *cx)
{
    int count = 64;

    cx->actor = &life->demo->system;
    cx->device_at = 0;
    while (count == 64)
        TRY(clock_remind(cx, 64, &count));
    count = 64;
    while (count == 64 && instant_to_minute(cx->now, ZONE_CHINA) % 30 == 0)
        TRY(process_autos(cx, 64, &count));
    return OK;
}

typedef struct {
    Id ids[64];
    Str states[64];
    int count;
} Overdue;

static const Error *overdue_row(Cx *cx, const Row *row, void *self)
{
    Overdue *overdue = self;

    if (overdue->count < (int)COUNT_OF(overdue->ids)) {
        overdue->ids[overdue->count] = row_int(row, 0);
        overdue->states[overdue->count++] = str_copy(cx->arena, row_text(row, 1));
    }
    return OK;
}

/* The next step of an overdue matter, taken at once. */
static const Error *push(Life *life, Cx *cx, int at, Str state)
{
    Turn due = {cx->now, 0, STEP_COUNT, at};
    Matter *matter = &life->matters[at];

    if (str_is(state, "reported"))
        return respond(life, cx, &due);
    if (str_is(state, "accepted"))
        return give_out(life, cx, &due);
    if (str_is(state, "assigned")) {
        life->demo->workers[matter->worker].busy_until = 0;
        return arrive(life, cx, &due);
    }
    if (str_is(state, "working"))
        return finish(life, cx, &due);
    return str_is(state, "quoted") ? answer(life, cx, &due) : OK;
}

/* The office looks over its list before the doors open: what is late and forgotten is seen to. */
static const Error *tidy(Life *life, Cx *cx)
{
    static const char LATE[] =
        "SELECT id, state FROM repair WHERE org_id = :org AND next_due_at < :soon AND paused_at IS NULL AND "
        "archived_at IS NULL"
        " AND state IN ('reported', 'accepted', 'assigned', 'working', 'quoted') ORDER BY id LIMIT 64";
    static const char CALLS[] = "SELECT record_id, 'followup' FROM followup WHERE org_id = :org AND state = 'open' AND "
                                "next_due_at < :soon ORDER BY id LIMIT 64";
    Overdue overdue = {.count = 0};

    TRY(sql_each(cx, LATE, IN(in_int("soon", cx->now + 4 * MINUTE)), overdue_row, &overdue));
    TRY(sql_each(cx, CALLS, IN(in_int("soon", cx->now + 4 * MINUTE)), overdue_row, &overdue));
    for (int i = 0; i < overdue.count; i++)
        for (int at = life->matter_count - 1; at >= 0; at--) {
            Turn due = {cx->now, 0, STEP_COUNT, at};
            if (life->matters[at].id != overdue.ids[i] || life->matters[at].scripted)
                continue;
            if (str_is(overdue.states[i], "followup"))
                TRY(follow(life, cx, &due));
            else
                TRY(push(life, cx, at, overdue.states[i]));
            break;
        }
    return OK;
}

const Error *life_step(Life *life, Cx *cx, const Turn *due)
{
    switch (due->step) {
    case STEP_TICK:
        return tick(life, cx);
    case STEP_ANNOUNCE:
        return life_announce(life, cx, due->matter);
    case STEP_SERVE:
        TRY(life_maintain(life, cx));
        return life_serve(life, cx);
    case STEP_MACHINE:
        return life_machine(life, cx, due->matter);
    case STEP_BILL:
        return life_bill(life, cx, due->matter);
    case STEP_PAY:
        return life_pay(life, cx, due->matter);
    case STEP_TILL:
        return life_till(life, cx);
    case STEP_WATCH:
        return life_watch(life, cx, due->matter);
    case STEP_TASKS:
        return life_do_tasks(life, cx, due->matter);
    case STEP_REPORT:
        return report(life, cx, due);
    case STEP_RESPOND:
        return respond(life, cx, due);
    case STEP_GIVE:
        return give_out(life, cx, due);
    case STEP_DECLINE:
        return decline(life, cx, due);
    case STEP_ARRIVE:
        return arrive(life, cx, due);
    case STEP_WORK:
        return work(life, cx, due);
    case STEP_ANSWER:
        return answer(life, cx, due);
    case STEP_SUSPEND:
        return script_suspend(life, cx, due);
    case STEP_RESUME:
        return resume(life, cx, due);
    case STEP_FINISH:
        return finish(life, cx, due);
    case STEP_CONFIRM:
        return confirm(life, cx, due);
    case STEP_REWORK:
        return rework(life, cx, due);
    case STEP_FOLLOW:
        return follow(life, cx, due);
    case STEP_CANCEL:
        return cancel(life, cx, due);
    case STEP_QUOTE:
        return quote(life, cx, due);
    case STEP_RELIEF:
        return life_ask_relief(life, cx);
    case STEP_TIDY:
        return tidy(life, cx);
    case STEP_DAY:
    case STEP_COUNT:
        break; /* demo_life.c plans the days */
    }
    return OK;
}
