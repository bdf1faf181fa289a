"""chatctl against a live chatd, and without one: output, exit codes, what a kick does."""

import json
import os
import pty
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import pytest

from client import fresh, gather
from server import BUILD
from wire import DEADLINE

CHATCTL = BUILD / "bin" / "chatctl"
ROOMS = "ROOM\tNAME\tMEMBERS\tMESSAGES\tAGE\tLAST\n"


def run(*arguments, **environment):
    """chatctl without a server of its own; with nothing of the caller's environment."""
    return subprocess.run(
        [CHATCTL, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
        env={"PATH": os.environ["PATH"], **environment},
    )


def failed(done, code):
    """It failed with this code, one sentence and nothing on standard output; the sentence."""
    assert done.returncode == code, done
    assert done.stdout == ""
    assert re.fullmatch(r"chatctl: .+\n", done.stderr), done.stderr
    return done.stderr


def on_terminal(server, *arguments, **environment):
    """What chatctl prints when its standard output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [CHATCTL, "-s", server.socket, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        env={"TERM": "xterm", **environment},
    ) as process:
        os.close(theirs)
        printed = b""
        try:
            while data := os.read(ours, 65536):
                printed += data
        except OSError:  # Linux says EIO at a terminal's end
            pass
        os.close(ours)
        assert process.wait(DEADLINE) == 0
    return printed.decode().replace("\r\n", "\n")


def rows(done):
    """The rows of tab-separated output by their first column."""
    assert done.returncode == 0, done
    header, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {line[0]: dict(zip(header, line, strict=True)) for line in lines}


# Output


def test_in_a_pipe_it_prints_values_between_tabs(chatd):
    room = fresh()
    author, _ = gather(chatd, room, 2)
    author.say(room, "x")
    author.expect_said(room, "x")
    done = chatd.ctl("rooms", room)
    assert done.stdout.startswith(ROOMS) and done.stderr == ""
    row = rows(done)[room]
    assert (row["NAME"], row["MEMBERS"], row["MESSAGES"]) == (room, "2", "1")
    assert row["AGE"].isdigit() and row["LAST"].endswith("Z")
    bare = chatd.ctl("-H", "rooms", room).stdout
    assert bare.split("\t")[:4] == [room, room, "2", "1"] and bare.count("\n") == 1


def test_nothing_is_an_empty_table(chatd):
    assert chatd.ctl("rooms", "no-such-room").stdout == ROOMS
    assert chatd.ctl("-H", "rooms", "no-such-room").stdout == ""
    assert chatd.ctl("-o", "table", "rooms", "no-such-room").stdout == "no rooms\n"
    assert chatd.ctl("-o", "table", "users", "nobody").stdout == "no users\n"
    assert chatd.ctl("-o", "json", "rooms", "no-such-room").stdout == '{"rooms":[]}\n'


def test_json_is_the_data_as_it_came(chatd):
    room = fresh()
    gather(chatd, room, 1, user_name='"\\ ☺')
    done = chatd.ctl("room", room, "-o", "json")
    assert done.stdout.count("\n") == 1
    data = json.loads(done.stdout)
    assert data["users"][0]["name"] == '"\\ ☺'
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(chatd.socket))
        raw.sendall(b'{"command":"version"}\n')
        line = raw.makefile().readline()
    assert line == '{"ok":true,"data":' + chatd.ctl("-ojson", "version").stdout[:-1] + "}\n"


def test_on_a_terminal_it_prints_an_aligned_table(chatd):
    short, long = fresh("a"), fresh("a-much-longer-name")
    gather(chatd, short, 1)
    gather(chatd, long, 1)
    text = on_terminal(chatd, "rooms", "a*-*", NO_COLOR="1")
    lines = [line for line in text.splitlines() if re.match(f"ROOM|{short} |{long} ", line)]
    assert len(lines) == 3 and lines[0].split() == ROOMS.split()
    name_at = lines[0].index("NAME")
    assert lines[1][name_at:].startswith(short) and lines[2][name_at:].startswith(long)
    assert re.search(r" \d+(ms|s)  -$", lines[1])


def test_colour_is_for_terminals_without_no_color(chatd):
    room = fresh()
    gather(chatd, room, 1)
    assert "\033" in on_terminal(chatd, "rooms", room)
    assert "\033" not in on_terminal(chatd, "rooms", room, NO_COLOR="1")
    assert "\033" not in on_terminal(chatd, "rooms", room, TERM="dumb")
    assert "\033" not in chatd.ctl("-o", "table", "rooms", room).stdout


def test_one_thing_on_a_terminal_has_its_members_below_each_other(chatd):
    room = fresh()
    (author,) = gather(chatd, room, 1)
    lines = on_terminal(chatd, "room", room, NO_COLOR="1").splitlines()
    assert lines[0].split() == ["room", room]
    empty = lines.index("")
    assert lines[empty + 1].split() == "USER NAME ADDRESS JOINED QUEUED".split()
    assert lines[empty + 2].split()[0] == author.user
    status = on_terminal(chatd, "status").splitlines()
    assert [line.split()[0] for line in status][:4] == ["version", "uptime", "pid", "workers"]


def test_quiet_prints_nothing_but_failures(chatd):
    done = chatd.ctl("-q", "status")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    failed(chatd.ctl("-q", "room", "nowhere"), 67)


def test_help_and_version_need_no_server():
    done = run("help")
    assert done.returncode == 0 and done.stderr == ""
    for word in "status rooms room users user kick ping version help -s -o -H -q -T".split():
        assert re.search(rf"(^|\s|){word}\b", done.stdout), word
    assert run("-h").stdout == done.stdout
    kick = run("help", "kick").stdout
    assert "kick USER [--room ROOM] [--reason TEXT]" in kick
    assert run("kick", "--help").stdout == kick
    assert re.fullmatch(r"chatctl \d+\.\d+\.\d+\n", run("-V").stdout)


# Failures


@pytest.mark.parametrize(
    "line",
    ["", "explode", "room", "kick a b", "--room r rooms", "-x", "rooms --limit", "help explode"],
)
def test_a_wrong_command_line_is_64(line):
    done = run(*line.split())
    commands = re.findall(r"(?<!-)\b(?:room|rooms|kick)\b", line)
    if commands:  # whose own help follows the sentence
        said, helped = done.stderr.split("\n", 1)
        assert (done.returncode, done.stdout) == (64, "") and said.startswith("chatctl: ")
        assert helped == run("help", commands[0]).stdout
    else:
        assert failed(done, 64).endswith("(see: chatctl help)\n")


def test_a_wrong_value_is_65(chatd):
    failed(run("rooms", "--limit", "none"), 65)
    failed(run("rooms", "--sort", "name"), 65)
    failed(run("-T", "soon", "ping"), 65)
    failed(run("-o", "xml", "ping"), 65)
    assert "chatctl help room" in failed(chatd.ctl("room", "not an id"), 65)
    failed(chatd.ctl("room", ""), 65)
    failed(chatd.ctl("room", "x" * 65), 65)
    failed(chatd.ctl("kick", "u", "--reason", ""), 65)
    failed(chatd.ctl("kick", "u", "--reason", "two\nlines"), 65)
    failed(chatd.ctl("kick", "u", "--reason", "x" * 257), 65)
    failed(chatd.ctl("kick", "u", "--reason", "x" * 70000), 65)


def test_what_is_not_there_is_67(chatd):
    room = fresh()
    owner, stranger = chatd.client(), chatd.client()
    owner.create(room)
    stranger.create(fresh())
    assert "chatctl rooms" in failed(chatd.ctl("room", "nowhere"), 67)
    assert "chatctl users --closed" in failed(chatd.ctl("user", "nobody"), 67)
    assert "chatctl bans" in failed(chatd.ctl("unban", "nobody"), 67)
    failed(chatd.ctl("kick", "nobody"), 67)
    failed(chatd.ctl("kick", owner.user, "--room", "nowhere"), 67)
    failed(chatd.ctl("kick", stranger.user, "--room", room), 67)
    owner.fence()
    stranger.fence()


def test_no_server_is_69(server, tmp_path):
    assert str(tmp_path) in failed(run("-s", tmp_path / "none.sock", "ping"), 69)
    failed(run("-s", "", "ping"), 69)
    failed(run("ping", CHATD_SOCKET=str(tmp_path / "none.sock")), 69)
    looked = failed(run("ping", XDG_RUNTIME_DIR=str(tmp_path)), 69)
    assert "systemctl status chatd" in looked
    assert f"/run/chatd/admin.sock, {tmp_path}/chatd-{os.geteuid()}/admin.sock" in looked
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as ended:
        ended.bind(str(stale))
    failed(run("-s", stale, "ping"), 69)
    chatd = server()
    chatd.stop()
    failed(chatd.ctl("ping"), 69)


def test_a_path_of_something_else_is_65(tmp_path):
    assert "is no socket but a directory" in failed(run("-s", tmp_path, "ping"), 65)
    assert "is no socket but a file" in failed(run("-s", CHATCTL, "ping"), 65)


class Impostor:
    """A listener in a server's place that answers whatever the test gives it, or nothing."""

    def __init__(self, path, answer=None):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.answer = answer
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        peer, _ = self.listener.accept()
        with peer:
            if self.answer is not None:
                peer.recv(65536)
                peer.sendall(self.answer)
            else:
                while peer.recv(65536):
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.thread.join(DEADLINE)
        self.listener.close()


def test_an_answer_that_is_none_is_70(tmp_path):
    answers = [
        b"nonsense",
        b"{}",
        b'{"ok":true,"data":7}',
        b'{"ok":false,"error":{"code":"new"}}',
    ]
    for n, answer in enumerate(answers):
        with Impostor(tmp_path / str(n), answer + b"\n") as impostor:
            failed(run("-s", impostor.path, "ping"), 70)


def test_no_whole_answer_is_69(tmp_path):
    for n, answer in enumerate([b"", b'{"ok":true']):
        with Impostor(tmp_path / str(n), answer) as impostor:
            failed(run("-s", impostor.path, "ping"), 69)


def test_an_answer_that_does_not_come_in_time_is_75(tmp_path):
    with Impostor(tmp_path / "silent") as impostor:
        failed(run("-s", impostor.path, "-T", "50ms", "ping"), 75)


def test_a_full_backlog_is_75_too(tmp_path):
    path = tmp_path / "full"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))
        failed(run("-s", path, "-T", "50ms", "ping"), 75)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_socket_of_others_is_77(server):
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)
        path = f"{directory}/admin.sock"
        server(config={"admin.socket": path, "admin.mode": "0600"})
        chatctl = shutil.copy(CHATCTL, directory)
        done = subprocess.run(
            [chatctl, "-s", path, "ping"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * DEADLINE,
            user=65534,
            group=65534,
            extra_groups=[],
        )
        assert path in failed(done, 77)


def test_what_the_server_says_is_escaped(tmp_path):
    answer = b'{"ok":false,"error":{"code":"not_found","message":"a\\u001b[2Jb\\n"}}\n'
    with Impostor(tmp_path / "socket", answer) as impostor:
        assert r"a\x1b[2Jb\n" in failed(run("-s", impostor.path, "ping"), 67)


# Where the server is looked for


def test_the_socket_is_found_without_an_option(server, tmp_path):
    place = tmp_path / f"chatd-{os.geteuid()}"
    place.mkdir()
    chatd = server(config={"admin.socket": str(place / "admin.sock")})
    found = rows(run("status", XDG_RUNTIME_DIR=str(tmp_path)))
    assert found["0.1.0"]["PID"] == str(chatd.pid)
    assert run("ping", CHATD_SOCKET=str(place / "admin.sock")).returncode == 0
    done = run("-s", place / "admin.sock", "ping", CHATD_SOCKET="/nowhere")
    assert done.returncode == 0


# What commands do


def test_members_on_all_workers_are_listed(chatd):
    room = fresh()
    members = gather(chatd, room, 12)
    assert rows(chatd.ctl("rooms", room))[room]["MEMBERS"] == "12"
    listed = chatd.ctl("-H", "room", room).stdout.split("\n\n")[1].splitlines()
    assert [line.split("\t")[0] for line in listed] == sorted(member.user for member in members)
    assert all(re.match(r"127\.0\.0\.1:\d+$", line.split("\t")[2]) for line in listed)
    users = rows(chatd.ctl("users"))
    assert {users[member.user]["ROOMS"] for member in members} == {"1"}


def test_room_ids_may_begin_with_a_dash(chatd):
    room = f"-{fresh()}-"
    gather(chatd, room, 1)
    assert room in chatd.ctl("room", "--", room).stdout


def test_a_kick_out_of_a_room_leaves_the_connection(chatd):
    room, other = fresh(), fresh()
    owner, member = gather(chatd, room, 2)
    member.create(other)
    done = chatd.ctl("kick", member.user, "--room", room, "--reason", "spam ☺")
    assert (done.returncode, done.stdout) == (0, "CONNECTIONS\tSEATS\n1\t1\n")
    member.expect("kicked", room_id=room, reason="spam ☺")
    owner.expect("user_left", room_id=room, user_id=member.user, reason="kicked")
    assert rows(chatd.ctl("rooms", room))[room]["MEMBERS"] == "1"
    member.say(room, "still?")
    member.expect_error("message_error", "not_in_room")
    member.say(other, "here")
    member.expect_said(other, "here")
    failed(chatd.ctl("kick", member.user, "--room", room), 67)


def test_a_kick_without_a_reason_has_none(chatd):
    room = fresh()
    _, member = gather(chatd, room, 2)
    assert chatd.ctl("kick", member.user, "--room", room).returncode == 0
    assert "reason" not in member.expect("kicked", room_id=room)


def test_a_kick_off_the_server_ends_connection_and_seats(chatd):
    rooms = [fresh() for _ in range(3)]
    owner, member = gather(chatd, rooms[0], 2)
    for room in rooms[1:]:
        owner.create(room)
        member.join(room)
        owner.expect("user_joined", room_id=room)
    done = chatd.ctl("kick", member.user, "--reason", "go away")
    assert (done.returncode, done.stdout) == (0, "CONNECTIONS\tSEATS\n1\t3\n")
    listed = rows(chatd.ctl("rooms"))
    assert [listed[room]["MEMBERS"] for room in rooms] == ["1", "1", "1"]
    left = [owner.expect("user_left", user_id=member.user, reason="kicked") for _ in rooms]
    assert {each["room_id"] for each in left} == set(rooms)
    assert member.expect_close(4101, skip=True) == "kicked: go away"
    failed(chatd.ctl("user", member.user), 67)


def test_a_kick_means_everyone_who_uses_the_id(chatd):
    user, room, other = fresh("user"), fresh(), fresh()
    first, second = chatd.client(), chatd.client()
    first.create(room, user)
    second.create(other, user)
    done = chatd.ctl("kick", user)
    assert done.stdout == "CONNECTIONS\tSEATS\n2\t2\n"
    for each in first, second:
        assert each.expect_close(4101, skip=True) == "kicked"


def test_what_was_kicked_is_gone_when_chatctl_returns(chatd):
    room = fresh()
    owner, member = gather(chatd, room, 2)
    for _ in range(20):
        assert chatd.ctl("kick", member.user).returncode == 0
        owner.say(room, "after")
        owner.expect("user_left", room_id=room, user_id=member.user, reason="kicked")
        owner.expect_said(room, "after")
        user, member = member.user, chatd.client()
        member.join(room, user)
        owner.expect("user_joined", room_id=room, user_id=user)
