/* kill_test.mjs: kill -9 at random moments under load. What was acknowledged is there with just that content; what was not is
 * done at most once; the audit chain, the seals and the references are whole. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { anju, openWorld, report, send, serve, sleep } from '../api/world.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 100);
const WRITERS = 8;

/* A generator with a seed (mulberry32), so that a failing run can be repeated. */
const seed = Number(process.env.SEED ?? Date.now() % 1e9);
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

let world;
before(async () => { world = await openWorld(); });
after(async () => { await world.close(); });

/* One writer: makes a repair, accepts it, and so on, until the server is gone. Each write has a key of its own. */
async function writer(server, agent, desk, done, open) {
  const headers = { Authorization: `Bearer ${desk.token}`, 'Content-Type': 'application/json' };
  const write = async (path, body) => {
    const key = randomUUID();
    open.set(key, { path, body });
    const answer = await send(server.port, 'POST', path, { headers: { ...headers, 'Idempotency-Key': key }, body: JSON.stringify(body), agent });
    open.delete(key);
    done.push({ key, path, body, answer });
    return answer;
  };
  try {
    for (;;) {
      const made = await write('/api/v1/repairs', report(world, { title: `杀进程 ${Math.floor(random() * 1e9)}` }));
      if (made.status !== 201) return;
      if (random() < 0.5) await write(`/api/v1/repairs/${made.body.id}/actions/accept`, {});
    }
  } catch { /* the connection broke: what was open is not acknowledged */ }
}

test(`after ${ROUNDS} kills every acknowledged write is there, once`, { timeout: 300_000 + ROUNDS * 10_000 }, async () => {
  const { desk } = world.as;
  const numbers = new Set();
  let acknowledged = 0, unknown = 0;

  await world.server.stop();
  for (let round = 0; round < ROUNDS; round++) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const done = [], open = new Map();
    let server = await serve(world.folder);
    const writers = Array.from({ length: WRITERS }, () => writer(server, agent, desk, done, open));
    const long = Date.now() + 5000;
    while (round % 2 === 0 && done.length < WRITERS && Date.now() < long) await sleep(5); /* every other one in the thick of it, however slow the machine */
    await sleep(20 + random() * 180);
    server.process.kill('SIGKILL');
    await Promise.all(writers);
    await server.ended;
    agent.destroy();

    server = await serve(world.folder);
    const headers = { Authorization: `Bearer ${desk.token}`, 'Content-Type': 'application/json' };
    for (const { key, path, body, answer } of done) {
      assert.ok([200, 201].includes(answer.status), `seed ${seed}: ${answer.status} ${answer.text}`);
      const again = await send(server.port, 'POST', path, { headers: { ...headers, 'Idempotency-Key': key }, body: JSON.stringify(body) });
      assert.equal(again.text, answer.text, `seed ${seed}, round ${round}: the stored answer is the acknowledged one`);
    }
    for (const { path, answer } of done.filter((one) => one.path === '/api/v1/repairs')) {
      assert.ok(!numbers.has(answer.body.no), `seed ${seed}: the number ${answer.body.no} was given twice`);
      numbers.add(answer.body.no);
      const now = await send(server.port, 'GET', `${path}/${answer.body.id}`, { headers });
      assert.equal(now.status, 200, `seed ${seed}, round ${round}: ${answer.body.no} is gone`);
      assert.equal(now.body.title, answer.body.title);
    }
    for (const [key, { path, body }] of open) { /* sent, never answered: done now or then, never twice */
      const first = await send(server.port, 'POST', path, { headers: { ...headers, 'Idempotency-Key': key }, body: JSON.stringify(body) });
      const second = await send(server.port, 'POST', path, { headers: { ...headers, 'Idempotency-Key': key }, body: JSON.stringify(body) });
      assert.ok([200, 201].includes(first.status), `seed ${seed}, round ${round}: ${first.status} ${first.text}`);
      assert.equal(second.text, first.text);
      if (path === '/api/v1/repairs') {
        const same = await send(server.port, 'GET', `/api/v1/repairs?filter[title]=${encodeURIComponent(body.title)}&count=true`, { headers });
        assert.equal(same.body.count, 1, `seed ${seed}, round ${round}: done ${same.body.count} times`);
        numbers.add(first.body.no);
      }
      unknown++;
    }
    acknowledged += done.length;
    await server.stop(random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
    if (round % 20 === 19 || round === ROUNDS - 1) {
      const check = anju(['check', '--data', world.folder]);
      assert.equal(check.code, 0, `seed ${seed}, round ${round}: ${check.out}${check.err}`);
    }
  }
  assert.ok(acknowledged > ROUNDS, `only ${acknowledged} writes in ${ROUNDS} rounds: the load was too small to tell anything`);
  console.log(`# ${ROUNDS} kills, ${acknowledged} acknowledged writes, ${unknown} unanswered ones`);
  await world.start();
});
