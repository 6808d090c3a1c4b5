/* matter.ts: a record of any process as a line: what it is, where and who, where its page is. */
import { dayOf, msOf } from "@/shared/format";
import { hasWord, t } from "@/shared/i18n";
import { choiceLabel, fieldOf, isEnded, kindOf, processes, refLabel, resourceLabel, resourceOf, resourceOfPrefix } from "@/shared/meta";
import { ENDED } from "@/shared/states";
import type { Field, Offer, Rec } from "@/shared/types";

const INCLUDES: Record<string, string> = {
    repairs: "house,space,assignee,category,reporter", followups: "house,record,owner", parties: "",
    complaints: "house,complainant,owner,category,mediator,repeat_of,capa", callbacks: "house,party,owner",
};
export const OPEN_STATES = ["reported", "accepted", "assigned", "working", "quoted", "waiting"];

/* What stands in 事项, in this order, then what later modules bring. Lists that are no matters have pages of their own. */
const KINDS = ["repairs", "complaints", "enquiries", "callbacks", "followups", "corrective_actions"];
const NO_MATTERS = new Set(["claims", "notices", "articles", "calls", "billing_runs", "charges", "payments", "receipts", "drawers", "deposits", "adjustments", "exemptions", "periods", "equipment", "plans", "tasks", "visitor_passes"]);
export const kindsOfMatters = (): string[] => {
    const all = processes().map(({ name }) => name).filter((name) => !NO_MATTERS.has(name));
    return [...KINDS.filter((name) => all.includes(name)), ...all.filter((name) => !KINDS.includes(name))];
};
export const kindLabel = (resource: string): string => (hasWord(`kind.${resource}`) ? t(`kind.${resource}`) : resourceLabel(resource));

/* Numbers begin with the kind: BX-TYHY-20261123-0007. */
export const resourceOfNo = (no: string): string => resourceOfPrefix(no.split("-")[0] ?? "") ?? "repairs";
const MOST_INCLUDES = 8;
/* Fields that point at one record whose words the server adds. */
export const includeFor = (resource: string): string | undefined =>
    INCLUDES[resource] ?? (resourceOf(resource)?.fields.filter((field) => kindOf(field) === "ref" && field.to).map(({ name }) => name).slice(0, MOST_INCLUDES).join(",") || undefined);

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
    const said = record["statement"] ?? record["question"];
    if (typeof said === "string" && said)
        return said.split("\n")[0]!;
    const searched = resourceOf(resource)?.fields.find((field) => kindOf(field) === "text" && typeof record[field.name] === "string");
    return (searched && String(record[searched.name])) || record.no || `#${record.id}`;
}

/* One line: kind, number, where, who. */
export function contextOf(resource: string, record: Rec): string
{
    const where = refLabel(record, "house") || refLabel(record, "space");
    const who = ["reporter", "complainant", "caller", "party", "host"].map((name) => refLabel(record, name)).find(Boolean) || (record["anonymous"] === true ? t("complaint.anonymous") : "") || (resource === "claims" ? String(record["phone"] ?? "") : "");
    const parts = [`${kindLabel(resource)} ${shortNo(record.no)}`.trim(), [where, who].filter(Boolean).join(" "), refLabel(record, "assignee") || refLabel(record, "owner")];

    return parts.filter(Boolean).join(" · ");
}

export const ended = (record: Rec, resource?: string): boolean => (resource ? isEnded(resource, record.state) : ENDED.has(record.state ?? ""));
export const overdue = (record: Rec, now: number): boolean =>
    !ended(record) && record.clock?.state !== "paused" && dueOf(record) <= now;
/* Milliseconds, Infinity when nothing is owed. */
export function dueOf(record: Rec): number
{
    const due = msOf(record.next_due_at ?? (record["due_at"] as string | undefined));
    return Number.isNaN(due) ? Infinity : due;
}

/* Kinds with pages of their own. */
const PAGES: Record<string, string> = { plans: "/plans", tasks: "/tasks", checklists: "/checklists/filled", checklist_templates: "/checklists" };
export function pathOf(resource: string, record: Pick<Rec, "id" | "no">): string
{
    if (resource === "houses")
        return `/houses/${encodeURIComponent(record.no ?? record.id)}`;
    if (resource === "notices" || resource === "equipment")
        return `/${resource}/${record.id}`;
    const page = PAGES[resource];
    if (page)
        return `${page}/${record.id}`;
    const matter = kindsOfMatters().includes(resource);
    if (matter && record.no && resourceOfNo(record.no) === resource)
        return `/matters/${encodeURIComponent(record.no)}`;
    if (matter)
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
const REST = new Set(["void", "cancel", "merge", "reject", "refuse", "withdraw", "escalate", "assist", "drop", "end", "excuse"]);
const BESIDE = new Set(["transfer", "suspend", "decline", "rework", "attempt", "refuse_quote", "quote", "recall", "disagree", "extend", "unreachable", "hand_over", "convert", "correct", "pause", "deny"]); /* never the filled one */
const ELSEWHERE = new Set(["note", "reveal"]); /* has a box of its own, or an eye beside the value */
export function split(offers: readonly Offer[] | undefined, beside = 2): { main: Offer | undefined; some: Offer[]; rest: Offer[] }
{
    const shown = (offers ?? []).filter(({ name }) => !ELSEWHERE.has(name));
    const main = shown.find(({ name }) => !REST.has(name) && !BESIDE.has(name));
    const open = shown.filter((offer) => offer !== main && !REST.has(offer.name));

    return { main, some: open.slice(0, beside), rest: [...open.slice(beside), ...shown.filter(({ name }) => REST.has(name))] };
}

/* What may be done with a record. The answers of a call-back about a matter belong to that matter (its action `callback`):
 * the desk finds them at the call-back all the same, and `take` of desk.ts knows where they go. */
export function offersOf(resource: string, record: Rec | undefined): Offer[]
{
    const offers = record?.actions ?? [];

    return resource === "callbacks" && record?.state === "open" && record["record"] && record["reason"] === "verify" && offers.some(({ name }) => name === "attempt")
        ? [{ name: ANSWER, label: t("callback.answer") }, ...offers] : offers;
}
export const ANSWER = "answer_matter";

/* The step that a row offers: the main one; somebody else's turn offers none, unless it is late. */
export function stepOf(resource: string, record: Rec | undefined, late: boolean): Offer | undefined
{
    const parts = split(offersOf(resource, record));

    return parts.main ?? (late ? parts.some[0] : undefined);
}

/* A field's value in words, for facts and cells. */
export function choiceOf(resource: string, record: Rec, field: Field | string): string
{
    const name = typeof field === "string" ? field : field.name;

    return choiceLabel(resource, name, record[name]);
}
export const isUrgent = (record: Rec): boolean => record["urgency"] === "urgent";
/* 1 is gravest; in words where the catalogue has come. */
export const levelOf = (record: Rec): number | null => (typeof record["level"] === "number" ? record["level"] : null);
export const declared = (resource: string, name: string): boolean => fieldOf(resource, name) !== null;
