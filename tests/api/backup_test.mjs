/* backup_test.mjs: one file made while the office works, from which everything comes back; or nothing does. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { anju, openWorld, report, serve, Client } from './world.mjs';

let world, file;
const beside = (name) => path.join(world.home, name);

before(async () => {
  world = await openWorld();
  file = beside('office.bak');
});
after(() => world?.close());

test('made while others write, it holds all that was acknowledged before', async () => {
  const { desk, engineer } = world.as;
  const photo = await engineer.photo(), known = [];
  let ended = false;
  const writing = (async () => {
    for (let i = 0; !ended; i++) await desk.make('repairs', report(world, { title: `第 ${i} 件` }));
  })();
  for (let i = 0; i < 20; i++) known.push((await desk.make('repairs', report(world, { title: `备份前 ${i}` }))).no);
  const made = anju(['backup', '--data', world.folder, '--to', file]);
  ended = true;
  await writing;
  assert.equal(made.code, 0, made.err);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(fs.readdirSync(world.home).filter((name) => name !== 'data'), ['office.bak'], 'no temporary file is left beside it');

  const folder = beside('restored');
  const back = anju(['restore', '--from', file, '--data', folder]);
  assert.equal(back.code, 0, back.err);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  assert.equal(anju(['check', '--data', folder]).code, 0);
  const server = await serve(folder);
  try {
    const again = new Client({ port: server.port }, desk.token); /* sessions come back too */
    for (const no of known) assert.equal((await again.read(`repairs?filter[no]=${no}`)).items.length, 1, no);
    const picture = await new Client({ port: server.port }, engineer.token).get(`files/${photo}`);
    assert.equal(picture.status, 200);
  } finally {
    await server.stop();
  }
});

test('it never overwrites, neither a file nor a folder', () => {
  const bytes = fs.readFileSync(file);
  assert.equal(anju(['backup', '--data', world.folder, '--to', file]).code, 1);
  assert.ok(fs.readFileSync(file).equals(bytes));
  const there = anju(['restore', '--from', file, '--data', beside('restored')]);
  assert.equal(there.code, 1);
  assert.match(there.err, /exists already/);
});

test('a damaged or cut-off backup is named so, and leaves nothing behind', () => {
  const whole = fs.readFileSync(file), bad = beside('bad.bak');
  const files = () => fs.readdirSync(world.home).sort();
  const rows = [0, 99, 130, 150, 154, 155, 300, 511, 512, 600, whole.length >> 1, whole.length - 2000, whole.length - 1000, whole.length - 1]
    .map((at) => [`bit ${at}`, () => { const bytes = Buffer.from(whole); bytes[at] ^= 16; return bytes; }]);
  for (let at = 1; at < 40; at++) rows.push([`byte ${at}/40`, () => { const bytes = Buffer.from(whole); bytes[Math.floor(whole.length * at / 40)] ^= 1; return bytes; }]);
  for (const size of [0, 1, 512, 5000, whole.length >> 1, whole.length - 512, whole.length - 1]) rows.push([`cut at ${size}`, () => whole.subarray(0, size)]);
  rows.push(['something behind it', () => Buffer.concat([whole, Buffer.from('x')])], ['a text', () => Buffer.from('房号,姓名\n'.repeat(200))]);
  fs.writeFileSync(bad, '');
  const before = files();
  for (const [what, make] of rows) {
    fs.writeFileSync(bad, make());
    const done = anju(['restore', '--from', bad, '--data', beside('new')]);
    assert.equal(done.code, 1, what);
    assert.match(done.err, /damaged/, what);
    assert.deepEqual(files(), before, what);
  }
});

test('an archive that leads elsewhere is refused', () => {
  const whole = fs.readFileSync(file), evil = Buffer.from(whole), at = whole.indexOf('secret.key\0');
  evil.fill(0, at, at + 100);
  evil.write('../evil', at);
  let sum = 0;
  for (let i = at; i < at + 512; i++) sum += i >= at + 148 && i < at + 156 ? 32 : evil[i];
  evil.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  fs.writeFileSync(beside('bad.bak'), evil);
  const done = anju(['restore', '--from', beside('bad.bak'), '--data', beside('new')]);
  assert.equal(done.code, 1);
  assert.match(done.err, /does not belong/);
  assert.ok(!fs.existsSync(beside('evil')) && !fs.existsSync(path.join(path.dirname(world.home), 'evil')));
});

test('what is missing or wrong is said', () => {
  const rows = [
    [['backup', '--data', world.folder], 2], [['backup', '--to', beside('x')], 2], [['restore', '--data', beside('x')], 2], [['restore', '--from', file], 2],
    [['backup', '--data', beside('nothing'), '--to', beside('x')], 1], [['backup', '--data', world.folder, '--to', beside('no/such/x')], 1],
    [['restore', '--from', beside('nothing'), '--data', beside('x')], 1], [['serve', '--data', world.folder, '--backup-to', beside('nothing')], 1],
  ];
  for (const [args, code] of rows) {
    const done = anju(args);
    assert.equal(done.code, code, `${args.join(' ')}: ${done.err}`);
    assert.ok(done.err.length > 10, args.join(' '));
  }
  assert.ok(!fs.existsSync(beside('x')));
});
