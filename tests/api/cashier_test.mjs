/* 收费与收银, card P10: what is charged, what is due, and money taken, given back, set right. Every amount here is worked out by
 * hand; after each group the books are recomputed by SQL (money.mjs). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { booksAreSound, dayOf, holdChores, numberOf, rowsOf, setRule, staff, statementsOf } from './money.mjs';
import { isDone, isPooled, isPostgres, isProblem, openWorld, psql, until } from './world.mjs';

const DUE = '2026-03-31', PAID = '2026-06-15'; /* 76 days */
let world, as, T, project, serial = 0;
before(async () => {
  world = await openWorld();
  as = await staff(world);
  project = world.projects.TYHY;
  const tariff = (more) => as.accountant.make('tariffs', { project, from: '2020-01-01', ...more }).then((one) => one.id);
  T = {
    area: await tariff({ code: 'WY', name: '物业服务费', kind: 'area', rate_yuan: '2.80', tax_percent: '6', late_per_ten_thousand: '5', late_cap_percent: '30' }),
    once: await tariff({ code: 'YC', name: '一次性', kind: 'one_off' }),
    late: await tariff({ code: 'ZN', name: '有违约金', kind: 'one_off', late_per_ten_thousand: '5', late_cap_percent: '30', late_grace_days: 10 }),
    priced: await tariff({ code: 'MK', name: '门禁卡', kind: 'one_off', rate_yuan: '15.50' }),
    agency: await tariff({ code: 'DS', name: '代收水费', kind: 'one_off', agency: true }),
  };
  /* Payments of the days above; how far back is allowed has a test of its own. */
  assert.deepEqual([await rule('cashier.backdate_days', 400), await rule('cashier.backdate_most_days', 3660)], [7, 400]);
});
after(() => world.close());
afterEach(() => booksAreSound(world));

const rule = (code, value) => setRule(world, code, value);
const home = async (more = {}) => (await as.admin.make('houses', { no: `7-1-${1000 + ++serial}`, area: 100, project, ...more })).id;
const charge = (house, fen, due_date = dayOf(world, 30), more = {}) => as.accountant.make('charges', { house, tariff: T.once, amount_fen: fen, due_date, ...more });
const late = (house, fen, due_date = DUE, more = {}) => charge(house, fen, due_date, { tariff: T.late, ...more });
const pay = (house, fen, more = {}, who = as.cashier) => who.make('payments', { house, amount_fen: fen, method: 'qr', ...more });
const tryPay = (house, fen, more = {}, who = as.cashier) => who.post('payments', { house, amount_fen: fen, method: 'qr', ...more });
const due = (house, on) => as.cashier.read(`houses/${house}/due${on ? `?on=${on}` : ''}`);
const read = (kind, one) => as.accountant.read(`${kind}/${one.id ?? one}`);
const open = async (one) => { const { state, open_fen } = await read('charges', one); return [state, open_fen]; };
const prepay = async (house) => (await due(house)).prepay_fen;
const uses = (payment) => payment.allocations.map((one) => [one.charge, one.fen]);
const says = (answer, words) => assert.ok(JSON.stringify(answer.body.fields ?? answer.body.detail).includes(words), `${words}: ${answer.text}`);
const zh = { 'accept-language': 'zh' };

describe('tariffs', () => {
  const make = (more) => as.accountant.post('tariffs', { project, code: `T${++serial}`, kind: 'fixed', rate_yuan: '1', from: '2026-01-01', ...more });

  test('each kind says what it lacks', async () => {
    for (const kind of ['area', 'fixed', 'person', 'space', 'meter']) isProblem(await make({ kind, rate_yuan: null }), 422, 'invalid', ['rate_yuan']);
    isProblem(await make({ kind: 'stepped' }), 422, 'invalid', ['steps']);
    for (const steps of [[], [[180, '5']], [[180, '5'], [170, '6'], [null, '7']], [[0, '5'], [null, '6']], [[180, '-5'], [null, '6']], 'x', [[180, 5.5], [null, '6']]])
      isProblem(await make({ kind: 'stepped', steps }), 422, 'invalid', ['steps']);
    isDone(await make({ kind: 'stepped', steps: [[180, '5.00'], [260, '7.00'], [null, '9.00']] }), 201);
    isProblem(await make({ kind: 'formula' }), 422, 'invalid', ['formula']);
    for (const formula of ['area * price_of_nothing', 'area +', 'area + months', '1/0', '('.repeat(5000)]) isProblem(await make({ kind: 'formula', formula }), 422, 'invalid', ['formula']);
    isProblem(await make({ kind: 'nothing' }), 422, 'invalid', ['kind']);
    isProblem(await make({ code: null }), 422, 'invalid', ['code']);
    isDone(await make({ kind: 'one_off', rate_yuan: null }), 201);
    isDone(await make({ kind: 'share', rate_yuan: null }), 201);
  });

  test('numbers that are none, or beyond what they can be', async () => {
    for (const rate_yuan of ['-1', 'NaN', '1e3', '', '1.1234567', 2.8, true, 'Infinity']) isProblem(await make({ rate_yuan }), 422, 'invalid', ['rate_yuan']);
    for (const field of ['tax_percent', 'empty_percent', 'late_cap_percent']) for (const value of ['100.01', '-1']) isProblem(await make({ [field]: value }), 422, 'invalid', [field]);
    for (const due_day of [0, 32, 1.5]) isProblem(await make({ due_day }), 422, 'invalid', ['due_day']);
    isProblem(await make({ late_grace_days: -1 }), 422, 'invalid', ['late_grace_days']);
    isProblem(await make({ late_per_ten_thousand: '100000' }), 422, 'invalid', ['late_per_ten_thousand']);
    for (const applies_to of [[], { colour: 'red' }, { use: 'shop' }, { floors: [1] }]) isProblem(await make({ applies_to }), 422, 'invalid', ['applies_to']);
  });

  test('versions of one item follow one another', async () => {
    const code = `V${++serial}`;
    const first = isDone(await make({ code, from: '2026-01-01' }), 201);
    isProblem(await make({ code, from: '2026-04-16' }), 422, 'invalid', ['from']);
    isProblem(await make({ code, from: '2025-01-01', to: '2026-01-01' }), 422, 'invalid', ['from']);
    isDone(await make({ code, from: '2025-01-01', to: '2025-12-31' }), 201);
    isProblem(await as.accountant.patch(`tariffs/${first.id}`, { to: '2025-12-31' }), 422, 'invalid');
    isDone(await as.accountant.patch(`tariffs/${first.id}`, { to: '2026-04-15' }));
    const second = isDone(await make({ code, from: '2026-04-16', rate_yuan: '2' }), 201);
    isProblem(await as.accountant.patch(`tariffs/${first.id}`, { to: '2026-04-16' }), 422, 'invalid', ['from']);
    isProblem(await as.accountant.patch(`tariffs/${second.id}`, { from: '2026-04-15' }), 422, 'invalid', ['from']);
  });

  test('what was billed keeps its price', async () => {
    const code = `F${++serial}`, one = isDone(await make({ code }), 201);
    isDone(await as.accountant.patch(`tariffs/${one.id}`, { rate_yuan: '1.10' }));
    await as.accountant.make('charges', { house: await home(), tariff: one.id, period_from: '2026-01-01', period_to: '2026-01-31' });
    for (const patch of [{ rate_yuan: '2' }, { kind: 'area' }, { code: 'ELSE' }, { from: '2025-01-01' }, { tax_percent: '6' }, { day_basis: '30' }, { agency: true }, { rounding: 'bill' }])
      isProblem(await as.accountant.patch(`tariffs/${one.id}`, patch), 422, 'invalid', Object.keys(patch));
    isDone(await as.accountant.patch(`tariffs/${one.id}`, { name: '新名', to: '2026-12-31' }));
    isProblem(await as.accountant.patch(`tariffs/${one.id}`, { to: '2026-01-15' }), 422, 'invalid', ['to']);
  });

  test('one that was billed is not put away, one that was not may be', async () => {
    const unused = isDone(await make({}), 201), used = isDone(await make({}), 201);
    assert.equal((await as.accountant.del(`tariffs/${unused.id}`)).status, 204);
    await as.accountant.make('charges', { house: await home(), tariff: used.id, period_from: '2026-01-01', period_to: '2026-01-31' });
    isProblem(await as.accountant.del(`tariffs/${used.id}`), 409, 'wrong_state');
  });
});

