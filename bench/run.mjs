// One run of the bench: seeds the data, measures Anju and what it is measured against in turns (A B C, A B C, …), takes
// medians of each, and prints a table for each engine, with ratios. Absolute figures differ from machine to machine; ratios
// hardly do.
import { mkdirSync, writeFileSync } from 'node:fs'
import { HOME, killAll } from './common.mjs'
import { measureMoney } from './money.mjs'
import { measurePostgres } from './postgres.mjs'
import { measureSqlite } from './sqlite.mjs'

const result = {}
try {
  mkdirSync(HOME, { recursive: true })
  if (!process.argv.includes('--postgres') && !process.argv.includes('--ten-million')) {
    result.sqlite = await measureSqlite()
    result.money = await measureMoney()
  }
  if (!process.argv.includes('--sqlite')) result.postgres = await measurePostgres()
  writeFileSync(`${HOME}/result.json`, JSON.stringify(result, null, 1))
} finally {
  killAll()
}
