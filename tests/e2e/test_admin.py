"""The admin socket as a program sees it: lines of JSON on a Unix stream."""

import json
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from client import fresh, gather
from server import BUILD, UNLIMITED
from wire import DEADLINE, Ended

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


class Admin:
    def __init__(self, server):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(str(server.socket))
        self.lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.lines.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def read(self):
        line = self.lines.readline()
        if not line:
            raise Ended("the admin socket")
        assert line.endswith(b"\n")
        return json.loads(line)

    def ask(self, command, **args):
        self.send(json.dumps({"command": command, "args": args}) + "\n")
        return self.read()

    def data(self, command, **args):
        answer = self.ask(command, **args)
        assert answer["ok"] is True, answer
        return answer["data"]

    def code(self, command, **args):
        answer = self.ask(command, **args)
        assert answer["ok"] is False and answer["error"]["message"], answer
        return answer["error"]["code"]


@pytest.fixture
def admin(chatd):
    with Admin(chatd) as connection:
        yield connection


def test_an_answer_carries_the_id_of_its_command(admin):
    for id in ["a", "ä☺", 0, -7, 2**53]:
        admin.send(json.dumps({"command": "version", "id": id}) + "\n")
        assert admin.read() == {
            "id": id,
            "ok": True,
            "data": {"version": "0.1.0", "protocol": "chat.v1"},
        }
    admin.send('{"command": "version"}\n')
    assert "id" not in admin.read()


def test_pipelined_commands_are_answered_in_their_order(admin):
    commands = ["ping", "rooms", "version", "status", "nonsense", "users"] * 20
    admin.send("".join(f'{{"command":"{name}","id":{i}}}\n' for i, name in enumerate(commands)))
    for i, name in enumerate(commands):
        answer = admin.read()
        assert (answer["id"], answer["ok"]) == (i, name != "nonsense")


@pytest.mark.parametrize(
    "line, code",
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[]", "not_json"),
        ('{"command":"ping"} x', "not_json"),
        (b'{"command":"\xff"}', "not_json"),
        ("x" * 65537, "line_too_long"),
        ("x" * 1000000, "line_too_long"),
        ('{"command":"explode"}', "unknown_command"),
        ('{"command":"help"}', "unknown_command"),
        ('{"command":7}', "usage"),
        ('{"command":"room"}', "usage"),
        ('{"command":"room","args":[]}', "usage"),
        ('{"command":"kick","args":{"user":"u","rooom":"r"}}', "usage"),
        ('{"command":"room","args":{"room":"a b"}}', "bad_value"),
        ('{"command":"rooms","args":{"limit":"3"}}', "bad_value"),
        ('{"command":"rooms","args":{"sort":"name"}}', "bad_value"),
        ('{"command":"room","args":{"room":"nobody-made-it"}}', "not_found"),
        ('{"command":"user","args":{"user":"nobody"}}', "not_found"),
        ('{"command":"kick","args":{"user":"nobody"}}', "not_found"),
    ],
)
def test_a_bad_line_gets_an_error_and_the_connection_lives_on(admin, line, code):
    admin.send((line if isinstance(line, bytes) else line.encode()) + b"\n")
    answer = admin.read()
    assert answer["ok"] is False
    assert answer["error"]["code"] == code
    assert admin.data("version")["protocol"] == "chat.v1"


def test_who_has_sent_all_may_shut_his_side_down(chatd):
    with Admin(chatd) as admin:
        admin.send('{"command":"ping"}\n{"command":"version"}')
        admin.socket.shutdown(socket.SHUT_WR)
        assert admin.read()["data"]["reply"] == "pong"
        assert admin.read()["data"]["protocol"] == "chat.v1"
        with pytest.raises(Ended):
            admin.read()


def test_who_goes_away_during_a_command_harms_nobody(chatd):
    for _ in range(50):
        with Admin(chatd) as hasty:
            hasty.send('{"command":"rooms"}\n{"command":"users"}\n{"command":"kick","args":{"us')
    with Admin(chatd) as admin:
        assert admin.data("ping")["reply"] == "pong"


def test_only_so_many_are_served_at_once(server):
    chatd = server()
    connections = [Admin(chatd) for _ in range(64)]
    for connection in connections:
        connection.data("version")
    with Admin(chatd) as late:
        assert late.read()["error"]["code"] == "busy"
        with pytest.raises(Ended):
            late.read()
    for connection in connections:
        connection.__exit__()


def test_ping_asks_all_workers(chatd, admin):
    assert admin.data("ping") == {"reply": "pong", "workers": chatd.workers}


