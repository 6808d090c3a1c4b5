/* serve.c: `anju serve`: opens the folder, listens, and goes on until SIGTERM. */
#include "app/backup.h"
#include "app/commands.h"
#include "base/log.h"
#include "http/actors.h"
#include "http/guesses.h"
#include "http/hub.h"
#include "http/metrics.h"
#include "http/tls.h"
#include "kernel/job.h"
#include "kernel/outbox.h"
#include "modules/notice/notice.h"
#include "modules/billing/billing.h"
#include "modules/property/house_import.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* "HOST:PORT"; an IPv6 address stands in brackets. */
static const Error *split_address(Arena *arena, const char *listen, const char **host, int *port)
{
    Str text = str_of(listen);
    ptrdiff_t colon = text.len;
    int64_t number;

    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2 || !str_to_int(str_cut(text, colon, text.len), &number) || number < 0 || number > 65535)
        return error_new(arena, ERR_USAGE, str_format(arena, "--listen 应写成 127.0.0.1:8080 这样，不是 %s", listen),
                         str_format(arena, "--listen is written like 127.0.0.1:8080, not %s", listen));
    text = str_cut(text, 0, colon - 1);
    if (str_starts(text, STR("[")) && str_ends(text, STR("]")))
        text = str_cut(text, 1, text.len - 1);
    *host = str_to_c(arena, text);
    *port = (int)number;
    return OK;
}

static bool is_loopback(const char *host)
{
    return host != NULL && (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0);
}

static const Reloadable *reloadable(Arena *arena, const Settings *settings)
{
    Reloadable *made = new (arena, Reloadable, 1);

    *made = (Reloadable){str_of(setting(settings, "trusted-proxy")), str_of(setting(settings, "metrics-token"))};
    return made;
}

/* SIGHUP: anju.conf again, under the environment and flags, and the certificate. A faulty file changes nothing. */
static void reload(Arena *arena, const Settings *settings, App *app)
{
    Settings fresh = *settings;
    const Error *error;

    for (int i = 0; i < fresh.flag_count; i++)
        if (fresh.from_conf[i])
            fresh.values[i] = NULL;
    error = settings_conf(arena, &fresh, app->folder, command_is_key);
    if (error != OK) {
        log_error("%.*s", STR_ARG(error_text(error, LANG_EN)));
        return;
    }
    if (app->is_tls && setting(&fresh, "tls-cert") != NULL) {
        error = tls_load(arena, setting(&fresh, "tls-cert"), setting(&fresh, "tls-key"));
        if (error != OK)
            log_error("%.*s", STR_ARG(error_text(error, LANG_EN)));
    }
    app->settings = reloadable(arena, &fresh); /* the old ones stay in the arena: a request may be reading them */
    log_info("anju.conf was read again");
}

static const Error *serve(Arena *arena, const Settings *settings, App *app, const char *host, int port)
{
    int64_t workers;
    ServerConfig config = {.host = host,
                           .port = port,
                           .tls_cert = setting(settings, "tls-cert"),
                           .tls_key = setting(settings, "tls-key"),
                           .body_limit = api_body_limit,
                           .handle = api_handle,
                           .self = app};
    sigset_t wanted;
    int got;

    TRY(setting_int(arena, settings, "workers", 1, 64, &workers));
    config.workers = (int)workers;
    (void)sigemptyset(&wanted); /* these four calls fail for wrong arguments only */
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGINT);
    (void)sigaddset(&wanted, SIGHUP);
    TRY(server_open(arena, &config, &app->server));
    (void)printf("listening on %s://%s%s%s:%d\n", app->is_tls ? "https" : "http", strchr(host, ':') != NULL ? "[" : "", host,
                 strchr(host, ':') != NULL ? "]" : "", server_port(app->server));
    (void)fflush(stdout);
    while (sigwait(&wanted, &got) == 0 && got == SIGHUP)
        reload(arena, settings, app);
    log_info("ending");
    server_close(app->server);
    return OK;
}

/* What is done in the background: on demand, and on time. */
static Runner *open_runner(const App *app)
{
    static const JobKind *const kinds[] = {&house_import_job, &record_import_job, &billing_run_job, NULL};

    return runner_open(&(RunnerConfig){app->store, app->kernel, app->folder, kinds, .alone = app->is_alone});
}

