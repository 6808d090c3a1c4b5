/* Lists: filters, order, pages, full text (CONTRACT section 3). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDone, isProblem, openWorld, report } from './world.mjs';

let world, desk, admin, rows;
const TITLES = ['水管爆裂', '水龙头滴水', '马桶堵塞', '灯不亮', '插座松动', '门禁失灵', '墙面脱落', '水压太低', '电梯异响', '空调漏水', '下水道反味', '门锁坏了'];
before(async () => {
  world = await openWorld();
  ({ desk, admin } = world.as);
  const categories = ['water.tap', 'water.toilet', 'other.unknown'];
  rows = [];
  for (const [i, title] of TITLES.entries())
    rows.push(await desk.make('repairs', report(world, { title, category: categories[i % 3], urgency: ['urgent', 'normal', 'planned'][i % 3], description: i % 2 ? `第 ${i} 单` : null,
      house: world.houses[i % 4 ? '1-1-101' : '1-1-102'], contact_phone: `1380000${String(1000 + i)}` })));
  for (const row of rows.slice(0, 4)) Object.assign(row, await desk.did('repairs', row.id, 'accept'));
});
after(() => world.close());

const q = (params) => 'repairs?' + Object.entries({ limit: 500, ...params }).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
const titles = async (params) => (await desk.read(q(params))).items.map((one) => one.title);
const titlesOf = (list) => list.map((one) => one.title);
const sameSet = (a, b) => assert.deepEqual([...a].sort(), [...b].sort());

describe('filters', () => {
  const cases = [
    ['equals, without an operator', { 'filter[category]': 'water.tap' }, (r) => r.category === 'water.tap'],
    ['eq', { 'filter[category][eq]': 'water.tap' }, (r) => r.category === 'water.tap'],
    ['ne', { 'filter[category][ne]': 'water.tap' }, (r) => r.category !== 'water.tap'],
    ['in with a comma list', { 'filter[urgency][in]': 'urgent,planned' }, (r) => r.urgency !== 'normal'],
    ['in with one', { 'filter[urgency][in]': 'urgent' }, (r) => r.urgency === 'urgent'],
    ['like as a prefix with %', { 'filter[title][like]': '水%' }, (r) => r.title.startsWith('水')],
    ['like of a code', { 'filter[category][like]': 'water.%' }, (r) => r.category.startsWith('water.')],
    ['like of a number', { 'filter[no][like]': 'BX-TYHY-%' }, () => true],
    ['null true', { 'filter[description][null]': 'true' }, (r) => r.description === null],
    ['null false', { 'filter[description][null]': 'false' }, (r) => r.description !== null],
    ['state', { 'filter[state]': 'accepted' }, (r) => r.state === 'accepted'],
    ['state in', { 'filter[state][in]': 'accepted,closed' }, (r) => r.state === 'accepted'],
    ['two filters together', { 'filter[state]': 'accepted', 'filter[category]': 'water.tap' }, (r) => r.state === 'accepted' && r.category === 'water.tap'],
    ['a range of one field', { 'filter[visits][gte]': '0', 'filter[visits][lt]': '1' }, () => true],
    ['nothing fits', { 'filter[visits][gt]': '0' }, () => false],
    ['open work', { 'filter[open]': 'true' }, () => true],
  ];
  for (const [name, params, fits] of cases)
    test(name, async () => sameSet(await titles(params), titlesOf(rows.filter(fits))));

  test('a reference by id', async () => sameSet(await titles({ 'filter[house]': world.houses['1-1-102'] }), titlesOf(rows.filter((r) => r.house === world.houses['1-1-102']))));
  test('an id', async () => assert.deepEqual(await titles({ 'filter[id]': rows[3].id }), [rows[3].title]));
  test('several ids', async () => sameSet(await titles({ 'filter[id][in]': `${rows[3].id},${rows[5].id}` }), [rows[3].title, rows[5].title]));
  test('a number', async () => assert.deepEqual(await titles({ 'filter[no]': rows[6].no }), [rows[6].title]));

  test('times: lt, lte, gt, gte, eq, ne to the moment', async () => {
    const at = rows[5].created_at, when = (row) => Date.parse(row.created_at), then = Date.parse(at);
    for (const [op, fits] of [['lt', (r) => when(r) < then], ['gt', (r) => when(r) > then], ['lte', (r) => when(r) <= then], ['gte', (r) => when(r) >= then]]) {
      const got = await titles({ [`filter[created_at][${op}]`]: at });
      /* the moment itself is finer than what is shown: rows of the same millisecond may fall on either side */
      for (const row of rows.filter((r) => when(r) !== then)) assert.equal(got.includes(row.title), fits(row), `${op} ${row.title}`);
    }
  });

  const day = (shift) => new Date(Date.now() + 8 * 3600_000 + shift * 86400_000).toISOString().slice(0, 10);
  for (const [op, shift, all] of [['eq', 0, true], ['eq', -1, false], ['ne', 0, false], ['ne', 1, true], ['lte', 0, true], ['lt', 0, false], ['gte', 0, true], ['gt', 0, false], ['lt', 1, true], ['gt', -1, true], ['gte', 1, false], ['lte', -1, false]])
    test(`a date stands for its whole day: created_at ${op} ${shift === 0 ? 'today' : shift > 0 ? 'tomorrow' : 'yesterday'}`, async () =>
      sameSet(await titles({ [`filter[created_at][${op}]`]: day(shift) }), all ? TITLES : []));

  test('in a time a space stands for +', async () => {
    const target = `/api/v1/repairs?limit=500&filter[created_at][gt]=2020-01-01T00:00:00+08:00`;
    assert.equal(isDone(await desk.get(target)).items.length, TITLES.length);
  });
  test('brackets may be percent-encoded, or not, or in small letters', async () => {
    for (const target of ['repairs?filter[state]=accepted', 'repairs?filter%5Bstate%5D=accepted', 'repairs?filter%5bstate%5d=accepted', 'repairs?filter%5Bstate%5D%5Beq%5D=accepted', 'repairs?filter[state]%5Beq]=accepted'])
      assert.equal(isDone(await desk.get(target)).items.length, 4, target);
  });

  const refused = [['filter[colour]', 'red'], ['filter[]', 'x'], ['filter[title', 'x'], ['filter[title]x', 'x'], ['filter[title][', 'x'], ['filter[title][regex]', 'x'], ['filter[title][eq][eq]', 'x'], ['filter[state]', 'nowhere'],
    ['filter[state][in]', 'accepted,nowhere'], ['filter[visits]', 'many'], ['filter[visits][gt]', '9223372036854775808'], ['filter[created_at]', 'yesterday'], ['filter[created_at][gt]', '2026-02-30'], ['filter[house]', 'abc'], ['filter[house]', '01'],
    ['filter[urgency]', 'very'], ['filter[urgency][in]', ''], ['filter[description][null]', 'yes'], ['filter[title][like]', '%水'], ['filter[title][like]', '水%管%'], ['filter[title][like]', '%'], ['filter[visits][like]', '1%'],
    ['filter[contact_phone][like]', '138%'], ['filter[contact_phone][in]', '13800001000'], ['filter[contact_phone][gt]', '1'], ['filter[contact_phone][ne]', '13800001000'], ['filter[contact_phone][null]', 'true'], ['filter[password_hash]', 'x'], ['filter[org_id]', '1'],
    ['filter[rating][like]', '%'], ['filter[overall][gt]', '1'], ['filter[late]', '']];
  for (const [name, value] of refused)
    test(`${name}=${value} is refused`, async () => {
      const answer = await desk.get(q({ [name]: value }));
      if (name === 'filter[late]') { isDone(answer); return; } /* an empty word finds nothing */
      isProblem(answer, 422, 'invalid', [name]);
    });

  test('a personal field is found by its full value, shown masked', async () => {
    const { items } = await desk.read(q({ 'filter[contact_phone]': '13800001005' }));
    assert.deepEqual(titlesOf(items), [rows[5].title]);
    assert.equal(items[0].contact_phone, '138****1005');
  });
  test('a person is found by full number or by the last four digits, which is logged', async () => {
    for (const target of ['parties?filter[phone]=13800001234', 'parties?filter[phone_tail]=1234'])
      assert.deepEqual(isDone(await desk.get(target)).items.map((one) => one.id), [world.parties.resident], target);
    assert.deepEqual(isDone(await desk.get('parties?filter[phone]=1380000')).items, []);
    assert.deepEqual(isDone(await desk.get(`parties?filter[house]=${world.houses['1-1-102']}`)).items.map((one) => one.id), [world.parties.neighbour]);
  });
  test('staff by log-in', async () => {
    assert.deepEqual(isDone(await desk.get('users?filter[login]=engineer')).items.map((one) => one.id), [world.users.engineer]);
  });
  test('50 conditions at most are a problem, not a crash', async () => {
    const many = Array.from({ length: 200 }, (_, i) => i + 1).join(',');
    const answer = await desk.get(q({ 'filter[id][in]': many }));
    assert.ok([200, 422].includes(answer.status), String(answer.status));
  });
});

