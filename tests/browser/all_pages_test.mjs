/* all_pages_test.mjs (the longest file, by its name the first): every page is whole: nothing for axe to find, nothing cut or wider than the screen, no error, no foreign
 * request, and few bytes at first. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, report } from '../api/world.mjs';
import { barred, openBrowser, sitDown } from './browser.mjs';

let world, browser, repair, job, done, complaint, plan;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  repair = await world.as.desk.make('repairs', report(world, { title: '楼道灯不亮，晚上看不见路' }));
  const { desk, desk_lead, eng_lead, engineer, resident } = world.as;
  complaint = await resident.make('complaints', { house: world.houses['1-1-101'], category: 'clean.lobby', statement: '大堂三天没有拖地，地上都是脚印', confidential: true });
  await desk_lead.did('complaints', complaint.id, 'accept', { owner: world.users.eng_lead });
  await eng_lead.did('complaints', complaint.id, 'first_contact', { note: '已电话联系' });
  await eng_lead.did('complaints', complaint.id, 'propose', { facts: '保洁员请假无人顶岗', proposal: '今天补做，排出替班', compensation_fen: 0 });
  await desk.did('repairs', repair.id, 'accept');
  [job, done] = await Promise.all(['空调不制冷，开了一夜也没有凉', '阳台推拉门滑轮坏了'].map(async (title) => {
    const { id } = await desk.make('repairs', report(world, { title }));
    await desk.did('repairs', id, 'accept');
    await desk.did('repairs', id, 'assign', { assignee: engineer.id });
    return engineer.did('repairs', id, 'arrive');
  }));
  const template = await eng_lead.make('checklist_templates', { code: 'pump.day', name: '水泵房日检', items: [{ item: 'running', label: '水泵运行正常', kind: 'check' }, { item: 'pressure', label: '出口压力', kind: 'number', unit: 'MPa', min: '0.30', max: '0.50' }] });
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  plan = await eng_lead.make('plans', { title: '水泵房巡检', rrule: 'FREQ=DAILY', dtstart: `${today}T00:00:00`, team: 'engineer', checklist_template: template.id });
  await eng_lead.make('plans', { title: '电梯定期检验', rrule: 'FREQ=YEARLY', dtstart: `${today}T00:00:00`, statutory: true, legal_basis: 'TSG T7001-2023' });
  plan.task = await engineer.did('tasks', (await eng_lead.read(`tasks?filter[plan]=${plan.id}&sort=due_at&limit=1`)).items[0].id, 'finish', { items: [{ item: 'running', value: 'pass' }, { item: 'pressure', value: '0.55' }] });
  await engineer.did('repairs', done.id, 'finish', { cause: 'wear', solution: '换滑轮', after_photos: [await engineer.photo()] });
});
after(async () => { await browser?.close(); await world.close(); });

async function look(person, where) {
  const { page } = person;
  await person.go(where);
  await page.waitForLoadState('networkidle').catch(() => {}); /* the stream of events stays open */
  await page.waitForTimeout(400); /* the skeleton gives way */
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.deepEqual(await barred(page), [], `${where}: axe`);
  assert.ok(wide <= 0, `${where}: ${wide} px wider than the screen`);
}

const console_pages = () => ['/', '/matters', `/matters/${repair.no}`, '/matters?view=all&kind=complaints', `/matters/${complaint.no}`, '/dispatch', '/houses', '/houses/1-1-101', '/cashier', '/cashier?house=1-1-101', '/cashier?tab=paid', '/import', '/figures', '/users', '/settings', '/settings/rules', '/settings/complaint_categories', '/r/spaces', '/nowhere',
  '/plans', '/plans?view=list', '/plans?view=load', '/plans/all', '/plans/new', `/plans/${plan.id}`, `/plans/${plan.id}/edit`, `/tasks/${plan.task.id}`, '/statutory', '/statutory?view=list', '/checklists', `/checklists/${plan.checklist_template}?item=pressure`, `/checklists/filled/${plan.task.checklist}`];
