/* 通知公告, card P09, and the outbox beneath: who is told, by which way, and what is proved of it. Mail goes to a sink of our own
 * that speaks SMTP, webhooks to a server of our own; days pass by restarting at a later time. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { numberOf } from './money.mjs';
import { isDone, isProblem, openWorld, sleep, until, wordsOf } from './world.mjs';

const HOUR = 3600, DAY = 24 * HOUR;
const SECRET = 'a secret of the other side';
let world, as, mail, hook;

/* A mail server in memory. `refuse` answers RCPT, `slow` is a pause before each answer to a message. */
class Sink {
  constructor() { Object.assign(this, { mails: [], connections: 0, refuse: null, slow: 0, sockets: new Set() }); }
  async open(port = 0) {
    this.server = net.createServer((socket) => this.serve(socket));
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
    this.port = this.server.address().port;
    return this;
  }
  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
  serve(socket) {
    let rest = '', mail = null, data = null;
    this.connections++;
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.write('220 sink\r\n');
    const say = (line) => socket.write(`${line}\r\n`);
    const take = async (line) => {
      if (data !== null) {
        if (line !== '.') { data.push(line.startsWith('..') ? line.slice(1) : line); return; }
        if (this.slow) await sleep(this.slow);
        this.mails.push({ ...mail, raw: data.join('\r\n') });
        data = null;
        say('250 taken');
      } else if (/^(EHLO|HELO)/i.test(line)) say('250 sink');
      else if (/^MAIL FROM:<(.*)>/i.test(line)) { mail = { from: /<(.*?)>/.exec(line)[1], to: [] }; say('250 ok'); }
      else if (/^RCPT TO:/i.test(line)) {
        const to = /<(.*?)>/.exec(line)[1], no = this.refuse?.(to);
        if (no) say(no);
        else { mail.to.push(to); say('250 ok'); }
      } else if (/^DATA/i.test(line)) { data = []; say('354 go on'); }
      else if (/^QUIT/i.test(line)) { say('221 bye'); socket.end(); }
      else say('250 ok');
    };
    let queue = Promise.resolve();
    socket.on('data', (part) => {
      rest += part.toString('latin1');
      for (let at; (at = rest.indexOf('\r\n')) >= 0;) {
        const line = rest.slice(0, at);
        rest = rest.slice(at + 2);
        queue = queue.then(() => take(line));
      }
    });
  }
  to(address) { return this.mails.filter((one) => one.to.includes(address)); }
}
/* The header and the decoded parts of a mail. */
function parse(raw) {
  const [head, ...body] = raw.split('\r\n\r\n');
  const subject = /^Subject: ((?:.|\r\n )*)$/m.exec(head)[1].replace(/\r\n /g, '').replace(/=\?UTF-8\?B\?(.*?)\?=/g, (_, code) => `\0${code}`).split('\0').filter(Boolean).map((code) => Buffer.from(code, 'base64')).map(String).join('');
  const parts = [...body.join('\r\n\r\n').matchAll(/Content-Type: (text\/\w+)[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/g)].map(([, type, code]) => [type, Buffer.from(code, 'base64').toString()]);
  return { head, subject, ...Object.fromEntries(parts) };
}

/* Another program: `status` is what it answers. */
class Listener {
  constructor() { Object.assign(this, { calls: [], status: 200 }); }
  async open() {
    this.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        this.calls.push({ url: request.url, headers: request.headers, text: Buffer.concat(parts).toString() });
        response.writeHead(this.status, this.status === 302 ? { location: `http://127.0.0.1:${this.port}/elsewhere` } : {});
        response.end('x'.repeat(100));
      });
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.port = this.server.address().port;
    return this;
  }
  close() { this.server.closeAllConnections(); return new Promise((done) => this.server.close(done)); }
}

async function setRule(code, value) {
  const rule = (await as.admin.read('rules?limit=100')).items.find((one) => one.code === code);
  isDone(await as.admin.patch(`rules/${rule.id}`, { value }));
}
const rowsOf = (sql) => numberOf(world, sql);
async function later(seconds, more = {}) {
  await world.restart({ clock: (world.options.clock ?? 0) + seconds, ...more });
  await world.loginAll();
}

before(async () => {
  mail = await new Sink().open();
  hook = await new Listener().open();
  world = await openWorld({ flags: ['--smtp', `smtp://127.0.0.1:${mail.port}`, '--mail-from', 'office@anju.example', '--allow-private-webhooks'] });
  as = world.as;
  for (const code of ['outbox.quiet_from', 'outbox.quiet_to']) await setRule(code, 0); /* tests run at night too */
  await setRule('notice.resend_hours', 0); /* days pass in many of them */
  isDone(await as.desk.patch(`parties/${world.parties.resident}`, { email: 'zhang@home.example' }));
});
after(async () => {
  await world.close();
  await mail.close();
  await hook.close();
});

const all = { buildings: ['1'] };
const draft = (more = {}, who = as.desk) => who.make('notices', { kind: 'notice', title: '大堂换灯', body: '<p>周三换灯，请绕行。</p>', audience: all, ...more });
const publish = async (more = {}, who = as.desk) => who.did('notices', (await draft(more, who)).id, 'submit');
const read = (one, who = as.desk) => who.read(`notices/${one.id}`);
const deliveries = async (one, who = as.desk) => (await who.read(`notices/${one.id}/deliveries?limit=500`)).items;
const actionsOf = (one) => one.actions.map((action) => action.name).sort();
const mailed = (one, state) => until(async () => (await deliveries(one)).filter((row) => row.channel === 'email').every((row) => row.state === state), `mails of ${one.no} ${state}`);
/* More people: a home each in building 7, with mail. */
let people = 0;
async function settle(count, building = '7') {
  const homes = [];
  for (let i = 0; i < count; i++, people++) {
    const party = await as.admin.make('parties', { name: `住户${people}`, phone: `1360000${String(people).padStart(4, '0')}`, email: `p${people}@home.example`, project: world.projects.TYHY });
    const house = await as.admin.make('houses', { no: `${building}-1-${100 + people}`, floor: String(1 + people % 3), area: 80, project: world.projects.TYHY });
    isDone(await as.admin.patch(`houses/${house.id}`, { parties: [{ party: party.id, role: 'owner', from: '2020-01-01' }] }));
    homes.push({ party: party.id, house: house.id, no: house.no, email: `p${people}@home.example` });
  }
  return homes;
}

