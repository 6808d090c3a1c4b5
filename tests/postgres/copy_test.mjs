/* copy_test.mjs: a community moves from its folder to a server, whole or not at all: broken off anywhere it goes on, and what is
 * not the same is found. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, anju, bareFolder, binary, dropData, environmentOf, isDone, makeDatabase, psql, serve, until } from '../api/world.mjs';

const EMBEDDED = { ANJU_DATABASE: undefined, ANJU_TEST_WITNESS: undefined, ANJU_TEST_PARTITIONS: undefined };
const PARTS = { ANJU_TEST_PARTITIONS: process.env.ANJU_TEST_PARTITIONS }; /* the tables are made as `anju init` makes them */
const SMALL = { ANJU_TEST_COPY_ROWS: '1' }; /* a row a transaction */
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-')), source = path.join(home, 'source'), made = [source];
after(() => { for (const folder of made) dropData(folder); fs.rmSync(home, { recursive: true, force: true }); });

/* The community in its folder, with an empty database beside it. */
function place(name) {
  const folder = path.join(home, name);
  fs.cpSync(source, folder, { recursive: true });
  made.push(folder);
  makeDatabase(folder);
  return folder;
}
const urlOf = (folder) => environmentOf(folder).ANJU_DATABASE;
const copy = (folder, env = {}, to = urlOf(folder)) => anju(['copy', '--from', folder, '--to', to], { env: { ...PARTS, ...env } });
const embedded = (args) => anju(args, { env: EMBEDDED });
/* How many rows a copy has brought, of all tables or one; null when none is under way. */
function copied(folder, table) {
  if (psql("SELECT to_regclass('copy_progress') IS NOT NULL", folder) === 'f') return null;
  return Number(psql(`SELECT sum(rows) FROM copy_progress ${table ? `WHERE name = '${table}'` : ''}`, folder));
}
const summary = (done) => /copied: (\d+).* tables, (\d+).* rows/.exec(done.out)?.slice(1).map(Number);

/* A copy beside the test, in small pieces: kill(), ended: { code, signal, out, err }. */
function start(folder, env = SMALL) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANJU')));
  const child = spawn(binary, ['copy', '--from', folder, '--to', urlOf(folder)], { env: { ...clean, ...PARTS, ...env, LC_ALL: 'en_US.UTF-8' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { err += part; });
  return { kill: () => child.kill('SIGKILL'), ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err }))) };
}
/* Kills a copy that has brought at least so many rows. */
async function breakOff(folder, rows, table) {
  const run = start(folder);
  await until(() => (copied(folder, table) ?? 0) >= rows, 'the first rows', 20_000);
  run.kill();
  assert.equal((await run.ended).signal, 'SIGKILL', 'it was not done yet');
}

let whole; /* what a copy in one go says */
function isWhole(folder, done) {
  assert.equal(done.code, 0, done.err);
  assert.deepEqual(summary(done), whole);
  assert.equal(copied(folder), null, 'nothing is left of the copying');
  const checked = anju(['check', '--data', folder]);
  assert.equal(checked.code, 0, checked.out + checked.err);
  assert.equal(checked.out, embedded(['check', '--data', folder]).out);
  assert.equal(anju(['migrate', '--data', folder, '--dry-run']).out, '', 'no index and no reference is missing');
}

let token, names; /* of a log-in before any copy; of every resource */
before(async () => {
  const demo = embedded(['demo', '--data', source, '--homes', '60', '--days', '30', '--password', 'demo12345']);
  assert.equal(demo.code, 0, demo.err);
  const server = await serve(source, { env: EMBEDDED });
  token = isDone(await new Client(server, null).post('session', { login: 'desk1', password: 'demo12345' })).token;
  const admin = new Client(server, isDone(await new Client(server, null).post('session', { login: 'admin', password: 'demo12345' })).token);
  names = (await admin.read('meta')).resources.map((one) => one.name);
  await server.stop();
});

