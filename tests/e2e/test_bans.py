"""Bans and mutes: who is put out, who is refused and how he is told, and what a restart keeps."""

import contextlib
import json
import resource
import signal
import sqlite3

import pytest

from bearer import KEYS, token, verified
from client import fresh, gather
from server import UNLIMITED

CONFIG = UNLIMITED | {"rooms.resume_window": "60s", "auth.mode": "optional", "auth.keys": KEYS}
V1 = {"protocol": "chat.v1"}


def data(chatd, *words):
    done = chatd.ctl("-o", "json", *words)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def bans(chatd):
    return {(ban["target"], ban["scope"]): ban for ban in data(chatd, "bans")["bans"]}


def refusal(chatd, source=None, **how):
    """The status and the error's message of an upgrade that is refused."""
    response = chatd.wire(source=source).upgrade(**how)
    return response.status, json.loads(response.body)["error"]


def test_a_ban_closes_all_connections_of_the_user_and_refuses_him_from_then_on(chatd):
    room, other = fresh(), fresh()
    owner, member = gather(chatd, room, 2)
    second = chatd.client()
    second.create(other, user=member.user)
    done = data(chatd, "ban", member.user, "--reason", "spam ☺", "--for", "1h")
    assert (done["connections"], done["seats"]) == (2, 2)
    assert {user["user"] for user in done["users"]} == {member.user}
    assert member.expect_close(4102) == "banned: spam ☺"
    assert second.expect_close(4102) == "banned: spam ☺"
    owner.expect("user_left", room_id=room, user_id=member.user, reason="banned")
    late = chatd.client()
    late.ask("join", {"room_id": room, "user_id": member.user}, id=1)
    late.expect_error("join_room_error", "banned", id=1, room_id=room)
    late.ask("create_room", {"room_id": fresh(), "room_name": "x", "user_id": member.user})
    late.expect_error("create_room_error", "forbidden")
    late.join(room)  # as somebody else: a refused name binds nobody
    owner.expect("user_joined", user_id=late.user)
    ban = bans(chatd)[member.user, "server"]
    assert (ban["reason"], ban["kind"], ban["hits"]) == ("spam ☺", "ban", 2)
    assert ban["by"] and ban["created"] < ban["expires"]
    assert data(chatd, "unban", str(ban["id"]))["target"] == member.user
    again = chatd.client()
    again.join(room, user=member.user)


def test_a_ban_from_a_room_leaves_the_connection(chatd):
    room, other = fresh(), fresh()
    owner, member = gather(chatd, room, 2)
    member.create(other)
    done = data(chatd, "ban", member.user, "--room", room, "--reason", "rude")
    assert (done["connections"], done["seats"]) == (1, 1)
    member.expect("kicked", room_id=room, reason="rude")
    owner.expect("user_left", room_id=room, user_id=member.user, reason="banned")
    member.ask("join", {"room_id": room})
    member.expect_error("join_room_error", "banned")
    member.say(room, "hello")
    member.expect_error("message_error", "not_in_room")
    member.say(other, "here")
    member.expect_said(other, "here")
    assert chatd.ctl("unban", member.user).returncode == 67
    assert chatd.ctl("unban", member.user, "--room", room).returncode == 0
    member.join(room)


def test_a_banned_address_is_refused_at_the_door_and_put_out(chatd):
    room = fresh()
    owner = chatd.client()
    owner.create(room)
    guest = chatd.client(source="127.0.0.77")
    guest.join(room)
    owner.expect("user_joined", user_id=guest.user)
    done = data(chatd, "ban", "127.0.0.64/26")
    assert (done["target"], done["connections"], done["seats"]) == ("127.0.0.64/26", 1, 1)
    assert guest.expect_close(4102) == "banned"
    owner.expect("user_left", user_id=guest.user, reason="banned")
    status, error = refusal(chatd, source="127.0.0.100")
    assert (status, error["code"]) == (403, "forbidden")
    chatd.client(source="127.0.0.128").fence()
    assert chatd.ctl("unban", "127.0.0.64/26").returncode == 0
    chatd.client(source="127.0.0.77").fence()


