/* notice.h: 公告、通知, notices: the right people know the right thing early enough, and it can be proved. */
#ifndef ANJU_MODULES_NOTICE_H
#define ANJU_MODULES_NOTICE_H

#include "kernel/job.h"
#include "kernel/paper.h"

extern const Module notice_module;
extern const RecordType notice_type, notice_template_type;

/* How many homes and people an audience has today, as {"houses","people"}, in a project of the caller's (0: the only one).
 * ERR_INVALID on `audience`: not understood, homes that are not there. In a writing closure when audience_names_homes. */
bool notice_names_homes(const json_t *audience);
MUST const Error *notice_preview_json(Cx *cx, const json_t *audience, Id project, Json *json);

/* Who was sent it on which channel, and what became of it; who has not read it (not acknowledged, where that is asked for) with
 * home and masked phone, and how many of how many. For those who see the notice and may see people: else ERR_FORBIDDEN. */
MUST const Error *notice_deliveries_json(Cx *cx, const Record *notice, Str state, Str after, int64_t limit, Json *json);
MUST const Error *notice_unread_json(Cx *cx, const Record *notice, Str after, int64_t limit, Json *json);

/* What its poster says, in the caller's language; the QR's address is the caller's to set. */
MUST const Error *notice_poster(Cx *cx, const Record *notice, NoticePoster *out);

#endif
