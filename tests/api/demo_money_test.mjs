/* Half a year of a community that pays as people do, lived by `anju demo`; then its books, recomputed by SQL straight from the tables, against what the
 * program says: every fen. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { faultsOf, numberOf, rowsOf } from './money.mjs';
import { Client, anju, isPostgres, serve } from './world.mjs';

const PASSWORD = 'a long demo password', home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-money-')), world = { folder: path.join(home, 'demo') };
let manager, server;
const fen = (sql) => numberOf(world, sql);

describe('half a year of fees', { skip: isPostgres && 'the demo is lived on the embedded engine' }, () => {
  before(async () => {
    const made = anju(['demo', '--data', world.folder, '--homes', '60', '--days', '190', '--until', '2026-11-20', '--password', PASSWORD]);
    assert.equal(made.code, 0, made.err);
    server = await serve(world.folder);
    world.port = server.port;
    const nobody = new Client(world, null), { body } = await nobody.post('session', { login: 'manager', password: PASSWORD });
    manager = new Client(world, body.token);
  });
  after(async () => {
    await server?.stop();
    const check = anju(['check', '--data', world.folder]);
    assert.equal(check.code, 0, `${check.out}${check.err}`);
    fs.rmSync(home, { recursive: true, force: true });
  });

  test('it has what a year has: bills, payments early, late, in part, twice, never, voids, counted drawers, cases', () => {
    const least = (sql, n) => assert.ok(fen(sql) >= n, `${sql}: ${fen(sql)} of ${n}`);
    least("SELECT count(*) FROM billing_run WHERE state = 'posted'", 6);
    least('SELECT count(*) FROM charge', 60 * 3 * 6);
    least("SELECT count(*) FROM charge WHERE late_of_id IS NOT NULL", 10);
    least("SELECT count(*) FROM payment WHERE surplus_fen > 0", 1);
    least("SELECT count(*) FROM payment WHERE method = 'prepay'", 1);
    least("SELECT count(*) FROM charge WHERE state = 'part'", 1);
    least("SELECT count(*) FROM drawer WHERE state = 'handed'", 10);
    least("SELECT count(*) FROM arrears_case WHERE state <> 'closed'", 1);
  });

  test('documents and entries owe each other nothing', () => assert.deepEqual(faultsOf(world), []));

  test('the trial balance is what the entries say, kind by kind', async () => {
    const trial = await manager.read('ledger/trial-balance'), byKind = {};
    for (const row of trial.rows) byKind[row.kind] = (byKind[row.kind] ?? 0) + row.debit_fen - row.credit_fen;
    const rows = rowsOf(world, `SELECT a.kind, sum(CASE WHEN e.debit_id = a.id THEN e.amount_fen ELSE 0 END) - sum(CASE WHEN e.credit_id = a.id THEN e.amount_fen ELSE 0 END)
      FROM account a JOIN entry e ON e.org_id = a.org_id AND (e.debit_id = a.id OR e.credit_id = a.id) GROUP BY a.kind`);
    assert.deepEqual(byKind, Object.fromEntries(rows.map(([kind, net]) => [kind, Number(net)])));
    assert.equal(trial.debit_fen, trial.credit_fen);
    assert.equal(Object.values(byKind).reduce((sum, net) => sum + net, 0), 0);
  });

  test('the collection rate of each item', async () => {
    const said = (await manager.read('figures/fee_collection_rate?by=item')).rows;
    const rows = rowsOf(world, `SELECT item, sum(amount_fen), sum(amount_fen - open_fen) FROM charge WHERE state <> 'reversed' AND reverses_id IS NULL AND late_of_id IS NULL GROUP BY item`);
    assert.deepEqual(Object.fromEntries(said.map((row) => [row.key, [row.n, row.value]])), Object.fromEntries(rows.map(([item, due, paid]) => [item, [Number(due), Number(paid) / Number(due)]])));
  });

  test('what is owed, by the month that it was due in', async () => {
    const said = (await manager.read('figures/fee_owed?by=month')).rows;
    const rows = rowsOf(world, `SELECT due_date / 100, sum(open_fen) FROM charge WHERE state <> 'reversed' AND open_fen > 0 GROUP BY due_date / 100 ORDER BY 1`);
    assert.deepEqual(said.map((row) => [row.key.replace('-', ''), row.value]), rows.map(([month, open]) => [month, Number(open)]));
  });

  test('what came in, by method', async () => {
    const said = (await manager.read('figures/fee_received?by=method')).rows;
    const rows = rowsOf(world, `SELECT method, sum(amount_fen - refunded_fen) FROM payment WHERE state <> 'voided' AND method <> 'prepay' GROUP BY method`);
    assert.deepEqual(Object.fromEntries(said.map((row) => [row.key, row.value])), Object.fromEntries(rows.map(([method, sum]) => [method, Number(sum)])));
  });

  test('no house is billed twice for a day', () => {
    const twice = rowsOf(world, `SELECT a.id, b.id FROM charge a JOIN charge b ON b.org_id = a.org_id AND b.house_id = a.house_id AND b.item = a.item AND b.id > a.id AND b.period_from <= a.period_to
      AND b.period_to >= a.period_from WHERE a.state <> 'reversed' AND b.state <> 'reversed' AND a.late_of_id IS NULL AND b.late_of_id IS NULL AND a.item IN ('WYF', 'GTDF', 'SF', 'CW') LIMIT 5`);
    assert.deepEqual(twice, []);
  });
});