describe('charges by hand', () => {
  const make = (house, more) => as.accountant.post('charges', { house, tariff: T.area, ...more });

  test('by area and days, with lines that say why (vectors of rules §6)', async () => {
    const house = await home({ area: 112.35 });
    const one = async (period_from, period_to) => isDone(await make(house, { period_from, period_to }), 201);
    const march = await one('2026-03-12', '2026-03-31');
    assert.deepEqual([march.amount_fen, march.open_fen, march.state, march.due_date, march.quantity, march.unit_price], [20295, 20295, 'open', '2026-03-31', '112.35', '2.80']);
    assert.equal(march.tax_fen, 1149, '202.95 − round(202.95 / 1.06)');
    assert.deepEqual(march.lines.map((line) => line.amount_fen), [20295]);
    assert.equal((await one('2026-02-14', '2026-02-28')).amount_fen, 16853);
    assert.equal((await one('2026-04-01', '2026-04-30')).amount_fen, 31458);
    assert.equal((await one('2024-02-29', '2024-02-29')).amount_fen, 1085, '29 February: 314.58 / 29');
    assert.match((await as.accountant.read(`charges/${march.id}`)).lines[0].text, /112\.35 m² × ¥2\.80 × 20\/31/);
    assert.match((await as.accountant.get(`charges/${march.id}`, zh)).body.lines[0].text, /112\.35 m² × 2\.80 元 × 20\/31 月 = 202\.95 元/);
    const two = await one('2026-05-01', '2026-06-15');
    assert.deepEqual(two.lines.map((line) => line.amount_fen), [31458, 15729]);
  });

  test('the same days are billed once, however they are cut; a reversed one may be billed again', async () => {
    const house = await home();
    const first = isDone(await make(house, { period_from: '2026-03-01', period_to: '2026-03-31' }), 201);
    for (const [period_from, period_to] of [['2026-03-01', '2026-03-31'], ['2026-03-31', '2026-04-30'], ['2026-02-01', '2026-03-01'], ['2026-03-10', '2026-03-20'], ['2026-01-01', '2026-12-31']])
      isProblem(await make(house, { period_from, period_to }), 422, 'invalid', ['period_from']);
    isDone(await make(house, { period_from: '2026-04-01', period_to: '2026-04-30' }), 201);
    isDone(await make(await home(), { period_from: '2026-03-01', period_to: '2026-03-31' }), 201);
    await as.accountant.did('charges', first.id, 'reverse', { reason: '面积有误' });
    isDone(await make(house, { period_from: '2026-03-01', period_to: '2026-03-31' }), 201);
  });

  test('a price holds only for its days', async () => {
    const tariff = (await as.accountant.make('tariffs', { project, code: `P${++serial}`, kind: 'area', rate_yuan: '2.80', from: '2026-01-01', to: '2026-04-15' })).id, house = await home();
    isProblem(await make(house, { tariff, period_from: '2026-04-01', period_to: '2026-04-30' }), 422, 'invalid', ['period_to']);
    isProblem(await make(house, { tariff, period_from: '2025-12-31', period_to: '2026-01-31' }), 422, 'invalid', ['period_from']);
    isDone(await make(house, { tariff, period_from: '2026-04-01', period_to: '2026-04-15' }), 201);
  });

  test('what cannot be charged: no area, no days, days backwards, a meter, another project, nothing', async () => {
    const house = await home(), none = await home({ area: 0 });
    isProblem(await make(none, { period_from: '2026-03-01', period_to: '2026-03-31' }), 422, 'invalid', ['area']);
    isProblem(await make(house, {}), 422, 'invalid', ['period_from']);
    isProblem(await make(house, { period_from: '2026-03-31', period_to: '2026-03-01' }), 422, 'invalid', ['period_to']);
    isProblem(await make(house, { period_from: '1900-01-01', period_to: '2099-12-31' }), 422, 'invalid');
    for (const due_date of ['1980-01-01', '2099-01-01']) isProblem(await make(house, { tariff: T.late, amount_fen: 100, due_date }), 422, 'invalid', ['due_date']);
    const meter = (await as.accountant.make('tariffs', { project, code: `M${++serial}`, kind: 'meter', rate_yuan: '5', from: '2020-01-01' })).id;
    isProblem(await make(house, { tariff: meter, period_from: '2026-03-01', period_to: '2026-03-31' }), 422, 'invalid', ['tariff']);
    const far = (await as.admin.make('tariffs', { project: world.projects.ERQI, code: 'FAR', kind: 'one_off', from: '2020-01-01' })).id;
    isProblem(await as.admin.post('charges', { house, tariff: far, amount_fen: 100 }), 422, 'invalid', ['tariff']);
    isProblem(await make(house, { tariff: far, amount_fen: 100 }), 422, 'invalid', ['tariff']);
    isProblem(await make(world.houses['9-1-901'], { tariff: T.once, amount_fen: 100 }), 422, 'invalid', ['house']);
    isProblem(await make(world.houses.foreign, { tariff: T.once, amount_fen: 100 }), 422, 'invalid', ['house']);
    isProblem(await make(house, { tariff: T.once }), 422, 'invalid', ['amount_fen']);
    isProblem(await as.accountant.post('charges', { tariff: T.once, amount_fen: 1 }), 422, 'invalid', ['house']);
    assert.equal((await as.admin.make('charges', { house: await home(), project: world.projects.ERQI, tariff: T.once, amount_fen: 5 })).project, project, 'the house says whose it is');
    assert.equal((await due(house)).open_fen, 0);
  });

  test('so many of a price, or an amount agreed', async () => {
    const house = await home();
    const cards = isDone(await make(house, { tariff: T.priced, quantity: '3' }), 201);
    assert.deepEqual([cards.amount_fen, cards.quantity, cards.unit_price], [4650, '3', '15.50']);
    isProblem(await make(house, { tariff: T.priced, quantity: '0' }), 422, 'invalid', ['amount_fen']);
    isProblem(await make(house, { tariff: T.priced, quantity: '-3' }), 422, 'invalid', ['quantity']);
    assert.equal(isDone(await make(house, { tariff: T.agency, amount_fen: 100 }), 201).amount_fen, 100);
    assert.equal(numberOf(world, `SELECT sum(balance_fen) FROM account WHERE kind = 'agency'`), 100);
  });

  test('amounts: 1 fen is the least; 0, negative, fractions, texts and beyond 2^53 are none', async () => {
    const house = await home();
    for (const fen of [0, -1, 1.5, '100', true, [], {}, 1e300, 2 ** 53, 1e14 + 1]) isProblem(await make(house, { tariff: T.once, amount_fen: fen }), 422, 'invalid', ['amount_fen']);
    for (const text of ['9223372036854775807', '9223372036854775808', 'NaN', '1e999']) {
      const answer = await as.accountant.post('charges', `{"house":"${house}","tariff":"${T.once}","amount_fen":${text}}`);
      assert.ok([400, 422].includes(answer.status), answer.text);
    }
    assert.equal((await due(house)).open_fen, 0);
    assert.equal(isDone(await make(house, { tariff: T.once, amount_fen: 1 }), 201).open_fen, 1);
  });

  test('a sum beyond what the books can carry is refused as a whole', async () => {
    const house = await home(), rich = 1e14;
    for (let i = 0; i < 8; i++) await charge(house, rich);
    const answer = await make(house, { tariff: T.once, amount_fen: rich });
    if (answer.status === 201) isProblem(await make(house, { tariff: T.once, amount_fen: rich }), 422, 'invalid', ['amount_fen']);
    for (const one of (await as.accountant.read(`charges?filter[house]=${house}`)).items) await as.accountant.did('charges', one.id, 'reverse', { reason: '试' });
    assert.equal((await due(house)).open_fen, 0);
  });

  test('a charge is not edited and not put away', async () => {
    const house = await home(), one = await charge(house, 1000);
    for (const patch of [{ amount_fen: 1 }, { due_date: '2030-01-01' }, { house: await home() }, { tariff: T.late }, { quantity: '2' }, { period_from: '2026-01-01' }]) isProblem(await as.accountant.patch(`charges/${one.id}`, patch), 409, 'wrong_state');
    for (const patch of [{ open_fen: 0 }, { state: 'paid' }, { reverses: one.id }, { late_of: one.id }]) isProblem(await as.accountant.patch(`charges/${one.id}`, patch), 422, 'invalid');
    isProblem(await as.accountant.del(`charges/${one.id}`), 403, 'forbidden');
    assert.equal((await due(house)).open_fen, 1000);
  });
});

describe('what is due', () => {
  test('oldest first, of one day the charge before its late fee; late fee by the day (rules §9)', async () => {
    const house = await home({ area: 112.35 });
    await charge(house, 500, dayOf(world, 30));
    isDone(await as.accountant.post('charges', { house, tariff: T.area, period_from: '2026-03-01', period_to: '2026-03-31' }), 201);
    for (const [on, fee] of [['2026-03-31', 0], ['2026-04-01', 16], [PAID, 1195], ['2024-01-01', 0]]) assert.equal((await due(house, on)).late_fen, fee, on);
    const all = await due(house, PAID);
    assert.deepEqual([all.open_fen, all.overdue_fen, all.late_fen, all.total_fen, all.prepay_fen], [31958, 31458, 1195, 33153, 0]);
    assert.deepEqual(all.items.map((one) => [one.open_fen, one.late_fen]), [[31458, 1195], [500, 0]]);
    assert.match(all.items[0].late_lines[0].text, /314\.58 × 5\/10000 × 76 days = ¥11\.95/);
    assert.equal((await due(house, '2033-01-01')).late_fen, 9437, 'the cap: 30 %');
    isProblem(await as.cashier.get(`houses/${house}/due?on=2026-02-30`), 422, 'invalid', ['on']);
    isProblem(await as.cashier.get(`houses/${house}/due?off=1`), 422, 'invalid');
  });

  test('a part paid on 1 May stops its part of the late fee: 9.70', async () => {
    const house = await home({ area: 112.35 });
    isDone(await as.accountant.post('charges', { house, tariff: T.area, period_from: '2026-03-01', period_to: '2026-03-31' }), 201);
    await pay(house, 10000, { received_at: '2026-05-01' });
    const [first, fee] = (await due(house, PAID)).items;
    assert.equal(first.open_fen, 21458);
    assert.equal(fee.open_fen + first.late_fen, 970, '31 days on 314.58 and 45 on 214.58; rounded once');
    assert.equal(fee.late_of, first.id);
  });

  test('grace: nothing within it, from the first day once past it', async () => {
    const house = await home();
    await late(house, 100000);
    assert.equal((await due(house, '2026-04-10')).late_fen, 0);
    assert.equal((await due(house, '2026-04-11')).late_fen, 550);
  });

  test('a dispute stops the late fee until it is answered', async () => {
    const house = await home(), one = await late(house, 100000);
    isProblem(await as.cashier.act('charges', one.id, 'dispute', {}), 422, 'invalid', ['reason']);
    await as.cashier.did('charges', one.id, 'dispute', { reason: '面积不对' });
    assert.deepEqual([(await due(house, PAID)).late_fen, (await due(house, PAID)).items[0].disputed], [0, true]);
    isProblem(await as.cashier.act('charges', one.id, 'dispute', { reason: '再说一次' }), 409, 'wrong_state');
    isProblem(await as.cashier.act('charges', one.id, 'settle_dispute', { outcome: '已核' }), 403, 'forbidden');
    await as.accountant.did('charges', one.id, 'settle_dispute', { outcome: '面积无误' });
    assert.equal((await due(house, PAID)).late_fen, 3800);
  });
});

