"""PROTOCOL §3: what a moderator may do in the rooms of his token, and rooms that are closed, by him or
by `chatctl room-close`."""

import json

import pytest

from bearer import KEYS, verified
from client import fresh, gather
from server import UNLIMITED

CONFIG = {
    "auth.mode": "optional",
    "auth.keys": KEYS,
    "rooms.permanent": [{"id": "hall", "name": "Hall"}],
    "rooms.resume_window": "60s",
} | UNLIMITED


def moderator(chat, *rooms):
    return verified(chat, fresh("mod"), chat={"moderate": list(rooms), "join": "*"})


def test_a_moderator_puts_a_user_out(chatd):
    room = fresh()
    mod, (ann, ben) = moderator(chatd, room), gather(chatd, room, 2)
    mod.ask("kick_user", {"room_id": room, "user_id": ben.user, "reason": "too loud"}, id=1)
    mod.expect("kick_success", room_id=room, user_id=ben.user, id=1)
    ben.expect("kicked", room_id=room, reason="too loud")
    ann.expect("user_left", user_id=ben.user, reason="kicked")
    ben.say(room, "me?")
    ben.expect_error("message_error", "not_in_room")
    ben.join(room)


def test_a_moderators_reply_comes_before_what_he_caused(chatd):
    room = fresh()
    mod, (ann, ben) = moderator(chatd, room), gather(chatd, room, 2)
    mod.join(room)
    mod.ask("kick_user", {"room_id": room, "user_id": ben.user})
    mod.ask("ping")
    mod.expect("kick_success")
    mod.expect("user_left", user_id=ben.user)
    mod.expect("pong")
    mod.ask("close_room", {"room_id": room})
    mod.ask("ping")
    mod.expect("close_success", room_id=room)
    assert "reason" not in mod.expect("room_closed", room_id=room)
    mod.expect("pong")


@pytest.mark.parametrize("request_of", ["kick_user", "mute_user", "unmute_user", "close_room"])
def test_only_a_moderator_of_the_room_moderates(chatd, request_of):
    room, other = fresh(), fresh()
    ann, ben = gather(chatd, room, 2)
    for client in (ann, moderator(chatd, other), verified(chatd, fresh("user")), chatd.client()):
        client.ask(request_of, {"room_id": room, "user_id": ben.user}, id=1)
        client.expect_error("moderation_error", "forbidden", room_id=room, id=1)
    ben.fence()


def test_who_is_not_there_cannot_be_moderated(chatd):
    room, nowhere = fresh(), fresh()
    mod, (ann,) = moderator(chatd, room, nowhere, "hall"), gather(chatd, room, 1)
    for payload, reason in [
        ({"room_id": room, "user_id": "nobody"}, "user_not_in_room"),
        ({"room_id": nowhere, "user_id": ann.user}, "room_not_found"),
    ]:
        mod.ask("kick_user", payload)
        mod.expect_error("moderation_error", reason)
    for request_of in ("mute_user", "unmute_user"):
        mod.ask(request_of, {"room_id": nowhere, "user_id": ann.user})
        mod.expect_error("moderation_error", "room_not_found")
    for closed, reason in [(nowhere, "room_not_found"), ("hall", "room_permanent")]:
        mod.ask("close_room", {"room_id": closed})
        mod.expect_error("moderation_error", reason)


def test_a_moderator_ends_a_room(chatd):
    room = fresh()
    mod, (ann, ben) = moderator(chatd, room), gather(chatd, room, 2)
    ann.say(room, "the last word")
    ann.expect_said(room, "the last word")
    mod.ask("close_room", {"room_id": room, "reason": "it is late"}, id=1)
    mod.expect("close_success", room_id=room, id=1)
    ben.expect_said(room, "the last word")
    for each in (ann, ben):
        each.expect("room_closed", room_id=room, reason="it is late")
        each.say(room, "still here?")
        each.expect_error("message_error", "not_in_room")
    assert ben.create(room)["seq"] == 0


def test_a_moderator_mutes_and_unmutes_a_user(chatd):
    room = fresh()
    mod, (ann, ben) = moderator(chatd, room), gather(chatd, room, 2)
    mod.ask("mute_user", {"room_id": room, "user_id": ben.user, "reason": "too loud"}, id=1)
    assert "expires_at" not in mod.expect("mute_success", room_id=room, user_id=ben.user, id=1)
    ben.say(room, "me?")
    ben.expect_error("message_error", "muted", room_id=room)
    ann.say(room, "quiet here")
    for each in (ann, ben):
        each.expect_said(room, "quiet here")
    mod.ask("unmute_user", {"room_id": room, "user_id": ben.user}, id=2)
    mod.expect("unmute_success", room_id=room, user_id=ben.user, id=2)
    ben.say(room, "thank you")
    ann.expect_said(room, "thank you")
    mod.ask("unmute_user", {"room_id": room, "user_id": ben.user}, id=3)
    mod.expect_error("moderation_error", "user_not_muted", room_id=room, id=3)


def test_a_mute_ends_by_itself_and_is_no_other_rooms(chatd):
    room, other = fresh(), fresh()
    mod, (ann, ben) = moderator(chatd, room), gather(chatd, room, 2)
    ben.create(other)
    mod.ask("mute_user", {"room_id": room, "user_id": ben.user})
    mod.expect("mute_success", room_id=room)
    ben.say(other, "here I may")
    ben.expect_said(other, "here I may")
    ben.say(room, "and here?")
    ben.expect_error("message_error", "muted", room_id=room)
    mod.ask("mute_user", {"room_id": room, "user_id": ben.user, "duration_ms": 1})
    mod.ask("ping")
    ends = mod.expect("mute_success", room_id=room)["expires_at"]
    mod.expect("pong")
    said = ""  # the clock of the room's own worker, who judges the next message
    while said < ends:
        ann.say(room, "not yet")
        said = ben.expect_said(room, "not yet")["message_time"]
    ben.say(room, "and here again")
    ben.expect_said(room, "and here again")


def test_nothing_is_muted_where_nothing_can_be_kept(server, workers):
    chat = server(workers, {"state": "/dev/null/nowhere"})
    room = fresh()
    mod, (ann,) = moderator(chat, room), gather(chat, room, 1)
    mod.ask("mute_user", {"room_id": room, "user_id": ann.user}, id=1)
    mod.expect_error("server_error", "engine_unavailable", room_id=room, id=1)
    ann.say(room, "still free")
    ann.expect_said(room, "still free")


def test_an_operator_ends_a_room_and_what_waits_in_it(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    away = chatd.client(protocol="chat.v1")
    session = away.join(room)["session"]
    for each in (ann, ben):
        each.expect("user_joined")
    away.abort()
    done = chatd.ctl("-o", "json", "room-close", room, "--reason", "it is late")
    assert json.loads(done.stdout) == {"members": 3}
    for each in (ann, ben):
        each.expect("room_closed", room_id=room, reason="it is late")
        each.fence()
    again = chatd.client(protocol="chat.v1")
    again.ask("join", {"room_id": room, "user_id": away.user, "session": session})
    again.expect_error("join_room_error", "room_not_found")


def test_an_operator_closes_neither_what_is_not_there_nor_the_configurations_rooms(chatd):
    done = chatd.ctl("room-close", "nowhere")
    assert done.returncode == 67 and "there is no room nowhere" in done.stderr
    done = chatd.ctl("room-close", "hall")
    assert done.returncode == 65
    assert "room hall is one of rooms.permanent and never ends" in done.stderr
