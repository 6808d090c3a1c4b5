/* channel_email.c: e-mail through libcurl: MIME by curl_mime, header words encoded (RFC 2047), one connection kept open. */
#include "kernel/channel.h"
#include "kernel/late_curl.h"
#include "kernel/mask.h"

#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>

#define WORD_BYTES 42 /* of text in one encoded word: 56 of base64, below the 75 that RFC 2047 allows */
#define TIMEOUT_MS 30000L
#define CONNECT_MS 10000L

LATE_LIBRARY(late_curl, CURL_FUNCTIONS, "libcurl.so.4", "libcurl4");

typedef struct {
    char *url, *from, *domain;
    bool is_local, has_user; /* on this machine; with a password in the url */
    CURL *curl;
    const atomic_bool *stopping; /* of the message that is being sent */
    bool was_stopped;
} Mail;

/* What may stand in a header line: one line, as encoded words when it is not plain. Words end between characters. */
static void add_words(Buf *line, Str text)
{
    char code[100];
    bool plain = true;
    ptrdiff_t at = 0;

    for (ptrdiff_t i = 0; i < text.len; i++)
        plain = plain && text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f;
    if (plain && text.len < 60 && str_find(text, STR("=?")) < 0) {
        buf_add(line, text);
        return;
    }
    while (at < text.len) {
        ptrdiff_t from = at;
        for (ptrdiff_t next = at; next < text.len; at = next) {
            (void)utf8_next(text, &next); /* only its width */
            if (next - from > WORD_BYTES)
                break;
        }
        (void)sodium_bin2base64(code, sizeof code, (const unsigned char *)text.ptr + from, (size_t)(at - from), sodium_base64_VARIANT_ORIGINAL);
        buf_format(line, "%s=?UTF-8?B?%s?=", from == 0 ? "" : "\r\n ", code);
    }
}

/* Fri, 27 Nov 2026 08:00:00 +0000 */
static Str mail_date(Arena *arena, Instant now)
{
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    Date day = instant_to_date(now, 0);
    int minute = instant_to_minute(now, 0);

    return str_format(arena, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + (ptrdiff_t)3 * date_weekday(day), day % 100,
                      months + (ptrdiff_t)3 * (day / 100 % 100 - 1), day / 10000, minute / 60, minute % 60, (int)(now / SECOND % 60));
}

static struct curl_slist *header(struct curl_slist *list, Arena *arena, Str line)
{
    return curl_slist_append(list, str_to_c(arena, line));
}

static struct curl_slist *make_headers(const Mail *mail, Arena *arena, const Outgoing *message)
{
    struct curl_slist *list = NULL;
    Buf subject = buf_new(arena, 4000);

    buf_add_c(&subject, "Subject: ");
    add_words(&subject, utf8_cut(message->letter.subject, 200));
    list = header(list, arena, str_format(arena, "From: <%s>", mail->from));
    list = header(list, arena, str_format(arena, "To: <%.*s>", STR_ARG(message->to)));
    list = header(list, arena, buf_str(&subject));
    list = header(list, arena, str_format(arena, "Date: %.*s", STR_ARG(mail_date(arena, message->now))));
    list = header(list, arena, str_format(arena, "Message-ID: <%lld@%s>", (long long)message->delivery, mail->domain)); /* the same when it is sent again */
    return header(list, arena, STR("Auto-Submitted: auto-generated"));
}

static void add_part(curl_mime *mime, Str data, const char *type)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    (void)curl_mime_data(part, data.ptr, (size_t)data.len); /* these fail without memory only; the message then does */
    (void)curl_mime_type(part, type);
    (void)curl_mime_encoder(part, "base64");
}

static curl_mime *make_body(CURL *curl, const Letter *letter)
{
    curl_mime *mime = curl_mime_init(curl), *both;
    curl_mimepart *part;

    if (letter->html.len == 0) {
        add_part(mime, letter->text, "text/plain; charset=utf-8");
        return mime;
    }
    both = curl_mime_init(curl);
    add_part(both, letter->text, "text/plain; charset=utf-8");
    add_part(both, letter->html, "text/html; charset=utf-8");
    part = curl_mime_addpart(mime);
    (void)curl_mime_subparts(part, both); /* as above; it owns `both` now */
    (void)curl_mime_type(part, "multipart/alternative");
    return mime;
}

static size_t read_nothing(char *bytes, size_t size, size_t count, void *self)
{
    (void)bytes;
    (void)self;
    return size * count;
}

/* Asked about once a second while it waits. */
static int must_stop(void *self, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    Mail *mail = self;

    (void)total, (void)now, (void)up_total, (void)up_now;
    mail->was_stopped = mail->was_stopped || atomic_load(mail->stopping);
    return mail->was_stopped;
}

