/* import.h: 导入, bringing a spreadsheet in as a job: what all imports share, and the import of any record type that says by which fields a row finds its
 * record (RecordType.import_by).
 *
 * All of it or nothing, in one transaction; the same file again changes nothing. Each row is made, or changed, by the actions that the API has, as the
 * one who started it: with the same checks, and an event in each record's log. Columns are known by the fields' names and labels; an empty cell says
 * nothing. References are written as people call them: a code, a number, a name that is one of a kind. A dry run does it all and takes it back. */
#ifndef ANJU_KERNEL_IMPORT_H
#define ANJU_KERNEL_IMPORT_H

#include "kernel/job.h"

typedef struct {
    Id project;
    bool dry_run;
    const json_t *mapping; /* {"<heading>": "<field>" | null}; NULL: as it is understood */
} ImportAsk;

/* What is told and asked on the way; every function may be NULL. */
typedef struct {
    void *self;
    void (*progress)(Cx *cx, void *self, int64_t done, int64_t total); /* total 0: not known yet */
    bool (*must_stop)(void *self);
    /* The last step inside the transaction (not called in a dry run). */
    const Error *(*end)(Cx *cx, void *self, Str result);
} ImportWatch;

/* Reads a file and applies it as cx->actor, who has been asked for. *result is JSON (CONTRACT section 5); *failed: nothing was brought in, because rows
 * have errors, or because the file cannot be read as such a table, which then is its only error. Texts are in cx->lang.
 * Errors: those of the store, and ERR_CHANGED when it was stopped, ERR_INVALID on `mapping`. Not in a closure. */
typedef const Error *ImportFn(Store *store, Cx *cx, const RecordMeta *meta, const char *path, const ImportAsk *ask, const ImportWatch *watch, Str *result,
                              bool *failed);

/* The work of a job whose args are {"resource","file","project","dry_run","mapping","lang"}. ERR_FORBIDDEN when the caller has none of these roles there
 * any more. */
MUST const Error *import_run(Cx *cx, JobRun *run, uint64_t by, ImportFn *fn, Json *result);

/* Who may import records of this type; 0: it cannot be imported. */
uint64_t import_by_whom(const RecordMeta *meta);

/* The import of any such type, its template (headings in cx->lang), and the kind of job behind POST imports. */
ImportFn record_import;
MUST const Error *record_import_template(Cx *cx, const RecordMeta *meta, SheetFormat format, int fd);
extern const JobKind record_import_job;

#endif
