/* desk_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_DESK_PARTS_H
#define ANJU_MODULES_DESK_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/desk/desk.h"

#define DESK_LEADS (R_DESK_LEAD | MANAGEMENT)

/* A rule's value inside a statement; `otherwise` as it is declared. */
#define SQL_RULE(code, otherwise)                                                                                               \
    "(SELECT coalesce(max(r.value), " otherwise ") FROM rule r WHERE r.org_id = :org AND r.code = '" code "' AND r.archived_at IS NULL)"

/* 统计口径: what figures count, in SQL on t; the filters that open their rows share it. */
#define SQL_REPEATED                                                                                                            \
    "EXISTS (SELECT 1 FROM enquiry again WHERE again.org_id = t.org_id AND again.repeat_of_id = t.id AND again.archived_at IS NULL)"
#define SQL_SOLVED_KNOWN                                                                                                        \
    "t.answered_at IS NOT NULL AND t.archived_at IS NULL AND (coalesce(t.reopened, 0) > 0 OR t.answered_at < :now - 86400000000 * "  \
    SQL_RULE("enquiry.repeat_days", "7") " OR " SQL_REPEATED ")"
#define SQL_SOLVED                                                                                                              \
    "t.answered_by_id = t.first_contact_id AND t.handed_at IS NULL AND coalesce(t.reopened, 0) = 0 AND t.state IN ('answered', 'closed')" \
    " AND NOT " SQL_REPEATED
#define SQL_OFFERED "t.call_id IS NOT NULL AND t.state <> 'ringing' AND t.archived_at IS NULL"
#define SQL_PICKED_UP                                                                                                           \
    "coalesce(t.abandoned, 0) = 0 AND t.state <> 'missed' AND coalesce(t.ring_sec, (t.taken_at - t.call_start) / 1000000) <= "    \
    SQL_RULE("call.answer_seconds", "20")

#define DESK_FIGURES 2
extern const Figure desk_figures[DESK_FIGURES];
extern const Table exchange_key_table, search_miss_table;

/* Writes the topics that a company begins with. */
MUST const Error *enquiry_seed(Cx *cx);

/* 来电人: who is behind a number, in one project. */
typedef struct {
    Id house, building, party; /* 0: none, or several */
    Str candidates;            /* several homes: [{"house","no","party","role"}]; empty otherwise */
} Caller;
MUST const Error *caller_find(Cx *cx, Id project, Str phone, Caller *out);

/* The first line of what was said, cut to a title. */
Str desk_title(Str said);

/* 紧急 (card P05): what a text sounds like ("fire", "lift", …), NULL when it is no emergency; and what to do then. */
const char *emergency_of(Arena *arena, Str said);
extern const Choice emergency_kinds[];
void emergency_json(const Cx *cx, Str kind, Json *json);

/* Fills in what is not given: number, person and home from the call that it came with, then from the number. */
MUST const Error *enquiry_find_caller(Cx *cx, Record *record);
/* Sets repeat_of and repeats anew: the latest of the same caller, number or house on the same topic within the window. */
MUST const Error *enquiry_find_repeat(Cx *cx, Record *record);

/* The steps take, hand_over and accept. */
MUST const Error *enquiry_take(Cx *cx, Record *record, const Asked *asked);
MUST const Error *enquiry_guard_hand_over(Cx *cx, const Record *record, const Asked *asked);
MUST const Error *enquiry_hand_over(Cx *cx, Record *record, const Asked *asked);
bool enquiry_is_handed(const Cx *cx, const Record *record);
MUST const Error *enquiry_guard_accept(Cx *cx, const Record *record, const Asked *asked);
MUST const Error *enquiry_accept(Cx *cx, Record *record, const Asked *asked);

/* Makes of an enquiry the record that its ask `became` names, with what is known already copied; sets became_ref. */
MUST const Error *enquiry_convert(Cx *cx, Record *record, const Asked *asked);
extern const Choice enquiry_becomes[];

/* A draft article from an answer. */
MUST const Error *article_from_answer(Cx *cx, const Record *enquiry, Str title, Str body, Id *out);
/* The text and version of a published article; ERR_INVALID on `article` when it is not one that holds now. */
MUST const Error *article_text(Cx *cx, Id article, Str *text, int64_t *version);

#endif
