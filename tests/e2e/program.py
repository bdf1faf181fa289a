"""A test-only program of the build that serves WebSocket on a port of its own choice: started with
PORT 0, it prints `port=N`. Ended by its own pid only, and judged like chatd: exit code 0 and no
sanitizer's report."""

import os
import re
import signal
import subprocess
import threading

from server import BUILD, REPORT, ROOT
from wire import DEADLINE


class Program:
    def __init__(self, name, *arguments):
        environment = dict(os.environ)
        suppressions = ROOT / "tests" / "lsan.supp"
        environment.setdefault("LSAN_OPTIONS", f"suppressions={suppressions}:print_suppressions=0")
        self._process = subprocess.Popen(
            [BUILD / "bin" / name, "0", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._open = []
        self._errors = ""
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        line = self._process.stdout.readline()
        assert re.fullmatch(r"port=\d+\n", line), f"{name}: {line!r}"
        self.port = int(line.removeprefix("port="))

    def _read_errors(self):
        self._errors = self._process.stderr.read()

    def opened(self, wire):
        """The connection ends with the test, whatever happened."""
        self._open.append(wire)
        return wire

    def close_clients(self):
        while self._open:
            self._open.pop().close()

    def send_signal(self, number):
        self._process.send_signal(number)

    def wait(self):
        """It is on its way out: that it ended well."""
        try:
            code = self._process.wait(2 * DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(DEADLINE)
        self._process.stdout.close()
        assert code == 0, f"ended with {code}:\n{self._errors}"
        assert not REPORT.search(self._errors), self._errors

    def stop(self, number=signal.SIGTERM):
        self.close_clients()
        self.send_signal(number)
        self.wait()
