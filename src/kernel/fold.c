/* fold.c: see fold.h. The tables come from ICU through tools/pinyin_table.c. */
#include "kernel/fold.h"

#include "pinyin_table.inc"

#define MAX_TOKEN_BYTES 64
#define MIN_TAIL 4  /* digits: people say the last four */
#define MAX_TAIL 18 /* digits: an identity number; longer runs are found by themselves and by their last 18 */

typedef enum { KIND_NONE, KIND_LATIN, KIND_DIGIT, KIND_PAIRED } Kind;

/* Characters of one kind that stand together. */
typedef struct {
    Kind kind;
    Str text;
} Run;

/* Surnames that are read otherwise than the same character elsewhere. 长 and 重 begin names of firms and places (长城,
 * 重庆) far more often than of people. */
static const struct {
    int32_t character;
    char letter;
} surnames[] = {
    {U'乐', 'y'}, {U'仇', 'q'}, {U'区', 'o'}, {U'单', 's'}, {U'召', 's'}, {U'折', 's'}, {U'曾', 'z'},
    {U'查', 'z'}, {U'种', 'c'}, {U'秘', 'b'}, {U'粘', 'n'}, {U'繁', 'p'}, {U'翟', 'z'}, {U'莘', 's'},
    {U'解', 'x'}, {U'覃', 'q'}, {U'重', 'c'}, {U'长', 'c'}, {U'隗', 'w'},
};

static const struct {
    const char *characters, *letters;
} double_surnames[] = {
    {"万俟", "mq"}, {"单于", "cy"}, {"尉迟", "yc"}, {"澹台", "tt"}, {"长孙", "zs"},
};

/* Readings in names (and of characters beyond the table) that ICU doesn't have. */
static const struct {
    int32_t character;
    char letter;
} readings[] = {
    {0x3007 /* 〇 */, 'l'}, {0x4DAE /* 䶮 */, 'y'}, {U'晟', 's'}, {U'阚', 'k'}, {U'靓', 'l'},
};

/* A folded text in the making. */
typedef struct {
    Buf buf;
    bool is_query; /* blanks and line ends all stay, as one ' ' */
    char blank;    /* due before the next character: ' ', '\n' or none */
    Kind before;   /* kind of the last character */
} Folding;

static Str fold(Arena *arena, Str text, bool is_query);
static void fold_in(Folding *folding, int32_t c);
static void put(Folding *folding, int32_t c);
static Kind kind_of(int32_t c);
static bool next_run(Str folded, ptrdiff_t *at, Run *out);
static void add_run(Buf *tokens, Run run, bool last_alone);
static void add_pairs(Buf *tokens, Str text, bool last_alone);
static void add_character(Buf *tokens, int32_t c);
static void add_tails(Buf *tokens, Str digits);
static void query_word(Arena *arena, Str word, FoldQuery *query);
static void add_initials(Buf *initials, Str folded, ptrdiff_t *at, bool first);
static char letter_of(int32_t c, bool surname);

Str fold_text(Arena *arena, Str text)
{
    return fold(arena, text, false);
}

Str fold_pairs(Arena *arena, Str text)
{
    Str folded = fold_text(arena, text);
    Buf tokens = buf_new(arena, FOLD_MAX_BYTES);
    Run run;

    for (ptrdiff_t at = 0; next_run(folded, &at, &run);)
        add_run(&tokens, run, true);
    for (ptrdiff_t at = 0; next_run(folded, &at, &run);)
        if (run.kind == KIND_DIGIT)
            add_tails(&tokens, run.text);
    return buf_str(&tokens);
}

void fold_query(Arena *arena, Str typed, FoldQuery *out)
{
    Str rest = fold(arena, utf8_cut(typed, FOLD_MAX_QUERY_CHARS), true);

    *out = (FoldQuery){0};
    while (rest.len > 0)
        query_word(arena, str_split(rest, ' ', &rest), out);
    if (out->count == 1 && out->parts[0].tokens.len == MIN_TAIL && kind_of((unsigned char)out->parts[0].tokens.ptr[0]) == KIND_DIGIT)
        out->parts[0].prefix = false;
}

Str fold_fts5(Arena *arena, const FoldQuery *query)
{
    Buf text = buf_new(arena, FOLD_MAX_BYTES);

    for (int i = 0; i < query->count; i++) {
        buf_add_c(&text, i == 0 ? "\"" : " AND \"");
        buf_add(&text, query->parts[i].tokens);
        buf_add_c(&text, query->parts[i].prefix ? "\" *" : "\"");
    }
    return buf_str(&text);
}

