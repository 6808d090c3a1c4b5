/* 计划、任务、检查表 (cards P12, P18): recurrence, windows, what a stop leaves, checklists with limits, what law asks for. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { isDone, isProblem, openWorld, until } from './world.mjs';

const DAY = 86_400;
let world, lead, engineer, guard, manager, desk;
const preview = (body, who = lead) => who.post('plans/preview', body);
const dates = async (body) => isDone(await preview(body)).dates.map((at) => at.slice(0, 16));
const wall = (offset_s = 0) => new Date(Date.now() + 8 * 3600_000 + offset_s * 1000).toISOString().slice(0, 19);
const tasksOf = async (plan, more = '', who = lead) => (await who.read(`tasks?filter[plan]=${plan.id}&sort=due_at&limit=200${more}`)).items;
const plan = (more = {}, who = lead) => who.make('plans', { title: '水泵房巡检', rrule: 'FREQ=DAILY', dtstart: `${wall().slice(0, 10)}T08:00:00`, team: 'engineer', ...more });
const later = async (seconds) => {
  await world.restart({ clock: seconds });
  await world.loginAll();
  ({ eng_lead: lead, engineer, guard, manager, desk } = world.as);
};

before(async () => {
  world = await openWorld();
  ({ eng_lead: lead, engineer, guard, manager, desk } = world.as);
});
after(() => world.close());

describe('the calculator', () => {
  test('names the moments of a rule in wall-clock time', async () => {
    assert.deepEqual(await dates({ rrule: 'FREQ=WEEKLY;BYDAY=MO,TH', dtstart: '2026-01-05T08:00:00', from: '2026-01-05', to: '2026-01-15' }),
      ['2026-01-05T08:00', '2026-01-08T08:00', '2026-01-12T08:00', '2026-01-15T08:00']);
    assert.deepEqual(await dates({ rrule: 'FREQ=DAILY;UNTIL=20260107T080000', dtstart: '2026-01-05T08:00:00', from: '2026-01-01', to: '2026-02-01' }),
      ['2026-01-05T08:00', '2026-01-06T08:00', '2026-01-07T08:00']);
    assert.deepEqual(await dates({ rrule: 'FREQ=DAILY;UNTIL=20260107T000000Z', dtstart: '2026-01-05T08:00:00', from: '2026-01-01', to: '2026-02-01' }),
      ['2026-01-05T08:00', '2026-01-06T08:00', '2026-01-07T08:00'], 'midnight of Greenwich is eight in the morning here');
    assert.deepEqual(await dates({ rrule: 'FREQ=MONTHLY;BYMONTHDAY=31', dtstart: '2026-01-31T09:30', from: '2026-01-01', to: '2026-06-30' }), ['2026-01-31T09:30', '2026-03-31T09:30', '2026-05-31T09:30']);
  });

  test('days off: skipped, the working day before or after; make-up days are working days', async () => {
    const asked = { rrule: 'FREQ=DAILY', dtstart: '2026-02-13T08:00:00', from: '2026-02-13', to: '2026-02-25' };
    assert.deepEqual((await dates({ ...asked, holidays: 'skip' })).map((at) => at.slice(5, 10)), ['02-13', '02-14', '02-24', '02-25']);
    const monthly = { rrule: 'FREQ=MONTHLY;BYMONTHDAY=1', dtstart: '2026-10-01T08:00:00', from: '2026-09-20', to: '2026-10-20' };
    assert.deepEqual(await dates({ ...monthly, holidays: 'before' }), ['2026-09-30T08:00']);
    assert.deepEqual(await dates({ ...monthly, holidays: 'after' }), ['2026-10-08T08:00']);
    assert.deepEqual(await dates({ ...monthly, holidays: 'none' }), ['2026-10-01T08:00']);
  });

  test('seasons and exceptions', async () => {
    const asked = { rrule: 'FREQ=MONTHLY', dtstart: '2026-01-10T08:00:00', from: '2026-01-01', to: '2026-12-31' };
    assert.deepEqual((await dates({ ...asked, season_from: 11, season_to: 2 })).map((at) => at.slice(5, 7)), ['01', '02', '11', '12']);
    assert.deepEqual((await dates({ ...asked, exceptions: ['2026-03-10'], season_from: 2, season_to: 4 })).map((at) => at.slice(5, 10)), ['02-10', '04-10']);
  });

  for (const [rrule, why] of [['', 'empty'], ['FREQ=SOMETIMES', 'no frequency'], ['every monday', 'words'], ['FREQ=DAILY;COUNT=3;UNTIL=20270101T000000', 'two ends'], ['FREQ=DAILY;FREQ=WEEKLY', 'twice'],
    ['FREQ=SECONDLY', 'too often'], ['FREQ=DAILY;BYSECOND=0,1,2', 'seconds'], ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'never'], ['FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1', 'never: even minutes'],
    ['FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30', 'never, by the hour'], ['FREQ=DAILY;INTERVAL=0', 'no step'], ['FREQ=DAILY;INTERVAL=99999999999', 'huge step'], ['FREQ=DAILY;COUNT=-1', 'count'],
    ['FREQ=DAILY;BYDAY=XX', 'no day'], ['FREQ=DAILY;BYHOUR=25', 'no hour'], ['DTSTART:20260101T000000\nRRULE:FREQ=DAILY', 'a whole event'], ['FREQ=DAILY;TZID=Asia/Shanghai', 'a zone'], ['FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1;BYHOUR=8,20', 'a position among several times'],
    [`FREQ=DAILY;BYMONTHDAY=${Array(400).fill(1)}`, 'very long']])
    test(`refuses a rule that is none: ${why}`, async () => isProblem(await preview({ rrule, dtstart: '2026-01-01T08:00:00' }), 422, 'invalid', ['rrule']));

  test('refuses other nonsense by its field, and forgets everything', async () => {
    isProblem(await preview({ rrule: 'FREQ=DAILY', dtstart: 'tomorrow' }), 422, 'invalid', ['dtstart']);
    isProblem(await preview({ rrule: 'FREQ=DAILY' }), 422, 'invalid', ['dtstart']);
    isProblem(await preview({ rrule: 'FREQ=DAILY', dtstart: '2026-01-01', max: 0, holidays: 'maybe', colour: 1 }), 422, 'invalid', ['max', 'holidays', 'colour']);
    isProblem(await preview([]), 400, 'bad_request');
    assert.equal((await lead.read('plans')).items.length, 0);
  });

  test('a rule without end is cut where it was asked to be', async () => {
    const answer = isDone(await preview({ rrule: 'FREQ=MINUTELY', dtstart: '2020-01-01T00:00:00', from: '2026-03-01', to: '2026-03-02', max: 10 }));
    assert.deepEqual([answer.dates.length, answer.dates[0], answer.more], [10, '2026-03-01T00:00:00', true]);
  });
});

describe('what law asks for', () => {
  test('is done with its document only, and waived by nobody at the site', async () => {
    const one = await plan({ title: '电梯定期检验', rrule: 'FREQ=YEARLY', statutory: true, dtstart: wall(40 * DAY), legal_basis: 'TSG T7001-2023' }), [task] = await tasksOf(one);
    assert.equal(task.statutory, true);
    isProblem(await engineer.act('tasks', task.id, 'finish', { note: '好了' }), 422, 'invalid', ['document']);
    isProblem(await lead.act('tasks', task.id, 'excuse', { reason: '停用' }), 403, 'forbidden');
    const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
    const file = isDone(await engineer.upload(pdf, '检验报告.pdf', 'application/pdf'), 201).id;
    const done = isDone(await engineer.act('tasks', task.id, 'finish', { document: file }));
    assert.equal(done.document, file);
    assert.equal((await manager.get(`files/${file}`)).status, 200, 'who sees the task sees its document');
  });

  test('is made as soon as it comes within a season, not when the rest runs short', async () => {
    const one = await plan({ title: '消防检测', rrule: 'FREQ=YEARLY', statutory: true, dtstart: wall(100 * DAY) });
    assert.deepEqual(await tasksOf(one), []);
    await later(20 * DAY);
    await until(async () => (await tasksOf(one)).length === 1, 'the task of eighty days on');
    await later(0);
  });

  test('reminds 30 and 7 days ahead, and goes to the company when it is overdue', async () => {
    const one = await plan({ title: '水箱清洗', rrule: 'FREQ=YEARLY', statutory: true, dtstart: wall(40 * DAY), window_after_min: 60 });
    const told = async (who) => (await who.read('messages')).items.filter((row) => row.record?.id === (task.id) || JSON.stringify(row).includes(task.id)).map((row) => row.kind);
    const [task] = await tasksOf(one);
    await later(11 * DAY);
    await until(async () => (await told(lead)).includes('remind'), 'the reminder of 30 days');
    await later(41 * DAY);
    await until(async () => (await lead.read(`tasks/${task.id}`)).state === 'missed', 'missed');
    assert.ok((await told(world.as.region)).includes('miss'), 'head office is told');
    await later(0);
  });
});

describe('tasks of a plan', () => {
  test('are made with it, five weeks ahead, one for each due time', async () => {
    const one = await plan({ window_after_min: 120 }), tasks = await tasksOf(one);
    assert.ok(tasks.length >= 34 && tasks.length <= 36, `${tasks.length} tasks`);
    assert.equal(new Set(tasks.map((task) => task.due_at)).size, tasks.length);
    const last = tasks.at(-1);
    assert.deepEqual([last.state, last.title, last.team, Date.parse(last.window_to) - Date.parse(last.due_at), last.window_from], ['due', '水泵房巡检', 'engineer', 7_200_000, last.due_at]);
    assert.ok(tasks.every((task) => Date.parse(task.window_to) > Date.now()), 'nothing before the plan');
  });

  test('the window follows how often it recurs, and the law knows no later', async () => {
    const minutes = async (more) => { const one = await plan(more); return [one.window_before_min, one.window_after_min]; };
    assert.deepEqual(await minutes({}), [0, 960], 'the rest of the day');
    assert.deepEqual(await minutes({ rrule: 'FREQ=WEEKLY' }), [1440, 1440 + 960]);
    assert.deepEqual(await minutes({ rrule: 'FREQ=MONTHLY;INTERVAL=3' }), [14400, 14400 + 960]);
    assert.deepEqual(await minutes({ rrule: 'FREQ=YEARLY', statutory: true }), [28800, 960]);
  });

  test('what law asks for is there a season ahead, unless it is daily work', async () => {
    assert.ok((await tasksOf(await plan({ rrule: 'FREQ=MONTHLY', statutory: true }))).length >= 3);
    assert.ok((await tasksOf(await plan({ statutory: true }))).length <= 36);
  });

  test('begun and finished by the team, once', async () => {
    const one = await plan({ dtstart: wall(-60), window_before_min: 60, window_after_min: 60 }), [task] = await tasksOf(one);
    assert.equal((await engineer.get(`tasks/${task.id}`)).status, 200);
    assert.equal((await guard.get(`tasks/${task.id}`)).status, 404, 'another team’s');
    isDone(await engineer.act('tasks', task.id, 'start'));
    const done = isDone(await engineer.act('tasks', task.id, 'finish', { note: '正常', minutes: 12 }));
    assert.deepEqual([done.state, done.timing, done.minutes, done.assignee], ['done', 'in_window', 12, world.ids?.engineer ?? done.assignee]);
    isProblem(await engineer.act('tasks', task.id, 'finish'), 409, 'wrong_state');
    isProblem(await lead.act('tasks', task.id, 'excuse', { reason: '不用了' }), 409, 'wrong_state');
  });

  test('one that needs a skill is offered to those of the team who have it', async () => {
    for (const [login, skills] of [['engineer', ['Electric', 'plumbing']], ['engineer2', ['electrics']]]) isDone(await world.as.manager.patch(`users/${world.users[login]}`, { skills }));
    const one = await plan({ skill: 'electric', dtstart: wall(-60), window_before_min: 60, window_after_min: 60 }), [task] = await tasksOf(one);
    assert.deepEqual([task.skill, (await world.as.engineer2.get(`tasks/${task.id}`)).status], ['electric', 404]);
    assert.ok(!(await world.as.engineer2.read('tasks?limit=500')).items.some(({ id }) => id === task.id));
    isProblem(await world.as.engineer2.act('tasks', task.id, 'take'), 404, 'not_found');
    assert.equal(isDone(await engineer.act('tasks', task.id, 'take')).assignee, world.users.engineer);
    isDone(await lead.act('tasks', task.id, 'assign', { assignee: world.users.engineer2 }));
    isDone(await world.as.engineer2.act('tasks', task.id, 'finish'));
    for (const login of ['engineer', 'engineer2']) isDone(await world.as.manager.patch(`users/${world.users[login]}`, { skills: null }));
  });

  test('work that is done early counts as early', async () => {
    const one = await plan({ dtstart: wall(3 * DAY) }), [task] = await tasksOf(one);
    assert.equal(isDone(await engineer.act('tasks', task.id, 'finish')).timing, 'early');
  });

  test('nobody makes or changes a task by hand', async () => {
    isProblem(await lead.post('tasks', { title: 'x' }), 403, 'forbidden');
    const [task] = await tasksOf(await plan());
    isProblem(await lead.patch(`tasks/${task.id}`, { title: 'x' }), 403, 'forbidden');
    isProblem(await lead.act('tasks', task.id, 'miss'), 403, 'forbidden');
    isProblem(await engineer.post('plans', { title: 'x', rrule: 'FREQ=DAILY' }), 403, 'forbidden');
  });

  test('a rule that would drown everybody is refused', async () =>
    isProblem(await lead.post('plans', { title: '太密', rrule: 'FREQ=MINUTELY' }), 422, 'invalid', ['rrule']));

  test('a changed plan changes what is to come, and what was done stays; the preview says so before', async () => {
    const one = await plan({ dtstart: wall(-60), window_before_min: 60, window_after_min: 60 });
    const [first] = await tasksOf(one);
    isDone(await engineer.act('tasks', first.id, 'finish'));
    const told = isDone(await preview({ plan: one.id, rrule: 'FREQ=DAILY;INTERVAL=2', dtstart: one.dtstart }));
    const before = (await tasksOf(one)).length;
    isDone(await lead.patch(`plans/${one.id}`, { rrule: 'FREQ=DAILY;INTERVAL=2', title: '隔日巡检' }));
    const tasks = await tasksOf(one);
    assert.equal(tasks.length, before - told.removes.length + told.adds.length);
    assert.ok(told.removes.length >= 16 && told.adds.length === 0);
    assert.deepEqual([tasks[0].id, tasks[0].state, tasks[0].title], [first.id, 'done', '水泵房巡检']);
    assert.equal(tasks[1].title, '隔日巡检');
    assert.equal(Date.parse(tasks[2].due_at) - Date.parse(tasks[1].due_at), 2 * DAY * 1000);
  });

  test('paused, ended and put away: nothing is to come any more, what was done stays', async () => {
    const one = await plan({ dtstart: wall(-60), window_before_min: 60, window_after_min: 60 }), [first] = await tasksOf(one);
    isDone(await engineer.act('tasks', first.id, 'finish'));
    isDone(await lead.act('plans', one.id, 'pause'));
    assert.deepEqual((await tasksOf(one)).map((task) => task.state), ['done']);
    isDone(await lead.act('plans', one.id, 'resume'));
    assert.ok((await tasksOf(one)).length > 30);
    assert.equal((await lead.del(`plans/${one.id}`)).status, 204);
    assert.deepEqual((await tasksOf(one)).map((task) => task.state), ['done']);
  });

  test('a preview of a plan that goes by when it was last done names the one task that would follow', async () => {
    const one = await plan({ rrule: 'FREQ=DAILY;INTERVAL=15', dtstart: wall(5 * DAY), anchor: 'last_actual' });
    const same = isDone(await preview({ plan: one.id, rrule: one.rrule, dtstart: one.dtstart }));
    assert.deepEqual([same.adds, same.removes], [[], []]);
    const later = wall(7 * DAY), moved = isDone(await preview({ plan: one.id, rrule: one.rrule, dtstart: later }));
    assert.deepEqual([moved.adds, moved.removes], [[later], [one.dtstart]]);
    const often = isDone(await preview({ plan: one.id, rrule: one.rrule, dtstart: one.dtstart, anchor: 'fixed' }));
    assert.deepEqual([often.adds.length, often.removes.length], [2, 0], 'by the calendar, within five weeks');
    isDone(await lead.act('plans', one.id, 'pause'));
    assert.deepEqual(isDone(await preview({ plan: one.id, rrule: one.rrule, dtstart: one.dtstart })).adds, [], 'a paused plan makes none');
    isProblem(await preview({ rrule: 'FREQ=DAILY', dtstart: '2026-01-01', anchor: 'never' }), 422, 'invalid', ['anchor']);
  });

  test('what is not made yet is told by its dates: of what law asks for a year ahead', async () => {
    const soon = [30, 26].map((days) => wall(days * DAY)).find((at) => at.slice(8, 10) <= '28'); // a day that every month has
    const one = await plan({ title: '灭火器检修', rrule: 'FREQ=MONTHLY;INTERVAL=4', statutory: true, dtstart: soon });
    const other = await plan({ rrule: 'FREQ=WEEKLY', dtstart: wall(DAY) });
    const [from, to] = [wall().slice(0, 10), wall(365 * DAY).slice(0, 10)];
    const told = await lead.read(`plans/coming?statutory=true&from=${from}&to=${to}`);
    assert.equal(told.rows.find((row) => row.plan === one.id).dates.length, 2, 'the first of three is a task already');
    assert.ok(!told.rows.some((row) => row.plan === other.id));
    const weeks = (await lead.read(`plans/coming?from=${from}&to=${to}`)).rows.find((row) => row.plan === other.id).dates;
    const made = await tasksOf(other);
    assert.equal(weeks.length + made.length, 53, 'none twice, none left out');
    isProblem(await lead.get('plans/coming?statutory=maybe'), 422, 'invalid', ['statutory']);
    isProblem(await world.as.resident.get('plans/coming'), 403, 'forbidden');
    assert.equal((await lead.read(`tasks?filter[statutory]=true&filter[plan]=${other.id}`)).items.length, 0);
  });

  test('by how much it was used: due when the count is full, not twice, and again after it was done', async () => {
    const one = await plan({ rrule: undefined, every: '500', counter_unit: 'h', title: '发电机 500 小时保养' });
    assert.deepEqual(await tasksOf(one), []);
    isDone(await engineer.act('plans', one.id, 'count', { value: '120.5' }));
    assert.deepEqual(await tasksOf(one), []);
    isDone(await engineer.act('plans', one.id, 'count', { value: '510' }));
    isDone(await engineer.act('plans', one.id, 'count', { value: '540' }));
    const [task, ...more] = await tasksOf(one);
    assert.equal(more.length, 0);
    isDone(await engineer.act('tasks', task.id, 'finish'));
    isProblem(await engineer.act('plans', one.id, 'count', { value: '30' }), 422, 'invalid', ['value']);
    assert.equal(isDone(await engineer.act('plans', one.id, 'count', { value: '30', reset: true })).counter_from, '30');
    isDone(await engineer.act('plans', one.id, 'count', { value: '529' }));
    assert.equal((await tasksOf(one)).length, 1);
    isDone(await engineer.act('plans', one.id, 'count', { value: '530' }));
    assert.equal((await tasksOf(one)).length, 2);
  });

  test('15 days after it was last done, not twice a month (TSG T5002)', async () => {
    const one = await plan({ rrule: 'FREQ=DAILY;INTERVAL=15', dtstart: wall(-3600), anchor: 'last_actual', window_before_min: 20 * 1440, window_after_min: 600 });
    const [task, ...more] = await tasksOf(one);
    assert.equal(more.length, 0, 'one at a time');
    isDone(await engineer.act('tasks', task.id, 'finish'));
    const next = (await tasksOf(one)).at(-1);
    assert.equal(Math.round((Date.parse(next.due_at) - Date.now()) / (DAY * 1000)), 15);
  });
});

describe('a stop', () => {
  test('leaves what was missed as missed, each once, and work can still be done, late', async () => {
    const one = await plan({ title: '每日巡检', dtstart: wall(-120), window_after_min: 60, window_before_min: 5 });
    await later(50 * DAY);
    const [first] = await tasksOf(one);
    await until(async () => (await tasksOf(one, '&filter[state]=missed')).length >= 49, 'missed ones');
    const tasks = await tasksOf(one);
    assert.equal(new Set(tasks.map((task) => task.due_at)).size, tasks.length);
    assert.ok(tasks.length >= 84, 'those of the stop and five weeks ahead');
    const done = isDone(await engineer.act('tasks', first.id, 'finish', { note: '补做' }));
    assert.deepEqual([done.state, done.timing], ['done', 'late']);
    const figure = (await manager.read(`figures/task_in_time?from=${wall(-DAY).slice(0, 10)}&to=${wall(49 * DAY).slice(0, 10)}`)).rows[0];
    assert.ok(figure.n >= 49 && figure.value < 0.2, JSON.stringify(figure));
    await later(0);
  });
});

describe('checklists', () => {
  let template;
  const items = [
    { item: 'running', label: '水泵运行正常', label_en: 'Pump runs', kind: 'check', photo: 'on_fail', opens: { resource: 'repairs', category: 'water.tap' } },
    { item: 'pressure', label: '出口压力', kind: 'number', unit: 'MPa', min: '0.30', max: '0.50', warn_min: '0.32', warn_max: '0.48', points: 5 },
    { item: 'level', label: '水位', kind: 'choice', choices: ['高', '中', '低'], fails: ['低'] },
    { item: 'why', label: '为何不转', kind: 'text', when: { item: 'running', is: ['fail'] } },
    { item: 'remark', label: '备注', kind: 'text', required: false },
  ];
  const good = [{ item: 'running', value: 'pass' }, { item: 'pressure', value: '0.40' }, { item: 'level', value: '中' }];
  const task = async (more = {}) => (await tasksOf(await plan({ dtstart: wall(-60), window_before_min: 60, checklist_template: template.id, space: world.spaces?.lobby, ...more })))[0];

  before(async () => { template = await lead.make('checklist_templates', { code: 'pump.day', name: '水泵房日检', items }); });

  test('bad templates are refused item by item', async () => {
    const bad = (more) => lead.post('checklist_templates', { name: 'x', items: [more] });
    isProblem(await bad({ item: 'a', label: 'A', kind: 'colour' }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', kind: 'check' }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', label: 'A', kind: 'number', min: '5', max: '1' }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', label: 'A', kind: 'choice' }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', label: 'A', kind: 'check', opens: { resource: 'repairs' } }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', label: 'A', kind: 'check', opens: { resource: 'nothing' } }), 422, 'invalid', ['items.a']);
    isProblem(await bad({ item: 'a', label: 'A', kind: 'check', when: { item: 'later', is: ['pass'] } }), 422, 'invalid', ['items.a']);
    isProblem(await lead.post('checklist_templates', { name: 'x', items: [] }), 422, 'invalid', ['items']);
    isProblem(await lead.post('checklist_templates', { name: 'x', items: [{ item: 'a', label: 'A', kind: 'check' }, { item: 'a', label: 'B', kind: 'check' }] }), 422, 'invalid', ['items.a']);
  });

  test('a task is finished with every item that is asked', async () => {
    const one = await task();
    isProblem(await engineer.act('tasks', one.id, 'finish', {}), 422, 'invalid', ['items.running', 'items.pressure', 'items.level']);
    isProblem(await engineer.act('tasks', one.id, 'finish', { items: [...good, { item: 'nothing', value: 'x' }] }), 422, 'invalid', ['items.4']);
    isProblem(await engineer.act('tasks', one.id, 'finish', { items: [...good.slice(0, 2), { item: 'level', value: '满' }] }), 422, 'invalid', ['items.level']);
    isProblem(await engineer.act('tasks', one.id, 'finish', { items: [good[0], { item: 'pressure', value: 'much' }, good[2]] }), 422, 'invalid', ['items.pressure']);
    const done = isDone(await engineer.act('tasks', one.id, 'finish', { items: good }));
    const filled = await lead.read(`checklists/${done.checklist}`);
    assert.deepEqual([filled.score, filled.failed, filled.warnings, filled.edition, filled.record], [100, 0, 0, 1, one.id]);
    assert.deepEqual(filled.items.map((row) => [row.item, row.value, row.result]), [['running', 'pass', 'ok'], ['pressure', '0.4', 'ok'], ['level', '中', 'ok']]);
  });

  test('limits warn and fail, points count, and the course is kept', async () => {
    const one = await task();
    const done = isDone(await engineer.act('tasks', one.id, 'finish', { items: [good[0], { item: 'pressure', value: 0.49 }, { item: 'level', value: '低' }] }));
    const filled = await lead.read(`checklists/${done.checklist}`);
    assert.deepEqual([filled.score, filled.failed, filled.warnings], [86, 1, 1], '6 of 7 points');
    const trend = await lead.read(`checklist_templates/${template.id}/trend?item=pressure`);
    assert.deepEqual(trend.points.map((point) => [point.value, point.result]), [['0.4', 'ok'], ['0.49', 'warning']]);
    assert.deepEqual([trend.min, trend.max, trend.unit], ['0.3', '0.5', 'MPa']);
    isProblem(await lead.get(`checklist_templates/${template.id}/trend?item=none`), 422, 'invalid', ['item']);
  });

  test('a failed item wants its photo and opens a repair with it', async () => {
    const one = await task(), broken = [{ item: 'running', value: 'fail', note: '不转' }, ...good.slice(1), { item: 'why', value: '卡住了' }];
    isProblem(await engineer.act('tasks', one.id, 'finish', { items: broken.slice(0, 3) }), 422, 'invalid', ['items.running', 'items.why']);
    const photo = await engineer.photo();
    const done = isDone(await engineer.act('tasks', one.id, 'finish', { items: [{ ...broken[0], photo }, ...broken.slice(1)] }));
    const [opened] = (await lead.read(`checklists/${done.checklist}`)).opened;
    assert.deepEqual([opened.item, opened.resource], ['running', 'repairs']);
    const repair = await desk.read(`repairs/${opened.id}`);
    assert.deepEqual([repair.category, repair.photos, repair.title], ['water.tap', [photo], '水泵房日检：水泵运行正常不合格']);
  });

  test('a failure opens what its rule names: a hazard, a corrective action', async () => {
    const own = await lead.make('checklist_templates', { code: 'walk', name: '消防巡查', items: [
      { item: 'exit', label: '疏散通道畅通', kind: 'check', opens: { resource: 'incidents', kind: 'hazard' } }, { item: 'sign', label: '台账齐全', kind: 'check', opens: { resource: 'corrective_actions' } }] });
    const one = await task({ checklist_template: own.id }), photo = await engineer.photo();
    const done = isDone(await engineer.act('tasks', one.id, 'finish', { items: [{ item: 'exit', value: 'fail', photo, note: '堆了纸箱' }, { item: 'sign', value: 'fail' }] }));
    const [hazard, corrective] = (await lead.read(`checklists/${done.checklist}`)).opened;
    const incident = await manager.read(`incidents/${hazard.id}`), action = await manager.read(`corrective_actions/${corrective.id}`);
    assert.deepEqual([incident.kind, incident.title, incident.photos, incident.project], ['hazard', '消防巡查：疏散通道畅通不合格', [photo], one.project]);
    assert.match(incident.description, /堆了纸箱/);
    assert.deepEqual([action.title, action.state, action.project], ['消防巡查：台账齐全不合格', 'open', one.project]);
  });

  test('a checklist that is changed in the middle of a shift: what was begun is finished as it was asked', async () => {
    const one = await task();
    isDone(await engineer.act('tasks', one.id, 'start'));
    const next = isDone(await lead.patch(`checklist_templates/${template.id}`, { items: [...items, { item: 'valve', label: '阀门', kind: 'check' }] }));
    assert.equal(next.edition, 2);
    assert.equal(isDone(await engineer.act('tasks', one.id, 'finish', { items: good })).checklist_edition, 1);
    assert.equal((await engineer.read(`checklist_templates/${template.id}/items?edition=1`)).items.length, items.length, 'what is asked can be looked up');
    assert.equal((await engineer.read(`checklist_templates/${template.id}/items`)).edition, 2);
    isProblem(await engineer.get(`checklist_templates/${template.id}/items?edition=9`), 404, 'not_found');
    isProblem(await engineer.get(`checklist_templates/${template.id}/items?edition=first`), 422, 'invalid', ['edition']);
    const other = await task();
    isProblem(await engineer.act('tasks', other.id, 'finish', { items: good }), 422, 'invalid', ['items.valve']);
  });
});

test('people’s load by week', async () => {
  const me = (await manager.read('users?filter[login]=engineer')).items[0].id;
  await plan({ title: '满负荷', assignee: me, duration_min: 600, dtstart: wall(7 * DAY) });
  const load = await lead.read(`plans/load?from=${wall(7 * DAY).slice(0, 10)}&to=${wall(28 * DAY).slice(0, 10)}&project=${world.project ?? (await manager.read('projects')).items[0].id}`);
  const mine = load.rows.filter((row) => row.person === me);
  assert.ok(mine.some((row) => row.minutes >= 4200 && row.over), JSON.stringify(load.rows.slice(0, 5)));
  isProblem(await engineer.get('plans/load'), 403, 'forbidden');
});