static Sent judge(CURLcode code, long answer, Arena *arena, Str *why)
{
    if (code == CURLE_OK)
        return SEND_DONE;
    *why = answer > 0 ? str_format(arena, "SMTP %ld", answer) : str_of(curl_easy_strerror(code));
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_LOGIN_DENIED || code == CURLE_PEER_FAILED_VERIFICATION ||
        code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_WEIRD_SERVER_REPLY || answer == 421)
        return SEND_DOWN;
    return (answer >= 550 && answer <= 553) || answer == 501 ? SEND_NEVER : SEND_LATER; /* no such mailbox; the rest may pass */
}

/* A password never travels open; on this machine a relay's own certificate proves nothing. */
static long how_secret(const Mail *mail)
{
    if (mail->is_local)
        return (long)CURLUSESSL_NONE;
    return mail->has_user ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY;
}

static Sent send_mail(void *self, Arena *arena, const Outgoing *message, Str *why)
{
    Mail *mail = self;
    struct curl_slist *headers, *to;
    curl_mime *mime;
    CURLcode code;
    long answer = 0;

    if (!email_is_plausible(message->to)) {
        *why = STR("no address");
        return SEND_NEVER;
    }
    if (mail->curl == NULL) {
        if (late_load(arena, &late_curl_library) != OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (mail->curl = curl_easy_init()) == NULL) {
            *why = STR("libcurl is missing");
            return SEND_DOWN;
        }
    }
    mail->stopping = message->stopping;
    curl_easy_reset(mail->curl); /* keeps the connection */
    headers = make_headers(mail, arena, message);
    to = curl_slist_append(NULL, str_to_c(arena, str_format(arena, "<%.*s>", STR_ARG(message->to))));
    mime = make_body(mail->curl, &message->letter);
    /* Wrong options are faults of the program, and show in perform. */
    (void)curl_easy_setopt(mail->curl, CURLOPT_URL, mail->url);
    (void)curl_easy_setopt(mail->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(mail->curl, CURLOPT_MAIL_FROM, str_to_c(arena, str_format(arena, "<%s>", mail->from)));
    (void)curl_easy_setopt(mail->curl, CURLOPT_MAIL_RCPT, to);
    (void)curl_easy_setopt(mail->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(mail->curl, CURLOPT_MIMEPOST, mime);
    (void)curl_easy_setopt(mail->curl, CURLOPT_WRITEFUNCTION, read_nothing);
    (void)curl_easy_setopt(mail->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(mail->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(mail->curl, CURLOPT_XFERINFOFUNCTION, must_stop);
    (void)curl_easy_setopt(mail->curl, CURLOPT_XFERINFODATA, mail);
    (void)curl_easy_setopt(mail->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(mail->curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    (void)curl_easy_setopt(mail->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    (void)curl_easy_setopt(mail->curl, CURLOPT_USE_SSL, how_secret(mail));
    code = curl_easy_perform(mail->curl);
    (void)curl_easy_getinfo(mail->curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_mime_free(mime);
    curl_slist_free_all(headers);
    curl_slist_free_all(to);
    return judge(code, answer, arena, why);
}

static void close_mail(void *self)
{
    Mail *mail = self;
    curl_socket_t open = CURL_SOCKET_BAD;

    if (mail->curl != NULL && mail->was_stopped && curl_easy_getinfo(mail->curl, CURLINFO_ACTIVESOCKET, &open) == CURLE_OK && open != CURL_SOCKET_BAD)
        (void)shutdown(open, SHUT_RDWR); /* else curl takes leave of a server that does not answer, and waits two minutes for it */
    if (mail->curl != NULL)
        curl_easy_cleanup(mail->curl);
    mail->curl = NULL;
}

const Error *channel_email(Arena *arena, const char *url, const char *from, Channel *out)
{
    Mail *mail = new (arena, Mail, 1);
    Str text = str_of(url), host = str_cut(text, str_find(text, STR("://")) + 3, text.len), rest;
    ptrdiff_t at;

    if ((!str_starts(text, STR("smtp://")) && !str_starts(text, STR("smtps://"))) || host.len == 0)
        return error_new(arena, ERR_USAGE, STR("--smtp 应为 smtp://HOST:PORT 或 smtps://HOST:PORT"), STR("--smtp must be smtp://HOST:PORT or smtps://HOST:PORT"));
    if (from == NULL || !email_is_plausible(str_of(from)))
        return error_new(arena, ERR_USAGE, STR("--smtp 要与 --mail-from 邮箱地址一起给"), STR("--smtp goes together with --mail-from, an e-mail address"));
    at = str_find_char(host, '@');
    mail->has_user = at >= 0;
    host = str_split(str_cut(host, at + 1, host.len), '/', &rest);
    mail->is_local = str_starts(host, STR("127.")) || str_starts(host, STR("localhost")) || str_starts(host, STR("[::1]"));
    mail->url = str_to_c(arena, text);
    mail->from = str_to_c(arena, str_of(from));
    mail->domain = strchr(mail->from, '@') + 1;
    *out = (Channel){.name = "email", .zh = "邮件", .en = "E-mail", .send = send_mail, .close = close_mail, .self = mail, .to_people = true};
    return OK;
}
