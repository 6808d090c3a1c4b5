import { describe, expect, it } from "vitest";
import type { Rec } from "@/shared/types";
import { guess } from "./catalog";
import words from "./guess.json";
import { readySlots, slotFrom, slotsOn, startOf, endOf } from "./windows";

const NAMES: Record<string, string> = { "power.trip": "频繁跳闸", "power.home_off": "家中停电", "power.lamp_common": "公共照明不亮", "power.lamp_home": "户内灯具", "drain.kitchen": "厨房下水堵塞", "drain.floor": "地漏堵塞" };
const kinds: Rec[] = Object.keys(words).map((code) => ({ id: code, code, parent: code.split(".")[0], zh: NAMES[code] ?? "", en: "" }));
const said = (text: string): unknown => guess(text, kinds)?.["code"];

describe("guess", () => {
    it.each([
        ["厨房水龙头关不严，一直滴水", "water.tap"], ["马桶一直流水", "water.toilet"], ["马桶堵了", "drain.toilet"], ["楼上漏水，客厅吊顶滴水", "water.leak_upstairs"],
        ["跳闸，冰箱没电", "power.trip"], ["楼道灯不亮", "power.lamp_common"], ["闻到煤气味", "gas.smell"], ["电梯困人了", "lift.trapped"], ["有人被困在电梯里", "lift.trapped"],
        ["洗手盆下水慢", "drain.kitchen"], ["暖气不热", "hvac.no_heat"], ["kitchen tap keeps dripping", "water.tap"], ["toilet is blocked", "drain.toilet"], ["no power at home", "power.home_off"],
    ])("%s", (text, code) => { expect(said(text)).toBe(code); });

    it("does not guess from nothing", () => {
        expect(said("")).toBeUndefined();
        expect(said("您好")).toBeUndefined();
    });
});

describe("windows", () => {
    const afternoon = Date.parse("2026-11-23T14:10:00+08:00");
    it("offers only what can still be told and kept", () => {
        expect(slotsOn("2026-11-23", afternoon).map(({ from }) => from)).toEqual([17, 19]);
        expect(slotsOn("2026-11-24", afternoon).length).toBe(6);
        expect(readySlots(afternoon).map(({ day, from }) => `${day} ${from}`)).toEqual(["2026-11-23 17", "2026-11-24 8"]);
        expect(readySlots(Date.parse("2026-11-23T21:00:00+08:00")).map(({ day }) => day)).toEqual(["2026-11-24", "2026-11-24"]);
    });
    it("is at most two hours and comes back from its times", () => {
        const slot = { day: "2026-11-24", from: 15, to: 17 };
        expect(startOf(slot)).toBe("2026-11-24T15:00:00+08:00");
        expect(slotFrom(startOf(slot), endOf(slot))).toEqual(slot);
    });
});
