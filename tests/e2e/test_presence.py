"""Who is told that somebody came or went: rooms.announce_members (PROTOCOL §3)."""

from client import fresh, gather
from server import UNLIMITED

CONFIG = UNLIMITED | {"rooms.announce_members": 3}


def enter(client, room):
    """Into a room: the join_success alone."""
    client.user = fresh("user")
    client.ask("join", {"room_id": room, "user_id": client.user})
    return client.expect("join_success", room_id=room, user_id=client.user)


def expect_count(client, room, members):
    got = client.expect("room_members", room_id=room, members=members)
    assert "id" not in got


def test_up_to_the_bound_everyone_is_announced_by_name(chatd):
    room = fresh()
    ann, ben, cat = gather(chatd, room, 3)
    cat.leave(room)
    for member in (ann, ben):
        member.expect("user_left", room_id=room, user_id=cat.user, reason="left")
        member.fence()


def test_beyond_it_all_are_told_the_new_count_the_joiner_too(chatd):
    room = fresh()
    members = gather(chatd, room, 3)
    dan = chatd.client()
    assert enter(dan, room)["members"] == 4
    for member in (*members, dan):
        expect_count(member, room, 4)
    for member in (*members, dan):
        member.fence()


def test_a_second_has_one_count_and_the_last_is_told_in_the_end(chatd):
    room = fresh()
    members = gather(chatd, room, 3)
    crowd = chatd.clients(5)
    for client in crowd:
        enter(client, room)
    crowd[0].ask("leave", {"room_id": room})
    while (got := crowd[0].read())["type"] != "leave_success":
        assert got["type"] == "room_members"
    for member in members:
        expect_count(member, room, 4)
        counts = []
        while counts[-1:] != [7]:
            counts.append(member.expect("room_members", room_id=room)["members"])
        assert len(counts) <= 2, counts
        member.fence()


def test_the_one_that_goes_counts_so_one_count_more_than_the_bound_is_told(chatd):
    room = fresh()
    members = gather(chatd, room, 3)
    dan = chatd.client()
    enter(dan, room)
    for member in members:
        expect_count(member, room, 4)
    dan.close()
    for member in members:
        expect_count(member, room, 3)
    members[2].leave(room)
    for member in members[:2]:
        member.expect("user_left", user_id=members[2].user)


def test_without_a_bound_all_are_announced(server):
    chatd = server(config=UNLIMITED | {"rooms.announce_members": 0})
    room = fresh()
    members = gather(chatd, room, 6)
    members[5].leave(room)
    for member in members[:5]:
        member.expect("user_left", user_id=members[5].user)
