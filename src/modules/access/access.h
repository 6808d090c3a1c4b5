/* access.h: 通行, who comes in and goes out: visitors (card P13). */
#ifndef ANJU_MODULES_ACCESS_H
#define ANJU_MODULES_ACCESS_H

#include "kernel/kernel.h"

extern const Module access_module;
extern const RecordType visitor_pass_type;

#endif