def test_status_counts_over_all_workers(chatd, admin):
    before = admin.data("status")
    assert (before["pid"], before["workers"]) == (chatd.pid, chatd.workers)
    room, other = fresh(), fresh()
    members = gather(chatd, room, 6)
    members[0].create(other)
    chatd.client()
    after = admin.data("status")
    assert set(after) == set(
        "version uptime_ms pid workers connections users rooms memberships "
        "messages_in messages_out queued_bytes history_bytes memory_bytes "
        "state drain_left_ms reloaded restart_for log_level".split()
    )
    assert (after["state"], after["drain_left_ms"], after["log_level"]) == ("serving", 0, "info")
    assert (after["reloaded"], after["restart_for"]) == (None, [])
    numbers = [name for name, value in after.items() if isinstance(value, int)]
    grown = {name: after[name] - before[name] for name in numbers}
    assert (grown["connections"], grown["users"]) == (7, 6)
    assert (grown["rooms"], grown["memberships"]) == (2, 7)
    assert grown["messages_in"] == 7
    assert grown["messages_out"] >= 7 + 5 + 15
    assert grown["uptime_ms"] >= 0


def test_rooms_has_a_row_for_each_room_of_all_workers(chatd, admin):
    prefix = fresh("list")
    sizes = {f"{prefix}-{n}": n for n in range(1, 6)}
    for room, size in sizes.items():
        author = gather(chatd, room, size)[0]
        for n in range(size):
            author.say(room, "x")
            author.expect_said(room, "x", seq=n + 1)
    rows = admin.data("rooms", pattern=f"{prefix}-*")["rooms"]
    assert [row["room"] for row in rows] == sorted(sizes)
    for row in rows:
        assert set(row) == set("room name members messages age_ms last".split())
        assert row["name"] == row["room"]
        assert row["members"] == row["messages"] == sizes[row["room"]]
        assert row["age_ms"] >= 0 and TIME.match(row["last"])
    largest = admin.data("rooms", pattern=f"{prefix}-*", sort="members", limit=2)["rooms"]
    assert [row["members"] for row in largest] == [5, 4]
    oldest = admin.data("rooms", pattern=f"{prefix}-*", sort="age", limit=1)["rooms"]
    assert oldest[0]["age_ms"] >= rows[-1]["age_ms"]
    assert admin.data("rooms", pattern=f"{prefix}-[12]")["rooms"][1]["members"] == 2
    assert admin.data("rooms", pattern=f"{prefix}")["rooms"] == []


def test_room_joins_its_members_with_their_connections(chatd, admin):
    room = fresh()
    author, other = gather(chatd, room, 2, user_name="Ann ☺")
    author.say(room, "x")
    author.expect_said(room, "x")
    data = admin.data("room", room=room)
    assert set(data) == set(
        "room name members messages age_ms last max_members seq epoch history_bytes users".split()
    )
    assert data["max_members"] >= data["members"]
    assert (data["room"], data["members"], data["messages"], data["seq"]) == (room, 2, 1, 1)
    assert data["epoch"]
    users = {row["user"]: row for row in data["users"]}
    assert list(users) == sorted(users)
    for client in author, other:
        row = users[client.user]
        assert set(row) == set("user name address joined queued_bytes".split())
        assert row["address"] == "127.0.0.1:%d" % client.socket.getsockname()[1]
        assert TIME.match(row["joined"])
        assert row["queued_bytes"] == 0
    assert users[author.user]["name"] == "Ann ☺"


def test_users_are_the_identified_connections(chatd, admin):
    room = fresh()
    members = gather(chatd, room, 5)
    chatd.client()
    rows = {row["user"]: row for row in admin.data("users")["users"]}
    for client in members:
        row = rows[client.user]
        assert set(row) == set(
            "user name rooms address worker connected idle_ms queued_bytes".split()
        )
        assert row["rooms"] == 1
        assert 0 <= row["worker"] < chatd.workers
        assert TIME.match(row["connected"])
        assert row["address"].endswith(":%d" % client.socket.getsockname()[1])
    assert [*rows] == sorted(rows)
    assert set(rows) == {client.user for client in members}
    one = admin.data("users", pattern=members[2].user)["users"]
    assert [row["user"] for row in one] == [members[2].user]


