/* seed.c: data for the bench, and what the bench must know of the kernel.
 *
 *     seed make --data D --repairs N [--orgs K] [--database URL]
 *                                        a new folder with N repairs of the last two years, their people and homes, shared
 *                                        out evenly between K companies; with URL in that database
 *     seed statements --data D           the SQL texts behind a list of 50, a point read and a search for 漏水, and what :match is
 *
 * Beside the folder it leaves lists for the load's requests: D.tokens (a session of each company's desk), D.homes and D.repairs
 * (token, tab, what belongs to its company), D.categories. Homes and people go through process_create like any others. Repairs are laid out here but written by record_insert and
 * event_add, so that numbers, full text, seals and the audit chain are right and `anju check` has nothing to say. The
 * secondary indexes are taken away meanwhile and made again at the end: the same database, in a tenth of the time. */
#include "app/command.h"
#include "kernel/event.h"
#include "kernel/list.h"
#include "kernel/process.h"
#include "kernel/secret.h"
#include "kernel/tally.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define PASSWORD STR("benchbench")
#define HOMES_IN_BATCH 500
#define REPAIRS_IN_BATCH 2000
#define SPAN (2 * 365 * DAY_US)
#define FOREVER (100 * 365 * DAY_US) /* how long the desk stays logged in: the data is kept between runs */
#define MAX_CATEGORIES 200
#define MAX_INDEXES 100
#define ENGINEERS 12

typedef struct {
    const char *folder, *url;
    House *house;
    Id org, project, bench, engineers[ENGINEERS];
    int64_t orgs, homes, repairs, done; /* homes and repairs of one company */
    Id *home_ids, *building_ids, *party_ids;
    FILE *tokens, *homes_list, *some; /* some: ids of repairs from all the years */
    Str *phones, token;
    Str categories[MAX_CATEGORIES];
    int category_count;
    Str indexes[MAX_INDEXES];
    int index_count;
    Instant from, to;
    uint64_t random;
    Str hash;
    Arena *arena; /* lives as long as the program */
} Seed;

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
                                       "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹"};
static const char *const given[] = {"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
                                    "明", "超", "秀兰", "霞", "平", "刚", "桂英", "建国", "志强", "晓梅", "子涵", "雨桐", "浩然", "欣怡"};
static const char *const places[] = {"厨房", "卫生间", "客厅", "主卧", "次卧", "阳台", "书房", "玄关", "走廊", "地下室", "楼道", "单元门口"};
static const char *const things[] = {"水龙头", "马桶", "地漏", "插座", "吸顶灯", "门锁", "窗户", "暖气", "空调", "热水器", "对讲机", "墙面", "下水管", "配电箱"};
static const char *const faults[] = {"漏水", "堵塞", "不亮", "关不紧", "松动", "异响", "跳闸", "渗水", "打不开", "没有反应", "不热", "脱落"};
static const char *const said[] = {"昨晚开始的，请尽快上门。", "家里有老人，不方便。", "之前修过一次，又坏了。", "已经影响楼下，比较急。",
                                   "白天家里没人，傍晚来。", "请带上配件。"};

static uint64_t pick(Seed *seed, size_t count)
{
    seed->random ^= seed->random << 13;
    seed->random ^= seed->random >> 7;
    seed->random ^= seed->random << 17;
    return seed->random % count;
}

#define ANY(seed, words) ((words)[pick((seed), COUNT_OF(words))])

static void set(Record *record, const char *field, Value value)
{
    if (meta_field(record->meta, str_of(field)) != NULL) /* the bench does not stop when a field is renamed */
        record_set(record, field, value);
}

static void set_c(Record *record, const char *field, const char *text)
{
    set(record, field, value_text(str_of(text)));
}

/* Actor and company of the closure. */
static void as_system(Cx *cx, const Seed *seed)
{
    Actor *actor = new (cx->arena, Actor, 1);

    *actor = actor_system_template;
    actor->org = cx->org = seed->org;
    cx->actor = actor;
}

