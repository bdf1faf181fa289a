"""`chatctl users`: by size, and those who have gone."""

import json

from client import fresh, gather
from wire import BINARY


def closed(server):
    done = server.ctl("-o", "json", "users", "--closed")
    assert done.returncode == 0, done
    return json.loads(done.stdout)["closed"]


def test_the_last_ends_are_kept_with_code_and_reason(server):
    chat = server()
    room = fresh()
    kicked, wrong = gather(chat, room, 2, user_name="Kim")
    here = {client.user: "%s:%d" % client.socket.getsockname() for client in (kicked, wrong)}
    assert chat.ctl("kick", kicked.user).returncode == 0
    wrong.send_frame(BINARY, b"x")
    wrong.expect_close(1003, skip=True)
    rows = {row["user"]: row for row in closed(chat)}
    assert (rows[kicked.user]["code"], rows[kicked.user]["reason"]) == (4101, "kicked")
    assert (rows[wrong.user]["code"], rows[wrong.user]["reason"]) == (1003, "unsupported_data")
    assert rows[kicked.user]["name"] == "Kim"
    for user, row in rows.items():
        assert row["address"] == here[user]
        assert row["connected"] <= row["closed"]
    only = chat.ctl("users", "--closed", kicked.user).stdout.splitlines()
    assert only[0].split("\t") == "CLOSED USER NAME ADDRESS WORKER CONNECTED CODE REASON".split()
    assert len(only) == 2 and only[1].split("\t")[1] == kicked.user


def test_128_are_kept_and_not_one_more(server):
    chat = server(workers=1)
    room = fresh()
    users = []
    for _ in range(129):
        client = chat.client()
        client.create(room)
        users.append(client.user)
        client.leave(room)
        client.send_close()
        client.expect_close(1000)
        if len(users) == 128:
            assert [row["user"] for row in closed(chat)] == users
    assert [row["user"] for row in closed(chat)] == users[1:]
    assert {row["reason"] for row in closed(chat)} == {"peer"}


def test_users_are_sorted_the_largest_first_on_demand(chatd):
    word = fresh("sorted")
    few, many = chatd.clients(2)
    many.create(f"{word}-1", f"{word}-many")
    many.create(f"{word}-2")
    few.create(f"{word}-3", f"{word}-few")
    by_id = chatd.ctl("-H", "users", f"{word}*").stdout.splitlines()
    by_rooms = chatd.ctl("-H", "users", f"{word}*", "--sort", "rooms").stdout.splitlines()
    by_age = chatd.ctl("-H", "users", f"{word}*", "--sort", "idle").stdout.splitlines()
    assert [line.split("\t")[0] for line in by_id] == [few.user, many.user]
    assert [line.split("\t")[0] for line in by_rooms] == [many.user, few.user]
    assert len(by_age) == 2
    assert chatd.ctl("users", "--sort", "rooms", "--closed").returncode == 64


def test_a_table_has_bytes_with_their_unit(chatd):
    gather(chatd, fresh(), 1)
    table = chatd.ctl("-o", "table", "users").stdout
    assert " B" in table.splitlines()[1]
    status = chatd.ctl("-o", "table", "status").stdout
    assert any(line.startswith("queued") and line.endswith("B") for line in status.splitlines())
