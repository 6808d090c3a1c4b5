/* complaints.ts: a complaint's level, limits and steps, as the desk and the complainant speak of them. */
import { durationExact } from "./format";
import { language, t } from "./i18n";
import { codesOf } from "./meta";
import type { Rec } from "./types";

export const MAJOR = 1;
const MINUTE_MS = 60_000;

/* The catalogue's own word; a number alone says nothing to anybody. */
export function levelWord(level: number): string
{
    const found = codesOf("complaint_levels").find((one) => String(one["code"]) === String(level));
    const word = found ? String(found[language() === "en" ? "en" : "zh"] ?? "") : "";

    return word || t(`complaint.level_${level}`);
}
export const levelTag = (level: number): string => (level <= MAJOR ? "red" : level === 2 ? "amber" : "");

/* The limits that a complaint of this category and level will get; as the server counts them: the category's own hold while
 * the level is not graver than the category's. */
export function firstAnswerOf(category: Rec | undefined, level: number): number
{
    const own = Number(category?.["first_contact_min"] ?? 0);
    const of_level = Number(codesOf("complaint_levels").find((one) => String(one["code"]) === String(level))?.["first_contact_min"] ?? 0);

    return own && (level >= Number(category?.["level"] ?? 3) || !of_level || own < of_level) ? own : of_level || own;
}
export const minutesText = (minutes: number): string => (minutes > 0 ? durationExact(minutes * MINUTE_MS) : "");
