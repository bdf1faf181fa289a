"""The manual pages: of good form, with every row of every table, and right where they show how."""

import re
import subprocess
import sys

import pytest

from conftest import BUILD, ROOT, SHARE

PAGES = {
    page.name.removesuffix(".in"): page for page in (ROOT / "packaging" / "man").glob("*.in")
}
# To each table the page that tells it, and what of its rows has to stand there.
TABLES = {
    "cli/option.def": ("chatctl.1", [r'OPTION\(\w+, \'(\w)\', "--([\w-]+)"', r"EXIT\((\d+),"]),
    "module/admin/command.def": (
        "chatctl.1",
        [r'^COMMAND\(\w+, "([\w -]+)",', r"^ARGUMENT\([^,]+, (\w+), OPTION,"],
    ),
    "module/admin/column.def": ("chatctl.1", [r'COLUMN\(\w+, \w+, "(?!HEADING)(\w+)"']),
    "module/admin/error.def": ("chatctl.1", [r"ADMIN_ERROR\(\w+, (\w+),"]),
    "module/config/option.def": ("chatd.yaml.5", [r'^[A-Z]+\("([\w.]+)"', r'^WORD\(.*"(\w+)"\)']),
    "module/core/error.def": ("chatd-protocol.7", [r"^ERROR\(\w+, (\w+), (\w+),"]),
    "module/core/event.def": ("chatd-protocol.7", [r"^EVENT\((\w+),", r"^MEMBER\(\w+, (\w+),"]),
    "module/core/request.def": (
        "chatd-protocol.7",
        [r"^REQUEST\((\w+),", r"^FIELD\(\w+, (\w+),", r"^INNER\(\w+, (\w+),"],
    ),
    "module/net/log.def": ("chatd.8", [r"^LOG\((\w+),"]),
    "module/net/metric.def": ("chatd.8", [r'^(?:METRIC|FACT)\(\w+, "(\w+)"']),
    "module/wire/close.def": ("chatd-protocol.7", [r"^CLOSE\(\w+, (\d+), (\w+),"]),
}


def run(*command, **how):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, **how
    )


@pytest.fixture(scope="module")
def text():
    """The pages as a reader sees them, by name, on one long line."""
    return {
        name: re.sub(
            r".\x08|\s+",  # overprinted for bold letters
            lambda found: "" if found[0].endswith("\b") else " ",
            run("mandoc", "-T", "ascii", "-O", "width=1000", SHARE / name).stdout,
        )
        for name in PAGES
    }


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_of_good_form(name):
    found = run("mandoc", "-T", "lint", "-W", "warning", SHARE / name)
    assert found.returncode == 0, found.stdout
    found = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", SHARE / name)
    assert (found.returncode, found.stderr) == (0, "")


def test_every_table_of_the_tree_is_told_somewhere():
    tables = {str(path.relative_to(ROOT)) for room in ("module", "cli")
              for path in (ROOT / room).rglob("*.def")}
    assert tables == set(TABLES)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_row_of_a_table_stands_on_its_page(table, text):
    page, patterns = TABLES[table]
    source = (ROOT / table).read_text()
    for pattern in patterns:
        found = re.findall(pattern, source, re.M)
        assert found, f"{pattern} finds no row"
        for row in found:
            for word in row if isinstance(row, tuple) else [row]:
                assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text[page]), word


def test_the_options_of_chatd_are_those_of_its_page_and_completions(text):
    said = run(BUILD / "bin" / "chatd", "--help").stdout
    options = set(re.findall(r"(?<!\w)--?[A-Za-z][a-z-]*", said))
    assert {"-c", "--config", "-h", "--help"} <= options
    section = re.search(r" OPTIONS( .*?) SIGNALS ", text["chatd.8"])[1]
    assert set(re.findall(r"(?<=\s)--?[A-Za-z][a-z-]*", section)) - {"-s"} == options - {"-s"}
    for shell in ("bash", "zsh"):
        completion = (SHARE / f"chatd.{shell}").read_text()
        assert all(re.search(rf"(?<![\w-]){option}(?!\w)", completion) for option in options)


def test_pages_that_are_referred_to_exist():
    for name in PAGES:
        for page, section in re.findall(r"^\.Xr (\S+) (\d)", (SHARE / name).read_text(), re.M):
            assert f"{page}.{section}" in PAGES


def test_the_client_on_the_protocol_page_is_a_client(chatd):
    source = (SHARE / "chatd-protocol.7").read_text()
    example = re.search(r"^\.Sh EXAMPLES\n.*?\.Bd .*?\n(.*?)^\.Ed", source, re.M | re.S)[1]
    program = example.replace("localhost:8080", f"127.0.0.1:{chatd.port}").replace(r"\-", "-")
    assert program != example
    bob = chatd.client()
    bob.create("lobby", "bob")
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as alice:
        try:
            bob.expect("user_joined", user_id="alice")
            bob.say("lobby", "hello")
            assert alice.stdout.readline() == "bob hello\n"
        finally:
            alice.kill()
