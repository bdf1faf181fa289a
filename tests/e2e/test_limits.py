"""INTERFACES limits.* and PROTOCOL §9: what happens at each bound, and one past it."""

import json
import time

import pytest

from client import fresh
from wire import DEADLINE, Ended


def upgraded(server, count, **how):
    """Connections that the server itself counts as upgraded: each has got a pong."""
    clients = []
    for _ in range(count):
        clients.append(server.client(**how))
        clients[-1].fence()
    return clients


def check_refusal(response, status, code):
    assert response.status == status, response
    assert int(response.header("retry-after")) > 0
    assert json.loads(response.body)["error"]["code"] == code


def upgrade_in_time(server, **how):
    """An upgrade that succeeds as soon as the server has seen an earlier end. Without a descriptor
    it may be cut off unanswered until then."""
    until = time.monotonic() + DEADLINE
    status = None
    while status != 101:
        assert time.monotonic() < until, status
        wire = server.wire(**how)
        try:
            status = wire.upgrade().status
        except Ended:
            status = None
        if status != 101:
            wire.close()


def healthy(server, **how):
    return server.wire(**how).get("/health").status == 200


def test_past_the_limit_of_connections_the_upgrade_gets_503(server, workers):
    chat = server(workers, {"limits.connections": 4})
    clients = upgraded(chat, 4)
    check_refusal(chat.wire().upgrade(), 503, "service_unavailable")
    assert healthy(chat)
    for client in clients:
        client.fence()
    clients[0].close()
    upgrade_in_time(chat)


def test_half_of_the_connections_may_be_not_yet_upgraded(server, workers):
    chat = server(workers, {"limits.connections": 8})
    waiting = [chat.wire() for _ in range(4)]
    for wire in waiting:
        assert wire.get("/health").status == 200
    check_refusal(chat.wire().upgrade(), 503, "service_unavailable")
    assert healthy(chat)
    assert waiting[0].upgrade().status == 101


def test_far_over_the_limit_connections_are_closed_at_once(server):
    chat = server(1, {"limits.connections": 2})
    upgraded(chat, 2)
    extra = [chat.wire() for _ in range(64)]
    with pytest.raises(Ended):
        chat.wire().read_response()
    check_refusal(extra[-1].upgrade(), 503, "service_unavailable")
    assert extra[0].get("/health").status == 200


def test_past_the_limit_of_an_address_the_upgrade_gets_429(server, workers):
    chat = server(workers, {"limits.connections_per_address": 3})
    clients = upgraded(chat, 3)
    check_refusal(chat.wire().upgrade(), 429, "too_many_requests")
    assert healthy(chat)
    other = upgraded(chat, 3, source="127.0.0.2")
    check_refusal(chat.wire(source="127.0.0.2").upgrade(), 429, "too_many_requests")
    clients[0].close()
    upgrade_in_time(chat)
    for client in clients[1:] + other:
        client.fence()


def test_the_limit_of_an_address_can_be_turned_off(server):
    chat = server(config={"limits.connections_per_address": 0})
    assert len(upgraded(chat, 40)) == 40


def test_past_the_rate_of_handshakes_of_an_address_the_upgrade_gets_429(server, workers):
    chat = server(workers, {"limits.handshakes_per_second": 5})
    began, passed = time.monotonic(), 0
    while True:
        assert chat.wire().upgrade(without=["Upgrade"]).status == 426
        refused = chat.wire().upgrade()
        if refused.status != 101:
            break
        passed += 1
        assert passed <= 5 + 5 * (time.monotonic() - began), "more than the rate"
    assert passed >= 5
    check_refusal(refused, 429, "too_many_requests")
    assert refused.header("retry-after") == "1"
    assert healthy(chat)
    assert chat.wire(source="127.0.0.2").upgrade().status == 101
    upgrade_in_time(chat)


def test_a_hundred_handshakes_of_an_address_pass_at_once(server):
    """The default: see Server."""
    chat = server(config={"limits.handshakes_per_second": 100})
    statuses = [chat.wire().upgrade().status for _ in range(160)]
    assert statuses[:100] == [101] * 100 and 429 in statuses


