/* server_tls_test.c: the HTTP server under TLS, with a certificate made here and OpenSSL as the client. */
#include "server_fixture.h"

#include "http/tls.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* A key and a certificate signed with it, of this number, valid for an hour, as PEM files in `folder`. */
static void make_pair(const char *folder, const char *name, long number, char *cert, char *key, size_t max)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509_NAME *subject = X509_get_subject_name(x509);
    FILE *file;

    (void)snprintf(cert, max, "%s/%s.cert.pem", folder, name);
    (void)snprintf(key, max, "%s/%s.key.pem", folder, name);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x509), number);
    (void)X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    (void)X509_set_pubkey(x509, pair);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    (void)X509_set_issuer_name(x509, subject);
    assert_true(X509_sign(x509, pair, EVP_sha256()) > 0);
    file = fopen(cert, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, x509), 1);
    (void)fclose(file);
    file = fopen(key, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

/* One request over TLS, written in two pieces; the reply until the server closes. */
static void ask_tls(int port, const char *text, size_t len, char *reply, size_t max)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = dial(port), got = 0, part;

    assert_true(fd >= 0);
    (void)SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    (void)SSL_write(ssl, text, (int)len / 2);
    (void)SSL_write(ssl, text + len / 2, (int)(len - len / 2));
    while (got < (int)max - 1 && (part = SSL_read(ssl, reply + got, (int)max - 1 - got)) > 0)
        got += part;
    reply[got] = '\0';
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
}

/* The number of the certificate that a new connection is answered with. */
static long number_at(int port)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = dial(port);
    long number;
    X509 *shown;

    (void)SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    shown = SSL_get1_peer_certificate(ssl);
    number = ASN1_INTEGER_get(X509_get_serialNumber(shown));
    X509_free(shown);
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    return number;
}

static void requests_are_served_over_tls(void **state)
{
    Fixture *f = *state;
    char folder[] = "/tmp/anju-tls-test-XXXXXX", cert[100], key[100], other_cert[100], other_key[100];
    static char request[BODY_LIMIT + 1000], reply[MAX_REPLY];
    ServerConfig config = quick;
    Server *server = NULL;
    const Error *error;
    int head, silent;

    assert_non_null(mkdtemp(folder));
    make_pair(folder, "one", 1, cert, key, sizeof cert);
    make_pair(folder, "other", 2, other_cert, other_key, sizeof cert);
    config.handle = handle;
    config.body_limit = body_limit;
    config.self = f;
    config.tls_cert = cert;
    config.tls_key = other_key;
    error = server_open(f->arena, &config, &server);
    assert_non_null(error);
    assert_true(str_find(error_text(error, LANG_EN), STR("cannot be used together")) >= 0);

    config.tls_key = key;
    error = server_open(f->arena, &config, &server);
    assert_null(error);
    head = snprintf(request, sizeof request, "GET /what HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask_tls(server_port(server), request, (size_t)head, reply, sizeof reply);
    assert_string_equal(body_of(reply), "GET|/what||127.0.0.1|1|1|");
    head = snprintf(request, sizeof request, "GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask_tls(server_port(server), request, (size_t)head, reply, sizeof reply);
    assert_string_equal(body_of(reply), "later");
    head = snprintf(request, sizeof request, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask_tls(server_port(server), request, (size_t)head, reply, sizeof reply);
    assert_memory_equal(body_of(reply), f->big, BIG);

    head = snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
                    BODY_LIMIT + 1);
    memset(request + head, 'z', BODY_LIMIT + 1);
    memcpy(request + head + BODY_LIMIT + 1, "\r\n0\r\n\r\n", 7);
    ask_tls(server_port(server), request, (size_t)head + BODY_LIMIT + 8, reply, sizeof reply);
    assert_int_equal(status_of(reply), 413);

    silent = dial(server_port(server)); /* a handshake that never comes on */
    SEND(silent, "\x16\x03\x01");
    assert_true(is_closed_within(silent, HEADER_MS * 4));
    (void)close(silent);

    assert_int_equal(number_at(server_port(server)), 1); /* renewed while it runs; what does not fit changes nothing */
    assert_non_null(tls_load(f->arena, other_cert, key));
    assert_non_null(tls_load(f->arena, "/nowhere", key));
    assert_int_equal(number_at(server_port(server)), 1);
    assert_null(tls_load(f->arena, other_cert, other_key));
    assert_int_equal(number_at(server_port(server)), 2);

    server_close(server);
    (void)unlink(cert);
    (void)unlink(key);
    (void)unlink(other_cert);
    (void)unlink(other_key);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_are_served_over_tls),
    };
    return cmocka_run_group_tests_name("http/server_tls", tests, NULL, NULL);
}
