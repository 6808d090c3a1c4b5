/* house_plan.h: what an import would do, worked out in memory against what is known; for house_import.c.
 *
 * Everything that is known of the project is read by a handful of statements into tables, the file is laid over it, and
 * what comes out is lists: houses and people to make or change, relations to put. Nothing is written here. */
#ifndef ANJU_PROPERTY_HOUSE_PLAN_H
#define ANJU_PROPERTY_HOUSE_PLAN_H

#include "modules/property/house_sheet.h"
#include "kernel/record.h"

typedef struct PlanRelation PlanRelation;

typedef enum { PLAN_KEPT, PLAN_NEW, PLAN_CHANGED } PlanChange;

/* A house, known or to be made. Texts empty, numbers 0: not known. */
typedef struct {
    Id id; /* 0: new */
    PlanChange change;
    Str no, building, unit, floor, room, use, note;
    int64_t area_dm2;
    PlanRelation *first, *last; /* as known, then as they come */
} PlanHouse;

typedef struct {
    Id id; /* 0: new */
    PlanChange change;
    bool in_file;          /* counted */
    bool told_id, told_phones; /* by an earlier row */
    Str name, phone, phones, id_no;
} PlanParty;

struct PlanRelation {
    PlanRelation *next; /* of the house */
    int64_t party;      /* place in Plan.parties */
    PersonRole role;
    bool other_role;    /* known, but none that an import brings */
    bool in_file;
    PlanChange change;
    Instant since, until, since_before; /* since_before: what the known row says */
    Str share;
};

typedef struct {
    int64_t houses, parties;
} PlanCount;

typedef struct {
    PlanHouse *houses; /* known ones first, then new ones in the order of the file */
    int64_t house_count;
    PlanParty *parties;
    int64_t party_count;
    int64_t relation_count; /* to be written */
    PlanCount created, changed, unchanged;
} Plan;

/* Must be run inside a transaction. *out lives in cx->arena and borrows from the import. */
MUST const Error *house_plan(Cx *cx, const HouseImport *import, Id project, Plan **out);

#endif
