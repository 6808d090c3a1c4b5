/* The calculator (POST tariffs/preview): every example of billing_rules.json, what cannot be computed, and the lines that say why. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, root } from './world.mjs';

const rules = JSON.parse(fs.readFileSync(path.join(root, 'tests/data/billing_rules.json'), 'utf8'));

let world, cashier;
before(async () => { world = await openWorld(); ({ cashier } = world.as); });
after(() => world.close());

const preview = async (body, headers) => isDone(await cashier.post('tariffs/preview', body, headers));
const sum = (lines) => lines.reduce((all, line) => all + line.amount_fen, 0);

/* One good body of each kind, for tests to spoil. */
const good = {
  area: { kind: 'area', area: '112.35', rate_yuan: '2.80', from: '2026-03-12', to: '2026-03-31' },
  stepped: { kind: 'stepped', steps: [[180, '5.00'], [260, '7.00'], [null, '9.00']], before: '170', use: '24' },
  meter: { kind: 'meter', use: '24.5', multiplier: '40', rate_yuan: '0.6' },
  share: { kind: 'share', total_fen: 123456, weights: ['89.50', '112.35'] },
  late: { kind: 'late', principal_fen: 31458, due: '2026-03-31', until: '2026-06-15', per_ten_thousand: '5' },
  vat: { kind: 'vat', gross_fen: 31458, rate_percent: '6' },
  rollover: { kind: 'rollover', previous: '99990', value: '15', digits: 5 },
  formula: { kind: 'formula', formula: 'area * 2.80[yuan/m2/month] * months + persons * 5[yuan/person/month] * months', area: '112.35', months: 3, persons: 4 },
};

describe('every example comes out to the fen', () => {
  for (const row of rules.area_fee)
    test(`${row.area_m2} m² × ${row.rate_yuan_per_m2_month}, ${row.from} to ${row.to}`, async () => {
      const answer = await preview({ kind: 'area', area: row.area_m2, rate_yuan: row.rate_yuan_per_m2_month, from: row.from, to: row.to });
      assert.equal(answer.amount_fen, row.expected_fen);
      assert.deepEqual(answer.lines.map((line) => [line.from.slice(0, 7), line.amount_fen]), row.lines.map(([month, , , fen]) => [month, fen]));
    });
  test('a change of tariff on 16 April', async () => {
    const { area_m2: area, old, new: now, expected_fen, sum_fen } = rules.tariff_change_16_april;
    const first = await preview({ kind: 'area', area, rate_yuan: old, from: '2026-04-01', to: '2026-04-15' });
    const second = await preview({ kind: 'area', area, rate_yuan: now, from: '2026-04-16', to: '2026-04-30' });
    assert.deepEqual([first.amount_fen, second.amount_fen], expected_fen);
    assert.equal(first.amount_fen + second.amount_fen, sum_fen);
  });
  for (const row of rules.shares_largest_remainder)
    test(`${row.total_fen} fen over ${row.weights.length}`, async () => {
      const answer = await preview({ kind: 'share', total_fen: row.total_fen, weights: row.weights });
      assert.deepEqual(answer.shares_fen, row.expected_fen);
      assert.deepEqual(answer.lines.map((line) => line.amount_fen), row.expected_fen);
    });
  for (const row of rules.stepped)
    test(`${row.tariff}: ${row.use} after ${row.used_before}`, async () => {
      const answer = await preview({ kind: 'stepped', steps: row.steps, before: row.used_before, use: row.use });
      assert.equal(answer.amount_fen, row.expected_fen);
      assert.equal(sum(answer.lines), row.expected_fen);
    });
  for (const row of rules.late_fee)
    test(`${row.permille_per_day} ‰ a day until ${row.as_of}, grace ${row.grace_days}, ${row.payments.length} paid`, async () => {
      const answer = await preview({ kind: 'late', principal_fen: row.principal_fen, due: row.due, until: row.as_of, per_ten_thousand: String(Number(row.permille_per_day) * 10),
        grace_days: row.grace_days, cap_percent: row.cap_percent_of_principal, paid: row.payments });
      assert.equal(answer.amount_fen, row.expected_fen);
      assert.equal(sum(answer.lines), row.expected_fen);
    });
  for (const row of rules.vat_split)
    test(`${row.gross_fen} fen with ${row.rate_percent} %`, async () => {
      const { net_fen, tax_fen, lines } = await preview({ kind: 'vat', gross_fen: row.gross_fen, rate_percent: row.rate_percent });
      assert.deepEqual([net_fen, tax_fen, sum(lines)], [row.net_fen, row.tax_fen, row.gross_fen]);
    });
});

