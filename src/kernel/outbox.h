/* outbox.h: 发件箱, what is to leave the house: one row (table delivery) for each message to each recipient on each channel,
 * written in the same transaction as its cause and sent at least once.
 *
 *     queued --claimed--> sending --> sent
 *        ^                  |  |`---> failed    refused for good: no such mailbox
 *        `---- try later ---'   `---> dead      given up after OUTBOX_ATTEMPTS; a person sends it again
 *     queued, sending --> withdrawn             its cause was taken back
 *
 * Any number of processes share the work: rows are claimed by compare-and-set for a few minutes, and a dead process's are
 * taken over. `dedupe` is unique: what is written twice is one row. Non-urgent messages to people wait through the quiet hours
 * (rules outbox.quiet_from, outbox.quiet_to). What is sent and to which address is read when it goes; neither is in the row,
 * nor in a log. */
#ifndef ANJU_KERNEL_OUTBOX_H
#define ANJU_KERNEL_OUTBOX_H

#include "kernel/channel.h"
#include "kernel/process.h"
#include "kernel/rule.h"

#define OUTBOX_ATTEMPTS 10

extern const Module outbox_module; /* webhooks, and the rules of the outbox */

/* One message to be sent. */
typedef struct {
    const char *record_type; /* and record: what it is about */
    Id record;
    Id party, hook;          /* to whom: a person, or a webhook with its payload */
    const char *channel;
    Str payload, dedupe;
    bool urgent;
} Delivery;

/* Adds it to the running write, unless a row has its `dedupe`. */
MUST const Error *outbox_add(Cx *cx, const Delivery *delivery);
/* What is not yet sent about a record is not sent any more. In a writing closure. */
MUST const Error *outbox_withdraw(Cx *cx, Id record);

/* Is it night for people (rules outbox.quiet_from, outbox.quiet_to)? Equal hours: never. */
MUST const Error *outbox_is_quiet(Cx *cx, bool *quiet);

/* The company's dead and failed ones, newest first, as {"items":[{"id","resource","record","party","channel","state","attempts",
 * "error","created_at"}],"next"}. `state` empty: both. ERR_FORBIDDEN for all but company-wide management. */
MUST const Error *outbox_list_json(Cx *cx, Str state, Str after, int64_t limit, Json *json);
/* Sends a dead or failed one again, with all its attempts: by who manages the company, or the record that it is about.
 * ERR_NOT_FOUND, ERR_WRONG_STATE with its state. In a writing closure. */
MUST const Error *outbox_resend(Cx *cx, Id delivery, Json *json);

/* For event.c: one row for each webhook that wants to know of one of these events (Event at tail->what), of the company of cx. */
MUST const Error *outbox_hook_events(Cx *cx, const Tail *tails);

/* A chore: what programs took a month ago is forgotten; what people were sent is kept, as proof. */
MUST const Error *outbox_sweep(Cx *cx, int max, int *count);

typedef struct Outbox Outbox;
typedef struct {
    struct Store *store;
    const Kernel *kernel;
    const Channel *channels; /* borrowed while it is open */
    int channel_count;
} OutboxConfig;

/* Starts a thread for each channel: a slow one does not hold up another. Never NULL. */
Outbox *outbox_open(const OutboxConfig *config);
/* Stops after the messages that are on their way. NULL is allowed. */
void outbox_close(Outbox *outbox);

#endif
