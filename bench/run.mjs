// One run of the bench: seeds the data, measures Anju and what it is measured against in turns (A B C, A B C, …), takes
// medians of each, and prints one table with ratios. Absolute figures differ from machine to machine; ratios hardly do.
import { spawn, execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { lookAtPages, worstOf } from './lighthouse.mjs'

const quick = process.argv.includes('--quick')
const SIZES = quick ? [10_000] : [10_000, 100_000, 1_000_000]
const MAIN = quick ? 10_000 : 100_000 // where all is compared
const ROUNDS = quick ? 2 : 3
const SECONDS = quick ? '1' : '2'
const PORT = 20810, PEER_PORT = 20811, CONSTANT_PORT = 20812
const ANJU = 'build/anju', HOME = 'build/bench'
const children = new Set()
const lines = []

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const program = (name, args) => JSON.parse(execFileSync(`${HOME}/${name}`, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 }))
const say = (text) => process.stderr.write(`  ${text}\n`)

function line(zh, en, ours, other, limit, { unit = '/s', least = true, ratio = other === null ? null : ours / other, value = ratio } = {}) {
  lines.push({ zh, en, ours, other, ratio, limit, unit, least, met: value === null ? null : least ? value >= limit : value <= limit })
}

/** Starts a server and waits until it says that it listens. */
function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.add(child)
  child.on('exit', () => children.delete(child))
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child))
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
  })
}

async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

function ask(port, method, path, body, token) {
  return new Promise((resolve, reject) => {
    const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }) }
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      const pieces = []
      answer.on('data', (piece) => pieces.push(piece)).on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(pieces).toString() }))
    })
    request.on('error', reject).end(body && JSON.stringify(body))
  })
}

const logIn = async () => JSON.parse((await ask(PORT, 'POST', '/api/v1/session', { login: 'bench', password: 'benchbench' })).text).token
const metrics = async () => Object.fromEntries((await ask(PORT, 'GET', '/metrics')).text.split('\n').filter((row) => row && row[0] !== '#').map((row) => row.split(' ')))

/** A pristine data folder of that size, kept between runs while the program makes the same schema of it. */
function seed(repairs) {
  const folder = `${HOME}/seed-${repairs}`
  const fresh = existsSync(`${folder}.categories`) && execFileSync(ANJU, ['migrate', '--data', folder, '--dry-run'], { encoding: 'utf8' }) === ''
  if (!fresh) {
    say(`${repairs} repairs …`)
    rmSync(folder, { recursive: true, force: true })
    execFileSync(`${HOME}/seed`, ['make', '--data', folder, '--repairs', String(repairs)], { stdio: ['ignore', 'inherit', 'inherit'] })
  }
  return folder
}

let keys = Math.floor(Date.now() / 1000) % 0xffffff
/** The load's flags for each of the requests that are compared; the same for Anju and the peer. */
function requests(folder, ids) {
  const home = ['--list', `home=${folder}.homes`, '--list', `cat=${folder}.categories`], key = () => ['--key', (keys++).toString(16).padStart(8, '0')]
  return {
    post: () => ['--method', 'POST', '--path', '/api/v1/repairs', ...home, ...key(), '--ids', ids, '--expect', '201',
      '--body', '{"category":"{cat}",{home},"title":"厨房水龙头漏水，关不紧 {n}","description":"昨晚开始滴水，已用盆接着，请尽快上门。"}'],
    act: () => ['--method', 'POST', '--path', '/api/v1/repairs/{id}/actions/accept', '--body', '{}', '--take', `id=${ids}`, ...key()],
    list: () => ['--path', '/api/v1/repairs'],
    read: () => ['--path', '/api/v1/repairs/{id}', '--list', `id=${folder}.repairs`],
    find: () => ['--path', '/api/v1/repairs?q=%E6%BC%8F%E6%B0%B4'],
    box: () => ['--path', '/api/v1/search?q=%E6%BC%8F%E6%B0%B4'],
    initials: () => ['--path', '/api/v1/search?q=wxm'],
  }
}
const load = (port, token, flags, seconds = SECONDS) => program('load', ['--port', String(port), '--token', token, '--seconds', seconds, ...flags])

