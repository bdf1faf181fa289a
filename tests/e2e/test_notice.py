"""What operators say (PROTOCOL §4, `notice`): in a room, where it is numbered, held and recovered like
a message, or to everyone who is connected."""

import json

from client import fresh, gather

CONFIG = {"websocket.compression": True}


def reached(chat, *arguments):
    done = chat.ctl("-o", "json", *arguments)
    assert done.returncode == 0, done
    return json.loads(done.stdout)["reached"]


def test_a_notice_is_told_to_a_room_and_numbered_like_a_message(chatd):
    room, other = fresh(), fresh()
    ann, ben = gather(chatd, room, 2)
    outside = chatd.client()
    outside.create(other)
    ann.say(room, "one")
    assert reached(chatd, "say", room, "tea is ready\n☺") == 2
    for each in (ann, ben):
        each.expect_said(room, "one", seq=1)
        each.expect("notice", room_id=room, message="tea is ready\n☺", seq=2)
    outside.fence()
    ann.say(room, "three")
    ann.expect_said(room, "three", seq=3)


def test_a_notice_is_held_and_recovered(chatd):
    room = fresh()
    ann, *_ = gather(chatd, room, 1)
    start = {"seq": 0, "epoch": ann_epoch(ann, room)}
    ann.say(room, "one")
    ann.expect_said(room, "one")
    reached(chatd, "say", room, "two")
    ann.expect("notice", seq=2)
    ann.ask("history", {"room_id": room})
    assert [each["type"] for each in ann.expect("history")["messages"]] == ["new_message", "notice"]
    late = chatd.client()
    late.ask("join", {"room_id": room, "user_id": fresh("user"), "since": start})
    late.expect("join_success", recovered=True)
    late.expect_said(room, "one")
    late.expect("notice", message="two", seq=2)
    late.expect("user_joined")


def ann_epoch(ann, room):
    ann.ask("history", {"room_id": room})
    return ann.expect("history")["epoch"]


def test_everyone_is_told_who_is_connected(server, workers):
    chat = server(workers)
    room = fresh()
    ann, ben = gather(chat, room, 2)
    nobody = chat.client()
    deflating = chat.client(headers={"sec-websocket-extensions": "permessage-deflate"})
    text = "good night " * 100
    assert reached(chat, "broadcast", text) == 4
    for each in (ann, ben, nobody, deflating):
        assert "room_id" not in each.expect("notice", message=text)
    ann.say(room, "night!")
    for each in (ann, ben):
        each.expect_said(room, "night!", seq=1)
    nobody.fence()


def test_nobody_is_told_where_no_room_is(chatd):
    done = chatd.ctl("say", "nowhere", "hello?")
    assert done.returncode == 67
    assert "there is no room nowhere" in done.stderr
    assert chatd.ctl("say", "a room", "hello?").returncode == 65
    assert chatd.ctl("broadcast", "").returncode == 65
