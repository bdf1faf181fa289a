/* What chatctl prints of an answer: tables for people, values between tabs for scripts. */
#define _GNU_SOURCE /* wcwidth */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

#include "../../../cli/catalog.c"
#include "../../../cli/node.c"
#include "../../../cli/render.c"
#include "../../../cli/text.c"

static char *printed;
static size_t printed_length;

static void reset(void)
{
    free(printed);
    printed = NULL;
}

static const char *print(const char *command, const char *data, bool tsv, bool header, bool colour)
{
    struct chat_tree *tree = chat_tree_create(data, strlen(data));
    struct chat_render_style style = {.header = header, .colour = colour};

    reset();
    assert_non_null(tree);
    FILE *out = open_memstream(&printed, &printed_length);
    (tsv ? chat_render_tsv : chat_render_table)(out, command, chat_tree_top(tree), &style);
    fclose(out);
    chat_tree_destroy(tree);
    return printed;
}

static const char *table(const char *command, const char *data)
{
    return print(command, data, false, true, false);
}

static const char *tsv(const char *command, const char *data)
{
    return print(command, data, true, true, false);
}

#define ROOMS                                                                                       \
    "{\"rooms\":[{\"room\":\"a\",\"name\":\"Lobby\",\"members\":12,\"messages\":3,\"age_ms\":"      \
    "7500000,"                                                                                      \
    "\"last\":\"2023-11-14T22:13:20.000Z\"},{\"room\":\"long-id\",\"name\":\"日本\",\"members\":" \
    "1,"                                                                                            \
    "\"messages\":0,\"age_ms\":250,\"last\":null}]}"

static void a_table_is_aligned_by_what_the_terminal_shows(void **unused)
{
    (void)unused;
    assert_string_equal(table("rooms", ROOMS),
                        "ROOM     NAME   MEMBERS  MESSAGES    AGE  LAST\n"
                        "a        Lobby       12         3   2h5m  2023-11-14T22:13:20.000Z\n"
                        "long-id  日本         1         0  250ms  -\n");
}

static void the_header_can_be_left_out(void **unused)
{
    (void)unused;
    assert_string_equal(print("rooms", ROOMS, true, false, false),
                        "a\tLobby\t12\t3\t7500000\t2023-11-14T22:13:20.000Z\n"
                        "long-id\t日本\t1\t0\t250\t\n");
    assert_null(strstr(print("rooms", ROOMS, false, false, false), "MEMBERS"));
}

static void tsv_has_raw_values_and_a_header(void **unused)
{
    (void)unused;
    assert_string_equal(tsv("rooms", ROOMS), "ROOM\tNAME\tMEMBERS\tMESSAGES\tAGE\tLAST\n"
                                             "a\tLobby\t12\t3\t7500000\t2023-11-14T22:13:20.000Z\n"
                                             "long-id\t日本\t1\t0\t250\t\n");
}

static void an_empty_list_is_said_in_words(void **unused)
{
    (void)unused;
    assert_string_equal(table("rooms", "{\"rooms\":[]}"), "no rooms\n");
    assert_string_equal(table("users", "{\"users\":[]}"), "no users\n");
    assert_string_equal(tsv("rooms", "{\"rooms\":[]}"),
                        "ROOM\tNAME\tMEMBERS\tMESSAGES\tAGE\tLAST\n");
}

static void what_a_terminal_would_obey_is_escaped(void **unused)
{
    (void)unused;
    assert_string_equal(print("users",
                              "{\"users\":[{\"user\":\"u\",\"name\":\"a\\u001b["
                              "2J\\t\\n\\u0000\\u009b\\u202eb\\u007f\"}]}",
                              true, false, false),
                        "u\ta\\x1b[2J\\t\\n\\x00\\x9b\\u202eb\\x7f\t\t\t\t\t\t\n");
}