/** All that is measured at one size: medians of rates by name. */
async function measure(size) {
  const pristine = seed(size), work = `${HOME}/work`, ids = `${HOME}/ids`, db = `${work}/anju.db`, isMain = size === MAIN
  rmSync(work, { recursive: true, force: true })
  cpSync(pristine, work, { recursive: true })
  execFileSync('sync') // or the disk is still busy with the copy while writes are measured
  const [listSql, oneSql, findSql, match] = execFileSync(`${HOME}/seed`, ['statements', '--data', work], { encoding: 'utf8' }).split('\n')
  const server = await start(ANJU, ['serve', '--data', work, '--listen', `127.0.0.1:${PORT}`]), token = await logIn()
  const peer = isMain && process.env.PEER_NODE ? await start(process.env.PEER_NODE, ['bench/peer/server.mjs', '--db', db, '--port', String(PEER_PORT)]) : null
  const asked = requests(pristine, ids), rates = {}
  const note = (name, rate) => (rates[name] ??= []).push(rate)
  const bare = (...args) => program('bare', [...args, '--db', db, '--seconds', SECONDS]).rate
  let batches = 0, writes = 0, constant = null

  for (let round = 0; round < ROUNDS; round++) {
    say(`${size}: ${round + 1}/${ROUNDS}`)
    for (const name of ['post', 'act']) {
      const before = await metrics()
      note(name, load(PORT, token, asked[name]()).rate)
      const after = await metrics()
      batches += after.anju_write_batches_total - before.anju_write_batches_total
      writes += after.anju_writes_total - before.anju_writes_total
      note(`${name} bare`, bare(name))
    }
    if (peer) for (const name of ['post', 'act']) note(`${name} peer`, load(PEER_PORT, 'peer', asked[name]()).rate)
    note('list', load(PORT, token, asked.list()).rate)
    note('list bare', bare('query', '--sql', listSql))
    if (peer) note('list peer', load(PEER_PORT, 'peer', asked.list()).rate)
    const read = load(PORT, token, asked.read())
    note('read', read.rate)
    note('read bare', bare('query', '--sql', oneSql, '--ids', `${pristine}.repairs`))
    if (isMain) {
      constant ??= await start(`${HOME}/constant`, ['--port', String(CONSTANT_PORT), '--bytes', String(read.body_bytes)])
      note('read constant', load(CONSTANT_PORT, token, asked.read()).rate)
    }
    if (peer) note('read peer', load(PEER_PORT, 'peer', asked.read()).rate)
    note('find', load(PORT, token, asked.find()).rate)
    note('find bare', bare('query', '--sql', findSql, '--match', match))
    note('box', load(PORT, token, asked.box()).rate)
    note('initials', load(PORT, token, asked.initials()).rate)
  }
  if (constant) await stop(constant)
  if (peer) await stop(peer)
  const of = Object.fromEntries(Object.entries(rates).map(([name, list]) => [name, median(list)]))
  of.batch = writes / batches
  // Ratios of the same round first, then their median: the machine's moods fall out.
  of.ratio = Object.fromEntries(['post', 'act', 'list', 'read', 'find'].map((name) => [name, median(rates[name].map((rate, i) => rate / rates[`${name} bare`][i]))]))
  of.against = (name, other) => (rates[`${name} ${other}`] ? median(rates[name].map((rate, i) => rate / rates[`${name} ${other}`][i])) : null)
  return { of, server, token, work, pristine, ids, db }
}

/** The log's size while writers and readers go on, then while a reader outside holds its snapshot, then after. */
async function watchLog({ token, pristine, ids, db }) {
  const asked = requests(pristine, ids), wal = `${db}-wal`
  let peak = 0
  const run = (name, args) => new Promise((resolve) => spawn(`${HOME}/${name}`, args, { stdio: 'ignore' }).on('exit', resolve))
  const mix = (seconds) => Promise.all([run('load', ['--port', String(PORT), '--token', token, '--seconds', seconds, '--connections', '32', ...asked.post()]),
    run('load', ['--port', String(PORT), '--token', token, '--seconds', seconds, '--connections', '16', ...asked.list()])])
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

function table() {
  const figure = (n) => (n === null || n === undefined ? '–' : n >= 1000 ? Math.round(n).toLocaleString('en') : n >= 10 ? n.toFixed(1) : n.toFixed(2))
  const width = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e7f ? 2 : 1), 0)
  const pad = (text, to, left) => (left ? ' '.repeat(Math.max(0, to - width(text))) + text : text + ' '.repeat(Math.max(0, to - width(text))))
  const rows = lines.map((row) => [`${row.zh} ${row.en}`, `${figure(row.ours)}${row.unit}`, row.other === null ? '–' : `${figure(row.other)}${row.unit}`, row.ratio === null ? '–' : row.ratio.toFixed(2),
    `${row.least ? '≥' : '≤'} ${row.limit}`, row.met === null ? '未测 not measured' : row.met ? '达到 ok' : '不足 short'])
  const all = [['', '安居 Anju', '对照 other', '比 ratio', '要求 limit', ''], ...rows]
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => width(row[i]))))
  for (const row of all) console.log(row.map((cell, i) => pad(cell, widths[i], i > 0 && i < 5)).join('  ').trimEnd())
}

