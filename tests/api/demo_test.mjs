/* demo_test.mjs: the demo community is the same for the same arguments, and looks lived in. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { anju, serve, Client } from './world.mjs';

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-demo-'));
const folder = path.join(home, 'one');
const UNTIL = '2025-03-11', LAST_MS = Date.parse('2025-03-11T09:20:00+08:00'); /* a Tuesday in the heating season */
const OPEN = ['reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting', 'finished'];
const RESOURCES = ['houses', 'parties', 'spaces', 'projects', 'users', 'repairs', 'followups', 'repair_categories', 'repair_prices'];
let server;
const demo = (name, ...more) => anju(['demo', '--data', path.join(home, name), '--homes', '150', '--days', '20', '--until', UNTIL, ...more]);

before(async () => {
  const made = demo('one');
  assert.equal(made.code, 0, made.err);
  server = await serve(folder, { clock: Math.round((LAST_MS - Date.now()) / 1000) });
});
after(async () => {
  await server?.stop('SIGKILL'); /* its clock stands in the past, which an orderly end does not measure by */
  fs.rmSync(home, { recursive: true, force: true });
});

async function login(name, password = 'demo12345') {
  const answer = await new Client(server, null).post('session', { login: name, password });
  assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  return new Client(server, answer.body.token, { id: answer.body.user.id });
}

async function all(client, target) {
  const items = [];
  for (let after = ''; after !== null;) {
    const page = await client.read(`${target}${target.includes('?') ? '&' : '?'}limit=500${after && `&after=${after}`}`);
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

test('the same arguments give the same export, another seed another one', () => {
  assert.equal(demo('two').code, 0);
  assert.equal(demo('three', '--seed', 'other').code, 0);
  for (const resource of RESOURCES) {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => anju(['export', '--data', path.join(home, name), resource, '--format', 'csv']));
    assert.equal(one.code, 0, one.err);
    assert.ok(one.out.split('\n').length > 1, resource);
    assert.equal(one.out, two.out, resource);
    if (['houses', 'parties', 'repairs'].includes(resource)) assert.notEqual(one.out, three.out, resource);
  }
  for (const name of ['one', 'two', 'three']) assert.equal(anju(['check', '--data', path.join(home, name)]).code, 0);
});

test('everybody who is promised logs in, and need not change the password', async () => {
  const names = ['admin', 'manager', 'desk1', 'desk2', 'desk3', 'eng_lead', 'quality', 'cashier', 'resident1', 'resident2',
    ...[1, 2, 3, 4, 5, 6].map((n) => `engineer${n}`), ...[1, 2, 3, 4].map((n) => `guard${n}`)];
  for (const name of names) assert.equal((await (await login(name)).get('me')).status, 200, name);
});

test('resident1 owns one home, with a history and something open', async () => {
  const resident = await login('resident1');
  assert.equal((await resident.read('houses')).items.length, 1);
  const mine = await all(resident, 'repairs');
  assert.ok(mine.length >= 4, `${mine.length} repairs`);
  assert.ok(mine.some((one) => OPEN.includes(one.state)) && mine.some((one) => one.rating !== null));
});

test('the visitor finds work in every state, some of it late, some soon due', async () => {
  const desk = await login('desk1'), open = await all(desk, 'repairs?filter[open]=true');
  assert.deepEqual([...new Set(open.map((one) => one.state))].sort(), [...OPEN].sort());
  const minutes = open.filter((one) => one.clock.state === 'running' || one.clock.state === 'over')
    .map((one) => (Date.parse(one.clock.due_at) - LAST_MS) / 60_000);
  assert.equal(minutes.filter((left) => left < 0).length, 2, 'two are overdue');
  assert.ok(minutes.filter((left) => left >= 0 && left <= 60).length >= 3, 'several are due within the hour');
  assert.ok(open.filter((one) => one.state === 'accepted').length >= 3, 'the dispatch pool');
  assert.ok(open.filter((one) => one.state === 'assigned' && one.appoint_from?.startsWith(UNTIL)).length >= 2, 'appointments today');
});

test('what was lived is believable', async () => {
  const manager = await login('manager'), repairs = await all(manager, 'repairs'), done = repairs.filter((one) => ['confirmed', 'closed'].includes(one.state));
  const scores = done.filter((one) => one.rating !== null).map((one) => one.rating.overall);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  assert.ok(scores.length / done.length > 0.4 && scores.length / done.length < 0.85, `${scores.length} of ${done.length} rated`);
  assert.ok(mean > 4 && mean < 4.8, `mean ${mean}`);
  for (const one of done) assert.ok(one.after_photos.length > 0 && one.cause && one.solution, one.no);
  for (const one of repairs) assert.ok(Date.parse(one.updated_at) <= LAST_MS, 'nothing lies in the future');
  for (const state of ['merged', 'cancelled']) assert.ok(repairs.some((one) => one.state === state), state);
  assert.ok(repairs.some((one) => one.reworks > 0) && repairs.some((one) => one.pauses > 0) && repairs.some((one) => one.final_fen > 0));
  const houses = await all(manager, 'houses');
  assert.equal(houses.length, 150);
  assert.ok(houses.some((one) => one.doubts !== null) && houses.filter((one) => one.doubts !== null).length < 20);
  const phones = (await all(manager, 'parties')).map((one) => one.phone).filter((phone) => phone !== null);
  assert.ok(phones.every((phone) => /^13\d?\*{4}\d{4}$/.test(phone)), 'phones are masked, and of the demo');
});

test('an existing folder is left alone, and wrong use is said', () => {
  assert.equal(demo('one').code, 1);
  for (const more of [['--homes', '0'], ['--days', 'x'], ['--until', 'tomorrow'], ['--until', '2999-01-01'], ['--seeds', '1']]) {
    const done = demo('other', ...more);
    assert.equal(done.code, 2, more.join(' '));
    assert.ok(!fs.existsSync(path.join(home, 'other')), more.join(' '));
  }
  assert.equal(demo('other', '--password', 'short').code, 2);
  assert.ok(!fs.existsSync(path.join(home, 'other')), 'a failed demo leaves nothing behind');
});

test('a demo does not listen off loopback unless it is told to', async () => {
  const one = path.join(home, 'two');
  await assert.rejects(serve(one, { listen: '0.0.0.0:0' }), /off loopback/);
  const open = await serve(one, { listen: '0.0.0.0:0', flags: ['--demo-public'] });
  await open.stop();
});
