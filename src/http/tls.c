#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PEM_BYTES (1024 * 1024)
#define MAX_CHAIN 10

typedef struct Identity Identity;
struct Identity {
    Identity *before;
    gnutls_pcert_st chain[MAX_CHAIN];
    unsigned count;
    gnutls_privkey_t key;
};

static _Atomic(Identity *) newest; /* the library's callback has no place for a pointer of ours */

static const Error *read_pem(Arena *arena, const char *path, gnutls_datum_t *out)
{
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct stat file;
    ssize_t got = -1;
    char *text = NULL;

    if (fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size <= MAX_PEM_BYTES) {
        text = arena_alloc(arena, (size_t)file.st_size + 1);
        got = read(fd, text, (size_t)file.st_size);
    }
    if (fd >= 0)
        (void)close(fd); /* read only */
    if (got <= 0)
        return error_new(arena, ERR_STATE_OF_WORLD,
                         str_format(arena, "读不了证书或私钥文件“%s”：--tls-cert 和 --tls-key 要一起给出 PEM 文件", path ? path : ""),
                         str_format(arena, "Cannot read the certificate or key file \"%s\": --tls-cert and --tls-key together name PEM files",
                                    path ? path : ""));
    *out = (gnutls_datum_t){(unsigned char *)text, (unsigned)got};
    return OK;
}

static void identity_free(Identity *identity)
{
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key != NULL)
        gnutls_privkey_deinit(identity->key);
    mem_free(identity);
}

/* Nobody but the library knows whether a key belongs to a certificate: it is asked with credentials that are thrown away. */
static int check_pair(const gnutls_datum_t *cert, const gnutls_datum_t *key)
{
    gnutls_certificate_credentials_t credentials;
    int code = gnutls_certificate_allocate_credentials(&credentials);

    if (code < 0)
        return code;
    code = gnutls_certificate_set_x509_key_mem(credentials, cert, key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return code;
}

const Error *tls_load(Arena *arena, const char *cert, const char *key)
{
    gnutls_datum_t cert_pem, key_pem;
    Identity *identity;
    int code;

    TRY(read_pem(arena, cert, &cert_pem));
    TRY(read_pem(arena, key, &key_pem));
    identity = mem_alloc(sizeof *identity);
    code = check_pair(&cert_pem, &key_pem);
    identity->count = MAX_CHAIN;
    if (code >= 0)
        code = gnutls_pcert_list_import_x509_raw(identity->chain, &identity->count, &cert_pem, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        identity->count = 0;
    if (code >= 0)
        code = gnutls_privkey_init(&identity->key);
    if (code >= 0)
        code = gnutls_privkey_import_x509_raw(identity->key, &key_pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0) {
        identity_free(identity);
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "证书 %s 和私钥 %s 不能一起使用：%s", cert, key, gnutls_strerror(code)),
                         str_format(arena, "the certificate %s and the key %s cannot be used together: %s", cert, key, gnutls_strerror(code)));
    }
    identity->before = atomic_load(&newest);
    atomic_store(&newest, identity);
    return OK;
}

void tls_end(void)
{
    for (Identity *identity = atomic_exchange(&newest, NULL), *before; identity != NULL; identity = before) {
        before = identity->before;
        identity_free(identity);
    }
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_rdn, int nreqs, const gnutls_pk_algorithm_t *pk_algos,
                 int pk_algos_length, gnutls_pcert_st **pcert, unsigned *pcert_length, gnutls_privkey_t *privkey)
{
    Identity *identity = atomic_load(&newest);

    (void)session;
    (void)req_ca_rdn;
    (void)nreqs;
    (void)pk_algos;
    (void)pk_algos_length;
    *pcert = identity->chain;
    *pcert_length = identity->count;
    *privkey = identity->key;
    return 0;
}
