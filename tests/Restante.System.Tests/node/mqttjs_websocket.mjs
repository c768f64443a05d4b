// A device on mqtt.js in a WebSocket: telemetry of every size and mail, both versions.
import assert from 'node:assert';
import mqtt from 'mqtt';
import { ca, device, httpsPort, key, outcome, send } from './gateway.mjs';

for (const protocolVersion of [4, 5]) {
  const client = await mqtt.connectAsync(`wss://localhost:${httpsPort}/mqtt`, {
    protocolVersion, clientId: `mqttjs-ws-${protocolVersion}`, username: device, password: key, reconnectPeriod: 0, wsOptions: { ca },
  });
  for (const qos of [0, 1, 2]) {
    for (const size of [0, 100, 70000, 200000]) await client.publishAsync('telemetry/js', Buffer.alloc(size, 'x'), { qos });
  }
  for (const qos of [1, 2]) {
    const command = await send(`js ${qos}`);
    const arrived = new Promise((resolve) => client.once('message', (topic, payload) => resolve([topic, payload.toString()])));
    await client.subscribeAsync('mailbox/#', { qos });
    const [topic, payload] = await arrived;
    assert.ok(topic.startsWith(`mailbox/commands/${command}`), topic);
    assert.strictEqual(payload, `js ${qos}`);
    assert.strictEqual(await outcome(command), 'accepted');
    await client.unsubscribeAsync('mailbox/#');
  }
  await client.endAsync();
}
await assert.rejects(mqtt.connectAsync(`wss://localhost:${httpsPort}/mqtt`, {
  username: device, password: 'd3Jvbmc=', reconnectPeriod: 0, wsOptions: { ca },
}));
