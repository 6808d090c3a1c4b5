/* reveal.ts: a masked value shown whole to who says why, for a minute; the server keeps who asked, not the value. */
import { onScopeDispose, ref, type Ref } from "vue";
import { newKey, post } from "./api";
import type { Problem, Rec } from "./types";

const SHOWN_MS = 60_000;

/* What `of` is for useReveal and MaskedWords, where the record offers it to the reader. */
export const revealOf = (resource: string, record: Rec | null | undefined): string | undefined => (record?.actions?.some(({ name }) => name === "reveal") ? `${resource}/${record.id}` : undefined);

/* `of`: the record that it is read from, "parties/1". `hidden` is called when the minute is over. */
export function useReveal(hidden?: () => void): { shown: Ref<string>; reveal: (of: string, field: string, reason: string) => Promise<Problem | null> }
{
    const shown = ref("");
    let hide = 0;

    onScopeDispose(() => clearTimeout(hide));
    async function reveal(of: string, field: string, reason: string): Promise<Problem | null>
    {
        const got = await post<{ value: string }>(`${of}/actions/reveal`, { field, reason }, { key: newKey() });

        if (!got.ok)
            return got.problem;
        shown.value = got.value.value;
        hide = window.setTimeout(() => { shown.value = ""; hidden?.(); }, SHOWN_MS);
        return null;
    }
    return { shown, reveal };
}
