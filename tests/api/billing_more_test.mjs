/* 出账, what nobody would have missed: who pays where it was agreed otherwise, every quantity that a price may count, rounding and days, what is refused as a
 * whole, and sheets that count by themselves. Each amount was worked out by hand. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { booksAreSound, dayOf, faultsOf, rowsOf, staff } from './money.mjs';
import { isDone, isPostgres, isProblem, openWorld } from './world.mjs';

let world, manager, region, admin, project;
const people = {};
let rooms = 0, codes = 0;
const make = async (resource, body) => isDone(await manager.post(resource, body), 201);
const rule = async (code, value) => {
  const [row] = (await admin.read(`rules?filter[code]=${code}`)).items;
  isDone(await admin.patch(`rules/${row.id}`, { value }));
};
const home = async (body) => (isDone(await admin.post('houses', { no: `7-1-${++rooms}`, building: '7', unit: '1', room: String(rooms), area: 100, project, ...body }), 201)).id;
/* An item of these houses alone: 2.80 for each m2 and month, unless it says otherwise. */
const item = (houses, body) => make('tariffs', { code: `M${++codes}`, name: `项目${codes}`, kind: 'area', rate_yuan: '2.80', from: '2025-01-01', applies_to: { houses }, ...body });
const draft = (tariff, from, to) => make('billing_runs', { period_from: from, period_to: to, tariffs: [tariff.id] });
const post = async (run) => {
  isDone(await region.post(`billing_runs/${run.id}/actions/review`, {}));
  return isDone(await manager.post(`billing_runs/${run.id}/actions/post`, {}));
};
const bill = async (tariff, from, to) => post(await draft(tariff, from, to));
const chargesOf = async (house, tariff) => (await manager.read(`charges?filter[house]=${house}&filter[tariff]=${tariff.id}&sort=period_from&limit=100`)).items;
const days = (charges) => charges.map((one) => [one.period_from, one.period_to, one.payer, one.amount_fen]);

before(async () => {
  world = await openWorld();
  ({ manager, region, admin } = await staff(world));
  project = world.projects.TYHY;
  for (const [i, name] of ['owner', 'tenant', 'buyer'].entries()) people[name] = (isDone(await admin.post('parties', { name: `人${i}`, phone: `1390000222${i}`, project }), 201)).id;
});
after(() => { booksAreSound(world); return world.close(); });

describe('who pays', () => {
  const owner = (more) => ({ party: people.owner, role: 'owner', from: '2020-01-01', ...more });
  const tenant = (more) => ({ party: people.tenant, role: 'tenant', from: '2024-01-01', ...more });

  test('the tenant where that was agreed, from the day that he lives there until he leaves; else the owner', async () => {
    const agreed = await home({ pays: 'tenant', parties: [owner(), tenant()] }), not = await home({ parties: [owner(), tenant()] });
    const comes = await home({ pays: 'tenant', parties: [owner(), tenant({ from: '2026-03-11' })] }), goes = await home({ pays: 'tenant', parties: [owner(), tenant({ to: '2026-03-21' })] });
    const nobody = await home({ pays: 'tenant', parties: [owner()] });
    const price = await item([agreed, not, comes, goes, nobody]);
    await bill(price, '2026-03-01', '2026-03-31');
    const march = async (house) => days(await chargesOf(house, price));
    assert.deepEqual(await march(agreed), [['2026-03-01', '2026-03-31', people.tenant, 28000]]);
    assert.deepEqual(await march(not), [['2026-03-01', '2026-03-31', people.owner, 28000]]);
    assert.deepEqual(await march(comes), [['2026-03-01', '2026-03-10', people.owner, 9032], ['2026-03-11', '2026-03-31', people.tenant, 18968]]); // 280 × 10/31, 21/31
    assert.deepEqual(await march(goes), [['2026-03-01', '2026-03-20', people.tenant, 18065], ['2026-03-21', '2026-03-31', people.owner, 9935]]); // 20/31, 11/31
    assert.deepEqual(await march(nobody), [['2026-03-01', '2026-03-31', people.owner, 28000]]);
  });

  test('from the month after the handover, or by rule from its day: before it the developer', async () => {
    const developer = (isDone(await admin.post('parties', { name: '开发公司', kind: 'company', phone: '02088886666', project }), 201)).id;
    isDone(await admin.patch(`projects/${project}`, { developer }));
    const house = await home({ handover_date: '2026-04-12', parties: [owner()] }), next = await item([house]), same = await item([house]);
    await bill(next, '2026-04-01', '2026-05-31');
    await rule('billing.start_next_month', 0);
    await bill(same, '2026-04-01', '2026-05-31');
    await rule('billing.start_next_month', 1);
    assert.deepEqual(days(await chargesOf(house, next)), [['2026-04-01', '2026-04-30', developer, 28000], ['2026-05-01', '2026-05-31', people.owner, 28000]]);
    assert.deepEqual(days(await chargesOf(house, same)), [['2026-04-01', '2026-04-11', developer, 10267], ['2026-04-12', '2026-05-31', people.owner, 17733 + 28000]]); // 280 × 11/30, 19/30
  });

  test('a change of owner splits by days, or by rule all of it is the first one’s, and only the next bill the other’s', async () => {
    const house = await home({ parties: [owner({ to: '2026-05-12' }), { party: people.buyer, role: 'owner', from: '2026-05-12' }] }), split = await item([house]), whole = await item([house]);
    await bill(split, '2026-05-01', '2026-05-31');
    await rule('billing.split_owner', 0);
    await bill(whole, '2026-05-01', '2026-05-31');
    await bill(whole, '2026-06-01', '2026-06-30');
    await rule('billing.split_owner', 1);
    assert.deepEqual(days(await chargesOf(house, split)), [['2026-05-01', '2026-05-11', people.owner, 9935], ['2026-05-12', '2026-05-31', people.buyer, 18065]]); // 280 × 11/31, 20/31
    assert.deepEqual(days(await chargesOf(house, whole)), [['2026-05-01', '2026-05-31', people.owner, 28000], ['2026-06-01', '2026-06-30', people.buyer, 28000]]);
  });
});

