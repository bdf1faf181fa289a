"""PROTOCOL §3: create_room, join and leave; the life and the members of a room."""

import time

import pytest

from client import fresh, gather, request
from server import UNLIMITED
from wire import DEADLINE, ms


def test_the_author_gets_new_room_and_nothing_else(chatd):
    client = chatd.client()
    room = fresh()
    client.ask("create_room", {"room_id": room, "room_name": "Die Küche 🍳", "user_id": "ann"}, id=7)
    reply = client.expect("new_room", room_id=room, room_name="Die Küche 🍳", author_id="ann", id=7)
    assert reply["seq"] == 0
    client.fence()


def test_the_author_is_a_member_at_once(chatd):
    client = chatd.client()
    room = fresh()
    client.create(room)
    client.say(room, "alone")
    client.expect_said(room, "alone", seq=1)


def test_a_room_that_exists_is_not_created_again(chatd):
    room = fresh()
    owner, other = chatd.client(), chatd.client()
    owner.create(room)
    other.ask("create_room", {"room_id": room, "room_name": "mine", "user_id": "eve"}, id="x")
    other.expect_error("create_room_error", "room_exists", room_id=room, id="x")
    other.say(room, "in?")
    other.expect_error("message_error", "not_in_room")
    owner.fence()
    assert other.join(room)["room_name"] == room


def test_a_member_may_not_create_its_room_again(chatd):
    client = chatd.client()
    room = fresh()
    client.create(room)
    client.ask("create_room", {"room_id": room, "room_name": "again"})
    client.expect_error("create_room_error", "room_exists", room_id=room)


def test_join_answers_with_the_room_then_announces(chatd):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    created = owner.create(room)
    client.ask("join", {"room_id": room, "user_id": "bob", "user_name": "Bob"}, id="j")
    success = client.expect("join_success", room_id=room, user_id="bob", room_name=room, id="j")
    assert (success["members"], success["seq"], success["oldest_seq"]) == (2, 0, 1)
    assert success["epoch"] == created["epoch"]
    assert "recovered" not in success
    joined = client.expect("user_joined", room_id=room, user_id="bob", user_name="Bob")
    assert "id" not in joined
    assert owner.expect("user_joined") == joined
    client.fence()


def test_seq_of_join_success_is_that_of_the_newest_message(chatd):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    owner.create(room)
    for number in range(1, 6):
        owner.say(room, "x")
        owner.expect_said(room, "x", seq=number)
    success = client.join(room)
    assert (success["seq"], success["oldest_seq"]) == (5, 1)


def test_a_room_that_does_not_exist_is_not_joined(chatd):
    client = chatd.client()
    room = fresh()
    client.ask("join", {"room_id": room, "user_id": "bob"}, id="j")
    client.expect_error("join_room_error", "room_not_found", room_id=room, id="j")
    client.fence()


def test_the_same_connection_does_not_join_twice(chatd):
    room = fresh()
    owner, client = gather(chatd, room, 2)
    client.ask("join", {"room_id": room})
    client.expect_error("join_room_error", "user_already_in_room", room_id=room)
    owner.ask("join", {"room_id": room})
    owner.expect_error("join_room_error", "user_already_in_room", room_id=room)


def test_leave_is_answered_and_announced_to_the_others(chatd):
    room = fresh()
    owner, client = gather(chatd, room, 2)
    client.ask("leave", {"room_id": room}, id="l")
    client.expect("leave_success", room_id=room, id="l")
    left = owner.expect("user_left", room_id=room, user_id=client.user, reason="left")
    assert "id" not in left
    client.fence()


def test_who_left_gets_nothing_of_the_room_any_more(chatd):
    room = fresh()
    owner, client = gather(chatd, room, 2)
    client.leave(room)
    owner.expect("user_left")
    owner.say(room, "gone?")
    owner.expect_said(room, "gone?")
    client.say(room, "still here")
    client.expect_error("message_error", "not_in_room", room_id=room)
    client.fence()


def test_who_left_may_come_back(chatd):
    room = fresh()
    owner, client = gather(chatd, room, 2)
    for _ in range(3):
        client.leave(room)
        owner.expect("user_left")
        assert client.join(room)["members"] == 2
        owner.expect("user_joined", user_id=client.user)


@pytest.mark.parametrize("exists", [True, False])
def test_who_is_not_in_a_room_cannot_leave_it(chatd, exists):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    client.create(fresh())
    if exists:
        owner.create(room)
    client.ask("leave", {"room_id": room}, id="l")
    client.expect_error("leave_room_error", "not_in_room", room_id=room, id="l")
    if exists:
        owner.fence()


def test_members_counts_those_in_the_room(chatd):
    room = fresh()
    gather(chatd, room, 5)
    late = chatd.client()
    assert late.join(room)["members"] == 6


def test_events_go_to_the_members_of_their_room_only(chatd):
    one, two = fresh(), fresh()
    first, second = gather(chatd, one, 2)
    third, fourth = gather(chatd, two, 2)
    first.say(one, "for one")
    second.expect_said(one, "for one")
    third.fence()
    fourth.fence()


def test_a_member_of_many_rooms_gets_the_events_of_each(chatd):
    rooms = [fresh() for _ in range(12)]
    owner, client = chatd.client(), chatd.client()
    for room in rooms:
        owner.create(room)
        client.join(room)
        owner.expect("user_joined", room_id=room)
    for room in rooms:
        owner.say(room, f"to {room}")
        owner.expect_said(room, f"to {room}", seq=1)
    said = {(got["room_id"], got["message"]["message"]) for got in client.read_many(len(rooms))}
    assert said == {(room, f"to {room}") for room in rooms}
    client.fence()


