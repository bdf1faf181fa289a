"""PROTOCOL §1 and RFC 6455 §5–§7: frames, fragments, control frames, limits and closes."""

import json

import pytest

from client import fresh, request
from wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_payload,
    frame,
    text_frame,
)

PING_TEXT = b'{"type":"ping","id":"p"}'
LIMIT = 64 * 1024


def padded(length):
    return PING_TEXT.ljust(length)


def expect_pong(client):
    client.expect("pong", id="p")


@pytest.mark.parametrize("length", [24, 125, 126, 127, 65534, 65535, LIMIT])
def test_a_text_of_every_length_form_is_served(chatd, length):
    client = chatd.client()
    client.send_frame(TEXT, padded(length))
    expect_pong(client)


@pytest.mark.parametrize("declared", [LIMIT + 1, 1 << 32, (1 << 63) - 1])
def test_a_frame_over_the_limit_is_refused_at_its_header(chatd, declared):
    client = chatd.client()
    client.send(frame(TEXT, declared=declared, form=64))
    assert client.expect_close(1009) == "message_too_big"


def test_fragments_over_the_limit_are_refused_at_the_header_that_passes_it(chatd):
    client = chatd.client()
    client.send_frame(TEXT, padded(LIMIT - 10), fin=False)
    client.send(frame(CONTINUATION, declared=11))
    client.expect_close(1009)


def test_fragments_up_to_the_limit_are_served(chatd):
    client = chatd.client()
    client.send_frame(TEXT, padded(LIMIT - 10), fin=False)
    client.send_frame(CONTINUATION, b" " * 10)
    expect_pong(client)


@pytest.mark.parametrize("payload", [b"", b"\0\1", PING_TEXT])
def test_a_binary_frame_is_closed_with_1003(chatd, payload):
    client = chatd.client()
    client.send_frame(BINARY, payload)
    assert client.expect_close(1003) == "unsupported_data"


def test_a_binary_fragment_is_closed_with_1003(chatd):
    client = chatd.client()
    client.send_frame(BINARY, b"\0", fin=False)
    client.expect_close(1003)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(TEXT, PING_TEXT, mask=False), id="unmasked"),
        pytest.param(frame(PING, b"x", mask=False), id="unmasked ping"),
        pytest.param(frame(TEXT, PING_TEXT, rsv=1), id="rsv3"),
        pytest.param(frame(TEXT, PING_TEXT, rsv=2), id="rsv2"),
        pytest.param(frame(TEXT, PING_TEXT, rsv=4), id="rsv1 without compression"),
        *(pytest.param(frame(code, b""), id=f"opcode {code}") for code in (3, 7, 11, 15)),
        pytest.param(frame(TEXT, PING_TEXT, form=16), id="7 bits would do, not 16"),
        pytest.param(frame(TEXT, padded(125), form=64), id="7 bits would do, not 64"),
        pytest.param(frame(TEXT, padded(65535), form=64)[:10], id="16 bits would do, not 64"),
        pytest.param(frame(PING, b"", fin=False), id="ping in pieces"),
        pytest.param(frame(CLOSE, b"", fin=False), id="close in pieces"),
        pytest.param(frame(PING, b"x" * 126)[:4], id="ping too long"),
        pytest.param(frame(CLOSE, b"x" * 126)[:4], id="close too long"),
        pytest.param(frame(CONTINUATION, b"x"), id="continuation of nothing"),
        pytest.param(frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), id="text within a text"),
        pytest.param(frame(TEXT, b"{", fin=False) + frame(BINARY, b"}"), id="binary within a text"),
        pytest.param(frame(CLOSE, b"\x03"), id="half a close code"),
    ],
)
def test_what_breaks_the_framing_is_closed_with_1002(chatd, data):
    client = chatd.client()
    client.send(data)
    assert client.expect_close(1002) == "protocol_error"


def test_a_length_with_its_highest_bit_is_refused(chatd):
    client = chatd.client()
    client.send(frame(TEXT, declared=1 << 63, form=64))
    client.expect_close(1002, 1009)


INVALID = [
    b"\x80",
    b"\xbf",
    b"\xc0\xaf",
    b"\xc1\xbf",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0\x80\x80\xaf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xfe",
    b"\xff",
    b"\xc3(",
    b"\xe2\x82(",
]


