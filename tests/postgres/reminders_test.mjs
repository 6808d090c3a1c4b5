/* reminders_test.mjs: what is due is told once, whichever of the processes on a database tells it, also when that one sleeps past
 * its lease or dies. Runs with tools/with_postgres. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld, psql, report, serve, until } from '../api/world.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world.close());

const sql = (text) => psql(text, world.folder);
const told = () => sql("SELECT count(*), count(DISTINCT (org_id, once)) FROM message WHERE once <> ''").split('|').map(Number);
const holder = () => sql("SELECT holder FROM lease WHERE name = 'chores' AND until > (extract(epoch FROM clock_timestamp()) + 30 * 3600) * 1000000").split('/').at(-2); /* host, process, token */

test('reminders are sent once', { timeout: 180_000 }, async () => {
  for (let i = 0; i < 30; i++) await world.as.desk.make('repairs', report(world, { title: `到时 ${i}` }));
  for (const code of ['outbox.quiet_from', 'outbox.quiet_to']) { /* this runs at night too */
    const [rule] = (await world.as.admin.read(`rules?filter[code]=${code}`)).items;
    await world.as.admin.patch(`rules/${rule.id}`, { value: 0 });
  }
  const notice = await world.as.desk.make('notices', { kind: 'notice', title: '门禁换卡', body: '<p>换卡</p>', audience: { buildings: ['1'] } });
  await world.as.desk.did('notices', notice.id, 'submit');
  await world.server.stop();
  world.options = { clock: 30 * 3600 };
  await world.start();
  const others = await Promise.all([serve(world.folder, { clock: 30 * 3600 }), serve(world.folder, { clock: 30 * 3600 })]);
  const all = [world.server, ...others], expected = () => sql('SELECT count(*) FROM clock WHERE next_at < (extract(epoch FROM clock_timestamp()) + 30 * 3600) * 1000000');
  const first = await until(() => { const pid = Number(holder()); return all.find((one) => one.process.pid === pid); }, 'somebody who does the chores', 30_000);
  first.process.kill('SIGSTOP');
  await until(() => { const pid = Number(holder()); return pid !== first.process.pid && all.some((one) => one.process.pid === pid); }, 'another who does them', 90_000);
  await until(() => expected() === '0', 'all that was due', 60_000);
  const reminded = () => sql(`SELECT resent, (SELECT count(*) FROM message m WHERE m.record_id = n.id AND m.kind = 'remind') FROM notice n WHERE n.id = ${notice.id}`);
  await until(() => reminded() === '1|2', 'both who have not read the notice', 90_000);
  const [count] = told();
  assert.ok(count >= 30, `${count} were told`);
  first.process.kill('SIGCONT');
  await sleep(3000);
  const [later, different] = told();
  assert.equal(later, different, 'each once');
  assert.equal(later, count, 'the sleeper told nothing again');
  assert.equal(reminded(), '1|2');
  for (const other of others) await other.stop();
});
