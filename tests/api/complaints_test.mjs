/* 投诉, card P07: the whole way of a complaint, its bad cases, and who must not see it. Days pass by restarting at a later time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rowsOf } from './money.mjs';
import { anju, isDone, isProblem, listen, openWorld, repairIn, sleep, until } from './world.mjs';

const HOUR = 3600, DAY = 24 * HOUR;
let world, as;
before(async () => { world = await openWorld(); as = world.as; });
after(() => world.close());

const home = () => world.houses['1-1-101'];
const read = (one, who = as.desk) => who.read(`complaints/${one.id}`);
const events = async (one, who = as.manager) => (await who.read(`complaints/${one.id}/events`)).items;
const minutes = (a, b) => (Date.parse(b) - Date.parse(a)) / 60_000;
const actionsOf = (one) => one.actions.map((action) => action.name);
async function later(seconds) {
  await world.restart({ clock: (world.options.clock ?? 0) + seconds });
  await world.loginAll();
}
const lodge = (more = {}, who = as.resident) => who.make('complaints', { house: home(), category: 'clean.lobby', statement: '大堂三天没有拖地，地上都是脚印。', ...more });
/* Walks a complaint on to a state; the owner is the engineering lead, so that desk and quality are not its handlers. */
async function walk(one, state) {
  const { eng_lead, resident, quality } = as;
  const steps = [
    ['accepted', () => as.desk_lead.did('complaints', one.id, 'accept', { owner: world.users.eng_lead })],
    ['investigating', () => eng_lead.did('complaints', one.id, 'first_contact', { note: '已电话联系' })],
    ['proposed', () => eng_lead.did('complaints', one.id, 'propose', { facts: '保洁员请假无人顶岗', proposal: '今天补做，排出替班' })],
    ['resolving', () => resident.did('complaints', one.id, 'agree')],
    ['resolved', () => eng_lead.did('complaints', one.id, 'resolve', { action_taken: '已补做，排班已改' })],
    ['verified', () => quality.did('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true })],
  ];
  for (const [reached, step] of steps) {
    await step();
    if (reached === state) return read(one, as.manager);
  }
  throw new Error(state);
}

describe('from what was said to what was changed', () => {
  test('lodged, accepted, answered, planned, agreed, solved, visited, closed: each step one event', async () => {
    const one = await lodge();
    assert.deepEqual([one.state, one.level, one.channel, one.complainant], ['lodged', 3, 'app', world.parties.resident]);
    assert.match(one.no, /^TS-/);
    assert.equal(one.title, '大堂三天没有拖地，地上都是脚印。');
    assert.equal(minutes(one.created_at, one.due_first_contact_at), 1440, 'of its category');
    assert.equal(one.due_callback_at, null, 'the return visit has its time when it is solved');
    await walk(one, 'verified');
    isProblem(await as.desk.act('complaints', one.id, 'close', { cause: 'process', valid: 'valid' }), 403, 'forbidden');
    const closed = await as.manager.did('complaints', one.id, 'close', { cause: 'process', valid: 'valid' });
    assert.deepEqual([closed.state, closed.cause, closed.valid, closed.satisfied, closed.solved], ['closed', 'process', 'valid', true, true]);
    assert.deepEqual((await events(one)).map((line) => line.action), ['lodge', 'accept', 'first_contact', 'propose', 'agree', 'resolve', 'callback', 'close']);
    assert.equal(closed.next_due_at, null);
  });

  test('an enquiring resident sees owner, promise and plan, and nobody else’s complaint', async () => {
    const one = await walk(await lodge({ category: 'clean.smell', statement: '楼道有异味' }), 'proposed');
    const seen = await read(one, as.resident);
    assert.equal(seen.proposal, '今天补做，排出替班');
    assert.notEqual(seen.due_resolve_at, null);
    assert.deepEqual(actionsOf(seen).sort(), ['agree', 'disagree', 'escalate', 'withdraw']);
    assert.equal((await as.neighbour.get(`complaints/${one.id}`)).status, 404);
    assert.deepEqual((await as.neighbour.read('complaints')).items, []);
  });

  test('its times come from category and level; a raised one has the level’s, and keeps its start', async () => {
    const bribe = await as.desk.make('complaints', { house: home(), category: 'staff.bribe', statement: '有人索要好处' });
    assert.equal(bribe.level, 1);
    assert.equal(minutes(bribe.created_at, bribe.due_first_contact_at), 60);
    const slow = await as.desk.make('complaints', { house: home(), category: 'repairq.slow', statement: '报修太慢' });
    const due = slow.due_resolve_at;
    const graded = isDone(await as.desk_lead.patch(`complaints/${slow.id}`, { level: 2 }));
    assert.equal(minutes(slow.created_at, graded.due_first_contact_at), 240);
    assert.ok(graded.due_resolve_at <= due);
    isProblem(await as.desk.patch(`complaints/${slow.id}`, { level: 1 }), 403, 'forbidden');
    isProblem(await as.desk_lead.patch(`complaints/${slow.id}`, { level: 4 }), 422, 'invalid', ['level']);
    const outer = await as.desk.make('complaints', { house: home(), category: 'green.dead', statement: '树死了', channel: '12345', outer_no: 'A1', outer_deadline: new Date(Date.now() + 26 * HOUR * 1000).toISOString() });
    assert.equal(minutes(outer.created_at, outer.due_resolve_at).toFixed(0), String(26 * 60), 'the shorter of two limits holds');
    assert.equal((await as.desk.make('complaints', { house: home(), category: 'green.shade', statement: '记者来问', channel: 'media' })).level, 1);
  });

  test('the levels’ and categories’ numbers are data that a manager edits, with history', async () => {
    const [category] = (await as.manager.read('complaint_categories?filter[code]=fee.unclear')).items;
    isProblem(await as.desk.patch(`complaint_categories/${category.id}`, { first_contact_min: 30 }), 403, 'forbidden');
    isDone(await as.manager.patch(`complaint_categories/${category.id}`, { first_contact_min: 30 }));
    const one = await as.desk.make('complaints', { house: home(), category: 'fee.unclear', statement: '收费看不懂' });
    assert.equal(minutes(one.created_at, one.due_first_contact_at), 30);
    assert.deepEqual((await as.manager.read(`complaint_categories/${category.id}/events`)).items.at(-1).changes.first_contact_min, [1440, 30]);
    const [rule] = (await as.manager.read('rules?filter[code]=complaint.repeat_days')).items;
    assert.equal(rule.value, 30);
    isProblem(await as.manager.patch(`rules/${rule.id}`, { value: 0 }), 422, 'invalid', ['value']);
    isProblem(await as.desk.patch(`rules/${rule.id}`, { value: 10 }), 403, 'forbidden');
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 31 }));
  });
});

