/* 催缴 (card P10): the ladder, what stops it, how often people are contacted, and when a suit is too late. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { isDone, isProblem, openWorld, until } from './world.mjs';

const DAY = 86_400;
const day = (offset) => new Date(Date.now() + 8 * 3600_000 + offset * DAY * 1000).toISOString().slice(0, 10);
let world, manager, cashier, resident, house, other, item, charge;
const rule = async (code, value) => {
  const [row] = (await manager.read(`rules?filter[code]=${code}`)).items;
  isDone(await manager.patch(`rules/${row.id}`, { value }));
};
const caseOf = async (home) => (await manager.read(`arrears_cases?filter[house]=${home}`)).items[0];
const act = (one, action, body = {}, who = cashier) => who.post(`arrears_cases/${one.id}/actions/${action}`, body);
const owe = async (home, amount_fen, due_date) => isDone(await manager.post('charges', { house: home, tariff: item, amount_fen, due_date }), 201);
const years = (date, n) => `${Number(date.slice(0, 4)) + n}${date.slice(4)}`;
/** Days later; the chores run at once when the server is up. */
const later = async (days) => {
  await world.restart({ clock: days * DAY });
  await world.loginAll();
};

before(async () => {
  world = await openWorld();
  ({ manager, cashier, resident } = world.as);
  house = world.houses['1-1-101'];
  other = world.houses['1-1-102'];
  item = isDone(await manager.post('tariffs', { code: 'WYF', name: '物业服务费', kind: 'one_off', from: '2020-01-01' }), 201).id;
  await rule('arrears.contact_from', 0);
  await rule('arrears.contact_to', 24);
  charge = isDone(await manager.post('charges', { house, tariff: item, amount_fen: 30_000, due_date: day(0), note: '十一月' }), 201);
  isDone(await manager.patch(`charges/${charge.id}`, { payer: world.parties.resident }));
});
after(() => world.close());

describe('the ladder', () => {
  test('nothing happens on the due day', async () => {
    await later(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await caseOf(house), undefined);
  });

  test('a day later the payer is reminded in the app, once', async () => {
    await later(1);
    const one = await until(() => caseOf(house), 'a case');
    assert.deepEqual([one.stage, one.owed_fen, one.oldest_due, one.state], ['remind', 30_000, day(0), 'open']);
    const told = async () => (await resident.read('messages')).items.filter((message) => message.id !== undefined && JSON.stringify(message).includes('到应缴日') || JSON.stringify(message).includes('come due'));
    assert.equal((await told()).length, 1);
    await later(1);
    assert.equal((await told()).length, 1);
  });

  for (const [days, stage] of [[16, 'remind_again'], [31, 'call'], [61, 'letter'], [91, 'visit'], [121, 'lawyer'], [181, 'court']])
    test(`after ${days} days it is at ${stage}`, async () => {
      await later(days);
      await until(async () => (await caseOf(house)).stage === stage, stage);
    });

  test('a suit is possible for three years from the due day, and anew from a delivered demand', async () => {
    let one = await caseOf(house);
    assert.equal(one.limitation_on, years(day(0), 3));
    one = isDone(await act(one, 'contact', { kind: 'letter', said: '挂号信已签收', delivered: true }));
    assert.equal(one.limitation_on, years(day(181), 3));
  });

  test('what is paid is chased no more', async () => {
    isDone(await cashier.post('payments', { house, amount_fen: 30_000, method: 'transfer' }), 201);
    await later(182);
    await until(async () => (await caseOf(house)).state === 'closed', 'closed');
  });
});