describe('payments', () => {
  test('oldest first; of one day the charge, then its late fee; what is left is paid ahead', async () => {
    const house = await home(), newer = await charge(house, 700, dayOf(world, 10)), older = await late(house, 100000);
    const part = await pay(house, 40000, { received_at: PAID });
    assert.deepEqual(uses(part), [[older.id, 40000]]);
    assert.deepEqual(await open(older), ['part', 60000]);
    const fee = (await due(house, PAID)).items.find((one) => one.late_of === older.id);
    assert.equal(fee.open_fen, 3800, 'the late fee up to the payment is a charge now');
    const rest = await pay(house, 64000, { received_at: PAID });
    assert.deepEqual(uses(rest), [[older.id, 60000], [fee.id, 3800], [newer.id, 200]]);
    assert.deepEqual([await open(older), await open(fee.id), await open(newer)], [['paid', 0], ['paid', 0], ['part', 500]]);
    const last = await pay(house, 1000);
    assert.deepEqual([uses(last), last.surplus_fen], [[[newer.id, 500]], 500]);
    assert.equal(await prepay(house), 500);
  });

  /* Days late on 15 June: 107 of the first, 76 of the others; 0.05 % a day. */
  const three = async () => {
    const house = await home(), older = await late(house, 20000, '2026-02-28'), one = await late(house, 100000), two = await late(house, 50000);
    assert.deepEqual((await due(house, PAID)).items.map((item) => [item.id, item.late_fen]), [[older.id, 1070], [one.id, 3800], [two.id, 1900]]);
    return { house, older, one, two, fee: async (of) => (await as.accountant.read(`charges?filter[late_of]=${of.id}`)).items[0] };
  };
  const used = (payment) => payment.allocations.map((item) => item.fen);

  test('of one day the charges before their late fees, unless the rule says otherwise', async () => {
    assert.equal(await rule('cashier.late_first', 0), 0);
    const { house, older, one, two, fee } = await three();
    assert.equal((await due(house)).late_first, false);
    const first = await pay(house, 20000 + 1070 + 100000 + 49000, { received_at: PAID }); /* 200 and its 10.70; 1000 and 490 of 500; nothing of 38 and 19 */
    assert.deepEqual(uses(first), [[older.id, 20000], [(await fee(older)).id, 1070], [one.id, 100000], [two.id, 49000]]);
    assert.deepEqual([await open((await fee(one)).id), await open((await fee(two)).id)], [['open', 3800], ['open', 1900]], 'they have come to what is paid');
    const second = await pay(house, 1000 + 3800 + 500, { received_at: PAID });
    assert.deepEqual(uses(second), [[two.id, 1000], [(await fee(one)).id, 3800], [(await fee(two)).id, 500]]);
    assert.equal((await due(house, PAID)).total_fen, 1400);
  });

  test('late fees first, where the rule says so; a late fee alone leaves its charge as it was', async () => {
    await rule('cashier.late_first', 1);
    const { house, older, one, two, fee } = await three();
    assert.equal((await due(house)).late_first, true);
    const first = await pay(house, 1000, { received_at: PAID });
    assert.deepEqual([uses(first), await open(older), await open((await fee(older)).id)], [[[(await fee(older)).id, 1000]], ['open', 20000], ['part', 70]]);
    const second = await pay(house, 70 + 20000 + 3800 + 1900 + 50, { received_at: PAID });
    assert.deepEqual(uses(second), [[(await fee(older)).id, 70], [older.id, 20000], [(await fee(one)).id, 3800], [(await fee(two)).id, 1900], [one.id, 50]]);
    assert.deepEqual([await open(one), await open(two)], [['part', 99950], ['open', 50000]]);
    assert.equal((await due(house, PAID)).total_fen, 99950 + 50000);
    assert.equal((await due(house, '2026-06-17')).late_fen, 100 + 50, 'and they run on: 999.50 and 500.00, two days');
    const other = await three(), named = await pay(other.house, 300, { received_at: PAID, allocations: [{ charge: other.one.id, fen: 0, late_fen: 300 }] });
    assert.deepEqual([used(named), await open(other.one), await open((await other.fee(other.one)).id)], [[300], ['open', 100000], ['part', 3500]]);
    const found = await as.cashier.make('payments', { project, amount_fen: 1100, method: 'transfer', received_at: PAID });
    assert.deepEqual(used(await as.cashier.did('payments', found.id, 'match', { house: other.house })), [1070, 30], 'what is matched goes the same way');
    await rule('cashier.late_first', 0);
  });

  test('what was paid ahead goes the same way by itself', async () => {
    for (const [late_first, expected] of [[0, [[60, 0], [100, 0]]], [1, [[0, 60], [60, 40]]]]) { /* [charge, late fee] of 0.60, then of 1.00 */
      await rule('cashier.late_first', late_first);
      const house = await home(), one = await late(house, 10000, dayOf(world, -20)); /* 1.00 has come to it */
      await rule('cashier.use_ahead', 1);
      const paid = [];
      for (const fen of [60, 100]) {
        const before = (await as.accountant.read(`payments?filter[house]=${house}`)).items.length;
        await pay(house, fen, { allocations: [] });
        await world.restart(); /* the chores run when it is up */
        const [by_itself] = await until(async () => { const { items } = await as.accountant.read(`payments?filter[house]=${house}&sort=-id`); return items.length === before + 2 && items; }, 'a payment from what was paid ahead');
        assert.equal(by_itself.method, 'prepay');
        const of = (id) => by_itself.allocations.filter((item) => (item.charge === id)).reduce((sum, item) => sum + item.fen, 0);
        paid.push([of(one.id), used(by_itself).reduce((sum, one) => sum + one, 0) - of(one.id)]);
      }
      assert.deepEqual(paid, expected);
      await rule('cashier.use_ahead', 0);
    }
    await rule('cashier.late_first', 0);
  });

  test('named charges: parts of them, late fees with them, charges of several houses', async () => {
    const [a, b] = [await home(), await home()], one = await charge(a, 1000), two = await charge(b, 2000, undefined, { tariff: T.agency }), old = await late(a, 100000);
    const both = await pay(a, 2500, { allocations: [{ charge: one.id, fen: 400 }, { charge: two.id, fen: 2000 }] });
    assert.deepEqual([uses(both), both.surplus_fen], [[[one.id, 400], [two.id, 2000]], 100]);
    assert.deepEqual([await open(one), await open(two), await open(old), await prepay(a), await prepay(b)], [['part', 600], ['paid', 0], ['open', 100000], 100, 0]);
    const with_late = await pay(a, 13800, { received_at: PAID, allocations: [{ charge: old.id, fen: 10000, late_fen: 3800 }] });
    assert.deepEqual(with_late.allocations.map((item) => item.fen), [10000, 3800]);
    assert.equal((await pay(a, 50, { allocations: [] })).surplus_fen, 50, 'nothing named: all paid ahead');
  });

  test('allocations that cannot be: too much, twice, unknown, another project’s, more than the money, not in form', async () => {
    const house = await home(), one = await charge(house, 1000), foreign = await charge(await home(), 100);
    const far_tariff = (await as.admin.make('tariffs', { project: world.projects.ERQI, code: `FAR${++serial}`, kind: 'one_off', from: '2020-01-01' })).id;
    const far = await as.admin.make('charges', { house: world.houses['9-1-901'], tariff: far_tariff, amount_fen: 100 });
    const wrong = async (allocations, words, fen = 5000) => {
      const answer = await tryPay(house, fen, { allocations });
      isProblem(answer, 422, 'invalid', ['allocations']);
      if (words !== undefined) says(answer, words);
    };
    await wrong([{ charge: one.id, fen: 1001 }], '10.00 yuan are open');
    says(await as.cashier.call('POST', 'payments', { house, amount_fen: 5000, method: 'qr', allocations: [{ charge: one.id, fen: 1001 }] }, zh), '未缴 10.00 元');
    await wrong([{ charge: one.id, fen: 500 }, { charge: one.id, fen: 500 }], 'twice');
    await wrong([{ charge: one.id, fen: 500 }, { charge: foreign.id, fen: 100 }], 'more than the payment', 599);
    await wrong([{ charge: far.id, fen: 100 }]);
    await wrong([{ charge: '12345', fen: 100 }], 'no such charge');
    await wrong([{ charge: one.id, fen: 100, late_fen: 5 }], 'late fee');
    for (const item of [{ charge: one.id, fen: 0 }, { charge: one.id, fen: -5 }, { charge: one.id, fen: 1.5 }, { charge: one.id, fen: '5' }, { charge: one.id }, { fen: 5 }, { charge: one.id, fen: 5, late_fen: -1 }, { charge: one.id, fen: 5, x: 1 }, 5, null, { charge: one.id, fen: 2 ** 53 }])
      await wrong([item]);
    isProblem(await tryPay(house, 100, { allocations: 'all' }), 422, 'invalid', ['allocations']);
    isProblem(await tryPay(house, 100, { allocations: { charge: one.id, fen: 5 } }), 422, 'invalid', ['allocations']);
    isProblem(await as.admin.post('payments', { house, method: 'qr', amount_fen: 100, allocations: [{ charge: far.id, fen: 100 }] }), 422, 'invalid', ['allocations']);
    assert.deepEqual([await open(one), await prepay(house)], [['open', 1000], 0]);
  });

  test('amounts that are none; cash that is less; a time to come', async () => {
    const house = await home();
    for (const fen of [0, -1, 1.5, '100', null, true, 1e300, 2 ** 53, 1e14 + 1]) isProblem(await tryPay(house, fen), 422, 'invalid', ['amount_fen']);
    for (const text of ['9223372036854775807', '9223372036854775808', '1e999', 'NaN']) assert.ok([400, 422].includes((await as.cashier.post('payments', `{"house":"${house}","method":"qr","amount_fen":${text}}`)).status));
    isProblem(await tryPay(house, 100, { given_fen: 99 }), 422, 'invalid', ['given_fen']);
    isProblem(await tryPay(house, 100, { received_at: dayOf(world, 2) }), 422, 'invalid', ['received_at']);
    isProblem(await tryPay(house, 100, { method: 'barter' }), 422, 'invalid', ['method']);
    isProblem(await tryPay(world.houses['9-1-901'], 100), 422, 'invalid', ['house']);
    isProblem(await tryPay(world.houses.foreign, 100), 422, 'invalid', ['house']);
    const cash = await pay(house, 750, { method: 'cash', given_fen: 1000 });
    assert.equal(cash.change_fen, 250);
    const most = await pay(house, 1e14);
    await as.accountant.did('payments', most.id, 'void', { reason: '输错' });
    assert.equal(await prepay(house), 750);
  });

  test('of a day that is past: a cashier some days back, with cash not behind the drawer, bookkeepers a year; a late fee is not shed so', async () => {
    await rule('cashier.backdate_days', 7);
    await rule('cashier.backdate_most_days', 400);
    const house = await home(), one = await late(house, 100000, dayOf(world, -60)); /* 10 days of grace, then 0.5 a day */
    const back = (days, who, more = {}) => tryPay(house, 100, { received_at: dayOf(world, -days), allocations: [], ...more }, who);
    const refused = async (answer, words) => { isProblem(answer, 422, 'invalid', ['received_at']); says(answer, words); };
    await refused(await back(8, as.cashier), 'an accountant or manager must');
    await refused(await as.cashier.call('POST', 'payments', { house, amount_fen: 100, method: 'qr', received_at: dayOf(world, -8) }, zh), '须由会计或经理办理');
    await refused(await back(60, as.cashier, { amount_fen: 100000, allocations: [{ charge: one.id, fen: 100000 }] }), 'more than 7 days ago');
    isDone(await back(7, as.cashier), 201);
    isDone(await back(8, as.accountant), 201);
    isDone(await back(400, as.manager), 201);
    for (const who of [as.cashier, as.accountant, as.admin]) await refused(await back(401, who), '400 days ago');
    await refused(await back(0, as.admin, { received_at: '0001-01-01' }), '400 days ago');
    const at_once = await world.person('cashier3', [{ role: 'cashier', scope: project }]);
    for (const more of [{}, { given_fen: 100 }]) await refused(await back(1, at_once, { method: 'cash', ...more }), 'before its opening');
    isDone(await back(0, at_once, { method: 'cash' }), 201);
    await refused(await back(1, at_once, { method: 'cash' }), 'before its opening');
    isDone(await back(1, as.accountant, { method: 'cash' }), 201);
    await rule('cashier.backdate_days', 30);
    isDone(await back(30, as.cashier), 201);
    await refused(await back(31, as.cashier), 'more than 30 days ago');
    assert.deepEqual([await open(one), await prepay(house)], [['open', 100000], 600]);
    assert.equal((await due(house)).late_fen, 3000, '60 days of 0.50');
    await rule('cashier.backdate_days', 400);
    await rule('cashier.backdate_most_days', 3660);
  });

  test('from what was paid ahead: never more than lies there, never more than is owed', async () => {
    const house = await home(), one = await charge(house, 1000);
    await pay(house, 500, { allocations: [] });
    const answer = await tryPay(house, 501, { method: 'prepay' });
    isProblem(answer, 422, 'invalid', ['amount_fen']);
    says(answer, 'only 5.00 yuan');
    says(await as.cashier.call('POST', 'payments', { house, amount_fen: 501, method: 'prepay' }, zh), '预存只有 5.00 元');
    isProblem(await as.cashier.post('payments', { project, amount_fen: 1, method: 'prepay' }), 422, 'invalid', ['house']);
    await pay(house, 400, { method: 'prepay' });
    assert.deepEqual([await open(one), await prepay(house)], [['part', 600], 100]);
    await pay(house, 600);
    isProblem(await tryPay(house, 50, { method: 'prepay' }), 422, 'invalid', ['amount_fen']);
    assert.equal(await prepay(house), 100);
  });

  test('what one household paid ahead does not pay what another owes', async () => {
    const house = await home(), other = await home(), own = await charge(house, 300), foreign = await charge(other, 300);
    await pay(house, 1000, { allocations: [] });
    for (const allocations of [[{ charge: foreign.id, fen: 300 }], [{ charge: own.id, fen: 300 }, { charge: foreign.id, fen: 300 }]]) {
      const answer = await tryPay(house, allocations.length * 300, { method: 'prepay', allocations });
      isProblem(answer, 422, 'invalid', ['allocations']);
      says(answer, 'its own charges only');
    }
    assert.deepEqual([await prepay(house), await open(own), await open(foreign)], [1000, ['open', 300], ['open', 300]]);
    await pay(house, 300, { method: 'prepay', allocations: [{ charge: own.id, fen: 300 }] });
    assert.deepEqual([await prepay(house), await open(own)], [700, ['paid', 0]]);
  });

  test('whose it is not known: it waits, is matched and used as of the day it came in', async () => {
    const house = await home(), one = await late(house, 100000);
    const found = await as.cashier.make('payments', { project, amount_fen: 104500, method: 'transfer', received_at: PAID, reference: 'TX1' });
    assert.deepEqual([found.state, found.house, found.surplus_fen], ['unmatched', null, 104500]);
    isProblem(await as.cashier.post('payments', { project, amount_fen: 5, method: 'qr', allocations: [{ charge: one.id, fen: 5 }] }), 422, 'invalid', ['house']);
    isProblem(await as.cashier.act('payments', found.id, 'match', {}), 422, 'invalid', ['house']);
    isProblem(await as.cashier.act('payments', found.id, 'match', { house: world.houses['9-1-901'] }), 422, 'invalid');
    const booked = await as.cashier.did('payments', found.id, 'match', { house });
    assert.deepEqual([booked.state, booked.house, booked.surplus_fen], ['booked', house, 700]);
    assert.deepEqual(booked.allocations.map((item) => item.fen), [100000, 3800]);
    assert.deepEqual([await open(one), await prepay(house)], [['paid', 0], 700]);
    isProblem(await as.cashier.act('payments', found.id, 'match', { house }), 409, 'wrong_state');
    const [receipt] = (await as.cashier.read(`receipts?filter[payment]=${found.id}`)).items;
    assert.equal(receipt.house, house, 'the household finds its receipt');
    await as.accountant.did('payments', found.id, 'void', { reason: '退票' });
    assert.deepEqual([await open(one), await prepay(house)], [['open', 100000], 0]);
  });

  test('unmatched: given back in part, the rest matched; void', async () => {
    const house = await home(), one = await charge(house, 300);
    const found = await as.cashier.make('payments', { project, amount_fen: 1000, method: 'transfer' });
    await as.cashier.did('payments', found.id, 'refund', { amount_fen: 600, reason: '多汇' });
    isProblem(await as.cashier.act('payments', found.id, 'refund', { amount_fen: 401, reason: '再退' }), 422, 'invalid', ['amount_fen']);
    await as.cashier.did('payments', found.id, 'match', { house });
    assert.deepEqual([await open(one), await prepay(house)], [['paid', 0], 100]);
    const gone = await as.cashier.make('payments', { project, amount_fen: 1000, method: 'transfer' });
    await as.cashier.did('payments', gone.id, 'void', { reason: '退票' });
    const back = await as.cashier.make('payments', { project, amount_fen: 1000, method: 'transfer' });
    assert.equal((await as.cashier.did('payments', back.id, 'refund', { amount_fen: 1000, reason: '汇错' })).state, 'refunded');
    isProblem(await as.cashier.act('payments', back.id, 'match', { house }), 409, 'wrong_state');
  });

  test('a payment is not edited and not put away', async () => {
    const one = await pay(await home(), 100);
    for (const patch of [{ amount_fen: 1 }, { house: await home() }, { method: 'cash' }, { allocations: [] }, { received_at: DUE }]) isProblem(await as.cashier.patch(`payments/${one.id}`, patch), 409, 'wrong_state');
    isProblem(await as.cashier.patch(`payments/${one.id}`, { surplus_fen: 0 }), 422, 'invalid', ['surplus_fen']);
    isDone(await as.cashier.patch(`payments/${one.id}`, { note: '业主母亲代交' }));
    for (const who of ['cashier', 'accountant', 'admin']) isProblem(await as[who].del(`payments/${one.id}`), 403, 'forbidden');
  });
});

