/* outbox_send.c: the senders: a thread for each channel, since one that waits for a slow server must not hold up the others,
 * and none of them the runner's chores (job.h), which promise reminders within seconds. Like those they work outside
 * transactions: rows are claimed in one short write, sent, and their fates are written in others, each before more than NOTE_EVERY
 * has passed since the one before: of a slow receiver's messages each before the next is sent. Nothing more is sent while that
 * cannot be written; it is tried again until shortly before the lease ends. What is sent twice is what a process had sent and not
 * yet noted when it died, or was told to stop while the database was away: one message, or of a fast receiver those of NOTE_EVERY.
 * They come with the same X-Anju-Delivery, or Message-ID. */
#include "base/beat.h"
#include "base/log.h"
#include "kernel/orgs.h"
#include "kernel/outbox.h"
#include "kernel/outbox_parts.h"
#include "store/store.h"

#include <sodium.h>
#include <stdatomic.h>
#include <unistd.h>

#define LOOK_EVERY SECOND
#define BATCH 200
#define LEASE (5 * MINUTE)
#define BATCH_TIME (2 * MINUTE)        /* after it the rest goes back: well within the lease */
#define NOTE_EVERY (SECOND / 40)       /* so long what was sent may be unwritten while more is sent */
#define NOTE_AGAIN (SECOND / 2)
#define NOTE_UNTIL (LEASE - 30 * SECOND) /* behind it another process may have taken over: what could not be written is its own */
#define NOTE_STOPPING (3 * SECOND)     /* so long a stop waits for it */
#define WITHDRAWN_EVERY (SECOND / 10)  /* how often it is asked whether what is being sent was taken back */
#define DOWN_FOR MINUTE                /* a channel that does not work is left alone */
#define TURN 20                        /* batches of one company in a row: the others' turn then */
#define BACK_OFF_FIRST MINUTE
#define BACK_OFF_MOST (6 * HOUR)
#define MAX_LETTERS 8                  /* records whose letters are kept during a batch */
#define MAX_CHANNELS 8

typedef struct {
    struct Outbox *outbox;
    const Channel *channel;
    Beat beat;
    Instant down_until; /* of the steady clock */
} Sender;

struct Outbox {
    OutboxConfig config;
    atomic_bool stopping;
    Sender senders[MAX_CHANNELS];
};

typedef struct {
    Id id, record, party, hook;
    int64_t attempts;
    Str record_type, payload;
    Str to, sealed; /* read after the claim */
    const char *state; /* what becomes of it; NULL: back into the queue, untried */
    Instant next_at;
    Str error;
    bool is_withdrawn;
} Item;

typedef struct {
    Id record;
    Str type;
    Letter letter;
} Written;

typedef struct {
    const Channel *channel;
    bool urgent;
    Item items[BATCH];
    int count, noted, decided; /* of items: whose fate is written, and whose is known */
    Instant begun, noted_at;   /* of the steady clock */
    int64_t asked_at;          /* whether something was withdrawn */
    Written letters[MAX_LETTERS];
    int letter_count;
} Batch;

static void send_due(void *self);

Outbox *outbox_open(const OutboxConfig *config)
{
    Outbox *outbox = mem_alloc(sizeof *outbox);

    outbox->config = *config;
    for (int i = 0; i < config->channel_count && i < MAX_CHANNELS; i++) {
        Sender *sender = &outbox->senders[i];
        sender->outbox = outbox;
        sender->channel = &config->channels[i];
        beat_start(&sender->beat, LOOK_EVERY, true, send_due, sender);
        if (!sender->beat.runs)
            log_error("%s: no thread to send with; what is written waits", sender->channel->name);
    }
    return outbox;
}

void outbox_close(Outbox *outbox)
{
    if (outbox == NULL)
        return;
    atomic_store(&outbox->stopping, true);
    for (int i = 0; i < outbox->config.channel_count && i < MAX_CHANNELS; i++) {
        beat_end(&outbox->senders[i].beat);
        outbox->senders[i].channel->close(outbox->senders[i].channel->self);
    }
    mem_free(outbox);
}

/* Companies */

/* Claiming */

