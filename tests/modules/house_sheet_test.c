/* house_sheet_test.c: what is understood of cells, headings and whole files of homes (CONTRACT section 5). */
#include "modules/property/house_sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define FILES "tests/data/import/"
#define BUDGET ((size_t)256 << 20)

/* Houses as "3-2-1501 89.50 residential; owner 王秀兰 13800001234", one a line, then errors (!) and warnings (?). */
static Str tell(Arena *arena, const HouseImport *import)
{
    Buf buf = buf_new(arena, 1 << 20);

    for (int64_t i = 0; i < import->houses_count; i++) {
        const House *house = &import->houses[i];

        buf_add(&buf, house->no);
        if (house->floor.len > 0)
            buf_format(&buf, " F%.*s", STR_ARG(house->floor));
        if (house->area_dm2 > 0)
            buf_format(&buf, " %d.%02d", (int)(house->area_dm2 / 100), (int)(house->area_dm2 % 100));
        if (house->use.len > 0)
            buf_format(&buf, " %.*s", STR_ARG(house->use));
        if (house->note.len > 0)
            buf_format(&buf, " \"%.*s\"", STR_ARG(house->note));
        for (int j = 0; j < house->people_count; j++) {
            const HousePerson *person = &house->people[j];

            buf_format(&buf, "; %s %.*s", person_role_name(person->role), STR_ARG(person->name));
            if (person->phone.len > 0)
                buf_format(&buf, " %.*s%s", STR_ARG(person->phone), person->phone_doubtful ? "?" : "");
            if (person->other_phones.len > 0)
                buf_format(&buf, "+%.*s", STR_ARG(person->other_phones));
            if (person->id_no.len > 0)
                buf_format(&buf, " %.*s%s", STR_ARG(person->id_no), person->id_no_doubtful ? "?" : "");
            if (person->from != 0)
                buf_format(&buf, " %d", (int)person->from);
            if (person->share.whole != 0)
                buf_format(&buf, " %d/%d", (int)person->share.part, (int)person->share.whole);
        }
        buf_char(&buf, '\n');
    }
    for (int which = 0; which < 2; which++) {
        const HouseProblems *problems = which == 0 ? &import->errors : &import->warnings;

        for (int i = 0; i < problems->count; i++) {
            const HouseProblem *p = &problems->list[i];

            assert_true(p->zh.len > 0 && p->en.len > 0 && !text_has_chinese((Str){p->code, (ptrdiff_t)strlen(p->code)}));
            buf_format(&buf, "%c %d %.*s=%.*s %s\n", which == 0 ? '!' : '?', (int)p->row, STR_ARG(p->column), STR_ARG(p->value),
                       p->code);
        }
    }
    return buf_str(&buf);
}

static const Error *import_file(Arena *arena, const char *file, const HouseMapping *mapping, int count, const HouseImport **out)
{
    HouseSheet *sheet = house_sheet_new(arena, mapping, count);

    TRY(sheet_read(arena, str_to_c(arena, str_format(arena, FILES "%s", file)), house_sheet_row, sheet));
    return house_sheet_finish(sheet, out);
}

static const Error *import_text(Arena *arena, const char *text, const HouseMapping *mapping, int count, const HouseImport **out)
{
    HouseSheet *sheet = house_sheet_new(arena, mapping, count);

    TRY(sheet_read_bytes(arena, str_of(text), house_sheet_row, sheet));
    return house_sheet_finish(sheet, out);
}

static void expect(Arena *arena, const char *what, const Error *error, const HouseImport *import, const char *wanted)
{
    Str told;

    if (error != OK)
        fail_msg("%s: %.*s", what, STR_ARG(error_text(error, LANG_EN)));
    told = tell(arena, import);
    if (!str_is(told, wanted))
        fail_msg("%s:\n%.*s---- wanted\n%s", what, STR_ARG(told), wanted);
}

