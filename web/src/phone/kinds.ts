/* kinds.ts: what a resident's matters may be, and where each is shown: repairs, complaints and questions stand in one list. */
import { computed, type ComputedRef } from "vue";
import { recall, remember } from "@/shared/draft";
import type { Intent } from "@/shared/guess";
import { actionLabel, allResources, endedStates, mayRead, openStates, refLabel } from "@/shared/meta";
import { mayCreate } from "@/shared/session";
import type { Query } from "@/shared/api";
import type { Offer, Problem, Rec } from "@/shared/types";
import { useKeptList } from "./kept";
import { INCLUDE, OPEN } from "./repairs";

export interface Mine {
    resource: string;
    record: Rec;
}
/* The kinds by the words that a resident uses for them. */
export const RESOURCE: Record<Intent, string> = { repair: "repairs", complaint: "complaints", enquiry: "enquiries" };
const KINDS = Object.values(RESOURCE);
const INCLUDES: Record<string, string> = { repairs: INCLUDE, complaints: "house,category,owner,mediator", enquiries: "house,answered_by,first_contact" };
const PATHS: Record<string, string> = { repairs: "repair", complaints: "complaint", enquiries: "enquiry", notices: "notices", charges: "bill", visitor_passes: "visitor", releases: "releases" };

export const includeFor = (resource: string): string => INCLUDES[resource] ?? "";
export const pathOf = (resource: string, id: string): string => `/${PATHS[resource] ?? "repair"}/${id}`;
export const hasPage = (resource: string | null | undefined): boolean => !!resource && resource in PATHS;
/* The first action of each kind: how an unsent one is told from a step of a known matter. */
export const BEGINS = new Set(["report", "lodge", "log"]);

/* What is there to be told: the declarations, or, without a network, what was last known of them. */
export function kindsHere(): string[]
{
    if (!allResources().length)
        return recall<string[]>("phone.kinds", ["repairs"]);
    const here = KINDS.filter((resource) => resource === "repairs" || mayRead(resource));
    remember("phone.kinds", here);
    return here;
}
export const mayTell = (): Intent[] => (Object.keys(RESOURCE) as Intent[]).filter((kind) => kind === "repair" || (kindsHere().includes(RESOURCE[kind]) && mayCreate(RESOURCE[kind])));

const openOf = (resource: string): string => (resource === "repairs" ? OPEN : openStates(resource).join(","));
const doneOf = (resource: string): string => (resource === "repairs" ? "confirmed,closed,cancelled,rejected,merged" : endedStates(resource).join(","));

export interface MyMatters {
    items: ComputedRef<Mine[]>;
    first: ComputedRef<boolean>;
    problem: ComputedRef<Problem | null>;
    loading: ComputedRef<boolean>;
    next: ComputedRef<boolean>;
    more: () => void;
    reload: () => void;
}

/* All kinds in one list, newest first; each also there without a network. */
export function useMyMatters(name: () => string, done: () => boolean, limit: number): MyMatters
{
    const lists = kindsHere().map((resource) => ({
        resource,
        list: useKeptList(() => (resource === "repairs" ? name() : `${name()}.${resource}`), resource,
            (): Query => ({ "filter[state][in]": done() ? doneOf(resource) : openOf(resource), sort: "-created_at", limit, include: includeFor(resource) })),
    }));
    const items = computed(() => lists.flatMap(({ resource, list }) => list.items.value.map((record) => ({ resource, record })))
        .sort((a, b) => String(b.record.created_at ?? "").localeCompare(String(a.record.created_at ?? ""))));

    return {
        items,
        first: computed(() => lists.some(({ list }) => list.first.value && !list.items.value.length && !list.problem.value)),
        problem: computed(() => lists.map(({ list }) => list.problem.value).find(Boolean) ?? null),
        loading: computed(() => lists.some(({ list }) => list.loading.value)),
        next: computed(() => lists.some(({ list }) => list.next.value !== null)),
        more: () => { for (const { list } of lists) if (list.next.value) void list.more(); },
        reload: () => { for (const { list } of lists) void list.reload(); },
    };
}

export const titleOfMine = ({ record }: Mine): string => String(record["title"] ?? record["statement"] ?? record["question"] ?? record.no ?? "");
/* Who answers for it: who repairs, who owns the complaint, who was asked first. */
export const handlerOf = ({ record }: Mine): string => ["assignee", "owner", "answered_by", "first_contact"].map((name) => refLabel(record, name)).find(Boolean) ?? "";
export const offered = (record: Rec | null, name: string): Offer | null => record?.actions?.find((action) => action.name === name) ?? null;
export const meantTitle = (resource: string, action: string, what: string): string => `${actionLabel(resource, action)} · ${what}`;
