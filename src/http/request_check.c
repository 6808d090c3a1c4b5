/* request_check.c: the hygiene of a request's head. Rules: RFC 9112 (HTTP/1.1 messages) and RFC 9110 (fields). */
#include "http/request_check.h"
#include "base/json.h"

/* clang-format off */
const Refusal refused_body_too_large    = {413, "too_large", "内容超过这里允许的大小", "The content is larger than allowed here"};
const Refusal refused_target_too_long   = {414, "uri_too_long", "地址太长：最多 8192 字节", "The address is too long: 8192 bytes at most"};
const Refusal refused_headers_too_large = {431, "header_too_large", "请求头太大：合计最多 16384 字节、100 行",
                                           "The headers are too large: 16384 bytes and 100 lines in all at most"};
const Refusal refused_closing           = {503, "unavailable", "服务正在停止，没有任何改动，请稍后再试",
                                           "The service is stopping; nothing was changed, try again later"};
const Refusal refused_bodies            = {503, "unavailable", "同时上传的内容太多，没有任何改动，请稍后再试",
                                           "Too much is being uploaded at once; nothing was changed, try again later"};

static const Refusal bad_line     = {400, "bad_request", "请求行不合规范：应为“方法 地址 HTTP/1.1”",
                                     "Malformed request line: method, address and version, one blank between"};
static const Refusal bad_target   = {400, "bad_request", "地址不合规范：应以 / 开头，不含空格和控制字符",
                                     "Malformed address: it starts with / and has no blanks or control characters"};
static const Refusal bad_layout   = {400, "bad_request", "请求头不合规范：每行以 CRLF 结束，不得续行，不得含 NUL",
                                     "Malformed headers: each line ends with CRLF, is not continued and has no NUL"};
static const Refusal bad_name     = {400, "bad_request", "请求头名称不合规范：冒号前不得有空格",
                                     "Malformed header name: no blank before the colon"};
static const Refusal bad_value    = {400, "bad_request", "请求头的值不得含控制字符",
                                     "A header's value must not hold control characters"};
static const Refusal bad_host     = {400, "bad_request", "HTTP/1.1 请求须有且只有一个 Host",
                                     "HTTP/1.1 needs exactly one Host header"};
static const Refusal bad_length   = {400, "bad_request", "Content-Length 须只有一个，且为十进制数字",
                                     "Content-Length must appear once, in decimal digits"};
static const Refusal bad_encoding = {400, "bad_request", "Transfer-Encoding 只支持一个 chunked（HTTP/1.1）",
                                     "The only Transfer-Encoding is chunked, once, in HTTP/1.1"};
static const Refusal bad_framing  = {400, "bad_request", "Content-Length 与 Transfer-Encoding 不得并用",
                                     "Content-Length and Transfer-Encoding must not come together"};
/* clang-format on */

static bool is_token(Str name);
static bool is_target(Str target);
static bool is_value(Str value);
static bool is_host(Str value);
static bool is_decimal(Str value);
static bool layout_is_plain(const RequestHead *head);
static bool line_ends_at(Str raw, const char *at);

const Refusal *request_check(const RequestHead *head)
{
    int hosts = 0, lengths = 0, encodings = 0;
    bool is_1_1 = str_is(head->version, "HTTP/1.1");

    if (head->target.len > MAX_TARGET_BYTES)
        return &refused_target_too_long;
    if (head->header_count > MAX_HEADERS ||
        head->raw.len - head->method.len - head->target.len - head->version.len > MAX_HEADER_BYTES)
        return &refused_headers_too_large;
    if (!is_token(head->method) || (!is_1_1 && !str_is(head->version, "HTTP/1.0")))
        return &bad_line;
    if (!is_target(head->target))
        return &bad_target;
    if (!layout_is_plain(head))
        return &bad_layout;

    for (int i = 0; i < head->header_count; i++) {
        Str name = head->headers[i].name, value = value_trim(head->headers[i].value);

        if (!is_token(name))
            return &bad_name;
        if (!is_value(value))
            return &bad_value;
        if (text_is_caseless(name, STR("Host"))) {
            hosts++;
            if (!is_host(value))
                return &bad_host;
        } else if (text_is_caseless(name, STR("Content-Length"))) {
            lengths++;
            if (!is_decimal(value))
                return &bad_length;
        } else if (text_is_caseless(name, STR("Transfer-Encoding"))) {
            encodings++;
            if (!is_1_1 || !text_is_caseless(value, STR("chunked")))
                return &bad_encoding;
        }
    }
    if (hosts > 1 || (is_1_1 && hosts == 0))
        return &bad_host;
    if (lengths > 0 && encodings > 0)
        return &bad_framing;
    if (lengths > 1)
        return &bad_length;
    if (encodings > 1)
        return &bad_encoding;
    return NULL;
}

