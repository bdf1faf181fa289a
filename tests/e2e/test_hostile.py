"""Peers that mean harm, or are badly broken: nobody else may notice, and nothing of them remains."""

import json
import os
import socket
import threading
import time
from pathlib import Path

from client import fresh, request
from server import UNLIMITED
from wire import (
    CLOSE,
    DEADLINE,
    PING,
    PONG,
    SCALE,
    Ended,
    close_payload,
    frame,
    ms,
    text_frame,
    upgrade_headers,
)


def status(chat):
    answer = chat.ctl("-o", "json", "status")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def stuffed(chat, room):
    """A member of the room that asks on and on and takes no answer: its input is paused."""
    peer = chat.client(rcvbuf=4096)
    peer.join(room)

    def ask():
        try:
            while True:
                peer.send_texts([request("ping")] * 100)
        except (OSError, TimeoutError):
            pass

    threading.Thread(target=ask, daemon=True).start()
    return peer


def test_nothing_remains_of_a_peer_that_never_answers_a_close(server):
    chat = server(config={"websocket.idle_timeout": ms(200), "websocket.close_timeout": ms(200)})
    peer = chat.client()
    got = peer.read_frame()
    assert (got.opcode, got.close_code()) == (CLOSE, 4108)
    peer.expect_end()
    assert status(chat)["connections"] == 0

def test_the_time_that_a_peer_was_paused_does_not_lengthen_its_close(server):
    chat = server(
        config={
            "limits.outbound_queue": "64KiB",
            "websocket.ping_interval": ms(1000),
            "websocket.pong_timeout": ms(3000),
            "websocket.close_timeout": ms(200),
        }
    )
    room = fresh()
    witness = chat.client()
    witness.create(room)
    peer = stuffed(chat, room)
    witness.expect("user_joined", user_id=peer.user)
    witness.expect("user_left", user_id=peer.user, reason="disconnected")
    left = time.monotonic()
    while status(chat)["connections"] > 1:
        assert time.monotonic() - left < 2 * SCALE, "closing takes longer than close_timeout"


def reset_while_requests_wait(chat, tail=b""):
    """Peers whose requests go to and fro between the rooms' homes, one at a time; then resets."""
    peers = chat.clients(10)
    for peer in peers:
        rooms = [fresh() for _ in range(8)]
        for room in rooms:
            peer.create(room)
        texts = (request("message", {"room_id": rooms[n % 8], "message": "x"}) for n in range(500))
        peer.send(b"".join(map(text_frame, texts)) + tail)
    for peer in peers:
        peer.abort()


def test_requests_that_wait_behind_a_reset_do_not_hold_up_the_end(server):
    chat = server(config=UNLIMITED | {"limits.requests_in_flight": 1, "shutdown.timeout": ms(60000)})
    reset_while_requests_wait(chat)
    assert chat.stop() == 0


def test_a_close_that_waits_behind_a_reset_ends_the_connection(server):
    """Its frame is met when nobody is left to answer; what a build with sanitizers judges."""
    chat = server(config=UNLIMITED | {"limits.requests_in_flight": 1})
    reset_while_requests_wait(chat, tail=frame(CLOSE, close_payload(1000)))
    witness = chat.client()
    witness.create(fresh())
    while status(chat)["connections"] > 1:
        witness.fence()


def crowd_in(chat, rounds, at_once=50):
    """More peers than there are descriptors ask for upgrades and go away, again and again."""
    for _ in range(rounds):
        crowd = [chat.wire() for _ in range(at_once)]
        for peer in crowd:
            try:
                peer.request(headers=upgrade_headers())
            except ConnectionError:
                pass
        for peer in crowd:
            peer.close()


