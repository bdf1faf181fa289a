"""A WebSocket client on a plain blocking socket that can send anything and forgives nothing.

It keeps no rule on what it sends and every rule of RFC 6455 on what it receives: unmasked, shortest
length, no reserved bit, whole control frames. All waiting has one deadline.
"""

import base64
import hashlib
import os
import selectors
import socket
import struct
import time
import zlib
from collections import deque
from typing import NamedTuple

from schema import met

SCALE = float(os.environ.get("CHATD_TEST_SCALE", "1"))
DEADLINE = 10 * SCALE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MISSING = object()


def ms(milliseconds):
    """A configured time, stretched like the deadlines."""
    return f"{round(milliseconds * SCALE)}ms"


class Ended(Exception):
    """The TCP connection came to its end."""


class PeerClosed(Exception):
    """A close frame came where something else was expected."""


class Frame(NamedTuple):
    opcode: int
    payload: bytes
    fin: bool = True
    compressed: bool = False

    def close_code(self):
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else None

    def close_reason(self):
        return self.payload[2:].decode("utf-8")


class Response(NamedTuple):
    status: int
    headers: list
    body: bytes
    version: str = "HTTP/1.1"

    def header(self, name):
        """The one value of a header, None without it."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} more than once: {values}"
        return values[0] if values else None


def masked(payload, key):
    length = len(payload)
    keys = (key * (length // 4 + 1))[:length]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    return mixed.to_bytes(length, "big")


def frame(opcode, payload=b"", *, fin=True, rsv=0, mask=True, form=None, declared=None):
    """The bytes of a client's frame; `form` forces 7, 16 or 64 bits, `declared` another length."""
    length = len(payload) if declared is None else declared
    if form is None:
        form = 7 if length < 126 else 16 if length < 65536 else 64
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if form == 7:
        head += bytes([bit | length])
    elif form == 16:
        head += bytes([bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", length)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def deflated(data, bits=15):
    """A message as permessage-deflate puts it into a frame (RFC 7692 §7.2.1)."""
    stream = zlib.compressobj(wbits=-bits)
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflated(data, bits=15):
    return zlib.decompressobj(wbits=-bits).decompress(data + b"\0\0\xff\xff")


def text_frame(text, **how):
    return frame(TEXT, text.encode() if isinstance(text, str) else text, **how)


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


class Wire:
    deflates = False  # agreed on in the handshake

    def __init__(self, port, *, source=None, rcvbuf=None, path=None, first=b"", tls=None, name=None):
        """`path`: by that Unix socket; `first`: bytes before all others, as a proxy puts them;
        `tls`: the client's context, and `name` whom it asks for."""
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.settimeout(DEADLINE)
        if rcvbuf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if source:
            self.socket.bind((source, 0))
        if path:
            self.socket.connect(str(path))
        else:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(first)
        if tls:
            self.socket = tls.wrap_socket(
                self.socket, server_hostname=name, suppress_ragged_eofs=False
            )
        self.buffer = bytearray()
        self.inbox = deque()

    def close(self):
        self.socket.close()

    def abort(self):
        """End by RST, as a crashed peer does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Sending

    def send(self, data):
        self.socket.settimeout(DEADLINE)
        self.socket.sendall(data)

    def drip(self, data):
        """Each byte in a segment of its own, as far as TCP lets a client say so."""
        for byte in data:
            self.socket.sendall(bytes([byte]))

    def send_text(self, text):
        self.send(text_frame(text))

    def send_texts(self, texts):
        """Many messages in one write."""
        self.send(b"".join(map(text_frame, texts)))

    def send_frame(self, opcode, payload=b"", **how):
        self.send(frame(opcode, payload, **how))

    def send_close(self, code=1000, reason=b""):
        self.send_frame(CLOSE, close_payload(code, reason))

    # Receiving

    def _fill(self, until):
        """More bytes into the buffer, or Ended."""
        left = until - time.monotonic()
        assert left > 0, "nothing came in time"
        self.socket.settimeout(left)
        self.fill_now()

    def fill_now(self):
        try:
            data = self.socket.recv(262144)
        except TimeoutError:
            raise AssertionError("nothing came in time") from None
        except ConnectionError:
            data = b""
        if not data:
            raise Ended(f"{len(self.buffer)} bytes unread")
        self.buffer += data

    def take_frame(self):
        """The next whole frame of the buffer, or None."""
        if len(self.buffer) < 2:
            return None
        first, second = self.buffer[0], self.buffer[1]
        start, length = 2, second
        if second == 126:
            start, length = 4, int.from_bytes(self.buffer[2:4], "big")
        elif second == 127:
            start, length = 10, int.from_bytes(self.buffer[2:10], "big")
        if len(self.buffer) < max(start, 2):
            return None
        assert second < 128, "the server masked a frame"
        data, rsv1 = first & 0x0F in (TEXT, BINARY), first & 0x70 == 0x40
        assert not first & 0x70 or (self.deflates and rsv1 and data), "a reserved bit is set"
        assert start == 2 or length >= (126 if start == 4 else 65536), "not the shortest length"
        if len(self.buffer) < start + length:
            return None
        payload = bytes(self.buffer[start : start + length])
        del self.buffer[: start + length]
        opcode, fin = first & 0x0F, bool(first & 0x80)
        assert opcode in (CONTINUATION, TEXT, CLOSE, PING, PONG), f"opcode {opcode} from the server"
        assert opcode < CLOSE or (fin and length < 126), "a control frame too long or in pieces"
        assert opcode != CLOSE or length != 1, "half a close code"
        return Frame(opcode, inflated(payload) if rsv1 else payload, fin, rsv1)

    def absorb(self):
        """What has come, as frames into the inbox: for one who reads many at once."""
        self.fill_now()
        while (each := self.take_frame()) is not None:
            self.inbox.append(each)

    def read_frame(self, deadline=DEADLINE):
        if self.inbox:
            return self.inbox.popleft()
        until = time.monotonic() + deadline
        while (each := self.take_frame()) is None:
            self._fill(until)
        return each

    def expect_frame(self, opcode, payload):
        got = self.read_frame()
        assert (got.opcode, got.payload, got.fin) == (opcode, payload, True)

    def expect_close(self, *codes, skip=False):
        """The next frame (with skip: the first close frame) is a close with one of these codes;
        it is answered, then the server ends TCP. Its reason is returned."""
        got = self.read_frame()
        while skip and got.opcode != CLOSE:
            got = self.read_frame()
        assert got.opcode == CLOSE, f"{got} instead of a close {codes}"
        assert got.close_code() in codes, f"close {got.close_code()} {got.close_reason()}"
        met.add(got.close_code())
        try:
            self.send_frame(CLOSE, got.payload[:2])
        except ConnectionError:
            pass
        self.expect_end()
        return got.close_reason()

    def expect_end(self):
        """Nothing more, then the end of TCP, which is answered."""
        assert not self.inbox and not self.buffer, f"unread: {self.inbox} {bytes(self.buffer)}"
        try:
            self._fill(time.monotonic() + DEADLINE)
        except Ended:
            self.close()
            return
        raise AssertionError(f"{bytes(self.buffer[:200])} instead of the end")

    # HTTP

    def request(self, method="GET", path="/ws", *, version="HTTP/1.1", headers=(), tail=b""):
        """One HTTP request; `tail` follows in the same segment."""
        lines = [f"{method} {path} {version}", *(f"{name}: {value}" for name, value in headers)]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + tail)

    def read_response(self, method="GET"):
        until = time.monotonic() + DEADLINE
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._fill(until)
        head = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        del self.buffer[: end + 4]
        version, status, *_ = head[0].split(" ")
        headers = [tuple(line.split(": ", 1)) for line in head[1:]]
        response = Response(int(status), headers, b"", version)
        if response.status == 101 or method == "HEAD":
            return response
        length = response.header("content-length")
        if length is None:
            assert response.header("connection") == "close", "a body without an end"
            return response._replace(body=self._read_to_end(until))
        while len(self.buffer) < int(length):
            self._fill(until)
        body = bytes(self.buffer[: int(length)])
        del self.buffer[: int(length)]
        return response._replace(body=body)

    def _read_to_end(self, until):
        try:
            while True:
                self._fill(until)
        except Ended:
            body = bytes(self.buffer)
            self.buffer.clear()
            return body

    def get(self, path, method="GET", headers=()):
        self.request(method, path, headers=[("Host", "localhost"), *headers])
        return self.read_response(method)

    def upgrade(self, *, path="/ws", protocol=None, tail=b"", without=(), **changed):
        """The handshake, checked when it succeeds. `without` leaves headers out, `changed` gives
        others (underscores for dashes)."""
        self.request(path=path, headers=upgrade_headers(protocol, without, **changed), tail=tail)
        response = self.read_response()
        if response.status == 101:
            accept = base64.b64encode(hashlib.sha1(KEY.encode() + GUID).digest()).decode()
            assert response.header("sec-websocket-accept") == accept
            assert response.header("upgrade").lower() == "websocket"
            assert response.header("connection").lower() == "upgrade"
            self.deflates = response.header("sec-websocket-extensions") is not None
        return response


def upgrade_headers(protocol=None, without=(), **changed):
    headers = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    if protocol:
        headers["Sec-WebSocket-Protocol"] = protocol
    for name, value in changed.items():
        headers[name.replace("_", "-")] = value
    kept = [(name, value) for name, value in headers.items() if name not in without]
    lists = [(name, [value] if isinstance(value, str) else value) for name, value in kept]
    return [(name, each) for name, values in lists for each in values]


def pump(wires, done):
    """Reads all of them at once into their inboxes until `done(wire)` holds for each: nobody is a
    slow consumer only because the test reads one socket after the other."""
    until = time.monotonic() + DEADLINE
    with selectors.DefaultSelector() as waiting:
        for wire in wires:
            if not done(wire):
                waiting.register(wire.socket, selectors.EVENT_READ, wire)
        while waiting.get_map():
            ready = waiting.select(max(until - time.monotonic(), 0))
            assert ready, f"{len(waiting.get_map())} of {len(wires)} connections still wait"
            for key, _events in ready:
                key.data.absorb()
                if done(key.data):
                    waiting.unregister(key.fileobj)