static const Error *take_category(Cx *cx, const Row *row, void *self)
{
    Seed *seed = self;

    (void)cx;
    if (seed->category_count < MAX_CATEGORIES)
        seed->categories[seed->category_count++] = str_copy(seed->arena, row_text(row, 0));
    return OK;
}

static const Error *log_in(Cx *cx, Seed *seed)
{
    static const char ADD[] = "INSERT INTO session (digest, org_id, id, user_id, created_at, expires_at, seen_at)"
                              " VALUES (:digest, :org, :id, :user, :now, :expires, :now)";

    seed->token = str_format(seed->arena, "bench-%lld", (long long)seed->org);
    return sql_run(cx, ADD, IN(in_text("digest", secret_digest(cx->arena, seed->token)), in_int("id", id_new(cx->now)),
                               in_int("user", seed->bench), in_int("expires", cx->now + FOREVER)));
}

static const Error *make_staff(Cx *cx, void *self)
{
    static const char CODES[] = "SELECT code FROM repair_category WHERE org_id = :org AND parent IS NOT NULL ORDER BY code";
    Seed *seed = self;

    as_system(cx, seed);
    TRY(user_make(cx, STR("bench"), STR("测试客服"), seed->hash, false, 0, &seed->bench));
    TRY(user_grant(cx, seed->bench, "desk", seed->project, 0));
    TRY(log_in(cx, seed));
    for (int i = 0; i < ENGINEERS; i++) {
        TRY(user_make(cx, str_format(cx->arena, "engineer%d", i + 1), str_format(cx->arena, "%s师傅", surnames[i]), seed->hash, false, 0,
                      &seed->engineers[i]));
        TRY(user_grant(cx, seed->engineers[i], "engineer", seed->project, 0));
    }
    seed->category_count = 0;
    return sql_each(cx, CODES, NOTHING, take_category, seed);
}

/* One home with its owner, as the API would make them. */
static const Error *make_home(Cx *cx, Seed *seed, int64_t i)
{
    Str no = str_format(cx->arena, "%d-%d-%02d%02d", (int)(i / 120 + 1), (int)(i / 60 % 2 + 1), (int)(i / 4 % 15 + 1), (int)(i % 4 + 1));
    Str name = str_format(cx->arena, "%s%s", ANY(seed, surnames), ANY(seed, given));
    Record *party, *home;
    json_t *body;
    const Error *error;

    seed->phones[i] = str_format(seed->arena, "1%d%09d", (int)(3 + pick(seed, 7)), (int)pick(seed, 1000000000));
    body = json_pack("{s:s%,s:s%}", "name", name.ptr, (size_t)name.len, "phone", seed->phones[i].ptr, (size_t)seed->phones[i].len);
    error = process_create(cx, kernel_find(cx->kernel, STR("parties")), body, &party);
    json_decref(body);
    TRY(error);
    body = json_pack("{s:s%,s:f,s:[{s:s,s:s}]}", "no", no.ptr, (size_t)no.len, "area", 60 + (double)pick(seed, 90), "parties", "party",
                     str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)party->id)), "role", "owner");
    error = process_create(cx, kernel_find(cx->kernel, STR("houses")), body, &home);
    json_decref(body);
    TRY(error);
    seed->home_ids[i] = home->id;
    seed->building_ids[i] = home->building;
    seed->party_ids[i] = party->id;
    return OK;
}

static const Error *make_homes(Cx *cx, void *self)
{
    Seed *seed = self;

    as_system(cx, seed);
    for (int i = 0; i < HOMES_IN_BATCH && seed->done < seed->homes; i++, seed->done++)
        TRY(make_home(cx, seed, seed->done));
    return OK;
}