describe('from the draft to the reader', () => {
  test('to few it goes out at once; residents see it, read it, and it is counted', async () => {
    const one = await publish();
    assert.deepEqual([one.state, one.homes, one.people, one.late], ['published', 2, 2, false]);
    assert.match(one.no, /^TZ-TYHY-/);
    assert.deepEqual(one.channels, ['app']);
    const seen = await read(one, as.resident);
    assert.deepEqual([seen.title, seen.read_at, 'audience' in seen], ['大堂换灯', null, false], 'whom else it is for is nobody’s business');
    assert.deepEqual(actionsOf(seen), ['read']);
    assert.equal((await as.far_resident.get(`notices/${one.id}`)).status, 404);
    const bell = (await as.resident.read('messages')).items.find((row) => row.record === one.id);
    assert.deepEqual([bell.kind, bell.text], ['publish', 'Notice: 大堂换灯']);
    const before = await as.desk.read(`notices/${one.id}/unread`);
    assert.deepEqual([before.people, before.read, before.items.length], [2, 0, 2]);
    const phone = before.items.find((row) => row.party === world.parties.resident);
    assert.deepEqual([phone.name, phone.phone, phone.house], ['张三丰', '138****1234', '1-1-101']);
    const version = (await as.desk.get(`notices/${one.id}`)).headers.etag;
    await as.resident.did('notices', one.id, 'read');
    await as.resident.did('notices', one.id, 'read');
    assert.equal((await as.desk.get(`notices/${one.id}`)).headers.etag, version, 'reading does not change it');
    assert.notEqual((await read(one, as.resident)).read_at, null);
    const rows = await deliveries(one);
    assert.deepEqual(rows.map((row) => [row.party_.label, row.channel, row.state, row.read_at !== null]).sort(), [['张三丰', 'app', 'sent', true], ['李小龙', 'app', 'sent', false]].sort());
    assert.deepEqual((await as.desk.read(`notices/${one.id}/unread`)).items.map((row) => row.name), ['李小龙']);
    assert.deepEqual((await as.neighbour.read('notices?filter[unread]=true')).items.filter((row) => row.id === one.id).length, 1);
    assert.deepEqual((await as.resident.read('notices?filter[unread]=true')).items.filter((row) => row.id === one.id).length, 0);
    isProblem(await as.far_resident.act('notices', one.id, 'read'), 404, 'not_found');
    isProblem(await as.desk.act('notices', one.id, 'read'), 403, 'forbidden');
    isProblem(await as.engineer.get(`notices/${one.id}/unread`), 403, 'forbidden');
    isProblem(await as.desk.patch(`notices/${one.id}`, { body: '<p>别的</p>' }), 409, 'wrong_state');
    isProblem(await as.resident.post('notices', { kind: 'notice', title: 'x', body: 'x' }), 403, 'forbidden');
  });

  test('over the limit a second person looks at it', async () => {
    await setRule('notice.approve_homes', 1);
    const one = await publish();
    assert.equal(one.state, 'review');
    assert.equal((await as.resident.get(`notices/${one.id}`)).status, 404);
    isProblem(await as.desk2.act('notices', one.id, 'approve'), 403, 'forbidden');
    isProblem(await as.desk.act('notices', one.id, 'approve'), 403, 'forbidden');
    const done = await as.manager.did('notices', one.id, 'approve');
    assert.deepEqual([done.state, done.approver], ['published', world.users.manager]);
    const own = await publish({}, as.manager);
    assert.equal(own.state, 'review');
    isProblem(await as.manager.act('notices', own.id, 'approve'), 403, 'forbidden');
    assert.ok(!actionsOf(await read(own, as.manager)).includes('approve'));
    await as.region.did('notices', own.id, 'approve');
    const control = await world.person('control', [{ role: 'control', scope: world.projects.TYHY }]);
    const plain = await publish();
    isProblem(await control.act('notices', plain.id, 'approve'), 403, 'forbidden');
    assert.ok(!actionsOf(await read(plain, control)).includes('approve'));
    const urgent = await publish({ urgent: true, kind: 'emergency' }, control);
    assert.deepEqual([urgent.state, urgent.ack_required], ['published', true], 'an emergency is the shift’s alone');
    const asked = await publish({ urgent: true }, as.engineer);
    assert.equal(asked.state, 'review');
    await control.did('notices', asked.id, 'approve');
    await as.desk.did('notices', plain.id, 'cancel', { note: '不发了' });
    await setRule('notice.approve_homes', 50);
  });

  test('it waits for its time, and is over in its time', async () => {
    const at = (hours) => new Date(Date.now() + (world.options.clock ?? 0) * 1000 + hours * HOUR * 1000).toISOString();
    const one = await publish({ publish_at: at(24), expire_at: at(48) });
    const dropped = await publish({ publish_at: at(24) });
    assert.equal(one.state, 'scheduled');
    assert.equal((await as.resident.get(`notices/${one.id}`)).status, 404);
    await as.desk.did('notices', dropped.id, 'cancel');
    const early = await publish({ publish_at: at(30) });
    assert.equal((await as.desk.did('notices', early.id, 'publish')).state, 'published');
    isProblem(await as.desk.post('notices', { kind: 'notice', title: 'x', body: 'x', publish_at: at(2), expire_at: at(1) }), 422, 'invalid', ['expire_at']);
    await later(25 * HOUR);
    await until(async () => (await read(one)).state === 'published', 'published in its time', 20_000);
    assert.equal((await read(dropped)).state, 'cancelled');
    assert.equal((await read(one, as.resident)).title, '大堂换灯');
    await later(24 * HOUR);
    await until(async () => (await read(one)).state === 'expired', 'over in its time', 20_000);
  });
});

describe('on paper', () => {
  const boards = async (n, who = as.desk) => Promise.all(Array.from({ length: n }, () => who.photo()));
  const told = async (kind, record) => (await as.desk2.read('messages')).items.filter((one) => one.kind === kind && one.record === record.id);

  test('the desk hears that it is to be put up, and shows each board', async () => {
    const one = await publish({ channels: ['app', 'paper'] });
    assert.equal(Date.parse(one.due_post_at) - Date.parse(one.published_at), 2 * HOUR * 1000);
    assert.equal((await told('to_post', one)).length, 1);
    isProblem(await as.desk.act('notices', one.id, 'post', {}), 422, 'invalid', ['paper_photos']);
    isProblem(await as.resident.act('notices', one.id, 'post', { paper_photos: [await as.resident.photo()] }), 403, 'forbidden');
    isProblem(await as.desk.act('notices', one.id, 'take_down'), 409, 'wrong_state');
    const first = await boards(2), second = await boards(1, as.desk2);
    const up = await as.desk.did('notices', one.id, 'post', { paper_photos: first });
    assert.deepEqual([up.paper_photos, up.post_late, up.posted_at !== null], [first, false, true]);
    isProblem(await as.desk2.act('notices', one.id, 'post', { paper_photos: second }), 409, 'wrong_state');
    assert.deepEqual((await as.desk2.did('notices', one.id, 'post_more', { paper_photos: second })).paper_photos, [...first, ...second]);
    const gone = await as.desk.did('notices', one.id, 'recall', { reason: '改期' });
    assert.equal((await told('to_take_down', one)).length, 1);
    assert.ok((await as.desk.did('notices', gone.id, 'take_down')).taken_down_at);
    isProblem(await as.desk.act('notices', one.id, 'take_down'), 409, 'wrong_state');
  });

  test('one that is not for paper is not put up', async () => {
    const one = await publish();
    assert.deepEqual([one.due_post_at, actionsOf(one).includes('post')], [null, false]);
    isProblem(await as.desk.act('notices', one.id, 'post', { paper_photos: await boards(1) }), 409, 'wrong_state');
  });

  test('what nobody has put up in time is told once, and stays late', async () => {
    const one = await publish({ channels: ['paper'] });
    await later(3 * HOUR);
    await until(async () => (await read(one)).post_late, 'late', 20_000);
    const tell = (await as.desk_lead.read('messages')).items.filter((line) => line.kind === 'post_late' && line.record === one.id);
    assert.equal(tell.length, 1);
    assert.equal((await as.desk.did('notices', one.id, 'post', { paper_photos: await boards(1) })).post_late, true);
  });
});

