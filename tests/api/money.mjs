/* money.mjs: the books of a world, recomputed by SQL straight from the tables, and what tests of money share.
 *
 * Nothing here goes through the program: `faultsOf` says again, in other words than `anju check` and the ledger do, what
 * documents and entries owe each other. An empty list is proof that every fen is where the documents say. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isPostgres, psql } from './world.mjs';

/* The rows of a statement, as lists of texts. */
export function rowsOf(world, sql) {
  const flat = sql.replace(/\s+/g, ' ');
  const done = isPostgres ? { status: 0, stdout: psql(flat, world.folder) }
    : spawnSync('sqlite3', ['-cmd', '.timeout 5000', path.join(world.folder, 'anju.db'), flat], { encoding: 'utf8' });
  assert.equal(done.status, 0, `${flat}: ${done.stderr}`);
  return done.stdout.trim().split('\n').filter((line) => line !== '').map((line) => line.split('|'));
}
export const numberOf = (world, sql) => Number(rowsOf(world, sql)[0]?.[0] ?? 0);

/* An entry from the side of each of its accounts: what it adds to it, debit positive. */
const SIDES = `(SELECT e.org_id, e.id, e.project_id, e.debit_id AS account_id, e.amount_fen AS fen, e.charge_id, e.house_id, e.record_id, e.record_type, e.reverses_id FROM entry e
  UNION ALL SELECT e.org_id, e.id, e.project_id, e.credit_id, -e.amount_fen, e.charge_id, e.house_id, e.record_id, e.record_type, e.reverses_id FROM entry e)`;
const DEBIT = `('receivable', 'money', 'drawer', 'discount', 'bad_debt', 'over_short')`;
const OF_KIND = (kinds) => `FROM ${SIDES} s JOIN account a ON a.org_id = s.org_id AND a.id = s.account_id AND a.kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`;