static const Error *add_clock(Cx *cx, const Record *repair, const char *name, int64_t minutes, Instant due, Instant done)
{
    static const char ADD[] = "INSERT INTO clock (org_id, id, record_type, record_id, project_id, name, calendar, minutes, started_at,"
                              " due_at, left_us, paused_us, pauses, level, next_at, done_at) VALUES (:org, :id, 'repair', :record,"
                              " :project, :name, '7x24', :minutes, :started, :due, 0, 0, 0, 0, :next, :done)";
    return sql_run(cx, ADD,
                   IN(in_int("id", id_new(cx->now)), in_int("record", repair->id), in_int("project", repair->project), in_c("name", name),
                      in_int("minutes", minutes), in_int("started", repair->created_at), in_int("due", due),
                      in_ref("next", done == 0 ? due - minutes * MINUTE / 2 : 0), in_ref("done", done)));
}

/* What the record looks like when all is over. */
static void complete(Seed *seed, Record *repair)
{
    Instant at = repair->created_at;

    repair->state = meta_state(repair->meta, STR("closed"));
    repair->version = 7;
    repair->updated_at = at + 9 * DAY_US;
    set(repair, "assignee", value_int(ANY(seed, seed->engineers)));
    set(repair, "respond_done_at", value_int(at + 10 * MINUTE));
    set(repair, "arrive_done_at", value_int(at + 90 * MINUTE));
    set(repair, "first_arrived_at", value_int(at + 90 * MINUTE));
    set(repair, "finish_done_at", value_int(at + 3 * HOUR));
    set(repair, "respond_met", value_int(1));
    set(repair, "arrive_met", value_int(1));
    set(repair, "finish_met", value_int(1));
    set(repair, "next_due_at", value_int(NEVER));
    set(repair, "next_limit", VALUE_NULL);
    set(repair, "arrived_at", value_int(at + 90 * MINUTE));
    set(repair, "finished_at", value_int(at + 3 * HOUR));
    set_c(repair, "cause", "自然损耗");
    set_c(repair, "solution", "更换配件，试用正常。");
    set(repair, "visits", value_int(1));
    set(repair, "final_fen", value_int((int64_t)pick(seed, 20000)));
    set(repair, "confirmed_at", value_int(at + DAY_US));
    set_c(repair, "rating", "{\"overall\":5,\"timeliness\":5,\"attitude\":5,\"quality\":4,\"tidiness\":null,\"comment\":null,\"photos\":[],\"by_callback\":false}");
    set(repair, "overall", value_int(5));
}

static const Error *make_repair(Cx *cx, Seed *seed, int64_t i)
{
    bool open = i >= seed->repairs - seed->repairs / 200 - 50;
    size_t home = (size_t)pick(seed, (size_t)seed->homes);
    Instant at = seed->from + (seed->to - seed->from) / seed->repairs * i, due = (open ? seed->to + 60 * DAY_US : at) + 4 * HOUR;
    Record *repair;

    cx->now = at;
    repair = record_new(cx, kernel_find(cx->kernel, STR("repairs")));
    repair->no = str_format(cx->arena, "BX-TYHY-%08d-%07lld", (int)instant_to_date(at, cx->zone_min), (long long)i);
    repair->project = seed->project;
    repair->building = seed->building_ids[home];
    repair->created_by = seed->bench;
    set(repair, "house", value_int(seed->home_ids[home]));
    set_c(repair, "place_kind", "inside_home");
    set(repair, "reporter", value_int(seed->party_ids[home]));
    set(repair, "contact_phone", value_text(seed->phones[home]));
    set(repair, "category", value_text(seed->categories[pick(seed, (size_t)seed->category_count)]));
    set_c(repair, "urgency", "normal");
    set(repair, "title", value_text(str_format(cx->arena, "%s%s%s", ANY(seed, places), ANY(seed, things), ANY(seed, faults))));
    set_c(repair, "description", ANY(seed, said));
    set_c(repair, "channel", "phone");
    set_c(repair, "payer", "owner");
    set(repair, "due_respond_at", value_int(due - 3 * HOUR));
    set(repair, "due_arrive_at", value_int(due));
    set(repair, "due_finish_at", value_int(due + DAY_US));
    set(repair, "next_due_at", value_int(due - 3 * HOUR));
    set_c(repair, "next_limit", "respond");
    set(repair, "pauses", value_int(0));
    set(repair, "visits", value_int(0));
    set(repair, "reworks", value_int(0));
    event_add(cx, repair, "report", NULL, "reported", event_changes(cx, repair), STR_NONE);
    if (!open)
        complete(seed, repair);
    TRY(record_insert(cx, repair));
    if (i % (seed->repairs * seed->orgs / 20000 + 1) == 0)
        (void)fprintf(seed->some, "%.*s\t%lld\n", STR_ARG(seed->token), (long long)repair->id);
    event_add(cx, repair, open ? "note" : "close", open ? NULL : "confirmed", record_state(repair), STR_NONE, STR_NONE);
    TRY(add_clock(cx, repair, "respond", 60, due - 3 * HOUR, open ? 0 : at + 10 * MINUTE));
    TRY(add_clock(cx, repair, "arrive", 240, due, open ? 0 : at + 90 * MINUTE));
    return add_clock(cx, repair, "finish", 1680, due + DAY_US, open ? 0 : at + 3 * HOUR);
}

