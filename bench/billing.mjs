// The bills of a month: prepared and posted through the program, against SQLite's own INSERT … SELECT of the same rows into the same tables.
import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ANJU, HOME, ask, say, start, stop } from './common.mjs'

const PORT = 20840, PASSWORD = 'a password for the bench'
const ITEMS = [['WYF', 'area', '2.80'], ['LJ', 'fixed', '5'], ['GG', 'area', '0.35']]

const FILE_ROWS = 100_000 // an import takes no more than twice as many

/** A community of so many houses with their owners, by the program's own import. */
function community(houses) {
  const folder = `${HOME}/bills-${houses}`, file = `${HOME}/bills-${houses}.csv`
  rmSync(folder, { recursive: true, force: true })
  execFileSync(ANJU, ['init', '--data', folder, '--password', PASSWORD])
  for (let from = 0; from < houses; from += FILE_ROWS) {
    const rows = ['房号,建筑面积,业主姓名,手机']
    for (let i = from; i < Math.min(houses, from + FILE_ROWS); i++)
      rows.push(`${1 + Math.floor(i / 4000)}-${1 + Math.floor(i / 400) % 10}-${1 + Math.floor(i / 16) % 25}${String(1 + i % 16).padStart(2, '0')},${(60 + i % 90).toFixed(2)},业主${i},13${String(100000000 + i).slice(0, 9)}`)
    writeFileSync(file, rows.join('\n'))
    execFileSync(ANJU, ['import', '--data', folder, 'houses', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  rmSync(file)
  return folder
}

const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

/** Seconds of processor that it has used: what a busy machine does not change much. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Makes the month's bills; how long preparing and posting took, in seconds, and the memory's peak. */
export async function bill(houses) {
  say(`${houses} houses …`)
  const folder = community(houses)
  const server = await start(ANJU, ['serve', '--data', folder, '--listen', `127.0.0.1:${PORT}`])
  const call = async (token, path, body) => {
    const answer = await ask(PORT, 'POST', `/api/v1/${path}`, body, token)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text.slice(0, 400)}`)
    return JSON.parse(answer.text || '{}')
  }
  const { token } = await call(null, 'session', { login: 'admin', password: PASSWORD })
  const second = await call(token, 'users', { login: 'second', name: '复核', password: PASSWORD, roles: [{ role: 'accountant' }] })
  const other = (await call(null, 'session', { login: second.login, password: PASSWORD })).token
  const fresh = (await ask(PORT, 'POST', '/api/v1/me/password', { old: PASSWORD, new: `${PASSWORD} 2` }, other)).status
  if (fresh !== 204) throw new Error(`password: ${fresh}`)
  const tariffs = []
  for (const [code, kind, rate_yuan] of ITEMS) tariffs.push((await call(token, 'tariffs', { code, kind, rate_yuan, from: '2026-01-01', tax_percent: '6', late_per_ten_thousand: '5' })).id)
  /* A job works on a run over many houses: then the run says so until it is done. */
  const worked = async (run) => {
    while (['preparing', 'posting'].includes(run.state)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      run = JSON.parse((await ask(PORT, 'GET', `/api/v1/billing_runs/${run.id}`, undefined, token)).text)
    }
    return run
  }
  const started = performance.now()
  const run = await worked(await call(token, 'billing_runs', { period_from: '2026-10-01', period_to: '2026-10-31', tariffs }))
  const prepared = performance.now()
  await call(other, `billing_runs/${run.id}/actions/review`, {})
  const reviewed = performance.now(), used = cpu(server.pid)
  const done = await worked(await call(token, `billing_runs/${run.id}/actions/post`, {}))
  const posted = performance.now(), busy = cpu(server.pid) - used
  if (done.state !== 'posted') throw new Error(JSON.stringify(done.failure))
  const memory = peak(server.pid)
  await stop(server)
  return { folder, charges: run.charge_count, prepare: (prepared - started) / 1000, post: (posted - reviewed) / 1000, busy, memory }
}

/** The same rows again, by the engine alone: into the same tables, emptied, with all their indexes. */
export function bare(folder) {
  const db = new DatabaseSync(`${folder}/anju.db`)
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF')
  const tables = ['account', 'charge', 'entry']
  for (const table of tables) db.exec(`CREATE TEMP TABLE was_${table} AS SELECT * FROM ${table}; DELETE FROM ${table};`)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA foreign_keys=ON; PRAGMA cache_size=-7000')
  const started = performance.now(), used = cpu(process.pid)
  db.exec('BEGIN')
  for (const table of tables) db.exec(`INSERT INTO ${table} SELECT * FROM was_${table}`)
  db.exec('COMMIT')
  const seconds = (performance.now() - started) / 1000, busy = cpu(process.pid) - used
  db.close()
  return { seconds, busy }
}

if (process.argv[1].endsWith('billing.mjs'))
  for (const houses of (process.argv[2] ?? '10000').split(',').map(Number)) {
    const made = await bill(houses), engine = bare(made.folder)
    console.log(`${houses} houses: ${made.charges} charges, prepare ${made.prepare.toFixed(2)} s, post ${made.post.toFixed(2)} s, bare ${engine.seconds.toFixed(2)} s, ratio ${(made.post / engine.seconds).toFixed(2)}; of processor ${made.busy.toFixed(2)} and ${engine.busy.toFixed(2)} s, ratio ${(made.busy / engine.busy).toFixed(2)}; memory ${made.memory.toFixed(0)} MB`)
    if (existsSync(made.folder)) rmSync(made.folder, { recursive: true })
  }
