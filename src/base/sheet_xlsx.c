/* sheet_xlsx.c: the first visible worksheet of an .xlsx (ECMA-376), through libzip and expat.
 *
 * A file is a zip of XML parts: the package names its workbook, the workbook its sheets, and the sheets point into one
 * table of texts and one of styles. A part is never held whole: it is unpacked and parsed piece by piece. The merged
 * areas stand behind the rows that they change, so a sheet that has any is parsed twice: for them, then for the rows.
 */
#include "base/sheet_parts.h"

#include <expat.h>
#include <stdlib.h>
#include <zip.h>

#define MAX_PART ((int64_t)256 << 20) /* bytes of one part, unpacked */
#define MAX_RATIO 200 /* unpacked to packed, past the first RATIO_FREE bytes; real sheets stay under 60 */
#define RATIO_FREE ((int64_t)8 << 20)
#define MAX_BOOK ((size_t)256 << 20) /* bytes of texts kept */
#define MAX_TEXTS 4000000
#define MAX_STYLES 65536
#define MAX_FORMATS 4096
#define MAX_SHEETS 1024
#define MAX_ENTRIES 10000
#define MAX_DEPTH 64
#define PIECE (64 * 1024)
#define MAX_SILENCE (4 << 20) /* bytes without an element or text: expat reads such a token again with every piece */

typedef struct {
    int64_t top, bottom; /* rows from 1, inclusive */
    int left, right;     /* columns from 0, inclusive */
    Str value;
} Merge;

typedef struct {
    Str id, target, kind;
} Link;

typedef struct {
    int id;
    SheetStyle style;
} NumberFormat;

typedef struct Book Book;
typedef void(StartFn)(Book *book, Str name, const char **attributes);
typedef void(EndFn)(Book *book, Str name);

/* What is known of the file so far, and the part that is being parsed. The first refusal stops the parser. */
struct Book {
    SheetRow *row;
    Arena *arena; /* texts, styles, links: as long as the reading */
    zip_t *zip;
    const char *part;
    XML_Parser parser;
    StartFn *start;
    EndFn *end;
    const Error *error;
    int depth;
    int64_t silent; /* bytes since the parser last told us something */

    Str workbook, sheet, texts_part, styles_part; /* names of parts */
    Str first_sheet;                              /* link id of the first visible sheet */
    int sheets;
    bool from_1904;
    Link *links;
    int links_count, links_room;
    NumberFormat *formats;
    int formats_count, formats_room;
    SheetStyle *styles;
    int styles_count, styles_room;
    Str *texts;
    int texts_count, texts_room;
    Merge *merges;
    int merges_count, merges_room;

    /* inside an element */
    char *text; /* SHEET_MAX_CELL + 1 bytes */
    int text_len;
    bool text_wanted, in_cell_styles, in_phonetic;
    int64_t row_number;
    int column;
    char type; /* of the cell: n s i(nlineStr) t (str) b e d */
    int style;
    Merge **open; /* merged areas that reach into this row */
    int open_count, next_merge;
};

static const Error *find_parts(Book *book);
static bool may_have_merges(Book *book);
static const Error *read_part(Book *book, Str name, StartFn *start, EndFn *end);
static const Error *parse_part(Book *book, zip_file_t *file, int64_t packed);
static const Error *broken(Book *book);
static const Error *too_much(Book *book);
static void stop(Book *book, const Error *error);
static void start_link(Book *book, Str name, const char **attributes);
static void start_workbook(Book *book, Str name, const char **attributes);
static void start_style(Book *book, Str name, const char **attributes);
static void end_style(Book *book, Str name);
static void start_text(Book *book, Str name, const char **attributes);
static void end_text(Book *book, Str name);
static void start_merge(Book *book, Str name, const char **attributes);
static void start_cell(Book *book, Str name, const char **attributes);
static void end_cell(Book *book, Str name);
static const Error *put_cell(Book *book);
static const Error *end_row(Book *book);
static const Error *spread_merges(Book *book);
static int compare_merges(const void *a, const void *b);
static Str take_text(Book *book, Arena *arena);
static Str unescape(Arena *arena, Str s);
static Str attribute(const char **attributes, const char *name);
static int64_t attribute_int(const char **attributes, const char *name, int64_t otherwise);
static bool is_true(Str s);
static bool parse_ref(Str ref, int *column, int64_t *row);
static Str resolve(Arena *arena, Str base, Str target);
static void *grown(Arena *arena, void *old, int *room, int count, size_t size);
static void close_zip(zip_t **zip);
static void close_file(zip_file_t **file);
static void close_parser(XML_Parser *parser);

