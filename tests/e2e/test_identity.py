"""PROTOCOL §3: an identity binds to a connection once, and only by a request that succeeds."""

import pytest

from client import fresh, gather, request


def test_create_room_binds_its_user_id(chatd):
    client = chatd.client()
    user = fresh("user")
    client.create(fresh(), user)
    second = fresh()
    client.ask("create_room", {"room_id": second, "room_name": "again"})
    client.expect("new_room", room_id=second, author_id=user)


def test_join_binds_its_user_id(chatd):
    rooms = [fresh(), fresh()]
    owner = chatd.client()
    for room in rooms:
        owner.create(room)
    client = chatd.client()
    client.join(rooms[0], fresh("user"))
    client.ask("join", {"room_id": rooms[1]})
    client.expect("join_success", room_id=rooms[1], user_id=client.user)


def test_the_bound_user_id_may_be_repeated(chatd):
    client = chatd.client()
    client.create(fresh(), "ann")
    client.create(fresh(), "ann")


@pytest.mark.parametrize("left_out", [{}, {"user_id": None}, {"user_id": None, "user_name": None}])
def test_a_user_id_left_out_is_the_bound_one(chatd, left_out):
    client = chatd.client()
    client.create(fresh(), "ann")
    room = fresh()
    client.ask("create_room", {"room_id": room, "room_name": "r", **left_out})
    client.expect("new_room", room_id=room, author_id="ann")


@pytest.mark.parametrize("kind", ["create_room", "join"])
def test_another_user_id_later_is_refused(chatd, kind):
    client = chatd.client()
    client.create(fresh(), "ann")
    room = fresh()
    client.ask(kind, {"room_id": room, "room_name": "r", "user_id": "bob"}, id=1)
    client.expect_error("identity_error", "already_bound", room_id=room, id=1)
    client.fence()
    client.ask("create_room", {"room_id": room, "room_name": "r"})
    client.expect("new_room", room_id=room, author_id="ann")


def test_user_ids_have_case(chatd):
    client = chatd.client()
    client.create(fresh(), "ann")
    client.ask("create_room", {"room_id": fresh(), "room_name": "r", "user_id": "Ann"})
    client.expect_error("identity_error", "already_bound")


@pytest.mark.parametrize("kind", ["create_room", "join"])
@pytest.mark.parametrize("more", [{}, {"user_id": None}, {"user_name": "Ann"}])
def test_without_an_identity_no_room_is_entered(chatd, kind, more):
    room = fresh()
    owner = chatd.client()
    if kind == "join":
        owner.create(room)
    client = chatd.client()
    client.ask(kind, {"room_id": room, "room_name": "r", **more}, id="i")
    client.expect_error("identity_error", "not_identified", room_id=room, id="i")
    client.fence()
    if kind == "join":
        owner.fence()


@pytest.mark.parametrize(
    "kind, code", [("message", "message_error"), ("leave", "leave_room_error")]
)
@pytest.mark.parametrize("exists", [True, False])
def test_without_an_identity_other_requests_are_not_in_room(chatd, kind, code, exists):
    room = fresh()
    owner = chatd.client()
    if exists:
        owner.create(room)
    client = chatd.client()
    client.ask(kind, {"room_id": room, "message": "x"}, id="i")
    client.expect_error(code, "not_in_room", room_id=room, id="i")


def test_a_failed_create_room_binds_nothing(chatd):
    room = fresh()
    chatd.client().create(room)
    client = chatd.client()
    client.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "first"})
    client.expect_error("create_room_error", "room_exists")
    client.create(fresh(), "second")


def test_a_failed_join_binds_nothing(chatd):
    client = chatd.client()
    client.ask("join", {"room_id": fresh(), "user_id": "first", "user_name": "First"})
    client.expect_error("join_room_error", "room_not_found")
    room = fresh()
    client.create(room, "second")
    witness = chatd.client()
    witness.join(room)
    client.expect("user_joined")
    client.say(room, "hi")
    witness.expect_said(room, "hi", user_id="second", user_name="second")


