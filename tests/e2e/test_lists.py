"""`list_rooms` and `list_users` (PROTOCOL §3): pages that stay right while rooms and users change."""

import random

import pytest
from client import fresh, gather
from server import UNLIMITED

CONFIG = UNLIMITED | {"limits.rooms_per_connection": 1000}


def page(client, kind, **payload):
    client.ask(kind, payload, id="page")
    return client.expect("room_list" if kind == "list_rooms" else "user_list", id="page")


def pages(client, kind, between=None, **payload):
    """Page after page to the end; between two of them something happens."""
    got = [page(client, kind, **payload)]
    while "next" in got[-1]:
        if between:
            between()
        got.append(page(client, kind, **payload, cursor=got[-1]["next"]))
    return got


def room_ids(listing):
    return [room["room_id"] for each in listing for room in each["rooms"]]


def user_ids(listing):
    return [user["user_id"] for each in listing for user in each["users"]]


def test_a_room_is_listed_with_its_name_and_members(chatd):
    room = fresh("named")
    ann, ben = chatd.clients(2)
    ann.user = fresh("user")
    name = 'A "Room" \\ é'
    ann.ask("create_room", {"room_id": room, "room_name": name, "user_id": ann.user})
    ann.expect("new_room")
    ben.join(room)
    listing = pages(chatd.client(), "list_rooms", limit=100)
    rows = [row for each in listing for row in each["rooms"] if row["room_id"] == room]
    assert rows == [{"room_id": room, "room_name": name, "members": 2}]


def test_a_server_without_rooms_lists_none(server, workers):
    client = server(workers=workers).client()
    assert page(client, "list_rooms") == {
        "type": "room_list",
        "id": "page",
        "rooms": [],
        "total": 0,
    }


