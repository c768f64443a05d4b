// What the scripts share: where the gateway is, who they are, and a service over REST.
import fs from 'node:fs';
import https from 'node:https';

const env = process.env;
export const device = env.RESTANTE_DEVICE;
export const key = env.RESTANTE_DEVICE_KEY;
export const adminKey = env.RESTANTE_ADMIN_KEY;
export const httpsPort = Number(env.RESTANTE_HTTPS_PORT);
export const ca = fs.readFileSync(env.RESTANTE_CA);

/** A request with the administrator's rights. */
export const rest = (method, path, body) => new Promise((resolve, reject) => {
  const request = https.request({
    host: 'localhost', port: httpsPort, path, method, ca,
    auth: `policy/admin:${adminKey}`, headers: { 'content-type': 'application/json' },
  }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => resolve({ status: response.statusCode, body: text ? JSON.parse(text) : null }));
  });
  request.on('error', reject);
  request.end(body ? JSON.stringify(body) : undefined);
});

/** Sends a command to the device of the script; returns its id. */
export async function send(body) {
  const sent = await rest('POST', `/v1/devices/${device}/commands`, { body, contentType: 'text/plain' });
  if (sent.status !== 201) throw new Error(JSON.stringify(sent));
  return sent.body.id;
}

/** Waits for the outcome of a command; returns its name. */
export async function outcome(command) {
  for (let n = 0; n < 200; n++) {
    const { body } = await rest('GET', `/v1/commands/${command}`);
    if (body.outcome) return body.outcome.outcome ?? body.outcome;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`command ${command} has no outcome`);
}
