/* declare.h: how a module says what its business is. Identity by position, properties by name, defaults unwritten.
 *
 * From these tables come storage, API, OpenAPI, permissions, search, lists, import and export, clocks, the audit log and
 * the generic screens. To add a field: one row. `anju migrate --dry-run` shows the column that it makes. */
#ifndef ANJU_KERNEL_DECLARE_H
#define ANJU_KERNEL_DECLARE_H

#include "base/json.h"
#include "store/schema.h"
#include "store/sql.h"

typedef struct Record Record; /* kernel/record.h */
typedef struct Asked Asked;   /* kernel/process.h */

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define LIST(array) (array), (int)COUNT_OF(array)

/* Who: roles (docs in the table of access.c) and relations to the record. */
#define R_RESIDENT (UINT64_C(1) << 0)
#define R_DESK (UINT64_C(1) << 1)
#define R_DESK_LEAD (UINT64_C(1) << 2)
#define R_ENGINEER (UINT64_C(1) << 3)
#define R_ENG_LEAD (UINT64_C(1) << 4)
#define R_GUARD (UINT64_C(1) << 5)
#define R_GUARD_LEAD (UINT64_C(1) << 6)
#define R_CONTROL (UINT64_C(1) << 7)
#define R_CLEANER (UINT64_C(1) << 8)
#define R_CLEAN_LEAD (UINT64_C(1) << 9)
#define R_GARDENER (UINT64_C(1) << 10)
#define R_GREEN_LEAD (UINT64_C(1) << 11)
#define R_CASHIER (UINT64_C(1) << 12)
#define R_ACCOUNTANT (UINT64_C(1) << 13)
#define R_STORE_KEEPER (UINT64_C(1) << 14)
#define R_QUALITY (UINT64_C(1) << 15)
#define R_MANAGER (UINT64_C(1) << 16)
#define R_REGION (UINT64_C(1) << 17)
#define R_CONTRACTOR (UINT64_C(1) << 18)
#define R_COMMITTEE (UINT64_C(1) << 19)
#define R_ADMIN (UINT64_C(1) << 20)
#define ROLE_COUNT 21
#define BY_REPORTER (UINT64_C(1) << 40) /* the party in the field `reporter`, or in the one that RecordType.reporter names */
#define BY_ASSIGNEE (UINT64_C(1) << 41) /* the user in the field `assignee` */
#define BY_OWNER (UINT64_C(1) << 42)    /* the user in the field `owner`, or in the one that RecordType.owner names */
#define BY_SELF (UINT64_C(1) << 43)     /* the record is the user or the party itself */
#define BY_SYSTEM (UINT64_C(1) << 44)   /* the program, on time */
#define BY_HELPER (UINT64_C(1) << 45)   /* a user in the field `co_handlers` */

#define EVERY_ROLE ((UINT64_C(1) << ROLE_COUNT) - 1)
/* The front desk and those who stand in for it. */
#define DESK (R_DESK | R_DESK_LEAD | R_MANAGER | R_ADMIN)
#define STAFF (EVERY_ROLE & ~(R_RESIDENT | R_CONTRACTOR | R_COMMITTEE))
#define MANAGEMENT (R_MANAGER | R_REGION | R_ADMIN)
/* 秩序: who is on post, and who leads them. */
#define GUARDS (R_GUARD | R_GUARD_LEAD | R_CONTROL)
#define GUARD_LEADS (R_GUARD_LEAD | MANAGEMENT)

