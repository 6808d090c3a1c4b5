/* faults_test.mjs: what a database can do to the program: each is told clearly, nothing acknowledged is lost, nothing is written
 * twice, and no password is printed. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, anju, dropData, environmentOf, isDone, isProblem, makeDatabase, openWorld, ownerUrlOf, psql, report, serve, until } from '../api/world.mjs';

const SECRET = 'geheim-4711';
let world, desk;
before(async () => { world = await openWorld(); desk = world.as.desk; });
after(() => world.close());

const sql = (text) => psql(text, world.folder);
const url = () => environmentOf(world.folder).ANJU_DATABASE;
const withPassword = (user) => url().replace(/^(\w+:\/\/)[^@]*@/, `$1${user}:${SECRET}@`);
const told = (database, command = 'check') => anju([command, '--data', world.folder, '--database', database]);
const endSessions = () => sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'anju' AND datname = current_database()");

/* psql beside the test, as the server's owner, a statement after the other. */
function session() {
  const child = spawn('psql', ['-X', '-q', '-A', '-t', '-d', ownerUrlOf(world.folder)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '', count = 0;
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { out += part; });
  const say = (text) => { child.stdin.write(`${text};\n\\echo done-${++count}\n`); return until(() => out.includes(`done-${count}`), text, 15_000); };
  return { say, send: (text) => child.stdin.write(`${text};\n`), out: () => out, end: () => new Promise((resolve) => { child.on('close', () => resolve(out)); child.stdin.end(); }) };
}

describe('an address that leads nowhere', () => {
  test('an unknown kind of database is wrong use', () => {
    for (const bad of [`mysql://u:${SECRET}@h/d`, 'sqlite:x', 'postgres']) {
      const done = told(bad);
      assert.equal(done.code, 2, done.err);
      assert.match(done.err, /postgresql:\/\//);
      assert.ok(!done.err.includes(SECRET));
    }
  });
  test('one that cannot be read is told in words that show nothing of it', () => {
    const half = SECRET.slice(-4);
    for (const bad of [`u:se%zz${SECRET}@h/d`, `u:${SECRET}@[::1]x/db`, `u:${SECRET}@[::1/db`, `u:${SECRET}/${half}@127.0.0.1:1/d`, `u:${SECRET}@${half}@127.0.0.1:1/d`,
      `u:1/${SECRET}@127.0.0.1:1/d`, `u:${SECRET}`, `u:1/${half}?${SECRET}@127.0.0.1:1/d`, `/d?host=127.0.0.1&password=x&${SECRET}=x`]) {
      const done = told(`postgresql://${bad}`);
      assert.equal(done.code, 2, `${bad}: ${done.err}`);
      assert.match(done.err, /--database: the address cannot be read; .*%40/);
      assert.ok(!`${done.out}${done.err}`.includes(SECRET) && !done.err.includes(half), done.err);
    }
    for (const fine of [`u:${SECRET.replace('-', '%40%2F%25')}@127.0.0.1:1/d?application_name=a@b/c`, `u:a?b:${SECRET}@127.0.0.1:1/d?pool=transaction`]) {
      const done = told(`postgresql://${fine}`);
      assert.equal(done.code, 1, done.err);
      assert.match(done.err, /cannot connect to the database/);
    }
  });
  /* Each command with what it needs beside the database; `made` is a folder that it must not leave behind. */
  const at = (name) => path.join(world.home, name);
  const commands = () => {
    const homes = at('homes.csv'), backup = at('server.bak');
    if (!fs.existsSync(backup)) {
      fs.writeFileSync(homes, '房号,建筑面积\n77-1-701,80\n');
      const done = anju(['backup', '--data', world.folder, '--to', backup], { env: { ANJU_DATABASE: ownerUrlOf(world.folder), ANJU_TEST_WITNESS: undefined } });
      assert.equal(done.code, 0, done.err);
    }
    const here = ['--data', world.folder], made = at('never');
    return { init: { made }, demo: { made }, restore: { made, args: ['--from', backup] }, serve: { args: [...here, '--listen', '127.0.0.1:0'] },
      import: { args: [...here, 'houses', homes] }, export: { args: [...here, 'houses'] }, check: { args: here }, backup: { args: [...here, '--to', at('none.bak')] },
      migrate: { args: here }, 'migrate --dry-run': { args: here }, 'user add': { args: [...here, '--login', 'new', '--role', 'desk'] }, 'user list': { args: here },
      'user passwd': { args: [...here, '--login', 'desk'] }, 'org add': { args: [...here, '--org', '又一家'] } };
  };
  for (const command of ['init', 'demo', 'serve', 'import', 'export', 'check', 'backup', 'restore', 'migrate', 'migrate --dry-run', 'user add', 'user list', 'user passwd', 'org add'])
    test(`anju ${command}: an unknown kind is exit 2, nobody there exit 1`, () => {
      const { made, args = [] } = commands()[command];
      for (const [bad, code, words] of [[`mysql://u:${SECRET}@h/d`, 2, /postgresql:\/\//], [`postgresql://u:${SECRET}@127.0.0.1:1/d`, 1, /cannot connect to the database/]]) {
        const done = anju([...command.split(' '), ...args, ...(made ? ['--data', made] : []), '--database', bad]);
        assert.equal(done.code, code, done.err);
        assert.match(done.err, words);
        assert.ok(!`${done.out}${done.err}`.includes(SECRET));
        assert.ok(!made || !fs.existsSync(made), 'nothing is left behind');
        assert.ok(!fs.existsSync(at('none.bak')));
      }
    });
  test('a wrong password', () => {
    const done = told(withPassword('anju_locked'));
    assert.equal(done.code, 1);
    assert.match(done.err, /password authentication failed for user "anju_locked"/);
    assert.ok(!done.err.includes(SECRET));
  });
  test('no such database', () => assert.match(told(url().replace(/\/anju_\w+\?/, '/anju_none?')).err, /database "anju_none" does not exist/));
  test('a database without a UTF-8 ctype', () => {
    psql("DROP DATABASE IF EXISTS anju_plain_c");
    psql("CREATE DATABASE anju_plain_c ENCODING 'UTF8' LC_CTYPE 'C' LC_COLLATE 'C' TEMPLATE template0");
    const folder = path.join(world.home, 'ctype');
    const done = anju(['init', '--data', folder, '--database', url().replace(/\/anju_\w+\?/, '/anju_plain_c?'), '--password', 'adminadmin']);
    assert.equal(done.code, 1);
    assert.match(done.err, /ctype C and needs a UTF-8 one/);
    assert.ok(!fs.existsSync(folder));
    psql('DROP DATABASE anju_plain_c');
  });
  test('a database that is in use already', () => {
    const folder = path.join(world.home, 'again');
    const done = anju(['init', '--data', folder, '--database', url(), '--password', 'adminadmin']);
    assert.equal(done.code, 1);
    assert.match(done.err, /in use already/);
    assert.ok(!fs.existsSync(folder));
  });
  test('a server that takes no more connections', () => {
    psql('ALTER ROLE anju_few CONNECTION LIMIT 2');
    const done = anju(['serve', '--data', world.folder, '--listen', '127.0.0.1:0', '--database', withPassword('anju_few').replace(`:${SECRET}`, '')]);
    assert.equal(done.code, 1, done.err);
    assert.match(done.err, /too many connections for role "anju_few"/);
  });
});

describe('where the database is named', () => {
  const nowhere = { ANJU_DATABASE: undefined };
  const run = (args, database = ['--database', url()]) => {
    const done = anju([...args, '--data', world.folder, ...database], { env: nowhere });
    assert.equal(done.code, 0, done.err);
    return done.out;
  };

  test('by the flag: export, import, user', () => {
    const homes = path.join(world.home, 'one.csv'), org = ['--org', '物业公司'];
    fs.writeFileSync(homes, '房号,建筑面积\n78-1-701,80\n');
    assert.match(run(['user', 'list', ...org]), /desk_lead/);
    run(['user', 'add', ...org, '--login', 'by_flag', '--role', 'region', '--password', 'by flag, by flag']);
    assert.equal(sql("SELECT count(*) FROM login WHERE login = 'by_flag'"), '1');
    run(['import', ...org, '--project', 'TYHY', 'houses', homes]);
    assert.equal(sql("SELECT count(*) FROM house WHERE no = '78-1-701'"), '1');
    assert.match(run(['export', ...org, 'houses']), /78-1-701/);
    assert.ok(!fs.existsSync(path.join(world.folder, 'anju.db')));
  });

  test('by the flag: demo', { timeout: 120_000 }, () => {
    const folder = path.join(world.home, 'shown');
    makeDatabase(folder);
    const done = anju(['demo', '--data', folder, '--homes', '10', '--days', '2', '--database', environmentOf(folder).ANJU_DATABASE], { env: nowhere, ms: 110_000 });
    assert.equal(done.code, 0, done.err);
    assert.ok(Number(psql('SELECT count(*) FROM house', folder)) >= 10);
    assert.ok(!fs.existsSync(path.join(folder, 'anju.db')));
    dropData(folder);
  });

  test('in anju.conf; the flag is stronger', () => {
    const conf = path.join(world.folder, 'anju.conf'), had = fs.existsSync(conf) ? fs.readFileSync(conf) : null;
    fs.writeFileSync(conf, `database = ${url()}\n`);
    try {
      assert.match(run(['user', 'list', '--org', '物业公司'], []), /desk_lead/);
      const other = anju(['user', 'list', '--data', world.folder, '--database', 'postgresql://u@127.0.0.1:1/d'], { env: nowhere });
      assert.equal(other.code, 1);
      assert.match(other.err, /cannot connect/);
    } finally {
      fs.rmSync(conf);
      if (had !== null) fs.writeFileSync(conf, had);
    }
  });
});

describe('a database that does not want', () => {
  test('read-only: reads go on, writes are told so, a start is refused; then it is back', async () => {
    const name = sql('SELECT current_database()');
    psql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    endSessions();
    await until(async () => (await desk.get('repairs?limit=1')).status === 200, 'reading', 12_000);
    isProblem(await desk.post('repairs', report(world)), 503, 'unavailable');
    const done = told(url(), 'serve');
    assert.equal(done.code, 1);
    assert.match(done.err, /read-only/);
    psql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await until(async () => (await desk.post('repairs', report(world))).status === 201, 'writing', 12_000);
  });

  test('connections that were ended while nobody asked are made anew before the next question', async () => {
    for (let round = 0; round < 3; round++) {
      await sleep(1200); /* a connection is not made anew twice in a second */
      endSessions();
      await sleep(100);
      for (const answer of await Promise.all(Array.from({ length: 12 }, () => desk.get('repairs?limit=1')))) isDone(answer);
      isDone(await desk.post('repairs', report(world)), 201);
    }
  });

  test('a connection that is lost while no other is to be had fails one question, not all that follow: the others go on', async () => {
    const other = session(), name = sql('SELECT current_database()'), waiting = "SELECT min(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'anju' AND wait_event_type = 'Lock'";
    await other.say('BEGIN; LOCK TABLE repair IN ACCESS EXCLUSIVE MODE');
    const held = desk.get('repairs?limit=1'), pid = await until(() => sql(waiting), 'a reader waits', 5000);
    for (let i = 0; i < 3; i++) await desk.read('notices?limit=1'); /* by another */
    await other.say('ROLLBACK');
    await other.end();
    isDone(await held); /* this reader is the next to be taken */
    psql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    try {
      psql(`SELECT pg_terminate_backend(${pid})`);
      const statuses = [];
      for (let i = 0; i < 12; i++) statuses.push((await desk.get('notices?limit=1')).status);
      assert.ok(statuses.filter((status) => status !== 200).length <= 2, `${statuses}`); /* two where a chore asks at the same moment */
    } finally {
      psql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    }
    await until(async () => (await desk.post('repairs', report(world))).status === 201, 'service', 12_000);
  });

  test('a statement that takes too long is ended, and its write is undone', async () => {
    const other = session(), server = await serve(world.folder, { flags: ['--database', `${url()}&options=-c%20statement_timeout%3D400ms`] });
    const mine = new Client(server, world.tokens.desk), key = randomUUID();
    await other.say("BEGIN; SELECT n FROM org FOR UPDATE");
    isProblem(await mine.post('repairs', report(world, { title: '太慢' }), { 'idempotency-key': key }), 503, 'unavailable');
    await other.say('ROLLBACK');
    isDone(await mine.post('repairs', report(world, { title: '太慢' }), { 'idempotency-key': key }), 201);
    await other.end();
    assert.equal((await desk.read(`repairs?filter[title]=${encodeURIComponent('太慢')}&count=true&limit=1`)).count, 1);
    await server.stop();
  });

  test('a row that is held a while is waited for', async () => {
    const other = session();
    await other.say('BEGIN; SELECT n FROM org FOR UPDATE');
    const asked = desk.post('repairs', report(world));
    await sleep(1500);
    await other.say('COMMIT');
    isDone(await asked, 201);
    await other.end();
  });

  test('of two that wait for each other the server ends one, and ours is done all the same', async () => {
    for (let round = 0; round < 3; round++) {
      const repair = await desk.make('repairs', report(world, { title: `互等 ${round}` })), other = session();
      await other.say("SET deadlock_timeout = '100s'; BEGIN; SELECT n FROM org FOR UPDATE"); /* so that ours is the one that is ended */
      const asked = desk.act('repairs', repair.id, 'accept');
      await until(() => sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") !== '0', 'ours to wait');
      const held = other.say(`UPDATE repair SET version = version WHERE id = ${repair.id}`);
      await held;
      await other.say('ROLLBACK');
      isDone(await asked);
      assert.doesNotMatch(await other.end(), /deadlock/);
      assert.equal((await desk.read(`repairs/${repair.id}`)).state, 'accepted');
      assert.equal((await desk.read(`repairs/${repair.id}/events`)).items.filter((line) => line.action === 'accept').length, 1);
    }
  });

  test('connections that are cut under load lose and double nothing', async () => {
    const asked = [];
    let going = true;
    const press = async (name) => {
      for (let i = 0; going; i++) {
        const key = randomUUID(), body = report(world, { title: `断线 ${name} ${i}` });
        const answer = await desk.post('repairs', body, { 'idempotency-key': key });
        asked.push({ key, body, id: answer.status === 201 ? answer.body.id : null });
        assert.ok([201, 503].includes(answer.status), answer.text);
      }
    };
    const presses = Promise.all(Array.from({ length: 8 }, (_, i) => press(i)));
    for (let round = 0; round < 8; round++) {
      await sleep(250);
      endSessions();
    }
    await sleep(1000);
    going = false;
    await presses;
    for (const one of asked) {
      const again = isDone(await desk.post('repairs', one.body, { 'idempotency-key': one.key }), 201);
      if (one.id !== null) assert.equal(again.id, one.id);
    }
    assert.equal((await desk.read(`repairs?filter[title][like]=${encodeURIComponent('断线%')}&count=true&limit=1`)).count, asked.length);
  });
});

/* A table space on a disk of twelve megabytes, where a test may mount one. */
describe('a disk that is full', () => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-small-'));
  const small = process.getuid() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=40m,mode=0777', 'tmpfs', place]).status === 0;
  after(() => { if (small) spawnSync('umount', ['-l', place]); fs.rmSync(place, { recursive: true, force: true }); });

  test('writes are told so, what was acknowledged is there, and with room again it goes on', { skip: !small && 'no small disk can be mounted here' }, async () => {
    const folder = path.join(place, 'space'), name = sql('SELECT current_database()'), keys = [];
    fs.mkdirSync(folder, { mode: 0o700 });
    spawnSync('chown', ['postgres', folder]);
    psql(`CREATE TABLESPACE small LOCATION '${folder}'`);
    await world.server.stop();
    psql(`ALTER DATABASE ${name} SET TABLESPACE small`);
    await world.start();
    const filler = path.join(place, 'filler');
    const left = () => fs.statfsSync(place).bavail * fs.statfsSync(place).bsize;
    fs.writeFileSync(filler, Buffer.alloc(Math.max(0, left() - 600_000)));
    let full = false;
    for (let i = 0; i < 3000 && !full; i++) {
      const key = randomUUID(), body = report(world, { title: `盘满 ${i}`, description: '水'.repeat(900) });
      const answer = await desk.post('repairs', body, { 'idempotency-key': key });
      if (answer.status === 201) keys.push([key, body, answer.body.id]);
      else { isProblem(answer, 503, 'unavailable'); full = true; }
    }
    assert.ok(full, 'the disk became full');
    assert.equal((await desk.get('repairs?limit=1')).status, 200);
    fs.rmSync(filler);
    await until(async () => (await desk.post('repairs', report(world))).status === 201, 'service', 12_000);
    for (const [key, body, id] of keys) assert.equal(isDone(await desk.post('repairs', body, { 'idempotency-key': key }), 201).id, id);
    await world.server.stop();
    psql(`ALTER DATABASE ${name} SET TABLESPACE pg_default`);
    psql('DROP TABLESPACE small');
    await world.start();
  });
});
