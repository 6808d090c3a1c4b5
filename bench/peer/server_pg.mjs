// What Anju on PostgreSQL is compared with: report, point read and list by hand, on Fastify and pg, over the same tables and
// data. As fast as this design honestly is: a pool of connections, prepared statements, what belongs together asked or written
// by one statement, the company's counter locked last, one transaction a request.
//
//     node server_pg.mjs --db URL --port P     prints "listening"; tokens are the seed's
import crypto from 'node:crypto'
import pg from 'pg'
import { LIMITS, Problem, SHOWN, chainOf, dueAt, flags, hash, idParams, listen, newId, nowUs, openApp, pairs, repairBody, repairJson, reportChanges, seal, sealOf, send, sendList, seriesName } from './shared.mjs'

pg.types.setTypeParser(pg.types.builtins.INT8, Number) // ids, which are longer, are asked for as text
const [, user, query] = /^postgresql:\/\/([^@]*)@(.*)$/.exec(flags.db)
const [database, place] = query.slice(1).split('?host=')
const pool = new pg.Pool({ user, database, host: place, max: 16 })
const apart = new pg.Pool({ user, database, host: place, max: 1 }) // asked by those who hold one of the others

const prepared = (name, text) => ({ name, text })
const values = (rows, columns) => Array.from({ length: rows }, (_, row) => `(${Array.from({ length: columns }, (_, column) => `$${row * columns + column + 1}`).join(', ')})`).join(', ')
const sql = {
  session: prepared('session', 'SELECT CAST(org_id AS TEXT) AS org, CAST(user_id AS TEXT) AS user FROM session WHERE digest = $1 AND expires_at > $2'),
  grants: prepared('grants', "SELECT CAST(project_id AS TEXT) AS project FROM role_grant WHERE org_id = $1 AND user_id = $2 AND role = 'desk'"),
  idem: prepared('idem', 'SELECT request, status, answer, CAST(record_id AS TEXT) AS made FROM idem WHERE org_id = $1 AND user_id = $2 AND idem_key = $3'),
  keep: prepared('keep', "INSERT INTO idem (org_id, user_id, idem_key, request, status, headers, answer, record_id, record_type, created_at) VALUES ($1, $2, $3, $4, 201, $5, $6, $7, 'repair', $8)"),
  facts: prepared('facts', 'SELECT CAST(h.project_id AS TEXT) AS project, CAST(h.building_id AS TEXT) AS building, h.no AS house, y.name, y.phone, j.code,'
    + ' CAST(y.id AS TEXT) AS party, c.id IS NOT NULL AS has_category, c.calendar, c.urgency, c.payer, c.response_min, c.arrive_min, c.finish_min'
    + ' FROM house h JOIN project j ON j.org_id = h.org_id AND j.id = h.project_id'
    + ' LEFT JOIN party y ON y.org_id = h.org_id AND y.id = $3 AND y.archived_at IS NULL'
    + ' LEFT JOIN repair_category c ON c.org_id = h.org_id AND c.code = $4 AND c.archived_at IS NULL'
    + ' WHERE h.org_id = $1 AND h.id = $2 AND h.archived_at IS NULL'),
  series: prepared('series', 'INSERT INTO series (org_id, name, next) VALUES ($1, $2, 21) ON CONFLICT (org_id, name) DO UPDATE SET next = series.next + 20 RETURNING next'),
  insert: prepared('insert', 'INSERT INTO repair (org_id, id, no, state, version, created_at, updated_at, created_by, project_id, building_id, seal, house_id, reporter_id, place_kind,'
    + ' contact_phone, category, urgency, title, description, channel, payer, due_respond_at, due_arrive_at, due_finish_at, next_due_at, next_limit, pauses, visits, reworks, search)'
    + " VALUES ($1, $2, $3, 'reported', 1, $4, $4, $5, $6, $7, $8, $9, $10, 'inside_home', $11, $12, $13, $14, $15, 'phone', $16, $17, $18, $19, $17, 'respond', 0, 0, 0, $20)"
    + ` RETURNING ${SHOWN.replaceAll('t.', 'repair.')}`),
  clocks: prepared('clocks', 'INSERT INTO clock (org_id, id, record_type, record_id, project_id, name, calendar, minutes, started_at, due_at, paused_us, pauses, level, next_at)'
    + ` VALUES ${values(3, 14)}`),
  message: prepared('message', 'INSERT INTO message (org_id, id, to_roles, project_id, record_type, record_id, kind, text_zh, text_en, once, created_at)'
    + " VALUES ($1, $2, 6, $3, 'repair', $4, 'report', $5, $6, '', $7)"),
  count: prepared('count', 'UPDATE org SET n = n + 1 WHERE org_id = $1 RETURNING n, head'),
  head: prepared('head', 'UPDATE org SET head = $1, sign = $2 WHERE org_id = $3'),
  event: prepared('event', 'INSERT INTO event (org_id, n, id, at, actor_id, record_type, record_id, project_id, action, to_state, payload, salt, payload_hash, seal, chain)'
    + " VALUES ($1, $2, $3, $4, $5, 'repair', $6, $7, 'report', 'reported', $8, $9, $10, $11, $12)"),
  get: prepared('get', `SELECT ${SHOWN} FROM repair t WHERE t.org_id = $1 AND t.id = $2 AND t.project_id = $3`),
  list: prepared('list', `SELECT ${SHOWN} FROM repair t WHERE t.org_id = $1 AND t.project_id = $2 AND t.archived_at IS NULL ORDER BY t.id DESC LIMIT 51`),
}
const run = async (client, statement, ...parameters) => (await client.query({ ...statement, values: parameters })).rows

