/* Owns the two answers of a look, and the arithmetic between two looks. */
#include "look.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns 0 and the answer's data, or an exit code. */
static int ask(int link, const char *line, int64_t timeout_ms, char **ret_text,
               struct chat_tree **ret_tree, const struct chat_node **ret_data, char *why)
{
    size_t length = 0;
    int failed = chat_link_ask(link, line, strlen(line), chat_link_deadline(timeout_ms), ret_text,
                               &length, why);

    if (failed != 0)
        return failed;
    *ret_tree = chat_tree_create(*ret_text, length);
    *ret_data = *ret_tree == NULL ? NULL : chat_node_member(chat_tree_top(*ret_tree), "data");
    if (*ret_data != NULL)
        return 0;
    snprintf(why, CHAT_LINK_WHY_MAX, "the answer is none of chatd's");
    return EX_SOFTWARE;
}

uint64_t chat_look_number(const struct chat_node *object, const char *name)
{
    const struct chat_node *value = chat_node_member(object, name);

    return value == NULL || value->kind != CHAT_NODE_NUMBER ? 0 : strtoull(value->text, NULL, 10);
}

static double rate(uint64_t now, uint64_t then, int64_t ms)
{
    return now < then || ms <= 0 ? 0 : (double)(now - then) * 1000 / (double)ms;
}

static bool is_same_room(const struct chat_node *a, const struct chat_node *b)
{
    const struct chat_node *one = chat_node_member(a, "room"), *other = chat_node_member(b, "room");

    return one != NULL && other != NULL && one->length == other->length &&
           memcmp(one->text, other->text, one->length) == 0;
}

/* A room that began anew since counts from nothing. */
static double room_rate(const struct chat_look_room *room, const struct chat_look *before,
                        int64_t ms)
{
    for (size_t i = 0; i < before->room_count; i++)
        if (is_same_room(room->row, before->rooms[i].row))
            return rate(room->messages, before->rooms[i].messages, ms);
    return 0;
}

static void take_rooms(struct chat_look *look, const struct chat_look *before,
                       const struct chat_node *data)
{
    const struct chat_node *list = chat_node_member(data, "rooms");
    int64_t ms = look->at_ms - before->at_ms;

    for (const struct chat_node *row = list == NULL ? NULL : list->first;
         row != NULL && look->room_count < CHAT_LOOK_ROOMS; row = row->next) {
        struct chat_look_room *room = &look->rooms[look->room_count++];
        *room = (struct chat_look_room){.row = row,
                                        .members = chat_look_number(row, "members"),
                                        .messages = chat_look_number(row, "messages"),
                                        .age_ms = chat_look_number(row, "age_ms")};
        room->rate = room_rate(room, before, ms);
    }
}

int chat_look_take(struct chat_look *look, const struct chat_look *before, int link,
                   int64_t timeout_ms, char ret_why[CHAT_LINK_WHY_MAX])
{
    const struct chat_node *rooms = NULL;
    char line[128];

    *look = (struct chat_look){.at_ms = now_ms()};
    int failed = ask(link, "{\"command\":\"status\"}\n", timeout_ms, &look->status_text,
                     &look->status_tree, &look->status, ret_why);
    snprintf(line, sizeof(line),
             "{\"command\":\"rooms\",\"args\":{\"sort\":\"messages\",\"limit\":%d}}\n",
             CHAT_LOOK_ROOMS);
    if (failed == 0)
        failed = ask(link, line, timeout_ms, &look->rooms_text, &look->rooms_tree, &rooms, ret_why);
    if (failed != 0) {
        chat_look_finish(look);
        return failed;
    }
    take_rooms(look, before, rooms);
    if (before->status != NULL) {
        int64_t ms = look->at_ms - before->at_ms;
        look->in_rate = rate(chat_look_number(look->status, "messages_in"),
                             chat_look_number(before->status, "messages_in"), ms);
        look->out_rate = rate(chat_look_number(look->status, "messages_out"),
                              chat_look_number(before->status, "messages_out"), ms);
    }
    return 0;
}

void chat_look_finish(struct chat_look *look)
{
    chat_tree_destroy(look->status_tree);
    chat_tree_destroy(look->rooms_tree);
    free(look->status_text);
    free(look->rooms_text);
    *look = (struct chat_look){.at_ms = 0};
}
