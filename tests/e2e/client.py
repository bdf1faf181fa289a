"""A chat.v1 client for tests: requests out, checked messages in, one expectation after the other.

`expect` names what must come next, so a test that passes has seen every message its connection got;
`fence` shows that nothing came, by asking for a pong and getting it as the very next thing.
"""

import itertools
import json

from schema import decode, met
from wire import CLOSE, DEADLINE, MISSING, PING, PONG, TEXT, Ended, PeerClosed, Wire

numbers = itertools.count(1)


def fresh(word="room"):
    """A name that no other test of this run uses."""
    return f"{word}-{next(numbers)}"


def request(kind, payload=MISSING, **envelope):
    """The text of a request: envelope members (id) beside type and payload."""
    met.add(("request", kind))
    message = {"type": kind}
    if payload is not MISSING:
        message["payload"] = payload
    return json.dumps({**message, **envelope})


def error(code, reason, **members):
    return {"type": "error", "code": code, "reason": reason, **members}


def holds(message, expected):
    return all(name in message and message[name] == value for name, value in expected.items())


class Client(Wire):
    user = None

    def read(self, deadline=DEADLINE):
        """The next chat message; WebSocket pings are answered on the way."""
        while True:
            got = self.read_frame(deadline)
            if got.opcode == PING:
                self.send_frame(PONG, got.payload)
            elif got.opcode == CLOSE:
                raise PeerClosed(f"{got.close_code()} {got.close_reason()}")
            else:
                assert got.opcode == TEXT and got.fin, got
                return decode(got.payload)

    def read_many(self, count):
        return [self.read() for _ in range(count)]

    def read_to_end(self):
        """What comes until the close or the end of TCP."""
        messages = []
        try:
            while True:
                messages.append(self.read())
        except (Ended, PeerClosed):
            return messages

    def expect(self, kind, **members):
        """The next message is of this type and has these members; it is returned."""
        got = self.read()
        assert holds(got, {"type": kind, **members}), f"{got} instead of {kind} {members}"
        return got

    def expect_error(self, code, reason, *, without=(), **members):
        got = self.expect("error", code=code, reason=reason, **members)
        for absent in without:
            assert absent not in got, got
        return got

    def ask(self, kind, payload=MISSING, **envelope):
        self.send_text(request(kind, payload, **envelope))

    def fence(self):
        """Nothing else was on its way before now."""
        mark = fresh("fence")
        self.ask("ping", id=mark)
        self.expect("pong", id=mark)

    # The steps that most tests begin with

    def create(self, room, user=None, **more):
        """A room of its own: the answer to create_room."""
        payload = {"room_id": room, "room_name": room, **more}
        if user or not self.user:
            self.user = payload["user_id"] = user or fresh("user")
        self.ask("create_room", payload)
        return self.expect("new_room", room_id=room, author_id=self.user)

    def join(self, room, user=None, **more):
        """Into a room, past its own user_joined: the join_success."""
        payload = {"room_id": room, **more}
        if user or not self.user:
            self.user = payload["user_id"] = user or fresh("user")
        self.ask("join", payload)
        success = self.expect("join_success", room_id=room, user_id=self.user)
        self.expect("user_joined", room_id=room, user_id=self.user)
        return success

    def leave(self, room):
        self.ask("leave", {"room_id": room})
        return self.expect("leave_success", room_id=room)

    def say(self, room, text, **envelope):
        self.ask("message", {"room_id": room, "message": text}, **envelope)

    def expect_said(self, room, text, **members):
        return self.expect(
            "new_message", room_id=room, message={"room_id": room, "message": text}, **members
        )


def gather(server, room, count, **create):
    """`count` members in a new room, the author first, nothing left unread by anyone."""
    members = server.clients(count)
    members[0].create(room, **create)
    for index, joiner in enumerate(members[1:], 1):
        joiner.join(room)
        for earlier in members[:index]:
            earlier.expect("user_joined", room_id=room, user_id=joiner.user)
    return members
