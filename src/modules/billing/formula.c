/* formula.c: recursive descent over the text, which leaves its operations behind in the order in which they are done (postfix), each
 * with its place in the text; a formula's value is then one loop over them. Only parentheses, min and max make the descent deeper, and
 * they are counted. Every part has its unit as exponents (yuan/m2/month: 1, -1, -1), which sums compare and products add. */
#include "modules/billing/formula.h"

#define MAX_YUAN 10000000000000 /* 10^15 fen, as for every amount */
#define MAX_PLACES 6

typedef enum { U_M2, U_MONTH, U_DAY, U_PERSON, U_HOUSE, U_SPACE, U_UNIT, U_YUAN, U_COUNT } Base;

typedef struct {
    int exponent[U_COUNT];
} Unit;

typedef enum { OP_NUMBER, OP_QUANTITY, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MIN, OP_MAX } OpKind;

typedef struct {
    OpKind kind;
    Exact number;
    Quantity quantity;
    int at; /* the character, counted from 1 */
} Op;

/* What with_numbers is made of: words as they stand, and quantities whose number comes in their place. */
typedef struct {
    const char *word;
    Str text; /* of a number */
    int quantity; /* -1: none */
} Piece;

struct Formula {
    Op *ops;
    Piece *pieces;
    int op_count, piece_count;
};

typedef enum { T_END, T_NUMBER, T_NAME, T_SIGN, T_BAD } TokenKind;

typedef struct {
    TokenKind kind;
    Str text;
    char sign; /* + - * / ( ) [ ] , whichever form it was written in */
    int at;
} Token;

typedef struct {
    Arena *arena;
    Formula *formula;
    Str source;
    ptrdiff_t byte; /* behind `token` */
    int character;  /* of `byte`, counted from 1 */
    Token token;
    int depth;
    const Error *error; /* the first one; nothing is read after it */
} Parser;

const QuantityRow formula_quantities[Q_COUNT] = {
    [Q_AREA] = {"area", "建筑面积", "built area", "m2"},
    [Q_INNER_AREA] = {"inner_area", "套内面积", "inner area", "m2"},
    [Q_GARDEN_AREA] = {"garden_area", "花园面积", "garden area", "m2"},
    [Q_PERSONS] = {"persons", "人数", "people", "person"},
    [Q_HOUSES] = {"houses", "户数", "houses", "house"},
    [Q_SPACES] = {"spaces", "车位数", "parking spaces", "space"},
    [Q_MONTHS] = {"months", "月数", "months", "month"},
    [Q_DAYS] = {"days", "天数", "days", "day"},
    [Q_USE] = {"use", "用量", "use", "unit"},
};

/* The first of a base is how it is said. */
static const struct {
    const char *name, *zh;
    Base base;
} unit_names[] = {
    {"yuan", "元", U_YUAN}, {"m2", "平方米", U_M2},     {"m²", "㎡", U_M2},       {"month", "月", U_MONTH},   {"day", "天", U_DAY},
    {"day", "日", U_DAY},   {"person", "人", U_PERSON}, {"house", "户", U_HOUSE}, {"space", "车位", U_SPACE}, {"unit", "单位", U_UNIT},
    {"unit", "度", U_UNIT}, {"unit", "吨", U_UNIT},
};

static const struct {
    const char *written;
    char sign;
} signs[] = {
    {"+", '+'},  {"-", '-'},  {"*", '*'},  {"/", '/'},  {"(", '('},  {")", ')'},  {"[", '['},  {"]", ']'},  {",", ','},  {"×", '*'},  {"÷", '/'},
    {"（", '('}, {"）", ')'}, {"，", ','}, {"、", ','}, {"［", '['}, {"］", ']'}, {"【", '['}, {"】", ']'}, {"＋", '+'}, {"－", '-'}, {"−", '-'},
    {"＊", '*'}, {"／", '/'},
};

