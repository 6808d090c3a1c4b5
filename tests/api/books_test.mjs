/* The books at a glance: sums by day behind the trial balance, the collection rate, ages and arrears; disputes and the late fee; letters; money paid ahead;
 * payments for several homes at once. Sums are recomputed by SQL straight from entries and charges. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { booksAreSound, dayOf, numberOf, rowsOf, smallCompany, staff } from './money.mjs';
import { isDone, isPostgres, isProblem, openWorld, secondsTo, until, wordsOf } from './world.mjs';

const DAY = 86_400, morning = secondsTo(9);
let world, as, T, project, serial = 0;
before(async () => {
  world = await openWorld({ clock: morning, env: { ANJU_TEST_SLOW: '1' } });
  as = await staff(world);
  await smallCompany(world);
  project = world.projects.TYHY;
  const tariff = (more) => as.accountant.make('tariffs', { project, from: '2020-01-01', kind: 'one_off', ...more }).then((one) => one.id);
  T = { once: await tariff({ code: 'YC', name: '一次性' }), late: await tariff({ code: 'ZN', name: '物业服务费', late_per_ten_thousand: '5' }) };
});
after(() => world.close());
afterEach(() => { booksAreSound(world); sumsAreRight(); });

const home = async (building = '7', more = {}) => (await as.admin.make('houses', { no: `${building}-1-${1000 + ++serial}`, area: 100, project, ...more })).id;
const charge = (house, fen, due_date = dayOf(world, 30), more = {}) => as.accountant.make('charges', { house, tariff: T.once, amount_fen: fen, due_date, ...more });
const pay = (house, fen, more = {}, who = as.cashier) => who.make('payments', { house, amount_fen: fen, method: 'qr', ...more });
const due = (house, on) => as.cashier.read(`houses/${house}/due${on ? `?on=${on}` : ''}`);
/* The chores run at once when the server is up; an hour later the one before has its lease no more. */
const soon = () => world.restart({ clock: (world.options.clock ?? 0) + 3600 });
const sumsBy = (by, more = '') => as.accountant.read(`charges/sums?by=${by}&project=${project}${more}`);

/* Both tables of sums, from the rows behind them. */
function sumsAreRight() {
  const days = rowsOf(world, `SELECT project_id, day, kind, item, debit_fen, credit_fen FROM ledger_day WHERE day > 9999999 ORDER BY project_id, day, kind, item`);
  const entries = rowsOf(world, `SELECT e.project_id, e.day, a.kind, CASE WHEN a.house_id IS NULL THEN coalesce(a.item, '') ELSE '' END AS thing, sum(CASE WHEN e.debit_id = a.id THEN e.amount_fen ELSE 0 END),
    sum(CASE WHEN e.credit_id = a.id THEN e.amount_fen ELSE 0 END) FROM entry e JOIN account a ON a.org_id = e.org_id AND (a.id = e.debit_id OR a.id = e.credit_id) GROUP BY e.project_id, e.day, a.kind, thing`.replace('GROUP BY e.project_id, e.day, a.kind, thing', 'GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4'));
  assert.deepEqual(days, entries);
  const months = numberOf(world, 'SELECT sum(debit_fen) FROM ledger_day WHERE day < 9999999');
  assert.equal(months, numberOf(world, 'SELECT sum(amount_fen) FROM entry'));
  const kept = rowsOf(world, 'SELECT item, late, sum(receivable_fen), sum(paid_fen), sum(open_fen) FROM charge_sum GROUP BY item, late ORDER BY item, late');
  const charges = rowsOf(world, `SELECT item, CASE WHEN late_of_id IS NULL THEN 0 ELSE 1 END, sum(amount_fen - coalesce(reduced_fen, 0)), sum(amount_fen - coalesce(reduced_fen, 0) - coalesce(off_fen, 0) - open_fen), sum(open_fen)
    FROM charge WHERE state <> 'reversed' GROUP BY 1, 2 ORDER BY 1, 2`);
  assert.deepEqual(kept.filter((row) => row[2] !== '0' || row[4] !== '0'), charges);
}

