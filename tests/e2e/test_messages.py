"""PROTOCOL §3, §4 and §6: message and ping, their replies, broadcasts and bounds."""

import datetime
import json

import pytest

from client import fresh, gather

TEXT_LIMIT = 10240


def test_a_message_goes_to_every_member_and_its_sender(chatd):
    room = fresh()
    members = gather(chatd, room, 6)
    members[2].say(room, "hello")
    sender = {"user_id": members[2].user, "user_name": members[2].user}
    got = [member.expect_said(room, "hello", seq=1, **sender) for member in members]
    assert all(each == got[0] for each in got)
    assert "id" not in got[0] and "client_msg_id" not in got[0]
    for member in members:
        member.fence()


def test_a_message_with_an_id_is_acknowledged_before_its_broadcast(chatd):
    room = fresh()
    sender, other = gather(chatd, room, 2)
    sender.say(room, "hello", id="m1")
    ack = sender.expect("message_ack", room_id=room, seq=1, id="m1")
    assert "duplicate" not in ack
    assert "id" not in sender.expect_said(room, "hello", seq=1)
    other.expect_said(room, "hello", seq=1)
    other.fence()


@pytest.mark.parametrize("envelope", [{}, {"id": None}])
def test_a_message_without_an_id_is_not_acknowledged(chatd, envelope):
    room = fresh()
    client = chatd.client()
    client.create(room)
    client.say(room, "hello", **envelope)
    client.expect_said(room, "hello")
    client.fence()


def test_messages_are_numbered_from_one_without_gaps(chatd):
    room = fresh()
    one, two = gather(chatd, room, 2)
    for number in range(1, 30):
        sender = (one, two)[number % 2]
        sender.say(room, f"n {number}", id=number)
        sender.expect("message_ack", seq=number, id=number)
        one.expect_said(room, f"n {number}", seq=number)
        two.expect_said(room, f"n {number}", seq=number)


def test_each_room_has_numbers_of_its_own(chatd):
    client = chatd.client()
    rooms = [fresh() for _ in range(4)]
    epochs = {client.create(room)["epoch"] for room in rooms}
    assert len(epochs) == len(rooms)
    for room in rooms:
        client.say(room, "x")
        client.expect_said(room, "x", seq=1)


def test_a_refused_message_takes_no_number(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    client.say(room, "")
    client.expect_error("message_error", "empty", room_id=room)
    client.say(room, "x" * (TEXT_LIMIT + 1))
    client.expect_error("message_error", "message_too_large", room_id=room)
    client.say(room, "x")
    client.expect_said(room, "x", seq=1)


def test_message_time_is_now_and_never_goes_back(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    times = []
    for _ in range(20):
        client.say(room, "x")
        text = client.expect_said(room, "x")["message_time"]
        times.append(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))
    assert times == sorted(times)
    age = datetime.datetime.now(datetime.timezone.utc) - times[-1]
    assert abs(age) < datetime.timedelta(minutes=1)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        " ",
        'quotes " and \\ and /',
        "\b\f\n\r\t",
        "\x00",
        "a\x00b\x1f\x7f",
        "äöü ß é",
        "中文 العربية עברית",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "\u2028\u2029\u202e\ufeff\uffff",
        "\U0010ffff",
        "</script>",
        "%s%n{}",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "raw"])
def test_a_text_comes_as_it_was_sent(chatd, text, escaped):
    room = fresh()
    client, other = gather(chatd, room, 2)
    payload = {"room_id": room, "message": text}
    client.send_text(json.dumps({"type": "message", "payload": payload}, ensure_ascii=escaped))
    client.expect_said(room, text)
    other.expect_said(room, text)


