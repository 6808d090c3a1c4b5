/* api_paper.c: what the office prints: work orders, receipts, and the sheet of codes with which residents claim their homes. Facts
 * are read in a transaction; drawing comes after it, on the worker. */
#include "http/api.h"
#include "kernel/event.h"
#include "kernel/paper.h"
#include "kernel/mask.h"
#include "modules/arrears/arrears.h"
#include "modules/cashier/cashier.h"
#include "modules/property/property.h"
#include "modules/repair/repair.h"
#include "store/store.h"

#define MAX_PDF_BYTES (16 * 1024 * 1024)
#define MAX_LABELS 2000

typedef struct {
    Call *call;
    WorkOrder order;
} Printing;

static const char *choice_label(const Cx *cx, const RecordMeta *meta, const char *field, Str value)
{
    const Choice *choice = meta_field(meta, str_of(field))->field->choices;

    for (; choice != NULL && choice->value != NULL; choice++)
        if (str_is(value, choice->value))
            return cx->lang == LANG_ZH ? choice->zh : choice->en;
    return "";
}

/* 11-23 14:00; empty for no time. */
static Str clock_words(const Cx *cx, Instant at)
{
    Date day = instant_to_date(at, cx->zone_min);
    int minute = instant_to_minute(at, cx->zone_min);

    if (at == 0 || at >= NEVER)
        return STR_NONE;
    return str_format(cx->arena, "%02d-%02d %02d:%02d", (int)(day / 100 % 100), (int)(day % 100), minute / 60, minute % 60);
}

static void order_lines(const Cx *cx, const Record *record, WorkOrder *order)
{
    json_t *list, *line;
    OrderLine *lines = new (cx->arena, OrderLine, 51);
    size_t i;
    Str text = record_text(record, "materials");

    if (text.len == 0 || json_read(cx->arena, text, &list) != OK)
        return;
    json_array_foreach(list, i, line)
    {
        double qty = json_number_value(json_object_get(line, "qty"));
        int64_t fen = json_integer_value(json_object_get(line, "fen"));
        if (i >= 50)
            break;
        lines[order->line_count++] = (OrderLine){.name = json_str(json_object_get(line, cx->lang == LANG_ZH ? "zh" : "en")),
                                                 .unit = json_str(json_object_get(line, "unit")),
                                                 .quantity = str_format(cx->arena, "%g", qty),
                                                 .price_fen = qty > 0 ? (int64_t)((double)fen / qty + 0.5) : fen,
                                                 .amount_fen = fen};
    }
    order->lines = lines;
}

