/* backup.h: 备份, one file that holds a whole data folder as of one moment, made while others go on.
 *
 * It is a plain tar archive, so that other tools can look into it:
 *
 *     anju-backup   "anju backup 1" and when it was made
 *     anju.db       the database, copied in one snapshot; or
 *     anju.dump     that of a server, as pg_dump writes it (custom format)
 *     secret.key    the keys, without which the copy cannot be proved nor opened: keep the file like a key
 *     anju.conf     settings, when there are any;  demo: the mark of a demo folder
 *     files/…       photos and documents
 *     MANIFEST      the SHA-256 of each of these, as sha256sum writes it; last, so that a cut-off file is noticed
 *
 * Every bit counts: names and lengths are covered by tar's own sums, contents by the manifest, and what is between must
 * be zero. */
#ifndef ANJU_APP_BACKUP_H
#define ANJU_APP_BACKUP_H

#include "store/sql.h"
#include "store/store.h"

/* Writes the backup of a data folder to a new file (mode 0600). The database is the folder's, whose store is open in this
 * process, or with url (else NULL) a server's. The cx's arena grows with the number of files (about 170 bytes each).
 * ERR_STATE_OF_WORLD when the file exists already or cannot be written; then nothing is left behind. */
MUST const Error *backup_write(Store *store, const char *url, Cx *cx, const char *data, const char *to);

/* Is the file whole? Reads all of it. ERR_STATE_OF_WORLD says what is wrong. */
MUST const Error *backup_verify(Arena *arena, const char *from);

/* Verifies the backup, unpacks it into a new folder (0700) and looks the database through; that of a server goes to the
 * empty database at url (else NULL) in one transaction. Nothing is left behind when that fails. */
MUST const Error *backup_restore(Arena *arena, const char *from, const char *data, const char *url);

/* Removes a folder with all that is in it, as far as that is possible. */
void backup_remove_tree(const char *folder);

/* 每晚备份: what the nightly backup must know from one look to the next. Its owner sets the first six. */
typedef struct {
    Store *store;
    const char *data, *to; /* the data folder; the folder for backups, which exists */
    const char *url;       /* of a server; NULL: the database is in the folder */
    int zone_min;
    Instant started;       /* when the server was */
    Instant tried;         /* the last attempt, 0: none */
} Nightly;

/* Makes a backup when one is due: since 02:30 of the night when the server has been running then, or five minutes after
 * the start when the last good one is older than 24 h; after a failure again in half an hour. *made says whether there
 * is a new one: <to>/anju-YYYYMMDD.bak, read back and found whole. Older ones go, but for those of the last seven days
 * and the newest of each of the four weeks before. Facts backup_last_at (microseconds of the last good one) and
 * backup_ok (1 or 0: how the last attempt ended) are kept in the database. */
MUST const Error *backup_if_due(Cx *cx, Nightly *nightly, bool *made);

/* Does that once a minute in a thread of its own, from now on. Never NULL. The texts are borrowed. */
typedef struct NightlyThread NightlyThread;
NightlyThread *backup_nightly_open(Store *store, const char *url, const char *data, const char *to, int zone_min);
void backup_nightly_close(NightlyThread *thread);

#endif
