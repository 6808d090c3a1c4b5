/* channel.h: 渠道, a way out of the house: e-mail, a webhook, later SMS, WeCom and WeChat. The outbox (outbox.h) hands each
 * prepared message to the channel's `send`, outside transactions, from one thread; what comes back decides what becomes of the
 * delivery. To add one: a file channel_NAME.c with a `send`, and a row where serve.c puts the channels together. */
#ifndef ANJU_KERNEL_CHANNEL_H
#define ANJU_KERNEL_CHANNEL_H

#include "kernel/declare.h"

#include <stdatomic.h>

/* One message to one address. All texts are borrowed until `send` returns. */
typedef struct {
    Id delivery;
    Str to;         /* an address, a URL */
    Letter letter;  /* to people */
    Str payload;    /* to programs: JSON */
    Str secret;     /* to programs: what the payload is signed with */
    Instant now;
    const atomic_bool *stopping; /* the program ends: do not wait for the other side any longer */
} Outgoing;

typedef enum {
    SEND_DONE,  /* the other side has taken it */
    SEND_LATER, /* not now: it is tried again */
    SEND_NEVER, /* this message will never go: no such address */
    SEND_DOWN,  /* the channel itself does not work: nothing else is tried on it for a while */
} Sent;

typedef struct Channel {
    const char *name, *zh, *en; /* "email" */
    /* Tells in `why` what went wrong, in a few words without addresses and secrets. */
    Sent (*send)(void *self, Arena *arena, const Outgoing *message, Str *why);
    void (*close)(void *self);
    void *self;
    bool to_people; /* keeps the quiet hours, takes its address from the person */
} Channel;

/* E-mail by SMTP: url smtp://HOST[:PORT] or smtps://, with user:password@ where the server asks for it; `from` is the sender.
 * A connection is kept for the next message. ERR_USAGE for another kind of url, or a sender that is no address. */
MUST const Error *channel_email(Arena *arena, const char *url, const char *from, Channel *out);

/* JSON by HTTP POST, signed: X-Anju-Signature is sha256= and the HMAC-SHA256 of the body in hex, X-Anju-Delivery the number by
 * which a repetition is known, X-Anju-Timestamp when it was sent (also in the body, under the signature). Nothing is followed.
 * Private, loopback and link-local addresses are refused when the connection is made, whatever the name said before, unless
 * allow_private. */
void channel_webhook(Arena *arena, bool allow_private, Channel *out);

/* Is it http:// or https:// with a host, without a user, and (unless allow_private) not plainly a private address? For the form;
 * what holds is looked at again when the connection is made. */
bool channel_url_is_fine(Arena *arena, Str url, bool allow_private);

#endif
