import { describe, expect, it } from "vitest";
import { answersFrom, answersOf, asked, blank, isMissing, verdict, type Answers, type Item } from "./checks";

const ITEMS: Item[] = [
    { item: "running", label: "运行", kind: "check", photo: "on_fail" },
    { item: "pressure", label: "压力", kind: "number", min: "0.30", max: "0.50", warn_min: "0.32", warn_max: "0.48" },
    { item: "why", label: "原因", kind: "text", when: { item: "running", is: ["fail"] } },
    { item: "code", label: "扫码", kind: "scan", expect: "P-1", required: false },
];
const give = (value: string, more = {}) => ({ ...blank(), value, ...more });
const shot = { key: "k", name: "a.jpg", blob: new Blob(["x"]), file: null };

describe("checklist", () => {
    it("judges by limits and choices as the server does", () => {
        expect(["0.29", "0.3", "0.31", "0.40", "0.49", "0.51", "x"].map((value) => verdict(ITEMS[1]!, give(value)))).toEqual(["fail", "warning", "warning", "ok", "warning", "fail", ""]);
        expect(verdict({ item: "l", label: "", kind: "choice", choices: ["高", "低"], fails: ["低"] }, give("低"))).toBe("fail");
        expect(["pass", "fail", "na"].map((value) => verdict(ITEMS[0]!, give(value)))).toEqual(["ok", "fail", "na"]);
    });
    it("asks what depends on an answer, and wants the photo of a failure", () => {
        const answers: Answers = { running: give("pass") };
        expect(asked(ITEMS, answers).map(({ item }) => item)).toEqual(["running", "pressure", "code"]);
        answers["running"] = give("fail");
        expect(asked(ITEMS, answers).map(({ item }) => item)).toEqual(["running", "pressure", "why", "code"]);
        expect([isMissing(ITEMS[0]!, answers["running"]), isMissing(ITEMS[0]!, give("fail", { shots: [shot] }))]).toEqual([true, false]);
        expect([isMissing(ITEMS[3]!, undefined), isMissing(ITEMS[3]!, give("P-2")), isMissing(ITEMS[3]!, give("P-1"))]).toEqual([false, true, false]);
    });
    it("sends what was asked and answered, photos by name", () => {
        const { items, shots } = answersOf(ITEMS, { running: give("fail", { shots: [shot], note: "不转" }), pressure: give("0.40"), why: give("") });
        expect(items).toEqual([{ item: "running", value: "fail", photo: "shot:k", note: "不转" }, { item: "pressure", value: "0.40" }]);
        expect(shots.map(({ key }) => key)).toEqual(["k"]);
        expect(answersFrom(items as never, shots)).toEqual({ running: give("fail", { shots, note: "不转" }), pressure: give("0.40") });
    });
});
