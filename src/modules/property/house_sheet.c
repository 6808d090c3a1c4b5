/* house_sheet.c: rows of a spreadsheet -> homes and people, and what is wrong with them. Headings are house_columns.c,
 * one row is house_row.c, single values are house_text.c. */
#include "modules/property/house_sheet.h"
#include "modules/property/house_parts.h"

static const HouseFieldRow FIELDS[HOUSE_FIELDS] = {
    /* clang-format off */
    [HOUSE_NO]           = { "no",           "房号",       "House no.",        "3-2-1501" },
    [HOUSE_BUILDING]     = { "building",     "楼栋",       "Building",         "3" },
    [HOUSE_UNIT]         = { "unit",         "单元",       "Unit",             "2" },
    [HOUSE_FLOOR]        = { "floor",        "楼层",       "Floor",            "15" },
    [HOUSE_ROOM]         = { "room",         "室",         "Room",             "1501" },
    [HOUSE_AREA]         = { "area",         "建筑面积",   "Area",             "89.5" },
    [HOUSE_USE]          = { "use",          "用途",       "Use",              "住宅" },
    [HOUSE_OWNER]        = { "owner",        "业主姓名",   "Owner",            "王秀兰、周德明" },
    [HOUSE_OWNER_PHONE]  = { "owner_phone",  "业主电话",   "Owner phone",      "13800001234、13900005678" },
    [HOUSE_OWNER_ID_NO]  = { "owner_id_no",  "身份证号",   "Owner ID no.",     "" },
    [HOUSE_OWNER_SHARE]  = { "owner_share",  "产权份额",   "Owner share",      "1/2、1/2" },
    [HOUSE_TENANT]       = { "tenant",       "租户",       "Tenant",           "" },
    [HOUSE_TENANT_PHONE] = { "tenant_phone", "租户电话",   "Tenant phone",     "" },
    [HOUSE_TENANT_FROM]  = { "tenant_from",  "租期起",     "Tenant from",      "" },
    [HOUSE_FAMILY]       = { "family",       "家庭成员",   "Family",           "周小明" },
    [HOUSE_CONTACT]      = { "contact",      "紧急联系人", "Contact",          "王建国" },
    [HOUSE_CONTACT_PHONE]= { "contact_phone","联系人电话", "Contact phone",    "0571-88001234" },
    [HOUSE_MOVED_IN]     = { "moved_in",     "入住日期",   "Moved in",         "2020-01-05" },
    [HOUSE_NOTE]         = { "note",         "备注",       "Note",             "" },
    /* clang-format on */
};

static const Error *find_heading(HouseSheet *sheet);
static const Error *no_heading(HouseSheet *sheet);
static void read_row(HouseSheet *sheet, const HouseRow *row);
static bool is_skipped(HouseSheet *sheet, Arena *arena, const HouseRow *row);
static bool is_repeated_heading(const HouseSheet *sheet, const HouseRow *row);
static bool is_total(Str s);
static bool is_remark(Str s);
static bool is_group_title(HouseSheet *sheet, Arena *arena, const HouseRow *row);
static bool ends_like_building(Str s);
static void note_columns(HouseSheet *sheet, const HouseRow *row);
static void carry_down(HouseReading *r);
static void keep_house(HouseReading *r);
static bool contradicts(HouseReading *r, const House *known);
static void merge_house(HouseSheet *sheet, House *known, const HouseReading *r);
static bool is_same_person(const HousePerson *a, const HousePerson *b);
static void merge_person(HouseSheet *sheet, House *house, const HousePerson *person);
static House *house_of(HouseSheet *sheet, Str no);
static void index_house(HouseSheet *sheet, int64_t place);
static void warn_missing_areas(HouseSheet *sheet);
static void name_the_room(HouseSheet *sheet);
static Str stored(Arena *arena, HouseField field, Str written);