def test_a_room_ends_with_its_last_member_and_its_id_is_free(chatd):
    room = fresh()
    owner, client = gather(chatd, room, 2)
    owner.leave(room)
    client.expect("user_left", user_id=owner.user)
    client.say(room, "last")
    client.expect_said(room, "last", seq=1)
    client.leave(room)
    client.ask("join", {"room_id": room})
    client.expect_error("join_room_error", "room_not_found", room_id=room)
    owner.ask("create_room", {"room_id": room, "room_name": "another"})
    again = owner.expect("new_room", room_id=room, room_name="another")
    assert again["seq"] == 0


def test_a_room_made_again_has_another_epoch(chatd):
    client = chatd.client()
    room = fresh()
    epochs = set()
    for _ in range(4):
        epochs.add(client.create(room)["epoch"])
        client.leave(room)
    assert len(epochs) == 4


def test_a_room_ends_when_its_last_member_disconnects(chatd):
    room = fresh()
    owner, other = chatd.client(), chatd.client()
    owner.create(room)
    owner.send_close()
    owner.read_to_end()
    until = time.monotonic() + DEADLINE
    other.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "next"})
    while (reply := other.read())["type"] == "error" and time.monotonic() < until:
        assert reply["reason"] == "room_exists"
        other.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "next"})
    assert reply["type"] == "new_room"


def test_max_members_of_a_room_is_kept(chatd):
    room = fresh()
    owner, second = gather(chatd, room, 2, max_members=2)
    third = chatd.client()
    third.ask("join", {"room_id": room, "user_id": "third"}, id=3)
    third.expect_error("join_room_error", "room_full", room_id=room, id=3)
    owner.fence()
    second.leave(room)
    owner.expect("user_left")
    assert third.join(room)["members"] == 2


def test_a_room_of_one_is_full_at_once(chatd):
    room = fresh()
    chatd.client().create(room, max_members=1)
    other = chatd.client()
    other.ask("join", {"room_id": room, "user_id": "other"})
    other.expect_error("join_room_error", "room_full")


@pytest.mark.parametrize(
    "later",
    [
        {"session": "s"},
        {"since": None, "session": None},
    ],
)
def test_members_of_later_versions_are_ignored_in_join(chatd, later):
    room = fresh()
    chatd.client().create(room)
    success = chatd.client().join(room, **later)
    assert "recovered" not in success


def test_rooms_are_made_by_join_when_configured(server):
    auto = server(config={"rooms.auto_create": True})
    room = fresh()
    first, second = auto.client(), auto.client()
    first.ask("join", {"room_id": room, "user_id": "a"}, id=1)
    success = first.expect("join_success", room_id=room, room_name=room, user_id="a", id=1)
    assert (success["members"], success["seq"], success["oldest_seq"]) == (1, 0, 1)
    first.expect("user_joined", room_id=room, user_id="a")
    assert second.join(room)["epoch"] == success["epoch"]
    first.expect("user_joined")
    second.ask("create_room", {"room_id": room, "room_name": "r"})
    second.expect_error("create_room_error", "room_exists")


def test_an_empty_room_lingers_when_configured(server):
    lingering = server(config={"rooms.linger": "1h"})
    room = fresh()
    client = lingering.client()
    epoch = client.create(room)["epoch"]
    client.say(room, "x")
    client.expect_said(room, "x", seq=1)
    client.leave(room)
    client.ask("create_room", {"room_id": room, "room_name": "r"})
    client.expect_error("create_room_error", "room_exists")
    success = client.join(room)
    assert (success["epoch"], success["seq"], success["members"]) == (epoch, 1, 1)


def test_a_lingering_room_ends_in_the_end(server):
    lingering = server(config=UNLIMITED | {"rooms.linger": ms(300)})
    room = fresh()
    client = lingering.client()
    epoch = client.create(room)["epoch"]
    client.leave(room)
    until = time.monotonic() + DEADLINE
    client.ask("create_room", {"room_id": room, "room_name": "r"}, id=0)
    assert (reply := client.read())["type"] == "error", "it did not linger at all"
    while reply["type"] == "error" and time.monotonic() < until:
        client.ask("create_room", {"room_id": room, "room_name": "r"})
        reply = client.read()
    assert reply["type"] == "new_room"
    assert reply["epoch"] != epoch


def test_permanent_rooms_never_end(server):
    lobby = {"id": "lobby", "name": "The Lobby"}
    permanent = server(config={"rooms.permanent": [lobby, {"id": "staff", "name": "Staff"}]})
    client = permanent.client()
    success = client.join("lobby")
    assert (success["room_name"], success["members"]) == ("The Lobby", 1)
    client.say("lobby", "x")
    client.expect_said("lobby", "x", seq=1)
    client.leave("lobby")
    client.ask("create_room", {"room_id": "staff", "room_name": "r"})
    client.expect_error("create_room_error", "room_exists")
    again = client.join("lobby")
    assert (again["seq"], again["epoch"]) == (1, success["epoch"])


def test_a_failed_request_leaves_no_room_behind(chatd):
    room = fresh()
    client = chatd.client()
    client.send_texts(
        [
            request("create_room", {"room_id": room, "room_name": "", "user_id": "a"}),
            request("create_room", {"room_id": room, "room_name": "r"}),
            request("join", {"room_id": room, "user_id": "a"}),
        ]
    )
    client.expect_error("invalid_payload", "too_short", room_id=room)
    client.expect_error("identity_error", "not_identified", room_id=room)
    client.expect_error("join_room_error", "room_not_found", room_id=room)
