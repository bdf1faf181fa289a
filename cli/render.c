/* Walks a command's columns list by list and prints what the data has for them. Knows no command.
 */
#include "render.h"

#include "admin/must.h"
#include "catalog.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

/* Columns of one list, `self` for the data's own members, and the rows that it has. */
struct section {
    const struct chat_catalog_column *columns;
    size_t column_count;
    const struct chat_node *rows; /* linked by `next`; `self` has one, which is not */
    bool is_self;
};

struct cell {
    char *text;
    size_t length, width;
};

static size_t count_rows(const struct section *section)
{
    size_t count = 0;

    for (const struct chat_node *row = section->rows; row != NULL && !section->is_self;
         row = row->next)
        count++;
    return section->is_self ? 1 : count;
}

/* The section that begins at the first of `count` columns; returns how many it has. */
static size_t take_section(const struct chat_catalog_column *columns, size_t count,
                           const struct chat_node *data, struct section *ret_section)
{
    size_t taken = 1;

    while (taken < count && strcmp(columns[taken].list, columns[0].list) == 0)
        taken++;
    *ret_section = (struct section){columns, taken, data, strcmp(columns[0].list, "self") == 0};
    if (!ret_section->is_self) {
        const struct chat_node *list = chat_node_member(data, columns[0].list);
        ret_section->rows = list == NULL ? NULL : list->first;
    }
    return taken;
}

/* A command may answer with one of several lists. */
static bool is_absent(const struct section *section, const struct chat_node *data)
{
    return !section->is_self && chat_node_member(data, section->columns[0].list) == NULL;
}

static bool is_duration(const struct chat_catalog_column *column)
{
    return column->kind == CHAT_COLUMN_DURATION || column->kind == CHAT_COLUMN_SINCE;
}

/* Returns the columns that it takes. */
static size_t put_list(FILE *out, const struct chat_node *list)
{
    size_t width = 0;

    for (const struct chat_node *item = list->first; item != NULL; item = item->next) {
        if (item != list->first) {
            putc(',', out);
            width++;
        }
        width += chat_text_put(out, item->text, item->length);
    }
    return width;
}

/* The value as it is; nothing for null. */
static size_t put_raw(FILE *out, const struct chat_node *value)
{
    if (value == NULL)
        return 0;
    return value->kind == CHAT_NODE_LIST ? put_list(out, value)
                                         : chat_text_put(out, value->text, value->length);
}

static size_t put_for_people(FILE *out, const struct chat_catalog_column *column,
                             const struct chat_node *value)
{
    char text[CHAT_TEXT_DURATION_MAX];
    size_t width = 0;

    if (value != NULL && value->kind == CHAT_NODE_NUMBER && is_duration(column)) {
        chat_text_duration(text, strtoull(value->text, NULL, 10));
        return chat_text_put(out, text, strlen(text));
    }
    if (value != NULL && value->kind == CHAT_NODE_NUMBER && column->kind == CHAT_COLUMN_BYTES) {
        char bytes[CHAT_TEXT_BYTES_MAX];
        chat_text_bytes(bytes, strtoull(value->text, NULL, 10));
        return chat_text_put(out, bytes, strlen(bytes));
    }
    width = put_raw(out, value);
    if (width > 0)
        return width;
    putc('-', out);
    return 1;
}

static struct cell make_cell(const struct chat_catalog_column *column, const struct chat_node *row)
{
    struct cell cell = {NULL, 0, 0};
    FILE *out = chat_must(open_memstream(&cell.text, &cell.length));

    cell.width = put_for_people(out, column, chat_node_member(row, column->key));
    fclose(out);
    chat_must(cell.text);
    return cell;
}