describe('the plan is the complainant’s to accept', () => {
  test('the first disagreement sends it back, after the second the manager mediates, a third raises it', async () => {
    const one = await walk(await lodge({ category: 'parking.charge', statement: '停车费算错了' }), 'proposed');
    const again = () => as.eng_lead.did('complaints', one.id, 'propose', { facts: '核对了记录', proposal: '退差额' });
    isProblem(await as.resident.act('complaints', one.id, 'disagree', {}), 422, 'invalid', ['reason']);
    const first = await as.resident.did('complaints', one.id, 'disagree', { reason: '没说到点子上' });
    assert.deepEqual([first.state, first.disagreements, first.mediator], ['investigating', 1, null]);
    await again();
    const second = await as.resident.did('complaints', one.id, 'disagree', { reason: '还是不行' });
    assert.deepEqual([second.disagreements, second.mediator, second.level], [2, world.users.manager, 3]);
    await again();
    const third = await as.resident.did('complaints', one.id, 'disagree', { reason: '第三次' });
    assert.deepEqual([third.disagreements, third.level], [3, 2]);
    assert.ok((await as.manager.read('messages')).items.some((line) => line.record === one.id && line.kind === 'mediate'));
  });

  test('compensation is offered by who may: manager, head office, company', async () => {
    const one = await walk(await lodge({ category: 'parking.damage', statement: '车被刮了' }), 'investigating');
    const offer = (who, fen) => who.act('complaints', one.id, 'propose', { facts: '属实', proposal: '赔付', compensation_fen: fen });
    isProblem(await offer(as.eng_lead, 100), 403, 'forbidden');
    isProblem(await offer(as.manager, 20_001), 403, 'forbidden');
    isProblem(await offer(as.region, 200_001), 403, 'forbidden');
    assert.equal(isDone(await offer(as.manager, 20_000)).compensation_fen, 20_000);
  });

  test('it may be extended once, and only to a later time', async () => {
    const one = await walk(await lodge({ category: 'parking.occupied', statement: '车位被占' }), 'accepted');
    const at = (days) => new Date(Date.now() + days * DAY * 1000).toISOString();
    isProblem(await as.eng_lead.act('complaints', one.id, 'extend', { until: new Date(Date.now() + 1000).toISOString(), reason: '等录像' }), 422, 'invalid', ['until']);
    const asked = at(40), longer = await as.eng_lead.did('complaints', one.id, 'extend', { until: asked, reason: '等录像' });
    assert.equal(Date.parse(longer.due_resolve_at), Date.parse(asked));
    isProblem(await as.eng_lead.act('complaints', one.id, 'extend', { until: at(50), reason: '再等等' }), 403, 'forbidden');
  });
});

