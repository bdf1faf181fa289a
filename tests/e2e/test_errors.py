"""PROTOCOL §2 and §7: malformed requests, ids, order of faults. No error closes a connection."""

import pytest

from client import error, fresh, holds, request

NOT_JSON = [
    "",
    " ",
    "{",
    "}",
    "nonsense",
    "{'type':'ping'}",
    '{"type":"ping"',
    '{"type":"ping"}}',
    '{"type":"ping"}{"type":"ping"}',
    '{"type":"ping"} x',
    '{"type":"ping"}\x00',
    '{"type":"ping",}',
    '{"type" "ping"}',
    '{type:"ping"}',
    '{"type":"ping","x":}',
    '{"type":"ping","x":01}',
    '{"type":"ping","x":+1}',
    '{"type":"ping","x":.5}',
    '{"type":"ping","x":1.}',
    '{"type":"ping","x":1e}',
    '{"type":"ping","x":-}',
    '{"type":"ping","x":NaN}',
    '{"type":"ping","x":Infinity}',
    '{"type":"ping","x":True}',
    '{"type":"ping","x":nul}',
    '{"type":"ping","x":[1,]}',
    '{"type":"ping","x":"\\x"}',
    '{"type":"ping","x":"\\u12"}',
    '{"type":"ping","x":"\\u12g4"}',
    '{"type":"ping","x":"tab\there"}',
    '{"type":"ping","x":"line\nhere"}',
    '{"type":"ping","x":"nul\x00here"}',
    '{"type":"ping","x":"\x1f"}',
    '{"type":"ping","x":"open}',
    '{"type":"ping"/* comment */}',
    '{"type":"ping"}// comment',
    '{\v"type":"ping"}',
    '{"type":"ping"}\f',
    '\ufeff{"type":"ping"}',
    '{\u00a0"type":"ping"}',
    "[",
    '"open',
]
NOT_AN_OBJECT = ["[]", "[{}]", '"ping"', "1", "-1.5e3", "true", "null", ' [{"type":"ping"}] ']
BAD_UNICODE = [
    r'{"type":"ping","id":"\ud800"}',
    r'{"type":"ping","id":"\udc00"}',
    r'{"type":"ping","id":"\udfff"}',
    r'{"type":"ping","id":"\ud83d"}',
    r'{"type":"ping","id":"\ud83dx"}',
    r'{"type":"ping","id":"\ud83d\u0041"}',
    r'{"type":"ping","id":"\ud83d\n"}',
    r'{"type":"ping","id":"\ud83d\ud83d\ude00"}',
    r'{"type":"ping","id":"\ude00\ud83d"}',
    r'{"type":"\ud800"}',
    r'{"type":"ping","ignored":"\ud800"}',
    r'{"type":"ping","ignored":{"deep":["\udc00"]}}',
    r'{"type":"ping","\ud800":1}',
    r'{"type":"ping","payload":{"\udc00":1}}',
]


def nested(depth):
    """A ping whose deepest value stands at this depth; the object itself is depth 1."""
    return '{"type":"ping","x":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize(
    "reason, text",
    [("not_json", text) for text in NOT_JSON]
    + [("not_an_object", text) for text in NOT_AN_OBJECT]
    + [("bad_unicode", text) for text in BAD_UNICODE]
    + [("too_deep", nested(33)), ("too_deep", nested(33).replace("[]", "{}"))],
    ids=ascii,
)
def test_malformed_json_is_named_and_carries_no_id(chatd, reason, text):
    client = chatd.client()
    client.send_text(text)
    client.expect_error("malformed_json", reason, without=["id", "room_id"])
    client.fence()


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_depth_32_is_allowed(chatd, brackets):
    client = chatd.client()
    client.send_text(nested(32).replace("[]", brackets))
    client.expect("pong")


def test_depth_in_thousands_is_refused_with_one_error(chatd):
    client = chatd.client()
    client.send_text(nested(20000))
    client.expect_error("malformed_json", "too_deep")
    client.fence()


@pytest.mark.parametrize(
    "text",
    ["{}", '{"type":null}', '{"type":1}', '{"type":["ping"]}', '{"type":{}}', '{"Type":"ping"}']
    + ['{"type":true}', '{"TYPE":"ping","payload":{"type":"ping"}}', '{"type":"ping","type":null}'],
)
def test_a_type_absent_or_no_string_is_missing(chatd, text):
    client = chatd.client()
    client.send_text(text[:-1] + (',"id":"i"}' if len(text) > 2 else '"id":"i"}'))
    client.expect_error("invalid_message_type", "missing_type", id="i")
    client.fence()


@pytest.mark.parametrize(
    "kind", ["", "Ping", "PING", "ping ", "pin", "pings", "ping\0", "new_message"], ids=ascii
)
def test_a_type_that_is_none_is_unknown(chatd, kind):
    client = chatd.client()
    client.ask(kind, None, id="i")
    client.expect_error("invalid_message_type", "unknown_type", id="i")
    client.fence()


