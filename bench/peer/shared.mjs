// What both peers share: all that is neither a statement nor a database. No general serializer, no ORM: by hand, and fast.
import crypto from 'node:crypto'
import Fastify from 'fastify'

export const flags = Object.fromEntries(process.argv.slice(2).reduce((all, word, i, words) => (i % 2 ? all : [...all, [word.slice(2), words[i + 1]]]), []))

const ZONE = 8 * 3600_000
export const hash = (text) => crypto.createHash('sha256').update(text).digest('hex')
export const seal = (text) => crypto.createHmac('sha256', 'key').update(text).digest('hex').slice(0, 32)

let lastId = 0n
export function newId() {
  const floor = (BigInt(Date.now()) - 1704067200000n) << 10n
  lastId = lastId + 1n > floor ? lastId + 1n : floor
  return ((lastId >> 10n) << 22n) | (1022n << 12n) | (lastId & 1023n)
}
export const nowUs = () => BigInt(Date.now()) * 1000n
export const time = (us) => (us === null ? null : new Date(Math.floor(Number(us) / 1000) + ZONE).toISOString().replace('Z', '+08:00'))
export const id = (n) => (n === null ? null : String(n))

// The same folding into pairs that Anju indexes: Chinese text by twos, other words whole.
export function pairs(text) {
  const out = []
  for (const word of text.toLowerCase().match(/[a-z0-9]+|[\u3400-\u9fff]+/g) ?? [])
    if (word.charCodeAt(0) < 128) out.push(word)
    else for (let i = 0; i < word.length; i++) out.push(word.slice(i, i + 2))
  return out.join(' ')
}

// Columns as they are shown. Ids come as text, so that the other numbers need not be BigInts: reads are a third faster.
const times = new Set(['created_at', 'updated_at', 'archived_at', 'appoint_from', 'appoint_to', 'due_respond_at', 'due_arrive_at', 'due_finish_at', 'respond_done_at',
  'next_due_at', 'paused_at', 'wait_until', 'arrived_at', 'finished_at', 'confirmed_at'])
const refs = { project: 'project_id', house: 'house_id', space: 'space_id', reporter: 'reporter_id', assignee: 'assignee_id', into: 'into_id' }
const texts = ['no', 'state', 'place_kind', 'category', 'urgency', 'title', 'description', 'channel', 'payer', 'next_limit', 'wait_reason', 'cause', 'solution']
const numbers = ['pauses', 'labour_fen', 'quote_fen', 'final_fen', 'visits', 'reworks']
const json = ['photos', 'before_photos', 'after_photos', 'materials', 'rating']
export const SHOWN = ['CAST(t.id AS TEXT) AS id', ...Object.values(refs).map((name) => `CAST(t.${name} AS TEXT) AS ${name}`), 't.contact_phone', 't.auto_confirmed', 't.version',
  ...texts, ...times, ...numbers, ...json].map((name) => (name.includes('.') ? name : `t.${name}`)).join(', ')

const mask = (phone) => (phone === null ? null : phone.length < 8 ? '****' : phone.slice(0, 3) + '****' + phone.slice(-4))
const ask = (name, label, type, required, more) => ({ name, label, type, required, ...more })
const actions = {
  reported: [
    { name: 'accept', label: '受理', asks: [ask('urgency', '紧急程度', 'choice', false, { choices: [{ value: 'urgent', label: '紧急' }, { value: 'normal', label: '一般' }, { value: 'planned', label: '预约' }] })] },
    { name: 'reject', label: '不受理', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'merge', label: '合并', asks: [ask('into', '并入哪一单', 'ref', true, { to: 'repairs' })] },
    { name: 'cancel', label: '取消', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'void', label: '作废', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'note', label: '备注', asks: [ask('text', '备注', 'lines', true, { max: 1000 })] },
  ],
  accepted: [
    { name: 'assign', label: '派单', asks: [ask('assignee', '派给', 'ref', true, { to: 'users' })] },
    { name: 'merge', label: '合并', asks: [ask('into', '并入哪一单', 'ref', true, { to: 'repairs' })] },
    { name: 'cancel', label: '取消', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'void', label: '作废', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'note', label: '备注', asks: [ask('text', '备注', 'lines', true, { max: 1000 })] },
  ],
  closed: [
    { name: 'rework', label: '返修', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'void', label: '作废', asks: [ask('reason', '原因', 'text', true, { max: 500 })] },
    { name: 'note', label: '备注', asks: [ask('text', '备注', 'lines', true, { max: 1000 })] },
  ],
}
const actionsJson = Object.fromEntries(Object.entries(actions).map(([state, list]) => [state, JSON.stringify(list)]))

