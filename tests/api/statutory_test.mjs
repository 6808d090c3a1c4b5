/* 法定日历, what law makes due on a day: people's certificates (card P34), contractors' licences, inspections of machines (card P18); each with its paper. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, until } from './world.mjs';

const DAY = 86_400;
let world, as, lead, engineer, manager, guard_lead, helper, project, place, n = 0;
const day = (days = 0) => new Date(Date.now() + 8 * 3600_000 + ((world.options.clock ?? 0) + days * DAY) * 1000).toISOString().slice(0, 10);
const later = async (days) => {
  await world.restart({ clock: days * DAY });
  await world.loginAll();
  for (const who of [guard_lead, ...(days < 66 && days > 0 ? [helper] : [])]) who.token = await world.login(who.login);
};
const paper = async (who = lead) => isDone(await who.upload(Buffer.from(`%PDF-1.4\n% ${++n}\n%%EOF\n`), '证书.pdf', 'application/pdf'), 201).id;
const certificate = async (more = {}, who = lead) => who.make('certificates', { person: world.users.engineer, kind: 'low_voltage', number: `T-${++n}`, valid_until: day(400), document: await paper(who), ...more });
const wordsOf = async (user) => (await manager.read(`users/${user}`)).certificates ?? [];
const told = async (who, record) => (await who.read('messages')).items.filter((one) => one.record === record.id).map((one) => one.kind);
const dates = async (who = lead, more = '') => (await who.read(`statutory/dates?${more}`)).items;
const dateOf = async (record, who = lead, more = '') => (await dates(who, more)).find((one) => one.id === record.id);

before(async () => {
  world = await openWorld({ clock: 0 });
  as = world.as;
  ({ eng_lead: lead, engineer, manager } = as);
  project = world.projects.TYHY;
  place = world.spaces.lobby;
  guard_lead = await world.person('guard_lead', [{ role: 'guard_lead', scope: project }]);
  helper = await world.person('helper', [{ role: 'engineer', scope: project }], { name: '何师傅', certificates: ['gas_work'] });
});
after(() => world.close());

describe('a certificate', () => {
  test('is entered with its document by who leads the person; his words follow', async () => {
    const one = await certificate({ number: 'T4403', issued_on: '2020-01-01' });
    assert.deepEqual([one.state, one.title, one.project, one.valid_until], ['valid', '冯师傅 低压电工证', project, day(400)]);
    assert.ok((await wordsOf(world.users.engineer)).includes('low_voltage'));
    assert.equal((await engineer.get(`files/${one.document}`)).status, 200, 'he sees his paper');
    assert.equal((await certificate({ kind: '低压电工证' })).kind, 'low_voltage', 'one word for one kind');
    const own = await certificate({ person: helper.id, kind: '司炉证', valid_until: undefined });
    assert.deepEqual([own.title, own.valid_until], ['何师傅 司炉证', null]);
    assert.deepEqual(await wordsOf(helper.id), ['gas_work', '司炉证'], 'what was there stays');
    isDone(await lead.del(`certificates/${own.id}`), 204);
    assert.deepEqual(await wordsOf(helper.id), ['gas_work'], 'put away it counts no more');
  });
  test('is refused by its field', async () => {
    const document = await paper();
    const body = { person: world.users.engineer, kind: 'high_work', number: 'X-1', valid_until: day(10), document };
    for (const [field, more] of [['document', { document: null }], ['document', { document: '1' }], ['person', { person: world.users.resident }], ['person', { person: world.users.far_engineer }], ['person', { person: null }],
      ['kind', { kind: '' }], ['number', { number: null }], ['valid_until', { valid_until: '2026-02-30' }], ['issued_on', { issued_on: day(2) }], ['valid_until', { issued_on: day(-2), valid_until: day(-3) }],
      ['person', { person: world.users.guard }]]) /* not led by the engineers' lead */
      isProblem(await lead.post('certificates', { ...body, ...more }), 422, 'invalid', [field]);
    await lead.make('certificates', body);
    isProblem(await lead.post('certificates', body), 422, 'invalid', ['person']);
    await lead.make('certificates', { ...body, number: 'X-2' });
  });
  test('is hidden from residents and from who does not lead the person', async () => {
    const one = await certificate(), ours = await guard_lead.make('certificates', { person: world.users.guard, kind: 'guard_licence', number: 'B-1', document: await paper(guard_lead) });
    for (const who of [lead, manager, as.region, as.admin, engineer]) assert.equal((await who.get(`certificates/${one.id}`)).status, 200, who.login);
    for (const who of [guard_lead, helper, as.engineer2, as.desk, as.quality, as.guard, as.resident, as.far_desk]) isProblem(await who.get(`certificates/${one.id}`), 404, 'not_found');
    assert.deepEqual((await as.guard.read('certificates')).items.map((row) => row.id), [ours.id], 'he sees his own');
    assert.equal((await as.quality.get(`files/${one.document}`)).status, 404);
    const body = { person: world.users.engineer, kind: 'low_voltage', number: 'N-1', document: await paper(engineer) };
    for (const who of [engineer, as.desk, as.resident, as.quality]) isProblem(await who.post('certificates', body), 403, 'forbidden');
    isProblem(await engineer.act('certificates', one.id, 'renew', { valid_until: day(900), document: body.document }), 403, 'forbidden');
    isProblem(await engineer.patch(`certificates/${one.id}`, { number: 'N-2' }), 403, 'forbidden');
    isProblem(await as.resident.get('statutory/dates'), 403, 'forbidden');
    for (const name of ['remind', 'expire']) isProblem(await manager.act('certificates', one.id, name), 403, 'forbidden');
  });
  test('is renewed with its document only, and keeps what it was', async () => {
    const one = await certificate({ kind: 'lift_T', number: 'L-1', valid_until: day(20) }), document = await paper();
    isProblem(await lead.act('certificates', one.id, 'renew', { valid_until: day(400) }), 422, 'invalid', ['document']);
    isProblem(await lead.act('certificates', one.id, 'renew', { document }), 422, 'invalid', ['valid_until']);
    for (const until of [day(20), day(-1)]) isProblem(await lead.act('certificates', one.id, 'renew', { valid_until: until, document }), 422, 'invalid', ['valid_until']);
    isProblem(await lead.patch(`certificates/${one.id}`, { valid_until: day(400) }), 422, 'invalid', ['document']);
    isProblem(await lead.patch(`certificates/${one.id}`, { valid_until: null }), 422, 'invalid', ['document']);
    isProblem(await lead.patch(`certificates/${one.id}`, { person: helper.id, kind: 'gas_work' }), 422, 'invalid', ['person', 'kind']);
    assert.equal(isDone(await lead.patch(`certificates/${one.id}`, { valid_until: day(19) })).valid_until, day(19), 'a mistake is put right');
    const now = await lead.did('certificates', one.id, 'renew', { valid_until: day(400), document, number: 'L-2' });
    assert.deepEqual([now.state, now.valid_until, now.document, now.number], ['valid', day(400), document, 'L-2']);
    const event = (await lead.read(`certificates/${one.id}/events`)).items.find((row) => row.action === 'renew');
    assert.deepEqual([event.changes.valid_until, event.changes.document, event.changes.number], [[day(19), day(400)], [one.document, document], ['L-1', 'L-2']]);
    assert.equal((await lead.get(`files/${one.document}`)).status, 200, 'the old paper is still there');
  });
  test('that has run out when it is entered counts at no time', async () => {
    const one = await certificate({ kind: 'refrigeration', valid_until: day(-1) });
    assert.equal((await lead.read(`certificates/${one.id}`)).state, 'expired');
    assert.ok(!(await wordsOf(world.users.engineer)).includes('refrigeration'));
    isProblem(await lead.patch(`certificates/${one.id}`, { valid_until: day(-2) }), 409, 'wrong_state');
    await lead.did('certificates', one.id, 'renew', { valid_until: day(300), document: await paper() });
    assert.ok((await wordsOf(world.users.engineer)).includes('refrigeration'));
  });
});