static void members_of_one_thing_stand_below_each_other(void **unused)
{
    (void)unused;
    assert_string_equal(table("kick", "{\"connections\":1,\"seats\":3}"),
                        "connections  1\nseats        3\n");
    assert_string_equal(tsv("kick", "{\"connections\":1,\"seats\":3}"),
                        "CONNECTIONS\tSEATS\n1\t3\n");
    assert_string_equal(table("version", "{\"version\":\"1\",\"protocol\":\"chat.v1\",\"new\":{}}"),
                        "version   1\nprotocol  chat.v1\n");
}

#define USER                                                                                       \
    "{\"user\":\"bob\",\"name\":\"Bob\",\"connections\":[{\"rooms\":[\"a\",\"b\"],"                \
    "\"address\":\"127.0.0.1:5\",\"worker\":1,\"connected\":\"T\",\"idle_ms\":60000,"              \
    "\"queued_bytes\":7},{\"rooms\":[],\"address\":\"[::1]:5\",\"worker\":0,\"connected\":\"T\","  \
    "\"idle_ms\":1000,\"queued_bytes\":0}]}"

static void lists_within_follow_below(void **unused)
{
    (void)unused;
    assert_string_equal(table("user", USER),
                        "user  bob\n"
                        "name  Bob\n"
                        "\n"
                        "ROOMS  ADDRESS      WORKER  CONNECTED  IDLE  QUEUED\n"
                        "a,b    127.0.0.1:5       1  T            1m     7 B\n"
                        "-      [::1]:5           0  T            1s     0 B\n");
    assert_string_equal(tsv("user", USER), "USER\tNAME\n"
                                           "bob\tBob\n"
                                           "\n"
                                           "ROOMS\tADDRESS\tWORKER\tCONNECTED\tIDLE\tQUEUED\n"
                                           "a,b\t127.0.0.1:5\t1\tT\t60000\t7\n"
                                           "\t[::1]:5\t0\tT\t1000\t0\n");
}

static void colour_is_for_headings_alone(void **unused)
{
    (void)unused;
    const char *text = print("rooms", ROOMS, false, true, true);
    assert_memory_equal(text, "\033[1mROOM ", 9);
    assert_non_null(strstr(text, "LAST\033[0m\na "));
}

static void durations_have_their_two_largest_units(void **unused)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {{0, "0ms"},        {999, "999ms"},    {1000, "1s"},       {59999, "59s"},
                 {60000, "1m"},     {200000, "3m20s"}, {3600000, "1h"},    {3659000, "1h"},
                 {7500000, "2h5m"}, {86400000, "1d"},  {90000000, "1d1h"}, {864000000, "10d"}};
    char text[CHAT_TEXT_DURATION_MAX];

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        chat_text_duration(text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void objects_and_lists_know_where_they_stand(void **unused)
{
    static const char text[] = " {\"ok\":true, \"data\" : { \"a\" : [ 1 , 2 ] }  ,\"x\":\"}\"}\r";
    struct chat_tree *tree = chat_tree_create(text, sizeof(text) - 1);
    const struct chat_node *data = chat_node_member(chat_tree_top(tree), "data");

    (void)unused;
    assert_int_equal(data->end - data->begin, strlen("{ \"a\" : [ 1 , 2 ] }"));
    assert_memory_equal(text + data->begin, "{ \"a\" : [ 1 , 2 ] }", data->end - data->begin);
    chat_tree_destroy(tree);
}

static void what_is_not_json_gives_no_tree(void **unused)
{
    static const char *texts[] = {"", "{", "{\"a\":1}}", "x",
                                  "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"};

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(chat_tree_create(texts[i], strlen(texts[i])));
}

static int teardown(void **unused)
{
    (void)unused;
    reset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_aligned_by_what_the_terminal_shows),
        cmocka_unit_test(the_header_can_be_left_out),
        cmocka_unit_test(tsv_has_raw_values_and_a_header),
        cmocka_unit_test(an_empty_list_is_said_in_words),
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(members_of_one_thing_stand_below_each_other),
        cmocka_unit_test(lists_within_follow_below),
        cmocka_unit_test(colour_is_for_headings_alone),
        cmocka_unit_test(durations_have_their_two_largest_units),
        cmocka_unit_test(objects_and_lists_know_where_they_stand),
        cmocka_unit_test(what_is_not_json_gives_no_tree),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, teardown);
}
