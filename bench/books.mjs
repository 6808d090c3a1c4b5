// The books at size: pages of a community with so many charge lines, written straight into the tables; and payments at 64 connections against the raw
// group commit of the same rows (bare.c). node bench/books.mjs [LINES] [HOMES]; needs build/anju and make -f bench/programs.mk bench-programs.
import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { bill } from './billing.mjs'
import { ANJU, HOME, PORT, Rates, ask, killAll, load, median, program, say, start, stop } from './common.mjs'

const PASSWORD = 'a password for the bench', PAID_OF_20 = 19 // nineteen of twenty charges are paid
export const LIMIT_MS = 50 // of a page, at ten million lines

/** More months before the one that was billed: charges and their entries, and those of what was paid, with new ids. */
function grow(folder, lines) {
  const db = new DatabaseSync(`${folder}/anju.db`)
  db.exec('PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-4000000; PRAGMA temp_store=MEMORY')
  const billed = db.prepare('SELECT count(*) AS n FROM charge').get().n, months = Math.max(0, Math.ceil(lines / billed) - 1)
  const indexes = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('charge', 'entry')").all()
  for (const { name } of indexes) db.exec(`DROP INDEX "${name}"`) // made anew at the end: sorted, not row by row
  const columns = (table) => db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map(({ name }) => name)
  const copy = (table, from, changed, more = '') => {
    const all = columns(table)
    db.exec(`INSERT INTO ${table} (${all.map((name) => `"${name}"`).join(', ')}) SELECT ${all.map((name) => changed[name] ?? `x."${name}"`).join(', ')} FROM ${from} x ${more}`)
  }
  db.exec('UPDATE charge SET due_date = 29991231, due_at = 32503651199999999') // what payments are made for is not overdue: none makes a late fee beside it
  db.exec('CREATE TEMP TABLE was_charge AS SELECT * FROM charge; CREATE TEMP TABLE was_entry AS SELECT * FROM entry')
  const money = `(SELECT id FROM account WHERE kind = 'income' LIMIT 1)` // there is no money account yet; any of no household will do
  for (let m = 1; m <= months; m++) {
    const at = new Date(Date.UTC(2026, 9 - m, 1)), day = (date) => Number(date.toISOString().slice(0, 10).replaceAll('-', ''))
    const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)), due = BigInt(last.getTime() + 16 * 3600_000 - 1) * 1000n
    const before = `- ${m} * 40000000000000`, later = '- 20000000000000' // ids are moments: each month has its own span of them
    const paid = (id) => `((${id} / 4096 + ${id} + ${m}) % 20 < ${PAID_OF_20})`
    copy('charge', 'was_charge', { id: `x.id ${before}`, period_from: day(at), period_to: day(last), due_date: day(last), due_at: due, open_fen: `CASE WHEN ${paid('x.id')} THEN 0 ELSE x.amount_fen END`,
      state: `CASE WHEN ${paid('x.id')} THEN 'paid' ELSE 'open' END`, run_id: 'NULL' })
    const entry = { id: `x.id ${before}`, day: day(at), value_day: day(at), charge_id: `x.charge_id ${before}`, record_id: `x.record_id ${before}` }
    copy('entry', 'was_entry', entry)
    copy('entry', 'was_entry', { ...entry, id: `${entry.id} ${later}`, record_id: `${entry.record_id} ${later}`, record_type: "'payment'", day: day(last), value_day: day(last), debit_id: money, credit_id: 'x.debit_id' }, `WHERE ${paid('x.charge_id')}`)
    if (m % 20 === 0) say(`${m} of ${months} months`)
  }
  say('indexes …')
  for (const { sql } of indexes) db.exec(sql)
  say('sums …')
  db.exec(`DELETE FROM ledger_day; DELETE FROM charge_sum;
    INSERT INTO charge_sum (org_id, project_id, due_at, building_id, item, tariff_id, run_id, late, receivable_fen, paid_fen, open_fen) SELECT org_id, project_id, due_at, building_id, item, tariff_id, coalesce(run_id, 0), 0,
      sum(amount_fen), sum(amount_fen - open_fen), sum(open_fen) FROM charge GROUP BY 1, 2, 3, 4, 5, 6, 7;
    CREATE TEMP TABLE side AS SELECT e.org_id, e.project_id, e.day, e.debit_id AS account, sum(e.amount_fen) AS debit, 0 AS credit FROM entry e GROUP BY 1, 2, 3, 4
      UNION ALL SELECT e.org_id, e.project_id, e.day, e.credit_id, 0, sum(e.amount_fen) FROM entry e GROUP BY 1, 2, 3, 4;
    INSERT INTO ledger_day (org_id, project_id, day, kind, item, debit_fen, credit_fen) SELECT s.org_id, s.project_id, s.day, a.kind, CASE WHEN a.house_id IS NULL THEN coalesce(a.item, '') ELSE '' END AS thing, sum(s.debit), sum(s.credit)
      FROM side s JOIN account a ON a.id = s.account GROUP BY 1, 2, 3, 4, 5;
    INSERT INTO ledger_day SELECT org_id, project_id, day / 100, kind, item, sum(debit_fen), sum(credit_fen) FROM ledger_day GROUP BY 1, 2, 3, 4, 5`)
  const counts = db.prepare('SELECT (SELECT count(*) FROM charge) AS charges, (SELECT count(*) FROM entry) AS entries, (SELECT count(*) FROM charge WHERE open_fen > 0) AS open, (SELECT count(*) FROM ledger_day) AS days, (SELECT count(*) FROM charge_sum) AS sums').get()
  db.close()
  return counts
}

