"""PROTOCOL §1, time: pings, dead peers, idle connections, unfinished messages, closes, handshakes.

Times are short here and stretched by CHATD_TEST_SCALE. What must not happen is shown by a timer
that is longer than another, whose end the test awaits.
"""

import time

import pytest

from client import fresh
from wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    SCALE,
    TEXT,
    Ended,
    frame,
    ms,
    upgrade_headers,
)

PATIENT = {"websocket.ping_interval": "1h", "websocket.pong_timeout": "2h"}
PINGING = {"websocket.ping_interval": ms(200), "websocket.pong_timeout": ms(1000)}


def seconds_since(start):
    return (time.monotonic() - start) / SCALE


def pings_until(client, count, answer=True):
    """Reads that many pings of the server, and answers or lets be."""
    for _ in range(count):
        got = client.read_frame()
        assert got.opcode == PING and len(got.payload) <= 125
        if answer:
            client.send_frame(PONG, got.payload)


def alive(client):
    """It still answers, behind whatever else is on its way."""
    client.ask("ping", id="alive")
    while b'"alive"' not in client.read_frame().payload:
        pass


def test_pings_come_at_their_interval_and_their_pongs_keep_alive(server):
    client = server(config=PINGING).client()
    start = time.monotonic()
    pings_until(client, 10)
    assert 1.5 < seconds_since(start) < 4
    client.fence()


def test_pings_come_whatever_the_traffic(server):
    client = server(config=PINGING).client()
    pings, start = 0, time.monotonic()
    while pings < 5:
        client.ask("ping")
        got = client.read_frame()
        while got.opcode == PING:
            pings += 1
            got = client.read_frame()
        assert got.payload == b'{"type":"pong"}'
    assert 0.7 < seconds_since(start) < 3


def test_a_dead_peer_is_dropped_without_a_close_frame(server):
    chat = server(config=PINGING)
    room = fresh()
    witness, dead = chat.client(), chat.client()
    witness.create(room)
    dead.join(room)
    start = time.monotonic()
    while (got := witness.read_frame()).opcode == PING or b"user_joined" in got.payload:
        if got.opcode == PING:
            witness.send_frame(PONG, got.payload)
    assert b"user_left" in got.payload and b"disconnected" in got.payload
    assert 0.7 < seconds_since(start) < 4
    with pytest.raises(Ended):
        pings_until(dead, 100, answer=False)


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(frame(TEXT, b"{}"), id="a request"),
        pytest.param(frame(PING, b"x"), id="a ping"),
        pytest.param(frame(PONG, b"x"), id="another pong"),
        pytest.param(None, id="a byte"),
    ],
)
def test_any_byte_keeps_alive(server, sign):
    """Without one pong: only a sign of another kind at each ping, for twice the timeout."""
    client = server(config=PINGING).client()
    slow = iter(frame(TEXT, b'{"type":"ping","id":"slow"}'))
    pings = 0
    while pings < 10:
        if client.read_frame().opcode == PING:
            pings += 1
            client.send(sign or bytes([next(slow)]))
    if sign is None:
        client.send(bytes(slow))
    alive(client)


def test_an_idle_connection_is_closed_with_4108(server):
    client = server(config=PATIENT | {"websocket.idle_timeout": ms(400)}).client()
    start = time.monotonic()
    assert client.expect_close(4108) == "idle"
    assert 0.3 < seconds_since(start) < 3


def test_websocket_pings_do_not_keep_from_being_idle(server):
    client = server(config=PINGING | {"websocket.idle_timeout": ms(700)}).client()
    while (got := client.read_frame()).opcode != CLOSE:
        if got.opcode == PING:
            client.send_frame(PONG, got.payload)
            client.send_frame(PING, b"me too")
    assert got.close_code() == 4108


def test_messages_in_either_direction_keep_from_being_idle(server):
    """One pings, one only listens: both outlive a third that is idle, by far."""
    chat = server(config=PINGING | {"websocket.idle_timeout": ms(700)})
    room = fresh()
    talker, listener = chat.client(), chat.client()
    talker.create(room)
    listener.join(room)
    talker.read()
    for _ in range(8):
        # each ping of the server is a tick of 200 ms
        while (got := talker.read_frame()).opcode != PING:
            pass
        talker.send_frame(PONG, got.payload)
        talker.say(room, "still here")
        listener.send_frame(PONG)
    heard = [listener.read()["type"] for _ in range(8)]
    assert heard == ["new_message"] * 8
    alive(listener)


def test_the_json_ping_keeps_from_being_idle(server):
    client = server(config=PINGING | {"websocket.idle_timeout": ms(700)}).client()
    pings = 0
    while pings < 8:
        got = client.read_frame()
        if got.opcode == PING:
            pings += 1
            client.ask("ping")
        else:
            assert got.payload == b'{"type":"pong"}', got


