/* processes_test.mjs: two `anju serve` on one database, and a database that goes away and comes back. Runs with
 * ANJU_TEST_PG and ANJU_TEST_PG_CTL (tools/with_postgres). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, isDone, openWorld, report, serve, until } from '../api/world.mjs';

const ctl = (what) => assert.equal(spawnSync(process.env.ANJU_TEST_PG_CTL, [what]).status, 0, what);

let world, second, here, there;
before(async () => {
  world = await openWorld();
  second = await serve(world.folder);
  here = (who) => world.as[who];
  there = (who) => new Client({ port: second.port }, world.tokens[who], { login: who });
});
after(async () => {
  await second.stop();
  await world.close();
});

describe('two processes on one database', () => {
  test('what one writes, the listeners of the other hear', async () => {
    const stream = await fetch(`http://127.0.0.1:${second.port}/api/v1/events`, { headers: { Authorization: `Bearer ${world.tokens.desk}` } });
    const reader = stream.body.getReader(), decoder = new TextDecoder();
    let heard = '';
    const read = (async () => { for (;;) { const { value, done } = await reader.read(); if (done) return; heard += decoder.decode(value); } })().catch(() => {});
    const repair = await here('desk').make('repairs', report(world));
    await until(() => heard.includes(repair.id), 'the event', 5000);
    await reader.cancel();
    await read;
  });

  test('a session that is ended in one is over in the other', async () => {
    const token = await world.login('desk2');
    const mine = new Client({ port: second.port }, token);
    assert.equal((await mine.get('me')).status, 200);
    isDone(await new Client(world, token).del('session'), 204);
    await until(async () => (await mine.get('me')).status === 401, 'the refusal', 5000);
  });

  test('one key pressed on both at once is one record', async () => {
    for (let i = 0; i < 10; i++) {
      const headers = { 'idempotency-key': randomUUID() }, body = report(world, { title: `两处 ${i}` });
      const [a, b] = await Promise.all([here('desk').post('repairs', body, headers), there('desk').post('repairs', body, headers)]);
      assert.equal(isDone(a, 201).id, isDone(b, 201).id);
    }
  });

  test('numbers are given once, whoever gives them', async () => {
    const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => (i % 2 ? here : there)('desk').post('repairs', report(world, { title: `编号 ${i}` }))));
    const numbers = new Set(answers.map((answer) => isDone(answer, 201).no));
    assert.equal(numbers.size, answers.length);
  });

  test('of many who accept the same repair one does, the others are told its state', async () => {
    const repair = await here('desk').make('repairs', report(world));
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? here : there)(i % 3 ? 'desk' : 'desk_lead').act('repairs', repair.id, 'accept')));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(11).fill(409)]);
  });

  test('an import whose process is killed is finished by the other, once', async () => {
    const rows = '房号,建筑面积,业主姓名,手机\n' + Array.from({ length: 4000 }, (_, i) => `31-1-${String(i).padStart(4, '0')},80,王${i},139${String(i).padStart(8, '0')}`).join('\n');
    const third = await serve(world.folder);
    const desk = new Client({ port: third.port }, world.tokens.manager);
    const file = isDone(await desk.upload(Buffer.from(rows), 'homes.csv', 'text/csv'), 201).id;
    const { job } = isDone(await desk.post('imports', { resource: 'houses', file }), 202);
    await until(async () => (await here('manager').read(`jobs/${job}`)).state !== 'queued', 'its beginning', 10_000);
    await third.stop('SIGKILL');
    await until(async () => (await here('manager').read(`jobs/${job}`)).state === 'done', 'its end', 60_000);
    const done = await here('manager').read('houses?filter[building]=31&count=true&limit=1');
    assert.equal(done.count, 4000);
  });
});

describe('a database that goes away', () => {
  test('writes are answered 503, the process lives, and it is back by itself', async () => {
    ctl('stop');
    const answer = await here('desk').post('repairs', report(world));
    assert.equal(answer.status, 503, answer.text);
    assert.equal((await here('desk').get('/healthz')).status, 200);
    assert.equal((await here('desk').get('/readyz')).status, 503);
    ctl('start');
    await until(async () => (await here('desk').post('repairs', report(world))).status === 201, 'service', 12_000);
    assert.equal((await here('desk').get('/readyz')).status, 200);
  });

  test('killed under load, it loses nothing that was acknowledged and doubles nothing', async () => {
    const asked = [];
    let going = true;
    const press = async (who, name) => {
      for (let i = 0; going; i++) {
        const key = randomUUID(), body = report(world, { title: `断库 ${name} ${i}` });
        const answer = await who.post('repairs', body, { 'idempotency-key': key }).catch(() => ({ status: 0 }));
        asked.push({ key, body, id: answer.status === 201 ? answer.body.id : null });
        if (answer.status !== 201) await sleep(100);
      }
    };
    const presses = Promise.all(Array.from({ length: 12 }, (_, i) => press((i % 2 ? here : there)('desk'), i)));
    for (let round = 0; round < 3; round++) {
      await sleep(700);
      ctl('kill');
      ctl('start');
    }
    await sleep(1500);
    going = false;
    await presses;
    await until(async () => (await here('desk').post('repairs', report(world))).status === 201, 'service', 12_000);
    const acknowledged = asked.filter((one) => one.id !== null);
    assert.ok(acknowledged.length > 50, `${acknowledged.length} writes were acknowledged`);
    for (const one of asked) { /* asked again with its key, each is there once, under the id that was told */
      const again = isDone(await here('desk').post('repairs', one.body, { 'idempotency-key': one.key }), 201);
      if (one.id !== null) assert.equal(again.id, one.id);
    }
    const found = await here('desk').read(`repairs?filter[title][like]=${encodeURIComponent('断库%')}&count=true&limit=1`);
    assert.equal(found.count, asked.length);
  });
});
