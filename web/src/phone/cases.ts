/* cases.ts: a complaint or a question as the person who brought it sees it: the promise, the steps, whose turn it is. */
import { chipOf } from "@/shared/clock";
import { dayOf, timeOnly, when } from "@/shared/format";
import { hasWord, t } from "@/shared/i18n";
import { isEnded, limitLabel, refLabel } from "@/shared/meta";
import { actorName } from "@/shared/story";
import type { Event, Rec } from "@/shared/types";
import type { Line, Promised } from "./repairs";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function promisedOf(resource: string, record: Rec, at: number): Promised
{
    const chip = chipOf(record, at);
    const headline = headlineOf(resource, record);
    const due = chip.due;
    const clock = due !== null && !Number.isNaN(due) ? (dayOf(due) === dayOf(at) ? timeOnly(due) : when(due, at)) : "";
    const limit = record.clock?.limit ?? record.next_limit ?? "";
    const what = limit ? t("case.before", { what: hasWord(`case.limit.${limit}`) ? t(`case.limit.${limit}`) : limitLabel(limit) }) : "";
    const base = { look: chip.look, part: chip.part, sentence: chip.sentence, headline };

    if (isEnded(resource, record.state) || chip.look === "none" || !clock)
        return { ...base, big: "", under: "", why: "" };
    if (chip.look === "over")
        return { ...base, big: chip.words, under: t("promise.was", { at: clock, what }), why: t("case.over_why") };
    return { ...base, big: clock, under: what, why: t("case.if_not") };
}

function headlineOf(resource: string, record: Rec): string
{
    const state = record.state ?? "";
    const who = refLabel(record, "owner");

    if (resource === "complaints" && record["withdrawn"])
        return t("case.head.withdrawn");
    if (resource === "complaints" && state === "investigating" && Number(record["reopened"] ?? 0) > 0)
        return t("case.head.reopened");
    if (resource === "complaints" && state === "investigating" && refLabel(record, "mediator"))
        return t("case.head.mediated", { who: refLabel(record, "mediator") });
    if (who && hasWord(`case.head.${resource}_${state}_who`))
        return t(`case.head.${resource}_${state}_who`, { who });
    return hasWord(`case.head.${resource}_${state}`) ? t(`case.head.${resource}_${state}`) : "";
}

/* What is still to come, from each state. */
const AHEAD: Record<string, [name: string, due: string][]> = {
    complaints: [["accept", "due_accept_at"], ["first_contact", "due_first_contact_at"], ["propose", "due_propose_at"], ["agree", ""], ["resolve", "due_resolve_at"], ["callback", "due_callback_at"], ["close", "due_close_at"]],
    enquiries: [["answer", "due_answer_at"]],
};
const ORDER: Record<string, string[]> = {
    complaints: ["lodged", "accepted", "investigating", "proposed", "resolving", "resolved", "verified"],
    enquiries: ["open"],
};
const TONE: Record<string, Line["tone"]> = { disagree: "bad", refuse: "bad", withdraw: "bad", escalate: "held", extend: "held", unreachable: "held", reopen: "held" };

export function linesOfCase(resource: string, record: Rec, events: readonly Event[], at: number): Line[]
{
    const lines: Line[] = events.flatMap((event): Line[] => {
        const key = `case.line.${event.action}`;
        if (!hasWord(key))
            return [];
        const who = actorName(event);
        const said = event.changes?.["solved"]?.[1];
        const words = event.action === "callback" && said === false ? t("case.line.callback_not") : t(key);
        return [{ key: event.id, words: who && event.action !== "lodge" && event.action !== "log" ? t("case.by", { who, what: words }) : words, more: wordsIn(event), at: when(event.at, at), tone: (event.action === "callback" && said === false ? "bad" : TONE[event.action]) ?? "done" }];
    });

    if (!lines.length && record.created_at)
        lines.push({ key: "made", words: t(resource === "complaints" ? "case.line.lodge" : "case.line.log"), more: "", at: when(record.created_at, at), tone: "done" });
    const from = (ORDER[resource] ?? []).indexOf(record.state ?? "");
    if (from >= 0)
        (AHEAD[resource] ?? []).slice(from).forEach(([name, due], i) => {
            const by = text(record[due]);
            lines.push({ key: name, words: t(`case.ahead.${name}`), more: "", at: by ? t("line.by", { at: when(by, at) }) : "", tone: i ? "todo" : "now" });
        });
    return lines;
}

/* The persons' own words; a plan and an answer have places of their own. */
function wordsIn(event: Event): string
{
    for (const name of ["reason", "statement", "note", "action_taken"]) {
        const after = event.changes?.[name]?.[1];
        if (typeof after === "string" && after && !["lodge", "log"].includes(event.action))
            return after;
    }
    return event.note ?? "";
}
