/* Kinds of prices beside the plain ones, each with an example worked out by hand: paid ahead, by the time of day, wider steps, rising rent, empty homes. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { booksAreSound, dayOf, smallCompany, staff } from './money.mjs';
import { isDone, isProblem, openWorld, until } from './world.mjs';

let world, manager, region, cashier, admin, house, other, empty;
const make = async (path, body) => isDone(await manager.post(path, body), 201);
const act = (path, action, body = {}, who = manager) => who.post(`${path}/actions/${action}`, body);
const post = async (body) => {
  const run = await make('billing_runs', body);
  isDone(await act(`billing_runs/${run.id}`, 'review', {}, region));
  return isDone(await act(`billing_runs/${run.id}`, 'post'));
};
const chargesOf = async (home, item) => (await manager.read(`charges?filter[house]=${home}&filter[item]=${item}&sort=period_from&limit=100`)).items.filter((one) => one.state !== 'reversed');
const preview = async (body, lang = 'en') => isDone(await manager.post('tariffs/preview', body, { 'accept-language': lang }));
const refused = async (body, fields) => isProblem(await manager.post('tariffs', { name: '试', from: '2026-01-01', ...body }), 422, 'invalid', fields);
const prepaid = async (home) => (await manager.read(`accounts?filter[house]=${home}&filter[kind]=prepay`)).items[0]?.balance_fen ?? 0;

before(async () => {
  world = await openWorld();
  ({ manager, region, cashier, admin } = await staff(world));
  await smallCompany(world);
  house = world.houses['1-1-101']; // 89.50 m²
  other = world.houses['1-1-102']; // 120 m²
  empty = world.houses['2-1-201']; // 60.25 m²
});
after(() => { booksAreSound(world); return world.close(); });

describe('paid months ahead', () => {
  const ahead = [{ months: 6, percent: '3' }, { months: 12, percent: '5' }];
  let item, charge, payment;
  /* The next whole months from the day of the test on. */
  const first = () => `${dayOf(world).slice(0, 7)}-01`;
  const monthsOn = (day, n) => new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + n, 0)).toISOString().slice(0, 10); // the last day of the n-th month

  test('rules §6: 112.35 m² × 2.80 for twelve months, 5 % off once over all', async () => {
    // 112.35 x 2.80 = 314.58; x 12 = 3774.96; x 5 % = 188.748 -> 188.75; 3774.96 - 188.75 = 3586.21
    const year = { kind: 'area', area: '112.35', rate_yuan: '2.80', from: '2026-01-01', to: '2026-12-31', ahead };
    const answer = await preview(year), zh = await preview(year, 'zh');
    assert.deepEqual([answer.amount_fen, answer.lines.length, answer.lines.at(-1).amount_fen], [358_621, 13, -18_875]);
    assert.equal(answer.lines.at(-1).text, '12 months paid ahead, ¥3774.96 × 5% = -¥188.75');
    assert.equal(zh.lines.at(-1).text, '预缴 12 个月优惠，3774.96 元 × 5% = -188.75 元');
  });
  test('eleven months reach the lower row, five none', async () => {
    // 314.58 x 11 = 3460.38; x 3 % = 103.8114 -> 103.81; 3356.57
    assert.equal((await preview({ kind: 'area', area: '112.35', rate_yuan: '2.80', from: '2026-01-01', to: '2026-11-30', ahead })).amount_fen, 335_657);
    isProblem(await manager.post('tariffs/preview', { kind: 'area', area: '112.35', rate_yuan: '2.80', from: '2026-01-01', to: '2026-05-31', ahead }), 422, 'invalid', ['ahead']);
  });
  test('pay twelve months, the thirteenth is free', async () => {
    // 13 months of 314.58 = 4089.54; the last 31 days are January 2027, 314.58; left 3774.96
    const answer = await preview({ kind: 'area', area: '112.35', rate_yuan: '2.80', from: '2026-01-01', to: '2027-01-31', ahead: [{ months: 12, days: 31 }] });
    assert.deepEqual([answer.amount_fen, answer.lines.at(-1)], [377_496, { text: '12 months paid ahead, the last 31 days free = -¥314.58', amount_fen: -31_458 }]);
  });
  test('a reduction comes first', async () => {
    // empty: 314.58 x 70 % = 220.206 -> 220.21 a month; x 12 = 2642.52; x 5 % = 132.126 -> 132.13; 2510.39
    assert.equal((await preview({ kind: 'area', area: '112.35', rate_yuan: '2.80', percent: '70', from: '2026-01-01', to: '2026-12-31', ahead })).amount_fen, 251_039);
  });

  test('the cashier charges it with its discount, and it is paid', async () => {
    item = await make('tariffs', { code: 'WYF', name: '物业服务费', kind: 'area', rate_yuan: '2.80', from: '2025-01-01', tax_percent: '6', ahead });
    const from = first(), to = monthsOn(from, 12);
    isProblem(await cashier.post('charges', { house, tariff: item.id, period_from: from, period_to: monthsOn(from, 5), ahead: true }), 422, 'invalid', ['ahead']);
    isProblem(await cashier.post('charges', { house, tariff: item.id, period_from: '2025-01-01', period_to: '2025-12-31', ahead: true }), 422, 'invalid', ['ahead']); // these months have ended
    charge = isDone(await cashier.post('charges', { house, tariff: item.id, period_from: from, period_to: to, ahead: true }), 201);
    // 89.50 x 2.80 = 250.60; x 12 = 3007.20; x 5 % = 150.36; 2856.84; tax 2856.84 - 2856.84 / 1.06 = 161.71
    assert.deepEqual([charge.amount_fen, charge.lines.at(-1).amount_fen, charge.tax_fen, charge.due_date], [285_684, -15_036, 16_171, dayOf(world, 7)]);
    assert.equal((await cashier.read(`houses/${house}/due`)).items.find((one) => one.id === charge.id).ahead, true, 'it is told that its day keeps its price');
    payment = isDone(await cashier.post('payments', { house, amount_fen: 285_684, method: 'transfer', allocations: [{ charge: charge.id, fen: 285_684 }] }), 201);
    assert.equal((await manager.read(`charges/${charge.id}`)).state, 'paid');
  });

  test('what a home can pay ahead is offered from the month after the last one charged, with what it comes to', async () => {
    const offers = async (home, query = '', who = cashier) => isDone(await who.get(`houses/${home}/ahead${query}`, { 'accept-language': 'en' })).items;
    const [done] = await offers(house), [fresh] = await offers(other, '?months=7'), [few] = await offers(other, '?months=5'), from = first();
    assert.deepEqual([done.tariff.id, done.charged_to, done.from, done.most_months, done.asked], [item.id, monthsOn(from, 12), `${Number(from.slice(0, 4)) + 1}${from.slice(4)}`, 120, null]);
    assert.deepEqual([fresh.charged_to, fresh.from, fresh.steps.map(({ months, to, full_fen, off_fen, amount_fen }) => [months, to, full_fen, off_fen, amount_fen])],
      [null, from, [[6, monthsOn(from, 6), 201_600, 6048, 195_552], [12, monthsOn(from, 12), 403_200, 20_160, 383_040]]]); // 120 x 2.80 = 336.00 a month
    assert.deepEqual([fresh.asked.months, fresh.asked.to, fresh.asked.amount_fen, fresh.asked.due_date], [7, monthsOn(from, 7), 228_144, dayOf(world, 7)]); // 2352.00 less 3 % = 70.56
    assert.equal(fresh.asked.lines.at(-1).amount_fen, -7056);
    assert.deepEqual([few.asked.lacks, few.asked.message, few.asked.amount_fen], ['ahead', 'a discount is given from 6 months ahead; these are 5 whole months', undefined]);
  });

  test('… as far as the price holds, for homes that it is for, and not without what it is reckoned by', async () => {
    const from = first(), project = item.project, offers = async (home) => Object.fromEntries((await cashier.read(`houses/${home}/ahead`)).items.map((one) => [one.tariff.code, one]));
    await make('tariffs', { code: 'AA', name: '到八个月', kind: 'fixed', rate_yuan: '10', from: '2025-01-01', to: monthsOn(from, 8), ahead, project });
    await make('tariffs', { code: 'AB', name: '商铺', kind: 'fixed', rate_yuan: '10', from: '2025-01-01', ahead, applies_to: { use: ['shop'] }, project });
    await make('tariffs', { code: 'AC', name: '按人', kind: 'person', rate_yuan: '10', from: '2025-01-01', ahead, project });
    await make('tariffs', { code: 'AD', name: '明年起', kind: 'fixed', rate_yuan: '10', from: `${Number(from.slice(0, 4)) + 1}${from.slice(4)}`, ahead, project });
    await make('tariffs', { code: 'AE', name: '没有优惠', kind: 'fixed', rate_yuan: '10', from: '2025-01-01', project });
    const all = await offers(other);
    assert.deepEqual(Object.keys(all), ['AA', 'AC', 'AD', 'WYF']);
    assert.deepEqual([all.AA.most_months, all.AA.steps.map(({ months, amount_fen }) => [months, amount_fen])], [8, [[6, 5820]]]);
    assert.deepEqual([all.AC.steps[0].lacks, all.AC.steps[0].message], ['persons', 'the number of people is not known']);
    assert.deepEqual([all.AD.most_months, all.AD.steps], [0, []]);
  });

  test('… to those who may charge it', async () => {
    for (const months of ['0', '121', 'x'])
      isProblem(await cashier.get(`houses/${other}/ahead?months=${months}`), 422, 'invalid', ['months']);
    isProblem(await world.as.resident.get(`houses/${house}/ahead`), 403, 'forbidden');
  });

  test('given back, it loses its discount: this month is charged in full, what is left stays paid ahead', async () => {
    isDone(await act(`payments/${payment.id}`, 'refund', { amount_fen: 100_000, reason: '住户要退一部分' }));
    assert.equal((await manager.read(`charges/${charge.id}`)).state, 'reversed');
    const [rest] = await chargesOf(house, 'WYF');
    assert.deepEqual([rest.period_from, rest.period_to, rest.amount_fen, rest.open_fen], [first(), monthsOn(first(), 1), 25_060, 25_060]);
    assert.equal(await prepaid(house), 185_684); // 2856.84 - 1000.00
    isProblem(await act(`payments/${payment.id}`, 'refund', { amount_fen: 185_685, reason: '太多' }), 422, 'invalid', ['amount_fen']);
    isDone(await act(`payments/${payment.id}`, 'refund', { amount_fen: 185_684, reason: '其余也退' }));
    assert.equal(await prepaid(house), 0);
  });

  test('not paid by its day it falls, and the months are billed as ever', async () => {
    const from = first(), late = isDone(await cashier.post('charges', { house: other, tariff: item.id, period_from: from, period_to: monthsOn(from, 6), ahead: true, due_date: dayOf(world, -1) }), 201);
    isDone(await cashier.post('payments', { house: other, amount_fen: 10_000, method: 'transfer', allocations: [{ charge: late.id, fen: 10_000 }] }), 201);
    await world.restart(); // chores run at once
    await until(async () => (await manager.read(`charges/${late.id}`)).state === 'reversed', 'fallen', 60_000); // on a server the chores' lease of the process before runs out first
    const [rest] = await chargesOf(other, 'WYF');
    assert.deepEqual([rest.amount_fen, rest.period_to, await prepaid(other)], [33_600, monthsOn(from, 1), 10_000]);
  });

  test('only by-the-month items have it, and only rows that can be', async () => {
    await refused({ code: 'A1', kind: 'one_off', ahead }, ['ahead']);
    await refused({ code: 'A1', kind: 'area', rate_yuan: '1', ahead: [{ months: 12, percent: '5' }, { months: 6, percent: '3' }] }, ['ahead']);
    for (const row of [{}, { months: 0, percent: '5' }, { months: 12, percent: '100' }, { months: 12, percent: '-1' }, { months: 12, days: 31, percent: '5' }, { months: 12, days: 0 }, { months: 1.5, days: 3 }])
      await refused({ code: 'A1', kind: 'area', rate_yuan: '1', ahead: [row] }, ['ahead']);
  });
});

