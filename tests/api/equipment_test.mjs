/* Machines: the tree, their states and faults, what they cost, who may work on them (card P18 and its bad cases), and the figures of them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, sleep, until, wordsOf } from './world.mjs';

let world, lead, engineer, guard, manager, resident, place, far_place;
const made = { n: 0 };
before(async () => {
  world = await openWorld();
  ({ eng_lead: lead, engineer, guard, manager, resident } = world.as);
  place = world.spaces.lobby;
  far_place = (await world.as.admin.make('spaces', { name: '二期泵房', kind: 'plant', project: world.projects.ERQI })).id;
});
after(() => world.close());

const machine = (more = {}) => lead.make('equipment', { code: `SB-${++made.n}`, type: 'water_pump', name: '生活水泵', space: place, ...more });
const fault = (equipment, more = {}) => lead.make('faults', { equipment: equipment.id, symptom: '不出水', ...more });
const at = (text) => `${text}:00+08:00`;

async function ended(job) {
  for (;;) {
    const now = await lead.read(`jobs/${job}`);
    if (now.state !== 'queued' && now.state !== 'running') return now;
    await sleep(20);
  }
}
async function importing(text, more = {}, who = lead) {
  const file = isDone(await who.upload(Buffer.from(text), 'machines.csv', 'text/csv'), 201).id;
  return ended(isDone(await who.post('imports', { resource: 'equipment', file, ...more }), 202).job);
}

describe('catalogues', () => {
  test('80 types and 160 ready-made tasks are there, with their items as rows', async () => {
    assert.equal((await lead.read('equipment_types?limit=1&count=true')).count, 80);
    assert.equal((await lead.read('maintenance_tasks?limit=1&count=true')).count, 160);
    const [task] = (await lead.read('maintenance_tasks?filter[code]=lift_passenger.halfmonth')).items;
    assert.equal(task.statutory, true);
    assert.deepEqual(task.items.find((one) => one.en === 'levelling'), { zh: '平层精度', en: 'levelling', kind: 'number', unit: 'mm', min: -10, max: 10 });
    assert.deepEqual(task.items[0], { zh: '机房清洁、门窗锁', en: 'machine room clean and locked', kind: 'pass', unit: null, min: null, max: null });
    const [pump] = (await lead.read('maintenance_tasks?filter[code]=water_pump.day')).items;
    assert.deepEqual(pump.items.map((one) => one.unit), [null, null, '°C', 'mm/s', null, '/min']);
    for (const one of (await lead.read('maintenance_tasks?limit=200')).items) assert.ok(one.items.length > 0, one.code);
  });
  test('an item that is written wrongly is refused, and named', async () => {
    const body = { code: 'water_pump.own', equipment_type: 'water_pump', zh: '自定', en: 'Own', rrule: 'FREQ=DAILY' };
    for (const items_text of ['压力/pressure[5 bar]', '压力/pressure[9..1 bar]', '压力/pressure[a..b]', '/', ';;']) isProblem(await lead.post('maintenance_tasks', { ...body, items_text }), 422, 'invalid', ['items_text']);
    isProblem(await lead.post('maintenance_tasks', { ...body, rrule: null, items_text: '压力/pressure' }), 422, 'invalid', ['rrule']);
    assert.deepEqual((await lead.make('maintenance_tasks', { ...body, items_text: '压力/pressure[0.30.. MPa];异响/noise' })).items.map((one) => [one.min, one.max, one.kind]), [[0.3, null, 'number'], [null, null, 'pass']]);
    isProblem(await engineer.post('maintenance_tasks', { ...body, items_text: '压力/pressure' }), 403, 'forbidden');
  });
});

describe('the tree', () => {
  test('what its type says is not asked', async () => {
    const lift = await machine({ type: 'lift_passenger', name: '3-2 客梯', rated: { 载重: '1000 kg' }, cost_fen: 30_000_000 });
    assert.equal(lift.criticality, 'A');
    assert.equal(lift.life_years, 20);
    assert.equal(lift.state, 'running');
    assert.equal(lift.project, world.projects.TYHY);
    assert.deepEqual(lift.rated, { 载重: '1000 kg' });
  });
  test('code, name, type and place are needed; the code is one of a kind in its project', async () => {
    isProblem(await lead.post('equipment', {}), 422, 'invalid', ['code', 'name', 'type', 'space']);
    const one = await machine();
    isProblem(await lead.post('equipment', { code: one.code, type: 'water_pump', name: '另一台', space: place }), 422, 'invalid', ['code']);
    isProblem(await lead.post('equipment', { code: 'X', type: 'no_such', name: 'x', space: place }), 422, 'invalid', ['type']);
    await manager.make('spaces', { name: '消防泵房', kind: 'plant' });
    await world.as.admin.make('equipment', { code: one.code, type: 'water_pump', name: '二期的', space: far_place });
  });
  test('no circle, no part of a machine elsewhere, dates in their order', async () => {
    const top = await machine(), middle = await machine({ parent: top.id }), low = await machine({ parent: middle.id });
    for (const parent of [top.id, low.id]) isProblem(await lead.patch(`equipment/${top.id}`, { parent }), 422, 'invalid', ['parent']);
    const far = await world.as.admin.make('equipment', { code: 'FAR', type: 'water_pump', name: '远', space: far_place });
    isProblem(await world.as.admin.post('equipment', { code: 'NEAR', type: 'water_pump', name: '近', space: place, parent: far.id }), 422, 'invalid', ['parent']);
    isProblem(await lead.patch(`equipment/${low.id}`, { made_on: '2024-05-01', installed_on: '2024-04-01' }), 422, 'invalid', ['installed_on']);
    assert.equal((await lead.read(`equipment?filter[parent]=${top.id}`)).items.length, 1);
    isProblem(await lead.act('equipment', top.id, 'scrap', { reason: '老旧' }), 409, 'wrong_state');
    isProblem(await lead.del(`equipment/${top.id}`), 409, 'wrong_state');
  });
  test('who sees it, and who changes it', async () => {
    const one = await machine();
    assert.equal((await guard.read(`equipment/${one.id}`)).id, one.id);
    isProblem(await guard.patch(`equipment/${one.id}`, { name: 'x' }), 403, 'forbidden');
    isProblem(await engineer.post('equipment', { code: 'E', type: 'water_pump', name: 'x', space: place }), 403, 'forbidden');
    isProblem(await world.as.far_engineer.get(`equipment/${one.id}`), 404, 'not_found');
    isProblem(await resident.get(`equipment/${one.id}`), 404, 'not_found');
    isProblem(await resident.post('faults', { equipment: one.id, symptom: 'x' }), 403, 'forbidden');
  });
});

describe('states', () => {
  test('stopped and started again: the stop is kept with its times', async () => {
    const one = await machine();
    assert.equal((await engineer.did('equipment', one.id, 'stop', { reason: '冬季停用' })).state, 'stopped');
    isProblem(await engineer.act('equipment', one.id, 'stop', { reason: 'x' }), 409, 'wrong_state');
    assert.equal((await engineer.did('equipment', one.id, 'start')).state, 'running');
    const [stop] = (await lead.read(`equipment_stops?filter[equipment]=${one.id}`)).items;
    assert.equal(stop.kind, 'planned');
    assert.equal(stop.reason, '冬季停用');
    assert.ok(stop.until >= stop.since);
    isProblem(await lead.post('equipment_stops', { equipment: one.id, since: at('2025-02-01T10:00'), until: at('2025-02-01T09:00') }), 422, 'invalid', ['until']);
  });
  test('a machine is swapped: the old file is closed, the new one has its code and place, each names the other', async () => {
    const old = await machine({ serial: 'OLD-1', made_on: '2010-01-01' }), part = await machine({ parent: old.id });
    isProblem(await lead.act('equipment', old.id, 'swap', { serial: 'OLD-1', reason: 'x' }), 422, 'invalid', ['serial']);
    isProblem(await engineer.act('equipment', old.id, 'swap', { serial: 'NEW-1', reason: 'x' }), 403, 'forbidden');
    const closed = await lead.did('equipment', old.id, 'swap', { serial: 'NEW-1', reason: '电机烧毁', cost_fen: 500_000, installed_on: '2026-01-05' });
    assert.equal(closed.state, 'scrapped');
    assert.equal(closed.code, `${old.code}~1`);
    assert.equal(closed.serial, 'OLD-1');
    const [fresh] = (await lead.read(`equipment?filter[code]=${old.code}`)).items;
    assert.deepEqual([fresh.serial, fresh.replaces, fresh.space, fresh.cost_fen, fresh.in_service_on, fresh.made_on, fresh.state], ['NEW-1', old.id, place, 500_000, '2026-01-05', null, 'running']);
    assert.equal((await lead.read(`equipment/${part.id}`)).parent, fresh.id);
    assert.deepEqual((await lead.read(`equipment/${old.id}/links`)).items.map((one) => one.id), [fresh.id]);
    assert.ok((await lead.read(`equipment/${old.id}/life`)).items.some((one) => one.kind === 'replace' && one.id === fresh.id));
    isProblem(await lead.post('faults', { equipment: old.id, symptom: '旧的' }), 422, 'invalid', ['equipment']);
    await lead.did('equipment', fresh.id, 'swap', { serial: 'NEW-2', reason: '又坏' });
    assert.equal((await lead.read(`equipment/${fresh.id}`)).code, `${old.code}~2`);
    assert.equal((await lead.read(`equipment?filter[code]=${old.code}`)).items[0].serial, 'NEW-2');
  });
});

describe('faults', () => {
  test('from report to closed; the machine stands and runs again with it', async () => {
    const one = await machine({ type: 'lift_passenger', name: '1-1 客梯' });
    const bad = await guard.make('faults', { equipment: one.id, symptom: '停梯', down_from: new Date(Date.now() - 60_000).toISOString() });
    assert.match(bad.no, /^GZ-TYHY-/);
    assert.equal(bad.found_at, bad.down_from);
    assert.equal((await lead.read(`equipment/${one.id}`)).state, 'under_repair');
    isProblem(await engineer.act('equipment', one.id, 'restore'), 409, 'wrong_state');
    isProblem(await guard.act('faults', bad.id, 'diagnose', { cause: 'wear' }), 403, 'forbidden');
    assert.equal((await engineer.did('faults', bad.id, 'diagnose', { cause: 'electrical' })).state, 'diagnosed');
    assert.equal((await engineer.did('faults', bad.id, 'await_parts', { note: '门机皮带，明天到' })).state, 'waiting_parts');
    assert.equal((await engineer.did('faults', bad.id, 'parts_here')).state, 'diagnosed');
    const mended = await engineer.did('faults', bad.id, 'repair', { action: '换门机皮带', cost_fen: 12_000 });
    assert.equal(mended.state, 'repaired');
    assert.ok(mended.up_at > mended.down_from);
    assert.equal((await lead.read(`equipment/${one.id}`)).state, 'running');
    const again = await engineer.did('faults', bad.id, 'retest', { reason: '又停' });
    assert.deepEqual([again.state, again.up_at], ['diagnosed', null]);
    assert.equal((await lead.read(`equipment/${one.id}`)).state, 'under_repair', 'it has stood the whole time');
    await engineer.did('faults', bad.id, 'repair', { action: '换门机' });
    await engineer.did('faults', bad.id, 'test', { test_result: '空载满载各十次正常' });
    isProblem(await engineer.act('faults', bad.id, 'close'), 403, 'forbidden');
    assert.equal((await lead.did('faults', bad.id, 'close')).state, 'closed');
    isProblem(await lead.patch(`faults/${bad.id}`, { symptom: 'x' }), 409, 'wrong_state');
  });
  test('with two faults it runs again when both are mended; one that stops nothing changes nothing', async () => {
    const one = await machine(), now = new Date(Date.now() - 1000).toISOString();
    const noise = await fault(one), first = await fault(one, { down_from: now }), second = await fault(one, { down_from: now });
    assert.equal(noise.down_from, null);
    const state = async () => (await lead.read(`equipment/${one.id}`)).state;
    await engineer.did('faults', first.id, 'repair', { action: '修' });
    assert.equal(await state(), 'under_repair');
    await lead.did('faults', second.id, 'void', { reason: '重复' });
    assert.equal(await state(), 'running');
    isDone(await lead.patch(`faults/${noise.id}`, { down_from: now }));
    assert.equal(await state(), 'under_repair', 'it was reported as noise, and stands');
    isDone(await lead.patch(`faults/${noise.id}`, { up_at: new Date().toISOString() }));
    assert.equal(await state(), 'running');
  });
  test('limits by how critical the machine is, changed by rule', async () => {
    const hours = async (type, more) => {
      const one = await fault(await machine({ type }), { down_from: new Date().toISOString(), ...more });
      return [one.due_temporary_at, one.due_restore_at].map((due) => (due === null ? null : Math.round((Date.parse(due) - Date.parse(one.created_at)) / 3600_000)));
    };
    assert.deepEqual(await hours('fire_pump'), [2, 24]);
    assert.deepEqual(await hours('ups'), [null, 48]);
    assert.deepEqual(await hours('street_lamp'), [null, 168]);
    assert.deepEqual(await hours('fire_pump', { down_from: at('2025-01-01T08:00'), up_at: at('2025-01-01T09:00') }), [null, null], 'over already');
    const [rule] = (await manager.read('rules?filter[code]=equipment.restore_c_hours')).items;
    isDone(await manager.patch(`rules/${rule.id}`, { value: 24 }));
    assert.deepEqual(await hours('street_lamp'), [null, 24]);
  });
  test('a contractor’s work counts only with the signature of our person', async () => {
    const firm = await lead.make('contractors', { name: '通达电梯', licence_no: 'TS3311', licence_until: '2099-01-01' });
    const one = await fault(await machine(), { contractor: firm.id });
    isProblem(await engineer.act('faults', one.id, 'repair', { action: '换曳引绳' }), 422, 'invalid', ['signature']);
    const done = await engineer.did('faults', one.id, 'repair', { action: '换曳引绳', signature: await engineer.photo() });
    assert.equal(done.witness, world.users.engineer);
  });
  test('times that cannot be are refused', async () => {
    const one = await machine(), later = new Date(Date.now() + 3600_000).toISOString();
    const wrong = (more) => lead.post('faults', { equipment: one.id, symptom: 'x', ...more });
    isProblem(await wrong({ down_from: later }), 422, 'invalid', ['down_from', 'found_at']);
    isProblem(await wrong({ up_at: at('2025-01-01T09:00') }), 422, 'invalid', ['down_from']);
    isProblem(await wrong({ down_from: at('2025-01-01T10:00'), up_at: at('2025-01-01T09:00') }), 422, 'invalid', ['up_at']);
  });
  test('it becomes a repair of the same place, once, and each names the other', async () => {
    const one = await fault(await machine());
    const done = await engineer.did('faults', one.id, 'convert', { category: 'water.low_pressure' });
    const repair = await lead.read(`repairs/${done.repair}`);
    assert.deepEqual([repair.space, repair.place_kind, repair.title], [place, 'equipment', '生活水泵：不出水']);
    assert.ok((await lead.read(`repairs/${repair.id}/links`)).items.some((link) => link.id === one.id));
    isProblem(await engineer.act('faults', one.id, 'convert', { category: 'water.low_pressure' }), 409, 'wrong_state');
  });
});

describe('figures', () => {
  const period = 'from=2025-03-01&to=2025-03-10';
  const rows = async (name, more = '') => (await lead.read(`figures/${name}?${period}${more}`)).rows;
  const near = (got, wanted) => assert.ok(Math.abs(got - wanted) < 1e-9, `${got}, not ${wanted}`);
  let a, b, c;
  before(async () => {
    a = await machine({ type: 'chiller', in_service_on: '2025-01-01' });
    b = await machine({ type: 'chiller', in_service_on: '2025-03-06' });
    c = await machine({ type: 'cooling_tower', in_service_on: '2025-01-01' });
    const down = (one, from, to) => fault(one, { down_from: at(from), ...(to ? { up_at: at(to) } : {}) });
    await down(a, '2025-02-28T20:00', '2025-03-01T06:00'); /* over the beginning: 6 h inside */
    await down(a, '2025-03-03T10:00', '2025-03-03T14:00');
    await down(a, '2025-03-03T12:00', '2025-03-03T16:00'); /* two at once: 6 h together */
    await down(a, '2025-03-05T10:00', '2025-03-05T11:00'); /* within a planned stop */
    await down(a, '2025-03-10T20:00', '2025-03-11T02:00'); /* over the end: 4 h inside */
    await down(a, '2025-03-20T00:00', '2025-03-21T00:00'); /* not in the period */
    await fault(a, { found_at: at('2025-03-04T00:00') }); /* nothing stood */
    await lead.make('equipment_stops', { equipment: a.id, since: at('2025-03-05T00:00'), until: at('2025-03-06T00:00'), reason: '换季保养' });
    await down(c, '2025-03-09T00:00'); /* still open */
    const wrong = await down(b, '2025-03-07T00:00', '2025-03-08T00:00');
    await lead.did('faults', wrong.id, 'void', { reason: '登错了' });
  });
  test('hours between failures, hours down, and the share of time it is there: as reckoned by hand', async () => {
    /* a: 240 h, 24 of them a planned stop, down 6 + 6 + 4, five faults; b: from the sixth on, 120 h, none */
    const mtbf = await rows('equipment_mtbf', '&by=equipment&filter[type]=chiller');
    assert.deepEqual(mtbf.map((row) => [row.key, row.label, row.n]), [[a.id, a.name, 5]]);
    near(mtbf[0].value, 200 / 5);
    near((await rows('equipment_mttr', '&by=equipment&filter[type]=chiller'))[0].value, 16 / 5);
    const there = Object.fromEntries((await rows('equipment_availability', '&by=equipment&filter[type]=chiller')).map((row) => [row.key, row]));
    near(there[a.id].value, 200 / 216);
    assert.equal(there[a.id].n, 216);
    near(there[b.id].value, 1);
    assert.deepEqual(there[a.id].filter, { 'filter[equipment]': a.id, 'filter[type]': 'chiller' });
  });
  test('together, by type, by month, and one by its filter', async () => {
    const [all] = await rows('equipment_mtbf', '&filter[type]=chiller');
    near(all.value, (200 + 120) / 5);
    near((await rows('equipment_availability', `&filter[equipment]=${a.id}`))[0].value, 200 / 216);
    const types = await rows('equipment_mtbf', '&by=type');
    assert.equal(types.find((row) => row.key === 'chiller').n, 5);
    assert.equal(types.find((row) => row.key === 'chiller').label, 'Chiller');
    const months = (await lead.read('figures/equipment_mttr?from=2025-02-01&to=2025-03-31&by=month&filter[type]=chiller')).rows;
    assert.deepEqual(months.map((row) => [row.key, row.n]), [['2025-02', 1], ['2025-03', 6]]);
    near(months[0].value, 4);
    near(months[1].value, (6 + 6 + 6 + 24) / 6);
  });
  test('a fault that is open counts until the end; without a fault there is no time between them', async () => {
    near((await rows('equipment_mtbf', `&filter[equipment]=${c.id}`))[0].value, 192);
    near((await rows('equipment_mttr', `&filter[equipment]=${c.id}`))[0].value, 48);
    near((await rows('equipment_availability', `&filter[equipment]=${c.id}`))[0].value, 0.8);
    assert.deepEqual((await rows('equipment_mtbf', `&filter[equipment]=${b.id}`)).map((row) => [row.n, row.value]), [[0, null]]);
    const [before_it] = (await lead.read(`figures/equipment_availability?from=2024-01-01&to=2024-12-31&filter[equipment]=${c.id}`)).rows;
    assert.deepEqual([before_it.n, before_it.value], [0, null], 'before it was in service');
  });
  test('they are listed with unit and method; another way to tell them apart is refused', async () => {
    const list = (await lead.read('figures')).items.filter((one) => one.name.startsWith('equipment_'));
    assert.deepEqual(list.map((one) => [one.name, one.kind, one.unit]), [['equipment_mtbf', 'measure', 'hours'], ['equipment_mttr', 'measure', 'hours'], ['equipment_availability', 'measure', 'share']]);
    isProblem(await lead.get('figures/equipment_mtbf?by=assignee'), 422, 'invalid', ['by']);
    isProblem(await resident.get('figures/equipment_mtbf'), 403, 'forbidden');
  });
});

