/* pages.mjs: what every page needs to have something on it. */
import { report } from '../api/world.mjs';

/* A repair that waits, one that is worked on and one that is done, a complaint with a plan, a filled checklist. */
export async function fill(world) {
  const repair = await world.as.desk.make('repairs', report(world, { title: '楼道灯不亮，晚上看不见路' }));
  const { desk, desk_lead, eng_lead, engineer, resident } = world.as;
  const complaint = await resident.make('complaints', { house: world.houses['1-1-101'], category: 'clean.lobby', statement: '大堂三天没有拖地，地上都是脚印', confidential: true });
  await desk_lead.did('complaints', complaint.id, 'accept', { owner: world.users.eng_lead });
  await eng_lead.did('complaints', complaint.id, 'first_contact', { note: '已电话联系' });
  await eng_lead.did('complaints', complaint.id, 'propose', { facts: '保洁员请假无人顶岗', proposal: '今天补做，排出替班', compensation_fen: 0 });
  await desk.did('repairs', repair.id, 'accept');
  const [job, done] = await Promise.all(['空调不制冷，开了一夜也没有凉', '阳台推拉门滑轮坏了'].map(async (title) => {
    const { id } = await desk.make('repairs', report(world, { title }));
    await desk.did('repairs', id, 'accept');
    await desk.did('repairs', id, 'assign', { assignee: engineer.id });
    return engineer.did('repairs', id, 'arrive');
  }));
  const template = await eng_lead.make('checklist_templates', { code: 'pump.day', name: '水泵房日检', items: [{ item: 'running', label: '水泵运行正常', kind: 'check' }, { item: 'pressure', label: '出口压力', kind: 'number', unit: 'MPa', min: '0.30', max: '0.50' }] });
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const plan = await eng_lead.make('plans', { title: '水泵房巡检', rrule: 'FREQ=DAILY', dtstart: `${today}T00:00:00`, team: 'engineer', checklist_template: template.id });
  await eng_lead.make('plans', { title: '电梯定期检验', rrule: 'FREQ=YEARLY', dtstart: `${today}T00:00:00`, statutory: true, legal_basis: 'TSG T7001-2023' });
  plan.task = await engineer.did('tasks', (await eng_lead.read(`tasks?filter[plan]=${plan.id}&sort=due_at&limit=1`)).items[0].id, 'finish', { items: [{ item: 'running', value: 'pass' }, { item: 'pressure', value: '0.55' }] });
  await engineer.did('repairs', done.id, 'finish', { cause: 'wear', solution: '换滑轮', after_photos: [await engineer.photo()] });
  return { repair, job, done, complaint, plan };
}