describe('by the time of day', () => {
  const rates = { peak: '0.8283', flat: '0.5283', valley: '0.2283' };
  let item, meter;
  const read = (value, registers, read_at, more = {}) => manager.post('readings', { meter: meter.id, value, registers, read_at, ...more });

  test('each register at its price, each line rounded', async () => {
    // 20.5 x 0.8283 = 16.98015 -> 16.98; 100 x 0.5283 = 52.83; 33 x 0.2283 = 7.5339 -> 7.53; 77.34
    const answer = await preview({ kind: 'tou', rates, use: { peak: '20.5', flat: '100', valley: '33' } });
    assert.deepEqual([answer.amount_fen, answer.lines.map((line) => line.amount_fen)], [7734, [1698, 5283, 753]]);
    assert.equal(answer.lines[0].text, 'peak use 20.5 × ¥0.8283 = ¥16.98');
    // with a transformer of 30: 20.5 x 30 x 0.8283 = 509.4045 -> 509.40
    assert.equal((await preview({ kind: 'tou', rates: { peak: '0.8283' }, use: { peak: '20.5' }, multiplier: '30' })).amount_fen, 50_940);
  });
  test('a priced register without a use, or one that there is not, is refused', async () => {
    isProblem(await manager.post('tariffs/preview', { kind: 'tou', rates, use: { peak: '1' } }), 422, 'invalid', ['use']);
    isProblem(await manager.post('tariffs/preview', { kind: 'tou', rates: { noon: '1' }, use: { peak: '-1' } }), 422, 'invalid', ['rates', 'use']);
    isProblem(await manager.post('tariffs/preview', { kind: 'tou' }), 422, 'invalid', ['rates', 'use']);
    for (const bad of [undefined, {}, [], { peak: 'x' }, { peak: '-0.1' }]) await refused({ code: 'T1', kind: 'tou', rates: bad }, ['rates']);
  });

  test('readings are of every register, and come to the whole meter', async () => {
    item = await make('tariffs', { code: 'FS', name: '充电桩电费', kind: 'tou', from: '2025-01-01', rates });
    meter = await make('meters', { no: 'E-TOU', house, item: 'FS', kind: 'electric', initial: '1000', registers: { peak: '400', flat: '350', valley: '250' }, installed_on: '2025-12-31' });
    isProblem(await manager.post('readings', { meter: meter.id, value: '1100', read_at: '2026-01-31' }), 422, 'invalid', ['registers']);
    isProblem(await read('1153.5', { peak: '420.5', flat: '450', valley: '200' }, '2026-01-31'), 422, 'invalid', ['registers']); // runs backwards
    isProblem(await read('1200', { peak: '420.5', flat: '450', valley: '283' }, '2026-01-31'), 422, 'invalid', ['registers']); // 153.5 against 200
    const reading = isDone(await read('1153.5', { peak: '420.5', flat: '450', valley: '283' }, '2026-01-31'), 201);
    assert.deepEqual([reading.used, reading.register_use.peak], ['153.5', { previous: '400', value: '420.5', used: '20.5' }]);
    const plain = await make('tariffs', { code: 'DF', name: '电费', kind: 'meter', from: '2025-01-01', rate_yuan: '0.5' });
    const simple = await make('meters', { no: 'E-1', house, item: plain.code, installed_on: '2025-12-31' });
    isProblem(await manager.post('readings', { meter: simple.id, value: '5', registers: { peak: '5' }, read_at: '2026-01-31' }), 422, 'invalid', ['registers']);
  });

  test('a run bills them with their readings, two months in one', async () => {
    isDone(await read('1200', { peak: '430', flat: '470', valley: '300' }, '2026-02-28'), 201);
    await post({ period_from: '2026-02-01', period_to: '2026-02-28', tariffs: [item.id] });
    const [charge] = await chargesOf(house, 'FS');
    // peak 30 x 0.8283 = 24.849 -> 24.85; flat 120 x 0.5283 = 63.396 -> 63.40; valley 50 x 0.2283 = 11.415 -> 11.42
    assert.deepEqual([charge.amount_fen, charge.quantity, charge.period_from, charge.period_to], [9967, '200', '2026-01-01', '2026-02-28']);
    assert.equal(charge.lines[0].text, 'peak use 30 (400 → 430) × ¥0.8283 = ¥24.85');
  });
});