describe('with time', () => {
  /* A licence; an inspection that no plan holds, and one that a plan holds; a licence that is renewed in time. */
  let firm, vessel, lift, renewed;
  const heard = async (who, record) => (await who.read('messages')).items.filter((row) => row.record === record.id && ['remind', 'expire'].includes(row.kind)).map((row) => row.text.replace(/^.*: /, ''));
  const begin = async () => {
    [firm, renewed] = [await lead.make('contractors', { name: '三菱维保', licence_until: day(64) }), await lead.make('contractors', { name: '通力维保', licence_until: day(64) })];
    vessel = await lead.make('equipment', { code: 'YL-8', type: 'pressure_vessel', name: '膨胀罐', space: place, next_inspection: day(64) });
    lift = await lead.make('equipment', { code: 'DT-8', type: 'lift_passenger', name: '8 号梯', space: place, next_inspection: day(64) });
    await lead.did('equipment', lift.id, 'plan');
  };
  const ahead = async (left) => {
    await until(async () => (await heard(lead, firm))[0] === `the licence runs out in ${left} days` && (await heard(lead, vessel))[0] === `the inspection runs out in ${left} days`, `${left} days ahead`);
    if (left === 29) await lead.did('contractors', renewed.id, 'renew', { licence_until: day(400), licence_document: await paper() });
    if (left === 6) assert.deepEqual([(await heard(lead, firm)).length, (await heard(lead, vessel)).length, await heard(lead, lift), await heard(as.engineer2, firm), await heard(manager, firm)], [2, 2, [], [], []], 'each once; of the lift its tasks tell');
  };
  const past = async () => {
    for (const who of [lead, manager, as.region]) await until(async () => (await heard(who, firm))[0] === 'the licence has run out' && /run out/.test((await heard(who, vessel))[0]), `past, for ${who.login}`);
    assert.deepEqual(await heard(manager, renewed), []);
  };
  test('60, 30 and 7 days ahead the person and his lead are told, then manager and head office; what has run out does not count', async () => {
    await begin();
    const one = await certificate({ kind: 'high_voltage', valid_until: day(64) }), other = await certificate({ person: helper.id, kind: 'gas_work', valid_until: day(64) });
    const spare = await certificate({ person: helper.id, kind: 'gas_work', valid_until: day(300) }), until_on = one.valid_until;
    const said = async (who) => (await who.read('messages')).items.filter((row) => row.record === one.id && row.kind === 'remind').map((row) => row.text); /* of the last month */
    await later(3);
    assert.deepEqual(await said(lead), []);
    for (const days of [5, 35, 58]) {
      await later(days);
      const words = `冯师傅 高压电工证: runs out in ${64 - days} days: renew it`;
      await until(async () => (await said(engineer)).includes(words) && (await said(lead)).includes(words), words);
      assert.equal((await said(lead)).filter((text) => text === words).length, 1);
      await ahead(64 - days);
    }
    assert.equal((await said(engineer)).length, 2, 'each of them once');
    assert.deepEqual([await told(guard_lead, one), await told(as.engineer2, one), await told(as.resident, one)], [[], [], []]);
    await later(64);
    assert.equal((await lead.read(`certificates/${one.id}`)).state, 'valid', 'the last day is a day');
    await later(65);
    await until(async () => (await lead.read(`certificates/${one.id}`)).state === 'expired', 'expired');
    await until(async () => (await lead.read(`certificates/${other.id}`)).state === 'expired', 'the other too');
    for (const who of [engineer, lead, manager, as.region]) assert.ok((await told(who, one)).includes('expire'), who.login);
    assert.ok(!(await wordsOf(world.users.engineer)).includes('high_voltage'), 'dispatch does not find it any more');
    assert.deepEqual(await wordsOf(helper.id), ['gas_work'], 'another of the kind is valid');
    assert.deepEqual([(await dateOf(one)).state, (await dateOf(one)).on], ['expired', until_on]);
    await lead.did('certificates', one.id, 'renew', { valid_until: day(100), document: await paper() });
    assert.ok((await wordsOf(world.users.engineer)).includes('high_voltage'));
    isDone(await lead.del(`certificates/${spare.id}`), 204);
    assert.deepEqual(await wordsOf(helper.id), []);
    await later(66); /* nine in the morning behind it has come, at whatever hour this runs */
    await past();
    isDone(await as.admin.patch(`users/${helper.id}`, { active: false }));
    assert.equal(await dateOf(other), undefined, 'who has left is not waited for');
    await later(0);
  });
});

