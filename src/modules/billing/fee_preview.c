/* fee_preview.c: the calculator. A kind is a row: its inputs, each with a reader and its bounds, and what answers them. To add an
 * input: one row, in the order in which problems are told. */
#include "modules/billing/fee.h"
#include "modules/billing/formula.h"

#define MAX_INPUTS 12
#define MAX_WEIGHTS 5000
#define MAX_PAID (MAX_FEE_LINES - 1)
#define MAX_GRACE_DAYS 366
#define AREA_PLACES 2

typedef struct Ask Ask;
typedef struct Input Input;
typedef void Reader(Ask *ask, const Input *input, const json_t *json);

struct Input {
    const char *name;
    Reader *read;
    int places;
    int64_t least, most; /* of numbers; most 0: MAX_FEE_FEN */
    bool optional;
    const char *from; /* of a last day: the first */
};

typedef struct {
    const char *name;
    const Input *inputs;
    const Error *(*answer)(Ask *ask);
} Kind;

/* What was read, each number and day at its input's place; {0} and 0 are what was not given. */
struct Ask {
    Arena *arena;
    Lang lang;
    Json *json;
    const Kind *kind;
    Problems problems;
    Exact numbers[MAX_INPUTS];
    Date days[MAX_INPUTS];
    bool basis30;
    FeeStep *steps;
    FeeRegister *registers;
    FeeAhead *ahead;
    Exact *weights;
    PaidPart *paid;
    int count; /* of the list among them */
    Formula *formula;
};

static Reader read_number, read_area, read_dial, read_day, read_basis, read_steps, read_rates, read_uses, read_ahead, read_weights, read_paid, read_formula;
static const Error *answer_area(Ask *ask);
static const Error *answer_stepped(Ask *ask);
static const Error *answer_meter(Ask *ask);
static const Error *answer_tou(Ask *ask);
static const Error *answer_share(Ask *ask);
static const Error *answer_late(Ask *ask);
static const Error *answer_vat(Ask *ask);
static const Error *answer_rollover(Ask *ask);
static const Error *answer_formula(Ask *ask);
static const Kind *find_kind(const json_t *body, Problems *problems);
static void refuse_unknown(Ask *ask, const json_t *body);
static void read_input(Ask *ask, const Input *input, const json_t *json);
static bool is_needed(const Ask *ask, const Input *input);
static void keep_number(Ask *ask, const Input *input, const char *code, Exact value);
static const char *area_of(const json_t *json, int places, Exact *out);
static const char *day_of(const json_t *json, Date *out);
static void wrong(Ask *ask, const Input *input, const char *code, Str zh, Str en);
static void wrong_number(Ask *ask, const Input *input, const char *code);
static bool is_sound(Ask *ask, const Error *error);
static int place_of(const Ask *ask, const char *name);
static Exact number(const Ask *ask, const char *name);
static int64_t whole(const Ask *ask, const char *name);
static Date day(const Ask *ask, const char *name);
static void write_lines(Ask *ask, const Fee *fee);
static const Error *write_fee(Ask *ask, const Fee *fee);

