/* repair_day_test.mjs: a day of people working together, each at a browser of their own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, report } from '../api/world.mjs';
import { openBrowser, sitDown, until } from './browser.mjs';

let world, browser;
before(async () => { world = await openWorld(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await world.close(); });

const newest = async () => (await world.as.desk.read('repairs?limit=1')).items[0];

test('the desk logs a repair during a call without the mouse', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const { page } = desk;
  const words = '马桶一直流水', house = '1-1-101';
  let keys = 0;
  const press = async (key) => { keys++; await page.keyboard.press(key); };
  const type = async (text) => { keys += [...text].length; await page.keyboard.type(text); };

  await page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await press('r');
  await page.locator('#quick-what').waitFor();
  await type(house);
  await page.getByRole('option', { name: new RegExp(house) }).first().waitFor();
  await press('Enter');
  await until(() => page.evaluate(() => document.activeElement?.id === 'quick-what'), 'the words are asked for next');
  await type(words);
  await page.getByText('马桶故障').first().waitFor();
  await press('Control+Enter');
  const made = await until(async () => { const one = await newest(); return one?.title === words ? one : null; }, 'the repair is there');
  assert.equal(made.category, 'water.toilet', 'the category came from the words');
  await until(async () => (await newest()).state === 'accepted', 'and it was accepted in the same go');
  assert.ok(keys <= words.length + house.length + 6, `${keys} keys`);
  assert.deepEqual(desk.wrong, []);
  await desk.context.close();
});

test('a resident reports on the phone, the desk sees it at once and takes the next step by key', async () => {
  const desk = await sitDown(browser, world, 'desk');
  const home = await sitDown(browser, world, 'resident', { phone: true });
  const title = '卫生间地漏堵了';
  let taps = 0;
  const tap = async (locator) => { taps++; await locator.click(); };

  await desk.page.getByRole('heading', { name: '今日', exact: true }).waitFor();
  await tap(home.page.getByText('有事就说').first());
  await home.page.locator('#words').fill(title);
  await tap(home.page.locator('footer button').last());
  const made = await until(async () => { const one = await newest(); return one?.title.startsWith(title.slice(0, 4)) ? one : null; }, 'the report is there');
  assert.ok(taps <= 3, `${taps} taps`);
  assert.equal(made.channel, 'app');
  assert.equal(made.reporter, world.parties.resident);
  await desk.page.getByText(made.title).first().waitFor({ timeout: 10_000 }); /* no reload: the server told */
  await desk.page.getByText(made.title).first().click();
  await desk.page.waitForURL(/\/matters\//);
  await desk.page.getByText('答应的时限').first().waitFor(); /* the record is there, and its next step */
  await desk.page.keyboard.press('e');
  await until(async () => { /* the sheet slides in; its key sends it */
    if ((await world.as.desk.read(`repairs/${made.id}`)).state === 'accepted') return true;
    await desk.page.waitForTimeout(400);
    await desk.page.keyboard.press('Control+Enter');
    return false;
  }, 'accepted by E and Ctrl+Enter', 20_000);
  assert.deepEqual([...desk.wrong, ...home.wrong], []);
  await desk.context.close();
  await home.context.close();
});

test('a 2 from the resident becomes a follow-up at the desk, and "not solved" a rework', async () => {
  const { desk, engineer, quality } = world.as;
  const repair = await world.as.resident.make('repairs', report(world, { title: '厨房水龙头关不严' }));
  await desk.did('repairs', repair.id, 'accept');
  await desk.did('repairs', repair.id, 'assign', { assignee: engineer.id });
  await engineer.did('repairs', repair.id, 'arrive');
  await engineer.did('repairs', repair.id, 'finish', { cause: 'wear', solution: '换垫片', after_photos: [await engineer.photo()] });

  const home = await sitDown(browser, world, 'resident', { phone: true });
  await home.go(`/m/repair/${repair.id}/rate`);
  await home.page.getByRole('radio', { name: /2|不好/ }).first().click();
  await home.page.locator('footer button').last().click();
  await until(async () => (await desk.read(`repairs/${repair.id}`)).state === 'confirmed', 'rated');
  assert.equal((await desk.read(`repairs/${repair.id}`)).rating.overall, 2);
  const followup = (await desk.read(`followups?filter[record]=${repair.id}`)).items[0];
  assert.ok(followup, 'a follow-up was opened');
  const office = await sitDown(browser, world, 'quality');
  await office.go(`/matters/${followup.no}`);
  await office.page.getByText('厨房水龙头关不严').first().waitFor();
  await quality.did('followups', followup.id, 'close', { cause: 'quality', outcome: 'not_solved' });
  assert.equal((await desk.read(`repairs/${repair.id}`)).state, 'assigned');
  assert.equal((await desk.read(`repairs/${repair.id}`)).reworks, 1);
  assert.deepEqual([...home.wrong, ...office.wrong], []);
  await home.context.close();
  await office.context.close();
});
