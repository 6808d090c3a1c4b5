/* pack.h: 打包, a ZIP archive of files and texts, through libzip. What goes in and what comes out passes through: memory grows with the count of
 * entries (some hundred bytes each), never with their size. */
#ifndef ANJU_BASE_PACK_H
#define ANJU_BASE_PACK_H

#include "base/error.h"

typedef struct Pack Pack;

/* An archive that pack_write puts into the open file `fd` (borrowed until pack_close; empty, and one can seek in it). NULL when there is no memory.
 * pack_close frees it. */
Pack *pack_open(int fd);
void pack_close(Pack *pack);
void pack_close_at(Pack **pack);

/* Adds what an open file holds, from its beginning, and takes the file. False when it cannot. */
MUST bool pack_add_file(Pack *pack, const char *name, int take_fd);
/* Adds the file of that path, which is opened when its turn comes, and stored as it is: pictures and PDF are packed already. False when it is not there. */
MUST bool pack_add_path(Pack *pack, const char *name, const char *path);
/* Adds a text, which must live until pack_write. */
MUST bool pack_add_text(Pack *pack, const char *name, Str text);

/* Writes the archive. Nothing is added behind this. False when there is no room, or a file cannot be read. */
MUST bool pack_write(Pack *pack);

#endif