/* Each: what is wrong, and a SELECT of the rows where it is. */
const RULES = [
  ['an account’s balance is not the sum of its entries', `SELECT a.id, a.kind, a.balance_fen, coalesce(x.fen, 0) FROM account a LEFT JOIN (SELECT s.account_id, sum(s.fen) AS fen FROM ${SIDES} s GROUP BY s.account_id) x ON x.account_id = a.id
    WHERE a.balance_fen <> CASE WHEN a.kind IN ${DEBIT} THEN coalesce(x.fen, 0) ELSE -coalesce(x.fen, 0) END`],
  ['the balances do not add up to zero', `SELECT org_id, project_id, sum(CASE WHEN kind IN ${DEBIT} THEN balance_fen ELSE -balance_fen END) FROM account GROUP BY org_id, project_id
    HAVING sum(CASE WHEN kind IN ${DEBIT} THEN balance_fen ELSE -balance_fen END) <> 0`],
  ['an entry reaches an account of another project or company', `SELECT s.id FROM ${SIDES} s LEFT JOIN account a ON a.org_id = s.org_id AND a.project_id = s.project_id AND a.id = s.account_id WHERE a.id IS NULL`],
  ['two accounts are one', `SELECT org_id, code, count(*) FROM account GROUP BY org_id, code HAVING count(*) > 1`],
  /* the proof that a household's receivable is the sum of its open charges has three steps: */
  ['something was booked on a receivable that is about no charge of that house', `SELECT s.id, s.charge_id ${OF_KIND(['receivable'])} LEFT JOIN charge c ON c.org_id = s.org_id AND c.id = s.charge_id AND c.house_id = a.house_id WHERE c.id IS NULL`],
  ['what is open of a charge is not what was booked about it', `SELECT c.id, c.state, c.open_fen, coalesce(x.fen, 0) FROM charge c LEFT JOIN (SELECT s.charge_id, sum(s.fen) AS fen ${OF_KIND(['receivable'])} GROUP BY s.charge_id) x ON x.charge_id = c.id
    WHERE c.open_fen <> coalesce(x.fen, 0)`],
  ['a household’s receivable is not the sum of its open charges', `SELECT a.house_id, a.balance_fen, x.fen FROM account a LEFT JOIN (SELECT house_id, sum(open_fen) AS fen FROM charge GROUP BY house_id) x ON x.house_id = a.house_id
    WHERE a.kind = 'receivable' AND a.balance_fen <> coalesce(x.fen, 0)`],
  ['a charge’s state does not fit what is open of it', `SELECT id, state, amount_fen, open_fen FROM charge WHERE reverses_id IS NULL AND NOT CASE state WHEN 'open' THEN open_fen = amount_fen AND amount_fen > 0 WHEN 'part' THEN open_fen > 0 AND open_fen < amount_fen
    WHEN 'paid' THEN open_fen = 0 WHEN 'reversed' THEN open_fen = 0 WHEN 'written_off' THEN open_fen = 0 ELSE false END`],
  ['a charge that was put away still is owed', `SELECT id FROM charge WHERE archived_at IS NOT NULL AND open_fen <> 0`],
  ['a charge’s income is not its amount', `SELECT c.id, c.state, c.amount_fen, coalesce(x.fen, 0) FROM charge c LEFT JOIN (SELECT s.charge_id, -sum(s.fen) AS fen ${OF_KIND(['income', 'late_income', 'agency'])} GROUP BY s.charge_id) x ON x.charge_id = c.id
    WHERE c.reverses_id IS NULL AND coalesce(x.fen, 0) <> CASE WHEN c.state = 'reversed' THEN 0 ELSE c.amount_fen END`],
  ['a reversed charge has not exactly one mirror', `SELECT c.id, count(m.id), sum(m.amount_fen) FROM charge c LEFT JOIN charge m ON m.org_id = c.org_id AND m.reverses_id = c.id WHERE c.reverses_id IS NULL GROUP BY c.id, c.state, c.amount_fen
    HAVING count(m.id) <> CASE WHEN c.state = 'reversed' THEN 1 ELSE 0 END OR coalesce(sum(m.amount_fen), 0) <> CASE WHEN c.state = 'reversed' THEN -c.amount_fen ELSE 0 END`],
  ['a late fee outlives its charge', `SELECT l.id FROM charge l JOIN charge c ON c.org_id = l.org_id AND c.id = l.late_of_id WHERE c.state = 'reversed' AND l.reverses_id IS NULL AND l.state <> 'reversed'`],
  ['a house was billed twice for one day', `SELECT a.id, b.id FROM charge a JOIN charge b ON b.org_id = a.org_id AND b.house_id = a.house_id AND b.slot = a.slot AND b.id > a.id AND b.period_from <= a.period_to AND b.period_to >= a.period_from`],
  ['what meters have counted is not what was billed of them', `SELECT x.house_id, x.item, x.used, y.quantity FROM (SELECT r.org_id, m.house_id, m.item, sum(CAST(r.used AS REAL)) AS used FROM reading r JOIN meter m ON m.org_id = r.org_id AND m.id = r.meter_id
    WHERE r.run_id IS NOT NULL GROUP BY r.org_id, m.house_id, m.item HAVING max(m.multiplier) IS NULL) x LEFT JOIN (SELECT org_id, house_id, item, sum(CAST(quantity AS REAL)) AS quantity FROM charge WHERE slot LIKE '%/%' GROUP BY org_id, house_id, item) y
    ON y.org_id = x.org_id AND y.house_id = x.house_id AND y.item = x.item WHERE abs(x.used - coalesce(y.quantity, 0)) > 0.001`],
  ['less than nothing lies on an account', `SELECT id, kind, balance_fen FROM account WHERE balance_fen < 0 AND kind IN ('receivable', 'prepay', 'deposit', 'suspense', 'drawer', 'income', 'late_income', 'agency', 'discount', 'bad_debt')`],
  ['an account’s house is of another project', `SELECT a.id FROM account a LEFT JOIN house h ON h.org_id = a.org_id AND h.id = a.house_id AND h.project_id = a.project_id WHERE a.house_id IS NOT NULL AND h.id IS NULL`],
  /* documents */
  ['a payment did not bring its amount', `SELECT p.id, p.state, p.amount_fen, x.fen FROM payment p LEFT JOIN (SELECT e.record_id, sum(e.amount_fen) AS fen FROM entry e JOIN account a ON a.org_id = e.org_id AND a.id = e.debit_id AND a.kind IN ('money', 'drawer')
    WHERE e.reverses_id IS NULL AND e.record_type = 'payment' GROUP BY e.record_id) x ON x.record_id = p.id WHERE coalesce(x.fen, 0) <> CASE WHEN p.method = 'prepay' THEN 0 ELSE p.amount_fen END`],
  ['a void payment has left something behind', `SELECT p.id, e.id FROM payment p JOIN entry e ON e.org_id = p.org_id AND e.record_id = p.id AND e.reverses_id IS NULL JOIN account d ON d.org_id = e.org_id AND d.id = e.debit_id LEFT JOIN entry b ON b.org_id = e.org_id AND b.reverses_id = e.id
    WHERE p.state = 'voided' AND b.id IS NULL AND d.kind IN ('money', 'drawer', 'suspense')`],
  ['what was given back of a payment is not what left the money', `SELECT p.id, p.refunded_fen, coalesce(x.fen, 0) FROM payment p LEFT JOIN (SELECT e.record_id, sum(e.amount_fen) AS fen FROM entry e JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id JOIN account d ON d.org_id = e.org_id AND d.id = e.debit_id
    WHERE e.reverses_id IS NULL AND (c.kind IN ('money', 'drawer') OR (c.kind = 'prepay' AND d.kind = 'receivable')) GROUP BY e.record_id) x ON x.record_id = p.id WHERE p.refunded_fen <> coalesce(x.fen, 0)`],
  ['more was given back of a payment than it was', `SELECT id FROM payment WHERE refunded_fen < 0 OR refunded_fen > amount_fen OR (state = 'refunded') <> (refunded_fen = amount_fen)`],
  ['what is held of a deposit is not what lies on its account', `SELECT d.id, d.held_fen, coalesce(a.balance_fen, 0) FROM deposit d LEFT JOIN account a ON a.org_id = d.org_id AND a.kind = 'deposit' AND a.item = d.no WHERE d.held_fen <> coalesce(a.balance_fen, 0) OR d.held_fen > d.amount_fen OR (d.state = 'returned') <> (d.held_fen = 0)`],
  ['suspense is not the sum of the payments whose it is not known', `SELECT a.project_id, a.balance_fen, x.fen FROM account a LEFT JOIN (SELECT project_id, sum(amount_fen - refunded_fen) AS fen FROM payment WHERE state = 'unmatched' GROUP BY project_id) x ON x.project_id = a.project_id
    WHERE a.kind = 'suspense' AND a.balance_fen <> coalesce(x.fen, 0)`],
  ['an approved reduction is not booked, or another is', `SELECT j.id, j.state, j.amount_fen, x.fen FROM adjustment j LEFT JOIN (SELECT record_id, sum(amount_fen) AS fen FROM entry WHERE reverses_id IS NULL GROUP BY record_id) x ON x.record_id = j.id
    WHERE coalesce(x.fen, 0) <> CASE WHEN j.state = 'approved' THEN j.amount_fen ELSE 0 END`],
  ['money is not what came in less what went out', `SELECT m.project_id, m.fen, i.fen FROM (SELECT project_id, sum(CASE kind WHEN 'over_short' THEN balance_fen ELSE balance_fen END) AS fen FROM account WHERE kind IN ('money', 'drawer', 'over_short') GROUP BY project_id) m
    JOIN (SELECT y.project_id, sum(y.fen) AS fen FROM (SELECT project_id, amount_fen AS fen FROM payment WHERE state <> 'voided' AND method <> 'prepay' UNION ALL SELECT project_id, amount_fen FROM deposit
    UNION ALL SELECT e.project_id, -e.amount_fen FROM entry e JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id AND c.kind IN ('money', 'drawer') WHERE e.record_type IN ('payment', 'deposit') AND e.reverses_id IS NULL) y GROUP BY y.project_id) i ON i.project_id = m.project_id
    WHERE m.fen <> i.fen`],
  ['a drawer is not its cash payments and deposits, less what was given back, and its counts', `SELECT a.id, a.balance_fen, x.fen FROM account a JOIN (SELECT y.project_id, y.who, sum(y.fen) AS fen FROM (
    SELECT project_id, created_by AS who, amount_fen AS fen FROM payment WHERE method = 'cash' AND state <> 'voided' UNION ALL SELECT project_id, created_by, amount_fen FROM deposit WHERE method = 'cash'
    UNION ALL SELECT e.project_id, c.user_id, -e.amount_fen FROM entry e JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id AND c.kind = 'drawer' WHERE e.record_type IN ('payment', 'deposit') AND e.reverses_id IS NULL
    UNION ALL SELECT w.project_id, w.cashier_id, s.fen FROM ${SIDES} s JOIN drawer w ON w.org_id = s.org_id AND w.id = s.record_id JOIN account k ON k.org_id = s.org_id AND k.id = s.account_id AND k.kind = 'drawer') y GROUP BY y.project_id, y.who) x
    ON x.project_id = a.project_id AND x.who = a.user_id WHERE a.kind = 'drawer' AND a.balance_fen <> x.fen`],
  ['a payment has not exactly one receipt, void with it, and one of money paid ahead none', `SELECT p.id, count(r.id) FROM payment p LEFT JOIN receipt r ON r.org_id = p.org_id AND r.payment_id = p.id AND r.no = p.receipt_no AND r.amount_fen = p.amount_fen AND (r.state = 'voided') = (p.state = 'voided') GROUP BY p.id, p.method HAVING count(r.id) <> CASE WHEN p.method = 'prepay' THEN 0 ELSE 1 END`],
  ['receipt numbers have a gap or a double', `SELECT q.project_id, q.user_id, q.next, count(r.id), count(DISTINCT r.no) FROM receipt_series q LEFT JOIN receipt r ON r.org_id = q.org_id AND r.project_id = q.project_id AND r.cashier_id = q.user_id GROUP BY q.org_id, q.project_id, q.user_id, q.next
    HAVING q.next - 1 <> count(r.id) OR count(r.id) <> count(DISTINCT r.no)`],
  ['two receipts have one number', `SELECT org_id, no FROM receipt GROUP BY org_id, no HAVING count(*) > 1`],
  ['two drawers of one cashier are open', `SELECT project_id, cashier_id FROM drawer WHERE state = 'open' GROUP BY org_id, project_id, cashier_id HAVING count(*) > 1`],
  ['periods overlap', `SELECT a.id, b.id FROM period a JOIN period b ON b.org_id = a.org_id AND b.project_id = a.project_id AND b.id > a.id AND a."from" <= b."to" AND b."from" <= a."to"`],
  ['something was booked after the close of its period', `SELECT e.id FROM entry e JOIN period p ON p.org_id = e.org_id AND p.project_id = e.project_id AND p.state = 'closed' AND e.day <= p."to" AND e.created_at > p.closed_at`],
  ['a reversal does not mirror what it reverses', `SELECT b.id FROM entry b LEFT JOIN entry e ON e.org_id = b.org_id AND e.id = b.reverses_id AND e.debit_id = b.credit_id AND e.credit_id = b.debit_id AND e.amount_fen = b.amount_fen AND e.reverses_id IS NULL
    WHERE b.reverses_id IS NOT NULL AND e.id IS NULL`],
];

