/* api_money.c: what is asked about money beside its records: the calculator, what a household owes, the trial balance. */
#include "base/pack.h"
#include "http/api.h"
#include "kernel/export.h"
#include "kernel/file.h"
#include "modules/billing/billing.h"
#include "store/blob.h"

#include <unistd.h>

/* The calculator: it reads and keeps nothing, so it needs neither a snapshot nor the writer. */
static const Error *preview_tariff(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return fee_preview_json(cx->arena, call->body, cx->lang, &call->out);
}

/* Whoever may see the house's charges may see what is due: the money's people, the desk, and who owes it. */
static const Error *get_due(Cx *cx, Call *call)
{
    static const uint64_t may = FEE_READERS | R_RESIDENT;
    Record *house;
    Date on;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    if (!cx->actor->is_system && (cx->actor->roles & may) == 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("on")));
    TRY(call_day(cx, call, "on", &on));
    return charge_due_json(cx, house, on, &call->out);
}

/* The project asked for, or the caller's own; 0 for those who keep the whole company's books. */
static const Error *books_of(Cx *cx, const Call *call, Id *project)
{
    Str text = call_param(call, "project");
    Record *record;

    *project = actor_only_project(cx->actor);
    if (text.ptr != NULL && !str_to_id(text, project))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    if (!actor_has(cx->actor, BOOK_READERS, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (text.ptr != NULL)
        TRY(record_get(cx, kernel_find(cx->kernel, STR("projects")), *project, &record));
    for (int i = 0; i < cx->actor->grant_count; i++) {
        const Grant *grant = &cx->actor->grants[i];
        if ((grant->role & (BOOK_READERS)) != 0 && grant->building == 0 && (grant->project == 0 || grant->project == *project))
            return OK;
    }
    if (*project != 0)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return error_field(cx->arena, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
}

static const Error *trial_balance(Cx *cx, Call *call)
{
    Id project;
    Date at;

    TRY(books_of(cx, call, &project));
    TRY(call_only_params(cx, call, NAMES("at", "project")));
    TRY(call_day(cx, call, "at", &at));
    return ledger_trial_json(cx, project, at, &call->out);
}

/* What an auditor gets: every list that the books rest on, and by which of its days it is cut (NULL: whole). */
static const struct {
    const char *resource, *day;
} audited[] = {
    {"accounts", NULL}, {"entries", "day"}, {"periods", NULL}, {"tariffs", NULL}, {"billing_runs", "created_at"}, {"charges", "created_at"}, {"payments", "received_at"},
    {"receipts", "created_at"}, {"deposits", "created_at"}, {"adjustments", "created_at"}, {"drawers", "created_at"},
};
typedef struct {
    Call *call;
    Pack *pack;
    Id project;
    Date from, to;
    Buf sums;   /* SHA256SUMS */
    Json trial;
    Date at;
} Audit;

static const Error *no_room(Cx *cx)
{
    return error_new(cx->arena, ERR_UNAVAILABLE, STR("审计包暂时无法生成"), STR("the audit file cannot be made now"));
}

static const Error *add_sum(Cx *cx, Audit *audit, const char *name, int fd)
{
    Str digest;

    if (lseek(fd, 0, SEEK_SET) != 0)
        return no_room(cx);
    TRY(blob_digest(cx->arena, fd, &digest));
    buf_format(&audit->sums, "%.*s  %s\n", STR_ARG(digest), name);
    return lseek(fd, 0, SEEK_SET) == 0 ? OK : no_room(cx);
}

static Str day_text(Cx *cx, Date day)
{
    Buf text = buf_new(cx->arena, 20);

    buf_date(&text, day);
    return buf_str(&text);
}

static const Error *add_list(Cx *cx, Audit *audit, const char *resource, const char *day)
{
    const RecordMeta *meta = kernel_find(cx->kernel, str_of(resource));
    const char *name = str_to_c(cx->arena, str_format(cx->arena, "%s.csv", resource));
    QueryParam params[4];
    const Error *error;
    int count = 0, fd;

    if (audit->project != 0)
        params[count++] = (QueryParam){STR("filter[project]"), str_format(cx->arena, "%lld", (long long)audit->project)};
    if (day != NULL) {
        params[count++] = (QueryParam){str_format(cx->arena, "filter[%s][gte]", day), day_text(cx, audit->from)};
        params[count++] = (QueryParam){str_format(cx->arena, "filter[%s][lt]", day), day_text(cx, date_add(audit->to, 1))};
    }
    TRY(file_temporary(cx->arena, audit->call->app->folder, &fd));
    error = export_write(audit->call->app->store, cx, meta, params, count, SHEET_CSV, fd);
    if (error == OK)
        error = add_sum(cx, audit, name, fd);
    if (error != OK) {
        (void)close(fd); /* has no name: gone */
        return error;
    }
    return pack_add_file(audit->pack, name, fd) ? OK : no_room(cx);
}

static const Error *read_trial(Cx *cx, void *self)
{
    Audit *audit = self;

    audit->trial = json_new(cx->arena, 1 << 20);
    return ledger_trial_json(cx, audit->project, audit->at, &audit->trial);
}

static const Error *add_trial(Cx *cx, Audit *audit, Date at)
{
    audit->at = at;
    TRY(store_read(audit->call->app->store, cx, read_trial, audit));
    return pack_add_text(audit->pack, str_to_c(cx->arena, str_format(cx->arena, "trial-balance-%.*s.json", STR_ARG(day_text(cx, at)))), buf_str(&audit->trial.buf)) ? OK : no_room(cx);
}

/* 审计包: one ZIP with the lists, the trial balance before and at the end, and a checksum of each list. */
static const Error *audit_file(Cx *cx, Call *call)
{
    AUTO(pack_close_at) Pack *pack = pack_open();
    Audit audit = {.call = call, .pack = pack, .sums = buf_new(cx->arena, 1 << 14)};

    if (pack == NULL)
        return no_room(cx);
    TRY(books_of(cx, call, &audit.project));
    if (!actor_has(cx->actor, BOOKKEEPERS | R_REGION, audit.project, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("from", "to", "project")));
    TRY(call_day(cx, call, "to", &audit.to));
    audit.from = audit.to / 10000 * 10000 + 101; /* the year so far */
    if (call_param(call, "from").ptr != NULL)
        TRY(call_day(cx, call, "from", &audit.from));
    if (audit.to < audit.from)
        return error_field(cx->arena, STR("to"), "out_of_range", STR("不能早于 from"), STR("must not be before from"));
    for (size_t i = 0; i < COUNT_OF(audited); i++)
        TRY(add_list(cx, &audit, audited[i].resource, audited[i].day));
    TRY(add_trial(cx, &audit, date_add(audit.from, -1)));
    TRY(add_trial(cx, &audit, audit.to));
    TRY(file_temporary(cx->arena, call->app->folder, &call->fd));
    if (!pack_add_text(pack, "SHA256SUMS", buf_str(&audit.sums)) || !pack_write(pack, call->fd) || lseek(call->fd, 0, SEEK_SET) != 0) {
        (void)close(call->fd); /* has no name: gone */
        call->fd = -1;
        return no_room(cx);
    }
    call->content_type = STR("application/zip");
    call_header(call, "Content-Disposition",
                file_disposition(cx->arena, "attachment", str_format(cx->arena, "audit-%.*s-%.*s.zip", STR_ARG(day_text(cx, audit.from)), STR_ARG(day_text(cx, audit.to)))));
    return OK;
}

const Route money_routes[] = {
    {"GET", "ledger/audit-file", M_OWN, audit_file, .zh = "审计包（ZIP）", .en = "Audit file (ZIP): journals, bills, payments, checksums"},
    {"GET", "houses/*/due", M_READ, get_due, .zh = "一户的应缴", .en = "What a household owes"},
    {"GET", "ledger/trial-balance", M_READ, trial_balance, .zh = "试算平衡表", .en = "Trial balance"},
    {"POST", "tariffs/preview", M_OWN, preview_tariff, .zh = "试算：按面积、阶梯、抄表、分摊、违约金、税、翻表、公式", .en = "Calculator: by area, steps, meter, shares, late fee, tax, roll-over, formula"},
    {0},
};
