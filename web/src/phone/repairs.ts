/* repairs.ts: a repair as a resident and an engineer speak of it: the promise, the steps, the people. */
import { chipOf, type Look } from "@/shared/clock";
import { dayOf, durationExact, msOf, span, timeOnly, when, yuan } from "@/shared/format";
import { language, t } from "@/shared/i18n";
import { choiceLabel, refLabel } from "@/shared/meta";
import { ENDED } from "@/shared/states";
import { actorName } from "@/shared/story";
import type { Event, Label, Rec } from "@/shared/types";

export const INCLUDE = "house,space,category,assignee,reporter";
export const OPEN = "reported,accepted,assigned,working,quoted,waiting,finished";
export const AT_WORK = "assigned,working,quoted,waiting";
export const REWORK_DAYS = 30;

const DAY_MS = 86_400_000;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const member = (record: Rec, field: string): Label | null => (record[field + "_"] as Label | null | undefined) ?? null;

export const titleOf = (record: Rec): string => text(record["title"]) || categoryOf(record) || (record.no ?? "");
export const placeOf = (record: Rec): string => refLabel(record, "house") || refLabel(record, "space");
export const isOver = (record: Rec): boolean => ENDED.has(record.state ?? "");
export const isHome = (record: Rec): boolean => !!record["house"];

export function categoryOf(record: Rec): string
{
    const kind = member(record, "category");

    return text(language() === "en" ? kind?.["en"] : kind?.["zh"]) || kind?.label || "";
}

export interface Person {
    name: string;
    phone: string;
    detail: string;
}
export function engineerOf(record: Rec): Person | null
{
    const who = member(record, "assignee");
    const name = text(who?.["name"]) || who?.label || "";

    return name ? { name, phone: text(who?.["phone"]), detail: text(who?.["detail"]) } : null;
}
export const reporterOf = (record: Rec): string => refLabel(record, "reporter");

/* The promise in the ring: when, what, and what if not. */
export interface Promised {
    look: Look;
    part: number;
    big: string;
    under: string;
    sentence: string;
    headline: string;
    why: string;
}

export function promised(record: Rec, at: number): Promised
{
    const chip = chipOf(record, at);
    const state = record.state ?? "";
    const who = engineerOf(record)?.name ?? "";
    const limit = record.clock?.limit ?? record.next_limit ?? null;
    const due = chip.due;
    const clock = due !== null && !Number.isNaN(due) ? (dayOf(due) === dayOf(at) ? timeOnly(due) : when(due, at)) : "";
    const by = limit === "arrive" ? t(isHome(record) ? "promise.arrive_home" : "promise.arrive") : limit === "finish" ? t("promise.finish") : t("promise.respond");
    const base = { look: chip.look, part: chip.part, sentence: chip.sentence };

    if (["finished", "confirmed", "closed", "cancelled", "rejected", "merged"].includes(state))
        return { ...base, big: "", under: "", headline: headlineOf(state, who), why: "" };
    if (chip.look === "paused")
        return { ...base, big: t("promise.paused"), under: untilOf(record) ? t("promise.until", { at: when(untilOf(record), at) }) : "", headline: pausedWords(record), why: t("promise.paused_why") };
    if (chip.look === "over")
        return { ...base, big: chip.words, under: clock ? t("promise.was", { at: clock, what: by }) : "", headline: headlineOf(state, who), why: t("promise.over_why") };
    if (chip.look === "none" || !clock)
        return { ...base, big: "", under: chip.words, headline: headlineOf(state, who), why: "" };
    return { ...base, big: clock, under: by, headline: headlineOf(state, who), why: t("promise.if_not") };
}

function headlineOf(state: string, who: string): string
{
    if (["reported", "accepted", "quoted", "finished", "confirmed", "closed", "cancelled", "rejected", "merged"].includes(state))
        return t(`headline.${state}`);
    if (state === "working")
        return who ? t("headline.working_who", { who }) : t("headline.working");
    if (state === "assigned")
        return who ? t("headline.assigned_who", { who }) : t("headline.assigned");
    return t("headline.waiting");
}

export const untilOf = (record: Rec): string => text(record["wait_until"]);
export function pausedWords(record: Rec): string
{
    const reason = text(record["wait_reason"]);

    return reason ? t("headline.waiting_for", { what: choiceLabel("repairs", "wait_reason", reason) }) : t("headline.waiting");
}

/* The five parts of the bar on the home page: how many are behind us, and which is now. */
export function partsOf(record: Rec): { done: number; now: number }
{
    const at: Record<string, [number, number]> = {
        reported: [1, 1], accepted: [1, 1], assigned: [2, 2], working: [3, 3], quoted: [3, 3], waiting: [record["arrived_at"] ? 3 : 2, record["arrived_at"] ? 3 : 2], finished: [4, 4], confirmed: [5, 5], closed: [5, 5],
    };
    const [done, now] = at[record.state ?? ""] ?? [0, 0];

    return { done, now };
}
export const PART_WORDS = ["part.reported", "part.assigned", "part.arrived", "part.finished", "part.rated"] as const;

export interface Line {
    key: string;
    words: string;
    more: string;
    at: string;
    tone: "done" | "now" | "todo" | "held" | "bad";
}

