/* outbox_test.mjs: a process dies, or the database goes away, in the midst of sending: everything is sent, and what had been sent is not sent
 * again, but for the one message that was under way. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld, psql, report, until } from '../api/world.mjs';

const ctl = (what) => assert.equal(spawnSync(process.env.ANJU_TEST_PG_CTL, [what]).status, 0, what);
const MANY = 16, flags = ['--allow-private-webhooks'];
let world, hook, calls;

before(async () => {
  hook = http.createServer((asked, answer) => { /* takes a quarter of a second for each */
    asked.resume().on('end', () => { calls.push(asked.headers['x-anju-delivery']); setTimeout(() => { answer.statusCode = 204; answer.end(); }, 250); });
  });
  await new Promise((resolve) => hook.listen(0, '127.0.0.1', resolve));
  world = await openWorld({ flags });
  await world.as.admin.make('webhooks', { url: `http://127.0.0.1:${hook.address().port}/x`, secret: 'a'.repeat(40), events: ['repairs'] });
});
beforeEach(() => { calls = []; });
after(async () => {
  await world.close();
  hook.close();
});

const make = () => Promise.all(Array.from({ length: MANY }, (_, i) => world.as.desk.make('repairs', report(world, { title: `hook ${i}` }))));
const sql = (text) => psql(text, world.folder);
const unsent = (state) => Number(sql(`SELECT count(*) FROM delivery WHERE channel = 'webhook' AND ${state}`));
/* What a process holds that is no more (or has given up) is taken over after five minutes: now. */
const leaseEnds = () => sql("UPDATE delivery SET next_at = 1 WHERE state = 'sending'");
const allSent = async () => {
  await until(() => unsent("state <> 'sent'") === 0, 'all to be sent', 20_000);
  assert.equal(new Set(calls).size, MANY);
};

describe('in the midst of sending', () => {
  test('the database goes away: it is noted when it is back, and nothing is sent twice', { timeout: 60_000 }, async () => {
    await make();
    await until(() => calls.length >= 6, 'six', 15_000);
    ctl('stop');
    await sleep(2500);
    ctl('start');
    await until(async () => (await world.as.desk.get('repairs?limit=1')).status === 200, 'service', 15_000);
    await until(() => unsent("state = 'sending'") === 0, 'the notes', 15_000).catch(() => leaseEnds());
    await allSent();
    assert.equal(calls.length, MANY);
  });

  test('the process is killed: the one that was under way is sent again, and no other', { timeout: 60_000 }, async () => {
    await make();
    await until(() => calls.length >= 6, 'six', 15_000);
    await world.server.stop('SIGKILL');
    await sleep(500); /* the server hears of it */
    const noted = unsent("state = 'sent'") - MANY; /* those of the test before */
    assert.ok(noted >= 5, `${noted} of ${calls.length} are noted`);
    leaseEnds();
    await world.start();
    await allSent();
    assert.ok(calls.length <= MANY + 1, `${calls.length} of ${MANY}`);
  });
});
