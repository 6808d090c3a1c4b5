/* limits.ts: the promises of a record and what became of each. */
import { duration, durationExact, msOf } from "@/shared/format";
import { t } from "@/shared/i18n";
import { isEnded, limitLabel, resourceOf } from "@/shared/meta";
import type { Event, Rec } from "@/shared/types";
import { placeOnPath } from "./steps";

export interface Limit {
    key: string;
    label: string;
    due: string;
    words: string;
    tone: "t2" | "red" | "violet" | "amber";
}

/* Where a promise ends: a field that keeps the time, states that mean it, or (as most are declared) the action of its name. */
const ENDS: Record<string, Record<string, { at?: string; to: string[] }>> = {
    repairs: { respond: { to: ["accepted", "rejected", "merged"] }, arrive: { at: "arrived_at", to: ["working"] }, finish: { at: "finished_at", to: ["finished"] } },
};

export function limitsOf(resource: string, record: Rec, events: readonly Event[], now: number): Limit[]
{
    const declared = resourceOf(resource)?.limits ?? [];
    const names = declared.length ? declared.map(({ name }) => name) : Object.keys(ENDS[resource] ?? {});

    return names.flatMap((key): Limit[] => {
        const due = record[`due_${key}_at`] as string | null | undefined;
        const label = limitLabel(key);
        if (!due)
            return [];
        const at = doneAt(resource, key, record, events);
        if (at) {
            const late = msOf(at) - msOf(due);
            return [{ key, label, due, words: late > 0 ? t("clock.late_by", { time: duration(late) }) : `✓ ${durationExact(msOf(at) - msOf(record.created_at))}`, tone: late > 0 ? "red" : "t2" }];
        }
        if (record.clock?.state === "paused")
            return [{ key, label, due, words: t("clock.paused"), tone: "violet" }];
        if (isEnded(resource, record.state) || record.state === "confirmed")
            return [];
        const left = msOf(due) - now;
        return [{ key, label, due, words: left <= 0 ? t("clock.over", { time: duration(left) }) : t("clock.left", { time: duration(left) }), tone: left <= 0 ? "red" : "t2" }];
    });
}

function doneAt(resource: string, key: string, record: Rec, events: readonly Event[]): string | null
{
    const end = ENDS[resource]?.[key];

    if (end)
        return (end.at && (record[end.at] as string | null)) || (events.find((event) => event.to && end.to.includes(event.to) && event.from !== event.to)?.at ?? null);
    const kept = record[`${key}_done_at`];
    if (typeof kept === "string")
        return kept;
    const last = [...events].reverse().find(({ action }) => action === key);
    /* what was proposed and refused is to be proposed again: its clock runs on */
    return last && (last.to ? placeOnPath(resource, record.state) >= placeOnPath(resource, last.to) : true) ? last.at : null;
}
