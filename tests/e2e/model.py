"""A model of chat.v1 for one connection alone in its rooms: what must come, in which exact order.

It draws requests from a seed and foretells everything that they cause to their sender (PROTOCOL
§3, order): reply and own broadcast of one before anything of the next, whatever the rooms.
"""

from client import error, fresh, request

STRANGE = [
    ("{", error("malformed_json", "not_json")),
    ("[1]", error("malformed_json", "not_an_object")),
    ('{"type":"nothing"}', error("invalid_message_type", "unknown_type")),
    ('{"type":"ping","id":1.5}', error("invalid_payload", "wrong_type")),
    ('{"type":"join","payload":{"room_id":7}}', error("invalid_payload", "wrong_type")),
]


class Lone:
    def __init__(self, random, rooms):
        self.random = random
        self.rooms = [fresh("model") for _ in range(rooms)]
        self.user = None
        self.seq = {}  # of the rooms that exist; this connection is the one member of each
        self.texts = []
        self.expected = []
        self.id = 0

    def step(self):
        """One request more, and what it causes."""
        if self.random.random() < 0.1:
            text, answer = self.random.choice(STRANGE)
            self.texts.append(text)
            self.expected.append(answer)
            return
        kinds = {"ping": 3, "create_room": 5, "join": 2, "leave": 2, "message": 10}
        kind = self.random.choices(list(kinds), kinds.values())[0]
        self.id += 1
        getattr(self, kind)(self.random.choice(self.rooms))

    def ask(self, kind, payload, *answers):
        self.texts.append(request(kind, payload, id=self.id))
        reply, *events = answers
        self.expected += [reply | {"id": self.id}, *events]

    def ping(self, _room):
        self.ask("ping", None, {"type": "pong"})

    def identity(self, payload):
        """Sometimes gives a user_id; returns who asks, or the error of it."""
        given = self.random.choice([None, None, self.user, fresh("model-user")])
        if given is not None:
            payload["user_id"] = given
        if (given or self.user) is None:
            return None, error("identity_error", "not_identified")
        if self.user is not None and given not in (None, self.user):
            return None, error("identity_error", "already_bound")
        return given or self.user, None

    def create_room(self, room):
        payload = {"room_id": room, "room_name": room}
        user, refused = self.identity(payload)
        if not refused and room in self.seq:
            refused = error("create_room_error", "room_exists")
        if refused:
            self.ask("create_room", payload, refused | {"room_id": room})
            return
        self.user = user
        self.seq[room] = 0
        made = {"type": "new_room", "room_id": room, "author_id": user, "seq": 0}
        self.ask("create_room", payload, made)

    def join(self, room):
        payload = {"room_id": room}
        _user, refused = self.identity(payload)
        if not refused and room in self.seq:
            refused = error("join_room_error", "user_already_in_room")
        refused = refused or error("join_room_error", "room_not_found")
        self.ask("join", payload, refused | {"room_id": room})

    def leave(self, room):
        if room in self.seq:
            del self.seq[room]
            answer = {"type": "leave_success"}
        else:
            answer = error("leave_room_error", "not_in_room")
        self.ask("leave", {"room_id": room}, answer | {"room_id": room})

    def message(self, room):
        text = f"text {self.id} " + "x" * self.random.choice([0, 10, 100, 1000])
        payload = {"room_id": room, "message": text}
        if room not in self.seq:
            refused = error("message_error", "not_in_room", room_id=room)
            self.ask("message", payload, refused)
            return
        self.seq[room] += 1
        at = {"room_id": room, "seq": self.seq[room]}
        said = {"type": "new_message", **at, "message": payload, "user_id": self.user}
        if self.random.random() < 0.7:
            self.ask("message", payload, {"type": "message_ack", **at}, said)
        else:
            self.texts.append(request("message", payload))
            self.expected.append(said)
