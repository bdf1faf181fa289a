"""`typing` (PROTOCOL §3): told to the others as it happens, to nobody later."""

import pytest
from client import fresh, gather, request
from server import UNLIMITED

CONFIG = UNLIMITED


def test_the_others_are_told_who_is_typing(chatd):
    room = fresh()
    ann, ben, cat = gather(chatd, room, 3)
    outside = chatd.client()
    outside.create(fresh())
    ben.ask("typing", {"room_id": room})
    for other in (ann, cat):
        got = other.expect("user_typing", room_id=room, user_id=ben.user, user_name=ben.user)
        assert "id" not in got
    for client in (ann, ben, cat, outside):
        client.fence()


def test_typing_has_no_reply_even_with_an_id(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    ann.ask("typing", {"room_id": room}, id=1)
    ann.fence()
    assert "id" not in ben.expect("user_typing", user_id=ann.user)


@pytest.mark.parametrize("payload", [None, {}, {"room_id": None}], ids=ascii)
def test_typing_needs_a_room(chatd, payload):
    client = chatd.client()
    client.ask("typing", payload, id="i")
    client.expect_error("invalid_payload", "missing_field", id="i", without=["room_id"])


def test_typing_is_refused_to_whoever_is_not_in_the_room(chatd):
    room = fresh()
    (ann,) = gather(chatd, room, 1)
    stranger = chatd.client()
    for asked in (room, fresh("nowhere")):
        stranger.ask("typing", {"room_id": asked}, id=7)
        stranger.expect_error("message_error", "not_in_room", id=7, room_id=asked)
    ann.leave(room)
    ann.ask("typing", {"room_id": room})
    ann.expect_error("message_error", "not_in_room", room_id=room, without=["id"])


def test_typing_neither_counts_nor_stays(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    ann.ask("typing", {"room_id": room})
    ben.expect("user_typing")
    ann.say(room, "one")
    ann.expect_said(room, "one", seq=1)
    ben.expect_said(room, "one", seq=1)
    ben.ask("history", {"room_id": room})
    assert [event["type"] for event in ben.expect("history")["messages"]] == ["new_message"]


def test_typing_between_messages_leaves_their_order_alone(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    for number in range(100):
        ann.ask("typing", {"room_id": room})
        ann.say(room, str(number))
    said = []
    while len(said) < 100:
        got = ben.read()
        if got["type"] == "new_message":
            said.append(got["seq"])
        else:
            assert got["type"] == "user_typing" and got["user_id"] == ann.user
    assert said == list(range(1, 101))
    for number in range(100):
        ann.expect_said(room, str(number))


def test_many_who_type_hear_each_other_and_not_themselves(chatd):
    room = fresh()
    members = gather(chatd, room, 8)
    for member in members:
        member.ask("typing", {"room_id": room})
    for member in members:
        others = {other.user for other in members} - {member.user}
        assert {member.expect("user_typing")["user_id"] for _ in others} == others
        member.fence()


def test_a_burst_of_typing_is_told_once_a_turn(server):
    """All of it comes in one read, so that few turns see it."""
    chatd = server(workers=1, config=UNLIMITED)
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    burst = 60
    ann.send_texts([request("typing", {"room_id": room})] * burst)
    ann.fence()
    told = 0
    ben.ask("ping", id="end")
    while (got := ben.read())["type"] != "pong":
        assert got["type"] == "user_typing"
        told += 1
    assert 1 <= told < burst
