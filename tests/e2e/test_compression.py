"""PROTOCOL §1 and RFC 7692: permessage-deflate beside clients that do without it."""

import asyncio
import os
import random
import zlib

import pytest

from client import fresh, gather, request
from node import Node
from person import Person, Python, enter
from schema import decode
from server import UNLIMITED
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, deflated

CONFIG = UNLIMITED | {"websocket.compression": True}
LIMIT = 64 * 1024
MIN = 256
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
PING_TEXT = b'{"type":"ping","id":"p"}'


def deflating(server, offer="permessage-deflate; client_max_window_bits"):
    client = server.client(headers={"sec-websocket-extensions": offer})
    assert client.deflates
    return client


def noise(length):
    """Letters that repeat a little."""
    return "".join(random.choices("abcdefghij ", k=length))


# The handshake


@pytest.mark.parametrize(
    "offers, answer",
    [
        ("permessage-deflate", AGREED),
        ("permessage-deflate; server_max_window_bits=9", AGREED + "; server_max_window_bits=9"),
        ('permessage-deflate; server_max_window_bits="15"', AGREED + "; server_max_window_bits=12"),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; nonsense, permessage-deflate", AGREED),
        ("permessage-deflate; (", None),
        (["x-foo", "permessage-deflate; client_no_context_takeover"], AGREED),
        (["permessage-deflate; nonsense", "x-foo"], None),
        (["permessage-deflate", "permessage-deflate; server_max_window_bits=10"], AGREED),
    ],
)
def test_an_offer_gets_its_answer(chatd, offers, answer):
    client = chatd.wire()
    response = client.upgrade(sec_websocket_extensions=offers)
    assert response.status == 101
    assert response.header("sec-websocket-extensions") == answer
    client.close()


def test_without_an_offer_nothing_is_compressed(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 2)
    assert not ann.deflates
    ann.say(room, "x" * 5000)
    for each in (ann, ben):
        each.expect_said(room, "x" * 5000)
    ben.send_frame(TEXT, deflated(PING_TEXT), rsv=4)
    ben.expect_close(1002)


# What is sent


def test_a_broadcast_is_compressed_for_those_who_asked_and_plain_for_the_others(chatd):
    room, text = fresh(), noise(3000)
    plain = gather(chatd, room, 3)
    packed = [deflating(chatd) for _ in range(3)]
    for number, client in enumerate(packed):
        client.join(room)
        for other in plain + packed[:number]:
            other.expect("user_joined")
    for sender in (plain[0], packed[0]):
        sender.say(room, text)
        frames = [client.read_frame() for client in plain + packed]
        assert {each.payload for each in frames} == {frames[0].payload}
        assert [each.compressed for each in frames] == [False] * 3 + [True] * 3
        assert decode(frames[0].payload)["message"]["message"] == text


def test_only_messages_from_the_minimum_on_are_compressed(chatd):
    room = fresh()
    ann, ben = gather(chatd, room, 1)[0], deflating(chatd)
    ben.join(room)
    ann.expect("user_joined")
    ann.say(room, "x")
    around = len(ann.read_frame().payload) - 1
    ben.read_frame()
    for length in (MIN - 1, MIN, MIN + 1):
        ann.say(room, "x" * (length - around))
        assert len(ann.read_frame().payload) == length
        assert ben.read_frame().compressed == (length >= MIN)


def test_the_minimum_is_an_option(server):
    chatd = server(config={"websocket.compression_min": "60B"})
    room = fresh()
    ann, ben = gather(chatd, room, 1)[0], deflating(chatd)
    ben.join(room)
    ann.expect("user_joined")
    ann.say(room, "x" * 40)
    assert not ann.read_frame().compressed
    assert ben.read_frame().compressed


def test_a_client_with_a_small_window_is_sent_nothing_compressed_but_may_compress(chatd):
    room = fresh()
    ann = deflating(chatd, "permessage-deflate; server_max_window_bits=11")
    ben = deflating(chatd, "permessage-deflate; server_max_window_bits=12")
    ann.create(room)
    ben.join(room)
    ann.expect("user_joined")
    text = noise(6000)
    say = request("message", {"room_id": room, "message": text})
    ann.send_frame(TEXT, deflated(say.encode()), rsv=4)
    frames = [client.read_frame() for client in (ann, ben)]
    assert [each.compressed for each in frames] == [False, True]
    assert frames[0].payload == frames[1].payload