typedef enum {
    T_TEXT,   /* .max characters (default 200) */
    T_LINES,  /* text of several lines, .max characters (default 2000) */
    T_INT,    /* .min .max */
    T_BOOL,
    T_DATE,
    T_TIME,   /* a moment */
    T_MONEY,  /* integer fen, the name ends in _fen */
    T_AREA,   /* m2 in JSON, 0.01 m2 (dm2) inside */
    T_SCORE,  /* 1 to 5 */
    T_CHOICE, /* one of .choices */
    T_REF,    /* id of a record of .to */
    T_REFS,   /* list of ids of records of .to, .max of them (default 20); kept as links too */
    T_RECORD, /* id of a record of any type; which one is in the field <name>_type where the type has it */
    T_CODE,   /* code of a record of .to, which has a field `code` */
    T_PHONE,
    T_ID_NO,
    T_PHOTOS, /* ids of files that are pictures, .max of them (default 9) */
    T_SIGN,   /* id of a file that is a picture */
    T_FILE,   /* id of a file of any kind that is taken (a certificate as PDF) */
    T_FILES,  /* ids of such files, .max of them (default 9) */
    T_WORDS,  /* list of short texts */
    T_PLACE,  /* where it was done: {"lat","lng"} or {"code"} */
    T_OBJECT, /* JSON that the module's own code checks and writes */
    T_DECIMAL, /* exact decimal text such as "2.80", not negative; at most .max digits behind the point (default 4) */
    T_SECRET, /* write-only text, never stored as it is */
} FieldType;

typedef struct {
    const char *value, *zh, *en;
} Choice;

typedef struct Field {
    const char *name, *zh, *en;
    FieldType type;
    const char *to;               /* T_REF, T_CODE: the resource */
    const Choice *choices;        /* ends with an empty row */
    int64_t min, max;             /* range of a number when max > 0; longest text; most photos */
    bool required;
    bool read_only;               /* set by the program alone */
    bool internal;                /* stored, not shown */
    bool virtual;                 /* not stored: the type's `show` writes it, its `take` reads it */
    bool masked;                  /* personal: shown masked, looked up by its full value alone */
    bool searched;                /* full text */
    bool initials;                /* full text also by pinyin initials (names) */
    bool indexed;                 /* lists filter by it often */
    bool day_ok;                  /* T_TIME: a date is taken for its evening */
    bool tallied;                 /* kept by the program in SQL (a sum, a mark): not sealed, `anju check` proves a sum from what it is the sum of */
    bool linked;                  /* T_REF, T_RECORD: kept as a link too, shown at both ends (T_REFS always is) */
    bool places;                  /* T_REF: a new record belongs where what it names belongs (as with `house`, `space` and any that is required) */
    bool hides;                   /* T_REFS to users: whoever is named here never sees the record, whatever the role */
    const Choice *suggests;       /* words that are offered; others may be written */
    const char *set_default;      /* a choice, taken when absent */
    const char *english;          /* the internal field with the same in English: who reads English gets that one's text, as far as it has any */
    uint64_t edit_by;             /* who may PATCH it when not all who may write the record */
    const char *const *edit_in;   /* states in which it may be patched; NULL: all */
    const char *const *own_edit_in; /* the same for who may patch it as a relation alone (the reporter); NULL: edit_in */
} Field;

typedef struct {
    const char *name, *zh, *en;
    bool ended;  /* nothing is waited for any more */
    bool paused; /* the clocks stand still */
} State;

/* What holds for one record: so many minutes on a calendar ("7x24", "work", "office"); 0: no such limit. `due` (0: none)
 * is a moment agreed with the customer and wins. */
typedef struct {
    int64_t minutes;
    Str calendar;
    Instant due;
} Terms;

typedef struct {
    const char *name, *zh, *en;
    const Error *(*find)(Cx *cx, const Record *record, Terms *terms);
} Limit;

/* Told about an action, besides the live events that everybody who sees the record gets. */
#define TELL_REPORTER 1u
#define TELL_ASSIGNEE 2u
#define TELL_DESK 4u
#define TELL_LEAD 8u
#define TELL_OWNER 16u
#define TELL_MANAGER 32u
#define TELL_REGION 64u

