#include "kernel/catalogue.h"
#include "kernel/input.h"

#include <assert.h>

static const Error *has_code(Cx *cx, const RecordMeta *meta, Str code, bool *has)
{
    Buf sql = buf_new(cx->arena, 200);
    Str found = STR_NONE;

    buf_format(&sql, "SELECT t.code FROM \"%s\" t WHERE t.org_id = :org AND t.code = :code", meta->table);
    TRY(sql_each_built(cx, buf_str(&sql), IN(in_text("code", code)), record_take_text, &found));
    *has = found.len > 0;
    return OK;
}

const Error *catalogue_seed(Cx *cx, const RecordType *type, const char *const *rows)
{
    const RecordMeta *meta = kernel_type(cx->kernel, type);

    for (int i = 1; rows[i] != NULL; i++) {
        Str names = str_of(rows[0]), cells = str_of(rows[i]);
        Record *record = record_new(cx, meta);
        bool has;
        while (names.ptr != NULL) {
            Str name = str_split(names, '|', &names), cell = str_split(cells, '|', &cells);
            const FieldMeta *field = meta_field(meta, name);
            bool fits = field != NULL && (cell.len == 0 || input_text(cx, field->field, cell, &record->values[field->at]));
            assert(fits);
            (void)fits;
        }
        assert(cells.ptr == NULL); /* a row with more cells than the heading */
        TRY(has_code(cx, meta, record_text(record, "code"), &has));
        if (!has)
            TRY(record_insert(cx, record));
    }
    return OK;
}
