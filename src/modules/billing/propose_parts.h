/* propose_parts.h: what the files that propose a run's bills share: the run with its prices and the page of houses it is at (propose.c), totals shared out
 * (propose_shares.c), meters (propose_meters.c). */
#ifndef ANJU_MODULES_BILLING_PROPOSE_PARTS_H
#define ANJU_MODULES_BILLING_PROPOSE_PARTS_H

#include "modules/billing/billing_parts.h"

#define PAGE_HOUSES 500

/* What each house's part of a shared total is, by rising id. */
typedef struct {
    Id *houses;
    int64_t *fen;
    int count;
    int64_t total, left; /* left: what no charge of the period has yet */
    Exact weights;
} Shares;

typedef struct {
    Price price;
    Applies applies;
    Shares shares;
} Version;
/* The versions of one item's price, by their days. */
typedef struct {
    Version *list;
    int count;
} Item;

typedef struct {
    Id house, party;
    bool owner;
    Date since, until; /* first day, and the first day no more (0: still) */
} Resident;
typedef struct {
    Id house;
    Str item;
    bool slotted; /* covers its days */
    bool metered;
    Date from, to;
    int64_t fen;
    Str spans, quantity; /* of steps: Charge.step_spans */
} Covered;
typedef struct {
    Id house, meter, id;
    Str item, no;
    Date day, previous_on, removed_on;
    Exact value, previous, used, multiplier;
    FeeRegister *registers; /* of a meter that is charged by the time of day; NULL */
    bool has_reading;
} MeterRow;
/* Of an item's yearly steps, what a charge takes: from so much on to so much. */
typedef struct {
    Str item;
    int year;
    Exact from, to;
} Span;

/* Rows of a page of one kind, in the order of houses; `at` is how far the houses have come. */
#define ROWS(Type)                                                                                                                    \
    struct {                                                                                                                          \
        Type *list;                                                                                                                   \
        int count, room, at;                                                                                                           \
    }
struct RunPages {
    const Record *run;
    RunSink sink;
    Arena *arena, *page; /* of all of it; of what belongs to a page, given back behind it */
    bool is_shared_out;
    Id after; /* the last house looked at */
    int64_t done, total;
    Date from, to, before_from;
    int64_t outlier_percent;
    int empty_after; /* billing.empty_after_months */
    bool start_next_month, split_owner;
    Id developer;
    Version *versions; /* item after item */
    int version_count;
    bool metered;
    Record **houses;
    int house_count;
    ROWS(Resident) residents;
    ROWS(Covered) covered;
    ROWS(const Relief) reliefs;
    ROWS(MeterRow) meters;
};

#define ROOM(rows) ((rows).list = arena_grown(cx->arena, (rows).list, sizeof(*(rows).list), (rows).count, &(rows).room), &(rows).list[(rows).count++])

/* One house, with its rows of the page. */
typedef struct {
    const Record *house;
    const Resident *residents;
    const Covered *covered;
    const MeterRow *meters;
    Span *spans; /* of what is proposed */
    Reliefs reliefs;
    int resident_count, covered_count, meter_count, span_count, span_room;
    Date starts; /* from which day on the household pays; before it the developer */
    int told;    /* exceptions */
} Home;

/* Who pays on a day: the tenant where that was agreed, else the first owner; the developer before the handover. 0: nobody is known. */
Id payer_on(const RunPages *run, const Home *home, Date day);
/* Does a charge of the item cover one of these days? */
bool is_covered(const Home *home, Str item, Date from, Date to);
/* Tells the sink why the house is not billed by this price, or is to be looked at. */
MUST const Error *except(Cx *cx, const RunPages *run, Home *home, const Version *version, const char *code, bool billed, Str zh, Str en);
/* Nobody pays: told. *billed is false when that is because the house was not handed over and has no developer. */
MUST const Error *except_payer(Cx *cx, const RunPages *run, Home *home, const Version *version, const Proposed *proposed, bool *billed);

/* A page of the project's houses behind `after`, in the order of their ids: a record each. */
MUST const Error *each_house(Cx *cx, const RunPages *run, Id after, RowFn *fn, void *self);
/* A closure of its own memory, which is given back behind the page. */
Cx page_cx(const Cx *cx, const RunPages *run);

/* ERR_INVALID on `shared` without the version's total, on `tariffs` when the price changes within the period: a total is shared out by one price. */
MUST const Error *shares_read(Cx *cx, const RunPages *run, const Item *item);
MUST const Error *share_out(Cx *cx, const RunPages *run, Version *version);
MUST const Error *bill_share(Cx *cx, const RunPages *run, Home *home, Version *version, int64_t *fen);

/* The first day whose price a metered item needs: that of its oldest reading that waits, or the run's first. */
MUST const Error *meters_since(Cx *cx, const RunPages *run, Str item, Date *out);
/* What waits on the meters of the page's houses; *since is the first day of the earliest year whose steps are needed, where there are any. */
MUST const Error *read_meters(Cx *cx, RunPages *run, Id first, Id last, Date *since);
MUST const Error *bill_meters(Cx *cx, const RunPages *run, Home *home, const Item *item, int64_t *fen);

#endif
