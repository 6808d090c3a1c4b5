/* use.ts: lists, records and actions as the pages use them. Each keeps the old content while it asks again, follows the
 * server's events, and gives a Problem instead of throwing. */
import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from "vue";
import { act, get, list, newKey, patch, type Query } from "./api";
import { dropDraft, keepDraft, readDraft } from "./draft";
import { useEvents } from "./events";
import type { Event, Offer, Page, Problem, Rec, Result } from "./types";

export interface List<T> {
    items: Ref<T[]>;
    next: Ref<string | null>;
    total: Ref<number | null>;
    loading: Ref<boolean>;
    first: Ref<boolean>; /* nothing has arrived yet */
    problem: Ref<Problem | null>;
    fresh: Ref<number>; /* new records that wait behind a pill */
    reload: () => Promise<void>;
    more: () => Promise<void>;
    put: (record: T) => void;
}

/* A keyset list. `query` null means: not yet. Changed records are fetched again in place; new ones are only counted, so
 * that nothing moves under the hand, unless `insert` says that the page may be asked again at once. */
export function useList<T extends Rec = Rec>(resource: MaybeRefOrGetter<string>, query: MaybeRefOrGetter<Query | null>,
    options: { insert?: boolean; live?: boolean } = {}): List<T>
{
    const items = shallowRef<T[]>([]) as ShallowRef<T[]>;
    const next = ref<string | null>(null);
    const total = ref<number | null>(null);
    const loading = ref(false);
    const first = ref(true);
    const problem = shallowRef<Problem | null>(null);
    const fresh = ref(0);
    let turn = 0;
    let later = 0;

    async function reload(): Promise<void>
    {
        const asked = toValue(query);
        if (!asked)
            return;
        const mine = ++turn;
        loading.value = true;
        const got = await list<T>(toValue(resource), asked);
        if (mine !== turn)
            return;
        loading.value = false;
        fresh.value = 0;
        problem.value = got.ok ? null : got.problem;
        if (got.ok)
            take(got.value, false);
        first.value = false;
    }

    async function more(): Promise<void>
    {
        const asked = toValue(query);
        if (!asked || !next.value || loading.value)
            return;
        const mine = turn;
        loading.value = true;
        const got = await list<T>(toValue(resource), { ...asked, after: next.value, count: undefined });
        if (mine !== turn)
            return;
        loading.value = false;
        problem.value = got.ok ? null : got.problem;
        if (got.ok)
            take(got.value, true);
    }

    function take(page: Page<T>, append: boolean): void
    {
        items.value = append ? [...items.value, ...page.items] : page.items;
        next.value = page.next;
        if (page.count !== undefined)
            total.value = page.count;
        else if (!append)
            total.value = page.next ? null : page.items.length;
    }

    function put(record: T): void
    {
        items.value = items.value.map((item) => (item.id === record.id ? { ...item, ...record } : item));
    }

    async function refetch(id: string): Promise<void>
    {
        const asked = toValue(query);
        const got = await get<T>(`${toValue(resource)}/${id}`, { include: asked?.["include"] });
        if (got.ok)
            put(got.value);
    }

    if (options.live !== false)
        useEvents((heard) => {
            if (heard.kind === "reset")
                soon();
            else if (heard.change.resource !== toValue(resource))
                return;
            else if (options.insert)
                soon();
            else if (items.value.some(({ id }) => id === heard.change.id))
                void refetch(heard.change.id);
            else
                fresh.value++;
        });
    function soon(): void
    {
        clearTimeout(later);
        later = window.setTimeout(() => void reload(), 400);
    }
    onScopeDispose(() => clearTimeout(later));

    watch([() => toValue(resource), () => JSON.stringify(toValue(query))], () => { first.value = items.value.length === 0; void reload(); }, { immediate: true });
    return { items, next, total, loading, first, problem, fresh, reload, more, put };
}

export interface One<T> {
    record: ShallowRef<T | null>;
    etag: Ref<string | null>;
    events: ShallowRef<Event[]>;
    loading: Ref<boolean>;
    problem: ShallowRef<Problem | null>;
    reload: () => Promise<void>;
    change: (fields: Record<string, unknown>) => Promise<Problem | null>;
    put: (record: T) => void;
}

