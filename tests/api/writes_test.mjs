/* Writing safely: once, not over somebody else's change, and in one form only (CONTRACT section 2). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report, sleep } from './world.mjs';

let world, desk, desk2, admin;
before(async () => { world = await openWorld(); ({ desk, desk2, admin } = world.as); });
after(() => world.close());

const keyed = (key = randomUUID()) => ({ 'idempotency-key': key });
const countRepairs = async () => (await desk.read('repairs?count=true&limit=1')).count;

describe('a press of the button twice is one repair', () => {
  test('the same key and body get the same answer, headers too, and one record', async () => {
    const headers = keyed(), body = report(world), before = await countRepairs();
    const first = await desk.post('repairs', body, headers), again = await desk.post('repairs', body, headers);
    assert.equal(first.status, 201);
    assert.equal(again.status, 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.location, first.headers.location);
    assert.equal(again.headers.etag, first.headers.etag);
    assert.equal(await countRepairs(), before + 1);
  });

  test('twenty presses at once are one record', async () => {
    const headers = keyed(), body = report(world), before = await countRepairs();
    const answers = await Promise.all(Array.from({ length: 20 }, () => desk.post('repairs', body, headers)));
    for (const answer of answers) assert.equal(answer.text, answers[0].text);
    assert.equal(answers[0].status, 201);
    assert.equal(await countRepairs(), before + 1);
  });

  test('an action pressed twice is done once, and the second is told so even though the state has moved on', async () => {
    const headers = keyed(), repair = await repairIn(world, 'reported');
    const first = await desk.act('repairs', repair.id, 'accept', {}, headers);
    isDone(first);
    isDone(await desk.act('repairs', repair.id, 'assign', { assignee: world.users.engineer }));
    assert.equal((await desk.act('repairs', repair.id, 'accept', {}, headers)).text, first.text);
    const events = await desk.read(`repairs/${repair.id}/events`);
    assert.equal(events.items.filter((one) => one.action === 'accept').length, 1);
  });

  test('another body, path or method with the same key is refused', async () => {
    const headers = keyed(), repair = await repairIn(world, 'reported'), other = await repairIn(world, 'reported');
    isDone(await desk.patch(`repairs/${repair.id}`, { title: '新摘要' }, headers));
    isProblem(await desk.patch(`repairs/${repair.id}`, { title: '另一个' }, headers), 422, 'idempotency_mismatch');
    isProblem(await desk.patch(`repairs/${other.id}`, { title: '新摘要' }, headers), 422, 'idempotency_mismatch');
    isProblem(await desk.post('repairs', { title: '新摘要' }, headers), 422, 'idempotency_mismatch');
    assert.equal((await desk.read(`repairs/${other.id}`)).title, other.title, 'and nothing was done');
  });

  test('a key is one person’s: another’s same key is another’s', async () => {
    const headers = keyed(), body = report(world);
    const mine = isDone(await desk.post('repairs', body, headers), 201), theirs = isDone(await desk2.post('repairs', body, headers), 201);
    assert.notEqual(mine.id, theirs.id);
  });

  test('a refused write does not use its key up', async () => {
    const headers = keyed();
    isProblem(await desk.post('repairs', report(world, { title: '' }), headers), 422, 'invalid');
    isDone(await desk.post('repairs', report(world), headers), 201);
  });

  test('a refused action does not use its key up either', async () => {
    const headers = keyed(), repair = await repairIn(world, 'reported');
    isProblem(await desk.act('repairs', repair.id, 'assign', { assignee: world.users.engineer }, headers), 409, 'wrong_state');
    isDone(await desk.act('repairs', repair.id, 'accept'));
    isDone(await desk.act('repairs', repair.id, 'assign', { assignee: world.users.engineer }, headers));
  });

  test('a DELETE with a key is told again', async () => {
    const headers = keyed(), house = await admin.make('houses', { no: '8-1-801', area: 50, project: world.projects.TYHY });
    assert.equal((await admin.del(`houses/${house.id}`, undefined, headers)).status, 204);
    assert.equal((await admin.del(`houses/${house.id}`, undefined, headers)).status, 204);
    const events = await admin.read(`houses/${house.id}/events`);
    assert.equal(events.items.filter((one) => one.action === 'archive').length, 1);
  });

  test('after a restart the answer is still the same', async () => {
    const headers = keyed(), body = report(world);
    const first = await desk.post('repairs', body, headers);
    await world.restart();
    assert.equal((await desk.post('repairs', body, headers)).text, first.text);
    isProblem(await desk.post('repairs', { ...body, title: '别的' }, headers), 422, 'idempotency_mismatch');
  });

  test('after kill -9 what was answered is there, and its key tells it again', async () => {
    const headers = keyed(), body = report(world);
    const first = await desk.post('repairs', body, headers);
    assert.equal(first.status, 201);
    await world.server.stop('SIGKILL');
    await world.start();
    assert.equal((await desk.post('repairs', body, headers)).text, first.text);
    isDone(await desk.get(`repairs/${first.body.id}`));
  });

  test('a key of 8 days ago is forgotten', async () => {
    const headers = keyed(), body = report(world);
    const first = await desk.post('repairs', body, headers);
    await world.restart({ clock: 8 * 86400 });
    await world.loginAll(); /* sessions end after 7 days too */
    let later;
    for (let i = 0; i < 50; i++, await sleep(100)) { /* it is swept in the background */
      later = isDone(await desk.post('repairs', body, headers), 201);
      if (later.id !== first.body.id) break;
    }
    await world.restart({ clock: 0 });
    await world.loginAll();
    assert.notEqual(later.id, first.body.id);
  });

  test('a key that is too long is refused', async () => isProblem(await desk.post('repairs', report(world), keyed('k'.repeat(300))), 400, 'bad_request'));
});

