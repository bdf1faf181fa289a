/* One SSL_CTX for each certificate. That of a listener's first answers, and has with it the others
 * among which a client's SNI chooses: they go when it goes. */
#include "net/certificate.h"

#include "auth/key.h"
#include "config/problem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct choice {
    size_t count;
    SSL_CTX *contexts[];
};

struct chat_certificates {
    size_t count;
    struct at_listener {
        char *address;
        unsigned port;
        struct choice *choice; /* NULL: not TLS */
    } listeners[];
};

/* Where an SSL_CTX has its choice; a property of the program, as OpenSSL counts such places. */
static int choice_place;
static pthread_once_t choice_once = PTHREAD_ONCE_INIT;

static void free_choice(void *parent, void *pointer, CRYPTO_EX_DATA *data, int place, long argument,
                        void *more)
{
    struct choice *choice = pointer;

    (void)parent, (void)data, (void)place, (void)argument, (void)more;
    if (choice == NULL)
        return;
    for (size_t i = 1; i < choice->count; i++)
        SSL_CTX_free(choice->contexts[i]);
    free(choice);
}

static void find_choice_place(void)
{
    choice_place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_choice);
    if (choice_place == -1)
        abort();
}

/* RFC 6066 §3: of the first that has the name; a name that none has gets the first of all. */
static int choose(SSL *ssl, int *alert, void *argument)
{
    const struct choice *choice = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    for (size_t i = 0; name != NULL && i < choice->count; i++) {
        X509 *certificate = SSL_CTX_get0_certificate(choice->contexts[i]);
        if (X509_check_host(certificate, name, 0, 0, NULL) != 1)
            continue;
        SSL_set_SSL_CTX(ssl, choice->contexts[i]);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

/* RFC 7301 §3.2: a client that offers only what is not spoken here is told so. */
static int select_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_length,
                           const unsigned char *offered, unsigned length, void *argument)
{
    static const unsigned char spoken[] = "\x08http/1.1";
    unsigned char *selected;

    (void)ssl, (void)argument;
    if (SSL_select_next_proto(&selected, ret_length, spoken, sizeof(spoken) - 1, offered, length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret = selected;
    return SSL_TLSEXT_ERR_OK;
}

/* A key with a passphrase is refused: nobody is asked. */
static int no_passphrase(char *text, int size, int writes, void *argument)
{
    (void)text, (void)size, (void)writes, (void)argument;
    return -1;
}

static SSL_CTX *make_context(void)
{
    static const char suites[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    static const char suites_13[] =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    static const unsigned char sessions[] = "chatd";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, suites) != 1 ||
        SSL_CTX_set_ciphersuites(context, suites_13) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_set_session_id_context(context, sessions, sizeof(sessions) - 1) != 1)
        abort();
    /* A peer that ends its TCP connection without a word has ended it: frames have their lengths,
     * and a WebSocket its own close. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* An idle member keeps no buffers: 48 KiB less. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* A read ends with its record: else key updates, one after the other, hold the loop in it. */
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets need none */
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    return context;
}

struct loading {
    const struct chat_config_certificate *item;
    struct chat_problems *problems;
};

static void complain(const struct loading *loading, const char *member, const char *path,
                     const char *wrong)
{
    const struct chat_config_certificate *item = loading->item;
    chat_problem_report(loading->problems, item->source, item->line, item->column,
                        "listen.tls.%s %s: %s", member, path, wrong);
}

/* Not counted as a problem: a server with such a certificate still runs. */
static void warn(const struct loading *loading, const char *wrong)
{
    struct chat_problems aside = *loading->problems;
    const struct chat_config_certificate *item = loading->item;
    chat_problem_report(&aside, item->source, item->line, item->column,
                        "warning: listen.tls.certificate %s: %s", item->certificate, wrong);
}

/* The reason of OpenSSL's oldest complaint, whose queue is then empty. */
static const char *reason(const char *otherwise)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return text != NULL ? text : otherwise;
}

static bool load_chain(const struct loading *loading, SSL_CTX *context)
{
    const char *path = loading->item->certificate;

    if (access(path, R_OK) != 0) {
        complain(loading, "certificate", path, strerror(errno));
        return false;
    }
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, path) == 1)
        return true;
    bool is_empty = ERR_GET_REASON(ERR_peek_error()) == PEM_R_NO_START_LINE;
    complain(loading, "certificate", path,
             is_empty ? "holds no certificate in PEM" : reason("holds no certificate in PEM"));
    ERR_clear_error();
    return false;
}

