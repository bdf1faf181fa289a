"""TLS on a listener: versions, names, tickets, refusals; and that all of a connection's bytes come
through, whatever their size and time.
"""

import asyncio
import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
import warnings

import pytest
import websockets

from certificate import certificate, listener, openssl, trusting
from client import fresh, request
from server import BUILD, UNLIMITED
from wire import CLOSE, DEADLINE, PING, PONG, TEXT, Ended, close_payload, frame, ms, text_frame, upgrade_headers

ONE, TWO = "one.example", "two.example"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
CONFIG = UNLIMITED | {"listen": [listener(ONE, TWO)]}


@pytest.fixture
def chat(chatd):
    chatd.tls = trusting(ONE)
    return chatd


@pytest.fixture
def secure(server, workers):
    """secure(option=…): a chatd of the test's own."""

    def start(**more):
        chat = server(workers, more)
        chat.tls = trusting(ONE)
        return chat

    return start


@pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])
def test_members_of_both_versions_talk(chat, version):
    ann = chat.client(tls=trusting(ONE, version=version))
    bob = chat.client()
    room = fresh()
    ann.create(room)
    bob.join(room)
    ann.expect("user_joined")
    for number in range(20):
        bob.say(room, f"{number} " + "x" * 400 * number)
        ann.expect_said(room, f"{number} " + "x" * 400 * number)
    assert ann.socket.version() == ("TLSv1.2" if version == V12 else "TLSv1.3")


def test_a_client_that_nobody_here_wrote_talks(chat):
    async def talk():
        url = f"wss://127.0.0.1:{chat.port}/ws"
        async with websockets.connect(url, ssl=trusting(ONE), subprotocols=["chat.v1"]) as ann:
            await ann.send(request("ping"))
            assert json.loads(await ann.recv())["type"] == "pong"

    asyncio.run(talk())


def test_an_older_version_is_refused(chat):
    old = trusting(ONE)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        chat.wire(tls=old)


@pytest.mark.parametrize("asked, shown", [(ONE, ONE), (TWO, TWO), ("no.example", ONE), (None, ONE)])
def test_the_name_that_is_asked_for_chooses_the_certificate(chat, asked, shown):
    wire = chat.wire(tls=trusting(ONE, TWO), name=asked)
    assert dict(wire.socket.getpeercert()["subjectAltName"]) == {"DNS": shown}
    assert wire.upgrade().status == 101


@pytest.mark.parametrize("offered, selected", [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)], ids=str)  # fmt: skip
def test_http_1_is_what_is_spoken(chat, offered, selected):
    context = trusting(ONE)
    if offered:
        context.set_alpn_protocols(offered)
    wire = chat.wire(tls=context)
    assert wire.socket.selected_alpn_protocol() == selected
    assert wire.get("/health").status == 200


def test_who_speaks_only_http_2_is_told_so(chat):
    context = trusting(ONE)
    context.set_alpn_protocols(["h2"])
    with pytest.raises((ssl.SSLError, ConnectionError)):
        chat.wire(tls=context)


@pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])
@pytest.mark.parametrize("name", [ONE, TWO])
def test_a_session_goes_on_at_any_worker(chat, version, name):
    context = trusting(ONE, TWO, version=version)

    def connect(session):
        raw = socket.create_connection(("127.0.0.1", chat.port), DEADLINE)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=name, session=session) as peer:
            peer.sendall(b"GET /health HTTP/1.1\r\nHost: chat\r\n\r\n")
            peer.recv(1000)  # with 1.3 tickets come behind the handshake
            return peer.session_reused, peer.session

    reused, session = connect(None)
    assert not reused
    assert [connect(session)[0] for _ in range(12)] == [True] * 12


def test_what_comes_with_the_handshake_is_not_lost(chat):
    wire = chat.wire()
    early = frame(PING, b"early") + text_frame(request("ping"))
    assert wire.upgrade(tail=early).status == 101
    assert {wire.read_frame().opcode for _ in range(2)} == {PONG, TEXT}


def test_frames_that_come_record_by_record_while_the_upgrade_is_under_way_are_not_lost(chat):
    wire = chat.wire()
    wire.request(headers=upgrade_headers())
    for n in range(30):
        wire.send(text_frame(request("ping", id=n)))
    assert wire.read_response().status == 101
    for n in range(30):
        assert json.loads(wire.read_frame().payload)["id"] == n


@pytest.mark.parametrize("length", [8191, 8192, 8193, 12000])
def test_a_request_head_of_any_length_is_read(chat, length):
    """One record that just fills a buffer is a record like others."""
    wire = chat.wire()
    head = b"GET /health HTTP/1.1\r\nHost: chat\r\nCookie: "
    wire.send(head + b"x" * (length - len(head) - 4) + b"\r\n\r\n")
    assert wire.read_response().status == 200


def test_a_connection_serves_request_after_request(chat):
    wire = chat.wire()
    for _ in range(5):
        assert wire.get("/health").body == b'{"status":"healthy"}'
    assert wire.upgrade().status == 101


