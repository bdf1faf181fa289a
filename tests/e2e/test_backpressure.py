"""DESIGN §3 and PROTOCOL §8: whoever does not read is closed alone; bursts close nobody else."""

import threading

import pytest

from client import fresh, gather, request
from server import UNLIMITED
from wire import CLOSE, SCALE, Ended, ms, pump

CONFIG = UNLIMITED
BIG = "x" * 10000


def slow_member(server, room, others):
    """A member whose kernel takes next to nothing for it; the others have seen it come."""
    slow = server.client(rcvbuf=4096)
    slow.join(room)
    for other in others:
        other.expect("user_joined", user_id=slow.user)
    return slow


def read_rest(slow):
    """The frames that a closed slow consumer still finds, and the close frame at their end."""
    frames = []
    try:
        while (got := slow.read_frame()).opcode != CLOSE:
            frames.append(got)
    except Ended:
        return frames, None
    return frames, got


def say_until_gone(sender, others, room, slow):
    """Says on until the slow one is gone; everybody else gets all of it in order."""
    seen = {member: 0 for member in others}
    gone = set()
    for _ in range(200):
        sender.send_texts(request("message", {"room_id": room, "message": BIG}) for _ in range(10))
        wanted = seen[sender] + 10
        while any(count < wanted for count in seen.values()):
            pump(others, lambda member: member.inbox or seen[member] >= wanted)
            for member in others:
                while member.inbox:
                    got = member.read()
                    if got["type"] == "user_left":
                        assert got["user_id"] == slow.user and got["reason"] == "disconnected"
                        gone.add(member)
                    else:
                        seen[member] += 1
                        assert got["seq"] == seen[member], "a gap for a healthy member"
        if gone == set(others):
            return wanted
    raise AssertionError("the slow consumer was never closed")


def test_a_slow_consumer_is_closed_with_4013_while_others_get_everything(server, workers):
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    room = fresh()
    others = gather(chat, room, 5)
    slow = slow_member(chat, room, others)
    say_until_gone(others[0], others, room, slow)
    assert slow.expect_close(4013, skip=True) == "slow_consumer"


def test_a_slow_consumer_gets_what_it_gets_without_a_gap(server, workers):
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    room = fresh()
    others = gather(chat, room, 2)
    slow = slow_member(chat, room, others)
    said = say_until_gone(others[0], others, room, slow)
    seqs = [message["seq"] for message in slow.read_to_end()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) < said


def test_who_takes_no_byte_for_pong_timeout_is_closed_with_4013(server, workers):
    limits = {
        "limits.outbound_queue": "256MiB",
        "websocket.ping_interval": ms(200),
        "websocket.pong_timeout": ms(1000),
    }
    chat = server(workers, limits)
    room = fresh()
    sender = chat.client()
    sender.create(room)
    slow = slow_member(chat, room, [sender])
    sender.send_texts(request("message", {"room_id": room, "message": BIG}) for _ in range(1200))
    number = 0
    while (got := sender.read())["type"] == "new_message":
        number += 1
        assert got["seq"] == number
    assert (got["type"], got["user_id"]) == ("user_left", slow.user)
    frames, close = read_rest(slow)
    assert len(frames) < 1200
    assert close is None or (close.close_code(), close.close_reason()) == (4013, "slow_consumer")


@pytest.mark.parametrize("burst", [32, 200, 1000])
def test_a_burst_closes_no_healthy_member(server, workers, burst):
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    room = fresh()
    members = gather(chat, room, 12)
    text = "x" * 300
    texts = [request("message", {"room_id": room, "message": text}, id=n) for n in range(burst)]
    writer = threading.Thread(target=members[0].send_texts, args=(texts,))
    writer.start()
    pump(members, lambda member: len(member.inbox) >= burst * (2 if member is members[0] else 1))
    writer.join()
    for member in members[1:]:
        assert [member.read()["seq"] for _ in range(burst)] == list(range(1, burst + 1))
    for number in range(burst):
        members[0].expect("message_ack", seq=number + 1, id=number)
        members[0].expect_said(room, text, seq=number + 1)
    for member in members:
        member.fence()


def test_a_burst_over_many_rooms_closes_nobody(server, workers):
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    client, other = chat.client(), chat.client()
    rooms = [fresh() for _ in range(16)]
    for room in rooms:
        client.create(room)
        other.join(room)
        client.expect("user_joined")
    total = 40 * len(rooms)
    texts = [
        request("message", {"room_id": room, "message": "x" * 1000})
        for _ in range(40)
        for room in rooms
    ]
    writer = threading.Thread(target=client.send_texts, args=(texts,))
    writer.start()
    pump([client, other], lambda member: len(member.inbox) >= total)
    writer.join()
    own = [got["room_id"] for got in client.read_many(total)]
    assert own == rooms * 40, "the sender's own order"
    seen = {}
    for got in other.read_many(total):
        seen.setdefault(got["room_id"], []).append(got["seq"])
    assert seen == {room: list(range(1, 41)) for room in rooms}


@pytest.mark.parametrize("window", [1, 3])
def test_a_small_window_of_requests_only_slows_down(server, workers, window):
    chat = server(workers, {"limits.requests_in_flight": window})
    client = chat.client()
    rooms = [fresh() for _ in range(5)]
    for room in rooms:
        client.create(room)
    client.send_texts(
        request("message", {"room_id": rooms[n % 5], "message": f"{n}"}, id=n) for n in range(300)
    )
    for number in range(300):
        client.expect("message_ack", id=number)
        client.expect_said(rooms[number % 5], f"{number}", seq=number // 5 + 1)
    client.fence()


def test_a_sender_that_does_not_read_is_not_read(server, workers):
    """Its replies fill its queue to the half, then its requests wait; nothing is lost of either."""
    chat = server(workers, {"limits.outbound_queue": "64KiB"})
    client = chat.client(rcvbuf=4096)
    count = 30000
    writer = threading.Thread(target=client.send_texts, args=(["{}"] * count,))
    writer.start()
    writer.join(0.3 * SCALE)
    witness = chat.client()
    witness.create(fresh())
    for _ in range(count):
        client.expect_error("invalid_message_type", "missing_type")
    writer.join()
    client.fence()


def test_pressure_between_workers_ends(server, workers):
    """More than a mailbox holds, from every side at once: senders are slowed, nothing is lost."""
    chat = server(workers, {"limits.mailbox": "1MiB", "limits.outbound_queue": "8MiB"})
    room = fresh()
    members = gather(chat, room, 8)
    each = 60
    texts = [request("message", {"room_id": room, "message": BIG})] * each
    writers = [threading.Thread(target=member.send_texts, args=(texts,)) for member in members]
    for writer in writers:
        writer.start()
    pump(members, lambda member: len(member.inbox) >= each * len(members))
    for writer in writers:
        writer.join()
    for member in members:
        seqs = [got["seq"] for got in member.read_many(each * len(members))]
        assert seqs == list(range(1, each * len(members) + 1))


def test_a_stuck_member_delays_nobody(server, workers):
    chat = server(workers)
    room = fresh()
    others = gather(chat, room, 4)
    slow_member(chat, room, others)
    for number in range(1, 301):
        others[0].say(room, BIG)
        for other in others:
            got = other.read()
            if got["type"] == "user_left":
                got = other.read()
            assert got["seq"] == number
