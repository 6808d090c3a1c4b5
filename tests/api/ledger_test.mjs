/* 总账: accounts, entries, the trial balance, drawers and their counts, periods that stay closed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { booksAreSound, dayOf, faultsOf, numberOf, staff } from './money.mjs';
import { isDone, isPostgres, isProblem, openWorld, psql } from './world.mjs';

let world, as, project, once, serial = 0;
before(async () => {
  world = await openWorld();
  as = await staff(world);
  project = world.projects.TYHY;
  once = (await as.accountant.make('tariffs', { project, code: 'YC', name: '一次性', kind: 'one_off', from: '2020-01-01' })).id;
});
after(() => world.close());
afterEach(() => booksAreSound(world));

const home = async (of = project) => (await as.admin.make('houses', { no: `8-1-${1000 + ++serial}`, area: 100, project: of })).id;
const cash = (who, fen, more = {}) => more.house ? who.make('payments', { amount_fen: fen, method: 'cash', ...more }) : home().then((house) => who.make('payments', { house, amount_fen: fen, method: 'cash', ...more }));
const cashier = () => world.person(`d${++serial}`, [{ role: 'cashier', scope: project }]);
const drawers = async (who) => (await as.accountant.read(`drawers?filter[cashier]=${who.id}&sort=id`)).items;
const says = (answer, words) => assert.ok(JSON.stringify(answer.body).includes(words), `${words}: ${answer.text}`);
const balance = async (at, of = project) => (await as.admin.read(`ledger/trial-balance?project=${of}${at ? `&at=${at}` : ''}`));
const row = (trial, kind, item = null) => trial.rows.find((one) => one.kind === kind && one.item === item)?.balance_fen ?? 0;

describe('entries and the trial balance', () => {
  test('each step says its two accounts, and both sides are one sum', async () => {
    const house = await home(), charge = await as.accountant.make('charges', { house, tariff: once, amount_fen: 1000 });
    const before = await balance();
    const payment = await as.cashier.make('payments', { house, amount_fen: 1500, method: 'wechat' });
    const entries = (await as.accountant.read(`entries?filter[record]=${payment.id}`)).items;
    const kind = async (id) => (await as.accountant.read(`accounts/${id}`)).kind;
    assert.deepEqual((await Promise.all(entries.map(async (one) => [await kind(one.debit), await kind(one.credit), one.amount_fen, one.charge]))).sort(), [['money', 'prepay', 500, null], ['money', 'receivable', 1000, charge.id]]);
    const now = await balance();
    assert.equal(now.debit_fen, now.credit_fen);
    assert.equal(now.debit_fen - before.debit_fen, 1500);
    assert.deepEqual([row(now, 'money', 'wechat') - row(before, 'money', 'wechat'), row(now, 'receivable') - row(before, 'receivable'), row(now, 'prepay') - row(before, 'prepay')], [1500, -1000, 500]);
    assert.equal(row(now, 'receivable'), numberOf(world, `SELECT sum(open_fen) FROM charge WHERE project_id = ${project}`));
    for (const line of now.rows) assert.equal(line.balance_fen, numberOf(world, `SELECT sum(balance_fen) FROM account WHERE project_id = ${project} AND kind = '${line.kind}'${line.item === null ? '' : ` AND item = '${line.item}'`}`), line.kind);
    await as.cashier.did('payments', payment.id, 'void', { reason: '退' });
    const back = await balance();
    assert.deepEqual(back.rows.map((one) => [one.kind, one.item, one.balance_fen]).filter((one) => one[2] !== 0), before.rows.map((one) => [one.kind, one.item, one.balance_fen]).filter((one) => one[2] !== 0), 'void: as if it had not been');
    const mirrors = (await as.accountant.read(`entries?filter[record]=${payment.id}`)).items.filter((one) => one.reverses !== null);
    assert.deepEqual(mirrors.map((one) => [one.reverses, one.memo]).sort(), entries.map((one) => [one.id, '退']).sort());
  });

  test('up to a day; of one project; for those who keep or read the books', async () => {
    assert.deepEqual((await balance('2019-12-31')).rows, []);
    isProblem(await as.accountant.get('ledger/trial-balance?at=yesterday'), 422, 'invalid', ['at']);
    isProblem(await as.accountant.get('ledger/trial-balance?project=x'), 422, 'invalid', ['project']);
    for (const who of ['accountant', 'cashier', 'manager']) assert.equal((await as[who].read('ledger/trial-balance')).debit_fen, (await balance()).debit_fen, who);
    for (const who of ['accountant', 'cashier', 'manager']) assert.equal((await as[who].get(`ledger/trial-balance?project=${world.projects.ERQI}`)).status, 404, who);
    for (const who of ['desk', 'guard', 'resident', 'engineer']) isProblem(await as[who].get('ledger/trial-balance'), 403, 'forbidden');
    assert.equal((await as.admin.get('ledger/trial-balance?project=12345')).status, 404);
    assert.equal((await as.foreign.get(`ledger/trial-balance?project=${project}`)).status, 404);
    assert.equal((await as.region.get(`ledger/trial-balance?project=${world.projects.ERQI}`)).status, 200);
    assert.equal((await as.accountant.get('ledger/trial-balance', { 'accept-language': 'zh' })).body.rows.find((one) => one.kind === 'receivable').label, '应收');
  });
});

describe('drawers', () => {
  test('opened with a float, counted right, taken over by somebody else', async () => {
    const who = await cashier(), drawer = await who.make('drawers', { opening_fen: 50000 });
    assert.deepEqual([drawer.state, drawer.cashier, drawer.opening_fen], ['open', who.id, 50000]);
    const again = await who.post('drawers', { opening_fen: 1 });
    assert.ok([409, 422].includes(again.status), again.text);
    const first = await cash(who, 30000);
    await cash(who, 5000);
    await who.did('payments', first.id, 'refund', { amount_fen: 10000, reason: '退' });
    await who.make('deposits', { house: await home(), amount_fen: 2000, method: 'cash' });
    await who.make('payments', { house: await home(), amount_fen: 777, method: 'qr' });
    isProblem(await as.cashier2.act('drawers', drawer.id, 'close', { counted_fen: 77000 }), 403, 'forbidden');
    isProblem(await who.act('drawers', drawer.id, 'hand_over', { amount_fen: 1 }), 403, 'forbidden');
    isProblem(await as.accountant.act('drawers', drawer.id, 'hand_over', { amount_fen: 1 }), 409, 'wrong_state');
    for (const counted_fen of [-1, 1.5, 'x', 2 ** 53]) isProblem(await who.act('drawers', drawer.id, 'close', { counted_fen }), 422, 'invalid', ['counted_fen']);
    const counted = await who.did('drawers', drawer.id, 'close', { counted_fen: 77000 });
    assert.deepEqual([counted.state, counted.expected_fen, counted.counted_fen, counted.difference_fen], ['closed', 77000, 77000, 0]);
    isProblem(await who.act('drawers', drawer.id, 'close', { counted_fen: 77000 }), 409, 'wrong_state');
    isProblem(await who.act('drawers', drawer.id, 'hand_over', { amount_fen: 77000 }), 403, 'forbidden');
    isProblem(await as.cashier2.act('drawers', drawer.id, 'hand_over', { amount_fen: 77000 }), 403, 'forbidden');
    isProblem(await as.accountant.act('drawers', drawer.id, 'hand_over', { amount_fen: 77001 }), 422, 'invalid', ['amount_fen']);
    const handed = await as.accountant.did('drawers', drawer.id, 'hand_over', { amount_fen: 77000 });
    assert.deepEqual([handed.state, handed.handed_fen], ['handed', 77000]);
    isProblem(await as.accountant.act('drawers', drawer.id, 'hand_over', { amount_fen: 1 }), 409, 'wrong_state');
    isProblem(await as.admin.patch(`drawers/${drawer.id}`, { opening_fen: 1 }), 403, 'forbidden');
    isProblem(await as.admin.del(`drawers/${drawer.id}`), 403, 'forbidden');
  });

  test('over and short are booked; above the limit only with an explanation, and it says how much should be there', async () => {
    for (const [apart, word] of [[-101, 'short'], [250, 'over'], [-100, null], [100, null]]) {
      const who = await cashier(), before = row(await balance(), 'over_short');
      await cash(who, 12345);
      const [drawer] = await drawers(who);
      if (word !== null) {
        const answer = await who.act('drawers', drawer.id, 'close', { counted_fen: 12345 + apart });
        isProblem(answer, 422, 'invalid', ['explanation']);
        says(answer, '123.45 yuan');
        says(await who.act('drawers', drawer.id, 'close', { counted_fen: 12345 + apart }, { 'accept-language': 'zh' }), '应有 123.45 元');
      }
      const done = await who.did('drawers', drawer.id, 'close', { counted_fen: 12345 + apart, ...(word && { explanation: '找错零' }) });
      assert.deepEqual([done.expected_fen, done.difference_fen], [12345, apart]);
      assert.equal(row(await balance(), 'over_short') - before, -apart, 'short is a cost');
    }
  });

  test('it opens with the first cash by itself; what was left is its float, and cannot be made to vanish', async () => {
    const who = await cashier();
    await cash(who, 1000);
    const [first] = await drawers(who);
    assert.deepEqual([first.state, first.opening_fen], ['open', 0]);
    await who.did('drawers', first.id, 'close', { counted_fen: 1000 });
    const answer = await who.post('drawers', { opening_fen: 400 });
    isProblem(answer, 422, 'invalid', ['opening_fen']);
    says(answer, '10.00 yuan');
    await cash(who, 500);
    const second = (await drawers(who)).find((one) => one.state === 'open');
    assert.equal(second.opening_fen, 1000);
    await who.did('drawers', second.id, 'close', { counted_fen: 1500 });
    await as.accountant.did('drawers', first.id, 'hand_over', { amount_fen: 1000 });
    isProblem(await as.accountant.act('drawers', second.id, 'hand_over', { amount_fen: 1500 }), 422, 'invalid', ['amount_fen']);
    await as.accountant.did('drawers', second.id, 'hand_over', { amount_fen: 500 });
    assert.equal(numberOf(world, `SELECT balance_fen FROM account WHERE kind = 'drawer' AND user_id = ${who.id}`), 0);
  });

  test('an accountant gives cash back out of the own drawer, as much as lies in it', async () => {
    const who = await cashier(), other = await world.person(`a${++serial}`, [{ role: 'accountant', scope: project }]), payment = await cash(who, 100100);
    const back = (amount_fen, more = {}) => other.act('payments', payment.id, 'refund', { amount_fen, reason: '退', ...more });
    isProblem(await back(100050), 422, 'invalid', ['method']);
    says(await back(100050), 'only 0.00 yuan are in your drawer');
    assert.deepEqual(await drawers(other), [], 'none was opened for it');
    await other.make('drawers', { opening_fen: 100000 });
    says(await back(100050), 'only 1000.00 yuan are in your drawer');
    isDone(await back(100000));
    isProblem(await back(1), 422, 'invalid', ['method']);
    isDone(await back(50, { method: 'transfer' }));
    assert.equal((await drawers(other))[0].cash_fen, 0);
    const deposit = await who.make('deposits', { house: await home(), amount_fen: 700, method: 'cash' });
    isProblem(await other.act('deposits', deposit.id, 'refund', { amount_fen: 700, reason: '退' }), 422, 'invalid', ['method']);
    isDone(await who.act('deposits', deposit.id, 'refund', { amount_fen: 700, reason: '退' }));
  });

  test('cash that was handed in is not voided any more but given back; the next float is what it says', async () => {
    const who = await cashier(), first = await cash(who, 5000), second = await cash(who, 3000);
    let [drawer] = await drawers(who);
    await who.did('payments', second.id, 'void', { reason: '输错' });
    await who.did('drawers', drawer.id, 'close', { counted_fen: 5000 });
    await as.accountant.did('drawers', drawer.id, 'hand_over', { amount_fen: 5000 });
    for (const by of [who, as.accountant]) {
      const answer = await by.act('payments', first.id, 'void', { reason: '输错' });
      isProblem(answer, 409, 'wrong_state');
      says(answer, 'give it back instead');
    }
    assert.equal((await who.read(`payments/${first.id}`)).state, 'booked');
    drawer = await who.make('drawers', { opening_fen: 20000 });
    assert.deepEqual((await as.accountant.read(`entries?filter[record]=${drawer.id}`)).items.map((one) => one.amount_fen), [20000]);
    await who.did('payments', first.id, 'refund', { amount_fen: 5000, reason: '输错' });
    assert.equal((await who.read(`drawers/${drawer.id}`)).cash_fen, 15000);
    await cash(who, 1000);
    const third = await cash(who, 2000); /* its cash lies among the rest */
    await who.did('drawers', drawer.id, 'close', { counted_fen: 18000 });
    await who.did('payments', third.id, 'void', { reason: '输错' });
    assert.equal(numberOf(world, `SELECT balance_fen FROM account WHERE kind = 'drawer' AND user_id = ${who.id}`), 16000);
  });
});