/* The steps with their real times, and with promised ones where nothing has happened yet. */
export function linesOf(record: Rec, events: readonly Event[], at: number): Line[]
{
    const lines: Line[] = [];
    const state = record.state ?? "";
    const photos = Array.isArray(record["photos"]) ? record["photos"].length : 0;
    const took = (one: Event, from: string | undefined): string => (from && msOf(one.at) - msOf(from) >= 60_000 ? t("line.took", { time: durationExact(msOf(one.at) - msOf(from)) }) : "");

    for (const [i, one] of events.entries()) {
        const who = actorName(one);
        const said = wordsIn(one);
        const done = (words: string, more = "", tone: Line["tone"] = "done"): void => { lines.push({ key: one.id, words, more, at: when(one.at, at), tone }); };
        switch (one.action) {
        case "report": case "create":
            done(who ? t("line.reported_who", { who }) : t("line.reported"), photos ? t("line.photos", { n: photos }) : "");
            break;
        case "accept": done(who ? t("line.accepted_who", { who }) : t("line.accepted"), took(one, record.created_at)); break;
        case "assign": case "transfer": case "take": {
            const name = engineerOf(record)?.name;
            const last = !events.slice(i + 1).some(({ action }) => ["assign", "transfer", "take"].includes(action));
            done(one.action === "take" && who ? t("line.taken", { who }) : last && name ? t("line.assigned_who", { who: name }) : t("line.assigned"), record["appoint_from"] && last ? span(text(record["appoint_from"]), text(record["appoint_to"]), at) : "");
            break;
        }
        case "decline": done(t("line.declined"), "", "bad"); break;
        case "arrive": done(who ? t("line.arrived_who", { who }) : t("line.arrived"), late(one.at, record["due_arrive_at"])); break;
        case "quote": done(t("line.quoted"), typeof record["quote_fen"] === "number" ? yuan(record["quote_fen"]) : ""); break;
        case "accept_quote": done(t("line.quote_agreed")); break;
        case "refuse_quote": done(t("line.quote_refused"), said, "bad"); break;
        case "suspend": done(t("line.paused"), said, "held"); break;
        case "resume": done(t("line.resumed")); break;
        case "finish": done(t("line.finished"), said || late(one.at, record["due_finish_at"])); break;
        case "confirm": done(who ? t("line.confirmed") : t("line.confirmed_auto"), said); break;
        case "rework": done(t("line.rework"), said, "bad"); break;
        case "reject": done(t("line.rejected"), said, "bad"); break;
        case "cancel": done(t("line.cancelled"), said, "bad"); break;
        case "merge": done(t("line.merged")); break;
        case "close": done(t("line.closed")); break;
        default: break; /* small changes are in the full story */
        }
    }
    if (!lines.length && record.created_at)
        lines.push({ key: "made", words: t("line.reported"), more: "", at: when(record.created_at, at), tone: "done" });
    if (!isOver(record) && state !== "confirmed")
        lines.push(...ahead(record, at));
    return lines;
}

function ahead(record: Rec, at: number): Line[]
{
    const state = record.state ?? "";
    const by = (due: unknown): string => (text(due) ? t("line.by", { at: when(text(due), at) }) : "");
    const steps: Line[] = [];
    const add = (key: string, due: unknown = null): void => { steps.push({ key, words: t(`ahead.${key}`), more: "", at: by(due), tone: steps.length ? "todo" : "now" }); };

    if (state === "reported")
        add("accept", record["due_respond_at"]);
    if (["reported", "accepted"].includes(state))
        add("assign");
    if (["reported", "accepted", "assigned"].includes(state))
        add("arrive", record["due_arrive_at"]);
    if (state === "quoted")
        add("agree");
    if (state !== "finished")
        add("finish", record["due_finish_at"]);
    add("confirm");
    return steps;
}

function late(at: string, due: unknown): string
{
    const over = msOf(at) - msOf(text(due) || null);

    return over > 60_000 ? t("clock.late_by", { time: durationExact(over) }) : "";
}

/* A reason, a comment, what was done: the person's own words in an event. */
function wordsIn(event: Event): string
{
    for (const name of ["reason", "solution", "comment", "note"]) {
        const after = event.changes?.[name]?.[1];
        if (typeof after === "string" && after)
            return name === "reason" ? choiceLabel("repairs", "wait_reason", after) : after;
    }
    return event.note ?? "";
}

/* Files of a field: from the record, or from the events that brought them. */
export function filesOf(record: Rec, events: readonly Event[], field: string): string[]
{
    const own = record[field];
    const list = Array.isArray(own) ? own : [...events].reverse().map((event) => event.changes?.[field]?.[1]).find(Array.isArray);

    return (list ?? []).map((one) => (typeof one === "string" ? one : String((one as Label).id)));
}

export const mayRework = (record: Rec, at: number): boolean =>
    record.actions?.some(({ name }) => name === "rework") === true && at - msOf(text(record["finished_at"]) || record.updated_at) < REWORK_DAYS * DAY_MS;

/* 3 栋 2 单元，15 层 1501: the way in words, from a house's number. */
export function wayTo(record: Rec): string
{
    const house = member(record, "house");
    const no = text(house?.["no"]) || house?.label?.split(/\s/)[0] || "";
    const [building, unit, room] = no.split("-");

    if (!building || !unit || !room)
        return refLabel(record, "space");
    const floor = /^\d{3,}$/.test(room) ? String(Number(room.slice(0, -2))) : "";
    return floor ? t("way.floor", { building, unit, floor, room }) : t("way.home", { building, unit, room });
}
