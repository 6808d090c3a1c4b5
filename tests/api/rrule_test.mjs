/* Recurrence: the calculator against an independent implementation (npm rrule), on random rules. ANJU_SEED repeats a run, ANJU_RULES says how many. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { openWorld, root } from './world.mjs';

const { rrulestr } = createRequire(path.join(root, 'web/package.json'))('rrule');
const seed = Number(process.env.ANJU_SEED ?? Date.now() % 1e9), count = Number(process.env.ANJU_RULES ?? 2000);
let state = seed, world;
const random = () => { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const upto = (n) => Math.floor(random() * n), one = (list) => list[upto(list.length)], chance = (p) => random() < p;
const some = (make, most) => [...new Set(Array.from({ length: 1 + upto(most) }, make))].sort((a, b) => a - b).join(',');
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const text = (at) => at.toISOString().slice(0, 19);

/* A rule as a planner would write it, and some that nobody would. */
function rule(start) {
  const freq = one(['MINUTELY', 'HOURLY', 'DAILY', 'DAILY', 'WEEKLY', 'WEEKLY', 'MONTHLY', 'MONTHLY', 'YEARLY']), parts = [`FREQ=${freq}`], fine = freq === 'MINUTELY' || freq === 'HOURLY';
  if (chance(0.5)) parts.push(`INTERVAL=${1 + upto(freq === 'MINUTELY' ? 500 : 6)}`);
  if (chance(0.2)) parts.push(`COUNT=${1 + upto(30)}`);
  else if (chance(0.2)) parts.push(`UNTIL=${text(new Date(start.getTime() + upto(500) * 86_400_000)).replace(/[-:]/g, '')}`);
  if (freq === 'MONTHLY' && chance(0.5)) parts.push(chance(0.5) ? `BYMONTHDAY=${some(() => one([1, 5, 15, 28, 29, 30, 31, -1, -2]), 3)}` : `BYDAY=${one(['1', '2', '-1', '3'])}${one(DAYS)}`);
  else if (freq === 'MONTHLY' && chance(0.3)) parts.push(`BYDAY=${[...new Set([one(DAYS), one(DAYS), one(DAYS)])]}`, `BYSETPOS=${one([1, 2, -1])}`);
  else if (freq === 'YEARLY' && chance(0.6)) parts.push(`BYMONTH=${some(() => 1 + upto(12), 3)}`, ...(chance(0.5) ? [`BYMONTHDAY=${some(() => 1 + upto(28), 2)}`] : []));
  else if (chance(0.4)) parts.push(`BYDAY=${[...new Set([one(DAYS), one(DAYS), one(DAYS)])]}`);
  if (!fine && chance(0.3)) parts.push(`BYHOUR=${parts.some((part) => part.startsWith('BYSETPOS')) ? upto(24) : some(() => upto(24), 3)}`, ...(chance(0.5) ? [`BYMINUTE=${one([0, 15, 30])}`] : []));
  if (freq === 'DAILY' && chance(0.15)) parts.push(`BYMONTH=${some(() => 1 + upto(12), 4)}`);
  return parts.join(';');
}

before(async () => { world = await openWorld(); });
after(() => world.close());

test(`${count} random rules (ANJU_SEED=${seed})`, async () => {
  const wrong = [];
  let never = 0, moments = 0;
  for (let i = 0; i < count; i++) {
    const start = new Date(Date.UTC(2024 + upto(3), upto(12), 1 + upto(28), upto(24), one([0, 0, 15, 30]))), rrule = rule(start), fine = /MINUTELY|HOURLY/.test(rrule);
    const from = new Date(start.getTime() + (chance(0.5) ? 0 : upto(fine ? 10 : 700) * 86_400_000)), to = new Date(from.getTime() + (1 + upto(fine ? 20 : 400)) * 86_400_000), max = 60;
    const answer = await world.as.eng_lead.post('plans/preview', { rrule, dtstart: text(start), from: text(from), to: text(to), max });
    if (answer.status === 422 && fine) { never++; continue; } // the other one would look for its first moment until the year 9999
    const other = rrulestr(`DTSTART:${text(start).replace(/[-:]/g, '')}Z\nRRULE:${rrule.replace(/(UNTIL=\d+T\d+)/, '$1Z')}`), asked = other.between(from, to, true, (_, n) => n < max);
    if (answer.status === 422 && asked.length === 0 && other.all((_, n) => n < 1).length === 0) { never++; continue; }
    moments += asked.length;
    const ours = answer.body.dates ?? [answer.text];
    if (JSON.stringify(ours) !== JSON.stringify(asked.slice(0, max).map(text))) wrong.push({ rrule, start: text(start), from: text(from), to: text(to), ours: ours.slice(0, 6), theirs: asked.slice(0, 6).map(text) });
  }
  assert.deepEqual(wrong.slice(0, 6), [], `${wrong.length} rules differ`);
  assert.ok(moments > count && never < count / 10, `${moments} moments, ${never} rules that never occur`);
});

test('every weekday, first day of the week and step of weeks, from each day, also at hours before that of its start', async () => {
  const wrong = [], to = new Date('2025-10-01T00:00:00Z');
  for (const [first, times] of ['', ';BYHOUR=6,20;BYMINUTE=0', ';BYMINUTE=0'].flatMap((times) => ['', ';WKST=SU', ';WKST=WE'].map((first) => [first, times])))
    for (let set = 1; set < 128; set++)
      for (let day = 0; day < 7; day++) {
        const days = DAYS.filter((_, i) => set >> i & 1);
        if (times && days.length > 2) continue;
        const start = `2025-08-${String(4 + day).padStart(2, '0')}T08:30:00`, rrule = `FREQ=WEEKLY;INTERVAL=2;BYDAY=${days}${first}${times}`;
        const { dates } = (await world.as.eng_lead.post('plans/preview', { rrule, dtstart: start, from: start, to: text(to), max: 12 })).body;
        const theirs = rrulestr(`DTSTART:${start.replace(/[-:]/g, '')}Z\nRRULE:${rrule}`).between(new Date(`${start}Z`), to, true, (_, n) => n < 12).map(text);
        if (JSON.stringify(dates) !== JSON.stringify(theirs)) wrong.push({ rrule, start, ours: dates, theirs });
      }
  assert.deepEqual(wrong.slice(0, 3), [], `${wrong.length} rules differ`);
});
