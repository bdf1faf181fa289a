"""The audit log: who changed what, with which result; in the log, in chatctl audit, over a restart."""

import getpass
import json
import os
import signal

from bearer import KEYS, verified
from client import fresh, gather


def audit(chatd, *words):
    done = chatd.ctl("-o", "json", "audit", *words)
    assert done.returncode == 0, done
    return json.loads(done.stdout)["audit"]


def test_every_change_is_there_and_nothing_that_only_reads(server):
    chatd = server()
    room = fresh()
    owner, member = gather(chatd, room, 2)
    chatd.ctl("rooms")
    chatd.ctl("kick", member.user, "--room", room, "--reason", "too loud")
    chatd.ctl("ban", "nobody-yet", "--for", "60min")
    chatd.ctl("kick", "nobody")
    chatd.ctl("kick", "not valid")
    entries = audit(chatd)
    assert [(entry["change"], entry["subject"], entry["result"]) for entry in entries] == [
        ("kick", f'user={member.user} room={room} reason="too loud"', "ok"),
        ("ban", "target=nobody-yet for=1h", "ok"),
        ("kick", "user=nobody", "not_found"),
    ]
    for entry in entries:
        assert (entry["by"], entry["uid"]) == (getpass.getuser(), os.geteuid())
        assert entry["pid"] > 0
    assert [entry["change"] for entry in audit(chatd, "--limit", "2")] == ["ban", "kick"]
    chatd.wait_for_log(rf'admin command=kick result=ok uid=\d+ pid=\d+ by={getpass.getuser()} '
                       rf'user={member.user} room={room} reason="too loud"')


def test_it_outlives_the_process(server):
    chatd = server()
    chatd.ctl("mute", "ann")
    before = audit(chatd)
    chatd.ctl("unmute", "ann")  # its answer waits for no entry, that of the next one for both
    chatd.ctl("mute", "ben")
    chatd.send_signal(signal.SIGKILL)
    chatd.wait()
    again = server(config={"state": str(chatd.directory)})
    assert audit(again)[: len(before)] == before
    assert [entry["change"] for entry in audit(again)][:2] == ["mute", "unmute"]


def test_without_a_state_it_is_remembered_until_the_end(server):
    chatd = server(config={"state": "/nonexistent/chatd"})
    chatd.ctl("ban", "bob")
    (entry,) = audit(chatd)
    assert (entry["change"], entry["result"]) == ("ban", "not_kept")


def test_what_moderators_change_is_there_and_what_they_may_not_is_not(server, most_workers):
    chatd = server(most_workers, {"auth.mode": "optional", "auth.keys": KEYS})
    room, user = fresh(), fresh("mod")
    owner, member = gather(chatd, room, 2)
    mod = verified(chatd, user, chat={"moderate": [room]})
    mod.ask("mute_user", {"room_id": room, "user_id": member.user})
    mod.expect("mute_success")
    mod.ask("kick_user", {"room_id": room, "user_id": member.user, "reason": "too loud"})
    mod.expect("kick_success")
    owner.ask("kick_user", {"room_id": room, "user_id": owner.user})
    owner.expect("user_left")
    owner.expect_error("moderation_error", "forbidden")
    mod.ask("close_room", {"room_id": room})
    mod.expect("close_success")
    assert chatd.ctl("ping").returncode == 0  # behind all letters that the workers sent
    assert [(e["by"], e["change"], e["subject"], e["pid"]) for e in audit(chatd)] == [
        (user, "mute_user", f"room={room} user={member.user}", 0),
        (user, "kick_user", f'room={room} user={member.user} reason="too loud"', 0),
        (user, "close_room", f"room={room}", 0),
    ]
    chatd.wait_for_log(rf"moderation by={user} request=kick_user room={room} user={member.user}")
