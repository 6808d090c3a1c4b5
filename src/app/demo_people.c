/* demo_people.c: the demo's settlement: accounts, buildings with their common places, homes, families, tenants,
 * vehicles, and the faults that real archives have (a missing phone or area, a mistyped identity number). */
#include "app/demo_parts.h"
#include "kernel/secret.h"
#include "modules/property/property.h"

#include <stdio.h>

#define MOVED_IN_FIRST 2021 /* year of the first hand-over */
#define MAX_PEOPLE_A_HOME 5

typedef struct {
    int units, floors, rooms;
} Tower;
static const Tower small_towers[] = {{2, 18, 2}, {3, 18, 2}}, large_towers[] = {{3, 26, 4}, {2, 33, 4}};

/* Areas in dm2 by the position of the home on its floor. */
static const int areas[4] = {8950, 11235, 14380, 7602};

/* clang-format off */
/* People whom the pictures of the screens show. */
static const struct {
    const char *no, *name;
    bool woman;
    int age;
} known[] = {{"3-2-1501", "王秀兰", true, 71}, {"5-1-0802", "刘桂芳", true, 62}, {"3-2-0901", "张伟", false, 41},
             {"2-1-0704", "赵敏", true, 38},  {"1-2-1204", "李婷", true, 33}};

static const struct {
    const char *login, *name, *role;
} staff[] = {{"manager", "沈国栋", "manager"}, {"desk1", "林晓雯", "desk"},  {"desk2", "何静", "desk"},    {"desk3", "吴敏", "desk"},
             {"eng_lead", "陈立", "eng_lead"}, {"quality", "宋慧", "quality"}, {"cashier", "李娜", "cashier"}, {"guard1", "赵强", "guard"},
             {"guard2", "孙勇", "guard"},      {"guard3", "郑军", "guard"},  {"guard4", "王斌", "guard"},
             {"cleaner1", "田秀英", "cleaner"}, {"gardener1", "彭永贵", "gardener"}};

static const struct {
    const char *name, *skills, *certificates;
    int speed, charm, off_day;
} engineers[] = {
    {"周建国", "electric plumbing general", "[\"low_voltage\"]", 88, 10, 6}, {"马强", "plumbing hvac", "[\"refrigeration\"]", 100, 0, 5},
    {"刘洋", "weak_current fire lift gas", "[\"fire_operator\",\"lift_T\"]", 95, 4, 2}, {"高峰", "carpentry civil locksmith", "[\"high_work\"]", 105, 0, 1},
    {"赵磊", "plumbing civil general pest", NULL, 110, -4, 3}, {"孙浩", "electric weak_current general", "[\"low_voltage\"]", 125, -14, 0},
};
/* clang-format on */

static Str house_no(Arena *arena, const Home *home)
{
    return str_format(arena, "%d-%d-%02d%02d", home->building, home->unit, home->floor, home->room);
}

/* Where each home stands. */
static void lay_out(Demo *demo)
{
    const Tower *towers = demo->homes > 2000 ? large_towers : small_towers;
    int at = 0, entry = 0;

    for (int building = 1; at < demo->homes; building++) {
        Tower tower = towers[(building - 1) % 2];
        for (int unit = 1; unit <= tower.units; unit++, entry++)
            for (int floor = 1; floor <= tower.floors; floor++)
                for (int room = 1; room <= tower.rooms && at < demo->homes; room++) {
                    demo->home[at] =
                        (Home){.building = building, .unit = unit, .floor = floor, .room = room, .entry = entry};
                    if (building == 3 && unit == 2 && floor == 15 && room == 1)
                        demo->first = at;
                    at++;
                }
    }
}

static const Error *make_account(Cx *cx, Demo *demo, Str login, Str name, Str hash, const char *role, Id party,
                                 const Actor **out)
{
    Cx own = *cx; /* the actor outlives this closure */
    Actor *actor;
    Id user;

    TRY(user_make(cx, login, name, hash, false, party, &user));
    TRY(user_grant(cx, user, role, strcmp(role, "admin") == 0 ? 0 : demo->project, 0));
    own.arena = demo->arena;
    TRY(user_actor_by_id(&own, cx->org, user, &actor));
    *out = actor;
    return OK;
}

static const Error *give_skills(Cx *cx, const Actor *actor, const char *skills, const char *certificates)
{
    Record *record;
    Str rest = str_of(skills);
    Json json = json_new(cx->arena, 1000);

    TRY(record_load(cx, kernel_type(cx->kernel, &user_type), actor->user, &record));
    json_open(&json, '[');
    while (rest.ptr != NULL)
        json_text(&json, str_split(rest, ' ', &rest));
    json_close(&json, ']');
    record_set_text(record, "skills", buf_str(&json.buf));
    if (certificates != NULL)
        record_set_text(record, "certificates", str_of(certificates));
    return process_save(cx, record, "update");
}

