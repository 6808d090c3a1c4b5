/* Who sees what: own homes, own tasks, own project, own company. What one may not know is not there. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report } from './world.mjs';

const EVERYBODY = ['admin', 'manager', 'region', 'desk', 'desk2', 'desk_lead', 'eng_lead', 'engineer', 'engineer2', 'quality', 'cashier', 'guard', 'resident', 'neighbour', 'far_desk', 'far_engineer', 'far_resident', 'foreign'];
const PROJECT = ['admin', 'manager', 'region', 'desk', 'desk2', 'desk_lead', 'eng_lead', 'quality', 'cashier'];
let world, as;
const matter = {};
before(async () => {
  world = await openWorld();
  as = world.as;
  matter.reported = { id: (await repairIn(world, 'reported')).id, seen: [...PROJECT, 'resident'] };
  matter.pool = { id: (await repairIn(world, 'accepted')).id, seen: [...PROJECT, 'resident', 'engineer', 'engineer2'] };
  matter.assigned = { id: (await repairIn(world, 'assigned')).id, seen: [...PROJECT, 'resident', 'engineer'] };
  matter.finished = { id: (await repairIn(world, 'confirmed')).id, seen: [...PROJECT, 'resident', 'engineer'] };
  matter.publicByResident = { id: (await as.resident.make('repairs', { space: world.spaces.lobby, category: 'building.handrail', title: '扶手' })).id, seen: [...PROJECT, 'resident'] };
  matter.ofNeighbour = { id: (await as.neighbour.make('repairs', { house: world.houses['1-1-102'], category: 'water.tap', title: '邻居的' })).id, seen: [...PROJECT, 'neighbour'] };
  matter.byGuard = { id: (await as.guard.make('repairs', { space: world.spaces.lobby, category: 'building.handrail', title: '巡逻发现' })).id, seen: [...PROJECT, 'guard'] };
  matter.far = { id: (await as.far_desk.make('repairs', { house: world.houses['9-1-901'], category: 'water.tap', title: '二期的', reporter: world.parties.far_resident })).id, seen: ['admin', 'region', 'far_desk', 'far_resident'] };
  matter.foreign = { id: (await as.foreign.make('repairs', { house: world.houses.foreign, category: 'water.tap', title: '别家的' })).id, seen: ['foreign'] };
});
after(() => world.close());

for (const who of EVERYBODY)
  describe(`${who} sees exactly what is ${who}’s to see`, () => {
    const expected = (name) => matter[name].seen.includes(who);
    test('in the list', async () => {
      const { items } = await as[who].read('repairs?limit=500');
      for (const name of Object.keys(matter)) assert.equal(items.some((one) => one.id === matter[name].id), expected(name), name);
    });
    test('one by one, with events, by filter, by count, by search and in exports', async () => {
      for (const [name, { id }] of Object.entries(matter)) {
        const status = expected(name) ? 200 : 404;
        assert.equal((await as[who].get(`repairs/${id}`)).status, status, name);
        assert.equal((await as[who].get(`repairs/${id}/events`)).status, status, `${name}: events`);
        assert.equal((await as[who].read(`repairs?filter[id]=${id}&count=true`)).count, expected(name) ? 1 : 0, `${name}: count`);
        if (!expected(name)) {
          isProblem(await as[who].act('repairs', id, 'note', { text: 'x' }), 404, 'not_found');
          isProblem(await as[who].patch(`repairs/${id}`, { description: 'x' }), 404, 'not_found');
          isProblem(await as[who].del(`repairs/${id}`), 404, 'not_found');
          assert.equal((await as[who].get(`repairs/${id}/paper`)).status, 404, `${name}: paper`);
          assert.notEqual((await as[who].get(`repairs/${id}/suggestions`)).status, 200, `${name}: suggestions`);
        }
      }
      for (const [word, name] of [['二期的', 'far'], ['别家的', 'foreign'], ['邻居的', 'ofNeighbour']])
        assert.equal((await as[who].read(`repairs?q=${encodeURIComponent(word)}`)).items.length, expected(name) ? 1 : 0, word);
      const found = await as[who].get(`search?q=${encodeURIComponent('二期的')}`);
      if (found.status === 200) assert.equal(found.body.items.some((one) => one.id === matter.far.id), expected('far'), 'search');
      const file = await as[who].get('repairs/export?format=csv');
      if (file.status === 200) for (const [word, name] of [['二期的', 'far'], ['别家的', 'foreign'], ['邻居的', 'ofNeighbour']]) assert.equal(file.text.includes(word), expected(name), `export: ${word}`);
    });
  });

describe('people and homes', () => {
  test('a resident sees the own home, the own person and the own account, nothing else', async () => {
    assert.deepEqual((await as.resident.read('houses')).items.map((one) => one.no), ['1-1-101']);
    assert.deepEqual((await as.resident.read('parties')).items.map((one) => one.id), [world.parties.resident]);
    assert.deepEqual((await as.resident.read('users')).items.map((one) => one.id), [world.users.resident]);
    assert.deepEqual((await as.resident.read('claims')).items, []);
    assert.deepEqual((await as.resident.read('followups')).items, []);
    for (const target of [`houses/${world.houses['1-1-102']}`, `parties/${world.parties.neighbour}`, `users/${world.users.desk}`, `houses/${world.houses['1-1-102']}/timeline`])
      isProblem(await as.resident.get(target), 404, 'not_found');
  });
  test('the desk of one project does not know the people of another', async () => {
    isProblem(await as.desk.get(`parties/${world.parties.far_resident}`), 404, 'not_found');
    isProblem(await as.desk.get(`houses/${world.houses['9-1-901']}`), 404, 'not_found');
    isProblem(await as.desk.get(`users/${world.users.far_desk}`), 404, 'not_found');
    assert.deepEqual((await as.desk.read('parties?filter[phone]=13700009999')).items, []);
    assert.deepEqual((await as.desk.read('parties?filter[phone_tail]=9999')).items, []);
    assert.deepEqual((await as.desk.read(`parties?filter[house]=${world.houses['9-1-901']}`)).items, []);
    isProblem(await as.desk.act('parties', world.parties.far_resident, 'reveal', { field: 'phone', reason: '好奇' }), 404, 'not_found');
  });
  test('another company is not there, not even for the administrator', async () => {
    for (const target of [`houses/${world.houses.foreign}`, `projects/${world.projects.foreign}`, `houses/${world.houses.foreign}/timeline`]) isProblem(await as.admin.get(target), 404, 'not_found');
    assert.ok(!(await as.admin.read('houses?limit=500')).items.some((one) => one.no === '7-7-707'));
    assert.ok(!(await as.admin.read('users?limit=500')).items.some((one) => one.login === 'foreign'));
    isProblem(await as.admin.patch(`houses/${world.houses.foreign}`, { note: 'x' }), 404, 'not_found');
    isProblem(await as.admin.post('houses', { no: '1-1-999', area: 50, project: world.projects.foreign }), 422, 'invalid', ['project']);
    isProblem(await as.desk.post('houses', { no: '1-1-998', area: 50, project: world.projects.ERQI }), 422, 'invalid', ['project']);
  });
  test('in the house of a resident the other people are not shown to the tenant', async () => {
    const tenant = (await as.desk.make('parties', { name: '租户', phone: '13500001111' })).id;
    isDone(await as.desk.patch(`houses/${world.houses['2-1-201']}`, { parties: [{ party: world.parties.neighbour, role: 'owner', from: '2020-01-01' }, { party: tenant, role: 'tenant', from: '2021-01-01' }] }));
    const client = await world.person('tenant', [{ role: 'resident', scope: world.projects.TYHY }], { party: tenant });
    assert.deepEqual((await client.read(`houses/${world.houses['2-1-201']}`)).parties.map((one) => one.party), [tenant]);
  });
  test('phones and identity numbers are masked everywhere', async () => {
    for (const who of ['admin', 'manager', 'desk', 'engineer', 'resident'])
      for (const target of ['parties?limit=500', 'houses?limit=500', 'repairs?limit=500&include=reporter', `parties/${world.parties.resident}`, `houses/${world.houses['1-1-101']}`]) {
        const { text } = await as[who].get(target);
        for (const secret of ['13800001234', '13900005678', '11010519491231002X']) assert.ok(!text.includes(secret), `${who} ${target}`);
      }
    const { text } = await as.desk.get('search?q=1234');
    assert.ok(!text.includes('13800001234'));
    for (const target of ['parties/export?format=csv', 'houses/export?format=csv', 'repairs/export?format=csv']) assert.ok(!(await as.desk.get(target)).text.includes('13800001234'), target);
  });
  test('a building’s desk sees that building', async () => {
    const building = (await as.admin.read('spaces?filter[kind]=building&limit=500')).items.find((one) => one.code === '2' && one.project === world.projects.TYHY);
    const client = await world.person('building_desk', [{ role: 'desk', scope: building.id }]);
    assert.deepEqual((await client.read('houses?limit=500')).items.map((one) => one.no), ['2-1-201']);
    const repair = await as.desk.make('repairs', report(world, { house: world.houses['2-1-201'], reporter: world.parties.neighbour }));
    assert.deepEqual((await client.read('repairs?limit=500')).items.map((one) => one.id), [repair.id]);
    await client.did('repairs', repair.id, 'accept');
    isProblem(await client.act('repairs', matter.reported.id, 'accept'), 404, 'not_found');
    isProblem(await client.post('repairs', report(world)), 422, 'invalid');
  });
  test('a building’s desk sees the people of that building', async () => {
    const client = new (as.desk.constructor)(world, await world.login('building_desk'));
    isProblem(await client.get(`parties/${world.parties.resident}`), 404, 'not_found');
  });
});

test('meta is cut to what the caller may see', async () => {
  const names = async (who) => (await as[who].read('meta')).resources.map((one) => one.name);
  assert.ok((await names('desk')).includes('claims'));
  assert.ok(!(await names('resident')).includes('claims'));
  assert.ok(!(await names('resident')).includes('followups'));
  const actions = (await as.resident.read('meta')).resources.find((one) => one.name === 'repairs').actions.map((one) => one.name);
  assert.ok(actions.includes('confirm') && !actions.includes('assign'));
  for (const resource of (await as.admin.read('meta')).resources) {
    assert.ok(resource.label.length > 0);
    for (const field of resource.fields) {
      assert.deepEqual([typeof field.name, typeof field.label, typeof field.type, typeof field.required], ['string', 'string', 'string', 'boolean']);
      assert.ok(!/password_hash|totp/.test(field.name));
    }
  }
});

test('figures are not for residents, and count only what one may see', async () => {
  isProblem(await as.resident.get('figures'), 403, 'forbidden');
  isProblem(await as.resident.get('figures/repair_count'), 403, 'forbidden');
  const total = async (who) => (await as[who].read('figures/repair_count')).rows.reduce((sum, row) => sum + row.n, 0);
  assert.equal(await total('far_desk'), 1);
  assert.equal(await total('foreign'), 1);
  assert.ok((await total('desk')) >= 7);
  assert.equal(await total('admin'), (await total('desk')) + 1);
});
