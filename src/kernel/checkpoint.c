#include "kernel/checkpoint.h"
#include "kernel/process.h"
#include "kernel/secret.h"

#define MAX_PINS 300
#define RADIUS_M 50 /* of a phone's place outdoors (card P12) */

static const Choice kinds[] = {{"qr", "二维码", "QR code"}, {"nfc", "NFC 标签", "NFC tag"}, {"geo", "电子围栏", "GPS fence"}, {0}};
const Choice checkpoint_proofs[] = {{"code", "扫码", "Scan"}, {"geo", "定位", "Place"}, {"photo", "照片", "Photo"}, {0}};

static const Field fields[] = {
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"kind", "方式", "Kind", T_CHOICE, .choices = kinds, .set_default = "qr"},
    {"space", "空间", "Place", T_REF, .to = "spaces", .indexed = true},
    {"geo", "经纬度", "Latitude and longitude", T_PLACE},
    {"radius_m", "半径（米）", "Radius (m)", T_INT, .min = 5, .max = 1000},
    {"proofs", "须有的凭据", "Proof needed", T_WORDS, .suggests = checkpoint_proofs},
    {"hint", "怎么找", "Where exactly", T_TEXT, .max = 100},
    {"code", "码", "Code", T_TEXT, .max = 200, .virtual = true},
    {"secret", "码文", "Text of the code", T_TEXT, .max = 200, .internal = true},
    {"renewed_at", "换码时间", "Code changed", T_TIME, .read_only = true},
};
static const Field renew_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 200, .required = true}};
static const Sight sights[] = {{STAFF}};

void checkpoint_check_proofs(const Record *record, const char *field, Problems *problems)
{
    static const char *const known[] = {"code", "geo", "photo", NULL};
    json_t *list, *word;
    size_t i;

    if (record_is_null(record, field) || json_read(problems->arena, record_text(record, field), &list) != OK)
        return;
    json_array_foreach(list, i, word)
        if (!names_have(known, json_string_value(word))) {
            problems_add(problems, str_of(field), "choice", STR("应为 code（扫码）、geo（定位）、photo（照片）"), STR("must be of code, geo, photo"));
            return;
        }
}

static void new_code(const Cx *cx, Record *record)
{
    record_set_text(record, "secret", str_format(cx->arena, "%lld:%.*s", (long long)record->id, STR_ARG(secret_code(cx->arena))));
}

/* A code that is on the wall already (labels of an earlier system) may be written with a new checkpoint. */
static const Error *take(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *code = json_object_get(body, "code");
    Str text = str_trim(json_str(code));

    if (code == NULL || json_is_null(code))
        return OK;
    if (record->before != NULL)
        problems_add(problems, STR("code"), "read_only", STR("换码用 renew"), STR("a code is changed by the action renew"));
    else if (text.len < 8 || text.len > 200)
        problems_add(problems, STR("code"), "out_of_range", STR("码应为 8 到 200 个字符"), STR("a code has 8 to 200 characters"));
    else
        record_set_text(record, "secret", str_copy(cx->arena, text));
    return OK;
}

static const Error *check(Cx *cx, Record *record, Problems *problems)
{
    Geo at;

    if (!record_is_null(record, "geo") && !geo_parse(cx->arena, record_text(record, "geo"), &at))
        problems_add(problems, STR("geo"), "format", STR("应为 {\"lat\":31.23,\"lng\":121.47}"), STR("must be {\"lat\":31.23,\"lng\":121.47}"));
    if (str_is(record_text(record, "kind"), "geo") && record_is_null(record, "geo"))
        problems_add(problems, STR("geo"), "required", STR("电子围栏须有经纬度"), STR("a fence needs its latitude and longitude"));
    checkpoint_check_proofs(record, "proofs", problems);
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    if (record_is_null(record, "kind"))
        record_set_text(record, "kind", STR("qr"));
    if (record_is_null(record, "radius_m"))
        record_set_int(record, "radius_m", RADIUS_M);
    if (record_is_null(record, "secret") && !str_is(record_text(record, "kind"), "geo"))
        new_code(cx, record);
    return check(cx, record, problems);
}

/* The label was photographed, or has gone: the old one proves nothing any more. */
static const Error *renew(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "renewed_at", cx->now);
    new_code(cx, record);
    return OK;
}

static const Action actions[] = {{"renew", "换码", "Change the code", .by = CHECKPOINT_LEADS, .asks = LIST(renew_asks), .effect = renew}};

Str checkpoint_code(const Record *checkpoint)
{
    return record_text(checkpoint, "secret");
}

static const Error *show(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "code");
    if (cx->actor->is_system || actor_has(cx->actor, CHECKPOINT_LEADS, record->project, record->building))
        json_text(json, checkpoint_code(record));
    else
        json_none(json);
    return OK;
}

