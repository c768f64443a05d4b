// A device on mqtt.js: telemetry with every QoS and mail, both versions; the service speaks REST.
import assert from 'node:assert';
import fs from 'node:fs';
import https from 'node:https';
import mqtt from 'mqtt';

const env = process.env;
const ca = fs.readFileSync(env.RESTANTE_CA);
const rest = (method, path, body) => new Promise((resolve, reject) => {
  const request = https.request({
    host: 'localhost', port: env.RESTANTE_HTTPS_PORT, path, method, ca,
    auth: `policy/admin:${env.RESTANTE_ADMIN_KEY}`, headers: { 'content-type': 'application/json' },
  }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => resolve({ status: response.statusCode, body: text ? JSON.parse(text) : null }));
  });
  request.on('error', reject);
  request.end(body ? JSON.stringify(body) : undefined);
});

for (const protocolVersion of [4, 5]) {
  const client = await mqtt.connectAsync(`mqtts://localhost:${env.RESTANTE_MQTT_PORT}`, {
    ca, protocolVersion, clientId: `mqttjs-${protocolVersion}`, username: env.RESTANTE_DEVICE, password: env.RESTANTE_DEVICE_KEY, reconnectPeriod: 0,
  });
  for (const qos of [0, 1, 2]) await client.publishAsync('telemetry/js', `${protocolVersion} ${qos}`, { qos });

  for (const qos of [1, 2]) {
    const sent = await rest('POST', `/v1/devices/${env.RESTANTE_DEVICE}/commands`, { body: `js ${qos}`, contentType: 'text/plain' });
    assert.strictEqual(sent.status, 201, JSON.stringify(sent));
    const arrived = new Promise((resolve) => client.once('message', (topic, payload) => resolve([topic, payload.toString()])));
    const granted = await client.subscribeAsync('mailbox/#', { qos });
    assert.strictEqual(granted[0].qos, qos);
    const [topic, payload] = await arrived;
    assert.ok(topic.startsWith(`mailbox/commands/${sent.body.id}`), topic);
    assert.strictEqual(payload, `js ${qos}`);
    let state;
    for (let n = 0; n < 100 && !state?.outcome; n++) {
      state = (await rest('GET', `/v1/commands/${sent.body.id}`)).body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.match(JSON.stringify(state), /accepted/);
    await client.unsubscribeAsync('mailbox/#');
  }
  await client.endAsync();
}
