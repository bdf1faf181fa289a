/* Rows as a head and two strings; cursors as two numbers in hex and their seal. */
#include "core/page.h"

#include <stdlib.h>

struct head {
    uint32_t members;
    uint16_t name_length;
    uint8_t id_length, unused;
};
_Static_assert(sizeof(struct head) + 2 == CHAT_PAGE_ROW_MIN, "no id and no name is empty");

enum { HEX = 16, SEALED = 2 * HEX, CAPACITY_MIN = 4096 };

static size_t packed_size(const struct chat_page_row *row)
{
    return sizeof(struct head) + row->id.length + row->name.length;
}

/* Of a room, whose row has the most members; in a name every byte may need an escape of two. */
static size_t spelled_size(const struct chat_page_row *row)
{
    return CHAT_PAGE_SHAPE_MAX + row->id.length + 2 * row->name.length;
}

bool chat_page_takes(const struct chat_page *page, const struct chat_page_row *row, int64_t limit,
                     size_t bytes)
{
    if (page->rows == 0)
        return true;
    return page->rows < limit && page->spelled + spelled_size(row) <= bytes;
}

void chat_page_add(struct chat_page *page, const struct chat_page_row *row)
{
    size_t need = page->length + packed_size(row);
    if (need > page->capacity) {
        size_t capacity = page->capacity * 2 > CAPACITY_MIN ? page->capacity * 2 : CAPACITY_MIN;
        page->capacity = capacity > need ? capacity : need;
        page->bytes = realloc(page->bytes, page->capacity);
        if (page->bytes == NULL)
            abort();
    }
    struct head head = {row->members, (uint16_t)row->name.length, (uint8_t)row->id.length, 0};
    char *at = page->bytes + page->length;
    memcpy(at, &head, sizeof(head));
    memcpy(at + sizeof(head), row->id.bytes, row->id.length);
    memcpy(at + sizeof(head) + row->id.length, row->name.bytes, row->name.length);
    page->length = need;
    page->spelled += spelled_size(row);
    page->rows++;
}

void chat_page_begin(struct chat_page *page, struct chat_slice rows)
{
    struct chat_page_row row;
    page->length = page->spelled = page->rows = 0;
    while (chat_page_next(&rows, &row))
        chat_page_add(page, &row);
}

void chat_page_finish(struct chat_page *page)
{
    free(page->bytes);
    *page = (struct chat_page){0};
}

bool chat_page_next(struct chat_slice *rows, struct chat_page_row *ret_row)
{
    struct head head;
    if (rows->length == 0)
        return false;
    memcpy(&head, rows->bytes, sizeof(head));
    const char *text = rows->bytes + sizeof(head);
    *ret_row = (struct chat_page_row){.id = {text, head.id_length},
                                      .name = {text + head.id_length, head.name_length},
                                      .members = head.members};
    size_t size = packed_size(ret_row);
    *rows = (struct chat_slice){rows->bytes + size, rows->length - size};
    return true;
}

static void put_hex(char out[HEX], uint64_t number)
{
    for (int i = HEX - 1; i >= 0; i--, number >>= 4)
        out[i] = "0123456789abcdef"[number & 15];
}

static bool take_hex(const char hex[HEX], uint64_t *ret_number)
{
    uint64_t number = 0;
    for (int i = 0; i < HEX; i++) {
        const char *digit = memchr("0123456789abcdef", hex[i], 16);
        if (digit == NULL)
            return false;
        number = number << 4 | (uint64_t)(digit - "0123456789abcdef");
    }
    *ret_number = number;
    return true;
}

struct chat_slice chat_page_cursor(const struct chat_secrets *secrets,
                                   const struct chat_page_end *end, char out[CHAT_CURSOR_LENGTH])
{
    _Static_assert(SEALED + CHAT_TOKEN_LENGTH == CHAT_CURSOR_LENGTH, "all of it is used");
    put_hex(out, end->of);
    put_hex(out + HEX, end->at);
    uint64_t what = chat_hash(secrets, (struct chat_slice){out, SEALED});
    chat_token(secrets, 'c', what, out + SEALED);
    return (struct chat_slice){out, CHAT_CURSOR_LENGTH};
}

bool chat_page_resume(const struct chat_secrets *secrets, struct chat_slice cursor,
                      struct chat_page_end *ret_end)
{
    char expected[CHAT_CURSOR_LENGTH];
    struct chat_page_end end;

    if (cursor.length != CHAT_CURSOR_LENGTH || !take_hex(cursor.bytes, &end.of) ||
        !take_hex(cursor.bytes + HEX, &end.at) ||
        !chat_slice_equal(cursor, chat_page_cursor(secrets, &end, expected)))
        return false;
    *ret_end = end;
    return true;
}
