/* Figures that can be believed, and the one box that finds everything (CONTRACT sections 3 and 4). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report } from './world.mjs';

const NAMES = ['repair_count', 'repair_respond_in_time', 'repair_arrive_in_time', 'repair_finish_in_time', 'repair_first_time_fix', 'repair_satisfied'];
let world, as;
before(async () => { world = await openWorld(); as = world.as; });
after(() => world.close());

const figure = async (name, params = {}, who = 'manager') => as[who].read(`figures/${name}?${new URLSearchParams(params)}`);
const all = async (name, params) => { const { rows } = await figure(name, params); assert.ok(rows.length <= 1); return rows[0] ?? { n: 0, value: null }; };
const list = (filter) => `repairs?limit=500&count=true&${Object.entries(filter).map(([key, value]) => `${encodeURIComponent(key.startsWith('filter[') ? key : `filter[${key}]`)}=${encodeURIComponent(value)}`).join('&')}`;

/* Wilson's 95 % interval, by the book. */
function wilson(good, n) {
  const z = 1.959963984540054, p = good / n, d = 1 + z * z / n, mid = (p + z * z / (2 * n)) / d, half = z / d * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return [mid - half, mid + half];
}

describe('an empty month', () => {
  test('names all figures', async () => {
    const body = await as.manager.read('figures');
    const names = (body.items ?? body).map((one) => one.name ?? one);
    for (const name of NAMES) assert.ok(names.includes(name), name);
  });
  test('a share of nothing is unknown, not 0 and not 100 %', async () => {
    for (const name of NAMES.slice(1)) {
      const row = await all(name, { from: '2019-01-01', to: '2019-12-31' });
      assert.deepEqual([row.n, row.value], [0, null], name);
    }
  });
});

describe('a known month', () => {
  before(async () => {
    for (const overall of [5, 4, 4, 3, 1]) {
      const repair = await repairIn(world, 'finished', { urgency: 'normal' });
      await as.resident.did('repairs', repair.id, 'confirm', { overall });
    }
    await repairIn(world, 'finished', { category: 'water.toilet' });
    await repairIn(world, 'reported', { category: 'water.toilet', house: world.houses['2-1-201'] });
    await repairIn(world, 'rejected');
    await repairIn(world, 'cancelled');
    await repairIn(world, 'merged'); /* and its leader, reported */
    await as.desk.did('repairs', (await repairIn(world, 'accepted')).id, 'void', { reason: '误开' });
  });
  test('rejected, merged, cancelled and voided never count', async () => {
    const row = await all('repair_count');
    assert.deepEqual([row.n, row.value, row.low, row.high], [8, 8, null, null]);
  });
  test('the share satisfied is of those rated, with Wilson’s interval', async () => {
    const row = await all('repair_satisfied'), [low, high] = wilson(3, 5);
    assert.equal(row.n, 5);
    assert.ok(Math.abs(row.value - 0.6) < 1e-9);
    assert.ok(Math.abs(row.low - low) < 5e-4 && Math.abs(row.high - high) < 5e-4, `${row.low} ${row.high}, by the book ${low} ${high}`);
  });
  test('what was done in time is', async () => {
    for (const [name, n] of [['repair_respond_in_time', 6], ['repair_arrive_in_time', 6], ['repair_finish_in_time', 6]]) {
      const row = await all(name);
      assert.deepEqual([row.n, row.value], [n, 1], name);
    }
  });
  test('first-time fix is known only after 30 days, or when it was sent back', async () => {
    assert.equal((await all('repair_first_time_fix')).n, 0);
    const again = (await as.desk.read('repairs?filter[state]=finished')).items[0];
    await as.resident.did('repairs', again.id, 'rework', { reason: '又漏' });
    const row = await all('repair_first_time_fix');
    assert.deepEqual([row.n, row.value], [1, 0]);
  });
  for (const by of ['category', 'assignee', 'building', 'week', 'month'])
    test(`by ${by}, the rows add up, and each number opens exactly its rows`, async () => {
      for (const name of NAMES) {
        const { rows, method } = await figure(name, { by }), total = await all(name);
        assert.ok(method.length > 0);
        assert.equal(rows.reduce((sum, row) => sum + row.n, 0), total.n, name);
        assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
        for (const row of rows) {
          assert.deepEqual(Object.keys(row).sort(), ['filter', 'high', 'key', 'label', 'low', 'n', 'value']);
          assert.equal((await as.manager.read(list(row.filter))).count, row.n, `${name} ${row.key}: ${JSON.stringify(row.filter)}`);
        }
      }
    });
  test('category is told by its code', async () => {
    const { rows } = await figure('repair_count', { by: 'category' });
    assert.deepEqual(rows.map((row) => [row.key, row.n]).sort(), [['water.tap', 6], ['water.toilet', 2]]);
  });
  test('both dates are inclusive', async () => {
    const day = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10), other = (shift) => new Date(Date.now() + 8 * 3600_000 + shift * 86400_000).toISOString().slice(0, 10);
    assert.equal((await all('repair_count', { from: day, to: day })).n, 8);
    assert.equal((await all('repair_count', { from: other(-5), to: other(-1) })).n, 0);
    assert.equal((await all('repair_count', { from: other(1), to: other(5) })).n, 0);
  });
  test('a filter narrows it', async () => assert.equal((await all('repair_count', { 'filter[category]': 'water.toilet' })).n, 2));
});

