"""The configuration read anew by SIGHUP: what changes at once for rooms and connections that live,
what waits for a restart, and that a bad file changes nothing.
"""

import re
import signal
import time

import pytest

from bearer import sign
from client import fresh


@pytest.fixture
def reload(server, workers):
    """reload(chat, changes): its file with these changes is in effect, or is refused."""

    def hang_up(chat, changes):
        seen = len(chat.log)
        chat.configure(changes)
        chat.send_signal(signal.SIGHUP)
        return chat.wait_for_log(r"\b(reloaded|reload_refused)\b", seen).group(1), seen

    return hang_up


def test_new_limits_hold_for_rooms_and_connections_that_live(server, workers, reload):
    chat = server(workers)
    room = fresh()
    speaker, listener = chat.clients(2)
    speaker.create(room)
    listener.join(room)
    speaker.expect("user_joined")
    speaker.say(room, "x" * 100)
    for member in speaker, listener:
        member.expect_said(room, "x" * 100)
    changes = {"validation.message_size": "99B", "limits.rooms_per_connection": 1}
    assert reload(chat, changes | {"rooms.listed": False})[0] == "reloaded"
    speaker.say(room, "x" * 100)
    speaker.expect_error("message_error", "message_too_large")
    speaker.say(room, "x" * 99)
    for member in speaker, listener:
        member.expect_said(room, "x" * 99)
    listener.ask("create_room", {"room_id": fresh(), "room_name": "R"})
    listener.expect_error("create_room_error", "too_many_joined")
    listener.ask("list_rooms")
    listener.expect_error("message_error", "forbidden")


def test_a_rate_that_is_raised_helps_who_had_nothing_left(server, workers, reload):
    chat = server(workers, {"limits.messages_per_second": 1, "limits.message_burst": 2})
    client = chat.client()
    client.create(fresh())
    for _ in range(2):
        client.ask("typing", {"room_id": client.user})
        client.expect_error("message_error", "not_in_room")
    client.ask("typing", {"room_id": client.user})
    client.expect_error("rate_limited", "messages")
    assert reload(chat, {"limits.messages_per_second": 0})[0] == "reloaded"
    for _ in range(50):
        client.ask("typing", {"room_id": client.user})
        client.expect_error("message_error", "not_in_room")


def test_a_bad_file_changes_nothing_and_every_problem_is_logged(server, workers, reload):
    chat = server(workers)
    client, room = chat.client(), fresh()
    client.create(room)
    changes = {"validation.message_size": "1B", "rooms.max": 0, "validation.page": 101}
    outcome, seen = reload(chat, changes)
    assert outcome == "reload_refused"
    problems = [line for line in chat.log[seen:] if "config_problem" in line]
    assert len(problems) == 2
    assert "rooms.max" in problems[0] and "validation.page" in problems[1]
    client.say(room, "still")
    client.expect_said(room, "still")


def test_what_needs_a_restart_is_named_and_kept(server, workers, reload):
    chat = server(workers)
    outcome, seen = reload(chat, {"websocket.path": "/elsewhere", "log.format": "json"})
    assert outcome == "reloaded"
    told = "\n".join(chat.log[seen:])
    assert re.search(r'"config_needs_restart","option":"websocket.path","from":"/ws"', told), told
    assert re.search(r'"config_changed","option":"log.format","from":"text","to":"json"', told), told
    chat.client().fence()


def test_keys_are_read_anew_where_their_option_is_the_same(server, workers, reload, tmp_path):
    old, new, file = b"o" * 32, b"n" * 32, tmp_path / "key"
    file.write_bytes(old)
    keys = [{"algorithm": "HS256", "secret_file": str(file)}]
    chat = server(workers, {"auth.mode": "optional", "auth.keys": keys})
    claims = {"sub": fresh("user"), "exp": int(time.time()) + 600}
    member = chat.client(headers={"Authorization": "Bearer " + sign(claims, secret=old)})
    file.write_bytes(new)
    assert reload(chat, {})[0] == "reloaded"
    member.fence()
    for secret, status in (new, 101), (old, 401):
        answer = chat.wire().upgrade(Authorization="Bearer " + sign(claims, secret=secret))
        assert answer.status == status
