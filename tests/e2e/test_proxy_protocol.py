"""listen.proxy_protocol: the header is required and believed, in both versions, for every limit and
in every list; and nothing behind it is lost.
"""

import ipaddress
import json
import struct

import pytest

from wire import DEADLINE, Ended

CLIENT = "203.0.113.7"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def line(client=CLIENT):
    family = "TCP6" if ":" in client else "TCP4"
    proxy = "::1" if ":" in client else "127.0.0.1"
    return f"PROXY {family} {client} {proxy} 4711 443\r\n".encode()


def binary(client=CLIENT, *, command=0x21, more=b""):
    address = ipaddress.ip_address(client)
    family = 0x11 if address.version == 4 else 0x21
    body = address.packed * 2 + struct.pack("!HH", 4711, 443) + more
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(body)) + body


@pytest.fixture
def behind(server, workers):
    def start(**more):
        listen = [{"address": "127.0.0.1", "port": 0, "proxy_protocol": True}]
        return server(workers, {"listen": listen} | more)

    return start


def addresses(chat):
    rows = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    return {row["user"]: row["address"] for row in rows}


def test_every_form_of_the_header_says_where_its_client_is(behind):
    chat = behind()
    headers = {
        "line-4": line(),
        "line-6": line("2001:db8::7"),
        "binary-4": binary(),
        "binary-6": binary("2001:db8::7"),
        "extended": binary(more=b"\x02\0\4chat"),
        "unknown": b"PROXY UNKNOWN\r\n",
        "local": binary(command=0x20),
    }
    for name, header in headers.items():
        chat.client(first=header).create(name, name)
    told = addresses(chat)
    for name in ["line-4", "binary-4", "extended"]:
        assert told[name] == CLIENT
    assert told["line-6"] == told["binary-6"] == "2001:db8::7"
    for name in ["unknown", "local"]:
        assert told[name].startswith("127.0.0.1:")


@pytest.mark.parametrize("header", [line(), binary()], ids=["line", "binary"])
def test_a_header_in_single_bytes_with_the_request_on_its_heels_is_read(behind, header):
    chat = behind()
    wire = chat.wire()
    wire.drip(header[:-1])
    wire.send(header[-1:] + b"GET /health HTTP/1.1\r\nHost: chat\r\n\r\n")
    assert wire.read_response().status == 200


def test_limits_count_the_client_that_is_told(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = chat.wire(first=line())
    assert held.upgrade().status == 101
    refused = chat.wire(first=binary()).upgrade()
    assert refused.status == 429 and int(refused.header("retry-after")) > 0
    assert chat.wire(first=line("203.0.113.8")).upgrade().status == 101
    assert chat.wire(first=b"PROXY UNKNOWN\r\n").upgrade().status == 101
    assert chat.wire(first=binary(command=0x20)).upgrade().status == 429


def test_a_client_that_is_told_may_itself_be_a_trusted_proxy(behind):
    chat = behind(**{"http.trusted_proxies": [CLIENT]})
    chat.client(first=line(), headers={"X_Forwarded_For": "192.0.2.9"}).create("a", "ann")
    chat.client(first=line("203.0.113.8"), headers={"X_Forwarded_For": "192.0.2.9"}).create("b", "bob")
    assert addresses(chat) == {"ann": "192.0.2.9", "bob": "203.0.113.8"}


@pytest.mark.parametrize(
    "first",
    [
        b"GET /health HTTP/1.1\r\nHost: chat\r\n\r\n",
        b"PROXY TCP4 1.1.1.1\r\n",
        SIGNATURE + b"\x31\x11\0\x0c" + bytes(12),
        b"\x16\x03\x01\x02\0\x01",
    ],
    ids=["http", "line", "binary", "tls"],
)
def test_without_a_right_header_the_connection_ends_and_the_log_says_so(behind, first):
    chat = behind()
    wire = chat.wire(first=first)
    with pytest.raises(Ended):
        wire.read_response()
    chat.wait_for_log(r"connection_refused address=127\.0\.0\.1 reason=\"not a PROXY header\"")


def test_a_header_that_does_not_come_in_time_ends_the_connection(behind):
    chat = behind(**{"http.handshake_timeout": "50ms"})
    wire = chat.wire(first=b"PROXY TCP4 ")
    wire.socket.settimeout(DEADLINE)
    assert wire.socket.recv(1) == b""
    chat.wait_for_log(r"connection_refused address=127\.0\.0\.1 reason=\"no PROXY header\"")


def test_the_log_has_one_line_a_second_for_all_who_send_none(behind):
    chat = behind()
    for _ in range(20):
        wire = chat.wire(first=b"none\r\n")
        with pytest.raises(Ended):
            wire.read_response()
    assert sum("connection_refused" in entry for entry in chat.log) < 10


def test_those_who_wait_for_their_header_hold_a_place_and_a_stop_does_not_wait_for_them(server):
    """One worker takes them in the order in which they come."""
    listen = [{"address": "127.0.0.1", "port": 0, "proxy_protocol": True}]
    chat = server(1, {"listen": listen, "limits.connections": 4})
    waiting = [chat.wire(first=b"PROXY") for _ in range(2)]
    assert chat.wire(first=line()).upgrade().status == 503
    waiting[0].close()
    waiting[1].send(b" UNKNOWN\r\n")
    assert waiting[1].upgrade().status == 101
    waiting[1].close()
    chat.wire(first=b"PR")
    assert chat.stop() == 0
