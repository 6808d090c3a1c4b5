/* rich_fuzz.c: any bytes through the cleaner of rich text: what comes out is made of the allowed tags alone, is UTF-8, balanced,
 * and stays as it is when it is cleaned again. */
#include "kernel/rich.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const allowed[] = {"p>", "br>", "strong>", "em>", "u>", "ul>", "ol>", "li>", "h2>", "h3>", "table>", "tr>", "td>", "th>", "a>",
                                      "a href=\"http://", "a href=\"https://", "a href=\"mailto:", "a href=\"tel:", "img src=\"/api/v1/files/"};

/* Case of a scheme is the author's. */
static bool is_allowed(Str rest)
{
    for (size_t i = 0; i < COUNT_OF(allowed); i++) {
        size_t len = strlen(allowed[i]);
        bool same = rest.len >= (ptrdiff_t)len;
        for (size_t k = 0; same && k < len; k++)
            same = (rest.ptr[k] >= 'A' && rest.ptr[k] <= 'Z' ? rest.ptr[k] | 0x20 : rest.ptr[k]) == allowed[i][k];
        if (same)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 28);
    Rich *rich = new (arena, Rich, 1), *again = new (arena, Rich, 1);
    int depth = 0;

    if (size > 20000)
        return 0;
    rich_clean(arena, (Str){(const char *)data, (ptrdiff_t)size}, rich);
    assert(utf8_is_valid(rich->html) && utf8_is_valid(rich->text));
    if (rich->zh != NULL)
        return 0;
    for (ptrdiff_t i = 0; i < rich->html.len; i++) {
        Str rest = str_cut(rich->html, i + 1, rich->html.len);
        if (rich->html.ptr[i] != '<')
            continue;
        bool closing = str_starts(rest, STR("/"));
        assert(is_allowed(closing ? str_cut(rest, 1, rest.len) : rest));
        if (!str_starts(rest, STR("br>")) && !str_starts(rest, STR("img ")))
            depth += closing ? -1 : 1;
        assert(depth >= 0);
    }
    assert(depth == 0);
    rich_clean(arena, rich->html, again);
    assert(again->zh == NULL && str_eq(again->html, rich->html));
    return 0;
}