// The desks' sessions again, under digests that Node knows.
for (const desk of (await pool.query("SELECT CAST(org_id AS TEXT) AS org, CAST(user_id AS TEXT) AS user FROM login WHERE login = 'bench'")).rows)
  await pool.query('INSERT INTO session (digest, org_id, id, user_id, created_at, expires_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $5) ON CONFLICT (digest) DO NOTHING',
    [hash(`bench-${desk.org}`), desk.org, newId(), desk.user, nowUs(), nowUs() + 7n * 86400_000_000n])

// Log-ins are kept for a second, as Anju keeps them where other processes may end them.
const actors = new Map()
async function actorOf(header) {
  if (!header?.startsWith('Bearer ')) throw new Problem(401, 'login_required')
  const digest = hash(header.slice(7)), known = actors.get(digest)
  if (known && known.until > Date.now()) return known
  const [found] = await run(pool, sql.session, digest, nowUs())
  if (!found) throw new Problem(401, 'login_required')
  const grants = await run(pool, sql.grants, found.org, found.user)
  if (grants.length === 0) throw new Problem(403, 'forbidden')
  const actor = { ...found, project: grants[0].project, projects: new Set(grants.map((grant) => grant.project)), until: Date.now() + 1000 }
  actors.set(digest, actor)
  return actor
}

// Numbers are leased by twenties outside the transaction, so that nobody waits for another's commit.
const blocks = new Map()
async function nextNumber(org, code) {
  const name = seriesName(code), key = `${org} ${name}`
  for (;;) {
    const block = blocks.get(key) ?? {}
    blocks.set(key, block)
    if (block.next < block.end) return `${name}-${String(block.next++).padStart(4, '0')}`
    block.leasing ??= run(apart, sql.series, org, name).then(([{ next }]) => { Object.assign(block, { next: next - 20, end: next, leasing: null }) })
    await block.leasing
  }
}

async function addEvent(client, org, user, record, project, changes, rowSeal, at) {
  const payload = JSON.stringify(changes), salt = crypto.randomBytes(16).toString('hex'), payloadHash = hash(salt + payload), event = newId()
  const [{ n, head }] = await run(client, sql.count, org)
  const chain = chainOf(head, n, event, at, user, record, project, 'report', null, 'reported', payloadHash, rowSeal)
  await run(client, sql.event, org, n, event, at, user, record, project, payload, salt, payloadHash, rowSeal, chain)
  await run(client, sql.head, chain, seal(`head ${org} ${n} ${chain}`), org)
}

