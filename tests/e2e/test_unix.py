"""unix:/path in `listen`: the socket's life in the file system, and what it means for limits that a
peer has no address.
"""

import json
import os
import socket
import stat
import subprocess

import pytest

from server import BUILD
from wire import MISSING


@pytest.fixture
def at_path(server, workers, tmp_path):
    """at_path(option=…): a chatd that listens on a port and on tmp_path/http.sock."""

    def start(**more):
        chat = server(
            workers,
            {
                "listen": [
                    {"address": "127.0.0.1", "port": 0},
                    {"address": f"unix:{tmp_path}/http.sock"},
                ]
            }
            | more,
        )
        chat.path = tmp_path / "http.sock"
        return chat

    return start


def test_those_who_come_by_a_path_and_by_a_port_meet(at_path):
    chat = at_path()
    assert f"socket={chat.path}" in chat.wait_for_log(r"\bready\b.*").string
    ann, bob = chat.client(path=chat.path), chat.client()
    ann.create("lobby", "ann")
    bob.join("lobby", "bob")
    ann.expect("user_joined")
    bob.say("lobby", "hello")
    ann.expect_said("lobby", "hello")


def test_all_workers_take_connections_from_the_one_socket(at_path):
    chat = at_path()
    seen, held = set(), []
    for n in range(200):
        client = chat.client(path=chat.path)
        client.create(f"room-{n}", f"user-{n}")
        held.append(client)
        rows = json.loads(chat.ctl("-o", "json", "users").stdout)["users"] if n % 20 == 19 else []
        seen |= {row["worker"] for row in rows}
        if len(seen) == chat.workers:
            return
    raise AssertionError(f"only workers {seen} took any of {len(held)}")


def test_the_socket_is_open_to_all_and_gone_at_the_end(at_path):
    chat = at_path()
    status = os.stat(chat.path)
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o666
    assert chat.stop() == 0
    assert list(chat.path.parent.iterdir()) == []


def test_the_socket_of_one_that_was_killed_is_replaced(at_path):
    stale = at_path()
    stale.send_signal(9)
    stale.wait()
    assert stale.path.exists()
    again = at_path()
    again.client(path=again.path).fence()


def test_a_socket_that_is_served_or_another_file_is_left_alone(at_path, tmp_path):
    chat = at_path()
    (tmp_path / "file").write_text("mine")

    def refused(path):
        done = subprocess.run(
            [BUILD / "bin" / "chatd", "-s", f"listen.address=unix:{path}",
             "-s", f"admin.socket={tmp_path}/another.sock"],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 69
        return done.stderr

    assert "another chatd serves it" in refused(chat.path)
    assert "no socket is in its place" in refused(tmp_path / "file")
    assert str(tmp_path / "none") in refused(tmp_path / "none" / "http.sock")
    assert (tmp_path / "file").read_text() == "mine"
    chat.client(path=chat.path).fence()


def test_limits_of_addresses_hold_for_whom_a_trusted_proxy_names(at_path):
    chat = at_path(
        **{"limits.connections_per_address": 1, "http.trusted_proxies": ["unix:"]}
    )

    def upgrade(address=MISSING):
        wire = chat.wire(path=chat.path)
        headers = {} if address is MISSING else {"X_Forwarded_For": address}
        return wire.upgrade(**headers).status

    assert [upgrade() for _ in range(3)] == [101] * 3
    assert upgrade("203.0.113.7") == 101
    assert upgrade("203.0.113.7") == 429
    assert upgrade("203.0.113.8") == 101
    assert upgrade("unknown") == 101


def test_nobody_is_believed_by_a_path_unless_the_configuration_says_so(at_path):
    chat = at_path(**{"limits.connections_per_address": 1})
    for _ in range(2):
        held = chat.wire(path=chat.path).upgrade(X_Forwarded_For="203.0.113.7")
        assert held.status == 101
    chat.wait_for_log(r"proxy_not_trusted address=unix: header=x-forwarded-for")


def test_a_client_by_a_path_has_no_address(at_path):
    chat = at_path()
    chat.client(path=chat.path).create("lobby", "ann")
    [row] = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    assert row["address"] is None


def test_a_peer_that_is_gone_before_it_was_accepted_harms_nobody(at_path):
    chat = at_path()
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(chat.path))
    chat.client(path=chat.path).fence()
