/* desk_day_test.mjs: a day at the front desk. Ten calls of different kinds; a complaint that is made twice, raised, solved, visited,
 * found not solved, opened again and solved; a notice of a water cut that some read, pushed again and acknowledged. Under a minute. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isDone, openWorld } from '../api/world.mjs';
import { leave, openBrowser, sitDown, until } from './browser.mjs';

const SECRET = 'exchange secret of the house';
const RESIDENT = '13800001234', NEIGHBOUR = '13900005678', STRANGER = '13700009999';
let world, browser, as, desk, calls = 0;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  await as.manager.make('exchanges', { name: '总机', secret: SECRET, project: world.projects.TYHY });
  const article = await as.manager.make('articles', { title: '装修要办什么手续', body: '带产权证到前台填装修申请，领施工证。', audience: 'public' });
  await as.manager.did('articles', article.id, 'publish');
  desk = await sitDown(browser, world, 'desk');
});
after(async () => { await browser?.close(); await world.close(); });

/* What the exchange tells of a call: it rings, or was given up. */
async function ring(caller_phone, more = {}) {
  const text = JSON.stringify({ call_id: `day-${++calls}`, caller_phone, call_start: new Date().toISOString(), ring_sec: null, talk_sec: null, abandoned: null, ...more });
  return isDone(await world.nobody.post('hooks/calls', text, { 'x-anju-signature': createHmac('sha256', SECRET).update(text).digest('hex') }), 201);
}
const newest = async (resource, who = as.manager) => (await who.read(`${resource}?limit=1&sort=-created_at`)).items[0];
const is = (one, state) => until(async () => (await as.manager.read(`complaints/${one.id}`)).state === state, `${one.no} ${state}`);

/* It rings, the space bar takes it, and the caller's home is open. */
async function answer(phone, home) {
  const { page } = desk, call = await ring(phone);
  await page.getByRole('status').filter({ hasText: '来电' }).waitFor();
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: home, exact: true }).waitFor();
  await until(async () => (await as.desk.read(`calls/${call.id}`)).taken_by === world.users.desk, 'taken');
  await page.getByRole('status').filter({ hasText: '来电' }).waitFor({ state: 'detached' });
  return call;
}
const over = (call, outcome = 'recorded') => as.desk.did('calls', call.id, 'finish', { outcome });
/* One key opens the sheet, the words go in, another sends it. */
async function note(key, box, words, seen) {
  const { page } = desk;
  await page.keyboard.press(key);
  await page.locator(`${box}:focus`).waitFor();
  await page.keyboard.insertText(words);
  if (seen) await seen();
  await page.keyboard.press('Control+Enter');
}

let complaint;
test('ten calls: a repair, a complaint and again, questions, a stranger, a wrong number, an emergency, two in vain', async () => {
  const { page } = desk;
  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();

  let call = await answer(RESIDENT, '1-1-101'); /* 1 */
  await note('r', '#quick-what', '马桶一直流水');
  await desk.sees(/已登记.* BX-|已登记 BX-/);
  await over(call);
  assert.deepEqual([(await newest('repairs')).category, (await newest('repairs')).house], ['water.toilet', world.houses['1-1-101']]);

  call = await answer(RESIDENT, '1-1-101'); /* 2 */
  await note('t', '#quick-said', '大堂三天没有拖地，地上很脏', () => desk.sees(/由 .* 负责/));
  await desk.sees(/已登记 TS-/);
  await over(call);
  const first = await newest('complaints');

  call = await answer(RESIDENT, '1-1-101'); /* 3: again */
  await note('t', '#quick-said', '大堂还是没打扫，地上很脏', () => desk.sees('重复，升为 较大'));
  await until(async () => (await newest('complaints')).id !== first.id, 'the second');
  complaint = await newest('complaints');
  assert.deepEqual([complaint.repeat_of, complaint.level, complaint.complainant], [first.id, 2, world.parties.resident]);
  await over(call);

  call = await answer(NEIGHBOUR, '1-1-102'); /* 4 */
  await note('n', '#quick-asked', '请问装修手续', async () => {
    await page.getByRole('region', { name: '知识库' }).getByRole('button', { name: /装修要办什么手续/ }).click();
    await until(async () => (await page.locator('#quick-answer').inputValue()).includes('领施工证'), 'the article');
  });
  await desk.sees(/已登记并答复 ZX-/);
  await over(call, 'answered');

  call = await answer(NEIGHBOUR, '1-1-102'); /* 5: nobody knows at once */
  await note('n', '#quick-asked', '明年的物业费什么时候交');
  await until(async () => (await newest('enquiries')).question.includes('物业费'), 'the question');
  assert.equal((await newest('enquiries')).state, 'open');
  await over(call);

  call = await answer(NEIGHBOUR, '1-1-102'); /* 6: danger */
  await note('n', '#quick-asked', '楼道里有煤气味');
  await until(async () => (await newest('enquiries')).question.includes('煤气'), 'the emergency');
  assert.ok((await as.desk_lead.read('messages')).items.some((line) => /煤气/.test(line.text)), 'the lead is called');
  await over(call);

  const stranger = await ring(STRANGER); /* 7 */
  await page.getByText('没有登记过的号码').first().waitFor();
  await page.getByRole('status').filter({ hasText: '来电' }).getByRole('button', { name: /^接听/ }).click();
  await page.waitForURL(`**/r/calls/${stranger.id}`);
  await over(stranger, 'answered');

  const wrong = await ring('13600000001'); /* 8 */
  await as.desk.did('calls', wrong.id, 'take');
  await over(wrong, 'wrong_number');

  const vain = [await ring('13600000002', { ring_sec: 30, abandoned: true }), await ring('13600000002', { ring_sec: 25, abandoned: true })]; /* 9, 10 */
  await desk.go('/matters?view=followups');
  await desk.page.getByText('打了 2 次').first().waitFor();
  assert.equal(new Set(vain.map((one) => one.callback)).size, 1);
  const log = (await as.desk.read('calls?limit=50')).items;
  assert.deepEqual([log.length, log.filter(({ state }) => state === 'done').length, log.filter(({ state }) => state === 'missed').length], [10, 8, 2]);
});