test('overdue and still open counts as late on its due day; paused does not', async () => {
  await as.desk.make('repairs', report(world, { urgency: 'urgent' }));
  const paused = await repairIn(world, 'working', { urgency: 'urgent' });
  await as.engineer.did('repairs', paused.id, 'suspend', { reason: 'part', until: '2030-01-01' });
  const before = await all('repair_finish_in_time');
  await world.restart({ clock: 6 * 3600 });
  await world.loginAll();
  const after = await all('repair_finish_in_time');
  assert.equal(after.n, before.n + 1, 'the one nobody did');
  assert.ok(after.value < 1);
});

describe('wrong questions', () => {
  test('an unknown figure is not found', async () => isProblem(await as.manager.get('figures/nothing'), 404, 'not_found'));
  for (const [name, value] of [['from', 'yesterday'], ['to', '2026-02-30'], ['by', 'colour'], ['filter[colour]', 'red'], ['page', '1'], ['limit', '5']])
    test(`${name}=${value}`, async () => isProblem(await as.manager.get(`figures/repair_count?${encodeURIComponent(name)}=${value}`), 422, 'invalid', [name]));
  test('an end before its beginning', async () => assert.equal((await as.manager.get('figures/repair_count?from=2026-02-01&to=2026-01-01')).status, 422));
  test('a repeated parameter', async () => isProblem(await as.manager.get('figures/repair_count?by=week&by=month'), 422, 'invalid', ['by']));
});

describe('search', () => {
  const find = async (q, who = 'desk') => (await as[who].read(`search?q=${encodeURIComponent(q)}`)).items;
  for (const q of ['1-1-101', '1栋1单元101', '1栋1单元101室', '１－１－１０１'])
    test(`${q} is a house`, async () => assert.deepEqual([(await find(q))[0]?.resource, (await find(q))[0]?.id], ['houses', world.houses['1-1-101']]));
  for (const q of ['张三丰', '三丰', '张三', 'zsf', 'ZSF', '1234', '13800001234'])
    test(`${q} is a person`, async () => assert.ok((await find(q)).some((one) => one.resource === 'parties' && one.id === world.parties.resident), JSON.stringify(await find(q))));
  test('a matter by its number, whole or by its end, and by two characters', async () => {
    const repair = await as.desk.make('repairs', report(world, { title: '天花板渗漏' }));
    for (const q of [repair.no, '天花', '渗漏']) assert.ok((await find(q)).some((one) => one.resource === 'repairs' && one.id === repair.id), q);
    const hit = (await find(repair.no))[0];
    assert.equal(hit.no, repair.no);
    assert.ok(hit.label.length > 0);
  });
  test('another project’s people are not found, and numbers are masked', async () => {
    assert.deepEqual(await find('朱远亲'), []);
    assert.ok(!JSON.stringify(await find('1234')).includes('13800001234'));
    assert.deepEqual((await find('李小龙', 'resident')).filter((one) => one.resource === 'parties'), []);
  });
  for (const q of ['', ' ', '"', "';--", '%', '*', '(', 'AND', '😀', '一'.repeat(500)])
    test(`${q.slice(0, 10) || 'nothing'} is answered in order`, async () => {
      const answer = await as.desk.get(`search?q=${encodeURIComponent(q)}`);
      assert.ok([200, 422].includes(answer.status), answer.text.slice(0, 200));
    });
  test('without q it is refused by name', async () => isProblem(await as.desk.get('search'), 422, 'invalid', ['q']));
  test('look-ups by the end of a phone are limited', async () => {
    let refused = 0;
    for (let i = 0; i < 70; i++) {
      const answer = await as.desk2.get(`search?q=${1000 + i}`);
      if (answer.status === 429) { isProblem(answer, 429, 'too_many'); assert.ok(Number(answer.headers['retry-after']) > 0); refused++; }
    }
    assert.ok(refused > 0);
    isDone(await as.desk2.get('search?q=1-1-101'));
    isProblem(await as.desk2.get('parties?filter[phone_tail]=1234'), 429, 'too_many'); /* the list's filter asks the same */
    isDone(await as.desk2.get('parties?filter[name]=x'));
  });
});

describe('the desk’s day', () => {
  test('today answers the staff', async () => {
    for (const who of ['desk', 'manager', 'engineer', 'quality']) isDone(await as[who].get('today'));
  });
  test('likely duplicates of the last days are shown for the same home and category', async () => {
    const repair = await as.desk.make('repairs', report(world, { house: world.houses['3-2-1501'], reporter: world.parties.neighbour, category: 'door.unit' }));
    const body = await as.desk.read(`repairs/duplicates?house=${world.houses['3-2-1501']}&category=door.unit`);
    assert.ok(JSON.stringify(body).includes(repair.id));
    assert.ok(!JSON.stringify(await as.far_desk.get(`repairs/duplicates?house=${world.houses['3-2-1501']}&category=door.unit`).then((one) => one.text)).includes(repair.id));
  });
  test('engineers are suggested for an accepted repair, never of another project', async () => {
    const repair = await repairIn(world, 'accepted'), text = JSON.stringify(await as.desk.read(`repairs/${repair.id}/suggestions`));
    assert.ok(text.includes(world.users.engineer) && text.includes(world.users.engineer2));
    assert.ok(!text.includes(world.users.far_engineer));
  });
  test('the story of a house is its repairs and changes, newest first', async () => {
    const body = await as.desk.read(`houses/${world.houses['1-1-101']}/timeline`);
    assert.ok(body.items.length > 3);
    const times = body.items.map((one) => Date.parse(one.at));
    assert.deepEqual(times, [...times].sort((a, b) => b - a));
  });
});
