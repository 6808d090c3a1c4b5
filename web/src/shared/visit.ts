/* visit.ts: when a visitor comes, by ready answers first; how long at most is the server's to say. */
import { dayOf, instantAt } from "./format";

export const SPANS = ["now", "tomorrow", "day_after", "other"] as const;
export type Span = (typeof SPANS)[number];

/* What a new pass says of its time: a day begins at midnight, and the server ends it. */
export function hoursOf(span: Span, from: string | null, to: string | null, now: number): { from?: string; to?: string }
{
    if (span === "now")
        return {};
    if (span !== "other")
        return { from: instantAt(dayOf(now, span === "tomorrow" ? 1 : 2), 0) };
    return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/* 048 213: read out in two halves. */
export const spoken = (code: unknown): string => String(code ?? "").replace(/^(\d{3})(\d{3})$/, "$1 $2");