describe('sums by day', () => {
  test('follow everything that happens to a charge', async () => {
    const house = await home('31'), before = (await sumsBy('building')).total, one = await charge(house, 100_000, '2026-03-31', { tariff: T.late });
    const mine = async () => { const row = (await sumsBy('building')).rows.find(({ label }) => label === '31 栋'); return [row.receivable_fen, row.paid_fen, row.written_off_fen, row.open_fen, row.overdue_fen.reduce((a, b) => a + b)]; };
    assert.deepEqual(await mine(), [100_000, 0, 0, 100_000, 100_000]);
    const payment = await pay(house, 30_000, { allocations: [{ charge: one.id, fen: 30_000 }] });
    const late = (await due(house)).items.find((item) => item.late_of === one.id);
    assert.deepEqual(await mine(), [100_000 + late.amount_fen, 30_000, 0, 70_000 + late.open_fen, 70_000 + late.open_fen]);
    await as.cashier.did('payments', payment.id, 'refund', { amount_fen: 10_000, reason: '退' });
    const less = await as.cashier.make('adjustments', { charge: one.id, kind: 'discount', amount_fen: 5_000, reason: '优惠' });
    await as.manager.did('adjustments', less.id, 'approve');
    const part = await as.cashier.make('adjustments', { charge: one.id, kind: 'write_off', amount_fen: 15_000, reason: '坏账' });
    await as.manager.did('adjustments', part.id, 'approve');
    assert.deepEqual(await mine(), [95_000 + late.amount_fen, 20_000, 15_000, 60_000 + late.open_fen, 60_000 + late.open_fen]);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '错' });
    assert.deepEqual((await sumsBy('building')).total, before, 'as if it had not been');
  });

  test('tell what the charges do, by item, building, month and year, between days', async () => {
    const [a, b] = [await home('32'), await home('33')];
    for (const [house, fen, day] of [[a, 1000, '2024-05-31'], [a, 2000, '2025-02-28'], [b, 4000, '2025-02-28'], [b, 8000, '2025-12-31']]) await charge(house, fen, day);
    await pay(a, 1500);
    assert.deepEqual((await sumsBy('year', '&to=2025-12-31')).rows.map((row) => [row.key, row.receivable_fen, row.paid_fen, row.open_fen]), [['2024', 1000, 1000, 0], ['2025', 14_000, 500, 13_500]]);
    assert.deepEqual((await sumsBy('month', '&from=2025-01-01&to=2025-12-30')).rows.map((row) => [row.key, row.open_fen]), [['2025-02', 5500]]);
    assert.deepEqual((await sumsBy('item', '&from=2025-01-01&to=2025-12-31')).rows.map((row) => [row.key, row.label, row.receivable_fen]), [['YC', '一次性', 14_000]]);
    isProblem(await as.accountant.get(`charges/sums?by=mood&project=${project}`), 422, 'invalid', ['by']);
    isProblem(await as.accountant.get(`charges/sums?from=2025-02-01&to=2025-01-01&project=${project}`), 422, 'invalid', ['to']);
    for (const who of ['desk', 'guard', 'resident']) for (const what of ['charges/sums', 'arrears']) isProblem(await as[who].get(`${what}?project=${project}`), 403, 'forbidden');
    assert.equal((await as.accountant.get(`charges/sums?project=${world.projects.ERQI}`)).status, 404);
  });

  test('age: the last day of a column is in it', async () => {
    const other = (await as.admin.make('projects', { code: 'ZHL', name: '账龄花园' })).id, tariff = (await as.admin.make('tariffs', { project: other, code: 'YC', name: '一次性', kind: 'one_off', from: '2020-01-01' })).id;
    const house = (await as.admin.make('houses', { no: '1-1-101', area: 50, project: other })).id;
    for (const [days, fen] of [[0, 1], [-1, 10], [-30, 100], [-31, 1000], [-90, 10_000], [-91, 100_000], [-366, 1_000_000]]) await as.admin.make('charges', { house, tariff, amount_fen: fen, due_date: dayOf(world, days) });
    const parts = [110, 11_000, 100_000, 0, 1_000_000];
    assert.deepEqual((await as.admin.read(`charges/sums?project=${other}`)).total.overdue_fen, parts);
    const [row] = (await as.admin.read(`arrears?project=${other}`)).items;
    assert.deepEqual([row.house.no, row.oldest_due, row.count, row.open_fen, row.overdue_fen], ['1-1-101', dayOf(world, -366), 6, 1_111_110, parts]);
  });

  test('the trial balance of some days: what was there, what came, what is there', async () => {
    const today = dayOf(world), before = await as.accountant.read(`ledger/trial-balance?from=${today}&at=${today}`), house = await home();
    await pay(house, 700, { method: 'transfer' });
    const now = await as.accountant.read(`ledger/trial-balance?from=${today}&at=${today}`), of = (trial) => trial.rows.find((row) => row.kind === 'money' && row.item === 'transfer');
    assert.deepEqual([of(now).opening_fen, of(now).debit_fen - (of(before)?.debit_fen ?? 0), of(now).balance_fen - of(now).debit_fen + of(now).credit_fen], [0, 700, 0]);
    const tomorrow = await as.accountant.read(`ledger/trial-balance?from=${dayOf(world, 1)}&at=${dayOf(world, 40)}`);
    assert.deepEqual([of(tomorrow).opening_fen, of(tomorrow).debit_fen, of(tomorrow).balance_fen], [of(now).balance_fen, 0, of(now).balance_fen]);
    isProblem(await as.accountant.get(`ledger/trial-balance?from=${today}&at=2020-01-01`), 422, 'invalid', ['at']);
  });

  test('more of a day makes no more rows; the pages look at no entry, and at no charge that is paid', { skip: isPostgres && 'by the plans of the embedded engine' }, async () => {
    const house = await home(), rows = () => numberOf(world, 'SELECT (SELECT count(*) FROM ledger_day) + (SELECT count(*) FROM charge_sum)');
    await charge(house, 1000);
    await pay(house, 10);
    const before = rows(), entries = numberOf(world, 'SELECT count(*) FROM entry');
    await Promise.all(Array.from({ length: 40 }, () => pay(house, 10)));
    assert.equal(numberOf(world, 'SELECT count(*) FROM entry') - entries, 40);
    assert.equal(rows(), before);
    for (const page of ['ledger/trial-balance?', 'ledger/trial-balance?from=2026-01-01&', 'charges/sums?by=building&', 'arrears?', 'figures/fee_collection_rate?by=butler&filter[', 'figures/fee_owed?by=month&filter['])
      isDone(await as.accountant.get(`${page}project${page.endsWith('[') ? ']' : ''}=${project}`));
    const told = world.server.err().split('\n').filter((line) => line.includes('slow statement')), plans = (words) => told.filter((line) => line.includes(words)).map((line) => line.split('; plan: ')[1]);
    for (const words of ['FROM ledger_day', 'FROM charge_sum t', 'FROM charge_sum s']) {
      assert.ok(plans(words).length > 0, words);
      for (const plan of plans(words)) { assert.match(plan, /SEARCH (ledger_day|t|s) USING/, plan); assert.doesNotMatch(plan, /\b(SCAN|SEARCH) (entry|charge|e|c)\b/, plan); }
    }
    for (const words of ['FROM charge t WHERE t.org_id = :org AND t.house_id = :house', 'FROM charge t CROSS JOIN charge l', 'FROM charge t CROSS JOIN entry e'])
      for (const plan of plans(words)) assert.match(plan, /SEARCH t USING INDEX charge_by_house_id_due_date_id_part/, `a payment looks at what is open alone: ${plan}`);
    const [arrears] = plans('WITH page AS');
    assert.match(arrears, /charge_by_project_id_due_date_id/, arrears);
    assert.doesNotMatch(arrears, /SCAN (t|x|o|h)\b/, arrears);
  });
});

