"""PROTOCOL §9 and websocket.allowed_origins: whose pages may open a WebSocket."""

import json

import pytest

CONFIG = {"websocket.allowed_origins": ["https://chat.example.org:8443", "*.example.net"]}


def check_forbidden(response):
    assert response.status == 403, response
    assert json.loads(response.body)["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    "origin",
    ["https://chat.example.org:8443", "HTTPS://CHAT.example.org:8443", "https://a.example.net"]
    + ["https://a.b.example.net:443"],
)
def test_an_allowed_origin_is_upgraded(chatd, origin):
    assert chatd.wire().upgrade(Origin=origin).status == 101


@pytest.mark.parametrize(
    "origin",
    ["https://chat.example.org", "http://chat.example.org:8443", "https://example.net", "null", ""]
    + ["http://a.example.net", "https://a.example.net:8443", "https://a.example.net.evil.org"]
    + ["https://evil.org", "https://evilexample.net"],
)
def test_another_origin_is_forbidden(chatd, origin):
    check_forbidden(chatd.wire().upgrade(Origin=origin))


def test_who_sends_no_origin_is_upgraded(chatd):
    assert chatd.wire().upgrade().status == 101


def test_two_origins_are_none_that_is_allowed(chatd):
    check_forbidden(chatd.wire().upgrade(Origin=["https://a.example.net"] * 2))


def test_what_is_no_upgrade_is_judged_first(chatd):
    evil = {"Origin": "https://evil.org"}
    assert chatd.wire().upgrade(without=["Upgrade"], **evil).status == 426
    assert chatd.wire().upgrade(without=["Sec-WebSocket-Key"], **evil).status == 400
    assert chatd.wire().get("/health", headers=list(evil.items())).status == 200


def test_without_a_list_any_origin_is_upgraded(server):
    chat = server(config={"websocket.allowed_origins": []})
    for origin in ["https://anything.example", "null", "http://localhost:3000"]:
        assert chat.wire().upgrade(Origin=origin).status == 101
