/* migrate_test.mjs: the schema of a database in use is brought to the declared one: by one process, beside the others' work, and
 * from where a broken-off migration has left it; and how the tables are distributed. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD, anju, binary, dropData, environmentOf, hold, isDone, makeDatabase, openWorld, psql, report, until } from '../api/world.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world.close());

const sql = (text) => psql(text, world.folder);
const isValid = (index) => sql(`SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = '${index}'`) === 't';
const anIndex = () => sql("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = 'repair' AND c.relname LIKE 'repair_by_%' ORDER BY 1 LIMIT 1");
const aReference = () => sql("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'repair'::regclass ORDER BY 1 LIMIT 1");
const behind = () => sql("UPDATE fact SET value = 'earlier' WHERE name = 'schema'"); /* so that the next start compares */

/* `anju migrate` beside the test: { ended: { code, err } }, kill(). */
function migrate() {
  const child = spawn(binary, ['migrate', '--data', world.folder], { env: environmentOf(world.folder), stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (part) => { err += part; });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, err }))) };
}

const held = (text) => hold(environmentOf(world.folder).ANJU_DATABASE, text);

describe('a schema that is behind', () => {
  test('an index and a reference are made again, each outside a transaction', () => {
    const index = anIndex(), reference = aReference();
    sql(`DROP INDEX "${index}"; ALTER TABLE repair DROP CONSTRAINT "${reference}"`);
    const shown = anju(['migrate', '--data', world.folder, '--dry-run']);
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, new RegExp(`^CREATE (UNIQUE )?INDEX CONCURRENTLY "${index}" ON "repair"`, 'm'));
    assert.match(shown.out, new RegExp(`ADD CONSTRAINT "${reference}" .* NOT VALID;\nALTER TABLE "repair" VALIDATE CONSTRAINT "${reference}";`));
    behind();
    assert.equal(anju(['migrate', '--data', world.folder]).code, 0);
    assert.ok(isValid(index));
    assert.equal(sql(`SELECT convalidated FROM pg_constraint WHERE conname = '${reference}'`), 't');
    assert.equal(anju(['migrate', '--data', world.folder, '--dry-run']).out, '');
  });

  test('a column is added, and what an older program has is kept', () => {
    sql('ALTER TABLE message DROP COLUMN kind; ALTER TABLE message ADD COLUMN older text');
    assert.match(anju(['migrate', '--data', world.folder, '--dry-run']).out, /^ALTER TABLE "message" ADD COLUMN "kind" text COLLATE "C" NOT NULL DEFAULT '';$/m);
    behind();
    assert.equal(anju(['migrate', '--data', world.folder]).code, 0);
    assert.equal(sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'message' AND column_name IN ('kind', 'older')"), '2');
  });

  test('others write on while an index is made', async () => {
    const index = anIndex();
    sql(`DROP INDEX "${index}"`);
    behind();
    const other = held('LOCK TABLE repair IN ROW EXCLUSIVE MODE'); /* as one who writes: the index must wait for its end */
    await other.held;
    const run = migrate();
    await until(() => sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'") !== '0', 'the beginning of the index');
    for (let i = 0; i < 20; i++) isDone(await world.as.desk.post('repairs', report(world, { title: `建索引时 ${i}` })), 201);
    await other.end();
    assert.equal((await run.ended).code, 0);
    assert.ok(isValid(index));
  });

  test('an index waits as long as it must, for a writer and for a reader as pg_dump is, and tells for whom', { timeout: 60_000 }, async () => {
    const index = anIndex();
    for (const text of ['LOCK TABLE repair IN ROW EXCLUSIVE MODE', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM house']) {
      sql(`DROP INDEX "${index}"`);
      behind();
      const other = held(text);
      await other.held;
      const run = migrate();
      await sleep(6000);
      await other.end();
      const end = await run.ended;
      assert.equal(end.code, 0, end.err);
      assert.ok(isValid(index));
      assert.match(end.err, /migration: waits for process \d+ of \w+ \(psql, idle in transaction, since 20/);
    }
  });

  test('one that was killed half-way goes on where it was', async () => {
    const index = anIndex();
    sql(`DROP INDEX "${index}"`);
    behind();
    const other = held('LOCK TABLE repair IN ROW EXCLUSIVE MODE');
    await other.held;
    const run = migrate();
    await until(() => sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'") !== '0', 'the beginning of the index');
    run.child.kill('SIGKILL');
    await run.ended;
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'");
    await other.end();
    await until(() => !isValid(index), 'the beginning that it left');
    assert.match(anju(['migrate', '--data', world.folder, '--dry-run']).out, new RegExp(`^DROP INDEX CONCURRENTLY "${index}";\nCREATE`));
    sql("DELETE FROM lease WHERE name = 'migration'"); /* or wait for half a minute */
    assert.equal(anju(['migrate', '--data', world.folder]).code, 0);
    assert.ok(isValid(index));
  });

  test('one that has lost its lease on the way leaves the rest to who has it, and looks again when that has ended', { timeout: 60_000 }, async () => {
    const indexes = sql("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = 'repair' AND c.relname LIKE 'repair_by_%' ORDER BY 1 LIMIT 2").split('\n');
    for (const index of indexes) sql(`DROP INDEX "${index}"`);
    behind();
    const other = held('LOCK TABLE repair IN ROW EXCLUSIVE MODE');
    await other.held;
    const run = migrate();
    await until(() => sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'") !== '0', 'the beginning of the index');
    sql("UPDATE lease SET holder = 'another/1/x', until = CAST(extract(epoch FROM now()) * 1000000 AS bigint) + 3000000 WHERE name = 'migration'");
    await other.end();
    const end = await run.ended;
    assert.equal(end.code, 0, end.err);
    for (const index of indexes) assert.ok(isValid(index));
    assert.match(end.err, /CREATE INDEX[^]*another process has taken over the migration[^]*CREATE INDEX/);
    assert.equal(sql("SELECT count(*) FROM lease WHERE name = 'migration'"), '0');
  });

  test('of two at once one does the work, and both are content', async () => {
    const index = anIndex();
    sql(`DROP INDEX "${index}"`);
    behind();
    const ends = await Promise.all([migrate().ended, migrate().ended]);
    assert.deepEqual(ends.map((end) => end.code), [0, 0], ends.map((end) => end.err).join());
    assert.equal(ends.filter((end) => end.err.includes('CREATE INDEX')).length, 1);
  });

  test('a table that is held is waited for a moment at a time, and others are not kept waiting', async () => {
    sql('ALTER TABLE message DROP COLUMN text_en');
    behind();
    const other = held('LOCK TABLE message IN ACCESS SHARE MODE');
    await other.held;
    const run = migrate();
    await until(() => sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%' AND wait_event_type = 'Lock'") !== '0', 'its wait');
    const from = Date.now();
    assert.ok(Number(sql('SELECT count(*) FROM message')) >= 0); /* queues behind it, until it gives up for now */
    assert.ok(Date.now() - from < 3000, 'a reader waited for no more than one try');
    await other.end();
    assert.equal((await run.ended).code, 0);
    assert.equal(sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'message' AND column_name = 'text_en'"), '1');
  });

  test('a schema of a newer program is left alone', () => {
    sql("UPDATE fact SET value = '0.99.0' WHERE name = 'release'");
    assert.equal(anju(['migrate', '--data', world.folder]).code, 0, 'the same schema is no matter');
    behind();
    const refused = anju(['migrate', '--data', world.folder]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /schema of anju 0\.99\.0 and this is /);
    sql("UPDATE fact SET value = '0.1.9' WHERE name = 'release'");
    assert.equal(anju(['migrate', '--data', world.folder]).code, 0);
  });
});

describe('distribution', () => {
  const lines = anju(['migrate', '--citus'], { env: { LC_ALL: 'C.UTF-8' } }).out.trim().split('\n');
  const distributed = lines.filter((line) => line.startsWith('SELECT create_distributed_table(')).map((line) => /^SELECT create_distributed_table\('(\w+)','org_id', colocate_with => '\w+'\);$/.exec(line)?.[1]);
  const apart = lines.at(-1).split(': ').at(-1).split(', ');

  test('every table has its line or is named', () => {
    const reference = lines.filter((line) => line.startsWith('SELECT create_reference_table(')).map((line) => /^SELECT create_reference_table\('(\w+)'\);$/.exec(line)?.[1]);
    assert.deepEqual(reference, ['holiday']);
    assert.ok(lines.at(-1).startsWith('-- '));
    for (const name of ['org', 'session', 'login', 'claim_code']) assert.ok(apart.includes(name), name);
    const there = sql("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1").split('\n');
    assert.deepEqual([...distributed, ...reference, ...apart].sort(), there);
    assert.equal(lines.length, distributed.length + reference.length + 1);
  });

  test('parents come before those that refer to them, and all lie with the first', () => {
    const pairs = sql("SELECT conrelid::regclass || ' ' || confrelid::regclass FROM pg_constraint WHERE contype = 'f' AND conparentid = 0").split('\n').map((line) => line.replaceAll('"', '').split(' '));
    assert.ok(pairs.length > 5);
    for (const [child, parent] of pairs)
      if (child !== parent) assert.ok(distributed.indexOf(parent) < distributed.indexOf(child), `${parent} before ${child}`);
    assert.match(lines.find((line) => line.includes(`'${distributed[0]}'`)), /colocate_with => 'none'/);
    for (const name of distributed.slice(1)) assert.ok(lines.some((line) => line === `SELECT create_distributed_table('${name}','org_id', colocate_with => '${distributed[0]}');`), name);
  });

  /* A server with functions of that name stands in for one that distributes: they note what they are asked, and when. */
  test('on a server that can distribute, each table is distributed right after its creation, before anything refers to it', () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-')), folder = path.join(home, 'data');
    makeDatabase(folder);
    psql(`CREATE TABLE asked (n serial, name text, fit boolean); GRANT ALL ON asked, asked_n_seq TO PUBLIC;
      CREATE FUNCTION create_distributed_table(name regclass, key text, colocate_with text) RETURNS void LANGUAGE sql AS $$
        INSERT INTO asked (name, fit) SELECT name, NOT EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND name IN (conrelid, confrelid)) $$;
      CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS $$ INSERT INTO asked (name, fit) SELECT name, true $$;`, folder);
    const made = anju(['init', '--data', folder, '--password', PASSWORD]);
    assert.equal(made.code, 0, made.err);
    const asked = psql('SELECT name, fit FROM asked ORDER BY n', folder).split('\n').map((line) => line.split('|'));
    assert.deepEqual(asked.filter(([, fit]) => fit !== 't'), []);
    assert.deepEqual(asked.map(([name]) => name).sort(), [...distributed, 'holiday'].sort());
    assert.equal(asked[0][0], distributed[0]);
    dropData(folder);
    fs.rmSync(home, { recursive: true, force: true });
  });

  test('every key of the schema leads with the company, but those that are read before it is known', () => {
    const wrong = sql(`SELECT c.relname || '.' || i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
      WHERE n.nspname = 'public' AND a.attname <> 'org_id' AND i.relname NOT LIKE '%_search' AND NOT c.relispartition`).split('\n').filter(Boolean);
    assert.deepEqual(wrong.filter((name) => ![...apart, 'holiday'].includes(name.split('.')[0])), []);
    const loose = sql(`SELECT conname FROM pg_constraint WHERE contype = 'f' AND (confdeltype IN ('n', 'd') OR conkey[1] <> (SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = 'org_id'))`);
    assert.equal(loose, '');
  });

  test('the witness sees only the company that is named', () => {
    const count = (org) => psql(`SET SESSION AUTHORIZATION anju_plain; SET anju.org = '${org}'; SELECT count(*) FROM house`, world.folder).split('\n').at(-1);
    const orgs = sql('SELECT org_id FROM org').split('\n'), counts = orgs.map((org) => Number(count(org)));
    assert.ok(orgs.length === 2 && counts.every((n) => n > 0));
    assert.equal(Number(count(0)), counts[0] + counts[1]);
    assert.equal(count(1), '0');
  });
});