describe('void', () => {
  test('its charges open again, its receipt is void, late fees that were charged stay', async () => {
    const house = await home(), one = await late(house, 100000), payment = await pay(house, 104000, { received_at: PAID });
    isProblem(await as.accountant.act('payments', payment.id, 'void', {}), 422, 'invalid', ['reason']);
    const gone = await as.accountant.did('payments', payment.id, 'void', { reason: '退票' });
    assert.deepEqual([gone.state, gone.reason], ['voided', '退票']);
    assert.deepEqual([await open(one), await prepay(house)], [['open', 100000], 0]);
    const fee = (await due(house, PAID)).items.find((item) => item.late_of === one.id);
    assert.deepEqual([fee.open_fen, fee.state], [3800, 'open']);
    assert.equal((await due(house, PAID)).late_fen, 0, 'not a second time');
    assert.equal((await due(house, '2026-06-16')).late_fen, 50, 'and it runs on');
    assert.equal((await as.cashier.read(`receipts?filter[payment]=${payment.id}`)).items[0].state, 'voided');
    isProblem(await as.accountant.act('payments', payment.id, 'void', { reason: '再来' }), 409, 'wrong_state');
    isProblem(await as.accountant.act('payments', payment.id, 'refund', { amount_fen: 1, reason: '退' }), 409, 'wrong_state');
  });

  test('not when what it paid ahead was used, and not when a part was given back', async () => {
    const house = await home(), first = await pay(house, 1000), one = await charge(house, 600);
    await pay(house, 600, { method: 'prepay' });
    isProblem(await as.cashier.act('payments', first.id, 'void', { reason: '退' }), 409, 'wrong_state');
    isProblem(await as.cashier.act('payments', first.id, 'refund', { amount_fen: 401, reason: '退' }), 409, 'wrong_state');
    assert.deepEqual([await open(one), await prepay(house)], [['paid', 0], 400]);
    await as.cashier.did('payments', first.id, 'refund', { amount_fen: 400, reason: '退余额' });
    isProblem(await as.cashier.act('payments', first.id, 'void', { reason: '退' }), 409, 'wrong_state');
  });

  test('of a payment whose charge was reversed meanwhile: the money lay in what is paid ahead', async () => {
    const house = await home(), one = await charge(house, 600), payment = await pay(house, 1000);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '收错' });
    assert.equal(await prepay(house), 1000);
    await as.cashier.did('payments', payment.id, 'void', { reason: '退票' });
    assert.deepEqual([await open(one), await prepay(house)], [['reversed', 0], 0]);
  });

  test('the same where another house’s charge was reversed: that house is never left below nothing', async () => {
    const [a, b] = [await home(), await home()], one = await charge(b, 600), payment = await pay(a, 600, { allocations: [{ charge: one.id, fen: 600 }] });
    await as.accountant.did('charges', one.id, 'reverse', { reason: '收错' });
    const next = await charge(b, 600);
    await pay(b, 600, { method: 'prepay' });
    isProblem(await as.cashier.act('payments', payment.id, 'void', { reason: '退票' }), 409, 'wrong_state');
    isProblem(await as.cashier.act('payments', payment.id, 'refund', { amount_fen: 100, reason: '退' }), 409, 'wrong_state');
    assert.deepEqual([await open(next), await prepay(b)], [['paid', 0], 0]);
  });

  test('of a part that was paid before the rest was written off: that part is owed again', async () => {
    const house = await home(), one = await charge(house, 1000), payment = await pay(house, 400);
    const off = await as.cashier.make('adjustments', { charge: one.id, kind: 'write_off', amount_fen: 600, reason: '失联', document: await as.cashier.photo() });
    for (const who of ['manager', 'accountant', 'region']) await as[who].did('adjustments', off.id, 'approve');
    assert.deepEqual(await open(one), ['written_off', 0]);
    await as.cashier.did('payments', payment.id, 'void', { reason: '退票' });
    assert.deepEqual([await open(one), await prepay(house)], [['part', 400], 0]);
  });

  test('a prepay payment’s void puts the money back', async () => {
    const house = await home(), one = await charge(house, 600);
    await pay(house, 600, { allocations: [] });
    const used = await pay(house, 600, { method: 'prepay' });
    await as.cashier.did('payments', used.id, 'void', { reason: '用错' });
    assert.deepEqual([await open(one), await prepay(house)], [['open', 600], 600]);
  });
});

