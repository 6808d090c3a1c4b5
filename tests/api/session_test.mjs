/* Getting in and staying in: sessions, passwords, one-time codes, guessing, cookies (CONTRACT sections 3 and 6). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, codeAt, isDone, isProblem, openWorld, PASSWORD } from './world.mjs';

let world, nobody, admin;
before(async () => {
  world = await openWorld({ flags: ['--trusted-proxy', '127.0.0.1'] });
  ({ nobody, as: { admin } } = world);
});
after(() => world.close());

const from = (address) => ({ 'x-forwarded-for': address });
const tryLogin = (login, password, headers = {}, more = {}) => nobody.post('session', { login, password, ...more }, headers);
const enter = async (login, password = PASSWORD, headers) => new Client(world, isDone(await tryLogin(login, password, headers)).token);
let counter = 0;
const somebody = () => world.person(`person${++counter}`, [{ role: 'guard', scope: world.projects.TYHY }]);

describe('a session', () => {
  test('begins with a token, its end, the user, and a cookie that scripts and other sites cannot use', async () => {
    const answer = await tryLogin('desk', PASSWORD);
    const { token, expires_at, user } = isDone(answer);
    assert.ok(token.length >= 32);
    assert.ok(Date.parse(expires_at) > Date.now());
    assert.deepEqual([user.id, user.login, user.name], [world.users.desk, 'desk', '孙前台']);
    const cookie = String(answer.headers['set-cookie']);
    for (const part of [/HttpOnly/i, /SameSite=Strict/i, /Path=\//]) assert.match(cookie, part);
    assert.doesNotMatch(cookie, /Secure/i, 'plain HTTP');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal((await new Client(world, token).read('me')).user.login, 'desk');
  });
  test('says who I am, what roles I have and what I may', async () => {
    const me = await world.as.resident.read('me');
    assert.deepEqual(me.user, { ...me.user, id: world.users.resident, login: 'resident', name: '张三丰' });
    assert.equal(me.party, world.parties.resident);
    assert.deepEqual(me.roles, [{ role: 'resident', scope: world.projects.TYHY }]);
    assert.equal(typeof me.may, 'object');
    assert.equal((await admin.read('me')).party, null);
  });
  test('ends when logged out, and only that one', async () => {
    const one = await enter('desk'), two = await enter('desk');
    assert.equal((await one.del('session')).status, 204);
    isProblem(await one.get('me'), 401, 'login_required');
    isDone(await two.get('me'));
  });
  test('can be listed and ended; the present one is marked', async () => {
    const who = await somebody(), one = await enter(who.login), two = await enter(who.login, PASSWORD, { 'user-agent': 'Nokia/1.0' });
    const { items } = await one.read('sessions');
    assert.equal(items.length, 3);
    assert.equal(items.filter((each) => each.current).length, 1);
    const current = (await two.read('sessions')).items.find((each) => each.current);
    assert.notEqual(current.id, items.find((each) => each.current).id);
    assert.equal((await one.del(`sessions/${current.id}`)).status, 204);
    isProblem(await two.get('me'), 401, 'login_required');
    isProblem(await one.del(`sessions/${current.id}`), 404, 'not_found');
  });
  test('of another person can be neither seen nor ended', async () => {
    const who = await somebody();
    const mine = (await who.read('sessions')).items[0].id;
    isProblem(await admin.del(`sessions/${mine}`), 404, 'not_found');
    isDone(await who.get('me'));
  });
  test('token texts are in no list and no log', async () => {
    const { token } = isDone(await tryLogin('desk', PASSWORD));
    assert.ok(!(await new Client(world, token).get('sessions')).text.includes(token));
    assert.ok(!world.server.err().includes(token) && !world.server.err().includes(PASSWORD));
  });
  test('is over after its time', async () => {
    const { token, expires_at } = isDone(await tryLogin('desk', PASSWORD));
    await world.restart({ clock: Math.ceil((Date.parse(expires_at) - Date.now()) / 1000) + 60 });
    isProblem(await new Client(world, token).get('me'), 401, 'login_required');
    await world.restart({ clock: 0 });
    await world.loginAll();
    ({ admin } = world.as);
  });
  test('of somebody who is switched off or loses the role ends, or loses it, at once', async () => {
    const who = await somebody();
    isDone(await admin.patch(`users/${who.id}`, { roles: [] }));
    assert.deepEqual((await who.read('repairs')).items, []);
    isProblem(await who.post('repairs', { category: 'other', title: 'x', space: world.spaces.lobby }), 403, 'forbidden');
    isDone(await admin.patch(`users/${who.id}`, { active: false }));
    isProblem(await who.get('me'), 401, 'login_required');
    isProblem(await tryLogin(who.login, PASSWORD), 401, 'login_failed');
  });
  test('company: not asked for where the log-in exists once; the right name is taken, a wrong one is no log-in', async () => {
    isDone(await tryLogin('foreign', PASSWORD));
    isDone(await tryLogin('foreign', PASSWORD, {}, { org: '别家公司' }));
    isProblem(await tryLogin('foreign', PASSWORD, {}, { org: '物业公司' }), 401, 'login_failed');
  });
  test('a log-in that two companies have needs the company’s name', async () => {
    const roles = [{ role: 'guard', scope: null }];
    isDone(await admin.post('users', { login: 'twin', name: '甲', password: PASSWORD, roles }), 201);
    isDone(await world.as.foreign.post('users', { login: 'twin', name: '乙', password: PASSWORD, roles }), 201);
    isProblem(await tryLogin('twin', PASSWORD), 422, 'invalid', ['org']);
    assert.equal(isDone(await tryLogin('twin', PASSWORD, {}, { org: '别家公司' })).user.name, '乙');
    assert.equal(isDone(await tryLogin('twin', PASSWORD, {}, { org: '物业公司' })).user.name, '甲');
  });
});

describe('a password', () => {
  test('made by somebody else must be changed before anything else', async () => {
    const user = isDone(await admin.post('users', { login: 'newcomer', name: '新人', password: 'first password', roles: [{ role: 'desk', scope: world.projects.TYHY }] }), 201);
    const first = await enter('newcomer', 'first password');
    assert.equal((await first.read('me')).user.id, user.id);
    for (const target of ['repairs', 'meta', 'houses']) {
      const answer = await first.get(target);
      assert.equal(answer.status, 403, target);
      assert.equal(answer.body.code, 'password_change_required');
    }
    assert.equal((await first.post('me/password', { old: 'first password', new: PASSWORD })).status, 204);
    isDone(await first.get('repairs'));
  });
  test('changed ends my other sessions, and the old one is worth nothing', async () => {
    const who = await somebody(), other = await enter(who.login);
    assert.equal((await who.post('me/password', { old: PASSWORD, new: 'another password' })).status, 204);
    isDone(await who.get('me'));
    isProblem(await other.get('me'), 401, 'login_required');
    isProblem(await tryLogin(who.login, PASSWORD), 401, 'login_failed');
    await enter(who.login, 'another password');
  });
  test('is not changed without the old one, or to a bad one', async () => {
    const who = await somebody();
    isProblem(await who.post('me/password', { old: 'wrong', new: 'another password' }), 422, 'invalid', ['old']);
    isProblem(await who.post('me/password', { old: PASSWORD, new: 'short' }), 422, 'invalid', ['new']);
    isProblem(await who.post('me/password', { old: PASSWORD, new: 'x'.repeat(100_000) }), 422, 'invalid', ['new']);
    isProblem(await who.post('me/password', { old: PASSWORD, new: PASSWORD }), 422, 'invalid', ['new']);
    isProblem(await who.post('me/password', { old: PASSWORD }), 422, 'invalid', ['new']);
    isProblem(await who.post('me/password', { new: 'another password' }), 422, 'invalid', ['old']);
    isProblem(await who.post('me/password', { old: PASSWORD, new: 'another password', extra: 1 }), 422, 'invalid', ['extra']);
    await enter(who.login);
  });
  test('set anew by the administrator ends all sessions and must be changed', async () => {
    const who = await somebody();
    isDone(await admin.patch(`users/${who.id}`, { password: 'set by the admin' }));
    isProblem(await who.get('me'), 401, 'login_required');
    const again = await enter(who.login, 'set by the admin');
    assert.equal((await again.get('repairs')).body.code, 'password_change_required');
  });
  test('of Chinese characters and blanks works', async () => {
    const who = await somebody();
    assert.equal((await who.post('me/password', { old: PASSWORD, new: '春 眠 不 觉 晓 处处闻' })).status, 204);
    await enter(who.login, '春 眠 不 觉 晓 处处闻');
  });
});

describe('one-time codes', () => {
  async function withCodes() {
    const who = await somebody();
    const { secret, uri } = isDone(await who.post('me/totp', { password: PASSWORD }));
    return { who, secret, uri };
  }
  test('are switched on by a right code, asked for at the next log-in, and good once', async () => {
    const { who, secret, uri } = await withCodes();
    assert.match(uri, /^otpauth:\/\/totp\//);
    assert.ok(uri.includes(secret));
    await enter(who.login); /* not confirmed yet: not asked for */
    isProblem(await who.post('me/totp/confirm', { otp: '000000' === codeAt(secret) ? '111111' : '000000' }), 422, 'invalid', ['otp']);
    assert.equal((await who.post('me/totp/confirm', { otp: codeAt(secret) })).status, 204);
    isProblem(await tryLogin(who.login, PASSWORD), 401, 'otp_required');
    isProblem(await tryLogin(who.login, 'wrong password'), 401, 'login_failed');
    isProblem(await tryLogin(who.login, 'wrong password', {}, { otp: codeAt(secret, 1) }), 401, 'login_failed');
    const next = codeAt(secret, 1); /* a phone that is half a minute ahead */
    isDone(await tryLogin(who.login, PASSWORD, {}, { otp: next }));
    isProblem(await tryLogin(who.login, PASSWORD, {}, { otp: next }), 401, 'login_failed');
    for (const otp of ['', 'abcdef', '12345', '1234567', ' 123456'])
      assert.equal((await tryLogin(who.login, PASSWORD, {}, { otp })).status, 401, otp);
  });
  test('are switched off with the password', async () => {
    const { who, secret } = await withCodes();
    assert.equal((await who.post('me/totp/confirm', { otp: codeAt(secret) })).status, 204);
    isProblem(await who.del('me/totp', { password: 'wrong' }), 422, 'invalid', ['password']);
    isProblem(await tryLogin(who.login, PASSWORD), 401, 'otp_required');
    assert.equal((await who.del('me/totp', { password: PASSWORD })).status, 204);
    await enter(who.login);
  });
  test('are not begun without the password, nor confirmed before they are begun', async () => {
    const who = await somebody();
    isProblem(await who.post('me/totp', { password: 'wrong' }), 422, 'invalid', ['password']);
    isProblem(await who.post('me/totp/confirm', { otp: '123456' }), 422, 'invalid', ['otp']);
  });
  test('leave no secret in the events', async () => {
    const { who, secret } = await withCodes();
    assert.ok(!(await admin.get(`users/${who.id}/events`)).text.includes(secret));
  });
});

