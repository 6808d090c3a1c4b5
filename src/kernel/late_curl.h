/* late_curl.h: what the channels use of libcurl (base/late.h). Its setopt and getinfo are macros around functions that take
 * anything; the table wants the functions. */
#ifndef ANJU_KERNEL_LATE_CURL_H
#define ANJU_KERNEL_LATE_CURL_H

#include "base/late.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

/* clang-format off */
#define CURL_FUNCTIONS(X) \
    X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_perform) X(curl_easy_reset) X(curl_easy_setopt) \
    X(curl_easy_strerror) X(curl_global_init) X(curl_mime_addpart) X(curl_mime_data) X(curl_mime_encoder) X(curl_mime_free) \
    X(curl_mime_init) X(curl_mime_subparts) X(curl_mime_type) X(curl_slist_append) X(curl_slist_free_all)
/* clang-format on */

LATE_TABLE(late_curl, CURL_FUNCTIONS);

#include "late_names.h"

#endif
