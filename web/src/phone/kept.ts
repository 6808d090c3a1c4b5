/* kept.ts: lists and records that are also there without a network: what was last seen is kept on the phone, and what
 * waits in the outbox is laid over it, so that the next step can be taken before the last one has been sent. */
import { computed, onScopeDispose, ref, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from "vue";
import type { Query } from "@/shared/api";
import { actionLabel, resourceOf } from "@/shared/meta";
import { me } from "@/shared/session";
import type { Event, Me, Offer, Page, Rec } from "@/shared/types";
import { useList, useRecord, type List, type One } from "@/shared/use";
import { outbox } from "./outbox";
import { shelf } from "@/shared/shelf";

const seen = shelf<unknown>("seen");
const place = (name: string): string => `${me.value?.user.id ?? ""}/${name}`;

export const keepSeen = (name: string, value: unknown): Promise<boolean> => seen.put(place(name), value);
export const readSeen = async <T>(name: string): Promise<T | null> => ((await seen.get(place(name))) as T | undefined) ?? null;
export const forgetSeen = (): Promise<void> => seen.clear();

/* Who was last here, so that the pages open without a network. */
const WHO = "who";
export const keepWho = (who: Me): Promise<boolean> => seen.put(WHO, who);
export const readWho = async (): Promise<Me | null> => ((await seen.get(WHO)) as Me | undefined) ?? null;

export interface Kept { old: Ref<boolean> }

export function useKeptList<T extends Rec = Rec>(name: MaybeRefOrGetter<string>, resource: MaybeRefOrGetter<string>, query: MaybeRefOrGetter<Query | null>,
    options: { insert?: boolean; live?: boolean } = { insert: true }): List<T> & Kept
{
    const list = useList<T>(resource, query, options);
    const old = ref(false);

    watch([list.items, list.problem, list.first], async () => {
        if (!list.problem.value && !list.first.value && !list.loading.value) {
            old.value = false;
            void keepSeen(toValue(name), list.items.value.slice(0, 60));
        } else if (list.problem.value?.status === 0 && !list.items.value.length) {
            const kept = await readSeen<T[]>(toValue(name));
            if (kept?.length && !list.items.value.length) {
                list.items.value = kept;
                old.value = true;
            }
        }
    });
    onScopeDispose(outbox.onSent((intent) => { if (intent.path.startsWith(toValue(resource))) void list.reload(); }));
    return { ...list, old };
}

export function useKeptRecord(resource: string, id: MaybeRefOrGetter<string>, query: Query, withEvents = true): One<Rec> & Kept & { shown: ComputedRef<Rec | null> }
{
    const one = useRecord(resource, id, query, withEvents);
    const old = ref(false);
    const name = (): string => `${resource}/${toValue(id)}`;

    watch([one.record, one.problem, one.events], async () => {
        if (one.record.value && !one.problem.value && !old.value) {
            void keepSeen(name(), { record: one.record.value, events: one.events.value });
        } else if (one.problem.value?.status === 0 && !one.record.value) {
            const kept = (await readSeen<{ record: Rec; events: Event[] }>(name())) ?? (await fromLists(resource, toValue(id)));
            if (kept && !one.record.value) {
                old.value = true;
                one.record.value = kept.record;
                one.events.value = kept.events;
            }
        } else if (!one.problem.value) {
            old.value = false;
        }
    });
    onScopeDispose(outbox.onSent((intent, record) => {
        if (intent.record !== toValue(id) && record.id !== toValue(id))
            return;
        old.value = false;
        one.put(record);
        void one.reload();
    }));
    return { ...one, old, shown: computed(() => (one.record.value ? overlaid(one.record.value) : null)) };
}

/* A record that was only ever seen in a list. */
async function fromLists(resource: string, id: string): Promise<{ record: Rec; events: Event[] } | null>
{
    for (const name of ["jobs", "pool", "matters", "home", "done"]) {
        const record = (await readSeen<Rec[]>(name))?.find((one) => one.id === id);
        if (record && resource === "repairs")
            return { record, events: [] };
    }
    return null;
}

/* A small list that is needed while filling in (categories, prices, common parts): fetched once a visit, kept for the next. */
export async function wholeList(resource: string, fetchPage: (after: string | null) => Promise<Page | null>): Promise<Rec[]>
{
    const all: Rec[] = [];
    let after: string | null = null;

    do {
        const page: Page | null = await fetchPage(after);
        if (!page)
            return (await readSeen<Rec[]>(`all.${resource}`)) ?? [];
        all.push(...page.items);
        after = page.next;
    } while (after && all.length < 2_000);
    await keepSeen(`all.${resource}`, all);
    return all;
}

/* What the steps in the outbox will make of a record. */
const AFTER: Record<string, string> = {
    accept_quote: "working", refuse_quote: "cancelled", take: "assigned", arrive: "working", quote: "quoted", suspend: "waiting",
    resume: "working", finish: "finished", decline: "accepted", transfer: "assigned", confirm: "confirmed", rework: "assigned", cancel: "cancelled",
    agree: "resolving", disagree: "investigating", withdraw: "closed",
};
const THEN: Record<string, string[]> = {
    assigned: ["arrive", "suspend", "decline", "transfer"], working: ["finish", "quote", "suspend", "transfer"], waiting: ["resume"], quoted: [],
};

export function overlaid(record: Rec): Rec
{
    const steps = outbox.mine.value.filter((intent) => intent.record === record.id && AFTER[intent.action]);
    const last = steps[steps.length - 1];

    if (!last)
        return record;
    const state = AFTER[last.action]!;
    const gone = last.action === "decline" || last.action === "transfer";
    return {
        ...record, state, waits: true,
        clock: state === "waiting" ? { ...record.clock, state: "paused" } : state === "finished" ? { ...record.clock, state: "met", done_at: last.at } : record.clock,
        ...(state === "working" && !record["arrived_at"] ? { arrived_at: last.at } : {}),
        actions: gone ? [] : (THEN[state] ?? []).map(offerOf),
    };
}

export function offerOf(name: string): Offer
{
    const declared = resourceOf("repairs")?.actions?.find((action) => action.name === name);

    return declared ?? { name, label: actionLabel("repairs", name), asks: [] };
}
