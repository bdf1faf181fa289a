/* room: wire */
/* permessage-deflate: the input is a list of offers, a compressed message, and a message to be
 * compressed. What is inflated keeps its bound and does not depend on what was inflated before;
 * what is compressed comes back. The first byte picks the bound. */
#include "wire/deflate.h"
#include "wire/extension.h"
#include "wire/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(claim)                                                                                \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #claim);                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void negotiate(const char *offers, size_t length)
{
    struct chat_extension chosen = {.deflates = false}, again = {.deflates = false};
    char answer[CHAT_EXTENSION_ANSWER_MAX];

    if (!chat_extension_choose(offers, length, &chosen)) {
        MUST(!chosen.deflates);
        return;
    }
    MUST(chosen.deflates);
    MUST(chosen.server_window == 0 || (chosen.server_window >= 8 && chosen.server_window <= 15));
    size_t n = chat_extension_answer(&chosen, answer);
    MUST(n == strlen(answer));
    MUST(chat_extension_choose(answer, n, &again)); /* it is an offer that we would take */
}

static void inflate_it(uint64_t max, const char *payload, size_t length)
{
    static struct chat_inflater *used;
    struct chat_inflater *fresh = chat_inflater_create();
    const char *one = NULL, *other = NULL;
    size_t one_length = 0, other_length = 0;

    if (used == NULL)
        used = chat_inflater_create();
    unsigned error = chat_inflater_message(fresh, max, payload, length, &one, &one_length);
    MUST(error == 0 || error == 1002 || error == 1009);
    MUST(error == chat_inflater_message(used, max, payload, length, &other, &other_length));
    if (error == 0) {
        MUST(one_length <= max && one_length == other_length);
        MUST(memcmp(one, other, one_length) == 0);
    }
    chat_inflater_destroy(fresh);
}

static void there_and_back(const char *text, size_t length)
{
    struct chat_deflater *deflater = chat_deflater_create(1);
    struct chat_inflater *inflater = chat_inflater_create();
    char *frame = malloc(CHAT_FRAME_HEADER_MAX + length);
    const char *run, *message;
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, length), n;

    if (length > 0)
        memcpy(frame + header, text, length);
    size_t run_length = chat_deflater_run(deflater, frame, header + length, &run);
    size_t at = chat_frame_payload_at(run);
    MUST(run_length <= header + length);
    MUST(chat_frame_boundary(run, run_length, 1) == run_length);
    if (run[0] & 0x40) {
        MUST(chat_inflater_message(inflater, length, run + at, run_length - at, &message, &n) == 0);
        MUST(n == length && memcmp(message, text, n) == 0);
    } else {
        MUST(run_length == header + length && memcmp(run, frame, run_length) == 0);
    }
    free(frame);
    chat_inflater_destroy(inflater);
    chat_deflater_destroy(deflater);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t bounds[] = {0, 1, 100, 16384, 65536, 1 << 20};

    if (size < 1)
        return 0;
    const char *bytes = (const char *)data + 1;
    negotiate(bytes, size - 1);
    inflate_it(bounds[data[0] % (sizeof(bounds) / sizeof(bounds[0]))], bytes, size - 1);
    there_and_back(bytes, size - 1);
    return 0;
}