describe('what a price counts', () => {
  test('the inner area, or the garden’s; a house without one is not billed, and the run says why', async () => {
    const house = await home({ inner_area: 81.37, garden_area: 12.05 }), bare = await home({});
    const inner = await item([house, bare], { area_kind: 'inner', rate_yuan: '3.33' }), garden = await item([house, bare], { area_kind: 'garden', rate_yuan: '3.33' });
    const run = await make('billing_runs', { period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [inner.id, garden.id] });
    assert.deepEqual(run.exceptions.filter((one) => one.house === bare).map((one) => [one.code, one.billed]).sort(), [['no_garden_area', false], ['no_inner_area', false]]);
    await post(run);
    const [of_inner] = await chargesOf(house, inner), [of_garden] = await chargesOf(house, garden);
    assert.deepEqual([of_inner.quantity, of_inner.amount_fen, of_inner.lines[0].text], ['81.37', 27096, '81.37 m² × ¥3.33 × 1 month = ¥270.96']); // 270.9621
    assert.deepEqual([of_garden.quantity, of_garden.amount_fen, of_garden.lines[0].text], ['12.05', 4013, '12.05 m² × ¥3.33 × 1 month = ¥40.13']); // 40.1265
    assert.deepEqual([(await chargesOf(bare, inner)).length, (await chargesOf(bare, garden)).length], [0, 0]);
  });

  test('parking spaces and people: as many as are known, none for 0, an exception where nobody knows', async () => {
    const three = await home({ spaces: 2, persons: 3 }), none = await home({ spaces: 0, persons: 0 }), unknown = await home({});
    const houses = [three, none, unknown], space = await item(houses, { kind: 'space', rate_yuan: '80' }), person = await item(houses, { kind: 'person', rate_yuan: '4.55' });
    const run = await make('billing_runs', { period_from: '2026-03-01', period_to: '2026-03-31', tariffs: [space.id, person.id] });
    const codes_of = (house) => run.exceptions.filter((one) => one.house === house && !one.billed).map((one) => one.code).sort();
    assert.deepEqual([codes_of(three), codes_of(none), codes_of(unknown)], [[], [], ['no_persons', 'no_spaces']]);
    await post(run);
    assert.deepEqual((await chargesOf(three, space)).map((one) => [one.quantity, one.unit_price, one.amount_fen, one.lines[0].text]), [['2', '80', 16000, '2 × ¥80.00 × 1 month = ¥160.00']]);
    assert.deepEqual((await chargesOf(three, person)).map((one) => [one.quantity, one.amount_fen, one.lines[0].text]), [['3', 1365, '3 × ¥4.55 × 1 month = ¥13.65']]);
    for (const house of [none, unknown]) for (const each of [space, person]) assert.deepEqual(await chargesOf(house, each), []);
  });

  test('each line is rounded, or the sum once: the last line takes the difference', async () => {
    const house = await home({ area: 10.01 }), line = await item([house], { rate_yuan: '0.35' }), sum = await item([house], { rate_yuan: '0.35', rounding: 'bill' });
    for (const price of [line, sum]) await bill(price, '2026-01-01', '2026-03-31');
    const of = async (price) => (await chargesOf(house, price)).map((one) => [one.amount_fen, ...one.lines.map((each) => each.amount_fen)]);
    assert.deepEqual(await of(line), [[1050, 350, 350, 350]]); // 3.5035 each
    assert.deepEqual(await of(sum), [[1051, 350, 350, 351]]); // 10.5105
  });

  test('a part of a month over the month’s own days, or over thirty; a whole one is one either way', async () => {
    const house = await home({}), own = await item([house], { rate_yuan: '3' }), thirty = await item([house], { rate_yuan: '3', day_basis: '30' });
    for (const price of [own, thirty]) await bill(price, '2026-02-10', '2026-03-31');
    const of = async (price) => (await chargesOf(house, price)).map((one) => [one.amount_fen, ...one.lines.map((each) => each.amount_fen)]);
    assert.deepEqual(await of(own), [[50357, 20357, 30000]]); // 300 × 19/28
    assert.deepEqual(await of(thirty), [[49000, 19000, 30000]]); // 300 × 19/30
  });
});

