/* statutory.ts: what law makes due, by plan and by the papers that no plan holds (people's certificates, licences, inspections) over twelve months, and what of it
 * needs somebody now. */
import { dayOf, DAY_MS, msOf } from "@/shared/format";
import type { Offer, Rec } from "@/shared/types";
import { daysBetween, markOf, monthOn, NEAR_DAYS, standing, text, wallOf, type Coming, type Standing } from "./plans";

/* A paper that runs out on a day: a row of `GET statutory/dates`. */
export interface LawDate { kind: string; title: string; of: string; resource: string; id: string; number: string | null; on: string; state: "valid" | "expired"; document: string | null; actions: Offer[] }
export interface Mark { key: string; day: string; left: number; standing: Standing | "planned"; task: Rec | null; date: LawDate | null; n: number }
export interface Duty { key: string; plan: Rec | null; plans: Rec[]; dates: LawDate[]; marks: Mark[]; often: boolean; daily: boolean }
export interface Year { from: string; before: string; months: { month: string; left: number }[] }
const MONTHS = 12, OFTEN = 6, DAILY = 30; /* marks of a row beyond which they are small, and beyond which a month is one mark */
const ORDER: readonly string[] = ["missed", "running", "near", "coming"];

/* Last month and eleven more. */
export function yearFrom(today: string): Year
{
    const first = monthOn(today.slice(0, 7), -1), from = `${first}-01`, before = `${monthOn(first, MONTHS)}-01`;

    return { from, before, months: Array.from({ length: MONTHS }, (_, i) => monthOn(first, i)).map((month) => ({ month, left: share(from, before, `${month}-01`) })) };
}
export const share = (from: string, before: string, day: string): number => (daysBetween(from, day) / daysBetween(from, before)) * 100;

const rank = (how: Mark["standing"]): number => { const at = ORDER.indexOf(how); return at < 0 ? ORDER.length : at; };

/* Plans of machines with one checklist are one duty, whichever machines they are of. */
export const dutyOf = (plan: Rec): string => (plan["equipment"] && plan["checklist_template"] ? `sheet ${text(plan["checklist_template"])}` : plan.id);
/* What is done every day is seen in its tasks; here it speaks when it is overdue. */
export const isDaily = (plan: Rec | undefined): boolean => /^FREQ=(DAILY|HOURLY|MINUTELY)/.test(text(plan?.["rrule"])) && !/INTERVAL=([2-9]|1\d)/.test(text(plan?.["rrule"]));

/* Of one day the worst stands for all. */
function byDay(marks: readonly Mark[]): Mark[]
{
    const days = new Map<string, Mark>();

    for (const mark of marks) {
        const other = days.get(mark.day);
        days.set(mark.day, { ...(other && rank(other.standing) <= rank(mark.standing) ? other : mark), n: (other?.n ?? 0) + 1 });
    }
    return [...days.values()];
}

/* What is due every day or week is told by the month: its worst. */
function byMonth(marks: readonly Mark[], year: Year): Mark[]
{
    const months = new Map<string, Mark>();

    for (const mark of marks) {
        const month = mark.day.slice(0, 7), worst = months.get(month);
        if (!worst || rank(mark.standing) < rank(worst.standing))
            months.set(month, { ...mark, key: month, left: share(year.from, year.before, `${month}-01`) });
    }
    return [...months.values()].sort((a, b) => a.key.localeCompare(b.key));
}

export const dateStanding = (date: LawDate, now: number): Standing => (date.state === "expired" ? "missed" : daysBetween(dayOf(now), date.on) <= NEAR_DAYS ? "near" : "coming");
/* Papers of one kind are one row, whosever they are; what ran out before the year stands at its beginning. */
function dateDuties(dates: readonly LawDate[], year: Year, now: number): Duty[]
{
    const kinds = new Map<string, LawDate[]>();

    for (const date of dates)
        if (date.on < year.before)
            kinds.set(`${date.kind} ${date.title}`, [...(kinds.get(`${date.kind} ${date.title}`) ?? []), date]);
    return [...kinds].map(([key, own]) => ({
        key, plan: null, plans: [], dates: own, often: own.length > OFTEN, daily: false,
        marks: own.map((date): Mark => ({ key: date.id, day: date.on, left: Math.max(0, share(year.from, year.before, date.on)), standing: dateStanding(date, now), task: null, date, n: 1 })),
    }));
}

