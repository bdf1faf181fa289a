"""PROTOCOL §3 and §6: every payload member at its bounds and one past them."""

import pytest

from client import fresh

NAME = "n" * 64


def valid(kind, client):
    """A payload that would succeed."""
    if kind == "create_room":
        return {"room_id": fresh(), "room_name": "r", "user_id": "u", "user_name": "n"}
    room = fresh()
    client.create(room)
    return {"room_id": room, "message": "x", "user_id": client.user, "user_name": "n"}


def refused(chatd, kind, member, value, reason):
    client = chatd.client()
    payload = valid(kind, client) | {member: value}
    client.ask(kind, payload, id="i")
    got = client.expect_error("invalid_payload", reason, id="i")
    assert member in got["message"], f"the sentence names the field: {got}"
    if member == "room_id":
        assert "room_id" not in got
    else:
        assert got["room_id"] == payload["room_id"]
    client.fence()
    return got


REQUIRED = [
    ("create_room", "room_id"),
    ("create_room", "room_name"),
    ("join", "room_id"),
    ("leave", "room_id"),
    ("message", "room_id"),
    ("message", "message"),
]
STRINGS = REQUIRED + [
    ("create_room", "user_id"),
    ("create_room", "user_name"),
    ("join", "user_id"),
    ("join", "user_name"),
    ("message", "client_msg_id"),
]


@pytest.mark.parametrize("kind, member", REQUIRED)
def test_a_required_member_that_is_absent_or_null_is_missing(chatd, kind, member):
    refused(chatd, kind, member, None, "missing_field")
    client = chatd.client()
    payload = valid(kind, client)
    del payload[member]
    client.ask(kind, payload)
    got = client.expect_error("invalid_payload", "missing_field")
    assert member in got["message"]


@pytest.mark.parametrize("kind, member", REQUIRED)
def test_member_names_have_case(chatd, kind, member):
    client = chatd.client()
    payload = valid(kind, client)
    payload[member.upper()] = payload.pop(member)
    client.ask(kind, payload)
    client.expect_error("invalid_payload", "missing_field")


@pytest.mark.parametrize("kind", ["create_room", "join", "leave", "message"])
@pytest.mark.parametrize("payload", [None, {}])
def test_a_payload_that_is_empty_or_null_lacks_its_first_member(chatd, kind, payload):
    client = chatd.client()
    client.ask(kind, payload, id="i")
    got = client.expect_error("invalid_payload", "missing_field", id="i", without=["room_id"])
    assert "room_id" in got["message"]


@pytest.mark.parametrize("kind", ["create_room", "join", "leave", "message"])
def test_a_payload_left_out_lacks_its_first_member(chatd, kind):
    client = chatd.client()
    client.ask(kind, id="i")
    got = client.expect_error("invalid_payload", "missing_field", id="i")
    assert "room_id" in got["message"]


@pytest.mark.parametrize("kind", ["create_room", "join", "leave", "message"])
@pytest.mark.parametrize("payload", [1, "room_id", True, [], [{"room_id": "r"}]])
def test_a_payload_that_is_no_object_has_the_wrong_type(chatd, kind, payload):
    client = chatd.client()
    client.ask(kind, payload, id="i")
    client.expect_error("invalid_payload", "wrong_type", id="i", without=["room_id"])


@pytest.mark.parametrize("kind, member", STRINGS)
@pytest.mark.parametrize("value", [0, 1.5, True, [], ["x"], {}, {"x": "y"}])
def test_a_member_that_is_no_string_has_the_wrong_type(chatd, kind, member, value):
    refused(chatd, kind, member, value, "wrong_type")


@pytest.mark.parametrize(
    "kind, member", [(kind, member) for kind, member in STRINGS if member != "message"]
)
def test_an_empty_string_is_too_short(chatd, kind, member):
    refused(chatd, kind, member, "", "too_short")


IDS = [(kind, member) for kind, member in STRINGS if member in ("room_id", "user_id")]
NAMES = [(kind, member) for kind, member in STRINGS if member.endswith("_name")]


@pytest.mark.parametrize("kind, member", IDS)
def test_an_identifier_over_64_bytes_is_too_long(chatd, kind, member):
    assert "64" in refused(chatd, kind, member, "x" * 65, "too_long")["message"]


