/* call_paths_test.mjs: a call rings at the desk: whose it is, one key, and their home is open. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isDone, openWorld } from '../api/world.mjs';
import { openBrowser, sitDown, until } from './browser.mjs';

const SECRET = 'exchange secret of the house';
let world, browser, as, calls = 0;
before(async () => {
  world = await openWorld();
  browser = await openBrowser();
  ({ as } = world);
  await as.manager.make('exchanges', { name: '总机', secret: SECRET, project: world.projects.TYHY });
});
after(async () => { await browser?.close(); await world.close(); });

async function ring(caller_phone) {
  const text = JSON.stringify({ call_id: `c-${++calls}`, caller_phone, call_start: new Date().toISOString(), ring_sec: null, talk_sec: null, abandoned: null });
  return isDone(await world.nobody.post('hooks/calls', text, { 'x-anju-signature': createHmac('sha256', SECRET).update(text).digest('hex') }), 201);
}

test('it rings on whatever page; the space bar takes it; the home opens; the colleague’s bar goes', async () => {
  const desk = await sitDown(browser, world, 'desk'), colleague = await sitDown(browser, world, 'desk2');
  const bar = (person) => person.page.getByRole('status').filter({ hasText: '来电' });
  await desk.go('/matters');
  await desk.page.getByRole('heading', { name: '事项' }).waitFor();
  const call = await ring('13800001234');
  await bar(desk).getByText('来电 138****1234').waitFor();
  assert.match(await bar(desk).innerText(), /1-1-101 张三丰/);
  await bar(colleague).waitFor();
  await desk.page.keyboard.press('Space');
  await desk.page.getByRole('heading', { name: '1-1-101' }).waitFor();
  const taken = await as.desk.read(`calls/${call.id}`);
  assert.deepEqual([taken.state, taken.taken_by], ['taken', world.users.desk]);
  await bar(colleague).waitFor({ state: 'detached' });
  await bar(desk).waitFor({ state: 'detached' });

  const stranger = await ring('13700009999');
  await bar(colleague).getByText('没有登记过的号码').waitFor();
  await bar(colleague).getByRole('button', { name: /^接听/ }).click();
  await colleague.page.waitForURL(`**/r/calls/${stranger.id}`);
  await until(async () => (await as.desk.read(`calls/${stranger.id}`)).taken_by === world.users.desk2, 'taken');
  for (const person of [desk, colleague]) {
    assert.deepEqual(person.wrong, []);
    await person.context.close();
  }
});
