"""The examples in conf/ as they are shipped, but for ports and paths: chatd takes each, and behind the
real nginx and HAProxy clients come in over HTTP and WebSocket, each counted as who it is.
"""

import json
import os
import re
import socket
import subprocess

import pytest

from certificate import certificate, openssl, trusting
from client import fresh
from server import BUILD, ROOT
from wire import DEADLINE, PING, PONG, SCALE

NAME = "chat.example.org"
CONF = ROOT / "conf"
EXAMPLES = sorted(CONF.glob("*.yaml"))


def substituted(text, changes):
    """Each of these stands in the example, and is replaced wherever it does."""
    for old, new in changes.items():
        assert old in text, f"the example has no {old!r}"
        text = text.replace(old, str(new))
    return text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_chatd_takes_every_example(example, tmp_path):
    chain, key = certificate(NAME)
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(tmp_path / "ec.key"))
    openssl("ec", "-in", str(tmp_path / "ec.key"), "-pubout", "-out", str(tmp_path / "login.pem"))
    (tmp_path / "backend.secret").write_text("s" * 32)
    text = re.sub(r"/etc/\S+/(?:full)?chain\.pem", chain, example.read_text())
    text = re.sub(r"/etc/\S+/(?:priv)?key\.pem", key, text)
    file = tmp_path / example.name
    file.write_text(text)
    done = subprocess.run(
        [BUILD / "bin" / "chatd", "-t", "-c", file], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_proxies_wait_longer_than_chatd_is_silent():
    ping_interval = int(re.search(r"ping_interval: (\d+)s", (CONF / "chatd-proxy.yaml").read_text())[1])
    waits = re.findall(r"proxy_(?:read|send)_timeout (\d+)s", (CONF / "nginx.conf").read_text())
    assert len(waits) == 2 and all(int(wait) > ping_interval for wait in waits)
    assert re.search(r"timeout tunnel 1h", (CONF / "haproxy.cfg").read_text())


def test_chatd_and_a_proxy_on_the_same_host_share_no_port():
    own = re.findall(r"port: (\d+)", (CONF / "chatd-proxy.yaml").read_text())
    binds = re.findall(r"bind :(\d+)", (CONF / "haproxy.cfg").read_text())
    listens = re.findall(r"listen (\d+)", (CONF / "nginx.conf").read_text())
    assert own and binds and listens and not set(own) & set(binds + listens)


class Proxy:
    """A program in front of chatd; it is given sockets that are bound already."""

    def __init__(self, command, sockets, environment=None):
        self.ports = [each.getsockname()[1] for each in sockets]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[each.fileno() for each in sockets],
            env=dict(os.environ, **(environment or {})),
        )
        for each in sockets:
            each.close()

    def end(self):
        self._process.terminate()
        self.said = self._process.communicate(timeout=DEADLINE)[1].decode()


@pytest.fixture
def behind(server, most_workers, tmp_path):
    """behind(): a chatd as conf/chatd-proxy.yaml has it, at tmp_path/http.sock and at chat.port."""

    def start(**more):
        chain, key = certificate(NAME)
        listen = [
            {"address": f"unix:{tmp_path}/http.sock"},
            {"address": "127.0.0.1", "port": 0, "proxy_protocol": True,
             "tls": {"certificate": chain, "key": key}},
        ]  # fmt: skip
        return server(most_workers, {"listen": listen, "http.trusted_proxies": ["unix:"]} | more)

    return start


@pytest.fixture
def proxies():
    started = []
    yield started.append
    for each in started:
        each.end()


