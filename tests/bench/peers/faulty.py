#!/usr/bin/env python3
"""A chat server that is wrong on purpose: it does one fault to one member, so that the bench can show
that its load generator notices. Not a peer to be measured. usage: faulty.py FAULT"""
import asyncio
import base64
import hashlib
import json
import struct
import sys

FAULTS = ("none", "lose", "repeat", "reorder", "alter", "foreign", "close", "silent")
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FAULTY_MESSAGE = 20


def frame(event):
    data = json.dumps(event, separators=(",", ":")).encode()
    head = struct.pack("!BB", 0x81, len(data)) if len(data) < 126 else \
        struct.pack("!BBH", 0x81, 126, len(data))
    return head + data


class Room:
    def __init__(self, room_id):
        self.id, self.members, self.count, self.held = room_id, [], 0, b""

    def say(self, user, name, text, fault):
        """The last member gets the fault; the others get what is right."""
        self.count += 1
        event = {"type": "new_message", "room_id": self.id, "user_id": user, "user_name": name,
                 "message": {"room_id": self.id, "message": text},
                 "message_time": "2020-01-01T00:00:00.000Z"}
        for member in self.members[:-1]:
            member.write(frame(event))
        whole, last = frame(event), self.members[-1]
        if self.held:
            whole, self.held = whole + self.held, b""
        elif self.count == FAULTY_MESSAGE:
            whole = self.spoil(fault, event, whole)
        if whole:
            last.write(whole)

    def spoil(self, fault, event, whole):
        if fault == "lose":
            return b""
        if fault == "repeat":
            return whole + whole
        if fault == "reorder":
            self.held = whole
            return b""
        if fault == "close":
            return struct.pack("!BBH", 0x88, 2, 4013)
        text = event["message"]["message"]
        if fault == "alter":
            event["message"]["message"] = text[:-1] + "!"
        if fault == "foreign":
            event["message"]["message"] = "r99999" + text[6:]
        return frame(event)


class Server:
    def __init__(self, fault):
        self.fault, self.rooms = fault, {}

    async def serve(self, reader, writer):
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            key = [line.split()[1] for line in request.split("\r\n")
                   if line.lower().startswith("sec-websocket-key:")][0]
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
            user = name = None
            while True:
                message = await self.read(reader)
                payload = message["payload"]
                user, name = payload.get("user_id", user), payload.get("user_name", name)
                self.answer(writer, message["type"], payload, user, name)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    @staticmethod
    async def read(reader):
        length = (await reader.readexactly(2))[1] & 0x7F
        if length == 126:
            length = struct.unpack("!H", await reader.readexactly(2))[0]
        mask = await reader.readexactly(4)
        data = await reader.readexactly(length)
        return json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def answer(self, writer, kind, payload, user, name):
        room = self.rooms.setdefault(payload["room_id"], Room(payload["room_id"]))
        if kind == "message" and self.fault != "silent":
            room.say(user, name, payload["message"], self.fault)
        elif kind in ("create_room", "join"):
            room.members.append(writer)
            writer.write(frame({"type": "new_room" if kind == "create_room" else "join_success",
                                "room_id": room.id, "user_id": user}))


async def main(fault):
    server = await asyncio.start_server(Server(fault).serve, "127.0.0.1", 0)
    print(f"ready port={server.sockets[0].getsockname()[1]}", file=sys.stderr, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in FAULTS:
        sys.exit(f"usage: faulty.py {'|'.join(FAULTS)}")
    asyncio.run(main(sys.argv[1]))