describe('the life file', () => {
  test('one line of time, cost by year, and advice with its formula', async () => {
    const one = await machine({ cost_fen: 1_000_000, installed_on: '2020-01-01', in_service_on: '2020-01-15', life_years: 20 });
    await fault(one, { down_from: at('2024-05-01T08:00'), up_at: at('2024-05-01T10:00'), found_at: at('2024-05-01T08:00'), cost_fen: 50_000 });
    await fault(one, { found_at: at('2025-06-01T08:00'), cost_fen: 30_000 });
    const life = await lead.read(`equipment/${one.id}/life`);
    assert.deepEqual(life.items.map((item) => item.kind), ['fail', 'fail', 'install', 'install']);
    assert.deepEqual(life.years.map((year) => [year.year, year.faults, year.total_fen, year.down_min]), [[2024, 1, 50_000, 120], [2025, 1, 30_000, 0]]);
    assert.equal(life.advice.verdict, 'keep');
    await fault(one, { found_at: new Date(Date.now() - 86400_000).toISOString(), cost_fen: 400_000 });
    const dear = (await lead.read(`equipment/${one.id}/life`)).advice;
    const days = Math.floor((Date.now() + 8 * 3600_000) / 86400_000) - Date.UTC(2020, 0, 15) / 86400_000;
    assert.equal(dear.average_fen, Math.floor(((1_000_000 + 480_000) * 365) / days));
    assert.deepEqual([dear.verdict, dear.last_year_fen], ['replace', 400_000]);
    assert.match(dear.method, /÷ years in use/);
    isProblem(await resident.get(`equipment/${one.id}/life`), 404, 'not_found');
  });
  test('what the caller may not see is not in it', async () => {
    const one = await machine(), bad = await fault(one);
    await engineer.did('faults', bad.id, 'convert', { category: 'water.low_pressure' });
    const kinds = async (who) => (await who.read(`equipment/${one.id}/life`)).items.map((item) => item.kind).sort();
    assert.deepEqual(await kinds(lead), ['fail', 'repair']);
    assert.deepEqual(await kinds(guard), ['fail'], 'a guard sees no repairs');
  });
});

