/* household.ts: a home as the desk needs it during a call: what is open, promised and owed, who called, what they are unhappy with
 * and how to treat them. The server tells it in one answer where it can; otherwise it is gathered from what there is. */
import { get, list } from "@/shared/api";
import { fieldOf, mayRead } from "@/shared/meta";
import type { Rec } from "@/shared/types";
import { ended, includeFor, kindsOfMatters, pathOf } from "./matter";

export interface HomeMatter {
    resource: string;
    record: Rec;
}
export interface Household {
    matters: HomeMatter[]; /* newest first, ended ones too */
    calls: Rec[];
    promises: { text: string; due: string | null; to: string }[];
    preferences: string[];
    moments: { text: string; at: string | null }[];
    owed: Owed | null; /* null: not for this person's eyes */
}
export interface Owed {
    open_fen: number;
    overdue_fen: number;
}
interface Answer {
    calls?: Rec[];
    promises?: (Record<string, unknown> | string)[];
    preferences?: (Record<string, unknown> | string)[];
    moments?: (Record<string, unknown> | string)[];
    owed?: Owed | null;
}

const PER_KIND = 50;
const CALLS = 5;

export async function loadHousehold(house: string): Promise<Household>
{
    const kinds = [...kindsOfMatters(), ...(mayRead("visitor_passes") ? ["visitor_passes"] : [])].filter(hasHouse);
    const [answer, calls, ...lists] = await Promise.all([
        mayRead("calls") ? get<Answer>(`houses/${house}/household`) : null,
        mayRead("calls") ? list("calls", { "filter[house]": house, sort: "-created_at", limit: CALLS }) : null,
        ...kinds.map((resource) => list(resource, { "filter[house]": house, sort: "-created_at", limit: PER_KIND, include: includeFor(resource) })),
    ]);
    const whole: Answer = answer?.ok ? answer.value : {};

    return {
        matters: lists.flatMap((got, i) => (got.ok ? got.value.items.map((record) => ({ resource: kinds[i]!, record })) : []))
            .sort((a, b) => String(b.record.created_at ?? "").localeCompare(String(a.record.created_at ?? ""))),
        calls: Array.isArray(whole.calls) && whole.calls.length ? whole.calls.slice(0, CALLS) : calls?.ok ? calls.value.items : [],
        promises: (whole.promises ?? []).map((one) => ({ text: textOf(one), due: timeOf(one, "due_at", "next_due_at", "at"), to: wayTo(one) })).filter(({ text }) => text),
        preferences: (whole.preferences ?? []).map(textOf).filter(Boolean),
        moments: (whole.moments ?? []).map((one) => ({ text: textOf(one), at: timeOf(one, "at", "created_at", "date") })).filter(({ text }) => text),
        owed: whole.owed ?? null,
    };
}

const hasHouse = (resource: string): boolean => fieldOf(resource, "house") !== null;
const wayTo = (one: Record<string, unknown> | string): string =>
    typeof one !== "string" && typeof one["resource"] === "string" && typeof one["id"] === "string" ? pathOf(one["resource"], { id: one["id"], no: one["no"] as string | null | undefined }) : "";
const textOf = (one: Record<string, unknown> | string): string =>
    typeof one === "string" ? one : String(one["title"] ?? one["text"] ?? one["label"] ?? one["note"] ?? one["what"] ?? "");
function timeOf(one: Record<string, unknown> | string, ...names: string[]): string | null
{
    return typeof one === "string" ? null : (names.map((name) => one[name]).find((at): at is string => typeof at === "string") ?? null);
}
/* What is not over yet, the nearest promise first. */
export const openOf = (matters: readonly HomeMatter[]): HomeMatter[] =>
    matters.filter(({ resource, record }) => !ended(record, resource)).sort((a, b) => String(a.record.next_due_at ?? "9").localeCompare(String(b.record.next_due_at ?? "9")));

/* What this home is unhappy with: complaints that were justified or are still open, and what was rated low. */
export function unhappyWith(matters: readonly HomeMatter[]): HomeMatter[]
{
    return matters.filter(({ resource, record }) =>
        (resource === "complaints" && record["valid"] !== "invalid" && !record["withdrawn"]) ||
        (resource === "repairs" && Number((record["rating"] as { overall?: number } | null | undefined)?.overall ?? 5) <= 3)).slice(0, 4);
}
