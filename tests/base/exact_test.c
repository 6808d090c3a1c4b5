/* exact_test.c: what holds of fractions, on picked numbers and on many drawn ones (the seed is fixed). */
#include "base/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROUNDS 20000
static const Wide MOST = (Wide)((((__extension__ (unsigned __int128)1) << 127) - 1));

static uint64_t seed = 20260331;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Of any size up to so many bits, so that small and large ones meet. */
static int64_t some(int bits)
{
    int64_t n = (int64_t)(draw() >> (64 - 1 - draw() % (unsigned)bits));
    return draw() % 2 == 0 ? n : -n;
}

static Exact fraction(int bits)
{
    int64_t d = some(bits);
    return exact_per(some(bits), d == 0 ? 1 : d < 0 ? -d : d);
}

static Wide shared(Wide a, Wide b)
{
    return b == 0 ? (a < 0 ? -a : a) : shared(b, a % b);
}

static void is_sound(Exact a)
{
    assert_true(a.d > 0 && shared(a.n, a.d) == 1);
}

static bool same(Exact a, Exact b)
{
    return a.n == b.n && a.d == b.d;
}

static void sums_and_products_keep_the_laws(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Exact a = fraction(20), b = fraction(20), c = fraction(20), left, right, part;

        assert_true(exact_add(a, b, &left) && exact_add(b, a, &right) && same(left, right));
        is_sound(left);
        assert_true(exact_sub(left, b, &right) && same(right, a));
        assert_true(exact_mul(left, c, &left) && exact_mul(a, c, &right) && exact_mul(b, c, &part) && exact_add(right, part, &right));
        is_sound(left);
        assert_true(same(left, right)); /* (a + b)c = ac + bc */
        if (exact_is_zero(b))
            assert_false(exact_div(a, b, &left));
        else
            assert_true(exact_div(a, b, &left) && exact_mul(left, b, &left) && same(left, a));
    }
}

/* The reference is the cross product, which these numbers leave room for. */
static void order_is_that_of_cross_products(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Exact a = fraction(62), b = i % 3 == 0 ? (Exact){a.n, a.d} : fraction(62), difference;
        Wide left = a.n * b.d, right = b.n * a.d;

        assert_int_equal(exact_cmp(a, b), left < right ? -1 : left > right);
        assert_int_equal(exact_cmp(a, b), -exact_cmp(b, a));
        if (exact_sub(a, b, &difference))
            assert_int_equal(exact_cmp(a, b), (difference.n > 0) - (difference.n < 0));
    }
}

/* (m - 1) / m < m / (m + 1), however large m is. */
static void order_is_exact_where_cross_products_overflow(void **state)
{
    (void)state;
    for (int k = 0; k < 100; k++) {
        Wide m = MOST - 2 - k * (MOST / 1000);
        Exact less = {m - 1, m}, more = {m, m + 1};

        assert_int_equal(exact_cmp(less, more), -1);
        assert_int_equal(exact_cmp(more, less), 1);
        assert_int_equal(exact_cmp(more, more), 0);
        assert_int_equal(exact_cmp((Exact){-less.n, less.d}, (Exact){-more.n, more.d}), 1);
        assert_int_equal(exact_cmp((Exact){-less.n, less.d}, more), -1);
    }
}

static void what_does_not_fit_is_refused_and_nothing_changes(void **state)
{
    const Exact most = {MOST, 1}, least = {1, MOST}, none = {0}, mark = {7, 5};
    Exact out = mark;

    (void)state;
    assert_false(exact_add(most, exact_of(1), &out));
    assert_false(exact_add(most, most, &out));
    assert_false(exact_sub((Exact){-MOST, 1}, exact_of(1), &out));
    assert_false(exact_mul(most, exact_of(2), &out));
    assert_false(exact_mul(least, exact_per(1, 2), &out));
    assert_false(exact_div(most, exact_per(1, 2), &out));
    assert_false(exact_add(least, (Exact){1, MOST - 1}, &out));
    assert_false(exact_div(most, exact_of(0), &out));
    assert_false(exact_add(none, exact_of(1), &out) || exact_add(exact_of(1), none, &out) || exact_sub(exact_of(1), none, &out));
    assert_false(exact_mul(none, exact_of(1), &out) || exact_mul(exact_of(1), none, &out) || exact_div(exact_of(1), none, &out) ||
                 exact_div(none, exact_of(1), &out));
    assert_true(same(out, mark));
    assert_false(exact_is_zero(none));
    /* reduced crosswise first, this fits */
    assert_true(exact_mul(most, least, &out) && same(out, exact_of(1)));
    assert_true(exact_div(most, most, &out) && same(out, exact_of(1)));
    assert_true(exact_sub(most, most, &out) && same(out, exact_of(0)));
    assert_true(exact_sub(least, least, &out) && same(out, exact_of(0)));
}

