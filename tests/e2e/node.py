"""Connections of npm `ws` in one node process, with the shape that the interop tests also give to
those of python3-websockets.

`ws` is looked for below $CHATD_NODE_MODULES (a directory that holds node_modules), then where
Debian's node-ws puts it.
"""

import asyncio
import itertools
import json
import os
from pathlib import Path

from wire import DEADLINE

SCRIPT = Path(__file__).resolve().parent / "ws_client.js"
DEBIAN = Path("/usr/share/nodejs")


def modules():
    own = os.environ.get("CHATD_NODE_MODULES")
    for place in [Path(own) / "node_modules", DEBIAN] if own else [DEBIAN]:
        if (place / "ws").is_dir():
            return place
    raise AssertionError("ws for node is not installed: apt install node-ws")


class Node:
    """Its connections offer compression unless they were told not to."""

    def __init__(self, compression=True):
        self._compression = compression

    async def __aenter__(self):
        self._names = map("node-{}".format, itertools.count())
        self._open = {}
        self._process = await asyncio.create_subprocess_exec(
            "node",
            SCRIPT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(modules())},
            limit=1 << 20,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self):
        async for line in self._process.stdout:
            told = json.loads(line)
            self._open[told["name"]].events.put_nowait(told)

    def order(self, **order):
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def connect(self, url, protocols=()):
        connection = NodeConnection(self, next(self._names))
        self._open[connection.name] = connection
        options = {"perMessageDeflate": {"threshold": 0} if self._compression else False}
        self.order(
            do="open", name=connection.name, url=url, protocols=list(protocols), options=options
        )
        opened = await connection.event("open")
        connection.compresses = opened["extensions"] != ""
        connection.protocol = opened["protocol"] or None
        return connection


class NodeConnection:
    def __init__(self, node, name):
        self.node = node
        self.name = name
        self.events = asyncio.Queue()

    async def event(self, kind):
        told = await asyncio.wait_for(self.events.get(), DEADLINE)
        assert told["event"] == kind, told
        return told

    async def recv(self):
        told = await self.event("text")
        assert not told["binary"]
        return told["text"]

    async def send(self, text):
        self.node.order(do="send", name=self.name, text=text)

    async def send_pieces(self, texts):
        self.node.order(do="pieces", name=self.name, texts=texts)

    async def ping(self):
        self.node.order(do="ping", name=self.name, text="anyone?")
        assert (await self.event("pong"))["text"] == "anyone?"

    async def close(self, code=1000):
        self.node.order(do="close", name=self.name, code=code, reason="bye")
        closed = await self.event("close")
        return closed["code"]
