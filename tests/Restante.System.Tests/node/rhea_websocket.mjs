// A device and a service on rhea in WebSockets, one for each name of the sub-protocol: telemetry, commands, their outcomes.
import assert from 'node:assert';
import rhea from 'rhea';
import WebSocket from 'ws';
import { adminKey, ca, device, httpsPort, key } from './gateway.mjs';

const connect = (subProtocol, username, password) => {
  const container = rhea.create_container();
  const details = container.websocket_connect(WebSocket)(`wss://localhost:${httpsPort}/amqp`, [subProtocol], { ca });
  return container.connect({ connection_details: details, host: 'localhost', username, password, reconnect: false });
};
const once = (emitter, event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event} within 20 seconds`)), 20000);
  emitter.once(event, (context) => { clearTimeout(timer); resolve(context); });
});

const peer = connect('amqp', device, key);
const service = connect('AMQPWSB10', 'policy/admin', adminKey);

const telemetry = peer.open_sender('telemetry/rhea');
await once(telemetry, 'sendable');
for (const size of [1, 1000, 70000, 200000]) {
  const accepted = once(telemetry, 'accepted');
  telemetry.send({ body: rhea.message.data_section(Buffer.alloc(size, 'x')) });
  await accepted;
}

const commands = service.open_sender(`devices/${device}`);
await once(commands, 'sendable');
for (let n = 0; n < 5; n++) {
  const accepted = once(commands, 'accepted');
  commands.send({ message_id: `rhea-ws-${n}`, body: `do ${n}`, ttl: 60000 });
  await accepted;
}

const received = [];
const mailbox = peer.open_receiver({ source: 'mailbox', credit_window: 2 });
await new Promise((resolve) => mailbox.on('message', ({ message }) => { if (received.push(message.message_id) === 5) resolve(); }));
assert.deepStrictEqual(received, [0, 1, 2, 3, 4].map((n) => `rhea-ws-${n}`));

const refused = peer.open_receiver('outcomes');
const { receiver } = await once(refused, 'receiver_error');
assert.strictEqual(receiver.error.condition, 'amqp:unauthorized-access');

const closed = [once(peer, 'connection_close'), once(service, 'connection_close')];
peer.close();
service.close();
await Promise.all(closed);
