"""PROTOCOL §3, order: a sender's requests are answered in turn whatever the rooms, and all members
of a room see its events in one and the same order, on however many workers they are.
"""

import random

import pytest

from client import fresh, gather, holds, request
from model import Life
from server import UNLIMITED
from wire import DEADLINE, pump, text_frame

CONFIG = UNLIMITED
ROOM_EVENTS = ("user_joined", "user_left", "new_message")


def texts_of(messages, room):
    return [got["message"]["message"] for got in messages if got.get("room_id") == room]


def test_a_reply_comes_before_the_broadcast_of_its_request(chatd):
    client = chatd.client()
    rooms = [fresh() for _ in range(8)]
    for room in rooms:
        client.create(room)
    client.send_texts(
        request("message", {"room_id": room, "message": "x"}, id=room) for room in rooms
    )
    for room in rooms:
        client.expect("message_ack", room_id=room, id=room)
        client.expect_said(room, "x")


def test_a_ping_after_a_message_is_answered_after_its_broadcast(chatd):
    client = chatd.client()
    rooms = [fresh() for _ in range(8)]
    for room in rooms:
        client.create(room)
    texts = []
    for room in rooms:
        texts += [request("message", {"room_id": room, "message": "x"}), request("ping", id=room)]
    client.send_texts(texts)
    for room in rooms:
        client.expect_said(room, "x")
        client.expect("pong", id=room)


def test_errors_wait_for_their_turn(chatd):
    client = chatd.client()
    rooms = [fresh() for _ in range(8)]
    for room in rooms:
        client.create(room)
    texts = []
    for room in rooms:
        texts += [request("message", {"room_id": room, "message": "x"}), "{", '{"type":"nothing"}']
    client.send_texts(texts)
    for room in rooms:
        client.expect_said(room, "x")
        client.expect_error("malformed_json", "not_json")
        client.expect_error("invalid_message_type", "unknown_type")


def test_a_life_in_one_segment_is_answered_in_turn(chatd):
    client = chatd.client()
    rooms = [fresh() for _ in range(6)]
    user = fresh("user")
    texts = []
    for room in rooms:
        texts += [
            request("create_room", {"room_id": room, "room_name": "r", "user_id": user}, id=1),
            request("message", {"room_id": room, "message": "x"}, id=2),
            request("leave", {"room_id": room}, id=3),
            request("message", {"room_id": room, "message": "y"}, id=4),
            request("join", {"room_id": room}, id=5),
        ]
    client.send_texts(texts)
    for room in rooms:
        client.expect("new_room", room_id=room, id=1)
        client.expect("message_ack", room_id=room, seq=1, id=2)
        client.expect_said(room, "x", seq=1)
        client.expect("leave_success", room_id=room, id=3)
        client.expect_error("message_error", "not_in_room", room_id=room, id=4)
        client.expect_error("join_room_error", "room_not_found", room_id=room, id=5)


def begin_life(chatd, chosen, own, hosted):
    """A connection, the model of it, and the witness who hosts some of its rooms."""
    witness = chatd.client()
    rooms = [fresh("hosted") for _ in range(hosted)]
    for room in rooms:
        witness.create(room)
    return chatd.client(), Life(chosen, own, rooms), witness


def check_life(client, life, witness, seed):
    for number, expected in enumerate(life.expected):
        got = client.read()
        assert holds(got, expected), f"seed {seed}, answer {number}: {got} for {expected}"
        assert ("id" in got) == ("id" in expected), got
    client.fence()
    seen = witness.read_many(len(life.witnessed))
    for room in life.hosted:
        came = [got for got in seen if got["room_id"] == room]
        caused = [event for event in life.witnessed if event["room_id"] == room]
        for got, event in zip(came, caused, strict=True):
            assert holds(got, event), f"seed {seed}, the witness: {got} for {event}"
    life.expected.clear()
    life.witnessed.clear()


@pytest.mark.parametrize("seed", range(8))
def test_any_sequence_of_pipelined_requests_is_answered_as_the_model_says(chatd, seed):
    chosen = random.Random(seed)
    lives = [begin_life(chatd, chosen, *rooms) for rooms in [(1, 0), (2, 2), (5, 4), (0, 8)]]
    for _ in range(3):
        for client, life, _witness in lives:
            for _ in range(80):
                life.step()
            client.send_texts(life.texts)
            life.texts.clear()
        for client, life, witness in lives:
            check_life(client, life, witness, seed)


