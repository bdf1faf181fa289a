"""RFC 6455 at full length, on echo-host: the same connections and frames as chatd's, without the
chat's small messages in the way. Every message comes back as it went."""

import asyncio
import random
import signal
import socket

import pytest
import websockets

from program import Program
from wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    DEADLINE,
    PING,
    PONG,
    TEXT,
    Wire,
    close_payload,
    frame,
    pump,
    text_frame,
)

KINDS = pytest.mark.parametrize("kind", [TEXT, BINARY], ids=["text", "binary"])
MIB = 1 << 20
LIMIT = 64 * MIB


class Echo(Wire):
    def take_frame(self):
        """chatd sends no binary frame and Wire knows none; in all else they are like text."""
        binary = bool(self.buffer) and self.buffer[0] & 0x0F == BINARY
        if not binary:
            return super().take_frame()
        self.buffer[0] ^= BINARY ^ TEXT
        got = super().take_frame()
        if got is None:
            self.buffer[0] ^= BINARY ^ TEXT
            return None
        return got._replace(opcode=BINARY)

    def fence(self):
        """Nothing else was on its way before now, and the connection is in order."""
        self.send_frame(PING, b"fence")
        self.expect_frame(PONG, b"fence")


@pytest.fixture(scope="module")
def program():
    host = Program("echo-host")
    yield host
    host.stop()


@pytest.fixture
def client(program):
    wire = program.opened(Echo(program.port))
    assert wire.upgrade(path="/").status == 101
    yield wire
    program.close_clients()


