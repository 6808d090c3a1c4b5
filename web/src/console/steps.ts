/* steps.ts: the declared path of a process with the times of what really happened. */
import { msOf } from "@/shared/format";
import { actionLabel, isEnded, limitLabel, resourceOf, stateLabel } from "@/shared/meta";
import type { Event, Rec } from "@/shared/types";

export interface Step {
    state: string;
    label: string;
    at: string | null; /* when it was reached */
    due: string | null;
    done: boolean;
    now: boolean;
    paused: boolean;
    late: boolean;
}

/* A process that is worth telling as a path of its own words; others follow their declaration. */
const PATHS: Record<string, { state: string; due?: string; action?: string }[]> = {
    repairs: [
        { state: "reported", action: "report" }, { state: "accepted", action: "accept", due: "due_respond_at" }, { state: "assigned", action: "assign" },
        { state: "working", action: "arrive", due: "due_arrive_at" }, { state: "finished", action: "finish", due: "due_finish_at" }, { state: "confirmed", action: "confirm" },
    ],
    complaints: [
        { state: "lodged", action: "lodge" }, { state: "accepted", action: "accept", due: "due_accept_at" }, { state: "investigating", action: "first_contact", due: "due_first_contact_at" },
        { state: "proposed", action: "propose", due: "due_propose_at" }, { state: "resolving", action: "agree" }, { state: "resolved", action: "resolve", due: "due_resolve_at" },
        { state: "verified", action: "callback", due: "due_callback_at" }, { state: "closed", action: "close", due: "due_close_at" },
    ],
    visitor_passes: [{ state: "invited" }, { state: "inside" }, { state: "left" }],
    billing_runs: [{ state: "draft", action: "prepare" }, { state: "reviewed", action: "review" }, { state: "posted", action: "post" }],
    enquiries: [{ state: "open", action: "log" }, { state: "answered", action: "answer", due: "due_answer_at" }, { state: "closed", action: "close" }],
};
const AROUND: Record<string, string> = { quoted: "working", waiting: "working" };

export function stepsOf(resource: string, record: Rec, events: readonly Event[]): Step[]
{
    const path: { state: string; due?: string; action?: string }[] = PATHS[resource] ?? declaredPath(resource);
    const state = record.state ?? "";
    const over = isEnded(resource, state);
    const at = path.findIndex((step) => step.state === state);
    const side = at < 0 && AROUND[state] ? path.findIndex((step) => step.state === AROUND[state]) : at;
    const last = (name: string): string | null => [...events].reverse().find((event) => event.to === name && event.from !== name)?.at ?? null;
    const steps = path.map((step, i): Step => {
        const reached = i === 0 ? (record.created_at ?? events[0]?.at ?? null) : last(step.state);
        const due = step.due ? ((record[step.due] as string | null | undefined) ?? null) : null;
        const done = side >= 0 ? i <= side : reached !== null || (over && state === "closed");
        return { state: step.state, label: nameOf(resource, step), at: done ? reached : null, due, done, now: i === side && at >= 0, paused: false, late: done && due !== null && msOf(reached) > msOf(due) };
    });
    if (at < 0 && side >= 0)
        steps.splice(side + 1, 0, { state, label: stateLabel(resource, state), at: last(state), due: null, done: false, now: true, paused: state === "waiting", late: false });
    return steps;
}

/* Repairs speak of their steps; elsewhere a step that is promised is called as its promise. */
function nameOf(resource: string, step: { state: string; due?: string; action?: string }): string
{
    const limit = step.due?.slice(4, -3) ?? ""; /* due_…_at */

    if (resource !== "repairs" && limit)
        return limitLabel(limit);
    return step.action ? actionLabel(resource, step.action) : stateLabel(resource, step.state);
}

/* How far along its path a state is; what is on no path is before it. */
export const placeOnPath = (resource: string, state: string | null | undefined): number =>
    (PATHS[resource] ?? declaredPath(resource)).findIndex((step) => step.state === state);

/* From the first state along the first action that leads on; declarations list the main path first. */
function declaredPath(resource: string): { state: string }[]
{
    const meta = resourceOf(resource);
    const path: { state: string }[] = [];
    let state = meta?.states?.[0]?.name;

    while (state && !path.some((step) => step.state === state)) {
        path.push({ state });
        const from: string = state;
        state = meta?.actions?.find((action) => (Array.isArray(action.from) ? action.from : [action.from]).includes(from) && action.to && action.to !== from && !path.some((step) => step.state === action.to))?.to;
    }
    return path.length > 1 ? path : [];
}