/* Everything that is wrong with the books of this world. */
export function faultsOf(world) {
  const rows = rowsOf(world, RULES.map(([, sql], i) => `SELECT ${i} AS rule, count(*) AS n FROM (${sql}) x${i}`).join(' UNION ALL '));
  return rows.filter(([, n]) => n !== '0').map(([i]) => `${RULES[i][0]}: ${rowsOf(world, `${RULES[i][1]} LIMIT 5`).join('; ')}`);
}
/* They are sound, or are as wrong as they were before: a fault is told once, by the test that made it. */
export function booksAreSound(world) {
  const known = world.told_faults ?? [], faults = faultsOf(world);
  world.told_faults = faults;
  assert.deepEqual(faults.filter((one) => !known.includes(one)), []);
}

/* ---- What tests of money share ---- */

export const yuan = (fen) => (fen / 100).toFixed(2);

/* The people of the money, beside those of every world. */
export async function staff(world) {
  const scope = world.projects.TYHY;
  const [accountant, accountant2, cashier2] = await Promise.all([
    world.person('accountant', [{ role: 'accountant', scope }]), world.person('accountant2', [{ role: 'accountant', scope }]), world.person('cashier2', [{ role: 'cashier', scope }])]);
  Object.assign(world.as, { accountant, accountant2, cashier2 });
  await setRule(world, 'cashier.use_ahead', 0); /* money paid ahead lies still, unless a test says so */
  Object.assign(world.users, { accountant: accountant.id, accountant2: accountant2.id, cashier2: cashier2.id });
  return world.as;
}