static const Input area_inputs[] = {
    {"area", read_area, .places = AREA_PLACES},
    {"rate_yuan", read_number, .places = 6},
    {"from", read_day},
    {"to", read_day, .from = "from"},
    {"basis", read_basis, .optional = true},
    {"percent", read_number, .places = 6, .most = 100, .optional = true},
    {"raise_months", read_number, .least = 1, .most = 600, .optional = true},
    {"raise_percent", read_number, .places = 4, .most = 100, .optional = true},
    {"raise_from", read_day, .optional = true},
    {"ahead", read_ahead, .optional = true},
    {0},
};
static const Input stepped_inputs[] = {
    {"steps", read_steps, .places = 6},
    {"before", read_number, .places = 6},
    {"use", read_number, .places = 6},
    {"persons", read_number, .most = 1000, .optional = true},
    {"step_persons", read_number, .least = 1, .most = 50, .optional = true},
    {0},
};
static const Input tou_inputs[] = {
    {"rates", read_rates, .places = 6},
    {"use", read_uses, .places = 6},
    {"multiplier", read_number, .places = 6, .optional = true},
    {0},
};
static const Input meter_inputs[] = {
    {"use", read_number, .places = 6},
    {"multiplier", read_number, .places = 6, .optional = true},
    {"rate_yuan", read_number, .places = 6},
    {0},
};
static const Input share_inputs[] = {
    {"total_fen", read_number, .least = -MAX_FEE_FEN},
    {"weights", read_weights, .places = 6},
    {0},
};
static const Input late_inputs[] = {
    {"principal_fen", read_number},
    {"due", read_day},
    {"until", read_day},
    {"per_ten_thousand", read_number, .places = 6, .most = 10000},
    {"grace_days", read_number, .most = MAX_GRACE_DAYS, .optional = true},
    {"cap_percent", read_number, .places = 6, .most = 100, .optional = true},
    {"paid", read_paid, .optional = true},
    {0},
};
static const Input vat_inputs[] = {
    {"gross_fen", read_number},
    {"rate_percent", read_number, .places = 6, .most = 100},
    {0},
};
static const Input rollover_inputs[] = {
    {"previous", read_dial, .places = 6},
    {"value", read_dial, .places = 6},
    {"digits", read_number, .least = 1, .most = 9},
    {0},
};
/* The formula first: it says which of the others are needed. */
static const Input formula_inputs[] = {
    {"formula", read_formula},
    {"area", read_area, .places = AREA_PLACES, .optional = true},
    {"inner_area", read_area, .places = AREA_PLACES, .optional = true},
    {"garden_area", read_area, .places = AREA_PLACES, .optional = true},
    {"persons", read_number, .optional = true},
    {"houses", read_number, .optional = true},
    {"spaces", read_number, .optional = true},
    {"months", read_number, .places = 6, .optional = true},
    {"days", read_number, .optional = true},
    {"use", read_number, .places = 6, .optional = true},
    {0},
};

static const Kind kinds[] = {
    {"area", area_inputs, answer_area},    {"stepped", stepped_inputs, answer_stepped}, {"meter", meter_inputs, answer_meter},          {"tou", tou_inputs, answer_tou},
    {"share", share_inputs, answer_share}, {"late", late_inputs, answer_late},          {"vat", vat_inputs, answer_vat},
    {"rollover", rollover_inputs, answer_rollover}, {"formula", formula_inputs, answer_formula},
};

const Error *fee_preview_json(Arena *arena, const json_t *body, Lang lang, Json *json)
{
    Ask ask = {.arena = arena, .lang = lang, .json = json, .problems = problems_new(arena)};

    if (!json_is_object(body))
        return error_field(arena, STR("body"), "type", STR("请求体应为 JSON 对象"), STR("the body must be a JSON object"));
    ask.kind = find_kind(body, &ask.problems);
    TRY(problems_error(&ask.problems));
    refuse_unknown(&ask, body);
    for (const Input *input = ask.kind->inputs; input->name != NULL; input++)
        read_input(&ask, input, json_object_get(body, input->name));
    TRY(problems_error(&ask.problems));
    return ask.kind->answer(&ask);
}

/* Reading */

static const Kind *find_kind(const json_t *body, Problems *problems)
{
    const json_t *kind = json_object_get(body, "kind");
    const char *code = kind == NULL || json_is_null(kind) ? "required" : !json_is_string(kind) ? "type" : "choice";

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(json_str(kind), kinds[i].name))
            return &kinds[i];
    problems_add(problems, STR("kind"), code, STR("应为 area、stepped、meter、tou、share、late、vat、rollover、formula 之一"),
                 STR("must be one of area, stepped, meter, tou, share, late, vat, rollover, formula"));
    return NULL;
}

static void refuse_unknown(Ask *ask, const json_t *body)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body, key, value)
    {
        if (strcmp(key, "kind") != 0 && place_of(ask, key) < 0)
            problems_add(&ask->problems, str_copy(ask->arena, str_of(key)), "unknown", STR("没有这个字段"), STR("there is no such field"));
    }
}

