/* shift.ts: 带走本班, what field staff need for a shift without a network: their tasks with the checklists, their repairs, places and kinds.
 * It is fetched when the page of today is opened, and again by hand before going below ground; pages then read it from the phone. */
import { computed, ref, shallowRef } from "vue";
import { get, list } from "@/shared/api";
import { dayOf, instantAt } from "@/shared/format";
import { mayRead } from "@/shared/meta";
import { hasRole, me } from "@/shared/session";
import { shelf } from "@/shared/shelf";
import type { Rec } from "@/shared/types";
import { loadCategories, loadSpaces } from "./catalog";
import type { Item } from "./checks";
import { keepSeen } from "./kept";
import { outbox } from "./outbox";
import { AT_WORK, INCLUDE } from "./repairs";

export interface Shift {
    at: string;
    tasks: Rec[];
    templates: Record<string, Rec>; /* by id and edition: one that was begun is finished as it was asked */
    repairs: Rec[];
    rounds: Rec[];
}
const kept = shelf<Shift>("shift");
const LOW_BYTES = 50_000_000; /* some thirty photos as they come from a camera */

export const shift = shallowRef<Shift | null>(null);
export const taking = ref(false);
export const lowSpace = ref(false);

const owner = (): string => me.value?.user.id ?? "";
const templateKey = (id: unknown, edition: unknown): string => `${String(id)}.${String(edition)}`;

/* What was taken along; of another person nothing. */
export async function openShift(): Promise<void>
{
    shift.value = (await kept.get(owner())) ?? null;
    void lookAtSpace();
}

/* Fetches it anew; false without a network, and what was there stays. */
export async function takeShift(): Promise<boolean>
{
    const day = dayOf(), leads = !hasRole("engineer", "guard", "control", "cleaner", "gardener");

    taking.value = true;
    const got = await list("tasks", {
        "filter[open]": true, ...(leads ? { "filter[mine]": true } : {}), "filter[due_at][gte]": instantAt(dayOf(Date.now(), -3), 0), "filter[due_at][lt]": instantAt(dayOf(Date.now(), 1), 0),
        sort: "due_at", limit: 300, include: "space,assignee",
    });
    const [templates, repairs, rounds] = got.ok ? await Promise.all([templatesOf(got.value.items), listOf("repairs", { "filter[assignee]": owner(), "filter[state][in]": AT_WORK, sort: "next_due_at", include: INCLUDE }),
        listOf("rounds", { sort: "planned_start", "filter[planned_start][gte]": instantAt(day, 0), include: "route" }), loadSpaces(), loadCategories()]) : [];
    if (got.ok) {
        shift.value = { at: new Date().toISOString(), tasks: got.value.items, templates: { ...shift.value?.templates, ...templates }, repairs: repairs ?? [], rounds: rounds ?? [] };
        await Promise.all([kept.put(owner(), shift.value), keepSeen("jobs", repairs)]);
        void navigator.storage?.persist?.(); /* so that the browser does not clear it away when it wants room */
    }
    taking.value = false;
    void lookAtSpace();
    return got.ok;
}

async function listOf(resource: string, query: Record<string, string>): Promise<Rec[]>
{
    const got = mayRead(resource) ? await list(resource, { limit: 100, ...query }) : null;

    return got?.ok ? got.value.items : [];
}

async function templatesOf(tasks: readonly Rec[]): Promise<Record<string, Rec>>
{
    const ids = [...new Set(tasks.map((task) => task["checklist_template"]).filter(Boolean).map(String))];
    const got = await Promise.all(ids.map((id) => get<Rec>(`checklist_templates/${id}`)));

    return Object.fromEntries(got.flatMap((one) => (one.ok ? [[templateKey(one.value.id, one.value["edition"]), one.value]] : [])));
}

/* The items of a task's checklist: of the edition that was begun, else the newest that is here. */
export function itemsOf(task: Rec): Item[]
{
    const templates = shift.value?.templates ?? {}, id = task["checklist_template"];
    const newest = Object.values(templates).filter((one) => one.id === id).sort((a, b) => Number(b["edition"]) - Number(a["edition"]))[0];
    const one = templates[templateKey(id, task["checklist_edition"])] ?? newest;

    return (one?.["items"] as Item[] | undefined) ?? [];
}

/* A task as it will be when what waits here has been sent. */
export function laidOver(task: Rec): Rec
{
    const steps = outbox.mine.value.filter(({ record, path }) => record === task.id && path.startsWith("tasks/"));
    const last = steps[steps.length - 1];

    if (!last)
        return task;
    return { ...task, state: last.action === "finish" ? "done" : last.action === "start" ? "started" : task.state, waits: true, refused: steps.some(({ problem }) => problem) };
}

/* An answer of the server goes into what was taken along. */
export function putTask(task: Rec): void
{
    if (!shift.value)
        return;
    shift.value = { ...shift.value, tasks: shift.value.tasks.map((one) => (one.id === task.id ? { ...one, ...task } : one)) };
    void kept.put(owner(), shift.value);
}
outbox.onSent((intent, record) => { if (intent.path.startsWith("tasks/")) putTask(record); });

export const forgetShift = (): Promise<void> => kept.clear();

/* Told before work is lost: with little room left, photos are sent first. */
async function lookAtSpace(): Promise<void>
{
    const found = await navigator.storage?.estimate?.().catch(() => null);

    lowSpace.value = !!found?.quota && found.quota - (found.usage ?? 0) < LOW_BYTES;
}
export const spaceTrouble = computed(() => (outbox.loose.value.length ? "full" : lowSpace.value ? "low" : ""));
