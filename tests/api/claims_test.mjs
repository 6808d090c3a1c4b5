/* 认领房屋: how residents get in, with a printed code or by asking the desk (CONTRACT section 4). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { claimCodeOf, Client, isDone, isProblem, openWorld, PASSWORD } from './world.mjs';

let world, nobody, desk, counter = 0;
before(async () => { world = await openWorld({ flags: ['--trusted-proxy', '127.0.0.1'] }); ({ nobody, as: { desk } } = world); });
after(() => world.close());

const person = (more = {}) => ({ name: '张三丰', phone: '13800001234', login: `claimer${++counter}`, password: PASSWORD, ...more });

/* The code on the printed sheet of one house, as a resident would type it (read with pdftotext of poppler-utils). */
async function codeOf(no) {
  const answer = await desk.post('claims/sheet', { house: world.houses[no], project: world.projects.TYHY });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.match(answer.headers['content-type'], /^application\/pdf/);
  assert.ok(answer.raw.subarray(0, 5).toString() === '%PDF-');
  const code = claimCodeOf(answer.raw);
  assert.ok(code, 'a code is printed');
  return code;
}
const enter = async (login) => new Client(world, isDone(await nobody.post('session', { login, password: PASSWORD })).token);

describe('with the printed code', () => {
  test('the owner is in at once, and sees the own home', async () => {
    const code = await codeOf('1-1-101'), body = person({ code });
    const claim = isDone(await nobody.post('claims', body), 201);
    assert.equal(claim.state, 'accepted');
    const me = await enter(body.login);
    assert.deepEqual((await me.read('houses')).items.map((one) => one.id), [world.houses['1-1-101']]);
    assert.equal((await me.read('me')).party, world.parties.resident, 'the person in the archive, not a new one');
    assert.deepEqual((await me.read('me')).roles, [{ role: 'resident', scope: world.projects.TYHY }]);
    isDone(await me.post('repairs', { house: world.houses['1-1-101'], category: 'water.tap', title: '滴水' }), 201);
  });
  test('a code is good once', async () => {
    const code = await codeOf('1-1-102');
    isDone(await nobody.post('claims', person({ code, name: '李小龙', phone: '13900005678' })), 201);
    isProblem(await nobody.post('claims', person({ code })), 422, 'invalid', ['code']);
  });
  test('small letters and missing dashes are the same code', async () => {
    const code = await codeOf('2-1-201');
    isDone(await nobody.post('claims', person({ code: code.toLowerCase().replace(/[- ]/g, ''), name: '新来的', phone: '13600009999' })), 201);
  });
  test('a new print makes the old code worthless', async () => {
    const old = await codeOf('3-2-1501');
    await codeOf('3-2-1501');
    isProblem(await nobody.post('claims', person({ code: old })), 422, 'invalid', ['code']);
  });
  test('a taken log-in does not use the code up', async () => {
    const code = await codeOf('3-2-1501');
    isProblem(await nobody.post('claims', person({ code, login: 'desk' })), 422, 'invalid', ['login']);
    isDone(await nobody.post('claims', person({ code })), 201);
  });
  test('guessing codes is slowed, for that address', async () => {
    const at = { 'x-forwarded-for': '203.0.113.50' };
    for (let i = 0; i < 10; i++) isProblem(await nobody.post('claims', person({ code: `AAAA-AAAA-${1000 + i}` }), at), 422, 'invalid', ['code']);
    isProblem(await nobody.post('claims', person({ code: 'AAAA-AAAA-2000' }), at), 429, 'too_many');
    isProblem(await nobody.post('claims', person({ code: 'AAAA-AAAA-2000' }), { 'x-forwarded-for': '203.0.113.51' }), 422, 'invalid', ['code']);
  });
  test('the sheet is the desk’s alone', async () => {
    for (const who of ['resident', 'engineer', 'far_desk', 'guard'])
      assert.ok([403, 404].includes((await world.as[who].post('claims/sheet', { house: world.houses['1-1-101'], project: world.projects.TYHY })).status), who);
    isProblem(await nobody.post('claims/sheet', {}), 401, 'login_required');
  });
});