describe('whom it is for', () => {
  const preview = async (audience, who = as.desk) => isDone(await who.post('notices/preview', { audience }));
  test('buildings, floors, roles, tags, homes and a list; who has two homes counts once', async () => {
    const [first, second, third] = await settle(3, '5');
    assert.deepEqual(await preview({ buildings: ['1'] }), { houses: 2, people: 2 });
    assert.deepEqual(await preview({ buildings: ['5'] }), { houses: 3, people: 3 });
    const floor = (await as.desk.read(`houses/${first.house}`)).floor;
    assert.deepEqual(await preview({ buildings: ['5'], floors: [floor] }), { houses: 1, people: 1 });
    assert.deepEqual(await preview({ houses: [first.house, second.no] }), { houses: 2, people: 2 });
    assert.deepEqual(await preview({ list: `${first.no}、${second.no}\n${first.no}; ${third.no}` }), { houses: 3, people: 3 });
    assert.deepEqual(await preview({ buildings: ['5'], roles: ['tenant'] }), { houses: 0, people: 0 });
    isDone(await as.admin.patch(`parties/${first.party}`, { tags: ['独居老人', '100%'] }));
    assert.deepEqual(await preview({ tags: ['独居老人'] }), { houses: 1, people: 1 });
    assert.deepEqual(await preview({ tags: ['100%'] }), { houses: 1, people: 1 });
    assert.deepEqual(await preview({ tags: ['%'] }), { houses: 0, people: 0 });
    const building = (await as.admin.read('spaces?filter[kind]=building&limit=100')).items.find((one) => one.code === '5').id;
    assert.deepEqual(await preview({ buildings: [building] }), { houses: 3, people: 3 });
    isDone(await as.admin.patch(`houses/${third.house}`, { parties: [{ party: first.party, role: 'owner', from: '2020-01-01' }] }));
    assert.deepEqual(await preview({ buildings: ['5'] }), { houses: 3, people: 2 });
    const one = await publish({ audience: { buildings: ['5'] } });
    assert.equal((await deliveries(one)).length, 2);
    const named = await publish({ audience: { list: first.no } });
    assert.deepEqual((await deliveries(named)).map((row) => row.party), [first.party]);
    isDone(await as.admin.patch(`houses/${third.house}`, { parties: [{ party: third.party, role: 'owner', from: '2020-01-01', to: '2021-01-01' }] }));
    assert.deepEqual(await preview({ buildings: ['5'] }), { houses: 2, people: 2 }, 'who has moved out is not told');
    assert.ok((await preview({})).people >= 4, 'everybody');
  });

  test('nobody, homes that are not there and what is not understood are refused', async () => {
    isProblem(await as.desk.act('notices', (await draft({ audience: { buildings: ['99'] } })).id, 'submit'), 422, 'invalid', ['audience']);
    isProblem(await as.desk.act('notices', (await draft({ audience: null })).id, 'submit'), 422, 'invalid', ['audience']);
    const answer = await as.desk.post('notices/preview', { audience: { list: '1-1-101 8-8-888' } });
    isProblem(answer, 422, 'invalid', ['audience']);
    assert.match(answer.text, /8-8-888/);
    for (const audience of [{ house: ['1'] }, { buildings: '1' }, { buildings: [1] }, { roles: ['king'] }, 'all', { buildings: Array(21).fill('1') }])
      isProblem(await as.desk.post('notices/preview', { audience }), 422, 'invalid', ['audience']);
    isProblem(await as.desk.post('notices/preview', {}), 422, 'invalid', ['audience']);
    isProblem(await as.resident.post('notices/preview', { audience: {} }), 403, 'forbidden');
    isProblem(await as.far_desk.post('notices/preview', { audience: {}, project: world.projects.TYHY }), 422, 'invalid', ['project']);
    isProblem(await as.foreign.post('notices/preview', { audience: {}, project: world.projects.TYHY }), 422, 'invalid', ['project']);
  });
});