static const Error *make_repairs(Cx *cx, void *self)
{
    Seed *seed = self;

    as_system(cx, seed);
    for (int i = 0; i < REPAIRS_IN_BATCH && seed->done < seed->repairs; i++, seed->done++)
        TRY(make_repair(cx, seed, seed->done));
    return OK;
}

typedef struct {
    Str names[MAX_INDEXES];
    int count;
} Names;

static const Error *take_name(Cx *cx, const Row *row, void *self)
{
    Names *names = self;

    if (names->count < MAX_INDEXES)
        names->names[names->count++] = str_copy(cx->arena, row_text(row, 0));
    return OK;
}

static const Error *drop_indexes(Cx *cx, void *self)
{
    static const char ALL[] = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('repair', 'event', 'clock')";
    static const char ONE[] = "SELECT name, sql FROM sqlite_schema WHERE name = :name";
    static const char SERVERS[] = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
                                  " AND tablename IN ('repair', 'event', 'clock') AND indexname NOT LIKE '%_pkey'";
    static const char SERVERS_ONE[] = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname = :name";
    Seed *seed = self;
    Names names = {0};

    TRY(sql_each(cx, seed->url == NULL ? ALL : SERVERS, NOTHING, take_name, &names));
    for (int i = 0; i < names.count; i++) {
        Str name, sql;
        TRY(sql_row(cx, seed->url == NULL ? ONE : SERVERS_ONE, IN(in_text("name", names.names[i])), OUT(out_text(&name), out_text(&sql))));
        seed->indexes[seed->index_count++] = str_copy(seed->arena, sql);
        TRY(sql_exec(cx, str_format(cx->arena, "DROP INDEX \"%.*s\"", STR_ARG(name))));
    }
    return OK;
}

static const Error *make_index(Cx *cx, void *self)
{
    Seed *seed = self;
    return sql_exec(cx, seed->indexes[seed->done++]);
}

/* Runs fn in transactions of its own until `done` has come to `goal`. */
static const Error *repeat(Seed *seed, StoreFn *fn, int64_t goal)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 30);

    for (seed->done = 0; seed->done < goal; arena_reset(arena)) {
        Cx cx = {.arena = arena, .now = seed->from, .zone_min = ZONE_CHINA, .kernel = &seed->house->kernel};
        TRY(store_write(seed->house->store, &cx, fn, seed));
    }
    return OK;
}

/* A file beside the folder, of lines that the load's requests take at random. */
static FILE *open_list(const char *folder, const char *name)
{
    char path[4096];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s.%s", folder, name);
    out = fopen(path, "w");
    if (out == NULL) {
        perror(path);
        exit(1);
    }
    return out;
}

