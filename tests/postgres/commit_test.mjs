/* commit_test.mjs: the connection breaks while a write is committed. A proxy before the server lets a chosen COMMIT through, or not, and drops
 * what is said of it. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, anju, environmentOf, hold, isDone, isProblem, openWorld, ownerUrlOf, psql, report, serve, sleep, until } from '../api/world.mjs';

const COMMIT = Buffer.from('COMMIT\0'); /* in the question and in its answer */
const SOCKET = '.s.PGSQL.5432';

/* A server's socket in `folder`, before the one in `real`. `arm` names what the next transaction to be cut holds, and what is cut:
 *   answer    the server has committed, nothing of that is told
 *   question  the COMMIT does not reach it
 *   end       that it has committed is told, and no more
 *   client    the server has the COMMIT and goes on, whatever it waits for; only the client is gone
 * From then on nobody is let in until `open()`. */
function proxy(folder, real) {
  const all = new Set(), self = { cut: 0, refused: 0 };
  let marker = null, how = null, closed = false;
  const cut = () => { marker = null; closed = true; self.cut++; for (const one of all) one.destroy(); };
  const left = new Set(); /* connections to the server that nobody reads any more */
  const server = net.createServer((client) => {
    if (closed) { self.refused++; client.destroy(); return; }
    const behind = net.connect(path.join(real, SOCKET));
    let mine = false, commits = false;
    all.add(client);
    client.on('data', (data) => {
      mine ||= marker !== null && data.includes(marker);
      commits ||= mine && data.includes(COMMIT);
      if (commits && how === 'question') { behind.write(data.subarray(0, data.lastIndexOf('P', data.indexOf(COMMIT)))); cut(); }
      else behind.write(data);
      if (commits && how === 'client') { left.add(behind); cut(); }
    });
    behind.on('data', (data) => {
      const at = commits && marker !== null ? data.indexOf(COMMIT) : -1;
      if (at < 0) { if (!client.destroyed) client.write(data); return; }
      if (how === 'answer') { cut(); return; }
      all.delete(client);
      client.end(data.subarray(0, at + COMMIT.length));
      cut();
    });
    client.on('close', () => { all.delete(client); if (!left.has(behind)) behind.destroy(); });
    behind.on('close', () => client.destroy());
    for (const one of [client, behind]) one.on('error', () => {});
  });
  return Object.assign(self, {
    listen: () => new Promise((resolve) => server.listen(path.join(folder, SOCKET), resolve)),
    arm: (words, what) => { marker = Buffer.from(words); how = what; },
    open: () => { closed = false; },
    close: () => { for (const one of [...all, ...left]) one.destroy(); server.close(); },
  });
}

let world, server, desk, way;
before(async () => {
  world = await openWorld();
  const folder = fs.mkdtempSync(path.join(world.home, 'proxy-')), url = environmentOf(world.folder).ANJU_DATABASE;
  way = proxy(folder, /host=([^&]*)/.exec(url)[1]);
  await way.listen();
  server = await serve(world.folder, { flags: ['--database', url.replace(/host=[^&]*/, `host=${folder}`)] });
  desk = new Client(server, world.tokens.desk);
});
after(async () => {
  await server.stop();
  way.close();
  await world.close();
});

const rows = (title) => psql(`SELECT count(*) FROM repair WHERE title = '${title}'`, world.folder);
/* Also a connection that nobody else could be made for a moment ago is tried again. */
const isBack = async () => {
  await sleep(600);
  await until(async () => (await desk.post('repairs', report(world, { title: 'again' }))).status === 201, 'service', 12_000);
};

describe('a connection that is lost while it commits', () => {
  test('the answer is lost: its events tell that it was done, and it is done once', async () => {
    way.arm('ANSWER-LOST', 'answer');
    const asked = desk.post('repairs', report(world, { title: 'ANSWER-LOST' }));
    await until(() => way.refused > 0, 'a look');
    way.open();
    isDone(await asked, 201);
    assert.equal(rows('ANSWER-LOST'), '1');
    await isBack();
  });

  test('the question is lost: it was not done, and is done anew', async () => {
    const before_ = way.cut;
    way.arm('QUESTION-LOST', 'question');
    const asked = desk.post('repairs', report(world, { title: 'QUESTION-LOST' }));
    await until(() => way.cut > before_, 'the cut');
    assert.equal(rows('QUESTION-LOST'), '0');
    way.open();
    isDone(await asked, 201);
    assert.equal(rows('QUESTION-LOST'), '1');
    await isBack();
  });

  /* It would be there twice, if the server still did what it has been given up for. */
  test('the server still stands before it, and gets to it when it was given up and done anew: it is done once', { timeout: 30_000 }, async () => {
    const standing = () => Number(psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'anju' AND wait_event_type = 'Lock'", world.folder));
    const other = hold(ownerUrlOf(world.folder), 'LOCK TABLE clock IN SHARE MODE'), before_ = way.cut;
    await other.held;
    way.arm('CLIENT-LOST', 'client');
    const asked = desk.post('repairs', report(world, { title: 'CLIENT-LOST' }));
    try {
      await until(() => way.cut > before_, 'the cut');
      way.open();
      await until(() => standing() === 2, 'the lost one and the one anew', 10_000);
    } finally {
      await other.end();
    }
    isDone(await asked, 201);
    await until(() => standing() === 0, 'the end of the lost one');
    assert.equal(rows('CLIENT-LOST'), '1');
    assert.ok(psql("SELECT count(*) FROM event WHERE action = 'given_up'", world.folder) >= 1);
    await isBack();
    const checked = anju(['check', '--data', world.folder]);
    assert.equal(checked.code, 0, checked.out + checked.err);
  });

  test('what the server has said to be committed is, though nothing more comes', async () => {
    const before_ = way.cut;
    way.arm('END-LOST', 'end');
    isDone(await desk.post('repairs', report(world, { title: 'END-LOST' })), 201);
    assert.equal(way.cut, before_ + 1);
    assert.equal(rows('END-LOST'), '1');
    way.open();
    await isBack();
  });

  test('nobody tells for ten seconds: it is not done a second time, the answer says that it may be saved, the key tells', { timeout: 40_000 }, async () => {
    const headers = { 'idempotency-key': randomUUID() }, body = report(world, { title: 'NOBODY-TELLS' });
    way.arm('NOBODY-TELLS', 'answer');
    const asked = desk.post('repairs', body, headers);
    await until(() => server.err().includes("a commit's outcome could not be found out"), 'the end of looking', 20_000);
    way.open(); /* just now: a further try would find the server */
    const answer = await asked;
    assert.equal(rows('NOBODY-TELLS'), '1');
    isProblem(answer, 503, 'unavailable');
    assert.match(answer.body.title, /may or may not have been saved/);
    assert.match(answer.headers['retry-after'], /^\d+$/);
    await isBack();
    isDone(await desk.post('repairs', body, headers), 201);
    assert.equal(rows('NOBODY-TELLS'), '1');
  });
});
