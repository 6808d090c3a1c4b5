/* Every action x every state x every role: what `actions` offers is what may be done, and only that. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isProblem, openWorld, repairIn } from './world.mjs';

const STATES = ['reported', 'accepted', 'rejected', 'merged', 'assigned', 'working', 'quoted', 'waiting', 'finished', 'confirmed', 'closed', 'cancelled'];
/* From card P06 and CONTRACT section 4, written down here a second time on purpose: state -> action -> who. */
const DESK = ['desk', 'desk_lead', 'manager', 'admin'];
const HAND = ['engineer', 'eng_lead']; /* the engineer is the assignee where there is one */
const MINE = ['resident'];
const MAY = {
  accept: { from: ['reported'], by: DESK },
  reject: { from: ['reported'], by: DESK },
  merge: { from: ['reported', 'accepted'], by: DESK },
  assign: { from: ['accepted'], by: [...DESK, 'eng_lead'] },
  take: { from: ['accepted'], by: ['engineer', 'engineer2', 'eng_lead'] },
  decline: { from: ['assigned'], by: HAND },
  recall: { from: ['assigned'], by: [...DESK, 'eng_lead'] },
  transfer: { from: ['assigned', 'working', 'quoted', 'waiting'], by: [...HAND, ...DESK] },
  arrive: { from: ['assigned'], by: HAND },
  quote: { from: ['working'], by: HAND },
  accept_quote: { from: ['quoted'], by: [...MINE, ...DESK] },
  refuse_quote: { from: ['quoted'], by: [...MINE, ...DESK] },
  suspend: { from: ['working', 'assigned'], by: HAND },
  resume: { from: ['waiting'], by: [...HAND, ...DESK] },
  finish: { from: ['working'], by: HAND },
  confirm: { from: ['finished'], by: [...MINE, ...DESK, 'quality'] },
  rework: { from: ['finished', 'confirmed', 'closed'], by: [...MINE, ...DESK, 'quality'] },
  cancel: { from: ['reported', 'accepted', 'assigned'], by: [...MINE, ...DESK] },
  void: { from: STATES, by: DESK },
  close: { from: [], by: [] },
};
const ROLES = ['admin', 'manager', 'region', 'desk', 'desk_lead', 'eng_lead', 'engineer', 'engineer2', 'quality', 'cashier', 'guard', 'resident', 'neighbour', 'far_desk', 'far_engineer', 'far_resident', 'foreign'];
/* Asked for wrongly on purpose: whoever may, in a right state, is told 422 and nothing is done. */
const WRONG = { colour: 'red' };

let world;
const repairs = {};
before(async () => {
  world = await openWorld();
  for (const state of STATES) repairs[state] = await repairIn(world, state === 'closed' ? 'confirmed' : state);
  /* a week later the program itself closes what was confirmed; the others are made anew, and have their own time */
  const closed = repairs.closed.id;
  await world.restart({ clock: 8 * 86400 });
  await world.loginAll();
  for (let i = 0; i < 100 && repairs.closed.state !== 'closed'; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    repairs.closed = await world.as.desk.read(`repairs/${closed}`);
  }
  assert.equal(repairs.closed.state, 'closed', 'the program closes what was confirmed 7 days ago');
  for (const state of STATES.filter((one) => one !== 'closed')) repairs[state] = await repairIn(world, state);
});
after(() => world.close());

for (const state of STATES)
  describe(`in ${state}`, () => {
    for (const role of ROLES)
      test(`${role} is offered exactly what ${role} may do`, async () => {
        const client = world.as[role], repair = repairs[state];
        const seen = await client.get(`repairs/${repair.id}`);
        const offered = seen.status === 200 ? seen.body.actions.map((one) => one.name) : [];
        const problems = [];
        for (const [action, rule] of Object.entries(MAY)) {
          const answer = await client.act('repairs', repair.id, action, WRONG);
          const late = action === 'cancel' && state === 'waiting' && DESK.includes(role); /* the desk also cancels what waits */
          const theirs = rule.by.includes(role) && !(role === 'engineer' && rule.by.includes('eng_lead') && action !== 'take' && repair.assignee !== world.users.engineer);
          const expected = seen.status === 404 ? 404 : !theirs ? 403 : rule.from.includes(state) || late ? 422 : 409;
          const wanted = expected === 422;
          if (answer.status !== expected) problems.push(`${action}: ${answer.status}, not ${expected}`);
          if (offered.includes(action) !== wanted) problems.push(`${action} is ${wanted ? 'not ' : ''}offered`);
          if (answer.status === 409 && answer.body.state !== state) problems.push(`${action}: 409 tells ${answer.body.state}`);
        }
        for (const name of offered) if (!(name in MAY) && name !== 'note') problems.push(`${name} is offered and unknown here`);
        assert.deepEqual(problems, []);
      });
    test('all those attempts have changed nothing', async () => {
      const now = await world.as.desk.read(`repairs/${repairs[state].id}`);
      assert.equal(now.state, state);
    });
  });

