import { describe, expect, it } from "vitest";
import { bodyOf, endOf, formOf, questionOf, type Sample } from "./tariff";

const sample: Sample = { area: "89.5", persons: "3", spaces: "1", use: "15", from: "2026-10-01", to: "2026-11-30", total: "300" };

describe("a price", () => {
    it("begins the day after the version before it ends", () => {
        expect(endOf("2026-12-01")).toBe("2026-11-30");
        expect(formOf({ id: "1", code: "WY", kind: "area", rate_yuan: "2.80", from: "2099-05-01" }).from).toBe("2099-06-01");
    });
    it("sends what its kind needs and nothing else", () => {
        const form = { ...formOf(null), code: "SF", name: "water", kind: "stepped", rate_yuan: "3", steps: [{ limit: "180", price: "5.00" }, { limit: "", price: "7.00" }] };
        expect(bodyOf(form)).toMatchObject({ code: "SF", kind: "stepped", steps: [["180", "5.00"], [null, "7.00"]] });
        expect(bodyOf(form)).not.toHaveProperty("rate_yuan");
    });
    it("is tried with the sample", () => {
        expect(questionOf({ ...formOf(null), kind: "area", rate_yuan: "2.80" }, sample)).toMatchObject({ kind: "area", area: "89.5", basis: "actual" });
        expect(questionOf({ ...formOf(null), kind: "person", rate_yuan: "5" }, sample)).toMatchObject({ kind: "formula", formula: "persons * 5[yuan/person/month] * months", persons: 3, months: 2 });
        expect(questionOf({ ...formOf(null), kind: "area" }, sample)).toBeNull();
    });
});
