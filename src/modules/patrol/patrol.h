/* patrol.h: 巡更与秩序: routes and rounds, incidents, keys and radios, goods that leave the site (card P12; rules §13). */
#ifndef ANJU_MODULES_PATROL_H
#define ANJU_MODULES_PATROL_H

#include "kernel/kernel.h"

extern const Module patrol_module;
extern const RecordType route_type, round_type, incident_type, duty_key_type, release_type;

#endif