test('the complaint: raised, planned, agreed, solved, found not solved, opened again, solved for good', async () => {
  const { desk_lead, manager } = as, home = await sitDown(browser, world, 'resident', { phone: true });
  const quality = await sitDown(browser, world, 'quality');
  /* By its handler: a plan, and what was done. */
  async function plan(proposal) {
    if ((await manager.read(`complaints/${complaint.id}`)).state === 'accepted') await desk_lead.did('complaints', complaint.id, 'first_contact', { note: '已电话联系' });
    await desk_lead.did('complaints', complaint.id, 'propose', { facts: '保洁员请假无人顶岗', proposal });
  }
  const solve = (action_taken) => desk_lead.did('complaints', complaint.id, 'resolve', { action_taken });
  /* The three questions of the return visit, by keys. */
  async function visit(keys) {
    const { page } = quality, row = page.locator('.rows [data-id]', { hasText: '大堂还是没打扫' });
    await quality.go('/matters?view=followups');
    await row.waitFor();
    await row.click();
    await page.keyboard.press('e');
    const sheet = page.getByRole('dialog', { name: '登记回访' });
    await sheet.locator('[role=radio]:focus').waitFor();
    for (const key of keys) await page.keyboard.press(key);
    await page.keyboard.press('Control+Enter');
  }
  const agree = async (words) => { await home.go(`/m/complaint/${complaint.id}`); await home.sees(words); await home.page.getByRole('button', { name: '认可方案' }).tap(); };

  await home.go(`/m/complaint/${complaint.id}`);
  await home.page.getByRole('button', { name: '升级到上一级' }).tap();
  await home.page.getByRole('dialog').getByRole('button', { name: '没人联系我' }).tap();
  await home.page.getByRole('dialog').getByRole('button', { name: '升级到上一级' }).tap();
  await until(async () => (await manager.read(`complaints/${complaint.id}`)).level === 1, 'raised');

  await plan('今天补做');
  await agree('今天补做');
  await is(complaint, 'resolving');
  await solve('已补做');
  await visit(['n', 'y', 'n']);
  await is(complaint, 'investigating');
  assert.equal((await manager.read(`complaints/${complaint.id}`)).reopened, 1);

  await plan('排出替班，每天两次');
  await agree('排出替班，每天两次');
  await is(complaint, 'resolving');
  await solve('排班已改');
  await visit(['y', 'y', 'y']);
  await is(complaint, 'verified');
  await as.region.did('complaints', complaint.id, 'close', { cause: 'process', valid: 'valid' });
  const done = await manager.read(`complaints/${complaint.id}`);
  assert.deepEqual([done.state, done.satisfied, done.reopened, done.level, done.capa !== null], ['closed', true, 1, 1, true]);
  await home.page.reload();
  await home.sees('已办结');
  await leave(home);
  await leave(quality);
});

test('a water cut: some read it, the others are told again, and all acknowledge', async () => {
  const { page } = desk;
  const cut = await as.desk.did('notices', (await as.desk.make('notices', { kind: 'outage', title: '明天停水', body: '<p>9:00 至 15:00 停水，请储水。</p>', audience: { buildings: ['1'] }, ack_required: true })).id, 'submit');
  const open = await sitDown(browser, world, 'resident', { phone: true }), late = await sitDown(browser, world, 'neighbour', { phone: true });
  const count = async () => { const { read, acked } = await as.desk.read(`notices/${cut.id}/unread`); return [read, acked]; };
  await open.go(`/m/notices/${cut.id}`);
  await open.press('知道了');
  await until(async () => (await count()).join() === '1,1', 'one of two');
  await desk.go(`/matters/${cut.no}`);
  await page.getByRole('heading', { name: '明天停水' }).first().waitFor();
  await page.getByRole('button', { name: /^提醒未读/ }).first().click();
  await until(async () => (await as.neighbour.read('messages')).items.some(({ record, kind }) => record === cut.id && kind === 'remind'), 'told again');
  assert.ok(!(await as.resident.read('messages')).items.some(({ record, kind }) => record === cut.id && kind === 'remind'), 'who knows is left in peace');
  await late.go(`/m/notices/${cut.id}`);
  await late.press('知道了');
  await until(async () => (await count()).join() === '2,2', 'both');
  await leave(open);
  await leave(late);
  await leave(desk);
});
