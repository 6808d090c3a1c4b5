/* 巡更与秩序, card P12 and rules §13: checkpoints and their proofs, routes, rounds walked in truth and in doubt, alarms, incidents, keys,
 * goods that leave. The server's time begins at 01:30 of a night; later hours come by restarting it at a later time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, secondsTo, until, wordsOf } from './world.mjs';

const MINUTE = 60_000, HOUR_S = 3600, DAY_S = 24 * HOUR_S, ZONE_MS = 8 * HOUR_S * 1000;
let world, as, lead, guard, other, project, night; /* night: the day that began at midnight, as a number of ms */
const points = []; /* eight along a street, 111 m apart, each with its code */

const nowMs = () => Date.now() + world.options.clock * 1000;
/* A clock time of this night. */
const at = (hour, minute = 0, second = 0) => new Date(night + ((hour * 60 + minute) * 60 + second) * 1000).toISOString();
const geo = (n, metres = 0) => ({ lat: 31.23 + (n * 111 + metres) / 111195, lng: 121.47 });
async function clockTo(hour, minute) {
  await world.restart({ clock: world.options.clock + Math.round((Date.parse(at(hour, minute)) - nowMs()) / 1000) });
}
const routeOf = (more = {}, n = 3) => lead.make('routes', { name: '东区夜巡', points: points.slice(0, n).map((one, i) => ({ checkpoint: one.id, order: i + 1 })), interval_min: 120, window_min: 10, project, ...more });
const roundOf = async (route, hour, minute = 0, more = {}) => lead.make('rounds', { route: (await route).id, planned_start: at(hour, minute), person: guard.id, ...more });
const scan = (round, n, when, more = {}, who = guard) => who.act('rounds', round.id, 'scan', { checkpoint: points[n].id, code: points[n].code, ...(when && { device_at: when }), ...more });
const actionsOf = (one) => one.actions.map(({ name }) => name);
const alarmsOf = async (record) => (await lead.read(`alarms?filter[record]=${record}&sort=created_at`)).items;
const messages = async (who, record) => (await who.read('messages')).items.filter((line) => line.record === record);

before(async () => {
  world = await openWorld({ clock: secondsTo(1.5) });
  as = world.as;
  project = world.projects.TYHY;
  night = Math.floor((nowMs() + ZONE_MS) / (DAY_S * 1000)) * DAY_S * 1000 - ZONE_MS;
  lead = await world.person('lead', [{ role: 'guard_lead', scope: project }]);
  guard = await world.person('guard_a', [{ role: 'guard', scope: project }]);
  other = await world.person('guard_b', [{ role: 'guard', scope: project }]);
  for (let n = 0; n < 12; n++) points.push(await lead.make('checkpoints', { name: `${n + 1} 号点`, kind: 'qr', geo: geo(n), hint: `灯杆 ${n + 1}`, project }));
});
after(() => world.close());

