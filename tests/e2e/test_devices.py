"""PROTOCOL §3: a verified user on several devices is one user in the room, and each device hears all
of it."""

import json

from bearer import KEYS, verified
from client import fresh, gather

CONFIG = {"auth.mode": "optional", "auth.keys": KEYS, "rooms.resume_window": "60s"}


def settle(chat, room):
    """Ann on two devices, and Ben: (laptop, phone, phone's session, ben)."""
    user = fresh("ann")
    laptop, phone = verified(chat, user), verified(chat, user)
    ben = chat.client()
    laptop.create(room)
    ben.join(room)
    laptop.expect("user_joined", user_id=ben.user)
    phone.ask("join", {"room_id": room})
    session = phone.expect("join_success", room_id=room, user_id=user, members=2)["session"]
    return laptop, phone, session, ben


def test_devices_hear_everything_and_are_one_user(chatd):
    room = fresh()
    laptop, phone, _, ben = settle(chatd, room)
    for speaker in (ben, phone):
        speaker.say(room, "hello")
        for each in (laptop, phone, ben):
            each.expect_said(room, "hello", user_id=speaker.user)
    ben.ask("list_users", {"room_id": room})
    users = ben.expect("user_list", total=2)["users"]
    assert [user["user_id"] for user in users] == [laptop.user, ben.user]
    rows = json.loads(chatd.ctl("-o", "json", "room", room).stdout)
    assert rows["members"] == 2
    assert [row["user"] for row in rows["users"]].count(laptop.user) == 2
    assert all(row["address"] for row in rows["users"])


def test_typing_is_told_to_the_users_other_device(chatd):
    room = fresh()
    laptop, phone, _, ben = settle(chatd, room)
    phone.ask("typing", {"room_id": room})
    for each in (laptop, ben):
        each.expect("user_typing", user_id=laptop.user)
    phone.fence()


def test_the_user_leaves_with_the_last_device(chatd):
    room = fresh()
    laptop, phone, _, ben = settle(chatd, room)
    laptop.leave(room)
    phone.say(room, "still here")
    ben.expect_said(room, "still here")
    phone.send_close()
    ben.expect("user_left", user_id=laptop.user, reason="disconnected")


def test_a_lost_device_comes_back_to_its_own_seat(chatd):
    room = fresh()
    laptop, phone, session, ben = settle(chatd, room)
    phone.abort()
    again = verified(chatd, laptop.user)
    again.ask("join", {"room_id": room, "session": session})
    again.expect("join_success", members=2)
    laptop.say(room, "on all three")
    for each in (laptop, again, ben):
        each.expect_said(room, "on all three")
        each.fence()


def test_a_kick_ends_all_devices(chatd):
    room, other = fresh(), fresh()
    laptop, phone, _, ben = settle(chatd, room)
    laptop.create(other)
    done = json.loads(chatd.ctl("-o", "json", "kick", laptop.user, "--room", room).stdout)
    assert done == {"connections": 2, "seats": 2}
    for each in (laptop, phone):
        each.expect("kicked", room_id=room)
        each.fence()
    ben.expect("user_left", user_id=laptop.user, reason="kicked")
    done = json.loads(chatd.ctl("-o", "json", "kick", laptop.user).stdout)
    assert done == {"connections": 2, "seats": 1}
    for each in (laptop, phone):
        assert each.expect_close(4101) == "kicked"
    ben.fence()


def test_an_unverified_user_has_one_connection(chatd):
    room = fresh()
    ann, *_ = gather(chatd, room, 2)
    for client in (chatd.client(), verified(chatd, ann.user)):
        client.ask("join", {"room_id": room, "user_id": ann.user})
        client.expect_error("join_room_error", "user_already_in_room", room_id=room)