describe('steps that are wider for larger households', () => {
  const steps = [[180, '5.00', 30], [260, '7.00', 40], [null, '9.00']];

  test('rules §8: more people, wider steps', async () => {
    // four people: 10 at 5.00 and 14 at 7.00 = 148.00, as ever; six: the first step reaches 180 + 2 x 30 = 240, so 24 at 5.00 = 120.00
    const ask = { kind: 'stepped', steps, before: '170', use: '24', step_persons: 4 };
    assert.equal((await preview({ ...ask, persons: 4 })).amount_fen, 14_800);
    const six = await preview({ ...ask, persons: 6 });
    assert.deepEqual([six.amount_fen, six.lines[0].text], [12_000, '24 × ¥5.00 (6 people, up to 240) = ¥120.00']);
    // 275 at once, six people: 240 at 5.00 = 1200, then up to 260 + 2 x 40 = 340: 35 at 7.00 = 245; 1445.00 (1595.00 for four)
    assert.equal((await preview({ ...ask, before: '0', use: '275', persons: 6 })).amount_fen, 144_500);
    assert.equal((await preview({ ...ask, before: '0', use: '275' })).amount_fen, 159_500);
  });
  test('steps that would cross, and a last one that widens, are refused', async () => {
    await refused({ code: 'S1', kind: 'stepped', steps: [[180, '5.00', 30], [null, '9.00', 10]] }, ['steps']);
    await refused({ code: 'S1', kind: 'stepped', steps: [[180, '5.00', '-1'], [null, '9.00']] }, ['steps']);
    isProblem(await manager.post('tariffs/preview', { kind: 'stepped', steps: [[180, '5.00', 90], [200, '7.00'], [null, '9.00']], before: '0', use: '1', persons: 5, step_persons: 4 }), 422, 'invalid', ['steps']);
  });
  test('a run takes the people that the house has', async () => {
    const item = await make('tariffs', { code: 'SF', name: '水费', kind: 'stepped', steps, step_persons: 4, from: '2025-01-01' });
    for (const [home, no, persons] of [[house, 'W-1', 6], [other, 'W-2', null]]) {
      isDone(await admin.patch(`houses/${home}`, { persons }));
      const meter = await make('meters', { no, house: home, item: item.code, installed_on: '2025-12-31' });
      isDone(await manager.post('readings', { meter: meter.id, value: '275', read_at: '2026-01-31' }), 201);
    }
    await post({ period_from: '2026-01-01', period_to: '2026-01-31', tariffs: [item.id] });
    assert.deepEqual([(await chargesOf(house, 'SF'))[0].amount_fen, (await chargesOf(other, 'SF'))[0].amount_fen], [144_500, 159_500]); // who is not known to have more people has the steps as they are
  });
});

