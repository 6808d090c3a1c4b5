/* fold_test.c: text folding, index tokens and queries against SQLite's own tokenizer, pinyin initials. */
#include "kernel/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <sqlite3.h>

#define BUDGET (64 << 20)

static void expect(const char *what, Str got, const char *wanted)
{
    if (!str_is(got, wanted))
        fail_msg("%s: got \"%.*s\", wanted \"%s\"", what, STR_ARG(got), wanted);
}

static void text_is_folded_to_one_form(void **state)
{
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"", ""},
        {"漏水", "漏水"},
        {"ＡＢｃ１２３", "abc123"},
        {"３－２－１５０１", "3-2-1501"},
        {"Kone 电梯", "kone 电梯"},
        {"王　秀兰", "王秀兰"},
        {" 王\t秀\xC2\xA0兰 ", "王秀兰"},
        {"a  b", "a b"},
        {"第一行\r\n第二行", "第一行\n第二行"},
        {"一 \n\n 二", "一\n二"},
        {"89.5㎡", "89.5m2"},
        {"Ⅲ区①", "iii区1"},
        {"⽤⽔", "用水"}, /* radicals, as PDF files give them */
        {"Café Lǜ", "cafe lu"},
        {"e\xCC\x81", "e"},               /* a combining accent */
        {"零\xE2\x80\x8B宽", "零宽"},     /* zero-width space */
        {"葛\xF3\xA0\x84\x80城", "葛城"}, /* a drawing chosen by a variation selector */
        {"Straße", "strasse"},
        {"ЖУК", "жук"},
        {"漢字", "漢字"},
        {"\xFF漏", "\xEF\xBF\xBD漏"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str folded = fold_text(arena, str_of(rows[i].text));
        expect(rows[i].text, folded, rows[i].folded);
        expect("folding twice", fold_text(arena, folded), rows[i].folded);
    }
    arena_close(arena);
}

static void tokens_are_pairs_words_and_tails(void **state)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"", ""},
        {"，。-", ""},
        {"漏水了", "漏水 水了 了"},
        {"漏", "漏"},
        {"漏水，水管", "漏水 水 水管 管"},
        {"王秀兰\n漏水", "王秀 秀兰 兰 漏水 水"},
        {"3-2-1501", "3 2 1501"},
        {"A座101", "a 座 101"},
        {"BX20260314-0014", "bx 20260314 0014 0260314 260314 60314 0314"},
        {"13800001234", "13800001234 3800001234 800001234 00001234 0001234 001234 01234 1234"},
        {"KONE电梯e3", "kone 电梯 梯 e 3"},
        {"\xF0\xAC\xAD\x8E王", "vacmleo王 王"},
        {"ガス", "vaadakmvaadalj vaadalj"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect(rows[i].text, fold_pairs(arena, str_of(rows[i].text)), rows[i].tokens);
    arena_close(arena);
}

