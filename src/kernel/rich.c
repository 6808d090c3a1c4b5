/* rich.c: a tokenizer that forgets what it does not know, and a writer that knows a dozen tags. */
#include "kernel/rich.h"

#include <ctype.h>
#include <strings.h>

#define MAX_DEPTH 40
#define MAX_NAME 16
#define MAX_HREF 2000

typedef enum { TAG_INLINE = 1, TAG_BLOCK = 2, TAG_VOID = 4 } TagKind;
typedef struct {
    const char *name;
    int kind;
} Tag;

static const Tag tags[] = {
    {"p", TAG_BLOCK},  {"br", TAG_BLOCK | TAG_VOID}, {"strong", TAG_INLINE}, {"em", TAG_INLINE}, {"u", TAG_INLINE},
    {"ul", TAG_BLOCK}, {"ol", TAG_BLOCK},            {"li", TAG_BLOCK},      {"h2", TAG_BLOCK},  {"h3", TAG_BLOCK},
    {"table", TAG_BLOCK}, {"tr", TAG_BLOCK},         {"td", TAG_INLINE},     {"th", TAG_INLINE}, {"a", TAG_INLINE},
    {"img", TAG_INLINE | TAG_VOID},
};
/* What editors write for the same. */
static const char *const same[][2] = {{"b", "strong"}, {"i", "em"}, {"h1", "h2"}, {"h4", "h3"}, {"div", "p"}};
/* Their content is no text of ours. */
static const char *const silent[] = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "title", "textarea", "select",
                                     "xmp", "noembed", "noframes", "plaintext", "head", "audio", "video", "canvas", "applet", "frameset"};

typedef struct {
    Arena *arena;
    Str source;
    ptrdiff_t at;
    Buf html, text;
    const Tag *open[MAX_DEPTH];
    int depth;
    Str host;              /* of the open link; empty: none that matters */
    bool in_link;
    Buf shown;             /* the open link's text */
    Rich *out;
} Cleaning;

static bool is_name(Str word, const char *name)
{
    return word.len == (ptrdiff_t)strlen(name) && strncasecmp(word.ptr, name, (size_t)word.len) == 0;
}

static const Tag *find_tag(Str name)
{
    for (size_t i = 0; i < COUNT_OF(same); i++)
        if (is_name(name, same[i][0]))
            name = str_of(same[i][1]);
    for (size_t i = 0; i < COUNT_OF(tags); i++)
        if (is_name(name, tags[i].name))
            return &tags[i];
    return NULL;
}

static bool is_silent(Str name)
{
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        if (is_name(name, silent[i]))
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

void rich_escape(Buf *buf, Str text)
{
    for (ptrdiff_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '&')
            buf_add_c(buf, "&amp;");
        else if (c == '<')
            buf_add_c(buf, "&lt;");
        else if (c == '>')
            buf_add_c(buf, "&gt;");
        else if (c == '"')
            buf_add_c(buf, "&quot;");
        else
            buf_char(buf, c);
    }
}

/* Controls, marks that turn the direction of writing, and blanks without width: they only serve to mislead. */
static bool is_unwanted(int32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff;
}

