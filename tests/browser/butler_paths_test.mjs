/* butler_paths_test.mjs: a butler on the phone: the calls that are owed, the households, who has not read a notice; and an owner who
 * adds somebody of the family. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { isDone, openWorld, root } from '../api/world.mjs';
import { leave, openBrowser, picture, sitDown, until } from './browser.mjs';

let world, browser, as;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
});
after(async () => { await browser?.close(); await world.close(); });

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

test('a call-back to a number that nobody knows shows it whole', async () => {
  const { id } = await as.desk.make('calls', { caller_phone: '13677778888', abandoned: true });
  const [callback] = (await as.desk.read(`callbacks?filter[record]=${id}`)).items;
  isDone(await as.desk_lead.patch(`callbacks/${callback.id}`, { owner: world.users.desk }));
  const desk = await sitDown(browser, world, 'desk', { phone: true });
  await desk.page.getByRole('article').filter({ hasText: '136****8888' }).getByRole('button', { name: /电话|打给/ }).click();
  await desk.page.getByRole('link', { name: '13677778888' }).waitFor();
  await picture(desk, 'unknown_number');
  await leave(desk);
  const office = await sitDown(browser, world, 'desk2');
  await office.go(`/matters/${callback.no}`);
  await office.page.getByRole('button', { name: '查看完整信息' }).click();
  await office.press('联系本人');
  await office.page.getByRole('link', { name: '13677778888' }).waitFor();
  await picture(office, 'unknown_number_office');
  await leave(office);
});

test('a notice on paper: photographed at the board, seen in the office, taken down when it is recalled', async () => {
  const one = await as.desk.did('notices', (await as.desk.make('notices', { kind: 'notice', title: '电梯年检', body: '<p>周五年检</p>', audience: { buildings: ['1'] }, channels: ['app', 'paper'] })).id, 'submit');
  const desk = await sitDown(browser, world, 'desk', { phone: true });
  const { page } = desk;
  await page.getByRole('link', { name: /电梯年检.*待张贴/s }).click();
  await desk.press('登记张贴');
  await page.locator('input[type=file]').setInputFiles(path.join(root, 'tests/data/images/photo.png'));
  await picture(desk, 'post');
  await desk.press('登记张贴（1 张）');
  await desk.sees('补登张贴');
  await picture(desk, 'posted');
  await leave(desk);
  assert.equal((await as.desk.read(`notices/${one.id}`)).paper_photos.length, 1);
  const office = await sitDown(browser, world, 'desk_lead');
  await office.go(`/notices/${one.id}`);
  await office.page.getByRole('img', { name: '公告栏 1' }).waitFor();
  await picture(office, 'posted_office');
  await leave(office);
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
