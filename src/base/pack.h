/* pack.h: 打包, a ZIP archive of a few files, through libzip. */
#ifndef ANJU_BASE_PACK_H
#define ANJU_BASE_PACK_H

#include "base/error.h"

typedef struct Pack Pack;

/* An empty archive in memory. NULL when there is no memory. pack_close frees it. */
Pack *pack_open(void);
void pack_close(Pack *pack);
void pack_close_at(Pack **pack);

/* Adds what an open file holds, from its beginning, and takes the file. False when it cannot. */
MUST bool pack_add_file(Pack *pack, const char *name, int take_fd);
/* Adds a text, which must live until pack_write. */
MUST bool pack_add_text(Pack *pack, const char *name, Str text);

/* Writes the archive to an open file. Nothing is added behind this. */
MUST bool pack_write(Pack *pack, int fd);

#endif