def test_every_escape_of_json_is_read(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    escapes = r'\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\uD83D\ude00'
    client.send_text(f'{{"type":"message","payload":{{"room_id":"{room}","message":"{escapes}"}}}}')
    client.expect_said(room, '"\\/\b\f\n\r\tAé€😀')


@pytest.mark.parametrize(
    "text",
    [
        "x" * TEXT_LIMIT,
        "é" * (TEXT_LIMIT // 2),
        "😀" * (TEXT_LIMIT // 4),
        "\x00" * TEXT_LIMIT,
        "\\" * TEXT_LIMIT,
    ],
    ids=["ascii", "two bytes", "four bytes", "control characters", "backslashes"],
)
def test_a_text_at_the_limit_is_sent_whole(chatd, text):
    room = fresh()
    client, other = gather(chatd, room, 2)
    client.say(room, text, id=1)
    client.expect("message_ack", seq=1)
    client.expect_said(room, text)
    other.expect_said(room, text)


@pytest.mark.parametrize(
    "text", ["x" * (TEXT_LIMIT + 1), "é" * (TEXT_LIMIT // 2) + "x", "x" * 60000]
)
def test_a_text_over_the_limit_is_refused(chatd, text):
    room = fresh()
    client, other = gather(chatd, room, 2)
    client.send_text(
        json.dumps(
            {"type": "message", "payload": {"room_id": room, "message": text}, "id": 1},
            ensure_ascii=False,
        )
    )
    client.expect_error("message_error", "message_too_large", room_id=room, id=1)
    client.fence()
    other.fence()


@pytest.mark.parametrize("length, fits", [(TEXT_LIMIT, True), (TEXT_LIMIT + 1, False)])
def test_the_limit_counts_decoded_bytes_however_they_are_escaped(chatd, length, fits):
    room = fresh()
    client = chatd.client()
    client.create(room)
    escaped = "\\u0041" * length
    client.send_text(f'{{"type":"message","payload":{{"room_id":"{room}","message":"{escaped}"}}}}')
    if fits:
        client.expect_said(room, "A" * length)
    else:
        client.expect_error("message_error", "message_too_large", room_id=room)


def test_client_msg_id_comes_back_in_the_broadcast(chatd):
    room = fresh()
    client, other = gather(chatd, room, 2)
    for number, key in enumerate(["k", "x" * 64, "é" * 32, "\x00\n"], 1):
        payload = {"room_id": room, "message": "x", "client_msg_id": key}
        client.ask("message", payload, id=number)
        client.expect("message_ack", seq=number, id=number)
        client.expect_said(room, "x", client_msg_id=key, seq=number)
        other.expect_said(room, "x", client_msg_id=key, seq=number)


def test_a_null_client_msg_id_counts_as_left_out(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    client.ask("message", {"room_id": room, "message": "x", "client_msg_id": None})
    assert "client_msg_id" not in client.expect_said(room, "x")


def test_unknown_members_are_ignored_at_both_levels(chatd):
    room = fresh()
    client = chatd.client()
    client.create(room)
    payload = {"room_id": room, "message": "x", "seq": 99, "user_id": "eve", "Message": 5, "x": {}}
    client.ask("message", payload, version=2, Type="ping", ID=5, x=[[1], {"type": "ping"}])
    client.expect_said(room, "x", seq=1, user_id=client.user)
    client.fence()


@pytest.mark.parametrize("exists", [True, False])
def test_who_is_not_in_a_room_cannot_speak_there(chatd, exists):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    client.create(fresh())
    if exists:
        owner.create(room)
    client.say(room, "let me in", id="m")
    client.expect_error("message_error", "not_in_room", room_id=room, id="m")
    if exists:
        owner.fence()


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"ping"}',
        '{"type":"ping","payload":null}',
        '{"type":"ping","payload":{}}',
        '{"payload":null,"type":"ping"}',
        ' \t\r\n{ "type" : "ping" } \n',
        '{"type":"ping","id":null}',
        '{"\\u0074ype":"\\u0070ing"}',
    ],
)
def test_ping_is_answered_with_a_bare_pong(chatd, text):
    client = chatd.client()
    client.send_text(text)
    assert client.read() == {"type": "pong"}


def test_a_ping_needs_no_identity_and_no_room(chatd):
    client = chatd.client()
    client.ask("ping", None, id="only")
    assert client.read() == {"type": "pong", "id": "only"}