Str fold_tsquery(Arena *arena, const FoldQuery *query)
{
    Buf text = buf_new(arena, FOLD_MAX_BYTES);

    for (int i = 0; i < query->count; i++) {
        buf_add_c(&text, i == 0 ? "'" : " & '");
        for (Str rest = query->parts[i].tokens; rest.len > 0;) {
            buf_add(&text, str_split(rest, ' ', &rest));
            buf_add_c(&text, rest.len > 0 ? "' <-> '" : "'");
        }
        if (query->parts[i].prefix)
            buf_add_c(&text, ":*");
    }
    return buf_str(&text);
}

Str pinyin_initials(Arena *arena, Str name)
{
    Str folded = fold_text(arena, name);
    Buf initials = buf_new(arena, FOLD_MAX_BYTES);
    bool first = true; /* of a name */

    for (ptrdiff_t at = 0; at < folded.len;) {
        ptrdiff_t ahead = at;

        if (kind_of(utf8_next(folded, &ahead)) == KIND_NONE) {
            at = ahead;
            first = true;
            continue;
        }
        add_initials(&initials, folded, &at, first);
        first = false;
    }
    return str_trim(buf_str(&initials));
}

static Str fold(Arena *arena, Str text, bool is_query)
{
    Folding folding = {.buf = buf_new(arena, FOLD_MAX_BYTES), .is_query = is_query};

    for (ptrdiff_t at = 0; at < text.len && !buf_is_full(&folding.buf);)
        fold_in(&folding, utf8_next(text, &at));
    return buf_str(&folding.buf);
}

static void fold_in(Folding *folding, int32_t c)
{
    ptrdiff_t low = 0, high = COUNT_OF(fold_codes);

    if (c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    if (c >= 0xE0100 && c <= 0xE01EF) /* chooses among drawings of one ideograph */
        return;
    if (c < 0x80 || (c >= 0x3400 && c < 0xF900)) { /* nothing there folds */
        put(folding, c);
        return;
    }
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (fold_codes[middle] < c)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == COUNT_OF(fold_codes) || fold_codes[low] != c) {
        put(folding, c);
        return;
    }
    Str form = str_cut((Str){fold_forms, sizeof(fold_forms) - 1}, low == 0 ? 0 : fold_ends[low - 1], fold_ends[low]);
    for (ptrdiff_t at = 0; at < form.len;)
        put(folding, utf8_next(form, &at));
}

static void put(Folding *folding, int32_t c)
{
    bool line = c == '\n' && !folding->is_query;
    Kind kind = kind_of(c);

    if (c <= ' ' || c == 0x7F || c == 0x85 || c == 0x2028 || c == 0x2029) {
        folding->blank = line || folding->blank == '\n' ? '\n' : ' ';
        return;
    }
    if (folding->blank == ' ' && !folding->is_query && kind == KIND_PAIRED && folding->before == KIND_PAIRED)
        folding->blank = '\0';
    if (folding->blank != '\0' && folding->buf.len > 0)
        buf_char(&folding->buf, folding->blank);
    folding->blank = '\0';
    folding->before = kind;
    buf_utf8(&folding->buf, c);
}

