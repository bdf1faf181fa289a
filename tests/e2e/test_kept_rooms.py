"""room-create and room-close: rooms that an administrator made, over a restart; and explain, which says
who may come in."""

import json
import signal

import pytest

from bearer import KEYS, verified
from client import fresh, gather

CONFIG = {"auth.mode": "optional", "auth.keys": KEYS}


def data(chatd, *words):
    done = chatd.ctl("-o", "json", *words)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_a_room_that_was_made_never_ends_and_comes_back(server, workers):
    chatd = server(workers)
    room, plain = fresh(), fresh()
    made = data(chatd, "room-create", room, "--name", "Café ☺", "--max-members", "1")
    assert (made["room"], made["name"], made["members"]) == (room, "Café ☺", 0)
    data(chatd, "room-create", plain)
    member = chatd.client()
    assert member.join(room)["room_name"] == "Café ☺"
    second = chatd.client()
    second.ask("join", {"room_id": room, "user_id": fresh("user")})
    second.expect_error("join_room_error", "room_full")
    member.leave(room)
    second.join(room)
    chatd.send_signal(signal.SIGKILL)
    chatd.wait()
    again = server(workers, {"state": str(chatd.directory)})
    rows = {row["room"]: row["name"] for row in data(again, "rooms")["rooms"]}
    assert rows == {room: "Café ☺", plain: plain}
    assert data(again, "room-close", room)["members"] == 0
    assert again.stop() == 0
    third = server(workers, {"state": str(chatd.directory)})
    assert [row["room"] for row in data(third, "rooms")["rooms"]] == [plain]


def test_what_is_there_is_not_made_again(chatd):
    room = fresh()
    chatd.client().create(room)
    done = chatd.ctl("room-create", room)
    assert (done.returncode, f"there is a room {room} already" in done.stderr) == (65, True)
    assert chatd.ctl("room-create", fresh(), "--max-members", "100001").returncode == 65
    assert chatd.ctl("room-create", fresh(), "--name", " blank").returncode == 65
    assert chatd.ctl("room-create", "no room").returncode == 65


def test_rooms_max_bounds_it(server):
    chatd = server(config={"rooms.max": 1})
    assert chatd.ctl("room-create", "one").returncode == 0
    done = chatd.ctl("room-create", "two")
    assert (done.returncode, "rooms.max" in done.stderr) == (70, True)
    assert [row["room"] for row in data(chatd, "rooms")["rooms"]] == ["one"]


def test_what_cannot_be_kept_is_not_made(server):
    chatd = server(config={"state": "/nonexistent/chatd"})
    assert chatd.ctl("room-create", "lobby").returncode == 70
    assert data(chatd, "rooms")["rooms"] == []


def verdict(chatd, user, room):
    said = data(chatd, "explain", user, room)
    return said["join"], said["message"], said["join_rule"], said["message_rule"]


def test_explain_says_which_rule_decides(chatd):
    room = fresh()
    owner, member = gather(chatd, room, 2, max_members=3)
    stranger = fresh("user")
    assert verdict(chatd, stranger, room)[:2] == ("ok", "message_error/not_in_room")
    assert verdict(chatd, member.user, room)[:2] == ("join_room_error/user_already_in_room", "ok")
    chatd.ctl("mute", member.user, "--room", room)
    assert verdict(chatd, member.user, room)[1] == "message_error/muted"
    assert f"of {member.user} (room {room})" in verdict(chatd, member.user, room)[3]
    chatd.ctl("ban", stranger, "--reason", "spam")
    join, _, rule, _ = verdict(chatd, stranger, room)
    assert join == "join_room_error/banned" and rule.endswith(": spam"), rule
    third = chatd.client()
    third.join(room)
    assert verdict(chatd, stranger, room)[0] == "join_room_error/room_full"
    chatd.ctl("unban", stranger)
    chatd.ctl("unmute", member.user, "--room", room)


@pytest.mark.parametrize("rights, join", [({"join": "*"}, "ok"), ({}, "join_room_error/forbidden")])
def test_explain_knows_the_rights_of_a_token(chatd, rights, join):
    room, user = fresh(), fresh("user")
    chatd.client().create(room)
    verified(chatd, user, chat=rights)
    assert verdict(chatd, user, room)[0] == join


def test_explain_knows_the_address_of_who_is_connected(chatd):
    room, other = fresh(), fresh()
    chatd.client().create(room)
    guest = chatd.client(source="127.0.0.9")
    guest.create(other)
    chatd.ctl("ban", "127.0.0.8/31", "--room", room)
    join, _, rule, _ = verdict(chatd, guest.user, room)
    assert join == "join_room_error/banned" and "127.0.0.8/31" in rule
    chatd.ctl("unban", "127.0.0.8/31", "--room", room)


def test_explain_of_no_room_brings_the_nearest(chatd):
    room = fresh("a-room-with-a-name")
    chatd.client().create(room)
    done = chatd.ctl("explain", "bob", room + "x")
    assert (done.returncode, f"near it: {room}" in done.stderr) == (67, True)