static const Error *gather_order(Cx *cx, void *self)
{
    static const char NAMES_OF[] = "SELECT o.name, p.name, coalesce(p.phone, '') FROM project p JOIN org o ON o.org_id = p.org_id"
                                   " WHERE p.org_id = :org AND p.id = :project";
    static const char CATEGORY[] = "SELECT zh, en FROM repair_category WHERE org_id = :org AND code = :code";
    static const char PRINTED[] = "SELECT count(*) FROM event WHERE org_id = :org AND record_id = :id AND action = 'print'";
    Printing *printing = self;
    Call *call = printing->call;
    WorkOrder *order = &printing->order;
    const RecordMeta *meta = kernel_type(cx->kernel, &repair_type);
    Str zh = STR_NONE, en = STR_NONE, service_phone = STR_NONE;
    int64_t printed = 0;
    Record *record;
    bool found;
    Id id;

    TRY(call_id(cx, call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &record));
    if (!actor_has(cx->actor, STAFF, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    *order = (WorkOrder){.lang = cx->lang, .printed_at = cx->now, .zone_min = cx->zone_min, .no = record->no};
    TRY(sql_find(cx, NAMES_OF, IN(in_int("project", record->project)), OUT(out_text(&order->org), out_text(&order->project), out_text(&service_phone)), &found));
    TRY(sql_find(cx, CATEGORY, IN(in_text("code", record_text(record, "category"))), OUT(out_text(&zh), out_text(&en)), &found));
    TRY(sql_row(cx, PRINTED, IN(in_int("id", record->id)), OUT(out_int(&printed))));
    order->is_reprint = printed > 0;
    order->state = str_of(cx->lang == LANG_ZH ? meta->type->states[record->state].zh : meta->type->states[record->state].en);
    order->category = cx->lang == LANG_ZH ? zh : en;
    order->urgency = str_of(choice_label(cx, meta, "urgency", record_text(record, "urgency")));
    order->is_urgent = str_is(record_text(record, "urgency"), "urgent");
    order->payer = str_of(choice_label(cx, meta, "payer", record_text(record, "payer")));
    if (record_is_null(record, "house"))
        TRY(record_label(cx, kernel_find(cx->kernel, STR("spaces")), record_int(record, "space"), &order->place));
    else
        TRY(record_label(cx, kernel_type(cx->kernel, &house_type), record_int(record, "house"), &order->place));
    TRY(record_label(cx, kernel_type(cx->kernel, &party_type), record_int(record, "reporter"), &order->reporter));
    TRY(record_label(cx, kernel_find(cx->kernel, STR("users")), record_int(record, "assignee"), &order->engineer));
    order->phone = mask_phone(cx->arena, record_text(record, "contact_phone"));
    order->reported_at = clock_words(cx, record->created_at);
    if (record_int(record, "appoint_from") != 0)
        order->appointment = str_format(cx->arena, "%.*s – %.*s", STR_ARG(clock_words(cx, record_int(record, "appoint_from"))),
                                        STR_ARG(clock_words(cx, record_int(record, "appoint_to"))));
    order->respond_by = clock_words(cx, record_int(record, "due_respond_at"));
    order->arrive_by = clock_words(cx, record_int(record, "due_arrive_at"));
    order->finish_by = clock_words(cx, record_int(record, "due_finish_at"));
    order->arrived_at = clock_words(cx, record_int(record, "arrived_at"));
    order->finished_at = clock_words(cx, record_int(record, "finished_at"));
    order->title = record_text(record, "title");
    order->description = record_text(record, "description");
    order->cause = record_text(record, "cause");
    order->solution = record_text(record, "solution");
    order->has_total = !record_is_null(record, "final_fen") || !record_is_null(record, "quote_fen");
    order->total_fen = record_is_null(record, "final_fen") ? record_int(record, "quote_fen") : record_int(record, "final_fen");
    order_lines(cx, record, order);
    if (service_phone.len > 0)
        order->note = str_format(cx->arena, cx->lang == LANG_ZH ? "服务电话 %.*s" : "Service phone %.*s", STR_ARG(service_phone));
    order->qr_url = str_format(cx->arena, "%.*s/matters/%.*s", STR_ARG(call_origin(cx, call)), STR_ARG(record->no));
    return OK;
}

/* Each printing is an event, so that a second one is marked as a reprint. */
static const Error *note_printing(Cx *cx, void *self)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &repair_type);
    Printing *printing = self;
    Record *record;
    Id id;

    TRY(call_id(cx, printing->call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &record));
    event_add(cx, record, "print", NULL, NULL, STR_NONE, STR_NONE);
    return OK;
}

static void answer_pdf(Call *call, const Buf *pdf, const char *name)
{
    call->content_type = STR("application/pdf");
    call->content = buf_str(pdf);
    call_header(call, "Content-Disposition", str_format(call->cx.arena, "inline; filename=\"%s.pdf\"", name));
}

static const Error *print_order(Cx *cx, Call *call)
{
    Printing printing = {.call = call};
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);

    TRY(call_only_params(cx, call, NULL));
    TRY(store_read(call->app->store, cx, gather_order, &printing));
    TRY(paper_work_order(cx->arena, &printing.order, paper_to_buf(&pdf)));
    TRY(store_write(call->app->store, cx, note_printing, &printing));
    answer_pdf(call, &pdf, str_to_c(cx->arena, printing.order.no));
    return OK;
}

