/* api_duty.c: what is asked about posts and checkpoints beside their records: which minutes nobody is there, and the labels to print. */
#include "http/api.h"
#include "kernel/checkpoint.h"
#include "kernel/event.h"
#include "kernel/paper.h"
#include "modules/roster/roster.h"
#include "store/store.h"

#define MAX_PDF_BYTES (16 * 1024 * 1024)
#define MAX_PLATES 500

static void read_day(const Call *call, const char *name, Date otherwise, Date *out, Problems *problems)
{
    Str text = call_param(call, name);

    *out = otherwise;
    if (text.ptr != NULL && !date_parse(text, out))
        problems_add(problems, str_of(name), "format", STR("应为日期，如 2026-11-23"), STR("must be a date such as 2026-11-23"));
}

/* Has the caller one of these roles over the whole company? */
static bool is_everywhere(const Actor *actor, uint64_t roles)
{
    for (int i = 0; i < actor->grant_count; i++)
        if ((actor->grants[i].role & roles) != 0 && actor->grants[i].project == 0)
            return true;
    return false;
}

/* The project in a text, or the caller's own; 0, all of them, for who has the company and did not say. ERR_NOT_FOUND for one that the caller
 * does not work in. */
static const Error *project_of(Cx *cx, Str text, uint64_t roles, Id *project)
{
    *project = actor_only_project(cx->actor);
    if (text.len > 0 && !str_to_id(text, project))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    if (*project == 0 && !is_everywhere(cx->actor, roles))
        return error_field(cx->arena, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
    if (actor_has(cx->actor, roles, *project, 0))
        return OK;
    return error_new(cx->arena, actor_has(cx->actor, STAFF, *project, 0) ? ERR_FORBIDDEN : ERR_NOT_FOUND, STR_NONE, STR_NONE);
}

static const Error *get_coverage(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Date from, to, today = instant_to_date(cx->now, cx->zone_min);
    Str drafts = call_param(call, "drafts");
    Id project;

    TRY(project_of(cx, call_param(call, "project"), GUARDS | MANAGEMENT | R_ENG_LEAD | R_CLEAN_LEAD | R_DESK_LEAD | R_QUALITY, &project));
    TRY(call_only_params(cx, call, NAMES("from", "to", "drafts", "project")));
    read_day(call, "from", today, &from, &problems);
    read_day(call, "to", from, &to, &problems);
    if (problems.count == 0 && (to < from || date_to_days(to) - date_to_days(from) >= COVERAGE_DAYS))
        problems_add(&problems, STR("to"), "out_of_range", STR("不能早于从哪天，一次最多 62 天"), STR("must not be before `from`, and at most 62 days at a time"));
    if (drafts.ptr != NULL && !str_is(drafts, "true") && !str_is(drafts, "false"))
        problems_add(&problems, STR("drafts"), "type", STR("应为 true 或 false"), STR("must be true or false"));
    TRY(problems_error(&problems));
    return roster_coverage_json(cx, project, from, to, str_is(drafts, "true"), &call->out);
}

typedef struct {
    Call *call;
    Id project;
    PlateSheet sheet;
    Plate plates[MAX_PLATES];
} Labels;

static const Error *add_label(Cx *cx, Labels *labels, Id id)
{
    Record *checkpoint;
    Str code, tail;

    TRY(record_get(cx, kernel_type(cx->kernel, &checkpoint_type), id, &checkpoint));
    code = checkpoint_code(checkpoint);
    if (checkpoint->project != labels->project)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (code.len == 0 || labels->sheet.count == MAX_PLATES)
        return OK; /* a fence has no label */
    (void)str_split(code, ':', &tail);
    labels->plates[labels->sheet.count++] = (Plate){record_text(checkpoint, "name"), record_text(checkpoint, "hint"), tail, code};
    event_add(cx, checkpoint, "print", NULL, NULL, STR_NONE, STR_NONE); /* who has held its code in hand */
    return OK;
}

static const Error *gather_labels(Cx *cx, void *self)
{
    static const char ALL[] = "SELECT id FROM checkpoint WHERE org_id = :org AND project_id = :project AND kind <> 'geo' AND archived_at IS NULL ORDER BY id LIMIT 500"; /* checkpoint_by_project_id_id */
    static const char NAMES_OF[] = "SELECT o.name, p.name FROM project p JOIN org o ON o.org_id = p.org_id WHERE p.org_id = :org AND p.id = :project";
    Labels *labels = self;
    const json_t *list = json_object_get(labels->call->body, "checkpoints");
    Ids ids = {new (cx->arena, Id, MAX_PLATES), 0, MAX_PLATES};

    labels->sheet = (PlateSheet){.lang = cx->lang, .plates = labels->plates, .printed_at = cx->now, .zone_min = cx->zone_min,
                                 .title = cx->lang == LANG_ZH ? STR("点位标签") : STR("Checkpoint labels"),
                                 .ask = cx->lang == LANG_ZH ? STR("巡更打点，请勿遮挡") : STR("Patrol checkpoint, do not cover")};
    TRY(sql_row(cx, NAMES_OF, IN(in_int("project", labels->project)), OUT(out_text(&labels->sheet.org), out_text(&labels->sheet.project))));
    if (list == NULL)
        TRY(sql_ids(cx, ALL, IN(in_int("project", labels->project)), &ids));
    for (size_t i = 0; i < json_array_size(list) && i < MAX_PLATES; i++)
        if (str_to_id(json_str(json_array_get(list, i)), &ids.list[i]))
            ids.count++;
        else
            return error_field(cx->arena, STR("checkpoints"), "reference", STR("没有这个点位"), STR("there is no such checkpoint"));
    for (int i = 0; i < ids.count; i++)
        TRY(add_label(cx, labels, ids.list[i]));
    return labels->sheet.count > 0 ? OK : error_field(cx->arena, STR("checkpoints"), "required", STR("没有可打印的点位"), STR("there is no checkpoint to print"));
}

static const Error *print_labels(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Labels *labels = new (cx->arena, Labels, 1);
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);
    const json_t *list = json_object_get(call->body, "checkpoints");
    Str project;

    labels->call = call;
    TRY(body_text(cx, call, "project", false, &project, &problems));
    body_only(cx, call, NAMES("checkpoints", "project"), &problems);
    if (list != NULL && !json_is_array(list))
        problems_add(&problems, STR("checkpoints"), "type", STR("应为点位编号的列表"), STR("must be a list of checkpoint ids"));
    TRY(project_of(cx, project, CHECKPOINT_LEADS, &labels->project));
    if (labels->project == 0)
        problems_add(&problems, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
    TRY(problems_error(&problems));
    TRY(store_write(call->app->store, cx, gather_labels, labels));
    TRY(paper_plate_sheet(cx->arena, &labels->sheet, paper_to_buf(&pdf)));
    call->content_type = STR("application/pdf");
    call->content = buf_str(&pdf);
    call_header(call, "Content-Disposition", STR("inline; filename=\"checkpoints.pdf\""));
    return OK;
}

const Route duty_routes[] = {
    {"GET", "rosters/coverage", M_READ, get_coverage, .zh = "在岗覆盖和缺岗", .en = "Which posts are manned, and the holes"},
    {"POST", "checkpoints/sheet", M_OWN, print_labels, .zh = "点位标签打印页", .en = "Sheet of checkpoint labels"},
    {0},
};
