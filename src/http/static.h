/* static.h: what lies outside /api: the embedded client, /healthz, /readyz, /metrics. */
#ifndef ANJU_HTTP_STATIC_H
#define ANJU_HTTP_STATIC_H

#include "http/api.h"

/* One embedded file of the client, compressed at build time. */
typedef struct {
    const char *path, *type;
    const unsigned char *plain, *brotli, *gzip; /* brotli, gzip: NULL when not smaller */
    size_t plain_size, brotli_size, gzip_size;
    const char *etag;
    bool hashed; /* its name holds its hash: may be kept for ever */
} StaticFile;

extern const StaticFile static_files[]; /* ends with an empty row; made by the build (tools/embed) */

void static_answer(App *app, Exchange *ex);
/* A short answer that nobody keeps. */
void static_text(Exchange *ex, int status, const char *type, Str body);

#endif
