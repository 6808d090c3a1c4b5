/* facts.ts: which fields of a record are facts to read, and which of them may be changed in place. */
import { kindOf, resourceOf } from "@/shared/meta";

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
