/* browser.mjs: people at real browsers before the real program. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, PASSWORD } from '../api/world.mjs';

export { until } from '../api/world.mjs';

const require = createRequire(path.join(root, 'web/package.json'));
export const { chromium } = require('playwright-core');
const axe = require.resolve('axe-core/axe.min.js');

export async function openBrowser() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/* A browser of its own at the first page, before any log-in. `wrong` gathers what a page must not do: errors, other origins, refusals. */
export async function open(browser, world, { phone = false, lang = 'zh-CN', dark = false, width, at = phone ? '/m/' : '/' } = {}) {
  const size = phone ? { width: width ?? 390, height: 844 } : { width: width ?? 1440, height: 900 };
  const context = await browser.newContext({ viewport: size, locale: lang, colorScheme: dark ? 'dark' : 'light', hasTouch: phone, serviceWorkers: 'block' });
  const page = await context.newPage();
  const origin = `http://127.0.0.1:${world.port}`;
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (line) => { if (line.type() === 'error' && !/status of 4(01|09|15|22)/.test(line.text())) wrong.push(`console: ${line.text()}`); });
  page.on('request', (request) => { if (!/^(data|blob|chrome|chrome-extension):/.test(request.url()) && !request.url().startsWith(origin)) wrong.push(`another origin: ${request.url()}`); });
  await page.goto(`${origin}${at}`);
  const sees = (words) => page.getByText(words).first().waitFor();
  const press = (name) => page.getByRole('button', { name }).first().click();
  return { page, context, wrong, origin, sees, press, go: (where) => page.goto(`${origin}${where}`) };
}

export async function logIn({ page }, login, password = PASSWORD) {
  const boxes = page.locator('form input');
  await boxes.nth(0).fill(login);
  await boxes.nth(1).fill(password);
  await boxes.nth(1).press('Enter');
}

/* A person's own browser, logged in through the form. */
export async function sitDown(browser, world, login, options = {}) {
  const person = await open(browser, world, options);
  await logIn(person, login);
  await person.page.locator('form input').nth(1).waitFor({ state: 'detached' });
  return person;
}

/* What axe finds on the page, each with the element that it begins with. */
export async function barred(page) {
  await page.evaluate(fs.readFileSync(axe, 'utf8'));
  return page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`));
}
