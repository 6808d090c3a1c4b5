/* demo_life.h: the virtual clock of the demo: matters (repairs), and what is due next in each. */
#ifndef ANJU_APP_DEMO_LIFE_H
#define ANJU_APP_DEMO_LIFE_H

#include "app/demo_parts.h"

#define DAY_OPENS (8 * 60 + 30) /* desk and engineers, minutes since midnight */
#define DAY_CLOSES (18 * 60)

typedef enum {
    STEP_DAY,  /* midnight: what will happen today */
    STEP_TICK, /* reminders and housekeeping */
    STEP_SERVE, /* complaints and call-backs */
    STEP_ANNOUNCE, /* a notice: `matter` says which */
    STEP_BILL,   /* the month's bills, from the home `matter` on */
    STEP_PAY,    /* the home `matter` pays; of as many more, twice */
    STEP_TILL,   /* the evening at the till */
    STEP_WATCH,  /* the guards: `matter` says which of their deeds (demo_duty.c) */
    STEP_MACHINE, /* a machine fails, or is mended: `matter` says which and how far */
    STEP_TASKS,  /* what plans have made due; `matter` is the hour */
    STEP_REPORT,
    STEP_RESPOND,
    STEP_GIVE,
    STEP_DECLINE,
    STEP_ARRIVE,
    STEP_WORK,
    STEP_ANSWER,
    STEP_SUSPEND,
    STEP_RESUME,
    STEP_FINISH,
    STEP_CONFIRM,
    STEP_REWORK,
    STEP_FOLLOW,
    STEP_CANCEL,
    STEP_QUOTE, /* of the morning's script only */
    STEP_RELIEF, /* somebody asks to pay less */
    STEP_TIDY,  /* before the end: what is overdue is seen to */
    STEP_COUNT
} Step;

typedef struct {
    Instant at;
    int64_t order; /* of what is due at the same moment: first planned, first done */
    Step step;
    int matter; /* -1: none */
} Turn;

/* 事: one repair as those who take part know it. */
typedef struct {
    const Topic *topic;
    Say say;
    Id id, followup;
    int home;         /* index; -1: staff reported it */
    Id space;         /* of a common part, 0: at home */
    int person;       /* who reports, index; -1: staff */
    int worker;       /* -1: nobody yet */
    int into;         /* matter that this one is a duplicate of; -1: none */
    int stars;        /* the rating decided beforehand, 0: as it comes */
    Instant from, to; /* appointment; 0: none */
    Instant until;    /* of a scripted pause */
    bool by_phone, quoted, parted, put_off, moved, reworked, counted, scripted, over;
} Matter;

typedef struct Purse Purse; /* what demo_money.c keeps */
typedef struct Watch Watch; /* what demo_duty.c keeps */
typedef struct Works Works; /* what demo_equipment.c keeps */
typedef struct Round Round; /* what demo_plan.c keeps */

typedef struct {
    Demo *demo;
    Purse *purse;
    Watch *watch;
    Works *works;
    Round *round;
    Turn *heap;
    int heap_count, heap_room;
    int64_t order;
    Matter *matters;
    int matter_count, matter_room;
    const RecordMeta *repairs, *followups;
    int duty; /* the engineer of tonight */
    bool raining;
    bool settle; /* what was just made is referred to as any record: its event must be written before the next step */
    const char *state; /* of the record after the last action; empty when it failed */
} Life;

void life_plan(Life *life, Instant at, Step step, int matter);
/* A new matter; the pointer is good until the next call. */
int life_matter(Life *life, const Topic *topic);

/* Takes an action; *done is false when somebody was faster. */
MUST const Error *life_act(Life *life, Cx *cx, const Actor *actor, const RecordMeta *meta, Id id, const char *name, json_t *take_body, bool *done);
/* A call-back has sent the repair to rework: somebody comes again. */
void life_reworked(Life *life, const Cx *cx, Id repair);
/* An id as JSON text; a moment as text of the cx's arena. */
json_t *life_id(Cx *cx, Id id);
Str life_time(Cx *cx, Instant at);
/* A file of this user's with one of the demo's pictures, not attached yet. */
MUST const Error *life_file(const Life *life, Cx *cx, const Actor *actor, int picture, Id *out);
/* The telephone since the last look, and the enquiries of it; what the desk knows on the first day. */
MUST const Error *life_take_calls(Life *life, Cx *cx);
MUST const Error *life_write_articles(Life *life, Cx *cx);
/* The notices of the demo's last months: planned, and one of them given out and read. */
void life_plan_notices(Life *life);
MUST const Error *life_announce(Life *life, Cx *cx, int which);
/* Fee items, and the first bills planned; a month's bills; a household pays; the drawer is counted. */
MUST const Error *life_set_prices(Life *life, Cx *cx);
MUST const Error *life_ask_relief(Life *life, Cx *cx); /* it waits to be allowed */
MUST const Error *life_bill(Life *life, Cx *cx, int from);
MUST const Error *life_pay(Life *life, Cx *cx, int which);
MUST const Error *life_till(Life *life, Cx *cx);
/* The guards' posts, rosters and rounds of the last days: planned, and one of their deeds done. */
void life_plan_watch(Life *life);
MUST const Error *life_watch(Life *life, Cx *cx, int which);
/* Machines with who keeps them and the parts on the shelf, and their faults planned; one step of one of these. */
MUST const Error *life_install_machines(Life *life, Cx *cx);
MUST const Error *life_machine(Life *life, Cx *cx, int which);
/* Their plans, made three weeks before the end, and what is due of them now. */
MUST const Error *life_maintain(Life *life, Cx *cx);
/* Plans and checklists; the hours of a day at which somebody looks what is due; such a look. */
MUST const Error *life_make_plans(Life *life, Cx *cx);
void life_plan_looks(Life *life, Instant midnight);
MUST const Error *life_do_tasks(Life *life, Cx *cx, int hour);
/* One of the drawn pictures as this user has taken it now: a list of its id, as actions take it. */
MUST const Error *life_photo(Life *life, Cx *cx, int kind, const Actor *actor, json_t **out);
/* A look at complaints and call-backs: what is new, and what is moved on. */
MUST const Error *life_serve(Life *life, Cx *cx);

/* Does what is due. */
MUST const Error *life_step(Life *life, Cx *cx, const Turn *due);
/* The next moment of desk hours, `at` itself inside of them. */
Instant life_next_open(Life *life, Instant at);
bool life_is_day(Instant at);

#endif
