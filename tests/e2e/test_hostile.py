"""Peers that mean harm, or are badly broken: nobody else may notice, and nothing of them remains."""

import json

from wire import CLOSE, ms


def status(chat):
    answer = chat.ctl("-o", "json", "status")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_nothing_remains_of_a_peer_that_never_answers_a_close(server):
    chat = server(config={"websocket.idle_timeout": ms(200), "websocket.close_timeout": ms(200)})
    peer = chat.client()
    got = peer.read_frame()
    assert (got.opcode, got.close_code()) == (CLOSE, 4108)
    peer.expect_end()
    assert status(chat)["connections"] == 0
