/* enquiry_paths_test.mjs: a question from the desk's keyboard and from a resident's phone, answered from the knowledge base. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { leave, openBrowser, sitDown, until } from './browser.mjs';

let world, browser, as, article;
let there = false; /* enquiries and articles are declared by this program */
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  there = (await as.manager.read('meta')).resources.some(({ name }) => name === 'enquiries');
  if (!there) return;
  article = await as.manager.make('articles', { title: '装修要办什么手续', body: '带产权证到前台填装修申请，领施工证。', audience: 'public' });
  await as.manager.did('articles', article.id, 'publish');
});
after(async () => { await browser?.close(); await world.close(); });

test('the desk answers a question at once from the article that it found while typing', async (t) => {
  if (!there) return t.skip('no enquiries here');
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  await person.go('/houses/1-1-101');
  await page.getByRole('heading', { name: '1-1-101' }).waitFor();
  await page.keyboard.press('n');
  await page.locator('#quick-asked:focus').waitFor();
  await page.keyboard.insertText('请问装修手续');
  await page.getByRole('region', { name: '知识库' }).getByRole('button', { name: /装修要办什么手续/ }).click();
  await until(async () => (await page.locator('#quick-answer').inputValue()).includes('领施工证'), 'the whole text');
  await page.keyboard.press('Control+Enter');
  await person.sees(/已登记并答复 ZX-/);
  const made = (await as.desk.read('enquiries?limit=1')).items[0];
  assert.deepEqual([made.state, made.article, made.caller, made.house], ['answered', article.id, world.parties.resident, world.houses['1-1-101']]);
  await leave(person);
});

test('an enquiry becomes a complaint in its own sheet, with the categories of complaints', async (t) => {
  if (!there) return t.skip('no enquiries here');
  const one = await as.desk.make('enquiries', { channel: 'phone', question: '大堂为什么三天没人打扫', house: world.houses['1-1-101'], caller: world.parties.resident });
  const person = await sitDown(browser, world, 'desk');
  const { page } = person;
  await person.go(`/matters/${one.no}`);
  await page.getByRole('heading', { name: '大堂为什么三天没人打扫', exact: true }).waitFor();
  await page.getByRole('button', { name: '转工单' }).click();
  const sheet = page.getByRole('dialog', { name: '转工单' });
  await sheet.getByRole('radio', { name: '投诉' }).click();
  await sheet.getByRole('combobox', { name: '类别' }).click();
  await page.keyboard.insertText('大堂');
  await page.getByRole('option', { name: '楼道/大堂不洁' }).click();
  await page.keyboard.press('Control+Enter');
  await until(async () => (await as.desk.read(`enquiries/${one.id}`)).state === 'converted', 'converted');
  await page.getByRole('tab', { name: /^关联/ }).click();
  await page.getByRole('tabpanel', { name: '关联' }).getByText(/投诉 0001/).waitFor();
  await leave(person);
});

test('a resident’s words are a question: what is known stands below, and it has a page with its promise', async (t) => {
  if (!there) return t.skip('no enquiries here');
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const { page } = home;
  await page.getByText('有事就说').first().tap();
  await page.locator('#words').fill('请问装修要办什么手续');
  await page.getByRole('radio', { name: '问一问', exact: true, checked: true }).waitFor();
  await page.getByRole('region', { name: '也许已经有答案' }).getByText('装修要办什么手续').waitFor();
  await page.locator('footer button').tap();
  await home.sees(/已收到 ZX-/);
  const made = (await as.resident.read('enquiries?limit=1')).items[0];
  assert.deepEqual([made.question, made.channel], ['请问装修要办什么手续', 'app']);
  await page.waitForURL(new RegExp(`/m/enquiry/${made.id}`));
  await home.sees('已收到，等答复');
  await as.desk.did('enquiries', made.id, 'answer', { answer: '带产权证来前台即可。' });
  await home.sees('带产权证来前台即可。');
  await leave(home);
});