typedef struct Action {
    const char *name, *zh, *en;
    const char *const *from;  /* states; NULL: every one */
    const char *to;           /* NULL: the state stays, or the effect sets it */
    uint64_t by;              /* roles with a grant over the record, and relations */
    const Field *asks;
    int ask_count;            /* an ask with the name of a field of the record is stored in it */
    const char *const *ends;  /* limits that are met (or missed) by it */
    const char *undo;         /* the action that takes it back, for the few seconds after it */
    bool back;                /* returns to the state before the pause */
    bool apart;               /* its asks are facts of the step: none is stored in the record, even under a field's name (how much is given back) */
    bool archives;            /* the record is put away (void) */
    bool aside;               /* of the caller's own row elsewhere (read, acknowledged): neither the record nor its log is touched, so
                                 that fifty thousand readers do not queue at one row */
    bool second_person;       /* never by the one in the field `assignee`, who did what it verifies */
    unsigned tells;
    bool (*may)(const Cx *cx, const Record *record);                 /* beyond `by`; else 403 */
    bool (*is_possible)(const Cx *cx, const Record *record);         /* beyond the state; else 409 */
    const Error *(*guard)(Cx *cx, const Record *record, const Asked *asked); /* 403 or 422 with its reason */
    const Error *(*effect)(Cx *cx, Record *record, const Asked *asked);
    const Error *(*answer)(Cx *cx, const Record *record, const Asked *asked, Json *json); /* instead of the record */
} Action;

/* A step that the program takes by itself: `action` on what is in one of its states (on all of a type without states) when `after` µs, or as many times that as
 * a rule says (0: the step is never taken), have passed since the moment `since` (SQL on t). Looked for once a minute. */
typedef struct {
    const char *action, *since;
    int64_t after;
    const char *rule; /* kernel/rule.h; NULL: once */
    bool by_day;      /* it rings at people: not in the quiet hours of the outbox */
} Auto;

/* Who sees which records of a type: those with one of the roles see what the SQL condition allows, in the projects of
 * their grant. The condition may name t (the record), :me (user), :party. Without one: everything there. */
typedef struct {
    uint64_t roles;
    const char *sql;
    bool any_project; /* the condition alone decides */
} Sight;

extern const Sight sight_everyone[1], sight_staff[1]; /* all of it, for everybody; for staff: catalogues */

/* A filter that is no field: its condition names t (the record) and its value :f_<name>. */
typedef struct {
    const char *name;
    FieldType type;
    const char *to; /* T_REF */
    const char *sql;
    bool logged;    /* each use is an event (look-ups by phone tail) */
} Filter;
/* The condition of a T_BOOL filter. */
#define SQL_FLAG(condition, name) "CASE WHEN " condition " THEN 1 ELSE 0 END = :f_" name

/* What a delivery of a record (kernel/outbox.h) says to a person. */
typedef struct {
    Str subject, text; /* plain */
    Str html;          /* clean HTML; empty: the text alone */
} Letter;