static void on_start(void *self, const char *name, const char **attributes);
static void on_end(void *self, const char *name);
static void on_text(void *self, const char *text, int len);
static void on_doctype(void *self, const char *name, const char *system, const char *public, int internal);

const Error *sheet_xlsx_read(SheetRow *row, Str bytes)
{
    AUTO(arena_close_at) Arena *arena = arena_open(MAX_BOOK);
    AUTO(close_zip) zip_t *zip = NULL;
    zip_error_t why;
    zip_source_t *source;
    Book book = {.row = row, .arena = arena};

    zip_error_init(&why);
    source = zip_source_buffer_create(bytes.ptr, (zip_uint64_t)bytes.len, 0, &why);
    zip = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &why);
    zip_error_fini(&why);
    if (zip == NULL) {
        zip_source_free(source);
        return broken(&book);
    }
    book.zip = zip;
    book.text = new (arena, char, SHEET_MAX_CELL + 1);
    if (zip_get_num_entries(zip, 0) > MAX_ENTRIES)
        return too_much(&book);

    TRY(find_parts(&book));
    if (book.styles_part.len > 0)
        TRY(read_part(&book, book.styles_part, start_style, end_style));
    if (book.texts_part.len > 0)
        TRY(read_part(&book, book.texts_part, start_text, end_text));
    if (may_have_merges(&book))
        TRY(read_part(&book, book.sheet, start_merge, NULL));
    if (book.merges_count > 1)
        qsort(book.merges, (size_t)book.merges_count, sizeof *book.merges, compare_merges);
    book.open = new (arena, Merge *, book.merges_count + 1);
    return read_part(&book, book.sheet, start_cell, end_cell);
}

/* From the package to the names of the parts that matter. */
static const Error *find_parts(Book *book)
{
    Arena *errors = book->row->arena;

    if (zip_name_locate(book->zip, "xl/workbook.bin", ZIP_FL_NOCASE) >= 0)
        return sheet_refuse(errors, "format", STR("这是 .xlsb 文件，请在 Excel 或 WPS 里“另存为” .xlsx 再传"),
                            STR("This is an .xlsb file; save it as .xlsx and send it again"));
    if (zip_name_locate(book->zip, "mimetype", 0) >= 0)
        return sheet_refuse(errors, "format", STR("这是 .ods 一类的文件，请“另存为” .xlsx 再传"),
                            STR("This looks like an .ods file; save it as .xlsx and send it again"));
    if (zip_name_locate(book->zip, "_rels/.rels", ZIP_FL_NOCASE) < 0)
        return sheet_refuse(errors, "format", STR("这个压缩包里没有表格，请传 .xlsx 或 .csv"),
                            STR("There is no spreadsheet in this archive; send .xlsx or .csv"));

    TRY(read_part(book, STR("_rels/.rels"), start_link, NULL));
    for (int i = 0; i < book->links_count; i++)
        if (str_is(book->links[i].kind, "officeDocument"))
            book->workbook = resolve(book->arena, STR_NONE, book->links[i].target);
    if (!str_ends(book->workbook, STR(".xml")) || str_starts(book->workbook, STR("word/")) ||
        str_starts(book->workbook, STR("ppt/")))
        return sheet_refuse(errors, "format", STR("这不是 Excel 表格，请传 .xlsx 或 .csv"),
                            STR("This is not a spreadsheet; send .xlsx or .csv"));

    ptrdiff_t slash = book->workbook.len;
    while (slash > 0 && book->workbook.ptr[slash - 1] != '/')
        slash--;
    Str folder = str_cut(book->workbook, 0, slash);
    book->links_count = 0;
    TRY(read_part(book,
                  str_format(book->arena, "%.*s_rels/%.*s.rels", STR_ARG(folder),
                             STR_ARG(str_cut(book->workbook, slash, book->workbook.len))),
                  start_link, NULL));
    TRY(read_part(book, book->workbook, start_workbook, NULL));
    for (int i = 0; i < book->links_count; i++) {
        const Link *link = &book->links[i];
        Str part = resolve(book->arena, folder, link->target);

        if (str_is(link->kind, "sharedStrings"))
            book->texts_part = part;
        else if (str_is(link->kind, "styles"))
            book->styles_part = part;
        else if (str_is(link->kind, "worksheet") && book->first_sheet.len > 0 && str_eq(link->id, book->first_sheet))
            book->sheet = part;
    }
    if (book->sheet.len == 0)
        return sheet_refuse(errors, "format", STR("文件里没有可见的工作表，请取消隐藏后再传"),
                            STR("The file has no visible worksheet; unhide it and send it again"));
    return OK;
}

