/* desk.h: 客户服务, the front desk: enquiries with a first-contact owner, the hotline's log, the knowledge they are answered
 * from, and a household on one page. */
#ifndef ANJU_MODULES_DESK_H
#define ANJU_MODULES_DESK_H

#include "kernel/process.h"

extern const Module desk_module;
extern const RecordType enquiry_type, enquiry_topic_type, call_type, exchange_type, article_type;

/* A telephone exchange (电话交换机) that may report calls. */
typedef struct {
    Id id, org, project;
} PhoneExchange;

/* Which active exchange has signed this body? `signature` is the HMAC-SHA256 of its raw bytes in hex, with or without a
 * leading "sha256="; `only` (0: any) says which one it claims to be. Before the company is known; takes as long for a near
 * miss as for a far one. */
MUST const Error *exchange_find(Cx *cx, Str signature, Str body, Id only, PhoneExchange *out, bool *found);

/* What an exchange tells of a call: {"call_id","caller_phone","call_start","ring_sec","talk_sec","abandoned"}. The same call_id
 * again is the same call: what was unknown is filled in, what is known stays. *fresh: it is a new one. ERR_INVALID names the
 * fields that are wrong; two first reports at the same moment give `duplicate` to one of them, who tries again. In a writing
 * closure, as the system in the exchange's company. */
MUST const Error *hotline_report(Cx *cx, const PhoneExchange *exchange, const json_t *body, Record **out, bool *fresh);

/* One household on one page, as {"house","people","open","calls","promises","owed","preferences","moments"}, in a fixed number of
 * statements, as far as the caller may see. The caller has seen the house. */
MUST const Error *household_json(Cx *cx, const Record *house, Json *json);

#define KNOWLEDGE_MAX 20

/* The articles valid now that fit what was typed, best first, at most `limit` (KNOWLEDGE_MAX), as far as the caller may see
 * them: {"items":[{"id","title","category","audience","version","valid_to","excerpt"}]}. Nothing typed: the newest. */
MUST const Error *knowledge_json(Cx *cx, Str typed, int64_t limit, Json *json, int *hits);
/* Is a search in vain worth noting? Not below two characters, and not when it is a number, which may be a person's. */
bool knowledge_is_missed(Arena *arena, Str typed);
/* Counts a search that found nothing. In a writing closure. */
MUST const Error *knowledge_note_miss(Cx *cx, Str typed);
/* {"items":[{"q","count","last_at"}]}: the searches in vain, the most frequent first. */
MUST const Error *knowledge_misses_json(Cx *cx, int64_t limit, Json *json);
/* Who looks after the knowledge: the desk's lead, quality, management. */
#define KNOWLEDGE_LEADS (R_DESK_LEAD | R_QUALITY | MANAGEMENT)

#endif
