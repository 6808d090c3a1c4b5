/* stay.ts: who is at this phone. As the shared session, and without a network whoever was here last. */
import { watch } from "vue";
import { isKnown, logOut, me, resume, standing } from "@/shared/session";
import { forgetDrafts } from "./draft";
import { forgetSeen, keepWho, readWho } from "./kept";
import { startOutbox } from "./outbox";
import { forgetShift } from "./shift";

const ASK_AGAIN_MS = 20_000;

/* A browser that was killed soon after the log-in has lost that mark, which it writes some seconds later, but not who was kept. */
const wasHere = async (): Promise<boolean> => isKnown() || (await readWho()) !== null;

export async function enter(): Promise<void>
{
    await resume(await wasHere());
    if (standing.value === "away")
        await stayAsLast();
}

watch(standing, (now) => {
    if (now !== "in" || !me.value)
        return;
    void keepWho(me.value);
    startOutbox();
});

async function stayAsLast(): Promise<void>
{
    const who = await readWho();

    if (who) {
        me.value = who;
        standing.value = "in";
    }
    setTimeout(() => void ask(), ASK_AGAIN_MS);
    window.addEventListener("online", () => void ask(), { once: true });
}

/* The server again, until it knows the person or says that it does not. */
let settled = false;
async function ask(): Promise<void>
{
    if (settled)
        return;
    const before = standing.value;
    await resume(await wasHere());
    if (standing.value !== "away") {
        settled = true;
        return;
    }
    standing.value = before;
    setTimeout(() => void ask(), ASK_AGAIN_MS);
}

/* Nothing of a person stays on the phone after the log-out but what they did and has not been sent: it waits for them. */
export async function leave(): Promise<void>
{
    await logOut();
    await Promise.all([forgetSeen(), forgetDrafts(), forgetShift()]);
    location.replace("/m/");
}
