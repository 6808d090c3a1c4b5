#include "http/multipart.h"

typedef struct {
    Str name, file_name;
    bool has_name;
} Disposition;

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_boundary_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

static bool same_letters(Str a, const char *lower)
{
    if (a.len != (ptrdiff_t)strlen(lower))
        return false;
    for (ptrdiff_t i = 0; i < a.len; i++) {
        char c = a.ptr[i] >= 'A' && a.ptr[i] <= 'Z' ? (char)(a.ptr[i] + 32) : a.ptr[i];
        if (c != lower[i])
            return false;
    }
    return true;
}

/* Only what may lie between tokens. */
static Str skip_blanks(Str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = str_cut(s, 1, s.len);
    return s;
}

/* One `; name=value` behind *rest; false when there is none or it is malformed (*rest then is not empty). In a quoted value
 * `\"` is a quote, other backslashes stay: browsers send paths so. */
static bool next_parameter(Arena *arena, Str *rest, Str *name, Str *value)
{
    Str s = skip_blanks(*rest);
    ptrdiff_t n = 0;

    if (s.len == 0) {
        *rest = s;
        return false;
    }
    if (s.ptr[0] != ';')
        return false;
    s = skip_blanks(str_cut(s, 1, s.len));
    while (n < s.len && is_token_char(s.ptr[n]))
        n++;
    if (n == 0 || n == s.len || s.ptr[n] != '=')
        return false;
    *name = str_cut(s, 0, n);
    s = str_cut(s, n + 1, s.len);
    if (s.len > 0 && s.ptr[0] == '"') {
        char *text = arena_alloc(arena, (size_t)s.len);
        ptrdiff_t len = 0, i = 1;
        for (; i < s.len && s.ptr[i] != '"'; i++) {
            if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '"')
                i++;
            text[len++] = s.ptr[i];
        }
        if (i >= s.len)
            return false;
        *value = (Str){text, len};
        *rest = str_cut(s, i + 1, s.len);
        return true;
    }
    for (n = 0; n < s.len && is_token_char(s.ptr[n]);)
        n++;
    if (n == 0)
        return false;
    *value = str_cut(s, 0, n);
    *rest = str_cut(s, n, s.len);
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static Str decode_percent(Arena *arena, Str s)
{
    char *text = arena_alloc(arena, (size_t)s.len + 1);
    ptrdiff_t n = 0;

    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' && i + 2 < s.len && hex_digit(s.ptr[i + 1]) >= 0 && hex_digit(s.ptr[i + 2]) >= 0) {
            text[n++] = (char)(hex_digit(s.ptr[i + 1]) * 16 + hex_digit(s.ptr[i + 2]));
            i += 2;
        } else {
            text[n++] = s.ptr[i];
        }
    }
    return (Str){text, n};
}

/* Browsers write a quote in a name as %22 and nothing else so; a '%' of the name itself stays. */
static Str decode_quotes(Arena *arena, Str s)
{
    char *text = arena_alloc(arena, (size_t)s.len + 1);
    ptrdiff_t n = 0;

    for (ptrdiff_t i = 0; i < s.len; i++) {
        bool quote = str_starts(str_cut(s, i, s.len), STR("%22"));
        text[n++] = quote ? '"' : s.ptr[i];
        i += quote ? 2 : 0;
    }
    return (Str){text, n};
}

static const Error *malformed(Arena *arena, ptrdiff_t at, const char *zh, const char *en)
{
    return error_new(arena, ERR_BAD_REQUEST, str_format(arena, "上传内容第 %td 字节处：%s", at + 1, zh),
                     str_format(arena, "in the upload, at byte %td: %s", at + 1, en));
}

static const Error *read_boundary(Arena *arena, Str content_type, Str *boundary)
{
    Str rest = content_type, name, value;
    ptrdiff_t semicolon = str_find_char(content_type, ';');
    Str media = str_trim(str_cut(content_type, 0, semicolon < 0 ? content_type.len : semicolon));

    if (!same_letters(media, "multipart/form-data"))
        return error_new(arena, ERR_MEDIA_TYPE, STR("上传文件要用 multipart/form-data，字段名 file"),
                         STR("a file is sent as multipart/form-data, in the field file"));
    *boundary = STR_NONE;
    rest = semicolon < 0 ? STR_NONE : str_cut(content_type, semicolon, content_type.len);
    while (next_parameter(arena, &rest, &name, &value))
        if (same_letters(name, "boundary")) {
            if (boundary->len > 0)
                return malformed(arena, 0, "boundary 写了两次", "two boundaries in Content-Type");
            *boundary = value;
        }
    if (rest.len > 0 || boundary->len == 0 || boundary->len > MULTIPART_MAX_BOUNDARY ||
        boundary->ptr[boundary->len - 1] == ' ')
        return malformed(arena, 0, "Content-Type 里没有可用的 boundary", "Content-Type has no usable boundary");
    for (ptrdiff_t i = 0; i < boundary->len; i++)
        if (!is_boundary_char(boundary->ptr[i]))
            return malformed(arena, 0, "boundary 含有不允许的字符", "the boundary has a character that is not allowed");
    return OK;
}