describe('refund', () => {
  test('in parts, twice, the last fen; never more than was paid', async () => {
    const house = await home(), one = await charge(house, 600), payment = await pay(house, 1000);
    const refund = (fen, more) => as.cashier.act('payments', payment.id, 'refund', { amount_fen: fen, reason: '多交', ...more });
    for (const fen of [0, -1, 1001, 1.5, '5', 2 ** 53]) isProblem(await refund(fen), 422, 'invalid', ['amount_fen']);
    says(await refund(1001), 'at most 10.00 yuan');
    isProblem(await as.cashier.act('payments', payment.id, 'refund', { amount_fen: 100 }), 422, 'invalid', ['reason']);
    const first = isDone(await refund(500));
    assert.deepEqual([first.refunded_fen, first.state, first.amount_fen], [500, 'booked', 1000]);
    assert.deepEqual([await open(one), await prepay(house)], [['part', 100], 0], 'first what was paid ahead, then the charge');
    says(await refund(501), 'at most 5.00 yuan');
    isProblem(await refund(501), 422, 'invalid', ['amount_fen']);
    const last = isDone(await refund(500, { method: 'cash' }));
    assert.deepEqual([last.refunded_fen, last.state], [1000, 'refunded']);
    assert.deepEqual(await open(one), ['open', 600]);
    isProblem(await refund(1), 409, 'wrong_state');
    isProblem(await as.cashier.act('payments', payment.id, 'void', { reason: '作废' }), 409, 'wrong_state');
  });

  test('of a payment whose charge was reversed: out of what is paid ahead, every fen of it', async () => {
    const house = await home(), one = await charge(house, 600), payment = await pay(house, 1000);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '收错' });
    for (const [fen, left] of [[450, 550], [50, 500], [1, 499], [499, 0]]) {
      await as.cashier.did('payments', payment.id, 'refund', { amount_fen: fen, reason: '退' });
      assert.equal(await prepay(house), left);
    }
    assert.equal((await read('payments', payment)).state, 'refunded');
  });

  test('of a prepay payment: back to what is paid ahead, in steps, also of a reversed charge', async () => {
    const house = await home(), one = await charge(house, 600);
    await pay(house, 600, { allocations: [] });
    const used = await pay(house, 600, { method: 'prepay' });
    await as.cashier.did('payments', used.id, 'refund', { amount_fen: 200, reason: '退' });
    assert.deepEqual([await open(one), await prepay(house)], [['part', 200], 200]);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '收错' });
    assert.equal(await prepay(house), 600);
    for (const fen of [100, 50, 250]) {
      await as.cashier.did('payments', used.id, 'refund', { amount_fen: fen, reason: '退' });
      assert.equal(await prepay(house), 600, 'out of it and into it');
    }
  });

  test('what is given back runs late again from that day', async () => {
    const house = await home(), one = await late(house, 100000), payment = await pay(house, 100000, { received_at: DUE });
    assert.deepEqual(await open(one), ['paid', 0]);
    await as.accountant.did('payments', payment.id, 'refund', { amount_fen: 100000, reason: '退' });
    assert.deepEqual(await open(one), ['open', 100000]);
    assert.equal((await due(house, dayOf(world))).late_fen, 0);
    assert.equal((await due(house, dayOf(world, 20))).late_fen, 1000, '20 days on 1000.00');
  });
});

describe('a second person', () => {
  test('above the limit an accountant or manager who did not take the money; parts count together', async () => {
    const house = await home(), big = await pay(house, 250000);
    const answer = await as.cashier.act('payments', big.id, 'refund', { amount_fen: 100001, reason: '退' });
    isProblem(answer, 403, 'forbidden');
    says(answer, '1000.00 yuan');
    says(await as.cashier.call('POST', `payments/${big.id}/actions/void`, { reason: '退' }, zh), '1000.00 元');
    isProblem(await as.cashier.act('payments', big.id, 'void', { reason: '退' }), 403, 'forbidden');
    isProblem(await as.cashier2.act('payments', big.id, 'refund', { amount_fen: 100001, reason: '退' }), 403, 'forbidden');
    await as.cashier.did('payments', big.id, 'refund', { amount_fen: 100000, reason: '退' });
    isProblem(await as.cashier.act('payments', big.id, 'refund', { amount_fen: 1, reason: '再退' }), 403, 'forbidden');
    await as.manager.did('payments', big.id, 'refund', { amount_fen: 150000, reason: '退' });
    const own = await pay(house, 100001, {}, as.accountant);
    isProblem(await as.accountant.act('payments', own.id, 'void', { reason: '退' }), 403, 'forbidden');
    await as.accountant2.did('payments', own.id, 'void', { reason: '退' });
  });
});

