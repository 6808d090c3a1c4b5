/* patrol_paths_test.mjs: a guard's round on the phone, with and without a network, and what the duty room sees of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { barred, leave, openBrowser, picture, sitDown, until } from './browser.mjs';

let world, browser, as, lead, points, route;
const project = () => world.projects.TYHY;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  lead = await world.person('lead', [{ role: 'guard_lead', scope: project() }]);
  points = [];
  for (const [name, n] of [['东门岗', 0], ['6 栋北角', 1], ['水泵房', 2]]) points.push(await lead.make('checkpoints', { name, hint: `灯杆 ${n + 1}`, geo: { lat: 31.23 + n / 1000, lng: 121.47 + n / 1000 }, project: project() }));
  route = await lead.make('routes', { name: '东区夜巡', points: points.map(({ id }, i) => ({ checkpoint: id, order: i + 1 })), interval_min: 120, window_min: 30, project: project() });
});
after(async () => { await browser?.close(); await world.close(); });
const round = () => lead.make('rounds', { route: route.id, planned_start: new Date().toISOString(), person: world.users.guard });
/* The label is damaged, or there is no camera: its last part is typed. */
async function type({ page, press }, code) {
  await press('扫码打点');
  await page.getByLabel('标签上的码').fill(code.split(':')[1].toLowerCase());
  await press('用这个码');
}

test('a guard walks a round by typed codes; a wrong one is refused in words, a point is left out and explained', async () => {
  const one = await round();
  const guard = await sitDown(browser, world, 'guard', { phone: true });
  const { page, sees, press } = guard;
  await sees('今天的巡更');
  assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark')), 'a guard begins in the dark');
  await picture(guard, 'guard_today');
  await page.getByRole('link', { name: /去巡更/ }).click();
  await page.getByRole('main').getByRole('heading', { name: '东门岗' }).waitFor();
  assert.deepEqual(await barred(page), []);
  await type(guard, points[1].code);
  await sees('不是这个点位的码');
  await type(guard, points[0].code);
  await page.getByRole('main').getByRole('heading', { name: '6 栋北角' }).waitFor();
  await picture(guard, 'guard_round');
  await page.getByRole('button', { name: '水泵房' }).click(); /* goes there first */
  await page.getByRole('main').getByRole('heading', { name: '水泵房' }).waitFor();
  await type(guard, points[2].code);
  await page.getByRole('main').getByRole('heading', { name: '6 栋北角' }).waitFor();
  await press('就走到这里');
  await sees('漏点：6 栋北角');
  await press('说明漏点');
  await press('路不通');
  await press('说明原因');
  await until(async () => (await lead.read(`rounds/${one.id}`)).explanations?.[0]?.reason === '路不通', 'explained');
  assert.deepEqual((await lead.read(`rounds/${one.id}`)).missed, [points[1].id]);
  await leave(guard);
});

test('without a network points wait on the phone, and are sent in order when it is back', async () => {
  const one = await round();
  const guard = await sitDown(browser, world, 'guard', { phone: true });
  const { page, context, sees } = guard;
  await page.goto(`${guard.origin}/m/round/${one.id}`);
  await page.getByRole('main').getByRole('heading', { name: '东门岗' }).waitFor();
  await page.getByRole('button', { name: '扫码打点' }).click(); /* its sheet is there before the network goes */
  await page.keyboard.press('Escape');
  await context.setOffline(true);
  for (const point of points) {
    await page.getByRole('main').getByRole('heading', { name: point.name }).waitFor();
    await type(guard, point.code);
  }
  await page.getByText('3 / 3').waitFor();
  await picture(guard, 'guard_offline');
  assert.equal((await lead.read(`rounds/${one.id}`)).points_done, 0);
  await context.setOffline(false);
  const sent = await until(async () => { const now = await lead.read(`rounds/${one.id}`); return now.points_done === 3 && now; }, 'all three arrive', 30_000);
  assert.deepEqual(sent.scans.map(({ checkpoint }) => checkpoint), points.map(({ id }) => id));
  await sees('走完了');
  guard.wrong.splice(0, guard.wrong.length, ...guard.wrong.filter((line) => !/ERR_INTERNET_DISCONNECTED/.test(line)));
  await leave(guard);
});

test('what is wrong on the way reaches the duty room', async () => {
  const guard = await sitDown(browser, world, 'guard', { phone: true });
  const { page, press } = guard;
  await page.goto(`${guard.origin}/m/incident`);
  await page.getByRole('radio', { name: '设施损坏' }).click();
  await page.getByLabel('经过').fill('道闸杆断了，临时人工抬杆');
  await press('报给值班室');
  await guard.sees('已报 SJ-');
  assert.equal((await lead.read('incidents')).items[0].title, '道闸杆断了，临时人工抬杆');
  await leave(guard);
});

test('the wall shows what rings, who is on post, and how far the rounds are', async () => {
  const post = await lead.make('posts', { name: '东门岗', kind: 'gate', project: project() });
  const shift = await lead.make('shifts', { name: '全天', from: '00:00', to: '24:00', project: project() });
  const day = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const line = await lead.make('rosters', { post: post.id, shift: shift.id, day, person: world.users.guard });
  await lead.did('rosters', line.id, 'publish');
  await lead.did('rosters', line.id, 'clock_in');
  const duty = await sitDown(browser, world, 'manager');
  const { page, sees } = duty;
  await duty.go('/wall');
  await sees('漏点 6 栋北角：东区夜巡');
  await sees('东门岗 1 / 1');
  await sees('数据 0 秒前');
  assert.deepEqual(await barred(page), []);
  await picture(duty, 'wall');
  await duty.go('/duty/roster');
  await page.getByRole('button', { name: /全天 东门岗/ }).click();
  await page.getByRole('dialog').getByText('在岗').waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual(await barred(page), []);
  await picture(duty, 'roster');
  await duty.go('/duty/routes');
  await sees('东门岗 → 6 栋北角 → 水泵房');
  assert.deepEqual(await barred(page), []);
  await duty.go('/duty');
  await sees('漏点 6 栋北角');
  assert.deepEqual(await barred(page), []);
  await leave(duty);
});
