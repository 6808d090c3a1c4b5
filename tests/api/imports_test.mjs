/* Files, imports with their jobs, and exports (CONTRACT sections 3 and 5). */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, repairIn, report, root, sleep } from './world.mjs';

let world, desk, desk2, engineer, manager, resident, neighbour, far_desk;
before(async () => { world = await openWorld(); ({ desk, desk2, engineer, manager, resident, neighbour, far_desk } = world.as); });
after(() => world.close());

const image = (name) => fs.readFileSync(path.join(root, 'tests/data/images', name));
const HEADINGS = '房号,面积,业主,业主电话,备注\n';

async function sheet(who, text, name = 'homes.csv') {
  return isDone(await who.upload(Buffer.from(text), name, 'text/csv'), 201).id;
}

async function ended(who, id) {
  for (;;) {
    const job = await who.read(`jobs/${id}`);
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await sleep(20);
  }
}

async function importing(who, text, more = {}, headers = {}) {
  const file = await sheet(who, text);
  return ended(who, isDone(await who.post('imports', { resource: 'houses', file, ...more }, headers), 202).job);
}

describe('files', () => {
  test('what is told is what was kept, and it comes back so', async () => {
    const made = isDone(await desk.upload(Buffer.from('a,b\n1,2\n'), '../../业主 名册.csv', 'application/zip'), 201);
    assert.equal(made.name, '业主 名册.csv');
    assert.equal(made.type, 'text/csv');
    assert.equal(made.size, 8);
    assert.equal(made.sha256, createHash('sha256').update('a,b\n1,2\n').digest('hex'));
    const got = await desk.get(`files/${made.id}`);
    assert.equal(got.status, 200);
    assert.equal(got.text, 'a,b\n1,2\n');
    assert.match(got.headers['content-disposition'], /^attachment; .*filename\*=UTF-8''%E4%B8%9A/);
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
  });

  test('a picture is encoded anew: no place, upright, and small as a thumbnail', async () => {
    const sent = image('gps_turned.jpg'), made = isDone(await desk.upload(sent, 'photo.jpg', 'image/png'), 201);
    const got = await desk.get(`files/${made.id}`), small = await desk.get(`files/${made.id}?size=thumb`);
    assert.ok(sent.includes('Exif') && !got.raw.includes('Exif'));
    assert.equal(made.sha256, createHash('sha256').update(got.raw).digest('hex'));
    assert.equal(got.headers['content-type'], 'image/jpeg');
    assert.match(got.headers['content-disposition'], /^inline/);
    assert.equal(small.headers['content-type'], 'image/jpeg');
    assert.deepEqual([...small.raw.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    isProblem(await desk.get(`files/${made.id}?size=huge`), 422, 'invalid', ['size']);
  });

  test('what is none of the kinds, or broken, is refused', async () => {
    assert.equal((await desk.upload(Buffer.from('<html></html>'), 'a.csv', 'text/csv')).status, 415);
    assert.equal((await desk.upload(image('letter.docx'), 'a.xlsx', 'application/zip')).status, 415);
    assert.equal((await desk.upload(image('moving.webp'), 'a.webp', 'image/webp')).status, 415);
    assert.equal((await desk.upload(image('bomb.png'), 'a.png', 'image/png')).status, 413);
    isProblem(await desk.upload(image('cut_off.jpg'), 'a.jpg', 'image/jpeg'), 422, 'invalid', ['file']);
    isProblem(await desk.upload(Buffer.from(''), 'a.csv', 'text/csv'), 422, 'invalid', ['file']);
    assert.equal((await desk.post('files', { file: 'x' })).status, 415);
    isProblem(await desk.call('POST', 'files', 'nothing', { 'content-type': 'multipart/form-data; boundary=b' }), 400, 'bad_request');
    assert.equal((await world.nobody.upload(image('photo.png'), 'a.png', 'image/png')).status, 401);
  });

  test('a repeated upload with its key is one file, whatever the boundary', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const form = (line, text) => [Buffer.from(`--${line}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${text}\r\n--${line}--\r\n`),
      { 'content-type': `multipart/form-data; boundary=${line}`, ...key }];
    const first = await desk.call('POST', 'files', ...form('one', 'a,b\n1,2\n')), again = await desk.call('POST', 'files', ...form('two', 'a,b\n1,2\n'));
    isDone(first, 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.location, first.headers.location);
    isProblem(await desk.call('POST', 'files', ...form('one', 'a,b\n1,3\n')), 422, 'idempotency_mismatch');
  });

  test('until it is attached it is its uploader’s; then it is seen with the record', async () => {
    const photo = await resident.photo(), same = await neighbour.photo();
    for (const other of [desk, neighbour, engineer]) isProblem(await other.get(`files/${photo}`), 404, 'not_found');
    isProblem(await desk.post('repairs', report(world, { photos: [photo] })), 422, 'invalid', ['photos']);
    isDone(await resident.post('repairs', { house: world.houses['1-1-101'], category: 'water.tap', title: '漏水', photos: [photo] }), 201);
    assert.equal((await desk.get(`files/${photo}`)).status, 200);
    assert.equal((await resident.get(`files/${photo}`)).status, 200);
    isProblem(await neighbour.get(`files/${photo}`), 404, 'not_found'); /* has sent the same bytes: no matter */
    assert.equal((await neighbour.get(`files/${same}`)).status, 200);
    for (const path of ['files/1', 'files/abc', 'files/01']) isProblem(await desk.get(path), 404, 'not_found');
  });
});

describe('imports', () => {
  test('a dry run tells and does not do; then it is done; the same again changes nothing', async () => {
    const text = `${HEADINGS}5-1-101,88.5,王芳、李强,13500000001、13500000002,\n5-1-102,,王芳,13500000001,新\n`;
    const told = await importing(desk, text, { dry_run: true }), done = await importing(desk, text), again = await importing(desk, text);
    assert.equal(told.state, 'done');
    assert.deepEqual(told.result.created, { houses: 2, parties: 2 });
    assert.deepEqual(told.result.columns, { 房号: 'no', 面积: 'area', 业主: 'owner', 业主电话: 'owner_phone', 备注: 'note' });
    assert.deepEqual(done.result.created, { houses: 2, parties: 2 });
    assert.equal(done.progress.done, done.progress.total);
    assert.deepEqual(done.result.warnings.map((one) => [one.row, one.column, one.code]), [[3, '面积', 'missing_area']]);
    assert.deepEqual(again.result.created, { houses: 0, parties: 0 });
    assert.deepEqual(again.result.unchanged, { houses: 2, parties: 2 });
    const house = (await desk.read('houses?filter[no]=5-1-101')).items[0];
    assert.deepEqual(house.parties.map((one) => one.label).sort(), ['李强', '王芳']);
    assert.equal((await desk.read('houses?q=5-1-102')).items.length, 1, 'and it is found by its number');
  });

  test('one bad row: it is named, and nothing is written', async () => {
    const job = await importing(desk, `${HEADINGS}6-1-101,80,王芳,,\n6-1-102,big,李强,,\n`, {}, { 'accept-language': 'zh' });
    assert.equal(job.state, 'failed');
    assert.equal(job.result.failed, 1);
    assert.deepEqual(job.result.errors.map(({ row, column, value, code }) => ({ row, column, value, code })), [{ row: 3, column: '面积', value: 'big', code: 'bad_area' }]);
    assert.match(job.result.errors[0].message, /面积/);
    assert.equal((await desk.read('houses?filter[building]=6')).items.length, 0);
  });

  test('a mapping overrides what is guessed; one that cannot be is refused at once', async () => {
    const text = '房号,面积,某某\n7-1-101,80,王芳\n', file = await sheet(desk, text);
    const job = await importing(desk, text, { dry_run: true, mapping: { 某某: 'owner', 面积: null } });
    assert.deepEqual(job.result.columns, { 房号: 'no', 面积: null, 某某: 'owner' });
    assert.deepEqual(job.result.created, { houses: 1, parties: 1 });
    isProblem(await desk.post('imports', { resource: 'houses', file, mapping: { 某某: 'nonsense' } }), 422, 'invalid', ['mapping']);
    const unknown = await importing(desk, text, { dry_run: true, mapping: { 没有: 'owner' } });
    assert.equal(unknown.state, 'failed');
    assert.equal(unknown.result.errors[0].field, 'mapping');
  });

  test('a file that is no table of homes fails with a sentence', async () => {
    const job = await importing(desk, '今天,天气\n很好,是\n');
    assert.equal(job.state, 'failed');
    assert.equal(job.result.errors.length, 1);
    assert.ok(job.result.errors[0].message.length > 10);
  });

  test('who may, and with what', async () => {
    const file = await sheet(desk, `${HEADINGS}8-1-101,80,王芳,,\n`), picture = await desk.photo();
    isProblem(await engineer.post('imports', { resource: 'houses', file }), 403, 'forbidden');
    isProblem(await resident.post('imports', { resource: 'houses', file }), 403, 'forbidden');
    isProblem(await desk2.post('imports', { resource: 'houses', file }), 422, 'invalid', ['file']);
    isProblem(await desk.post('imports', { resource: 'houses', file: picture }), 422, 'invalid', ['file']);
    isProblem(await desk.post('imports', { resource: 'cars', file }), 422, 'invalid', ['resource']);
    isProblem(await desk.post('imports', { resource: 'houses', file, project: world.projects.ERQI }), 422, 'invalid', ['project']);
    isProblem(await desk.post('imports', {}), 422, 'invalid', ['resource', 'file']);
    isProblem(await desk.post('imports', []), 422, 'invalid', ['body']);
    isProblem(await desk.post('imports', { resource: 'houses', file, dry_run: 1, more: 2 }), 422, 'invalid', ['dry_run', 'more']);
  });

  test('a job is its starter’s and the manager’s, and is started once for its key', async () => {
    const file = await sheet(desk, `${HEADINGS}8-1-102,80,王芳,,\n`), headers = { 'idempotency-key': randomUUID() };
    const first = isDone(await desk.post('imports', { resource: 'houses', file }, headers), 202);
    const again = isDone(await desk.post('imports', { resource: 'houses', file }, headers), 202);
    assert.equal(again.job, first.job);
    await ended(desk, first.job);
    assert.equal((await manager.get(`jobs/${first.job}`)).status, 200);
    for (const other of [desk2, far_desk, engineer]) {
      isProblem(await other.get(`jobs/${first.job}`), 404, 'not_found');
      isProblem(await other.del(`jobs/${first.job}`), 404, 'not_found');
    }
    isProblem(await desk.del(`jobs/${first.job}`), 409, 'wrong_state');
  });

  test('cancelled in the middle, nothing is written; killed in the middle, it is finished by the next start', async () => {
    const rows = (building) => HEADINGS + Array.from({ length: 6000 }, (_, i) => `${building}-1-${String(i).padStart(4, '0')},80,王${i},138${String(i).padStart(8, '0')},`).join('\n');
    const start = async (building) => {
      const { job } = isDone(await desk.post('imports', { resource: 'houses', file: await sheet(desk, rows(building)) }), 202);
      for (;;) { /* until it writes */
        const seen = await desk.read(`jobs/${job}`);
        assert.ok(['queued', 'running'].includes(seen.state), `${seen.state} too early`);
        if (seen.progress.total > 0 && seen.progress.done > 0) return job;
      }
    };
    const cut = await start(21);
    assert.equal((await desk.del(`jobs/${cut}`)).status, 204);
    assert.equal((await desk.read(`jobs/${cut}`)).state, 'cancelled');
    assert.equal((await desk.del(`jobs/${cut}`)).status, 204);
    assert.equal((await desk.read('houses?filter[building]=21')).items.length, 0);
    const killed = await start(22);
    await world.server.stop('SIGKILL');
    await world.start();
    const job = await ended(desk, killed);
    assert.equal(job.state, 'done');
    assert.equal(job.result.created.houses, 6000);
    assert.equal((await desk.read('houses?filter[building]=22&count=true&limit=1')).count, 6000);
  });

  test('a template is what an import understands', async () => {
    for (const [format, headers] of [['csv', {}], ['csv', { 'accept-language': 'zh' }], ['xlsx', { 'accept-language': 'zh' }]]) {
      const template = await desk.get(`imports/template?resource=houses&format=${format}`, headers);
      assert.equal(template.status, 200);
      const file = isDone(await desk.upload(template.raw, `t.${format}`, 'x/y'), 201).id;
      const job = await ended(desk, isDone(await desk.post('imports', { resource: 'houses', file, dry_run: true }), 202).job);
      assert.equal(job.state, 'done');
      assert.equal(job.result.rows, 2);
      assert.deepEqual([job.result.errors, job.result.warnings], [[], []]);
      assert.ok(!Object.values(job.result.columns).includes(null));
    }
    isProblem(await desk.get('imports/template?resource=cars&format=csv'), 422, 'invalid', ['resource']);
    isProblem(await desk.get('imports/template?resource=houses&format=pdf'), 422, 'invalid', ['format']);
  });
});

describe('exports', () => {
  test('the same list as a spreadsheet, masked, in the caller’s language', async () => {
    const zh = await desk.get(`parties/export?format=csv&filter[name]=${encodeURIComponent('张三丰')}`, { 'accept-language': 'zh' });
    assert.equal(zh.headers['content-type'], 'text/csv; charset=utf-8');
    assert.match(zh.headers['content-disposition'], /filename="parties\.csv"/);
    assert.ok(zh.text.startsWith('\ufeff'));
    assert.match(zh.text, /姓名,电话/);
    assert.match(zh.text, /138\*\*\*\*1234/);
    assert.doesNotMatch(zh.text, /13800001234/);
    assert.match((await desk.get('parties/export?format=csv')).text, /Name,Phone/);
    const book = await desk.get('houses/export?format=xlsx&sort=no');
    assert.equal(book.raw.subarray(0, 2).toString(), 'PK');
  });

  test('all pages, and only what the caller sees', async () => {
    const total = (await desk.read('houses?count=true&limit=1')).count;
    const lines = (text) => text.trim().split('\r\n').length - 1;
    assert.equal(lines((await desk.get('houses/export?format=csv')).text), total);
    assert.equal(lines((await far_desk.get('houses/export?format=csv')).text), 1);
    assert.equal(lines((await resident.get('houses/export?format=csv')).text), 1);
  });

  test('references by name, formulas made harmless', async () => {
    isDone(await desk.post('repairs', report(world, { title: '=1+1' })), 201);
    const text = (await desk.get('repairs/export?format=csv&sort=-created_at', { 'accept-language': 'zh' })).text;
    assert.match(text, /1-1-101/);
    assert.match(text, /张三丰/);
    assert.match(text, /'=1\+1/);
  });

  test('whole numbers only with a reason, and only for leads', async () => {
    const lead = world.as.desk_lead, asked = 'parties/export?format=csv&unmasked=true';
    isProblem(await desk.get(`${asked}&reason=x`), 403, 'forbidden');
    isProblem(await lead.get(asked), 422, 'invalid', ['reason']);
    assert.match((await lead.get(`${asked}&reason=${encodeURIComponent('核对')}`)).text, /13800001234/);
  });

  test('wrong parameters are named', async () => {
    isProblem(await desk.get('houses/export'), 422, 'invalid', ['format']);
    isProblem(await desk.get('houses/export?format=csv&limit=5'), 422, 'invalid', ['limit']);
    isProblem(await desk.get('houses/export?format=csv&filter[nothing]=5'), 422, 'invalid', ['filter[nothing]']);
    isProblem(await desk.get('nothing/export?format=csv'), 404, 'not_found');
  });
});

test('after 72 h without a word a repair is confirmed, unrated; what nobody attached is gone', async () => {
  const repair = await repairIn(world, 'finished'), photo = await desk.photo();
  await world.restart({ clock: 73 * 3600 });
  await world.loginAll();
  for (let i = 0; i < 500 && (await desk.read(`repairs/${repair.id}`)).state === 'finished'; i++) await sleep(20);
  const now = await desk.read(`repairs/${repair.id}`);
  assert.equal(now.state, 'confirmed');
  assert.equal(now.auto_confirmed, true);
  assert.equal(now.rating, null);
  for (let i = 0; i < 500 && (await desk.get(`files/${photo}`)).status === 200; i++) await sleep(20);
  isProblem(await desk.get(`files/${photo}`), 404, 'not_found');
});
