// The ws server: what a team would write in node for the same rooms, with npm's ws. One process and
// one thread, as node has them. A broadcast is encoded to JSON and to bytes once; ws puts a frame's
// header before those bytes for each member. With --batch the frame is made once too, and what a
// member gets in one turn of the loop is written at once; that needs the socket behind ws.
// usage: server.js [--batch] [ANNOUNCE]
'use strict';

const { Sender, WebSocket, WebSocketServer } = require('ws');

const MAX_FRAME = 64 * 1024;
const MAX_TEXT = 10240;
const MAX_BUFFERED = 1024 * 1024; // of one client; above it the client is cut off
const PING_INTERVAL = 54000;

const words = process.argv.slice(2);
const batch = words[0] === '--batch' && words.shift() !== undefined;
const announce = Number(words[0] || 1000); // members above which coming and going is silent
const rooms = new Map();
const asText = { binary: false };

function encode(event) {
  return Buffer.from(JSON.stringify(event));
}

const corked = new Set();

function uncork() {
  for (const stream of corked) stream.uncork();
  corked.clear();
}

function holdBack(stream) {
  if (corked.has(stream)) return;
  if (corked.size === 0) setImmediate(uncork);
  corked.add(stream);
  stream.cork();
}

function send(client, data) {
  if (batch) holdBack(client.socket._socket);
  client.socket.send(data, asText);
  cutOff(client);
}

function cutOff(client) {
  if (client.socket.bufferedAmount > MAX_BUFFERED) {
    client.socket.close(4013, 'slow_consumer');
    client.socket.terminate();
  }
}

function broadcast(room, event) {
  const data = encode(event);
  if (batch) broadcastFrame(room, data);
  else for (const member of room.members.values()) send(member, data);
}

function broadcastFrame(room, data) {
  const options = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
  const frame = Buffer.concat(Sender.frame(data, options));
  for (const member of room.members.values()) {
    if (member.socket.readyState !== WebSocket.OPEN) continue;
    holdBack(member.socket._socket);
    member.socket._socket.write(frame);
    cutOff(member);
  }
}

function reply(client, event) {
  send(client, encode(event));
}

function fail(client, code, message) {
  reply(client, { type: 'error', code, message });
}

function now() {
  return new Date().toISOString();
}

function bind(client, payload) {
  if (client.user === undefined && payload.user_id) {
    client.user = payload.user_id;
    client.name = payload.user_name || payload.user_id;
  }
  return client.user !== undefined && (!payload.user_id || payload.user_id === client.user);
}

function userEvent(type, room, client, reason) {
  return {
    type,
    room_id: room.id,
    user_id: client.user,
    user_name: client.name,
    message_time: now(),
    reason,
  };
}

function leave(room, client, reason) {
  room.members.delete(client.user);
  if (room.members.size === 0) rooms.delete(room.id);
  else if (room.members.size < announce)
    broadcast(room, userEvent('user_left', room, client, reason));
}

const requests = {
  create_room(client, payload) {
    if (!bind(client, payload)) return fail(client, 'identity_error', 'this is another user');
    const id = payload.room_id;
    if (!id || rooms.has(id)) return fail(client, 'create_room_error', 'the room exists already');
    const room = { id, name: payload.room_name, seq: 0, members: new Map([[client.user, client]]) };
    rooms.set(id, room);
    client.rooms.set(id, room);
    reply(client, { type: 'new_room', room_id: id, author_id: client.user, room_name: room.name });
  },

  join(client, payload) {
    const room = rooms.get(payload.room_id);
    if (!bind(client, payload)) return fail(client, 'identity_error', 'this is another user');
    if (!room) return fail(client, 'join_room_error', 'no such room');
    if (room.members.has(client.user)) return fail(client, 'join_room_error', 'already in it');
    room.members.set(client.user, client);
    client.rooms.set(room.id, room);
    reply(client, {
      type: 'join_success',
      room_id: room.id,
      user_id: client.user,
      room_name: room.name,
    });
    if (room.members.size <= announce) broadcast(room, userEvent('user_joined', room, client));
  },

  leave(client, payload) {
    const room = client.rooms.get(payload.room_id);
    if (!room) return fail(client, 'leave_room_error', 'not in this room');
    client.rooms.delete(room.id);
    leave(room, client, 'left');
    reply(client, { type: 'leave_success', room_id: room.id });
  },

  message(client, payload) {
    const room = client.rooms.get(payload.room_id);
    const text = payload.message;
    if (!room) return fail(client, 'message_error', 'not in this room');
    if (typeof text !== 'string' || text === '' || Buffer.byteLength(text) > MAX_TEXT)
      return fail(client, 'message_error', 'the text is empty or too long');
    broadcast(room, {
      type: 'new_message',
      room_id: room.id,
      user_id: client.user,
      user_name: client.name,
      message: { room_id: room.id, message: text },
      message_time: now(),
      seq: ++room.seq,
    });
  },

  ping(client) {
    reply(client, { type: 'pong' });
  },
};

function serve(client, data) {
  let request;
  try {
    request = JSON.parse(data);
  } catch {
    return fail(client, 'malformed_json', 'the message is not JSON');
  }
  if (request === null || typeof request !== 'object' || !Object.hasOwn(requests, request.type))
    return fail(client, 'invalid_message_type', 'unknown type');
  requests[request.type](client, request.payload || {});
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  path: '/ws',
  backlog: 4096,
  maxPayload: MAX_FRAME,
  perMessageDeflate: false,
});

server.on('connection', (socket) => {
  const client = { socket, user: undefined, name: undefined, rooms: new Map() };
  socket.isAlive = true;
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003);
    else serve(client, data);
  });
  socket.on('pong', () => (socket.isAlive = true));
  socket.on('error', () => {}); // a close follows
  socket.on('close', () => {
    for (const room of client.rooms.values()) leave(room, client, 'disconnected');
  });
});

setInterval(() => {
  for (const socket of server.clients) {
    if (!socket.isAlive) socket.terminate();
    socket.isAlive = false;
    socket.ping();
  }
}, PING_INTERVAL);

server.on('listening', () => console.error(`ready port=${server.address().port}`));
