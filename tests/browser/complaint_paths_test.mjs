/* complaint_paths_test.mjs: a complaint from the first key at the desk to the last tap of who complained; counted in keys and taps. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, report } from '../api/world.mjs';
import { leave, openBrowser, sitDown, until } from './browser.mjs';

let world, browser, as;
before(async () => { world = await openWorld(); browser = await openBrowser(); ({ as } = world); });
after(async () => { await browser?.close(); await world.close(); });

const lodge = (more = {}, who = as.resident) => who.make('complaints', { house: world.houses['1-1-101'], category: 'clean.lobby', statement: '大堂三天没有拖地', ...more });
const read = (one, who = as.manager) => who.read(`complaints/${one.id}`);
/* The engineering lead handles it, so that desk and quality may visit. */
async function walk(one, to) {
  const { desk_lead, eng_lead, resident } = as;
  const steps = [
    ['accepted', () => desk_lead.did('complaints', one.id, 'accept', { owner: world.users.eng_lead })],
    ['investigating', () => eng_lead.did('complaints', one.id, 'first_contact', { note: '已电话联系' })],
    ['proposed', () => eng_lead.did('complaints', one.id, 'propose', { facts: '保洁员请假无人顶岗', proposal: '今天补做，排出替班' })],
    ['resolving', () => resident.did('complaints', one.id, 'agree')],
    ['resolved', () => eng_lead.did('complaints', one.id, 'resolve', { action_taken: '已补做' })],
  ];
  for (const [state, step] of steps) {
    await step();
    if (state === to) return;
  }
}
const rows = (person) => person.page.locator('.rows [data-id] .name').allInnerTexts();

test('the desk logs a complaint by keyboard alone: home, words, and it has a category, a level and an owner', async () => {
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  let keys = 0;
  const press = async (key) => { keys++; await page.keyboard.press(key); };
  const type = async (words) => { keys += words.length; await page.keyboard.insertText(words); };

  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await press('t');
  await page.locator('input[name=house]:focus').waitFor();
  await type('1-1-102');
  await page.getByRole('option', { name: /1-1-102/ }).first().waitFor();
  await press('Enter');
  await page.locator('#quick-said:focus').waitFor();
  await type('楼上半夜放音响太吵');
  await person.sees('环境与邻里 / 噪音扰民');
  await person.sees('1 小时内'); /* its own first answer, before it is sent */
  await person.sees(/由 吴主管 负责/);
  await press('Control+Enter');
  await person.sees(/已登记 TS-.*交给 吴主管/);
  assert.ok(keys <= 20, `${keys} keys`);
  const made = (await as.desk_lead.read('complaints?limit=1')).items[0];
  assert.deepEqual([made.category, made.level, made.state, made.owner, made.complainant, made.channel], ['env.noise', 3, 'accepted', world.users.desk_lead, world.parties.neighbour, 'phone']);
  await leave(person);
});

test('what the home said before stands beside it: the same again is a grade graver, or goes to the one that is known', async () => {
  const known = await lodge({ statement: '大堂又没有打扫' });
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  await person.go('/houses/1-1-101');
  await page.getByRole('heading', { name: '1-1-101' }).waitFor();
  await page.keyboard.press('t');
  await page.locator('#quick-said:focus').waitFor(); /* the home is known: the words come first */
  await page.keyboard.insertText('大堂还是没打扫，地上很脏');
  await person.sees('重复，升为 较大');
  const before = page.getByRole('region', { name: '这一户说过的' });
  await before.getByText('同类').first().waitFor();
  await page.keyboard.press('Control+Enter');
  await person.sees(/已登记 TS-/);
  const made = (await as.manager.read('complaints?limit=1')).items[0];
  assert.deepEqual([made.level, made.repeat_of], [2, known.id], 'as it was told before');

  await page.keyboard.press('t');
  await page.locator('#quick-said:focus').waitFor();
  await page.keyboard.insertText('大堂没拖地');
  await page.getByRole('dialog').getByRole('button', { name: '并进这件' }).first().click();
  await person.sees(/已记到 TS-/);
  assert.equal((await as.manager.read(`complaints?filter[house]=${world.houses['1-1-101']}&limit=100`)).items.length, 2, 'no third one');
  await leave(person);
});

