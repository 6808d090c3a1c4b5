/* upgrade_test.mjs: data that each earlier release has left (tests/data/releases) is brought to this program's schema: what is to
 * be done is shown first, then done once; the chain is whole, people get in with their passwords, and work goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { anju, Client, directUrlOf, dropData, isDone, isPostgres, makeDatabase, root, serve } from './world.mjs';

const shelf = path.join(root, 'tests/data/releases');
const unzipped = (name) => gunzipSync(fs.readFileSync(path.join(shelf, name)));
const releases = fs.readdirSync(shelf).map((name) => /^(.*)-sqlite\.backup\.gz$/.exec(name)?.[1]).filter(Boolean);

/* The data folder (and the database) as that release left them. */
function left(release, home) {
  const folder = path.join(home, 'data');
  if (!isPostgres) {
    fs.writeFileSync(path.join(home, 'backup'), unzipped(`${release}-sqlite.backup.gz`));
    assert.equal(anju(['restore', '--from', path.join(home, 'backup'), '--data', folder]).code, 0);
    return folder;
  }
  fs.mkdirSync(folder, { mode: 0o700 });
  assert.equal(spawnSync('tar', ['-x', '-C', folder], { input: unzipped(`${release}-postgres.folder.tar.gz`) }).status, 0);
  makeDatabase(folder);
  const loaded = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', directUrlOf(folder)], { input: unzipped(`${release}-postgres.sql.gz`), encoding: 'utf8' });
  assert.equal(loaded.status, 0, loaded.stderr);
  return folder;
}

test('there is a release to come from', () => assert.ok(releases.length > 0));

for (const release of releases)
  describe(`from ${release}`, () => {
    test('shown, done once, whole, and in use', async () => {
      const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-')), folder = left(release, home);
      const before = anju(['export', '--data', folder, 'repairs']); /* opening is upgrading, for the embedded one too */
      const shown = anju(['migrate', '--data', folder, '--dry-run']);
      assert.equal(before.code, 0, before.err);
      assert.equal(shown.out, '', 'nothing is left to do');
      assert.equal(anju(['check', '--data', folder]).code, 0);
      const server = await serve(folder), nobody = new Client(server, null);
      const desk = new Client(server, isDone(await nobody.post('session', { login: 'desk1', password: 'demo12345' })).token);
      const list = await desk.read('repairs?limit=500');
      assert.equal(list.items.length, before.out.trim().split('\n').length - 1);
      assert.ok(list.items.length > 0);
      const house = (await desk.read('houses?limit=1')).items[0].id;
      const made = await desk.make('repairs', { house, category: 'water.tap', title: '升级后的报修' });
      assert.equal((await desk.did('repairs', made.id, 'accept')).state, 'accepted');
      for (const catalogue of ['complaint_categories', 'complaint_levels', 'rules']) assert.ok((await desk.read(`${catalogue}?limit=1`)).items.length === 1, `${catalogue} came with the upgrade`);
      assert.equal((await desk.make('complaints', { house, category: 'clean.lobby', statement: '升级后的投诉' })).level, 3);
      await server.stop();
      assert.equal(anju(['check', '--data', folder]).code, 0);
      fs.rmSync(home, { recursive: true, force: true });
      dropData(folder);
    });

    test('what is to be done is named before it is done, statement by statement', () => {
      const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-')), folder = left(release, home);
      const shown = anju(['migrate', '--data', folder, '--dry-run']);
      assert.equal(shown.code, 0, shown.err);
      for (const line of shown.out.trim().split('\n').filter(Boolean)) assert.match(line, /^(CREATE (VIRTUAL )?TABLE|CREATE (UNIQUE )?INDEX|ALTER TABLE|CREATE POLICY witness ON) .*;$/);
      assert.equal(anju(['migrate', '--data', folder, '--dry-run']).out, shown.out, 'showing does nothing');
      assert.equal(anju(['migrate', '--data', folder]).code, 0);
      assert.equal(anju(['migrate', '--data', folder, '--dry-run']).out, '');
      fs.rmSync(home, { recursive: true, force: true });
      dropData(folder);
    });
  });
