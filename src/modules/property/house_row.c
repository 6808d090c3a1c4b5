/* house_row.c: what one row says of a house and its people. */
#include "modules/property/house_parts.h"

/* What the records hold, in characters (property.c). */
#define MAX_NO 40
#define MAX_NO_PART 20
#define MAX_FLOOR 10
#define MAX_NAME 60
#define MAX_PHONE 40
#define MAX_PHONES 100
#define MAX_ID_NO 30

static const struct {
    const char *name, *words;
} USES[] = {
    {"residential",
     "住宅 住房 居住 普通住宅 高层住宅 多层住宅 公寓 别墅 洋房 residential residence home apartment villa"},
    {"shop", "商铺 商业 店铺 店面 门面 商用 底商 网点 商业用房 shop retail commercial store"},
    {"office", "办公 写字楼 办公楼 办公用房 office"},
    {"garage", "车库 车位 车房 停车位 地下车位 garage parking"},
    {"storage", "储藏室 储藏间 地下室 仓库 杂物间 储物间 自行车库 storage storeroom basement"},
    {"mixed", "商住 综合 商住两用 住改商 mixed"},
};

static void read_no(HouseReading *r);
static void read_facts(HouseReading *r);
static Date read_date(HouseReading *r, HouseField field);
static void read_people(HouseReading *r, PersonRole role, HouseField name, HouseField phone, Date from);
static void read_group(HouseReading *r, PersonRole role, HouseField name, HouseField phone, int which, Date from);
static void read_family(HouseReading *r);
static void set_phone(HouseReading *r, HousePerson *person, const HousePart *part);
static void set_id_nos(HouseReading *r, HousePerson *people, int count, int which);
static void set_shares(HouseReading *r, HousePerson *people, int count, int which);
static HousePerson *person_add(HouseReading *r, PersonRole role, Str name, Date from);
static void collect(const HouseReading *r, HouseField field, int which, HouseParts *out);
static void collect_shares(const HouseReading *r, int which, HouseParts *out);
static Str cell(const HouseReading *r, HouseField field);
static void warn_part(HouseReading *r, const HousePart *part, const char *code, Str zh, Str en);

void house_row_read(HouseReading *r)
{
    Date moved_in;

    read_no(r);
    read_facts(r);
    moved_in = r->house.moved_in = read_date(r, HOUSE_MOVED_IN);
    read_people(r, PERSON_OWNER, HOUSE_OWNER, HOUSE_OWNER_PHONE, moved_in);
    read_people(r, PERSON_TENANT, HOUSE_TENANT, HOUSE_TENANT_PHONE, read_date(r, HOUSE_TENANT_FROM));
    read_family(r);
    read_people(r, PERSON_CONTACT, HOUSE_CONTACT, HOUSE_CONTACT_PHONE, 0);
}

/* The which-th column (from 0) of a field, or NULL. */
const HouseColumn *house_column_of(const HouseSheet *sheet, HouseField field, int which)
{
    for (int i = 0; i < sheet->columns_count; i++)
        if (sheet->columns[i].field == field && which-- == 0)
            return &sheet->columns[i];
    return NULL;
}

Str house_cell(const HouseRow *row, const HouseColumn *column)
{
    return column == NULL || column->index >= row->count ? STR_NONE : row->cells[column->index];
}

/* Blank, or one of the signs that people put where there is nothing to say. */
bool house_says_nothing(Str s)
{
    static const char *const WORDS[] = {"-",    "--",   "---",  "—",    "——",  "/",   "\\",  "无",
                                        "暂无", "没有", "不详", "未知", "N/A", "n/a", "#N/A"};

    s = str_trim(s);
    for (size_t i = 0; i < COUNT_OF(WORDS) && s.len <= 6; i++)
        if (str_is(s, WORDS[i]))
            return true;
    return s.len == 0;
}

bool house_field_is_phone(HouseField field)
{
    return field == HOUSE_OWNER_PHONE || field == HOUSE_TENANT_PHONE || field == HOUSE_CONTACT_PHONE;
}

