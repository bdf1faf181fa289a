/* Records by OpenSSL. Renegotiation is off, so neither direction waits for the other, but for one
 * case: the answer to a key update, at a time when the kernel takes nothing. Such a connection
 * ends, as otherwise who asks for one after the other and reads nothing would keep the loop busy.
 */
#include "net/secure.h"

#include "net/transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

void chat_secure_close(struct chat_secure *secure)
{
    SSL_free(secure->ssl);
    free(secure->record);
    *secure = (struct chat_secure){NULL, NULL, 0};
}

/* What a call that did nothing means: 0 for not now. */
static ssize_t failure(const struct chat_secure *secure, int result, int not_now)
{
    int error = SSL_get_error(secure->ssl, result), number = errno;

    ERR_clear_error();
    if (error == not_now)
        return 0;
    if (error == SSL_ERROR_ZERO_RETURN)
        return CHAT_TRANSPORT_END;
    if (error == SSL_ERROR_SYSCALL && number != 0)
        return -number;
    return -EPROTO;
}

ssize_t chat_secure_read(struct chat_secure *secure, char *bytes, size_t room)
{
    errno = 0;
    int n = SSL_read(secure->ssl, bytes, (int)room);
    return n > 0 ? n : failure(secure, n, SSL_ERROR_WANT_READ);
}

/* The length, 0 when the kernel is full, or -errno. */
static ssize_t put(struct chat_secure *secure, const char *bytes, size_t length)
{
    errno = 0;
    int n = SSL_write(secure->ssl, bytes, (int)length);
    return n > 0 ? n : failure(secure, n, SSL_ERROR_WANT_WRITE);
}

static void keep(struct chat_secure *secure, const char *bytes, size_t length)
{
    secure->record = malloc(length);
    if (secure->record == NULL)
        abort();
    memcpy(secure->record, bytes, length);
    secure->length = length;
}

/* How far the pieces have been taken. */
struct place {
    unsigned piece;
    size_t offset;
};

static size_t join(char record[CHAT_SECURE_RECORD], const struct chat_slice *pieces, unsigned n,
                   struct place *place)
{
    size_t length = 0;

    while (place->piece < n && length < CHAT_SECURE_RECORD) {
        const struct chat_slice *piece = &pieces[place->piece];
        size_t part = piece->length - place->offset, room = CHAT_SECURE_RECORD - length;
        part = part < room ? part : room;
        memcpy(record + length, piece->bytes + place->offset, part);
        length += part;
        place->offset += part;
        if (place->offset == piece->length)
            *place = (struct place){place->piece + 1, 0};
    }
    return length;
}

/* The record that was begun: 1 for its last byte, 0 or -errno. */
static ssize_t finish_record(struct chat_secure *secure)
{
    ssize_t n = put(secure, secure->record, secure->length);
    if (n <= 0)
        return n;
    free(secure->record);
    secure->record = NULL;
    return 1;
}

ssize_t chat_secure_write(struct chat_secure *secure, const struct chat_slice *pieces, unsigned n)
{
    char record[CHAT_SECURE_RECORD];
    struct place place = {0, 0};
    ssize_t taken = 0, length;

    if (secure->record != NULL) {
        taken = finish_record(secure);
        if (taken <= 0)
            return taken;
        place = pieces[0].length == 1 ? (struct place){1, 0} : (struct place){0, 1};
    }
    while (taken < CHAT_SECURE_WRITE && (length = (ssize_t)join(record, pieces, n, &place)) > 0) {
        ssize_t written = put(secure, record, (size_t)length);
        if (written < 0)
            return written;
        if (written == 0) {
            keep(secure, record, (size_t)length);
            return taken + length - 1;
        }
        taken += length;
    }
    return taken;
}

void chat_secure_shutdown(struct chat_secure *secure)
{
    SSL_shutdown(secure->ssl);
    ERR_clear_error();
}
