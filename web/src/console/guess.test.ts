import { expect, it } from "vitest";
import { guessCategories } from "./guess";
import type { Rec } from "@/shared/types";

const CATEGORIES = [
    ["water", null, "给排水", "Water"], ["water.toilet", "water", "马桶故障", "Toilet fault"], ["water.tap", "water", "水龙头/阀门损坏", "Tap or valve broken"],
    ["water.leak_upstairs", "water", "楼上漏水", "Leak from the flat above"], ["drain.toilet", "drain", "马桶堵塞", "Toilet blocked"], ["power.trip", "power", "频繁跳闸", "Power trips"],
].map(([code, parent, zh, en], i): Rec => ({ id: String(i), code, parent, zh, en }));
const best = (words: string): unknown => guessCategories(words, CATEGORIES)[0]?.["code"];

it("finds the category in a caller's words", () => {
    expect(best("马桶一直流水")).toBe("water.toilet");
    expect(best("厕所堵了，水漫出来")).toBe("drain.toilet");
    expect(best("厨房水龙头关不严")).toBe("water.tap");
    expect(best("楼上漏水，吊顶滴水")).toBe("water.leak_upstairs");
    expect(best("The breaker trips every evening")).toBe("power.trip");
});
it("says nothing when nothing fits", () => {
    expect(best("你好")).toBeUndefined();
    expect(best("")).toBeUndefined();
});
