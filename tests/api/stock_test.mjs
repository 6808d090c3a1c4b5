/* Spare parts: in, out for a work order, counted; the moving average; what is on hand is the sum of the moves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report } from './world.mjs';

let world, lead, keeper, order;
before(async () => {
  world = await openWorld();
  lead = world.as.eng_lead;
  keeper = await world.person('keeper', [{ role: 'store_keeper', scope: world.projects.TYHY }], { name: '库管' });
  order = (await world.as.desk.make('repairs', report(world))).id;
});
after(() => world.close()); /* and `anju check` proves the shelf from the moves */

let n = 0;
const part = (more = {}) => keeper.make('parts', { item: `轴承 62${String(n++).padStart(2, '0')}`, unit: '只', ...more });
const move = (one, kind, qty, more = {}) => keeper.post('stock_moves', { part: one.id, kind, qty, ...more });
const shelf = async (one) => { const now = await keeper.read(`parts/${one.id}`); return [now.on_hand, now.price_fen, now.value_fen]; };

test('the price is the moving average, to the last fen', async () => {
  const one = await part();
  assert.deepEqual(await shelf(one), [0, 0, 0]);
  isDone(await move(one, 'in', 10, { price_fen: 1000 }), 201);
  isDone(await move(one, 'in', 5, { price_fen: 1300 }), 201);
  assert.deepEqual(await shelf(one), [15, 1100, 16_500]);
  const out = isDone(await move(one, 'out', 4, { work_order: order }), 201);
  assert.deepEqual([out.delta, out.delta_fen, out.on_hand_after], [-4, -4400, 11]);
  isDone(await move(one, 'in', 3, { price_fen: 1000 }), 201);
  assert.deepEqual(await shelf(one), [14, 1079, 15_100]); /* 1078.57 */
  isDone(await move(one, 'out', 13, { work_order: order }), 201);
  assert.deepEqual(await shelf(one), [1, 1079, 1079]); /* 13 took 14,021.43, the fen in whole */
  isDone(await move(one, 'out', 1, { work_order: order }), 201);
  assert.deepEqual(await shelf(one), [0, 1079, 0], 'the last one takes what is left, and the price is remembered');
});

test('an out without its order is refused, and so is more than there is', async () => {
  const one = await part();
  isDone(await move(one, 'in', 2, { price_fen: 500 }), 201);
  isProblem(await move(one, 'out', 1), 422, 'invalid', ['work_order']);
  isProblem(await move(one, 'out', 1, { work_order: world.houses['1-1-101'] }), 422, 'invalid', ['work_order']);
  isProblem(await move(one, 'out', 3, { work_order: order }), 409, 'wrong_state');
  isProblem(await move(one, 'out', 0, { work_order: order }), 422, 'invalid', ['qty']);
  isProblem(await move(one, 'in', -1), 422, 'invalid', ['qty']);
  isProblem(await move(one, 'out', 1, { work_order: order, price_fen: 1 }), 422, 'invalid', ['price_fen']);
  isProblem(await move(one, 'lost', 1), 422, 'invalid', ['kind']);
  assert.deepEqual(await shelf(one), [2, 500, 1000], 'nothing was taken');
  isDone(await move(one, 'out', 2, { work_order: order }), 201);
});

test('counting puts right what is on the shelf, at the average price', async () => {
  const one = await part();
  isDone(await move(one, 'in', 10, { price_fen: 333 }), 201);
  const less = isDone(await move(one, 'count', 8, { reason: '盘亏' }), 201);
  assert.deepEqual([less.delta, less.delta_fen], [-2, -666]);
  const more = isDone(await move(one, 'count', 9), 201);
  assert.deepEqual([more.delta, more.delta_fen], [1, 333]);
  assert.equal(isDone(await move(one, 'count', 9), 201).delta, 0);
  assert.deepEqual(await shelf(one), [9, 333, 2997]);
  isDone(await move(one, 'count', 0), 201);
  assert.deepEqual(await shelf(one), [0, 333, 0]);
});

