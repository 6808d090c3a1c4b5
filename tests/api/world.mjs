/* world.mjs: a small community behind the real binary, for the tests of the API.
 *
 * A world is a data folder of its own and one `anju serve` on a free port. Making the community costs some seconds of
 * password hashing, so it is made once per binary, kept beside it, and copied for each file of tests. When a world is
 * closed, `anju check` must find it sound.
 *
 *     const world = await openWorld();
 *     after(() => world.close());
 *     const { desk } = world.as;                      // one client for each person
 *     const repair = await desk.make('repairs', { … }); // 201 or it throws
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(root, process.env.ANJU ?? 'build/anju');
export const PASSWORD = 'correct horse battery';
const FIRST_PASSWORD = 'first password';
const START_MS = 20_000; /* generous: a sanitizer build on a busy machine */

/* Who lives and works here. `house`: owns it since 2020; `scope`: the project; a staff role without one is company-wide. */
const PEOPLE = [
  { login: 'manager', name: '钱经理', role: 'manager', scope: 'TYHY' },
  { login: 'desk', name: '孙前台', role: 'desk', scope: 'TYHY' },
  { login: 'desk2', name: '周前台', role: 'desk', scope: 'TYHY' },
  { login: 'desk_lead', name: '吴主管', role: 'desk_lead', scope: 'TYHY' },
  { login: 'eng_lead', name: '郑工长', role: 'eng_lead', scope: 'TYHY' },
  { login: 'engineer', name: '冯师傅', role: 'engineer', scope: 'TYHY' },
  { login: 'engineer2', name: '陈师傅', role: 'engineer', scope: 'TYHY' },
  { login: 'quality', name: '褚品质', role: 'quality', scope: 'TYHY' },
  { login: 'cashier', name: '卫收费', role: 'cashier', scope: 'TYHY' },
  { login: 'guard', name: '蒋队员', role: 'guard', scope: 'TYHY' },
  { login: 'region', name: '沈区域', role: 'region' },
  { login: 'resident', name: '张三丰', role: 'resident', scope: 'TYHY', house: '1-1-101', phone: '13800001234', id_no: '11010519491231002X' },
  { login: 'neighbour', name: '李小龙', role: 'resident', scope: 'TYHY', house: '1-1-102', phone: '13900005678' },
  { login: 'far_desk', name: '韩前台', role: 'desk', scope: 'ERQI' },
  { login: 'far_engineer', name: '杨师傅', role: 'engineer', scope: 'ERQI' },
  { login: 'far_resident', name: '朱远亲', role: 'resident', scope: 'ERQI', house: '9-1-901', phone: '13700009999' },
];
const HOUSES = [
  { no: '1-1-101', area: 89.5 }, { no: '1-1-102', area: 120 }, { no: '2-1-201', area: 60.25 }, { no: '3-2-1501', area: 143.07 },
];
const FAR_HOUSES = [{ no: '9-1-901', area: 75 }];

/* ---- One request ---- */

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/* The answer to one request: { status, headers, text, body }; body is the parsed JSON, when it is JSON. */
export function send(port, method, target, { headers = {}, body, agent: own } = {}) {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(body);
    const request = http.request({ host: '127.0.0.1', port, method, path: target, agent: own ?? agent,
      headers: { ...(bytes === undefined ? {} : { 'content-length': bytes.length }), ...headers } });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const raw = Buffer.concat(parts), text = raw.toString('utf8');
        const isJson = /json/.test(response.headers['content-type'] ?? '');
        resolve({ status: response.statusCode, headers: response.headers, raw, text, body: isJson ? JSON.parse(text) : undefined });
      });
    });
    request.end(bytes);
  });
}

/* What the server says to these bytes, until it closes or `ms` have passed in silence. */
export function sendRaw(port, bytes, { ms = 2000 } = {}) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(ms, () => socket.destroy());
    socket.on('data', (part) => { text += part.toString('latin1'); });
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0) }));
    socket.write(bytes);
  });
}

/* One person's (or nobody's) way to the API. Bodies are JSON unless they are strings or buffers. */
export class Client {
  constructor(world, token, who = {}) {
    Object.assign(this, { world, token, ...who });
  }