test('one list holds all kinds in the order of their promises, and one chip shows one kind', async () => {
  const one = await lodge({ house: world.houses['3-2-1501'], category: 'parking.firelane', statement: '消防通道被堵' }, as.desk);
  const repair = await as.desk.make('repairs', report(world, { title: '单元门关不上' }));
  const person = await sitDown(browser, world, 'desk_lead');
  const { page } = person;
  await person.go('/matters');
  await page.locator(`[data-id="${repair.id}"]`).waitFor();
  const names = await rows(person);
  assert.ok(names.includes('消防通道被堵') && names.includes('单元门关不上'), names.join());
  const due = async (id) => Date.parse((await as.desk_lead.read(id)).next_due_at);
  const first = await due(`complaints/${one.id}`) < await due(`repairs/${repair.id}`) ? '消防通道被堵' : '单元门关不上';
  const second = first === '消防通道被堵' ? '单元门关不上' : '消防通道被堵';
  assert.ok(names.indexOf(first) < names.indexOf(second), `${first} before ${second}`);
  await person.sees(`${names.length} 件`);

  await page.getByRole('group', { name: '类型' }).getByRole('button', { name: '投诉', exact: true }).click();
  await page.locator(`[data-id="${repair.id}"]`).waitFor({ state: 'detached' });
  await page.locator(`[data-id="${one.id}"]`).waitFor();
  assert.match(page.url(), /kind=complaints/);
  await page.reload();
  await page.locator(`[data-id="${one.id}"]`).waitFor();
  assert.equal(await page.locator(`[data-id="${repair.id}"]`).count(), 0);
  await page.locator(`[data-id="${one.id}"]`).click(); /* beside the list, then whole */
  await page.getByRole('complementary', { name: '消防通道被堵' }).getByText('投诉内容').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(one.no));
  await leave(person);
});

test('a complaint has a page as finished as a repair’s, by its number', async () => {
  const first = await lodge({ category: 'clean.smell', statement: '地下室有臭味' });
  await walk(first, 'proposed');
  const again = await lodge({ category: 'clean.smell', statement: '地下室又臭了', confidential: true });
  const about = await lodge({ category: 'staff.attitude', statement: '师傅说话难听', about_staff: [world.users.engineer] }, as.desk);
  const person = await sitDown(browser, world, 'manager');
  const { page } = person;

  await person.go(`/matters/${first.no}`);
  await page.getByRole('heading', { name: '地下室有臭味', exact: true }).waitFor();
  await person.sees('等投诉人认可方案');
  await person.sees('今天补做，排出替班');
  const limits = page.locator('.section', { hasText: '答应的时限' });
  for (const name of ['受理', '首次回应', '方案', '解决', '办结']) await limits.getByText(name, { exact: false }).first().waitFor();
  await page.locator('.section', { hasText: '负责人' }).getByText('郑工长').waitFor();
  await page.getByRole('tab', { name: /^关联/ }).click();
  await page.getByRole('link', { name: '地下室又臭了' }).waitFor();

  await person.go(`/matters/${again.no}`);
  await person.sees('要求保密：只有办理的人、客服主管、品质和经理看得到；不向被投诉人和邻居透露姓名与房号。');
  await person.sees('重复');
  await person.go(`/matters/${about.no}`);
  await person.sees('涉及 冯师傅，本人看不到这件。');
  await leave(person);

  const him = await sitDown(browser, world, 'engineer');
  await him.go(`/matters/${about.no}`);
  await him.sees('没有找到');
  await him.context.close(); /* the refused request is in its console */
});

