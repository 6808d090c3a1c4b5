/* list.c: 欠费清单, homes with something overdue, each where its oldest charge lies in the index of what is open: a page reads little more than it shows. */
#include "modules/arrears/arrears.h"

typedef struct {
    Json *json;
    int64_t count, due, id; /* shown so far; the last one's key */
    int limit;
    bool more;
} Page;

/* Of each home of the page its oldest open charge that is overdue; then all of its overdue charges by age. */
#define HOMES(which)                                                                                                                              \
    "WITH page AS (SELECT t.due_date, t.id, t.house_id, h.no FROM charge t JOIN house h ON h.org_id = t.org_id AND h.id = t.house_id"             \
    " WHERE t.org_id = :org AND t.project_id = :project AND t.open_fen > 0 AND t.due_date < :today AND t.due_date >= :due"                        \
    " AND (t.due_date > :due OR t.id > :id)" which                                                                                                \
    " AND NOT EXISTS (SELECT 1 FROM charge o WHERE o.org_id = t.org_id AND o.house_id = t.house_id AND o.open_fen > 0 AND o.due_date <= t.due_date" \
    " AND (o.due_date < t.due_date OR o.id < t.id)) ORDER BY t.due_date, t.id LIMIT :limit)"                                                      \
    " SELECT p.due_date, p.id, p.house_id, p.no, (SELECT min(a.id) FROM arrears_case a WHERE a.org_id = :org AND a.house_id = p.house_id AND a.state <> 'closed')," \
    " count(*), CAST(sum(x.open_fen) AS BIGINT), CAST(sum(CASE WHEN x.due_date >= :age0 THEN x.open_fen ELSE 0 END) AS BIGINT),"                   \
    " CAST(sum(CASE WHEN x.due_date < :age0 AND x.due_date >= :age1 THEN x.open_fen ELSE 0 END) AS BIGINT),"                                       \
    " CAST(sum(CASE WHEN x.due_date < :age1 AND x.due_date >= :age2 THEN x.open_fen ELSE 0 END) AS BIGINT),"                                       \
    " CAST(sum(CASE WHEN x.due_date < :age2 AND x.due_date >= :age3 THEN x.open_fen ELSE 0 END) AS BIGINT),"                                       \
    " CAST(sum(CASE WHEN x.due_date < :age3 THEN x.open_fen ELSE 0 END) AS BIGINT)"                                                                \
    " FROM page p JOIN charge x ON x.org_id = :org AND x.house_id = p.house_id AND x.open_fen > 0 AND x.due_date < :today"                         \
    " GROUP BY p.due_date, p.id, p.house_id, p.no ORDER BY p.due_date, p.id"

static const Error *home_json(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    Json *json = page->json;

    (void)cx;
    page->more = page->count == page->limit;
    if (page->more)
        return OK;
    page->count++;
    page->due = row_int(row, 0);
    page->id = row_int(row, 1);
    json_open(json, '{');
    JSON_KEY(json, "house");
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 2));
    JSON_TEXT(json, "no", row_text(row, 3));
    json_close(json, '}');
    JSON_ID(json, "case", row_int(row, 4));
    JSON_KEY(json, "oldest_due");
    json_date(json, (Date)page->due);
    JSON_INT(json, "count", row_int(row, 5));
    JSON_INT(json, "open_fen", row_int(row, 6));
    JSON_KEY(json, "overdue_fen");
    json_open(json, '[');
    for (int i = 0; i < 5; i++)
        json_int(json, row_int(row, 7 + i));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}

/* The cursor is the last home's key: "20260131-1234". */
static const Error *read_after(Cx *cx, Str after, Page *page)
{
    Str id, due = str_split(after, '-', &id);

    if (after.len == 0 || (str_to_int(due, &page->due) && str_to_id(id, &page->id)))
        return OK;
    return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
}

const Error *arrears_list_json(Cx *cx, Id project, Str no, Str after, int limit, Json *json)
{
    static const char ALL[] = HOMES(""), SOME[] = HOMES(" AND h.no >= :no AND h.no < :no_end"); /* charge_by_project_id_due_date_id_part, charge_by_house_id_due_date_id_part */
    Page page = {.json = json, .limit = limit};
    Date today = instant_to_date(cx->now, cx->zone_min);

    TRY(read_after(cx, after, &page));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, no.len == 0 ? ALL : SOME,
                 IN(in_int("project", project), in_int("today", today), in_int("due", page.due), in_int("id", page.id), in_int("limit", limit + 1), in_int("age0", date_add(today, -30)),
                    in_int("age1", date_add(today, -90)), in_int("age2", date_add(today, -180)), in_int("age3", date_add(today, -365)), in_text("no", no.len == 0 ? STR("") : no),
                    in_text("no_end", str_join(cx->arena, no, STR("\xF4\x8F\xBF\xBF")))),
                 home_json, &page));
    json_close(json, ']');
    JSON_KEY(json, "next");
    if (page.more)
        json_text(json, str_format(cx->arena, "%08lld-%lld", (long long)page.due, (long long)page.id));
    else
        json_none(json);
    json_close(json, '}');
    return OK;
}
