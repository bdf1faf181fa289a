"""What chatd tells the service manager, and what it takes from it (sd_notify(3), sd_listen_fds(3)):
the manager's part is played by the test.
"""

import ctypes
import os
import signal
import socket
import subprocess
import time

import pytest

from client import Client
from server import BUILD, passing
from wire import DEADLINE

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000


class Manager:
    """The socket that $NOTIFY_SOCKET names, and the messages on it."""

    def __init__(self, directory):
        self.path = str(directory / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(DEADLINE)

    def environment(self, watchdog_ms=0):
        watchdog = {"WATCHDOG_USEC": str(1000 * watchdog_ms)} if watchdog_ms else {}
        return {"NOTIFY_SOCKET": self.path} | watchdog

    def read(self):
        return self._socket.recv(4096).decode().strip()

    def wait_for(self, expected):
        """The messages before the one that begins like this."""
        before = []
        while not (got := self.read()).startswith(expected):
            before.append(got)
        return before

    def close(self):
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    with_socket = Manager(tmp_path)
    yield with_socket
    with_socket.close()


def test_it_says_when_it_is_ready_reloads_and_stops(server, workers, manager):
    chat = server(workers, environment=manager.environment())
    assert manager.wait_for("READY=1") == []
    for changes in {"rooms.max": 7}, {"rooms.max": 0}:
        chat.configure(changes)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        chat.send_signal(signal.SIGHUP)
        while not (got := manager.read()).startswith("RELOADING=1"):
            assert got.startswith("STATUS=")
        assert before <= int(got.split("MONOTONIC_USEC=")[1]) <= before + 1e6 * DEADLINE
        assert all(line.startswith("STATUS=") for line in manager.wait_for("READY=1"))
    chat.stop()
    assert all(line.startswith("STATUS=") for line in manager.wait_for("STOPPING=1"))


def test_the_status_says_how_many_there_are(server, workers, manager):
    chat = server(workers, environment=manager.environment(watchdog_ms=600))
    clients = chat.clients(3)
    manager.wait_for("STATUS=serving 3 connections")
    assert chat.ctl("drain", "--over", "1h").returncode == 0
    manager.wait_for("STATUS=draining 3 connections")
    clients[0].fence()


class Stopped:
    """One thread of another process stands still."""

    def __init__(self, thread):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._thread = thread
        self._ptrace(PTRACE_SEIZE)
        self._ptrace(PTRACE_INTERRUPT)
        os.waitpid(thread, WALL)

    def _ptrace(self, request):
        result = self._libc.ptrace(request, self._thread, None, None)
        assert result == 0, os.strerror(ctypes.get_errno())

    def go_on(self):
        self._ptrace(PTRACE_DETACH)


def test_a_worker_that_is_stuck_starves_the_watchdog(server, workers, manager):
    chat = server(workers, environment=manager.environment(watchdog_ms=900))
    for _ in range(3):
        manager.wait_for("WATCHDOG=1")
    stopped = Stopped(chat.threads()[f"worker {workers - 1}"])
    try:
        manager.wait_for(f"STATUS=worker {workers - 1} does not answer")
        chat.wait_for_log(rf"worker_stuck worker={workers - 1}\b")
    finally:
        stopped.go_on()
    assert "WATCHDOG=1" not in manager.wait_for("STATUS=serving")
    manager.wait_for("WATCHDOG=1")


def listening(family=socket.AF_INET, address=("127.0.0.1", 0)):
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.bind(address)
    opened.listen(16)
    return opened


def test_a_socket_that_is_passed_is_served_by_all_workers(server, workers):
    with listening() as passed:
        port = passed.getsockname()[1]
        config = {"listen": [{"address": "127.0.0.1", "port": port}]}
        chat = server(workers, config, sockets=[passed])
        assert chat.port == port
        chat.client().fence()
    chat.client().fence()


def test_sockets_find_their_listeners_by_name_or_path(server, most_workers, tmp_path):
    path = str(tmp_path / "chat")
    with listening() as named, listening(socket.AF_UNIX, path) as at_path:
        config = {"listen": [{"address": f"unix:{path}"}, {"address": "0.0.0.0", "port": 0}]}
        environment = {"LISTEN_FDNAMES": "unknown:listen.1"}
        chat = server(most_workers, config, sockets=[at_path, named], environment=environment)
        assert chat.port == named.getsockname()[1]
    client = Client(chat.port)
    client.upgrade()
    client.fence()
    client.close()
    chat.stop()
    assert os.path.exists(path), "it is the service manager's"


def test_a_socket_that_nobody_wants_is_refused(tmp_path):
    with listening() as passed:
        done = subprocess.run(
            passing([passed])
            + [BUILD / "bin" / "chatd", "-s", "listen={address: 127.0.0.1, port: 0}"]
            + ["-s", f"admin.socket={tmp_path}/s", "-s", f"state={tmp_path}"],
            pass_fds=[passed.fileno()],
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
    assert done.returncode == 69
    assert "no listener has" in done.stderr


@pytest.mark.parametrize("count", ["99999", "-1", "many"])
def test_what_cannot_be_taken_from_the_manager_is_told(tmp_path, count):
    script = f'export LISTEN_PID=$$ LISTEN_FDS={count}; exec "$@"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", BUILD / "bin" / "chatd"]
        + ["-s", "listen={address: 127.0.0.1, port: 0}"]
        + ["-s", f"admin.socket={tmp_path}/s", "-s", f"state={tmp_path}"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 69
    assert "LISTEN_FDS" in done.stderr
