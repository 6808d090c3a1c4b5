/* The description of the API is true: it parses, holds together, and every operation in it is there. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { anju, isDone, openWorld, repairIn, send, until } from './world.mjs';

let world, doc, ids, delivery;
before(async () => {
  world = await openWorld();
  doc = isDone(await world.nobody.get('openapi.json'));
  const low = await repairIn(world, 'finished');
  await world.as.resident.did('repairs', low.id, 'confirm', { overall: 1 });
  const claim = isDone(await world.nobody.post('claims', { house: '1-1-101', name: '某人', phone: '13800001234', login: 'some', password: 'a long password' }), 201);
  const one = async (target) => (await world.as.admin.read(`${target}?limit=1`)).items[0].id;
  ids = { repairs: (await repairIn(world, 'reported')).id, houses: world.houses['1-1-101'], parties: world.parties.resident, users: world.users.guard, projects: world.projects.ERQI, spaces: world.spaces.lobby,
    claims: claim.id };
  await world.as.admin.make('complaints', { category: 'security.theft', statement: '被盗', house: ids.houses });
  await world.as.admin.make('corrective_actions', { title: '换锁', project: world.projects.ERQI });
  await world.as.admin.make('callbacks', { title: '回电', house: ids.houses });
  await world.as.admin.make('exchanges', { name: '总机', secret: 'a secret of the exchange', project: world.projects.ERQI });
  await world.as.admin.make('calls', { caller_phone: '13800001234', house: ids.houses });
  await world.as.admin.make('articles', { title: '几点开门', body: '八点半' });
  await world.as.admin.make('enquiries', { channel: 'phone', question: '几点开门', house: ids.houses });
  const notice = await world.as.admin.make('notices', { kind: 'notice', title: '换灯', body: '<p>周三</p>', audience: {}, project: world.projects.TYHY });
  await world.as.admin.did('notices', notice.id, 'submit');
  delivery = (await world.as.admin.read(`notices/${notice.id}/deliveries`)).items[0].id;
  await world.as.admin.make('webhooks', { url: 'https://hooks.example/', secret: 'a secret of sixteen', events: ['repairs'] });
  const [home, { admin, manager }] = [{ house: ids.houses }, world.as];
  const template = await manager.make('checklist_templates', { name: '日检', items: [{ item: 'clean', label: '整洁', kind: 'check' }] });
  await manager.make('plans', { title: '日检', rrule: 'FREQ=DAILY', checklist_template: template.id, project: world.projects.TYHY });
  await manager.make('checklists', { template: template.id, items: [{ item: 'clean', value: 'pass' }], project: world.projects.TYHY });
  const item = await manager.make('tariffs', { code: 'WYF', kind: 'area', rate_yuan: '2', from: '2025-01-01' });
  const water = await manager.make('tariffs', { code: 'SF', kind: 'meter', rate_yuan: '5', from: '2025-01-01' });
  await manager.make('billing_runs', { period_from: '2026-01-01', period_to: '2026-01-31', tariffs: [item.id] });
  const charge = await manager.make('charges', { ...home, tariff: item.id, period_from: '2026-02-01', period_to: '2026-02-28' });
  await manager.make('payments', { ...home, amount_fen: 100, method: 'cash' });
  await manager.make('deposits', { ...home, amount_fen: 100 });
  await manager.make('adjustments', { charge: charge.id, amount_fen: 1, reason: '优惠' });
  await manager.make('exemptions', { ...home, tariff: item.id, percent: '50', from: '2026-01-01', to: '2026-12-31', reason: '低保' });
  const meter = await manager.make('meters', { ...home, no: 'W-1', item: water.code });
  await manager.make('readings', { meter: meter.id, value: '1' });
  const at = { project: world.projects.TYHY };
  const checkpoint = await manager.make('checkpoints', { name: '东门', ...at });
  const post = await manager.make('posts', { name: '东门岗', kind: 'gate', ...at }), shift = await manager.make('shifts', { name: '白班', from: '08:00', to: '20:00', ...at });
  await manager.make('shift_patterns', { name: '做一休一', steps: [shift.id, null], ...at });
  await manager.make('rosters', { post: post.id, shift: shift.id, day: '2030-01-01', person: world.users.guard });
  await manager.make('certificates', { person: world.users.guard, kind: 'guard_licence', number: '1', document: await manager.photo(), ...at });
  await manager.make('handovers', { post: post.id, to: world.users.guard, keys_count: 1, radio_count: 1 });
  const route = await manager.make('routes', { name: '夜巡', points: [{ checkpoint: checkpoint.id, order: 1 }], interval_min: 120, ...at });
  await manager.make('rounds', { route: route.id, planned_start: '2026-01-01T02:00:00+08:00' }); /* missed: there is an alarm */
  await manager.make('rounds', { route: route.id, planned_start: new Date(Date.now() - 20 * 60_000).toISOString() });
  await manager.make('site_plans', { name: '总平', picture: await manager.photo(), ...at });
  await manager.make('incidents', { kind: 'other', title: '路灯不亮', ...at });
  await manager.make('keys', { name: '水泵房', ...at });
  await manager.make('releases', { house: ids.houses, goods: '沙发' });
  await manager.make('visitor_passes', { house: ids.houses, visitor_name: '王先生' });
  const machine = await admin.make('equipment', { code: 'DT-1', type: 'lift_passenger', name: '客梯', space: ids.spaces });
  const firm = await admin.make('contractors', { name: '通达电梯' });
  await admin.make('contracts', { contractor: firm.id, title: '维保', valid_from: '2026-01-01', valid_until: '2026-12-31', project: world.projects.TYHY });
  await admin.make('equipment_stops', { equipment: machine.id, since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' });
  await admin.make('faults', { equipment: machine.id, symptom: '停梯' });
  const part = await admin.make('parts', { item: '轴承', project: world.projects.TYHY });
  await admin.make('stock_moves', { part: part.id, kind: 'in', qty: 1, price_fen: 100 });
  await admin.make('permits', { kind: 'hot', work: '焊接', space: ids.spaces, workers: ['王工', '李工'], watcher: ids.users, valid_from: new Date().toISOString(), valid_to: new Date(Date.now() + 3600_000).toISOString() });
  await world.restart({ clock: 60 }); /* a minute later, when nobody else has the chores: what is overdue is looked for at once */
  await until(async () => (await admin.read('arrears_cases')).items.length > 0 && (await admin.read('alarms')).items.length > 0, 'a case and an alarm', 20_000);
  for (const { name } of (await world.as.admin.read('meta')).resources) ids[name] ??= await one(name);
});
after(() => world.close());