describe('periods', () => {
  let of, tariff, house;
  before(async () => {
    of = (await as.admin.make('projects', { code: 'QIJ', name: '期间花园' })).id;
    tariff = (await as.admin.make('tariffs', { project: of, code: 'YC', name: '一次性', kind: 'one_off', from: '2020-01-01' })).id;
    house = await home(of);
  });
  const periods = async () => (await as.admin.read(`periods?filter[project]=${of}&sort=id`)).items.sort((a, b) => (a.from < b.from ? -1 : 1));
  const make = (more) => as.admin.post('periods', { project: of, ...more });
  const pay = (fen) => as.admin.make('payments', { house, amount_fen: fen, method: 'qr', allocations: [] });
  const daysOf = async (record) => [...new Set((await as.admin.read(`entries?filter[record]=${record.id}`)).items.map((one) => one.day))].sort();
  const next = (day) => new Date(Date.parse(day) + 86400_000).toISOString().slice(0, 10);

  test('the first booking of a month opens its period; they do not overlap', async () => {
    await pay(100);
    const [one] = await periods(), today = dayOf(world);
    assert.deepEqual([one.from, one.state], [`${today.slice(0, 7)}-01`, 'open']);
    assert.equal(next(one.to).slice(8), '01');
    for (const more of [{ from: one.from }, { from: one.to }, { from: '2020-01-01', to: today }, { from: '2020-01-01', to: '2999-12-31' }, { from: '2999-01-01' }, { from: '2026-02-10', to: '2026-02-01' }, {}, { from: 'x' }, { from: '2026-02-30' }]) isProblem(await make(more), 422, 'invalid');
    const past = isDone(await make({ from: '2026-02-01' }), 201);
    assert.equal(past.to, '2026-02-28');
    for (const who of ['cashier', 'desk', 'resident']) isProblem(await as[who].post('periods', { from: '2025-01-01' }), 403, 'forbidden');
    isProblem(await as.admin.patch(`periods/${one.id}`, { to: today }), 403, 'forbidden');
    isProblem(await as.admin.del(`periods/${one.id}`), 403, 'forbidden');
  });

  test('closed in their order, by those who keep the books; what comes later goes to the next open day', async () => {
    const [past, now] = await periods(), before = await pay(200), charge = await as.admin.make('charges', { house, tariff, amount_fen: 100 });
    isProblem(await as.admin.act('periods', now.id, 'close'), 422, 'invalid', ['from']);
    assert.equal((await as.cashier.act('periods', now.id, 'close')).status, 404, 'another project’s');
    isDone(await as.admin.act('periods', past.id, 'close'));
    const trial = await balance(now.to, of), closed = await as.admin.did('periods', now.id, 'close');
    assert.deepEqual([closed.state, closed.closed_by], ['closed', world.users.admin]);
    isProblem(await as.admin.act('periods', now.id, 'close'), 409, 'wrong_state');
    const later = await pay(300), gone = await as.admin.did('payments', before.id, 'void', { reason: '退' });
    await as.admin.did('payments', later.id, 'refund', { amount_fen: 50, reason: '退' });
    const reversed = await as.admin.did('charges', charge.id, 'reverse', { reason: '错' });
    assert.deepEqual(await daysOf(later), [next(now.to)]);
    assert.deepEqual(await daysOf(gone), [dayOf(world), next(now.to)].sort());
    assert.deepEqual(await daysOf(reversed), [dayOf(world), next(now.to)].sort());
    assert.deepEqual((await balance(now.to, of)).rows, trial.rows, 'what was closed is as it was');
    assert.equal((await balance(next(now.to), of)).debit_fen, trial.debit_fen + 300 + 200 + 50 + 100);
    const open = (await periods()).filter((one) => one.state === 'open');
    assert.deepEqual(open.map((one) => one.from), [next(now.to)]);
    isProblem(await as.admin.act('periods', open[0].id, 'close'), 422, 'invalid', ['from']);
    for (const from of [past.from, now.from]) isProblem(await make({ from }), 422, 'invalid', ['from']);
    isProblem(await make({ from: now.to }), 422, 'invalid', now.to > dayOf(world) ? ['from', 'from'] : ['from']); // it overlaps, and has not begun
    isProblem(await make({ from: '2026-05-01' }), 422, 'invalid', ['from']);
  });

  test('closed while others pay: each payment is wholly before or wholly after', async () => {
    const other = (await as.admin.make('projects', { code: 'BIN', name: '并发花园' })).id, houses = await Promise.all(Array.from({ length: 4 }, () => home(other)));
    const go = (i) => as.admin.make('payments', { house: houses[i % 4], amount_fen: 1, method: 'qr' });
    await go(0);
    const [period] = (await as.admin.read(`periods?filter[project]=${other}`)).items;
    const answers = await Promise.all([...Array.from({ length: 10 }, (_, i) => go(i)), as.admin.did('periods', period.id, 'close'), ...Array.from({ length: 10 }, (_, i) => go(i))]);
    const days = await Promise.all(answers.filter((one) => one.method).map(daysOf));
    assert.ok(days.every((one) => one.length === 1));
    const at_close = await balance(period.to, other);
    await go(1);
    assert.deepEqual(await balance(period.to, other), at_close);
  });
});

