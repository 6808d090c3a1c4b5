/* desk_paths_test.mjs: what people at the desk come for, from the first key to what they see at the end. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { claimCodeOf, openWorld, PASSWORD, report, wordsOf } from '../api/world.mjs';
import { leave, openBrowser, sitDown, until } from './browser.mjs';

let world, browser, desk;
before(async () => { world = await openWorld(); browser = await openBrowser(); ({ desk } = world.as); });
after(async () => { await browser?.close(); await world.close(); });

const accepted = async (more) => desk.did('repairs', (await desk.make('repairs', report(world, more))).id, 'accept');

test('the dispatcher assigns by keyboard alone, and takes it back', async () => {
  const repair = await accepted({ title: '阳台地漏反味' });
  const lead = await sitDown(browser, world, 'eng_lead');
  let keys = 0;
  const press = async (key) => { keys++; await lead.page.keyboard.press(key); };

  await lead.page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await press('g');
  await press('d');
  await lead.page.locator(`[data-card="${repair.id}"] ol li`).first().waitFor(); /* who is suggested, and why */
  await press('1');
  await lead.sees(/派单：阳台地漏反味/);
  const given = await desk.read(`repairs/${repair.id}`);
  assert.equal(given.state, 'assigned');
  await lead.page.locator(`[data-column="${given.assignee}"] [data-card="${repair.id}"]`).waitFor();
  assert.ok(keys <= 3, `${keys} keys`);
  await press('z');
  await until(async () => (await desk.read(`repairs/${repair.id}`)).state === 'accepted', 'taken back');
  await lead.page.locator(`[data-column=""] [data-card="${repair.id}"]`).waitFor();
  await leave(lead);
});

test('a manager goes from a number to its rows to a matter in three clicks', async () => {
  const repair = await desk.make('repairs', report(world, { title: '门禁刷不开' }));
  const manager = await sitDown(browser, world, 'manager');
  let clicks = 0;
  const click = async (locator) => { clicks++; await locator.click(); };

  await click(manager.page.getByRole('link', { name: '报表' }));
  const number = manager.page.locator('a.figure').first();
  await number.waitFor();
  const n = Number(await number.innerText());
  assert.ok(n >= 1);
  await click(number);
  await manager.page.waitForURL(/\/matters\?/);
  await manager.sees(`${n} 件`); /* the rows are as many as the number says */
  await click(manager.page.getByRole('link', { name: '门禁刷不开' }));
  await manager.page.getByRole('heading', { name: '门禁刷不开', exact: true }).waitFor();
  assert.match(manager.page.url(), new RegExp(repair.no));
  assert.equal(clicks, 3);
  await leave(manager);
});

test('two people take the same step: the second is told who was first, and keeps the words', async () => {
  const repair = await desk.make('repairs', report(world, { title: '厨房灯不亮' }));
  const first = await sitDown(browser, world, 'desk'), second = await sitDown(browser, world, 'desk2');
  const words = '不在我们的管理范围，请找开发商';

  await second.go(`/matters/${repair.no}`);
  await second.press('更多');
  await second.page.getByRole('menuitem', { name: '不受理' }).click();
  const sheet = second.page.getByRole('dialog'), box = sheet.getByRole('textbox').first();
  await box.fill(words);
  await first.go(`/matters/${repair.no}`);
  await first.page.getByText('答应的时限').first().waitFor();
  await first.page.keyboard.press('e');
  await first.page.getByRole('dialog').getByRole('button', { name: /^受理/ }).click();
  await until(async () => (await desk.read(`repairs/${repair.id}`)).state === 'accepted', 'the first was faster');
  await sheet.getByRole('button', { name: /^不受理/ }).click();
  await second.sees(/孙前台.*已受理。写好的还在/);
  await second.sees('现在的状态：待派单。还能做的：');
  assert.equal(await box.inputValue(), words);
  assert.equal((await desk.read(`repairs/${repair.id}`)).state, 'accepted');
  await leave(first, second);
});

test('a home: somebody moves in, somebody moves out, the claim code is printed', async () => {
  const person = await sitDown(browser, world, 'desk');
  const { page } = person, sheet = page.getByRole('dialog');

  await person.go('/houses/2-1-201');
  await person.sees('还没有登记人。');
  await person.press('添人');
  await sheet.getByLabel('电话').fill('13800001234');
  await person.sees('这个电话已登记给 张三丰。'); /* no second file for the same person */
  await sheet.getByLabel('电话').fill('13611112222');
  await sheet.getByLabel('姓名').fill('新租客');
  await page.keyboard.press('Control+Enter');
  await person.sees('2-1-201：已添 新租客');
  await page.locator('.people').getByText('新租客').waitFor();
  const tie = async () => (await desk.read(`houses/${world.houses['2-1-201']}`)).parties[0];
  assert.equal((await tie()).role, 'tenant');

  await person.press('结束：新租客，租户');
  await sheet.getByText('结束后不再能看到这套房').waitFor();
  await page.keyboard.press('Control+Enter');
  await person.sees(/2-1-201：新租客 到/);
  await until(async () => (await tie()).to, 'ended');
  await person.sees('以前的人 1');
  await person.press('撤销');
  await until(async () => !(await tie()).to, 'taken back');

  const [download] = await Promise.all([page.waitForEvent('download'), person.press('打印认领码')]);
  assert.equal(download.suggestedFilename(), '认领码 2-1-201.pdf');
  const pdf = fs.readFileSync(await download.path());
  assert.ok(claimCodeOf(pdf), 'a code is printed');
  await leave(person);
});