describe('parameters', () => {
  for (const [name, value] of [['limit', '0'], ['limit', '501'], ['limit', '-1'], ['limit', 'many'], ['limit', ''], ['limit', '1.5'], ['sort', 'colour'], ['sort', ''], ['sort', '-'], ['sort', 'contact_phone'], ['sort', '-contact_phone'], ['sort', 'no,colour'], ['sort', 'rating'],
    ['fields', 'colour'], ['fields', ''], ['fields', 'title,password_hash'], ['include', 'title'], ['include', 'colour'], ['include', ''], ['count', 'yes'], ['page', '2'], ['offset', '10'], ['after', 'nonsense'], ['after', '!!!'], ['Sort', 'no']])
    test(`${name}=${value} is refused by name`, async () => isProblem(await desk.get(q({ [name]: value })), 422, 'invalid', [name]));
  for (const name of ['limit=5&limit=5', 'sort=no&sort=no', 'filter[state]=accepted&filter[state]=accepted', 'q=a&q=b', 'count=true&count=true', 'after=a&after=b'])
    test(`${name}: a repeated parameter is refused`, async () => isProblem(await desk.get(`repairs?${name}`), 422, 'invalid', [name.split('=')[0]]));
  test('all wrong parameters are told at once', async () => isProblem(await desk.get('repairs?limit=0&sort=colour&page=1'), 422, 'invalid', ['limit', 'sort', 'page']));
  test('a record takes fields and include alone', async () => {
    isDone(await desk.get(`repairs/${rows[0].id}?fields=title&include=house`));
    isProblem(await desk.get(`repairs/${rows[0].id}?limit=5`), 422, 'invalid', ['limit']);
    isProblem(await desk.get(`repairs/${rows[0].id}?sort=no`), 422, 'invalid', ['sort']);
  });
  test('a creation takes none', async () => isProblem(await desk.post('repairs?dry_run=true', report(world)), 422, 'invalid', ['dry_run']));

  test('fields gives the id and what was asked for, nothing else', async () => {
    const { items } = await desk.read(q({ fields: 'title,state' }));
    for (const one of items) assert.deepEqual(Object.keys(one).sort(), ['id', 'state', 'title']);
  });
  test('include adds label members beside the ids', async () => {
    const { items } = await desk.read(q({ include: 'house,category,reporter' }));
    for (const one of items) {
      assert.equal(one.house_.id, one.house);
      assert.ok(one.house_.label.length > 0);
      assert.ok(one.category_.label.length > 0);
      assert.equal(one.reporter_.id, one.reporter);
    }
    assert.equal(items.at(-1).house_.label, '1-1-102');
    assert.equal(items.at(-1).reporter_.label, '张三丰');
  });
  test('a reference that is empty is included as null', async () => {
    for (const one of (await desk.read(q({ include: 'assignee' }))).items) assert.equal(one.assignee_, null);
  });
  test('labels follow the language', async () => {
    const zh = isDone(await desk.get('repairs?include=category&limit=1', { 'accept-language': 'zh' })).items[0], en = isDone(await desk.get('repairs?include=category&limit=1')).items[0];
    assert.match(zh.category_.label, /[\u4e00-\u9fff]/);
    assert.match(en.category_.label, /^[A-Za-z ,]+$/);
  });
  test('count counts the whole list, not the page', async () => {
    const page = await desk.read('repairs?limit=5&count=true');
    assert.equal(page.count, TITLES.length);
    assert.equal(page.items.length, 5);
    assert.equal((await desk.read('repairs?limit=5&count=true&filter[state]=accepted')).count, 4);
    assert.ok(!('count' in (await desk.read('repairs?limit=5'))));
  });
});

