"""chatd in another program (tests/embed): a page of the host's own, chat and chatctl on one loop."""

import json
import signal
import subprocess
import time

import pytest

from client import Client, fresh, request
from program import Program
from server import BUILD
from wire import DEADLINE, text_frame


@pytest.fixture
def host(tmp_path):
    program = Program("embedded", str(tmp_path / "admin.sock"))
    yield program
    program.stop()


def connect(host):
    client = host.opened(Client(host.port))
    assert client.upgrade().status == 101
    return client


def ctl(tmp_path, *arguments, check=True):
    done = subprocess.run(
        [BUILD / "bin" / "chatctl", "-s", tmp_path / "admin.sock", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
        check=check,
    )
    return done.stdout if check else done


def test_the_hosts_own_page_stands_beside_the_chat(host):
    visitor = host.opened(Client(host.port))
    page = visitor.get("/")
    assert (page.status, page.body) == (200, b"a page of the host\n")
    assert visitor.get("/health").body == b'{"status":"healthy"}'
    assert visitor.get("/elsewhere").body == page.body, "what is not chatd's is the host's"
    assert visitor.upgrade().status == 101, "even on the connection that read the page"
    visitor.fence()


def test_people_talk_in_a_room_of_the_host(host):
    room, author, member = fresh(), connect(host), connect(host)
    author.create(room)
    member.join(room)
    author.expect("user_joined", user_id=member.user)
    member.say(room, "hello")
    author.expect_said(room, "hello", user_id=member.user)
    member.expect_said(room, "hello")


def test_a_frame_behind_the_handshake_is_served(host):
    client = host.opened(Client(host.port))
    client.upgrade(tail=text_frame(request("ping", id="early")))
    client.expect("pong", id="early")


def test_chatctl_administers_the_host(host, tmp_path):
    room, author = fresh(), connect(host)
    author.create(room)
    assert ctl(tmp_path, "-H", "rooms").split("\t")[0] == room
    status = json.loads(ctl(tmp_path, "-o", "json", "status"))
    assert (status["workers"], status["rooms"], status["users"]) == (1, 1, 1)
    ctl(tmp_path, "kick", author.user)
    author.expect_close(4101)


def test_what_comes_by_the_hosts_listener_counts_for_the_limit(tmp_path):
    host = Program("embedded", str(tmp_path / "admin.sock"), "limits.connections=2")
    first, second = connect(host), connect(host)
    for _ in range(3):
        refused = host.opened(Client(host.port)).upgrade()
        assert (refused.status, refused.header("retry-after")) == (503, "5")
    first.send_close()
    first.expect_close(1000)
    until = time.monotonic() + DEADLINE
    while host.opened(Client(host.port)).upgrade().status != 101:
        assert time.monotonic() < until, "the place is never free again"
    second.fence()
    host.stop()


def test_a_reload_and_a_drain_are_the_hosts_too_but_not_its_end(host, tmp_path):
    client = connect(host)
    assert json.loads(ctl(tmp_path, "-o", "json", "reload")) == {"changes": []}
    refused = ctl(tmp_path, "shutdown", check=False)
    assert refused.returncode == 77 and "part of a program" in refused.stderr
    ctl(tmp_path, "drain", "--over", "1ms", "--exit")
    client.expect_close(4000)
    visitor = host.opened(Client(host.port))
    assert visitor.get("/health").status == 503
    ctl(tmp_path, "undrain")
    connect(host).fence()


def test_at_its_end_members_are_told_to_come_back(tmp_path):
    host = Program("embedded", str(tmp_path / "admin.sock"))
    client, visitor = connect(host), host.opened(Client(host.port))
    assert visitor.get("/").status == 200
    client.create(fresh())
    host.send_signal(signal.SIGTERM)
    client.expect_close(1012)
    visitor.expect_end()
    host.wait()