HouseSheet *house_sheet_new(Arena *arena, const HouseMapping *mapping, int count)
{
    HouseSheet *sheet = new (arena, HouseSheet, 1);

    *sheet = (HouseSheet){.arena = arena, .scratch = arena_open(32 << 20), .mapping = mapping, .mapping_count = count};
    arena_defer(arena, (void (*)(void *))arena_close, sheet->scratch);
    return sheet;
}

const Error *house_sheet_row(void *self, int64_t row_number, const Str *cells, int count)
{
    HouseSheet *sheet = self;
    HouseRow row = {row_number, (Str *)(uintptr_t)cells, count};

    if (sheet->ready) {
        read_row(sheet, &row);
        return OK;
    }
    row.cells = new (sheet->arena, Str, count);
    for (int i = 0; i < count; i++)
        row.cells[i] = str_copy(sheet->arena, cells[i]);
    sheet->pending[sheet->pending_count++] = row;
    return sheet->pending_count == HOUSE_LOOK_FOR_HEADING ? find_heading(sheet) : OK;
}

const Error *house_sheet_finish(HouseSheet *sheet, const HouseImport **out)
{
    if (!sheet->ready)
        TRY(find_heading(sheet));
    warn_missing_areas(sheet);
    name_the_room(sheet);
    for (int i = 0; i < sheet->columns_count; i++)
        sheet->columns[i].stored = stored(sheet->arena, sheet->columns[i].field, sheet->columns[i].written);
    sheet->import.columns = sheet->columns;
    sheet->import.columns_count = sheet->columns_count;
    *out = &sheet->import;
    return OK;
}

const HouseFieldRow *house_field_row(HouseField field)
{
    return &FIELDS[field];
}

const Error *house_mapping_read(Arena *arena, const json_t *json, const HouseMapping **out, int *count)
{
    HouseMapping *mapping;
    const char *heading;
    const json_t *value;
    int n = 0;
    Problems problems = problems_new(arena);

    *out = NULL;
    *count = 0;
    if (json == NULL || json_is_null(json))
        return OK;
    if (!json_is_object(json))
        return error_field(arena, STR("mapping"), "type", STR("要是对象，如 {\"房号\": \"no\", \"序号\": null}"),
                           STR("must be an object such as {\"House no.\": \"no\", \"Serial\": null}"));
    if (json_object_size(json) > 2 * SHEET_MAX_COLUMNS)
        return error_field(arena, STR("mapping"), "too_long", STR("最多 512 列"), STR("at most 512 columns"));
    mapping = new (arena, HouseMapping, json_object_size(json));
    json_object_foreach((json_t *)(uintptr_t)json, heading, value)
    {
        HouseMapping *one = &mapping[n++];

        one->heading = str_copy(arena, str_of(heading));
        for (int f = HOUSE_NO; f < HOUSE_FIELDS; f++)
            if (str_is(json_str(value), FIELDS[f].name))
                one->field = (HouseField)f;
        if (!json_is_null(value) && one->field == HOUSE_NONE)
            problems_add(&problems, STR("mapping"), "choice",
                         str_format(arena, "“%.*s”对应的栏目不存在，可用 no、building、owner 等，或 null",
                                    STR_ARG(utf8_cut(one->heading, 60))),
                         str_format(arena, "\"%.*s\" names an unknown field; use no, building, owner …, or null",
                                    STR_ARG(utf8_cut(one->heading, 60))));
    }
    TRY(problems_error(&problems));
    *out = mapping;
    *count = n;
    return OK;
}

const char *person_role_name(PersonRole role)
{
    static const char *const NAMES[] = {"owner", "tenant", "family", "contact"};
    return NAMES[role];
}

