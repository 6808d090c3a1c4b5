/* outbox.ts: the queue of writes of somebody who may have no network. What is meant is kept first, then sent, in the order in which it
 * was meant, many in one request (POST batch). Any page posts through `mean`.
 *
 * An intent has its Idempotency-Key from the start, and so has each of its photos: an answer that got lost on the way costs
 * nothing, the next try finds that the work is done. Photos go up before what names them, each once. What the server
 * refuses is handed back to the form that is still open; when nobody waits any more it stays here with the reason, and
 * what was meant for the same record after it waits too. A later intent names what an earlier one makes as `key:<its key>`. */
import { computed, ref, shallowRef } from "vue";
import { newKey } from "./key";
import type { Shelf } from "./shelf";
import type { Problem, Rec, Result } from "./types";

/* A photo on this phone. `raw` until it has been shrunk, `file` once the server has it. */
export interface Shot {
    key: string;
    name: string;
    blob: Blob;
    file: string | null;
    sent_at?: number;
    again?: number; /* times that it had to be sent anew: the server no longer had it */
    raw?: boolean;
}
export const uploadKey = ({ key, again }: Shot): string => (again ? `${key}.${again}` : key);
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
    body: Record<string, unknown>; /* "shot:<key>" in it stands for a photo's id */
    shots: Record<string, Shot[]>; /* by field */
    single: string[]; /* of those: one file, not a list */
    problem: Problem | null; /* refused */
}
export type Meant = Pick<Intent, "path" | "record" | "action" | "title" | "body"> & Partial<Pick<Intent, "key" | "method" | "shots" | "single">>;
export type Outcome = { kind: "done"; record: Rec } | { kind: "kept" } | { kind: "refused"; problem: Problem };

export interface Item {
    key: string;
    method: string;
    path: string;
    body: Record<string, unknown>;
}
export interface Answer {
    key: string | null;
    status: number;
    body: unknown;
}

/* What lies on the shelf, by name, kept apart from it: a browser that wants room may clear the shelf, and what is lost must be told. The list
 * may lag behind (it reaches the disk some seconds later): it is believed only when the shelf was made anew. */
export interface Listed {
    key: string;
    owner: string;
    at: string;
    title: string;
    lost?: boolean; /* found missing, and not yet read */
}

const RETRY_MS = 15_000;
const PATIENCE_MS = 8_000; /* so long a person looks at "sending"; then it goes on behind the page */
const FILE_LIFE_MS = 20 * 3_600_000; /* the server keeps what is not attached for a day */
const ROUND = 50; /* items of a batch; the server takes 100 */
const ROUND_BYTES = 400_000; /* of a batch; the server takes 1 MB */

/* What the outbox needs of the world; the tests bring their own. */
export interface World {
    shelf: Shelf<Intent>;
    isNew: () => boolean; /* was the shelf made anew when it was opened? */
    list: { all: () => Listed[]; add: (one: Listed) => void; remove: (key: string) => void };
    owner: () => string;
    ready: () => boolean; /* is the owner logged in? */
    send: (items: Item[]) => Promise<Result<{ items: Answer[] }>>;
    upload: (shot: Shot) => Promise<Result<{ id: string }>>;
    now: () => number;
}

