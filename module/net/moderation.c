/* One change at a time from its letter to its answer; they do not know each other. */
#include "net/moderation.h"

#include "net/control.h"
#include "net/letter.h"
#include "net/shared.h"
#include "state/state.h"

#include <stdlib.h>

struct chat_moderation {
    struct chatd *chatd;
    size_t changes; /* under way */
    bool all_here;  /* it closes, and no letter is on its way any more */
    void (*closed)(void *context);
    void *context;
};

struct change {
    struct chat_moderation *moderation;
    uint64_t conn;
    unsigned home;
    int64_t expires_ms;
    size_t packed_length, strings_length; /* of the call, in bytes */
    char bytes[];
};

static void end_if_over(struct chat_moderation *moderation)
{
    void (*closed)(void *context) = moderation->closed;
    void *context = moderation->context;

    if (!moderation->all_here || moderation->changes > 0)
        return;
    moderation->chatd->moderation = NULL;
    free(moderation);
    closed(context);
}

/* Takes the change. */
static void answer(struct change *change, enum chat_error error)
{
    struct chat_moderation *moderation = change->moderation;
    struct chat_letter letter = {
        .kind = CHAT_LETTER_SANCTIONED,
        .conn = change->conn,
        .number = error,
        .room = (uint64_t)change->expires_ms,
        .parts = {{change->bytes, change->packed_length},
                  {change->bytes + change->packed_length, change->strings_length}}};
    chat_control_send(moderation->chatd->control, change->home, &letter);
    free(change);
    moderation->changes--;
    end_if_over(moderation);
}

static void on_held(void *context)
{
    answer(context, CHAT_OK);
}

static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct change *change = context;
    char packed[CHAT_SANCTION_BYTES];

    if (why != NULL) {
        answer(change, CHAT_E_SERVER_ENGINE_UNAVAILABLE);
        return;
    }
    struct chat_query query = {.kind = record->kind == CHAT_RECORD_SANCTION ? CHAT_QUERY_MUTE
                                                                            : CHAT_QUERY_LIFT,
                               .user = record->sanction.user,
                               .room = record->sanction.room,
                               .text = chat_sanction_pack(&record->sanction, packed)};
    change->expires_ms = record->kind == CHAT_RECORD_SANCTION ? record->sanction.expires_ms : 0;
    chat_control_ask(change->moderation->chatd->control, &query, NULL, on_held, change);
}

static struct change *change_of(struct chat_moderation *moderation,
                                const struct chat_letter *letter)
{
    const struct chat_slice *parts = letter->parts;
    struct change *change = malloc(sizeof(*change) + parts[0].length + parts[1].length);
    if (change == NULL)
        abort();
    *change = (struct change){.moderation = moderation,
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
    struct chat_moderation *moderation = context;
    struct chat_state *state = moderation->chatd->state;
    struct change *change = change_of(moderation, letter);
    bool lifts = letter->number != 0;
    struct chat_record record = {.kind = lifts ? CHAT_RECORD_SANCTION_LIFTED : CHAT_RECORD_SANCTION,
                                 .sanction = chat_sanction_unpack(letter->parts[2])};

    moderation->changes++;
    if (lifts && chat_sanctions_same(chat_state_sanctions(state), &record.sanction) == NULL)
        answer(change, CHAT_E_MODERATION_USER_NOT_MUTED);
    else
        chat_state_write(state, &record, on_written, change);
}

void chat_moderation_open(struct chatd *chatd)
{
    struct chat_moderation *moderation = calloc(1, sizeof(*moderation));

    if (moderation == NULL)
        abort();
    moderation->chatd = chatd;
    chatd->moderation = moderation;
    chat_control_take_changes(chatd->control, take, moderation);
    atomic_store(&chatd->moderates, true);
}

/* Every worker has answered, and what it sent before has come before. */
static void on_all_here(void *context)
{
    struct chat_moderation *moderation = context;

    moderation->all_here = true;
    end_if_over(moderation);
}

void chat_moderation_close(struct chatd *chatd, void (*closed)(void *context), void *context)
{
    const struct chat_query any = {.kind = CHAT_QUERY_STATUS};

    atomic_store(&chatd->moderates, false);
    chatd->moderation->closed = closed;
    chatd->moderation->context = context;
    chat_control_ask(chatd->control, &any, NULL, on_all_here, chatd->moderation);
}