describe('what has changed between review and post is refused, and nothing is booked', () => {
  const booked = async () => [(await manager.read('entries?limit=1')).items[0]?.id, (await manager.read(`ledger/trial-balance?project=${project}`)).debit_fen];
  const cases = [
    ['an area', { area: 90 }], ['a house that is put away', null], ['another area and as many people', { area: 100.01 }],
    ['who pays, to the fen the same', { pays: 'tenant' }], ['the handover, to the fen the same', { handover_date: '2026-07-15' }],
  ];
  for (const [name, change] of cases)
    test(name, async () => {
      const house = await home({ parties: [{ party: people.owner, role: 'owner', from: '2020-01-01' }, { party: people.tenant, role: 'tenant', from: '2024-01-01' }] }), other = await home({});
      const price = await item([house, other]), run = await draft(price, '2026-07-01', '2026-07-31');
      assert.equal(run.total_fen, 56000);
      isDone(await region.post(`billing_runs/${run.id}/actions/review`, {}));
      const before = await booked();
      if (change === null) isDone(await admin.del(`houses/${house}`), 204);
      else isDone(await admin.patch(`houses/${house}`, change));
      const answer = await manager.post(`billing_runs/${run.id}/actions/post`, {});
      isProblem(answer, 409, 'wrong_state');
      assert.deepEqual(await booked(), before);
      assert.deepEqual([(await chargesOf(house, price)).length, (await chargesOf(other, price)).length, (await manager.read(`billing_runs/${run.id}`)).state], [0, 0, 'reviewed']);
      assert.deepEqual(faultsOf(world), []);
    });
});

