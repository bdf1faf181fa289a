"""PROTOCOL §1 and §9: the upgrade and every other HTTP answer."""

import json

import pytest

from wire import KEY, frame, text_frame, TEXT, upgrade_headers

REASONS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    426: "upgrade_required",
}


def check_error(response, status):
    """An answer of chatd itself: a JSON body whose code is the status's reason phrase."""
    assert response.status == status, response
    assert response.header("content-type").startswith("application/json")
    body = json.loads(response.body)
    assert body["error"]["code"] == REASONS[status]
    assert body["error"]["message"]
    if status == 426:
        assert response.header("upgrade").lower() == "websocket"
        assert response.header("sec-websocket-version") == "13"
    if status == 405:
        allowed = {method.strip() for method in response.header("allow").split(",")}
        assert allowed == {"GET", "HEAD"}


def test_correct_upgrade_is_answered_101(chatd):
    response = chatd.wire().upgrade()
    assert response.status == 101
    assert response.header("sec-websocket-protocol") is None
    assert response.header("sec-websocket-extensions") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
        {"Connection": "UPGRADE , keep-alive"},
        {"Upgrade": "WebSocket"},
        {"Origin": "https://elsewhere.example"},
        {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"},
    ],
)
def test_every_correct_spelling_is_upgraded(chatd, changed):
    response = chatd.wire().upgrade(**changed)
    assert response.status == 101
    assert response.header("sec-websocket-extensions") is None, "compression is off"


def test_header_names_have_no_case(chatd):
    wire = chatd.wire()
    wire.request(headers=[(name.lower(), value) for name, value in upgrade_headers()])
    assert wire.read_response().status == 101


def test_a_query_does_not_hinder_the_upgrade(chatd):
    assert chatd.wire().upgrade(path="/ws?from=here").status == 101


@pytest.mark.parametrize(
    "offer", ["chat.v1", "other, chat.v1", "chat.v1,chat.v2", ["old", "chat.v1"]], ids=str
)
def test_subprotocol_is_selected_when_offered(chatd, offer):
    response = chatd.wire().upgrade(protocol=offer)
    assert response.status == 101
    assert response.header("sec-websocket-protocol") == "chat.v1"


@pytest.mark.parametrize("offer", ["chat.v2", "xchat.v1", "chat.v11", "CHAT.V1", "chat"])
def test_no_subprotocol_is_selected_when_ours_is_not_offered(chatd, offer):
    response = chatd.wire().upgrade(protocol=offer)
    assert response.status == 101
    assert response.header("sec-websocket-protocol") is None


def test_a_frame_in_the_segment_of_the_handshake_is_served(chatd):
    client = chatd.wire()
    client.upgrade(tail=text_frame('{"type":"ping","id":"early"}'))
    got = client.read_frame()
    assert json.loads(got.payload) == {"type": "pong", "id": "early"}


def test_half_a_frame_in_the_segment_of_the_handshake_is_kept(chatd):
    client = chatd.wire()
    data = text_frame('{"type":"ping","id":"early"}')
    client.upgrade(tail=data[:9])
    client.send(data[9:])
    assert json.loads(client.read_frame().payload) == {"type": "pong", "id": "early"}


def test_a_handshake_that_comes_byte_by_byte_is_upgraded(chatd):
    wire = chatd.wire()
    lines = [f"{name}: {value}" for name, value in upgrade_headers()]
    wire.drip(("GET /ws HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
    assert wire.read_response().status == 101
    wire.send_frame(TEXT, b'{"type":"ping"}')
    assert json.loads(wire.read_frame().payload) == {"type": "pong"}


@pytest.mark.parametrize(
    "without, changed",
    [
        (("Upgrade",), {}),
        (("Upgrade", "Connection"), {}),
        (("Connection",), {}),
        ((), {"Connection": "keep-alive"}),
        ((), {"Upgrade": "h2c"}),
        (("Sec-WebSocket-Version",), {}),
        ((), {"Sec_WebSocket_Version": "8"}),
        ((), {"Sec_WebSocket_Version": "14"}),
        ((), {"Sec_WebSocket_Version": "x"}),
    ],
)
def test_what_is_not_an_upgrade_to_version_13_gets_426(chatd, without, changed):
    check_error(chatd.wire().upgrade(without=without, **changed), 426)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        KEY[:-1],
        KEY + "=",
        "A" * 24,  # 18 bytes
        "dGhlIHNhbXBsZSBub25jZ!==",
        "dGhlIHNhbXBsZSBub25jZ===",
        "=" + KEY[:-1],
        [KEY, KEY],
        [KEY, "AAAAAAAAAAAAAAAAAAAAAA=="],
    ],
)
def test_malformed_or_repeated_key_gets_400(chatd, key):
    check_error(chatd.wire().upgrade(Sec_WebSocket_Key=key), 400)


