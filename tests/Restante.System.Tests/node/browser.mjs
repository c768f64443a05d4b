// Chromium with a page of the gateway's own origin.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { httpsPort } from './gateway.mjs';

/** Runs `use` with a page, in a browser that remembers nothing. */
export async function withPage(use, options = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'restante-chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium', headless: true, ignoreHTTPSErrors: true, ...options,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`https://localhost:${httpsPort}/health/live`);
    await page.setContent('<title>truck</title>');
    await use(page);
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}