static void read_input(Ask *ask, const Input *input, const json_t *json)
{
    if (json != NULL && !json_is_null(json))
        input->read(ask, input, json);
    else if (!input->optional || is_needed(ask, input))
        wrong(ask, input, "required", STR("不能缺少"), STR("is required"));
}

static bool is_needed(const Ask *ask, const Input *input)
{
    for (Quantity q = 0; q < Q_COUNT; q++)
        if (strcmp(formula_quantities[q].name, input->name) == 0)
            return ask->formula != NULL && formula_uses(ask->formula, q);
    return false;
}

static void read_number(Ask *ask, const Input *input, const json_t *json)
{
    Exact value;
    const char *code = fee_decimal_read(json, input->places, &value);

    keep_number(ask, input, code, value);
}

static void read_area(Ask *ask, const Input *input, const json_t *json)
{
    Exact value;
    const char *code = area_of(json, input->places, &value);

    keep_number(ask, input, code, value);
}

/* As a meter shows it, with the zeros in front: "00012". */
static void read_dial(Ask *ask, const Input *input, const json_t *json)
{
    Exact value;
    Str text = json_str(json);
    const char *code;

    while (text.len > 1 && text.ptr[0] == '0' && text.ptr[1] >= '0' && text.ptr[1] <= '9')
        text = str_cut(text, 1, text.len);
    code = json_is_string(json) ? exact_parse(text, input->places, &value) ? NULL : "format" : fee_decimal_read(json, input->places, &value);
    keep_number(ask, input, code, value);
}

/* `code` says what was wrong with it already, if anything. */
static void keep_number(Ask *ask, const Input *input, const char *code, Exact value)
{
    if (code == NULL && (exact_cmp(value, exact_of(input->least)) < 0 || exact_cmp(value, exact_of(input->most == 0 ? MAX_FEE_FEN : input->most)) > 0))
        code = "out_of_range";
    if (code != NULL)
        wrong_number(ask, input, code);
    else
        ask->numbers[input - ask->kind->inputs] = value;
}

/* Areas are numbers in m2 everywhere in the interface, so one with a point is taken here: when it is the very number that its text with two decimals
 * stands for, it is that text that counts. Otherwise as every number. */
static const char *area_of(const json_t *json, int places, Exact *out)
{
    char text[32];
    double number = json_real_value(json);

    if (!json_is_real(json))
        return fee_decimal_read(json, places, out);
    if (number > (double)MAX_FEE_FEN || number < -(double)MAX_FEE_FEN)
        return "out_of_range";
    (void)snprintf(text, sizeof text, "%.*f", AREA_PLACES, number); /* 16 digits at most in front of the point */
    return strtod(text, NULL) == number && exact_parse(str_of(text), places, out) ? NULL : "format";
}

static void read_day(Ask *ask, const Input *input, const json_t *json)
{
    Date *out = &ask->days[input - ask->kind->inputs], first = input->from == NULL ? 0 : day(ask, input->from);
    const char *code = day_of(json, out);

    if (code != NULL)
        wrong(ask, input, code, STR("应为日期，如 2026-03-31"), STR("must be a day, such as 2026-03-31"));
    else if (first != 0)
        (void)is_sound(ask, fee_check_days(ask->arena, input->name, first, *out));
}

static void read_basis(Ask *ask, const Input *input, const json_t *json)
{
    Str basis = json_str(json);

    ask->basis30 = str_is(basis, "30");
    if (!ask->basis30 && !str_is(basis, "actual"))
        wrong(ask, input, json_is_string(json) ? "choice" : "type", STR("应为 actual 或 30"), STR("must be \"actual\" or \"30\""));
}

static void read_formula(Ask *ask, const Input *input, const json_t *json)
{
    if (json_is_string(json))
        (void)is_sound(ask, formula_parse(ask->arena, json_str(json), &ask->formula));
    else
        wrong(ask, input, "type", STR("应为文字"), STR("must be text"));
}

