import { describe, expect, test } from "vitest";
import { createApp } from "vue";
import { hasWord, setLanguage, startI18n, t } from "./i18n";

const files = import.meta.glob<{ default: Record<string, unknown> }>("../*/lang/{zh-CN,en}.json", { eager: true });

describe("texts", () => {
    test("have {names} and no other sign that stands for something", () => {
        const walk = (tree: Record<string, unknown>): string[] => Object.values(tree).flatMap((one) => (typeof one === "string" ? [one] : walk(one as Record<string, unknown>)));
        expect(Object.keys(files).length).toBe(6);
        for (const [name, file] of Object.entries(files))
            for (const text of walk(file.default))
                expect(text.replace(/\{\w+\}/g, ""), `${name}: ${text}`).not.toMatch(/[{}]/);
    });

    test("of the entry lie over the shared ones; names are filled in, also when one is missing or looks like a name", async () => {
        const own = { word: { day: "日子" }, mine: { plain: "a | b @:c", one: "{who}：{n} 件，{who}", deep: { er: "深" } } };
        await startI18n(createApp({}), { "zh-CN": () => Promise.resolve({ default: own }) as never, en: () => Promise.resolve({ default: { mine: { one: "{n} of {who}" } } }) as never });
        await setLanguage("zh-CN");
        expect([t("word.day"), t("mine.plain"), t("mine.deep.er"), hasWord("mine.deep"), hasWord("mine.none"), t("date.today")]).toEqual(["日子", "a | b @:c", "深", false, false, "今天"]);
        expect([t("mine.one", { who: "{n}", n: 0 }), t("mine.one", { who: "王" })]).toEqual(["{n}：0 件，{n}", "王： 件，王"]);
        await setLanguage("en");
        expect([t("mine.one", { who: "Wang", n: 2 }), t("mine.plain"), t("date.today")]).toEqual(["2 of Wang", "a | b @:c", "today"]);
    });
});
