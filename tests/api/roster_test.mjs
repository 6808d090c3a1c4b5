/* 岗位排班, card P12: posts, shifts over midnight, a month from a pattern, who may stand where, swaps, clocking in, holes, the handover
 * book. The server's time begins at ten in the morning. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, secondsTo, until } from './world.mjs';

const MINUTE = 60_000, HOUR_S = 3600, DAY_S = 24 * HOUR_S, ZONE_MS = 8 * HOUR_S * 1000;
let world, as, lead, project, gate, shifts, spot;
const guards = [];
const nowMs = () => Date.now() + world.options.clock * 1000;
/* A day from today on, and a clock time of it. */
const day = (n = 0) => new Date(nowMs() + ZONE_MS + n * DAY_S * 1000).toISOString().slice(0, 10);
const at = (n, clock) => `${day(n)}T${clock}:00+08:00`;
const same = (a, b) => assert.equal(Date.parse(a), Date.parse(b), `${a} ${b}`);
async function clockTo(when) {
  await world.restart({ clock: world.options.clock + Math.round((Date.parse(when) - nowMs()) / 1000) });
  if ((await lead.get('me')).status === 401) for (const who of [lead, ...guards, as.manager]) who.token = await world.login(who.login);
}
const line = (who, n, shift, post = gate, more = {}) => lead.make('rosters', { post: post.id, shift: shift.id, day: day(n), person: who.id, ...more });
const published = async (...args) => lead.did('rosters', (await line(...args)).id, 'publish');
const coverage = async (from, to, more = '') => (await lead.read(`rosters/coverage?from=${day(from)}&to=${day(to)}${more}`));
const ofPost = (shown, post) => shown.posts.find((one) => one.post === post.id);
const alarmsOf = async (record, kind) => (await lead.read(`alarms?filter[record]=${record}&filter[kind]=${kind}`)).items;

before(async () => {
  world = await openWorld({ clock: secondsTo(10) });
  as = world.as;
  project = world.projects.TYHY;
  lead = await world.person('lead', [{ role: 'guard_lead', scope: project }]);
  for (const n of [1, 2, 3, 4]) guards.push(await world.person(`guard_${n}`, [{ role: 'guard', scope: project }], { certificates: ['guard_licence'], name: `队员${n}` }));
  spot = await lead.make('checkpoints', { name: '东门岗', geo: { lat: 31.23, lng: 121.47 }, project });
  gate = await lead.make('posts', { name: '东门岗', kind: 'gate', licence: 'guard_licence', checkpoint: spot.id, project });
  shifts = {};
  for (const [name, from, to] of [['day', '08:00', '20:00'], ['night', '20:00', '08:00'], ['early', '00:00', '08:00'], ['middle', '08:00', '16:00'], ['late', '16:00', '24:00'], ['whole', '08:00', '08:00']])
    shifts[name] = await lead.make('shifts', { name, from, to, project });
});
after(() => world.close());

describe('a shift', () => {
  test('over midnight belongs to the day that it begins on; 24 hours end where they begin', async () => {
    const night = await line(guards[0], 20, shifts.night);
    same(night.starts_at, at(20, '20:00'));
    same(night.ends_at, at(21, '08:00'));
    assert.deepEqual([night.day, night.night, night.state], [day(20), true, 'draft']);
    const whole = await line(guards[1], 20, shifts.whole);
    same(whole.ends_at, at(21, '08:00'));
    const late = await line(guards[2], 20, shifts.late);
    same(late.ends_at, at(21, '00:00'));
    assert.equal(late.night, false);
    assert.equal((await line(guards[3], 20, shifts.early)).night, true);
    for (const bad of ['8:00', '25:00', '08:60', '早上', '24:00']) isProblem(await lead.post('shifts', { name: 'x', from: bad, to: '20:00', project }), 422, 'invalid', ['from']);
    isProblem(await guards[0].post('shifts', { name: 'x', from: '08:00', to: '20:00' }), 403, 'forbidden');
  });
});

