/* events.ts: what changed on the server, as it happens.
 *
 * One event stream per browser, not per tab: a server that speaks HTTP/1.1 gives six connections to a browser, and each
 * stream keeps one. The tab that holds the lock listens and tells the others. EventSource resumes by itself with
 * Last-Event-ID; when it gives up (log-in over, server away for long) a new one starts and everybody is told `reset`,
 * which means: fetch again, something may have been missed. */
import { onScopeDispose, ref } from "vue";
import type { Change } from "./types";

export type Heard = { kind: "change"; change: Change } | { kind: "reset" };
type Listener = (heard: Heard) => void;

const RETRY_MS = 5_000;

/* True while the stream is open, here or in the tab that listens. */
export const live = ref(false);

const listeners = new Set<Listener>();
let channel: BroadcastChannel | null = null;
let source: EventSource | null = null;
let stop: (() => void) | null = null;
let retry = 0;

/* Calls `listener` for each change until the component that asked is gone. */
export function useEvents(listener: Listener): void
{
    listeners.add(listener);
    onScopeDispose(() => listeners.delete(listener));
}

/* After the log-in. Does nothing when it already runs. */
export function startEvents(): void
{
    if (stop)
        return;
    if (typeof BroadcastChannel === "function") {
        channel = new BroadcastChannel("anju-events");
        channel.onmessage = ({ data }: MessageEvent<{ live?: boolean; heard?: Heard }>) => {
            if (data.live !== undefined)
                live.value = data.live;
            if (data.heard)
                tell(data.heard);
        };
    }
    if (!navigator.locks) {
        open();
        stop = close;
        return;
    }
    const abort = new AbortController();
    let release = () => {};
    stop = () => { abort.abort(); release(); close(); };
    navigator.locks.request("anju-events", { signal: abort.signal }, () => {
        open();
        return new Promise<void>((done) => { release = done; });
    }).catch(() => {}); /* aborted: logged out before this tab's turn came */
}

/* At log-out. */
export function stopEvents(): void
{
    stop?.();
    stop = null;
    channel?.close();
    channel = null;
    live.value = false;
}

function open(): void
{
    clearTimeout(retry);
    source = new EventSource("/api/v1/events");
    source.onopen = () => setLive(true);
    source.onerror = () => {
        setLive(false);
        if (source?.readyState === EventSource.CLOSED)
            retry = window.setTimeout(() => { open(); spread({ kind: "reset" }); }, RETRY_MS);
    };
    source.addEventListener("change", (event) => {
        const change = parseChange((event as MessageEvent<string>).data);
        if (change)
            spread({ kind: "change", change });
    });
    source.addEventListener("reset", () => spread({ kind: "reset" }));
}

function close(): void
{
    clearTimeout(retry);
    source?.close();
    source = null;
}

function spread(heard: Heard): void
{
    channel?.postMessage({ heard });
    tell(heard);
}

function setLive(is: boolean): void
{
    live.value = is;
    channel?.postMessage({ live: is });
}

function tell(heard: Heard): void
{
    for (const listener of [...listeners])
        listener(heard);
}

function parseChange(text: string): Change | null
{
    try {
        const change = JSON.parse(text) as Change;
        return typeof change.id === "string" && typeof change.resource === "string" ? change : null;
    } catch {
        return null;
    }
}
