/* Receipts on paper, what a household owes on its page, and the cash that must lie in an open drawer (card P10). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isProblem, openWorld, report, wordsOf } from './world.mjs';

let world, as, house, fee;
before(async () => {
  world = await openWorld();
  ({ as } = world);
  house = world.houses['1-1-101'];
  fee = await as.manager.make('tariffs', { code: 'WYF', name: '物业服务费', kind: 'area', rate_yuan: '2.80', from: '2020-01-01', due_day: 25 });
});
after(() => world.close());

const charge = (no, month) => as.manager.make('charges', { house: world.houses[no], tariff: fee.id, period_from: `${month}-01`, period_to: `${month}-28` });
const pay = (more) => as.cashier.make('payments', { house, method: 'cash', ...more });
const receiptOf = async (payment) => (await as.cashier.read(`receipts?filter[payment]=${payment.id}`)).items[0];
const paper = (receipt, query = '', who = as.cashier, lang = 'zh-CN') => who.get(`receipts/${receipt.id}/paper${query}`, { 'accept-language': lang });
async function says(receipt, query, lang) {
  const answer = await paper(receipt, query, as.cashier, lang);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.match(answer.headers['content-type'], /^application\/pdf/);
  return wordsOf(answer.raw);
}
const pageSize = (bytes) => /\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec(bytes.toString('latin1')).slice(1).map(Number);

describe('a receipt on paper', () => {
  test('says for what, how much in figures and in words, how, the change and by whom, for a roll and for A4', async () => {
    const one = await charge('1-1-101', '2026-02'), other = await charge('1-1-102', '2026-02');
    const payment = await pay({ payer: world.parties.resident, amount_fen: 88570, given_fen: 90000, allocations: [{ charge: one.id, fen: one.amount_fen }, { charge: other.id, fen: 10000 }] });
    const receipt = await receiptOf(payment);
    const words = ['物业公司', '天阳花园', '收据', payment.receipt_no, '1-1-101', '张三丰', '物业服务费 2026-02', '1-1-102 物业服务费 2026-02', '100.00', '转预存', '885.70', '捌佰捌拾伍元柒角整', '现金', '900.00', '14.30', '卫收费'];

    await as.cashier.did('receipts', receipt.id, 'print');
    for (const query of ['', '?size=80', '?size=a4']) {
      const text = await says(receipt, query);
      for (const word of words) assert.ok(text.includes(word), `${word} on ${query || 'the roll'}: ${text}`);
      assert.ok(!/补打|作废/.test(text));
    }
    const roll = pageSize((await paper(receipt)).raw), sheet = pageSize((await paper(receipt, '?size=a4')).raw);
    assert.deepEqual([Math.round(roll[0] / 72 * 25.4), ...sheet.map((side) => Math.round(side / 72 * 25.4))], [80, 210, 297]);
    const english = await says(receipt, '?size=a4', 'en');
    for (const word of ['Receipt no.', 'Total', 'Cash given', 'Change', 'Paid ahead']) assert.ok(english.includes(word), word);
  });

  test('a second printing is marked, and so is a void one', async () => {
    const payment = await pay({ amount_fen: 1000, payer_name: '路过的人' }), receipt = await receiptOf(payment);
    await as.cashier.did('receipts', receipt.id, 'print');
    assert.ok(!(await says(receipt)).includes('补打'));
    assert.ok((await says(receipt)).includes('路过的人'));
    await as.cashier.did('receipts', receipt.id, 'print');
    assert.ok((await says(receipt)).includes('补打'));
    await as.cashier.did('payments', payment.id, 'void', { reason: '收错了' });
    const text = await says(receipt);
    assert.ok(text.includes('作废') && text.includes('补打'), text);
  });

  test('is for those who may see the payment', async () => {
    const payment = await pay({ payer: world.parties.resident, amount_fen: 1000 }), receipt = await receiptOf(payment);
    assert.equal((await paper(receipt, '', as.resident)).status, 200);
    for (const who of ['neighbour', 'far_desk', 'foreign']) isProblem(await paper(receipt, '', as[who], 'en'), 404, 'not_found');
    isProblem(await paper(receipt, '?size=a5', as.cashier, 'en'), 422, 'invalid', ['size']);
    isProblem(await paper(receipt, '?colour=1', as.cashier, 'en'), 422, 'invalid', ['colour']);
    isProblem(await paper(receipt, '', world.nobody, 'en'), 401, 'login_required');
  });
});

describe('what a household owes', () => {
  test('is on its page for the desk and the money’s people, and for nobody else', async () => {
    const far = world.houses['3-2-1501'], read = (who) => who.read(`houses/${far}/household`);
    assert.deepEqual((await read(as.desk)).owed, { open_fen: 0, overdue_fen: 0 });
    const past = await charge('3-2-1501', '2026-03');
    const ahead = await as.manager.make('charges', { house: far, tariff: fee.id, period_from: '2049-01-01', period_to: '2049-01-31' });
    await as.cashier.make('payments', { house: far, method: 'qr', amount_fen: 5000, allocations: [{ charge: past.id, fen: 5000 }] });
    const owed = { open_fen: past.amount_fen - 5000 + ahead.amount_fen, overdue_fen: past.amount_fen - 5000 };
    for (const who of ['desk', 'cashier', 'manager', 'desk_lead']) assert.deepEqual((await read(as[who])).owed, owed, who);
    for (const who of ['guard', 'eng_lead', 'quality']) assert.equal((await read(as[who])).owed, null, who);
  });

  test('charges and payments are no open matters', async () => {
    const far = world.houses['3-2-1501'], repair = await as.desk.make('repairs', report(world, { house: far, reporter: null }));
    await as.cashier.make('deposits', { house: far, kind: 'key', amount_fen: 10000, method: 'cash' });
    assert.deepEqual((await as.desk.read(`houses/${far}/household`)).open.filter((one) => one.resource !== 'arrears_cases').map((one) => one.id), [repair.id]); /* what is overdue is chased, a matter of its own */
  });
});

test('a second person is needed for what goes back in parts, too; a late fee that is not there is not taken as paid ahead', async () => {
  const payment = await pay({ amount_fen: 150000 }), deposit = await as.cashier.make('deposits', { house, kind: 'other', amount_fen: 150000, method: 'qr' });
  for (const [resource, { id }] of [['payments', payment], ['deposits', deposit]]) {
    await as.cashier.did(resource, id, 'refund', { amount_fen: 90000, reason: '一' });
    isProblem(await as.cashier.act(resource, id, 'refund', { amount_fen: 20000, reason: '二' }), 403, 'forbidden');
    await as.manager.did(resource, id, 'refund', { amount_fen: 20000, reason: '二', method: 'transfer' });
  }
  const { id, amount_fen } = await charge('1-1-101', '2026-04');
  isProblem(await as.cashier.post('payments', { house, method: 'qr', amount_fen: amount_fen + 500, allocations: [{ charge: id, fen: amount_fen, late_fen: 500 }] }), 422, 'invalid', ['allocations']);
});

test('an open drawer says what must lie in it, a counted one what had to', async () => {
  const [drawer] = (await as.cashier.read(`drawers?filter[cashier]=${world.users.cashier}&filter[state]=open`)).items;
  await pay({ amount_fen: 700 });
  assert.equal((await as.cashier.read(`drawers/${drawer.id}`)).cash_fen, drawer.cash_fen + 700);
  const counted = await as.cashier.did('drawers', drawer.id, 'close', { counted_fen: drawer.cash_fen + 700 });
  assert.deepEqual([counted.cash_fen, counted.expected_fen, counted.difference_fen], [null, drawer.cash_fen + 700, 0]);
});
