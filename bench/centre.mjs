// The customer centre at a million: the search box while the office writes, a notice to fifty thousand people, the figures of a
// million complaints.   node bench/centre.mjs [search] [notice] [figures]
import { execFileSync, spawn } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { ANJU, HOME, ask, measureParts, median, program, quick, say, start, stop } from './common.mjs'

const PORT = 20850, SINK_PORT = 20851, PASSWORD = 'a password for the bench', DAY = 86_400_000_000
const HOMES = 20_000, PEOPLE = 50_000, FILES = quick ? 1 : 20, COMPLAINTS = quick ? 50_000 : 1_000_000
const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧'], given = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红'], names = []
for (const a of surnames) for (const b of given) for (const c of ['', ...given]) names.push(a + b + c)

/** A company with so many files of 20,000 homes and 50,000 people, by the program's own import. */
function community(name, files, mail = false) {
  const folder = `${HOME}/${name}`, file = `${HOME}/${name}.csv`
  rmSync(folder, { recursive: true, force: true })
  execFileSync(ANJU, ['init', '--data', folder, '--password', PASSWORD])
  for (let f = 0, person = 0; f < files; f++) {
    const rows = ['房号,建筑面积,业主姓名,手机']
    for (let i = 0; i < HOMES; i++) {
      const who = [], phones = []
      for (const end = f * PEOPLE + ((i + 1) * PEOPLE) / HOMES; person < end; person++) {
        who.push(names[(person * 7919) % names.length])
        phones.push(String(13_000_000_000 + person * 7))
      }
      rows.push(`${f * 100 + 1 + Math.floor(i / 200)}-${1 + Math.floor(i / 100) % 2}-${1 + Math.floor(i / 4) % 25}${String(1 + (i % 4)).padStart(2, '0')},${(60 + (i % 90)).toFixed(2)},${who.join('、')},${phones.join('、')}`)
    }
    writeFileSync(file, rows.join('\n'))
    execFileSync(ANJU, ['import', '--data', folder, 'houses', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  rmSync(file)
  if (mail) {
    const db = new DatabaseSync(`${folder}/anju.db`)
    db.exec("UPDATE party SET email = 'p' || id || '@example.com'")
    db.close()
  }
  return folder
}

async function serve(folder, flags = []) {
  const server = await start(ANJU, ['serve', '--data', folder, '--listen', `127.0.0.1:${PORT}`, ...flags])
  const call = async (method, path, body) => {
    const answer = await ask(PORT, method, `/api/v1/${path}`, body, call.token)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 400)}`)
    return JSON.parse(answer.text || '{}')
  }
  call.token = (await call('POST', 'session', { login: 'admin', password: PASSWORD })).token
  return { server, call }
}

const seconds = async (what) => {
  const from = performance.now()
  await what()
  return (performance.now() - from) / 1000
}

/** The search box of four clerks who never stop, while two hundred repairs a second come in; p99 in ms. */
async function search(table) {
  say(`${FILES * PEOPLE} people …`)
  const folder = community('centre-search', FILES), { server, call } = await serve(folder)
  const queries = ['王伟', '李芳娜', 'wxm', 'lf', '12-1-501', '3-2-1502', '漏水', '张'].map(encodeURIComponent)
  const list = `${HOME}/centre.queries`, { id: house } = (await call('GET', 'houses?limit=1')).items[0]
  writeFileSync(list, queries.join('\n') + '\n')
  const look = (rest) => new Promise((resolve, reject) => {
    let said = ''
    const child = spawn(`${HOME}/load`, ['--port', String(PORT), '--token', call.token, '--seconds', quick ? '3' : '10', '--connections', '4', '--path', '/api/v1/search?q={q}', '--list', `q=${list}`, ...rest],
      { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (bytes) => { said += bytes })
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`load: ${code}`))))
  })
  await look([])
  let written = 0, failed = 0, sent = 0
  const begun = performance.now()
  const timer = setInterval(() => { // two hundred a second, also when a tick comes late
    for (; sent < (performance.now() - begun) / 5; sent++)
      ask(PORT, 'POST', '/api/v1/repairs', { house, category: 'water.tap', title: `水龙头漏水 ${sent}` }, call.token)
        .then((answer) => { answer.status < 300 ? written++ : failed++ }, () => { failed++ })
  }, 10)
  const from = performance.now(), found = await look([])
  clearInterval(timer)
  const rate = written / ((performance.now() - from) / 1000)
  if (failed > 0) throw new Error(`${failed} writes failed`)
  await stop(server)
  rmSync(folder, { recursive: true, force: true })
  say(`search: p50 ${(found.p50_us / 1000).toFixed(1)} p95 ${(found.p95_us / 1000).toFixed(1)} p99 ${(found.p99_us / 1000).toFixed(1)} ms at ${rate.toFixed(0)} writes a second, ${found.rate.toFixed(0)} searches a second`)
  table.line(`搜索框 p99，${FILES * PEOPLE} 人`, 'search box p99 while the office writes', found.p99_us / 1000, null, 30, { unit: 'ms', least: false, value: found.p99_us / 1000 })
}

/** A mail server that takes everything. */
function sink() {
  let taken = 0
  const server = net.createServer((socket) => {
    let data = false, rest = ''
    socket.setNoDelay(true)
    socket.write('220 sink\r\n')
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      rest += bytes
      for (let end; (end = rest.indexOf('\r\n')) >= 0;) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (data) {
          if (line === '.') data = false, taken++, socket.write('250 taken\r\n')
        } else if (/^DATA/i.test(line)) data = true, socket.write('354 go on\r\n')
        else if (/^EHLO/i.test(line)) socket.write('250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n')
        else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
        else socket.write('250 ok\r\n')
      }
    })
  })
  return new Promise((resolve) => server.listen(SINK_PORT, '127.0.0.1', () => resolve({ close: () => server.close(), taken: () => taken })))
}

/** How many letters a second the sink itself takes on eight connections, from a program that does nothing else. */
function sinkLimit(letters = 20_000) {
  const program = String.raw`const net = require('node:net'), steps = ['EHLO me', 'MAIL FROM:<office@example.com>', 'RCPT TO:<p@example.com>', 'DATA', 'Subject: x\r\n\r\n' + 'x'.repeat(600) + '\r\n.']
    let left = ${letters}, open = 8; const from = performance.now()
    for (let i = 0; i < 8; i++) {
      const socket = net.connect(${SINK_PORT}, '127.0.0.1'); let at = 0
      socket.setNoDelay(true)
      socket.on('data', (bytes) => { if (!/^\d{3} /m.test(String(bytes))) return; if (at === steps.length) { at = 1; if (--left <= 0) { socket.destroy(); if (--open === 0) { console.log(${letters} / ((performance.now() - from) / 1000)); process.exit() } return } } socket.write(steps[at++] + '\r\n') })
    }`
  return new Promise((resolve, reject) => {
    let said = ''
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (bytes) => { said += bytes })
    child.on('close', () => (Number(said) > 0 ? resolve(Number(said)) : reject(new Error('the sink cannot be measured'))))
  })
}

/** A notice to 50,000 people: its rows in the outbox against the same rows by the engine alone, and how fast they are sent. */
async function notice(table) {
  say(`a notice to ${PEOPLE} people …`)
  const folder = community('centre-notice', 1, true), mail = await sink()
  const { server, call } = await serve(folder, ['--smtp', `smtp://127.0.0.1:${SINK_PORT}`, '--mail-from', 'office@example.com'])
  for (const rule of (await call('GET', 'rules?limit=200')).items.filter((row) => /^outbox\.quiet_|^notice\.approve/.test(row.code)))
    await call('PATCH', `rules/${rule.id}`, { value: /quiet/.test(rule.code) ? 0 : 100000 })
  const project = (await call('GET', 'projects')).items[0].id
  const db = new DatabaseSync(`${folder}/anju.db`, { readOnly: true })
  const count = db.prepare("SELECT count(*) AS n FROM delivery WHERE channel = ?"), wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const spread = async (channels) => {
    const made = await call('POST', 'notices', { project, kind: 'notice', title: '停水通知', body: '<p>周三停水。</p>', audience: { roles: ['owner'] }, channels })
    const before = count.get(channels.at(-1)).n
    const took = await seconds(async () => {
      await call('POST', `notices/${made.id}/actions/submit`, {})
      for (let i = 0; count.get(channels.at(-1)).n < before + PEOPLE; i++) {
        if (i > 6000) throw new Error(`only ${count.get(channels.at(-1)).n} deliveries`)
        await wait(10)
      }
    })
    return took
  }
  const ours = median([await spread(['app']), await spread(['app']), await spread(['app'])])
  await spread(['email'])
  const from = performance.now(), already = mail.taken()
  while (mail.taken() < PEOPLE) {
    if (performance.now() - from > 120_000) throw new Error(`only ${mail.taken()} letters in two minutes`)
    await wait(20)
  }
  const rate = (PEOPLE - already) / ((performance.now() - from) / 1000), limit = await sinkLimit()
  db.close()
  await stop(server)
  mail.close()
  const own = new DatabaseSync(`${folder}/anju.db`)
  own.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-7000")
  const tables = ['message', 'delivery']
  for (const name of tables) own.exec(`CREATE TEMP TABLE was_${name} AS SELECT * FROM ${name} WHERE record_id = (SELECT min(id) FROM notice); DELETE FROM ${name} WHERE record_id = (SELECT min(id) FROM notice)`)
  const bare = await seconds(() => {
    own.exec('BEGIN')
    for (const name of tables) own.exec(`INSERT INTO ${name} SELECT * FROM was_${name}`)
    own.exec('COMMIT')
  })
  own.close()
  rmSync(folder, { recursive: true, force: true })
  say(`notice: ${ours.toFixed(2)} s, bare ${bare.toFixed(2)} s; sent at ${rate.toFixed(0)} a second, the sink takes ${limit.toFixed(0)}`)
  table.line('通知 5 万人写入发件箱', 'notice to 50,000 into the outbox, times the bare inserts', ours, bare, 2, { unit: 's', least: false })
  table.line('发信', 'letters a second to a local sink, 2,000 or nine tenths of what it takes', rate, limit, Math.min(2000, 0.9 * limit), { value: rate })
}

/** The figures page of a month and of a year, with complaints of five years. */
async function figures(table) {
  say(`${COMPLAINTS} complaints …`)
  const folder = community('centre-figures', 1)
  let { server, call } = await serve(folder)
  const { id: house } = (await call('GET', 'houses?limit=1')).items[0]
  const codes = (await call('GET', 'complaint_categories?limit=200')).items.filter((row) => row.parent).map((row) => row.code)
  const one = await call('POST', 'complaints', { house, category: codes[0], statement: '楼上每晚十点以后还有噪声', channel: 'phone' })
  await stop(server)
  const db = new DatabaseSync(`${folder}/anju.db`)
  db.exec('PRAGMA synchronous=OFF; PRAGMA cache_size=-200000')
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all('complaint').map((row) => row.name)
  const when = `(o.created_at - (n.i * ${Math.floor(1825 * DAY / COMPLAINTS)}))`
  const own = { id: 'o.id + n.i', no: "'TS-B-' || n.i", created_at: when, updated_at: when, category: `json_extract(:codes, '$[' || (n.i * 7 % ${codes.length}) || ']')`,
    house_id: '(o.house_id + 0)', state: '(SELECT 9)', first_contact_done_at: `${when} + 3600000000`, first_contact_met: 'CASE WHEN n.i % 10 = 0 THEN 0 ELSE 1 END',
    resolve_done_at: `${when} + ${2 * DAY}`, resolve_met: 'CASE WHEN n.i % 7 = 0 THEN 0 ELSE 1 END', callback_done_at: `${when} + ${3 * DAY}`, satisfied: 'CASE WHEN n.i % 6 = 0 THEN 0 ELSE 1 END' }
  const states = db.prepare('SELECT state FROM complaint').all()
  own.state = typeof states[0].state === 'string' ? "'closed'" : own.state
  const picked = columns.map((name) => own[name] ?? `o."${name}"`)
  const indexes = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'complaint' AND sql IS NOT NULL").all()
  for (const index of indexes) db.exec(`DROP INDEX "${index.name}"`)
  db.prepare(`INSERT INTO complaint (${columns.map((name) => `"${name}"`)}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${COMPLAINTS}) SELECT ${picked} FROM n JOIN complaint o ON o.id = :from`)
    .run({ ...(picked.some((text) => text.includes(':codes')) && { codes: JSON.stringify(codes) }), from: BigInt(one.id) })
  for (const index of indexes) db.exec(index.sql)
  db.exec('DELETE FROM tally_ready') // made anew by the program, which has not seen these come
  db.close()
  ;({ server, call } = await serve(folder))
  const look = new DatabaseSync(`${folder}/anju.db`, { readOnly: true }), ready = look.prepare('SELECT count(*) AS n FROM tally_ready')
  const making = await seconds(async () => { while (ready.get().n < 36) await new Promise((resolve) => setTimeout(resolve, 200)) })
  say(`the days of six figures are tallied in ${making.toFixed(1)} s`)
  look.close()
  const asked = ['complaint_count', 'complaint_per_1000_homes', 'complaint_first_answer_in_time', 'complaint_resolved_in_time', 'complaint_satisfied', 'complaint_repeat']
  const day = (before) => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10)
  for (const [zh, en, from, by] of [['一月', 'a month, each figure by category', 30, 'category'], ['一季', 'thirteen weeks, each figure by week', 91, 'week'], ['一年', 'a year, each figure by month', 365, 'month']]) {
    const times = []
    for (let round = 0; round < 5; round++)
      for (const name of asked) {
        const took = await seconds(async () => { const answer = await call('GET', `figures/${name}?from=${day(from)}&to=${day(0)}&by=${by}`); if (answer.rows.length === 0) throw new Error(`${name}: empty`) })
        times.push(took * 1000)
      }
    say(`figures, ${en}: median ${median(times).toFixed(1)} ms, most ${Math.max(...times).toFixed(1)} ms`)
    table.line(`投诉指标，${zh}`, `figures: ${en}, slowest`, Math.max(...times), null, 50, { unit: 'ms', least: false, value: Math.max(...times) })
  }
  await stop(server)
  rmSync(folder, { recursive: true, force: true })
}

await measureParts({ search, notice, figures })
