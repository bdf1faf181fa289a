"""`chatctl tail` and what it is made of: events as they happen, filters, a tail that does not read."""

import json
import os
import queue
import signal
import socket
import subprocess
import threading

import pytest

from client import fresh, gather
from server import BUILD, UNLIMITED
from wire import DEADLINE


class Tail:
    """chatctl tail, which listens once it is made."""

    def __init__(self, server, *arguments):
        self._process = subprocess.Popen(
            [BUILD / "bin" / "chatctl", "-s", server.socket, "-o", "json", "tail", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read_lines)
        self._reader.start()
        self.expect("listening")

    def _read_lines(self):
        for line in self._process.stdout:
            self._lines.put(line)

    def read(self):
        return json.loads(self._lines.get(timeout=DEADLINE))

    def expect(self, event, **members):
        got = self.read()
        assert got["event"] == event, (got, event)
        assert {key: got[key] for key in members} == members
        return got

    def niceness(self):
        return os.getpriority(os.PRIO_PROCESS, self._process.pid)

    def finish(self, end=subprocess.Popen.kill):
        end(self._process)
        self._process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        self._process.stdout.close()
        self._process.stderr.close()
        return self._process.returncode


@pytest.fixture
def tail():
    """tail(server, argument…) → Tail."""
    started = []

    def start(server, *arguments):
        started.append(Tail(server, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.finish()


def test_what_happens_is_told_as_it_happens(chatd, tail):
    room = fresh()
    ear = tail(chatd, room)
    author, guest = gather(chatd, room, 2, user_name="Amy")
    made = ear.expect("new_room", room=room, user=author.user)
    assert made["time"].endswith("Z")
    ear.expect("user_joined", room=room, user=guest.user)
    author.say(room, "hello")
    ear.expect("new_message", room=room, user=author.user, name="Amy", seq=1, text="hello", missed=0)
    guest.expect_said(room, "hello")
    guest.leave(room)
    ear.expect("user_left", room=room, user=guest.user, reason="left")
    assert chatd.ctl("say", room, "operators").returncode == 0
    ear.expect("notice", room=room, text="operators", seq=2)
    guest.join(room)
    ear.expect("user_joined", room=room, user=guest.user)
    assert chatd.ctl("kick", guest.user, "--room", room).returncode == 0
    ear.expect("user_left", room=room, user=guest.user, reason="kicked")


def test_connections_are_told_with_address_and_code(chatd, tail):
    ear = tail(chatd, "--only", "connections")
    client = chatd.client()
    here = "%s:%d" % client.socket.getsockname()
    ear.expect("opened", address=here, user=None)
    room = fresh()
    client.create(room)
    assert chatd.ctl("kick", client.user).returncode == 0
    ear.expect("closed", address=here, user=client.user, code=4101, reason="kicked")


def test_filters_leave_out_the_rest(chatd, tail):
    word = fresh("word")
    wanted, also, other = f"{word}-a", f"{word}-b1", f"{word}-c"
    rooms = tail(chatd, wanted, f"{word}-b*")
    messages = tail(chatd, f"{word}*", "--only", "messages")
    for room in (other, wanted, also):
        (member,) = gather(chatd, room, 1)
        member.say(room, "x")
        member.expect_said(room, "x")
    theirs = tail(chatd, "--user", member.user)
    # Rooms may live on different workers, and then their events are in no order.
    kinds = {(got["room"], got["event"]) for got in (rooms.read() for _ in range(4))}
    assert kinds == {(room, kind) for room in (wanted, also) for kind in ("new_room", "new_message")}
    said = {(got["room"], got["event"]) for got in (messages.read() for _ in range(3))}
    assert said == {(room, "new_message") for room in (other, wanted, also)}
    gather(chatd, fresh(), 1)
    member.say(also, "y")
    theirs.expect("new_message", user=member.user, text="y")


def test_a_long_text_is_cut_at_a_character(chatd, tail):
    room = fresh()
    ear = tail(chatd, room, "--only", "messages")
    (member,) = gather(chatd, room, 1)
    member.say(room, "x" + "ü" * 1000)
    assert ear.expect("new_message")["text"] == "x" + "ü" * 511


def test_in_a_pipe_it_is_tab_separated_with_a_header(chatd):
    with subprocess.Popen(
        [BUILD / "bin" / "chatctl", "-s", chatd.socket, "tail", "no-such-room"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    ) as process:
        header = process.stdout.readline().split()
        process.send_signal(signal.SIGINT)
    assert header[:4] == ["TIME", "EVENT", "ROOM", "USER"] and header[-1] == "TEXT"
    assert process.returncode == -signal.SIGINT


def test_the_servers_end_is_69(server, tail):
    chat = server(workers=1)
    ear = tail(chat)
    chat.stop()
    assert ear.finish(end=lambda process: None) == 69


def test_who_does_not_read_slows_nobody_and_learns_what_was_missed(server):
    chat = server(config=UNLIMITED)
    room = fresh()
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(chat.socket))
        raw.settimeout(DEADLINE)
        raw.sendall(b'{"command":"tail","args":{"room":"%s","only":"messages"}}\n' % room.encode())
        lines = raw.makefile()
        assert json.loads(lines.readline())["data"]["event"] == "listening"
        author, listener = gather(chat, room, 2)
        count, text = 6000, "x" * 1000
        for at in range(0, count, 100):
            author.send_texts([json.dumps({"type": "message", "payload": {
                "room_id": room, "message": text}})] * 100)
            for member in (author, listener):
                member.read_many(100)
        told = missed = 0
        while told + missed < count:
            data = json.loads(lines.readline())["data"]
            missed += data["missed"]
            told += data["event"] == "new_message"
            if data["event"] == "new_message":
                assert data["seq"] == told + missed
        assert told + missed == count and missed > 0


def test_members_come_before_what_the_operator_asks(chatd, tail):
    above = os.getpriority(os.PRIO_PROCESS, 0)
    workers = [
        os.getpriority(os.PRIO_PROCESS, thread) - above
        for name, thread in chatd.threads().items() if name.startswith("worker ")
    ]
    assert workers and set(workers) == {0}
    assert os.getpriority(os.PRIO_PROCESS, chatd.pid) - above == 10
    assert tail(chatd).niceness() - above == 10


def test_an_unknown_argument_is_refused(chatd):
    done = chatd.ctl("tail", "--only", "errors")
    assert done.returncode == 65 and "messages|members|connections" in done.stderr