describe('the recomputation can fail', () => {
  const change = (sql) => {
    if (isPostgres) return psql(sql, world.folder);
    const done = spawnSync('sqlite3', ['-cmd', '.timeout 5000', path.join(world.folder, 'anju.db'), sql], { encoding: 'utf8' });
    return assert.equal(done.status, 0, done.stderr);
  };
  for (const [what, sql, back, words] of [
    ['a fen more on an account', `UPDATE account SET balance_fen = balance_fen + 1 WHERE kind = 'prepay' AND id = (SELECT min(id) FROM account WHERE kind = 'prepay')`, `UPDATE account SET balance_fen = balance_fen - 1 WHERE id = (SELECT min(id) FROM account WHERE kind = 'prepay')`, 'not the sum of its entries'],
    ['a fen less open', `UPDATE charge SET open_fen = open_fen + 1 WHERE id = (SELECT min(id) FROM charge)`, `UPDATE charge SET open_fen = open_fen - 1 WHERE id = (SELECT min(id) FROM charge)`, 'not what was booked about it'],
    ['a payment of another amount', `UPDATE payment SET amount_fen = amount_fen + 1 WHERE id = (SELECT max(id) FROM payment)`, `UPDATE payment SET amount_fen = amount_fen - 1 WHERE id = (SELECT max(id) FROM payment)`, 'did not bring its amount'],
    ['a receipt that is gone', `UPDATE receipt_series SET next = next + 1`, `UPDATE receipt_series SET next = next - 1`, 'have a gap'],
    ['a deposit that is more', `UPDATE deposit SET held_fen = held_fen + 1`, `UPDATE deposit SET held_fen = held_fen - 1`, 'held of a deposit'],
  ])
    test(what, () => {
      change(sql);
      try { assert.ok(faultsOf(world).some((one) => one.includes(words)), faultsOf(world).join('\n')); } finally { change(back); }
    });
});

