/* plans.ts: what the pages of plans, tasks and checklists share: days of a calendar, a task's standing, a checklist's items. */
import { dayOf, DAY_MS, msOf, wall } from "@/shared/format";
import { fieldOf } from "@/shared/meta";
import type { Choice, Rec } from "@/shared/types";
import { text } from "../finance/finance";

export { askProjects, everyPage, project, projects, text } from "../finance/finance";

export const teams = (): Choice[] => fieldOf("plans", "team")?.choices ?? [];

/* Days as YYYY-MM-DD. Weeks begin on Monday. */
export const dayOn = (day: string, days: number): string => new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
export const weekdayOf = (day: string): number => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
export const mondayOf = (day: string): string => dayOn(day, -weekdayOf(day));
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
export function monthOn(month: string, months: number): string
{
    const [year = 0, at = 1] = month.split("-").map(Number);
    return new Date(Date.UTC(year, at - 1 + months, 1)).toISOString().slice(0, 7);
}
/* The whole weeks that a month touches. */
export function weeksOf(month: string): string[][]
{
    const weeks: string[][] = [];
    for (let monday = mondayOf(`${month}-01`); monday < `${monthOn(month, 1)}-01`; monday = dayOn(monday, 7))
        weeks.push(Array.from({ length: 7 }, (_, i) => dayOn(monday, i)));
    return weeks;
}
const two = (n: number): string => String(n).padStart(2, "0");
/* An instant as the wall clock shows it, as DTSTART is written. */
export function wallOf(ms: number): string
{
    const { hour, minute } = wall(ms);
    return `${dayOf(ms)}T${two(hour)}:${two(minute)}:00`;
}

/* How a task stands: done (late or with its proof), missed, near, or simply to come. */
export type Standing = "done" | "late" | "missed" | "running" | "near" | "coming" | "excused";
export const NEAR_DAYS = 60;
export function standing(task: Rec, now: number, near_days = 0): Standing
{
    if (task.state === "done")
        return task["timing"] === "late" ? "late" : "done";
    if (task.state === "excused")
        return "excused";
    if (task.state === "missed" || msOf(text(task["window_to"])) < now)
        return "missed";
    if (task.state === "started")
        return "running";
    return msOf(text(task["due_at"])) - now <= near_days * DAY_MS ? "near" : "coming";
}
/* 60, 30, 7: the nearest mark that a task has come under; null before all. */
export const MARKS = [7, 30, 60] as const;
export const markOf = (due: string, now: number): number | null => MARKS.find((days) => msOf(due) - now <= days * DAY_MS) ?? null;

export interface Coming { plan: string; dates: string[] }
export const TASK_INCLUDE = "space,assignee,plan";

/* An item of a checklist, as the server keeps it. */
export interface Item {
    item: string;
    label: string;
    label_en?: string;
    kind: string;
    unit?: string;
    min?: string;
    max?: string;
    warn_min?: string;
    warn_max?: string;
    required?: boolean;
    photo?: string;
    points?: number;
    when?: { item: string; is: string[] };
    opens?: Record<string, unknown>;
    choices?: string[];
    fails?: string[];
    expect?: string;
    seconds?: number;
}
export interface Answer { value?: unknown; photo?: string; note?: string }
export type Answers = Record<string, Answer>;
export const ITEM_KINDS = ["check", "number", "choice", "text", "photo", "signature", "scan", "countdown"] as const;
export const itemsIn = (value: unknown): Item[] => (Array.isArray(value) ? (value as Item[]) : []);

/* Under its condition, by what was answered above it. */
export const isAsked = (item: Item, answers: Answers): boolean => !item.when || item.when.is.includes(text(answers[item.when.item]?.value));
/* What an answer would be found to be: as the server judges it. */
export function judge(item: Item, answer: Answer | undefined): "ok" | "warning" | "fail" | null
{
    const value = answer?.value, number = Number(value);
    const outside = (low?: string, high?: string): boolean => (low !== undefined && number < Number(low)) || (high !== undefined && number > Number(high));

    if (value === undefined || value === "")
        return null;
    if (item.kind === "number")
        return Number.isNaN(number) ? null : outside(item.min, item.max) ? "fail" : outside(item.warn_min, item.warn_max) ? "warning" : "ok";
    if (item.kind === "check")
        return value === "fail" ? "fail" : "ok";
    return item.kind === "choice" && item.fails?.includes(String(value)) ? "fail" : "ok";
}
export const wantsPhoto = (item: Item, answer: Answer | undefined): boolean => item.photo === "always" || (item.photo === "on_fail" && judge(item, answer) === "fail");
/* The answers as `finish` takes them: those that are asked, and given. */
export const answersOf = (items: readonly Item[], answers: Answers): object[] =>
    items.filter((item) => isAsked(item, answers) && answers[item.item]?.value !== undefined && answers[item.item]?.value !== "").map((item) => ({ item: item.item, ...answers[item.item] }));
