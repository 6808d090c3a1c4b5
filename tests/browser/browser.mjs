/* browser.mjs: people at real browsers before the real program. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, PASSWORD } from '../api/world.mjs';

const require = createRequire(path.join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
export const axe = require.resolve('axe-core/axe.min.js');

export async function openBrowser() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/* A person's own browser: logged in through the form. `wrong` gathers what a page must not do: errors, other origins, refusals. */
export async function sitDown(browser, world, login, { phone = false, lang = 'zh-CN', dark = false, width } = {}) {
  const size = phone ? { width: width ?? 390, height: 844 } : { width: width ?? 1440, height: 900 };
  const context = await browser.newContext({ viewport: size, locale: lang, colorScheme: dark ? 'dark' : 'light', hasTouch: phone, serviceWorkers: 'block' });
  const page = await context.newPage();
  const origin = `http://127.0.0.1:${world.port}`;
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (line) => { if (line.type() === 'error' && !/status of 401|status of 409|status of 422/.test(line.text())) wrong.push(`console: ${line.text()}`); });
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) wrong.push(`another origin: ${request.url()}`); });
  await page.goto(`${origin}${phone ? '/m/' : '/'}`);
  const boxes = page.locator('form input');
  await boxes.nth(0).fill(login);
  await boxes.nth(1).fill(PASSWORD);
  await boxes.nth(1).press('Enter');
  await boxes.nth(1).waitFor({ state: 'detached' });
  return { page, context, wrong, origin, go: (where) => page.goto(`${origin}${where}`) };
}

/* Waits until `ask()` gives something true, looking again and again; the last value. */
export async function until(ask, what, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
