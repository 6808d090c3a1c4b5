// Every statement of the program names the company: its text carries org_id, or it asks only tables that are read before the
// company is known. Reads the constant texts of the sources; texts that are put together begin with "t.org_id = :org" in
// list.c, record.c, search.c and figure.c, and are looked at too. Prints each that does not, and exits 1 then.
import fs from 'node:fs'
import path from 'node:path'

// Keyed without a company (src/kernel/tables.c, `.apart`), or the engine's own.
const APART = new Set(['org', 'session', 'login', 'holiday', 'fact', 'lease', 'guess', 'claim_code', 'exchange_key', 'copy_progress', 'sqlite_schema', 'sqlite_stat1', 'pg_class', 'pg_namespace', 'pg_constraint', 'pg_database', 'pg_proc', 'pg_index', 'clock_timestamp',
  'information_schema', 'pragma_table_info'])
const files = fs.readdirSync('src', { recursive: true }).filter((name) => name.endsWith('.c')).map((name) => path.join('src', name))
const faults = []
let count = 0

for (const file of files) {
  const text = fs.readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  // A run of adjacent string literals; macros between them (SQL_…) stand for conditions of the same statement.
  for (const match of text.matchAll(/"(?:[^"\\\n]|\\.)*"(?:\s*\)?\s*(?:[A-Z_]+\(?\s*)?"(?:[^"\\\n]|\\.)*")*/g)) {
    const sql = [...match[0].matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map((one) => one[1]).join('').replaceAll('\\"', '"')
    if (!/^(SELECT .* FROM |INSERT INTO |UPDATE \S+ SET |DELETE FROM |WITH )/s.test(sql)) continue
    count++
    if (sql.includes('org_id')) continue
    const tables = [...sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+"?([a-z_0-9%]+)"?/g)].map((one) => one[1])
    if (tables.every((table) => APART.has(table) || table.startsWith('information_schema'))) continue
    if (file === 'src/kernel/record.c' && sql.startsWith('UPDATE "%s" SET version')) continue // its WHERE follows behind the fields
    if (sql.includes('_fts')) continue // SQLite's own full-text index, found by row ids that are unique over companies
    faults.push(`${file}:${text.slice(0, match.index).split('\n').length}: ${sql.slice(0, 140)}`)
  }
}
for (const fault of faults) console.log(`no org_id: ${fault}`)
if (count < 100) console.log(`only ${count} statements were found: the sources are read wrongly`)
process.exit(faults.length > 0 || count < 100 ? 1 : 0)