/* The code of a use; empty when it is none that we know. */
Str house_use_of(Arena *arena, Str written)
{
    Str s = text_dense(arena, utf8_cut(written, 60));

    for (size_t i = 0; i < COUNT_OF(USES); i++)
        for (Str rest = str_of(USES[i].words); rest.len > 0;) {
            Str word = str_split(rest, ' ', &rest);

            if (word.len == s.len && strncasecmp(word.ptr, s.ptr, (size_t)s.len) == 0)
                return str_of(USES[i].name);
        }
    return STR_NONE;
}

void house_row_error(HouseReading *r, HouseField field, const char *code, Str zh, Str en)
{
    const HouseColumn *column = house_column_of(r->sheet, field, 0);

    r->failed = true;
    house_problem_add(r->sheet, &r->sheet->import.errors,
                      (HouseProblem){r->row->number, column == NULL ? STR_NONE : column->heading,
                                     house_cell(r->row, column), code, zh, en});
}

/* Copies the texts, which are the row's or literals; the heading is the import's own. */
void house_problem_add(HouseSheet *sheet, HouseProblems *problems, HouseProblem problem)
{
    problems->total++;
    if (problems->count >= HOUSE_SHEET_MAX_PROBLEMS)
        return;
    problem.value = house_keep(sheet, utf8_cut(problem.value, 500));
    problem.zh = house_keep(sheet, problem.zh);
    problem.en = house_keep(sheet, problem.en);
    house_problem_push(sheet, problems, &problem);
}

void house_problem_push(HouseSheet *sheet, HouseProblems *problems, const HouseProblem *problem)
{
    if (problems->count >= HOUSE_SHEET_MAX_PROBLEMS)
        return;
    if (problems->count == problems->room) {
        int room = problems->room == 0 ? 64 : problems->room * 2;
        HouseProblem *bigger = new (sheet->arena, HouseProblem, room);

        if (problems->count > 0)
            memcpy(bigger, problems->list, sizeof *bigger * (size_t)problems->count);
        problems->list = bigger;
        problems->room = room;
    }
    problems->list[problems->count++] = *problem;
}

Str house_keep(HouseSheet *sheet, Str s)
{
    return str_copy(sheet->arena, s);
}

static void read_no(HouseReading *r)
{
    HouseSheet *sheet = r->sheet;
    Str written = cell(r, HOUSE_NO), room = cell(r, HOUSE_ROOM);
    bool has_no = !house_says_nothing(written), has_room = !house_says_nothing(room);
    HouseNo no = has_no ? house_no_parse(r->arena, written) : (HouseNo){0};
    HouseField field = has_no || sheet->columns_of[HOUSE_ROOM] == 0 ? HOUSE_NO : HOUSE_ROOM;
    Date day;

    if (no.building.len > 0 || no.unit.len > 0) {
        sheet->no_is_compound = true;
    } else if (has_room) { /* a serial number may well be called "No." */
        no = house_no_parse(r->arena, written = room);
        field = HOUSE_ROOM;
    }
    if (no.room.len == 0) {
        house_row_error(r, field, "no_room", STR("没有房号：请填 3-2-1501 或 3栋2单元1501，或分别填楼栋、单元、室"),
                        STR("No room: write 3-2-1501, or fill building, unit and room"));
        return;
    }
    if (no.building.len == 4 && text_dense(r->arena, written).len == 10 && day_parse(r->arena, written, &day)) {
        house_row_error(
            r, field, "no_room", STR("房号像是被 Excel 改成了日期：请把这一列设为文本，重填如 3-2-15"),
            STR("Excel seems to have turned this into a date: set the column to text and write 3-2-15 again"));
        return;
    }

    if (no.building.len > 0 && no.unit.len == 0 && !no.named && sheet->building.len > 0) { /* 2-1501 below a building */
        if (str_eq(no.building, sheet->building)) {
            no.unit = sheet->unit;
        } else if (sheet->unit.len == 0 || str_eq(no.building, sheet->unit)) {
            no.unit = no.building;
        } else {
            no.room = str_format(r->arena, "%.*s-%.*s", STR_ARG(no.building), STR_ARG(no.room));
            no.unit = sheet->unit;
        }
        no.building = sheet->building;
    } else if (no.building.len == 0) {
        no.building = sheet->building;
        if (no.unit.len == 0)
            no.unit = sheet->unit;
    } else if (no.unit.len == 0 && str_eq(no.building, sheet->building)) {
        no.unit = sheet->unit;
    }
    if (no.floor.len == 0)
        no.floor = house_floor_plain(r->arena, cell(r, HOUSE_FLOOR));
    r->house.no = house_no_text(r->arena, &no);
    if (utf8_count(r->house.no) > MAX_NO || utf8_count(no.building) > MAX_NO_PART ||
        utf8_count(no.unit) > MAX_NO_PART || utf8_count(no.room) > MAX_NO_PART) {
        house_row_error(
            r, field, "no_room", STR("房号太长：楼栋、单元、室各不超过 20 字，请写如 3-2-1501"),
            STR("The house number is too long: 20 characters each for building, unit and room, as in 3-2-1501"));
        return;
    }
    r->house.building = no.building;
    r->house.unit = no.unit;
    r->house.floor = utf8_cut(no.floor, MAX_FLOOR);
    r->house.room = no.room;
}

