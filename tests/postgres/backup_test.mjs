/* backup_test.mjs: the backup of a house whose database is on a server: made while others write, whole or not there at all, and
 * restored into an empty database or not at all. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, anju, binary, dropData, environmentOf, isDone, makeDatabase, openWorld, owner, ownerUrlOf, psql, report, serve } from '../api/world.mjs';

/* Everything here comes as the owner: pg_dump does not read behind the tests' witness. */
const RESOURCES = ['houses', 'parties', 'repairs', 'users', 'projects'];
let world, backup;
const backUp = (to, env = {}) => anju(['backup', '--data', world.folder, '--to', to], { env: { ANJU_DATABASE: ownerUrlOf(world.folder), ...env } });
const restore = (from, folder, env = {}) => anju(['restore', '--from', from, '--data', folder], { env: { ANJU_DATABASE: ownerUrlOf(folder), ANJU_TEST_WITNESS: undefined, ...env } });
const tablesIn = (folder) => psql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'", folder);
function fresh(name) {
  const folder = path.join(world.home, name);
  makeDatabase(folder);
  return folder;
}

before(async () => { world = await openWorld(); backup = path.join(world.home, 'house.bak'); });
after(() => world.close());

describe('a backup', () => {
  test('is made while others write, and holds what was acknowledged before it', async () => {
    const photo = await world.as.desk.photo(), made = [];
    for (let i = 0; i < 20; i++) made.push((await world.as.desk.make('repairs', report(world, { title: `备份前 ${i}`, ...(i === 0 && { photos: [photo] }) }))).id);
    let going = true;
    const writing = (async () => { for (let i = 0; going; i++) await world.as.desk.make('repairs', report(world, { title: `备份时 ${i}` })); })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const child = spawn(binary, ['backup', '--data', world.folder, '--to', backup],
      { env: { ...environmentOf(world.folder), ANJU_DATABASE: ownerUrlOf(world.folder) }, stdio: ['ignore', 'pipe', 'pipe'] });
    const code = await new Promise((resolve) => child.on('close', resolve));
    going = false;
    await writing;
    assert.equal(code, 0);
    assert.equal(fs.statSync(backup).mode & 0o777, 0o600);
    assert.deepEqual(fs.readdirSync(world.home).sort(), ['data', 'house.bak'], 'nothing else is left');
    const folder = fresh('restored'), done = restore(backup, folder);
    assert.equal(done.code, 0, done.err);
    assert.ok(done.out.includes(`\n  anju check --data ${folder} --database URL\n`), done.out); /* what is to be proved yet */
    assert.ok(!fs.existsSync(path.join(folder, 'anju.dump')));
    const check = anju(['check', '--data', folder], { env: { ANJU_DATABASE: ownerUrlOf(folder) } });
    assert.equal(check.code, 0, check.out + check.err);
    const server = await serve(folder, { env: { ANJU_DATABASE: ownerUrlOf(folder) } }), desk = new Client(server, world.tokens.desk);
    for (const id of made) assert.equal((await desk.read(`repairs/${id}`)).id, id);
    assert.ok((await desk.get(`files/${photo}`)).raw.length > 100);
    isDone(await desk.post('repairs', report(world)), 201);
    await server.stop();
    dropData(folder);
  });

  test('restored, every resource is exported as it was; its settings, which may name the old database, are set aside', () => {
    const to = path.join(world.home, 'quiet.bak'), folder = fresh('same'), conf = path.join(world.folder, 'anju.conf');
    fs.writeFileSync(conf, 'workers = 3\n');
    assert.equal(backUp(to).code, 0);
    fs.rmSync(conf);
    assert.equal(restore(to, folder).code, 0);
    assert.equal(fs.readFileSync(path.join(folder, 'anju.conf.restored'), 'utf8'), 'workers = 3\n');
    assert.ok(!fs.existsSync(path.join(folder, 'anju.conf')));
    for (const resource of RESOURCES) {
      const [was, is] = [world.folder, folder].map((one) => anju(['export', '--data', one, '--org', '物业公司', resource], { env: { ANJU_DATABASE: ownerUrlOf(one) } }));
      assert.equal(was.code, 0, was.err);
      assert.equal(is.out, was.out, resource);
    }
    dropData(folder);
  });

  test('never takes the place of another file', () => {
    const done = backUp(backup);
    assert.equal(done.code, 1);
    assert.match(done.err, /exists already/);
  });

  test('damaged anywhere, it is refused, and nothing is left', { timeout: 120_000 }, () => {
    const bytes = fs.readFileSync(backup), bad = path.join(world.home, 'bad.bak'), folder = fresh('bad');
    for (let i = 0; i < 40; i++) {
      const at = Math.floor(((i + 0.5) / 40) * bytes.length), copy = Buffer.from(bytes);
      copy[at] ^= 1 << (i % 8);
      fs.writeFileSync(bad, i % 10 === 9 ? bytes.subarray(0, at) : copy);
      const done = restore(bad, folder);
      assert.equal(done.code, 1, `byte ${at}: ${done.out}`);
      assert.ok(!fs.existsSync(folder) && tablesIn(folder) === '0', `byte ${at}`);
    }
    assert.deepEqual(fs.readdirSync(world.home).filter((name) => name.startsWith('bad')), ['bad.bak']);
    fs.rmSync(bad);
    dropData(folder);
  });

  test('a database in use is left as it is, and so is a folder', () => {
    const folder = path.join(world.home, 'other');
    const used = restore(backup, folder, { ANJU_DATABASE: ownerUrlOf(world.folder) });
    assert.equal(used.code, 1);
    assert.match(used.err, /in use already/);
    assert.ok(!fs.existsSync(folder));
    assert.match(restore(backup, world.folder).err, /exists already/);
  });

  test('one of a folder is not for a server, and the other way round', () => {
    const own = { ANJU_DATABASE: undefined, ANJU_TEST_WITNESS: undefined }, house = path.join(world.home, 'own'), file = path.join(world.home, 'own.bak'), folder = fresh('wrong');
    assert.equal(anju(['init', '--data', house, '--password', 'adminadmin'], { env: own }).code, 0);
    assert.equal(anju(['backup', '--data', house, '--to', file], { env: own }).code, 0);
    const there = restore(file, folder), here = anju(['restore', '--from', backup, '--data', folder], { env: own });
    assert.deepEqual([there.code, here.code], [1, 1]);
    assert.match(there.err, /in its folder: restore it without --database/);
    assert.match(here.err, /name an empty one with --database/);
    assert.ok(!fs.existsSync(folder) && tablesIn(folder) === '0');
    dropData(folder);
  });
});