test('who may not see a repair gets the same answer as for one that is not there', async () => {
  for (const role of ['neighbour', 'far_desk', 'far_engineer', 'far_resident', 'foreign', 'cashier']) {
    const answer = await world.as[role].get(`repairs/${repairs.assigned.id}`);
    if (role === 'cashier') assert.equal(answer.status, 200, 'the cashier prints orders');
    else isProblem(answer, 404, 'not_found');
  }
});

test('close is the program’s own: by hand 403', async () => {
  for (const role of ['admin', 'manager', 'desk', 'quality']) isProblem(await world.as[role].act('repairs', repairs.confirmed.id, 'close'), 403, 'forbidden');
});

test('the asks of each offered action have the shape of meta, in meta’s words', async () => {
  const meta = (await world.as.desk.read('meta')).resources.find((one) => one.name === 'repairs');
  for (const state of STATES)
    for (const action of (await world.as.desk.read(`repairs/${repairs[state].id}`)).actions) {
      const declared = meta.actions.find((one) => one.name === action.name);
      assert.deepEqual(action.asks, declared.asks, action.name);
      assert.equal(action.label, declared.label);
      for (const ask of action.asks) {
        assert.deepEqual([typeof ask.name, typeof ask.label, typeof ask.type, typeof ask.required], ['string', 'string', 'string', 'boolean']);
        for (const choice of ask.choices ?? []) assert.deepEqual(Object.keys(choice).sort(), ['label', 'value']);
      }
    }
});

test('meta declares states and the actions’ ways between them as card P06 does', async () => {
  const ways = {};
  for (const who of ['desk', 'engineer', 'resident']) { /* it is cut to what each may ever do */
    const meta = (await world.as[who].read('meta')).resources.find((one) => one.name === 'repairs');
    assert.deepEqual(meta.states.map((one) => one.name), STATES);
    for (const action of meta.actions) ways[action.name] = action;
  }
  const to = { accept: 'accepted', reject: 'rejected', merge: 'merged', assign: 'assigned', take: 'assigned', decline: 'accepted', recall: 'accepted', transfer: 'assigned', arrive: 'working', quote: 'quoted', accept_quote: 'working',
    refuse_quote: 'cancelled', suspend: 'waiting', finish: 'finished', confirm: 'confirmed', rework: 'assigned', cancel: 'cancelled' };
  for (const [name, state] of Object.entries(to)) assert.equal(ways[name].to, state, name);
  for (const [name, rule] of Object.entries(MAY)) {
    if (['void', 'close', 'cancel'].includes(name)) continue;
    assert.deepEqual([...ways[name].from].sort(), [...rule.from].sort(), name);
  }
  assert.deepEqual([...ways.cancel.from].sort(), ['accepted', 'assigned', 'reported', 'waiting']);
});

test('the main path comes first', async () => {
  const first = async (who, state) => (await world.as[who].read(`repairs/${repairs[state].id}`)).actions[0].name;
  assert.equal(await first('desk', 'reported'), 'accept');
  assert.equal(await first('desk', 'accepted'), 'assign');
  assert.equal(await first('engineer', 'assigned'), 'arrive');
  assert.equal(await first('engineer', 'working'), 'finish');
  assert.equal(await first('resident', 'quoted'), 'accept_quote');
  assert.equal(await first('engineer', 'waiting'), 'resume');
  assert.equal(await first('resident', 'finished'), 'confirm');
});
