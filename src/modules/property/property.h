/* property.h: 业主档案, the archive of homes and people: one house, one file. */
#ifndef ANJU_MODULES_PROPERTY_H
#define ANJU_MODULES_PROPERTY_H

#include "kernel/process.h"

extern const Module property_module;
extern const RecordType house_type, party_type, claim_type;
extern const Table claim_code_table;

/* Adds a party's relation to a house, or changes its dates and share. `since` and `until` are moments; until 0: still. */
MUST const Error *residence_put(Cx *cx, Id house, Id party, const char *role, Id project, Instant since, Instant until, Str share);

/* The house of the resident who acts, when it is the only one: set in the record with its project and building. */
MUST const Error *house_of_resident(Cx *cx, Record *record);
/* Project and building of the record's house; untouched without one. */
MUST const Error *house_place(Cx *cx, Record *record);

/* A building of a project in memory, not yet inserted; `code` is how houses name it ("3"). */
Record *building_new(Cx *cx, Id project, Str code);

/* What is doubtful in a house's or a party's data, as a JSON list of codes ("phone_missing", "phone_doubtful",
 * "id_no_doubtful", "area_missing"); empty when nothing is. */
Str party_doubts(Arena *arena, Str phone, Str id_no);
Str house_doubts(Arena *arena, int64_t area_dm2);

/* What a resident sends to claim a home: a code, or a house number (with the project's code where there are several). */
typedef struct {
    Str code, house, project, name, phone, login;
    Str hash; /* of the password */
} ClaimAsk;
typedef struct {
    Id id;
    bool accepted; /* let in at once */
} ClaimAnswer;
MUST const Error *claim_submit(Cx *cx, const ClaimAsk *ask, ClaimAnswer *out);

/* What an owner asks for somebody of the family: a claim without a log-in, which the desk confirms. 422 when it is asked for
 * already, or too many are. */
MUST const Error *claim_may_ask(Cx *cx, Id house, Str name, Str phone);
MUST const Error *claim_for(Cx *cx, const Record *house, Str name, Str phone);

/* A new one-time code for claiming a home; older unused ones of the house end. The code is not stored, its digest is. */
MUST const Error *claim_new_code(Cx *cx, Id house, Str *code);

#endif
