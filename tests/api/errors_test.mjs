/* The table of errors (CONTRACT section 2): each row, the order in which they apply, and bad input. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, PASSWORD, repairIn, report, sendRaw, until } from './world.mjs';

let world, desk, resident, nobody;
before(async () => { world = await openWorld(); ({ desk, resident } = world.as); nobody = world.nobody; });
after(() => world.close());

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

describe('what cannot be read is refused with the position', () => {
  const bodies = {
    'not JSON at all': '水龙头坏了',
    'a sentence cut off': '{"title":"漏水"',
    'an empty object with more behind it': '{} {}',
    'a number that is none': '{"title":NaN}',
    'a comma at the end': '{"title":"漏水",}',
    'single quotes': "{'title':'漏水'}",
    'bytes that are not UTF-8': Buffer.from([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    'an overlong form of UTF-8': Buffer.from([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d]),
    'half a surrogate pair': '{"title":"\\ud800"}',
    'text of the office’s GB18030': Buffer.from([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xcb, 0xae, 0xb9, 0xdc, 0x22, 0x7d]),
    'the same key twice': '{"title":"甲","title":"乙"}',
    'the same key twice, further down': '{"title":"甲","x":{"a":1,"a":2}}',
    'the same key written in two ways': '{"title":"甲","\\u0074itle":"乙"}',
    'a depth of 65': `{"title":${nested(64)}}`,
    'a depth of 10,000': nested(10_000),
    'a depth of 10,000 in objects': '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    'an integer beyond 64 bit': '{"labour_fen":9223372036854775808}',
    'an integer far below 64 bit': '{"labour_fen":-99999999999999999999999999}',
    'a NUL as an escape': '{"title":"漏\\u0000水"}',
    'a NUL in a key': '{"ti\\u0000tle":"漏水"}',
    'a NUL as a byte': '{"title":"漏\0水"}',
    'a control character inside text': '{"title":"漏\u0001水"}',
    'nothing but a blank': ' ',
  };
  for (const [name, body] of Object.entries(bodies))
    test(name, async () => {
      const answer = await desk.post('repairs', body);
      isProblem(answer, 400, 'bad_request');
      assert.match(answer.body.detail, /\d/, `the detail says where: ${answer.body.detail}`);
    });

  test('a depth of 64 can be read, and is refused for what it says', async () => {
    isProblem(await desk.post('repairs', `{"title":${nested(63)}}`), 422, 'invalid');
  });

  test('the largest integer can be read, and is refused for what it says', async () => {
    isProblem(await desk.post('repairs', '{"labour_fen":9223372036854775807}'), 422, 'invalid');
  });

  const targets = {
    'half an escape at the end': '/api/v1/repairs?q=%E6%B0%B',
    'an escape that is no number': '/api/v1/repairs?q=%zz',
    'an escaped NUL in a parameter': '/api/v1/repairs?q=%00',
    'an escaped NUL in a path': '/api/v1/repairs/%00',
    'escapes that are not UTF-8': '/api/v1/repairs?q=%ff%fe',
    'a path whose escapes are not UTF-8': '/api/v1/repairs/%ff',
    'a parameter’s name with a bad escape': '/api/v1/repairs?%=1',
  };
  for (const [name, target] of Object.entries(targets))
    test(`in the address: ${name}`, async () => isProblem(await desk.get(target), 400, 'bad_request'));
});

describe('who is not logged in is told to', () => {
  const calls = [['GET', 'repairs'], ['POST', 'repairs'], ['GET', 'me'], ['GET', 'meta'], ['GET', 'sessions'], ['GET', 'events'], ['PATCH', 'houses/1'],
    ['DELETE', 'houses/1'], ['POST', 'repairs/1/actions/accept'], ['GET', 'repairs/1/events'], ['POST', 'me/password'], ['DELETE', 'session']];
  for (const [method, target] of calls)
    test(`${method} ${target}`, async () => isProblem(await nobody.call(method, target, method === 'POST' || method === 'PATCH' ? {} : undefined), 401, 'login_required'));

  test('an unknown token, an empty one and another scheme are no log-in', async () => {
    for (const authorization of ['Bearer nonsense', 'Bearer ', 'Basic YWRtaW46YWRtaW4=', `Bearer ${'x'.repeat(5000)}`, 'Bearer'])
      isProblem(await nobody.get('me', { authorization }), 401, 'login_required');
  });

  test('a wrong password and an unknown log-in get the same answer', async () => {
    const wrong = await nobody.post('session', { login: 'desk', password: 'not the password' });
    const unknown = await nobody.post('session', { login: 'nobody.of.that.name', password: 'not the password' });
    isProblem(wrong, 401, 'login_failed');
    assert.deepEqual(wrong.body, unknown.body);
    assert.equal(wrong.status, unknown.status);
  });
});

describe('paths', () => {
  const missing = ['nothing', 'repairs/', 'repairs//', '/api/v1//repairs', 'repairs/1', 'repairs/1/2', 'repairs/1/events/', 'houses/0', 'houses/-1', 'houses/+1', 'houses/01',
    'houses/1.0', 'houses/abc', 'houses/9223372036854775808', 'houses/99999999999999999999999', 'houses/1e3', 'houses/%31%20', 'houses/key:', 'houses/key:none', 'a/b/c/d/e/f/g/h',
    'Repairs', 'repair', '/api/v2/repairs', '/api/v1/', '/api/', 'me/', 'repairs/1/actions', 'repairs/%2e%2e', 'app_user', 'users/1/totp'];
  for (const target of missing)
    test(`${target} is not found`, async () => isProblem(await desk.get(target), 404, 'not_found'));

  test('an action that does not exist is not found', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await desk.act('repairs', repair.id, 'explode'), 404, 'not_found');
    isProblem(await desk.act('houses', world.houses['1-1-101'], 'accept'), 404, 'not_found');
  });

  const wrongMethods = [['PUT', 'repairs', ['GET', 'POST']], ['DELETE', 'repairs', ['GET', 'POST']], ['POST', 'repairs/1', ['GET', 'PATCH', 'DELETE']], ['PUT', 'houses/1', ['GET', 'PATCH', 'DELETE']],
    ['GET', 'session', ['POST', 'DELETE']], ['POST', 'me', ['GET']], ['DELETE', 'me/password', ['POST']], ['POST', 'sessions', ['GET']], ['GET', 'repairs/1/actions/accept', ['POST']],
    ['POST', 'repairs/1/events', ['GET']], ['DELETE', 'meta', ['GET']]];
  for (const [method, target, allowed] of wrongMethods)
    test(`${method} ${target} names the methods that there are`, async () => {
      const answer = await desk.call(method, target, method === 'GET' || method === 'DELETE' ? undefined : {});
      isProblem(answer, 405, 'method_not_allowed');
      const allow = (answer.headers.allow ?? '').split(/,\s*/);
      for (const one of allowed) assert.ok(allow.includes(one), `Allow: ${answer.headers.allow} has ${one}`);
      assert.ok(!allow.includes(method));
    });
});

