// Lighthouse on the main pages, logged in, over a demo community: residents' pages as on a slow phone, the console as at a desk.
// Gives one row for each category and kind: the worst page. `node bench/lighthouse.mjs [--quick]` alone prints every page.
import { execFileSync, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ANJU = process.env.ANJU ?? 'build/anju', FOLDER = 'build/bench/lighthouse', PASSWORD = 'demo12345', PORT = 20813
const ORIGIN = `http://127.0.0.1:${PORT}`
const CATEGORIES = { performance: 90, accessibility: 100, 'best-practices': 100 }
const KINDS = [
  { name: 'phone', zh: '住户页', en: 'resident pages', login: 'resident1', entry: '/m/', desktop: false, pages: (repair) => ['/m/', '/m/report', '/m/matters', `/m/repair/${repair.id}`, '/m/me'] },
  { name: 'console', zh: '前台', en: 'console', login: 'manager', entry: '/', desktop: true, pages: (repair) => ['/', '/matters', `/matters/${repair.no}`, '/dispatch', '/houses', '/houses/3-2-1501', '/figures'] },
]
/* Lighthouse slows the processor fourfold to make a mid-tier phone of a fast desktop (its benchmark index about 1750). A slower machine is slowed by as
 * much less, as its docs/throttling.md says, to be the same phone. */
const slowdown = (index) => Math.min(4, Math.max(1, 4 * index / 1750))
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]

/** A browser of its own in which that person has logged in through the form; and the newest repair that they see. */
async function sitDown(puppeteer, { login, entry }) {
  const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--accept-lang=zh-CN'] })
  const page = await browser.newPage()
  await page.goto(ORIGIN + entry)
  await page.waitForSelector('form input[name=password]')
  await page.type('form input[name=login]', login)
  await page.type('form input[name=password]', PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForFunction('!document.querySelector("form input[name=password]")')
  const repair = await page.evaluate(async () => (await (await fetch('/api/v1/repairs?limit=1')).json()).items[0])
  await page.close()
  return { browser, repair }
}

let speed = 4
/** [{ kind, page, performance, accessibility, 'best-practices', failed }], scores of 100; performance is the median of the rounds. */
export async function lookAtPages({ rounds = 3, say = () => {} } = {}) {
  const [{ default: lighthouse, desktopConfig }, { default: puppeteer }, { throttling }] = await Promise.all([import('lighthouse'), import('puppeteer-core'), import('lighthouse/core/config/constants.js')])
  rmSync(FOLDER, { recursive: true, force: true })
  execFileSync(ANJU, ['demo', '--data', FOLDER, '--password', PASSWORD], { stdio: 'ignore' })
  const server = spawn(ANJU, ['serve', '--data', FOLDER, '--listen', `127.0.0.1:${PORT}`], { stdio: ['ignore', 'pipe', 'ignore'] })
  const found = []
  try {
    await new Promise((resolve, reject) => { server.stdout.once('data', resolve); server.once('exit', (code) => reject(new Error(`${ANJU} ended with ${code}`))) })
    for (const kind of KINDS) {
      const { browser, repair } = await sitDown(puppeteer, kind)
      try {
        const port = Number(new URL(browser.wsEndpoint()).port), look = (page, config = {}) => lighthouse(ORIGIN + page, { port, logLevel: 'error', onlyCategories: Object.keys(CATEGORIES), disableStorageReset: true, ...config }, kind.desktop ? desktopConfig : undefined)
        const indexes = []
        for (let i = 0; !kind.desktop && i < 3; i++) indexes.push((await look(kind.entry)).lhr.environment.benchmarkIndex)
        if (!kind.desktop) say(`benchmark index ${Math.round(median(indexes))}, slowed ${(speed = slowdown(median(indexes))).toFixed(1)} times`)
        for (const page of kind.pages(repair)) {
          const scores = Object.fromEntries(Object.keys(CATEGORIES).map((name) => [name, []])), failed = new Set()
          for (let round = 0; round < rounds; round++) {
            say(`lighthouse ${page} ${round + 1}/${rounds}`)
            const { lhr } = await look(page, kind.desktop ? {} : { throttling: { ...throttling.mobileSlow4G, cpuSlowdownMultiplier: speed } })
            for (const name of Object.keys(CATEGORIES)) {
              scores[name].push(100 * (lhr.categories[name].score ?? 0))
              for (const { id, weight } of lhr.categories[name].auditRefs) if (weight && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9) failed.add(`${id} ${lhr.audits[id].displayValue ?? ''}`.trim())
            }
          }
          found.push({ kind: kind.name, page: page.replace(repair.id, '…').replace(repair.no, '…'), ...Object.fromEntries(Object.entries(scores).map(([name, list]) => [name, median(list)])), failed: [...failed] })
        }
      } finally {
        await browser.close()
      }
    }
  } finally {
    server.kill('SIGTERM')
  }
  rmSync(FOLDER, { recursive: true, force: true })
  return found
}

/** Rows for the bench's table: { zh, en, value, limit }; without values when nothing could be looked at. */
export function worstOf(found) {
  return KINDS.flatMap(({ name, zh, en }) => Object.entries(CATEGORIES).map(([category, limit]) => {
    const worst = found?.filter((one) => one.kind === name).reduce((a, b) => (b[category] < a[category] ? b : a))
    return { zh: `Lighthouse ${zh}${worst ? `，最差 ${worst.page}` : ''}`, en: `${en}, ${category}${name === 'phone' && category === 'performance' ? ` (slowed ${speed.toFixed(1)} times)` : ''}`, value: worst ? worst[category] : null, limit }
  }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), '..'))
  const found = await lookAtPages({ rounds: process.argv.includes('--quick') ? 1 : 3, say: (text) => process.stderr.write(`  ${text}\n`) })
  for (const one of found) console.log(`${one.page.padEnd(20)} ${Object.keys(CATEGORIES).map((name) => String(Math.round(one[name])).padStart(4)).join('')}  ${one.failed.join(', ')}`)
}
