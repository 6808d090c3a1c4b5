#include "kernel/process.h"
#include "kernel/clock.h"
#include "kernel/event.h"
#include "kernel/input.h"
#include "kernel/message.h"
#include "kernel/outbox.h"
#include "kernel/rule.h"
#include "kernel/series.h"

#include <assert.h>

/* Members that every creation and action takes beside its own. */
static bool is_common(const char *key)
{
    return strcmp(key, "device_at") == 0;
}

static void take_device_time(Cx *cx, const json_t *body, Problems *problems)
{
    const json_t *value = json_object_get(body, "device_at");
    Instant at;

    if (value == NULL || json_is_null(value))
        return;
    if (!instant_parse(json_str(value), &at))
        problems_add(problems, STR("device_at"), "format", STR("应为带时区的时间，如 2026-11-23T14:00:00+08:00"),
                     STR("must be a time with offset such as 2026-11-23T14:00:00+08:00"));
    else
        cx->device_at = at;
}

static const Error *not_object(Cx *cx)
{
    return error_field(cx->arena, STR("body"), "type", STR("请求体应为 JSON 对象"), STR("the body must be a JSON object"));
}

static void unknown_field(const Cx *cx, Problems *problems, const char *key)
{
    problems_add(problems, str_copy(cx->arena, str_of(key)), "unknown", STR("没有这个字段"), STR("there is no such field"));
}

/* What a body names, and the project that numbers and calendars are asked of, as far as it is known before the rest. */
const Error *process_create_ahead(Cx *cx, const RecordMeta *meta, const json_t *body)
{
    Id project = actor_only_project(cx->actor);

    if (!sql_goes_ahead(cx))
        return OK;
    for (int i = 0; i < meta->field_count; i++) {
        const FieldMeta *field = &meta->fields[i];
        Str text = json_str(json_object_get(body, field->field->name));
        Id id;
        if (text.len == 0 || field->field->internal || field->field->read_only || field->field->virtual)
            continue;
        if (field->field->type == T_CODE)
            TRY(record_look_ahead(cx, field->to, value_text(text), true));
        else if (field->field->type == T_REF && str_to_id(text, &id))
            TRY(record_look_ahead(cx, field->to, value_int(id), true));
    }
    if (meta->type->in_project && meta->type->prefix != NULL && project != 0)
        TRY(record_look_ahead(cx, kernel_find(cx->kernel, STR("projects")), value_int(project), false));
    return OK;
}

/* Reads the members of a creation or patch into the record's values. */
static const Error *take_fields(Cx *cx, Record *record, const json_t *body, bool creating, Problems *problems)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body, key, value)
    {
        const FieldMeta *field = meta_field(record->meta, str_of(key));
        Str name = str_copy(cx->arena, str_of(key));
        if (is_common(key))
            continue;
        if (strcmp(key, "project") == 0 && record->meta->type->in_project && creating) {
            static const Field project = {.name = "project", .type = T_REF, .to = "projects"};
            Value id = VALUE_NULL;
            TRY(input_field(cx, &project, value, &id, problems));
            record->project = id.n;
            continue;
        }
        if (field == NULL || field->field->internal) {
            static const char *const system[] = {"id", "no", "state", "created_at", "updated_at", "archived_at", "actions", "project", NULL};
            if (names_have(system, key))
                problems_add(problems, name, "read_only", STR("由系统维护，不能修改"), STR("is kept by the system and cannot be set"));
            else
                unknown_field(cx, problems, key);
        } else if (field->field->read_only) {
            problems_add(problems, name, "read_only", STR("由系统维护，不能修改"), STR("is kept by the system and cannot be set"));
        } else if (field->field->virtual || field->field->type == T_SECRET) {
            continue; /* read by the type's own code */
        } else {
            TRY(input_value(cx, field, value, &record->values[field->at], problems));
        }
    }
    return OK;
}

static bool has_problem(const Problems *problems, const char *field)
{
    for (const FieldProblem *problem = problems->first; problem != NULL; problem = problem->next)
        if (str_is(problem->field, field))
            return true;
    return false;
}