static const Error *find_admin(Cx *cx, Demo *demo)
{
    static const char FIND[] = "SELECT user_id FROM login WHERE login = 'admin' AND org_id = :org";
    Cx own = *cx;
    Actor *actor;
    Id user = 0;

    TRY(sql_row(cx, FIND, NOTHING, OUT(out_int(&user))));
    own.arena = demo->arena;
    TRY(user_actor_by_id(&own, cx->org, user, &actor));
    demo->admin = actor;
    return OK;
}

typedef struct {
    Demo *demo;
    Str hash; /* of the one password */
    int from, to;
} Settle;

static const Error *make_staff(Cx *cx, void *self)
{
    Settle *settle = self;
    Demo *demo = settle->demo;
    const Actor *made[COUNT_OF(staff)];
    Record *project;

    TRY(find_admin(cx, demo));
    for (size_t i = 0; i < COUNT_OF(staff); i++)
        TRY(make_account(cx, demo, str_of(staff[i].login), str_of(staff[i].name), settle->hash, staff[i].role, 0,
                         &made[i]));
    demo->manager = made[0];
    for (int i = 0; i < MAX_DESKS; i++)
        demo->desks[i] = made[1 + i];
    demo->lead = made[4];
    demo->quality = made[5];
    demo->cashier = made[6];
    for (int i = 0; i < 4; i++)
        demo->guards[i] = made[7 + i];
    for (int i = 0; i < 4; i++)
        TRY(give_skills(cx, demo->guards[i], "guard", "[\"guard_licence\"]"));
    demo->cleaner = made[11];
    demo->gardener = made[12];
    for (int i = 0; i < demo->worker_count; i++) {
        size_t kind = (size_t)i % COUNT_OF(engineers);
        Worker *worker = &demo->workers[i];
        Str name = (size_t)i < COUNT_OF(engineers)
                       ? str_of(engineers[i].name)
                       : str_copy(cx->arena, str_of(demo_someone(&demo->dice, NULL, false, 30 + i % 25).name));
        *worker = (Worker){.skills = engineers[kind].skills,
                           .speed = engineers[kind].speed,
                           .charm = engineers[kind].charm,
                           .off_day = (engineers[kind].off_day + i / (int)COUNT_OF(engineers)) % 7};
        TRY(make_account(cx, demo, str_format(cx->arena, "engineer%d", i + 1), name, settle->hash, "engineer", 0,
                         &worker->actor));
        TRY(give_skills(cx, worker->actor, worker->skills, engineers[kind].certificates));
    }
    cx->actor = demo->admin;
    return process_patch(cx, kernel_type(cx->kernel, &project_type), demo->project, 0,
                         demo_json(cx, json_pack("{s:s,s:s,s:s,s:s}", "address", "示范路 8 号", "phone", "010-00008001",
                                                 "calendar", "08:30-18:00", "pay_how",
                                                 "转账：安居物业服务有限公司，工商银行示范路支行 0200 0000 1234 5678 901，附言写房号。")),
                         &project);
}

/* A person of the archive; with the faults that archives have. */
static const Error *make_person(Cx *cx, Demo *demo, const Someone *someone, bool adult, int *out)
{
    Dice *dice = &demo->dice;
    int year = instant_to_date(demo->start, ZONE_CHINA) / 10000, at = demo->people_count++;
    json_t *body = json_pack("{s:s}", "name", someone->name);
    Str phone = demo_phone(cx->arena, at);
    Record *record;

    if (dice_chance(dice, 6))
        phone = str_cut(phone, 0, phone.len - 1); /* a digit was lost */
    if (adult && !dice_chance(dice, 40))
        (void)json_object_set_new(body, "phone",
                                  json_stringn(phone.ptr, (size_t)phone.len)); /* fails without memory only */
    if (adult && dice_chance(dice, 520)) {
        Str id_no = demo_id_no(cx->arena, dice, someone, year, dice_chance(dice, 25));
        (void)json_object_set_new(body, "id_no", json_stringn(id_no.ptr, (size_t)id_no.len));
    }
    TRY(process_create(cx, kernel_type(cx->kernel, &party_type), demo_json(cx, body), &record));
    demo->people[at] =
        (Person){.id = record->id, .age = (int16_t)someone->age, .user = -1, .rates = dice_chance(dice, 780)};
    *out = at;
    return OK;
}