describe('figures', () => {
  test('the sums say what the records do', async () => {
    const butler = await as.admin.make('users', { login: `butler${++serial}`, name: '管家甲', password: 'a first password', roles: [{ role: 'desk', scope: project }] });
    const houses = [await home('41'), await home('42')];
    isDone(await as.admin.patch(`spaces/${rowsOf(world, `SELECT building_id FROM house WHERE id = ${houses[0]}`)[0][0]}`, { butler: butler.id }));
    for (const house of houses) await charge(house, 10_000, '2026-01-31');
    await pay(houses[0], 4000);
    for (const figure of ['fee_collection_rate', 'fee_owed']) for (const by of ['item', 'building', 'butler', 'tariff', 'run', 'month', 'year', 'week']) {
      const fast = (await as.accountant.read(`figures/${figure}?by=${by}&filter[project]=${project}`)).rows.map(({ key, n, value }) => [key, n, value]);
      const slow = (await as.accountant.read(`figures/${figure}?by=${by}&filter[project]=${project}&filter[amount_fen][gt]=0`)).rows.map(({ key, n, value }) => [key, n, value]);
      assert.deepEqual(fast, slow, `${figure} by ${by}`);
    }
    const rows = (await as.accountant.read('figures/fee_collection_rate?by=butler')).rows, mine = rows.find((row) => row.key === butler.id);
    assert.deepEqual([mine.label, mine.n, mine.value], ['管家甲', 10_000, 0.4]);
    for (const row of rows) {
      const query = Object.entries(row.filter).map(([name, value]) => `${name}=${value}`).join('&'), opened = await as.accountant.read(`charges?${query}&limit=500`);
      assert.equal(opened.items.filter((one) => one.state !== 'reversed' && one.late_of === null).reduce((sum, one) => sum + one.amount_fen - (one.reduced_fen ?? 0), 0), row.n, row.key);
    }
  });
});