@pytest.mark.parametrize("kind, member", IDS)
@pytest.mark.parametrize(
    "value", [" ", "a b", "a/b", "ä", "a\0", "a\n", "#", "a,b", "*", "😀", "a'b"], ids=ascii
)
def test_an_identifier_of_other_characters_is_refused(chatd, kind, member, value):
    refused(chatd, kind, member, value, "bad_characters")


@pytest.mark.parametrize("value", ["a", "Z9_.:@-", "-", "..", "0", "x" * 64, "user@host:8080"])
def test_an_identifier_within_the_rules_is_fine(chatd, value):
    client = chatd.client()
    client.ask("create_room", {"room_id": value, "room_name": "r", "user_id": value})
    client.expect("new_room", room_id=value, author_id=value)
    client.leave(value)


@pytest.mark.parametrize("kind, member", NAMES)
@pytest.mark.parametrize("letter", ["n", "é", "😀", "\u200d"], ids=ascii)
def test_a_name_over_64_code_points_is_too_long(chatd, kind, member, letter):
    value = "n" + letter * 63 + "n"
    assert "64" in refused(chatd, kind, member, value, "too_long")["message"]


@pytest.mark.parametrize("kind, member", NAMES)
@pytest.mark.parametrize(
    "value",
    [f"a{char}b" for char in "\x00\x1f\n\t\x7f\x80\x9f\u202a\u202e\u2066\u2069"]
    + [" a", "a ", " ", "\u00a0a", "a\u3000", "\u2003", "a\u2028", "\u1680a", "\u205fa", "\u202fa"],
    ids=ascii,
)
def test_a_name_of_forbidden_characters_is_refused(chatd, kind, member, value):
    refused(chatd, kind, member, value, "bad_characters")


@pytest.mark.parametrize(
    "value",
    ["a", "a b", NAME, "é" * 64, "😀" * 64, "a\u3000b", "👩\u200d👧", "\u200d", "a\u2029b"]
    + ["a\u202fb", "\ufeffa", "\u200ba", "a\u200eb", "\u2065", "\u206a"],
    ids=ascii,
)
def test_a_name_within_the_rules_is_fine(chatd, value):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    owner.create(room, room_name=value)
    assert client.join(room, user_name=value)["room_name"] == value
    owner.expect("user_joined", user_name=value)


@pytest.mark.parametrize("value", ["x" * 65, "é" * 33])
def test_a_client_msg_id_over_64_bytes_is_too_long(chatd, value):
    assert "64" in refused(chatd, "message", "client_msg_id", value, "too_long")["message"]


@pytest.mark.parametrize("value", ["1", 1.5, True, [], {}])
def test_max_members_that_is_no_integer_has_the_wrong_type(chatd, value):
    refused(chatd, "create_room", "max_members", value, "wrong_type")


@pytest.mark.parametrize("written", ["2.0", "1e1", "1E0", "0.5e1", "-0"])
def test_max_members_with_a_fraction_or_exponent_has_the_wrong_type(chatd, written):
    client = chatd.client()
    payload = f'{{"room_id":"r","room_name":"r","user_id":"u","max_members":{written}}}'
    client.send_text(f'{{"type":"create_room","payload":{payload}}}')
    client.expect_error("invalid_payload", "wrong_type", room_id="r")


@pytest.mark.parametrize("value", [0, -1, 100001, 2**31, 2**53, 2**64, 10**30, -(10**30)])
def test_max_members_out_of_range_is_refused(chatd, value):
    got = refused(chatd, "create_room", "max_members", value, "out_of_range")
    assert "1" in got["message"] and "100000" in got["message"]


@pytest.mark.parametrize("value", [1, 100000, None])
def test_max_members_within_its_range_is_fine(chatd, value):
    chatd.client().create(fresh(), max_members=value)


def test_an_optional_member_that_is_null_counts_as_left_out(chatd):
    room = fresh()
    owner, client = chatd.client(), chatd.client()
    owner.create(room, user_name=None, max_members=None)
    client.join(room, user_name=None)
    owner.expect("user_joined", user_name=client.user)


def test_a_message_of_the_wrong_type_is_no_empty_text(chatd):
    refused(chatd, "message", "message", [], "wrong_type")
