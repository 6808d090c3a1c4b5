/* desk.ts: what the console's pages share: the ask-sheet's action, the undo bar, the sheet for a new repair, the numbers in the rail. */
import { onScopeDispose, reactive, ref, shallowRef } from "vue";
import { get } from "@/shared/api";
import { t } from "@/shared/i18n";
import { actionLabel, mayRead } from "@/shared/meta";
import { mayCreate } from "@/shared/session";
import { troubleTitle } from "@/shared/trouble";
import { readDraft } from "@/shared/draft";
import type { Offer, Rec } from "@/shared/types";
import { useAction, type Done } from "@/shared/use";
import { ANSWER, includeFor, resourceOfNo } from "./matter";
import type { Question } from "./notices";

const TOAST_MS = 8_000;

export interface Toast {
    text: string;
    undo?: () => Promise<void> | void;
    undoLabel?: string;
    bad?: boolean;
    until: number;
}
export const toast = shallowRef<Toast | null>(null);

/* One at a time; the newest wins. */
export function say(text: string, more: Partial<Omit<Toast, "text" | "until">> = {}): void
{
    toast.value = { text, ...more, until: Date.now() + TOAST_MS };
}
export const hush = (): void => { toast.value = null; };

const listeners = new Set<(done: Done) => void>();
/* After an action of this person, before the event stream tells of it. */
export function useDone(listener: (done: Done) => void): void
{
    listeners.add(listener);
    onScopeDispose(() => listeners.delete(listener));
}

export const action = useAction((done) => {
    for (const listener of [...listeners])
        listener(done);
    const { undo, after } = done;
    const label = done.offer.label || actionLabel(done.resource, done.offer.name);
    const text = t("toast.done", { what: String(after["title"] ?? after.no ?? ""), action: label });
    say(text, undo ? { undo: () => takeBack(done.resource, after, undo) } : {});
});

async function takeBack(resource: string, record: Rec, offer: Offer): Promise<void>
{
    hush();
    const values: Record<string, unknown> = {};
    for (const ask of offer.asks ?? [])
        if (ask.required && ["text", "string"].includes(ask.type.toLowerCase()))
            values[ask.name] = t("toast.undo_reason");
    const problem = await action.run(resource, record, offer, values);
    if (problem)
        say(troubleTitle(problem), { bad: true });
}

/* The one dialog, for what cannot be taken back and goes to many; the answer is waited for. */
export const question = shallowRef<(Question & { answer: (yes: boolean) => void }) | null>(null);
export const sure = (about: Question): Promise<boolean> => new Promise((resolve) => {
    question.value = { ...about, answer: (yes) => { question.value = null; resolve(yes); } };
});
const GOES_OUT = new Set(["submit", "approve", "publish"]);
export const goesOut = (resource: string, name: string): boolean => resource === "notices" && GOES_OUT.has(name);

/* A task that is being finished: with its checklist and its paper, in a sheet of its own. */
export const finishing = shallowRef<Rec | null>(null);

/* Runs an offer, or opens its sheet. Trouble of an action without questions is said in the bar. */
export async function take(resource: string, record: Rec, offer: Offer, preset: Record<string, unknown> = {}): Promise<void>
{
    if (offer.name === ANSWER)
        return answerMatter(record);
    if (resource === "tasks" && offer.name === "finish") {
        finishing.value = record;
        return;
    }
    if (goesOut(resource, offer.name)) {
        const asked = await (await import("./notices")).questionAt(record, offer);
        if (asked && !(await sure(asked)))
            return;
    }
    if (resource === "notices" && offer.name === "correct" && !readDraft(`notices.${record.id}.correct`))
        preset = { body: record["body"], ...(record["body_en"] ? { body_en: record["body_en"] } : {}), ...preset }; /* what is wrong is put right in its text */
    const by_phone = offer.asks?.some(({ name }) => name === "by_callback") ? { by_callback: true } : {}; /* the desk confirms for somebody it called */
    await action.start(resource, record, offer, { ...by_phone, ...preset });
    if (!action.asking.value && action.problem.value)
        say(troubleTitle(action.problem.value), { bad: true });
}

/* The three questions of a call-back about a matter are answered at the matter: that ends the call-back, or opens the matter again. */
async function answerMatter(callback: Rec): Promise<void>
{
    const resource = resourceOfNo(String(callback["record_no"] ?? ""));
    const matter = await get(`${resource}/${String(callback["record"])}`, { include: includeFor(resource) });
    const offer = matter.ok ? matter.value.actions?.find(({ name }) => name === "callback") : undefined;

    if (!matter.ok || !offer)
        say(matter.ok ? t("callback.not_now") : troubleTitle(matter.problem), { bad: true });
    else
        await take(resource, matter.value, offer);
}

/* One key: nobody answered. Counted with its day; three on two days and the matter goes on without an answer. */
export async function noAnswer(callback: Rec): Promise<void>
{
    const offer = callback.actions?.find(({ name }) => name === "attempt");
    const problem = offer ? await action.run("callbacks", callback, offer, { note: t("callback.no_answer") }) : null;

    if (problem)
        say(problem.fields?.[0]?.message ?? troubleTitle(problem), { bad: true });
    else if (offer)
        say(t("callback.tried", { what: String(callback["title"] ?? callback.no ?? ""), n: Number(callback["attempts"] ?? 0) + 1 }));
}

export type QuickKind = "repair" | "complaint" | "enquiry" | "visitor";
export interface QuickPreset {
    kind?: QuickKind;
    words?: string;
    house?: { id: string; label: string } | null;
    reporter?: { id: string; label: string } | null;
}
export const quick = shallowRef<QuickPreset | null>(null);
export const openQuick = (preset: QuickPreset = {}): void => { quick.value = preset; };
/* What this person may log at all, in the order of the keys R, T, N and V. */
export function kindsToLog(): QuickKind[]
{
    const may = (resource: string): boolean => mayRead(resource) && mayCreate(resource);

    return [...(mayCreate("repairs") ? ["repair" as const] : []), ...(may("complaints") ? ["complaint" as const] : []), ...(may("enquiries") || may("notes") ? ["enquiry" as const] : []), ...(may("visitor_passes") ? ["visitor" as const] : [])];
}

/* The house on the page, so that `R` starts with it. */
export const houseHere = shallowRef<QuickPreset | null>(null);
export const helpOpen = ref(false);
export const counts = reactive<Record<string, number | null>>({ overdue: null, open: null, pool: null });