describe('guessing', () => {
  test('ten wrong passwords from one address are answered, the eleventh waits; the right one too', async () => {
    const who = await somebody();
    for (let i = 0; i < 10; i++) isProblem(await tryLogin(who.login, `guess ${i}`, from('203.0.113.1')), 401, 'login_failed');
    const answer = await tryLogin(who.login, 'guess 11', from('203.0.113.1'));
    isProblem(answer, 429, 'too_many');
    assert.ok(Number(answer.headers['retry-after']) > 0 && Number(answer.headers['retry-after']) <= 300);
    isProblem(await tryLogin(who.login, PASSWORD, from('203.0.113.1')), 429, 'too_many');
    isDone(await tryLogin(who.login, PASSWORD, from('203.0.113.2')), 200); /* the owner, from elsewhere, is not locked out */
    isDone(await tryLogin('desk', PASSWORD, from('203.0.113.1')), 200); /* nor a colleague behind the same address */
  });
  test('a success clears', async () => {
    const who = await somebody();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++) isProblem(await tryLogin(who.login, 'guess', from('203.0.113.3')), 401, 'login_failed');
      isDone(await tryLogin(who.login, PASSWORD, from('203.0.113.3')));
    }
  });
  test('only failures count: twelve right ones in a row are fine', async () => {
    const who = await somebody();
    for (let i = 0; i < 12; i++) isDone(await tryLogin(who.login, PASSWORD, from('203.0.113.4')));
  });
  test('an unknown log-in is counted like a known one', async () => {
    for (let i = 0; i < 10; i++) isProblem(await tryLogin('ghost', 'guess', from('203.0.113.5')), 401, 'login_failed');
    isProblem(await tryLogin('ghost', 'guess', from('203.0.113.5')), 429, 'too_many');
  });
  test('a hundred wrong ones of many log-ins from one address are slowed too', async () => {
    let refused = 0;
    for (let i = 0; i < 104; i += 8) {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, k) => tryLogin(`spray${i + k}`, 'guess', from('203.0.113.6'))));
      refused += answers.filter((one) => one.status === 429).length;
    }
    assert.ok(refused > 0, 'the address is slowed');
    isDone(await tryLogin('desk', PASSWORD, from('203.0.113.7')));
  });
  test('what a client writes in front of the proxy’s own entry is not believed', async () => {
    const who = await somebody();
    for (let i = 0; i < 10; i++) isProblem(await tryLogin(who.login, 'guess', from(`198.51.100.${i}, 203.0.113.8`)), 401, 'login_failed');
    isProblem(await tryLogin(who.login, 'guess', from('198.51.100.99, 203.0.113.8')), 429, 'too_many');
  });
  test('wrong one-time codes count as well', async () => {
    const who = await somebody(), { secret } = isDone(await who.post('me/totp', { password: PASSWORD }));
    assert.equal((await who.post('me/totp/confirm', { otp: codeAt(secret) })).status, 204);
    const wrong = [codeAt(secret), codeAt(secret, 1), codeAt(secret, -1)].includes('000000') ? '999999' : '000000';
    for (let i = 0; i < 10; i++) isProblem(await tryLogin(who.login, PASSWORD, from('203.0.113.9'), { otp: wrong }), 401, 'login_failed');
    isProblem(await tryLogin(who.login, PASSWORD, from('203.0.113.9'), { otp: codeAt(secret, 1) }), 429, 'too_many');
  });
  test('the old password of a change counts as well', async () => {
    const who = await somebody();
    for (let i = 0; i < 10; i++) isProblem(await who.post('me/password', { old: 'guess', new: 'another password' }, from('203.0.113.10')), 422, 'invalid', ['old']);
    isProblem(await who.post('me/password', { old: PASSWORD, new: 'another password' }, from('203.0.113.10')), 429, 'too_many');
  });
  test('an unknown log-in takes as long as a wrong password', async () => {
    const time = async (login) => { const began = performance.now(); await tryLogin(login, 'guess', from(`192.0.2.${++counter}`)); return performance.now() - began; };
    const known = [], unknown = [];
    for (let i = 0; i < 7; i++) { known.push(await time('desk')); unknown.push(await time(`ghost${i}`)); }
    const least = (list) => Math.min(...list);
    assert.ok(least(unknown) > least(known) / 3, `${least(unknown)} ms against ${least(known)} ms: the hash is computed in both cases`);
  });
  test('without a trusted proxy X-Forwarded-For is not believed', async () => {
    await world.restart({ flags: [] });
    for (let i = 0; i < 10; i++) isProblem(await tryLogin('desk2', 'guess', from(`203.0.113.${i}`)), 401, 'login_failed');
    isProblem(await tryLogin('desk2', PASSWORD, from('203.0.113.200')), 429, 'too_many');
    await world.restart({ flags: ['--trusted-proxy', '127.0.0.1'] });
  });
});