describe('who handles it does not verify it', () => {
  test('the return visit is opened with a time and another person; the owner can neither make nor see it', async () => {
    const one = await walk(await lodge({ category: 'equip.light', statement: '路灯不亮' }), 'resolved');
    const { items } = await as.quality.read(`callbacks?filter[record]=${one.id}`);
    assert.equal(items.length, 1);
    const [call] = items;
    assert.deepEqual([call.state, call.reason, call.record, call.record_type, call.house], ['open', 'verify', one.id, 'complaint', home()]);
    assert.equal(Date.parse(call.due_at), Date.parse(one.due_callback_at));
    assert.ok(Math.abs(minutes(one.resolve_done_at, one.due_callback_at) - 3 * 24 * 60) < 1);
    assert.notEqual(call.owner, world.users.eng_lead);
    assert.deepEqual((await as.eng_lead.read(`callbacks?filter[record]=${one.id}`)).items, []);
    isProblem(await as.eng_lead.act('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true }), 403, 'forbidden');
    isProblem(await as.quality.act('complaints', one.id, 'callback', { satisfied: true }), 422, 'invalid', ['heard', 'solved']);
    isProblem(await as.quality.act('callbacks', call.id, 'close', { outcome: 'reached', solved: true }), 409, 'wrong_state');
    await as.quality.did('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true });
    const done = await as.quality.read(`callbacks/${call.id}`);
    assert.deepEqual([done.state, done.outcome, done.satisfied, done.solved], ['closed', 'reached', true, true]);
  });

  test('an owner at the desk is still the owner', async () => {
    const one = await lodge({ category: 'comms.notice', statement: '没有通知到' });
    await as.desk_lead.did('complaints', one.id, 'accept', { owner: world.users.desk });
    await as.desk.did('complaints', one.id, 'first_contact', { note: '上门' });
    await as.desk.did('complaints', one.id, 'propose', { facts: '漏了一单元', proposal: '补发' });
    isProblem(await as.desk.act('complaints', one.id, 'agree'), 403, 'forbidden');
    await as.resident.did('complaints', one.id, 'agree');
    await as.desk.did('complaints', one.id, 'resolve', { action_taken: '已补发' });
    isProblem(await as.desk.act('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true }), 403, 'forbidden');
    isDone(await as.desk2.act('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true }));
  });

  test('not satisfied reopens it under its first promise, and does not count as solved', async () => {
    const one = await walk(await lodge({ category: 'equip.noise', statement: '水泵噪音' }), 'resolved');
    const back = await as.quality.did('complaints', one.id, 'callback', { satisfied: false, heard: true, solved: false });
    assert.deepEqual([back.state, back.reopened, back.resolve_done_at, back.due_resolve_at], ['investigating', 1, null, one.due_resolve_at]);
    assert.equal((await as.quality.read(`callbacks?filter[record]=${one.id}&filter[state]=open`)).items.length, 0);
    await as.eng_lead.did('complaints', one.id, 'propose', { facts: '减震垫老化', proposal: '更换' });
    await as.resident.did('complaints', one.id, 'agree');
    await as.eng_lead.did('complaints', one.id, 'resolve', { action_taken: '已换' });
    const good = await as.quality.did('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true });
    assert.equal(good.state, 'verified');
    assert.equal((await as.quality.read(`callbacks?filter[record]=${one.id}`)).items.length, 2);
  });

  test('unjustified needs a reason', async () => {
    const one = await walk(await lodge({ category: 'env.dog', statement: '邻居养狗' }), 'verified');
    isProblem(await as.manager.act('complaints', one.id, 'close', { cause: 'neighbour', valid: 'invalid' }), 422, 'invalid', ['reason']);
    isProblem(await as.manager.act('complaints', one.id, 'close', { cause: 'bad luck', valid: 'valid' }), 422, 'invalid', ['cause']);
    isDone(await as.manager.act('complaints', one.id, 'close', { cause: 'neighbour', valid: 'invalid', reason: '狗证齐全，查无扰民' }));
  });

  test('a major one is closed by head office, with a corrective action', async () => {
    const one = await lodge({ category: 'security.theft', statement: '家里被盗' });
    await walk(one, 'verified');
    isProblem(await as.manager.act('complaints', one.id, 'close', { cause: 'resource', valid: 'valid' }), 403, 'forbidden');
    const closed = await as.region.did('complaints', one.id, 'close', { cause: 'resource', valid: 'valid' });
    const capa = await as.manager.read(`corrective_actions/${closed.capa}`);
    assert.deepEqual([capa.state, capa.record, capa.record_type], ['open', one.id, 'complaint']);
    const { items } = await as.manager.read(`complaints/${one.id}/links`);
    assert.deepEqual(items.filter((end) => end.resource === 'corrective_actions').map((end) => [end.id, end.kind, end.way]).sort(),
      [[capa.id, 'capa', 'to'], [capa.id, 'record', 'from']]);
    assert.equal(items.filter((end) => end.resource === 'callbacks').length, 1);
  });
});

describe('one of several', () => {
  test('the same house and category again within thirty days after the end is linked and raised', async () => {
    const first = await lodge({ category: 'clean.pest', statement: '有蟑螂' });
    await walk(first, 'verified');
    await as.manager.did('complaints', first.id, 'close', { cause: 'supplier', valid: 'valid' });
    const again = await lodge({ category: 'clean.pest', statement: '蟑螂又来了' });
    assert.deepEqual([again.repeat_of, again.level], [first.id, 2]);
    assert.equal((await as.neighbour.make('complaints', { house: world.houses['1-1-102'], category: 'clean.pest', statement: '我家也有' })).repeat_of, null);
    assert.ok((await as.desk.read(`complaints/${first.id}/links`)).items.some((end) => end.id === again.id && end.way === 'from'));
  });

  test('three of one kind in a building within thirty days propose one corrective action', async () => {
    const houses = ['1-1-101', '1-1-102', '1-1-101', '1-1-102'];
    const made = [];
    for (const no of houses) made.push(await as.desk.make('complaints', { house: world.houses[no], category: 'equip.lift', statement: '电梯又停了' }));
    const seen = await Promise.all(made.map((one) => read(one)));
    assert.deepEqual(seen.slice(0, 2).map((one) => one.capa), [null, null]);
    assert.notEqual(seen[2].capa, null);
    assert.equal(seen[3].capa, seen[2].capa, 'one is enough');
    assert.equal((await as.quality.read(`corrective_actions/${seen[2].capa}`)).category, 'equip.lift');
  });

  test('a group of households is major', async () => {
    const [rule] = (await as.manager.read('rules?filter[code]=complaint.group_homes')).items;
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 2 }));
    const first = await as.desk.make('complaints', { house: world.houses['1-1-101'], category: 'env.smoke', statement: '油烟' });
    const second = await as.desk.make('complaints', { house: world.houses['1-1-102'], category: 'env.smoke', statement: '油烟呛人' });
    assert.deepEqual([first.level, second.level], [3, 1]);
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 10 }));
  });

  test('each limit that is missed raises it once: first answer, plan, solution, return visit; told up the ladder', async () => {
    const { eng_lead } = as, one = await as.desk.make('complaints', { house: home(), category: 'dev.deed', statement: '房产证拖着' });
    const now = () => Date.now() + (world.options.clock ?? 0) * 1000;
    const raises = async () => (await events(one)).filter((line) => line.action === 'escalate').map((line) => [line.actor, line.changes.reason?.[1]]);
    async function miss(limit, expected) {
      await later(Math.ceil((Date.parse((await read(one, as.manager))[`due_${limit}_at`]) - now()) / 1000) + 60);
      const raised = await until(async () => { const got = await read(one, as.manager); return got.raised_for?.includes(limit) && got; }, `raised by ${limit}`);
      assert.deepEqual([raised.level, raised.raised_for.at(-1)], [expected, limit]);
      return raised;
    }
    await as.desk_lead.did('complaints', one.id, 'accept', { owner: world.users.eng_lead });
    await miss('first_contact', 2);
    assert.equal((await read(one)).next_limit, 'first_contact', 'it is still owed');
    await later(3 * HOUR);
    await sleep(6000);
    assert.deepEqual(await raises(), [[null, '超过首次回应时限']], 'once');
    await eng_lead.did('complaints', one.id, 'first_contact', { note: '已电话联系' });
    await miss('propose', 1);
    await eng_lead.did('complaints', one.id, 'propose', { facts: '属实', proposal: '催办' });
    await as.quality.did('complaints', one.id, 'agree');
    await eng_lead.did('complaints', one.id, 'resolve', { action_taken: '已拿到' });
    await miss('callback', 1);
    await as.quality.did('complaints', one.id, 'callback', { satisfied: false, heard: true, solved: false });
    await until(async () => (await read(one, as.manager)).raised_for.includes('resolve'), 'open again under its first promise, which is over');
    assert.deepEqual((await raises()).map(([, why]) => why), ['超过首次回应时限', '超过方案时限', '超过回访时限', '超过解决时限']);
    const reported = async (who) => (await who.read('messages')).items.some((line) => line.record === one.id && line.kind === 'overdue');
    await later(15 * DAY);
    await until(() => reported(as.region), 'open too long');
    assert.equal(await reported(as.desk_lead), false);
  });

  test('one that nobody accepts is told, not raised', async () => {
    const one = await as.desk.make('complaints', { house: world.houses['2-1-201'], category: 'dev.deed', statement: '房产证拖着' });
    await later(Math.ceil(minutes(one.created_at, one.due_accept_at) * 60) + 60);
    await until(async () => (await as.manager.read('messages')).items.some((line) => line.record === one.id && line.kind === 'remind_100'), 'told to the manager');
    const { level, raised_for } = await read(one);
    assert.ok(level === 3 && (raised_for ?? null) === null);
  });
});

/* Through which doors somebody sees a complaint; `word` stands in what was said. */
const EVERY_DOOR = ['one', 'list', 'count', 'search', 'box', 'events', 'links', 'export', 'timeline', 'latest', 'messages', 'household'];
async function doors(who, one, word) {
  const is = (row) => [row.id, row.record].includes(one.id);
  const house = await as.region.read(`complaints/${one.id}`).then(({ house: at }) => at);
  const seen = {
    one: (await who.get(`complaints/${one.id}`)).status !== 404,
    list: (await who.read('complaints?limit=500')).items.some(is),
    count: (await who.read(`complaints?filter[id]=${one.id}&count=true`)).count > 0,
    search: (await who.read(`complaints?q=${word}`)).items.length > 0,
    box: JSON.stringify(await who.read(`search?q=${word}`)).includes(one.id),
    events: (await who.get(`complaints/${one.id}/events`)).status !== 404,
    links: (await who.get(`complaints/${one.id}/links`)).status !== 404,
    export: (await who.get('complaints/export?format=csv')).text.includes(word),
    timeline: (await who.read(`houses/${house}/timeline?limit=500`)).items.some(is),
    latest: (await who.read('complaints?sort=-created_at&limit=20&include=complainant,house')).items.some(is),
    messages: (await who.read('messages')).items.some(is),
    household: (await who.read(`houses/${house}/household`)).open.some(is),
  };
  return Object.keys(seen).filter((door) => seen[door]);
}

describe('who must not see it', () => {
  test('a complaint about somebody hides from that person everywhere, whatever the role', async () => {
    const one = await as.manager.make('complaints', { house: home(), category: 'staff.attitude', statement: '前台态度差zzqx', about_staff: [world.users.desk] });
    const { desk, desk2 } = as;
    assert.deepEqual(await doors(desk, one, 'zzqx'), []);
    assert.deepEqual(await doors(desk2, one, 'zzqx'), EVERY_DOOR);
    const count = async (who) => (await who.read('figures/complaint_count?filter[category]=staff.attitude')).rows[0].n;
    assert.equal(await count(desk2), await count(desk) + 1);
    isProblem(await as.desk_lead.act('complaints', one.id, 'accept', { owner: world.users.desk }), 422, 'invalid', ['owner']);
    isProblem(await desk.act('complaints', one.id, 'accept', { owner: world.users.desk }), 404, 'not_found');
    await as.desk_lead.did('complaints', one.id, 'accept', { owner: world.users.quality });
    await as.quality.did('complaints', one.id, 'first_contact', { note: '面谈' });
    await as.quality.did('complaints', one.id, 'propose', { facts: '属实', proposal: '道歉' });
    await as.resident.get('complaints');
    await as.manager.did('complaints', one.id, 'agree');
    await as.quality.did('complaints', one.id, 'resolve', { action_taken: '已道歉' });
    assert.equal((await desk2.read(`callbacks?filter[record]=${one.id}`)).items.length, 1);
    assert.deepEqual((await desk.read(`callbacks?filter[record]=${one.id}`)).items, [], 'nor the call-back about it');
  });

  test('a confidential one is known to those who handle it and to who answers for it, through no door to anybody else', async () => {
    const one = await as.desk.make('complaints', { house: home(), complainant: world.parties.resident, category: 'clean.lobby', statement: '楼上长期占用公共过道zzgm', photos: [await as.desk.photo()] });
    const photo = (await read(one)).photos[0], knows = async (...who) => Promise.all(who.map(async (name) => (await as[name].get(`complaints/${one.id}`)).status === 200));
    assert.deepEqual(await doors(as.desk2, one, 'zzgm'), EVERY_DOOR, 'while nothing is confidential');
    const counted = async (who) => (await who.read('figures/complaint_per_1000_homes')).rows[0].n;
    assert.equal(await counted(as.desk2), await counted(as.manager) - (await lost()));
    async function lost() { return (await as.manager.read('complaints?count=true&filter[counted]=true')).count - (await as.desk2.read('complaints?count=true&filter[counted]=true')).count; }
    const gap = await lost();
    isDone(await as.desk.patch(`complaints/${one.id}`, { confidential: true }));
    assert.equal(await lost(), gap + 1, 'nor in a number');
    assert.deepEqual(await doors(as.desk2, one, 'zzgm'), []);
    assert.equal((await as.desk2.get(`files/${photo}`)).status, 404);
    isProblem(await as.desk2.act('complaints', one.id, 'accept', { owner: world.users.desk2 }), 404, 'not_found');
    isProblem(await as.desk2.act('complaints', one.id, 'note', { text: 'x' }), 404, 'not_found');
    isProblem(await as.desk2.patch(`complaints/${one.id}`, { title: 'x' }), 404, 'not_found');
    assert.deepEqual(await doors(as.desk_lead, one, 'zzgm'), EVERY_DOOR);
    assert.deepEqual(await knows('desk', 'resident', 'quality', 'manager', 'region', 'engineer', 'neighbour', 'far_desk'), [true, true, true, true, true, false, false, false]);

    await as.desk_lead.did('complaints', one.id, 'accept', { owner: world.users.eng_lead });
    await as.eng_lead.did('complaints', one.id, 'assist', { co_handlers: [world.users.engineer] });
    assert.deepEqual(await knows('eng_lead', 'engineer', 'engineer2', 'desk2'), [true, true, false, false]);
    await as.eng_lead.did('complaints', one.id, 'first_contact', { note: '面谈' });
    await as.eng_lead.did('complaints', one.id, 'propose', { facts: '属实', proposal: '清走' });
    await as.resident.did('complaints', one.id, 'agree');
    await as.eng_lead.did('complaints', one.id, 'resolve', { action_taken: '已清走' });
    const [visit] = (await as.quality.read(`callbacks?filter[record]=${one.id}`)).items;
    assert.ok(![world.users.desk, world.users.desk2, world.users.eng_lead].includes(visit.owner), 'the return visit is nobody’s who must not know');
    assert.deepEqual((await as.desk2.read(`callbacks?filter[record]=${one.id}`)).items, [], 'nor what hangs on it');
    assert.ok(!(await as.desk2.read('messages')).items.some((line) => line.record === visit.id || line.text.includes('过道')));
    await as.quality.did('complaints', one.id, 'callback', { satisfied: true, heard: true, solved: true });

    isDone(await as.manager.patch(`complaints/${one.id}`, { confidential: false }));
    assert.deepEqual(await doors(as.desk2, one, 'zzgm'), EVERY_DOOR, 'and known again when it is not confidential any more');
  });

  test('what a confidential complaint was before is as confidential; live events tell nobody of it', async () => {
    const enquiry = await as.desk.make('enquiries', { question: '邻居家装修的事zzyq', caller: world.parties.resident, house: home() });
    await as.desk.did('enquiries', enquiry.id, 'answer', { answer: '登记投诉' });
    const done = await as.desk.did('enquiries', enquiry.id, 'convert', { became: 'complaint', category: 'clean.lobby' });
    const stream = await listen(as.desk2);
    isDone(await as.desk.patch(`complaints/${done.became_ref}`, { confidential: true }));
    const last = await as.desk.make('complaints', { house: home(), category: 'clean.smell', statement: '大堂有味' });
    await stream.until((event) => event.data?.id === last.id);
    assert.ok(!stream.events.some((event) => event.data?.id === done.became_ref));
    stream.close();
    isProblem(await as.desk2.get(`enquiries/${enquiry.id}`), 404, 'not_found');
    assert.deepEqual((await as.desk2.read('enquiries?q=zzyq')).items, []);
    assert.equal((await as.desk.get(`enquiries/${enquiry.id}`)).status, 200);
  });

  test('one about the project manager goes to head office, hidden from the manager', async () => {
    const one = await as.desk.make('complaints', { house: home(), category: 'staff.conflict', statement: '项目经理推搡业主', about_staff: [world.users.manager] });
    assert.equal((await as.manager.get(`complaints/${one.id}`)).status, 404);
    assert.ok(!(await as.manager.read('messages')).items.some((line) => line.record === one.id));
    assert.ok((await as.region.read('messages')).items.some((line) => line.record === one.id));
    const twice = await walk2(one);
    assert.notEqual(twice.mediator, world.users.manager, 'somebody else mediates');
    async function walk2(it) {
      await as.region.did('complaints', it.id, 'accept', { owner: world.users.quality });
      await as.quality.did('complaints', it.id, 'first_contact', { note: '面谈' });
      for (let i = 0; i < 2; i++) {
        await as.quality.did('complaints', it.id, 'propose', { facts: '属实', proposal: '停职检查' });
        await as.desk.did('complaints', it.id, 'disagree', { reason: '不够' });
      }
      return as.region.read(`complaints/${it.id}`);
    }
  });

  test('a complaint about staff that names a repair is about its engineer', async () => {
    const repair = await repairIn(world, 'assigned');
    const one = await as.resident.make('complaints', { house: home(), category: 'staff.late', statement: '师傅没来', about_record: repair.id });
    assert.deepEqual((await read(one)).about_staff, [world.users.engineer]);
    isProblem(await as.resident.post('complaints', { house: home(), category: 'staff.late', statement: 'x', about_record: '12345' }), 422, 'invalid', ['about_record']);
  });

  test('co-handlers see it and work on it, other staff do not', async () => {
    const one = await walk(await lodge({ category: 'clean.garbage', statement: '垃圾没清' }), 'accepted');
    assert.equal((await as.engineer.get(`complaints/${one.id}`)).status, 404);
    await as.eng_lead.did('complaints', one.id, 'assist', { co_handlers: [world.users.engineer] });
    assert.ok(actionsOf(await read(one, as.engineer)).includes('first_contact'));
    isProblem(await as.desk_lead.act('complaints', one.id, 'assist', { co_handlers: [world.users.resident] }), 422, 'invalid', ['co_handlers']);
  });

  test('anonymous: no complainant, no actor, nobody’s key; the same key again is the same complaint', async () => {
    const key = { 'idempotency-key': 'anon-1' };
    const body = { anonymous: true, category: 'staff.smoking', statement: '有人在岗亭睡觉', project: world.projects?.main };
    if (body.project === undefined) delete body.project;
    const one = await as.resident.make('complaints', body, key);
    assert.deepEqual([one.complainant, one.house], [null, null]);
    assert.equal((await as.resident.make('complaints', body, key)).id, one.id);
    const [line] = await events(one);
    assert.deepEqual([line.action, line.actor], ['lodge', null]);
    assert.equal((await as.resident.get(`complaints/${one.id}`)).status, 404, 'not even to who wrote it');
    assert.equal((await as.resident.get('complaints/key:anon-1')).status, 404);
    assert.ok(!JSON.stringify(await read(one, as.manager)).includes(world.parties.resident));
  });
});

describe('bad cases', () => {
  test('withdrawn by the complainant’s own statement; it ends, and is not counted as satisfied', async () => {
    const one = await walk(await lodge({ category: 'green.pesticide', statement: '打药没通知' }), 'accepted');
    isProblem(await as.desk.act('complaints', one.id, 'withdraw', { statement: '他说算了' }), 403, 'forbidden');
    const ended = await as.resident.did('complaints', one.id, 'withdraw', { statement: '误会，撤诉' });
    assert.deepEqual([ended.state, ended.withdrawn, ended.satisfied], ['closed', true, null]);
  });

  test('not ours: refused by the manager with a reason, and where to turn', async () => {
    const one = await lodge({ category: 'dev.amenity', statement: '学校没建' });
    isProblem(await as.desk.act('complaints', one.id, 'refuse', { reason: 'x' }), 403, 'forbidden');
    isProblem(await as.manager.act('complaints', one.id, 'refuse', {}), 422, 'invalid', ['reason']);
    assert.equal((await as.manager.did('complaints', one.id, 'refuse', { reason: '请向住建局反映，电话 12345' })).state, 'refused');
  });

  test('nobody answers: three attempts on two days make it unreachable, not satisfied', async () => {
    const one = await walk(await lodge({ category: 'security.patrol', statement: '巡逻不到位' }), 'resolved');
    const [call] = (await as.quality.read(`callbacks?filter[record]=${one.id}`)).items;
    const attempt = () => as.quality.did('callbacks', call.id, 'attempt', { note: '无人接听' });
    await attempt();
    isProblem(await as.quality.act('complaints', one.id, 'unreachable'), 422, 'invalid', ['outcome']);
    await attempt();
    await attempt();
    isProblem(await as.quality.act('complaints', one.id, 'unreachable'), 422, 'invalid', ['outcome']);
    await later(DAY);
    await attempt();
    const done = await as.quality.did('complaints', one.id, 'unreachable');
    assert.deepEqual([done.state, done.satisfied], ['verified', null]);
    assert.equal((await as.quality.read(`callbacks/${call.id}`)).outcome, 'unreachable');
  });

  test('a resident cannot complain in another’s name or home, nor set the level', async () => {
    isProblem(await as.resident.post('complaints', { house: world.houses['1-1-102'], category: 'clean.smell', statement: 'x' }), 422, 'invalid', ['house']);
    assert.equal((await as.resident.make('complaints', { category: 'fee.share', statement: '公摊', level: 1 })).level, 3);
    isProblem(await as.resident.post('complaints', { category: 'nothing', statement: 'x' }), 422, 'invalid', ['category']);
    isProblem(await as.resident.post('complaints', { category: 'fee.share' }), 422, 'invalid', ['statement']);
  });
});

describe('call-backs of other kinds', () => {
  test('opened by hand: an attempt, then the answer', async () => {
    isProblem(await as.desk.post('callbacks', { title: '回电' }), 422, 'invalid', ['house']);
    const call = await as.desk.make('callbacks', { title: '问问搬家的事', house: home(), due_at: new Date(Date.now() + HOUR * 1000).toISOString() });
    assert.deepEqual([call.reason, call.state, call.owner], ['by_hand', 'open', world.users.desk]);
    await as.desk.did('callbacks', call.id, 'attempt', { note: '占线' });
    isProblem(await as.desk.act('callbacks', call.id, 'close', { outcome: 'unreachable' }), 422, 'invalid', ['outcome']);
    const done = await as.desk.did('callbacks', call.id, 'close', { outcome: 'reached', note: '下周搬' });
    assert.deepEqual([done.state, done.attempts], ['closed', 1]);
  });

  test('a share of the repairs is called back; not solved sends the repair to rework', async () => {
    const [rule] = (await as.manager.read('rules?filter[code]=repair.callback_percent')).items;
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 100 }));
    const repair = await repairIn(world, 'finished');
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 5 });
    const [call] = (await as.desk.read(`callbacks?filter[record]=${repair.id}`)).items;
    assert.deepEqual([call.reason, call.record_no], ['sample', repair.no]);
    assert.equal((await as.engineer.get(`callbacks/${call.id}`)).status, 404);
    isProblem(await as.desk.act('callbacks', call.id, 'close', { outcome: 'reached' }), 422, 'invalid', ['solved']);
    await as.desk.did('callbacks', call.id, 'close', { outcome: 'reached', satisfied: false, solved: false, note: '又漏了' });
    assert.equal((await as.desk.read(`repairs/${repair.id}`)).state, 'assigned');
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 0 }));
    const other = await repairIn(world, 'finished');
    await as.resident.did('repairs', other.id, 'confirm', { overall: 5 });
    assert.deepEqual((await as.desk.read(`callbacks?filter[record]=${other.id}`)).items, []);
  });
});

