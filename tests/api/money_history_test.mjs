/* Random histories of money: charge, pay in all forms, refund, void, reverse, reduce, hold a deposit, match, count, close. A model
 * that knows no ledger says what each charge, what is paid ahead, each deposit and drawer must be, and which step is refused.
 *     ANJU_SEED=17 node --test tests/api/money_history_test.mjs      one history again
 *     ANJU_HISTORIES=100 ANJU_STEPS=1000 …                           more of them, a hundred in each world (`make torture`) */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booksAreSound, dayOf, setRule, staff } from './money.mjs';
import { openWorld } from './world.mjs';

const HISTORIES = Number(process.env.ANJU_HISTORIES ?? 1), STEPS = Number(process.env.ANJU_STEPS ?? 300);
const FIRST = Number(process.env.ANJU_SEED ?? Math.floor(Date.now() / 1000) % 1e6);
const BATCH = 100; /* in one world: its books are recomputed whole again and again */
let world, as, serial = 0;

/* mulberry32 */
function dice(seed) {
  let a = seed >>> 0;
  const next = () => { a = (a + 0x6d2b79f5) >>> 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
  return { next, upTo: (n) => 1 + Math.floor(next() * n), one: (list) => list[Math.floor(next() * list.length)], maybe: (p) => next() < p };
}

/* What should be. Amounts in fen; `refused` is thrown with the status that the program must answer. */
class Refused extends Error { constructor(status) { super(`${status}`); this.status = status; } }
const refuse = (status) => { throw new Refused(status); };
class Model {
  constructor(houses) { Object.assign(this, { houses, prepay: Object.fromEntries(houses.map((one) => [one, 0])), charges: [], payments: [], deposits: [], drawers: {}, opened: {}, suspense: 0 }); }
  copy() { return structuredClone({ prepay: this.prepay, charges: this.charges, payments: this.payments, deposits: this.deposits, drawers: this.drawers, opened: this.opened, suspense: this.suspense }); }
  /* Does it wholly or, when it is refused, not at all. */
  try(work) {
    const kept = this.copy();
    try { work(); return null; } catch (error) { if (!(error instanceof Refused)) throw error; Object.assign(this, kept); return error.status; }
  }
  charge(id) { return this.charges.find((one) => one.id === id); }
  payment(id) { return this.payments.find((one) => one.id === id); }
  oldest(house) { return this.charges.filter((one) => one.house === house && one.open > 0).sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : BigInt(a.id) < BigInt(b.id) ? -1 : 1)); }
  cash(method, who, fen) {
    if (method !== 'cash') return;
    this.opened[who] = true;
    this.drawers[who] = (this.drawers[who] ?? 0) + fen;
    if (this.drawers[who] < 0) refuse(422);
  }
  settle(charge, fen) {
    charge.open -= fen;
    charge.state = charge.open === 0 ? 'paid' : charge.open === charge.amount ? 'open' : 'part';
  }
  use(payment, named, left) {
    const uses = named ?? this.oldest(payment.house).map((one) => ({ charge: one.id, fen: Math.min(one.open, left) }));
    let rest = left;
    for (const { charge: id, fen } of uses) {
      const charge = this.charge(id), part = named ? fen : Math.min(charge.open, rest);
      if (part === 0) break;
      if (part > charge.open || part > rest) refuse(422);
      if (payment.method === 'prepay' && charge.house !== payment.house) refuse(422);
      this.settle(charge, part);
      charge.money += part;
      rest -= part;
      payment.lines.push({ charge: id, fen: part });
    }
    if (rest > 0 && payment.method === 'prepay') refuse(422);
    if (rest > 0) { payment.lines.push({ ahead: payment.house, fen: rest }); this.prepay[payment.house] += rest; }
  }
  pay(payment, named) {
    if (payment.method === 'prepay') {
      if (payment.fen > this.prepay[payment.house]) refuse(422);
      this.prepay[payment.house] -= payment.fen;
    }
    this.cash(payment.method, payment.by, payment.fen);
    this.payments.push(payment);
    if (payment.house) this.use(payment, named, payment.fen); else this.suspense += payment.fen;
  }
  match(payment, house) {
    if (payment.state !== 'unmatched') refuse(409);
    this.suspense -= payment.fen - payment.refunded;
    Object.assign(payment, { house, state: 'booked' });
    this.use(payment, null, payment.fen - payment.refunded);
  }
  /* A part of a use is undone: the charge is open again, or the money that its reversal put ahead is taken from there. */
  undo(line, fen) {
    line.fen -= fen;
    if (line.ahead) { this.prepay[line.ahead] -= fen; return; }
    const charge = this.charge(line.charge);
    if (charge.state === 'reversed') { this.prepay[charge.house] -= fen; return; }
    this.settle(charge, -fen);
    charge.money -= fen;
  }
  enoughAhead() { if (Object.values(this.prepay).some((one) => one < 0)) refuse(409); }
  back(payment, fen, method, who) {
    if (method === 'prepay') this.prepay[payment.house] += fen; else this.cash(method, who, -fen);
  }
  refund(payment, fen, method, who) {
    if (!['booked', 'unmatched'].includes(payment.state)) refuse(409);
    if (fen > payment.fen - payment.refunded) refuse(422);
    this.back(payment, fen, method, who);
    payment.refunded += fen;
    let left = fen;
    if (payment.state === 'unmatched') { this.suspense -= fen; left = 0; }
    for (const ahead of [true, false]) for (const line of [...payment.lines].reverse()) {
      if (Boolean(line.ahead) !== ahead) continue;
      const part = Math.min(line.fen, left);
      if (part > 0) this.undo(line, part);
      left -= part;
    }
    assert.equal(left, 0, 'the model itself');
    if (payment.refunded === payment.fen) payment.state = 'refunded';
    this.enoughAhead();
  }
  void(payment) {
    if (!['booked', 'unmatched'].includes(payment.state)) refuse(409);
    if (payment.refunded > 0) refuse(409);
    if (payment.state === 'unmatched') this.suspense -= payment.fen;
    if (payment.method === 'cash') { if ((this.drawers[payment.by] -= payment.fen) < 0) refuse(409); } else this.back(payment, payment.fen, payment.method);
    for (const line of payment.lines) this.undo(line, line.fen);
    payment.state = 'voided';
    this.enoughAhead();
  }
  reverse(charge) {
    if (['reversed', 'written_off'].includes(charge.state)) refuse(409);
    this.prepay[charge.house] += charge.money;
    Object.assign(charge, { state: 'reversed', open: 0 });
  }
  reduce(charge, fen, off) {
    if (fen > charge.open) refuse(422);
    this.settle(charge, fen);
    if (off && charge.open === 0) charge.state = 'written_off';
  }
  keep(deposit, charge, fen) {
    if (deposit.held === 0) refuse(409);
    if (fen > deposit.held || charge.house !== deposit.house || fen > charge.open) refuse(422);
    this.settle(charge, fen);
    charge.money += fen;
    deposit.held -= fen;
  }
  giveBack(deposit, fen, method, who) {
    if (deposit.held === 0) refuse(409);
    if (fen > deposit.held) refuse(422);
    deposit.held -= fen;
    this.cash(method, who, -fen);
  }
}