/* Is there something to send, and is it urgent? */
static const Error *look(Cx *cx, void *self)
{
    static const char DUE[] = "SELECT 1 FROM delivery WHERE org_id = :org AND channel = :channel AND urgent = :urgent AND next_at <= :now LIMIT 1"; /* delivery_by_channel_urgent_next_at_part */
    Batch *batch = self;
    int64_t one;
    bool found = false, quiet = false;

    batch->count = 0;
    batch->urgent = true;
    TRY(sql_find(cx, DUE, IN(in_c("channel", batch->channel->name), in_int("urgent", 1)), OUT(out_int(&one)), &found));
    if (!found) {
        batch->urgent = false;
        TRY(sql_find(cx, DUE, IN(in_c("channel", batch->channel->name), in_int("urgent", 0)), OUT(out_int(&one)), &found));
        if (found && batch->channel->to_people)
            TRY(outbox_is_quiet(cx, &quiet));
    }
    batch->count = found && !quiet;
    return OK;
}

static const Error *take_item(Cx *cx, const Row *row, void *self)
{
    Batch *batch = self;

    if (batch->count < BATCH)
        batch->items[batch->count++] = (Item){.id = row_int(row, 0), .record = row_int(row, 1), .party = row_int(row, 2), .hook = row_int(row, 3),
                                              .attempts = row_int(row, 4), .record_type = str_copy(cx->arena, row_text(row, 5)),
                                              .payload = str_copy(cx->arena, row_text(row, 6)), .next_at = cx->now};
    return OK;
}

/* Two processes may choose the same rows: the second finds them changed when it has waited for the first, and passes over them. */
static const Error *claim(Cx *cx, void *self)
{
    static const char CLAIM[] =
        "UPDATE delivery SET state = 'sending', attempts = attempts + 1, next_at = :until WHERE org_id = :org AND next_at <= :now AND id IN"
        " (SELECT id FROM delivery WHERE org_id = :org AND channel = :channel AND urgent = :urgent AND next_at <= :now ORDER BY next_at LIMIT :max)"
        " RETURNING id, record_id, party_id, hook_id, attempts, record_type, payload";
    Batch *batch = self;

    batch->count = 0;
    return sql_each(cx, CLAIM,
                    IN(in_int("until", cx->now + LEASE), in_c("channel", batch->channel->name), in_int("urgent", batch->urgent), in_int("max", BATCH)),
                    take_item, batch);
}

/* What is sent, and where to */

static const Error *read_addresses(Cx *cx, void *self)
{
    static const char PARTY[] = "SELECT email FROM party WHERE org_id = :org AND id = :id AND archived_at IS NULL";
    static const char HOOK[] = "SELECT url, sealed FROM webhook WHERE org_id = :org AND id = :id AND active = 1 AND archived_at IS NULL";
    Batch *batch = self;
    bool found;

    for (int i = 0; i < batch->count; i++) { /* each by its key; a batch is a page */
        Item *item = &batch->items[i];
        item->to = item->sealed = STR_NONE;
        if (item->hook != 0)
            TRY(sql_find(cx, HOOK, IN(in_int("id", item->hook)), OUT(out_text(&item->to), out_text(&item->sealed)), &found));
        else
            TRY(sql_find(cx, PARTY, IN(in_int("id", item->party)), OUT(out_text(&item->to)), &found));
    }
    return OK;
}

typedef struct {
    const Item *item;
    Letter *out;
} Writing;

