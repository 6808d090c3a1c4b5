/* api_desk.h: the handlers of api_desk.c, for the list of routes in api_figures.c. */
#ifndef ANJU_HTTP_API_DESK_H
#define ANJU_HTTP_API_DESK_H

#include "http/api.h"

Handler desk_today, desk_timeline, desk_suggestions, desk_duplicates;

#endif
