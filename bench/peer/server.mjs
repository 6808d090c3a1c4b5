// What Anju is compared with: the same two writes and two reads, by hand, on Fastify and better-sqlite3, over the same
// tables and data. As fast as this design honestly is: prepared statements, answers written by compiled serializers, log-ins
// cached for five seconds as Anju does, one transaction a request. better-sqlite3 works on the one JavaScript thread, so each
// commit is synced before the next request is looked at: that is what people write with it, and there is no group commit.
//
//     node server.mjs --db FILE --port P     prints "listening"; tokens are the seed's
import crypto from 'node:crypto'
import Database from 'better-sqlite3'
import { LIMITS, Problem, SHOWN, chainOf, dueAt, flags, hash, id, idParams, listen, newId, nowUs, openApp, pairs, repairBody, repairJson, reportChanges, seal, sealOf, send, sendList, seriesName, time } from './shared.mjs'

const db = new Database(flags.db)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('foreign_keys = ON')
db.pragma('cache_size = -7000')
db.pragma('temp_store = MEMORY')
db.pragma('wal_autocheckpoint = 5000')
db.defaultSafeIntegers(true) // ids are 64-bit

const one = (sql) => db.prepare(sql)

// The desk's session again, under a digest that Node knows.
const bench = db.prepare("SELECT org_id, user_id FROM login WHERE login = 'bench'").get()
const session = { digest: hash(`bench-${bench.org_id}`), org: bench.org_id, id: newId(), user: bench.user_id, at: nowUs(), until: nowUs() + 7n * 86400_000_000n }
db.prepare('INSERT OR REPLACE INTO session (digest, org_id, id, user_id, created_at, expires_at, seen_at) VALUES (@digest, @org, @id, @user, @at, @until, @at)').run(session)

