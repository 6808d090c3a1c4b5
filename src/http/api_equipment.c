/* api_equipment.c: what is asked about machines beside their records: the life file, the plates to be put on them, and the
 * dates of the law that no plan holds. */
#include "http/api.h"
#include "kernel/paper.h"
#include "modules/equipment/equipment.h"
#include "store/store.h"

#define MAX_PLATES 2000
#define MAX_PDF_BYTES (16 * 1024 * 1024)

static const Error *get_life(Cx *cx, Call *call)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &equipment_type);
    Record *equipment;
    Id id;

    TRY(call_id(cx, call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &equipment));
    TRY(call_only_params(cx, call, NULL));
    return equipment_life_json(cx, equipment, &call->out);
}

/* Of the year ahead unless a day is named, in the project that is named, or in the only one that the person has. */
static const Error *get_dates(Cx *cx, Call *call)
{
    Date to;
    Id project;

    TRY(call_only_params(cx, call, NAMES("project", "to")));
    if (!actor_has(cx->actor, STAFF, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_project(cx, call, &project));
    TRY(call_day(cx, call, "to", &to));
    if (call_param(call, "to").ptr == NULL)
        to = date_months_on(to, 12);
    return statutory_dates_json(cx, project, to, &call->out);
}

typedef struct {
    Call *call;
    LabelSheet sheet;
    Label plates[MAX_PLATES];
    int count, given;
} Plates;

/* The code as a part of an address: what is no letter, digit or '-' as %XX. */
static Str url_of(Cx *cx, const Call *call, Str code)
{
    Buf url = buf_new(cx->arena, 1000);

    buf_format(&url, "%.*s/m/plate/", STR_ARG(call_origin(cx, call)));
    for (ptrdiff_t i = 0; i < code.len; i++) {
        unsigned char c = (unsigned char)code.ptr[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-')
            buf_char(&url, (char)c);
        else
            buf_format(&url, "%%%02X", c);
    }
    return buf_str(&url);
}

static const Error *add_plate(Cx *cx, const Record *equipment, void *self)
{
    Plates *plates = self;

    if (plates->count == MAX_PLATES)
        return error_field(cx->arena, STR("filter"), "out_of_range", STR("一次最多 2000 张，请按类型或位置打印"), STR("at most 2000 at once; print by type or place"));
    plates->plates[plates->count++] =
        (Label){.head = plates->sheet.project, .title = str_copy(cx->arena, record_text(equipment, "code")), .caption = str_copy(cx->arena, equipment->labels[1].s),
                .strong = str_copy(cx->arena, record_text(equipment, "name")), .line = str_copy(cx->arena, equipment->labels[3].s),
                .below = STR("扫码看设备档案，报故障。编号与名称应与本机一致。"), .below_small = STR("Scan for its file, or to report a fault. Code and name must be this machine's."),
                .url = url_of(cx, plates->call, record_text(equipment, "code"))};
    return OK;
}

/* The list that its filters describe, in order of the codes. */
static const Error *gather_plates(Cx *cx, void *self)
{
    static const char NAMES_OF[] = "SELECT o.name, p.name FROM project p JOIN org o ON o.org_id = p.org_id WHERE p.org_id = :org AND p.id = :project";
    Plates *plates = self;
    const RecordMeta *meta = kernel_type(cx->kernel, &equipment_type);
    QueryParam params[MAX_QUERY_PARAMS + 3];
    int count = plates->call->param_count;
    ListQuery query;
    Id project = actor_only_project(cx->actor);
    Str next = STR_NONE;
    bool found;

    plates->count = 0;
    memcpy(params, plates->call->params, sizeof(QueryParam) * (size_t)count);
    params[count++] = (QueryParam){STR("include"), STR("type,space")};
    params[count++] = (QueryParam){STR("sort"), STR("code")};
    params[count++] = (QueryParam){STR("limit"), STR("500")};
    TRY(list_parse(cx, meta, params, count, NULL, &query));
    if (project != 0)
        TRY(sql_find(cx, NAMES_OF, IN(in_int("project", project)), OUT(out_text(&plates->sheet.org), out_text(&plates->sheet.project)), &found));
    do {
        TRY(list_page(cx, &query, add_plate, plates, &next));
        query.after = next;
    } while (next.len > 0);
    return plates->count > 0 ? OK : error_field(cx->arena, STR("filter"), "reference", STR("没有符合的设备"), STR("no equipment fits"));
}

static bool next_plate(void *self, Label *label)
{
    Plates *plates = self;

    if (plates->given == plates->count)
        return false;
    *label = plates->plates[plates->given++];
    return true;
}

static const Error *print_plates(Cx *cx, Call *call)
{
    Plates *plates = new (cx->arena, Plates, 1);
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);

    plates->call = call;
    plates->sheet = (LabelSheet){.title = STR("设备铭牌 Equipment plates"), .foot = STR("设备二维码铭牌 · 沿虚线剪开，贴在设备上"), .printed_at = cx->now, .zone_min = cx->zone_min};
    TRY(store_read(call->app->store, cx, gather_plates, plates));
    TRY(paper_label_sheet(cx->arena, &plates->sheet, next_plate, plates, paper_to_buf(&pdf)));
    call->content_type = STR("application/pdf");
    call->content = buf_str(&pdf);
    call_header(call, "Content-Disposition", STR("inline; filename=\"plates.pdf\""));
    return OK;
}

const Route equipment_routes[] = {
    {"GET", "equipment/*/life", M_READ, get_life, .zh = "设备档案", .en = "The life file of a machine"},
    {"GET", "statutory/dates", M_READ, get_dates, .zh = "没有计划的法定日期：检验、外包资质、人员证书", .en = "What the law makes due without a plan: inspections, licences, certificates"},
    {"GET", "equipment/plates", M_OWN, print_plates, .zh = "设备二维码铭牌（PDF）", .en = "QR plates for machines as PDF"},
    {0},
};
