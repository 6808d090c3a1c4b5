import { describe, expect, it } from "vitest";
import { allocationsOf, daysLate, fenOf, howOf, isSound, nameOf, periodOf, quickAmounts, rowsOf, take, takeAll, takeFor, totalOf } from "./due";
import type { Due, DueItem } from "@/shared/types";

const item = (id: string, open_fen: number, late_fen = 0, more: Partial<DueItem> = {}): DueItem => ({
    id, title: "Fee 2026-10", item: "F", state: "posted", quantity: "10", unit_price: "2", period_from: "2026-10-01", period_to: "2026-10-31", due_date: "2026-10-25", amount_fen: open_fen, open_fen, late_fen, late_of: null, ahead: false, disputed: false,
    lines: [{ text: "10 m² × ¥2 = ¥20", amount_fen: 2000 }], late_lines: [], ...more,
});
const due: Due = { house: { id: "1", no: "1-1-101" }, on: "2026-11-23", items: [item("a", 31458, 217), item("b", 7000)], open_fen: 38458, overdue_fen: 38458, late_fen: 217, total_fen: 38675, prepay_fen: 0, late_first: false };
const rows = rowsOf("1", due);

describe("what is taken", () => {
    it("begins with all that is due, the late fee after its charge", () => {
        expect(rows.map(({ key }) => key)).toEqual(["a", "a.late", "b"]);
        expect(totalOf(rows)).toBe(38675);
        expect(allocationsOf(rows)).toEqual([{ charge: "a", fen: 31458, late_fen: 217 }, { charge: "b", fen: 7000 }]);
    });
    it("takes a late fee only with its charge", () => {
        expect(take(rows, "a", false).map(({ taken }) => taken)).toEqual([false, false, true]);
        expect(take(takeAll(rows, false), "a.late", true).map(({ taken }) => taken)).toEqual([true, true, false]);
        expect(allocationsOf(take(rows, "a.late", false))).toEqual([{ charge: "a", fen: 31458 }, { charge: "b", fen: 7000 }]);
    });
    it("may be a part; more, nothing and no number are told", () => {
        const typed = (words: string) => ({ ...rows[0]!, words });
        expect(fenOf(typed("100"))).toBe(10000);
        expect([fenOf(typed("314.59")), fenOf(typed("0")), fenOf(typed("x"))]).toEqual([null, null, null]);
        expect(isSound([typed("x")])).toBe(false);
    });
    it("goes to the oldest when there is less", () => {
        expect(takeFor(rows, 31500).map(({ taken, words }) => (taken ? words : ""))).toEqual(["314.58", "", "0.42"]);
        expect(totalOf(takeFor(rows, 31500))).toBe(31500);
    });
    it("of one day pays the charges before their late fees, or the late fees first", () => {
        const taken = (fen: number, late_first: boolean) => takeFor(rows, fen, late_first).map(({ taken, words }) => (taken ? words : ""));
        expect(taken(38500, false)).toEqual(["314.58", "0.42", "70.00"]);
        expect(taken(38500, true)).toEqual(["314.58", "2.17", "68.25"]);
        expect(taken(200, true)).toEqual(["", "2.00", ""]);
        expect(allocationsOf(takeFor(rows, 200, true))).toEqual([{ charge: "a", fen: 0, late_fen: 200 }]);
        const older = rowsOf("1", { ...due, items: [item("a", 1000, 50, { due_date: "2026-09-25" }), item("b", 1000)] });
        expect(takeFor(older, 1060).map(({ taken, words }) => (taken ? words : ""))).toEqual(["10.00", "0.50", "0.10"]);
    });
});

it("offers what people hand over", () => {
    expect(quickAmounts(88570)).toEqual([89000, 90000, 100000]);
    expect(quickAmounts(0)).toEqual([]);
});

it("says what for, which months, how and how late", () => {
    expect(nameOf(item("a", 1))).toBe("Fee");
    expect(periodOf(rows[0]!, due.on)).toBe("2026-10");
    expect(periodOf(rows[1]!, due.on)).toBe("11-23");
    expect(howOf(rows[0]!)).toBe("10 m² × ¥2");
    expect(daysLate(due.items[0]!, due.on)).toBe(29);
});

it("tells months that are alike once, and what was taken off for paying them ahead", () => {
    const month = { text: "10 m² × ¥2 × 1 month = ¥20", amount_fen: 2000, from: "2026-10-01", to: "2026-10-31" };
    const ahead = item("a", 3800, 0, { lines: [month, { ...month, from: "2026-11-01" }, { text: "2 months paid ahead, ¥40 × 5% = -¥2", amount_fen: -200 }] });
    expect(howOf(rowsOf("1", { ...due, items: [ahead] })[0]!)).toBe("10 m² × ¥2 × 1 month × 2 · 2 months paid ahead, ¥40 × 5%");
});
