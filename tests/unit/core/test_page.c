/* Pages of listings: their rows and their cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/page.h"

static const struct chat_secrets secrets = {{1, 2, 3}, {4, 5, 6}};

static struct chat_page_row row_of(const char *id, const char *name, uint32_t members)
{
    return (struct chat_page_row){{id, strlen(id)}, {name, strlen(name)}, members};
}

static void rows_come_back_as_they_were_added(void **state)
{
    (void)state;
    struct chat_page page = {0};
    char longest[256];
    memset(longest, 'n', sizeof(longest));
    struct chat_page_row rows[] = {
        row_of("a", "Ann", 0), row_of("b", "B", UINT32_MAX), {{longest, 64}, {longest, 256}, 7}};
    for (unsigned i = 0; i < 3; i++)
        chat_page_add(&page, &rows[i]);
    for (unsigned round = 0; round < 2; round++) {
        struct chat_slice rest = chat_page_rows(&page);
        struct chat_page_row row;
        for (unsigned i = 0; i < 3; i++) {
            assert_true(chat_page_next(&rest, &row));
            assert_true(chat_slice_equal(row.id, rows[i].id));
            assert_true(chat_slice_equal(row.name, rows[i].name));
            assert_int_equal(row.members, rows[i].members);
        }
        assert_false(chat_page_next(&rest, &row));
        assert_int_equal(page.rows, 3);

        /* And the same in a page that goes on with them. */
        static char travelled[1024];
        struct chat_slice packed = chat_page_rows(&page);
        size_t spelled = page.spelled;
        memcpy(travelled, packed.bytes, packed.length);
        chat_page_begin(&page, (struct chat_slice){travelled, packed.length});
        assert_int_equal(page.spelled, spelled);
    }
    chat_page_begin(&page, (struct chat_slice){NULL, 0});
    assert_int_equal(page.rows, 0);
    chat_page_finish(&page);
}

static void page_takes_rows_up_to_its_limit(void **state)
{
    (void)state;
    struct chat_page page = {0};
    struct chat_page_row row = row_of("a", "A", 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(chat_page_takes(&page, &row, 3, 1000));
        chat_page_add(&page, &row);
    }
    assert_false(chat_page_takes(&page, &row, 3, 1000));
    assert_true(chat_page_takes(&page, &row, 4, 1000));
    chat_page_finish(&page);
}

static void page_takes_rows_up_to_its_bytes_but_always_one(void **state)
{
    (void)state;
    struct chat_page page = {0};
    struct chat_page_row row = row_of("abcd", "\"\"", 1);
    size_t size = CHAT_PAGE_SHAPE_MAX + 4 + 2 * 2;
    assert_true(chat_page_takes(&page, &row, 9, 0));
    chat_page_add(&page, &row);
    assert_int_equal(page.spelled, size);
    assert_true(chat_page_takes(&page, &row, 9, 2 * size));
    assert_false(chat_page_takes(&page, &row, 9, 2 * size - 1));
    chat_page_finish(&page);
}

static void cursor_says_where_its_page_ended(void **state)
{
    (void)state;
    const struct chat_page_end ends[] = {{0, 1}, {UINT64_MAX, UINT64_MAX}, {7, 0x0123456789abcdef}};
    for (unsigned i = 0; i < 3; i++) {
        char text[CHAT_CURSOR_LENGTH];
        struct chat_page_end end;
        struct chat_slice cursor = chat_page_cursor(&secrets, &ends[i], text);
        assert_true(chat_page_resume(&secrets, cursor, &end));
        assert_int_equal(end.of, ends[i].of);
        assert_int_equal(end.at, ends[i].at);
    }
}

static void cursor_that_was_changed_anywhere_is_nobodys(void **state)
{
    (void)state;
    char text[CHAT_CURSOR_LENGTH + 1] = "";
    struct chat_page_end end = {3, 4};
    struct chat_slice cursor = chat_page_cursor(&secrets, &end, text);
    for (unsigned i = 0; i < CHAT_CURSOR_LENGTH; i++)
        for (unsigned c = 1; c < 256; c++) {
            text[i] = (char)(text[i] ^ (char)c);
            assert_false(chat_page_resume(&secrets, cursor, &end));
            text[i] = (char)(text[i] ^ (char)c);
        }
    assert_true(chat_page_resume(&secrets, cursor, &end));
    assert_false(chat_page_resume(&secrets, (struct chat_slice){text, 63}, &end));
    assert_false(chat_page_resume(&secrets, (struct chat_slice){text, 65}, &end));
    assert_false(chat_page_resume(&secrets, (struct chat_slice){text, 0}, &end));
}

static void cursor_of_another_start_is_nobodys(void **state)
{
    (void)state;
    char text[CHAT_CURSOR_LENGTH];
    struct chat_page_end end = {3, 4};
    struct chat_secrets other = secrets;
    struct chat_slice cursor = chat_page_cursor(&secrets, &end, text);
    other.token_key[15] ^= 1;
    assert_false(chat_page_resume(&other, cursor, &end));
    other = secrets;
    other.hash_key[0] ^= 1;
    assert_false(chat_page_resume(&other, cursor, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_as_they_were_added),
        cmocka_unit_test(page_takes_rows_up_to_its_limit),
        cmocka_unit_test(page_takes_rows_up_to_its_bytes_but_always_one),
        cmocka_unit_test(cursor_says_where_its_page_ended),
        cmocka_unit_test(cursor_that_was_changed_anywhere_is_nobodys),
        cmocka_unit_test(cursor_of_another_start_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
