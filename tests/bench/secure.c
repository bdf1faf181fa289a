/* A member's bytes through TLS, or as they are. The server's certificate is not looked at: it is
 * the cost of TLS that is measured. */
#include "load.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static SSL_CTX *context_of(void)
{
    static SSL_CTX *context;
    if (context != NULL)
        return context;
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        load_fail("no TLS context");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

void load_secure_begin(struct load_member *member)
{
    member->ssl = SSL_new(context_of());
    if (member->ssl == NULL || SSL_set_fd(member->ssl, member->fd) != 1)
        load_fail("member %u: no TLS", member->number);
    SSL_set_connect_state(member->ssl);
}

/* What a call that did nothing means, as recv has it. */
static ssize_t failure(struct load_member *member, int result)
{
    int error = SSL_get_error(member->ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

bool load_secure_shake(struct load_member *member)
{
    int result = member->ssl == NULL ? 1 : SSL_do_handshake(member->ssl);
    if (result == 1)
        return true;
    if (failure(member, result) == 0 || errno != EAGAIN)
        load_fail("member %u: the TLS handshake failed", member->number);
    return false;
}

ssize_t load_secure_send(struct load_member *member, const void *data, size_t size)
{
    if (member->ssl == NULL)
        return send(member->fd, data, size, MSG_NOSIGNAL);
    int result = SSL_write(member->ssl, data, (int)size);
    return result > 0 ? result : failure(member, result);
}

ssize_t load_secure_receive(struct load_member *member, void *data, size_t size)
{
    if (member->ssl == NULL)
        return recv(member->fd, data, size, 0);
    int result = SSL_read(member->ssl, data, (int)size);
    return result > 0 ? result : failure(member, result);
}

void load_secure_end(struct load_member *member)
{
    SSL_free(member->ssl);
    member->ssl = NULL;
}
