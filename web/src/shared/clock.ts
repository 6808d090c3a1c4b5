/* clock.ts: the promise and how much of it is left. One shared timer turns once a minute; the server's time rules. */
import { readonly, ref } from "vue";
import { online, serverNow } from "./api";
import { dayOf, duration, msOf, timeOnly, when } from "./format";
import { t } from "./i18n";
import { choiceLabel, limitLabel } from "./meta";
import { ENDED } from "./states";
import type { Rec } from "./types";

export type Look = "ended" | "none" | "ok" | "half" | "warn" | "over" | "paused" | "met" | "missed" | "lost";
export interface Chip {
    look: Look;
    words: string;
    part: number; /* of the ring, 0 to 1 */
    sentence: string; /* what a screen reader says and the tooltip shows */
    due: number | null;
}

const now = ref(serverNow());
export const minute = readonly(now);
function turn(): void
{
    now.value = serverNow();
    window.setTimeout(turn, 60_000 - (now.value % 60_000) + 50);
}
turn();
/* After a long sleep, or once the first answer has told the server's time. */
export const turnNow = (): void => { now.value = serverNow(); };
document.addEventListener("visibilitychange", () => { if (!document.hidden) turnNow(); });

/* The chip of a record. `long` adds the reason and end of a pause. Reads `clock`, or `next_due_at` when there is none. */
export function chipOf(record: Pick<Rec, "clock" | "next_due_at" | "next_limit" | "state"> & Record<string, unknown>, at: number, long = false): Chip
{
    const clock = record.clock ?? null;
    const state = record.state === "waiting" ? "paused" : (clock?.state ?? (record.next_due_at ? "running" : "none"));
    const due = msOf(clock?.due_at ?? record.next_due_at);
    const start = msOf(clock?.started_at ?? (record["created_at"] as string | undefined));
    const limit = clock?.limit ?? record.next_limit ?? null;
    const what = limit ? limitLabel(limit) : "";

    if (!online.value)
        return chip("lost", t("clock.lost"), 0, t("clock.lost"), null);
    switch (state) {
    case "paused": {
        const until = typeof record["wait_until"] === "string" ? record["wait_until"] : null;
        const reason = typeof record["wait_reason"] === "string" ? choiceLabel("repairs", "wait_reason", record["wait_reason"]) : "";
        const words = long && until ? t("clock.paused_until", { reason, until: when(until, at) }).replace(/ +/g, " ") : t("clock.paused");
        return chip("paused", words, 0, words, due);
    }
    case "met":
        return chip("met", t("clock.met"), 1, `${what} ${t("clock.met")}`.trim(), due);
    case "missed": {
        const late = msOf(clock?.done_at) - due;
        const words = late > 0 ? t("clock.late_by", { time: duration(late) }) : t("clock.late");
        return chip("missed", words, 1, `${what} ${words}`.trim(), due);
    }
    case "running":
    case "over":
        break;
    case "none":
        return outcome(record) ?? chip("none", t("clock.none"), 0, t("clock.none"), null);
    }
    if (Number.isNaN(due))
        return chip("none", t("clock.none"), 0, t("clock.none"), null);

    const left = due - at;
    const part = left <= 0 ? 1 : partOf(start, due, at, clock?.percent ?? null);
    const by = dayOf(due) === dayOf(at) ? timeOnly(due) : when(due, at);
    const sentence = (words: string) => [what, t("clock.by", { time: when(due, at) }), words].filter(Boolean).join(" · ");
    if (left <= 0) {
        const words = t("clock.over", { time: duration(left) });
        return chip("over", words, 1, sentence(words), due);
    }
    const words = t("clock.left", { time: duration(left) });
    if (part >= 0.8)
        return chip("warn", words, part, sentence(words), due);
    if (part >= 0.5)
        return chip("half", words, part, sentence(words), due);
    return chip("ok", t("clock.by", { time: by }), part, sentence(words), due);
}

/* When no clock runs any more: what became of the promise to finish, or nothing where nothing was promised. */
function outcome(record: Record<string, unknown>): Chip | null
{
    const due = msOf(record["due_finish_at"] as string | null), done = msOf(record["finished_at"] as string | null);

    if (!Number.isNaN(due) && !Number.isNaN(done)) {
        const words = done <= due ? t("clock.met") : t("clock.late_by", { time: duration(done - due) });
        return chip(done <= due ? "met" : "missed", words, 1, `${t("limit.finish")} ${words}`, due);
    }
    return ENDED.has(String(record["state"])) ? chip("ended", "", 0, "", null) : null;
}

/* The server's percent knows calendars and pauses; between two answers the straight line is near enough, and never less. */
function partOf(start: number, due: number, at: number, percent: number | null): number
{
    const straight = due > start ? (at - start) / (due - start) : 0;
    const part = percent === null ? straight : percent / 100;

    return Math.min(1, Math.max(0, part));
}

const chip = (look: Look, words: string, part: number, sentence: string, due: number | null): Chip => ({ look, words, part, sentence, due });
