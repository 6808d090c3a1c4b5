/* outbox_parts.h: what the files of the outbox share and nobody else needs. */
#ifndef ANJU_KERNEL_OUTBOX_PARTS_H
#define ANJU_KERNEL_OUTBOX_PARTS_H

#include "store/cx.h"
#include "base/id.h"

/* The secret of a webhook, from its row; false when it was sealed with another key. */
bool webhook_secret(Cx *cx, Id id, Str sealed, Str *out);

#endif