/* Sets a rule; gives what it was. */
export async function setRule(world, code, value) {
  const [row] = (await world.as.admin.read(`rules?filter[code]=${code}`)).items;
  assert.equal((await world.as.admin.patch(`rules/${row.id}`, { value })).status, 200);
  return row.value;
}
/* A company so small that its manager alone writes off, and without a document. */
export const smallCompany = (world) => Promise.all([setRule(world, 'cashier.write_off_approvals', 1), setRule(world, 'cashier.write_off_document', 0)]);

/* The day in China that the world's clock shows, shifted by days. */
export const dayOf = (world, shift = 0) => new Date(Date.now() + ((world.options.clock ?? 0) + shift * 86400 + 8 * 3600) * 1000).toISOString().slice(0, 10);

/* Nothing but requests asks the database from now on: the chores are another's, who never comes. PostgreSQL only. */
export const holdChores = (world) => psql("INSERT INTO lease (name, holder, until) VALUES ('chores', 'a test', 9000000000000000) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until", world.folder);

/* The statements that the server was sent while `work` ran; PostgreSQL only (its log tells them all). Left out are the transactions that go by the clock and
 * not by the work: of no company (who is logged in, what is to be sent), and those that look for jobs to do. */
export async function statementsOf(world, work) {
  const log = path.join(path.dirname(process.env.ANJU_TEST_PG_CTL), 'server.log');
  const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
  let size;
  do { size = fs.statSync(log).size; await pause(); } while (fs.statSync(log).size !== size); /* what went on before has ended */
  await work();
  await pause();
  const text = fs.readFileSync(log).subarray(size).toString('utf8');
  const transactions = [], now = new Map(); /* by process of the server */
  for (const [, pid, sql] of text.matchAll(/\[(\d+)\] (?:\S+ )?LOG: {2}(?:execute [^:]*|statement): (.*)/g)) {
    const company = /^SELECT set_config\('anju\.org', '(\d+)'/.exec(sql)?.[1];
    if (company !== undefined || !now.has(pid)) transactions.push(now.set(pid, { company, list: [] }).get(pid));
    if (/^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(sql)) now.get(pid).list.push(sql);
  }
  const counts = ({ company, list }) => company !== '0' && !list.every((sql) => /^SELECT (set_config\(|.* FROM job WHERE )/.test(sql));
  return transactions.filter(counts).flatMap(({ list }) => list);
}
