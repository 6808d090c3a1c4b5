import { effectScope } from "vue";
import { afterEach, describe, expect, it } from "vitest";
import { shortcuts } from "@/shared/theme";
import { useKeys } from "./keys";

const scope = effectScope();
const heard: string[] = [];
const press = (key: string, more: KeyboardEventInit = {}, on: EventTarget = document): void => { on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more })); };
const say = (what: string) => (): void => { heard.push(what); };
afterEach(() => { heard.length = 0; shortcuts.value = true; });

scope.run(() => useKeys({ j: say("j"), "mod+Enter": say("send"), "g t": say("today"), t: say("t"), Escape: say("esc") }));

describe("single letters", () => {
    it("act on the page", () => { press("j"); expect(heard).toEqual(["j"]); });
    it("do not act in fields, where they are typed", () => {
        const input = document.body.appendChild(document.createElement("input"));
        press("j", {}, input);
        press("Enter", { ctrlKey: true }, input);
        expect(heard).toEqual(["send"]);
        input.remove();
    });
    it("do not act while an input method composes", () => { press("j", { isComposing: true }); expect(heard).toEqual([]); });
    it("can be switched off; sending and closing stay", () => {
        shortcuts.value = false;
        press("j");
        press("Escape");
        expect(heard).toEqual(["esc"]);
    });
});

it("hears two keys in a row as one", () => { press("g"); press("t"); expect(heard).toEqual(["today"]); });

it("gives the top layer the word, and keeps letters from what lies under a sheet", () => {
    const sheet = effectScope();
    sheet.run(() => useKeys({ Escape: say("close sheet") }, true));
    press("j");
    press("Escape");
    sheet.stop();
    press("j");
    expect(heard).toEqual(["close sheet", "j"]);
});