static void next_token(Parser *p);
static Unit read_sum(Parser *p);
static Unit read_product(Parser *p);
static Unit read_factor(Parser *p);
static Unit read_number(Parser *p);
static Unit read_name(Parser *p);
static Unit read_call(Parser *p, OpKind kind, const char *word);
static Unit read_unit(Parser *p);
static void read_unit_name(Parser *p, Unit *unit, int by);
static void check_divisor(Parser *p, int first_op, int at);
static void check_same(Parser *p, const char *sign, Unit left, Unit right, int at);
static bool take(Parser *p, char sign);
static void expect(Parser *p, char sign);
static void fail_at(Parser *p, int at, Str zh, Str en);
static void fail_token(Parser *p, const char *zh, const char *en);
static void emit(Parser *p, Op op);
static void show(Parser *p, const char *word);
static Str unit_text(Arena *arena, Unit unit, Lang lang);
static bool is_same(Unit a, Unit b);
static const Error *run(Arena *arena, const Op *ops, int count, const Quantities *quantities, Exact *out);
static bool apply(OpKind kind, Exact a, Exact b, Exact *out);
static Str put_numbers(Arena *arena, const Formula *formula, const Quantities *quantities);

const Error *formula_parse(Arena *arena, Str text, Formula **out)
{
    static const Unit YUAN = {.exponent[U_YUAN] = 1};
    Parser p = {.arena = arena, .source = text, .character = 1};
    Unit unit;

    if (!utf8_is_valid(text))
        return error_field(arena, STR("formula"), "format", STR("不是 UTF-8 文字"), STR("is not UTF-8 text"));
    if (utf8_count(text) > FORMULA_MAX_CHARS)
        return error_field(arena, STR("formula"), "too_long", STR("最多 500 个字"), STR("at most 500 characters"));
    p.formula = new (arena, Formula, 1);
    p.formula->ops = new (arena, Op, FORMULA_MAX_CHARS); /* each has at least a character of its own */
    p.formula->pieces = new (arena, Piece, FORMULA_MAX_CHARS);
    next_token(&p);
    unit = read_sum(&p);
    if (p.error == OK && p.token.kind != T_END)
        fail_token(&p, "这里应是运算符或结尾", "an operator or the end is expected here");
    if (p.error == OK && !is_same(unit, YUAN))
        fail_at(&p, 1, str_format(arena, "结果应为元，现在是%.*s", STR_ARG(unit_text(arena, unit, LANG_ZH))),
                str_format(arena, "the result must be in yuan, and is in %.*s", STR_ARG(unit_text(arena, unit, LANG_EN))));
    if (p.error != OK)
        return p.error;
    *out = p.formula;
    return OK;
}

bool formula_uses(const Formula *formula, Quantity quantity)
{
    for (int i = 0; i < formula->op_count; i++)
        if (formula->ops[i].kind == OP_QUANTITY && formula->ops[i].quantity == quantity)
            return true;
    return false;
}

const Error *formula_value(Arena *arena, const Formula *formula, const Quantities *quantities, Exact *yuan, Str *with_numbers)
{
    Problems missing = problems_new(arena);
    Exact value;

    for (Quantity q = 0; q < Q_COUNT; q++)
        if (formula_uses(formula, q) && !(quantities->known[q] && exact_is_number(quantities->value[q])))
            problems_add(&missing, str_of(formula_quantities[q].name), "required", str_format(arena, "公式要用%s", formula_quantities[q].zh),
                         str_format(arena, "the formula needs it (%s)", formula_quantities[q].en));
    TRY(problems_error(&missing));
    TRY(run(arena, formula->ops, formula->op_count, quantities, &value));
    if (value.n < 0)
        return error_field(arena, STR("formula"), "out_of_range", STR("结果小于 0"), STR("the result is below 0"));
    if (exact_cmp(value, exact_of(MAX_YUAN)) > 0)
        return error_field(arena, STR("formula"), "out_of_range", STR("算出的金额太大"), STR("the amount becomes too large"));
    if (with_numbers != NULL)
        *with_numbers = put_numbers(arena, formula, quantities);
    *yuan = value;
    return OK;
}

/* Tokens */

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(int32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x3000;
}

/* Of names: letters, and whatever is not ASCII and no sign, which is how Chinese comes in. */
static bool is_letter(Str rest, int32_t c)
{
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (str_starts(rest, str_of(signs[i].written)))
            return false;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 0x80 && !is_blank(c));
}

static void step_over(Parser *p)
{
    (void)utf8_next(p->source, &p->byte); /* which one it is has been looked at */
    p->character++;
}

static int32_t look(const Parser *p)
{
    ptrdiff_t at = p->byte;
    return utf8_next(p->source, &at);
}

static Str rest_of(const Parser *p)
{
    return str_cut(p->source, p->byte, p->source.len);
}

static bool read_sign(Parser *p)
{
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (str_starts(rest_of(p), str_of(signs[i].written))) {
            p->token.kind = T_SIGN;
            p->token.sign = signs[i].sign;
            step_over(p);
            return true;
        }
    return false;
}