describe('what it says', () => {
  const clean = async (body) => (await draft({ body })).body;
  test('only what is on the list comes through', async () => {
    const cases = [
      ['<p onclick="x()">一<b>二</b><script>alert(1)</script>三</p>', '<p>一<strong>二</strong>三</p>'],
      ['<p>a</p><style>p{}</style><p>b', '<p>a</p><p>b</p>'],
      ['<ScRiPt\n>alert(1)</sCrIpT\n>x', 'x'],
      ['<script>a</scriptx>b</script>c', 'c'],
      ['<scr<script>x</script>ipt>alert(1)</script>x', 'xipt&gt;alert(1)x'],
      ['x<script>alert(1)', 'x'],
      ['<img src=x onerror=alert(1)>y', 'y'],
      ['<svg/onload=alert(1)>z</svg>t', 't'],
      ['<svg><style><img src=x onerror=alert(1)></style></svg>u', 'u'],
      ['<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">', ''],
      ['<a href="javascript:alert(1)">k</a>', 'k'],
      ['<a href="java&#10;script:alert(1)">k</a>', 'k'],
      ['<a href=" &#x6A;avascript:alert(1)">k</a>', 'k'],
      ['<a href="data:text/html,x">k</a>', 'k'],
      ['<a href="//evil.example">k</a>', 'k'],
      ['<!--<p>--><p>c</p><!-- x', '<p>c</p>'],
      ['<!doctype html><?php x ?>d', 'd'],
      ['1 < 2 & 3 > 2 &lt;script&gt; &amp;lt;', '1 &lt; 2 &amp; 3 &gt; 2 &lt;script&gt; &amp;lt;'],
      ['<table><tr><td style="x">a</td><th>b</th></tr></table>', '<table><tr><td>a</td><th>b</th></tr></table>'],
      ['<ul><li>a<li>b</ul>c</p></div>', '<ul><li>a<li>b</li></li></ul>c'],
      ['<h2 id="x">t</h2><iframe src="https://x.example"></iframe><form><input name=a>e</form>', '<h2>t</h2>e'],
      ['<a href="https://www.example.com/a?b=1&amp;c=2" onclick="x" target="_blank">看<em>这里</em></a>', '<a href="https://www.example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">看<em>这里</em></a>'],
      ['<a href="tel:01066668888">电话</a><a href="mailto:a@b.example">信</a>', '<a href="tel:01066668888" rel="noopener noreferrer nofollow">电话</a><a href="mailto:a@b.example" rel="noopener noreferrer nofollow">信</a>'],
      ['<p title="a>b">q</p><p title=\'<script>\'>r</p>', '<p>q</p><p>r</p>'],
      ['a\u202eb\u200bc', 'abc'],
    ];
    for (const [dirty, expected] of cases) {
      if (expected === '') {
        isProblem(await as.desk.post('notices', { kind: 'notice', title: 't', body: dirty }), 422, 'invalid', ['body']);
        continue;
      }
      const got = await clean(dirty);
      assert.equal(got, expected, dirty);
      assert.equal(await clean(got), got, `clean again: ${dirty}`);
    }
  });

  test('links that show one host and lead to another, or to letters that look like others, are refused', async () => {
    const refused = [
      '<a href="https://evil.example/">www.bank.com.cn</a>', '<a href="https://evil.example/">请登录 https://bank.com 办理</a>',
      '<a href="https://bank.com.evil.example/">bank.com</a>', '<a href="https://xn--80ak6aa92e.com/">看这里</a>',
      '<a href="https://аpple.com/">苹果</a>', '<a href="https://bank.com@evil.example/">看这里</a>',
      '<a href="https://bank.com\\@evil.example/">看这里</a>', '<a href="https://ban%6b.com/">看</a>', '<a href="mailto:x@evil.example">service@bank.com</a>',
      '<a href="https://银hang.com/">看</a>', '<a href="https://evil.example"><em>bank</em>.com</a>',
    ];
    for (const body of refused) isProblem(await as.desk.post('notices', { kind: 'notice', title: 't', body }), 422, 'invalid', ['body']);
    isProblem(await as.desk.post('notices', { kind: 'notice', title: 't', body: '<p>好</p>', body_en: refused[0] }), 422, 'invalid', ['body_en']);
    for (const body of ['<a href="https://www.bank.com/x">bank.com</a>', '<a href="https://bank.com">https://www.bank.com/x</a>', '<a href="https://files.example/1">报告2026.pdf</a>',
      '<a href="https://x.example">3.5 元</a>', '<a href="https://中文.中国/">看</a>']) await clean(body);
  });

  test('pictures of the text are those of this house, and readers see them', async () => {
    const id = await as.desk.photo();
    const one = await publish({ body: `<p>图</p><img src="/api/v1/files/${id}" onload="x"><img src="https://evil.example/x.png">` });
    assert.equal(one.body, `<p>图</p><img src="/api/v1/files/${id}" alt="">`);
    assert.equal((await as.resident.get(`files/${id}`)).status, 200);
    assert.equal((await as.far_resident.get(`files/${id}`)).status, 404);
    const foreign = await as.foreign.photo();
    isProblem(await as.desk.post('notices', { kind: 'notice', title: 't', body: `<img src="/api/v1/files/${foreign}">` }), 422, 'invalid', ['body']);
  });

  test('a template writes it; a variable that is missing is named', async () => {
    assert.equal((await as.desk.read('notice_templates?limit=100')).items.length, 46);
    const from = new Date(Date.now() + (world.options.clock ?? 0) * 1000 + 24 * HOUR * 1000).toISOString();
    const variables = { buildings: '1 栋', reason: '检修<b>', from: '周三 9:00', to: '12:00', phone: '66668888' };
    const missing = await as.desk.post('notices', { template: 'outage.water.planned', variables: { ...variables, reason: ' ', phone: undefined }, audience: all });
    isProblem(missing, 422, 'invalid', ['variables']);
    assert.match(missing.text, /reason, phone/);
    isProblem(await as.desk.post('notices', { template: 'outage.water.planned', audience: all }), 422, 'invalid', ['variables']);
    isProblem(await as.desk.post('notices', { template: 'no.such', audience: all }), 422, 'invalid');
    const one = await as.desk.make('notices', { template: 'outage.water.planned', variables, audience: all, effective_from: from });
    assert.deepEqual([one.kind, one.title, one.title_en, one.channels], ['outage', '计划停水通知', 'Planned water outage', ['app', 'wechat', 'paper', 'screen']]);
    assert.match(one.body, /^<p>尊敬的1 栋业主：因检修&lt;b&gt;，定于周三 9:00至12:00停水。/);
    assert.match(one.body_en, /because of 检修&lt;b&gt;/);
    const patched = isDone(await as.desk.patch(`notices/${one.id}`, { variables: { ...variables, to: '15:00' } }));
    assert.match(patched.body, /至15:00停水/);
    isDone(await as.desk.patch(`notices/${one.id}`, { body: '<p>{from}停水，详询{phone}，{other}。</p>' }));
    const kept = isDone(await as.desk.patch(`notices/${one.id}`, { variables: { ...variables, to: '16:00' } }));
    assert.equal(kept.body, '<p>周三 9:00停水，详询66668888，{other}。</p>', 'what was written by hand stays');
    assert.match(kept.body_en, /to 16:00/);
    assert.equal((await as.desk.did('notices', one.id, 'submit')).late, true, '24 hours before instead of 48: marked, not refused');
    isProblem(await as.desk.post('notices', { kind: 'notice', title: 't', body: 'b', channels: ['pigeon'] }), 422, 'invalid', ['channels']);
  });

  test('the poster can be read on paper and has a code', async () => {
    const one = await publish({ title_en: 'Lights', body_en: '<p>New lights on <strong>Wednesday</strong>.</p>' });
    const pdf = await as.desk.get(`notices/${one.id}/poster`);
    assert.equal(pdf.headers['content-type'], 'application/pdf');
    for (const words of ['大堂换灯', '周三换灯，请绕行。', 'New lights on Wednesday.', one.no]) assert.ok(wordsOf(pdf.raw).includes(words), words);
    assert.equal((await as.far_desk.get(`notices/${one.id}/poster`)).status, 404);
  });
});

