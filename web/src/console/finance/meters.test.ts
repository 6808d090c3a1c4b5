import { describe, expect, it } from "vitest";
import { isSendable, markOf, usedOf, type Row } from "./meters";

const row = (more: Partial<Row>): Row => ({ meter: { id: "1", digits: 5 }, home: "1-1-101", last: 1200, last_day: "", usual: 14, value: "", how: "actual", id: "", sent: "", busy: false, wrong: "", photo: "", ...more });

describe("a reading", () => {
    it("is marked at once when it is odd", () => {
        expect(markOf(row({ value: "1214" }))).toBe("");
        expect(markOf(row({ value: "1202" }))).toBe("low");
        expect(markOf(row({ value: "1260" }))).toBe("high");
        expect(markOf(row({ value: "1200" }))).toBe("zero");
        expect(markOf(row({ value: "1199" }))).toBe("below");
        expect(markOf(row({ value: "100000" }))).toBe("digits");
    });
    it("goes over its end, or is another meter's start, only when that is said", () => {
        expect(isSendable(row({ value: "3", last: 99990 }))).toBe(false);
        expect(usedOf(row({ value: "3", last: 99990, how: "rollover" }))).toBe(13);
        expect(isSendable(row({ value: "3", how: "replaced" }))).toBe(true);
    });
});
