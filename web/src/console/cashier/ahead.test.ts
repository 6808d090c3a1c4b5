import { expect, it } from "vitest";
import type { Rec } from "@/shared/types";
import { costOf, monthsOf, payerOf, type Offer } from "./ahead";
import type { Home } from "./till";

it("is for a whole number of months", () => {
    expect([monthsOf(" 12 "), monthsOf("0"), monthsOf("1.5"), monthsOf("121"), monthsOf("")]).toEqual([12, null, null, null, null]);
});

it("costs what the server has said of so many months, and nothing else", () => {
    const offer: Offer = { tariff: {} as Rec, charged_to: null, from: "2026-12-01", most_months: 120, steps: [{ months: 6, to: "2027-05-31", amount_fen: 145849 }], asked: { months: 7, to: "2027-06-30", amount_fen: 170000 } };

    expect([costOf(offer, 6)?.amount_fen, costOf(offer, 7)?.amount_fen, costOf(offer, 8), costOf({ ...offer, asked: null }, 7)]).toEqual([145849, 170000, undefined, undefined]);
});

it("is for the tenant where that was agreed, else for the owner", () => {
    const people = [{ party: "a", role: "owner" }, { party: "b", role: "tenant" }];
    const home = (pays: unknown, who = people): Home => ({ record: { id: "7", pays }, people: who }) as unknown as Home;
    expect([payerOf(home("tenant")), payerOf(home(null)), payerOf(home("tenant", [people[0]!])), payerOf(home(null, []))]).toEqual(["b", "a", "a", undefined]);
});
