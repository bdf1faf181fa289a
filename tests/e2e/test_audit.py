"""The audit log: who changed what, with which result; in the log, in chatctl audit, over a restart."""

import getpass
import json
import os
import signal

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
    chatd.ctl("ban", "nobody-yet")
    chatd.ctl("kick", "nobody")
    chatd.ctl("kick", "not valid")
    entries = audit(chatd)
    assert [(entry["change"], entry["subject"], entry["result"]) for entry in entries] == [
        ("kick", f'user={member.user} room={room} reason="too loud"', "ok"),
        ("ban", "target=nobody-yet", "ok"),
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
