/* Offers of permessage-deflate and their answers, RFC 7692 §5 and §7.1, as one table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/extension.h"

#include <stdlib.h>
#include <string.h>

#define AGREED  "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
#define NOTHING NULL

static const struct {
    const char *offer, *answer;
} cases[] = {
    /* RFC 7692 §7.1.3 and §5.2 */
    {"permessage-deflate", AGREED},
    {"permessage-deflate; client_max_window_bits; server_max_window_bits=10",
     AGREED "; server_max_window_bits=10"},
    {"permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
     "permessage-deflate; client_max_window_bits",
     AGREED "; server_max_window_bits=10"},
    {"permessage-foo, permessage-bar", NOTHING},
    {"permessage-foo; x=10, permessage-deflate", AGREED},
    /* what browsers, npm ws and python3-websockets offer */
    {"permessage-deflate; client_max_window_bits", AGREED},
    {"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
     AGREED "; server_max_window_bits=12"},
    /* each parameter */
    {"permessage-deflate; server_no_context_takeover", AGREED},
    {"permessage-deflate; client_no_context_takeover", AGREED},
    {"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
     "server_max_window_bits=15; client_max_window_bits=15",
     AGREED "; server_max_window_bits=12"},
    {"permessage-deflate; server_no_context_takeover=1", NOTHING},
    {"permessage-deflate; client_no_context_takeover=\"on\"", NOTHING},
    {"permessage-deflate; server_max_window_bits", NOTHING},
    {"permessage-deflate; server_max_window_bits=7", NOTHING},
    {"permessage-deflate; server_max_window_bits=8", AGREED "; server_max_window_bits=8"},
    {"permessage-deflate; server_max_window_bits=9", AGREED "; server_max_window_bits=9"},
    {"permessage-deflate; server_max_window_bits=11", AGREED "; server_max_window_bits=11"},
    {"permessage-deflate; server_max_window_bits=13", AGREED "; server_max_window_bits=12"},
    {"permessage-deflate; server_max_window_bits=15", AGREED "; server_max_window_bits=12"},
    {"permessage-deflate; server_max_window_bits=16", NOTHING},
    {"permessage-deflate; server_max_window_bits=010", NOTHING},
    {"permessage-deflate; server_max_window_bits=08", NOTHING},
    {"permessage-deflate; server_max_window_bits=+9", NOTHING},
    {"permessage-deflate; server_max_window_bits=1e1", NOTHING},
    {"permessage-deflate; server_max_window_bits=4294967304", NOTHING},
    {"permessage-deflate; client_max_window_bits=7", NOTHING},
    {"permessage-deflate; client_max_window_bits=8", AGREED},
    {"permessage-deflate; client_max_window_bits=15", AGREED},
    {"permessage-deflate; client_max_window_bits=16", NOTHING},
    {"permessage-deflate; client_max_window_bits=0", NOTHING},
    /* unknown and repeated */
    {"permessage-deflate; unknown", NOTHING},
    {"permessage-deflate; server_max_window_bit=9", NOTHING},
    {"permessage-deflate; Server_no_context_takeover", NOTHING},
    {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", NOTHING},
    {"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", NOTHING},
    {"permessage-deflate; client_max_window_bits; client_max_window_bits=9", NOTHING},
    {"x-webkit-deflate-frame", NOTHING},
    {"permessage-deflates", NOTHING},
    {"permessage", NOTHING},
    /* what can not be accepted is passed over */
    {"permessage-deflate; unknown, permessage-deflate", AGREED},
    {"permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9",
     AGREED "; server_max_window_bits=9"},
    {"other; a=\"x\"; b, permessage-deflate; client_max_window_bits", AGREED},
    {"permessage-deflate; server_max_window_bits=14, permessage-deflate",
     AGREED "; server_max_window_bits=12"},
    /* quoted */
    {"permessage-deflate; server_max_window_bits=\"10\"", AGREED "; server_max_window_bits=10"},
    {"permessage-deflate; server_max_window_bits=\"\\1\\0\"", AGREED "; server_max_window_bits=10"},
    {"permessage-deflate; client_max_window_bits=\"9\"", AGREED},
    {"permessage-deflate; server_max_window_bits=\"\"", NOTHING},
    {"permessage-deflate; server_max_window_bits=\"10", NOTHING},
    {"permessage-deflate; server_max_window_bits=\"10\\", NOTHING},
    {"permessage-deflate; server_max_window_bits=\"1 0\"", NOTHING},
    {"permessage-deflate; server_max_window_bits=\"100000000000000000010\"", NOTHING},
    {"foo; x=\"123456789\", permessage-deflate", AGREED},
    /* space, empty elements */
    {"  permessage-deflate  ", AGREED},
    {"\tpermessage-deflate ;\tserver_max_window_bits = 9\t", AGREED "; server_max_window_bits=9"},
    {",, permessage-deflate ,", AGREED},
    {"", NOTHING},
    {" , ,", NOTHING},
    /* what breaks the grammar of RFC 6455 §9.1 is not answered, wherever it stands */
    {"permessage-deflate;", NOTHING},
    {"permessage-deflate; ;", NOTHING},
    {"; permessage-deflate", NOTHING},
    {"permessage-deflate; =9", NOTHING},
    {"permessage-deflate; server_max_window_bits=", NOTHING},
    {"permessage-deflate server_no_context_takeover", NOTHING},
    {"permessage-deflate, (", NOTHING},
    {"permessage-deflate, foo; x=\"a,b\"", NOTHING},
    {"\"permessage-deflate\"", NOTHING},
};

/* The copy has no byte behind its end that could be read unseen. */
static bool choose(const char *offer, size_t length, struct chat_extension *ret_chosen)
{
    char *copy = malloc(length);
    assert_true(copy != NULL || length == 0);
    if (length > 0)
        memcpy(copy, offer, length);
    bool chosen = chat_extension_choose(copy, length, ret_chosen);
    free(copy);
    return chosen;
}

static void every_offer_gets_its_answer(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chat_extension chosen = {.deflates = false};
        char answer[CHAT_EXTENSION_ANSWER_MAX] = "";
        if (choose(cases[i].offer, strlen(cases[i].offer), &chosen)) {
            size_t length = chat_extension_answer(&chosen, answer);
            assert_int_equal(length, strlen(answer));
            assert_true(chosen.deflates);
        } else {
            assert_false(chosen.deflates);
        }
        if (strcmp(answer, cases[i].answer == NULL ? "" : cases[i].answer) != 0)
            fail_msg("%s: \"%s\"", cases[i].offer, answer);
    }
}

static void no_beginning_of_an_offer_is_read_beyond_its_end(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t length = 0; length < strlen(cases[i].offer); length++) {
            struct chat_extension chosen = {.deflates = false};
            choose(cases[i].offer, length, &chosen);
        }
}

static void a_zero_byte_is_no_part_of_an_offer(void **unused)
{
    struct chat_extension chosen = {.deflates = false};
    (void)unused;
    assert_false(choose("permessage-deflate\0", 19, &chosen));
    assert_false(choose("permessage-deflate; \0", 21, &chosen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_offer_gets_its_answer),
        cmocka_unit_test(no_beginning_of_an_offer_is_read_beyond_its_end),
        cmocka_unit_test(a_zero_byte_is_no_part_of_an_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