def test_history_and_what_was_missed_are_compressed_too(chatd):
    room = fresh()
    (ann,) = gather(chatd, room, 1)
    texts = [noise(1000) for _ in range(20)]
    for text in texts:
        ann.say(room, text)
        ann.expect_said(room, text)
    ben = deflating(chatd)
    start = ben
    start.ask("join", {"room_id": room, "user_id": fresh("user")})
    epoch = start.expect("join_success")["epoch"]
    start.expect("user_joined")
    ben.ask("history", {"room_id": room, "limit": 20})
    reply = ben.read_frame()
    assert reply.compressed
    assert [each["message"]["message"] for each in decode(reply.payload)["messages"]] == texts
    cat = deflating(chatd)
    since = {"seq": 5, "epoch": epoch}
    cat.ask("join", {"room_id": room, "user_id": fresh("user"), "since": since})
    cat.expect("join_success", recovered=True)
    for text in texts[5:]:
        frame = cat.read_frame()
        assert frame.compressed
        assert decode(frame.payload)["message"]["message"] == text


def test_whoever_comes_and_goes_meanwhile_misses_and_repeats_nothing(chatd):
    room, rounds = fresh(), 40
    (ann,) = gather(chatd, room, 1)
    stay = deflating(chatd)
    stay.join(room)
    ann.expect("user_joined")
    for number in range(rounds):
        guest = deflating(chatd) if number % 2 else chatd.client()
        user = fresh("guest")
        for _ in range(3):
            ann.say(room, f"{number} {noise(400)}")
        guest.ask("join", {"room_id": room, "user_id": user})
        success = guest.expect("join_success")
        got = guest.read()
        before = []
        while got["type"] == "new_message":
            before.append(got["seq"])
            got = guest.read()
        assert got["type"] == "user_joined" and before == []
        first = success["seq"]
        ann.say(room, noise(400))
        guest.ask("leave", {"room_id": room})
        seqs = []
        while (got := guest.read())["type"] != "leave_success":
            seqs.append(got["seq"])
        assert seqs == list(range(first + 1, first + 1 + len(seqs)))
        guest.close()
    ann.say(room, "the end")
    for client in (ann, stay):
        seq = 0
        while True:
            got = client.read()
            if got["type"] == "new_message":
                seq += 1
                assert got["seq"] == seq
                if got["message"]["message"] == "the end":
                    break
        assert seq == rounds * 4 + 1


# What is received


def test_compressed_fragments_are_joined_around_control_frames(chatd):
    room, text = fresh(), noise(5000)
    ann, ben = deflating(chatd), chatd.client()
    ann.create(room)
    ben.join(room)
    ann.expect("user_joined")
    data = deflated(request("message", {"room_id": room, "message": text}).encode())
    for step in (1000, 97, 1):
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        ann.send_frame(TEXT, pieces[0], fin=False, rsv=4)
        for number, piece in enumerate(pieces[1:-1]):
            if number % 100 == 0:
                ann.send_frame(PING, b"?")
                ann.expect_frame(PONG, b"?")
            ann.send_frame(CONTINUATION, piece, fin=False)
        ann.send_frame(CONTINUATION, b"", fin=False)
        ann.send_frame(CONTINUATION, pieces[-1])
        for client in (ann, ben):
            client.expect_said(room, text)


def test_requests_that_wait_are_served_in_order(chatd):
    ann = deflating(chatd)
    rooms = [fresh() for _ in range(8)]
    ann.create(rooms[0])
    for room in rooms[1:]:
        ann.create(room)
    for number in range(40):
        say = request("message", {"room_id": rooms[number % 8], "message": noise(600)}, id=number)
        ann.send_frame(TEXT, deflated(say.encode()), rsv=4)
    for number in range(40):
        ann.expect("message_ack", id=number)
        ann.expect("new_message", room_id=rooms[number % 8])


@pytest.mark.parametrize("length", [LIMIT, LIMIT + 1])
@pytest.mark.parametrize("fragments", [1, 3])
def test_the_limit_counts_inflated_bytes(chatd, length, fragments):
    client = deflating(chatd)
    data = deflated(PING_TEXT.ljust(length))
    step = len(data) // fragments + 1
    for at in range(0, len(data), step):
        last = at + step >= len(data)
        first = {"rsv": 4} if at == 0 else {}
        client.send_frame(
            CONTINUATION if at else TEXT, data[at : at + step], fin=last, **first
        )
    if length <= LIMIT:
        client.expect("pong", id="p")
    else:
        assert client.expect_close(1009) == "message_too_big"


