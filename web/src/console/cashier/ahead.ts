/* ahead.ts: 预缴, months that are charged ahead: which items a home may pay ahead, from which month on and what they come to is the server's answer. */
import { get } from "@/shared/api";
import type { FeeLine, Rec, Result } from "@/shared/types";
import { listOf, text } from "../finance/finance";
import type { Home } from "./till";

/* A discount for so many months: percent, or the last days free. */
export interface Step { months: number; percent?: string; days?: number }
/* What so many months come to; or the field for which nothing can be reckoned, and why. */
export interface Cost { months: number; to: string; full_fen?: number; off_fen?: number; amount_fen?: number; due_date?: string; lines?: FeeLine[]; lacks?: string; message?: string }
/* An item, with the price that holds on the first day; most_months 0: none does. */
export interface Offer { tariff: Rec; charged_to: string | null; from: string; most_months: number; steps: Cost[]; asked: Cost | null }

const MOST_MONTHS = 120; /* the server's */

export const offersOf = async (house: string, months?: number): Promise<Result<{ items: Offer[] }>> => get(`houses/${house}/ahead`, months ? { months } : undefined);
export const codeOf = (offer: Offer): string => text(offer.tariff["code"]);
export const stepsOf = (offer: Offer): Step[] => listOf<Step>(offer.tariff["ahead"]);
export const monthsOf = (words: string): number | null => (/^\d{1,3}$/.test(words.trim()) && Number(words) > 0 && Number(words) <= MOST_MONTHS ? Number(words) : null);
/* What is known of so many months; undefined: it has not been asked. */
export const costOf = (offer: Offer, months: number): Cost | undefined => [...offer.steps, ...(offer.asked ? [offer.asked] : [])].find((one) => one.months === months);

/* Who is to pay: the tenant where that was agreed, else the owner. */
export function payerOf(home: Home): string | undefined
{
    const role = home.record["pays"] === "tenant" ? "tenant" : "owner";

    return (home.people.find((one) => one.role === role) ?? home.people.find((one) => one.role === "owner"))?.party;
}
