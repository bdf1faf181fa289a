/* A directory of the test's own, and records to keep in it. */
#ifndef TESTS_UNIT_STATE_KEPT_H
#define TESTS_UNIT_STATE_KEPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/store.h"

static char directory[64], file[96];

static inline int make_directory(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/chatd-test-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(file, sizeof(file), "%s/chatd.db", directory);
    return 0;
}

static inline int remove_directory(void **unused)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char path[128];

    (void)unused;
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", file, ends[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static inline struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

static inline struct chat_record ban(const char *user, const char *room)
{
    return (struct chat_record){.kind = CHAT_RECORD_SANCTION,
                                .sanction = {.kind = CHAT_SANCTION_BAN,
                                             .user = slice(user),
                                             .room = slice(room),
                                             .reason = slice("spam"),
                                             .by = slice("root"),
                                             .created_ms = 1000,
                                             .expires_ms = 2000}};
}

static inline struct chat_record ban_of_net(void)
{
    return (struct chat_record){
        .kind = CHAT_RECORD_SANCTION,
        .sanction = {.addresses = {.ip = {[10] = 0xff, 0xff, 10}, .bits = 104}}};
}

static inline struct chat_record room(const char *id)
{
    return (struct chat_record){
        .kind = CHAT_RECORD_ROOM,
        .room = {.id = slice(id), .name = slice("A room"), .max_members = 7, .created_ms = 5}};
}

static inline struct chat_record entry(const char *change)
{
    return (struct chat_record){.kind = CHAT_RECORD_AUDIT,
                                .audit = {.time_ms = 9,
                                          .by = slice("root"),
                                          .uid = 1000,
                                          .pid = 42,
                                          .change = slice(change),
                                          .subject = slice("user=bob"),
                                          .result = slice("ok")}};
}

#endif