/* The receipt */
#define MAX_RECEIPT_LINES 501
typedef struct {
    Call *call;
    ReceiptPaper paper;
    ReceiptLine lines[MAX_RECEIPT_LINES];
} Receipt;

/* What was paid before charges had English titles has none either. */
static Str use_title(Cx *cx, const json_t *use)
{
    const json_t *english = cx->lang == LANG_EN ? json_object_get(use, "title_en") : NULL;

    return str_copy(cx->arena, json_str(english == NULL ? json_object_get(use, "title") : english));
}

/* What the payment was used for. */
static void receipt_lines(Cx *cx, const Record *payment, Receipt *receipt)
{
    ReceiptPaper *paper = &receipt->paper;
    json_t *list, *use;
    size_t i;
    Str text = record_text(payment, "allocations");

    paper->lines = receipt->lines;
    if (text.len > 0 && json_read(cx->arena, text, &list) == OK)
        json_array_foreach(list, i, use)
        {
            if (paper->line_count < MAX_RECEIPT_LINES - 1)
                receipt->lines[paper->line_count++] = (ReceiptLine){use_title(cx, use), json_integer_value(json_object_get(use, "fen"))};
        }
    if (record_int(payment, "surplus_fen") > 0)
        receipt->lines[paper->line_count++] = (ReceiptLine){cx->lang == LANG_ZH ? STR("转预存") : STR("Paid ahead"), record_int(payment, "surplus_fen")};
}

/* Charges of other homes than the payment's are told with theirs. Entries come in the order of the uses. */
typedef struct {
    ReceiptLine *next, *end;
    Id own;
} OtherHomes;
static const Error *name_home(Cx *cx, const Row *row, void *self)
{
    OtherHomes *others = self;

    if (others->next == others->end)
        return OK;
    if (row_int(row, 0) != others->own)
        others->next->title = str_format(cx->arena, "%.*s %.*s", STR_ARG(row_text(row, 1)), STR_ARG(others->next->title));
    others->next++;
    return OK;
}

static const Error *other_homes(Cx *cx, const Record *payment, Receipt *receipt)
{
    static const char HOMES[] = "SELECT e.house_id, h.no FROM entry e JOIN house h ON h.org_id = e.org_id AND h.id = e.house_id JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id"
                                " WHERE e.org_id = :org AND e.record_id = :payment AND e.charge_id IS NOT NULL AND e.reverses_id IS NULL AND c.kind = 'receivable' ORDER BY e.id"; /* entry_by_record_id_id */
    OtherHomes others = {receipt->lines, receipt->lines + receipt->paper.line_count, record_int(payment, "house")};

    return sql_each(cx, HOMES, IN(in_int("payment", payment->id)), name_home, &others);
}

static const Error *gather_people(Cx *cx, const Record *receipt, const Record *payment, ReceiptPaper *paper)
{
    static const char NAMES_OF[] = "SELECT o.name, p.name FROM project p JOIN org o ON o.org_id = p.org_id WHERE p.org_id = :org AND p.id = :project";
    bool found;

    TRY(sql_find(cx, NAMES_OF, IN(in_int("project", receipt->project)), OUT(out_text(&paper->org), out_text(&paper->project)), &found));
    if (!record_is_null(payment, "house"))
        TRY(record_label(cx, kernel_type(cx->kernel, &house_type), record_int(payment, "house"), &paper->house));
    paper->payer = record_text(payment, "payer_name");
    if (paper->payer.len == 0 && !record_is_null(payment, "payer"))
        TRY(record_label(cx, kernel_type(cx->kernel, &party_type), record_int(payment, "payer"), &paper->payer));
    return record_label(cx, kernel_find(cx->kernel, STR("users")), record_int(receipt, "cashier"), &paper->cashier);
}

