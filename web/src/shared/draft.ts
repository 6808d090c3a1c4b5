/* draft.ts: what somebody typed is kept until it has been sent or thrown away. One entry per form, by name, and per
 * person, so that the next at this machine does not find another's words. Files are not kept, only their ids. */
const PREFIX = "anju.draft.";
const KEEP_MS = 7 * 24 * 3_600_000;

let owner = "";
export const setDraftOwner = (user_id: string): void => { owner = user_id; };

export function keepDraft(name: string, value: unknown): void
{
    try {
        localStorage.setItem(place(name), JSON.stringify({ at: Date.now(), value }));
    } catch { /* full or forbidden: the form itself still holds the words */ }
}

export function readDraft<T>(name: string): T | null
{
    try {
        const kept = JSON.parse(localStorage.getItem(place(name)) ?? "null") as { at: number; value: T } | null;
        return kept && Date.now() - kept.at < KEEP_MS ? kept.value : null;
    } catch {
        return null;
    }
}

export function dropDraft(name: string): void
{
    try {
        localStorage.removeItem(place(name));
    } catch { /* as above */ }
}

/* Small settings of this browser: theme, density, remembered views. */
export function remember(name: string, value: unknown): void
{
    try {
        localStorage.setItem("anju." + name, JSON.stringify(value));
    } catch { /* as above */ }
}

export function recall<T>(name: string, otherwise: T): T
{
    try {
        const text = localStorage.getItem("anju." + name);
        return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
        return otherwise;
    }
}

export function forget(name: string): void
{
    try {
        localStorage.removeItem("anju." + name);
    } catch { /* as above */ }
}

/* All whose names begin so. */
export function recallAll<T>(head: string): T[]
{
    try {
        return Object.keys(localStorage).filter((key) => key.startsWith("anju." + head)).map((key) => JSON.parse(localStorage.getItem(key) ?? "null") as T).filter((one) => one !== null);
    } catch {
        return [];
    }
}

const place = (name: string): string => `${PREFIX}${owner}.${name}`;