def test_cuts_of_the_stream_change_no_answer(chatd):
    chosen = random.Random(4242)
    client, life, witness = begin_life(chatd, chosen, 3, 3)
    for _ in range(150):
        life.step()
    stream = b"".join(map(text_frame, life.texts))
    while stream:
        cut = chosen.choice([1, 2, 7, 50, 1000])
        client.send(stream[:cut])
        stream = stream[cut:]
    check_life(client, life, witness, 4242)


def test_all_members_see_one_order(chatd):
    rooms = [fresh() for _ in range(3)]
    members = chatd.clients(12)
    for room in rooms:
        members[0].create(room)
        for number, member in enumerate(members[1:], 1):
            member.join(room)
            for earlier in members[:number]:
                earlier.expect("user_joined", room_id=room)
    each = 20
    for member in members:
        member.send_texts(
            request("message", {"room_id": room, "message": f"{member.user} {number}"})
            for number in range(each)
            for room in rooms
        )
    total = each * len(rooms) * len(members)
    pump(members, lambda member: len(member.inbox) >= total)
    streams = [member.read_many(total) for member in members]
    for room in rooms:
        orders = [[got for got in stream if got["room_id"] == room] for stream in streams]
        assert all(order == orders[0] for order in orders)
        assert [got["seq"] for got in orders[0]] == list(range(1, each * len(members) + 1))
        for member in members:
            own = [got for got in texts_of(orders[0], room) if got.startswith(f"{member.user} ")]
            assert own == [f"{member.user} {number}" for number in range(each)]


def test_members_come_and_go_in_one_order_for_all(chatd):
    room = fresh()
    watchers = gather(chatd, room, 4)
    guests = chatd.clients(8)
    for number, guest in enumerate(guests):
        user = fresh("guest")
        one = [request("join", {"room_id": room, "user_id": user})]
        one += [request("message", {"room_id": room, "message": f"{number} {n}"}) for n in range(3)]
        guest.send_texts((one + [request("leave", {"room_id": room})]) * 6)
    for watcher in watchers:
        watcher.send_texts(
            request("message", {"room_id": room, "message": "here"}) for _ in range(30)
        )
    total = len(guests) * 6 * 5 + len(watchers) * 30
    pump(watchers, lambda watcher: len(watcher.inbox) >= total)
    streams = [watcher.read_many(total) for watcher in watchers]
    assert all(stream == streams[0] for stream in streams)
    check_guests(room, streams[0], guests)
    for watcher in watchers:
        watcher.fence()


def check_guests(room, truth, guests):
    """Each guest saw exactly the part of the room's one stream that lies between its joins and
    leaves."""
    for guest in guests:
        mark = fresh("end")
        guest.ask("ping", id=mark)
        got = []
        while (message := guest.read()).get("id") != mark:
            got.append(message)
        rest = list(truth)
        inside = False
        for message in got:
            if message["type"] == "join_success":
                assert not inside
                inside = True
                user, seq = message["user_id"], message["seq"]
                while not holds(rest[0], {"type": "user_joined", "user_id": user}):
                    rest.pop(0)
                numbered = [event["seq"] for event in rest if event["type"] == "new_message"]
                assert not numbered or numbered[0] == seq + 1
            elif message["type"] == "leave_success":
                inside = False
                assert holds(rest[0], {"type": "user_left", "user_id": user, "reason": "left"})
            else:
                assert message["type"] in ROOM_EVENTS and message["room_id"] == room
                assert message == rest.pop(0)


def test_a_joiner_has_every_message_after_its_seq(chatd):
    room = fresh()
    talker, *_ = gather(chatd, room, 3)
    joiners = chatd.clients(10)
    total = 400
    talker.send_texts(
        request("message", {"room_id": room, "message": f"{n}"}) for n in range(1, total + 1)
    )
    for joiner in joiners:
        joiner.ask("join", {"room_id": room, "user_id": fresh("late")})
    for joiner in joiners:
        success = joiner.expect("join_success", room_id=room)
        seen = success["seq"]
        joiner.expect("user_joined", user_id=success["user_id"])
        while seen < total:
            got = joiner.read()
            if got["type"] == "new_message":
                seen += 1
                assert (got["seq"], got["message"]["message"]) == (seen, f"{seen}")
            else:
                assert got["type"] == "user_joined"


def test_the_replies_of_two_connections_do_not_wait_for_each_other(chatd):
    room = fresh()
    busy, calm = gather(chatd, room, 2)
    elsewhere = chatd.client()
    busy.send_texts(request("message", {"room_id": room, "message": "x"}) for _ in range(200))
    elsewhere.create(fresh())
    for number in range(1, 201):
        calm.expect_said(room, "x", seq=number)
    assert busy.read(DEADLINE)["seq"] == 1
