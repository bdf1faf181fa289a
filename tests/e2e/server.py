"""One chatd process: configuration in; port, log lines, clients and exit code out.

Starts $CHATD_BUILD/bin/chatd (default: build/ of this tree) on a free loopback port and ends it by
its own pid only. What it says on standard error is kept, and judged at its end: a sanitizer's
report there fails the test whatever the exit code was.
"""

import os
import re
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

from client import Client
from wire import DEADLINE, Wire

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CHATD_BUILD", ROOT / "build"))
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
PLAIN = re.compile(r"[A-Za-z0-9/][A-Za-z0-9_./-]*\Z")


# For tests that flood on purpose.
UNLIMITED = {"limits.messages_per_second": 0, "limits.joins_per_second": 0}


def yaml_of(value):
    """Flow YAML of plain Python values; strings stay unquoted where YAML allows it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {yaml_of(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml_of, value)) + "]"
    text = str(value)
    if isinstance(value, int) or PLAIN.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def nested(options):
    """Dotted option names as the tree that the configuration file holds."""
    tree = {}
    for dotted, value in options.items():
        *path, name = dotted.split(".")
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
        branch[name] = value
    return tree


def passing(sockets):
    """What starts a program so that it finds these sockets as a service manager passes them."""
    if not sockets:
        return []
    places = " ".join(f"{3 + at}<&{each.fileno()}" for at, each in enumerate(sockets))
    script = f'export LISTEN_PID=$$ LISTEN_FDS={len(sockets)}; exec "$@" {places}'
    return ["bash", "-c", script, "bash"]


class Server:
    def __init__(self, directory, workers, config=None, **process):
        self.directory = Path(directory)
        self.workers = workers
        self.socket = self.directory / "admin.sock"
        self.log = []
        self.stopped = False
        self.tls = None  # the context of its clients, if they are not told another
        self._open = []
        self._news = threading.Condition()
        self._reads_log = threading.Lock()
        self._start(config or {}, **process)
        self.port = int(self.wait_for_log(r"\bready\b.*\bport\W+(\d+)").group(1))
        self.url = f"ws://127.0.0.1:{self.port}/ws"

    def _start(self, config, nofile=None, environment=None, sockets=()):
        options = {
            "listen": [{"address": "127.0.0.1", "port": 0}],
            "workers": self.workers,
            "admin.socket": str(self.socket),
            "state": str(self.directory),
            # The suite as a whole is a flood of handshakes from one address.
            "limits.handshakes_per_second": 0,
            # A connection that leaks keeps chatd from ending, and that fails the test.
            "shutdown.timeout": "1h",
            **config,
        }
        self.options = options
        file = self.configure({})

        def limit_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))

        environment = os.environ | (environment or {})
        suppressions = ROOT / "tests" / "lsan.supp"
        if suppressions.exists():
            environment.setdefault(
                "LSAN_OPTIONS", f"suppressions={suppressions}:print_suppressions=0"
            )
        self._process = subprocess.Popen(
            passing(sockets) + [BUILD / "bin" / "chatd", "-c", file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            preexec_fn=limit_descriptors if nofile else None,
            pass_fds=[each.fileno() for each in sockets],
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def configure(self, changes):
        """Writes its file: what it was started with, but for these options."""
        file = self.directory / "chatd.yaml"
        options = nested(self.options | changes)
        file.write_text("".join(f"{name}: {yaml_of(value)}\n" for name, value in options.items()))
        return file

    def _read_log(self):
        for line in self._process.stderr:
            with self._reads_log, self._news:
                self.log.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self.log.append("")
            self._news.notify_all()

    def wait_for_log(self, pattern, since=0):
        """The match of the first log line, old or new, that has the pattern. `since`: of those
        behind so many."""
        until = time.monotonic() + DEADLINE
        seen = since
        with self._news:
            while True:
                for line in self.log[seen:]:
                    if match := re.search(pattern, line):
                        return match
                seen = len(self.log)
                left = until - time.monotonic()
                ended = self._process.poll() is not None and not self._reader.is_alive()
                if left <= 0 or ended or not self._news.wait(left):
                    raise AssertionError(f"no log line with {pattern!r} in:\n{self.log_text()}")

    def log_held(self):
        """While it is entered, nobody reads what chatd logs."""
        return self._reads_log

    def log_text(self):
        return "\n".join(self.log)

    def alive(self):
        return self._process.poll() is None

    def threads(self):
        """The ids of its threads by their names, which only the workers have to themselves."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return {(task / "comm").read_text().strip(): int(task.name) for task in tasks}

    def wire(self, **how):
        """A TCP connection of a test; closed at its end whatever happened."""
        wire = Wire(how.pop("port", self.port), **{"tls": self.tls} | how)
        self._open.append(wire)
        return wire

    def client(self, *, protocol=None, headers=None, **how):
        """A connection after its upgrade."""
        client = Client(how.pop("port", self.port), **{"tls": self.tls} | how)
        self._open.append(client)
        client.upgrade(protocol=protocol, **(headers or {}))
        return client

    def clients(self, count):
        return [self.client() for _ in range(count)]

    def close_clients(self):
        while self._open:
            self._open.pop().close()

    def ctl(self, *arguments):
        return subprocess.run(
            [BUILD / "bin" / "chatctl", "-s", self.socket, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * DEADLINE,
        )

    def send_signal(self, number):
        self._process.send_signal(number)

    def wait(self):
        """The exit code of a process that is on its way out."""
        self.stopped = True
        try:
            return self._process.wait(2 * DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"chatd did not end:\n{self.log_text()}") from None
        finally:
            self._reader.join(DEADLINE)

    def stop(self, number=signal.SIGTERM):
        self.send_signal(number)
        return self.wait()

    def finish(self):
        """End it if the test did not, then judge it."""
        self.close_clients()
        if not self.stopped:
            died = not self.alive()
            code = self.wait() if died else self.stop()
            assert not died, f"chatd died with {code}:\n{self.log_text()}"
            assert code == 0, f"chatd ended with {code}:\n{self.log_text()}"
        assert not REPORT.search(self.log_text()), self.log_text()
