/* outbox.ts: every write of the phone goes through here: it is kept first, then sent, in the order in which it was meant.
 *
 * An intent has its Idempotency-Key from the start, and so has each of its photos: an answer that got lost on the way costs
 * nothing, the next try finds that the work is done. Without a network intents wait, photos included. What the server
 * refuses is handed back to the form that is still open; when nobody waits any more it stays here with the reason, and
 * what was meant for the same record after it waits too. */
import { computed, ref, shallowRef } from "vue";
import { newKey, online, patch, post, upload } from "@/shared/api";
import { me } from "@/shared/session";
import type { Problem, Rec, Result } from "@/shared/types";
import { shelf, type Shelf } from "./shelf";
import { small } from "./shots";

/* A photo on this phone. `raw` until it has been shrunk, `file` once the server has it. */
export interface Shot {
    key: string;
    name: string;
    blob: Blob;
    file: string | null;
    sent_at?: number;
    raw?: boolean;
}
export interface Intent {
    key: string;
    order: string;
    owner: string;
    at: string; /* the device's own time */
    method: "POST" | "PATCH";
    path: string;
    record: string | null; /* what it changes; a creation makes `key:<uuid>` */
    action: string;
    title: string;
    body: Record<string, unknown>;
    shots: Record<string, Shot[]>; /* by field */
    single: string[]; /* of those: one file, not a list */
    problem: Problem | null; /* refused */
}
export type Meant = Pick<Intent, "path" | "record" | "action" | "title" | "body"> & Partial<Pick<Intent, "key" | "method" | "shots" | "single">>;
export type Outcome = { kind: "done"; record: Rec } | { kind: "kept" } | { kind: "refused"; problem: Problem };

const RETRY_MS = 15_000;
const PATIENCE_MS = 8_000; /* so long a person looks at "sending"; then it goes on behind the page */
const FILE_LIFE_MS = 20 * 3_600_000; /* the server keeps what is not attached for a day */

/* What the outbox needs of the world; the tests bring their own. */
export interface World {
    shelf: Shelf<Intent>;
    owner: () => string;
    send: (intent: Intent, body: Record<string, unknown>) => Promise<Result<Rec>>;
    upload: (shot: Shot) => Promise<Result<{ id: string }>>;
    now: () => number;
}

