/* 客户服务, card P05: enquiries, the hotline and its exchange, the knowledge base, a household on one page. The server's time begins
 * at ten in the morning; nights and days pass by restarting it at a later time. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, report, secondsTo, until } from './world.mjs';

const HOUR = 3600, DAY = 24 * HOUR, ZONE_MS = 8 * HOUR * 1000;
const SECRET = 'exchange secret of the house';
let world, as, control, exchange;

before(async () => {
  world = await openWorld({ clock: secondsTo(10) });
  as = world.as;
  control = await world.person('control', [{ role: 'control', scope: world.projects.TYHY }]);
  as.control = control;
  exchange = await as.manager.make('exchanges', { name: '总机', secret: SECRET, project: world.projects.TYHY });
});
after(() => world.close());

const home = () => world.houses['1-1-101'];
const now = (plus = 0) => new Date(Date.now() + (world.options.clock + plus) * 1000).toISOString();
const minutes = (a, b) => (Date.parse(b) - Date.parse(a)) / 60_000;
const actionsOf = (one) => one.actions.map((action) => action.name);
const localTime = (iso) => new Date(Date.parse(iso) + ZONE_MS).toISOString().slice(11, 16);
async function later(seconds) {
  await world.restart({ clock: world.options.clock + seconds });
  await world.loginAll();
}
const ask = (more = {}, who = as.desk) => who.make('enquiries', { channel: 'phone', house: home(), question: '物业费什么时候交？', ...more });
const messages = async (who, record) => (await who.read('messages')).items.filter((line) => line.record === record);

describe('an enquiry', () => {
  test('is logged, answered within four desk hours, and closed by who asked', async () => {
    const one = await ask({ topic: 'fee.bill', caller: world.parties.resident });
    assert.match(one.no, /^ZX-/);
    assert.deepEqual([one.state, one.first_contact, one.title, one.channel], ['open', world.users.desk, '物业费什么时候交？', 'phone']);
    assert.equal(minutes(one.created_at, one.due_answer_at), 240);
    isProblem(await as.desk.act('enquiries', one.id, 'answer', {}), 422, 'invalid', ['answer']);
    const answered = await as.desk.did('enquiries', one.id, 'answer', { answer: '每年一月，前台或手机都可交。' });
    assert.deepEqual([answered.state, answered.answered_by, answered.next_due_at], ['answered', world.users.desk, null]);
    assert.ok((await messages(as.resident, one.id)).some((line) => line.kind === 'answer'), 'who asked is told');
    isProblem(await as.desk.act('enquiries', one.id, 'close'), 403, 'forbidden');
    isProblem(await as.resident.act('enquiries', one.id, 'close', { rating: 6 }), 422, 'invalid', ['rating']);
    const closed = await as.resident.did('enquiries', one.id, 'close', { rating: 5 });
    assert.deepEqual([closed.state, closed.rating], ['closed', 5]);
    assert.deepEqual((await as.desk.read(`enquiries/${one.id}/events`)).items.map((line) => line.action), ['log', 'answer', 'close']);
  });

  test('needs a question, a channel and a topic that there are', async () => {
    isProblem(await as.desk.post('enquiries', { channel: 'phone' }), 422, 'invalid', ['question']);
    isProblem(await as.desk.post('enquiries', { question: '问一下', channel: 'pigeon', topic: 'nothing' }), 422, 'invalid', ['channel', 'topic']);
    isProblem(await as.desk.post('enquiries', { question: '长'.repeat(1001) }), 422, 'invalid', ['question']);
    isProblem(await as.desk.post('enquiries', { question: '问', answer: '答' }), 422, 'invalid', ['answer']);
    assert.equal((await as.desk.read('enquiry_topics?count=true')).count, 30);
  });

  test('of a resident is the resident’s, by app, and of the desk’s first who takes it', async () => {
    const one = await as.resident.make('enquiries', { question: '地下车库几点关门？', channel: 'phone', caller: world.parties.resident });
    assert.deepEqual([one.channel, one.caller, one.house, one.first_contact], ['app', world.parties.resident, home(), null]);
    assert.ok((await messages(as.desk, one.id)).length > 0, 'the desk hears of it');
    isProblem(await as.neighbour.get(`enquiries/${one.id}`), 404, 'not_found');
    isProblem(await as.far_desk.get(`enquiries/${one.id}`), 404, 'not_found');
    isProblem(await as.resident.act('enquiries', one.id, 'take'), 403, 'forbidden');
    const answers = await Promise.all([as.desk.act('enquiries', one.id, 'take'), as.desk2.act('enquiries', one.id, 'take')]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409], 'two clerks pick the same one');
    isProblem(answers.find((answer) => answer.status === 409), 409, 'wrong_state');
    const seen = await as.resident.read(`enquiries/${one.id}`);
    assert.ok([world.users.desk, world.users.desk2].includes(seen.first_contact), 'the caller can be told who');
    assert.deepEqual(actionsOf(seen), []);
  });

  test('knows the caller by the number, and keeps the number masked', async () => {
    const one = await as.desk.make('enquiries', { question: '门禁卡坏了去哪里换', caller_phone: '138-0000-1234' });
    assert.deepEqual([one.caller, one.house, one.caller_phone], [world.parties.resident, home(), '138****1234']);
    const unknown = await as.desk.make('enquiries', { question: '你们还招人吗', caller_phone: '13612345678' });
    assert.deepEqual([unknown.caller, unknown.house], [null, null]);
    assert.ok(!(await as.desk.get(`enquiries/${one.id}/events`)).text.includes('13800001234'));
  });

  test('is found by its number and its words, by those who may see it', async () => {
    const one = await ask({ question: '羽毛球馆怎么预约' });
    for (const q of [one.no, '羽毛球馆']) {
      const found = async (who) => (await who.read(`search?q=${encodeURIComponent(q)}`)).items.filter((item) => item.id === one.id).map((item) => [item.resource, item.no, item.detail]);
      assert.deepEqual(await found(as.desk), [['enquiries', one.no, 'Open · 1-1-101']], q);
      for (const who of [as.neighbour, as.far_desk, as.foreign]) assert.deepEqual(await found(who), []);
    }
    assert.deepEqual((await as.desk.read(`enquiries?q=${encodeURIComponent('羽毛球')}`)).items.map((item) => item.id), [one.id]);
  });

  test('handed over stays with who was asked first; the department accepts and answers in the agreed time', async () => {
    const one = await ask({ question: '为什么水压低？', topic: 'water' });
    const hand = (asks, who = as.desk) => who.act('enquiries', one.id, 'hand_over', asks);
    isProblem(await hand({}), 422, 'invalid', ['due']);
    isProblem(await hand({ due: now(HOUR) }), 422, 'invalid', ['department']);
    isProblem(await hand({ department: 'engineering', due: now(-HOUR) }), 422, 'invalid', ['due']);
    isProblem(await hand({ assignee: world.users.resident, due: now(HOUR) }), 422, 'invalid', ['assignee']);
    assert.equal((await as.engineer.get(`enquiries/${one.id}`)).status, 404);
    const handed = isDone(await hand({ department: 'engineering', due: now(2 * HOUR) }));
    assert.deepEqual([handed.state, handed.first_contact, handed.department], ['open', world.users.desk, 'engineering']);
    assert.ok(Math.abs(minutes(handed.handed_at, handed.due_accept_at) - 30) < 0.1);
    assert.equal(handed.due_answer_at, one.due_answer_at, 'the promise to the caller stays');
    assert.ok((await messages(as.engineer, one.id)).length > 0);
    assert.equal((await as.guard.get(`enquiries/${one.id}`)).status, 404);
    isProblem(await as.desk.act('enquiries', one.id, 'accept'), 403, 'forbidden');
    const accepted = await as.engineer.did('enquiries', one.id, 'accept');
    assert.deepEqual([accepted.assignee, accepted.first_contact], [world.users.engineer, world.users.desk]);
    isProblem(await as.engineer2.act('enquiries', one.id, 'accept'), 409, 'wrong_state');
    isProblem(await as.engineer2.act('enquiries', one.id, 'answer', { answer: '不知道' }), 403, 'forbidden');
    const answered = await as.engineer.did('enquiries', one.id, 'answer', { answer: '水箱清洗，下午三点恢复。' });
    assert.equal(answered.answered_by, world.users.engineer);
    assert.ok((await messages(as.desk, one.id)).some((line) => line.kind === 'answer'), 'the first contact hears of it');
  });

  test('asked again by the same house or caller on the same topic within seven days is linked and counted', async () => {
    const first = await ask({ topic: 'pets', question: '可以养大狗吗' });
    const again = await ask({ topic: 'pets', question: '大狗到底能不能养' });
    const third = await as.desk.make('enquiries', { topic: 'pets', question: '还是狗的事', caller: world.parties.resident });
    assert.deepEqual([first.repeat_of, again.repeat_of, again.repeats], [null, first.id, 1]);
    assert.equal(third.repeat_of, null, 'the first two named no caller, this one no house');
    const fourth = await as.desk.make('enquiries', { topic: 'pets', question: '第四次问', caller: world.parties.resident });
    assert.deepEqual([fourth.repeat_of, fourth.repeats], [third.id, 1]);
    assert.equal((await ask({ topic: 'waste', question: '沙发扔哪里' })).repeat_of, null);
    const unsorted = await ask({ question: '又问狗' });
    assert.equal(unsorted.repeat_of, null);
    const sorted = isDone(await as.desk.patch(`enquiries/${unsorted.id}`, { topic: 'pets' }));
    assert.deepEqual([sorted.repeat_of, sorted.repeats], [again.id, 2], 'also when the topic is named later');
    const { items } = await as.desk.read(`enquiries/${first.id}/links`);
    assert.deepEqual(items.map((end) => [end.id, end.kind, end.way]), [[again.id, 'repeat_of', 'from']]);
    assert.deepEqual((await as.desk.read('enquiries?filter[repeated]=true&filter[topic]=pets')).items.map((one) => one.id).sort(), [again.id, fourth.id, unsorted.id].sort());
  });

  test('with words of danger calls desk and control room at once, and stops nothing', async () => {
    const one = await as.resident.make('enquiries', { question: '楼道里好像着火了，怎么办' });
    assert.deepEqual([one.state, one.emergency, one.suggestion.emergency], ['open', 'fire', 'fire']);
    assert.match(one.suggestion.text, /119/);
    for (const who of [as.desk, control]) assert.ok((await messages(who, one.id)).some((line) => line.kind === 'emergency'), who.login);
    assert.equal((await control.read(`enquiries/${one.id}`)).emergency, 'fire');
    for (const [question, kind] of [['有人困在电梯里', 'lift'], ['厨房有煤气味', 'gas'], ['老人晕倒了', 'medical'], ['I smell gas in the kitchen', 'gas']])
      assert.equal((await ask({ question })).emergency, kind, question);
    for (const question of ['灭火器多久检查一次', '煤气费在哪里交', '电梯几年年检'])
      assert.deepEqual([(await ask({ question })).emergency, (await ask({ question })).suggestion], [null, null], question);
    isProblem(await control.get(`enquiries/${(await ask()).id}`), 404, 'not_found');
  });

  test('a city hotline’s own shorter deadline holds', async () => {
    const one = await ask({ channel: '12345', outer_no: 'A-7', outer_deadline: now(HOUR) });
    assert.ok(Math.abs(minutes(one.created_at, one.due_answer_at) - 60) < 1);
    const long = await ask({ channel: '12345', outer_deadline: now(5 * DAY) });
    assert.equal(minutes(long.created_at, long.due_answer_at), 240);
  });

  test('cannot be answered, converted or voided by those who may not', async () => {
    const one = await ask({ caller: world.parties.resident });
    isProblem(await as.resident.act('enquiries', one.id, 'answer', { answer: '自答' }), 403, 'forbidden');
    isProblem(await as.resident.act('enquiries', one.id, 'convert', { became: 'repair', category: 'water.tap' }), 403, 'forbidden');
    isProblem(await as.desk.act('enquiries', one.id, 'void', { reason: '误开' }), 403, 'forbidden');
    isProblem(await as.cashier.get(`enquiries/${one.id}`), 404, 'not_found');
    isDone(await as.desk_lead.act('enquiries', one.id, 'void', { reason: '误开' }));
    isProblem(await as.desk.act('enquiries', one.id, 'answer', { answer: '晚了' }), 409, 'wrong_state');
  });
});

describe('an enquiry becomes what it really is', () => {
  test('a repair, with all that was said, linked at both ends', async () => {
    const one = await ask({ question: '厨房水龙头一直滴水，\n能来修吗', caller: world.parties.resident, caller_phone: '13800001234' });
    const done = await as.desk.did('enquiries', one.id, 'convert', { became: 'repair', category: 'water.tap' });
    assert.deepEqual([done.state, done.became, done.became_ref_type, done.next_due_at], ['converted', 'repair', 'repair', null]);
    const repair = await as.desk.read(`repairs/${done.became_ref}`);
    assert.deepEqual([repair.state, repair.house, repair.reporter, repair.description, repair.title, repair.contact_phone, repair.channel],
      ['reported', home(), world.parties.resident, '厨房水龙头一直滴水，\n能来修吗', '厨房水龙头一直滴水，', '138****1234', 'phone']);
    assert.deepEqual((await as.desk.read(`repairs/${repair.id}/links`)).items.map((end) => [end.resource, end.id, end.way]), [['enquiries', one.id, 'from']]);
    assert.deepEqual((await as.desk.read(`enquiries/${one.id}/links`)).items.map((end) => [end.resource, end.id, end.way]), [['repairs', repair.id, 'to']]);
    isProblem(await as.desk.act('enquiries', one.id, 'convert', { became: 'repair', category: 'water.tap' }), 409, 'wrong_state');
  });

  test('a complaint, also after the answer', async () => {
    const one = await ask({ question: '大堂三天没拖地', caller: world.parties.resident });
    await as.desk.did('enquiries', one.id, 'answer', { answer: '马上处理' });
    const done = await as.desk2.did('enquiries', one.id, 'convert', { became: 'complaint', category: 'clean.lobby', title: '大堂脏' });
    const complaint = await as.desk.read(`complaints/${done.became_ref}`);
    assert.deepEqual([complaint.statement, complaint.complainant, complaint.title, complaint.level, complaint.house], ['大堂三天没拖地', world.parties.resident, '大堂脏', 3, home()]);
  });

  test('a complaint about somebody hides what it was before, too', async () => {
    const one = await ask({ question: '周前台对我发火', caller: world.parties.resident });
    const done = await as.desk.did('enquiries', one.id, 'convert', { became: 'complaint', category: 'staff.attitude' });
    assert.equal((await as.desk2.get(`enquiries/${one.id}`)).status, 200);
    isDone(await as.desk_lead.patch(`complaints/${done.became_ref}`, { about_staff: [world.users.desk2] }));
    isProblem(await as.desk2.get(`enquiries/${one.id}`), 404, 'not_found');
    isProblem(await as.desk2.get(`complaints/${done.became_ref}`), 404, 'not_found');
    assert.ok(!(await as.desk2.get(`houses/${home()}/timeline`)).text.includes('发火'));
    assert.equal((await as.desk.get(`enquiries/${one.id}`)).status, 200);
  });

  test('is refused by what the target needs, and then nothing is made', async () => {
    const one = await as.desk.make('enquiries', { question: '灯不亮' });
    const count = async () => (await as.desk.read('repairs?count=true&limit=1')).count;
    const had = await count();
    const convert = (asks) => as.desk.act('enquiries', one.id, 'convert', asks);
    isProblem(await convert({}), 422, 'invalid', ['became', 'category']);
    isProblem(await convert({ became: 'poem', category: 'water.tap' }), 422, 'invalid', ['became']);
    isProblem(await convert({ became: 'repair', category: 'no.such', house: home(), caller: world.parties.resident }), 422, 'invalid', ['category']);
    isProblem(await convert({ became: 'repair', category: 'water.tap' }), 422, 'invalid', ['house']);
    assert.deepEqual([(await as.desk.read(`enquiries/${one.id}`)).state, await count()], ['open', had]);
    const done = isDone(await convert({ became: 'repair', category: 'water.tap', house: home(), caller: world.parties.resident }));
    assert.deepEqual([done.house, done.caller], [home(), world.parties.resident]);
  });
});

/* ---- The hotline ---- */

