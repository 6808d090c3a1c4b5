/* time.h: moments, days and wall-clock time. An Instant is when something happened (microseconds UTC); a Date is a day
 * in a project's zone; they do not convert without a zone. China has one zone without summer time since 1991, so a zone
 * is an offset in minutes; a project elsewhere sets its own offset. */
#ifndef ANJU_BASE_TIME_H
#define ANJU_BASE_TIME_H

#include "base/str.h"
#include <pthread.h>
#include <time.h>

typedef int64_t Instant; /* microseconds since 1970-01-01T00:00:00Z */
typedef int32_t Date;    /* yyyymmdd, 0 = none */

#define SECOND ((int64_t)1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY_US (24 * HOUR) /* a span of 24 h, not "tomorrow" */
#define ZONE_CHINA 480

/* The clock: the system's, or that of the database which several processes share. Called by the edges only (server, command
 * line, job runner), which pass it on as `now`. */
Instant clock_now(void);
/* Goes by this clock, which now says `other`, from now on: the processes on one database have one time, whatever their machines
 * say. True when that was half a second or more off. */
bool clock_adopt(Instant other);
/* For tests, before the first thread: moves clock_now by span_us, for what takes days; test_skew_us is how wrong this machine's
 * clock goes. */
void clock_shift(int64_t span_us, int64_t test_skew_us);
/* Microseconds of a clock that never steps, for measuring spans and for waiting: who sets a machine's clock back by an hour must
 * not hold up for an hour what is looked at every second. */
int64_t clock_monotonic_us(void);
/* So far from now by that clock: for clock_wait. */
struct timespec clock_deadline(int64_t span_us);
/* Waits for `cond` with `lock` held, until `deadline` at the latest; false when that has come. True does not say that what was
 * waited for is so: ask again (pthread_cond_wait). */
bool clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *deadline);

Date instant_to_date(Instant at, int zone_min);
/* Minutes since midnight of that moment in that zone, 0..1439. */
int instant_to_minute(Instant at, int zone_min);
/* The moment at `minute` (0 = midnight, 1440 = the next midnight) of a day. */
Instant date_to_instant(Date day, int minute, int zone_min);

bool date_is_valid(int year, int month, int day);
Date date_of(int year, int month, int day);
int64_t date_to_days(Date day); /* days since 1970-01-01 */
Date date_from_days(int64_t days);
Date date_add(Date day, int days);
Date date_month_last(Date day);           /* the last day of its month */
Date date_months_on(Date day, int months); /* that many months later (below 0: earlier), or the last day of a shorter month */
int date_weekday(Date day); /* 0 Monday .. 6 Sunday */

/* RFC 3339: 2026-11-23T14:00:00+08:00 or …Z, fraction allowed; also a space for '+' and for 'T'. Needs an offset. */
MUST bool instant_parse(Str s, Instant *out);
/* YYYY-MM-DD, a real day. */
MUST bool date_parse(Str s, Date *out);
/* With the zone's offset and milliseconds: 2026-11-23T14:00:00.000+08:00 */
void buf_instant(Buf *buf, Instant at, int zone_min);
void buf_date(Buf *buf, Date day);

#endif
