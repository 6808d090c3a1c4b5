/* limits.ts: the promises of a record and what became of each. */
import { duration, durationExact, msOf } from "@/shared/format";
import { t } from "@/shared/i18n";
import type { Event, Rec } from "@/shared/types";

export interface Limit {
    key: string;
    due: string;
    words: string;
    tone: "t2" | "red" | "violet" | "amber";
}

const ENDS: Record<string, { due: string; at?: string; to: string[] }> = {
    respond: { due: "due_respond_at", to: ["accepted", "rejected", "merged"] },
    arrive: { due: "due_arrive_at", at: "arrived_at", to: ["working"] },
    finish: { due: "due_finish_at", at: "finished_at", to: ["finished"] },
};

export function limitsOf(record: Rec, events: readonly Event[], now: number): Limit[]
{
    return Object.entries(ENDS).flatMap(([key, end]): Limit[] => {
        const due = record[end.due] as string | null | undefined;
        if (!due)
            return [];
        const at = (end.at && (record[end.at] as string | null)) || events.find((event) => event.to && end.to.includes(event.to) && event.from !== event.to)?.at;
        if (at) {
            const late = msOf(at) - msOf(due);
            return [{ key, due, words: late > 0 ? t("clock.late_by", { time: duration(late) }) : `✓ ${durationExact(msOf(at) - msOf(record.created_at))}`, tone: late > 0 ? "red" : "t2" }];
        }
        if (record.clock?.state === "paused")
            return [{ key, due, words: t("clock.paused"), tone: "violet" }];
        if (["cancelled", "rejected", "merged", "closed", "confirmed"].includes(record.state ?? ""))
            return [];
        const left = msOf(due) - now;
        return [{ key, due, words: left <= 0 ? t("clock.over", { time: duration(left) }) : t("clock.left", { time: duration(left) }), tone: left <= 0 ? "red" : "t2" }];
    });
}