describe('recalled, corrected, pushed again', () => {
  test('a recalled one stays to be seen, marked, and its readers hear of it', async () => {
    const one = await publish();
    isProblem(await as.desk.act('notices', one.id, 'recall', {}), 422, 'invalid', ['reason']);
    const done = await as.desk.did('notices', one.id, 'recall', { reason: '楼栋写错了' });
    assert.deepEqual([done.state, done.reason], ['recalled', '楼栋写错了']);
    assert.equal((await read(one, as.resident)).state, 'recalled');
    assert.deepEqual((await as.resident.read('messages')).items.filter((row) => row.record === one.id).map((row) => row.kind), ['recall', 'publish']);
    assert.equal((await deliveries(one)).length, 2);
  });

  test('a correction goes to the same people, and the first stays as it was', async () => {
    const one = await publish();
    isProblem(await as.desk.act('notices', one.id, 'correct', { body: '<p>周四</p>' }), 403, 'forbidden');
    isProblem(await as.manager.act('notices', one.id, 'correct', { body: '<script>x</script>' }), 422, 'invalid', ['body']);
    const done = await as.manager.did('notices', one.id, 'correct', { body: '<p>改为<i>周四</i>换灯。</p>' });
    assert.deepEqual([done.state, done.title, done.body], ['corrected', '大堂换灯', '<p>周三换灯，请绕行。</p>']);
    const after_it = await read({ id: done.corrected_by });
    assert.deepEqual([after_it.state, after_it.title, after_it.body, after_it.corrects, after_it.people], ['published', '更正：大堂换灯', '<p>改为<em>周四</em>换灯。</p>', one.id, 2]);
    assert.deepEqual((await deliveries(after_it)).map((row) => row.party), (await deliveries(one)).map((row) => row.party));
    assert.equal((await read(after_it, as.resident)).corrects, one.id);
    assert.equal((await read(one, as.resident)).corrected_by, after_it.id);
    assert.deepEqual((await as.desk.read(`notices/${one.id}/links`)).items.map((row) => row.id), [after_it.id]);
    isProblem(await as.manager.act('notices', one.id, 'correct', { body: '<p>再改</p>' }), 409, 'wrong_state');
  });

  test('who has not read it is told again by mail, then once more; an emergency until it is acknowledged', async () => {
    const one = await publish({ urgent: true, ack_required: true, title: '水质异常' });
    await as.neighbour.did('notices', one.id, 'ack');
    await as.resident.did('notices', one.id, 'read');
    assert.deepEqual((await as.desk.read(`notices/${one.id}/unread`)).items.map((row) => row.name), ['张三丰'], 'read is not acknowledged');
    await as.desk.did('notices', one.id, 'resend');
    const got = await until(() => mail.to('zhang@home.example').find((row) => parse(row.raw).subject.includes('水质异常')), 'the mail');
    assert.equal(parse(got.raw).subject, '【紧急】水质异常');
    await as.resident.did('notices', one.id, 'ack');
    await as.desk.did('notices', one.id, 'resend');
    assert.deepEqual(await as.desk.read(`notices/${one.id}/unread`).then((page) => [page.people, page.read, page.acked, page.items]), [2, 2, 2, []]);
    assert.equal((await deliveries(one)).length, 3, 'nobody is left to be told');
  });
});

describe('who has one building', () => {
  test('sees what the project is told, and of the unread those who live there', async () => {
    const building = (await as.desk.read('spaces?filter[kind]=building&limit=100')).items.find((space) => space.code === '1' && space.project === world.projects.TYHY);
    const butler = await world.person('butler1', [{ role: 'desk', scope: building.id }]);
    await settle(1, '8');
    const one = await publish({ title: '两栋停水', audience: { buildings: ['1', '8'] } });
    const rows = async (who) => (await who.read(`notices/${one.id}/unread`)).items.map((row) => row.house).sort();
    const everybody = await rows(as.desk);
    assert.ok(everybody.some((no) => no.startsWith('8-')));
    assert.deepEqual(await rows(butler), everybody.filter((no) => no.startsWith('1-')));
    isProblem(await butler.get(`notices/${one.id}/deliveries`), 403, 'forbidden');
    assert.deepEqual((await butler.read('houses?limit=100')).items.map(({ no }) => no).filter((no) => !no.startsWith('1-')), []);
  });
});

describe('the unread are reminded by the program', () => {
  const hour = (shift) => new Date(Date.now() + (world.options.clock ?? 0) * 1000 + (8 + shift) * HOUR * 1000).getUTCHours();
  const bell = async (one, who) => (await who.read('messages')).items.filter((row) => row.record === one.id && row.kind === 'remind').length;
  const at = (hours) => new Date(Date.now() + (world.options.clock ?? 0) * 1000 + hours * HOUR * 1000).toISOString();
  /* Later, when the runner has looked at everything: it has published what was planned. */
  async function afterLook(seconds) {
    const witness = await publish({ publish_at: at(seconds / HOUR - 0.01), title: '定时' });
    await later(seconds);
    await until(async () => (await read(witness)).state === 'published', 'the look');
  }
  before(() => setRule('notice.resend_hours', 24));
  after(() => setRule('notice.resend_hours', 0));

  test('once, after a day, not in the quiet hours, and nobody who has read it', async () => {
    const one = await publish({ title: '门禁换卡' }), gone = await publish({ title: '已撤回' }), over = await publish({ title: '已结束', effective_from: at(1), effective_to: at(2) });
    const short = await publish({ title: '已过期', expire_at: at(20) }), told = await publish({ title: '已提醒' }), known = await publish({ title: '都看了', audience: { houses: ['1-1-102'] } });
    const asked = await publish({ title: '须确认', ack_required: true });
    await as.neighbour.did('notices', one.id, 'read');
    await as.neighbour.did('notices', known.id, 'read');
    await as.resident.did('notices', asked.id, 'read');
    await as.neighbour.did('notices', asked.id, 'ack');
    await as.desk.did('notices', told.id, 'resend');
    await as.desk.did('notices', gone.id, 'recall', { reason: '写错' });
    const state = async (notice) => { const { state: is, resent } = await read(notice); return [is, resent ?? 0]; };
    await afterLook(23 * HOUR);
    assert.deepEqual(await state(one), ['published', 0], 'not yet');
    await setRule('outbox.quiet_from', hour(0));
    await setRule('outbox.quiet_to', hour(4));
    await afterLook(2 * HOUR);
    assert.deepEqual(await state(one), ['published', 0], 'not at night');
    for (const code of ['outbox.quiet_from', 'outbox.quiet_to']) await setRule(code, 0);
    await later(60);
    await until(async () => (await read(one)).resent === 1, 'the reminder');
    await until(() => mail.to('zhang@home.example').some((row) => parse(row.raw).subject === '门禁换卡'), 'by mail, who has one');
    await until(async () => (await read(asked)).resent === 1, 'who has not acknowledged');
    assert.deepEqual([await bell(one, as.neighbour), await bell(asked, as.neighbour)], [0, 0]);
    assert.deepEqual(await Promise.all([gone, over, short, told, known].map(state)), [['recalled', 0], ['published', 0], ['expired', 0], ['published', 1], ['published', 0]]);
    assert.deepEqual((await as.manager.read(`notices/${one.id}/events`)).items.filter((row) => row.action === 'resend').map((row) => row.actor), [null], 'by nobody');
    await afterLook(25 * HOUR);
    assert.deepEqual(await state(one), ['published', 1], 'once');
    const never = await publish({ title: '不提醒' });
    await setRule('notice.resend_hours', 0);
    await afterLook(30 * HOUR);
    assert.deepEqual(await state(never), ['published', 0]);
  });
});