describe('figures of complaints', () => {
  test('each has rows, a method, and opens exactly what it counts', async () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const name of ['complaint_count', 'complaint_per_1000_homes', 'complaint_first_answer_in_time', 'complaint_resolved_in_time', 'complaint_satisfied', 'complaint_repeat']) {
      const figure = await as.manager.read(`figures/${name}?from=2020-01-01&to=${today.slice(0, 4)}-12-31`);
      assert.equal(figure.rows.length, 1, name);
      assert.ok(figure.method.length > 10);
      const [row] = figure.rows;
      assert.ok(row.n > 0, `${name} counts something`);
      const query = Object.entries(row.filter).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
      assert.equal((await as.manager.read(`complaints?count=true&${query}`)).count, row.n, name);
    }
  });
  test('per 1,000 homes: of the homes of the project, or of the building; a week without one is a row of 0', async () => {
    const per = async (params = '') => (await as.manager.read(`figures/complaint_per_1000_homes?${params}`)).rows;
    const [all] = await per();
    const [count] = (await as.manager.read('figures/complaint_count')).rows;
    assert.deepEqual([all.n, all.of, all.low, all.high], [count.n, 4, null, null]);
    assert.equal(all.value, count.n / 4 * 1000);
    const garage = await as.desk.make('houses', { no: '9-1-B01', use: 'garage', project: world.projects.TYHY });
    assert.equal((await per())[0].of, 4, 'a garage is no home');
    for (const row of await per('by=building')) {
      const homes = (await as.manager.read('houses?limit=100')).items.filter((house) => house.id !== garage.id && house.no.startsWith(row.label.replace(/\D/g, '') + '-')).length;
      if (row.key !== 'none') assert.deepEqual([row.of, row.value], [homes, row.n / homes * 1000], row.label);
      if (row.key !== 'none') assert.deepEqual((await per(`filter[building]=${row.key}`)).map(({ n, of }) => [n, of]), [[row.n, row.of]]);
    }
    const monday = new Date(Date.now() - 28 * 86_400_000).toISOString().slice(0, 10);
    const weeks = await per(`by=week&from=${monday}`);
    assert.ok(weeks.length >= 5 && weeks[0].n === 0 && weeks.every(({ n, value, of }) => value === n / 4 * 1000 && of === 4), JSON.stringify(weeks));
    const first = new Date(`${weeks[0].key}T00:00Z`).getTime();
    assert.deepEqual(weeks.map(({ key }) => (new Date(`${key}T00:00Z`).getTime() - first) / (7 * 86_400_000)), weeks.map((_, i) => i));
    assert.equal((await per('filter[building][in]=1,2'))[0].value, null, 'not guessed');
    assert.equal((await as.manager.read('figures')).items.find(({ name }) => name === 'complaint_per_1000_homes').kind, 'rate');
  });
  test('causes', async () => {
    const causes = await as.manager.read('figures/complaint_count?by=cause');
    assert.ok(causes.rows.some((row) => row.key === 'process'));
  });
  test('by the days’ tally they are what the records come to, by whatever they are told apart', async () => {
    const { items } = await as.region.read('figures'), rows = async (name, query) => (await as.region.read(`figures/${name}?${query}`)).rows.map(({ key, label, n, value }) => ({ key, label, n, value }));
    for (const figure of items.filter(({ resource }) => resource === 'complaints'))
      for (const by of ['', ...figure.by.map((one) => `by=${one}`)])
        assert.deepEqual(await rows(figure.name, by), await rows(figure.name, `${by}&filter[created_at][gte]=2000-01-01`), `${figure.name} ${by}`); // a filter that no tally knows
  });
  test('a tally that differs from the records is found, and made anew where it is missing', async () => {
    const [right] = (await as.region.read('figures/complaint_count')).rows;
    const ready = () => rowsOf(world, "SELECT count(*) FROM tally_ready WHERE figure = 'complaint_count'")[0][0], made = ready(); // of each company
    rowsOf(world, "UPDATE tally SET n = n + 1 WHERE figure = 'complaint_count' AND part = '' AND day = (SELECT max(day) FROM tally WHERE figure = 'complaint_count')");
    assert.equal((await as.region.read('figures/complaint_count')).rows[0].n, right.n + 1, 'it is the tally that answers');
    await world.server.stop();
    const checked = anju(['check', '--data', world.folder]);
    assert.equal(checked.code, 1, checked.out);
    assert.match(checked.out + checked.err, /complaint_count on \d{4}-\d\d-\d\d: the tally differs from the records/);
    rowsOf(world, "DELETE FROM tally_ready WHERE figure = 'complaint_count'");
    await world.restart();
    await until(() => ready() === made, 'made anew');
    assert.deepEqual((await as.region.read('figures/complaint_count')).rows[0], right);
  });
});
