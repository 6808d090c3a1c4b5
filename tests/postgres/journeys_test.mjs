/* journeys_test.mjs: how often a request waits for the server, and that a read sees one moment although nobody says BEGIN. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDone, openWorld, psql, report } from '../api/world.mjs';

let world, desk;
before(async () => { world = await openWorld(); desk = world.as.desk; });
after(() => world.close());

const journeys = async () => Number(/^anju_journeys_total (\d+)$/m.exec((await world.nobody.get('/metrics')).text)[1]);
/* The fewest that the request took of some: chores come between. */
async function fewest(ask) {
  const counts = [];
  for (let i = 0; i < 12; i++) {
    await desk.read('repairs?limit=1'); /* known to the log-ins' cache */
    const from = await journeys();
    await ask(i);
    counts.push(await journeys() - from);
  }
  return Math.min(...counts);
}

const post = async () => isDone(await desk.post('repairs', report(world), { 'idempotency-key': randomUUID() }), 201);

test('a new repair makes three journeys: what it asks, its rows and the counter, its events and the commit', async () => {
  const counts = [], nothing = await fewest(() => {});
  for (let i = 0; i < 24; i++) await post(); /* each lane has taken its numbers of repairs */
  for (let i = 0; i < 8 && !counts.includes(3); i++) {
    await sleep(1100); /* others may have written meanwhile: the counter is asked for */
    await desk.read('repairs?limit=1');
    const from = await journeys();
    await post();
    counts.push(await journeys() - from - nothing);
  }
  assert.ok(counts.includes(3), `${counts}`); /* a chore adds one, or writes a moment before and takes one away */
});

test('behind another write of a moment ago it makes two: the events are numbered without asking for the counter', async () => {
  const nothing = await fewest(() => {});
  await post();
  assert.equal(await fewest(post) - nothing, 2);
});

test('a batch asks together: of twenty repairs at once most share their journeys', async () => {
  const twenty = () => Promise.all(Array.from({ length: 20 }, async () => isDone(await desk.post('repairs', report(world), { 'idempotency-key': randomUUID() }), 201)));
  const nothing = await fewest(() => {}), count = await fewest(twenty) - nothing;
  assert.ok(count <= 20, `${count} journeys for twenty repairs`);
});

test('what several of a batch ask is asked once: the category of twenty repairs', async () => {
  const scans = async () => {
    await world.restart(); /* a server connection that ends tells what it has counted */
    return Number(psql("SELECT coalesce(sum(seq_scan + idx_scan), 0) FROM pg_stat_user_tables WHERE relname LIKE 'repair\\_category%'", world.folder));
  };
  const start = await scans(), nothing = await scans() - start, before = start + nothing;
  for (let burst = 0; burst < 5; burst++)
    await Promise.all(Array.from({ length: 20 }, async () => isDone(await desk.post('repairs', report(world), { 'idempotency-key': randomUUID() }), 201)));
  const count = await scans() - before - nothing;
  assert.ok(count > 0 && count < 85, `the category was read ${count} times for a hundred repairs`);
});

test('a record is read in one journey', async () => {
  const { id } = await desk.make('repairs', report(world)), nothing = await fewest(() => {});
  assert.equal(await fewest(() => desk.read(`repairs/${id}`)) - nothing, 1);
});

test('a read sees one moment, however many statements it has', async () => {
  const since = new Date().toISOString(), seen = new Set();
  let left = 160;
  const writers = Array.from({ length: 4 }, async () => { while (left-- > 0) await desk.make('repairs', report(world)); });
  while (left > 0) {
    const page = await desk.read(`repairs?filter[created_at][gte]=${encodeURIComponent(since)}&limit=200&count=true`);
    assert.equal(page.items.length, page.count, 'the number and the rows are of one moment');
    seen.add(page.count);
  }
  await Promise.all(writers);
  assert.ok(seen.size > 5, 'while others wrote');
});

test('one key twice at the same time is one repair, also where both are of one batch', async () => {
  for (let i = 0; i < 12; i++) {
    const key = randomUUID(), body = report(world, { title: `同一个键 ${i}` }), answers = await Promise.all(Array.from({ length: 6 }, () => desk.post('repairs', body, { 'idempotency-key': key })));
    assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))].length, 1);
    assert.equal(answers[0].status, 201);
  }
});