async function create(client, { org, user, projects }, body, keep) {
  const now = nowUs(), made = newId(), fields = []
  const [facts] = await run(client, sql.facts, org, body.house, body.reporter ?? null, body.category)
  if (!facts || !projects.has(facts.project)) fields.push('house')
  if (facts && !facts.has_category) fields.push('category')
  if (facts && body.reporter !== undefined && facts.party === null) fields.push('reporter')
  if (fields.length) throw new Problem(422, 'invalid', fields)
  const no = await nextNumber(org, facts.code), due = LIMITS.map(([, column]) => dueAt(now, facts[column], facts.calendar))
  const row = { id: made, no, state: 'reported', version: 1n, created_at: now, project_id: facts.project, house_id: body.house, reporter_id: body.reporter ?? null,
    contact_phone: facts.phone, category: body.category, urgency: facts.urgency, title: body.title, description: body.description ?? null, payer: facts.payer,
    due_respond_at: due[0], due_arrive_at: due[1], due_finish_at: due[2] }
  const rowSeal = sealOf(row), search = pairs(`${no} ${facts.house} ${facts.name ?? ''} ${body.title} ${body.description ?? ''}`)
  const [shown] = await run(client, sql.insert, org, made, no, now, user, facts.project, facts.building, rowSeal, body.house, row.reporter_id, facts.phone, body.category, facts.urgency,
    body.title, row.description, facts.payer, due[0], due[1], due[2], search)
  await run(client, sql.clocks, ...LIMITS.flatMap(([name, column], i) => [org, newId(), 'repair', made, facts.project, name, facts.calendar, facts[column], now, due[i], 0, 0, 0, now + (due[i] - now) / 2n]))
  await run(client, sql.message, org, newId(), facts.project, made, `${no} ${body.title}：新报修`, `${no} ${body.title}: New repair`, now)
  const answer = repairJson(shown)
  await keep(made, answer, now)
  await addEvent(client, org, user, made, facts.project, reportChanges(row, body.house, due), rowSeal, now)
  return { made, answer }
}

// The stored answer for the key, or the work and its answer, in one transaction.
async function once(request) {
  const { actor, body } = request, key = request.headers['idempotency-key']
  const digest = key && hash(`${request.method} ${request.url} ${JSON.stringify(body)}`)
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const [stored] = key ? await run(client, sql.idem, actor.org, actor.user, key) : []
    if (stored && stored.request !== digest) throw new Problem(422, 'idempotency_mismatch')
    const keep = async (made, answer, now) => {
      if (key) await run(client, sql.keep, actor.org, actor.user, key, digest, `Location\t/api/v1/repairs/${made}\nETag\t"v1"\n`, answer, made, now)
    }
    const result = stored ?? await create(client, actor, body, keep)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const app = openApp(async (request) => {
  request.actor = await actorOf(request.headers.authorization)
})
app.post('/api/v1/repairs', { schema: { body: repairBody } }, async (request, reply) => {
  const { made, answer } = await once(request)
  reply.header('Location', `/api/v1/repairs/${made}`).header('ETag', '"v1"')
  return send(reply, 201, answer)
})
app.get('/api/v1/repairs/:id', { schema: { params: idParams } }, async (request, reply) => {
  const [row] = await run(pool, sql.get, request.actor.org, request.params.id, request.actor.project)
  if (!row) throw new Problem(404, 'not_found')
  reply.header('ETag', `"v${row.version}"`)
  return send(reply, 200, repairJson(row))
})
app.get('/api/v1/repairs', async (request, reply) => sendList(reply, await run(pool, sql.list, request.actor.org, request.actor.project)))
await listen(app)