def test_missing_key_gets_400(chatd):
    check_error(chatd.wire().upgrade(without=["Sec-WebSocket-Key"]), 400)


def test_426_is_judged_before_the_key(chatd):
    response = chatd.wire().upgrade(without=["Sec-WebSocket-Key"], Sec_WebSocket_Version="8")
    check_error(response, 426)


@pytest.mark.parametrize("without", [(), ("Upgrade",), ("Sec-WebSocket-Version",)])
def test_http_1_0_is_judged_first_and_gets_400(chatd, without):
    wire = chatd.wire()
    wire.request(version="HTTP/1.0", headers=upgrade_headers(without=without))
    check_error(wire.read_response(), 400)


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/more", "/wsx", "/WS", "/nothing", "/health/x"])
def test_other_paths_get_404(chatd, path):
    check_error(chatd.wire().get(path), 404)


@pytest.mark.parametrize("path", ["/ws/", "/ws/more"])
def test_no_upgrade_below_the_path(chatd, path):
    check_error(chatd.wire().upgrade(path=path), 404)


@pytest.mark.parametrize("path", ["/ws", "/health"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_get_405(chatd, method, path):
    check_error(chatd.wire().get(path, method), 405)


def test_a_post_with_the_headers_of_an_upgrade_gets_405(chatd):
    wire = chatd.wire()
    wire.request("POST", headers=upgrade_headers())
    check_error(wire.read_response(), 405)


@pytest.mark.parametrize("path", ["/health", "/health?verbose"])
def test_health_is_healthy(chatd, path):
    response = chatd.wire().get(path)
    assert response.status == 200
    assert response.header("content-type").startswith("application/json")
    assert json.loads(response.body) == {"status": "healthy"}


def test_health_answers_http_1_0(chatd):
    wire = chatd.wire()
    wire.request(path="/health", version="HTTP/1.0")
    assert wire.read_response().status == 200


@pytest.mark.parametrize("path, status", [("/health", 200), ("/ws", 426), ("/nothing", 404)])
def test_head_answers_like_get_without_a_body(chatd, path, status):
    wire = chatd.wire()
    response = wire.get(path, "HEAD")
    assert response.status == status
    if status == 200:
        assert json.loads(wire.get(path).body) == {"status": "healthy"}, "no body came between"
    else:
        assert not wire.buffer


def test_two_requests_in_one_segment_are_answered_in_turn(chatd):
    wire = chatd.wire()
    one = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    wire.send(one + one)
    assert [wire.read_response().status for _ in range(2)] == [200, 200]


def test_the_http_2_preface_is_refused(chatd):
    wire = chatd.wire()
    wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    response = wire.read_response()
    assert response.version.startswith("HTTP/1.")
    assert response.status == 400


@pytest.mark.parametrize("path, status", [("/health", 200), ("/ws", 426), ("/nothing", 404)])
def test_an_upgrade_to_h2c_is_ignored(chatd, path, status):
    wire = chatd.wire()
    settings = [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
    response = wire.get(path, headers=[("Connection", "Upgrade, HTTP2-Settings"), *settings])
    assert response.status == status


def test_bad_http_syntax_is_answered_400(chatd):
    wire = chatd.wire()
    wire.send(b"GET /ws\r\nnonsense\r\n\r\n")
    assert wire.read_response().status == 400


def test_frames_without_a_handshake_are_refused(chatd):
    wire = chatd.wire()
    wire.send(frame(TEXT, b'{"type":"ping"}') + b"\r\n\r\n")
    assert wire.read_response().status == 400


def test_the_path_is_configured(server):
    configured = server(config={"websocket.path": "/chat"})
    assert configured.wire().upgrade(path="/chat").status == 101
    check_error(configured.wire().upgrade(path="/ws"), 404)