static void a_house_number_is_read_however_it_is_written(void **state)
{
    static const struct {
        const char *written, *building, *unit, *floor, *room, *no;
    } rows[] = {
        {"3-2-1501", "3", "2", "", "1501", "3-2-1501"},
        {"3栋2单元1501", "3", "2", "", "1501", "3-2-1501"},
        {"3幢2单元1501室", "3", "2", "", "1501", "3-2-1501"},
        {"3号楼1501", "3", "", "", "1501", "3-1501"},
        {"３栋２单元１５０１", "3", "2", "", "1501", "3-2-1501"},
        {" 3 栋 2 单元 1501 号 ", "3", "2", "", "1501", "3-2-1501"},
        {"3—2—1501", "3", "2", "", "1501", "3-2-1501"},
        {"03栋02单元0603", "3", "2", "", "0603", "3-2-0603"},
        {"三栋一单元101", "3", "1", "", "101", "3-1-101"},
        {"二十一幢101", "21", "", "", "101", "21-101"},
        {"3#1501", "3", "", "", "1501", "3-1501"},
        {"3#楼2-1501", "3", "2", "", "1501", "3-2-1501"},
        {"a座1501a", "A", "", "", "1501A", "A-1501A"},
        {"3栋2单元15层1501", "3", "2", "15", "1501", "3-2-1501"},
        {"3-2-15-1501", "3", "2", "15", "1501", "3-2-1501"},
        {"1-3-2-0101", "1-3", "2", "", "0101", "1-3-2-0101"},
        {"3-2单元1501", "3", "2", "", "1501", "3-2-1501"},
        {"3栋-2单元-1501", "3", "2", "", "1501", "3-2-1501"},
        {"3楼2单元1501", "3", "2", "", "1501", "3-2-1501"},
        {"2单元1501", "", "2", "", "1501", "2-1501"},
        {"3-1501", "3", "", "", "1501", "3-1501"},
        {"1501", "", "", "", "1501", "1501"},
        {"1501.0", "", "", "", "1501", "1501"},
        {"商铺12", "", "", "", "商铺12", "商铺12"},
        {"", "", "", "", "", ""},
        {"　", "", "", "", "", ""},
        {"-", "", "", "", "", ""},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        HouseNo no = house_no_parse(arena, str_of(rows[i].written));
        Str text = house_no_text(arena, &no);

        if (!str_is(no.building, rows[i].building) || !str_is(no.unit, rows[i].unit) || !str_is(no.floor, rows[i].floor) ||
            (!str_is(no.room, rows[i].room) && strcmp(rows[i].written, "-") != 0))
            fail_msg("%s: building %.*s unit %.*s floor %.*s room %.*s", rows[i].written, STR_ARG(no.building), STR_ARG(no.unit),
                     STR_ARG(no.floor), STR_ARG(no.room));
        if (rows[i].room[0] != '\0' && !str_is(text, rows[i].no))
            fail_msg("%s: %.*s", rows[i].written, STR_ARG(text));
    }
    arena_close(arena);
}

static void phones_and_ids_are_made_regular_and_doubted(void **state)
{
    static const struct {
        const char *written, *kept;
        bool doubtful;
    } phones[] = {
        {"13800001234", "13800001234", false},
        {"138 0000 1234", "13800001234", false},
        {"１３８－００００－１２３４", "13800001234", false},
        {"+86 13800001234", "13800001234", false},
        {"13800001234（妻）", "13800001234", false},
        {"手机：13800001234", "13800001234", false},
        {"13800001234.0", "13800001234", false},
        {"\xE2\x80\xAD" "13800001234" "\xE2\x80\xAC", "13800001234", false}, /* copied from a telephone */
        {"0571-88001234", "057188001234", false},
        {"(010)62345678", "01062345678", false},
        {"010-62345678-801", "01062345678-801", false},
        {"400-800-1234", "4008001234", false},
        {"12800001234", "12800001234", true},
        {"1380000123", "1380000123", true},
        {"138000012345", "138000012345", true},
        {"88001234", "88001234", true},
        {"1.38E+10", "1.38e+10", true},
        {"13800001234 13900005678", "1380000123413900005678", true},
        {"已停机", "已停机", true},
    }, ids[] = {
        {"990000199003071016", "990000199003071016", false},
        {"99000019880501019x", "99000019880501019X", false},
        {"９９００００１９９００３０７１０１６", "990000199003071016", false},
        {"990000199003071017", "990000199003071017", true},  /* check digit */
        {"990000199002291017", "990000199002291017", true},  /* no such day */
        {"91990000MA0AJ00187", "91990000MA0AJ00187", false}, /* a company */
        {"91990000MA0AJ00188", "91990000MA0AJ00188", true},
        {"3301061990", "3301061990", true},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(phones) + COUNT_OF(ids); i++) {
        bool is_phone = i < COUNT_OF(phones), doubtful;
        const char *written = is_phone ? phones[i].written : ids[i - COUNT_OF(phones)].written;
        const char *kept = is_phone ? phones[i].kept : ids[i - COUNT_OF(phones)].kept;
        bool doubt = is_phone ? phones[i].doubtful : ids[i - COUNT_OF(phones)].doubtful;
        Str got = is_phone ? phone_plain(arena, str_of(written), &doubtful) : id_no_plain(arena, str_of(written), &doubtful);

        if (!str_is(got, kept) || doubtful != doubt)
            fail_msg("%s: %.*s%s", written, STR_ARG(got), doubtful ? "?" : "");
    }
    arena_close(arena);
}

