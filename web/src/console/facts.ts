/* facts.ts: which fields of a record are facts to read, which of them may be changed in place, and a field in words. */
import { area, money, when } from "@/shared/format";
import { t } from "@/shared/i18n";
import { choiceLabel, codeLabel, fieldOf, kindOf, refLabel, resourceOf } from "@/shared/meta";
import { levelWord } from "@/shared/complaints";
import { hasRole } from "@/shared/session";
import type { Field, Rec } from "@/shared/types";
import { registerWords } from "./registers";

const CHOSEN: Record<string, { all: string[]; editable: string[] }> = {
    repairs: {
        all: ["urgency", "category", "house", "space", "reporter", "contact_phone", "appoint_from", "appoint_to", "payer", "channel", "assignee", "description"],
        editable: ["urgency", "category", "title", "description", "house", "appoint_from", "appoint_to"],
    },
    claims: { all: ["house", "name", "phone", "login", "created_at", "reason"], editable: [] },
    followups: { all: ["house", "owner", "due_at", "cause", "outcome", "note"], editable: [] },
    complaints: {
        all: ["level", "category", "channel", "complainant", "confidential", "anonymous", "house", "happened_at", "about_staff", "about_record", "repeat_of", "owner", "co_handlers", "mediator", "compensation_fen", "disagreements", "reopened", "outer_no", "outer_deadline", "cause", "valid", "capa"],
        editable: ["category", "title", "house", "happened_at", "outer_no", "outer_deadline", "confidential"],
    },
    callbacks: { all: ["reason", "house", "party", "phone", "owner", "due_at", "attempts", "last_attempt_at", "outcome", "satisfied", "heard", "solved", "note"], editable: ["owner", "due_at", "note"] },
    corrective_actions: { all: ["category", "space", "owner", "due_at", "reason", "measure", "result"], editable: ["owner", "due_at", "measure", "reason"] },
};
/* What only leads may set, and what only the desk and they. */
const OF_LEADS: Record<string, string[]> = { complaints: ["level", "about_staff"] };
const LEADS = ["desk_lead", "manager", "region", "admin"];
const OF_DESK = new Set(["complaints"]);
/* Clockwork: told by the clock and the promises, not as facts. */
const CLOCKWORK = /^(due_(?!at$).*|next_due_at|next_limit|.*_done_at|raised_at|raised_for|record_type|state)$/;

export function factsOf(resource: string): { all: string[]; editable: string[] }
{
    const chosen = CHOSEN[resource];
    if (chosen)
        return { all: chosen.all, editable: [...(OF_DESK.has(resource) && !hasRole("desk", ...LEADS) ? [] : chosen.editable), ...(hasRole(...LEADS) ? (OF_LEADS[resource] ?? []) : [])] };
    const fields = (resourceOf(resource)?.fields ?? []).filter((field) => !["photos", "sign", "file", "lines", "json"].includes(kindOf(field)) && !CLOCKWORK.test(field.name));

    return { all: fields.map(({ name }) => name), editable: fields.filter((field) => !field.read_only && !field.masked).map(({ name }) => name) };
}

export const isEmpty = (one: unknown): boolean => one === null || one === undefined || one === "" || (Array.isArray(one) && one.length === 0);
/* Nothing for what is empty or has no words. */
export function factWords(resource: string, record: Rec, field: Field): string
{
    const has = record[field.name];
    if (isEmpty(has))
        return "";
    switch (kindOf(field)) {
    case "choice": return (record[field.name + "_"] as { label?: string } | undefined)?.label ?? choiceLabel(resource, field.name, has);
    case "int": return field.name === "level" && resource === "complaints" ? levelWord(Number(has)) : String(has);
    case "refs": return labelsIn(record, field.name);
    case "record": return labelsIn(record, field.name) || refLabel(record, field.name);
    case "code": return refLabel(record, field.name) || codeLabel(field.to ?? "", has);
    case "words": return (has as unknown[]).join(" · ");
    case "ref": return refLabel(record, field.name) || String(has);
    case "money": return money(has);
    case "area": return area(has);
    case "time": return when(String(has));
    case "bool": return t(has ? "word.yes" : "word.no");
    case "registers": return registerWords(has);
    case "photos": return String((has as unknown[]).length);
    default: return typeof has === "object" ? "" : String(has);
    }
}

/* Names of what a list of references points to: the record's links tell them (`named` of links.ts). */
const labelsIn = (record: Rec, name: string): string => {
    const added = record[name + "_"];
    return Array.isArray(added) ? (added as { label?: string }[]).map(({ label }) => label ?? "").filter(Boolean).join(t("list.and")) : "";
};

/* Columns that a list may show beside what every row tells: short facts, and when it came. */
const IN_ROW = new Set(["title", "house", "space", "reporter", "assignee", "owner", "name", "phone", "urgency", "description", "note", "statement", "question", "complainant", "party", "about_staff", "co_handlers", "about_record"]);
export function columnsOf(resource: string): Field[]
{
    const fields = factsOf(resource).all.filter((name) => !IN_ROW.has(name)).map((name) => fieldOf(resource, name)).filter((field): field is Field => field !== null);

    return [...fields, ...(fields.some(({ name }) => name === "created_at") ? [] : [{ name: "created_at", label: t("list.created"), type: "time" }])];
}
