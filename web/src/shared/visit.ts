/* visit.ts: when a visitor comes, by ready answers first; how long at most is the server's to say. */
import { DAY_MS, dayOf, dayText, instantAt, msOf, span, timeOnly } from "./format";
import { t } from "./i18n";

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

/* 今天 14:00 – 明天 14:00, or a whole day by its name. */
export function hoursText(from: string, to: string, now: number): string
{
    const whole = timeOnly(from) === "00:00" && msOf(to) - msOf(from) === DAY_MS;

    return whole ? t("visit.whole", { day: dayText(from, now) }) : span(from, to, now);
}
