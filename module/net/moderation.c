/* One change at a time from its letter to its answer; they do not know each other. */
#include "net/moderation.h"

#include "net/control.h"
#include "net/letter.h"
#include "net/shared.h"
#include "state/state.h"

#include <stdlib.h>

struct change {
    struct chatd *chatd;
    uint64_t conn;
    unsigned home;
    int64_t expires_ms;
    size_t packed_length, strings_length; /* of the call, in bytes */
    char bytes[];
};

/* Takes the change. When the server ends nobody waits for an answer. */
static void answer(struct change *change, enum chat_error error)
{
    struct chat_letter letter = {
        .kind = CHAT_LETTER_SANCTIONED,
        .conn = change->conn,
        .number = error,
        .room = (uint64_t)change->expires_ms,
        .parts = {{change->bytes, change->packed_length},
                  {change->bytes + change->packed_length, change->strings_length}}};
    if (change->chatd->control != NULL)
        chat_control_send(change->chatd->control, change->home, &letter);
    free(change);
}

static void on_held(void *context)
{
    answer(context, CHAT_OK);
}

static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct change *change = context;
    char packed[CHAT_SANCTION_BYTES];

    if (why != NULL || !atomic_load(&change->chatd->moderates)) {
        answer(change, CHAT_E_SERVER_ENGINE_UNAVAILABLE);
        return;
    }
    struct chat_query query = {.kind = record->kind == CHAT_RECORD_SANCTION ? CHAT_QUERY_MUTE
                                                                            : CHAT_QUERY_LIFT,
                               .user = record->sanction.user,
                               .room = record->sanction.room,
                               .text = chat_sanction_pack(&record->sanction, packed)};
    change->expires_ms = record->kind == CHAT_RECORD_SANCTION ? record->sanction.expires_ms : 0;
    chat_control_ask(change->chatd->control, &query, NULL, on_held, change);
}

static struct change *change_of(struct chatd *chatd, const struct chat_letter *letter)
{
    const struct chat_slice *parts = letter->parts;
    struct change *change = malloc(sizeof(*change) + parts[0].length + parts[1].length);
    if (change == NULL)
        abort();
    *change = (struct change){.chatd = chatd,
                              .conn = letter->conn,
                              .home = (unsigned)letter->room,
                              .packed_length = parts[0].length,
                              .strings_length = parts[1].length};
    memcpy(change->bytes, parts[0].bytes, parts[0].length);
    if (parts[1].length > 0)
        memcpy(change->bytes + parts[0].length, parts[1].bytes, parts[1].length);
    return change;
}

static void take(void *context, const struct chat_letter *letter)
{
    struct chatd *chatd = context;
    struct change *change = change_of(chatd, letter);
    bool lifts = letter->number != 0;
    struct chat_record record = {.kind = lifts ? CHAT_RECORD_SANCTION_LIFTED : CHAT_RECORD_SANCTION,
                                 .sanction = chat_sanction_unpack(letter->parts[2])};

    if (lifts && chat_sanctions_same(chat_state_sanctions(chatd->state), &record.sanction) == NULL)
        answer(change, CHAT_E_MODERATION_USER_NOT_MUTED);
    else
        chat_state_write(chatd->state, &record, on_written, change);
}

void chat_moderation_open(struct chatd *chatd)
{
    chat_control_take_changes(chatd->control, take, chatd);
    atomic_store(&chatd->moderates, true);
}

void chat_moderation_close(struct chatd *chatd)
{
    atomic_store(&chatd->moderates, false);
}