describe('why an amount is what it is', () => {
  const told = (one) => [one.amount_fen, one.rounded_from, one.rounding];
  const lines = async (body, lang = 'en') => isDone(await manager.post('tariffs/preview', body, { 'accept-language': lang })).lines.map(told);
  const area = { kind: 'area', area: 100, rate_yuan: '2.80', from: '2026-03-01', to: '2026-03-31' };

  test('a line says from what it was rounded, and how; one that came out to the fen says nothing', async () => {
    assert.deepEqual(await lines(area), [[28000, undefined, undefined]]);
    assert.deepEqual(await lines({ ...area, area: 89.5, rate_yuan: '2.8333' }), [[25358, '253.58035', '253.58035 → 253.58 yuan, rounded half up to the fen']]);
    assert.deepEqual(await lines({ ...area, to: '2026-03-10' }, 'zh'), [[9032, '90.322581', '90.322580… → 90.32 元，四舍五入到分']]); // 280 × 10/31
    assert.deepEqual(await lines({ kind: 'stepped', steps: [[10, '0.333'], [null, '1.005']], before: 0, use: 11 }), [[333, undefined, undefined], [101, '1.005', '1.005 → 1.01 yuan, rounded half up to the fen']]);
    assert.deepEqual(await lines({ kind: 'meter', use: '1.5', rate_yuan: '0.5383' }), [[81, '0.80745', '0.80745 → 0.81 yuan, rounded half up to the fen']]);
    assert.deepEqual(await lines({ kind: 'formula', formula: 'area * 0.1234[yuan/m2]', area: 1 }), [[12, '0.1234', '0.1234 → 0.12 yuan, rounded half up to the fen']]);
    assert.deepEqual(await lines({ kind: 'late', principal_fen: 31458, due: '2026-03-31', until: '2026-06-15', per_ten_thousand: '5' }), [[1195, '11.95404', '11.95404 → 11.95 yuan, rounded half up to the fen']]);
    assert.deepEqual(await lines({ kind: 'share', total_fen: 100, weights: [1, 1, 1] }), [[34, '0.333333', '0.333333… → 0.34 yuan: the larger remainders get a fen more, so that the parts add up'],
      [33, '0.333333', '0.333333… → 0.33 yuan: the larger remainders get a fen more, so that the parts add up'], [33, '0.333333', '0.333333… → 0.33 yuan: the larger remainders get a fen more, so that the parts add up']]);
    const year = await lines({ ...area, area: '100.01', rate_yuan: '2.80', from: '2026-01-01', to: '2026-12-31', ahead: [{ months: 12, percent: '3' }] });
    assert.deepEqual(year.at(-1), [-10081, '-100.8108', '-100.8108 → -100.81 yuan, rounded half up to the fen']); // 12 × 280.03 × 3 %
  });

  test('a charge keeps it, and what a home owes tells it', async () => {
    const house = await home({ area: 10.01 }), sum = await item([house], { rate_yuan: '0.35', rounding: 'bill' });
    await bill(sum, '2026-01-01', '2026-03-31');
    const half_up = [350, '3.5035', '3.5035 → 3.50 yuan, rounded half up to the fen'], wanted = [half_up, half_up, [351, '3.5035', '3.5035 → 3.51 yuan: the sum is rounded, and this line takes the difference']];
    const [charge] = await chargesOf(house, sum), due = await manager.read(`houses/${house}/due`);
    assert.deepEqual(charge.lines.map(told), wanted);
    assert.deepEqual(due.items[0].lines.map(told), wanted);
    const sheet = await manager.get(`charges/export?format=csv&filter[house]=${house}`, { 'accept-language': 'en' });
    assert.ok(sheet.raw.toString().includes('= ¥3.51 (3.5035 → 3.51 yuan: the sum is rounded'), sheet.raw.toString());
  });

  describe('who set its price, made it and changed it', () => {
    const story = async (charge, who = manager, lang = 'en') => (isDone(await who.get(`charges/${charge.id}/story`, { 'accept-language': lang })).items);
    const short = (items) => items.map((one) => [one.what, one.label, one.by, one.amount_fen, one.reason]);
    let charge, names;

    before(async () => {
      const { accountant, accountant2, resident, cashier } = world.as, house = world.houses['1-1-101'];
      names = Object.fromEntries(await Promise.all(Object.entries({ accountant, accountant2, region, manager, cashier, resident }).map(async ([key, who]) => [key, (await who.read('me')).user.name])));
      const price = isDone(await accountant.post('tariffs', { code: 'STORY', name: '故事', kind: 'area', rate_yuan: '1', from: '2025-01-01', applies_to: { houses: [house] }, project }), 201);
      isDone(await accountant2.patch(`tariffs/${price.id}`, { note: '业主大会决定' }));
      await bill(price, '2026-03-01', '2026-03-31');
      [charge] = await chargesOf(house, price);
      const adjust = async (amount_fen, reason, action, body = {}) => accountant.did('adjustments', (isDone(await cashier.post('adjustments', { charge: charge.id, amount_fen, reason }), 201)).id, action, body);
      await adjust(100, '抹零', 'approve');
      await adjust(200, '再减', 'reject', { answer: '不行' });
      isDone(await resident.post(`charges/${charge.id}/actions/dispute`, { reason: '面积不对' }));
    });

    test('staff are told by name', async () => {
      assert.deepEqual(short(await story(charge)), [
        ['Tariff', 'Entered', names.accountant, undefined, undefined], ['Tariff', 'Changed', names.accountant2, undefined, undefined],
        ['Billing run', 'Prepare', names.manager, undefined, undefined], ['Billing run', 'Review', names.region, undefined, undefined], ['Billing run', 'Post', names.manager, undefined, undefined],
        ['Adjustment', 'Ask', names.cashier, 100, '抹零'], ['Adjustment', 'Approve', names.accountant, 100, '抹零'],
        ['Adjustment', 'Ask', names.cashier, 200, '再减'], ['Adjustment', 'Refuse', names.accountant, 200, '再减'],
        ['Charge', 'Dispute', names.resident, undefined, undefined],
      ].map(([what, label, ...rest]) => [what, label, ...rest]));
      const items = await story(charge);
      assert.deepEqual(items.map((one) => one.at), items.map((one) => one.at).toSorted(), 'the oldest first');
    });

    test('a household is told of the company, not of its people, and of what was approved', async () => {
      const items = await story(charge, world.as.resident, 'zh');
      assert.deepEqual(short(items), [['收费项目', '登记', '物业', undefined, undefined], ['收费项目', '修改', '物业', undefined, undefined], ['出账批次', '试算', '物业', undefined, undefined],
        ['出账批次', '复核', '物业', undefined, undefined], ['出账批次', '出账', '物业', undefined, undefined], ['减免', '批准', '物业', 100, undefined], ['费用', '有异议', names.resident, undefined, undefined]]);
      for (const name of ['accountant', 'accountant2', 'region', 'manager', 'cashier']) assert.ok(!JSON.stringify(items).includes(names[name]), name);
    });

    test('nobody sees that of a charge that is not shown to them', async () => {
      isProblem(await world.as.neighbour.get(`charges/${charge.id}/story`), 404, 'not_found');
      isProblem(await world.as.foreign.get(`charges/${charge.id}/story`), 404, 'not_found');
      isProblem(await world.nobody.get(`charges/${charge.id}/story`), 401, 'login_required');
      isProblem(await manager.get(`charges/${charge.id}/story?limit=1`), 422, 'invalid', ['limit']);
    });
  });
});

