#include "store/bulk.h"
#include "store/postgres_parts.h"
#include "store/store_private.h"

#include <assert.h>
#include <endian.h>
#include <sodium.h>

#define HEADER                                                                                                         \
    STR("PGCOPY\n\377\r\n\0"                                                                                           \
        "\0\0\0\0"                                                                                                     \
        "\0\0\0\0") /* signature, flags, length of an extension */
#define TRAILER STR("\377\377")
#define LOCK_KEY "4720937185014223873" /* of bulk transactions: any number that nobody else has */

struct Bulk {
    Db *db;
    PGconn *conn;
};

bool tally_is(const Tally *a, const Tally *b)
{
    return a->rows == b->rows && a->low == b->low && a->high == b->high;
}

/* Modulo 2^64 for each half. */
static void add_hash(Tally *tally, const char *bytes, size_t count)
{
    static const unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
    unsigned char hash[crypto_shorthash_siphashx24_BYTES];
    uint64_t half[2];

    (void)crypto_shorthash_siphashx24(hash, (const unsigned char *)bytes, count, key); /* never fails */
    memcpy(half, hash, sizeof half);
    tally->low = (int64_t)((uint64_t)tally->low + half[0]);
    tally->high = (int64_t)((uint64_t)tally->high + half[1]);
    tally->rows++;
}

const Error *bulk_open(Arena *arena, Store *store, Bulk **out)
{
    Bulk *bulk = new (arena, Bulk, 1);

    assert(store->engine == &engine_postgres);
    TRY(store_connect(store, arena, true, &bulk->db));
    bulk->conn = postgres_plain(bulk->db);
    *out = bulk;
    return OK;
}

void bulk_close(Bulk *bulk)
{
    bulk->db->engine->close(bulk->db);
}

/* Will it be refused again? It does not suit the data, a key, what there is or who may: classes 22, 23 and 42. */
static bool is_final(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state != NULL &&
           (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 || strncmp(state, "42", 2) == 0);
}

/* What the server says. Its details are left out: they quote rows. */
static const Error *refused(Arena *arena, const Bulk *bulk, const PGresult *result)
{
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *where = PQresultErrorField(result, PG_DIAG_CONTEXT);
    Str text = str_trim(str_of(why != NULL ? why : PQerrorMessage(bulk->conn)));

    if (why != NULL && where != NULL)
        text = str_format(arena, "%s (%s)", why, where);
    return error_new(arena, is_final(result) ? ERR_STATE_OF_WORLD : ERR_UNAVAILABLE,
                     str_format(arena, "数据库：%.*s", STR_ARG(text)),
                     str_format(arena, "the database: %.*s", STR_ARG(text)));
}

static void clear(PGresult **result)
{
    PQclear(*result);
}

static const Error *expect(Arena *arena, const Bulk *bulk, const PGresult *result, ExecStatusType wanted)
{
    return PQresultStatus(result) == wanted ? OK : refused(arena, bulk, result);
}

static const Error *run_all(Arena *arena, Bulk *bulk, const char *statements, ExecStatusType wanted)
{
    AUTO(clear) PGresult *result = PQexec(bulk->conn, statements);
    return expect(arena, bulk, result, wanted);
}

/* The settings are the transaction's own, as a pooler wants it. A table and its indexes take as long as they take. */
const Error *bulk_begin(Arena *arena, Bulk *bulk)
{
    return run_all(arena, bulk,
                   "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
                   " SET LOCAL maintenance_work_mem = '256MB'; SELECT pg_advisory_xact_lock(" LOCK_KEY ")",
                   PGRES_TUPLES_OK);
}

const Error *bulk_commit(Arena *arena, Bulk *bulk, bool durable)
{
    return run_all(arena, bulk, durable ? "COMMIT" : "SET LOCAL synchronous_commit = off; COMMIT", PGRES_COMMAND_OK);
}

