/* job.h: 任务, long work in the background with progress, and what the program does by itself on time.
 *
 *     queued --claimed--> running --> done | failed
 *        ^                   |  `---> cancelled
 *        `--lease ran out----'
 *
 * One thread of the Runner claims jobs by compare-and-set on their lease and runs them one after the other, each with its
 * own arena and as the user who started it. A job of a process that died is run again when its lease has run out, so what
 * a kind of job does is done in one transaction together with job_end, or may be repeated.
 * Between the jobs it does the chores: reminders, automatic steps, sweeping. */
#ifndef ANJU_KERNEL_JOB_H
#define ANJU_KERNEL_JOB_H

#include "base/json.h"
#include "base/sheet_out.h"
#include "kernel/access.h"
#include "store/store.h"

#define JOB_ARENA_BYTES ((size_t)1 << 30) /* what one job may use; given back at its end */

typedef struct Runner Runner;
typedef struct JobRun JobRun; /* one job while it runs */

/* Does the work. The result (one JSON value) is kept with the job, also when an error is answered: the job has failed then.
 * Without a result the error's own text is kept. Runs outside transactions. */
typedef const Error *JobFn(Cx *cx, JobRun *run, Json *result);

typedef struct {
    const char *kind;     /* "import" */
    const char *resource; /* of imports: what they bring in; NULL: any */
    JobFn *run;
    /* Of imports: an example file with headings, into an open file. */
    const Error *(*template)(Cx *cx, const RecordMeta *meta, SheetFormat format, int fd);
    /* Of imports: can this mapping be used (JSON, NULL: none)? ERR_INVALID on `mapping`. */
    const Error *(*check_mapping)(Arena *arena, const json_t *mapping);
    /* Of imports: who may start one, over the project; 0: as the type says (import_by_whom). */
    uint64_t by;
} JobKind;

/* Something to be done again and again (Module.chores, beside the kernel's own), as the system of each company, in a writing closure: at most `max` at a time,
 * *count is how many were done; as long as it is `max`, there is more. */
typedef const Error *ChoreFn(Cx *cx, int max, int *count);
/* Or one by one: which ids behind `after`, rising, at most `max`, have something to be done, in a read; then each in a writing closure of its own. What fails
 * is undone alone: the log tells of it, and `failed` (NULL: nothing) writes down that it did, in another closure. */
typedef const Error *ChoreFindFn(Cx *cx, Id after, int max, Ids *out);
typedef const Error *ChoreEachFn(Cx *cx, Id id);
typedef const Error *ChoreFailedFn(Cx *cx, Id id, const Error *why);
struct Chore {
    const char *name; /* for the log; NULL ends a list */
    int64_t every_s;
    ChoreFn *fn; /* NULL: one by one */
    ChoreFindFn *find;
    ChoreEachFn *each;
    ChoreFailedFn *failed;
    bool at_once; /* also when the runner is woken: a closure that leaves something for it says so in cx->has_job */
};
/* Some of it in the caller's closure, which an error undoes: for the demo. */
MUST const Error *chore_do(Cx *cx, const Chore *chore, int max, int *count);

typedef struct {
    struct Store *store;
    const Kernel *kernel;
    const char *folder;   /* the data folder; borrowed while the runner is open, as are the lists */
    const JobKind *const *kinds; /* ends with NULL; NULL: none */
    bool alone;           /* this process holds the folder: what is marked as running was left by one that died */
} RunnerConfig;

/* Starts the thread. Never NULL. */
Runner *runner_open(const RunnerConfig *config);
/* Stops: a job that runs is put back into the queue for the next start. NULL is allowed. */
void runner_close(Runner *runner);

/* A job was added: look now. Any thread. */
void runner_wake(Runner *runner);
/* Asks the job to stop if it is running here. Its state is the caller's to set. Any thread. */
void runner_cancel(Runner *runner, Id job);
/* The progress of a job that is running here, newer than its row; false when it is not. Any thread. */
bool runner_progress(Runner *runner, Id job, int64_t *done, int64_t *total);
/* The kind, or NULL. For imports also by resource. */
const JobKind *runner_kind(const Runner *runner, const char *kind, Str resource);

/* A new job of the caller; args is a JSON object (may be NULL). In a writing closure, which says so in cx->has_job: call runner_wake after it. */
MUST const Error *job_add(Cx *cx, const char *kind, const json_t *args, Id *out);

typedef struct {
    Id id, created_by;
    Str kind, state;   /* queued running done failed cancelled */
    Str args, result;  /* JSON, or empty */
    int64_t done, total;
    Instant created_at, ended_at;
} Job;

/* The job, if the caller started it or manages its project (args.project), else ERR_NOT_FOUND. */
MUST const Error *job_get(Cx *cx, Id id, Job *out);
/* Cancels one that has not ended; ERR_WRONG_STATE with its state when it has, nothing when it is cancelled already. */
MUST const Error *job_cancel(Cx *cx, Id id);

/* For a module's own code, without asking who the caller is: the job, and its cancelling if it has not ended. */
MUST const Error *job_find(Cx *cx, Id id, Job *out);
MUST const Error *job_withdraw(Cx *cx, Id id);

/* For a kind's own code: */

Id job_id(const JobRun *run);
const json_t *job_args(const JobRun *run);
struct Store *job_store(const JobRun *run);
const char *job_folder(const JobRun *run);
/* How far it is. Cheap: the row is written at most four times a second, and not inside a closure. */
void job_progress(Cx *cx, JobRun *run, int64_t done, int64_t total);
/* Must it stop (cancelled, or the program ends)? To be asked every now and then; then return job_stopped(). */
bool job_must_stop(const JobRun *run);
const Error *job_stopped(Cx *cx);
/* In the closure that does the work, as its last step: the job is done with this result, in the same transaction.
 * ERR_CHANGED, which undoes all, when it was cancelled or taken over meanwhile. After store_write has returned OK, the
 * kind calls job_is_saved. */
MUST const Error *job_end(Cx *cx, const JobRun *run, Str result);
void job_is_saved(JobRun *run);

#endif