let calls = 0;
const sign = (text, secret = SECRET) => createHmac('sha256', secret).update(text).digest('hex');
const ring = (body, { headers = {}, secret = SECRET, text = JSON.stringify(body), target = 'hooks/calls' } = {}) => world.nobody.post(target, text, { 'x-anju-signature': sign(text, secret), ...headers });
const newCall = (more = {}) => ({ call_id: `c-${++calls}`, caller_phone: '13800001234', call_start: now(), ring_sec: null, talk_sec: null, abandoned: null, ...more });
const callbackOf = async (id) => (await as.desk.read(`callbacks?filter[record]=${id}`)).items;

describe('a telephone exchange', () => {
  test('rings: the call is there with its household, its time in the log, its number masked', async () => {
    const body = newCall(), answer = await ring(body);
    const call = isDone(answer, 201);
    assert.deepEqual([call.state, call.call_id, call.house, call.party, call.caller_phone, call.project], ['ringing', body.call_id, home(), world.parties.resident, '138****1234', world.projects.TYHY]);
    assert.ok(!answer.text.includes('13800001234') && !answer.text.includes(SECRET));
    assert.ok((await as.desk.read(`houses/${home()}/timeline`)).items.some((line) => line.resource === 'calls' && line.record === call.id));
  });

  test('that calls twice tells of one call; what was unknown is filled in, what is known stays', async () => {
    const body = newCall(), first = isDone(await ring(body), 201);
    const same = isDone(await ring(body), 200);
    assert.equal(same.id, first.id);
    const ended = isDone(await ring({ ...body, ring_sec: 8, talk_sec: 65, abandoned: false }), 200);
    assert.deepEqual([ended.id, ended.state, ended.ring_sec, ended.talk_sec, ended.abandoned], [first.id, 'answered', 8, 65, false]);
    const events = async () => (await as.manager.read(`calls/${first.id}/events`)).items.length;
    const had = await events();
    const replayed = isDone(await ring(body), 200);
    assert.deepEqual([replayed.ring_sec, replayed.talk_sec, replayed.state], [8, 65, 'answered'], 'an old body changes nothing');
    isDone(await ring({ ...body, ring_sec: 99, talk_sec: 1 }), 200);
    assert.equal((await as.desk.read(`calls/${first.id}`)).ring_sec, 8);
    assert.equal(await events(), had);
    assert.equal((await as.desk.read(`calls?filter[call_id]=${body.call_id}&count=true`)).count, 1);
  });

  test('that reports the same call on many lines at once makes one', async () => {
    const body = newCall(), answers = await Promise.all(Array.from({ length: 8 }, () => ring(body)));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201], answers.map((answer) => answer.text).join('\n').slice(0, 800));
    assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  });

  test('is known by its signature alone', async () => {
    const body = newCall(), text = JSON.stringify(body);
    const none = await world.nobody.post('hooks/calls', text);
    isProblem(none, 401, 'bad_signature');
    isProblem(await ring(body, { secret: 'another secret altogether' }), 401, 'bad_signature');
    isProblem(await ring(body, { headers: { 'x-anju-signature': sign(`${text} `) } }), 401, 'bad_signature');
    for (const forged of ['', 'sha256=', 'x', sign(text).slice(1), `${sign(text)}0`, sign(text).replace(/./, (c) => (c === '0' ? '1' : '0'))])
      isProblem(await ring(body, { headers: { 'x-anju-signature': forged } }), 401, 'bad_signature');
    isProblem(await as.manager.post('hooks/calls', text), 401, 'bad_signature');
    assert.equal((await as.desk.read(`calls?filter[call_id]=${body.call_id}&count=true`)).count, 0);
    isDone(await ring(body, { headers: { 'x-anju-signature': `sha256=${sign(text)}` } }), 201);
    isDone(await ring(body, { headers: { 'x-anju-signature': sign(text).toUpperCase() } }), 200);
    isDone(await ring(body, { target: `hooks/calls?exchange=${exchange.id}` }), 200);
    isProblem(await ring(body, { target: 'hooks/calls?exchange=12' }), 401, 'bad_signature');
    const spaced = ` ${text}\n`;
    isDone(await ring(null, { text: spaced }), 200);
  });

  test('says what is wrong with a body', async () => {
    isProblem(await ring(newCall({ call_id: null })), 422, 'invalid', ['call_id']);
    isProblem(await ring(newCall({ call_start: null })), 422, 'invalid', ['call_start']);
    isProblem(await ring(newCall({ call_start: 'soon', ring_sec: -1, talk_sec: 'x', abandoned: 1, caller_phone: 'abc' })), 422, 'invalid', ['call_start', 'ring_sec', 'talk_sec', 'abandoned', 'caller_phone']);
    isProblem(await ring(newCall({ call_start: now(2 * DAY) })), 422, 'invalid', ['call_start']);
    isProblem(await ring({ ...newCall(), house: home(), note: 'x' }), 422, 'invalid', ['house', 'note']);
    isProblem(await ring([1]), 422, 'invalid', ['body']);
    isProblem(await ring(null, { text: '{"call_id":' }), 400, 'bad_request');
    isDone(await ring(newCall({ caller_phone: null })), 201);
  });

  test('keeps its secret, belongs to one company, and is management’s', async () => {
    for (const who of [as.desk, as.desk_lead, as.resident]) isProblem(await who.post('exchanges', { name: 'x', secret: SECRET }), 403, 'forbidden');
    isProblem(await as.desk.get(`exchanges/${exchange.id}`), 404, 'not_found');
    isProblem(await as.manager.post('exchanges', { name: 'x', project: world.projects.TYHY }), 422, 'invalid', ['secret']);
    isProblem(await as.manager.post('exchanges', { name: 'x', secret: 'short', project: world.projects.TYHY }), 422, 'invalid', ['secret']);
    for (const target of [`exchanges/${exchange.id}`, `exchanges/${exchange.id}/events`, 'exchanges?limit=10', 'exchanges/export?format=csv']) assert.ok(!(await as.manager.get(target)).text.includes(SECRET), target);
    const foreign = await as.foreign.make('exchanges', { name: '别家总机', secret: 'the other company’s secret' });
    const call = isDone(await ring(newCall(), { secret: 'the other company’s secret' }), 201);
    assert.deepEqual([call.house, call.party, call.project], [null, null, world.projects.foreign], 'the same number means nobody there');
    isProblem(await as.manager.get(`calls/${call.id}`), 404, 'not_found');
    isDone(await as.foreign.patch(`exchanges/${foreign.id}`, { active: false }));
    isProblem(await ring(newCall(), { secret: 'the other company’s secret' }), 401, 'bad_signature');
    isDone(await as.foreign.patch(`exchanges/${foreign.id}`, { active: true }));
    isDone(await ring(newCall(), { secret: 'the other company’s secret' }), 201);
    isDone(await as.foreign.patch(`exchanges/${foreign.id}`, { secret: 'a new secret of theirs' }));
    isProblem(await ring(newCall(), { secret: 'the other company’s secret' }), 401, 'bad_signature');
    isDone(await as.foreign.del(`exchanges/${foreign.id}`), 204);
    isProblem(await ring(newCall(), { secret: 'a new secret of theirs' }), 401, 'bad_signature');
  });
});

