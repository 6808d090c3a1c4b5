import { describe, expect, it } from "vitest";
import { dateStanding, daysOver, dutiesOf, isDaily, kept, openFirst, pressing, waiting, yearFrom, type LawDate } from "./statutory";

const NOW = Date.parse("2026-11-30T10:00:00+08:00");
const task = (id: string, plan: string, day: string, state: string, more: object = {}) => ({ id, plan, state, due_at: `${day}T09:00:00+08:00`, window_to: `${day}T23:59:00+08:00`, ...more });
const TASKS = [task("1", "a", "2026-12-20", "due"), task("2", "b", "2026-11-26", "missed"), task("3", "a", "2026-11-05", "done", { timing: "in_window" }), task("4", "b", "2027-02-20", "due"), task("5", "a", "2026-10-05", "done", { timing: "late" })];

const paper = (id: string, on: string, more: object = {}): LawDate => ({ kind: "certificate", title: "Electrician", of: `P${id}`, resource: "certificates", id, number: null, on, state: on < "2026-11-30" ? "expired" : "valid", document: null, actions: [], ...more });
const PAPERS = [paper("7", "2026-08-01"), paper("8", "2027-01-20"), paper("9", "2028-01-20"), paper("10", "2027-05-01", { kind: "licence", title: "Licence" })];

describe("what law asks for", () => {
    it("puts what is overdue first, then the nearest", () => {
        expect(openFirst(TASKS, NOW).map(({ id }) => id)).toEqual(["2", "1", "4"]);
        expect(pressing(TASKS, [], NOW).map(({ id }) => id)).toEqual(["2", "1"]);
        const daily = { id: "d", rrule: "FREQ=DAILY;BYHOUR=8" }, more = [...TASKS, task("6", "a", "2026-12-22", "due"), task("7", "d", "2026-12-01", "due"), task("8", "d", "2026-11-28", "missed")];
        expect(waiting(more, [daily], NOW).map(({ id }) => id)).toEqual(["2", "8", "1", "4"]);
        expect([daily.rrule, "FREQ=DAILY;INTERVAL=15", "FREQ=DAILY;INTERVAL=1", "FREQ=WEEKLY", "FREQ=HOURLY;INTERVAL=2"].map((rrule) => isDaily({ id: "x", rrule }))).toEqual([true, false, true, false, false]);
        expect(daysOver(TASKS[1]!, NOW)).toBe(3);
    });
    it("lays a year out by plan: what is made, and what is to come", () => {
        const year = yearFrom("2026-11-30");
        expect([year.from, year.before, year.months.length]).toEqual(["2026-10-01", "2027-10-01", 12]);
        const [first, second] = dutiesOf([{ id: "a" }, { id: "b" }], TASKS, [{ plan: "a", dates: ["2027-06-20T09:00:00", "2028-06-20T09:00:00"] }], [], year, NOW);
        expect(first).toMatchObject({ plan: { id: "b" }, marks: [{ day: "2026-11-26", standing: "missed" }, { day: "2027-02-20", standing: "coming" }] });
        expect(second!.marks.map(({ standing }) => standing)).toEqual(["late", "done", "near", "planned"]);
    });
    it("draws machines with one checklist as one duty, a day once, its worst in front", () => {
        const plans = ["a", "b"].map((id) => ({ id, equipment: `m${id}`, checklist_template: "s" }));
        const [only, ...more] = dutiesOf(plans, [task("1", "a", "2026-12-20", "due"), task("2", "b", "2026-12-20", "done"), task("3", "b", "2026-11-26", "missed")], [], [], yearFrom("2026-11-30"), NOW);
        expect([only!.plans.length, more.length]).toEqual([2, 0]);
        expect(only!.marks.map(({ day, standing, n }) => [day, standing, n])).toEqual([["2026-11-26", "missed", 1], ["2026-12-20", "near", 2]]);
    });
    it("counts as kept what was done in its window", () => expect(kept(TASKS, [], NOW)).toEqual({ due: 3, met: 1 }));
    it("lays papers of one kind on one row; what ran out stands at the year's beginning, and was due", () => {
        const [over, later] = dutiesOf([], [], [], PAPERS, yearFrom("2026-11-30"), NOW);
        expect(over!.marks.map(({ day, left, standing }) => [day, left === 0, standing])).toEqual([["2026-08-01", true, "missed"], ["2027-01-20", false, "near"]]);
        expect(later).toMatchObject({ plan: null, dates: [{ id: "10" }], marks: [{ standing: "coming" }] });
        expect(PAPERS.map((one) => dateStanding(one, NOW))).toEqual(["missed", "near", "coming", "coming"]);
        expect(kept(TASKS, PAPERS, NOW)).toEqual({ due: 4, met: 1 });
    });
});
