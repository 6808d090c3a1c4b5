// The first table: Anju on its own SQLite, against the bare engine, a constant answer, and Fastify with better-sqlite3.
import { spawn, execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { lookAtPages, worstOf } from './lighthouse.mjs'
import { ANJU, CONSTANT_PORT, HOME, MAIN, PEER_PORT, PORT, ROUNDS, Rates, SECONDS, SIZES, TOKEN, Table, ask, load, median, metrics, program, quick, requests, say, seeded, start, stop } from './common.mjs'

/** All that is measured at one size. */
async function measure(size) {
  const pristine = seeded(size), work = `${HOME}/work`, ids = `${HOME}/ids`, db = `${work}/anju.db`, isMain = size === MAIN
  rmSync(work, { recursive: true, force: true })
  cpSync(pristine, work, { recursive: true })
  execFileSync('sync') // or the disk is still busy with the copy while writes are measured
  const [listSql, oneSql, findSql, match] = execFileSync(`${HOME}/seed`, ['statements', '--data', work], { encoding: 'utf8' }).split('\n')
  const server = await start(ANJU, ['serve', '--data', work, '--listen', `127.0.0.1:${PORT}`])
  const peer = isMain && process.env.PEER_NODE ? await start(process.env.PEER_NODE, ['bench/peer/server.mjs', '--db', db, '--port', String(PEER_PORT)]) : null
  const asked = requests(pristine, ids), rates = new Rates(), note = (name, rate) => rates.note(name, rate)
  const bare = (...args) => program('bare', [...args, '--db', db, '--seconds', SECONDS]).rate
  let batches = 0, writes = 0, constant = null

  for (let round = 0; round < ROUNDS; round++) {
    say(`${size}: ${round + 1}/${ROUNDS}`)
    for (const name of ['post', 'act']) {
      const before = await metrics()
      note(name, load(PORT, asked[name]()).rate)
      const after = await metrics()
      batches += after.anju_write_batches_total - before.anju_write_batches_total
      writes += after.anju_writes_total - before.anju_writes_total
      note(`${name} bare`, bare(name))
    }
    if (peer) for (const name of ['post', 'act']) note(`${name} peer`, load(PEER_PORT, asked[name]()).rate)
    note('list', load(PORT, asked.list()).rate)
    note('list bare', bare('query', '--sql', listSql))
    if (peer) note('list peer', load(PEER_PORT, asked.list()).rate)
    const read = load(PORT, asked.read())
    note('read', read.rate)
    note('read bare', bare('query', '--sql', oneSql, '--ids', `${pristine}.repairs`))
    if (isMain) {
      constant ??= await start(`${HOME}/constant`, ['--port', String(CONSTANT_PORT), '--bytes', String(read.body_bytes)])
      note('read constant', load(CONSTANT_PORT, asked.read()).rate)
    }
    if (peer) note('read peer', load(PEER_PORT, asked.read()).rate)
    note('find', load(PORT, asked.find()).rate)
    note('find bare', bare('query', '--sql', findSql, '--match', match))
    note('box', load(PORT, asked.box()).rate)
    note('initials', load(PORT, asked.initials()).rate)
    note('household', load(PORT, asked.household()).rate)
  }
  if (constant) await stop(constant)
  if (peer) await stop(peer)
  rates.batch = writes / batches
  return { rates, server, work, pristine, ids, db }
}

/** The log's size while writers and readers go on, then while a reader outside holds its snapshot, then after. */
async function watchLog({ pristine, ids, db }) {
  const asked = requests(pristine, ids), wal = `${db}-wal`
  let peak = 0
  const run = (name, args) => new Promise((resolve) => spawn(`${HOME}/${name}`, args, { stdio: 'ignore' }).on('exit', resolve))
  const mix = (seconds) => Promise.all([run('load', ['--port', String(PORT), '--token', TOKEN, '--seconds', seconds, '--connections', '32', ...asked.post()]),
    run('load', ['--port', String(PORT), '--token', TOKEN, '--seconds', seconds, '--connections', '16', ...asked.list()])])
  const timer = setInterval(() => { peak = Math.max(peak, statSync(wal).size) }, 50)
  await mix('6')
  const own = peak
  peak = 0
  await Promise.all([mix('6'), run('bare', ['hold', '--db', db, '--seconds', '4'])])
  const held = peak
  await mix('2')
  clearInterval(timer)
  return { own: own / 1e6, held: held / 1e6, after: statSync(wal).size / 1e6 }
}

/** Milliseconds from the start of the program to its first answer from the database. */
async function startTime(work, token, id) {
  const times = []
  for (let i = 0; i < 5; i++) {
    const from = process.hrtime.bigint()
    const server = await start(ANJU, ['serve', '--data', work, '--listen', `127.0.0.1:${PORT}`])
    const answer = await ask(PORT, 'GET', `/api/v1/repairs/${id}`, null, token)
    times.push(Number(process.hrtime.bigint() - from) / 1e6)
    if (answer.status !== 200) throw new Error(`first answer: ${answer.status}`)
    await stop(server)
  }
  return median(times)
}

function importTime() {
  const homes = quick ? 2000 : 20_000, people = homes * 2.5, folder = `${HOME}/import`, file = `${HOME}/import.csv`
  const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'], given = ['伟', '芳', '秀英', '敏', '静', '丽强', '磊', '军', '建国', '志强', '晓梅', '子涵']
  const rows = ['房号,建筑面积,业主姓名,联系电话']
  let person = 0
  for (let i = 0; i < homes; i++) {
    const names = [], phones = []
    for (; person < ((i + 1) * people) / homes; person++) {
      names.push(surnames[person % 20] + given[Math.floor(person / 20) % 12])
      phones.push(String(13800000000 + person))
    }
    rows.push(`${Math.floor(i / 120) + 1}-${(Math.floor(i / 60) % 2) + 1}-${(Math.floor(i / 4) % 15) + 1}0${(i % 4) + 1},${60 + (i % 80)}.5,${names.join('、')},${phones.join('、')}`)
  }
  writeFileSync(file, `${rows.join('\n')}\n`)
  const once = () => {
    rmSync(folder, { recursive: true, force: true })
    execFileSync(ANJU, ['init', '--data', folder, '--password', 'adminadmin'], { stdio: 'ignore' })
    const from = process.hrtime.bigint()
    execFileSync(ANJU, ['import', '--data', folder, 'houses', file], { stdio: ['ignore', 'ignore', 'inherit'] })
    const ours = Number(process.hrtime.bigint() - from) / 1e9
    return { ours, bare: program('bare', ['import', '--db', `${folder}/anju.db`, '--homes', String(homes), '--people', String(people)]).seconds }
  }
  const runs = Array.from({ length: ROUNDS }, once)
  return { ours: median(runs.map((run) => run.ours)), bare: median(runs.map((run) => run.bare)), homes, people }
}


export async function measureSqlite() {
  const bySize = {}, table = new Table()
  let last
  for (const size of SIZES) {
    last = await measure(size)
    bySize[size] = last.rates
    if (size !== SIZES.at(-1)) await stop(last.server)
  }
  const main = bySize[MAIN]
  table.versus(main, 'post', 'post bare', '报修（对裸写）', 'POST repair vs bare writes', 0.7)
  table.versus(main, 'act', 'act bare', '受理（对裸写）', 'action accept vs bare writes', 0.7)
  table.versus(main, 'list', 'list bare', '列表 50（对裸查询）', 'list of 50 vs bare statement', 0.4)
  table.versus(main, 'read', 'read constant', '单条（对常量应答）', 'point read vs constant answer', 0.5)
  for (const [name, zh, en] of [['post', '报修', 'POST repair'], ['act', '受理', 'action accept'], ['list', '列表 50', 'list of 50'], ['read', '单条', 'point read']])
    table.versus(main, name, `${name} peer`, `${zh}（对 Fastify）`, `${en} vs Fastify`, 3)
  for (const [name, zh, en] of [['post', '写', 'write'], ['list', '列表', 'list'], ['read', '单条', 'read'], ['find', '查找', 'search']])
    table.scale(bySize, name, zh, en)
  for (const size of SIZES) {
    const rates = bySize[size]
    table.line(`查找“漏水” ${size / 1000}k`, 'search, two characters: point reads per search', rates.of('read'), rates.of('box'), 10, { least: false })
    table.line(`查找 wxm ${size / 1000}k`, 'search by initials: point reads per search', rates.of('read'), rates.of('initials'), 10, { least: false })
    table.line(`住户一页 ${size / 1000}k`, 'household page, all blocks: point reads per page', rates.of('read'), rates.of('household'), 5, { least: false })
  }
  say('write-ahead log …')
  const log = await watchLog(last)
  table.line('日志，读写混合', 'write-ahead log, mixed load', log.own, null, 256, { unit: ' MB', least: false, value: log.own })
  table.line('日志，外部读者占住 4 秒', 'while a reader is held 4 s outside', log.held, null, 2000, { unit: ' MB', least: false, value: log.held })
  table.line('日志，读者离开之后', 'after it has left', log.after, null, 256, { unit: ' MB', least: false, value: log.after })
  const status = readFileSync(`/proc/${last.server.pid}/status`, 'utf8'), peak = Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024
  table.line('内存峰值', 'memory at its peak (VmHWM)', peak, null, 64, { unit: ' MB', least: false, value: peak })
  await stop(last.server)
  const first = await startTime(last.work, ...readFileSync(`${last.pristine}.repairs`, 'utf8').split('\n')[0].split('\t'))
  table.line(`启动到首个应答 ${SIZES.at(-1) / 1000}k`, 'start to first answer', first, null, 50, { unit: ' ms', least: false, value: first })
  say('import …')
  const imported = importTime()
  table.line(`导入 ${imported.homes} 户 ${imported.people} 人`, 'import vs bare inserts', imported.ours, imported.bare, 3, { unit: ' s', least: false })
  const pages = await lookAtPages({ rounds: quick ? 1 : 3, say }).catch((error) => { say(`lighthouse: ${error.message}`); return null })
  for (const { zh, en, value, limit } of worstOf(pages)) table.line(zh, en, value, null, limit, { unit: '', value })
  rmSync(`${HOME}/work`, { recursive: true, force: true })
  rmSync(`${HOME}/import`, { recursive: true, force: true })
  console.log()
  table.print()
  console.log(`\n  64 个连接，每批平均 ${main.batch.toFixed(0)} 笔写入（裸写每批 64）；比值取每轮之比的中位数，共 ${ROUNDS} 轮。`)
  console.log(`  64 connections, ${main.batch.toFixed(0)} writes a batch on average (bare: 64); ratios are medians over ${ROUNDS} rounds.`)
  return { lines: table.lines, bySize }
}