describe('nobody overwrites what somebody else has just changed', () => {
  test('a record is read with a strong ETag, which changes with each write', async () => {
    const repair = await repairIn(world, 'reported');
    const one = await desk.get(`repairs/${repair.id}`), same = await desk.get(`repairs/${repair.id}`);
    assert.match(one.headers.etag, /^"[^"]+"$/);
    assert.equal(one.headers.etag, same.headers.etag);
    const changed = await desk.patch(`repairs/${repair.id}`, { title: '改过' });
    assert.notEqual(changed.headers.etag, one.headers.etag);
    assert.equal((await desk.get(`repairs/${repair.id}`)).headers.etag, changed.headers.etag);
    const acted = await desk.act('repairs', repair.id, 'accept');
    assert.notEqual(acted.headers.etag, changed.headers.etag);
    assert.equal((await desk.get(`repairs/${repair.id}`)).headers.etag, acted.headers.etag);
  });

  test('two people edit: the second is told that it has been changed', async () => {
    const repair = await repairIn(world, 'reported'), { etag } = (await desk.get(`repairs/${repair.id}`)).headers;
    isDone(await desk.patch(`repairs/${repair.id}`, { title: '甲改的' }, { 'if-match': etag }));
    isProblem(await desk2.patch(`repairs/${repair.id}`, { title: '乙改的' }, { 'if-match': etag }), 412, 'changed');
    assert.equal((await desk.read(`repairs/${repair.id}`)).title, '甲改的');
  });

  test('two people accept at once: one does, the other is told the present state', async () => {
    const repair = await repairIn(world, 'reported');
    const answers = await Promise.all([desk.act('repairs', repair.id, 'accept'), desk2.act('repairs', repair.id, 'accept')]);
    assert.deepEqual(answers.map((one) => one.status).sort(), [200, 409]);
    assert.equal(answers.find((one) => one.status === 409).body.state, 'accepted');
  });

  test('two engineers take the same job: one gets it', async () => {
    const repair = await repairIn(world, 'accepted'), { engineer, engineer2 } = world.as;
    const answers = await Promise.all([engineer.act('repairs', repair.id, 'take'), engineer2.act('repairs', repair.id, 'take')]);
    const statuses = answers.map((one) => one.status).sort();
    assert.equal(statuses[0], 200);
    assert.ok([404, 409].includes(statuses[1]), `the other may not see it any more, or comes late: ${statuses[1]}`);
  });

  for (const value of ['*', undefined])
    test(`If-Match ${value ?? 'absent'} matches whatever is there`, async () => {
      const repair = await repairIn(world, 'reported');
      isDone(await desk.patch(`repairs/${repair.id}`, { title: '改' }, value ? { 'if-match': value } : {}));
    });
  for (const value of ['"other"', 'v1', 'W/"v1"', '""', '"v0"', '"v-1"'])
    test(`If-Match ${value} matches nothing`, async () => {
      const repair = await repairIn(world, 'reported');
      isProblem(await desk.patch(`repairs/${repair.id}`, { title: '改' }, { 'if-match': value }), 412, 'changed');
    });
  test('DELETE heeds If-Match too', async () => {
    const house = await admin.make('houses', { no: '8-1-802', area: 50, project: world.projects.TYHY });
    isProblem(await admin.del(`houses/${house.id}`, undefined, { 'if-match': '"v7"' }), 412, 'changed');
    assert.equal((await admin.read(`houses/${house.id}`)).archived_at, null);
  });
});

