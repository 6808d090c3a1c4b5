/* arrears.h: 催缴, chasing what is overdue: humanely, on a ladder, with what was said and promised (card P10). */
#ifndef ANJU_MODULES_ARREARS_H
#define ANJU_MODULES_ARREARS_H

#include "modules/billing/billing.h"

extern const Module arrears_module;
extern const RecordType arrears_case_type;

/* The last day on which a suit may be brought (民法典 art. 188, 195): three years from the due day, or from the latest demand or promise that can be proved. */
Date arrears_limitation(Date due, Date demanded);

#endif
