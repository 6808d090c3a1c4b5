#include "kernel/deadline.h"
#include "kernel/access.h"
#include "kernel/clock.h"
#include "kernel/message.h"

#define AT (9 * 60) /* minute of the day */

static const int days_before[] = {60, 30, 7, -1}; /* the last: the day behind it */

Value deadline_next(const Cx *cx, Date until)
{
    return until == 0 ? VALUE_NULL : value_ref(clock_before(cx, date_to_instant(until, AT, cx->zone_min), days_before, COUNT_OF(days_before)));
}

int64_t deadline_days(const Cx *cx, Date until)
{
    return date_to_days(until) - date_to_days(instant_to_date(cx->now, cx->zone_min));
}

const Error *deadline_tell(Cx *cx, const Record *record, Date until, const char *zh, const char *en, uint64_t roles)
{
    int64_t days = deadline_days(cx, until);

    if (days < 0)
        return message_roles(cx, record, "expire", str_to_c(cx->arena, str_format(cx->arena, "%s已过期", zh)), str_to_c(cx->arena, str_format(cx->arena, "%s has run out", en)),
                             roles | R_MANAGER | R_REGION);
    return message_roles(cx, record, "remind", str_to_c(cx->arena, str_format(cx->arena, "%s还有 %lld 天到期", zh, (long long)days)),
                         str_to_c(cx->arena, str_format(cx->arena, "%s runs out in %lld days", en, (long long)days)), roles);
}
