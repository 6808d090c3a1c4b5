/* hub.h: live events (server-sent events). What the lane has committed is handed in here and reaches every stream whose
 * caller may see the record. A stream resumes by the company's event number (Last-Event-ID). */
#ifndef ANJU_HTTP_HUB_H
#define ANJU_HTTP_HUB_H

#include "http/api.h"

typedef struct Hub Hub;
Hub *hub_open(App *app);
/* Ends all streams. */
void hub_close(Hub *hub);

/* StoreConfig.published; self is the App. Called by the lane: only copies and wakes. */
void hub_published(void *self, Tail *tails);

/* GET events: answers with a stream. */
MUST const Error *hub_stream(Cx *cx, Call *call);

#endif