async function compare(model, project, where) {
  for (const house of model.houses) {
    const seen = [];
    for (let page = `charges?filter[house]=${house}&limit=200`; page;) {
      const got = await as.accountant.read(page);
      seen.push(...got.items);
      page = got.next ? `charges?filter[house]=${house}&limit=200&after=${encodeURIComponent(got.next)}` : null;
    }
    const want = model.charges.filter((one) => one.house === house);
    assert.deepEqual(Object.fromEntries(seen.filter((one) => one.reverses === null).map((one) => [one.id, [one.state, one.open_fen]])), Object.fromEntries(want.map((one) => [one.id, [one.state, one.open]])), `charges ${where}`);
    const due = await as.cashier.read(`houses/${house}/due`);
    assert.deepEqual([due.prepay_fen, due.open_fen], [model.prepay[house], want.reduce((sum, one) => sum + one.open, 0)], `due ${where}`);
  }
  for (const one of model.deposits) assert.equal((await as.cashier.read(`deposits/${one.id}`)).held_fen, one.held, `deposit ${where}`);
  for (const one of model.payments.slice(-20)) { const { state, refunded_fen } = await as.cashier.read(`payments/${one.id}`); assert.deepEqual([state, refunded_fen], [one.state, one.refunded], `payment ${where}`); }
  const drawers = Object.fromEntries((await as.accountant.read(`accounts?filter[kind]=drawer&limit=100`)).items.map((one) => [one.user, one.balance_fen]));
  for (const [who, fen] of Object.entries(model.drawers)) assert.equal(drawers[world.users[who]] ?? 0, fen, `drawer of ${who} ${where}`);
  const trial = await as.accountant.read(`ledger/trial-balance?at=2999-12-31&project=${project}`), row = (kind) => trial.rows.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.balance_fen, 0);
  assert.equal(trial.debit_fen, trial.credit_fen);
  assert.equal(row('suspense'), model.suspense, `suspense ${where}`);
  booksAreSound(world);
}

