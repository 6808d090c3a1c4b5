/* Ten thousand random histories of money in CI, a million by `make torture`: through the kernel's own actions (tests/torture/histories.c), killed on the way;
 * whatever happened, the books are as SQL straight from the tables says they must be.
 *     ANJU_SEED=17 ANJU_HISTORIES=1000 node --test tests/api/money_many_test.mjs */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { booksAreSound, numberOf, rowsOf } from './money.mjs';
import { anju, root } from './world.mjs';

const HISTORIES = Number(process.env.ANJU_HISTORIES ?? 10_000);
const FIRST = Number(process.env.ANJU_SEED ?? Math.floor(Date.now() / 1000) % 1e6);
const WORLD = 10_000, KILLS = 3;

/* How many it lived, and how often each step was taken and refused; without the latter when it was killed after `ms`. */
function live(folder, seed, count, ms) {
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(root, 'build/histories'), [folder, seed, count].map(String));
    let out = '', err = '';
    child.stdout.on('data', (part) => { out += part; });
    child.stderr.on('data', (part) => { err += part; });
    const late = ms && setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      if (code !== 0 && signal !== 'SIGKILL') return reject(new Error(`histories ${folder} ${seed} ${count}: ${code ?? signal}: ${err}`));
      const lines = out.trim().split('\n'), counts = code === 0 ? JSON.parse(lines.pop()) : null;
      resolve({ lived: Number(lines.at(-1) || 0), counts });
    });
  });
}

for (let from = 0; from < HISTORIES; from += WORLD)
  test(`histories ${from} to ${Math.min(HISTORIES, from + WORLD)}: every fen is where the documents say`, { timeout: 1_500_000 }, async (t) => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-many-')), folder = path.join(home, 'data'), seed = FIRST + from;
    t.diagnostic(`ANJU_SEED=${seed}`);
    let left = Math.min(WORLD, HISTORIES - from);
    assert.equal((await live(folder, seed, 100)).lived, 100);
    for (let kill = 0; kill < KILLS; kill++) {
      left -= (await live(folder, seed + kill + 1, WORLD, 1000 + 700 * kill)).lived;
      booksAreSound({ folder });
    }
    const { lived, counts } = await live(folder, seed + KILLS + 1, Math.max(left, 100));
    t.diagnostic(JSON.stringify(counts));
    for (const [step, [done, refused]] of Object.entries(counts).filter(([, list]) => Array.isArray(list))) assert.ok(done > 0 && done > refused / 10, `${step} is taken and not only refused: ${done}, ${refused}`);
    /* A year of steps comes to what all of it costs, where all that was read is billed; 100 at 1.00, 100 at 2.00, the rest at 3.00. */
    const years = rowsOf({ folder }, `SELECT c.house_id, sum(CAST(c.quantity AS INTEGER)) AS q, sum(c.amount_fen) AS fen FROM charge c WHERE c.item = 'SF' AND c.slot IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM reading r WHERE r.org_id = c.org_id AND r.house_id = c.house_id AND r.run_id IS NULL AND r.used <> '0') GROUP BY c.house_id, c.period_to / 10000`);
    assert.ok(years.length > lived / 50, `${years.length} houses are billed for all that was read`);
    assert.deepEqual(years.filter(([, q, fen]) => Number(fen) !== 100 * (Math.min(q, 100) + 2 * Math.max(0, Math.min(q, 200) - 100) + 3 * Math.max(0, q - 200))), []);
    assert.ok(numberOf({ folder }, 'SELECT count(DISTINCT house_id) FROM charge') >= lived, 'all of them are there');
    booksAreSound({ folder });
    const check = anju(['check', '--data', folder], { ms: 600_000 }); /* also on a busy machine */
    assert.equal(check.code, 0, `anju check: ${check.out}${check.err}`);
    fs.rmSync(home, { recursive: true, force: true }); /* after a failure it stays */
  });