/* Both statements run each minute; over all charges that ever were they would take longer every month. */
test('what is looked for each minute is found in the index of what is open', { skip: isPostgres && 'the statistics of SQLite are declared' }, () => {
  const plan = (sql) => rowsOf(world, `EXPLAIN QUERY PLAN ${sql}`).flat().join(' ');
  assert.match(plan('SELECT id FROM charge WHERE org_id = 1 AND ahead = 1 AND open_fen > 0 AND due_at < 5 ORDER BY due_at, id LIMIT 5'), /INDEX charge_by_due_at_id_part/);
  assert.match(plan(`SELECT DISTINCT c.house_id FROM charge c WHERE c.org_id = 1 AND c.house_id > 0 AND c.open_fen > 0 AND c.due_date < 20260101 AND (c.disputed_at IS NULL OR c.dispute_outcome IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM arrears_case a WHERE a.org_id = c.org_id AND a.house_id = c.house_id AND a.state <> 'closed') ORDER BY c.house_id LIMIT 5`), /INDEX charge_by_house_id_due_date_id_part/);
});

describe('a formula cannot call itself', () => {
  const refused = async (formula, code = `R${++codes}`) => {
    const answer = await manager.post('tariffs', { code, name: '自己', kind: 'formula', formula, from: '2026-01-01' });
    isProblem(answer, 422, 'invalid', ['formula']);
    assert.equal(answer.body.fields[0].code, 'format');
    return answer.body.fields[0].message;
  };
  test('by its code, by the word formula, by another item’s code, or through itself', async () => {
    const other = await make('tariffs', { code: 'BASIS', name: '基数', kind: 'formula', formula: 'area * 1[yuan/m2/month] * months', from: '2026-01-01' });
    for (const [formula, code] of [['SELF * 2', 'SELF'], ['formula + 1[yuan]'], ['BASIS * 2'], ['area * SELF2[yuan/m2]', 'SELF2'], ['self()'], ['min(SELF3, 1[yuan])', 'SELF3']])
      assert.match(await refused(formula, code), /^character \d+: /, formula);
    isProblem(await manager.patch(`tariffs/${other.id}`, { formula: 'BASIS + 1[yuan]' }), 422, 'invalid', ['formula']);
    isProblem(await manager.post('tariffs/preview', { kind: 'formula', formula: 'formula * 2' }), 422, 'invalid', ['formula']);
    assert.deepEqual((await manager.read('tariffs?filter[code]=SELF')).items, []);
  });
});

