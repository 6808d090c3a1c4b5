/* sources_test.mjs: what is proved of the sources alone: every statement asks one company (tools/sql.mjs). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from './world.mjs';

const sql = (...args) => spawnSync('node', ['tools/sql.mjs', ...args], { cwd: root, encoding: 'utf8' });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-sources-'));
after(() => fs.rmSync(folder, { recursive: true }));

/* What is said of a source with this statement in it. */
function said(statement) {
  fs.writeFileSync(path.join(folder, 'x.c'), `static const char TEXT[] =\n    "${statement}";\n`);
  return sql(folder).stdout;
}

describe('every statement asks one company', () => {
  test('of the program', () => {
    const done = sql();
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });

  for (const statement of ['SELECT id FROM house WHERE org_id = :org AND id = :id', 'SELECT h.no FROM house h JOIN party p ON p.org_id = h.org_id AND p.id = h.x WHERE h.org_id = :org',
    'INSERT INTO house (org_id, id) VALUES (:new, :id)', 'SELECT expires_at FROM session WHERE digest = :digest', 'SELECT r.id FROM residence r WHERE r.org_id = t.org_id'])
    test(`right: ${statement}`, () => assert.equal(said(statement), ''));

  for (const [statement, words] of [['SELECT org_id, no FROM house WHERE id = :id', /no org_id = :org/], ['SELECT no FROM house WHERE id = :id', /no org_id = :org/],
    ['SELECT h.no FROM house h JOIN party p ON p.id = h.x WHERE h.org_id = :org', /party p is of no company/], ['SELECT h.no FROM house h JOIN org o ON h.org_id = o.org_id', /no org_id = :org/],
    ['UPDATE house SET no = :no WHERE org_id IN (SELECT org_id FROM org)', /no org_id = :org/], ['SELECT t.no FROM house t JOIN party p ON p.org_id = t.org_id', /no org_id = :org/]])
    test(`wrong: ${statement}`, () => assert.match(said(statement), words));
});
