import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "vue";
import { online } from "./api";
import { chipOf } from "./clock";
import { startI18n, setLanguage } from "./i18n";
import type { Rec } from "./types";

const NOW = Date.parse("2026-11-23T09:20:00+08:00");
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const running = (start: number, due: number, percent: number | null = null): Rec =>
    ({ id: "1", clock: { limit: "finish", state: "running", started_at: at(start), due_at: at(due), paused_at: null, percent } });
const none = () => Promise.resolve({ default: {} });

beforeAll(async () => {
    await startI18n(createApp({}), { "zh-CN": none, en: none });
    await setLanguage("zh-CN");
});

describe("the clock chip", () => {
    it("says the time while less than half has run", () => expect(chipOf(running(-10, 490), NOW)).toMatchObject({ look: "ok", words: "17:30 前" }));
    it("counts down from half", () => expect(chipOf(running(-59, 41), NOW)).toMatchObject({ look: "half", words: "剩 41 分" }));
    it("warns from four fifths", () => expect(chipOf(running(-95, 5), NOW)).toMatchObject({ look: "warn", words: "剩 5 分" }));
    it("is over at the due time itself", () => expect(chipOf(running(-95, 0), NOW)).toMatchObject({ look: "over", words: "超 1 分" }));
    it("says hours and days when over for long", () => {
        expect(chipOf(running(-900, -70), NOW).words).toBe("超 1 小时");
        expect(chipOf(running(-9_000, -3_000), NOW).words).toBe("超 2 天");
    });
    it("believes the server's percent, which knows the calendar", () => expect(chipOf(running(-10, 490, 85), NOW).look).toBe("warn"));
    it("stands still while paused", () => {
        const paused: Rec = { id: "1", wait_until: "2026-11-23T14:00:00+08:00", clock: { state: "paused", due_at: at(-10), percent: 120 } };
        expect(chipOf(paused, NOW)).toMatchObject({ look: "paused", words: "已暂停" });
        expect(chipOf(paused, NOW, true).words).toBe("已暂停 · 至 今天 14:00");
    });
    it("keeps what became of the promise", () => {
        expect(chipOf({ id: "1", clock: { state: "met", due_at: at(-10) } }, NOW)).toMatchObject({ look: "met", words: "准时" });
        expect(chipOf({ id: "1", clock: { state: "missed", due_at: at(-60), done_at: at(-25) } }, NOW)).toMatchObject({ look: "missed", words: "晚 35 分" });
    });
    it("tells how it ended when no clock runs any more", () => {
        expect(chipOf({ id: "1", state: "closed", clock: { state: "none" }, due_finish_at: at(-10), finished_at: at(-45) }, NOW)).toMatchObject({ look: "met" });
        expect(chipOf({ id: "1", state: "finished", clock: { state: "none" }, due_finish_at: at(-60), finished_at: at(-25) }, NOW)).toMatchObject({ look: "missed", words: "晚 35 分" });
        expect(chipOf({ id: "1", state: "cancelled", clock: { state: "none" } }, NOW)).toMatchObject({ look: "ended" });
    });
    it("says that nothing was promised", () => expect(chipOf({ id: "1" }, NOW)).toMatchObject({ look: "none", words: "未约定时限" }));
    it("does not claim to know without the server", () => {
        online.value = false;
        expect(chipOf(running(-95, 5), NOW).look).toBe("lost");
        online.value = true;
    });
});
