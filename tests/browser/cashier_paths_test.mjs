/* cashier_paths_test.mjs: money over the counter, from the first key to the change, counted in keys; and that nothing is booked twice. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { isWhole, leave, openBrowser, picture, sitDown, until } from './browser.mjs';
import { bills } from './till.mjs';

let world, browser, as, owed, printed;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  const [ahead] = (await as.admin.read('rules?filter[code]=cashier.use_ahead')).items; /* what was paid ahead lies still while the till is looked at */
  await as.admin.patch(`rules/${ahead.id}`, { value: 0 });
});
after(async () => { await browser?.close(); await world.close(); });
beforeEach(() => { printed = []; });

const yuan = (fen) => (fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });
const due = (no) => as.cashier.read(`houses/${world.houses[no]}/due`);
const payments = async () => (await as.cashier.read('payments?sort=-created_at&limit=100')).items;
/* The day in China, some days on; its month, some months on. */
const today = (days = 0) => new Date(Date.now() + (8 + days * 24) * 3_600_000).toISOString().slice(0, 10);
const months = (n) => { const [year, month] = today().split('-').map(Number); return new Date(Date.UTC(year, month - 1 + n, 1)).toISOString().slice(0, 7); };
/* At the counter. The viewer of a headless browser crashes when it is told to print: the paper is an empty page here, and counted. */
async function sit(login = 'cashier', options = {}) {
  const person = await sitDown(browser, world, login, { at: '/cashier', ...options });
  await person.page.route('**/paper?*', (route) => { printed.push(route.request().url()); return route.fulfill({ contentType: 'text/html', body: '<title>receipt</title>' }); });
  return person;
}
const focusOnHome = (page) => until(() => page.evaluate(() => document.activeElement?.getAttribute('name') === 'house'), 'the box for the home has the focus');
const open = async (page, no) => {
  await focusOnHome(page);
  await page.keyboard.insertText(no);
  await page.keyboard.press('Enter');
  await page.locator('.home').getByText(no).first().waitFor();
  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the focus is in the amount');
};

test('a cashier takes cash without the mouse: home, Enter, amount, Enter; change, receipt, next home', async () => {
  owed = await bills(world);
  const person = await sit(), { page } = person, { total_fen } = owed['1-1-101'];
  let keys = 0;
  const press = async (key) => { keys++; await page.keyboard.press(key); };
  const type = async (words) => { keys += words.length; await page.keyboard.insertText(words); };

  await focusOnHome(page);
  const began = Date.now();
  await type('1-1-101');
  await press('Enter');
  await person.sees(`收款 ¥ ${yuan(total_fen)} 并打印`);
  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the focus is in the amount');
  await type('1000');
  await person.sees(yuan(100000 - total_fen));
  await press('Enter');
  await page.getByRole('status').getByText(`¥ ${yuan(100000 - total_fen)}`).waitFor();
  const seconds = (Date.now() - began) / 1000 + keys / 4;
  assert.ok(keys <= 13 && seconds < 8, `${keys} keys, ${seconds} s at 4 keys a second`);
  const [payment] = await payments();
  assert.deepEqual([payment.amount_fen, payment.given_fen, payment.change_fen, payment.method, payment.payer], [total_fen, 100000, 100000 - total_fen, 'cash', world.parties.resident]);
  assert.deepEqual([(await due('1-1-101')).total_fen, payment.surplus_fen], [0, 0]);
  await until(() => printed.length === 1, 'the receipt is printed');
  assert.match(printed[0], /paper\?size=80$/);
  assert.equal((await as.cashier.read(`receipts?filter[payment]=${payment.id}`)).items[0].prints, 1);
  await focusOnHome(page); /* ready for the next */
  await person.sees(/班次 .* 抽屉应有/);
  await leave(person);
});

