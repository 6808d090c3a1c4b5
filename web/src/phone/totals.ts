/* totals.ts: what lines of the price list come to, in fen. */
import { prices } from "./catalog";

export interface Totals {
    labour: number;
    material: number;
}

export function totalsOf(lines: readonly { item: string; qty: number }[]): Totals
{
    let labour = 0, material = 0;

    for (const { item, qty } of lines) {
        const price = prices.value.find((one) => one["code"] === item);
        labour += Number(price?.["labour_fen"] ?? 0) * qty;
        material += Number(price?.["material_fen"] ?? 0) * qty;
    }
    return { labour, material };
}

/* Above this an engineer alone may not quote (¥ 500). */
export const QUOTE_LIMIT_FEN = 50_000;