def test_an_address_may_be_banned_from_one_room(chatd):
    room, other = fresh(), fresh()
    owner = chatd.client()
    owner.create(room)
    guest = chatd.client(source="127.0.0.5")
    guest.join(room)
    owner.expect("user_joined", user_id=guest.user)
    assert data(chatd, "ban", "127.0.0.5", "--room", room)["seats"] == 1
    guest.expect("kicked", room_id=room)
    owner.expect("user_left", user_id=guest.user, reason="banned")
    guest.create(other)
    stranger = chatd.client(source="127.0.0.5")
    stranger.ask("join", {"room_id": room, "user_id": fresh("user")})
    stranger.expect_error("join_room_error", "banned")
    assert chatd.ctl("unban", "127.0.0.5", "--room", room).returncode == 0


@pytest.mark.parametrize("everyone", ["::/0", "0.0.0.0/0", "::ffff:0.0.0.0/96"])
def test_a_range_may_cover_everyone(chatd, everyone):
    room = fresh()
    members = gather(chatd, room, 2)
    assert data(chatd, "ban", everyone)["connections"] == 2
    for member in members:
        assert member.expect_close(4102, skip=True) == "banned"
    assert refusal(chatd)[0] == 403
    assert chatd.ctl("unban", everyone).returncode == 0
    chatd.client().create(room)


def test_a_dry_run_says_whom_it_would_hit_and_hits_nobody(chatd):
    room = fresh()
    owner, member = gather(chatd, room, 2)
    done = data(chatd, "ban", member.user, "--dry-run")
    assert (done["id"], done["connections"], done["seats"]) == (0, 1, 1)
    assert [user["user"] for user in done["users"]] == [member.user]
    assert data(chatd, "ban", owner.user, "--room", fresh(), "--dry-run")["users"] == []
    assert (member.user, "server") not in bans(chatd)
    member.fence()
    owner.fence()


def test_a_seat_that_waits_is_ended_by_a_ban_and_cannot_be_resumed(chatd):
    room = fresh()
    owner = chatd.client()
    owner.create(room)
    member = chatd.client(**V1)
    session = member.join(room)["session"]
    owner.expect("user_joined", user_id=member.user)
    member.abort()
    assert chatd.ctl("ban", member.user).returncode == 0  # whether the loss was seen yet or not
    owner.expect("user_left", user_id=member.user, reason="banned")
    again = chatd.client(**V1)
    again.ask("join", {"room_id": room, "user_id": member.user, "session": session})
    again.expect_error("join_room_error", "banned")
    assert chatd.ctl("unban", member.user).returncode == 0


def test_who_flaps_during_a_ban_is_out_when_it_is_answered(chatd):
    room, user = fresh(), fresh("user")
    owner = chatd.client()
    owner.create(room)
    for _ in range(20):
        flappers = [chatd.client(**V1) for _ in range(3)]
        for flapper in flappers:
            flapper.ask("join", {"room_id": room, "user_id": user})
        flappers[0].abort()
        assert chatd.ctl("ban", user).returncode == 0
        flappers[1].abort()
        assert chatd.ctl("user", user).returncode == 67
        assert data(chatd, "room", room)["members"] == 1
        assert chatd.ctl("unban", user).returncode == 0
    left = [got for got in _until(owner, "fence") if got["type"] == "user_left"]
    assert {got["reason"] for got in left} <= {"banned"}


def _until(client, mark):
    client.ask("ping", id=mark)
    messages = []
    while not messages or messages[-1].get("id") != mark:
        messages.append(client.read())
    return messages


def test_a_token_of_a_banned_user_is_refused(chatd):
    user, room = fresh("user"), fresh()
    member = verified(chatd, user)
    member.create(room)
    late = chatd.client()
    assert data(chatd, "ban", user)["connections"] == 1
    assert member.expect_close(4102) == "banned"
    status, error = refusal(chatd, Authorization=f"Bearer {token(user)}")
    assert (status, error["message"]) == (403, "this user is banned")
    late.ask("auth", {"token": token(user)})
    assert late.expect_close(4102) == "banned"
    assert chatd.ctl("unban", user).returncode == 0


def test_who_is_muted_reads_but_does_not_speak(chatd):
    room, other = fresh(), fresh()
    owner, member = gather(chatd, room, 2)
    member.create(other)
    muted = data(chatd, "mute", member.user, "--room", room, "--for", "10min")
    assert (muted["target"], muted["scope"]) == (member.user, f"room {room}")
    member.say(room, "hello", id=7)
    member.expect_error("message_error", "muted", id=7, room_id=room)
    member.ask("typing", {"room_id": room})
    member.expect_error("message_error", "muted")
    member.ask("history", {"room_id": room})
    member.expect("history")
    member.say(other, "here")
    member.expect_said(other, "here")
    owner.say(room, "do you hear me?")
    member.expect_said(room, "do you hear me?")
    assert bans(chatd)[member.user, f"room {room}"]["hits"] == 2
    assert chatd.ctl("unmute", member.user).returncode == 67
    assert chatd.ctl("unmute", member.user, "--room", room).returncode == 0
    member.say(room, "hello")
    member.expect_said(room, "hello")
    assert chatd.ctl("mute", member.user).returncode == 0
    member.say(other, "here")
    member.expect_error("message_error", "muted")
    assert chatd.ctl("unmute", member.user).returncode == 0