describe('sheets', () => {
  /* The cells of the first sheet by their place: { type, style, formula, value }; a shared string is told as its words. */
  const read = async (target) => {
    const answer = await manager.get(target, { 'accept-language': 'en' });
    assert.equal(answer.status, 200, answer.text?.slice(0, 300));
    const file = path.join(world.home, 'more.xlsx'), part = (name) => spawnSync('unzip', ['-p', file, name], { encoding: 'utf8' }).stdout;
    fs.writeFileSync(file, answer.raw);
    const words = [...part('xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gs)].map((one) => one[1].replace(/<[^>]*>/g, ''));
    const styles = part('xl/styles.xml'), formats = Object.fromEntries([...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)].map((one) => [one[1], one[2]]));
    const ids = [...styles.split('<cellXfs')[1].matchAll(/<xf numFmtId="(\d+)"/g)].map((one) => one[1]);
    const cells = {};
    for (const [, place, rest, inside] of part('xl/worksheets/sheet1.xml').matchAll(/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const [, type = 'n'] = /t="(\w+)"/.exec(rest) ?? [], [, style = '0'] = /s="(\d+)"/.exec(rest) ?? [], [, formula] = /<f>(.*?)<\/f>/.exec(inside ?? '') ?? [], [, value] = /<v>(.*?)<\/v>/.exec(inside ?? '') ?? [];
      const text = type === 's' ? words[Number(value)] : type === 'inlineStr' ? inside.replace(/<[^>]*>/g, '') : value;
      cells[place] = { type: type === 'n' || type === 's' ? type : type === 'inlineStr' ? 's' : type, format: formats[ids[Number(style)]] ?? ids[Number(style)], formula, value: text };
    }
    return cells;
  };
  const column = (cells, heading) => /^[A-Z]+/.exec(Object.keys(cells).find((place) => /^[A-Z]+1$/.test(place) && cells[place].value === heading))[0];

  test('money and days are numbers with their formats, numbers of charges are text, and a sum is a formula whose kept value is exact to the fen', async () => {
    const house = await home({}), once = await item([house], { kind: 'one_off', rate_yuan: undefined });
    for (const amount_fen of [54_490_168, 12_345, 1]) await make('charges', { house, tariff: once.id, amount_fen, due_date: dayOf(world, -3) });
    const list = await read(`charges/export?format=xlsx&filter[house]=${house}&sort=amount_fen`), amount = column(list, 'Amount (yuan)'), due = column(list, 'Due'), id = column(list, 'Id');
    assert.deepEqual([2, 3, 4].map((row) => [list[`${amount}${row}`].type, Number(list[`${amount}${row}`].value), list[`${amount}${row}`].format]), [['n', 0.01, '0.00'], ['n', 123.45, '0.00'], ['n', 544901.68, '0.00']]);
    assert.equal(list[`${due}2`].type, 'n');
    assert.match(list[`${due}2`].format, /yyyy/);
    assert.equal(new Date((Number(list[`${due}2`].value) - 25569) * 86_400_000).toISOString().slice(0, 10), dayOf(world, -3));
    assert.equal(list[`${id}2`].type, 's', 'eighteen digits would be rounded');

    const sums = await read(`charges/sums/export?format=xlsx&by=item&project=${project}`), { rows, total } = await manager.read(`charges/sums?by=item&project=${project}`), last = rows.length + 2;
    const receivable = column(sums, 'Receivable (yuan)'), sum = sums[`${receivable}${last}`];
    assert.deepEqual([sum.type, sum.formula, sum.format], ['n', `SUM(${receivable}2:${receivable}${last - 1})`, '0.00']);
    for (const [heading, fen] of [['Receivable (yuan)', total.receivable_fen], ['Paid (yuan)', total.paid_fen], ['Open (yuan)', total.open_fen]]) {
      const { value } = sums[`${column(sums, heading)}${last}`];
      assert.equal(Number(value), fen / 100, `${heading}: the number nearest to that many fen, whatever its last digits (${value})`);
    }
    assert.deepEqual([sums[`A${last}`].type, sums[`A${last}`].value], ['s', 'Total']);
    assert.ok(total.receivable_fen > 54_490_168);
  });

  test('a text that looks like a formula stays a text', async () => {
    const house = await home({}), named = await item([house], { name: '=1+1', name_en: '=HYPERLINK("x")', kind: 'one_off', rate_yuan: undefined });
    await make('charges', { house, tariff: named.id, amount_fen: 100, due_date: dayOf(world, 3) });
    const list = await read(`charges/export?format=xlsx&filter[house]=${house}`), title = list[`${column(list, 'Title')}2`];
    assert.deepEqual([title.type, title.formula, title.value.replaceAll('&quot;', '"')], ['s', undefined, '=HYPERLINK("x")']);
  });
});
