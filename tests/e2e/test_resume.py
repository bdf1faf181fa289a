"""PROTOCOL §5: the resume window, the session that takes a seat over, and which ends keep a seat."""

import json

import pytest

from client import fresh, gather, request
from wire import CLOSE, close_payload

V1 = {"protocol": "chat.v1"}
WINDOW = {"rooms.resume_window": "300ms"}
SLOW = {
    "limits.outbound_queue": "64KiB",
    "limits.messages_per_second": 0,
    "rooms.resume_window": "60s",
}


def settle(chat, room, **how):
    """Ann, whose client knows chat.v1, and Ben in a room: (ann, ben, ann's session)."""
    ann, ben = chat.client(**how), chat.client()
    session = ann.create(room)["session"]
    ben.join(room)
    ann.expect("user_joined", user_id=ben.user)
    return ann, ben, session


def ask_back(chat, room, user, session, **how):
    client = chat.client(**how)
    client.user = user
    client.ask("join", {"room_id": room, "user_id": user, "session": session})
    return client


def test_a_lost_connection_comes_back_unseen(chatd):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.abort()
    again = ask_back(chatd, room, ann.user, session, **V1)
    success = again.expect("join_success", room_id=room, user_id=ann.user, members=2)
    assert success["session"] != session, "it is the new connection's own"
    again.fence()
    ben.fence()
    again.say(room, "back")
    for member in (again, ben):
        member.expect_said(room, "back", user_id=ann.user)


def test_a_seat_is_given_up_when_its_window_has_passed(server, workers):
    chat = server(workers, WINDOW)
    room = fresh()
    ann, ben, session = settle(chat, room, **V1)
    ann.abort()
    ben.expect("user_left", user_id=ann.user, reason="disconnected")
    again = ask_back(chat, room, ann.user, session)
    again.expect("join_success", members=2)
    again.expect("user_joined", user_id=ann.user)


def test_an_end_of_file_without_a_close_frame_is_a_loss(chatd):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.close()
    again = ask_back(chatd, room, ann.user, session)
    again.expect("join_success", members=2)
    again.fence()
    ben.fence()


def test_a_client_that_offers_no_protocol_leaves_at_once(chatd):
    room = fresh()
    ann, ben, _ = settle(chatd, room)
    ann.abort()
    ben.expect("user_left", user_id=ann.user, reason="disconnected")


def test_a_client_that_closes_leaves_at_once(chatd):
    room = fresh()
    ann, ben, _ = settle(chatd, room, **V1)
    ann.send_frame(CLOSE, close_payload(1000))
    ben.expect("user_left", user_id=ann.user, reason="disconnected")


@pytest.mark.parametrize("given", ["missing", "wrong", "of another"])
def test_the_seat_is_not_given_without_its_session(chatd, given):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.abort()
    other = chatd.client()
    others = other.create(fresh())["session"]
    stranger = chatd.client()
    payload = {"room_id": room, "user_id": ann.user}
    if given != "missing":
        payload["session"] = "0" * 32 if given == "wrong" else others
    stranger.ask("join", payload)
    stranger.expect_error("join_room_error", "user_already_in_room", room_id=room)
    again = ask_back(chatd, room, ann.user, session)
    again.expect("join_success")
    ben.fence()


def test_a_living_connection_is_replaced_and_its_other_seats_wait(server, workers):
    chat = server(workers, WINDOW | {"rooms.resume_window": "3s"})
    room, other = fresh(), fresh()
    ann, ben, session = settle(chat, room, **V1)
    ann.create(other)
    witness = chat.client()
    witness.join(other)
    ann.expect("user_joined")
    again = ask_back(chat, room, ann.user, session, **V1)
    again.expect("join_success", members=2)
    assert ann.expect_close(4109) == "replaced"
    ben.fence()
    witness.fence()
    again.ask("join", {"room_id": other, "session": session})
    again.expect("join_success", room_id=other, members=2)
    again.fence()
    witness.fence()


def test_the_same_connection_does_not_resume_itself(chatd):
    room = fresh()
    ann, _, session = settle(chatd, room, **V1)
    ann.ask("join", {"room_id": room, "session": session})
    ann.expect_error("join_room_error", "user_already_in_room")


def test_a_session_without_a_seat_there_is_a_plain_join(chatd):
    room, other = fresh(), fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ben.create(other)
    newcomer = chatd.client()
    newcomer.ask("join", {"room_id": other, "user_id": fresh("user"), "session": session})
    newcomer.expect("join_success", room_id=other, members=2)
    newcomer.expect("user_joined")


def test_waiting_seats_count_as_members(chatd):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.abort()
    late = chatd.client()
    assert late.join(room)["members"] == 3


def test_a_slow_consumer_keeps_its_seat(server, workers):
    chat = server(workers, SLOW)
    room = fresh()
    ann, ben, session = settle(chat, room, **V1, rcvbuf=4096)
    text = "x" * 8000
    # Ann reads nothing; Ben reads his own words, so that he is never the slow one.
    while "slow_consumer" not in chat.log_text():
        ben.say(room, text)
        ben.expect_said(room, text)
    again = ask_back(chat, room, ann.user, session)
    again.expect("join_success", members=2)
    ben.fence()


def test_a_kick_out_of_the_room_ends_a_waiting_seat(chatd):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.abort()
    done = chatd.ctl("-o", "json", "kick", ann.user, "--room", room)
    assert json.loads(done.stdout)["seats"] == 1
    ben.expect("user_left", user_id=ann.user, reason="kicked")


def test_a_kick_off_the_server_ends_every_waiting_seat(chatd):
    room, other = fresh(), fresh()
    ann, ben, session = settle(chatd, room, **V1)
    ann.create(other)
    ben.join(other)
    ann.abort()
    ben.fence()
    done = chatd.ctl("-o", "json", "kick", ann.user)
    assert json.loads(done.stdout)["seats"] == 2
    left = sorted(ben.expect("user_left", user_id=ann.user, reason="kicked")["room_id"] for _ in "ab")
    assert left == sorted([room, other])


def test_a_flapping_network_is_no_storm(chatd):
    room = fresh()
    ann, ben, session = settle(chatd, room, **V1)
    for n in range(30):
        ann.abort()
        ann = ask_back(chatd, room, ann.user, session, **V1)
        session = ann.expect("join_success", members=2)["session"]
    ann.say(room, "still me")
    ben.expect_said(room, "still me", user_id=ann.user)


def test_a_restart_ends_all_seats(server, workers):
    chat = server(workers)
    room = fresh()
    ann, ben, _ = settle(chat, room, **V1)
    ann.abort()
    assert chat.stop() == 0