static void next_token(Parser *p)
{
    ptrdiff_t first;

    while (is_blank(look(p)))
        step_over(p);
    p->token = (Token){.kind = T_END, .at = p->character};
    first = p->byte;
    if (first >= p->source.len)
        return;
    if (is_digit(look(p)) || look(p) == '.') {
        p->token.kind = T_NUMBER;
        while (is_digit(look(p)) || look(p) == '.')
            step_over(p);
    } else if (is_letter(rest_of(p), look(p))) {
        p->token.kind = T_NAME;
        while (is_letter(rest_of(p), look(p)) || is_digit(look(p)))
            step_over(p);
    } else if (!read_sign(p)) {
        p->token.kind = T_BAD;
        step_over(p);
    }
    p->token.text = str_cut(p->source, first, p->byte);
}

/* Grammar: sum = product { + - product }, product = factor { * / factor }, factor = number [unit] | name | ( sum ) | min ( sum, sum … ). */

static Unit read_sum(Parser *p)
{
    Unit left = read_product(p);

    while (p->error == OK && p->token.kind == T_SIGN && (p->token.sign == '+' || p->token.sign == '-')) {
        bool plus = p->token.sign == '+';
        int at = p->token.at;
        Unit right;

        show(p, plus ? " + " : " - ");
        next_token(p);
        right = read_product(p);
        check_same(p, plus ? "+" : "-", left, right, at);
        emit(p, (Op){.kind = plus ? OP_ADD : OP_SUB, .at = at});
    }
    return left;
}

static Unit read_product(Parser *p)
{
    Unit left = read_factor(p);

    while (p->error == OK && p->token.kind == T_SIGN && (p->token.sign == '*' || p->token.sign == '/')) {
        bool times = p->token.sign == '*';
        int at = p->token.at, first_op = p->formula->op_count;
        Unit right;

        show(p, times ? " × " : " ÷ ");
        next_token(p);
        right = read_factor(p);
        for (int i = 0; i < U_COUNT; i++)
            left.exponent[i] += times ? right.exponent[i] : -right.exponent[i];
        if (!times)
            check_divisor(p, first_op, at);
        emit(p, (Op){.kind = times ? OP_MUL : OP_DIV, .at = at});
    }
    return left;
}

static Unit read_factor(Parser *p)
{
    Unit unit = {0};

    if (p->error != OK)
        return unit;
    if (p->token.kind == T_NUMBER)
        return read_number(p);
    if (p->token.kind == T_NAME)
        return read_name(p);
    if (p->token.kind != T_SIGN || p->token.sign != '(') {
        fail_token(p, "这里应是数字、名称或左括号", "a number, a name or an opening bracket is expected here");
        return unit;
    }
    if (++p->depth > FORMULA_MAX_DEPTH) {
        fail_token(p, "括号最多 16 层", "brackets are at most 16 deep");
        return unit;
    }
    show(p, "(");
    next_token(p);
    unit = read_sum(p);
    expect(p, ')');
    show(p, ")");
    p->depth--;
    return unit;
}

static Unit read_number(Parser *p)
{
    Op op = {.kind = OP_NUMBER, .at = p->token.at};

    if (!exact_parse(p->token.text, MAX_PLACES, &op.number)) {
        fail_token(p, "数字应形如 2.80，最多 6 位小数", "a number is written as 2.80, with at most 6 decimals");
        return (Unit){0};
    }
    emit(p, op);
    p->formula->pieces[p->formula->piece_count++] = (Piece){.text = p->token.text, .quantity = -1};
    next_token(p);
    return take(p, '[') ? read_unit(p) : (Unit){0};
}

static Unit read_name(Parser *p)
{
    Str name = p->token.text;

    for (int q = 0; q < Q_COUNT; q++)
        if (str_is(name, formula_quantities[q].name) || str_is(name, formula_quantities[q].zh)) {
            Unit unit = {0};

            for (size_t i = 0; i < COUNT_OF(unit_names); i++)
                if (strcmp(unit_names[i].name, formula_quantities[q].unit) == 0)
                    unit.exponent[unit_names[i].base] = 1;
            emit(p, (Op){.kind = OP_QUANTITY, .quantity = (Quantity)q, .at = p->token.at});
            p->formula->pieces[p->formula->piece_count++] = (Piece){.quantity = q};
            next_token(p);
            return unit;
        }
    if (str_is(name, "min") || str_is(name, "最小"))
        return read_call(p, OP_MIN, "min(");
    if (str_is(name, "max") || str_is(name, "最大"))
        return read_call(p, OP_MAX, "max(");
    name = utf8_cut(name, 20);
    fail_at(p, p->token.at, str_format(p->arena, "没有“%.*s”这个名称", STR_ARG(name)), str_format(p->arena, "there is no name '%.*s'", STR_ARG(name)));
    return (Unit){0};
}

