/* alarm.h: 告警, what is wrong now and rings until somebody sees to it: a patrol point missed, a post that nobody stands at.
 * The program raises it and takes it back when the reason has gone; people acknowledge and close it.
 *
 *     raised --acknowledge--> acknowledged --close--> closed
 *        |  `--------------------close----------------^
 *        `---settle (the reason is gone)-- from both --^
 *
 * The leaders are told `alarm.lead_minutes` (5) after what it is about, the manager after `alarm.manager_minutes` (15) when nobody
 * has acknowledged it until then (card P12). */
#ifndef ANJU_KERNEL_ALARM_H
#define ANJU_KERNEL_ALARM_H

#include "kernel/record.h"

typedef struct {
    const char *kind;     /* "round_missed": stable, one open alarm of a kind for a record */
    const Record *record; /* what it is about: its project, and its type's `leads` are told */
    Str zh, en;           /* what is wrong, in a few words */
    Instant since;        /* when it began; 0: now */
} Alarm;

extern const Module alarm_module;

/* Raises it; nothing happens while one of that kind is open for the record. In a writing closure. */
MUST const Error *alarm_raise(Cx *cx, const Alarm *alarm);

/* The reason has gone: closes what is open of that kind for the record, with that as the note. */
MUST const Error *alarm_settle(Cx *cx, const char *kind, Id record, Str why);

#endif