describe('spreadsheets and plates', () => {
  const HEAD = '设备编号,设备名称,类型,安装位置,上级设备,重要程度,购置费用（元）,投用日期,额定参数\n';
  test('a dry run tells and does not do; then it is done; the same again changes nothing', async () => {
    const text = `天阳花园设备台账\n${HEAD}DT-1,1 号客梯,曳引式客梯,一栋大堂,,A,"300,000.50",2019年3月1日,载重:1000 kg; 速度:1.75 m/s\nDT-1-M,1 号曳引机,lift_passenger,一栋大堂,DT-1,,,2019/3/1,\nDT-1,1 号客梯,曳引式客梯,,,,,,\n`;
    const told = await importing(text, { dry_run: true });
    assert.equal(told.state, 'done', JSON.stringify(told.result));
    assert.deepEqual([told.result.created, told.result.failed, told.result.heading_row], [{ equipment: 2 }, 0, 2]);
    assert.deepEqual(told.result.columns, { 设备编号: 'code', 设备名称: 'name', 类型: 'type', 安装位置: 'space', 上级设备: 'parent', 重要程度: 'criticality', '购置费用(元)': 'cost_fen', 投用日期: 'in_service_on', 额定参数: 'rated' });
    assert.deepEqual(told.result.warnings.map((one) => [one.row, one.code]), [[5, 'duplicate']]);
    assert.equal((await lead.read('equipment?filter[code]=DT-1')).items.length, 0, 'nothing was done');
    const done = await importing(text);
    assert.deepEqual([done.state, done.result.created], ['done', { equipment: 2 }]);
    const [lift] = (await lead.read('equipment?filter[code]=DT-1')).items, [motor] = (await lead.read('equipment?filter[code]=DT-1-M')).items;
    assert.deepEqual([lift.cost_fen, lift.in_service_on, lift.criticality, lift.rated, lift.space], [30_000_050, '2019-03-01', 'A', { 载重: '1000 kg', 速度: '1.75 m/s' }, place]);
    assert.equal(motor.parent, lift.id, 'a part of what stands in another row');
    assert.equal(motor.criticality, 'A');
    const again = await importing(text);
    assert.deepEqual([again.result.created, again.result.changed, again.result.unchanged], [{ equipment: 0 }, { equipment: 0 }, { equipment: 2 }]);
    const changed = await importing(`${HEAD}DT-1,1 号客梯（西）,曳引式客梯,一栋大堂,,,,,\n`);
    assert.deepEqual(changed.result.changed, { equipment: 1 });
    assert.equal((await lead.read(`equipment/${lift.id}`)).cost_fen, 30_000_050, 'an empty cell says nothing');
  });
  test('bad rows are named with column and value, and nothing is written', async () => {
    const job = await importing(`${HEAD}X-1,甲,没有这种,一栋大堂,,,,,\nX-2,乙,生活水泵,没有这里,,D,abc,2019-02-30,\n,丙,生活水泵,一栋大堂,,,,,\nX-3,丁,生活水泵,一栋大堂,X-9,,,,\nX-4,戊,生活水泵,一栋大堂,,,,,\nX-4,己,生活水泵,一栋大堂,,,,,\n`);
    assert.equal(job.state, 'failed');
    const named = job.result.errors.map((one) => [one.row, one.column, one.code]).sort((p, q) => p[0] - q[0] || (p[1] < q[1] ? -1 : 1));
    assert.deepEqual(named, [[2, '类型', 'reference'], [3, '安装位置', 'reference'], [4, '设备编号', 'required'], [5, '上级设备', 'reference'], [7, '设备名称', 'contradiction']]);
    assert.equal((await lead.read('equipment?filter[code]=X-4')).items.length, 0);
    const values = await importing(`${HEAD}X-2,乙,生活水泵,一栋大堂,,D,abc,2019-02-30,\n`);
    assert.deepEqual(values.result.errors.map((one) => [one.column, one.value]).sort(), [['投用日期', '2019-02-30'], ['购置费用(元)', 'abc'], ['重要程度', 'D']]);
  });
  test('4,000 machines with duplicates in one file', async () => {
    const lines = Array.from({ length: 4000 }, (_, i) => `P-${i % 3900},水表 ${i % 3900},water_meter,一栋大堂,,,,,`).join('\n');
    const begun = Date.now(), job = await importing(`${HEAD}${lines}\n`);
    assert.equal(job.state, 'done', JSON.stringify(job.result).slice(0, 500));
    assert.deepEqual([job.result.created, job.result.warning_count], [{ equipment: 3900 }, 100]);
    assert.ok(Date.now() - begun < 60_000, `${Date.now() - begun} ms`);
    assert.equal((await lead.read('equipment?filter[type]=water_meter&limit=1&count=true')).count, 3900);
  });
  test('who may import; a file that is no such table; the template and the export', async () => {
    const file = isDone(await engineer.upload(Buffer.from('a,b\n'), 'a.csv', 'text/csv'), 201).id;
    isProblem(await engineer.post('imports', { resource: 'equipment', file }), 403, 'forbidden');
    isProblem(await world.as.desk.post('imports', { resource: 'repairs', file }), 422, 'invalid', ['file', 'resource']);
    const job = await importing('a,b\n1,2\n');
    assert.deepEqual([job.state, job.result.errors.length, job.result.rows], ['failed', 1, 0]);
    const template = await lead.get('imports/template?resource=equipment&format=csv', { 'accept-language': 'zh' });
    assert.match(template.text, /设备编号\*,名称\*,类型\*,位置\*,上级设备/);
    const sheet = await lead.get('equipment/export?format=csv&filter[code]=DT-1', { 'accept-language': 'zh' });
    assert.match(sheet.text, /DT-1,1 号客梯（西）,曳引式客梯,一栋大堂/);
  });
  test('plates with code, name and place, ten on a page', async () => {
    const answer = await lead.get('equipment/plates?filter[code][like]=DT-1%25');
    assert.equal(answer.headers['content-type'], 'application/pdf');
    const words = wordsOf(answer.raw);
    for (const word of ['DT-1', 'DT-1-M', '1 号曳引机', '一栋大堂', '天阳花园']) assert.ok(words.includes(word), `${word} in ${words}`);
    isProblem(await lead.get('equipment/plates?filter[code]=NONE'), 422, 'invalid', ['filter']);
    isProblem(await resident.get('equipment/plates'), 422, 'invalid', ['filter']);
  });
});

