/* The command line (CONTRACT section 1): exit 0 done, 1 a state of the world, 2 wrong use; and settings. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { anju, bareFolder, PASSWORD, send, sendRaw, serve } from './world.mjs';

const COMMANDS = ['init', 'demo', 'serve', 'import', 'export', 'backup', 'restore', 'check', 'org add', 'user add', 'user list', 'user passwd', 'openapi', 'version', 'migrate'];
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-test-'));
const bare = bareFolder(path.join(home));
const at = (name) => path.join(home, name);
after(() => fs.rmSync(home, { recursive: true, force: true }));
const run = (line, more) => anju(Array.isArray(line) ? line : line.split(' '), more);

function ends(done, code, words) {
  assert.equal(done.code, code, `exit ${code}: ${done.out}${done.err}`);
  if (words) assert.match(done.err, words);
  assert.doesNotMatch(done.err, /Sanitizer|runtime error/);
  return done;
}

describe('help', () => {
  test('lists all commands', () => {
    const { out } = ends(run('--help'), 0);
    for (const command of COMMANDS) assert.match(out, new RegExp(`^ +${command} `, 'm'), command);
  });
  for (const command of COMMANDS)
    test(`${command} --help explains its flags, in both languages`, () => {
      const en = ends(run([...command.split(' '), '--help']), 0), zh = ends(run([...command.split(' '), '--help'], { env: { LC_ALL: 'zh_CN.UTF-8' } }), 0);
      assert.match(en.out, new RegExp(`anju ${command}`));
      assert.match(zh.out, /[\u4e00-\u9fff]/);
      assert.equal(en.err, '');
    });
  test('nothing, or an unknown command, is wrong use', () => {
    ends(run([]), 2);
    ends(run('nonsense'), 2, /nonsense/);
    ends(run('user'), 2);
    ends(run('user fly'), 2);
  });
});

describe('wrong use is exit 2 and says what would be right', () => {
  const folder = bare.folder;
  const lines = [['serve --data D --colour red', /--colour/], ['init --data', /--data/], ['init', /--data/], ['serve', /--data/], ['check', /--data/], ['version extra', /extra/], ['serve extra --data D', /extra/], ['serve --data D -x', /-x/],
    ['serve --data D --listen nonsense', /--listen/], ['serve --data D --listen 127.0.0.1', /--listen/], ['serve --data D --listen 127.0.0.1:', /--listen/], ['serve --data D --listen 127.0.0.1:70000', /--listen/], ['serve --data D --listen 127.0.0.1:-1', /--listen/], ['serve --data D --listen :8080', /--listen/], ['serve --data D --listen 300.1.1.1:0', null],
    ['serve --data D --listen 127.0.0.1:80x', /--listen/], ['serve --data D --workers many', /--workers/], ['serve --data D --workers 0', /--workers/], ['serve --data D --tls-cert x', /--tls-key/], ['user add --data D --role desk', /--login/], ['user add --data D --login x', /--role/],
    ['user add --data D --login x --role king', /king/], ['user add --data D --login x --role desk --password short', /8/], ['user passwd --data D', /--login/], ['demo', /--data/], ['demo --data X --homes many', /--homes/], ['demo --data X --until yesterday', /--until/], ['backup --data D', /--to/], ['restore --data X', /--from|--new/],
    ['export --data D', null], ['export --data D nothing', /nothing/], ['export --data D houses --format pdf', /--format/], ['import --data D', null]];
  for (const [line, words] of lines)
    test(line, () => {
      const done = ends(run(line.replace(' D', ` ${folder}`).replace(' X', ` ${at('new')}`)), 2, words);
      assert.ok(done.err.length > 0);
      assert.ok(!fs.existsSync(at('new')), 'nothing was made');
    });
  test('the sentence is in the terminal’s language', () => {
    assert.match(run('serve', { env: { LC_ALL: 'zh_CN.UTF-8' } }).err, /[\u4e00-\u9fff]/);
    assert.doesNotMatch(run('serve').err, /[\u4e00-\u9fff]/);
  });
});

describe('init', () => {
  test('makes a folder for its owner alone, with company, project and administrator', async () => {
    const folder = at('first');
    ends(run(['init', '--data', folder, '--org', '安心物业', '--project', '桂花园', '--code', 'GHY', '--admin', 'boss', '--password', PASSWORD]), 0);
    assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
    for (const name of fs.readdirSync(folder)) assert.equal(fs.statSync(path.join(folder, name)).mode & 0o077, 0, `${name} is the owner's alone`);
    const server = await serve(folder);
    const { body } = await send(server.port, 'POST', '/api/v1/session', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: 'boss', password: PASSWORD }) });
    const { body: projects } = await send(server.port, 'GET', '/api/v1/projects', { headers: { authorization: `Bearer ${body.token}` } });
    assert.deepEqual(projects.items.map((one) => [one.code, one.name]), [['GHY', '桂花园']]);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  });
  test('twice leaves the first as it was', () => {
    const folder = bare.folder, before = fs.readFileSync(path.join(folder, 'secret.key')), db = fs.statSync(path.join(folder, 'anju.db')).mtimeMs;
    ends(run(['init', '--data', folder, '--password', PASSWORD]), 1, /exists/);
    assert.deepEqual(fs.readFileSync(path.join(folder, 'secret.key')), before);
    assert.equal(fs.statSync(path.join(folder, 'anju.db')).mtimeMs, db);
  });
  test('on an ordinary file or an empty folder leaves it as it was', () => {
    fs.writeFileSync(at('file'), 'mine');
    fs.mkdirSync(at('empty'));
    ends(run(['init', '--data', at('file')]), 1);
    ends(run(['init', '--data', at('empty')]), 1);
    assert.equal(fs.readFileSync(at('file'), 'utf8'), 'mine');
    assert.deepEqual(fs.readdirSync(at('empty')), []);
  });
  test('where it cannot be made fails and leaves nothing', () => ends(run(['init', '--data', '/nonexistent/deep/folder']), 1));
  test('with a short password fails and leaves nothing', () => {
    ends(run(['init', '--data', at('short'), '--password', 'short']), 2);
    assert.ok(!fs.existsSync(at('short')));
  });
  test('without a password prints one, once, that must be changed', async () => {
    const { out } = ends(run(['init', '--data', at('random')]), 0);
    const password = /password: (\S+)/.exec(out)[1];
    const server = await serve(at('random'));
    const { body } = await send(server.port, 'POST', '/api/v1/session', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: 'admin', password }) });
    assert.equal((await send(server.port, 'GET', '/api/v1/projects', { headers: { authorization: `Bearer ${body.token}` } })).body.code, 'password_change_required');
    await server.stop();
  });
  test('takes the password from ANJU_ADMIN_PASSWORD, and the flag before it', async () => {
    ends(run(['init', '--data', at('env')], { env: { ANJU_ADMIN_PASSWORD: 'from the environment' } }), 0);
    ends(run(['init', '--data', at('flag'), '--password', 'from the flag'], { env: { ANJU_ADMIN_PASSWORD: 'from the environment' } }), 0);
    for (const [name, password] of [['env', 'from the environment'], ['flag', 'from the flag']]) {
      const server = await serve(at(name));
      assert.equal((await send(server.port, 'POST', '/api/v1/session', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: 'admin', password }) })).status, 200, name);
      await server.stop();
    }
  });
});

describe('serve', () => {
  test('prints exactly one line when it is ready, ends in order on SIGTERM, logs to stderr', async () => {
    const server = await serve(bare.folder);
    assert.equal(server.out(), `listening on http://127.0.0.1:${server.port}\n`);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.equal(server.out().split('\n').length, 2);
  });
  test('what is not there is exit 1', () => ends(run(['serve', '--data', at('nothing')]), 1, /nothing/));
  test('a second one on the same folder is refused, the first goes on', async () => {
    const server = await serve(bare.folder);
    ends(run(['serve', '--data', bare.folder, '--listen', '127.0.0.1:0']), 1);
    assert.equal((await send(server.port, 'GET', '/healthz')).status, 200);
    await server.stop();
  });
  test('a port that is taken is exit 1 and names it', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.on('listening', resolve));
    const { port } = taken.address();
    const failed = await serve(bare.folder, { listen: `127.0.0.1:${port}` }).catch((error) => error);
    assert.equal(failed.code, 1, failed.err);
    assert.match(failed.err, new RegExp(String(port)));
    taken.close();
  });
  test('IPv6 in brackets', async () => {
    const server = await serve(bare.folder, { listen: '[::1]:0' }).catch((error) => error);
    if (server instanceof Error) { assert.match(server.err, /::1/); return; } /* no IPv6 on this machine */
    assert.match(server.out(), /^listening on http:\/\/\[::1\]:\d+\n$/);
    await server.stop();
  });
  test('off loopback without TLS warns', async () => {
    const server = await serve(bare.folder, { listen: '0.0.0.0:0' });
    assert.match(server.err(), /unencrypted|TLS/i);
    await server.stop();
  });
  test('SIGTERM finishes what runs', async () => {
    const server = await serve(bare.folder);
    const answer = sendRaw(server.port, `POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{"login":"admin","password":"not the right one.."}`, { ms: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 15));
    const end = await server.stop();
    assert.match((await answer).text, /^HTTP\/1\.1 (401|503)/);
    assert.deepEqual(end, { code: 0, signal: null });
  });
  test('SIGHUP does not end it', async () => {
    const server = await serve(bare.folder);
    server.process.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await send(server.port, 'GET', '/healthz')).status, 200);
    assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null });
  });
});