export function makeOutbox(world: World)
{
    const intents = shallowRef<Intent[]>([]);
    const sending = ref("");
    const waiting = new Map<string, (outcome: Outcome) => void>();
    const listeners = new Set<(intent: Intent, record: Rec) => void>();
    let running: Promise<void> | null = null;
    let again = false;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let last_order = 0;

    const mine = computed(() => intents.value.filter(({ owner }) => owner === world.owner()));
    const refused = computed(() => mine.value.filter(({ problem }) => problem));
    const unsent = computed(() => mine.value.filter(({ problem }) => !problem));

    /* At start: what an earlier visit left. */
    async function load(): Promise<void>
    {
        intents.value = [...(await world.shelf.all())].sort((a, b) => (a.order < b.order ? -1 : 1));
        void pump();
    }

    /* Keeps what is meant and sends it; tells how far it came. */
    async function mean(what: Meant): Promise<Outcome>
    {
        const now = Math.max(world.now(), last_order + 1);
        last_order = now;
        const intent: Intent = {
            method: "POST", shots: {}, single: [], ...what,
            key: what.key ?? newKey(), order: String(now).padStart(15, "0"), owner: world.owner(), at: new Date(world.now()).toISOString(), problem: null,
        };
        const outcome = new Promise<Outcome>((resolve) => {
            const late = setTimeout(() => answer(intent.key, { kind: "kept" }), PATIENCE_MS);
            waiting.set(intent.key, (one) => { clearTimeout(late); resolve(one); });
        });

        await keep(intent);
        void pump();
        return outcome;
    }

    /* One at a time, oldest first; a refused one holds back only its own record. */
    function pump(): Promise<void>
    {
        if (running) {
            again = true;
            return running;
        }
        clearTimeout(retry);
        running = work().finally(() => {
            running = null;
            sending.value = "";
            if (again) {
                again = false;
                void pump();
            } else if (unsent.value.length) {
                retry = setTimeout(() => void pump(), RETRY_MS);
            }
        });
        return running;
    }

    async function work(): Promise<void>
    {
        const held = new Set<string>();

        for (const intent of [...mine.value]) {
            if (intent.problem || (intent.record && held.has(intent.record))) {
                if (intent.record)
                    held.add(intent.record);
                answer(intent.key, { kind: "kept" });
                continue;
            }
            sending.value = intent.key;
            const got = await sendOne(intent);
            if (got.ok) {
                await drop(intent);
                for (const listener of [...listeners])
                    listener(intent, got.value);
                answer(intent.key, { kind: "done", record: got.value });
            } else if (mayPass(got.problem)) {
                for (const one of mine.value)
                    answer(one.key, { kind: "kept" });
                return;
            } else if (waiting.has(intent.key)) {
                await drop(intent); /* the form is still open: it shows why */
                answer(intent.key, { kind: "refused", problem: got.problem });
            } else {
                await keep({ ...intent, problem: got.problem });
                if (intent.record)
                    held.add(intent.record);
            }
        }
    }

    async function sendOne(intent: Intent): Promise<Result<Rec>>
    {
        const body: Record<string, unknown> = { ...intent.body };

        for (const [field, shots] of Object.entries(intent.shots)) {
            const ids: string[] = [];
            for (const shot of shots) {
                if (shot.file && world.now() - (shot.sent_at ?? 0) > FILE_LIFE_MS) {
                    shot.file = null;
                    shot.key = newKey();
                }
                if (!shot.file) {
                    const got = await world.upload(shot);
                    if (!got.ok)
                        return got;
                    shot.file = got.value.id;
                    shot.sent_at = world.now();
                    await world.shelf.put(intent.order + intent.key, intent);
                }
                ids.push(shot.file);
            }
            if (intent.single.includes(field))
                body[field] = ids[0] ?? body[field];
            else
                body[field] = [...((body[field] as string[] | undefined) ?? []), ...ids];
        }
        if (intent.method === "POST")
            body["device_at"] = intent.at;
        return world.send(intent, body);
    }

    /* A refused one once more, as another intent: the server has used up the old key or never will. */
    async function tryAgain(key: string): Promise<void>
    {
        const intent = intents.value.find((one) => one.key === key);
        if (!intent)
            return;
        await drop(intent);
        await keep({ ...intent, key: newKey(), problem: null });
        await pump();
    }

    /* Takes one out, to be mended in its form or to be thrown away. */
    async function takeOut(key: string): Promise<Intent | null>
    {
        const intent = intents.value.find((one) => one.key === key) ?? null;
        if (intent)
            await drop(intent);
        void pump();
        return intent;
    }

    async function keep(intent: Intent): Promise<void>
    {
        intents.value = [...intents.value.filter(({ key }) => key !== intent.key), intent].sort((a, b) => (a.order < b.order ? -1 : 1));
        await world.shelf.put(intent.order + intent.key, intent);
    }

    async function drop(intent: Intent): Promise<void>
    {
        intents.value = intents.value.filter(({ key }) => key !== intent.key);
        await world.shelf.remove(intent.order + intent.key);
    }

    function answer(key: string, outcome: Outcome): void
    {
        waiting.get(key)?.(outcome);
        waiting.delete(key);
    }

    function onSent(listener: (intent: Intent, record: Rec) => void): () => void
    {
        listeners.add(listener);
        return () => listeners.delete(listener);
    }

    async function forget(): Promise<void>
    {
        intents.value = [];
        await world.shelf.clear();
    }

    return { intents, mine, refused, unsent, sending, load, mean, pump, tryAgain, takeOut, onSent, forget };
}

/* No answer, a server in trouble, too many requests, or nobody logged in: later. Everything else is the server's word. */
const mayPass = (problem: Problem): boolean =>
    problem.status === 0 || problem.status >= 500 || problem.status === 429 || problem.status === 408 || (problem.status === 401 && problem.code === "login_required");

export const outbox = makeOutbox({
    shelf: shelf<Intent>("outbox"),
    owner: () => me.value?.user.id ?? "",
    send: (intent, body) => (intent.method === "PATCH" ? patch : post)<Rec>(intent.path, body, { key: intent.key }),
    upload: async (shot) => {
        Object.assign(shot, await small(shot)); /* sent before the form had shrunk it */
        return upload(shot.blob, shot.name, undefined, shot.key);
    },
    now: () => Date.now(),
});

/* Starts the sending; once, after the log-in. */
let started = false;
export function startOutbox(): void
{
    if (started) {
        void outbox.pump();
        return;
    }
    started = true;
    void outbox.load();
    const wake = () => { if (outbox.unsent.value.length) void outbox.pump(); };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
}

/* What the network looks like to a person: the browser's own word, or our last request. */
export const connected = ref(navigator.onLine);
window.addEventListener("online", () => { connected.value = true; });
window.addEventListener("offline", () => { connected.value = false; });
export const away = computed(() => !connected.value || !online.value);
