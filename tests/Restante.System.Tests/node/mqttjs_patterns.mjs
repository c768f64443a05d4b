// The patterns on mqtt.js, both versions: reports, inquiries and answers, the state document; the service speaks REST.
import assert from 'node:assert';
import mqtt from 'mqtt';
import { ca, device, key, rest, send } from './gateway.mjs';

const items = async (path) => {
  const { status, body } = await rest('GET', path);
  assert.strictEqual(status, 200, JSON.stringify(body));
  return body.items;
};

for (const protocolVersion of [4, 5]) {
  const client = await mqtt.connectAsync(`mqtts://localhost:${process.env.RESTANTE_MQTT_PORT}`, {
    ca, protocolVersion, clientId: `patterns-${protocolVersion}`, username: device, password: key, reconnectPeriod: 0,
  });
  const arrived = [];
  let wake = () => {};
  client.on('message', (topic, payload, packet) => {
    arrived.push({ topic, text: payload.toString(), properties: packet.properties });
    wake();
  });
  const next = async () => {
    while (arrived.length === 0) await new Promise((resolve) => { wake = resolve; });
    return arrived.shift();
  };
  const publish = (topic, text, properties) => client.publishAsync(topic, text, { qos: 1, properties });

  await client.subscribeAsync('mailbox/#', { qos: 1 });
  const command = await send(`js ${protocolVersion}`);
  assert.strictEqual((await next()).topic.split('/')[2], command);
  await publish(`reports/${command}`, 'half');
  await publish(`reports/${command}/final`, 'done');
  const reports = await items(`/v1/commands/${command}/reports?from=1`);
  assert.deepStrictEqual(reports.map((r) => [r.number, r.final]), [[1, false], [2, true]]);

  await publish(`inquiries/js-traffic/q-${protocolVersion}`, 'ahead?', protocolVersion === 5 ? { messageExpiryInterval: 60 } : undefined);
  const [question] = await items('/v1/inquiries/js-traffic?wait=20&max=1');
  const answered = await rest('POST', `/v1/inquiries/${question.id}/answers?final`, { body: 'clear', contentType: 'text/plain' });
  assert.ok(answered.status < 300, JSON.stringify(answered));
  const answer = await next();
  assert.ok(answer.topic.startsWith(`mailbox/answers/q-${protocolVersion}`), answer.topic);
  assert.strictEqual(answer.text, 'clear');
  if (protocolVersion === 5) assert.strictEqual(answer.properties.userProperties.final, 'true');

  await client.subscribeAsync('state/#', { qos: 1 });
  assert.ok((await next()).topic.startsWith('state/desired'));
  const changed = await rest('PATCH', `/v1/devices/${device}/state/desired`, { rate: protocolVersion });
  assert.ok(changed.status < 300, JSON.stringify(changed));
  assert.strictEqual((await next()).text, `{"rate":${protocolVersion}}`);
  await publish('state/reported', `{"rate":${protocolVersion}}`);
  await publish('state/get', '');
  const document = await next();
  assert.ok(document.topic.startsWith('state/document'), document.topic);
  assert.strictEqual(JSON.parse(document.text).reported.content.rate, protocolVersion);
  await client.endAsync();
}
