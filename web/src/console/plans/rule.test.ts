import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "vue";
import { setLanguage, startI18n } from "@/shared/i18n";
import { formOf, newRule, ruleOf, ruleWords } from "./rule";

beforeAll(() => startI18n(createApp({}), { "zh-CN": () => import("../lang/zh-CN.json") as never, en: () => import("../lang/en.json") as never }));

const START = "2026-03-15T08:30:00"; /* a Sunday */
const WORDS: [string, string, string][] = [
    ["FREQ=DAILY", "每天 08:30", "Every day 08:30"],
    ["FREQ=DAILY;INTERVAL=15", "每 15 天 08:30", "Every 15 days 08:30"],
    ["FREQ=WEEKLY;BYDAY=MO,TH", "每周一、周四 08:30", "Every week on Mon, Thu 08:30"],
    ["FREQ=WEEKLY;INTERVAL=2", "每 2 周的周日 08:30", "Every 2 weeks on Sun 08:30"],
    ["FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "每月 1、15 日、最后一天 08:30", "Every month on day 1, 15, the last day 08:30"],
    ["FREQ=MONTHLY;BYDAY=2WE", "每月第二个周三 08:30", "Every month on the second Wed 08:30"],
    ["FREQ=MONTHLY;INTERVAL=6", "每 6 个月的 15 日 08:30", "Every 6 months on day 15 08:30"],
    ["FREQ=YEARLY", "每年 3月 15 日 08:30", "Every year on day 15 of Mar 08:30"],
    ["FREQ=HOURLY;INTERVAL=2;BYHOUR=8,9,10", "每 2 小时 08–10 点", "Every 2 hours between 08 and 10"],
    ["FREQ=DAILY;BYHOUR=8,20;BYMINUTE=0;COUNT=3", "每天 08:00、20:00 共 3 次", "Every day 08:00, 20:00 3 times"],
    ["FREQ=DAILY;UNTIL=20261231T235959", "每天 08:30 到 2026-12-31 止", "Every day 08:30 until 2026-12-31"],
    ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"],
    ["", "只一次：2026-03-15 08:30", "Once: 2026-03-15 08:30"],
];

describe("a rule in words", () => {
    it("is Chinese as it is said", async () => {
        await setLanguage("zh-CN");
        expect(WORDS.map(([rule]) => ruleWords(rule, START))).toEqual(WORDS.map(([, zh]) => zh));
    });
    it("is English", async () => {
        await setLanguage("en");
        expect(WORDS.map(([rule]) => ruleWords(rule, START))).toEqual(WORDS.map(([, , en]) => en));
    });
});

describe("the form", () => {
    it("writes what it reads", () => {
        for (const rule of ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=HOURLY;INTERVAL=2;BYHOUR=8,9,10,11", "FREQ=DAILY;UNTIL=20261231T235959"]) {
            const form = formOf(rule);
            expect(form.kind, rule).not.toBe("typed");
            expect(ruleOf(form)).toBe(rule);
        }
    });
    it("keeps what it cannot say as it was typed", () => {
        for (const rule of ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "FREQ=DAILY;COUNT=3", "FREQ=YEARLY;BYMONTH=3,9", "nonsense"])
            expect(formOf(rule)).toMatchObject({ kind: "typed", typed: rule });
        expect(formOf(null).kind).toBe("once");
        expect(ruleOf({ ...newRule(), kind: "once" })).toBe("");
    });
});
