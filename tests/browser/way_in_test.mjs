/* way_in_test.mjs: the ways in: a first password, a one-time code, a home claimed with its printed code or by asking the desk. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { claimCodeOf, codeAt, openWorld, PASSWORD } from '../api/world.mjs';
import { logIn, open, openBrowser, sitDown, until } from './browser.mjs';

let world, browser;
before(async () => { world = await openWorld(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await world.close(); });

for (const phone of [false, true])
  test(`a first password is changed before anything else ${phone ? 'on the phone' : 'at the desk'}`, async () => {
    const login = phone ? 'new_engineer' : 'new_desk', first = 'written on paper';
    await world.as.admin.make('users', { login, name: '新来的', password: first, roles: [{ role: phone ? 'engineer' : 'desk', scope: world.projects.TYHY }] });
    const person = await open(browser, world, { phone });
    await logIn(person, login, first);
    await person.sees('先改密码');
    for (const [name, value] of [['现在的密码', first], ['新密码', 'short'], ['再输一次新密码', 'short']]) await person.page.getByLabel(name, { exact: true }).fill(value);
    await person.press('改密码');
    await person.page.locator('p.wrong').first().waitFor(); /* what would be right */
    for (const name of ['新密码', '再输一次新密码']) await person.page.getByLabel(name, { exact: true }).fill(PASSWORD);
    await person.press('改密码');
    await person.page.getByRole('heading', { name: phone ? '手上 0 件' : '今日' }).waitFor();
    assert.deepEqual(person.wrong, []);
    await person.context.close();
  });

test('a one-time code: switched on in the settings, asked for at the next log-in, never twice the same', async () => {
  await world.person('careful', [{ role: 'manager', scope: world.projects.TYHY }]);
  const person = await sitDown(browser, world, 'careful');
  const { page } = person;
  await person.go('/settings');
  await page.getByPlaceholder('密码').fill(PASSWORD);
  await person.press('开启');
  const secret = (await page.locator('p.code').innerText()).replace(/\s/g, '');
  await page.getByPlaceholder('动态码').fill(codeAt(secret));
  await person.press('确认开启');
  await person.sees('动态码已开启');
  await person.press('退出登录');

  await logIn(person, 'careful');
  await page.getByLabel('动态码').fill('000000');
  await person.press('登录');
  await page.locator('.banner.bad').waitFor();
  await page.getByLabel('动态码').fill(codeAt(secret, 1));
  await person.press('登录');
  await page.getByRole('navigation').first().waitFor();
  assert.deepEqual(person.wrong, []);
  await person.context.close();
});

const fill = async ({ page }, words) => { for (const [name, value] of Object.entries(words)) await page.locator(`input[name=${name}]`).fill(value); };

test('a resident claims the home with the printed code and is in', async () => {
  const sheet = await world.as.desk.post('claims/sheet', { house: world.houses['1-1-101'], project: world.projects.TYHY });
  const code = claimCodeOf(sheet.raw), person = await open(browser, world, { phone: true, at: `/m/claim?code=${code}` });
  await person.sees('已从二维码读出');
  await fill(person, { name: '张三丰', phone: '13800001234', login: 'zhang', password: PASSWORD });
  await person.press('认领并登录');
  await person.sees(/张三丰，.*好/);
  await person.sees(/1-1-101/);
  assert.deepEqual(person.wrong, []);
  await person.context.close();
});

test('a resident without a code asks the desk, who finds it in 今日 and confirms', async () => {
  const person = await open(browser, world, { phone: true }), desk = await sitDown(browser, world, 'desk');
  await person.page.getByRole('link', { name: '认领我的房屋' }).tap();
  await person.press('没有认领码');
  await fill(person, { house: '1-1-102', name: '李小龙', phone: '13900005678', login: 'long', password: PASSWORD });
  await person.press('请前台核对');
  await person.sees('已交给前台核对');

  await desk.sees('待确认认领');
  await desk.page.getByRole('link', { name: '认领：李小龙' }).click();
  await desk.page.getByRole('button', { name: /^确认/ }).first().click();
  await until(async () => (await world.as.desk.read('claims?filter[state]=accepted')).items.some((one) => one.login === 'long'), 'confirmed');

  await person.page.getByRole('link', { name: '去登录' }).tap();
  await logIn(person, 'long');
  await person.sees(/李小龙，.*好/);
  assert.deepEqual([...person.wrong, ...desk.wrong], []);
  await person.context.close();
  await desk.context.close();
});
