/* list_fuzz.c: query parameters of a list (filters, sort, cursor, include, q) against a real, small database. Whatever is
 * asked, the answer is rows or a problem, never a fault of the statement (500). */
#include "app/command.h"
#include "kernel/list.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Arena *memory;
static House *house;
static Id company;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char folder[] = "/tmp/anju-list-fuzz-XXXXXX";
    NewOrg org = {.org = "物业", .project = "小区", .code = "TYHY", .admin = "admin", .password = "adminadmin"};
    Str password;
    Id project;

    (void)argc;
    (void)argv;
    memory = arena_open((size_t)1 << 28);
    if (mkdtemp(folder) == NULL || house_make(memory, &(HousePlace){.folder = str_to_c(memory, str_format(memory, "%s/d", folder))}, &house) != OK ||
        house_new_org(house, memory, &org, clock_now(), &password, &company, &project) != OK)
        abort();
    return 0;
}

typedef struct {
    const RecordMeta *meta;
    QueryParam params[MAX_QUERY_PARAMS];
    int count;
} Question;

static const Error *ask(Cx *cx, void *self)
{
    Question *asked = self;
    Json json = json_new(cx->arena, 1 << 24);
    ListQuery query;

    TRY(list_parse(cx, asked->meta, asked->params, asked->count, NULL, &query));
    return list_json(cx, &query, &json);
}

/* First byte: the resource. Then name=value pairs parted by '&'. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 26);
    Actor system = actor_system_template;
    Question asked = {0};
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = &house->kernel, .org = company, .actor = &system, .zone_min = ZONE_CHINA};
    Str rest;
    const Error *error;

    if (size < 2)
        return 0;
    asked.meta = &house->kernel.types[data[0] % house->kernel.type_count];
    rest = (Str){(const char *)data + 1, (ptrdiff_t)size - 1};
    if (!utf8_is_valid(rest) || memchr(rest.ptr, 0, (size_t)rest.len) != NULL)
        return 0; /* refused at the door */
    while (rest.ptr != NULL && asked.count < MAX_QUERY_PARAMS) {
        Str value, one = str_split(rest, '&', &rest), name = str_split(one, '=', &value);
        asked.params[asked.count++] = (QueryParam){name, value.ptr == NULL ? STR("") : value};
    }
    error = store_read(house->store, &cx, ask, &asked);
    assert(error == OK || error->code == ERR_INVALID || error->code == ERR_NOT_FOUND);
    return 0;
}
