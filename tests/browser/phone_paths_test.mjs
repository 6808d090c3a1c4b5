/* phone_paths_test.mjs: what engineers and residents do on their phones, with and without a network. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld, report, root } from '../api/world.mjs';
import { openBrowser, sitDown, until } from './browser.mjs';

let world, browser, desk;
before(async () => { world = await openWorld(); browser = await openBrowser(); ({ desk } = world.as); });
after(async () => { await browser?.close(); await world.close(); });

const PHOTO = path.join(root, 'tests/data/images/photo.png');
const called = async (title) => (await desk.read('repairs?limit=50')).items.filter((one) => one.title === title);

test('an engineer arrives in at most 4 taps and finishes in at most 4', async () => {
  const { id } = await desk.make('repairs', report(world, { title: '洗菜池下水管漏' }));
  await desk.did('repairs', id, 'accept');
  await desk.did('repairs', id, 'assign', { assignee: world.users.engineer });
  const at_work = await sitDown(browser, world, 'engineer', { phone: true });
  const { page } = at_work;
  let taps = 0;
  const tap = async (locator) => { taps++; await locator.tap(); };
  const is = (state) => until(async () => (await desk.read(`repairs/${id}`)).state === state, state);

  await at_work.sees('洗菜池下水管漏');
  await tap(page.getByRole('link', { name: '出发' }));
  await tap(page.getByRole('button', { name: '我到了' }));
  await tap(page.getByRole('dialog').getByRole('button', { name: '到场', exact: true }));
  await is('working');
  await at_work.sees('已到场');
  assert.ok(taps <= 4, `arrive: ${taps} taps`);

  taps = 0;
  const [camera] = await Promise.all([page.waitForEvent('filechooser'), tap(page.locator('label', { hasText: '拍照完工' }))]);
  await camera.setFiles(PHOTO);
  await page.getByRole('img', { name: '第 1 张照片' }).waitFor();
  await tap(page.getByRole('radio', { name: '自然损耗' }));
  await tap(page.getByRole('button', { name: '换了新件，试用正常' }));
  await tap(page.locator('footer button'));
  await is('finished');
  assert.ok(taps <= 4, `finish: ${taps} taps`);
  const done = await desk.read(`repairs/${id}`);
  assert.deepEqual([done.cause, done.solution, done.after_photos.length], ['wear', '换了新件，试用正常', 1]);
  await at_work.sees('手上 0 件');
  assert.deepEqual(at_work.wrong, []);
  await at_work.context.close();
});

test('a report without a network waits where it can be seen, and is sent once, also when the answer is lost', async () => {
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const { page, context } = home, title = '阳台推拉门滑轮坏了';
  const sees = (words) => home.sees(words);

  await page.getByText('有事就说').first().tap();
  await page.locator('#words').fill(title);
  await sees('我们理解为');
  await context.setOffline(true);
  await page.locator('footer button').tap();
  await sees('离线，已存 1 件，联网后自动发送');
  await page.getByRole('link', { name: new RegExp(title) }).waitFor(); /* on the home page, as it was said */
  assert.equal((await called(title)).length, 0);

  let tries = 0;
  await page.route('**/api/v1/batch', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    if (++tries > 1) return route.fallback();
    await route.fetch(); /* the server did it, the answer never arrives */
    return route.abort();
  });
  await context.setOffline(false);
  await until(() => tries === 1, 'the first try');
  await context.setOffline(true);
  await sees('离线，已存 1 件，联网后自动发送');
  await context.setOffline(false);
  await until(() => tries === 2, 'the second try');
  await page.getByText('联网后自动发送').first().waitFor({ state: 'detached' });
  await sees(title);
  assert.equal((await called(title)).length, 1);
  assert.deepEqual(home.wrong.filter((one) => !/ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(one)), []);
  await context.close();
});
