/* channel_webhook.c: signed JSON to other programs. Whoever may set a URL must not reach what only this machine reaches: each
 * address is looked at when its connection is opened, so that a name which answers differently the second time gains nothing. */
#include "kernel/channel.h"
#include "kernel/late_curl.h"
#include "kernel/secret.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS 10000L
#define CONNECT_MS 5000L
#define ANSWER_MAX (64 * 1024)

typedef struct {
    CURL *curl;
    bool allow_private;
    bool was_private; /* the last attempt was refused for its address */
    size_t answer;
} Hooks;

/* What IANA lists as not globally reachable (RFC 6890), and multicast. */
static bool is_private4(const unsigned char *a)
{
    static const struct {
        unsigned char net[4];
        int bits;
    } nets[] = {
        {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},   {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
        {{192, 0, 0, 0}, 24},   {{192, 0, 2, 0}, 24},   {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24},
        {{224, 0, 0, 0}, 3},
    };
    uint32_t address = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];

    for (size_t i = 0; i < COUNT_OF(nets); i++) {
        const unsigned char *n = nets[i].net;
        uint32_t net = (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 | (uint32_t)n[2] << 8 | n[3];
        if ((address ^ net) >> (32 - nets[i].bits) == 0)
            return true;
    }
    return false;
}

/* Only 2000::/3 is given out; inside it, what carries another address or none (6to4, Teredo, documentation). */
static bool is_private6(const unsigned char *a)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, nat64[12] = {0, 0x64, 0xff, 0x9b};

    if (memcmp(a, mapped, sizeof mapped) == 0 || memcmp(a, nat64, sizeof nat64) == 0)
        return is_private4(a + 12);
    if (a[0] >> 5 != 1)
        return true;
    if (a[0] == 0x20 && a[1] == 0x02)
        return is_private4(a + 2);
    return a[0] == 0x20 && a[1] == 0x01 && (a[2] < 2 || (a[2] == 0x0d && a[3] == 0xb8));
}

static bool is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_private4((const unsigned char *)&four.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        return is_private6(six.sin6_addr.s6_addr);
    }
    return true;
}

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    Hooks *hooks = self;

    (void)purpose;
    if (!hooks->allow_private && is_private(&address->addr)) {
        hooks->was_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* An answer is not read; a long one is not waited for either. */
static size_t drop_answer(char *bytes, size_t size, size_t count, void *self)
{
    Hooks *hooks = self;

    (void)bytes;
    hooks->answer += size * count;
    return hooks->answer > ANSWER_MAX ? 0 : size * count;
}

/* The payload with what belongs under the signature: which delivery, and when it was sent. */
static Str make_body(Arena *arena, const Outgoing *message)
{
    return str_format(arena, "{\"delivery\":\"%lld\",\"timestamp\":%lld,%.*s", (long long)message->delivery, (long long)(message->now / SECOND),
                      STR_ARG(str_cut(message->payload, 1, message->payload.len)));
}

/* Asked about once a second while it waits. */
static int must_stop(void *self, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    const atomic_bool *stopping = self;

    (void)total, (void)now, (void)up_total, (void)up_now;
    return atomic_load(stopping);
}

static Sent judge(const Hooks *hooks, CURLcode code, long answer, Arena *arena, Str *why)
{
    if (answer >= 200 && answer < 300)
        return SEND_DONE;
    if (hooks->was_private) {
        *why = STR("private address");
        return SEND_NEVER;
    }
    *why = answer > 0 ? str_format(arena, "HTTP %ld", answer) : str_of(curl_easy_strerror(code));
    return answer == 410 || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ? SEND_NEVER : SEND_LATER; /* gone */
}

static Sent send_hook(void *self, Arena *arena, const Outgoing *message, Str *why)
{
    Hooks *hooks = self;
    Str body = make_body(arena, message);
    struct curl_slist *headers = NULL;
    CURLcode code;
    long answer = 0;

    if (message->to.len == 0) {
        *why = STR("the webhook is gone");
        return SEND_NEVER;
    }
    if (hooks->curl == NULL) {
        if (late_load(arena, &late_curl_library) != OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (hooks->curl = curl_easy_init()) == NULL) {
            *why = STR("libcurl is missing");
            return SEND_DOWN;
        }
    }
    curl_easy_reset(hooks->curl);
    hooks->was_private = false;
    hooks->answer = 0;
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "User-Agent: Anju");
    headers = curl_slist_append(headers, "Expect:");
    headers = curl_slist_append(headers, str_to_c(arena, str_format(arena, "X-Anju-Delivery: %lld", (long long)message->delivery)));
    headers = curl_slist_append(headers, str_to_c(arena, str_format(arena, "X-Anju-Timestamp: %lld", (long long)(message->now / SECOND))));
    headers = curl_slist_append(headers, str_to_c(arena, str_format(arena, "X-Anju-Signature: sha256=%.*s", STR_ARG(secret_hmac(arena, message->secret, body)))));
    (void)curl_easy_setopt(hooks->curl, CURLOPT_URL, str_to_c(arena, message->to)); /* as in channel_email.c */
    (void)curl_easy_setopt(hooks->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(hooks->curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_POSTFIELDS, body.ptr);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_OPENSOCKETDATA, hooks);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_WRITEFUNCTION, drop_answer);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_WRITEDATA, hooks);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_XFERINFOFUNCTION, must_stop);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_XFERINFODATA, message->stopping);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(hooks->curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    (void)curl_easy_setopt(hooks->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    code = curl_easy_perform(hooks->curl);
    (void)curl_easy_getinfo(hooks->curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_slist_free_all(headers);
    return judge(hooks, code, answer, arena, why);
}

static void close_hooks(void *self)
{
    Hooks *hooks = self;

    if (hooks->curl != NULL)
        curl_easy_cleanup(hooks->curl);
    hooks->curl = NULL;
}

void channel_webhook(Arena *arena, bool allow_private, Channel *out)
{
    Hooks *hooks = new (arena, Hooks, 1);

    hooks->allow_private = allow_private;
    *out = (Channel){.name = "webhook", .zh = "网络回调", .en = "Webhook", .send = send_hook, .close = close_hooks, .self = hooks};
}

bool channel_url_is_fine(Arena *arena, Str url, bool allow_private)
{
    bool http = str_starts(url, STR("http://"));
    Str rest = str_cut(url, http ? 7 : 8, url.len), host;
    unsigned char address[16];
    char *name;

    if (!http && !str_starts(url, STR("https://")))
        return false;
    for (ptrdiff_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= 0x20 || url.ptr[i] >= 0x7f || url.ptr[i] == '\\')
            return false;
    for (ptrdiff_t i = 0; i < rest.len; i++)
        if (strchr("/?#", rest.ptr[i]) != NULL) {
            rest = str_cut(rest, 0, i);
            break;
        }
    if (rest.len == 0 || str_find_char(rest, '@') >= 0)
        return false;
    if (rest.ptr[0] == '[')
        host = str_cut(rest, 1, str_find_char(rest, ']'));
    else
        host = str_split(rest, ':', &rest);
    name = str_to_c(arena, host);
    if (host.len == 0)
        return false;
    if (allow_private)
        return true;
    if (strcasecmp(name, "localhost") == 0 || (host.len > 10 && strcasecmp(name + host.len - 10, ".localhost") == 0))
        return false;
    if (inet_pton(AF_INET, name, address) == 1)
        return !is_private4(address);
    if (inet_pton(AF_INET6, name, address) == 1)
        return !is_private6(address);
    return true;
}