@pytest.mark.parametrize("count,limit", [(1, 1), (2, 1), (7, 3), (50, 50), (51, 50), (100, 100)])
def test_pages_are_full_and_the_last_has_no_next(server, workers, count, limit):
    chatd = server(workers=workers, config=CONFIG)
    author, reader = chatd.clients(2)
    rooms = [fresh() for _ in range(count)]
    for room in rooms:
        author.create(room)
    listing = pages(reader, "list_rooms", limit=limit)
    assert sorted(room_ids(listing)) == sorted(rooms)
    assert [len(each["rooms"]) for each in listing[:-1]] == [limit] * ((count - 1) // limit)
    assert {each["total"] for each in listing} == {count}


def test_the_default_page_is_fifty(server, workers):
    chatd = server(workers=workers, config=CONFIG)
    author = chatd.client()
    for _ in range(60):
        author.create(fresh())
    listing = pages(author, "list_rooms")
    assert [len(each["rooms"]) for each in listing] == [50, 10]


@pytest.mark.parametrize("seed", range(3))
def test_a_room_that_lives_throughout_a_listing_is_listed_once(chatd, seed):
    chance = random.Random(seed)
    author, reader = chatd.clients(2)
    stay = {fresh("stay") for _ in range(30)}
    come_and_go = [fresh("move") for _ in range(30)]
    for room in chance.sample(sorted(stay) + come_and_go, 60):
        author.create(room)
    alive = set(come_and_go)

    def change():
        for room in chance.sample(come_and_go, 5):
            if room in alive:
                author.leave(room)
            else:
                author.create(room)
            alive.symmetric_difference_update({room})

    seen = room_ids(pages(reader, "list_rooms", change, limit=7))
    for room in stay:
        assert seen.count(room) == 1
    for room in stay | alive:
        author.leave(room)


def test_listing_rooms_can_be_forbidden(server):
    client = server(config={"rooms.listed": False}).client()
    client.ask("list_rooms", id=1)
    client.expect_error("message_error", "forbidden", id=1)
    client.ask("list_rooms", {"limit": 0}, id=2)
    client.expect_error("invalid_payload", "out_of_range", id=2)


def test_a_listing_is_answered_between_what_came_before_and_after(chatd):
    client = chatd.client()
    rooms = [fresh("order") for _ in range(5)]
    for number, room in enumerate(rooms):
        client.ask("create_room", {"room_id": room, "room_name": room, "user_id": "orderly"})
        client.ask("list_rooms", {"limit": 100}, id=number)
        client.say(room, "hello")
    for number, room in enumerate(rooms):
        client.expect("new_room", room_id=room)
        listed = room_ids([client.expect("room_list", id=number)])
        assert set(rooms[: number + 1]) <= set(listed)
        assert not set(rooms[number + 1 :]) & set(listed)
        client.expect_said(room, "hello")
    for room in rooms:
        client.leave(room)


def test_users_are_listed_by_order_of_joining(chatd):
    room = fresh()
    members = gather(chatd, room, 7)
    members[2].leave(room)
    for other in members:
        if other is not members[2]:
            other.expect("user_left", user_id=members[2].user)
    members[2].join(room)
    order = [*members[:2], *members[3:], members[2]]
    reader = members[2]
    for limit in (1, 2, 3, 6, 7, 100):
        listing = pages(reader, "list_users", room_id=room, limit=limit)
        assert user_ids(listing) == [member.user for member in order]
        assert {(each["room_id"], each["total"]) for each in listing} == {(room, 7)}
        assert len(listing) == -(-7 // limit)


def test_a_user_is_listed_with_the_name(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room, user_name='Ann "A" \\')
    got = page(client, "list_users", room_id=room)
    assert got["users"] == [{"user_id": client.user, "user_name": 'Ann "A" \\'}]
    assert "next" not in got


def test_whoever_stays_throughout_a_listing_is_listed_once(chatd):
    chance = random.Random(5)
    room = fresh()
    reader, *others = gather(chatd, room, 12)
    stay, move = others[:6], others[6:]
    outside = set()

    def change():
        for client in chance.sample(move, 2):
            if client in outside:
                client.ask("join", {"room_id": room})
                done = "join_success"
            else:
                client.ask("leave", {"room_id": room})
                done = "leave_success"
            while client.read()["type"] != done:
                pass
            outside.symmetric_difference_update({client})
        for _ in range(2):
            assert reader.read()["type"] in ("user_joined", "user_left")

    for limit in (1, 2, 5):
        listing = pages(reader, "list_users", change, room_id=room, limit=limit)
        seen = user_ids(listing)
        for member in (reader, *stay):
            assert seen.count(member.user) == 1


def test_users_are_listed_to_members_only(chatd):
    room = fresh()
    gather(chatd, room, 1)
    stranger = chatd.client()
    for asked in (room, fresh("nowhere")):
        stranger.ask("list_users", {"room_id": asked}, id=1)
        stranger.expect_error("message_error", "not_in_room", id=1, room_id=asked)


FORGED = ["x", "0" * 64, "f" * 64, "é" * 32, " "]


@pytest.mark.parametrize("cursor", FORGED, ids=ascii)
@pytest.mark.parametrize("kind", ["list_rooms", "list_users"])
def test_a_cursor_that_the_server_did_not_make_is_refused(chatd, kind, cursor):
    client = chatd.client()
    client.ask(kind, {"room_id": fresh(), "cursor": cursor}, id=1)
    got = client.expect_error("invalid_payload", "bad_characters", id=1)
    assert "cursor" in got["message"]


@pytest.mark.parametrize("at", [0, 15, 16, 31, 32, 63])
def test_a_changed_cursor_is_refused(chatd, at):
    room = fresh()
    reader, _ = gather(chatd, room, 2)
    cursor = page(reader, "list_users", room_id=room, limit=1)["next"]
    changed = cursor[:at] + ("0" if cursor[at] != "0" else "1") + cursor[at + 1 :]
    reader.ask("list_users", {"room_id": room, "cursor": changed})
    reader.expect_error("invalid_payload", "bad_characters", room_id=room)


def test_a_cursor_counts_only_for_its_own_listing(chatd):
    here, there = fresh(), fresh()
    reader, _ = gather(chatd, here, 2)
    reader.create(there)
    users = page(reader, "list_users", room_id=here, limit=1)["next"]
    rooms = page(reader, "list_rooms", limit=1)["next"]
    for kind, payload in [
        ("list_users", {"room_id": there, "cursor": users}),
        ("list_users", {"room_id": here, "cursor": rooms}),
        ("list_rooms", {"cursor": users}),
    ]:
        reader.ask(kind, payload)
        reader.expect_error("invalid_payload", "bad_characters")


@pytest.mark.parametrize("kind", ["list_rooms", "list_users"])
def test_limit_and_cursor_have_bounds(chatd, kind):
    room = fresh()
    (client,) = gather(chatd, room, 1)
    for limit in (1, 100, None):
        page(client, kind, room_id=room, limit=limit)
    for limit in (0, 101, -1, 2**63):
        client.ask(kind, {"room_id": room, "limit": limit})
        client.expect_error("invalid_payload", "out_of_range")
    for value in (1.5, "1", True):
        client.ask(kind, {"room_id": room, "limit": value})
        client.expect_error("invalid_payload", "wrong_type")
    client.ask(kind, {"room_id": room, "cursor": ""})
    client.expect_error("invalid_payload", "too_short")
    client.ask(kind, {"room_id": room, "cursor": "x" * 65})
    client.expect_error("invalid_payload", "too_long")
    client.ask(kind, {"room_id": room, "cursor": 7})
    client.expect_error("invalid_payload", "wrong_type")


def test_many_listings_in_a_row_close_nobody(server, workers):
    """Their answers together are far more than the queue may hold."""
    chatd = server(workers=workers, config=CONFIG | {"limits.outbound_queue": "64KiB"})
    author, reader = chatd.clients(2)
    for number in range(100):
        author.user = author.user or fresh("user")
        room = f"{number:064}"
        author.ask(
            "create_room", {"room_id": room, "room_name": "\U0001f600" * 64, "user_id": author.user}
        )
        author.expect("new_room")
    for number in range(60):
        reader.ask("list_rooms", {"limit": 100}, id=number)
    for number in range(60):
        got = reader.expect("room_list", id=number)
        assert got["rooms"] and len(str(got).encode()) < 64 * 1024 and "next" in got
    listing = pages(reader, "list_rooms", limit=100)
    assert sorted(room_ids(listing)) == [f"{number:064}" for number in range(100)]
