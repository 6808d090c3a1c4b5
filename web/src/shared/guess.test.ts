import { describe, expect, it } from "vitest";
import table from "./complaint_words.json";
import { guessFrom, guessIntent } from "./guess";
import { piecesOf } from "./knowledge";
import type { Rec } from "./types";

describe("what somebody means", () => {
    it.each([
        ["厨房水龙头一直滴水", "repair"], ["楼道三天没打扫，又脏又臭", "complaint"], ["保安态度太差", "complaint"], ["请问装修要办什么手续", "enquiry"], ["停车费多少钱一个月？", "enquiry"],
        ["电梯里有人抽烟，保安也不管", "complaint"], ["the kitchen tap keeps dripping", "repair"], ["the guard was rude", "complaint"], ["how much is the parking fee?", "enquiry"], ["", "repair"],
    ])("%s: %s", (words, kind) => { expect(guessIntent(words)).toBe(kind); });

    it("is never what cannot be told", () => {
        expect(guessIntent("请问怎么办", ["repair", "complaint"])).toBe("repair");
        expect(guessIntent("太吵了", ["repair"])).toBe("repair");
    });
});

describe("what a complaint is about", () => {
    const categories = Object.keys(table).map((code): Rec => ({ id: code, code, parent: code.split(".")[0], zh: "", en: "" }));
    it.each([
        ["楼上半夜放音响太吵", "env.noise"], ["我的车位被占了", "parking.occupied"], ["大堂三天没拖地", "clean.lobby"], ["水龙头修了好几次又坏", "repairq.rework"], ["有人高空抛物", "env.highthrow"], ["neighbour is very noisy", "env.noise"],
    ])("%s: %s", (words, code) => { expect(guessFrom(words, categories, table)[0]?.["code"]).toBe(code); });
    it("is nothing from nothing", () => { expect(guessFrom("您好", categories, table)).toEqual([]); });
});

describe("a question asked of the knowledge base", () => {
    it("goes whole, then by its ends", () => {
        expect(piecesOf("请问装修手续")).toEqual(["装修手续", "装修", "手续"]);
        expect(piecesOf("how much is the parking fee")).toContain("parking");
        expect(piecesOf("吗")).toEqual([]);
    });
});
