/* commands.c: the table of commands, and the short ones. */
#include "app/commands.h"
#include "http/openapi.h"
#include "kernel/secret.h"

#include <stdio.h>
#include <stdlib.h>

#define DATA \
    {"data", "D", "数据目录", "data folder", .initial = NULL}, \
    {"database", "URL", "数据库 postgresql://…（不写则在数据目录里）", "database postgresql://… (without: in the data folder)", .in_conf = true}
#define ORG {"org", "NAME", "公司（有多家时）", "company, when there are several"}

static const Flag init_flags[] = {
    DATA,
    {"org", "NAME", "公司名称", "name of the company", .initial = "物业公司"},
    {"project", "NAME", "项目名称", "name of the project", .initial = "示范小区"},
    {"code", "CODE", "项目代码", "code of the project", .initial = "TYHY"},
    {"admin", "LOGIN", "管理员登录名", "log-in of the administrator", .initial = "admin"},
    {"password", "P", "管理员密码（或 ANJU_ADMIN_PASSWORD）", "the administrator's password (or ANJU_ADMIN_PASSWORD)"},
};
static const Flag demo_flags[] = {
    DATA,
    {"homes", "N", "户数", "homes", .initial = "500"},
    {"days", "D", "天数", "days", .initial = "90"},
    {"seed", "S", "随机种子，相同则数据相同", "seed: the same gives the same data", .initial = "1"},
    {"password", "P", "所有账号的密码", "password of all accounts", .initial = "demo12345"},
    {"until", "DATE", "最后一天（不写为今天）", "last day (today without)"},
};
static const Flag serve_flags[] = {
    DATA,
    {"listen", "HOST:PORT", "监听地址", "address to listen on", .in_conf = true, .initial = "127.0.0.1:8080"},
    {"tls-cert", "FILE", "TLS 证书", "TLS certificate", .in_conf = true},
    {"tls-key", "FILE", "TLS 私钥", "TLS key", .in_conf = true},
    {"trusted-proxy", "ADDR", "受信任的代理地址", "address of a trusted proxy", .in_conf = true},
    {"metrics-token", "TOKEN", "/metrics 的令牌", "token for /metrics", .in_conf = true},
    {"slow-ms", "MS", "语句或提交超过这么久就记入日志（0 为不记）", "log statements and commits that take longer (0: none)", .in_conf = true, .initial = "500"},
    {"workers", "N", "工作线程数", "worker threads", .in_conf = true, .initial = "4"},
    {"backup-to", "FOLDER", "每晚备份到这个目录", "folder for the nightly backup", .in_conf = true},
    {"smtp", "URL", "发邮件的服务器 smtp://HOST:PORT（可带 用户:密码@）", "mail server, smtp://HOST:PORT (USER:PASSWORD@ where it asks for it)", .in_conf = true},
    {"mail-from", "ADDR", "邮件的发件人", "sender of mails", .in_conf = true},
    {"allow-private-webhooks", NULL, "网络回调可发往内网地址", "webhooks may go to private addresses", .in_conf = true},
    {"demo-public", NULL, "允许示范数据对外监听", "let a demo folder listen off loopback"},
};
static const Flag data_flags[] = {DATA};
static const Flag backup_flags[] = {DATA, {"to", "FILE", "备份文件（不覆盖已有的）", "the backup's file; never an existing one"}};
static const Flag restore_flags[] = {{"from", "FILE", "备份文件", "the backup's file"}, {"data", "NEW", "新的数据目录", "a new data folder"},
                                     {"database", "URL", "空数据库 postgresql://…（备份是服务器的）", "an empty database postgresql://…, for a server's backup"}};
static const Flag copy_flags[] = {{"from", "D", "数据目录（不动其中的 anju.db）", "data folder; its anju.db is left as it is"},
                                  {"to", "URL", "空的数据库 postgresql://…", "an empty database, postgresql://…"}};
static const Flag migrate_flags[] = {DATA, {"dry-run", NULL, "只显示，不执行", "show only"},
                                     {"citus", NULL, "显示把表分布到各节点的语句", "show what distributes the tables over nodes"}};
static const Flag user_add_flags[] = {
    DATA, ORG,
    {"login", "LOGIN", "登录名", "log-in"},
    {"name", "NAME", "姓名", "name"},
    {"role", "ROLE", "角色", "role"},
    {"project", "CODE", "项目代码（不写为全公司）", "project's code (company-wide without)"},
    {"password", "P", "首次密码（不写则随机）", "first password (random without)"},
};
static const Flag user_list_flags[] = {DATA, ORG};
static const Flag user_passwd_flags[] = {DATA, ORG, {"login", "LOGIN", "登录名", "log-in"}, {"password", "P", "新密码（不写则随机）", "new password (random without)"}};

static const Flag import_flags[] = {
    DATA, ORG,
    {"project", "CODE", "项目代码（有多个时）", "project's code, when there are several"},
    {"dry-run", NULL, "只看会发生什么", "show what would happen"},
    {"mapping", "FILE", "列的含义（JSON）", "what the columns mean (JSON)"},
    {"json", NULL, "以 JSON 输出结果", "print the result as JSON"},
};
static const Flag export_flags[] = {DATA, ORG, {"format", "FORMAT", "csv 或 xlsx", "csv or xlsx", .initial = "csv"}};