describe('arrears', () => {
  test('the longest first, a page after the other, found by the beginning of a number', async () => {
    const other = (await as.admin.make('projects', { code: 'QFH', name: '欠费花园' })).id, tariff = (await as.admin.make('tariffs', { project: other, code: 'YC', name: '一次性', kind: 'one_off', from: '2020-01-01' })).id;
    const nos = ['1-1-101', '1-1-102', '2-1-101', '2-1-102', '2-1-103'], owe = {};
    for (const [i, no] of nos.entries()) {
      const house = owe[no] = (await as.admin.make('houses', { no, area: 50, project: other })).id;
      for (const days of [-10 * (i + 1), -3, 20]) await as.admin.make('charges', { house, tariff, amount_fen: 100, due_date: dayOf(world, days) });
    }
    const all = [];
    for (let after = ''; after !== null;) {
      const page = await as.admin.read(`arrears?project=${other}&limit=2${after && `&after=${after}`}`);
      all.push(...page.items.map((row) => [row.house.no, row.count, row.open_fen]));
      after = page.next;
    }
    assert.deepEqual(all, [...nos].reverse().map((no) => [no, 2, 200]));
    assert.deepEqual((await as.admin.read(`arrears?project=${other}&no=1-1`)).items.map((row) => row.house.no), ['1-1-102', '1-1-101']);
    await as.admin.make('payments', { house: owe['2-1-103'], amount_fen: 100, method: 'qr' });
    assert.deepEqual((await as.admin.read(`arrears?project=${other}`)).items.map((row) => [row.house.no, row.oldest_due]).at(-1), ['2-1-103', dayOf(world, -3)]);
    isProblem(await as.admin.get(`arrears?project=${other}&after=x`), 422, 'invalid', ['after']);
    isProblem(await as.admin.get(`arrears?project=${other}&limit=501`), 422, 'invalid', ['limit']);
    isProblem(await as.admin.get('arrears'), 422, 'invalid', ['project']);
  });
});