static void a_query_is_phrases_and_beginnings(void **state)
{
    static const struct {
        const char *typed, *fts5, *tsquery;
    } rows[] = {
        {"", "", ""},
        {" ， ", "", ""},
        {"漏水", "\"漏水\"", "'漏水'"},
        {"漏水了", "\"漏水 水了\"", "'漏水' <-> '水了'"},
        {"漏", "\"漏\" *", "'漏':*"},
        {"3-2-1501", "\"3 2 1501\" *", "'3' <-> '2' <-> '1501':*"},
        {"1501", "\"1501\"", "'1501'"},
        {"15", "\"15\"", "'15'"},
        {"150", "\"150\" *", "'150':*"},
        {"15013", "\"15013\" *", "'15013':*"},
        {"0314-0014", "\"0314\" * AND \"0014\" *", "'0314':* & '0014':*"},
        {"王秀兰 漏水", "\"王秀 秀兰\" AND \"漏水\"", "'王秀' <-> '秀兰' & '漏水'"},
        {"3栋漏水", "\"3 栋漏 漏水\"", "'3' <-> '栋漏' <-> '漏水'"},
        {"漏水3", "\"漏水 水 3\" *", "'漏水' <-> '水' <-> '3':*"},
        {"Wang LI", "\"wang\" * AND \"li\" *", "'wang':* & 'li':*"},
        {"a\" OR b* NOT (c)", "\"a\" AND \"or\" * AND \"b\" AND \"not\" * AND \"c\"", "'a' & 'or':* & 'b' & 'not':* & 'c'"},
        {"'; DROP TABLE--", "\"drop\" * AND \"table\" *", "'drop':* & 'table':*"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FoldQuery query;
        fold_query(arena, str_of(rows[i].typed), &query);
        expect(rows[i].typed, fold_fts5(arena, &query), rows[i].fts5);
        expect(rows[i].typed, fold_tsquery(arena, &query), rows[i].tsquery);
    }
    arena_close(arena);
}

static void long_input_is_bounded(void **state)
{
    Arena *arena = arena_open(BUDGET);
    Buf words = buf_new(arena, 1 << 20);
    FoldQuery query;

    (void)state;
    for (int i = 0; i < 100000; i++)
        buf_add_c(&words, i % 2 == 0 ? "水 " : "9 ");
    fold_query(arena, buf_str(&words), &query);
    assert_int_equal(query.count, FOLD_MAX_PARTS);
    assert_true(fold_pairs(arena, buf_str(&words)).len <= FOLD_MAX_BYTES);
    assert_true(fold_text(arena, buf_str(&words)).len <= FOLD_MAX_BYTES);
    arena_close(arena);
}

/* A full-text table as the store makes it, with one row per text. */
static sqlite3 *index_of(Arena *arena, const char *const *texts, int count)
{
    static const char TABLES[] = "CREATE VIRTUAL TABLE t USING fts5(tokens, tokenize = 'unicode61');"
                                 "CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')";
    static const char INSERT[] = "INSERT INTO t (rowid, tokens) VALUES (?, ?)";
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, TABLES, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, INSERT, -1, &insert, NULL), SQLITE_OK);
    for (int i = 0; i < count; i++) {
        Str tokens = fold_pairs(arena, str_of(texts[i]));
        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_text(insert, 2, tokens.ptr == NULL ? "" : tokens.ptr, (int)tokens.len, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    return db;
}

/* The rows found, as bits. Any error of the engine fails: nothing typed may reach its syntax. */
static unsigned found_by(sqlite3 *db, Arena *arena, Str typed)
{
    sqlite3_stmt *select = NULL;
    FoldQuery query;
    unsigned rows = 0;
    int step;

    fold_query(arena, typed, &query);
    if (query.count == 0)
        return 0;
    Str match = fold_fts5(arena, &query);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT rowid FROM t WHERE t MATCH ?", -1, &select, NULL), SQLITE_OK);
    sqlite3_bind_text(select, 1, match.ptr, (int)match.len, SQLITE_STATIC);
    while ((step = sqlite3_step(select)) == SQLITE_ROW)
        rows |= 1u << sqlite3_column_int(select, 0);
    if (step != SQLITE_DONE)
        fail_msg("\"%.*s\": %s", STR_ARG(match), sqlite3_errmsg(db));
    sqlite3_finalize(select);
    return rows;
}

static void what_people_type_finds_what_they_mean(void **state)
{
    static const char *const texts[] = {
        "卫生间漏水了 3-2-1501 王秀兰 wxl 13800001234", /* 1 */
        "电梯困人，KONE 电梯 12-1-501 李强 lq",         /* 2 */
        "工单 BX20260314-0014 水管爆裂",                /* 4 */
        "业主 \xF0\xAC\xAD\x8E小明 Café",               /* 8 */
        "漏 水不停 13-2-1501",                          /* 16: the blank is a slip, so 漏水 is there */
    };
    static const struct {
        const char *typed;
        unsigned rows;
    } cases[] = {
        {"漏水", 1 | 16},
        {"漏水了", 1},
        {"水", 1 | 4 | 16},
        {"了", 1}, /* the last of a run */
        {"漏", 1 | 16},
        {"间水", 0}, /* not neighbours */
        {"3-2-1501", 1},
        {"2-1501", 1 | 16},
        {"1501", 1 | 16},
        {"3-2", 1},
        {"3-2-15", 1},
        {"３－２－１５０１", 1},
        {"501", 2},
        {"0014", 4},
        {"0314", 4},
        {"0314-0014", 4},
        {"bx20260314-0014", 4},
        {"1234", 1},
        {"138 0000 1234", 1},
        {"wx", 1},
        {"ko", 2},
        {"kone 电梯", 2},
        {"电梯 漏水", 0},
        {"\xF0\xAC\xAD\x8E", 8},
        {"\xF0\xAC\xAD\x8E小", 8},
        {"cafe", 8},
        {"café", 8},
        {"NOT", 0},
        {"\"", 0},
    };
    Arena *arena = arena_open(BUDGET);
    sqlite3 *db = index_of(arena, texts, COUNT_OF(texts));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned rows = found_by(db, arena, str_of(cases[i].typed));
        if (rows != cases[i].rows)
            fail_msg("\"%s\" finds %x, not %x", cases[i].typed, rows, cases[i].rows);
    }
    sqlite3_close(db);
    arena_close(arena);
}