static void text_is_read_strictly(void **state)
{
    static const struct {
        const char *text;
        int places;
        int64_t n, per; /* per 0: refused */
    } rows[] = {
        {"2.80", 2, 14, 5}, {"-3", 0, -3, 1}, {"0.4883", 4, 4883, 10000}, {"0", 0, 0, 1}, {"-0", 0, 0, 1}, {"0.00", 2, 0, 1},
        {"999999999999999999", 0, 999999999999999999, 1}, {"-0.00000000000000001", 18, -1, 100000000000000000}, {"112.35", 2, 2247, 20},
        {"", 2, 0, 0}, {"-", 2, 0, 0}, {".", 2, 0, 0}, {"-.5", 2, 0, 0}, {".5", 2, 0, 0}, {"5.", 2, 0, 0}, {"+1", 2, 0, 0}, {"1e5", 9, 0, 0},
        {"NaN", 2, 0, 0}, {"Infinity", 2, 0, 0}, {"１２", 2, 0, 0}, {"0x10", 2, 0, 0}, {" 1", 2, 0, 0}, {"1 ", 2, 0, 0}, {"1.234", 2, 0, 0},
        {"1.2.3", 4, 0, 0}, {"--1", 0, 0, 0}, {"1,000", 3, 0, 0}, {"01", 0, 0, 0}, {"00.5", 2, 0, 0}, {"1.0", 0, 0, 0},
        {"1000000000000000000", 0, 0, 0}, {"0.000000000000000001", 18, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Exact out = {7, 5};
        assert_int_equal(exact_parse(str_of(rows[i].text), rows[i].places, &out), rows[i].per != 0);
        assert_true(rows[i].per == 0 ? same(out, (Exact){7, 5}) : out.n == rows[i].n && out.d == rows[i].per);
    }
}

static void text_is_written_as_people_do(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    const struct {
        Exact value;
        int least, places;
        const char *text;
    } rows[] = {
        {exact_per(280, 100), 2, 6, "2.80"}, {exact_per(23333, 10000), 2, 6, "2.3333"}, {exact_of(3), 0, 6, "3"}, {exact_of(-3), 1, 6, "-3.0"},
        {exact_per(1, 3), 0, 4, "0.3333"}, {exact_per(2, 3), 0, 4, "0.6667"}, {exact_per(-1, 2), 0, 0, "-1"}, {exact_per(1, 2), 0, 0, "1"},
        {exact_per(-4, 10), 0, 0, "0"}, {exact_per(-1, 1000), 2, 2, "0.00"}, {exact_per(9995, 1000), 2, 2, "10.00"}, {exact_per(-9999, 1000), 2, 2, "-10.00"},
        {exact_per(99949, 10000), 2, 2, "9.99"}, {{0}, 2, 2, ""}, {{MOST, 1}, 0, 0, "170141183460469231731687303715884105727"},
        {{1, MOST}, 0, 40, "0.0000000000000000000000000000000000000059"}, {{-1, MOST}, 2, 9, "0.00"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(str_to_c(arena, exact_text(arena, rows[i].value, rows[i].least, rows[i].places)), rows[i].text);
}

static void what_was_written_is_read_as_the_same(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 26);
    static const char *const bad[] = {"", "-", "/", "1/", "/2", "1/0", "1/1", "2/4", "0/2", "01", "1/02", "1/-2", "+1", "1/2/3", "1.5",
                                      "170141183460469231731687303715884105728", "999999999999999999999999999999999999999999"};
    Exact out;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Exact decimal = exact_per(some(50), 1000000), any = fraction(63);
        assert_true(exact_parse(exact_text(arena, decimal, i % 4, 6), 6, &out) && same(out, decimal));
        assert_true(exact_fraction_parse(exact_fraction(arena, any), &out) && same(out, any));
    }
    assert_true(exact_fraction_parse(exact_fraction(arena, (Exact){-MOST, MOST - 1}), &out) && same(out, (Exact){-MOST, MOST - 1}));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(exact_fraction_parse(str_of(bad[i]), &out));
}

static void fen_are_rounded_half_away_from_zero(void **state)
{
    const struct {
        Exact yuan;
        int64_t fen;
    } rows[] = {
        {exact_per(5, 1000), 1}, {exact_per(-5, 1000), -1}, {exact_per(4999, 1000000), 0}, {exact_per(-4999, 1000000), 0}, {exact_per(15, 1000), 2},
        {exact_per(1, 3), 33}, {exact_per(2, 3), 67}, {{MOST - 1, MOST}, 100}, {{MOST / 2, MOST}, 50}, {{1, MOST}, 0}, {exact_per(INT64_MAX, 100), INT64_MAX},
        {exact_per(-INT64_MAX, 100), -INT64_MAX}, {exact_of(0), 0},
    };
    int64_t fen = 42;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(exact_fen(rows[i].yuan, &fen));
        assert_int_equal(fen, rows[i].fen);
    }
    fen = 42;
    assert_false(exact_fen((Exact){0}, &fen) || exact_fen(exact_of(INT64_MAX / 100 + 1), &fen) || exact_fen((Exact){MOST, 1}, &fen));
    assert_int_equal(fen, 42);
}

static void rounding_is_never_further_than_half_a_fen(void **state)
{
    const Exact half = exact_per(1, 200), minus_half = exact_per(-1, 200);

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        Exact yuan = fraction(50), off;
        int64_t fen, minus;

        assert_true(exact_fen(yuan, &fen) && exact_fen((Exact){-yuan.n, yuan.d}, &minus) && minus == -fen);
        assert_true(exact_sub(yuan, exact_per(fen, 100), &off));
        assert_true(exact_cmp(off, half) <= 0 && exact_cmp(off, minus_half) >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products_keep_the_laws),
        cmocka_unit_test(order_is_that_of_cross_products),
        cmocka_unit_test(order_is_exact_where_cross_products_overflow),
        cmocka_unit_test(what_does_not_fit_is_refused_and_nothing_changes),
        cmocka_unit_test(text_is_read_strictly),
        cmocka_unit_test(text_is_written_as_people_do),
        cmocka_unit_test(what_was_written_is_read_as_the_same),
        cmocka_unit_test(fen_are_rounded_half_away_from_zero),
        cmocka_unit_test(rounding_is_never_further_than_half_a_fen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