IDS = [
    ('"a"', "a"),
    ('"' + "x" * 64 + '"', "x" * 64),
    ('"' + "é" * 32 + '"', "é" * 32),
    (r'"\u0000\n\"\\\ud83d\ude00"', '\0\n"\\😀'),
    ("0", 0),
    ("1", 1),
    ("-1", -1),
    ("9007199254740992", 2**53),
    ("-9007199254740992", -(2**53)),
    ("9007199254740991", 2**53 - 1),
]


@pytest.mark.parametrize("written, value", IDS, ids=ascii)
def test_an_id_comes_back_in_success_and_error(chatd, written, value):
    client = chatd.client()
    client.send_text(f'{{"type":"ping","id":{written}}}')
    client.expect("pong", id=value)
    client.send_text(f'{{"type":"nothing","id":{written}}}')
    client.expect_error("invalid_message_type", "unknown_type", id=value)


@pytest.mark.parametrize(
    "written",
    ['""', '"' + "x" * 65 + '"', '"' + "é" * 33 + '"', "9007199254740993", "-9007199254740993"]
    + ["1" * 40, "1.0", "1.5", "1e2", "1E2", "0e0", "-0", "-0.0", "true", "false", "[]", "{}"],
)
def test_any_other_id_is_refused_without_one(chatd, written):
    client = chatd.client()
    client.send_text(f'{{"type":"ping","id":{written}}}')
    client.expect_error("invalid_payload", "wrong_type", without=["id"])
    client.fence()


def test_every_reply_carries_the_id_of_its_request(chatd):
    client = chatd.client()
    room = fresh()
    client.ask("create_room", {"room_id": room, "room_name": "r", "user_id": "u"}, id="a")
    client.expect("new_room", id="a")
    client.ask("create_room", {"room_id": room, "room_name": "r"}, id="b")
    client.expect_error("create_room_error", "room_exists", id="b")
    client.say(room, "x", id="c")
    client.expect("message_ack", id="c")
    assert "id" not in client.expect_said(room, "x")
    client.ask("leave", {"room_id": room}, id="d")
    client.expect("leave_success", id="d")
    client.ask("leave", {"room_id": room}, id=5)
    client.expect_error("leave_room_error", "not_in_room", id=5)
    client.ask("join", {"room_id": room}, id=-6)
    client.expect_error("join_room_error", "room_not_found", id=-6)


@pytest.mark.parametrize(
    "text, expected",
    [
        ('{"type":"nope","type":"ping"}', {"type": "pong"}),
        ('{"type":5,"type":"ping"}', {"type": "pong"}),
        ('{"type":"ping","\\u0074ype":"nope"}', error("invalid_message_type", "unknown_type")),
        ('{"id":1,"type":"ping","id":2}', {"type": "pong", "id": 2}),
        ('{"id":[],"type":"ping","id":2}', {"type": "pong", "id": 2}),
        ('{"id":2,"type":"ping","id":1.5}', error("invalid_payload", "wrong_type")),
        (
            '{"type":"leave","payload":{"room_id":"a b","room_id":"r1"}}',
            error("leave_room_error", "not_in_room", room_id="r1"),
        ),
        (
            '{"type":"leave","payload":{"room_id":"r1","room_id":null}}',
            error("invalid_payload", "missing_field"),
        ),
        (
            '{"type":"leave","payload":{"room_id":"r1"},"payload":{}}',
            error("invalid_payload", "missing_field"),
        ),
        (
            '{"type":"leave","payload":7,"payload":{"room_id":"r1"}}',
            error("leave_room_error", "not_in_room", room_id="r1"),
        ),
        (
            '{"type":"leave","payload":{"room_id":{"room_id":"r2"}},"room_id":"r1"}',
            error("invalid_payload", "wrong_type"),
        ),
    ],
)
def test_of_a_repeated_key_the_last_one_wins(chatd, text, expected):
    client = chatd.client()
    client.send_text(text)
    got = client.read()
    assert holds(got, expected), got
    if "id" not in expected:
        assert "id" not in got
    client.fence()


def test_a_null_id_after_another_is_left_out(chatd):
    client = chatd.client()
    client.send_text('{"type":"ping","id":1,"id":null}')
    assert client.read() == {"type": "pong"}


@pytest.mark.parametrize("huge", ["t", '"', "\\", "é", "\x00"], ids=ascii)
def test_an_error_never_quotes_input_at_length(chatd, huge):
    client = chatd.client()
    for kind, payload in [
        (huge * 6000, None),
        ("join", {"room_id": huge * 6000, "user_id": "u"}),
        ("create_room", {"room_id": "r", "room_name": huge * 6000, "user_id": "u"}),
        ("leave", {huge * 6000: 1}),
    ]:
        client.ask(kind, payload, id="x" * 64)
        client.expect("error", id="x" * 64)