/* Every page as it is mostly seen, and in turns in English and dark, or on a narrow screen. */
for (const [turn, look_of] of [{ lang: 'zh-CN' }, { lang: 'en', dark: true }, { lang: 'zh-CN', width: 360, dark: true }].entries())
  test(`the console is whole: ${JSON.stringify(look_of)}`, async () => {
    const person = await sitDown(browser, world, 'manager', look_of);
    for (const where of console_pages().filter((_, i) => turn === 0 || i % 2 === turn - 1)) await look(person, where);
    assert.deepEqual(person.wrong.filter((one) => !/Content Security Policy/.test(one)), []);
    await person.context.close();
  });

for (const look_of of [{ lang: 'zh-CN', width: 320 }, { lang: 'en', dark: true, width: 360 }])
  test(`the phone pages are whole: ${JSON.stringify(look_of)}`, async () => {
    for (const [login, pages] of [['resident', ['/m/', '/m/report', '/m/report?kind=complaint', `/m/complaint/${complaint.id}`, '/m/matters', '/m/me', '/m/me/password', '/m/me/sessions', '/m/notices', '/m/outbox', '/m/claim', `/m/repair/${repair.id}`, `/m/repair/${done.id}`, `/m/repair/${done.id}/rate`, '/m/me/family']],
      ['desk', ['/m/today', '/m/households', `/m/household/${world.houses['1-1-101']}`, '/m/me']],
      ['engineer', ['/m/jobs', '/m/tasks', '/m/pool', '/m/done', `/m/job/${job.id}`, `/m/job/${job.id}/quote`, `/m/job/${job.id}/finish`]]]) {
      const person = await sitDown(browser, world, login, { phone: true, ...look_of });
      for (const where of pages) await look(person, where);
      assert.deepEqual(person.wrong.filter((one) => !/Content Security Policy/.test(one)), []);
      await person.context.close();
    }
  });

/* Bytes as they come over the wire (brotli), counted by asking again for each file that the first page took. */
async function first_page_kb(path) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const urls = new Set();
  page.on('request', (request) => { if (!/\/api\/|^(data|blob):/.test(request.url())) urls.add(request.url()); });
  await page.goto(`http://127.0.0.1:${world.port}${path}`);
  await page.waitForTimeout(1000);
  await context.close();
  let bytes = 0;
  for (const url of urls) bytes += Number((await fetch(url, { headers: { 'accept-encoding': 'br' } })).headers.get('content-length') ?? 0);
  return bytes / 1000;
}

test('the first page is small: resident 170 kB, console 320 kB', async () => {
  const resident = await first_page_kb('/m/'), office = await first_page_kb('/');
  assert.ok(resident > 10 && resident <= 170, `resident: ${resident} kB`);
  assert.ok(office > 10 && office <= 320, `console: ${office} kB`);
});

test('the first page of field staff, after the log-in, is at most 200 kB', async () => {
  const guard = await sitDown(browser, world, 'guard', { phone: true });
  await guard.page.goto(`${guard.origin}/m/tasks`);
  await guard.sees('今天');
  const urls = await guard.page.evaluate(() => [location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)].filter((name) => !name.includes('/api/') && name.startsWith('http')));
  await guard.context.close();
  const sizes = await Promise.all(urls.map(async (url) => Number((await fetch(url, { headers: { 'accept-encoding': 'br' } })).headers.get('content-length') ?? 0)));
  const kb = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  assert.ok(kb > 10 && kb <= 200, `field: ${kb} kB`);
});

test('what a form holds is kept when saving fails, and filters are kept over a reload', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await page.route('**/api/v1/repairs', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: '暂时无法保存', status: 503, code: 'unavailable', detail: '暂时无法保存，没有任何改动' }) }) : route.fallback()));
  await page.keyboard.press('r');
  await page.locator('#quick-what').waitFor();
  await page.keyboard.type('1-1-101');
  await page.getByRole('option', { name: /1-1-101/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#quick-what').fill('马桶一直流水');
  await page.getByText('马桶故障').first().waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/没保存成功|暂时无法保存/).first().waitFor();
  assert.equal(await page.locator('#quick-what').inputValue(), '马桶一直流水');
  await page.keyboard.press('Escape');
  await desk.go('/matters?filter[state]=accepted');
  await page.getByText('楼道灯不亮').first().waitFor();
  const before = page.url();
  await page.reload();
  await page.getByText('楼道灯不亮').first().waitFor();
  assert.equal(page.url(), before);
  await desk.context.close();
});