def test_a_full_server_says_503_also_to_an_address_at_its_limit(server):
    chat = server(config={"limits.connections": 2, "limits.connections_per_address": 2})
    upgraded(chat, 2)
    assert chat.wire().upgrade().status in (429, 503)
    check_refusal(chat.wire(source="127.0.0.2").upgrade(), 503, "service_unavailable")


def test_past_the_limit_of_rooms_none_is_created(server, workers):
    chat = server(workers, {"rooms.max": 5})
    client, other = chat.client(), chat.client()
    rooms = [fresh() for _ in range(5)]
    for room in rooms:
        client.create(room)
    over = fresh()
    other.ask("create_room", {"room_id": over, "room_name": "r", "user_id": "u"}, id=1)
    other.expect_error("create_room_error", "too_many_rooms", room_id=over, id=1)
    other.ask("create_room", {"room_id": rooms[0], "room_name": "r", "user_id": "u"})
    other.expect_error("create_room_error", "room_exists")
    client.leave(rooms[0])
    other.create(over)
    client.ask("create_room", {"room_id": rooms[0], "room_name": "r"})
    client.expect_error("create_room_error", "too_many_rooms")


def test_past_the_limit_of_rooms_none_is_made_by_join(server, workers):
    chat = server(workers, {"rooms.max": 2, "rooms.auto_create": True})
    client, other = chat.client(), chat.client()
    rooms = [fresh(), fresh()]
    for room in rooms:
        client.join(room)
    over = fresh()
    other.ask("join", {"room_id": over, "user_id": "u"})
    other.expect_error("join_room_error", "too_many_rooms", room_id=over)
    other.join(rooms[0])


def test_past_the_limit_of_a_connection_no_room_is_entered(server, workers):
    chat = server(workers, {"limits.rooms_per_connection": 3})
    owner, client = chat.client(), chat.client()
    rooms = [fresh() for _ in range(3)]
    for room in rooms:
        owner.create(room)
        client.join(room)
        owner.expect("user_joined")
    over = fresh()
    client.ask("create_room", {"room_id": over, "room_name": "r"}, id=1)
    client.expect_error("create_room_error", "too_many_joined", room_id=over, id=1)
    client.ask("join", {"room_id": over}, id=2)
    client.expect_error("join_room_error", "too_many_joined", room_id=over, id=2)
    client.ask("join", {"room_id": rooms[0]})
    client.expect_error("join_room_error", "too_many_joined", room_id=rooms[0])
    client.ask("create_room", {"room_id": rooms[0], "room_name": "r"})
    client.expect_error("create_room_error", "too_many_joined")
    client.leave(rooms[0])
    client.create(over)


def test_requests_that_fail_take_no_place_of_a_connection(server, workers):
    chat = server(workers, {"limits.rooms_per_connection": 1})
    client, other = chat.client(), chat.client()
    room = fresh()
    other.create(room)
    for _ in range(3):
        client.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "u"})
        client.expect_error("create_room_error", "room_exists")
        client.ask("join", {"room_id": fresh(), "user_id": "u"})
        client.expect_error("join_room_error", "room_not_found")
    client.join(room)


def test_max_members_is_bounded_by_the_configuration(server):
    chat = server(config={"rooms.max_members": 2})
    room = fresh()
    first, second, third = chat.clients(3)
    first.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "a", "max_members": 3})
    first.expect_error("invalid_payload", "out_of_range", room_id=room)
    first.create(room)
    second.join(room)
    third.ask("join", {"room_id": room, "user_id": "c"})
    third.expect_error("join_room_error", "room_full", room_id=room)


def test_without_descriptors_chatd_keeps_serving(server, workers):
    chat = server(workers, nofile=96)
    room = fresh()
    owner, member = chat.client(), chat.client()
    owner.create(room)
    member.join(room)
    owner.expect("user_joined")
    before = len(chat.log)
    many = [chat.wire() for _ in range(150)]
    for number in range(1, 30):
        owner.say(room, "still here?")
        owner.expect_said(room, "still here?", seq=number)
        member.expect_said(room, "still here?", seq=number)
    for wire in many:
        wire.close()
    upgrade_in_time(chat)
    assert len(chat.log) - before < 60, "the log says it once a second at most"