def test_an_incompressible_message_of_the_largest_size_is_served(chatd):
    client = deflating(chatd)
    text = '{"type":"ping","id":"p","x":"'
    text += "".join(random.choices([chr(c) for c in range(0xA1, 0x800)], k=32000))
    data = text.encode()[: LIMIT - 3].decode(errors="ignore").encode() + b'"}'
    stream = zlib.compressobj(0, wbits=-15)
    stored = (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]
    client.send_frame(TEXT, stored, rsv=4)
    client.expect("pong", id="p")


def test_a_bomb_is_closed_with_1009(chatd):
    client, other = deflating(chatd), deflating(chatd)
    bomb = deflated(b" " * (40 << 20))
    assert len(bomb) < LIMIT
    client.send_frame(TEXT, bomb, rsv=4)
    client.expect_close(1009)
    other.send_frame(TEXT, deflated(PING_TEXT), rsv=4)
    other.expect("pong", id="p")


@pytest.mark.parametrize("cut", [b"\xff", b"\xc3", b"\xed\xa0\x80"], ids=lambda cut: cut.hex())
def test_invalid_utf8_within_is_closed_with_1007(chatd, cut):
    client = deflating(chatd)
    client.send_frame(TEXT, deflated(b'{"type":"ping"}' + cut), rsv=4)
    assert client.expect_close(1007) == "invalid_utf8"


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xff\xff", PING_TEXT, deflated(PING_TEXT)[:-2], b"\xf2\x00\x11\x00\x00"],
    ids=["nothing", "no block", "plain text", "cut", "context of an earlier message"],
)
def test_what_is_no_deflate_is_closed_with_1002(chatd, data):
    client = deflating(chatd)
    client.send_frame(TEXT, data, rsv=4)
    assert client.expect_close(1002) == "protocol_error"


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_compressed_control_frame_is_closed_with_1002(chatd, opcode):
    client = deflating(chatd)
    client.send_frame(opcode, b"", rsv=4)
    client.expect_close(1002)


def test_rsv1_on_a_continuation_is_closed_with_1002(chatd):
    client = deflating(chatd)
    client.send_frame(TEXT, b"", fin=False, rsv=4)
    client.send_frame(CONTINUATION, b"x", rsv=4)
    client.expect_close(1002)


def test_a_compressed_binary_message_is_closed_with_1003(chatd):
    client = deflating(chatd)
    client.send_frame(BINARY, deflated(b"x"), rsv=4)
    client.expect_close(1003)


def test_noise_never_kills_the_server(chatd):
    for _ in range(30):
        client = deflating(chatd)
        client.send_frame(TEXT, os.urandom(random.randrange(1, 3000)), rsv=4)
        client.read_to_end()
        client.close()


# Clients that nobody here wrote


def test_all_kinds_of_clients_see_one_order_when_all_talk_at_once(chatd):
    async def talk():
        async with (
            Python() as python,
            Python(None) as plain_python,
            Node() as node,
            Node(False) as plain_node,
        ):
            kinds = [python, plain_python, node, plain_node]
            room, each = fresh(), 15
            persons = [
                Person(await kind.connect(chatd.url)) for _ in range(3) for kind in kinds
            ]
            compress = [person.connection.compresses for person in persons]
            assert compress == [True, False, True, False] * 3
            await enter(persons, room)
            for number in range(each):
                for person in persons:
                    text = f"{person.user} {number} {noise(20 * number * number)}"
                    await person.ask("message", {"room_id": room, "message": text})
            total = each * len(persons)
            streams = [
                [await person.expect("new_message", seq=seq) for seq in range(1, total + 1)]
                for person in persons
            ]
            assert all(stream == streams[0] for stream in streams)
            for person in persons:
                own = [got for got in streams[0] if got["user_id"] == person.user]
                order = [int(got["message"]["message"].split()[1]) for got in own]
                assert order == list(range(each))

    asyncio.run(talk())


def test_all_kinds_of_clients_may_send_compressed_fragments_and_ping(chatd):
    async def talk():
        async with Python() as python, Node() as node:
            room = fresh()
            persons = [Person(await kind.connect(chatd.url)) for kind in (python, node)]
            await enter(persons, room)
            for person in persons:
                text = request("message", {"room_id": room, "message": "größer 🧩" * 500})
                pieces = [text[at : at + 97] for at in range(0, len(text), 97)]
                await person.connection.send_pieces(pieces)
                for each in persons:
                    await each.expect("new_message", user_id=person.user)
                await person.connection.ping()
                assert await person.connection.close() == 1000
                persons = persons[1:]
                for each in persons:
                    await each.expect("user_left")

    asyncio.run(talk())