static void add_relation(json_t *list, Cx *cx, Id party, const char *role, Date from, const char *share)
{
    json_t *entry = json_object();
    Buf day = buf_new(cx->arena, 20);

    buf_date(&day, from);
    (void)json_object_set_new(entry, "party",
                              json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)party))));
    (void)json_object_set_new(entry, "role", json_string(role));
    (void)json_object_set_new(entry, "from", json_stringn(day.ptr, (size_t)day.len));
    if (share != NULL)
        (void)json_object_set_new(entry, "share", json_string(share));
    (void)json_array_append_new(list, entry);
}

static Date some_day(Dice *dice, int first_year, int years)
{
    return date_of(first_year + (int)dice_below(dice, years), 1 + (int)dice_below(dice, 12),
                   1 + (int)dice_below(dice, 28));
}

/* Who owns the home, who lives in it, and who speaks for it. */
static const Error *people_home(Cx *cx, Demo *demo, int at, json_t *relations, const char **occupancy)
{
    Dice *dice = &demo->dice;
    Home *home = &demo->home[at];
    Date since = some_day(dice, MOVED_IN_FIRST, 4);
    int age = (int)dice_between(dice, 26, 48) + (dice_chance(dice, 380) ? (int)dice_between(dice, 10, 30) : 0), other;
    Someone owner = demo_someone(dice, NULL, dice_chance(dice, 470), age), someone;
    bool let = dice_chance(dice, 170), joint = dice_chance(dice, 380);
    Str no = house_no(cx->arena, home), surname;

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is(no, known[i].no) || (i == 0 && at == demo->first)) {
            owner = (Someone){.woman = known[i].woman, .age = known[i].age};
            (void)snprintf(owner.name, sizeof owner.name, "%s", known[i].name);
            let = false;
        }
    home->owner = -1;
    if (at > 20 && at != demo->first && dice_chance(dice, 30)) { /* owner of a second home */
        int earlier = demo->home[dice_below(dice, at)].owner;
        if (earlier != demo->home[demo->first].owner)
            home->owner = earlier;
    }
    if (home->owner < 0)
        TRY(make_person(cx, demo, &owner, true, &home->owner));
    demo->people[home->owner].homes++;
    home->speaker = home->owner;
    *occupancy = let ? "let" : "self";
    add_relation(relations, cx, demo->people[home->owner].id, "owner", since, joint ? "1/2" : NULL);
    if (joint) {
        someone = demo_someone(dice, NULL, !owner.woman, owner.age + (int)dice_between(dice, -4, 4));
        TRY(make_person(cx, demo, &someone, true, &other));
        add_relation(relations, cx, demo->people[other].id, "owner", since, "1/2");
        if (!let && at != demo->first && dice_chance(dice, 300))
            home->speaker = other;
    }
    if (let) {
        someone = demo_someone(dice, NULL, dice_chance(dice, 480), (int)dice_between(dice, 22, 38));
        TRY(make_person(cx, demo, &someone, true, &home->speaker));
        add_relation(relations, cx, demo->people[home->speaker].id, "tenant",
                     some_day(dice, instant_to_date(demo->start, ZONE_CHINA) / 10000 - 2, 2), NULL);
        return OK;
    }
    if (dice_chance(dice, 90)) {
        home->empty = true;
        *occupancy = "empty";
        return OK;
    }
    if (dice_chance(dice, 25))
        *occupancy = "renovating";
    if (dice_chance(
            dice,
            420)) { /* a grown-up child of the old, a child of the young, who has the owner's or the other's surname */
        surname = utf8_cut(str_of(owner.name), 1);
        someone = demo_someone(dice, str_to_c(cx->arena, surname), dice_chance(dice, 490),
                               owner.age > 52 ? owner.age - 27 : (int)dice_between(dice, 3, 16));
        if (someone.age <= 17 && !dice_chance(dice, 150)) /* children are seldom in the archive */
            return OK;
        TRY(make_person(cx, demo, &someone, someone.age > 17, &other));
        add_relation(relations, cx, demo->people[other].id, "family", since, NULL);
    }
    return OK;
}