let left = { drawers: {}, opened: {}, suspense: 0 }; /* what a history leaves to the next */
async function history(seed, steps) {
  const { upTo, one, maybe, next } = dice(seed), project = world.projects.TYHY, log = [], counts = {};
  const houses = await Promise.all([1, 2, 3].map(async () => (await as.admin.make('houses', { no: `6-1-${1000 + ++serial}`, area: 50, project })).id));
  const tariff = (await as.accountant.make('tariffs', { project, code: `H${++serial}`, kind: 'one_off', from: '2020-01-01' })).id;
  const model = new Model(houses);
  Object.assign(model, structuredClone(left));
  const say = (what, answer, refused) => {
    log.push(`${what} -> ${answer.status}`);
    counts[`${what.split(' ')[0]} ${answer.status}`] = (counts[`${what.split(' ')[0]} ${answer.status}`] ?? 0) + 1;
    assert.ok(refused === null ? answer.status < 300 : answer.status === refused, `${what}: ${answer.status}, the model says ${refused ?? 'done'}: ${answer.text.slice(0, 300)}\n${log.slice(-12).join('\n')}`);
    return answer.body;
  };
  const live = () => model.charges.filter((charge) => charge.open > 0);
  const steps_ = {
    charge: async () => {
      const house = one(houses), amount = upTo(500), due = dayOf(world, upTo(40));
      const made = say('charge', await as.accountant.post('charges', { house, tariff, amount_fen: amount, due_date: due }), null);
      model.charges.push({ id: made.id, house, amount, open: amount, due, state: 'open', money: 0 });
    },
    pay: async () => {
      const by = one(['cashier', 'cashier2']), payment = { house: one(houses), fen: upTo(900), method: one(['qr', 'cash', 'cash', 'prepay', 'transfer']), by, refunded: 0, state: 'booked', lines: [] };
      let named = null;
      if (maybe(0.5)) {
        const charges = live().filter(() => maybe(0.3)).slice(0, 4);
        named = charges.map((charge) => ({ charge: charge.id, fen: maybe(0.1) ? charge.open + 1 : upTo(charge.open) }));
        if (maybe(0.7)) payment.fen = Math.max(1, named.reduce((sum, item) => sum + item.fen, 0) + (maybe(0.4) ? upTo(50) : 0));
      } else if (payment.method === 'prepay' && maybe(0.8)) payment.fen = Math.max(1, Math.min(model.prepay[payment.house], model.oldest(payment.house).reduce((sum, charge) => sum + charge.open, 0)) - (maybe(0.3) ? 1 : 0));
      const lines = payment.lines, refused = model.try(() => model.pay(payment, named));
      const made = say(`pay ${payment.method} ${payment.fen} ${named ? `for ${named.length}` : ''}`, await as[by].post('payments', { house: payment.house, amount_fen: payment.fen, method: payment.method, ...(named && { allocations: named }) }), refused);
      if (refused === null) { payment.id = made.id; assert.deepEqual(made.allocations.map((item) => item.fen), lines.filter((line) => line.charge).map((line) => line.fen)); }
    },
    unmatched: async () => {
      const payment = { house: null, fen: upTo(900), method: 'transfer', by: 'cashier', refunded: 0, state: 'unmatched', lines: [] };
      payment.id = say(`unmatched ${payment.fen}`, await as.cashier.post('payments', { project, amount_fen: payment.fen, method: 'transfer' }), null).id;
      model.pay(payment, null);
    },
    match: async () => {
      const waiting = model.payments.filter((payment) => payment.state === 'unmatched'), payment = waiting.length > 0 && maybe(0.9) ? one(waiting) : one(model.payments), house = one(houses);
      if (payment === undefined) return;
      const refused = model.try(() => model.match(model.payment(payment.id), house));
      say(`match ${payment.id}`, await as.cashier.act('payments', payment.id, 'match', { house }), refused);
    },
    refund: async () => {
      const payment = one(model.payments);
      if (payment === undefined) return;
      const rest = payment.fen - payment.refunded, fen = maybe(0.1) ? rest + 1 : maybe(0.3) ? Math.max(1, rest) : upTo(Math.max(1, rest)), by = one(['cashier', 'accountant']);
      const method = maybe(0.3) ? one(['cash', 'qr']) : null;
      const refused = model.try(() => model.refund(model.payment(payment.id), fen, method ?? payment.method, by));
      say(`refund ${fen} of ${payment.id} ${method ?? ''}`, await as[by].act('payments', payment.id, 'refund', { amount_fen: fen, reason: '退', ...(method && { method }) }), refused);
    },
    void: async () => {
      const payment = one(model.payments);
      if (payment === undefined) return;
      const refused = model.try(() => model.void(model.payment(payment.id)));
      say(`void ${payment.id}`, await as.cashier.act('payments', payment.id, 'void', { reason: '作废' }), refused);
    },
    reverse: async () => {
      const charge = one(model.charges);
      if (charge === undefined) return;
      const refused = model.try(() => model.reverse(model.charge(charge.id)));
      say(`reverse ${charge.id}`, await as.accountant.act('charges', charge.id, 'reverse', { reason: '冲' }), refused);
    },
    reduce: async () => {
      const charge = one(live());
      if (charge === undefined) return;
      const off = maybe(0.4), fen = off || maybe(0.2) ? charge.open : upTo(charge.open), late = maybe(0.3);
      const ask = say(`ask ${fen} less of ${charge.id}`, await as.cashier.post('adjustments', { charge: charge.id, kind: off ? 'write_off' : 'discount', amount_fen: fen, reason: '减' }), null);
      if (late) { /* something is paid meanwhile */
        const payment = { house: charge.house, fen: 1, method: 'qr', by: 'cashier', refunded: 0, state: 'booked', lines: [] };
        model.pay(payment, [{ charge: charge.id, fen: 1 }]);
        payment.id = say('pay 1', await as.cashier.post('payments', { house: charge.house, amount_fen: 1, method: 'qr', allocations: [{ charge: charge.id, fen: 1 }] }), null).id;
      }
      const refused = model.try(() => model.reduce(model.charge(charge.id), fen, off));
      for (const who of off ? ['region', 'accountant'] : []) say(`sign ${fen}`, await as[who].act('adjustments', ask.id, 'approve'), null);
      say(`approve ${fen} ${off}`, await as.manager.act('adjustments', ask.id, 'approve'), refused);
    },
    deposit: async () => {
      const deposit = { house: one(houses), held: upTo(500), method: one(['qr', 'cash']) };
      deposit.id = say('deposit', await as.cashier.post('deposits', { house: deposit.house, amount_fen: deposit.held, method: deposit.method }), null).id;
      model.cash(deposit.method, 'cashier', deposit.held);
      model.deposits.push(deposit);
    },
    back: async () => {
      const deposit = one(model.deposits);
      if (deposit === undefined) return;
      const fen = upTo(Math.max(1, deposit.held) + (maybe(0.1) ? 1 : 0)), refused = model.try(() => model.giveBack(model.deposits.find((it) => it.id === deposit.id), fen, deposit.method, 'cashier2'));
      say(`back ${fen}`, await as.cashier2.act('deposits', deposit.id, 'refund', { amount_fen: fen, reason: '退' }), refused);
    },
    keep: async () => {
      const deposit = one(model.deposits), charge = one(maybe(0.8) ? live() : model.charges);
      if (deposit === undefined || charge === undefined) return;
      const fen = upTo(Math.max(1, Math.min(deposit.held, charge.open)) + (maybe(0.1) ? 1 : 0));
      const refused = model.try(() => model.keep(model.deposits.find((it) => it.id === deposit.id), model.charge(charge.id), fen));
      say(`keep ${fen}`, await as.accountant.act('deposits', deposit.id, 'keep', { charge: charge.id, amount_fen: fen, reason: '抵' }), refused);
    },
    count: async () => {
      const who = one(['cashier', 'cashier2']), [open] = (await as.accountant.read(`drawers?filter[cashier]=${world.users[who]}&filter[state]=open`)).items;
      if (open === undefined || model.drawers[who] < 10) return;
      const apart = maybe(0.5) ? upTo(9) - 5 : 0;
      const counted = say(`count ${who}`, await as[who].act('drawers', open.id, 'close', { counted_fen: model.drawers[who] + apart, explanation: '找零' }), null);
      assert.deepEqual([counted.expected_fen, counted.difference_fen], [model.drawers[who], apart]);
      model.drawers[who] += apart;
      model.opened[who] = false;
      if (maybe(0.7)) {
        const fen = upTo(counted.counted_fen);
        say(`hand ${fen}`, await as.accountant.act('drawers', open.id, 'hand_over', { amount_fen: fen }), null);
        model.drawers[who] -= fen;
      }
    },
    close: async () => {
      const [period] = (await as.accountant.read(`periods?filter[project]=${project}&filter[state]=open`)).items;
      if (period === undefined) return;
      const answer = await as.accountant.act('periods', period.id, 'close');
      log.push(`close ${period.from} -> ${answer.status}`);
      assert.equal(answer.status, period.from <= dayOf(world) ? 200 : 422);
    },
  };
  const often = { charge: 16, pay: 28, unmatched: 3, match: 4, refund: 12, void: 7, reverse: 6, reduce: 6, deposit: 4, back: 4, keep: 5, count: 2, close: 0.3 };
  const total = Object.values(often).reduce((sum, n) => sum + n, 0);
  for (let i = 1; i <= steps; i++) {
    let at = next() * total;
    const name = Object.keys(often).find((key) => (at -= often[key]) < 0);
    await steps_[name]();
    if (i % 25 === 0 || i === steps) await compare(model, project, `after ${i} steps, seed ${seed}: ${log.slice(-25).join('\n')}`);
  }
  left = { drawers: model.drawers, opened: model.opened, suspense: model.suspense };
  return counts;
}

for (let from = 0; from < HISTORIES; from += BATCH)
  test(`${Math.min(BATCH, HISTORIES - from)} of ${HISTORIES} histories of ${STEPS} steps are as the model says`, async (t) => {
    world = await openWorld();
    as = await staff(world);
    await setRule(world, 'cashier.write_off_document', 0);
    left = { drawers: {}, opened: {}, suspense: 0 };
    for (let i = from; i < Math.min(HISTORIES, from + BATCH); i++) {
      t.diagnostic(`ANJU_SEED=${FIRST + i}`);
      const counts = await history(FIRST + i, STEPS);
      if (i === 0) t.diagnostic(JSON.stringify(counts));
    }
    await world.close(); /* `anju check` finds it sound; after a failure its folder stays */
  });
