"""chat.v1 as clients see it that nobody here wrote: python3-websockets and npm `ws` in a room."""

import asyncio
import json

import pytest
import websockets

from client import fresh, holds, request
from node import Node
from schema import decode
from wire import DEADLINE


class Python:
    """Connections of python3-websockets, with its default ping and compression settings."""

    async def __aenter__(self):
        self._open = []
        return self

    async def __aexit__(self, *_):
        for connection in self._open:
            await connection.close()

    async def connect(self, url, protocols=()):
        socket = await websockets.connect(url, subprotocols=list(protocols) or None)
        assert socket.extensions == [], "no compression was to be agreed on"
        self._open.append(PythonConnection(socket))
        return self._open[-1]


class PythonConnection:
    def __init__(self, socket):
        self.socket = socket
        self.protocol = socket.subprotocol

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


def test_both_kinds_talk_in_one_room(chatd):
    @conversation
    async def talk(server, kinds):
        room = fresh()
        persons = await company(server, kinds, 6)
        await enter(persons, room)
        for number, person in enumerate(persons, 1):
            text = f"hello from {person.user} — «{number}» 🎉"
            await person.ask("message", {"room_id": room, "message": text}, id=number)
            await person.expect("message_ack", id=number, seq=number)
            said = {"room_id": room, "message": text}
            for each in persons:
                await each.expect("new_message", user_id=person.user, message=said, seq=number)
        for person in persons:
            await person.fence()
        for number, person in enumerate(persons):
            await person.ask("leave", {"room_id": room}, id="bye")
            await person.expect("leave_success", room_id=room, id="bye")
            for each in persons[number + 1 :]:
                await each.expect("user_left", user_id=person.user, reason="left")
            assert await person.connection.close() == 1000

    talk(chatd)


def test_both_kinds_see_one_order_when_all_talk_at_once(chatd):
    @conversation
    async def talk(server, kinds):
        room, each = fresh(), 25
        persons = await company(server, kinds, 4)
        await enter(persons, room)
        for number in range(each):
            for person in persons:
                text = f"{person.user} {number}"
                await person.ask("message", {"room_id": room, "message": text})
        total = each * len(persons)
        streams = [
            [await person.expect("new_message", seq=seq) for seq in range(1, total + 1)]
            for person in persons
        ]
        assert all(stream == streams[0] for stream in streams)
        for person in persons:
            own = [got["message"]["message"] for got in streams[0] if got["user_id"] == person.user]
            assert own == [f"{person.user} {number}" for number in range(each)]

    talk(chatd)


@pytest.mark.parametrize(
    "offered, chosen", [([], None), (["chat.v1"], "chat.v1"), (["chat.v9", "chat.v1"], "chat.v1")]
)
def test_both_kinds_agree_on_the_subprotocol(chatd, offered, chosen):
    @conversation
    async def agree(server, kinds):
        for person in await company(server, kinds, 1, offered):
            assert person.connection.protocol == chosen
            await person.fence()

    agree(chatd)


def test_both_kinds_may_send_in_fragments_and_ping(chatd):
    @conversation
    async def talk(server, kinds):
        room = fresh()
        persons = await company(server, kinds, 1)
        await enter(persons, room)
        for person in persons:
            text = json.dumps(
                {"type": "message", "payload": {"room_id": room, "message": "größer 🧩" * 500}},
                ensure_ascii=False,
            )
            pieces = [text[at : at + 97] for at in range(0, len(text), 97)]
            await person.connection.send_pieces(pieces)
            for each in persons:
                await each.expect("new_message", user_id=person.user)
            await person.connection.ping()

    talk(chatd)


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_both_kinds_close_cleanly_and_are_seen_to_go(chatd, code):
    @conversation
    async def go(server, kinds):
        room = fresh()
        persons = await company(server, kinds, 2)
        await enter(persons, room)
        for number, person in enumerate(persons[:-1]):
            if code == 1001 and not isinstance(person.connection, PythonConnection):
                continue  # ws lets no application send 1001
            assert await person.connection.close(code) == code
            for each in persons[number + 1 :]:
                await each.expect("user_left", user_id=person.user, reason="disconnected")

    go(chatd)


def test_an_error_reaches_both_kinds_and_they_go_on(chatd):
    @conversation
    async def err(server, kinds):
        for person in await company(server, kinds, 1):
            await person.connection.send("{")
            await person.expect("error", code="malformed_json", reason="not_json")
            await person.ask("join", {"room_id": fresh(), "user_id": "x"})
            await person.expect("error", code="join_room_error", reason="room_not_found")
            await person.fence()

    err(chatd)