static void put_spaces(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

/* Numbers and durations stand at the right of their column; nothing trails the last one. */
static void put_cell(FILE *out, const struct section *section, size_t at, const char *text,
                     size_t length, size_t width, size_t column_width)
{
    bool right = section->columns[at].kind == CHAT_COLUMN_COUNT ||
                 section->columns[at].kind == CHAT_COLUMN_BYTES ||
                 is_duration(&section->columns[at]);

    if (at > 0)
        put_spaces(out, 2);
    if (right)
        put_spaces(out, column_width - width);
    fwrite(text, 1, length, out);
    if (!right && at + 1 < section->column_count)
        put_spaces(out, column_width - width);
}

static void put_header(FILE *out, const struct section *section, const size_t *widths,
                       const struct chat_render_style *style)
{
    if (style->colour)
        fputs(BOLD, out);
    for (size_t i = 0; i < section->column_count; i++) {
        const char *heading = section->columns[i].heading;
        put_cell(out, section, i, heading, strlen(heading), strlen(heading), widths[i]);
    }
    fputs(style->colour ? PLAIN "\n" : "\n", out);
}

static void put_rows(FILE *out, const struct section *section, const struct cell *cells,
                     size_t row_count, const size_t *widths)
{
    for (size_t row = 0; row < row_count; row++) {
        for (size_t i = 0; i < section->column_count; i++) {
            const struct cell *cell = &cells[row * section->column_count + i];
            put_cell(out, section, i, cell->text, cell->length, cell->width, widths[i]);
        }
        putc('\n', out);
    }
}

static void put_table(FILE *out, const struct section *section,
                      const struct chat_render_style *style)
{
    size_t columns = section->column_count, row_count = count_rows(section), at = 0;
    struct cell *cells = chat_must(calloc(row_count * columns, sizeof(*cells)));
    size_t *widths = chat_must(calloc(columns, sizeof(*widths)));

    for (size_t i = 0; i < columns && style->header; i++)
        widths[i] = strlen(section->columns[i].heading);
    for (const struct chat_node *row = section->rows; row != NULL; row = row->next)
        for (size_t i = 0; i < columns; i++, at++) {
            cells[at] = make_cell(&section->columns[i], row);
            if (cells[at].width > widths[i])
                widths[i] = cells[at].width;
        }
    if (style->header)
        put_header(out, section, widths, style);
    put_rows(out, section, cells, row_count, widths);
    while (at > 0)
        free(cells[--at].text);
    free(widths);
    free(cells);
}

/* A text of several lines stands for itself. */
static bool put_lines(FILE *out, const struct section *section)
{
    const struct chat_node *text = chat_node_member(section->rows, section->columns[0].key);

    if (!section->is_self || section->columns[0].kind != CHAT_COLUMN_LINES || text == NULL)
        return false;
    fwrite(text->text, 1, text->length, out);
    return true;
}

/* The heading in lower case, then the value, one member a line. */
static void put_members(FILE *out, const struct section *section)
{
    size_t widest = 0;

    for (size_t i = 0; i < section->column_count; i++)
        if (strlen(section->columns[i].heading) > widest)
            widest = strlen(section->columns[i].heading);
    for (size_t i = 0; i < section->column_count; i++) {
        const struct chat_catalog_column *column = &section->columns[i];
        for (const char *letter = column->heading; *letter != '\0'; letter++)
            putc(tolower((unsigned char)*letter), out);
        put_spaces(out, widest - strlen(column->heading) + 2);
        put_for_people(out, column, chat_node_member(section->rows, column->key));
        putc('\n', out);
    }
}

void chat_render_table(FILE *out, const char *command, const struct chat_node *data,
                       const struct chat_render_style *style)
{
    size_t count = 0, taken = 0;
    const struct chat_catalog_column *columns = chat_catalog_columns(command, &count);
    struct section section;
    bool is_first = true;

    for (size_t at = 0; at < count; at += taken) {
        taken = take_section(columns + at, count - at, data, &section);
        if (is_absent(&section, data))
            continue;
        if (!is_first)
            putc('\n', out);
        is_first = false;
        if (put_lines(out, &section))
            continue;
        if (section.is_self)
            put_members(out, &section);
        else if (section.rows == NULL)
            fprintf(out, "no %s\n", columns[at].list);
        else
            put_table(out, &section, style);
    }
}

static void put_tsv_row(FILE *out, const struct section *section, const struct chat_node *row)
{
    for (size_t i = 0; i < section->column_count; i++) {
        if (i > 0)
            putc('\t', out);
        put_raw(out, chat_node_member(row, section->columns[i].key));
    }
    putc('\n', out);
}

static void put_tsv(FILE *out, const struct section *section, const struct chat_render_style *style)
{
    if (put_lines(out, section))
        return;
    for (size_t i = 0; i < section->column_count && style->header; i++)
        fprintf(out, "%s%s", i > 0 ? "\t" : "", section->columns[i].heading);
    if (style->header)
        putc('\n', out);
    if (section->is_self) {
        put_tsv_row(out, section, section->rows);
        return;
    }
    for (const struct chat_node *row = section->rows; row != NULL; row = row->next)
        put_tsv_row(out, section, row);
}

void chat_render_tsv(FILE *out, const char *command, const struct chat_node *data,
                     const struct chat_render_style *style)
{
    size_t count = 0, taken = 0;
    const struct chat_catalog_column *columns = chat_catalog_columns(command, &count);
    struct section section;
    bool is_first = true;

    for (size_t at = 0; at < count; at += taken) {
        taken = take_section(columns + at, count - at, data, &section);
        if (is_absent(&section, data))
            continue;
        if (!is_first)
            putc('\n', out);
        is_first = false;
        put_tsv(out, &section, style);
    }
}
