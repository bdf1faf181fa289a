/* core/port.h for a simulated worker: what the core says becomes letters, and what it numbers the
 * truth. */
#include "world.h"

#include "core/conn_id.h"
#include "core/page.h"

#include <stdlib.h>

struct letter *server_post(struct world *world, unsigned from, unsigned to, enum letter_kind kind)
{
    struct letter *letter = calloc(1, sizeof(*letter));
    if (letter == NULL)
        abort();
    letter->kind = kind;
    if (world->last[from][to] != NULL)
        world->last[from][to]->next = letter;
    else
        world->first[from][to] = letter;
    world->last[from][to] = letter;
    return letter;
}

static int number_of(struct chat_slice id)
{
    return id.length > 1 ? id.bytes[1] - '0' : -1;
}

static uint64_t digits_of(struct chat_slice text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.length; i++)
        n = n * 10 + (uint64_t)(text.bytes[i] - '0');
    return n;
}

static bool is_said(const struct chat_event *event)
{
    return event->type == CHAT_EVENT_new_message || event->type == CHAT_EVENT_notice;
}

/* The rooms of a page; none is in it twice. */
static unsigned rooms_of(const struct world *world, struct chat_slice rows)
{
    struct chat_page_row row;
    unsigned rooms = 0;
    while (chat_page_next(&rows, &row)) {
        unsigned bit = 1u << number_of(row.id);
        if (rooms & bit)
            broken(world, "a room twice in one page", bit, 0);
        rooms |= bit;
    }
    return rooms;
}

static struct word word_of(const struct chat_event *event, uint64_t key)
{
    struct word word = {.type = event->type,
                        .recovered = event->recovered,
                        .duplicate = event->duplicate,
                        .room = number_of(event->room_id),
                        .user = number_of(event->user_id),
                        .key = key,
                        .seq = (uint64_t)event->seq,
                        .oldest_seq = (uint64_t)event->oldest_seq,
                        .text = is_said(event) ? digits_of(event->message) : 0,
                        .number = digits_of(event->id)};
    if (event->epoch.length != 0)
        memcpy(word.epoch, event->epoch.bytes, sizeof(word.epoch));
    if (event->session.length != 0)
        memcpy(word.session, event->session.bytes, sizeof(word.session));
    return word;
}

static struct letter *to_conn(struct chat_port *port, uint64_t conn, enum letter_kind kind)
{
    struct worker *worker = (struct worker *)port;
    struct letter *letter =
        server_post(worker->world, worker->index, chat_conn_id_worker(conn), kind);
    letter->conn = conn;
    return letter;
}

static void reply(struct chat_port *port, uint64_t to, const struct chat_event *event)
{
    struct word word = word_of(event, 0);
    if (event->type == CHAT_EVENT_room_list)
        word.rooms = rooms_of(((struct worker *)port)->world, event->rows);
    to_conn(port, to, WORD)->word = word;
}

static void refuse(struct chat_port *port, uint64_t to, const struct chat_request *request,
                   const struct chat_fault *fault)
{
    (void)fault;
    struct chat_event event = {
        .type = CHAT_EVENT_error, .id = request->id, .room_id = request->room_id};
    ((struct worker *)port)->world->refused++;
    reply(port, to, &event);
}

static void seat(struct chat_port *port, uint64_t to, const struct chat_room *room,
                 const struct chat_event *event)
{
    struct letter *letter = to_conn(port, to, SEAT);
    letter->key = chat_room_facts(room).key;
    letter->word = word_of(event, letter->key);
    if (event->type == CHAT_EVENT_new_room) /* the author is there, without user_joined */
        truth_of(((struct worker *)port)->world, letter->word.epoch)->present =
            1u << letter->word.user;
}

static void unseat(struct chat_port *port, uint64_t to, const struct chat_room *room,
                   const struct chat_event *event)
{
    struct letter *letter = to_conn(port, to, UNSEAT);
    letter->key = chat_room_facts(room).key;
    letter->word = word_of(event, letter->key);
}

static void replace(struct chat_port *port, uint64_t to, const struct chat_room *room)
{
    to_conn(port, to, REPLACE)->key = chat_room_facts(room).key;
    ((struct worker *)port)->world->replaced++;
}

/* What is still held under its client_msg_id is not said again (PROTOCOL §5). */
static void forbid_repeat(struct world *world, const struct chat_room *room,
                          const struct truth *truth, const struct word *word)
{
    uint64_t oldest = chat_room_oldest((struct chat_room *)room, world->now.mono_ms);
    for (uint64_t seq = oldest > 1 ? oldest - 1 : 1; seq < word->seq; seq++)
        if (truth->texts[seq % 2048] == word->text)
            broken(world, "said twice while it was held", seq, word->text);
}

/* user_joined is the first device's, user_left the last one's. Nobody is told of the last member.
 */
static void note_presence(struct world *world, const struct chat_room *room, struct truth *truth,
                          const struct word *word)
{
    bool comes = word->type == CHAT_EVENT_user_joined;
    unsigned bit = 1u << word->user;
    if (comes && chat_room_facts(room).members == 1)
        truth->present = 0;
    if (((truth->present & bit) != 0) == comes)
        broken(world, "joined or left twice", (uint64_t)word->user, comes);
    truth->present ^= bit;
}