describe('spreadsheets', () => {
  const sheet = async (what) => {
    const answer = await as.accountant.get(`${what}&format=xlsx`, { 'accept-language': 'zh' });
    assert.equal(answer.status, 200, answer.text?.slice(0, 300));
    assert.match(answer.headers['content-type'], /spreadsheetml/);
    const file = path.join(world.home, 'sheet.xlsx'), part = (name) => spawnSync('unzip', ['-p', file, name], { encoding: 'utf8' }).stdout;
    fs.writeFileSync(file, answer.raw);
    return { cells: part('xl/worksheets/sheet1.xml'), words: part('xl/sharedStrings.xml'), styles: part('xl/styles.xml') };
  };
  test('numbers are numbers, days are days, and the last row is formulas with their results', async () => {
    await charge(await home(), 12_345, '2026-02-28');
    const { total, rows } = await sumsBy('item'), last = rows.length + 2;
    const sums = await sheet(`charges/sums/export?by=item&project=${project}`);
    assert.ok(sums.cells.includes(`<c r="B${last}" s="`) && sums.cells.includes(`<f>SUM(B2:B${last - 1})</f><v>${total.receivable_fen / 100}</v>`), sums.cells);
    assert.match(sums.styles, /formatCode="0.00"|numFmtId="2"/);
    const arrears = await sheet(`arrears/export?project=${project}`);
    assert.match(arrears.cells, /<f>SUM\(D2:D\d+\)<\/f>/);
    assert.match(arrears.cells + arrears.words, /房号|合计/);
    const trial = await sheet(`ledger/trial-balance/export?project=${project}`);
    assert.match(trial.cells, /<f>SUM\(D2:D\d+\)<\/f>/);
    const csv = await as.accountant.get(`charges/sums/export?by=item&project=${project}&format=csv`);
    assert.equal(csv.raw.toString('utf8').trim().split('\r\n').at(-1).split(',')[1], String(total.receivable_fen / 100));
    const tariff = await as.accountant.make('tariffs', { project, code: 'YJ', name: '钥匙', name_en: 'Key', kind: 'one_off', from: '2020-01-01' }), house = await home();
    await as.accountant.make('charges', { house, tariff: tariff.id, amount_fen: 900, due_date: dayOf(world, 9) });
    for (const [lang, word] of [['zh', '钥匙'], ['en', 'Key']]) {
      const list = await as.accountant.get(`charges/export?format=csv&filter[house]=${house}&fields=title,amount_fen`, { 'accept-language': lang });
      assert.match(list.raw.toString('utf8').trim().split('\r\n').at(-1), new RegExp(`${word}",?9|${word},9`), lang);
    }
    isProblem(await as.accountant.get(`charges/sums/export?project=${project}`), 422, 'invalid', ['format']);
    isProblem(await as.accountant.get(`charges/sums?project=${project}&format=csv`), 422, 'invalid', ['format']);
  });
});

describe('a dispute and the late fee', () => {
  const lateFor = async (house, days) => (await due(house, dayOf(world, days))).late_fen;
  const dispute = (one) => as.cashier.did('charges', one.id, 'dispute', { reason: '面积不对' });
  const answer = (one, upheld) => as.accountant.did('charges', one.id, 'settle_dispute', { outcome: '已核', ...(upheld !== undefined && { upheld }) });
  let lost, won, paid_lost, paid_won, part;
  const owe = async () => { const house = await home(); return { house, one: await charge(house, 100_000, dayOf(world, -10), { tariff: T.late }) }; };

  test('lost: as if it had not been; won: nothing for its days; what was paid meanwhile is not forgotten', async () => {
    [lost, won, paid_lost, paid_won, part] = [await owe(), await owe(), await owe(), await owe(), await owe()];
    assert.equal(await lateFor(lost.house, 0), 500, 'ten days');
    for (const it of [lost, won, paid_lost, paid_won, part]) await dispute(it.one);
    await world.restart({ clock: morning + 20 * DAY });
    await world.loginAll();
    for (const who of ['accountant', 'cashier']) as[who].token = await world.login(who);
    assert.equal(await lateFor(won.house, 0), 0, 'none while it is open');
    for (const it of [paid_lost, paid_won]) assert.equal((await pay(it.house, 100_000)).allocations.length, 1, 'no late fee yet');
    await pay(part.house, 40_000, { allocations: [{ charge: part.one.id, fen: 40_000 }] });
    await world.restart({ clock: morning + 30 * DAY });
    await world.loginAll();
    for (const who of ['accountant', 'cashier']) as[who].token = await world.login(who);
    await answer(lost.one);
    await answer(won.one, true);
    await answer(paid_lost.one, false);
    await answer(paid_won.one, true);
    await answer(part.one, true);
    assert.equal(await lateFor(lost.house, 0), 40 * 50, 'the whole time');
    assert.equal(await lateFor(won.house, 0), 10 * 50, 'the days before it was raised');
    assert.equal(await lateFor(won.house, 5), 15 * 50, 'and those after its answer');
    const charged = async (house) => (await as.accountant.read(`charges?filter[house]=${house}`)).items.filter((one) => one.late_of !== null).map((one) => [one.amount_fen, one.state]);
    assert.deepEqual(await charged(paid_lost.house), [[30 * 50, 'open']], 'until it was paid');
    assert.deepEqual(await charged(paid_won.house), [[10 * 50, 'open']]);
    assert.equal(await lateFor(part.house, 5), 10 * 50 + 5 * 30, 'what was paid meanwhile counts');
  });

  test('a second one that is right adds its days', async () => {
    await dispute(won.one);
    await world.restart({ clock: morning + 40 * DAY });
    await world.loginAll();
    for (const who of ['accountant', 'cashier']) as[who].token = await world.login(who);
    await answer(won.one, true);
    assert.equal(await lateFor(won.house, 0), 10 * 50);
    assert.equal(await lateFor(won.house, 1), 11 * 50);
  });
});

