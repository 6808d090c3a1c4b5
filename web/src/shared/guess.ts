/* guess.ts: what somebody means by their words. Everyday words count most, then pieces of a category's own name. Never more
 * than a proposal: it is shown, and one tap changes it. */
import cues from "./cues.json";
import type { Rec } from "./types";

export const flat = (text: string): string => text.toLowerCase().replace(/\s+/g, "");

/* How well the words speak of a category: `words` are its everyday ones. */
export function scoreOf(said: string, category: Rec, words: readonly string[]): number
{
    const hits = words.map(flat).filter((word) => said.includes(word));
    const zh = flat(String(category["zh"] ?? ""));
    let score = hits.reduce((sum, word) => sum + 1 + (/[a-z]/.test(word) ? word.length / 2 : word.length), 0);

    for (let i = 0; i + 2 <= zh.length; i++)
        if (said.includes(zh.slice(i, i + 2)))
            score += 0.9;
    return score;
}

/* The categories that the words speak of, the likeliest first. Groups are no answer. */
export function guessFrom(words: string, from: readonly Rec[], table: Record<string, string[]>, most = 4): Rec[]
{
    const said = flat(words);

    if (!said)
        return [];
    return from.filter((one) => one["parent"])
        .map((one) => ({ one, score: scoreOf(said, one, table[String(one["code"])] ?? []) }))
        .filter(({ score }) => score > 1.5)
        .sort((a, b) => b.score - a.score)
        .slice(0, most)
        .map(({ one }) => one);
}

export type Intent = "repair" | "complaint" | "enquiry";
const CUES = cues as Record<Intent, string[]>;

/* Something broken, something wrong with how people behave, or a question. `can` is what may be sent at all. */
export function guessIntent(words: string, can: readonly Intent[] = ["repair", "complaint", "enquiry"]): Intent
{
    const said = flat(words);
    const weight = (kind: Intent): number => (can.includes(kind) ? CUES[kind].map(flat).filter((cue) => said.includes(cue)).reduce((sum, cue) => sum + 1 + (/[a-z]/.test(cue) ? cue.length / 2 : cue.length), 0) : -1);
    const best = (["repair", "complaint", "enquiry"] as const).map((kind) => ({ kind, weight: weight(kind) })).sort((a, b) => b.weight - a.weight)[0]!;

    return best.weight > 0 ? best.kind : can.includes("repair") ? "repair" : (can[0] ?? "repair");
}