describe('by mail', () => {
  test('it says the same in text and HTML, in its own letters, and the address is in no log and no list', async () => {
    const seen = mail.mails.length;
    const one = await publish({ channels: ['app', 'email'], title: '关于暑期游泳池开放时间与安全须知的通知（请务必阅读并转告家中老人和孩子）', body: '<p>开放<strong>9:00</strong></p><img src="/api/v1/files/1">'.replace(/<img.*/, ''), title_en: 'Pool', body_en: '<p>Open at 9</p>' });
    await mailed(one, 'sent');
    const [got, ...more] = mail.mails.slice(seen);
    assert.deepEqual([got.from, got.to, more.length], ['office@anju.example', ['zhang@home.example'], 0]);
    const { head, subject, ...parts } = parse(got.raw);
    assert.equal(subject, one.title);
    assert.ok(head.split('\r\n').every((line) => line.length <= 998 && /^[\x20-\x7e]*$/.test(line)), 'header lines are plain and short');
    assert.match(head, /^Message-ID: <\d+@anju\.example>/m);
    assert.match(parts['text/plain'], /开放9:00[^]*Pool[^]*Open at 9/);
    assert.match(parts['text/html'], /<p>开放<strong>9:00<\/strong><\/p>/);
    assert.doesNotMatch(world.server.err(), /zhang@home/);
    assert.ok((await as.desk.read(`parties/${world.parties.resident}`)).email === 'z***@home.example');
    assert.equal(isDone(await as.desk.act('parties', world.parties.resident, 'reveal', { field: 'email', reason: '核对' })).value, 'zhang@home.example');
    for (const email of ['x', 'x@y', 'a b@c.example', 'a@b.example\r\nBcc: c@d.example', 'a@b.example,c@d.example', '<a@b.example>'])
      isProblem(await as.desk.patch(`parties/${world.parties.resident}`, { email }), 422, 'invalid', ['email']);
  });

  test('no such mailbox is told at once, and not tried again', async () => {
    mail.refuse = (to) => (to === 'zhang@home.example' ? '550 5.1.1 no such user' : null);
    const one = await publish({ channels: ['email'] });
    await mailed(one, 'failed');
    mail.refuse = null;
    const row = (await deliveries(one)).find((line) => line.channel === 'email');
    assert.deepEqual([row.error, row.attempts], ['SMTP 550', 1]);
    const dead = (await as.admin.read('deliveries?state=failed')).items;
    assert.ok(dead.some((line) => line.id === row.id && line.resource === 'notices' && line.party === '张三丰'));
    isProblem(await as.desk.get('deliveries'), 403, 'forbidden');
    isProblem(await as.desk.act('deliveries', row.id, 'resend'), 403, 'forbidden');
    isProblem(await as.far_desk.act('deliveries', row.id, 'resend'), 404, 'not_found');
    await as.manager.did('deliveries', row.id, 'resend');
    await mailed(one, 'sent');
    const again = await as.manager.act('deliveries', row.id, 'resend');
    isProblem(again, 409, 'wrong_state');
    assert.equal(again.body.state, 'sent');
  });

  test('one that is recalled while it is being sent stops', async () => {
    await settle(12);
    mail.slow = 250;
    const seen = mail.mails.length, one = await publish({ audience: { buildings: ['7'] }, channels: ['email'] });
    assert.equal(one.people, 12);
    await until(() => mail.mails.length > seen, 'the first mail');
    await as.desk.did('notices', one.id, 'recall', { reason: '发错了' });
    await until(async () => (await deliveries(one)).every((row) => ['sent', 'withdrawn'].includes(row.state)), 'all is settled');
    mail.slow = 0; /* not before: a fast server takes all twelve between two looks at what was recalled */
    await sleep(1500);
    const rows = (await deliveries(one)).filter((row) => row.channel === 'email'), sent = rows.filter((row) => row.state === 'sent').length;
    assert.equal(rows.length, 12);
    assert.ok(sent >= 1 && sent < 12, `${sent} of 12 went before it was stopped`);
    assert.equal(mail.mails.length - seen, sent, 'what is said to have gone has gone, and nothing else');
  });

  test('a mail server that does not answer does not keep the program from ending', async () => {
    mail.slow = 25_000;
    const one = await publish({ channels: ['email'] });
    await until(async () => (await deliveries(one)).some((row) => row.state === 'sending'), 'it is on its way');
    await sleep(500);
    const begun = Date.now();
    await world.restart();
    assert.ok(Date.now() - begun < 8_000, `ended and began again after ${Date.now() - begun} ms`);
    mail.slow = 0;
    await later(2 * 60);
    await mailed(one, 'sent');
  });

  test('many go over one connection, each once', async () => {
    const seen = mail.mails.length, connections = mail.connections;
    const one = await publish({ audience: { buildings: ['7'] }, channels: ['email'] });
    await mailed(one, 'sent');
    assert.deepEqual(mail.mails.slice(seen).map((row) => row.to[0]).sort(), [...new Set(mail.mails.slice(seen).map((row) => row.to[0]))].sort());
    assert.equal(mail.mails.length - seen, 12);
    assert.ok(mail.connections - connections <= 1);
  });

  test('in the quiet hours only what is urgent goes; the rest goes in the morning', async () => {
    const hour = (shift) => (new Date(Date.now() + (world.options.clock ?? 0) * 1000 + (8 + shift) * HOUR * 1000).getUTCHours());
    await setRule('outbox.quiet_from', hour(0));
    await setRule('outbox.quiet_to', hour(2));
    const seen = mail.mails.length;
    const calm = await publish({ channels: ['email'], title: '不急' }), urgent = await publish({ channels: ['email'], title: '着急', urgent: true }, as.manager);
    await mailed(urgent, 'sent');
    await sleep(2500);
    assert.deepEqual(mail.mails.slice(seen).map((row) => parse(row.raw).subject), ['【紧急】着急']);
    assert.equal((await deliveries(calm)).find((row) => row.channel === 'email').state, 'queued');
    await later(3 * HOUR);
    await mailed(calm, 'sent');
    for (const code of ['outbox.quiet_from', 'outbox.quiet_to']) await setRule(code, 0);
  });

  test('a channel that is down for a day loses nothing; what is given up is sent again by a person', async () => {
    const port = mail.port;
    await mail.close();
    const one = await publish({ channels: ['email'] });
    const row = async () => (await deliveries(one)).find((line) => line.channel === 'email');
    await until(async () => (await row()).attempts === 1 && (await row()).state === 'queued', 'the first attempt');
    for (const hours of [1, 3, 8, 12]) {
      const { attempts } = await row();
      await later(hours * HOUR);
      await until(async () => (await row()).attempts > attempts && (await row()).state === 'queued', `tried again after ${hours} h`);
    }
    mail = await new Sink().open(port);
    await later(7 * HOUR);
    await mailed(one, 'sent');
    assert.equal(mail.to('zhang@home.example').length, 1);
    await mail.close();
    const lost = await publish({ channels: ['email'] });
    const of = async () => (await deliveries(lost)).find((line) => line.channel === 'email');
    for (let i = 1; i <= 10; i++) {
      await until(async () => (await of()).attempts === i && (await of()).state !== 'sending', `attempt ${i}`);
      if (i < 10) await later(8 * HOUR);
    }
    assert.equal((await of()).state, 'dead');
    mail = await new Sink().open(port);
    const dead = (await as.admin.read('deliveries?state=dead')).items;
    assert.deepEqual(dead.map((line) => [line.id, line.attempts, line.channel]), [[(await of()).id, 10, 'email']]);
    await as.admin.did('deliveries', dead[0].id, 'resend');
    await later(2 * 60); /* the channel is left alone for a minute after it was down */
    await mailed(lost, 'sent');
    assert.deepEqual((await as.admin.read('deliveries?state=dead')).items, []);
  });
});