describe('a copy in one go', () => {
  let folder, server, desk;
  before(() => { folder = place('whole'); });
  after(() => server?.stop());

  test('says what it has done and what comes next', () => {
    const before_bytes = fs.readFileSync(path.join(folder, 'anju.db'));
    const done = copy(folder);
    assert.equal(done.code, 0, done.err);
    for (const line of done.err.split('\n').filter(Boolean)) assert.match(line, / info (copying|copied|comparing)/, 'nothing but how far it has come, where it takes long');
    whole = summary(done);
    assert.equal(whole[0], Number(psql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition", folder)));
    assert.ok(whole[1] > 2000, `${whole[1]} rows`);
    assert.match(done.out, new RegExp(`^ {2}anju check --data ${folder} --database URL\n {2}anju serve --data ${folder} --database URL$`, 'm'));
    assert.deepEqual(fs.readFileSync(path.join(folder, 'anju.db')), before_bytes, 'the source is as it was');
  });

  test('run once more, as behind a last answer that was lost, it finds all equal and says the same', () => {
    const rows = psql('SELECT count(*) FROM event', folder), again = copy(folder);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(summary(again), whole);
    assert.equal(psql('SELECT count(*) FROM event', folder), rows);
  });

  test('is sound, with every index and reference', () => {
    const checked = anju(['check', '--data', folder]);
    assert.equal(checked.code, 0, checked.out + checked.err);
    assert.equal(checked.out, embedded(['check', '--data', folder]).out);
    assert.equal(anju(['migrate', '--data', folder, '--dry-run']).out, '');
    assert.equal(psql('SELECT count(*) FROM pg_constraint WHERE NOT convalidated', folder), '0');
    const fresh = bareFolder(fs.mkdtempSync(path.join(home, 'fresh-')));
    const objects = `SELECT c.relname || ' ' || CAST(c.relkind AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
      UNION SELECT conname || ' ' || CAST(contype AS text) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' ORDER BY 1`;
    assert.equal(psql(objects, folder), psql(objects, fresh.folder), 'as a database that was made there');
    fresh.remove();
  });

  test('every resource is exported with the same bytes, before a server lives on with it', () => {
    let count = 0;
    for (const name of names) {
      const here = embedded(['export', '--data', folder, name]), there = anju(['export', '--data', folder, name]);
      assert.deepEqual([there.code, there.out], [here.code, here.out], name);
      count += here.code === 0 && here.out.split('\n').length > 2;
    }
    assert.ok(count >= 8 && names.includes('repairs'), `${count} with rows of ${names}`);
  });

  test('people log in, and a log-in from before is still good', async () => {
    server = await serve(folder);
    desk = new Client(server, isDone(await new Client(server, null).post('session', { login: 'desk1', password: 'demo12345' })).token);
    assert.equal((await new Client(server, token).get('me')).body.user.login, 'desk1');
  });

  test('a repair is reported on it, goes its way, and search finds old and new', async () => {
    const old = (await desk.read('repairs?limit=1&sort=created_at')).items[0];
    assert.ok((await desk.read(`search?q=${encodeURIComponent(old.no)}`)).items.some((one) => one.id === old.id), 'by its number');
    assert.ok((await desk.read(`repairs?q=${encodeURIComponent(old.title.slice(0, 4))}`)).items.some((one) => one.title.includes(old.title.slice(0, 4))), 'by its words');
    const house = (await desk.read('houses?limit=50')).items.find((one) => one.parties.length > 0);
    const repair = await desk.make('repairs', { house: house.id, reporter: house.parties[0].party, category: 'water.tap', title: '搬家之后水管漏水' });
    assert.equal((await desk.did('repairs', repair.id, 'accept')).state, 'accepted');
    assert.ok((await desk.read(`repairs?q=${encodeURIComponent('搬家之后')}`)).items.some((one) => one.id === repair.id));
    assert.equal(anju(['check', '--data', folder]).code, 0);
  });

  test('a second copy onto it is refused, and leaves it as it is', async () => {
    await server.stop(); /* it does things by itself */
    const tables = "SELECT count(*) FROM pg_class WHERE relkind = 'r'", here = [psql(tables, folder), psql('SELECT count(*) FROM event', folder)];
    const done = copy(place('second'), {}, urlOf(folder));
    assert.equal(done.code, 1);
    assert.match(done.err, /has tables already and was left as it is/, 'work has been done on it since');
    assert.deepEqual([psql(tables, folder), psql('SELECT count(*) FROM event', folder)], here);
  });
});

describe('a copy that is broken off', () => {
  test('by kills at any moment: it goes on, and ends as in one go', async () => {
    const folder = place('killed'), from = Date.now();
    let done = await start(folder).ended, reached = 0;
    const span = Date.now() - from; /* of all its parts on this machine */
    for (let kills = 0; kills < Number(process.env.ANJU_KILLS ?? 4);) {
      if (done !== null) { /* one that came through: a new one is begun */
        isWhole(folder, done);
        dropData(folder);
        makeDatabase(folder);
        reached = 0;
      }
      const run = start(folder);
      await sleep(Math.random() * span);
      run.kill();
      const end = await run.ended;
      done = end.signal === null ? end : null;
      if (done !== null) continue;
      const now = copied(folder) ?? reached; /* null: before the first transaction, or behind the last */
      assert.ok(now >= reached, 'no kill takes away what was there');
      reached = now;
      kills++;
    }
    isWhole(folder, copy(folder));
  });

  test('behind the rows, while indexes are made', async () => {
    const folder = place('indexes'), run = start(folder, {});
    await until(() => psql("SELECT count(*) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND NOT indisprimary", folder) !== '0', 'an index');
    run.kill();
    assert.equal((await run.ended).signal, 'SIGKILL');
    isWhole(folder, copy(folder));
  });

  test('until then nobody opens the database', async () => {
    const folder = place('unfinished');
    await breakOff(folder, 50);
    for (const args of [['serve', '--listen', '127.0.0.1:0'], ['check'], ['migrate'], ['migrate', '--dry-run'], ['user', 'list']]) {
      const done = anju([...args, '--data', folder]);
      assert.equal(done.code, 1, args.join(' '));
      assert.match(done.err, /has not been finished: run anju copy again/);
    }
    const init = anju(['init', '--data', path.join(home, 'never'), '--database', urlOf(folder), '--password', 'adminadmin']);
    assert.equal(init.code, 1, init.err);
    assert.ok(!fs.existsSync(path.join(home, 'never')));
  });

  test('by the server, which crashes: it says so, and goes on when the server is back', async () => {
    const folder = place('crashed'), run = start(folder);
    await until(() => copied(folder) >= 50, 'the first rows', 20_000);
    assert.equal(spawnSync(process.env.ANJU_TEST_PG_CTL, ['kill']).status, 0);
    const end = await run.ended;
    const away = copy(folder);
    assert.equal(spawnSync(process.env.ANJU_TEST_PG_CTL, ['start']).status, 0);
    assert.deepEqual([end.code, away.code], [1, 1]);
    assert.match(end.err, /; run it again, and it goes on$/m);
    assert.match(away.err, /cannot connect to the database/);
    isWhole(folder, copy(folder));
  });

  test('by a connection that is cut', async () => {
    const folder = place('cut'), run = start(folder);
    await until(() => copied(folder) >= 50, 'the first rows', 20_000);
    psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'anju' AND datname = current_database()", folder);
    const end = await run.ended;
    assert.equal(end.code, 1);
    assert.match(end.err, /; run it again, and it goes on$/m);
    isWhole(folder, copy(folder));
  });

  test('and whose source has changed since: it is told, and nothing is taken', async () => {
    const folder = place('changed');
    await breakOff(folder, 3, 'event');
    const user = embedded(['user', 'add', '--data', folder, '--login', 'newcomer', '--role', 'desk', '--password', 'newcomer1']);
    assert.equal(user.code, 0, user.err);
    const done = copy(folder), reached = copied(folder);
    assert.equal(done.code, 1);
    assert.match(done.err, /has changed since the copy was broken off: drop the database/);
    assert.equal(copy(folder).code, 1);
    assert.equal(copied(folder), reached);
  });

  test('is not taken for that of another folder', async () => {
    const folder = place('mine'), other = path.join(home, 'stranger');
    await breakOff(folder, 50);
    assert.equal(spawnSync(binary, ['init', '--data', other, '--password', 'adminadmin'], { env: { PATH: process.env.PATH } }).status, 0);
    const done = copy(other, {}, urlOf(folder));
    assert.equal(done.code, 1);
    assert.match(done.err, /unfinished copy of another data folder/);
    isWhole(folder, copy(folder));
  });
});

test('what is not the same is found: a row that was changed on the server, a missing one, one too many', async () => {
  const folder = place('different');
  await breakOff(folder, 3, 'event');
  psql('CREATE SCHEMA kept; CREATE TABLE kept.event AS SELECT * FROM event WHERE n = 2', folder);
  for (const [fault, told, cure] of [
    ["UPDATE event SET action = action || 'x' WHERE n = 1", /^event: .* (\d+) rows in the folder, \1 in the database/m, "UPDATE event SET action = rtrim(action, 'x') WHERE n = 1"],
    ['DELETE FROM event WHERE n = 2', /^event: .*rows in the folder/m, 'INSERT INTO event SELECT * FROM kept.event'],
    ["INSERT INTO holiday (day, off, statutory) VALUES (1, 1, 1)", /^holiday: .*rows in the folder/m, 'DELETE FROM holiday WHERE day = 1']]) {
    psql(fault, folder);
    const done = copy(folder);
    assert.equal(done.code, 1, done.out);
    assert.match(done.out, told);
    assert.match(done.err, /tables that differ after the copy: 1,/);
    assert.match(anju(['check', '--data', folder]).err, /has not been finished/);
    psql(cure, folder);
  }
  isWhole(folder, copy(folder));
});

describe('what is refused', () => {
  test('wrong use', () => {
    for (const [args, told] of [[['--to', urlOf(source)], /--from/], [['--from', source], /--to/], [['--from', source, '--to', 'mysql://u:geheim@h/d'], /--to must be postgresql:/], [['--from', source, '--to', urlOf(source), '--data', source], /data/]]) {
      const done = anju(['copy', ...args], { env: EMBEDDED });
      assert.equal(done.code, 2, done.err);
      assert.match(done.err, told);
      assert.doesNotMatch(done.err, /geheim/);
    }
  });
  test('a folder without data; an address that leads nowhere, without its password', () => {
    assert.equal(copy(path.join(home, 'nowhere'), {}, urlOf(source)).code, 1);
    const done = copy(source, {}, 'postgresql://u:geheim@127.0.0.1:1/d');
    assert.equal(done.code, 1);
    assert.match(done.err, /cannot connect/);
    assert.doesNotMatch(done.out + done.err, /geheim/);
  });
  test('a folder that a server runs on', async () => {
    const folder = place('served'), server = await serve(folder, { env: EMBEDDED });
    const done = copy(folder);
    assert.equal(done.code, 1);
    assert.match(done.err, /in use by another anju/);
    assert.equal(psql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'", folder), '0');
    await server.stop();
  });
  test('a database where the user may make no tables, in the words of the server', () => {
    const folder = place('locked');
    psql('ALTER SCHEMA public OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM PUBLIC', folder);
    const done = copy(folder);
    assert.equal(done.code, 1);
    assert.match(done.err, /permission denied for schema public( \(.*\))?$/m, 'and not that it should be run again');
  });
  test('a text that the server does not take, and where it is', () => {
    const folder = place('zero'), db = new DatabaseSync(path.join(folder, 'anju.db'));
    assert.equal(db.prepare('UPDATE holiday SET zh = CAST(? AS TEXT) WHERE day = (SELECT min(day) FROM holiday)').run(Buffer.from([0x61, 0, 0x62])).changes, 1);
    db.close();
    const done = copy(folder);
    assert.equal(done.code, 1);
    assert.match(done.err, /invalid byte sequence for encoding "UTF8": 0x00 \(COPY holiday, line 1, column zh\)$/m);
  });
  test("a database with somebody else's table", () => {
    const folder = place('taken');
    psql('CREATE TABLE theirs (n int)', folder);
    const done = copy(folder);
    assert.equal(done.code, 1);
    assert.match(done.err, /has tables already/);
    assert.equal(psql("SELECT string_agg(relname, ',') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'", folder), 'theirs');
  });
});
