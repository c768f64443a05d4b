// A device on rhea that nobody has heard of puts a token on $cbs that a derived key has signed.
import assert from 'node:assert';
import crypto from 'node:crypto';
import rhea from 'rhea';
import { ca, device, key } from './gateway.mjs';

const once = (emitter, event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event} within 20 seconds`)), 20000);
  emitter.once(event, (context) => { clearTimeout(timer); resolve(context); });
});
const token = (signingKey) => {
  const resource = encodeURIComponent(`localhost/devices/${device}`);
  const expiry = Math.floor(Date.now() / 1000) + 60;
  const signature = crypto.createHmac('sha256', Buffer.from(signingKey, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
};
// The key of the group is what the script is given.
const derived = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(device).digest('base64');

const connection = rhea.create_container().connect({
  host: 'localhost', port: Number(process.env.RESTANTE_AMQP_PORT), transport: 'tls', servername: 'localhost', ca: [ca],
  username: 'anonymous', reconnect: false,
});
await once(connection, 'connection_open');
const receiver = connection.open_receiver({ source: '$cbs', target: 'cbs-answers' });
await once(receiver, 'receiver_open');
const sender = connection.open_sender('$cbs');
await once(sender, 'sendable');
let puts = 0;
const put = async (text) => {
  const answer = once(receiver, 'message');
  sender.send({
    message_id: `put-${++puts}`, to: '$cbs', reply_to: 'cbs-answers', body: text,
    application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: `localhost/devices/${device}` },
  });
  return (await answer).message.application_properties['status-code'];
};
assert.strictEqual(await put(token(key)), 401); // The group's own key is nobody's.
assert.strictEqual(await put(token(derived)), 200);
const telemetry = connection.open_sender('telemetry');
await once(telemetry, 'sendable');
const accepted = once(telemetry, 'accepted');
telemetry.send({ body: 'enrolled' });
await accepted;
connection.close();
await once(connection, 'connection_close');
