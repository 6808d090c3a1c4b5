/* house_columns.c: headings as offices write them.
 *
 * A heading is brought to a plain form (建筑面积（㎡）* and 建筑 面积 are 建筑面积) and looked up: a word of the table
 * is sure or a guess as its row says; a known word with a number behind it, or at the end of a longer heading, is a
 * guess. A guess yields to a sure column of the same field. */
#include "modules/property/house_columns.h"

typedef struct {
    HouseField field;
    bool sure;
} Guess;

/* To teach a heading: one word more. Plain form, that is lower case without blanks, brackets, units and _ - . * : */
static const struct {
    HouseField field;
    const char *sure, *guess;
} WORDS[] = {
    /* clang-format off */
    { HOUSE_NO,           "房号 房屋编号 室号 房间号 房屋号 房间编号 房屋号码 房产编号 房屋编码 房屋代码 no houseno housenumber housecode",
                          "门牌号 门牌 户号 房屋 house houseid apartment apartmentno" },
    { HOUSE_BUILDING,     "楼栋 栋 幢 楼号 栋号 幢号 楼栋号 楼幢 楼幢号 楼宇 楼座 座 座号 栋座 building buildingno block blockno tower bldg",
                          "楼 栋数 楼栋名称 楼宇名称" },
    { HOUSE_UNIT,         "单元 单元号 unit unitno entrance", "门 梯 门洞" },
    { HOUSE_FLOOR,        "楼层 层 所在层 所在楼层 层号 floor floorno level storey", "层数 层次" },
    { HOUSE_ROOM,         "室 房间 房 room roomno roomnumber", "套号 房间名称" },
    { HOUSE_AREA,         "建筑面积 面积 建面 产权面积 房屋面积 房产面积 房屋建筑面积 证载面积 area buildingarea floorarea grossarea gfa",
                          "计费面积 收费面积 合同面积 实测面积 size sqm" },
    { HOUSE_USE,          "用途 房屋性质 房屋用途 使用性质 规划用途 物业类型 业态 use usage", "房屋类型 类型 性质 房产类型" },
    { HOUSE_OWNER,        "业主姓名 姓名 产权人 业主 业主名称 产权人姓名 房主 房主姓名 户主 户主姓名 权利人 所有权人 业主名 业主名字"
                          " owner owners ownername ownersname", "名字 名称 住户 住户姓名 客户 客户姓名 客户名称 name fullname resident" },
    { HOUSE_OWNER_PHONE,  "手机 联系电话 电话 业主电话 手机号 手机号码 电话号码 联系方式 联系手机 移动电话 业主手机 业主手机号 业主手机号码"
                          " 业主电话号码 业主联系电话 业主联系方式 产权人电话 产权人联系电话 户主电话 房主电话 phone phoneno phonenumber"
                          " telephone tel mobile mobileno mobilephone mobilenumber ownerphone ownersphone ownermobile ownertel"
                          " ownerphonenumber", "备用电话 其他电话 固定电话 住宅电话 座机 cell cellphone" },
    { HOUSE_OWNER_ID_NO,  "身份证号 证件号码 身份证 身份证号码 证件号 业主身份证 业主身份证号 业主身份证号码 业主证件号 业主证件号码"
                          " 产权人身份证号 产权人证件号码 有效证件号码 统一社会信用代码 idno idnumber idcard idcardno identityno owneridno"
                          " ownerid owneridnumber", "证件" },
    { HOUSE_OWNER_SHARE,  "产权份额 份额 共有份额 产权比例 持有比例 业主份额 所有权份额 ownershare share ownership", "比例 占比 共有情况" },
    { HOUSE_TENANT,       "租户 承租人 租客 租户姓名 承租人姓名 租客姓名 租户名称 租赁人 租住人 tenant tenantname lessee",
                          "使用人 使用人姓名 occupant" },
    { HOUSE_TENANT_PHONE, "租户电话 承租人电话 租客电话 租户手机 租户手机号 租户手机号码 租户联系电话 租户联系方式 承租人手机 承租人联系电话"
                          " 租客手机 租客联系电话 tenantphone tenantmobile tenanttel lesseephone", "使用人电话" },
    { HOUSE_TENANT_FROM,  "租期起 起租日期 起租日 起租时间 租赁开始 租赁开始日期 租期开始 租期开始日期 租赁起始日期 租赁起始日 tenantfrom"
                          " leasestart leasestartdate leasefrom tenancystart", "租户入住日期 租户入住时间" },
    { HOUSE_FAMILY,       "家庭成员 家属 家人 家庭人员 家属姓名 家庭成员姓名 同住人 同住人员 共同居住人 family familymembers household",
                          "常住人员 成员" },
    { HOUSE_CONTACT,      "紧急联系人 联系人 紧急联系人姓名 联系人姓名 应急联系人 contact contactname contactperson emergencycontact"
                          " emergencycontactname", "代理人 委托人" },
    { HOUSE_CONTACT_PHONE,"联系人电话 紧急联系人电话 紧急联系电话 联系人手机 联系人手机号 联系人联系电话 紧急联系人手机 紧急联系人手机号"
                          " 紧急联系人联系电话 紧急联系方式 应急联系人电话 contactphone contactmobile contacttel emergencyphone"
                          " emergencycontactphone", "紧急电话 代理人电话" },
    { HOUSE_MOVED_IN,     "入住日期 交房日期 入住时间 交房时间 收楼时间 收楼日期 收房日期 收房时间 交付日期 交付时间 接房日期 接房时间"
                          " 交楼日期 交楼时间 movedin movein moveindate handoverdate handover", "办理日期 领房日期" },
    { HOUSE_NOTE,         "备注 备注说明 note notes remark remarks memo", "说明 其他 其他说明 comment comments" },
    /* clang-format on */
};