/* min and max of two or more. */
static Unit read_call(Parser *p, OpKind kind, const char *word)
{
    int at = p->token.at;
    Unit unit;

    next_token(p);
    if (++p->depth > FORMULA_MAX_DEPTH) {
        fail_token(p, "括号最多 16 层", "brackets are at most 16 deep");
        return (Unit){0};
    }
    expect(p, '(');
    show(p, word);
    unit = read_sum(p);
    do {
        expect(p, ',');
        show(p, ", ");
        check_same(p, kind == OP_MIN ? "min" : "max", unit, read_sum(p), at);
        emit(p, (Op){.kind = kind, .at = at});
    } while (p->error == OK && p->token.kind == T_SIGN && p->token.sign == ',');
    expect(p, ')');
    show(p, ")");
    p->depth--;
    return unit;
}

/* Behind '[': yuan/m2/month]. */
static Unit read_unit(Parser *p)
{
    Unit unit = {0};

    read_unit_name(p, &unit, 1);
    while (p->error == OK && p->token.kind == T_SIGN && (p->token.sign == '*' || p->token.sign == '/')) {
        int by = p->token.sign == '*' ? 1 : -1;
        next_token(p);
        read_unit_name(p, &unit, by);
    }
    expect(p, ']');
    return unit;
}

static void read_unit_name(Parser *p, Unit *unit, int by)
{
    for (size_t i = 0; p->token.kind == T_NAME && i < COUNT_OF(unit_names); i++)
        if (str_is(p->token.text, unit_names[i].name) || str_is(p->token.text, unit_names[i].zh)) {
            unit->exponent[unit_names[i].base] += by;
            next_token(p);
            return;
        }
    fail_token(p, "单位应为 元、平方米、月、天、人、户、车位、单位 之一", "a unit is one of yuan, m2, month, day, person, house, space, unit");
}

/* A divisor without names has its value already. What else may be zero is seen when it is computed. */
static void check_divisor(Parser *p, int first_op, int at)
{
    const Formula *formula = p->formula;
    Exact value;

    for (int i = first_op; i < formula->op_count; i++)
        if (formula->ops[i].kind == OP_QUANTITY)
            return;
    if (p->error == OK && run(p->arena, formula->ops + first_op, formula->op_count - first_op, NULL, &value) == OK && exact_is_zero(value))
        fail_at(p, at, STR("除数是 0"), STR("the divisor is 0"));
}

static void check_same(Parser *p, const char *sign, Unit left, Unit right, int at)
{
    Str left_zh, right_zh, left_en, right_en;

    if (p->error != OK || is_same(left, right))
        return;
    left_zh = unit_text(p->arena, left, LANG_ZH), right_zh = unit_text(p->arena, right, LANG_ZH);
    left_en = unit_text(p->arena, left, LANG_EN), right_en = unit_text(p->arena, right, LANG_EN);
    fail_at(p, at, str_format(p->arena, "“%s”两边的单位不同：%.*s与%.*s", sign, STR_ARG(left_zh), STR_ARG(right_zh)),
            str_format(p->arena, "the units of '%s' differ: %.*s and %.*s", sign, STR_ARG(left_en), STR_ARG(right_en)));
}

static bool take(Parser *p, char sign)
{
    if (p->error != OK || p->token.kind != T_SIGN || p->token.sign != sign)
        return false;
    next_token(p);
    return true;
}

static void expect(Parser *p, char sign)
{
    const char *zh = sign == ')' ? "这里应是 )" : sign == '(' ? "这里应是 (" : sign == ']' ? "这里应是 ]" : "这里应是逗号";
    const char *en = sign == ')' ? ") is expected here" : sign == '(' ? "( is expected here" : sign == ']' ? "] is expected here" : "a comma is expected here";

    if (!take(p, sign))
        fail_token(p, zh, en);
}

