/* windows.ts: times to choose from, as ready answers. A visit is agreed for two hours at a time. */
import { serverNow } from "@/shared/api";
import { dayLong, dayOf, instantAt, wall } from "@/shared/format";
import { t } from "@/shared/i18n";

export interface Slot {
    day: string;
    from: number; /* hour */
    to: number;
}

export const HOURS: [number, number][] = [[8, 10], [10, 12], [13, 15], [15, 17], [17, 19], [19, 21]];

export const startOf = (slot: Slot): string => instantAt(slot.day, slot.from);
export const endOf = (slot: Slot): string => instantAt(slot.day, slot.to);
export const same = (a: Slot | null, b: Slot | null): boolean => a?.day === b?.day && a?.from === b?.from;

/* The slots of a day that somebody can still be told about: an hour before they begin. */
export function slotsOn(day: string, now = serverNow()): Slot[]
{
    const here = wall(now);

    return HOURS.filter(([from]) => day !== dayOf(now) || from >= here.hour + 1 + (here.minute > 0 ? 1 : 0)).map(([from, to]) => ({ day, from, to }));
}

/* The two that suit most: the next today after a while, and tomorrow morning. */
export function readySlots(now = serverNow()): Slot[]
{
    const today = slotsOn(dayOf(now), now);
    const afternoon = today.find(({ from }) => from >= 15) ?? today[0];
    const tomorrow = dayOf(now, 1);

    return [...(afternoon ? [afternoon] : []), { day: tomorrow, from: 8, to: 10 }, ...(afternoon ? [] : [{ day: tomorrow, from: 15, to: 17 }])];
}

export function slotText(slot: Slot, now = serverNow()): string
{
    const name = slot.day === dayOf(now) ? t("date.today") : slot.day === dayOf(now, 1) ? t("date.tomorrow") : dayLong(instantAt(slot.day, 12));

    return t("slot.text", { day: name, from: slot.from, to: slot.to });
}

export const daysAhead = (n: number, now = serverNow()): string[] => Array.from({ length: n }, (_, i) => dayOf(now, i));
export function dayName(day: string, now = serverNow()): string
{
    return day === dayOf(now) ? t("date.today") : day === dayOf(now, 1) ? t("date.tomorrow") : dayLong(instantAt(day, 12));
}

/* The slot of an appointment that was written as times. */
export function slotFrom(from: unknown, to: unknown): Slot | null
{
    if (typeof from !== "string" || typeof to !== "string")
        return null;
    const begin = wall(Date.parse(from)), end = wall(Date.parse(to));

    return { day: dayOf(Date.parse(from)), from: begin.hour, to: end.hour };
}