/* Headings with one of these are never guessed at: what they hold would be wrong under any field. */
static const char *const NEVER_GUESS[] = {
    "套内", "公摊", "使用面积", "分摊", "花园", "赠送", "阳台", "地下", "车位", "车牌", "车库", "停车",   "地址",
    "住址", "性别", "民族",     "年龄", "生日", "出生", "单价", "金额", "费",   "欠",   "是否", "原业主", "前业主",
    "家属", "成员", "开发",     "物业", "经办", "登记", "编号", "序号", "类型", "关系", "工作", "人数",   "户籍",
    "套型", "户型", "到期",     "截止", "终止", "签订", "备案", "抵押", "开户", "银行", "账号", NULL};

static Guess guess(Arena *arena, Str heading, Str group);
static Guess look_up(Str plain);
static Guess look_loosely(Str plain);
static bool word_is_in(const char *words, Str word);
static Str plain_heading(Arena *arena, Str heading);
static Str without_tails(Str s, const char *const *tails);
static const HouseMapping *mapped(const HouseMapping *mapping, int count, Str heading, Arena *arena);
static Str group_of(HouseHeadings above, int column, Str heading);
static void settle(HouseColumn *columns, int count);
static Str unique_heading(Arena *arena, const HouseColumn *columns, int count, Str heading);

int house_columns_score(HouseHeadings row, HouseHeadings above, const HouseMapping *mapping, int mapping_count)
{
    AUTO(arena_close_at) Arena *arena = arena_open(8 << 20);
    bool seen[HOUSE_FIELDS] = {false};
    int score = 0;

    for (int i = 0; i < row.count || i < above.count; i++) {
        Str written = i < row.count ? row.cells[i] : STR_NONE;
        const HouseMapping *said = mapped(mapping, mapping_count, written, arena);
        Guess g = said != NULL ? (Guess){said->field, true} : guess(arena, written, group_of(above, i, written));

        if (g.field != HOUSE_NONE && !seen[g.field])
            score += g.sure ? 2 : 1;
        else if (said != NULL)
            score++;
        seen[g.field] = true;
    }
    return seen[HOUSE_NO] || seen[HOUSE_ROOM] ? score : 0;
}

