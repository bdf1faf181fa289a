"""http.trusted_proxies: whose X-Forwarded-For and Forwarded count, for which limits, and in whose
name; and the addresses themselves, which test_limits.py has without a proxy.
"""

import json
import time

import pytest

from wire import CLOSE, DEADLINE, close_payload

PROXY = "127.0.0.9"
CLIENT = "203.0.113.7"


@pytest.fixture
def behind(server, workers):
    """behind(option=…): a chatd that trusts 127.0.0.8 and 127.0.0.9."""

    def start(**more):
        config = {"http.trusted_proxies": ["127.0.0.8/31", "fd00::/8"]}
        return server(workers, config | more)

    return start


def upgrade(chat, source=PROXY, **headers):
    return chat.wire(source=source).upgrade(**headers).status


def addresses(chat, *users):
    """What chatctl says where these users are."""
    rows = json.loads(chat.ctl("-o", "json", "users").stdout)["users"]
    return [row["address"] for user in users for row in rows if row["user"] == user]


def named(chat, **how):
    """A client in a room of its own, so that chatctl users knows it."""
    headers = how.pop("headers", {})
    client = chat.client(source=how.pop("source", PROXY), headers=headers)
    client.create(client.user or f"room-{id(client)}", f"user-{id(client)}")
    return client


def x(value):
    return {"X_Forwarded_For": value}


@pytest.mark.parametrize("header", ["x", "forwarded"])
def test_connections_count_for_the_client_that_a_trusted_proxy_names(behind, header):
    chat = behind(**{"limits.connections_per_address": 2})

    def headers(address):
        return x(address) if header == "x" else {"Forwarded": f'for="{address}";proto=https'}

    held = [chat.wire(source=PROXY) for _ in range(4)]
    for wire, address in zip(held, [CLIENT, CLIENT, "203.0.113.8", "203.0.113.8"]):
        assert wire.upgrade(**headers(address)).status == 101
    refused = chat.wire(source=PROXY).upgrade(**headers(CLIENT))
    assert refused.status == 429 and int(refused.header("retry-after")) > 0
    assert upgrade(chat, **headers("203.0.113.9")) == 101
    assert upgrade(chat, source="127.0.0.8", **headers(CLIENT)) == 429
    assert upgrade(chat, source="127.0.0.1") == 101


def test_what_a_client_writes_itself_counts_for_nothing(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = chat.wire(source=PROXY)
    assert held.upgrade(**x(CLIENT)).status == 101
    assert upgrade(chat, **x(f"1.1.1.1, {CLIENT}")) == 429
    assert upgrade(chat, **x(["1.1.1.1", f"{CLIENT}, 127.0.0.8"])) == 429
    assert upgrade(chat, **x(f"{CLIENT}, 203.0.113.8")) == 101


def test_an_untrusted_address_speaks_for_itself_only(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = chat.wire(source="127.0.0.7")
    assert held.upgrade(**x(CLIENT)).status == 101
    assert upgrade(chat, source="127.0.0.7", **x("203.0.113.8")) == 429
    assert upgrade(chat, **x(CLIENT)) == 101


def test_a_proxy_that_names_nobody_counts_itself(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = chat.wire(source=PROXY)
    assert held.upgrade().status == 101
    for headers in [{}, x("unknown"), x(""), {"Forwarded": "for=_hidden"}]:
        assert upgrade(chat, **headers) == 429
    assert upgrade(chat, source="127.0.0.8") == 101


def test_two_headers_that_differ_are_both_not_believed(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = [chat.wire(source=PROXY) for _ in range(2)]
    assert held[0].upgrade(X_Forwarded_For=CLIENT, Forwarded=f"for={CLIENT}").status == 101
    assert upgrade(chat, **x(CLIENT)) == 429
    assert held[1].upgrade(X_Forwarded_For=CLIENT, Forwarded="for=1.1.1.1").status == 101
    assert upgrade(chat) == 429


def test_ipv6_clients_count_by_their_first_64_bits(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    held = chat.wire(source=PROXY)
    assert held.upgrade(**x("2001:db8:1:2::1")).status == 101
    assert upgrade(chat, **x("2001:db8:1:2:ffff::1")) == 429
    assert upgrade(chat, **x("2001:db8:1:3::1")) == 101


def test_a_place_is_free_again_when_the_client_has_gone(behind):
    chat = behind(**{"limits.connections_per_address": 1})
    client = chat.client(source=PROXY, headers=x(CLIENT))
    client.fence()
    client.send_close()
    client.expect_frame(CLOSE, close_payload(1000))
    client.expect_end()
    until = time.monotonic() + DEADLINE
    while upgrade(chat, **x(CLIENT)) != 101:
        assert time.monotonic() < until


def test_handshakes_count_for_the_client_too(behind):
    chat = behind(**{"limits.handshakes_per_second": 1})
    assert upgrade(chat, **x(CLIENT)) == 101
    refused = chat.wire(source=PROXY).upgrade(**x(CLIENT))
    assert refused.status == 429 and refused.header("retry-after") == "1"
    assert upgrade(chat, **x("203.0.113.8")) == 101
    assert upgrade(chat) == 101


def test_chatctl_shows_the_client_and_not_the_proxy(behind):
    chat = behind()
    one = named(chat, headers=x(f"1.1.1.1, {CLIENT}:4711"))
    two = named(chat, headers={"Forwarded": 'for="[2001:db8::7]:4711"'})
    three = named(chat, source="127.0.0.7", headers=x(CLIENT))
    four = named(chat)
    shown = addresses(chat, one.user, two.user, three.user, four.user)
    assert shown[:2] == [CLIENT, "2001:db8::7"]
    assert shown[2].startswith("127.0.0.7:") and shown[3].startswith(f"{PROXY}:")


def test_an_untrusted_address_that_names_others_is_named_once_in_the_log(behind):
    chat = behind()
    for _ in range(3):
        assert upgrade(chat, source="127.0.0.7", **x(CLIENT)) == 101
        assert upgrade(chat, source="127.0.0.6", Forwarded=f"for={CLIENT}") == 101
        assert upgrade(chat, **x(CLIENT)) == 101
    chat.wait_for_log(r"proxy_not_trusted.*127\.0\.0\.7.*x-forwarded-for")
    chat.wait_for_log(r"proxy_not_trusted.*127\.0\.0\.6.*forwarded")
    assert chat.log_text().count("proxy_not_trusted") == 2
    assert CLIENT not in chat.log_text()


def test_a_spray_of_addresses_is_served_and_forgotten(server, workers):
    chat = server(workers, {"limits.handshakes_per_second": 2})
    for low in range(1, 251):
        began, statuses = time.monotonic(), []
        while 429 not in statuses:
            wire = chat.wire(source=f"127.0.{low}.1")
            statuses.append(wire.upgrade().status)
            wire.close()
        passed = statuses[:-1]
        assert passed == [101] * len(passed)
        assert 2 <= len(passed) <= 2 + 2 * (time.monotonic() - began)
    assert upgrade(chat, source="127.0.0.1") == 101