test('the call-back queue: one key counts a call that nobody took, one opens the three questions, Y and N answer them', async () => {
  const one = await lodge({ category: 'repairq.rework', statement: '水龙头修了三次还是漏' });
  await walk(one, 'resolved');
  const person = await sitDown(browser, world, 'quality');
  const { page } = person;
  const row = page.locator('.rows [data-id]', { hasText: '水龙头修了三次还是漏' });
  await person.go('/matters?view=followups');
  await row.waitFor();
  assert.match(await row.getAttribute('class'), /selected/, 'the only one is chosen');
  await page.keyboard.press('l');
  await person.sees('没打通：水龙头修了三次还是漏，第 1 次');
  const call = async () => (await as.quality.read('callbacks?limit=50')).items.find(({ record }) => record === one.id);
  await until(async () => (await call()).attempts === 1, 'counted');

  await page.keyboard.press('e');
  const sheet = page.getByRole('dialog', { name: '登记回访' });
  await sheet.getByText('问题算解决了吗').first().waitFor();
  assert.equal(await sheet.getByRole('radio', { checked: true }).count(), 0, 'nothing is answered for them');
  await sheet.locator('[role=radio]:focus').waitFor();
  for (const key of ['n', 'y', 'n']) await page.keyboard.press(key);
  await page.keyboard.press('Control+Enter');
  await until(async () => (await read(one)).state === 'investigating', 'not solved: open again');
  const after = await read(one);
  assert.deepEqual([after.satisfied, after.heard, after.solved, after.reopened], [false, true, false, 1]);
  assert.equal((await call()).state, 'closed');
  await page.reload(); /* nothing moves under the hand: what is done stays where it stood until then */
  await page.getByRole('heading', { level: 1 }).waitFor();
  await row.waitFor({ state: 'detached' });
  await leave(person);
});

test('a manager changes a number where it stands: refused in words, kept, taken back, and told who did it', async () => {
  const person = await sitDown(browser, world, 'manager');
  const { page } = person;
  const rule = async () => (await as.manager.read('rules?filter[code]=complaint.repeat_days')).items[0].value;
  await person.go('/settings');
  await page.getByRole('link', { name: '业务参数' }).click();
  const row = page.locator('tr', { hasText: 'complaint.repeat_days' });
  await row.locator('button.fact').click();
  await row.getByRole('textbox').fill('9999');
  await page.keyboard.press('Enter');
  await row.getByText('应在 1 到 365 之间').waitFor();
  await row.getByRole('textbox').fill('45');
  await page.keyboard.press('Enter');
  await until(async () => (await rule()) === 45, 'kept');
  await row.getByRole('button', { name: /谁改过/ }).click();
  await page.locator('td.story').getByText('钱经理').waitFor();
  await page.locator('td.story').getByText(/30 → 45/).waitFor();
  await person.press('撤销');
  await until(async () => (await rule()) === 30, 'taken back');
  await leave(person);

  const clerk = await sitDown(browser, world, 'desk');
  await clerk.go('/settings/rules');
  await clerk.sees('由经理修改。');
  assert.equal(await clerk.page.locator('button.fact').count(), 0);
  await leave(clerk);
});

test('a home tells what it is unhappy with, and from the search box its complaint is two keys away', async () => {
  await lodge({ house: world.houses['1-1-102'], category: 'env.dog', statement: '遛狗不拴绳' }, as.neighbour);
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  await person.go('/houses/1-1-102');
  const file = page.getByRole('complementary', { name: '人与档案' });
  await file.getByRole('heading', { name: '不满意过的' }).waitFor();
  await file.getByRole('link', { name: '遛狗不拴绳' }).first().waitFor();
  await page.locator('.middle').getByText('遛狗不拴绳').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.insertText('2-1-201');
  await page.getByRole('option', { name: /2-1-201/ }).first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('t');
  await page.locator('#quick-said:focus').waitFor();
  await page.getByRole('dialog', { name: '新投诉' }).getByText('2-1-201').first().waitFor();
  await leave(person);
});

test('a resident says it once: the words make it a complaint, and one tap would change that', async () => {
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = home;
  let taps = 0;
  const tap = async (locator) => { taps++; await locator.tap(); };
  await tap(page.getByText('有事就说').first());
  await page.locator('#words').fill('电梯里有人抽烟，保安也不管');
  const chosen = (name) => page.getByRole('radio', { name, exact: true, checked: true });
  await chosen('投诉').waitFor();
  await home.sees('我们理解为');
  await tap(page.locator('footer button'));
  await home.sees(/已收到 TS-/);
  assert.ok(taps <= 3, `${taps} taps`);
  const made = (await as.resident.read('complaints?limit=1')).items[0];
  assert.deepEqual([made.statement, made.channel, made.house], ['电梯里有人抽烟，保安也不管', 'app', world.houses['1-1-101']]);
  await page.waitForURL(new RegExp(`/m/complaint/${made.id}`));
  await home.sees('已收到，等受理');

  await home.go('/m/report');
  await page.locator('#words').fill('厨房水龙头一直滴水');
  await chosen('报修').waitFor();
  await page.getByRole('radio', { name: '投诉', exact: true }).tap(); /* one tap, and it stays */
  await page.locator('#words').fill('厨房水龙头一直滴水，修了三次还是漏水');
  await chosen('投诉').waitFor();
  await page.getByRole('button', { name: '提交投诉' }).waitFor();
  await leave(home);
});

