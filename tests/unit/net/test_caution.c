/* Each caution at its bound, and one past it. */
#include "config/config.h"
#include "net/caution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char told[2048];

static void on_problem(void *context, const char *line)
{
    (void)context;
    fail_msg("%s", line);
}

static void on_caution(void *context, const char *sentence)
{
    (void)context;
    strcat(told, sentence);
}

/* What is said of the defaults with this setting. */
static const char *cautions(const char *setting, uint64_t files)
{
    struct chat_config config;

    chat_config_init(&config);
    chat_config_set(&config, setting, on_problem, NULL);
    told[0] = '\0';
    chat_caution_tell(&config, files, on_caution, NULL);
    chat_config_finish(&config);
    return told;
}

static void the_defaults_need_none(void **state)
{
    (void)state;
    assert_string_equal(cautions("workers=1", 100256), "");
}

static void too_few_files_are_told(void **state)
{
    (void)state;
    assert_string_equal(cautions("limits.connections=768", 1024), "");
    assert_non_null(
        strstr(cautions("limits.connections=769", 1024), "LimitNOFILE should be at least 1025"));
}

static void what_another_option_narrows_is_told(void **state)
{
    (void)state;
    assert_string_equal(cautions("validation.message_size=10581B", UINT64_MAX), "");
    assert_non_null(
        strstr(cautions("validation.message_size=10582B", UINT64_MAX), "10581 B is the most"));
    assert_string_equal(cautions("limits.outbound_queue=512KiB", UINT64_MAX), "");
    assert_non_null(strstr(cautions("limits.outbound_queue=511KiB", UINT64_MAX),
                           "half of limits.outbound_queue"));
    assert_non_null(strstr(cautions("history.total=255KiB", UINT64_MAX), "history.total is less"));
}

static void keys_that_nobody_uses_are_told(void **state)
{
    (void)state;
    assert_non_null(strstr(cautions("auth.jwks_file=f", UINT64_MAX), "auth.mode is none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_need_none),
        cmocka_unit_test(too_few_files_are_told),
        cmocka_unit_test(what_another_option_narrows_is_told),
        cmocka_unit_test(keys_that_nobody_uses_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
