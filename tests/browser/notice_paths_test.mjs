/* notice_paths_test.mjs: a notice from its template to its readers: one reads it, the other is told again and acknowledges it;
 * a large one waits for the manager; what is pasted is cleaned; and every page of it is whole. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDone, openWorld } from '../api/world.mjs';
import { leave, logIn, look, open, openBrowser, sitDown, until } from './browser.mjs';

let world, browser, as;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
});
after(async () => { await browser?.close(); await world.close(); });

const publish = async (more = {}) => as.desk.did('notices', (await as.desk.make('notices', { kind: 'notice', title: '大堂换灯', body: '<p>周三换灯，请绕行。</p>', audience: { buildings: ['1'] }, ...more })).id, 'submit');
const unread = async (one) => (await as.desk.read(`notices/${one.id}/unread`)).items.map((row) => row.name);
const newest = async () => (await as.desk.read('notices?limit=1&sort=-created_at')).items[0];

test('a water cut: template, one building, read by one, pushed again, acknowledged by the other', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await page.getByRole('link', { name: '公告' }).click();
  await page.getByRole('heading', { name: '公告', exact: true }).waitFor();
  await page.getByRole('link', { name: '新公告' }).first().click();
  await page.getByRole('searchbox', { name: '找模板' }).fill('停水');
  await page.getByRole('button', { name: /^计划停水通知/ }).click();
  await page.getByRole('button', { name: '1 栋', exact: true }).click();
  await desk.sees('共 2 户 2 人');
  assert.equal(await page.getByRole('textbox', { name: '楼栋', exact: true }).inputValue(), '1 栋', 'the text names whom it goes to');
  await desk.sees('还差：原因、开始、结束、电话');
  await page.getByLabel('原因', { exact: true }).fill('水箱<清洗>');
  await page.getByLabel('电话', { exact: true }).fill('66668888');
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('事项开始').fill(`${day}T09:00`);
  await page.getByLabel('事项结束').fill(`${day}T15:00`);
  await page.getByRole('complementary', { name: '住户看到的' }).getByText(`因水箱<清洗>，定于${day} 09:00至${day} 15:00停水`).waitFor();
  await page.getByRole('switch', { name: /^须确认/ }).check();
  await desk.sees('提交后马上发给 2 户。');
  await page.getByRole('button', { name: /^发布/ }).click();
  await desk.sees('已发布：计划停水通知，2 户 2 人');
  const one = await newest();
  assert.deepEqual([one.state, one.template, one.homes, one.ack_required, one.late], ['published', 'outage.water.planned', 2, true, false]);
  assert.match(one.body, /因水箱&lt;清洗&gt;，定于.* 09:00至.* 15:00停水/);
  assert.match(one.body_en, /water will be off from .* 09:00 to/);
  assert.equal(new Date(one.effective_from).toISOString(), `${day}T01:00:00.000Z`);

  /* The poster's code, before any log-in: then there. */
  const first = await open(browser, world, { phone: true, at: `/m/notices/${one.id}` });
  await logIn(first, 'resident');
  await first.page.getByRole('heading', { name: '计划停水通知' }).waitFor();
  await first.sees(/尊敬的1 栋业主/);
  await until(async () => (await as.desk.read(`notices/${one.id}/unread`)).read === 1, 'opened is read');
  assert.deepEqual((await unread(one)).sort(), ['张三丰', '李小龙'].sort(), 'read is not acknowledged');
  await first.press('知道了');
  await first.sees('您已确认');
  await until(async () => (await as.desk.read(`notices/${one.id}/unread`)).acked === 1, 'acknowledged');

  await page.reload();
  await page.getByRole('tab', { name: '未确认' }).click();
  const row = page.getByRole('tabpanel').getByRole('row').nth(1);
  assert.match(await row.innerText(), /1-1-102\s+李小龙\s+139\*{4}5678/);
  await page.getByRole('button', { name: /^提醒未读/ }).click();
  await until(async () => (await as.neighbour.read('messages')).items.some(({ record, kind }) => record === one.id && kind === 'remind'), 'told again');
  const second = await sitDown(browser, world, 'neighbour', { phone: true });
  await second.sees('通知：计划停水通知');
  await second.press('知道了');
  await second.sees('已确认：计划停水通知');
  await until(async () => (await unread(one)).length === 0, 'everybody');
  await second.page.getByRole('region', { name: '公告' }).waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('tab', { name: '未确认' }).click();
  await desk.sees('都确认了');
  const [poster] = [await as.desk.get(`notices/${one.id}/poster`)];
  assert.equal(await page.getByRole('link', { name: '张贴 PDF' }).getAttribute('href'), `/api/v1/notices/${one.id}/poster`);
  assert.equal(poster.status, 200);
  await leave(desk, first, second);
});