@pytest.mark.parametrize("data", INVALID, ids=lambda data: data.hex())
def test_invalid_utf8_is_closed_with_1007(chatd, data):
    client = chatd.client()
    client.send_frame(TEXT, b'{"type":"ping","x":"' + data + b'"}')
    assert client.expect_close(1007) == "invalid_utf8"


@pytest.mark.parametrize("cut", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x92"], ids=lambda cut: cut.hex())
def test_a_text_that_ends_within_a_character_is_closed_with_1007(chatd, cut):
    client = chatd.client()
    client.send_frame(TEXT, b'{"type":"ping"}' + cut)
    client.expect_close(1007)


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0", b"\xf4\x90"], ids=lambda data: data.hex())
def test_invalid_utf8_is_refused_before_the_message_is_complete(chatd, data):
    client = chatd.client()
    client.send_frame(TEXT, b'{"x":"' + data, fin=False)
    client.expect_close(1007)


def test_invalid_utf8_is_refused_before_the_frame_is_complete(chatd):
    client = chatd.client()
    client.send(frame(TEXT, b'{"x":"\xff', declared=1000))
    client.expect_close(1007)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_character_may_be_cut_by_fragments(chatd, cut):
    client = chatd.client()
    heart = "💜".encode()
    client.send_frame(TEXT, b'{"type":"ping","id":"' + heart[:cut], fin=False)
    client.send_frame(CONTINUATION, heart[cut:] + b'"}')
    client.expect("pong", id="💜")


def test_a_character_cut_by_fragments_must_go_on(chatd):
    client = chatd.client()
    client.send_frame(TEXT, b'{"type":"ping","id":"\xf0\x9f', fin=False)
    client.send_frame(CONTINUATION, b'"}')
    client.expect_close(1007)


def test_a_request_may_come_byte_by_byte(chatd):
    client = chatd.client()
    client.drip(frame(TEXT, padded(130)))
    expect_pong(client)


def test_a_request_may_come_in_fragments_of_one_byte(chatd):
    client = chatd.client()
    pieces = [bytes([byte]) for byte in padded(1000)]
    client.send_frame(TEXT, b"", fin=False)
    client.send(b"".join(frame(CONTINUATION, piece, fin=False) for piece in pieces))
    client.send_frame(CONTINUATION, b"")
    expect_pong(client)


def test_a_ping_between_fragments_is_answered_at_once(chatd):
    client = chatd.client()
    client.send_frame(TEXT, PING_TEXT[:5], fin=False)
    client.send_frame(PING, b"between")
    client.expect_frame(PONG, b"between")
    client.send_frame(CONTINUATION, PING_TEXT[5:9], fin=False)
    client.send_frame(PONG, b"unasked")
    client.send_frame(PING, b"")
    client.expect_frame(PONG, b"")
    client.send_frame(CONTINUATION, PING_TEXT[9:])
    expect_pong(client)


def test_a_ping_in_the_segment_of_the_close_is_answered(chatd):
    client = chatd.client()
    client.send(frame(PING, b"last words") + frame(CLOSE, close_payload(1000)))
    assert client.read_frame().payload == b"last words"
    client.expect_close(1000)


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
def test_a_ping_gets_a_pong_with_its_payload(chatd, payload):
    client = chatd.client()
    client.send_frame(PING, payload)
    client.expect_frame(PONG, payload)


def test_an_unasked_pong_is_ignored(chatd):
    client = chatd.client()
    client.send_frame(PONG, b"unasked")
    client.fence()


def test_an_empty_text_is_no_json(chatd):
    client = chatd.client()
    client.send_frame(TEXT, b"")
    client.expect_error("malformed_json", "not_json")
    client.fence()


def test_many_requests_in_one_segment_are_answered_in_turn(chatd):
    client = chatd.client()
    client.send_texts(request("ping", id=number) for number in range(500))
    for number in range(500):
        client.expect("pong", id=number)


# Closing

CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]


@pytest.mark.parametrize("code", CODES)
def test_a_close_is_answered_with_its_code_and_tcp_ends(chatd, code):
    client = chatd.client()
    client.send_close(code, "weil ö".encode())
    got = client.read_frame()
    assert (got.opcode, got.close_code()) == (CLOSE, code)
    client.expect_end()


