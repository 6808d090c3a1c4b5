/* request_fuzz.c: lines of a request's head, as the HTTP library leaves them, through the hygiene check and the splitting
 * of the target. */
#include "http/request_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* First line: method, target, version; each further line: name, colon, value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 24);
    Header headers[MAX_HEADERS];
    Str raw = {str_to_c(arena, (Str){(const char *)data, (ptrdiff_t)size}), (ptrdiff_t)size}, rest = raw, line = str_split(rest, '\n', &rest), path, query;
    RequestHead head = {.raw = raw, .headers = headers};

    head.method = str_split(line, ' ', &line);
    head.target = str_split(line, ' ', &line);
    head.version = line;
    head.target_at = head.target.ptr;
    while (rest.ptr != NULL && head.header_count < MAX_HEADERS) {
        Str value, name;
        line = str_split(rest, '\n', &rest);
        name = str_split(line, ':', &value);
        if (name.ptr != NULL && value.ptr != NULL)
            headers[head.header_count++] = (Header){name, value};
    }
    if (head.target.len > 0 && request_check(&head) == NULL)
        target_split(head.target, &path, &query);
    (void)refusal_lang(raw);
    (void)value_trim(raw);
    return 0;
}
