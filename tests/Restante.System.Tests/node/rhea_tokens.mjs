// A device on rhea with tokens on $cbs: nothing before the first, a wrong one, a good one, a newer one in its place.
import assert from 'node:assert';
import crypto from 'node:crypto';
import rhea from 'rhea';
import { ca, device, key } from './gateway.mjs';

const once = (emitter, event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event} within 20 seconds`)), 20000);
  emitter.once(event, (context) => { clearTimeout(timer); resolve(context); });
});
const token = (signingKey, seconds, id = device) => {
  const resource = encodeURIComponent(`localhost/devices/${id}`);
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  const signature = crypto.createHmac('sha256', Buffer.from(signingKey, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
};

const connection = rhea.create_container().connect({
  host: 'localhost', port: Number(process.env.RESTANTE_AMQP_PORT), transport: 'tls', servername: 'localhost', ca: [ca],
  username: 'anonymous', reconnect: false,
});
const closed = once(connection, 'connection_error');
await once(connection, 'connection_open');

const early = connection.open_sender('telemetry');
const { sender: refused } = await once(early, 'sender_error');
assert.strictEqual(refused.error.condition, 'amqp:unauthorized-access');

const receiver = connection.open_receiver({ source: '$cbs', target: 'cbs-answers' });
await once(receiver, 'receiver_open');
const sender = connection.open_sender('$cbs');
await once(sender, 'sendable');
let puts = 0;
const put = async (text, type = 'servicebus.windows.net:sastoken', name = `localhost/devices/${device}`, replyTo = 'cbs-answers') => {
  const answer = once(receiver, 'message');
  sender.send({
    message_id: `put-${++puts}`, to: '$cbs', reply_to: replyTo, body: text,
    application_properties: { operation: 'put-token', type, name },
  });
  const { message } = await answer;
  assert.strictEqual(message.correlation_id, `put-${puts}`);
  assert.strictEqual(typeof message.application_properties['status-description'], 'string');
  return message.application_properties['status-code'];
};

const stranger = crypto.randomBytes(32).toString('base64');
assert.strictEqual(await put(token(stranger, 60)), 401);
assert.strictEqual(await put(token(key, 60, 'nobody')), 401);
assert.strictEqual(await put(token(key, -1)), 401);
assert.strictEqual(await put('nonsense'), 401);
assert.strictEqual(await put(token(key, 60), 'jwt'), 400);
assert.strictEqual(await put(token(key, 60), undefined, 'localhost/devices/another'), 401);
assert.strictEqual(await put(token(key, 5)), 200);

const telemetry = connection.open_sender('telemetry/rhea-tokens');
await once(telemetry, 'sendable');
const send = async () => {
  const accepted = once(telemetry, 'accepted');
  telemetry.send({ body: 'with a token' });
  await accepted;
};
await send();

// The newer token, by its own type and named in another way, takes the place of the one that ends in 5 seconds.
assert.strictEqual(await put(token(key, 10), 'restante:sastoken', encodeURIComponent(`localhost/devices/${device}`), 'cbs'), 200);
assert.strictEqual(await put(token(stranger, 60)), 401);
await new Promise((resolve) => setTimeout(resolve, 6000));
await send();

// Without another one it ends the connection.
const { connection: ended } = await closed;
assert.strictEqual(ended.error.condition, 'amqp:unauthorized-access');