/* Fields that must be there, and defaults of choices. */
static void complete_fields(Record *record, const json_t *body, Problems *problems)
{
    for (int i = 0; i < record->meta->field_count; i++) {
        const Field *field = record->meta->fields[i].field;
        int at = record->meta->fields[i].at;
        bool given = json_object_get(body, field->name) != NULL;
        if (at >= 0 && record->values[at].kind == V_NULL && field->set_default != NULL)
            record->values[at] = value_text(str_of(field->set_default));
        if (field->required && !field->read_only && (at < 0 ? !given : record->values[at].kind == V_NULL) &&
            !has_problem(problems, field->name))
            problems_add(problems, str_of(field->name), "required", STR("不能缺少"), STR("is required"));
    }
}

static const Error *duplicate(Cx *cx, const RecordMeta *meta)
{
    return error_field(cx->arena, str_of(meta->type->unique == NULL ? "id" : meta->type->unique[0]), "duplicate",
                       str_format(cx->arena, "已经有相同的%s", meta->type->zh),
                       str_format(cx->arena, "the same %s exists already", meta->type->en));
}

/* The record's number, from the project's code and the day. */
static const Error *number_record(Cx *cx, Record *record)
{
    const Record *project = NULL;
    Str code;
    Buf name = buf_new(cx->arena, 200);
    Date day = instant_to_date(record->created_at, cx->zone_min);

    if (record->meta->type->prefix == NULL)
        return OK;
    if (record->project != 0)
        TRY(record_look(cx, kernel_find(cx->kernel, STR("projects")), value_int(record->project), false, &project));
    code = project == NULL ? STR_NONE : record_text(project, "code");
    buf_format(&name, "%s-%.*s-%08d", record->meta->type->prefix, STR_ARG(code.len > 0 ? code : STR("ORG")), (int)day);
    return series_next(cx, buf_str(&name), &record->no);
}

/* How well a field says where a new record belongs: its house best, then its space or one declared to (Field.places), then what it must name. */
static int placing_rank(const Record *record, const FieldMeta *field)
{
    if (field->at < 0 || record->values[field->at].kind != V_INT)
        return 0;
    if (field->at == record->meta->house)
        return 3;
    if (field->at == record->meta->space || field->field->places)
        return 2;
    return field->field->type == T_REF && field->field->required && field->to->type->in_project;
}

static const FieldMeta *placing_field(const Record *record)
{
    const FieldMeta *found = NULL;
    int best = 0;

    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        int rank = placing_rank(record, field);
        if (rank > best) {
            best = rank;
            found = field;
        }
    }
    return found;
}

/* What it names says which project and building the record belongs to. */
static const Error *place_record(Cx *cx, Record *record)
{
    const FieldMeta *field = record->meta->type->in_project ? placing_field(record) : NULL;
    const Record *place;
    bool is_building;

    if (field == NULL)
        return OK;
    TRY(record_look(cx, field->to, record->values[field->at], false, &place));
    if (place == NULL)
        return OK;
    is_building = field->at == record->meta->space && str_is(record_text(place, "kind"), "building");
    record->project = place->project;
    record->building = is_building ? place->id : place->building;
    return OK;
}

/* The caller's only project, or the company's only one. */
static const Error *default_project(Cx *cx, Record *record, Problems *problems)
{
    static const char ONLY[] = "SELECT count(*), coalesce(min(id), 0) FROM project WHERE org_id = :org AND archived_at IS NULL";
    int64_t count = 0, id = 0;

    if (!record->meta->type->in_project || record->project != 0)
        return OK;
    record->project = actor_only_project(cx->actor);
    if (record->project != 0)
        return OK;
    TRY(sql_row(cx, ONLY, NOTHING, OUT(out_int(&count), out_int(&id))));
    if (count == 1)
        record->project = id;
    else if (!has_problem(problems, "project"))
        problems_add(problems, STR("project"), "required", STR("有多个项目，须写明是哪一个"), STR("there are several projects; say which one"));
    return OK;
}

const Error *process_insert(Cx *cx, Record *record)
{
    const RecordType *type = record->meta->type;
    const Error *error;
    Str changes;

    if (record->no.len == 0)
        TRY(number_record(cx, record));
    TRY(clock_start(cx, record));
    changes = event_changes(cx, record);
    error = record_insert(cx, record);
    if (sql_is_conflict(error))
        return duplicate(cx, record->meta);
    TRY(error);
    if (type->created != NULL)
        TRY(type->created(cx, record));
    event_add(cx, record, type->first_action == NULL ? "create" : type->first_action, NULL, record_state(record), changes, STR_NONE);
    return OK;
}

