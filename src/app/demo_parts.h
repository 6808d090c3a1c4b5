/* demo_parts.h: what the files of the demo community share: dice, words, names and people. Nothing here asks the time or
 * the system for random numbers, so that the same arguments give the same community. */
#ifndef ANJU_APP_DEMO_PARTS_H
#define ANJU_APP_DEMO_PARTS_H

#include "app/command.h"

/* 骰子: the demo's own random numbers (SplitMix64), the same on every machine. */
typedef struct {
    uint64_t state;
} Dice;
uint64_t dice_roll(Dice *dice);
int64_t dice_below(Dice *dice, int64_t n);                    /* 0..n-1; n > 0 */
int64_t dice_between(Dice *dice, int64_t low, int64_t high);  /* both inclusive */
bool dice_chance(Dice *dice, int per_1000);
/* One of `count`, each as likely as its weight says. */
int dice_choose(Dice *dice, int count, int64_t (*weight)(int at, const void *self), const void *self);
/* Mostly 50 to 150 % of `typical`, in one of twelve cases up to four times as much: how long people take. */
int64_t dice_span(Dice *dice, int64_t typical);

/* Where a matter lies. All but PLACE_HOME are spaces. */
typedef enum {
    PLACE_HOME, PLACE_LOBBY, PLACE_LIFT, PLACE_STAIRS, PLACE_ROOF, PLACE_GARAGE, PLACE_ROAD, PLACE_GARDEN, PLACE_GATE, PLACE_PLANT,
    PLACE_KINDS
} Place;

typedef struct {
    const char *zh, *more; /* what people say first, and what they add (NULL: nothing) */
} Say;

#define SAYS 5
#define SOLUTIONS 3
/* 话题: one kind of trouble, in residents' words. */
typedef struct {
    const char *code;        /* repair category */
    int weight;              /* how often, against the others */
    Place place;
    const char *skill;
    int minutes;             /* of work */
    const char *price;       /* code of the usual price item when the customer pays; NULL: none */
    int labour_fen;
    int part;                /* per 1000: a part has to be ordered */
    int season[4];           /* per cent of the weight in spring, summer, autumn, winter */
    int rain;                /* per cent of the weight on a rainy day */
    bool urgent;             /* happens and is seen to at any hour */
    const char *cause;       /* most frequent cause */
    Say says[SAYS];
    const char *done[SOLUTIONS];
} Topic;
extern const Topic demo_topics[];
extern const int demo_topic_count;
const Topic *demo_topic(const char *code); /* the first of this category; never NULL */

/* Short texts of one kind, ending with NULL. */
extern const char *const demo_part_notes[], *const demo_no_access[], *const demo_declines[], *const demo_transfers[],
    *const demo_cancels[], *const demo_rejects[], *const demo_refusals[], *const demo_reworks[], *const demo_attempts[],
    *const demo_notes[], *const demo_callback_notes[];
const char *demo_pick(Dice *dice, const char *const *texts);
/* What is said with 1 to 5 stars; NULL when nothing is. */
const char *demo_comment(Dice *dice, int overall);

/* 姓名 */
typedef struct {
    char name[24];    /* 王秀兰 */
    bool woman;
    int age;
} Someone;
/* A person of about that age; `surname` NULL: any. */
Someone demo_someone(Dice *dice, const char *surname, bool woman, int age);
/* Mobile number n of the demo: 13x0000nnnn, all different below 100,000. */
Str demo_phone(Arena *arena, int n);
/* An identity number in a county that does not exist; wrong in its check character when `faulty`. */
Str demo_id_no(Arena *arena, Dice *dice, const Someone *someone, int year, bool faulty);

/* 照片: pictures drawn by the program, kept as blobs. */
#define DEMO_PHOTOS 7
#define DEMO_REPORT 6 /* a certificate: its place among them */
#define DEMO_SITE DEMO_PHOTOS /* the plan of the site, behind the photos */
#define DEMO_PICTURES 8
typedef struct {
    Str sha256;
    int64_t size;
    const char *type, *name;
} DemoPhoto;
MUST const Error *demo_photos(Arena *arena, const char *folder, Id org, DemoPhoto *out);

/* 小区 */
typedef struct {
    Id id;
    int16_t age;
    int user;        /* index into Demo.residents, -1: no account */
    int homes;       /* owned */
    bool rates;      /* gives scores at all */
} Person;

typedef struct {
    Id id;
    int building, unit, floor, room;
    int entry;              /* which entrance: index into the lobbies, lifts and stairs */
    int owner, speaker; /* indexes into Demo.people: who owns, who reports (tenant, owner or family) */
    bool empty;
} Home;

typedef struct {
    const Actor *actor;
    const char *skills;      /* blank-separated */
    int speed;               /* per cent of the usual minutes */
    int charm;               /* per cent added to the chance of five stars */
    int off_day;             /* weekday without work; -1: none */
    Instant busy_until;
    int load;
} Worker;

#define MAX_DESKS 3
typedef struct {
    int homes, days;
    const char *password;
    Instant start, end;
    Dice dice;
    Arena *arena;            /* lives as long as the demo */
    House *house;
    Id org, project;
    Actor system;
    const Actor *admin, *manager, *desks[MAX_DESKS], *lead, *quality, *cashier, *guards[4], *cleaner, *gardener;
    Worker *workers;
    int worker_count;
    const Actor **residents;
    int resident_count;
    Home *home;
    int first;               /* the home of resident1 */
    Person *people;
    int people_count;
    Id *spaces[PLACE_KINDS]; /* PLACE_LOBBY, LIFT, STAIRS by building and unit; ROOF by building */
    int space_counts[PLACE_KINDS];
    DemoPhoto photos[DEMO_PICTURES];
    int64_t reports, actions;
} Demo;

/* Runs fn in the lane as this actor, at this moment. */
MUST const Error *demo_write(Demo *demo, const Actor *actor, Instant now, StoreFn *fn, void *self);
/* A JSON value that lives as long as the cx's arena. */
json_t *demo_json(Cx *cx, json_t *take_value);

/* Makes accounts, buildings, homes and people. */
MUST const Error *demo_settle(Demo *demo);
/* Lets them live from demo->start to demo->end. */
MUST const Error *demo_live(Demo *demo);

#endif