test('boxes and pieces: a pack is as many as it says', async () => {
  const one = await part({ unit: '只', pack_unit: '盒', pack_size: 12 }), loose = await part();
  assert.equal(isDone(await move(one, 'in', 2, { in_packs: true, price_fen: 100 }), 201).delta, 24);
  assert.deepEqual(await shelf(one), [24, 100, 2400]);
  isProblem(await move(loose, 'in', 2, { in_packs: true }), 422, 'invalid', ['in_packs']);
  isProblem(await keeper.post('parts', { item: '半', pack_unit: '盒' }), 422, 'invalid', ['pack_size']);
});

test('a fault says which parts it took and what they cost', async () => {
  const machine = await lead.make('equipment', { code: 'P-1', type: 'water_pump', name: '泵', space: world.spaces.lobby });
  const fault = await lead.make('faults', { equipment: machine.id, symptom: '漏水' });
  const bearing = await part({ item: '轴承 6308' }), seal = await part({ item: '机封 40' });
  isDone(await move(bearing, 'in', 5, { price_fen: 2500 }), 201);
  isDone(await move(seal, 'in', 5, { price_fen: 8000 }), 201);
  isDone(await move(bearing, 'out', 2, { work_order: fault.id }), 201);
  isDone(await move(seal, 'out', 1, { work_order: fault.id }), 201);
  isDone(await move(bearing, 'in', 1, { work_order: fault.id, reason: '退回一只' }), 201);
  const now = await lead.read(`faults/${fault.id}`);
  assert.deepEqual(now.parts.split('、').sort(), ['机封 40 ×1', '轴承 6308 ×1']);
  assert.equal(now.parts_fen, 2500 + 8000);
  const life = await lead.read(`equipment/${machine.id}/life`);
  assert.deepEqual(life.items.filter((one) => one.kind === 'cost').map((one) => one.cost_fen).sort((a, b) => a - b), [-2500, 5000, 8000]);
  assert.deepEqual([life.years[0].parts_fen, life.years[0].total_fen], [10_500, 10_500]);
});

test('below the least: told once, and found by its filter', async () => {
  const one = await part({ min: 3, max: 10 });
  isDone(await move(one, 'in', 4, { price_fen: 100 }), 201);
  isDone(await move(one, 'out', 2, { work_order: order }), 201);
  isDone(await move(one, 'out', 1, { work_order: order }), 201);
  assert.deepEqual((await keeper.read('parts?filter[below_min]=true')).items.map((row) => row.id), [one.id]);
  assert.equal((await keeper.read('messages')).items.filter((row) => row.text.includes(one.item)).length, 1);
  isProblem(await keeper.post('parts', { item: '反', min: 5, max: 3 }), 422, 'invalid', ['max']);
});

test('moves stand: no change, no deletion; a part in stock is not put away; who may', async () => {
  const one = await part();
  const first = isDone(await move(one, 'in', 1, { price_fen: 100 }), 201);
  for (const answer of [await keeper.patch(`stock_moves/${first.id}`, { qty: 5 }), await keeper.del(`stock_moves/${first.id}`)]) isProblem(answer, 403, 'forbidden');
  isProblem(await keeper.patch(`parts/${one.id}`, { on_hand: 99 }), 422, 'invalid', ['on_hand']);
  isProblem(await keeper.del(`parts/${one.id}`), 409, 'wrong_state');
  isProblem(await world.as.engineer.post('stock_moves', { part: one.id, kind: 'in', qty: 1 }), 403, 'forbidden');
  assert.equal((await world.as.engineer.read(`parts/${one.id}`)).on_hand, 1);
  isProblem(await world.as.resident.get(`parts/${one.id}`), 404, 'not_found');
});

test('twenty at once take what is there, and no more', async () => {
  const one = await part(), working = (await repairIn(world, 'working')).id;
  isDone(await move(one, 'in', 10, { price_fen: 7 }), 201);
  const answers = await Promise.all(Array.from({ length: 20 }, () => move(one, 'out', 1, { work_order: working })));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 10);
  assert.equal(answers.filter((answer) => answer.status === 409).length, 10);
  assert.deepEqual(await shelf(one), [0, 7, 0]);
});
