/* metrics_test.mjs: what those who watch over the program are told: /metrics as text that a strict reader takes, whose counts are
 * those of what was done; and slow statements in the log, with the engine's plan and without anybody's data. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { anju, isDone, isPostgres, openWorld, psql, repairIn, report, until } from './world.mjs';

const PHONE = '13912344321', NAME = '欧阳不该';

/* ---- Prometheus' text format 0.0.4, read strictly ---- */

const NAME_FORM = '[a-zA-Z_:][a-zA-Z0-9_:]*', LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
const SAMPLE = new RegExp(`^(${NAME_FORM})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?)$`);
const labelsOf = (text = '') => Object.fromEntries([...text.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map((one) => [one[1], one[2]]));
const familyOf = (name, families) => (families[name] ? name : name.replace(/_(bucket|sum|count)$/, ''));

/* { name: { type, help, samples: [{ name, labels, value }] } }; throws at a line that should not be there. */
function parse(text) {
  const families = {}, seen = new Set();
  let open = null;
  assert.ok(text.endsWith('\n'), 'the last line ends too');
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (\S+) (\S.*)$/.exec(line), type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      assert.ok(!families[help[1]], `${help[1]} stands in one place`);
      families[open = help[1]] = { help: help[2], samples: [] };
    } else if (type) {
      assert.equal(type[1], open, `HELP and TYPE of ${type[1]} stand together`);
      assert.ok(!families[open].type && families[open].samples.length === 0);
      families[open].type = type[2];
    } else {
      const [, name, labels, value] = SAMPLE.exec(line) ?? assert.fail(`no line of the format: ${line}`);
      const family = families[familyOf(name, families)];
      assert.equal(familyOf(name, families), open, `${name} follows its own HELP and TYPE`);
      assert.ok(family.type, `${name} has a type`);
      assert.equal(name !== open, family.type === 'histogram', `${name} fits its type`);
      assert.ok(!seen.has(`${name}{${labels}}`), `once: ${line}`);
      seen.add(`${name}{${labels}}`);
      family.samples.push({ name, labels: labelsOf(labels), value: Number(value) });
    }
  }
  for (const [name, { type, samples }] of Object.entries(families)) {
    if (type === 'counter') assert.match(name, /_total$/);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function checkHistogram(name, samples) {
  const series = new Map();
  for (const sample of samples) {
    const { le, ...rest } = sample.labels, key = JSON.stringify(rest);
    if (!series.has(key)) series.set(key, { buckets: [] });
    const one = series.get(key);
    if (sample.name === `${name}_bucket`) one.buckets.push([le === '+Inf' ? Infinity : Number(le), sample.value]);
    else one[sample.name.slice(name.length + 1)] = sample.value;
  }
  for (const [key, { buckets, sum, count }] of series) {
    assert.ok(buckets.length >= 8, `${name}${key} has buckets`);
    for (let i = 1; i < buckets.length; i++) {
      assert.ok(buckets[i][0] > buckets[i - 1][0], `${name}${key}: bounds rise`);
      assert.ok(buckets[i][1] >= buckets[i - 1][1], `${name}${key}: counts rise`);
    }
    assert.deepEqual(buckets.at(-1), [Infinity, count], `${name}${key}: +Inf is all`);
    assert.ok(sum >= 0 && (count > 0 || sum === 0));
  }
}

/* ---- What it says ---- */

let world, desk;
before(async () => { world = await openWorld({ flags: ['--slow-ms', '0'] }); desk = world.as.desk; });
after(() => world.close());

const scrape = async (of = world) => {
  const answer = await of.nobody.get('/metrics');
  isDone(answer);
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return parse(answer.text);
};
const value = (families, name, labels = {}) => families[familyOf(name, families)]?.samples.find((one) => one.name === name && Object.entries(labels).every(([key, is]) => one.labels[key] === is))?.value;
const asked = (families, method, route) => value(families, 'anju_http_request_duration_seconds_count', { method, route }) ?? 0;

describe('the text', () => {
  test('every line is of the format, and what an operator needs is there', async () => {
    await desk.make('repairs', report(world));
    const told = await scrape();
    for (const name of ['anju_http_requests_total', 'anju_http_refused_total', 'anju_http_connections', 'anju_http_streams', 'anju_http_request_duration_seconds',
      'anju_write_batches_total', 'anju_writes_total', 'anju_writes_failed_total', 'anju_write_queue', 'anju_wal_pages', 'anju_write_retries_total', 'anju_lanes',
      'anju_batch_size', 'anju_commit_duration_seconds', 'anju_sync_duration_seconds', 'anju_pool_max', 'anju_pool_connections', 'anju_pool_waits_total', 'anju_journeys_total', 'anju_reconnections_total',
      'anju_database_up', 'anju_nodes', 'anju_lease_age_seconds', 'anju_reminders_due', 'anju_reminder_lag_seconds', 'anju_jobs_queued', 'anju_job_oldest_seconds'])
      assert.ok(told[name], name);
    assert.equal(value(told, 'anju_database_up'), 1);
    assert.equal(value(told, 'anju_lanes'), isPostgres ? 8 : 1);
    assert.equal(value(told, 'anju_sync_duration_seconds_count') > 0, !isPostgres, 'a server syncs by itself');
    const open = value(told, 'anju_pool_connections', { state: 'open' }), free = value(told, 'anju_pool_connections', { state: 'free' });
    assert.ok(free >= 0 && free <= open && open >= 1 && open <= value(told, 'anju_pool_max'));
  });
});

describe('requests by route', () => {
  /* Each what is asked, how often, and where it is counted. */
  const rows = () => [
    [3, 'GET', 'repairs', () => desk.get('repairs')],
    [2, 'GET', 'repairs/*', () => desk.get(`repairs/${world.repair.id}`)],
    [4, 'GET', 'houses/*', () => desk.get(`houses/${world.houses['1-1-101']}`)],
    [2, 'GET', 'houses', () => desk.get(`houses?q=${PHONE}`)],
    [2, 'GET', 'search', () => desk.get(`search?q=${PHONE}`)],
    [2, 'GET', 'houses/*/timeline', () => desk.get(`houses/${world.houses['1-1-101']}/timeline`)],
    [1, 'POST', 'repairs', () => desk.post('repairs', report(world))],
    [2, 'POST', 'repairs/*/actions/*', () => desk.act('repairs', world.repair.id, 'accept')], /* the second is refused */
    [2, 'GET', 'me', () => world.nobody.get('me')], /* refused, by its route all the same */
    [2, 'GET', 'figures/*', () => world.as.manager.get('figures/repair_count')],
    [1, 'GET', 'static', () => world.nobody.get('/')],
    [2, 'GET', 'static', () => world.nobody.get('/houses/13912344321')],
    [3, 'GET', 'healthz', () => world.nobody.get('/healthz')],
    [2, 'GET', 'readyz', () => world.nobody.get('/readyz')],
    [1, 'other', 'other', () => desk.get(`${PHONE}/${PHONE}`)],
    [1, 'other', 'other', () => desk.call('BREW', `repairs/${world.repair.id}`)],
    [1, 'other', 'other', () => world.nobody.call('POST', `/${PHONE}`)],
  ];

  test('each is counted where it belongs, and as often as it was asked', async () => {
    const wanted = new Map();
    world.repair = await repairIn(world, 'reported');
    const earlier = await scrape();
    for (const [times, method, route, ask] of rows()) {
      for (let i = 0; i < times; i++) await ask();
      wanted.set(`${method} ${route}`, (wanted.get(`${method} ${route}`) ?? 0) + times);
    }
    const later = await scrape();
    wanted.set('GET metrics', 1); /* the first scrape; the second is counted when it has been answered */
    const rose = new Map(later.anju_http_request_duration_seconds.samples.filter((one) => one.name.endsWith('_count'))
      .map(({ labels: { method, route } }) => [`${method} ${route}`, asked(later, method, route) - asked(earlier, method, route)]).filter(([, n]) => n > 0));
    assert.deepEqual([...rose].sort(), [...wanted].sort());
    const all = [...wanted.values()].reduce((sum, n) => sum + n, 0);
    assert.equal(value(later, 'anju_http_requests_total') - value(earlier, 'anju_http_requests_total'), all);
  });

  test('no label holds an id, a phone or anything else that was asked for', async () => {
    const told = await scrape();
    for (const { samples } of Object.values(told))
      for (const { labels } of samples)
        for (const [name, text] of Object.entries(labels)) if (name !== 'le') assert.match(text, /^[a-z_*./]+$/i, `${name}="${text}"`);
    const { text } = await world.nobody.get('/metrics');
    assert.ok(!text.includes(PHONE) && !text.includes(world.repair.id));
  });

  test('what was never asked makes no series, whatever clients send', async () => {
    const series = (told) => told.anju_http_request_duration_seconds.samples.filter((one) => one.name.endsWith('_count')).length;
    const earlier = series(await scrape());
    for (let i = 0; i < 50; i++) await desk.get(`nothing-${i}/${i}`);
    assert.equal(series(await scrape()), earlier);
  });
});

describe('writes', () => {
  test('each is in one batch, and each batch in one commit', async () => {
    const earlier = await scrape();
    await Promise.all(Array.from({ length: 20 }, (_, i) => desk.make('repairs', report(world, { title: `并发 ${i}` }))));
    await until(async () => {
      const later = await scrape(), rose = (name) => value(later, name) - value(earlier, name);
      return rose('anju_writes_total') >= 20 && rose('anju_batch_size_sum') === rose('anju_writes_total') &&
        rose('anju_batch_size_count') === rose('anju_write_batches_total') && rose('anju_commit_duration_seconds_count') >= rose('anju_write_batches_total') &&
        value(later, 'anju_write_queue') === 0;
    }, 'the counts agree');
  });
});

describe('what waits', () => {
  test('reminders that are due, and how late the oldest is', async () => {
    const due = async () => value(await scrape(), 'anju_reminders_due');
    await until(async () => (await due()) === 0, 'those that are due are given');
    assert.equal(value(await scrape(), 'anju_reminder_lag_seconds'), 0);
  });

  if (isPostgres) test('late ones and queued jobs of all companies are counted', async () => {
    /* Written past the program, far in the past. Another process has the lease of the chores, and no job can be taken. */
    const each = 'FROM (SELECT org_id, row_number() OVER () AS n FROM org) o';
    await world.server.stop();
    psql(`INSERT INTO lease (name, holder, until) VALUES ('chores', 'elsewhere/1', 9000000000000000) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until;
      INSERT INTO job (org_id, id, kind, state, done, total, created_at, lease_until, attempts) SELECT org_id, n, 'none', 'queued', 0, 0, 1, 0, 0 ${each};
      INSERT INTO clock (org_id, id, record_type, record_id, name, calendar, minutes, started_at, due_at, paused_us, pauses, level, next_at) SELECT org_id, n, 'repair', n, 'none', 'none', 1, 1, 1, 0, 0, 0, 1 ${each};
      CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER keep BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION keep()`, world.folder);
    await world.start();
    const told = await scrape();
    psql("DROP FUNCTION keep() CASCADE; DELETE FROM job WHERE kind = 'none'; DELETE FROM clock WHERE name = 'none'; DELETE FROM lease WHERE holder = 'elsewhere/1'", world.folder);
    assert.equal(value(told, 'anju_jobs_queued'), 2);
    assert.equal(value(told, 'anju_reminders_due'), 2);
    for (const name of ['anju_job_oldest_seconds', 'anju_reminder_lag_seconds']) assert.ok(value(told, name) > 50 * 365 * 24 * 3600, name);
  });

  if (isPostgres) test('leases that are held, and the processes', async () => {
    psql("INSERT INTO lease (name, holder, until) VALUES ('node/999', 'elsewhere/1', 9000000000000000), ('node/998', 'dead/1', 1), ('unheard of', 'newer/1', 9000000000000000)", world.folder);
    await until(async () => value(await scrape(), 'anju_lease_age_seconds', { name: 'chores' }) !== undefined, 'somebody does the chores');
    const told = await scrape();
    assert.equal(value(told, 'anju_nodes'), 2, 'this one and the other');
    assert.ok(value(told, 'anju_lease_age_seconds', { name: 'chores' }) < 20);
    assert.deepEqual(told.anju_lease_age_seconds.samples.map((one) => one.labels.name).filter((name) => !['chores', 'migration'].includes(name)), []);
    psql("DELETE FROM lease WHERE holder IN ('elsewhere/1', 'dead/1', 'newer/1')", world.folder);
  });
});

/* ---- Slow statements ---- */

const slowLines = (of) => of.server.err().split('\n').filter((line) => / warn slow statement, /.test(line));
const textOf = (line) => /slow statement, \d+ ms: (.*); plan: /.exec(line)?.[1];
const planOf = (line) => /; plan: (.*)$/.exec(line)?.[1];

test('without a limit nothing is slow', () => assert.doesNotMatch(world.server.err(), / warn slow /));

test('a limit that is none is wrong use', () => {
  for (const bad of ['-1', 'x', '1.5', '', '99999999999']) assert.equal(anju(['serve', '--data', world.folder, '--slow-ms', bad]).code, 2, bad);
});

describe('where every statement is slow', () => {
  let slow;
  before(async () => { slow = await openWorld({ env: { ANJU_TEST_SLOW: '1' } }); });
  after(() => slow.close());

  test('work goes on as ever, and the log has each text once with its plan', async () => {
    const { admin, desk: at, manager } = slow.as;
    const party = await admin.make('parties', { name: NAME, phone: PHONE, project: slow.projects.TYHY });
    await repairIn(slow, 'confirmed', { title: `电话 ${PHONE}` });
    assert.equal((await repairIn(slow, 'finished')).state, 'finished');
    assert.equal((await at.get(`repairs?q=${encodeURIComponent('电话')}&include=house,assignee`)).status, 200);
    isDone(await at.get(`search?q=${PHONE}`));
    isDone(await at.get('today'));
    isDone(await manager.get('figures/repair_count'));
    assert.equal((await at.act('repairs', (await repairIn(slow, 'confirmed')).id, 'accept')).status, 409);
    const lines = slowLines(slow), texts = lines.map(textOf), parted = [...new Set(texts)];
    assert.ok(lines.length > 40, `${lines.length} statements`);
    assert.equal(parted.length, texts.length, 'each once');
    assert.ok(lines.some((line) => /FROM "?repair"?/.test(textOf(line)) && (isPostgres ? /Index|Seq Scan|Bitmap/ : /SEARCH|SCAN/).test(planOf(line))));
    for (const secret of [PHONE, NAME, '张三丰', '13800001234', party.id, slow.houses['1-1-101']]) assert.ok(!lines.some((line) => line.includes(secret)), secret);
    assert.doesNotMatch(slow.server.err(), / error /);
  });

  test('a plan is made for every statement that was waited for', () => {
    const untold = slowLines(slow).filter((line) => planOf(line) === 'not told').map(textOf);
    /* On a server writes are sent one behind the other, and what reads finds nothing pending. */
    assert.deepEqual(untold.filter((text) => text.startsWith('SELECT') && !isPostgres), []);
    assert.ok(slowLines(slow).some((line) => / \$1\b/.test(planOf(line))) || !isPostgres, 'parameters stand for values');
  });

  test('a commit that takes long is told too', () => assert.match(slow.server.err(), / warn slow commit of a batch, \d+ ms/));

  if (isPostgres) test('where the server cannot plan for any value, the transaction goes on all the same', async () => {
    psql(`CREATE FUNCTION trap(n int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN IF current_setting(''plan_cache_mode'') = ''force_generic_plan'' THEN RAISE ''trapped''; END IF; RETURN true; END';
      CREATE POLICY trap ON house AS RESTRICTIVE USING (trap(1))`, slow.folder);
    await slow.restart();
    const repair = await slow.as.desk.make('repairs', report(slow));
    assert.equal((await slow.as.desk.did('repairs', repair.id, 'accept')).state, 'accepted');
    isDone(await slow.as.desk.get('houses'));
    assert.match(slow.server.err(), /trapped/, 'it was asked');
    assert.ok(slowLines(slow).some((line) => planOf(line) === 'not told' && /house/.test(textOf(line))));
    assert.equal(value(await scrape(slow), 'anju_writes_failed_total'), 0);
    psql('DROP POLICY trap ON house', slow.folder);
  });
});

describe('where a limit is set', () => {
  let slow, ms;
  before(async () => { ms = 1; slow = await openWorld({ flags: ['--slow-ms', `${ms}`] }); });
  after(() => slow.close());

  test('thousands of rows take longer than a millisecond, and are told once', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => `9-9-${1000 + i},88,${NAME},${PHONE},`);
    const file = isDone(await slow.as.manager.upload(Buffer.from(`房号,面积,业主,业主电话,备注\n${rows.join('\n')}\n`), 'homes.csv', 'text/csv'), 201).id;
    const job = isDone(await slow.as.manager.post('imports', { resource: 'houses', file }), 202).job;
    assert.equal((await until(async () => { const got = await slow.as.manager.read(`jobs/${job}`); return ['done', 'failed'].includes(got.state) && got; }, 'the import', 60_000)).state, 'done');
    for (let i = 0; i < 2; i++) isDone(await slow.as.manager.get('houses/export?format=csv'));
    const told = slowLines(slow).filter((line) => /^SELECT .*FROM "?house"? /.test(textOf(line)));
    assert.ok(told.length > 0, slow.server.err().slice(-2000));
    assert.equal(new Set(told.map(textOf)).size, told.length);
    for (const line of told) {
      assert.ok(Number(/statement, (\d+) ms/.exec(line)[1]) >= ms);
      assert.notEqual(planOf(line), 'not told');
    }
    assert.ok(!slow.server.err().includes(PHONE) && !slow.server.err().includes(NAME));
  });

  if (isPostgres) test('a commit that waits is told, with what it took', async () => {
    psql(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON repair DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()`, slow.folder);
    await slow.restart({ flags: ['--slow-ms', '200'] });
    await slow.as.desk.make('repairs', report(slow));
    assert.ok(Number(/ warn slow commit of a batch, (\d+) ms/.exec(slow.server.err())?.[1]) >= 200);
    const told = await scrape(slow);
    assert.ok(value(told, 'anju_commit_duration_seconds_count') - value(told, 'anju_commit_duration_seconds_bucket', { le: '0.25' }) >= 1);
    psql('DROP FUNCTION dawdle() CASCADE', slow.folder);
  });
});