describe('settings: conf, then ANJU_*, then flags', () => {
  const conf = path.join(bare.folder, 'anju.conf');
  const freePort = () => new Promise((resolve) => { const one = net.createServer().listen(0, '127.0.0.1', () => { const { port } = one.address(); one.close(() => resolve(port)); }); });
  after(() => fs.rmSync(conf, { force: true }));
  test('an unknown key is refused with its line', () => {
    fs.writeFileSync(conf, '# 设置\n\nlisten = 127.0.0.1:0\ncolour = red\n');
    ends(run(['serve', '--data', bare.folder]), 2, /4.*colour/);
  });
  for (const [name, text, line] of [['a line without =', 'listen\n', 1], ['a flag that has no place there', '\ndata = elsewhere\n', 2], ['a key with capitals', 'Listen = 127.0.0.1:0\n', 1]])
    test(`${name} is refused with its line`, () => {
      fs.writeFileSync(conf, text);
      ends(run(['serve', '--data', bare.folder]), 2, new RegExp(`${line}`));
    });
  test('a malformed value in it is refused', () => {
    fs.writeFileSync(conf, 'workers = many\n');
    ends(run(['serve', '--data', bare.folder, '--listen', '127.0.0.1:0']), 2, /workers/);
  });
  test('conf is heeded, the environment wins over it, flags over both', async () => {
    const [a, b, c] = [await freePort(), await freePort(), await freePort()];
    fs.writeFileSync(conf, `listen = 127.0.0.1:${a}\n`);
    const one = await serve(bare.folder, { listen: null });
    assert.equal(one.port, a);
    await one.stop();
    const two = await serve(bare.folder, { listen: null, env: { ANJU_LISTEN: `127.0.0.1:${b}` } });
    assert.equal(two.port, b);
    await two.stop();
    const three = await serve(bare.folder, { listen: `127.0.0.1:${c}`, env: { ANJU_LISTEN: `127.0.0.1:${b}` } });
    assert.equal(three.port, c);
    await three.stop();
  });
  test('ANJU_DATA names the folder', () => {
    fs.rmSync(conf, { force: true });
    ends(run('check', { env: { ANJU_DATA: bare.folder } }), 0);
  });
});

