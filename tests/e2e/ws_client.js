// Connections of npm `ws`, led by a test line by line: {"do": open|send|pieces|ping|close, "name",
// …} on standard input; {"name", "event": open|text|pong|close|error, …} on standard output.
'use strict';

const readline = require('readline');
const { WebSocket } = require('ws');

const connections = new Map();

function tell(name, event, more) {
  process.stdout.write(JSON.stringify({ name, event, ...more }) + '\n');
}

const actions = {
  open({ name, url, protocols, options }) {
    const connection = new WebSocket(url, protocols, options);
    connections.set(name, connection);
    connection.on('open', () =>
      tell(name, 'open', { protocol: connection.protocol, extensions: connection.extensions }));
    connection.on('message', (data, binary) => tell(name, 'text', { text: String(data), binary }));
    connection.on('pong', (data) => tell(name, 'pong', { text: String(data) }));
    connection.on('close', (code, reason) => tell(name, 'close', { code, reason: String(reason) }));
    connection.on('error', (error) => tell(name, 'error', { text: String(error) }));
  },
  send({ name, text }) {
    connections.get(name).send(text);
  },
  pieces({ name, texts }) {
    texts.forEach((text, index) =>
      connections.get(name).send(text, { fin: index === texts.length - 1 }));
  },
  ping({ name, text }) {
    connections.get(name).ping(text);
  },
  close({ name, code, reason }) {
    connections.get(name).close(code, reason);
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  actions[order.do](order);
});