/* One row for each plan and each kind of paper, those that need somebody first, the daily ones behind those of the same urgency. */
export function dutiesOf(plans: readonly Rec[], tasks: readonly Rec[], coming: readonly Coming[], dates: readonly LawDate[], year: Year, now: number): Duty[]
{
    const groups = new Map<string, Rec[]>();
    for (const plan of plans)
        groups.set(dutyOf(plan), [...(groups.get(dutyOf(plan)) ?? []), plan]);
    const planned = [...groups].map(([key, own]): Duty => {
        const ids = new Set<unknown>(own.map(({ id }) => id));
        const marks = byDay([
            ...tasks.filter((task) => ids.has(task["plan"]) && text(task["due_at"]) !== "").map((task): Mark => { const day = wallOf(msOf(text(task["due_at"]))).slice(0, 10); return { key: task.id, day, left: share(year.from, year.before, day), standing: standing(task, now, NEAR_DAYS), task, date: null, n: 1 }; }),
            ...coming.filter((row) => ids.has(row.plan)).flatMap((row) => row.dates.map((at): Mark => ({ key: `${row.plan} ${at}`, day: at.slice(0, 10), left: share(year.from, year.before, at.slice(0, 10)), standing: "planned", task: null, date: null, n: 1 }))),
        ]).filter(({ day }) => day >= year.from && day < year.before).sort((a, b) => a.day.localeCompare(b.day));
        return { key, plan: own[0]!, plans: own, dates: [], marks: marks.length > DAILY ? byMonth(marks, year) : marks, often: marks.length > OFTEN, daily: marks.length > DAILY };
    });
    const worst = (duty: Duty): number => Math.min(...duty.marks.map((mark) => rank(mark.standing)), ORDER.length);
    const next = (duty: Duty): string => duty.marks.find(({ standing: how }) => how !== "done" && how !== "late")?.day ?? "9";

    return [...planned, ...dateDuties(dates, year, now)].sort((a, b) => Number(a.daily && worst(a) > 0) - Number(b.daily && worst(b) > 0) || worst(a) - worst(b) || next(a).localeCompare(next(b)));
}

/* What is open, overdue first, then by its day. */
export const openFirst = (tasks: readonly Rec[], now: number): Rec[] =>
    tasks.filter(({ state }) => state === "due" || state === "started" || state === "missed").sort((a, b) => Number(standing(b, now) === "missed") - Number(standing(a, now) === "missed") || text(a["due_at"]).localeCompare(text(b["due_at"])));
/* What is waited for: what is overdue, and the next of each plan. */
export function waiting(tasks: readonly Rec[], plans: readonly Rec[], now: number): Rec[]
{
    const next = new Set<unknown>(plans.filter(isDaily).map(({ id }) => id));

    return openFirst(tasks, now).filter((task) => {
        if (standing(task, now) === "missed")
            return true;
        const first = !next.has(task["plan"]);
        next.add(task["plan"]);
        return first;
    });
}
/* What needs somebody: overdue, or within sixty days. */
export const pressing = (tasks: readonly Rec[], plans: readonly Rec[], now: number): Rec[] => waiting(tasks, plans, now).filter((task) => standing(task, now) === "missed" || markOf(text(task["due_at"]), now) !== null);
/* Days over (negative: left) of its last moment. */
export const daysOver = (task: Rec, now: number): number => Math.trunc((now - msOf(text(task["window_to"]))) / DAY_MS);
/* Of a year: how many were due, and done in their window; a paper that has run out was due. */
export function kept(tasks: readonly Rec[], dates: readonly LawDate[], now: number): { due: number; met: number }
{
    const due = tasks.filter((task) => (task.state === "done" || task.state === "missed") && now - msOf(text(task["due_at"])) < 365 * DAY_MS && msOf(text(task["window_to"])) <= now);

    return { due: due.length + dates.filter(({ state }) => state === "expired").length, met: due.filter((task) => task.state === "done" && task["timing"] !== "late").length };
}