const Error *house_columns_make(Arena *arena, HouseHeadings row, HouseHeadings above, const HouseMapping *mapping,
                                int mapping_count, HouseColumn **out, int *count)
{
    int width = row.count > above.count ? row.count : above.count;
    HouseColumn *columns = new (arena, HouseColumn, width + 1);
    bool *used = new (arena, bool, mapping_count + 1);
    int said_of[HOUSE_FIELDS] = {0}, n = 0;
    Problems problems = problems_new(arena);

    for (int i = 0; i < width; i++) {
        Str written = i < row.count ? row.cells[i] : STR_NONE, group = group_of(above, i, written);
        Guess g = guess(arena, written, group);

        if (str_trim(written).len == 0 && g.field != HOUSE_NONE) /* the heading is merged down from the row above */
            written = group;
        if (str_trim(written).len == 0)
            continue;
        columns[n] = (HouseColumn){.heading = unique_heading(arena, columns, n, str_copy(arena, written)),
                                   .field = g.field,
                                   .sure = g.sure,
                                   .index = i};
        const HouseMapping *said = mapped(mapping, mapping_count, columns[n].heading, arena);
        if (said != NULL) {
            columns[n].field = said->field;
            columns[n].sure = columns[n].by_mapping = true;
            used[said - mapping] = true;
            if (said->field != HOUSE_NONE && said_of[said->field]++ > 0 && !house_field_may_repeat(said->field))
                problems_add(&problems, STR("mapping"), "repeated",
                             str_format(arena, "“%s”只能对应一列", house_field_row(said->field)->zh),
                             str_format(arena, "%s can be one column only", house_field_row(said->field)->name));
        }
        n++;
    }
    for (int i = 0; i < mapping_count; i++)
        if (!used[i])
            problems_add(
                &problems, STR("mapping"), "unknown",
                str_format(arena, "表里没有标题“%.*s”", STR_ARG(utf8_cut(mapping[i].heading, 60))),
                str_format(arena, "The file has no heading \"%.*s\"", STR_ARG(utf8_cut(mapping[i].heading, 60))));
    TRY(problems_error(&problems));
    settle(columns, n);
    *out = columns;
    *count = n;
    return OK;
}

bool house_field_may_repeat(HouseField field)
{
    return field == HOUSE_OWNER || field == HOUSE_OWNER_PHONE || field == HOUSE_OWNER_ID_NO ||
           field == HOUSE_OWNER_SHARE || field == HOUSE_TENANT || field == HOUSE_TENANT_PHONE ||
           field == HOUSE_FAMILY || field == HOUSE_CONTACT || field == HOUSE_CONTACT_PHONE || field == HOUSE_NOTE;
}

/* With its group (租户 over 姓名) if that makes a known heading, else alone; a blank one may be the group itself. */
static Guess guess(Arena *arena, Str heading, Str group)
{
    static const char *const GROUP_TAILS[] = {"基本信息", "信息", "资料", "情况", NULL};
    Str plain = plain_heading(arena, heading), over = without_tails(plain_heading(arena, group), GROUP_TAILS);
    Guess g;

    if (plain.len == 0)
        return look_up(over);
    if (over.len > 0) {
        g = look_up(str_join(arena, over, plain));
        if (g.field != HOUSE_NONE)
            return g;
    }
    g = look_up(plain);
    return g.field != HOUSE_NONE ? g : look_loosely(plain);
}

static Guess look_up(Str plain)
{
    if (plain.len == 0)
        return (Guess){0};
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        if (word_is_in(WORDS[i].sure, plain))
            return (Guess){WORDS[i].field, true};
        if (word_is_in(WORDS[i].guess, plain))
            return (Guess){WORDS[i].field, false};
    }
    return (Guess){0};
}

static Guess look_loosely(Str plain)
{
    static const char *const OR[] = {"/", "、", "或", "及", NULL};
    Guess best = {0};
    ptrdiff_t best_len = 5; /* two Chinese characters at least */
    Str s = plain;

    for (int i = 0; NEVER_GUESS[i] != NULL; i++)
        if (str_find(plain, str_of(NEVER_GUESS[i])) >= 0)
            return (Guess){0};
    for (int i = 0; OR[i] != NULL; i++) { /* 房号/室号: both the same is sure */
        ptrdiff_t at = str_find(plain, str_of(OR[i]));

        if (at > 0) {
            Guess a = look_up(str_cut(plain, 0, at)),
                  b = look_up(str_cut(plain, at + (ptrdiff_t)strlen(OR[i]), plain.len));
            if (a.field != HOUSE_NONE || b.field != HOUSE_NONE)
                return (Guess){a.field != HOUSE_NONE ? a.field : b.field, a.sure && b.sure && a.field == b.field};
        }
    }
    while (s.len > 0 && s.ptr[s.len - 1] >= '0' && s.ptr[s.len - 1] <= '9')
        s = str_cut(s, 0, s.len - 1);
    if (s.len < plain.len && (best = look_up(s)).field != HOUSE_NONE)
        return (Guess){best.field, house_field_may_repeat(best.field) && best.sure}; /* 电话2 is one more phone */
    for (size_t i = 0; i < COUNT_OF(WORDS); i++)
        for (Str rest = str_of(WORDS[i].sure); rest.len > 0;) {
            Str word = str_split(rest, ' ', &rest);

            if (word.len > best_len && text_has_chinese(word) && str_ends(plain, word)) {
                best = (Guess){WORDS[i].field, false};
                best_len = word.len;
            }
        }
    return best;
}

