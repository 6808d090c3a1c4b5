// Every statement of the program asks one company: it has `org_id = :org` (or writes :org, or :new for a company that is being made), and each
// of its tables that has a name of its own is bound by it; or it asks only tables that are read before the company is known. A part of a
// statement may be bound to the outer one's t. Reads the constant texts of the sources; texts that are put together begin with
// "t.org_id = :org" in list.c, record.c, search.c and figure.c, and are looked at too. Prints each that does not, and exits 1 then.
//   node tools/sql.mjs [FOLDER]      another one than src, in the test of this
import fs from 'node:fs'
import path from 'node:path'

// Keyed without a company (src/kernel/tables.c, `.apart`), or the engine's own.
const APART = new Set(['org', 'session', 'login', 'holiday', 'fact', 'lease', 'guess', 'claim_code', 'exchange_key', 'copy_progress', 'sqlite_schema', 'sqlite_stat1', 'pg_class', 'pg_namespace', 'pg_constraint', 'pg_database', 'pg_proc', 'pg_index', 'pg_stat_activity', 'clock_timestamp',
  'information_schema', 'pragma_table_info'])
// What asks more than one company, and why it may; and what is bound further on than is read here. Each beginning is of one statement.
const ACROSS = [
  ['src/app/house.c', 'SELECT e.id FROM org o CROSS JOIN event e', 'ids are unique over companies: a start goes on behind the newest of all'],
  ['src/http/metrics.c', 'SELECT org_id, count(*), min(next_at) FROM clock', 'what is overdue in the whole house: /metrics is its operator\'s, and tells numbers alone'],
  ['src/http/metrics.c', 'SELECT org_id, count(*), min(created_at) FROM job', 'the same'],
  ['src/kernel/outbox_send.c', 'SELECT o.org_id, o.zone_min FROM org o WHERE EXISTS (SELECT 1 FROM delivery', 'which companies have something to send: one statement a second, not one for each; the sending asks one company'],
  ['src/kernel/user.c', 'SELECT u.org_id, u.id, u.password_hash', 'a log-in tells the company: it is found by the name, which stands in `login`'],
  ['src/modules/property/claim.c', 'SELECT min(h.org_id), min(h.id)', 'a new resident has no company yet: one home of this number, or none'],
  ['src/kernel/record.c', 'UPDATE "%s" SET version', 'its WHERE follows behind the fields'],
  ['src/kernel/ledger.c', 'SELECT e.id, e.debit_id', 'SELECT_ENTRIES: each of its uses goes on with WHERE e.org_id = :org'],
  ['src/modules/notice/people.c', 'SELECT * FROM (SELECT d.party_id', 'd.org_id = :org stands behind the condition that access.c writes'],
]
const IS_SQL = /^(SELECT .* FROM |INSERT INTO |UPDATE \S+ SET |DELETE FROM |WITH )/s
const LITERAL = /"((?:[^"\\\n]|\\.)*)"/g
const NOT_A_NAME = 'SET|WHERE|ON|ORDER|GROUP|LIMIT|JOIN|LEFT|INNER|CROSS|NATURAL|VALUES|DO|UNION|SELECT|FOR|DEFAULT'
const TABLE = new RegExp(`\\b(?:FROM|JOIN|INTO|UPDATE)\\s+"?([a-z_0-9%]+)"?(?:\\s+(?:AS\\s+)?(?!(?:${NOT_A_NAME})\\b)([a-z_]+\\d*)\\b)?`, 'g')

const src = process.argv[2] ?? 'src'
const files = fs.readdirSync(src, { recursive: true }).filter((name) => name.endsWith('.c')).map((name) => path.join(src, name))
const used = new Set(), faults = []
let count = 0

function faultOf(file, sql) {
  const own = new Set([...sql.matchAll(/(?:WITH|WITH RECURSIVE|,)\s+([a-z_]+)(?:\([^)]*\))? AS \(/g)].map((one) => one[1]))
  const tables = [...sql.matchAll(TABLE)].map((one) => ({ table: one[1], name: one[2] }))
    .filter(({ table }) => !APART.has(table) && !own.has(table) && !table.startsWith('information_schema'))
  const across = ACROSS.find(([where, beginning]) => where === file && sql.startsWith(beginning))
  if (tables.length === 0 || sql.includes('_fts')) return null // SQLite's own full-text index is found by row ids that are unique over companies
  if (across !== undefined) { used.add(across); return null }
  const loose = tables.find(({ name }) => name !== undefined && !new RegExp(`\\b${name}\\.org_id\\b`).test(sql))
  if (loose !== undefined) return `${loose.table} ${loose.name} is of no company`
  const bound = /\borg_id = :(org|new)\b/.test(sql) || (/^INSERT INTO "?[a-z_0-9%]+"? \([^)]*\borg_id\b/.test(sql) && /:(org|new)\b/.test(sql))
  const isPart = /\borg_id = t\.org_id\b/.test(sql) && !tables.some(({ name }) => name === 't')
  return bound || isPart ? null : 'no org_id = :org'
}

for (const file of files) {
  const text = fs.readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replaceAll('\\\n', ' \n')
  // A constant up to its semicolon, or a run of adjacent string literals; macros between them (SQL_…) stand for conditions of the same statement.
  for (const match of text.matchAll(/\bconst char \w+\[\] =(?:[^";]|"(?:[^"\\\n]|\\.)*")*;|"(?:[^"\\\n]|\\.)*"(?:\s*\)?\s*(?:[A-Za-z_]+\(?\s*)?"(?:[^"\\\n]|\\.)*")*/g)) {
    const sql = [...match[0].matchAll(LITERAL)].map((one) => one[1]).join('').replaceAll('\\"', '"')
    if (!IS_SQL.test(sql)) continue
    count++
    const fault = faultOf(file, sql)
    if (fault !== null) faults.push(`${file}:${text.slice(0, match.index).split('\n').length}: ${fault}: ${sql.slice(0, 140)}`)
  }
}
for (const fault of faults) console.log(fault)
if (process.argv[2] === undefined) {
  for (const one of ACROSS) if (!used.has(one)) faults.push(one), console.log(`no such statement any more: ${one[0]}: ${one[1]}`)
  if (count < 400) faults.push(''), console.log(`only ${count} statements were found: the sources are read wrongly`)
}
process.exit(faults.length > 0 ? 1 : 0)
