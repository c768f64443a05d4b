// A page in Chromium as a device: mqtt.js from a file of this folder, mail over a WebSocket.
import assert from 'node:assert';
import { withPage } from './browser.mjs';
import { device, httpsPort, key, outcome, send } from './gateway.mjs';

await withPage(async (page) => {
  await page.addScriptTag({ path: new URL('./node_modules/mqtt/dist/mqtt.min.js', import.meta.url).pathname });
  await page.evaluate(async ({ url, username, password }) => {
    const client = mqtt.connect(url, { username, password, protocolVersion: 5, clientId: 'browser', reconnectPeriod: 0 });
    window.client = client;
    window.mail = [];
    client.on('message', (topic, payload) => window.mail.push([topic, payload.toString()]));
    await new Promise((resolve, reject) => { client.once('connect', resolve); client.once('error', reject); client.once('close', () => reject(new Error('closed'))); });
    await client.publishAsync('telemetry/browser', 'x'.repeat(100000), { qos: 1 });
    await client.subscribeAsync('mailbox/#', { qos: 1 });
  }, { url: `wss://localhost:${httpsPort}/mqtt`, username: device, password: key });

  const commands = [];
  for (let n = 0; n < 3; n++) commands.push(await send(`browser ${n}`));
  await page.waitForFunction(() => window.mail.length === 3, null, { timeout: 20000 });
  const mail = await page.evaluate(() => window.mail);
  assert.deepStrictEqual(mail.map(([, payload]) => payload), ['browser 0', 'browser 1', 'browser 2']);
  for (const [n, command] of commands.entries()) {
    assert.ok(mail[n][0].startsWith(`mailbox/commands/${command}`), mail[n][0]);
    assert.strictEqual(await outcome(command), 'accepted');
  }

  // Nothing is spoken without a sub-protocol, and text is told off.
  const codes = await page.evaluate(async (url) => {
    const closing = (socket, talk) => new Promise((resolve) => {
      socket.onopen = () => talk?.(socket);
      socket.onclose = (event) => resolve(event.code);
    });
    return [await closing(new WebSocket(url)), await closing(new WebSocket(url, 'mqtt'), (socket) => socket.send('hello'))];
  }, `wss://localhost:${httpsPort}/mqtt`);
  assert.deepStrictEqual(codes, [1006, 1003]);
  await page.evaluate(() => window.client.endAsync());
});
