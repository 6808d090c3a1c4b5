/* demo_notice.c: the demo's notices: what is announced and when, counted back from the last day, where it is put up, and who reads it. */
#include "app/demo_life.h"
#include "modules/notice/notice.h"

typedef struct {
    int days_before, minute;  /* the end, and of the day */
    const char *template, *building; /* code of the template; building NULL: everybody */
    const char *variables;    /* JSON, with @ for the day that it is about */
    int in_days;              /* that day, from the announcement on */
    bool ack;
    int reads;                /* per 1000 who have an account */
    int days;                 /* until it is over */
} Bulletin;

/* clang-format off */
static const Bulletin bulletins[] = {
    {75, 600, "safety.fraud", NULL, "{\"case\":\"冒充燃气公司上门收费\"}", .reads = 620, .days = 30},
    {58, 560, "pest.spray", NULL, "{\"date\":\"@\",\"time\":\"9:00–11:00\",\"place\":\"各楼绿地\",\"product\":\"低毒菊酯\"}", 3, .reads = 700, .days = 5},
    {41, 980, "outage.lift", "3", "{\"lift\":\"3 栋 2 号梯\",\"reason\":\"更换钢丝绳\",\"from\":\"@ 9:00\",\"to\":\"@ 17:00\",\"other_lift\":\"1 号梯\"}", 2, .reads = 780, .days = 4},
    {27, 620, "fee.publish", NULL, "{\"period\":\"第三季度\",\"board\":\"各单元公告栏\"}", .reads = 540, .days = 14},
    {13, 550, "fire.drill", NULL, "{\"date\":\"@\",\"time\":\"10:00\",\"place\":\"中心广场\"}", 4, .reads = 660, .days = 5},
    {2, 640, "outage.water.planned", "3", "{\"buildings\":\"3 栋\",\"reason\":\"更换进水阀门\",\"from\":\"@ 9:00\",\"to\":\"@ 13:00\",\"phone\":\"010-66668888\"}", 2, .ack = true, .reads = 550, .days = 5},
};
/* clang-format on */

static json_t *audience_of(const Bulletin *bulletin)
{
    return bulletin->building == NULL ? json_object() : json_pack("{s:[s]}", "buildings", bulletin->building);
}

/* Those with an account who were told read it, most of them, and say so where they are asked to. */
static const Error *read_by_some(Life *life, Cx *cx, const Bulletin *bulletin, Id notice)
{
    static const char TOLD[] = "SELECT count(*) FROM delivery WHERE org_id = :org AND record_id = :notice AND party_id = :party"; /* delivery_by_record_id_party_id_part */
    const RecordMeta *meta = kernel_type(cx->kernel, &notice_type);
    Demo *demo = life->demo;
    bool done;

    for (int i = 0; i < demo->resident_count; i++) {
        const Actor *resident = demo->residents[i];
        int64_t told = 0;
        TRY(sql_row(cx, TOLD, IN(in_int("notice", notice), in_int("party", resident->party)), OUT(out_int(&told))));
        if (told == 0 || !dice_chance(&demo->dice, bulletin->reads))
            continue;
        cx->now += dice_between(&demo->dice, 1, 40) * SECOND;
        TRY(life_act(life, cx, resident, meta, notice, "read", json_object(), &done));
        if (bulletin->ack && dice_chance(&demo->dice, 850))
            TRY(life_act(life, cx, resident, meta, notice, "ack", json_object(), &done));
    }
    return OK;
}

static json_t *variables_of(Cx *cx, const Bulletin *bulletin)
{
    Buf day = buf_new(cx->arena, 20), text = buf_new(cx->arena, 4096);

    buf_date(&day, date_add(instant_to_date(cx->now, ZONE_CHINA), bulletin->in_days));
    for (const char *at = bulletin->variables; *at != '\0'; at++)
        buf_add(&text, *at == '@' ? buf_str(&day) : (Str){at, 1});
    return json_loads(str_to_c(cx->arena, buf_str(&text)), 0, NULL);
}

/* On every board, within the hour. */
static const Error *put_up(Life *life, Cx *cx, Id notice)
{
    json_t *photos;
    bool done;

    cx->now += dice_between(&life->demo->dice, 20, 60) * MINUTE;
    TRY(life_photo(life, cx, DEMO_REPORT, life->demo->desks[0], &photos));
    return life_act(life, cx, life->demo->desks[0], kernel_type(cx->kernel, &notice_type), notice, "post", json_pack("{s:o}", "paper_photos", photos), &done);
}

const Error *life_announce(Life *life, Cx *cx, int which)
{
    const Bulletin *bulletin = &bulletins[which];
    const RecordMeta *meta = kernel_type(cx->kernel, &notice_type);
    const Demo *demo = life->demo;
    Buf expire = buf_new(cx->arena, 40);
    json_t *body;
    Record *record;
    bool done;

    cx->actor = demo->desks[0];
    cx->device_at = 0;
    buf_instant(&expire, cx->now + bulletin->days * DAY_US, ZONE_CHINA);
    body = json_pack("{s:s, s:o, s:o, s:b, s:s}", "template", bulletin->template, "variables", variables_of(cx, bulletin), "audience",
                     audience_of(bulletin), "ack_required", (int)bulletin->ack, "expire_at", str_to_c(cx->arena, buf_str(&expire)));
    TRY(process_create(cx, meta, demo_json(cx, body), &record));
    TRY(life_act(life, cx, demo->desks[0], meta, record->id, "submit", json_object(), &done));
    if (strcmp(life->state, "review") == 0) {
        cx->now += 25 * MINUTE;
        TRY(life_act(life, cx, demo->manager, meta, record->id, "approve", json_object(), &done));
    }
    if (strcmp(life->state, "scheduled") == 0)
        TRY(life_act(life, cx, demo->manager, meta, record->id, "publish", json_object(), &done));
    if (strcmp(life->state, "published") != 0)
        return OK;
    if (words_hold(record_text(record, "channels"), "paper"))
        TRY(put_up(life, cx, record->id));
    return read_by_some(life, cx, bulletin, record->id);
}

/* A small place has fewer buildings. */
static bool has_building(const Demo *demo, const char *building)
{
    for (int i = 0; building != NULL && i < demo->homes; i++)
        if (demo->home[i].building == building[0] - '0' && !demo->home[i].empty)
            return true;
    return building == NULL;
}

void life_plan_notices(Life *life)
{
    for (size_t i = 0; i < COUNT_OF(bulletins); i++) {
        Date day = date_add(instant_to_date(life->demo->end, ZONE_CHINA), -bulletins[i].days_before);
        Instant at = date_to_instant(day, bulletins[i].minute, ZONE_CHINA);
        if (at > life->demo->start + HOUR && has_building(life->demo, bulletins[i].building))
            life_plan(life, at, STEP_ANNOUNCE, (int)i);
    }
}