describe('a rent that rises', () => {
  test('by so much each so many months, from the day the price holds', async () => {
    // 35.50 + 5 % = 37.275; + 5 % = 39.13875 -> 39.1388 (to four digits, each from the one before)
    const ask = { kind: 'area', area: '100', rate_yuan: '35.50', raise_percent: '5', raise_months: 12, raise_from: '2026-03-16' };
    const month = async (from, to) => (await preview({ ...ask, from, to })).amount_fen;
    assert.equal(await month('2027-02-01', '2027-02-28'), 355_000);
    assert.equal(await month('2027-04-01', '2027-04-30'), 372_750);
    assert.equal(await month('2028-04-01', '2028-04-30'), 391_388);
    // March 2027: 15 days at 35.50, 16 at 37.275: 3550 x 15 / 31 = 1717.7419 -> 1717.74; 3727.50 x 16 / 31 = 1923.8710 -> 1923.87
    const march = await preview({ ...ask, from: '2027-03-01', to: '2027-03-31' });
    assert.deepEqual(march.lines.map((line) => [line.from, line.to, line.amount_fen]), [['2027-03-01', '2027-03-15', 171_774], ['2027-03-16', '2027-03-31', 192_387]]);
    isProblem(await manager.post('tariffs/preview', { ...ask, raise_from: undefined, from: '2027-02-01', to: '2027-02-28' }), 422, 'invalid', ['raise_from']);
    isProblem(await manager.post('tariffs/preview', { ...ask, raise_months: 0, from: '2027-02-01', to: '2027-02-28' }), 422, 'invalid', ['raise_months']);
  });
  test('a run bills it without another version of the price', async () => {
    const item = await make('tariffs', { code: 'ZJ', name: '商铺租金', kind: 'area', rate_yuan: '35.50', raise_percent: '5', raise_months: 12, from: '2025-03-16', applies_to: { houses: [house] } });
    await post({ period_from: '2026-03-01', period_to: '2026-04-30', tariffs: [item.id] });
    const [charge] = await chargesOf(house, 'ZJ');
    // 89.50 m²: 3177.25 x 15 / 31 = 1537.3790 -> 1537.38; 89.50 x 37.275 = 3336.1125 x 16 / 31 = 1721.8645 -> 1721.86; April 3336.11
    assert.deepEqual([charge.lines.map((line) => line.amount_fen), charge.amount_fen, charge.unit_price], [[153_738, 172_186, 333_611], 659_535, '35.50']);
  });
  test('needs both numbers, and a price by the month', async () => {
    await refused({ code: 'R1', kind: 'area', rate_yuan: '1', raise_percent: '5' }, ['raise_months']);
    await refused({ code: 'R1', kind: 'area', rate_yuan: '1', raise_months: 12 }, ['raise_percent']);
    await refused({ code: 'R1', kind: 'area', rate_yuan: '1', raise_months: 12, raise_percent: '101' }, ['raise_percent']);
    await refused({ code: 'R1', kind: 'meter', rate_yuan: '1', raise_months: 12, raise_percent: '5' }, ['raise_months']);
  });
});

