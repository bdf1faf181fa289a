"""`chatctl top` in a terminal of the test's own, and in a pipe; `chatctl codes`."""

import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from client import gather
from server import BUILD, ROOT
from wire import DEADLINE

CHATCTL = BUILD / "bin" / "chatctl"
ENTER, LEAVE = "\033[?1049h", "\033[?1049l"


class Terminal:
    """chatctl top with a terminal that it controls."""

    def __init__(self, server, *arguments, rows=24, columns=80):
        self.ours, self._theirs = os.openpty()
        self.resize(rows, columns)
        self.modes = termios.tcgetattr(self._theirs)
        self.text = ""
        self.process = subprocess.Popen(
            [CHATCTL, "-s", server.socket, "top", "--interval", "100ms", *arguments],
            stdin=self._theirs, stdout=self._theirs, stderr=subprocess.PIPE,
            start_new_session=True, env={"TERM": "xterm", "PATH": os.environ["PATH"]},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, pattern):
        """Of what is printed from now on."""
        until = time.monotonic() + DEADLINE
        start = len(self.text)
        while not (match := re.search(pattern, self.text[start:], re.S)):
            left = until - time.monotonic()
            assert left > 0 and select.select([self.ours], [], [], left)[0], self.text[-2000:]
            try:
                self.text += os.read(self.ours, 65536).decode()
            except OSError:  # Linux says EIO at a terminal's end
                raise AssertionError(self.process.stderr.read()) from None
        return match

    def frame(self):
        """The lines of one whole picture that is drawn from now on, without their escapes."""
        picture = self.wait_for("\033\\[H((?:(?!\033\\[H).)*?)q quits")[1]
        return [re.sub("\033\\[[0-9;?]*[a-zA-Z]", "", line) for line in re.split("\r+\n", picture)]

    def press(self, key):
        os.write(self.ours, key)

    def finish(self):
        """The exit code, when the terminal is as it was."""
        self.wait_for(re.escape(LEAVE))
        code = self.process.wait(DEADLINE)
        assert termios.tcgetattr(self._theirs) == self.modes
        assert self.text.count(ENTER) == self.text.count(LEAVE) == 1
        assert self.text.rindex("\033[?25h") > self.text.rindex("\033[?25l")
        return code

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.ours)
        os.close(self._theirs)


@pytest.fixture
def terminal():
    started = []

    def start(*arguments, **size):
        started.append(Terminal(*arguments, **size))
        return started[-1]

    yield start
    for each in started:
        each.close()


def rooms_of(frame):
    at = next(i for i, line in enumerate(frame) if line.startswith("ROOM"))
    return [line.split()[0] for line in frame[at + 1:] if re.match(r"\S+ +\d+ ", line)]


def test_it_is_drawn_in_place_sorted_by_keys_and_left_by_q(server, terminal):
    chat = server()
    small, large = "small", "large"
    talker, _ = gather(chat, small, 2)
    gather(chat, large, 3)
    talker.say(small, "x")
    talker.expect_said(small, "x")
    top = terminal(chat)
    frame = top.frame()
    assert re.match(r"chatd \S+  up .*  pid \d+  workers \d", frame[0])
    assert "connections 5  users 5  rooms 2  members 5" in frame[1]
    assert rooms_of(frame) == [small, large]  # of one rate, so by messages
    top.press(b"m")
    top.wait_for("by members")
    assert rooms_of(top.frame()) == [large, small]
    top.press(b"q")
    assert top.finish() == 0


def test_rates_are_those_of_the_last_interval(server, terminal):
    chat = server(workers=1)
    (talker,) = gather(chat, "busy", 1)
    top = terminal(chat)
    top.frame()
    talker.say("busy", "x")
    rate = top.wait_for(r"in ([1-9][0-9.]*)/s  out [1-9]")[1]
    assert 0 < float(rate) < 100
    top.wait_for(r"in 0\.0/s")


def test_80_columns_are_enough_and_a_resize_is_followed(server, terminal):
    chat = server(workers=1)
    gather(chat, "r" * 64, 1)
    top = terminal(chat)
    frame = top.frame()
    assert all(len(line) <= 80 for line in frame), frame
    assert any(line.startswith("r" * 30) for line in frame)
    top.resize(12, 132)  # the kernel tells the terminal's own process
    top.wait_for("\033\\[12;1H")
    wide = top.frame()
    assert max(map(len, wide)) == 132 and any(line.startswith("r" * 64) for line in wide)


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"], ids=["ctrl-c", "ctrl-backslash"])
def test_an_interrupt_leaves_the_terminal_sane(server, terminal, key):
    top = terminal(server(workers=1))
    top.frame()
    top.press(key)
    assert top.finish() == 0


def test_the_servers_end_leaves_the_terminal_sane(server, terminal):
    chat = server(workers=1)
    top = terminal(chat)
    top.frame()
    chat.stop()
    assert top.finish() == 69
    assert top.process.stderr.read().startswith(b"chatctl: ")


def stream(server, *arguments):
    return subprocess.Popen(
        [CHATCTL, "-s", server.socket, "top", "--interval", "20ms", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def test_as_json_it_is_an_object_each_time(chatd):
    gather(chatd, "json", 2)
    with stream(chatd, "-o", "json") as process:
        looks = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
    for look in looks:
        assert look["time"].endswith("Z") and look["status"]["connections"] >= 2
        assert look["messages_in_per_second"] >= 0
        assert {"room", "members", "messages_per_second"} <= set(look["rooms"][0])


def test_in_a_pipe_it_is_a_line_each_time(chatd):
    with stream(chatd) as process:
        header, *lines = [process.stdout.readline().rstrip("\n").split("\t") for _ in range(3)]
        process.send_signal(signal.SIGTERM)
    assert header[:4] == ["TIME", "IN/S", "OUT/S", "CONNECTIONS"]
    assert all(len(line) == len(header) for line in lines)
    assert "\033" not in "".join(sum(lines, []))


def test_codes_are_those_of_the_tables():
    done = subprocess.run([CHATCTL, "-o", "json", "codes"], capture_output=True, text=True,
                          timeout=DEADLINE, env={"PATH": os.environ["PATH"]})
    data = json.loads(done.stdout)
    closes = re.findall(r"^CLOSE\(\w+, (\d+), (\w+)", (ROOT / "module/wire/close.def").read_text(), re.M)
    errors = re.findall(r"^ERROR\(\w+, (\w+), (\w+)", (ROOT / "module/core/error.def").read_text(), re.M)
    assert [(str(row["code"]), row["reason"]) for row in data["closes"]] == closes
    assert [(row["code"], row["reason"]) for row in data["errors"]] == errors
    assert all(row["meaning"] for row in data["closes"] + data["errors"])