const RecordType checkpoint_type = {
    .resource = "checkpoints", .name = "checkpoint", .zh = "点位", .en = "Checkpoint", .fields = LIST(fields), .actions = LIST(actions), .sights = LIST(sights),
    .create_by = CHECKPOINT_LEADS, .write_by = CHECKPOINT_LEADS, .label = "name", .in_project = true, .prepare = prepare, .take = take, .changed = check, .show = show,
};

static bool fits(const Cx *cx, const Record *checkpoint, Str code)
{
    Str whole = checkpoint_code(checkpoint), tail, typed = secret_code_normal(cx->arena, code);

    (void)str_split(whole, ':', &tail);
    return whole.len > 0 && (str_eq(whole, str_trim(code)) || (typed.len > 0 && str_eq(typed, tail)));
}

int64_t checkpoint_off(Cx *cx, const Record *checkpoint, Str geo)
{
    Geo here, there;
    int64_t apart;

    if (!geo_parse(cx->arena, geo, &here) || !geo_parse(cx->arena, record_text(checkpoint, "geo"), &there))
        return 0;
    apart = geo_metres(here, there) - record_int(checkpoint, "radius_m");
    return apart > 0 ? apart : 0;
}

static bool is_asked(const Record *checkpoint, Str proofs, const char *proof)
{
    Str list = proofs.len > 2 ? proofs : record_text(checkpoint, "proofs");

    if (list.len > 2)
        return words_hold(list, proof);
    return strcmp(proof, checkpoint_code(checkpoint).len > 0 ? "code" : "geo") == 0;
}

void checkpoint_prove(Cx *cx, const Record *checkpoint, Str proofs, const Told *told, Problems *problems)
{
    int64_t off = checkpoint_off(cx, checkpoint, told->geo);
    Geo here;

    if (told->code.len > 0 && !fits(cx, checkpoint, told->code))
        problems_add(problems, STR("code"), "wrong", STR("不是这个点位的码：到点上扫墙上的码，标签坏了告诉队长"),
                     STR("is not this checkpoint's code: scan the one on its wall, and tell the lead when the label is damaged"));
    else if (told->code.len == 0 && is_asked(checkpoint, proofs, "code"))
        problems_add(problems, STR("code"), "required", STR("须扫点位上的码"), STR("the code at the checkpoint is needed"));
    if (told->geo.len > 0 && !geo_parse(cx->arena, told->geo, &here))
        problems_add(problems, STR("geo"), "format", STR("应为 {\"lat\":31.23,\"lng\":121.47}"), STR("must be {\"lat\":31.23,\"lng\":121.47}"));
    else if (told->geo.len == 0 && is_asked(checkpoint, proofs, "geo"))
        problems_add(problems, STR("geo"), "required", STR("须打开定位"), STR("the phone's place is needed"));
    else if (off > 0 && is_asked(checkpoint, proofs, "geo"))
        problems_add(problems, STR("geo"), "out_of_range", str_format(cx->arena, "离点位还差 %lld 米", (long long)off),
                     str_format(cx->arena, "is %lld m beyond the checkpoint's radius", (long long)off));
    if (!told->photo && is_asked(checkpoint, proofs, "photo"))
        problems_add(problems, STR("photo"), "required", STR("须拍一张照片"), STR("a photo is needed"));
}

/* 平面图, the picture of the site on which the duty room sees its points and posts. Pins are in thousandths of its width and height. */
static const Field plan_fields[] = {
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true},
    {"picture", "平面图", "Picture", T_SIGN, .required = true},
    {"pins", "图钉", "Pins", T_OBJECT},
};

static const Error *check_plan(Cx *cx, Record *record, Problems *problems)
{
    json_t *pins = NULL, *pin;
    int64_t id;
    size_t i;

    if (record_is_null(record, "pins"))
        return OK;
    TRY(json_read(cx->arena, record_text(record, "pins"), &pins));
    json_array_foreach(pins, i, pin)
    {
        int64_t x = json_integer_value(json_object_get(pin, "x")), y = json_integer_value(json_object_get(pin, "y"));
        if (!str_to_id(json_str(json_object_get(pin, "record")), &id) || x < 0 || x > 1000 || y < 0 || y > 1000)
            break;
    }
    if (!json_is_array(pins) || i < json_array_size(pins) || json_array_size(pins) > MAX_PINS)
        problems_add(problems, STR("pins"), "format", STR("应为 [{\"record\",\"x\",\"y\"}]，x、y 为 0 到 1000，最多 300 个"),
                     STR("must be at most 300 of {\"record\",\"x\",\"y\"}, x and y from 0 to 1000"));
    return OK;
}

const RecordType site_plan_type = {
    .resource = "site_plans", .name = "site_plan", .zh = "平面图", .en = "Site plan", .fields = LIST(plan_fields), .sights = LIST(sights),
    .create_by = CHECKPOINT_LEADS, .write_by = CHECKPOINT_LEADS, .label = "name", .in_project = true, .prepare = check_plan, .changed = check_plan,
};

static const RecordType *const records[] = {&checkpoint_type, &site_plan_type, NULL};
const Module checkpoint_module = {"checkpoint", "点位", "Checkpoints", .records = records};
