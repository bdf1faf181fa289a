"""PROTOCOL §7 and §8: how often a connection may ask, what it is told, and when it is closed."""

import re

import pytest

from client import fresh, request
from wire import pump

# One token a second: what a test takes from a bucket within its few steps stays taken.
SLOW = {"limits.messages_per_second": 1, "limits.joins_per_second": 1}


@pytest.fixture
def slow(server, workers):
    """slow(burst, option=…): a chatd with the slowest buckets there are."""

    def start(burst, **more):
        return server(workers, SLOW | {"limits.message_burst": burst} | more)

    return start


def refused(client, reason, **members):
    return client.expect_error("rate_limited", reason, **members)


def test_a_burst_passes_and_one_more_is_refused(slow):
    client = slow(3).client()
    for number in range(3):
        client.ask("leave", {"room_id": "r"}, id=number)
        client.expect_error("leave_room_error", "not_in_room", id=number)
    client.ask("leave", {"room_id": "r"}, id="over")
    got = refused(client, "messages", id="over", room_id="r")
    assert 1 <= got["retry_after_ms"] <= 1000
    client.fence()


def test_by_default_forty_requests_pass_at_once(chatd):
    client = chatd.client()
    room = fresh()
    client.create(room)
    client.send_texts([request("message", {"room_id": room, "message": "m"})] * 60)
    got = client.read_many(60)
    passed = [message["type"] for message in got].index("error")
    assert 40 <= passed < 45
    assert got[passed]["reason"] == "messages"


def test_a_bucket_fills_with_time(server, workers):
    config = {"limits.messages_per_second": 50, "limits.message_burst": 1, "limits.violations": 0}
    chat = server(workers, config)
    client = chat.client()
    client.create("r")
    said = 0
    while said < 5:
        client.say("r", "m")
        got = client.read()
        if got["type"] == "new_message":
            said += 1
            assert got["seq"] == said
        else:
            assert got["reason"] == "messages" and got["retry_after_ms"] <= 20


def test_a_refused_message_is_told_to_nobody(slow):
    chat = slow(1)
    client, other = chat.clients(2)
    client.create("r")
    other.join("r")
    client.expect("user_joined")
    client.say("r", "one")
    client.say("r", "two")
    client.expect_said("r", "one", seq=1)
    refused(client, "messages", room_id="r")
    other.expect_said("r", "one", seq=1)
    other.fence()
    other.say("r", "three")
    other.expect_said("r", "three", seq=2)


def test_creating_and_joining_have_a_bucket_of_their_own(slow):
    chat = slow(1)
    client = chat.client()
    rooms = [fresh() for _ in range(21)]
    for room in rooms[:20]:
        client.create(room)
    client.ask("create_room", {"room_id": rooms[20], "room_name": "r"}, id=1)
    refused(client, "joins", id=1, room_id=rooms[20])
    client.ask("join", {"room_id": rooms[20]}, id=2)
    refused(client, "joins", id=2, room_id=rooms[20])
    client.say(rooms[0], "m")
    client.expect_said(rooms[0], "m")
    other = chat.client()
    other.create(rooms[20])


def test_pings_are_free(slow):
    client = slow(1).client()
    client.send_texts([request("ping", id=number) for number in range(100)])
    for number in range(100):
        client.expect("pong", id=number)
    client.ask("leave", {"room_id": "r"})
    client.expect_error("leave_room_error", "not_in_room")
    client.ask("leave", {"room_id": "r"})
    refused(client, "messages")
    client.ask("ping", 5)
    client.expect_error("invalid_payload", "wrong_type")
    client.fence()


MALFORMED = ["{", "[]", '{"type":"ping","id":1.5}', '{"type":"nothing"}', '{"id":1}']


@pytest.mark.parametrize("text", MALFORMED)
def test_what_fails_before_its_type_is_known_counts_as_a_message(slow, text):
    client = slow(1).client()
    client.send_text(text)
    assert client.expect("error")["code"] != "rate_limited"
    client.send_text(text)
    refused(client, "messages")
    client.send_text('{"type":"leave","payload":{"room_id":"r"}}')
    refused(client, "messages", room_id="r")


