"""INTERFACES limits.memory: past it new work is refused, then the largest queue is closed. And what
the process held in a storm it gives back."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from client import fresh
from server import UNLIMITED
from wire import DEADLINE

CONFIG = UNLIMITED | {"limits.memory": "1MiB", "limits.outbound_queue": "64MiB"}
BIG = "x" * 10000


def memory(chat):
    return json.loads(chat.ctl("-o", "json", "status").stdout)["memory_bytes"]


def say(client, room):
    """True: it was said; False: the server is overloaded."""
    client.say(room, BIG, id=1)
    got = client.read()
    if got["type"] == "error":
        assert (got["code"], got["reason"]) == ("server_error", "overloaded"), got
        assert got["id"] == 1 and got["room_id"] == room
        return False
    assert got["type"] == "message_ack"
    client.expect_said(room, BIG, seq=got["seq"])
    return True


def say_until_said(client, room):
    until = time.monotonic() + DEADLINE
    while not say(client, room):
        assert time.monotonic() < until, "memory is never free again"


def press(client, room, slow):
    """Says on until work is refused and, for that, the slow member is gone."""
    until = time.monotonic() + DEADLINE
    refused = gone = False
    while not gone:
        assert time.monotonic() < until, "nobody is closed"
        client.say(room, BIG, id=1)
        got = client.read()
        if got["type"] == "user_left":
            assert got["user_id"] == slow.user
            gone = True
            got = client.read()
        refused |= got["type"] == "error"
        if got["type"] == "message_ack":
            client.expect_said(room, BIG, seq=got["seq"])
    assert refused


def slow_member(chat, client, room):
    slow = chat.client(rcvbuf=4096)
    slow.join(room)
    client.expect("user_joined")
    return slow


def test_past_the_limit_work_is_refused_and_then_the_largest_queue_closed(server, workers):
    chat = server(workers)
    client, guest = chat.clients(2)
    room, other, third = fresh(), fresh(), fresh()
    client.create(room)
    guest.create(other)
    slow = slow_member(chat, client, room)
    press(client, room, slow)
    guest.leave(other)
    guest.fence()
    assert slow.expect_close(4013, skip=True) == "slow_consumer"
    say_until_said(client, room)
    guest.create(third)
    assert memory(chat) < 1 << 20


def test_the_smaller_queue_stays(server, workers):
    chat = server(workers)
    client = chat.client()
    room, other = fresh(), fresh()
    client.create(room)
    slow = slow_member(chat, client, room)
    client.create(other)
    lagging = slow_member(chat, client, other)
    press(client, room, slow)
    assert slow.expect_close(4013, skip=True) == "slow_consumer"
    say_until_said(client, room)
    lagging.fence()


def test_without_a_limit_nothing_is_refused(server, workers):
    chat = server(workers, {"limits.memory": 0})
    client = chat.client()
    room = fresh()
    client.create(room)
    slow_member(chat, client, room)
    for _ in range(600):
        assert say(client, room)
    assert memory(chat) > 1 << 20


# Their allocators keep what was freed, to find who uses it.
needs_plain_allocator = pytest.mark.skipif(
    "ASAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ, reason="a sanitizer's allocator"
)


def resident(chat):
    text = Path(f"/proc/{chat.pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss: +(\d+) kB", text, re.M).group(1)) << 10


def fill(client, rooms):
    """Each room holds all the history that it may; their memories grow in turns."""
    for _ in range(26):
        for room in rooms:
            client.say(room, BIG)
        for room in rooms:
            client.expect_said(room, BIG)


@needs_plain_allocator
def test_what_a_storm_took_is_given_back(server):
    chat = server(config={"limits.memory": 0})
    client = chat.client()
    rooms = [fresh() for _ in range(60)]
    client.create(rooms[0])
    fill(client, rooms[:1])
    before = resident(chat)
    for room in rooms[1:]:
        client.create(room)
    fill(client, rooms[1:])
    storm = resident(chat) - before
    assert storm > 10 << 20
    for room in rooms:
        if rooms.index(room) % 10:
            client.leave(room)
    until = time.monotonic() + DEADLINE
    while resident(chat) - before > storm / 2:
        assert time.monotonic() < until, (before, storm, resident(chat))
        client.fence()
