// How fast `anju copy` brings a community to a server, against the server's own COPY of the same rows from binary files into
// tables without keys and indexes. Prints both rates as JSON. On a server of its own:
//   tools/with_postgres node bench/copy.mjs FOLDER [ROUNDS]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = process.argv[2] ?? 'build/bench/seed-100000', rounds = Number(process.argv[3] ?? 1)
const urlOf = (name) => process.env.ANJU_TEST_PG.replace(/^(\w+:\/\/[^/?]*)\/?/, `$1/${name}`)
const psql = (name, ...commands) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', urlOf(name), ...commands.flatMap((command) => ['-c', command])], { encoding: 'utf8' }).trim()
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const files = mkdtempSync(join(tmpdir(), 'anju-copy-'))
const fileOf = (table) => join(files, table)

function make(name) {
  psql('postgres', `DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name}`)
}

/** The program's: { rows, seconds } of its phase of rows, which keeps the primary keys. */
function copy() {
  make('bench_copy')
  const said = execFileSync('build/anju', ['copy', '--from', folder, '--to', urlOf('bench_copy')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const [, rows, ms] = /tables, (\d+) .*\n.*rows (\S+) s,/.exec(said)
  return { rows: Number(rows), seconds: Number(ms), said: said.split('\n')[1] }
}

/** The server's own, of what the copy has brought. */
function bare(tables) {
  make('bench_bare')
  execFileSync('sh', ['-c', 'pg_dump --section=pre-data --no-owner -d "$0" | psql -X -q -d "$1"', urlOf('bench_copy'), urlOf('bench_bare')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const from = process.hrtime.bigint()
  psql('bench_bare', ...tables.map((table) => `\\copy "${table}" FROM '${fileOf(table)}' (FORMAT binary)`))
  return Number(process.hrtime.bigint() - from) / 1e9
}

const ours = [], theirs = []
let rows, said
try {
  for (let i = 0; i < rounds; i++) {
    const done = copy()
    const tables = psql('bench_copy', "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1").split('\n')
    if (i === 0) psql('bench_copy', ...tables.map((table) => `\\copy "${table}" TO '${fileOf(table)}' (FORMAT binary)`))
    rows = done.rows
    said = done.said
    ours.push(rows / done.seconds)
    theirs.push(rows / bare(tables))
  }
} finally {
  rmSync(files, { recursive: true, force: true })
}
console.log(JSON.stringify({ rows, copy: Math.round(median(ours)), bare: Math.round(median(theirs)), ratio: Number((median(ours) / median(theirs)).toFixed(2)), said }))