def test_what_was_answered_survives_kill_9(server, workers):
    chatd = server(workers)
    user, room = fresh("user"), fresh()
    for words in (["ban", user], ["ban", "127.0.0.9/32"], ["ban", user, "--room", room],
                  ["mute", "ann", "--for", "1h"], ["ban", "gone"], ["unban", "gone"]):
        assert chatd.ctl(*words).returncode == 0
    before = data(chatd, "bans")
    chatd.send_signal(signal.SIGKILL)
    chatd.wait()
    again = server(workers, {"state": str(chatd.directory)})
    assert data(again, "bans") == before
    assert len(before["bans"]) == 4
    client = again.client()
    client.ask("join", {"room_id": room, "user_id": user})
    client.expect_error("join_room_error", "room_not_found")
    client.ask("create_room", {"room_id": room, "room_name": "x", "user_id": user})
    client.expect_error("create_room_error", "forbidden")
    assert refusal(again, source="127.0.0.9")[0] == 403


def test_ten_thousand_bans_are_in_force_from_the_start(server, workers):
    first = server(workers)
    assert first.stop() == 0
    with contextlib.closing(sqlite3.connect(first.directory / "chatd.db")) as database, database:
        database.executemany(
            "INSERT INTO sanction(kind, user, prefix, room, reason, by, created_ms, expires_ms)"
            " VALUES(0, ?, x'', '', '', 'root', 1, 0)",
            [(f"user{n}",) for n in range(10000)],
        )
    chatd = server(workers, {"state": str(first.directory)})
    assert len(bans(chatd)) == 10000
    client = chatd.client()
    for user in "user0", "user9999":
        client.ask("create_room", {"room_id": fresh(), "room_name": "x", "user_id": user})
        client.expect_error("create_room_error", "forbidden")
    client.create(fresh(), user="user10000")


def test_on_a_full_disk_a_ban_fails_with_a_reason_and_chat_goes_on(server, workers):
    chatd = server(workers)
    room = fresh()
    owner, member = gather(chatd, room, 2)
    resource.prlimit(chatd.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for words in ["ban", member.user], ["mute", member.user]:
        done = chatd.ctl(*words)
        assert done.returncode == 70
        assert str(chatd.directory / "chatd.db") in done.stderr, done.stderr
    member.say(room, "still here")
    for each in owner, member:
        each.expect_said(room, "still here")
    assert bans(chatd) == {}
    resource.prlimit(chatd.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert data(chatd, "ban", member.user)["connections"] == 1
    assert member.expect_close(4102) == "banned"


def test_without_a_state_a_ban_is_refused(server):
    chatd = server(config={"state": "/nonexistent/chatd"})
    member = chatd.client()
    member.create(fresh())
    done = chatd.ctl("ban", member.user)
    assert done.returncode == 70
    assert "/nonexistent/chatd/chatd.db: No such file or directory" in done.stderr
    member.fence()


@pytest.mark.parametrize(
    "words, code",
    [
        ("ban", 64),
        ("ban a b", 64),
        ("ban 10.0.0.1/8", 65),
        ("ban 10.0.0.0/33", 65),
        ("ban a/b", 65),
        ("ban bob --for 0s", 65),
        ("ban bob --for 3651d", 65),
        ("ban bob --for soon", 65),
        ("ban bob --dry-run=yes", 64),
        ("unban nobody", 67),
        ("unmute nobody", 67),
        ("mute 10.0.0.0/8", 65),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(chatd, words, code):
    before = bans(chatd)
    done = chatd.ctl(*words.split())
    assert done.returncode == code and done.stderr, done
    assert bans(chatd) == before


def test_a_ban_that_is_not_there_brings_the_nearest(chatd):
    user = fresh("somebody-with-a-name")
    assert chatd.ctl("ban", user).returncode == 0
    said = chatd.ctl("unban", user[:-1] + "x").stderr
    assert f"near it: {user}" in said
    assert chatd.ctl("unban", user).returncode == 0