/** Milliseconds of a page, the median of some. */
async function pageMs(path, token) {
  const times = []
  for (let i = 0; i < 12; i++) {
    const began = performance.now(), answer = await ask(PORT, 'GET', `/api/v1/${path}`, undefined, token)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
    if (i > 1) times.push(performance.now() - began)
  }
  return { median: median(times), worst: Math.max(...times) }
}

/** The folder with so many lines: made once, and kept until the schema changes. */
async function made(lines, homes) {
  const folder = `${HOME}/books-${lines}-${homes}`
  mkdirSync(HOME, { recursive: true })
  if (existsSync(`${folder}.made`) && execFileSync(ANJU, ['migrate', '--data', folder, '--dry-run'], { encoding: 'utf8' }) === '') return folder
  for (const old of [folder, `${folder}.made`]) rmSync(old, { recursive: true, force: true })
  const billed = await bill(homes)
  renameSync(billed.folder, folder)
  const counts = grow(folder, lines)
  writeFileSync(`${folder}.made`, JSON.stringify(counts))
  say(JSON.stringify(counts))
  return folder
}

const PAGES = (project) => [['试算平衡', 'trial balance', `ledger/trial-balance?project=${project}`], ['一个月的试算平衡', 'trial balance of a month', `ledger/trial-balance?from=2026-09-01&at=2026-09-30&project=${project}`],
  ['账龄，按楼', 'ages by building', `charges/sums?by=building&project=${project}`], ['欠费，100 户', 'arrears, 100 homes', `arrears?project=${project}`],
  ['收缴率，按项目', 'collection rate by item', 'figures/fee_collection_rate?by=item'], ['收缴率，按月', 'collection rate by month', 'figures/fee_collection_rate?by=month']]

/** Payments of a fen each, of homes at random; the oldest open charge is the one that takes it. */
function payments(folder, token, rounds, seconds) {
  const db = new DatabaseSync(`${folder}/anju.db`, { readOnly: true }), list = `${folder}.open`, rates = new Rates()
  const homes = db.prepare('SELECT CAST(house_id AS TEXT) AS house, CAST(max(id) AS TEXT) AS charge FROM charge WHERE open_fen > 5000 AND run_id IS NOT NULL GROUP BY house_id').all()
  db.close()
  writeFileSync(list, homes.map(({ house, charge }) => `${house}\t${charge}`).join('\n'))
  for (let round = 0; round < rounds; round++) {
    rates.note('pay', load(PORT, ['--connections', '64', '--method', 'POST', '--path', '/api/v1/payments', '--list', `house,charge=${list}`, '--key', (Math.floor(Date.now() / 1000) % 0xffffff).toString(16).padStart(8, '0'), '--expect', '201',
      '--body', '{"house":"{house}","amount_fen":1,"method":"qr","allocations":[{"charge":"{charge}","fen":1}]}', '--token', token], seconds).rate)
    rates.note('pay bare', program('bare', ['pay', '--db', `${folder}/anju.db`, '--seconds', seconds, '--batch', '64']).rate)
  }
  return rates
}

/** The pages' milliseconds (`pages`: zh, en, median, worst), and the rates of paying, `pay` and `pay bare`. */
export async function books(lines, homes, { rounds = 3, seconds = '3' } = {}) {
  const folder = await made(lines, homes)
  const server = await start(ANJU, ['serve', '--data', folder, '--listen', `127.0.0.1:${PORT}`])
  const { token } = JSON.parse((await ask(PORT, 'POST', '/api/v1/session', { login: 'admin', password: PASSWORD })).text)
  const project = JSON.parse((await ask(PORT, 'GET', '/api/v1/projects', undefined, token)).text).items[0].id
  const cases = async () => JSON.parse((await ask(PORT, 'GET', '/api/v1/arrears_cases?limit=1&count=true', undefined, token)).text).count
  for (let before = -1, now = await cases(); now === 0 || now !== before; before = now, now = await cases()) await new Promise((done) => setTimeout(done, 4000)) // the first day's work of the arrears, before anything is measured
  const pages = []
  for (const [zh, en, path] of PAGES(project)) pages.push({ zh, en, ...(await pageMs(path, token)) })
  const rates = payments(folder, token, rounds, seconds)
  await stop(server)
  return { folder, pages, rates }
}

if (process.argv[1].endsWith('books.mjs')) {
  process.on('exit', killAll)
  const { folder, pages, rates } = await books(Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 10_000))
  for (const { en, median: ms, worst } of pages) console.log(`${en}: ${ms.toFixed(1)} ms (worst ${worst.toFixed(1)}), ${LIMIT_MS} wanted`)
  console.log(`payments: ${rates.of('pay').toFixed(0)}/s, raw group commit of the same rows ${rates.of('pay bare').toFixed(0)}/s, ratio ${rates.ratio('pay', 'pay bare').toFixed(2)}, 0.70 wanted (${(statSync(`${folder}/anju.db`).size / 2 ** 30).toFixed(1)} GB)`)
  process.exit(pages.some(({ median: ms }) => ms > LIMIT_MS) ? 1 : 0)
}
