"""PROTOCOL §4, §5: what a room holds, what `history` tells of it, and the bounds of both."""

import json

import pytest

from client import fresh
from server import UNLIMITED
from wire import ms

CONFIG = UNLIMITED


def say_many(client, room, texts):
    """Said and heard; their seqs."""
    seqs = []
    for text in texts:
        client.say(room, text)
        seqs.append(client.expect_said(room, text)["seq"])
    return seqs


def history(client, room, **asked):
    client.ask("history", {"room_id": room, **asked}, id="h")
    return client.expect("history", room_id=room, id="h")


def texts_of(reply):
    return [event["message"]["message"] for event in reply["messages"]]


def oldest_and_newest(chat, member, room):
    """As a newcomer is told."""
    newcomer = chat.client()
    success = newcomer.join(room)
    newcomer.leave(room)
    member.expect("user_joined")
    member.expect("user_left")
    return success["oldest_seq"], success["seq"]


def test_history_has_what_was_said_as_it_was_heard(chatd):
    room = fresh()
    client = chatd.client()
    epoch = client.create(room)["epoch"]
    client.say(room, 'é "\\ \x01', id=1)
    client.expect("message_ack")
    first = client.expect("new_message")
    client.ask("message", {"room_id": room, "message": "x" * 10240, "client_msg_id": "c\n1"})
    second = client.expect("new_message", client_msg_id="c\n1")
    reply = history(client, room)
    assert reply["messages"] == [first, second]
    assert (reply["epoch"], reply["more"]) == (epoch, False)
    client.fence()


def test_a_room_without_a_message_has_an_empty_history(chatd):
    client = chatd.client()
    room = fresh()
    client.create(room)
    reply = history(client, room)
    assert (reply["messages"], reply["more"]) == ([], False)


