/* browser.mjs: people at real browsers before the real program. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, PASSWORD } from '../api/world.mjs';

export { until } from '../api/world.mjs';

const require = createRequire(path.join(root, 'web/package.json'));
export const { chromium } = require('playwright-core');
/* Debian's, without the parts that draw windows: a third of the work of the whole browser. */
export const CHROMIUM = '/usr/bin/chromium-headless-shell';
const axe = require.resolve('axe-core/axe.min.js');

export async function openBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/* A browser of its own at the first page, before any log-in. `wrong` gathers what a page must not do: errors, other origins, refusals. */
export async function open(browser, world, { phone = false, lang = 'zh-CN', dark = false, width, at = phone ? '/m/' : '/', token } = {}) {
  const size = phone ? { width: width ?? 390, height: 844 } : { width: width ?? 1440, height: 900 };
  const origin = `http://127.0.0.1:${world.port}`;
  const known = token && { cookies: [{ name: 'anju_session', value: token, domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }], origins: [{ origin, localStorage: [{ name: 'anju.known', value: 'true' }] }] };
  const context = await browser.newContext({ viewport: size, locale: lang, colorScheme: dark ? 'dark' : 'light', hasTouch: phone, serviceWorkers: 'block', ...(known ? { storageState: known } : {}) });
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (line) => { if (line.type() === 'error' && !/status of 4(01|09|15|22)/.test(line.text())) wrong.push(`console: ${line.text()}`); });
  const asked = new Set(); /* and not answered yet; the stream of events is never */
  page.on('request', (request) => { if (request.resourceType() !== 'eventsource') asked.add(request); });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => asked.delete(request));
  page.on('request', (request) => { if (!/^(data|blob|chrome|chrome-extension):/.test(request.url()) && !request.url().startsWith(origin)) wrong.push(`another origin: ${request.url()}`); });
  await page.goto(`${origin}${at}`);
  const sees = async (words) => {
    try {
      await page.getByText(words).first().waitFor();
    } catch (error) { /* what was there instead: the end of a page holds its sheets and dialogs */
      const text = (await page.locator('body').innerText()).replace(/\s*\n\s*/g, ' | ');
      throw new Error(`${words} is not seen on ${page.url()}: ${text.slice(0, 1200)} … ${text.slice(-800)}`, { cause: error });
    }
  };
  const press = (name) => page.getByRole('button', { name }).first().click();
  return { page, context, wrong, asked, origin, sees, press, go: (where) => page.goto(`${origin}${where}`) };
}

export async function logIn({ page }, login, password = PASSWORD) {
  const boxes = page.locator('form input');
  await boxes.nth(0).fill(login);
  await boxes.nth(1).fill(password);
  await boxes.nth(1).press('Enter');
}

/* A person's own browser, logged in already (through the form: `open` and `logIn`). */
export async function sitDown(browser, world, login, options = {}) {
  const person = await open(browser, world, { ...options, token: world.as[login]?.token ?? (await world.login(login, PASSWORD)) });
  await person.page.waitForFunction(() => document.querySelector('main') && !document.querySelector('input[type=password]'));
  return person;
}

/* They go; nothing on their pages was wrong. */
export async function leave(...people) {
  for (const person of people) {
    assert.deepEqual(person.wrong, []);
    await person.page.unrouteAll({ behavior: 'wait' }); /* else an answer under way would fail the file, with no test to blame */
    await person.context.close();
  }
}

/* Looks are kept where PICTURES names a folder. */
export const picture = async ({ page }, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });

/* What axe finds on the page, each with the element that it begins with. */
export async function barred(page) {
  await page.evaluate(fs.readFileSync(axe, 'utf8'));
  return page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`));
}

/* Nothing is asked for any more, and nothing stands on the page for what is still to come. */
export async function settled({ page, asked }) {
  for (let quiet = 0, rounds = 0; quiet < 4; rounds++) {
    const waits = asked.size || (await page.locator('.skeleton').count());
    assert.ok(!waits || rounds < 400, `${page.url()} still waits for ${[...asked].map((one) => one.url())}`);
    quiet = waits ? 0 : quiet + 1;
    await page.waitForTimeout(50);
  }
}

/* A page is whole: nothing for axe to find, nothing wider than the screen. */
export async function isWhole(person, what) {
  const { page } = person;
  await page.emulateMedia({ reducedMotion: 'reduce' }); /* colours on their way are nobody's */
  await settled(person);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.deepEqual(await barred(page), [], `${what}: axe`);
  assert.ok(wide <= 0, `${what}: ${wide} px wider than the screen`);
}
export async function look(person, where) {
  await person.go(where);
  await isWhole(person, where);
}