def test_many_frames_and_large_ones_come_whole(secure):
    chat = secure(**{"limits.outbound_queue": "64MiB"})
    ann, bob = chat.client(), chat.client()
    room = fresh()
    ann.create(room)
    bob.join(room)
    ann.expect("user_joined")
    ann.send_texts(request("message", {"room_id": room, "message": f"{n}"}) for n in range(500))
    large = [chr(ord("a") + n % 26) * 10000 for n in range(100)]
    ann.send_texts(request("message", {"room_id": room, "message": text}) for text in large)
    for text in [*map(str, range(500)), *large]:
        bob.expect_said(room, text)


def test_one_who_reads_late_gets_all_of_it_in_order(secure):
    chat = secure(**{"limits.outbound_queue": "64MiB"})
    late, ann = chat.client(rcvbuf=4096), chat.client()
    room = fresh()
    ann.create(room)
    late.join(room)
    ann.expect("user_joined")
    texts = [f"{n} " + "z" * 9000 for n in range(300)]
    for text in texts:
        ann.say(room, text)
        ann.expect_said(room, text)
    for text in texts:
        late.expect_said(room, text)
    late.send_frame(PING, b"still here")
    late.expect_frame(PONG, b"still here")


def test_one_who_does_not_read_is_closed_alone(secure):
    chat = secure(**{"limits.outbound_queue": "64KiB"})
    slow, ann = chat.client(rcvbuf=4096), chat.client()
    room = fresh()
    ann.create(room)
    slow.join(room)
    ann.expect("user_joined")
    said = 0
    while True:
        ann.say(room, "x" * 10000)
        got = ann.read()
        if got["type"] == "user_left":
            break
        said += 1
        assert got["type"] == "new_message" and said < 2000
    try:
        while (got := slow.read_frame()).opcode != CLOSE:
            pass
        assert got.close_code() == 4013
    except (Ended, ssl.SSLError):
        pass  # its kernel took nothing any more
    chat.wait_for_log(r"slow_consumer")


def test_a_connection_ends_with_close_notify(chat):
    client = chat.client()
    client.send_close()
    client.expect_frame(CLOSE, close_payload(1000))
    assert client.socket.recv(1) == b""  # else it raises SSLEOFError
    refused = chat.wire()
    refused.request(path="/nowhere", headers=[("Host", "chat")])
    assert refused.read_response().status == 404
    assert refused.socket.recv(1) == b""


def test_a_member_that_goes_without_a_word_has_gone(chat):
    ann, bob = chat.client(), chat.client()
    room = fresh()
    ann.create(room)
    bob.join(room)
    ann.expect("user_joined")
    bob.abort()
    ann.expect("user_left", user_id=bob.user)
    carl = chat.client()
    carl.join(room)
    ann.expect("user_joined")
    carl.socket.unwrap()  # close_notify without a close frame
    carl.close()
    ann.expect("user_left", user_id=carl.user)


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01\x00"], ids=["nothing", "part"])
def test_who_stalls_in_the_handshake_is_ended_in_time(secure, sent):
    chat = secure(**{"http.handshake_timeout": ms(200)})
    stalling = chat.wire(tls=None, first=sent)
    chat.client().fence()
    assert stalling.socket.recv(1) == b""


def test_who_stalls_between_handshake_and_request_is_ended_in_time(secure):
    chat = secure(**{"http.handshake_timeout": ms(200)})
    assert chat.wire().socket.recv(1) == b""


@pytest.mark.parametrize("sent", [b"GET /ws HTTP/1.1\r\nHost: chat\r\n\r\n", bytes(range(256)) * 64], ids=["http", "noise"])  # fmt: skip
def test_who_speaks_no_tls_is_ended(chat, sent):
    wire = chat.wire(tls=None)
    wire.send(sent)
    try:
        while wire.socket.recv(4096):
            pass
    except ConnectionError:
        pass
    chat.client().fence()


def test_noise_in_the_midst_ends_one_connection(chat):
    ann, bob = chat.client(), chat.client()
    room = fresh()
    ann.create(room)
    bob.join(room)
    ann.expect("user_joined")
    raw = socket.socket(fileno=bob.socket.detach())
    raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    ann.expect("user_left", user_id=bob.user)
    raw.close()
    ann.fence()


def shown_to(chat):
    wire = chat.wire(tls=trusting(ONE, TWO))
    return dict(wire.socket.getpeercert()["subjectAltName"])["DNS"]


def test_a_reload_shows_new_certificates_and_keeps_members_and_sessions(server, workers, tmp_path):
    files = [tmp_path / "chain.pem", tmp_path / "key.pem"]

    def put(name):
        for source, file in zip(certificate(name), files):
            shutil.copy(source, file)

    put(ONE)
    listen = {"address": "127.0.0.1", "port": 0, "tls": dict(zip(["certificate", "key"], map(str, files)))}  # fmt: skip
    chat = server(workers, {"listen": [listen]})
    ann = chat.client(tls=trusting(ONE))
    ann.create("lobby", "ann")
    put(TWO)
    assert shown_to(chat) == ONE
    chat.send_signal(signal.SIGHUP)
    chat.wait_for_log(r"\breloaded\b")
    assert shown_to(chat) == TWO
    files[1].write_text("no key")
    chat.send_signal(signal.SIGHUP)
    assert "holds no private key" in chat.wait_for_log(r"config_problem.*").string
    chat.wait_for_log(r"\breload_refused\b")
    assert shown_to(chat) == TWO
    ann.say("lobby", "still here")
    ann.expect_said("lobby", "still here")