static void areas_days_and_shares_are_exact(void **state)
{
    static const struct {
        const char *written;
        int64_t dm2; /* 0: refused */
    } areas[] = {
        {"89.5", 8950},        {"89.50㎡", 8950},     {"89.5平方米", 8950}, {"112.35平", 11235}, {"1,089.5", 108950}, {"８９．５", 8950},
        {"89.5 m2", 8950},     {"89.505", 8951},      {"89.504", 8950},     {"100", 10000},      {".5", 50},          {"1,234,567.89", 123456789},
        {"0", 0},              {"0.001", 0},          {"-5", 0},            {"八十九", 0},       {"89,5", 0},         {"1,0895", 0},
        {"89.5.1", 0},         {"约89.5", 0},         {"1e3", 0},           {"10000000", 0},     {"9999999.99", 999999999},
        {"99999999999999999999", 0}, {"", 0},         {"㎡", 0},
    };
    static const struct {
        const char *written;
        Date day; /* 0: refused */
    } days[] = {
        {"2020-1-5", 20200105},   {"2020/01/05", 20200105}, {"2020.1.5", 20200105},  {"2020年1月5日", 20200105}, {"20200105", 20200105},
        {"43835", 20200105},      {"43835.75", 20200105},   {"2020-01-05 08:30:00", 20200105}, {"2020-01-05T00:00:00", 20200105},
        {"2020 年 1 月 5 日", 20200105}, {"２０２０－１－５", 20200105}, {"2020-02-29", 20200229},
        {"2019-02-29", 0},        {"2020-13-01", 0},        {"20201301", 0},         {"2020-1", 0},              {"1/5/2020", 0},
        {"60", 0},                {"昨天", 0},              {"1899-12-31", 0},       {"2101-01-01", 0},          {"202001051", 0},
        {"2020-1-5-6", 0},        {"99999", 0},             {"", 0},
    };
    static const struct {
        const char *written;
        int part, whole; /* 0: refused */
    } shares[] = {
        {"1/2", 1, 2}, {"50%", 1, 2}, {"0.5", 1, 2}, {"50", 1, 2},     {"2/4", 1, 2},  {"33.33%", 3333, 10000}, {"100%", 1, 1},
        {"1", 1, 1},   {"1/3", 1, 3}, {"0", 0, 0},   {"3/2", 0, 0},    {"120%", 0, 0}, {"共同共有", 0, 0},      {"1/0", 0, 0},
        {"-1/2", 0, 0}, {"99999999999/99999999999", 0, 0},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        int64_t dm2 = 0;

        if (area_parse(arena, str_of(areas[i].written), &dm2) != (areas[i].dm2 > 0) || dm2 != areas[i].dm2)
            fail_msg("%s: %lld", areas[i].written, (long long)dm2);
    }
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        Date day = 0;

        if (day_parse(arena, str_of(days[i].written), &day) != (days[i].day > 0) || day != days[i].day)
            fail_msg("%s: %d", days[i].written, (int)day);
    }
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        Share share = {0};

        if (share_parse(arena, str_of(shares[i].written), &share) != (shares[i].whole > 0) || share.part != shares[i].part ||
            share.whole != shares[i].whole)
            fail_msg("%s: %d/%d", shares[i].written, (int)share.part, (int)share.whole);
    }
    arena_close(arena);
}