const sql = {
  session: one('SELECT org_id, user_id, expires_at FROM session WHERE digest = ?'),
  grants: one('SELECT role, project_id FROM role_grant WHERE org_id = ? AND user_id = ?'),
  idem: one('SELECT request, status, answer FROM idem WHERE org_id = ? AND user_id = ? AND idem_key = ?'),
  keep: one('INSERT INTO idem (org_id, user_id, idem_key, request, status, headers, answer, record_id, record_type, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  house: one('SELECT project_id, building_id, no FROM house WHERE org_id = ? AND id = ? AND archived_at IS NULL'),
  party: one('SELECT name, phone FROM party WHERE org_id = ? AND id = ? AND archived_at IS NULL'),
  category: one('SELECT * FROM repair_category WHERE org_id = ? AND code = ? AND archived_at IS NULL'),
  project: one('SELECT code, calendar FROM project WHERE org_id = ? AND id = ?'),
  series: one("INSERT INTO series (org_id, name, next) VALUES (?, ?, 21) ON CONFLICT (org_id, name) DO UPDATE SET next = series.next + 20 RETURNING next"),
  fts: one('INSERT INTO repair_fts (rowid, search) VALUES (?, ?)'),
  clock: one('INSERT INTO clock (org_id, id, record_type, record_id, project_id, name, calendar, minutes, started_at, due_at, paused_us, pauses, level, next_at)'
    + " VALUES (?, ?, 'repair', ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)"),
  clockOf: one('SELECT * FROM clock WHERE org_id = ? AND record_id = ? AND name = ?'),
  clockEnd: one('UPDATE clock SET calendar = ?, minutes = ?, started_at = ?, due_at = ?, paused_at = NULL, left_us = 0, paused_us = 0, pauses = 0, level = 0,'
    + ' next_at = NULL, done_at = ? WHERE org_id = ? AND id = ?'),
  message: one("INSERT INTO message (org_id, id, to_party, to_roles, project_id, record_type, record_id, kind, text_zh, text_en, once, created_at)"
    + " VALUES (?, ?, ?, ?, ?, 'repair', ?, ?, ?, ?, '', ?)"),
  count: one('UPDATE org SET n = n + 1 WHERE org_id = ? RETURNING n, head'),
  head: one('UPDATE org SET head = ?, sign = ? WHERE org_id = ?'),
  event: one('INSERT INTO event (org_id, n, id, at, actor_id, record_type, record_id, project_id, action, from_state, to_state, payload, salt, payload_hash, seal, chain)'
    + " VALUES (?, ?, ?, ?, ?, 'repair', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
  insert: one('INSERT INTO repair (org_id, id, no, state, version, created_at, updated_at, created_by, project_id, building_id, seal, house_id, reporter_id, place_kind,'
    + ' contact_phone, category, urgency, title, description, channel, payer, due_respond_at, due_arrive_at, due_finish_at, next_due_at, next_limit, pauses, visits, reworks, search)'
    + " VALUES (?, ?, ?, 'reported', 1, ?, ?, ?, ?, ?, ?, ?, ?, 'inside_home', ?, ?, ?, ?, ?, 'phone', ?, ?, ?, ?, ?, 'respond', 0, 0, 0, ?)"),
  accept: one("UPDATE repair SET version = version + 1, updated_at = ?, state = 'accepted', seal = ?, respond_done_at = ?, respond_met = ?, next_due_at = due_arrive_at,"
    + " next_limit = 'arrive' WHERE org_id = ? AND id = ? AND version = ?"),
  get: one(`SELECT ${SHOWN} FROM repair t WHERE t.org_id = ? AND t.id = ? AND t.project_id = ?`),
  list: one(`SELECT ${SHOWN} FROM repair t WHERE t.org_id = ? AND t.project_id = ? AND t.archived_at IS NULL ORDER BY t.id DESC LIMIT 51`),
  search: one(`SELECT ${SHOWN} FROM repair_fts f CROSS JOIN repair t ON t.id = f.rowid WHERE repair_fts MATCH ? AND t.org_id = ? AND t.project_id = ? AND t.archived_at IS NULL ORDER BY f.rowid DESC LIMIT ?`),
}

function addEvent(org, user, record, project, action, from, to, changes, rowSeal, at) {
  const { n, head } = sql.count.get(org)
  const payload = JSON.stringify(changes), salt = crypto.randomBytes(16).toString('hex'), payloadHash = hash(salt + payload), event = newId()
  const chain = chainOf(head, n, event, at, user, record, project, action, from, to, payloadHash, rowSeal)
  sql.event.run(org, n, event, at, user, record, project, action, from, to, payload, salt, payloadHash, rowSeal, chain)
  sql.head.run(chain, seal(`head ${org} ${n} ${chain}`), org)
}

let block = { name: '', next: 0n, end: 0n }
function nextNumber(org, code) {
  const name = seriesName(code)
  if (block.name !== name || block.next === block.end) {
    const { next } = sql.series.get(org, name)
    block = { name, next: next - 20n, end: next }
  }
  return `${name}-${String(block.next++).padStart(4, '0')}`
}

// The stored answer for the key, or the work and its answer, in one transaction.
function once(request, work) {
  const { org, user } = request.actor, key = request.headers['idempotency-key']
  const digest = key && hash(`${request.method} ${request.url} ${JSON.stringify(request.body)}`)
  const stored = key && sql.idem.get(org, user, key)
  if (stored) {
    if (stored.request !== digest) throw new Problem(422, 'idempotency_mismatch')
    return { status: Number(stored.status), answer: stored.answer }
  }
  const result = work()
  if (key) sql.keep.run(org, user, key, digest, BigInt(result.status), result.headers, result.answer, result.made ?? null, result.made ? 'repair' : null, nowUs())
  return result
}

const create = db.transaction((request) => once(request, () => {
  const { org, user, projects } = request.actor, body = request.body, now = nowUs(), made = newId(), fields = []
  const house = sql.house.get(org, BigInt(body.house)), category = sql.category.get(org, body.category)
  const party = body.reporter === undefined ? null : sql.party.get(org, BigInt(body.reporter))
  if (!house || !projects.has(house.project_id)) fields.push('house')
  if (!category) fields.push('category')
  if (party === undefined) fields.push('reporter')
  if (fields.length) throw new Problem(422, 'invalid', fields)
  const project = sql.project.get(org, house.project_id), no = nextNumber(org, project.code)
  const due = LIMITS.map(([, column]) => dueAt(now, Number(category[column]), category.calendar))
  const reporter = body.reporter === undefined ? null : BigInt(body.reporter)
  const row = { id: made, no, state: 'reported', version: 1n, created_at: now, project_id: house.project_id, house_id: BigInt(body.house), reporter_id: reporter,
    contact_phone: party?.phone ?? null, category: body.category, urgency: category.urgency, title: body.title, description: body.description ?? null, payer: category.payer,
    due_respond_at: due[0], due_arrive_at: due[1], due_finish_at: due[2] }
  const rowSeal = sealOf(row), search = pairs(`${no} ${house.no} ${party?.name ?? ''} ${body.title} ${body.description ?? ''}`)
  sql.insert.run(org, made, no, now, now, user, house.project_id, house.building_id, rowSeal, row.house_id, reporter, row.contact_phone, body.category, category.urgency,
    body.title, row.description, category.payer, due[0], due[1], due[2], due[0], search)
  sql.fts.run(made, search)
  LIMITS.forEach(([name, column], i) => sql.clock.run(org, newId(), made, house.project_id, name, category.calendar, category[column], now, due[i], now + (due[i] - now) / 2n))
  sql.message.run(org, newId(), null, 6n, house.project_id, made, 'report', `${no} ${body.title}：新报修`, `${no} ${body.title}: New repair`, now)
  addEvent(org, user, made, house.project_id, 'report', null, 'reported', reportChanges(row, body.house, due), rowSeal, now)
  return { status: 201, headers: `Location\t/api/v1/repairs/${made}\nETag\t"v1"\n`, made, answer: repairJson(sql.get.get(org, made, house.project_id)) }
}))

const accept = db.transaction((request) => once(request, () => {
  const { org, user, project } = request.actor, record = BigInt(request.params.id), now = nowUs()
  const row = sql.get.get(org, record, project)
  if (!row) throw new Problem(404, 'not_found')
  if (row.state !== 'reported') throw new Problem(409, 'wrong_state')
  const clock = sql.clockOf.get(org, record, 'respond'), met = now <= clock.due_at, changed = { ...row, state: 'accepted', version: row.version + 1, updated_at: Number(now), respond_done_at: Number(now), next_due_at: row.due_arrive_at, next_limit: 'arrive' }
  sql.clockEnd.run(clock.calendar, clock.minutes, clock.started_at, clock.due_at, now, org, clock.id)
  changed.seal = sealOf(changed)
  if (sql.accept.run(now, changed.seal, now, met ? 1n : 0n, org, record, BigInt(row.version)).changes !== 1) throw new Problem(412, 'changed')
  if (row.reporter_id !== null) sql.message.run(org, newId(), BigInt(row.reporter_id), 0n, project, record, 'accept', `${row.no} ${row.title}：受理`, `${row.no} ${row.title}: Accept`, now)
  addEvent(org, user, record, project, 'accept', 'reported', 'accepted', { respond_done_at: [null, time(now)], next_due_at: [time(row.next_due_at), time(row.due_arrive_at)], next_limit: ['respond', 'arrive'] }, changed.seal, now)
  return { status: 200, headers: `ETag\t"v${changed.version}"\n`, answer: repairJson(changed) }
}))

// Log-ins are kept for five seconds, as Anju keeps them.
const actors = new Map()
function actorOf(header) {
  if (!header?.startsWith('Bearer ')) throw new Problem(401, 'login_required')
  const digest = hash(header.slice(7)), known = actors.get(digest)
  if (known && known.until > Date.now()) return known
  const found = sql.session.get(digest)
  if (!found || found.expires_at < nowUs()) throw new Problem(401, 'login_required')
  const grants = sql.grants.all(found.org_id, found.user_id).filter((grant) => grant.role === 'desk')
  if (grants.length === 0) throw new Problem(403, 'forbidden')
  const actor = { org: found.org_id, user: found.user_id, project: grants[0].project_id, projects: new Set(grants.map((grant) => grant.project_id)), until: Date.now() + 5000 }
  actors.set(digest, actor)
  return actor
}

for (const read of [sql.get, sql.list, sql.search]) read.safeIntegers(false)

const app = openApp((request, reply, next) => {
  request.actor = actorOf(request.headers.authorization)
  next()
})
app.post('/api/v1/repairs', { schema: { body: repairBody } }, (request, reply) => {
  const result = create.immediate(request)
  reply.header('Location', `/api/v1/repairs/${result.made}`).header('ETag', '"v1"')
  send(reply, result.status, result.answer)
})
app.post('/api/v1/repairs/:id/actions/accept', { schema: { params: idParams, body: { type: 'object', additionalProperties: false, properties: { urgency: { enum: ['urgent', 'normal', 'planned'] } } } } }, (request, reply) => {
  const result = accept.immediate(request)
  send(reply, result.status, result.answer)
})
app.get('/api/v1/repairs/:id', { schema: { params: idParams } }, (request, reply) => {
  const row = sql.get.get(request.actor.org, BigInt(request.params.id), request.actor.project)
  if (!row) throw new Problem(404, 'not_found')
  reply.header('ETag', `"v${row.version}"`)
  send(reply, 200, repairJson(row))
})
app.get('/api/v1/repairs', (request, reply) => {
  const rows = request.query.q
    ? sql.search.all(`"${pairs(request.query.q).replaceAll(' ', ' + ')}"`.replaceAll(' + ', '" + "'), request.actor.org, request.actor.project, 51)
    : sql.list.all(request.actor.org, request.actor.project)
  sendList(reply, rows)
})
await listen(app)