test('two homes at once, a part of one amount, by card; the surplus is told', async () => {
  const person = await sit(), { page } = person, neighbour = await due('1-1-102');
  const [first] = neighbour.items;
  const car = await as.manager.make('charges', { house: world.houses['2-1-201'], tariff: (await as.manager.read('tariffs?filter[code]=TCF')).items[0].id, period_from: '2026-01-01', period_to: '2026-01-31' });

  await open(page, '1-1-102');
  await page.keyboard.press('+');
  await open(page, '2-1-201');
  await page.keyboard.press('a'); /* all were ticked: none is */
  await person.sees('已选 0 项');
  await page.locator('.due tr', { hasText: '车位管理费' }).last().getByRole('checkbox').check();
  const part = page.getByLabel(`${first.title} 本次收多少`, { exact: true });
  await part.fill('100');
  await page.getByText('刷卡', { exact: true }).click();
  await page.locator('#till-given').fill('190');
  await person.sees('多收的 ¥ 10.00 转预存');
  await page.locator('#till-given').press('Enter');
  await person.sees('已收 ¥ 190.00');
  const [payment] = await payments();
  assert.deepEqual([payment.amount_fen, payment.method, payment.surplus_fen, payment.house], [19000, 'pos', 1000, world.houses['1-1-102']]);
  assert.deepEqual(payment.allocations.map(({ charge, fen }) => [charge, fen]), [[first.id, 10000], [car.id, 8000]]);
  const now = await due('1-1-102');
  assert.deepEqual([now.items[0].open_fen, now.prepay_fen], [first.open_fen - 10000, 1000]);
  await leave(person);
});

test('months are paid ahead: what they cost is seen first, then they stand ticked among what is due, with the day for the discount', async () => {
  const [fee] = (await as.manager.read('tariffs?filter[code]=WYF')).items, first = `${today().slice(0, 7)}-01`, sheet = (page) => page.getByRole('dialog', { name: '预缴' });
  const nobody = await sit('cashier', { at: '/cashier?house=1-1-101' });
  await nobody.sees('没有应缴。收到的钱会转为预存。');
  assert.equal(await nobody.page.getByRole('button', { name: '预缴' }).count(), 0, 'no item has a discount for it');
  await leave(nobody);
  await as.manager.patch(`tariffs/${fee.id}`, { ahead: [{ months: 6, percent: '3' }, { months: 12, percent: '5' }] });

  const person = await sit(), { page } = person;
  await open(page, '1-1-101');
  await page.getByRole('button', { name: '预缴' }).waitFor();
  await page.keyboard.press('y');
  await until(() => page.evaluate(() => document.activeElement?.textContent === '6 个月 · 减 3%'), 'the focus is on the months');
  await sheet(page).getByText('¥ 1,458.49', { exact: true }).waitFor(); /* 89.50 x 2.80 x 6 = 1503.60, less 45.11 */
  await sheet(page).getByLabel('或写月数').fill('5');
  await sheet(page).getByText('预缴满 6 个月才有优惠，这里是 5 个整月').waitFor();
  await picture(person, 'ahead-few-zh');
  assert.ok(await sheet(page).getByRole('button', { name: /^计入应缴/ }).isDisabled());
  await sheet(page).getByText('12 个月 · 减 5%').press('Enter');
  await sheet(page).getByText('¥ 2,856.84', { exact: true }).waitFor(); /* 3007.20, less 150.36 */
  await sheet(page).getByText('−150.36').waitFor();
  await sheet(page).getByText(new RegExp(`最迟 ${today(7).slice(5)} 缴清`)).waitFor();
  await isWhole(person, 'paying ahead');
  await picture(person, 'ahead-zh');
  assert.equal((await due('1-1-101')).items.length, 0, 'nothing is charged yet');
  await page.keyboard.press('Control+Enter');
  await person.sees(`最迟 ${today(7).slice(5)} 缴清才有优惠`);
  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the focus is in the amount');
  await person.sees('89.50 m² × 2.80 元 × 1 月 × 12 · 预缴 12 个月优惠，3007.20 元 × 5%');
  assert.ok(await page.locator('.due tbody').getByRole('checkbox').isChecked());
  await picture(person, 'ahead-due-zh');
  await page.getByText('转账', { exact: true }).click();
  await page.locator('#till-given').press('Enter');
  await person.sees('已收 ¥ 2,856.84');
  const [charge] = (await as.cashier.read(`charges?filter[house]=${world.houses['1-1-101']}&filter[ahead]=true`)).items;
  assert.deepEqual([charge.state, charge.amount_fen, charge.period_from, charge.period_to.slice(0, 7), charge.due_date, charge.payer], ['paid', 285684, first, months(11), today(7), world.parties.resident]);

  await open(page, '1-1-101'); /* once more: the year after */
  await page.keyboard.press('y');
  await sheet(page).getByText(new RegExp(`^${months(12)} 至 ${months(17)}，此前已出账到 ${charge.period_to}`)).waitFor();
  await page.keyboard.press('Escape');
  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the focus came back');
  await leave(person);
});

