/* checks.ts: a checklist as it is filled in on the phone: what is asked, how an answer is judged, what is still missing. The server
 * judges again by the same edition; here it is said at once, also without a network. */
import { language } from "@/shared/i18n";
import type { Shot } from "./outbox";

export type Kind = "check" | "choice" | "number" | "text" | "photo" | "signature" | "scan" | "countdown";
export interface Item {
    item: string;
    label: string;
    label_en?: string;
    kind?: Kind;
    unit?: string;
    min?: string | number;
    max?: string | number;
    warn_min?: string | number;
    warn_max?: string | number;
    required?: boolean;
    photo?: "always" | "on_fail" | "never";
    when?: { item: string; is: string[] };
    choices?: string[];
    fails?: string[];
    expect?: string;
    seconds?: number;
}
export interface Given {
    value: string;
    note: string;
    shots: Shot[];
    from?: number; /* when a countdown was begun */
}
export type Answers = Record<string, Given>;
export type Verdict = "" | "ok" | "warning" | "fail" | "na";

export const blank = (): Given => ({ value: "", note: "", shots: [] });
export const labelOf = (item: Item): string => (language() === "en" && item.label_en) || item.label;
export const isGiven = (item: Item, given: Given | undefined): boolean => !!given && (item.kind === "photo" || item.kind === "signature" ? given.shots.length > 0 : given.value.trim() !== "");

const limit = (value: string | number | undefined): number => (value === undefined || value === "" ? NaN : Number(value));
const outside = (value: number, min: number, max: number): boolean => value < min || value > max; /* NaN is no limit */

export function verdict(item: Item, given: Given | undefined): Verdict
{
    if (!given || !isGiven(item, given))
        return "";
    if (item.kind === "number") {
        const value = Number(given.value);
        return Number.isNaN(value) ? "" : outside(value, limit(item.min), limit(item.max)) ? "fail" : outside(value, limit(item.warn_min), limit(item.warn_max)) ? "warning" : "ok";
    }
    if (item.kind === "choice")
        return item.fails?.includes(given.value) ? "fail" : "ok";
    if ((item.kind ?? "check") === "check")
        return given.value === "fail" ? "fail" : given.value === "na" ? "na" : "ok";
    return "ok";
}

/* By what was answered above. */
export function asked(items: readonly Item[], answers: Answers): Item[]
{
    const here: Item[] = [];

    for (const item of items) {
        const above = item.when && here.find((one) => one.item === item.when?.item);
        if (!item.when || (above && (item.when.is.includes(answers[above.item]?.value ?? "") || item.when.is.includes(verdict(above, answers[above.item])))))
            here.push(item);
    }
    return here;
}

export const wantsPhoto = (item: Item, given: Given | undefined): boolean => item.photo === "always" || (item.photo === "on_fail" && verdict(item, given) === "fail");

export function isMissing(item: Item, given: Given | undefined): boolean
{
    if (!isGiven(item, given))
        return item.required !== false;
    if (item.kind === "scan" && item.expect && given?.value.trim() !== item.expect)
        return true;
    return (item.kind === "number" && Number.isNaN(Number(given?.value))) || (wantsPhoto(item, given) && !given?.shots.length);
}

/* As the server takes it, photos by the names that the outbox puts their ids for; and these photos. */
export function answersOf(items: readonly Item[], answers: Answers): { items: Record<string, unknown>[]; shots: Shot[] }
{
    const shots: Shot[] = [];
    const rows = asked(items, answers).filter((item) => isGiven(item, answers[item.item])).map((item) => {
        const given = answers[item.item]!, shot = given.shots[0];
        if (shot)
            shots.push({ ...shot });
        const name = shot ? `shot:${shot.key}` : "";
        const is_file = item.kind === "photo" || item.kind === "signature";
        return { item: item.item, value: is_file ? name : given.value.trim(), ...(shot && !is_file ? { photo: name } : {}), ...(given.note.trim() ? { note: given.note.trim() } : {}) };
    });

    return { items: rows, shots };
}

/* What was sent, as it was filled in: to be mended after a refusal. */
export interface Sent {
    item: string;
    value: string;
    photo?: string;
    note?: string;
}
export function answersFrom(rows: readonly Sent[], shots: readonly Shot[]): Answers
{
    return Object.fromEntries(rows.map(({ item, value, photo, note }) => {
        const shot = shots.find(({ key }) => `shot:${key}` === (photo ?? value));
        return [item, { value: shot && !photo ? "" : value, note: note ?? "", shots: shot ? [shot] : [] }];
    }));
}