/* The best of the first rows is the heading; what stood above it are titles, what stands below it is read. */
static const Error *find_heading(HouseSheet *sheet)
{
    int best = 0, best_score = 0;
    HouseHeadings above = {0};

    for (int i = 0; i < sheet->pending_count; i++) {
        HouseHeadings row = {sheet->pending[i].cells, sheet->pending[i].count};
        int score = house_columns_score(row, above, sheet->mapping, sheet->mapping_count);

        if (score > best_score) {
            best = i;
            best_score = score;
        }
        above = row;
    }
    if (best_score == 0)
        return no_heading(sheet);

    const HouseRow *heading = &sheet->pending[best];
    above = (HouseHeadings){0};
    if (best > 0)
        above = (HouseHeadings){sheet->pending[best - 1].cells, sheet->pending[best - 1].count};
    TRY(house_columns_make(sheet->arena, (HouseHeadings){heading->cells, heading->count}, above, sheet->mapping,
                           sheet->mapping_count, &sheet->columns, &sheet->columns_count));
    for (int i = 0; i < sheet->columns_count; i++)
        sheet->columns_of[sheet->columns[i].field]++;
    sheet->import.heading_row = sheet->last_row = heading->number;
    sheet->import.skipped.titles = best;
    sheet->ready = true;
    for (int i = best + 1; i < sheet->pending_count; i++)
        read_row(sheet, &sheet->pending[i]);
    return OK;
}

static const Error *no_heading(HouseSheet *sheet)
{
    Buf seen = buf_new(sheet->arena, 300);

    for (int i = 0; sheet->pending_count > 0 && i < sheet->pending[0].count && i < 12; i++) {
        Str text = str_trim(sheet->pending[0].cells[i]);

        if (text.len > 0 && text.len < 60 && text.ptr[0] != '1') /* no phones in a message */
            buf_format(&seen, "%s%.*s", seen.len > 0 ? "、" : "", STR_ARG(text));
    }
    return error_field(
        sheet->arena, STR("file"), "format",
        str_format(
            sheet->arena,
            "前 10 "
            "行里没有找到标题行：要有“房号”（或楼栋、单元、室），再加业主姓名、联系电话、建筑面积等。第一行是：%.*s",
            STR_ARG(buf_str(&seen))),
        str_format(sheet->arena,
                   "No heading row in the first 10 rows: it needs \"House no.\" (or building, unit, room), then owner, "
                   "phone, area and so on. The first row is: %.*s",
                   STR_ARG(buf_str(&seen))));
}

static void read_row(HouseSheet *sheet, const HouseRow *row)
{
    HouseReading *r;

    arena_reset(sheet->scratch);
    sheet->import.skipped.blank += row->number - sheet->last_row - 1;
    sheet->last_row = row->number;
    r = new (sheet->scratch, HouseReading, 1);
    r->sheet = sheet;
    r->arena = sheet->scratch;
    r->row = row;
    r->house.row = row->number;
    if (is_skipped(sheet, sheet->scratch, row))
        return;
    carry_down(r);
    if (house_says_nothing(house_cell(row, house_column_of(sheet, HOUSE_NO, 0))) &&
        house_says_nothing(house_cell(row, house_column_of(sheet, HOUSE_ROOM, 0)))) {
        bool blank = true;

        for (int i = 0; i < sheet->columns_count && blank; i++) {
            HouseField f = sheet->columns[i].field;

            blank = f == HOUSE_NONE || f == HOUSE_BUILDING || f == HOUSE_UNIT || f == HOUSE_FLOOR ||
                    str_trim(house_cell(row, &sheet->columns[i])).len == 0;
        }
        if (blank) {
            sheet->import.skipped.blank++;
            return;
        }
    }
    sheet->import.rows++;
    note_columns(sheet, row);
    house_row_read(r);
    keep_house(r);
    sheet->import.failed += r->failed;
}

