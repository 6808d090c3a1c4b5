/* bill_paths_test.mjs: a month's bills: the item is made, a run drafted, reviewed by a second person and posted; the resident sees
 * the bill on the phone, opens a line and disputes it; meters are read by keyboard; and every money page is whole. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { isWhole, look, openBrowser, picture, sitDown, until } from './browser.mjs';

const china = (at) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
const today = china(Date.now()), this_month = today.slice(0, 7);
const lastOf = (shift) => { const [year, month] = this_month.split('-').map(Number); return new Date(Date.UTC(year, month + shift, 0)).toISOString().slice(0, 10); };

let world, browser, as, accountant;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  accountant = await world.person('accountant', [{ role: 'accountant', scope: world.projects.TYHY }], { name: '赵会计' });
});
after(async () => { await browser?.close(); await world.close(); });

const leave = async (...people) => {
  for (const person of people) {
    assert.deepEqual(person.wrong.filter((one) => !/Content Security Policy/.test(one)), []);
    await person.context.close();
  }
};
const dueOf = (house = '1-1-101') => as.resident.read(`houses/${world.houses[house]}/due`);

test('an item by keyboard, with what a home would pay; its run is drafted by one and reviewed by another', async () => {
  const maker = await sitDown(browser, world, 'accountant');
  const { page } = maker;
  await maker.go('/finance/tariffs');
  await page.getByRole('button', { name: '新项目' }).first().click();
  const sheet = page.getByRole('dialog', { name: '新项目' });
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('物业服务费');
  await page.keyboard.press('Tab');
  await page.keyboard.type('WYF');
  await sheet.getByLabel('单价（元）').fill('2.80');
  await sheet.getByText('100.00 m² × 2.80 元 × 1 月 = 280.00 元').waitFor();
  await sheet.getByLabel('面积 m²').fill('33.33');
  await sheet.getByText('93.324 → 93.32 元，四舍五入到分').waitFor();
  await sheet.getByLabel('面积 m²').fill('89.5');
  await sheet.getByText('¥ 250.60').waitFor();
  await sheet.getByLabel(/^违约金（万分之/).fill('5');
  await page.keyboard.press('Control+Enter');
  await maker.sees(/已建 物业服务费/);
  await page.getByRole('row', { name: /物业服务费.*2\.80 元/ }).waitFor();

  await maker.go('/finance/runs');
  await maker.sees(/还没有出账/);
  await page.getByRole('button', { name: '新出账' }).click();
  await page.getByRole('dialog', { name: '新出账' }).getByText('物业服务费').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('table', { name: '各项' }).getByRole('row', { name: /物业服务费/ }).waitFor();
  await maker.sees('¥ 1,155.90');
  await maker.sees('等另一位会计、经理或区域复核');
  assert.equal(await page.getByRole('button', { name: '复核' }).count(), 0, 'not by who made it');
  await page.getByText('物业服务费 · 没有付款人').waitFor();
  await isWhole(maker, 'a draft');
  assert.equal((await dueOf()).total_fen, 0, 'a draft owes nobody anything');
  const run = (await accountant.read('billing_runs')).items[0];

  const manager = await sitDown(browser, world, 'manager');
  await manager.page.getByRole('link', { name: '财务' }).click();
  await manager.page.getByRole('link', { name: '接着办' }).click();
  await manager.page.getByRole('button', { name: '复核' }).click();
  await manager.page.getByRole('dialog', { name: '复核' }).getByRole('button', { name: /^复核/ }).click();
  await until(async () => (await accountant.read(`billing_runs/${run.id}`)).state === 'reviewed', 'reviewed by a second person');

  await page.getByRole('button', { name: '出账', exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText(/给 4 户出 4 笔账单，共 ¥\s1,155\.90/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '再看看', 'the safe button has the focus');
  await dialog.getByRole('button', { name: /^出账/ }).click();
  await maker.sees(/已出账，住户已能看到账单/);
  assert.equal((await dueOf()).total_fen, 25060);
  await isWhole(maker, 'a posted run');
  await leave(maker, manager);
});

test('the resident sees the bill on the phone, opens a line and disputes it', async () => {
  const resident = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = resident;
  await page.getByRole('link', { name: /1-1-101 应缴/ }).click();
  await resident.sees('¥ 250.60');
  const line = page.getByRole('button', { name: /物业服务费/ });
  assert.equal(await line.getAttribute('aria-expanded'), 'false');
  await line.click();
  await resident.sees('89.50 m² × 2.80 元 × 1 月 = 250.60 元');
  await resident.sees('89.5 m²');
  await resident.sees(/^2\.80 元，\d{4}-\d\d-01 起/);
  await resident.sees('谁定价、谁出账、谁改过');
  await resident.sees('收费项目 · 登记：物业');
  await resident.sees('出账批次 · 复核：物业');
  assert.equal(await page.getByText('赵会计').count(), 0, 'staff are the company');
  await isWhole(resident, 'the bill');
  await resident.press('怎么缴');
  await page.getByRole('dialog', { name: /怎么缴/ }).getByText('到前台缴').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: /怎么缴/ }).waitFor({ state: 'detached' });
  await resident.press('我觉得不对');
  await resident.press('面积不对');
  await isWhole(resident, 'the dispute');
  await resident.press('提出异议');
  await resident.sees('核查中');
  await resident.sees('您说：面积不对');
  assert.equal((await dueOf()).items[0].disputed, true);
  const { id } = (await dueOf()).items[0];
  await accountant.did('charges', id, 'settle_dispute', { outcome: '已实测，面积无误' });
  await resident.sees('已实测，面积无误');

  await as.cashier.make('payments', { house: world.houses['1-1-101'], amount_fen: 30000, method: 'transfer' });
  await resident.sees('都缴清了');
  await page.getByRole('link', { name: '缴费记录' }).click();
  await resident.sees('¥ 300.00');
  await resident.sees('转预存');
  await isWhole(resident, 'payments');
  await leave(resident);
});

test('meters from door to door by keyboard; what is below the last reading is asked about', async () => {
  await accountant.make('tariffs', { code: 'SF', name: '水费', kind: 'meter', rate_yuan: '5.00', unit: 'm³', agency: true, from: '2025-01-01' });
  for (const [no, house] of [['W101', '1-1-101'], ['W102', '1-1-102']]) {
    const meter = await accountant.make('meters', { no, house: world.houses[house], item: 'SF', initial: '99980', installed_on: '2025-01-01' });
    await accountant.make('readings', { meter: meter.id, value: '99990', read_at: lastOf(-1) });
  }
  const reader = await sitDown(browser, world, 'accountant');
  const { page } = reader;
  await reader.go('/finance/meters');
  await page.getByLabel('1-1-101 W101 的读数').click();
  await page.keyboard.type('99998');
  await page.keyboard.press('Enter');
  await reader.sees('已抄 1 / 2');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), '1-1-102 W102 的读数', 'Enter goes on');
  await page.keyboard.type('5');
  await reader.sees('比上次小：选过零、换表起数或估抄');
  await page.keyboard.press('Enter');
  assert.equal((await accountant.read('readings')).items.length, 3, 'not sent');
  await isWhole(reader, 'meters');
  await page.getByLabel('W102 怎么读的').selectOption('rollover');
  await reader.sees('已抄 2 / 2');
  const [last] = (await accountant.read('readings?sort=-id&limit=1')).items;
  assert.deepEqual([last.value, last.used, last.rollover], ['5', '15', true]);
  await leave(reader);
});

test('a meter by the time of day: made with the first reading of each, then read register by register with Enter', async () => {
  const reader = await sitDown(browser, world, 'accountant');
  const { page } = reader, box = (name) => page.getByLabel(`1-1-102 E102 ${name} 的读数`), sheet = page.getByRole('dialog', { name: '新表' });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  await reader.go('/finance/meters');
  await page.getByRole('button', { name: '新表' }).click();
  await sheet.getByLabel('表号').waitFor();
  assert.equal(await sheet.getByLabel('峰').count(), 0, 'no item is charged by the time of day');
  await page.keyboard.press('Escape');
  await accountant.make('tariffs', { code: 'FS', name: '充电桩电费', kind: 'tou', from: '2025-01-01', rates: { peak: '0.8283', flat: '0.5283', valley: '0.2283' } });
  await reader.go('/finance/meters');
  await page.getByLabel('1-1-101 W101 的读数').waitFor();
  await page.getByRole('button', { name: '新表' }).click();
  await sheet.getByLabel('表号').fill('E102');
  await sheet.locator('input[name=house]').fill('1-1-102');
  await sheet.locator('input[name=house]').press('Enter');
  await sheet.getByLabel('收费项目编码').fill('FS');
  await sheet.getByText('电表', { exact: true }).click();
  await sheet.getByLabel('起始读数', { exact: false }).first().fill('1000');
  for (const [name, first] of [['峰', '400'], ['平', 'x'], ['谷', '250']]) await sheet.getByLabel(name, { exact: true }).fill(first);
  await page.keyboard.press('Control+Enter');
  await sheet.locator('.wrong', { hasText: '平：写成 420.5 这样' }).waitFor();
  await sheet.getByText('有内容需要更正').waitFor();
  assert.equal((await accountant.read('meters?filter[item]=FS')).items.length, 0);
  await picture(reader, 'meter-new-zh');
  await sheet.getByLabel('平', { exact: true }).fill('350');
  await page.keyboard.press('Control+Enter');
  await box('峰').waitFor();
  const [meter] = (await accountant.read('meters?filter[item]=FS')).items;
  assert.deepEqual(meter.registers, { peak: '400', flat: '350', valley: '250' });

  await box('峰').click();
  await page.keyboard.type('420.5');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), '1-1-102 E102 平 的读数', 'Enter goes on to the next register');
  await reader.sees('还差平、谷');
  await page.keyboard.type('450');
  await page.keyboard.press('Enter');
  await page.keyboard.type('200');
  await reader.sees('比上次小：选过零、换表起数或估抄');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), '1-1-102 E102 谷 的读数', 'it stays at what cannot be');
  await isWhole(reader, 'a meter by the time of day');
  await picture(reader, 'meter-below-zh');
  assert.equal((await accountant.read(`readings?filter[meter]=${meter.id}`)).items.length, 0, 'not sent');
  await page.keyboard.type('283');
  await page.keyboard.press('Enter');
  await until(async () => (await accountant.read(`readings?filter[meter]=${meter.id}`)).items.length === 1, 'sent');
  const [reading] = (await accountant.read(`readings?filter[meter]=${meter.id}`)).items;
  assert.deepEqual([reading.value, reading.used, reading.register_use.peak], ['1153.5', '153.5', { previous: '400', value: '420.5', used: '20.5' }]);
  await box('谷').fill('284'); /* what was saved can be changed */
  await box('谷').press('Enter');
  await until(async () => (await accountant.read(`readings/${reading.id}`)).value === '1154.5', 'changed');
  let answer, held = 0;
  const released = new Promise((resolve) => { answer = resolve; });
  await page.route('**/api/v1/readings/*', async (route) => { const response = await route.fetch(); held++; await released; await route.fulfill({ response }); });
  await box('谷').fill('285');
  await box('谷').press('Enter');
  await until(() => held === 1, 'under way');
  await box('谷').fill('286'); /* while what was saved is being answered */
  await box('谷').press('Enter');
  answer();
  await until(async () => (await accountant.read(`readings/${reading.id}`)).value === '1156.5', 'changed once more');
  await page.getByRole('row', { name: /E102/ }).getByText('已存').waitFor();
  assert.equal(held, 2, 'each is sent once');
  await page.unroute('**/api/v1/readings/*');
  await picture(reader, 'meter-read-zh');
  await leave(reader);
});

