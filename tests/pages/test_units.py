"""The systemd units: what systemd itself says of them, and that they fit the configuration."""

import asyncio
import grp
import json
import os
import re
import signal
import subprocess

import websockets

from conftest import BUILD, ROOT, SHARE

UNITS = sorted((ROOT / "packaging" / "systemd").glob("chatd.*"))
SERVICE = (ROOT / "packaging" / "systemd" / "chatd.service").read_text()
EXPOSURE_MAX = 1.5


def setting(name):
    return re.findall(rf"^{name}=(.*)$", SERVICE, re.M)[-1]


def default(option):
    row = re.search(
        rf'"{re.escape(option)}", \w+, \w+, "([^"]+)"',
        (ROOT / "module" / "config" / "option.def").read_text(),
    )
    return row[1]


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60
    )


def test_systemd_finds_nothing_wrong(tmp_path):
    for unit in UNITS:
        text = unit.read_text()
        for program in re.findall(r"/usr/s?bin/(\w+)", text):
            text = re.sub(rf"/usr/s?bin/{program}\b", str(BUILD / "bin" / program), text)
        (tmp_path / unit.name).write_text(text)
    found = analyze("verify", "--man=no", *(tmp_path / unit.name for unit in UNITS))
    assert (found.returncode, found.stderr) == (0, "")


def test_the_service_is_hardly_exposed():
    found = analyze("security", "--offline=true", "--no-pager",
                    str(ROOT / "packaging" / "systemd" / "chatd.service"))
    level = re.search(r"Overall exposure level for chatd.service: ([\d.]+)", found.stdout)
    assert float(level[1]) <= EXPOSURE_MAX, found.stdout


def test_the_manuals_that_it_names_are_there():
    for page, section in re.findall(r"man:([\w.-]+)\((\d)\)", setting("Documentation")):
        assert (SHARE / f"{page}.{section}").exists()


def test_descriptors_suffice_for_all_connections():
    """limits.connections, 64 refusals of each of 256 workers, and a few of each worker's own."""
    assert int(setting("LimitNOFILE")) >= int(default("limits.connections")) + 256 * (64 + 16)


def test_the_socket_is_that_of_the_first_listener():
    socket = (ROOT / "packaging" / "systemd" / "chatd.socket").read_text()
    address, port = default("listen.address"), default("listen.port")
    assert re.search(rf"^ListenStream={address}:{port}\nFileDescriptorName=listen\.0$", socket, re.M)


def test_a_stop_is_given_more_time_than_the_server_takes():
    seconds = re.fullmatch(r"(\d+)s", default("shutdown.timeout"))
    assert int(setting("TimeoutStopSec").removesuffix("s")) > int(seconds[1]) + 2


def calls_of(group):
    """The system calls that systemd means by a name in SystemCallFilter."""
    if not group.startswith("@"):
        return {group}
    listed = analyze("syscall-filter", group).stdout.splitlines()[1:]
    names = (line.strip() for line in listed)
    return set().union(*(calls_of(name) for name in names if name and not name.startswith("#")))


def test_the_server_makes_no_system_call_that_is_denied(tmp_path):
    """Where systemd does not run the filter is not tried, so what it would hit is looked for."""
    allowed = set()
    for names in re.findall(r"^SystemCallFilter=(.*)$", SERVICE, re.M):
        calls = set().union(*(calls_of(name) for name in names.lstrip("~").split()))
        allowed = allowed - calls if names[0] == "~" else allowed | calls
    trace, admin = tmp_path / "trace", tmp_path / "admin.sock"
    (tmp_path / "state").mkdir()
    settings = {
        "listen": "{address: 127.0.0.1, port: 0}",
        "rooms.auto_create": "on",
        "admin.socket": admin,
        "admin.group": grp.getgrgid(os.getegid()).gr_name,
        "state": tmp_path / "state",
    }
    words = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    with subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "-e", "signal=none",
                           BUILD / "bin" / "chatd", *words],
                          stderr=subprocess.PIPE, text=True) as traced:
        ready = wait_for(r" ready .*pid=(\d+).* port=(\d+)", traced.stderr)
        asyncio.run(join(f"ws://127.0.0.1:{ready[2]}/ws"))
        for command in ("users", "ban bob", "metrics", "reload"):
            subprocess.run([BUILD / "bin" / "chatctl", "-q", "-s", admin, *command.split()], check=True)
        os.kill(int(ready[1]), signal.SIGTERM)
        traced.communicate(timeout=30)
    used = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M))
    assert {"fchownat", "epoll_ctl", "writev"} & used and used <= allowed, used - allowed


def wait_for(pattern, stream):
    """The match of the first line that has it."""
    for line in stream:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"no {pattern}")


async def join(url):
    async with websockets.connect(url) as client:
        await client.send(json.dumps({"type": "join", "payload": {"room_id": "a", "user_id": "bob"}}))
        await asyncio.wait_for(client.recv(), 30)
