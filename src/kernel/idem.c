#include "kernel/idem.h"
#include "kernel/access.h"
#include "kernel/keys.h"

static Id who(const Cx *cx)
{
    return cx->actor == NULL ? 0 : cx->actor->user;
}

/* Whose key it was cannot be told from the row, only asked with the same key again. */
static Str hidden_key(const Cx *cx, Str key)
{
    return keyed_hash(cx->arena, cx->kernel->secrets->seal, str_format(cx->arena, "idem %lld %.*s", (long long)who(cx), STR_ARG(key)));
}

static const char FIND[] = "SELECT request, status, headers, answer, record_id, record_type FROM idem"
                           " WHERE org_id = :org AND user_id = :me AND idem_key = :key";

const Error *idem_ahead(Cx *cx, Str key)
{
    return sql_ahead(cx, FIND, IN(in_int("me", who(cx)), in_text("key", key)));
}

const Error *idem_find(Cx *cx, Str key, bool hidden, StoredAnswer *out, bool *found)
{
    return sql_find(cx, FIND, IN(in_int("me", hidden ? 0 : who(cx)), in_text("key", hidden ? hidden_key(cx, key) : key)),
                    OUT(out_text(&out->request), out_int(&out->status), out_text(&out->headers), out_text(&out->answer), out_int(&out->record),
                        out_text(&out->record_type)),
                    found);
}

const Error *idem_keep(Cx *cx, Str key, bool hidden, const StoredAnswer *answer)
{
    static const char KEEP[] = "INSERT INTO idem (org_id, user_id, idem_key, request, status, headers, answer, record_id, record_type,"
                               " created_at) VALUES (:org, :me, :key, :request, :status, :headers, :answer, :record, :type, :now)";
    const Error *error =
        sql_run(cx, KEEP,
                IN(in_int("me", hidden ? 0 : who(cx)), in_text("key", hidden ? hidden_key(cx, key) : key), in_text("request", answer->request), in_int("status", answer->status),
                   in_text("headers", answer->headers), in_text("answer", answer->answer), in_ref("record", answer->record),
                   in_value("type", answer->record_type.len == 0 ? VALUE_NULL : value_text(answer->record_type))));
    Error *again;

    if (!sql_is_conflict(error))
        return error;
    again = (Error *)error_new(cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
    again->again = true;
    return again;
}

const Error *idem_sweep(Cx *cx, int max)
{
    static const char SWEEP[] = "DELETE FROM idem WHERE org_id = :org AND created_at < :before AND (user_id, idem_key) IN"
                                " (SELECT user_id, idem_key FROM idem WHERE org_id = :org AND created_at < :before LIMIT :max)";
    return sql_run(cx, SWEEP, IN(in_int("before", cx->now - IDEM_SPAN), in_int("max", max)));
}
