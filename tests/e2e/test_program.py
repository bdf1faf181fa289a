"""chatd as a program: its arguments, its configuration, its exit codes (INTERFACES, chatd)."""

import signal
import subprocess

import pytest

from server import BUILD

CHATD = BUILD / "bin" / "chatd"


def run(*arguments):
    return subprocess.run(
        [CHATD, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("arguments", [["-x"], ["stray"], ["-c"], ["--check=1"], ["-s", "workers"]], ids=str)
def test_a_usage_error_is_64(arguments):
    done = run(*arguments)
    assert done.returncode == 64
    assert done.stderr


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_option_and_exit_code(flag):
    done = run(flag)
    assert done.returncode == 0
    for word in ["--config", "--set", "--check", "--version", "--help", "64", "69", "70", "78"]:
        assert word in done.stdout


def test_the_version_is_told():
    assert run("-V").stdout.startswith("chatd ")


def test_a_right_configuration_is_checked_in_silence(tmp_path):
    file = tmp_path / "chatd.yaml"
    file.write_text("rooms: {max: 5}\n")
    done = run("-t", "-c", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_problem_is_told_with_its_place(tmp_path):
    file = tmp_path / "chatd.yaml"
    file.write_text("rooms:\n  mxa: 5\n  linger: soon\nworkers: 0\n")
    done = run("-t", "-c", file)
    assert done.returncode == 78
    lines = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{file}:2:3", f"{file}:3:11", f"{file}:4:10"]
    assert "rooms.max" in lines[0]


def test_problems_of_every_kind_are_told_together(tmp_path):
    file = tmp_path / "chatd.yaml"
    file.write_text(
        "workers: 0\n"
        "validation: {page: 101}\n"
        "auth: {keys: [{algorithm: HS256, secret_file: none}]}\n"
        "admin: {group: no-such-group}\n"
    )
    done = run("-t", "-c", file, "-s", "rooms.max=0", "-s", "rooms.mx=1")
    assert done.returncode == 78
    lines = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{file}:1:10", "-s:1:11", "-s:1:7", f"{file}:2:20", f"{file}:4:16", f"{file}:3:15"
    ]  # fmt: skip


def test_a_file_is_looked_for_beside_the_one_that_names_it(tmp_path):
    (tmp_path / "key").write_text("s" * 32)
    file = tmp_path / "chatd.yaml"
    file.write_text("auth: {keys: [{algorithm: HS256, secret_file: key}]}\n")
    assert run("-t", "-c", file).returncode == 0
    assert run("-t", "-s", "auth.keys={algorithm: HS256, secret_file: key}").returncode == 78


def test_a_missing_file_is_78(tmp_path):
    done = run("-c", tmp_path / "none.yaml")
    assert done.returncode == 78
    assert "none.yaml" in done.stderr


@pytest.mark.parametrize(
    "settings",
    [
        ["websocket.ping_interval=2min", "websocket.pong_timeout=3min"],
        ["websocket.pong_timeout=3min", "websocket.ping_interval=2min"],
    ],
    ids=["interval first", "timeout first"],
)
def test_settings_are_judged_together_whatever_their_order(settings):
    done = run("-t", *(word for setting in settings for word in ["-s", setting]))
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_that_contradict_each_other_are_78():
    done = run("-t", "-s", "websocket.ping_interval=2min")
    assert done.returncode == 78
    assert "pong_timeout" in done.stderr


def test_a_port_that_is_taken_is_69(server, tmp_path):
    chat = server()
    settings = [f"listen.port={chat.port}", "listen.address=127.0.0.1", f"admin.socket={tmp_path}/s"]
    done = run(*(word for setting in settings for word in ["-s", setting]))
    assert done.returncode == 69
    assert "taken" in done.stderr
    chat.client().fence()


def test_a_second_signal_ends_at_once(server):
    chat = server(config={"websocket.close_timeout": "1h", "shutdown.timeout": "1h"})
    stuck = chat.client()
    chat.send_signal(signal.SIGTERM)
    assert stuck.read_frame().close_code() == 1012  # and is not answered
    chat.send_signal(signal.SIGTERM)
    assert chat.wait() == 0