test('of several homes one is chosen to pay ahead; what was charged meanwhile is told at the months, and what was not ticked stays so', async () => {
  const person = await sit('cashier', { at: '/cashier?house=2-1-201,1-1-102' }), { page } = person, sheet = page.getByRole('dialog', { name: '预缴' });
  const [fee] = (await as.manager.read('tariffs?filter[code]=WYF')).items, house = world.houses['3-2-1501'], first = `${today().slice(0, 7)}-01`;
  const mine = (await due('1-1-102')).items[0];

  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the amount');
  await page.keyboard.press('+');
  await open(page, '3-2-1501');
  await page.getByRole('checkbox', { name: `收 ${mine.title}`, exact: true }).uncheck();
  await person.press(/^预缴/);
  await sheet.getByLabel('房屋').selectOption(house);
  await sheet.getByText('12 个月 · 减 5%').click();
  await sheet.getByText('¥ 4,566.84', { exact: true }).waitFor(); /* 143.07 x 2.80 = 400.60 (400.596); x 12 = 4807.20; x 5 % = 240.36 */
  await as.manager.make('charges', { house, tariff: fee.id, period_from: first, period_to: `${months(0)}-${String(new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)), 0)).getUTCDate())}` });
  await page.keyboard.press('Control+Enter');
  await sheet.locator('.wrong', { hasText: '这套房的这个项目、这段时间已经出过账' }).waitFor();
  await sheet.getByLabel('房屋').selectOption(world.houses['2-1-201']);
  await sheet.getByLabel('房屋').selectOption(house);
  await sheet.getByText(new RegExp(`^${months(1)} 至 ${months(6)}`)).waitFor();
  await sheet.getByText('12 个月 · 减 5%').click();
  await sheet.getByText('¥ 4,566.84', { exact: true }).waitFor();
  await page.keyboard.press('Control+Enter');
  await person.sees(/缴清才有优惠$/);
  assert.equal(await page.getByRole('checkbox', { name: `收 ${mine.title}`, exact: true }).isChecked(), false);
  const [charge] = (await as.cashier.read(`charges?filter[house]=${house}&filter[ahead]=true`)).items;
  assert.deepEqual([charge.amount_fen, charge.period_from.slice(0, 7), charge.period_to.slice(0, 7)], [456684, months(1), months(12)]);
  await leave(person);
});

test('less cash than is due goes to the oldest; more than is open of a row is refused before it is sent', async () => {
  const person = await sit('cashier', { at: '/cashier?house=1-1-102' }), { page } = person;
  const before = await due('1-1-102');

  await page.locator('#till-given').fill('50');
  await person.sees(/^少 ¥/);
  assert.ok(await page.getByRole('button', { name: /^收款/ }).isDisabled());
  await person.press(/^只收 50.00/);
  await person.sees('收款 ¥ 50.00 并打印');
  const part = page.getByLabel(`${before.items[0].title} 本次收多少`, { exact: true });
  await part.fill('99999');
  await person.sees(/应大于 0，最多/);
  assert.ok(await page.getByRole('button', { name: /^收款/ }).isDisabled());
  await part.fill('50');
  await page.locator('#till-given').press('Enter');
  await person.sees('已收 ¥ 50.00');
  const [payment] = await payments();
  assert.deepEqual(payment.allocations.map(({ fen }) => fen), [5000]);
  await leave(person);
});