/* A look at the bytes of the sheet, which is much cheaper than parsing it once more. Yes when in doubt. */
static bool may_have_merges(Book *book)
{
    static const char WORD[] = "mergeCell";
    AUTO(close_file) zip_file_t *file = NULL;
    zip_int64_t index = zip_name_locate(book->zip, str_to_c(book->arena, book->sheet), ZIP_FL_NOCASE), got;
    size_t kept = 0; /* a word may lie across two pieces */
    int64_t unpacked = 0;
    char *piece = new (book->arena, char, PIECE + sizeof WORD);

    file = index < 0 ? NULL : zip_fopen_index(book->zip, (zip_uint64_t)index, 0);
    while (file != NULL && (got = zip_fread(file, piece + kept, PIECE)) > 0) {
        if (unpacked == 0 && (piece[0] != '<' || piece[1] == '\0')) /* UTF-16, or odd */
            return true;
        unpacked += got;
        if (unpacked > MAX_PART || memmem(piece, kept + (size_t)got, WORD, sizeof WORD - 1) != NULL)
            return true;
        size_t end = kept + (size_t)got;
        kept = end < sizeof WORD ? end : sizeof WORD;
        memmove(piece, piece + end - kept, kept);
    }
    return false; /* what cannot be read is told by who parses it */
}

