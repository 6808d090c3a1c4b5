/* tables.c: the kernel's own tables, which no module declares. */
#include "kernel/kernel.h"

/* 公司: number of the last event and the head of the audit chain, signed; touched once a batch. */
static const Column org_columns[] = {{"org_id", C_INT, true}, {"name", C_TEXT, true}, {"zone_min", C_INT, true}, {"n", C_INT, true},
                                     {"head", C_TEXT, true}, {"sign", C_TEXT, true},   {"created_at", C_INT, true},
                                     {"hooks", C_INT}, {0}}; /* active webhooks: read with the counter, so that most companies never ask for them */
static const Index org_indexes[] = {{"name", .unique = true}, {0}};
static const Table org = {"org", org_columns, .key = "org_id", .indexes = org_indexes, .apart = true};

/* 事件: one line for every action, append-only; n is gap-free per company. payload and salt may be erased, hash not. */
static const Column event_columns[] = {
    {"n", C_INT, true},        {"id", C_INT, true},          {"at", C_INT, true},      {"device_at", C_INT},
    {"actor_id", C_INT},       {"record_type", C_TEXT, true}, {"record_id", C_INT, true}, {"project_id", C_INT},
    {"action", C_TEXT, true},  {"from_state", C_TEXT},       {"to_state", C_TEXT},     {"place", C_TEXT},
    {"payload", C_TEXT},       {"salt", C_TEXT},             {"payload_hash", C_TEXT, true}, {"seal", C_TEXT},
    {"chain", C_TEXT, true},   {0}};
static const Index event_indexes[] = {{"record_id, n"}, {"project_id, n"}, {0}};
static const Table event = {"event", event_columns, .key = "n", .indexes = event_indexes};

/* Stored answers by Idempotency-Key, kept seven days. */
static const Column idem_columns[] = {{"user_id", C_INT, true}, {"idem_key", C_TEXT, true}, {"request", C_TEXT, true},
                                      {"status", C_INT, true},  {"headers", C_TEXT},        {"answer", C_TEXT},
                                      {"record_id", C_INT},     {"record_type", C_TEXT},    {"created_at", C_INT, true}, {0}};
static const Index idem_indexes[] = {{"created_at"}, {0}};
static const Table idem = {"idem", idem_columns, .key = "user_id, idem_key", .indexes = idem_indexes};

/* Blocks of numbers: the next one not yet leased. */
static const Column series_columns[] = {{"name", C_TEXT, true}, {"next", C_INT, true}, {0}};
static const Table series = {"series", series_columns, .key = "name"};

/* 时限: one running limit of one record. next_at is when something must be done about it (reminder), NULL when done. */
static const Column clock_columns[] = {
    {"record_type", C_TEXT, true}, {"record_id", C_INT, true}, {"project_id", C_INT}, {"name", C_TEXT, true},
    {"calendar", C_TEXT, true},    {"minutes", C_INT, true},   {"started_at", C_INT, true}, {"due_at", C_INT, true},
    {"paused_at", C_INT},          {"left_us", C_INT},         {"paused_us", C_INT, true},  {"pauses", C_INT, true},
    {"level", C_INT, true},        {"next_at", C_INT},         {"done_at", C_INT},          {0}};
static const Index clock_indexes[] = {{"record_id, name"}, {"next_at", .where = "next_at IS NOT NULL"}, {0}};
static const Table clock_table = {"clock", clock_columns, .indexes = clock_indexes};

/* 会话: found by the token's digest before the company is known. */
static const Column session_columns[] = {{"digest", C_TEXT, true},  {"org_id", C_INT, true},     {"id", C_INT, true},
                                         {"user_id", C_INT, true},  {"created_at", C_INT, true}, {"expires_at", C_INT, true},
                                         {"seen_at", C_INT, true},  {"client", C_TEXT},          {"peer", C_TEXT}, {0}};
static const Index session_indexes[] = {{"org_id, user_id"}, {"expires_at"}, {0}};
static const Table session = {"session", session_columns, .key = "digest", .indexes = session_indexes, .apart = true};

/* Log-in names, found before the company is known. */
static const Column login_columns[] = {{"login", C_TEXT, true}, {"org_id", C_INT, true}, {"user_id", C_INT, true}, {0}};
static const Index login_indexes[] = {{"org_id, user_id"}, {0}};
static const Table login = {"login", login_columns, .key = "login, org_id", .indexes = login_indexes, .apart = true};

