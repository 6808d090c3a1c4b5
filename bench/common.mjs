// What both halves of the bench share: starting programs, asking, the load's requests, medians, and the table.
import { spawn, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'

export const quick = process.argv.includes('--quick')
export const SIZES = quick ? [10_000] : [10_000, 100_000, 1_000_000]
export const MAIN = quick ? 10_000 : 100_000 // where all is compared
export const ROUNDS = quick ? 2 : 3
export const SECONDS = quick ? '1' : '2'
export const PORT = 20810, PEER_PORT = 20811, CONSTANT_PORT = 20812
export const ANJU = 'build/anju', HOME = 'build/bench'
export const TOKEN = '{token}' // of each request's own company, from the seed's lists
const children = new Set()

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
export const program = (name, args) => JSON.parse(execFileSync(`${HOME}/${name}`, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 }))
export const say = (text) => process.stderr.write(`  ${text}\n`)

/** A pristine data folder of that size, kept between runs while the program makes the same schema of it. */
export function seeded(repairs) {
  const folder = `${HOME}/seed-${repairs}`
  const whole = ['tokens', 'categories'].every((list) => existsSync(`${folder}.${list}`)) // the last one is written at the end
  if (!whole || execFileSync(ANJU, ['migrate', '--data', folder, '--dry-run'], { encoding: 'utf8' }) !== '') {
    say(`${repairs} repairs …`)
    rmSync(folder, { recursive: true, force: true })
    rmSync(`${folder}.categories`, { force: true })
    execFileSync(`${HOME}/seed`, ['make', '--data', folder, '--repairs', String(repairs)], { stdio: ['ignore', 'inherit', 'inherit'] })
  }
  return folder
}

/** Starts a server and waits until it says that it listens; what it said is child.said. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], ...options })
  children.add(child)
  child.on('exit', () => children.delete(child))
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (bytes) => resolve(Object.assign(child, { said: bytes.toString().trim() })))
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
  })
}

/** By a signal, or by the end of its input where it has one. */
export async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.stdin) child.stdin.end()
  else child.kill('SIGTERM')
  await ended
}

/** Measures the parts that are asked for (by name; none: all) into a table, and says whether each is met. */
export async function measureParts(all, asked = process.argv.slice(2).filter((word) => !word.startsWith('--'))) {
  const table = new Table()
  try {
    for (const part of asked.length ? asked : Object.keys(all)) await all[part](table)
  } finally {
    killAll()
  }
  for (const row of table.lines) console.log(row.met ? 'met ' : 'SHORT', row.zh, '|', row.en, row.ours.toFixed(2), row.other?.toFixed(2) ?? '', 'limit', row.limit)
}

export function killAll() {
  for (const child of children) child.kill('SIGKILL')
}

export function ask(port, method, path, body, token) {
  return new Promise((resolve, reject) => {
    const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }) }
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      const pieces = []
      answer.on('data', (piece) => pieces.push(piece)).on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(pieces).toString() }))
    })
    request.on('error', reject).end(body && JSON.stringify(body))
  })
}

export const metrics = async () => Object.fromEntries((await ask(PORT, 'GET', '/metrics')).text.split('\n').filter((row) => row && row[0] !== '#').map((row) => row.split(' ')))

/** Tokens and house ids, a line each, from the seed's list of homes. */
function housesOf(folder) {
  const file = `${folder}.houses`
  writeFileSync(file, readFileSync(`${folder}.homes`, 'utf8').replace(/\t"house":"(\d+)".*$/gm, '\t$1'))
  return file
}

