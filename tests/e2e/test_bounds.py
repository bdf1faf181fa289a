"""INTERFACES validation.*: every bound of PROTOCOL §6 is the configuration's, at it and one past."""

import pytest

from client import fresh
from schema import bounds

CONFIG = {
    "validation.id_length": 8,
    "validation.name_length": 5,
    "validation.message_size": "100B",
    "validation.page": 2,
    "validation.page_max": 3,
}


def refused(client, kind, payload, reason, bound):
    client.ask(kind, payload, id=1)
    got = client.expect_error("invalid_payload", reason, id=1)
    assert bound in got["message"], got


def test_ids_have_the_length_that_is_configured(chatd):
    client, other = chatd.clients(2)
    refused(client, "join", {"room_id": "r" * 9, "user_id": "u"}, "too_long", "8 bytes")
    refused(client, "join", {"room_id": "r", "user_id": "u" * 9}, "too_long", "8 bytes")
    client.create("r" * 8, "u" * 8, room_name="r")
    client.leave("r" * 8)
    other.fence()


def test_names_have_as_many_characters_as_configured(chatd):
    client = chatd.client()
    room = {"room_id": "names", "user_id": "u"}
    refused(client, "create_room", {**room, "room_name": "ö" * 6}, "too_long", "5 characters")
    payload = {**room, "room_name": "r", "user_name": "ö" * 6}
    refused(client, "create_room", payload, "too_long", "5 characters")
    client.ask("create_room", {**room, "room_name": "ö" * 5, "user_name": "ü" * 5})
    client.expect("new_room", room_name="ö" * 5)


def test_texts_have_the_size_that_is_configured(chatd):
    client = chatd.client()
    client.create("texts", "u", room_name="r")
    client.say("texts", "ö" * 50)
    client.expect_said("texts", "ö" * 50)
    client.say("texts", "ö" * 50 + "x")
    got = client.expect_error("message_error", "message_too_large", room_id="texts")
    assert "100 bytes" in got["message"]


def test_pages_have_the_size_that_is_configured(chatd):
    client = chatd.client()
    client.create("pages", "u", room_name="r")
    for number in range(4):
        client.say("pages", str(number))
        client.expect_said("pages", str(number))
    for limit, count in [(None, 2), (1, 1), (3, 3)]:
        client.ask("history", {"room_id": "pages", "limit": limit})
        assert len(client.expect("history", more=True)["messages"]) == count
    refused(client, "history", {"room_id": "pages", "limit": 4}, "out_of_range", "1 to 3")


@pytest.mark.parametrize("whole, most", [(64 * 1024, 10240), (16 * 1024, 2389), (1024, 85)])
def test_a_text_is_never_larger_than_fits_into_a_message_however_it_is_spelled(server, whole, most):
    config = {"websocket.max_message_size": f"{whole}B", "validation.message_size": "10KiB"}
    chat = server(config=config)
    client = chat.client()
    room = fresh()[-8:]
    client.create(room, "u", room_name="r")
    client.say(room, "x" * most)
    client.expect_said(room, "x" * most)
    client.say(room, "x" * (most + 1))
    client.expect_error("message_error", "message_too_large")


def test_a_longer_text_can_be_allowed(server, monkeypatch):
    monkeypatch.setitem(bounds, "message_size", 102400)
    config = {"websocket.max_message_size": "1MiB", "validation.message_size": "100KiB"}
    client = server(config=config).client()
    client.create("r", "u", room_name="r")
    client.say("r", "x" * 102400)
    client.expect_said("r", "x" * 102400)
    client.say("r", "x" * 102401)
    client.expect_error("message_error", "message_too_large")