describe('companies and people', () => {
  const { folder } = bare;
  test('user add, user list, user passwd', async () => {
    ends(run(['user', 'add', '--data', folder, '--login', 'front', '--name', '前台', '--role', 'desk', '--project', 'TYHY', '--password', PASSWORD]), 0);
    ends(run(['user', 'add', '--data', folder, '--login', 'front', '--role', 'desk', '--password', PASSWORD]), 1, /front/);
    ends(run(['user', 'add', '--data', folder, '--login', 'other', '--role', 'desk', '--project', 'NONE', '--password', PASSWORD]), 1, /NONE/);
    assert.match(ends(run(['user', 'list', '--data', folder]), 0).out, /front.*desk/s);
    ends(run(['user', 'passwd', '--data', folder, '--login', 'nobody', '--password', PASSWORD]), 1, /nobody/);
    ends(run(['user', 'passwd', '--data', folder, '--login', 'front', '--password', 'a new password']), 0);
    const server = await serve(folder);
    const login = (password) => send(server.port, 'POST', '/api/v1/session', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: 'front', password }) });
    assert.equal((await login(PASSWORD)).status, 401);
    assert.equal((await login('a new password')).status, 200);
    await server.stop();
  });
  test('with two companies, --org is needed and heeded', () => {
    ends(run(['org', 'add', '--data', folder, '--org', '第二家', '--project', '乙小区', '--code', 'YXQ', '--admin', 'second', '--password', PASSWORD]), 0);
    ends(run(['org', 'add', '--data', folder, '--org', '第二家', '--project', '乙小区', '--code', 'YXQ', '--admin', 'second', '--password', PASSWORD]), 1);
    ends(run(['user', 'list', '--data', folder]), 2, /--org/);
    assert.match(ends(run(['user', 'list', '--data', folder, '--org', '第二家']), 0).out, /second/);
    ends(run(['user', 'list', '--data', folder, '--org', '没有这家']), 1);
  });
});

