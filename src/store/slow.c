#include "store/slow.h"
#include "base/log.h"

#define MAX_TEXT 1500 /* bytes of a statement, and of its plan, in the log */
#define MAX_PLAN 3000

static bool may_tell(Slow *slow, Str text, int64_t now_us);

void slow_end(Cx *cx, Statement *statement, int64_t begun_us)
{
    Slow *slow = cx->db->slow;
    int64_t now_us, took_us;
    Buf plan;

    if (begun_us == 0)
        return;
    now_us = clock_monotonic_us();
    took_us = now_us - begun_us;
    if (took_us < slow->limit_us || !may_tell(slow, statement->text, now_us))
        return;
    plan = buf_new(cx->arena, MAX_PLAN);
    statement->engine->plan(cx, statement, &plan);
    log_warn("slow statement, %lld ms: %.*s; plan: %.*s", (long long)(took_us / 1000), STR_ARG(str_cut(statement->text, 0, MAX_TEXT)),
             STR_ARG(plan.len > 0 ? buf_str(&plan) : STR("not told")));
}

void slow_step(Slow *slow, const char *name, int64_t took_us)
{
    if (took_us >= slow->limit_us && may_tell(slow, str_of(name), clock_monotonic_us()))
        log_warn("slow %s, %lld ms", name, (long long)(took_us / 1000));
}

/* Not within the last minute; and no more when the room for a minute's texts is used up, so that the log is not flooded. */
static bool may_tell(Slow *slow, Str text, int64_t now_us)
{
    uint64_t hash = str_hash(text) | 1;
    Told *place = NULL;
    bool known = false;

    pthread_mutex_lock(&slow->lock);
    for (int i = 0; i < SLOW_TEXTS && !known; i++) {
        Told *told = &slow->told[i];
        bool is_over = told->hash == 0 || now_us - told->at_us >= MINUTE;
        known = told->hash == hash && !is_over;
        if (is_over && place == NULL)
            place = told;
    }
    if (!known && place != NULL)
        *place = (Told){hash, now_us};
    pthread_mutex_unlock(&slow->lock);
    return !known && place != NULL;
}
