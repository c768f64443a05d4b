// A page in Chromium as a device over HTTPS alone: mail as server-sent events, each settled by a request.
import assert from 'node:assert';
import { withPage } from './browser.mjs';
import { device, key, outcome, send } from './gateway.mjs';

await withPage(async (page) => {
  await page.evaluate(() => {
    window.mail = [];
    const source = new EventSource('/v1/mailbox/stream');
    window.source = source;
    source.addEventListener('command', (event) => window.mail.push([event.lastEventId, event.data]));
    return new Promise((resolve, reject) => { source.onopen = resolve; source.onerror = () => reject(new Error('no stream')); });
  });
  const commands = [];
  for (let n = 0; n < 3; n++) commands.push(await send(`event ${n}`));
  await page.waitForFunction(() => window.mail.length === 3, null, { timeout: 20000 });
  const mail = await page.evaluate(() => window.mail);
  for (const [n, command] of commands.entries()) {
    const [lease, data] = mail[n];
    assert.ok(data.includes(`event ${n}`) && data.includes(command), data);
    assert.strictEqual(await page.evaluate(async (id) => (await fetch(`/v1/mailbox/${encodeURIComponent(id)}`, { method: 'DELETE' })).status, lease), 204);
    assert.strictEqual(await outcome(command), 'accepted');
  }
  await page.evaluate(() => window.source.close());
}, { httpCredentials: { username: device, password: key } });