static const Error *read_part(Book *book, Str name, StartFn *start, EndFn *end)
{
    AUTO(close_file) zip_file_t *file = NULL;
    AUTO(close_parser) XML_Parser parser = NULL;
    zip_stat_t facts;
    zip_int64_t index;

    book->part = str_to_c(book->arena, name);
    index = zip_name_locate(book->zip, book->part, ZIP_FL_NOCASE);
    if (index < 0 || zip_stat_index(book->zip, (zip_uint64_t)index, 0, &facts) != 0)
        return broken(book);
    if ((facts.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && facts.encryption_method != ZIP_EM_NONE)
        return sheet_refuse(book->row->arena, "encrypted", STR("文件设了密码，请去掉密码后再传"),
                            STR("The file has a password; remove it and send it again"));
    if ((facts.valid & ZIP_STAT_SIZE) != 0 && facts.size > (zip_uint64_t)MAX_PART)
        return too_much(book);
    file = zip_fopen_index(book->zip, (zip_uint64_t)index, 0);
    if (file == NULL)
        return broken(book);

    parser = XML_ParserCreate(NULL);
    if (parser == NULL)
        return error_new(book->row->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
    XML_SetUserData(parser, book);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    book->parser = parser;
    book->start = start;
    book->end = end;
    book->depth = 0;
    book->text_wanted = false;
    book->in_phonetic = false;
    book->row_number = 0;
    book->silent = 0;
    return parse_part(book, file, (facts.valid & ZIP_STAT_COMP_SIZE) != 0 ? (int64_t)facts.comp_size : 0);
}

/* The sizes that a zip states may lie, so what really comes out is counted. */
static const Error *parse_part(Book *book, zip_file_t *file, int64_t packed)
{
    int64_t unpacked = 0;

    for (;;) {
        void *piece = XML_GetBuffer(book->parser, PIECE);
        zip_int64_t got = piece == NULL ? -1 : zip_fread(file, piece, PIECE);

        if (got < 0)
            return broken(book);
        unpacked += got;
        book->silent += got;
        if (unpacked > MAX_PART || (unpacked > RATIO_FREE && unpacked / MAX_RATIO > packed))
            return too_much(book);
        enum XML_Status status = XML_ParseBuffer(book->parser, (int)got, got == 0);
        if (book->error != OK)
            return book->error;
        if (status != XML_STATUS_OK || book->silent > MAX_SILENCE)
            return broken(book);
        if (arena_is_spent(book->arena))
            return too_much(book);
        if (got == 0)
            return OK;
    }
}

static const Error *broken(Book *book)
{
    return sheet_refuse(book->row->arena, "format", STR("文件已损坏或没有传完，请在 Excel 或 WPS 里重新另存为 .xlsx"),
                        STR("The file is broken or incomplete; save it as .xlsx again"));
}

static const Error *too_much(Book *book)
{
    return sheet_refuse(
        book->row->arena, "too_long", STR("文件解开后大得不正常，请只留要导入的表，重新另存为 .xlsx"),
        STR("The file unpacks to far too much; keep only the sheet to import and save it as .xlsx again"));
}

static void stop(Book *book, const Error *error)
{
    if (error == OK || book->error != OK)
        return;
    book->error = error;
    XML_StopParser(book->parser, XML_FALSE);
}

static void on_start(void *self, const char *name, const char **attributes)
{
    Book *book = self;
    const char *colon = strchr(name, ':');

    book->silent = 0;
    if (book->error != OK)
        return;
    if (++book->depth > MAX_DEPTH)
        stop(book, broken(book));
    else
        book->start(book, str_of(colon == NULL ? name : colon + 1), attributes);
}

static void on_end(void *self, const char *name)
{
    Book *book = self;
    const char *colon = strchr(name, ':');

    book->silent = 0;
    if (book->error != OK)
        return;
    book->depth--;
    if (book->end != NULL)
        book->end(book, str_of(colon == NULL ? name : colon + 1));
}

static void on_text(void *self, const char *text, int len)
{
    Book *book = self;

    book->silent = 0;
    if (!book->text_wanted || book->in_phonetic || book->error != OK)
        return;
    if (book->text_len + len > SHEET_MAX_CELL) {
        stop(book, sheet_cell_too_long(book->row->arena));
        return;
    }
    memcpy(book->text + book->text_len, text, (size_t)len);
    book->text_len += len;
}

/* No spreadsheet program writes one. It is the door of every trick with entities. */
static void on_doctype(void *self, const char *name, const char *system, const char *public, int internal)
{
    Book *book = self;

    (void)name, (void)system, (void)public, (void)internal;
    stop(book, sheet_refuse(book->row->arena, "format",
                            STR("文件里带有不允许的 XML 声明（DOCTYPE），请在 Excel 或 WPS 里重新另存为 .xlsx"),
                            STR("The file holds a forbidden XML declaration (DOCTYPE); save it as .xlsx again")));
}

static void start_link(Book *book, Str name, const char **attributes)
{
    Str kind = attribute(attributes, "Type"), target = attribute(attributes, "Target");

    if (!str_is(name, "Relationship") || book->links_count >= MAX_ENTRIES)
        return;
    for (ptrdiff_t at; (at = str_find_char(kind, '/')) >= 0;)
        kind = str_cut(kind, at + 1, kind.len);
    book->links = grown(book->arena, book->links, &book->links_room, book->links_count, sizeof *book->links);
    book->links[book->links_count++] = (Link){
        .id = str_copy(book->arena, attribute(attributes, "Id")),
        .target = str_copy(book->arena, target),
        .kind = str_copy(book->arena, kind),
    };
}

static void start_workbook(Book *book, Str name, const char **attributes)
{
    if (str_is(name, "workbookPr")) {
        book->from_1904 = is_true(attribute(attributes, "date1904"));
    } else if (str_is(name, "sheet") && ++book->sheets <= MAX_SHEETS && book->first_sheet.len == 0) {
        Str state = attribute(attributes, "state"), id = attribute(attributes, "id");

        if (str_is(state, "hidden") || str_is(state, "veryHidden"))
            return;
        for (int i = 0; i < book->links_count; i++) /* a sheet may also be a chart */
            if (str_eq(book->links[i].id, id) && str_is(book->links[i].kind, "worksheet"))
                book->first_sheet = str_copy(book->arena, id);
    }
}

static void start_style(Book *book, Str name, const char **attributes)
{
    if (str_is(name, "numFmt") && book->formats_count < MAX_FORMATS) {
        book->formats =
            grown(book->arena, book->formats, &book->formats_room, book->formats_count, sizeof *book->formats);
        int id = (int)attribute_int(attributes, "numFmtId", -1);
        book->formats[book->formats_count++] =
            (NumberFormat){id, sheet_style_of(id, attribute(attributes, "formatCode"))};
    } else if (str_is(name, "cellXfs")) {
        book->in_cell_styles = true;
    } else if (str_is(name, "xf") && book->in_cell_styles && book->styles_count < MAX_STYLES) {
        int id = (int)attribute_int(attributes, "numFmtId", 0);
        SheetStyle style = sheet_style_of(id, STR_NONE);

        for (int i = 0; i < book->formats_count; i++)
            if (book->formats[i].id == id)
                style = book->formats[i].style;
        book->styles = grown(book->arena, book->styles, &book->styles_room, book->styles_count, sizeof *book->styles);
        book->styles[book->styles_count++] = style;
    }
}

static void end_style(Book *book, Str name)
{
    if (str_is(name, "cellXfs"))
        book->in_cell_styles = false;
}

/* <si><t>plain</t></si> or <si><r><t>rich</t></r><r>…</r><rPh>how it is spoken</rPh></si> */
static void start_text(Book *book, Str name, const char **attributes)
{
    (void)attributes;
    if (str_is(name, "si"))
        book->text_len = 0;
    else if (str_is(name, "t"))
        book->text_wanted = true;
    else if (str_is(name, "rPh"))
        book->in_phonetic = true;
}

static void end_text(Book *book, Str name)
{
    if (str_is(name, "t")) {
        book->text_wanted = false;
    } else if (str_is(name, "rPh")) {
        book->in_phonetic = false;
    } else if (str_is(name, "si")) {
        if (book->texts_count >= MAX_TEXTS) {
            stop(book, too_much(book));
            return;
        }
        book->texts = grown(book->arena, book->texts, &book->texts_room, book->texts_count, sizeof *book->texts);
        book->texts[book->texts_count++] = take_text(book, book->arena);
    }
}

static void start_merge(Book *book, Str name, const char **attributes)
{
    Str to, from;
    Merge merge = {0};

    if (!str_is(name, "mergeCell"))
        return;
    from = str_split(attribute(attributes, "ref"), ':', &to);
    if (!parse_ref(from, &merge.left, &merge.top) || !parse_ref(to, &merge.right, &merge.bottom) ||
        merge.right < merge.left || merge.bottom < merge.top || merge.left >= SHEET_MAX_COLUMNS)
        return; /* an area that covers nothing we read */
    if (book->merges_count >= SHEET_MAX_MERGES) {
        stop(book, too_much(book));
        return;
    }
    if (merge.right >= SHEET_MAX_COLUMNS)
        merge.right = SHEET_MAX_COLUMNS - 1;
    book->merges = grown(book->arena, book->merges, &book->merges_room, book->merges_count, sizeof *book->merges);
    book->merges[book->merges_count++] = merge;
}

static void start_cell(Book *book, Str name, const char **attributes)
{
    if (str_is(name, "row")) {
        int64_t number = attribute_int(attributes, "r", book->row_number + 1);

        if (number <= book->row_number || number > INT32_MAX) {
            stop(book, broken(book));
            return;
        }
        book->row_number = number;
        book->column = -1;
    } else if (str_is(name, "c")) {
        Str ref = attribute(attributes, "r"), type = attribute(attributes, "t");
        int64_t row;
        int column;

        book->column++;
        if (ref.len > 0 && parse_ref(ref, &column, &row))
            book->column = column;
        book->style = (int)attribute_int(attributes, "s", 0);
        book->type = str_is(type, "str") ? 't' : type.len > 0 ? type.ptr[0] : 'n';
        book->text_len = 0;
    } else if (str_is(name, "v") || str_is(name, "t")) {
        book->text_wanted = true;
    } else if (str_is(name, "rPh")) {
        book->in_phonetic = true;
    }
}

static void end_cell(Book *book, Str name)
{
    if (str_is(name, "v") || str_is(name, "t"))
        book->text_wanted = false;
    else if (str_is(name, "rPh"))
        book->in_phonetic = false;
    else if (str_is(name, "c") && book->text_len > 0)
        stop(book, put_cell(book));
    else if (str_is(name, "row"))
        stop(book, end_row(book));
}

static const Error *put_cell(Book *book)
{
    Arena *scratch = book->row->scratch;
    Str raw = {book->text, book->text_len}, shown;
    int64_t index;

    if (book->row_number == 0)
        return broken(book);
    if (book->type == 's') {
        if (!str_to_int(str_trim(raw), &index) || index < 0 || index >= book->texts_count)
            return broken(book);
        shown = book->texts[index];
    } else if (book->type == 'b') {
        shown = is_true(raw) ? STR("TRUE") : STR("FALSE");
    } else if (book->type == 'n') {
        SheetStyle style =
            book->style >= 0 && book->style < book->styles_count ? book->styles[book->style] : (SheetStyle){0};

        shown = sheet_number(scratch, str_copy(scratch, str_trim(raw)), style, book->from_1904);
    } else {
        shown = take_text(book, scratch);
        if (book->type == 'd') { /* 2020-01-05T00:00:00 */
            ptrdiff_t t = str_find_char(shown, 'T');

            if (t >= 0)
                shown = str_starts(str_cut(shown, t, shown.len), STR("T00:00:00")) ? str_cut(shown, 0, t) : shown;
        }
    }
    return str_trim(shown).len == 0 ? OK : sheet_row_put(book->row, book->column, shown);
}

static const Error *end_row(Book *book)
{
    if (book->merges_count > 0)
        TRY(spread_merges(book));
    return sheet_row_end(book->row, book->row_number);
}

/* Gives each covered cell of this row the value of its area's first cell. A row in which nobody wrote anything stays
 * empty: an area may reach down to the last of a million rows. */
static const Error *spread_merges(Book *book)
{
    SheetRow *row = book->row;
    int kept = 0;

    for (; book->next_merge < book->merges_count && book->merges[book->next_merge].top <= book->row_number;
         book->next_merge++)
        if (row->count > 0) /* otherwise the area's first cell is empty */
            book->open[book->open_count++] = &book->merges[book->next_merge];
    if (row->count == 0)
        return OK;
    for (int i = 0; i < book->open_count; i++) {
        Merge *merge = book->open[i];

        if (merge->top == book->row_number && row->cells[merge->left].len > 0)
            merge->value = str_copy(book->arena, row->cells[merge->left]);
        if (merge->value.len > 0 && merge->bottom >= book->row_number)
            for (int column = merge->left; column <= merge->right; column++)
                TRY(sheet_row_put(row, column, merge->value));
        if (merge->bottom > book->row_number && merge->value.len > 0)
            book->open[kept++] = merge;
    }
    book->open_count = kept;
    return OK;
}

static int compare_merges(const void *a, const void *b)
{
    const Merge *x = a, *y = b;

    return (x->top > y->top) - (x->top < y->top);
}

static Str take_text(Book *book, Arena *arena)
{
    Str raw = {book->text, book->text_len};

    return str_find(raw, STR("_x")) < 0 ? str_copy(arena, raw) : unescape(arena, raw);
}

/* _x000D_ stands for a character that XML cannot hold. Source: ECMA-376 part 1, 22.4.2.4 (bstr). */
static Str unescape(Arena *arena, Str s)
{
    Buf buf = buf_new(arena, SHEET_MAX_CELL);

    for (ptrdiff_t at = 0; at < s.len;) {
        int32_t character = 0;
        ptrdiff_t i = at + 2;

        if (at + 7 <= s.len && s.ptr[at] == '_' && s.ptr[at + 1] == 'x' && s.ptr[at + 6] == '_')
            for (; i < at + 6; i++) {
                const char *hex = "0123456789abcdef", *digit = strchr(hex, s.ptr[i] | 0x20);

                if (digit == NULL || s.ptr[i] == '\0')
                    break;
                character = character * 16 + (int32_t)(digit - hex);
            }
        if (i == at + 6 && (character < 0xD800 || character > 0xDFFF)) {
            if (character != 0)
                buf_utf8(&buf, character);
            at += 7;
        } else {
            buf_char(&buf, s.ptr[at++]);
        }
    }
    return buf_str(&buf);
}

/* By the local name: producers differ in their prefixes (id, r:id). */
static Str attribute(const char **attributes, const char *name)
{
    for (int i = 0; attributes[i] != NULL; i += 2) {
        const char *colon = strchr(attributes[i], ':');

        if (strcmp(colon == NULL ? attributes[i] : colon + 1, name) == 0)
            return str_of(attributes[i + 1]);
    }
    return STR_NONE;
}

static int64_t attribute_int(const char **attributes, const char *name, int64_t otherwise)
{
    int64_t n;

    return str_to_int(attribute(attributes, name), &n) && n >= 0 && n <= INT32_MAX ? n : otherwise;
}

static bool is_true(Str s)
{
    return str_is(s, "1") || str_is(s, "true");
}

/* AB12 -> column 27, row 12. */
static bool parse_ref(Str ref, int *column, int64_t *row)
{
    ptrdiff_t i = 0;
    int letters = 0;

    for (; i < ref.len && i < 4; i++) {
        int letter = (ref.ptr[i] | 0x20) - 'a';

        if (letter < 0 || letter > 25)
            break;
        letters = letters * 26 + letter + 1;
    }
    if (letters == 0 || !str_to_int(str_cut(ref, i, ref.len), row) || *row < 1)
        return false;
    *column = letters - 1;
    return true;
}

/* A link's target as the name of a part: from the folder of the part that holds it, or from the top with a slash. */
static Str resolve(Arena *arena, Str base, Str target)
{
    if (str_starts(target, STR("/")))
        return str_cut(target, 1, target.len);
    while (str_starts(target, STR("./")))
        target = str_cut(target, 2, target.len);
    while (str_starts(target, STR("../"))) {
        target = str_cut(target, 3, target.len);
        for (base = str_cut(base, 0, base.len - 1); base.len > 0 && base.ptr[base.len - 1] != '/';)
            base = str_cut(base, 0, base.len - 1);
    }
    return str_join(arena, base, target);
}

/* Room for one more in an array that doubles; what it leaves behind in the arena is less than it holds. */
static void *grown(Arena *arena, void *old, int *room, int count, size_t size)
{
    void *bigger;

    if (count < *room)
        return old;
    *room = *room == 0 ? 16 : *room * 2;
    bigger = arena_alloc_many(arena, size, (size_t)*room);
    if (count > 0)
        memcpy(bigger, old, size * (size_t)count);
    return bigger;
}

static void close_zip(zip_t **zip)
{
    if (*zip != NULL)
        zip_discard(*zip);
}

static void close_file(zip_file_t **file)
{
    if (*file != NULL)
        (void)zip_fclose(*file); /* read only: nothing to lose */
}

static void close_parser(XML_Parser *parser)
{
    if (*parser != NULL)
        XML_ParserFree(*parser);
}
