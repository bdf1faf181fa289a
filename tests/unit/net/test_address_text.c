/* How an address is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/un.h>

#include "net/address.h"
#include "net/peer.h"

static void assert_text(const char *address, const char *text)
{
    char out[64];
    struct chat_slice got = chat_address_text(peer(address), out, sizeof(out));
    assert_int_equal(got.length, strlen(text));
    assert_memory_equal(got.bytes, text, got.length);
}

static void the_text_has_the_port_and_brackets_where_needed(void **unused)
{
    (void)unused;
    assert_text("192.0.2.1", "192.0.2.1:1234");
    assert_text("2001:db8::1", "[2001:db8::1]:1234");
    assert_text("::ffff:192.0.2.1", "192.0.2.1:1234");
}

static void there_is_no_text_without_an_ip_address_or_room(void **unused)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    char out[14];

    (void)unused;
    assert_int_equal(chat_address_text((struct sockaddr *)&local, out, sizeof(out)).length, 0);
    assert_int_equal(chat_address_text(peer("192.0.2.1"), out, sizeof(out)).length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_has_the_port_and_brackets_where_needed),
        cmocka_unit_test(there_is_no_text_without_an_ip_address_or_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