def bound():
    """A listening socket on a free port; who is given it loses no connection before it accepts."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(True)
    return listening


@pytest.fixture
def nginx(tmp_path, proxies):
    def start(**changes):
        chain, key = certificate(NAME)
        listening = bound()
        port = listening.getsockname()[1]
        site = substituted((CONF / "nginx.conf").read_text(), {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/letsencrypt/live/chat.example.org/fullchain.pem": chain,
            "/etc/letsencrypt/live/chat.example.org/privkey.pem": key,
            "/run/chatd/http.sock": tmp_path / "http.sock",
            **changes,
        })  # fmt: skip
        (tmp_path / "site.conf").write_text(site)
        temporary = "".join(
            f"{kind}_temp_path {tmp_path}/nginx-{kind};\n"
            for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        (tmp_path / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 1;\npid {tmp_path}/nginx.pid;\n{user}"
            f"error_log {tmp_path}/nginx.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{temporary}include {tmp_path}/site.conf;\n}}\n"
        )
        command = ["nginx", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "nginx.log"]
        proxy = Proxy(command, [listening], {"NGINX": f"{listening.fileno()};"})
        proxies(proxy)
        return proxy

    return start


@pytest.fixture
def haproxy(tmp_path, proxies):
    def start(chat, **changes):
        both = tmp_path / "both.pem"
        both.write_text("".join(open(file).read() for file in certificate(NAME)))
        sockets = [bound(), bound()]
        config = substituted((CONF / "haproxy.cfg").read_text(), {
            "bind :443": f"bind fd@{sockets[0].fileno()}",
            "bind :8443": f"bind fd@{sockets[1].fileno()}",
            "/etc/haproxy/chat.example.org.pem": both,
            "/run/chatd/http.sock": tmp_path / "http.sock",
            "127.0.0.1:8444": f"127.0.0.1:{chat.port}",
            **changes,
        })  # fmt: skip
        (tmp_path / "haproxy.cfg").write_text(config)
        proxy = Proxy(["haproxy", "-db", "-f", tmp_path / "haproxy.cfg"], sockets)
        proxies(proxy)
        return proxy

    return start


def through(chat, port, source="127.0.0.1", **headers):
    """A member that comes through the proxy at this port."""
    return chat.client(port=port, source=source, tls=trusting(NAME), name=NAME, headers=headers)


def addresses(chat):
    rows = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    return {row["user"]: row["address"].rsplit(":", 1)[0] for row in rows}


def assert_serves(chat, port):
    """HTTP, WebSocket, both ways, large and small; and each client is who it is."""
    health = chat.wire(port=port, tls=trusting(NAME), name=NAME)
    assert health.get("/health").body == b'{"status":"healthy"}'
    ann, bob = through(chat, port), through(chat, port, source="127.0.0.2")
    room = fresh()
    ann.create(room, "ann")
    bob.join(room, "bob")
    ann.expect("user_joined")
    for text in ["hello", "x" * 10000]:
        bob.say(room, text)
        for member in ann, bob:
            member.expect_said(room, text)
    assert addresses(chat) == {"ann": "127.0.0.1", "bob": "127.0.0.2"}
    ann.send_close()
    assert ann.read_frame().close_code() == 1000
    bob.expect("user_left")


def assert_counts(chat, port, lies):
    """limits.connections_per_address is 1; what a client says of itself changes nothing."""

    def upgrade(source, **headers):
        wire = chat.wire(port=port, source=source, tls=trusting(NAME), name=NAME)
        return wire.upgrade(**headers).status

    assert upgrade("127.0.0.3") == 101
    for headers in lies:
        assert upgrade("127.0.0.3", **headers) == 429
    assert upgrade("127.0.0.4") == 101


LIES = [
    {},
    {"X_Forwarded_For": "203.0.113.7"},
    {"Forwarded": "for=203.0.113.7"},
    {"X_Forwarded_For": "203.0.113.7", "Forwarded": "for=203.0.113.7"},
]


def test_behind_nginx(behind, nginx):
    chat = behind()
    assert_serves(chat, nginx().ports[0])


def test_nginx_says_for_whom_it_asks(behind, nginx):
    chat = behind(**{"limits.connections_per_address": 1})
    assert_counts(chat, nginx().ports[0], LIES)


def test_behind_haproxy(behind, haproxy):
    chat = behind()
    assert_serves(chat, haproxy(chat).ports[0])


def test_haproxy_says_for_whom_it_asks(behind, haproxy):
    chat = behind(**{"limits.connections_per_address": 1})
    assert_counts(chat, haproxy(chat).ports[0], LIES)


def test_behind_haproxy_that_passes_tls_through(behind, haproxy):
    chat = behind()
    assert_serves(chat, haproxy(chat).ports[1])


def test_a_proxy_header_says_for_whom_haproxy_passes_tls_through(behind, haproxy):
    chat = behind(**{"limits.connections_per_address": 1})
    assert_counts(chat, haproxy(chat).ports[1], LIES)


def short(seconds):
    return f"{round(seconds * 1000 * SCALE)}ms"


@pytest.mark.parametrize("proxy", ["nginx", "haproxy", "through"])
def test_a_silent_member_is_kept_by_pings(behind, nginx, haproxy, proxy):
    """Past the proxy's own patience, which is a short one here."""
    chat = behind(**{"websocket.ping_interval": short(0.1), "websocket.pong_timeout": short(9)})
    if proxy == "nginx":
        port = nginx(**{"300s": short(0.4)}).ports[0]
    else:
        port = haproxy(chat, **{"tunnel 1h": f"tunnel {short(0.4)}"}).ports[proxy == "through"]
    silent = through(chat, port)
    for _ in range(6):
        got = silent.read_frame()
        assert got.opcode == PING
        silent.send_frame(PONG, got.payload)
    silent.fence()
