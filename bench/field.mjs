// Field work at size: a year's tasks of ten thousand plans, today's board among ten million tasks, and a shift that comes back from where there was no network.
//   node bench/field.mjs [year] [board] [shift]
import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { rmSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'
import { ANJU, HOME, ask, measureParts, median, program, quick, say, start, stop } from './common.mjs'

const PORT = 20860, PASSWORD = 'a password for the bench', DAY = 86_400_000_000
const PLANS = Number(process.env.PLANS ?? (quick ? 500 : 10_000)), TASKS = quick ? 200_000 : 10_000_000, ACTIONS = 400, PHOTOS = 150

function community(name) {
  const folder = `${HOME}/${name}`
  rmSync(folder, { recursive: true, force: true })
  execFileSync(ANJU, ['demo', '--data', folder, '--homes', '100', '--days', '2', '--password', PASSWORD], { stdio: 'ignore' })
  return folder
}

async function serve(folder) {
  const server = await start(ANJU, ['serve', '--data', folder, '--listen', `127.0.0.1:${PORT}`])
  const as = async (login) => {
    const call = async (method, path, body) => {
      const answer = await ask(PORT, method, `/api/v1/${path}`, body, call.token)
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 400)}`)
      return JSON.parse(answer.text || '{}')
    }
    call.token = (await call('POST', 'session', { login, password: PASSWORD })).token
    call.send = async (bytes, key) => { // the same key again is the same file
      const form = new FormData()
      form.set('file', new Blob([bytes], { type: 'image/png' }), 'photo.png')
      const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1/files`, { method: 'POST', body: form, headers: { authorization: `Bearer ${call.token}`, 'idempotency-key': key } })
      if (answer.status >= 300) throw new Error(`files: ${answer.status} ${await answer.text()}`)
      return (await answer.json()).id
    }
    return call
  }
  return { server, as, admin: await as('admin') }
}

/** The table's columns, some of them by other expressions on n.i and the row o that all are made like. */
function like(db, table, own) {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table).map((row) => row.name)
  return `INSERT INTO ${table} (${columns.map((name) => `"${name}"`)}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT ${columns.map((name) => own[name] ?? `o."${name}"`)} FROM n JOIN ${table} o ON o.id = :from`
}

const fast = (folder) => {
  const db = new DatabaseSync(`${folder}/anju.db`)
  db.exec('PRAGMA synchronous=OFF; PRAGMA cache_size=-200000')
  return db
}
const localNow = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)

