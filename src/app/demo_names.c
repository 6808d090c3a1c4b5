/* demo_names.c: dice, names, phones and identity numbers of the demo's people. All of them are invented: the phones are
 * 13x0000nnnn, the identity numbers name a county that does not exist. */
#include "app/demo_parts.h"

#include <stdio.h>

uint64_t dice_roll(Dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int64_t dice_below(Dice *dice, int64_t n)
{
    return (int64_t)(dice_roll(dice) % (uint64_t)n);
}

int64_t dice_between(Dice *dice, int64_t low, int64_t high)
{
    return low + dice_below(dice, high - low + 1);
}

bool dice_chance(Dice *dice, int per_1000)
{
    return dice_below(dice, 1000) < per_1000;
}

int dice_choose(Dice *dice, int count, int64_t (*weight)(int at, const void *self), const void *self)
{
    int64_t total = 0, at;

    for (int i = 0; i < count; i++)
        total += weight(i, self);
    if (total <= 0)
        return 0;
    at = dice_below(dice, total);
    for (int i = 0; i < count; i++)
        if ((at -= weight(i, self)) < 0)
            return i;
    return 0;
}

int64_t dice_span(Dice *dice, int64_t typical)
{
    int64_t span = typical * dice_between(dice, 50, 150) / 100;
    return dice_below(dice, 12) == 0 ? span * dice_between(dice, 2, 4) : span;
}

/* clang-format off */
/* Surnames with their share in 1,000; the rest are spread over the list. */
static const struct {
    const char *name;
    int weight;
} surnames[] = {{"王", 72}, {"李", 71}, {"张", 68}, {"刘", 54}, {"陈", 45}, {"杨", 31}, {"赵", 23}, {"黄", 22}, {"周", 21}, {"吴", 20},
                {"徐", 17}, {"孙", 16}, {"胡", 13}, {"朱", 13}, {"高", 12}, {"林", 12}, {"何", 12}, {"郭", 11}, {"马", 11}, {"罗", 10},
                {"梁", 9},  {"宋", 8},  {"郑", 8},  {"谢", 8},  {"韩", 7},  {"唐", 7},  {"冯", 7},  {"于", 6},  {"董", 6},  {"萧", 6},
                {"程", 6},  {"曹", 6},  {"袁", 6},  {"邓", 6},  {"许", 6},  {"傅", 5},  {"沈", 5},  {"曾", 5},  {"彭", 5},  {"吕", 5},
                {"苏", 5},  {"卢", 5},  {"蒋", 5},  {"蔡", 5},  {"贾", 4},  {"丁", 4},  {"魏", 4},  {"薛", 4},  {"叶", 4},  {"阎", 4},
                {"余", 4},  {"潘", 4},  {"杜", 4},  {"戴", 4},  {"夏", 4},  {"钟", 4},  {"汪", 4},  {"田", 4},  {"任", 4},  {"姜", 4},
                {"范", 4},  {"方", 4},  {"石", 3},  {"姚", 3},  {"谭", 3},  {"廖", 3},  {"邹", 3},  {"熊", 3},  {"金", 3},  {"欧阳", 1}};
/* clang-format on */

/* clang-format off */
/* Given names in the taste of three generations: over 56, 34 to 56, younger. */
static const char *const old_women[] = {"秀兰", "桂英", "玉梅", "淑珍", "凤英", "桂芳", "秀英", "玉兰", "素芬", "月娥", "翠花", "慧珍", "爱华", "金凤", NULL};
static const char *const old_men[] = {"建国", "国强", "德福", "志远", "宝山", "长顺", "永贵", "振华", "文斌", "福生", "守义", "玉林", "援朝", "卫东", NULL};
static const char *const women[] = {"丽", "敏", "静", "艳", "娟", "芳", "燕", "红梅", "晓燕", "海霞", "丽娜", "雪梅", "婷", "春燕", "文静", "玉洁", "慧", "莉", NULL};
static const char *const men[] = {"伟", "强", "磊", "军", "勇", "涛", "鹏", "志刚", "建军", "海涛", "俊", "志强", "晓东", "斌", "波", "宏伟", "立新", "明辉", NULL};
static const char *const young_women[] = {"婷婷", "雨桐", "佳怡", "梦瑶", "思雨", "欣怡", "晨曦", "诗涵", "雅静", "可欣", "子涵", "梓萱", "若溪", "嘉宁", NULL};
static const char *const young_men[] = {"浩然", "子轩", "宇航", "俊杰", "嘉豪", "泽宇", "一鸣", "天宇", "博文", "晨阳", "梓豪", "家乐", "思远", "景行", NULL};
/* clang-format on */

static const char *some_surname(Dice *dice)
{
    int total = 0;
    int64_t at;

    for (size_t i = 0; i < COUNT_OF(surnames); i++)
        total += surnames[i].weight;
    at = dice_below(dice, total);
    for (size_t i = 0; i < COUNT_OF(surnames); i++) {
        at -= surnames[i].weight;
        if (at < 0)
            return surnames[i].name;
    }
    return surnames[0].name;
}

Someone demo_someone(Dice *dice, const char *surname, bool woman, int age)
{
    Someone someone = {.woman = woman, .age = age};
    const char *const *given = age > 56   ? (woman ? old_women : old_men)
                               : age > 33 ? (woman ? women : men)
                               : woman    ? young_women
                                          : young_men;

    if (surname == NULL)
        surname = some_surname(dice);
    (void)snprintf(someone.name, sizeof someone.name, "%s%s", surname,
                   demo_pick(dice, given)); /* four characters at most */
    return someone;
}

/* The order of the numbers is shuffled (7919 has no factor in common with 100,000). */
Str demo_phone(Arena *arena, int n)
{
    int v = (int)((int64_t)(n % 100000) * 7919 % 100000), block = n / 100000;
    return str_format(arena, "13%d%04d%04d", v / 10000, block, v % 10000);
}

/* Check character: GB 11643-1999, 6 (ISO 7064 MOD 11-2). */
Str demo_id_no(Arena *arena, Dice *dice, const Someone *someone, int year, bool faulty)
{
    static const int provinces[] = {11, 12, 13, 31, 32, 33, 34, 37, 41, 42, 43, 44, 51};
    int64_t order = dice_below(dice, 499) * 2 + (someone->woman ? 2 : 1);
    Str body =
        str_format(arena, "%d0000%04d%02d%02d%03d", provinces[dice_below(dice, (int64_t)COUNT_OF(provinces))],
                   year - someone->age, (int)dice_between(dice, 1, 12), (int)dice_between(dice, 1, 28), (int)order);
    int sum = 0, weight;

    for (ptrdiff_t i = 0; i < body.len; i++) {
        weight = 1;
        for (ptrdiff_t k = i; k < 17; k++)
            weight = weight * 2 % 11;
        sum += (body.ptr[i] - '0') * weight;
    }
    sum = (12 - sum % 11) % 11;
    if (faulty)
        sum = (sum + 3) % 10;
    return sum == 10 ? str_format(arena, "%.*sX", STR_ARG(body)) : str_format(arena, "%.*s%d", STR_ARG(body), sum);
}
