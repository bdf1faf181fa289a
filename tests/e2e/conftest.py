"""Fixtures: a chatd of a test's own (`server`) and one shared by a module's tests (`chatd`).

The suite runs at each worker count of CHATD_E2E_WORKERS (default 1,2,4); CHATD_TEST_SCALE stretches
every deadline and configured time, for builds with sanitizers.
"""

import os
from pathlib import Path

import pytest

from schema import met, unmet
from server import Server

WORKERS = [int(count) for count in os.environ.get("CHATD_E2E_WORKERS", "1,2,4").split(",")]


@pytest.fixture(scope="module", params=WORKERS, ids=lambda count: f"{count}w")
def workers(request):
    return request.param


@pytest.fixture(scope="session")
def most_workers():
    """For what does not depend on the number of workers: once, at the largest count."""
    return max(WORKERS)


@pytest.fixture
def server(request, tmp_path_factory, most_workers):
    """server(workers=…, config={dotted: value}, nofile=…, environment=…, sockets=…) starts a chatd of
    this test's own; the module's CONFIG holds for it too."""
    started = []
    shared = getattr(request.module, "CONFIG", {})

    def start(workers=None, config=None, **process):
        directory = tmp_path_factory.mktemp("chatd")
        config = shared | (config or {})
        started.append(Server(directory, workers or most_workers, config, **process))
        return started[-1]

    yield start
    problems = []
    for each in started:
        try:
            each.finish()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def module_server(request, tmp_path_factory, workers):
    """One chatd for a module's tests at one worker count: of the default configuration but for what
    the module's CONFIG says."""
    config = getattr(request.module, "CONFIG", None)
    shared = Server(tmp_path_factory.mktemp("chatd"), workers, config)
    yield shared
    shared.finish()


@pytest.fixture
def chatd(module_server):
    """The module's chatd; whatever connections a test opened on it end with the test."""
    assert module_server.alive(), f"chatd died in an earlier test:\n{module_server.log_text()}"
    yield module_server
    module_server.close_clients()
    assert module_server.alive(), f"chatd died:\n{module_server.log_text()}"


collected = set()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Under `pytest -n … --dist loadgroup` tests that share a server stay together."""
    for item in items:
        count = item.callspec.params.get("workers") if hasattr(item, "callspec") else None
        if count is not None:
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {count}"))


def pytest_collection_finish(session):
    collected.update(item.path.name for item in session.items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """One of the processes of `pytest -n` has ended: what it met counts for all of them."""
    output = getattr(node, "workeroutput", {})
    met.update(output.get("met", ()))
    collected.update(output.get("collected", ()))


def pytest_sessionfinish(session):
    """A whole run that passed must have met every request, server message, error and close code."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput.update(met=list(met), collected=list(collected))
        return
    files = {file.name for file in Path(__file__).parent.glob("test_*.py")}
    narrowed = config.getoption("keyword") or config.getoption("markexpr")
    whole = not narrowed and files <= collected
    if whole and session.exitstatus == pytest.ExitCode.OK and unmet():
        print("\nnever met:", *sorted(map(str, unmet())))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
