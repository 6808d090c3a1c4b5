/* all_phone_pages_test.mjs: every page of the phone is whole; and the first page of phone and console is few bytes, and a form keeps what it holds. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { look, openBrowser, sitDown } from './browser.mjs';
import { fill } from './pages.mjs';

let world, browser, repair, job, done, complaint;
before(async () => {
  [world, browser] = await Promise.all([openWorld(), openBrowser()]);
  ({ repair, job, done, complaint } = await fill(world));
});
after(async () => { await browser?.close(); await world.close(); });

for (const look_of of [{ lang: 'zh-CN', width: 320 }, { lang: 'en', dark: true, width: 360 }])
  test(`the phone pages are whole: ${JSON.stringify(look_of)}`, async () => {
    for (const [login, pages] of [['resident', ['/m/', '/m/report', '/m/report?kind=complaint', `/m/complaint/${complaint.id}`, '/m/matters', '/m/me', '/m/me/password', '/m/me/sessions', '/m/notices', '/m/outbox', '/m/claim', `/m/repair/${repair.id}`, `/m/repair/${done.id}`, `/m/repair/${done.id}/rate`, '/m/me/family', '/m/releases', '/m/visitors']],
      ['desk', ['/m/today', '/m/households', `/m/household/${world.houses['1-1-101']}`, '/m/me']],
      ['engineer', ['/m/jobs', '/m/tasks', '/m/pool', '/m/done', `/m/job/${job.id}`, `/m/job/${job.id}/quote`, `/m/job/${job.id}/finish`]]]) {
      const person = await sitDown(browser, world, login, { phone: true, ...look_of });
      for (const where of pages) await look(person, where);
      assert.deepEqual(person.wrong.filter((one) => !/Content Security Policy/.test(one)), []);
      await person.context.close();
    }
  });

/* Bytes as they come over the wire (brotli), counted by asking again for each file that the first page took. */
async function first_page_kb(path) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const urls = new Set();
  page.on('request', (request) => { if (!/\/api\/|^(data|blob):/.test(request.url())) urls.add(request.url()); });
  await page.goto(`http://127.0.0.1:${world.port}${path}`);
  await page.waitForTimeout(1000);
  await context.close();
  let bytes = 0;
  for (const url of urls) bytes += Number((await fetch(url, { headers: { 'accept-encoding': 'br' } })).headers.get('content-length') ?? 0);
  return bytes / 1000;
}

test('the first page is small: resident 170 kB, console 320 kB', async () => {
  const resident = await first_page_kb('/m/'), office = await first_page_kb('/');
  assert.ok(resident > 10 && resident <= 170, `resident: ${resident} kB`);
  assert.ok(office > 10 && office <= 320, `console: ${office} kB`);
});

test('the first page of field staff, after the log-in, is at most 200 kB', async () => {
  const guard = await sitDown(browser, world, 'guard', { phone: true });
  await guard.page.goto(`${guard.origin}/m/tasks`);
  await guard.sees('今天');
  const urls = await guard.page.evaluate(() => [location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)].filter((name) => !name.includes('/api/') && name.startsWith('http')));
  await guard.context.close();
  const sizes = await Promise.all(urls.map(async (url) => Number((await fetch(url, { headers: { 'accept-encoding': 'br' } })).headers.get('content-length') ?? 0)));
  const kb = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  assert.ok(kb > 10 && kb <= 200, `field: ${kb} kB`);
});

test('what a form holds is kept when saving fails, and filters are kept over a reload', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await page.route('**/api/v1/repairs', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: '暂时无法保存', status: 503, code: 'unavailable', detail: '暂时无法保存，没有任何改动' }) }) : route.fallback()));
  await page.keyboard.press('r');
  await page.locator('#quick-what').waitFor();
  await page.keyboard.type('1-1-101');
  await page.getByRole('option', { name: /1-1-101/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#quick-what').fill('马桶一直流水');
  await page.getByText('马桶故障').first().waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/没保存成功|暂时无法保存/).first().waitFor();
  assert.equal(await page.locator('#quick-what').inputValue(), '马桶一直流水');
  await page.keyboard.press('Escape');
  await desk.go('/matters?filter[state]=accepted');
  await page.getByText('楼道灯不亮').first().waitFor();
  const before = page.url();
  await page.reload();
  await page.getByText('楼道灯不亮').first().waitFor();
  assert.equal(page.url(), before);
  await desk.context.close();
});
