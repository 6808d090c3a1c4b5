/* notices.ts: notices as they are written: templates filled in, whom they reach, and what is asked before they go to many. */
import { list, post } from "@/shared/api";
import { count, wall } from "@/shared/format";
import { t } from "@/shared/i18n";
import { hasRole } from "@/shared/session";
import type { Offer, Rec, Result } from "@/shared/types";

export interface Audience {
    buildings?: string[];
    floors?: string[];
    roles?: string[];
    tags?: string[];
    houses?: string[];
    list?: string;
}
export interface Reach {
    houses: number;
    people: number;
}

export const MANY = 50; /* homes: more are looked at by a second person, unless the rule says otherwise */
const EMERGENCY_ROLES = ["guard_lead", "control", "manager", "region", "admin"];

export const preview = (audience: Audience, project?: string | null): Promise<Result<Reach>> =>
    post<Reach>("notices/preview", { audience, ...(project ? { project } : {}) });

/* How many homes go out without a second person. */
export async function limitOfHomes(): Promise<number>
{
    const got = await list("rules", { limit: 200 });
    const value = got.ok ? Number(got.value.items.find(({ code }) => code === "notice.approve_homes")?.["value"]) : NaN;

    return Number.isFinite(value) ? value : MANY;
}
export const needsSecond = (homes: number, limit: number, urgent: boolean): boolean => homes > limit && !(urgent && hasRole(...EMERGENCY_ROLES));

/* The question before a notice goes to many; said with its number. */
export interface Question {
    title: string;
    text: string;
    verb: string;
}
export function questionFor(reach: Reach, how: "now" | "at" | "review", at = ""): Question
{
    const n = count(reach.houses), people = count(reach.people);

    return { title: t("notice.sure", { n, people }), text: t(`notice.sure_${how}`, { n, at }), verb: how === "review" ? t("notice.sure_give", { n }) : t("notice.sure_send", { n }) };
}

/* Of a step at a record that exists; null: nothing to ask. */
export async function questionAt(record: Rec, offer: Offer): Promise<Question | null>
{
    const own = record["homes"];
    const got = typeof own === "number" && record.state !== "draft" ? null : await preview((record["audience"] as Audience | null) ?? {}, record["project"] as string | null);
    const reach = got ? (got.ok ? got.value : null) : { houses: own as number, people: Number(record["people"] ?? 0) };
    const later = typeof record["publish_at"] === "string" && Date.parse(record["publish_at"]) > Date.now();

    if (!reach || reach.houses <= MANY)
        return null;
    if (offer.name === "submit" && needsSecond(reach.houses, await limitOfHomes(), record["urgent"] === true))
        return questionFor(reach, "review");
    return later && offer.name !== "publish" ? questionFor(reach, "at", stamp(record["publish_at"] as string)) : questionFor(reach, "now");
}

/* Templates. Their variables stand in braces; what has no value yet stays to be seen. */
export const variablesOf = (template: Rec | null): string[] => String(template?.["fields"] ?? "").split(";").map((name) => name.trim()).filter(Boolean);
export const channelsOf = (template: Rec | null): string[] => String(template?.["channels"] ?? "").split(";").map((name) => name.trim()).filter(Boolean);
const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
export function fill(text: string, names: readonly string[], values: Record<string, string>, labelOf: (name: string) => string, html = false): string
{
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        if (!names.includes(name))
            return whole;
        const value = values[name]?.trim() || `[${labelOf(name)}]`;
        return html ? escaped(value) : value;
    });
}

const two = (n: number): string => String(n).padStart(2, "0");
/* 2026-11-30 09:00: the same in both languages, as the texts of both take it. */
export function stamp(at: string | null | undefined): string
{
    if (!at)
        return "";
    const { year, month, day, hour, minute } = wall(Date.parse(at));
    return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

/* Words parted by blanks and commas of both scripts. */
export const wordsIn = (text: string): string[] => [...new Set(text.split(/[\s,;\u3001\uff0c\uff1b]+/).filter(Boolean))];

/* Nothing that says nothing. */
export function trimmed(audience: Audience): Audience
{
    return Object.fromEntries(Object.entries(audience).filter(([, value]) => (typeof value === "string" ? value.trim() !== "" : (value?.length ?? 0) > 0)));
}