const Command commands[] = {
    {"init", "新建数据目录、公司、项目和管理员", "make a data folder with company, project and administrator", LIST(init_flags), .run = command_init},
    {"demo", "新建示范小区：住过一段时间的数据", "make a demo community that has been lived in", LIST(demo_flags), .run = command_demo},
    {"serve", "提供服务", "serve", LIST(serve_flags), .run = command_serve},
    {"import", "导入房屋与住户", "import homes and people", LIST(import_flags), .words = "RESOURCE FILE", .run = command_import},
    {"export", "导出到标准输出", "export to standard output", LIST(export_flags), .words = "RESOURCE", .run = command_export},
    {"check", "核对审计链、引用和文件", "prove audit chain, references and files", LIST(data_flags), .run = command_check},
    {"backup", "备份到一个文件（服务中也可以）", "back up to one file, also while serving", LIST(backup_flags), .run = command_backup},
    {"restore", "从备份恢复到新目录", "restore a backup into a new folder", LIST(restore_flags), .run = command_restore},
    {"copy", "把一个小区从数据目录复制到 PostgreSQL", "copy a community from its folder to PostgreSQL", LIST(copy_flags), .run = command_copy},
    {"org add", "增加公司", "add a company", LIST(init_flags), .run = command_org_add},
    {"user add", "增加账号", "add a user", LIST(user_add_flags), .run = command_user_add},
    {"user list", "列出账号", "list users", LIST(user_list_flags), .run = command_user_list},
    {"user passwd", "重设密码", "set a password", LIST(user_passwd_flags), .run = command_user_passwd},
    {"migrate", "按声明更新表结构", "bring the schema to the declarations", LIST(migrate_flags), .run = command_migrate},
    {"openapi", "输出接口说明", "print the API's description", .run = command_openapi},
    {"version", "版本", "version", .run = command_version},
    {0},
};

bool command_is_key(Str name)
{
    for (const Command *command = commands; command->name != NULL; command++)
        for (int i = 0; i < command->flag_count; i++)
            if (command->flags[i].in_conf && str_is(name, command->flags[i].name))
                return true;
    return false;
}

static const Error *new_org(Arena *arena, const Settings *settings, House *house)
{
    const char *env = getenv("ANJU_ADMIN_PASSWORD"), *given = setting(settings, "password");
    NewOrg wanted = {.org = setting(settings, "org"),
                     .project = setting(settings, "project"),
                     .code = setting(settings, "code"),
                     .admin = setting(settings, "admin"),
                     .password = given != NULL ? given : env};
    Str password;
    Id org, project;

    wanted.must_change = wanted.password == NULL;
    TRY(house_new_org(house, arena, &wanted, clock_now(), &password, &org, &project));
    if (wanted.password == NULL)
        (void)printf("管理员 %s 的首次密码 first password: %.*s\n", wanted.admin, STR_ARG(password));
    return OK;
}

const Error *command_init(Arena *arena, Settings *settings)
{
    HousePlace place;
    House *house;
    const Error *error;

    TRY(place_of(arena, settings, &place));
    TRY(house_make(arena, &place, &house));
    error = new_org(arena, settings, house);
    house_close(house);
    if (error != OK)
        house_unmake(arena, place.folder);
    return error;
}

const Error *command_org_add(Arena *arena, Settings *settings)
{
    HousePlace place;
    House *house;
    const Error *error;

    TRY(place_of(arena, settings, &place));
    TRY(house_open(arena, &place, false, NULL, NULL, &house));
    error = new_org(arena, settings, house);
    house_close(house);
    return error;
}

/* Runs in the lane as the system, for one company. */
typedef struct {
    const Settings *settings;
    Str password, hash;
    Arena *arena;
} UserWork;

static const Error *needs(Cx *cx, const char *flag)
{
    return error_new(cx->arena, ERR_USAGE, str_format(cx->arena, "请用 --%s 写明", flag), str_format(cx->arena, "give --%s", flag));
}

static const Error *add_user(Cx *cx, void *self)
{
    static const char PROJECT[] = "SELECT id FROM project WHERE org_id = :org AND code = :code AND archived_at IS NULL";
    static const char TAKEN[] = "SELECT user_id FROM login WHERE login = :login AND org_id = :org";
    UserWork *work = self;
    const char *login = setting(work->settings, "login"), *role = setting(work->settings, "role"), *code = setting(work->settings, "project");
    const char *name = setting(work->settings, "name");
    Id project = 0, user, other;
    bool found;

    if (login == NULL || role == NULL)
        return needs(cx, login == NULL ? "login" : "role");
    if (role_by_name(str_of(role)) == 0)
        return error_new(cx->arena, ERR_USAGE, str_format(cx->arena, "没有角色 %s", role), str_format(cx->arena, "there is no role %s", role));
    if (code != NULL) {
        TRY(sql_find(cx, PROJECT, IN(in_c("code", code)), OUT(out_int(&project)), &found));
        if (!found)
            return error_new(cx->arena, ERR_STATE_OF_WORLD, str_format(cx->arena, "没有项目 %s", code), str_format(cx->arena, "there is no project %s", code));
    }
    TRY(sql_find(cx, TAKEN, IN(in_c("login", login)), OUT(out_int(&other)), &found));
    if (found)
        return error_new(cx->arena, ERR_STATE_OF_WORLD, str_format(cx->arena, "登录名 %s 已经存在", login), str_format(cx->arena, "the log-in %s exists already", login));
    TRY(user_make(cx, str_of(login), str_of(name == NULL ? login : name), work->hash, setting(work->settings, "password") == NULL, 0, &user));
    return user_grant(cx, user, role, project, 0);
}

