/* offline_shift_test.mjs: a shift without a network, in a real browser with its service worker and its IndexedDB: taken along, worked, killed,
 * opened again, sent. The browser has a profile on disk, so that killing it is what it is on a phone. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld, root } from '../api/world.mjs';
import { barred, chromium, CHROMIUM, isWhole, logIn, openBrowser, picture, sitDown, until } from './browser.mjs';

const PHOTO = path.join(root, 'tests/data/images/photo.png'), PDF = Buffer.from(`%PDF-1.4\n%${'x'.repeat(3e6)}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n`);
let world, lead, desk, engineer2, browser, template;
const wall = () => new Date(Date.now() + 8 * 3600_000 - 60_000).toISOString().slice(0, 19);
const plan = async (title, more = {}) => {
  const { id } = await lead.make('plans', { title, rrule: 'FREQ=DAILY', dtstart: wall(), window_before_min: 60, window_after_min: 120, team: 'engineer', space: world.spaces.lobby, ...more });
  return (await lead.read(`tasks?filter[plan]=${id}&sort=due_at&limit=1`)).items[0].id;
};
const taskOf = (id) => lead.read(`tasks/${id}`);

before(async () => {
  world = await openWorld();
  ({ eng_lead: lead, desk, engineer2 } = world.as);
  browser = await openBrowser();
  template = await lead.make('checklist_templates', { code: 'pump', name: '水泵房日检', items: [
    { item: 'running', label: '水泵运行正常', label_en: 'The pump runs', kind: 'check', photo: 'on_fail' },
    { item: 'pressure', label: '出口压力', label_en: 'Outlet pressure', kind: 'number', unit: 'MPa', min: '0.30', max: '0.50' },
    { item: 'sign', label: '签字', label_en: 'Signature', kind: 'signature', required: false }] });
});
after(async () => { await browser?.close(); await world.close(); });

/* The way from the phone to the server, which can be cut: a browser's own offline switch is forgotten now and then when it opens a page. */
async function openWay() {
  const open = new Set(), way = { cut: false };
  const server = net.createServer((phone) => {
    if (way.cut) return phone.destroy();
    const there = net.connect(world.port, '127.0.0.1');
    for (const [one, other] of [[phone, there], [there, phone]]) {
      open.add(one);
      one.pipe(other).on('error', () => {});
      one.on('error', () => {}).on('close', () => { open.delete(one); other.destroy(); });
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return Object.assign(way, { port: server.address().port, close: () => server.close(), off: () => { way.cut = true; for (const one of open) one.destroy(); }, on: () => { way.cut = false; } });
}

/* A phone whose profile lies in a folder: what it keeps outlives the browser. */
async function switchOn(folder, way) {
  const context = await chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'], viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'zh-CN' });
  const page = context.pages()[0] ?? await context.newPage(), origin = `http://127.0.0.1:${way.port}`;
  return { context, page, origin, sees: (words) => page.getByText(words).first().waitFor(), press: (name) => page.getByRole('button', { name }).first().click(), go: (where) => page.goto(`${origin}${where}`) };
}
/* That browser, by its folder, which only it has; its own processes end with it. (Killed before it, its network process would be begun anew, online.) */
function kill(folder) {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const line = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (line.includes(`--user-data-dir=${folder}`) && !line.includes('--type=')) process.kill(Number(pid), 'SIGKILL');
    } catch { /* gone already */ }
}

async function fill(phone, task, { fails = false, photo = PHOTO } = {}) {
  const { page } = phone;
  await phone.go(`/m/task/${task}`);
  await phone.press('开始');
  await page.getByRole('radio', { name: fails ? '异常' : '正常', exact: true }).click();
  await page.getByLabel('出口压力').fill('0.41');
  if (fails) await page.locator('section.fail input[type=file]').setInputFiles(photo);
  await page.locator('footer').getByRole('button', { name: '完成 3/3' }).click();
  await page.waitForURL('**/m/tasks');
}

test('a shift without a network, killed and opened again, arrives whole, once and in order', async () => {
  const [plain, broken, taken] = [await plan('水泵房巡检', { checklist_template: template.id }), await plan('生活水箱间', { checklist_template: template.id }), await plan('热力站', { checklist_template: template.id })];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-phone-'));
  const way = await openWay();
  let phone = await switchOn(folder, way);
  await phone.go('/m/');
  await logIn(phone, 'engineer');
  await phone.page.getByRole('link', { name: '今天', exact: true }).click();
  await phone.sees('已带走');
  await phone.page.evaluate(async () => { await navigator.serviceWorker.ready; });
  await until(() => phone.page.evaluate(async () => (await caches.keys()).length > 0 && (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length))).some((n) => n > 30)), 'the pages are kept');

  way.off();
  await phone.go('/m/tasks');
  await phone.sees('今天 3 项');
  await fill(phone, plain);
  await phone.sees('离线，已存 2 件，联网后自动发送');
  await fill(phone, broken, { fails: true });
  await fill(phone, taken);
  await phone.sees('离线，已存 6 件');
  kill(folder);
  await phone.context.close().catch(() => {});
  assert.equal((await taskOf(plain)).state, 'due', 'nothing has left the phone');
  await engineer2.did('tasks', taken, 'finish', { items: [{ item: 'running', value: 'pass' }, { item: 'pressure', value: '0.40' }] });

  phone = await switchOn(folder, way);
  await phone.go('/m/tasks');
  await phone.sees('离线，已存 6 件');
  await phone.go('/m/report');
  await phone.page.locator('#words').fill('大堂水龙头关不严一直滴水');
  await phone.page.locator('main').getByRole('button', { name: '选是哪里' }).click();
  await phone.page.getByRole('dialog').getByRole('button').filter({ hasText: '大堂' }).first().click();
  await phone.page.locator('footer button').click();
  await phone.sees('离线，已存 7 件');

  const files = [], batches = [];
  phone.page.on('response', (answer) => { if (answer.url().endsWith('/files')) files.push(answer.status()); });
  phone.page.on('response', (answer) => { if (answer.url().endsWith('/batch') && answer.ok()) batches.push(answer.request().postDataJSON().items.map((one) => one.path)); });
  way.on();
  await phone.page.evaluate(() => window.dispatchEvent(new Event('online'))); /* what a phone says when it has a network again */
  const form = phone.page.locator('form input').nth(1); /* a killed browser may have lost its cookie: the log-in is asked for again */
  if (await form.waitFor({ timeout: 4_000 }).then(() => true, () => false)) await logIn(phone, 'engineer');
  await until(async () => (await taskOf(broken)).state === 'done', 'sent', 30_000);
  await phone.sees('没有被接受');
  const [one, two] = [await taskOf(plain), await taskOf(broken)];
  assert.deepEqual([one.state, two.state, files.filter((status) => status === 201)], ['done', 'done', [201]], 'the photo went up once');
  const seen = await lead.read(`checklists/${two.checklist}`);
  assert.deepEqual([seen.failed, seen.items[0].result, typeof seen.items[0].photo], [1, 'fail', 'string']);
  assert.deepEqual(batches.flat().filter((where) => where.startsWith('tasks')), [plain, broken, taken].flatMap((id) => [`tasks/${id}/actions/start`, `tasks/${id}/actions/finish`]));
  await until(async () => (await desk.read('repairs?limit=50')).items.filter(({ title }) => title?.includes('大堂水龙头')).length === 1, 'the new repair');
  const times = (await lead.read(`tasks/${plain}/events`)).items.filter(({ action }) => action === 'finish');
  assert.equal(times.length, 1);
  assert.ok(Date.parse(times[0].device_at) < Date.parse(times[0].at));

  await phone.page.getByText('没有被接受').click();
  await phone.sees('已由别人做或改派了');
  assert.deepEqual(await barred(phone.page), []);
  await phone.press('转给前台');
  await until(async () => (await desk.read('enquiries?limit=5')).items.some(({ question }) => question.includes('热力站')), 'the desk has it');
  await phone.context.close();
  way.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('the log-in ends while offline: the queue waits for its person, and goes for nobody else', async () => {
  const task = await plan('配电房巡检');
  const phone = await sitDown(browser, world, 'engineer', { phone: true });
  await phone.page.getByRole('link', { name: '今天', exact: true }).click();
  await phone.sees('配电房巡检');
  await phone.go(`/m/task/${task}`);
  await phone.page.getByRole('button', { name: '开始' }).waitFor();
  await phone.context.setOffline(true);
  await phone.press('开始');
  await phone.page.locator('footer').getByRole('button', { name: '完成' }).click();
  await phone.sees('离线，已存 2 件');
  await phone.context.clearCookies();
  await phone.context.setOffline(false);
  await phone.page.locator('form input').nth(1).waitFor();
  await logIn(phone, 'guard');
  await phone.page.locator('form input').nth(1).waitFor({ state: 'detached' });
  await phone.sees('今天');
  assert.equal((await taskOf(task)).state, 'due');
  await phone.context.clearCookies();
  await phone.go('/m/');
  await logIn(phone, 'engineer');
  await until(async () => (await taskOf(task)).state === 'done', 'sent for its person');
  await phone.context.close();
});

test('a full phone says so before work is lost; a document is wanted where the law asks for it', async () => {
  const task = await plan('电梯检验', { statutory: true });
  const phone = await sitDown(browser, world, 'engineer', { phone: true, dark: true });
  await phone.page.getByRole('link', { name: '今天', exact: true }).click();
  await phone.sees('电梯检验');
  await phone.go(`/m/task/${task}`);
  await phone.press('开始');
  await phone.sees('还差：凭证文件');
  await phone.page.evaluate(() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; });
  await phone.context.setOffline(true);
  await phone.page.locator('input[accept*=pdf]').setInputFiles({ name: '报告.pdf', mimeType: 'application/pdf', buffer: PDF });
  assert.deepEqual(await barred(phone.page), []);
  await phone.page.locator('footer').getByRole('button', { name: '完成' }).click();
  await phone.sees('手机存储满了，1 件只存在这个页面里');
  await phone.context.setOffline(false);
  await until(async () => (await taskOf(task)).state === 'done', 'sent from memory');
  assert.equal(typeof (await taskOf(task)).document, 'string');
  await phone.page.getByText('手机存储满了').waitFor({ state: 'detached' });
  await phone.context.close();
});

test('what the browser has cleared away before it was sent is told, and by its name', async () => {
  const task = await plan('顶楼水箱巡检');
  const phone = await sitDown(browser, world, 'engineer', { phone: true });
  await phone.page.getByRole('link', { name: '今天', exact: true }).click();
  await phone.sees('顶楼水箱巡检');
  await phone.page.route('**/api/v1/batch', (route) => route.abort());
  await phone.go(`/m/task/${task}`);
  await phone.press('开始');
  await phone.page.getByText(/1 件/).first().waitFor();
  const devtools = await phone.context.newCDPSession(phone.page);
  await devtools.send('Storage.clearDataForOrigin', { origin: phone.origin, storageTypes: 'indexeddb' });
  await phone.page.reload();
  await phone.page.getByText('1 件没发出去就被手机清掉了').click();
  await phone.sees('请再做一次');
  await phone.page.getByRole('heading', { name: /顶楼水箱巡检/ }).waitFor();
  await isWhole(phone, 'what was cleared away');
  await picture(phone, 'cleared');
  await phone.press('知道了');
  await phone.page.getByText('没发出去就被手机清掉了').waitFor({ state: 'detached' });
  assert.equal((await taskOf(task)).state, 'due');
  await phone.context.close();
});

/* A JPEG with so many remarks in it that it has 40 MB, as some cameras make them. */
function largePhoto() {
  const bytes = fs.readFileSync(path.join(root, 'tests/data/images/grey.jpg')), remark = Buffer.alloc(65_537, 0x20);
  remark.set([0xff, 0xfe, 0xff, 0xff]);
  const file = path.join(world.home, 'IMG_0001.jpg'); /* as a file the browser reads it itself */
  fs.writeFileSync(file, Buffer.concat([bytes.subarray(0, 2), ...Array(615).fill(remark), bytes.subarray(2)]));
  return file;
}

test('a photo of 40 MB is made small before it is sent', async () => {
  const task = await plan('消防泵房巡检', { checklist_template: template.id }), photo = largePhoto();
  assert.ok(fs.statSync(photo).size > 40e6);
  const phone = await sitDown(browser, world, 'engineer', { phone: true });
  await fill(phone, task, { fails: true, photo });
  await until(async () => (await taskOf(task)).state === 'done', 'sent', 30_000);
  const { items } = await lead.read(`checklists/${(await taskOf(task)).checklist}`);
  const kept = await fetch(`http://127.0.0.1:${world.port}/api/v1/files/${items[0].photo}`, { headers: { authorization: `Bearer ${lead.token}` } });
  assert.equal(kept.status, 200);
  assert.ok((await kept.arrayBuffer()).byteLength < 2e6);
  await phone.context.close();
});

test('what an older app has kept is sent by the newer one', async () => {
  const task = await plan('楼道灯'), context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'en', serviceWorkers: 'block' });
  const page = await context.newPage(), origin = `http://127.0.0.1:${world.port}`;
  await page.goto(`${origin}/icon.svg`);
  await page.evaluate(async ([id, owner]) => new Promise((resolve) => {
    const request = indexedDB.open('anju-phone', 1);
    request.onupgradeneeded = () => ['outbox', 'drafts', 'seen'].forEach((store) => request.result.createObjectStore(store));
    request.onsuccess = () => {
      const act = request.result.transaction('outbox', 'readwrite');
      act.objectStore('outbox').put({ key: 'of-an-older-app', order: '000001700000000', owner, at: new Date().toISOString(), method: 'POST', path: `tasks/${id}/actions/start`, record: id, action: 'start', title: 'x', body: {}, shots: {}, single: [], problem: null }, '1');
      act.oncomplete = () => { request.result.close(); resolve(); };
    };
  }), [task, world.users.engineer]);
  await page.goto(`${origin}/m/`);
  await logIn({ page }, 'engineer');
  await until(async () => (await taskOf(task)).state === 'started', 'sent');
  await context.close();
});