static const Error *gather_receipt(Cx *cx, void *self)
{
    Receipt *printing = self;
    ReceiptPaper *paper = &printing->paper;
    const RecordMeta *meta = kernel_type(cx->kernel, &receipt_type), *paid_by = kernel_type(cx->kernel, &payment_type);
    Record *receipt, *payment;
    bool is_roll = paper->is_roll;
    Id id;

    TRY(call_id(cx, printing->call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &receipt));
    TRY(record_get(cx, paid_by, record_int(receipt, "payment"), &payment));
    *paper = (ReceiptPaper){.lang = cx->lang, .is_roll = is_roll, .printed_at = cx->now, .zone_min = cx->zone_min, .no = receipt->no};
    paper->is_void = record_in_state(receipt, "voided");
    paper->is_reprint = record_int(receipt, "prints") > 1; /* this printing is counted already */
    paper->method = str_of(choice_label(cx, paid_by, "method", record_text(payment, "method")));
    paper->reference = record_text(payment, "reference");
    paper->total_fen = record_int(payment, "amount_fen");
    paper->given_fen = record_int(payment, "given_fen");
    paper->change_fen = record_int(payment, "change_fen");
    paper->refunded_fen = record_int(payment, "refunded_fen");
    paper->received_at = record_int(payment, "received_at");
    receipt_lines(cx, payment, printing);
    TRY(other_homes(cx, payment, printing));
    return gather_people(cx, receipt, payment, paper);
}

static const Error *print_receipt(Cx *cx, Call *call)
{
    Receipt *receipt = new (cx->arena, Receipt, 1);
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);
    Str size = call_param(call, "size");

    TRY(call_only_params(cx, call, NAMES("size")));
    receipt->call = call;
    receipt->paper.is_roll = size.ptr == NULL || str_is(size, "80");
    if (!receipt->paper.is_roll && !str_is(size, "a4"))
        return error_field(cx->arena, STR("size"), "choice", STR("可写 80 或 a4"), STR("is 80 or a4"));
    TRY(store_read(call->app->store, cx, gather_receipt, receipt));
    TRY(paper_receipt(cx->arena, &receipt->paper, paper_to_buf(&pdf)));
    answer_pdf(call, &pdf, str_to_c(cx->arena, receipt->paper.no));
    return OK;
}

/* The written demand, and the lawyer's letter */
typedef struct {
    Call *call;
    DemandPaper paper;
} Demand;

static const Error *demand_lines(Cx *cx, const Record *one, DemandPaper *paper)
{
    DemandLine *lines;
    Dues dues;

    TRY(arrears_demand(cx, record_int(one, "house"), &dues, &paper->deadline));
    paper->lines = lines = new (cx->arena, DemandLine, dues.count + 1);
    paper->line_count = dues.count;
    for (int i = 0; i < dues.count; i++) {
        const Record *charge = dues.list[i].charge;
        lines[i] = (DemandLine){record_text(charge, "title"), (Date)record_int(charge, "due_date"), record_int(charge, "amount_fen"), record_int(charge, "open_fen"),
                                dues.list[i].late.amount_fen};
    }
    if (dues.count == 0)
        return error_state(cx->arena, str_of(record_state(one)), STR("没有逾期而无异议的费用，不用发函"), STR("nothing is overdue and undisputed: there is nothing to write about"));
    return OK;
}

