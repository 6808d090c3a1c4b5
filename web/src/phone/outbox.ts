/* outbox.ts (phone): the queue of this phone, in its IndexedDB, and what the network looks like to a person. */
import { computed, ref } from "vue";
import { online, post, upload } from "@/shared/api";
import { forget, recallAll, remember } from "@/shared/draft";
import { makeOutbox, uploadKey, type Answer, type Intent, type Listed } from "@/shared/outbox";
import { me, standing } from "@/shared/session";
import { shelf, shelfIsNew } from "@/shared/shelf";
import { small } from "./shots";

export type { Intent, Meant, Outcome, Shot } from "@/shared/outbox";

const LISTED = "outbox.";
export const outbox = makeOutbox({
    shelf: shelf<Intent>("outbox"),
    isNew: shelfIsNew,
    list: { all: () => recallAll<Listed>(LISTED), add: (one) => remember(LISTED + one.key, one), remove: (key) => forget(LISTED + key) },
    owner: () => me.value?.user.id ?? "",
    ready: () => standing.value === "in",
    send: (items) => post<{ items: Answer[] }>("batch", { items }),
    upload: async (shot) => {
        Object.assign(shot, await small(shot)); /* sent before the form had shrunk it */
        return upload(shot.blob, shot.name, undefined, uploadKey(shot));
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
