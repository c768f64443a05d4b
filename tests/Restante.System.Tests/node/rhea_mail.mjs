// A device and a service on rhea: telemetry, a command that waited, its outcome.
import assert from 'node:assert';
import fs from 'node:fs';
import https from 'node:https';
import rhea from 'rhea';

const env = process.env;
const connect = (username, password) => rhea.create_container().connect({
  host: 'localhost', port: Number(env.RESTANTE_AMQP_PORT), transport: 'tls', servername: 'localhost',
  ca: [fs.readFileSync(env.RESTANTE_CA)], username, password, reconnect: false,
});
const once = (emitter, event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event} within 20 seconds`)), 20000);
  emitter.once(event, (context) => { clearTimeout(timer); resolve(context); });
});

const device = connect(env.RESTANTE_DEVICE, env.RESTANTE_DEVICE_KEY);
const service = connect('policy/admin', env.RESTANTE_ADMIN_KEY);

const telemetry = device.open_sender('telemetry/rhea');
await once(telemetry, 'sendable');
for (let n = 0; n < 10; n++) {
  const accepted = once(telemetry, 'accepted');
  telemetry.send({ body: { n }, application_properties: { n }, content_type: 'application/json' });
  await accepted;
}

const reader = service.open_receiver({ source: 'telemetry', credit_window: 50 });
const seen = [];
await new Promise((resolve) => reader.on('message', ({ message }) => {
  if (message.message_annotations['x-opt-restante-device'] === env.RESTANTE_DEVICE) {
    seen.push(message.body.n);
    if (seen.length === 10) resolve();
  }
}));
assert.deepStrictEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

const commands = service.open_sender(`devices/${env.RESTANTE_DEVICE}`);
await once(commands, 'sendable');
for (let n = 0; n < 5; n++) {
  const accepted = once(commands, 'accepted');
  commands.send({ message_id: `rhea-${n}`, body: `do ${n}`, ttl: 60000 });
  await accepted;
}

// A reader of its own, by the name of a policy, so that the scripts do not take each other's outcomes.
const created = await new Promise((resolve, reject) => {
  const request = https.request({
    host: 'localhost', port: Number(env.RESTANTE_HTTPS_PORT), path: '/v1/policies', method: 'POST',
    ca: [fs.readFileSync(env.RESTANTE_CA)], auth: `policy/admin:${env.RESTANTE_ADMIN_KEY}`, headers: { 'content-type': 'application/json' },
  }, (response) => { response.resume(); resolve(response.statusCode); });
  request.on('error', reject);
  request.end(JSON.stringify({ name: env.RESTANTE_DEVICE, rights: ['send'] }));
});
assert.strictEqual(created, 201);
const outcomes = service.open_receiver({ source: `outcomes/${env.RESTANTE_DEVICE}`, credit_window: 50 });
const ended = [];
const allEnded = new Promise((resolve) => outcomes.on('message', ({ message }) => {
  if (message.application_properties.device === env.RESTANTE_DEVICE) {
    ended.push([message.correlation_id, message.subject]);
    if (ended.length === 5) resolve();
  }
}));
const mailbox = device.open_receiver({ source: 'mailbox', credit_window: 2 });
const received = [];
mailbox.on('message', ({ message }) => received.push(message.message_id));
await allEnded;
assert.deepStrictEqual(received, ['rhea-0', 'rhea-1', 'rhea-2', 'rhea-3', 'rhea-4']);
assert.deepStrictEqual(ended, received.map((id) => [id, 'accepted']));

const refused = device.open_receiver('outcomes');
const { receiver } = await once(refused, 'receiver_error');
assert.strictEqual(receiver.error.condition, 'amqp:unauthorized-access');

device.close();
service.close();