describe('what has no example in the file', () => {
  const rows = [
    ['30 days a month', { ...good.area, basis: '30' }, { amount_fen: 20972 }],
    ['the month’s own days, said', { ...good.area, basis: 'actual' }, { amount_fen: 20295 }],
    ['70 % of a month', { ...good.area, from: '2026-03-01', percent: '70' }, { amount_fen: 22021 }],
    ['forty years', { ...good.area, from: '2026-01-01', to: '2065-12-31' }, { amount_fen: 480 * 31458 }],
    ['whole numbers as JSON numbers', { ...good.area, area: 100, rate_yuan: 2, percent: 50 }, { amount_fen: 6452 }],
    ['null is not given', { ...good.late, cap_percent: null, paid: null, grace_days: null }, { amount_fen: 1195 }],
    ['fen as text', { ...good.late, principal_fen: '31458' }, { amount_fen: 1195 }],
    ['payments in any order, one too large', { ...good.late, paid: [['2026-06-01', 99999], ['2026-05-01', '10000']] }, { amount_fen: 820 }],
    ['a meter with a transformer', good.meter, { amount_fen: 58800 }],
    ['a meter alone', { ...good.meter, multiplier: undefined }, { amount_fen: 1470 }],
    ['a meter over its end', good.rollover, { use: '25', lines: [] }],
    ['a meter over its end, with decimals', { ...good.rollover, previous: '99.5', value: '0.25', digits: '2' }, { use: '0.75', lines: [] }],
    ['a meter that goes on', { ...good.rollover, previous: 10 }, { use: '5', lines: [] }],
    ['98 to 12 as the dial shows them', { kind: 'rollover', previous: '99998', value: '00012', digits: 5 }, { use: '14', lines: [] }],
    ['zeros in front, all of them', { kind: 'rollover', previous: '00000', value: '00100.50', digits: 5 }, { use: '100.5', lines: [] }],
    ['a dial as JSON numbers', { kind: 'rollover', previous: 99998, value: 12, digits: 5 }, { use: '14', lines: [] }],
    ['an area as a JSON number', { ...good.area, area: 112.35, from: '2026-03-01' }, { amount_fen: 31458 }],
    ['an area as a JSON number, whose double is below it', { kind: 'formula', formula: 'area * 100[yuan/m2]', area: 0.29 }, { amount_fen: 2900 }],
    ['the largest area as a JSON number', { kind: 'formula', formula: 'area * 0.01[yuan/m2]', area: 99999999.99 }, { amount_fen: 100000000 }],
    ['all areas as JSON numbers', { kind: 'formula', formula: '(area + inner_area + garden_area) * 1[yuan/m2]', area: 112.35, inner_area: 89.1, garden_area: 20.0 }, { amount_fen: 22145 }],
    ['weights that are areas', { ...good.share, weights: [89.5, 112.35] }, { shares_fen: [54740, 68716] }],
    ['uses as JSON integers', { ...good.meter, use: 24, multiplier: 40 }, { amount_fen: 57600 }],
    ['a formula', good.formula, { amount_fen: 100374 }],
    ['a formula in Chinese', { kind: 'formula', formula: '最大（建筑面积×1[元/平方米]，200[元]）', area: '112.35' }, { amount_fen: 20000 }],
  ];
  for (const [name, body, expected] of rows)
    test(name, async () => {
      const answer = await preview(body);
      for (const [member, value] of Object.entries(expected)) assert.deepEqual(answer[member], value);
    });

  test('whoever is logged in may ask, nobody else', async () => {
    for (const who of ['resident', 'guard', 'foreign', 'admin']) isDone(await world.as[who].post('tariffs/preview', good.area));
    isProblem(await world.nobody.post('tariffs/preview', good.area), 401, 'login_required');
  });
});