describe('check, migrate, version', () => {
  test('a sound folder is said to be sound', () => ends(run(['check', '--data', bare.folder]), 0));
  test('a damaged one is exit 1 and says where', () => {
    const folder = at('damaged');
    fs.cpSync(bare.folder, folder, { recursive: true });
    const db = path.join(folder, 'anju.db'), bytes = fs.readFileSync(db), found = bytes.indexOf('示范小区');
    assert.ok(found > 0);
    Buffer.from('被改小区').copy(bytes, found);
    fs.writeFileSync(db, bytes);
    const done = ends(run(['check', '--data', folder]), 1);
    assert.match(done.out + done.err, /project|event|differs|changed/);
  });
  test('without its key nothing is opened', () => {
    const folder = at('keyless');
    fs.cpSync(bare.folder, folder, { recursive: true });
    fs.rmSync(path.join(folder, 'secret.key'));
    ends(run(['check', '--data', folder]), 1, /secret\.key/);
  });
  test('a folder with rubbish for a database is exit 1', () => {
    fs.mkdirSync(at('rubbish'));
    fs.writeFileSync(path.join(at('rubbish'), 'anju.db'), 'this is not a database, only some text that is long enough to be looked at as one'.repeat(50));
    fs.writeFileSync(path.join(at('rubbish'), 'secret.key'), Buffer.alloc(32));
    for (const command of ['check', 'serve']) ends(run([command, '--data', at('rubbish')]), 1);
  });
  test('migrate has nothing to do on a new folder', () => {
    assert.equal(ends(run(['migrate', '--data', bare.folder, '--dry-run']), 0).out.trim(), '');
    ends(run(['migrate', '--data', bare.folder]), 0);
  });
  test('version and openapi need no folder', () => {
    assert.match(ends(run('version'), 0).out, /^anju \d+\.\d+/);
    JSON.parse(ends(run('openapi'), 0).out);
  });
});

describe('backup and restore', () => {
  test('one file for its owner alone, made while serving; restored, it is sound and the same', async () => {
    const server = await serve(bare.folder), file = at('backup');
    ends(run(['backup', '--data', bare.folder, '--to', file]), 0);
    await server.stop();
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    ends(run(['backup', '--data', bare.folder, '--to', file]), 1);
    ends(run(['restore', '--from', file, '--data', at('restored')]), 0);
    ends(run(['check', '--data', at('restored')]), 0);
    assert.equal(run(['user', 'list', '--data', at('restored'), '--org', '第二家']).out, run(['user', 'list', '--data', bare.folder, '--org', '第二家']).out);
    ends(run(['restore', '--from', file, '--data', at('restored')]), 1);
  });
  test('a damaged, cut or missing file restores nothing and leaves nothing', () => {
    const bytes = fs.readFileSync(at('backup'));
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1] ^= 1;
    fs.writeFileSync(at('flipped'), flipped);
    fs.writeFileSync(at('cut'), bytes.subarray(0, bytes.length - 10));
    fs.writeFileSync(at('nil'), '');
    for (const name of ['flipped', 'cut', 'nil', 'missing']) {
      ends(run(['restore', '--from', at(name), '--data', at(`from-${name}`)]), 1);
      assert.ok(!fs.existsSync(at(`from-${name}`)), name);
    }
  });
});