def test_errors_in_a_row_leave_the_connection_as_it_was(chatd):
    client = chatd.client()
    room = fresh()
    client.create(room)
    faults = {
        "{": "not_json",
        "[]": "not_an_object",
        "{}": "missing_type",
        '{"type":"x"}': "unknown_type",
        '{"type":"join"}': "missing_field",
        '{"type":"ping","id":1.5}': "wrong_type",
    }
    client.send_texts([*faults] * 6)
    reasons = [got["reason"] for got in client.read_many(36)]
    assert reasons == [*faults.values()] * 6
    client.say(room, "alive")
    client.expect_said(room, "alive", seq=1)


BOUND = fresh("bound")  # the user of a connection in test_of_several_faults…
OVER = "x" * 10241
NAMED = {"room_id": "r", "room_name": "n"}


@pytest.mark.parametrize(
    "text, expected",
    [
        # JSON before everything, also where it breaks behind a bad id and type
        ('{"id":1.5,"type":"nope","x":', error("malformed_json", "not_json")),
        (r'{"id":1.5,"type":"nope","x":"\ud800"}', error("malformed_json", "bad_unicode")),
        # id before type
        ('{"id":1.5,"type":"nope"}', error("invalid_payload", "wrong_type")),
        ('{"id":"","payload":5}', error("invalid_payload", "wrong_type")),
        # type before payload
        ('{"type":"nope","payload":5,"id":1}', error("invalid_message_type", "unknown_type", id=1)),
        ('{"payload":5,"id":1}', error("invalid_message_type", "missing_type", id=1)),
        # payload members in the order of the table
        (
            request("create_room", {"room_id": "a b", "room_name": "", "user_id": "a b"}),
            error("invalid_payload", "bad_characters"),
        ),
        (
            request("create_room", {"room_id": "r", "user_id": "a b"}),
            error("invalid_payload", "missing_field", room_id="r"),
        ),
        (
            request("create_room", {"room_id": "r", "room_name": "", "user_id": 5}),
            error("invalid_payload", "too_short", room_id="r"),
        ),
        (
            request("create_room", NAMED | {"user_id": 5, "user_name": ""}),
            error("invalid_payload", "wrong_type", room_id="r"),
        ),
        (
            request("create_room", NAMED | {"user_id": "", "max_members": 0}),
            error("invalid_payload", "too_short", room_id="r"),
        ),
        (
            request("join", {"room_id": "r", "user_id": "x" * 65, "user_name": 5}),
            error("invalid_payload", "too_long", room_id="r"),
        ),
        (
            request("message", {"room_id": "r", "message": OVER, "client_msg_id": ""}),
            error("invalid_payload", "too_short", room_id="r"),
        ),
        # payload before identity
        (
            request("join", {"room_id": "r", "user_id": "other", "user_name": ""}),
            error("invalid_payload", "too_short", room_id="r"),
        ),
        # identity before the room's reasons
        (
            request("join", {"room_id": "r", "user_id": "other"}),
            error("identity_error", "already_bound", room_id="r"),
        ),
        (
            request("create_room", {"room_id": BOUND, "room_name": "r", "user_id": "other"}),
            error("identity_error", "already_bound", room_id=BOUND),
        ),
        # membership before the text's size
        (
            request("message", {"room_id": "r", "message": OVER}),
            error("message_error", "not_in_room", room_id="r"),
        ),
        (
            request("message", {"room_id": "r", "message": ""}),
            error("message_error", "not_in_room", room_id="r"),
        ),
        (
            request("message", {"room_id": BOUND, "message": OVER}),
            error("message_error", "message_too_large", room_id=BOUND),
        ),
    ],
)
def test_of_several_faults_the_first_in_order_is_answered(chatd, text, expected):
    client = chatd.client()
    client.create(BOUND)
    client.send_text(text)
    got = client.read()
    assert holds(got, expected), got
    client.leave(BOUND)


def test_not_identified_comes_before_the_rooms_reasons(chatd):
    room = fresh()
    chatd.client().create(room)
    client = chatd.client()
    client.ask("create_room", {"room_id": room, "room_name": "r"})
    client.expect_error("identity_error", "not_identified", room_id=room)
    client.ask("join", {"room_id": fresh()})
    client.expect_error("identity_error", "not_identified")


def test_user_already_in_room_comes_before_room_full(chatd):
    room = fresh()
    client, twin, other = chatd.client(), chatd.client(), chatd.client()
    client.create(room, max_members=1)
    client.ask("join", {"room_id": room})
    client.expect_error("join_room_error", "user_already_in_room")
    twin.ask("join", {"room_id": room, "user_id": client.user})
    twin.expect_error("join_room_error", "user_already_in_room")
    other.ask("join", {"room_id": room, "user_id": "other"})
    other.expect_error("join_room_error", "room_full")
