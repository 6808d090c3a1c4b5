// The second table: Anju on a PostgreSQL server of the bench's own, against a bare libpq loop and Fastify with pg, all of them
// on the same server and its same settings; with one company and with a hundred; with one process and with two.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { ANJU, HOME, MAIN, PEER_PORT, PORT, ROUNDS, Rates, SECONDS, SIZES, TOKEN, Table, load, metrics, program, quick, requests, say, seeded, start, stop } from './common.mjs'
import { tenfold } from './tenfold.mjs'

const SECOND_PORT = PORT + 3
const COMPANIES = 100
const TURNS = quick ? ROUNDS : 5 // a server's rounds differ by a fifth and more
/* Everything else is as PostgreSQL comes: fsync, synchronous_commit and full_page_writes are on. */
const SETTINGS = '-c shared_buffers=1GB -c max_wal_size=4GB -c checkpoint_timeout=15min'
const NEW_DATABASE = "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0"
let server // its process, which says its address

/* While it is seeded: references are right as the kernel makes them, and what is lost is seeded again. */
const SEEDING = '&options=-c%20session_replication_role%3Dreplica%20-c%20synchronous_commit%3Doff%20-c%20maintenance_work_mem%3D256MB'
const at = (database) => server.said.replace('/?', `/${database}?`)
const psql = (database, ...commands) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', at(database), ...commands.flatMap((sql) => ['-c', sql])], { encoding: 'utf8', env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' } }).trim()
const serve = (data, port) => start(ANJU, ['serve', '--data', data.folder, '--database', at(data.work), '--listen', `127.0.0.1:${port}`])
const bare = (data, ...args) => program('bare_pg', [...args, '--db', at(data.work), '--seconds', SECONDS]).rate

/** A pristine database and its folder, kept between runs while the program makes the same schema of it; and a copy to work on. */
function seed(repairs, companies) {
  const name = `seed_${repairs}${companies > 1 ? `_${companies}` : ''}`, folder = `${HOME}/pg-${name.slice(5)}`, work = 'work'
  const exists = psql('postgres', `SELECT count(*) FROM pg_database WHERE datname = '${name}' AND datistemplate`) === '1' && existsSync(`${folder}.tokens`)
  if (!exists || execFileSync(ANJU, ['migrate', '--data', folder, '--database', at(name), '--dry-run'], { encoding: 'utf8' }) !== '') {
    say(`PostgreSQL: ${repairs} repairs …`)
    rmSync(folder, { recursive: true, force: true })
    psql('postgres', `UPDATE pg_database SET datistemplate = false WHERE datname = '${name}'`, `DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name} ${NEW_DATABASE}`)
    execFileSync(`${HOME}/seed`, ['make', '--data', folder, '--repairs', String(repairs), '--orgs', String(companies), '--database', at(name) + SEEDING], { stdio: ['ignore', 'inherit', 'inherit'] })
    psql(name, 'VACUUM ANALYZE', `ALTER DATABASE ${name} IS_TEMPLATE true`) // the mark of a seed that is whole
  }
  psql('postgres', `DROP DATABASE IF EXISTS ${work}`, `CREATE DATABASE ${work} TEMPLATE ${name} STRATEGY FILE_COPY`, 'CHECKPOINT')
  return { folder, work, asked: requests(folder, `${HOME}/ids`) }
}

/** The same requests on one database: Anju, the bare loop with the batches that Anju made, and where it is asked for the peer. */
async function measure(name, data, statements, withPeer) {
  const anju = await serve(data, PORT), rates = new Rates(), { asked } = data, repairs = `${data.folder}.repairs`
  const peer = withPeer && process.env.PEER_NODE ? await start(process.env.PEER_NODE, ['bench/peer/server_pg.mjs', '--db', at(data.work), '--port', String(PEER_PORT)]) : null
  let batches = 0, writes = 0

  load(PORT, asked.post())
  psql(data.work, 'ANALYZE') // what the server does by itself a minute later: tables that were empty have rows now
  for (let round = 0; round < TURNS; round++) {
    say(`PostgreSQL ${name}: ${round + 1}/${TURNS}`)
    const before = await metrics()
    rates.note('post', load(PORT, asked.post()).rate)
    const after = await metrics()
    batches += after.anju_write_batches_total - before.anju_write_batches_total
    writes += after.anju_writes_total - before.anju_writes_total
    rates.note('post bare', bare(data, 'post', '--batch', String(Math.max(1, writes / batches)), '--homes', `${data.folder}.homes`))
    rates.note('list', load(PORT, asked.list()).rate)
    rates.note('list bare', bare(data, 'query', '--sql', statements.list))
    rates.note('read', load(PORT, asked.read()).rate)
    rates.note('read bare', bare(data, 'query', '--sql', statements.one, '--ids', repairs))
    if (peer) for (const request of ['post', 'list', 'read']) rates.note(`${request} peer`, load(PEER_PORT, asked[request]()).rate)
  }
  rates.batch = writes / batches
  if (peer) await stop(peer)
  await stop(anju)
  return rates
}

/** The rate of 64 connections in all, half of them at each of two processes when there are two. */
async function loadBoth(ports, flags) {
  const connections = String(64 / ports.length)
  const runs = ports.map((port) => new Promise((resolve, reject) => {
    const child = spawn(`${HOME}/load`, ['--port', String(port), '--token', TOKEN, '--seconds', SECONDS, '--connections', connections, ...flags()], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (bytes) => { text += bytes })
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text).rate) : reject(new Error(`load ended with ${code}`))))
  }))
  return (await Promise.all(runs)).reduce((sum, rate) => sum + rate, 0)
}

