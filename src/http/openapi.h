/* openapi.h: the API's description (OpenAPI 3.1), made from the same declarations and routes that serve it. */
#ifndef ANJU_HTTP_OPENAPI_H
#define ANJU_HTTP_OPENAPI_H

#include "http/api.h"

/* Writes the whole document. */
void openapi_json(const Kernel *kernel, Lang lang, Json *json);

#endif
