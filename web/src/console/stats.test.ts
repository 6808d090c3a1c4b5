import { describe, expect, it } from "vitest";
import { against, change, sizeOf, totalOf, wilson } from "./stats";

describe("Wilson's interval", () => {
    it("agrees with published values", () => {
        const share = wilson(356, 437); /* 81.5 %, 77.6 to 84.8: UX.md, screen f */
        expect(share.value).toBeCloseTo(0.8146, 3);
        expect(share.low).toBeCloseTo(0.7755, 3);
        expect(share.high).toBeCloseTo(0.8483, 3);
    });
    it("stays inside 0 and 1", () => {
        expect(wilson(0, 3).low).toBe(0);
        expect(wilson(3, 3).high).toBe(1);
        expect(wilson(0, 0).value).toBeNull();
    });
});

it("sums rows by their parts, not by their shares", () => {
    expect(totalOf([wilson(1, 2), wilson(98, 98)])).toMatchObject({ n: 100, value: 0.99 });
});

describe("verdicts", () => {
    it("needs thirty on both sides", () => expect(change(wilson(10, 10), wilson(0, 100)).verdict).toBe("few"));
    it("sees no change inside the noise", () => expect(change(wilson(50, 100), wilson(46, 100)).verdict).toBe("unclear"));
    it("sees better and worse outside of it", () => {
        expect(change(wilson(90, 100), wilson(60, 100)).verdict).toBe("better");
        expect(change(wilson(60, 100), wilson(90, 100)).verdict).toBe("worse");
    });
    it("does not rank what the whole explains", () => {
        expect(against(wilson(45, 50), wilson(900, 1_000))).toBe("same");
        expect(against(wilson(20, 50), wilson(900, 1_000))).toBe("below");
        expect(against(wilson(2, 10), wilson(900, 1_000))).toBe("few");
    });
});

it("names sample sizes", () => expect([0, 4, 5, 29, 30].map(sizeOf)).toEqual(["none", "few", "some", "some", "enough"]));
