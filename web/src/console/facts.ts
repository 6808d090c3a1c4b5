/* facts.ts: which fields of a record are facts to read, which of them may be changed in place, and a field in words. */
import { area, money, when } from "@/shared/format";
import { t } from "@/shared/i18n";
import { choiceLabel, codeLabel, fieldOf, kindOf, refLabel, resourceOf } from "@/shared/meta";
import type { Field, Rec } from "@/shared/types";

const CHOSEN: Record<string, { all: string[]; editable: string[] }> = {
    repairs: {
        all: ["urgency", "category", "house", "space", "reporter", "contact_phone", "appoint_from", "appoint_to", "payer", "channel", "assignee", "description"],
        editable: ["urgency", "category", "title", "description", "house", "appoint_from", "appoint_to"],
    },
    claims: { all: ["house", "name", "phone", "login", "created_at", "reason"], editable: [] },
    followups: { all: ["house", "owner", "due_at", "cause", "outcome", "note"], editable: [] },
};

export function factsOf(resource: string): { all: string[]; editable: string[] }
{
    const chosen = CHOSEN[resource];
    if (chosen)
        return chosen;
    const fields = (resourceOf(resource)?.fields ?? []).filter((field) => !["photos", "sign", "file", "lines", "json", "refs"].includes(kindOf(field)));

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
    case "code": return refLabel(record, field.name) || codeLabel(field.to ?? "", has);
    case "words": return (has as unknown[]).join(" · ");
    case "ref": return refLabel(record, field.name) || String(has);
    case "money": return money(has);
    case "area": return area(has);
    case "time": return when(String(has));
    case "bool": return t(has ? "word.yes" : "word.no");
    case "photos": return String((has as unknown[]).length);
    default: return typeof has === "object" ? "" : String(has);
    }
}

/* Columns that a list may show beside what every row tells: short facts, and when it came. */
const IN_ROW = new Set(["title", "house", "space", "reporter", "assignee", "owner", "name", "phone", "urgency", "description", "note"]);
export function columnsOf(resource: string): Field[]
{
    const fields = factsOf(resource).all.filter((name) => !IN_ROW.has(name)).map((name) => fieldOf(resource, name)).filter((field): field is Field => field !== null);

    return [...fields, ...(fields.some(({ name }) => name === "created_at") ? [] : [{ name: "created_at", label: t("list.created"), type: "time" }])];
}