static void add_vehicles(Cx *cx, Demo *demo, json_t *body, const Home *home)
{
    static const char *const colours[] = {"白色轿车", "黑色 SUV", "灰色轿车", "蓝色新能源", "银色轿车", NULL};
    Buf text = buf_new(cx->arena, 300);
    int count = dice_chance(&demo->dice, 620) ? dice_chance(&demo->dice, 170) ? 2 : 1 : 0;

    for (int i = 0; i < count; i++)
        buf_format(&text, "%s京A0%04d %s，地库 B%d-%03d", i > 0 ? "\n" : "", (int)dice_below(&demo->dice, 10000),
                   demo_pick(&demo->dice, colours), 1 + home->building % 2, (int)dice_between(&demo->dice, 1, 600));
    if (count > 0)
        (void)json_object_set_new(body, "vehicles", json_stringn(text.ptr, (size_t)text.len));
}

static const Error *make_home(Cx *cx, Demo *demo, int at)
{
    Dice *dice = &demo->dice;
    Home *home = &demo->home[at];
    json_t *relations = json_array(), *body;
    const char *occupancy = "self";
    Record *record;

    body = json_pack("{s:o,s:o,s:o,s:o,s:o,s:s,s:s}", "building",
                     json_string(str_to_c(cx->arena, str_format(cx->arena, "%d", home->building))), "unit",
                     json_string(str_to_c(cx->arena, str_format(cx->arena, "%d", home->unit))), "floor",
                     json_string(str_to_c(cx->arena, str_format(cx->arena, "%d", home->floor))), "room",
                     json_string(str_to_c(cx->arena, str_format(cx->arena, "%02d%02d", home->floor, home->room))),
                     "parties", relations, "use", "residential", "handover_date", "2021-06-30");
    TRY(people_home(cx, demo, at, relations, &occupancy));
    (void)json_object_set_new(body, "occupancy", json_string(occupancy)); /* fails without memory only, as below */
    if (!dice_chance(dice, 24))
        (void)json_object_set_new(body, "area",
                                  json_real((areas[home->room - 1] + (home->building % 3) * 115) / 100.0));
    if (!home->empty)
        add_vehicles(cx, demo, body, home);
    (void)json_object_set_new(body, "spaces", json_integer((home->floor * 3 + home->room * 7) % 5 < 3));
    if (demo->people[home->speaker].age > 68)
        (void)json_object_set_new(body, "note", json_string("独居老人，上门前先打电话"));
    TRY(process_create(cx, kernel_type(cx->kernel, &house_type), demo_json(cx, body), &record));
    home->id = record->id;
    return OK;
}

static const Error *make_homes(Cx *cx, void *self)
{
    Settle *settle = self;

    for (int at = settle->from; at < settle->to; at++)
        TRY(make_home(cx, settle->demo, at));
    return OK;
}

static const Error *make_space(Cx *cx, Demo *demo, Place place, const char *kind, Id parent, Str name)
{
    json_t *body = json_pack("{s:o,s:s}", "name", json_stringn(name.ptr, (size_t)name.len), "kind", kind);
    Record *record;

    if (parent != 0)
        (void)json_object_set_new(body, "parent",
                                  json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)parent))));
    TRY(process_create(cx, kernel_type(cx->kernel, &space_type), demo_json(cx, body), &record));
    demo->spaces[place][demo->space_counts[place]++] = record->id;
    return OK;
}

/* 管家: somebody of the desk looks after a building. */
static const Error *name_butler(Cx *cx, const Demo *demo, Id building, int number)
{
    json_t *body = json_pack("{s:o}", "butler", json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)demo->desks[number % MAX_DESKS]->user))));
    Record *record;

    return process_patch(cx, kernel_type(cx->kernel, &space_type), building, 0, demo_json(cx, body), &record);
}

