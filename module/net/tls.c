/* A context is shared with the connections that it began; OpenSSL counts its references. */
#include "net/tls.h"

#include "net/ticket.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct chat_tls {
    pthread_mutex_t mutex; /* of what contexts there are */
    struct chat_tickets *tickets;
    size_t count;
    struct listener {
        char *address;
        unsigned port;
        SSL_CTX *context; /* NULL: not TLS */
    } listeners[];
};

struct chat_tls *chat_tls_create(const struct chat_config *config)
{
    size_t bytes = config->n_listeners * sizeof(struct listener);
    struct chat_tls *tls = calloc(1, sizeof(*tls) + bytes);
    if (tls == NULL)
        abort();
    tls->count = config->n_listeners;
    for (size_t i = 0; i < tls->count; i++) {
        const struct chat_config_listener *listener = &config->listeners[i];
        tls->listeners[i] = (struct listener){strdup(listener->address), listener->port, NULL};
        if (tls->listeners[i].address == NULL)
            abort();
    }
    tls->tickets = chat_tickets_create();
    pthread_mutex_init(&tls->mutex, NULL);
    return tls;
}

void chat_tls_destroy(struct chat_tls *tls)
{
    for (size_t i = 0; i < tls->count; i++) {
        SSL_CTX_free(tls->listeners[i].context);
        free(tls->listeners[i].address);
    }
    chat_tickets_destroy(tls->tickets);
    pthread_mutex_destroy(&tls->mutex);
    free(tls);
}

static bool set_mac(EVP_MAC_CTX *mac, struct chat_ticket_key *key)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static int seal(struct chat_tickets *tickets, uint64_t now_s, unsigned char *name,
                unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    struct chat_ticket_key key;

    chat_tickets_seal(tickets, now_s, &key);
    memcpy(name, key.name, sizeof(key.name));
    bool good = RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
                EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
                set_mac(mac, &key);
    OPENSSL_cleanse(&key, sizeof(key));
    return good ? 1 : -1;
}

/* What SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants: -1 failed, 0 not this ticket, 1 good, 2 good
 * and to be renewed. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seals)
{
    struct chat_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    uint64_t now_s = uv_hrtime() / 1000000000;
    struct chat_ticket_key key;
    bool is_old;

    if (seals)
        return seal(tickets, now_s, name, iv, cipher, mac);
    if (!chat_tickets_open(tickets, now_s, name, &key, &is_old))
        return 0;
    bool good = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1 &&
                set_mac(mac, &key);
    OPENSSL_cleanse(&key, sizeof(key));
    return !good ? -1 : is_old ? 2 : 1;
}

/* Nobody has seen these contexts yet. */
static SSL_CTX *equip(struct chat_tls *tls, const struct chat_certificates *certificates,
                      size_t listener)
{
    SSL_CTX *context, *first = chat_certificates_at(certificates, listener, 0);

    for (size_t i = 0; (context = chat_certificates_at(certificates, listener, i)) != NULL; i++) {
        SSL_CTX_set_app_data(context, tls->tickets);
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
        SSL_CTX_set_timeout(context, CHAT_TICKET_OPENS_S - CHAT_TICKET_SEALS_S);
    }
    if (first != NULL)
        SSL_CTX_up_ref(first);
    return first;
}

void chat_tls_use(struct chat_tls *tls, const struct chat_certificates *certificates)
{
    for (size_t i = 0; i < tls->count; i++) {
        struct listener *listener = &tls->listeners[i];
        size_t at;
        if (!chat_certificates_find(certificates, i, listener->address, listener->port, &at))
            continue;
        SSL_CTX *context = equip(tls, certificates, at);
        pthread_mutex_lock(&tls->mutex);
        SSL_CTX *before = listener->context;
        listener->context = context;
        pthread_mutex_unlock(&tls->mutex);
        SSL_CTX_free(before);
    }
}

SSL *chat_tls_begin(struct chat_tls *tls, size_t listener)
{
    pthread_mutex_lock(&tls->mutex);
    SSL_CTX *context = tls->listeners[listener].context;
    if (context != NULL)
        SSL_CTX_up_ref(context);
    pthread_mutex_unlock(&tls->mutex);
    if (context == NULL)
        return NULL;
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context);
    if (ssl == NULL)
        abort();
    SSL_set_accept_state(ssl);
    return ssl;
}