describe('maintenance', () => {
  const plansOf = async (one, more = '') => (await lead.read(`plans?filter[equipment]=${one.id}&limit=100${more}`)).items;
  test('a machine gets the plans of its type, once, each with its checklist and first tasks', async () => {
    const lift = await machine({ type: 'lift_passenger', name: '计划梯', next_inspection: '2099-03-18' });
    isProblem(await engineer.act('equipment', lift.id, 'plan'), 403, 'forbidden');
    await lead.did('equipment', lift.id, 'plan');
    const plans = await plansOf(lift);
    assert.equal(plans.length, 11);
    const half = plans.find((one) => one.title.endsWith('半月维保')), inspect = plans.find((one) => one.title.includes('定期检验'));
    assert.deepEqual([half.rrule, half.anchor, half.statutory, half.duration_min, half.team, half.window_before_min, half.space], ['FREQ=DAILY;INTERVAL=15', 'last_actual', true, 60, 'engineer', 0, place]);
    assert.match(half.legal_basis, /TSG T5002/);
    assert.deepEqual([inspect.rrule, inspect.dtstart.slice(0, 10), inspect.holidays], ['FREQ=YEARLY', '2099-03-18', 'before']);
    const template = await lead.read(`checklist_templates/${half.checklist_template}`);
    assert.equal(template.code, 'lift_passenger.halfmonth');
    assert.deepEqual(template.items.find((one) => one.label_en === 'levelling'), { item: 'i8', label: '平层精度', label_en: 'levelling', kind: 'number', unit: 'mm', min: '-10', max: '10', required: true, opens: { resource: 'faults', symptom: '平层精度不合格' } });
    const tasks = (await lead.read(`tasks?filter[plan]=${half.id}`)).items;
    assert.deepEqual(tasks.map((one) => [one.state, one.equipment]), [['due', lift.id]]);
    await lead.did('equipment', lift.id, 'plan');
    assert.equal((await plansOf(lift)).length, 11, 'again adds none');
    const second = await machine({ type: 'lift_passenger', name: '另一台' });
    await lead.did('equipment', second.id, 'plan');
    assert.equal((await plansOf(second)).find((one) => one.title.endsWith('半月维保')).checklist_template, half.checklist_template, 'one checklist for all machines');
  });
  test('done with its document it stands in the life file; a failed item opens a fault of the machine', async () => {
    const lift = await machine({ type: 'lift_passenger', name: '维保梯' });
    await lead.did('equipment', lift.id, 'plan');
    const half = (await plansOf(lift)).find((one) => one.title.endsWith('半月维保'));
    const [task] = (await lead.read(`tasks?filter[plan]=${half.id}`)).items;
    const { items } = await lead.read(`checklist_templates/${half.checklist_template}`);
    const answers = items.map((one) => ({ item: one.item, value: one.kind === 'number' ? '14' : 'pass' }));
    isProblem(await engineer.act('tasks', task.id, 'finish', { items: answers }), 422, 'invalid', ['document']);
    const document = isDone(await engineer.upload(Buffer.from('%PDF-1.4\n%%EOF\n'), 'log.pdf', 'application/pdf'), 201).id;
    await engineer.did('tasks', task.id, 'finish', { items: answers, document });
    const [bad] = (await lead.read(`faults?filter[equipment]=${lift.id}`)).items;
    assert.equal(bad.symptom, '平层精度不合格');
    assert.deepEqual((await lead.read(`equipment/${lift.id}/life`)).items.map((one) => one.kind).sort(), ['fail', 'maintain']);
  });
  test('a stopped machine’s maintenance rests, but not what the law asks for; it ends with the machine, or goes over to the new one', async () => {
    const pump = await machine({ type: 'fire_pump', name: '消防泵' });
    await lead.did('equipment', pump.id, 'plan');
    const states = async (one) => Object.fromEntries((await plansOf(one)).map((plan) => [plan.title.split('：')[1], plan.state]));
    await engineer.did('equipment', pump.id, 'stop', { reason: '改造' });
    assert.deepEqual(await states(pump), { 消防水泵每周自动启动: 'active', 消防水泵每月手动启动: 'active', 消防水泵季度流量压力试验: 'active', 消防水泵润滑与填料: 'paused' });
    await engineer.did('equipment', pump.id, 'start');
    assert.ok(Object.values(await states(pump)).every((state) => state === 'active'));
    await lead.did('equipment', pump.id, 'swap', { serial: 'N-1', reason: '老化' });
    const [fresh] = (await lead.read(`equipment?filter[code]=${pump.code}`)).items;
    assert.equal((await plansOf(pump)).length, 0);
    assert.equal((await plansOf(fresh)).length, 4);
    for (const task of (await lead.read(`tasks?filter[equipment]=${fresh.id}`)).items) assert.equal(task.state, 'due');
    assert.equal((await lead.read(`tasks?filter[equipment]=${pump.id}&filter[state]=due`)).items.length, 0, 'what is to come is the new one’s');
    await lead.did('equipment', fresh.id, 'scrap', { reason: '拆除' });
    assert.ok(Object.values(await states(fresh)).every((state) => state === 'ended'));
  });
});