describe('order', () => {
  const by = (key, sign = 1) => (a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0);
  const cases = { no: by((r) => r.no), '-no': by((r) => r.no, -1), created_at: by((r) => BigInt(r.id)), '-created_at': by((r) => BigInt(r.id), -1), id: by((r) => BigInt(r.id)), '-id': by((r) => BigInt(r.id), -1) };
  for (const [sort, compare] of Object.entries(cases))
    test(`by ${sort}`, async () => assert.deepEqual(await titles({ sort }), titlesOf([...rows].sort(compare))));
  test('the newest first, when nothing is said', async () => assert.deepEqual(await titles({}), titlesOf([...rows].reverse())));
  test('by two fields of different directions', async () => {
    const { items } = await desk.read(q({ sort: 'category,-no' }));
    const wanted = [...rows].sort((a, b) => by((r) => r.category)(a, b) || by((r) => r.no, -1)(a, b));
    assert.deepEqual(titlesOf(items), titlesOf(wanted));
  });
  test('what is unknown comes last, both ways', async () => {
    for (const sort of ['description', '-description']) {
      const { items } = await desk.read(q({ sort }));
      const from = items.findIndex((one) => one.description === null);
      assert.ok(items.slice(from).every((one) => one.description === null), sort);
    }
  });
});

