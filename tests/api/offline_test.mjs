/* Two phones with the client's own queue and the desk write into the same records, in random orders, with networks that go away, answers
 * that get lost and pages that are killed. Whatever happens: everything that was meant is done once or is refused where it can be seen, each
 * phone's work on a record arrives in the order in which it was done, and the books of the server are sound.
 * ANJU_INTERLEAVINGS (100) and ANJU_SEED choose how many and which. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { clientModule } from './client.mjs';
import { isDone, openWorld, report } from './world.mjs';

const ROUNDS = Number(process.env.ANJU_INTERLEAVINGS ?? 100), SEED = Number(process.env.ANJU_SEED ?? 7), STEPS = 14;
const AWAY = { ok: false, problem: { status: 0, code: 'offline', title: '' } };
const NEVER = new Promise(() => {}); /* what a killed page was waiting for: it does not try again */
let world, desk, lead, makeOutbox, memoryShelf;
before(async () => {
  ({ makeOutbox } = await clientModule('shared/outbox'));
  ({ memoryShelf } = await clientModule('shared/shelf'));
  world = await openWorld();
  ({ desk, eng_lead: lead } = world.as);
});
after(() => world.close());

/* The same numbers for the same seed (mulberry32). */
const dice = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

/* What was put there is as it was then, whatever the page does with it afterwards: as IndexedDB keeps it. */
const likeDisk = (shelf) => ({ ...shelf, put: (key, value) => shelf.put(key, structuredClone(value)), all: async () => structuredClone(await shelf.all()) });

/* A phone: the queue over a shelf that outlives the page. */
class Phone {
  constructor(login, roll) {
    Object.assign(this, { login, roll, who: world.as[login], shelf: likeDisk(memoryShelf()), net: true, lose: false, meant: [], uploads: 0 });
  }

  async open() {
    const page = {};
    this.page = page;
    const alive = () => this.page === page; /* a killed page's answers reach nobody */
    await this.flying; /* what it had sent has reached the server before a new page is up: two requests with one key that overtake each other are not meant here */
    this.outbox = makeOutbox({
      shelf: { ...this.shelf, put: async (...row) => (alive() ? this.shelf.put(...row) : true), remove: async (key) => (alive() ? this.shelf.remove(key) : undefined) },
      isNew: () => false,
      list: { all: () => [], add: () => {}, remove: () => {} }, /* nothing is cleared away here */
      owner: () => this.login, ready: () => alive(), now: () => Date.now(),
      send: async (items) => {
        if (!alive()) return NEVER;
        if (!this.net) return AWAY;
        const flight = this.who.post('batch', { items });
        this.flying = flight.catch(() => {});
        const answer = await flight;
        if (!alive()) return NEVER;
        if (this.lose) return (this.lose = false, AWAY);
        return answer.status === 200 ? { ok: true, value: answer.body } : { ok: false, problem: answer.body };
      },
      upload: async (shot) => {
        if (!alive()) return NEVER;
        if (!this.net) return AWAY;
        this.uploads++;
        const id = await this.who.photo();
        return alive() ? { ok: true, value: { id } } : NEVER;
      },
    });
    return this.outbox.load();
  }

  /* Not waited for: a person goes on. What is refused at once is told to the form that is still open. */
  mean(what) {
    const one = { key: randomUUID(), ...what };
    this.meant.push(one);
    void this.outbox.mean({ title: '', body: {}, ...one }).then((outcome) => { one.told = outcome.kind === 'refused'; });
    return new Promise(setImmediate);
  }
}

const plan = () => lead.make('plans', { title: '巡检', rrule: 'FREQ=DAILY', dtstart: new Date(Date.now() + 8 * 3600_000 - 60_000).toISOString().slice(0, 19), window_before_min: 60, window_after_min: 60, team: 'engineer' });

