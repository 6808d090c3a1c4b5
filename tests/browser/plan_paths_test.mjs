/* plan_paths_test.mjs: a plan is made and changed by who does not know rules; a task with its checklist is finished; what law asks for is done with its paper. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, until } from '../api/world.mjs';
import { openBrowser, sitDown } from './browser.mjs';

const day = (days = 0) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
const PDF = { name: '检验报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') };
let world, browser, lead;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  lead = world.as.eng_lead;
});
after(async () => { await browser?.close(); await world.close(); });
const leave = async (person) => {
  assert.deepEqual(person.wrong.filter((one) => !/Content Security Policy/.test(one)), []);
  await person.context.close();
};

test('a plan by clicks, its dates at once; changed, it says what goes and what comes before it is saved', async () => {
  const planner = await sitDown(browser, world, 'eng_lead');
  const { page } = planner;
  await page.getByRole('link', { name: '计划与巡检' }).click();
  await page.getByRole('link', { name: '新计划' }).click();
  await page.getByLabel('计划名称').fill('水泵房巡检');
  await page.getByRole('radio', { name: '每周几' }).click();
  await page.getByRole('button', { name: '周四' }).click();
  await page.getByText('每周一、周四 08:30').waitFor();
  await page.getByText('FREQ=WEEKLY;BYDAY=MO,TH').waitFor();
  const ahead = page.getByRole('complementary', { name: '接下来的日期' });
  await until(async () => (await ahead.getByText(/周[一四]/).count()) === 12 && (await ahead.getByText(/周[二三五六日]/).count()) === 0, 'Mondays and Thursdays only');
  await page.getByRole('radio', { name: '自己写规则' }).click();
  await page.getByLabel('RRULE').fill('FREQ=SOMETIMES');
  await page.locator('.wrong').first().waitFor();
  assert.equal(await page.getByRole('button', { name: /^建立计划/ }).isDisabled(), true);
  await page.getByLabel('RRULE').fill('FREQ=WEEKLY;BYDAY=MO,TH');
  await page.getByLabel('由谁做').selectOption('engineer');
  await page.locator('.wrong').first().waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { level: 1, name: '水泵房巡检' }).waitFor();
  const [plan] = (await lead.read('plans')).items;
  assert.deepEqual([plan.rrule, plan.team, plan.dtstart], ['FREQ=WEEKLY;BYDAY=MO,TH', 'engineer', `${day()}T08:30:00`]);

  const tasks = async () => (await lead.read(`tasks?filter[plan]=${plan.id}&limit=200`)).items.map((task) => task.due_at);
  const before_change = await tasks();
  await page.getByRole('link', { name: '修改' }).click();
  await page.getByText('任务的日期不变').waitFor();
  await page.getByRole('button', { name: '周四' }).click();
  const told = page.getByText(/^从 .* 起：去掉 \d+ 个，增加 0 个任务。$/);
  await told.waitFor();
  const goes = Number(/去掉 (\d+) 个/.exec(await told.textContent())[1]);
  assert.ok(goes >= 4 && goes <= 6, `${goes} Thursdays in five weeks`);
  assert.deepEqual(await tasks(), before_change, 'nothing has changed yet');
  await page.getByRole('button', { name: /^保存/ }).click();
  await until(async () => (await tasks()).length === before_change.length - goes, 'the Thursdays are gone');
  await page.getByText('每周一 08:30').waitFor();
  await leave(planner);
});

test('a template is made, asked as the phone asks it, and a task is finished with it', async () => {
  const planner = await sitDown(browser, world, 'eng_lead');
  const { page } = planner;
  await planner.go('/checklists/new');
  await page.getByLabel('名称', { exact: true }).fill('水泵房日检');
  const add = async (label, more) => {
    await page.getByRole('button', { name: '加检查项' }).click();
    const sheet = page.getByRole('dialog', { name: '加检查项' });
    await sheet.getByLabel('检查项', { exact: true }).fill(label);
    await more?.(sheet);
    await page.keyboard.press('Control+Enter');
    await sheet.waitFor({ state: 'detached' });
  };
  await add('水泵运行正常');
  await add('出口压力', async (sheet) => {
    await sheet.getByRole('radio', { name: '数值' }).click();
    await sheet.getByLabel('单位').fill('MPa');
    await sheet.getByLabel('下限', { exact: true }).fill('0.30');
    await sheet.getByLabel('上限', { exact: true }).fill('0.50');
  });
  await add('为何不转', async (sheet) => {
    await sheet.getByRole('radio', { name: '文字' }).click();
    await sheet.getByLabel('什么时候问').selectOption({ label: '水泵运行正常' });
    await sheet.getByRole('button', { name: '不合格' }).click();
  });
  const asked = page.locator('.preview');
  assert.equal(await asked.getByText('为何不转').count(), 0, 'not asked yet');
  await asked.getByRole('radio', { name: '不合格' }).click();
  await asked.getByText('为何不转').waitFor();
  await page.getByRole('button', { name: '保存' }).click();
  await planner.sees('第 1 版');
  const [template] = (await lead.read('checklist_templates')).items;
  assert.deepEqual(template.items.map(({ kind, when }) => [kind, when?.is]), [['check', undefined], ['number', undefined], ['text', ['fail']]]);

  const plan = await lead.make('plans', { title: '日检', rrule: 'FREQ=DAILY', dtstart: `${day()}T00:00:00`, checklist_template: template.id, team: 'engineer' });
  const [task] = (await lead.read(`tasks?filter[plan]=${plan.id}&sort=due_at`)).items;
  await planner.go(`/tasks/${task.id}`);
  await page.getByRole('button', { name: '完成', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: '完成' });
  await sheet.getByRole('radio', { name: '合格', exact: true }).click();
  await page.keyboard.press('Control+Enter');
  await sheet.locator('.wrong').first().waitFor();
  await sheet.getByLabel('出口压力').fill('0.55');
  await sheet.getByText('不合格', { exact: true }).first().waitFor();
  await page.keyboard.press('Control+Enter');
  await sheet.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /出口压力 0\.55 MPa.*不合格/ }).waitFor();
  await page.getByRole('link', { name: /走势 出口压力/ }).click();
  await page.getByRole('img', { name: '出口压力 的走势，1 个读数' }).waitFor();
  await leave(planner);
});

test('what law asks for stands on one page and is done with its paper only', async () => {
  const plan = await lead.make('plans', { title: '1 号梯定期检验', rrule: 'FREQ=YEARLY', dtstart: `${day(20)}T09:00:00`, statutory: true, legal_basis: 'TSG T7001-2023' });
  const manager = await sitDown(browser, world, 'manager');
  const { page } = manager;
  await manager.go('/statutory');
  const row = page.getByRole('region', { name: '一年' });
  await row.getByText('1 号梯定期检验').first().waitFor();
  await page.getByRole('complementary', { name: '要办的' }).getByText(/剩 (19|20) 天/).waitFor();
  await page.getByRole('button', { name: /^附凭证并完成 1 号梯定期检验/ }).click();
  const sheet = page.getByRole('dialog', { name: '完成' });
  const finish = sheet.getByRole('button', { name: /^完成/ });
  assert.equal(await finish.isDisabled(), true, 'not without the paper');
  await sheet.locator('input[type=file]').first().setInputFiles(PDF);
  await sheet.getByRole('link', { name: '检验报告.pdf' }).waitFor();
  await finish.click();
  await sheet.waitFor({ state: 'detached' });
  const [task] = (await lead.read(`tasks?filter[plan]=${plan.id}`)).items;
  assert.deepEqual([task.state, typeof task.document], ['done', 'string']);
  await page.getByRole('button', { name: '证书与报告 1' }).click();
  await page.getByRole('row', { name: /1 号梯定期检验.*TSG T7001-2023/ }).getByRole('link', { name: /^凭证/ }).waitFor();
  await leave(manager);
});

test('people’s certificates and contractors’ licences stand on the same page, entered and renewed from it with their papers', async () => {
  const { id: firm } = await lead.make('contractors', { name: '京安电梯', licence_until: day(-2) });
  const manager = await sitDown(browser, world, 'manager');
  const { page } = manager;
  await manager.go('/equipment/statutory?view=list');
  await page.waitForURL(/\/statutory\?view=list$/);
  await page.getByRole('button', { name: '新建人员证书' }).click();
  const entry = page.getByRole('dialog', { name: '新建人员证书' });
  await entry.getByRole('button', { name: '低压电工证' }).click();
  await entry.getByLabel('证书编号').fill('T4403');
  await entry.getByRole('combobox', { name: /^人员/ }).fill('冯师傅');
  await page.getByRole('option', { name: /冯师傅/ }).click();
  await entry.locator('input[type=file]').setInputFiles(PDF);
  await entry.locator('input[type=date]').last().fill(day(20));
  await entry.getByText(PDF.name).waitFor();
  await page.keyboard.press('Control+Enter');
  await entry.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /冯师傅 低压电工证 人员证书 · T4403/ });
  await row.getByText(/剩 20 天/).waitFor();
  await row.getByRole('button', { name: /^续证/ }).click();
  const sheet = page.getByRole('dialog', { name: /续证/ });
  await sheet.locator('input[type=date]').fill(day(800));
  await sheet.locator('input[type=file]').setInputFiles({ ...PDF, name: '新证.pdf' });
  await sheet.getByText('新证.pdf').waitFor();
  await page.keyboard.press('Control+Enter');
  await sheet.waitFor({ state: 'detached' });
  await row.waitFor({ state: 'detached' }); /* beyond the year */
  const [one] = (await lead.read('certificates')).items;
  assert.deepEqual([one.kind, one.valid_until, one.state], ['low_voltage', day(800), 'valid']);
  await page.getByRole('row', { name: /京安电梯 外包单位资质/ }).getByText('超 2 天').waitFor();
  await page.getByRole('complementary', { name: '要办的' }).getByRole('button', { name: /^更新资质 京安电梯/ }).click();
  const licence = page.getByRole('dialog', { name: /更新资质/ });
  await licence.locator('input[type=date]').fill(day(300));
  await licence.locator('input[type=file]').setInputFiles(PDF);
  await licence.getByText(PDF.name).waitFor();
  await page.keyboard.press('Control+Enter');
  await licence.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^证书与报告/ }).click();
  await page.getByRole('row', { name: /京安电梯 外包单位资质/ }).getByRole('link', { name: /^凭证/ }).waitFor();
  assert.equal((await lead.read(`contractors/${firm}`)).licence_until, day(300));
  await leave(manager);
});
