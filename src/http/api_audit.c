/* api_audit.c: 审计包, what an auditor gets of some months or a year: one ZIP with every list that the books rest on, the trial balance before and at the end,
 * the papers and photos of these records, and a checksum of each of them. */
#include "base/pack.h"
#include "base/sheet_out.h"
#include "http/api.h"
#include "kernel/export.h"
#include "kernel/file.h"
#include "kernel/ledger.h"
#include "store/blob.h"

#include <unistd.h>

#define MAX_DOCUMENTS 20000 /* of one package: each costs some hundred bytes of memory until it is written */
#define MAX_SUMS (8 << 20)

/* The lists, and by which of its days each is cut (NULL: whole). */
static const struct {
    const char *resource, *day;
} audited[] = {
    {"accounts", NULL}, {"entries", "day"}, {"periods", NULL}, {"tariffs", NULL}, {"exemptions", NULL}, {"meters", NULL}, {"readings", "read_at"}, {"billing_runs", "created_at"},
    {"charges", "created_at"}, {"payments", "received_at"}, {"receipts", "created_at"}, {"deposits", "created_at"}, {"adjustments", "created_at"}, {"drawers", "created_at"},
};

static const char README_ZH[] = "审计包\n\n"
                                "*.csv：科目、分录、会计期间、收费标准、减免期、仪表、读数、出账批次、费用（每笔附计算明细）、收款、收据、押金、减免、交班，各表的全部记录；\n"
                                "  分录按记账日，读数按抄表日，收款按收款日，其余按登记日取本期间的；科目、期间、收费标准、减免期、仪表为全部。\n"
                                "trial-balance-*.json：期初前一日和期末的试算平衡表。\n"
                                "documents/：上述记录所附的文件和照片，documents.csv 是清单。收据的 PDF 由 receipts.csv 和 payments.csv 的数据排出，不另附。\n"
                                "SHA256SUMS：每个文件的校验值，用 sha256sum -c SHA256SUMS 核对。\n";
static const char README_EN[] = "Audit file\n\n"
                                "*.csv: accounts, entries, periods, tariffs, exemptions, meters, readings, billing runs, charges (each with how it was reckoned), payments, receipts, deposits,\n"
                                "  adjustments and drawers. Entries by the day they are booked on, readings by the day they were read, payments by the day they came in, the others by\n"
                                "  the day they were entered; accounts, periods, tariffs, exemptions and meters are all there.\n"
                                "trial-balance-*.json: the trial balance of the day before, and of the last day.\n"
                                "documents/: the papers and photos of these records, listed in documents.csv. Receipts as PDF are laid out from receipts.csv and payments.csv, and left out.\n"
                                "SHA256SUMS: a checksum of each file, for `sha256sum -c SHA256SUMS`.\n";

typedef struct {
    Call *call;
    Pack *pack;
    Id project;
    Date from, to;
    Buf sums; /* SHA256SUMS */
    Json trial;
    Date at;
    const RecordMeta *meta; /* whose documents are added */
    SheetOut *list;         /* documents.csv */
    int64_t documents;
} Audit;

static const Error *no_room(Cx *cx)
{
    return error_new(cx->arena, ERR_UNAVAILABLE, STR("审计包暂时无法生成"), STR("the audit file cannot be made now"));
}

static Str day_text(Cx *cx, Date day)
{
    Buf text = buf_new(cx->arena, 20);

    buf_date(&text, day);
    return buf_str(&text);
}

static const char *name_text(Cx *cx, Str name)
{
    return str_to_c(cx->arena, name);
}

static void add_sum(Audit *audit, Str digest, const char *name)
{
    buf_format(&audit->sums, "%.*s  %s\n", STR_ARG(digest), name);
}

static const Error *add_text(Cx *cx, Audit *audit, const char *name, Str text)
{
    add_sum(audit, blob_name(cx->arena, text), name);
    return pack_add_text(audit->pack, name, text) ? OK : no_room(cx);
}

/* Takes the file. */
static const Error *add_file(Cx *cx, Audit *audit, const char *name, int take_fd)
{
    const Error *error = lseek(take_fd, 0, SEEK_SET) == 0 ? OK : no_room(cx);
    Str digest;

    if (error == OK)
        error = blob_digest(cx->arena, take_fd, &digest);
    if (error == OK && lseek(take_fd, 0, SEEK_SET) != 0)
        error = no_room(cx);
    if (error != OK) {
        (void)close(take_fd); /* has no name: gone */
        return error;
    }
    add_sum(audit, digest, name);
    return pack_add_file(audit->pack, name, take_fd) ? OK : no_room(cx);
}