describe('a line says what was done, in the caller’s language', () => {
  const texts = [
    [good.area, '112.35 m² × 2.80 元 × 20/31 月 = 202.95 元', '112.35 m² × ¥2.80 × 20/31 month = ¥202.95'],
    [{ ...good.area, from: '2026-03-01', percent: '70' }, '112.35 m² × 2.80 元 × 1 月 × 70% = 220.21 元', '112.35 m² × ¥2.80 × 1 month × 70% = ¥220.21'],
    [{ ...good.stepped, before: 0, use: 15 }, '15 × 5.00 元 = 75.00 元', '15 × ¥5.00 = ¥75.00'],
    [good.meter, '用量 24.5 × 40 × 0.60 元 = 588.00 元', 'use 24.5 × 40 × ¥0.60 = ¥588.00'],
    [good.share, '1234.56 元 × 89.5/201.85 = 547.40 元', '¥1234.56 × 89.5/201.85 = ¥547.40'],
    [good.late, '314.58 元 × 5/10000 × 76 天 = 11.95 元', '¥314.58 × 5/10000 × 76 days = ¥11.95'],
    [{ ...good.late, cap_percent: 1 }, '314.58 元 × 5/10000 × 76 天，到上限为止 = 3.15 元', '¥314.58 × 5/10000 × 76 days, up to the cap = ¥3.15'],
    [good.vat, '314.58 ÷ (1 + 6%) = 296.77 元', '314.58 ÷ (1 + 6%) = ¥296.77'],
    [good.formula, '112.35 × 2.80 × 3 + 4 × 5 × 3 = 1003.74 元', '112.35 × 2.80 × 3 + 4 × 5 × 3 = ¥1003.74'],
  ];
  for (const [body, zh, en] of texts)
    test(en, async () => {
      assert.equal((await preview(body, { 'accept-language': 'zh-CN' })).lines[0].text, zh);
      assert.equal((await preview(body)).lines[0].text, en);
    });
});