describe('several homes at once', () => {
  test('crosswise: everything is booked, and nobody is told to come again', async () => {
    const houses = await Promise.all([1, 2, 3, 4].map(() => home())), charges = [];
    for (const house of houses) charges.push(await charge(house, 100_000));
    const uses = (order) => order.map((i) => ({ charge: charges[i].id, fen: 10 }));
    const orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => as.cashier.post('payments', { house: houses[orders[i % 4][0]], amount_fen: 40, method: 'qr', allocations: uses(orders[i % 4]) })));
    for (const one of answers) isDone(one, 201);
    for (const one of charges) assert.equal((await as.accountant.read(`charges/${one.id}`)).open_fen, 100_000 - 240);
    const voided = await Promise.all(answers.slice(0, 8).map((one) => as.cashier.act('payments', one.body.id, 'void', { reason: '收错' })));
    for (const one of voided) isDone(one);
  });
});

describe('what was paid ahead', () => {
  const wanted = async (value) => { const [rule] = (await as.admin.read('rules?filter[code]=cashier.use_ahead')).items; isDone(await as.admin.patch(`rules/${rule.id}`, { value })); };
  const awake = () => numberOf(world, 'SELECT count(*) FROM account WHERE awake = 1');

  test('is used when something new is owed; one home that cannot be helped does not hold up the others', async () => {
    const houses = [await home(), await home(), await home()];
    for (const house of houses) await pay(house, 5_000, { allocations: [] });
    for (const house of houses) await charge(house, 1_000);
    const [[broken]] = rowsOf(world, `SELECT id FROM charge WHERE house_id = ${houses[1]}`);
    const change = (sql) => spawnSync('sqlite3', ['-cmd', '.timeout 5000', path.join(world.folder, 'anju.db'), sql], { encoding: 'utf8' });
    if (!isPostgres) assert.equal(change(`UPDATE charge SET open_fen = open_fen + 100000000 WHERE id = ${broken}`).status, 0, 'more is open than it is of: it cannot be settled');
    await wanted(1);
    await soon();
    await until(async () => (await due(houses[0])).open_fen === 0 && (await due(houses[2])).open_fen === 0, 'the others are paid');
    assert.equal((await due(houses[0])).prepay_fen, 4_000);
    await until(() => awake() === 0, 'all were looked at');
    if (!isPostgres) {
      assert.ok((await as.cashier.read('messages')).items.some((one) => one.kind === 'use_ahead_failed' && one.record === houses[1]), 'the cashiers are told');
      assert.match(world.server.err(), /use_ahead \d+: /);
      assert.equal((await due(houses[1])).prepay_fen, 5_000, 'nothing is half booked');
      assert.equal(change(`UPDATE charge SET open_fen = open_fen - 100000000 WHERE id = ${broken}`).status, 0);
      await charge(houses[1], 500);
      await soon();
      await until(async () => (await due(houses[1])).open_fen === 0, 'tried again when something new is owed');
    }
    await wanted(0);
  });
});

