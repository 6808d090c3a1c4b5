// Money on SQLite: a month's bills against the engine's own INSERT … SELECT of the same rows, payments against its raw group commit, and the pages of the books.
// node bench/money.mjs: alone. Larger sizes by hand: billing.mjs, books.mjs.
import { rmSync } from 'node:fs'
import { bare, bill } from './billing.mjs'
import { LIMIT_MS, books } from './books.mjs'
import { ROUNDS, SECONDS, Table, killAll, median, quick } from './common.mjs'

const HOUSES = 10_000, LINES = quick ? 60_000 : 200_000, POST_LIMIT = 3, PAY_LEAST = 0.7

/** Seconds of posting 30,000 bills, and of the same rows bare; each round's ratio first. */
async function bills() {
  const rounds = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const made = await bill(HOUSES), engine = bare(made.folder)
    rmSync(made.folder, { recursive: true, force: true })
    rounds.push({ post: made.post, bare: engine.seconds, ratio: made.post / engine.seconds })
  }
  return Object.fromEntries(['post', 'bare', 'ratio'].map((name) => [name, median(rounds.map((one) => one[name]))]))
}

export async function measureMoney() {
  const table = new Table(), posted = await bills(), { pages, rates } = await books(LINES, HOUSES, { rounds: ROUNDS, seconds: SECONDS })
  table.line(`出账 ${HOUSES / 1000}k 户 × 3 项，对引擎自己写同样的行`, 'bills posted, against INSERT … SELECT of the same rows', posted.post, posted.bare, POST_LIMIT, { unit: 's', least: false, ratio: posted.ratio })
  table.line('收款，64 连接，对同样行的成组提交', 'payments at 64 connections, against raw group commit', rates.of('pay'), rates.of('pay bare'), PAY_LEAST, { ratio: rates.ratio('pay', 'pay bare') })
  for (const { zh, en, median: ms } of pages)
    table.line(`${LINES / 1000}k 笔：${zh}，对 ${LIMIT_MS} ms`, `${en}, against ${LIMIT_MS} ms`, ms, LIMIT_MS, 1, { unit: 'ms', least: false })
  console.log('\n收费 Money (SQLite)')
  table.print()
  return table.lines
}

if (process.argv[1].endsWith('money.mjs')) {
  process.on('exit', killAll)
  const lines = await measureMoney()
  process.exit(lines.every((line) => line.met) ? 0 : 1)
}
