/* The table of close codes against PROTOCOL §8, and against the codes that may be sent at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire/close.h"
#include "wire/frame.h"

static const unsigned codes[] = {
#define CLOSE(symbol, code, word, sentence) code,
#include "wire/close.def"
};
enum { COUNT = sizeof(codes) / sizeof(codes[0]) };

static void the_table_has_the_codes_of_the_protocol(void **unused)
{
    static const unsigned protocol[] = {1001, 1002, 1003, 1007, 1009, 1012, 4000,
                                        4013, 4029, 4100, 4101, 4102, 4108, 4109};

    (void)unused;
    assert_int_equal(sizeof(codes), sizeof(protocol));
    assert_memory_equal(codes, protocol, sizeof(protocol));
}

static void every_word_is_one_word_of_its_own(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT; i++) {
        const char *word = chat_close_word(codes[i]);
        assert_true(strlen(word) > 0);
        assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(word));
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(word, chat_close_word(codes[other]));
    }
}

static void every_code_may_be_sent(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT; i++) {
        char payload[2] = {(char)(codes[i] >> 8), (char)(codes[i] & 0xFF)};
        unsigned code = 0;
        assert_int_equal(chat_frame_close_read(payload, 2, &code), 0);
        assert_int_equal(code, codes[i]);
    }
}

static void a_code_outside_the_table_has_no_word(void **unused)
{
    (void)unused;
    assert_string_equal(chat_close_word(0), "");
    assert_string_equal(chat_close_word(1000), "");
    assert_string_equal(chat_close_word(4999), "");
}

static void words_stand_beside_their_codes(void **unused)
{
    (void)unused;
    assert_string_equal(chat_close_word(CHAT_CLOSE_SLOW_CONSUMER), "slow_consumer");
    assert_string_equal(chat_close_word(CHAT_CLOSE_KICKED), "kicked");
    assert_string_equal(chat_close_word(4000), "draining");
    assert_string_equal(chat_close_word(1012), "restart");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_the_codes_of_the_protocol),
        cmocka_unit_test(every_word_is_one_word_of_its_own),
        cmocka_unit_test(every_code_may_be_sent),
        cmocka_unit_test(a_code_outside_the_table_has_no_word),
        cmocka_unit_test(words_stand_beside_their_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
