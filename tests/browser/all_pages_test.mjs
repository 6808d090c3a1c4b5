/* all_pages_test.mjs (the longest file, by its name the first): every page of the console is whole: nothing for axe to find, nothing cut or wider than the
 * screen, no error, no foreign request. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from '../api/world.mjs';
import { look, openBrowser, sitDown } from './browser.mjs';
import { fill } from './pages.mjs';

let world, browser, repair, complaint, plan;
before(async () => {
  [world, browser] = await Promise.all([openWorld(), openBrowser()]);
  ({ repair, complaint, plan } = await fill(world));
});
after(async () => { await browser?.close(); await world.close(); });

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
