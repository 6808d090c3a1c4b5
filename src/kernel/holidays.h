/* holidays.h: 节假日, the holidays and make-up working days that a new company starts with; from then on its own table
 * in the database counts, which people may correct. */
#ifndef ANJU_KERNEL_HOLIDAYS_H
#define ANJU_KERNEL_HOLIDAYS_H

#include "base/time.h"

typedef struct {
    Date day;
    bool off; /* false: a make-up working day (调休上班) */
    const char *zh, *en;
    bool statutory; /* 法定节假日: work on it is paid threefold (劳动法, art. 44) */
} HolidayRow;

/* Rising by day. */
extern const HolidayRow kernel_holidays[];
extern const ptrdiff_t kernel_holiday_count;

#endif
