/* rounds.ts: a round as the guard who walks it sees it: what the server knows, and laid over it what waits on this phone. */
import { msOf } from "@/shared/format";
import { t } from "@/shared/i18n";
import type { Rec } from "@/shared/types";
import { outbox } from "./outbox";

export interface Point { checkpoint: string; order: number; name: string; hint?: string | null; kind?: string; geo?: { lat: number; lng: number } | null }
export interface Stop { point: Point; done: boolean; waits: boolean; at: string | null }
export interface Walk { round: Rec; stops: Stop[]; done: number; next: Stop | null; state: string; late_ms: number; extra: string; extra_at: string; missed: Stop[] }

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
export const ROUND_INCLUDE = "route,person";
export const codeOf = (text: string): string | null => /^(\d+):/.exec(text.trim())?.[1] ?? null; /* the checkpoint that a label is of */

export function walkOf(round: Rec, now: number): Walk
{
    const mine = outbox.mine.value.filter(({ record, problem }) => record === round.id && !problem);
    const scans = listOf<{ checkpoint: string; at: string }>(round["scans"]);
    const kept = mine.filter(({ action }) => action === "scan");
    const points = listOf<Point>(round["points"]).slice().sort((a, b) => a.order - b.order);
    const stops = points.map((point): Stop => {
        const sent = scans.find(({ checkpoint }) => checkpoint === point.checkpoint), waits = kept.find(({ body }) => body["checkpoint"] === point.checkpoint);
        return { point, done: !!sent || !!waits, waits: !sent && !!waits, at: sent?.at ?? waits?.at ?? null };
    });
    const state = mine.some(({ action }) => action === "finish") ? "finished" : round.state === "planned" && mine.length ? "started" : (round.state ?? "planned");
    const extra = round["extra"] as { checkpoint?: string; ask?: string } | null;
    const missed = new Set(listOf<string>(round["missed"]));
    const due = msOf(state === "planned" ? (round["window_to"] as string) : (round["finish_by"] as string));

    return {
        round, stops, state, done: stops.filter((stop) => stop.done).length, next: stops.find((stop) => !stop.done) ?? null,
        late_ms: now - due, extra: extra?.ask ?? "", extra_at: extra?.checkpoint ?? "", missed: stops.filter(({ point }) => missed.has(point.checkpoint)),
    };
}
export const isWalking = (walk: Walk): boolean => walk.state === "planned" || walk.state === "started";
export const needsPhoto = (walk: Walk, checkpoint: string): string =>
    walk.extra_at === checkpoint ? walk.extra : listOf<string>(walk.round["proofs"]).includes("photo") ? t("round.photo") : "";