/* A folded text of every character of Unicode in turn is folded. */
static void folding_twice_changes_nothing(void **state)
{
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (int32_t c = 0x20; c < 0x110000; c++) {
        Buf text = buf_new(arena, 64);

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        buf_char(&text, 'a');
        buf_utf8(&text, c);
        buf_char(&text, 'a');
        Str folded = fold_text(arena, buf_str(&text));
        if (!str_eq(fold_text(arena, folded), folded))
            fail_msg("U+%04X folds to %.*s and on", (unsigned)c, STR_ARG(folded));
        if (c % 0x1000 == 0)
            arena_reset(arena);
    }
    arena_close(arena);
}

/* Every character of Unicode in turn, 256 in a row: the engine's tokens are ours, whole. */
static void the_tokenizer_keeps_each_token_whole(void **state)
{
    for (int32_t block = 0x20; block < 0x30000; block += 0x100) {
        Arena *arena = arena_open(BUDGET);
        Buf text = buf_new(arena, 1 << 16);
        sqlite3_stmt *select = NULL;

        for (int32_t c = block; c < block + 0x100; c++)
            if (c < 0xD800 || c > 0xDFFF)
                buf_utf8(&text, c);
        const char *const texts[] = {str_to_c(arena, buf_str(&text))};
        sqlite3 *db = index_of(arena, texts, 1);
        Str rest = fold_pairs(arena, buf_str(&text));
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT term FROM v ORDER BY offset", -1, &select, NULL), SQLITE_OK);
        while (sqlite3_step(select) == SQLITE_ROW) {
            Str token = str_split(rest, ' ', &rest);
            expect("token", token, (const char *)sqlite3_column_text(select, 0));
        }
        assert_int_equal(rest.len, 0);
        sqlite3_finalize(select);
        sqlite3_close(db);
        arena_close(arena);
    }
    (void)state;
}

static void nothing_typed_is_syntax(void **state)
{
    static const char *const texts[] = {"漏水"};
    static const char signs[] = "\"'*():^+-{}[]<>&|!\\ \t\n;%_aA1";
    Arena *arena = arena_open(BUDGET);
    sqlite3 *db = index_of(arena, texts, 1);
    uint32_t seed = 20260314;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        char typed[24];
        for (size_t k = 0; k < sizeof(typed); k++) {
            seed = seed * 1664525u + 1013904223u;
            typed[k] = signs[(seed >> 16) % (sizeof(signs) - 1)];
        }
        (void)found_by(db, arena, (Str){typed, sizeof(typed)}); /* fails on an error of the engine */
    }
    sqlite3_close(db);
    arena_close(arena);
}

static void names_have_initials(void **state)
{
    static const struct {
        const char *name, *initials;
    } rows[] = {
        {"王秀兰", "wxl"},
        {"王　秀兰", "wxl"},
        {"曾小贤", "zxx"},
        {"王曾", "wc"},
        {"单雄信", "sxx"},
        {"简单", "jd"},
        {"仇和", "qh"},
        {"解晓东", "xxd"},
        {"查良镛", "zly"},
        {"区志航", "ozh"},
        {"单于飞", "cyf"},
        {"尉迟恭", "ycg"},
        {"万俟卨", "mqx"},
        {"欧阳娜娜", "oynn"},
        {"长孙无忌", "zswj"},
        {"阚清子", "kqz"},
        {"李晟", "ls"},
        {"朴树", "ps"},
        {"翟天临", "ztl"},
        {"乐嘉", "yj"},
        {"王秀兰、李强", "wxl lq"},
        {"王秀兰\n曾强", "wxl zq"},
        {"John 李", "john l"},
        {"ＡＢ公司2", "abgs2"},
        {"\xF0\xA0\xAE\xB7王", "w"},
        {"", ""},
        {"、，", ""},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect(rows[i].name, pinyin_initials(arena, str_of(rows[i].name)), rows[i].initials);
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_folded_to_one_form),
        cmocka_unit_test(tokens_are_pairs_words_and_tails),
        cmocka_unit_test(a_query_is_phrases_and_beginnings),
        cmocka_unit_test(long_input_is_bounded),
        cmocka_unit_test(what_people_type_finds_what_they_mean),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(the_tokenizer_keeps_each_token_whole),
        cmocka_unit_test(nothing_typed_is_syntax),
        cmocka_unit_test(names_have_initials),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