describe('the clock set back', () => {
  /* Two days ahead, then back by one and by two: each time payments, a refund and a void. Last in the file: the drawers and periods keep what came of it. */
  test('receipt numbers go on, entries keep the order in which they were booked, nothing is lost', async () => {
    const who = await cashier(), house = await home(), day = 86400, paid = [];
    const one = await as.accountant.make('charges', { house, tariff: once, amount_fen: 100000 });
    let given = 0;
    for (const clock of [2 * day, day, 0, 2 * day, 0]) {
      await world.restart({ clock });
      await world.loginAll();
      who.token = await world.login(who.login);
      for (const method of ['cash', 'qr', 'transfer']) paid.push(await who.make('payments', { house, amount_fen: 1000, method }));
      await who.did('payments', paid.at(-1).id, 'void', { reason: '退票' });
      await who.did('payments', paid.at(-3).id, 'refund', { amount_fen: 100, reason: '退' });
      given += 1000 + 900;
    }
    const serial = (no) => Number(/(\d+)$/.exec(no)[1]);
    assert.deepEqual(paid.map((payment) => serial(payment.receipt_no)), paid.map((_, i) => serial(paid[0].receipt_no) + i), 'receipts without a gap');
    for (const field of ['id', 'no', 'receipt_no']) assert.equal(new Set(paid.map((payment) => payment[field])).size, paid.length, field);
    const ids = paid.map((payment) => BigInt(payment.id));
    assert.ok(ids.every((id, i) => i === 0 || id > ids[i - 1]), 'ids go up');
    const entries = [];
    for (const payment of paid) entries.push(...(await as.accountant.read(`entries?filter[record]=${payment.id}&sort=id`)).items.slice(0, 1));
    const listed = (await as.accountant.read(`entries?filter[charge]=${one.id}&sort=id&limit=100`)).items.filter((entry) => entries.some((first) => first.id === entry.id));
    assert.deepEqual(listed.map((entry) => entry.record), paid.map((payment) => payment.id), 'as they were booked');
    assert.equal(listed.length, paid.length);
    assert.equal((await as.accountant.read(`charges/${one.id}`)).open_fen, 100000 - given);
    assert.equal(numberOf(world, `SELECT balance_fen FROM account WHERE kind = 'drawer' AND user_id = ${who.id}`), 5 * 900);
    const trial = await balance('2999-12-31');
    assert.equal(trial.debit_fen, trial.credit_fen);
    const told = (await as.cashier.read(`payments?filter[house]=${house}&limit=100`)).items;
    assert.deepEqual(told.map((payment) => payment.id).sort(), paid.map((payment) => payment.id).sort(), 'and none is missing');
  });
});
