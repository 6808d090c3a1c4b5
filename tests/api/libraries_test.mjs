/* Libraries that are loaded when they are first needed (decision 0008). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { anju, isPostgres, isProblem, openWorld } from './world.mjs';

/* A folder in which the dynamic loader finds this library first, and cannot read it. */
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-'));
function without(file) {
  fs.writeFileSync(path.join(home, file), 'no library');
  return { LD_LIBRARY_PATH: home };
}
const loaded = () => fs.readFileSync(`/proc/${world.server.process.pid}/maps`, 'utf8');
const sheetOf = () => ({ house: world.houses['1-1-101'], project: world.projects.TYHY });

let world;
before(async () => { world = await openWorld(); });
after(async () => {
  await world.close();
  fs.rmSync(home, { recursive: true, force: true });
});

describe('what only printing needs', () => {
  test('is loaded by the first paper', async () => {
    assert.doesNotMatch(loaded(), /libcairo|libpango/);
    assert.equal((await world.as.desk.post('claims/sheet', sheetOf())).status, 200);
    assert.match(loaded(), /libpangocairo/);
  });

  test('may be missing: whoever prints is told the package, and all else goes on', async () => {
    const { desk } = world.as;
    await world.restart({ env: without('libpangocairo-1.0.so.0') });
    const answer = await desk.post('claims/sheet', sheetOf());
    isProblem(answer, 500, 'failed');
    assert.match(answer.body.detail, /libpangocairo-1\.0-0/);
    assert.equal((await desk.get('me')).status, 200);
  });
});

describe('what only mail and webhooks need', () => {
  test('is not loaded for anything else', () => assert.doesNotMatch(loaded(), /libcurl/));
});

describe('what only a database on a server needs', () => {
  test('is loaded for one', () => assert.equal(/libpq/.test(loaded()), isPostgres));

  test('may be missing: the package is named', () => {
    const done = anju(['migrate', '--data', home, '--database', 'postgresql://127.0.0.1:1/none'], { env: without('libpq.so.5') });
    assert.equal(done.code, 1, done.err);
    assert.match(done.err, /libpq5/);
  });
});
