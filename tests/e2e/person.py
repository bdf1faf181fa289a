"""Clients that nobody here wrote, python3-websockets and npm `ws`, and the people who use them."""

import asyncio

import websockets

from client import fresh, holds, request
from node import Node
from schema import decode
from wire import DEADLINE


class Python:
    """Connections of python3-websockets, with its default ping settings; it offers compression unless
    it was told not to."""

    def __init__(self, compression="deflate"):
        self._compression = compression

    async def __aenter__(self):
        self._open = []
        return self

    async def __aexit__(self, *_):
        for connection in self._open:
            await connection.close()

    async def connect(self, url, protocols=()):
        socket = await websockets.connect(
            url, subprotocols=list(protocols) or None, compression=self._compression
        )
        self._open.append(PythonConnection(socket))
        return self._open[-1]


class PythonConnection:
    def __init__(self, socket):
        self.socket = socket
        self.protocol = socket.subprotocol
        self.compresses = socket.extensions != []

    async def recv(self):
        return await asyncio.wait_for(self.socket.recv(), DEADLINE)

    async def send(self, text):
        await self.socket.send(text)

    async def send_pieces(self, texts):
        await self.socket.send(texts)

    async def ping(self):
        await asyncio.wait_for(await self.socket.ping(), DEADLINE)

    async def close(self, code=1000):
        await asyncio.wait_for(self.socket.close(code, "bye"), DEADLINE)
        return self.socket.close_code


class Person:
    """Somebody in the conversation, over a client of either kind."""

    def __init__(self, connection):
        self.connection = connection
        self.user = fresh("person")

    async def ask(self, kind, payload=None, **envelope):
        await self.connection.send(request(kind, payload, **envelope))

    async def expect(self, kind, **members):
        got = decode((await self.connection.recv()).encode())
        assert holds(got, {"type": kind, **members}), f"{got} instead of {kind} {members}"
        return got

    async def fence(self):
        mark = fresh("fence")
        await self.ask("ping", id=mark)
        await self.expect("pong", id=mark)


async def company(server, kinds, of_each, protocols=()):
    """Persons of both kinds by turns."""
    return [
        Person(await kind.connect(server.url, protocols)) for _ in range(of_each) for kind in kinds
    ]


async def enter(persons, room):
    """The first makes the room, the others join; each has read all of it."""
    first = persons[0]
    await first.ask("create_room", {"room_id": room, "room_name": "Café", "user_id": first.user})
    await first.expect("new_room", room_id=room, room_name="Café")
    for number, person in enumerate(persons[1:], 2):
        await person.ask("join", {"room_id": room, "user_id": person.user, "user_name": "Zoë 🦊"})
        await person.expect("join_success", room_id=room, members=number)
        for inside in persons[:number]:
            await inside.expect("user_joined", user_id=person.user, user_name="Zoë 🦊")


def conversation(test):
    """Runs a coroutine of a test with both kinds of clients."""

    async def within(server):
        async with Python() as python, Node() as node:
            await test(server, [python, node])

    return lambda server: asyncio.run(within(server))