const Error *bulk_is_empty(Arena *arena, Bulk *bulk, bool *empty)
{
    AUTO(clear)
    PGresult *result =
        PQexec(bulk->conn, "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                           " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')");

    TRY(expect(arena, bulk, result, PGRES_TUPLES_OK));
    *empty = strcmp(PQgetvalue(result, 0, 0), "0") == 0;
    return OK;
}

const Error *bulk_run(Arena *arena, Bulk *bulk, Str sql, const char *const *values, int count)
{
    AUTO(clear)
    PGresult *result = PQexecParams(bulk->conn, str_to_c(arena, sql), count, NULL, values, NULL, NULL, 0);

    return PQresultStatus(result) == PGRES_TUPLES_OK ? OK : expect(arena, bulk, result, PGRES_COMMAND_OK);
}

/* Writing */

static void add_big_endian(Buf *out, uint64_t n, int bytes)
{
    uint64_t turned = htobe64(n);

    buf_add(out, (Str){(const char *)&turned + 8 - bytes, bytes});
}

void bulk_row(Buf *out, const Value *values, int count, Tally *tally)
{
    out->len = 0;
    add_big_endian(out, (uint64_t)count, 2);
    for (int i = 0; i < count; i++)
        switch (values[i].kind) {
        case V_NULL:
            add_big_endian(out, UINT64_MAX, 4);
            break;
        case V_INT:
            add_big_endian(out, 8, 4);
            add_big_endian(out, (uint64_t)values[i].n, 8);
            break;
        case V_TEXT:
        case V_BLOB:
            add_big_endian(out, (uint64_t)values[i].s.len, 4);
            buf_add(out, values[i].s);
            break;
        }
    add_hash(tally, out->ptr, (size_t)out->len);
}

const Error *bulk_put(Arena *arena, Bulk *bulk, Str row)
{
    return PQputCopyData(bulk->conn, row.ptr, (int)row.len) == 1 ? OK : refused(arena, bulk, NULL);
}

const Error *bulk_into(Arena *arena, Bulk *bulk, const Table *table)
{
    Str sql = str_format(arena, "COPY \"%s\" (%.*s) FROM STDIN (FORMAT binary)", table->name,
                         STR_ARG(schema_columns(arena, table)));

    TRY(run_all(arena, bulk, str_to_c(arena, sql), PGRES_COPY_IN));
    return bulk_put(arena, bulk, HEADER);
}

/* The result of a COPY behind its rows; with it the connection is ready for the next command. */
static const Error *finish(Arena *arena, Bulk *bulk)
{
    AUTO(clear) PGresult *result = PQgetResult(bulk->conn);

    TRY(expect(arena, bulk, result, PGRES_COMMAND_OK));
    PQclear(PQgetResult(bulk->conn)); /* NULL: the command's end */
    return OK;
}

const Error *bulk_end(Arena *arena, Bulk *bulk)
{
    TRY(bulk_put(arena, bulk, TRAILER));
    if (PQputCopyEnd(bulk->conn, NULL) != 1)
        return refused(arena, bulk, NULL);
    return finish(arena, bulk);
}

/* Reading */

/* The server sends a row at a time; the header comes with the first one, or with the trailer. */
static const Error *add_rows(Arena *arena, Bulk *bulk, Tally *tally)
{
    char *bytes;
    int count;

    for (bool first = true; (count = PQgetCopyData(bulk->conn, &bytes, 0)) > 0; first = false) {
        int at = first ? (int)HEADER.len : 0;
        if (count - at > TRAILER.len)
            add_hash(tally, bytes + at, (size_t)(count - at));
        PQfreemem(bytes);
    }
    return count == -1 ? finish(arena, bulk) : refused(arena, bulk, NULL);
}

const Error *bulk_tally(Arena *arena, Bulk *bulk, const Table *table, Tally *out)
{
    Tally tally = {0};
    Buf sql = buf_new(arena, 1 << 16);

    buf_add_c(&sql, "COPY (SELECT ");
    buf_add(&sql, schema_columns(arena, table));
    buf_format(&sql, " FROM \"%s\") TO STDOUT (FORMAT binary)", table->name);
    buf_char(&sql, '\0');
    TRY(run_all(arena, bulk, sql.ptr, PGRES_COPY_OUT));
    TRY(add_rows(arena, bulk, &tally));
    *out = tally;
    return OK;
}