def test_a_client_can_page_backwards_through_all_that_is_held(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    say_many(client, room, map(str, range(1, 131)))
    found, before = [], {}
    while True:
        reply = history(client, room, limit=7, **before)
        found = reply["messages"] + found
        if not reply["more"]:
            break
        assert len(reply["messages"]) == 7
        before = {"before": reply["messages"][0]["seq"]}
    assert [event["seq"] for event in found] == [*range(31, 131)]
    assert [event["message"]["message"] for event in found] == [*map(str, range(31, 131))]


def test_a_page_has_fifty_messages_and_at_most_a_hundred(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    say_many(client, room, map(str, range(101)))
    assert texts_of(history(client, room)) == [*map(str, range(51, 101))]
    reply = history(client, room, limit=100)
    assert (texts_of(reply), reply["more"]) == ([*map(str, range(1, 101))], False)
    client.ask("history", {"room_id": room, "limit": 101})
    client.expect_error("invalid_payload", "out_of_range", room_id=room)


def test_only_members_may_ask(chatd):
    room = fresh()
    owner, stranger = chatd.client(), chatd.client()
    owner.create(room)
    stranger.ask("history", {"room_id": room}, id=1)
    stranger.expect_error("message_error", "not_in_room", id=1, room_id=room)
    stranger.join(room)
    stranger.leave(room)
    stranger.ask("history", {"room_id": room}, id=2)
    stranger.expect_error("message_error", "not_in_room", id=2, room_id=room)


@pytest.mark.parametrize(
    "payload, reason",
    [
        ({}, "missing_field"),
        ({"room_id": "r", "before": 0}, "out_of_range"),
        ({"room_id": "r", "before": 2**53 + 1}, "out_of_range"),
        ({"room_id": "r", "before": "1"}, "wrong_type"),
        ({"room_id": "r", "limit": 0}, "out_of_range"),
        ({"room_id": "r", "limit": 1.5}, "wrong_type"),
    ],
)
def test_bad_numbers_are_refused(chatd, payload, reason):
    client = chatd.client()
    client.ask("history", payload, id=1)
    client.expect_error("invalid_payload", reason, id=1)


def test_a_reply_ends_before_256_kib(server, workers):
    chat = server(workers, {"history.max_bytes": "512KiB", "limits.outbound_queue": "1MiB"})
    room = fresh()
    client = chat.client()
    client.create(room)
    say_many(client, room, ["x" * 10240] * 40)
    client.ask("history", {"room_id": room, "limit": 100})
    payload = client.read_frame().payload
    reply = json.loads(payload)
    assert 256 * 1024 - 11000 < len(payload) < 256 * 1024
    assert (reply["messages"][-1]["seq"], reply["more"]) == (40, True)


def test_a_reply_ends_before_a_quarter_of_the_queue_but_has_one_message(server, workers):
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    room = fresh()
    client = chat.client()
    client.create(room)
    say_many(client, room, ["x" * 3000] * 8)
    client.ask("history", {"room_id": room})
    payload = client.read_frame().payload
    assert 16 * 1024 - 4000 < len(payload) < 16 * 1024
    client.say(room, "\x01" * 4000)  # 24,000 bytes as it is spelled
    client.expect("new_message")
    reply = history(client, room)
    assert [event["seq"] for event in reply["messages"]] == [9]
    assert reply["more"] is True


@pytest.mark.parametrize("asked, held", [(0, 0), (3, 3), (100, 5)])
def test_an_author_chooses_how_much_is_held(chatd, asked, held):
    room = fresh()
    client = chatd.client()
    client.create(room, history=asked)
    say_many(client, room, map(str, range(5)))
    assert texts_of(history(client, room)) == [*map(str, range(5))][5 - held :]
    assert oldest_and_newest(chatd, client, room) == (6 - held, 5)


@pytest.mark.parametrize(
    "asked, reason", [(101, "out_of_range"), (-1, "out_of_range"), ("much", "wrong_type")]
)
def test_an_author_cannot_choose_more_than_is_configured(chatd, asked, reason):
    client = chatd.client()
    payload = {"room_id": fresh(), "room_name": "r", "user_id": "u", "history": asked}
    client.ask("create_room", payload)
    client.expect_error("invalid_payload", reason)


@pytest.mark.parametrize("size", [0, 1, 250])
def test_size_is_how_many_are_held(server, workers, size):
    chat = server(workers, {"history.size": size})
    room = fresh()
    client = chat.client()
    client.create(room)
    said = size + 3
    say_many(client, room, map(str, range(said)))
    assert oldest_and_newest(chat, client, room) == (said - size + 1, said)
    assert len(history(client, room, limit=100)["messages"]) == min(size, 100)


def test_max_bytes_is_how_much_is_held(server, workers):
    chat = server(workers, {"history.max_bytes": "8KiB"})
    room = fresh()
    client = chat.client()
    client.create(room)
    lengths = []
    for _ in range(20):
        client.say(room, "x" * 1000)
        lengths.insert(0, len(client.read_frame().payload) + 4)  # the frame's header counts
    held = max(count for count in range(20) if sum(lengths[:count]) <= 8 * 1024)
    assert oldest_and_newest(chat, client, room) == (21 - held, 20)
    say_many(client, room, ["x" * 10240])  # more than all that may be held
    assert oldest_and_newest(chat, client, room) == (22, 21)


def test_what_is_older_than_ttl_is_no_longer_held(server, workers):
    chat = server(workers, {"history.ttl": ms(300)})
    room = fresh()
    client = chat.client()
    client.create(room)
    client.ask("message", {"room_id": room, "message": "1", "client_msg_id": "c"})
    client.expect_said(room, "1")
    while history(client, room)["messages"]:
        pass
    assert oldest_and_newest(chat, client, room) == (2, 1)
    client.ask("message", {"room_id": room, "message": "2", "client_msg_id": "c"})
    client.expect_said(room, "2", seq=2)


def test_rooms_give_up_their_history_when_all_hold_too_much(server, workers):
    total = 64 * 1024 * workers
    chat = server(workers, {"history.total": f"{total}B"})
    client = chat.client()
    rooms = [fresh() for _ in range(24)]
    for room in rooms:
        client.create(room)
        say_many(client, room, ["x" * 1000] * 8)
    status = json.loads(chat.ctl("-o", "json", "status").stdout)
    assert 0 < status["history_bytes"] <= total
    shown = [json.loads(chat.ctl("-o", "json", "room", room).stdout) for room in rooms]
    assert sum(room["history_bytes"] for room in shown) == status["history_bytes"]
    held = [len(history(client, room)["messages"]) for room in rooms]
    assert set(held) == {0, 8} and held[-1] == 8
    assert workers > 1 or held == sorted(held), "the idlest go first"


def test_history_ends_with_its_room(server, workers):
    chat = server(workers)
    room = fresh()
    client = chat.client()
    client.create(room)
    say_many(client, room, ["x"] * 5)
    client.leave(room)
    assert json.loads(chat.ctl("-o", "json", "status").stdout)["history_bytes"] == 0
    client.create(room)
    assert history(client, room)["messages"] == []


def test_history_keeps_its_place_among_a_senders_requests(chatd):
    """It runs alone, and what it causes stands between what the others cause (PROTOCOL §3)."""
    room, other = fresh(), fresh()
    client = chatd.client()
    client.create(room)
    client.create(other)
    for number in range(20):
        client.say(room, f"a{number}")
        client.ask("history", {"room_id": room, "limit": 3}, id=number)
        client.say(other, f"b{number}")
        client.ask("ping", id=number)
    for number in range(20):
        client.expect_said(room, f"a{number}")
        reply = client.expect("history", id=number)
        assert texts_of(reply)[-1] == f"a{number}"
        client.expect_said(other, f"b{number}")
        client.expect("pong", id=number)


def test_many_histories_at_once_close_nobody(server, workers):
    """Their replies are far more than a queue may hold: each waits for the one before."""
    chat = server(workers, {"limits.outbound_queue": "256KiB"})
    room = fresh()
    client = chat.client(rcvbuf=4096)
    client.create(room)
    say_many(client, room, ["x" * 5000] * 20)
    for number in range(60):
        client.ask("history", {"room_id": room}, id=number)
    for number in range(60):
        reply = client.expect("history", id=number)
        assert reply["messages"][-1]["seq"] == 20
    client.fence()
