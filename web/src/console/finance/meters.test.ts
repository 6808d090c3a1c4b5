import { describe, expect, it } from "vitest";
import { faultOf, isSendable, markOf, missingOf, rowOf, typedOf, usedOf, wholeOf, type Row } from "./meters";

const row = (more: Partial<Row>): Row => ({ meter: { id: "1", digits: 5 }, home: "1-1-101", last: 1200, last_day: "", usual: 14, registers: [], before: {}, value: "", parts: {}, how: "actual", id: "", sent: "", busy: false, wrong: "", photo: "", ...more });

describe("a reading", () => {
    it("is marked at once when it is odd", () => {
        expect(markOf(row({ value: "1214" }))).toBe("");
        expect(markOf(row({ value: "1202" }))).toBe("low");
        expect(markOf(row({ value: "1260" }))).toBe("high");
        expect(markOf(row({ value: "1200" }))).toBe("zero");
        expect(markOf(row({ value: "1199" }))).toBe("below");
        expect(markOf(row({ value: "100000" }))).toBe("digits");
        expect([markOf(row({ value: "12x" })), markOf(row({ value: "1.2345" })), markOf(row({}))]).toEqual(["number", "number", ""]);
    });
    it("goes over its end, or is another meter's start, only when that is said", () => {
        expect(isSendable(row({ value: "3", last: 99990 }))).toBe(false);
        expect(usedOf(row({ value: "3", last: 99990, how: "rollover" }))).toBe(13);
        expect(isSendable(row({ value: "3", how: "replaced" }))).toBe(true);
    });
});

describe("a reading by the time of day", () => {
    const meter = { id: "1", project: "9", item: "FS", digits: 4, initial: "1000", registers: { valley: "250", peak: "400", flat: "350" } };
    const prices = [{ id: "2", project: "9", code: "FS", rates: { peak: "0.83", flat: "0.53", valley: "0.23" } }];
    const of = (parts: Record<string, string>, more: Partial<Row> = {}): Row => ({ ...rowOf(meter, prices, [], "2026-11-01"), parts, ...more });

    it("asks for the registers of the meter and of its price, from where they stood", () => {
        expect([of({}).registers, of({}).before, typedOf(of({ peak: "", flat: "", valley: "" }))]).toEqual([["peak", "flat", "valley"], { peak: 400, flat: 350, valley: 250 }, ""]);
        expect(rowOf({ ...meter, item: "DF" }, prices, [], "2026-11-01").registers).toEqual([]);
        const read = [{ id: "5", value: "1200", registers: { peak: "430", flat: "470", valley: "300" }, kind: "actual", read_at: "2026-10-31", used: "200", run: "3" }];
        expect(rowOf(meter, prices, read, "2026-11-01")).toMatchObject({ last: 1200, before: { peak: 430, flat: 470, valley: 300 }, id: "", sent: "" });
        expect(rowOf(meter, prices, read.map((one) => ({ ...one, run: null })), "2026-10-01")).toMatchObject({ last: 1000, parts: { peak: "430" }, id: "5", sent: "430/470/300" });
    });
    it("is sent whole, with what the whole meter shows", () => {
        expect([isSendable(of({ peak: "420.5" })), missingOf(of({ peak: "420.5" })), missingOf(of({}))]).toEqual([false, ["flat", "valley"], []]);
        const whole = of({ peak: "420.5", flat: "450", valley: "283" });
        expect([usedOf(whole), wholeOf(whole), isSendable(whole)]).toEqual([153.5, { value: 1153.5, over: false }, true]);
        expect(wholeOf(of({ peak: "410", flat: "350", valley: "250" }, { last: 9995 }))).toEqual({ value: 5, over: true });
    });
    it("tells the register that is below", () => {
        const below = of({ peak: "20", flat: "450", valley: "283" });
        expect([faultOf(below, "peak"), faultOf(below, "flat"), markOf(below), isSendable(below)]).toEqual(["below", "", "below", false]);
        expect([usedOf({ ...below, how: "rollover" }), wholeOf({ ...below, how: "replaced" })]).toEqual([9753, { value: 753, over: false }]);
    });
});