/* &amp; &#60; &#x3c; … at text[*at]; false when it is none. */
static bool read_entity(Str text, ptrdiff_t *at, int32_t *out)
{
    static const struct {
        const char *name;
        int32_t c;
    } named[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", 0xa0}, {"colon;", ':'}, {"Tab;", '\t'}, {"NewLine;", '\n'}};
    ptrdiff_t i = *at + 1;
    int32_t c = 0;

    for (size_t k = 0; k < COUNT_OF(named); k++)
        if (str_starts(str_cut(text, i, text.len), str_of(named[k].name))) {
            *out = named[k].c;
            *at = i + (ptrdiff_t)strlen(named[k].name);
            return true;
        }
    if (i >= text.len || text.ptr[i] != '#')
        return false;
    bool hex = ++i < text.len && (text.ptr[i] == 'x' || text.ptr[i] == 'X');
    ptrdiff_t first = i += hex;
    for (; i < text.len && (hex ? isxdigit((unsigned char)text.ptr[i]) : isdigit((unsigned char)text.ptr[i])); i++) {
        char d = text.ptr[i];
        c = c > 0x10ffff ? c : c * (hex ? 16 : 10) + (d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
    }
    if (i == first)
        return false;
    *out = c;
    *at = i + (i < text.len && text.ptr[i] == ';');
    return true;
}

/* Text with its entities read and unwanted characters gone. */
static Str decode(Arena *arena, Str text)
{
    Buf buf = buf_new(arena, text.len + 16);
    int32_t c;

    for (ptrdiff_t at = 0; at < text.len;) {
        if (text.ptr[at] != '&' || !read_entity(text, &at, &c))
            c = utf8_next(text, &at);
        if (!is_unwanted(c) && c > 0)
            buf_utf8(&buf, c);
    }
    return buf_str(&buf);
}

/* Links */

static Str lower(Arena *arena, Str text)
{
    char *copy = str_to_c(arena, text);
    for (ptrdiff_t i = 0; i < text.len; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (Str){copy, text.len};
}

static void refuse(Cleaning *c, const char *zh, const char *en)
{
    c->out->zh = zh;
    c->out->en = en;
}

/* A host is plain letters, or one label of Chinese alone: all else can be made to look like another. */
static bool host_is_honest(Str host)
{
    Str label, rest = host;

    while (rest.ptr != NULL) {
        bool plain = false, han = false, other = false;
        label = str_split(rest, '.', &rest);
        if (str_starts(label, STR("xn--")))
            return false;
        for (ptrdiff_t at = 0; at < label.len;) {
            int32_t ch = utf8_next(label, &at);
            if (ch < 0x80)
                plain = plain || isalpha(ch), other = other || !(isalnum(ch) || ch == '-' || ch == '_');
            else
                han = han || (ch >= 0x4e00 && ch <= 0x9fff), other = other || !(ch >= 0x4e00 && ch <= 0x9fff);
        }
        if (other || (plain && han))
            return false;
    }
    return true;
}

/* The host that an address leads to; false when it is built to mislead. `host` may stay empty (tel). */
static bool host_of(Cleaning *c, Str href, Str *host)
{
    bool mail = str_starts(href, STR("mailto:"));
    Str rest, port;

    *host = STR_NONE;
    if (str_starts(href, STR("tel:")))
        return true;
    rest = mail ? str_cut(href, 7, href.len) : str_cut(href, str_find(href, STR("://")) + 3, href.len);
    for (ptrdiff_t i = 0; i < rest.len; i++)
        if (strchr("/?#", rest.ptr[i]) != NULL) {
            rest = str_cut(rest, 0, i);
            break;
        }
    if (mail)
        rest = str_cut(rest, str_find_char(rest, '@') + 1, rest.len);
    if (str_find_char(rest, '@') >= 0 || str_find_char(rest, '%') >= 0 || str_find_char(href, '\\') >= 0)
        return false;
    *host = lower(c->arena, str_split(rest, ':', &port));
    return host->len > 0 && host_is_honest(*host);
}

static Str without_www(Str host)
{
    return str_starts(host, STR("www.")) ? str_cut(host, 4, host.len) : host;
}

static bool is_file_name(Str word)
{
    static const char *const ends[] = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".jpg", ".png", ".zip", ".txt"};

    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (str_ends(word, str_of(ends[i])))
            return true;
    return false;
}

/* Does one word of what the link shows look like a host other than its own? */
static bool shows_other_host(Arena *arena, Str shown, Str host)
{
    Str text = lower(arena, shown);

    for (ptrdiff_t i = 0; i < text.len;) {
        ptrdiff_t from = i, dot = -1;
        bool letters = true;
        while (i < text.len && (isalnum((unsigned char)text.ptr[i]) || strchr(".-_", text.ptr[i]) != NULL)) {
            if (text.ptr[i] == '.')
                dot = i, letters = true;
            else
                letters = letters && isalpha((unsigned char)text.ptr[i]);
            i++;
        }
        Str word = str_cut(text, from, i);
        if (dot > from && letters && i - dot > 2 && !is_file_name(word) && !str_eq(without_www(word), without_www(host)))
            return true;
        i += i == from;
    }
    return false;
}

/* Text */

static void put_text(Cleaning *c, Str raw)
{
    Str text = decode(c->arena, raw);

    rich_escape(&c->html, text);
    buf_add(&c->text, text);
    if (c->in_link)
        buf_add(&c->shown, text);
}

static void new_line(Cleaning *c)
{
    if (c->text.len > 0 && c->text.ptr[c->text.len - 1] != '\n')
        buf_char(&c->text, '\n');
}

/* Tags */

static void end_link(Cleaning *c)
{
    if (c->host.len > 0 && shows_other_host(c->arena, buf_str(&c->shown), c->host))
        refuse(c, "链接显示的网址与实际去向不同", "a link shows another address than it leads to");
    c->in_link = false;
}

static void close_top(Cleaning *c)
{
    const Tag *tag = c->open[--c->depth];

    if (strcmp(tag->name, "a") == 0)
        end_link(c);
    buf_format(&c->html, "</%s>", tag->name);
    if ((tag->kind & TAG_BLOCK) != 0)
        new_line(c);
    else if (strcmp(tag->name, "td") == 0 || strcmp(tag->name, "th") == 0)
        buf_char(&c->text, ' ');
}

static bool is_open(const Cleaning *c, const char *name)
{
    for (int i = 0; i < c->depth; i++)
        if (strcmp(c->open[i]->name, name) == 0)
            return true;
    return false;
}

static void close_tag(Cleaning *c, const Tag *tag)
{
    if (!is_open(c, tag->name))
        return;
    while (c->open[c->depth - 1] != tag)
        close_top(c);
    close_top(c);
}

static void open_link(Cleaning *c, const Tag *tag, Str href)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:", "tel:"};
    Buf buf = buf_new(c->arena, MAX_HREF);
    Str address, low;
    bool known = false;

    href = str_trim(decode(c->arena, href));
    for (ptrdiff_t i = 0; i < href.len; i++) /* browsers do not see blanks inside either */
        if (!is_space(href.ptr[i]))
            buf_char(&buf, href.ptr[i]);
    address = buf_str(&buf);
    low = lower(c->arena, address);
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        known = known || str_starts(low, str_of(schemes[i]));
    if (!known || buf_is_full(&buf))
        return; /* its words stay, as words */
    if (is_open(c, "a"))
        close_tag(c, tag);
    if (c->depth == MAX_DEPTH)
        return;
    if (!host_of(c, low, &c->host))
        refuse(c, "链接的网址有误导之嫌（混用字母、punycode 或夹带用户名）", "a link's address could be mistaken for another (mixed letters, punycode or a user name in it)");
    c->in_link = true;
    c->shown = buf_new(c->arena, RICH_MAX_BYTES);
    c->open[c->depth++] = tag;
    buf_add_c(&c->html, "<a href=\"");
    rich_escape(&c->html, address);
    buf_add_c(&c->html, "\" rel=\"noopener noreferrer nofollow\">");
}

static void put_picture(Cleaning *c, Str src)
{
    Id id;

    src = str_trim(decode(c->arena, src));
    if (!str_starts(src, STR("/api/v1/files/")) || !str_to_id(str_cut(src, 14, src.len), &id))
        return;
    if (c->out->picture_count == RICH_MAX_PICTURES) {
        refuse(c, "正文图片最多 30 张", "at most 30 pictures in a text");
        return;
    }
    c->out->pictures[c->out->picture_count++] = id;
    buf_format(&c->html, "<img src=\"/api/v1/files/%lld\" alt=\"\">", (long long)id);
}

static void open_tag(Cleaning *c, const Tag *tag, Str href, Str src)
{
    if (strcmp(tag->name, "a") == 0) {
        open_link(c, tag, href);
    } else if (strcmp(tag->name, "img") == 0) {
        put_picture(c, src);
    } else if ((tag->kind & TAG_VOID) != 0) {
        buf_format(&c->html, "<%s>", tag->name);
        new_line(c);
    } else if (c->depth < MAX_DEPTH) {
        static const Tag *paragraph = &tags[0];
        if (tag->kind == TAG_BLOCK && is_open(c, "p"))
            close_tag(c, paragraph); /* a block ends the paragraph that it stands in */
        c->open[c->depth++] = tag;
        buf_format(&c->html, "<%s>", tag->name);
        if ((tag->kind & TAG_BLOCK) != 0)
            new_line(c);
    }
}

/* Past </name>, or the end. */
static void skip_content(Cleaning *c, Str name)
{
    for (; c->at < c->source.len; c->at++) {
        Str rest = str_cut(c->source, c->at, c->source.len);
        if (rest.len > name.len + 2 && rest.ptr[0] == '<' && rest.ptr[1] == '/' && strncasecmp(rest.ptr + 2, name.ptr, (size_t)name.len) == 0 &&
            (is_space(rest.ptr[name.len + 2]) || rest.ptr[name.len + 2] == '>' || rest.ptr[name.len + 2] == '/')) {
            ptrdiff_t end = str_find_char(rest, '>');
            c->at = end < 0 ? c->source.len : c->at + end + 1;
            return;
        }
    }
}

/* One attribute at *at of the tag; *name empty at the tag's end. */
static void read_attribute(Str s, ptrdiff_t *at, Str *name, Str *value)
{
    ptrdiff_t from;

    *name = *value = STR_NONE;
    while (*at < s.len && (is_space(s.ptr[*at]) || s.ptr[*at] == '/'))
        ++*at;
    from = *at;
    while (*at < s.len && !is_space(s.ptr[*at]) && strchr("=>/", s.ptr[*at]) == NULL)
        ++*at;
    if (*at == from && *at < s.len && s.ptr[*at] == '=') /* a stray one belongs to a name */
        ++*at;
    *name = str_cut(s, from, *at);
    while (*at < s.len && is_space(s.ptr[*at]))
        ++*at;
    if (name->len == 0 || *at >= s.len || s.ptr[*at] != '=')
        return;
    ++*at;
    while (*at < s.len && is_space(s.ptr[*at]))
        ++*at;
    if (*at < s.len && (s.ptr[*at] == '"' || s.ptr[*at] == '\'')) {
        char quote = s.ptr[(*at)++];
        from = *at;
        while (*at < s.len && s.ptr[*at] != quote)
            ++*at;
        *value = str_cut(s, from, *at);
        *at += *at < s.len;
        return;
    }
    from = *at;
    while (*at < s.len && !is_space(s.ptr[*at]) && s.ptr[*at] != '>')
        ++*at;
    *value = str_cut(s, from, *at);
}

/* At '<' and a letter, or "</" and a letter. What is not closed by '>' is dropped to the end. */
static void read_tag(Cleaning *c)
{
    bool closing = c->source.ptr[c->at + 1] == '/';
    ptrdiff_t at = c->at + 1 + closing, from = at;
    Str name, key, value, href = STR_NONE, src = STR_NONE;
    const Tag *tag;

    while (at < c->source.len && !is_space(c->source.ptr[at]) && c->source.ptr[at] != '>' && c->source.ptr[at] != '/')
        at++;
    name = str_cut(c->source, from, at);
    for (;;) {
        read_attribute(c->source, &at, &key, &value);
        if (key.len == 0)
            break;
        if (href.ptr == NULL && is_name(key, "href"))
            href = value;
        else if (src.ptr == NULL && is_name(key, "src"))
            src = value;
    }
    if (at >= c->source.len) {
        c->at = c->source.len;
        return;
    }
    c->at = at + 1;
    if (is_silent(name)) {
        if (!closing)
            skip_content(c, name);
        return;
    }
    tag = name.len > MAX_NAME ? NULL : find_tag(name);
    if (tag == NULL)
        return;
    if (!closing)
        open_tag(c, tag, href, src);
    else if ((tag->kind & TAG_VOID) == 0)
        close_tag(c, tag);
}

/* <!-- … -->, <!doctype …>, <? … > */
static void skip_declaration(Cleaning *c)
{
    Str rest = str_cut(c->source, c->at, c->source.len);
    bool comment = str_starts(rest, STR("<!--"));
    ptrdiff_t end = comment ? str_find(str_cut(rest, 2, rest.len), STR("-->")) : str_find_char(rest, '>');

    c->at = end < 0 ? c->source.len : c->at + end + (comment ? 5 : 1);
}

void rich_clean(Arena *arena, Str source, Rich *out)
{
    Cleaning c = {.arena = arena, .source = source, .html = buf_new(arena, RICH_MAX_BYTES), .text = buf_new(arena, RICH_MAX_BYTES), .out = out};

    *out = (Rich){0};
    while (c.at < source.len) {
        Str rest = str_cut(source, c.at, source.len);
        ptrdiff_t end = str_find_char(rest, '<');
        if (end != 0) {
            put_text(&c, str_cut(rest, 0, end < 0 ? rest.len : end));
            c.at = end < 0 ? source.len : c.at + end;
        } else if (rest.len > 1 && (rest.ptr[1] == '!' || rest.ptr[1] == '?')) {
            skip_declaration(&c);
        } else if ((rest.len > 1 && isalpha((unsigned char)rest.ptr[1])) || (rest.len > 2 && rest.ptr[1] == '/' && isalpha((unsigned char)rest.ptr[2]))) {
            read_tag(&c);
        } else {
            put_text(&c, STR("<"));
            c.at++;
        }
    }
    while (c.depth > 0)
        close_top(&c);
    if (buf_is_full(&c.html) && out->zh == NULL)
        refuse(&c, "正文太长", "the text is too long");
    out->html = str_trim(buf_str(&c.html));
    out->text = str_trim(buf_str(&c.text));
}

Str rich_of_text(Arena *arena, Str text)
{
    Buf buf = buf_new(arena, RICH_MAX_BYTES);

    while (text.ptr != NULL) {
        Str line = str_trim(str_split(text, '\n', &text));
        if (line.len == 0)
            continue;
        buf_add_c(&buf, "<p>");
        rich_escape(&buf, line);
        buf_add_c(&buf, "</p>");
    }
    return buf_str(&buf);
}