test('over fifty homes: the dialog says how many, the manager approves, and the dialog asks again', async () => {
  for (let i = 0; i < 51; i++) {
    const party = await as.admin.make('parties', { name: `住户${i}`, phone: `136000${String(i).padStart(5, '0')}`, project: world.projects.TYHY });
    const house = await as.admin.make('houses', { no: `9-1-${100 + i}`, area: 80, project: world.projects.TYHY });
    isDone(await as.admin.patch(`houses/${house.id}`, { parties: [{ party: party.id, role: 'owner', from: '2020-01-01' }] }));
  }
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await desk.go('/notices/new');
  await page.getByRole('button', { name: '不用模板' }).click();
  await page.getByLabel('类别').selectOption('notice');
  await page.getByLabel('标题', { exact: true }).fill('中秋快乐');
  await page.getByRole('textbox', { name: '正文', exact: true }).click();
  await page.keyboard.insertText('祝各位业主节日快乐。');
  await page.getByRole('button', { name: '9 栋', exact: true }).click();
  await desk.sees('共 51 户 51 人');
  await desk.sees('超过 50 户，由经理审批后发给 51 户。');
  await page.getByRole('button', { name: /^交给经理审批/ }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('发给 51 户 51 人').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '再看看', 'the safe button has the focus');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await as.desk.read('notices?filter[state]=review')).items.length, 0);
  await page.getByRole('button', { name: /^交给经理审批/ }).click();
  await dialog.getByRole('button', { name: '交审批，51 户' }).click();
  await desk.sees('等经理审批：中秋快乐，51 户');
  const one = await newest();
  assert.deepEqual([one.state, one.body], ['review', '<p>祝各位业主节日快乐。</p>']);

  const manager = await sitDown(browser, world, 'manager');
  await manager.page.getByRole('link', { name: '公告' }).click();
  await manager.page.getByRole('tab', { name: '待审批' }).or(manager.page.getByRole('button', { name: '待审批' })).or(manager.page.getByRole('link', { name: '待审批' })).first().click();
  await manager.page.getByRole('link', { name: '中秋快乐' }).click();
  await manager.page.getByRole('heading', { name: '中秋快乐', level: 1 }).waitFor();
  await manager.page.getByRole('button', { name: /^批准/ }).click();
  await manager.page.getByRole('alertdialog').getByRole('button', { name: '发给 51 户' }).click();
  await until(async () => (await as.desk.read(`notices/${one.id}`)).state === 'published', 'approved and out');
  await leave(desk, manager);
});

test('a correction keeps both; the first leads to it; a question about it begins with its name', async () => {
  const one = await publish({ title: '电梯年检' });
  const manager = await sitDown(browser, world, 'manager');
  const { page } = manager;
  await manager.go(`/notices/${one.id}`);
  await page.getByRole('button', { name: '更正', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: '更正' });
  const box = sheet.getByRole('textbox', { name: '更正内容', exact: true });
  await box.getByText('周三换灯，请绕行。').waitFor(); /* what is wrong is put right in its text */
  await box.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('改为周四。');
  await page.keyboard.press('Control+Enter');
  await until(async () => (await as.desk.read(`notices/${one.id}`)).state === 'corrected', 'corrected');
  const resident = await sitDown(browser, world, 'resident', { phone: true });
  await resident.go('/m/notices');
  await resident.page.getByRole('link', { name: /^电梯年检/ }).click();
  await resident.sees('已更正');
  await resident.page.getByRole('link', { name: '看更正后的' }).click();
  await resident.sees('改为周四。');
  await resident.page.getByRole('link', { name: '问问这件事' }).click();
  await resident.page.waitForURL(/kind=enquiry/);
  await until(async () => (await resident.page.locator('textarea').first().inputValue()) === '关于“更正：电梯年检”：', 'it begins with its name');
  await leave(manager, resident);
});

test('what is pasted is cleaned, and a page shows nothing that is not on the list', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await desk.go('/notices/new');
  await page.getByRole('button', { name: '不用模板' }).click();
  const box = page.getByRole('textbox', { name: '正文', exact: true });
  await box.click();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/html', '<div style="color:red" onclick="x()"><b>粗</b><script>window.bad = 1</script><img src=x onerror="window.bad = 1"><a href="javascript:window.bad=1">链</a><a href="https://www.example.com/">好</a><iframe src="/"></iframe></div>');
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await box.getByText('粗').waitFor();
  const html = await box.innerHTML();
  assert.match(html, /<(strong|b)>粗<\/(strong|b)>链<a href="https:\/\/www\.example\.com\/"/);
  assert.doesNotMatch(html, /script|onerror|onclick|javascript|iframe|<img/);
  await page.keyboard.press('Control+A');
  await page.getByRole('button', { name: '列表', exact: true }).click();
  await box.locator('ul li').first().waitFor();

  /* Even if the server sent it. */
  const one = await publish({ title: '坏的' });
  const resident = await sitDown(browser, world, 'resident', { phone: true });
  await resident.page.route(new RegExp(`/api/v1/notices/${one.id}(/actions/read)?$`), async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), body: '<p onclick="window.bad=1">看<img src=x onerror="window.bad=1"><script>window.bad=1</script><svg onload="window.bad=1"></svg>这里</p>' } });
  });
  await resident.go(`/m/notices/${one.id}`);
  await resident.sees('看这里');
  assert.equal(await resident.page.locator('.rich').innerHTML(), '<p>看这里</p>');
  assert.equal(await resident.page.evaluate(() => window.bad), undefined);
  for (const person of [desk, resident]) /* Chromium tells of handlers that it would not run, even where nothing runs */
    person.wrong.splice(0, Infinity, ...person.wrong.filter((one) => !/inline event handler violates/.test(one)));
  await leave(desk, resident);
});