def test_user_has_connections_each_with_its_rooms(chatd, admin):
    user, rooms = fresh("user"), sorted(fresh() for _ in range(3))
    first, second = chatd.client(), chatd.client()
    first.create(rooms[1], user)
    first.create(rooms[0])
    second.create(rooms[2], user)
    data = admin.data("user", user=user)
    assert set(data) == {"user", "name", "connections"}
    assert (data["user"], data["name"]) == (user, user)
    assert [each["rooms"] for each in data["connections"]] == [rooms[:2], rooms[2:]]
    for each in data["connections"]:
        assert set(each) == set("rooms address worker connected idle_ms queued_bytes".split())


def test_a_change_is_logged_with_who_asked(chatd, admin):
    room = fresh()
    (member,) = gather(chatd, room, 1)
    admin.data("kick", user=member.user, room=room, reason="too loud")
    line = chatd.wait_for_log(rf"\badmin\b.*user={member.user}\b").string
    for word in [
        "command=kick",
        "result=ok",
        f"uid={os.getuid()}",
        f"pid={os.getpid()}",
        f"room={room}",
        'reason="too loud"',
    ]:
        assert word in line, line


# The socket in the file system


def start_again(server, *settings):
    """A second chatd with the configuration of the first, but for its state; its exit code and what
    it said."""
    state = server.directory / "second"
    state.mkdir()
    done = subprocess.run(
        [BUILD / "bin" / "chatd", "-c", server.directory / "chatd.yaml", "-s", f"state={state}"]
        + [*settings],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
    )
    return done.returncode, done.stderr


def test_the_socket_has_its_mode(server):
    for mode in "0600", "0660":
        chatd = server(config={"admin.mode": mode})
        status = os.stat(chatd.socket)
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == int(mode, 8)
        assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())


def test_the_socket_goes_with_the_server(server):
    chatd = server()
    assert chatd.stop() == 0
    assert sorted(os.listdir(chatd.directory)) == ["chatd.db", "chatd.yaml"]


def test_a_live_socket_is_not_taken(server):
    chatd = server()
    code, said = start_again(chatd)
    assert code == 69
    assert str(chatd.socket) in said
    with Admin(chatd) as admin:
        assert admin.data("status")["pid"] == chatd.pid


def test_a_port_that_another_serves_is_not_taken(server):
    chatd = server()
    second = chatd.directory / "second.sock"
    settings = [f"listen.port={chatd.port}", f"admin.socket={second}"]
    code, said = start_again(chatd, "-s", settings[0], "-s", settings[1])
    assert code == 69
    assert str(chatd.port) in said
    assert not second.exists()
    chatd.client().create(fresh())


def test_a_stale_socket_is_replaced(server):
    chatd = server()
    other = server()
    chatd.send_signal(signal.SIGKILL)
    chatd.wait()
    assert chatd.socket.exists()
    third = server(config={"admin.socket": str(chatd.socket)})
    with Admin(chatd) as admin:
        assert admin.data("status")["pid"] == third.pid
    assert other.alive()


def test_a_file_in_its_place_is_left_alone(server):
    chatd = server()
    path = chatd.directory / "precious"
    path.write_text("data")
    code, said = start_again(chatd, "-s", f"admin.socket={path}")
    assert code == 69
    assert str(path) in said
    assert path.read_text() == "data"


def test_an_admin_that_does_not_read_delays_nobody(server):
    chatd = server()
    stuck = Admin(chatd)
    client = chatd.client()
    room = fresh()
    client.create(room)
    stuck.send('{"command":"rooms"}\n' * 2000)
    client.fence()
    with Admin(chatd) as admin:
        assert len(admin.data("rooms")["rooms"]) == 1
    stuck.__exit__()


def test_ten_thousand_rooms_are_listed(server):
    chatd = server(config=UNLIMITED | {"limits.rooms_per_connection": 20000})
    client = chatd.client()
    client.user = fresh("user")
    rooms = [f"many-{n:05}" for n in range(10000)]
    for at in range(0, len(rooms), 500):
        some = rooms[at : at + 500]
        client.send_texts(
            json.dumps(
                {
                    "type": "create_room",
                    "payload": {"room_id": room, "room_name": "N", "user_id": client.user},
                }
            )
            for room in some
        )
        assert all(each["type"] == "new_room" for each in client.read_many(len(some)))
    with Admin(chatd) as admin:
        rows = admin.data("rooms")["rooms"]
        assert [row["room"] for row in rows] == rooms
        assert admin.data("users")["users"][0]["rooms"] == len(rooms)
        assert admin.data("kick", user=client.user)["seats"] == len(rooms)
        assert admin.data("rooms")["rooms"] == []