  call(method, target, body, headers = {}) {
    const all = { 'accept-language': 'en', ...headers };
    if (this.token) all.authorization ??= `Bearer ${this.token}`;
    for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
    let bytes = body;
    if (body !== undefined) {
      if (typeof body !== 'string' && !Buffer.isBuffer(body)) bytes = JSON.stringify(body);
      if (headers['content-type'] === undefined) all['content-type'] = 'application/json';
    }
    return send(this.world.port, method, target.startsWith('/') ? target : `/api/v1/${target}`, { headers: all, body: bytes });
  }

  get(target, headers) { return this.call('GET', target, undefined, headers); }
  post(target, body, headers) { return this.call('POST', target, body, headers); }
  patch(target, body, headers) { return this.call('PATCH', target, body, headers); }
  del(target, body, headers) { return this.call('DELETE', target, body, headers); }
  act(resource, id, action, asks = {}, headers) { return this.post(`${resource}/${id}/actions/${action}`, asks, headers); }

  /* The same three, where anything but success is a broken test. */
  async make(resource, body, headers) { return must(await this.post(resource, body, headers), 201); }
  async read(target) { return must(await this.get(target), 200); }
  async did(resource, id, action, asks, headers) { return must(await this.act(resource, id, action, asks, headers), 200); }

  /* The id of an uploaded picture. */
  async photo(name = 'photo.png') {
    const bytes = fs.readFileSync(path.join(root, 'tests/data/images', name));
    return (await must(await this.upload(bytes, name, 'image/png'), 201)).id;
  }