async function main() {
  mkdirSync(HOME, { recursive: true })
  const bySize = {}
  let last
  for (const size of SIZES) {
    last = await measure(size)
    bySize[size] = last.of
    if (size !== SIZES.at(-1)) await stop(last.server)
  }
  const main = bySize[MAIN], vs = (name, other, zh, en, limit) => line(zh, en, main[name], main[`${name} ${other}`] ?? null, limit, { ratio: main.against(name, other) })
  vs('post', 'bare', '报修（对裸写）', 'POST repair vs bare writes', 0.7)
  vs('act', 'bare', '受理（对裸写）', 'action accept vs bare writes', 0.7)
  vs('list', 'bare', '列表 50（对裸查询）', 'list of 50 vs bare statement', 0.4)
  vs('read', 'constant', '单条（对常量应答）', 'point read vs constant answer', 0.5)
  for (const [name, zh, en] of [['post', '报修', 'POST repair'], ['act', '受理', 'action accept'], ['list', '列表 50', 'list of 50'], ['read', '单条', 'point read']])
    vs(name, 'peer', `${zh}（对 Fastify）`, `${en} vs Fastify`, 3)
  for (const [name, zh, en] of [['post', '写', 'write'], ['list', '列表', 'list'], ['read', '单条', 'read'], ['find', '查找', 'search']]) {
    const ratios = SIZES.map((size) => bySize[size].ratio[name]), worst = Math.min(...ratios)
    line(`规模 ${SIZES.map((n) => n / 1000 + 'k').join('→')}：${zh}`, `${en}: ratio to bare at 10k, and the lowest at a larger size`, ratios[0], worst, 1.3, { unit: '×', least: false })
  }
  for (const size of SIZES) {
    const of = bySize[size]
    line(`查找“漏水” ${size / 1000}k`, 'search, two characters: point reads per search', of.read, of.box, 10, { least: false })
    line(`查找 wxm ${size / 1000}k`, 'search by initials: point reads per search', of.read, of.initials, 10, { least: false })
  }
  say('write-ahead log …')
  const log = await watchLog(last)
  line('日志，读写混合', 'write-ahead log, mixed load', log.own, null, 256, { unit: ' MB', least: false, value: log.own })
  line('日志，外部读者占住 4 秒', 'while a reader is held 4 s outside', log.held, null, 2000, { unit: ' MB', least: false, value: log.held })
  line('日志，读者离开之后', 'after it has left', log.after, null, 256, { unit: ' MB', least: false, value: log.after })
  const status = readFileSync(`/proc/${last.server.pid}/status`, 'utf8'), peak = Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024
  line('内存峰值', 'memory at its peak (VmHWM)', peak, null, 64, { unit: ' MB', least: false, value: peak })
  await stop(last.server)
  const first = await startTime(last.work, last.token, readFileSync(`${last.pristine}.repairs`, 'utf8').split('\n')[0])
  line(`启动到首个应答 ${SIZES.at(-1) / 1000}k`, 'start to first answer', first, null, 50, { unit: ' ms', least: false, value: first })
  say('import …')
  const imported = importTime()
  line(`导入 ${imported.homes} 户 ${imported.people} 人`, 'import vs bare inserts', imported.ours, imported.bare, 3, { unit: ' s', least: false })
  const pages = await lookAtPages({ rounds: quick ? 1 : 3, say }).catch((error) => { say(`lighthouse: ${error.message}`); return null })
  for (const { zh, en, value, limit } of worstOf(pages)) line(zh, en, value, null, limit, { unit: '', value })
  rmSync(`${HOME}/work`, { recursive: true, force: true })
  rmSync(`${HOME}/import`, { recursive: true, force: true })
  console.log()
  table()
  console.log(`\n  64 个连接，每批平均 ${main.batch.toFixed(0)} 笔写入（裸写每批 64）；比值取每轮之比的中位数，共 ${ROUNDS} 轮。`)
  console.log(`  64 connections, ${main.batch.toFixed(0)} writes a batch on average (bare: 64); ratios are medians over ${ROUNDS} rounds.`)
  writeFileSync(`${HOME}/result.json`, JSON.stringify({ lines, bySize: Object.fromEntries(SIZES.map((size) => [size, bySize[size]])) }, null, 1))
}

try {
  await main()
} finally {
  for (const child of children) child.kill('SIGKILL')
}
