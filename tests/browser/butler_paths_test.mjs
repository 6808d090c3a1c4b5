/* butler_paths_test.mjs: a butler on the phone: the calls that are owed, the households, who has not read a notice; and an owner who
 * adds somebody of the family. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDone, openWorld } from '../api/world.mjs';
import { openBrowser, sitDown, until } from './browser.mjs';

let world, browser, as;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
});
after(async () => { await browser?.close(); await world.close(); });
const picture = async ({ page }, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
const leave = async (person) => { assert.deepEqual(person.wrong, []); await person.context.close(); };

test('calls: no answer, then logged; a number that rang three times is one of them', async () => {
  await as.desk.make('callbacks', { title: '问问电梯好了没有', house: world.houses['1-1-101'], party: world.parties.resident });
  for (let i = 0; i < 3; i++) await as.desk.make('calls', { caller_phone: '13900005678', abandoned: true });
  for (const one of (await as.desk.read('callbacks?filter[state]=open')).items) isDone(await as.desk_lead.patch(`callbacks/${one.id}`, { owner: world.users.desk }));
  const desk = await sitDown(browser, world, 'desk', { phone: true });
  const { page } = desk;
  await desk.sees('要打的电话 2');
  await desk.sees('打了 3 次');
  await picture(desk, 'calls');
  const card = page.getByRole('article').filter({ hasText: '问问电梯好了没有' });
  await card.getByRole('button', { name: '没打通' }).click();
  await desk.sees('没打通 1 次');
  await card.getByRole('button', { name: /电话|打给/ }).click();
  await page.getByRole('link', { name: '13800001234' }).waitFor();
  await page.keyboard.press('Escape');
  await card.getByRole('button', { name: '登记结果' }).click();
  await picture(desk, 'log');
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await desk.sees('要打的电话 1');
  assert.equal((await as.desk.read('callbacks?filter[state]=closed')).items[0].attempts, 1);
  await leave(desk);
});

test('households: found by number, with who lives there and what is open', async () => {
  await as.resident.make('repairs', { house: world.houses['1-1-101'], category: 'water.toilet', title: '马桶一直流水' });
  const desk = await sitDown(browser, world, 'desk', { phone: true });
  const { page } = desk;
  await page.getByRole('link', { name: '住户' }).click();
  await desk.sees('1-1-102');
  await picture(desk, 'households');
  await page.getByRole('button', { name: '3 栋' }).click();
  await desk.sees('3-2-1501');
  await page.getByText('1-1-102').waitFor({ state: 'detached' });
  await page.getByRole('searchbox').fill('张三丰');
  await page.getByRole('button', { name: /张三丰/ }).click();
  await page.getByRole('heading', { name: '1-1-101' }).waitFor();
  await desk.sees('马桶一直流水');
  await picture(desk, 'household');
  await leave(desk);
});

test('a notice: who has not read it, home by home, and a reminder', async () => {
  const one = await as.desk.did('notices', (await as.desk.make('notices', { kind: 'notice', title: '大堂换灯', body: '<p>周三换灯</p>', audience: { buildings: ['1'] } })).id, 'submit');
  await as.resident.did('notices', one.id, 'read');
  const desk = await sitDown(browser, world, 'desk', { phone: true });
  const { page } = desk;
  await page.getByRole('link', { name: /大堂换灯.*1 户没看/s }).click();
  await desk.sees('2 人中 1 人看了');
  await desk.sees('李小龙');
  assert.equal(await page.getByText('张三丰').count(), 0);
  await picture(desk, 'unread');
  await desk.press('提醒未读');
  await until(async () => (await as.desk.read(`notices/${one.id}`)).resent === 1, 'pushed again');
  await leave(desk);
});

test('an owner adds somebody of the family; the desk confirms, and they stand there', async () => {
  const owner = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = owner;
  await page.getByRole('link', { name: '我的', exact: true }).click();
  await page.getByRole('link', { name: '同住的人' }).click();
  await owner.sees('业主');
  await owner.press('添家人');
  await page.getByLabel('姓名').fill('张小满');
  await page.getByLabel('手机').fill('138');
  await owner.press('请前台核对');
  await owner.sees(/应为手机号/);
  await page.getByLabel('手机').fill('13811110000');
  await picture(owner, 'family_ask');
  await owner.press('请前台核对');
  await owner.sees('已请前台核对：张小满');
  const [claim] = (await as.desk.read('claims?filter[state]=requested')).items;
  await as.desk.did('claims', claim.id, 'accept');
  await page.reload();
  await owner.sees('张小满');
  await picture(owner, 'family');
  await leave(owner);
});