  upload(bytes, name, type) {
    const line = 'anju-test-boundary';
    const head = `--${line}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
    return this.call('POST', 'files', Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(`\r\n--${line}--\r\n`)]),
      { 'content-type': `multipart/form-data; boundary=${line}` });
  }
}

function must(answer, status) {
  assert.equal(answer.status, status, `${status} expected: ${answer.text.slice(0, 600)}`);
  return answer.body;
}

/* ---- What tests say of answers ---- */

/* The answer is this problem; `fields` are the names that it complains of, in any order. */
export function isProblem(answer, status, code, fields) {
  assert.equal(answer.status, status, `${status} ${code} expected: ${answer.text.slice(0, 400)}`);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
  for (const member of ['type', 'title', 'detail', 'code']) assert.equal(typeof answer.body[member], 'string', `${member} of ${answer.text}`);
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.code, code);
  if (fields !== undefined) {
    assert.deepEqual((answer.body.fields ?? []).map((one) => one.field).sort(), [...fields].sort(), answer.text);
    for (const one of answer.body.fields) {
      assert.ok(one.code.length > 0 && one.message.length > 0, `${one.field} says what would be right`);
    }
  }
}

export function isDone(answer, status = 200) {
  assert.equal(answer.status, status, answer.text.slice(0, 600));
  return answer.body;
}

/* The code that an authenticator shows for this secret, `shift` half minutes from now (RFC 6238 with SHA-1, 30 s, six digits). */
export function codeAt(secret, shift = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/=+$/, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => parseInt(one, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + shift));
  const mac = createHmac('sha1', key).update(step).digest(), at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/* The words of a PDF (pdftotext of poppler-utils), and the claim code among them. */
export const wordsOf = (pdf) => spawnSync('pdftotext', ['-raw', '-', '-'], { input: pdf, encoding: 'utf8' }).stdout;
export const claimCodeOf = (pdf) => /\b[0-9A-Z]{4,5}(?:[- ][0-9A-Z]{4,5}){1,4}\b/.exec(wordsOf(pdf).replace(/\bBX-\S+/g, ''))?.[0];

/* Waits until `ask()` gives something true, looking again and again; the last value. */
export async function until(ask, what, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/* ---- The engine ---- */

/* With ANJU_TEST_PG (a server's address without a database) each data folder has a database of its own there, named by the
 * folder's path; without, it has it inside. The program comes as a plain user, who owns the database; and there is a witness:
 * the server itself refuses the rows of another company than the transaction's. */
const server_url = process.env.ANJU_TEST_PG;
export const isPostgres = server_url !== undefined;
const PLAIN = 'anju_plain';
const nameOf = (folder) => `anju_${createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 20)}`;
const urlOf = (name) => server_url.replace(/^(\w+:\/\/[^/?]*)\/?/, `$1/${name}`);
/* Through a pooler, when there is one (tools/with_pgbouncer): ANJU_TEST_POOL is then the rest of its address. */
const pool = process.env.ANJU_TEST_POOL;
export const isPooled = pool !== undefined;
const straightUrlOf = (name) => urlOf(name).replace(/^(\w+:\/\/)([^@/]*@)?/, `$1${PLAIN}@`);
const plainUrlOf = (name) => (pool ? `postgresql://${PLAIN}@/${name}?${pool}` : straightUrlOf(name));
/* For the server's own programs, which know no pooler. */
export const directUrlOf = (folder) => straightUrlOf(nameOf(folder));

/* A folder's database, for the server's owner: who sees behind the witness, and may set what a plain user may not. */
export const owner = isPostgres ? /^\w+:\/\/([^@]*)@/.exec(server_url)[1] : undefined;
export const ownerUrlOf = (folder) => environmentOf(folder).ANJU_DATABASE.replace(/^(\w+:\/\/)[^@]*@/, `$1${owner}@`);

/* Runs SQL as the server's owner, in the data folder's database; what it printed, a row a line. */
export function psql(sql, folder) {
  const done = spawnSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', urlOf(folder === undefined ? 'postgres' : nameOf(folder)), '-c', sql], { encoding: 'utf8' });
  assert.equal(done.status, 0, `${sql}: ${done.stderr}`);
  return done.stdout.trim();
}
/* A transaction of somebody else's at that address (ownerUrlOf), open until end(): { held, end }, both waited for. */
export function hold(url, sql) {
  const child = spawn('psql', ['-X', '-q', '-d', url], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`BEGIN; ${sql}; SELECT 'held';\n`);
  const held = new Promise((resolve) => child.stdout.on('data', (part) => { if (String(part).includes('held')) resolve(); }));
  return { held, end: () => new Promise((resolve) => { child.on('close', resolve); child.stdin.end('ROLLBACK;\n'); }) };
}
/* What to tell the program about its database. */
function place(folder) {
  const parts = process.env.ANJU_TEST_PARTITIONS;
  return isPostgres && folder !== undefined ? { ANJU_DATABASE: plainUrlOf(nameOf(folder)), ANJU_TEST_WITNESS: '1', ...(parts && { ANJU_TEST_PARTITIONS: parts }) } : {};
}
/* The environment that names this folder's database, for a program that a test starts itself. */
export const environmentOf = (folder) => ({ ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANJU'))), ...place(folder), LC_ALL: 'en_US.UTF-8' });
const folderOf = (args) => (args.includes('--data') ? args[args.indexOf('--data') + 1] : undefined);
export function makeDatabase(folder) {
  if (isPostgres && spawnSync('psql', ['-X', '-d', urlOf(nameOf(folder)), '-c', '']).status !== 0) psql(`CREATE DATABASE ${nameOf(folder)} OWNER ${PLAIN}`);
}
/* Copies a data folder, and its database. */
export function copyData(from, to) {
  fs.cpSync(from, to, { recursive: true });
  if (isPostgres) psql(`CREATE DATABASE ${nameOf(to)} TEMPLATE ${nameOf(from)} OWNER ${PLAIN}`);
}
/* The database first: who sees the folder finds it too. A pooler may still hold connections to it. */
function moveData(from, to, move) {
  if (isPostgres) {
    psql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '${nameOf(from)}'`);
    psql(`ALTER DATABASE ${nameOf(from)} RENAME TO ${nameOf(to)}`);
  }
  move();
}
export function dropData(folder) {
  if (isPostgres) psql(`DROP DATABASE IF EXISTS ${nameOf(folder)} WITH (FORCE)`);
}

/* ---- The program ---- */

/* Runs the program to its end: { code, out, err }. */
export function anju(args, { env = {}, input, ms = 60_000 } = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANJU')));
  if (args[0] === 'init' || args[0] === 'demo') makeDatabase(folderOf(args));
  const done = spawnSync(binary, args, { env: { ...clean, ...place(folderOf(args)), LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...env }, input, encoding: 'utf8', timeout: ms });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/* Servers that no world will stop: a test that failed half-way must not keep its file of tests from ending. */
const strays = new Set();
after(() => { for (const child of strays) child.kill('SIGKILL'); });

/* `anju serve` until the ready line: { port, url, stop(), process, err() }. Rejects with what it said when it ends before. */
export function serve(folder, { flags = [], env = {}, clock = 0, listen = '127.0.0.1:0' } = {}) {
  return new Promise((resolve, reject) => {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANJU')));
    const child = spawn(binary, ['serve', '--data', folder, ...(listen === null ? [] : ['--listen', listen]), ...flags],
      { env: { ...clean, ...place(folder), LC_ALL: 'en_US.UTF-8', ...(clock === 0 ? {} : { ANJU_TEST_CLOCK_OFFSET_S: String(clock) }), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', err = '';
    strays.add(child);
    child.on('close', () => strays.delete(child));
    const ended = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })));
    const late = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`no ready line within ${START_MS} ms: ${err}`)); }, START_MS);
    child.stderr.on('data', (part) => { err += part; });
    child.stdout.on('data', (part) => {
      out += part;
      const ready = /^listening on (https?:\/\/(\S+):(\d+))\n$/.exec(out);
      if (ready === null) return;
      clearTimeout(late);
      resolve({
        process: child, url: ready[1], port: Number(ready[3]), ended, err: () => err, out: () => out,
        async stop(signal = 'SIGTERM') {
          child.kill(signal);
          const end = await ended;
          assert.doesNotMatch(err, /ERROR: (Address|Leak|Undefined|Thread)Sanitizer|runtime error:/, 'no sanitizer has complained');
          return end;
        },
      });
    });
    ended.then(({ code, signal }) => { clearTimeout(late); reject(Object.assign(new Error(`ended before it was ready: ${code ?? signal}: ${err}`), { code, err })); });
  });
}

/* ---- The community ---- */

async function settle(world) {
  const nobody = new Client(world, null);
  const login = async (name, password, org) => must(await nobody.post('session', { login: name, password, ...(org ? { org } : {}) }), 200).token;
  const admin = new Client(world, await login('admin', PASSWORD, '物业公司'));
  const facts = { tokens: { admin: admin.token }, users: {}, parties: {}, houses: {}, spaces: {}, projects: {} };

  facts.users.admin = (await admin.read('me')).user.id;
  facts.projects.TYHY = (await admin.read('projects')).items[0].id;
  facts.projects.ERQI = (await admin.make('projects', { code: 'ERQI', name: '二期花园' })).id;
  for (const [code, houses] of [['TYHY', HOUSES], ['ERQI', FAR_HOUSES]])
    for (const house of houses) facts.houses[house.no] = (await admin.make('houses', { ...house, project: facts.projects[code] })).id;
  facts.spaces.lobby = (await admin.make('spaces', { name: '一栋大堂', kind: 'room', project: facts.projects.TYHY })).id;
  for (const person of PEOPLE) {
    const project = facts.projects[person.scope];
    if (person.house !== undefined) {
      facts.parties[person.login] = (await admin.make('parties', { name: person.name, phone: person.phone, project, ...(person.id_no ? { id_no: person.id_no } : {}) })).id;
      must(await admin.patch(`houses/${facts.houses[person.house]}`, { parties: [{ party: facts.parties[person.login], role: 'owner', from: '2020-01-01' }] }), 200);
    }
  }
  await Promise.all(PEOPLE.map(async (person) => {
    const user = await admin.make('users', { login: person.login, name: person.name, password: FIRST_PASSWORD, party: facts.parties[person.login] ?? null,
      roles: [{ role: person.role, scope: facts.projects[person.scope] ?? null }] });
    facts.users[person.login] = user.id;
    const first = new Client(world, await login(person.login, FIRST_PASSWORD));
    must(await first.post('me/password', { old: FIRST_PASSWORD, new: PASSWORD }), 204);
    facts.tokens[person.login] = first.token;
  }));
  facts.tokens.foreign = await login('foreign', PASSWORD);
  const foreign = new Client(world, facts.tokens.foreign);
  facts.projects.foreign = (await foreign.read('projects')).items[0].id;
  facts.houses.foreign = (await foreign.make('houses', { no: '7-7-707', area: 70 })).id;
  return facts;
}

/* The community as a folder that can be copied, made once for this binary and these people. */
async function template() {
  const stat = fs.statSync(binary);
  const key = createHash('sha256').update(`${binary} ${stat.mtimeMs} ${stat.size} ${server_url ?? ''} ${process.env.ANJU_TEST_PARTITIONS ?? ''}`).update(fs.readFileSync(fileURLToPath(import.meta.url))).digest('hex').slice(0, 16);
  const shelf = path.join(os.tmpdir(), `anju-worlds-${process.getuid()}`), kept = path.join(shelf, key);

  if (fs.existsSync(kept)) return kept;
  fs.mkdirSync(shelf, { recursive: true, mode: 0o700 });
  for (const old of fs.readdirSync(shelf)) { /* of binaries that are gone; another file of tests may be sweeping too */
    const made_at = fs.statSync(path.join(shelf, old), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made_at > 24 * 3600_000) fs.rmSync(path.join(shelf, old), { recursive: true, force: true });
  }
  const making = fs.mkdtempSync(path.join(shelf, 'making-')), folder = path.join(making, 'data');
  const made = anju(['init', '--data', folder, '--org', '物业公司', '--project', '天阳花园', '--code', 'TYHY', '--password', PASSWORD]);
  assert.equal(made.code, 0, made.err);
  const other = anju(['org', 'add', '--data', folder, '--org', '别家公司', '--project', '别家小区', '--code', 'BJXQ', '--admin', 'foreign', '--password', PASSWORD]);
  assert.equal(other.code, 0, other.err);
  const server = await serve(folder);
  const facts = await settle({ port: server.port });
  await server.stop();
  fs.writeFileSync(path.join(making, 'facts.json'), JSON.stringify(facts));
  try {
    moveData(folder, path.join(kept, 'data'), () => fs.renameSync(making, kept));
  } catch { /* another file of tests was first */
    fs.rmSync(making, { recursive: true, force: true });
    dropData(folder);
  }
  return kept;
}

export class World {
  /* Stops the server and starts it again, perhaps at another time or with other flags. */
  streams = new Set(); /* open ones (listen) */
  async restart(options = {}) {
    await this.server.stop();
    this.options = { ...this.options, ...options };
    await this.start();
  }

  async start() {
    this.server = await serve(this.folder, this.options);
    this.port = this.server.port;
    strays.delete(this.server.process); /* close() ends it */
  }

  /* A new session; throws when it is refused. */
  async login(login, password = PASSWORD, more = {}) {
    return must(await this.nobody.post('session', { login, password, ...more }), 200).token;
  }

  /* One more account, ready for use. */
  async person(login, roles, more = {}) {
    const user = await this.as.admin.make('users', { login, name: more.name ?? login, password: FIRST_PASSWORD, roles, ...more });
    const client = new Client(this, await this.login(login, FIRST_PASSWORD), { login, id: user.id });
    must(await client.post('me/password', { old: FIRST_PASSWORD, new: PASSWORD }), 204);
    return client;
  }

  /* New sessions for everybody: after a jump in time the old ones have ended. */
  async loginAll() {
    await Promise.all(Object.values(this.as).map(async (client) => { client.token = await this.login(client.login, PASSWORD, client.login === 'admin' ? { org: '物业公司' } : {}); }));
  }

  async close() {
    for (const stream of this.streams) stream.close();
    const end = await this.server.stop();
    assert.deepEqual(end, { code: 0, signal: null }, 'it ends in order');
    const check = anju(['check', '--data', this.folder]);
    assert.equal(check.code, 0, `anju check: ${check.out}${check.err}`);
    fs.rmSync(this.home, { recursive: true, force: true });
    dropData(this.folder);
  }
}

/* From now to the next time that it is so late in China. What counts days and goes on by hours begins in the morning. */
export const secondsTo = (hour) => Math.floor((((hour - 8) * 3600 - Date.now() / 1000) % 86400 + 86400) % 86400);
/* ANJU_TEST_HOUR=23.5: every world begins at half past eleven in the evening, to find tests that hold at some hours only. */
const HOUR = process.env.ANJU_TEST_HOUR && { clock: secondsTo(Number(process.env.ANJU_TEST_HOUR)) };

export async function openWorld(options = {}) {
  options = { ...HOUR, ...options };
  const from = await template();
  const world = new World();
  const facts = JSON.parse(fs.readFileSync(path.join(from, 'facts.json'), 'utf8'));

  Object.assign(world, facts, { options, home: fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-')) });
  world.folder = path.join(world.home, 'data');
  copyData(path.join(from, 'data'), world.folder);
  await world.start();
  world.nobody = new Client(world, null);
  world.as = {};
  for (const [login, token] of Object.entries(facts.tokens))
    world.as[login] = new Client(world, token, { login, id: facts.users[login], party: facts.parties[login] });
  return world;
}

/* A folder with company and administrator alone. */
export function bareFolder(home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-'))) {
  const folder = path.join(home, 'data');
  const made = anju(['init', '--data', folder, '--password', PASSWORD]);
  assert.equal(made.code, 0, made.err);
  return { home, folder, remove: () => { fs.rmSync(home, { recursive: true, force: true }); dropData(folder); } };
}

/* ---- Repairs, walked to where a test wants them ---- */

/* The body of a report by the desk. */
export function report(world, more = {}) {
  return { house: world.houses['1-1-101'], reporter: world.parties.resident, category: 'water.tap', title: '厨房水龙头滴水', ...more };
}

/* How a repair comes into each state, as (who, action, asks). */
export function steps(world, state) {
  const { users } = world;
  const assigned = [['desk', 'accept'], ['desk', 'assign', { assignee: users.engineer }]];
  const working = [...assigned, ['engineer', 'arrive']];
  const finished = [...working, ['engineer', 'finish', { cause: '自然损耗', solution: '换阀芯', after_photos: 'PHOTO' }]];
  return {
    reported: [],
    accepted: [['desk', 'accept']],
    rejected: [['desk', 'reject', { reason: '燃气表由燃气公司负责' }]],
    merged: [['desk', 'merge', { into: 'LEADER' }]],
    assigned,
    working,
    quoted: [...working, ['engineer', 'quote', { labour_fen: 4000, materials: [{ item: 'toilet.fill', qty: 1 }] }]],
    waiting: [...working, ['engineer', 'suspend', { reason: 'part', until: '2030-01-01' }]],
    finished,
    confirmed: [...finished, ['resident', 'confirm', { overall: 5 }]],
    cancelled: [['resident', 'cancel', { reason: '自己修好了' }]],
  }[state];
}

/* A new repair of the resident's in that state. */
export async function repairIn(world, state, more = {}) {
  let repair = await world.as.desk.make('repairs', report(world, more));
  for (const [who, action, asks = {}] of steps(world, state)) {
    const filled = { ...asks };
    if (filled.after_photos === 'PHOTO') filled.after_photos = [await world.as[who].photo()];
    if (filled.into === 'LEADER') filled.into = (await world.as.desk.make('repairs', report(world))).id;
    repair = await world.as[who].did('repairs', repair.id, action, filled);
  }
  assert.equal(repair.state, state);
  return repair;
}

/* Has this server the path yet? Parts that it lacks are `todo`, not passed over in silence. */
export async function lacks(world, method, target) {
  const answer = await world.as.admin.call(method, target, method === 'POST' ? {} : undefined);
  return answer.status === 404 || answer.status === 405 ? `${method} ${target} is not there yet` : false;
}

/* An open stream: events as they come, each { id, event, data }. */
export function listen(client, headers = {}, target = '/api/v1/events') {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: client.world.port, path: target, agent: false, headers: { authorization: `Bearer ${client.token}`, ...headers } }, (response) => {
      let text = '';
      const stream = { response, events: [], comments: 0, close: () => { client.world.streams.delete(stream); request.destroy(); },
        async until(fits, ms = 5000) {
          for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) { const found = stream.events.find(fits); if (found) return found; }
          throw new Error(`it has not come: ${JSON.stringify(stream.events)}`);
        } };
      response.on('data', (part) => {
        text += part;
        for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
          const block = { };
          for (const line of text.slice(0, at).split('\n')) {
            const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
            if (name === '') stream.comments++;
            else if (name) block[name] = value;
          }
          if (block.event) stream.events.push({ ...block, data: block.data ? JSON.parse(block.data) : undefined });
        }
      });
      response.on('error', () => {});
      client.world.streams.add(stream);
      resolve(stream);
    });
    request.on('error', (error) => reject(error));
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