describe('a line', () => {
  test('is refused for somebody on two posts at once, without the licence, or of elsewhere', async () => {
    const lobby = await lead.make('posts', { name: '大堂', kind: 'lobby', project });
    await line(guards[0], 30, shifts.day);
    for (const [shift, post, n] of [[shifts.day, lobby, 30], [shifts.middle, gate, 30], [shifts.late, lobby, 30], [shifts.whole, lobby, 30]]) {
      const answer = await lead.post('rosters', { post: post.id, shift: shift.id, day: day(n), person: guards[0].id });
      isProblem(answer, 422, 'invalid', ['person']);
      assert.equal(answer.body.fields[0].code, 'overlap');
    }
    await line(guards[0], 30, shifts.night, lobby); /* touches, does not overlap */
    const none = await lead.post('rosters', { post: gate.id, shift: shifts.day.id, day: day(31), person: world.users.guard });
    isProblem(none, 422, 'invalid', ['person']);
    assert.equal(none.body.fields[0].code, 'licence');
    isProblem(await lead.post('rosters', { post: lobby.id, shift: shifts.day.id, day: day(31), person: world.users.resident }), 422, 'invalid', ['person']);
    isProblem(await lead.post('rosters', { post: lobby.id }), 422, 'invalid', ['day', 'person', 'shift']);
    isProblem(await guards[0].post('rosters', {}), 403, 'forbidden');
  });

  test('is warned of with too little rest, and of an eighth night running', async () => {
    assert.deepEqual((await line(guards[1], 40, shifts.day)).warnings, null);
    assert.deepEqual((await line(guards[1], 40, shifts.night)).warnings, ['rest'], 'from eight in the evening on, right behind a day');
    for (let n = 50; n < 57; n++) assert.deepEqual((await line(guards[2], n, shifts.night)).warnings, null, `night ${n - 49}`);
    assert.deepEqual((await line(guards[2], 57, shifts.night)).warnings, ['night_week']);
    assert.deepEqual((await line(guards[2], 59, shifts.night)).warnings, null, 'after a night off');
  });
});