const Error *process_create(Cx *cx, const RecordMeta *meta, const json_t *body, Record **out)
{
    const RecordType *type = meta->type;
    Problems problems = problems_new(cx->arena);
    Record *record;

    if (!access_may_create(cx, meta, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (!json_is_object(body))
        return not_object(cx);
    record = record_new(cx, meta);
    take_device_time(cx, body, &problems);
    TRY(process_create_ahead(cx, meta, body));
    TRY(take_fields(cx, record, body, true, &problems));
    if (type->take != NULL)
        TRY(type->take(cx, record, body, &problems));
    if (type->anonymous != NULL && record_int(record, type->anonymous) != 0) {
        record->is_anonymous = true;
        record->created_by = 0;
    }
    TRY(place_record(cx, record));
    TRY(default_project(cx, record, &problems));
    if (type->prepare != NULL)
        TRY(type->prepare(cx, record, &problems));
    complete_fields(record, body, &problems);
    TRY(problems_error(&problems));
    if (!access_may_create(cx, meta, record->project, record->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(process_insert(cx, record));
    if (type->after != NULL)
        TRY(type->after(cx, record, body));
    *out = record;
    return OK;
}

/* 403 when one of these fields, or the record, is not this caller's to patch. */
static const Error *may_patch(const Cx *cx, const Record *record, const json_t *body)
{
    const RecordType *type = record->meta->type;
    const char *key;
    json_t *value;

    if (type->own_read_only || !access_may(cx, record, type->write_by))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    json_object_foreach((json_t *)body, key, value)
    {
        const FieldMeta *field = meta_field(record->meta, str_of(key));
        if (field == NULL || field->field->read_only || field->field->internal)
            continue; /* told as 422 */
        if (field->field->edit_by != 0 && !access_may(cx, record, field->field->edit_by))
            return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    }
    return OK;
}

/* 409 when one of these fields can no longer be patched in the record's state. */
static const Error *is_patched_now(const Cx *cx, const Record *record, const json_t *body)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body, key, value)
    {
        const FieldMeta *field = meta_field(record->meta, str_of(key));
        const char *const *in = field == NULL || field->field->read_only ? NULL : field->field->edit_in;
        if (in != NULL && field->field->own_edit_in != NULL && !access_may(cx, record, record->meta->type->write_by & EVERY_ROLE))
            in = field->field->own_edit_in;
        if (in != NULL && record->state >= 0 && !names_have(in, record_state(record)))
            return error_state(cx->arena, str_of(record_state(record)), STR_NONE, STR_NONE);
    }
    return OK;
}

const Error *process_save(Cx *cx, Record *record, const char *action)
{
    Str changes = event_changes(cx, record);
    const Error *error = record_update(cx, record);

    if (sql_is_conflict(error))
        return duplicate(cx, record->meta);
    TRY(error);
    event_add(cx, record, action, NULL, NULL, changes, STR_NONE);
    return OK;
}

const Error *process_patch(Cx *cx, const RecordMeta *meta, Id id, int64_t if_match, const json_t *body, Record **out)
{
    const RecordType *type = meta->type;
    Problems problems = problems_new(cx->arena);
    Record *record;

    TRY(record_get(cx, meta, id, &record));
    TRY(may_patch(cx, record, body));
    if (type->may_write != NULL)
        TRY(type->may_write(cx, record));
    if (if_match != 0 && if_match != record->version)
        return error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
    TRY(is_patched_now(cx, record, body));
    if (!json_is_object(body))
        return not_object(cx);
    take_device_time(cx, body, &problems);
    TRY(take_fields(cx, record, body, false, &problems));
    if (type->take != NULL)
        TRY(type->take(cx, record, body, &problems));
    TRY(place_record(cx, record));
    if (type->changed != NULL)
        TRY(type->changed(cx, record, &problems));
    TRY(problems_error(&problems));
    TRY(process_save(cx, record, "update"));
    if (type->after != NULL)
        TRY(type->after(cx, record, body));
    *out = record;
    return OK;
}

const Error *process_archive(Cx *cx, const RecordMeta *meta, Id id, int64_t if_match)
{
    Record *record;

    TRY(record_get(cx, meta, id, &record));
    if (meta->type->own_read_only || meta->type->of_the_books || !access_may(cx, record, meta->type->write_by & EVERY_ROLE))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (meta->type->may_write != NULL)
        TRY(meta->type->may_write(cx, record));
    if (if_match != 0 && if_match != record->version)
        return error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
    return process_put_away(cx, record);
}

const Error *process_put_away(Cx *cx, Record *record)
{
    const RecordType *type = record->meta->type;

    if (record->archived_at != 0)
        return OK;
    record->archived_at = cx->now;
    TRY(clock_stop(cx, record));
    TRY(record_update(cx, record));
    event_add(cx, record, "archive", NULL, NULL, STR_NONE, STR_NONE);
    return type->archived == NULL ? OK : type->archived(cx, record);
}

/* Asks may also be left out of the table of an action; common members are always allowed. */
static const Error *read_asks(Cx *cx, const Action *action, const json_t *body, Value **out)
{
    Problems problems = problems_new(cx->arena);
    Value *values = new (cx->arena, Value, action->ask_count + 1);
    const char *key;
    json_t *value;

    take_device_time(cx, body, &problems);
    for (int i = 0; i < action->ask_count; i++) {
        const Field *ask = &action->asks[i];
        const json_t *given = json_object_get(body, ask->name);
        if (given != NULL && (ask->required || !json_is_null(given)))
            TRY(input_field(cx, ask, given, &values[i], &problems));
        else if (ask->required)
            problems_add(&problems, str_of(ask->name), "required", STR("不能缺少"), STR("is required"));
    }
    if (body != NULL)
        json_object_foreach((json_t *)body, key, value)
        {
            bool known = is_common(key);
            for (int i = 0; i < action->ask_count; i++)
                known = known || strcmp(action->asks[i].name, key) == 0;
            if (!known)
                problems_add(&problems, str_copy(cx->arena, str_of(key)), "unknown", STR("这一步不问这一项"),
                             STR("is not asked for by this action"));
        }
    *out = values;
    return problems_error(&problems);
}

const Error *process_read_asked(Cx *cx, const Action *action, const json_t *body, Asked *out)
{
    Value *values;

    TRY(read_asks(cx, action, body, &values));
    *out = (Asked){action, values, body};
    return OK;
}

static bool is_possible(const Cx *cx, const Record *record, const Action *action)
{
    if (record->archived_at != 0)
        return false;
    if (record->state >= 0 && (record->meta->actions_from[action - record->meta->type->actions] >> record->state & 1) == 0)
        return false;
    return action->is_possible == NULL || action->is_possible(cx, record);
}

/* Who did the work does not verify it, whatever other role that person has. */
static bool may_act(const Cx *cx, const Record *record, const Action *action)
{
    if (action->second_person && !cx->actor->is_system && access_may(cx, record, BY_ASSIGNEE | BY_OWNER | BY_HELPER))
        return false;
    return access_may(cx, record, action->by) && (action->may == NULL || action->may(cx, record));
}

const Error *process_act(Cx *cx, const RecordMeta *meta, Id id, Str name, int64_t if_match, const json_t *body, Record **out)
{
    Problems unread = problems_new(cx->arena); /* told with the asks */
    const Action *action;
    Asked asked;
    Record *record;
    Value *values;

    TRY(record_get(cx, meta, id, &record));
    action = meta_action(meta, name);
    if (action == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (!may_act(cx, record, action))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (if_match != 0 && if_match != record->version)
        return error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
    take_device_time(cx, body, &unread); /* what is told later may still have been possible then */
    if (!is_possible(cx, record, action))
        return error_state(cx->arena, str_of(record->archived_at != 0 ? "archived" : record->state < 0 ? "active" : record_state(record)), STR_NONE, STR_NONE);
    if (body != NULL && !json_is_object(body))
        return not_object(cx);
    TRY(read_asks(cx, action, body, &values));
    asked = (Asked){action, values, body};
    if (action->guard != NULL)
        TRY(action->guard(cx, record, &asked));
    TRY(process_act_on(cx, record, action, values, body));
    *out = record;
    return OK;
}

/* Modules that have laid something over the type hear that one of it is at its end. */
static const Error *tell_modules(Cx *cx, const Record *record)
{
    for (const Module *const *module = cx->kernel->modules; *module != NULL; module++)
        for (const Added *added = (*module)->adds; added != NULL && added->type != NULL; added++)
            if (added->type == record->meta->type && added->ended != NULL)
                TRY(added->ended(cx, record));
    return OK;
}

/* State, clocks and evidence of one action. Invariant: a record's state changes only here, together with its line in the
 * event log. */
const Error *process_act_on(Cx *cx, Record *record, const Action *action, const Value *values, const json_t *body)
{
    const State *states = record->meta->type->states;
    Asked asked = {action, values, body};
    int from = record->state, to = from;
    Str place = STR_NONE, changes;

    if (action->aside)
        return action->effect(cx, record, &asked);
    for (int i = 0; values != NULL && i < action->ask_count; i++) {
        const FieldMeta *field = meta_field(record->meta, str_of(action->asks[i].name));
        if (action->asks[i].type == T_PLACE)
            place = values[i].s;
        if (values[i].kind != V_NULL && field != NULL && field->at >= 0 && !action->apart)
            record->values[field->at] = values[i];
    }
    if (action->back)
        to = record->state_before;
    else if (action->to != NULL)
        to = meta_state(record->meta, str_of(action->to));
    for (int i = 0; action->ends != NULL && action->ends[i] != NULL; i++)
        TRY(clock_end(cx, record, action->ends[i]));
    if (from >= 0 && to >= 0 && states[from].paused && !states[to].paused)
        TRY(clock_resume(cx, record));
    if (to != from) {
        record->state_before = states[to].paused ? from : -1;
        record->state = to;
    }
    if (action->effect != NULL)
        TRY(action->effect(cx, record, &asked));
    if (to != from && to >= 0 && states[to].paused)
        TRY(clock_pause(cx, record));
    if (action->archives)
        record->archived_at = cx->now;
    if ((to >= 0 && states[to].ended && to != from) || action->archives)
        TRY(clock_stop(cx, record));
    changes = event_changes(cx, record);
    TRY(record_update(cx, record));
    event_add(cx, record, action->name, from < 0 ? NULL : states[from].name, record_state(record),
              process_with_asks(cx, record, &asked, changes), place);
    if (action->tells != 0)
        TRY(message_action(cx, record, action->name, action->zh, action->en, action->tells));
    return to != from && to >= 0 && states[to].ended ? tell_modules(cx, record) : OK;
}

const Error *process_take(Cx *cx, Record *record, const char *action)
{
    const Action *row = meta_action(record->meta, str_of(action));

    assert(row != NULL); /* the type has no action of this name */
    return process_act_on(cx, record, row, NULL, NULL);
}

/* The event also keeps what was said with the action and is no field of the record (a reason, a note). */
Str process_with_asks(Cx *cx, const Record *record, const Asked *asked, Str changes)
{
    Json json = json_new(cx->arena, 1 << 20);
    bool any = false;

    json_open(&json, '{');
    if (changes.len > 2) {
        buf_add(&json.buf, str_cut(changes, 1, changes.len - 1));
        json.comma = true;
        any = true;
    }
    for (int i = 0; asked->values != NULL && i < asked->action->ask_count; i++) {
        const Field *ask = &asked->action->asks[i];
        const FieldMeta *field = meta_field(record->meta, str_of(ask->name));
        if (asked->values[i].kind == V_NULL || ask->type == T_PLACE || ask->type == T_SECRET ||
            (field != NULL && field->at >= 0 && !asked->action->apart))
            continue;
        any = true;
        json_key(&json, str_of(ask->name));
        json_open(&json, '[');
        json_none(&json);
        record_value_json(cx, &json, ask, asked->values[i]);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    return any ? buf_str(&json.buf) : STR_NONE;
}

void field_json(const Cx *cx, Json *json, const Field *field)
{
    static const char *const types[] = {
        [T_TEXT] = "text", [T_LINES] = "lines", [T_INT] = "int",     [T_BOOL] = "bool",     [T_DATE] = "date",   [T_TIME] = "time",
        [T_MONEY] = "fen", [T_AREA] = "area",   [T_SCORE] = "score", [T_CHOICE] = "choice", [T_REF] = "ref",     [T_CODE] = "code",
        [T_PHONE] = "phone", [T_ID_NO] = "id_no", [T_PHOTOS] = "photos", [T_SIGN] = "sign", [T_FILE] = "file", [T_FILES] = "files", [T_WORDS] = "words", [T_PLACE] = "place",
        [T_OBJECT] = "object", [T_SECRET] = "secret", [T_REFS] = "refs", [T_RECORD] = "record", [T_DECIMAL] = "decimal"};

    json_open(json, '{');
    JSON_C(json, "name", field->name);
    JSON_C(json, "label", cx->lang == LANG_ZH ? field->zh : field->en);
    JSON_C(json, "type", types[field->type]);
    JSON_BOOL(json, "required", field->required);
    if (field->to != NULL)
        JSON_C(json, "to", field->to);
    if (field->choices != NULL) {
        JSON_KEY(json, "choices");
        json_open(json, '[');
        for (const Choice *choice = field->choices; choice->value != NULL; choice++) {
            json_open(json, '{');
            JSON_C(json, "value", choice->value);
            JSON_C(json, "label", cx->lang == LANG_ZH ? choice->zh : choice->en);
            json_close(json, '}');
        }
        json_close(json, ']');
    }
    if (field->suggests != NULL) {
        JSON_KEY(json, "suggestions");
        json_open(json, '[');
        for (const Choice *choice = field->suggests; choice->value != NULL; choice++) {
            json_open(json, '{');
            JSON_C(json, "value", choice->value);
            JSON_C(json, "label", cx->lang == LANG_ZH ? choice->zh : choice->en);
            json_close(json, '}');
        }
        json_close(json, ']');
    }
    if (field->type == T_SCORE || field->min != 0)
        JSON_INT(json, "min", field->type == T_SCORE ? 1 : field->min);
    if (field->type == T_SCORE || field->max != 0)
        JSON_INT(json, "max", field->type == T_SCORE ? 5 : field->max);
    if (field->masked)
        JSON_BOOL(json, "masked", true);
    if (field->read_only)
        JSON_BOOL(json, "read_only", true);
    json_close(json, '}');
}

static void action_json(const Cx *cx, Json *json, const Action *action)
{
    json_open(json, '{');
    JSON_C(json, "name", action->name);
    JSON_C(json, "label", cx->lang == LANG_ZH ? action->zh : action->en);
    if (action->undo != NULL)
        JSON_C(json, "undo", action->undo);
    JSON_KEY(json, "asks");
    json_open(json, '[');
    for (int i = 0; i < action->ask_count; i++)
        field_json(cx, json, &action->asks[i]);
    json_close(json, ']');
    json_close(json, '}');
}

void process_describe(RecordMeta *meta, Arena *arena)
{
    static const Lang langs[] = {LANG_ZH, LANG_EN};

    for (size_t l = 0; l < COUNT_OF(langs); l++) {
        Cx cx = {.arena = arena, .lang = langs[l]};
        meta->actions_json[langs[l]] = new (arena, Str, meta->type->action_count);
        for (int i = 0; i < meta->type->action_count; i++) {
            Json json = json_new(arena, 1 << 16);
            action_json(&cx, &json, &meta->type->actions[i]);
            meta->actions_json[langs[l]][i] = buf_str(&json.buf);
        }
    }
    meta->actions_from = new (arena, uint64_t, meta->type->action_count);
    for (int i = 0; i < meta->type->action_count; i++)
        for (int s = 0; s < meta->type->state_count; s++) {
            const char *const *from = meta->type->actions[i].from;
            if (from == NULL || names_have(from, meta->type->states[s].name))
                meta->actions_from[i] |= (uint64_t)1 << s;
        }
}

void process_actions_json(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "actions");
    json_open(json, '[');
    for (int i = 0; i < record->meta->type->action_count; i++) {
        const Action *action = &record->meta->type->actions[i];
        if (!is_possible(cx, record, action) || !may_act(cx, record, action))
            continue;
        json_raw(json, record->meta->actions_json[cx->lang][i]);
    }
    json_close(json, ']');
}

static int ask_at(const Asked *asked, const char *name)
{
    for (int i = 0; i < asked->action->ask_count; i++)
        if (strcmp(asked->action->asks[i].name, name) == 0)
            return i;
    assert(false); /* an effect reads an ask that its action does not declare */
    return -1;
}

int64_t asked_int(const Asked *asked, const char *name)
{
    return asked->values == NULL ? 0 : asked->values[ask_at(asked, name)].n;
}

Str asked_text(const Asked *asked, const char *name)
{
    return asked->values == NULL ? STR_NONE : asked->values[ask_at(asked, name)].s;
}

bool asked_has(const Asked *asked, const char *name)
{
    return asked->values != NULL && asked->values[ask_at(asked, name)].kind != V_NULL;
}

const json_t *asked_json(const Asked *asked, const char *name)
{
    return asked->body == NULL ? NULL : json_object_get(asked->body, name);
}

/* What is ripe for a step, as it was when it was found to be. */
typedef struct {
    Id id;
    int64_t version;
} Ripe;
typedef struct {
    Ripe *list;
    int count;
} Ripes;

static const Error *add_ripe(Cx *cx, const Row *row, void *self)
{
    Ripes *ripes = self;

    (void)cx;
    ripes->list[ripes->count++] = (Ripe){row_int(row, 0), row_int(row, 1)};
    return OK;
}

/* Few are in a state that ends by itself, while those whose moment has passed are all that ever were: an index of the moment alone is kept from being read
 * by the sign before it, unless the type has one that begins with the state. */
static const char *sign_of(const RecordMeta *meta, const Auto *step, const char *state)
{
    if (state == NULL)
        return "";
    for (const Index *index = meta->type->indexes; index != NULL && index->columns != NULL; index++) {
        Str rest, first = str_split(str_of(index->columns), ',', &rest);
        if (str_is(first, "state") && str_starts(str_trim(rest), str_cut(str_of(step->since), 2, (ptrdiff_t)strlen(step->since)))) /* behind "t." */
            return "";
    }
    return "+";
}

/* One declared step on what is ripe for it in one state. What was changed between the finding and the lock (another process on
 * the database did the same step) is left alone: it is looked at again with the next turn. */
static const Error *take_auto(Cx *cx, const RecordMeta *meta, const Auto *step, const char *state, int max, int *count)
{
    const Action *action = meta_action(meta, str_of(step->action));
    Ripes ripe = {.list = new (cx->arena, Ripe, max)};
    Buf sql = buf_new(cx->arena, 2000);
    const char *sign = sign_of(meta, step, state);
    int64_t times = 1;
    bool quiet = false;
    Record *record;

    if (step->rule != NULL)
        TRY(rule_value(cx, step->rule, &times));
    if (step->by_day)
        TRY(outbox_is_quiet(cx, &quiet));
    if (times == 0 || quiet)
        return OK;
    buf_format(&sql, "SELECT t.id, t.version FROM \"%s\" t WHERE t.org_id = :org%s AND t.archived_at IS NULL AND %s(%s) <= :before"
                     " ORDER BY %s(%s), t.id LIMIT :max",
               meta->table, state == NULL ? "" : " AND t.state = :state", sign, step->since, sign, step->since); /* X_by_state_id, or X_by_state_moment */
    TRY(sql_each_built(cx, buf_str(&sql), IN(in_c("state", state == NULL ? "" : state), in_int("before", cx->now - times * step->after), in_int("max", max)),
                       add_ripe, &ripe));
    for (int i = 0; i < ripe.count; i++) {
        TRY(record_load(cx, meta, ripe.list[i].id, &record));
        if (record->version == ripe.list[i].version && is_possible(cx, record, action))
            TRY(process_act_on(cx, record, action, NULL, NULL));
    }
    *count += ripe.count;
    return OK;
}

const Error *process_autos(Cx *cx, int max, int *count)
{
    *count = 0;
    for (int i = 0; i < cx->kernel->type_count; i++) {
        const RecordMeta *meta = &cx->kernel->types[i];
        for (int k = 0; k < meta->type->auto_count; k++) {
            const Auto *step = &meta->type->autos[k];
            const char *const *from = meta_action(meta, str_of(step->action))->from;
            if (from == NULL && *count < max) /* the type has no states */
                TRY(take_auto(cx, meta, step, NULL, max - *count, count));
            for (; from != NULL && *from != NULL && *count < max; from++)
                TRY(take_auto(cx, meta, step, *from, max - *count, count));
        }
    }
    return OK;
}