static const Error *set_password(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT user_id FROM login WHERE login = :login AND org_id = :org";
    UserWork *work = self;
    const char *login = setting(work->settings, "login");
    Record *record;
    Id user;
    bool found;

    if (login == NULL)
        return needs(cx, "login");
    TRY(sql_find(cx, FIND, IN(in_c("login", login)), OUT(out_int(&user)), &found));
    if (!found)
        return error_new(cx->arena, ERR_STATE_OF_WORLD, str_format(cx->arena, "没有账号 %s", login), str_format(cx->arena, "there is no user %s", login));
    TRY(record_load(cx, kernel_type(cx->kernel, &user_type), user, &record));
    record_set_text(record, "password_hash", work->hash);
    record_set_int(record, "must_change", setting(work->settings, "password") == NULL);
    TRY(process_save(cx, record, "password"));
    return user_end_sessions(cx, user, 0);
}

static const Error *with_password(Arena *arena, const Settings *settings, StoreFn *fn)
{
    UserWork work = {.settings = settings, .arena = arena};
    const char *given = setting(settings, "password");
    HousePlace place;
    const Error *error;
    House *house;
    Cx cx;

    TRY(place_of(arena, settings, &place));
    work.password = given == NULL ? secret_password(arena) : str_of(given);
    if (utf8_count(work.password) < MIN_PASSWORD)
        return error_new(arena, ERR_USAGE, STR("密码至少 8 个字符"), STR("a password has at least 8 characters"));
    TRY(house_open(arena, &place, false, NULL, NULL, &house));
    error = secret_hash_password(arena, work.password, &work.hash);
    if (error == OK)
        error = house_cx(house, arena, setting(settings, "org"), clock_now(), &cx);
    if (error == OK)
        error = store_write(house->store, &cx, fn, &work);
    house_close(house);
    if (error == OK && given == NULL)
        (void)printf("首次密码 first password: %.*s\n", STR_ARG(work.password));
    return error;
}

const Error *command_user_add(Arena *arena, Settings *settings)
{
    return with_password(arena, settings, add_user);
}

const Error *command_user_passwd(Arena *arena, Settings *settings)
{
    return with_password(arena, settings, set_password);
}

static const Error *print_user(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    (void)self;
    (void)printf("%-20.*s %-20.*s %.*s%s\n", STR_ARG(row_text(row, 0)), STR_ARG(row_text(row, 1)), STR_ARG(row_text(row, 2)),
                 row_int(row, 3) != 0 ? "" : "  (停用 inactive)");
    return OK;
}

static const Error *list_users(Cx *cx, void *self)
{
    static const char USERS[] = "SELECT u.login, u.name, coalesce(g.role, ''), u.active FROM app_user u LEFT JOIN role_grant g"
                                " ON g.org_id = u.org_id AND g.user_id = u.id WHERE u.org_id = :org AND u.archived_at IS NULL ORDER BY u.login, g.role";
    (void)self;
    return sql_each(cx, USERS, NOTHING, print_user, NULL);
}

const Error *command_user_list(Arena *arena, Settings *settings)
{
    HousePlace place;
    const Error *error;
    House *house;
    Cx cx;

    TRY(place_of(arena, settings, &place));
    TRY(house_open(arena, &place, false, NULL, NULL, &house));
    error = house_cx(house, arena, setting(settings, "org"), clock_now(), &cx);
    if (error == OK)
        error = store_read(house->store, &cx, list_users, NULL);
    house_close(house);
    return error;
}

const Error *command_openapi(Arena *arena, Settings *settings)
{
    Json json = json_new(arena, 1 << 24);
    Kernel *kernel = new (arena, Kernel, 1);

    (void)settings;
    if (!kernel_init(kernel, arena, modules))
        return error_new(arena, ERR_STATE_OF_WORLD, STR("程序的声明有误"), STR("the program's declarations have faults"));
    openapi_json(kernel, LANG_ZH, &json);
    (void)printf("%.*s\n", STR_ARG(buf_str(&json.buf)));
    return OK;
}

const Error *command_version(Arena *arena, Settings *settings)
{
    (void)arena;
    (void)settings;
    (void)printf("anju " ANJU_VERSION "\n");
    return OK;
}