static EVP_PKEY *read_key(const struct loading *loading)
{
    char *bytes = NULL;
    size_t length = 0;
    const char *wrong = chat_key_read_file(loading->item->key, &bytes, &length);
    EVP_PKEY *key = NULL;

    if (wrong == NULL) {
        BIO *in = BIO_new_mem_buf(bytes, (int)length);
        key = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
        BIO_free(in);
        ERR_clear_error();
        OPENSSL_cleanse(bytes, length);
        if (key == NULL)
            wrong = "holds no private key in PEM that needs no passphrase";
    }
    free(bytes);
    if (wrong != NULL)
        complain(loading, "key", loading->item->key, wrong);
    return key;
}

static bool load_key(const struct loading *loading, SSL_CTX *context)
{
    EVP_PKEY *key = read_key(loading);
    const char *wrong = NULL;

    if (key == NULL)
        return false;
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) != 1)
        wrong = "is not the key of its certificate";
    else if (SSL_CTX_use_PrivateKey(context, key) != 1)
        wrong = reason("can not be used");
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (wrong != NULL)
        complain(loading, "key", loading->item->key, wrong);
    return wrong == NULL;
}

static SSL_CTX *load(const struct loading *loading)
{
    SSL_CTX *context = make_context();

    if (!load_chain(loading, context) || !load_key(loading, context)) {
        SSL_CTX_free(context);
        return NULL;
    }
    const X509 *certificate = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        warn(loading, "has expired");
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        warn(loading, "is not valid yet");
    return context;
}

static struct choice *load_listener(const struct chat_config_listener *listener,
                                    struct chat_problems *problems)
{
    struct choice *choice = calloc(1, sizeof(*choice) + listener->n_tls * sizeof(SSL_CTX *));
    if (choice == NULL)
        abort();
    for (size_t i = 0; i < listener->n_tls; i++) {
        const struct chat_config_certificate *item = &listener->tls[i];
        struct loading loading = {item, problems};
        if (item->is_wrong || item->certificate == NULL || item->key == NULL)
            continue; /* chat_config_check has said so */
        SSL_CTX *context = load(&loading);
        if (context != NULL)
            choice->contexts[choice->count++] = context;
    }
    if (choice->count == 0) {
        free(choice);
        return NULL;
    }
    SSL_CTX *first = choice->contexts[0];
    SSL_CTX_set_tlsext_servername_callback(first, choose);
    SSL_CTX_set_tlsext_servername_arg(first, choice);
    if (SSL_CTX_set_ex_data(first, choice_place, choice) != 1)
        abort();
    return choice;
}

struct chat_certificates *chat_certificates_load(const struct chat_config *config,
                                                 void (*problem)(void *context, const char *line),
                                                 void *context)
{
    struct chat_problems problems = {problem, context, false};
    size_t bytes = config->n_listeners * sizeof(struct at_listener);
    struct chat_certificates *certificates = calloc(1, sizeof(*certificates) + bytes);
    if (certificates == NULL)
        abort();
    pthread_once(&choice_once, find_choice_place);
    certificates->count = config->n_listeners;
    for (size_t i = 0; i < config->n_listeners; i++) {
        const struct chat_config_listener *listener = &config->listeners[i];
        char *address = strdup(listener->address);
        if (address == NULL)
            abort();
        certificates->listeners[i] = (struct at_listener){address, listener->port, NULL};
        if (listener->n_tls > 0)
            certificates->listeners[i].choice = load_listener(listener, &problems);
    }
    if (!problems.any)
        return certificates;
    chat_certificates_destroy(certificates);
    return NULL;
}

void chat_certificates_destroy(struct chat_certificates *certificates)
{
    if (certificates == NULL)
        return;
    for (size_t i = 0; i < certificates->count; i++) {
        const struct at_listener *listener = &certificates->listeners[i];
        free(listener->address);
        if (listener->choice != NULL)
            SSL_CTX_free(listener->choice->contexts[0]);
    }
    free(certificates);
}

bool chat_certificates_find(const struct chat_certificates *certificates, size_t number,
                            const char *address, unsigned port, size_t *ret_listener)
{
    for (size_t i = 0; i < certificates->count; i++) {
        size_t at = (number + i) % certificates->count;
        const struct at_listener *listener = &certificates->listeners[at];
        if (listener->port != port || strcmp(listener->address, address) != 0)
            continue;
        *ret_listener = at;
        return true;
    }
    return false;
}

SSL_CTX *chat_certificates_at(const struct chat_certificates *certificates, size_t listener,
                              size_t index)
{
    const struct choice *choice = certificates->listeners[listener].choice;
    return choice != NULL && index < choice->count ? choice->contexts[index] : NULL;
}
