/* seed.h: the catalogues that a new company starts with; from then on its own rows count. */
#ifndef ANJU_MODULES_REPAIR_SEED_H
#define ANJU_MODULES_REPAIR_SEED_H

#include "kernel/process.h"

/* Writes repair categories and prices for the company of the cx. */
MUST const Error *seed_catalogue(Cx *cx);

#endif
