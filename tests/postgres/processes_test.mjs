/* processes_test.mjs: two `anju serve` on one database, and a database that goes away and comes back. Runs with
 * ANJU_TEST_PG and ANJU_TEST_PG_CTL (tools/with_postgres). */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, PASSWORD, anju, binary, environmentOf, hold, isDone, openWorld, ownerUrlOf, psql, report, serve, until } from '../api/world.mjs';

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

  /* A listener at the second process, who has been welcomed. */
  const listenThere = async () => {
    const heard = { text: '' }, gone = new AbortController(), decoder = new TextDecoder();
    const stream = await fetch(`http://127.0.0.1:${second.port}/api/v1/events`, { headers: { Authorization: `Bearer ${world.tokens.desk}` }, signal: gone.signal });
    const reader = stream.body.getReader();
    heard.text += decoder.decode((await reader.read()).value);
    const read = (async () => { for (;;) { const { value, done } = await reader.read(); if (done) return; heard.text += decoder.decode(value); } })().catch(() => {});
    return { heard, end: async () => { gone.abort(); await read; } };
  };

  const retried = async () => {
    const of = async (at) => Number(/^anju_write_retries_total (\d+)$/m.exec((await new Client({ port: at.port }, null).get('/metrics')).text)[1]);
    return await of(world) + await of(second);
  };
  /* Each takes it that nobody has written since its own last write, and is wrong. */
  test('events of writes in turns are numbered and chained one behind the other, and soon nobody expects what is not so', async () => {
    const from = await retried(), ids = [];
    for (let turn = 0; turn < 60; turn++) ids.push((await (turn % 2 ? here : there)('desk').make('repairs', report(world, { title: `轮流 ${turn}` }))).id);
    const wrong = await retried() - from;
    assert.ok(wrong >= 1 && wrong <= 12, `${wrong} batches were run once more`);
    assert.deepEqual(psql(`SELECT record_id FROM event WHERE record_id IN (${ids}) AND action = 'report' ORDER BY n`, world.folder).split('\n'), ids, 'in the order of the answers');
    const checked = anju(['check', '--data', world.folder]);
    assert.equal(checked.code, 0, checked.out + checked.err);
  });

  test('a webhook hears of what is written a moment after it was made, by its own process and by another', async () => {
    const writes = async (who, title) => {
      const { id } = await who('desk').make('repairs', report(world, { title }));
      return psql(`SELECT count(*) FROM delivery WHERE hook_id = ${hook.id} AND record_id = ${id}`, world.folder) !== '0';
    };
    let hook;
    await sleep(2100); /* who else writes is forgotten */
    for (const maker of [here, there]) {
      for (let i = 0; i < 2; i++) await maker('desk').make('repairs', report(world, { title: '之前' })); /* its next numbers are expected */
      hook = await maker('admin').make('webhooks', { url: 'https://hooks.example.com/anju', secret: 'a secret of some length', events: ['repairs'] });
      for (const who of [here, there]) assert.ok(await writes(who, '之后'), 'it is queued for the webhook');
      assert.equal((await maker('admin').del(`webhooks/${hook.id}`)).status, 204);
      await sleep(2100);
    }
  });

  test('of several who begin to listen at once each hears all from its beginning', async () => {
    for (let round = 0; round < 4; round++) {
      await sleep(700); /* nobody listens: what was heard is forgotten */
      const early = await listenThere();
      const repair = await here('desk').make('repairs', report(world, { title: `听 ${round}` }));
      const late = await listenThere();
      await until(() => early.heard.text.includes(repair.id), `the event of round ${round}`, 5000);
      await early.end();
      await late.end();
    }
  });

  test('an event of which it cannot be read who may hear it is not lost: the listener is told to read anew', async () => {
    const waiting = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'anju' AND wait_event_type = 'Lock' AND query LIKE 'SELECT expires_at FROM session%'";
    const { heard, end } = await listenThere(); /* who this is, is read with its first event */
    await here('desk').read('me'); /* and who writes is known for some seconds */
    const other = hold(ownerUrlOf(world.folder), 'LOCK TABLE session IN ACCESS EXCLUSIVE MODE');
    await other.held;
    try {
      await here('desk').make('repairs', report(world, { title: '谁听' }));
      await until(() => psql(`SELECT count(*) ${waiting}`, world.folder) !== '0', 'the look at who listens', 4000);
      psql(`SELECT count(pg_terminate_backend(pid)) ${waiting}`, world.folder);
    } finally {
      await other.end();
    }
    await until(() => heard.text.includes('event: reset'), 'the reset', 5000);
    const next = await here('desk').make('repairs', report(world, { title: '又听' }));
    await until(() => heard.text.includes(next.id), 'the next event', 5000);
    await end();
  });

  test('a stream that breaks off goes on at the other process, where it was', async () => {
    const listen = async (port, last) => {
      const heard = { text: '' }, stream = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { headers: { Authorization: `Bearer ${world.tokens.desk}`, ...(last && { 'Last-Event-ID': last }) } });
      const reader = stream.body.getReader(), decoder = new TextDecoder();
      const read = (async () => { for (;;) { const { value, done } = await reader.read(); if (done) return; heard.text += decoder.decode(value); } })().catch(() => {});
      return { heard, end: async () => { await reader.cancel(); await read; } };
    };
    const idsIn = (text) => [...text.matchAll(/^id: ?(\d+)$/gm)].map((match) => Number(match[1]));
    const at = await listen(world.port);
    const first = await there('desk').make('repairs', report(world, { title: '断之前' }));
    await until(() => at.heard.text.includes(first.id), 'the first event', 5000);
    await at.end();
    const last = Math.max(...idsIn(at.heard.text)), missed = [];
    for (let i = 0; i < 20; i++) missed.push((await (i % 2 ? here : there)('desk').make('repairs', report(world, { title: `断开时 ${i}` }))).id);
    const on = await listen(second.port, String(last));
    await until(() => missed.every((id) => on.heard.text.includes(id)), 'what was missed', 5000);
    const ids = idsIn(on.heard.text);
    assert.ok(ids.every((id, i) => id > last && (i === 0 || id > ids[i - 1])), `rising, behind ${last}: ${ids}`);
    assert.ok(!on.heard.text.includes(first.id));
    await on.end();
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

/* A job of a few seconds, begun by this process; its id. */
async function longImport(at, tower) {
  const rows = '房号,建筑面积,业主姓名,手机\n' + Array.from({ length: 6000 }, (_, i) => `${tower}-1-${String(i).padStart(4, '0')},80,王${i},139${String(i).padStart(8, '0')}`).join('\n');
  const manager = new Client({ port: at.port }, world.tokens.manager);
  const file = isDone(await manager.upload(Buffer.from(rows), 'homes.csv', 'text/csv'), 201).id;
  const { job } = isDone(await manager.post('imports', { resource: 'houses', file }), 202);
  await until(async () => (await here('manager').read(`jobs/${job}`)).state !== 'queued', 'its beginning', 10_000);
  return job;
}
const homesOf = async (tower) => (await here('manager').read(`houses?filter[building]=${tower}&count=true&limit=1`)).count;
const importsDone = () => Number(psql("SELECT count(*) FROM event WHERE record_type = 'import'", world.folder)); /* an import is one event */
const stateOf = async (job) => (await here('manager').read(`jobs/${job}`)).state;

describe('a long write beside another process', () => {
  test('does not hold up the writes of its own process', { timeout: 120_000 }, async () => {
    let going = true, answered = 0;
    const rivals = Array.from({ length: 3 }, async (_, i) => { while (going) { await there('desk').post('repairs', report(world, { title: `别处 ${i}` })); await sleep(30); } });
    await sleep(1000); /* the others are noticed */
    const manager = new Client({ port: world.port }, world.tokens.manager);
    const rows = '房号,建筑面积,业主姓名,手机\n' + Array.from({ length: 12_000 }, (_, i) => `33-1-${String(i).padStart(5, '0')},80,王${i},139${String(i).padStart(8, '0')}`).join('\n');
    const file = isDone(await manager.upload(Buffer.from(rows), 'homes.csv', 'text/csv'), 201).id;
    const { job } = isDone(await manager.post('imports', { resource: 'houses', file }), 202);
    await until(async () => (await there('manager').read(`jobs/${job}`)).state === 'running', 'its beginning', 20_000);
    const press = (async () => { while (going) { isDone(await here('desk').post('repairs', report(world, { title: '同处' })), 201); if (going) answered++; await sleep(30); } })();
    await until(async () => (await there('manager').read(`jobs/${job}`)).state === 'done', 'its end', 90_000);
    going = false;
    await Promise.all([press, ...rivals]);
    assert.ok(answered >= 15, `${answered} were answered while it went on`);
  });
});

describe('two containers', () => {
  const apart = ['--pid', '--fork', '--kill-child'], can = spawnSync('unshare', [...apart, 'true']).status === 0;

  test('of one host name, each with process number 1, hold each their own leases', { skip: !can && 'no process numbers of its own can be had here' }, async () => {
    const nodes = () => psql("SELECT holder FROM lease WHERE name LIKE 'node/%' ORDER BY 1", world.folder).split('\n');
    const had = nodes().length;
    const kids = [1, 2].map(() => spawn('unshare', [...apart, binary, 'serve', '--data', world.folder, '--listen', '127.0.0.1:0'], { env: environmentOf(world.folder), stdio: ['ignore', 'pipe', 'ignore'] }));
    try {
      await Promise.all(kids.map((kid) => new Promise((resolve) => kid.stdout.once('data', resolve))));
      const first = nodes().filter((holder) => /\/1(\/|$)/.test(holder));
      assert.equal(nodes().length, had + 2, 'a number for ids each');
      assert.equal(new Set(first).size, 2, first.join());
    } finally {
      for (const kid of kids) kid.kill('SIGKILL');
    }
  });
});

describe('the number of a process’s ids', () => {
  const nodes = () => psql("SELECT name || ' ' || holder || ' ' || (until / 1000000 - CAST(extract(epoch FROM clock_timestamp()) AS bigint)) FROM lease WHERE name LIKE 'node/%' ORDER BY 1", world.folder).split('\n')
    .filter(Boolean).map((line) => { const [name, holder, left] = line.split(' '); return { name, pid: Number(holder.split('/').at(-2)), left: Number(left) }; });
  const of = (pid) => nodes().filter((node) => node.pid === pid);

  test('is free again minutes after its process was killed: a thousand deaths a day do not use them up', async () => {
    const third = await serve(world.folder), [mine] = of(third.process.pid);
    await third.stop('SIGKILL');
    assert.ok(mine.left > 120 && mine.left <= 300, `${mine.left} s`);
  });

  test('is another one when it was given away meanwhile, and what the process writes goes on', { timeout: 120_000 }, async () => {
    const third = await serve(world.folder), [before] = of(third.process.pid);
    try {
      psql(`UPDATE lease SET holder = 'elsewhere/1/x', until = until + 3600000000 WHERE name = '${before.name}'`, world.folder);
      await until(() => of(third.process.pid).length === 1, 'a number of its own again', 90_000);
      assert.notEqual(of(third.process.pid)[0].name, before.name);
      const repair = await new Client({ port: third.port }, world.tokens.desk, { login: 'desk' }).make('repairs', report(world)), node = (BigInt(repair.id) >> 12n) & 1023n;
      assert.equal(`node/${node}`, of(third.process.pid)[0].name);
    } finally {
      await third.stop();
    }
  });
});

describe('a process that sleeps, or goes by another clock', () => {
  test('one that slept past its lease has lost the job, and does not do it a second time', async () => {
    const sleeper = await serve(world.folder);
    let job, tries = 0, done_before = 0;
    for (;; tries++) { /* until it is the sleeper that has taken it */
      done_before = importsDone();
      job = await longImport(sleeper, 40 + tries);
      sleeper.process.kill('SIGSTOP');
      await sleep(1500);
      if (await stateOf(job) === 'running') break;
      sleeper.process.kill('SIGCONT');
      await until(async () => await stateOf(job) === 'done', 'its end', 60_000);
      assert.ok(tries < 20, 'it never took one');
    }
    await until(async () => await stateOf(job) === 'done', 'the end by another process', 60_000);
    sleeper.process.kill('SIGCONT');
    await sleep(3000); /* it would write now, if it still believed that the job is its own */
    assert.equal(await homesOf(40 + tries), 6000);
    assert.equal(await stateOf(job), 'done');
    assert.equal(importsDone(), done_before + 1);
    assert.equal(psql(`SELECT attempts FROM job WHERE id = ${job}`, world.folder), '2');
    await sleeper.stop();
  });

  for (const [what, flags] of [['', () => []], [', behind a pooler too', () => ['--database', `${environmentOf(world.folder).ANJU_DATABASE}&pool=transaction`]]])
    test(`one that sleeps in the midst of a write holds the others up for seconds, and does it when it wakes${what}`, { timeout: 120_000 }, async () => {
      const sleeper = await serve(world.folder, { flags: flags() }), title = `睡着${what}`;
      const other = hold(ownerUrlOf(world.folder), 'SELECT n FROM org FOR UPDATE');
      await other.held;
      const asked = new Client({ port: sleeper.port }, world.tokens.desk).post('repairs', report(world, { title }));
      await until(() => psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name = 'anju'", world.folder) !== '0', 'its wait for the counter', 5000);
      sleeper.process.kill('SIGSTOP');
      await other.end(); /* now the sleeper has the counter */
      isDone(await here('desk').post('repairs', report(world)), 201);
      sleeper.process.kill('SIGCONT');
      isDone(await asked, 201);
      assert.equal(psql(`SELECT count(*) FROM repair WHERE title = '${title}'`, world.folder), '1');
      await sleeper.stop();
    });

  test('clocks that are minutes off: one time for all, no lease broken, no job twice', async () => {
    const ahead = await serve(world.folder, { env: { ANJU_TEST_CLOCK_SKEW_S: '400' } }), behind = await serve(world.folder, { env: { ANJU_TEST_CLOCK_SKEW_S: '-400' } });
    assert.match(ahead.err(), /clock differs from the database's/);
    const times = [];
    for (const at of [ahead, behind, second]) times.push(Date.parse((await new Client(at, world.tokens.desk).make('repairs', report(world))).created_at));
    for (const time of times) assert.ok(Math.abs(time - Date.now()) < 5000, `${time - Date.now()} ms off`);
    const jobs = [];
    for (const [i, at] of [behind, ahead, second].entries()) jobs.push(await longImport(at, 70 + i));
    for (const job of jobs) await until(async () => await stateOf(job) === 'done', 'its end', 90_000);
    assert.equal(psql(`SELECT max(attempts) FROM job WHERE id IN (${jobs.join()})`, world.folder), '1');
    for (const i of jobs.keys()) assert.equal(await homesOf(70 + i), 6000);
    await ahead.stop();
    await behind.stop();
  });

  test('processes killed at random: every job is done, and each once', { timeout: 240_000 }, async () => {
    const workers = await Promise.all([serve(world.folder), serve(world.folder)]), jobs = [], done_before = importsDone();
    for (let i = 0; i < 6; i++) jobs.push(await longImport(second, 80 + i));
    for (let round = 0; round < 4; round++) {
      const at = round % workers.length;
      await sleep(300 + 400 * round);
      await workers[at].stop('SIGKILL');
      workers[at] = await serve(world.folder);
    }
    for (const job of jobs) await until(async () => await stateOf(job) === 'done', `the end of ${job}`, 90_000);
    for (const i of jobs.keys()) assert.equal(await homesOf(80 + i), 6000);
    assert.equal(importsDone(), done_before + jobs.length);
    for (const worker of workers) await worker.stop();
  });

  test('failed log-ins are counted over all processes', async () => {
    const nobody = [world.port, second.port].map((port) => new Client({ port }, null));
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await nobody[i % 2].post('session', { login: 'guard', password: 'wrong password' })).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
    psql('DELETE FROM guess', world.folder);
    assert.equal((await nobody[1].post('session', { login: 'guard', password: PASSWORD })).status, 200);
  });
});

describe('a database that goes away', () => {
  test('writes are answered 503, the process lives, and it is back by itself', async () => {
    ctl('stop');
    const answer = await here('desk').post('repairs', report(world));
    assert.equal(answer.status, 503, answer.text);
    assert.equal((await here('desk').get('/healthz')).status, 200);
    assert.equal((await here('desk').get('/readyz')).status, 503);
    const away = (await here('desk').get('/metrics')).text;
    assert.match(away, /^anju_database_up 0$/m);
    assert.doesNotMatch(away, /anju_(nodes|lease|reminder|job)/, 'what it is not told it does not say');
    ctl('start');
    await until(async () => (await here('desk').post('repairs', report(world))).status === 201, 'service', 12_000);
    assert.equal((await here('desk').get('/readyz')).status, 200);
    const back = (await here('desk').get('/metrics')).text;
    assert.match(back, /^anju_database_up 1$/m);
    assert.ok(Number(/^anju_reconnections_total (\d+)$/m.exec(back)[1]) >= 2, 'a lane and a reader, at least');
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