export function makeOutbox(world: World)
{
    const intents = shallowRef<Intent[]>([]);
    const sending = shallowRef<ReadonlySet<string>>(new Set());
    const loose = ref<string[]>([]); /* keys of what is in memory only: the phone is full */
    const lost = shallowRef<Listed[]>([]); /* it was kept, was not sent, and is gone from the shelf */
    const waiting = new Map<string, (outcome: Outcome) => void>();
    const listeners = new Set<(intent: Intent, record: Rec) => void>();
    let running: Promise<void> | null = null;
    let again = false;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let last_order = 0;
    let most = ROUND;

    const mine = computed(() => intents.value.filter(({ owner }) => owner === world.owner()));
    const missing = computed(() => lost.value.filter(({ owner }) => owner === world.owner()));
    const refused = computed(() => mine.value.filter(({ problem }) => problem));
    const unsent = computed(() => mine.value.filter(({ problem }) => !problem));

    /* At start: what an earlier visit left, perhaps one of an older app. */
    async function load(): Promise<void>
    {
        intents.value = inOrder((await world.shelf.all()).map(whole));
        for (const one of world.list.all()) {
            if (one.lost || intents.value.some(({ key }) => key === one.key))
                continue;
            if (world.isNew())
                world.list.add({ ...one, lost: true });
            else
                world.list.remove(one.key);
        }
        lost.value = world.list.all().filter((one) => one.lost);
        last_order = Math.max(last_order, ...intents.value.map(({ order }) => Number(order))); /* the clock may have been set back */
        void pump();
    }

    /* Keeps what is meant and sends it; tells how far it came. */
    async function mean(what: Meant): Promise<Outcome>
    {
        const now = Math.max(world.now(), last_order + 1);
        last_order = now;
        const intent = whole({ ...what, key: what.key ?? newKey(), order: String(now).padStart(15, "0"), owner: world.owner(), at: new Date(world.now()).toISOString() });
        const outcome = new Promise<Outcome>((resolve) => {
            const late = setTimeout(() => answer(intent.key, { kind: "kept" }), PATIENCE_MS);
            waiting.set(intent.key, (one) => { clearTimeout(late); resolve(one); });
        });

        await keep(intent);
        void pump();
        return outcome;
    }

    /* One batch at a time, oldest first. */
    function pump(): Promise<void>
    {
        if (running) {
            again = true;
            return running;
        }
        clearTimeout(retry);
        running = work().finally(() => {
            running = null;
            sending.value = new Set();
            if (again) {
                again = false;
                void pump();
            } else if (world.ready() && canSend()) { /* the log-in starts it again */
                retry = setTimeout(() => void pump(), RETRY_MS);
            }
        });
        return running;
    }

    /* Is there anything that does not wait behind a refused one? */
    function canSend(): boolean
    {
        const held = new Set<string>();

        return mine.value.some((intent) => {
            const waits = !!intent.problem || isHeld(held, intent);
            if (waits)
                hold(held, intent);
            return !waits;
        });
    }

    async function work(): Promise<void>
    {
        const owner = world.owner();

        while (world.ready() && world.owner() === owner && (await sendRound()))
            ;
        for (const { key } of mine.value)
            answer(key, { kind: "kept" });
    }

    /* One batch. False when there is nothing to send, or no use in going on now. */
    async function sendRound(): Promise<boolean>
    {
        const { round, wait } = await gather();

        if (!round.length)
            return false;
        sending.value = new Set(round.map(({ key }) => key));
        const got = await world.send(round.map((intent) => ({ key: intent.key, method: intent.method, path: intent.path, body: filled(intent) })));
        if (!got.ok && mayPass(got.problem))
            return false;
        if (!got.ok && round.length > 1) {
            most = round.length >> 1; /* too large, or one that spoils the others: it will be found */
            return true;
        }
        most = Math.min(ROUND, most * 2);
        const answers = got.ok ? got.value.items.map(resultOf) : [got];
        const held = new Set<string>(); /* what something of this batch has not gone through for */
        let moved = false, later = wait;
        for (const [i, intent] of round.entries()) {
            const one = answers[i];
            if (!one)
                continue;
            if (one.ok) {
                await sent(intent, one.value);
                moved = true;
            } else if (mayPass(one.problem)) {
                later = true;
                hold(held, intent);
            } else if (!isHeld(held, intent)) { /* else what was refused before it is why: it waits with that one */
                await refuse(intent, one.problem);
                hold(held, intent);
                moved = true;
            }
        }
        return moved && !later;
    }

    /* What goes into the next batch, with its photos sent. `wait`: the network went away meanwhile. */
    async function gather(): Promise<{ round: Intent[]; wait: boolean }>
    {
        const held = new Set<string>(); /* records with something before it that was refused */
        const round: Intent[] = [];
        let bytes = 0;

        for (const intent of mine.value) {
            if (round.length >= most || bytes > ROUND_BYTES)
                break;
            if (intent.problem || isHeld(held, intent)) {
                hold(held, intent);
                answer(intent.key, { kind: "kept" });
                continue;
            }
            const lost = await sendShots(intent);
            if (lost && mayPass(lost))
                return { round, wait: true };
            if (lost) {
                await refuse(intent, lost);
                hold(held, intent);
                continue;
            }
            round.push(intent);
            bytes += JSON.stringify(intent.body).length;
        }
        return { round, wait: false };
    }

    async function sendShots(intent: Intent): Promise<Problem | null>
    {
        for (const shot of Object.values(intent.shots).flat()) {
            if (shot.file)
                continue;
            sending.value = new Set([intent.key]);
            const got = await world.upload(shot);
            if (!got.ok)
                return got.problem;
            shot.file = got.value.id;
            shot.sent_at = world.now();
            await store(intent);
        }
        return null;
    }

    async function sent(intent: Intent, record: Rec): Promise<void>
    {
        await drop(intent);
        for (const listener of [...listeners])
            listener(intent, record);
        answer(intent.key, { kind: "done", record });
    }

    /* The server's word. Photos that lay there unattached for too long are gone: they go up once more, nobody is asked. */
    async function refuse(intent: Intent, problem: Problem): Promise<void>
    {
        const old = Object.values(intent.shots).flat().filter(({ file, sent_at }) => file && world.now() - (sent_at ?? 0) > FILE_LIFE_MS);

        if (old.length && problem.fields?.some(({ code }) => code === "reference")) {
            for (const shot of old)
                Object.assign(shot, { file: null, again: (shot.again ?? 0) + 1 });
            await store(intent);
        } else if (waiting.has(intent.key)) {
            await drop(intent); /* the form is still open: it shows why */
            answer(intent.key, { kind: "refused", problem });
        } else {
            await keep({ ...intent, problem });
        }
    }

    /* A refused one once more. A refusal has not used up its key, and later ones may name what it makes by it. */
    async function tryAgain(key: string): Promise<void>
    {
        const intent = intents.value.find((one) => one.key === key);
        if (!intent)
            return;
        await drop(intent);
        await keep({ ...intent, key: intent.problem?.code === "idempotency_mismatch" ? newKey() : key, problem: null });
        await pump();
    }

    /* Takes one out, to be mended in its form, handed to somebody else or thrown away. */
    async function takeOut(key: string): Promise<Intent | null>
    {
        const intent = intents.value.find((one) => one.key === key) ?? null;
        if (intent)
            await drop(intent);
        void pump();
        return intent;
    }

    /* Shown as kept only when it is. */
    async function keep(intent: Intent): Promise<void>
    {
        await store(intent);
        intents.value = inOrder([...intents.value.filter(({ key }) => key !== intent.key), intent]);
    }

    async function store(intent: Intent): Promise<void>
    {
        const kept = await world.shelf.put(intent.order + intent.key, intent);
        loose.value = [...loose.value.filter((key) => key !== intent.key), ...(kept ? [] : [intent.key])];
        if (kept)
            world.list.add({ key: intent.key, owner: intent.owner, at: intent.at, title: intent.title });
    }

    async function drop(intent: Intent): Promise<void>
    {
        intents.value = intents.value.filter(({ key }) => key !== intent.key);
        loose.value = loose.value.filter((key) => key !== intent.key);
        world.list.remove(intent.key);
        await world.shelf.remove(intent.order + intent.key);
    }

    /* Somebody has read that it is lost. */
    function forget(key: string): void
    {
        world.list.remove(key);
        lost.value = lost.value.filter((one) => one.key !== key);
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

    return { intents, mine, refused, unsent, sending, loose, missing, forget, load, mean, pump, tryAgain, takeOut, onSent };
}

/* No answer, a server in trouble, too many requests, or nobody logged in: later. Everything else is the server's word. */
const mayPass = (problem: Problem): boolean =>
    problem.status === 0 || problem.status >= 500 || problem.status === 429 || problem.status === 408 || (problem.status === 401 && problem.code === "login_required");

const inOrder = (list: Intent[]): Intent[] => list.sort((a, b) => (a.order < b.order ? -1 : 1));

/* An intent with all its members, also one that an older app has kept. */
const whole = (intent: Partial<Intent> & Pick<Intent, "key" | "order" | "owner" | "at" | "path">): Intent =>
    ({ method: "POST", record: null, action: "", title: "", body: {}, shots: {}, single: [], problem: null, ...intent });

/* By its record, and by what it is to make. */
const namesOf = (intent: Intent): string[] => [...(intent.record ? [intent.record] : []), `key:${intent.key}`];
const isHeld = (held: Set<string>, intent: Intent): boolean => !!intent.record && held.has(intent.record);
const hold = (held: Set<string>, intent: Intent): void => namesOf(intent).forEach((name) => held.add(name));

function resultOf({ status, body }: Answer): Result<Rec>
{
    if (status < 300)
        return { ok: true, value: (body ?? {}) as Rec, etag: null, location: null };
    return { ok: false, problem: { code: `http_${status}`, title: "", ...(body as Partial<Problem> | null), status } };
}

/* The body as it is sent, the same at each try: photos by their ids, with the device's own time. */
function filled(intent: Intent): Record<string, unknown>
{
    const ids = new Map(Object.values(intent.shots).flat().map((shot) => [`shot:${shot.key}`, shot.file ?? ""]));
    const named = new Set<string>();
    const put = (value: unknown): unknown => {
        if (typeof value === "string" && ids.has(value)) {
            named.add(value);
            return ids.get(value);
        }
        if (Array.isArray(value))
            return value.map(put);
        return value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, put(part)])) : value;
    };
    const body = put(intent.body) as Record<string, unknown>;

    for (const [field, shots] of Object.entries(intent.shots)) {
        const rest = shots.filter(({ key }) => !named.has(`shot:${key}`)).map(({ file }) => file);
        if (!rest.length)
            continue;
        body[field] = intent.single.includes(field) ? rest[0] : [...((body[field] as string[] | undefined) ?? []), ...rest];
    }
    if (intent.method === "POST")
        body["device_at"] = intent.at;
    return body;
}