def processor_time(chat):
    fields = Path(f"/proc/{chat.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_upgrade_that_finds_no_descriptor_is_refused_before_it_is_answered(server):
    chat = server(workers=1, nofile=80)
    statuses = []
    crowd = [chat.wire() for _ in range(100)]
    for peer in crowd:
        try:
            statuses.append(peer.upgrade().status)
        except (ConnectionError, Ended):
            continue
        if statuses[-1] == 101:
            peer.send_frame(PING, b"here")
            peer.expect_frame(PONG, b"here")
    assert set(statuses) == {101, 503}
    assert not any("upgrade_failed" in line for line in chat.log)


def test_want_of_descriptors_is_logged_once_a_second_at_most(server):
    chat = server(nofile=80)
    began = time.monotonic()
    crowd_in(chat, 30)
    seconds = time.monotonic() - began
    told = [line for line in chat.log if "Too many open files" in line]
    assert 1 <= len(told) <= seconds + 2, chat.log_text()


def test_want_of_descriptors_does_not_keep_the_processor_busy(server):
    chat = server(nofile=80, config={"websocket.ping_interval": ms(1000)})
    witness = chat.client()
    witness.fence()
    crowd_in(chat, 30)
    crowd = [chat.wire() for _ in range(150)]
    for _ in range(3):
        assert witness.read_frame().opcode == PING
        before = processor_time(chat)
    assert witness.read_frame().opcode == PING
    assert processor_time(chat) - before < 0.3 * SCALE
    assert len(crowd) == 150


def queued_after(chat, requests):
    """What is queued for all connections once so many requests were taken."""
    until = time.monotonic() + DEADLINE
    while (now := status(chat))["messages_in"] < requests:
        assert time.monotonic() < until, now
    return now["queued_bytes"]


def test_pings_of_a_peer_that_does_not_read_are_answered_by_the_newest(server):
    chat = server(1, UNLIMITED)
    peer = chat.client(rcvbuf=4096)
    asked = 0
    while asked == 0 or min(queued_after(chat, asked) for _ in range(3)) < 20000:
        peer.send_texts(["{}"] * 3000)
        asked += 3000
    before = queued_after(chat, asked)
    for number in range(1000):
        peer.send_frame(PING, str(number).encode())
    peer.ask("ping", id="fence")
    assert queued_after(chat, asked + 1) - before < 500
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    pongs = []
    while not (got := peer.read_frame()).payload.endswith(b'"id":"fence"}'):
        pongs += [got.payload] if got.opcode == PONG else []
    assert len(pongs) < 10
    assert pongs[-1] == b"999"


def test_a_complete_control_frame_stops_the_clock_of_the_next(server):
    """Over twice message_timeout: each segment ends within a frame that the next one completes."""
    timeouts = {"websocket.message_timeout": ms(700), "websocket.ping_interval": ms(200)}
    peer = server(config=timeouts | {"websocket.pong_timeout": ms(1000)}).client()
    whole = frame(PONG, b"whole")
    peer.send(whole[:4])
    for _ in range(8):
        assert peer.read_frame().opcode == PING
        peer.send(whole[4:] + whole[:4])
    peer.send(whole[4:] + frame(PING, b"end"))
    while (got := peer.read_frame()).opcode == PING:
        pass
    assert (got.opcode, got.payload) == (PONG, b"end")


def test_what_was_missed_is_whole_wherever_the_history_wraps(server):
    """Frames are compressed whole, though the ring of bytes that holds them may cut one in two."""
    chat = server(1, UNLIMITED | {"websocket.compression": True, "history.max_bytes": "4KiB"})
    room = fresh()
    author = chat.client()
    author.create(room)
    reader = chat.client(headers={"sec-websocket-extensions": "permessage-deflate"})
    for number in range(1, 40):
        author.say(room, f"{number} " * 200)
        author.expect_said(room, f"{number} " * 200)
        seen = reader.join(room)
        reader.leave(room)
        since = {"seq": seen["oldest_seq"] - 1, "epoch": seen["epoch"]}
        reader.ask("join", {"room_id": room, "since": since})
        reader.expect("join_success", recovered=True)
        for seq in range(seen["oldest_seq"], number + 1):
            reader.expect_said(room, f"{seq} " * 200, seq=seq)
        reader.expect("user_joined")
        reader.leave(room)
        for _ in range(4):
            author.read()