static void read_steps(Ask *ask, const Input *input, const json_t *json)
{
    (void)input; /* `steps`, as the reader says */
    ask->steps = new (ask->arena, FeeStep, MAX_FEE_STEPS);
    (void)is_sound(ask, fee_steps_read(ask->arena, json, ask->steps, &ask->count));
}

/* {"peak":"0.83","valley":"0.31"}; prices and uses lie in one register each. */
static void read_registers(Ask *ask, const Input *input, const json_t *json, bool prices)
{
    Exact numbers[FEE_REGISTERS];

    if (ask->registers == NULL)
        ask->registers = new (ask->arena, FeeRegister, FEE_REGISTERS);
    if (!is_sound(ask, fee_registers_read(ask->arena, input->name, json, input->places, numbers)))
        return;
    for (int i = 0; i < FEE_REGISTERS; i++)
        *(prices ? &ask->registers[i].price : &ask->registers[i].use) = numbers[i];
}
static void read_rates(Ask *ask, const Input *input, const json_t *json)
{
    read_registers(ask, input, json, true);
}
static void read_uses(Ask *ask, const Input *input, const json_t *json)
{
    read_registers(ask, input, json, false);
}

static void read_ahead(Ask *ask, const Input *input, const json_t *json)
{
    (void)input; /* `ahead`, as the reader says */
    ask->ahead = new (ask->arena, FeeAhead, MAX_FEE_AHEAD);
    (void)is_sound(ask, fee_ahead_read(ask->arena, json, ask->ahead, &ask->count));
}