describe('merge patch', () => {
  test('null clears an optional field', async () => {
    const repair = await repairIn(world, 'reported', { description: '说明' });
    assert.equal(isDone(await desk.patch(`repairs/${repair.id}`, { description: null }, { 'content-type': 'application/merge-patch+json' })).description, null);
  });
  test('null on a required field is refused', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await desk.patch(`repairs/${repair.id}`, { title: null }), 422, 'invalid', ['title']);
    isProblem(await desk.patch(`repairs/${repair.id}`, { category: null }), 422, 'invalid', ['category']);
    isProblem(await desk.patch(`repairs/${repair.id}`, { house: null }), 422, 'invalid', ['house']);
    isProblem(await admin.patch(`users/${world.users.desk}`, { login: null }), 422, 'invalid', ['login']);
  });
  test('a read-only field is refused, even with the value it has', async () => {
    const repair = await repairIn(world, 'assigned');
    for (const field of ['state', 'rating', 'assignee', 'no', 'id', 'created_at', 'due_arrive_at', 'visits', 'actions'])
      isProblem(await desk.patch(`repairs/${repair.id}`, { [field]: repair[field] ?? null }), 422, 'invalid', [field]);
  });
  test('an empty patch changes nothing that can be seen', async () => {
    const repair = await repairIn(world, 'reported');
    const after = isDone(await desk.patch(`repairs/${repair.id}`, {}));
    for (const field of ['title', 'state', 'category', 'description']) assert.deepEqual(after[field], repair[field]);
  });
  test('what is not named stays', async () => {
    const repair = await repairIn(world, 'reported', { description: '留着' });
    const after = isDone(await desk.patch(`repairs/${repair.id}`, { title: '只改摘要' }));
    assert.equal(after.description, '留着');
    assert.equal(after.title, '只改摘要');
  });
});

describe('putting away', () => {
  test('DELETE answers 204; then it is shown with archived_at, and lists leave it out', async () => {
    const house = await admin.make('houses', { no: '8-1-803', area: 50, project: world.projects.TYHY });
    const gone = await admin.del(`houses/${house.id}`);
    assert.equal(gone.status, 204);
    assert.equal(gone.text, '');
    const shown = await admin.read(`houses/${house.id}`);
    assert.match(shown.archived_at, /^\d{4}-\d\d-\d\dT/);
    const list = await admin.read('houses?limit=500');
    assert.ok(!list.items.some((one) => one.id === house.id));
    isProblem(await desk.post('repairs', report(world, { house: house.id })), 422, 'invalid', ['house']);
  });
  test('DELETE twice is harmless', async () => {
    const house = await admin.make('houses', { no: '8-1-804', area: 50, project: world.projects.TYHY });
    assert.equal((await admin.del(`houses/${house.id}`)).status, 204);
    assert.equal((await admin.del(`houses/${house.id}`)).status, 204);
  });
  test('a repair opened by mistake is voided with a reason, and offers nothing more', async () => {
    const repair = await repairIn(world, 'reported');
    const after = await desk.did('repairs', repair.id, 'void', { reason: '误开' });
    assert.notEqual(after.archived_at, null);
    assert.deepEqual(after.actions, []);
    isProblem(await desk.act('repairs', repair.id, 'accept'), 409, 'wrong_state');
    assert.ok(!(await desk.read('repairs?limit=500')).items.some((one) => one.id === repair.id));
  });
});

