/* checkpoint.h: 打点位置, places that somebody must have been at, and what proves it: the QR code or NFC tag on the wall, where the
 * phone says it is, a photo. A code cannot be guessed, nor read from here by those who have to go there: it is printed
 * (paper_plate_sheet) and seen by the leaders alone. */
#ifndef ANJU_KERNEL_CHECKPOINT_H
#define ANJU_KERNEL_CHECKPOINT_H

#include "kernel/geo.h"
#include "kernel/record.h"

extern const RecordType checkpoint_type, site_plan_type;
extern const Module checkpoint_module;

#define CHECKPOINT_LEADS (GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD | R_GREEN_LEAD)

/* The proofs: code, geo, photo; what a field of them offers. */
extern const Choice checkpoint_proofs[];
/* A list of them as written: ERR_INVALID on `field` for others. */
void checkpoint_check_proofs(const Record *record, const char *field, Problems *problems);

/* What somebody says in proof of having been there. */
typedef struct {
    Str code;   /* as scanned, or its last part as typed; empty: none */
    Str geo;    /* {"lat","lng"}; empty: none */
    bool photo; /* there is one */
} Told;

/* Does it prove that they were at the checkpoint? `proofs` is what counts (["code","photo"]; empty: as the checkpoint says; where
 * that says nothing, its code, or the place of one without a code). What is missing or wrong is told on the fields code, geo and
 * photo; a code that is given must fit, and so must a place that is asked for. */
void checkpoint_prove(Cx *cx, const Record *checkpoint, Str proofs, const Told *told, Problems *problems);

/* How far from the checkpoint beyond its radius, in metres: 0 within it, or where one of the two places is not known. */
int64_t checkpoint_off(Cx *cx, const Record *checkpoint, Str geo);

/* The text of its QR code. */
Str checkpoint_code(const Record *checkpoint);

#endif
