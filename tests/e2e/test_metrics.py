"""/metrics and `chatctl metrics`: the format, who may read it, what is counted; and that what the
examples in conf/ draw or watch is there."""

import http.client
import json
import re
import subprocess

import pytest

import exposition
from client import fresh, gather
from server import ROOT
from wire import BINARY, DEADLINE

EXAMPLES = [ROOT / "conf" / "grafana-dashboard.json", ROOT / "conf" / "alerts.yml"]


def get(server, method="GET", path="/metrics", **headers):
    """Status, headers and text of one answer."""
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
    try:
        link.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        link.close()


def asked(server):
    """The metrics as of now: the admin's question publishes all of them."""
    done = server.ctl("metrics")
    assert done.returncode == 0, done
    return exposition.read(done.stdout)


def scraped(server):
    status, _, text = get(server)
    assert status == 200
    return exposition.read(text)


def growth(before, after, name, **labels):
    return exposition.total(after, name, **labels) - exposition.total(before, name, **labels)


def test_a_scrape_is_what_prometheus_expects(chatd):
    status, headers, text = get(chatd)
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    families = exposition.read(text)
    assert exposition.total(families, "chatd_build_info") == 1
    workers = {dict(labels)["worker"] for _, labels in families["chatd_connections"].samples}
    assert workers == {str(worker) for worker in range(chatd.workers)}
    assert exposition.total(families, "process_open_fds") > 10
    assert exposition.total(families, "process_resident_memory_bytes") > 1 << 20


def test_promtool_has_nothing_to_say(chatd):
    _, _, text = get(chatd)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          capture_output=True, timeout=DEADLINE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_alert_rules_are_promtools_too():
    done = subprocess.run(["promtool", "check", "rules", ROOT / "conf" / "alerts.yml"], text=True,
                          capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, done


def test_head_has_no_body_and_other_methods_are_405(chatd):
    status, headers, text = get(chatd, "HEAD")
    assert (status, text) == (200, "") and int(headers["content-length"]) > 1000
    status, headers, _ = get(chatd, "POST")
    assert status == 405 and headers["allow"] == "GET, HEAD"
    assert get(chatd, path="/metrics/x")[0] == 404


def test_only_the_configured_addresses_may_read(server):
    chat = server(workers=1, config={"http.metrics_allow": ["192.0.2.0/24"]})
    status, _, text = get(chat)
    assert status == 403 and json.loads(text)["error"]["code"] == "forbidden"
    assert get(chat, "HEAD")[0] == 403
    assert get(server(workers=1, config={"http.metrics_allow": []}))[0] == 403


def test_a_proxy_does_not_make_a_stranger_local(server, chatd):
    """Neither one that is trusted, nor one that nobody told us of."""
    assert get(chatd, X_Forwarded_For="203.0.113.9")[0] == 403
    assert get(chatd, Forwarded="for=203.0.113.9")[0] == 403
    chat = server(workers=1, config={"http.trusted_proxies": ["127.0.0.1"]})
    assert get(chat, X_Forwarded_For="203.0.113.9")[0] == 403
    assert get(chat, X_Forwarded_For="203.0.113.9, 127.0.0.1")[0] == 403
    assert get(chat, X_Forwarded_For="127.0.0.5", Forwarded="for=203.0.113.9")[0] == 403
    assert get(chat, X_Forwarded_For="127.0.0.5")[0] == 200
    assert get(chat)[0] == 200


def test_what_members_do_is_counted(server):
    chatd = server()
    room = fresh()
    before = asked(chatd)
    first, *others = gather(chatd, room, 3)
    joined = asked(chatd)
    first.say(room, "hello")
    for each in (first, *others):
        each.expect_said(room, "hello")
    first.say("no-such-room", "x")
    first.expect("error")
    after = asked(chatd)
    assert growth(before, joined, "chatd_connections") == 3
    assert growth(before, joined, "chatd_connections_identified") == 3
    assert growth(before, joined, "chatd_connections_opened_total") == 3
    assert growth(before, joined, "chatd_upgrades_total", status="101") == 3
    assert growth(before, joined, "chatd_rooms") == 1
    assert growth(before, joined, "chatd_members") == 3
    assert growth(joined, after, "chatd_messages_received_total") == 2
    assert growth(joined, after, "chatd_broadcasts_total") == 1
    assert growth(joined, after, "chatd_deliveries_total") == 3 + 1
    assert growth(joined, after, "chatd_errors_total", code="message_error",
                  reason="not_in_room") == 1
    assert growth(joined, after, "chatd_received_bytes_total") > 100
    assert growth(joined, after, "chatd_sent_bytes_total") > 3 * 100
    assert growth(joined, after, "chatd_history_bytes") > 0


def test_ends_are_counted_by_their_codes(server):
    chatd = server()
    before = asked(chatd)
    wrong, polite, rude = chatd.clients(3)
    wrong.send_frame(BINARY, b"x")
    wrong.expect_close(1003)
    polite.send_close()
    polite.expect_close(1000)
    rude.abort()
    while growth(before, asked(chatd), "chatd_closes_total", reason="lost") == 0:
        pass  # its end has not been seen yet
    after = asked(chatd)
    assert growth(before, after, "chatd_closes_total", code="1003") == 1
    assert growth(before, after, "chatd_closes_total", reason="peer") == 1


def test_a_scrape_sees_the_counters_of_all_workers(chatd):
    """Without a question to any of them."""
    before = scraped(chatd)
    for client in chatd.clients(2 * chatd.workers):
        client.fence()
    after = scraped(chatd)
    assert growth(before, after, "chatd_messages_received_total") == 2 * chatd.workers
    assert growth(before, after, "chatd_connections_opened_total") == 2 * chatd.workers


def test_refusals_are_counted_by_status(chatd):
    before = scraped(chatd)
    assert get(chatd, path="/ws")[0] == 426
    assert get(chatd, "POST", path="/ws")[0] == 405
    assert get(chatd, path="/ws/x")[0] == 404
    after = scraped(chatd)
    for status in ("426", "405", "404"):
        assert growth(before, after, "chatd_upgrades_total", status=status) == 1


def test_limits_that_are_hit_are_counted(server):
    chat = server(workers=1, config={"limits.messages_per_second": 1, "limits.message_burst": 1})
    client = chat.client()
    for _ in range(3):
        client.ask("list_rooms")
    client.expect("room_list")
    for _ in range(2):
        client.expect("error")
    after = scraped(chat)
    assert exposition.total(after, "chatd_rate_limited_total", limit="messages") == 2
    assert exposition.total(after, "chatd_errors_total", code="rate_limited") == 2


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_what_the_examples_name_is_there(file, chatd):
    text = file.read_text()
    named = set(re.findall(r"\b(?:chatd|process)_[a-z_]+", text))
    named = {re.sub(r"_(bucket|sum|count)\Z", "", name) for name in named}
    assert len(named) > 5
    assert named <= set(scraped(chatd)), named
    labels = re.findall(r'\b(code|reason|status|limit)="([^"]+)"', text)
    there = get(chatd)[2]
    for label, value in labels:
        assert f'{label}="{value}"' in there, (label, value)


def test_chatctl_prints_the_text_as_it_is(chatd):
    text = chatd.ctl("metrics").stdout
    assert text.startswith("# HELP chatd_connections ")
    data = json.loads(chatd.ctl("metrics", "-o", "json").stdout)
    assert data["text"].splitlines()[:4] == text.splitlines()[:4]