describe('fairness', () => {
  let one;
  before(async () => {
    await owe(other, 90_000, day(182));
    await later(215);
    one = await until(() => caseOf(other), 'a case');
  });

  test('at most three contacts a week', async () => {
    for (let i = 0; i < 3; i++) isDone(await act(one, 'contact', { kind: 'call', said: '没人接' }));
    isProblem(await act(one, 'contact', { kind: 'call', said: '又打' }), 422, 'invalid', ['kind']);
  });

  test('and not outside the hours', async () => {
    const hour = new Date(Date.now() + 8 * 3600_000).getUTCHours();
    await rule('arrears.contact_from', (hour + 2) % 23);
    await rule('arrears.contact_to', Math.min((hour + 2) % 23 + 1, 24));
    isProblem(await act(one, 'contact', { kind: 'visit', said: '上门' }), 422, 'invalid', ['kind']);
    await rule('arrears.contact_from', 0);
    await rule('arrears.contact_to', 24);
  });

  test('a promise stops the ladder until its day, and counts when it is not kept', async () => {
    isProblem(await act(one, 'promise', { date: day(200) }), 422, 'invalid', ['date']);
    one = isDone(await act(one, 'promise', { date: day(225), promise_fen: 90_000 }));
    assert.deepEqual([one.state, one.pause_reason], ['paused', 'promise']);
    await later(250);
    await until(async () => { one = await caseOf(other); return one.state === 'open'; }, 'resumed');
    assert.deepEqual([one.broken_promises, one.stage], [1, 'letter']);
  });

  test('a promise begins the three years anew, an unanswered call after it does not, a proved demand does', async () => {
    assert.deepEqual([one.demand_on, one.limitation_on], [day(215), years(day(215), 3)]);
    one = isDone(await act(one, 'contact', { kind: 'call', said: '没人接' }));
    assert.deepEqual([one.demand_on, one.limitation_on], [day(215), years(day(215), 3)]);
    one = isDone(await act(one, 'contact', { kind: 'letter', said: '投递，无签收' }));
    assert.equal(one.limitation_on, years(day(215), 3));
    one = isDone(await act(one, 'contact', { kind: 'call', said: '本人接听，有录音', delivered: true }));
    assert.deepEqual([one.demand_on, one.limitation_on], [day(250), years(day(250), 3)]);
  });

  test('instalments are kept as long as the parts are paid', async () => {
    one = isDone(await act(one, 'instalment', { count: 3, first_on: day(255) }, manager));
    assert.deepEqual(one.parts.map((part) => part.fen), [30_000, 30_000, 30_000]);
    isDone(await cashier.post('payments', { house: other, amount_fen: 30_000, method: 'transfer' }), 201);
    await later(258);
    await until(async () => { one = await caseOf(other); return one.owed_fen === 60_000; }, 'looked at');
    assert.equal(one.state, 'paused');
    await later(300);
    await until(async () => (await caseOf(other)).state === 'open', 'the second part was not paid');
  });

  test('what is disputed is not chased', async () => {
    const [open] = (await manager.read(`charges?filter[house]=${other}&filter[open]=true`)).items;
    isDone(await manager.post(`charges/${open.id}/actions/dispute`, { reason: '面积不对' }));
    await later(302);
    await until(async () => (await caseOf(other)).state === 'closed', 'closed while it is disputed');
  });

  test('nobody opens or sees cases who should not', async () => {
    isProblem(await manager.post('arrears_cases', { house }), 403, 'forbidden');
    assert.equal((await resident.get('arrears_cases')).body.items.length, 0);
  });
});

describe('the limitation', () => {
  const third = () => world.houses['2-1-201'];
  /* The newest first; older ones than a month are not listed any more. */
  const words = async (who) => (await who.read('messages')).items.map((one) => /time to sue.* (in \d+ days|has run out)$/.exec(one.text)?.[1]).filter((word) => word !== undefined);
  const told = (who, ...expected) => until(async () => JSON.stringify(await words(who)) === JSON.stringify(expected), `told ${expected}`);
  let accountant;

  test('is told 60, 30 and 7 days ahead, and when it is past, to accountant and manager, once each', async () => {
    accountant = await world.person('books', [{ role: 'accountant', scope: world.projects.TYHY }]);
    world.as.books = accountant;
    await owe(third(), 1000, years(day(302 + 70), -3));
    await later(303);
    const one = await until(() => caseOf(third()), 'a case');
    assert.equal(one.limitation_on, day(372));
    assert.equal(one.remind_at, undefined, 'it is nobody’s field');
    assert.deepEqual(await words(accountant), []);
    for (const [ahead, ...expected] of [[59, 'in 59 days'], [40, 'in 59 days'], [28, 'in 28 days'], [6, 'in 6 days', 'in 28 days'], [1, 'in 6 days', 'in 28 days'],
      [-2, 'has run out', 'in 6 days']]) {
      await later(372 - ahead);
      for (const who of [accountant, manager]) await told(who, ...expected);
    }
    assert.deepEqual(await words(cashier), []);
  });

  test('a case that begins near its end says so at once', async () => {
    await owe(world.houses['3-2-1501'], 1000, years(day(374 + 20), -3));
    await later(375);
    await until(() => caseOf(world.houses['3-2-1501']), 'a case');
    await told(accountant, 'in 19 days', 'has run out', 'in 6 days');
  });
});