describe('pages', () => {
  async function walk(params, { between } = {}) {
    const seen = [];
    for (let after, i = 0; ; i++) {
      const page = await desk.read(q({ ...params, ...(after ? { after } : {}) }));
      assert.ok(page.items.length <= Number(params.limit));
      seen.push(...page.items.map((one) => one.id));
      if (page.next === null) return seen;
      assert.equal(page.items.length, Number(params.limit), 'a page with a next one is full');
      after = page.next;
      await between?.(i);
      assert.ok(i < 200, 'it ends');
    }
  }
  for (const sort of ['-created_at', 'created_at', 'no', '-no', 'category,-no', '-urgency,title', 'description', '-description', 'due_arrive_at', 'next_due_at', 'assignee', '-appoint_from', 'title,no,-urgency'])
    for (const limit of ['1', '5', '12', '500'])
      test(`each row exactly once, by ${sort} with ${limit} a page`, async () => {
        const seen = await walk({ sort, limit });
        assert.equal(seen.length, rows.length);
        assert.deepEqual(seen, (await desk.read(q({ sort }))).items.map((one) => one.id), 'in the same order as in one piece');
      });

  test('each old row exactly once while new ones are added and others change', async () => {
    for (const sort of ['-created_at', 'created_at', 'title', '-no']) {
      const old = rows.map((one) => one.id), made = [];
      const seen = await walk({ sort, limit: '3' }, { between: async (i) => {
        if (i < 5) made.push((await desk.make('repairs', report(world, { title: `后来的 ${i}` }))).id);
        isDone(await desk.patch(`repairs/${rows[i % rows.length].id}`, { description: `改 ${i}` }));
      } });
      assert.equal(new Set(seen).size, seen.length, `${sort}: nothing twice`);
      for (const id of old) assert.ok(seen.includes(id), `${sort}: nothing lost`);
      for (const id of made) await desk.did('repairs', id, 'void', { reason: '测试' });
    }
  });

  test('a cursor of another list is refused', async () => {
    const next = async (params) => (await desk.read(q({ limit: 3, ...params }))).next;
    const plain = await next({}), sorted = await next({ sort: 'no' }), filtered = await next({ 'filter[open]': 'true' });
    const parties = (await desk.read('parties?limit=1')).next;
    const refuse = async (params, after) => isProblem(await desk.get(q({ ...params, after })), 422, 'invalid', ['after']);
    await refuse({ sort: 'no' }, plain);
    await refuse({}, sorted);
    await refuse({}, filtered);
    await refuse({ 'filter[open]': 'true' }, plain);
    await refuse({ 'filter[open]': 'false' }, filtered);
    await refuse({ q: '水管' }, plain);
    await refuse({}, parties);
  });
  test('a cursor that was tampered with is refused', async () => {
    const { next } = await desk.read(q({ limit: 3 }));
    for (let i = 0; i < next.length; i += 3) {
      const other = next[i] === 'A' ? 'B' : 'A';
      isProblem(await desk.get(q({ after: next.slice(0, i) + other + next.slice(i + 1) })), 422, 'invalid', ['after']);
    }
    isProblem(await desk.get(q({ after: next.slice(0, -4) })), 422, 'invalid', ['after']);
    isProblem(await desk.get(q({ after: `${next}AAAA` })), 422, 'invalid', ['after']);
  });
  test('a cursor may be used with another page size, and fields', async () => {
    const { next } = await desk.read(q({ limit: 3 }));
    assert.equal((await desk.read(q({ limit: 500, after: next, fields: 'title' }))).items.length, rows.length - 3);
  });
  test('a cursor goes on after a restart', async () => {
    const { next } = await desk.read(q({ limit: 3 }));
    await world.restart();
    assert.equal((await desk.read(q({ after: next }))).items.length, rows.length - 3);
  });
});