const operations = () => Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).filter(([method]) => ['get', 'post', 'patch', 'put', 'delete'].includes(method)).map(([method, operation]) => ({ path, method, operation })));

describe('the description', () => {
  test('is OpenAPI 3.1 with title, version and licence', () => {
    assert.match(doc.openapi, /^3\.1\./);
    for (const member of ['title', 'version']) assert.ok(doc.info[member].length > 0);
    assert.equal(doc.info.license.identifier, 'Apache-2.0');
    assert.ok(operations().length > 60);
  });
  test('every $ref leads somewhere', () => {
    const walk = (node, where) => {
      if (node === null || typeof node !== 'object') return;
      if (typeof node.$ref === 'string') {
        assert.ok(node.$ref.startsWith('#/'), `${where}: ${node.$ref}`);
        const found = node.$ref.slice(2).split('/').reduce((at, key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], doc);
        assert.notEqual(found, undefined, `${where}: ${node.$ref}`);
      }
      for (const [key, value] of Object.entries(node)) walk(value, `${where}/${key}`);
    };
    walk(doc, '#');
  });
  test('operation ids are unique, and each operation has a summary, tags and answers', () => {
    const seen = new Set();
    for (const { path, method, operation } of operations()) {
      assert.ok(operation.operationId && !seen.has(operation.operationId), `${method} ${path}: ${operation.operationId}`);
      assert.match(operation.operationId, /^[A-Za-z0-9_.-]+$/);
      seen.add(operation.operationId);
      assert.ok(operation.summary?.length > 0, `${method} ${path} has a summary`);
      assert.ok(operation.tags?.length > 0);
      assert.ok(Object.keys(operation.responses ?? {}).length >= 2, `${method} ${path} has answers`);
      assert.ok('default' in operation.responses || Object.keys(operation.responses).some((code) => code.startsWith('4')), 'also when it is not done');
    }
  });
  test('each parameter in a path is declared, and no other', () => {
    const resolve = (one) => (one.$ref ? one.$ref.slice(2).split('/').reduce((at, key) => at[key], doc) : one);
    for (const { path, method, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort();
      const declared = [...(doc.paths[path].parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      assert.deepEqual(declared.filter((one) => one.in === 'path').map((one) => one.name).sort(), named, `${method} ${path}`);
      for (const one of declared) {
        assert.ok(['path', 'query', 'header', 'cookie'].includes(one.in));
        if (one.in === 'path') assert.equal(one.required, true);
      }
    }
  });
  test('operations that need no log-in say so, and the others are guarded', async () => {
    for (const { path, method, operation } of operations()) {
      const isPublic = operation.security?.length === 0;
      const target = path.replaceAll(/\{\w+\}/g, '1');
      if (path === '/events' && isPublic === false) continue;
      const answer = await world.nobody.call(method.toUpperCase(), `/api/v1${target}`, ['post', 'patch'].includes(method) ? {} : undefined);
      if (isPublic) assert.notEqual(answer.body?.code, 'login_required', `${method} ${path}`);
      else assert.equal(answer.status, 401, `${method} ${path}`);
    }
  });
  test('every resource of meta has its schemas and its actions', async () => {
    for (const resource of (await world.as.admin.read('meta')).resources) {
      assert.ok(doc.components.schemas[resource.name], resource.name);
      for (const field of resource.fields) if (field.type !== 'secret') assert.ok(field.name in doc.components.schemas[resource.name].properties, `${resource.name}.${field.name}`);
      for (const action of resource.actions) assert.ok(doc.paths[`/${resource.name}/{id}/actions/${action.name}`]?.post, `${resource.name} ${action.name}`);
    }
  });
  test('a record has the members that its schema says', async () => {
    for (const [name, id] of Object.entries(ids)) {
      const record = await world.as.admin.read(`${name}/${id}`);
      const { properties } = doc.components.schemas[name];
      const extra = Object.keys(record).filter((member) => !(member in properties));
      assert.deepEqual(extra, 'clock' in record ? ['clock'] : [], `${name} has members that are not described`);
    }
  });
  test('the command line prints the same', () => {
    const { code, out } = anju(['openapi']);
    assert.equal(code, 0);
    const printed = JSON.parse(out);
    assert.deepEqual(Object.keys(printed.paths).sort(), Object.keys(doc.paths).sort());
  });
  test('it speaks both languages', async () => {
    const zh = isDone(await world.nobody.get('openapi.json', { 'accept-language': 'zh' }));
    assert.match(zh.paths['/repairs'].get.summary, /[\u4e00-\u9fff]/);
    assert.doesNotMatch(doc.paths['/repairs'].get.summary, /[\u4e00-\u9fff]/);
  });
});

test('every operation can be called: never an unknown path, method or an inner error', async () => {
  const failed = [];
  const { admin } = world.as;
  const photo = await admin.photo();
  const last = ['DELETE /session', 'DELETE /sessions/{id}', 'POST /me/password'];
  const rank = ({ method, path }) => (last.includes(`${method.toUpperCase()} ${path}`) ? 2 : method === 'delete' ? 1 : 0);
  for (const { path, method, operation } of operations().sort((a, b) => rank(a) - rank(b))) {
    const verb = method.toUpperCase(), [, resource] = path.split('/');
    let id = ids[resource] ?? '1';
    if (path.startsWith('/files/')) id = photo;
    if (path.startsWith('/deliveries/')) id = delivery;
    if (path.startsWith('/sessions/')) id = (await admin.read('sessions')).items.find((one) => one.current).id;
    if (path.startsWith('/jobs/')) {
      const file = (await admin.upload(Buffer.from('房号,面积\n5-1-501,80\n'), 'a.csv', 'text/csv')).body.id;
      id = isDone(await admin.post('imports', { resource: 'houses', file, dry_run: true, project: world.projects.TYHY }), 202).job;
    }
    if (path.startsWith('/figures/')) id = 'repair_count';
    const query = path === '/imports/template' ? '?resource=houses&format=csv' : path === '/search' ? '?q=1-1' : path.startsWith('/arrears') && !path.startsWith('/arrears_') ? `?project=${world.projects.TYHY}${path.endsWith('/export') ? '&format=csv' : ''}` : path.endsWith('/export') ? '?format=csv' : path.endsWith('/trend') ? '?item=clean' : path === '/repairs/duplicates' ? `?house=${world.houses['1-1-101']}&category=water.tap` : '';
    const target = path.replaceAll('{id}', id).replaceAll('{name}', resource).replaceAll('{resource}', 'repairs') + query;
    const exported = path.startsWith('/{') ? target.replace(/^\/[^/]+/, '/repairs') : target;
    let answer;
    if (path === '/events') answer = await peek();
    else if (path === '/files' && verb === 'POST') answer = await admin.upload(Buffer.from('a\n'), 'a.csv', 'text/csv');
    else answer = await send(world.port, verb, `/api/v1${exported}`, { headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' }, body: ['post', 'patch'].includes(method) || path === '/me/totp' ? '{}' : undefined });
    if ([404, 405, 415].includes(answer.status) || answer.status >= 500) failed.push(`${verb} ${path}: ${answer.status} ${answer.text?.slice(0, 100)}`);
    if (verb === 'GET' && answer.status !== 200) failed.push(`${verb} ${path}: ${answer.status}, not 200 ${answer.text?.slice(0, 200)}`);
    if (`${verb} ${path}` === 'DELETE /session' || path.startsWith('/sessions/')) admin.token = await world.login('admin', undefined, { org: '物业公司' });
    void operation;
  }
  assert.deepEqual(failed, []);
});

function peek() {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: world.port, path: '/api/v1/events', agent: false, headers: { authorization: `Bearer ${world.as.admin.token}` } }, (response) => { resolve({ status: response.statusCode, text: '' }); response.on('error', () => {}); request.destroy(); });
    request.on('error', reject);
  });
}
