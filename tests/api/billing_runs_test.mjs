/* 出账 of many houses (a job), 发单 (households hear of it) and the titles of charges in both languages. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { booksAreSound } from './money.mjs';
import { isDone, isProblem, openWorld, until } from './world.mjs';

let world, manager, region, cashier, admin, resident, neighbour, house, homes;
const items = {};
const make = async (path, body) => isDone(await manager.post(path, body), 201);
const act = (run, action, body = {}, who = manager) => who.post(`billing_runs/${run.id}/actions/${action}`, body);
const rule = async (code, value) => {
  const [row] = (await manager.read(`rules?filter[code]=${code}`)).items;
  isDone(await admin.patch(`rules/${row.id}`, { value }));
};
const ended = (run) => until(async () => { const now = await manager.read(`billing_runs/${run.id}`); return !['preparing', 'posting', 'voiding'].includes(now.state) && now; }, 'worked on', 30_000);
const prepare = async (body) => ended(await make('billing_runs', body));
const review = async (run) => isDone(await act(run, 'review', {}, region));
const standing = async (run) => (await manager.read(`charges?filter[run]=${run.id}&limit=100`)).items.filter((one) => one.state !== 'reversed');
const month = (n, tariffs = [items.area.id, items.bin.id]) => ({ period_from: `2026-0${n}-01`, period_to: `2026-0${n}-28`, tariffs });

before(async () => {
  world = await openWorld();
  ({ manager, region, cashier, admin, resident, neighbour } = world.as);
  house = world.houses['1-1-101'];
  homes = (await manager.read('houses?limit=100')).items.filter((one) => one.project === world.projects.TYHY);
  for (const code of ['quiet_from', 'quiet_to']) await rule(`outbox.${code}`, 0);
  const item = async (name, body) => { items[name] = await make('tariffs', { from: '2025-01-01', ...body }); };
  await item('area', { code: 'WYF', name: '物业服务费', name_en: 'Property service', kind: 'area', rate_yuan: '2.80' });
  await item('bin', { code: 'LJ', name: '垃圾费', kind: 'fixed', rate_yuan: '5' });
  await item('share', { code: 'GT', name: '公摊电费', kind: 'share' });
});
after(() => { booksAreSound(world); return world.close(); });

describe('over more houses than the rule says, a job works on a run', () => {
  let run, small;

  test('it is prepared as a small one is: total, items, exceptions', async () => {
    const bare = isDone(await admin.post('houses', { no: '8-8-808', building: '8', unit: '8', room: '808', project: world.projects.TYHY }), 201);
    homes.push(bare);
    small = await make('billing_runs', month(1));
    assert.equal(small.state, 'draft');
    await rule('billing.job_houses', 2);
    const first = await make('billing_runs', month(1));
    assert.deepEqual([first.state, first.total_fen, first.actions.map((one) => one.name)], ['preparing', null, ['stop']]);
    assert.ok(first.progress.job, JSON.stringify(first.progress));
    run = await ended(first);
    for (const name of ['state', 'total_fen', 'charge_count', 'house_count', 'exception_count', 'items', 'exceptions']) assert.deepEqual(run[name], small[name], name);
    assert.equal(run.exceptions.find((one) => one.code === 'no_area').house, bare.id);
    const job = await manager.read(`jobs/${first.progress.job}`);
    assert.deepEqual([job.state, job.progress], ['done', { done: homes.length, total: homes.length }]);
    assert.equal(run.progress, null);
  });

  test('what cannot be is refused at once', async () => {
    isProblem(await manager.post('billing_runs', month(1, [items.share.id])), 422, 'invalid', ['shared']);
    isProblem(await manager.post('billing_runs', month(1, ['1'])), 422, 'invalid', ['tariffs']);
  });

  test('it is posted: every charge that was reviewed, and none a second time', async () => {
    await review(run);
    const going = isDone(await act(run, 'post'));
    assert.deepEqual([going.state, going.actions.map((one) => one.name)], ['posting', ['stop']]);
    const posted = await ended(run), charges = await standing(run);
    assert.deepEqual([posted.state, posted.failure, charges.length], ['posted', null, run.charge_count]);
    assert.equal(charges.reduce((sum, one) => sum + one.amount_fen, 0), run.total_fen);
    assert.equal((await prepare(month(1))).total_fen, 0);
    const events = (await manager.read(`billing_runs/${run.id}/events`)).items.map((one) => one.action);
    for (const action of ['prepare', 'prepared', 'review', 'post', 'book']) assert.ok(events.includes(action), `${action} of ${events}`);
  });

  test('when something has changed since the review nothing is made, and the run says so', async () => {
    const stale = await prepare(month(2));
    await review(stale);
    isDone(await admin.patch(`houses/${house}`, { area: 99.5 }));
    isDone(await act(stale, 'post'));
    const back = await ended(stale);
    assert.deepEqual([back.state, back.failure.code, (await standing(stale)).length], ['reviewed', 'wrong_state', 0]);
    assert.match(back.failure.zh, /情况变了/);
    isDone(await admin.patch(`houses/${house}`, { area: 89.5 }));
    isDone(await act(stale, 'compute'));
    assert.deepEqual([(await ended(stale)).state, (await ended(stale)).failure], ['draft', null]);
    isDone(await act(stale, 'void', { reason: '不要了' }));
  });

  test('shared totals fall to the houses to the fen', async () => {
    const shared = await prepare({ ...month(3, [items.share.id]), shared: [{ tariff: items.share.id, total_fen: 100_001 }] });
    assert.equal(shared.total_fen, 100_001);
    await review(shared);
    isDone(await act(shared, 'post'));
    assert.equal((await ended(shared)).state, 'posted');
    assert.equal((await standing(shared)).reduce((sum, one) => sum + one.amount_fen, 0), 100_001);
  });

  test('it is voided as a whole, unless somebody has paid', async () => {
    const wrong = await prepare(month(4));
    await review(wrong);
    isDone(await act(wrong, 'post'));
    await ended(wrong);
    assert.equal(isDone(await act(wrong, 'void', { reason: '单价录错' })).state, 'voiding');
    assert.deepEqual([(await ended(wrong)).state, (await standing(wrong)).length], ['voided', 0]);
    const [charge] = (await standing(run)).filter((one) => one.house === house);
    isDone(await cashier.post('payments', { house, amount_fen: 100, method: 'cash', allocations: [{ charge: charge.id, fen: 100 }] }), 201);
    isProblem(await act(run, 'void', { reason: '再来' }), 409, 'wrong_state');
  });

  test('one that is stopped has written nothing, and can be computed again', async () => {
    const rows = ['房号,建筑面积', ...Array.from({ length: 6000 }, (_, i) => `${20 + Math.floor(i / 400)}-1-${1 + i % 400},80`)].join('\n');
    const file = isDone(await world.as.desk.upload(Buffer.from(rows), 'homes.csv', 'text/csv'), 201).id;
    const { job } = isDone(await world.as.desk.post('imports', { resource: 'houses', file, dry_run: true, project: world.projects.TYHY }), 202); // the runner has this to do first
    const waiting = await make('billing_runs', month(5));
    const stopped = isDone(await act(waiting, 'stop'));
    assert.deepEqual([stopped.state, stopped.failure.code], ['failed', 'stopped']);
    await until(async () => (await world.as.desk.read(`jobs/${job}`)).state === 'done', 'the import', 20_000);
    assert.deepEqual((await manager.read(`jobs/${waiting.progress.job}`)).state, 'cancelled');
    isProblem(await act(waiting, 'review', {}, region), 409, 'wrong_state');
    isDone(await act(waiting, 'compute'));
    assert.equal((await ended(waiting)).total_fen, small.total_fen);
    isDone(await act(waiting, 'void', { reason: '不要了' }));
  });

  test('a program that ends in the middle goes on when it runs again', async () => {
    const cut = await make('billing_runs', month(5));
    await world.restart();
    assert.equal((await ended(cut)).total_fen, small.total_fen);
    isDone(await act(cut, 'void', { reason: '不要了' }));
    await rule('billing.job_houses', 5000);
  });
});

describe('households hear of new bills', () => {
  const bills = async (who) => (await who.read('messages')).items.filter((one) => one.kind === 'bill');
  const posted = async (n) => {
    const run = await make('billing_runs', month(n));
    await review(run);
    return isDone(await act(run, 'post'));
  };
  const told = (run) => until(async () => { const now = await manager.read(`billing_runs/${run.id}`); return now.told_at && now; }, 'told', 20_000);

  test('one message a household and run, with the sum and the day', async () => {
    const run = await posted(6);
    await told(run);
    const mine = (await bills(resident)).filter((one) => one.text.includes('2026-06')), charges = (await standing(run)).filter((one) => one.house === house);
    assert.equal(mine.length, 1, JSON.stringify(mine));
    const sum = (charges.reduce((all, one) => all + one.amount_fen, 0) / 100).toFixed(2);
    assert.equal(mine[0].text, `1-1-101, bill of 2026-06: 2 charges, ¥${sum}, due 2026-06-30`);
    assert.deepEqual([mine[0].resource, charges.some((one) => one.id === mine[0].record)], ['charges', true]);
    const zh = isDone(await resident.get('messages', { 'accept-language': 'zh' })).items.find((one) => one.id === mine[0].id);
    assert.equal(zh.text, `1-1-101 2026-06 账单：2 笔，共 ${sum} 元，应缴日 2026-06-30`);
    assert.equal((await bills(neighbour)).filter((one) => one.text.includes('2026-06')).length, 1);
  });

  test('what was voided before is not told; nor is anything when the rule says so, or at night', async () => {
    await rule('billing.tell', 0);
    const silent = await posted(7);
    await new Promise((resolve) => setTimeout(resolve, 6000)); // a chore's turn
    assert.equal((await manager.read(`billing_runs/${silent.id}`)).told_at, null);
    await rule('billing.tell', 1);
    const hour = new Date(Date.now() + 8 * 3600e3).getUTCHours();
    await rule('outbox.quiet_from', hour);
    await rule('outbox.quiet_to', (hour + 2) % 24);
    const wrong = await posted(8), night = await posted(9);
    isDone(await act(wrong, 'void', { reason: '录错' }));
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.equal((await manager.read(`billing_runs/${night.id}`)).told_at, null);
    for (const code of ['quiet_from', 'quiet_to']) await rule(`outbox.${code}`, 0);
    await told(night);
    const texts = (await bills(resident)).map((one) => one.text).join('\n');
    assert.ok(/2026-09/.test(texts) && !/2026-0[78]/.test(texts), texts);
  });
});

describe('titles are in the caller’s language', () => {
  test('of a charge, of what is due, and where it is named', async () => {
    const [zh, en] = await Promise.all(['zh', 'en'].map(async (lang) => isDone(await resident.get('charges?filter[item]=WYF&sort=-period_from&limit=1', { 'accept-language': lang })).items[0].title));
    assert.deepEqual([zh, en], ['物业服务费 2026-09', 'Property service 2026-09']);
    const due = async (lang) => isDone(await resident.get(`houses/${house}/due`, { 'accept-language': lang })).items.map((one) => one.title);
    assert.ok((await due('en')).includes('Property service 2026-09') && (await due('zh')).includes('物业服务费 2026-09'));
    assert.ok((await due('en')).includes('垃圾费 2026-09'), 'an item without an English name keeps its own');
    const [charge] = (await resident.read('charges?filter[item]=WYF&sort=-period_from&limit=1&include=tariff')).items;
    assert.equal(charge.tariff_.label, 'Property service');
    const found = await manager.get(`charges?filter[house]=${house}&q=${encodeURIComponent('物业服务费')}`);
    assert.ok(isDone(found).items.length > 0, 'found by its name, whatever the language');
  });
});