static void fail_at(Parser *p, int at, Str zh, Str en)
{
    if (p->error == OK)
        p->error = error_field(p->arena, STR("formula"), "format", str_format(p->arena, "第 %d 个字：%.*s", at, STR_ARG(zh)),
                               str_format(p->arena, "character %d: %.*s", at, STR_ARG(en)));
}

static void fail_token(Parser *p, const char *zh, const char *en)
{
    fail_at(p, p->token.at, str_of(zh), str_of(en));
}

static void emit(Parser *p, Op op)
{
    if (p->error == OK)
        p->formula->ops[p->formula->op_count++] = op;
}

static void show(Parser *p, const char *word)
{
    if (p->error == OK)
        p->formula->pieces[p->formula->piece_count++] = (Piece){.word = word, .quantity = -1};
}

/* "元/平方米/月", "yuan*month"; without any unit "一个数", "a plain number". */
static Str unit_text(Arena *arena, Unit unit, Lang lang)
{
    Buf buf = buf_new(arena, 8000); /* 500 exponents of a few bytes each */
    Base last = U_COUNT;

    for (int above = 1; above >= 0; above--)
        for (size_t k = 0; k < COUNT_OF(unit_names); k++) {
            Base base = unit_names[k].base;
            int times = above ? unit.exponent[base] : -unit.exponent[base];

            if (k > 0 && unit_names[k - 1].base == base)
                continue; /* another name of it */
            for (; times > 0; times--) {
                if (buf.len == 0 && !above)
                    buf_char(&buf, '1');
                if (buf.len > 0)
                    buf_char(&buf, above ? '*' : '/');
                buf_add_c(&buf, lang == LANG_ZH ? unit_names[k].zh : unit_names[k].name);
                last = base;
            }
        }
    if (last == U_COUNT)
        return lang == LANG_ZH ? STR("一个数") : STR("a plain number");
    return buf_str(&buf);
}

static bool is_same(Unit a, Unit b)
{
    for (int i = 0; i < U_COUNT; i++)
        if (a.exponent[i] != b.exponent[i])
            return false;
    return true;
}

/* Values */

/* `quantities` may be NULL where no operation names one. */
static const Error *run(Arena *arena, const Op *ops, int count, const Quantities *quantities, Exact *out)
{
    Exact *stack = new (arena, Exact, count);
    int top = 0;

    for (int i = 0; i < count; i++) {
        const Op *op = &ops[i];

        if (op->kind == OP_NUMBER || op->kind == OP_QUANTITY) {
            stack[top++] = op->kind == OP_NUMBER ? op->number : quantities->value[op->quantity];
            continue;
        }
        top--;
        if (op->kind == OP_DIV && exact_is_zero(stack[top]))
            return error_field(arena, STR("formula"), "out_of_range", str_format(arena, "第 %d 个字：除数是 0", op->at),
                               str_format(arena, "character %d: the divisor is 0", op->at));
        if (!apply(op->kind, stack[top - 1], stack[top], &stack[top - 1]))
            return error_field(arena, STR("formula"), "out_of_range", str_format(arena, "第 %d 个字：数字太大或太长", op->at),
                               str_format(arena, "character %d: the number becomes too large or too long", op->at));
    }
    *out = stack[0];
    return OK;
}

static bool apply(OpKind kind, Exact a, Exact b, Exact *out)
{
    switch (kind) {
    case OP_ADD: return exact_add(a, b, out);
    case OP_SUB: return exact_sub(a, b, out);
    case OP_MUL: return exact_mul(a, b, out);
    case OP_DIV: return exact_div(a, b, out);
    case OP_MIN: *out = exact_cmp(a, b) <= 0 ? a : b; return true;
    case OP_MAX: *out = exact_cmp(a, b) >= 0 ? a : b; return true;
    case OP_NUMBER:
    case OP_QUANTITY: break;
    }
    return false;
}

static Str put_numbers(Arena *arena, const Formula *formula, const Quantities *quantities)
{
    Buf buf = buf_new(arena, FORMULA_MAX_CHARS * 64);

    for (int i = 0; i < formula->piece_count; i++) {
        const Piece *piece = &formula->pieces[i];

        if (piece->quantity >= 0)
            buf_add(&buf, exact_text(arena, quantities->value[piece->quantity], 0, MAX_PLACES));
        else if (piece->word != NULL)
            buf_add_c(&buf, piece->word);
        else
            buf_add(&buf, piece->text);
    }
    return buf_str(&buf);
}