describe('a cookie', () => {
  let cookie, host;
  before(async () => {
    cookie = String((await tryLogin('desk', PASSWORD)).headers['set-cookie']).split(';')[0];
    host = `127.0.0.1:${world.port}`;
  });
  const body = () => ({ house: world.houses['1-1-101'], category: 'water.tap', title: '网页报修' });
  test('reads', async () => isDone(await nobody.get('me', { cookie })));
  const good = { 'Sec-Fetch-Site: same-origin': () => ({ 'sec-fetch-site': 'same-origin' }), 'an Origin of this host': () => ({ origin: `http://${host}` }) };
  const bad = { 'neither Origin nor Sec-Fetch-Site': () => ({}), 'Sec-Fetch-Site: cross-site': () => ({ 'sec-fetch-site': 'cross-site' }), 'Sec-Fetch-Site: same-site': () => ({ 'sec-fetch-site': 'same-site' }), 'Sec-Fetch-Site: none': () => ({ 'sec-fetch-site': 'none' }), 'another Origin': () => ({ origin: 'http://evil.example' }),
    'an Origin of another port': () => ({ origin: 'http://127.0.0.1:1' }), 'Origin: null': () => ({ origin: 'null' }), 'an Origin that begins like this host': () => ({ origin: `http://${host}.evil.example` }), 'cross-site with this Origin': () => ({ 'sec-fetch-site': 'cross-site', origin: `http://${host}` }) };
  for (const [name, headers] of Object.entries(good))
    test(`writes with ${name}`, async () => isDone(await nobody.post('repairs', body(), { cookie, ...headers() }), 201));
  for (const [name, headers] of Object.entries(bad))
    test(`does not write with ${name}`, async () => isProblem(await nobody.post('repairs', body(), { cookie, ...headers() }), 403, 'forbidden'));
  test('is not needed by programs: a bearer writes from anywhere', async () => isDone(await world.as.desk.post('repairs', body(), { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }), 201));
  test('among other cookies is found', async () => isDone(await nobody.get('me', { cookie: `a=b; ${cookie}; c=d` })));
  test('that is nonsense is no log-in', async () => isProblem(await nobody.get('me', { cookie: 'anju_session=nonsense' }), 401, 'login_required'));
  test('is cleared on log-out', async () => {
    const fresh = String((await tryLogin('desk', PASSWORD)).headers['set-cookie']).split(';')[0];
    const answer = await nobody.del('session', undefined, { cookie: fresh, 'sec-fetch-site': 'same-origin' });
    assert.equal(answer.status, 204);
    assert.match(String(answer.headers['set-cookie']), /Max-Age=0|Expires=Thu, 01 Jan 1970/i);
    isProblem(await nobody.get('me', { cookie: fresh }), 401, 'login_required');
  });
});

