/* making.ts: a new record that a form of this phone makes at once, over the network: sent again with the same key until the server has said something to it. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { newKey, post } from "@/shared/api";
import type { Problem, Rec } from "@/shared/types";

export function useMaking<T = Rec>(resource: string): { busy: Ref<boolean>; problem: ShallowRef<Problem | null>; make: (body: object) => Promise<T | null> }
{
    const busy = ref(false);
    const problem = shallowRef<Problem | null>(null);
    let key = newKey();

    async function make(body: object): Promise<T | null>
    {
        busy.value = true;
        const got = await post<T>(resource, { ...body }, { key });
        busy.value = false;
        problem.value = got.ok ? null : got.problem;
        if (!got.ok && got.problem.status >= 400 && got.problem.status < 500)
            key = newKey(); /* refused: what is sent next is another thing */
        return got.ok ? got.value : null;
    }
    return { busy, problem, make };
}
