/* visitor_paths_test.mjs: a visitor, from the call at the desk or the resident's phone to the gate and out again. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { isWhole, leave, look, openBrowser, picture, sitDown, until } from './browser.mjs';

let world, browser, as;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
});
after(async () => { await browser?.close(); await world.close(); });
const newest = async () => (await as.desk.read('visitor_passes?sort=-created_at&limit=1')).items[0];
const halves = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

test('the desk opens one from a home’s page, and reads out the code', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await desk.go('/houses/1-1-101');
  await desk.press(/^访客通行/);
  await page.locator('#quick-visitor').fill('陈师傅');
  await page.getByRole('radio', { name: '张三丰' }).waitFor();
  await page.getByRole('radio', { name: '明天全天' }).click();
  await page.getByRole('radio', { name: '上门服务' }).click();
  await page.getByLabel('车牌').fill('京A12345');
  await isWhole(desk, 'the sheet');
  await picture(desk, 'desk_sheet');
  await page.keyboard.press('Control+Enter');
  await desk.sees(/^通行码 \d{3} \d{3}/);
  const pass = await newest();
  assert.deepEqual([pass.visitor_name, pass.purpose, pass.plate, pass.host, pass.house], ['陈师傅', 'service', '京A12345', world.parties.resident, world.houses['1-1-101']]);
  await desk.sees(halves(pass.code));
  await desk.sees('陈师傅');
  await picture(desk, 'desk_home');
  await page.keyboard.press('v'); /* from anywhere on the page */
  await page.locator('#quick-visitor').waitFor();
  await page.keyboard.press('Escape');
  await look(desk, '/r/visitor_passes');
  await picture(desk, 'desk_list');
  await page.getByText('陈师傅').first().click();
  await isWhole(desk, 'a pass beside its list');
  await picture(desk, 'desk_pass');
  await leave(desk);
});

let code;
test('a resident invites on the phone, and sees the code', async () => {
  const resident = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = resident;
  await page.getByRole('link', { name: '访客', exact: true }).click();
  await resident.sees('陈师傅'); /* the desk's, for the same home */
  await picture(resident, 'phone_list');
  await resident.press('邀请访客');
  await page.getByLabel('访客', { exact: true }).fill('外婆');
  await page.getByRole('radio', { name: '2 次' }).click();
  await isWhole(resident, 'the invitation');
  await picture(resident, 'phone_invite');
  await resident.press('生成通行码');
  await page.getByRole('heading', { name: '外婆' }).waitFor();
  ({ code } = await newest());
  await resident.sees(halves(code));
  await page.locator('svg.qr path[d^="M"]').waitFor();
  await isWhole(resident, 'the pass');
  await picture(resident, 'phone_pass');
  await resident.go('/m/visitors');
  await page.getByRole('link', { name: /陈师傅/ }).click();
  await resident.press('取消这次来访');
  await page.getByRole('dialog').getByRole('button', { name: '取消这次来访' }).click();
  await resident.sees('已取消，通行码作废');
  await until(async () => (await as.desk.read('visitor_passes?filter[state]=cancelled')).items.length === 1, 'cancelled');
  await look(resident, '/m/visitors');
  await picture(resident, 'phone_list_after');
  await leave(resident);
});

test('a guard lets them in by the code, and out', async () => {
  const guard = await sitDown(browser, world, 'guard', { phone: true, at: '/m/rounds' });
  const { page } = guard;
  await picture(guard, 'gate_rounds');
  await page.getByRole('link', { name: /访客放行/ }).click();
  await page.getByLabel('访客的通行码').fill(halves(code === '000000' ? '111111' : '000000'));
  await guard.sees(/没有 \d{6} 这个通行码/);
  await page.getByLabel('访客的通行码').fill(code);
  await page.getByRole('heading', { name: '外婆' }).waitFor();
  await guard.sees('1-1-101');
  await isWhole(guard, 'the gate');
  await picture(guard, 'gate_found');
  await page.getByRole('button', { name: '放行', exact: true }).click();
  await guard.sees('在场 1');
  assert.equal((await newest()).state, 'inside');
  await isWhole(guard, 'who is inside');
  await picture(guard, 'gate_inside');
  await guard.press('已离开');
  await guard.sees('没有访客在场。');
  await until(async () => (await newest()).state === 'invited', 'one entry is left'); /* the phone says it before the server has it */
  await page.getByLabel('访客的通行码').fill(code);
  await page.getByRole('button', { name: '不放行' }).click();
  await guard.press('住户不同意');
  await picture(guard, 'gate_deny');
  await page.getByRole('dialog').getByRole('button', { name: '不放行' }).click();
  await until(async () => (await newest()).state === 'denied', 'denied');
  await leave(guard);
});

for (const look_of of [{ lang: 'en', dark: true, width: 320 }])
  test(`the pages are whole: ${JSON.stringify(look_of)}`, async () => {
    const pass = await as.resident.make('visitor_passes', { house: world.houses['1-1-101'], visitor_name: 'A visitor with a rather long name, and a friend of his', visitor_phone: '13655557777' });
    await as.guard.did('visitor_passes', pass.id, 'arrive', { code: pass.code });
    for (const [login, pages] of [['resident', ['/m/', '/m/visitors', `/m/visitor/${pass.id}`]], ['guard', ['/m/rounds', '/m/gate', '/m/me']]]) {
      const person = await sitDown(browser, world, login, { phone: true, ...look_of });
      for (const where of pages) {
        await look(person, where);
        await picture(person, `en_${where.split('/')[2] || 'home'}`);
      }
      await leave(person);
    }
  });

test('goods that leave: asked at the desk, the owner agrees on the phone, the gate lets them out', async () => {
  const one = await as.desk.make('releases', { house: world.houses['1-1-101'], goods: '双门冰箱 1 台', carrier: '王师傅', plate: '京B67890' });
  const owner = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = owner;
  await page.getByRole('link', { name: '我的', exact: true }).click();
  await page.getByRole('link', { name: '物品放行' }).click();
  await owner.sees('双门冰箱 1 台');
  await isWhole(owner, 'what is to leave');
  await picture(owner, 'goods');
  await owner.press('同意放行');
  await owner.sees('门岗已能看到，到时直接出门。');
  await owner.press('申请放行');
  await page.getByLabel('物品', { exact: true }).fill('旧沙发');
  await picture(owner, 'goods_ask');
  await page.getByRole('dialog').getByRole('button', { name: '申请放行' }).click();
  await owner.sees('旧沙发');
  await leave(owner);
  assert.deepEqual((await as.desk.read('releases?sort=-created_at')).items.map(({ state, consent }) => [state, consent]), [['consented', 'app'], ['consented', 'app']]);
  const guard = await sitDown(browser, world, 'guard', { phone: true, at: '/m/gate' });
  await guard.sees('可放行的物品 2');
  await picture(guard, 'goods_gate');
  await guard.page.getByRole('article').filter({ hasText: '双门冰箱' }).getByRole('button', { name: '放行' }).click();
  await until(async () => (await as.desk.read(`releases/${one.id}`)).state === 'released', 'let out');
  await guard.sees('可放行的物品 1');
  await leave(guard);
});
