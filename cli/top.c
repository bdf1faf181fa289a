/* Looks at intervals, and three ways to show one. */
#define _GNU_SOURCE /* qsort_r */
#include "top.h"

#include "admin/must.h"
#include "look.h"
#include "screen.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { INTERVAL_MS = 2000, NUMBERS_WIDTH = 44, ROOM_WIDTH_MIN = 8 };

enum sort { SORT_RATE, SORT_MESSAGES, SORT_MEMBERS, SORT_AGE };

static const struct {
    const char *name;
    char key;
} sorts[] = {{"rate", 'r'}, {"messages", 't'}, {"members", 'm'}, {"age", 'a'}};

struct top {
    const struct chat_invocation *invocation;
    enum chat_output output;
    int64_t interval_ms;
    enum sort sort;
    int link;
    struct chat_look now, before;
    char *why;
};

static int compare_falling(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare_rooms(const void *a, const void *b, void *context)
{
    const struct chat_look_room *one = a, *other = b;
    int order = 0;

    switch (*(const enum sort *)context) {
    case SORT_RATE:
        order = compare_falling(one->rate, other->rate);
        break;
    case SORT_MEMBERS:
        order = compare_falling((double)one->members, (double)other->members);
        break;
    case SORT_AGE:
        order = compare_falling((double)one->age_ms, (double)other->age_ms);
        break;
    case SORT_MESSAGES:
        break;
    }
    return order != 0 ? order : compare_falling((double)one->messages, (double)other->messages);
}

static void put_text(FILE *out, const struct chat_node *object, const char *name)
{
    const struct chat_node *value = chat_node_member(object, name);

    if (value != NULL && value->kind != CHAT_NODE_NULL)
        chat_text_put(out, value->text, value->length);
}

static void put_duration(FILE *out, int width, uint64_t ms)
{
    char text[CHAT_TEXT_DURATION_MAX];

    chat_text_duration(text, ms);
    fprintf(out, "%*s", width, text);
}

static void put_bytes(FILE *out, uint64_t bytes)
{
    char text[CHAT_TEXT_BYTES_MAX];

    chat_text_bytes(text, bytes);
    fputs(text, out);
}

/* Ends a line of the screen, cut where the terminal ends. */
static void end_line(FILE *out)
{
    fputs("\033[K\r\n", out);
}

static void draw_status(FILE *out, const struct chat_look *look)
{
    const struct chat_node *status = look->status;

    fputs("chatd ", out);
    put_text(out, status, "version");
    fputs("  up ", out);
    put_duration(out, 0, chat_look_number(status, "uptime_ms"));
    fprintf(out, "  pid %" PRIu64 "  workers %" PRIu64, chat_look_number(status, "pid"),
            chat_look_number(status, "workers"));
    end_line(out);
    fprintf(out, "connections %" PRIu64 "  users %" PRIu64 "  rooms %" PRIu64 "  members %" PRIu64,
            chat_look_number(status, "connections"), chat_look_number(status, "users"),
            chat_look_number(status, "rooms"), chat_look_number(status, "memberships"));
    end_line(out);
    fprintf(out, "in %.1f/s  out %.1f/s  queued ", look->in_rate, look->out_rate);
    put_bytes(out, chat_look_number(status, "queued_bytes"));
    fputs("  memory ", out);
    put_bytes(out, chat_look_number(status, "memory_bytes"));
    fputs("  history ", out);
    put_bytes(out, chat_look_number(status, "history_bytes"));
    end_line(out);
    end_line(out);
}

static void draw_room(FILE *out, const struct chat_look_room *room, unsigned room_width)
{
    const struct chat_node *id = chat_node_member(room->row, "room");
    int length = id == NULL ? 0 : (int)(id->length < room_width ? id->length : room_width);

    /* An id is ASCII without control characters (PROTOCOL §6). */
    fprintf(out, "%-*.*s %9" PRIu64 " %10.1f %12" PRIu64 " ", (int)room_width, length,
            id == NULL ? "" : id->text, room->members, room->rate, room->messages);
    put_duration(out, 9, room->age_ms);
    end_line(out);
}

static void draw(struct top *top)
{
    unsigned columns = 0, rows = 0;
    char *text = NULL;
    size_t length = 0;
    FILE *out = chat_must(open_memstream(&text, &length));

    chat_screen_size(&columns, &rows);
    unsigned width =
        columns > NUMBERS_WIDTH + ROOM_WIDTH_MIN ? columns - NUMBERS_WIDTH : ROOM_WIDTH_MIN;
    qsort_r(top->now.rooms, top->now.room_count, sizeof(top->now.rooms[0]), compare_rooms,
            &top->sort);
    fputs("\033[H", out);
    draw_status(out, &top->now);
    fprintf(out, "\033[7m%-*s %9s %10s %12s %9s\033[0m", (int)width, "ROOM", "MEMBERS",
            "MESSAGES/S", "MESSAGES", "AGE");
    end_line(out);
    for (size_t i = 0; i < top->now.room_count && i + 6 < rows; i++)
        draw_room(out, &top->now.rooms[i], width);
    fprintf(out, "\033[J\033[%u;1Hby %s: sort by r rate, t messages, m members, a age; q quits",
            rows, sorts[top->sort].name);
    fputs("\033[K", out);
    fclose(out);
    /* What is wider than the terminal is cut by it, not wrapped. */
    fputs("\033[?7l", stdout);
    fwrite(text, 1, length, stdout);
    fputs("\033[?7h", stdout);
    fflush(stdout);
    free(text);
}

static void put_time(FILE *out)
{
    struct timespec now;
    struct tm utc;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(out, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* The members of a plain line, in its order. */
static const char *const members[] = {"connections", "users",        "rooms",
                                      "memberships", "queued_bytes", "memory_bytes"};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static void put_header(void)
{
    fputs("TIME\tIN/S\tOUT/S\tCONNECTIONS\tUSERS\tROOMS\tMEMBERSHIPS\tQUEUED\tMEMORY\n", stdout);
}

static void put_line(const struct chat_look *look)
{
    put_time(stdout);
    printf("\t%.1f\t%.1f", look->in_rate, look->out_rate);
    for (size_t i = 0; i < MEMBERS; i++)
        printf("\t%" PRIu64, chat_look_number(look->status, members[i]));
    putchar('\n');
}

static void put_json(const struct chat_look *look)
{
    fputs("{\"time\":\"", stdout);
    put_time(stdout);
    printf("\",\"messages_in_per_second\":%.1f,\"messages_out_per_second\":%.1f,\"status\":",
           look->in_rate, look->out_rate);
    fwrite(look->status_text + look->status->begin, 1, look->status->end - look->status->begin,
           stdout);
    fputs(",\"rooms\":[", stdout);
    for (size_t i = 0; i < look->room_count; i++) {
        const struct chat_node *row = look->rooms[i].row;
        printf("%s", i > 0 ? "," : "");
        fwrite(look->rooms_text + row->begin, 1, row->end - row->begin - 1, stdout);
        printf(",\"messages_per_second\":%.1f}", look->rooms[i].rate);
    }
    fputs("]}\n", stdout);
}

static int show(struct top *top)
{
    if (top->output == CHAT_OUTPUT_TABLE)
        draw(top);
    else if (top->output == CHAT_OUTPUT_JSON)
        put_json(&top->now);
    else
        put_line(&top->now);
    return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* False: it is over. */
static bool press(struct top *top, char key)
{
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
        if (sorts[i].key == key)
            top->sort = (enum sort)i;
    return key != 'q' && key != 'Q';
}

/* Until the next look is due; false: it is over. */
static bool wait_for_next(struct top *top)
{
    int64_t due = chat_link_deadline(top->interval_ms);

    for (int64_t left; (left = due - chat_link_deadline(0)) > 0;) {
        char key = '\0';
        switch (chat_screen_wait(left, &key)) {
        case CHAT_SCREEN_END:
            return false;
        case CHAT_SCREEN_KEY:
            if (!press(top, key))
                return false;
            draw(top);
            break;
        case CHAT_SCREEN_RESIZED:
            draw(top);
            break;
        case CHAT_SCREEN_TIME:
            break;
        }
    }
    return true;
}

static int loop(struct top *top)
{
    int failed = 0;

    do {
        chat_look_finish(&top->before);
        top->before = top->now;
        failed = chat_look_take(&top->now, &top->before, top->link, top->invocation->timeout_ms,
                                top->why);
        if (failed == 0)
            failed = show(top);
    } while (failed == 0 && wait_for_next(top));
    if (failed == EX_IOERR)
        snprintf(top->why, CHAT_LINK_WHY_MAX, "cannot print: %s", strerror(errno));
    return failed;
}

static void read_arguments(struct top *top)
{
    const char *interval = chat_invocation_value(top->invocation, "interval");
    const char *sort = chat_invocation_value(top->invocation, "sort");

    if (interval != NULL)
        chat_invocation_read_time(interval, CHAT_ADMIN_TIME_MAX_MS, &top->interval_ms);
    for (size_t i = 0; sort != NULL && i < sizeof(sorts) / sizeof(sorts[0]); i++)
        if (strcmp(sorts[i].name, sort) == 0)
            top->sort = (enum sort)i;
}

int chat_top_run(const struct chat_invocation *invocation, enum chat_output output,
                 char ret_why[CHAT_LINK_WHY_MAX])
{
    struct top *top = chat_must(calloc(1, sizeof(*top)));
    int64_t deadline = chat_link_deadline(invocation->timeout_ms);

    *top = (struct top){
        .invocation = invocation, .output = output, .interval_ms = INTERVAL_MS, .why = ret_why};
    read_arguments(top);
    int failed = chat_link_open(invocation->socket, deadline, &top->link, ret_why);
    if (failed == 0) {
        if (output == CHAT_OUTPUT_TABLE && !chat_screen_open())
            top->output = CHAT_OUTPUT_TSV;
        if (top->output == CHAT_OUTPUT_TSV && !invocation->no_header)
            put_header();
        failed = loop(top);
        chat_screen_close();
        close(top->link);
    }
    chat_look_finish(&top->now);
    chat_look_finish(&top->before);
    free(top);
    return failed;
}
