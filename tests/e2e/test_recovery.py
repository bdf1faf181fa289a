"""PROTOCOL §5: who comes back with `since` has missed nothing, and who says a thing twice is heard
once."""

import random
import select
import time

import pytest

from client import Client, fresh, request
from server import UNLIMITED
from wire import DEADLINE, pump

CONFIG = UNLIMITED
# Enough to hold all that a test says.
DEEP = {
    "history.size": 100000,
    "history.max_bytes": "8MiB",
    "limits.outbound_queue": "16MiB",
}


def rejoin(chat, room, user, since, protocol=None, **more):
    """Asks for the room on a new connection until the old one's seat is free; what came first."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        client = chat.client(protocol=protocol)
        client.ask("join", {"room_id": room, "user_id": user, "since": since, **more})
        first = client.read()
        if first["type"] == "join_success":
            client.user = user
            return client, first
        assert first["reason"] == "user_already_in_room", first
        client.close()
    raise AssertionError("the seat was never free")


def test_all_that_was_missed_comes_first_and_then_the_rest(chatd):
    room = fresh()
    owner, member = chatd.client(), chatd.client()
    owner.create(room)
    epoch = member.join(room)["epoch"]
    owner.expect("user_joined")
    heard = []
    for number in range(1, 6):
        owner.say(room, f"text {number}")
        heard.append(owner.expect_said(room, f"text {number}"))
        if number == 2:
            assert member.read_many(2) == heard
            member.abort()
            owner.expect("user_left", reason="disconnected")
    again, success = rejoin(chatd, room, member.user, {"seq": 2, "epoch": epoch})
    assert (success["recovered"], success["seq"], success["oldest_seq"]) == (True, 5, 1)
    assert again.read_many(3) == heard[2:]
    again.expect("user_joined", user_id=member.user)
    owner.say(room, "live")
    again.expect_said(room, "live", seq=6)
    again.fence()


def test_a_seat_that_is_taken_over_gets_what_was_missed_and_nobody_sees_it(chatd):
    room = fresh()
    owner, member = chatd.client(), chatd.client(protocol="chat.v1")
    owner.create(room)
    joined = member.join(room)
    owner.expect("user_joined")
    member.abort()
    owner.say(room, "missed")
    said = owner.expect_said(room, "missed")
    since = {"seq": 0, "epoch": joined["epoch"]}
    again, success = rejoin(chatd, room, member.user, since, session=joined["session"])
    assert success["recovered"] is True
    assert again.read() == said
    again.fence()
    owner.fence()


def test_an_empty_room_that_lingers_can_be_recovered(server, workers):
    chat = server(workers, {"rooms.linger": "1h"})
    room = fresh()
    client = chat.client()
    epoch = client.create(room)["epoch"]
    client.say(room, "x")
    said = client.expect_said(room, "x")
    client.leave(room)
    again, success = rejoin(chat, room, client.user, {"seq": 0, "epoch": epoch})
    assert success["recovered"] is True
    assert again.read() == said


@pytest.mark.parametrize("members", [1, 5])
def test_a_first_join_with_since_gets_the_rooms_history(chatd, members):
    room = fresh()
    owner = chatd.client()
    epoch = owner.create(room)["epoch"]
    owner.say(room, "x")
    said = owner.expect_said(room, "x")
    for _ in range(members):
        client, success = rejoin(chatd, room, fresh("user"), {"seq": 0, "epoch": epoch})
        assert success["recovered"] is True
        assert client.read() == said
        client.expect("user_joined", user_id=client.user)


@pytest.mark.parametrize("seq, epoch", [(4, None), (2**53, None), (3, "another"), (0, "x" * 64)])
def test_what_cannot_be_recovered_is_not_recovered_in_part(chatd, seq, epoch):
    room = fresh()
    owner = chatd.client()
    right = owner.create(room)["epoch"]
    for number in range(1, 4):
        owner.say(room, "x")
        owner.expect_said(room, "x", seq=number)
    client, success = rejoin(chatd, room, "u", {"seq": seq, "epoch": epoch or right})
    assert (success["recovered"], success["seq"], success["oldest_seq"]) == (False, 3, 1)
    client.expect("user_joined")
    client.fence()


def test_a_hole_is_never_silent(chatd):
    """One more than is held was missed."""
    room = fresh()
    owner = chatd.client()
    epoch = owner.create(room, history=10)["epoch"]
    for number in range(1, 22):
        owner.say(room, "x")
        owner.expect_said(room, "x", seq=number)
    client, success = rejoin(chatd, room, "a", {"seq": 10, "epoch": epoch})
    assert (success["recovered"], success["oldest_seq"]) == (False, 12)
    client.expect("user_joined")
    client.fence()
    client, success = rejoin(chatd, room, "b", {"seq": 11, "epoch": epoch})
    assert success["recovered"] is True
    assert [event["seq"] for event in client.read_many(10)] == [*range(12, 22)]
    client.expect("user_joined")
    client.fence()


@pytest.mark.parametrize(
    "since, reason",
    [
        (7, "wrong_type"),
        ([], "wrong_type"),
        ({}, "missing_field"),
        ({"seq": 1}, "missing_field"),
        ({"epoch": "e"}, "missing_field"),
        ({"seq": -1, "epoch": "e"}, "out_of_range"),
        ({"seq": 1.5, "epoch": "e"}, "wrong_type"),
        ({"seq": 1, "epoch": ""}, "too_short"),
        ({"seq": 1, "epoch": "e" * 65}, "too_long"),
    ],
)
def test_a_bad_since_is_refused(chatd, since, reason):
    room = fresh()
    chatd.client().create(room)
    client = chatd.client()
    client.ask("join", {"room_id": room, "user_id": "u", "since": since}, id=1)
    client.expect_error("invalid_payload", reason, id=1, room_id=room)
    assert client.join(room, "u")["members"] == 2


class Follower:
    """A member that is cut off now and then and comes back; it judges each message as it comes."""

    def __init__(self, chat, room, texts, resumes):
        self.chat, self.room, self.texts = chat, room, texts
        self.user = fresh("follower")
        self.seq = self.joined_at = 0
        self.recovered = 0
        self.resumes = resumes
        self.client = chat.client(protocol="chat.v1" if resumes else None)
        success = self.client.join(room, self.user)
        self.epoch, self.session = success["epoch"], success["session"]

    def take(self):
        """What has come, without waiting."""
        while self.client.inbox:
            self.judge(self.client.read())

    def judge(self, event):
        if event["type"] == "new_message":
            self.seq += 1
            assert event["seq"] == self.seq, f"{event['seq']} instead of {self.seq}"
            text = event["message"]["message"]
            assert self.texts.setdefault(self.seq, text) == text, "two orders"
        elif event["type"] == "user_joined" and event["user_id"] == self.user:
            assert not self.resumes, "nobody has left"
            assert self.seq == self.joined_at, "user_joined among what was missed"
        else:
            assert event["type"] in ("user_joined", "user_left"), event

    def cut(self):
        """In the middle of whatever has come by now."""
        if select.select([self.client.socket], [], [], 0)[0]:
            self.client.absorb()
        self.take()
        self.client.abort()

    def come_back(self):
        how = {"since": {"seq": self.seq, "epoch": self.epoch}}
        if self.resumes:
            how |= {"session": self.session, "protocol": "chat.v1"}
        self.client, success = rejoin(self.chat, self.room, self.user, **how)
        self.session = success["session"]
        assert success["recovered"] is True, success
        assert success["oldest_seq"] == 1
        self.joined_at = success["seq"]
        self.recovered += self.joined_at - self.seq


@pytest.mark.parametrize("resumes", [False, True], ids=["leaving", "resuming"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_misses_a_message_of_a_busy_room_however_often_they_are_cut_off(
    server, workers, seed, resumes
):
    draw = random.Random(seed)
    chat = server(workers, DEEP)
    room = fresh()
    texts = {}
    senders = [chat.client() for _ in range(4)]
    senders[0].create(room)
    for sender in senders[1:]:
        sender.join(room)
    followers = [Follower(chat, room, texts, resumes) for _ in range(6)]
    said = 0

    def burst():
        nonlocal said
        for sender in senders:
            texts_now = [f"{said + n} " + "x" * draw.choice([0, 50, 2000]) for n in range(8)]
            said += len(texts_now)
            sender.send_texts(
                request("message", {"room_id": room, "message": text}) for text in texts_now
            )

    def settle(members):
        """Reads on until all have come to the last message."""
        until = time.monotonic() + DEADLINE
        while any(member.seq < said for member in members) and time.monotonic() < until:
            clients = [member.client for member in members if member.seq < said]
            pump(clients, lambda client: client.inbox)
            for member in members:
                member.take()

    for _ in range(25):
        cut = draw.sample(followers, draw.randrange(1, 4))
        burst()
        if draw.random() < 0.5:
            settle([member for member in followers if draw.random() < 0.5])
        for member in cut:
            member.cut()
            burst()
        for member in cut:
            burst()
            member.come_back()
            burst()
        for sender in senders:
            sender.absorb()
            sender.inbox.clear()
    settle(followers)
    assert len(texts) == said and sorted(texts) == [*range(1, said + 1)]
    assert sum(member.recovered for member in followers) > 500
    assert [member.seq for member in followers] == [said] * len(followers)


# client_msg_id


def say(client, room, text, client_msg_id, id=None):
    payload = {"room_id": room, "message": text, "client_msg_id": client_msg_id}
    client.ask("message", payload, **({} if id is None else {"id": id}))


def test_a_message_said_twice_is_heard_once(chatd):
    room = fresh()
    owner, other = chatd.client(), chatd.client()
    owner.create(room)
    other.join(room)
    owner.expect("user_joined")
    say(owner, room, "first", "c", id=1)
    owner.expect("message_ack", seq=1, id=1)
    owner.expect_said(room, "first", client_msg_id="c")
    say(owner, room, "first", "c", id=2)
    owner.expect("message_ack", seq=1, id=2, duplicate=True)
    say(owner, room, "first", "c")
    owner.fence()
    other.expect_said(room, "first", seq=1)
    say(other, room, "another's", "c", id=3)
    assert "duplicate" not in other.expect("message_ack", seq=2, id=3)
    other.expect_said(room, "another's", seq=2)
    other.fence()


def test_it_may_be_resent_on_another_connection(chatd):
    """The answer was lost with the connection: it is not known whether the message was heard."""
    room = fresh()
    owner, other = chatd.client(), chatd.client()
    epoch = owner.create(room)["epoch"]
    other.join(room)
    owner.expect("user_joined")
    say(other, room, "once", "c", id=1)
    owner.expect_said(room, "once", seq=1)
    other.abort()
    owner.expect("user_left")
    again, success = rejoin(chatd, room, other.user, {"seq": 0, "epoch": epoch})
    assert success["recovered"] is True
    again.expect_said(room, "once", seq=1, client_msg_id="c")
    again.expect("user_joined")
    say(again, room, "once", "c", id=1)
    again.expect("message_ack", seq=1, id=1, duplicate=True)
    owner.expect("user_joined")
    owner.fence()


def test_a_client_msg_id_is_forgotten_with_its_message(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room, history=3)
    for seq, name in enumerate("abcd", 1):
        say(client, room, name, name, id=name)
        client.expect("message_ack", seq=seq)
        client.expect_said(room, name)
    say(client, room, "b", "b", id="again")
    client.expect("message_ack", seq=2, duplicate=True)
    say(client, room, "a", "a", id="again")
    assert "duplicate" not in client.expect("message_ack", seq=5)
    client.expect_said(room, "a", seq=5)


def test_nothing_is_remembered_without_history(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room, history=0)
    for seq in (1, 2):
        say(client, room, "x", "c", id=seq)
        assert "duplicate" not in client.expect("message_ack", seq=seq)
        client.expect_said(room, "x", seq=seq)


def test_a_join_with_since_runs_alone(chatd):
    """What follows in the same write is served behind all that was missed."""
    room, other = fresh(), fresh()
    owner, client = chatd.client(), chatd.client()
    epoch = owner.create(room)["epoch"]
    for _ in range(50):
        owner.say(room, "x" * 1000)
    assert owner.read_many(50)[-1]["seq"] == 50
    client.create(other)
    since = {"seq": 0, "epoch": epoch}
    client.send_texts(
        [
            request("message", {"room_id": other, "message": "before"}),
            request("join", {"room_id": room, "since": since}, id="j"),
            request("message", {"room_id": room, "message": "behind"}),
            request("ping", id="p"),
        ]
    )
    client.expect_said(other, "before")
    client.expect("join_success", id="j", recovered=True)
    assert [event["seq"] for event in client.read_many(50)] == [*range(1, 51)]
    client.expect("user_joined")
    client.expect_said(room, "behind", seq=51)
    client.expect("pong", id="p")


def test_a_crowd_that_comes_back_at_once_gets_all_it_missed(server, workers):
    """Far more than a turn hands out: it is spread over turns, and nobody is a slow consumer."""
    chat = server(workers, {"limits.outbound_queue": "256KiB", "history.max_bytes": "128KiB"})
    room = fresh()
    owner = chat.client()
    epoch = owner.create(room)["epoch"]
    for _ in range(100):
        owner.say(room, "x" * 1000)
        owner.read()
    crowd = chat.clients(40)
    for client in crowd:
        client.user = fresh("user")
        since = {"seq": 0, "epoch": epoch}
        client.ask("join", {"room_id": room, "user_id": client.user, "since": since})
    seqs = {client: [] for client in crowd}
    while any(len(got) < 100 for got in seqs.values()):
        pump([client for client in crowd if len(seqs[client]) < 100], lambda each: each.inbox)
        for client in crowd:
            while client.inbox:
                event = client.read()
                if event["type"] == "new_message":
                    seqs[client].append(event["seq"])
    assert all(got == [*range(1, 101)] for got in seqs.values())


def test_all_of_a_history_is_replayed_to_a_member_that_reads_slowly(server, workers):
    """As much as a queue may hold at all: half of it, behind a queue that is at most half full."""
    chat = server(workers, {"limits.outbound_queue": "256KiB", "history.max_bytes": "128KiB"})
    room = fresh()
    owner = chat.client()
    epoch = owner.create(room)["epoch"]
    for _ in range(100):
        owner.say(room, "x" * 1000)
        owner.read()
    slow = Client(chat.port, rcvbuf=4096)
    slow.upgrade()
    slow.ask("join", {"room_id": room, "user_id": "slow", "since": {"seq": 0, "epoch": epoch}})
    owner.expect("user_joined")
    owner.say(room, "live")
    assert slow.expect("join_success")["recovered"] is True
    assert [event["seq"] for event in slow.read_many(100)] == [*range(1, 101)]
    slow.expect("user_joined")
    slow.expect_said(room, "live", seq=101)
    slow.close()
