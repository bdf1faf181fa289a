"""The systemd units: what systemd itself says of them, and that they fit the configuration."""

import re
import subprocess

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


def test_a_stop_is_given_more_time_than_the_server_takes():
    seconds = re.fullmatch(r"(\d+)s", default("shutdown.timeout"))
    assert int(setting("TimeoutStopSec").removesuffix("s")) > int(seconds[1]) + 2
