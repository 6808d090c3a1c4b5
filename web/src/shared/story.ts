/* story.ts: the event log told as a time line: who did what, what changed, where the clock stood still, what evidence there is. */
import { durationExact, money, msOf, when } from "./format";
import { t } from "./i18n";
import { actionLabel, choiceLabel, codeLabel, fieldLabel, fieldOf, kindOf, resourceOf, stateLabel } from "./meta";
import type { Event } from "./types";

export interface Told {
    id: string;
    at: string;
    who: string; /* empty: the program itself */
    verb: string;
    action: string;
    tone: "plain" | "machine" | "held" | "bad" | "good";
    changes: string[];
    words: string; /* a note, a reason, a comment */
    photos: string[];
    pause: string;
    times: number; /* folded small events */
    skewed: boolean;
    resource?: string;
    record?: string;
    no?: string;
}

const SILENT = new Set(["wait_until", "wait_reason", "paused_at", "pauses", "respond_done_at", "confirmed_at", "reworks", "doubts", "state", "updated_at", "created_at", "visits", "next_due_at", "next_limit", "due_respond_at", "due_arrive_at", "due_finish_at", "arrived_at", "finished_at", "clock", "id", "no"]);
const WORDS = ["note", "text", "reason", "comment", "solution", "cause", "proposal", "action_taken", "answer", "result", "description"];

/* Oldest first in, `newest` first out if wanted. */
export function tell(resource: string, events: readonly Event[], newest: boolean): Told[]
{
    const told: Told[] = [];

    events.forEach((event, i) => {
        const one = tellOne(event.resource ?? resource, event, events.slice(i + 1));
        const last = told[told.length - 1];
        if (last && one.tone === "machine" && last.tone === "machine" && last.verb === one.verb && last.record === one.record && !one.changes.length)
            last.times++;
        else
            told.push(one);
    });
    return newest ? told.reverse() : told;
}

function tellOne(resource: string, event: Event, later: readonly Event[]): Told
{
    const who = actorName(event);
    const photos: string[] = [];
    const changes: string[] = [];
    let words = event.note ?? "";

    for (const [field, pair] of Object.entries(event.changes ?? {})) {
        const [before, after] = Array.isArray(pair) ? pair : [null, pair];
        const declared = fieldOf(resource, field);
        const kind = declared ? kindOf(declared) : null;

        if (kind === "photos" || kind === "file" || field.endsWith("photos") || field === "photo") {
            photos.push(...idsIn(after).filter((id) => !idsIn(before).includes(id)));
            continue;
        }
        if (SILENT.has(field) || kind === "ref" || kind === "sign" || kind === "lines" || (after !== null && typeof after === "object"))
            continue;
        if (WORDS.includes(field) && typeof after === "string") {
            if (field !== "description" || event.from !== null)
                words ||= sayWord(resource, event.action, field, after);
            continue;
        }
        if (kind === "long" || kind === "refs" || kind === "record") {
            if (before !== null && before !== undefined && kind === "long")
                changes.push(fieldLabel(resource, field)); /* what it says now stands above */
            continue;
        }
        if (before !== null && before !== undefined)
            changes.push(`${fieldLabel(resource, field)} ${valueText(resource, field, before)} → ${valueText(resource, field, after)}`);
        else if (kind === "money" && after)
            changes.push(`${fieldLabel(resource, field)} ${valueText(resource, field, after)}`);
    }
    return {
        id: event.id, at: event.at, who, action: event.action,
        verb: actionLabel(resource, event.action), changes, words, photos,
        tone: toneFor(event, who), pause: pauseOf(event, later), times: 1,
        skewed: event.clock_skew === true,
        resource: event.resource, record: event.record ?? undefined, no: event.no,
    };
}

export function actorName(event: Pick<Event, "actor" | "actor_">): string
{
    const { actor } = event;

    if (event.actor_)
        return event.actor_.label ?? event.actor_.name ?? "";
    if (typeof actor === "string" && /^\d+$/.test(actor))
        return ""; /* an id without words is nobody to name */

    if (!actor)
        return "";
    if (typeof actor === "string")
        return actor === "system" ? "" : actor;
    return actor.name ?? actor.label ?? "";
}

/* A chosen reason in words: the action's own choices first, then the field's. */
function sayWord(resource: string, action: string, field: string, word: string): string
{
    const ask = resourceOf(resource)?.actions?.find(({ name }) => name === action)?.asks?.find(({ name }) => name === field);
    const choice = [...(ask?.choices ?? []), ...(ask?.suggestions ?? [])].find(({ value }) => value === word);

    return choice?.label ?? (fieldOf(resource, field)?.choices ? choiceLabel(resource, field, word) : word);
}

/* How long the clock stood still after a suspend: until the event that left `waiting`, or until now. */
function pauseOf(event: Event, later: readonly Event[]): string
{
    if (event.to !== "waiting")
        return "";
    const end = later.find((one) => one.from === "waiting" && one.to !== "waiting");
    return end ? t("story.paused_for", { time: durationExact(msOf(end.at) - msOf(event.at)) }) : t("story.paused_since", { at: when(event.at) });
}

function toneFor(event: Event, who: string): Told["tone"]
{
    if (event.to === "waiting")
        return "held";
    if (["rework", "reject", "refuse_quote", "decline"].includes(event.action))
        return "bad";
    if (event.action === "confirm" && who)
        return "good";
    return who ? "plain" : "machine";
}

export function valueText(resource: string, field: string, value: unknown): string
{
    if (value === null || value === undefined || value === "")
        return "—";
    if (field === "state")
        return stateLabel(resource, String(value));
    const declared = fieldOf(resource, field);
    const kind = declared ? kindOf(declared) : field.endsWith("_fen") ? "money" : null;
    if (kind === "money")
        return money(value);
    if (kind === "time" || field.endsWith("_at"))
        return when(String(value));
    if (kind === "code" && declared?.to)
        return codeLabel(declared.to, value);
    if (kind === "choice")
        return choiceLabel(resource, field, value);
    if (kind === "bool")
        return t(value ? "word.yes" : "word.no");
    return String(value);
}

function idsIn(value: unknown): string[]
{
    const all = Array.isArray(value) ? value : value ? [value] : [];

    return all.map((one) => (typeof one === "object" && one ? String((one as { id?: unknown }).id ?? "") : String(one))).filter(Boolean);
}
export { idsIn };
