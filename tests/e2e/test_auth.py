"""PROTOCOL §3 and §9: tokens at the upgrade and by `auth`, whose names they bind, what they allow,
and how they end. Each refusal is also one of a token that must not be found in the log.
"""

import json
import time
from datetime import datetime

import pytest

from bearer import KEYS, SECRET, base64url, sign, token, verified
from client import fresh
from wire import SCALE, ms

INVALID = "identity_error", "token_invalid"


@pytest.fixture
def guarded(server, workers):
    """guarded("required", option=…): a chatd that knows the secret, by the id `main`."""
    shown = []

    def start(mode, **more):
        options = {f"auth.{name}": value for name, value in more.items() if "." not in name}
        config = {"auth.mode": mode, "auth.keys": KEYS, "log.level": "debug"} | options
        shown.append(server(workers, config))
        return shown[-1]

    yield start
    for chat in shown:
        assert "eyJ" not in chat.log_text(), "a token in the log"


def by_header(chat, text):
    return chat.wire().upgrade(Authorization=f"Bearer {text}")


def by_query(chat, text):
    return chat.wire().upgrade(path=f"/ws?a=b&access_token={text}&c=d")


def by_subprotocol(chat, text):
    return chat.wire().upgrade(protocol=f"chat.v1, bearer.{text}")


WAYS = [by_header, by_query, by_subprotocol]


def show(client, text, **envelope):
    client.ask("auth", {"token": text}, **envelope)


@pytest.mark.parametrize("mode", ["optional", "required"])
def test_a_token_of_each_way_is_taken_and_a_bad_one_is_401(guarded, mode):
    chat = guarded(mode)
    good, bad = token("ann"), token("ann")[:-4] + "AAAA"
    for way in WAYS:
        answer = way(chat, good)
        assert answer.status == 101
        expected = "chat.v1" if way is by_subprotocol else None
        assert answer.header("sec-websocket-protocol") == expected
        for text in bad, "", "nonsense", token("a b"), token("ann", -60):
            answer = way(chat, text)
            assert answer.status == 401, (way, text)
            assert json.loads(answer.body)["error"]["code"] == "unauthorized"
            assert answer.header("www-authenticate").startswith("Bearer")
            assert text == "" or text not in answer.body.decode()


def test_the_scheme_has_no_case_and_others_are_not_ours(guarded):
    chat = guarded("required")
    for value in [f"bearer {token('ann')}", f"BEARER  {token('ann')} ", "Basic YTpi", "Bearers x"]:
        assert chat.wire().upgrade(Authorization=value).status == 101
    assert chat.wire().upgrade(Authorization="Bearer").status == 401


def test_two_tokens_are_worth_none(guarded):
    chat, good = guarded("optional"), token("ann")
    header = f"Bearer {good}"
    assert chat.wire().upgrade(Authorization=[header, header]).status == 401
    answer = chat.wire().upgrade(path=f"/ws?access_token={good}", Authorization=header)
    assert answer.status == 401
    assert by_query(chat, f"{good}&access_token={good}").status == 401
    assert by_subprotocol(chat, f"{good}, bearer.{good}").status == 401


def test_without_chat_v1_no_subprotocol_is_selected(guarded):
    answer = guarded("required").wire().upgrade(protocol=f"bearer.{token('ann')}")
    assert answer.status == 101
    assert answer.header("sec-websocket-protocol") is None


def test_other_faults_of_an_upgrade_come_before_its_token(guarded):
    chat = guarded("required")
    bad = {"Authorization": "Bearer x"}
    assert chat.wire().upgrade(Sec_WebSocket_Version="12", **bad).status == 426
    assert chat.wire().upgrade(Sec_WebSocket_Key="x", **bad).status == 400


def test_a_token_is_the_identity(guarded):
    chat = guarded("required")
    ann, room = verified(chat, "ann", name="Ann Who"), fresh()
    ann.ask("create_room", {"room_id": room, "room_name": room, "user_name": "Not Me"}, id=1)
    ann.expect("new_room", author_id="ann", id=1)
    ben = verified(chat, "ben")
    ben.join(room)
    got = ann.expect("user_joined", user_id="ben", user_name="ben")
    ann.say(room, "hello")
    ben.expect_said(room, "hello", user_id="ann", user_name="Ann Who")
    assert got["room_id"] == room