describe('the programs that it calls', () => {
  /* Stands before the real one in PATH. */
  function stub(name, script) {
    const folder = fs.mkdtempSync(path.join(world.home, 'bin-'));
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${folder}:${process.env.PATH}` };
  }

  test('see the password in their environment alone', () => {
    const seen = path.join(world.home, 'seen'), secret = 'geheim-0815';
    const env = stub('pg_dump', `echo "$*" >${seen}; echo "$PGUSER $PGPASSWORD $PGDATABASE" >>${seen}; printf "pg_dump: warning: x\\npg_dump: error: it says so\\nDETAIL: a row\\n" >&2; exit 3`);
    const done = backUp(path.join(world.home, 'none.bak'), { ...env, ANJU_DATABASE: ownerUrlOf(world.folder).replace('@', `:${secret}@`) });
    const [args, given] = fs.readFileSync(seen, 'utf8').split('\n');
    assert.equal(done.code, 1);
    assert.match(done.err, /pg_dump did not succeed: pg_dump: error: it says so\n/);
    assert.ok(!done.err.includes('a row'));
    assert.ok(!args.includes(secret) && !done.err.includes(secret) && !done.out.includes(secret));
    assert.match(given, new RegExp(`^${owner} ${secret} anju_`));
  });

  test('killed half-way, nothing has the backup\'s name', () => {
    const done = backUp(path.join(world.home, 'none.bak'), stub('pg_dump', 'kill -9 $$'));
    assert.equal(done.code, 1);
    assert.match(done.err, /signal 9/);
    assert.deepEqual(fs.readdirSync(world.home).filter((name) => name.startsWith('none')), []);
  });

  test('that fail while restoring leave an empty database', () => {
    const folder = fresh('broken');
    const done = restore(backup, folder, stub('pg_restore', 'exit 1'));
    assert.equal(done.code, 1);
    assert.ok(!fs.existsSync(folder) && tablesIn(folder) === '0');
    dropData(folder);
  });

  test('a pooler\'s address is refused', () => {
    const done = backUp(path.join(world.home, 'none.bak'), { ANJU_DATABASE: `${ownerUrlOf(world.folder)}&pool=transaction` });
    assert.equal(done.code, 1);
    assert.match(done.err, /the server's own address/);
  });
});

test('nobody there', () => {
  const done = backUp(path.join(world.home, 'none.bak'), { ANJU_DATABASE: 'postgresql://u:geheim@127.0.0.1:1/d' });
  assert.equal(done.code, 1);
  assert.match(done.err, /cannot connect/);
  assert.ok(!done.err.includes('geheim'));
});