static const Error *gather_demand(Cx *cx, void *self)
{
    static const char OFFICE[] = "SELECT o.name, p.name, coalesce(p.address, ''), coalesce(p.phone, ''), coalesce(p.pay_how, '') FROM project p JOIN org o ON o.org_id = p.org_id"
                                 " WHERE p.org_id = :org AND p.id = :project";
    static const char OWNER[] = "SELECT p.name FROM residence r JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id WHERE r.org_id = :org AND r.house_id = :house AND r.role = 'owner'"
                                " AND " SQL_HELD("r.", ":now") " ORDER BY r.since, p.id LIMIT 1";
    Demand *demand = self;
    DemandPaper *paper = &demand->paper;
    const RecordMeta *meta = kernel_type(cx->kernel, &arrears_case_type);
    Record *one;
    bool found;
    Id id;

    TRY(call_id(cx, demand->call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &one));
    *paper = (DemandPaper){.lang = cx->lang, .by_lawyer = paper->by_lawyer, .no = one->no, .printed_at = cx->now, .zone_min = cx->zone_min,
                           .on = instant_to_date(cx->now, cx->zone_min)};
    TRY(sql_find(cx, OFFICE, IN(in_int("project", one->project)),
                 OUT(out_text(&paper->org), out_text(&paper->project), out_text(&paper->address), out_text(&paper->phone), out_text(&paper->pay_how)), &found));
    TRY(record_label(cx, kernel_type(cx->kernel, &house_type), record_int(one, "house"), &paper->house));
    TRY(record_label(cx, kernel_type(cx->kernel, &party_type), record_int(one, "payer"), &paper->payer));
    if (paper->payer.len == 0)
        TRY(sql_find(cx, OWNER, IN(in_int("house", record_int(one, "house"))), OUT(out_text(&paper->payer)), &found));
    paper->qr_url = str_join(cx->arena, call_origin(cx, demand->call), STR("/m/bill"));
    return demand_lines(cx, one, paper);
}

/* That it was printed, and which of the two, is in the case's own story: it may have to be proved. */
static const Error *note_demand(Cx *cx, void *self)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &arrears_case_type);
    Demand *demand = self;
    Record *one;
    Id id;

    TRY(call_id(cx, demand->call, 1, meta, &id));
    TRY(record_get(cx, meta, id, &one));
    event_add(cx, one, demand->paper.by_lawyer ? "print_lawyer" : "print_letter", NULL, NULL, STR_NONE, STR_NONE);
    return OK;
}

static const Error *print_demand(Cx *cx, Call *call)
{
    Demand demand = {.call = call};
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);
    Str kind = call_param(call, "kind");

    TRY(call_only_params(cx, call, NAMES("kind")));
    demand.paper.by_lawyer = str_is(kind, "lawyer");
    if (kind.ptr != NULL && !demand.paper.by_lawyer && !str_is(kind, "letter"))
        return error_field(cx->arena, STR("kind"), "choice", STR("可写 letter 或 lawyer"), STR("is letter or lawyer"));
    TRY(store_read(call->app->store, cx, gather_demand, &demand));
    TRY(paper_demand(cx->arena, &demand.paper, paper_to_buf(&pdf)));
    TRY(store_write(call->app->store, cx, note_demand, &demand));
    answer_pdf(call, &pdf, str_to_c(cx->arena, demand.paper.no));
    return OK;
}

/* The sheet of codes */
typedef struct {
    Call *call;
    Str building;
    Id house, project;
    Id houses[MAX_LABELS];
    ClaimLabel labels[MAX_LABELS];
    int count, given;
    ClaimSheet sheet;
} Labels;

static const Error *label_house(Cx *cx, const Row *row, void *self)
{
    Labels *labels = self;

    if (labels->count == MAX_LABELS)
        return error_field(cx->arena, STR("building"), "out_of_range", STR("一次最多 2000 户，请按楼栋打印"), STR("at most 2000 homes at once; print by building"));
    labels->houses[labels->count] = row_int(row, 0);
    labels->labels[labels->count++].house = str_copy(cx->arena, row_text(row, 1));
    return OK;
}

