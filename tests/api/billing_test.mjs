/* 出账 (card P10): items and their versions, meters, runs: what they propose, who reviews, what is posted, what is never done twice. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { booksAreSound } from './money.mjs';
import { isDone, isProblem, openWorld, until } from './world.mjs';

let world, manager, region, cashier, resident, admin, house, other, empty;
const items = {};
const make = async (path, body) => isDone(await manager.post(path, body), 201);
const act = (path, action, body = {}, who = manager) => who.post(`${path}/actions/${action}`, body);
const run = async (body) => make('billing_runs', body);
const post = async (draft) => {
  isDone(await act(`billing_runs/${draft.id}`, 'review', {}, region));
  return act(`billing_runs/${draft.id}`, 'post');
};
const chargesOf = async (home, item) => (await manager.read(`charges?filter[house]=${home}&filter[item]=${item}&sort=period_from&limit=100`)).items.filter((one) => one.state !== 'reversed');
const codes = (draft) => draft.exceptions.map((one) => one.code).sort();

before(async () => {
  world = await openWorld();
  ({ manager, region, cashier, resident, admin } = world.as);
  house = world.houses['1-1-101'];
  other = world.houses['1-1-102'];
  empty = world.houses['2-1-201'];
  const item = async (name, body) => { items[name] = await make('tariffs', { from: '2025-01-01', ...body }); };
  await item('area', { code: 'WYF', name: '物业服务费', kind: 'area', rate_yuan: '2.80', tax_percent: '6', to: '2026-04-15' });
  await item('dearer', { code: 'WYF', name: '物业服务费', kind: 'area', rate_yuan: '3.10', tax_percent: '6', from: '2026-04-16' });
  await item('water', { code: 'SF', name: '水费', kind: 'stepped', agency: true, steps: [[180, '5.00'], [260, '7.00'], [null, '9.00']] });
  await item('power', { code: 'DF', name: '电费', kind: 'meter', rate_yuan: '0.5383' });
  await item('share', { code: 'GT', name: '公摊电费', kind: 'share' });
  await item('mixed', { code: 'ZH', name: '综合费', kind: 'formula', formula: 'area * 0.5[yuan/m2/month] * months + persons * 5[yuan/person/month] * months' });
});
after(() => { booksAreSound(world); return world.close(); });

describe('a run', () => {
  let draft;

  test('is a draft that keeps no bills, with its total and what each item comes to', async () => {
    draft = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.area.id] });
    assert.equal(draft.state, 'draft');
    assert.equal(draft.charge_count, draft.house_count);
    assert.equal(draft.items[0].fen, draft.total_fen);
    const areas = (await manager.read('houses?limit=100')).items.filter((one) => one.project === world.projects.TYHY).map((one) => one.area);
    assert.equal(draft.total_fen, areas.reduce((sum, area) => sum + Math.round(area * 280), 0));
    assert.equal((await chargesOf(house, 'WYF')).length, 0);
  });

  test('is reviewed by somebody else, and posted only then', async () => {
    isProblem(await act(`billing_runs/${draft.id}`, 'review'), 403, 'forbidden');
    isProblem(await act(`billing_runs/${draft.id}`, 'post'), 409, 'wrong_state');
    const done = isDone(await post(draft));
    assert.equal(done.state, 'posted');
    const [charge] = await chargesOf(house, 'WYF');
    assert.deepEqual([charge.amount_fen, charge.open_fen, charge.quantity, charge.unit_price, charge.tax_fen, charge.due_date, charge.run],
      [25060, 25060, '89.5', '2.80', 1418, '2026-03-31', draft.id]);
    const [line] = charge.lines;
    assert.match(line.text, /89\.50 m² × ¥2\.80 × 1 month = ¥250\.60/);
  });

  test('again proposes nothing, and posting the same draft twice does nothing more', async () => {
    const again = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.area.id] });
    assert.deepEqual([again.total_fen, again.charge_count], [0, 0]);
    isProblem(await act(`billing_runs/${draft.id}`, 'post'), 409, 'wrong_state');
    assert.equal((await chargesOf(house, 'WYF')).length, 1);
  });

  test('two drafts of the same days: the second posts nothing once the first has', async () => {
    const body = { period_from: '2026-02-01', period_to: '2026-02-28', tariffs: [items.area.id] };
    const [one, two] = [await run(body), await run(body)];
    assert.equal(one.total_fen, two.total_fen);
    for (const draft of [one, two]) isDone(await act(`billing_runs/${draft.id}`, 'review', {}, region));
    const answers = await Promise.all([one, two].map((draft) => act(`billing_runs/${draft.id}`, 'post')));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409], JSON.stringify(answers.map((answer) => answer.body)));
    assert.equal((await chargesOf(house, 'WYF')).filter((charge) => charge.period_from === '2026-02-01').length, 1);
  });

  test('a price that changes in the month makes two charges, by their days', async () => {
    isDone(await post(await run({ period_from: '2026-04-01', period_to: '2026-04-30', tariffs: [items.dearer.id] })));
    const charges = (await chargesOf(house, 'WYF')).filter((charge) => charge.period_from.startsWith('2026-04'));
    assert.deepEqual(charges.map((charge) => [charge.period_from, charge.period_to, charge.unit_price, charge.amount_fen]),
      [['2026-04-01', '2026-04-15', '2.80', Math.round(89.5 * 280 * 15 / 30)], ['2026-04-16', '2026-04-30', '3.10', Math.round(89.5 * 310 * 15 / 30)]]);
  });

  test('fills gaps only: days in the middle that were billed are left out', async () => {
    isDone(await manager.post('charges', { house, tariff: items.dearer.id, period_from: '2026-06-10', period_to: '2026-06-20' }), 201);
    isDone(await post(await run({ period_from: '2026-06-01', period_to: '2026-06-30', tariffs: [items.dearer.id] })));
    const days = (await chargesOf(house, 'WYF')).filter((charge) => charge.period_from.startsWith('2026-06')).map((charge) => `${charge.period_from} ${charge.period_to}`);
    assert.deepEqual(days, ['2026-06-01 2026-06-09', '2026-06-10 2026-06-20', '2026-06-21 2026-06-30']);
  });

  test('says so when something has changed since the review, and makes nothing', async () => {
    const stale = await run({ period_from: '2026-07-01', period_to: '2026-07-31', tariffs: [items.dearer.id] });
    isDone(await act(`billing_runs/${stale.id}`, 'review', {}, region));
    const area = (await manager.read(`houses/${empty}`)).area;
    isDone(await admin.patch(`houses/${empty}`, { area: area + 10 }));
    isProblem(await act(`billing_runs/${stale.id}`, 'post'), 409, 'wrong_state');
    assert.equal((await chargesOf(house, 'WYF')).filter((charge) => charge.period_from === '2026-07-01').length, 0);
    isDone(await act(`billing_runs/${stale.id}`, 'compute'));
    isDone(await post(stale));
    isDone(await admin.patch(`houses/${empty}`, { area }));
  });

  test('is voided as a whole until something of it is paid', async () => {
    const body = { period_from: '2026-08-01', period_to: '2026-08-31', tariffs: [items.dearer.id] };
    const first = await run(body);
    isDone(await post(first));
    isDone(await act(`billing_runs/${first.id}`, 'void', { reason: '单价录错' }));
    assert.equal((await chargesOf(house, 'WYF')).filter((charge) => charge.period_from === '2026-08-01').length, 0);
    const second = await run(body);
    assert.equal(second.total_fen, first.total_fen);
    isDone(await post(second));
    const charge = (await chargesOf(house, 'WYF')).find((one) => one.period_from === '2026-08-01');
    isDone(await cashier.post('payments', { house, amount_fen: 100, method: 'cash', allocations: [{ charge: charge.id, fen: 100 }] }), 201);
    isProblem(await act(`billing_runs/${second.id}`, 'void', { reason: '再来' }), 409, 'wrong_state');
  });

  test('looks at what differs much from the month before', async () => {
    isDone(await admin.patch(`houses/${empty}`, { area: 500 }));
    const draft = await run({ period_from: '2026-09-01', period_to: '2026-09-30', tariffs: [items.dearer.id] });
    const [outlier] = draft.exceptions.filter((one) => one.code === 'outlier');
    assert.deepEqual([outlier.house, outlier.fen, outlier.billed], [empty, 155000, true]);
    isDone(await act(`billing_runs/${draft.id}`, 'void', { reason: '面积录错' }));
    isDone(await admin.patch(`houses/${empty}`, { area: 120.5 }));
  });
});

describe('who pays', () => {
  test('a new owner pays from the day that the house is theirs', async () => {
    const people = [];
    for (const name of ['旧业主', '新业主']) people.push((isDone(await admin.post('parties', { name, phone: '1390000111' + people.length, project: world.projects.TYHY }), 201)).id);
    isDone(await admin.patch(`houses/${empty}`, { parties: [{ party: people[0], role: 'owner', from: '2020-01-01', to: '2026-05-12' }, { party: people[1], role: 'owner', from: '2026-05-12' }] }));
    isDone(await post(await run({ period_from: '2026-05-01', period_to: '2026-05-31', tariffs: [items.dearer.id] })));
    const charges = (await chargesOf(empty, 'WYF')).filter((charge) => charge.period_from.startsWith('2026-05'));
    assert.deepEqual(charges.map((charge) => [charge.period_from, charge.period_to, charge.payer]),
      [['2026-05-01', '2026-05-11', people[0]], ['2026-05-12', '2026-05-31', people[1]]]);
  });

  test('before the handover the developer, and nobody is billed where none is named', async () => {
    const fresh = (isDone(await admin.post('houses', { no: '9-9-909', building: '9', unit: '9', room: '909', area: 100, handover_date: '2026-10-12', project: world.projects.TYHY }), 201)).id;
    const body = { period_from: '2026-10-01', period_to: '2026-11-30', tariffs: [items.dearer.id] };
    const without = await run(body);
    assert.ok(without.exceptions.some((one) => one.house === fresh && one.code === 'not_delivered' && !one.billed));
    const developer = (isDone(await admin.post('parties', { name: '开发公司', kind: 'company', phone: '02088887777', project: world.projects.TYHY }), 201)).id;
    isDone(await admin.patch(`projects/${world.projects.TYHY}`, { developer }));
    const withOne = await run(body);
    isDone(await post(withOne));
    const charges = await chargesOf(fresh, 'WYF');
    assert.deepEqual(charges.map((charge) => [charge.period_from, charge.period_to, charge.payer]),
      [['2026-10-01', '2026-10-31', developer], ['2026-11-01', '2026-11-30', null]]);
  });
});

describe('formulas and shares', () => {
  test('a house that lacks what the formula names is left out and named, never billed 0', async () => {
    isDone(await admin.patch(`houses/${house}`, { persons: 3 }));
    const draft = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.mixed.id] });
    assert.equal(draft.charge_count, 1);
    assert.equal(draft.total_fen, 8950 / 2 + 1500);
    assert.ok(draft.exceptions.some((one) => one.house === other && one.code === 'no_persons' && !one.billed), JSON.stringify(draft.exceptions));
  });

  test('a house without area is left out and named', async () => {
    const { id } = isDone(await admin.post('houses', { no: '8-8-808', building: '8', unit: '8', room: '808', project: world.projects.TYHY }), 201);
    const draft = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.area.id] });
    assert.ok(draft.exceptions.some((one) => one.house === id && one.code === 'no_area'));
  });

  test('shared parts add up to the fen; without a total the run is refused', async () => {
    isProblem(await manager.post('billing_runs', { period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.share.id] }), 422, 'invalid', ['shared']);
    const draft = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.share.id], shared: [{ tariff: items.share.id, total_fen: 100_001 }] });
    assert.equal(draft.total_fen, 100_001);
    isDone(await post(draft));
    const all = (await manager.read('charges?filter[item]=GT&limit=100')).items;
    assert.equal(all.reduce((sum, charge) => sum + charge.amount_fen, 0), 100_001);
  });

  for (const [what, formula] of [['an unknown name', 'area * rate * months'], ['units that do not fit', 'area + persons'], ['division by zero', 'area / 0'],
    ['no amount of money', 'area * months'], ['an injection', "area; DROP TABLE charge"], ['a bomb', '('.repeat(400)]])
    test(`a formula with ${what} is refused when it is written`, async () =>
      isProblem(await manager.post('tariffs', { code: 'X1', kind: 'formula', formula, from: '2026-01-01' }), 422, 'invalid', ['formula']));
});

describe('meters', () => {
  let meter;
  const read = (value, read_at, more = {}) => manager.post('readings', { meter: meter.id, value, read_at, ...more });

  test('a reading says what was used since the one before', async () => {
    meter = await make('meters', { no: 'W-101', house, item: 'SF', initial: '100', digits: 4, installed_on: '2025-12-31' });
    const reading = isDone(await read('0270', '2026-01-31'), 201);
    assert.deepEqual([reading.previous, reading.used, reading.house], ['100', '170', house]);
  });

  test('it does not run backwards, over its dial, into the future or before the last', async () => {
    isProblem(await read('269', '2026-02-10'), 422, 'invalid', ['value']);
    isProblem(await read('10000', '2026-02-10'), 422, 'invalid', ['value']);
    isProblem(await read('300', '2026-01-01'), 422, 'invalid', ['read_at']);
    isProblem(await read('300', '2030-01-01'), 422, 'invalid', ['read_at']);
    for (const value of ['-1', 'NaN', '1e3', '', '12.3456']) isProblem(await read(value, '2026-02-10'), 422, 'invalid', ['value']);
  });

  test('steps go on through the year', async () => {
    isDone(await post(await run({ period_from: '2026-01-01', period_to: '2026-01-31', tariffs: [items.water.id] })));
    isDone(await read('294', '2026-02-28'), 201);
    isDone(await post(await run({ period_from: '2026-02-01', period_to: '2026-02-28', tariffs: [items.water.id] })));
    const charges = await chargesOf(house, 'SF');
    assert.deepEqual(charges.map((charge) => charge.amount_fen), [85_000, 14_800]); // 170 at 5.00; then 10 at 5.00 and 14 at 7.00
    assert.deepEqual(charges.map((charge) => charge.period_from), ['2026-01-01', '2026-02-01']);
  });

  test('no reading, no bill: the run names the meter', async () => {
    const draft = await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.water.id] });
    assert.deepEqual([draft.total_fen, codes(draft)], [0, ['no_reading']]);
  });

  test('an estimate that was too high is made good by the next reading', async () => {
    isDone(await read('320', '2026-03-31', { kind: 'estimated' }), 201);
    isDone(await post(await run({ period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.water.id] })));
    const lower = isDone(await read('310', '2026-04-30'), 201);
    assert.equal(lower.used, '-10');
    const draft = await run({ period_from: '2026-04-01', period_to: '2026-04-30', tariffs: [items.water.id] });
    assert.deepEqual([draft.total_fen, codes(draft)], [0, ['credit']]);
    isDone(await read('325', '2026-05-31'), 201);
    isDone(await post(await run({ period_from: '2026-05-01', period_to: '2026-05-31', tariffs: [items.water.id] })));
    const last = (await chargesOf(house, 'SF')).at(-1);
    assert.deepEqual([last.quantity, last.amount_fen, last.period_from], ['5', 3500, '2026-04-01']);
  });

  test('over its end when that is flagged, and a new meter starts anew', async () => {
    isDone(await read('9998', '2026-06-30'), 201);
    isProblem(await read('0012', '2026-07-31'), 422, 'invalid', ['value']);
    assert.equal(isDone(await read('0012', '2026-07-31', { rollover: true }), 201).used, '14');
    assert.equal(isDone(await read('0020', '2026-08-10', { kind: 'final' }), 201).used, '8');
    assert.equal(isDone(await read('5', '2026-08-10', { kind: 'replaced' }), 201).used, '0');
    assert.equal(isDone(await read('11', '2026-08-31'), 201).used, '6');
  });

  test('a voided run frees its readings', async () => {
    const power = await make('meters', { no: 'E-101', house, item: 'DF', multiplier: '20', installed_on: '2026-01-01' });
    isDone(await manager.post('readings', { meter: power.id, value: '12.5', read_at: '2026-01-31' }), 201);
    const body = { period_from: '2026-01-01', period_to: '2026-01-31', tariffs: [items.power.id] };
    const first = await run(body);
    assert.equal(first.total_fen, 13458); // 12.5 x 20 x 0.5383
    isDone(await post(first));
    isDone(await act(`billing_runs/${first.id}`, 'void', { reason: '倍率错' }));
    assert.equal((await run(body)).total_fen, 13458);
  });

  test('the meter needs an item that is billed by one', async () =>
    isProblem(await manager.post('meters', { no: 'X', house, item: 'WYF' }), 422, 'invalid', ['item']));
});

describe('bad input', () => {
  const bad = (name, body, fields) => test(name, async () => isProblem(await manager.post('billing_runs', { period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.area.id], ...body }), 422, 'invalid', fields));

  bad('ends before it begins', { period_to: '2026-02-01' }, ['period_to']);
  bad('covers years', { period_to: '2030-02-01' }, ['period_to']);
  bad('no items', { tariffs: [] }, ['tariffs']);
  bad('items that are none', { tariffs: ['1'] }, ['tariffs']);
  bad('due before the period', { due_date: '2025-01-01' }, ['due_date']);
  test('a tariff that overlaps another of its item', async () =>
    isProblem(await manager.post('tariffs', { code: 'WYF', kind: 'area', rate_yuan: '1', from: '2026-06-01' }), 422, 'invalid', ['from']));
  test('a price that was billed is not edited', async () => isProblem(await manager.patch(`tariffs/${items.dearer.id}`, { rate_yuan: '1.00' }), 422, 'invalid', ['rate_yuan']));
  test('who keeps no books makes no run', async () => {
    isProblem(await cashier.post('billing_runs', { period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [items.area.id] }), 403, 'forbidden');
    isProblem(await resident.post('billing_runs', {}), 403, 'forbidden');
  });
});

describe('figures', () => {
  test('owed, received and the rate are sums of fen that the lists bear out', async () => {
    const all = (await manager.read('charges?limit=500')).items.filter((one) => one.state !== 'reversed');
    const owed = (await manager.read('figures/fee_owed')).rows[0];
    assert.equal(owed.value, all.reduce((sum, one) => sum + one.open_fen, 0));
    const rate = (await manager.read('figures/fee_collection_rate?by=item')).rows;
    for (const row of rate) {
      const of = all.filter((one) => one.item === row.key && one.late_of === null), due = of.reduce((sum, one) => sum + one.amount_fen, 0);
      assert.equal(row.n, due, row.key);
      assert.ok(Math.abs(row.value - of.reduce((sum, one) => sum + one.amount_fen - one.open_fen, 0) / due) < 1e-12);
    }
    assert.equal((await manager.read('figures/fee_received?by=method')).rows[0].value, 100);
  });
});

describe('paid ahead', () => {
  test('pays by itself what is billed since, and needs no second receipt', async () => {
    const { id } = isDone(await admin.post('houses', { no: '7-7-707', building: '7', unit: '7', room: '707', area: 100, project: world.projects.TYHY }), 201);
    isDone(await cashier.post('payments', { house: id, amount_fen: 50_000, method: 'transfer' }), 201);
    isDone(await manager.post('charges', { house: id, tariff: items.dearer.id, period_from: '2026-11-01', period_to: '2026-11-30' }), 201);
    await world.restart(); // chores run at once
    const due = await until(async () => { const now = await cashier.read(`houses/${id}/due`); return now.open_fen === 0 && now; }, 'paid', 60_000); // on a server the chores' lease of the process before runs out first
    assert.equal(due.prepay_fen, 19_000);
    const [payment] = (await manager.read(`payments?filter[house]=${id}&filter[method]=prepay`)).items;
    assert.deepEqual([payment.amount_fen, payment.receipt_no], [31_000, null]);
  });
});

/** The files of a ZIP archive, by name. */
function unzip(bytes) {
  const files = {}, end = bytes.lastIndexOf(Buffer.from('PK\x05\x06')), count = bytes.readUInt16LE(end + 10);
  for (let i = 0, at = bytes.readUInt32LE(end + 16); i < count; i++) {
    const [method, packed, name, extra, comment, start] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const data = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28), body = bytes.subarray(data, data + packed);
    files[bytes.subarray(at + 46, at + 46 + name).toString()] = method === 0 ? body : inflateRawSync(body);
    at += 46 + name + extra + comment;
  }
  return files;
}

