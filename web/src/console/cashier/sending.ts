/* sending.ts: money is sent once. What is sent is kept with its key until there is an answer: a second Enter, a lost answer and even a
 * page that was loaded again send the same thing with the same key, which the server books once. Until it is known what became of it,
 * nothing else is sent from here. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { newKey, post } from "@/shared/api";
import { dropDraft, keepDraft, readDraft } from "@/shared/draft";
import type { Problem, Rec } from "@/shared/types";

export interface Sent {
    path: string;
    body: Record<string, unknown>;
    key: string;
    what: string; /* for people: the amount and whose */
}
export interface Sending {
    busy: Ref<boolean>;
    problem: ShallowRef<Problem | null>;
    unknown: ShallowRef<Sent | null>; /* sent, and not answered */
    send: (path: string, body: Record<string, unknown>, what?: string) => Promise<Rec | null>;
    again: () => Promise<Rec | null>;
    drop: () => void; /* somebody has looked: it was not booked, or it was and is known now */
}

const REFUSED_FROM = 400, REFUSED_TO = 500;
/* 401 and 429 are no answer to what was sent: it is sent again once they are over. */
const WAITS = new Set([401, 429]);

export function useSending(name: string): Sending
{
    const busy = ref(false);
    const problem = shallowRef<Problem | null>(null);
    const unknown = shallowRef<Sent | null>(readDraft<Sent>(name));

    async function deliver(sent: Sent): Promise<Rec | null>
    {
        if (busy.value)
            return null;
        busy.value = true;
        if (!unknown.value) /* the time of the first try counts: the server knows the key as long as the draft is kept */
            keepDraft(name, sent);
        const got = await post(sent.path, sent.body, { key: sent.key });
        busy.value = false;
        problem.value = got.ok ? null : got.problem;
        const answered = got.ok || (got.problem.status >= REFUSED_FROM && got.problem.status < REFUSED_TO && !WAITS.has(got.problem.status));
        unknown.value = answered ? null : sent;
        if (answered)
            dropDraft(name);
        return got.ok ? got.value : null;
    }
    const again = async (): Promise<Rec | null> => (unknown.value ? deliver(unknown.value) : null);
    const send = async (path: string, body: Record<string, unknown>, what = ""): Promise<Rec | null> => deliver(unknown.value ?? { path, body, key: newKey(), what });
    function drop(): void
    {
        dropDraft(name);
        unknown.value = problem.value = null;
    }
    return { busy, problem, unknown, send, again, drop };
}