async function interleave(seed) {
  const roll = dice(seed), pick = (list) => list[Math.floor(roll() * list.length)];
  const { id: plan_id } = await plan();
  const task = (await lead.read(`tasks?filter[plan]=${plan_id}&sort=due_at&limit=1`)).items[0].id;
  const repair = await desk.make('repairs', report(world, { title: `争用 ${seed}` }));
  await desk.did('repairs', repair.id, 'accept');
  const phones = [new Phone('engineer', roll), new Phone('engineer2', roll)];
  for (const phone of phones) await phone.open();
  const mine = new Map(phones.map((phone) => [phone, []])); /* keys of repairs that a phone has reported */
  let n = 0;
  const acts = [
    (phone) => phone.mean({ path: `repairs/${repair.id}/actions/note`, record: repair.id, action: 'note', body: { text: `${phone.login} ${n++}` } }),
    (phone) => phone.mean({ path: `tasks/${task}/actions/start`, record: task, action: 'start' }),
    (phone) => phone.mean({ path: `tasks/${task}/actions/finish`, record: task, action: 'finish', body: { note: phone.login }, ...(roll() < 0.3 ? { shots: { photos: [{ key: randomUUID(), name: 'a.png', file: null }] } } : {}) }),
    (phone) => phone.mean({ path: `repairs/${repair.id}/actions/take`, record: repair.id, action: 'take' }),
    (phone) => phone.mean({ path: `repairs/${repair.id}/actions/arrive`, record: repair.id, action: 'arrive' }),
    (phone) => { const key = randomUUID(); mine.get(phone).push(key); return phone.mean({ key, path: 'repairs', record: null, action: 'report', body: report(world, { title: `${phone.login} 新 ${key}` }) }); },
    (phone) => { const key = pick(mine.get(phone)); return key && phone.mean({ path: `repairs/key:${key}/actions/note`, record: `key:${key}`, action: 'note', body: { text: `${phone.login} ${n++}` } }); },
    (phone) => { phone.net = !phone.net; },
    (phone) => { phone.lose = true; },
    (phone) => phone.open(),
    (phone) => phone.net && phone.outbox.pump(),
    () => desk.act('repairs', repair.id, 'assign', { assignee: world.users[pick(['engineer', 'engineer2'])] }),
    () => desk.act('repairs', repair.id, 'note', { text: 'desk' }),
  ];
  for (let step = 0; step < STEPS; step++) await pick(acts)(pick(phones));
  for (const phone of phones) {
    Object.assign(phone, { net: true, lose: false });
    await phone.open();
    for (let tries = 0; tries < 9 && phone.outbox.unsent.value.some((one) => !heldBy(phone, one)); tries++) await phone.outbox.pump();
  }
  await converged(phones, repair.id, task, mine);
}

const heldBy = (phone, one) => phone.outbox.refused.value.some((other) => other.order < one.order && [other.record, `key:${other.key}`].includes(one.record));

async function converged(phones, repair, task, mine) {
  const events = async (path) => (await desk.read(`${path}/events?limit=500`)).items;
  const told = [...await events(`repairs/${repair}`), ...(await lead.read(`tasks/${task}/events?limit=500`)).items];
  const notes = told.filter(({ action }) => action === 'note').map((one) => one.note ?? one.changes?.text?.[1]);

  for (const phone of phones) {
    const left = phone.outbox.mine.value;
    for (const one of left) assert.ok(one.problem || heldBy(phone, one), `${one.action} neither went through nor was refused`);
    for (const { problem } of phone.outbox.refused.value) assert.ok(problem.status >= 400 && problem.code.length > 0);
    const done = phone.meant.filter(({ key, told }) => !told && !left.some((one) => one.key === key));
    const texts = done.filter(({ action, record }) => action === 'note' && record === repair).map(({ body }) => body.text);
    assert.deepEqual(notes.filter((text) => text?.startsWith(`${phone.login} `)), texts, 'each note once, in its order');
    for (const action of ['start', 'finish', 'take', 'arrive'])
      assert.equal(told.filter((one) => one.action === action && (one.actor?.id ?? one.actor) === world.users[phone.login]).length, done.filter((one) => one.action === action).length, `${phone.login} ${action}`);
    for (const key of mine.get(phone)) {
      const found = await phone.who.get(`repairs/key:${key}`);
      assert.equal(found.status, 200);
      const written = (await events(`repairs/${found.body.id}`)).filter(({ action }) => action === 'note').length;
      assert.equal(written, done.filter(({ record }) => record === `key:${key}`).length);
    }
  }
  assert.ok(told.filter(({ action }) => action === 'finish').length <= 1, 'a task is done once');
}

describe('two phones and the desk', () => {
  test(`converge in ${ROUNDS} random interleavings`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      try {
        await interleave(SEED * 100_000 + round);
      } catch (error) {
        error.message = `interleaving ${round} of seed ${SEED}: ${error.message}`;
        throw error;
      }
    }
  });

  test('the same task done by both: one is done, the other is kept and says why', async () => {
    const { id } = await plan(), task = (await lead.read(`tasks?filter[plan]=${id}&sort=due_at&limit=1`)).items[0].id;
    const phones = ['engineer', 'engineer2'].map((login) => new Phone(login, Math.random));
    for (const phone of phones) {
      await phone.open();
      phone.net = false;
      await phone.mean({ path: `tasks/${task}/actions/finish`, record: task, action: 'finish', body: { note: phone.login } });
      phone.outbox = (await phone.open(), phone.outbox);
    }
    for (const phone of phones) {
      phone.net = true;
      await phone.outbox.pump();
    }
    assert.equal(phones[0].outbox.mine.value.length, 0);
    const [kept] = phones[1].outbox.refused.value;
    assert.ok([404, 409].includes(kept.problem.status), JSON.stringify(kept.problem));
    assert.equal(isDone(await lead.get(`tasks/${task}`)).note, 'engineer');
  });
});
