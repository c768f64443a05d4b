// The patterns on rhea: a batch of telemetry, a consumer group, a command with terms and its reports, an inquiry, a notification.
import assert from 'node:assert';
import fs from 'node:fs';
import rhea from 'rhea';

const env = process.env;
const connect = (username, password) => rhea.create_container().connect({
  host: 'localhost', port: Number(env.RESTANTE_AMQP_PORT), transport: 'tls', servername: 'localhost',
  ca: [fs.readFileSync(env.RESTANTE_CA)], username, password, reconnect: false,
});
const within = (promise, what) => Promise.race([promise, new Promise((_, reject) => {
  setTimeout(() => reject(new Error(`no ${what} within 20 seconds`)), 20000).unref();
})]);
const once = (emitter, event) => within(new Promise((resolve) => { emitter.once(event, resolve); }), event);
const sender = async (connection, address) => {
  const link = connection.open_sender(address);
  await once(link, 'sendable');
  return link;
};
const send = async (link, message, format) => {
  const delivery = link.send(message, undefined, format);
  return within(new Promise((resolve) => {
    for (const event of ['accepted', 'rejected', 'released']) {
      const told = (context) => { if (context.delivery === delivery) { link.removeListener(event, told); resolve(event); } };
      link.on(event, told);
    }
  }), 'disposition');
};
const text = (body) => (body.content ? body.content.toString() : body.toString());
const isOwn = (message) => message.message_annotations['x-opt-restante-device'] === env.RESTANTE_DEVICE;

// Receives until so many messages were wanted; settles them all.
const collect = (connection, source, count, wants = () => true) => within(new Promise((resolve, reject) => {
  const link = connection.open_receiver({ source, credit_window: 10 });
  const seen = [];
  link.on('receiver_error', () => reject(link.error));
  link.on('message', ({ message }) => {
    if (seen.length === count || !wants(message)) return;
    seen.push(message);
    if (seen.length === count) resolve({ seen, link });
  });
}), `message from ${source.address || source}`);

const device = connect(env.RESTANTE_DEVICE, env.RESTANTE_DEVICE_KEY);
const service = connect('policy/admin', env.RESTANTE_ADMIN_KEY);

// A batch is stored whole or not at all.
const telemetry = await sender(device, 'telemetry/rhea-batch');
const encoded = ['b0', 'b1', 'b2'].map((body) => rhea.message.encode({ body: rhea.message.data_section(Buffer.from(body)) }));
const batch = (messages) => rhea.message.encode({ body: rhea.message.data_sections(messages) });
assert.strictEqual(await send(telemetry, batch([...encoded, Buffer.from([1, 2, 3])]), 0x80013700), 'rejected');
assert.strictEqual(await send(telemetry, batch(encoded), 0x80013700), 'accepted');
const group = await collect(service, 'telemetry/rhea-group', 3, isOwn);
assert.deepStrictEqual(group.seen.map((m) => text(m.body)), ['b0', 'b1', 'b2']);
group.link.close();
await once(group.link, 'receiver_close');
assert.strictEqual(await send(telemetry, { body: rhea.message.data_section(Buffer.from('b3')) }), 'accepted');
const next = await collect(service, 'telemetry/rhea-group', 1, isOwn);
assert.strictEqual(text(next.seen[0].body), 'b3');

// A command with terms, and reports on it.
const commands = await sender(service, `devices/${env.RESTANTE_DEVICE}`);
const order = { message_id: 'rhea-order', body: 'go', application_properties: { outcome: false, 'reports-until': Date.now() + 60000 } };
assert.strictEqual(await send(commands, order), 'accepted');
assert.strictEqual(await send(commands, order), 'accepted');
const filter = rhea.filter.selector("message-id = 'rhea-order'");
const mail = await collect(device, { address: 'mailbox', filter }, 1);
assert.deepStrictEqual(Object.keys(mail.link.source.filter), Object.keys(filter));
const number = String(mail.seen[0].message_annotations['x-opt-sequence-number']);
mail.link.close();
await once(mail.link, 'receiver_close');
const reports = await sender(device, 'reports');
assert.strictEqual(await send(reports, { correlation_id: number, body: 'half' }), 'accepted');
assert.strictEqual(await send(reports, { correlation_id: number, body: 'done', application_properties: { final: true } }), 'accepted');
assert.strictEqual(await send(reports, { correlation_id: number, body: 'more' }), 'rejected');
const told = await collect(service, 'reports', 2, (m) => m.correlation_id === number);
assert.deepStrictEqual(told.seen.map((m) => [m.body, m.application_properties.final]), [['half', false], ['done', true]]);

// An inquiry, and a notification in the same mailbox.
const questions = collect(service, 'inquiries/rhea-traffic', 1);
assert.strictEqual(await send(await sender(device, 'inquiries/rhea-traffic'), { message_id: 'q-1', body: 'ahead?', ttl: 60000 }), 'accepted');
const question = (await questions).seen[0];
assert.deepStrictEqual([question.body, question.message_id, question.reply_to], ['ahead?', 'q-1', 'answers']);
const answers = await sender(service, question.reply_to);
const answer = { correlation_id: question.correlation_id, body: 'clear', application_properties: { final: true } };
assert.strictEqual(await send(answers, answer), 'accepted');
const notifications = await sender(service, 'notifications');
const notice = { body: 'snow', application_properties: { audience: `id = '${env.RESTANTE_DEVICE}'` } };
assert.strictEqual(await send(notifications, notice), 'accepted');
const kinds = await collect(device, 'mailbox', 2, (m) => m.message_annotations['x-opt-restante-kind'] !== 'command');
assert.deepStrictEqual(
  kinds.seen.map((m) => [m.message_annotations['x-opt-restante-kind'], m.body, m.correlation_id ?? null]),
  [['answer', 'clear', 'q-1'], ['notification', 'snow', null]]);

// Requests, with an address for the answers that the gateway gives.
const replies = device.open_receiver({ source: { dynamic: true } });
await once(replies, 'receiver_open');
const state = await sender(device, 'state');
const answered = once(replies, 'message');
assert.strictEqual(await send(state, { message_id: 's-1', reply_to: replies.source.address, application_properties: { operation: 'GET' } }), 'accepted');
const { message } = await answered;
assert.deepStrictEqual([message.correlation_id, message.application_properties.statusCode], ['s-1', 200]);

device.close();
service.close();