def test_idle_timeout_can_be_turned_off(server):
    client = server(config=PINGING | {"websocket.idle_timeout": 0}).client()
    pings_until(client, 6)
    client.fence()


BEGUN = {
    "half a header": frame(TEXT, b"x" * 200)[:3],
    "half a payload": frame(TEXT, b"{", declared=50),
    "a fragment": frame(TEXT, b"{", fin=False),
    "fragments": frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b" ", fin=False),
    "half a ping": frame(PING, b"x" * 20)[:10],
}


@pytest.mark.parametrize("begun", BEGUN)
def test_a_message_begun_must_be_complete_in_time(server, begun):
    chat = server(config=PATIENT | {"websocket.message_timeout": ms(400)})
    room = fresh()
    witness, client = chat.client(), chat.client()
    witness.create(room)
    client.join(room)
    witness.expect("user_joined")
    client.send(BEGUN[begun])
    witness.expect("user_left", user_id=client.user, reason="disconnected")
    client.read_to_end()


def test_control_frames_do_not_extend_the_time_of_a_message(server):
    chat = server(config=PINGING | {"websocket.message_timeout": ms(700)})
    client = chat.client()
    client.send_frame(TEXT, b"{", fin=False)
    start = time.monotonic()
    with pytest.raises(Ended):
        while True:
            got = client.read_frame()
            if got.opcode == PING:
                client.send_frame(PONG, got.payload)
                client.send_frame(CONTINUATION, b" ", fin=False)
            elif got.opcode == CLOSE:
                client.send_frame(CLOSE, got.payload[:2])
    assert seconds_since(start) < 4


def test_a_complete_message_stops_the_clock_of_the_next(server):
    """Over twice its time: a message every 200 ms, each begun at the end of the one before."""
    chat = server(config=PINGING | {"websocket.message_timeout": ms(700)})
    client = chat.client()
    client.send_frame(TEXT, b'{"type":', fin=False)
    pings = 0
    while pings < 8:
        got = client.read_frame()
        if got.opcode == PING:
            pings += 1
            rest = frame(CONTINUATION, b'"ping"}')
            client.send(rest + frame(TEXT, b'{"type":', fin=False))
        else:
            assert got.payload == b'{"type":"pong"}', got
    client.send_frame(CONTINUATION, b'"ping","id":"end"}')
    while b"end" not in client.read_frame().payload:
        pass


def test_a_close_that_is_not_answered_ends_tcp_in_time(server):
    client = server(config=PATIENT | {"websocket.close_timeout": ms(400)}).client()
    client.send_frame(BINARY, b"x")
    start = time.monotonic()
    got = client.read_frame()
    assert (got.opcode, got.close_code()) == (CLOSE, 1003)
    client.expect_end()
    assert seconds_since(start) < 4


def test_an_answered_close_does_not_wait_for_the_timeout(server):
    client = server(config=PATIENT | {"websocket.close_timeout": "1h"}).client()
    client.send_frame(BINARY, b"x")
    client.expect_close(1003)


def test_a_client_that_closes_and_stays_is_ended(server):
    """The server ends TCP after its answer though the peer keeps its own side open."""
    client = server(config=PATIENT | {"websocket.close_timeout": "1h"}).client()
    client.send_close()
    assert client.read_frame().close_code() == 1000
    client.expect_end()


UNFINISHED = {
    "nothing": b"",
    "half a request line": b"GET /w",
    "half the headers": b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgr",
}


@pytest.mark.parametrize("sent", UNFINISHED)
def test_a_handshake_must_be_complete_in_time(server, sent):
    wire = server(config={"http.handshake_timeout": ms(400)}).wire()
    wire.send(UNFINISHED[sent])
    start = time.monotonic()
    with pytest.raises(Ended):
        wire.read_response()
    assert seconds_since(start) < 4


def test_dripping_does_not_extend_the_handshake(server):
    wire = server(config={"http.handshake_timeout": ms(400)}).wire()
    start = time.monotonic()
    wire.socket.settimeout(0.02 * SCALE)
    ended = False
    wire.send(b"GET /ws HTTP/1.1\r\nX: ")
    while not ended and seconds_since(start) < 4:
        try:
            wire.socket.sendall(b"x")
            ended = wire.socket.recv(4096) == b""
        except TimeoutError:
            pass
        except ConnectionError:
            ended = True
    assert ended


def test_the_time_of_the_handshake_ends_with_the_upgrade(server):
    config = {"http.handshake_timeout": ms(400), "websocket.idle_timeout": 0}
    client = server(config=PINGING | config).client()
    pings_until(client, 5)
    client.fence()


def test_a_handshake_in_pieces_within_its_time_is_upgraded(server):
    wire = server(config={"http.handshake_timeout": ms(5000)}).wire()
    wire.send(b"GET /ws HTTP/1.1\r\n")
    for name, value in upgrade_headers():
        wire.send(f"{name}: {value}\r\n".encode())
    wire.send(b"\r\n")
    assert wire.read_response().status == 101
