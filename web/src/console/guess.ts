/* guess.ts: the category from the caller's words. Everyday words first (lang/aliases.json, Chinese and English), then the
 * overlap of the words with each category's names. Never more than a proposal: the desk sees it and may change it. */
import aliases from "./lang/aliases.json";
import type { Rec } from "@/shared/types";

const TABLE = aliases as Record<string, string[]>;

export function guessCategories(words: string, categories: readonly Rec[], most = 4): Rec[]
{
    const said = words.toLowerCase().replace(/\s+/g, "");
    if (!said)
        return [];
    return categories
        .filter((category) => category["parent"])
        .map((category) => ({ category, score: scoreOf(said, category) }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, most)
        .map(({ category }) => category);
}

function scoreOf(said: string, category: Rec): number
{
    const known = (TABLE[String(category["code"])] ?? []).filter((alias) => said.includes(alias.toLowerCase().replace(/\s+/g, "")));
    const names = [category["zh"], category["en"]].map((name) => String(name ?? "").toLowerCase().replace(/\s+/g, ""));
    const overlap = Math.max(...names.map((name) => shared(said, name)));

    const latin = String(category["en"] ?? "").toLowerCase().split(/[^a-z]+/).filter((word) => word.length > 3 && said.includes(word));

    return known.reduce((sum, alias) => sum + 2 + alias.length, 0) + overlap + latin.length * 2;
}

/* How many pairs of neighbouring characters of the name were said. */
function shared(said: string, name: string): number
{
    if (/^[a-z]/.test(name))
        return 0; /* Latin words are told apart whole, below */
    let found = 0;

    for (let i = 0; i + 2 <= name.length; i++) {
        const pair = name.slice(i, i + 2);
        if (said.includes(pair))
            found++;
    }
    return found >= 1 ? found : 0;
}