describe('too much', () => {
  test('a body of 10 MB is too large', async () => {
    const answer = await desk.post('repairs', JSON.stringify({ title: 'x'.repeat(10 * 1024 * 1024) })).catch((error) => error);
    if (answer instanceof Error) assert.match(String(answer.code), /ECONNRESET|EPIPE/, 'the connection was ended at the limit');
    else assert.equal(answer.status, 413);
    isDone(await desk.get('me'));
  });

  test('a body that only says that it is 10 MB is refused before it comes', async () => {
    const { status } = await sendRaw(world.port, `POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${desk.token}\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\nExpect: 100-continue\r\n\r\n`);
    assert.equal(status, 413);
  });

  test('uploads that nobody has logged in for take a bounded amount of memory, and leave the others alone', async () => {
    const size = 50 * 1024 * 1024, piece = Buffer.alloc(1024 * 1024, 'x'), uploads = [];
    const upload = () => { /* what is "sent" may still lie in the kernel's buffers, and be refused when the server comes to it */
      const one = { socket: net.connect(world.port, '127.0.0.1'), sent: 0, answer: undefined };
      let text = '';
      const more = () => { while (one.sent < size - piece.length) { one.sent += piece.length; if (!one.socket.write(piece)) return; } };
      one.socket.on('data', (part) => { text += part; one.answer = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]); });
      one.socket.on('error', () => { one.answer ??= 'cut'; });
      one.socket.on('drain', more);
      one.socket.write(`POST /api/v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${size}\r\n\r\n`, more);
      uploads.push(one);
      return one;
    };
    const refused = () => uploads.filter((one) => one.answer !== undefined);
    const isSettled = (one) => one.answer !== undefined || (one.sent === size - piece.length && one.socket.writableLength === 0);
    for (let i = 0; i < 7; i++) { const one = upload(); await until(() => isSettled(one), 'sent, or refused'); }
    await until(() => refused().length >= 3, 'four of 64 MB each, and no more');
    isDone(await desk.post('repairs', report(world)), 201);
    assert.ok(uploads.length - refused().length >= 3, 'those that have room are left to go on');
    assert.deepEqual([...new Set(refused().map((one) => one.answer))], [503]);
    for (const one of uploads) one.socket.destroy();
    await until(async () => { const one = upload(); await until(() => isSettled(one), 'sent, or refused'); return one.answer === undefined; }, 'room again');
    uploads.at(-1).socket.destroy();
  });

  test('an address of 20,000 characters is too long', async () => {
    const { status } = await sendRaw(world.port, `GET /api/v1/repairs?q=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.ok(status === 414 || status === 431, `414: ${status}`);
  });

  test('headers of 40 KB are too large', async () => {
    const { status } = await sendRaw(world.port, `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`);
    assert.equal(status, 431);
  });
});

describe('media types', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/jsonp', null])
    test(`a body sent as ${type ?? 'nothing'} is not taken`, async () => isProblem(await desk.post('repairs', '{}', { 'content-type': type }), 415, 'unsupported_media_type'));

  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json', 'Application/JSON'])
    test(`a body sent as ${type} is taken`, async () => isProblem(await desk.post('repairs', '{}', { 'content-type': type }), 422, 'invalid'));
});

describe('malformed HTTP is refused and the server lives on', () => {
  const auth = () => `Authorization: Bearer ${desk.token}\r\n`;
  const heads = {
    'no Host': () => `GET /api/v1/me HTTP/1.1\r\n${auth()}\r\n`,
    'two Hosts': () => `GET /api/v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n${auth()}\r\n`,
    'a space before the colon': () => `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAccept : */*\r\n${auth()}\r\n`,
    'two lengths': () => `POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\n${auth()}Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    'a length and chunks together': () => `POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\n${auth()}Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a negative length': () => `POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\n${auth()}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n`,
    'a NUL in a header': () => `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Nul: a\0b\r\n${auth()}\r\n`,
    'a folded header': () => `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Fold: a\r\n b\r\n${auth()}\r\n`,
    'an unknown transfer encoding': () => `POST /api/v1/repairs HTTP/1.1\r\nHost: x\r\n${auth()}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'no HTTP at all': () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  };
  for (const [name, head] of Object.entries(heads))
    test(name, async () => {
      const { status, text } = await sendRaw(world.port, head(), { ms: 1000 });
      assert.ok(status === 400 || (status === 0 && text === ''), `400 or a closed door, not ${text.slice(0, 80)}`);
      if (name !== 'no HTTP at all') assert.equal(status, 400);
    });
  test('after all that it still answers', async () => isDone(await desk.get('me')));

  test('a client that sends a byte at a time is served, and nobody waits for it', async () => {
    const slow = sendSlowly(`GET /api/v1/me HTTP/1.1\r\nHost: x\r\n${auth()}Connection: close\r\n\r\n`, 5);
    const began = performance.now();
    for (let i = 0; i < 20; i++) isDone(await desk.get('me'));
    assert.ok(performance.now() - began < 2000, 'others are not slowed');
    assert.match(await slow, /^HTTP\/1\.1 200 /);
  });
});

async function sendSlowly(text, msPerByte) {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(world.port, '127.0.0.1');
    let got = '', i = 0;
    const timer = setInterval(() => { if (i < text.length) socket.write(text[i++]); else clearInterval(timer); }, msPerByte);
    socket.on('data', (part) => { got += part; });
    socket.on('error', () => {});
    socket.on('close', () => { clearInterval(timer); resolve(got); });
  });
}

describe('input that can be read but is not right names the field', () => {
  const good = () => report(world);
  const cases = {
    'a body that is a list': [[], ['body']],
    'a body that is text': ['"漏水"', ['body']],
    'a body that is a number': ['1', ['body']],
    'a body that is null': ['null', ['body']],
    'no category': [(b) => { delete b.category; }, ['category']],
    'no title': [(b) => { delete b.title; }, ['title']],
    'a title that is null': [{ title: null }, ['title']],
    'an empty title': [{ title: '' }, ['title']],
    'a title of blanks': [{ title: '   ' }, ['title']],
    'a title of 121 characters': [{ title: '漏'.repeat(121) }, ['title']],
    'a title that is a number': [{ title: 5 }, ['title']],
    'a title that is a list': [{ title: ['漏水'] }, ['title']],
    'neither house nor space': [(b) => { delete b.house; }, ['house']],
    'a house that is a number': [{ house: 12345 }, ['house']],
    'a house with a leading zero': [(b) => { b.house = `0${b.house}`; }, ['house']],
    'a house with a sign': [(b) => { b.house = `+${b.house}`; }, ['house']],
    'a house with a blank': [(b) => { b.house = ` ${b.house}`; }, ['house']],
    'a house that is not there': [{ house: '1' }, ['house']],
    'a house of another company': [(b) => { b.house = world.houses.foreign; }, ['house']],
    'a house of another project': [(b) => { b.house = world.houses['9-1-901']; }, ['house']],
    'a person’s id as a house': [(b) => { b.house = world.parties.resident; }, ['house']],
    'an unknown category': [{ category: 'water.nothing' }, ['category']],
    'a category that is a number': [{ category: 5 }, ['category']],
    'an unknown urgency': [{ urgency: 'very' }, ['urgency']],
    'an unknown channel': [{ channel: 'fax' }, ['channel']],
    'a phone of letters': [{ contact_phone: 'call me' }, ['contact_phone']],
    'a description of 2001 characters': [{ description: '长'.repeat(2001) }, ['description']],
    'a time without offset': [{ appoint_from: '2026-12-01T10:00:00' }, ['appoint_from']],
    'a time that is a date': [{ appoint_from: '2026-12-01' }, ['appoint_from']],
    'a day that is not in the calendar': [{ appoint_from: '2026-02-30T10:00:00+08:00' }, ['appoint_from']],
    'an hour 25': [{ appoint_from: '2026-02-20T25:00:00+08:00' }, ['appoint_from']],
    'a time that is a number': [{ appoint_from: 1764000000 }, ['appoint_from']],
    'an appointment that ends before it begins': [{ appoint_from: '2030-12-01T10:00:00+08:00', appoint_to: '2030-12-01T09:00:00+08:00' }, ['appoint_to']],
    'photos that are no list': [{ photos: '1' }, ['photos']],
    'a photo that is not there': [{ photos: ['1'] }, ['photos']],
    'ten photos': [{ photos: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'] }, ['photos']],
    'an unknown field': [{ colour: 'red' }, ['colour']],
    'a state': [{ state: 'closed' }, ['state']],
    'an id': [{ id: '5' }, ['id']],
    'a number of its own': [{ no: 'BX-1' }, ['no']],
    'a time of creation': [{ created_at: '2020-01-01T00:00:00Z' }, ['created_at']],
    'a rating': [{ rating: { overall: 5 } }, ['rating']],
    'an assignee': [(b) => { b.assignee = world.users.engineer; }, ['assignee']],
    'a due time': [{ due_finish_at: '2030-01-01T00:00:00Z' }, ['due_finish_at']],
    'a device time that is none': [{ device_at: 'yesterday' }, ['device_at']],
    'an inner field of the program': [{ overall: 5 }, ['overall']],
    'several faults at once': [{ title: 5, urgency: 'very', colour: 'red' }, ['title', 'urgency', 'colour']],
  };
  for (const [name, [change, fields]] of Object.entries(cases))
    test(name, async () => {
      const body = good();
      let sent = change;
      if (typeof change === 'function') { change(body); sent = body; }
      else if (typeof change === 'object' && !Array.isArray(change)) sent = { ...body, ...change };
      isProblem(await desk.post('repairs', sent), 422, 'invalid', fields);
    });

  test('a row of another company and one that is not there get the same answer', async () => {
    const foreign = await desk.post('repairs', report(world, { house: world.houses.foreign }));
    const missing = await desk.post('repairs', report(world, { house: '123456789' }));
    assert.deepEqual(foreign.body, missing.body);
    const a = await desk.get(`houses/${world.houses.foreign}`), b = await desk.get('houses/123456789');
    assert.deepEqual(a.body, b.body);
    assert.equal(a.status, b.status);
  });

  const numbers = [['a fraction of a fen', 0.5], ['money as text', '100'], ['a negative amount', -1], ['1e400', null], ['true', true], ['more than anybody pays', 99999999999999]];
  for (const [name, labour_fen] of numbers)
    test(`a quote with ${name}`, async () => {
      const repair = (working ??= await repairIn(world, 'working'));
      isProblem(await world.as.engineer.act('repairs', repair.id, 'quote', { labour_fen, materials: [] }), 422, 'invalid', ['labour_fen']);
    });

  const materials = [['text', 'tap'], ['an object', {}], ['an unknown item', [{ item: 'gold', qty: 1 }]], ['no quantity', [{ item: 'toilet.fill' }]], ['a quantity of 0', [{ item: 'toilet.fill', qty: 0 }]],
    ['a quantity below 0', [{ item: 'toilet.fill', qty: -1 }]], ['a quantity as text', [{ item: 'toilet.fill', qty: '1' }]], ['a huge quantity', [{ item: 'toilet.fill', qty: 1e15 }]],
    ['a number in the list', [1]], ['null in the list', [null]]];
  for (const [name, list] of materials)
    test(`a quote whose materials are ${name}`, async () => {
      const repair = (working ??= await repairIn(world, 'working'));
      isProblem(await world.as.engineer.act('repairs', repair.id, 'quote', { labour_fen: 0, materials: list }), 422, 'invalid', ['materials']);
    });

  const actions = [['assign', 'accepted', {}, ['assignee']], ['assign', 'accepted', { assignee: null }, ['assignee']], ['assign', 'accepted', { assignee: '1' }, ['assignee']],
    ['accept', 'reported', { colour: 'red' }, ['colour']], ['accept', 'reported', { urgency: 'very' }, ['urgency']], ['accept', 'reported', { title: '改' }, ['title']], ['reject', 'reported', {}, ['reason']], ['reject', 'reported', { reason: '' }, ['reason']],
    ['reject', 'reported', { reason: '长'.repeat(501) }, ['reason']], ['merge', 'reported', { into: '1' }, ['into']], ['cancel', 'reported', {}, ['reason']]];
  for (const [action, state, asks, fields] of actions)
    test(`${action} with ${JSON.stringify(asks).slice(0, 40)} names ${fields}`, async () => {
      const repair = await repairIn(world, state);
      isProblem(await desk.act('repairs', repair.id, action, asks), 422, 'invalid', fields);
      assert.equal((await desk.read(`repairs/${repair.id}`)).state, state, 'nothing was done');
    });

  test('an action’s body that is a list', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await desk.act('repairs', repair.id, 'accept', []), 422, 'invalid', ['body']);
  });

  test('an action without a body is one that asks for nothing', async () => {
    const repair = await repairIn(world, 'reported');
    assert.equal(isDone(await desk.post(`repairs/${repair.id}/actions/accept`, undefined)).state, 'accepted');
  });
});
let working;

describe('the first that applies is told', () => {
  const body = '{"broken"';

  test('400 before 401: an unreadable body of a stranger', async () => isProblem(await nobody.post('repairs', body), 400, 'bad_request'));
  test('400 before 404: an unreadable body for a record that is not there', async () => isProblem(await desk.patch('houses/1', body), 400, 'bad_request'));
  test('400 before 404: a bad address of an unknown path', async () => isProblem(await desk.get('nothing?q=%zz'), 400, 'bad_request'));
  test('401 before 404: a stranger learns no paths', async () => isProblem(await nobody.get('nothing'), 401, 'login_required'));
  test('401 before 405', async () => isProblem(await nobody.call('PUT', 'repairs', {}), 401, 'login_required'));
  test('404 before 403: an engineer and another’s repair', async () => {
    const repair = await repairIn(world, 'assigned');
    isProblem(await world.as.engineer2.act('repairs', repair.id, 'accept', {}), 404, 'not_found');
  });
  test('404 before 412', async () => isProblem(await desk.patch('houses/1', { note: 'x' }, { 'if-match': '"v99"' }), 404, 'not_found'));
  test('404 before 422: an unknown action with a wrong body', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await desk.act('repairs', repair.id, 'explode', { colour: 'red' }), 404, 'not_found');
  });
  test('403 before 422 idempotency_mismatch', async () => {
    const key = randomUUID(), repair = await repairIn(world, 'reported');
    isDone(await resident.patch(`repairs/${repair.id}`, { description: '一直滴' }, { 'idempotency-key': key }));
    isProblem(await resident.act('repairs', repair.id, 'accept', {}, { 'idempotency-key': key }), 403, 'forbidden');
  });
  test('404 before 422 idempotency_mismatch', async () => {
    const key = randomUUID();
    isDone(await desk.post('repairs', report(world), { 'idempotency-key': key }), 201);
    isProblem(await desk.patch('houses/1', { note: 'x' }, { 'idempotency-key': key }), 404, 'not_found');
  });
  test('422 idempotency_mismatch before 412 and 409', async () => {
    const key = randomUUID(), repair = await repairIn(world, 'reported');
    isDone(await desk.act('repairs', repair.id, 'accept', {}, { 'idempotency-key': key }));
    isProblem(await desk.act('repairs', repair.id, 'accept', { urgency: 'urgent' }, { 'idempotency-key': key, 'if-match': '"v1"' }), 422, 'idempotency_mismatch');
  });
  test('422 idempotency_mismatch before 422 invalid', async () => {
    const key = randomUUID();
    isDone(await desk.post('repairs', report(world), { 'idempotency-key': key }), 201);
    isProblem(await desk.post('repairs', { colour: 'red' }, { 'idempotency-key': key }), 422, 'idempotency_mismatch');
  });
  test('the stored answer before 404: what was done is told again even when it can no longer be seen', async () => {
    const key = randomUUID(), repair = await repairIn(world, 'accepted'), { engineer, engineer2 } = world.as;
    const first = await engineer2.act('repairs', repair.id, 'take', {}, { 'idempotency-key': key });
    isDone(first);
    isDone(await desk.act('repairs', repair.id, 'transfer', { assignee: engineer.id, reason: '换人' }));
    isProblem(await engineer2.get(`repairs/${repair.id}`), 404, 'not_found');
    const again = await engineer2.act('repairs', repair.id, 'take', {}, { 'idempotency-key': key });
    assert.equal(again.text, first.text);
  });
  test('403 before 412', async () => {
    const repair = await repairIn(world, 'reported');
    isProblem(await resident.act('repairs', repair.id, 'accept', {}, { 'if-match': '"v99"' }), 403, 'forbidden');
    isProblem(await resident.patch(`repairs/${repair.id}`, { category: 'other' }, { 'if-match': '"v99"' }), 403, 'forbidden');
  });
  test('403 before 409: a resident may not accept, whatever the state', async () => {
    const repair = await repairIn(world, 'cancelled');
    isProblem(await resident.act('repairs', repair.id, 'accept', {}), 403, 'forbidden');
  });
  test('403 before 422: not mine to create, whatever the body', async () => {
    isProblem(await resident.post('houses', { colour: 'red' }), 403, 'forbidden');
    isProblem(await resident.post('houses', []), 403, 'forbidden');
  });
  test('412 before 409', async () => {
    const repair = await repairIn(world, 'accepted');
    isProblem(await desk.act('repairs', repair.id, 'accept', {}, { 'if-match': '"v1"' }), 412, 'changed');
  });
  test('412 before 422', async () => {
    const repair = await repairIn(world, 'accepted');
    isProblem(await desk.patch(`repairs/${repair.id}`, { title: 5 }, { 'if-match': '"v1"' }), 412, 'changed');
  });
  test('409 before 422: the wrong state with a wrong body', async () => {
    const repair = await repairIn(world, 'accepted');
    const answer = await desk.act('repairs', repair.id, 'accept', { colour: 'red' });
    isProblem(answer, 409, 'wrong_state');
    assert.equal(answer.body.state, 'accepted', 'the present state is told');
  });
});

describe('problems speak the reader’s language', () => {
  const cases = [[null, 'zh'], ['zh-CN', 'zh'], ['zh', 'zh'], ['en', 'en'], ['en-GB,en;q=0.9', 'en'], ['fr', 'zh'], ['zh-CN,en;q=0.8', 'zh'], ['en;q=0.3, zh;q=0.9', 'zh'], ['zh;q=0.3, en;q=0.9', 'en'], ['*', 'zh'], ['nonsense;;;q=q', 'zh']];
  for (const [header, language] of cases)
    test(`Accept-Language ${header ?? 'absent'} is answered in ${language}`, async () => {
      for (const answer of [await desk.get('houses/1', { 'accept-language': header }), await desk.post('repairs', { colour: 'red' }, { 'accept-language': header })]) {
        const texts = [answer.body.title, answer.body.detail, ...(answer.body.fields ?? []).map((one) => one.message)];
        for (const text of texts) assert.equal(/[\u4e00-\u9fff]/.test(text), language === 'zh', text);
      }
    });
  test('the code stays the same in both', async () => {
    const zh = await desk.get('houses/1', { 'accept-language': 'zh-CN' }), en = await desk.get('houses/1', { 'accept-language': 'en' });
    assert.equal(zh.body.code, en.body.code);
    assert.notEqual(zh.body.title, en.body.title);
  });
});

test('a wrong password in a log-in with a body of the wrong shape is told by field', async () => {
  isProblem(await nobody.post('session', { login: 'desk' }), 422, 'invalid', ['password']);
  isProblem(await nobody.post('session', { login: 5, password: PASSWORD }), 422, 'invalid', ['login']);
  isProblem(await nobody.post('session', { login: 'desk', password: PASSWORD, remember: true }), 422, 'invalid', ['remember']);
  isProblem(await nobody.post('session', []), 422, 'invalid', ['body']);
});

test('the operations page answers without a log-in', async () => {
  isDone(await nobody.get('/healthz'));
  isDone(await nobody.get('/readyz'));
  isDone(await nobody.get('/metrics'));
});