static const Error *add_list(Cx *cx, Audit *audit, const char *resource, const char *day)
{
    const RecordMeta *meta = kernel_find(cx->kernel, str_of(resource));
    QueryParam params[5];
    const Error *error;
    int count = 0, fd;

    if (audit->project != 0)
        params[count++] = (QueryParam){STR("filter[project]"), str_format(cx->arena, "%lld", (long long)audit->project)};
    if (day != NULL) {
        params[count++] = (QueryParam){str_format(cx->arena, "filter[%s][gte]", day), day_text(cx, audit->from)};
        params[count++] = (QueryParam){str_format(cx->arena, "filter[%s][lt]", day), day_text(cx, date_add(audit->to, 1))};
        params[count++] = (QueryParam){STR("sort"), str_of(day)}; /* the order of its index: otherwise each page would sort the whole span */
    }
    TRY(file_temporary(cx->arena, audit->call->app->folder, &fd));
    error = export_write(audit->call->app->store, cx, meta, params, count, SHEET_CSV, fd);
    if (error == OK)
        return add_file(cx, audit, name_text(cx, str_format(cx->arena, "%s.csv", resource)), fd);
    (void)close(fd); /* has no name: gone */
    return error;
}

static const Error *read_trial(Cx *cx, void *self)
{
    Audit *audit = self;

    audit->trial = json_new(cx->arena, 1 << 20);
    return ledger_trial_json(cx, audit->project, 0, audit->at, &audit->trial);
}

static const Error *add_trial(Cx *cx, Audit *audit, Date at)
{
    audit->at = at;
    TRY(store_read(audit->call->app->store, cx, read_trial, audit));
    return add_text(cx, audit, name_text(cx, str_format(cx->arena, "trial-balance-%.*s.json", STR_ARG(day_text(cx, at)))), buf_str(&audit->trial.buf));
}

/* Documents */

static const Error *write_document(Audit *audit, int64_t record, Str no, const char *place, Str name, Str type, int64_t size, Str sha256)
{
    const SheetCell cells[] = {sheet_text(str_of(audit->meta->type->resource)), sheet_int(record), sheet_text(no), sheet_text(str_of(place)),
                               sheet_text(name),                                sheet_text(type),  sheet_int(size), sheet_text(sha256)};

    return sheet_out_row(audit->list, cells, COUNT_OF(cells));
}

/* What is not there any more is listed without a place. */
static const Error *add_document(Cx *cx, const Row *row, void *self)
{
    Audit *audit = self;
    int64_t file = row_int(row, 0), record = row_int(row, 5);
    Str sha256 = row_text(row, 1), name = row_text(row, 3), path = blob_path(cx->arena, audit->call->app->folder, cx->org, sha256);
    const char *place = path.len == 0 ? "" : name_text(cx, str_format(cx->arena, "documents/%s/%lld-%lld-%.*s", audit->meta->type->resource, (long long)record, (long long)file, STR_ARG(name)));

    if (++audit->documents > MAX_DOCUMENTS)
        return error_field(cx->arena, STR("from"), "out_of_range", str_format(cx->arena, "这段时间的文件超过 %d 份，请分段取", MAX_DOCUMENTS),
                           str_format(cx->arena, "there are more than %d documents in these days: ask for less at once", MAX_DOCUMENTS));
    TRY(write_document(audit, record, row_text(row, 6), place, name, row_text(row, 2), row_int(row, 4), sha256));
    if (path.len == 0)
        return OK;
    add_sum(audit, sha256, place); /* a file is kept under the checksum of its bytes */
    return pack_add_path(audit->pack, place, name_text(cx, path)) ? OK : no_room(cx);
}

static bool has_files(const RecordMeta *meta)
{
    for (int i = 0; i < meta->field_count; i++)
        if (meta->fields[i].field->type == T_PHOTOS || meta->fields[i].field->type == T_SIGN || meta->fields[i].field->type == T_FILE || meta->fields[i].field->type == T_FILES)
            return true;
    return false;
}

/* The files of one list's records, cut as the list is: all of these days are moments. */
static const Error *add_documents(Cx *cx, Audit *audit, const char *day)
{
    Buf sql = buf_new(cx->arena, 4096);
    Instant from = day == NULL ? 0 : date_to_instant(audit->from, 0, cx->zone_min), before = day == NULL ? NEVER : date_to_instant(date_add(audit->to, 1), 0, cx->zone_min);

    buf_format(&sql, "SELECT f.id, f.sha256, f.type, coalesce(f.name, ''), f.size, t.id, coalesce(t.no, '') FROM \"%s\" t JOIN attachment a ON a.org_id = t.org_id AND a.record_id = t.id"
                     " JOIN file f ON f.org_id = a.org_id AND f.id = a.file_id WHERE t.org_id = :org AND t.archived_at IS NULL%s AND t.%s >= :from AND t.%s < :before ORDER BY t.id, f.id", /* X_by_project_id_id, attachment_by_record_id */
               audit->meta->table, audit->project == 0 ? "" : " AND t.project_id = :project", day == NULL ? "created_at" : day, day == NULL ? "created_at" : day);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", audit->project), in_int("from", from), in_int("before", before)), add_document, audit);
}

