"""A model of chat.v1 for one connection whose rooms hold nobody else that acts: what must come, in
which exact order.

It draws requests from a seed and foretells everything that they cause to their sender (PROTOCOL
§3, order): reply and own broadcast of one before anything of the next, whatever the rooms. Some of
its rooms are hosted: a witness made them and stays, so they live on, and sees what happens there.
"""

from client import error, fresh, request

STRANGE = [
    ("{", error("malformed_json", "not_json")),
    ("[1]", error("malformed_json", "not_an_object")),
    ('{"type":"nothing"}', error("invalid_message_type", "unknown_type")),
    ('{"type":"ping","id":1.5}', error("invalid_payload", "wrong_type")),
    ('{"type":"join","payload":{"room_id":7}}', error("invalid_payload", "wrong_type")),
]
WEIGHTS = {"ping": 3, "create_room": 4, "join": 4, "leave": 2, "message": 10, "strange": 2}


class Life:
    def __init__(self, random, own, hosted):
        self.random = random
        self.hosted = hosted
        self.rooms = [fresh("model") for _ in range(own)] + hosted
        self.user = None
        self.seq = dict.fromkeys(hosted, 0)  # of the rooms that exist
        self.inside = set()
        self.texts = []
        self.expected = []
        self.witnessed = []  # what the witness gets, for each hosted room in its order
        self.id = 0

    def step(self):
        """One request more, and what it causes."""
        self.id += 1
        kind = self.random.choices(list(WEIGHTS), WEIGHTS.values())[0]
        getattr(self, kind)(self.random.choice(self.rooms))

    def ask(self, kind, payload, *answers):
        self.texts.append(request(kind, payload, id=self.id))
        reply, *events = answers
        self.expected += [reply | {"id": self.id}, *events]

    def strange(self, _room):
        text, answer = self.random.choice(STRANGE)
        self.texts.append(text)
        self.expected.append(answer)

    def ping(self, _room):
        self.ask("ping", None, {"type": "pong"})

    def event(self, room, kind, **members):
        event = {"type": kind, "room_id": room, "user_id": self.user, **members}
        if room in self.hosted:
            self.witnessed.append(event)
        return event

    def identity(self, payload):
        """Sometimes gives a user_id. The user who asks, or None and the error of it."""
        given = self.random.choice([None, None, self.user, self.user, fresh("model-user")])
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
        self.inside.add(room)
        made = {"type": "new_room", "room_id": room, "author_id": user, "seq": 0}
        self.ask("create_room", payload, made)

    def join(self, room):
        payload = {"room_id": room}
        user, refused = self.identity(payload)
        if not refused and room not in self.seq:
            refused = error("join_room_error", "room_not_found")
        if not refused and room in self.inside:
            refused = error("join_room_error", "user_already_in_room")
        if refused:
            self.ask("join", payload, refused | {"room_id": room})
            return
        self.user = user
        self.inside.add(room)
        success = {"type": "join_success", "room_id": room, "user_id": user, "members": 2}
        seq = {"seq": self.seq[room], "oldest_seq": max(self.seq[room] - 99, 1)}
        self.ask("join", payload, success | seq, self.event(room, "user_joined"))

    def leave(self, room):
        payload = {"room_id": room}
        if room not in self.inside:
            self.ask("leave", payload, error("leave_room_error", "not_in_room", room_id=room))
            return
        self.inside.remove(room)
        self.event(room, "user_left", reason="left")
        if room not in self.hosted:
            del self.seq[room]
        self.ask("leave", payload, {"type": "leave_success", "room_id": room})

    def message(self, room):
        text = f"text {self.id} " + "x" * self.random.choice([0, 10, 100, 1000])
        payload = {"room_id": room, "message": text}
        if room not in self.inside:
            self.ask("message", payload, error("message_error", "not_in_room", room_id=room))
            return
        self.seq[room] += 1
        said = self.event(room, "new_message", seq=self.seq[room], message=payload)
        if self.random.random() < 0.7:
            ack = {"type": "message_ack", "room_id": room, "seq": self.seq[room]}
            self.ask("message", payload, ack, said)
        else:
            self.texts.append(request("message", payload))
            self.expected.append(said)