describe('a phone that was offline', () => {
  test('key:<uuid> stands for the record it made, in paths and references', async () => {
    const { 'idempotency-key': key } = keyed();
    const repair = isDone(await desk.post('repairs', report(world), keyed(key)), 201);
    assert.equal((await desk.read(`repairs/key:${key}`)).id, repair.id);
    assert.equal(isDone(await desk.patch(`repairs/key:${key}`, { title: '离线改' })).id, repair.id);
    assert.equal((await desk.did('repairs', `key:${key}`, 'accept')).state, 'accepted');
    assert.ok((await desk.read(`repairs/key:${key}/events`)).items.length >= 3);
    const other = await repairIn(world, 'reported');
    assert.equal((await desk.did('repairs', other.id, 'merge', { into: `key:${key}` })).into, repair.id);
  });
  test('a reference by key in a creation', async () => {
    const { 'idempotency-key': key } = keyed();
    const party = isDone(await desk.post('parties', { name: '新住户', phone: '13711112222' }, keyed(key)), 201);
    assert.equal(isDone(await desk.post('repairs', report(world, { reporter: `key:${key}` })), 201).reporter, party.id);
  });
  test('an unknown key is 404 in a path and 422 as a reference', async () => {
    isProblem(await desk.get(`repairs/key:${randomUUID()}`), 404, 'not_found');
    isProblem(await desk.post('repairs', report(world, { house: `key:${randomUUID()}` })), 422, 'invalid', ['house']);
  });
  test('another’s key, and a key of another kind of record, stand for nothing', async () => {
    const { 'idempotency-key': key } = keyed();
    isDone(await desk.post('repairs', report(world), keyed(key)), 201);
    isProblem(await desk2.get(`repairs/key:${key}`), 404, 'not_found');
    isProblem(await desk.get(`houses/key:${key}`), 404, 'not_found');
    isProblem(await desk.post('repairs', report(world, { house: `key:${key}` })), 422, 'invalid', ['house']);
  });

  const event = async (repair, action) => (await desk.read(`repairs/${repair.id}/events`)).items.find((one) => one.action === action);
  test('the device’s own time is kept beside the server’s', async () => {
    const at = new Date(Date.now() - 60_000).toISOString();
    const repair = await desk.make('repairs', report(world, { device_at: at }));
    const line = await event(repair, 'report');
    assert.equal(Date.parse(line.device_at), Date.parse(at));
    assert.ok(Math.abs(Date.parse(line.at) - Date.now()) < 30_000);
    assert.ok(!line.clock_skew, 'a minute is no skew');
  });
  for (const [name, minutes, skew] of [['6 minutes behind', -6, true], ['6 minutes ahead', 6, true], ['4 minutes behind', -4, false], ['4 minutes ahead', 4, false], ['5 hours ago', -300, true]])
    test(`a device ${name} ${skew ? 'is marked' : 'is not marked'}`, async () => {
      const repair = await repairIn(world, 'reported');
      await desk.did('repairs', repair.id, 'accept', { device_at: new Date(Date.now() + minutes * 60_000).toISOString() });
      assert.equal((await event(repair, 'accept')).clock_skew === true, skew);
    });
  test('an action without it has no device_at', async () => {
    const repair = await repairIn(world, 'accepted');
    assert.equal((await event(repair, 'accept')).device_at ?? null, null);
  });
  test('a device time that is none is refused', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await desk.act('repairs', repair.id, 'accept', { device_at: '2026-01-01' }), 422, 'invalid', ['device_at']);
  });
});