/* Totals, remarks, repeated headings and titles between the rows. */
static bool is_skipped(HouseSheet *sheet, Arena *arena, const HouseRow *row)
{
    static const HouseField TOLD_IN[] = {HOUSE_NO, HOUSE_BUILDING, HOUSE_UNIT, HOUSE_ROOM};
    Str first = STR_NONE;
    int filled = 0;

    for (int i = 0; i < row->count; i++)
        if (str_trim(row->cells[i]).len > 0 && filled++ == 0)
            first = text_dense(arena, utf8_cut(row->cells[i], 60));
    if (filled == 0) {
        sheet->import.skipped.blank++;
        return true;
    }
    bool total = is_total(first) || (filled <= 4 && is_remark(first));
    for (size_t i = 0; i < COUNT_OF(TOLD_IN) && !total; i++)
        total = is_total(text_dense(arena, utf8_cut(house_cell(row, house_column_of(sheet, TOLD_IN[i], 0)), 60)));
    if (total) {
        sheet->import.skipped.totals++;
        return true;
    }
    if (is_repeated_heading(sheet, row)) {
        sheet->import.skipped.headings++;
        return true;
    }
    if (is_group_title(sheet, arena, row)) {
        sheet->import.skipped.titles++;
        return true;
    }
    return false;
}

/* Tables for paper repeat their heading on each page. */
static bool is_repeated_heading(const HouseSheet *sheet, const HouseRow *row)
{
    int same = 0, other = 0;

    for (int i = 0; i < sheet->columns_count; i++) {
        Str text = str_trim(house_cell(row, &sheet->columns[i]));

        if (text.len > 0 && str_eq(text, str_trim(sheet->columns[i].heading)))
            same++;
        else if (text.len > 0)
            other++;
    }
    return same >= 2 && same > other;
}

static bool is_total(Str s)
{
    static const char *const WORDS[] = {"合计", "总计", "小计", "共计", "累计", "总合计", "本页合计"};

    for (size_t i = 0; i < COUNT_OF(WORDS); i++)
        if (str_starts(s, str_of(WORDS[i])) || str_ends(s, str_of(WORDS[i])))
            return true;
    return s.len >= 5 &&
           (strncasecmp(s.ptr, "total", 5) == 0 || (s.len >= 8 && strncasecmp(s.ptr, "subtotal", 8) == 0) ||
            (s.len >= 10 && strncasecmp(s.ptr, "grandtotal", 10) == 0));
}

static bool is_remark(Str s)
{
    static const char *const WORDS[] = {
        "制表", "填表", "审核", "复核", "注:", "备注:", "说明:", "打印", "单位:", "日期:", "经办"};

    for (size_t i = 0; i < COUNT_OF(WORDS); i++)
        if (str_starts(s, str_of(WORDS[i])))
            return true;
    return false;
}

/* One text over the whole width (merged), or alone in its row: "3栋" names the building of what follows. */
static bool is_group_title(HouseSheet *sheet, Arena *arena, const HouseRow *row)
{
    Str text = STR_NONE;
    int filled = 0;

    for (int i = 0; i < row->count; i++) {
        Str trimmed = str_trim(row->cells[i]);

        if (trimmed.len == 0)
            continue;
        if (filled++ > 0 && !str_eq(trimmed, text))
            return false;
        text = trimmed;
    }
    text = text_dense(arena, text);
    bool building = ends_like_building(text);
    if (!text_has_chinese(text) || (filled < 3 && !(filled == 1 && building))) /* 1 | 1 | 1 is a house */
        return false;
    if (building) {
        sheet->building = house_keep(sheet, house_building_plain(arena, text));
        sheet->unit = STR_NONE;
    }
    return true;
}

static bool ends_like_building(Str s)
{
    return s.len <= 30 &&
           (str_ends(s, STR("栋")) || str_ends(s, STR("幢")) || str_ends(s, STR("号楼")) || str_ends(s, STR("座")));
}

/* Keeps the first value of each column as the example. */
static void note_columns(HouseSheet *sheet, const HouseRow *row)
{
    for (int i = 0; i < sheet->columns_count; i++) {
        HouseColumn *column = &sheet->columns[i];
        Str text = house_cell(row, column);

        if (str_trim(text).len > 0 && column->filled++ == 0)
            column->written = house_keep(sheet, utf8_cut(text, 200));
    }
}