test('an answer that is lost and two presses of Enter book once, also after the page was loaded again', async () => {
  const person = await sit('cashier', { at: '/cashier?house=1-1-102' }), { page } = person;
  const before = (await payments()).length;
  let lost = 0;

  await page.route('**/api/v1/payments', async (route) => {
    if (route.request().method() !== 'POST' || lost++ > 0) return route.fallback();
    await route.fetch(); /* it is booked */
    return route.abort();
  });
  await until(() => page.locator('#till-given').evaluate((box) => box === document.activeElement), 'the amount');
  await page.keyboard.press('a');
  await page.keyboard.press(' ');
  await page.keyboard.insertText('100');
  await page.getByLabel(/本次收多少/).first().fill('100');
  await page.locator('#till-given').press('Enter');
  await page.keyboard.press('Enter'); /* the amount may be gone already */
  await person.sees(/已送出，没有收到回答/);
  await page.reload();
  await person.sees(/¥\s100.00 1-1-102 已送出，没有收到回答/);
  await person.press('再送一次');
  await person.sees('已收 ¥ 100.00');
  assert.equal((await payments()).length, before + 1);
  person.wrong = person.wrong.filter((line) => !/net::ERR_FAILED/.test(line));
  await leave(person);
});

test('a waiver is asked for from the late fee; a deposit is taken and given back', async () => {
  const person = await sit('cashier', { at: '/cashier?house=1-1-102' }), { page } = person, sheet = page.getByRole('dialog');

  await page.getByRole('button', { name: '申请减免' }).first().click();
  await sheet.getByLabel('原因').fill('银行系统故障，业主按时转过');
  await page.keyboard.press('Control+Enter');
  await person.sees(/已申请减免/);
  const [asked] = (await as.cashier.read('adjustments?limit=1')).items;
  assert.deepEqual([asked.kind, asked.state], ['waiver', 'asked']);
  await page.getByRole('tab', { name: '押金' }).click();
  await person.press('收押金');
  await sheet.getByLabel('金额').fill('500');
  await page.keyboard.press('Control+Enter');
  await person.sees(/已收押金 ¥\s500.00/);
  await person.press('退押金');
  const box = page.getByRole('alertdialog');
  await box.getByLabel(/^退多少/).fill('200');
  await box.getByLabel('原因').fill('验收合格，先退一部分');
  await box.getByRole('button', { name: '退押金 ¥ 200.00' }).click();
  await person.sees(/已退押金 ¥\s200.00/);
  const [deposit] = (await as.cashier.read('deposits?limit=1')).items;
  assert.deepEqual([deposit.amount_fen, deposit.held_fen, deposit.kind], [50000, 30000, 'renovation']);
  await leave(person);
});

test('a write-off: asked for with its document on the money page, approved there by three, each of whom sees who has and who is missing', async () => {
  await world.person('books', [{ role: 'accountant', scope: world.projects.TYHY }], { name: '赵会计' });
  const [charge] = (await as.cashier.read(`charges?filter[house]=${world.houses['1-1-102']}&filter[open]=true&limit=1`)).items;
  const off = await as.cashier.make('adjustments', { charge: charge.id, kind: 'write_off', amount_fen: charge.open_fen, reason: '住户失联三年，法院终结执行', document: await as.cashier.photo() });
  const ways = [['manager', '待经理、会计、区域批准', '待会计、区域批准'], ['books', '待会计、区域批准', '待区域批准'], ['region', '待区域批准', null]];

  for (const [login, before, after] of ways) {
    const person = await sitDown(browser, world, login, { at: login === 'manager' ? '/finance/reliefs?view=adjustments' : `/r/adjustments/${off.id}` }), { page } = person;
    if (login === 'manager') {
      await page.getByText(`坏账核销 ${(charge.open_fen / 100).toFixed(2)} 元：`).first().waitFor();
      await isWhole(person, 'reductions');
      await person.go(`/r/adjustments/${off.id}`);
    }
    await person.sees(before);
    await person.sees('住户失联三年，法院终结执行');
    const paper = page.getByRole('link', { name: '依据文件' });
    assert.equal((await page.request.get(new URL(await paper.getAttribute('href'), page.url()).href)).status(), 200, 'the document opens');
    await page.getByRole('button', { name: /^批准/ }).first().click();
    await page.getByRole('dialog').getByLabel(/^批复/).fill('同意');
    await page.keyboard.press('Control+Enter');
    await until(async () => (await as.cashier.get(`adjustments/${off.id}`, { 'accept-language': 'zh' })).body.awaits === after, `${login} has approved`);
    if (after !== null) {
      await person.sees(after);
      assert.equal(await page.getByRole('button', { name: /^批准/ }).count(), 0, 'once');
    }
    if (login === 'region') {
      await page.getByRole('tab', { name: '资料' }).click();
      for (const name of ['钱经理', '赵会计', '沈区域']) await page.locator('.facts').getByText(name).first().waitFor();
      await isWhole(person, 'a write-off');
    }
    await leave(person);
  }
  assert.equal((await as.cashier.read(`charges/${charge.id}`)).state, 'written_off');
});