describe('letters', () => {
  let one, house;
  const letter = (query = '', lang = 'zh-CN', who = as.cashier) => who.get(`arrears_cases/${one.id}/paper${query}`, { 'accept-language': lang });
  before(async () => {
    house = await home('9');
    await as.admin.patch(`projects/${project}`, { phone: '010-12345678', address: '天阳路 1 号', pay_how: '转账至 天阳物业 6222 0000 1111 2222，附言写房号。' });
    const items = [await charge(house, 31_458, dayOf(world, -70), { tariff: T.late }), await charge(house, 2_000, dayOf(world, -40)), await charge(house, 77_777, dayOf(world, 5)), await charge(house, 5_555, dayOf(world, -20))];
    await as.accountant.patch(`charges/${items[0].id}`, { payer: world.parties.resident });
    await as.cashier.did('charges', items[3].id, 'dispute', { reason: '没有这项服务' });
    await soon();
    one = await until(async () => (await as.cashier.read(`arrears_cases?filter[house]=${house}`)).items[0], 'a case');
  });

  test('says to whom, what, for when, how much with the late fee, until when, how, and threatens nothing', async () => {
    const answer = await letter();
    assert.equal(answer.status, 200, answer.text?.slice(0, 300));
    assert.match(answer.headers['content-type'], /^application\/pdf/);
    const text = wordsOf(answer.raw), late = 70 * 31_458 * 5 / 10_000, total = 31_458 + 2_000 + Math.round(late);
    const day = (shift) => dayOf(world, shift).split('-').map(Number);
    const words = ['物业公司', '费 用 催 缴 函', '张三丰', '天阳花园', '9-1-', '物业服务费', '一次性', '314.58', '20.00', (Math.round(late) / 100).toFixed(2), (total / 100).toFixed(2), '6222 0000 1111 2222', '010-12345678', '天阳路 1 号', one.no, '异议', '分期',
      `${day(15)[0]}年${day(15)[1]}月${day(15)[2]}日前缴清`];
    for (const word of words) assert.ok(text.replace(/\s+/g, ' ').includes(word) || text.replace(/\s+/g, '').includes(word.replace(/\s+/g, '')), `${word}: ${text}`);
    assert.doesNotMatch(text, /777\.77|55\.55/, 'neither what is not due yet nor what is disputed');
    assert.doesNotMatch(text, /停水|停电|断水|断电|门禁|限制|征信|曝光/);
    assert.doesNotMatch(text, /诉讼|律师/);
  });

  test('the lawyer’s names the law’s own way only, and has room for office and seal; in English too', async () => {
    const text = wordsOf((await letter('?kind=lawyer')).raw);
    for (const word of ['律 师 函', '律师事务所', '第九百四十四条', '调解', '委托']) assert.ok(text.includes(word) || text.replace(/\s/g, '').includes(word.replace(/\s/g, '')), `${word}: ${text}`);
    assert.doesNotMatch(text, /停水|停电|断水|断电|门禁|限制|征信|曝光/);
    const english = wordsOf((await letter('?kind=lawyer', 'en')).raw);
    for (const word of ['Lawyer', 'Late fee', 'Please pay by']) assert.ok(english.replace(/\s+/g, ' ').includes(word), `${word}: ${english}`);
  });

  test('its printing is in the case’s story; it is for those who see the case', async () => {
    const printed = (await as.cashier.read(`arrears_cases/${one.id}/events`)).items.map((event) => event.action).filter((action) => action.startsWith('print'));
    assert.deepEqual(printed, ['print_letter', 'print_lawyer', 'print_lawyer']);
    isProblem(await letter('?kind=threat'), 422, 'invalid', ['kind']);
    for (const who of ['guard', 'resident', 'far_desk', 'foreign']) assert.equal((await letter('', 'zh-CN', as[who])).status, 404, who);
  });

  test('nothing is written where nothing is overdue', async () => {
    await pay(house, 1_000_000);
    isProblem(await letter(), 409, 'wrong_state');
  });
});

describe('receipts of residents', () => {
  test('on their own phone: their own, and nobody else’s', async () => {
    const paid = { own: await pay(world.houses['1-1-101'], 100), others: await pay(world.houses['1-1-102'], 100) }, receipt = {};
    for (const [whose, payment] of Object.entries(paid)) receipt[whose] = (await as.cashier.read(`receipts?filter[payment]=${payment.id}`)).items[0];
    const seen = (await as.resident.read(`receipts?filter[house]=${world.houses['1-1-101']}`)).items;
    assert.ok(seen.some((one) => one.payment === paid.own.id));
    const answer = await as.resident.get(`receipts/${receipt.own.id}/paper?size=a4`);
    assert.equal(answer.status, 200);
    assert.ok(wordsOf(answer.raw).includes(receipt.own.no));
    assert.equal((await as.resident.get(`receipts/${receipt.others.id}/paper?size=a4`)).status, 404);
    isProblem(await as.resident.act('receipts', receipt.own.id, 'print'), 403, 'forbidden');
  });
});