static void read_facts(HouseReading *r)
{
    Str area = cell(r, HOUSE_AREA), use = cell(r, HOUSE_USE);
    Buf note = buf_new(r->arena, SHEET_MAX_ROW);

    if (str_trim(area).len > 0 && !area_parse(r->arena, area, &r->house.area_dm2))
        house_row_error(r, HOUSE_AREA, "bad_area", STR("面积要是大于 0 的数，如 89.5"),
                        STR("The area must be a number above 0, such as 89.5"));
    if (!house_says_nothing(use)) {
        r->house.use_written = str_trim(use);
        r->house.use = house_use_of(r->arena, use);
    }
    for (int i = 0; i < r->sheet->columns_of[HOUSE_NOTE]; i++) {
        Str text = str_trim(house_cell(r->row, house_column_of(r->sheet, HOUSE_NOTE, i)));

        if (text.len == 0)
            continue;
        if (note.len > 0)
            buf_add_c(&note, "；");
        buf_add(&note, text);
    }
    r->house.note = buf_str(&note);
}

static Date read_date(HouseReading *r, HouseField field)
{
    Str written = cell(r, field);
    Date day = 0;

    if (!house_says_nothing(written) && !day_parse(r->arena, written, &day))
        house_row_error(r, field, "bad_date", STR("没有这一天或看不懂：日期请写成 2020-01-05"),
                        STR("No such day, or it cannot be read; write dates as 2020-01-05"));
    return day;
}

/* Several columns of names with as many of phones (业主1 电话1 业主2 电话2) are read in pairs, else all together. */
static void read_people(HouseReading *r, PersonRole role, HouseField name, HouseField phone, Date from)
{
    int names = r->sheet->columns_of[name], phones = r->sheet->columns_of[phone];

    if (names == phones && names > 1)
        for (int i = 0; i < names; i++)
            read_group(r, role, name, phone, i, from);
    else
        read_group(r, role, name, phone, -1, from);
}

static void read_group(HouseReading *r, PersonRole role, HouseField name, HouseField phone, int which, Date from)
{
    static const char *const UNNAMED[] = {"业主", "租户", "家庭成员", "紧急联系人"};
    int first = r->people_count, count;
    HouseParts *names = new (r->arena, HouseParts, 1), *phones = new (r->arena, HouseParts, 1);

    collect(r, name, which, names);
    collect(r, phone, which, phones);
    for (int i = 0; i < names->count; i++) {
        Str text = name_plain(r->arena, names->list[i].text);

        if (name_looks_like_two(text) || utf8_count(text) > MAX_NAME)
            warn_part(r, &names->list[i], "name_looks_like_two",
                      str_format(r->arena, "“%.*s”像是两个人，请用“、”分开", STR_ARG(utf8_cut(text, 40))),
                      str_format(r->arena, "\"%.*s\" looks like two people; put 、 or ; between them",
                                 STR_ARG(utf8_cut(text, 40))));
        person_add(r, role, text, from);
    }
    if (names->count == 0 && phones->count > 0) {
        warn_part(r, &phones->list[0], "missing_name", STR("有电话没有姓名，请补姓名"),
                  STR("A phone without a name; add the name"));
        person_add(r, role, str_of(UNNAMED[role]), from);
    }
    count = r->people_count - first;
    for (int i = 0; i < phones->count && count > 0; i++)
        set_phone(r, &r->people[first + (i < count ? i : count - 1)], &phones->list[i]);
    if (count > 0 && phones->count == 0 && (role == PERSON_OWNER || role == PERSON_TENANT)) {
        const HouseColumn *column = house_column_of(r->sheet, phone, which < 0 ? 0 : which);
        HousePart none = {.column = column, .cell = house_cell(r->row, column)};

        warn_part(r, &none, "missing_phone", STR("没有电话，记入核对清单"), STR("No phone; listed for chasing"));
    }
    if (role == PERSON_OWNER && count > 0) {
        set_id_nos(r, r->people + first, count, which);
        set_shares(r, r->people + first, count, which);
    }
}

