import { describe, expect, it } from "vitest";
import { appliesBody, appliesOf } from "./applies";
import { bodyOf, endOf, formOf, questionOf, type Sample } from "./tariff";

const sample: Sample = { area: "89.5", persons: "3", spaces: "1", use: "15", from: "2026-10-01", to: "2026-11-30", total: "300", uses: { sharp: "", peak: "20.5", flat: "", valley: "33" } };

describe("a price", () => {
    it("begins the day after the version before it ends", () => {
        expect(endOf("2026-12-01")).toBe("2026-11-30");
        expect(formOf({ id: "1", code: "WY", kind: "area", rate_yuan: "2.80", from: "2099-05-01" }).from).toBe("2099-06-01");
    });
    it("sends what its kind needs and nothing else", () => {
        const form = { ...formOf(null), code: "SF", name: "water", kind: "stepped", rate_yuan: "3", steps: [{ limit: "180", price: "5.00", wider: "30" }, { limit: "", price: "7.00", wider: "" }] };
        expect(bodyOf(form)).toMatchObject({ code: "SF", kind: "stepped", steps: [["180", "5.00"], [null, "7.00"]] });
        expect(bodyOf(form)).not.toHaveProperty("rate_yuan");
        expect(bodyOf({ ...form, step_persons: "4" })).toMatchObject({ step_persons: 4, steps: [["180", "5.00", "30"], [null, "7.00"]] });
    });
    it("is tried with the sample", () => {
        expect(questionOf({ ...formOf(null), kind: "area", rate_yuan: "2.80" }, sample)).toMatchObject({ kind: "area", area: "89.5", basis: "actual" });
        expect(questionOf({ ...formOf(null), kind: "person", rate_yuan: "5" }, sample)).toMatchObject({ kind: "formula", formula: "persons * 5[yuan/person/month] * months", persons: 3, months: 2 });
        expect(questionOf({ ...formOf(null), kind: "area" }, sample)).toBeNull();
    });
    it("has its registers, its rise and its discounts, as far as they are filled in", () => {
        const form = { ...formOf(null), code: "FS", name: "power", kind: "tou", rates: { sharp: "", peak: "0.83", flat: "", valley: "0.31" } };
        expect(bodyOf(form)).toMatchObject({ rates: { peak: "0.83", valley: "0.31" } });
        expect(questionOf(form, sample)).toEqual({ kind: "tou", rates: { peak: "0.83", valley: "0.31" }, use: { peak: "20.5", valley: "33" } });
        const rent = { ...formOf(null), code: "ZJ", name: "rent", kind: "area", rate_yuan: "35.50", from: "2026-03-16", raise_months: "12", raise_percent: "5", ahead: [{ months: "2", off: "3", as: "percent" as const }, { months: "12", off: "31", as: "days" as const }] };
        expect(bodyOf(rent)).toMatchObject({ raise_months: 12, raise_percent: "5", ahead: [{ months: 2, percent: "3" }, { months: 12, days: 31 }] });
        expect(questionOf(rent, sample)).toMatchObject({ raise_from: "2026-03-16", ahead: [{ months: 2, percent: "3" }, { months: 12, days: 31 }] });
    });
    it("applies to what is chosen, or to all", () => {
        expect(appliesBody(appliesOf(null))).toBeNull();
        expect(appliesBody(appliesOf({ use: ["shop"], floors: { from: -1 }, houses: [] }))).toEqual({ use: ["shop"], floors: { from: -1 } });
        expect(bodyOf({ ...formOf({ id: "1", kind: "area", applies_to: { buildings: ["7"] } }), code: "A", name: "a" })).toMatchObject({ applies_to: { buildings: ["7"] } });
    });
});
