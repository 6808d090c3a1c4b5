/* notice_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_NOTICE_PARTS_H
#define ANJU_MODULES_NOTICE_PARTS_H

#include "kernel/process.h"
#include "kernel/rule.h"
#include "modules/notice/notice.h"

extern const Table notice_house_table, notice_spread_table;
extern const Choice notice_kinds[], notice_channels[];
MUST const Error *notice_seed(Cx *cx);

/* 对象: whom a notice is for. */
#define AUDIENCE_PLACES 20 /* buildings, floors */
#define AUDIENCE_TAGS 10
typedef struct {
    Id notice, project; /* the notice's id is the key of its named homes */
    Str buildings[AUDIENCE_PLACES], floors[AUDIENCE_PLACES], tags[AUDIENCE_TAGS], roles[4];
    int building_count, floor_count, tag_count, role_count;
    const json_t *houses; /* ids or numbers */
    Str list;             /* house numbers as pasted or uploaded */
    bool names_homes;
} Audience;

/* Understands {"buildings","floors","roles","tags","houses","list"}. What is wrong becomes a problem of `audience`. */
void audience_read(const json_t *json, Audience *out, Problems *problems);
/* Notes the named homes under the notice's id; those that are not there become a problem. In a writing closure. */
MUST const Error *audience_name_homes(Cx *cx, const Audience *audience, Problems *problems);
MUST const Error *audience_forget_homes(Cx *cx, Id notice);
/* " FROM residence r … WHERE …" of the people, with party p and house h. */
void audience_from(const Cx *cx, const Audience *audience, Buf *sql, Params *params);
MUST const Error *audience_count(Cx *cx, const Audience *audience, int64_t *houses, int64_t *people);

/* Who is told: a pass over people on one channel, written in pages so that no transaction is long. */
typedef struct {
    const char *channel; /* "app", "email"; "recall": the bell alone */
    int64_t round;       /* 0: publishing; then each further push */
    Id source;           /* the people of this notice; 0: the audience */
    bool unread;         /* those of them who have not read (acknowledged) it */
} Pass;
extern const Chore notice_chores[];

/* Writes the first page now and leaves the rest to the chore. The record may be about to be saved. */
MUST const Error *spread_begin(Cx *cx, const Record *notice, const Pass *pass);
/* Nothing more is written for it; *was_open: something would have been. */
MUST const Error *spread_stop(Cx *cx, Id notice, bool *was_open);

/* 张贴 (poster.c): a published notice of the channel `paper` is due on the boards, and the desk is told. */
MUST const Error *poster_expect(Cx *cx, Record *notice);
/* It was recalled, corrected or is over: the desk is told to take down what hangs. */
MUST const Error *poster_is_over(Cx *cx, const Record *notice);
/* Of the actions post, post_more, take_down, post_late. */
bool poster_is_due(const Cx *cx, const Record *notice);
bool poster_hangs(const Cx *cx, const Record *notice);
MUST const Error *poster_put_up(Cx *cx, Record *notice, const Asked *asked);
MUST const Error *poster_take_down(Cx *cx, Record *notice, const Asked *asked);
MUST const Error *poster_is_late(Cx *cx, Record *notice, const Asked *asked);

/* Fills in what a template gives: kind, title, body, acknowledgement, channels; 422 names the variables that are missing. */
MUST const Error *template_apply(Cx *cx, Record *record, bool fresh, Problems *problems);
/* Its lead time is not kept: told too late. */
MUST const Error *template_is_late(Cx *cx, const Record *record, Instant publish_at, bool *late);

#endif