static void read_weights(Ask *ask, const Input *input, const json_t *json)
{
    if (!is_sound(ask, fee_list_check(ask->arena, input->name, json, MAX_WEIGHTS)))
        return;
    ask->weights = new (ask->arena, Exact, json_array_size(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        Exact *weight = &ask->weights[ask->count++];
        const char *code = area_of(json_array_get(json, i), input->places, weight);

        if (code == NULL && (weight->n < 0 || exact_cmp(*weight, exact_of(MAX_FEE_FEN)) > 0))
            code = "out_of_range";
        if (code != NULL) {
            (void)is_sound(ask, fee_entry_wrong(ask->arena, input->name, code, i, "应为不小于 0 的数，最多 6 位小数", "must be a number not below 0, with at most 6 decimals"));
            return;
        }
    }
}

/* [["2026-05-01", 10000]] */
static void read_paid(Ask *ask, const Input *input, const json_t *json)
{
    if (!is_sound(ask, fee_list_check(ask->arena, input->name, json, MAX_PAID)))
        return;
    ask->paid = new (ask->arena, PaidPart, json_array_size(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *entry = json_array_get(json, i);
        PaidPart *part = &ask->paid[ask->count++];
        Exact fen = {0};
        const char *code = json_array_size(entry) != 2 ? "type" : day_of(json_array_get(entry, 0), &part->on);

        if (code == NULL)
            code = fee_decimal_read(json_array_get(entry, 1), 0, &fen);
        if (code == NULL && (fen.n < 0 || fen.n > MAX_FEE_FEN))
            code = "out_of_range";
        if (code != NULL) {
            (void)is_sound(ask, fee_entry_wrong(ask->arena, input->name, code, i, "应为 [日期, 分]，0 到 10^15 分", "must be [day, fen], 0 to 10^15 fen"));
            return;
        }
        part->fen = (int64_t)fen.n;
    }
}

static const char *day_of(const json_t *json, Date *out)
{
    if (!json_is_string(json))
        return "type";
    return date_parse(json_str(json), out) ? NULL : "format";
}

static void wrong(Ask *ask, const Input *input, const char *code, Str zh, Str en)
{
    problems_add(&ask->problems, str_of(input->name), code, zh, en);
}

static void wrong_number(Ask *ask, const Input *input, const char *code)
{
    long long least = input->least, most = input->most == 0 ? MAX_FEE_FEN : input->most;

    if (strcmp(code, "out_of_range") == 0)
        wrong(ask, input, code, str_format(ask->arena, "应在 %lld 到 %lld 之间", least, most), str_format(ask->arena, "must be between %lld and %lld", least, most));
    else if (input->read == read_area)
        wrong(ask, input, code, STR("应为平方米数，如 112.35，最多 2 位小数"), STR("must be a number of m2, such as 112.35, with at most 2 decimals"));
    else if (input->places == 0)
        wrong(ask, input, code, STR("应为整数"), STR("must be a whole number"));
    else
        wrong(ask, input, code, str_format(ask->arena, "应为文字写的数，如 \"2.80\"，最多 %d 位小数", input->places),
              str_format(ask->arena, "must be a number as text, such as \"2.80\", with at most %d decimals", input->places));
}

/* What is wrong is told with the rest. */
static bool is_sound(Ask *ask, const Error *error)
{
    for (const FieldProblem *one = error == OK ? NULL : error->fields; one != NULL; one = one->next)
        problems_add(&ask->problems, one->field, one->code, one->zh, one->en);
    return error == OK;
}

static int place_of(const Ask *ask, const char *name)
{
    for (int i = 0; ask->kind->inputs[i].name != NULL; i++)
        if (strcmp(ask->kind->inputs[i].name, name) == 0)
            return i;
    return -1;
}

static Exact number(const Ask *ask, const char *name)
{
    return ask->numbers[place_of(ask, name)];
}

/* Of an input without places behind the point; 0 when it was not given. */
static int64_t whole(const Ask *ask, const char *name)
{
    return (int64_t)number(ask, name).n;
}

static Date day(const Ask *ask, const char *name)
{
    return ask->days[place_of(ask, name)];
}

/* Answering */

static const Error *answer_area(Ask *ask)
{
    MonthlyFee monthly = {.kind = LINE_AREA, .quantity = number(ask, "area"), .price = number(ask, "rate_yuan"), .percent = number(ask, "percent"),
                          .from = day(ask, "from"), .to = day(ask, "to"), .basis30 = ask->basis30, .raise_percent = number(ask, "raise_percent"),
                          .raise_months = (int)whole(ask, "raise_months"), .raise_from = day(ask, "raise_from")};
    Fee fee;

    if (monthly.raise_months > 0 && monthly.raise_from == 0)
        return error_field(ask->arena, STR("raise_from"), "required", STR("递增要写从哪天算起"), STR("say from which day on the price rises"));
    TRY(fee_monthly(ask->arena, &monthly, &fee));
    if (ask->ahead != NULL)
        TRY(fee_ahead(ask->arena, &monthly, fee_whole_months(monthly.from, monthly.to), ask->ahead, ask->count, &fee));
    return write_fee(ask, &fee);
}

static const Error *answer_stepped(Ask *ask)
{
    Fee fee;

    TRY(fee_steps_widen(ask->arena, ask->steps, ask->count, whole(ask, "persons"), whole(ask, "step_persons")));
    TRY(fee_stepped(ask->arena, ask->steps, ask->count, number(ask, "before"), number(ask, "use"), &fee));
    return write_fee(ask, &fee);
}

static const Error *answer_meter(Ask *ask)
{
    const Exact unknown = {0};
    Fee fee;

    TRY(fee_meter(ask->arena, unknown, unknown, number(ask, "use"), number(ask, "multiplier"), number(ask, "rate_yuan"), &fee));
    return write_fee(ask, &fee);
}

static const Error *answer_tou(Ask *ask)
{
    Fee fee;

    TRY(fee_tou(ask->arena, ask->registers, number(ask, "multiplier"), &fee));
    return write_fee(ask, &fee);
}

static const Error *answer_share(Ask *ask)
{
    int64_t total_fen = whole(ask, "total_fen"), *shares;
    Fee fee = {.list = new (ask->arena, FeeLine, ask->count)};
    Exact sum = exact_of(0);

    TRY(fee_share(ask->arena, total_fen, ask->weights, ask->count, &shares));
    for (int i = 0; i < ask->count; i++)
        if (!exact_add(sum, ask->weights[i], &sum))
            return error_new(ask->arena, ERR_INTERNAL, STR_NONE, STR_NONE); /* fee_share has added them already */
    json_open(ask->json, '{');
    JSON_KEY(ask->json, "shares_fen");
    json_open(ask->json, '[');
    for (; fee.count < ask->count; fee.count++) {
        json_int(ask->json, shares[fee.count]);
        fee.list[fee.count] = (FeeLine){.kind = LINE_SHARE, .quantity = ask->weights[fee.count], .weights = sum, .total_fen = total_fen, .amount_fen = shares[fee.count]};
    }
    json_close(ask->json, ']');
    write_lines(ask, &fee);
    json_close(ask->json, '}');
    return OK;
}

static const Error *answer_late(Ask *ask)
{
    LateFee late = {.principal_fen = whole(ask, "principal_fen"), .due = day(ask, "due"), .until = day(ask, "until"), .per_ten_thousand = number(ask, "per_ten_thousand"),
                    .cap_percent = number(ask, "cap_percent"), .grace_days = (int)whole(ask, "grace_days"), .paid = ask->paid, .paid_count = ask->count};
    Fee fee;

    TRY(fee_late(ask->arena, &late, &fee));
    return write_fee(ask, &fee);
}

/* "314.58 ÷ (1 + 6%)", and what is left of it. */
static const Error *answer_vat(Ask *ask)
{
    int64_t gross_fen = whole(ask, "gross_fen"), net_fen, tax_fen;
    Str gross = exact_yuan(ask->arena, gross_fen), rate = exact_text(ask->arena, number(ask, "rate_percent"), 0, 6), net;
    FeeLine lines[2];

    TRY(fee_vat(ask->arena, gross_fen, number(ask, "rate_percent"), &net_fen, &tax_fen));
    net = exact_yuan(ask->arena, net_fen);
    lines[0] = (FeeLine){.kind = LINE_NOTE, .note = str_format(ask->arena, "%.*s ÷ (1 + %.*s%%)", STR_ARG(gross), STR_ARG(rate)), .amount_fen = net_fen};
    lines[1] = (FeeLine){.kind = LINE_NOTE, .note = str_format(ask->arena, "%.*s - %.*s", STR_ARG(gross), STR_ARG(net)), .amount_fen = tax_fen};
    json_open(ask->json, '{');
    JSON_INT(ask->json, "net_fen", net_fen);
    JSON_INT(ask->json, "tax_fen", tax_fen);
    write_lines(ask, &(Fee){.list = lines, .count = 2});
    json_close(ask->json, '}');
    return OK;
}

static const Error *answer_rollover(Ask *ask)
{
    Exact use;

    TRY(fee_rollover(ask->arena, number(ask, "previous"), number(ask, "value"), (int)whole(ask, "digits"), &use));
    json_open(ask->json, '{');
    JSON_TEXT(ask->json, "use", exact_text(ask->arena, use, 0, 6));
    write_lines(ask, &(Fee){0});
    json_close(ask->json, '}');
    return OK;
}

static const Error *answer_formula(Ask *ask)
{
    FeeLine line = {.kind = LINE_FORMULA};
    Quantities quantities = {0};
    Exact yuan;

    for (Quantity q = 0; q < Q_COUNT; q++) {
        quantities.value[q] = number(ask, formula_quantities[q].name);
        quantities.known[q] = exact_is_number(quantities.value[q]);
    }
    TRY(formula_value(ask->arena, ask->formula, &quantities, &yuan, &line.note));
    if (!exact_fen(yuan, &line.amount_fen))
        return error_new(ask->arena, ERR_INTERNAL, STR_NONE, STR_NONE); /* formula_value gives none so large */
    fee_note_exact(&line, yuan);
    return write_fee(ask, &(Fee){.list = &line, .count = 1, .amount_fen = line.amount_fen});
}

static void write_lines(Ask *ask, const Fee *fee)
{
    JSON_KEY(ask->json, "lines");
    fee_lines_json(ask->arena, fee, ask->lang, ask->json);
}

static const Error *write_fee(Ask *ask, const Fee *fee)
{
    json_open(ask->json, '{');
    JSON_INT(ask->json, "amount_fen", fee->amount_fen);
    write_lines(ask, fee);
    json_close(ask->json, '}');
    return OK;
}