typedef struct RecordType {
    const char *resource;  /* plural, the path: "repairs" */
    const char *name;      /* singular, the table: "repair" */
    const char *zh, *en;
    const char *prefix;    /* of the number; NULL: no number */
    bool own_number;       /* `no` is set by the type's own code (house numbers) */
    const Field *fields;
    int field_count;
    const State *states;   /* the first is where a record begins; NULL: no process */
    int state_count;
    const Action *actions; /* main path first */
    int action_count;
    const Limit *limits;
    int limit_count;
    const char *first_action; /* name and labels of the creation in the event log: "report" */
    const char *first_zh, *first_en;
    const Sight *sights;
    int sight_count;
    const Filter *filters;
    int filter_count;
    uint64_t create_by, write_by; /* roles in scope, and relations (write_by) */
    const char *const *unique;    /* fields that together are unique */
    const char *const *import_by; /* fields by which a row of a spreadsheet finds its record in the project (kernel/record_import.h); NULL: no such import */
    const Index *indexes;
    const char *label;            /* column that names the record to people */
    const char *label_en;         /* the same in English, when there are two; where it is empty, the other */
    bool in_project;              /* belongs to a project (and a building where it has a house) */
    bool own_read_only;           /* no PATCH, no DELETE through the API */
    const char *reporter;         /* the field with the party that it is done for; NULL: "reporter" */
    const char *owner;            /* the field with the user who answers for it; NULL: "owner" */
    uint64_t leads;               /* roles that TELL_LEAD and the reminder at 80 % go to */
    const char *hidden_with;      /* a T_RECORD field: hidden from whom that record is hidden from (Field.hides, .confidential) */
    const char *confidential;     /* a T_BOOL field: while it is set nobody knows of the record but those of `confidants`, and of what */
    const Sight *confidants;      /* hangs on it (hidden_with) also who owns that; sights are narrowed, never widened */
    int confidant_count;
    bool own_search_only;         /* left out of the search of everything: it is found through its matter */
    bool of_the_books;            /* a document of the books: reversed or voided, never put away (no DELETE), and no matter that somebody has to do for a household */
    const char *carried;          /* SQL on t: what of it is open and is handed from shift to shift (modules/roster); with a field `post`, at that post */
    const char *anonymous;        /* a T_BOOL field: a creation with it leaves no trace of who made it */
    const Auto *autos;
    int auto_count;
    /* Own code, all optional. */
    void (*sums)(Cx *cx, const Record *record); /* before each write of it: moves the sums that it counts in (kernel/sums.h) by how it differs from the row */
    const Error *(*prepare)(Cx *cx, Record *record, Problems *problems); /* before the insert: derive and check */
    const Error *(*created)(Cx *cx, Record *record);                     /* after it */
    const Error *(*changed)(Cx *cx, Record *record, Problems *problems); /* after a patch was laid over, before it is saved */
    const Error *(*take)(Cx *cx, Record *record, const json_t *body, Problems *problems); /* virtual fields */
    const Error *(*after)(Cx *cx, Record *record, const json_t *body); /* virtual fields that need the row's id */
    const Error *(*show)(Cx *cx, const Record *record, Json *json);    /* writes members */
    const Error *(*may_write)(Cx *cx, const Record *record); /* 403 for a patch or archiving that write_by would allow */
    const Error *(*archived)(Cx *cx, Record *record);        /* after it was put away */
    const Error *(*overdue)(Cx *cx, Record *record, const char *limit); /* 100 % of a limit are over; it saves the record itself */
    /* A call-back about it has ended with the answer that it is not solved (kernel/callback.h). */
    const Error *(*not_solved)(Cx *cx, Record *record, Str why);
    /* What its deliveries say; NULL: it has none to people. */
    const Error *(*letter)(Cx *cx, const Record *record, Letter *out);
} RecordType;

/* What a module lays over a type that it does not own (the equipment of a plan): its fields stand behind the type's own, as if they were
 * declared there, and the owner never names them. */
typedef struct {
    const RecordType *type;
    const Field *fields;
    int field_count;
    /* An action has brought one of them to its end (State.ended): what follows from it for the module. */
    const Error *(*ended)(Cx *cx, const Record *record);
} Added;

typedef struct Figure Figure; /* kernel/figure.h */
typedef struct Rule Rule;     /* kernel/rule.h */
typedef struct Chore Chore;   /* kernel/job.h */

typedef struct {
    const char *name, *zh, *en;
    const RecordType *const *records; /* ends with NULL */
    const Table *const *tables;       /* own tables that are no records; ends with NULL */
    const Figure *figures;
    int figure_count;
    const Added *adds; /* fields that it lays over types of others; ends with an empty row */
    const Rule *rules; /* numbers that a manager may change */
    int rule_count;
    const Chore *chores; /* what it does by itself again and again; ends with an empty row */
    /* What a company begins with: catalogues. Also after an upgrade: only what is missing is added. */
    const Error *(*seed)(Cx *cx);
} Module;

#endif