describe('an empty home', () => {
  test('pays what its item says of empty homes', async () => {
    const item = await make('tariffs', { code: 'KZ', name: '物业费', kind: 'area', rate_yuan: '2.80', empty_percent: '70', from: '2025-01-01' });
    isDone(await admin.patch(`houses/${empty}`, { occupancy: 'empty', empty_from: '2025-12-01' }));
    await post({ period_from: '2026-01-01', period_to: '2026-01-31', tariffs: [item.id] });
    // 60.25 x 2.80 = 168.70; x 70 % = 118.09; the neighbour's 120 x 2.80 = 336.00 in full
    const [vacant] = await chargesOf(empty, 'KZ');
    assert.deepEqual([vacant.amount_fen, vacant.lines[0].text, (await chargesOf(other, 'KZ'))[0].amount_fen], [11_809, '60.25 m² × ¥2.80 × 1 month × 70% = ¥118.09', 33_600]);
  });
});

test('a late fee whose rest was written off falls with its charge: what was paid of it is money paid ahead, until it is taken back', async () => {
  const home = world.houses['3-2-1501'], item = await make('tariffs', { code: 'LATE1', name: '一次性', kind: 'one_off', from: '2020-01-01', late_per_ten_thousand: '10' });
  const owed = await make('charges', { house: home, tariff: item.id, amount_fen: 100_000, due_date: dayOf(world, -100) });
  isDone(await cashier.post('payments', { house: home, amount_fen: 100_000, method: 'transfer', allocations: [{ charge: owed.id, fen: 100_000 }] }), 201);
  const [{ id }] = (await manager.read(`charges?filter[late_of]=${owed.id}`)).items;
  const payment = isDone(await cashier.post('payments', { house: home, amount_fen: 1000, method: 'transfer', allocations: [{ charge: id, fen: 1000 }] }), 201), late = await manager.read(`charges/${id}`);
  assert.deepEqual([late.state, late.amount_fen - late.open_fen], ['part', 1000]);
  const asked = isDone(await cashier.post('adjustments', { charge: late.id, kind: 'write_off', amount_fen: late.open_fen, reason: '收不回' }), 201);
  isDone(await act(`adjustments/${asked.id}`, 'approve', {}, manager));
  const before = await prepaid(home);
  assert.equal((await manager.read(`charges/${late.id}`)).state, 'written_off');
  isDone(await act(`charges/${owed.id}`, 'reverse', { reason: '不该收' }));
  assert.deepEqual([(await manager.read(`charges/${late.id}`)).state, await prepaid(home)], ['reversed', before + 101_000]);
  isDone(await act(`payments/${payment.id}`, 'void', { reason: '收错' }, manager));
  assert.equal(await prepaid(home), before + 100_000);
  assert.equal((await cashier.read(`houses/${home}/due`)).items.filter((one) => [owed.id, late.id].includes(one.id)).length, 0);
});