static void carry_down(HouseReading *r)
{
    HouseSheet *sheet = r->sheet;
    Str building = house_building_plain(r->arena, house_cell(r->row, house_column_of(sheet, HOUSE_BUILDING, 0)));
    Str unit = house_cell(r->row, house_column_of(sheet, HOUSE_UNIT, 0));

    if (building.len > 0 && !str_eq(building, sheet->building)) {
        sheet->building = house_keep(sheet, building);
        sheet->unit = STR_NONE;
    }
    if (str_trim(unit).len > 0) {
        unit = house_unit_plain(r->arena, unit);
        if (!str_eq(unit, sheet->unit))
            sheet->unit = house_keep(sheet, unit);
    }
}

static void keep_house(HouseReading *r)
{
    HouseSheet *sheet = r->sheet;
    HouseImport *import = &sheet->import;
    House *known;

    if (r->house.no.len == 0)
        return;
    known = house_of(sheet, r->house.no);
    if (r->people_count + (known == NULL ? 0 : known->people_count) > HOUSE_MAX_PEOPLE)
        house_row_error(r, HOUSE_OWNER, "too_many_people",
                        STR("一套房超过 500 人：请检查房号是否都一样，或一格里是否写了整列"),
                        STR("More than 500 people in one house; check whether all rows have the same number"));
    if ((known != NULL && contradicts(r, known)) || r->failed)
        return;
    if (known == NULL) {
        House *house;

        if (import->houses_count == sheet->houses_room) {
            int64_t room = sheet->houses_room == 0 ? 1024 : sheet->houses_room * 2;
            House *bigger = new (sheet->arena, House, room);

            if (import->houses_count > 0)
                memcpy(bigger, import->houses, sizeof *bigger * (size_t)import->houses_count);
            import->houses = bigger;
            sheet->houses_room = room;
        }
        house = &import->houses[import->houses_count];
        *house = (House){
            .no = house_keep(sheet, r->house.no),
            .building = house_keep(sheet, r->house.building),
            .unit = house_keep(sheet, r->house.unit),
            .floor = house_keep(sheet, r->house.floor),
            .room = house_keep(sheet, r->house.room),
            .row = r->row->number,
        };
        index_house(sheet, import->houses_count++);
        known = house;
    }
    merge_house(sheet, known, r);
}

static bool contradicts(HouseReading *r, const House *known)
{
    Str use = r->house.use_written;

    if (r->house.area_dm2 > 0 && known->area_dm2 > 0 && r->house.area_dm2 != known->area_dm2)
        house_row_error(
            r, HOUSE_AREA, "contradicting_duplicate",
            str_format(r->arena, "%.*s 在第 %lld 行写的是 %lld.%02lld，同一套房面积要一致", STR_ARG(known->no),
                       (long long)known->row, (long long)known->area_dm2 / 100, (long long)known->area_dm2 % 100),
            str_format(r->arena, "Row %lld says %lld.%02lld for %.*s; one house has one area", (long long)known->row,
                       (long long)known->area_dm2 / 100, (long long)known->area_dm2 % 100, STR_ARG(known->no)));
    else if (use.len > 0 && known->use_written.len > 0 &&
             !(known->use.len > 0 ? str_eq(r->house.use, known->use) : str_eq(use, known->use_written)))
        house_row_error(r, HOUSE_USE, "contradicting_duplicate",
                        str_format(r->arena, "%.*s 在第 %lld 行写的是“%.*s”，同一套房用途要一致", STR_ARG(known->no),
                                   (long long)known->row, STR_ARG(utf8_cut(known->use_written, 40))),
                        str_format(r->arena, "Row %lld says \"%.*s\" for %.*s; one house has one use",
                                   (long long)known->row, STR_ARG(utf8_cut(known->use_written, 40)),
                                   STR_ARG(known->no)));
    else
        return false;
    return true;
}