test('the paper of a work order is a PDF with its number', async () => {
  const repair = await accepted({ title: '客厅插座冒火花' });
  const person = await sitDown(browser, world, 'desk');
  await person.go(`/matters/${repair.no}`);
  const link = person.page.getByRole('link', { name: '工单' });
  await link.waitFor();
  const answer = await person.context.request.get(new URL(await link.getAttribute('href'), person.origin).href);
  assert.match(answer.headers()['content-type'], /^application\/pdf/);
  const words = wordsOf(await answer.body());
  assert.ok(words.includes(repair.no) && words.includes('客厅插座冒火花'), words.slice(0, 300));
  await leave(person);
});

test('in English: log a repair, look at it, take the next step', async () => {
  const person = await sitDown(browser, world, 'desk', { lang: 'en' });
  const { page } = person;
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  await page.keyboard.press('r');
  await page.locator('#quick-what').waitFor();
  await page.keyboard.type('1-1-102');
  await page.getByRole('option', { name: /1-1-102/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#quick-what').fill('马桶一直流水');
  await page.keyboard.press('Control+Enter');
  await person.sees(/logged and accepted/);
  const made = (await desk.read('repairs?limit=1')).items[0];
  await person.go(`/matters/${made.no}`);
  await person.sees('Story');
  await page.getByRole('button', { name: /^Assign/ }).first().waitFor();
  const chinese = await page.evaluate(() => document.body.innerText.match(/[\u3400-\u9fff]+/g) ?? []);
  const data = ['马桶一直流水', '李小龙', '孙前台', '周前台', '天阳花园', '物业公司', '李', '孙', '台', '中文'];
  assert.deepEqual(chinese.filter((one) => !data.includes(one)), [], 'no Chinese but names and what people wrote');
  await leave(person);
});

test('a wide screen shows list, matter and home; chosen columns take their place and are remembered', async () => {
  const repair = await accepted({ title: '窗户关不严', house: world.houses['1-1-102'] });
  const person = await sitDown(browser, world, 'desk', { width: 1920 });
  const { page } = person, home = page.getByRole('complementary', { name: '房屋与人' });

  await person.go('/matters');
  await page.getByRole('link', { name: '窗户关不严' }).waitFor();
  await page.locator(`[data-id="${repair.id}"]`).click();
  await home.getByText('1-1-102').waitFor();
  await home.getByText('李小龙').waitFor();
  await page.getByTitle('显示哪些列').click();
  await page.getByRole('checkbox', { name: '渠道' }).check();
  await page.keyboard.press('Escape');
  const cell = page.locator(`[data-id="${repair.id}"] .cell`);
  await cell.getByText('电话').waitFor();
  await page.reload();
  await cell.getByText('电话').waitFor();
  assert.equal(await home.count(), 0);
  await leave(person);
});

test('the end of a log-in is told before, and renewed over the page as it is', async () => {
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  const soon = new Date(Date.now() + 150_000).toISOString();
  await page.route('**/api/v1/sessions', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ items: [{ id: '1', current: true, expires_at: soon }], next: null }) }));
  await person.go('/houses');
  await person.sees(/登录 \d 分钟内到期/);
  await page.getByLabel('查找').fill('张三丰');
  await page.unroute('**/api/v1/sessions');
  await person.press('现在重新登录');
  const boxes = page.locator('.gate input');
  await boxes.nth(0).fill('desk');
  await boxes.nth(1).fill(PASSWORD);
  await boxes.nth(1).press('Enter');
  await boxes.nth(1).waitFor({ state: 'detached' });
  await page.getByText(/登录 \d 分钟内到期/).waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('查找').inputValue(), '张三丰');
  await leave(person);
});

test('an old page says that the program was updated, keeps the draft, and is new after a reload', async () => {
  const person = await sitDown(browser, world, 'desk2');
  await person.page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await person.page.waitForFunction(() => performance.getEntriesByType('resource').some((one) => one.initiatorType === 'fetch' && new URL(one.name).pathname === '/')); /* it knows which one it belongs to */
  await person.page.route(`${person.origin}/`, async (route) => { /* the first page of a newer program */
    const answer = await route.fetch();
    await route.fulfill({ response: answer, headers: { ...answer.headers(), etag: '"newer"' } });
  });
  await world.restart({ flags: ['--listen', `127.0.0.1:${world.port}`], listen: null }); /* an update: the stream breaks and comes back */
  await person.page.getByText('程序已更新').waitFor({ timeout: 20_000 });
  await person.press('重新载入');
  await person.page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  assert.equal(await person.page.getByText('程序已更新').count(), 0);
  await person.page.unrouteAll({ behavior: 'wait' });
  await person.context.close(); /* requests that the restart has broken are in its console */
});