describe('forms', () => {
  test('ids are decimal text, times carry an offset, unknown is null', async () => {
    const repair = await desk.make('repairs', report(world));
    for (const field of ['id', 'house', 'reporter', 'project']) assert.match(repair[field], /^[1-9]\d*$/);
    for (const field of ['created_at', 'updated_at', 'due_respond_at', 'due_arrive_at', 'due_finish_at']) assert.match(repair[field], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)$/);
    for (const field of ['description', 'assignee', 'finished_at', 'rating', 'archived_at', 'quote_fen']) assert.equal(repair[field], null, field);
    assert.equal(repair.contact_phone, '138****1234');
  });

  test('Location leads to what was made', async () => {
    const answer = await desk.post('repairs', report(world));
    assert.equal(answer.headers.location, `/api/v1/repairs/${answer.body.id}`);
    assert.equal((await desk.get(answer.headers.location)).body.id, answer.body.id);
  });

  test('a number is made of prefix, project code, day and four digits, and never comes twice', async () => {
    const made = await Promise.all(Array.from({ length: 60 }, () => desk.make('repairs', report(world))));
    const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10).replaceAll('-', '');
    for (const repair of made) assert.match(repair.no, new RegExp(`^BX-TYHY-(${today}|\\d{8})-\\d{4,}$`));
    assert.equal(new Set(made.map((one) => one.no)).size, made.length);
  });

  const times = [['2030-12-01T10:00:00+08:00', '2030-12-01T02:00:00Z'], ['2030-12-01T10:00:00.5+08:00', '2030-12-01T02:00:00.5Z'], ['2030-12-01T02:00:00Z', '2030-12-01T02:00:00Z'], ['2030-12-01T00:00:00-05:30', '2030-12-01T05:30:00Z'], ['2028-02-29T00:00:00+08:00', '2028-02-28T16:00:00Z']];
  for (const [given, meant] of times)
    test(`${given} is ${meant}`, async () => {
      const repair = await desk.make('repairs', report(world, { appoint_from: given, appoint_to: '2031-01-01T00:00:00Z' }));
      assert.equal(Date.parse(repair.appoint_from), Date.parse(meant));
    });
  for (const given of ['2029-02-29T00:00:00Z', '2030-12-01 10:00:00', '2030-12-01T10:00', '2030-12-01T10:00:60+08:00:00', '01/12/2030', '2030-13-01T00:00:00Z', '', '2030-12-01T10:00:00+25:00'])
    test(`${given || 'an empty text'} is no time`, async () => isProblem(await desk.post('repairs', report(world, { appoint_from: given, appoint_to: '2031-01-01T00:00:00Z' })), 422, 'invalid', ['appoint_from']));

  for (const [given, ok] of [[89.5, true], [0.01, true], [143.07, true], [120, true], [1e2, true], [89.555, false], [-1, false], ['89.5', false], [1e12, false], [true, false], [0.001, false]])
    test(`an area of ${JSON.stringify(given)} m2 is ${ok ? 'kept exactly' : 'refused'}`, async () => {
      const answer = await admin.patch(`houses/${world.houses['2-1-201']}`, { area: given });
      if (ok) assert.equal(isDone(answer).area, given);
      else isProblem(answer, 422, 'invalid', ['area']);
    });
  test('an area’s two decimals are not spoiled on the way', async () => {
    for (const area of [0.07, 0.29, 1.15, 4.35, 8.2, 99.99, 143.07, 1000000.01]) {
      const answer = await admin.patch(`houses/${world.houses['2-1-201']}`, { area });
      assert.equal(isDone(answer).area, area);
      assert.match(answer.text, new RegExp(`"area":${String(area).replace('.', '\\.')}[,}]`));
    }
  });

  for (const [given, ok] of [['2026-11-23', true], ['2026-02-29', false], ['2026-11-23T00:00:00Z', false], ['23.11.2026', false], ['2026-1-3', false], [20261123, false]])
    test(`a handover on ${given} is ${ok ? 'taken' : 'refused'}`, async () => {
      const answer = await admin.patch(`houses/${world.houses['2-1-201']}`, { handover_date: given });
      if (ok) assert.equal(isDone(answer).handover_date, given);
      else isProblem(answer, 422, 'invalid', ['handover_date']);
    });

  test('text comes back as it was: blanks inside, emoji, rare characters, right-to-left', async () => {
    for (const title of ['漏水 💧 很急', '𠮷野家门口', 'a\tb', '<script>alert(1)</script>', "'; DROP TABLE repair; --", '=1+1', 'مرحبا', '"引号"\\反斜'])
      assert.equal((await desk.make('repairs', report(world, { title }))).title, title);
  });
  test('120 characters fit, counted as characters', async () => {
    const title = '𠮷'.repeat(120);
    assert.equal((await desk.make('repairs', report(world, { title }))).title, title);
  });
});