/* Adds what a further row of the same house says. */
static void merge_house(HouseSheet *sheet, House *known, const HouseReading *r)
{
    if (known->area_dm2 == 0)
        known->area_dm2 = r->house.area_dm2;
    if (known->use_written.len == 0) {
        known->use_written = house_keep(sheet, r->house.use_written);
        known->use = r->house.use;
    }
    if (known->moved_in == 0)
        known->moved_in = r->house.moved_in;
    if (known->floor.len == 0)
        known->floor = house_keep(sheet, r->house.floor);
    if (known->note.len == 0)
        known->note = house_keep(sheet, utf8_cut(r->house.note, HOUSE_MAX_NOTE));
    else if (r->house.note.len > 0 && str_find(known->note, r->house.note) < 0 &&
             utf8_count(known->note) + utf8_count(r->house.note) < HOUSE_MAX_NOTE)
        known->note = str_format(sheet->arena, "%.*s；%.*s", STR_ARG(known->note), STR_ARG(r->house.note));
    for (int i = 0; i < r->people_count; i++)
        merge_person(sheet, known, &r->people[i]);
}

/* The same person of a house: same role and name, and no two different phones (CONTRACT 5). */
static bool is_same_person(const HousePerson *a, const HousePerson *b)
{
    return a->role == b->role && str_eq(a->name, b->name) &&
           (a->phone.len == 0 || b->phone.len == 0 || str_eq(a->phone, b->phone));
}

/* Adds a person, or what was still blank of one who is known. */
static void merge_person(HouseSheet *sheet, House *house, const HousePerson *person)
{
    HousePerson *known;
    int i = 0;

    while (i < house->people_count && !is_same_person(&house->people[i], person))
        i++;
    if (i == house->people_count) {
        if (house->people_count == house->people_room) {
            int room = house->people_room == 0 ? 2 : house->people_room * 2;
            HousePerson *bigger = new (sheet->arena, HousePerson, room);

            if (house->people_count > 0)
                memcpy(bigger, house->people, sizeof *bigger * (size_t)house->people_count);
            house->people = bigger;
            house->people_room = room;
        }
        house->people[house->people_count++] =
            (HousePerson){.role = person->role, .name = house_keep(sheet, person->name), .row = person->row};
        sheet->import.people_count++;
    }
    known = &house->people[i];
    if (known->phone.len == 0) {
        known->phone = house_keep(sheet, person->phone);
        known->phone_doubtful = person->phone_doubtful;
    }
    if (known->id_no.len == 0) {
        known->id_no = house_keep(sheet, person->id_no);
        known->id_no_doubtful = person->id_no_doubtful;
    }
    if (known->other_phones.len == 0)
        known->other_phones = house_keep(sheet, person->other_phones);
    if (known->from == 0)
        known->from = person->from;
    if (known->share.whole == 0)
        known->share = person->share;
}

static House *house_of(HouseSheet *sheet, Str no)
{
    uint64_t at = str_hash(no);

    if (sheet->index_size == 0)
        return NULL;
    for (;; at++) {
        int32_t place = sheet->index[at & (uint64_t)(sheet->index_size - 1)];

        if (place == 0)
            return NULL;
        if (str_eq(sheet->import.houses[place - 1].no, no))
            return &sheet->import.houses[place - 1];
    }
}

/* The table stays at most half full; its size is a power of two. */
static void index_house(HouseSheet *sheet, int64_t place)
{
    int64_t from = place;

    if ((place + 1) * 2 > sheet->index_size) {
        sheet->index_size = sheet->index_size == 0 ? 4096 : sheet->index_size * 2;
        sheet->index = new (sheet->arena, int32_t, sheet->index_size);
        from = 0;
    }
    for (; from <= place; from++) {
        uint64_t at = str_hash(sheet->import.houses[from].no);

        while (sheet->index[at & (uint64_t)(sheet->index_size - 1)] != 0)
            at++;
        sheet->index[at & (uint64_t)(sheet->index_size - 1)] = (int32_t)(from + 1);
    }
}

/* Only when all rows are read is it known that none of a house's rows says its area. Puts these warnings among the
 * others in the order of rows; both lists are in that order. */
