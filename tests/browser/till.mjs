/* till.mjs: homes that owe something, for the tests of the counter. */

/* A fee by area, due on the 25th with a late fee, and one for the car, charged for three months back. Returns what each home owes. */
export async function bills(world, houses = ['1-1-101', '1-1-102']) {
  const { manager, cashier } = world.as;
  const month = (back) => {
    const now = new Date(Date.now() + 8 * 3600_000), first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0));
    return { period_from: first.toISOString().slice(0, 10), period_to: last.toISOString().slice(0, 10) };
  };
  const fee = await manager.make('tariffs', { code: 'WYF', name: '物业服务费', kind: 'area', rate_yuan: '2.80', from: '2025-01-01', tax_percent: '6', due_day: 25, late_per_ten_thousand: '3', late_cap_percent: '30' });
  const car = await manager.make('tariffs', { code: 'TCF', name: '车位管理费', kind: 'fixed', rate_yuan: '80', from: '2025-01-01', due_day: 28 });
  for (const no of houses) {
    for (const back of [2, 1]) await manager.make('charges', { house: world.houses[no], tariff: fee.id, ...month(back) });
    await manager.make('charges', { house: world.houses[no], tariff: car.id, ...month(1) });
  }
  return Object.fromEntries(await Promise.all(houses.map(async (no) => [no, await cashier.read(`houses/${world.houses[no]}/due`)])));
}