describe('a checkpoint', () => {
  test('has a code that the leads print and nobody else reads', async () => {
    assert.match(points[0].code, /^\d+:[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    assert.equal(new Set(points.map(({ code }) => code)).size, 12);
    const seen = await guard.read(`checkpoints/${points[0].id}`);
    assert.equal(seen.code, null, 'who has to go there cannot look it up');
    assert.ok(!(await guard.get(`checkpoints/${points[0].id}/events`)).text.includes(points[0].code.split(':')[1]));
    isProblem(await guard.post('checkpoints', { name: '自己加的', project }), 403, 'forbidden');
    isProblem(await as.resident.get(`checkpoints/${points[0].id}`), 404, 'not_found');
    isProblem(await as.far_desk.get(`checkpoints/${points[0].id}`), 404, 'not_found');
    const pdf = await lead.post('checkpoints/sheet', { checkpoints: [points[0].id, points[1].id] });
    assert.equal(pdf.status, 200, pdf.text.slice(0, 300));
    const words = wordsOf(pdf.raw);
    assert.ok(words.includes('1 号点') && words.includes(points[0].code.split(':')[1]), words);
    isProblem(await guard.post('checkpoints/sheet', {}), 403, 'forbidden');
    isProblem(await lead.post('checkpoints/sheet', { checkpoints: ['12'] }), 404, 'not_found');
    isProblem(await lead.post('checkpoints/sheet', { checkpoints: 'all' }), 422, 'invalid', ['checkpoints']);
  });

  test('is declared rightly or not at all', async () => {
    isProblem(await lead.post('checkpoints', { name: '围栏', kind: 'geo', project }), 422, 'invalid', ['geo']);
    isProblem(await lead.post('checkpoints', { name: '北极之外', geo: { lat: 91, lng: 0 }, project }), 422, 'invalid', ['geo']);
    isProblem(await lead.post('checkpoints', { name: '凭感觉', proofs: ['feeling'], project }), 422, 'invalid', ['proofs']);
    isProblem(await lead.post('checkpoints', { name: '短码', code: '1234', project }), 422, 'invalid', ['code']);
    const old = await lead.make('checkpoints', { name: '旧系统的标签', code: 'OLD-LABEL-0017', project });
    assert.equal(old.code, 'OLD-LABEL-0017');
    const fresh = await lead.did('checkpoints', old.id, 'renew', { reason: '标签被人拍照' });
    assert.notEqual(fresh.code, old.code);
  });

  test('pins on a plan lie on it', async () => {
    const picture = await lead.photo();
    const plan = await lead.make('site_plans', { name: '总平面', picture, pins: [{ record: points[0].id, x: 120, y: 900 }], project });
    assert.deepEqual(plan.pins, [{ record: points[0].id, x: 120, y: 900 }]);
    isProblem(await lead.patch(`site_plans/${plan.id}`, { pins: [{ record: points[0].id, x: 1200, y: 0 }] }), 422, 'invalid', ['pins']);
    isProblem(await lead.patch(`site_plans/${plan.id}`, { pins: { x: 1 } }), 422, 'invalid', ['pins']);
  });
});

describe('a route', () => {
  test('passes live checkpoints of its project, each once', async () => {
    const route = await routeOf();
    assert.deepEqual([route.interval_min, route.window_min, route.duration_min], [120, 10, 15]);
    for (const bad of [[], {}, [{ checkpoint: '1' }], [{ checkpoint: points[0].id }, { checkpoint: points[0].id }], [{ checkpoint: world.houses['1-1-101'], order: 1 }]])
      isProblem(await lead.patch(`routes/${route.id}`, { points: bad }), 422, 'invalid', ['points']);
    isProblem(await lead.patch(`routes/${route.id}`, { window_min: 200 }), 422, 'invalid', ['window_min']);
    isProblem(await lead.patch(`routes/${route.id}`, { hours: '22:00-06:00' }), 422, 'invalid', ['hours']);
    isProblem(await lead.patch(`routes/${route.id}`, { proofs: ['blood'] }), 422, 'invalid', ['proofs']);
    isProblem(await guard.post('routes', { name: '自己的' }), 403, 'forbidden');
    const round = await roundOf(route, 2);
    await lead.patch(`routes/${route.id}`, { points: [{ checkpoint: points[7].id, order: 1 }] });
    assert.deepEqual((await lead.read(`rounds/${round.id}`)).points.map(({ checkpoint }) => checkpoint), points.slice(0, 3).map(({ id }) => id), 'changed in mid-month: a planned round stays as it was');
  });
});

describe('a round', () => {
  test('of rules §13: twelve points from 02:00, eleven scanned from 02:07 to 02:51, is complete with a remark', async () => {
    const route = await routeOf({ name: '十二点', duration_min: 60 }, 12);
    const round = await roundOf(route, 2);
    assert.deepEqual([round.state, round.points_planned, round.missed], ['planned', 12, []]);
    await clockTo(2, 52);
    /* the phone had no network: everything comes at once, by the device's time */
    isDone(await guard.act('rounds', round.id, 'start', { device_at: at(2, 7) }));
    for (let n = 0; n < 11; n++) isDone(await scan(round, n, at(2, 7 + n * 4, n === 10 ? 0 : 30), n === 10 ? { device_at: at(2, 51) } : {}));
    const done = await guard.did('rounds', round.id, 'finish', { device_at: at(2, 51, 30) });
    assert.equal(done.state, 'complete');
    assert.deepEqual([done.points_done, done.points_in_window, done.points_planned, done.missed], [11, 11, 12, [points[11].id]]);
    assert.equal(Math.round((done.points_done / done.points_planned) * 1000) / 10, 91.7);
    assert.deepEqual(done.flags, ['offline']);
    assert.equal(Date.parse(done.started_at), Date.parse(at(2, 7)));
    assert.equal(Date.parse((await roundOf(route, 4)).planned_start), Date.parse(at(4)), 'the next one is due at 04:00, not at 04:07');
    const lines = (await lead.read(`rounds/${round.id}/events`)).items;
    assert.ok(lines.some((line) => line.action === 'scan' && Date.parse(line.device_at) === Date.parse(at(2, 7, 30)) && line.clock_skew), 'both clocks are kept');
    assert.ok(!JSON.stringify(lines).includes(points[3].code.split(':')[1]), 'no code is in the log');
    isProblem(await guard.act('rounds', round.id, 'explain', { reasons: [] }), 422, 'invalid', ['reasons']);
    isProblem(await other.act('rounds', round.id, 'explain', { reason: '不是我走的' }), 403, 'forbidden');
    const told = await guard.did('rounds', round.id, 'explain', { reasons: [{ checkpoint: points[11].id, reason: '施工围挡，过不去' }] });
    assert.deepEqual(told.explanations, [{ checkpoint: points[11].id, reason: '施工围挡，过不去' }]);
    const [alarm] = await alarmsOf(round.id);
    assert.deepEqual([alarm.kind, alarm.state, alarm.record_type], ['point_missed', 'raised', 'rounds']);
  });

  test('takes no wrong code, none of another point, and no point twice within two minutes', async () => {
    const round = await roundOf(routeOf(), 3);
    isProblem(await scan(round, 0, undefined, { code: points[1].code }), 422, 'invalid', ['code']);
    isProblem(await scan(round, 0, undefined, { code: 'nonsense' }), 422, 'invalid', ['code']);
    isProblem(await scan(round, 0, undefined, { code: '' }), 422, 'invalid', ['code']);
    isProblem(await scan(round, 0, undefined, { code: undefined }), 422, 'invalid', ['code']);
    isProblem(await guard.act('rounds', round.id, 'scan', { code: points[0].code }), 422, 'invalid', ['checkpoint']);
    isProblem(await scan(round, 0, undefined, {}, other), 403, 'forbidden');
    const typed = points[0].code.split(':')[1].toLowerCase().replaceAll('-', ' ');
    const one = isDone(await scan(round, 0, undefined, { code: typed }));
    assert.deepEqual([one.state, one.points_done, one.scans.length], ['started', 1, 1]);
    const again = isDone(await scan(round, 0));
    assert.deepEqual([again.points_done, again.scans.length], [1, 1], 'ignored');
    assert.equal(again.scans[0].method, 'code');
    for (const n of [1, 2]) isProblem(await scan(round, n, undefined, { code: points[0].code }), 422, 'invalid', ['code']);
  });

  test('walked at the desk is told by its flags: too fast, in the same second, in another order, elsewhere', async () => {
    const round = await roundOf(routeOf({ order_fixed: true, name: '按顺序' }, 4), 2, 50);
    isDone(await scan(round, 0, at(2, 50, 0)));
    isDone(await scan(round, 2, at(2, 50, 20), { geo: geo(0) })); /* 222 m in 20 s, and the phone is not there */
    isDone(await scan(round, 1, at(2, 50, 20)));
    const last = isDone(await scan(round, 5, at(2, 51, 50)));
    assert.deepEqual([...last.flags].sort(), ['far', 'off_route', 'out_of_order', 'same_second', 'too_fast']);
    assert.equal(last.points_done, 3, 'a point that is not on the route is none of its points');
    const slow = await roundOf(routeOf(), 2, 50);
    isDone(await scan(slow, 0, at(2, 50, 0)));
    assert.equal(isDone(await scan(slow, 1, at(2, 51, 0))).flags, null, '111 m in a minute is a walk');
  });

  test('asks for the proofs of its route: a place within the radius, a photo; an equal photo is noticed', async () => {
    const round = await roundOf(routeOf({ proofs: ['code', 'geo', 'photo'] }), 3);
    const photo = await guard.photo();
    isProblem(await scan(round, 0), 422, 'invalid', ['geo', 'photo']);
    isProblem(await scan(round, 0, undefined, { geo: geo(0, 400), photo }), 422, 'invalid', ['geo']);
    isProblem(await scan(round, 0, undefined, { geo: { lat: 'x' }, photo }), 422, 'invalid', ['geo']);
    assert.equal(isDone(await scan(round, 0, at(2, 50, 30), { geo: geo(0, 20), photo })).flags, null);
    const twice = isDone(await scan(round, 1, at(2, 52), { geo: geo(1), photo: await guard.photo() }));
    assert.deepEqual(twice.flags, ['same_photo']);
    assert.equal(twice.photos.length, 2);
    isProblem(await scan(round, 2, undefined, { geo: geo(2), photo: '17' }), 422, 'invalid', ['photo']);
    const fence = await lead.make('checkpoints', { name: '围栏点', kind: 'geo', geo: geo(20), radius_m: 30, project });
    const fenced = await roundOf(lead.make('routes', { name: '围栏', points: [{ checkpoint: fence.id, order: 1 }], interval_min: 60, project }), 3);
    isProblem(await guard.act('rounds', fenced.id, 'scan', { checkpoint: fence.id }), 422, 'invalid', ['geo']);
    isProblem(await guard.act('rounds', fenced.id, 'scan', { checkpoint: fence.id, geo: geo(20, 60) }), 422, 'invalid', ['geo']);
    assert.equal((await guard.did('rounds', fenced.id, 'scan', { checkpoint: fence.id, geo: geo(20, 10) })).points_done, 1);
  });

  test('has a random extra look, so that a photographed code is not enough', async () => {
    const round = await roundOf(routeOf({ extras: ['拍灭火器压力表'] }), 3);
    assert.equal(round.extra, null, 'not known before it begins');
    const begun = await guard.did('rounds', round.id, 'start');
    assert.equal(begun.extra.ask, '拍灭火器压力表');
    const n = points.findIndex(({ id }) => id === begun.extra.checkpoint);
    assert.ok(n >= 0 && n < 3);
    const refused = await scan(round, n);
    isProblem(refused, 422, 'invalid', ['photo']);
    isDone(await scan(round, n, undefined, { photo: await guard.photo() }));
    isDone(await scan(round, (n + 1) % 3));
    const offline = await roundOf(routeOf({ extras: ['拍灭火器压力表'] }), 2, 50);
    const late = isDone(await guard.act('rounds', offline.id, 'start', { device_at: at(2, 50) }));
    assert.equal(isDone(await scan(offline, points.findIndex(({ id }) => id === late.extra.checkpoint), at(2, 51))).points_done, 1, 'a phone without network could not know of it');
  });

  test('is not believed when the phone’s clock is hours off or set back; the server’s time counts then', async () => {
    const round = await roundOf(routeOf(), 3);
    const fast = isDone(await scan(round, 0, new Date(nowMs() + 3 * HOUR_S * 1000).toISOString()));
    assert.deepEqual(fast.flags, ['clock_off']);
    assert.ok(Math.abs(Date.parse(fast.scans[0].at) - nowMs()) < MINUTE);
    const back = isDone(await scan(round, 1, new Date(nowMs() - 3 * HOUR_S * 1000).toISOString()));
    assert.ok(back.flags.includes('clock_off'));
    assert.ok(Math.abs(Date.parse(back.scans.find(({ checkpoint }) => checkpoint === points[1].id).at) - nowMs()) < MINUTE, 'nobody is on a round before it begins');
    isProblem(await scan(round, 2, 'three hours ago'), 422, 'invalid', ['device_at']);
  });

  test('has one answer for one key, and one guard of two who begin at once', async () => {
    const round = await roundOf(routeOf(), 3, 0, { person: undefined });
    const headers = { 'idempotency-key': 'aa0c1fd4-2222-4d5e-8f6a-1b2c3d4e5f60' }, body = { checkpoint: points[0].id, code: points[0].code, device_at: at(2, 52, 10) };
    const [a, b] = [await guard.act('rounds', round.id, 'scan', body, headers), await guard.act('rounds', round.id, 'scan', body, headers)];
    assert.equal(a.text, b.text);
    assert.equal(a.body.person, guard.id);
    isProblem(await scan(round, 1, undefined, {}, other), 403, 'forbidden');
    isProblem(await guard.act('rounds', round.id, 'start'), 409, 'wrong_state');
  });

  test('begins neither an hour early, nor on a route of another project', async () => {
    const round = await roundOf(routeOf(), 5);
    isProblem(await guard.act('rounds', round.id, 'start'), 409, 'wrong_state');
    isProblem(await scan(round, 0), 409, 'wrong_state');
    isProblem(await lead.post('rounds', { route: '99', planned_start: at(5) }), 422, 'invalid', ['route']);
    isProblem(await lead.post('rounds', { planned_start: at(5) }), 422, 'invalid', ['route']);
    isProblem(await as.resident.post('rounds', {}), 403, 'forbidden');
    isProblem(await as.resident.get(`rounds/${round.id}`), 404, 'not_found');
  });

  test('that nobody walks is missed at its window’s end, and rings: the lead at +5, the manager at +15', async () => {
    const route = await routeOf({ name: '漏的' });
    const round = await roundOf(route, 3, 30), offline = await roundOf(route, 3, 30), typhoon = await roundOf(route, 3, 30), partial = await roundOf(route, 3, 30);
    await clockTo(3, 36);
    isDone(await scan(partial, 0));
    await clockTo(3, 41);
    const missed = await until(async () => { const one = await lead.read(`rounds/${round.id}`); return one.state === 'missed' && one; }, 'the round is missed', 20_000);
    assert.deepEqual([missed.points_done, missed.missed.length], [0, 3]);
    const [alarm] = await alarmsOf(round.id);
    assert.deepEqual([alarm.kind, alarm.state], ['round_missed', 'raised']);
    assert.ok(Date.parse(alarm.raised_at) - Date.parse(missed.window_to) <= 5 * MINUTE, 'within five minutes of the window’s end');
    assert.equal((await messages(lead, alarm.id)).length, 0);
    await clockTo(3, 47);
    await until(async () => (await messages(lead, alarm.id)).length === 1, 'the lead hears', 20_000);
    assert.equal((await messages(as.manager, alarm.id)).length, 0);
    await clockTo(3, 57);
    await until(async () => (await messages(as.manager, alarm.id)).length === 1, 'the manager hears', 20_000);
    /* walked in time, but without a network: told now, the round is corrected and its alarm taken back, all of it in the log */
    isDone(await guard.act('rounds', offline.id, 'start', { device_at: at(3, 31) }));
    for (const n of [0, 1, 2]) isDone(await scan(offline, n, at(3, 33 + 2 * n)));
    const corrected = await guard.did('rounds', offline.id, 'finish', { device_at: at(3, 38) });
    assert.deepEqual([corrected.state, corrected.points_done, corrected.points_in_window, corrected.missed, corrected.flags], ['complete', 3, 3, [], ['offline']]);
    assert.deepEqual((await alarmsOf(offline.id)).map(({ kind, state }) => [kind, state]), [['round_missed', 'closed']]);
    assert.deepEqual((await lead.read(`rounds/${offline.id}/events`)).items.map(({ action, to }) => [action, to]).filter(([action]) => action !== 'scan'),
      [['plan', 'planned'], ['miss', 'missed'], ['start', 'started'], ['finish', 'complete']]);
    /* the duty room takes the other on */
    isProblem(await guard.act('alarms', alarm.id, 'acknowledge'), 403, 'forbidden');
    assert.equal((await lead.did('alarms', alarm.id, 'acknowledge', { note: '已呼叫' })).acknowledged_by, lead.id);
    isProblem(await lead.act('alarms', alarm.id, 'close'), 422, 'invalid', ['note']);
    isProblem(await lead.act('alarms', alarm.id, 'settle'), 403, 'forbidden');
    assert.equal((await lead.did('alarms', alarm.id, 'close', { note: '补巡完成' })).state, 'closed');
    /* of one that was begun and left */
    const left = await until(async () => { const one = await lead.read(`rounds/${partial.id}`); return one.state === 'partial' && one; }, 'its time is over', 20_000);
    assert.deepEqual([left.points_done, left.missed], [1, [points[1].id, points[2].id]]);
    assert.deepEqual((await alarmsOf(partial.id)).map(({ kind, state }) => [kind, state]), [['point_missed', 'raised']]);
    /* typhoon: excused by the lead, never "done", and nothing rings any more */
    isProblem(await guard.act('rounds', typhoon.id, 'excuse', { reason: '台风' }), 403, 'forbidden');
    assert.equal((await lead.did('rounds', typhoon.id, 'excuse', { reason: '台风停巡' })).state, 'excused');
    assert.ok((await alarmsOf(typhoon.id)).every(({ state }) => state === 'closed'));
    isProblem(await scan(typhoon, 0), 409, 'wrong_state');
    /* the guard's phone was dead: from paper, by the lead, and marked */
    isProblem(await guard.act('rounds', round.id, 'enter', { checkpoint: points[0].id, at: at(3, 35), note: '纸面' }), 403, 'forbidden');
    isProblem(await lead.act('rounds', round.id, 'enter', { checkpoint: points[0].id, at: at(9), note: '纸面' }), 422, 'invalid', ['at']);
    const paper = await lead.did('rounds', round.id, 'enter', { checkpoint: points[0].id, at: at(3, 35), note: '手机没电，纸面记录' });
    assert.deepEqual([paper.state, paper.flags, paper.scans[0].method], ['partial', ['by_lead'], 'paper']);
  });

  test('counts in the figures by points and by rounds; excused ones never', async () => {
    const shown = await as.manager.read('figures/patrol_points_done?by=route');
    const route = shown.rows.find(({ label }) => label === '漏的');
    assert.deepEqual([route.n, Math.round(route.value * 9)], [9, 5]); /* 9 points planned in three rounds; 3 + 1 + 1 done */
  });
});

describe('the rhythm of a route', () => {
  test('plans its rounds a day ahead, each once whatever stops, and anew when it changes', async () => {
    const route = await routeOf({ name: '按时自排', hours: '00:00-06:00,22:00-24:00', interval_min: 60 });
    const planned = async () => (await lead.read(`rounds?filter[route]=${route.id}&filter[state]=planned&sort=planned_start&limit=100`)).items;
    const open = async (n) => { await world.restart({ clock: world.options.clock + 60 }); /* nobody else has the chores then */ return until(async () => { const rounds = await planned(); return rounds.length === n && rounds; }, `${n} rounds: ${(await planned()).length}`, 20_000); };
    const rounds = await open(8); /* 04:00 and 05:00, 22:00 and 23:00, 00:00 to 03:00 */
    assert.deepEqual(rounds.map((one) => new Date(Date.parse(one.planned_start) + ZONE_MS).toISOString().slice(11, 16)), ['04:00', '05:00', '22:00', '23:00', '00:00', '01:00', '02:00', '03:00']);
    await open(8); /* stopped and started: none twice */
    await lead.patch(`routes/${route.id}`, { hours: '22:00-24:00', vary_min: 20 });
    const varied = await open(2);
    for (const [i, one] of varied.entries()) assert.ok(Math.abs(Date.parse(one.planned_start) - Date.parse(at(22 + i))) <= 20 * MINUTE, one.planned_start);
    const by_hand = await lead.make('rounds', { route: route.id, planned_start: at(20) });
    await lead.patch(`routes/${route.id}`, { active: false });
    assert.deepEqual((await open(1)).map(({ id }) => id), [by_hand.id], 'what somebody planned by hand stays');
    isProblem(await lead.patch(`routes/${route.id}`, { made_until: at(1) }), 422, 'invalid', ['made_until']);
  });
});

describe('incidents, keys, goods', () => {
  test('an incident is told with what proves it, to those who must know, and closed with its result', async () => {
    const photo = await guard.photo();
    const one = await guard.make('incidents', { kind: 'theft', level: 'serious', title: '3 栋单车被盗', people: '报案人 3-2-1501', photos: [photo], checkpoint: points[2].id, project });
    assert.match(one.no, /^SJ-/);
    assert.ok((await messages(as.manager, one.id)).length > 0, 'serious: the manager hears');
    isProblem(await guard.post('incidents', { kind: 'ufo', project }), 422, 'invalid', ['kind', 'title']);
    isProblem(await guard.post('incidents', { kind: 'fire', title: '明天', occurred_at: new Date(nowMs() + DAY_S * 1000).toISOString(), project }), 422, 'invalid', ['occurred_at']);
    isProblem(await as.resident.get(`incidents/${one.id}`), 404, 'not_found');
    assert.equal((await guard.did('incidents', one.id, 'take')).owner, guard.id);
    isProblem(await guard.act('incidents', one.id, 'call_police', {}), 422, 'invalid', ['police_station']);
    const police = await guard.did('incidents', one.id, 'call_police', { police_station: '大望路派出所', police_no: '110-0417' });
    assert.ok(police.police_at);
    const more = await guard.did('incidents', one.id, 'follow_up', { note: '调取监控', evidence: [await guard.photo()] });
    assert.deepEqual([more.follow_ups, more.photos.length], [1, 2]);
    isProblem(await other.act('incidents', one.id, 'close', { result: '结' }), 403, 'forbidden');
    assert.equal((await guard.did('incidents', one.id, 'close', { result: '单车找回，移交派出所' })).state, 'closed');
    isProblem(await guard.act('incidents', one.id, 'follow_up', { note: '再说' }), 409, 'wrong_state');
  });

  test('a key is lent with a name and a purpose, and is lost with a reason', async () => {
    const key = await lead.make('keys', { name: '水泵房钥匙', code: 'K-07', project });
    isProblem(await guard.act('keys', key.id, 'lend', { holder: '周师傅' }), 422, 'invalid', ['purpose']);
    const out = await guard.did('keys', key.id, 'lend', { holder: '周师傅', purpose: '检修' });
    assert.deepEqual([out.state, out.holder], ['out', '周师傅']);
    isProblem(await guard.act('keys', key.id, 'lend', { holder: '别人', purpose: '也要' }), 409, 'wrong_state');
    assert.deepEqual([(await guard.did('keys', key.id, 'give_back')).holder], [null]);
    isProblem(await guard.act('keys', key.id, 'lost', {}), 422, 'invalid', ['reason']);
  });

  test('nothing large leaves without the owner: by the phone, or by a call that is noted', async () => {
    const home = world.houses['1-1-101'];
    const asked = await guard.make('releases', { house: home, goods: '三人沙发一张', carrier: '搬家公司', plate: '京A12345' });
    assert.deepEqual([asked.state, asked.owner_party], ['asked', world.parties.resident]);
    assert.ok((await messages(as.resident, asked.id)).length > 0, 'the owner is asked');
    isProblem(await guard.act('releases', asked.id, 'release'), 409, 'wrong_state');
    isProblem(await as.neighbour.act('releases', asked.id, 'consent'), 404, 'not_found');
    isProblem(await guard.act('releases', asked.id, 'consent'), 403, 'forbidden');
    assert.deepEqual(actionsOf(await as.resident.read(`releases/${asked.id}`)).sort(), ['consent', 'refuse']);
    assert.equal((await as.resident.did('releases', asked.id, 'consent')).consent, 'app');
    const gone = await guard.did('releases', asked.id, 'release', { gate_photo: await guard.photo() });
    assert.deepEqual([gone.state, gone.released_by], ['released', guard.id]);
    const own = await as.resident.make('releases', { house: home, goods: '旧冰箱' });
    assert.deepEqual([own.state, own.consent], ['consented', 'app'], 'the owner’s own request is the consent');
    isProblem(await as.resident.post('releases', { house: world.houses['1-1-102'], goods: '邻居的电视' }), 422, 'invalid', ['house']);
    const called = await guard.make('releases', { house: home, goods: '电动车' });
    isProblem(await guard.act('releases', called.id, 'consent_by_call', {}), 422, 'invalid', ['call_note']);
    assert.equal((await guard.did('releases', called.id, 'consent_by_call', { call_note: '打 138****1234，本人同意' })).consent, 'call');
    isProblem(await guard.post('releases', { house: home, goods: '昨天的', leaves_on: '2020-01-01' }), 422, 'invalid', ['leaves_on']);
    await as.resident.did('releases', called.id, 'refuse', { reason: '不是我让搬的' });
    isProblem(await guard.act('releases', called.id, 'release'), 409, 'wrong_state');
  });
});