static void warn_missing_areas(HouseSheet *sheet)
{
    HouseImport *import = &sheet->import;
    HouseProblems others = import->warnings, all = {.total = others.total};
    const HouseColumn *column = house_column_of(sheet, HOUSE_AREA, 0);
    int next = 0;

    for (int64_t i = 0; i <= import->houses_count; i++) {
        const House *house = i < import->houses_count ? &import->houses[i] : NULL;

        while (next < others.count && (house == NULL || others.list[next].row <= house->row))
            house_problem_push(sheet, &all, &others.list[next++]);
        if (house != NULL && house->area_dm2 == 0)
            house_problem_add(sheet, &all,
                              (HouseProblem){house->row, column == NULL ? STR_NONE : column->heading, STR_NONE,
                                             "missing_area", STR("没有面积，记入核对清单"),
                                             STR("No area; listed for chasing")});
    }
    import->warnings = all;
}

/* A column 房号 beside one of buildings that held rooms only is the room; "No." beside rooms was a serial number. */
static void name_the_room(HouseSheet *sheet)
{
    for (int i = 0; i < sheet->columns_count && !sheet->no_is_compound; i++) {
        HouseColumn *column = &sheet->columns[i];

        if (column->field != HOUSE_NO || column->by_mapping)
            continue;
        if (sheet->columns_of[HOUSE_ROOM] > 0)
            column->field = HOUSE_NONE;
        else if (sheet->columns_of[HOUSE_BUILDING] > 0)
            column->field = HOUSE_ROOM;
    }
}

/* The example as it will be kept, for the page that asks whether a column was understood. */
static Str stored(Arena *arena, HouseField field, Str written)
{
    Str parts[TEXT_MAX_PARTS];
    Buf buf = buf_new(arena, 2000);
    HouseNo no;
    int64_t dm2;
    Share share;
    Date day;
    bool doubtful;
    int count;

    if (written.len == 0)
        return STR_NONE;
    switch (field) {
    case HOUSE_NONE:
    case HOUSE_FIELDS:
        return STR_NONE;
    case HOUSE_NO:
        no = house_no_parse(arena, written);
        return house_no_text(arena, &no);
    case HOUSE_BUILDING:
        return house_building_plain(arena, written);
    case HOUSE_UNIT:
        return house_unit_plain(arena, written);
    case HOUSE_FLOOR:
        return house_floor_plain(arena, written);
    case HOUSE_ROOM:
        return house_room_plain(arena, written);
    case HOUSE_AREA:
        return area_parse(arena, written, &dm2)
                   ? str_format(arena, "%lld.%02lld m²", (long long)dm2 / 100, (long long)dm2 % 100)
                   : STR_NONE;
    case HOUSE_USE:
        return house_use_of(arena, written);
    case HOUSE_TENANT_FROM:
    case HOUSE_MOVED_IN:
        if (day_parse(arena, written, &day))
            buf_date(&buf, day);
        return buf_str(&buf);
    case HOUSE_OWNER_SHARE:
        return share_parse(arena, written, &share) ? str_format(arena, "%d/%d", (int)share.part, (int)share.whole)
                                                   : str_trim(written);
    case HOUSE_OWNER:
    case HOUSE_OWNER_PHONE:
    case HOUSE_OWNER_ID_NO:
    case HOUSE_TENANT:
    case HOUSE_TENANT_PHONE:
    case HOUSE_FAMILY:
    case HOUSE_CONTACT:
    case HOUSE_CONTACT_PHONE:
        count = text_split_list(written, parts);
        for (int i = 0; i < count; i++) {
            buf_add_c(&buf, i > 0 ? "、" : "");
            buf_add(&buf, house_field_is_phone(field)  ? phone_plain(arena, parts[i], &doubtful)
                          : field == HOUSE_OWNER_ID_NO ? id_no_plain(arena, parts[i], &doubtful)
                                                       : name_plain(arena, parts[i]));
        }
        return buf_str(&buf);
    case HOUSE_NOTE:
        return str_trim(written);
    }
    return STR_NONE;
}
