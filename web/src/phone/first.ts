/* first.ts: a photo that was taken before its page: the first of a report, the one after the work. */
import { shallowRef } from "vue";
import type { Shot } from "./outbox";
import { router } from "./router";
import { shotOf } from "./shots";

export const brought = shallowRef<Shot[]>([]);

export async function takePhoto(event: Event, to = "/report"): Promise<void>
{
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];

    input.value = "";
    if (!file)
        return;
    brought.value = [shotOf(file)];
    await router.push(to);
}