describe('events tell what happened, oldest first', () => {
  test('report, accept and patch, with actor, states and what changed', async () => {
    const repair = await repairIn(world, 'reported');
    await desk2.did('repairs', repair.id, 'accept', { urgency: 'urgent' });
    isDone(await desk.patch(`repairs/${repair.id}`, { title: '水管爆裂' }));
    const { items, next } = await desk.read(`repairs/${repair.id}/events`);
    assert.deepEqual(items.map((one) => one.action), ['report', 'accept', 'update']);
    assert.equal(next, null);
    const [first, accept, update] = items;
    assert.deepEqual([first.from, first.to, first.actor], [null, 'reported', world.users.desk]);
    assert.deepEqual([accept.from, accept.to, accept.actor], ['reported', 'accepted', world.users.desk2]);
    assert.deepEqual(accept.changes.urgency, ['normal', 'urgent']);
    assert.deepEqual(update.changes.title, ['厨房水龙头滴水', '水管爆裂']);
    assert.deepEqual(Object.keys(update.changes), ['title']);
    for (const one of items) {
      assert.match(one.id, /^[1-9]\d*$/);
      for (const member of ['at', 'place', 'changes', 'from', 'to']) assert.ok(member in one, member);
    }
  });

  test('they are paged without loss or repeat', async () => {
    const repair = await repairIn(world, 'reported');
    for (let i = 0; i < 9; i++) await desk.did('repairs', repair.id, 'note', { text: `第 ${i} 次` });
    const seen = [];
    for (let after = ''; ;) {
      const page = await desk.read(`repairs/${repair.id}/events?limit=3${after && `&after=${encodeURIComponent(after)}`}`);
      assert.ok(page.items.length <= 3);
      seen.push(...page.items.map((one) => one.id));
      if (page.next === null) break;
      after = page.next;
    }
    assert.equal(seen.length, 10);
    assert.equal(new Set(seen).size, 10);
  });

  test('personal data is masked in them', async () => {
    const party = await desk.make('parties', { name: '保密人', phone: '13812345678', id_no: '110105194912310029' });
    isDone(await desk.patch(`parties/${party.id}`, { phone: '13987654321' }));
    const text = (await desk.get(`parties/${party.id}/events`)).text;
    for (const secret of ['13812345678', '13987654321', '110105194912310029']) assert.ok(!text.includes(secret), `${secret} is not in ${text}`);
    assert.match(text, /138\*{4}5678/);
    const repair = await desk.make('repairs', report(world, { contact_phone: '13811112222' }));
    assert.ok(!(await desk.get(`repairs/${repair.id}/events`)).text.includes('13811112222'));
  });

  test('a reveal is told with its reason and without the value', async () => {
    const answer = await desk.did('parties', world.parties.resident, 'reveal', { field: 'phone', reason: '核对来电' });
    assert.deepEqual(answer, { value: '13800001234' });
    const { items } = await desk.read(`parties/${world.parties.resident}/events`);
    const line = items.find((one) => one.action === 'reveal');
    assert.match(JSON.stringify(line), /核对来电/);
    assert.ok(!JSON.stringify(items).includes('13800001234'));
    isProblem(await desk.act('parties', world.parties.resident, 'reveal', { field: 'phone' }), 422, 'invalid', ['reason']);
    isProblem(await desk.act('parties', world.parties.resident, 'reveal', { field: 'name', reason: '看看' }), 422, 'invalid', ['field']);
  });

  test('a password is in no answer and in no event', async () => {
    const user = await admin.make('users', { login: 'secretive', name: '密', password: 'a very secret one', roles: [{ role: 'guard', scope: world.projects.TYHY }] });
    assert.ok(!JSON.stringify(user).includes('secret one') && !('password' in user) && !('password_hash' in user));
    const events = await admin.get(`users/${user.id}/events`);
    assert.ok(!/secret one|argon2/.test(events.text), events.text);
    assert.ok(!/argon2/.test((await admin.get(`users/${user.id}`)).text));
  });
});
