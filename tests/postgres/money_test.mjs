/* money_test.mjs: two `anju serve` on one database take money of the same households at the same time. Nobody is turned away by the
 * other, nothing is used twice, and the books are recomputed by SQL. Runs with ANJU_TEST_PG (tools/with_postgres). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booksAreSound, staff } from '../api/money.mjs';
import { Client, openWorld, serve } from '../api/world.mjs';

let world, second, as, there, serial = 0;
before(async () => {
  world = await openWorld();
  as = await staff(world);
  second = await serve(world.folder);
  there = Object.fromEntries(Object.entries(as).map(([who, client]) => [who, new Client({ port: second.port }, client.token, { login: who })]));
});
after(async () => {
  await second.stop();
  await world.close();
});

const side = (i, who) => (i % 2 ? there : as)[who];
const statuses = (answers) => answers.map((one) => one.status).sort();
const told = (answers) => answers.map((one) => `${one.status} ${one.text.slice(0, 160)}`).join('\n');
async function place() {
  const project = (await as.admin.make('projects', { code: `P${++serial}`, name: `新项目 ${serial}` })).id;
  const tariff = (await as.admin.make('tariffs', { project, code: 'YC', kind: 'one_off', from: '2020-01-01', late_per_ten_thousand: '5' })).id;
  const houses = [];
  for (let i = 0; i < 4; i++) houses.push((await as.admin.make('houses', { no: `4-1-${1000 + ++serial}`, area: 100, project })).id);
  const charge = (house, fen, more = {}) => as.admin.make('charges', { house, tariff, amount_fen: fen, ...more });
  return { project, tariff, houses, charge };
}
const pay = (i, house, fen, more = {}) => side(i, 'admin').post('payments', { house, amount_fen: fen, method: 'qr', ...more });

describe('two counters, one book', () => {
  test('the very first bookings of a project, on both at once', async () => {
    for (let round = 0; round < 4; round++) {
      const { houses, tariff } = await place();
      const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 3 === 2 ? side(i, 'admin').post('charges', { house: houses[i % 4], tariff, amount_fen: 5 })
        : pay(i, houses[i % 4], 100, { method: i % 3 ? 'cash' : 'qr' }))));
      assert.deepEqual(statuses(answers), Array(12).fill(201), told(answers));
      booksAreSound(world);
    }
  });

  test('one charge, what is paid ahead, one payment’s refund: each once', async () => {
    for (let round = 0; round < 3; round++) {
      const { houses: [a], charge } = await place(), one = await charge(a, 1000);
      const named = await Promise.all(Array.from({ length: 8 }, (_, i) => pay(i, a, 300, { allocations: [{ charge: one.id, fen: 300 }] })));
      assert.deepEqual(statuses(named), [201, 201, 201, 422, 422, 422, 422, 422], told(named));
      const ahead = (await pay(0, a, 1100)).body;
      for (let i = 0; i < 4; i++) await charge(a, 1000);
      const used = await Promise.all(Array.from({ length: 6 }, (_, i) => pay(i, a, 600, { method: 'prepay' })));
      assert.deepEqual(statuses(used), [201, 422, 422, 422, 422, 422], told(used));
      const back = await Promise.all(Array.from({ length: 6 }, (_, i) => side(i, 'admin').act('payments', ahead.id, 'refund', { amount_fen: 300, reason: '退' })));
      assert.deepEqual(statuses(back).filter((one) => one === 200).length, 1, told(back));
      booksAreSound(world);
    }
  });

  test('the same days billed by both: one of them', async () => {
    const { houses: [a, b], project } = await place(), tariff = (await as.admin.make('tariffs', { project, code: 'WY', kind: 'area', rate_yuan: '1', from: '2020-01-01' })).id;
    for (const house of [a, b]) {
      const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => side(i, 'admin').post('charges', { house, tariff, period_from: `2026-03-0${i + 1}`, period_to: '2026-03-31' })));
      assert.deepEqual(statuses(answers), [201, 422, 422, 422, 422, 422], told(answers));
    }
    booksAreSound(world);
  });

  test('houses crosswise, reversals, voids, a close between: done or refused or to be sent again, none half', async () => {
    for (let round = 0; round < 4; round++) {
      const { houses: [a, b], charge, project } = await place(), one = await charge(a, 1000, { due_date: '2026-03-31' }), two = await charge(b, 1000, { due_date: '2026-03-31' });
      const both = (x, y) => ({ allocations: [{ charge: x.id, fen: 100 }, { charge: y.id, fen: 100 }] }), first = (await pay(0, a, 500, both(two, one))).body;
      const [period] = (await as.admin.read(`periods?filter[project]=${project}`)).items;
      const answers = await Promise.all([pay(0, a, 200, both(one, two)), pay(1, b, 200, both(two, one)), pay(0, b, 200, both(two, one)), pay(1, a, 200, both(one, two)),
        side(0, 'admin').act('charges', one.id, 'reverse', { reason: '错' }), side(1, 'admin').act('payments', first.id, 'void', { reason: '退' }), side(1, 'admin').act('periods', period.id, 'close'),
        side(0, 'admin').act('payments', first.id, 'refund', { amount_fen: 100, reason: '退' }), pay(0, a, 10), pay(1, b, 10), pay(1, a, 50, { method: 'prepay' })]);
      for (const answer of answers) assert.ok([200, 201, 409, 422, 503].includes(answer.status), told(answers)); /* 503: undone as a whole, the two had waited for each other */
      booksAreSound(world);
    }
  });
});