describe('users and roles', () => {
  const guard = () => [{ role: 'guard', scope: world.projects.TYHY }];
  test('are made by those who manage, within their own scope', async () => {
    isDone(await world.as.manager.post('users', { login: 'made1', name: '甲', password: PASSWORD, roles: guard() }), 201);
    isProblem(await world.as.manager.post('users', { login: 'made2', name: '乙', password: PASSWORD, roles: [{ role: 'guard', scope: world.projects.ERQI }] }), 403, 'forbidden');
    isProblem(await world.as.manager.post('users', { login: 'made3', name: '丙', password: PASSWORD, roles: [{ role: 'guard', scope: null }] }), 403, 'forbidden');
    isProblem(await world.as.manager.post('users', { login: 'made4', name: '丁', password: PASSWORD, roles: [{ role: 'admin', scope: null }] }), 403, 'forbidden');
    isProblem(await world.as.desk.post('users', { login: 'made5', name: '戊', password: PASSWORD, roles: guard() }), 403, 'forbidden');
    isProblem(await world.as.resident.post('users', { login: 'made6', name: '己', password: PASSWORD, roles: guard() }), 403, 'forbidden');
  });
  test('nobody raises the own roles', async () => {
    for (const who of ['manager', 'desk', 'resident', 'region'])
      isProblem(await world.as[who].patch(`users/${world.users[who]}`, { roles: [{ role: 'admin', scope: null }] }), 403, 'forbidden');
  });
  test('a manager does not take over an administrator, nor somebody of another project', async () => {
    for (const who of ['admin', 'far_desk', 'region']) {
      const answer = await world.as.manager.patch(`users/${world.users[who]}`, { password: 'taken over now' });
      assert.ok([403, 404].includes(answer.status), `${who}: ${answer.status}`);
      const away = await world.as.manager.del(`users/${world.users[who]}`);
      assert.ok([403, 404].includes(away.status), `${who}: ${away.status}`);
    }
    isDone(await tryLogin('far_desk', PASSWORD));
    isDone(await admin.get('me'));
    isDone(await world.as.manager.patch(`users/${world.users.guard}`, { skills: ['巡逻'] }));
  });
  test('an account that was put away is out at once', async () => {
    const who = await somebody();
    assert.equal((await admin.del(`users/${who.id}`)).status, 204);
    isProblem(await who.get('me'), 401, 'login_required');
    isProblem(await tryLogin(who.login, PASSWORD), 401, 'login_failed');
  });
  const wrong = [['a login that is taken', { login: 'desk' }, ['login']], ['a login with a blank', { login: 'a b' }, ['login']], ['a short password', { password: 'short' }, ['password']], ['an unknown role', { roles: [{ role: 'king', scope: null }] }, ['roles']],
    ['an unknown scope', { roles: [{ role: 'guard', scope: '1' }] }, ['roles']], ['roles that are no list', { roles: 'guard' }, ['roles']], ['a person of another company', { party: '1' }, ['party']]];
  for (const [name, change, fields] of wrong)
    test(`${name} is refused`, async () => isProblem(await admin.post('users', { login: `x${++counter}`, name: '某', password: PASSWORD, roles: guard(), ...change }), 422, 'invalid', fields));
  test('a scope of another company is refused', async () => isProblem(await admin.post('users', { login: 'cross', name: '某', password: PASSWORD, roles: [{ role: 'guard', scope: world.projects.foreign }] }), 422, 'invalid', ['roles']));
});

