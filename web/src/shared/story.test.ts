import { beforeAll, expect, it } from "vitest";
import { createApp } from "vue";
import { setLanguage, startI18n } from "./i18n";
import { tell } from "./story";
import type { Event } from "./types";

const none = () => Promise.resolve({ default: {} });
beforeAll(async () => {
    await startI18n(createApp({}), { "zh-CN": none, en: none });
    await setLanguage("zh-CN");
});
const at = (hour: number): string => `2026-11-23T${String(hour).padStart(2, "0")}:00:00+08:00`;
const event = (id: string, action: string, more: Partial<Event> = {}): Event => ({ id, at: at(Number(id)), action, actor: "5", actor_: { id: "5", label: "刘洋" }, ...more });

it("folds what the program says again and again, and nobody's name is a number", () => {
    const told = tell("repairs", [event("1", "remind", { actor: null, actor_: null }), event("2", "remind", { actor: null, actor_: null }), event("3", "arrive")], false);
    expect(told.map(({ who, verb, times, tone }) => [who, verb, times, tone])).toEqual([["", "提醒", 2, "machine"], ["刘洋", "到场", 1, "plain"]]);
});
it("measures a pause by the event that ended it", () => {
    const told = tell("repairs", [event("1", "suspend", { from: "working", to: "waiting", changes: { reason: [null, "part"] } }), event("4", "resume", { from: "waiting", to: "working" })], true);
    expect(told[1]).toMatchObject({ tone: "held", pause: "时钟暂停 3 小时" });
    expect(told[0]?.verb).toBe("恢复");
});
it("shows new evidence only, and what changed from what", () => {
    const [one] = tell("repairs", [event("1", "finish", { changes: { after_photos: [["11"], ["11", "12"]], urgency: ["urgent", "normal"], solution: [null, "换了阀芯"] } })], false);
    expect(one).toMatchObject({ photos: ["12"], words: "换了阀芯", changes: ["优先级 urgent → normal"] });
});