static void names_are_parted_and_joined_as_meant(void **state)
{
    static const struct {
        const char *cell, *parts;
        bool two; /* the first looks like two */
    } rows[] = {
        {"王秀兰、周德明", "王秀兰|周德明", false},
        {"王秀兰/周德明;张三；李四，赵五", "王秀兰|周德明|张三|李四|赵五", false},
        {"王秀兰,周德明", "王秀兰|周德明", false},
        {"Smith, John", "Smith, John", false},
        {"13800000001,13800000002", "13800000001|13800000002", false},
        {"0571,88001234", "0571,88001234", false},
        {"张三\n李四\r\n王五", "张三|李四|王五", false},
        {"、张三、、", "张三", false},
        {"王 芳", "王芳", false},
        {"张　三", "张三", false},
        {"欧阳 娜娜", "欧阳娜娜", false},
        {"王秀兰 周德明", "王秀兰 周德明", true},
        {"王秀兰和周德明", "王秀兰和周德明", true},
        {"王芳&李强", "王芳&李强", true},
        {"天悦物业服务有限公司", "天悦物业服务有限公司", false},
        {"买买提·吐尔逊江", "买买提·吐尔逊江", false},
        {"王芳（已故，由儿子代）", "王芳(已故|由儿子代)", false},
        {"司马相如", "司马相如", false},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str parts[TEXT_MAX_PARTS];
        int count = text_split_list(str_of(rows[i].cell), parts);
        Buf buf = buf_new(arena, 1000);

        for (int k = 0; k < count; k++)
            buf_format(&buf, "%s%.*s", k > 0 ? "|" : "", STR_ARG(name_plain(arena, parts[k])));
        if (!str_is(buf_str(&buf), rows[i].parts) || name_looks_like_two(name_plain(arena, parts[0])) != rows[i].two)
            fail_msg("%s: %.*s%s", rows[i].cell, STR_ARG(buf_str(&buf)),
                     name_looks_like_two(name_plain(arena, parts[0])) ? " (two?)" : "");
    }
    arena_close(arena);
}