/* Of a folded character. */
static Kind kind_of(int32_t c)
{
    ptrdiff_t low = 0, high = COUNT_OF(letter_ranges) / 2;

    if (c < 0x80)
        return c >= '0' && c <= '9' ? KIND_DIGIT : c >= 'a' && c <= 'z' ? KIND_LATIN : KIND_NONE;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (letter_ranges[2 * middle + 1] < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < (ptrdiff_t)COUNT_OF(letter_ranges) / 2 && letter_ranges[2 * low] <= c ? KIND_PAIRED : KIND_NONE;
}

/* The next run from *at on, which moves behind it; false when there is none. */
static bool next_run(Str folded, ptrdiff_t *at, Run *out)
{
    Run run = {KIND_NONE, STR_NONE};

    while (*at < folded.len) {
        ptrdiff_t from = *at;
        Kind kind = kind_of(utf8_next(folded, at));

        if (run.kind != KIND_NONE && kind != run.kind) {
            *at = from;
            break;
        }
        if (kind == KIND_NONE)
            continue;
        run = (Run){kind, run.kind == KIND_NONE ? str_cut(folded, from, *at)
                                                : (Str){run.text.ptr, folded.ptr + *at - run.text.ptr}};
    }
    *out = run;
    return run.kind != KIND_NONE;
}

static void add_run(Buf *tokens, Run run, bool last_alone)
{
    if (run.kind == KIND_PAIRED) {
        add_pairs(tokens, run.text, last_alone);
        return;
    }
    if (tokens->len > 0)
        buf_char(tokens, ' ');
    buf_add(tokens, str_cut(run.text, 0, MAX_TOKEN_BYTES));
}

/* last_alone: also the last character by itself, as the index has it; a run of one is always given. */
static void add_pairs(Buf *tokens, Str text, bool last_alone)
{
    ptrdiff_t at = 0;
    int32_t c = utf8_next(text, &at);

    if (at == text.len)
        last_alone = true;
    while (at < text.len || last_alone) {
        bool last = at == text.len;

        if (tokens->len > 0)
            buf_char(tokens, ' ');
        add_character(tokens, c);
        if (last)
            return;
        c = utf8_next(text, &at);
        add_character(tokens, c);
    }
}

/* Engines differ in what they take for a letter beyond these two blocks, and even cut words there. */
static void add_character(Buf *tokens, int32_t c)
{
    if ((c >= 0x3400 && c <= 0x4DB5) || (c >= 0x4E00 && c <= 0x9FCC)) {
        buf_utf8(tokens, c);
        return;
    }
    buf_char(tokens, 'v');
    for (int shift = 20; shift >= 0; shift -= 4)
        buf_char(tokens, (char)('a' + ((c >> shift) & 15)));
}

static void add_tails(Buf *tokens, Str digits)
{
    ptrdiff_t longest = digits.len - 1 < MAX_TAIL ? digits.len - 1 : MAX_TAIL;

    for (ptrdiff_t length = longest; length >= MIN_TAIL; length--) {
        buf_char(tokens, ' ');
        buf_add(tokens, str_cut(digits, digits.len - length, digits.len));
    }
}

/* May a word that is one run be the beginning of a token? One letter and one or two digits begin too many: a million records
 * took a second. */
static bool may_go_on(Run run)
{
    if (run.kind == KIND_PAIRED)
        return utf8_count(run.text) == 1;
    if (run.kind == KIND_DIGIT)
        return run.text.len > 2;
    return run.text.len > 1;
}

/* A word without blanks is one phrase. But digits in front may be the tail of a longer run (0314-0014 of an order
 * number 20260314-0014), and tails have no neighbours: four and more of them are looked for by themselves. */
static void query_word(Arena *arena, Str word, FoldQuery *query)
{
    Buf tokens = buf_new(arena, FOLD_MAX_BYTES);
    ptrdiff_t at = 0;
    Run run, next;
    bool more = next_run(word, &at, &run);

    if (!more)
        return;
    for (bool first = true; more; first = false, run = next) {
        more = next_run(word, &at, &next);
        add_run(&tokens, run, more);
        if (first && more && run.kind == KIND_DIGIT && run.text.len >= MIN_TAIL && query->count < FOLD_MAX_PARTS) {
            query->parts[query->count++] = (FoldPart){buf_str(&tokens), true};
            tokens = buf_new(arena, FOLD_MAX_BYTES);
        }
        if (!more && query->count < FOLD_MAX_PARTS)
            query->parts[query->count++] =
                (FoldPart){buf_str(&tokens), may_go_on(run) || (tokens.len > run.text.len && run.kind != KIND_PAIRED)};
    }
}

/* The letters of the character at *at (of two for a double surname), which moves behind. */
static void add_initials(Buf *initials, Str folded, ptrdiff_t *at, bool first)
{
    char letter;

    if (first && initials->len > 0)
        buf_char(initials, ' ');
    for (size_t i = 0; first && i < COUNT_OF(double_surnames); i++) {
        Str surname = str_of(double_surnames[i].characters);

        if (str_starts(str_cut(folded, *at, folded.len), surname)) {
            buf_add_c(initials, double_surnames[i].letters);
            *at += surname.len;
            return;
        }
    }
    letter = letter_of(utf8_next(folded, at), first);
    if (letter != '\0')
        buf_char(initials, letter);
}

/* '\0' when there is no reading. */
static char letter_of(int32_t c, bool surname)
{
    if (c < 0x80)
        return (char)c;
    for (size_t i = 0; surname && i < COUNT_OF(surnames); i++)
        if (surnames[i].character == c)
            return surnames[i].letter;
    for (size_t i = 0; i < COUNT_OF(readings); i++)
        if (readings[i].character == c)
            return readings[i].letter;
    if (c < 0x4E00 || c > 0x9FFF || pinyin_letters[c - 0x4E00] == '.')
        return '\0';
    return pinyin_letters[c - 0x4E00];
}