static void close_list(FILE *list)
{
    if (fclose(list) != 0) {
        perror("seed");
        exit(1);
    }
}

static void list_homes(const Seed *seed)
{
    (void)fprintf(seed->tokens, "%.*s\n", STR_ARG(seed->token));
    for (int64_t i = 0; i < seed->homes; i++) /* members of a body */
        (void)fprintf(seed->homes_list, "%.*s\t\"house\":\"%lld\",\"reporter\":\"%lld\"\n", STR_ARG(seed->token),
                      (long long)seed->home_ids[i], (long long)seed->party_ids[i]);
}

/* One transaction on what there is. */
static const Error *write_once(Seed *seed, StoreFn *fn)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 30);
    Cx cx = {.arena = arena, .now = seed->from, .zone_min = ZONE_CHINA, .kernel = &seed->house->kernel};

    return store_write(seed->house->store, &cx, fn, seed);
}

/* What figures are answered by, which a community that has run for a while has. */
static const Error *make_tallies(Cx *cx, void *self)
{
    Seed *seed = self;
    int count;

    cx->org = seed->org;
    TRY(tally_make(cx, 1, &count));
    seed->done += count == 0 ? 1 : 0;
    return OK;
}

static const Error *make_company(Seed *seed, int64_t i)
{
    Str name = str_format(seed->arena, "物业公司 %lld", (long long)(i + 1)), password;
    NewOrg wanted = {.org = str_to_c(seed->arena, name), .project = "示范小区", .code = "TYHY", .admin = "admin", .password = "adminadmin"};

    TRY(house_new_org(seed->house, seed->arena, &wanted, seed->from, &password, &seed->org, &seed->project));
    TRY(write_once(seed, make_staff));
    TRY(repeat(seed, make_homes, seed->homes));
    list_homes(seed);
    TRY(repeat(seed, make_repairs, seed->repairs));
    return repeat(seed, make_tallies, 1);
}

static const Error *make(Seed *seed)
{
    Instant now = clock_now();
    FILE *categories;

    seed->from = now - SPAN;
    seed->to = now - HOUR;
    seed->homes = seed->repairs * seed->orgs / 25 < 500 ? 500 : seed->repairs * seed->orgs / 25 > 40000 ? 40000 : seed->repairs * seed->orgs / 25;
    seed->homes = (seed->homes + seed->orgs - 1) / seed->orgs;
    seed->home_ids = new (seed->arena, Id, seed->homes);
    seed->building_ids = new (seed->arena, Id, seed->homes);
    seed->party_ids = new (seed->arena, Id, seed->homes);
    seed->phones = new (seed->arena, Str, seed->homes);
    TRY(house_make(seed->arena, &(HousePlace){seed->folder, seed->url}, &seed->house));
    TRY(secret_hash_password(seed->arena, PASSWORD, &seed->hash));
    TRY(write_once(seed, drop_indexes));
    seed->tokens = open_list(seed->folder, "tokens");
    seed->homes_list = open_list(seed->folder, "homes");
    seed->some = open_list(seed->folder, "repairs");
    for (int64_t i = 0; i < seed->orgs; i++)
        TRY(make_company(seed, i));
    TRY(repeat(seed, make_index, seed->index_count));
    house_close(seed->house);
    close_list(seed->tokens);
    close_list(seed->homes_list);
    close_list(seed->some);
    categories = open_list(seed->folder, "categories"); /* the same in all companies */
    for (int i = 0; i < seed->category_count; i++)
        (void)fprintf(categories, "%.*s\n", STR_ARG(seed->categories[i]));
    close_list(categories);
    return OK;
}

/* The texts are caught as the engine is given them. */

