/* metrics.h: /metrics, figures for those who watch over the program (Prometheus' text format 0.0.4), and the requests counted by
 * route. There is a place for every declared route and resource from the start: counting allocates nothing, takes no lock, and
 * nothing that a client sends makes a new series. */
#ifndef ANJU_HTTP_METRICS_H
#define ANJU_HTTP_METRICS_H

#include "http/api.h"

typedef struct Metrics Metrics;

Metrics *metrics_open(const Kernel *kernel);
void metrics_close(Metrics *metrics);

/* Where the times of these requests are counted: of the route at this place of all lists (api_route_lists), for the resource in
 * the path (NULL: none); of what lies outside /api; and of those that no route serves. */
Histogram *metrics_times(Metrics *metrics, int route, const RecordMeta *meta);
Histogram *metrics_outside(Metrics *metrics, const Request *request);
Histogram *metrics_other(Metrics *metrics);

void metrics_answer(App *app, Exchange *ex);

#endif