static void headings_are_known_by_their_synonyms(void **state)
{
    static const struct {
        const char *headings; /* the first is the heading of a row "房号,…" */
        const char *understood;
    } rows[] = {
        {"房屋编号,姓名,手机,面积(㎡)", "no owner owner_phone area"},
        {"室号,产权人,联系电话,建筑面积（平方米）*", "no owner owner_phone area"},
        {"房 间 号,业主姓名：,电　话,建面㎡", "no owner owner_phone area"},
        {"房号,身份证号,产权份额,租户,租户电话,租期起,家庭成员,紧急联系人,联系人电话,交房日期,备注,房屋性质,楼层",
         "no owner_id_no owner_share tenant tenant_phone tenant_from family contact contact_phone moved_in note use floor"},
        {"no,building,unit,floor,room,area,use,owner,owner_phone,owner_id_no,owner_share,tenant,tenant_phone,tenant_from,family,"
         "contact,contact_phone,moved_in,note",
         "no building unit floor room area use owner owner_phone owner_id_no owner_share tenant tenant_phone tenant_from family "
         "contact contact_phone moved_in note"},
        {"House No.,Owner name,Owner Phone,Area (sqm),Move-in date,Remarks", "no owner owner_phone area moved_in note"},
        {"房号,套内面积,车位号,性别,物业费单价,原业主,序号", "no - - - - - -"},
        {"房号,面积2", "no area?"},
        {"房号,面积2,建筑面积", "no - area"},
        {"房号/室号,现业主姓名,客户名称", "no owner? -"},
        {"房号,手机,电话,备用电话", "no owner_phone owner_phone -"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const HouseImport *import = NULL;
        Buf buf = buf_new(arena, 2000);
        Str text = str_format(arena, "%s\n1-1-101,x,x\n", rows[i].headings);
        const Error *error = import_text(arena, str_to_c(arena, text), NULL, 0, &import);

        if (error != OK)
            fail_msg("%s: %.*s", rows[i].headings, STR_ARG(error_text(error, LANG_EN)));
        for (int k = 0; k < import->columns_count; k++) {
            const HouseColumn *c = &import->columns[k];

            buf_format(&buf, "%s%s%s", k > 0 ? " " : "", c->field == HOUSE_NONE ? "-" : house_field_row(c->field)->name,
                       c->field != HOUSE_NONE && !c->sure ? "?" : "");
        }
        if (!str_is(buf_str(&buf), rows[i].understood))
            fail_msg("%s: %.*s", rows[i].headings, STR_ARG(buf_str(&buf)));
    }
    arena_close(arena);
}

static void whole_files_are_understood(void **state)
{
    static const struct {
        const char *file, *told;
    } files[] = {
        {"title_gb18030.csv", "3-2-1501 89.50 \"狗，脾气大\"; owner 王秀兰 13800001234; owner 周德明 13900005678\n"
                              "3-2-1502 1089.50; owner 𠮷田一郎 057188001234\n"},
        {"english_tab_bom.tsv", "3-2-1501 89.50; owner Smith, John 13800001234 20200105\n"
                                "A-PH1 120.00; owner Mary O'Neil 01062345678 20200105; owner Ann Lee 20200105\n"},
        {"excel_unicode.txt", "1-101; owner 张三 13800000001\n1-102; owner 李四 13800000002\n"
                              "? 2 = missing_area\n? 3 = missing_area\n"},
        {"quotes_semicolon.csv", "1-101; owner 张三 13800000001 990000199003071016; owner 李四 13800000002\n"
                                 "1-102; owner 王\"五\" 13800000003\n1-103; owner 赵六 13800000004 99000019880501019X\n"
                                 "? 2 = missing_area\n? 3 = missing_area\n? 4 = missing_area\n"},
        {"three_columns.csv", "3-1-1501 F15 89.50; owner 张三 13800000001\n3-1-1502 F15 89.50; owner 李四 13800000002\n"
                              "3-2-0101 F1 90.00; owner 王五 13800000003\n12-101 F1 77.00; owner 欧阳娜娜 13800000004\n"
                              "12-102 F1 77.00; owner 赵六 13800000005\n"},
        {"merged.xlsx", "3-1-101 89.50; owner 张三 13800000001 20190618\n3-1-102 89.50; owner 李四 13800000002 20190619\n"
                        "3-2-0201 90.00; owner 王五 13800000003 20190619; owner 王六 13800000004\n"},
        {"group_heading.csv", "1-101 89.50; owner 张三 13800000001; tenant 李四 13800000002\n"},
        {"paired_columns.csv", "1-101 89.50; owner 张三; owner 李四 13800000002\n? 2 电话1= missing_phone\n"},
        {"joint_owners.csv",
         "1-101 89.50; owner 张三 13800000001 1/2; owner 李四 13800000002 1/2; tenant 王租 13800000003 20260301; family 张小明; "
         "family 李梅 13800000004; contact 张大 057188001234\n"
         "1-102 89.50; owner 张三 13800000001\n"
         "1-103 90.00; owner 赵一 13800000011 1/2; owner 钱二 13800000012 1/4; owner 孙三 1/4\n"
         "1-104 90.00; owner 周五 13800000013+13800000014 1/1\n"
         "1-105 90.00; owner 吴六 13800000015 99000019880501019X 1/2; owner 郑七 13800000016 1/2\n"
         "1-106 90.00; owner 李强 13800000017 1/2\n"
         "1-107 90.00; owner 陈八\n"
         "1-108 90.00; owner 天悦物业(杭州)有限公司 4008001234 91990000MA0AJ00187\n"
         "1-109 90.00; owner Smith, John 01062345678-801\n"
         "? 8 电话= missing_phone\n? 10 电话=无 missing_phone\n"},
        {"errors.csv",
         "1-101 89.50 residential; owner 张三 13800000001 990000199003071016\n1-201 residential; owner 孙八 13800000006\n"
         "1-202 89.50 residential; owner 周九\n1-203 89.50 residential; owner 吴十 1380000512? 990000199003071017?\n"
         "1-204 89.50 residential; owner 王秀兰 周德明 13800000007 330106?\n1-205 89.50 residential\n"
         "1-206 89.50 residential; owner 业主 13800000008\n"
         "! 3 房号= no_room\n! 4 建筑面积=0 bad_area\n! 5 建筑面积=八十九 bad_area\n"
         "! 6 建筑面积=99.5 contradicting_duplicate\n! 7 用途=商铺 contradicting_duplicate\n! 8 建筑面积=-3 bad_area\n"
         "! 15 房号=2020-03-02 no_room\n"
         "? 9 建筑面积= missing_area\n? 10 手机= missing_phone\n? 11 手机=1380000512 doubtful_phone\n"
         "? 11 身份证号=990000199003071017 doubtful_id_no\n? 12 业主姓名=王秀兰 周德明 name_looks_like_two\n"
         "? 12 身份证号=330106 doubtful_id_no\n? 14 手机=13800000008 missing_name\n"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const HouseImport *import = NULL;
        const Error *error = import_file(arena, files[i].file, NULL, 0, &import);

        expect(arena, files[i].file, error, import, files[i].told);
    }
    arena_close(arena);
}

static void dates_of_every_kind_are_one_day(void **state)
{
    Arena *arena = arena_open(BUDGET);
    const HouseImport *import = NULL;

    (void)state;
    assert_true(import_file(arena, "dates.csv", NULL, 0, &import) == OK);
    assert_int_equal(import->houses_count, 10);
    for (int i = 0; i < 8; i++)
        assert_int_equal(import->houses[i].moved_in, 20200105);
    assert_int_equal(import->houses[8].moved_in, 0);
    assert_int_equal(import->houses[9].moved_in, 20200229);
    assert_int_equal(import->errors.count, 6);
    assert_int_equal(import->failed, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(import->errors.list[i].code, "bad_date");
    arena_close(arena);
}

static void the_building_above_is_carried_down(void **state)
{
    static const struct {
        const char *what, *text, *told;
    } rows[] = {
        {"a title row names it", "房号,面积\n3栋,\n1-101,80\n2-101,80\n四号楼,,\n1-101,80\n", "3-1-101 80.00\n3-2-101 80.00\n4-1-101 80.00\n"},
        {"unit and room in one cell", "楼栋,房号,面积\n3栋,1-101,80\n,2-101,80\n", "3-1-101 80.00\n3-2-101 80.00\n"},
        {"building and room in one cell, beside both", "楼栋,单元,房号,面积\n3,2,3-101,80\n3,2,2-102,80\n3,2,101-A,80\n3,2,5栋101,80\n",
         "3-2-101 80.00\n3-2-102 80.00\n3-2-101-A 80.00\n5-101 80.00\n"},
        {"a unit stays in its building", "楼栋,单元,室,面积\n1,2,101,80\n,,102,80\n2,,101,80\n2,无,102,80\n", "1-2-101 80.00\n1-2-102 80.00\n2-101 80.00\n2-102 80.00\n"},
        {"a serial number called No.", "No.,Building,Room,Area\n1,3,101,80\n2,3,102,80\n", "3-101 80.00\n3-102 80.00\n"},
        {"1 | 1 | 1 is a house", "楼栋,单元,室\n1,1,1\n", "1-1-1\n? 2 = missing_area\n"},
        {"a row with nothing but its building", "楼栋,室,面积\n3,101,80\n3,,\n,102,80\n", "3-101 80.00\n3-102 80.00\n"},
        {"the same row twice", "房号,面积,姓名,电话\n1-1,80,张三,13800000001\n1-1,80.00㎡,张三,13800000001\n", "1-1 80.00; owner 张三 13800000001\n"},
        {"one name, two phones: two people", "房号,面积,姓名,电话\n1-1,80,张三,13800000001\n1-1,,张三,13800000002\n",
         "1-1 80.00; owner 张三 13800000001; owner 张三 13800000002\n"},
        {"notes add up", "房号,面积,备注\n1-1,80,a\n1-1,80,b\n1-1,80,a\n", "1-1 80.00 \"a；b\"\n"},
        {"too long for a room", "房号,面积\n3-2-一二三四五六七八九十一二三四五六七八九十一,80\n3-2-一二三四五六七八九十一二三四五六七八九十,80\n",
         "3-2-一二三四五六七八九十一二三四五六七八九十 80.00\n! 2 房号=3-2-一二三四五六七八九十一二三四五六七八九十一 no_room\n"},
        {"no phone for the first", "房号,面积,姓名,电话\n1-1,80,张三、李四,无、13800000001\n", "1-1 80.00; owner 张三; owner 李四 13800000001\n"},
    };
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const HouseImport *import = NULL;
        const Error *error = import_text(arena, rows[i].text, NULL, 0, &import);

        expect(arena, rows[i].what, error, import, rows[i].told);
    }
    arena_close(arena);
}

static void what_is_skipped_is_counted(void **state)
{
    Arena *arena = arena_open(BUDGET);
    const HouseImport *import = NULL;

    (void)state;
    assert_true(import_file(arena, "title_gb18030.csv", NULL, 0, &import) == OK);
    assert_int_equal(import->heading_row, 3);
    assert_int_equal(import->skipped.titles, 2);
    assert_int_equal(import->skipped.blank, 1);
    assert_int_equal(import->skipped.totals, 3);
    assert_true(import_file(arena, "three_columns.csv", NULL, 0, &import) == OK);
    assert_int_equal(import->skipped.headings, 1);
    assert_int_equal(import->skipped.blank, 1);
    assert_int_equal(import->skipped.totals, 2);
    assert_int_equal(import->rows, 5);
    assert_int_equal(import->columns[4].field, HOUSE_ROOM); /* 房号 beside buildings held rooms */
    assert_true(str_is(import->columns[1].written, "３栋") && str_is(import->columns[1].stored, "3"));
    assert_true(str_is(import->columns[5].stored, "89.50 m²"));
    arena_close(arena);
}

static void a_person_may_say_what_a_column_is(void **state)
{
    static const HouseMapping unknown_heading[] = {{{"没有", 6}, HOUSE_NOTE}};
    static const HouseMapping twice[] = {{{"我的房子", 12}, HOUSE_NO}, {{"主人", 6}, HOUSE_NO}};
    Arena *arena = arena_open(BUDGET);
    const HouseMapping *mapping = NULL;
    const HouseImport *import = NULL;
    json_t *json = json_loads("{\"我的房子\": \"no\", \"主人\": null}", 0, NULL);
    json_t *wrong = json_loads("{\"我的房子\": \"house\", \"主人\": 5}", 0, NULL);
    json_t *list = json_loads("[]", 0, NULL);
    const Error *error;
    int count = 0;

    (void)state;
    error = import_file(arena, "house_numbers_no_area.csv", NULL, 0, &import);
    assert_true(error != OK && str_is(error->fields->field, "file") && str_find(error->fields->zh, STR("我的房子")) > 0);
    assert_true(house_mapping_read(arena, json, &mapping, &count) == OK);
    error = import_file(arena, "house_numbers_no_area.csv", mapping, count, &import);
    expect(arena, "mapped", error, import, "1-101\n? 2 = missing_area\n");
    assert_true(import->columns[1].field == HOUSE_NONE && import->columns[1].by_mapping);

    error = house_mapping_read(arena, wrong, &mapping, &count);
    assert_true(error != OK && str_is(error->fields->field, "mapping") && error->fields->next != NULL);
    assert_string_equal(house_mapping_read(arena, list, &mapping, &count)->fields->code, "type");
    assert_true(house_mapping_read(arena, NULL, &mapping, &count) == OK && count == 0);
    error = import_file(arena, "joint_owners.csv", unknown_heading, 1, &import);
    assert_true(error != OK && strcmp(error->fields->code, "unknown") == 0);
    error = import_file(arena, "house_numbers_no_area.csv", twice, 2, &import);
    assert_true(error != OK && strcmp(error->fields->code, "repeated") == 0);
    json_decref(json);
    json_decref(wrong);
    json_decref(list);
    arena_close(arena);
}

static void a_file_without_headings_is_refused(void **state)
{
    Arena *arena = arena_open(BUDGET);
    const HouseImport *import = NULL;
    const Error *error = import_file(arena, "no_heading.csv", NULL, 0, &import);

    (void)state;
    assert_true(error != OK && error->code == ERR_INVALID && str_is(error->fields->field, "file"));
    assert_true(str_find(error->fields->zh, STR("13800000001")) < 0); /* no personal data in a message */
    error = import_text(arena, "\n\n", NULL, 0, &import);
    assert_true(error != OK && error->code == ERR_INVALID);
    arena_close(arena);
}

static void one_house_for_all_rows_stays_small(void **state)
{
    Arena *arena = arena_open(BUDGET);
    Buf buf = buf_new(arena, 16 << 20);
    const HouseImport *import = NULL;
    HouseSheet *sheet = house_sheet_new(arena, NULL, 0);

    (void)state;
    buf_add_c(&buf, "房号,面积,姓名,电话,备注\n");
    for (int i = 0; i < 20000; i++)
        buf_format(&buf, "1-1,80,张%d,%d,note number %d\n", i, i, i);
    assert_true(sheet_read_bytes(arena, buf_str(&buf), house_sheet_row, sheet) == OK);
    assert_true(house_sheet_finish(sheet, &import) == OK);
    assert_int_equal(import->houses_count, 1);
    assert_int_equal(import->people_count, HOUSE_MAX_PEOPLE);
    assert_int_equal(import->failed, 20000 - HOUSE_MAX_PEOPLE);
    assert_string_equal(import->errors.list[0].code, "too_many_people");
    assert_true(utf8_count(import->houses[0].note) <= HOUSE_MAX_NOTE);
    assert_int_equal(import->warnings.total, 20000); /* each phone */
    assert_false(arena_is_spent(arena));
    arena_close(arena);
}

static void the_result_is_the_contracts_json(void **state)
{
    Arena *arena = arena_open(BUDGET);
    const HouseImport *import = NULL;
    Json json = json_new(arena, 1 << 20);

    (void)state;
    assert_true(import_text(arena, "序号,房号,姓名,电话\n1,,张三,13800000001\n2,1-2,李四,138\n", NULL, 0, &import) == OK);
    json_open(&json, '[');
    house_columns_json(&json, import);
    house_problems_json(&json, &import->errors, LANG_EN);
    house_problems_json(&json, &import->warnings, LANG_ZH);
    house_understood_json(&json, import);
    json_close(&json, ']');
    if (!str_is(buf_str(&json.buf),
                "[{\"序号\":null,\"房号\":\"no\",\"姓名\":\"owner\",\"电话\":\"owner_phone\"},"
                "[{\"row\":2,\"column\":\"房号\",\"value\":\"\",\"code\":\"no_room\",\"message\":\"No room: write 3-2-1501, or fill "
                "building, unit and room\"}],"
                "[{\"row\":3,\"column\":\"电话\",\"value\":\"138\",\"code\":\"doubtful_phone\",\"message\":\"138 有 3 位数字，手机号应为 11 位\"},"
                "{\"row\":3,\"column\":null,\"value\":\"\",\"code\":\"missing_area\",\"message\":\"没有面积，记入核对清单\"}],"
                "[{\"heading\":\"序号\",\"field\":null,\"sure\":false,\"written\":\"1\",\"stored\":\"\",\"filled\":2},"
                "{\"heading\":\"房号\",\"field\":\"no\",\"sure\":true,\"written\":\"1-2\",\"stored\":\"1-2\",\"filled\":1},"
                "{\"heading\":\"姓名\",\"field\":\"owner\",\"sure\":true,\"written\":\"张三\",\"stored\":\"张三\",\"filled\":2},"
                "{\"heading\":\"电话\",\"field\":\"owner_phone\",\"sure\":true,\"written\":\"13800000001\",\"stored\":\"13800000001\","
                "\"filled\":2}]]"))
        fail_msg("%.*s", STR_ARG(buf_str(&json.buf)));
    arena_close(arena);
}

/* A template that we hand out must be understood when it comes back, in both languages. */
static void every_field_is_known_by_its_own_heading(void **state)
{
    Arena *arena = arena_open(BUDGET);

    (void)state;
    for (int lang = 0; lang < 2; lang++) {
        Buf buf = buf_new(arena, 4000);
        const HouseImport *import = NULL;

        for (int f = HOUSE_NO; f < HOUSE_FIELDS; f++)
            buf_format(&buf, "%s%s", f > HOUSE_NO ? "," : "",
                       lang == 0 ? house_field_row((HouseField)f)->zh : house_field_row((HouseField)f)->en);
        buf_char(&buf, '\n');
        for (int f = HOUSE_NO; f < HOUSE_FIELDS; f++)
            buf_format(&buf, "%s%s", f > HOUSE_NO ? "," : "", house_field_row((HouseField)f)->example);
        assert_true(import_text(arena, str_to_c(arena, buf_str(&buf)), NULL, 0, &import) == OK);
        for (int f = HOUSE_NO; f < HOUSE_FIELDS; f++)
            assert_true((int)import->columns[f - 1].field == f && import->columns[f - 1].sure);
        assert_int_equal(import->houses_count, 1);
        assert_int_equal(import->errors.total + import->warnings.total, 0);
    }
    arena_close(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_house_number_is_read_however_it_is_written),
        cmocka_unit_test(phones_and_ids_are_made_regular_and_doubted),
        cmocka_unit_test(areas_days_and_shares_are_exact),
        cmocka_unit_test(names_are_parted_and_joined_as_meant),
        cmocka_unit_test(headings_are_known_by_their_synonyms),
        cmocka_unit_test(whole_files_are_understood),
        cmocka_unit_test(dates_of_every_kind_are_one_day),
        cmocka_unit_test(the_building_above_is_carried_down),
        cmocka_unit_test(what_is_skipped_is_counted),
        cmocka_unit_test(a_person_may_say_what_a_column_is),
        cmocka_unit_test(a_file_without_headings_is_refused),
        cmocka_unit_test(one_house_for_all_rows_stays_small),
        cmocka_unit_test(the_result_is_the_contracts_json),
        cmocka_unit_test(every_field_is_known_by_its_own_heading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
