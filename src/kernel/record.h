/* record.h: one row of a declared type in memory: read, shown, and written together with what follows from it (full text,
 * attachments, seal). Its state changes only in process.c, together with its line in the event log. */
#ifndef ANJU_KERNEL_RECORD_H
#define ANJU_KERNEL_RECORD_H

#include "base/json.h"
#include "kernel/access.h"

struct Record {
    const RecordMeta *meta;
    Id id;
    Str no;
    int state, state_before; /* index into the type's states; -1: none */
    int64_t version;
    Instant created_at, updated_at, archived_at;
    Id created_by, project, building;
    Str seal;
    Value *values;       /* one for each stored field, by FieldMeta.at */
    Value *before;       /* as they are in the database; NULL for a new one */
    int state_kept;      /* the state there; -1 for a new one */
    Str search_before;   /* indexed now; ptr NULL: not known */
    const Value *labels; /* of the included references, in the order of the query; NULL without any */
    bool is_anonymous;   /* being made without a trace of who makes it (RecordType.anonymous) */
};

/* A new record in memory, with an id, in its first state. */
Record *record_new(Cx *cx, const RecordMeta *meta);

/* Reads a row that starts with RecordMeta.columns. Own. */
Record *record_from_row(Cx *cx, const RecordMeta *meta, const Row *row);
/* The same of a row that goes on with `search` where the type has it: with what record_update compares. */
Record *record_to_write(Cx *cx, const RecordMeta *meta, const Row *row);
/* The same for a look in passing: its texts are the row's. */
Record *record_of_row(Cx *cx, const RecordMeta *meta, const Row *row);

/* The record if the caller may see it (archived ones too), else ERR_NOT_FOUND, the same as if there were none. */
MUST const Error *record_get(Cx *cx, const RecordMeta *meta, Id id, Record **out);
/* The same for the program's own use, without asking who the caller is. */
MUST const Error *record_load(Cx *cx, const RecordMeta *meta, Id id, Record **out);
/* What a SELECT of records ends with that are the closure's own until its end; nothing in a read. */
const char *record_lock(const Cx *cx);
/* Which type the record with this id is of, by its first event; NULL when there is none. */
MUST const Error *record_type_of(Cx *cx, Id id, const RecordMeta **out);
/* May the caller see a live record with this id (or this code)? For references. */
MUST const Error *record_is_seen(Cx *cx, const RecordMeta *meta, Value id_or_code, bool *seen);

/* The record with this id, or a live one with this code, to be read, not written: NULL when there is none, or (`as_seen`) when
 * the caller does not see it alive. What one write looks at again and again (the house of a repair: may it be named, where is
 * it, what is it called) is read once. */
MUST const Error *record_look(Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen, const Record **out);

/* What was read another way (a page of a list) and will be looked at: no statement for it. */
void record_looked(Cx *cx, const Record *record);
/* It will be looked at in this closure: on a server, what is announced so travels together. */
MUST const Error *record_look_ahead(Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen);

MUST const Error *record_insert(Cx *cx, Record *record);
/* Writes the fields that differ from what is in the database, state and times; version + 1. ERR_CHANGED when somebody
 * else was faster. */
MUST const Error *record_update(Cx *cx, Record *record);

/* The seal that the row should carry: a keyed hash of everything in it. `anju check` compares. */
Str record_seal(const Cx *cx, const Record *record);

/* Values by field name; the field must be declared. */
int64_t record_int(const Record *record, const char *field); /* 0 when NULL */
Str record_text(const Record *record, const char *field);    /* empty when NULL */
Str record_text_kept(const Record *record, const char *field); /* as it is in the database; empty for a new one */
int64_t record_int_kept(const Record *record, const char *field); /* as it is in the database; 0 for a new one */
bool record_is_null(const Record *record, const char *field);
/* What the caller reads of a stored field: the English of one that has it (Field.english), for who reads English. */
Value record_said(const Cx *cx, const Record *record, const FieldMeta *field);
void record_set(Record *record, const char *field, Value value);
void record_set_int(Record *record, const char *field, int64_t n);
void record_set_text(Record *record, const char *field, Str text);
void record_set_null(Record *record, const char *field);
/* Does the field differ from what is in the database? */
bool record_changed(const Record *record, const char *field);
bool record_in_state(const Record *record, const char *state);
const char *record_state(const Record *record); /* NULL without a process */

/* One value as JSON, as the caller may see it (masked). */
void record_value_json(const Cx *cx, Json *json, const Field *field, Value value);

/* What to write beside all the fields. */
typedef struct {
    const char *const *fields; /* only these; NULL: all */
    const FieldMeta *const *includes; /* ends with NULL; record->labels holds their labels */
    bool actions;
} Shown;

/* The whole record as a JSON object, with the actions that the caller may take now. */
MUST const Error *record_json(Cx *cx, const Record *record, const Shown *shown, Json *json);

/* What tells numbers of one type apart: "BX-TYHY-20261123-0007" -> "20261123-0007"; also of the beginning of a number, as
 * typed. What every record has is not worth looking for. Borrows; a text that does not begin as a number stays. */
Str record_number_core(const RecordMeta *meta, Str number);

/* How the record is called: label column in the caller's language. */
MUST const Error *record_label(Cx *cx, const RecordMeta *meta, Id id, Str *out);

/* A RowFn: copies the first column into the Str at self. */
const Error *record_take_text(Cx *cx, const Row *row, void *self);

/* A stored list of words (T_WORDS, ["app","email"]): is the word in it? And the list with the word behind it. */
bool words_hold(Str list, const char *word);
Str words_with(Arena *arena, Str list, const char *word);

#endif