def test_an_expired_certificate_is_no_error_while_the_server_runs(server, workers):
    old, key = certificate(ONE, days=-1)
    tls = {"certificate": str(old), "key": str(key)}
    chat = server(workers, {"listen": [{"address": "127.0.0.1", "port": 0, "tls": tls}]})
    said = f"warning: listen.tls.certificate {old}: has expired"
    done = chat.ctl("-o", "json", "config", "check")
    told = [row["warning"] for row in json.loads(done.stdout)["warnings"]]
    assert said in told[0], told
    chat.send_signal(signal.SIGHUP)
    assert said in chat.wait_for_log(r" warning config_warning .*").string
    chat.wait_for_log(r"\breloaded\b")
    assert not [line for line in chat.log if "config_problem" in line]


def test_renegotiation_is_refused(chat):
    asked = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{chat.port}", "-tls1_2"],
        input="R\n", capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "RENEGOTIATING" in asked.stdout + asked.stderr
    assert "no renegotiation" in asked.stderr


def test_those_in_a_handshake_hold_places_and_give_them_back(secure):
    chat = secure(**{"limits.connections": 8})
    for _ in range(3):
        held = [chat.wire() for _ in range(3)]
        for wire in held:
            assert wire.get("/health").status == 200
        for wire in held:
            wire.close()
        until = time.monotonic() + DEADLINE
        while chat.wire().upgrade().status != 101:
            assert time.monotonic() < until
        chat.close_clients()


def test_a_proxy_speaks_before_tls(server, workers):
    chat = server(workers, {"listen": [listener(ONE, proxy_protocol=True)]})
    first = b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n"
    chat.client(first=first, tls=trusting(ONE)).create("lobby", "ann")
    [row] = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    assert row["address"] == "203.0.113.7"


def test_the_address_of_a_member_is_its_own(secure):
    chat = secure()
    ann = chat.client()
    ann.create("lobby", "ann")
    [row] = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    assert row["address"] == "127.0.0.1:%d" % ann.socket.getsockname()[1]


def test_without_descriptors_a_connection_is_refused_and_the_next_served(server):
    chat = server(1, {"limits.connections": 100}, nofile=64)
    chat.tls = trusting(ONE)
    held = []
    with pytest.raises((ssl.SSLError, ConnectionError, Ended)):
        for _ in range(64):
            held.append(chat.client())
            held[-1].fence()
    chat.close_clients()
    until = time.monotonic() + DEADLINE
    while True:
        try:
            chat.client().fence()
            break
        except (ssl.SSLError, ConnectionError, Ended):
            assert time.monotonic() < until


def check(tmp_path, item):
    file = tmp_path / "chatd.yaml"
    file.write_text(f"listen:\n  port: 0\n  tls:\n    - {item}\n")
    done = subprocess.run([BUILD / "bin" / "chatd", "-t", "-c", file], capture_output=True, text=True, timeout=60)  # fmt: skip
    return done.returncode, done.stderr.replace(f"{file}:4:7: ", "HERE ")


def test_a_wrong_certificate_or_key_is_told_with_its_place(tmp_path):
    good, key = certificate(ONE)
    (tmp_path / "empty").write_text("")
    other_kind = certificate(ONE, key="rsa")[1]
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", str(tmp_path / "locked"))

    def problem(certificate, key):
        code, said = check(tmp_path, f"{{certificate: {certificate}, key: {key}}}")
        assert code == 78
        return said

    assert problem(good, certificate(TWO)[1]) == f"HERE listen.tls.key {certificate(TWO)[1]}: is not the key of its certificate\n"  # fmt: skip
    assert problem(good, other_kind) == f"HERE listen.tls.key {other_kind}: is not the key of its certificate\n"  # fmt: skip
    assert problem("none", key) == f"HERE listen.tls.certificate {tmp_path}/none: No such file or directory\n"  # fmt: skip
    assert problem(good, "none") == f"HERE listen.tls.key {tmp_path}/none: No such file or directory\n"  # fmt: skip
    assert "holds no certificate in PEM" in problem("empty", key)
    assert "holds no certificate in PEM" in problem(key, key)
    for wrong in ["empty", good, "locked"]:
        assert "holds no private key in PEM that needs no passphrase" in problem(good, wrong)
    code, said = check(tmp_path, f"{{certificate: {good}}}")
    assert code == 78 and said == "HERE listen.tls: an item without key, expected one\n"


def test_a_certificate_whose_time_is_over_is_a_warning(tmp_path):
    old, key = certificate(ONE, days=-1)
    code, said = check(tmp_path, f"{{certificate: {old}, key: {key}}}")
    assert (code, said) == (0, f"HERE warning: listen.tls.certificate {old}: has expired\n")