describe('dates of the law without a plan', () => {
  test('stand together, each with its paper and the action that brings the next', async () => {
    const one = await certificate({ kind: 'confined_space', number: 'C-7', valid_until: day(30) });
    const firm = await lead.make('contractors', { name: '迅达维保', licence_no: 'TS-1', licence_until: day(40) });
    const vessel = await lead.make('equipment', { code: 'YL-1', type: 'pressure_vessel', name: '稳压罐', space: place, registration_no: 'R-9', next_inspection: day(50) });
    const tell = ({ kind, title, of, resource, number, on, state, document, actions }) => [kind, title, of, resource, number, on, state, document, actions.map(({ name }) => name).filter((name) => ['renew', 'inspect'].includes(name))];
    const zh = (await lead.get('statutory/dates', { 'accept-language': 'zh' })).body.items;
    assert.deepEqual(tell(zh.find(({ id }) => id === one.id)), ['certificate', '有限空间证', '冯师傅', 'certificates', 'C-7', day(30), 'valid', one.document, ['renew']]);
    assert.deepEqual(tell(zh.find(({ id }) => id === firm.id)), ['licence', '外包单位资质', '迅达维保', 'contractors', 'TS-1', day(40), 'valid', null, ['renew']]);
    assert.deepEqual(tell(zh.find(({ id }) => id === vessel.id)), ['inspection', '定期检验', '稳压罐', 'equipment', 'R-9', day(50), 'valid', null, ['inspect']]);
    assert.equal((await dateOf(one, lead, `to=${day(29)}`)), undefined, 'not what lies beyond');
    assert.deepEqual((await dateOf(one, engineer)).actions, [], 'he sees his own, and renews nothing');
    assert.equal(await dateOf(one, as.engineer2), undefined);
    assert.equal(await dateOf(vessel, as.region, `project=${world.projects.ERQI}`), undefined);
    assert.ok(await dateOf(firm, as.region, `project=${world.projects.ERQI}`), 'a contractor works everywhere');
    isProblem(await lead.get('statutory/dates?to=soon'), 422, 'invalid', ['to']);
    isProblem(await lead.get('statutory/dates?project=x'), 422, 'invalid', ['project']);
    isProblem(await lead.get(`statutory/dates?project=${world.projects.ERQI}`), 404, 'not_found');
  });
  test('a licence is renewed and an inspection entered with their papers only', async () => {
    const firm = await lead.make('contractors', { name: '安消维保', licence_until: day(-3) }), document = await paper();
    assert.deepEqual([(await dateOf(firm)).state, (await dateOf(firm)).on], ['expired', day(-3)]);
    isProblem(await lead.act('contractors', firm.id, 'renew', { licence_until: day(300) }), 422, 'invalid', ['licence_document']);
    isProblem(await lead.act('contractors', firm.id, 'renew', { licence_until: day(-1), licence_document: document }), 422, 'invalid', ['licence_until']);
    isProblem(await engineer.act('contractors', firm.id, 'renew', { licence_until: day(300), licence_document: document }), 403, 'forbidden');
    await lead.did('contractors', firm.id, 'renew', { licence_until: day(300), licence_document: document });
    assert.deepEqual([(await dateOf(firm)).state, (await dateOf(firm)).document], ['valid', document]);
    const tank = await lead.make('equipment', { code: 'YL-2', type: 'pressure_vessel', name: '分水罐', space: place, next_inspection: day(5) }), report = await paper();
    isProblem(await lead.act('equipment', tank.id, 'inspect', { next_inspection: day(1000) }), 422, 'invalid', ['inspection_report']);
    isProblem(await lead.act('equipment', tank.id, 'inspect', { next_inspection: day(0), inspection_report: report }), 422, 'invalid', ['next_inspection']);
    isProblem(await engineer.act('equipment', tank.id, 'inspect', { next_inspection: day(1000), inspection_report: report }), 403, 'forbidden');
    await lead.did('equipment', tank.id, 'inspect', { next_inspection: day(300), inspection_report: report });
    assert.deepEqual([(await dateOf(tank)).on, (await dateOf(tank)).document], [day(300), report]);
    await lead.did('equipment', tank.id, 'scrap', { reason: '更换' });
    assert.equal(await dateOf(tank), undefined);
  });
  test('an inspection that a plan holds is not among them, one beside maintenance is; done with its report it moves the machine on', async () => {
    const lift = await lead.make('equipment', { code: 'DT-9', type: 'lift_passenger', name: '9 号梯', space: place, next_inspection: day(20) });
    await lead.did('equipment', lift.id, 'plan');
    assert.equal(await dateOf(lift), undefined);
    const plans = (await lead.read(`plans?filter[equipment]=${lift.id}&limit=100`)).items, inspect = plans.find(({ title }) => title.includes('定期检验')), half = plans.find(({ title }) => title.endsWith('半月维保'));
    const finish = async (task) => {
      const items = (await lead.read(`checklist_templates/${task.checklist_template}`)).items.map((one) => ({ item: one.item, value: one.kind === 'number' ? (one.min ?? one.max ?? '1') : 'pass' })), document = await paper(engineer);
      return engineer.did('tasks', task.id, 'finish', { items, document });
    };
    const now = async () => lead.read(`equipment/${lift.id}`);
    await finish((await lead.read(`tasks?filter[plan]=${half.id}`)).items[0]);
    assert.equal((await now()).next_inspection, day(20), 'maintenance is no inspection');
    const [task] = (await lead.read(`tasks?filter[plan]=${inspect.id}&sort=due_at`)).items, done = await finish(task);
    const [next] = (await lead.read(`plans/coming?statutory=true&from=${day(300)}&to=${day(500)}`)).rows.find(({ plan }) => plan === inspect.id).dates;
    assert.deepEqual([(await now()).next_inspection, (await now()).inspection_report], [next.slice(0, 10), done.document]);
    assert.ok(next.slice(0, 4) > day(20).slice(0, 4));
    const event = (await lead.read(`equipment/${lift.id}/events`)).items.find((row) => row.action === 'inspect');
    assert.deepEqual(event.changes.next_inspection, [day(20), next.slice(0, 10)]);
    await lead.did('plans', inspect.id, 'end');
    assert.equal((await dateOf(lift, lead, `to=${day(500)}`)).on, next.slice(0, 10), 'without its plan it stands alone, whatever maintenance there is');
  });
});