/* Debian's OpenSMTPD. tools/setup does not bring it: it would take the place of a mail server that is there. */
const smtpd = '/usr/sbin/smtpd';
const no_server = !fs.existsSync(smtpd) ? 'opensmtpd is not installed' : process.getuid() !== 0 ? 'opensmtpd wants root' : false;
test('a real mail server takes it and delivers it', { skip: no_server }, async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-smtpd-')), box = path.join(home, 'box'), port = 20_000 + (process.pid % 20_000);
  fs.chmodSync(home, 0o755);
  fs.mkdirSync(box);
  spawnSync('chown', ['nobody:nogroup', box]);
  fs.writeFileSync(path.join(home, 'smtpd.conf'), `listen on 127.0.0.1 port ${port}\ntable people { "@" = "nobody" }\naction "in" maildir "${box}" virtual <people>\nmatch from any for any action "in"\n`);
  const server = spawn(smtpd, ['-d', '-f', path.join(home, 'smtpd.conf')], { stdio: 'ignore' });
  try {
    await until(() => new Promise((done) => { const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); done(true); }); socket.on('error', () => done(false)); }), 'it listens');
    await world.restart({ flags: world.options.flags.map((flag) => (flag.startsWith('smtp://') ? `smtp://127.0.0.1:${port}` : flag)) });
    await settle(5, '8');
    const one = await publish({ audience: { buildings: ['8'] }, channels: ['email'], title: '真的寄到', body: '<p>.</p><p>..第二行</p>' });
    await mailed(one, 'sent');
    const inside = () => (fs.existsSync(path.join(box, 'new')) ? fs.readdirSync(path.join(box, 'new')) : []).map((name) => parse(fs.readFileSync(path.join(box, 'new', name), 'utf8').replace(/\r?\n/g, '\r\n')))
      .filter((got) => got['text/plain']?.includes(one.no)); /* its queue outlives it, and may hold what another run left */
    const got = await until(() => inside().length >= one.people && inside(), 'all are in the box', 30_000);
    assert.equal(got.length, one.people);
    for (const letter of got) {
      assert.equal(letter.subject, '真的寄到');
      assert.match(letter['text/plain'], /^\.\n\.\.第二行/);
    }
  } finally {
    const ended = new Promise((done) => server.on('close', done));
    server.kill();
    await ended;
    await world.restart({ flags: world.options.flags.map((flag) => (flag.startsWith('smtp://') ? `smtp://127.0.0.1:${mail.port}` : flag)) });
    fs.rmSync(home, { recursive: true, force: true });
  }
});

