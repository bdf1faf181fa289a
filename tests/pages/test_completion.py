"""The completions, in the shells for which they are: by the tables, by the live server, and silent
without one."""

import subprocess
import tempfile

import pytest

from client import fresh, gather
from conftest import ROOT, SHARE

BASH = """
source /usr/share/bash-completion/bash_completion
source "$0"
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9
COMP_POINT=${#COMP_LINE}
"_$1"
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(environment, *words):
    """What the last word can become."""
    done = subprocess.run(
        ["bash", "-c", BASH, SHARE / f"{words[0]}.bash", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.split()


def zsh(environment, *words):
    """The same by a zsh on a terminal of its own."""
    with tempfile.TemporaryDirectory() as work:
        done = subprocess.run(
            ["zsh", "-f", ROOT / "tests" / "pages" / "complete.zsh", SHARE, work, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            env=environment,
        )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.split()


SHELLS = pytest.mark.parametrize("shell", [bash, zsh], ids=["bash", "zsh"])


@pytest.fixture
def live(chatd, environment):
    return environment | {"CHATD_SOCKET": str(chatd.socket)}


@SHELLS
def test_commands_and_what_they_take_come_from_the_tables(shell, environment):
    assert {"kick", "rooms", "status"} <= set(shell(environment, "chatctl", ""))
    assert shell(environment, "chatctl", "-q", "-T", "1s", "kic") == ["kick"]
    assert set(shell(environment, "chatctl", "help", "room")) >= {"room", "rooms"}
    options = set(shell(environment, "chatctl", "kick", "--"))
    assert {"--reason", "--room", "--socket"} <= options and "--sort" not in options
    assert set(shell(environment, "chatctl", "rooms", "--sort", "m")) == {"members", "messages"}
    assert set(shell(environment, "chatctl", "-o", "")) == {"json", "table", "tsv"}


@SHELLS
def test_users_and_rooms_are_those_of_the_live_server(shell, chatd, live, environment):
    room = fresh("tea:room")
    author, _ = gather(chatd, room, 2)
    assert room in shell(live, "chatctl", "room", "te")
    assert room.endswith(*shell(live, "chatctl", "room", room))  # bash: what is behind the colon
    assert author.user in shell(live, "chatctl", "kick", "user-")
    assert room in shell(live, "chatctl", "kick", author.user, "--room", "te")
    assert author.user in shell(environment, "chatctl", "-s", str(chatd.socket), "user", "user-")
    assert room in shell(live, "chatctl", "tail", room, "te")
    assert shell(live, "chatctl", "user", "*") == []


@SHELLS
def test_without_a_server_nothing_is_said(shell, environment):
    assert shell(environment, "chatctl", "kick", "") == []
    assert shell(environment, "chatctl", "room", "a") == []


@SHELLS
def test_the_options_of_the_server_complete_with_their_names(shell, environment):
    found = shell(environment, "chatd", "-s", "rooms.max")
    assert {word.rstrip("=") for word in found} >= {"rooms.max", "rooms.max_members"}
    assert "--check" in shell(environment, "chatd", "--")
