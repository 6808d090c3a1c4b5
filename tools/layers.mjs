// Proves the arrows of ARCHITECTURE.md: who may include whom. Arrows point downward only; prints each include that does not.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const may = {
  base: ['base'],
  store: ['store', 'base'],
  kernel: ['kernel', 'store', 'base'],
  modules: ['modules', 'kernel', 'store', 'base'],
  http: ['http', 'modules', 'kernel', 'store', 'base'],
  app: ['app', 'http', 'modules', 'kernel', 'store', 'base'],
}
const engines = { 'sqlite3.h': 'store/sqlite.c', 'libpq-fe.h': 'store/late_libpq.h', 'store/late_libpq.h': 'store/postgres', 'microhttpd.h': 'http/server', 'curl/curl.h': 'kernel/late_curl.h', 'kernel/late_curl.h': 'kernel/channel' }

function* walk(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* walk(path)
    else if (/\.[ch]$/.test(name)) yield path
  }
}

let bad = 0
for (const path of walk('src')) {
  const inside = path.slice(4)
  const layer = inside.split('/')[0]
  for (const [, quoted, system] of readFileSync(path, 'utf8').matchAll(/^#include (?:"([^"]+)"|<([^>]+)>)/gm)) {
    const to = quoted?.split('/')[0]
    if (quoted && to in may && !may[layer].includes(to)) {
      console.log(`${path}: ${layer} may not include ${quoted}`)
      bad++
    }
    if (layer === 'modules' && quoted?.startsWith('store/') && !['store/sql.h', 'store/schema.h', 'store/store.h', 'store/blob.h'].includes(quoted)) {
      console.log(`${path}: a module may not include ${quoted}`)
      bad++
    }
    const name = quoted ?? system
    if (name in engines && !inside.startsWith(engines[name]) && !inside.startsWith('http/server')) {
      console.log(`${path}: only ${engines[name]} may include ${name}`)
      bad++
    }
  }
}
process.exit(bad === 0 ? 0 : 1)