void target_split(Str target, Str *path, Str *query)
{
    Str rest;

    for (int i = 0; i < 2; i++) { /* RFC 9112, 3.2.2: a server accepts the absolute form */
        Str scheme = i == 0 ? STR("http://") : STR("https://");
        if (str_starts(target, scheme)) {
            ptrdiff_t from = scheme.len;
            while (from < target.len && target.ptr[from] != '/' && target.ptr[from] != '?')
                from++;
            target = str_cut(target, from, target.len);
            break;
        }
    }
    *path = str_split(target, '?', &rest);
    *query = rest;
    if (path->len == 0)
        *path = STR("/");
}

Str refusal_body(Arena *arena, const Refusal *refusal, Lang lang)
{
    Json json = json_new(arena, 2048);

    json_open(&json, '{');
    JSON_C(&json, "type", "about:blank");
    JSON_C(&json, "title", lang == LANG_ZH ? refusal->zh : refusal->en);
    JSON_INT(&json, "status", refusal->status);
    JSON_C(&json, "code", refusal->code);
    json_close(&json, '}');
    return buf_str(&json.buf);
}

Lang refusal_lang(Str accept_language)
{
    ptrdiff_t en = str_find(accept_language, STR("en")), zh = str_find(accept_language, STR("zh"));

    return en >= 0 && (zh < 0 || en < zh) ? LANG_EN : LANG_ZH;
}

bool text_is_caseless(Str a, Str b)
{
    if (a.len != b.len)
        return false;
    for (ptrdiff_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
        if (x != y && ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
            return false;
    }
    return true;
}

Str value_trim(Str value)
{
    while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
        value = str_cut(value, 1, value.len);
    while (value.len > 0 && (value.ptr[value.len - 1] == ' ' || value.ptr[value.len - 1] == '\t'))
        value.len--;
    return value;
}

/* RFC 9110, 5.6.2 */
static bool is_token(Str name)
{
    for (ptrdiff_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return name.len > 0;
}

/* Bytes above 0x7f pass: people type 水管 into addresses, and whoever decodes the path checks its UTF-8. */
static bool is_target(Str target)
{
    for (ptrdiff_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        if (c <= ' ' || c == 0x7f)
            return false;
    }
    return str_starts(target, STR("/")) || str_is(target, "*") || str_starts(target, STR("http://")) ||
           str_starts(target, STR("https://"));
}

static bool is_value(Str value)
{
    for (ptrdiff_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_host(Str value)
{
    for (ptrdiff_t i = 0; i < value.len; i++)
        if (value.ptr[i] <= ' ' ||
            strchr("/\\@?#,", value.ptr[i]) != NULL) /* char is signed: above 0x7f falls here too */
            return false;
    return true;
}

static bool is_decimal(Str value)
{
    for (ptrdiff_t i = 0; i < value.len; i++)
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return false;
    return value.len > 0;
}

/* Walks the head as the library cut it. Every byte must be accounted for by a method, target, version, name, value,
 * blank before a value, or line end; a NUL sent by the client, a bare CR or LF, or a continued line leaves a gap. */
static bool layout_is_plain(const RequestHead *head)
{
    const char *end = head->raw.ptr + head->raw.len, *at = head->raw.ptr;

    if (head->method.ptr != at || head->target_at != at + head->method.len + 1 ||
        head->version.ptr != head->target_at + head->target.len + 1)
        return false;
    at = head->version.ptr + head->version.len;
    for (int i = 0; i < head->header_count; i++) {
        Str name = head->headers[i].name, value = head->headers[i].value;

        if (!line_ends_at(head->raw, at))
            return false;
        at += 2;
        if (name.ptr != at || name.len >= end - at)
            return false;
        at += name.len + 1; /* and the colon */
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (value.ptr != at || value.len >= end - at)
            return false;
        at += value.len;
    }
    return line_ends_at(head->raw, at) && line_ends_at(head->raw, at + 2) && at + 4 == end;
}

static bool line_ends_at(Str raw, const char *at)
{
    const char *end = raw.ptr + raw.len;

    return at >= raw.ptr && at < end && end - at >= 2 && at[0] == '\0' && at[1] == '\0';
}