static const Error *make_codes(Cx *cx, void *self)
{
    static const char HOUSES[] = "SELECT id, no FROM house WHERE org_id = :org AND project_id = :project AND archived_at IS NULL"
                                 " AND (:building = '' OR building = :building) AND (:house = 0 OR id = :house) ORDER BY building, unit, room";
    static const char NAMES_OF[] = "SELECT o.name, p.name FROM project p JOIN org o ON o.org_id = p.org_id WHERE p.org_id = :org AND p.id = :project";
    Labels *labels = self;
    Str origin = call_origin(cx, labels->call);
    bool found;

    labels->count = 0;
    TRY(sql_find(cx, NAMES_OF, IN(in_int("project", labels->project)), OUT(out_text(&labels->sheet.org), out_text(&labels->sheet.project)), &found));
    if (!found)
        return error_field(cx->arena, STR("project"), "reference", STR("没有这个项目"), STR("there is no such project"));
    TRY(sql_each(cx, HOUSES, IN(in_int("project", labels->project), in_text("building", labels->building.len == 0 ? STR("") : labels->building), in_int("house", labels->house)),
                 label_house, labels));
    if (labels->count == 0)
        return error_field(cx->arena, STR("building"), "reference", STR("没有符合的房屋"), STR("no homes fit"));
    for (int i = 0; i < labels->count; i++) {
        TRY(claim_new_code(cx, labels->houses[i], &labels->labels[i].code));
        labels->labels[i].url = str_format(cx->arena, "%.*s/m/claim?code=%.*s", STR_ARG(origin), STR_ARG(labels->labels[i].code));
    }
    event_add_plain(cx, "claim_sheet", labels->project, "print", str_format(cx->arena, "{\"homes\":%d}", labels->count));
    return OK;
}

static bool next_label(void *self, ClaimLabel *label)
{
    Labels *labels = self;

    if (labels->given == labels->count)
        return false;
    *label = labels->labels[labels->given++];
    return true;
}

static const Error *print_claims(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Labels *labels = new (cx->arena, Labels, 1);
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);
    Str house, project;

    labels->call = call;
    TRY(body_text(cx, call, "building", false, &labels->building, &problems));
    TRY(body_text(cx, call, "house", false, &house, &problems));
    TRY(body_text(cx, call, "project", false, &project, &problems));
    body_only(cx, call, NAMES("building", "house", "project"), &problems);
    if (house.len > 0 && !str_to_id(house, &labels->house))
        problems_add(&problems, STR("house"), "reference", STR("没有这个房屋"), STR("there is no such house"));
    labels->project = actor_only_project(cx->actor);
    if (project.len > 0 && !str_to_id(project, &labels->project))
        problems_add(&problems, STR("project"), "reference", STR("没有这个项目"), STR("there is no such project"));
    if (labels->project == 0)
        problems_add(&problems, STR("project"), "required", STR("须写明项目"), STR("name the project"));
    TRY(problems_error(&problems));
    if (!actor_has(cx->actor, DESK, labels->project, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(store_write(call->app->store, cx, make_codes, labels));
    labels->sheet.printed_at = cx->now;
    labels->sheet.zone_min = cx->zone_min;
    TRY(paper_claim_sheet(cx->arena, &labels->sheet, next_label, labels, paper_to_buf(&pdf)));
    answer_pdf(call, &pdf, "claims");
    return OK;
}

const Route paper_routes[] = {
    {"GET", "repairs/*/paper", M_OWN, print_order, .zh = "维修工单 PDF", .en = "Work order as PDF"},
    {"GET", "receipts/*/paper", M_OWN, print_receipt, .zh = "收据 PDF（80 毫米或 A4）", .en = "Receipt as PDF (80 mm or A4)"},
    {"GET", "arrears_cases/*/paper", M_OWN, print_demand, .zh = "催缴函、律师函 PDF", .en = "Written demand, lawyer's letter as PDF"},
    {"POST", "claims/sheet", M_OWN, print_claims, .zh = "认领码打印页", .en = "Sheet of claim codes"},
    {0},
};