/* The headers of a part; only Content-Disposition matters. */
static const Error *read_head(Arena *arena, Str head, ptrdiff_t at, Disposition *out)
{
    bool found = false;

    while (head.len > 0) {
        ptrdiff_t end = str_find(head, STR("\r\n"));
        Str line = end < 0 ? head : str_cut(head, 0, end), rest, name, value;
        ptrdiff_t colon = str_find_char(line, ':');
        if (colon <= 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t')
            return malformed(arena, at, "分段的头部写法不对", "a header of the part is malformed");
        rest = skip_blanks(str_cut(line, colon + 1, line.len));
        if (same_letters(str_cut(line, 0, colon), "content-disposition")) {
            ptrdiff_t semicolon = str_find_char(rest, ';');
            if (found || semicolon < 0 || !same_letters(str_trim(str_cut(rest, 0, semicolon)), "form-data"))
                return malformed(arena, at, "Content-Disposition 应为 form-data",
                                 "Content-Disposition must be form-data");
            found = true;
            rest = str_cut(rest, semicolon, rest.len);
            while (next_parameter(arena, &rest, &name, &value)) {
                if (same_letters(name, "name")) {
                    out->name = value;
                    out->has_name = true;
                } else if (same_letters(name, "filename") && out->file_name.len == 0) {
                    out->file_name = decode_quotes(arena, value);
                } else if (same_letters(name, "filename*") && value.len > 7 &&
                           same_letters(str_cut(value, 0, 7), "utf-8''")) {
                    out->file_name = decode_percent(arena, str_cut(value, 7, value.len));
                }
            }
            if (str_trim(rest).len > 0)
                return malformed(arena, at, "Content-Disposition 写法不对", "Content-Disposition is malformed");
        }
        head = end < 0 ? STR_NONE : str_cut(head, end + 2, head.len);
    }
    if (!out->has_name)
        return malformed(arena, at, "分段没有 Content-Disposition 和 name",
                         "a part has no Content-Disposition with a name");
    return OK;
}

const Error *multipart_file(Arena *arena, Str content_type, Str body, MultipartFile *out)
{
    Problems problems = problems_new(arena);
    Str boundary = STR_NONE, delimiter;
    ptrdiff_t at = 0;
    int count = 0;

    TRY(read_boundary(arena, content_type, &boundary));
    delimiter = str_format(arena, "\r\n--%.*s", STR_ARG(boundary));
    if (str_starts(body, STR("\r\n")))
        at = 2;
    if (!str_starts(str_cut(body, at, body.len), str_cut(delimiter, 2, delimiter.len)))
        return malformed(arena, at, "不以 boundary 开头", "it does not begin with the boundary");
    at += delimiter.len - 2;
    for (;;) {
        Disposition disposition = {0};
        Str rest = str_cut(body, at, body.len);
        ptrdiff_t head, end;
        if (str_starts(rest, STR("--"))) { /* the last one; behind it only a line end */
            rest = str_cut(rest, 2, rest.len);
            if (rest.len > 0 && !str_is(rest, "\r\n"))
                return malformed(arena, at + 2, "结尾之后还有内容", "something follows the end");
            break;
        }
        if (!str_starts(rest, STR("\r\n")))
            return malformed(arena, at, "boundary 之后应换行", "a boundary must be followed by a line end");
        head = str_find(str_cut(rest, 0, MULTIPART_MAX_HEAD), STR("\r\n\r\n"));
        if (head < 0)
            return malformed(arena, at, "分段的头部没有结束或超过 8 KB",
                             "the headers of a part have no end, or more than 8 KB");
        TRY(read_head(arena, head == 0 ? STR_NONE : str_cut(rest, 2, head), at, &disposition));
        at += head + 4;
        rest = str_cut(body, at - 2,
                       body.len); /* an empty part ends at once: its head's line end belongs to the delimiter */
        end = str_find(rest, delimiter);
        if (end < 0)
            return malformed(arena, body.len, "没有收到结尾的 boundary", "the closing boundary is missing");
        if (!str_is(disposition.name, "file"))
            problems_add(&problems, utf8_is_valid(disposition.name) ? utf8_cut(disposition.name, 60) : STR("?"),
                         "unknown", STR("没有这个字段，只要 file"), STR("there is no such field; only file is taken"));
        else if (++count > 1)
            problems_add(&problems, STR("file"), "repeated", STR("一次只传一个文件"), STR("send one file at a time"));
        else
            *out = (MultipartFile){disposition.file_name, end < 2 ? STR("") : str_cut(rest, 2, end)};
        at += end - 2 + delimiter.len;
        if (problems.count > 20)
            break;
    }
    if (count == 0)
        problems_add(&problems, STR("file"), "required", STR("缺少文件，字段名为 file"),
                     STR("the file is missing; its field is file"));
    return problems_error(&problems);
}