static bool word_is_in(const char *words, Str word)
{
    for (Str rest = str_of(words); rest.len > 0;)
        if (str_eq(str_split(rest, ' ', &rest), word))
            return true;
    return false;
}

static Str plain_heading(Arena *arena, Str heading)
{
    static const char *const UNITS[] = {"㎡", "m2", "m²", "平方米", "平米", NULL};
    Str dense = text_dense(arena, utf8_cut(heading, 200));
    char *copy = arena_alloc(arena, (size_t)dense.len + 1);
    ptrdiff_t len = 0;
    int depth = 0;

    for (ptrdiff_t i = 0; i < dense.len; i++) {
        Str at = str_cut(dense, i, dense.len);
        char c = dense.ptr[i];

        if (c == '(' || c == '[' || str_starts(at, STR("【")))
            depth++;
        if (depth == 0 && strchr("*:._-'\"?!", c) == NULL && c != ')' && c != ']')
            copy[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        if ((c == ')' || c == ']') && depth > 0)
            depth--;
        else if (str_starts(at, STR("】")) && depth > 0) {
            depth--;
            i += 2;
        }
    }
    return without_tails((Str){copy, len}, UNITS);
}

static Str without_tails(Str s, const char *const *tails)
{
    for (int i = 0; tails[i] != NULL; i++)
        if (str_ends(s, str_of(tails[i])) && s.len > (ptrdiff_t)strlen(tails[i]))
            return str_cut(s, 0, s.len - (ptrdiff_t)strlen(tails[i]));
    return s;
}

/* What a person said of a heading: by its exact text, or by the same text but for blanks. */
static const HouseMapping *mapped(const HouseMapping *mapping, int count, Str heading, Arena *arena)
{
    if (str_trim(heading).len == 0)
        return NULL;
    for (int i = 0; i < count; i++)
        if (str_eq(mapping[i].heading, heading))
            return &mapping[i];
    for (int i = 0; i < count; i++)
        if (str_eq(text_dense(arena, mapping[i].heading), text_dense(arena, heading)))
            return &mapping[i];
    return NULL;
}

/* The group heading over a column: its cell in the row above or, merged across, the next one to the left. A column
 * without a heading of its own belongs to no group but the cell right above it. */
static Str group_of(HouseHeadings above, int column, Str heading)
{
    bool blank = str_trim(heading).len == 0;

    for (int i = column < above.count ? column : above.count - 1; i >= 0 && (!blank || i == column); i--)
        if (str_trim(above.cells[i]).len > 0)
            return above.cells[i];
    return STR_NONE;
}

/* One column a field, where only one makes sense: what a person said, then what is sure, then the first guess. */
static void settle(HouseColumn *columns, int count)
{
    for (int i = 0; i < count; i++) {
        HouseColumn *c = &columns[i];

        for (int j = 0; j < count && c->field != HOUSE_NONE && !c->by_mapping; j++) {
            const HouseColumn *other = &columns[j];
            int mine = c->sure, theirs = other->by_mapping ? 2 : other->sure;

            if (j == i || other->field != c->field || (house_field_may_repeat(c->field) && mine && theirs))
                continue;
            if (theirs > mine || (theirs == mine && j < i))
                c->field = HOUSE_NONE;
        }
    }
}

static Str unique_heading(Arena *arena, const HouseColumn *columns, int count, Str heading)
{
    Str unique = heading;

    for (int n = 2, i = 0; i < count; i++)
        if (str_eq(columns[i].heading, unique)) {
            unique = str_format(arena, "%.*s (%d)", STR_ARG(heading), n++);
            i = -1;
        }
    return unique;
}
