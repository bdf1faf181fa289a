"""What stands on the pages that a build makes, and what the units say. The servers and clients are
those of the end-to-end suite."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import BUILD, Server  # noqa: E402

SHARE = BUILD / "share"


@pytest.fixture(scope="session")
def chatd(tmp_path_factory):
    """One server for all: with a room to find, and users in it."""
    server = Server(tmp_path_factory.mktemp("chatd"), 2, {"rooms.auto_create": True})
    yield server
    server.finish()


@pytest.fixture(scope="session")
def environment():
    """In which the programs of this build are found first, and no server is."""
    path = f"{BUILD / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": "/nonexistent", "CHATD_SOCKET": "/nonexistent/admin.sock"}