def payload(kind, length):
    """Bytes of all values; for a text, characters of all lengths."""
    unit = "aß€😀".encode() if kind == TEXT else bytes(range(256))
    return (unit * (length // len(unit)) + b"." * (length % len(unit)))[:length]


def fragments(kind, data, size):
    """The message in frames of `size` bytes of payload."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    for index, piece in enumerate(pieces):
        opcode = kind if index == 0 else CONTINUATION
        yield frame(opcode, piece, fin=index == len(pieces) - 1)


def test_another_path_is_none_of_its_business(program):
    for path, status in (("/", 426), ("/health", 200), ("/health/", 404), ("/ws", 404)):
        visitor = program.opened(Echo(program.port))
        assert visitor.get(path).status == status, path
    program.close_clients()


# Messages


@KINDS
@pytest.mark.parametrize("length", [*range(8), 125, 126, 127, 128, 65535, 65536, 65537, MIB])
def test_a_message_of_any_length_comes_back(client, kind, length):
    client.send_frame(kind, payload(kind, length))
    client.expect_frame(kind, payload(kind, length))
    client.fence()


@KINDS
@pytest.mark.parametrize("length", [MIB, 16 * MIB, LIMIT], ids=["1MiB", "16MiB", "64MiB"])
def test_a_large_message_comes_back_to_another_client(program, kind, length):
    data = payload(kind, length)
    message = data.decode() if kind == TEXT else data

    async def exchange():
        url = f"ws://127.0.0.1:{program.port}/"
        how = {"max_size": None, "compression": None, "ping_interval": None}
        async with websockets.connect(url, **how) as peer:
            await peer.send(message)
            assert await asyncio.wait_for(peer.recv(), DEADLINE) == message
            await peer.send("more")
            assert await asyncio.wait_for(peer.recv(), DEADLINE) == "more"
        assert peer.close_code == 1000

    asyncio.run(exchange())


def test_a_message_over_the_limit_is_refused_at_its_header(client):
    client.send(frame(BINARY, declared=LIMIT + 1))
    client.expect_close(1009)


def test_many_messages_in_one_write_come_back_in_order(client):
    texts = [f"message {number} ".encode() * (number % 50) for number in range(2000)]
    client.send(b"".join(map(text_frame, texts)))
    for each in texts:
        client.expect_frame(TEXT, each)
    client.fence()


def test_what_a_client_does_not_read_yet_waits_for_it(client):
    sizes = random.Random(7).sample(range(200_000), 100)
    for size in sizes:
        client.send_frame(BINARY, payload(BINARY, size))
    for size in sizes:
        client.expect_frame(BINARY, payload(BINARY, size))
    client.fence()


def test_clients_do_not_hear_each_other(program):
    clients = [program.opened(Echo(program.port)) for _ in range(20)]
    for each in clients:
        assert each.upgrade(path="/").status == 101
    for number, each in enumerate(clients):
        each.send_frame(TEXT, f"client {number}".encode())
    pump(clients, lambda each: each.inbox)
    for number, each in enumerate(clients):
        each.expect_frame(TEXT, f"client {number}".encode())
        each.fence()
    program.close_clients()


# Fragments


@KINDS
@pytest.mark.parametrize("length", [0, 1, 2, 5000])
def test_fragments_of_one_byte_make_a_message(client, kind, length):
    data = payload(kind, length)
    client.send(b"".join(fragments(kind, data, 1)))
    client.expect_frame(kind, data)
    client.fence()


@KINDS
@pytest.mark.parametrize("size", [7, 125, 126, 1024, 65535, 65536, 1_000_000])
def test_fragments_of_any_size_make_a_message(client, kind, size):
    data = payload(kind, min(size * 300, 4 * MIB))
    client.send(b"".join(fragments(kind, data, size)))
    client.expect_frame(kind, data)


def test_tens_of_thousands_of_fragments_make_the_largest_message(client):
    data = payload(BINARY, LIMIT)
    for piece in fragments(BINARY, data, 2048):
        client.send(piece)
    got = client.read_frame()
    assert got.opcode == BINARY and got.payload == data
    client.fence()


def test_fragments_may_be_empty(client):
    client.send_frame(TEXT, b"", fin=False)
    client.send_frame(CONTINUATION, b"", fin=False)
    client.send_frame(CONTINUATION, b"not", fin=False)
    client.send_frame(CONTINUATION, b"", fin=False)
    client.send_frame(CONTINUATION, b"hing", fin=False)
    client.send_frame(CONTINUATION, b"")
    client.expect_frame(TEXT, b"nothing")
    client.send_frame(BINARY, b"", fin=False)
    client.send_frame(CONTINUATION, b"")
    client.expect_frame(BINARY, b"")


@KINDS
def test_control_frames_between_fragments_are_answered_before_the_message(client, kind):
    data = payload(kind, 1000)
    for number, piece in enumerate(fragments(kind, data, 10)):
        client.send_frame(PONG, b"unasked")
        client.send_frame(PING, b"%d" % number)
        client.expect_frame(PONG, b"%d" % number)
        client.send(piece)
    client.expect_frame(kind, data)
    client.fence()


def test_a_new_message_within_a_message_is_1002(client):
    client.send_frame(BINARY, b"a", fin=False)
    client.send_frame(BINARY, b"b")
    client.expect_close(1002)


@pytest.mark.parametrize("fin", [True, False])
def test_a_continuation_of_nothing_is_1002(client, fin):
    client.send_frame(BINARY, b"whole")
    client.expect_frame(BINARY, b"whole")
    client.send_frame(CONTINUATION, b"more", fin=fin)
    client.expect_close(1002)


# Segments


@KINDS
@pytest.mark.parametrize("length", [0, 5, 125, 126, 300])
def test_a_message_may_come_byte_by_byte(client, kind, length):
    data = payload(kind, length)
    client.drip(frame(kind, data))
    client.expect_frame(kind, data)


def test_any_frames_may_come_byte_by_byte(client):
    client.drip(
        frame(TEXT, "é".encode()[:1], fin=False)
        + frame(PING, b"between")
        + frame(CONTINUATION, "é".encode()[1:])
        + frame(BINARY, b"\xff")
        + frame(CLOSE, close_payload(3000, "é".encode()))
    )
    client.expect_frame(PONG, b"between")
    client.expect_frame(TEXT, "é".encode())
    client.expect_frame(BINARY, b"\xff")
    client.expect_close(3000)


def test_segments_of_random_sizes_change_nothing(client):
    chance = random.Random(11)
    messages = [(chance.choice([TEXT, BINARY]), chance.randrange(3000)) for _ in range(300)]
    stream = b"".join(
        b"".join(fragments(kind, payload(kind, length), chance.randrange(1, 2000)))
        for kind, length in messages
    )
    at = 0
    while at < len(stream):
        step = chance.choice([1, 2, 3, 14, 100, 4096])
        client.send(stream[at : at + step])
        at += step
    for kind, length in messages:
        client.expect_frame(kind, payload(kind, length))


# Control frames


def test_a_ping_of_any_payload_gets_its_pong(client):
    for length in range(126):
        client.send_frame(PING, payload(BINARY, length))
        client.expect_frame(PONG, payload(BINARY, length))


def test_of_pings_in_one_segment_the_last_is_answered(client):
    client.send(b"".join(frame(PING, b"%d" % number) for number in range(10)))
    pongs = []
    while b"9" not in pongs:
        got = client.read_frame()
        assert got.opcode == PONG
        pongs.append(got.payload)
    assert pongs == sorted(pongs), "RFC 6455 §5.5.3: only the newest need an answer, in order"


def test_a_pong_nobody_asked_for_is_ignored(client):
    for length in (0, 1, 125):
        client.send_frame(PONG, payload(BINARY, length))
    client.fence()


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_control_frame_over_125_bytes_is_1002(client, opcode):
    client.send(frame(opcode, b"x" * 126)[:4])
    client.expect_close(1002)


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_a_control_frame_in_pieces_is_1002(client, opcode):
    client.send_frame(opcode, b"", fin=False)
    client.expect_close(1002)


# Reserved bits and opcodes


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, PONG, CLOSE])
def test_a_reserved_bit_is_1002(client, opcode, rsv):
    client.send_frame(TEXT, b"before")
    client.send_frame(opcode, b"", rsv=rsv)
    client.expect_close(1002, skip=True)


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_a_reserved_opcode_is_1002(client, opcode):
    client.send_frame(opcode, b"x")
    client.expect_close(1002)


@pytest.mark.parametrize("opcode", [TEXT, BINARY, CONTINUATION, PING, CLOSE])
def test_a_frame_without_a_mask_is_1002(client, opcode):
    client.send_frame(opcode, b"", mask=False)
    client.expect_close(1002)


@pytest.mark.parametrize("form, length", [(16, 0), (16, 125), (64, 0), (64, 126), (64, 65535)])
def test_a_length_longer_than_needed_is_1002(client, form, length):
    client.send(frame(BINARY, b"x" * length, form=form)[: 4 if form == 16 else 10])
    client.expect_close(1002)


# UTF-8

VALID = [
    "κόσμε",
    "\0",
    "\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff",
    "\ud7ff\ue000\ufffd\ufeff",
    "\ufdd0\ufffe\U0001fffe",
]
# To each the number of bytes that decide it.
INVALID = [
    (b"\x80", 1),
    (b"\xc0\x80", 1),
    (b"\xc1", 1),
    (b"\xc3\x28", 2),
    (b"\xe0\x9f", 2),
    (b"\xe2\x82\x28", 3),
    (b"\xed\xa0\x80", 2),
    (b"\xed\xbf\xbf", 2),
    (b"\xf0\x8f", 2),
    (b"\xf0\x9f\x98\x28", 4),
    (b"\xf4\x90\x80\x80", 2),
    (b"\xf5", 1),
    (b"\xf8\x88\x80\x80\x80", 1),
    (b"\xff", 1),
    ("κόσμε".encode() + b"\xed\xa0\x80edited", 13),
]
INVALIDS = pytest.mark.parametrize(
    "data, decided", INVALID, ids=[data.hex() for data, _decided in INVALID]
)


@pytest.mark.parametrize("text", VALID, ids=ascii)
def test_valid_utf8_comes_back_at_every_cut(client, text):
    data = text.encode()
    for cut in range(len(data) + 1):
        client.send_frame(TEXT, data[:cut], fin=False)
        client.send_frame(CONTINUATION, data[cut:])
        client.expect_frame(TEXT, data)


@INVALIDS
def test_invalid_utf8_is_1007(client, data, decided):
    client.send_frame(TEXT, data)
    client.expect_close(1007)


@INVALIDS
def test_invalid_utf8_is_refused_before_its_frame_is_whole(client, data, decided):
    client.send(frame(TEXT, data[:decided], declared=1000))
    client.expect_close(1007)


@INVALIDS
def test_invalid_utf8_is_refused_before_its_message_is_whole(client, data, decided):
    for index, piece in enumerate(data[:decided]):
        client.send_frame(TEXT if index == 0 else CONTINUATION, bytes([piece]), fin=False)
    client.expect_close(1007)


@pytest.mark.parametrize("text", ["ß", "€", "😀"])
def test_a_text_that_ends_within_a_character_is_1007(client, text):
    client.send_frame(TEXT, b"x" + text.encode()[:-1])
    client.expect_close(1007)


def test_binary_messages_need_no_utf8(client):
    for data, _decided in INVALID:
        client.send_frame(BINARY, data)
        client.expect_frame(BINARY, data)


# Closes

GOOD_CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


def expect_answer(client, code):
    got = client.read_frame()
    assert (got.opcode, got.close_code()) == (CLOSE, code)
    client.expect_end()


@pytest.mark.parametrize("code", GOOD_CODES)
@pytest.mark.parametrize("length", [0, 1, 123])
def test_a_close_is_answered_with_its_code(client, code, length):
    client.send_close(code, b"r" * length)
    expect_answer(client, code)


def test_a_close_without_a_code_is_answered_without_one(client):
    client.send_frame(CLOSE)
    expect_answer(client, None)


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_close_code_that_none_may_send_is_1002(client, code):
    client.send_close(code)
    client.expect_close(1002)


def test_half_a_close_code_is_1002(client):
    client.send_frame(CLOSE, b"\x03")
    client.expect_close(1002)


@pytest.mark.parametrize("reason", [b"\xff", b"ok \xed\xa0\x80", "ß".encode()[:1]])
def test_a_close_reason_that_is_not_utf8_is_1007(client, reason):
    client.send_close(1000, reason)
    client.expect_close(1007)


def test_what_came_before_a_close_comes_back_before_its_answer(client):
    large = payload(BINARY, MIB)
    client.send(frame(TEXT, b"last") + frame(BINARY, large) + frame(CLOSE, close_payload(1000)))
    client.expect_frame(TEXT, b"last")
    client.expect_frame(BINARY, large)
    expect_answer(client, 1000)


def test_nothing_behind_a_close_is_answered(client):
    client.send(
        frame(CLOSE, close_payload(1000)) + frame(PING, b"late") + frame(TEXT, b"late") + b"\xff"
    )
    expect_answer(client, 1000)


def test_a_close_within_a_message_ends_both(client):
    client.send_frame(TEXT, b"half", fin=False)
    client.send_close(1001)
    expect_answer(client, 1001)


# Ends without a close


def test_what_came_whole_before_a_half_close_comes_back(client):
    large = payload(BINARY, 3 * MIB)
    client.send(frame(TEXT, b"whole") + frame(BINARY, large) + frame(TEXT, b"", declared=5))
    client.socket.shutdown(socket.SHUT_WR)
    client.expect_frame(TEXT, b"whole")
    client.expect_frame(BINARY, large)
    client.expect_end()


@pytest.mark.parametrize("how", ["close", "abort"])
@pytest.mark.parametrize(
    "data",
    [b"", frame(TEXT, b"half")[:5], frame(TEXT, b"", fin=False)],
    ids=["in silence", "within a frame", "within a message"],
)
def test_whoever_goes_without_a_close_disturbs_nobody(program, client, how, data):
    gone = program.opened(Echo(program.port))
    assert gone.upgrade(path="/").status == 101
    gone.send(data)
    getattr(gone, how)()
    client.send_frame(TEXT, b"still here")
    client.expect_frame(TEXT, b"still here")


def test_a_peer_that_goes_while_it_is_sent_to_disturbs_nobody(program, client):
    gone = program.opened(Echo(program.port, rcvbuf=4096))
    assert gone.upgrade(path="/").status == 101
    gone.send_frame(BINARY, payload(BINARY, 8 * MIB))
    gone.send_frame(PING, b"taken whole")
    gone.abort()
    client.send_frame(TEXT, b"still here")
    client.expect_frame(TEXT, b"still here")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_says_farewell_to_everyone(number):
    host = Program("echo-host")
    client = host.opened(Echo(host.port))
    assert client.upgrade(path="/").status == 101
    host.send_signal(number)
    client.expect_close(1001)
    host.wait()
