/* owed.ts: what the homes of whoever is here owe today; asked once a visit and when the money moves. */
import { computed, ref, shallowRef, watch } from "vue";
import { get, list } from "@/shared/api";
import { mayRead } from "@/shared/meta";
import type { Due } from "@/shared/types";
import { houses } from "./homes";
import { keepSeen, readSeen } from "./kept";

export const owed = shallowRef<Due[]>([]);
export const billed = ref(false); /* there has been a bill at all */
export const owing = computed(() => owed.value.filter(({ total_fen: fen }) => fen > 0));
/* The nearest day of what is open, and whether one is over. */
export const dueDay = (due: Due): string => due.items.map((item) => item.due_date ?? "").filter(Boolean).sort().at(due.overdue_fen > 0 ? 0 : -1) ?? "";

export const owedKnown = ref(false); /* asked, or there is nothing to ask about */
let asking: Promise<void> | null = null;
export function askOwed(): Promise<void>
{
    if (!mayRead("charges"))
        owedKnown.value = true;
    if (!mayRead("charges") || !houses.value.length)
        return Promise.resolve();
    asking ??= ask().finally(() => { asking = null; owedKnown.value = true; });
    return asking;
}
async function ask(): Promise<void>
{
    const [any, ...dues] = await Promise.all([list("charges", { limit: 1, fields: "id" }), ...houses.value.map(({ id }) => askDue(id))]);
    owed.value = dues.filter((due): due is Due => due !== null);
    billed.value = any.ok ? any.value.items.length > 0 : owed.value.some(({ items }) => items.length > 0);
}
watch(houses, (now) => { if (!now.length) owedKnown.value = true; void askOwed(); });

/* Also there without a network, as it was last seen. */
export async function askDue(house: string): Promise<Due | null>
{
    const got = await get<Due>(`houses/${house}/due`);
    if (got.ok)
        void keepSeen(`due.${house}`, got.value);
    return got.ok ? got.value : got.problem.status === 0 ? readSeen<Due>(`due.${house}`) : null;
}
