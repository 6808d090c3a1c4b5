/* bill_test.mjs: kill -9 while a month's bills are posted, while they are voided and while a drawer is counted: all of it is there, or nothing. In every
 * second round a job does it: then it is done in the end, by the program that runs next. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { anju, isDone, openWorld, send, serve, sleep, until } from '../api/world.mjs';

const HOUSES = 800, ROUNDS = Number(process.env.BILL_ROUNDS ?? 4);
let world, server, tariffs;
const token = {};
const call = async (who, method, target, body) => {
  const bytes = body === undefined ? undefined : JSON.stringify(body);
  return send(server.port, method, `/api/v1/${target}`, { headers: { Authorization: `Bearer ${token[who]}`, ...(bytes && { 'Content-Type': 'application/json' }) }, body: bytes });
};
const read = async (target) => isDone(await call('manager', 'GET', target));
const worked = async (id) => until(async () => { const run = await read(`billing_runs/${id}`); return !['preparing', 'posting', 'voiding'].includes(run.state) && run; }, 'worked on', 60_000);
const count = async (filter) => (await read(`charges?${filter}&limit=1&count=true`)).count;

before(async () => {
  world = await openWorld();
  const file = path.join(world.home, 'homes.csv'), rows = ['房号,建筑面积,业主姓名'];
  for (let i = 0; i < HOUSES; i++) rows.push(`${50 + Math.floor(i / 100)}-1-${1 + Math.floor(i / 4) % 25}${String(1 + i % 4).padStart(2, '0')},${60 + i % 90},业主${i}`);
  fs.writeFileSync(file, rows.join('\n'));
  for (const who of ['manager', 'region', 'cashier']) token[who] = world.as[who].token;
  tariffs = [];
  for (const [code, kind] of [['WYF', 'area'], ['LJ', 'fixed'], ['GG', 'area']]) tariffs.push((await world.as.manager.make('tariffs', { code, kind, rate_yuan: '2.8', from: '2025-01-01' })).id);
  await world.server.stop();
  const done = anju(['import', '--data', world.folder, 'houses', file, '--org', '物业公司', '--project', 'TYHY']);
  assert.equal(done.code, 0, done.err + done.out);
  server = await serve(world.folder);
});
after(async () => {
  await server.stop();
  await world.start();
  await world.close(); // and checks the books
});

/** Asks, kills after so many ms, starts again. The answer, or undefined when there was none. */
async function killed(ms, ask) {
  const answer = ask().catch(() => undefined);
  await sleep(ms);
  server.process.kill('SIGKILL');
  const got = await answer;
  await server.ended;
  server = await serve(world.folder);
  return got;
}

for (let round = 0; round < ROUNDS; round++)
  test(`kill ${round + 1} of ${ROUNDS} while bills are posted and voided${round % 2 ? ' by a job' : ''}`, async () => {
    const [rule] = (await read('rules?filter[code]=billing.job_houses')).items;
    isDone(await call('manager', 'PATCH', `rules/${rule.id}`, { value: round % 2 ? 100 : 5000 }));
    const month = `2026-${String(1 + round).padStart(2, '0')}`, last = new Date(Date.UTC(2026, round + 1, 0)).getUTCDate();
    const made = isDone(await call('manager', 'POST', 'billing_runs', { period_from: `${month}-01`, period_to: `${month}-${last}`, tariffs }), 201), run = await worked(made.id);
    assert.equal(made.state, round % 2 ? 'preparing' : 'draft');
    isDone(await call('region', 'POST', `billing_runs/${run.id}/actions/review`, {}));
    assert.ok(run.charge_count >= HOUSES * 3, `${run.charge_count}`);
    const answer = await killed(10 + Math.random() * 500, () => call('manager', 'POST', `billing_runs/${run.id}/actions/post`, {}));
    const at_once = await count(`filter[run]=${run.id}`);
    assert.ok([0, run.charge_count].includes(at_once), `${at_once} of ${run.charge_count}`);
    const { state } = await worked(run.id), there = await count(`filter[run]=${run.id}`);
    assert.deepEqual([there, state], state === 'posted' ? [run.charge_count, 'posted'] : [0, 'reviewed']);
    if (answer?.status === 200) assert.equal(state, 'posted', 'what was acknowledged is there');
    if (state === 'reviewed') isDone(await call('manager', 'POST', `billing_runs/${run.id}/actions/post`, {}));
    assert.equal((await worked(run.id)).state, 'posted');
    await killed(10 + Math.random() * 500, () => call('manager', 'POST', `billing_runs/${run.id}/actions/void`, { reason: '演练' }));
    const after = await worked(run.id), open = await count(`filter[run]=${run.id}&filter[state]=open`);
    assert.deepEqual([open, after.state], after.state === 'voided' ? [0, 'voided'] : [run.charge_count, 'posted']);
  });

test('kills while a drawer is counted: closed with its difference booked, or open', async () => {
  const [house] = (await read('houses?limit=1')).items;
  for (let i = 0; i < 6; i++) {
    isDone(await call('cashier', 'POST', 'payments', { house: house.id, amount_fen: 1000, method: 'cash' }), 201);
    const [drawer] = (await read('drawers?filter[state]=open')).items;
    await killed(Math.random() * 12, () => call('cashier', 'POST', `drawers/${drawer.id}/actions/close`, { counted_fen: 900 + i, explanation: '演练' }));
    const after = await read(`drawers/${drawer.id}`), booked = (await read(`entries?filter[record]=${drawer.id}`)).items.filter((one) => one.memo === '演练').length;
    assert.deepEqual([after.state, booked], after.state === 'closed' ? ['closed', 1] : ['open', 0]);
    if (after.state === 'open') isDone(await call('cashier', 'POST', `drawers/${drawer.id}/actions/close`, { counted_fen: 0, explanation: '演练' }));
  }
});