describe('reversing a charge', () => {
  test('open, part-paid, paid: what was paid is paid ahead; a mirror of the same amount below zero', async () => {
    const house = await home(), all = [];
    for (const paid of [0, 300, 1000]) {
      const one = await charge(house, 1000);
      if (paid > 0) await pay(house, paid, { allocations: [{ charge: one.id, fen: paid }] });
      all.push([one, paid]);
    }
    let ahead = 0;
    for (const [one, paid] of all) {
      isProblem(await as.accountant.act('charges', one.id, 'reverse', {}), 422, 'invalid', ['reason']);
      const gone = await as.accountant.did('charges', one.id, 'reverse', { reason: '算错' });
      ahead += paid;
      assert.deepEqual([gone.state, gone.open_fen, gone.amount_fen, gone.reason, await prepay(house)], ['reversed', 0, 1000, '算错', ahead]);
      const [mirror] = (await as.accountant.read(`charges?filter[house]=${house}`)).items.filter((item) => item.reverses === one.id);
      assert.deepEqual([mirror.amount_fen, mirror.open_fen, mirror.state, mirror.title], [-1000, 0, 'reversed', one.title]);
      for (const id of [one.id, mirror.id]) isProblem(await as.accountant.act('charges', id, 'reverse', { reason: '再冲' }), 409, 'wrong_state');
      isProblem(await tryPay(house, 5, { allocations: [{ charge: mirror.id, fen: 5 }] }), 422, 'invalid', ['allocations']);
    }
    assert.equal((await due(house)).open_fen, 0);
  });

  test('its late fees fall with it: open, part-paid and paid ones', async () => {
    for (const [paid, ahead] of [[0, 0], [1, 1], [3800, 3800]]) {
      const house = await home(), one = await late(house, 100000);
      await pay(house, 100000 + paid, { received_at: PAID, allocations: [{ charge: one.id, fen: 100000, late_fen: paid }] });
      await as.accountant.did('charges', one.id, 'reverse', { reason: '不该收' });
      const left = await due(house, PAID);
      assert.deepEqual([left.open_fen, left.late_fen, left.prepay_fen], [0, 0, 100000 + ahead], `${paid} of the late fee was paid`);
    }
  });

  test('a late fee alone: the same days are not charged again', async () => {
    const house = await home(), one = await late(house, 100000);
    await pay(house, 50000, { received_at: PAID });
    const fee = (await due(house, PAID)).items.find((item) => item.late_of === one.id);
    await as.accountant.did('charges', fee.id, 'reverse', { reason: '通知没送到' });
    assert.equal((await due(house, PAID)).late_fen, 0);
    assert.equal((await due(house, '2026-06-25')).late_fen, 250, '10 days on 500.00');
  });

  test('what a deposit paid becomes money paid ahead too, and the deposit stays what it is', async () => {
    const house = await home(), one = await charge(house, 600), deposit = await as.cashier.make('deposits', { house, amount_fen: 1000, method: 'qr' });
    await as.accountant.did('deposits', deposit.id, 'keep', { charge: one.id, amount_fen: 600, reason: '损坏' });
    await as.accountant.did('charges', one.id, 'reverse', { reason: '不是他' });
    assert.deepEqual([(await read('deposits', deposit)).held_fen, await prepay(house)], [400, 600]);
  });

  test('a reduction falls with its charge', async () => {
    const house = await home(), one = await charge(house, 1000);
    const less = await as.accountant.make('adjustments', { charge: one.id, amount_fen: 300, reason: '停水' });
    assert.deepEqual([less.title, (await as.accountant.get(`adjustments/${less.id}`, { 'accept-language': 'zh-CN' })).body.title], [`Discount, ¥3.00: ${one.title}`, `优惠 3.00 元：${one.title}`], 'how much of what, to who allows it');
    await as.manager.did('adjustments', less.id, 'approve');
    await pay(house, 700);
    assert.deepEqual(await open(one), ['paid', 0]);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '算错' });
    assert.equal(await prepay(house), 700);
  });
});

describe('reductions', () => {
  const ask = (one, fen, more = {}, who = as.accountant) => who.post('adjustments', { charge: one.id, amount_fen: fen, reason: '理由', ...more });

  test('asked by one, allowed by another', async () => {
    const house = await home(), one = await charge(house, 1000);
    for (const fen of [0, -1, 1001, 1.5, 2 ** 53]) isProblem(await ask(one, fen), 422, 'invalid', ['amount_fen']);
    isProblem(await ask(one, 100, { reason: null }), 422, 'invalid', ['reason']);
    const less = isDone(await ask(one, 300), 201);
    assert.deepEqual(await open(one), ['open', 1000], 'asking changes nothing');
    for (const who of ['accountant', 'cashier', 'desk']) isProblem(await as[who].act('adjustments', less.id, 'approve'), 403, 'forbidden');
    const done = await as.accountant2.did('adjustments', less.id, 'approve', { answer: '同意' });
    assert.deepEqual([done.state, done.approved_by, await open(one)], ['approved', world.users.accountant2, ['part', 700]]);
    isProblem(await as.manager.act('adjustments', less.id, 'approve'), 409, 'wrong_state');
    isProblem(await as.manager.act('adjustments', less.id, 'reject', { answer: '不' }), 409, 'wrong_state');
    const no = isDone(await ask(one, 700), 201);
    isProblem(await as.manager.act('adjustments', no.id, 'reject', {}), 422, 'invalid', ['answer']);
    assert.equal((await as.manager.did('adjustments', no.id, 'reject', { answer: '不符合' })).state, 'rejected');
    isProblem(await as.manager.del(`adjustments/${less.id}`), 403, 'forbidden');
  });

  test('who allows it cannot first make it another', async () => {
    const house = await home(), one = await charge(house, 1000), less = isDone(await ask(one, 1, {}, as.cashier), 201);
    isProblem(await as.manager.patch(`adjustments/${less.id}`, { amount_fen: 1000 }), 403, 'forbidden');
    isProblem(await as.cashier.patch(`adjustments/${less.id}`, { amount_fen: 1001 }), 422, 'invalid', ['amount_fen']);
    isProblem(await as.cashier.patch(`adjustments/${less.id}`, { amount_fen: 0 }), 422, 'invalid', ['amount_fen']);
    isDone(await as.cashier.patch(`adjustments/${less.id}`, { amount_fen: 10 }));
    await as.manager.did('adjustments', less.id, 'approve');
    assert.deepEqual(await open(one), ['part', 990]);
    isProblem(await as.cashier.patch(`adjustments/${less.id}`, { amount_fen: 5 }), 409, 'wrong_state');
  });

  test('paid or reversed meanwhile: nothing is left to be lessened', async () => {
    const house = await home(), one = await charge(house, 1000), less = isDone(await ask(one, 300), 201);
    await pay(house, 800);
    isProblem(await as.manager.act('adjustments', less.id, 'approve'), 422, 'invalid', ['amount_fen']);
    await pay(house, 200);
    isProblem(await as.manager.act('adjustments', less.id, 'approve'), 422, 'invalid', ['amount_fen']);
    await as.accountant.did('charges', one.id, 'reverse', { reason: '错' });
    isProblem(await as.manager.act('adjustments', less.id, 'approve'), 422, 'invalid', ['amount_fen']);
    assert.equal(await prepay(house), 1000);
  });

  test('a late fee waived: in part, all of it; not more; it runs on from there', async () => {
    const house = await home(), one = await late(house, 100000), fee = (await due(house)).late_fen;
    assert.ok(fee > 0);
    const part = isDone(await ask(one, 100, { kind: 'waiver' }), 201);
    await as.manager.did('adjustments', part.id, 'approve');
    assert.deepEqual([(await due(house)).late_fen, (await due(house)).open_fen], [0, 100000 + fee - 100]);
    assert.deepEqual(await open(one), ['open', 100000], 'the charge itself is as it was');
    const late_charge = (await due(house)).items.find((item) => item.late_of === one.id);
    isProblem(await ask({ id: late_charge.id }, fee, { kind: 'discount' }), 422, 'invalid', ['amount_fen']);
    const more = isDone(await ask({ id: late_charge.id }, fee, { kind: 'waiver' }), 201);
    isProblem(await as.manager.act('adjustments', more.id, 'approve'), 422, 'invalid', ['amount_fen']);
    const rest = isDone(await ask({ id: late_charge.id }, fee - 100, { kind: 'waiver' }), 201);
    await as.manager.did('adjustments', rest.id, 'approve');
    assert.deepEqual([(await due(house)).late_fen, (await due(house)).open_fen], [0, 100000]);
    const none = await charge(await home(), 100), waived = isDone(await ask(none, 5, { kind: 'waiver' }), 201);
    isProblem(await as.manager.act('adjustments', waived.id, 'approve'), 422, 'invalid', ['charge']);
  });

  test('a write-off takes a document and three: manager, accountant, region; the last of them books it', async () => {
    const house = await home(), one = await charge(house, 1000), document = await as.accountant.photo();
    isProblem(await ask(one, 1000, { kind: 'write_off' }), 422, 'invalid', ['document']);
    const off = isDone(await ask(one, 1000, { kind: 'write_off', document }), 201);
    const seen = async (lang) => { const { body } = await as.manager.get(`adjustments/${off.id}`, { 'accept-language': lang }); return [body.state, body.awaits]; };
    assert.deepEqual(await seen('en'), ['asked', 'waits for manager, accountant, region']);
    assert.deepEqual(await seen('zh'), ['asked', '待经理、会计、区域批准']);
    assert.ok((await as.region.read('messages')).items.some((message) => message.record === off.id && message.text.endsWith('a write-off waits for manager, accountant, region')), 'who is to approve is told');
    for (const who of ['accountant', 'cashier', 'desk']) isProblem(await as[who].act('adjustments', off.id, 'approve'), 403, 'forbidden');
    const signed = await as.accountant2.did('adjustments', off.id, 'approve', { answer: '属实' });
    assert.deepEqual([signed.state, signed.accountant_by, signed.manager_by, signed.awaits, signed.answer, signed.approved_by], ['asked', world.users.accountant2, null, 'waits for manager, region', '属实', null]);
    isProblem(await as.accountant2.act('adjustments', off.id, 'approve'), 403, 'forbidden');
    const third = await world.person(`b${++serial}`, [{ role: 'accountant', scope: project }]);
    isProblem(await third.act('adjustments', off.id, 'approve'), 403, 'forbidden');
    for (const patch of [{ amount_fen: 900 }, { reason: '另' }, { document: await as.accountant.photo() }]) isProblem(await as.accountant.patch(`adjustments/${off.id}`, patch), 409, 'wrong_state');
    await as.region.did('adjustments', off.id, 'approve');
    assert.deepEqual([await seen('zh'), await open(one)], [['asked', '待经理批准'], ['open', 1000]]);
    isProblem(await as.admin.act('adjustments', off.id, 'approve'), 403, 'forbidden');
    const done = await as.manager.did('adjustments', off.id, 'approve');
    assert.deepEqual([done.state, done.awaits, done.manager_by, done.accountant_by, done.region_by, done.approved_by],
      ['approved', null, world.users.manager, world.users.accountant2, world.users.region, world.users.manager]);
    assert.deepEqual(await open(one), ['written_off', 0]);
    assert.equal(numberOf(world, `SELECT count(*) FROM account WHERE kind = 'bad_debt' AND balance_fen >= 1000`), 1);
    isProblem(await as.accountant.act('charges', one.id, 'reverse', { reason: '错' }), 409, 'wrong_state');
    isProblem(await tryPay(house, 5, { allocations: [{ charge: one.id, fen: 5 }] }), 422, 'invalid', ['allocations']);
  });

  test('one person signs in one role; who asked in none; who signed may refuse yet; paid meanwhile, the last one is refused', async () => {
    const house = await home(), one = await charge(house, 1000), document = await as.cashier.photo();
    const both = await world.person(`b${++serial}`, [{ role: 'manager', scope: project }, { role: 'accountant', scope: project }]);
    const mine = isDone(await ask(one, 400, { kind: 'write_off', document: await both.photo() }, both), 201);
    isProblem(await both.act('adjustments', mine.id, 'approve'), 403, 'forbidden');
    await as.manager.did('adjustments', mine.id, 'approve');
    assert.equal((await as.manager.did('adjustments', mine.id, 'reject', { answer: '再查' })).state, 'rejected');
    const off = isDone(await ask(one, 1000, { kind: 'write_off', document }, as.cashier), 201);
    assert.equal((await both.did('adjustments', off.id, 'approve')).manager_by, both.id);
    isProblem(await both.act('adjustments', off.id, 'approve'), 403, 'forbidden');
    assert.equal((await as.admin.did('adjustments', off.id, 'approve')).region_by, world.users.admin);
    await pay(house, 1);
    isProblem(await as.accountant.act('adjustments', off.id, 'approve'), 422, 'invalid', ['amount_fen']);
    assert.deepEqual([(await as.cashier.read(`adjustments/${off.id}`)).state, await open(one)], ['asked', ['part', 999]]);
  });

  test('a company may ask for fewer: two, or one, which is not an accountant', async () => {
    const asked = async () => { const one = await charge(await home(), 1000); return [one, isDone(await ask(one, 1000, { kind: 'write_off', document: await as.cashier.photo() }, as.cashier), 201)]; };
    assert.equal(await rule('cashier.write_off_approvals', 2), 3);
    const [one, off] = await asked();
    assert.equal(off.awaits, 'waits for 2 of manager, accountant, region');
    assert.equal((await as.accountant.did('adjustments', off.id, 'approve')).awaits, 'waits for 1 of manager, region');
    await as.region.did('adjustments', off.id, 'approve');
    assert.deepEqual(await open(one), ['written_off', 0]);
    await rule('cashier.write_off_approvals', 1);
    const [other, alone] = await asked();
    assert.equal(alone.awaits, 'waits for 1 of manager, region');
    const answer = await as.accountant.act('adjustments', alone.id, 'approve');
    isProblem(answer, 403, 'forbidden');
    says(answer, 'an accountant alone cannot');
    await as.manager.did('adjustments', alone.id, 'approve');
    assert.deepEqual(await open(other), ['written_off', 0]);
    assert.equal(await rule('cashier.write_off_document', 0), 1);
    const third = await charge(await home(), 1000);
    isDone(await ask(third, 1000, { kind: 'write_off' }), 201);
    await rule('cashier.write_off_document', 1);
    await rule('cashier.write_off_approvals', 3);
  });
});

