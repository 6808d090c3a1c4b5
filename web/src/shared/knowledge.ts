/* knowledge.ts: what the knowledge base says to a sentence. It looks for words as they stand; a sentence is therefore asked
 * whole first, without its question words, and then by its beginning and its end. */
import { get } from "./api";
import cues from "./cues.json";
import type { Rec } from "./types";

const LEAST = 2;

export function piecesOf(words: string): string[]
{
    const plain = cues.enquiry.reduce((rest, cue) => (/[a-z]/.test(cue) ? rest.replace(new RegExp(`\\b${cue}\\b`, "gi"), " ") : rest.split(cue).join("")), words).replace(/\s+/g, " ").trim();
    const latin = /^[\x20-\x7e]+$/.test(plain);
    const parts = latin ? plain.split(/[^A-Za-z0-9]+/).filter((word) => word.length > 3).sort((a, b) => b.length - a.length) : [plain.slice(0, 2), plain.slice(-2)];

    return [...new Set([plain, ...parts.slice(0, 2)])].filter((piece) => piece.length >= LEAST);
}

export async function askKnowledge(words: string, most: number): Promise<Rec[]>
{
    for (const q of piecesOf(words)) {
        const got = await get<{ items: Rec[] }>("knowledge", { q });
        if (got.ok && got.value.items?.length)
            return got.value.items.slice(0, most);
        if (!got.ok)
            break;
    }
    return [];
}