describe('the audit file', () => {
  const LISTS = ['accounts', 'entries', 'periods', 'tariffs', 'exemptions', 'meters', 'readings', 'billing_runs', 'charges', 'payments', 'receipts', 'deposits', 'adjustments', 'drawers'];
  const take = async (query, headers = {}) => {
    const answer = await manager.get(`ledger/audit-file?${query}`, headers);
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/zip'], answer.text?.slice(0, 300));
    return unzip(answer.raw);
  };
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const rowsOf = (file) => file.toString().trim().split('\r\n').map((row) => row.split(','));
  let paper, photo, reading, adjustment;

  before(async () => {
    photo = await manager.photo();
    const meter = await make('meters', { no: 'ZP-1', house: other, item: 'SF', initial: '10', installed_on: '2026-01-01' });
    reading = await make('readings', { meter: meter.id, value: '12', read_at: '2026-02-14', photo });
    paper = isDone(await manager.upload(Buffer.from('%PDF-1.4\n%%EOF\n'), '依据.pdf', 'application/pdf'), 201).id;
    const [charge] = await chargesOf(house, 'WYF');
    adjustment = await make('adjustments', { charge: charge.id, amount_fen: 60, reason: '抹零', document: paper });
  });

  test('holds every list, the trial balance before and at the end, what was attached, and a true checksum of all of it', async () => {
    const files = await take('from=2026-01-01'), names = Object.keys(files);
    const sums = files.SHA256SUMS.toString().trim().split('\n').map((line) => line.split('  '));
    assert.deepEqual(sums.map(([, name]) => name).sort(), names.filter((name) => name !== 'SHA256SUMS').sort(), 'each but the list of checksums itself');
    for (const [sum, name] of sums) assert.equal(sha256(files[name]), sum, name);
    for (const list of LISTS) assert.ok(names.includes(`${list}.csv`), list);
    const trials = names.filter((name) => name.startsWith('trial-balance-')).sort();
    assert.deepEqual(trials[0], 'trial-balance-2025-12-31.json');
    const trial = trials.map((name) => JSON.parse(files[name]));
    assert.deepEqual([trial.length, trial[0].debit_fen, trial[1].debit_fen], [2, 0, trial[1].credit_fen]);
    const [heading, ...booked] = rowsOf(files['entries.csv']), entries = booked.length, days = booked.map((row) => row[heading.indexOf('Day')]);
    assert.deepEqual(days, days.toSorted(), 'in the order of their days, which is that of their index: a year of pages is not sorted anew for each');
    assert.equal(entries, (await manager.read('entries?count=true&limit=1')).count ?? entries);
    assert.ok(entries > 50, String(entries));
  });

  test('the photo of a reading and the paper of a reduction are in it, and in the list of documents', async () => {
    const files = await take('from=2026-01-01'), names = Object.keys(files).filter((name) => name.startsWith('documents/')).sort();
    assert.deepEqual(names.map((name) => name.split('-').slice(0, 2).join('-')), [`documents/adjustments/${adjustment.id}-${paper}`, `documents/readings/${reading.id}-${photo}`]);
    assert.equal(files[names[0]].toString(), '%PDF-1.4\n%%EOF\n');
    assert.ok(names[0].endsWith('依据.pdf'), names[0]);
    assert.deepEqual(files[names[1]], (await manager.get(`files/${photo}`)).raw);
    const [, ...listed] = rowsOf(files['documents.csv']);
    assert.deepEqual(listed.map((row) => [row[0], row[1], row[3], row[7]]).sort(), [['adjustments', adjustment.id, names[0], sha256(files[names[0]])], ['readings', reading.id, names[1], sha256(files[names[1]])]]);
  });

  test('documents and lists are those of its days, and nobody else’s', async () => {
    const files = await take('from=2026-02-15&to=2026-02-20'), names = Object.keys(files);
    assert.deepEqual(names.filter((name) => name.startsWith('documents/')), [], 'read a day before, entered long after');
    assert.equal(rowsOf(files['readings.csv']).length, 1, 'the heading alone');
    assert.ok(rowsOf(files['meters.csv']).length > 1, 'meters are all there');
    const day = await take('from=2026-02-14&to=2026-02-14');
    assert.deepEqual(Object.keys(day).filter((name) => name.startsWith('documents/')).map((name) => name.split('/')[1]), ['readings']);
    const foreign = await world.as.foreign.get('ledger/audit-file?from=2026-01-01');
    if (foreign.status === 200) assert.deepEqual(Object.keys(unzip(foreign.raw)).filter((name) => name.startsWith('documents/')), []);
  });

  test('every charge says line by line how it was reckoned, and the package what is in it, in the caller’s language', async () => {
    for (const [language, text, word] of [['zh-CN', '89.50 m² × 2.80 元 × 1 月 = 250.60 元', '审计包'], ['en', '89.50 m² × ¥2.80 × 1 month = ¥250.60', 'Audit file']]) {
      const files = await take('from=2026-01-01', { 'accept-language': language });
      assert.ok(files['charges.csv'].toString().includes(text), text);
      assert.ok(files['README.txt'].toString().startsWith(word));
    }
    const rows = (await take('from=2026-01-01'))['charges.csv'].toString(), several = (await manager.read('charges?limit=100')).items.find((one) => one.lines.length > 1);
    assert.ok(rows.includes(`"${several.lines.map((line) => line.text).join('\n')}"`), 'one below the other');
  });

  test('an exemption is in it with its paper, whenever it was agreed: it explains what the charges of the days left out', async () => {
    const proof = isDone(await manager.upload(Buffer.from('%PDF-1.4\n%low\n%%EOF\n'), '低保证.pdf', 'application/pdf'), 201).id;
    const exemption = await make('exemptions', { house, tariff: items.dearer.id, percent: '50', from: '2031-01-01', to: '2031-12-31', reason: '低保户', document: proof });
    const files = await take('from=2026-02-15&to=2026-02-20'), [, ...rows] = rowsOf(files['exemptions.csv']);
    assert.deepEqual(rows.map((row) => row.includes('低保户')), [true]);
    assert.deepEqual(Object.keys(files).filter((name) => name.startsWith('documents/')), [`documents/exemptions/${exemption.id}-${proof}-低保证.pdf`]);
  });

  test('is for those who keep the books', async () => {
    isProblem(await cashier.get('ledger/audit-file'), 403, 'forbidden');
    isProblem(await resident.get('ledger/audit-file'), 403, 'forbidden');
    isProblem(await manager.get('ledger/audit-file?from=2026-02-01&to=2026-01-01'), 422, 'invalid', ['to']);
  });
});