/* 权限: a user's role over a scope; project_id and building_id 0: the whole company, the whole project. */
static const Column role_grant_columns[] = {{"user_id", C_INT, true}, {"role", C_TEXT, true}, {"project_id", C_INT, true},
                                            {"building_id", C_INT, true}, {0}};
static const Index role_grant_indexes[] = {{"project_id, role"}, {0}};
static const Table role_grant = {"role_grant", role_grant_columns, .key = "user_id, role, project_id, building_id",
                                 .indexes = role_grant_indexes};

/* 住户关系: a party's relation to a house, with dates. until 0: still. */
static const Column residence_columns[] = {{"house_id", C_INT, true, "house"}, {"party_id", C_INT, true, "party"},
                                           {"role", C_TEXT, true},             {"project_id", C_INT, true},
                                           {"since", C_INT, true},             {"until", C_INT, true},
                                           {"share", C_TEXT},                  {"id", C_INT, true}, {0}};
static const Index residence_indexes[] = {{"party_id, house_id"}, {"project_id, party_id"}, {0}};
static const Table residence = {"residence", residence_columns, .key = "house_id, party_id, role, since",
                                .indexes = residence_indexes};

/* 关联: from names to in its field `kind` (kernel/link.h). hides: to is a user who never sees from. */
static const Column link_columns[] = {{"from_id", C_INT, true},   {"kind", C_TEXT, true},    {"to_id", C_INT, true},
                                      {"from_type", C_TEXT, true}, {"to_type", C_TEXT, true}, {"hides", C_INT, true}, {0}};
static const Index link_indexes[] = {{"to_id, kind, from_id"}, {"to_id, from_id", .where = "hides = 1"}, {0}};
static const Table link_table = {"link", link_columns, .key = "from_id, kind, to_id", .indexes = link_indexes};

/* 文件: content-addressed bytes on disk; seen by who may see a record that holds it. */
static const Column file_columns[] = {{"sha256", C_TEXT, true}, {"size", C_INT, true},       {"type", C_TEXT, true},
                                      {"name", C_TEXT},         {"created_by", C_INT, true}, {"created_at", C_INT, true},
                                      {"attached", C_INT, true}, {0}};
static const Index file_indexes[] = {{"sha256"}, {"created_at", .where = "attached = 0"}, {0}};
static const Table file = {"file", file_columns, .indexes = file_indexes};
static const Column attachment_columns[] = {{"file_id", C_INT, true}, {"record_type", C_TEXT, true}, {"record_id", C_INT, true}, {0}};
static const Index attachment_indexes[] = {{"record_id"}, {0}};
static const Table attachment = {"attachment", attachment_columns, .key = "file_id, record_id", .indexes = attachment_indexes};

/* 任务: long work with progress, claimed by a lease. */
static const Column job_columns[] = {{"kind", C_TEXT, true},     {"state", C_TEXT, true},  {"args", C_TEXT},
                                     {"done", C_INT, true},      {"total", C_INT, true},   {"result", C_TEXT},
                                     {"created_by", C_INT},      {"created_at", C_INT, true}, {"lease_until", C_INT, true},
                                     {"ended_at", C_INT},        {"attempts", C_INT, true}, {0}};
static const Index job_indexes[] = {{"state, created_at"}, {0}};
static const Table job = {"job", job_columns, .indexes = job_indexes};

/* 消息: who is to know what, written with its cause. One row goes to a user, a party, or all of a role in a project. */
static const Column message_columns[] = {
    {"to_user", C_INT},           {"to_party", C_INT},        {"to_roles", C_INT, true}, {"project_id", C_INT},
    {"record_type", C_TEXT, true}, {"record_id", C_INT, true}, {"kind", C_TEXT, true},    {"text_zh", C_TEXT},
    {"text_en", C_TEXT},          {"once", C_TEXT, true},     {"created_at", C_INT, true}, {"seen_at", C_INT}, {0}};