/* The ways out of the house. Webhooks are there always; the others as far as they are set up. */
static const Error *read_channels(Arena *arena, const Settings *settings, Channel *channels, int *count)
{
    *count = 0;
    channel_webhook(arena, setting_on(settings, "allow-private-webhooks"), &channels[(*count)++]);
    if (setting(settings, "smtp") != NULL)
        TRY(channel_email(arena, setting(settings, "smtp"), setting(settings, "mail-from"), &channels[(*count)++]));
    return OK;
}

const Error *command_serve(Arena *arena, Settings *settings)
{
    const char *folder, *host = NULL, *backup_to = setting(settings, "backup-to");
    HousePlace place;
    NightlyThread *nightly = NULL;
    Channel channels[2];
    int channel_count;
    Outbox *outbox;
    App *app = new (arena, App, 1);
    House *house;
    const Error *error;
    sigset_t blocked;
    int64_t slow_ms;
    int port = 0;

    TRY(place_of(arena, settings, &place));
    folder = place.folder;
    TRY(split_address(arena, setting(settings, "listen"), &host, &port));
    TRY(setting_int(arena, settings, "slow-ms", 0, 24 * 60 * 60 * 1000, &slow_ms));
    TRY(read_channels(arena, settings, channels, &channel_count));
    if ((setting(settings, "tls-cert") == NULL) != (setting(settings, "tls-key") == NULL))
        return error_new(arena, ERR_USAGE, STR("--tls-cert 与 --tls-key 要一起给"), STR("--tls-cert and --tls-key go together"));
    app->is_tls = setting(settings, "tls-cert") != NULL;
    if (!is_loopback(host)) {
        if (access(str_to_c(arena, str_format(arena, "%s/demo", folder)), F_OK) == 0 && !setting_on(settings, "demo-public"))
            return error_new(arena, ERR_STATE_OF_WORLD, STR("示范数据的密码人人知道，不对外监听；确要如此请加 --demo-public"),
                             STR("everybody knows a demo's passwords: it does not listen off loopback; add --demo-public to do so all the same"));
        if (!app->is_tls)
            log_warn("plain HTTP off loopback: passwords and personal data travel unencrypted; use --tls-cert and --tls-key or a proxy");
    }
    if (backup_to != NULL && access(backup_to, W_OK | X_OK) != 0)
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "备份目录 %s 不可写：%s", backup_to, strerror(errno)),
                         str_format(arena, "cannot write in the folder for backups %s: %s", backup_to, strerror(errno)));
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGINT);
    (void)sigaddset(&blocked, SIGHUP);
    /* What a request gives back is kept for the next one: on a virtual machine the system's fresh pages took nearly half of a
     * list's time. The server's watcher returns it when many clients have left. */
    (void)mallopt(M_TRIM_THRESHOLD, 4 << 20); /* fails for wrong arguments only */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, NULL); /* before the first thread: only sigwait gets them */
    TRY(house_open(arena, &place, true, hub_published, app, &house));
    house->kernel.allow_private_webhooks = setting_on(settings, "allow-private-webhooks");
    house->kernel.has_runner = true;
    app->kernel = &house->kernel;
    app->store = house->store;
    store_tell_slow(app->store, slow_ms);
    app->folder = folder;
    app->is_alone = place.url == NULL;
    app->settings = reloadable(arena, settings);
    app->actors = actors_open(app->is_alone);
    app->guesses = guesses_open(app->is_alone ? NULL : house->store);
    app->metrics = metrics_open(app->kernel);
    app->hub = hub_open(app);
    app->runner = open_runner(app);
    outbox = outbox_open(&(OutboxConfig){app->store, app->kernel, channels, channel_count});
    if (backup_to != NULL)
        nightly = backup_nightly_open(house->store, place.url, folder, backup_to, ZONE_CHINA);
    error = serve(arena, settings, app, host, port);
    backup_nightly_close(nightly);
    outbox_close(outbox);
    runner_close(app->runner);
    hub_close(app->hub);
    actors_close(app->actors);
    guesses_close(app->guesses);
    metrics_close(app->metrics);
    house_close(house);
    return error;
}