static int note_text(unsigned kind, void *self, void *statement, void *text)
{
    Str sql = str_of(sqlite3_sql(statement));

    (void)kind;
    (void)text;
    if (str_starts(sql, STR("SELECT t.id"))) /* the other threads' connections are watched too */
        *(Str *)self = sql;                  /* lives while the statement is kept prepared */
    return 0;
}

static Str last_text;

static int watch(sqlite3 *handle, char **message, const void *api)
{
    (void)message;
    (void)api;
    return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, note_text, &last_text);
}

typedef struct {
    Id user;
    Str list, one, search, match;
} Statements;

static const Error *ask_both(Cx *cx, void *self)
{
    static const char WHO[] = "SELECT org_id, user_id FROM login WHERE login = 'bench'";
    static const char NEWEST[] = "SELECT max(id) FROM repair";
    Statements *out = self;
    const RecordMeta *meta = kernel_find(cx->kernel, STR("repairs"));
    Json json = json_new(cx->arena, 1 << 24);
    ListQuery query;
    Record *record;
    Actor *actor;
    Id newest;

    TRY(sql_row(cx, WHO, NOTHING, OUT(out_int(&cx->org), out_int(&out->user))));
    TRY(sql_row(cx, NEWEST, NOTHING, OUT(out_int(&newest))));
    TRY(user_actor_by_id(cx, cx->org, out->user, &actor));
    cx->actor = actor;
    TRY(list_parse(cx, meta, NULL, 0, NULL, &query));
    TRY(list_json(cx, &query, &json));
    out->list = str_copy(cx->arena, last_text);
    TRY(list_parse(cx, meta, NULL, 0, NULL, &query));
    TRY(list_one(cx, &query, newest, &record));
    out->one = str_copy(cx->arena, last_text);
    TRY(list_parse(cx, meta, &(QueryParam){STR("q"), STR("漏水")}, 1, NULL, &query));
    TRY(list_json(cx, &query, &json));
    out->search = str_copy(cx->arena, last_text);
    out->match = query.match;
    return OK;
}

static const Error *show_statements(Arena *arena, const char *folder)
{
    Statements found = {0};
    House *house;
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};
    const Error *error;

    (void)sqlite3_auto_extension((void (*)(void))watch); /* fails for want of memory only */
    TRY(house_open(arena, &(HousePlace){.folder = folder}, false, NULL, NULL, &house));
    cx.kernel = &house->kernel;
    error = store_read(house->store, &cx, ask_both, &found);
    if (error == OK)
        (void)printf("%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(found.list), STR_ARG(found.one), STR_ARG(found.search), STR_ARG(found.match));
    house_close(house);
    return error;
}

/* A number of at least one; 0 for anything else. */
static int64_t number_of(const char *text)
{
    int64_t n;
    return str_to_int(str_of(text), &n) && n > 0 ? n : 0;
}

int main(int argc, char **argv)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 32);
    Seed seed = {.orgs = 1, .repairs = 10000, .random = 88172645463325252u, .arena = arena};
    const Error *error;

    for (int i = 2; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--data") == 0)
            seed.folder = argv[i + 1];
        else if (strcmp(argv[i], "--database") == 0)
            seed.url = argv[i + 1];
        else if (strcmp(argv[i], "--repairs") == 0)
            seed.repairs = number_of(argv[i + 1]);
        else if (strcmp(argv[i], "--orgs") == 0)
            seed.orgs = number_of(argv[i + 1]);
        else
            seed.orgs = 0;
    if (seed.folder == NULL || seed.orgs == 0 || seed.repairs < seed.orgs) {
        (void)fprintf(stderr, "usage: seed make --data D [--repairs N] [--orgs K] [--database URL] | seed statements --data D\n");
        return 2;
    }
    seed.repairs /= seed.orgs;
    error = strcmp(argv[1], "make") == 0 ? make(&seed) : show_statements(arena, seed.folder);
    if (error != OK)
        (void)fprintf(stderr, "seed: %.*s\n", STR_ARG(error_text(error, LANG_EN)));
    return error != OK;
}
