/* mask_test.c: phones, identity numbers and names. The numbers are made up; their check characters are right. */
#include "kernel/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define BUDGET (1 << 20)

typedef struct {
    const char *from, *to;
} Row;

static void expect_all(const Row *rows, size_t count, Str (*make)(Arena *arena, Str from))
{
    Arena *arena = arena_open(BUDGET);

    for (size_t i = 0; i < count; i++) {
        Str got = make(arena, str_of(rows[i].from));
        if (!str_is(got, rows[i].to))
            fail_msg("%s: got %.*s, wanted %s", rows[i].from, STR_ARG(got), rows[i].to);
    }
    arena_close(arena);
}

static void phones_are_masked_before_the_last_four(void **state)
{
    static const Row rows[] = {
        {"13800001234", "138****1234"},
        {"01012345678", "010****5678"},
        {"051212345678", "0512****5678"},
        {"12345678", "****5678"},
        {"1234567", "****567"},
        {"95588", "****8"},
        {"110", "***"},
        {"", ""},
        {"+85291234567", "+852****4567"},
    };

    (void)state;
    expect_all(rows, COUNT_OF(rows), mask_phone);
}

static void identity_numbers_are_masked_in_the_middle(void **state)
{
    static const Row rows[] = {
        {"110101199003071234", "1101**********1234"},
        {"11010119900307123X", "1101**********123X"},
        {"110101900307123", "1101*******7123"},
        {"E12345678", "E******78"},
        {"123456", "******"},
        {"", ""},
    };

    (void)state;
    expect_all(rows, COUNT_OF(rows), mask_id_no);
}

static void names_keep_their_first_character(void **state)
{
    static const Row rows[] = {
        {"王秀兰", "王**"}, {"李强", "李*"}, {"欧阳娜娜", "欧***"}, {"John Smith", "J*"}, {"王", "王"}, {"", ""},
    };

    (void)state;
    expect_all(rows, COUNT_OF(rows), mask_name);
}

static void phones_become_regular(void **state)
{
    static const Row rows[] = {
        {"13800001234", "13800001234"},
        {" 138 0000 1234 ", "13800001234"},
        {"138-0000-1234", "13800001234"},
        {"１３８００００１２３４", "13800001234"},
        {"+86 13800001234", "13800001234"},
        {"＋８６－138　0000　1234", "13800001234"},
        {"008613800001234", "13800001234"},
        {"8613800001234", "13800001234"},
        {"(+86)13800001234", "13800001234"},
        {"(010) 1234.5678", "01012345678"},
        {"（010）12345678", "01012345678"},
        {"+86 10 1234 5678", "01012345678"},
        {"+86-010-12345678", "01012345678"},
        {"010-12345678-801", "01012345678-801"},
        {"010-12345678转801", "01012345678-801"},
        {"010-12345678 ext. 801", "01012345678-801"},
        {"+86 400-123-4567", "4001234567"},
        {"00852 9123 4567", "+85291234567"},
        {"王先生", "王先生"},
        {"", ""},
    };

    (void)state;
    expect_all(rows, COUNT_OF(rows), phone_normal);
}

static void plausible_phones_are_told_from_others(void **state)
{
    static const char *const right[] = {
        "13800001234",
        "19912345678",
        "01082345678",
        "051282345678",
        "07558234567",
        "82345678",
        "8234567",
        "4001234567",
        "95588",
        "96110",
        "110",
        "10086",
        "12345",
        "+85291234567",
        "01082345678-801",
        "13800001234-8001",
    };
    static const char *const wrong[] = {
        "",
        "1380000123",
        "138000012345",
        "12800001234",
        "1380000123a",
        "02",
        "0",
        "00000000000",
        "01112345678",
        "0101234567",
        "010823456789",
        "400123456",
        "12345678",
        "123456",
        "+",
        "+123456",
        "+0123456789",
        "+12345678901234567",
        "82345678-",
        "82345678-1234567",
        "82345678-80a",
        "王先生",
        "-801",
        "95",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(right); i++)
        if (!phone_is_plausible(str_of(right[i])))
            fail_msg("%s is refused", right[i]);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (phone_is_plausible(str_of(wrong[i])))
            fail_msg("%s is accepted", wrong[i]);
    assert_true(phone_is_mobile(STR("13800001234")));
    assert_false(phone_is_mobile(STR("01082345678")));
    assert_false(phone_is_mobile(STR("12345678901")));
}

/* GB 11643-1999, 6 and its annex A, which gives both numbers as examples. */
static void identity_numbers_are_checked(void **state)
{
    static const char *const right[] = {
        "11010519491231002X",
        "440524188001010014",
        "110105491231002",
    };
    static const char *const wrong[] = {
        "",
        "110105194912310021",
        "11010519491231002x",
        "11010519490230002X",
        "440524188001010015",
        "440524188001010041",
        "19010519491231002X",
        "11010519491231002",
        "1101051949123100２X",
        "110105491331002",
        "X1010519491231002X",
    };
    static const Row rows[] = {
        {" 110105 19491231 002x ", "11010519491231002X"},
        {"１１０１０５19491231002Ｘ", "11010519491231002X"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(right); i++)
        if (!id_no_is_plausible(str_of(right[i])))
            fail_msg("%s is refused", right[i]);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (id_no_is_plausible(str_of(wrong[i])))
            fail_msg("%s is accepted", wrong[i]);
    expect_all(rows, COUNT_OF(rows), id_no_normal);
}

/* Exactly one of the eleven check characters is right for every body, and one wrong digit is always found. */
static void one_wrong_digit_is_found(void **state)
{
    static const char characters[] = "0123456789X";
    char number[] = "32058319850417____";
    int found = 0;

    (void)state;
    for (int body = 0; body < 1000; body++) {
        int right = 0;

        number[14] = (char)('0' + body / 100);
        number[15] = (char)('0' + body / 10 % 10);
        number[16] = (char)('0' + body % 10);
        for (int i = 0; i < 11; i++) {
            number[17] = characters[i];
            right += id_no_is_plausible(str_of(number));
        }
        assert_int_equal(right, 1);
    }
    char good[] = "11010519491231002X";
    for (int at = 0; at < 17; at++)
        for (char digit = '0'; digit <= '9'; digit++) {
            char kept = good[at];

            if (digit == kept)
                continue;
            good[at] = digit;
            found += id_no_is_plausible(str_of(good));
            good[at] = kept;
        }
    assert_int_equal(found, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phones_are_masked_before_the_last_four),
        cmocka_unit_test(identity_numbers_are_masked_in_the_middle),
        cmocka_unit_test(names_keep_their_first_character),
        cmocka_unit_test(phones_become_regular),
        cmocka_unit_test(plausible_phones_are_told_from_others),
        cmocka_unit_test(identity_numbers_are_checked),
        cmocka_unit_test(one_wrong_digit_is_found),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
