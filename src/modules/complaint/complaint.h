/* complaint.h: 投诉, complaints: an owner, an honest cause, an answer in time, a cure, and a return visit by somebody else. */
#ifndef ANJU_MODULES_COMPLAINT_H
#define ANJU_MODULES_COMPLAINT_H

#include "kernel/process.h"

extern const Module complaint_module;
extern const RecordType complaint_type, complaint_category_type, complaint_level_type, corrective_action_type;

#endif