/** Two processes on one database and one folder, against one of them. */
async function measureTwo(data) {
  const first = await serve(data, PORT), second = await serve(data, SECOND_PORT), rates = new Rates()

  for (let round = 0; round < TURNS; round++) {
    say(`PostgreSQL, two processes: ${round + 1}/${TURNS}`)
    for (const request of ['post', 'list', 'read']) {
      rates.note(`${request} one`, await loadBoth([PORT], data.asked[request]))
      rates.note(request, await loadBoth([PORT, SECOND_PORT], data.asked[request]))
    }
  }
  await stop(second)
  await stop(first)
  return rates
}

/** `anju copy` of the SQLite seed of that size. */
function copyOf(repairs) {
  const folder = seeded(repairs)
  say(`PostgreSQL: copy of ${repairs} …`)
  return JSON.parse(execFileSync('node', ['bench/copy.mjs', folder], { encoding: 'utf8', env: { ...process.env, ANJU_TEST_PG: server.said }, stdio: ['ignore', 'pipe', 'inherit'] }))
}

/** By hand, for it takes half an hour and 45 GB: a million made ten million, and the ratios of both. */
async function measureTen(statements) {
  const table = new Table(), size = SIZES.at(-1), bySize = { [size]: await measure(`${size}`, seed(size, 1), statements, false) }
  const data = seed(size, 1) // anew: without what was written while it was measured
  tenfold((...commands) => psql(data.work, ...commands), (text) => say(`PostgreSQL ${10 * size}: ${text} …`))
  execFileSync('sync')
  checkDurable()
  bySize[10 * size] = await measure(`${10 * size}`, data, statements, false)
  psql('postgres', 'DROP DATABASE work')
  for (const [of, rates] of Object.entries(bySize)) for (const [name, zh, en] of REQUESTS) table.versus(rates, name, `${name} bare`, `${zh}，${of / 1000}k（对裸循环）`, `${en}, ${of / 1000}k, vs the bare loop`, null)
  for (const [name, zh, en] of REQUESTS) table.scale(bySize, name, zh, en)
  table.print()
  return { lines: table.lines, bySize }
}

const REQUESTS = [['post', '报修', 'POST repair', 0.6], ['list', '列表 50', 'list of 50', null], ['read', '单条', 'point read', null]]

function checkDurable() {
  const durable = ['fsync', 'synchronous_commit', 'full_page_writes'].map((name) => psql('postgres', `SHOW ${name}`))
  if (durable.some((value) => value !== 'on')) throw new Error(`the server's commits are not durable: ${durable}`)
}

async function measureAll() {
  const table = new Table(), bySize = {}
  checkDurable()
  const small = `${HOME}/statements`
  rmSync(small, { recursive: true, force: true })
  execFileSync(`${HOME}/seed`, ['make', '--data', small, '--repairs', '100'], { stdio: 'ignore' }) // the texts are the same on both engines
  const [list, one] = execFileSync(`${HOME}/seed`, ['statements', '--data', small], { encoding: 'utf8' }).split('\n'), statements = { list, one }
  rmSync(small, { recursive: true, force: true })
  if (process.argv.includes('--ten-million')) return measureTen(statements)

  for (const size of SIZES) bySize[size] = await measure(`${size}`, seed(size, 1), statements, size === MAIN)
  const many = await measure(`${MAIN}, ${COMPANIES} companies`, seed(MAIN, COMPANIES), statements, true)
  const two = await measureTwo(seed(MAIN, 1))
  psql('postgres', 'DROP DATABASE work')

  for (const [rates, zh, en] of [[bySize[MAIN], '一家公司', 'one company'], [many, '一百家公司', 'a hundred companies']]) {
    table.versus(rates, 'post', 'post bare', `报修，${zh}（对裸写）`, `POST repair, ${en}, vs bare writes`, 0.6)
    for (const [name, of_zh, of_en] of REQUESTS) table.versus(rates, name, `${name} peer`, `${of_zh}，${zh}（对 Fastify + pg）`, `${of_en}, ${en}, vs Fastify + pg`, 2)
  }
  for (const [name, zh, en] of REQUESTS) table.versus(two, name, `${name} one`, `${zh}：两个进程（对一个）`, `${en}: two processes vs one`, 0.95) // not slower, but for what rounds differ by
  for (const [name, zh, en] of REQUESTS) table.scale(bySize, name, zh, en)
  const copied = copyOf(SIZES.at(-1))
  table.line(`复制 ${SIZES.at(-1) / 1000}k 到服务器（对 COPY，行）`, `copy of ${SIZES.at(-1) / 1000}k repairs vs COPY, rows`, copied.copy, copied.bare, 0.5)
  console.log('\nPostgreSQL')
  table.print()
  console.log(`\n  64 个连接；每批平均 ${bySize[MAIN].batch.toFixed(1)} 笔写入（一百家公司 ${many.batch.toFixed(1)} 笔），裸写同样；${SETTINGS}。`)
  console.log(`  64 connections, ${bySize[MAIN].batch.toFixed(1)} writes a batch on average (a hundred companies: ${many.batch.toFixed(1)}), and so the bare loop; ${SETTINGS}.`)
  return { lines: table.lines, bySize, many, two }
}

/** Null where PostgreSQL is missing or cannot be run. */
export async function measurePostgres() {
  try {
    const env = { ...process.env, ANJU_PG_SETTINGS: SETTINGS }
    server = await start('tools/with_postgres', ['--keep=bench', 'sh', '-c', 'echo "$ANJU_TEST_PG"; exec cat >/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env })
  } catch (error) {
    say(`PostgreSQL 没有测 / PostgreSQL is not measured: ${error.message}`)
    return null
  }
  try {
    return await measureAll()
  } finally {
    await stop(server)
  }
}