describe('a month', () => {
  test('is filled from a pattern, goes on in the next, and covers every minute', async () => {
    const post = await lead.make('posts', { name: '西门岗', kind: 'gate', project });
    const pattern = await lead.make('shift_patterns', { name: '三班倒', steps: [shifts.early.id, shifts.middle.id, shifts.late.id, null], project });
    const persons = guards.map(({ id }) => id);
    isProblem(await lead.act('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(70), to: day(69) }), 422, 'invalid', ['to']);
    isProblem(await lead.act('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(70), to: day(170) }), 422, 'invalid', ['to']);
    isProblem(await guards[0].act('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(70), to: day(72) }), 403, 'forbidden');
    await lead.did('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(70), to: day(75) });
    await lead.did('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(76), to: day(77) });
    const drafts = (await lead.read(`rosters?filter[post]=${post.id}&limit=100&count=true`));
    assert.equal(drafts.count, 8 * 3, 'three shifts a day, one off');
    for (let n = 70; n <= 77; n++) {
      const names = drafts.items.filter((one) => one.day === day(n));
      assert.equal(new Set(names.map(({ person }) => person)).size, 3);
      assert.equal(new Set(names.map(({ shift }) => shift)).size, 3);
    }
    const mine = drafts.items.filter(({ person }) => person === guards[0].id).sort((a, b) => a.day.localeCompare(b.day)).map(({ shift }) => shift);
    for (let i = 0; i + 3 < mine.length; i++) assert.equal(mine[i], mine[i + 3], 'the pattern goes on over the two halves');
    await lead.did('posts', post.id, 'fill', { pattern: pattern.id, persons, from: day(70), to: day(70) });
    assert.equal((await lead.read(`rosters?filter[post]=${post.id}&filter[day]=${day(70)}&count=true`)).count, 3, 'filled again: drafts are replaced');
    assert.equal(ofPost(await coverage(71, 74), post).uncovered_min, 4 * 1440, 'drafts cover nothing');
    assert.deepEqual(ofPost(await coverage(71, 74, '&drafts=true'), post).holes, []);
    await lead.did('posts', post.id, 'publish', { from: day(70), to: day(77) });
    assert.equal(ofPost(await coverage(71, 74), post).uncovered_min, 0);
    isProblem(await lead.post('shift_patterns', { name: '全休', steps: [null, null], project }), 422, 'invalid', ['steps']);
    isProblem(await lead.post('shift_patterns', { name: '没有', steps: ['1'], project }), 422, 'invalid', ['steps']);
  });

  test('shows its holes to the minute, also over midnight and where two are needed', async () => {
    const room = await lead.make('posts', { name: '消控室', kind: 'control', project });
    assert.equal(room.min_persons, 2, 'a control room is manned by two');
    const lobby = await lead.make('posts', { name: '一号大堂', kind: 'lobby', hours: '08:00-22:00', project });
    await published(guards[0], 90, shifts.night, room);
    await published(guards[1], 90, shifts.whole, room);
    await published(guards[2], 90, shifts.middle, lobby);
    const shown = await coverage(90, 91);
    const holes = ofPost(shown, room).holes;
    assert.deepEqual(holes.map(({ have, need }) => [have, need]), [[0, 2], [1, 2], [0, 2]]);
    same(holes[0].to, at(90, '08:00'));
    same(holes[1].to, at(90, '20:00'));
    same(holes[2].from, at(91, '08:00'));
    assert.deepEqual([ofPost(shown, room).required_min, ofPost(shown, room).uncovered_min], [2880, 480 + 720 + 960]);
    assert.equal(ofPost(shown, lobby).uncovered_min, 360 + 840, 'only the hours that it is manned at count');
    isProblem(await lead.get(`rosters/coverage?from=${day(1)}&to=${day(0)}`), 422, 'invalid', ['to']);
    assert.ok(ofPost(await as.admin.read(`rosters/coverage?from=${day(90)}`), room), 'who has the company sees all its posts');
    isProblem(await lead.get('rosters/coverage?from=tomorrow'), 422, 'invalid', ['from']);
    isProblem(await as.resident.get('rosters/coverage'), 404, 'not_found');
    isProblem(await as.engineer.get('rosters/coverage'), 403, 'forbidden');
    isProblem(await lead.get(`rosters/coverage?project=${world.projects.ERQI}`), 404, 'not_found');
    isProblem(await lead.post('posts', { name: 'x', kind: 'gate', hours: '22:00-06:00', project }), 422, 'invalid', ['hours']);
  });
});

describe('a swap', () => {
  test('takes both and the lead, the licence, and four hours', async () => {
    const [mine, theirs] = [await published(guards[0], 100, shifts.day), await published(guards[1], 101, shifts.day)];
    isProblem(await guards[1].act('rosters', mine.id, 'swap', { with: theirs.id }), 403, 'forbidden');
    isProblem(await guards[0].act('rosters', mine.id, 'swap', { with: mine.id }), 422, 'invalid', ['with']);
    isProblem(await guards[0].act('rosters', mine.id, 'swap', { with: world.users.guard }), 422, 'invalid', ['with']); /* no licence */
    isProblem(await guards[0].act('rosters', mine.id, 'swap', { with: gate.id }), 422, 'invalid', ['with']);
    const asked = await guards[0].did('rosters', mine.id, 'swap', { with: theirs.id });
    assert.deepEqual([asked.swap_with, asked.swap_person], [theirs.id, guards[1].id]);
    isProblem(await lead.act('rosters', mine.id, 'approve_swap'), 409, 'wrong_state');
    isProblem(await guards[2].act('rosters', mine.id, 'accept_swap'), 403, 'forbidden');
    await guards[1].did('rosters', mine.id, 'accept_swap');
    isProblem(await guards[1].act('rosters', mine.id, 'approve_swap'), 403, 'forbidden');
    const done = await lead.did('rosters', mine.id, 'approve_swap');
    assert.deepEqual([done.person, done.swap_of, done.swap_person], [guards[1].id, guards[0].id, null]);
    assert.equal((await lead.read(`rosters/${theirs.id}`)).person, guards[0].id);
    /* covers for somebody, and is on another post at that time: refused when it is approved */
    const cover = await published(guards[0], 102, shifts.day);
    await guards[0].did('rosters', cover.id, 'swap', { with: guards[2].id });
    await guards[2].did('rosters', cover.id, 'accept_swap');
    await published(guards[2], 102, shifts.day);
    isProblem(await lead.act('rosters', cover.id, 'approve_swap'), 422, 'invalid', ['with']);
    await guards[2].did('rosters', cover.id, 'drop_swap');
    assert.equal((await lead.read(`rosters/${cover.id}`)).swap_person, null);
    const soon = await published(guards[3], 0, shifts.middle);
    isProblem(await guards[3].act('rosters', soon.id, 'swap', { with: guards[2].id }), 409, 'wrong_state');
  });
});

describe('clocking in', () => {
  test('is at the post, from fifteen minutes before; late is told; who does not come rings', async () => {
    const one = await published(guards[0], 1, shifts.day), two = await published(guards[1], 1, shifts.night), ill = await published(guards[2], 2, shifts.day);
    const late = await published(guards[3], 1, shifts.day, await lead.make('posts', { name: '车场岗', kind: 'parking', geo: { lat: 31.24, lng: 121.47 }, project }));
    await clockTo(at(1, '07:40').replace(day(1), one.day));
    isProblem(await guards[0].act('rosters', one.id, 'clock_in', { place: { code: spot.code } }), 409, 'wrong_state');
    await clockTo(`${one.day}T07:50:00+08:00`);
    isProblem(await guards[0].act('rosters', one.id, 'clock_in', {}), 422, 'invalid', ['place']);
    isProblem(await guards[0].act('rosters', one.id, 'clock_in', { place: { code: 'photo of a code' } }), 422, 'invalid', ['place']);
    isProblem(await guards[0].act('rosters', one.id, 'clock_in', { place: { lat: 31.2306, lng: 121.47 } }), 422, 'invalid', ['place']); /* 67 m */
    isProblem(await guards[1].act('rosters', one.id, 'clock_in', { place: { code: spot.code } }), 403, 'forbidden');
    const there = await guards[0].did('rosters', one.id, 'clock_in', { place: { lat: 31.2303, lng: 121.47 } }); /* 33 m */
    assert.deepEqual([there.state, there.clock_proof, there.late_min], ['on_duty', 'geo', 0]);
    await clockTo(`${one.day}T08:06:00+08:00`);
    const [alarm] = await until(async () => { const found = await alarmsOf(late.id, 'no_show'); return found.length > 0 && found; }, 'nobody came', 20_000);
    assert.match(alarm.title, /车场岗 未签到：队员4/);
    const came = await guards[3].did('rosters', late.id, 'clock_in', { place: { lat: 31.24, lng: 121.47 } });
    assert.deepEqual([came.late_min >= 6, (await alarmsOf(late.id, 'no_show'))[0].state], [true, 'closed']);
    isProblem(await guards[2].act('rosters', ill.id, 'leave', {}), 422, 'invalid', ['reason']);
    assert.equal((await guards[2].did('rosters', ill.id, 'leave', { reason: '发烧' })).state, 'on_leave');
    assert.equal((await guards[0].did('rosters', one.id, 'clock_out', {})).state, 'done');
    /* the lead signs for a dead phone, and that is seen */
    await clockTo(`${one.day}T20:03:00+08:00`);
    assert.equal((await lead.did('rosters', two.id, 'clock_in', {})).clock_proof, 'lead');
    const figure = await as.manager.read('figures/roster_clock_in_time');
    assert.ok(figure.rows[0].n >= 3 && figure.rows[0].value < 1, JSON.stringify(figure.rows));
  });

  test('told later by a phone without network takes an absence back', async () => {
    const when = nowMs();
    const post = await lead.make('posts', { name: '北门岗', kind: 'gate', geo: { lat: 31.25, lng: 121.47 }, project });
    const one = await published(guards[2], 3, shifts.day, post);
    await clockTo(`${one.day}T20:01:00+08:00`);
    await until(async () => (await lead.read(`rosters/${one.id}`)).state === 'absent', 'absent at the end', 20_000);
    isProblem(await guards[2].act('rosters', one.id, 'clock_in', { place: { lat: 31.25, lng: 121.47 } }), 409, 'wrong_state');
    const told = await guards[2].did('rosters', one.id, 'clock_in', { place: { lat: 31.25, lng: 121.47 }, device_at: `${one.day}T07:58:00+08:00` });
    assert.deepEqual([told.state, told.late_min], ['on_duty', 0]);
    assert.ok(nowMs() > when);
  });

  test('a hole in the next hours rings, and is settled when it is filled', async () => {
    const post = await lead.make('posts', { name: '南门岗', kind: 'gate', project });
    await clockTo(new Date(nowMs() + 6 * MINUTE).toISOString());
    const [alarm] = await until(async () => { const found = await alarmsOf(post.id, 'post_uncovered'); return found.length > 0 && found; }, 'the hole rings', 20_000);
    assert.match(alarm.title, /南门岗 缺岗/);
    assert.equal(alarm.state, 'raised');
    await published(guards[0], 5, shifts.whole, post);
    await published(guards[1], 6, shifts.whole, post);
    await clockTo(at(6, '09:00').replace(day(6), (await lead.read(`rosters?filter[post]=${post.id}&sort=day`)).items[1].day));
    await until(async () => (await alarmsOf(post.id, 'post_uncovered'))[0].state === 'closed', 'it is settled', 20_000);
  });
});

describe('tasks of a post', () => {
  test('are given to whoever is rostered there, when they are near', async () => {
    const post = await lead.make('posts', { name: '水泵房岗', kind: 'patrol', project });
    const morning = at(3, '07:45');
    await published(guards[1], 3, shifts.day, post);
    const plan = await lead.make('plans', { title: '看水位', rrule: 'FREQ=HOURLY;BYHOUR=9,15', dtstart: `${day(3)}T09:00:00`, window_after_min: 60, team: 'guard', roster: post.id, project });
    const tasks = async () => (await lead.read(`tasks?filter[plan]=${plan.id}&sort=due_at&limit=3`)).items.map((task) => [task.roster, task.assignee]);
    assert.deepEqual(await tasks(), [[post.id, null], [post.id, null], [post.id, null]]);
    await clockTo(morning);
    await until(async () => (await tasks())[0][1] !== null, 'the first is given out');
    assert.deepEqual(await tasks(), [[post.id, guards[1].id], [post.id, null], [post.id, null]], 'what is far is nobody’s yet');
  });
});

describe('the handover book', () => {
  test('carries over what is open, and is accepted or refused with a reason by the next', async () => {
    const incident = await guards[0].make('incidents', { kind: 'damage', title: '道闸杆断裂', project });
    const key = await lead.make('keys', { name: '顶楼钥匙', project });
    await guards[0].did('keys', key.id, 'lend', { holder: '电梯公司', purpose: '年检' });
    isProblem(await guards[0].post('handovers', { post: gate.id }), 422, 'invalid', ['keys_count', 'radio_count', 'to']);
    isProblem(await guards[0].post('handovers', { post: gate.id, to: guards[0].id, keys_count: 1, radio_count: 1 }), 422, 'invalid', ['to']);
    isProblem(await guards[0].post('handovers', { post: gate.id, from: guards[1].id, to: guards[2].id, keys_count: 1, radio_count: 1 }), 422, 'invalid', ['from']);
    const book = await guards[0].make('handovers', { post: gate.id, to: guards[1].id, keys_count: 12, radio_count: 4, equipment_ok: true, note: '道闸临时人工抬杆' });
    assert.deepEqual([book.state, book.from], ['offered', guards[0].id]);
    const open = book.open_matters.map(({ resource, id }) => `${resource}/${id}`);
    assert.ok(open.includes(`incidents/${incident.id}`) && open.includes(`keys/${key.id}`), JSON.stringify(open));
    assert.equal(book.open_count, book.open_matters.length);
    isProblem(await guards[2].act('handovers', book.id, 'accept'), 403, 'forbidden');
    isProblem(await guards[0].act('handovers', book.id, 'accept'), 403, 'forbidden');
    isProblem(await guards[1].act('handovers', book.id, 'accept', { keys: 11, radios: 4 }), 422, 'invalid', ['keys']);
    isProblem(await guards[1].act('handovers', book.id, 'refuse', {}), 422, 'invalid', ['reason']);
    assert.equal((await guards[1].did('handovers', book.id, 'refuse', { reason: '少一把消防通道钥匙' })).state, 'refused');
    isDone(await guards[0].patch(`handovers/${book.id}`, { keys_count: 11 }));
    await guards[0].did('incidents', incident.id, 'take');
    await guards[0].did('incidents', incident.id, 'close', { result: '已换新杆' });
    const again = await guards[0].did('handovers', book.id, 'offer');
    assert.ok(!again.open_matters.some(({ id }) => id === incident.id), 'what was closed meanwhile is not carried over');
    const done = await guards[1].did('handovers', book.id, 'accept', { keys: 11, radios: 4 });
    assert.ok(done.state === 'accepted' && done.accepted_at);
    isProblem(await guards[0].patch(`handovers/${book.id}`, { keys_count: 10 }), 409, 'wrong_state');
  });
});
