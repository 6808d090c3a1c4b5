import { describe, expect, it } from "vitest";
import { against, change, control, sizeOf, totalOf, wilson } from "./stats";

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

describe("control charts", () => {
    /* A year of a community: complaints of so many thousand homes (August: no water for three days). */
    const homes = [2.1, 2.1, 2.12, 2.12, 2.13, 2.13, 2.13, 2.15, 2.15, 2.15, 2.15, 2.15];
    const complaints = [9, 7, 11, 8, 10, 12, 9, 21, 10, 8, 6, 5];
    /* The same year: the dissatisfied of those who rated. */
    const rated = [118, 96, 131, 142, 125, 138, 150, 144, 129, 133, 127, 140];
    const dissatisfied = [14, 11, 15, 17, 12, 18, 16, 37, 13, 9, 10, 8];
    const points = (events: number[], exposure: number[]) => events.map((n, i) => ({ events: n, exposure: exposure[i]! }));
    const outside = (limits: ReturnType<typeof control>) => limits.flatMap((one, i) => (one?.outside ? [[i, one.outside]] : []));

    it("of counts per thousand homes", () => {
        const limits = control(points(complaints, homes), "rate");
        expect(limits[0]!.centre).toBeCloseTo(4.534793, 6);
        expect(limits[0]!.low).toBeCloseTo(0.126298, 6);
        expect(limits[0]!.high).toBeCloseTo(8.943288, 6);
        expect(limits[7]!.high).toBeCloseTo(8.891724, 6);
        expect(outside(limits)).toEqual([[7, "above"]]);
    });
    it("of shares", () => {
        const limits = control(points(dissatisfied, rated), "share");
        expect(limits[0]!.centre).toBeCloseTo(0.114431, 6);
        expect(limits[0]!.low).toBeCloseTo(0.026516, 6);
        expect(limits[0]!.high).toBeCloseTo(0.202346, 6);
        expect([limits[7]!.low, limits[7]!.high].map((one) => one.toFixed(6))).toEqual(["0.034848", "0.194015"]);
        expect(outside(limits)).toEqual([[7, "above"]]);
    });
    it("stays inside 0 and 1, and says nothing of seven points or of what nobody rated", () => {
        expect(control(points(complaints.slice(0, 7), homes), "rate")).toEqual(Array(7).fill(null));
        const few = control([...points(Array(8).fill(5), Array(8).fill(6)), { events: 0, exposure: 0 }], "share");
        expect(few[0]!.high).toBe(1);
        expect(few[8]).toBeNull();
        expect(control(points(Array(8).fill(0), Array(8).fill(2)), "rate")[0]).toEqual({ centre: 0, low: 0, high: 0, outside: null });
    });
});
