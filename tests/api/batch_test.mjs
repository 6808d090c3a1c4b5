/* POST batch: many writes in one request, each what it would be alone; and what two phones and the desk write into each other. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isDone, isPostgres, isProblem, openWorld, report } from './world.mjs';

let world, desk, engineer, guard, resident, admin;
before(async () => {
  world = await openWorld();
  ({ desk, engineer, guard, resident, admin } = world.as);
});
after(() => world.close());

const item = (method, path, body, key = randomUUID()) => ({ key, method, path, body });
const post = (path, body, key) => item('POST', path, body, key);
const send = (who, items) => who.post('batch', { items });
const answers = async (who, items) => isDone(await send(who, items)).items;
const statuses = async (who, items) => (await answers(who, items)).map((one) => one.status);

describe('a batch', () => {
  test('is done in order, and an item names what an earlier one made', async () => {
    const made = post('repairs', report(world, { title: '水管爆了' })), named = `key:${made.key}`;
    const got = await answers(desk, [made, post(`repairs/${named}/actions/accept`), post(`repairs/${named}/actions/assign`, { assignee: world.users.engineer }),
      item('PATCH', `/api/v1/repairs/${named}`, { description: '在厨房' })]);
    assert.deepEqual(got.map((one) => [one.key, one.status]), [[made.key, 201], [got[1].key, 200], [got[2].key, 200], [got[3].key, 200]]);
    assert.deepEqual(got.map((one) => one.body.state), ['reported', 'accepted', 'assigned', 'assigned']);
    assert.ok(got.every((one) => one.body.id === got[0].body.id));
    const { items } = await desk.read(`repairs/${got[0].body.id}/events`);
    assert.deepEqual(items.map((one) => one.action), ['report', 'accept', 'assign', 'update']);
    assert.equal((await desk.read(`repairs/${got[0].body.id}`)).description, '在厨房');
  });

  test('that is sent again is answered the same and does nothing twice; its keys are those of single requests', async () => {
    const made = post('repairs', report(world, { title: '只报一次' })), items = [made, post(`repairs/key:${made.key}/actions/note`, { text: '一' }), post('repairs', {})];
    const first = await answers(desk, items);
    assert.deepEqual(await answers(desk, items), first);
    const alone = await desk.post('repairs', made.body, { 'idempotency-key': made.key });
    assert.deepEqual([alone.status, alone.body], [201, first[0].body]);
    isProblem(await desk.post('repairs', report(world, { title: '另一件' }), { 'idempotency-key': made.key }), 422, 'idempotency_mismatch');
    assert.deepEqual(await statuses(desk, [post('repairs', report(world, { title: '另一件' }), made.key)]), [422]);
    assert.equal((await desk.read(`repairs/${first[0].body.id}/events`)).items.length, 2);
  });

  test('goes on after a refusal; what refers to the refused one has nothing to refer to', async () => {
    const bad = post('repairs', { title: '没有分类', house: world.houses['1-1-101'] }), good = post('repairs', report(world, { title: '好的' }));
    const got = await answers(desk, [bad, post(`repairs/key:${bad.key}/actions/accept`), good, post('callbacks', { title: '回电', house: world.houses['1-1-101'], about: `key:${bad.key}` }),
      post(`repairs/key:${good.key}/actions/accept`)]);
    assert.deepEqual(got.map((one) => one.status), [422, 404, 201, 422, 200]);
    assert.deepEqual([got[0].body.code, got[0].body.fields.map((one) => one.field), got[1].body.code], ['invalid', ['category'], 'not_found']);
    const mended = { ...bad, body: report(world, { title: '没有分类' }) };
    assert.deepEqual(await statuses(desk, [mended, post(`repairs/key:${bad.key}/actions/accept`)]), [201, 200], 'a refusal uses up no key');
  });

  test('has at most 100 items, and says so', async () => {
    const many = (n) => Array.from({ length: n }, () => post('nothing', {}));
    const over = await send(desk, many(101));
    isProblem(over, 422, 'invalid', ['items']);
    assert.match(over.body.fields[0].message, /100/);
    assert.equal((await answers(desk, many(100))).filter((one) => one.status === 404).length, 100);
    for (const body of [{}, { items: [] }, { items: 'x' }, []]) assert.equal((await desk.post('batch', body)).status, 422, JSON.stringify(body));
    isProblem(await desk.post('batch', { items: many(1), order: 1 }), 422, 'invalid', ['order']);
  });

  test('an item that is none is refused alone', async () => {
    const fine = post('repairs', report(world, { title: '照办' }));
    const got = await answers(desk, ['x', { key: 'k' }, { ...post('repairs', {}), when: 1 }, post('repairs', 'text'), post('repairs', []), item('PUT', 'repairs', {}), item('GET', 'repairs'), post('a//b', {}), post('%ff', {}),
      post('repairs', {}, 'k'.repeat(201)), fine]);
    assert.deepEqual(got.map((one) => one.status), [422, 422, 422, 422, 422, 405, 422, 404, 400, 400, 201]);
    assert.deepEqual(got[1].body.fields.map((one) => one.field), ['method', 'path']);
    assert.deepEqual(got[2].body.fields.map((one) => one.field), ['when']);
  });

  test('gives nobody a right that they do not have alone', async () => {
    isProblem(await send(world.nobody, [post('repairs', {})]), 401, 'login_required');
    const { id } = await desk.make('repairs', report(world, { title: '别人的' }));
    const own = await desk.make('repairs', report(world, { title: '自己的' }));
    assert.deepEqual(await statuses(guard, [post('plans', { title: 'x', rrule: 'FREQ=DAILY' }), post(`repairs/${id}/actions/accept`), post('rules', {})]),
      [(await guard.post('plans', { title: 'x', rrule: 'FREQ=DAILY' })).status, (await guard.act('repairs', id, 'accept')).status, (await guard.post('rules', {})).status]);
    assert.deepEqual(await statuses(resident, [post(`repairs/${own.id}/actions/accept`)]), [403]);
    assert.deepEqual(await statuses(world.as.far_desk, [post(`repairs/${id}/actions/accept`)]), [404]);
    const made = post('repairs', report(world, { title: '我的键' }));
    await answers(desk, [made]);
    assert.deepEqual(await statuses(world.as.desk2, [post(`repairs/key:${made.key}/actions/accept`)]), [404], 'a key is its user’s');
    const other_ways = await answers(admin, [post('session', { login: 'x', password: 'y' }), post('batch', { items: [] }), post('files', {}), post('me/password', { old: 'a', new: 'b' })]);
    assert.deepEqual(other_ways.map((one) => [one.status, one.body.fields?.[0].field]).filter(([status]) => status !== 422), [], 'what is more than a write is not taken');
    assert.equal((await admin.get('me')).status, 200);
  });

  test('keeps both clocks, and marks a phone whose clock is three hours off', async () => {
    const three_hours = 3 * 3600_000, at = (ms) => new Date(Date.now() + ms).toISOString();
    const made = post('repairs', report(world, { title: '离线报的', device_at: at(-three_hours) }));
    const [{ body }] = await answers(desk, [made, post(`repairs/key:${made.key}/actions/note`, { text: '表快了', device_at: at(three_hours) }), post(`repairs/key:${made.key}/actions/note`, { text: '准', device_at: at(-2000) })]);
    const { items } = await desk.read(`repairs/${body.id}/events`);
    assert.deepEqual(items.map((one) => one.clock_skew === true), [true, true, false]);
    assert.deepEqual(items.map((one) => Math.round((Date.parse(one.device_at) - Date.parse(one.at)) / 3600_000) + 0), [-3, 3, 0]);
  });

  test('answers in the language that was asked for', async () => {
    const zh = isDone(await desk.post('batch', { items: [post('repairs', {})] }, { 'accept-language': 'zh-CN' })).items[0].body;
    assert.match(zh.title, /[\u4e00-\u9fff]/);
  });

  test('5,000 queued writes arrive each once and in order, also when answers are lost', async () => {
    const [ROUNDS, NOTES] = [isPostgres ? 10 : 50, 99], made = [];
    for (let round = 0; round < ROUNDS; round++) {
      const first = post('repairs', report(world, { title: `第 ${round} 件` }));
      const items = [first, ...Array.from({ length: NOTES }, (_, n) => post(`repairs/key:${first.key}/actions/note`, { text: `${n}` }))];
      const got = await answers(desk, items);
      assert.ok(got.every((one) => one.status < 300), JSON.stringify(got.find((one) => one.status >= 300)));
      if (round % 10 === 0) assert.deepEqual(await answers(desk, items), got);
      made.push(got[0].body.id);
    }
    for (const id of [made[0], made[5], made.at(-1)]) {
      const { items } = await desk.read(`repairs/${id}/events?limit=500`);
      assert.deepEqual(items.slice(1).map((one) => one.note ?? one.changes?.text?.[1]), Array.from({ length: NOTES }, (_, n) => `${n}`));
    }
    assert.equal(new Set(made).size, ROUNDS);
  });
});
