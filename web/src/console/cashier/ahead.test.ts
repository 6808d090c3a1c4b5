import { describe, expect, it } from "vitest";
import type { Rec } from "@/shared/types";
import { appliesTo, costOf, countedOf, firstMonth, itemsFor, lastDay, monthsOf, mostMonths, payerOf, questionOf, versionAt, type Offers } from "./ahead";
import type { Home } from "./till";

const house: Rec = { id: "7", project: "1", building: "3", floor: "15", use: "residential", area: 89.5, persons: null, occupancy: "empty" };
const fee = (more: Record<string, unknown> = {}): Rec => ({ id: "1", project: "1", code: "WYF", kind: "area", rate_yuan: "2.80", from: "2025-01-01", to: null, day_basis: "actual", ahead: [{ months: 6, percent: "3" }], ...more });
const offers = (...tariffs: Rec[]): Offers => ({ tariffs, buildings: new Map([["1 3", "33"]]) });

describe("months", () => {
    it("begin after the last one charged, and not before this one", () => {
        expect([firstMonth("", "2026-11-30"), firstMonth("2026-08-31", "2026-11-30"), firstMonth("2026-11-30", "2026-11-30"), firstMonth("2026-12-15", "2026-11-30")]).toEqual(["2026-11-01", "2026-11-01", "2026-12-01", "2027-01-01"]);
        expect([lastDay("2026-12-01", 12), lastDay("2027-12-01", 3)]).toEqual(["2027-11-30", "2028-02-29"]);
    });
    it("end with the price", () => {
        expect([mostMonths(fee({ to: "2027-03-31" }), "2026-12-01"), mostMonths(fee({ to: "2026-12-30" }), "2026-12-01"), mostMonths(fee(), "2026-12-01")]).toEqual([4, 0, 120]);
    });
    it("are a whole number", () => {
        expect([monthsOf(" 12 "), monthsOf("0"), monthsOf("1.5"), monthsOf("121"), monthsOf("")]).toEqual([12, null, null, null, null]);
    });
});

describe("an item", () => {
    it("applies by use, building, floor and home, each that is said", () => {
        const is = (applies_to: unknown, of = house): boolean => appliesTo(fee({ applies_to }), of, offers().buildings);
        expect([is(null), is({ use: ["shop"] }), is({ use: ["residential"], buildings: ["33"] }), is({ buildings: ["44"] }), is({ houses: ["7"] }), is({ houses: ["8"] })]).toEqual([true, false, true, false, true, false]);
        expect([is({ floors: { from: 2, to: 15 } }), is({ floors: { to: 14 } }), is({ floors: { from: 2 } }, { ...house, floor: "B" }), is(null, { ...house, project: "2" })]).toEqual([true, false, false, false]);
    });
    it("is offered once, with the version that holds when its months begin", () => {
        const all = offers(fee({ to: "2026-12-31" }), fee({ id: "2", from: "2027-01-01", rate_yuan: "3.10" }), fee({ id: "3", code: "OLD", to: "2026-01-31" }));
        expect(itemsFor(all, house, "2026-11-30").map(({ id }) => id)).toEqual(["1"]);
        expect([versionAt(all, house, "WYF", "2026-12-01")?.id, versionAt(all, house, "WYF", "2027-01-01")?.id, versionAt(all, house, "OLD", "2027-01-01")]).toEqual(["1", "2", null]);
    });
    it("is reckoned by what it counts of the home", () => {
        expect(questionOf(fee({ empty_percent: "70" }), house, "2026-12-01", "2027-05-31")).toEqual({ kind: "area", area: "89.5", rate_yuan: "2.80", from: "2026-12-01", to: "2027-05-31", basis: "actual", ahead: [{ months: 6, percent: "3" }], percent: "70" });
        expect(questionOf(fee({ kind: "fixed", raise_months: 12, raise_percent: "5" }), { ...house, occupancy: null }, "2026-12-01", "2027-05-31")).toMatchObject({ area: "1", raise_months: 12, raise_percent: "5", raise_from: "2025-01-01" });
        expect([countedOf(fee({ area_kind: "inner" }), house), questionOf(fee({ kind: "person" }), house, "2026-12-01", "2027-05-31")]).toEqual([{ field: "inner_area", amount: null }, null]);
        expect(costOf({ amount_fen: 145849, lines: [{ amount_fen: 150360 }, { amount_fen: -4511 }] })).toEqual({ full: 150360, saved: 4511, fen: 145849 });
    });
});

it("is for the tenant where that was agreed, else for the owner", () => {
    const people = [{ party: "a", role: "owner" }, { party: "b", role: "tenant" }];
    const home = (pays: unknown, who = people): Home => ({ record: { id: "7", pays }, people: who }) as unknown as Home;
    expect([payerOf(home("tenant")), payerOf(home(null)), payerOf(home("tenant", [people[0]!])), payerOf(home(null, []))]).toEqual(["b", "a", "a", undefined]);
});