describe('permits and contractors', () => {
  const soon = (hours) => new Date(Date.now() + hours * 3600_000).toISOString();
  const wish = (more = {}) => ({ kind: 'electric', work: '换断路器', space: place, workers: ['王工', '李工'], watcher: world.users.engineer2, valid_from: soon(-0.1), valid_to: soon(4), locks: 2,
    conditions: ['power_off', 'voltage_tested', 'earthed', 'locked_and_tagged'], ...more });
  test('asked for, approved by another, worked under, and closed when all locks are off', async () => {
    const permit = await engineer.make('permits', wish());
    assert.deepEqual(permit.missing, []);
    isProblem(await engineer.act('permits', permit.id, 'approve'), 403, 'forbidden');
    isProblem(await engineer.act('permits', permit.id, 'begin'), 409, 'wrong_state');
    assert.equal((await lead.did('permits', permit.id, 'approve')).approver, world.users.eng_lead);
    await engineer.did('permits', permit.id, 'begin');
    isProblem(await engineer.act('permits', permit.id, 'close', { note: '清场', locks_off: 1 }), 422, 'invalid', ['locks_off']);
    assert.equal((await engineer.did('permits', permit.id, 'close', { note: '清场', locks_off: 2 })).state, 'closed');
  });
  test('nobody approves what they asked for, nor what lacks a condition', async () => {
    const own = await lead.make('permits', wish());
    isProblem(await lead.act('permits', own.id, 'approve'), 403, 'forbidden');
    const bare = await engineer.make('permits', wish({ conditions: ['power_off'] }));
    assert.deepEqual(bare.missing, ['voltage_tested', 'earthed', 'locked_and_tagged']);
    isProblem(await lead.act('permits', bare.id, 'approve'), 422, 'invalid', ['conditions']);
    isProblem(await lead.act('permits', (await engineer.make('permits', wish({ locks: 0 }))).id, 'approve'), 422, 'invalid', ['locks']);
  });
  test('two persons, a limited time, known conditions', async () => {
    isProblem(await engineer.post('permits', wish({ workers: ['王工'] })), 422, 'invalid', ['workers']);
    isProblem(await engineer.post('permits', wish({ kind: 'hot', valid_to: soon(9) })), 422, 'invalid', ['valid_to']);
    isProblem(await engineer.post('permits', wish({ valid_to: soon(-1) })), 422, 'invalid', ['valid_to']);
    isProblem(await engineer.post('permits', wish({ conditions: ['lucky'] })), 422, 'invalid', ['conditions']);
    isProblem(await guard.post('permits', wish()), 403, 'forbidden');
  });
  test('a confined space needs air that was measured, hot work is watched after', async () => {
    const conditions = ['ventilated', 'gas_tested', 'rescue_kit', 'watcher', 'communication'];
    const pit = await engineer.make('permits', wish({ kind: 'confined', locks: 0, conditions, oxygen: '18.9' }));
    isProblem(await lead.act('permits', pit.id, 'approve'), 422, 'invalid', ['oxygen']);
    isDone(await engineer.patch(`permits/${pit.id}`, { oxygen: '20.9' }));
    await lead.did('permits', pit.id, 'approve');
    const hot = await engineer.make('permits', wish({ kind: 'hot', locks: 0, conditions: ['cleared', 'extinguisher', 'watcher', 'gas_free'] }));
    await lead.did('permits', hot.id, 'approve');
    await engineer.did('permits', hot.id, 'begin');
    isProblem(await engineer.act('permits', hot.id, 'close', { note: '完' }), 422, 'invalid', ['ended_at']);
  });
  test('whose licence has run out gets no permit; contracts that end soon are found', async () => {
    const firm = await lead.make('contractors', { name: '过期公司', licence_until: '2025-01-01', trades: ['电气'] });
    isProblem(await lead.act('permits', (await engineer.make('permits', wish({ contractor: firm.id }))).id, 'approve'), 422, 'invalid', ['contractor']);
    const contract = { contractor: firm.id, title: '电气维保 2025', valid_from: '2025-01-01', valid_until: '2025-12-31', amount_fen: 5_000_000 };
    isProblem(await lead.post('contracts', { ...contract, valid_until: '2024-12-31' }), 422, 'invalid', ['valid_until']);
    await lead.make('contracts', contract);
    assert.equal((await lead.read('contracts?filter[ends_before]=2026-01-01')).items.length, 1);
    assert.equal((await lead.read('contractors?filter[licence_before]=2026-01-01')).items.length, 1);
    assert.equal((await engineer.read('contracts')).items.length, 0, 'amounts are not for everybody');
  });
});

describe('when days go by', () => {
  test('an inspection that has run out stops the machine, and it does not start without the next one', async () => {
    const lift = await machine({ type: 'lift_passenger', name: '过期梯', registration_no: '梯11京A00001', next_inspection: '2025-03-01' });
    await world.restart({ clock: 86400 }); /* what is due is looked for at once */
    await world.loginAll();
    await until(async () => (await lead.read(`equipment/${lift.id}`)).state === 'stopped', 'it is stopped');
    assert.equal((await lead.read(`equipment_stops?filter[equipment]=${lift.id}`)).items[0].kind, 'expired');
    isProblem(await engineer.act('equipment', lift.id, 'start'), 422, 'invalid', ['next_inspection']);
    isDone(await lead.patch(`equipment/${lift.id}`, { next_inspection: '2099-03-01' }));
    assert.equal((await engineer.did('equipment', lift.id, 'start')).state, 'running');
    assert.ok((await manager.read('messages')).items.some((one) => one.text.includes('过期梯') || one.text.includes('Inspection run out')), 'the manager hears of it, by its name');
  });
});