static const Error *write_letter(Cx *cx, void *self)
{
    Writing *writing = self;
    const RecordMeta *meta = kernel_find_table(cx->kernel, writing->item->record_type);
    Record *record;

    if (meta == NULL || meta->type->letter == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(record_load(cx, meta, writing->item->record, &record));
    return meta->type->letter(cx, record, writing->out);
}

/* Most of a batch is one notice: its letter is written once. */
static const Error *find_letter(const Outbox *outbox, Cx *cx, const Item *item, Batch *batch, Letter *out)
{
    for (int i = 0; i < batch->letter_count && i < MAX_LETTERS; i++)
        if (batch->letters[i].record == item->record && str_eq(batch->letters[i].type, item->record_type)) {
            *out = batch->letters[i].letter;
            return OK;
        }
    TRY(store_read(outbox->config.store, cx, write_letter, &(Writing){item, out}));
    batch->letters[batch->letter_count++ % MAX_LETTERS] = (Written){item->record, item->record_type, *out};
    return OK;
}

static const Error *ask_withdrawn(Cx *cx, void *self)
{
    static const char STATE[] = "SELECT state FROM delivery WHERE org_id = :org AND id = :id";
    Item *item = self;
    Str state = STR_NONE;
    bool found;

    TRY(sql_find(cx, STATE, IN(in_int("id", item->id)), OUT(out_text(&state)), &found));
    item->is_withdrawn = !str_is(state, "sending");
    return OK;
}

/* Three times as long after each attempt, and a little more by chance: ten of them are just over a day. */
static Instant back_off(Instant now, int64_t attempts)
{
    Instant wait = BACK_OFF_FIRST;

    for (int64_t i = 1; i < attempts && wait < BACK_OFF_MOST; i++)
        wait *= 3;
    wait = wait < BACK_OFF_MOST ? wait : BACK_OFF_MOST;
    return now + wait + (Instant)randombytes_uniform((uint32_t)(wait / SECOND / 4 + 1)) * SECOND;
}

static void settle(Item *item, Sent sent, Str why, Instant now)
{
    item->error = utf8_cut(why, 100);
    item->next_at = 0;
    if (sent == SEND_DONE)
        item->state = "sent";
    else if (sent == SEND_NEVER)
        item->state = "failed";
    else if (item->attempts >= OUTBOX_ATTEMPTS)
        item->state = "dead";
    else {
        item->state = "queued";
        item->next_at = back_off(now, item->attempts);
    }
}

/* A webhook that did not answer keeps the rest of its own waiting, not those of others. */
static bool has_failed(const Batch *batch, int upto, Id hook)
{
    for (int i = 0; hook != 0 && i < upto; i++)
        if (batch->items[i].hook == hook && batch->items[i].state != NULL && batch->items[i].next_at != 0)
            return true;
    return false;
}

/* May it still go? Asks now and then whether it was taken back. */
static bool may_go(const Outbox *outbox, Cx *cx, Batch *batch, Item *item)
{
    Instant steady = clock_monotonic_us();

    if (atomic_load(&outbox->stopping) || steady - batch->begun > BATCH_TIME)
        return false;
    if (steady - batch->asked_at > WITHDRAWN_EVERY) {
        batch->asked_at = steady;
        if (store_read(outbox->config.store, cx, ask_withdrawn, item) != OK)
            return false;
    }
    return !item->is_withdrawn;
}

static void send_item(Sender *sender, Cx *cx, Batch *batch, int at)
{
    Outbox *outbox = sender->outbox;
    Item *item = &batch->items[at];
    Outgoing message = {.delivery = item->id, .to = item->to, .payload = item->payload, .now = clock_now(), .stopping = &outbox->stopping};
    AUTO(arena_close_at) Arena *arena = arena_open(16 << 20);
    Str why = STR_NONE;
    Sent sent;

    item->state = NULL;
    item->next_at = message.now + ((clock_monotonic_us() < sender->down_until || has_failed(batch, at, item->hook)) ? DOWN_FOR : 0);
    if (item->next_at != message.now || !may_go(outbox, cx, batch, item))
        return;
    if (item->hook != 0 && item->to.len > 0 && !webhook_secret(cx, item->hook, item->sealed, &message.secret)) {
        settle(item, SEND_NEVER, STR("the secret does not open"), message.now);
        return;
    }
    if (item->hook == 0 && find_letter(outbox, cx, item, batch, &message.letter) != OK) {
        settle(item, SEND_LATER, STR("what it says cannot be read"), message.now);
        return;
    }
    sent = sender->channel->send(sender->channel->self, arena, &message, &why);
    settle(item, sent, str_copy(cx->arena, why), message.now);
    if (sent == SEND_DOWN) {
        sender->down_until = clock_monotonic_us() + DOWN_FOR;
        log_warn("%s does not work: %.*s", sender->channel->name, STR_ARG(why));
    }
}

/* A withdrawn one that had gone already says so. */
static const Error *finish(Cx *cx, void *self)
{
    static const char FINISH[] =
        "UPDATE delivery SET state = :state, attempts = attempts - :back, next_at = :next, error = :error, sent_at = :sent WHERE org_id = :org AND id = :id"
        " AND attempts = :attempts AND (state = 'sending' OR (state = 'withdrawn' AND :gone = 1))";
    Batch *batch = self;

    for (int i = batch->noted; i < batch->decided; i++) {
        const Item *item = &batch->items[i];
        bool gone = item->state != NULL && strcmp(item->state, "sent") == 0;
        TRY(sql_run(cx, FINISH,
                    IN(in_c("state", item->state == NULL ? "queued" : item->state), in_int("back", item->state == NULL), in_ref("next", item->next_at),
                       in_value("error", item->error.len == 0 ? VALUE_NULL : value_text(item->error)), in_ref("sent", gone ? cx->now : 0),
                       in_int("id", item->id), in_int("attempts", item->attempts), in_int("gone", gone))));
    }
    return OK;
}

/* Writes what has become of those up to `decided`; again and again where it cannot be written, since what was sent would be sent
 * once more. Done twice it is done once (finish's condition). */
static const Error *note(Sender *sender, Cx *cx, Batch *batch)
{
    Outbox *outbox = sender->outbox;
    const Error *error;
    Instant stop_at = 0;

    for (int tries = 1;; tries++) {
        Instant steady = clock_monotonic_us();
        cx->now = clock_now();
        error = store_write(outbox->config.store, cx, finish, batch);
        if (error == OK)
            break;
        if (tries == 1)
            log_error("%s: what was sent cannot be noted now: %.*s", sender->channel->name, STR_ARG(error_text(error, LANG_EN)));
        if (atomic_load(&outbox->stopping) && stop_at == 0)
            stop_at = steady + NOTE_STOPPING;
        if (steady - batch->begun > NOTE_UNTIL || (stop_at != 0 && steady > stop_at))
            return error;
        (void)usleep(NOTE_AGAIN); /* woken early it only tries early */
    }
    batch->noted = batch->decided;
    batch->noted_at = clock_monotonic_us();
    return OK;
}

static const Error *send_batch(Sender *sender, Cx *cx, Batch *batch)
{
    for (int i = batch->decided; i < batch->count; i++) {
        send_item(sender, cx, batch, i);
        batch->decided = i + 1;
        if (batch->items[i].state != NULL && clock_monotonic_us() - batch->noted_at > NOTE_EVERY)
            TRY(note(sender, cx, batch));
    }
    return batch->noted < batch->count ? note(sender, cx, batch) : OK;
}

/* One batch of one company; false when there was none. */
static bool send_some(Sender *sender, Id org, int zone_min)
{
    AUTO(arena_close_at) Arena *arena = arena_open(64 << 20);
    Store *store = sender->outbox->config.store;
    Batch *batch = new (arena, Batch, 1);
    Cx cx = orgs_system_cx(sender->outbox->config.kernel, arena, org, zone_min);
    const Error *error;

    batch->channel = sender->channel;
    batch->begun = batch->noted_at = clock_monotonic_us();
    error = store_read(store, &cx, look, batch);
    if (error == OK && batch->count == 0)
        return false;
    if (error == OK)
        error = store_write(store, &cx, claim, batch);
    if (error == OK && batch->count > 0) {
        batch->decided = store_read(store, &cx, read_addresses, batch) == OK ? 0 : batch->count; /* all go back */
        error = send_batch(sender, &cx, batch);
    }
    if (error != OK)
        log_error("%s: %.*s", sender->channel->name, STR_ARG(error_text(error, LANG_EN)));
    return error == OK && batch->count > 0 && clock_monotonic_us() >= sender->down_until;
}

typedef struct {
    const char *channel;
    Orgs orgs;
} Due;

/* Mostly none has anything to send: one statement finds that out for all of them (delivery_by_channel_urgent_next_at_part). */
static const Error *read_due(Cx *cx, void *self)
{
    static const char DUE[] = "SELECT o.org_id, o.zone_min FROM org o WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.org_id = o.org_id AND d.channel = :channel"
                              " AND d.urgent IN (0, 1) AND d.next_at <= :now) ORDER BY o.org_id";
    Due *due = self;

    due->orgs = (Orgs){.most = MAX_ORGS};
    return sql_each(cx, DUE, IN(in_c("channel", due->channel)), orgs_add, &due->orgs);
}

static void send_due(void *self)
{
    Sender *sender = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Due due = {.channel = sender->channel->name};
    Cx cx = orgs_system_cx(sender->outbox->config.kernel, arena, 0, ZONE_CHINA);
    bool more = clock_monotonic_us() >= sender->down_until && store_read(sender->outbox->config.store, &cx, read_due, &due) == OK;

    while (more) {
        more = false;
        for (int i = 0; i < due.orgs.count; i++)
            for (int turn = 0; turn < TURN && !atomic_load(&sender->outbox->stopping) && send_some(sender, due.orgs.list[i].id, due.orgs.list[i].zone_min); turn++)
                more = turn + 1 == TURN || more;
    }
}
