/* import_test.mjs: the first day: the list of owners as it is kept, tried, corrected, imported, and tried again. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld, root } from '../api/world.mjs';
import { openBrowser, sitDown, until } from './browser.mjs';

let world, browser;
before(async () => { world = await openWorld(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await world.close(); });

const file = (name) => path.join(root, 'tests/data/import', name);
const homes = async () => (await world.as.manager.read('houses?limit=1&count=true')).count;

test('bad rows say what would be right; corrected and with a column explained they go in; again nothing changes', async () => {
  const manager = await sitDown(browser, world, 'manager');
  const { page } = manager, before = await homes();
  const give = (what) => page.locator('input[type=file]').first().setInputFiles(what);
  const row = (n) => page.getByRole('row', { name: new RegExp(`^${n} `) }).first();

  await manager.go('/import');
  await give(file('errors.csv'));
  await manager.sees(/处要改/);
  await row(5).getByText('八十九').waitFor(); /* the row, the column, what is written there, what would be right */
  assert.match(await row(5).innerText(), /建筑面积/);
  await page.getByRole('button', { name: /^先改好/ }).waitFor();
  assert.ok(await page.getByRole('button', { name: /^先改好/ }).isDisabled());
  const [rows] = await Promise.all([page.waitForEvent('download'), manager.press('下载坏行')]);
  assert.match(fs.readFileSync(await rows.path(), 'utf8'), /八十九/);
  assert.equal(await homes(), before, 'nothing was written');

  await give(file('cut_off.xlsx'));
  await page.getByRole('alert').first().waitFor(); /* not a table at all: said, and the next file is welcome */

  const list = { name: '业主台账.csv', mimeType: 'text/csv', buffer: Buffer.from('\uFEFF房号,建筑面积,业主姓名,怎么找他\r\n8-1-801,89.5,冯一,13600000801\r\n8-1-802,120,冯二、冯三,13600000802\r\n') };
  await give(list);
  const meaning = page.getByLabel('怎么找他 对应什么');
  await meaning.waitFor();
  assert.equal(await meaning.inputValue(), '', 'not understood');
  await meaning.selectOption({ label: '业主电话' });
  await manager.press('重新试导入');
  await manager.press(/^导入 \d+ 条/);
  await manager.sees('全部写入');
  assert.equal(await homes(), before + 2);
  const home = (await world.as.desk.read('houses?filter[no]=8-1-801')).items[0];
  assert.equal(home.parties.length, 1, 'with its owner');

  await give(list);
  await page.getByLabel('怎么找他 对应什么').selectOption({ label: '业主电话' });
  await manager.press('重新试导入');
  await until(async () => page.getByRole('button', { name: '没有要导入的' }).isVisible(), 'nothing to do');
  assert.equal(await homes(), before + 2);
  assert.deepEqual(manager.wrong, []);
  await manager.context.close();
});