/** Plans once a week, a fortnight or a month, which the program has just been told to make a year ahead. */
async function year(table) {
  say(`a year of ${PLANS} plans …`)
  const folder = community('field-year')
  let { server, admin } = await serve(folder)
  const { id: project } = (await admin('GET', 'projects')).items[0]
  for (const plan of (await admin('GET', 'plans?limit=500&filter[state]=active')).items) await admin('POST', `plans/${plan.id}/actions/end`, {})
  const rule = (await admin('GET', 'rules?limit=500')).items.find((row) => row.code === 'plans.ahead_days')
  await admin('PATCH', `rules/${rule.id}`, { value: 1 })
  const plans = []
  for (const rrule of ['FREQ=WEEKLY', 'FREQ=WEEKLY;INTERVAL=2', 'FREQ=MONTHLY'])
    plans.push(await admin('POST', 'plans', { project, title: '配电室巡检', rrule, dtstart: `${localNow()}T09:00:00`, window_before_min: 60, window_after_min: 240, duration_min: 20, team: 'engineer' }))
  await admin('PATCH', `rules/${rule.id}`, { value: 365 })
  await stop(server)
  let db = fast(folder)
  for (const [k, plan] of plans.entries())
    db.prepare(like(db, 'plan', { id: `o.id + n.i * 4 + ${k}`, no: `'JH-B${k}-' || n.i`, look_at: '0' })).run({ many: Math.floor(PLANS / plans.length), from: BigInt(plan.id) })
  const before = db.prepare('SELECT count(*) AS n, max(id) AS last FROM task')
  before.setReadBigInts(true)
  const { last } = before.get(), events = db.prepare('SELECT max(n) AS n FROM event').get().n
  db.close()
  ;({ server, admin } = await serve(folder))
  const from = performance.now(), look = new DatabaseSync(`${folder}/anju.db`, { readOnly: true }), left = look.prepare("SELECT count(*) AS n FROM plan WHERE look_at <= :now AND state = 'active' AND archived_at IS NULL")
  while (left.get({ now: Date.now() * 1000 }).n > 0) {
    if (performance.now() - from > 900_000) throw new Error('not within 15 minutes')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const ours = (performance.now() - from) / 1000
  look.close()
  await stop(server)
  db = new DatabaseSync(`${folder}/anju.db`, { readOnly: true })
  const many = db.prepare('SELECT count(*) AS n FROM task WHERE id > :from').get({ from: last }).n
  db.close()
  const bare = program('bare', ['again', '--db', `${folder}/anju.db`, '--id', String(last), '--n', String(events), '--batch', '5000'])
  rmSync(folder, { recursive: true, force: true })
  say(`${many} tasks in ${ours.toFixed(1)} s, one by one by the engine alone ${(many / bare.rate).toFixed(1)} s`)
  table.line(`${PLANS} 个计划一年的任务，每秒`, "a year's tasks, a second, of the bare inserts", many / ours, bare.rate, 0.5)
}

/** Today's board: the tasks of a project's day with their places and people, where ten million lie around them. */
async function board(table) {
  say(`${TASKS} tasks …`)
  const folder = community('field-board')
  let { server, admin } = await serve(folder)
  const { id: project } = (await admin('GET', 'projects')).items[0]
  const plan = await admin('POST', 'plans', { project, title: '配电室巡检', rrule: 'FREQ=DAILY', dtstart: `${localNow()}T09:00:00`, window_before_min: 60, window_after_min: 240, duration_min: 20, team: 'engineer' })
  const { id: first, due_at } = (await admin('GET', `tasks?filter[plan]=${plan.id}&sort=due_at&limit=1`)).items[0]
  await stop(server)
  const db = fast(folder), days = 2000, a_day = Math.round(TASKS / days)
  const when = (name) => `(o.${name} - ((n.i / ${a_day}) * ${DAY}) + ((n.i % ${a_day}) * ${Math.floor(8 * 3_600_000_000 / a_day)}))`
  const newest = db.prepare('SELECT max(id) AS id FROM task')
  newest.setReadBigInts(true)
  const indexes = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'task' AND sql IS NOT NULL").all()
  for (const index of indexes) db.exec(`DROP INDEX "${index.name}"`)
  db.prepare(like(db, 'task', { id: `${newest.get().id} + n.i`, no: 'NULL', due_at: when('due_at'), window_from: when('window_from'), window_to: when('window_to'), state: "CASE WHEN n.i >= " + a_day + " THEN 'done' ELSE o.state END" }))
    .run({ many: TASKS, from: BigInt(first) })
  for (const index of indexes) db.exec(index.sql)
  db.close()
  ;({ server, admin } = await serve(folder))
  const day = new Date(new Date(due_at).getTime() + 8 * 3600e3).toISOString().slice(0, 10), from = new Date(`${day}T00:00+08:00`).toISOString(), to = new Date(new Date(from).getTime() + 86_400_000).toISOString()
  const asked = {
    'the day of the project, first page': `tasks?sort=due_at&filter[project]=${project}&filter[due_at][gte]=${from}&filter[due_at][lt]=${to}&include=space,assignee&limit=50`,
    'what is open, by when it is due': `tasks?sort=due_at&filter[project]=${project}&filter[state][in]=due,started&include=space,assignee&limit=50`,
    'what was missed': `tasks?sort=due_at&filter[project]=${project}&filter[state]=missed&filter[due_at][gte]=${from}&limit=50`,
  }
  for (const [name, path] of Object.entries(asked)) {
    const times = []
    for (let round = 0; round < 9; round++) {
      const begun = performance.now()
      await admin('GET', path)
      times.push(performance.now() - begun)
    }
    say(`board, ${name}: median ${median(times).toFixed(1)} ms, most ${Math.max(...times).toFixed(1)} ms`)
    table.line(`${TASKS} 个任务中的今日看板`, `today's board: ${name}, slowest`, Math.max(...times), null, 50, { unit: 'ms', least: false, value: Math.max(...times) })
  }
  await stop(server)
  rmSync(folder, { recursive: true, force: true })
}

/** A photograph as a phone would send it, about 400 kB: noise does not shrink. */
function picture(width = 440, height = 300) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13), rows = randomBytes((width * 3 + 1) * height)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  for (let y = 0; y < height; y++) rows[y * (width * 3 + 1)] = 0
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** Four hundred actions and a hundred and fifty photos as the phone sends them; the program is killed in the middle. */
async function shift(table) {
  say(`a shift: ${ACTIONS} actions, ${PHOTOS} photos …`)
  const folder = community('field-shift')
  let { server, as, admin } = await serve(folder)
  const { id: house } = (await admin('GET', 'houses?limit=1')).items[0], repairs = []
  for (let i = 0; i < 20; i++) repairs.push((await admin('POST', 'repairs', { house, category: 'water.tap', title: `水龙头漏水 ${i}` })).id)
  const shots = Array.from({ length: PHOTOS }, () => ({ key: randomUUID(), bytes: picture() }))
  const items = Array.from({ length: ACTIONS }, (_, i) => ({ key: randomUUID(), method: 'POST', ...(shots[i]
    ? { path: 'repairs', body: { house, category: 'water.tap', title: `离线报修 ${i}` }, shot: shots[i] } : { path: `repairs/${repairs[i % 20]}/actions/note`, body: { text: `离线记录 ${i}` } }) }))
  let sent = 0, batches = 0, killed = false
  const begun = performance.now()
  while (sent < items.length) {
    try {
      const round = items.slice(sent, sent + 50)
      for (const item of round.filter((one) => one.shot)) item.body.photos = [await admin.send(item.shot.bytes, item.shot.key)]
      const answer = await admin('POST', 'batch', { items: round.map(({ shot, ...item }) => item) })
      batches++
      if (!killed && batches === 4) { // its answer is lost with the program
        killed = true
        const ended = new Promise((resolve) => server.once('exit', resolve))
        server.kill('SIGKILL')
        await ended
        ;({ server, admin } = await serve(folder))
        continue
      }
      for (const one of answer.items) if (one.status >= 300) throw new Error(JSON.stringify(one))
      sent += 50
    } catch (error) {
      if (!/ECONN|socket/.test(String(error))) throw error
    }
  }
  const took = (performance.now() - begun) / 1000
  let notes = 0
  for (const id of repairs) notes += (await admin('GET', `repairs/${id}/events?limit=500`)).items.filter((one) => one.action === 'note').length
  const { count } = await admin('GET', `repairs?count=true&limit=1&q=${encodeURIComponent('离线报修')}`)
  if (notes !== ACTIONS - PHOTOS || count !== PHOTOS) throw new Error(`${notes} notes of ${ACTIONS - PHOTOS}, ${count} repairs of ${PHOTOS}`)
  await stop(server)
  rmSync(folder, { recursive: true, force: true })
  say(`shift: ${ACTIONS} actions in ${took.toFixed(2)} s with a kill in the middle, each once`)
  table.line('一个班次离线后的同步（中途断电），每项恰好一次', 'a shift synchronised with a kill in the middle, each action once', took, null, 30, { unit: 's', least: false, value: took })
}

await measureParts({ year, board, shift })