/* One record with its events, kept up to date. `id` may be an id; numbers (`BX-…`) are looked up by the caller. */
export function useRecord<T extends Rec = Rec>(resource: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string | null>, query: MaybeRefOrGetter<Query> = {}, withEvents = true): One<T>
{
    const record = shallowRef<T | null>(null) as ShallowRef<T | null>;
    const etag = ref<string | null>(null);
    const events = shallowRef<Event[]>([]);
    const loading = ref(false);
    const problem = shallowRef<Problem | null>(null);
    let turn = 0;

    async function reload(): Promise<void>
    {
        const which = toValue(id);
        if (!which)
            return;
        const mine = ++turn;
        const path = `${toValue(resource)}/${encodeURIComponent(which)}`;
        loading.value = true;
        const [got, story] = await Promise.all([get<T>(path, toValue(query)), withEvents ? allEvents(path) : null]);
        if (mine !== turn)
            return;
        loading.value = false;
        problem.value = got.ok ? null : got.problem;
        if (got.ok) {
            record.value = got.value;
            etag.value = got.etag;
        }
        if (story)
            events.value = story;
    }

    /* A merge patch of what was looked at: 412 means that somebody else was faster, and the page shows theirs. */
    async function change(fields: Record<string, unknown>): Promise<Problem | null>
    {
        const got = await patch<T>(`${toValue(resource)}/${toValue(id)}`, fields, { ifMatch: etag.value });
        if (got.ok || got.problem.status === 412)
            await reload();
        return got.ok ? null : got.problem;
    }

    const put = (fresh: T): void => { record.value = { ...record.value, ...fresh }; };

    useEvents((heard) => {
        if (heard.kind === "reset" || (heard.change.resource === toValue(resource) && heard.change.id === (record.value?.id ?? toValue(id))))
            void reload();
    });
    watch([() => toValue(resource), () => toValue(id)], () => { record.value = null; events.value = []; void reload(); }, { immediate: true });
    return { record, etag, events, loading, problem, reload, change, put };
}

export async function allEvents(path: string): Promise<Event[]>
{
    const all: Event[] = [];
    let after: string | null = null;

    for (let pages = 0; pages < 10; pages++) {
        const got: Result<Page<Event>> = await get<Page<Event>>(`${path}/events`, { limit: 200, after });
        if (!got.ok)
            break;
        all.push(...got.value.items);
        after = got.value.next;
        if (!after)
            break;
    }
    return all;
}

/* Inverses, for the undo bar, when the declaration names none. Offered only if the server offers the action afterwards. */
const INVERSE: Record<string, string> = { assign: "decline", take: "decline", suspend: "resume", quote: "refuse_quote" };

export interface Asking {
    resource: string;
    record: Rec;
    offer: Offer;
    values: Record<string, unknown>;
}
export interface Done {
    resource: string;
    before: Rec;
    after: Rec;
    offer: Offer;
    undo: Offer | null;
}

/* Runs the actions that records offer. One without questions runs at once; one with questions sets `asking`, which a page
 * shows as an ask-sheet and answers with `send`. The key is made when the question opens: two taps are one act. */
export function useAction(done: (what: Done) => void = () => {})
{
    const asking = shallowRef<Asking | null>(null);
    const busy = ref(false);
    const problem = shallowRef<Problem | null>(null);
    let key = "";

    const draftName = (of: Asking): string => `${of.resource}.${of.record.id}.${of.offer.name}`;

    async function start(resource: string, record: Rec, offer: Offer, preset: Record<string, unknown> = {}): Promise<void>
    {
        const open: Asking = { resource, record, offer, values: {} };
        if (busy.value)
            return;
        key = newKey();
        problem.value = null;
        if (!offer.asks?.some((ask) => !(ask.name in preset))) {
            await perform(open, preset);
            return;
        }
        open.values = { ...(readDraft<Record<string, unknown>>(draftName(open)) ?? {}), ...preset };
        asking.value = open;
    }

    /* Without the sheet: all answers are known. */
    async function run(resource: string, record: Rec, offer: Offer, values: Record<string, unknown> = {}): Promise<Problem | null>
    {
        key = newKey();
        return perform({ resource, record, offer, values }, values);
    }

    async function send(values: Record<string, unknown>): Promise<Problem | null>
    {
        return asking.value ? perform(asking.value, values) : null;
    }

    async function perform(what: Asking, values: Record<string, unknown>): Promise<Problem | null>
    {
        busy.value = true;
        const got = await act(what.resource, what.record.id, what.offer.name, values, { key });
        busy.value = false;
        if (!got.ok) {
            problem.value = got.problem;
            if (got.problem.status >= 400 && got.problem.status < 500)
                key = newKey(); /* refused: what is sent next is another intent */
            return got.problem;
        }
        problem.value = null;
        dropDraft(draftName(what));
        asking.value = null;
        done({ resource: what.resource, before: what.record, after: got.value, offer: what.offer, undo: undoOf(what.offer, got.value) });
        return null;
    }

    function keep(values: Record<string, unknown>): void
    {
        if (asking.value)
            keepDraft(draftName(asking.value), values);
    }

    function close(): void
    {
        asking.value = null;
        problem.value = null;
    }

    return { asking, busy, problem, start, run, send, keep, close };
}

export function undoOf(offer: Offer, after: Rec): Offer | null
{
    const name = offer.undo ?? INVERSE[offer.name];

    return after.actions?.find((action) => action.name === name) ?? null;
}