describe('deposits', () => {
  test('taken, given back in parts, kept for a charge; never more than is held', async () => {
    const house = await home(), one = await charge(house, 500), other = await charge(await home(), 500);
    for (const fen of [0, -1, 1.5]) isProblem(await as.cashier.post('deposits', { house, amount_fen: fen }), 422, 'invalid', ['amount_fen']);
    const held = await as.cashier.make('deposits', { house, amount_fen: 2000, kind: 'renovation', method: 'qr' });
    assert.deepEqual([held.state, held.held_fen], ['held', 2000]);
    const back = await as.cashier.did('deposits', held.id, 'refund', { amount_fen: 700, reason: '验收合格' });
    assert.deepEqual([back.held_fen, back.amount_fen], [1300, 2000]);
    const too = await as.cashier.act('deposits', held.id, 'refund', { amount_fen: 1301, reason: '退' });
    isProblem(too, 422, 'invalid', ['amount_fen']);
    says(too, 'at most 13.00 yuan');
    isProblem(await as.accountant.act('deposits', held.id, 'keep', { charge: other.id, amount_fen: 100, reason: '赔' }), 422, 'invalid', ['charge']);
    isProblem(await as.accountant.act('deposits', held.id, 'keep', { charge: one.id, amount_fen: 501, reason: '赔' }), 422, 'invalid', ['amount_fen']);
    isProblem(await as.cashier.act('deposits', held.id, 'keep', { charge: one.id, amount_fen: 100, reason: '赔' }), 403, 'forbidden');
    assert.equal((await as.accountant.did('deposits', held.id, 'keep', { charge: one.id, amount_fen: 500, reason: '损坏玻璃' })).held_fen, 800);
    assert.deepEqual(await open(one), ['paid', 0]);
    assert.equal((await as.cashier.did('deposits', held.id, 'refund', { amount_fen: 800, reason: '退清' })).state, 'returned');
    isProblem(await as.cashier.act('deposits', held.id, 'refund', { amount_fen: 1, reason: '退' }), 409, 'wrong_state');
    isProblem(await as.cashier.del(`deposits/${held.id}`), 403, 'forbidden');
    isProblem(await as.cashier.patch(`deposits/${held.id}`, { amount_fen: 5 }), 409, 'wrong_state');
  });

  test('a late fee that has come to the charge is charged when the deposit pays it', async () => {
    const house = await home(), one = await late(house, 100000), fee = (await due(house)).late_fen;
    const held = await as.cashier.make('deposits', { house, amount_fen: 100000, method: 'qr' });
    await as.accountant.did('deposits', held.id, 'keep', { charge: one.id, amount_fen: 100000, reason: '欠费' });
    assert.deepEqual([await open(one), (await due(house)).open_fen], [['paid', 0], fee]);
  });

  test('above the limit a second person; parts count together', async () => {
    const held = await as.cashier.make('deposits', { house: await home(), amount_fen: 150000, method: 'qr' });
    isProblem(await as.cashier.act('deposits', held.id, 'refund', { amount_fen: 150000, reason: '退' }), 403, 'forbidden');
    await as.cashier.did('deposits', held.id, 'refund', { amount_fen: 100000, reason: '退' });
    isProblem(await as.cashier.act('deposits', held.id, 'refund', { amount_fen: 50000, reason: '退' }), 403, 'forbidden');
    await as.accountant.did('deposits', held.id, 'refund', { amount_fen: 50000, reason: '退' });
  });
});

describe('receipts', () => {
  test('the print is counted, so that a copy says it is one; a void one can be printed', async () => {
    const payment = await pay(await home(), 100), [receipt] = (await as.cashier.read(`receipts?filter[payment]=${payment.id}`)).items;
    assert.deepEqual([receipt.no, receipt.amount_fen, receipt.prints, receipt.state], [payment.receipt_no, 100, 0, 'issued']);
    assert.equal((await as.cashier.did('receipts', receipt.id, 'print')).prints, 1);
    assert.equal((await as.cashier.did('receipts', receipt.id, 'print')).prints, 2);
    await as.cashier.did('payments', payment.id, 'void', { reason: '错' });
    assert.equal((await as.cashier.did('receipts', receipt.id, 'print')).state, 'voided');
    isProblem(await as.cashier.act('receipts', receipt.id, 'void'), 403, 'forbidden');
    isProblem(await as.admin.del(`receipts/${receipt.id}`), 403, 'forbidden');
  });

  test('without gaps under 20 payments at once by two cashiers, and where payments fail between', async () => {
    const fresh = [await world.person(`c${++serial}`, [{ role: 'cashier', scope: project }]), await world.person(`c${++serial}`, [{ role: 'cashier', scope: project }])];
    const houses = await Promise.all(Array.from({ length: 10 }, () => home()));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => tryPay(houses[i % 10], i % 5 === 4 ? 0 : 100 + i, { method: i % 2 ? 'cash' : 'alipay' }, fresh[i % 2])));
    assert.deepEqual(answers.map((one) => one.status).sort(), [...Array(16).fill(201), ...Array(4).fill(422)], answers.map((one) => one.text.slice(0, 200)).join('\n'));
    for (const cashier of fresh) {
      const numbers = answers.filter((one, i) => one.status === 201 && fresh[i % 2] === cashier).map((one) => Number(one.body.receipt_no.split('-').at(-1))).sort((a, b) => a - b);
      assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });
});