describe('without a code', () => {
  test('the desk confirms, and until then there is no log-in', async () => {
    const body = person({ house: '1-1-101' });
    const claim = isDone(await nobody.post('claims', body), 201);
    assert.equal(claim.state, 'requested');
    isProblem(await nobody.post('session', { login: body.login, password: PASSWORD }), 401, 'login_failed');
    const seen = await desk.read(`claims/${claim.id}`);
    assert.deepEqual([seen.state, seen.phone, seen.house], ['requested', '138****1234', world.houses['1-1-101']]);
    assert.ok(!JSON.stringify(seen).includes('argon2'));
    assert.equal((await desk.did('claims', claim.id, 'accept')).state, 'accepted');
    const me = await enter(body.login);
    assert.equal((await me.read('me')).party, world.parties.resident);
    isProblem(await desk.act('claims', claim.id, 'accept'), 409, 'wrong_state');
  });
  test('refused with a reason, there is none', async () => {
    const body = person({ house: '1-1-101' });
    const claim = isDone(await nobody.post('claims', body), 201);
    isProblem(await desk.act('claims', claim.id, 'reject', {}), 422, 'invalid', ['reason']);
    await desk.did('claims', claim.id, 'reject', { reason: '与档案不符' });
    isProblem(await nobody.post('session', { login: body.login, password: PASSWORD }), 401, 'login_failed');
  });
  test('claims are seen by the desk of that project alone', async () => {
    const claim = isDone(await nobody.post('claims', person({ house: '1-1-101' })), 201);
    for (const who of ['resident', 'engineer', 'far_desk', 'foreign', 'guard']) {
      isProblem(await world.as[who].get(`claims/${claim.id}`), 404, 'not_found');
      isProblem(await world.as[who].act('claims', claim.id, 'accept'), 404, 'not_found');
    }
    isProblem(await desk.patch(`claims/${claim.id}`, { name: '改' }), 403, 'forbidden');
  });
  test('two ask for the same log-in: the second cannot be let in', async () => {
    const login = `claimer${++counter}`;
    const one = isDone(await nobody.post('claims', person({ house: '1-1-101', login })), 201), two = isDone(await nobody.post('claims', person({ house: '1-1-101', login })), 201);
    await desk.did('claims', one.id, 'accept');
    isProblem(await desk.act('claims', two.id, 'accept'), 422, 'invalid', ['login']);
    assert.equal((await desk.read(`claims/${two.id}`)).state, 'requested');
  });
  const wrong = [['no name', { name: undefined }, ['name']], ['no phone', { phone: undefined }, ['phone']], ['no log-in', { login: undefined }, ['login']], ['no password', { password: undefined }, ['password']], ['a short password', { password: 'short' }, ['password']],
    ['a phone of letters', { phone: 'call me' }, ['phone']], ['neither code nor house', { house: undefined }, ['code']], ['a house that is not there', { house: '99-9-9999' }, ['house']], ['an unknown field', { role: 'admin' }, ['role']], ['a name of 61 characters', { name: '长'.repeat(61) }, ['name']],
    ['a log-in with blanks and signs', { login: 'a b<c>' }, ['login']]];
  for (const [name, change, fields] of wrong)
    test(`${name} is told by field`, async () => isProblem(await nobody.post('claims', person({ house: '1-1-101', ...change }), { 'x-forwarded-for': `198.51.100.${++counter}` }), 422, 'invalid', fields));
});

describe('an owner adds the family', () => {
  const home = () => world.houses['1-1-101'];
  const names = async (who, house = home()) => (await who.read(`houses/${house}`)).parties.map((row) => row.party_?.label ?? row.label ?? row.name);
  const waiting = async () => (await desk.read(`claims?filter[house]=${home()}&filter[state]=requested&limit=50`)).items;
  test('the desk confirms; then they are of the household, and the owner sees who lives there', async () => {
    const { resident, neighbour } = world.as, version = (await desk.read(`houses/${home()}`)).updated_at;
    isDone(await resident.act('houses', home(), 'add_family', { name: '张小满', phone: '13811110000' }));
    assert.equal((await desk.read(`houses/${home()}`)).updated_at, version, 'the house is as it was');
    const [claim] = (await waiting()).filter((row) => row.name === '张小满');
    assert.deepEqual([claim.login, claim.asked_by, claim.house], [null, world.parties.resident, home()]);
    assert.ok(!(await names(resident)).includes('张小满'), 'not before it is confirmed');
    isProblem(await resident.act('houses', home(), 'add_family', { name: '张小满', phone: '13811110000' }), 422, 'invalid', ['name']);
    isProblem(await resident.act('claims', claim.id, 'accept'), 404, 'not_found');
    await desk.did('claims', claim.id, 'accept');
    const seen = (await resident.read(`houses/${home()}`)).parties.find((row) => JSON.stringify(row).includes('张小满'));
    assert.deepEqual([seen.role, seen.phone], ['family', '138****0000']);
    isProblem(await resident.act('houses', home(), 'add_family', { name: '张小满', phone: '13811110000' }), 422, 'invalid', ['name']);
    isProblem(await neighbour.act('houses', home(), 'add_family', { name: '外人', phone: '13811110001' }), 404, 'not_found');
    isProblem(await desk.act('houses', home(), 'add_family', { name: '外人', phone: '13811110001' }), 403, 'forbidden');
    isProblem(await resident.act('houses', home(), 'add_family', { name: '外人', phone: '12' }), 422, 'invalid', ['phone']);

    /* With an account of the own, the same person: sees the home, but neither who else lives there nor may add anybody. */
    const body = person({ code: await codeOf('1-1-101'), name: '张小满', phone: '13811110000' });
    isDone(await nobody.post('claims', body), 201);
    const child = await enter(body.login);
    assert.deepEqual((await child.read('houses')).items.map((one) => one.id), [home()]);
    assert.equal((await names(child)).length, 1);
    isProblem(await child.act('houses', home(), 'add_family', { name: '同学', phone: '13811110002' }), 403, 'forbidden');
  });
  test('not a whole crowd', async () => {
    const left = 10 - (await waiting()).length;
    for (let i = 0; i < left; i++) isDone(await world.as.resident.act('houses', home(), 'add_family', { name: `亲戚${i}`, phone: '13811113333' }));
    isProblem(await world.as.resident.act('houses', home(), 'add_family', { name: '又一个', phone: '13811113333' }), 422, 'invalid', ['name']);
  });
});
