/* exchange.c: 电话交换机, the telephone exchanges that report calls. Each signs what it says with a secret of its own, which is
 * kept encrypted and never shown; the key's row is found before the company is known. */
#include "kernel/keys.h"
#include "kernel/secret.h"
#include "modules/desk/desk_parts.h"

#define MIN_SECRET 16
#define MAX_SECRET 200
#define SIGNATURE_HEX 64

/* The active exchanges' keys, as sealed as in their own rows. */
static const Column key_columns[] = {{"exchange_id", C_INT, true}, {"org_id", C_INT, true}, {"project_id", C_INT, true}, {"sealed", C_TEXT, true}, {0}};
static const Index key_indexes[] = {{"org_id, exchange_id"}, {0}};
const Table exchange_key_table = {"exchange_key", key_columns, .key = "exchange_id", .indexes = key_indexes, .apart = true};

static const Field fields[] = {
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true},
    {"secret", "签名密钥", "Signing secret", T_SECRET, .max = MAX_SECRET, .required = true},
    {"active", "启用", "Active", T_BOOL},
    {"sealed", "密钥密文", "Sealed secret", T_TEXT, .internal = true},
};
static const Sight sights[] = {{MANAGEMENT}};

static Str place_of(const Cx *cx, Id exchange)
{
    return str_format(cx->arena, "exchange:%lld:secret", (long long)exchange);
}

static const Error *take(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *secret = json_object_get(body, "secret");
    SecretKey key = keys_box(cx->kernel->secrets);
    Str text = json_str(secret);

    if (secret == NULL)
        return OK;
    if (!json_is_string(secret) || text.len < MIN_SECRET || text.len > MAX_SECRET)
        problems_add(problems, STR("secret"), "out_of_range", STR("密钥应为 16 到 200 个字符"), STR("a secret has 16 to 200 characters"));
    else
        record_set_text(record, "sealed", secret_seal(cx->arena, &key, place_of(cx, record->id), text));
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    (void)cx;
    (void)problems;
    if (record_is_null(record, "active"))
        record_set_int(record, "active", 1);
    return OK;
}

/* The key's row follows the record. */
static const Error *drop_key(Cx *cx, Record *record)
{
    static const char DROP[] = "DELETE FROM exchange_key WHERE org_id = :org AND exchange_id = :id";
    return sql_run(cx, DROP, IN(in_int("id", record->id)));
}

static const Error *keep_key(Cx *cx, Record *record, const json_t *body)
{
    static const char ADD[] = "INSERT INTO exchange_key (exchange_id, org_id, project_id, sealed) VALUES (:id, :org, :project, :sealed)";

    (void)body;
    TRY(drop_key(cx, record));
    if (record_int(record, "active") == 0)
        return OK;
    return sql_run(cx, ADD, IN(in_int("id", record->id), in_int("project", record->project), in_text("sealed", record_text(record, "sealed"))));
}

const RecordType exchange_type = {
    .resource = "exchanges", .name = "exchange", .zh = "电话交换机", .en = "Telephone exchange", .fields = LIST(fields), .sights = LIST(sights),
    .create_by = MANAGEMENT, .write_by = MANAGEMENT, .label = "name", .in_project = true, .take = take, .prepare = prepare, .after = keep_key,
    .archived = drop_key,
};

typedef struct {
    Str signature, body;
    SecretKey key;
    PhoneExchange *out;
    bool found;
} Finding;

static const Error *try_key(Cx *cx, const Row *row, void *self)
{
    Finding *finding = self;
    Str secret = STR_NONE;

    if (secret_unseal(cx->arena, &finding->key, place_of(cx, row_int(row, 0)), row_text(row, 3), &secret) &&
        secret_equal(secret_hmac(cx->arena, secret, finding->body), finding->signature)) {
        *finding->out = (PhoneExchange){row_int(row, 0), row_int(row, 1), row_int(row, 2)};
        finding->found = true;
    }
    return OK; /* the others are tried as well: time tells nothing */
}

const Error *exchange_find(Cx *cx, Str signature, Str body, Id only, PhoneExchange *out, bool *found)
{
    static const char KEYS[] = "SELECT exchange_id, org_id, project_id, sealed FROM exchange_key WHERE (:only = 0 OR exchange_id = :only)"
                               " ORDER BY exchange_id";
    Finding finding = {.body = body, .key = keys_box(cx->kernel->secrets), .out = out};
    Buf hex = buf_new(cx->arena, SIGNATURE_HEX);

    *found = false;
    signature = str_trim(signature);
    if (str_starts(signature, STR("sha256=")))
        signature = str_cut(signature, 7, signature.len);
    if (signature.len != SIGNATURE_HEX)
        return OK;
    for (ptrdiff_t i = 0; i < signature.len; i++)
        buf_char(&hex, signature.ptr[i] >= 'A' && signature.ptr[i] <= 'F' ? (char)(signature.ptr[i] - 'A' + 'a') : signature.ptr[i]);
    finding.signature = buf_str(&hex);
    TRY(sql_each(cx, KEYS, IN(in_int("only", only)), try_key, &finding));
    *found = finding.found;
    return OK;
}