/* 张小明、李梅13900001111、王强（儿子） */
static void read_family(HouseReading *r)
{
    HouseParts *parts = new (r->arena, HouseParts, 1);

    collect(r, HOUSE_FAMILY, -1, parts);
    for (int i = 0; i < parts->count; i++) {
        HousePart part = parts->list[i];
        Str text = text_dense(r->arena, part.text), name = name_plain(r->arena, part.text);
        ptrdiff_t from = 0, digits = 0;

        for (ptrdiff_t at = 0; at < text.len && digits < 7; at++) { /* a phone begins where 7 digits and signs follow */
            bool of_phone = (text.ptr[at] >= '0' && text.ptr[at] <= '9') || text.ptr[at] == '-' || text.ptr[at] == '+';

            if (of_phone && digits == 0)
                from = at;
            digits = of_phone ? digits + 1 : 0;
        }
        if (digits >= 7 && from > 0) {
            name = str_cut(text, 0, from);
            while (str_ends(name, STR(":")) || str_ends(name, STR("(")))
                name = str_cut(name, 0, name.len - 1);
            part.text = str_cut(text, from, text.len);
            set_phone(r, person_add(r, PERSON_FAMILY, name, 0), &part);
        } else if (digits < 7) {
            person_add(r, PERSON_FAMILY, name, 0);
        }
    }
}

static void set_phone(HouseReading *r, HousePerson *person, const HousePart *part)
{
    bool doubtful;
    Str phone = phone_plain(r->arena, part->text, &doubtful);

    if (house_says_nothing(part->text))
        return;
    if (doubtful) {
        int digits = 0;

        for (ptrdiff_t i = 0; i < phone.len; i++)
            digits += phone.ptr[i] >= '0' && phone.ptr[i] <= '9';
        if (phone.len > 0 && phone.ptr[0] == '1' && digits != 11)
            warn_part(r, part, "doubtful_phone",
                      str_format(r->arena, "%.*s 有 %d 位数字，手机号应为 11 位", STR_ARG(utf8_cut(phone, 40)), digits),
                      str_format(r->arena, "%.*s has %d digits; a mobile number has 11", STR_ARG(utf8_cut(phone, 40)),
                                 digits));
        else
            warn_part(r, part, "doubtful_phone",
                      str_format(r->arena, "%.*s 不像电话：手机 11 位，座机带区号如 0571-88001234",
                                 STR_ARG(utf8_cut(phone, 40))),
                      str_format(r->arena, "%.*s is no phone number: 11 digits, or with area code as 0571-88001234",
                                 STR_ARG(utf8_cut(phone, 40))));
    }
    if (phone.len == 0)
        return;
    if (person->phone.len == 0) {
        person->phone = utf8_cut(phone, MAX_PHONE);
        person->phone_doubtful = doubtful;
    } else if (!str_eq(person->phone, phone) && utf8_count(person->other_phones) + utf8_count(phone) < MAX_PHONES) {
        person->other_phones = person->other_phones.len == 0
                                   ? phone
                                   : str_format(r->arena, "%.*s、%.*s", STR_ARG(person->other_phones), STR_ARG(phone));
    }
}

static void set_id_nos(HouseReading *r, HousePerson *people, int count, int which)
{
    HouseParts *parts = new (r->arena, HouseParts, 1);

    collect(r, HOUSE_OWNER_ID_NO,
            r->sheet->columns_of[HOUSE_OWNER_ID_NO] > 1 ? which
            : which <= 0                                ? -1
                                                        : TEXT_MAX_PARTS,
            parts);
    for (int i = 0; i < parts->count; i++) {
        bool doubtful;
        Str id_no = id_no_plain(r->arena, parts->list[i].text, &doubtful);

        if (doubtful)
            warn_part(r, &parts->list[i], "doubtful_id_no",
                      id_no.len == 18 ? STR("证件号的校验位或生日不对，请核对") : STR("证件号应为 18 位，请核对"),
                      id_no.len == 18 ? STR("The check digit or birthday of this ID number is wrong; check it")
                                      : STR("An ID number has 18 characters; check it"));
        if (i < count) {
            people[i].id_no = utf8_cut(id_no, MAX_ID_NO);
            people[i].id_no_doubtful = doubtful;
        }
    }
}

