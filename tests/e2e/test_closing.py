"""PROTOCOL §8: the closes that the server begins, and what their peers still get before them."""

import signal

import pytest

from client import fresh, gather, request
from server import UNLIMITED
from wire import CLOSE


@pytest.mark.parametrize(
    "number, code, word",
    [(signal.SIGTERM, 1012, "restart"), (signal.SIGINT, 1001, "going_away")],
    ids=["SIGTERM", "SIGINT"],
)
def test_a_signal_closes_everybody_and_ends_with_0(server, workers, number, code, word):
    chat = server(workers)
    members = gather(chat, fresh(), 5)
    members.append(chat.client())
    chat.send_signal(number)
    for member in members:
        assert member.expect_close(code).split()[0] == word
    assert chat.wait() == 0


def test_members_get_what_they_are_owed_before_the_server_goes(server, workers):
    chat = server(workers, UNLIMITED)
    room = fresh()
    members = gather(chat, room, 4)
    members[0].send_texts(
        request("message", {"room_id": room, "message": "x"}, id=n) for n in range(100)
    )
    members[0].expect("message_ack", seq=1)
    chat.send_signal(signal.SIGTERM)
    acknowledged = [1]
    seen = []
    while (got := members[0].read_frame()).opcode != CLOSE:
        (acknowledged if b"message_ack" in got.payload else seen).append(got)
    assert got.close_code() == 1012
    assert len(seen) == len(acknowledged), "every message that was acknowledged is there"
    members[0].send_frame(CLOSE, got.payload[:2])
    members[0].expect_end()
    for member in members[1:]:
        for seq in range(1, len(seen) + 1):
            member.expect("new_message", seq=seq)
        member.expect_close(1012)
    assert chat.wait() == 0


def test_no_user_left_is_sent_when_the_server_goes(server, workers):
    chat = server(workers)
    members = gather(chat, fresh(), 6)
    chat.send_signal(signal.SIGTERM)
    for member in members:
        member.expect_close(1012)
    assert chat.wait() == 0


def test_peers_that_do_not_answer_do_not_hold_up_the_end(server, workers):
    chat = server(workers, {"shutdown.timeout": "1s", "websocket.close_timeout": "1h"})
    gather(chat, fresh(), 3)
    chat.wire().send(b"GET /ws HT")
    assert chat.stop() == 0


def test_who_is_kicked_off_the_server_is_closed_with_4101(chatd):
    room = fresh()
    owner, member = gather(chatd, room, 2)
    assert chatd.ctl("kick", member.user).returncode == 0
    owner.expect("user_left", room_id=room, user_id=member.user, reason="kicked")
    assert member.expect_close(4101).split(":")[0] == "kicked"


def test_who_is_kicked_out_of_a_room_stays_connected(chatd):
    room, other = fresh(), fresh()
    owner, member = gather(chatd, room, 2)
    member.create(other)
    assert chatd.ctl("kick", member.user, "--room", room, "--reason", "spam").returncode == 0
    member.expect("kicked", room_id=room, reason="spam")
    owner.expect("user_left", room_id=room, user_id=member.user, reason="kicked")
    member.say(room, "still?")
    member.expect_error("message_error", "not_in_room")
    member.say(other, "here")
    member.expect_said(other, "here")
    owner.fence()


def test_rubbish_after_our_close_does_not_hold_the_connection(server):
    chat = server(config={"websocket.close_timeout": "1h"})
    room = fresh()
    (member,) = gather(chat, room, 1)
    assert chat.ctl("kick", member.user).returncode == 0
    assert member.read_frame().close_code() == 4101
    member.send(b"\xff\xff\xff\xff")
    member.expect_end()
