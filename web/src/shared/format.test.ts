import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "vue";
import { setLanguage, startI18n } from "./i18n";
import { dayOf, duration, durationExact, initial, instantAt, money, parseYuan, share, span, when } from "./format";

const NOW = Date.parse("2026-11-23T09:20:00+08:00");
const none = () => Promise.resolve({ default: {} });

beforeAll(async () => {
    await startI18n(createApp({}), { "zh-CN": none, en: none });
    await setLanguage("zh-CN");
});

describe("times are the project's, whatever zone the device is in", () => {
    it("writes today, tomorrow, this year, another year", () => {
        expect(when("2026-11-23T06:00:00Z", NOW)).toBe("今天 14:00");
        expect(when("2026-11-23T17:00:00Z", NOW)).toBe("明天 01:00");
        expect(when("2026-11-21T09:20:00+08:00", NOW)).toBe("11-21 09:20");
        expect(when("2025-12-01T09:20:00+08:00", NOW)).toBe("2025-12-01");
        expect(when(null, NOW)).toBe("—");
    });
    it("joins a window of one day", () => expect(span("2026-11-23T15:00:00+08:00", "2026-11-23T17:00:00+08:00", NOW)).toBe("今天 15:00–17:00"));
    it("knows the day across midnight and month ends", () => {
        expect(dayOf(Date.parse("2026-11-30T16:30:00Z"))).toBe("2026-12-01");
        expect(dayOf(Date.parse("2028-02-28T12:00:00Z"), 1)).toBe("2028-02-29");
    });
    it("gives an instant with the zone's offset", () => expect(instantAt("2026-11-23", 17)).toBe("2026-11-23T17:00:00+08:00"));
});

describe("durations", () => {
    it("count whole units downward, at least a minute", () => {
        expect(duration(12.9 * 60_000)).toBe("12 分");
        expect(duration(1_000)).toBe("1 分");
        expect(duration(119 * 60_000)).toBe("1 小时");
        expect(duration(-50 * 3_600_000)).toBe("2 天");
    });
    it("can be exact", () => expect(durationExact(78 * 60_000)).toBe("1 小时 18 分"));
});

describe("money is fen", () => {
    it("has two decimals, a real minus and no number for nothing", () => {
        expect(money(8_600)).toBe("86.00");
        expect(money(-5)).toBe("−0.05");
        expect(money(125_832_00)).toBe("125,832.00");
        expect(money(null)).toBe("—");
    });
    it("reads what people type, and nothing else", () => {
        expect(parseYuan("1,250.5")).toBe(125_050);
        expect(parseYuan("¥ 0.1")).toBe(10);
        expect(parseYuan("1.005")).toBeNull();
        expect(parseYuan("abc")).toBeNull();
    });
});

it("writes shares and initials", () => {
    expect(share(0.8642)).toBe("86.4%");
    expect(initial("王秀兰")).toBe("王");
    expect(initial("周建国", true)).toBe("国");
    expect(initial("Li Ting", true)).toBe("L");
});