test('a new price ends the old one the day before it begins; a run is taken back with a reason', async () => {
  const maker = await sitDown(browser, world, 'accountant');
  const { page } = maker;
  await maker.go('/finance/tariffs');
  await page.getByRole('button', { name: '新价格 物业服务费' }).click();
  const sheet = page.getByRole('dialog', { name: '新价格：物业服务费' });
  await sheet.getByLabel('单价（元）').fill('3.10');
  await sheet.getByText('100.00 m² × 3.10 元 × 1 月 = 310.00 元').waitFor();
  await page.keyboard.press('Control+Enter');
  await maker.sees(/物业服务费的新价格从/);
  const versions = (await accountant.read('tariffs?filter[code]=WYF&sort=from')).items;
  assert.deepEqual(versions.map(({ rate_yuan, to }) => [rate_yuan, to]), [['2.80', lastOf(0)], ['3.10', null]]);

  const run = await accountant.make('billing_runs', { period_from: `${lastOf(-1).slice(0, 7)}-01`, period_to: lastOf(-1), tariffs: [(await accountant.make('tariffs', { code: 'LJ', name: '垃圾费', kind: 'fixed', rate_yuan: '5.00', from: '2025-01-01' })).id] });
  await as.manager.did('billing_runs', run.id, 'review');
  await accountant.did('billing_runs', run.id, 'post');
  await maker.go(`/finance/runs/${run.id}`);
  await page.getByRole('button', { name: '作废' }).click();
  const back = page.getByRole('dialog', { name: /^作废/ });
  await back.getByText('4 户的 4 笔账单（共 ¥ 20.00）会全部红冲').waitFor();
  await back.locator('textarea:focus, input:focus').waitFor(); /* it stands in the reason by itself */
  await page.keyboard.type('价格写错了');
  await back.getByRole('button', { name: '红冲 4 笔' }).click();
  await maker.sees('作废原因：价格写错了');
  await leave(maker);
});

for (const look_of of [{ width: 1440 }, { width: 390, lang: 'en', dark: true }])
  test(`the money pages are whole: ${JSON.stringify(look_of)}`, async () => {
    const person = await sitDown(browser, world, 'manager', look_of);
    for (const where of ['/finance/runs', '/finance/tariffs', '/finance/meters', '/finance/books', '/finance/books?part=arrears', '/finance/books?part=accounts&kind=income', '/finance/books?part=periods']) {
      await look(person, where);
    }
    await leave(person);
  });

test('the phone pages of the bill are whole in English, dark and large', async () => {
  const person = await sitDown(browser, world, 'neighbour', { phone: true, width: 360, lang: 'en', dark: true });
  for (const large of [false, true]) {
    await person.go('/m/');
    if (large) await person.press('Larger text');
    for (const where of ['/m/bill', '/m/bill-past', '/m/bill-past?view=payments']) {
      await look(person, where);
    }
  }
  await leave(person);
});
