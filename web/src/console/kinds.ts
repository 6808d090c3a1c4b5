/* kinds.ts: several kinds of records as one list, in one order. Each kind is its own keyset list on the server; here their
 * heads are merged, and a row is shown only when no kind can still bring an earlier one. One kind is the simple case. */
import { computed, onScopeDispose, ref, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref, type ShallowRef } from "vue";
import { get, list, type Query } from "@/shared/api";
import { useEvents } from "@/shared/events";
import { msOf } from "@/shared/format";
import { fieldOf } from "@/shared/meta";
import type { Problem, Rec } from "@/shared/types";
import { includeFor } from "./matter";

export interface Line {
    resource: string;
    record: Rec;
}
export interface Source {
    resource: string;
    filters: Record<string, string>;
}
interface Feed extends Source {
    waiting: Rec[]; /* fetched, not yet shown */
    next: string | null;
    count: number | null;
}
export interface Lines {
    lines: ShallowRef<Line[]>;
    next: ComputedRef<boolean>;
    total: Ref<number | null>;
    loading: Ref<boolean>;
    first: Ref<boolean>;
    problem: ShallowRef<Problem | null>;
    fresh: Ref<number>;
    reload: () => Promise<void>;
    more: () => Promise<void>;
    put: (resource: string, record: Rec) => void;
}

const PAGE = 50;
const WAIT_MS = 400;

/* What a kind without promised times is sorted by instead of the time left. */
export function sortFor(resource: string, sort: string): string
{
    if (sort !== "next_due_at" || fieldOf(resource, "next_due_at"))
        return sort;
    return fieldOf(resource, "due_at") ? "due_at" : "created_at";
}

/* A row's place: earlier is less. What has no time of its own comes last, both ways, as on the server. */
function placeOf(record: Rec, sort: string): number
{
    const down = sort.startsWith("-");
    const at = msOf(record[down ? sort.slice(1) : sort] as string | null | undefined);

    return Number.isNaN(at) ? Infinity : down ? -at : at;
}

export function useKinds(sources: MaybeRefOrGetter<readonly Source[]>, sort: MaybeRefOrGetter<string>): Lines
{
    const lines = shallowRef<Line[]>([]);
    const feeds = shallowRef<Feed[]>([]);
    const total = ref<number | null>(null);
    const loading = ref(false);
    const first = ref(true);
    const problem = shallowRef<Problem | null>(null);
    const fresh = ref(0);
    const next = computed(() => feeds.value.some((feed) => feed.waiting.length > 0 || feed.next !== null));
    let turn = 0;
    let later = 0;

    const queryOf = ({ resource, filters }: Source): Query =>
        ({ ...filters, sort: sortFor(resource, toValue(sort)), limit: PAGE, include: includeFor(resource) });

    async function reload(): Promise<void>
    {
        const wanted = toValue(sources);
        const mine = ++turn;
        loading.value = true;
        const got = await Promise.all(wanted.map((source) => list(source.resource, { ...queryOf(source), count: true })));
        if (mine !== turn)
            return;
        loading.value = false;
        fresh.value = 0;
        problem.value = got.map((one) => (one.ok ? null : one.problem)).find(Boolean) ?? null;
        const answered = got.map((one, i): Feed | null => (one.ok ? { ...wanted[i]!, waiting: one.value.items, next: one.value.next, count: one.value.count ?? null } : null)).filter((feed): feed is Feed => feed !== null);
        if (answered.length || !wanted.length) {
            lines.value = merge(answered);
            total.value = answered.some(({ count }) => count === null) ? null : answered.reduce((sum, { count }) => sum + (count ?? 0), 0);
        }
        first.value = false;
    }

    async function more(): Promise<void>
    {
        if (loading.value || !next.value)
            return;
        const mine = turn;
        const dry = feeds.value.filter((feed) => !feed.waiting.length && feed.next);
        loading.value = true;
        const got = await Promise.all(dry.map((feed) => list(feed.resource, { ...queryOf(feed), after: feed.next })));
        if (mine !== turn)
            return;
        loading.value = false;
        problem.value = got.map((one) => (one.ok ? null : one.problem)).find(Boolean) ?? null;
        const filled = feeds.value.map((feed) => {
            const one = got[dry.indexOf(feed)];
            return one?.ok ? { ...feed, waiting: one.value.items, next: one.value.next } : feed;
        });
        lines.value = [...lines.value, ...merge(filled)];
    }

    /* Takes from the heads until a kind has run dry that has more on the server. */
    function merge(from: Feed[]): Line[]
    {
        const rest = from.map((feed) => ({ ...feed, waiting: [...feed.waiting] }));
        const taken: Line[] = [];

        while (!rest.some((feed) => !feed.waiting.length && feed.next)) {
            const heads = rest.filter((feed) => feed.waiting.length);
            if (!heads.length)
                break;
            const at = (feed: Feed): number => placeOf(feed.waiting[0]!, sortFor(feed.resource, toValue(sort)));
            const head = heads.reduce((best, feed) => (at(feed) < at(best) ? feed : best));
            taken.push({ resource: head.resource, record: head.waiting.shift()! });
        }
        feeds.value = rest;
        return taken;
    }

    const has = (resource: string, id: string): boolean => lines.value.some((line) => line.resource === resource && line.record.id === id);
    function put(resource: string, record: Rec): void
    {
        lines.value = lines.value.map((line) => (line.resource === resource && line.record.id === record.id ? { resource, record: { ...line.record, ...record } } : line));
    }
    async function refetch(resource: string, id: string): Promise<void>
    {
        const got = await get(`${resource}/${id}`, { include: includeFor(resource) });
        if (got.ok)
            put(resource, got.value);
    }

    useEvents((heard) => {
        if (heard.kind === "reset") {
            clearTimeout(later);
            later = window.setTimeout(() => void reload(), WAIT_MS);
        } else if (has(heard.change.resource, heard.change.id)) {
            void refetch(heard.change.resource, heard.change.id);
        } else if (toValue(sources).some(({ resource }) => resource === heard.change.resource)) {
            fresh.value++;
        }
    });
    onScopeDispose(() => clearTimeout(later));
    watch([() => JSON.stringify(toValue(sources)), () => toValue(sort)], () => { first.value = lines.value.length === 0; void reload(); }, { immediate: true });
    return { lines, next, total, loading, first, problem, fresh, reload, more, put };
}