describe('webhooks', () => {
  const url = () => `http://127.0.0.1:${hook.port}/in`;
  const make = (more = {}) => as.admin.make('webhooks', { url: url(), secret: SECRET, events: ['complaints'], ...more });
  const lodge = () => as.desk.make('complaints', { house: world.houses['1-1-101'], category: 'clean.lobby', statement: '地上都是脚印' });
  const callsFor = (record) => hook.calls.filter((call) => JSON.parse(call.text).id === record.id);

  test('each event that is asked for comes, signed, with its number; others do not', async () => {
    const made = await make({ events: ['complaints.lodge', 'complaints.closed', 'notices.published'] });
    assert.ok(!('secret' in made) && !JSON.stringify(made).includes(SECRET));
    const complaint = await lodge();
    await as.desk.did('complaints', complaint.id, 'accept', { owner: world.users.eng_lead });
    await as.desk.make('repairs', { house: world.houses['1-1-101'], reporter: world.parties.resident, category: 'water.tap', title: '漏水' });
    const notice = await publish();
    await until(() => callsFor(notice).length === 1, 'the notice’s event');
    const [call, ...more] = callsFor(complaint);
    assert.equal(more.length, 0, 'lodged alone');
    const body = JSON.parse(call.text);
    assert.deepEqual([body.resource, body.action, body.state, body.project], ['complaints', 'lodge', 'lodged', world.projects.TYHY]);
    assert.equal(call.headers['x-anju-signature'], `sha256=${createHmac('sha256', SECRET).update(call.text).digest('hex')}`);
    assert.equal(call.headers['x-anju-delivery'], body.delivery);
    assert.equal(call.headers['x-anju-timestamp'], String(body.timestamp));
    assert.equal(new Set(hook.calls.map((one) => one.headers['x-anju-delivery'])).size, hook.calls.length);
    assert.doesNotMatch(call.text, /脚印|张三丰|138/);
    assert.equal((await as.admin.del(`webhooks/${made.id}`)).status, 204);
    const quiet = await lodge();
    await sleep(2500);
    assert.equal(callsFor(quiet).length, 0, 'one that was put away hears nothing');
  });

  test('what it does not take comes again under the same number; a redirect leads nowhere', async () => {
    const made = await make();
    hook.status = 500;
    const complaint = await lodge();
    await until(() => callsFor(complaint).length === 1, 'the first try');
    hook.status = 302;
    await later(2 * 60);
    await until(() => callsFor(complaint).length === 2, 'the second try');
    assert.ok(!hook.calls.some((call) => call.url === '/elsewhere'));
    hook.status = 200;
    await later(8 * 60);
    await until(() => callsFor(complaint).length === 3, 'the third try');
    assert.equal(new Set(callsFor(complaint).map((call) => call.headers['x-anju-delivery'])).size, 1);
    for (const call of callsFor(complaint)) assert.equal(call.headers['x-anju-signature'], `sha256=${createHmac('sha256', SECRET).update(call.text).digest('hex')}`);
    isDone(await as.admin.patch(`webhooks/${made.id}`, { active: false }));
  });

  test('what they took is forgotten after a month, what people were sent is kept', async () => {
    const made = await make({ events: ['complaints.lodge'] });
    const told = await publish(), complaint = await lodge();
    await until(() => callsFor(complaint).length === 1, 'it came');
    const count = (id) => rowsOf(`SELECT count(*) FROM delivery WHERE record_id = ${id}`);
    assert.equal(await until(() => count(complaint.id), 'its row'), 1);
    await later(31 * DAY);
    await until(() => count(complaint.id) === 0, 'its row is gone', 20_000);
    assert.equal(count(told.id), 2);
    assert.equal((await as.admin.del(`webhooks/${made.id}`)).status, 204);
  });

  test('only administrators make them, and what they say is checked', async () => {
    isProblem(await as.manager.post('webhooks', { url: url(), secret: SECRET, events: ['repairs'] }), 403, 'forbidden');
    assert.deepEqual((await as.desk.read('webhooks')).items, []);
    const cases = [[{ url: 'ftp://x.example' }, 'url'], [{ url: 'http://' }, 'url'], [{ url: 'http://a:b@x.example/' }, 'url'], [{ url: 'http://x.example/ a' }, 'url'],
      [{ secret: 'short' }, 'secret'], [{ events: ['rockets'] }, 'events'], [{ events: ['repairs.fly'] }, 'events'], [{ events: [] }, 'events']];
    for (const [wrong, field] of cases) isProblem(await as.admin.post('webhooks', { url: url(), secret: SECRET, events: ['repairs'], ...wrong }), 422, 'invalid', [field]);
    isProblem(await as.admin.post('webhooks', { url: url(), events: ['repairs'] }), 422, 'invalid', ['secret']);
  });

  test('a private address is refused, when it is set and when it is called', async () => {
    const made = await make({ note: 'set while it was allowed' });
    await later(1, { flags: world.options.flags.filter((flag) => flag !== '--allow-private-webhooks') });
    for (const address of ['http://127.0.0.1/', 'http://localhost:8080/', 'http://10.1.2.3/', 'http://192.168.1.1/', 'http://172.20.0.1/', 'http://169.254.169.254/latest/', 'http://[::1]/', 'http://[fd00::1]/',
      'http://[::ffff:127.0.0.1]/', 'http://0.0.0.0/', 'http://100.64.1.1/'])
      isProblem(await as.admin.post('webhooks', { url: address, secret: SECRET, events: ['repairs'] }), 422, 'invalid', ['url']);
    const seen = hook.calls.length;
    await lodge();
    const row = await until(async () => (await as.admin.read('deliveries?state=failed')).items.find((line) => line.webhook === made.id), 'it is refused');
    assert.equal(row.error, 'private address');
    assert.equal(hook.calls.length, seen, 'nothing was called');
    /* A name that leads there, which the form cannot know, and numbers that are written in another way. */
    for (const address of [`http://localtest.me.localhost.example:${hook.port}/`, `http://2130706433:${hook.port}/`, `http://0x7f.1:${hook.port}/`]) {
      const sly = await as.admin.post('webhooks', { url: address, secret: SECRET, events: ['complaints'] });
      if (sly.status === 422) continue;
      await lodge();
      await until(async () => {
        const rows = (await as.admin.read('deliveries?state=failed')).items.filter((line) => line.webhook === sly.body.id);
        return rows.length > 0 || address.includes('example');
      }, `${address} is refused`);
      assert.equal((await as.admin.del(`webhooks/${sly.body.id}`)).status, 204);
    }
    assert.equal(hook.calls.length, seen, 'nothing was called');
  });
});

/* As many as a large company has in one place where ANJU_PEOPLE=50000 says so. */
describe('to very many', () => {
  const many = Number(process.env.ANJU_PEOPLE ?? 5000);
  test('each is told once, beside everything else, and recalled on the way nobody more is', { timeout: 280_000 }, async () => {
    const rows = Array.from({ length: many }, (_, i) => `88-${1 + Math.floor(i / 3000)}-${100 + i % 3000},${60 + i % 90},业主${i},151${String(i).padStart(8, '0')}`);
    const file = isDone(await as.desk.upload(Buffer.from(['房号,建筑面积,业主姓名,手机', ...rows].join('\n')), 'homes.csv', 'text/csv'), 201).id;
    const { job } = isDone(await as.desk.post('imports', { resource: 'houses', file, dry_run: false, project: world.projects.TYHY }), 202);
    await until(async () => ['done', 'failed'].includes((await as.desk.read(`jobs/${job}`)).state), 'the homes', 120_000);
    const whole = (one) => rowsOf(`SELECT count(*) FROM delivery WHERE record_id = ${one.id}`);
    const send = async () => as.manager.did('notices', (await as.desk.did('notices', (await draft({ audience: { buildings: ['88'] } })).id, 'submit')).id, 'approve');
    const one = await send();
    assert.deepEqual([one.state, one.homes, one.people], ['published', many, many]);
    await until(() => whole(one) >= many, 'all of them', 120_000);
    assert.deepEqual([whole(one), rowsOf(`SELECT count(DISTINCT party_id) FROM delivery WHERE record_id = ${one.id}`)], [many, many]);
    const with_it = rowsOf(`SELECT count(*) FROM delivery WHERE record_id = ${one.id} AND created_at = (SELECT min(created_at) FROM delivery WHERE record_id = ${one.id})`);
    assert.ok(with_it < many, 'the rest is written beside everything else');
    assert.equal((await as.desk.read(`notices/${one.id}/unread?limit=1`)).people, many);
    let other, then = many;
    const told = () => rowsOf(`SELECT count(DISTINCT party_id) FROM delivery WHERE record_id = ${other.id}`);
    for (let tries = 0; then >= many && tries < 5; tries++) { /* a fast machine may have told all before it can be recalled */
      other = await send();
      await as.manager.did('notices', other.id, 'recall', { reason: '发错了' });
      then = told();
    }
    assert.ok(then < many, `${then} of ${many} were told of what was recalled`);
    await sleep(3000); /* a chore's turn */
    assert.equal(told(), then, 'who had not been told is told neither that it was recalled');
  });
});