let keys = Math.floor(Date.now() / 1000) % 0xffffff
/** The load's flags for each of the requests that are compared; the same for Anju and the peer. */
export function requests(folder, ids) {
  const home = ['--list', `token,home=${folder}.homes`, '--list', `cat=${folder}.categories`], token = ['--list', `token=${folder}.tokens`], key = () => ['--key', (keys++).toString(16).padStart(8, '0')]
  return {
    post: () => ['--method', 'POST', '--path', '/api/v1/repairs', ...home, ...key(), '--ids', ids, '--expect', '201',
      '--body', '{"category":"{cat}",{home},"title":"厨房水龙头漏水，关不紧 {n}","description":"昨晚开始滴水，已用盆接着，请尽快上门。"}'],
    act: () => ['--method', 'POST', '--path', '/api/v1/repairs/{id}/actions/accept', '--body', '{}', '--take', `id=${ids}`, ...token, ...key()],
    list: () => ['--path', '/api/v1/repairs', ...token],
    read: () => ['--path', '/api/v1/repairs/{id}', '--list', `token,id=${folder}.repairs`],
    find: () => ['--path', '/api/v1/repairs?q=%E6%BC%8F%E6%B0%B4', ...token],
    box: () => ['--path', '/api/v1/search?q=%E6%BC%8F%E6%B0%B4', ...token],
    household: () => ['--path', '/api/v1/houses/{house}/household', '--list', `token,house=${housesOf(folder)}`],
    initials: () => ['--path', '/api/v1/search?q=wxm', ...token],
  }
}
export const load = (port, flags, seconds = SECONDS) => program('load', ['--port', String(port), '--token', TOKEN, '--seconds', seconds, ...flags])


/** The rates of one database, round by round, by name. */
export class Rates {
  rates = {}

  note(name, rate) { (this.rates[name] ??= []).push(rate) }
  of(name) { return this.rates[name] ? median(this.rates[name]) : null }

  /** Ratios of the same round first, then their median: the machine's moods fall out. */
  ratio(name, other) { return this.rates[other] ? median(this.rates[name].map((rate, i) => rate / this.rates[other][i])) : null }
}

/** The lines of a table, in the order in which they are printed. */
export class Table {
  lines = []

  line(zh, en, ours, other, limit, { unit = '/s', least = true, ratio = other === null ? null : ours / other, value = ratio } = {}) {
    this.lines.push({ zh, en, ours, other, ratio, limit, unit, least, met: value === null ? null : least ? value >= limit : value <= limit })
  }

  versus(rates, name, other, zh, en, limit) {
    this.line(zh, en, rates.of(name), rates.of(other), limit, { ratio: rates.ratio(name, other) })
  }

  /** Does the ratio to the bare engine stay, when there are more data? */
  scale(bySize, name, zh, en) {
    const sizes = Object.keys(bySize).map(Number) // rising, as an object has them
    const ratios = sizes.map((size) => bySize[size].ratio(name, `${name} bare`)), worst = Math.min(...ratios)
    this.line(`规模 ${sizes.map((n) => n / 1000 + 'k').join('→')}：${zh}`, `${en}: ratio to bare at ${sizes[0] / 1000}k, and the lowest at a larger size`, ratios[0], worst, 1.3, { unit: '×', least: false })
  }

  print() {
    const figure = (n) => (n === null || n === undefined ? '–' : n >= 1000 ? Math.round(n).toLocaleString('en') : n >= 10 ? n.toFixed(1) : n.toFixed(2))
    const width = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e7f ? 2 : 1), 0)
    const pad = (text, to, left) => (left ? ' '.repeat(Math.max(0, to - width(text))) + text : text + ' '.repeat(Math.max(0, to - width(text))))
    const rows = this.lines.map((row) => [`${row.zh} ${row.en}`, `${figure(row.ours)}${row.unit}`, row.other === null ? '–' : `${figure(row.other)}${row.unit}`, row.ratio === null ? '–' : row.ratio.toFixed(2),
      row.limit === null ? '–' : `${row.least ? '≥' : '≤'} ${row.limit}`, row.limit === null ? '' : row.met === null ? '未测 not measured' : row.met ? '达到 ok' : '不足 short'])
    const all = [['', '安居 Anju', '对照 other', '比 ratio', '要求 limit', ''], ...rows]
    const widths = all[0].map((_, i) => Math.max(...all.map((row) => width(row[i]))))
    for (const row of all) console.log(row.map((cell, i) => pad(cell, widths[i], i > 0 && i < 5)).join('  ').trimEnd())
  }
}
