/* Server-sent events: what changes, to those who may see it, and again from where one has left off. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, listen, openWorld, repairIn, report, sleep } from './world.mjs';

let world, as;
before(async () => { world = await openWorld(); as = world.as; });
after(() => world.close());

describe('a stream', () => {
  test('is an event stream that nobody keeps', async () => {
    const stream = await listen(as.desk);
    assert.equal(stream.response.statusCode, 200);
    assert.match(stream.response.headers['content-type'], /^text\/event-stream/);
    assert.match(stream.response.headers['cache-control'], /no-store|no-cache/);
    stream.close();
  });
  test('tells each change of a record: resource, id, action, state, time', async () => {
    const stream = await listen(as.desk);
    const repair = await as.desk2.make('repairs', report(world));
    await as.desk2.did('repairs', repair.id, 'accept');
    isDone(await as.desk2.patch(`repairs/${repair.id}`, { title: '改' }));
    for (const [action, state] of [['report', 'reported'], ['accept', 'accepted']]) {
      const { id, event, data } = await stream.until((one) => one.data?.id === repair.id && one.data.action === action);
      assert.equal(event, 'change');
      assert.match(id, /^\d+$/);
      assert.deepEqual(Object.keys(data).sort(), ['action', 'at', 'id', 'resource', 'state']);
      assert.deepEqual([data.resource, data.state], ['repairs', state]);
      assert.ok(Math.abs(Date.parse(data.at) - Date.now()) < 60_000);
    }
    await stream.until((one) => one.data?.id === repair.id && one.data.action === 'update');
    stream.close();
  });
  test('brings them in order, each once', async () => {
    const stream = await listen(as.desk), made = [];
    for (let i = 0; i < 30; i++) made.push((await as.desk2.make('repairs', report(world))).id);
    await stream.until((one) => one.data?.id === made.at(-1));
    const told = stream.events.filter((one) => made.includes(one.data?.id) && one.data.action === 'report');
    assert.deepEqual(told.map((one) => one.data.id), made);
    const ids = stream.events.map((one) => Number(one.id));
    assert.deepEqual(ids, [...ids].sort((a, b) => a - b));
    assert.equal(new Set(ids).size, ids.length);
    stream.close();
  });
  test('does not tell what one may not see', async () => {
    const streams = Object.fromEntries(await Promise.all(['resident', 'neighbour', 'engineer', 'engineer2', 'far_desk', 'foreign', 'desk'].map(async (who) => [who, await listen(as[who])])));
    const mine = await repairIn(world, 'assigned');
    const last = await as.far_desk.make('repairs', { house: world.houses['9-1-901'], category: 'water.tap', title: '二期' });
    const foreign = await as.foreign.make('repairs', { house: world.houses.foreign, category: 'water.tap', title: '别家' });
    await streams.far_desk.until((one) => one.data?.id === last.id);
    await streams.foreign.until((one) => one.data?.id === foreign.id);
    await streams.desk.until((one) => one.data?.id === mine.id && one.data.action === 'assign');
    await streams.resident.until((one) => one.data?.id === mine.id && one.data.action === 'assign');
    await streams.engineer.until((one) => one.data?.id === mine.id && one.data.action === 'assign');
    await sleep(200);
    const saw = (who, id) => streams[who].events.some((one) => one.data?.id === id);
    assert.ok(!saw('neighbour', mine.id) && !saw('far_desk', mine.id) && !saw('foreign', mine.id));
    for (const who of ['resident', 'neighbour', 'engineer', 'desk', 'foreign']) assert.ok(!saw(who, last.id), who);
    for (const who of ['resident', 'neighbour', 'engineer', 'desk', 'far_desk']) assert.ok(!saw(who, foreign.id), who);
    for (const stream of Object.values(streams)) stream.close();
  });
  test('resumes behind the last event that came, and misses none', async () => {
    const first = await listen(as.desk), one = await as.desk2.make('repairs', report(world));
    const { id } = await first.until((each) => each.data?.id === one.id);
    first.close();
    const missed = [];
    for (let i = 0; i < 5; i++) missed.push((await as.desk2.make('repairs', report(world))).id);
    const again = await listen(as.desk, { 'last-event-id': id });
    await again.until((each) => each.data?.id === missed.at(-1));
    assert.deepEqual(again.events.filter((each) => each.data?.action === 'report').map((each) => each.data.id), missed);
    assert.ok(!again.events.some((each) => each.event === 'reset'));
    again.close();
  });
  test('resumed, it still shows nothing that is not to be seen', async () => {
    const first = await listen(as.far_desk), one = await as.far_desk.make('repairs', { house: world.houses['9-1-901'], category: 'water.tap', title: '记号' });
    const { id } = await first.until((each) => each.data?.id === one.id);
    first.close();
    const hidden = await as.desk.make('repairs', report(world)), seen = await as.far_desk.make('repairs', { house: world.houses['9-1-901'], category: 'water.tap', title: '后来' });
    const again = await listen(as.far_desk, { 'last-event-id': id });
    await again.until((each) => each.data?.id === seen.id);
    assert.ok(!again.events.some((each) => each.data?.id === hidden.id));
    again.close();
  });
  test('resumes across a restart', async () => {
    const first = await listen(as.desk), one = await as.desk2.make('repairs', report(world));
    const { id } = await first.until((each) => each.data?.id === one.id);
    const two = await as.desk2.make('repairs', report(world));
    first.close();
    await world.restart();
    const again = await listen(as.desk, { 'last-event-id': id });
    await again.until((each) => each.data?.id === two.id);
    again.close();
  });
  for (const id of ['nonsense', '-1', '99999999999', '1.5'])
    test(`one that cannot be resumed (${id}) is told to read anew`, async () => {
      const stream = await listen(as.desk, { 'last-event-id': id });
      await stream.until((one) => one.event === 'reset');
      const repair = await as.desk2.make('repairs', report(world));
      await stream.until((one) => one.data?.id === repair.id);
      stream.close();
    });
  test('one that is too old is told to read anew', async () => {
    const first = await listen(as.desk), repair = await as.desk2.make('repairs', report(world));
    const { id } = await first.until((each) => each.data?.id === repair.id);
    first.close();
    for (let i = 0; i < 1300; i += 50) await Promise.all(Array.from({ length: 50 }, () => as.desk2.did('repairs', repair.id, 'note', { text: 'x' })));
    const again = await listen(as.desk, { 'last-event-id': id });
    await again.until((each) => each.event === 'reset');
    again.close();
  });
  test('ends with its session', async () => {
    const token = await world.login('desk2'), client = new (as.desk.constructor)(world, token);
    const stream = await listen(client);
    assert.equal((await client.del('session')).status, 204);
    const repair = await as.desk.make('repairs', report(world));
    await sleep(300);
    assert.ok(!stream.events.some((one) => one.data?.id === repair.id), 'nothing more is told');
    stream.close();
  });
  test('follows a role that is taken away', async () => {
    const who = await world.person('short', [{ role: 'desk', scope: world.projects.TYHY }]), stream = await listen(who);
    const before = await as.desk.make('repairs', report(world));
    await stream.until((one) => one.data?.id === before.id);
    isDone(await as.admin.patch(`users/${who.id}`, { roles: [] }));
    const repair = await as.desk.make('repairs', report(world));
    await sleep(300);
    assert.ok(!stream.events.some((one) => one.data?.id === repair.id), 'nothing more is told');
    stream.close();
  });
  test('one that is not read does not slow the others', async () => {
    const stuck = await listen(as.desk);
    stuck.response.pause();
    const began = performance.now();
    const { id } = await as.desk.make('repairs', report(world));
    for (let i = 0; i < 400; i += 20) await Promise.all(Array.from({ length: 20 }, () => as.desk2.did('repairs', id, 'note', { text: 'x'.repeat(900) })));
    assert.ok(performance.now() - began < 20_000);
    stuck.close();
  });
  test('needs a log-in and speaks JSON about it', async () => isProblem(await world.nobody.get('events'), 401, 'login_required'));
});