def test_the_rate_is_judged_before_anything_else(slow):
    client = slow(1).client()
    client.ask("leave", {"room_id": "r"})
    client.expect_error("leave_room_error", "not_in_room")
    client.send_text('{"type":"message","id":"i","payload":{"room_id":"r","message":7}}')
    refused(client, "messages", id="i", room_id="r")
    client.send_text('{"type":"message","id":"i","payload":{"room_id":"no room"}}')
    assert "room_id" not in refused(client, "messages", id="i")
    client.send_text('{"type":"nothing","id":"i"}')
    refused(client, "messages", id="i")
    client.send_text('{"type":"leave","id":"i"')
    assert "id" not in refused(client, "messages")


def test_a_join_with_a_fault_takes_a_token_too(slow):
    client = slow(1).client()
    for _ in range(20):
        client.ask("join", {"room_id": ""})
        client.expect_error("invalid_payload", "too_short")
    client.ask("join", {"room_id": ""})
    refused(client, "joins")


def test_a_connection_has_its_own_buckets(slow):
    chat = slow(1)
    for client in chat.clients(3):
        client.ask("leave", {"room_id": "r"})
        client.expect_error("leave_room_error", "not_in_room")
        client.ask("leave", {"room_id": "r"})
        refused(client, "messages")


@pytest.mark.parametrize("count", [1, 3])
def test_so_many_refusals_in_a_row_close_the_connection(slow, count):
    chat = slow(1, **{"limits.violations": count})
    client = chat.client()
    client.ask("leave", {"room_id": "r"})
    client.expect_error("leave_room_error", "not_in_room")
    for _ in range(count - 1):
        client.ask("leave", {"room_id": "r"})
        refused(client, "messages")
        client.fence()
    client.ask("leave", {"room_id": "r"})
    reason = client.expect_close(4029)
    wait = re.fullmatch(r"rate_limited retry_after_ms=(\d+)", reason)
    assert 1000 <= int(wait[1]) <= 2002


def test_a_request_that_passes_ends_the_row_of_refusals(slow):
    client = slow(1, **{"limits.violations": 3}).client()
    client.ask("leave", {"room_id": "r"})
    client.expect_error("leave_room_error", "not_in_room")
    for number in range(4):
        for _ in range(2):
            client.ask("leave", {"room_id": "r"})
            refused(client, "messages")
        client.create(f"r{number}")
    client.ask("leave", {"room_id": "r"})
    refused(client, "messages")


def test_no_number_of_refusals_closes_where_that_is_off(slow):
    client = slow(1, **{"limits.violations": 0}).client()
    client.send_texts([request("leave", {"room_id": "r"})] * 501)
    got = client.read_many(501)
    assert got[0]["code"] == "leave_room_error"
    assert {each["code"] for each in got[1:]} == {"rate_limited"}
    client.fence()


def test_what_waits_is_charged_only_when_it_goes(server):
    """Requests for homes in turn: each waits for the one before it, none is paid twice."""
    chat = server(4, SLOW | {"limits.message_burst": 40})
    client = chat.client()
    rooms = [fresh() for _ in range(20)]
    for room in rooms:
        client.create(room)
    client.send_texts([request("leave", {"room_id": room}, id=1) for room in rooms])
    for room in rooms:
        client.expect("leave_success", room_id=room)
    client.send_texts([request("leave", {"room_id": room}, id=1) for room in rooms])
    for room in rooms:
        client.expect_error("leave_room_error", "not_in_room", room_id=room)
    client.send_texts([request("leave", {"room_id": rooms[0]})] * 5)
    assert "rate_limited" in {client.read()["code"] for _ in range(5)}


def test_a_limit_of_nothing_is_none(server, workers):
    chat = server(workers, {"limits.messages_per_second": 0, "limits.joins_per_second": 0})
    client = chat.client()
    texts = [request("join", {"room_id": "r", "user_id": "u"})] * 300
    client.send_texts(texts + [request("leave", {"room_id": "r"})] * 300)
    pump([client], lambda wire: len(wire.inbox) >= 600)
    assert {client.read()["reason"] for _ in range(600)} == {"room_not_found", "not_in_room"}