test('a draft with a picture is kept, changed, and goes out at its time; who may not see it, does not', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  await desk.go('/notices/new');
  await page.getByRole('button', { name: '不用模板' }).click();
  await page.getByLabel('类别').selectOption('activity');
  await page.getByLabel('标题', { exact: true }).fill('包粽子');
  const box = page.getByRole('textbox', { name: '正文', exact: true });
  await box.click();
  await page.keyboard.insertText('欢迎参加');
  await page.getByLabel('插入图片').first().setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC', 'base64') });
  await box.locator('img').waitFor();
  await page.getByRole('button', { name: '存草稿' }).click();
  await desk.sees('已存草稿：包粽子');
  const kept = await newest();
  assert.match(kept.body, /^<p>欢迎参加<\/p><img src="\/api\/v1\/files\/\d+" alt="">$/);
  await page.getByRole('link', { name: '修改' }).click();
  await page.getByLabel('标题', { exact: true }).fill('包粽子，周六下午');
  await page.getByRole('button', { name: /^楼层、身份/ }).click();
  await page.getByLabel('房号名单').fill('1-1-101，8-8-888');
  await desk.sees('有 1 个房号不存在：8-8-888');
  await page.getByLabel('房号名单').fill('1-1-101');
  await desk.sees('共 1 户 1 人');
  await page.getByRole('button', { name: '明天 18:00' }).click();
  await page.getByRole('button', { name: /^定时发布/ }).click();
  await desk.sees(/明天 18:00 发布：包粽子，周六下午，1 户/);
  const one = await as.desk.read(`notices/${kept.id}`);
  assert.deepEqual([one.state, one.title, one.homes, one.body], ['scheduled', '包粽子，周六下午', 1, kept.body]);
  await page.getByRole('button', { name: /^立即发布/ }).click();
  await until(async () => (await as.desk.read(`notices/${kept.id}`)).state === 'published', 'out');
  const resident = await sitDown(browser, world, 'resident', { phone: true }), other = await sitDown(browser, world, 'neighbour', { phone: true });
  await resident.go(`/m/notices/${one.id}`);
  await until(() => resident.page.locator('.rich img').evaluate((image) => image.naturalWidth > 0), 'the picture is shown');
  await other.go(`/m/notices/${one.id}`);
  await other.page.getByRole('alert').waitFor();
  assert.equal(await other.page.getByText('包粽子').count(), 0);
  other.wrong.splice(0, Infinity, ...other.wrong.filter((line) => !/404/.test(line)));
  await leave(desk, resident, other);
});

for (const look_of of [{ lang: 'zh-CN' }, { lang: 'en', dark: true, width: 390 }])
  test(`the pages are whole: ${JSON.stringify(look_of)}`, async () => {
    const one = await publish({ title: '关于水箱清洗期间分时段停水以及储水注意事项的通知', urgent: true, title_en: 'Water tanks are cleaned: water is off by sections', body_en: '<p>Store water.</p>' });
    const draft = await as.desk.make('notices', { kind: 'notice', title: '草稿', body: '<p>x</p>', audience: { buildings: ['1'] } });
    const desk = await sitDown(browser, world, 'desk', look_of);
    for (const where of ['/notices', '/notices/new', `/notices/${draft.id}/edit`, `/notices/${one.id}`]) await look(desk, where);
    for (const tab of look_of.lang === 'en' ? ['Not acknowledged', 'Deliveries', 'Story'] : ['未确认', '送达', '经过']) {
      await desk.page.getByRole('tab', { name: tab }).click();
      await desk.page.getByRole('tabpanel').waitFor();
    }
    const resident = await sitDown(browser, world, 'resident', { ...look_of, phone: true, width: 390 });
    for (const where of ['/m/', '/m/notices', `/m/notices/${one.id}`]) await look(resident, where);
    await leave(desk, resident);
  });
