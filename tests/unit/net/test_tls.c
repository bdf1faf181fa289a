/* Certificates that are put in while connections live, and the way of bytes through records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/certificate.h"
#include "net/secure.h"
#include "net/tls.h"
#include "net/transport.h"

static char directory[64];

static void path_of(char out[128], const char *name, const char *kind)
{
    snprintf(out, 128, "%s/%s.%s", directory, name, kind);
}

/* A self-signed certificate for a name, and its key, in files. */
static void write_certificate(const char *name)
{
    char path[128], text[64];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);

    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    snprintf(text, sizeof(text), "DNS:%s", name);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    path_of(path, name, "pem");
    FILE *file = fopen(path, "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    path_of(path, name, "key");
    file = fopen(path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static int setup(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/chatd-test-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    write_certificate("one");
    write_certificate("two");
    return 0;
}

static int teardown(void **unused)
{
    static const char *const names[] = {"one", "two"};
    char path[128];

    (void)unused;
    for (size_t i = 0; i < 2; i++) {
        path_of(path, names[i], "pem");
        unlink(path);
        path_of(path, names[i], "key");
        unlink(path);
    }
    return rmdir(directory);
}

static void no_problem(void *context, const char *line)
{
    (void)context;
    fail_msg("%s", line);
}

static char any[] = "0.0.0.0";

/* The second is plaintext. */
static struct chat_config two_listeners(struct chat_config_certificate *item, bool has_tls)
{
    static struct chat_config_listener listeners[2];
    listeners[0] = (struct chat_config_listener){
        .address = any, .port = 1, .tls = has_tls ? item : NULL, .n_tls = has_tls};
    listeners[1] = (struct chat_config_listener){.address = any, .port = 2};
    return (struct chat_config){.listeners = listeners, .n_listeners = 2};
}

static struct chat_tls *create(void)
{
    struct chat_config config = two_listeners(NULL, false);
    return chat_tls_create(&config);
}

static struct chat_certificates *load(const char *name)
{
    char certificate[128], key[128];
    struct chat_config_certificate item = {.certificate = certificate, .key = key};
    struct chat_config config = two_listeners(&item, name != NULL);

    path_of(certificate, name != NULL ? name : "none", "pem");
    path_of(key, name != NULL ? name : "none", "key");
    struct chat_certificates *certificates = chat_certificates_load(&config, no_problem, NULL);
    assert_non_null(certificates);
    return certificates;
}

struct pair {
    SSL_CTX *trust;
    SSL *server, *client;
    int fds[2];
};

static void shake_hands(struct pair *pair)
{
    bool server = false, client = false;
    for (unsigned i = 0; i < 20 && !(server && client); i++) {
        client = SSL_do_handshake(pair->client) == 1;
        server = SSL_do_handshake(pair->server) == 1;
    }
    assert_true(server && client);
}

static struct pair connect_to(struct chat_tls *tls)
{
    struct pair pair = {.server = chat_tls_begin(tls, 0)};

    assert_non_null(pair.server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.fds), 0);
    pair.trust = SSL_CTX_new(TLS_client_method());
    pair.client = SSL_new(pair.trust);
    SSL_set_fd(pair.server, pair.fds[0]);
    SSL_set_fd(pair.client, pair.fds[1]);
    SSL_set_connect_state(pair.client);
    shake_hands(&pair);
    return pair;
}

static void end(struct pair *pair)
{
    SSL_free(pair->server);
    SSL_free(pair->client);
    SSL_CTX_free(pair->trust);
    close(pair->fds[0]);
    close(pair->fds[1]);
}

static void assert_shows(const struct pair *pair, const char *name)
{
    X509 *certificate = SSL_get1_peer_certificate(pair->client);
    assert_int_equal(X509_check_host(certificate, name, 0, 0, NULL), 1);
    X509_free(certificate);
}

static void assert_talks(struct pair *pair)
{
    char text[8];
    assert_int_equal(SSL_write(pair->client, "hello", 5), 5);
    assert_int_equal(SSL_read(pair->server, text, sizeof(text)), 5);
    assert_int_equal(SSL_write(pair->server, "hello", 5), 5);
    assert_int_equal(SSL_read(pair->client, text, sizeof(text)), 5);
}

static void new_certificates_are_shown_to_those_who_come_later(void **unused)
{
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one"), *two = load("two");

    (void)unused;
    chat_tls_use(tls, one);
    struct pair early = connect_to(tls);
    chat_tls_use(tls, two);
    chat_certificates_destroy(one);
    struct pair late = connect_to(tls);
    assert_shows(&early, "one");
    assert_shows(&late, "two");
    assert_talks(&early);
    end(&early);
    chat_certificates_destroy(two);
    chat_tls_destroy(tls);
    assert_talks(&late);
    end(&late);
}

static void a_listener_is_tls_while_it_has_certificates(void **unused)
{
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one"), *none = load(NULL);

    (void)unused;
    assert_null(chat_tls_begin(tls, 0));
    chat_tls_use(tls, one);
    assert_null(chat_tls_begin(tls, 1));
    struct pair pair = connect_to(tls);
    chat_tls_use(tls, none);
    assert_null(chat_tls_begin(tls, 0));
    assert_talks(&pair);
    end(&pair);
    chat_certificates_destroy(one);
    chat_certificates_destroy(none);
    chat_tls_destroy(tls);
}

static void what_is_given_for_other_places_changes_nothing(void **unused)
{
    struct chat_config_listener other = {.address = any, .port = 3};
    struct chat_config config = {.listeners = &other, .n_listeners = 1};
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one");
    struct chat_certificates *others = chat_certificates_load(&config, no_problem, NULL);

    (void)unused;
    chat_tls_use(tls, one);
    chat_tls_use(tls, others);
    struct pair pair = connect_to(tls);
    assert_shows(&pair, "one");
    other.port = 1; /* here the place is, without a certificate, and with another number */
    end(&pair);
    chat_certificates_destroy(others);
    others = chat_certificates_load(&config, no_problem, NULL);
    chat_tls_use(tls, others);
    assert_null(chat_tls_begin(tls, 0));
    chat_certificates_destroy(one);
    chat_certificates_destroy(others);
    chat_tls_destroy(tls);
}

/* All that the client can read now, appended. */
static size_t drain(struct pair *pair, char *bytes, size_t length)
{
    int n;
    while ((n = SSL_read(pair->client, bytes + length, 1 << 16)) > 0)
        length += (size_t)n;
    return length;
}

enum { TOTAL = 1 << 20 };

/* Whatever the kernel takes at a time, and however the queue is cut. */
static void bytes_come_in_order_whenever_the_kernel_takes_them(void **unused)
{
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one");
    char *sent = malloc(TOTAL), *got = malloc(TOTAL + (1 << 16));
    size_t at = 0, length = 0;
    unsigned blocked = 0;

    (void)unused;
    for (size_t i = 0; i < TOTAL; i++)
        sent[i] = (char)(i * 7 + i / 251);
    chat_tls_use(tls, one);
    struct pair pair = connect_to(tls);
    struct chat_secure secure = {.ssl = pair.server};
    while (at < TOTAL) {
        size_t first = at + 1 < TOTAL ? 1 : 0, rest = TOTAL - at - first;
        struct chat_slice pieces[] = {{sent + at, first},
                                      {sent + at + first, rest / 2},
                                      {sent + at + first + rest / 2, rest - rest / 2}};
        ssize_t n = chat_secure_write(&secure, pieces, 3);
        assert_true(n >= 0 && n < CHAT_SECURE_WRITE + CHAT_SECURE_RECORD);
        at += (size_t)n;
        blocked += n == 0;
        if (secure.record != NULL) /* of what was begun one byte is still in the queue */
            assert_true(at < TOTAL);
        if (n == 0)
            length = drain(&pair, got, length);
    }
    assert_true(blocked > 0 && secure.record == NULL);
    length = drain(&pair, got, length);
    assert_int_equal(length, TOTAL);
    assert_memory_equal(sent, got, TOTAL);
    free(sent);
    free(got);
    end(&pair);
    chat_certificates_destroy(one);
    chat_tls_destroy(tls);
}

static void a_record_is_read_whole_and_the_end_is_told(void **unused)
{
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one");
    char bytes[CHAT_TRANSPORT_OVER], got[CHAT_TRANSPORT_OVER + 1];

    (void)unused;
    memset(bytes, 'x', sizeof(bytes));
    chat_tls_use(tls, one);
    struct pair pair = connect_to(tls);
    struct chat_secure secure = {.ssl = pair.server};
    assert_int_equal(chat_secure_read(&secure, got, sizeof(got)), 0);
    assert_int_equal(SSL_write(pair.client, bytes, sizeof(bytes)), sizeof(bytes));
    SSL_shutdown(pair.client);
    assert_int_equal(chat_secure_read(&secure, got, sizeof(got)), sizeof(bytes));
    assert_int_equal(SSL_pending(pair.server), 0);
    assert_int_equal(chat_secure_read(&secure, got, sizeof(got)), CHAT_TRANSPORT_END);
    chat_secure_shutdown(&secure);
    assert_int_equal(SSL_read(pair.client, got, 1), 0);
    assert_int_equal(SSL_get_error(pair.client, 0), SSL_ERROR_ZERO_RETURN);
    end(&pair);
    chat_certificates_destroy(one);
    chat_tls_destroy(tls);
}

/* Else a client that sends nothing but key updates keeps one read, and its loop, busy for as long
 * as it likes. */
static void a_read_takes_one_record_though_it_brings_nothing(void **unused)
{
    enum { UPDATES = 3 };
    struct chat_tls *tls = create();
    struct chat_certificates *one = load("one");
    char got[CHAT_TRANSPORT_OVER];

    (void)unused;
    chat_tls_use(tls, one);
    struct pair pair = connect_to(tls);
    struct chat_secure secure = {.ssl = pair.server};
    for (unsigned i = 0; i < UPDATES; i++) {
        assert_int_equal(SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(pair.client), 1);
    }
    assert_int_equal(SSL_write(pair.client, "x", 1), 1);
    for (unsigned i = 0; i < UPDATES; i++)
        assert_int_equal(chat_secure_read(&secure, got, sizeof(got)), 0);
    assert_int_equal(chat_secure_read(&secure, got, sizeof(got)), 1);
    end(&pair);
    chat_certificates_destroy(one);
    chat_tls_destroy(tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_certificates_are_shown_to_those_who_come_later),
        cmocka_unit_test(a_listener_is_tls_while_it_has_certificates),
        cmocka_unit_test(what_is_given_for_other_places_changes_nothing),
        cmocka_unit_test(bytes_come_in_order_whenever_the_kernel_takes_them),
        cmocka_unit_test(a_record_is_read_whole_and_the_end_is_told),
        cmocka_unit_test(a_read_takes_one_record_though_it_brings_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