def test_another_user_id_is_a_mismatch(guarded):
    client, room = verified(guarded("required"), "ann"), fresh()
    for kind in "create_room", "join":
        client.ask(kind, {"room_id": room, "room_name": room, "user_id": "ben"}, id=1)
        client.expect_error("identity_error", "user_mismatch", room_id=room, id=1)
    client.create(room, "ann")


def test_a_required_token_is_missed_by_create_and_join_only(guarded):
    client, room = guarded("required").client(), fresh()
    for kind in "create_room", "join":
        client.ask(kind, {"room_id": room, "room_name": room, "user_id": "ann"}, id=1)
        client.expect_error("identity_error", "token_required", room_id=room, id=1)
    client.ask("leave", {"room_id": room})
    client.expect_error("leave_room_error", "not_in_room")
    client.say(room, "hello")
    client.expect_error("message_error", "not_in_room")
    client.fence()
    show(client, token("ann"))
    client.expect("auth_success", user_id="ann")
    client.user = "ann"
    client.create(room)


def test_auth_is_answered_with_who_and_until_when(guarded):
    client = guarded("required").client()
    end = int(time.time()) + 1000
    show(client, sign({"sub": "ann", "name": "Ann Who", "exp": end}), id="i")
    got = client.expect("auth_success", user_id="ann", user_name="Ann Who", id="i")
    assert datetime.fromisoformat(got["expires_at"].replace("Z", "+00:00")).timestamp() == end


BAD = {
    "no token": "x",
    "another secret": sign({"sub": "ann", "exp": 2**33}, secret=b"x" * 40),
    "alg none": sign({"sub": "ann", "exp": 2**33}, {"alg": "none"}),
    "unsigned": sign({"sub": "ann", "exp": 2**33}, {"alg": "none"}).rsplit(".", 1)[0] + ".",
    "alg of another key": sign({"sub": "ann", "exp": 2**33}, {"alg": "RS256"}),
    "crit": sign({"sub": "ann", "exp": 2**33}, {"alg": "HS256", "crit": ["x"], "x": 1}),
    "unknown kid": sign({"sub": "ann", "exp": 2**33}, {"alg": "HS256", "kid": "other"}),
    "no exp": sign({"sub": "ann"}),
    "no sub": sign({"exp": 2**33}),
    "sub that is no user_id": sign({"sub": "a b", "exp": 2**33}),
    "not yet": sign({"sub": "ann", "exp": 2**33, "nbf": 2**32}),
    "chat of another shape": sign({"sub": "ann", "exp": 2**33, "chat": ["*"]}),
}


def test_a_bad_token_is_refused_and_the_connection_lives_on(guarded):
    client = guarded("required").client()
    for what, text in BAD.items():
        show(client, text, id=what)
        got = client.expect_error(*INVALID, id=what)
        assert text not in json.dumps(got) or text == "x"
    show(client, sign({"sub": "ann", "exp": int(time.time()) - 31}))
    client.expect_error("identity_error", "token_expired")
    client.fence()
    show(client, sign({"sub": "ann", "exp": 2**33}, {"alg": "HS256", "kid": "main"}))
    client.expect("auth_success", user_id="ann")


def test_issuer_and_audience_are_the_configured_ones(guarded):
    client = guarded("optional", issuer="https://us", audience="chat").client()
    show(client, token("ann", iss="https://us", aud="other"))
    client.expect_error(*INVALID)
    show(client, token("ann", iss="https://them", aud="chat"))
    client.expect_error(*INVALID)
    show(client, token("ann", iss="https://us", aud=["other", "chat"]))
    client.expect("auth_success")


def test_without_a_mode_there_is_no_token(chatd):
    client, room = chatd.client(), fresh()
    show(client, token("ann"))
    client.expect_error(*INVALID)
    assert by_header(chatd, "x").status == 101
    client.create(room)


def test_a_size_beyond_8_kib_is_too_long(guarded):
    client = guarded("optional").client()
    show(client, "t" * 8193)
    client.expect_error("invalid_payload", "too_long")
    show(client, "t" * 8192)
    client.expect_error(*INVALID)