/* The room's life is told from here: what it numbers is the truth. */
static void note_truth(struct world *world, const struct chat_room *room, const struct word *word)
{
    char epoch[CHAT_TOKEN_LENGTH];
    chat_token(&world->secrets, 'e', chat_room_facts(room).key, epoch);
    struct truth *truth = truth_of(world, epoch);
    if (word->type == CHAT_EVENT_user_joined || word->type == CHAT_EVENT_user_left) {
        note_presence(world, room, truth, word);
        return;
    }
    forbid_repeat(world, room, truth, word);
    if (word->seq != truth->seq + 1)
        broken(world, "a room numbered with a gap", word->seq, truth->seq);
    truth->seq = word->seq;
    truth->texts[word->seq % 2048] = word->text;
}

static struct chat_slice broadcast(struct chat_port *port, const struct chat_room *room,
                                   uint64_t cause, const struct chat_event *event)
{
    static _Thread_local struct word word;
    struct worker *worker = (struct worker *)port;
    struct world *world = worker->world;

    (void)cause;
    word = word_of(event, chat_room_facts(room).key);
    note_truth(world, room, &word);
    for (unsigned to = 0; to < world->n_workers; to++)
        if (chat_room_conns_on(room, to) > 0)
            server_post(world, worker->index, to, EVENT)->word = word;
    return (struct chat_slice){(const char *)&word, sizeof(word)};
}

static void close_room(struct chat_port *port, const struct chat_room *room,
                       const struct chat_event *event)
{
    struct worker *worker = (struct worker *)port;
    struct word word = word_of(event, chat_room_facts(room).key);
    for (unsigned to = 0; to < worker->world->n_workers; to++)
        if (chat_room_conns_on(room, to) > 0)
            server_post(worker->world, worker->index, to, CLOSE)->word = word;
}

static void replay(struct chat_port *port, uint64_t to, const struct chat_run *frames)
{
    size_t length = chat_run_length(frames);
    char *bytes = malloc(length + 1);
    if (bytes == NULL)
        abort();
    for (unsigned i = 0, at = 0; i < 2; at += (unsigned)frames->parts[i++].length)
        if (frames->parts[i].length > 0)
            memcpy(bytes + at, frames->parts[i].bytes, frames->parts[i].length);
    for (size_t at = 0; at < length; at += sizeof(struct word))
        memcpy(&to_conn(port, to, WORD)->word, bytes + at, sizeof(struct word));
    free(bytes);
}

static void whisper(struct chat_port *port, const struct chat_room *room, uint64_t from,
                    const struct chat_event *event)
{
    struct worker *worker = (struct worker *)port;
    struct word word = word_of(event, chat_room_facts(room).key);
    for (unsigned to = 0; to < worker->world->n_workers; to++) {
        if (chat_room_conns_on(room, to) == 0)
            continue;
        struct letter *letter = server_post(worker->world, worker->index, to, WHISPER);
        letter->word = word;
        letter->key = from; /* who does not hear it */
    }
}

static void pass(struct chat_port *port, unsigned home, const struct chat_call *call)
{
    struct worker *worker = (struct worker *)port;
    struct letter *letter = server_post(worker->world, worker->index, home, REQUEST);
    letter->conn = call->from;
    letter->ask = (struct ask){.type = call->request->type, .number = digits_of(call->request->id)};
    letter->listing = call->listing;
    if (call->listing.rows.length > sizeof(letter->rows))
        abort();
    if (call->listing.rows.length > 0)
        memcpy(letter->rows, call->listing.rows.bytes, call->listing.rows.length);
    letter->listing.rows.bytes = letter->rows;
}

/* What changes a room is its moderator's doing. */
static void audit(struct chat_port *port, const struct chat_call *call)
{
    if ((call->rights & CHAT_MAY_MODERATE) == 0)
        broken(((struct worker *)port)->world, "a change by somebody who may not",
               (uint64_t)number_of(call->user), (uint64_t)call->request->type);
}

static uint32_t rooms(struct chat_port *port)
{
    return ((struct worker *)port)->world->rooms;
}

static void complete(struct chat_port *port, uint64_t to)
{
    to_conn(port, to, COMPLETE);
}

static bool take_room(struct chat_port *port)
{
    struct world *world = ((struct worker *)port)->world;
    if (world->rooms >= world->rooms_max)
        return false;
    world->rooms++;
    return true;
}

static void give_room(struct chat_port *port)
{
    ((struct worker *)port)->world->rooms--;
}

const struct chat_port server_port = {.reply = reply,
                                      .refuse = refuse,
                                      .seat = seat,
                                      .unseat = unseat,
                                      .replace = replace,
                                      .broadcast = broadcast,
                                      .close = close_room,
                                      .replay = replay,
                                      .whisper = whisper,
                                      .pass = pass,
                                      .audit = audit,
                                      .rooms = rooms,
                                      .complete = complete,
                                      .take_room = take_room,
                                      .give_room = give_room};