def test_a_close_without_a_code_is_answered(chatd):
    client = chatd.client()
    client.send_frame(CLOSE)
    got = client.read_frame()
    assert got.opcode == CLOSE
    assert got.close_code() in (None, 1000)
    client.expect_end()


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535])
def test_a_close_with_a_code_that_none_may_send_is_1002(chatd, code):
    client = chatd.client()
    client.send_close(code)
    client.expect_close(1002)


def test_a_close_whose_reason_is_not_utf8_is_1007(chatd):
    client = chatd.client()
    client.send_close(1000, b"\xff")
    client.expect_close(1007)


def test_nothing_after_a_close_is_served(chatd):
    room = fresh()
    witness = chatd.client()
    witness.create(room)
    client = chatd.client()
    client.join(room)
    witness.expect("user_joined")
    late = request("message", {"room_id": room, "message": "too late"})
    client.send(frame(CLOSE, close_payload(1000)) + text_frame(late) + frame(PING, b"late"))
    assert client.read_frame().opcode == CLOSE
    client.expect_end()
    witness.expect("user_left", user_id=client.user, reason="disconnected")
    witness.fence()


def test_all_that_came_before_a_close_is_answered_before_it(chatd):
    rooms = [fresh() for _ in range(8)]
    client = chatd.client()
    user = fresh("user")
    texts = []
    for room in rooms:
        texts.append(request("create_room", {"room_id": room, "room_name": room, "user_id": user}))
        texts.append(request("message", {"room_id": room, "message": "bye"}, id=room))
    client.send(b"".join(map(text_frame, texts)) + frame(CLOSE, close_payload(1000)))
    for room in rooms:
        client.expect("new_room", room_id=room)
        client.expect("message_ack", room_id=room, id=room)
        client.expect_said(room, "bye")
    assert client.read_frame().close_code() == 1000
    client.expect_end()


def member_and_witness(chatd):
    room = fresh()
    witness, client = chatd.client(), chatd.client()
    witness.create(room)
    client.join(room)
    witness.expect("user_joined", user_id=client.user)
    return room, client, witness


WAYS = {
    "end of file": lambda client: client.close(),
    "reset": lambda client: client.abort(),
    "close frame": lambda client: client.send_close(),
    "protocol error": lambda client: client.send_frame(TEXT, b"x", mask=False),
    "half a frame": lambda client: (client.send(frame(TEXT, b"{", declared=9)), client.close()),
}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_goes_is_announced_as_disconnected(chatd, way):
    room, client, witness = member_and_witness(chatd)
    WAYS[way](client)
    witness.expect("user_left", room_id=room, user_id=client.user, reason="disconnected")
    witness.fence()


def test_what_was_whole_before_an_end_of_file_is_served(chatd):
    room, client, witness = member_and_witness(chatd)
    last = [request("message", {"room_id": room, "message": f"last {n}"}) for n in range(20)]
    client.send(b"".join(map(text_frame, last)) + frame(TEXT, b"{", declared=100))
    client.close()
    for number in range(20):
        witness.expect_said(room, f"last {number}", user_id=client.user)
    witness.expect("user_left", user_id=client.user, reason="disconnected")


def test_an_error_of_framing_loses_nothing_that_came_before_it(chatd):
    room, client, witness = member_and_witness(chatd)
    said = request("message", {"room_id": room, "message": "whole"})
    client.send(text_frame(said) + frame(BINARY, b"x"))
    witness.expect_said(room, "whole", user_id=client.user)
    witness.expect("user_left", user_id=client.user, reason="disconnected")


def test_the_limit_of_a_message_is_configured(server):
    small = server(config={"websocket.max_message_size": "1KiB"})
    client = small.client()
    client.send_frame(TEXT, padded(1024))
    expect_pong(client)
    client.send(frame(TEXT, declared=1025))
    client.expect_close(1009)


def test_a_frame_is_json_of_one_object(chatd):
    client = chatd.client()
    client.send_frame(TEXT, PING_TEXT)
    assert json.loads(client.read_frame().payload) == {"type": "pong", "id": "p"}