static const Error *each_documents(Cx *cx, void *self)
{
    Audit *audit = self;

    for (size_t i = 0; i < COUNT_OF(audited); i++) {
        audit->meta = kernel_find(cx->kernel, str_of(audited[i].resource));
        if (has_files(audit->meta))
            TRY(add_documents(cx, audit, audited[i].day));
    }
    return sheet_out_finish(audit->list);
}

static const Error *list_documents(Cx *cx, Audit *audit, int fd)
{
    static const char *const zh[] = {"表", "记录 (id)", "单号", "文件位置", "文件名", "类型", "字节", "SHA-256"};
    static const char *const en[] = {"List", "Record (id)", "Number", "Place", "Name", "Type", "Bytes", "SHA-256"};
    SheetColumn headings[COUNT_OF(zh)] = {0};

    for (size_t i = 0; i < COUNT_OF(zh); i++)
        headings[i].heading = str_of(cx->lang == LANG_ZH ? zh[i] : en[i]);
    TRY(sheet_out_open(cx->arena, fd, SHEET_CSV, cx->kernel->folder, headings, COUNT_OF(zh), &audit->list));
    return store_read(audit->call->app->store, cx, each_documents, audit);
}

static const Error *add_all_documents(Cx *cx, Audit *audit)
{
    const Error *error;
    int fd;

    TRY(file_temporary(cx->arena, audit->call->app->folder, &fd));
    error = list_documents(cx, audit, fd);
    if (error == OK)
        return add_file(cx, audit, "documents.csv", fd);
    (void)close(fd); /* has no name: gone */
    return error;
}

/* The whole of it */

static const Error *read_span(Cx *cx, Audit *audit)
{
    const Call *call = audit->call;

    TRY(call_books(cx, call, &audit->project));
    if (!actor_has(cx->actor, BOOKKEEPERS | R_REGION, audit->project, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("from", "to", "project")));
    TRY(call_day(cx, call, "to", &audit->to));
    audit->from = audit->to / 10000 * 10000 + 101; /* the year so far */
    if (call_param(call, "from").ptr != NULL)
        TRY(call_day(cx, call, "from", &audit->from));
    if (audit->to < audit->from)
        return error_field(cx->arena, STR("to"), "out_of_range", STR("不能早于 from"), STR("must not be before from"));
    return OK;
}

static const Error *write_pack(Cx *cx, Audit *audit, int fd)
{
    AUTO(pack_close_at) Pack *pack = pack_open(fd);

    if (pack == NULL)
        return no_room(cx);
    audit->pack = pack;
    audit->sums = buf_new(cx->arena, MAX_SUMS);
    TRY(add_text(cx, audit, "README.txt", str_of(cx->lang == LANG_ZH ? README_ZH : README_EN)));
    for (size_t i = 0; i < COUNT_OF(audited); i++)
        TRY(add_list(cx, audit, audited[i].resource, audited[i].day));
    TRY(add_trial(cx, audit, date_add(audit->from, -1)));
    TRY(add_trial(cx, audit, audit->to));
    TRY(add_all_documents(cx, audit));
    return pack_add_text(pack, "SHA256SUMS", buf_str(&audit->sums)) && pack_write(pack) && lseek(fd, 0, SEEK_SET) == 0 ? OK : no_room(cx);
}

static const Error *audit_file(Cx *cx, Call *call)
{
    Audit audit = {.call = call};
    const Error *error;

    TRY(read_span(cx, &audit));
    TRY(file_temporary(cx->arena, call->app->folder, &call->fd));
    error = write_pack(cx, &audit, call->fd);
    if (error != OK) {
        (void)close(call->fd); /* has no name: gone */
        call->fd = -1;
        return error;
    }
    call->content_type = STR("application/zip");
    call_header(call, "Content-Disposition",
                file_disposition(cx->arena, "attachment", str_format(cx->arena, "audit-%.*s-%.*s.zip", STR_ARG(day_text(cx, audit.from)), STR_ARG(day_text(cx, audit.to)))));
    return OK;
}

const Route audit_routes[] = {
    {"GET", "ledger/audit-file", M_OWN, audit_file, .zh = "审计包（ZIP）", .en = "Audit file (ZIP): journals, bills, readings, payments, documents, checksums"},
    {0},
};
