"""What stands in the log: the vocabulary of log.def, as text and as JSON, in a file that can be
opened anew; who is refused or cut off is there with his address; a reader who sleeps stalls nobody."""

import json
import os
import re
import signal
import subprocess

import pytest

from client import fresh, gather
from server import BUILD, ROOT, UNLIMITED
from wire import BINARY, DEADLINE

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (error|warning|info|debug) (\w+)((?: .+)?)")
FIELD = re.compile(r' (\w+)=("(?:[^"\\]|\\.)*"|[^ "]*)')
ROWS = {
    event: (level.lower(), fields.split())
    for event, level, fields in re.findall(
        r'^LOG\((\w+), (\w+), \d+, "([^"]*)"',
        (ROOT / "module" / "net" / "log.def").read_text(), re.M)
}


def parsed(line):
    """Level, event and fields of a line, which is just as the table has it."""
    match = LINE.fullmatch(line)
    assert match, line
    _, level, event, rest = match.groups()
    fields, at = {}, 0
    while at < len(rest):
        field = FIELD.match(rest, at)
        assert field, line
        value = field[2]
        fields[field[1]] = json.loads(value) if value.startswith('"') else value
        at = field.end()
    assert ROWS[event][0] == level, line
    known = [*ROWS[event][1], "suppressed"]
    if event != "admin":  # its command's arguments follow
        assert list(fields) == [key for key in known if key in fields], line
    return level, event, fields


def lines_of(server, event):
    return [parsed(line) for line in server.log if f" {event}" in line]


def refused(server):
    wire = server.wire()
    assert wire.upgrade(Origin="https://evil.example").status == 403
    wire.close()


def test_an_upgrade_is_logged_with_who_came(server):
    chat = server(workers=1, config={"log.level": "debug"})
    chat.client(headers={"Origin": "https://a.example", "User-Agent": 'x "y"\u00fc'})  # Latin-1
    chat.wait_for_log(r" upgrade ")
    (_, _, fields), = lines_of(chat, "upgrade ")
    assert fields == {"address": "127.0.0.1", "origin": "https://a.example",
                      "user_agent": 'x "y"\u00fc'}


def test_what_a_client_wrote_is_cut_and_escaped(server):
    chat = server(workers=1, config={"log.level": "debug"})
    turned = "\u202e".encode().decode("latin-1")  # as it is on the wire
    chat.client(headers={"User-Agent": turned + "x" * 500})
    line = chat.wait_for_log(r"^.* upgrade .*$")[0]
    assert "\\u202e" in line and "\u202e" not in line
    assert len(parsed(line)[2]["user_agent"].encode()) == 200


@pytest.mark.parametrize("format", ["text", "json"])
def test_refusals_are_at_info_with_their_address(server, format):
    chat = server(workers=1, config={"websocket.allowed_origins": ["https://good.example"],
                                     "log.format": format})
    refused(chat)
    line = chat.wait_for_log(r"^.*upgrade_refused.*$")[0]
    if format == "text":
        _, _, fields = parsed(line)
    else:
        fields = json.loads(line)
        assert fields["event"] == "upgrade_refused" and fields["level"] == "info"
    assert fields["address"] == "127.0.0.1" and str(fields["status"]) == "403"
    assert fields["origin"] == "https://evil.example"


def test_who_is_cut_off_is_at_info_with_his_address(server):
    chat = server(workers=1, config={"limits.messages_per_second": 1, "limits.message_burst": 1,
                                     "limits.violations": 1})
    wrong, fast = chat.clients(2)
    wrong.send_frame(BINARY, b"x")
    wrong.expect_close(1003)
    for _ in range(3):
        fast.ask("list_rooms")
    fast.expect_close(4029, skip=True)
    chat.wait_for_log("connection_cut.*code=4029")
    cut = {fields["code"]: fields for _, _, fields in lines_of(chat, "connection_cut")}
    assert cut["1003"]["reason"] == "unsupported_data"
    assert cut["4029"]["reason"] == "rate_limited"
    assert cut["4029"]["address"].startswith("127.0.0.1:")


def test_a_flood_of_refusals_is_ten_lines_a_second(server):
    chat = server(workers=1, config={"websocket.allowed_origins": ["https://good.example"]})
    for _ in range(60):
        refused(chat)
    seconds = {}
    for line in chat.log:
        if "upgrade_refused" in line:
            seconds.setdefault(line[:19], []).append(line)
    assert all(len(lines) <= 20 for lines in seconds.values())  # our second is not the log's
    assert sum(map(len, seconds.values())) < 60


def test_a_connection_beyond_the_limit_is_logged_with_its_address(server):
    chat = server(workers=1, config={"limits.connections_per_address": 1})
    chat.client()
    chat.wire()
    assert chat.wait_for_log(r"connection_refused address=127\.0\.0\.1 reason=connections_per")


def test_a_change_by_an_administrator_is_logged(server):
    chat = server(workers=1)
    room = fresh()
    (member,) = gather(chat, room, 1)
    assert chat.ctl("kick", member.user, "--reason", 'a "b"').returncode == 0
    chat.wait_for_log(r" admin ")
    (_, _, fields), = lines_of(chat, "admin ")
    assert fields["command"] == "kick" and fields["result"] == "ok"
    assert fields["reason"] == 'a "b"' and fields["user"] == member.user


def test_lines_go_to_a_file_that_can_be_opened_anew(tmp_path):
    file, old = tmp_path / "chatd.log", tmp_path / "chatd.log.1"

    def wait_for(word):
        while not file.exists() or f" {word} " not in file.read_text():
            assert process.poll() is None, process.stderr.read()

    settings = ["listen.port=0", "workers=1", f"log.file={file}", f"admin.socket={tmp_path}/s"]
    process = subprocess.Popen(
        [BUILD / "bin" / "chatd", *(word for each in settings for word in ["-s", each])],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        wait_for("ready")
        file.rename(old)
        process.send_signal(signal.SIGUSR1)
        wait_for("log_reopened")
        process.send_signal(signal.SIGTERM)
        assert process.wait(2 * DEADLINE) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert " stopping " in file.read_text() and " stopping " not in old.read_text()
    assert os.stat(file).st_mode & 0o777 == 0o640


def test_a_file_that_can_not_be_had_is_69(tmp_path):
    done = subprocess.run(
        [BUILD / "bin" / "chatd", "-s", "listen.port=0", "-s", f"log.file={tmp_path}/no/where",
         "-s", f"admin.socket={tmp_path}/s"],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 69
    assert re.fullmatch(r"chatd: log\.file .*/no/where: No such file or directory\n", done.stderr)


def test_a_reader_who_sleeps_stalls_nobody_and_learns_what_he_missed(server):
    chat = server(workers=1, config={"log.level": "debug", **UNLIMITED})
    with chat.log_held():
        member = chat.client()
        member.create(fresh())
        long = "\u00ff" * 200  # six bytes each, once escaped
        for _ in range(1200):  # beyond what the pipe and the queue hold
            wire = chat.wire()
            wire.upgrade(User_Agent=long, Origin=long)
            wire.abort()
        member.fence()
    chat.wait_for_log(r"log_lost lines=[1-9]")
