/* flags.h: settings of a command. Later wins: the folder's anju.conf, ANJU_* in the environment, flags. */
#ifndef ANJU_APP_FLAGS_H
#define ANJU_APP_FLAGS_H

#include "base/error.h"

typedef struct {
    const char *name;  /* "data"; the flag is --data, the variable ANJU_DATA, the key in anju.conf data */
    const char *value; /* what it takes, for the help ("D"); NULL: a switch */
    const char *zh, *en;
    bool in_conf;      /* may stand in anju.conf */
    const char *initial;
} Flag;

#define MAX_FLAGS 24
#define MAX_WORDS 8

typedef struct {
    const Flag *flags;
    int flag_count;
    const char *values[MAX_FLAGS]; /* NULL: not given */
    bool from_conf[MAX_FLAGS];
    const char *words[MAX_WORDS];  /* what is no flag */
    int word_count;
} Settings;

/* Reads arguments (behind the command's own words) and environment. ERR_USAGE names what is wrong. */
MUST const Error *settings_read(Arena *arena, const Flag *flags, int flag_count, int argc, char **argv, Settings *out);
/* Reads <folder>/anju.conf under them, when there is one. A key of another command (is_key) is passed over; ERR_USAGE names
 * the line of an unknown one. */
MUST const Error *settings_conf(Arena *arena, Settings *settings, const char *folder, bool (*is_key)(Str name));

const char *setting(const Settings *settings, const char *name); /* NULL: neither given nor an initial value */
bool setting_on(const Settings *settings, const char *name);
/* A number within bounds; ERR_USAGE otherwise. */
MUST const Error *setting_int(Arena *arena, const Settings *settings, const char *name, int64_t min, int64_t max, int64_t *out);

#endif
