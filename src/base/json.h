/* json.h: JSON in through jansson, strictly; JSON out through an append-only writer. */
#ifndef ANJU_BASE_JSON_H
#define ANJU_BASE_JSON_H

#include "base/error.h"
#include "base/time.h"
#include <jansson.h>

#define JSON_MAX_DEPTH 64

/* Parses one JSON text. ERR_BAD_REQUEST names the position (line, column) when it is not JSON, not UTF-8, has a
 * duplicate key, is deeper than 64, holds an integer outside int64 or a NUL. *out lives as long as the arena. */
MUST const Error *json_read(Arena *arena, Str text, json_t **out);

/* The string value as Str (borrowed from the json value); empty when it is not a string. */
Str json_str(const json_t *value);

/* Append-only writer: keys and values in order, commas by itself. Nesting is the caller's. */
typedef struct {
    Buf buf;
    bool comma; /* a comma is due before the next value */
} Json;

Json json_new(Arena *arena, ptrdiff_t max);
void json_open(Json *json, char bracket);  /* '{' or '[' */
void json_close(Json *json, char bracket); /* '}' or ']' */
void json_key(Json *json, Str key);
void json_ready_key(Json *json, Str key); /* "key": as it stands in JSON */
void json_text(Json *json, Str value);
void json_c(Json *json, const char *value);
void json_int(Json *json, int64_t value);
void json_id(Json *json, int64_t id); /* a decimal string; 0 is null */
void json_bool(Json *json, bool value);
void json_none(Json *json);
void json_double(Json *json, double value); /* shortest that reads back the same */
void json_instant(Json *json, Instant at, int zone_min);
void json_date(Json *json, Date day);
void json_area(Json *json, int64_t dm2); /* 8950 -> 89.5 */
void json_raw(Json *json, Str value); /* one value that is JSON already; empty gives null */

/* For a literal key, which needs no escaping. */
#define JSON_KEY(json, key) json_ready_key((json), STR("\"" key "\":"))
#define JSON_TEXT(json, key, value) (JSON_KEY(json, key), json_text((json), (value)))
#define JSON_C(json, key, value) (JSON_KEY(json, key), json_c((json), (value)))
#define JSON_INT(json, key, value) (JSON_KEY(json, key), json_int((json), (value)))
#define JSON_ID(json, key, value) (JSON_KEY(json, key), json_id((json), (value)))
#define JSON_BOOL(json, key, value) (JSON_KEY(json, key), json_bool((json), (value)))

#endif
