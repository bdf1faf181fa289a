"""chat.v1 as clients see it that nobody here wrote: python3-websockets and npm `ws` in a room."""

import json

import pytest

from client import fresh
from person import PythonConnection, company, conversation, enter


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
            assert not person.connection.compresses, "compression is off"
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
