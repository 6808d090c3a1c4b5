/* late_ical.h: what recur.c uses of libical (base/late.h): it brings ICU, which nothing else needs. */
#ifndef ANJU_KERNEL_LATE_ICAL_H
#define ANJU_KERNEL_LATE_ICAL_H

#include "base/late.h"

#include <libical/ical.h>

/* clang-format off */
#define ICAL_FUNCTIONS(X) \
    X(icalerror_set_errors_are_fatal) X(icalrecur_iterator_free) X(icalrecur_iterator_new) X(icalrecur_iterator_next) \
    X(icalrecur_iterator_set_start) X(icalrecurrencetype_from_string) X(icaltime_is_null_time)
/* clang-format on */

LATE_TABLE(late_ical, ICAL_FUNCTIONS);

#include "late_names.h"

#endif
