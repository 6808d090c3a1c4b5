/* matter.ts: a record of any process as a line: what it is, where and who, where its page is. */
import { dayOf, msOf } from "@/shared/format";
import { hasWord, t } from "@/shared/i18n";
import { choiceLabel, fieldOf, kindOf, refLabel, resourceLabel, resourceOf } from "@/shared/meta";
import { ENDED } from "@/shared/states";
import type { Field, Offer, Rec } from "@/shared/types";

/* Numbers begin with the kind: BX-TYHY-20261123-0007. */
const PREFIXES: Record<string, string> = { BX: "repairs", HF: "followups" };
const INCLUDES: Record<string, string> = { repairs: "house,space,assignee,category,reporter", followups: "house,record,owner", parties: "" };
export const OPEN_STATES = ["reported", "accepted", "assigned", "working", "quoted", "waiting"];

export const resourceOfNo = (no: string): string => PREFIXES[no.split("-")[0] ?? ""] ?? "repairs";
export const includeFor = (resource: string): string | undefined =>
    INCLUDES[resource] ?? (resourceOf(resource)?.fields.filter((field) => kindOf(field) === "ref").map(({ name }) => name).join(",") || undefined);

/* 0014 today, 1116-0004 before. */
export function shortNo(no: string | null | undefined): string
{
    const [day, seq] = no?.match(/(\d{8})-(\d{4,})$/)?.slice(1) ?? [];

    if (!day || !seq)
        return no ?? "";
    return day === dayOf().replaceAll("-", "") ? seq : `${day.slice(4)}-${seq}`;
}

export function titleOf(resource: string, record: Rec): string
{
    const own = record["title"] ?? record["name"] ?? record["zh"];

    if (resource === "claims")
        return t("matter.claim_of", { name: String(own ?? "") });
    if (typeof own === "string" && own)
        return own;
    if (resource === "followups") {
        const about = refLabel(record, "record") || (record["record_"] as { title?: string } | null)?.title;
        return about ? t("matter.followup_of", { what: about }) : t("matter.followup");
    }
    const searched = resourceOf(resource)?.fields.find((field) => kindOf(field) === "text" && typeof record[field.name] === "string");
    return (searched && String(record[searched.name])) || record.no || `#${record.id}`;
}

/* One line: kind, number, where, who. */
export function contextOf(resource: string, record: Rec): string
{
    const where = refLabel(record, "house") || refLabel(record, "space");
    const who = refLabel(record, "reporter") || (resource === "claims" ? String(record["phone"] ?? "") : "");
    const parts = [`${hasWord(`kind.${resource}`) ? t(`kind.${resource}`) : resourceLabel(resource)} ${shortNo(record.no)}`.trim(), [where, who].filter(Boolean).join(" "), refLabel(record, "assignee") || refLabel(record, "owner")];

    return parts.filter(Boolean).join(" · ");
}

export const ended = (record: Rec): boolean => ENDED.has(record.state ?? "");
export const overdue = (record: Rec, now: number): boolean =>
    !ended(record) && record.clock?.state !== "paused" && dueOf(record) <= now;
/* Milliseconds, Infinity when nothing is owed. */
export function dueOf(record: Rec): number
{
    const due = msOf(record.next_due_at ?? (record["due_at"] as string | undefined));
    return Number.isNaN(due) ? Infinity : due;
}

export function pathOf(resource: string, record: Pick<Rec, "id" | "no">): string
{
    if (resource === "houses")
        return `/houses/${encodeURIComponent(record.no ?? record.id)}`;
    if (record.no && PREFIXES[record.no.split("-")[0] ?? ""] === resource)
        return `/matters/${encodeURIComponent(record.no)}`;
    if (resource === "repairs" || resource === "followups")
        return `/matters/${resource}:${record.id}`;
    return `/r/${resource}/${record.id}`;
}

/* The sentence of the next-step band. */
export function nextSentence(resource: string, record: Rec, offer: Offer | undefined): { what: string; why: string }
{
    const key = `next.${resource}.${record.state}`;
    const what = hasWord(key) ? t(key) : offer ? t("next.any", { action: offer.label }) : t("next.nothing");
    const why_key = `why.${resource}.${record.state}`;

    return { what, why: hasWord(why_key) ? t(why_key) : "" };
}

/* Actions in the server's order, split for the screen: one filled, up to two outlined, the rest behind 更多. */
const REST = new Set(["void", "cancel", "merge", "reject", "reveal"]);
const BESIDE = new Set(["transfer", "suspend", "decline", "rework", "attempt", "refuse_quote", "quote", "recall"]); /* never the filled one */
const ELSEWHERE = new Set(["note"]); /* has a box of its own */
export function split(offers: readonly Offer[] | undefined, beside = 2): { main: Offer | undefined; some: Offer[]; rest: Offer[] }
{
    const shown = (offers ?? []).filter(({ name }) => !ELSEWHERE.has(name));
    const main = shown.find(({ name }) => !REST.has(name) && !BESIDE.has(name));
    const open = shown.filter((offer) => offer !== main && !REST.has(offer.name));

    return { main, some: open.slice(0, beside), rest: [...open.slice(beside), ...shown.filter(({ name }) => REST.has(name))] };
}

/* The step that a row offers: the main one; somebody else's turn offers none, unless it is late. */
export function stepOf(record: Rec | undefined, late: boolean): Offer | undefined
{
    const parts = split(record?.actions);

    return parts.main ?? (late ? parts.some[0] : undefined);
}

/* A field's value in words, for facts and cells. */
export function choiceOf(resource: string, record: Rec, field: Field | string): string
{
    const name = typeof field === "string" ? field : field.name;

    return choiceLabel(resource, name, record[name]);
}
export const isUrgent = (record: Rec): boolean => record["urgency"] === "urgent";
export const declared = (resource: string, name: string): boolean => fieldOf(resource, name) !== null;
