/* duty.ts: what the guards' pages share: rounds and their points, the days of a month, what a line looks like in it. */
import { dayOf, DAY_MS, instantAt, timeOnly } from "@/shared/format";
import { t } from "@/shared/i18n";
import type { Rec } from "@/shared/types";

export interface Point { checkpoint: string; order: number; name: string; hint?: string | null; geo?: { lat: number; lng: number } | null }
export interface Scan { checkpoint: string; at: string; method: string; flags: string[] }
export interface Hole { from: string; to: string; have: number; need: number }
export interface Manned { post: string; name: string; kind: string; min_persons: number; required_min: number; uncovered_min: number; holes: Hole[] }
export interface Coverage { uncovered_min: number; posts: Manned[] }
export interface Pin { record: string; x: number; y: number }

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
export const pointsOf = (round: Rec): Point[] => listOf<Point>(round["points"]);
export const scansOf = (round: Rec): Scan[] => listOf<Scan>(round["scans"]);
export const missedOf = (round: Rec): string[] => listOf<string>(round["missed"]);
export const flagsOf = (round: Rec): string[] => listOf<string>(round["flags"]);
export const pinsOf = (plan: Rec | null | undefined): Pin[] => listOf<Pin>(plan?.["pins"]);
export const isOver = (round: Rec): boolean => !["planned", "started"].includes(round.state ?? "");

/* Each point of a round: scanned, missed, or still to come. */
export type Mark = "done" | "missed" | "todo";
export function marksOf(round: Rec): { point: Point; mark: Mark }[]
{
    const seen = new Set(scansOf(round).map(({ checkpoint }) => checkpoint));

    return pointsOf(round).map((point) => ({ point, mark: seen.has(point.checkpoint) ? "done" : isOver(round) ? "missed" : "todo" }));
}
export const nameOfPoint = (round: Rec, checkpoint: string): string => pointsOf(round).find((point) => point.checkpoint === checkpoint)?.name ?? "";
/* What is said below the bar. */
export function roundLine(round: Rec): string
{
    const state = round.state ?? "";
    const at = (field: string): string => timeOnly(round[field] as string | null);

    if (state === "planned")
        return t("duty.begins", { at: at("planned_start") });
    if (state === "started")
        return t("duty.until", { at: at("finish_by") });
    return round["finished_at"] ? t("duty.walked", { from: at("started_at"), to: at("finished_at") }) : "";
}

/* From midnight to midnight, and the night that began the evening before: what a duty room looks at. */
export const sinceLastEvening = (): string => new Date(Date.parse(instantAt(dayOf(), 0)) - DAY_MS / 4).toISOString();
export const endOfDay = (): string => instantAt(dayOf(undefined, 1), 8);

/* Must somebody be at the post at this moment? Its hours are written 00:00-08:00,20:00-24:00. */
export function isNeeded(post: Rec, at: number): boolean
{
    const [now, minutes] = [timeOnly(at), (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))];

    return String(post["hours"] ?? "00:00-24:00").split(",").some((part) => minutes(part.trim()) <= minutes(now) && minutes(now) < minutes(part.trim().slice(6)));
}

export function daysOfMonth(month: string): string[]
{
    const [year = 0, n = 1] = month.split("-").map(Number);

    return Array.from({ length: new Date(Date.UTC(year, n, 0)).getUTCDate() }, (_, i) => `${month}-${String(i + 1).padStart(2, "0")}`);
}
export const monthOn = (month: string, step: number): string => {
    const [year = 0, n = 1] = month.split("-").map(Number);
    return new Date(Date.UTC(year, n - 1 + step, 1)).toISOString().slice(0, 7);
};
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

/* The holes of one day, as one sentence. */
export const holesOn = (post: Manned | undefined, day: string): Hole[] => (post?.holes ?? []).filter(({ from, to }) => dayOf(Date.parse(from)) <= day && dayOf(Date.parse(to) - 1) >= day);
export const holeText = (hole: Hole): string => t("duty.hole", { from: timeOnly(hole.from), to: timeOnly(hole.to), n: hole.need - hole.have });
