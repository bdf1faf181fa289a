/* Audiences under random work: members come, go, cause events and are answered, turn after turn.
 * Each must hear exactly what its rooms said while it sat there, in the room's order; and of what
 * it caused itself, answers included, all in the order of its causing (PROTOCOL §3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/random.h"
#include "net/audience_fixture.h"

enum { MEMBERS = 12, ROOMS = 5, STEPS = 4000, LINE = 64 * 1024, WORD = 48 };

/* Some members are sent what they hear compressed, as words of this length are. */
static const char *const compressing[] = {"websocket.compression=on",
                                          "websocket.compression_min=1B", NULL};

/* What is expected of a member and was not yet read, as words "ROOM.NUMBER" (answers: room 9). */
struct member {
    struct peer *peer;
    bool sits[ROOMS];
    char rooms[ROOMS][LINE]; /* in the order of each room */
    char own[LINE];          /* in the order of its causing */
};

struct work {
    struct fixture fixture;
    struct random random;
    struct member members[MEMBERS];
    unsigned number;
};

static void expect(char *line, const char *word)
{
    size_t at = strlen(line);
    assert_true(at + strlen(word) + 2 < LINE);
    snprintf(line + at, LINE - at, "%s ", word);
}

/* The word is the next of the line; false if it is not. */
static bool is_next(char *line, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || line[length] != ' ')
        return false;
    memmove(line, line + length + 1, strlen(line + length + 1) + 1);
    return true;
}

static void come_or_go(struct member *member, unsigned room)
{
    if (member->sits[room])
        unseat(member->peer, room + 1);
    else
        seat(member->peer, room + 1);
    member->sits[room] = !member->sits[room];
}

/* Caused by this member, whether it sits there or not; or by nobody. */
static void speak(struct work *work, struct member *cause, unsigned room)
{
    char word[WORD];

    snprintf(word, sizeof(word), "%u.%030u", room, work->number++);
    say(&work->fixture, room + 1, cause == NULL ? NULL : cause->peer, word);
    for (unsigned i = 0; i < MEMBERS; i++)
        if (work->members[i].sits[room])
            expect(work->members[i].rooms[room], word);
    if (cause != NULL && cause->sits[room])
        expect(cause->own, word);
}

static void be_answered(struct work *work, struct member *member)
{
    char word[WORD];
    snprintf(word, sizeof(word), "9.%030u", work->number++);
    answer(member->peer, word);
    expect(member->own, word);
}

static void hear(struct member *member)
{
    char words[LINE], *rest = words;

    snprintf(words, sizeof(words), "%s", peer_words(member->peer));
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        unsigned room = (unsigned)(word[0] - '0');
        bool is_own = is_next(member->own, word);
        if (room == 9 ? !is_own : !is_next(member->rooms[room], word))
            fail_msg("%s came, not %.20s or %.20s", word, room == 9 ? "" : member->rooms[room],
                     member->own);
    }
}

static void turn(struct work *work)
{
    fixture_turn(&work->fixture);
    for (unsigned i = 0; i < MEMBERS; i++)
        hear(&work->members[i]);
}

static void step(struct work *work)
{
    struct member *member = &work->members[random_below(&work->random, MEMBERS)];
    unsigned room = random_below(&work->random, ROOMS);
    uint32_t choice = random_below(&work->random, 100);

    if (choice < 15)
        come_or_go(member, room);
    else if (choice < 55)
        speak(work, member, room);
    else if (choice < 65)
        speak(work, NULL, room);
    else if (choice < 85)
        be_answered(work, member);
    else
        turn(work);
}

static void assert_all_was_heard(struct work *work)
{
    fixture_settle(&work->fixture);
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct member *member = &work->members[i];
        hear(member);
        assert_string_equal(member->own, "");
        for (unsigned room = 0; room < ROOMS; room++)
            assert_string_equal(member->rooms[room], "");
    }
}

static void run(unsigned deflating_of_4)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct work *work = calloc(1, sizeof(*work));
        assert_non_null(work);
        work->random.state = seed;
        fixture_open(&work->fixture, 1, &seated_app, compressing);
        for (unsigned i = 0; i < MEMBERS; i++)
            work->members[i].peer =
                peer_open_with(&work->fixture, 0, CHAT_SLICE(""), i % 4 < deflating_of_4);
        for (unsigned i = 0; i < STEPS; i++)
            step(work);
        assert_all_was_heard(work);
        fixture_close(&work->fixture);
        free(work);
    }
}

static void members_hear_their_rooms_and_their_own_in_order(void **unused)
{
    (void)unused;
    run(0);
}

static void so_they_do_where_some_are_sent_it_compressed(void **unused)
{
    (void)unused;
    for (unsigned deflating_of_4 = 1; deflating_of_4 <= 4; deflating_of_4++)
        run(deflating_of_4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_hear_their_rooms_and_their_own_in_order),
        cmocka_unit_test(so_they_do_where_some_are_sent_it_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