static void set_shares(HouseReading *r, HousePerson *people, int count, int which)
{
    HouseParts *parts = new (r->arena, HouseParts, 1);

    collect_shares(r, r->sheet->columns_of[HOUSE_OWNER_SHARE] > 1 ? which : which <= 0 ? -1 : TEXT_MAX_PARTS, parts);
    for (int i = 0; i < count; i++) {
        Share share;

        if (i < parts->count && share_parse(r->arena, parts->list[i].text, &share))
            people[i].share = share;
        else if (parts->count == 1 && i > 0 && people[0].share.whole == people[0].share.part * count)
            people[i].share = people[0].share; /* 50% written once for two */
    }
}

static HousePerson *person_add(HouseReading *r, PersonRole role, Str name, Date from)
{
    if (r->people_count == r->people_room) {
        int room = r->people_room == 0 ? 8 : r->people_room * 2;
        HousePerson *bigger = new (r->arena, HousePerson, room);

        if (r->people_count > 0)
            memcpy(bigger, r->people, sizeof *bigger * (size_t)r->people_count);
        r->people = bigger;
        r->people_room = room;
    }
    r->people[r->people_count] =
        (HousePerson){.role = role, .name = utf8_cut(name, MAX_NAME), .from = from, .row = r->row->number};
    return &r->people[r->people_count++];
}

/* The parts of all columns of a field, or of the which-th (from 0). A sign for nothing keeps its place among phones. */
static void collect(const HouseReading *r, HouseField field, int which, HouseParts *out)
{
    for (int k = 0; k < r->sheet->columns_of[field]; k++) {
        const HouseColumn *column = house_column_of(r->sheet, field, k);
        Str parts[TEXT_MAX_PARTS], text = house_cell(r->row, column);
        int count = which >= 0 && which != k ? 0 : text_split_list(text, parts);

        for (int i = 0; i < count && out->count < TEXT_MAX_PARTS; i++)
            if (!house_says_nothing(parts[i]) || (count > 1 && house_field_is_phone(field)))
                out->list[out->count++] = (HousePart){parts[i], text, column};
    }
}

/* As collect, but 1/2 is one share: '/' separates only where there is a percent sign. */
static void collect_shares(const HouseReading *r, int which, HouseParts *out)
{
    for (int k = 0; k < r->sheet->columns_of[HOUSE_OWNER_SHARE]; k++) {
        const HouseColumn *column = house_column_of(r->sheet, HOUSE_OWNER_SHARE, k);
        Str text = text_plain(r->arena, house_cell(r->row, column)), parts[TEXT_MAX_PARTS];
        bool slashed = str_find_char(text, '/') >= 0 && str_find_char(text, '%') < 0;
        char *copy = str_to_c(r->arena, text);

        for (ptrdiff_t i = 0; i < text.len; i++)
            copy[i] = slashed && copy[i] == '/' ? '\x01' : copy[i] == ',' ? ';' : copy[i];
        int count = which >= 0 && which != k ? 0 : text_split_list((Str){copy, text.len}, parts);
        for (ptrdiff_t i = 0; i < text.len; i++)
            copy[i] = copy[i] == '\x01' ? '/' : copy[i];
        for (int i = 0; i < count && out->count < TEXT_MAX_PARTS; i++)
            out->list[out->count++] = (HousePart){parts[i], text, column};
    }
}

static Str cell(const HouseReading *r, HouseField field)
{
    return house_cell(r->row, house_column_of(r->sheet, field, 0));
}

static void warn_part(HouseReading *r, const HousePart *part, const char *code, Str zh, Str en)
{
    house_problem_add(r->sheet, &r->sheet->import.warnings,
                      (HouseProblem){r->row->number, part->column == NULL ? STR_NONE : part->column->heading,
                                     part->cell, code, zh, en});
}
