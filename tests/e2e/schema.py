"""What a server message may hold: PROTOCOL §4 and §7, written down once more as the tests' own
judge. Every message that a test's client receives is held against it.
"""

import json
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


def text(value):
    return isinstance(value, str)


def opaque(value):
    return isinstance(value, str) and 1 <= len(value.encode()) <= 64


def name(value):
    return isinstance(value, str) and 1 <= len(value) <= 64


def count(value):
    return type(value) is int and value >= 0


def time(value):
    return isinstance(value, str) and TIME.match(value) is not None


def true(value):
    return value is True


def truth(value):
    return isinstance(value, bool)


def events(value):
    """Of a history: each is judged like one that came by itself, and they are oldest first."""
    for event in value:
        assert event.get("type") in ("new_message", "notice") and "room_id" in event, event
        judge(event)
    seqs = [event["seq"] for event in value]
    return seqs == [*range(seqs[0], seqs[0] + len(seqs))] if seqs else True


def correlation(value):
    return opaque(value) or (type(value) is int and abs(value) <= 2**53)


# validation.*, for a test that configures another.
bounds = {"message_size": 10240}


def said(value):
    return (
        isinstance(value, dict)
        and set(value) == {"room_id", "message"}
        and opaque(value["room_id"])
        and isinstance(value["message"], str)
        and 1 <= len(value["message"].encode()) <= bounds["message_size"]
    )


def rows(**members):
    """A list of objects that have just these members."""
    return lambda value: (
        isinstance(value, list)
        and all(isinstance(row, dict) and set(row) == set(members) for row in value)
        and all(fits(row[member]) for row in value for member, fits in members.items())
    )


rooms = rows(room_id=opaque, room_name=name, members=count)
users = rows(user_id=opaque, user_name=name)


def one_of(*values):
    return lambda value: value in values


USER = {"room_id": opaque, "user_id": opaque, "user_name": name, "message_time": time}
REPLY = {"id": correlation}
# To each type its members and its optional members.
MESSAGES = {
    "new_room": (
        {"room_id": opaque, "author_id": opaque, "room_name": name}
        | {"seq": count, "epoch": opaque, "session": opaque},
        REPLY,
    ),
    "join_success": (
        {"room_id": opaque, "user_id": opaque, "room_name": name, "seq": count}
        | {"oldest_seq": count, "epoch": opaque, "members": count, "session": opaque},
        REPLY | {"recovered": truth},
    ),
    "user_joined": (USER, {}),
    "user_left": (USER | {"reason": one_of("left", "disconnected", "kicked", "banned")}, {}),
    "new_message": (USER | {"message": said, "seq": count}, {"client_msg_id": opaque}),
    "message_ack": ({"room_id": opaque, "seq": count}, REPLY | {"duplicate": true}),
    "leave_success": ({"room_id": opaque}, REPLY),
    "pong": ({}, REPLY),
    "history": (
        {"room_id": opaque, "epoch": opaque, "messages": events, "more": truth},
        REPLY,
    ),
    "room_list": ({"rooms": rooms, "total": count}, REPLY | {"next": opaque}),
    "user_list": (
        {"room_id": opaque, "users": users, "total": count},
        REPLY | {"next": opaque},
    ),
    "room_members": ({"room_id": opaque, "members": count}, {}),
    "user_typing": ({"room_id": opaque, "user_id": opaque, "user_name": name}, {}),
    "auth_success": ({"user_id": opaque, "user_name": name, "expires_at": time}, REPLY),
    "room_closed": ({"room_id": opaque}, {"reason": text}),
    "kick_success": ({"room_id": opaque, "user_id": opaque}, REPLY),
    "mute_success": ({"room_id": opaque, "user_id": opaque}, REPLY | {"expires_at": time}),
    "unmute_success": ({"room_id": opaque, "user_id": opaque}, REPLY),
    "close_success": ({"room_id": opaque}, REPLY),
    "kicked": ({"room_id": opaque}, {"reason": text}),
    "notice": ({"message": text, "message_time": time}, {"room_id": opaque, "seq": count}),
    "error": (
        {"code": text, "reason": text, "message": text},
        REPLY | {"room_id": opaque, "retry_after_ms": count},
    ),
}
ERRORS = {
    "malformed_json": "not_json not_an_object too_deep bad_unicode",
    "invalid_message_type": "unknown_type missing_type",
    "invalid_payload": "missing_field wrong_type too_short too_long bad_characters out_of_range",
    "identity_error": "not_identified already_bound token_required token_invalid "
    "token_expired user_mismatch",
    "create_room_error": "room_exists too_many_rooms too_many_joined forbidden",
    "join_room_error": "room_not_found user_already_in_room room_full too_many_joined "
    "too_many_rooms banned forbidden",
    "leave_room_error": "not_in_room",
    "message_error": "not_in_room empty message_too_large muted forbidden",
    "moderation_error": "forbidden room_not_found user_not_in_room user_not_muted "
    "room_permanent",
    "rate_limited": "messages joins",
    "server_error": "draining overloaded engine_unavailable",
}
CLOSES = [1001, 1002, 1003, 1007, 1009, 1012, 4000, 4013, 4029, 4100, 4101, 4102, 4108, 4109]

REQUESTS = (
    "create_room join leave message ping auth list_rooms list_users history typing kick_user "
    "mute_user unmute_user close_room"
).split()

# Which of these a run has met: a whole run must meet all of them.
met = set()


def unmet():
    """What no test of this run has brought about."""
    reasons = {(code, reason) for code, words in ERRORS.items() for reason in words.split()}
    requests = {("request", kind) for kind in REQUESTS}
    return ({*MESSAGES, *CLOSES} | reasons | requests) - met


def unique(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a key twice: {pairs}"
    return members


def decode(payload):
    """The message in a frame, after every check that the protocol allows."""
    message = json.loads(payload.decode("utf-8"), object_pairs_hook=unique)
    kind = judge(message)
    if kind == "error":
        assert len(payload) < 1024, "an error over 1 KiB"
    met.add(kind)
    return message


def judge(message):
    """Its type, when all its members are as the type wants them."""
    kind = message.get("type")
    assert kind in MESSAGES, f"unknown type: {message}"
    required, optional = MESSAGES[kind]
    for member, fits in required.items():
        assert member in message, f"no {member}: {message}"
        assert fits(message[member]), f"{member}: {message}"
    for member in set(message) - set(required) - {"type"}:
        assert member in optional, f"an unknown {member}: {message}"
        assert optional[member](message[member]), f"{member}: {message}"
    if kind == "notice":
        assert ("room_id" in message) == ("seq" in message), "in a room, or to everyone"
    if kind == "new_message":
        assert message["message"]["room_id"] == message["room_id"], message
    if kind == "error":
        known = ERRORS.get(message["code"], "").split()
        assert message["reason"] in known, f"an unknown error: {message}"
        met.add((message["code"], message["reason"]))
        waits = message["code"] == "rate_limited"
        assert (message.get("retry_after_ms", 0) > 0) == waits, message
        assert message["code"] != "malformed_json" or "id" not in message, message
    return kind