def test_optional_serves_both_but_a_bound_name_stays_unverified(guarded):
    chat, room = guarded("optional"), fresh()
    plain, ann = chat.client(), verified(chat, "ann")
    plain.create(room, "ben")
    ann.join(room)
    plain.expect("user_joined", user_id="ann")
    show(plain, token("ben"))
    plain.expect_error("identity_error", "already_bound")
    late = chat.client()
    show(late, token("cat"))
    late.expect("auth_success", user_id="cat")


def test_verified_and_unverified_never_share_a_name(guarded):
    chat, room, other = guarded("optional"), fresh(), fresh()
    ann, plain = verified(chat, "ann"), chat.client()
    ann.create(room)
    plain.ask("join", {"room_id": room, "user_id": "ann"})
    plain.expect_error("join_room_error", "user_already_in_room")
    plain.create(other, "dan")
    dan = verified(chat, "dan")
    dan.ask("join", {"room_id": other})
    dan.expect_error("join_room_error", "user_already_in_room")


def test_a_later_token_is_of_the_same_user(guarded):
    client = verified(guarded("required"), "ann")
    show(client, token("ben"))
    client.expect_error("identity_error", "user_mismatch")
    show(client, token("ann", name="Other"))
    client.expect("auth_success", user_id="ann", user_name="ann")


def test_no_token_by_the_deadline_is_4100(guarded):
    chat = guarded("required", deadline=ms(300))
    idle, bad, good = chat.clients(3)
    show(bad, "x")
    bad.expect_error(*INVALID)
    show(good, token("ann"))
    good.expect("auth_success")
    idle.expect_close(4100)
    bad.expect_close(4100)
    good.fence()


def test_an_optional_token_has_no_deadline(guarded):
    chat = guarded("optional", deadline=ms(1))
    waiting, counted = chat.client(), guarded("required", deadline=ms(300)).client()
    counted.expect_close(4100)
    waiting.fence()


def test_a_token_ends_the_connection_and_another_prolongs_it(guarded):
    chat, room, seconds = guarded("required", leeway="1h"), fresh(), round(2 * SCALE)
    short, long = verified(chat, "ann", seconds=seconds), verified(chat, "ben", seconds=seconds)
    end = time.time() + seconds
    short.create(room)
    long.join(room)
    short.expect("user_joined", user_id="ben")
    show(long, token("ben"))
    long.expect("auth_success")
    short.expect_close(4100)
    assert time.time() > end - 1.5, "before its end"
    long.expect("user_left", user_id="ann", reason="disconnected")
    long.fence()


def test_a_token_within_the_leeway_lives_as_long(guarded):
    chat = guarded("required", leeway="3s")
    client = verified(chat, "ann", seconds=-1)
    client.fence()
    client.expect_close(4100)


def test_rights_are_those_of_the_claim(guarded):
    chat = guarded("required")
    mine, yours = fresh("team-"), fresh("open-")
    rights = {"create": ["team-*", "open-*"], "join": "*", "send": "team-*"}
    ann = verified(chat, "ann", chat=rights)
    ben = verified(chat, "ben", chat={"join": ["team-*"]})
    ann.create(mine)
    ann.create(yours)
    ann.say(yours, "hello")
    ann.expect_error("message_error", "forbidden", room_id=yours)
    ben.ask("create_room", {"room_id": fresh("team-"), "room_name": "r"})
    ben.expect_error("create_room_error", "forbidden")
    ben.ask("join", {"room_id": yours})
    ben.expect_error("join_room_error", "forbidden", room_id=yours)
    ben.join(mine)
    ann.expect("user_joined", user_id="ben")
    ben.say(mine, "hello")
    ben.expect_error("message_error", "forbidden")
    show(ben, token("ben", chat={"send": "*"}))
    ben.expect("auth_success")
    ben.say(mine, "now")
    ben.expect_said(mine, "now", user_id="ben")
    ann.expect_said(mine, "now", user_id="ben")


def test_a_set_of_keys_is_read_from_its_file(server, workers, tmp_path):
    file = tmp_path / "jwks.json"
    key = {"kty": "oct", "kid": "k", "alg": "HS256", "k": base64url(SECRET)}
    file.write_text(json.dumps({"keys": [{"kty": "OKP", "kid": "x"}, key]}))
    chat = server(workers, {"auth.mode": "required", "auth.jwks_file": str(file)})
    for kid, status in ("k", 101), ("x", 401):
        text = sign({"sub": "a", "exp": 2**33}, {"alg": "HS256", "kid": kid})
        assert by_header(chat, text).status == status
