/* till.ts: one customer at the counter: whose homes, who pays, what is taken, how, and what is given back. */
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { get } from "@/shared/api";
import { mayCreate } from "@/shared/session";
import { parseYuan } from "@/shared/format";
import type { Due, Rec } from "@/shared/types";
import { loadHouse, peopleOf, type Person } from "../house";
import { offersOf, type Offer } from "./ahead";
import { allocationsOf, isSound, rowsOf, totalOf, type Row } from "./due";

export const METHODS = ["cash", "qr", "pos", "transfer"] as const;
export type Method = (typeof METHODS)[number] | "prepay";
export interface Home {
    id: string;
    no: string;
    record: Rec;
    people: Person[];
    due: Due;
    ahead: Offer[]; /* what may be paid ahead */
}
export const OTHER = "other"; /* somebody who is not on file pays */

export interface Till {
    homes: ShallowRef<Home[]>;
    rows: Ref<Row[]>;
    payer: Ref<string>;
    payer_name: Ref<string>;
    method: Ref<Method>;
    given: Ref<string>;
    keep: Ref<boolean>; /* the change stays with us, as paid ahead */
    reference: Ref<string>;
    total: ComputedRef<number>;
    prepay: ComputedRef<number>;
    on: ComputedRef<string>;
    late_first: ComputedRef<boolean>;
    amount: ComputedRef<number>; /* what is booked */
    change: ComputedRef<number>;
    surplus: ComputedRef<number>;
    short: ComputedRef<number>;
    wrong: ComputedRef<boolean>; /* what is typed is no amount */
    ready: ComputedRef<boolean>;
    add: (no: string) => Promise<boolean>;
    drop: (house: string) => void;
    reload: () => Promise<void>;
    clear: () => void;
    body: () => Record<string, unknown>;
}

async function homeOf(no: string): Promise<Home | null>
{
    const found = await loadHouse(no);
    if (!found)
        return null;
    const [due, ahead] = await Promise.all([get<Due>(`houses/${found.house.id}/due`), mayCreate("charges") ? offersOf(found.house.id) : null]);

    return due.ok ? { id: found.house.id, no: found.house.no ?? "", record: found.house, people: peopleOf(found.house, found.parties).filter(({ to }) => !to), due: due.value, ahead: ahead?.ok ? ahead.value.items : [] } : null;
}

export function useTill(): Till
{
    const homes = shallowRef<Home[]>([]);
    const rows = ref<Row[]>([]);
    const payer = ref("");
    const payer_name = ref("");
    const method = ref<Method>("cash");
    const given = ref("");
    const keep = ref(false);
    const reference = ref("");

    const total = computed(() => totalOf(rows.value));
    const prepay = computed(() => homes.value[0]?.due.prepay_fen ?? 0);
    const on = computed(() => homes.value[0]?.due.on ?? "");
    const late_first = computed(() => homes.value[0]?.due.late_first ?? false);
    const typed = computed(() => (given.value.trim() ? parseYuan(given.value) : total.value));
    const wrong = computed(() => typed.value === null);
    const cash = computed(() => method.value === "cash");
    const over = computed(() => Math.max(0, (typed.value ?? 0) - total.value));
    /* Nothing to pay for: all of it is paid ahead. */
    const stays = computed(() => !cash.value || keep.value || total.value === 0);
    const surplus = computed(() => (stays.value ? over.value : 0));
    const change = computed(() => (stays.value ? 0 : over.value));
    const short = computed(() => Math.max(0, total.value - (typed.value ?? total.value)));
    const amount = computed(() => total.value + surplus.value);
    const ready = computed(() => homes.value.length > 0 && !wrong.value && short.value === 0 && amount.value > 0 && isSound(rows.value) &&
        (method.value !== "prepay" || (surplus.value === 0 && amount.value <= prepay.value)));

    async function add(no: string): Promise<boolean>
    {
        const home = await homeOf(no);
        if (!home)
            return false;
        const known = homes.value.some(({ id }) => id === home.id);
        homes.value = known ? homes.value.map((one) => (one.id === home.id ? home : one)) : [...homes.value, home];
        const before = new Map(rows.value.map((row) => [row.key, row]));
        const kept = (row: Row): Row => { const mine = before.get(row.key); return mine && mine.open_fen === row.open_fen ? { ...row, taken: mine.taken, words: mine.words } : row; };
        rows.value = [...rows.value.filter(({ house }) => house !== home.id), ...rowsOf(home.id, home.due).map(kept)]; /* what was ticked or not stays so */
        payer.value ||= home.people[0]?.party ?? "";
        return true;
    }
    function drop(house: string): void
    {
        homes.value = homes.value.filter(({ id }) => id !== house);
        rows.value = rows.value.filter((row) => row.house !== house);
        payer.value = homes.value[0]?.people[0]?.party ?? "";
    }
    async function reload(): Promise<void>
    {
        for (const { id } of homes.value)
            await add(id);
    }
    function clear(): void
    {
        homes.value = [];
        rows.value = [];
        payer.value = payer_name.value = given.value = reference.value = "";
        method.value = "cash";
        keep.value = false;
    }
    const body = (): Record<string, unknown> => ({
        house: homes.value[0]?.id,
        ...(payer.value === OTHER ? { payer_name: payer_name.value.trim() } : payer.value ? { payer: payer.value } : {}),
        amount_fen: amount.value, method: method.value,
        ...(cash.value && given.value.trim() ? { given_fen: amount.value + change.value } : {}),
        ...(reference.value.trim() ? { reference: reference.value.trim() } : {}),
        allocations: allocationsOf(rows.value),
    });
    return { homes, rows, payer, payer_name, method, given, keep, reference, total, prepay, on, late_first, amount, change, surplus, short, wrong, ready, add, drop, reload, clear, body };
}
