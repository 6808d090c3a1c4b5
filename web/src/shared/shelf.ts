/* shelf.ts: what is kept on this phone, in IndexedDB: what waits to be sent, drafts with their photos, what was last seen.
 * Where the browser forbids it (private windows) or the phone is full, the same shelf lives in memory until the page is closed; `put`
 * says so, for a person must know before their work is lost. */
import { toRaw } from "vue";

export interface Shelf<T> {
    get: (key: string) => Promise<T | undefined>;
    put: (key: string, value: T) => Promise<boolean>; /* false: in memory only */
    remove: (key: string) => Promise<void>;
    all: () => Promise<T[]>; /* in the order of their keys */
    clear: () => Promise<void>;
}
type Store = "outbox" | "drafts" | "seen" | "shift";

const NAME = "anju-phone";
const VERSION = 2; /* raised when a store is added; an older app's rows stay, and are read as they are (outbox.ts `whole`) */
const STORES: Store[] = ["outbox", "drafts", "seen", "shift"];
let opening: Promise<IDBDatabase | null> | null = null;
let made = false;
/* Was there none when this page opened it: the first visit, or the browser has cleared it away. */
export const shelfIsNew = (): boolean => made;

export function shelf<T>(store: Store): Shelf<T>
{
    const memory = memoryShelf<T>();

    async function ask<R>(mode: IDBTransactionMode, what: (of: IDBObjectStore) => IDBRequest, otherwise: () => Promise<R>): Promise<R>
    {
        const db = await open();
        if (!db)
            return otherwise();
        return new Promise<R>((resolve) => {
            try {
                const act = db.transaction(store, mode, { durability: store === "outbox" ? "strict" : "relaxed" }); /* a battery that dies takes nothing with it */
                const request = what(act.objectStore(store));
                act.oncomplete = () => resolve(request.result as R);
                act.onabort = act.onerror = () => void otherwise().then(resolve); /* full: at least until the page is closed */
            } catch {
                opening = null; /* the browser closed it */
                void otherwise().then(resolve);
            }
        });
    }

    return {
        get: async (key) => (await ask<T | undefined>("readonly", (of) => of.get(key), () => memory.get(key))) ?? memory.get(key),
        put: async (key, value) => {
            let kept = true;
            await ask("readwrite", (of) => of.put(plain(value), key), async () => { kept = false; await memory.put(key, value); });
            if (kept)
                await memory.remove(key); /* there is room again */
            return kept;
        },
        remove: async (key) => { await memory.remove(key); await ask<void>("readwrite", (of) => of.delete(key), async () => {}); },
        all: async () => [...(await ask<T[]>("readonly", (of) => of.getAll(), async () => [])), ...(await memory.all())],
        clear: async () => { await memory.clear(); await ask<void>("readwrite", (of) => of.clear(), async () => {}); },
    };
}

export function memoryShelf<T>(): Shelf<T>
{
    const kept = new Map<string, T>();

    return {
        get: async (key) => kept.get(key),
        put: async (key, value) => { kept.set(key, value); return true; },
        remove: async (key) => { kept.delete(key); },
        all: async () => [...kept.keys()].sort().map((key) => kept.get(key) as T),
        clear: async () => { kept.clear(); },
    };
}

function open(): Promise<IDBDatabase | null>
{
    opening ??= new Promise((resolve) => {
        try {
            const request = indexedDB.open(NAME, VERSION);
            request.onupgradeneeded = ({ oldVersion }) => {
                made ||= oldVersion === 0;
                STORES.filter((store) => !request.result.objectStoreNames.contains(store)).forEach((store) => request.result.createObjectStore(store));
            };
            request.onsuccess = () => {
                request.result.onversionchange = () => { request.result.close(); opening = null; };
                resolve(request.result);
            };
            request.onerror = request.onblocked = () => resolve(null);
        } catch {
            resolve(null);
        }
    });
    return opening;
}

/* Without Vue's wrappers, which cannot be stored; blobs stay what they are. */
function plain(value: unknown): unknown
{
    const raw = toRaw(value);

    if (raw instanceof Blob || raw === null || typeof raw !== "object")
        return raw;
    if (Array.isArray(raw))
        return raw.map(plain);
    return Object.fromEntries(Object.entries(raw).map(([name, part]) => [name, plain(part)]));
}