// By hand and faster than a general serializer: each member is appended as text.
const quote = JSON.stringify
export function repairJson(row) {
  let out = `{"id":"${row.id}"`
  for (const name of texts) out += `,"${name}":${row[name] === null ? 'null' : quote(row[name])}`
  for (const name of times) out += `,"${name}":${row[name] === null || row[name] > 253402214399999999 ? 'null' : `"${time(row[name])}"`}`
  for (const name in refs) out += `,"${name}":${row[refs[name]] === null ? 'null' : `"${row[refs[name]]}"`}`
  for (const name of numbers) out += `,"${name}":${row[name]}`
  for (const name of json) out += `,"${name}":${row[name] ?? 'null'}`
  const due = row.next_due_at
  const now = Date.now() * 1000
  return `${out},"contact_phone":${quote(mask(row.contact_phone))},"signature":null,"photo":null,"auto_confirmed":${row.auto_confirmed === null ? null : row.auto_confirmed === 1}`
    + `,"clock":{"limit":${quote(row.next_limit)},"started_at":"${time(row.created_at)}","due_at":${row.next_limit === null ? null : `"${time(due)}"`},"paused_at":null,"state":"running","percent":${row.next_limit === null ? null : Math.trunc(((now - row.created_at) * 100) / (due - row.created_at))}}`
    + `,"actions":${actionsJson[row.state] ?? '[]'}}`
}

export class Problem extends Error {
  constructor(status, code, fields) {
    super(code)
    Object.assign(this, { status, code, fields })
  }
}

// Working time 08:30-18:00 every day, enough of a calendar for the comparison.
const START = 8.5 * 60, END = 18 * 60
export function dueAt(startUs, minutes, calendar) {
  if (calendar === '7x24') return startUs + BigInt(minutes) * 60_000_000n
  let at = Number(startUs / 1000n) + ZONE, left = minutes
  for (;;) {
    const day = Math.floor(at / 86400_000) * 86400_000
    const minute = Math.max((at - day) / 60_000, START)
    if (minute < END) {
      if (END - minute >= left) return BigInt(Math.round(day + (minute + left) * 60_000 - ZONE)) * 1000n
      left -= END - minute
    }
    at = day + 86400_000
  }
}

/** A line's place in the audit chain. */
export function chainOf(head, n, event, at, user, record, project, action, from, to, payloadHash, rowSeal) {
  return hash(`${head}|${n}|${event}|${at}|0|${user}|repair|${record}|${project}|${action}|${from ?? ''}|${to}||${payloadHash}|${rowSeal}`)
}

export const sealOf = (row) => seal(Object.entries(row).map(([name, value]) => (value === null || name === 'seal' || name === 'search' ? '' : `${name}=${value}`)).join('\0'))

/** Numbers of a repair without their sequence, of today. */
export const seriesName = (code) => `BX-${code}P-${new Date(Date.now() + ZONE).toISOString().slice(0, 10).replaceAll('-', '')}`

export const LIMITS = [['respond', 'response_min'], ['arrive', 'arrive_min'], ['finish', 'finish_min']]

/** What the report of a repair has changed, as the audit log tells it. */
export function reportChanges(row, house, due) {
  const changes = {}
  for (const name of ['category', 'urgency', 'title', 'description', 'payer']) changes[name] = [null, row[name]]
  return Object.assign(changes, { house: [null, house], reporter: [null, id(row.reporter_id)], contact_phone: [null, mask(row.contact_phone)], place_kind: [null, 'inside_home'], channel: [null, 'phone'],
    due_respond_at: [null, time(due[0])], due_arrive_at: [null, time(due[1])], due_finish_at: [null, time(due[2])], next_due_at: [null, time(due[0])], next_limit: [null, 'respond'], pauses: [null, 0], visits: [null, 0], reworks: [null, 0] })
}

const ID = { type: 'string', pattern: '^[1-9][0-9]{0,18}$' }
export const idParams = { type: 'object', properties: { id: ID } }
export const repairBody = {
  type: 'object', required: ['category', 'title', 'house'], additionalProperties: false,
  properties: { category: { type: 'string', maxLength: 40 }, title: { type: 'string', minLength: 1, maxLength: 120 }, house: ID, reporter: ID, description: { type: 'string', maxLength: 2000 } },
}
export const send = (reply, status, text) => reply.code(status).header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff').type('application/json; charset=utf-8').send(text)
export function sendList(reply, rows) {
  const next = rows.length > 50 ? seal(String(rows[49].id)) + rows[49].id : null
  return send(reply, 200, `{"items":[${rows.slice(0, 50).map(repairJson).join(',')}],"next":${quote(next)}}`)
}

/** The server without its routes. */
export function openApp(setActor) {
  const app = Fastify({ logger: false })
  app.decorateRequest('actor', null)
  app.addHook('onRequest', setActor)
  app.setErrorHandler((error, request, reply) => {
    const status = error.status ?? error.statusCode ?? 500
    reply.code(status).type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title: error.message, status, code: error.code, fields: error.fields }))
  })
  return app
}

export async function listen(app) {
  await app.listen({ host: '127.0.0.1', port: Number(flags.port) })
  console.log('listening')
  process.on('SIGTERM', () => process.exit(0))
}