@pytest.mark.parametrize(
    "member, value", [("user_id", "a b"), ("user_name", " ann"), ("max_members", 0)]
)
def test_an_invalid_payload_binds_nothing(chatd, member, value):
    client = chatd.client()
    payload = {"room_id": fresh(), "room_name": "r", "user_id": "first", member: value}
    client.ask("create_room", payload)
    client.expect("error", code="invalid_payload")
    client.create(fresh(), "second")


def test_requests_behind_one_that_may_bind_wait_for_its_answer(chatd):
    taken, rooms = fresh(), [fresh() for _ in range(6)]
    chatd.client().create(taken)
    client = chatd.client()
    texts = [request("create_room", {"room_id": taken, "room_name": "r", "user_id": "first"})]
    texts += [request("join", {"room_id": rooms[0], "user_id": "second"})]
    texts += [request("create_room", {"room_id": rooms[1], "room_name": "r", "user_id": "third"})]
    texts += [request("create_room", {"room_id": rooms[2], "room_name": "r", "user_id": "fourth"})]
    texts += [request("create_room", {"room_id": rooms[3], "room_name": "r"})]
    texts += [request("ping", id="last")]
    client.send_texts(texts)
    client.expect_error("create_room_error", "room_exists", room_id=taken)
    client.expect_error("join_room_error", "room_not_found", room_id=rooms[0])
    client.expect("new_room", room_id=rooms[1], author_id="third")
    client.expect_error("identity_error", "already_bound", room_id=rooms[2])
    client.expect("new_room", room_id=rooms[3], author_id="third")
    client.expect("pong", id="last")


def test_the_user_id_is_the_name_when_none_is_given(chatd):
    room = fresh()
    owner = chatd.client()
    owner.create(room)
    client = chatd.client()
    client.join(room, "nameless")
    owner.expect("user_joined", user_id="nameless", user_name="nameless")


def test_the_name_given_at_binding_stands_in_every_event(chatd):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    owner.create(room, user_name="Özgür 🦊")
    client.join(room, user_name="Chloé")
    owner.expect("user_joined", user_id=client.user, user_name="Chloé")
    owner.say(room, "hi")
    client.expect_said(room, "hi", user_id=owner.user, user_name="Özgür 🦊")
    client.leave(room)
    owner.expect_said(room, "hi")
    owner.expect("user_left", user_id=client.user, user_name="Chloé")


def test_a_name_given_later_is_ignored(chatd):
    first, second = fresh(), fresh()
    witness = chatd.client()
    witness.create(first)
    witness.create(second)
    client = chatd.client()
    client.join(first, user_name="Before")
    witness.expect("user_joined", user_name="Before")
    client.join(second, user_name="After")
    witness.expect("user_joined", room_id=second, user_name="Before")


def test_one_user_id_twice_in_a_room_is_refused(chatd):
    room = fresh()
    owner, first = gather(chatd, room, 2)
    twin = chatd.client()
    twin.ask("join", {"room_id": room, "user_id": first.user}, id=1)
    twin.expect_error("join_room_error", "user_already_in_room", room_id=room, id=1)
    owner.fence()
    first.fence()


def test_one_user_id_may_be_in_two_rooms_over_two_connections(chatd):
    user = fresh("user")
    chatd.client().create(fresh(), user)
    chatd.client().create(fresh(), user)


def test_a_user_id_is_free_again_when_it_left(chatd):
    room = fresh()
    owner, first = gather(chatd, room, 2)
    user = first.user
    first.leave(room)
    owner.expect("user_left", user_id=user)
    twin = chatd.client()
    assert twin.join(room, user)["members"] == 2
    owner.expect("user_joined", user_id=user)


def test_a_user_id_is_free_again_when_its_connection_is_lost(chatd):
    room = fresh()
    owner, first = gather(chatd, room, 2)
    user = first.user
    first.abort()
    owner.expect("user_left", user_id=user, reason="disconnected")
    chatd.client().join(room, user)
    owner.expect("user_joined", user_id=user)


def test_the_session_is_the_same_in_all_replies_on_a_connection(chatd):
    rooms = [fresh() for _ in range(6)]
    owner, client = chatd.client(protocol="chat.v1"), chatd.client()
    owners = {owner.create(room)["session"] for room in rooms}
    clients = {client.join(room)["session"] for room in rooms}
    assert len(owners) == len(clients) == 1
    assert owners != clients
