/* 访客通行, card P13: who invites to which home, the code at the gate, entries and hours, and what becomes of a pass by itself. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, until } from './world.mjs';

const MINUTE = 60_000, HOUR = 60 * MINUTE, HOUR_S = 3600;
let world, as, home, control, far_guard;

const inHours = (hours) => new Date(Date.now() + (world.options.clock ?? 0) * 1000 + hours * HOUR).toISOString();
const invite = (who, more = {}) => who.make('visitor_passes', { house: home, visitor_name: '王先生', ...more });
const arrive = (pass, who = as.guard, code = pass.code) => who.act('visitor_passes', pass.id, 'arrive', { code });
const leave = (pass) => as.guard.did('visitor_passes', pass.id, 'leave');
const look = (pass, who = as.guard) => who.read(`visitor_passes/${pass.id}`);
const actionsOf = (one) => one.actions.map(({ name }) => name);
const messages = async (who, record) => (await who.read('messages')).items.filter((line) => line.record === record);
const clockOn = async (hours) => { await world.restart({ clock: (world.options.clock ?? 0) + hours * HOUR_S }); await world.loginAll(); };

before(async () => {
  world = await openWorld();
  as = world.as;
  home = world.houses['1-1-101'];
  control = await world.person('control', [{ role: 'control', scope: world.projects.TYHY }]);
  far_guard = await world.person('far_guard', [{ role: 'guard', scope: world.projects.ERQI }]);
  Object.assign(as, { control, far_guard });
});
after(() => world.close());

describe('a pass', () => {
  test('begins now, holds a day and one entry, and has six digits', async () => {
    const pass = await invite(as.resident, { plate: '京A12345', visitor_phone: '13655557777' });
    assert.match(pass.no, /^FK-TYHY-\d{8}-\d{4}$/);
    assert.match(pass.code, /^\d{6}$/);
    assert.deepEqual([pass.state, pass.host, pass.purpose, pass.entries_max, pass.entries], ['invited', world.parties.resident, 'visit', 1, 0]);
    assert.equal(Date.parse(pass.to) - Date.parse(pass.from), 24 * HOUR);
    assert.equal(pass.visitor_phone, '136****7777');
  });

  test('is made by residents for homes where they live, by the desk for any, by nobody else', async () => {
    isProblem(await as.resident.post('visitor_passes', { house: world.houses['1-1-102'], visitor_name: '某人' }), 422, 'invalid', ['house']);
    isProblem(await as.resident.post('visitor_passes', { house: home, host: world.parties.neighbour, visitor_name: '某人' }), 422, 'invalid', ['host']);
    for (const who of ['guard', 'control', 'cashier', 'quality', 'region', 'engineer']) isProblem(await as[who].post('visitor_passes', { house: home, visitor_name: '某人' }), 403, 'forbidden');
    isProblem(await as.far_desk.post('visitor_passes', { house: home, visitor_name: '某人' }), 422, 'invalid', ['house']);
    const pass = await invite(as.desk, { visitor_name: '李女士' });
    assert.equal(pass.host, world.parties.resident, 'the first resident of the home');
    assert.match(pass.code, /^\d{6}$/);
    assert.ok((await messages(as.resident, pass.id)).length > 0, 'the host is told');
    assert.equal((await invite(as.desk, { host: world.parties.resident })).host, world.parties.resident);
    isProblem(await as.desk.post('visitor_passes', { house: home, host: world.parties.neighbour, visitor_name: '某人' }), 422, 'invalid', ['host']);
    assert.equal((await invite(as.desk, { house: world.houses['2-1-201'] })).host, null, 'nobody lives there');
  });

  test('has hours that make sense', async () => {
    const wrong = async (body, fields) => isProblem(await as.resident.post('visitor_passes', { house: home, visitor_name: '某人', ...body }), 422, 'invalid', fields);
    await wrong({ from: inHours(-1) }, ['from']);
    await wrong({ from: inHours(2), to: inHours(1) }, ['to']);
    await wrong({ to: inHours(25) }, ['to']);
    await wrong({ entries_max: 0 }, ['entries_max']);
    await wrong({ entries_max: 21 }, ['entries_max']);
    await wrong({ visitor_name: ' ' }, ['visitor_name']);
    const later = await invite(as.resident, { from: inHours(30) });
    assert.equal(Date.parse(later.to) - Date.parse(later.from), 24 * HOUR);
    const [rule] = (await as.manager.read('rules?filter[code]=access.pass_hours')).items;
    isDone(await as.admin.patch(`rules/${rule.id}`, { value: 8 }));
    await wrong({ from: inHours(1), to: inHours(10) }, ['to']);
    isDone(await as.admin.patch(`rules/${rule.id}`, { value: 24 }));
    isProblem(await as.resident.patch(`visitor_passes/${later.id}`, { to: inHours(100) }), 409, 'wrong_state');
    assert.equal(isDone(await as.resident.patch(`visitor_passes/${later.id}`, { plate: '京B00001' })).plate, '京B00001');
  });

  test('is seen in its project by the gate, the desk and those above, and by who lives there', async () => {
    const pass = await invite(as.resident, { visitor_name: '吴先生' });
    for (const who of ['guard', 'control', 'desk', 'desk_lead', 'manager', 'region', 'quality', 'resident', 'admin']) assert.equal((await look(pass, as[who])).id, pass.id, who);
    for (const who of ['neighbour', 'engineer', 'cashier', 'far_guard', 'far_desk', 'far_resident', 'foreign']) isProblem(await as[who].get(`visitor_passes/${pass.id}`), 404, 'not_found');
    for (const who of ['guard', 'control', 'desk', 'manager', 'resident']) assert.equal((await look(pass, as[who])).code, pass.code, `${who} reads the code`);
    for (const who of ['region', 'quality']) assert.equal((await look(pass, as[who])).code, null, `${who} has no use for the code`);
    assert.deepEqual((await as.far_guard.read(`visitor_passes?filter[code]=${pass.code}`)).items, []);
    assert.deepEqual((await as.guard.read(`visitor_passes?filter[code]=${pass.code}`)).items.map(({ id }) => id), [pass.id]);
    assert.ok(!(await as.desk.get(`visitor_passes/${pass.id}/events`)).text.includes(pass.code), 'no code is in the log');
  });

  test('stands among what is open for the household until it is over', async () => {
    const pass = await invite(as.resident, { visitor_name: '郑老师' });
    const open = async () => (await as.desk.read(`houses/${home}/household`)).open.filter(({ id }) => id === pass.id);
    assert.deepEqual((await open()).map(({ resource, title }) => [resource, title]), [['visitor_passes', '郑老师']]);
    await as.resident.did('visitor_passes', pass.id, 'cancel');
    assert.deepEqual(await open(), []);
  });

  test('no open one has the code of another', async () => {
    const made = await Promise.all(Array.from({ length: 40 }, (_, i) => invite(as.desk, { visitor_name: `访客 ${i}` })));
    assert.equal(new Set(made.map(({ code }) => code)).size, 40);
  });
});

describe('at the gate', () => {
  test('the code opens, once', async () => {
    const pass = await invite(as.resident);
    isProblem(await arrive(pass, as.guard, String((Number(pass.code) + 1) % 1_000_000).padStart(6, '0')), 422, 'invalid', ['code']);
    isProblem(await as.guard.act('visitor_passes', pass.id, 'arrive'), 422, 'invalid', ['code']);
    for (const who of ['resident', 'desk', 'quality']) isProblem(await arrive(pass, as[who]), 403, 'forbidden');
    isProblem(await arrive(pass, as.far_guard), 404, 'not_found');
    const inside = isDone(await arrive(pass));
    assert.deepEqual([inside.state, inside.entries, inside.left_at], ['inside', 1, null]);
    assert.ok((await messages(as.resident, pass.id)).length > 0, 'the host hears of it');
    isProblem(await arrive(pass), 409, 'wrong_state');
    assert.ok(!(await as.desk.get(`visitor_passes/${pass.id}/events`)).text.includes(pass.code), 'as typed it is not in the log either');
    const gone = await leave(pass);
    assert.deepEqual([gone.state, gone.code], ['left', null]);
    assert.ok(gone.left_at >= gone.arrived_at);
    isProblem(await arrive(pass), 409, 'wrong_state');
  });

  test('who may come three times comes back twice', async () => {
    const pass = await invite(as.desk, { entries_max: 3 });
    for (const n of [1, 2]) {
      assert.equal(isDone(await arrive(pass, as.control)).entries, n);
      assert.equal((await leave(pass)).state, 'invited');
    }
    const third = isDone(await arrive(pass));
    assert.deepEqual([third.entries, third.left_at], [3, null]);
    assert.equal((await leave(pass)).state, 'left');
  });

  test('a guard refuses with a reason, the host or the desk cancels', async () => {
    const pass = await invite(as.resident);
    assert.deepEqual(actionsOf(await look(pass)).sort(), ['arrive', 'deny', 'reveal']);
    assert.deepEqual(actionsOf(await look(pass, as.resident)), ['cancel']);
    assert.deepEqual(actionsOf(await look(pass, as.quality)), []);
    isProblem(await as.guard.act('visitor_passes', pass.id, 'deny'), 422, 'invalid', ['denial']);
    isProblem(await as.resident.act('visitor_passes', pass.id, 'deny', { denial: '不要了' }), 403, 'forbidden');
    const denied = await as.guard.did('visitor_passes', pass.id, 'deny', { denial: '与登记的不是同一人' });
    assert.deepEqual([denied.state, denied.denial], ['denied', '与登记的不是同一人']);
    assert.equal((await look(pass, as.resident)).denial, '与登记的不是同一人');
    for (const who of [as.resident, as.desk]) {
      const other = await invite(as.resident);
      isProblem(await as.guard.act('visitor_passes', other.id, 'cancel'), 403, 'forbidden');
      assert.equal((await who.did('visitor_passes', other.id, 'cancel', { reason: '改天再来' })).state, 'cancelled');
      isProblem(await arrive(other), 409, 'wrong_state');
    }
    const inside = await invite(as.resident);
    isDone(await arrive(inside));
    isProblem(await as.resident.act('visitor_passes', inside.id, 'cancel'), 409, 'wrong_state');
  });

  test('a number is shown to who says why, and is in no event', async () => {
    const pass = await invite(as.resident, { visitor_phone: '13655558888' });
    isProblem(await as.guard.act('visitor_passes', pass.id, 'reveal', { field: 'visitor_phone' }), 422, 'invalid', ['reason']);
    for (const who of ['resident', 'quality', 'region']) isProblem(await as[who].act('visitor_passes', pass.id, 'reveal', { field: 'visitor_phone', reason: '想看' }), 403, 'forbidden');
    assert.equal((await as.guard.did('visitor_passes', pass.id, 'reveal', { field: 'visitor_phone', reason: '访客找不到门' })).value, '13655558888');
    const log = await as.desk.get(`visitor_passes/${pass.id}/events`);
    assert.ok(log.text.includes('访客找不到门') && !log.text.includes('13655558888'));
    assert.equal((await look(pass, as.desk)).purpose, 'visit', 'the reason of the look is no reason of the visit');
  });
});

describe('the clock', () => {
  test('opens and ends a pass, and tells the guards of who is still inside, once', async () => {
    const early = await invite(as.resident, { from: inHours(2), to: inHours(3) });
    isProblem(await arrive(early), 409, 'wrong_state');
    assert.deepEqual(actionsOf(await look(early)).sort(), ['deny', 'reveal']);
    const unused = await invite(as.resident, { to: inHours(1) }), stays = await invite(as.resident, { to: inHours(1), entries_max: 2 });
    isDone(await arrive(stays));
    await clockOn(2.1);
    isDone(await arrive(early));
    await until(async () => (await look(unused)).state === 'expired', 'expired by itself', 20_000);
    isProblem(await arrive(unused), 409, 'wrong_state');
    assert.equal((await look(unused)).code, null);
    await until(async () => (await look(stays)).overstayed_at, 'told', 20_000);
    assert.equal((await look(stays)).state, 'inside');
    const told = async () => (await messages(as.guard, stays.id)).length;
    assert.equal(await told(), 1);
    await clockOn(0.1);
    const over = await invite(as.resident, { to: inHours(0.02) }); /* the autos have run when it has expired */
    await clockOn(0.1);
    await until(async () => (await look(over)).state === 'expired', 'expired by itself', 20_000);
    assert.equal(await told(), 1, 'once');
    assert.equal((await leave(stays)).state, 'left', 'an entry was left, its time was not');
  });
});