test('a resident reads the plan and refuses it with a reason, agrees to the next, takes another further and withdraws it', async () => {
  for (const { id } of (await as.resident.read('complaints?filter[state]=proposed')).items) await as.resident.did('complaints', id, 'agree');
  const one = await lodge({ category: 'green.shade', statement: '树枝挡光' });
  await walk(one, 'proposed');
  const other = await lodge({ category: 'fee.unclear', statement: '收费项目没有说明' });
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = home;
  let taps = 0;
  const tap = async (locator) => { taps++; await locator.tap(); };
  const is = (which, state) => until(async () => (await read(which)).state === state, state);

  await tap(page.getByRole('link', { name: '看方案' }).first()); /* what waits for me is on top of the first page */
  await home.sees('今天补做，排出替班');
  await tap(page.getByRole('button', { name: '不认可', exact: true }));
  const sheet = page.getByRole('dialog');
  assert.equal(await sheet.getByRole('button', { name: '不认可方案' }).isDisabled(), true, 'not without a reason');
  await tap(sheet.getByRole('button', { name: '做得不够' }));
  await tap(sheet.getByRole('button', { name: '不认可方案' }));
  await is(one, 'investigating');
  assert.ok(taps <= 4, `refuse: ${taps} taps`);
  assert.equal((await read(one)).disagreements, 1);
  await as.eng_lead.did('complaints', one.id, 'propose', { facts: '已现场看过', proposal: '周五修剪，每季一次' });
  await home.sees('周五修剪，每季一次'); /* the page follows by itself */
  taps = 0;
  await tap(page.getByRole('button', { name: '认可方案' }));
  await is(one, 'resolving');
  assert.equal(taps, 1);

  await home.go(`/m/complaint/${other.id}`);
  const level = (await read(other)).level;
  await page.getByRole('button', { name: '升级到上一级' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: '没人联系我' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: '升级到上一级' }).tap();
  await until(async () => (await read(other)).level === level - 1, 'one level up');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '撤诉' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: '已经解决了' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: '撤诉' }).tap();
  await is(other, 'closed');
  await home.sees('您已撤诉');
  await home.go('/m/matters');
  await page.getByText('树枝挡光').first().waitFor();
  assert.equal(await page.getByText('收费项目没有说明').count(), 0);
  await page.getByRole('radio', { name: '办过的' }).tap();
  await page.getByText('收费项目没有说明').first().waitFor();
  await leave(home);
});

test('large text is one tap, remembered, and has complaints as well', async () => {
  const one = await lodge({ category: 'equip.noise', statement: '水泵嗡嗡响' });
  await walk(one, 'proposed');
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = home;
  await page.getByRole('button', { name: '换成大字' }).tap();
  await page.getByRole('link', { name: '看方案' }).first().waitFor();
  await page.reload();
  await page.getByRole('button', { name: '换回普通版' }).waitFor();
  assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize)) >= 18);
  const small = await page.evaluate(() => [...document.querySelectorAll('main .pbtn')].filter((one) => one.getBoundingClientRect().height < 60).length);
  assert.equal(small, 0, 'every button at least 60 px high');
  await leave(home);
});

test('in English the complaint pages are English, but for names and what people wrote', async () => {
  const one = await lodge({ house: world.houses['1-1-102'], category: 'parking.charge', statement: '停车费多收' }, as.neighbour);
  await walk(one, 'accepted');
  const person = await sitDown(browser, world, 'desk_lead', { lang: 'en' });
  await person.go(`/matters/${one.no}`);
  await person.sees('Promised limits');
  const data = ['停车费多收', '郑工长', '李小龙', '吴主管', '长', '李', '吴', '天阳花园', '中文'];
  const chinese = await person.page.evaluate(() => document.body.innerText.match(/[\u3400-\u9fff]+/g) ?? []);
  assert.deepEqual(chinese.filter((word) => !data.includes(word)), []);
  await leave(person);
});