describe('bad input is refused with its field', () => {
  /* kind, what is spoilt, the field, its code */
  const rows = [];
  const numbers = { area: ['area', 'rate_yuan', 'percent'], stepped: ['before', 'use'], meter: ['use', 'multiplier', 'rate_yuan'], share: ['total_fen'],
    late: ['principal_fen', 'per_ten_thousand', 'grace_days', 'cap_percent'], vat: ['gross_fen', 'rate_percent'], rollover: ['previous', 'value', 'digits'], formula: ['area', 'months', 'persons'] };
  const formats = ['', ' ', '1e5', 'NaN', 'Infinity', '+1', '１２', '0x10', '1.23456789', '1,000', '1.', '.5', ' 1', '01', '--1', '1e400', '9'.repeat(30)];
  for (const [kind, fields] of Object.entries(numbers))
    for (const field of fields) {
      const isArea = field === 'area', isDial = kind === 'rollover' && field !== 'digits';
      for (const text of formats.filter((each) => !(isDial && each === '01'))) rows.push([kind, { [field]: text }, field, 'format']);
      for (const value of [...(isArea ? [] : [1.5]), true, [], {}]) rows.push([kind, { [field]: value }, field, 'type']);
      rows.push([kind, { [field]: field === 'total_fen' ? '-1000000000000001' : '-1' }, field, 'out_of_range']);
      rows.push([kind, { [field]: '1000000000000001' }, field, 'out_of_range'], [kind, { [field]: 1000000000000001 }, field, 'out_of_range']);
    }
  for (const [kind, field, value] of [['area', 'area', '1.234'], ['area', 'area', '1.23456'], ['area', 'rate_yuan', '1.2345678'], ['late', 'principal_fen', '1.5'], ['share', 'total_fen', '0.5'],
    ['late', 'grace_days', '1.5'], ['rollover', 'digits', '5.0'], ['formula', 'inner_area', '1.234'], ['formula', 'persons', '1.5'],
    ['area', 'area', 112.355], ['area', 'area', 0.1 + 0.2], ['formula', 'area', 1e-9], ['formula', 'inner_area', 1.234], ['rollover', 'value', '0.0012345'], ['rollover', 'value', '00x2'], ['rollover', 'value', '-01'], ['share', 'weights', [1.555]]])
    rows.push([kind, { [field]: value }, field, 'format']);
  for (const [kind, field] of [['area', 'from'], ['area', 'to'], ['late', 'due'], ['late', 'until']]) {
    for (const text of ['', '2026-02-29', '2026-13-01', '2026-3-1', '20260301', '2026-03-01T00:00:00Z', '2026/03/01', 'today']) rows.push([kind, { [field]: text }, field, 'format']);
    for (const value of [20260301, true, [], {}]) rows.push([kind, { [field]: value }, field, 'type']);
  }
  for (const [kind, body] of Object.entries(good))
    for (const field of Object.keys(body).filter((name) => name !== 'kind' && name !== 'multiplier')) {
      rows.push([kind, { [field]: undefined }, field, 'required'], [kind, { [field]: null }, field, 'required']);
    }
  rows.push(
    ['area', { to: '2026-03-11' }, 'to', 'out_of_range'], ['area', { to: '2066-03-12' }, 'to', 'out_of_range'],
    ['late', { until: '2066-03-31' }, 'until', 'out_of_range'],
    ['area', { percent: '100.01' }, 'percent', 'out_of_range'], ['vat', { rate_percent: 101 }, 'rate_percent', 'out_of_range'], ['late', { cap_percent: '100.5' }, 'cap_percent', 'out_of_range'],
    ['late', { per_ten_thousand: 10001 }, 'per_ten_thousand', 'out_of_range'], ['late', { grace_days: 367 }, 'grace_days', 'out_of_range'],
    ['area', { basis: '31' }, 'basis', 'choice'], ['area', { basis: 30 }, 'basis', 'type'],
    ['area', { area: '1000000000000', rate_yuan: '1000000000' }, 'rate_yuan', 'out_of_range'],
    ['meter', { use: '1000000000', rate_yuan: '1000000000' }, 'use', 'out_of_range'],
    ['rollover', { digits: 0 }, 'digits', 'out_of_range'], ['rollover', { digits: 10 }, 'digits', 'out_of_range'],
    ['rollover', { previous: 100000 }, 'previous', 'out_of_range'], ['rollover', { value: 100000 }, 'value', 'out_of_range'],
    ['stepped', { steps: 'none' }, 'steps', 'type'], ['stepped', { steps: {} }, 'steps', 'type'], ['stepped', { steps: [] }, 'steps', 'out_of_range'],
    ['stepped', { steps: [[10, '1'], [10, '2'], [null, '3']] }, 'steps', 'out_of_range'], ['stepped', { steps: [[10, '1']] }, 'steps', 'out_of_range'],
    ['stepped', { steps: [[null, '1'], [null, '2']] }, 'steps', 'out_of_range'], ['stepped', { steps: [[0, '1'], [null, '2']] }, 'steps', 'out_of_range'],
    ['stepped', { steps: [[null, '-1']] }, 'steps', 'out_of_range'], ['stepped', { steps: [[null, '1e5']] }, 'steps', 'format'], ['stepped', { steps: [[1.5, '1'], [null, '1']] }, 'steps', 'type'],
    ['stepped', { steps: [[null]] }, 'steps', 'type'], ['stepped', { steps: [null] }, 'steps', 'type'], ['stepped', { steps: Array.from({ length: 13 }, (_, i) => [i < 12 ? i + 1 : null, '1']) }, 'steps', 'out_of_range'],
    ['share', { weights: [] }, 'weights', 'out_of_range'], ['share', { weights: ['0', 0] }, 'weights', 'out_of_range'], ['share', { weights: ['1', '-1'] }, 'weights', 'out_of_range'],
    ['share', { weights: '1' }, 'weights', 'type'], ['share', { weights: [null] }, 'weights', 'type'], ['share', { weights: [-0.5, 1] }, 'weights', 'out_of_range'], ['area', { area: -0.01 }, 'area', 'out_of_range'], ['area', { area: 1e300 }, 'area', 'out_of_range'],
    ['share', { weights: ['x'] }, 'weights', 'format'],
    ['share', { weights: Array(5001).fill(1) }, 'weights', 'out_of_range'],
    ['late', { paid: 'yes' }, 'paid', 'type'], ['late', { paid: [['2026-05-01']] }, 'paid', 'type'], ['late', { paid: [['2026-05-32', 1]] }, 'paid', 'format'], ['late', { paid: [['2026-05-01', -1]] }, 'paid', 'out_of_range'],
    ['late', { paid: [['2026-05-01', '1.5']] }, 'paid', 'format'], ['late', { paid: [[20260501, 1]] }, 'paid', 'type'], ['late', { paid: Array(500).fill(['2026-05-01', 1]) }, 'paid', 'out_of_range'],
    ['formula', { formula: 5 }, 'formula', 'type'], ['formula', { formula: 'area' }, 'formula', 'format'], ['formula', { formula: '1[yuan]/0' }, 'formula', 'format'], ['formula', { formula: '' }, 'formula', 'format'],
    ['formula', { formula: '1[yuan]/days*1[day]', days: 0 }, 'formula', 'out_of_range'], ['formula', { formula: '1[yuan]-2[yuan]' }, 'formula', 'out_of_range'], ['formula', { formula: '1+'.repeat(300) }, 'formula', 'too_long'],
    ['formula', { formula: '('.repeat(400) }, 'formula', 'format'], ['formula', { formula: 'use * 1[yuan/unit]' }, 'use', 'required'],
  );
  for (const [kind, member] of [['area', 'steps'], ['vat', 'percent'], ['formula', 'rate_yuan'], ['late', 'kinds']]) rows.push([kind, { [member]: 1 }, member, 'unknown']);
  rows.push(['area', { kind: undefined }, 'kind', 'required'], ['area', { kind: 'gift' }, 'kind', 'choice'], ['area', { kind: 1 }, 'kind', 'type'], ['area', { kind: 'AREA' }, 'kind', 'choice']);

  for (const kind of Object.keys(good))
    test(`${kind}: ${rows.filter((row) => row[0] === kind).length} of them`, async () => {
      for (const [, change, field, code] of rows.filter((row) => row[0] === kind)) {
        const answer = await cashier.post('tariffs/preview', { ...good[kind], ...change });
        isProblem(answer, 422, 'invalid', [field]);
        assert.equal(answer.body.fields[0].code, code, `${JSON.stringify(change).slice(0, 200)}: ${answer.text}`);
      }
    });

  test('all fields at once, in the caller’s language', async () => {
    const bad = { kind: 'area', area: 'x', rate_yuan: 2.8, from: '2026-03-31', to: '2026-03-01', basis: '31', percent: 101, gift: 1 };
    for (const [language, pattern] of [['zh', /[\u4e00-\u9fff]/], ['en', /^[\x20-\x7e]+$/]]) {
      const answer = await cashier.post('tariffs/preview', bad, { 'accept-language': language });
      isProblem(answer, 422, 'invalid', ['area', 'rate_yuan', 'to', 'basis', 'percent', 'gift']);
      for (const { message } of answer.body.fields) assert.match(message, pattern);
    }
    isProblem(await cashier.post('tariffs/preview', { kind: 'late' }), 422, 'invalid', ['principal_fen', 'due', 'until', 'per_ten_thousand']);
    isProblem(await cashier.post('tariffs/preview', { kind: 'formula', formula: 'area*persons*1[yuan/m2/person]', months: 'x' }), 422, 'invalid', ['area', 'persons', 'months']);
  });

  test('no object, no body, parameters, another method', async () => {
    for (const body of ['[]', '"area"', '5', 'null']) isProblem(await cashier.post('tariffs/preview', body), 422, 'invalid', ['body']);
    isProblem(await cashier.post('tariffs/preview?kind=area', good.area), 422, 'invalid', ['kind']);
    isProblem(await cashier.get('tariffs/preview'), 404, 'not_found'); // of the resource tariffs, no record
  });

  test('a fault in a formula is said with its place', async () => {
    const answer = await cashier.post('tariffs/preview', { kind: 'formula', formula: '建筑面积×2[元/平方米] + 人数', area: 1, persons: 1 }, { 'accept-language': 'zh' });
    assert.equal(answer.body.fields[0].message, '第 15 个字：“+”两边的单位不同：元与人');
  });
});
