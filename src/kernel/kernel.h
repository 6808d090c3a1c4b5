/* kernel.h: the modules' declarations, checked once and made ready to run. */
#ifndef ANJU_KERNEL_KERNEL_H
#define ANJU_KERNEL_KERNEL_H

#include "kernel/calendar.h"
#include "kernel/declare.h"

#define MAX_TYPES 128
#define MAX_FIELDS 80

typedef struct RecordMeta RecordMeta;

typedef struct {
    const Field *field;
    Str name;               /* the field's */
    Str key, none;          /* "name": as it stands in JSON, and "name":null */
    const char *column;     /* in the table; NULL: not stored */
    const RecordMeta *to;   /* T_REF, T_REFS and T_CODE */
    int at;                 /* index into Record.values */
    int english;            /* the same of Field.english; -1: none */
} FieldMeta;

/* The columns that every record has, before those of its fields, in the order of RecordMeta.columns. */
typedef enum {
    COL_ID, COL_NO, COL_STATE, COL_VERSION, COL_CREATED_AT, COL_UPDATED_AT, COL_ARCHIVED_AT, COL_CREATED_BY, COL_PROJECT,
    COL_BUILDING, COL_STATE_BEFORE, COL_SEAL, COL_FIELDS
} SystemColumn;

struct RecordMeta {
    const RecordType *type;
    FieldMeta fields[MAX_FIELDS];
    int field_count;
    int value_count;      /* fields that are stored */
    const char *table;
    const char *columns;  /* "t.id, t.no, …, t.\"house_id\"": read in this order into a Record */
    const char *insert;   /* INSERT with all columns, parameters :id :no … :f0 :f1 … */
    bool searched;
    Str *actions_json[2]; /* by language, for each action: its name, label and what it asks */
    uint64_t *actions_from; /* for each action: bit n for the state with index n in which it is possible */
    Table schema;
    int reporter, assignee, owner, helpers, house, space, next_limit, next_due_at, paused_at; /* indexes of the fields so named, or -1 */
    const char *open;     /* of a matter of a household: the condition that it is not at its end, with an index by house; NULL: it is none */
    const struct Tally *tally; /* of its figures that are counted as it is written (kernel/tally.h); NULL: it has none */
    const char *hide_by;  /* column with the record whose hiding (or confidential) fields hold for this one; NULL: it is hidden from nobody */
};

typedef struct Kernel {
    const Module *const *modules; /* ends with NULL */
    RecordMeta types[MAX_TYPES];
    int type_count;
    const Table *tables[MAX_TYPES * 2]; /* all of them: the kernel's, the modules', the records' */
    int table_count;
    struct Store *store;
    struct Secrets *secrets;   /* the installation's keys (kernel/keys.h) */
    struct Series *series;     /* leased blocks of numbers (kernel/series.h) */
    const Holiday *holidays;   /* of the database, rising by day */
    ptrdiff_t holiday_count;
    const char *folder;        /* the data folder */
    bool has_runner;           /* jobs are worked on, here or by another process on the database */
    bool allow_private_webhooks; /* this installation may send to its own network */
} Kernel;

/* Checks and prepares the declarations. Every fault is printed with its module and row; false when there is one.
 * The kernel's memory is the arena's; it is not changed after this. */
bool kernel_init(Kernel *kernel, Arena *arena, const Module *const *modules);

/* By the resource's path name ("repairs") or the table's ("repair"); NULL when there is none. */
const RecordMeta *kernel_find(const Kernel *kernel, Str resource);
const RecordMeta *kernel_find_table(const Kernel *kernel, Str name);
const RecordMeta *kernel_type(const Kernel *kernel, const RecordType *type);

const FieldMeta *meta_field(const RecordMeta *meta, Str name);
/* Index into the type's states; -1 when there is none of that name. */
int meta_state(const RecordMeta *meta, Str name);
const Action *meta_action(const RecordMeta *meta, Str name);
/* Adds how a record is called to a SELECT, of the table under this alias; `otherwise` is the column of a type without a label. */
void meta_add_label(const RecordMeta *meta, Lang lang, const char *alias, const char *otherwise, Buf *sql);
bool names_have(const char *const *names, const char *name);

/* The kernel's own tables. */
extern const Table *const kernel_tables[];
extern const int kernel_table_count;

#endif
