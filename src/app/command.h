/* command.h: what the commands of the program share: opening a data folder, and running as its company. */
#ifndef ANJU_APP_COMMAND_H
#define ANJU_APP_COMMAND_H

#include "base/beat.h"
#include "app/flags.h"
#include "kernel/user.h"
#include "store/store.h"

#define ANJU_VERSION "0.3.0"

typedef struct {
    const char *name;    /* "user add" is two words */
    const char *zh, *en;
    const Flag *flags;
    int flag_count;
    const char *words;   /* what follows besides flags, for the help */
    const Error *(*run)(Arena *arena, Settings *settings);
} Command;

extern const Command commands[]; /* ends with an empty row */
/* May the key stand in anju.conf, for some command? */
bool command_is_key(Str name);
extern const Module *const modules[]; /* ends with NULL */

/* An open data folder. */
typedef struct {
    Kernel kernel;
    struct Secrets *secrets;
    Store *store;
    const char *folder;
    int node; /* of its ids, leased on a server; 0 otherwise */
    bool serves;
    Beat keeper; /* renews it while it serves */
} House;

/* Where a house is: the folder of its files and keys, and its database: the folder's own, or a server's. */
typedef struct {
    const char *folder, *url; /* url NULL: SQLite in the folder */
} HousePlace;
/* ERR_USAGE for an address that is not postgresql://…, or cannot be read (address.h); `flag` is where it was given. */
MUST const Error *place_check_url(Arena *arena, const char *flag, const char *url);
/* From --data and --database; ERR_USAGE without a folder, or for an address that is not postgresql://… */
MUST const Error *place_of(Arena *arena, const Settings *settings, HousePlace *out);

/* Opens an existing house: declarations, keys, database (brought to the declared schema). `serve` takes the folder's lock
 * when its database is inside. */
MUST const Error *house_open(Arena *arena, const HousePlace *place, bool serve, void (*published)(void *self, Tail *tails), void *self, House **out);
void house_close(House *house);

/* Makes a new data folder (0700) with keys and an empty schema. ERR_STATE_OF_WORLD when there is one. */
MUST const Error *house_make(Arena *arena, const HousePlace *place, House **out);

/* Removes a folder that house_make has just made and that could not be completed. */
void house_unmake(Arena *arena, const char *folder);
/* Brings the schema to the declarations (migrate.c); nothing to do when its digest is the same. ERR_STATE_OF_WORLD when a newer
 * program has been there. */
MUST const Error *house_migrate(House *house, Cx *cx);

/* A context as the system in the company of this name (NULL: the only one). */
MUST const Error *house_cx(House *house, Arena *arena, const char *org, Instant now, Cx *out);

/* A new company with a project, its catalogues and an administrator. password NULL: a random one, *made_password. */
typedef struct {
    const char *org, *project, *code, *admin, *password;
    bool must_change;
} NewOrg;
MUST const Error *house_new_org(House *house, Arena *arena, const NewOrg *wanted, Instant now, Str *made_password, Id *org, Id *project);

#endif