describe('a call', () => {
  test('is taken by one desk; the other is told the state', async () => {
    const call = isDone(await ring(newCall()), 201);
    const answers = await Promise.all([as.desk.act('calls', call.id, 'take'), as.desk2.act('calls', call.id, 'take')]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
    const late = answers.find((answer) => answer.status === 409), taken = answers.find((answer) => answer.status === 200).body;
    isProblem(late, 409, 'wrong_state');
    assert.equal(late.body.state, 'taken');
    assert.ok([world.users.desk, world.users.desk2].includes(taken.taken_by));
    isProblem(await as.desk.act('calls', call.id, 'finish', {}), 422, 'invalid', ['outcome']);
    const done = await as.desk.did('calls', call.id, 'finish', { outcome: 'answered', note: '问物业费，已告知' });
    assert.deepEqual([done.state, done.note, done.outcome], ['done', '问物业费，已告知', 'answered']);
    const line = (await as.desk.read(`houses/${home()}/timeline`)).items.find((one) => one.record === call.id && one.action === 'finish');
    assert.equal(line.changes.note[1], '问物业费，已告知', 'on the household’s time line');
    isProblem(await as.desk.act('calls', call.id, 'take'), 409, 'wrong_state');
    isProblem(await as.desk.act('calls', call.id, 'miss'), 403, 'forbidden');
  });

  test('of a number that several homes share belongs to none of them until somebody asks', async () => {
    const shared = await as.desk.make('parties', { name: '两套房的人', phone: '13311112222' });
    const homes = [world.houses['2-1-201'], world.houses['3-2-1501']];
    for (const house of homes) isDone(await as.desk.patch(`houses/${house}`, { parties: [{ party: shared.id, role: 'owner', from: '2020-01-01' }] }));
    const call = isDone(await ring(newCall({ caller_phone: '13311112222' })), 201);
    assert.deepEqual([call.house, call.party], [null, shared.id]);
    assert.deepEqual(call.candidates.map((one) => [one.house, one.no, one.party, one.role]), [[homes[0], '2-1-201', shared.id, 'owner'], [homes[1], '3-2-1501', shared.id, 'owner']]);
    const chosen = isDone(await as.desk.patch(`calls/${call.id}`, { house: homes[1] }));
    assert.deepEqual([chosen.house, chosen.candidates], [homes[1], null]);
    const twin = await as.desk.make('parties', { name: '同号的人', phone: '13311112222' });
    isDone(await as.desk.patch(`houses/${home()}`, { parties: [{ party: world.parties.resident, role: 'owner', from: '2020-01-01' }, { party: twin.id, role: 'contact', from: '2020-01-01' }] }));
    const other = isDone(await ring(newCall({ caller_phone: '13311112222' })), 201);
    assert.deepEqual([other.house, other.party, other.candidates.length], [null, null, 3]);
    assert.equal(isDone(await as.desk.patch(`calls/${other.id}`, { house: home() })).party, twin.id, 'the home says who it is');
    const enquiry = await as.desk.make('enquiries', { question: '问一下', call: other.id });
    assert.deepEqual([enquiry.house, enquiry.caller, enquiry.caller_phone], [home(), twin.id, '133****2222']);
    isDone(await as.desk.patch(`houses/${home()}`, { parties: [{ party: world.parties.resident, role: 'owner', from: '2020-01-01' }] }));
  });

  test('given up becomes a call-back within fifteen minutes, told to somebody, and logged without more questions', async () => {
    const body = newCall(), call = isDone(await ring(body), 201);
    assert.deepEqual(await callbackOf(call.id), []);
    const missed = isDone(await ring({ ...body, ring_sec: 30, abandoned: true }), 200);
    assert.equal(missed.state, 'missed');
    isDone(await ring({ ...body, ring_sec: 30, abandoned: true }), 200);
    const [callback, ...more] = await callbackOf(call.id);
    assert.deepEqual(more, [], 'one call-back, however often it is told');
    assert.deepEqual([callback.reason, callback.state, callback.house, callback.party, callback.phone, callback.record_no], ['missed_call', 'open', home(), world.parties.resident, '138****1234', call.no]);
    assert.ok(minutes(now(), callback.due_at) > 14 && minutes(now(), callback.due_at) <= 15.01, callback.due_at);
    assert.ok(callback.owner !== null);
    assert.equal((await as.desk.read(`messages`)).items.filter((line) => line.record === callback.id && line.kind.startsWith('remind')).length, 0, 'half of a quarter of an hour has not gone');
    isDone(await as.desk_lead.act('callbacks', callback.id, 'close', { outcome: 'reached', note: '已回电' }));
    const straight = isDone(await ring(newCall({ ring_sec: 12, talk_sec: 0, abandoned: true })), 201);
    assert.equal((await callbackOf(straight.id)).length, 1);
    await as.desk.did('calls', straight.id, 'take');
    await as.desk.did('calls', straight.id, 'finish', { outcome: 'answered' });
    assert.deepEqual((await callbackOf(straight.id)).map((one) => [one.state, one.outcome]), [['closed', 'reached']], 'called back from the log');
  });

  test('a number that rings ten times in vain is called back once, and whichever of its calls is taken ends that', async () => {
    const phone = '13900007777', calls = [];
    for (let i = 0; i < 10; i++) calls.push(await as.desk.make('calls', { caller_phone: phone, abandoned: true }));
    const of = [...new Set(calls.map((call) => call.callback))];
    assert.equal(of.length, 1, 'one call-back for all');
    const open = await as.desk.read(`callbacks/${of[0]}`);
    assert.deepEqual([open.state, open.calls, open.record, open.due_at], ['open', 10, calls[0].id, (await as.desk.read(`callbacks?filter[record]=${calls[0].id}`)).items[0].due_at]);
    const other = await as.desk.make('calls', { caller_phone: '13900008888', abandoned: true }), hidden = [await as.desk.make('calls', { abandoned: true }), await as.desk.make('calls', { abandoned: true })];
    assert.equal(new Set([of[0], other.callback, ...hidden.map((call) => call.callback)]).size, 4, 'another number has its own, and so has each that shows none');
    await as.desk.did('calls', calls[7].id, 'take');
    await as.desk.did('calls', calls[7].id, 'finish', { outcome: 'answered' });
    assert.equal((await as.desk.read(`callbacks/${of[0]}`)).state, 'closed');
    const again = await as.desk.make('calls', { caller_phone: phone, abandoned: true });
    assert.notEqual(again.callback, of[0], 'who rings again afterwards is called back anew');
    assert.equal((await as.desk.read(`callbacks/${again.callback}`)).calls, null);
  });

  test('by hand is taken by who writes it down; residents have no log', async () => {
    const call = await as.desk.make('calls', { caller_phone: '13900005678', note: '问停车' });
    assert.deepEqual([call.state, call.taken_by, call.house], ['taken', world.users.desk, world.houses['1-1-102']]);
    const missed = await as.desk.make('calls', { caller_phone: '13900005678', abandoned: true });
    assert.equal((await callbackOf(missed.id)).length, 1);
    isProblem(await as.resident.post('calls', { caller_phone: '13800001234' }), 403, 'forbidden');
    assert.deepEqual((await as.neighbour.read('calls')).items, []);
    isProblem(await as.engineer.get(`calls/${call.id}`), 404, 'not_found');
    isProblem(await as.desk.patch(`calls/${call.id}`, { ring_sec: 3 }), 409, 'wrong_state');
    assert.equal((await as.desk.read('calls?filter[caller_phone]=13900005678&count=true')).count, 2);
  });
});

describe('a number that nobody knows', () => {
  test('is shown whole to who is to ring it, with the reason in the log and not the number', async () => {
    const call = await as.desk.make('calls', { caller_phone: '13677778888', abandoned: true });
    const [callback] = await callbackOf(call.id);
    assert.deepEqual([callback.party, callback.phone], [null, '136****8888']);
    assert.deepEqual(await as.desk.did('callbacks', callback.id, 'reveal', { field: 'phone', reason: '回电' }), { value: '13677778888' });
    assert.deepEqual(await as.desk.did('calls', call.id, 'reveal', { field: 'caller_phone', reason: '回电' }), { value: '13677778888' });
    for (const [resource, id] of [['callbacks', callback.id], ['calls', call.id]]) {
      const { items } = await as.desk.read(`${resource}/${id}/events`);
      assert.match(JSON.stringify(items.find((one) => one.action === 'reveal')), /回电/);
      assert.ok(!JSON.stringify(items).includes('13677778888'));
    }
    isProblem(await as.desk.act('calls', call.id, 'reveal', { field: 'caller_phone' }), 422, 'invalid', ['reason']);
    isProblem(await as.desk.act('callbacks', callback.id, 'reveal', { field: 'note', reason: '看看' }), 422, 'invalid', ['field']);
    isProblem(await as.engineer.act('callbacks', callback.id, 'reveal', { field: 'phone', reason: '看看' }), 404, 'not_found');
  });
});

/* ---- Knowledge ---- */

const find = async (q, who = as.desk, more = '') => (await who.read(`knowledge?q=${encodeURIComponent(q)}${more}`)).items;

describe('the knowledge base', () => {
  test('is written by the desk, published by who answers for it, found by who may see it', async () => {
    const one = await as.desk.make('articles', { title: '装修押金怎么退', body: '验收三个月后凭收据到前台退还，七个工作日内到账。', category: 'renovation.apply', audience: 'public' });
    assert.deepEqual([one.state, one.version], ['draft', 1]);
    assert.match(one.no, /^ZS-/);
    assert.deepEqual(await find('装修押金'), [], 'a draft answers nobody');
    isProblem(await as.desk2.get(`articles/${one.id}`), 404, 'not_found');
    assert.equal((await as.desk.read(`articles/${one.id}`)).id, one.id, 'but its writer sees it');
    isProblem(await as.desk.act('articles', one.id, 'publish'), 403, 'forbidden');
    const published = await as.desk_lead.did('articles', one.id, 'publish');
    assert.equal(published.state, 'published');
    assert.notEqual(published.review_at, null, 'it has a day to be looked at again');
    for (const who of [as.desk, as.engineer, as.resident]) assert.deepEqual((await find('装修押金', who)).map((item) => item.id), [one.id], who.login);
    const inner = await as.desk_lead.make('articles', { title: '装修押金的内部流程', body: '财务复核后付款。' });
    await as.desk_lead.did('articles', inner.id, 'publish');
    assert.deepEqual((await find('装修押金')).map((item) => item.id).sort(), [one.id, inner.id].sort());
    assert.deepEqual((await find('装修押金', as.resident)).map((item) => item.id), [one.id]);
    isProblem(await as.resident.get(`articles/${inner.id}`), 404, 'not_found');
    assert.deepEqual((await as.resident.read('articles')).items.map((item) => item.id), [one.id]);
    assert.ok((await as.desk.read(`search?q=${encodeURIComponent('装修押金')}`)).items.some((item) => item.resource === 'articles' && item.id === one.id));
    assert.ok(!(await as.resident.read(`search?q=${encodeURIComponent('装修押金')}`)).items.some((item) => item.id === inner.id));
    assert.deepEqual((await as.foreign.read('knowledge?q=' + encodeURIComponent('装修押金'))).items, []);
    isProblem(await world.nobody.get('knowledge?q=x'), 401, 'login_required');
    await as.desk_lead.did('articles', one.id, 'retire', { reason: '制度已改' });
    assert.deepEqual(await find('装修押金', as.resident), []);
  });

  test('shows the best first, with the words around what was looked for', async () => {
    const make = async (title, body) => { const one = await as.desk_lead.make('articles', { title, body }); await as.desk_lead.did('articles', one.id, 'publish'); return one.id; };
    const same = await make('宽带', '找运营商。'), head = await make('宽带报修电话', '10000。');
    const inside = await make('各家宽带的办理', '大堂有名片。'), body = await make('弱电井钥匙', `${'井在每层走廊尽头，'.repeat(20)}办理宽带要到前台借钥匙。`);
    const items = await find('宽带');
    assert.deepEqual(items.map((item) => item.id), [same, head, inside, body]);
    assert.match(items[3].excerpt, /宽带/);
    assert.equal((await find('宽带', as.desk, '&limit=2')).length, 2);
    isProblem(await as.desk.get('knowledge?q=x&limit=21'), 422, 'invalid', ['limit']);
    isProblem(await as.desk.get('knowledge?q=x&final=maybe'), 422, 'invalid', ['final']);
    isProblem(await as.desk.get('knowledge?query=x'), 422, 'invalid', ['query']);
    assert.ok((await as.desk.read('knowledge')).items.length > 0, 'nothing typed yet: the newest');
  });

  test('holds from and to its days', async () => {
    const day = (plus) => new Date(Date.parse(now(plus * DAY)) + ZONE_MS).toISOString().slice(0, 10);
    const make = (more) => as.desk_lead.make('articles', { title: '春节值班电话', body: '88886666', audience: 'public', ...more });
    isProblem(await as.desk_lead.post('articles', { title: 'x', body: 'y', valid_from: day(2), valid_to: day(1) }), 422, 'invalid', ['valid_to']);
    const today = await make({ valid_from: day(0), valid_to: day(0) }), next = await make({ valid_from: day(1) }), past = await make({ valid_to: day(-1) });
    await as.desk_lead.did('articles', today.id, 'publish');
    await as.desk_lead.did('articles', next.id, 'publish');
    isProblem(await as.desk_lead.act('articles', past.id, 'publish'), 422, 'invalid', ['valid_to']);
    assert.deepEqual((await find('春节值班', as.resident)).map((item) => item.id), [today.id]);
    assert.deepEqual((await find('春节值班')).map((item) => item.id), [today.id]);
    const one = await ask();
    isProblem(await as.desk.act('enquiries', one.id, 'answer', { article: next.id }), 422, 'invalid', ['article']);
  });

  test('a correction is a new version, told to everybody who was answered from the old one', async () => {
    const article = await as.desk_lead.make('articles', { title: '泳池开放时间', body: '每天 9 点到 21 点。', audience: 'public' });
    await as.desk_lead.did('articles', article.id, 'publish');
    const one = await ask({ caller: world.parties.resident, question: '泳池几点开' });
    const answered = await as.desk.did('enquiries', one.id, 'answer', { article: article.id });
    assert.deepEqual([answered.answer, answered.article, answered.article_version], ['每天 9 点到 21 点。', article.id, 1]);
    isProblem(await as.desk.act('articles', article.id, 'revise', { body: '周一闭馆' }), 403, 'forbidden');
    isProblem(await as.desk.patch(`articles/${article.id}`, { body: '周一闭馆' }), 403, 'forbidden');
    isProblem(await as.desk_lead.act('articles', article.id, 'revise', {}), 422, 'invalid', ['body']);
    isProblem(await as.desk_lead.act('articles', article.id, 'revise', { body: ' ' }), 422, 'invalid', ['body']);
    const revised = await as.desk_lead.did('articles', article.id, 'revise', { body: '周一闭馆，其余 9 点到 21 点。', reason: '换水' });
    assert.deepEqual([revised.version, revised.state], [2, 'published']);
    const told = (await messages(as.resident, one.id)).filter((line) => line.kind === 'corrected');
    assert.deepEqual([told.length, /周一闭馆/.test(told[0].text)], [1, true]);
    assert.equal((await messages(as.desk, one.id)).filter((line) => line.kind === 'corrected').length, 1);
    assert.equal((await messages(as.neighbour, one.id)).length, 0);
    assert.equal(isDone(await as.desk_lead.patch(`articles/${article.id}`, { keywords: '游泳' })).version, 2, 'a keyword corrects nothing');
    assert.equal(isDone(await as.desk_lead.patch(`articles/${article.id}`, { body: '停用检修。' })).version, 3);
    assert.equal((await messages(as.resident, one.id)).filter((line) => line.kind === 'corrected').length, 1, 'who had version 1 has been told');
    const changes = (await as.desk_lead.read(`articles/${article.id}/events`)).items.filter((line) => line.changes.body !== undefined).map((line) => line.changes.body);
    assert.deepEqual(changes.map(([, to]) => to), ['每天 9 点到 21 点。', '周一闭馆，其余 9 点到 21 点。', '停用检修。'], 'its history');
  });

  test('a good answer becomes an article in one step', async () => {
    const one = await ask({ topic: 'parking.visitor', question: '访客车怎么登记' });
    isProblem(await as.desk.act('enquiries', one.id, 'to_article'), 409, 'wrong_state');
    await as.desk.did('enquiries', one.id, 'answer', { answer: '在手机上填车牌，门岗自动放行，两小时免费。' });
    const kept = await as.desk.did('enquiries', one.id, 'to_article');
    const article = await as.desk.read(`articles/${kept.article}`);
    assert.deepEqual([article.state, article.title, article.body, article.category, article.audience], ['draft', '访客车怎么登记', '在手机上填车牌，门岗自动放行，两小时免费。', 'parking.visitor', 'staff']);
    isProblem(await as.desk.act('enquiries', one.id, 'to_article'), 409, 'wrong_state');
    assert.deepEqual((await as.desk.read(`enquiries/${one.id}/links`)).items.filter((end) => end.resource === 'articles').map((end) => end.id), [article.id]);
  });

  test('what was looked for in vain is listed, once meant', async () => {
    for (const q of ['充', '充电', '充电桩', '充电桩安装']) await find(q);
    const misses = async () => (await as.desk_lead.read('knowledge/misses')).items;
    assert.ok(!(await misses()).some((one) => one.q.startsWith('充')), 'not by keystrokes');
    await find('充电桩安装', as.desk, '&final=true');
    await find('充电桩　安装', as.resident, '&final=true');
    await find('充', as.desk, '&final=true');
    await find('宽带', as.desk, '&final=true');
    await find('13800001234', as.desk, '&final=true');
    assert.deepEqual((await misses()).map((one) => [one.q, one.count]), [['充电桩安装', 2]]);
    isProblem(await as.desk.get('knowledge/misses'), 403, 'forbidden');
    isProblem(await as.resident.get('knowledge/misses'), 403, 'forbidden');
    isProblem(await as.desk_lead.get('knowledge/misses?limit=0'), 422, 'invalid', ['limit']);
    assert.deepEqual((await as.foreign.read('knowledge/misses')).items, []);
  });
});

/* ---- One page ---- */

describe('a household', () => {
  test('is one page: people, all that is open, promised, called', async () => {
    const house = world.houses['1-1-102'];
    const repair = await as.desk.make('repairs', report(world, { house, reporter: world.parties.neighbour, title: '阳台漏水' }));
    const complaint = await as.desk.make('complaints', { house, category: 'env.noise', statement: '楼上半夜拖椅子' });
    const enquiry = await ask({ house, question: '能装充电桩吗' }), closed = await ask({ house, question: '已经答复关闭的', caller: world.parties.neighbour });
    await as.desk.did('enquiries', closed.id, 'answer', { answer: '好' });
    await as.neighbour.did('enquiries', closed.id, 'close');
    for (let i = 0; i < 12; i++) await as.desk.make('calls', { house, caller_phone: '13900005678', abandoned: false, talk_sec: 5, call_id: `page-${i}` });
    const page = await as.desk.read(`houses/${house}/household`);
    assert.deepEqual(Object.keys(page), ['house', 'people', 'open', 'calls', 'promises', 'owed', 'preferences', 'moments']);
    assert.deepEqual(page.house, { id: house, no: '1-1-102' });
    assert.deepEqual(page.people.map((one) => [one.party, one.label, one.role, one.phone]), [[world.parties.neighbour, '李小龙', 'owner', '139****5678']]);
    const open = page.open.map((one) => `${one.resource} ${one.id}`);
    for (const [resource, one] of [['repairs', repair], ['complaints', complaint], ['enquiries', enquiry]]) assert.ok(open.includes(`${resource} ${one.id}`), resource);
    assert.ok(page.open.some((one) => one.resource === 'callbacks'), 'and the call-back of the missed one before');
    assert.ok(!open.includes(`enquiries ${closed.id}`));
    assert.deepEqual(Object.keys(page.open[0]), ['resource', 'id', 'no', 'title', 'state', 'next_due_at']);
    assert.equal(page.calls.length, 10);
    assert.deepEqual([page.calls[0].caller_phone, page.calls[0].talk_sec], ['139****5678', 5]);
    const promised = page.promises.find((one) => one.id === enquiry.id);
    assert.deepEqual([promised.resource, promised.limit, promised.label, promised.due_at, promised.late], ['enquiries', 'answer', 'Answer', enquiry.due_answer_at, false]);
    const due = page.promises.map((one) => Date.parse(one.due_at));
    assert.deepEqual(due, [...due].sort((a, b) => a - b), 'the nearest first');
    assert.deepEqual([page.owed, page.preferences, page.moments], [{ open_fen: 0, overdue_fen: 0 }, [], []]);
    const { text } = await as.desk.get(`houses/${house}/household`);
    assert.ok(!text.includes('13900005678'));
  });

  test('is cut to what one may see, and not for residents', async () => {
    const house = world.houses['1-1-102'];
    isProblem(await as.neighbour.get(`houses/${house}/household`), 403, 'forbidden');
    isProblem(await as.resident.get(`houses/${house}/household`), 404, 'not_found');
    isProblem(await as.far_desk.get(`houses/${house}/household`), 404, 'not_found');
    isProblem(await as.foreign.get(`houses/${house}/household`), 404, 'not_found');
    isProblem(await as.desk.get(`houses/${house}/household?x=1`), 422, 'invalid', ['x']);
    const page = await as.guard.read(`houses/${house}/household`);
    assert.deepEqual([page.people, page.open, page.calls], [[], [], []]);
    const about = await as.desk_lead.make('complaints', { house, category: 'staff.attitude', statement: '前台态度差', about_staff: [world.users.desk2] });
    const sees = async (who) => (await who.read(`houses/${house}/household`)).open.some((one) => one.id === about.id);
    assert.deepEqual([await sees(as.desk2), await sees(as.desk_lead)], [false, true], 'hidden from whom it is about');
  });
});

/* ---- Time, and figures ---- */

describe('time passes', () => {
  test('a call at night is rung back at the next opening; one that never ended is missed', async () => {
    const stuck = isDone(await ring(newCall({ caller_phone: '13911112222' })), 201);
    await later((secondsTo(23) - world.options.clock % DAY + DAY) % DAY);
    await until(async () => (await as.desk.read(`calls/${stuck.id}`)).state === 'missed', 'the call without an end is missed', 100_000);
    assert.equal((await callbackOf(stuck.id)).length, 1);
    const night = isDone(await ring(newCall({ caller_phone: '13911113333', ring_sec: 20, abandoned: true })), 201);
    const [callback] = await callbackOf(night.id);
    assert.equal(localTime(callback.due_at), '08:30');
    assert.ok(minutes(now(), callback.due_at) < 10 * 60);
  });

  test('silence closes an answer after three days; within seven it may be reopened, and its time begins anew', async () => {
    const silent = await ask({ caller: world.parties.resident, question: '信箱钥匙' }), wrong = await ask({ caller: world.parties.resident, question: '信箱换锁' });
    for (const one of [silent, wrong]) await as.desk.did('enquiries', one.id, 'answer', { answer: '前台领取' });
    isProblem(await as.resident.act('enquiries', wrong.id, 'reopen', {}), 422, 'invalid', ['reason']);
    const reopened = await as.resident.did('enquiries', wrong.id, 'reopen', { reason: '前台说没有' });
    assert.deepEqual([reopened.state, reopened.reopened, reopened.next_limit], ['open', 1, 'answer']);
    assert.ok((await messages(as.desk_lead, wrong.id)).some((line) => line.kind === 'reopen'));
    assert.ok(reopened.due_answer_at > now());
    await later(3 * DAY + HOUR);
    await until(async () => (await as.desk.read(`enquiries/${silent.id}`)).state === 'closed', 'closed after silence', 100_000);
    assert.equal((await as.desk.read(`enquiries/${wrong.id}`)).state, 'open');
    assert.equal((await as.desk.did('enquiries', silent.id, 'reopen', { reason: '其实没领到' })).state, 'open', 'the seven days have not passed');
    await as.desk.did('enquiries', silent.id, 'answer', { answer: '已补配' });
    await later(7 * DAY + HOUR);
    isProblem(await as.resident.act('enquiries', silent.id, 'reopen', { reason: '太晚了' }), 409, 'wrong_state');
    assert.equal((await ask({ topic: 'pets', question: '狗又来了' })).repeat_of, null, 'the window has passed');
  });
});

describe('figures', () => {
  const figure = async (name, more = '') => (await as.manager.read(`figures/${name}${more}`)).rows[0];
  /* The rows that a figure opens are what it counts. */
  async function opened(row, resource) {
    const query = Object.entries(row.filter).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const { items } = await as.manager.read(`${resource}?${query}&limit=500`);
    assert.equal(items.length, row.n);
    return items;
  }

  test('solved at first contact: answered by it, not handed over, not reopened, not asked again', async () => {
    const day = new Date(Date.parse(now()) + ZONE_MS).toISOString().slice(0, 10);
    const answer = (one, who = as.desk) => who.did('enquiries', one.id, 'answer', { answer: '答复' });
    const at = `?from=${day}&to=${day}`;
    const good = await ask({ topic: 'network' }), handed = await ask({ topic: 'gas' }), other = await ask({ topic: 'warranty' }), again = await ask({ topic: 'facilities' });
    await as.desk.did('enquiries', handed.id, 'hand_over', { assignee: world.users.engineer, due: now(HOUR) });
    for (const [one, who] of [[good, as.desk], [handed, as.desk], [other, as.desk2], [again, as.desk]]) await answer(one, who);
    assert.equal((await figure('enquiry_first_contact_solved', at)).n, 0, 'nobody knows yet');
    await answer(await ask({ topic: 'facilities', question: '还是会所' }));
    const known = await figure('enquiry_first_contact_solved', at);
    assert.deepEqual([known.n, known.value], [1, 0], 'asked again is known at once');
    await later(7 * DAY + HOUR);
    const row = await figure('enquiry_first_contact_solved', at);
    assert.deepEqual([row.n, row.value], [5, 2 / 5]);
    const items = await opened(row, 'enquiries');
    assert.deepEqual(items.map((one) => one.topic).sort(), ['facilities', 'facilities', 'gas', 'network', 'warranty']);
    assert.deepEqual((await as.manager.read(`enquiries?filter[solved_first]=true&filter[solved_known]=true&filter[answered_at]=${day}`)).items.map((one) => one.topic).sort(), ['facilities', 'network']);
    assert.equal((await as.manager.read(`figures/enquiry_first_contact_solved${at}&by=topic`)).rows.length, 4);
    isProblem(await as.resident.get('figures/enquiry_first_contact_solved'), 403, 'forbidden');
  });

  test('calls answered: within twenty seconds, of all that were offered', async () => {
    const day = new Date(Date.parse(now()) + ZONE_MS).toISOString().slice(0, 10);
    for (const [ring_sec, talk_sec, abandoned] of [[8, 60, false], [20, 5, false], [21, 90, false], [4, 0, true]]) isDone(await ring(newCall({ ring_sec, talk_sec, abandoned })), 201);
    const taken = isDone(await ring(newCall()), 201);
    isDone(await ring(newCall()), 201); /* still ringing */
    await as.desk.did('calls', taken.id, 'take');
    await as.desk.make('calls', { note: '补记' });
    const row = await figure('call_answered', `?from=${day}&to=${day}`);
    assert.deepEqual([row.n, row.value], [5, 3 / 5]);
    await opened(row, 'calls');
    const [rule] = (await as.manager.read('rules?filter[code]=call.answer_seconds')).items;
    isDone(await as.manager.patch(`rules/${rule.id}`, { value: 30 }));
    assert.equal((await figure('call_answered', `?from=${day}&to=${day}`)).value, 4 / 5, 'the limit is a rule');
  });
});
