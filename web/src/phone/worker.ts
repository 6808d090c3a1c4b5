/* worker.ts: the service worker keeps the pages on the phone. A new version waits until somebody says yes. */
import { ref } from "vue";

export const fresh = ref(false); /* a newer version is here */
let waiting: ServiceWorker | null = null;

export function startWorker(): void
{
    if (!("serviceWorker" in navigator) || import.meta.env.DEV)
        return;
    const had = !!navigator.serviceWorker.controller;
    navigator.serviceWorker.addEventListener("controllerchange", () => { if (had) location.reload(); });
    window.addEventListener("load", start);
    if (document.readyState === "complete")
        start();
}

let asked = false;
function start(): void
{
    if (asked)
        return;
    asked = true;
    navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).then((worker) => {
        note(worker.waiting);
        worker.addEventListener("updatefound", () => {
            const coming = worker.installing;
            coming?.addEventListener("statechange", () => { if (coming.state === "installed") note(coming); });
        });
    }).catch(() => {}); /* forbidden (private window, plain http off loopback): the pages work without it */
}

function note(worker: ServiceWorker | null): void
{
    if (!worker || !navigator.serviceWorker.controller)
        return;
    waiting = worker;
    fresh.value = true;
}

export const useFresh = (): void => waiting?.postMessage({ type: "SKIP_WAITING" });
