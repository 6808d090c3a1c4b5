/* disk_test.mjs: a full disk and a sync that fails. A write is answered 503 and leaves nothing; reads go on; when there is room
 * again, writing goes on without a restart. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { anju, Client, isProblem, openWorld, report, root, serve } from '../api/world.mjs';

const closers = [];
after(async () => { for (const close of closers.reverse()) await close(); });

/* The world's folder on a file system of a few megabytes; null where mounting is not allowed. */
async function smallDisk(world, megabytes) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-small-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', place]).status !== 0) return null;
  closers.push(() => { spawnSync('umount', ['-l', place]); fs.rmSync(place, { recursive: true, force: true }); });
  await world.server.stop();
  const folder = path.join(place, 'data');
  fs.cpSync(world.folder, folder, { recursive: true });
  return { place, folder };
}

function clientOf(server, token) {
  return new Client({ port: server.port }, token);
}

test('a full disk: 503, nothing half-done, and on again when there is room', async (t) => {
  const world = await openWorld();
  closers.push(() => world.close());
  const disk = await smallDisk(world, 24);
  if (disk === null) { await world.start(); return t.skip('mounting a small file system is not allowed here'); }
  const server = await serve(disk.folder);
  const desk = clientOf(server, world.tokens.desk);
  const filler = path.join(disk.place, 'filler');
  let made = 0, refused = 0;

  const free = fs.statfsSync(disk.place);
  fs.writeFileSync(filler, Buffer.alloc(Math.max(0, Number(free.bavail) * Number(free.bsize) - 600_000)));
  for (let i = 0; i < 400 && refused < 5; i++) {
    const answer = await desk.post('repairs', report(world, { title: `磁盘 ${i}`, description: '满'.repeat(1900) }));
    if (answer.status === 201) { made++; continue; }
    isProblem(answer, 503, 'unavailable');
    refused++;
  }
  assert.ok(made > 0, 'there was room at first');
  assert.equal(refused, 5, 'the disk was full at last');
  const seen = await desk.get('repairs?limit=1&count=true&filter[title][like]=%E7%A3%81%E7%9B%98');
  assert.equal(seen.status, 200, 'reading goes on');
  assert.equal(seen.body.count, made, 'what was refused left nothing');
  fs.rmSync(filler);
  const answer = await desk.post('repairs', report(world, { title: '磁盘有空了' }));
  assert.equal(answer.status, 201, 'there is room again');
  await server.stop();
  const check = anju(['check', '--data', disk.folder]);
  assert.equal(check.code, 0, check.out + check.err);
  await world.start();
});

test('a folder that cannot be written in: it says so and ends; a running office goes on reading', async (t) => {
  const world = await openWorld();
  closers.push(() => world.close());
  const disk = await smallDisk(world, 24);
  if (disk === null) { await world.start(); return t.skip('mounting a small file system is not allowed here'); }
  const remount = (how) => assert.equal(spawnSync('mount', ['-o', `remount,${how}`, disk.place]).status, 0);
  remount('ro');
  const ended = await serve(disk.folder).then(() => null, (error) => error);
  assert.equal(ended?.code, 1, 'it does not start');
  assert.ok(ended.err.includes(disk.folder), ended.err);
  const made = anju(['init', '--data', path.join(disk.place, 'other'), '--password', 'correct horse battery']);
  assert.equal(made.code, 1, made.out + made.err);
  assert.ok(made.err.includes(disk.place), made.err);
  remount('rw');
  const server = await serve(disk.folder), desk = clientOf(server, world.tokens.desk);
  assert.equal((await desk.post('repairs', report(world))).status, 201, 'it can be written in again');
  await server.stop();
  await world.start();
});

test('a sync that fails: no write is acknowledged, and none that was is lost', async (t) => {
  if ((process.env.ANJU ?? '').includes('/asan/') || (process.env.ANJU ?? '').includes('/tsan/'))
    return t.skip('the sanitizers must be the first library');
  const world = await openWorld();
  closers.push(() => world.close());
  const library = path.join(world.home, 'preload.so'), failing = path.join(world.home, 'failing');
  assert.equal(spawnSync('cc', ['-shared', '-fPIC', '-D_GNU_SOURCE', '-o', library, path.join(root, 'tests/torture/preload.c'), '-ldl']).status, 0);
  await world.server.stop();
  let server = await serve(world.folder, { env: { LD_PRELOAD: library, FAIL_SYNC_WHILE: failing } });
  let desk = clientOf(server, world.tokens.desk);

  const before = await desk.post('repairs', report(world, { title: '同步正常' }));
  assert.equal(before.status, 201);
  fs.writeFileSync(failing, '');
  const during = await desk.post('repairs', report(world, { title: '同步失败' }));
  isProblem(during, 503, 'unavailable');
  fs.rmSync(failing);
  const later = await desk.post('repairs', report(world, { title: '同步恢复' }));
  assert.equal(later.status, 201, 'it goes on when the disk does');
  await server.stop('SIGKILL');
  server = await serve(world.folder);
  desk = clientOf(server, world.tokens.desk);
  for (const { body } of [before, later]) assert.equal((await desk.get(`repairs/${body.id}`)).status, 200);
  await server.stop();
  const check = anju(['check', '--data', world.folder]);
  assert.equal(check.code, 0, check.out + check.err);
  await world.start();
});

test('the log of writes stays bounded, also while somebody listens and reads', async () => {
  const world = await openWorld();
  closers.push(() => world.close());
  const { desk } = world.as;
  const pages = async () => Number(/^anju_wal_pages (\d+)$/m.exec(await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text())[1]);
  const stream = await fetch(`http://127.0.0.1:${world.port}/api/v1/events`, { headers: { Authorization: `Bearer ${world.tokens.desk}` } });
  let most = 0;

  for (let i = 0; i < 30; i++) {
    const answers = await Promise.all(Array.from({ length: 64 }, (_, k) => desk.post('repairs', report(world, { title: `日志 ${i} ${k}`, description: '长'.repeat(1500) }))));
    assert.ok(answers.every((answer) => answer.status === 201));
    await desk.get('repairs?limit=500');
    most = Math.max(most, await pages());
  }
  await stream.body.cancel();
  assert.ok(most < 16_000, `${most} pages of 8 kB`);
});