describe('twice, and at once', () => {
  test('one key is one payment; with another body it is refused', async () => {
    const house = await home(), key = { 'idempotency-key': randomUUID() }, body = { house, amount_fen: 100, method: 'qr' };
    const first = await as.cashier.make('payments', body, key), again = await as.cashier.make('payments', body, key);
    assert.equal(again.id, first.id);
    isProblem(await as.cashier.post('payments', { ...body, amount_fen: 101 }, key), 422, 'idempotency_mismatch');
    const at_once = { 'idempotency-key': randomUUID() }, all = await Promise.all(Array.from({ length: 5 }, () => as.cashier.post('payments', body, at_once)));
    assert.equal(new Set(all.filter((one) => one.status === 201).map((one) => one.body.id)).size, 1);
    assert.equal(await prepay(house), 200);
    const back = { 'idempotency-key': randomUUID() };
    for (let i = 0; i < 3; i++) await as.cashier.did('payments', first.id, 'refund', { amount_fen: 40, reason: '退' }, back);
    assert.equal((await read('payments', first)).refunded_fen, 40);
    assert.equal(await prepay(house), 160);
  });

  test('two cashiers on one house: never allocated over', async () => {
    const house = await home(), one = await charge(house, 1000);
    const named = await Promise.all(Array.from({ length: 8 }, (_, i) => tryPay(house, 300, { allocations: [{ charge: one.id, fen: 300 }] }, i % 2 ? as.cashier : as.cashier2)));
    assert.deepEqual(named.map((answer) => answer.status).sort(), [201, 201, 201, 422, 422, 422, 422, 422]);
    assert.deepEqual(await open(one), ['part', 100]);
    await Promise.all(Array.from({ length: 8 }, (_, i) => pay(house, 100, {}, i % 2 ? as.cashier : as.cashier2)));
    assert.deepEqual([await open(one), await prepay(house)], [['paid', 0], 700]);
  });

  test('what was paid ahead is used once, however many reach for it', async () => {
    const house = await home();
    await pay(house, 1000);
    for (let i = 0; i < 8; i++) await charge(house, 1000);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => tryPay(house, 600, { method: 'prepay' }, i % 2 ? as.cashier : as.cashier2)));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 422, 422, 422, 422, 422, 422, 422], answers.map((one) => one.text.slice(0, 200)).join('\n'));
    assert.equal(await prepay(house), 400);
  });

  test('refunds, voids, reversals and payments of one house at once: each done or refused, none half', async () => {
    const [a, b] = [await home(), await home()];
    for (let round = 0; round < 5; round++) {
      const one = await charge(a, 1000), two = await charge(b, 1000);
      const first = await pay(a, 2500, { allocations: [{ charge: one.id, fen: 1000 }, { charge: two.id, fen: 500 }] });
      const all = await Promise.all([
        as.cashier.act('payments', first.id, 'void', { reason: '退' }), as.cashier2.act('payments', first.id, 'refund', { amount_fen: 700, reason: '退' }),
        as.accountant.act('charges', one.id, 'reverse', { reason: '错' }), as.accountant2.act('charges', two.id, 'reverse', { reason: '错' }),
        tryPay(b, 900, { allocations: [{ charge: two.id, fen: 400 }, { charge: one.id, fen: 10 }] }), tryPay(a, 900), tryPay(b, 900, {}, as.cashier2),
        tryPay(a, 100, { method: 'prepay' }), as.accountant.post('adjustments', { charge: one.id, amount_fen: 10, reason: 'x' })]);
      for (const answer of all) assert.ok([200, 201, 403, 409, 422].includes(answer.status), answer.text);
      booksAreSound(world);
    }
  });

  test('first cash of many cashiers, first account of many kinds: nobody is turned away by another', async () => {
    const fresh = await Promise.all(Array.from({ length: 4 }, () => world.person(`n${++serial}`, [{ role: 'cashier', scope: project }])));
    const house = await home(), houses = [house, house, await home(), await home()];
    const answers = await Promise.all(fresh.flatMap((who, i) => [tryPay(houses[i], 100, { method: 'cash' }, who), tryPay(houses[i], 100, { method: 'withhold' }, who), who.post('deposits', { house: houses[i], amount_fen: 100, method: 'cash' })]));
    assert.deepEqual(answers.map((answer) => answer.status), Array(12).fill(201), answers.map((one) => one.text.slice(0, 200)).join('\n'));
  });
});

describe('who may', () => {
  test('role by role: charge, take, give back, reverse, see', async () => {
    const house = world.houses['1-1-101'], one = await charge(house, 1000, undefined, { payer: world.parties.resident }), payment = await pay(house, 100, { allocations: [] });
    const table = {
      /*             charge take void/refund reverse due  tariff books */
      accountant: [201, 201, 422, 422, 200, 201, 200], manager: [201, 201, 422, 422, 200, 201, 200], admin: [201, 201, 422, 422, 200, 201, 200],
      cashier: [201, 201, 422, 403, 200, 403, 200], desk: [201, 201, 422, 403, 200, 403, 403], region: [403, 403, 403, 403, 200, 403, 200],
      engineer: [403, 403, 404, 404, 403, 403, 403], guard: [403, 403, 404, 404, 403, 403, 403], quality: [403, 403, 404, 404, 403, 403, 403],
      resident: [403, 403, 403, 403, 200, 403, 403], neighbour: [403, 403, 404, 404, 404, 403, 403], far_desk: [422, 422, 404, 404, 404, 403, 403], foreign: [422, 422, 404, 404, 404, 422, 404],
    };
    for (const [who, wanted] of Object.entries(table)) {
      const me = as[who];
      const got = [
        (await me.post('charges', { house, tariff: T.once, amount_fen: 1 })).status,
        (await me.post('payments', { house, amount_fen: 1, method: 'qr' })).status,
        (await me.act('payments', payment.id, 'refund', {})).status,
        (await me.act('charges', one.id, 'reverse', {})).status,
        (await me.get(`houses/${house}/due`)).status,
        (await me.post('tariffs', { project, code: `W${++serial}`, kind: 'fixed', rate_yuan: '1', from: '2026-01-01' })).status,
        (await me.get(`ledger/trial-balance?project=${project}`)).status,
      ];
      assert.deepEqual(got, wanted, who);
    }
  });

  test('a resident sees the own house’s, and nobody else’s; a guard nothing', async () => {
    const own = world.houses['1-1-101'], other = world.houses['1-1-102'];
    const mine = await charge(own, 1000), theirs = await charge(other, 1000), paid = await pay(own, 100, { allocations: [] }), their_payment = await pay(other, 100, { allocations: [] });
    const deposit = await as.cashier.make('deposits', { house: other, amount_fen: 100, method: 'qr' });
    for (const [kind, yes, no] of [['charges', mine, theirs], ['payments', paid, their_payment]]) {
      assert.equal((await as.resident.get(`${kind}/${yes.id}`)).status, 200);
      assert.equal((await as.resident.get(`${kind}/${no.id}`)).status, 404);
      const list = (await as.resident.read(`${kind}?limit=100`)).items;
      assert.ok(list.length > 0 && list.every((item) => item.house === own), kind);
      for (const who of ['guard', 'far_desk', 'far_resident', 'foreign']) {
        assert.equal((await as[who].get(`${kind}/${yes.id}`)).status, 404, `${who} ${kind}`);
        assert.ok(((await as[who].get(kind)).body.items ?? []).every((item) => item.project !== project), `${who} ${kind}`);
      }
    }
    assert.equal((await as.resident.get(`deposits/${deposit.id}`)).status, 404);
    assert.equal((await as.resident.get(`houses/${other}/due`)).status, 404);
    assert.deepEqual((await as.resident.read('accounts')).items.map((item) => [item.kind, item.house]), [['prepay', own]]);
    for (const kind of ['entries', 'periods', 'drawers', 'adjustments']) assert.deepEqual((await as.resident.get(kind)).body.items ?? [], [], kind);
    for (const kind of ['receipts', 'deposits', 'accounts', 'entries', 'periods', 'drawers', 'adjustments']) assert.deepEqual((await as.guard.get(kind)).body.items ?? [], [], kind);
    isDone(await as.resident.get(`houses/${own}/due`));
    isDone(await as.desk.patch(`houses/${own}`, {}));
  });

  test('what a payer disputes is the own charge', async () => {
    const one = await charge(world.houses['1-1-101'], 1000, undefined, { payer: world.parties.resident });
    assert.equal((await as.neighbour.act('charges', one.id, 'dispute', { reason: 'x' })).status, 404);
    assert.equal((await as.resident.did('charges', one.id, 'dispute', { reason: '面积' })).dispute_reason, '面积');
  });

  test('accounts, entries and receipts are written by the program alone', async () => {
    for (const kind of ['accounts', 'entries', 'receipts']) {
      isProblem(await as.admin.post(kind, {}), 403, 'forbidden');
      const [one] = (await as.admin.read(`${kind}?limit=1`)).items;
      isProblem(await as.admin.patch(`${kind}/${one.id}`, { memo: 'x' }), 403, 'forbidden');
      isProblem(await as.admin.del(`${kind}/${one.id}`), 403, 'forbidden');
    }
  });
});

describe('statements', { skip: (!isPostgres || isPooled) && 'counted in the log of a PostgreSQL server, by session' }, () => {
  test('a payment of 40 charges costs what each of them needs, and nothing that grows faster', async () => {
    holdChores(world);
    psql(`ALTER DATABASE ${rowsOf(world, 'SELECT current_database()')[0][0]} SET log_statement = 'all'`);
    await world.restart();
    const count = async (n) => {
      const house = await home();
      for (let i = 0; i < n; i++) await late(house, 1000 + i);
      await pay(house, 1, { allocations: [] });
      return (await statementsOf(world, () => pay(house, 1e6, { received_at: PAID }))).length;
    };
    await count(1);
    const one = await count(1), ten = await count(10), forty = await count(40), each = (ten - one) / 9;
    assert.ok(one > 5 && one <= 50, `${one} for one charge`);
    assert.ok(each <= 14, `${each} for each further one`);
    assert.ok(Math.abs((forty - ten) / 30 - each) < 0.2, `${one}, ${ten}, ${forty}: linear`);
  });
});
