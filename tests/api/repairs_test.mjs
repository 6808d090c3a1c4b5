/* 报修, card P06: the whole way of a repair, and what goes wrong on it. Days pass by restarting at a later time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report, sleep } from './world.mjs';

const HOUR = 3600, DAY = 24 * HOUR;
let world, as;
before(async () => { world = await openWorld(); as = world.as; });
after(() => world.close());

const now = () => Date.now() + (world.options.clock ?? 0) * 1000;
const minutesBetween = (a, b) => (Date.parse(b) - Date.parse(a)) / 60_000;
const read = (repair) => as.desk.read(`repairs/${repair.id}`);
const events = async (repair) => (await as.desk.read(`repairs/${repair.id}/events`)).items;
const finish = async (repair, more = {}) => as.engineer.did('repairs', repair.id, 'finish', { cause: '自然损耗', solution: '换阀芯', after_photos: [await as.engineer.photo()], ...more });
async function later(seconds) {
  await world.restart({ clock: (world.options.clock ?? 0) + seconds });
  await world.loginAll();
}
async function until(what, test) {
  for (let i = 0; i < 150; i++, await sleep(100)) {
    const got = await what();
    if (test(got)) return got;
  }
  return what();
}

describe('from the call to the thanks', () => {
  test('a tap is reported, accepted, assigned, visited, mended and praised; each step is one event', async () => {
    const { desk, engineer, resident } = as;
    const repair = await resident.make('repairs', { house: world.houses['1-1-101'], category: 'water.tap', title: '水龙头滴水', description: '三天了' });
    assert.equal(repair.state, 'reported');
    assert.equal(repair.reporter, world.parties.resident, 'a resident reports for oneself');
    assert.equal(repair.channel, 'app');
    await desk.did('repairs', repair.id, 'accept');
    const assigned = await desk.did('repairs', repair.id, 'assign', { assignee: world.users.engineer });
    assert.equal(assigned.assignee, world.users.engineer);
    const there = await engineer.did('repairs', repair.id, 'arrive', { place: { lat: 39.9, lng: 116.4 }, photo: await engineer.photo() });
    assert.equal(there.visits, 1);
    assert.notEqual(there.arrived_at, null);
    const done = await finish(repair);
    assert.notEqual(done.finished_at, null);
    const thanked = await resident.did('repairs', repair.id, 'confirm', { overall: 5, timeliness: 5, attitude: 4, comment: '很快' });
    assert.equal(thanked.state, 'confirmed');
    assert.equal(thanked.rating.overall, 5);
    assert.equal(thanked.rating.attitude, 4);
    assert.equal(thanked.rating.quality, null);
    assert.equal(thanked.rating.comment, '很快');
    const lines = await events(repair);
    assert.deepEqual(lines.map((one) => one.action), ['report', 'accept', 'assign', 'arrive', 'finish', 'confirm']);
    assert.deepEqual(lines.map((one) => one.to), ['reported', 'accepted', 'assigned', 'working', 'finished', 'confirmed']);
    assert.deepEqual(lines.map((one) => one.actor), ['resident', 'desk', 'desk', 'engineer', 'engineer', 'resident'].map((who) => world.users[who]));
    assert.deepEqual(lines[3].place, { lat: 39.9, lng: 116.4 });
  });

  test('what can be derived is not asked', async () => {
    const repair = await as.desk.make('repairs', report(world));
    assert.deepEqual([repair.urgency, repair.place_kind, repair.channel, repair.contact_phone, repair.payer], ['normal', 'inside_home', 'phone', '138****1234', 'owner']);
    const place = await as.desk.make('repairs', { space: world.spaces.lobby, category: 'building.handrail', title: '扶手松动' });
    assert.deepEqual([place.urgency, place.place_kind, place.reporter], ['urgent', 'common_part', null]);
    const common = await as.resident.make('repairs', { space: world.spaces.lobby, category: 'water.tap', title: '大堂水龙头' });
    assert.notEqual(common.payer, 'owner', 'for a common part the owner never pays');
  });

  test('a resident cannot report in another’s name', async () => {
    const answer = await as.resident.post('repairs', report(world, { reporter: world.parties.neighbour }));
    if (answer.status === 201) assert.equal(answer.body.reporter, world.parties.resident);
    else isProblem(answer, 422, 'invalid', ['reporter']);
  });

  test('a resident cannot report for another’s home', async () => {
    isProblem(await as.resident.post('repairs', { house: world.houses['1-1-102'], category: 'water.tap', title: '邻居家' }), 422, 'invalid', ['house']);
  });
});

describe('the desk decides', () => {
  test('a rejection says why, ends the clocks, and the resident reads it', async () => {
    const repair = await repairIn(world, 'rejected');
    assert.match(JSON.stringify((await as.resident.read(`repairs/${repair.id}/events`)).items.at(-1)), /燃气公司/);
    assert.equal(repair.next_due_at, null);
    assert.notEqual(repair.respond_done_at, null, 'a rejection is a response');
  });

  test('forty neighbours report the same: one leads, the others follow it', async () => {
    const leader = await repairIn(world, 'accepted'), other = await as.neighbour.make('repairs', { house: world.houses['1-1-102'], category: 'water.no_water', title: '停水' });
    const merged = await as.desk.did('repairs', other.id, 'merge', { into: leader.id });
    assert.equal(merged.into, leader.id);
    assert.equal(merged.state, 'merged');
  });
  test('a repair is not merged into itself, into one that has ended, or into one of another project', async () => {
    const repair = await repairIn(world, 'reported'), ended = await repairIn(world, 'cancelled');
    const far = await as.far_desk.make('repairs', { house: world.houses['9-1-901'], category: 'water.tap', title: '别的项目' });
    for (const into of [repair.id, ended.id, far.id]) isProblem(await as.desk.act('repairs', repair.id, 'merge', { into }), 422, 'invalid', ['into']);
  });

  test('work goes only to one who repairs here', async () => {
    const repair = await repairIn(world, 'accepted');
    for (const who of ['desk2', 'guard', 'resident', 'far_engineer', 'foreign']) isProblem(await as.desk.act('repairs', repair.id, 'assign', { assignee: world.users[who] ?? (await as.foreign.read('me')).user.id }), 422, 'invalid', ['assignee']);
    await as.desk.did('repairs', repair.id, 'assign', { assignee: world.users.eng_lead });
  });

  test('accepting as urgent tightens the limits from the report on', async () => {
    const repair = await repairIn(world, 'reported');
    const after = await as.desk.did('repairs', repair.id, 'accept', { urgency: 'urgent' });
    assert.equal(after.urgency, 'urgent');
    assert.equal(minutesBetween(after.created_at, after.due_arrive_at), 30);
    assert.equal(minutesBetween(after.created_at, after.due_finish_at), 240);
  });

  test('a wrong category is put right: new limits, the original start', async () => {
    const repair = await repairIn(world, 'accepted');
    const burst = (await as.desk.read('repair_categories?filter[code]=water.burst')).items[0];
    const after = isDone(await as.desk.patch(`repairs/${repair.id}`, { category: 'water.burst' }));
    assert.equal(after.urgency, 'urgent');
    assert.equal(minutesBetween(after.created_at, after.due_arrive_at), burst.arrive_min);
    assert.equal(minutesBetween(after.created_at, after.due_finish_at), burst.finish_min);
    assert.equal(after.created_at, repair.created_at);
  });

  test('the desk may correct until it is finished, not after', async () => {
    for (const state of ['reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting']) {
      const repair = await repairIn(world, state);
      isDone(await as.desk.patch(`repairs/${repair.id}`, { title: '改一改', urgency: 'normal', house: world.houses['1-1-102'], description: '补充' }));
    }
    for (const state of ['finished', 'confirmed', 'cancelled', 'rejected']) {
      const answer = await as.desk.patch(`repairs/${(await repairIn(world, state)).id}`, { title: '改一改' });
      isProblem(answer, 409, 'wrong_state');
      assert.equal(answer.body.state, state);
    }
  });

  test('the resident may correct description and photos until it is accepted, nothing else, not after', async () => {
    const repair = await repairIn(world, 'reported');
    isDone(await as.resident.patch(`repairs/${repair.id}`, { description: '又大了', photos: [await as.resident.photo()] }));
    for (const body of [{ title: '改' }, { category: 'other' }, { urgency: 'urgent' }, { house: world.houses['1-1-102'] }]) isProblem(await as.resident.patch(`repairs/${repair.id}`, body), 403, 'forbidden');
    await as.desk.did('repairs', repair.id, 'accept');
    isProblem(await as.resident.patch(`repairs/${repair.id}`, { description: '再改' }), 409, 'wrong_state');
    isProblem(await as.neighbour.patch(`repairs/${repair.id}`, { description: '邻居改' }), 404, 'not_found');
    isProblem(await as.engineer.patch(`repairs/${(await repairIn(world, 'assigned')).id}`, { title: '工程改' }), 403, 'forbidden');
  });

  test('an appointment moves the arrival to its window and 15 minutes', async () => {
    const from = new Date(now() + 30 * HOUR * 1000), to = new Date(now() + 32 * HOUR * 1000);
    const repair = await as.desk.make('repairs', report(world, { appoint_from: from.toISOString(), appoint_to: to.toISOString() }));
    assert.equal(minutesBetween(to.toISOString(), repair.due_arrive_at), 15);
    assert.ok(Date.parse(repair.due_finish_at) > from.getTime(), 'the work begins when the customer is there');
  });
});

describe('the engineer', () => {
  test('takes from the pool, hands back with a reason, and another takes it', async () => {
    const repair = await repairIn(world, 'accepted');
    assert.equal((await as.engineer2.did('repairs', repair.id, 'take')).assignee, world.users.engineer2);
    isProblem(await as.engineer2.act('repairs', repair.id, 'decline', {}), 422, 'invalid', ['reason']);
    const back = await as.engineer2.did('repairs', repair.id, 'decline', { reason: '手上有急修' });
    assert.deepEqual([back.state, back.assignee], ['accepted', null]);
    assert.equal((await as.engineer.did('repairs', repair.id, 'take')).assignee, world.users.engineer);
  });

  test('passes the work on with a reason; it is the other’s from then on', async () => {
    for (const state of ['assigned', 'working', 'quoted', 'waiting']) {
      const repair = await repairIn(world, state);
      isProblem(await as.engineer.act('repairs', repair.id, 'transfer', { assignee: world.users.engineer2 }), 422, 'invalid', ['reason']);
      isProblem(await as.engineer.act('repairs', repair.id, 'transfer', { assignee: world.users.guard, reason: '换人' }), 422, 'invalid', ['assignee']);
      const answer = await as.engineer.act('repairs', repair.id, 'transfer', { assignee: world.users.engineer2, reason: '需要电工证' });
      assert.ok([200].includes(answer.status), `${state}: ${answer.text.slice(0, 200)}`);
      isProblem(await as.engineer.get(`repairs/${repair.id}`), 404, 'not_found');
      const mine = await as.engineer2.read(`repairs/${repair.id}`);
      assert.deepEqual([mine.state, mine.paused_at], ['assigned', null]);
      await as.engineer2.did('repairs', repair.id, 'arrive');
    }
  });

  test('does not finish without a photo after the work', async () => {
    const repair = await repairIn(world, 'working');
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换' }), 422, 'invalid', ['after_photos']);
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [] }), 422, 'invalid', ['after_photos']);
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: null }), 422, 'invalid', ['after_photos']);
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { after_photos: [await as.engineer.photo()] }), 422, 'invalid', ['cause', 'solution']);
    assert.equal((await read(repair)).state, 'working');
  });
  test('does not finish with another’s photo', async () => {
    const repair = await repairIn(world, 'working');
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [await as.neighbour.photo()] }), 422, 'invalid', ['after_photos']);
  });
  test('does not finish before being there', async () => {
    const repair = await repairIn(world, 'assigned');
    const answer = await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [await as.engineer.photo()] });
    isProblem(answer, 409, 'wrong_state');
    assert.equal(answer.body.state, 'assigned');
  });
});

describe('the price', () => {
  const price = { labour_fen: 4000, materials: [{ item: 'toilet.fill', qty: 2 }] };
  test('is labour and the list’s materials, and is agreed to before the work', async () => {
    const repair = await repairIn(world, 'working');
    const quoted = await as.engineer.did('repairs', repair.id, 'quote', price);
    assert.equal(quoted.quote_fen, 4000 + 2 * 8000);
    isProblem(await as.engineer.act('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [await as.engineer.photo()] }), 409, 'wrong_state');
    isProblem(await as.engineer.act('repairs', repair.id, 'accept_quote'), 403, 'forbidden');
    await as.resident.did('repairs', repair.id, 'accept_quote');
    assert.equal((await finish(repair)).final_fen, 20000);
  });
  test('becomes a charge with the acceptance; sent back, it is taken back, and is owed again once', async () => {
    const chargesOf = async (repair) => (await as.manager.read(`charges?filter[source]=${repair.id}&sort=created_at`)).items;
    const repair = await repairIn(world, 'working');
    await as.engineer.did('repairs', repair.id, 'quote', price);
    await as.resident.did('repairs', repair.id, 'accept_quote');
    await finish(repair);
    assert.deepEqual(await chargesOf(repair), []);
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 5 });
    const [charge] = await chargesOf(repair);
    assert.deepEqual([charge.amount_fen, charge.state, charge.house, charge.payer, charge.source_type], [20000, 'open', repair.house, repair.reporter, 'repair']);
    assert.ok(charge.lines[0].text.includes(repair.no), charge.lines[0].text);
    await as.resident.did('repairs', repair.id, 'rework', { reason: '又漏了' });
    assert.deepEqual((await chargesOf(repair)).map((one) => [one.state, one.amount_fen]), [['reversed', 20000], ['reversed', -20000]]);
    await as.engineer.did('repairs', repair.id, 'arrive');
    await finish(repair);
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 5 });
    assert.deepEqual((await chargesOf(repair)).filter((one) => one.state === 'open').map((one) => one.amount_fen), [20000]);
  });
  test('refused, the repair is cancelled', async () => {
    const repair = await repairIn(world, 'quoted');
    assert.equal((await as.resident.did('repairs', repair.id, 'refuse_quote', { reason: '太贵' })).state, 'cancelled');
  });
  test('of exactly 500 yuan is the engineer’s, of one fen more the lead’s', async () => {
    const repair = await repairIn(world, 'working');
    isProblem(await as.engineer.act('repairs', repair.id, 'quote', { labour_fen: 50001, materials: [] }), 403, 'forbidden');
    isProblem(await as.engineer.act('repairs', repair.id, 'quote', { labour_fen: 42001, materials: [{ item: 'toilet.fill', qty: 1 }] }), 403, 'forbidden');
    assert.equal((await as.engineer.did('repairs', repair.id, 'quote', { labour_fen: 42000, materials: [{ item: 'toilet.fill', qty: 1 }] })).quote_fen, 50000);
    const other = await repairIn(world, 'working');
    assert.equal((await as.eng_lead.did('repairs', other.id, 'quote', { labour_fen: 50001, materials: [] })).quote_fen, 50001);
  });
  test('raised during the work needs consent anew, and no more than agreed is charged', async () => {
    const repair = await repairIn(world, 'working');
    await as.engineer.did('repairs', repair.id, 'quote', price);
    await as.resident.did('repairs', repair.id, 'accept_quote');
    const again = await as.engineer.did('repairs', repair.id, 'quote', { labour_fen: 6000, materials: price.materials });
    assert.equal(again.state, 'quoted');
    await as.resident.did('repairs', repair.id, 'accept_quote');
    assert.equal((await finish(repair, { materials: [{ item: 'toilet.fill', qty: 5 }] })).final_fen, 22000);
  });
  test('is nothing where the owner does not pay', async () => {
    const repair = await repairIn(world, 'working', { payer: 'warranty' });
    assert.equal((await as.engineer.did('repairs', repair.id, 'quote', price)).quote_fen, 0);
  });
  test('of half a piece is rounded to the fen', async () => {
    const repair = await repairIn(world, 'working');
    assert.equal((await as.engineer.did('repairs', repair.id, 'quote', { labour_fen: 1, materials: [{ item: 'toilet.fill', qty: 0.33 }] })).quote_fen, 1 + 2640);
  });
});

describe('confirming and rating', () => {
  test('the reporter confirms; the engineer, the lead and a neighbour do not', async () => {
    const repair = await repairIn(world, 'finished');
    isProblem(await as.engineer.act('repairs', repair.id, 'confirm', { overall: 5 }), 403, 'forbidden');
    isProblem(await as.eng_lead.act('repairs', repair.id, 'confirm', { overall: 5, by_callback: true }), 403, 'forbidden');
    isProblem(await as.neighbour.act('repairs', repair.id, 'confirm', { overall: 5 }), 404, 'not_found');
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 4 });
  });
  test('the desk confirms only after a call-back', async () => {
    const repair = await repairIn(world, 'finished');
    isProblem(await as.desk.act('repairs', repair.id, 'confirm', { overall: 5 }), 403, 'forbidden');
    isProblem(await as.desk.act('repairs', repair.id, 'confirm', { overall: 5, by_callback: false }), 403, 'forbidden');
    assert.equal((await as.desk.did('repairs', repair.id, 'confirm', { overall: 5, by_callback: true })).rating.by_callback, true);
  });
  for (const overall of [0, 6, -1, 3.5, '5', null, true, undefined])
    test(`a rating of ${overall} is refused`, async () => {
      const repair = (rated ??= await repairIn(world, 'finished'));
      isProblem(await as.resident.act('repairs', repair.id, 'confirm', overall === undefined ? {} : { overall }), 422, 'invalid', ['overall']);
    });
  let rated;
  test('a low rating opens a call-back, owned by somebody other than the engineer, who does not see it', async () => {
    const repair = await repairIn(world, 'finished');
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 3, comment: '没修好' });
    const [followup] = (await as.desk.read(`followups?filter[record]=${repair.id}`)).items;
    assert.equal(followup.state, 'open');
    assert.equal(followup.record_type, 'repair');
    assert.equal(followup.house, repair.house);
    assert.notEqual(followup.owner, world.users.engineer);
    assert.notEqual(followup.owner, null);
    assert.ok(Date.parse(followup.due_at) > now());
    assert.deepEqual((await as.engineer.read('followups')).items, []);
    isProblem(await as.engineer.get(`followups/${followup.id}`), 404, 'not_found');
    isProblem(await as.resident.get(`followups/${followup.id}`), 404, 'not_found');
    isProblem(await as.desk.act('followups', followup.id, 'close', {}), 422, 'invalid', ['cause', 'outcome']);
    isProblem(await as.desk.act('followups', followup.id, 'close', { cause: 'late', outcome: 'perhaps' }), 422, 'invalid', ['outcome']);
    assert.equal((await as.desk.did('followups', followup.id, 'attempt', { note: '无人接听' })).state, 'open');
    const closed = await as.desk.did('followups', followup.id, 'close', { cause: 'late', outcome: 'solved' });
    assert.equal(closed.state, 'closed');
    isProblem(await as.desk.act('followups', followup.id, 'close', { cause: 'late', outcome: 'solved' }), 409, 'wrong_state');
    assert.equal((await read(repair)).state, 'confirmed');
  });
  test('a rating of 4 opens none', async () => {
    const repair = await repairIn(world, 'finished');
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 4 });
    assert.deepEqual((await as.desk.read(`followups?filter[record]=${repair.id}`)).items, []);
  });
  test('“not solved” sends the repair to rework', async () => {
    const repair = await repairIn(world, 'finished');
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 1 });
    const [followup] = (await as.quality.read(`followups?filter[record]=${repair.id}`)).items;
    await as.quality.did('followups', followup.id, 'close', { cause: 'quality', outcome: 'not_solved' });
    const back = await read(repair);
    assert.deepEqual([back.state, back.reworks], ['assigned', 1]);
  });
  test('who repaired never follows it up, even when also at the desk', async () => {
    const both = await world.person('allround', [{ role: 'engineer', scope: world.projects.TYHY }, { role: 'desk', scope: world.projects.TYHY }]);
    const repair = await repairIn(world, 'accepted');
    await as.desk.did('repairs', repair.id, 'assign', { assignee: both.id });
    await both.did('repairs', repair.id, 'arrive');
    await both.did('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [await both.photo()] });
    await as.resident.did('repairs', repair.id, 'confirm', { overall: 2 });
    const [followup] = (await as.desk.read(`followups?filter[record]=${repair.id}`)).items;
    assert.notEqual(followup.owner, both.id);
    isProblem(await both.get(`followups/${followup.id}`), 404, 'not_found');
    isProblem(await as.desk.patch(`followups/${followup.id}`, { owner: both.id }), 422, 'invalid', ['owner']);
    assert.notEqual((await as.desk.read(`followups/${followup.id}`)).owner, both.id);
    isProblem(await both.act('repairs', repair.id, 'rework', {}), 422, 'invalid', ['reason']);
  });
  test('who repaired does not confirm the own work by call-back, even when also at the desk', async () => {
    const both = { ...(await as.desk.read('users?filter[login]=allround')).items[0] };
    const client = new (as.desk.constructor)(world, await world.login('allround'), { id: both.id });
    const repair = await repairIn(world, 'accepted');
    await client.did('repairs', repair.id, 'take');
    await client.did('repairs', repair.id, 'arrive');
    await client.did('repairs', repair.id, 'finish', { cause: '老化', solution: '换', after_photos: [await client.photo()] });
    isProblem(await client.act('repairs', repair.id, 'confirm', { overall: 5, by_callback: true }), 403, 'forbidden');
  });
});

describe('again', () => {
  test('a rework is the same record, counted, with a first visit within 2 hours', async () => {
    for (const state of ['finished', 'confirmed']) {
      const repair = await repairIn(world, state);
      isProblem(await as.resident.act('repairs', repair.id, 'rework', {}), 422, 'invalid', ['reason']);
      const again = await as.resident.did('repairs', repair.id, 'rework', { reason: '又漏了' });
      assert.deepEqual([again.id, again.no, again.state, again.reworks, again.rating], [repair.id, repair.no, 'assigned', 1, null]);
      assert.equal(again.assignee, world.users.engineer);
      assert.ok(Date.parse(again.due_arrive_at) > now());
      await as.engineer.did('repairs', repair.id, 'arrive');
      const done = await finish(repair);
      assert.equal(done.visits, 2);
      assert.equal((await as.resident.did('repairs', repair.id, 'rework', { reason: '还漏' })).reworks, 2);
    }
  });
  test('a rework is free of charge', async () => {
    const repair = await repairIn(world, 'confirmed');
    await as.resident.did('repairs', repair.id, 'rework', { reason: '又漏了' });
    await as.engineer.did('repairs', repair.id, 'arrive');
    const quote = await as.engineer.act('repairs', repair.id, 'quote', { labour_fen: 4000, materials: [{ item: 'toilet.fill', qty: 1 }] });
    assert.equal(isDone(quote).quote_fen, 0, 'the same fault is not paid for twice');
  });
});

describe('waiting', () => {
  test('twice is refused, and a date is taken for its evening', async () => {
    const repair = await repairIn(world, 'working');
    isProblem(await as.engineer.act('repairs', repair.id, 'suspend', { reason: 'part' }), 422, 'invalid', ['until']);
    isProblem(await as.engineer.act('repairs', repair.id, 'suspend', { reason: 'lunch', until: '2030-01-02' }), 422, 'invalid', ['reason']);
    const waiting = await as.engineer.did('repairs', repair.id, 'suspend', { reason: 'part', until: '2030-01-02' });
    assert.equal(waiting.wait_reason, 'part');
    assert.ok(waiting.wait_until.startsWith('2030-01-02T'));
    assert.equal(waiting.pauses, 1);
    const answer = await as.engineer.act('repairs', repair.id, 'suspend', { reason: 'owner', until: '2030-01-03' });
    isProblem(answer, 409, 'wrong_state');
    assert.equal(answer.body.state, 'waiting');
  });
  test('goes back to where it came from', async () => {
    for (const state of ['assigned', 'working']) {
      const repair = await repairIn(world, state);
      await as.engineer.did('repairs', repair.id, 'suspend', { reason: 'access', until: '2030-01-02T10:00:00+08:00' });
      const back = await as.engineer.did('repairs', repair.id, 'resume');
      assert.deepEqual([back.state, back.wait_reason, back.wait_until, back.paused_at, back.pauses], [state, null, null, null, 1]);
    }
  });
  test('the reporter cannot cancel what waits, the desk can', async () => {
    const repair = await repairIn(world, 'waiting');
    assert.ok([403, 409].includes((await as.resident.act('repairs', repair.id, 'cancel', { reason: '不修了' })).status));
    assert.equal((await as.desk.did('repairs', repair.id, 'cancel', { reason: '三次无人' })).state, 'cancelled');
  });
});

/* From here on time passes; each later test begins where the last one has left the clock. */
describe('as time passes', () => {
  test('the clock stands still while waiting: two days later the promise is two days later', async () => {
    const repair = await repairIn(world, 'working', { urgency: 'urgent' });
    await as.engineer.did('repairs', repair.id, 'suspend', { reason: 'part', until: '2030-01-02' });
    await later(2 * DAY);
    const waiting = await read(repair);
    assert.equal(waiting.clock.state, 'paused', 'not overdue while it waits');
    assert.deepEqual((await as.desk.read(`repairs?filter[late]=finish&filter[id]=${repair.id}`)).items, []);
    const back = await as.engineer.did('repairs', repair.id, 'resume');
    const shift = minutesBetween(repair.due_finish_at, back.due_finish_at);
    assert.ok(Math.abs(shift - 2 * 24 * 60) < 5, `${shift} minutes`);
    assert.equal((await finish(repair)).state, 'finished');
    assert.deepEqual((await as.desk.read(`repairs?filter[late]=finish&filter[id]=${repair.id}`)).items, []);
  });

  test('finished offline five hours ago: the own time is kept, the clock judged by it, and it is flagged', async () => {
    const repair = await repairIn(world, 'working', { urgency: 'urgent' }), at = new Date(now() + HOUR * 1000).toISOString();
    await later(6 * HOUR);
    assert.equal((await as.desk.read(`repairs?filter[late]=finish&filter[id]=${repair.id}`)).items.length, 1, 'until it comes in, it is overdue');
    const done = await finish(repair, { device_at: at });
    assert.equal(Date.parse(done.finished_at), Date.parse(at));
    assert.deepEqual((await as.desk.read(`repairs?filter[late]=finish&filter[id]=${repair.id}`)).items, [], 'it was in time');
    const line = (await events(repair)).at(-1);
    assert.equal(line.clock_skew, true);
    assert.equal(Date.parse(line.device_at), Date.parse(at));
  });

  test('nobody takes it: reminders go up, also to those who are not asked', async () => {
    const repair = await as.desk.make('repairs', report(world, { urgency: 'urgent' }));
    await later(12 * HOUR);
    const reminded = await until(() => events(repair), (lines) => lines.filter((one) => one.action === 'remind' && one.changes.limit?.[1] === 'respond').length >= 4);
    const percents = reminded.filter((one) => one.action === 'remind' && one.changes.limit[1] === 'respond').map((one) => one.changes.percent[1]);
    assert.deepEqual(percents, [50, 80, 100, 200]);
    assert.ok(reminded.filter((one) => one.action === 'remind').every((one) => one.actor === null), 'by the program itself');
    const messages = (await as.manager.read('messages')).items;
    assert.ok(messages.some((one) => JSON.stringify(one).includes(repair.id)), 'the manager is told');
  });

  test('the resident never answers: confirmed by itself after 72 hours, marked, unrated, and can still be sent back', async () => {
    const silent = await repairIn(world, 'finished');
    await later(71 * HOUR);
    await sleep(1500);
    assert.equal((await read(silent)).state, 'finished', 'not before');
    await later(2 * HOUR);
    const auto = await until(() => read(silent), (one) => one.state === 'confirmed');
    assert.deepEqual([auto.state, auto.auto_confirmed, auto.rating], ['confirmed', true, null]);
    assert.deepEqual((await as.desk.read(`repairs?filter[rated]=true&filter[id]=${silent.id}`)).items, []);
    assert.deepEqual((await as.desk.read(`followups?filter[record]=${silent.id}`)).items, []);
    assert.equal((await events(silent)).at(-1).actor, null);
    const back = await as.resident.did('repairs', silent.id, 'rework', { reason: '其实没修好' });
    assert.deepEqual([back.state, back.reworks], ['assigned', 1]);
    assert.notEqual(back.auto_confirmed, true);
  });

  test('closed by itself 7 days after it was confirmed; sent back from there within 30 days, not after', async () => {
    const early = await repairIn(world, 'confirmed'), late = await repairIn(world, 'confirmed');
    await later(8 * DAY);
    assert.equal((await until(() => read(early), (one) => one.state === 'closed')).state, 'closed');
    await later(21 * DAY);
    assert.deepEqual((await as.resident.did('repairs', early.id, 'rework', { reason: '第 29 天又漏' })).reworks, 1);
    await later(2 * DAY);
    const offered = (await as.resident.read(`repairs/${late.id}`)).actions.map((one) => one.name);
    assert.ok(!offered.includes('rework'), 'no longer offered');
    const answer = await as.resident.act('repairs', late.id, 'rework', { reason: '第 31 天' });
    isProblem(answer, 409, 'wrong_state');
    assert.equal(answer.body.state, 'closed');
    isProblem(await as.desk.act('repairs', late.id, 'rework', { reason: '第 31 天' }), 409, 'wrong_state');
  });

  test('a new owner does not see the former one’s repairs; the former one still sees them, not the new ones', async () => {
    const house = world.houses['3-2-1501'], { admin, desk } = as;
    const party = async (name, phone) => (await desk.make('parties', { name, phone })).id;
    const before = await party('前业主', '13600000001'), after = await party('新业主', '13600000002');
    const day = (shift) => new Date(now() + 8 * HOUR * 1000 + shift * DAY * 1000).toISOString().slice(0, 10);
    isDone(await desk.patch(`houses/${house}`, { parties: [{ party: before, role: 'owner', from: '2020-01-01' }] }));
    const old = await desk.make('repairs', report(world, { house, reporter: before, title: '前业主的报修' }));
    const seller = await world.person('seller', [{ role: 'resident', scope: world.projects.TYHY }], { party: before });
    await later(2 * DAY);
    isDone(await desk.patch(`houses/${house}`, { parties: [{ party: before, role: 'owner', from: '2020-01-01', to: day(0) }, { party: after, role: 'owner', from: day(0) }] }));
    const buyer = await world.person('buyer', [{ role: 'resident', scope: world.projects.TYHY }], { party: after });
    const fresh = await buyer.make('repairs', { house, category: 'water.tap', title: '新业主的报修' });
    const sold = new (as.desk.constructor)(world, await world.login('seller'));
    isProblem(await buyer.get(`repairs/${old.id}`), 404, 'not_found');
    assert.deepEqual((await buyer.read('repairs')).items.map((one) => one.id), [fresh.id]);
    isDone(await sold.get(`repairs/${old.id}`));
    isProblem(await sold.get(`repairs/${fresh.id}`), 404, 'not_found');
    isProblem(await sold.post('repairs', { house, category: 'water.tap', title: '已经卖了' }), 422, 'invalid', ['house']);
    void admin; void seller;
  });
});