test('a payment is voided with a reason, and what it paid is due again; above the limit it says who has to do it', async () => {
  const person = await sit(), { page } = person, box = page.getByRole('alertdialog');
  const small = (await payments()).find(({ allocations, amount_fen }) => allocations.length > 0 && amount_fen < 100000);
  const large = await as.cashier.make('payments', { house: world.houses['3-2-1501'], amount_fen: 300000, method: 'qr' });

  await page.getByRole('button', { name: /^今日/ }).click();
  await page.getByRole('row', { name: new RegExp(large.receipt_no) }).getByRole('button', { name: '作废' }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '再看看');
  await box.getByLabel('原因').fill('金额收错');
  await box.getByRole('button', { name: '作废 ¥ 3,000.00' }).click();
  await box.getByText(/须由另一位会计或经理办理/).waitFor();
  await box.getByText(/怎么办：/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: new RegExp(small.receipt_no) }).getByRole('button', { name: '作废' }).click();
  await box.getByLabel('原因').fill('收错了户');
  await box.getByLabel('原因').press('Enter');
  await person.sees(new RegExp(`收据 ${small.receipt_no} 已作废`));
  const now = await as.cashier.read(`payments/${small.id}`);
  assert.deepEqual([now.state, now.reason], ['voided', '收错了户']);
  assert.equal((await as.cashier.read(`payments/${large.id}`)).state, 'booked');
  person.wrong = person.wrong.filter((line) => !/status of 403/.test(line));
  await leave(person);
});

test('the drawer is counted: a difference is explained, booked and told', async () => {
  const person = await sit(), { page } = person, sheet = page.getByRole('dialog');
  const { cash_fen, id } = (await as.cashier.read('drawers?filter[state]=open')).items[0];

  await person.press('交班结账');
  await sheet.getByText(`¥ ${yuan(cash_fen)}`).waitFor();
  await sheet.getByLabel('实点现金').fill(yuan(cash_fen - 500));
  await sheet.getByText('短 5.00').waitFor();
  await page.keyboard.press('Control+Enter');
  await sheet.getByText(/差额须说明/).first().waitFor();
  await sheet.getByLabel('差额说明').fill('找零时多给了一张五元');
  await page.keyboard.press('Control+Enter');
  await person.sees(/已结账 .*短 5.00/);
  const counted = await as.cashier.read(`drawers/${id}`);
  assert.deepEqual([counted.state, counted.difference_fen, counted.explanation, counted.cash_fen], ['closed', -500, '找零时多给了一张五元', null]);
  await person.sees('还没有开班');
  person.wrong = person.wrong.filter((line) => !/status of 422/.test(line));
  await leave(person);
});

test('the desk sees at a home what is owed, and goes from there to the counter', async () => {
  const person = await sitDown(browser, world, 'desk'), { page } = person, now = await due('1-1-102');
  await person.go('/houses/1-1-102');
  await person.sees(`¥ ${yuan(now.open_fen)}`);
  await page.getByRole('link', { name: '去收款' }).click();
  await page.waitForURL(/\/cashier\?house=1-1-102/);
  await person.sees(`¥ ${yuan(now.total_fen)}`);
  await leave(person);
});

for (const [name, options] of [['light', {}], ['dark', { dark: true }], ['English, 390 px', { lang: 'en', width: 390 }]])
  test(`nothing of the counter is barred to anybody: ${name}`, async () => {
    for (const at of ['/cashier', '/cashier?house=1-1-102,1-1-101', '/cashier?tab=paid', '/cashier?house=1-1-102&tab=deposits']) {
      const person = await sit('cashier', { ...options, at });
      await isWhole(person, at);
      await leave(person);
    }
  });
