"""The configuration read anew by SIGHUP: what changes at once for rooms and connections that live,
what waits for a restart, and that a bad file changes nothing.
"""

import json
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


def rows(chat, *words, name):
    done = chat.ctl("-o", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[name]


def test_a_reload_by_command_tells_what_it_changed(server, workers):
    chat = server(workers)
    chat.configure({"rooms.linger": "2s", "websocket.path": "/other"})
    expected = [
        {"option": "websocket.path", "from": "/ws", "to": "/other", "applies": "restart"},
        {"option": "rooms.linger", "from": "0", "to": "2s", "applies": "reload"},
    ]
    assert rows(chat, "config", "diff", name="changes") == expected
    assert rows(chat, "config", "diff", name="changes") == expected
    assert rows(chat, "reload", name="changes") == expected
    assert rows(chat, "config", "diff", name="changes") == expected[:1]
    chat.wait_for_log(r"admin command=reload result=ok")


def test_a_bad_file_is_refused_by_command_with_every_problem(server, workers):
    chat = server(workers)
    chat.configure({"rooms.max": 0, "rooms.mx": 5})
    for words in ["reload"], ["config", "diff"], ["config", "check"]:
        done = chat.ctl(*words)
        assert done.returncode == 78, done
        lines = done.stderr.splitlines()
        assert "rooms.max: \"0\" is too small" in lines[0] and 'unknown option "mx"' in lines[1]
        assert lines[2].startswith("chatctl: the configuration has 2 problems")
    assert rows(chat, "config", "show", "rooms.max", name="options")[0]["value"] == "100000"


def test_another_file_can_be_checked(server, most_workers, tmp_path):
    chat = server(most_workers, nofile=4096)
    good = tmp_path / "good.yaml"
    keys = "auth: {keys: [{algorithm: HS256, secret_file: key}]}\n"
    good.write_text("limits: {connections: 3840}\n" + keys)
    (tmp_path / "key").write_text("s" * 32)
    warnings = rows(chat, "config", "check", str(good), name="warnings")
    assert [row["warning"] for row in warnings] == [
        "there are keys in auth, but auth.mode is none: no token is looked at"
    ]
    good.write_text("limits: {connections: 3841}\n")
    assert "LimitNOFILE" in rows(chat, "config", "check", str(good), name="warnings")[0]["warning"]
    done = chat.ctl("config", "check", str(tmp_path / "none.yaml"))
    assert done.returncode == 78 and "No such file" in done.stderr


def test_what_is_in_effect_is_shown_with_its_place(server, most_workers):
    chat = server(most_workers)
    options = {row["option"]: row for row in rows(chat, "config", "show", name="options")}
    file = chat.directory / "chatd.yaml"
    line = 1 + file.read_text().splitlines().index(f"workers: {most_workers}")
    assert options["workers"] == {
        "option": "workers",
        "value": str(most_workers),
        "source": f"{file}:{line}",
        "applies": "restart",
    }
    assert options["rooms.max"]["source"] == "default"
    assert {row["option"] for row in rows(chat, "config", "show", "log", name="options")} == {
        option for option in options if option.startswith("log.")
    }
    done = chat.ctl("config", "show", "rooms.mx")
    assert done.returncode == 65 and "rooms.max" in done.stderr
    done = chat.ctl("config")
    assert done.returncode == 64 and "second word" in done.stderr


def test_the_bound_of_connections_is_the_new_one_at_once(server, workers):
    chat = server(workers)
    first, second = chat.clients(2)
    chat.configure({"limits.connections": 2})
    rows(chat, "reload", name="changes")
    assert chat.wire().upgrade().status == 503
    assert re.search(r"(?m)^chatd_tcp_connections_max 2$", chat.ctl("metrics").stdout)
    chat.configure({"limits.connections": 5})
    rows(chat, "reload", name="changes")
    chat.client().fence()
    first.fence()
    second.fence()