static const Index message_indexes[] = {{"to_user, id", .where = "to_user IS NOT NULL"},
                                        {"to_party, id", .where = "to_party IS NOT NULL"},
                                        {"project_id, id", .where = "to_roles <> 0"},
                                        {"id", .where = "to_roles <> 0"},
                                        {"once", .unique = true, .where = "once <> ''"},
                                        {0}};
static const Table message = {"message", message_columns, .indexes = message_indexes};

/* 发件箱: who is to be sent what on which channel (kernel/outbox.h), written with its cause. The address is not here: it is read
 * when the message goes. next_at: when it is to be tried, while it is being sent when another may take it over; NULL: done with. */
static const Column delivery_columns[] = {
    {"record_type", C_TEXT, true}, {"record_id", C_INT, true}, {"party_id", C_INT},       {"hook_id", C_INT},
    {"channel", C_TEXT, true},     {"state", C_TEXT, true},    {"attempts", C_INT, true}, {"next_at", C_INT},
    {"error", C_TEXT},             {"dedupe", C_TEXT, true},   {"payload", C_TEXT},       {"urgent", C_INT, true},
    {"created_at", C_INT, true},   {"sent_at", C_INT},         {"read_at", C_INT},        {"ack_at", C_INT}, {0}};
static const Index delivery_indexes[] = {{"dedupe", .unique = true},
                                         {"channel, urgent, next_at", .where = "next_at IS NOT NULL"},
                                         {"record_id, party_id", .where = "party_id IS NOT NULL"},
                                         {"record_id, read_at", .where = "read_at IS NOT NULL"},
                                         {"party_id, record_id", .where = "party_id IS NOT NULL"},
                                         {"state, id", .where = "state IN ('dead', 'failed')"},
                                         {"state, created_at", .where = "hook_id IS NOT NULL"},
                                         {0}};
static const Table delivery = {"delivery", delivery_columns, .indexes = delivery_indexes};

/* 节假日: common to all companies. */
static const Column holiday_columns[] = {{"day", C_INT, true}, {"off", C_INT, true}, {"zh", C_TEXT}, {"en", C_TEXT},
                                         {"statutory", C_INT, true}, {0}};
static const Table holiday = {"holiday", holiday_columns, .key = "day", .apart = true, .common = true};

/* Facts of the installation: schema digest, last backup, node. */
static const Column fact_columns[] = {{"name", C_TEXT, true}, {"value", C_TEXT, true}, {0}};
static const Table fact = {"fact", fact_columns, .key = "name", .apart = true};

/* 日计数: how many records count for a figure on a day (kernel/tally.h), by what they are told apart: part '' by nothing. */
static const Column tally_columns[] = {{"figure", C_TEXT, true}, {"part", C_TEXT, true},     {"day", C_INT, true}, {"project_id", C_INT, true}, {"key_id", C_INT, true},
                                       {"key_code", C_TEXT, true}, {"n", C_INT, true}, {"met", C_INT, true}, {0}};
static const Table tally = {"tally", tally_columns, .key = "figure, part, day, project_id, key_id, key_code"};
/* Those that are whole, and by which statement they were made. */
static const Column tally_ready_columns[] = {{"figure", C_TEXT, true}, {"part", C_TEXT, true}, {"digest", C_TEXT, true}, {0}};
static const Table tally_ready = {"tally_ready", tally_ready_columns, .key = "figure, part"};

/* Lease rows of leaders. */
static const Column lease_columns[] = {{"name", C_TEXT, true}, {"holder", C_TEXT, true}, {"until", C_INT, true}, {0}};
static const Table lease = {"lease", lease_columns, .key = "name", .apart = true};

/* Failed log-ins by log-in and address (http/guesses.h), where several processes serve one database. */
static const Column guess_columns[] = {{"key", C_INT, true}, {"first", C_INT, true}, {"count", C_INT, true}, {0}};
static const Index guess_indexes[] = {{"first"}, {0}};
static const Table guess = {"guess", guess_columns, .key = "key", .indexes = guess_indexes, .apart = true};

const Table *const kernel_tables[] = {&org, &event, &idem, &series, &clock_table, &session, &login, &role_grant,
                                      &file, &attachment, &job, &message, &delivery, &holiday, &fact, &lease, &guess, &residence, &link_table,
                                      &tally, &tally_ready};
const int kernel_table_count = (int)COUNT_OF(kernel_tables);