describe('full text', () => {
  const found = async (words, resource = 'repairs') => isDone(await desk.get(`${resource}?limit=500&q=${encodeURIComponent(words)}`)).items;
  for (const [words, fits] of [['水管', ['水管爆裂']], ['爆裂', ['水管爆裂']], ['滴水', ['水龙头滴水']], ['龙头', ['水龙头滴水']], ['漏水', ['空调漏水']], ['下水', ['下水道反味']], ['沒有', []], ['马桶 堵塞', ['马桶堵塞']], ['1-1-102', null], ['％％', []], ['"', []], ['AND OR NOT', []], ['水管*', null], ["'; DROP", []], ['NEAR(水管)', null], ['-水管', null], ['(', []]])
    test(`${words} finds ${fits === null ? 'without an error' : fits.join(' ') || 'nothing'}`, async () => {
      const items = await found(words);
      if (fits !== null) sameSet(titlesOf(items), fits);
    });
  test('by the number’s end', async () => assert.ok((await found(rows[2].no)).some((one) => one.id === rows[2].id)));
  test('people by two characters of a name', async () => assert.deepEqual((await found('三丰', 'parties')).map((one) => one.name), ['张三丰']));
  test('people by pinyin initials', async () => {
    assert.ok((await found('zsf', 'parties')).some((one) => one.name === '张三丰'));
    assert.ok((await found('lxl', 'parties')).some((one) => one.name === '李小龙'));
    assert.ok((await found('ZSF', 'parties')).some((one) => one.name === '张三丰'));
  });
  test('repairs by the reporter’s name', async () => assert.ok((await found('张三')).length > 0));
  test('full width and traditional forms find the same', async () => {
    assert.equal((await found('ｚｓｆ', 'parties')).length, (await found('zsf', 'parties')).length);
  });
  test('a changed title is found by its new words, no longer by the old', async () => {
    isDone(await desk.patch(`repairs/${rows[11].id}`, { title: '窗户关不严' }));
    assert.ok((await found('窗户')).some((one) => one.id === rows[11].id));
    assert.ok(!(await found('门锁')).some((one) => one.id === rows[11].id));
    isDone(await desk.patch(`repairs/${rows[11].id}`, { title: TITLES[11] }));
  });
  test('pages of a search, each row once', async () => {
    const seen = [];
    for (let after; ;) {
      const page = isDone(await desk.get(`repairs?q=${encodeURIComponent('1-1-101')}&limit=2${after ? `&after=${after}` : ''}`));
      seen.push(...page.items.map((one) => one.id));
      if (page.next === null) break;
      after = page.next;
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.length, rows.filter((one) => one.house === world.houses['1-1-101']).length);
  });
});

test('every resource of meta can be listed, sorted by each of its sortable fields, and filtered by null', async () => {
  const { resources } = await admin.read('meta');
  assert.ok(resources.length >= 9);
  for (const resource of resources) {
    isDone(await admin.get(`${resource.name}?limit=2&count=true`));
    for (const field of resource.fields) {
      const sorted = await admin.get(`${resource.name}?limit=1&sort=${field.name}`);
      assert.ok(sorted.status === 200 || sorted.status === 422, `${resource.name} by ${field.name}: ${sorted.status}`);
      if (field.masked) isProblem(sorted, 422, 'invalid', ['sort']);
      if (['text', 'int', 'time', 'date', 'ref', 'fen', 'choice'].includes(field.type) && !field.masked) {
        const none = await admin.get(`${resource.name}?limit=1&filter[${field.name}][null]=true`);
        assert.ok(none.status === 200 || none.status === 422, `${resource.name} without ${field.name}: ${none.status}`);
      }
    }
  }
});
