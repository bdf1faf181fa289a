"""chatctl drain, undrain and shutdown: who comes, who stays, who is sent away and how (PROTOCOL §7 to
§9), and that nothing which was acknowledged is lost.
"""

import json
import re
import signal
import urllib.error
import urllib.request

from client import fresh, gather, request
from server import UNLIMITED
from wire import CLOSE

SENT_AWAY = re.compile(r"draining retry_after_ms=[1-9][0-9]{0,3}\Z")


def health(chat):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{chat.port}/health") as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def tell(chat, *words):
    done = chat.ctl("-o", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nobody_comes_in_while_it_drains_and_all_can_after(server, workers):
    chat = server(workers)
    room = fresh()
    member = chat.client()
    member.create(room)
    assert tell(chat, "drain", "--over", "1h") == {"connections": 1, "over_ms": 3600000}
    assert health(chat) == (503, {"status": "draining"})
    answer = chat.wire().upgrade()
    assert answer.status == 503 and int(answer.header("retry-after")) > 0
    member.ask("create_room", {"room_id": fresh(), "room_name": "R"}, id=1)
    member.expect_error("server_error", "draining", id=1)
    member.ask("join", {"room_id": room}, id=2)
    member.expect_error("server_error", "draining", id=2)
    member.say(room, "still here")
    member.expect_said(room, "still here")
    status = tell(chat, "status")
    assert status["state"] == "draining" and 0 < status["drain_left_ms"] <= 3600000
    tell(chat, "undrain")
    assert health(chat) == (200, {"status": "healthy"})
    assert tell(chat, "status")["state"] == "serving"
    chat.client().join(room)
    member.expect("user_joined")
    done = chat.ctl("undrain")
    assert done.returncode == 69 and "not draining" in done.stderr


def test_members_are_sent_away_over_the_time_and_the_server_stays(server, workers):
    chat = server(workers)
    clients = chat.clients(20)
    tell(chat, "drain", "--over", "400ms")
    for client in clients:
        assert SENT_AWAY.match(client.expect_close(4000))
    chat.wait_for_log(r"\bdrained\b")
    status = tell(chat, "status")
    assert (status["state"], status["connections"]) == ("drained", 0)
    tell(chat, "undrain")
    chat.client().fence()


def test_what_was_acknowledged_is_delivered_before_the_close(server, workers):
    chat = server(workers, UNLIMITED)
    room = fresh()
    members = gather(chat, room, 3)
    members[0].send_texts(
        request("message", {"room_id": room, "message": "x"}, id=n) for n in range(200)
    )
    members[0].expect("message_ack", seq=1)
    tell(chat, "drain", "--over", "1ms")
    acknowledged, said = 1, 0
    while (got := members[0].read_frame()).opcode != CLOSE:
        acknowledged += b"message_ack" in got.payload
        said += b"new_message" in got.payload
    assert got.close_code() == 4000
    assert said == acknowledged, "every message that was acknowledged is there"
    for member in members[1:]:
        seqs = [got["seq"] for got in member.read_to_end() if got["type"] == "new_message"]
        assert seqs == [*range(1, len(seqs) + 1)]


def test_it_exits_when_nobody_is_left(server, workers):
    chat = server(workers)
    client = chat.client()
    tell(chat, "drain", "--over", "50ms", "--exit")
    assert SENT_AWAY.match(client.expect_close(4000))
    assert chat.wait() == 0


def test_shutdown_tells_that_the_server_goes_away(server, workers):
    chat = server(workers)
    members = gather(chat, fresh(), 3)
    assert tell(chat, "shutdown") == {"connections": 3}
    for member in members:
        assert member.expect_close(1001) == "going_away"
    assert chat.wait() == 0
    chat.wait_for_log(r"admin command=shutdown result=ok")


def test_a_crowd_is_asked_to_come_back_one_after_the_other(server, most_workers):
    chat = server(most_workers)
    clients = chat.clients(101 * most_workers + 60)
    waits = set()
    chat.send_signal(signal.SIGTERM)
    for client in clients:
        reason = client.expect_close(1012)
        waits.add(reason)
    assert len(waits) > 50, waits
    assert chat.wait() == 0


def test_the_log_level_changes_at_once(server, workers):
    chat = server(workers)
    assert tell(chat, "log-level", "debug") == {"level": "debug"}
    assert tell(chat, "status")["log_level"] == "debug"
    chat.client()
    chat.wait_for_log(r" debug upgrade\b")
    assert chat.ctl("log-level", "loud").returncode == 65
