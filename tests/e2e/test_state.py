"""The option `state` at the start of chatd: where it can be made, where not, and what is in its way."""

import shutil
import sqlite3
import subprocess

from client import fresh
from server import BUILD
from wire import DEADLINE


def start(*settings):
    """Of a chatd that does not get to serve: its exit code and what it said."""
    words = [word for setting in settings for word in ["-s", setting]]
    done = subprocess.run([BUILD / "bin" / "chatd", "-s", "listen.port=0", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=2 * DEADLINE)
    return done.returncode, done.stderr


def test_without_a_directory_chatd_serves_and_says_what_is_missing(server):
    chatd = server(config={"state": "/nonexistent/chatd"})
    chatd.wait_for_log(r"warning state_absent reason=\"?/nonexistent/chatd/chatd.db: No such file")
    chatd.client().create(fresh())


def test_the_database_is_its_owners_alone(server):
    chatd = server()
    assert (chatd.directory / "chatd.db").stat().st_mode & 0o777 == 0o600


def test_one_state_is_of_one_server(server):
    chatd = server()
    code, said = start(f"state={chatd.directory}", f"admin.socket={chatd.directory}/second.sock")
    assert (code, said) == (69, f"chatd: {chatd.directory}/chatd.db: another chatd uses it\n")
    chatd.client().create(fresh())


def test_what_cannot_be_read_stops_the_start_and_is_left_as_it_is(server, tmp_path):
    file = tmp_path / "chatd.db"
    settings = [f"state={tmp_path}", f"admin.socket={tmp_path}/admin.sock"]
    file.write_text("no database, whatever its name says")
    code, said = start(*settings)
    assert code == 69 and str(file) in said, said
    assert file.read_text() == "no database, whatever its name says"

    file.unlink()
    chatd = server(config={"state": str(tmp_path)})
    assert chatd.stop() == 0
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    code, said = start(*settings)
    assert (code, said) == (
        69, f"chatd: {file}: a newer chatd made it (version 99, this one knows 1)\n")
    shutil.rmtree(tmp_path)
