// Puts the built web client into the program: one C table of files, each plain, brotli and gzip, through assembler `.incbin`.
// usage: node embed.mjs web/dist build/gen
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const [dist, out] = process.argv.slice(2)
const types = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json',
  webmanifest: 'application/manifest+json', svg: 'image/svg+xml', png: 'image/png', ico: 'image/x-icon', woff2: 'font/woff2', txt: 'text/plain; charset=utf-8',
}

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* walk(path)
    else yield path
  }
}

const blobs = join(out, 'client')
mkdirSync(blobs, { recursive: true })
const rows = []
const assembler = []
let n = 0
const blob = (bytes) => {
  const name = `client_${n++}`
  const path = resolve(blobs, name)
  writeFileSync(path, bytes)
  assembler.push(`__asm__(".section .rodata\\n.balign 16\\n${name}:\\n.incbin \\"${path}\\"\\n.byte 0\\n.previous\\n");`, `extern const unsigned char ${name}[];`)
  return name
}
const files = existsSync(dist) ? [...walk(dist)] : []
for (const path of files) {
  const bytes = readFileSync(path)
  const name = '/' + relative(dist, path)
  const ending = name.split('.').pop()
  const text = /^(html|js|css|json|webmanifest|svg|txt)$/.test(ending)
  const brotli = text ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }) : null
  const gzip = text ? gzipSync(bytes, { level: 9 }) : null
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const hashed = name.startsWith('/assets/')
  const small = (packed) => packed !== null && packed.length < bytes.length
  rows.push(`    {"${name}", "${types[ending] ?? 'application/octet-stream'}", ${blob(bytes)}, ${small(brotli) ? blob(brotli) : 'NULL'}, ${small(gzip) ? blob(gzip) : 'NULL'}, ` +
    `${bytes.length}, ${small(brotli) ? brotli.length : 0}, ${small(gzip) ? gzip.length : 0}, "\\"${etag}\\"", ${hashed}},`)
}
writeFileSync(join(out, 'client.c'), `/* Made by tools/embed.mjs from web/dist: the web client's files. */
#include "http/static.h"

${assembler.join('\n')}

const StaticFile static_files[] = {
${rows.join('\n')}
    {0},
};
`)
