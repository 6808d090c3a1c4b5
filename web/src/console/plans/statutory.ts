/* statutory.ts: what law makes due, by plan over twelve months, and what of it needs somebody now. */
import { DAY_MS, msOf } from "@/shared/format";
import type { Rec } from "@/shared/types";
import { daysBetween, markOf, monthOn, NEAR_DAYS, standing, text, wallOf, type Coming, type Standing } from "./plans";

export interface Mark { key: string; day: string; left: number; standing: Standing | "planned"; task: Rec | null }
export interface Duty { plan: Rec; marks: Mark[]; often: boolean }
export interface Year { from: string; before: string; months: { month: string; left: number }[] }
const MONTHS = 12, OFTEN = 6; /* marks of a row beyond which they are small */
const ORDER: readonly string[] = ["missed", "running", "near", "coming"];

/* Last month and eleven more. */
export function yearFrom(today: string): Year
{
    const first = monthOn(today.slice(0, 7), -1), from = `${first}-01`, before = `${monthOn(first, MONTHS)}-01`;

    return { from, before, months: Array.from({ length: MONTHS }, (_, i) => monthOn(first, i)).map((month) => ({ month, left: share(from, before, `${month}-01`) })) };
}
export const share = (from: string, before: string, day: string): number => (daysBetween(from, day) / daysBetween(from, before)) * 100;

/* One row for each plan, those that need somebody first. */
export function dutiesOf(plans: readonly Rec[], tasks: readonly Rec[], coming: readonly Coming[], year: Year, now: number): Duty[]
{
    const rows = plans.map((plan): Duty => {
        const own = tasks.filter((task) => task["plan"] === plan.id && text(task["due_at"]) !== "");
        const marks = [
            ...own.map((task): Mark => { const day = wallOf(msOf(text(task["due_at"]))).slice(0, 10); return { key: task.id, day, left: share(year.from, year.before, day), standing: standing(task, now, NEAR_DAYS), task }; }),
            ...(coming.find((row) => row.plan === plan.id)?.dates ?? []).map((at): Mark => ({ key: at, day: at.slice(0, 10), left: share(year.from, year.before, at.slice(0, 10)), standing: "planned", task: null })),
        ].filter(({ day }) => day >= year.from && day < year.before).sort((a, b) => a.day.localeCompare(b.day));
        return { plan, marks, often: marks.length > OFTEN };
    });
    const worst = (duty: Duty): number => Math.min(...duty.marks.map((mark) => { const at = ORDER.indexOf(mark.standing); return at < 0 ? ORDER.length : at; }), ORDER.length);
    const next = (duty: Duty): string => duty.marks.find(({ standing: how }) => how !== "done" && how !== "late")?.day ?? "9";

    return rows.sort((a, b) => worst(a) - worst(b) || next(a).localeCompare(next(b)));
}

/* What is open, overdue first, then by its day. */
export const openFirst = (tasks: readonly Rec[], now: number): Rec[] =>
    tasks.filter(({ state }) => state === "due" || state === "started" || state === "missed").sort((a, b) => Number(standing(b, now) === "missed") - Number(standing(a, now) === "missed") || text(a["due_at"]).localeCompare(text(b["due_at"])));
/* What needs somebody: overdue, or within sixty days. */
export const pressing = (tasks: readonly Rec[], now: number): Rec[] => openFirst(tasks, now).filter((task) => standing(task, now) === "missed" || markOf(text(task["due_at"]), now) !== null);
/* Days over (negative: left) of its last moment. */
export const daysOver = (task: Rec, now: number): number => Math.trunc((now - msOf(text(task["window_to"]))) / DAY_MS);
/* Of a year: how many were due, and done in their window. */
export function kept(tasks: readonly Rec[], now: number): { due: number; met: number }
{
    const due = tasks.filter((task) => (task.state === "done" || task.state === "missed") && now - msOf(text(task["due_at"])) < 365 * DAY_MS && msOf(text(task["window_to"])) <= now);

    return { due: due.length, met: due.filter((task) => task.state === "done" && task["timing"] !== "late").length };
}