/* The common places of a building, and those of the whole community. */
static const Error *make_spaces(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT id FROM space WHERE org_id = :org AND kind = 'building' AND code = :code";
    static const struct {
        Place place;
        const char *kind, *name;
    } common[] = {{PLACE_GARAGE, "garage", "地库 B1"},  {PLACE_GARAGE, "garage", "地库 B2"},
                  {PLACE_ROAD, "road", "中央大道"},     {PLACE_ROAD, "road", "东环路"},
                  {PLACE_ROAD, "road", "西环路"},       {PLACE_GARDEN, "garden", "中心花园"},
                  {PLACE_GARDEN, "zone", "儿童乐园"},   {PLACE_GARDEN, "zone", "健身区"},
                  {PLACE_GATE, "gate", "南门"},         {PLACE_GATE, "gate", "北门"},
                  {PLACE_GATE, "gate", "地库入口"},     {PLACE_PLANT, "plant", "配电房"},
                  {PLACE_PLANT, "plant", "生活水泵房"}, {PLACE_PLANT, "plant", "消防控制室"},
                  {PLACE_PLANT, "plant", "换热站"}};
    Settle *settle = self;
    Demo *demo = settle->demo;
    int building = 0, unit = 0;
    Id id = 0;

    for (size_t i = 0; i < COUNT_OF(common); i++)
        TRY(make_space(cx, demo, common[i].place, common[i].kind, 0, str_of(common[i].name)));
    for (int at = 0; at < demo->homes; at++) {
        const Home *home = &demo->home[at];
        if (home->building != building) {
            TRY(sql_row(cx, FIND, IN(in_text("code", str_format(cx->arena, "%d", home->building))), OUT(out_int(&id))));
            TRY(name_butler(cx, demo, id, home->building));
            TRY(make_space(cx, demo, PLACE_ROOF, "roof", id, str_format(cx->arena, "%d 栋屋面", home->building)));
        }
        if (home->building != building || home->unit != unit) {
            TRY(make_space(cx, demo, PLACE_LOBBY, "lobby", id,
                           str_format(cx->arena, "%d 栋 %d 单元大堂", home->building, home->unit)));
            TRY(make_space(cx, demo, PLACE_LIFT, "lift", id,
                           str_format(cx->arena, "%d 栋 %d 单元电梯", home->building, home->unit)));
            TRY(make_space(cx, demo, PLACE_STAIRS, "stairs", id,
                           str_format(cx->arena, "%d 栋 %d 单元楼梯间", home->building, home->unit)));
        }
        building = home->building;
        unit = home->unit;
    }
    return OK;
}

static const Error *name_of(Cx *cx, Id party, Str *out)
{
    return record_label(cx, kernel_type(cx->kernel, &party_type), party, out);
}

/* An account for the owner of this home. */
static const Error *make_resident(Cx *cx, Settle *settle, int at)
{
    Demo *demo = settle->demo;
    Person *owner = &demo->people[demo->home[at].owner];
    Str name;

    TRY(name_of(cx, owner->id, &name));
    TRY(make_account(cx, demo, str_format(cx->arena, "resident%d", demo->resident_count + 1), name, settle->hash,
                     "resident", owner->id, &demo->residents[demo->resident_count]));
    owner->user = demo->resident_count++;
    return OK;
}

static const Error *make_residents(Cx *cx, void *self)
{
    Settle *settle = self;
    Demo *demo = settle->demo;

    for (int at = settle->from; at < settle->to; at++) {
        const Person *owner = &demo->people[demo->home[at].owner];
        if (owner->user < 0 && owner->homes == 1 && (at < 12 || dice_chance(&demo->dice, owner->age > 66 ? 250 : 620)))
            TRY(make_resident(cx, settle, at));
    }
    return OK;
}

static const Error *make_first_resident(Cx *cx, void *self)
{
    Settle *settle = self;
    return make_resident(cx, settle, settle->demo->first);
}

/* In portions, so that no closure grows with the community. */
static const Error *in_portions(Settle *settle, const Actor *actor, Instant now, StoreFn *fn)
{
    for (settle->from = 0; settle->from < settle->demo->homes; settle->from = settle->to) {
        settle->to = settle->from + 250 < settle->demo->homes ? settle->from + 250 : settle->demo->homes;
        TRY(demo_write(settle->demo, actor, now, fn, settle));
    }
    return OK;
}

const Error *demo_settle(Demo *demo)
{
    Settle settle = {.demo = demo};
    Instant now = demo->start - 14 * HOUR; /* ten in the morning of the day before */
    Arena *arena = demo->arena;

    TRY(secret_hash_password(arena, str_of(demo->password), &settle.hash));
    demo->worker_count = demo->homes / 90 > 6 ? demo->homes / 90 : 6;
    demo->workers = new (arena, Worker, demo->worker_count);
    demo->home = new (arena, Home, demo->homes);
    demo->people = new (arena, Person, demo->homes * MAX_PEOPLE_A_HOME);
    demo->residents = new (arena, const Actor *, demo->homes);
    for (int place = 0; place < PLACE_KINDS; place++)
        demo->spaces[place] = new (arena, Id, demo->homes + 20);
    lay_out(demo);
    TRY(demo_write(demo, &demo->system, now, make_staff, &settle));
    TRY(in_portions(&settle, demo->desks[0], now + HOUR, make_homes));
    TRY(demo_write(demo, demo->manager, now + 2 * HOUR, make_spaces, &settle));
    TRY(demo_write(demo, &demo->system, now + 3 * HOUR, make_first_resident, &settle));
    return in_portions(&settle, &demo->system, now + 3 * HOUR + MINUTE, make_residents);
}
